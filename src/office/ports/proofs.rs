//! The ports of the trees that prove what the ledger and the archive hold: their files, outside the database that they bear
//! witness about, and a row for each, which can be made anew from its file.

use super::{StoreError, VaultError};
use crate::crypto::{CryptoError, Signer};
use crate::digest::{DigestAlgorithm, Sha256Hex};
use crate::office::proofs::Rehearsal;
use crate::time::Instant;
use crate::validate::Lasting;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A shelf of proof trees: each is put there once, in every place, and never replaced. Calls block on the disk.
pub trait ProofShelf: Send + Sync {
    /// Keeps a tree under its number, durably, in every place, before it returns. The same bytes may be put again.
    ///
    /// # Errors
    /// [`VaultError::Disk`]; also where another tree has the number.
    fn put(&self, number: u64, tree: &[u8]) -> Result<(), VaultError>;

    /// Returns the tree of a number from the first place where it has this SHA-256, and puts right the places where it has not.
    /// Without a SHA-256 the first place that has it is believed; whoever asks so holds it to the ledger.
    ///
    /// # Errors
    /// [`VaultError::Disk`] where no place has it.
    fn get(&self, number: u64, sha256: Option<&Sha256Hex>) -> Result<Vec<u8>, VaultError>;

    /// Lists the numbers that some place has, in order.
    ///
    /// # Errors
    /// [`VaultError::Disk`].
    fn numbers(&self) -> Result<Vec<u64>, VaultError>;
}

/// Makes keys for a rehearsal of coming decades: new ones each time, which nobody keeps, and nobody else believes.
pub trait RehearsalKeys: Send + Sync {
    /// Makes keys of different algorithms, those that are quicker first.
    ///
    /// # Errors
    /// [`CryptoError`], where none can be made.
    fn make(&self) -> Result<Vec<Arc<dyn Signer>>, CryptoError>;
}

/// What a proof tree is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofKind {
    /// New entries of the ledger, and the packages that they file.
    Night,
    /// The timestamps of earlier trees (RFC 4998, 5.2, timestamp renewal).
    Timestamps,
    /// What earlier trees are over, by another digest algorithm (RFC 4998, 5.2, hash-tree renewal).
    Data,
}

/// What is known of a proof tree without its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofTreeRow {
    /// Its number, from 1.
    pub number: u64,
    /// What it is over.
    pub kind: ProofKind,
    /// The digest algorithm of the tree.
    pub algorithm: DigestAlgorithm,
    /// The time that its timestamp states.
    pub made_at: Instant,
    /// The subject of the authority that stamped it.
    pub authority: String,
    /// How many leaves it has.
    pub leaves: u64,
    /// The first and the last entry of the ledger that it is over, of a night.
    pub entries: Option<(u64, u64)>,
    /// How many packages it is over.
    pub packages: u64,
    /// The trees that it renews as a whole.
    pub renews: Vec<u64>,
    /// SHA-256 of its file.
    pub sha256: Sha256Hex,
    /// Whether its word counts no more: it ceased to pass while what it renews still did.
    #[serde(default)]
    pub given_up: bool,
    /// How its own timestamp stands; none once another tree has renewed it, whose word counts then, or where it is given up.
    pub standing: Option<ProofStanding>,
}

/// Timestamps that were renewed, and do not pass any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierTrouble {
    /// The nights whose proofs rest on them.
    pub nights: Vec<u64>,
    /// Since when, as far as it was seen.
    pub since: Instant,
    /// Why, as the sub-indication's name.
    pub why: String,
}

/// How the timestamp that a proof rests on stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofStanding {
    /// The timestamp, DER in base64.
    pub token: String,
    /// When it was last judged.
    pub judged_at: Instant,
    /// Why it does not pass, as the sub-indication's name; none where it passes.
    pub failing: Option<String>,
    /// Since when it does not pass.
    pub failing_since: Option<Instant>,
    /// When it ends unless it is renewed, and by what; as last known where it does not pass.
    pub lasts: Option<Lasting>,
    /// The revocation lists that it rests on, by their SHA-256.
    #[serde(default)]
    pub lists: Vec<Sha256Hex>,
    /// The term of the one of them that ends first: when it was issued, and when the next one is due.
    #[serde(default)]
    pub lists_term: Option<(Instant, Instant)>,
    /// Whether every timestamp that it renewed, at whatever remove, outlives whoever answers for it, by lists that stand beside.
    #[serde(default)]
    pub outlives: bool,
    /// The earlier timestamps below it that do not pass, by the nights that rest on them.
    #[serde(default)]
    pub earlier: Vec<EarlierTrouble>,
    /// The code of what kept the last renewal from being made, and when that was.
    pub waiting: Option<(String, Instant)>,
    /// The distances from the end, in days, at which it was an alarm.
    #[serde(default)]
    pub alarmed: Vec<u16>,
}

/// Reads and writes of the rows of proof trees.
#[async_trait]
pub trait ProofRows: Send {
    /// Adds a tree, or changes what is known of it.
    async fn put_proof_tree(&mut self, row: &ProofTreeRow) -> Result<(), StoreError>;
    /// Returns every tree, by number.
    async fn proof_trees(&mut self) -> Result<Vec<ProofTreeRow>, StoreError>;
    /// Returns the night that is over an entry of the ledger.
    async fn night_over(&mut self, seq: u64) -> Result<Option<ProofTreeRow>, StoreError>;
    /// Returns the trees that no other has renewed, by number.
    async fn standing_proof_trees(&mut self) -> Result<Vec<ProofTreeRow>, StoreError>;
    /// Keeps what the newest rehearsal found, in the place of the one before.
    async fn put_rehearsal(&mut self, rehearsal: &Rehearsal) -> Result<(), StoreError>;
    /// Returns what the newest rehearsal found; none before the first.
    async fn rehearsal(&mut self) -> Result<Option<Rehearsal>, StoreError>;
}
