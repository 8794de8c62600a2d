//! How a record file stands today: its records, the holds on it, its dates. Read in one transaction, never from an index.

use super::error::FilingError;
use super::sight::veil;
use super::views::{FileView, RegisterRow, is_hidden};
use crate::id::RecordFileId;
use crate::office::OfficeError;
use crate::office::ports::{FileRow, RecordRow, Transaction};
use crate::records::{
    AccessClass, ClassCode, DueDate, FilePlan, Hold, HoldFact, HoldTarget, Reader, RecordFile, RetentionPeriod,
    RetentionRule, RuleBook, RuleChange, RuleFile, RuleVersion, due_date, may_see,
};
use crate::time::{Date, FiscalYear};
use std::collections::BTreeMap;

/// What many files are judged by: the rules, every hold, and the day.
#[derive(Clone)]
pub(super) struct Measure {
    /// Every version of the rules; none where they cannot be read, and then no rule is known to be current.
    pub(super) rules: Option<RuleBook>,
    /// Every hold ever placed.
    pub(super) holds: Vec<Hold>,
    /// The day.
    pub(super) today: Date,
}

/// One record file with everything its dates rest on.
pub(super) struct Standing {
    /// The file's row.
    pub(super) row: FileRow,
    /// Its records.
    pub(super) records: Vec<RecordRow>,
    /// The holds that lie on it, ended ones included.
    pub(super) holds: Vec<Hold>,
    /// Whether one of them keeps it today.
    pub(super) held: bool,
    /// Its dates today, holds included.
    pub(super) due: DueDate,
    /// Both without the holds that ask what records are called, or when they were made, where there is one.
    veiled: Option<(bool, DueDate)>,
    /// The names of its class from the top.
    pub(super) class_path: String,
}

impl Measure {
    /// Reads rules and holds.
    pub(super) async fn read(tx: &mut dyn Transaction, today: Date) -> Result<Self, OfficeError> {
        Ok(Self { rules: Some(rule_book(tx).await?), holds: tx.holds().await?, today })
    }

    /// Reads holds, and rules where they can be read: for what must not wait until they can.
    pub(super) async fn read_at_least_holds(tx: &mut dyn Transaction, today: Date) -> Result<Self, OfficeError> {
        let rules = rule_book(tx).await.ok();
        Ok(Self { rules, holds: tx.holds().await?, today })
    }

    /// Reads a file's records and judges it.
    pub(super) async fn stand(&self, tx: &mut dyn Transaction, row: FileRow) -> Result<Standing, OfficeError> {
        let records = tx.records_in(row.file.id).await?;
        Ok(self.judge(row, records))
    }

    /// Reads a file by its identifier and judges it.
    pub(super) async fn stand_by_id(
        &self,
        tx: &mut dyn Transaction,
        id: RecordFileId,
    ) -> Result<Standing, OfficeError> {
        let row = tx.file(id).await?.ok_or(FilingError::NoSuchFile(id))?;
        self.stand(tx, row).await
    }

    /// Reads files by their identifiers, with their records, and judges them.
    pub(super) async fn stand_all(
        &self,
        tx: &mut dyn Transaction,
        ids: &[RecordFileId],
    ) -> Result<BTreeMap<RecordFileId, Standing>, OfficeError> {
        let mut records: BTreeMap<RecordFileId, Vec<RecordRow>> = BTreeMap::new();
        for row in tx.records_among(ids).await? {
            records.entry(row.record.file).or_default().push(row);
        }
        let mut all = BTreeMap::new();
        for row in tx.files_among(ids).await? {
            let mut records = records.remove(&row.file.id).unwrap_or_default();
            records.sort_by_key(|row| row.record.id);
            all.insert(row.file.id, self.judge(row, records));
        }
        Ok(all)
    }

    /// Judges a file with the records that are in it.
    pub(super) fn judge(&self, row: FileRow, records: Vec<RecordRow>) -> Standing {
        let holds = self.holds_on(&self.target(&row.file, &records));
        let (held, due) = self.dates(&row.file, &holds);
        let class_path = self.class_path(&row.file.class);
        let veiled = self.veiled(&row.file, &holds);
        Standing { row, records, holds, held, due, veiled, class_path }
    }

    /// Returns the holds that lie on a file, ended ones included.
    pub(super) fn holds_on(&self, target: &HoldTarget) -> Vec<Hold> {
        self.holds.iter().filter(|hold| hold.covers(target)).cloned().collect()
    }

    /// Tells whether a file is held today, and its dates with its holds.
    pub(super) fn dates(&self, file: &RecordFile, holds: &[Hold]) -> (bool, DueDate) {
        let facts: Vec<HoldFact> = holds.iter().map(Hold::fact).collect();
        let held = facts.iter().any(|fact| fact.in_force(self.today));
        (held, due_date(&file.terms, &file.facts, &facts, self.today))
    }

    /// Returns what [`Self::dates`] does, without the holds that ask what records are called, or when they were made; none where
    /// there is no such hold.
    pub(super) fn veiled(&self, file: &RecordFile, holds: &[Hold]) -> Option<(bool, DueDate)> {
        let others: Vec<Hold> = holds.iter().filter(|hold| !hold.asks_contents()).cloned().collect();
        (others.len() < holds.len()).then(|| self.dates(file, &others))
    }

    /// Tells whether the rules still say of the file what was bound when it was opened (R1, R3): the set that acts for
    /// that day says the same, and none that waits for approval would keep the file longer.
    pub(super) fn rule_is_current(&self, file: &RecordFile) -> Option<bool> {
        let (rules, opened) = (self.rules.as_ref()?, file.facts.opened?);
        let Some((set, rule)) = rules.rule_for(&file.class, opened) else { return Some(false) };
        let bound = set.id == file.rule.set && rule.id == file.rule.rule && file.change_to(rule) == RuleChange::Same;
        let shorter = |after: Option<&RetentionRule>| {
            after.is_some_and(|after| matches!(rule.change_to(after), RuleChange::Same | RuleChange::Shorter))
        };
        Some(bound && rules.waiting(opened).all(|set| shorter(set.rule_for(&file.class, opened))))
    }

    /// Tells whether a class is one of some whose paper is always kept, or below one; a class whose line is not known may be.
    pub(super) fn keeps_paper(&self, class: &ClassCode, on_paper: &[String]) -> bool {
        let line = self.class_target(class).classes;
        let named = line.iter().any(|code| on_paper.contains(&code.to_string()));
        named || (line.is_empty() && !on_paper.is_empty())
    }

    /// Returns the names of a class from the top, or its code where the plan no longer has it.
    pub(super) fn class_path(&self, class: &ClassCode) -> String {
        let name = self.plan().and_then(|plan| plan.path_name(class));
        name.unwrap_or_else(|| class.to_string())
    }

    /// Returns the file plan of the day.
    fn plan(&self) -> Option<&FilePlan> {
        Some(&self.rules.as_ref()?.on(self.today)?.plan)
    }

    fn target(&self, file: &RecordFile, records: &[RecordRow]) -> HoldTarget {
        let days = || records.iter().map(|row| row.record.created);
        let mut target = self.class_target(&file.class);
        target.file = Some(file.id);
        target.records = records.iter().map(|row| row.record.id).collect();
        target.titles.push(file.title.clone());
        target.titles.extend(records.iter().map(|row| row.record.title.clone()));
        target.created = days().min().zip(days().max());
        target.creator = Some(file.creator.clone());
        target.custodians = file.custodians();
        target
    }

    /// Returns what a hold sees of every file of a class.
    pub(super) fn class_target(&self, class: &ClassCode) -> HoldTarget {
        let lineage = self.plan().and_then(|plan| plan.lineage(class));
        // Without its line a class matches every class hold: what is not known is held.
        let classes = lineage.map_or_else(Vec::new, |line| line.iter().map(|class| class.code.clone()).collect());
        let lines = self.rules.as_ref().map_or_else(Vec::new, |rules| rules.lines(class, self.today));
        HoldTarget { records_known: true, classes, lines, ..HoldTarget::default() }
    }
}

impl Standing {
    /// Returns the holds that keep the file today, as a reader may see them.
    pub(super) fn holds_in_force(&self, reader: &Reader) -> Vec<Hold> {
        let in_force = self.holds.iter().filter(|hold| hold.fact().in_force(reader.today));
        let is_open = self.is_wholly_open(reader);
        let mut holds: Vec<Hold> = in_force.filter(|hold| is_open || !hold.asks_contents()).cloned().collect();
        holds.iter_mut().for_each(|hold| veil(hold, &self.row.file, &self.records, reader));
        holds
    }

    /// Tells whether a reader may see everything in the file.
    fn is_wholly_open(&self, reader: &Reader) -> bool {
        let file = &self.row.file;
        may_see(file, None, reader) && self.records.iter().all(|row| may_see(file, Some(&row.record), reader))
    }

    /// Returns whether the file is held, and its dates, as a reader may know it.
    fn dates_for(&self, reader: &Reader) -> (bool, DueDate) {
        let veiled = self.veiled.as_ref().filter(|_| !self.is_wholly_open(reader));
        veiled.cloned().unwrap_or_else(|| (self.held, self.due.clone()))
    }

    /// Returns the file's row of the register (R4).
    pub(super) fn register_row(&self, reader: &Reader) -> RegisterRow {
        let (file, class_path) = (&self.row.file, self.class_path.clone());
        let seen = self.records.iter().filter(|row| may_see(file, Some(&row.record), reader)).count();
        register_row(file, class_path, self.dates_for(reader), (seen, self.row.destroyed_on), reader)
    }

    /// Counts the restricted records that a view of the file shows to a reader.
    pub(super) fn restricted_for(&self, reader: &Reader) -> usize {
        let file = &self.row.file;
        let shown = self.records.iter().map(|row| &row.record).filter(|record| !is_hidden(record.state));
        let restricted = shown.filter(|record| file.access_of(Some(record)) == AccessClass::Restricted);
        restricted.filter(|record| may_see(file, Some(record), reader)).count()
    }

    /// Returns the file as a reader may see it, with or without restricted records; those sealed off for disposal are only
    /// counted. Who lets whom in, and why, is for those who see everything.
    pub(super) async fn view(
        self,
        tx: &mut dyn Transaction,
        reader: &Reader,
        with_restricted: bool,
    ) -> Result<FileView, OfficeError> {
        let (holds, (_, dates)) = (self.holds_in_force(reader), self.dates_for(reader));
        let disposal = tx.living_item(self.row.file.id).await?.map(|item| item.disposal);
        let unlogged = if with_restricted { 0 } else { self.restricted_for(reader) };
        let mut file = self.row.file;
        let mut records = self.records;
        records.retain(|row| may_see(&file, Some(&row.record), reader));
        let all = records.len();
        records.retain(|row| !is_hidden(row.record.state));
        let hidden = all - records.len();
        records.retain(|row| with_restricted || file.access_of(Some(&row.record)) < AccessClass::Restricted);
        if !reader.sees_all {
            (file.access.wish, file.access.grants) = (None, Vec::new());
            records.iter_mut().filter_map(|row| row.record.access.as_mut()).for_each(|own| own.wish = None);
        }
        Ok(FileView {
            hidden,
            unlogged,
            file,
            class_path: self.class_path,
            dates,
            holds,
            records,
            disposal,
            destroyed_on: self.row.destroyed_on,
        })
    }
}

/// Returns a file's row of the register (R4) as a reader may see it, with how many records they may see in it or when all
/// were destroyed.
pub(super) fn register_row(
    file: &RecordFile,
    class_path: String,
    (held, mut dates): (bool, DueDate),
    (records, destroyed_on): (usize, Option<Date>),
    reader: &Reader,
) -> RegisterRow {
    let withheld = !may_see(file, None, reader);
    if withheld {
        dates.because.clear();
    }
    RegisterRow {
        file: file.id,
        class: file.class.clone(),
        class_path,
        title: file.title_for(reader),
        access: file.access.class,
        withheld,
        rule: file.rule.clone(),
        period: period_text(file.terms.years),
        starts_on: dates.starts_on,
        expires_on: dates.expires_on,
        action: file.disposition.word().to_owned(),
        place: file.place.clone(),
        year: made_in(file),
        creator: file.creator.clone(),
        made_on: file.facts.opened,
        completed_on: file.facts.completed,
        medium: file.medium,
        custodian: file.custodian.clone(),
        closed: file.closed,
        records,
        held,
        dates,
        destroyed_on,
        transfer: file.transfer.clone(),
    }
}

/// Returns every version of the rules, as they were loaded.
pub(super) async fn rule_book(tx: &mut dyn Transaction) -> Result<RuleBook, OfficeError> {
    let mut versions = Vec::new();
    for stored in tx.rule_sets().await? {
        versions.push(RuleVersion { set: RuleFile::read(&stored.toml)?.sound()?, acts: stored.acts() });
    }
    Ok(RuleBook::new(versions))
}

/// Returns the fiscal year that a file was made in, or the one that was set by hand.
pub(super) fn made_in(file: &RecordFile) -> Option<i16> {
    file.facts.year.as_ref().map(|year| year.year).or(file.facts.opened.map(|day| FiscalYear::of(day).0))
}

/// Writes a period as rule files do: years, `permanent` or `in-use`.
pub(super) fn period_text(period: RetentionPeriod) -> String {
    period.to_string()
}
