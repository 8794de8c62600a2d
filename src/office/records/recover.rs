//! Recovery at start-up: what a crash left is finished, given up, set aside or carried through; never deleted.

use super::SYSTEM;
use super::brake::Progress;
use super::ingest::{is_absent, package_of};
use super::items::Items;
use super::known::{Known, waiting_receipts};
use super::restored::LOST;
use super::run::lease_on;
use super::views::RecoveryReport;
use crate::id::RecordId;
use crate::office::ports::{PackageName, PackageReceipt, VaultError, VaultListing};
use crate::office::{Office, OfficeError};
use crate::records::{DisposalState, ItemState};
use std::collections::BTreeSet;

impl Office {
    /// Puts right what a crash left. To be called at start-up, while nobody else works on this database and vault.
    ///
    /// Intent and package: filed. Intent alone: given up, as nothing was acknowledged. Package alone: set aside with an
    /// entry in the ledger, never deleted. Row with a damaged or missing copy: repaired from a good one, or named; the
    /// gates keep such a record from disposal. Claimed files go forward only; listed ones wait for their gates. In a copy
    /// that nobody has confirmed nothing is put right, as what is not in it was not left by a crash. While a copy cannot be
    /// reached nothing is swept, set aside or mended: the next start sees to it.
    pub async fn recover(&self) -> Result<RecoveryReport, OfficeError> {
        // What a killed process sent off last, a server may still be at: its turn comes before ours.
        drop(self.begin_on_any_copy().await?);
        // Where that cannot be written now, searches look at each record, and a start is not refused for it.
        let indexed = self.index_words().await.unwrap_or_default();
        if self.read().await?.unconfirmed_copy().await?.is_some() {
            return Ok(RecoveryReport { unconfirmed: true, indexed, ..Default::default() });
        }
        let mut report = RecoveryReport { indexed, ..Default::default() };
        match self.with_vault(|vault| vault.sweep()).await {
            Err(OfficeError::Vault(VaultError::Unavailable { .. } | VaultError::Busy { .. })) => {}
            swept => report.swept = swept?,
        }
        self.settle_intents(true, &mut report).await?;
        report.lost.extend(self.settle_arrivals(true).await?);
        // Where packages cannot be read now, contents are searched without them, and a start is not refused for it.
        report.texts = self.read_some_texts().await.unwrap_or_default();
        report.dated = self.date_anew().await?;
        self.carry_claims_through(true, &mut report).await?;
        self.finish_disposals(&mut report).await?;
        let listing = self.with_vault(|vault| vault.scan_seen()).await?;
        report.unseen.clone_from(&listing.unseen);
        // What is in no folder has no key there either: that a copy is unseen hides nothing from this.
        report.unconfirmed = self.is_older_than(&listing).await?;
        if report.unconfirmed || !report.unseen.is_empty() {
            return Ok(report);
        }
        let mut tx = self.read().await?;
        let rows = tx.records().await?;
        let known = Known::read(&mut *tx, &rows).await?;
        let mut kept = waiting_receipts(&mut *tx).await?;
        drop(tx);
        kept.extend(rows.into_iter().filter(|row| row.record.state.keeps_bytes()).map(|row| row.receipt));
        self.set_aside(known.unknown(&listing), &mut report).await?;
        self.mend(&listing, kept, &mut report).await?;
        Ok(report)
    }

    /// Puts right what workers left who ended while others live: what they were filing, and claims of disposals that nobody
    /// is at now. All else waits until nobody else works here; and nothing is done while another worker does this.
    pub async fn recover_beside_others(&self) -> Result<RecoveryReport, OfficeError> {
        if self.read().await?.unconfirmed_copy().await?.is_some() {
            return Ok(RecoveryReport { unconfirmed: true, ..Default::default() });
        }
        // A database that was put back has the workers of its day in it, so that nobody seems to come in alone.
        if self.is_behind_its_checkpoint().await? {
            self.mark_as_copy().await?;
            return Ok(RecoveryReport { unconfirmed: true, ..Default::default() });
        }
        let mut report = RecoveryReport::default();
        let Some(lease) = self.lease_on_recovery().await? else { return Ok(report) };
        let settled = self.settle_intents(false, &mut report).await;
        let arrived = self.settle_arrivals(false).await;
        let carried = self.carry_claims_through(false, &mut report).await;
        self.release(lease).await;
        report.lost.extend(arrived?);
        settled.and(carried)?;
        Ok(report)
    }

    /// Counts the records that are not in the index of words yet; where they are very many, a start takes its time.
    pub async fn unindexed(&self) -> Result<u64, OfficeError> {
        Ok(self.read().await?.count_unindexed().await?)
    }

    /// Brings into the index of words what is not in it: some thousand records in each unit of work, so that a stop loses
    /// little. Also in a copy that nobody has confirmed, as the index says nothing of its own.
    async fn index_words(&self) -> Result<u64, OfficeError> {
        let mut indexed = 0;
        loop {
            let mut tx = self.begin_on_any_copy().await?;
            let some = tx.index_words().await?;
            if some == 0 {
                return Ok(indexed);
            }
            tx.commit().await?;
            indexed += some;
        }
    }

    /// Settles what nobody who lives is filing. What does not say who files it is left by a crash where nobody else works.
    async fn settle_intents(&self, alone: bool, report: &mut RecoveryReport) -> Result<(), OfficeError> {
        let mut tx = self.read().await?;
        let living: BTreeSet<_> = tx.workers().await?.into_iter().map(|worker| worker.id).collect();
        let mut intents = tx.intents().await?;
        drop(tx);
        intents.retain(|intent| intent.worker.map_or(alone, |worker| !living.contains(&worker)));
        for intent in intents {
            let (package, bag_sha256, id) = (package_of(&intent), intent.bag_sha256.clone(), intent.draft.record.id);
            match self.with_vault(move |vault| Ok(vault.adopt(package, &bag_sha256))).await? {
                Ok(receipt) => {
                    self.finish_filing(SYSTEM, intent, receipt).await?;
                    report.finished.push(id);
                }
                Err(error) if is_absent(&error) => {
                    self.give_up(SYSTEM, &intent).await?;
                    report.abandoned.push(id);
                }
                // What cannot be told now stays as it is: the next start asks again.
                Err(_) => report.lost.push(id),
            }
        }
        Ok(())
    }

    /// Carries claims through, but those of disposals that somebody is at.
    async fn carry_claims_through(&self, alone: bool, report: &mut RecoveryReport) -> Result<(), OfficeError> {
        let rows = self.read().await?.disposals().await?;
        let (mut found, mut broken_off) = (false, false);
        for row in rows {
            let Some(lease) = self.lease(&lease_on(row.plan.id)).await? else { continue };
            let goes_on = matches!(row.state, DisposalState::Running | DisposalState::Paused);
            broken_off |= goes_on && Progress::read(&mut *self.read().await?, row.plan.id).await?.has_begun();
            let mut claimed = Items::in_state(row.plan.id, ItemState::Claimed);
            while let Some(items) = self.few(&mut claimed, usize::MAX).await? {
                found |= !items.is_empty();
                // What cannot be destroyed now stays claimed. A start is not refused for it: holds, and all else, must go on.
                let carried = self.carry_through(SYSTEM, &row, items).await?;
                report.carried_through.extend(carried.destroyed);
                report.stuck.extend(carried.stuck.into_iter().map(|(file, _)| file));
            }
            self.release(lease).await;
        }
        if !found && !alone {
            return Ok(());
        }
        // Also after a kill that came between the last row and this: then nothing is claimed any more.
        report.log_kept = self.settle_database().await.is_err();
        if broken_off {
            report.memory_kept = self.remember().await.is_err();
        }
        Ok(())
    }

    /// Finishes runs with nothing left to do, and certificates that were filed but not yet written down as such.
    async fn finish_disposals(&self, report: &mut RecoveryReport) -> Result<(), OfficeError> {
        let mut tx = self.read().await?;
        let (mut drained, mut certified) = (Vec::new(), Vec::new());
        for row in tx.disposals().await? {
            let id = row.plan.id;
            if row.state == DisposalState::Running {
                drained.extend(Progress::read(&mut *tx, id).await?.is_settled().then_some(id));
            }
            let Some(record) = row.certificate_to_be.filter(|_| row.state == DisposalState::WaitBackups) else {
                continue;
            };
            certified.extend(tx.record(record).await?.map(|_| (id, record)));
        }
        drop(tx);
        for id in drained {
            // A log that cannot be emptied now keeps the run open, as it does anywhere.
            report.disposals.extend(self.drain(SYSTEM, id).await.is_ok_and(|ended| ended).then_some(id));
        }
        for (id, record) in certified {
            self.write_certified(SYSTEM, id, record).await?;
            report.disposals.push(id);
        }
        Ok(())
    }

    async fn set_aside(&self, unknown: BTreeSet<PackageName>, report: &mut RecoveryReport) -> Result<(), OfficeError> {
        for package in unknown {
            let places = self.with_vault(move |vault| vault.quarantine(package)).await?;
            let mut tx = self.begin().await?;
            let entry = self.entry_by(SYSTEM, "vault.quarantined", package)?;
            tx.append(entry.with_number("places", places.len() as u64)?).await?;
            tx.commit().await?;
            report.quarantined.extend(places);
        }
        Ok(())
    }

    async fn mend(
        &self,
        listing: &VaultListing,
        kept: Vec<PackageReceipt>,
        report: &mut RecoveryReport,
    ) -> Result<(), OfficeError> {
        let whole: BTreeSet<PackageName> = listing
            .packages
            .iter()
            .filter(|listed| listed.copies.iter().chain(&listed.keys).all(|there| *there))
            .map(|listed| listed.package)
            .collect();
        for receipt in kept.into_iter().filter(|receipt| !whole.contains(&receipt.package)) {
            let (id, package, sha256) = (receipt.package.record, receipt.package, receipt.sealed_sha256);
            let mended = self.with_vault(move |vault| Ok(vault.repair(package, &sha256))).await?;
            let unknown = match &mended {
                Ok(health) => health.unread().is_some(),
                Err(error) => matches!(error, VaultError::Unavailable { .. }),
            };
            let sound = mended.is_ok_and(|health| health.is_sound());
            if !unknown {
                self.note_mending(id, sound).await?;
            }
            if sound { report.repaired.push(id) } else { report.lost.push(id) }
        }
        Ok(())
    }

    async fn note_mending(&self, id: RecordId, sound: bool) -> Result<(), OfficeError> {
        let verb = if sound { "vault.repaired" } else { LOST };
        let mut tx = self.begin().await?;
        tx.append(self.entry_by(SYSTEM, verb, id)?).await?;
        tx.commit().await?;
        Ok(())
    }
}
