//! Runs a disposal in small batches that survive a crash: claim under every gate, destroy, prove, write the tombstones (R5).
//!
//! The one place that destroys is `carry_through`, and it acts on claims only.

use super::brake::Progress;
use super::decide::{disposal, wrong_state};
use super::error::FilingError;
use super::items::Items;
use super::standing::{Measure, Standing, period_text};
use super::views::RunReport;
use super::{KEEPERS, allow};
use crate::fault::Fault;
use crate::id::{DisposalId, RecordFileId, RecordId};
use crate::office::ports::{
    AbsenceEvidence, DestructionClaim, DisposalRegisterRow, DisposalRow, ItemClaim, ItemRow, Tombstone, Transaction,
};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{DisposalState, ItemState};
use crate::time::Date;
use std::collections::BTreeSet;

/// Files that are claimed, destroyed and buried together.
const FILES_AT_ONCE: u32 = 256;
/// Records in them, unless one file alone has more.
const RECORDS_AT_ONCE: usize = 2048;

/// What came of carrying claims through.
#[derive(Default)]
pub(super) struct Carried {
    /// The files whose records are destroyed, with their absence proven and written down.
    pub(super) destroyed: Vec<RecordFileId>,
    /// The files that cannot be destroyed now, with the code of the trouble; they stay claimed.
    pub(super) stuck: Vec<(RecordFileId, &'static str)>,
    /// Whether the brake stopped the run.
    pub(super) braked: bool,
}

impl Office {
    /// Runs a disposal, or goes on with it, for at most so many files; call again until it is drained (R5).
    ///
    /// Nothing begins before the time for objections is over. Every claim tests every gate again. Trouble with a disk
    /// takes nothing off the list: the file waits for the next run. After the first part of the list the run pauses by
    /// itself, once (`brake_percent`).
    ///
    /// # Errors
    /// [`OfficeError::Leased`] while this or another process is at it.
    pub async fn run_disposal(&self, actor: &Actor, id: DisposalId, most: usize) -> Result<RunReport, OfficeError> {
        allow(actor, KEEPERS)?;
        let lease = self.lease(&lease_on(id)).await?.ok_or(OfficeError::Leased)?;
        let ran = self.run_leased(actor, id, most).await;
        self.release(lease).await;
        ran
    }

    async fn run_leased(&self, actor: &Actor, id: DisposalId, most: usize) -> Result<RunReport, OfficeError> {
        let row = self.set_running(actor, id).await?;
        let mut report = RunReport { drained: row.state == DisposalState::Drained, ..RunReport::default() };
        if report.drained {
            return Ok(report);
        }
        self.compare_clock(&actor.user().to_string(), id, &row.plan.list_hash).await?;
        let ran = self.take_steps(&actor.user().to_string(), &row, most, &mut report).await;
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

    /// Carries through what an earlier run had claimed, then claims and destroys what waits, a few files at a time, until
    /// nothing is left but what was passed over.
    async fn take_steps(
        &self,
        actor: &str,
        row: &DisposalRow,
        most: usize,
        report: &mut RunReport,
    ) -> Result<(), OfficeError> {
        let (id, mut left) = (row.plan.id, most);
        let mut claimed = Items::in_state(id, ItemState::Claimed);
        while left > 0
            && let Some(items) = self.few(&mut claimed, left).await?
        {
            left -= items.len();
            if self.carry_on(actor, row, &items, report).await? {
                return Ok(());
            }
        }
        let mut waiting = Items::in_state(id, ItemState::SealedOff);
        while left > 0 {
            let Some(items) = self.few(&mut waiting, left).await? else {
                report.drained = self.drain(actor, id).await?;
                return Ok(());
            };
            left -= items.len();
            let (looked, passed_over) = self.look(&items).await?;
            report.waiting.extend(passed_over);
            if looked.is_empty() {
                continue;
            }
            let claims = self.claim(actor, id, looked).await?;
            report.withdrawn.extend(claims.withdrawn);
            report.braked |= claims.braked;
            // Where the vault cannot do it now the run ends: no more is claimed that could not be destroyed either.
            if self.carry_on(actor, &claims.row, &claims.items, report).await? || claims.braked {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Returns the next few items of a walk.
    pub(super) async fn few(&self, walk: &mut Items, most: usize) -> Result<Option<Vec<ItemRow>>, OfficeError> {
        let most = u32::try_from(most).unwrap_or(u32::MAX).min(FILES_AT_ONCE);
        let Some(mut items) = walk.next_of(&mut *self.read().await?, most).await? else { return Ok(None) };
        let mut records = 0;
        let fit = items.iter().take_while(|item| {
            records += item.item.members.len();
            records <= RECORDS_AT_ONCE
        });
        let fit = fit.count().max(1);
        items.truncate(fit);
        items.last().into_iter().for_each(|last| walk.back_to(last));
        Ok(Some(items))
    }

    /// Carries claims through and reports. Returns whether the run ends with that.
    async fn carry_on(
        &self,
        actor: &str,
        row: &DisposalRow,
        items: &[ItemRow],
        report: &mut RunReport,
    ) -> Result<bool, OfficeError> {
        let carried = self.carry_through(actor, row, items).await?;
        let ends = !carried.stuck.is_empty() || carried.braked;
        report.destroyed.extend(carried.destroyed);
        report.waiting.extend(carried.stuck);
        report.braked |= carried.braked;
        Ok(ends)
    }

    /// Stops a run between two batches; what is claimed is still carried through.
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

    /// Has the run begin or go on, which also lets the brake go. Returns its row as it is then.
    async fn set_running(&self, actor: &Actor, id: DisposalId) -> Result<DisposalRow, OfficeError> {
        let mut tx = self.begin().await?;
        let mut row = disposal(&mut *tx, id).await?;
        match row.state {
            DisposalState::Running | DisposalState::Drained => return Ok(row),
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
        Ok(row)
    }

    /// Destroys what was claimed, proves that it is gone, and writes tombstones, register and ledger in one transaction.
    ///
    /// Forward only, and again from the start after a crash: to destroy what is gone proves its absence once more. A file
    /// of which one record meets trouble stays claimed as a whole; the others go on.
    pub(super) async fn carry_through(
        &self,
        actor: &str,
        row: &DisposalRow,
        items: &[ItemRow],
    ) -> Result<Carried, OfficeError> {
        let mut claims = Vec::new();
        for item in items {
            let Some(claim) = item.claim.as_ref().filter(|_| item.state == ItemState::Claimed) else {
                return Err(FilingError::NotOnList(item.item.file).into());
            };
            claims.extend(item.item.members.iter().map(|member| destruction(row, claim, member.record)));
        }
        let mut carried = Carried::default();
        if items.is_empty() {
            return Ok(carried);
        }
        let mut answers = match self.with_vault(move |vault| vault.destroy_all(&claims)).await {
            Ok(answers) => answers.into_iter(),
            Err(OfficeError::Vault(trouble)) => {
                carried.stuck = items.iter().map(|item| (item.item.file, trouble.code())).collect();
                return Ok(carried);
            }
            Err(error) => return Err(error),
        };
        let mut proven = Vec::new();
        for item in items {
            let members = answers.by_ref().take(item.item.members.len());
            let (proofs, troubles): (Vec<_>, Vec<_>) = members.partition(Result::is_ok);
            match troubles.into_iter().find_map(Result::err) {
                Some(trouble) => carried.stuck.push((item.item.file, trouble.code())),
                None => proven.push((item, proofs.into_iter().flatten().collect())),
            }
        }
        carried.braked = self.bury(actor, row.plan.id, &proven).await?;
        carried.destroyed = proven.iter().map(|(item, _)| item.item.file).collect();
        Ok(carried)
    }

    /// Buries files of one disposal in one transaction; where that fails each by itself, so that one row that cannot be
    /// read or written keeps no other from its tombstones. Returns whether the brake stopped the run.
    async fn bury(
        &self,
        actor: &str,
        id: DisposalId,
        proven: &[(&ItemRow, Vec<AbsenceEvidence>)],
    ) -> Result<bool, OfficeError> {
        if proven.len() < 2 {
            return self.bury_together(actor, id, proven).await;
        }
        match self.bury_together(actor, id, proven).await {
            Err(first) => {
                for one in proven {
                    self.bury_together(actor, id, std::slice::from_ref(one)).await.ok();
                }
                Err(first)
            }
            done => done,
        }
    }

    async fn bury_together(
        &self,
        actor: &str,
        id: DisposalId,
        proven: &[(&ItemRow, Vec<AbsenceEvidence>)],
    ) -> Result<bool, OfficeError> {
        if proven.is_empty() {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        let measure = Measure::read_at_least_holds(&mut *tx, self.today()).await?;
        let ids: Vec<RecordFileId> = proven.iter().map(|(item, _)| item.item.file).collect();
        let claimed = tx.items_among(id, &ids).await?.into_iter().filter(|item| item.state == ItemState::Claimed);
        let claimed: BTreeSet<RecordFileId> = claimed.map(|item| item.item.file).collect();
        let mut standings = measure.stand_all(&mut *tx, &ids).await?;
        let mut graves = Vec::new();
        for (item, proofs) in proven.iter().filter(|(item, _)| claimed.contains(&item.item.file)) {
            let file = item.item.file;
            let standing = standings.remove(&file).ok_or(FilingError::NoSuchFile(file))?;
            graves.push((standing, *item, proofs.as_slice()));
        }
        self.write_tombstones(&mut *tx, actor, &graves).await?;
        for (standing, item, _) in graves {
            remove(&mut *tx, &measure, standing, item).await?;
        }
        let mut row = disposal(&mut *tx, id).await?;
        let braked = self.brake(&mut *tx, actor, &mut row).await?;
        tx.commit().await?;
        Ok(braked)
    }

    /// Writes what is left of the records, and the entries that say so.
    async fn write_tombstones(
        &self,
        tx: &mut dyn Transaction,
        actor: &str,
        graves: &[(Standing, &ItemRow, &[AbsenceEvidence])],
    ) -> Result<(), OfficeError> {
        let (mut stones, mut entries) = (Vec::new(), Vec::new());
        for (_, item, proofs) in graves {
            let (disposal, file) = (item.disposal, item.item.file);
            for (member, evidence) in item.item.members.iter().zip(*proofs) {
                let (record, package_sha256) = (member.record, member.package_sha256.clone());
                let entry = self.entry_by(actor, "record.destroyed", record)?.with("disposal", disposal)?;
                entries.push(entry.with("package", &package_sha256)?);
                let (evidence, destroyed_at) = (evidence.clone(), evidence.proven_at);
                stones.push(Tombstone {
                    record,
                    file,
                    disposal,
                    package_sha256,
                    destroyed_at,
                    evidence,
                    confirmed_at: None,
                });
            }
            let entry = self.entry_by(actor, "disposal.destroyed", file)?.with("disposal", disposal)?;
            entries.push(entry.with_number("records", item.item.members.len() as u64)?);
        }
        tx.put_tombstones(&stones).await?;
        tx.append_all(entries).await?;
        Ok(())
    }

    /// Ends a run with nothing left to do, once nothing of what it destroyed lies in a log of the database, or is remembered
    /// by the vault. Returns whether it has ended.
    pub(super) async fn drain(&self, actor: &str, id: DisposalId) -> Result<bool, OfficeError> {
        if !Progress::read(&mut *self.read().await?, id).await?.is_settled() {
            return Ok(false);
        }
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
        Ok(true)
    }
}

/// Writes a file's line of the 移管・廃棄簿 and removes the rows of its records, whose tombstones are written.
async fn remove(
    tx: &mut dyn Transaction,
    measure: &Measure,
    mut standing: Standing,
    item: &ItemRow,
) -> Result<(), OfficeError> {
    let (file, members) = (item.item.file, item.item.members.len() as u64);
    let line = register_row(&standing, (members, item.item.expires_on), Some(item.disposal), measure.today);
    // What the archives have stands there since their receipt came, and once.
    if line.receipt.is_none() || !tx.complete_in_register(&line).await? {
        tx.add_to_register(&line).await?;
    }
    let listed: BTreeSet<RecordId> = item.item.members.iter().map(|member| member.record).collect();
    for row in standing.records.iter().filter(|row| listed.contains(&row.record.id)) {
        if let Some(notice) = row.notice {
            // A copy of the notice in the database must not outlive the record of it.
            tx.remove_notice_files(notice).await?;
        }
    }
    if tx.remove_claimed_records(file).await? != members {
        // A row that the list does not name, or one too few: neither may go or stay unseen.
        return Err(FilingError::NotOnList(file).into());
    }
    standing.row.destroyed_on = Some(measure.today);
    tx.put_file(&standing.row).await?;
    let gone = ItemRow { state: ItemState::PrimaryGone, ..item.clone() };
    tx.put_item(&gone).await?;
    Ok(())
}

/// Names the lease of whoever carries a disposal through.
pub(super) fn lease_on(id: DisposalId) -> String {
    format!("disposal/{id}")
}

/// Words the claim of a record as the vault acts on it.
fn destruction(row: &DisposalRow, claim: &ItemClaim, record: RecordId) -> DestructionClaim {
    DestructionClaim {
        record,
        list_hash: row.plan.list_hash.clone(),
        ledger_hash: claim.ledger_hash.clone(),
        claimed_at: claim.at,
    }
}

/// Words a file's line of the 移管・廃棄簿, with how many records it has and its last day.
pub(super) fn register_row(
    standing: &Standing,
    (records, expires_on): (u64, Date),
    disposal: Option<DisposalId>,
    today: Date,
) -> DisposalRegisterRow {
    let file = &standing.row.file;
    DisposalRegisterRow {
        file: file.id,
        title: file.title.clone(),
        class: standing.class_path.clone(),
        period: period_text(file.terms.years),
        starts_on: standing.due.starts_on,
        expires_on,
        creator: file.creator.clone(),
        records,
        disposal,
        disposed_on: file.receipt().map_or(today, |receipt| receipt.received_on),
        receipt: file.receipt().cloned(),
    }
}
