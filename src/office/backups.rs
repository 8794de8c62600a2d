//! Backups as the office sees them: what a database says that its backup has to hold, whether a restored one is what was backed
//! up, and that what was destroyed leaves the backups, too.
//!
//! A backup is made of a copy of the database, and of what the rows of that copy name, never of what happens to lie on the disk.

use super::ports::{BackupError, BackupShelf, BackupStanding, PackageReceipt, Tombstone, Transaction, TrayState};
use super::records::{RecordsState, backed_up_packages, records_state_of};
use super::{Actor, Office, OfficeError, Role};
use crate::digest::Sha256Hex;
use crate::fault::Fault;
use crate::id::RecordId;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who may see how the backups stand.
const READERS: &[Role] = &[Role::Administrator, Role::Auditor, Role::RecordsManager];
/// What `records fsck` finds in any city at work: filings and destructions under way, days that are to be computed anew,
/// packages that nobody looked at for long. None of them is the backup's doing.
const AT_WORK: [&str; 4] = ["fsck-open-intent", "fsck-claim-not-carried-through", "fsck-dates-stale", "fixity-overdue"];

/// What a database says of itself: what its backup has to hold, and a restored one must come back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// The end of its ledger and its records.
    pub end: BackedUpEnd,
    /// The packages that its rows name, of records and of what waits in the tray.
    pub packages: Vec<PackageReceipt>,
    /// The proof trees that its rows name, with the SHA-256 of their files.
    pub trees: Vec<(u64, Sha256Hex)>,
}

/// The end of a ledger, and how the records stand with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackedUpEnd {
    /// The hash of the ledger's last entry; none where it is empty.
    pub ledger_hash: Option<Sha256Hex>,
    /// How the records stand.
    pub state: RecordsState,
}

/// What came of looking at a restored city.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TriedRestore {
    /// How many records it has.
    pub records: usize,
    /// How many packages.
    pub packages: usize,
    /// Entries of its ledger.
    pub ledger_seq: u64,
    /// Sealed checkpoints that its ledger meets.
    pub checkpoints: usize,
}

/// Reads what the backup of a database has to hold.
///
/// # Errors
/// Where a row cannot be read: nothing is passed over.
pub async fn backed_up(tx: &mut dyn Transaction) -> Result<BackedUp, OfficeError> {
    let ledger_hash = tx.newest_entries(1).await?.pop().map(|entry| entry.hash);
    let state = records_state_of(tx).await?;
    let packages = backed_up_packages(tx).await?;
    let trees = tx.proof_trees().await?.into_iter().map(|tree| (tree.number, tree.sha256)).collect();
    Ok(BackedUp { end: BackedUpEnd { ledger_hash, state }, packages, trees })
}

impl Office {
    /// Names the store of backups.
    #[must_use]
    pub fn with_backups(mut self, shelf: Arc<dyn BackupShelf>) -> Self {
        self.backups = Some(shelf);
        self
    }

    /// Returns how the backups stand; none where the city has no store of them.
    ///
    /// # Errors
    /// [`OfficeError::NotInRole`]; [`OfficeError::Backup`] where the store is away.
    pub async fn backups(&self, actor: &Actor) -> Result<Option<BackupStanding>, OfficeError> {
        actor.require_any(READERS)?;
        self.backups_standing().await
    }

    /// Returns the same for whoever watches over the service.
    pub async fn backups_standing(&self) -> Result<Option<BackupStanding>, OfficeError> {
        let Some(shelf) = self.backups.clone() else { return Ok(None) };
        Ok(Some(self.busy(move || shelf.standing()).await??))
    }

    /// Tells whether a record, or what waits under its name in the tray, went since a copy of the database was made. Else its
    /// package must be somewhere.
    pub async fn went_since(&self, record: RecordId) -> Result<bool, OfficeError> {
        let mut tx = self.read().await?;
        if let Some(row) = tx.record(record).await? {
            return Ok(!row.record.state.keeps_bytes());
        }
        let waits = tx.tray_item(record).await?.is_some_and(|item| item.state != TrayState::Leaving);
        Ok(!waits)
    }

    /// Writes down that a backup was made, with the SHA-256 of what it says of itself.
    ///
    /// # Errors
    /// [`OfficeError::CopyUnconfirmed`]: no backup is made of what nobody has confirmed.
    pub async fn note_backup(&self, set: &str, sha256: &Sha256Hex) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        tx.append(self.entry_by("system", "backup.made", format!("backup/{set}"))?.with("sha256", sha256)?).await?;
        Ok(tx.commit().await?)
    }

    /// Refuses where the database is a copy that nobody has confirmed.
    pub async fn is_the_city(&self) -> Result<(), OfficeError> {
        match self.read().await?.unconfirmed_copy().await? {
            Some(entry) => Err(OfficeError::CopyUnconfirmed(entry)),
            None => Ok(()),
        }
    }

    /// Takes what was destroyed out of the backups, too: the packages of all tombstones of which backups may still know. Returns
    /// how many packages went, and when the last of these records was destroyed.
    ///
    /// # Errors
    /// [`OfficeError::CopyUnconfirmed`]; [`OfficeError::Backup`] where the store is away: it is to be asked again.
    pub async fn forget_in_backups(&self) -> Result<(u64, Option<Instant>), OfficeError> {
        let Some(shelf) = self.backups.clone() else { return Ok((0, None)) };
        self.is_the_city().await?;
        let stones = self.unconfirmed_tombstones().await?;
        let last = stones.iter().map(|stone| stone.destroyed_at).max();
        let packages: Vec<Sha256Hex> = stones.into_iter().map(|stone| stone.package_sha256).collect();
        Ok((self.busy(move || shelf.forget(&packages)).await??, last))
    }

    /// Does the same after a destruction, which nothing of a store of backups may hold up: what cannot be reached is told, and
    /// asked again in the rounds.
    pub(super) async fn forget_in_backups_now(&self) {
        if let Err(error) = self.forget_in_backups().await {
            tracing::error!(code = error.code(), error = %error, "what was destroyed is still in the backups");
        }
    }

    async fn unconfirmed_tombstones(&self) -> Result<Vec<Tombstone>, OfficeError> {
        let mut tx = self.read().await?;
        let mut stones = Vec::new();
        for row in tx.disposals().await? {
            stones.extend(tx.tombstones(row.plan.id).await?);
        }
        stones.retain(|stone| stone.confirmed_at.is_none());
        Ok(stones)
    }

    /// Returns as of when the oldest backup is that is still there; none without backups.
    pub(super) async fn oldest_backup(&self) -> Result<Option<Instant>, OfficeError> {
        let standing = self.backups_standing().await?;
        Ok(standing.and_then(|standing| standing.sets.iter().map(|set| set.made_at).min()))
    }

    /// Looks whether this is the city that was backed up, in a copy that was restored: its rows, its ledger with the sealed
    /// checkpoints, its proof trees, every package with its key (`records fsck`). Only those records may lack their packages
    /// that are named.
    ///
    /// # Errors
    /// [`BackupError::Trial`] with what is wrong first; also in a database that is no copy.
    pub async fn try_restored(
        &self,
        end: &BackedUpEnd,
        trees: &[(u64, Sha256Hex)],
        lacking: &BTreeSet<RecordId>,
    ) -> Result<TriedRestore, OfficeError> {
        let wrong = |what: String| OfficeError::from(BackupError::Trial(what));
        let mut tx = self.read().await?;
        if tx.unconfirmed_copy().await?.is_none() {
            return Err(wrong("the database does not know that it is a copy".to_owned()));
        }
        let state = records_state_of(&mut *tx).await?;
        let rows: Vec<_> = tx.proof_trees().await?.into_iter().map(|tree| (tree.number, tree.sha256)).collect();
        drop(tx);
        if state != end.state {
            return Err(wrong(format!("the records stand at {}, not at {}", state.sha256, end.state.sha256)));
        }
        let witnessed = self.verify_against_checkpoints().await?;
        if end.ledger_hash.as_ref().is_some_and(|hash| *hash != witnessed.end.hash) {
            return Err(wrong(format!("the ledger ends at {}, not where it did", witnessed.end.hash)));
        }
        if rows != trees {
            return Err(wrong("the rows of the proof trees are not those that were backed up".to_owned()));
        }
        if let Some(shelf) = self.proofs.clone() {
            let trees = trees.to_vec();
            let read = move || trees.iter().try_for_each(|(number, sha256)| shelf.get(*number, Some(sha256)).map(drop));
            self.busy(read).await??;
        }
        let report = self.examine().await?;
        let lacks = |subject: &str| lacking.iter().any(|record| record.to_string() == subject);
        let bad = report.findings.iter().find(|found| !AT_WORK.contains(&found.code) && !lacks(&found.subject));
        match bad {
            Some(found) => Err(wrong(format!("{}: {}", found.code, found.subject))),
            None => Ok(TriedRestore {
                records: report.records,
                packages: report.packages,
                ledger_seq: state.ledger_seq,
                checkpoints: witnessed.met.len(),
            }),
        }
    }
}
