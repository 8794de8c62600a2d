//! What the vault remembers of the rows: lines in parts, an index of the parts, and the rows that the lines are made of.

use super::{
    AccountRow, DisposalRegisterRow, DisposalRow, FileRow, GivenNumbers, ItemRow, RecordRow, StoreError, StoredRuleSet,
    Tombstone, TrayItem,
};
use crate::digest::Sha256Hex;
use crate::ledger::Entry;
use crate::office::reorganisation::Reorganisation;
use crate::records::{Hold, SavedSearch};
use crate::scans::{PaperOriginal, ShreddingList};
use crate::shelves::{Furniture, PaperVolume, SectionHeads};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use zeroize::ZeroizeOnDrop;

/// The form of what is remembered; what another form says is not read.
pub const MEMORY_VERSION: u32 = 2;
/// Rows of the ledger, or of the 移管・廃棄簿, in one unit; the databases' triggers have it, too.
pub const MEMORY_STRETCH: u64 = 1024;

/// Rows that are remembered together. Their order is the one in which a database is made anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum MemoryUnit {
    /// A stretch of the ledger: the first holds entry 1.
    Ledger(u64),
    /// Accounts, numbers that were given, reorganisations, rule sets, saved searches, holds and disposals.
    Head,
    /// Furniture and head counts.
    Shelves,
    /// Documents that wait to be filed, and lists for the shredding contractor.
    Tray,
    /// The record files whose identifiers begin with three digits, with all that belongs to them but the register.
    Files(String),
    /// A stretch of the 移管・廃棄簿.
    Register(u64),
}

/// A row, as a line says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum MemoryLine {
    /// An entry of the ledger.
    Entry(Box<Entry>),
    /// An account.
    Account(Box<AccountRow>),
    /// Numbers that were given.
    Numbers(Box<GivenNumbers>),
    /// A rule set.
    RuleSet(Box<StoredRuleSet>),
    /// A hold.
    Hold(Box<Hold>),
    /// A saved search.
    Search(Box<SavedSearch>),
    /// A reorganisation.
    Reorganisation(Box<Reorganisation>),
    /// A disposal, without its items.
    Disposal(Box<DisposalRow>),
    /// A record file.
    File(Box<FileRow>),
    /// A record.
    Record(Box<RecordRow>),
    /// A file on a list.
    Item(Box<ItemRow>),
    /// What is left of a destroyed record.
    Tombstone(Box<Tombstone>),
    /// A line of the 移管・廃棄簿.
    Register(Box<DisposalRegisterRow>),
    /// A piece of furniture.
    Furniture(Box<Furniture>),
    /// A section's head counts.
    Heads(Box<SectionHeads>),
    /// A volume of a record file's paper.
    Volume(Box<PaperVolume>),
    /// A document that waits to be filed.
    Waiting(Box<TrayItem>),
    /// A list for the shredding contractor.
    Shredding(Box<ShreddingList>),
    /// The paper of a record that was scanned.
    Paper(Box<PaperOriginal>),
}

/// The rows of a unit of record files, table by table in the order in which they refer to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileTable {
    /// Record files.
    Files,
    /// Records.
    Records,
    /// Items of lists.
    Items,
    /// Tombstones.
    Tombstones,
    /// Volumes of their paper.
    Volumes,
    /// The paper of scanned records.
    Papers,
}

impl FileTable {
    /// Returns the table that comes after this one.
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Files => Some(Self::Records),
            Self::Records => Some(Self::Items),
            Self::Items => Some(Self::Tombstones),
            Self::Tombstones => Some(Self::Volumes),
            Self::Volumes => Some(Self::Papers),
            Self::Papers => None,
        }
    }
}

/// A place in a table: the file, and in it the row.
pub type FilePlace = (String, String);

/// Reads the rows that are remembered, a page at a time, in one transaction.
#[async_trait]
pub trait MemoryRows: Send {
    /// Returns the units of shelves, tray, record files and the register in which something may have changed after an entry of the
    /// ledger. The database itself keeps count, whoever writes.
    async fn units_changed_since(&mut self, ledger_seq: u64) -> Result<BTreeSet<MemoryUnit>, StoreError>;
    /// Returns every unit of shelves, tray, record files and the register.
    async fn units(&mut self) -> Result<BTreeSet<MemoryUnit>, StoreError>;
    /// Returns rows of the files whose identifiers begin so, by file and identifier, those after a place, at most `limit`.
    async fn rows_of_files(
        &mut self,
        table: FileTable,
        digits: &str,
        after: Option<&FilePlace>,
        limit: u32,
    ) -> Result<Vec<(FilePlace, MemoryLine)>, StoreError>;
    /// Returns a stretch of the 移管・廃棄簿, oldest first.
    async fn register_stretch(&mut self, number: u64) -> Result<Vec<DisposalRegisterRow>, StoreError>;
}

/// The secret that opens one part; never printed by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct PartKey(String);

impl PartKey {
    /// Keeps a secret.
    pub fn new(secret: &str) -> Self {
        Self(secret.to_owned())
    }

    /// Returns the secret.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PartKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartKey(secret)")
    }
}

/// A part of what is remembered: lines of one unit, encrypted under a key of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemoryPart {
    /// The unit; one that is long has several parts, one after the other.
    pub unit: MemoryUnit,
    /// SHA-256 of the encrypted part, which is also its name.
    pub sha256: Sha256Hex,
    /// What opens it.
    pub key: PartKey,
}

/// The index of what is remembered. Who has proven it has proven every part, as it says the digest of each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// The form, [`MEMORY_VERSION`].
    pub version: u32,
    /// The entry of the ledger that the rows are as of; 0 where the ledger is empty.
    pub seq: u64,
    /// The hash of that entry.
    pub ledger_hash: Option<Sha256Hex>,
    /// The parts, in the order of their units.
    pub parts: Vec<MemoryPart>,
}

/// What came of having the vault remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// Every copy remembers it, and nothing else.
    Done,
    /// Nothing was done: what is remembered is as of this entry, a newer one.
    Newer(u64),
    /// Nothing was done: a part is not in every copy as it should be.
    Incomplete,
}
