//! What every command at the office's desk has: the city's folder, who acts, and how it answers.

use super::city::City;
use super::{Failure, files, output};
use crate::fault::Kind;
use crate::office::Actor;
use crate::office::records::RecoveryReport;
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs::{File, TryLockError};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The file by which processes that work on one city know of each other.
const DOOR: &str = ".open";

/// The city's folder, who acts, and how to answer.
#[derive(Args, Debug)]
pub struct Desk {
    #[command(flatten)]
    entrance: Entrance,
    /// 表示の形式 / How to answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The city's folder, and who acts.
#[derive(Args, Debug)]
pub struct Entrance {
    /// 市のフォルダ / The city's folder, with its city.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// 操作する職員 / The login of the member of staff who acts
    #[arg(long = "as", value_name = "USER")]
    login: String,
    /// パスワードのファイル / A file whose first line is the password; without it, a prompt
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// How a command answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines: one document.
    Json,
}

/// A city that is open, and who acts in it.
pub struct Session {
    /// The city.
    pub city: City,
    /// Who acts.
    pub actor: Actor,
    /// How to answer.
    pub format: Format,
    /// Held as long as this process works on the city.
    _door: File,
}

impl Desk {
    /// Opens the city, puts right what a crash left, checks the password, and does the work.
    pub fn run<T>(self, work: impl AsyncFnOnce(Session) -> Result<T, Failure>) -> Result<T, Failure> {
        self.entrance.run(self.format, work)
    }
}

impl Entrance {
    /// Opens the city, puts right what a crash left, checks the password, and does the work.
    pub fn run<T>(self, format: Format, work: impl AsyncFnOnce(Session) -> Result<T, Failure>) -> Result<T, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::new("runtime", Kind::Unavailable, error.to_string()))?;
        runtime.block_on(async move {
            let city = City::open(&self.dir).await?;
            let door = enter(&self.dir, &city).await?;
            let password = password(self.password_file.as_deref())?;
            let actor = city.office.authenticate(&self.login, password).await?;
            work(Session { city, actor, format, _door: door }).await
        })
    }
}

impl Session {
    /// Answers with a value: as one JSON document, or line by line for people.
    pub fn answer(&self, value: &Value) -> Result<(), Failure> {
        let mut text = String::new();
        match self.format {
            Format::Json => {
                let _ = writeln!(text, "{value}");
            }
            Format::Text => lines(&mut text, value, 0),
        }
        output::print(&text)
    }
}

/// Enters a city: the first process in puts right what a crash left, while the others wait at the door.
///
/// The mark of presence is a lock of the operating system; it goes with the process, however that ends.
pub async fn enter(folder: &Path, city: &City) -> Result<File, Failure> {
    let path = folder.join(DOOR);
    let trouble = |error: &std::io::Error| Failure::io(&path, error, true);
    let door = File::options().create(true).truncate(false).write(true).open(&path).map_err(|error| trouble(&error))?;
    match door.try_lock() {
        Ok(()) => tell(&city.office.recover().await?),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(trouble(&error)),
    }
    door.lock_shared().map_err(|error| trouble(&error))?;
    Ok(door)
}

/// Tells on standard error what recovery found; nothing where nothing was wrong.
fn tell(report: &RecoveryReport) {
    let counts = [
        (report.finished.len(), "保存が済んでいた文書を登録しました / stopped filings finished"),
        (
            report.abandoned.len(),
            "保存が済んでいない文書があります。もう一度登録してください / filings to be done again",
        ),
        (report.quarantined.len(), "台帳にない保存データを隔離しました / unknown packages set aside"),
        (report.repaired.len(), "保存データを副本から直しました / packages repaired from another copy"),
        (report.lost.len(), "保存データを直せません。確認してください / packages that cannot be put right"),
        (report.carried_through.len(), "中断した廃棄を最後まで行いました / stopped destructions carried through"),
    ];
    for (count, words) in counts.into_iter().filter(|(count, _)| *count > 0) {
        eprintln!("fumikura: {words}: {count}");
    }
}

/// Returns the password: the first line of the file, else what is typed at a terminal.
fn password(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    let missing = |english: &str| Failure::new("password-missing", Kind::Refused, english);
    if let Some(path) = file {
        let bytes = Zeroizing::new(files::read(path)?);
        let text = std::str::from_utf8(&bytes).map_err(|_| missing("the password file is not UTF-8 text"))?;
        return Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()));
    }
    if !std::io::stdin().is_terminal() {
        return Err(missing("give --password-file, or type it at a terminal"));
    }
    rpassword::prompt_password("パスワード / password: ")
        .map(Zeroizing::new)
        .map_err(|_| missing("nothing could be typed"))
}

/// Writes a value for people: one `name: value` a line, lists with a dash before each part.
fn lines(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::Object(_) | Value::Array(_) if !is_empty(member) => {
                        let _ = writeln!(text, "{indent}{name}:");
                        lines(text, member, depth + 1);
                    }
                    plain => {
                        let _ = writeln!(text, "{indent}{name}: {}", word(plain));
                    }
                }
            }
        }
        Value::Array(parts) => {
            for part in parts {
                let mut inner = String::new();
                lines(&mut inner, part, 0);
                for (number, line) in inner.lines().enumerate() {
                    let mark = if number == 0 { "- " } else { "  " };
                    let _ = writeln!(text, "{indent}{mark}{line}");
                }
            }
        }
        plain => {
            let _ = writeln!(text, "{indent}{}", word(plain));
        }
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "—".to_owned(),
        value if is_empty(value) => "—".to_owned(),
        other => other.to_string(),
    }
}
