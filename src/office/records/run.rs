//! Runs a disposal in small batches that survive a crash: claim under every gate, destroy, prove, write the tombstones (R5).
//!
//! The one place that destroys is `Office::destroy`, and it acts on claims only.

use super::brake::Progress;
use super::claim::Looked;
use super::decide::{disposal, wrong_state};
use super::error::FilingError;
use super::items::{Items, KnownList};
use super::views::RunReport;
use super::{KEEPERS, allow};
use crate::fault::Fault;
use crate::id::{DisposalId, RecordFileId, RecordId};
use crate::office::ports::{AbsenceEvidence, DestructionClaim, DisposalRow, ItemClaim, ItemRow};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{DisposalState, ItemState};

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

/// Files that were destroyed, with the proofs of it, and those that cannot be now.
#[derive(Default)]
pub(super) struct Gone {
    /// The files of which nothing is left, with the proof for each record.
    pub(super) proven: Vec<(ItemRow, Vec<AbsenceEvidence>)>,
    /// The files that cannot be destroyed now, with the code of the trouble.
    pub(super) stuck: Vec<(RecordFileId, &'static str)>,
}

/// A few files whose packages were looked at just now.
struct Few {
    files: usize,
    looked: Vec<Looked>,
    passed_over: Vec<(RecordFileId, &'static str)>,
}

impl RunReport {
    /// Takes what came of carrying claims through. Returns whether the run ends with that.
    fn take(&mut self, carried: Carried) -> bool {
        let ends = !carried.stuck.is_empty() || carried.braked;
        self.destroyed.extend(carried.destroyed);
        self.waiting.extend(carried.stuck);
        self.braked |= carried.braked;
        ends
    }
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
            if report.take(self.carry_through(actor, row, items).await?) {
                return Ok(());
            }
        }
        let mut gone = Gone::default();
        let ended = self.destroy_ahead(actor, id, left, &mut gone, report).await;
        // Whatever ended it: what is gone is written down.
        let last = self.bury(actor, id, gone).await.map(|carried| report.take(carried));
        if ended? && !last? {
            report.drained = self.drain(actor, id).await?;
        }
        Ok(())
    }

    /// Claims and destroys what waits, a few files at a time, while those before them are buried and those after them looked at:
    /// the disk, the database and the processor each have their part. What is destroyed and not buried yet is in `gone`.
    /// Returns whether nothing is left but what was passed over.
    async fn destroy_ahead(
        &self,
        actor: &str,
        id: DisposalId,
        mut left: usize,
        gone: &mut Gone,
        report: &mut RunReport,
    ) -> Result<bool, OfficeError> {
        let (mut waiting, mut list) = (Items::in_state(id, ItemState::SealedOff), KnownList::default());
        let mut ahead = None;
        while left > 0 {
            let few = match ahead.take() {
                Some(few) => few,
                None => self.look_at_few(&mut waiting, left).await?,
            };
            let Some(few) = few else { return Ok(true) };
            left -= few.files;
            report.waiting.extend(few.passed_over);
            if few.looked.is_empty() {
                continue;
            }
            let claims = self.claim(actor, id, few.looked, &mut list).await?;
            report.withdrawn.extend(claims.withdrawn);
            report.braked |= claims.braked;
            let goes_on = !claims.braked && left > 0;
            let next = async { if goes_on { self.look_at_few(&mut waiting, left).await.map(Some) } else { Ok(None) } };
            let before = std::mem::take(gone);
            let (destroyed, buried, next) =
                tokio::join!(self.destroy(&claims.row, claims.items), self.bury(actor, id, before), next);
            let buried = buried.map(|carried| report.take(carried));
            *gone = destroyed?;
            // Where the vault cannot do it now the run ends: no more is claimed that could not be destroyed either.
            if buried? || !gone.stuck.is_empty() || !goes_on {
                return Ok(false);
            }
            ahead = next?;
        }
        Ok(false)
    }

    /// Takes the next few items of a walk and looks at their packages; none at its end.
    async fn look_at_few(&self, walk: &mut Items, most: usize) -> Result<Option<Few>, OfficeError> {
        let Some(items) = self.few(walk, most).await? else { return Ok(None) };
        let (looked, passed_over) = self.look(&items).await?;
        Ok(Some(Few { files: items.len(), looked, passed_over }))
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
        items: Vec<ItemRow>,
    ) -> Result<Carried, OfficeError> {
        let gone = self.destroy(row, items).await?;
        self.bury(actor, row.plan.id, gone).await
    }

    /// Destroys what was claimed, and proves that it is gone.
    async fn destroy(&self, row: &DisposalRow, items: Vec<ItemRow>) -> Result<Gone, OfficeError> {
        let mut claims = Vec::new();
        for item in &items {
            let Some(claim) = item.claim.as_ref().filter(|_| item.state == ItemState::Claimed) else {
                return Err(FilingError::NotOnList(item.item.file).into());
            };
            claims.extend(item.item.members.iter().map(|member| destruction(row, claim, member.record)));
        }
        let mut gone = Gone::default();
        if items.is_empty() {
            return Ok(gone);
        }
        let mut answers = match self.with_vault(move |vault| vault.destroy_all(&claims)).await {
            Ok(answers) => answers.into_iter(),
            Err(OfficeError::Vault(trouble)) => {
                gone.stuck = items.iter().map(|item| (item.item.file, trouble.code())).collect();
                return Ok(gone);
            }
            Err(error) => return Err(error),
        };
        for item in items {
            let members = answers.by_ref().take(item.item.members.len());
            let (proofs, troubles): (Vec<_>, Vec<_>) = members.partition(Result::is_ok);
            match troubles.into_iter().find_map(Result::err) {
                Some(trouble) => gone.stuck.push((item.item.file, trouble.code())),
                None => gone.proven.push((item, proofs.into_iter().flatten().collect())),
            }
        }
        Ok(gone)
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

/// Names the lease of whoever carries a disposal through.
pub(super) fn lease_on(id: DisposalId) -> String {
    format!("disposal/{id}")
}

/// Words the claim of a record as the vault acts on it.
fn destruction(row: &DisposalRow, claim: &ItemClaim, record: RecordId) -> DestructionClaim {
    DestructionClaim {
        record,
        list_hash: Some(row.plan.list_hash.clone()),
        ledger_hash: claim.ledger_hash.clone(),
        claimed_at: claim.at,
    }
}
