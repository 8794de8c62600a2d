//! A database that was restored: what it lacks beside the vault, and the word of somebody who has looked (R5).
//!
//! What was done after the copy was made is not in it: holds, objections, destructions. Until a records manager has seen
//! what can be told of that, and has said so, the database only reads and takes holds.

use super::error::FilingError;
use super::holds::take_back;
use super::items::Items;
use super::known::Known;
use super::standing::Measure;
use super::{KEEPERS, READERS, allow};
use crate::digest::Sha256Hex;
use crate::id::{HoldId, RecordFileId, RecordId};
use crate::ledger::canonical_json;
use crate::office::checkpoints::SET_ASIDE;
use crate::office::ports::{ItemRow, PackageName, RecordRow, Transaction, VaultListing};
use crate::office::{Actor, Office, OfficeError, SealedCheckpoint};
use crate::records::ItemState;
use serde::Serialize;
use std::collections::BTreeSet;

/// The verb under which the ledger says that a record's package is nowhere.
pub(super) const LOST: &str = "vault.lost";

/// What a database that was restored lacks beside the vault (R5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestoredView {
    /// The entry of the ledger that the copy ends at; what was done later is not in it.
    pub ledger_seq: u64,
    /// Records whose package and key are nowhere: destroyed after the copy was made, or lost.
    pub gone: Vec<RecordId>,
    /// Packages that no row knows: filed after the copy was made. They are set aside, never deleted.
    pub unknown: Vec<String>,
    /// Files on lists under way. They go back, as objections, holds and undos since then may not be in the copy.
    pub listed: Vec<RecordFileId>,
    /// Files past the point of no return: they go only forward.
    pub claimed: Vec<RecordFileId>,
    /// The holds in the copy, those placed since it was restored included.
    pub holds: Vec<HoldId>,
    /// Sealed checkpoints of a ledger that went on farther, or otherwise, by their SHA-256. They are given up.
    pub checkpoints: Vec<Sha256Hex>,
}

impl Office {
    /// Returns what a restored database lacks beside the vault; none where there is nothing to confirm.
    pub async fn restored(&self, actor: &Actor) -> Result<Option<RestoredView>, OfficeError> {
        allow(actor, READERS)?;
        let listing = self.with_vault(|vault| vault.scan()).await?;
        let unmet = self.unmet_checkpoints().await?;
        let mut tx = self.read().await?;
        match tx.unconfirmed_copy().await? {
            Some(seq) => Ok(Some(compare(&mut *tx, seq, &listing, &unmet).await?)),
            None => Ok(None),
        }
    }

    /// Confirms a restored database by the hash of what [`Office::restored`] showed: from here on it is the city's (R5).
    ///
    /// Every list under way goes back; its files need a new decision. Every token ends: which were revoked since, the copy does not
    /// know. The next start puts right what a crash would leave.
    pub async fn confirm_restored(&self, actor: &Actor, shown: &Sha256Hex) -> Result<RestoredView, OfficeError> {
        allow(actor, KEEPERS)?;
        let listing = self.with_vault(|vault| vault.scan()).await?;
        let unmet = self.unmet_checkpoints().await?;
        let mut tx = self.begin_on_any_copy().await?;
        let seq = tx.unconfirmed_copy().await?.ok_or(FilingError::NothingRestored)?;
        let view = compare(&mut *tx, seq, &listing, &unmet).await?;
        if view.hash() != *shown {
            return Err(FilingError::RestoredChanged.into());
        }
        let measure = Measure::read_at_least_holds(&mut *tx, self.today()).await?;
        for item in items(&mut *tx).await?.into_iter().filter(is_listed) {
            let (file, disposal) = (item.item.file, item.disposal);
            let standing = measure.stand_by_id(&mut *tx, file).await?;
            take_back(&mut *tx, item, standing, vec!["restored".to_owned()]).await?;
            let entry = self.entry(actor, "disposal.withdrawn", file)?.with("disposal", disposal)?;
            tx.append(entry.with("because", "restored")?).await?;
        }
        for record in &view.gone {
            tx.append(self.entry(actor, LOST, record)?).await?;
        }
        for checkpoint in &view.checkpoints {
            tx.append(self.entry(actor, SET_ASIDE, checkpoint)?).await?;
        }
        let entry = self.entry(actor, "db.copy-confirmed", format!("ledger/{seq}"))?.with("shown", shown)?;
        let entry = entry.with_number("gone", view.gone.len() as u64)?;
        tx.append(entry.with_number("unknown", view.unknown.len() as u64)?).await?;
        self.end_tokens(&mut *tx, actor).await?;
        self.end_what_came_back(&mut *tx, actor).await?;
        tx.confirm_copy().await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Tells whether the database is older than what lies beside it: a record has neither package nor key left anywhere, and
    /// nothing in the ledger says why; or the ledger does not meet the last sealed checkpoint. Then it is marked as a copy.
    pub(super) async fn is_older_than(&self, listing: &VaultListing) -> Result<bool, OfficeError> {
        let mut tx = self.read().await?;
        let rows = tx.records().await?;
        let lacks = unexplained(&mut *tx, gone(&rows, listing)).await?;
        drop(tx);
        if !lacks && !self.is_behind_its_checkpoint().await? {
            return Ok(false);
        }
        self.mark_as_copy().await?;
        Ok(true)
    }

    /// Writes down that the database is a copy of an earlier one.
    pub(super) async fn mark_as_copy(&self) -> Result<(), OfficeError> {
        let mut tx = self.begin_on_any_copy().await?;
        tx.mark_copy().await?;
        Ok(tx.commit().await?)
    }
}

impl RestoredView {
    /// Returns the hash that a confirmation names.
    pub fn hash(&self) -> Sha256Hex {
        // Identifiers and numbers always have a JSON form.
        Sha256Hex::of(canonical_json(self).unwrap_or_default().as_bytes())
    }
}

async fn compare(
    tx: &mut dyn Transaction,
    seq: u64,
    listing: &VaultListing,
    unmet: &[SealedCheckpoint],
) -> Result<RestoredView, OfficeError> {
    let rows = tx.records().await?;
    let unknown = Known::read(tx, &rows).await?.unknown(listing);
    let items = items(tx).await?;
    let files = |wanted: fn(&ItemRow) -> bool| {
        let mut files: Vec<_> = items.iter().filter(|item| wanted(item)).map(|item| item.item.file).collect();
        files.sort_unstable();
        files
    };
    let mut holds: Vec<_> = tx.holds().await?.iter().map(|hold| hold.id).collect();
    holds.sort_unstable();
    Ok(RestoredView {
        ledger_seq: seq,
        gone: gone(&rows, listing),
        unknown: unknown.iter().map(PackageName::to_string).collect(),
        listed: files(is_listed),
        claimed: files(|item| item.state == ItemState::Claimed),
        holds,
        checkpoints: unmet.iter().map(|one| one.sealed.sha256.clone()).collect(),
    })
}

/// Returns the records whose bytes must exist, and of which neither package nor key lies anywhere.
fn gone(rows: &[RecordRow], listing: &VaultListing) -> Vec<RecordId> {
    let mut there: BTreeSet<PackageName> = listing.packages.iter().map(|listed| listed.package).collect();
    there.extend(&listing.lone_keys);
    let kept = rows.iter().filter(|row| row.record.state.keeps_bytes() && !there.contains(&row.receipt.package));
    kept.map(|row| row.record.id).collect()
}

/// Tells whether the ledger does not yet know of one of these records that it is gone.
async fn unexplained(tx: &mut dyn Transaction, gone: Vec<RecordId>) -> Result<bool, OfficeError> {
    for record in gone {
        let entries = tx.entries_about(&record.to_string()).await?;
        if !entries.iter().any(|entry| entry.verb.as_str() == LOST) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn items(tx: &mut dyn Transaction) -> Result<Vec<ItemRow>, OfficeError> {
    let mut items = Vec::new();
    for row in tx.disposals().await? {
        let mut walk = Items::all(row.plan.id);
        while let Some(page) = walk.next(tx).await? {
            items.extend(page);
        }
    }
    Ok(items)
}

fn is_listed(item: &ItemRow) -> bool {
    matches!(item.state, ItemState::Listed | ItemState::SealedOff)
}
