//! What the vault remembers of the rows: enough to make the records' database anew where it is lost with its backups.
//!
//! Packages hold what was filed, the ledger what was done, in words without names. What neither holds (what a file is called
//! and closed by, what a hold lies on and why, what a list decided) is written beside the packages, encrypted and proven by
//! the master identity, as of an entry of the ledger. Of what was destroyed it must not tell: it is written anew with every
//! destruction, and no copy keeps an older one. Notices and their files are not in it; numbers that were given are.
//!
//! It is written in parts, of which only those are written anew whose rows changed; what is held at once does not grow with
//! the city.

use super::walk::Walk;
use crate::digest::{DigestAlgorithm, Hasher, Sha256Hex, hex};
use crate::ledger::Entry;
use crate::office::ports::{
    MEMORY_STRETCH, MEMORY_VERSION, Memory, MemoryLine, MemoryPart, MemoryUnit, Remembered, StoreError, Transaction,
    VaultError,
};
use crate::office::{Office, OfficeError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Bytes of lines after which a unit goes on in another part.
const PART_BYTES: usize = 4 << 20;
/// Bytes of lines that are encrypted and written together.
const TOGETHER_BYTES: usize = 16 << 20;

/// How the records stand, as one hash over rule sets, saved searches, files, records, holds, disposals, tombstones and the
/// 移管・廃棄簿.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordsState {
    /// SHA-256 over the rows, a line of JSON each, in the order in which they are remembered.
    pub sha256: Sha256Hex,
    /// The last entry of the ledger.
    pub ledger_seq: u64,
    /// How many record files there are.
    pub files: u64,
    /// How many records.
    pub records: u64,
    /// How many holds were ever placed.
    pub holds: u64,
    /// How many tombstones.
    pub tombstones: u64,
}

/// What came of writing down the rows.
enum Kept {
    /// They are remembered, or newer ones, as of this entry.
    AsOf(u64),
    /// Not at all: the database is a copy that nobody has confirmed.
    Unconfirmed,
    /// A part that was to stay is not there any more.
    Incomplete,
}

impl Office {
    /// Returns how the records stand, as one hash.
    pub async fn records_state(&self) -> Result<RecordsState, OfficeError> {
        state(&mut *self.read().await?).await
    }

    /// Has the vault remember the rows as they are, and no older ones. Returns the entry of the ledger they are as of; none
    /// in a copy that nobody has confirmed, which may know less than the vault.
    pub async fn remember(&self) -> Result<Option<u64>, OfficeError> {
        let mut kept = self.write_down(true).await?;
        if matches!(kept, Kept::Incomplete) {
            kept = self.write_down(false).await?;
        }
        match kept {
            Kept::AsOf(seq) => Ok(Some(seq)),
            Kept::Unconfirmed => Ok(None),
            Kept::Incomplete => Err(VaultError::ReadBack { place: "memory-parts".to_owned() }.into()),
        }
    }

    /// Sees to it that what was destroyed lies neither in a log of the database nor in what the vault remembers, nor
    /// as a package in the backups, where these can be reached.
    pub(super) async fn forget(&self) -> Result<(), OfficeError> {
        self.settle_database().await?;
        self.remember().await?;
        self.forget_in_backups_now().await;
        Ok(())
    }

    /// Writes down the rows, all of them or those that changed.
    async fn write_down(&self, only_changes: bool) -> Result<Kept, OfficeError> {
        let mut tx = self.read().await?;
        if tx.unconfirmed_copy().await?.is_some() {
            return Ok(Kept::Unconfirmed);
        }
        let end = last_entry(&mut *tx).await?;
        let seq = end.as_ref().map_or(0, |entry| entry.seq);
        if self.with_vault(move |vault| vault.remembers(seq)).await? {
            return Ok(Kept::AsOf(seq));
        }
        let base = if only_changes { self.base(&mut *tx).await? } else { None };
        let parts = self.parts(&mut *tx, seq, base).await?;
        drop(tx);
        let ledger_hash = end.map(|entry| entry.hash);
        let memory = Arc::new(Memory { version: MEMORY_VERSION, seq, ledger_hash, parts });
        let index = Arc::clone(&memory);
        let mut kept = self.with_vault(move |vault| vault.remember(&index, false)).await?;
        // One of ours that is newer knows what this does, and more. One that is newer than our ledger is of another past,
        // which whoever confirmed this database has left.
        if let Remembered::Newer(newer) = kept
            && newer > last_seq(&mut *self.read().await?).await?
        {
            kept = self.with_vault(move |vault| vault.remember(&memory, true)).await?;
        }
        Ok(if kept == Remembered::Incomplete { Kept::Incomplete } else { Kept::AsOf(seq) })
    }

    /// Returns what the vault remembers, where it is of this database's own past: what did not change since can stay.
    async fn base(&self, tx: &mut dyn Transaction) -> Result<Option<Memory>, OfficeError> {
        let memory = match self.with_vault(|vault| vault.memory()).await {
            Ok(Some(memory)) => memory,
            Ok(None) => return Ok(None),
            Err(trouble @ OfficeError::Vault(VaultError::Unavailable { .. })) => return Err(trouble),
            // Nothing is built on what cannot be read or is not proven.
            Err(OfficeError::Vault(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(before) = memory.seq.checked_sub(1) else { return Ok(None) };
        let entry = tx.entries_after(before, 1).await?.pop().filter(|entry| entry.seq == memory.seq);
        Ok(entry.filter(|entry| Some(&entry.hash) == memory.ledger_hash.as_ref()).map(|_| memory))
    }

    /// Writes the parts of what is to be remembered, and takes over from the base those that did not change.
    async fn parts(
        &self,
        tx: &mut dyn Transaction,
        seq: u64,
        base: Option<Memory>,
    ) -> Result<Vec<MemoryPart>, OfficeError> {
        let mut parts = Parts { office: self, waiting: Vec::new(), bytes: 0, written: Vec::new() };
        let (known, since) = base.map_or((Vec::new(), 0), |base| (base.parts, base.seq));
        let mut units = match since {
            0 => tx.units().await?,
            since => tx.units_changed_since(since).await?,
        };
        units.insert(MemoryUnit::Head);
        units.extend((since / MEMORY_STRETCH..seq.div_ceil(MEMORY_STRETCH)).map(MemoryUnit::Ledger));
        for unit in &units {
            let mut walk = Walk::through(unit.clone());
            while let Some(lines) = walk.next(tx).await? {
                parts.take(unit, &lines).await?;
            }
        }
        let mut all = parts.finish().await?;
        all.extend(known.into_iter().filter(|part| !units.contains(&part.unit)));
        // Stable: the parts of one unit stay in their order.
        all.sort_by(|one, other| one.unit.cmp(&other.unit));
        Ok(all)
    }
}

/// Parts on their way into the vault.
struct Parts<'a> {
    office: &'a Office,
    waiting: Vec<(MemoryUnit, Vec<u8>)>,
    bytes: usize,
    written: Vec<MemoryPart>,
}

impl Parts<'_> {
    async fn take(&mut self, unit: &MemoryUnit, lines: &[MemoryLine]) -> Result<(), OfficeError> {
        for line in lines {
            let fits = self.waiting.last().is_some_and(|(last, text)| last == unit && text.len() < PART_BYTES);
            if !fits {
                self.waiting.push((unit.clone(), Vec::new()));
            }
            let Some((_, text)) = self.waiting.last_mut() else { continue };
            let before = text.len();
            write_line(line, text)?;
            self.bytes += text.len() - before;
        }
        if self.bytes >= TOGETHER_BYTES { self.flush().await } else { Ok(()) }
    }

    async fn flush(&mut self) -> Result<(), OfficeError> {
        let waiting = std::mem::take(&mut self.waiting);
        self.bytes = 0;
        if !waiting.is_empty() {
            self.written.extend(self.office.with_vault(move |vault| vault.put_memory(waiting)).await?);
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<Vec<MemoryPart>, OfficeError> {
        self.flush().await?;
        Ok(self.written)
    }
}

/// A count and a hash of the rows that say how the records stand.
pub(super) struct Tally {
    hasher: Hasher,
    files: u64,
    records: u64,
    holds: u64,
    tombstones: u64,
}

impl Tally {
    /// Begins to count.
    pub(super) fn new() -> Self {
        Self { hasher: Hasher::new(DigestAlgorithm::Sha256), files: 0, records: 0, holds: 0, tombstones: 0 }
    }

    /// Counts a row; accounts, numbers, reorganisations and the ledger are not of this state.
    pub(super) fn take(&mut self, line: &MemoryLine) -> Result<(), OfficeError> {
        match line {
            MemoryLine::Entry(_) | MemoryLine::Account(_) | MemoryLine::Numbers(_) | MemoryLine::Reorganisation(_) => {
                return Ok(());
            }
            MemoryLine::File(_) => self.files += 1,
            MemoryLine::Record(_) => self.records += 1,
            MemoryLine::Hold(_) => self.holds += 1,
            MemoryLine::Tombstone(_) => self.tombstones += 1,
            MemoryLine::RuleSet(_)
            | MemoryLine::Search(_)
            | MemoryLine::Disposal(_)
            | MemoryLine::Item(_)
            | MemoryLine::Register(_)
            | MemoryLine::Furniture(_)
            | MemoryLine::Heads(_)
            | MemoryLine::Volume(_)
            | MemoryLine::Waiting(_)
            | MemoryLine::Shredding(_)
            | MemoryLine::Paper(_) => {}
        }
        let mut text = Vec::new();
        write_line(line, &mut text)?;
        self.hasher.update(&text);
        Ok(())
    }

    /// Returns what it came to.
    pub(super) fn finish(self, ledger_seq: u64) -> Result<RecordsState, OfficeError> {
        let Self { hasher, files, records, holds, tombstones } = self;
        let sha256 = Sha256Hex::parse(&hex(&hasher.finish().bytes));
        let sha256 = sha256.ok_or_else(|| StoreError::Damaged("a hash has no text form".to_owned()))?;
        Ok(RecordsState { sha256, ledger_seq, files, records, holds, tombstones })
    }
}

/// Reads how the records stand.
pub(in crate::office) async fn state(tx: &mut dyn Transaction) -> Result<RecordsState, OfficeError> {
    let (seq, mut tally) = (last_seq(tx).await?, Tally::new());
    let mut units: BTreeSet<MemoryUnit> = tx.units().await?;
    units.insert(MemoryUnit::Head);
    for unit in units {
        let mut walk = Walk::through(unit);
        while let Some(lines) = walk.next(tx).await? {
            lines.iter().try_for_each(|line| tally.take(line))?;
        }
    }
    tally.finish(seq)
}

/// Writes a row as a line of JSON.
fn write_line(line: &MemoryLine, text: &mut Vec<u8>) -> Result<(), OfficeError> {
    serde_json::to_writer(&mut *text, line).map_err(|error| StoreError::Damaged(error.to_string()))?;
    text.push(b'\n');
    Ok(())
}

async fn last_entry(tx: &mut dyn Transaction) -> Result<Option<Entry>, OfficeError> {
    Ok(tx.newest_entries(1).await?.pop())
}

/// Returns the place of the ledger's last entry, 0 where there is none.
pub(super) async fn last_seq(tx: &mut dyn Transaction) -> Result<u64, OfficeError> {
    Ok(last_entry(tx).await?.map_or(0, |entry| entry.seq))
}
