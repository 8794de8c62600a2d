//! What of the archive waits for a records manager's decision: disposals, versions of the rules, access classes, appraisals.

use super::glance::Glances;
use super::standing::Measure;
use crate::office::awaiting::{Awaiting, Counted, Decision, DisposalStep};
use crate::office::ports::{DisposalRow, RecordRow, Survey, Transaction};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::records::{AccessClass, ClassWish, DisposalState, Disposition, WITHHELD};

/// Pages of files that are due of which those are counted that are not appraised.
const MOST_PAGES: usize = 2;

impl Office {
    /// Returns what waits for a records manager; nothing for anybody else.
    pub(in crate::office) async fn records_awaiting(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
    ) -> Result<Vec<Awaiting>, OfficeError> {
        if !actor.has(Role::RecordsManager) {
            return Ok(Vec::new());
        }
        let mut all = Vec::new();
        for row in tx.disposals().await? {
            let Some(step) = self.next_step(&row, actor) else { continue };
            let what = Decision::Disposal { id: row.plan.id, step, files: row.files };
            all.push(Awaiting { what, by: Some(row.proposer), since: Some(row.planned_at) });
        }
        for row in tx.rule_sets().await? {
            if row.acts() || row.has_part(actor.user()) {
                continue;
            }
            let (by, since, approvals) = (Some(row.loaded_by), Some(row.loaded_at), row.approvals.len());
            all.push(Awaiting { what: Decision::Rules { set: row.set, version: row.version, approvals }, by, since });
        }
        all.extend(wishes(tx, actor).await?);
        let to_appraise = self.to_appraise(tx).await?;
        if to_appraise.found > 0 {
            all.push(Awaiting { what: Decision::Appraisals(to_appraise), by: None, since: None });
        }
        Ok(all)
    }

    /// Returns what somebody may do next of a disposal; nothing while it waits for others, or for time to pass.
    fn next_step(&self, row: &DisposalRow, actor: &Actor) -> Option<DisposalStep> {
        let now = self.now();
        let horizon = jiff::SignedDuration::from_hours(24 * i64::from(self.settings().disposal.backup_horizon_days));
        let aged = || row.drained_at.and_then(|drained| drained.checked_add(horizon).ok());
        let (step, is_now) = match row.state {
            DisposalState::Frozen | DisposalState::Approved1 => (DisposalStep::Approve, !row.has_part(actor.user())),
            DisposalState::Approved2 | DisposalState::Grace => {
                (DisposalStep::Run, row.grace_ends_at.is_some_and(|ends| ends <= now))
            }
            DisposalState::Running => (DisposalStep::Run, true),
            DisposalState::Paused => (DisposalStep::GoOn, true),
            DisposalState::Drained | DisposalState::WaitBackups => {
                (DisposalStep::Certify, aged().is_some_and(|aged| aged <= now))
            }
            DisposalState::Draft | DisposalState::Certified | DisposalState::Rejected => return None,
        };
        is_now.then_some(step)
    }

    /// Counts what is due, is not for the archives and not appraised, as far as some pages go.
    async fn to_appraise(&self, tx: &mut dyn Transaction) -> Result<Counted, OfficeError> {
        let measure = Measure::read(tx, self.today()).await?;
        let (mut glances, mut after) = (Glances::read(tx, measure).await?, None);
        let (mut counted, survey) = (Counted::default(), Survey::ExpiredBefore(self.today()));
        for _ in 0..MOST_PAGES {
            let page = glances.page(tx, survey, after).await?;
            let Some(last) = page.last() else { return Ok(counted) };
            after = Some(last.surveyed.file.id);
            let waits = page.iter().filter(|glance| {
                let (file, listed) = (&glance.surveyed.file, glance.surveyed.listed);
                glance.due.due && !listed && file.appraisal.is_none() && file.present_action() != Disposition::Transfer
            });
            counted.found += waits.count();
        }
        counted.more = !tx.survey(survey, after, 1).await?.is_empty();
        Ok(counted)
    }
}

/// Returns the wishes of others for a more open class.
async fn wishes(tx: &mut dyn Transaction, actor: &Actor) -> Result<Vec<Awaiting>, OfficeError> {
    let mut all = Vec::new();
    for row in tx.wished_files().await? {
        let (file, access) = (row.file.id, row.file.access);
        let Some(wish) = access.wish.filter(|wish| wish.by != actor.user()) else { continue };
        let title = told(access.class, row.file.title);
        all.push(waits(Decision::FileAccess { id: file, title, class: wish.class }, &wish));
    }
    for row in tx.wished_records().await? {
        let wish = row.record.access.as_ref().and_then(|own| own.wish.clone());
        let Some(wish) = wish.filter(|wish| wish.by != actor.user()) else { continue };
        let class = class_of(tx, &row).await?;
        let (id, title) = (row.record.id, told(class, row.record.title));
        all.push(waits(Decision::RecordAccess { id, title, class: wish.class }, &wish));
    }
    Ok(all)
}

fn waits(what: Decision, wish: &ClassWish) -> Awaiting {
    Awaiting { what, by: Some(wish.by), since: Some(wish.at) }
}

/// Returns a title, but that of something restricted: who is told that is in the ledger.
fn told(class: AccessClass, title: String) -> String {
    if class < AccessClass::Restricted { title } else { WITHHELD.to_owned() }
}

/// Returns the class of a record: that of its file, or its own. One whose file cannot be found is restricted.
async fn class_of(tx: &mut dyn Transaction, row: &RecordRow) -> Result<AccessClass, OfficeError> {
    let file = tx.file(row.record.file).await?;
    Ok(file.map_or(AccessClass::Restricted, |file| file.file.access_of(Some(&row.record))))
}
