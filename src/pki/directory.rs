//! Who is who: names for people, kept for certificates by whoever decides whom to believe. No name comes from a document.

use crate::asn1::Certificate;
use crate::digest::Sha256Hex;
use crate::fault::{Fault, Kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest name, in characters.
const LONGEST: usize = 200;

/// A name as people read it. Where one language has none, the other's stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisplayName {
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

impl DisplayName {
    /// Makes a name of what there is; `None` where both are missing or empty.
    pub fn new(ja: Option<&str>, en: Option<&str>) -> Option<Self> {
        let (ja, en) = (ja.and_then(tidy), en.and_then(tidy));
        Some(Self { ja: ja.clone().or_else(|| en.clone())?, en: en.or(ja)? })
    }
}

/// Names by certificate and by subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    certificates: BTreeMap<Sha256Hex, DisplayName>,
    subjects: BTreeMap<String, DisplayName>,
}

/// The names on a path that passed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathNames {
    /// The name of the certificate at its start.
    pub own: Option<DisplayName>,
    /// The name of the nearest certificate above it that has one.
    pub authority: Option<DisplayName>,
}

/// What can be wrong with a file of names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// The file is not TOML of the expected form.
    #[error("the names are not readable: {0}")]
    NotReadable(String),
    /// An entry names neither or both of certificate and subject, or gives no name.
    #[error("entry {0} needs one of sha256 and subject, and one of ja and en")]
    BadEntry(usize),
}

impl Fault for DirectoryError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotReadable(_) => "names-not-readable",
            Self::BadEntry(_) => "names-bad-entry",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    sha256: Option<String>,
    subject: Option<String>,
    ja: Option<String>,
    en: Option<String>,
}

impl Directory {
    /// Reads `[[name]]` tables with `sha256` (of the certificate) or `subject` (RFC 4514, as reports write it), and `ja`, `en`.
    ///
    /// # Errors
    /// [`DirectoryError`]; an entry is counted from 1.
    pub fn from_toml(text: &str) -> Result<Self, DirectoryError> {
        let file: File =
            toml::from_str(text).map_err(|error| DirectoryError::NotReadable(error.message().to_owned()))?;
        let mut directory = Self::default();
        for (index, entry) in file.name.into_iter().enumerate() {
            let bad = DirectoryError::BadEntry(index + 1);
            let Some(name) = DisplayName::new(entry.ja.as_deref(), entry.en.as_deref()) else { return Err(bad) };
            match (entry.sha256, entry.subject) {
                (Some(digits), None) => {
                    // As other tools write it, too: capitals, colons.
                    let digits = digits.replace(':', "").to_ascii_lowercase();
                    directory.certificates.insert(Sha256Hex::parse(&digits).ok_or(bad)?, name);
                }
                (None, Some(subject)) if !subject.is_empty() => {
                    directory.subjects.insert(subject, name);
                }
                _ => return Err(bad),
            }
        }
        Ok(directory)
    }

    /// Names a certificate, unless it has a name.
    pub fn name(&mut self, certificate: &Certificate, name: DisplayName) {
        self.certificates.entry(Sha256Hex::from_bytes(certificate.sha256())).or_insert(name);
    }

    /// Takes over another directory's names, in the place of those that are here.
    pub fn extend(&mut self, other: &Self) {
        self.certificates.extend(other.certificates.iter().map(|(key, name)| (key.clone(), name.clone())));
        self.subjects.extend(other.subjects.iter().map(|(key, name)| (key.clone(), name.clone())));
    }

    /// Returns a certificate's name: its own before its subject's.
    pub fn of(&self, certificate: &Certificate) -> Option<&DisplayName> {
        if self.certificates.is_empty() && self.subjects.is_empty() {
            return None;
        }
        let own = self.certificates.get(&Sha256Hex::from_bytes(certificate.sha256()));
        own.or_else(|| self.subjects.get(&certificate.subject()))
    }

    /// Returns the names on a path, leaf first. Only for paths that passed: anyone can write any subject into a certificate.
    pub fn of_path(&self, chain: &[Certificate]) -> PathNames {
        let mut names = chain.iter().map(|certificate| self.of(certificate).cloned());
        PathNames { own: names.next().flatten(), authority: names.flatten().next() }
    }
}

impl PathNames {
    /// Fills what is missing from another directory's names.
    pub fn or(self, other: Self) -> Self {
        Self { own: self.own.or(other.own), authority: self.authority.or(other.authority) }
    }
}

/// Returns a name on one line, without what steers a terminal or turns the direction of writing.
fn tidy(name: &str) -> Option<String> {
    let turns =
        |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let words: Vec<&str> = name.split_whitespace().collect();
    let plain: String = words.join(" ").chars().filter(|c| !c.is_control() && !turns(*c)).take(LONGEST).collect();
    (!plain.is_empty()).then_some(plain)
}
