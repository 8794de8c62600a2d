//! `records …`: record files and the records in them.

use super::hold::class_code;
use super::records_access::{Access, access_class, reads};
use super::records_audit::{Audit, new_copy};
use super::records_export::{Export, export};
use super::records_ingest::Ingest;
use super::records_register::Import;
use super::records_search::{Search, index};
use super::records_searches::Searches;
use crate::cli::Failure;
use crate::cli::desk::{Desk, Session};
use crate::id::{RecordFileId, RecordId};
use crate::office::ports::RecordRow;
use crate::office::records::{NewRecordFile, RegisterRow};
use crate::records::{AccessClass, AssignedYear, ClassCode, Medium, Reason};
use crate::time::Date;
use crate::wording;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::process::ExitCode;

/// 文書の保存 / Records: file, show, search, export and check them.
#[derive(Subcommand)]
pub enum Records {
    /// 簿冊を作る / Opens a record file and binds its retention rule
    Open(Box<Open>),
    /// 簿冊を閉じる / Closes a record file: its matter was completed on a day
    Close {
        /// The record file.
        file: RecordFileId,
        /// 完結の日 / The day the matter was completed
        #[arg(long)]
        completed: Date,
        #[command(flatten)]
        desk: Desk,
    },
    /// 文書ファイル管理簿 / Lists the record files with their dates
    Files {
        /// 満了したもの / Only what is due
        #[arg(long)]
        due: bool,
        /// 満了日を計算できないもの / Only those whose last day cannot be told
        #[arg(long, conflicts_with = "due")]
        undetermined: bool,
        #[command(flatten)]
        desk: Desk,
    },
    /// 文書を保存する / Files documents; each is acknowledged on a line once its bytes and its row are safe
    Ingest(Box<Ingest>),
    /// 文書を示す / Shows a record with its dates
    Show {
        /// The record.
        record: RecordId,
        #[command(flatten)]
        desk: Desk,
    },
    /// 文書を探す / Searches titles, document numbers and contents
    Search(Box<Search>),
    /// 本文を索引に入れる / Reads packages whose contents the search does not have yet; the service does so by itself
    Index {
        #[command(flatten)]
        desk: Desk,
    },
    /// 閲覧の範囲 / Changes who may see a record file or a record; a more open class takes two records managers
    Access(Box<Access>),
    /// 閲覧の記録 / Tells from the ledger who read a record, and when
    Reads {
        /// The record.
        record: RecordId,
        #[command(flatten)]
        desk: Desk,
    },
    /// 保存した検索 / Saved searches: descriptions of record files under a name, on which holds can be placed
    #[command(subcommand)]
    Searches(Searches),
    /// 書き出す / Exports a record for other archives, or the register as CSV
    Export(Box<Export>),
    /// 文書ファイル管理簿を取り込む / Takes over an existing register: every line becomes a record file, or none does
    Import(Box<Import>),
    /// 点検する / Checks that rows and bytes agree; exit status 65 where they do not
    Fsck {
        #[command(flatten)]
        desk: Desk,
    },
    /// 保存物を読み直す / Reads packages again in every copy, the least recently read first, and puts right what is damaged;
    /// exit status 65 while anything is not settled
    Audit(Audit),
    /// 写しを加える / Makes the empty folders and buckets that city.toml names newly part of the archive, and fills them
    NewCopy {
        #[command(flatten)]
        desk: Desk,
    },
}

/// The arguments of `records open`.
#[derive(Args)]
pub struct Open {
    /// 名称 / The title
    title: String,
    /// 分類 / The class
    #[arg(long, value_parser = class_code)]
    class: ClassCode,
    /// 作成した日 / The day it is opened; without it, today
    #[arg(long)]
    opened: Option<Date>,
    /// 所属年度 / A year set by hand
    #[arg(long, requires = "year_reason")]
    year: Option<i16>,
    /// Why the year is set by hand.
    #[arg(long)]
    year_reason: Option<String>,
    /// 作成した課 / The section that makes it
    #[arg(long)]
    creator: String,
    /// 管理者 / The custodian; without one, the section
    #[arg(long)]
    custodian: Option<String>,
    /// 保存場所 / Where it is
    #[arg(long, default_value = "電子書庫")]
    place: String,
    /// 閲覧の範囲 / Who may see it; without it, whom the file plan says, else everybody who may read records
    #[arg(long, value_parser = access_class)]
    access: Option<AccessClass>,
    #[command(flatten)]
    desk: Desk,
}

impl Records {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Open(open) => open.run(),
            Self::Close { file, completed, desk } => desk.run(async |at: Session| {
                let row = at.city.office.close_file(&at.actor, file, completed).await?;
                at.answer(&json!({
                    "file": file,
                    "starts_on": row.dates.starts_on,
                    "expires_on": row.dates.expires_on,
                    "because": because(&row.dates.because),
                }))
            }),
            Self::Files { due, undetermined, desk } => desk.run(async |at: Session| {
                let rows = match (due, undetermined) {
                    (true, _) => at.city.office.due_list(&at.actor).await?,
                    (_, true) => at.city.office.undetermined_files(&at.actor).await?,
                    _ => at.city.office.register(&at.actor).await?,
                };
                at.answer(&json!({ "files": rows.iter().map(show_file).collect::<Vec<_>>() }))
            }),
            Self::Ingest(ingest) => ingest.run(),
            Self::Show { record, desk } => desk.run(async |at: Session| {
                let view = at.city.office.record_view(&at.actor, record).await?;
                let mut value = show_record(&view.row);
                value["access"] = json!(view.access);
                value["file_title"] = json!(view.file_title);
                value["class"] = json!(view.class_path);
                value["expires_on"] = json!(view.dates.expires_on);
                value["keep_until"] = json!(view.dates.keep_until);
                value["because"] = because(&view.dates.because);
                value["holds"] = json!(view.holds.iter().map(|hold| hold.id).collect::<Vec<_>>());
                at.answer(&value)
            }),
            Self::Search(search) => search.run(),
            Self::Index { desk } => return index(desk),
            Self::Access(access) => access.run(),
            Self::Reads { record, desk } => reads(record, desk),
            Self::Searches(searches) => searches.run(),
            Self::Export(arguments) => export(*arguments),
            Self::Import(import) => return import.run(),
            Self::Fsck { desk } => return fsck(desk),
            Self::Audit(audit) => return audit.run(),
            Self::NewCopy { desk } => return new_copy(desk),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Open {
    fn run(self) -> Result<(), Failure> {
        let Self { title, class, opened, year, year_reason, creator, custodian, place, access, desk } = self;
        desk.run(async |at: Session| {
            let new = NewRecordFile {
                title,
                class,
                opened: opened.unwrap_or_else(|| at.city.office.today()),
                year: year.map(|year| AssignedYear { year, reason: year_reason.unwrap_or_default() }),
                custodian: custodian.unwrap_or_else(|| creator.clone()),
                creator,
                place,
                medium: Medium::Electronic,
                access,
            };
            let file = at.city.office.open_file(&at.actor, new).await?;
            at.answer(&json!({ "file": file }))
        })
    }
}

fn fsck(desk: Desk) -> Result<ExitCode, Failure> {
    desk.run(async |at: Session| {
        let report = at.city.office.fsck(&at.actor).await?;
        at.answer(&json!(report))?;
        Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(65) })
    })
}

/// Shows a record's row.
pub(super) fn show_record(row: &RecordRow) -> Value {
    let record = &row.record;
    json!({
        "record": record.id,
        "title": record.title,
        "number": record.number,
        "created": record.created,
        "file": record.file,
        "state": record.state,
        "original_name": record.original_name,
        "media_type": record.media_type,
        "size_bytes": record.size_bytes,
        "sha256": record.sha256,
        "package_sha256": row.receipt.sealed_sha256,
        "package": row.receipt.path,
        "filed_at": record.filed_at,
        "duplicate_of": row.duplicate_of,
    })
}

/// Shows a row of the register.
pub(super) fn show_file(row: &RegisterRow) -> Value {
    json!({
        "file": row.file,
        "title": row.title,
        "access": row.access,
        "withheld": row.withheld,
        "class": row.class_path,
        "period": row.period,
        "starts_on": row.starts_on,
        "expires_on": row.expires_on,
        "action": row.action,
        "records": row.records,
        "closed": row.closed,
        "held": row.held,
        "due": row.dates.due,
        "destroyed_on": row.destroyed_on,
    })
}

/// Says the reasons of a date in words.
pub(super) fn because(reasons: &[Reason]) -> Value {
    reasons
        .iter()
        .map(|reason| {
            let said = wording::reason(reason);
            json!({ "code": reason.code.code(), "ja": said.ja, "en": said.en })
        })
        .collect()
}
