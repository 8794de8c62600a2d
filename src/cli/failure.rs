//! A command that could not do its work: one clear message, and the exit status of its kind.

use super::output::complain;
use crate::fault::{Fault, Kind};
use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// Why a command ended without doing its work.
#[derive(Debug)]
pub struct Failure {
    code: &'static str,
    kind: Kind,
    place: Option<String>,
    english: String,
}

impl Failure {
    /// Wraps a fault, naming the file or thing it happened to.
    pub fn at(place: impl Into<String>, fault: &dyn Fault) -> Self {
        Self { code: fault.code(), kind: fault.kind(), place: Some(place.into()), english: sentence(fault) }
    }

    /// Says what is wrong, with its code and kind.
    pub fn new(code: &'static str, kind: Kind, english: impl Into<String>) -> Self {
        Self { code, kind, place: None, english: english.into() }
    }

    /// Says that the request itself makes no sense.
    pub fn usage(english: impl Into<String>) -> Self {
        Self { code: "usage", kind: Kind::Usage, place: None, english: english.into() }
    }

    /// Says that a file could not be read or written: an unreadable input is refused, all else is the disk's trouble.
    pub fn io(path: &Path, error: &std::io::Error, writing: bool) -> Self {
        let kind = if writing { Kind::Disk } else { Kind::Refused };
        let code = if writing { "file-write" } else { "file-read" };
        Self { code, kind, place: Some(path.display().to_string()), english: error.to_string() }
    }

    /// Says that a file is longer than so many bytes, which is not read.
    pub fn too_large(path: &Path, most_bytes: u64) -> Self {
        let english = format!("the file is longer than {} MiB", most_bytes >> 20);
        Self { code: "file-too-large", kind: Kind::Refused, place: Some(path.display().to_string()), english }
    }

    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Returns the kind of trouble.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Prints the message on standard error and returns the exit status.
    pub fn report(&self) -> ExitCode {
        let place = self.place.as_deref().map(|place| format!("{place}: ")).unwrap_or_default();
        match crate::wording::ja(self.code) {
            Some(japanese) => complain!("fumikura: {place}{japanese}\n  [{}] {}", self.code, self.english),
            None => complain!("fumikura: {place}{} [{}]", self.english, self.code),
        }
        ExitCode::from(self.kind.exit_status())
    }
}

/// In English, for machines.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english)
    }
}

impl<F: Fault> From<F> for Failure {
    fn from(fault: F) -> Self {
        Self { code: fault.code(), kind: fault.kind(), place: None, english: sentence(&fault) }
    }
}

/// Joins an error and its causes into one line.
fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let words = next.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = next.source();
    }
    text
}
