//! Previews disposals, under the rules as they are or as they might be (R1, R5). Changes nothing.
//!
//! The day that is stored with a file says where to look, never what is due: each file found so is judged anew.

use super::glance::{Glance, Glances};
use super::standing::Measure;
use super::views::{DisposalPreview, KeptFile, MovedFile};
use super::{READERS, allow};
use crate::id::RecordFileId;
use crate::office::ports::{Survey, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{Candidate, Reader, RecordFile, RuleChange, RuleSet, expiry_date};
use crate::time::Date;
use std::collections::BTreeMap;

/// Files in one page of a walk through all of them.
const PAGE: u32 = 1000;

impl Office {
    /// Shows what a disposal would list on a day, and why what has expired and stays does so; changes nothing (R5).
    ///
    /// With a rule set given it asks what if that one were in force, and says what it would keep shorter or longer.
    pub async fn preview_disposal(
        &self,
        actor: &Actor,
        as_of: Date,
        what_if: Option<RuleSet>,
    ) -> Result<DisposalPreview, OfficeError> {
        allow(actor, READERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let mut measure = Measure::read(&mut *tx, as_of).await?;
        if let Some(set) = &what_if {
            measure.rules = measure.rules.map(|rules| rules.with(set.clone()));
        }
        let mut glances = Glances::read(&mut *tx, measure).await?;
        let (listed, kept, moved) = (Vec::new(), Vec::new(), Vec::new());
        let mut preview = DisposalPreview { as_of, listed, kept, later: 0, undated: 0, moved };
        match what_if {
            Some(set) => preview.ask(&mut *tx, &mut glances, &set, &reader).await?,
            None => preview.look(&mut *tx, &mut glances, &reader).await?,
        }
        Ok(preview)
    }
}

impl DisposalPreview {
    /// Judges what may have expired; all else is only counted.
    async fn look(
        &mut self,
        tx: &mut dyn Transaction,
        glances: &mut Glances,
        reader: &Reader,
    ) -> Result<(), OfficeError> {
        let (mut after, mut expired) = (None, 0);
        loop {
            let page = glances.page(tx, Survey::ExpiredBefore(self.as_of), after).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.surveyed.file.id);
            expired += page.len() as u64;
            page.into_iter().for_each(|glance| self.take(glances, glance, reader));
        }
        let (_, living, undated) = tx.count_files().await?;
        self.undated = undated;
        self.later = living.saturating_sub(undated + expired);
        Ok(())
    }

    /// Judges every file under other rules: what they say may differ for any.
    async fn ask(
        &mut self,
        tx: &mut dyn Transaction,
        glances: &mut Glances,
        rules: &RuleSet,
        reader: &Reader,
    ) -> Result<(), OfficeError> {
        let mut after = None;
        loop {
            let page = tx.living_files(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.0.id);
            let mut expired = BTreeMap::new();
            for (file, _) in page {
                let (file, moved) = rebind(file, rules, reader);
                self.moved.extend(moved);
                match expiry_date(&file.terms, &file.facts) {
                    None => self.undated += 1,
                    Some(expires) if expires >= self.as_of => self.later += 1,
                    Some(_) => drop(expired.insert(file.id, file)),
                }
            }
            let ids: Vec<RecordFileId> = expired.keys().copied().collect();
            let mut found = tx.surveyed_among(&ids).await?;
            found.sort_by_key(|surveyed| surveyed.file.id);
            for mut surveyed in found {
                let Some(file) = expired.remove(&surveyed.file.id) else { continue };
                surveyed.file = file;
                let glance = glances.glance(tx, surveyed).await?;
                self.take(glances, glance, reader);
            }
        }
    }

    fn take(&mut self, glances: &Glances, glance: Glance, reader: &Reader) {
        if glance.surveyed.listed {
            return;
        }
        match candidate(&glances.measure, &glance).judge(self.as_of) {
            Ok(_) => self.listed.push(glance.register_row(reader)),
            Err(kept) => self.kept.push(KeptFile {
                file: kept.file,
                title: glance.surveyed.file.title_for(reader),
                expires_on: glance.due.expires_on,
                because: kept.because,
            }),
        }
    }
}

/// Binds another rule set's rule to a file, for a question of a reader only, and tells what that means for it.
pub(super) fn rebind(mut file: RecordFile, rules: &RuleSet, reader: &Reader) -> (RecordFile, Option<MovedFile>) {
    let rule = file.facts.opened.and_then(|day| rules.rule_for(&file.class, day));
    let Some(rule) = rule else { return (file, None) };
    let change = file.change_to(rule);
    let expiry = |file: &RecordFile| expiry_date(&file.terms, &file.facts);
    let before = (change != RuleChange::Same).then(|| expiry(&file));
    file.rule = rules.reference(rule);
    file.terms = rule.terms();
    file.disposition = rule.action;
    file.board_required = rule.board;
    let moved = before.map(|before| {
        let (class, title, after) = (file.class.clone(), file.title_for(reader), expiry(&file));
        MovedFile { file: file.id, class, title, change, before, after }
    });
    (file, moved)
}

/// Describes a file for judging. Its members are not told where it is open, under a rule that changed, or where one of them
/// is on another way: then it stays. They are not named either, as nothing is frozen here.
fn candidate(measure: &Measure, glance: &Glance) -> Candidate {
    let file = &glance.surveyed.file;
    let settled = glance.surveyed.settled == glance.surveyed.records;
    let sure = glance.due.due && file.closed && settled && measure.rule_is_current(file) == Some(true);
    Candidate {
        file: file.id,
        class: file.class.clone(),
        rule: file.rule.clone(),
        row_version: file.row_version,
        disposition: file.present_action(),
        due: glance.due.clone(),
        members: sure.then(Vec::new),
    }
}
