//! Opens and closes record files (簿冊) and puts right what is known for their dates (R2, R3).

use super::error::FilingError;
use super::holds::take_back;
use super::sight::{LISTED, see_file, seen_file};
use super::standing::{Measure, Standing, rule_book};
use super::views::NewRecordFile;
use super::{FILERS, KEEPERS, READERS, allow, said};
use crate::id::RecordFileId;
use crate::office::error::{LONGEST_TITLE, fits};
use crate::office::ports::{FileRow, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{
    AccessClass, Appraisal, AppraisalOutcome, Extension, FileAccess, ItemState, Reader, RecordFile, RecordState,
    RetentionFacts, RuleBook, due_date,
};
use crate::time::Date;

/// A change of what is known about a record file. Each is an event of its own in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileChange {
    /// The event that starts the clock happened on a day, for example a permit lapsed.
    Event(Date),
    /// The period is extended on somebody's authority (保存期間の延長).
    Extend(Extension),
    /// The place, where the file was moved.
    Place(String),
}

impl Office {
    /// Opens a record file and binds the one rule of its class on that day to it (R2, R3).
    pub async fn open_file(&self, actor: &Actor, new: NewRecordFile) -> Result<RecordFileId, OfficeError> {
        allow(actor, FILERS)?;
        if new.access == Some(AccessClass::Public) {
            // Its title would be published.
            allow(actor, KEEPERS)?;
        }
        for (text, name) in [(&new.title, "title"), (&new.creator, "creator"), (&new.custodian, "custodian")] {
            said(text, name)?;
            fits(text, name, LONGEST_TITLE)?;
        }
        fits(&new.place, "place", LONGEST_TITLE)?;
        if new.opened > self.today() {
            return Err(FilingError::Future(new.opened).into());
        }
        let mut tx = self.begin().await?;
        let rules = rule_book(&mut *tx).await?;
        if rules.is_empty() {
            return Err(FilingError::NoRuleSet.into());
        }
        let id = RecordFileId::from_bytes(self.random()?);
        let file = bind(id, new, &rules)?;
        let row = dated(file, self.today());
        tx.put_file(&row).await?;
        let entry = self.entry(actor, "file.opened", id)?.with("class", &row.file.class)?;
        let entry = entry.with("rule", &row.file.rule.rule)?.with("rules-version", &row.file.rule.version)?;
        tx.append(entry.with("access", row.file.access.class.word())?).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Closes a record file: its matter was completed on a day, and it takes no more records (R2).
    pub async fn close_file(&self, actor: &Actor, id: RecordFileId, completed: Date) -> Result<FileRow, OfficeError> {
        allow(actor, FILERS)?;
        let today = self.today();
        if completed > today {
            return Err(FilingError::Future(completed).into());
        }
        let mut tx = self.begin().await?;
        let mut row = unlisted(&mut *tx, id).await?;
        see_file(&row.file, &self.reader(actor))?;
        if row.file.closed {
            return Err(FilingError::FileState(id).into());
        }
        if tx.intents().await?.iter().any(|intent| intent.draft.record.file == id) {
            return Err(FilingError::FileBusy(id).into());
        }
        // Records filed later than the matter was completed would be destroyed too early.
        let earliest = row.file.facts.opened.max(row.file.facts.created);
        if let Some(earlier) = earliest.filter(|day| completed < *day) {
            return Err(FilingError::DaysReversed { earlier, later: completed }.into());
        }
        row.file.closed = true;
        row.file.facts.completed = Some(completed);
        let row = changed(&mut *tx, row, today).await?;
        tx.append(self.entry(actor, "file.closed", id)?.with("completed", completed)?).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Writes down what became known about a record file: an event, an extension, a new place (R1, R2).
    ///
    /// A file on a list for disposal is taken off it first; a claimed one is refused.
    pub async fn change_file(
        &self,
        actor: &Actor,
        id: RecordFileId,
        change: FileChange,
    ) -> Result<FileRow, OfficeError> {
        allow(actor, FILERS)?;
        let today = self.today();
        let mut tx = self.begin().await?;
        seen_file(&mut *tx, &self.reader(actor), id).await?;
        self.take_off_list(&mut *tx, actor, id).await?;
        let mut row = unlisted(&mut *tx, id).await?;
        let entry = self.entry(actor, "file.changed", id)?;
        let entry = match change {
            FileChange::Event(day) if day > today => return Err(FilingError::Future(day).into()),
            FileChange::Event(day) => {
                row.file.facts.event = Some(day);
                entry.with("event", day)?
            }
            FileChange::Extend(extension) => {
                allow(actor, KEEPERS)?;
                said(extension.authority.as_deref().unwrap_or_default(), "authority")?;
                let years = u64::from(extension.years);
                row.file.facts.extensions.push(extension);
                entry.with_number("extended-years", years)?
            }
            FileChange::Place(place) => {
                said(&place, "place")?;
                row.file.place = place;
                entry.with("changed", "place")?
            }
        };
        let row = changed(&mut *tx, row, today).await?;
        tx.append(entry.with_number("row-version", row.file.row_version)?).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Writes down the appraisal of a record file (評価選別, R5). It changes no date by itself.
    pub async fn appraise(
        &self,
        actor: &Actor,
        id: RecordFileId,
        outcome: AppraisalOutcome,
    ) -> Result<FileRow, OfficeError> {
        allow(actor, KEEPERS)?;
        let mut tx = self.begin().await?;
        let mut row = living(&mut *tx, id).await?;
        row.file.appraisal = Some(Appraisal { outcome, by: actor.user(), at: self.now() });
        tx.put_file(&row).await?;
        let word = match outcome {
            AppraisalOutcome::Destroy => "destroy",
            AppraisalOutcome::Historical => "historical",
            AppraisalOutcome::Extend => "extend",
        };
        tx.append(self.entry(actor, "file.appraised", id)?.with("outcome", word)?).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Writes down that the review board consented to a record file's destruction on a day (R5).
    pub async fn record_board_consent(
        &self,
        actor: &Actor,
        id: RecordFileId,
        consented: Date,
    ) -> Result<FileRow, OfficeError> {
        allow(actor, KEEPERS)?;
        if consented > self.today() {
            return Err(FilingError::Future(consented).into());
        }
        let mut tx = self.begin().await?;
        let mut row = living(&mut *tx, id).await?;
        row.file.board_consent = Some(consented);
        tx.put_file(&row).await?;
        tx.append(self.entry(actor, "file.board-consented", id)?.with("consented", consented)?).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Takes a file off the list it is on, because its row is about to change.
    async fn take_off_list(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        id: RecordFileId,
    ) -> Result<(), OfficeError> {
        let Some(item) = tx.living_item(id).await? else { return Ok(()) };
        if !matches!(item.state, ItemState::Listed | ItemState::SealedOff) {
            return Err(FilingError::FileListed(id).into());
        }
        let standing = Measure::read_at_least_holds(tx, self.today()).await?.stand_by_id(tx, id).await?;
        let entry = self.entry(actor, "disposal.withdrawn", id)?.with("disposal", item.disposal)?;
        take_back(tx, item, standing, vec!["row-changed".to_owned()]).await?;
        tx.append(entry.with("because", "row-changed")?).await?;
        Ok(())
    }

    /// Returns how a record file stands today (R4). A restricted one is refused to whom it does not let in.
    ///
    /// Where it is restricted itself or shows titles of restricted records, the ledger says so before it is shown. In a copy
    /// that nobody has confirmed it cannot: such a file is refused there, and such records are left out and counted.
    pub async fn file_view(&self, actor: &Actor, id: RecordFileId) -> Result<super::FileView, OfficeError> {
        allow(actor, READERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let standing = self.seen_standing(&mut *tx, &reader, id).await?;
        let is_restricted = standing.row.file.access.class == AccessClass::Restricted;
        if !is_restricted && standing.restricted_for(&reader) == 0 {
            return standing.view(&mut *tx, &reader, true).await;
        }
        if !is_restricted && tx.unconfirmed_copy().await?.is_some() {
            return standing.view(&mut *tx, &reader, false).await;
        }
        drop(tx);
        let mut tx = self.begin_reading().await?;
        let standing = self.seen_standing(&mut *tx, &reader, id).await?;
        let titles = standing.restricted_for(&reader);
        let view = standing.view(&mut *tx, &reader, true).await?;
        tx.append(self.entry(actor, LISTED, id)?.with_number("titles", titles as u64)?).await?;
        tx.commit().await?;
        Ok(view)
    }

    async fn seen_standing(
        &self,
        tx: &mut dyn Transaction,
        reader: &Reader,
        id: RecordFileId,
    ) -> Result<Standing, OfficeError> {
        let row = seen_file(tx, reader, id).await?;
        Measure::read(tx, reader.today).await?.stand(tx, row).await
    }
}

/// Returns a file whose records are not destroyed.
async fn living(tx: &mut dyn Transaction, id: RecordFileId) -> Result<FileRow, OfficeError> {
    let row = tx.file(id).await?.ok_or(FilingError::NoSuchFile(id))?;
    if row.destroyed_on.is_some() { Err(FilingError::FileState(id).into()) } else { Ok(row) }
}

/// Returns a file that is on no list for disposal and not on its way to the archives.
pub(super) async fn unlisted(tx: &mut dyn Transaction, id: RecordFileId) -> Result<FileRow, OfficeError> {
    let row = living(tx, id).await?;
    if row.file.is_in_transfer() {
        return Err(FilingError::InTransfer(id).into());
    }
    if tx.living_item(id).await?.is_some() { Err(FilingError::FileListed(id).into()) } else { Ok(row) }
}

/// Counts a change of a file's row, computes its dates anew, and lets its records follow.
pub(super) async fn changed(tx: &mut dyn Transaction, row: FileRow, today: Date) -> Result<FileRow, OfficeError> {
    let mut file = row.file;
    file.row_version = file.row_version.saturating_add(1);
    let row = dated(file, today);
    tx.put_file(&row).await?;
    if row.file.closed {
        for mut record in tx.records_in(row.file.id).await? {
            record.record.state = settled(record.record.state, row.dates.expires_on.is_some());
            tx.put_record(&record).await?;
        }
    }
    Ok(row)
}

/// Returns the state of a record in a closed file: kept until its expiry where that is known.
fn settled(state: RecordState, expires: bool) -> RecordState {
    match state {
        RecordState::Filed | RecordState::Closed if expires => RecordState::Retained,
        RecordState::Filed => RecordState::Closed,
        RecordState::Retained if !expires => RecordState::Closed,
        // An extension takes back what was due; the next plan computes it anew.
        RecordState::Due => RecordState::Retained,
        other => other,
    }
}

pub(super) fn bind(id: RecordFileId, new: NewRecordFile, rules: &RuleBook) -> Result<RecordFile, FilingError> {
    if rules.on(new.opened).is_some_and(|set| !set.plan.is_leaf(&new.class)) {
        return Err(FilingError::NotALeaf(new.class));
    }
    let Some((set, rule)) = rules.rule_for(&new.class, new.opened) else {
        return Err(FilingError::NoRule { class: new.class, day: new.opened });
    };
    let said = set.plan.access_of(&new.class);
    if let Some(said) = said.filter(|said| new.access.is_some_and(|access| access < *said)) {
        return Err(FilingError::BelowPlan(said));
    }
    let facts = RetentionFacts { opened: Some(new.opened), year: new.year, ..RetentionFacts::default() };
    Ok(RecordFile {
        id,
        title: new.title,
        class: new.class,
        rule: set.reference(rule),
        terms: rule.terms(),
        disposition: rule.action,
        board_required: rule.board,
        facts,
        creator: new.creator,
        custodian: new.custodian,
        former_custodians: Vec::new(),
        place: new.place,
        medium: new.medium,
        appraisal: None,
        board_consent: None,
        transfer: None,
        access: FileAccess::of(new.access.or(said).unwrap_or_default()),
        closed: false,
        row_version: 1,
    })
}

/// Computes a file's own dates, without holds.
pub(super) fn dated(file: RecordFile, today: Date) -> FileRow {
    let dates = due_date(&file.terms, &file.facts, &[], today);
    FileRow { file, dates, destroyed_on: None }
}
