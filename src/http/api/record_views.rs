//! Record files and records as JSON: what is handed in, and what is answered.

use super::body::Carries;
use crate::id::RecordFileId;
use crate::office::ports::RecordRow;
use crate::office::records::{Arrival, FileView, FoundIn, NewRecord, RecordHit, RecordView, RegisterRow};
use crate::records::{AccessClass, DueDate, Hold, KeepUntil};
use crate::time::Date;
use crate::wording;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who may see something.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Its title may be published (公開可).
    Public,
    /// Everybody who may read records (庁内).
    Internal,
    /// Its section and whom it names (限定).
    Restricted,
}

/// On what a record file lives.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MediumWord {
    /// Electronic (電子).
    Electronic,
    /// Paper (紙).
    Paper,
    /// Both.
    Mixed,
}

/// A record file to open.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileOpening {
    /// The title.
    #[schema(min_length = 1, max_length = 1000)]
    pub title: String,
    /// The class; one without classes below it, for example `B-02`.
    #[schema(pattern = "^[A-Za-z0-9._-]{1,40}$")]
    pub class: String,
    /// The day it is opened; decides which rule is bound.
    #[schema(format = Date)]
    pub opened: String,
    /// The section that makes it.
    #[schema(min_length = 1)]
    pub creator: String,
    /// The present custodian.
    #[schema(min_length = 1)]
    pub custodian: String,
    /// Where it is.
    #[serde(default)]
    pub place: String,
    /// On what.
    pub medium: MediumWord,
    /// Who may see it; without it, whom the file plan says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
}

/// A document to file.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordFiling {
    /// The record file it goes into.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    pub file: String,
    /// The title.
    #[schema(min_length = 1, max_length = 1000)]
    pub title: String,
    /// The document number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The day it was made or received.
    #[schema(format = Date)]
    pub created: String,
    /// The true name of the original file.
    #[schema(min_length = 1, max_length = 255)]
    pub original_name: String,
    /// Whether it is restricted by itself.
    #[serde(default)]
    pub restricted: bool,
    /// The bytes in base64; not where they come as the part `content` of a multipart body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = true, content_encoding = "base64",
        content_media_type = "application/octet-stream",
        pattern = "^\\s*(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?\\s*$")]
    pub content: Option<String>,
}

/// One step of the reasoning behind a date.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BecauseView {
    /// The stable code.
    pub code: &'static str,
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

/// The dates of a record file today, holds included.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DatesView {
    /// The first day of retention.
    #[schema(format = Date)]
    pub starts_on: Option<String>,
    /// The last day of retention; none: no expiry, and therefore kept.
    #[schema(format = Date)]
    pub expires_on: Option<String>,
    /// The last day it is kept, `open` while a hold is open; none: for ever, or not known.
    pub keep_until: Option<String>,
    /// Whether it is due today.
    pub due: bool,
    /// Why.
    pub because: Vec<BecauseView>,
}

/// A line of the register (文書ファイル管理簿). What is restricted and closed to the account has no title here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RegisterLine {
    /// The record file.
    pub id: String,
    /// The class.
    pub class: String,
    /// The names of the class from the top.
    pub class_path: String,
    /// The title, or what stands in its place.
    pub title: String,
    /// Whether title and records are kept from the account.
    pub withheld: bool,
    /// The retention period: years, `permanent` or `in-use`.
    pub period: String,
    /// The first day of retention.
    #[schema(format = Date)]
    pub starts_on: Option<String>,
    /// The last day of retention.
    #[schema(format = Date)]
    pub expires_on: Option<String>,
    /// The action at expiry: `destroy`, `transfer` or `review`.
    pub action: String,
    /// The section that made it.
    pub creator: String,
    /// The present custodian.
    pub custodian: String,
    /// Whether it takes no more records.
    pub closed: bool,
    /// How many records the account may see in it.
    pub records: usize,
    /// Whether a hold keeps it today.
    pub held: bool,
    /// Whether it is due today.
    pub due: bool,
}

/// A page of the register.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RegisterLines {
    /// The lines.
    pub files: Vec<RegisterLine>,
    /// The cursor of the next page; none on the last.
    pub next: Option<String>,
}

/// A record file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FileDocument {
    /// The record file.
    pub id: String,
    /// The title.
    pub title: String,
    /// The class.
    pub class: String,
    /// The names of the class from the top.
    pub class_path: String,
    /// Who may see it.
    pub access: Access,
    /// The section that made it.
    pub creator: String,
    /// The present custodian.
    pub custodian: String,
    /// Where it is.
    pub place: String,
    /// Whether it takes no more records.
    pub closed: bool,
    /// Its dates today.
    pub dates: DatesView,
    /// The holds that keep it today.
    pub holds: Vec<HoldOnIt>,
    /// Its records that the account may see.
    pub records: Vec<RecordLine>,
    /// The day its records were destroyed.
    #[schema(format = Date)]
    pub destroyed_on: Option<String>,
}

/// A hold that keeps something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HoldOnIt {
    /// The hold.
    pub id: String,
    /// `audit`, `litigation`, `appeal` or `disclosure`.
    pub kind: &'static str,
    /// Case number or description.
    pub reason: String,
}

/// A record in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordLine {
    /// The record.
    pub id: String,
    /// Its record file.
    pub file: String,
    /// The title.
    pub title: String,
    /// The document number.
    pub number: Option<String>,
    /// The day it was made or received.
    #[schema(format = Date)]
    pub created: String,
    /// The state.
    pub state: String,
    /// SHA-256 of the original.
    pub sha256: String,
    /// The length of the original, in bytes.
    pub size_bytes: u64,
}

/// A record.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordDocument {
    /// What lists say of it.
    #[serde(flatten)]
    pub line: RecordLine,
    /// The title of its record file.
    pub file_title: String,
    /// The names of its class from the top.
    pub class_path: String,
    /// Who may see it.
    pub access: Access,
    /// The true name of the original.
    pub original_name: String,
    /// The media type of the original.
    pub media_type: String,
    /// What was made of the original: `pdfa`, `pdf`, `text`.
    pub made: Vec<String>,
    /// When it was filed.
    #[schema(format = DateTime)]
    pub filed_at: String,
    /// The dates of its file today.
    pub dates: DatesView,
    /// The holds that keep it today.
    pub holds: Vec<HoldOnIt>,
}

/// A record that was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Hit {
    /// The record.
    #[serde(flatten)]
    pub line: RecordLine,
    /// `title`, or `contents` where at least one word is there alone.
    pub found_in: &'static str,
    /// What stands around the first word in the contents.
    pub excerpt: Option<String>,
}

/// A page of what was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Hits {
    /// The records.
    pub records: Vec<Hit>,
    /// The cursor of the next page; none on the last.
    pub next: Option<String>,
    /// Whether the contents of every record were looked at.
    pub all_contents: bool,
}

impl RecordFiling {
    /// Makes the record of what was seen of its bytes.
    pub fn with(self, file: RecordFileId, created: Date, looked: Arrival) -> NewRecord {
        NewRecord {
            file,
            title: self.title,
            number: self.number,
            created,
            original_name: self.original_name,
            media_type: looked.media_type,
            bytes: looked.bytes,
            derivatives: Vec::new(),
            validation_report: looked.validation_report,
            notice: None,
            digitisation: None,
            access: self.restricted.then_some(AccessClass::Restricted),
        }
    }
}

impl Carries for RecordFiling {
    fn take_base64(&mut self) -> Option<String> {
        self.content.take()
    }
}

impl From<RegisterRow> for RegisterLine {
    fn from(row: RegisterRow) -> Self {
        Self {
            id: row.file.to_string(),
            class: row.class.to_string(),
            class_path: row.class_path,
            title: row.title,
            withheld: row.withheld,
            period: row.period,
            starts_on: row.starts_on.map(|day| day.to_string()),
            expires_on: row.expires_on.map(|day| day.to_string()),
            action: row.action,
            creator: row.creator,
            custodian: row.custodian,
            closed: row.closed,
            records: row.records,
            held: row.held,
            due: row.dates.due,
        }
    }
}

impl From<FileView> for FileDocument {
    fn from(view: FileView) -> Self {
        let file = view.file;
        Self {
            id: file.id.to_string(),
            access: file.access.class.into(),
            title: file.title,
            class: file.class.to_string(),
            class_path: view.class_path,
            creator: file.creator,
            custodian: file.custodian,
            place: file.place,
            closed: file.closed,
            dates: (&view.dates).into(),
            holds: view.holds.iter().map(HoldOnIt::from).collect(),
            records: view.records.iter().map(RecordLine::from).collect(),
            destroyed_on: view.destroyed_on.map(|day| day.to_string()),
        }
    }
}

impl From<&RecordRow> for RecordLine {
    fn from(row: &RecordRow) -> Self {
        let record = &row.record;
        Self {
            id: record.id.to_string(),
            file: record.file.to_string(),
            title: record.title.clone(),
            number: record.number.clone(),
            created: record.created.to_string(),
            state: record.state.word().to_owned(),
            sha256: record.sha256.to_string(),
            size_bytes: record.size_bytes,
        }
    }
}

impl From<RecordView> for RecordDocument {
    fn from(view: RecordView) -> Self {
        Self {
            line: (&view.row).into(),
            file_title: view.file_title,
            class_path: view.class_path,
            access: view.access.into(),
            original_name: view.row.record.original_name,
            media_type: view.row.record.media_type,
            made: view.row.record.made,
            filed_at: view.row.record.filed_at.to_string(),
            dates: (&view.dates).into(),
            holds: view.holds.iter().map(HoldOnIt::from).collect(),
        }
    }
}

impl From<&RecordHit> for Hit {
    fn from(hit: &RecordHit) -> Self {
        let found_in = if hit.found_in == FoundIn::Title { "title" } else { "contents" };
        let excerpt = hit.excerpt.as_ref().map(|around| format!("{}{}{}", around.before, around.hit, around.after));
        Self { line: (&hit.row).into(), found_in, excerpt }
    }
}

impl From<&DueDate> for DatesView {
    fn from(dates: &DueDate) -> Self {
        let because = dates.because.iter().map(|reason| {
            let wording::Sentence { ja, en } = wording::reason(reason);
            BecauseView { code: reason.code.code(), ja, en }
        });
        Self {
            starts_on: dates.starts_on.map(|day| day.to_string()),
            expires_on: dates.expires_on.map(|day| day.to_string()),
            keep_until: dates.keep_until.map(keep_until),
            due: dates.due,
            because: because.collect(),
        }
    }
}

impl From<&Hold> for HoldOnIt {
    fn from(hold: &Hold) -> Self {
        Self { id: hold.id.to_string(), kind: hold.kind.word(), reason: hold.reason.clone() }
    }
}

impl From<AccessClass> for Access {
    fn from(class: AccessClass) -> Self {
        match class {
            AccessClass::Public => Self::Public,
            AccessClass::Internal => Self::Internal,
            AccessClass::Restricted => Self::Restricted,
        }
    }
}

impl From<Access> for AccessClass {
    fn from(access: Access) -> Self {
        match access {
            Access::Public => Self::Public,
            Access::Internal => Self::Internal,
            Access::Restricted => Self::Restricted,
        }
    }
}

/// Writes the last day of keeping: a date, or `open`.
pub fn keep_until(until: KeepUntil) -> String {
    match until {
        KeepUntil::Date(day) => day.to_string(),
        KeepUntil::Open => "open".to_owned(),
    }
}
