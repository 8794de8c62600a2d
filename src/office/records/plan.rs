//! Previews disposals and freezes their lists (R5). Plans only.

use super::error::FilingError;
use super::standing::{Measure, Standing};
use super::views::DisposalPreview;
use super::{KEEPERS, READERS, allow};
use crate::id::{DisposalId, RecordFileId};
use crate::office::ports::{DisposalRow, FileRow, ItemRow, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{
    Candidate, DisposalMember, DisposalPlan, DisposalState, ItemState, RecordState, RecordsError, RuleSet,
};
use crate::time::Date;

impl Office {
    /// Shows what a disposal would list on a day, and why all else stays; changes nothing (R5).
    ///
    /// With a rule set given it asks what if that one were in force.
    pub async fn preview_disposal(
        &self,
        actor: &Actor,
        as_of: Date,
        what_if: Option<RuleSet>,
    ) -> Result<DisposalPreview, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        let mut measure = Measure::read(&mut *tx, as_of).await?;
        if let Some(set) = &what_if {
            measure.rules = measure.rules.map(|rules| rules.with(set.clone()));
        }
        let (mut standings, mut candidates) = (Vec::new(), Vec::new());
        for mut row in tx.files().await? {
            if row.destroyed_on.is_some() || tx.living_item(row.file.id).await?.is_some() {
                continue;
            }
            if let Some(set) = &what_if {
                rebind(&mut row, set);
            }
            let standing = measure.stand(&mut *tx, row).await?;
            candidates.push(candidate(&measure, &standing));
            standings.push(standing);
        }
        let plan = DisposalPlan::new(DisposalId::from_bytes([0; 16]), as_of, candidates);
        let on_list = |standing: &&Standing| plan.items.iter().any(|item| item.file == standing.row.file.id);
        let listed = standings.iter().filter(on_list).map(Standing::register_row).collect();
        Ok(DisposalPreview { as_of, listed, kept: plan.kept })
    }

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
        let mut candidates = Vec::new();
        for row in chosen(&mut *tx, only).await? {
            if row.destroyed_on.is_none() && tx.living_item(row.file.id).await?.is_none() {
                candidates.push(candidate(&measure, &measure.stand(&mut *tx, row).await?));
            }
        }
        let id = DisposalId::from_bytes(self.random()?);
        let mut plan = DisposalPlan::new(id, today, candidates).freezable()?;
        plan.kept.clear();
        let row = DisposalRow {
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
        list_items(&mut *tx, &row).await?;
        let entry = self.entry(actor, "disposal.frozen", id)?.with("list", &row.plan.list_hash)?;
        tx.append(entry.with_number("files", row.plan.items.len() as u64)?).await?;
        tx.commit().await?;
        Ok(row)
    }
}

/// Puts every item of a frozen plan into the item ledger, and its records into the state Listed.
async fn list_items(tx: &mut dyn Transaction, row: &DisposalRow) -> Result<(), OfficeError> {
    for item in &row.plan.items {
        let file = item.file;
        let item = ItemRow {
            disposal: row.plan.id,
            item: item.clone(),
            state: ItemState::Listed,
            withdrawn_because: Vec::new(),
            claim: None,
        };
        tx.put_item(&item).await?;
        for mut record in tx.records_in(file).await? {
            record.record.state = listed(record.record.state)?;
            tx.put_record(&record).await?;
        }
    }
    Ok(())
}

/// Walks a record of a due file to the state Listed, step by step.
fn listed(state: RecordState) -> Result<RecordState, RecordsError> {
    let way = [RecordState::Closed, RecordState::Retained, RecordState::Due, RecordState::Listed];
    let ahead = way.iter().position(|step| *step == state).map_or(0, |place| place + 1);
    way.iter().skip(ahead).try_fold(state, |state, next| state.step(*next))
}

/// Describes a file for planning. Its members are not told where it is open, under a rule that changed, or where one of
/// them is on another way: then it stays.
fn candidate(measure: &Measure, standing: &Standing) -> Candidate {
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
        disposition: file.disposition,
        due: standing.due.clone(),
        members: sure.then(|| standing.records.iter().map(member).collect()),
    }
}

async fn chosen(tx: &mut dyn Transaction, only: Option<Vec<RecordFileId>>) -> Result<Vec<FileRow>, OfficeError> {
    let Some(mut only) = only else { return Ok(tx.files().await?) };
    only.sort_unstable();
    only.dedup();
    let mut rows = Vec::new();
    for id in only {
        rows.push(tx.file(id).await?.ok_or(FilingError::NoSuchFile(id))?);
    }
    Ok(rows)
}

/// Binds another rule set's rule to a file, for a question only.
fn rebind(row: &mut FileRow, rules: &RuleSet) {
    let Some(rule) = row.file.facts.opened.and_then(|day| rules.rule_for(&row.file.class, day)) else { return };
    row.file.rule = rules.reference(rule);
    row.file.terms = rule.terms();
    row.file.disposition = rule.action;
    row.file.board_required = rule.board;
}
