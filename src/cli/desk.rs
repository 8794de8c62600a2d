//! What every command at the office's desk has: the city's folder, who acts, and how it answers.

use super::city::{City, FILE_NAME};
use super::commands::serve::runtime;
use super::{Failure, files, output};
use crate::fault::Kind;
use crate::office::{Actor, Office};
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

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
    /// コードのファイル / A file whose first line is the code of the second factor, where the account has one; without it, a
    /// prompt
    #[arg(long, value_name = "FILE")]
    code_file: Option<PathBuf>,
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
}

impl Desk {
    /// Opens the city, checks the password, and does the work.
    pub fn run<T>(self, work: impl AsyncFnOnce(Session) -> Result<T, Failure>) -> Result<T, Failure> {
        self.entrance.run(self.format, work)
    }

    /// Returns the city's folder.
    pub fn folder(&self) -> &Path {
        &self.entrance.dir
    }

    /// Checks who acts.
    pub async fn authenticate(&self, office: &Office) -> Result<Actor, Failure> {
        self.entrance.authenticate(office).await
    }

    /// Returns how to answer.
    pub fn format(&self) -> Format {
        self.format
    }
}

impl Entrance {
    /// Opens the city, checks the password, and does the work.
    pub fn run<T>(self, format: Format, work: impl AsyncFnOnce(Session) -> Result<T, Failure>) -> Result<T, Failure> {
        runtime()?.block_on(async move {
            let city = City::open(&self.dir.join(FILE_NAME)).await?;
            let actor = self.authenticate(&city.office).await?;
            work(Session { city, actor, format }).await
        })
    }

    async fn authenticate(&self, office: &Office) -> Result<Actor, Failure> {
        let password = password(self.password_file.as_deref())?;
        office.authenticate(&self.login, password, || second_factor(self.code_file.as_deref())).await
    }
}

impl Session {
    /// Answers with a value: as one JSON document, or line by line for people.
    pub fn answer(&self, value: &Value) -> Result<(), Failure> {
        answer(self.format, value)
    }
}

/// Answers with a value: as one JSON document, or line by line for people.
pub fn answer(format: Format, value: &Value) -> Result<(), Failure> {
    let mut text = String::new();
    match format {
        Format::Json => {
            let _ = writeln!(text, "{value}");
        }
        Format::Text => lines(&mut text, value, 0),
    }
    output::print(&text)
}

/// Returns the password: the first line of the file, else what is typed at a terminal.
pub fn password(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    first_line(file, "password-missing", ("--password-file", "パスワード / password: "))
}

/// Returns the code of a second factor in the same way.
fn second_factor(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    first_line(file, "code-missing", ("--code-file", "確認コード / code: "))
}

fn first_line(
    file: Option<&Path>,
    missing: &'static str,
    (option, prompt): (&str, &str),
) -> Result<Zeroizing<String>, Failure> {
    let missing = |english: &str| Failure::new(missing, Kind::Refused, english);
    if let Some(path) = file {
        let bytes = Zeroizing::new(files::read(path)?);
        let text = std::str::from_utf8(&bytes).map_err(|_| missing("the file is not UTF-8 text"))?;
        return Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()));
    }
    if !std::io::stdin().is_terminal() {
        return Err(missing(&format!("give {option}, or type it at a terminal")));
    }
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|_| missing("nothing could be typed"))
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
