//! Freezes the lists of disposals (R5). Plans only.

use super::error::FilingError;
use super::glance::{Glance, Glances};
use super::standing::{Measure, Standing};
use super::{KEEPERS, allow};
use crate::id::{DisposalId, RecordFileId};
use crate::office::ports::{DisposalRow, ItemRow, Survey, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{
    Candidate, DisposalItem, DisposalMember, DisposalPlan, DisposalState, Disposition, ItemState, RecordState,
    RecordsError,
};

impl Office {
    /// Freezes the list of what is due today under its hash (R5). With files given, only those are looked at.
    ///
    /// Its records are then listed: filing, changing and a second list are refused for them until they come back.
    pub async fn plan_disposal(
        &self,
        actor: &Actor,
        only: Option<Vec<RecordFileId>>,
    ) -> Result<DisposalRow, OfficeError> {
        allow(actor, KEEPERS)?;
        let mut tx = self.begin().await?;
        let today = self.today();
        let measure = Measure::read(&mut *tx, today).await?;
        let (mut glances, mut candidates) = (Glances::read(&mut *tx, measure).await?, Vec::new());
        for file in chosen(&mut *tx, &mut glances, only).await? {
            let standing = glances.measure.stand_by_id(&mut *tx, file).await?;
            candidates.push(candidate(&glances.measure, &standing));
        }
        let id = DisposalId::from_bytes(self.random()?);
        let mut plan = DisposalPlan::new(id, today, candidates).freezable()?;
        plan.kept.clear();
        let items = std::mem::take(&mut plan.items);
        let mut row = DisposalRow {
            files: items.len() as u64,
            braked: false,
            plan,
            state: DisposalState::Frozen,
            proposer: actor.user(),
            planned_at: self.now(),
            approval_1: None,
            approval_2: None,
            grace_ends_at: None,
            drained_at: None,
            certificate_to_be: None,
            certificate: None,
        };
        tx.put_disposal(&row).await?;
        list_items(&mut *tx, id, &items).await?;
        let entry = self.entry(actor, "disposal.frozen", id)?.with("list", &row.plan.list_hash)?;
        tx.append(entry.with_number("files", row.files)?).await?;
        tx.commit().await?;
        row.plan.items = items;
        Ok(row)
    }
}

/// Puts every item of a frozen plan into the item ledger, and its records into the state Listed.
async fn list_items(tx: &mut dyn Transaction, id: DisposalId, items: &[DisposalItem]) -> Result<(), OfficeError> {
    for item in items {
        let file = item.file;
        let item = ItemRow {
            disposal: id,
            item: item.clone(),
            state: ItemState::Listed,
            withdrawn_because: Vec::new(),
            claim: None,
        };
        tx.put_item(&item).await?;
        for mut record in tx.records_in(file).await? {
            record.record.state = onward(record.record.state, RecordState::Listed)?;
            tx.put_record(&record).await?;
        }
    }
    Ok(())
}

/// Walks a record of a due file by way of Due to the state that follows, step by step.
pub(super) fn onward(state: RecordState, goal: RecordState) -> Result<RecordState, RecordsError> {
    let way = [RecordState::Closed, RecordState::Retained, RecordState::Due, goal];
    let ahead = way.iter().position(|step| *step == state).map_or(0, |place| place + 1);
    way.iter().skip(ahead).try_fold(state, |state, next| state.step(*next))
}

/// Describes a file for planning. Its members are not told where it is open, under a rule that changed, or where one of
/// them is on another way: then it stays.
pub(super) fn candidate(measure: &Measure, standing: &Standing) -> Candidate {
    let file = &standing.row.file;
    let plain = |state| matches!(state, RecordState::Closed | RecordState::Retained | RecordState::Due);
    let sure = file.closed
        && measure.rule_is_current(file) == Some(true)
        && standing.records.iter().all(|row| plain(row.record.state));
    let member = |row: &crate::office::ports::RecordRow| DisposalMember {
        record: row.record.id,
        row_version: row.record.row_version,
        package_sha256: row.receipt.sealed_sha256.clone(),
    };
    Candidate {
        file: file.id,
        class: file.class.clone(),
        rule: file.rule.clone(),
        row_version: file.row_version,
        disposition: file.present_action(),
        due: standing.due.clone(),
        members: sure.then(|| standing.records.iter().map(member).collect()),
    }
}

/// Returns the files that may go on a list: of those named, or of all whose period has run out. At a glance no file is
/// put on a list; it is only left out.
async fn chosen(
    tx: &mut dyn Transaction,
    glances: &mut Glances,
    only: Option<Vec<RecordFileId>>,
) -> Result<Vec<RecordFileId>, OfficeError> {
    let mut files = Vec::new();
    if let Some(only) = only {
        for id in only {
            let surveyed = tx.surveyed(id).await?.ok_or(FilingError::NoSuchFile(id))?;
            files.extend((surveyed.destroyed_on.is_none() && !surveyed.listed).then_some(id));
        }
        files.sort_unstable();
        files.dedup();
        return Ok(files);
    }
    let (survey, mut after) = (Survey::ExpiredBefore(glances.measure.today), None);
    loop {
        let page = glances.page(tx, survey, after).await?;
        let Some(last) = page.last() else { return Ok(files) };
        after = Some(last.surveyed.file.id);
        let fit = |one: &&Glance| one.due.due && one.surveyed.file.present_action() == Disposition::Destroy;
        let fit = page.iter().filter(fit).filter(|one| !one.surveyed.listed);
        files.extend(fit.map(|one| one.surveyed.file.id));
    }
}
