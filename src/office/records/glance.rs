//! How record files stand, judged without reading their records, for lists of many thousand. What cannot be told so is read.

use super::sight::is_wholly_open;
use super::standing::{Measure, register_row};
use super::views::RegisterRow;
use crate::id::{RecordFileId, RecordId};
use crate::office::OfficeError;
use crate::office::ports::{Survey, SurveyedFile, Transaction};
use crate::records::{AccessClass, ClassCode, DueDate, Hold, HoldPredicate, HoldScope, HoldTarget, Reader, RecordFile};
use std::collections::BTreeMap;

/// Files in one page.
const PAGE: u32 = 500;

/// A measure for many files, with what is the same for many of them.
pub(super) struct Glances {
    pub(super) measure: Measure,
    /// The records that are held by their identifiers, by their files.
    held_records: BTreeMap<RecordFileId, Vec<RecordId>>,
    /// The holds that ask for a title, with their question without it.
    by_title: Vec<Hold>,
    classes: BTreeMap<ClassCode, (HoldTarget, String)>,
}

/// How a file stands, for lists. To destroy it takes a [`super::standing::Standing`].
pub(super) struct Glance {
    pub(super) surveyed: SurveyedFile,
    /// Whether a hold keeps it today.
    pub(super) held: bool,
    /// Its dates today, holds included.
    pub(super) due: DueDate,
    /// Both without the holds that ask what records are called, or when they were made, where there is one: for whoever may not
    /// see all that is in the file, a hold is no answer to that.
    veiled: Option<(bool, DueDate)>,
    /// The names of its class from the top.
    pub(super) class_path: String,
}

impl Glances {
    /// Reads rules and holds, and where the records lie that are held one by one.
    pub(super) async fn read(tx: &mut dyn Transaction, measure: Measure) -> Result<Self, OfficeError> {
        let mut held_records: BTreeMap<RecordFileId, Vec<RecordId>> = BTreeMap::new();
        for hold in &measure.holds {
            if let HoldScope::Record(id) = hold.scope
                && let Some(row) = tx.record(id).await?
            {
                held_records.entry(row.record.file).or_default().push(id);
            }
        }
        let by_title = measure.holds.iter().filter_map(without_title).collect();
        Ok(Self { measure, held_records, by_title, classes: BTreeMap::new() })
    }

    /// Judges a page of a survey.
    pub(super) async fn page(
        &mut self,
        tx: &mut dyn Transaction,
        survey: Survey,
        after: Option<RecordFileId>,
    ) -> Result<Vec<Glance>, OfficeError> {
        let mut glances = Vec::new();
        for surveyed in tx.survey(survey, after, PAGE).await? {
            glances.push(self.glance(tx, surveyed).await?);
        }
        Ok(glances)
    }

    /// Judges a file.
    pub(super) async fn glance(
        &mut self,
        tx: &mut dyn Transaction,
        surveyed: SurveyedFile,
    ) -> Result<Glance, OfficeError> {
        let (target, class_path) = self.target(&surveyed);
        let holds = self.holds_on(tx, &surveyed.file, target).await?;
        let (held, due) = self.measure.dates(&surveyed.file, &holds);
        let veiled = self.measure.veiled(&surveyed.file, &holds);
        Ok(Glance { surveyed, held, due, veiled, class_path })
    }

    /// Returns the holds on a file. Its records' titles are read where a hold asks for them.
    async fn holds_on(
        &self,
        tx: &mut dyn Transaction,
        file: &RecordFile,
        mut target: HoldTarget,
    ) -> Result<Vec<Hold>, OfficeError> {
        if self.by_title.iter().any(|hold| hold.covers(&target)) {
            let records = tx.records_in(file.id).await?;
            target.titles.extend(records.into_iter().map(|row| row.record.title));
        }
        Ok(self.measure.holds_on(&target))
    }

    fn target(&mut self, surveyed: &SurveyedFile) -> (HoldTarget, String) {
        let (file, measure) = (&surveyed.file, &self.measure);
        let class = self.classes.entry(file.class.clone());
        let class = class.or_insert_with(|| (measure.class_target(&file.class), measure.class_path(&file.class)));
        let (mut target, class_path) = class.clone();
        target.file = Some(file.id);
        target.records = self.held_records.get(&file.id).cloned().unwrap_or_default();
        target.titles.push(file.title.clone());
        target.created = surveyed.created;
        target.creator = Some(file.creator.clone());
        target.custodians = file.custodians();
        (target, class_path)
    }
}

impl Glance {
    /// Returns how the file stands for a reader.
    pub(super) fn seen_by(mut self, reader: &Reader) -> Self {
        if !is_wholly_open(&self.surveyed, reader)
            && let Some((held, due)) = self.veiled.take()
        {
            (self.held, self.due) = (held, due);
        }
        self
    }

    /// Returns the file's row of the register (R4) as a reader may see it.
    pub(super) fn register_row(self, reader: &Reader) -> RegisterRow {
        let this = self.seen_by(reader);
        let SurveyedFile { file, destroyed_on, records, restricted, .. } = this.surveyed;
        let seen = match file.access.class {
            _ if file.opens(AccessClass::Restricted, reader) => records,
            AccessClass::Restricted => 0,
            AccessClass::Internal | AccessClass::Public => records.saturating_sub(restricted),
        };
        let counted = (usize::try_from(seen).unwrap_or(usize::MAX), destroyed_on);
        register_row(&file, this.class_path, (this.held, this.due), counted, reader)
    }
}

/// Returns a hold with its question without the title, where it asks for one.
fn without_title(hold: &Hold) -> Option<Hold> {
    let HoldScope::Predicate(predicate) = &hold.scope else { return None };
    predicate.title_contains.as_ref()?;
    let rest = HoldPredicate { title_contains: None, ..predicate.clone() };
    Some(Hold { scope: HoldScope::Predicate(rest), ..hold.clone() })
}
