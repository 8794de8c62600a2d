//! The records' database, made anew from what the vault remembers.

use super::memory::{RecordsState, Tally, last_seq, state};
use crate::ledger::{Checkpoint, Entry, NewEntry, Verifier};
use crate::office::OfficeError;
use crate::office::ports::{Memory, MemoryLine, Store, StoreError, Transaction, Vault};
use crate::time::Instant;
use std::sync::Arc;

/// Makes the rows of an empty database anew from what the vault remembers, part by part, each once its proof was verified,
/// where the ledger in it holds together and meets the checkpoints. The database is then a copy that somebody has to hold to
/// the vault and confirm.
///
/// # Errors
/// [`StoreError::InTheWay`] where the database is not empty; nothing is written then, nor where anything else is wrong.
pub async fn rebuild(
    store: &dyn Store,
    vault: Arc<dyn Vault>,
    memory: &Memory,
    pins: Vec<Checkpoint>,
    now: Instant,
) -> Result<RecordsState, OfficeError> {
    let mut tx = store.begin().await?;
    if last_seq(&mut *tx).await? > 0 || !tx.accounts().await?.is_empty() || !tx.units().await?.is_empty() {
        return Err(StoreError::InTheWay("a database with rows".to_owned()).into());
    }
    tx.index_words_later();
    let (mut verifier, mut tally) = (Verifier::new(pins), Tally::new());
    for part in &memory.parts {
        let (vault, part) = (Arc::clone(&vault), part.clone());
        let read = tokio::task::spawn_blocking(move || vault.memory_part(&part)).await;
        let text = read.map_err(|_| OfficeError::Task)??;
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let line = serde_json::from_slice(line).map_err(|error| StoreError::Damaged(error.to_string()))?;
            if let MemoryLine::Entry(entry) = &line {
                verifier.take(entry)?;
            }
            tally.take(&line)?;
            write(&mut *tx, line).await?;
        }
    }
    let end = verifier.finish(now)?;
    let rebuilt = state(&mut *tx).await?;
    if end.seq != memory.seq || tally.finish(end.seq)? != rebuilt {
        return Err(StoreError::Damaged("what was written anew does not read back the same".to_owned()).into());
    }
    tx.mark_copy().await?;
    tx.commit().await?;
    Ok(rebuilt)
}

/// Writes a row anew.
async fn write(tx: &mut dyn Transaction, line: MemoryLine) -> Result<(), OfficeError> {
    match line {
        MemoryLine::Entry(entry) => {
            let Entry { at, actor, verb, subject, details, hash, .. } = *entry;
            if tx.append(NewEntry { at, actor, verb, subject, details }).await?.hash != hash {
                return Err(StoreError::Damaged("an entry of the ledger came out another".to_owned()).into());
            }
        }
        MemoryLine::Account(row) => tx.put_account(&row).await?,
        MemoryLine::Numbers(row) => tx.put_given_numbers(&row).await?,
        MemoryLine::RuleSet(row) => tx.insert_rule_set(&row).await?,
        MemoryLine::Search(row) => tx.put_search(&row).await?,
        MemoryLine::Reorganisation(row) => tx.put_reorganisation(&row).await?,
        MemoryLine::Hold(row) => tx.put_hold(&row).await?,
        MemoryLine::Disposal(row) => tx.put_disposal(&row).await?,
        MemoryLine::File(row) => tx.put_file(&row).await?,
        MemoryLine::Record(row) => tx.put_record(&row).await?,
        MemoryLine::Item(row) => tx.put_item(&row).await?,
        MemoryLine::Tombstone(row) => tx.put_tombstone(&row).await?,
        MemoryLine::Register(row) => tx.add_to_register(&row).await?,
        MemoryLine::Furniture(row) => tx.put_furniture(&row).await?,
        MemoryLine::Heads(row) => tx.put_heads(&row).await?,
        MemoryLine::Volume(row) => tx.put_volume(&row).await?,
        MemoryLine::Waiting(row) => tx.put_tray_item(&row).await?,
        MemoryLine::Shredding(row) => tx.put_shredding_list(&row).await?,
        MemoryLine::Paper(row) => tx.put_paper_original(&row).await?,
    }
    Ok(())
}
