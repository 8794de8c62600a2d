//! The register (文書ファイル管理簿) as CSV: written for spreadsheets and archives, and taken over from them.

use crate::cli::desk::{Desk, Session};
use crate::cli::{Failure, files};
use crate::digest::Sha256Hex;
use crate::fault::{Fault, Kind};
use crate::office::ports::FileRow;
use crate::office::records::{RegisterLine, RegisterRow};
use crate::records::{AccessClass, Medium};
use crate::render::{self, ReadTable, Spreadsheet};
use crate::time::{Date, written_date};
use crate::wording;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// How the characters of a CSV file are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Encoding {
    /// UTF-8 with a byte order mark
    #[default]
    Utf8,
    /// Shift_JIS as Windows writes it; a character that it has not is refused and named
    ShiftJis,
}

/// The columns in the order of 施行令 11 (1), and behind them what else is known.
const COLUMNS: [&str; 14] = [
    "分類",
    "名称",
    "保存期間",
    "起算日",
    "満了日",
    "満了時の措置",
    "保存場所",
    "作成年度",
    "作成部署",
    "作成日",
    "媒体",
    "管理者",
    "完結日",
    "閲覧の範囲",
];

impl From<Encoding> for render::Encoding {
    fn from(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Utf8 => Self::Utf8,
            Encoding::ShiftJis => Self::ShiftJis,
        }
    }
}

/// Writes the register.
///
/// # Errors
/// Where a character does not fit the encoding: it would be another one in the file, or none.
pub fn table(rows: &[RegisterRow], encoding: Encoding) -> Result<Vec<u8>, Failure> {
    let mut sheet = Spreadsheet::new(COLUMNS);
    for row in rows {
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        sheet.row([
            &row.class_path,
            &row.title,
            &period(&row.period),
            &day(row.starts_on),
            &day(row.expires_on),
            action_word(&row.action),
            &row.place,
            &row.year.map(|year| year.to_string()).unwrap_or_default(),
            &row.creator,
            &day(row.made_on),
            medium_word(row.medium),
            &row.custodian,
            &day(row.completed_on),
            access_word(row.access),
        ]);
    }
    Ok(sheet.encode(encoding.into())?)
}

/// Says a retention period as registers do.
fn period(text: &str) -> String {
    match text {
        "permanent" => "永年".to_owned(),
        "in-use" => "常用".to_owned(),
        years => format!("{years}年"),
    }
}

fn action_word(action: &str) -> &str {
    match action {
        "destroy" => "廃棄",
        "transfer" => "移管",
        "review" => "延長判断",
        other => other,
    }
}

fn medium_word(medium: Medium) -> &'static str {
    match medium {
        Medium::Electronic => "電子",
        Medium::Paper => "紙",
        Medium::Mixed => "紙・電子",
    }
}

fn access_word(class: AccessClass) -> &'static str {
    match class {
        AccessClass::Public => "公開可",
        AccessClass::Internal => "庁内",
        AccessClass::Restricted => "限定",
    }
}

/// The arguments of `records import`.
#[derive(Args)]
pub struct Import {
    /// 文書ファイル管理簿の CSV / The register: UTF-8 or Shift_JIS. Its head names the columns, in any order: 分類, 名称, 作成日 and
    /// 作成部署, and where they are known 管理者, 保存場所, 媒体, 完結日, 事由発生日, 起算日, 満了日,
    /// 閲覧の範囲（公開可・庁内・限定）
    register: PathBuf,
    /// 試すだけで何も登録しない / Only tries, and does nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    desk: Desk,
}

impl Import {
    /// Runs the command. Where anything is wrong, every line that is wrong is told, nothing is done, and the status is 65.
    pub fn run(self) -> Result<ExitCode, Failure> {
        let bytes = files::read(&self.register)?;
        let read = read(&bytes)?;
        let (lines, source) = (read.lines, Sha256Hex::of(&bytes));
        let mut problems: Vec<Value> = read.problems;
        let mut done = false;
        let try_only = self.dry_run || !problems.is_empty();
        self.desk.run(async |at: Session| {
            let import = at.city.office.import_register(&at.actor, lines, &source, try_only).await?;
            problems
                .extend(import.problems.iter().map(|(line, fault)| problem(*line, fault.code(), &fault.to_string())));
            problems.sort_by_key(|problem| problem["line"].as_u64());
            done = import.is_done;
            let files: Vec<Value> = import.files.iter().map(|(line, row)| shown(*line, row)).collect();
            at.answer(&json!({ "imported": done, "dry_run": self.dry_run, "problems": problems, "files": files }))
        })?;
        Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(65) })
    }
}

fn shown(line: u64, row: &FileRow) -> Value {
    json!({
        "line": line,
        "title": row.file.title,
        "class": row.file.class,
        "starts_on": row.dates.starts_on,
        "expires_on": row.dates.expires_on,
        "closed": row.file.closed,
    })
}

fn problem(line: u64, code: &'static str, english: &str) -> Value {
    json!({ "line": line, "code": code, "ja": wording::sentence(code, &[]).ja, "en": english })
}

/// What was read of a register.
struct Read {
    lines: Vec<RegisterLine>,
    problems: Vec<Value>,
}

fn read(bytes: &[u8]) -> Result<Read, Failure> {
    let unreadable = |wrong: String| Failure::new("register-unreadable", Kind::Refused, wrong);
    let sheet = ReadTable::read(bytes).map_err(unreadable)?;
    if let Some(lacking) = sheet.lacks(&["分類", "名称", "作成日", "作成部署"]) {
        return Err(Failure::new("register-column-lacking", Kind::Refused, format!("no column is named {lacking}")));
    }
    let mut read = Read { lines: Vec::new(), problems: Vec::new() };
    for row in sheet.rows() {
        match one(row.line, &|name| row.field(name)) {
            Ok(one) => read.lines.push(one),
            Err((code, english)) => read.problems.push(problem(row.line, code, &english)),
        }
    }
    Ok(read)
}

/// Reads a line; each field by its column's name.
fn one<'a>(line: u64, field: &dyn Fn(&str) -> Option<&'a str>) -> Result<RegisterLine, (&'static str, String)> {
    let said = |name: &'static str| {
        field(name).map(str::to_owned).ok_or_else(|| ("register-field-lacking", format!("{name} is not said")))
    };
    let day = |name: &'static str| match field(name) {
        None => Ok(None),
        Some(text) => {
            written_date(text).map(Some).ok_or_else(|| ("register-no-date", format!("{name}: {text} is no date")))
        }
    };
    let medium = match field("媒体") {
        None => Medium::Paper,
        Some("電子") => Medium::Electronic,
        Some("紙") => Medium::Paper,
        Some("紙・電子" | "混在" | "両方") => Medium::Mixed,
        Some(other) => return Err(("register-no-medium", format!("媒体: {other} is not 電子, 紙 or 紙・電子"))),
    };
    let access = match field("閲覧の範囲") {
        None => None,
        Some(text) => {
            let known = AccessClass::ALL.into_iter().find(|class| access_word(*class) == text || class.word() == text);
            let wrong = || ("register-no-access", format!("閲覧の範囲: {text} is not 公開可, 庁内 or 限定"));
            Some(known.ok_or_else(wrong)?)
        }
    };
    let creator = said("作成部署")?;
    let made_on = day("作成日")?.ok_or_else(|| ("register-field-lacking", "作成日 is not said".to_owned()))?;
    Ok(RegisterLine {
        line,
        class: said("分類")?,
        title: said("名称")?,
        made_on,
        custodian: field("管理者").map_or_else(|| creator.clone(), str::to_owned),
        creator,
        place: field("保存場所").unwrap_or_default().to_owned(),
        medium,
        access,
        completed: day("完結日")?,
        event: day("事由発生日")?,
        starts_on: day("起算日")?,
        expires_on: day("満了日")?,
    })
}
