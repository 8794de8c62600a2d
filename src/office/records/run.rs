//! Runs a disposal in small steps that survive a crash: claim under every gate, destroy, prove, write the tombstones (R5).
//!
//! The one place that destroys is `carry_through`, and it acts on claims only.

use super::decide::{disposal, wrong_state};
use super::error::FilingError;
use super::standing::{Measure, Standing, period_text};
use super::views::{RunReport, RunStep};
use super::{KEEPERS, allow};
use crate::digest::Sha256Hex;
use crate::fault::Fault;
use crate::id::{DisposalId, RecordFileId, RecordId};
use crate::office::ports::{AbsenceEvidence, DestructionClaim, DisposalRegisterRow, DisposalRow, ItemRow, Tombstone};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{DisposalState, ItemState};
use std::collections::BTreeSet;

impl Office {
    /// Runs a disposal, or goes on with it, for at most so many files; call again until it is drained (R5).
    ///
    /// Nothing begins before the time for objections is over. Every claim tests every gate again. Trouble with a disk
    /// takes nothing off the list: the file waits for the next run.
    pub async fn run_disposal(&self, actor: &Actor, id: DisposalId, most: usize) -> Result<RunReport, OfficeError> {
        allow(actor, KEEPERS)?;
        let list = self.set_running(actor, id).await?;
        self.compare_clock(&actor.user().to_string(), id, &list).await?;
        let mut report = RunReport::default();
        let ran = self.take_steps(&actor.user().to_string(), id, most, &mut report).await;
        if !report.drained && !report.destroyed.is_empty() {
            // Whatever stopped the run: what it destroyed is to lie in no log of the database either.
            let settled = self.forget().await;
            ran?;
            settled?;
            return Ok(report);
        }
        ran?;
        Ok(report)
    }

    async fn take_steps(
        &self,
        actor: &str,
        id: DisposalId,
        most: usize,
        report: &mut RunReport,
    ) -> Result<(), OfficeError> {
        let mut passed_over = BTreeSet::new();
        for _ in 0..most {
            match self.step(actor, id, &passed_over).await? {
                RunStep::Destroyed(file) => report.destroyed.push(file),
                RunStep::Withdrawn(file, shut) => report.withdrawn.push((file, shut)),
                RunStep::PassedOver(file, code) => {
                    passed_over.insert(file);
                    report.waiting.push((file, code));
                }
                RunStep::Stuck(file, code) => {
                    report.waiting.push((file, code));
                    return Ok(());
                }
                RunStep::Nothing => return Ok(()),
                RunStep::Drained => {
                    report.drained = true;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Stops a run between two files; what is claimed is still carried through.
    pub async fn pause_disposal(&self, actor: &Actor, id: DisposalId) -> Result<DisposalRow, OfficeError> {
        allow(actor, KEEPERS)?;
        let mut tx = self.begin().await?;
        let mut row = disposal(&mut *tx, id).await?;
        if row.state != DisposalState::Running {
            return Err(wrong_state(id, row.state, "running"));
        }
        row.state = DisposalState::Paused;
        tx.put_disposal(&row).await?;
        tx.append(self.entry(actor, "disposal.paused", id)?).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Has the run begin or go on. Returns the hash of its list.
    async fn set_running(&self, actor: &Actor, id: DisposalId) -> Result<Sha256Hex, OfficeError> {
        let mut tx = self.begin().await?;
        let mut row = disposal(&mut *tx, id).await?;
        match row.state {
            DisposalState::Running | DisposalState::Drained => return Ok(row.plan.list_hash),
            DisposalState::Paused => {}
            DisposalState::Grace => match row.grace_ends_at {
                Some(end) if self.now() >= end => {}
                Some(end) => return Err(FilingError::GraceRunning(end).into()),
                None => return Err(wrong_state(id, row.state, "past the time for objections")),
            },
            other => return Err(wrong_state(id, other, "approved twice")),
        }
        row.state = DisposalState::Running;
        tx.put_disposal(&row).await?;
        tx.append(self.entry(actor, "disposal.running", id)?).await?;
        tx.commit().await?;
        Ok(row.plan.list_hash)
    }

    /// Does the next thing of a run: carries a claim through, or claims the next file that was not passed over, or finds
    /// nothing left.
    pub(super) async fn step(
        &self,
        actor: &str,
        id: DisposalId,
        passed_over: &BTreeSet<RecordFileId>,
    ) -> Result<RunStep, OfficeError> {
        let mut tx = self.read().await?;
        let row = disposal(&mut *tx, id).await?;
        let items = tx.items(id).await?;
        drop(tx);
        if let Some(item) = items.iter().find(|item| item.state == ItemState::Claimed) {
            return self.carry_on(actor, &row, item).await;
        }
        let mut waiting = items.into_iter().filter(|item| item.state == ItemState::SealedOff);
        match waiting.find(|item| !passed_over.contains(&item.item.file)) {
            _ if row.state == DisposalState::Drained => Ok(RunStep::Drained),
            Some(item) => self.claim_and_destroy(actor, id, item).await,
            None if passed_over.is_empty() => self.drain(actor, id).await,
            None => Ok(RunStep::Nothing),
        }
    }

    async fn claim_and_destroy(&self, actor: &str, id: DisposalId, item: ItemRow) -> Result<RunStep, OfficeError> {
        let file = item.item.file;
        let sound = match self.soundness(&item).await {
            Ok(sound) => sound,
            Err(OfficeError::Vault(trouble)) => return Ok(RunStep::PassedOver(file, trouble.code())),
            Err(error) => return Err(error),
        };
        match self.claim(actor, id, file, &sound).await? {
            Ok((row, item)) => self.carry_on(actor, &row, &item).await,
            Err(shut) => Ok(RunStep::Withdrawn(file, shut)),
        }
    }

    /// Carries a claim through. Where the vault cannot do it now the run ends there: no more is claimed that could not
    /// be destroyed either.
    async fn carry_on(&self, actor: &str, row: &DisposalRow, item: &ItemRow) -> Result<RunStep, OfficeError> {
        let file = item.item.file;
        match self.carry_through(actor, row, item).await {
            Ok(()) => Ok(RunStep::Destroyed(file)),
            Err(OfficeError::Vault(trouble)) => Ok(RunStep::Stuck(file, trouble.code())),
            Err(error) => Err(error),
        }
    }

    /// Destroys what was claimed, proves that it is gone, and writes tombstones, register and ledger in one transaction.
    ///
    /// Forward only, and again from the start after a crash: to destroy what is gone proves its absence once more.
    pub(super) async fn carry_through(
        &self,
        actor: &str,
        row: &DisposalRow,
        item: &ItemRow,
    ) -> Result<(), OfficeError> {
        let Some(claim) = item.claim.clone().filter(|_| item.state == ItemState::Claimed) else {
            return Err(FilingError::NotOnList(item.item.file).into());
        };
        let mut proofs: Vec<(RecordId, AbsenceEvidence)> = Vec::new();
        for member in &item.item.members {
            let claim = DestructionClaim {
                record: member.record,
                list_hash: row.plan.list_hash.clone(),
                ledger_hash: claim.ledger_hash.clone(),
                claimed_at: claim.at,
            };
            proofs.push((member.record, self.with_vault(move |vault| vault.destroy(&claim)).await?));
        }
        self.bury(actor, item, proofs).await
    }

    async fn bury(
        &self,
        actor: &str,
        item: &ItemRow,
        proofs: Vec<(RecordId, AbsenceEvidence)>,
    ) -> Result<(), OfficeError> {
        let (disposal, file) = (item.disposal, item.item.file);
        let mut tx = self.begin().await?;
        let living = tx.living_item(file).await?;
        if living.is_none_or(|living| living.state != ItemState::Claimed) {
            return Ok(());
        }
        let measure = Measure::read_at_least_holds(&mut *tx, self.today()).await?;
        let mut standing = measure.stand_by_id(&mut *tx, file).await?;
        tx.add_to_register(&register_row(&standing, item, measure.today)).await?;
        for (record, evidence) in proofs {
            let member = item.item.members.iter().find(|member| member.record == record);
            let Some(package_sha256) = member.map(|member| member.package_sha256.clone()) else { continue };
            let entry = self.entry_by(actor, "record.destroyed", record)?.with("disposal", disposal)?;
            tx.append(entry.with("package", &package_sha256)?).await?;
            let destroyed_at = evidence.proven_at;
            let stone =
                Tombstone { record, file, disposal, package_sha256, destroyed_at, evidence, confirmed_at: None };
            tx.put_tombstone(&stone).await?;
            let notice = standing.records.iter().find(|row| row.record.id == record).and_then(|row| row.notice);
            if let Some(notice) = notice {
                // A copy of the notice in the database must not outlive the record of it.
                tx.remove_notice_files(notice).await?;
            }
            tx.remove_record(record).await?;
        }
        standing.row.destroyed_on = Some(measure.today);
        tx.put_file(&standing.row).await?;
        let mut item = item.clone();
        item.state = ItemState::PrimaryGone;
        tx.put_item(&item).await?;
        let entry = self.entry_by(actor, "disposal.destroyed", file)?.with("disposal", disposal)?;
        tx.append(entry.with_number("records", item.item.members.len() as u64)?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends a run once nothing of what it destroyed lies in a log of the database, or is remembered by the vault.
    pub(super) async fn drain(&self, actor: &str, id: DisposalId) -> Result<RunStep, OfficeError> {
        self.forget().await?;
        let mut tx = self.begin().await?;
        let mut row = disposal(&mut *tx, id).await?;
        if row.state != DisposalState::Running {
            return Err(wrong_state(id, row.state, "running"));
        }
        row.state = DisposalState::Drained;
        row.drained_at = Some(self.now());
        tx.put_disposal(&row).await?;
        tx.append(self.entry_by(actor, "disposal.drained", id)?).await?;
        tx.commit().await?;
        Ok(RunStep::Drained)
    }
}

fn register_row(standing: &Standing, item: &ItemRow, today: crate::time::Date) -> DisposalRegisterRow {
    let file = &standing.row.file;
    DisposalRegisterRow {
        file: file.id,
        title: file.title.clone(),
        class: standing.class_path.clone(),
        period: period_text(file.terms.years),
        starts_on: standing.due.starts_on,
        expires_on: item.item.expires_on,
        creator: file.creator.clone(),
        records: item.item.members.len() as u64,
        disposal: item.disposal,
        disposed_on: today,
    }
}
