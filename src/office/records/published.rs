//! The register for everybody (文書ファイル管理簿の公表; 公文書管理法 7 (2), R4): titles only of files that may be published.

use super::standing::{Measure, made_in, period_text};
use crate::id::RecordFileId;
use crate::office::ports::Survey;
use crate::office::{Office, OfficeError};
use crate::records::{AccessClass, Medium, RecordFile, due_date};
use crate::time::Date;

/// Files that one page looks through for words at most.
const LONGEST_WAY: usize = 5_000;

/// A row of the published register. Of a file that is not public there is no more than when what of its class expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedRow {
    /// The names of the class from the top (分類).
    pub class_path: String,
    /// The retention period (保存期間): years, `permanent` or `in-use`.
    pub period: String,
    /// The first day of retention (起算日).
    pub starts_on: Option<Date>,
    /// The last day of retention (満了日).
    pub expires_on: Option<Date>,
    /// The action at expiry (満了時の措置): `destroy`, `transfer` or `review`.
    pub action: &'static str,
    /// The fiscal year it was made in (作成年度).
    pub year: Option<i16>,
    /// What else is told of a public file.
    pub open: Option<PublishedPart>,
}

/// What is told of a public file beside its class and dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedPart {
    /// The title (名称).
    pub title: String,
    /// Where it is (保存場所).
    pub place: String,
    /// The section that made it (作成者).
    pub creator: String,
    /// The day it was made (作成日).
    pub made_on: Option<Date>,
    /// On what (媒体).
    pub medium: Medium,
    /// The present custodian (管理者).
    pub custodian: String,
}

/// A page of the published register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishedPage {
    /// The rows.
    pub rows: Vec<PublishedRow>,
    /// The file after which the next page begins; none on the last page.
    pub next: Option<RecordFileId>,
}

impl Office {
    /// Returns a page of the register as everybody may see it: the rows after a file that hold each of the words in what
    /// they show, at most so many. Where the words are rare the page ends after a long way, and the next goes on.
    ///
    /// What was destroyed is not in it. Holds and records are not told.
    ///
    /// # Errors
    /// [`OfficeError::CopyUnconfirmed`] in a copy of the database that nobody has confirmed: what was made stricter since
    /// is not known there.
    pub async fn published_register(
        &self,
        words: &str,
        after: Option<RecordFileId>,
        most: usize,
    ) -> Result<PublishedPage, OfficeError> {
        let mut tx = self.read().await?;
        if let Some(entry) = tx.unconfirmed_copy().await? {
            return Err(OfficeError::CopyUnconfirmed(entry));
        }
        let measure = Measure::read(&mut *tx, self.today()).await?;
        let mut page = PublishedPage { rows: Vec::new(), next: after };
        let (mut seen, step) = (0, u32::try_from(most).unwrap_or(u32::MAX));
        while seen < LONGEST_WAY.max(most) {
            let found = tx.survey(Survey::Register, page.next, step).await?;
            let is_last = found.len() < most || found.is_empty();
            seen += found.len();
            for surveyed in found {
                if page.rows.len() == most {
                    return Ok(page);
                }
                page.next = Some(surveyed.file.id);
                let row = PublishedRow::of(surveyed.file, &measure);
                if surveyed.destroyed_on.is_none() && row.has(words) {
                    page.rows.push(row);
                }
            }
            if is_last {
                page.next = None;
                return Ok(page);
            }
        }
        Ok(page)
    }
}

impl PublishedRow {
    fn of(file: RecordFile, measure: &Measure) -> Self {
        let dates = due_date(&file.terms, &file.facts, &[], measure.today);
        Self {
            class_path: measure.class_path(&file.class),
            period: period_text(file.terms.years),
            starts_on: dates.starts_on,
            expires_on: dates.expires_on,
            action: file.disposition.word(),
            year: made_in(&file),
            open: (file.access.class == AccessClass::Public).then_some(PublishedPart {
                title: file.title,
                place: file.place,
                creator: file.creator,
                made_on: file.facts.opened,
                medium: file.medium,
                custodian: file.custodian,
            }),
        }
    }

    /// Tells whether each of the words is somewhere in what it shows.
    fn has(&self, words: &str) -> bool {
        let open = self.open.as_ref().map_or_else(String::new, |open| {
            format!("{} {} {} {}", open.title, open.place, open.creator, open.custodian)
        });
        let text = format!("{} {open}", self.class_path);
        words.split_whitespace().all(|word| text.contains(word))
    }
}
