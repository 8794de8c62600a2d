//! What the vault remembers of the rows: enough to make the records' database anew where it is lost with its backups.
//!
//! Packages hold what was filed, the ledger what was done, in words without names. What neither holds (what a file is called
//! and closed by, what a hold lies on and why, what a list decided) is written beside the packages, encrypted and proven by
//! the master identity, as of an entry of the ledger. Of what was destroyed it must not tell: it is written anew with every
//! destruction, and no copy keeps an older one. Notices and their files are not in it; numbers that were given are.

use super::items::Items;
use crate::digest::Sha256Hex;
use crate::ledger::{Checkpoint, Entry, NewEntry, Verifier, canonical_json};
use crate::office::ports::{
    AccountRow, DisposalRegisterRow, DisposalRow, FileRow, GivenNumbers, ItemRow, RecordRow, Store, StoreError,
    StoredRuleSet, Tombstone, Transaction,
};
use crate::office::{Office, OfficeError};
use crate::records::{Hold, SavedSearch};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many entries of the ledger are read at once.
const PAGE: u32 = 1000;
/// The form of what is written.
const VERSION: u32 = 1;

/// The rows that say how the records stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Standings {
    rule_sets: Vec<StoredRuleSet>,
    files: Vec<FileRow>,
    records: Vec<RecordRow>,
    holds: Vec<Hold>,
    disposals: Vec<DisposalRow>,
    items: Vec<ItemRow>,
    tombstones: Vec<Tombstone>,
    register: Vec<DisposalRegisterRow>,
    #[serde(default)]
    searches: Vec<SavedSearch>,
}

/// Everything that is remembered.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Memory {
    version: u32,
    accounts: Vec<AccountRow>,
    numbers: Vec<GivenNumbers>,
    standings: Standings,
    ledger: Vec<Entry>,
}

/// How the records stand, as one hash over rule sets, files, records, holds, disposals, tombstones, the 移管・廃棄簿 and saved
/// searches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordsState {
    /// SHA-256 over the canonical JSON of the rows.
    pub sha256: Sha256Hex,
    /// The last entry of the ledger.
    pub ledger_seq: u64,
    /// How many record files there are.
    pub files: usize,
    /// How many records.
    pub records: usize,
    /// How many holds were ever placed.
    pub holds: usize,
    /// How many tombstones.
    pub tombstones: usize,
}

impl Office {
    /// Returns how the records stand, as one hash.
    pub async fn records_state(&self) -> Result<RecordsState, OfficeError> {
        let mut tx = self.read().await?;
        let seq = last_seq(&mut *tx).await?;
        state(&Standings::read(&mut *tx).await?, seq)
    }

    /// Has the vault remember the rows as they are, and no older ones. Returns the entry of the ledger they are as of; none
    /// in a copy that nobody has confirmed, which may know less than the vault.
    pub async fn remember(&self) -> Result<Option<u64>, OfficeError> {
        let mut tx = self.read().await?;
        if tx.unconfirmed_copy().await?.is_some() {
            return Ok(None);
        }
        let seq = last_seq(&mut *tx).await?;
        if self.with_vault(move |vault| vault.remembers(seq)).await? {
            return Ok(Some(seq));
        }
        let memory = Memory {
            version: VERSION,
            accounts: tx.accounts().await?,
            numbers: tx.given_numbers().await?,
            standings: Standings::read(&mut *tx).await?,
            ledger: entries(&mut *tx).await?,
        };
        drop(tx);
        let plain = Arc::new(serde_json::to_vec(&memory).map_err(unreadable)?);
        let rows = Arc::clone(&plain);
        let newer = self.with_vault(move |vault| vault.remember(seq, &rows, false)).await?;
        // One of ours that is newer knows what this does, and more. One that is newer than our ledger is of another past,
        // which whoever confirmed this database has left.
        let now = last_seq(&mut *self.read().await?).await?;
        if newer.is_some_and(|newer| newer > now) {
            self.with_vault(move |vault| vault.remember(seq, &plain, true)).await?;
        }
        Ok(Some(seq))
    }

    /// Sees to it that what was destroyed lies neither in a log of the database nor in what the vault remembers.
    pub(super) async fn forget(&self) -> Result<(), OfficeError> {
        self.store.settle().await?;
        self.remember().await?;
        Ok(())
    }
}

/// Makes the rows of an empty database anew from what the vault remembers, once the ledger in it holds together and meets
/// the checkpoints. The database is then a copy that somebody has to hold to the vault and confirm.
///
/// # Errors
/// [`StoreError::InTheWay`] where the database is not empty; nothing is written then, nor where anything else is wrong.
pub async fn rebuild(
    store: &dyn Store,
    memory: &[u8],
    pins: Vec<Checkpoint>,
    now: Instant,
) -> Result<RecordsState, OfficeError> {
    let memory: Memory = serde_json::from_slice(memory).map_err(unreadable)?;
    if memory.version != VERSION {
        return Err(StoreError::Damaged(format!("a memory of version {}", memory.version)).into());
    }
    let mut verifier = Verifier::new(pins);
    for entry in &memory.ledger {
        verifier.take(entry)?;
    }
    let end = verifier.finish(now)?;
    let mut tx = store.begin().await?;
    if last_seq(&mut *tx).await? > 0 || !tx.accounts().await?.is_empty() || !tx.files().await?.is_empty() {
        return Err(StoreError::InTheWay("a database with rows".to_owned()).into());
    }
    for entry in memory.ledger {
        let Entry { at, actor, verb, subject, details, hash, .. } = entry;
        if tx.append(NewEntry { at, actor, verb, subject, details }).await?.hash != hash {
            return Err(StoreError::Damaged("an entry of the ledger came out another".to_owned()).into());
        }
    }
    for row in &memory.accounts {
        tx.put_account(row).await?;
    }
    for row in &memory.numbers {
        tx.put_given_numbers(row).await?;
    }
    memory.standings.write(&mut *tx).await?;
    let again = Standings::read(&mut *tx).await?;
    let rebuilt = state(&again, end.seq)?;
    if state(&memory.standings, end.seq)? != rebuilt {
        return Err(StoreError::Damaged("what was written anew does not read back the same".to_owned()).into());
    }
    tx.mark_copy().await?;
    tx.commit().await?;
    Ok(rebuilt)
}

impl Standings {
    async fn read(tx: &mut dyn Transaction) -> Result<Self, OfficeError> {
        let (mut disposals, mut holds) = (tx.disposals().await?, tx.holds().await?);
        // Oldest first, so that they are written anew in the order in which they were made.
        disposals.reverse();
        holds.reverse();
        let (mut items, mut tombstones) = (Vec::new(), Vec::new());
        for row in &disposals {
            let mut all = Items::all(row.plan.id);
            while let Some(page) = all.next(tx).await? {
                items.extend(page);
            }
            tombstones.extend(tx.tombstones(row.plan.id).await?);
        }
        Ok(Self {
            rule_sets: tx.rule_sets().await?,
            files: tx.files().await?,
            records: tx.records().await?,
            holds,
            disposals,
            items,
            tombstones,
            register: tx.disposal_register().await?,
            searches: tx.searches().await?,
        })
    }

    async fn write(&self, tx: &mut dyn Transaction) -> Result<(), OfficeError> {
        for row in &self.rule_sets {
            tx.insert_rule_set(row).await?;
        }
        for row in &self.files {
            tx.put_file(row).await?;
        }
        for row in &self.records {
            tx.put_record(row).await?;
        }
        for row in &self.holds {
            tx.put_hold(row).await?;
        }
        for row in &self.disposals {
            tx.put_disposal(row).await?;
        }
        for row in &self.items {
            tx.put_item(row).await?;
        }
        for row in &self.tombstones {
            tx.put_tombstone(row).await?;
        }
        for row in &self.register {
            tx.add_to_register(row).await?;
        }
        for row in &self.searches {
            tx.put_search(row).await?;
        }
        Ok(())
    }
}

fn state(rows: &Standings, ledger_seq: u64) -> Result<RecordsState, OfficeError> {
    let text = canonical_json(rows).ok_or_else(|| StoreError::Damaged("a row has no JSON form".to_owned()))?;
    Ok(RecordsState {
        sha256: Sha256Hex::of(text.as_bytes()),
        ledger_seq,
        files: rows.files.len(),
        records: rows.records.len(),
        holds: rows.holds.len(),
        tombstones: rows.tombstones.len(),
    })
}

async fn last_seq(tx: &mut dyn Transaction) -> Result<u64, OfficeError> {
    Ok(tx.newest_entries(1).await?.first().map_or(0, |entry| entry.seq))
}

async fn entries(tx: &mut dyn Transaction) -> Result<Vec<Entry>, OfficeError> {
    let mut all: Vec<Entry> = Vec::new();
    loop {
        let page = tx.entries_after(all.last().map_or(0, |entry| entry.seq), PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn unreadable(error: serde_json::Error) -> OfficeError {
    StoreError::Damaged(error.to_string()).into()
}
