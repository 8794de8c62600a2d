//! Takes over an existing register (文書ファイル管理簿): every line becomes a record file, or none does (R4).

use super::error::FilingError;
use super::files::{bind, dated};
use super::standing::rule_book;
use super::views::NewRecordFile;
use super::{FILERS, KEEPERS, allow};
use crate::digest::Sha256Hex;
use crate::fault::{Fault, Kind};
use crate::id::RecordFileId;
use crate::office::ports::FileRow;
use crate::office::{Actor, Office, OfficeError};
use crate::records::{AccessClass, ClassCode, Medium, RuleBook, may_see};
use crate::time::Date;
use std::collections::HashSet;

/// A line of a register that is taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterLine {
    /// Where it stands, counted from 1, the head included.
    pub line: u64,
    /// The class: its code, or its names from the top as the register writes them.
    pub class: String,
    /// The title.
    pub title: String,
    /// The day it was made.
    pub made_on: Date,
    /// The section that made it.
    pub creator: String,
    /// The present custodian.
    pub custodian: String,
    /// Where it is.
    pub place: String,
    /// On what.
    pub medium: Medium,
    /// Who may see it; without it, whom the file plan says, else everybody who may read records.
    pub access: Option<AccessClass>,
    /// The day the matter was completed; without it, the file stays open.
    pub completed: Option<Date>,
    /// The day of the event that starts the clock.
    pub event: Option<Date>,
    /// The first day of retention as the register has it.
    pub starts_on: Option<Date>,
    /// The last day of retention as the register has it.
    pub expires_on: Option<Date>,
}

/// What keeps a line from being taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFault {
    /// The file plan has no such class.
    #[error("the file plan has no class {0}")]
    ClassUnknown(String),
    /// Something that must be said is not.
    #[error("{0} is not said")]
    Unsaid(&'static str),
    /// A record file of this class, title and day is there already, or stands on another line.
    #[error("a record file of this class, title and day is there already")]
    Twice,
    /// The rule gives another date than the register has; whichever is wrong, nobody may guess (R2).
    #[error("the register has {stated} as its {which} day, and the rule gives {computed}")]
    DatesDiffer {
        /// `first` or `last`.
        which: &'static str,
        /// What the register has.
        stated: Date,
        /// What the rule gives; `none` where it gives none.
        computed: String,
    },
    /// It could not be opened by hand either.
    #[error(transparent)]
    Filing(#[from] FilingError),
}

impl Fault for LineFault {
    fn code(&self) -> &'static str {
        match self {
            Self::ClassUnknown(_) => "register-class-unknown",
            Self::Unsaid(_) => "register-field-lacking",
            Self::Twice => "register-line-twice",
            Self::DatesDiffer { .. } => "register-dates-differ",
            Self::Filing(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}

/// What became of a register that was taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterImport {
    /// The record files, by line, with the dates that their rules give; made only where nothing is wrong.
    pub files: Vec<(u64, FileRow)>,
    /// What is wrong, by line.
    pub problems: Vec<(u64, LineFault)>,
    /// Whether the record files were made.
    pub is_done: bool,
}

impl Office {
    /// Takes over a register: opens a record file for each line, closes it where the matter was completed, and makes
    /// sure that the rule gives the dates that the register has. One line that is wrong, and nothing is done.
    ///
    /// `source` is the digest of the file that the lines were read from. With `try_only`, nothing is done either way.
    pub async fn import_register(
        &self,
        actor: &Actor,
        lines: Vec<RegisterLine>,
        source: &Sha256Hex,
        try_only: bool,
    ) -> Result<RegisterImport, OfficeError> {
        allow(actor, FILERS)?;
        if lines.iter().any(|line| line.access == Some(AccessClass::Public)) {
            // Their titles would be published.
            allow(actor, KEEPERS)?;
        }
        let mut tx = self.begin().await?;
        let rules = rule_book(&mut *tx).await?;
        if rules.is_empty() {
            return Err(FilingError::NoRuleSet.into());
        }
        let today = self.today();
        // That a file which they may not see is there already is no answer to anybody.
        let reader = self.reader(actor);
        let seen = tx.files().await?.into_iter().filter(|row| may_see(&row.file, None, &reader));
        let mut known: HashSet<(ClassCode, String, Option<Date>)> = seen.map(key).collect();
        let mut import = RegisterImport::default();
        for line in lines {
            let (number, id) = (line.line, RecordFileId::from_bytes(self.random()?));
            match taken_over(id, line, &rules, today) {
                Ok(row) if !known.insert(key(row.clone())) => import.problems.push((number, LineFault::Twice)),
                Ok(row) => import.files.push((number, row)),
                Err(fault) => import.problems.push((number, fault)),
            }
        }
        if try_only || !import.problems.is_empty() {
            return Ok(import);
        }
        for (_, row) in &import.files {
            tx.put_file(row).await?;
            let file = &row.file;
            let entry = self.entry(actor, "file.opened", file.id)?.with("class", &file.class)?;
            let entry = entry.with("rule", &file.rule.rule)?.with("rules-version", &file.rule.version)?;
            let entry = entry.with("access", file.access.class.word())?;
            tx.append(entry.with("imported-from", source)?).await?;
            if let Some(completed) = file.facts.completed {
                tx.append(self.entry(actor, "file.closed", file.id)?.with("completed", completed)?).await?;
            }
        }
        tx.commit().await?;
        import.is_done = true;
        Ok(import)
    }
}

fn key(row: FileRow) -> (ClassCode, String, Option<Date>) {
    (row.file.class, row.file.title, row.file.facts.opened)
}

/// Makes the record file of a line.
fn taken_over(id: RecordFileId, line: RegisterLine, rules: &RuleBook, today: Date) -> Result<FileRow, LineFault> {
    for (text, name) in [(&line.title, "title"), (&line.creator, "creator"), (&line.custodian, "custodian")] {
        if text.trim().is_empty() {
            return Err(LineFault::Unsaid(name));
        }
    }
    let RegisterLine { title, made_on, creator, custodian, place, medium, access, completed, event, .. } = line;
    for day in [Some(made_on), completed, event].into_iter().flatten() {
        if day > today {
            return Err(FilingError::Future(day).into());
        }
    }
    if let Some(later) = completed.filter(|day| *day < made_on) {
        return Err(FilingError::DaysReversed { earlier: made_on, later }.into());
    }
    // By the names of that day, or by those that a register of today writes.
    let plans = [rules.on(made_on), rules.on(today)].into_iter().flatten().map(|set| &set.plan);
    let class = plans.flat_map(|plan| plan.classes().map(move |class| (plan, &class.code))).find_map(|(plan, code)| {
        let is_it = code.as_str() == line.class || plan.path_name(code).is_some_and(|path| path == line.class);
        is_it.then(|| code.clone())
    });
    let class = class.ok_or(LineFault::ClassUnknown(line.class))?;
    let new = NewRecordFile { title, class, opened: made_on, year: None, creator, custodian, place, medium, access };
    let mut file = bind(id, new, rules)?;
    (file.closed, file.facts.completed, file.facts.event) = (completed.is_some(), completed, event);
    let row = dated(file, today);
    for (which, stated, computed) in
        [("first", line.starts_on, row.dates.starts_on), ("last", line.expires_on, row.dates.expires_on)]
    {
        if let Some(stated) = stated.filter(|stated| computed != Some(*stated)) {
            let computed = computed.map_or("none".to_owned(), |day| day.to_string());
            return Err(LineFault::DatesDiffer { which, stated, computed });
        }
    }
    Ok(row)
}
