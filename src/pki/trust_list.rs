//! A dated list of trust anchors (N11): which certificate is believed from when to when, for what, and how it is called; for
//! example the timestamping services that the minister accredited (総務大臣認定).

use super::anchors::{AnchorUse, Belief, Term};
use super::directory::DisplayName;
use crate::digest::Sha256Hex;
use crate::fault::{Fault, Kind};
use crate::time::{Date, Instant, japanese_midnight};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A list as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustList {
    /// The trusted list that it was made from, where it was.
    pub origin: Option<ListOrigin>,
    /// What it says.
    pub entries: Vec<TrustEntry>,
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustEntry {
    /// The file of certificates, relative to the list.
    pub file: PathBuf,
    /// What is believed of them.
    pub belief: Belief,
    /// How they are called.
    pub name: Option<DisplayName>,
}

/// The trusted list (ETSI TS 119 612) that a dated list was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListOrigin {
    /// Who keeps it.
    pub operator: String,
    /// Its territory, for example `BE`.
    pub territory: String,
    /// The URI of its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its sequence number, which only grows.
    pub sequence: u64,
    /// When it was issued.
    pub issued: Instant,
    /// When the next one is due at the latest. Later it is judged by no more; without it, it is judged by for ever.
    pub next_update: Option<Instant>,
    /// The SHA-256 of its file.
    pub sha256: Sha256Hex,
    /// The SHA-256 of the certificate whose key signed it.
    pub signer_sha256: Sha256Hex,
}

/// What can be wrong with a list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustListError {
    /// The file is not TOML of the expected form.
    #[error("the list is not readable: {0}")]
    NotReadable(String),
    /// A term ends before it begins.
    #[error("the term of {0} ends before it begins")]
    BackwardTerm(String),
    /// The list cannot be written.
    #[error("the list cannot be written: {0}")]
    NotWritable(String),
}

impl Fault for TrustListError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotReadable(_) => "trust-list-not-readable",
            Self::BackwardTerm(_) => "trust-list-backward-term",
            Self::NotWritable(_) => "trust-list-not-writable",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotReadable(_) | Self::BackwardTerm(_) => Kind::Refused,
            Self::NotWritable(_) => Kind::Defect,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    list: Option<ListOrigin>,
    #[serde(default)]
    anchor: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: PathBuf,
    from: Option<From>,
    until: Option<Date>,
    before: Option<Instant>,
    #[serde(rename = "use")]
    anchor_use: Option<Use>,
    name: Option<String>,
    name_ja: Option<String>,
}

/// A day in Japan, or an instant.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum From {
    Instant(Instant),
    Day(Date),
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Use {
    Signing,
    Timestamping,
}

impl TrustList {
    /// Reads `[[anchor]]` tables with `file`; as days in Japan `from` and `until`, or as instants `from` and `before`;
    /// `use` (`signing` or `timestamping`); `name` and `name_ja`; and a `[list]` table where it was made from a trusted list.
    pub fn from_toml(text: &str) -> Result<Self, TrustListError> {
        let file: File =
            toml::from_str(text).map_err(|error| TrustListError::NotReadable(error.message().to_owned()))?;
        if file.list.is_none() && file.anchor.is_empty() {
            return Err(TrustListError::NotReadable("there is no [[anchor]]".to_owned()));
        }
        let fresh_until = file.list.as_ref().and_then(|list| list.next_update);
        let entries = file.anchor.into_iter().map(|entry| entry.read(fresh_until)).collect::<Result<_, _>>()?;
        Ok(Self { origin: file.list, entries })
    }

    /// Writes the list as it is read.
    pub fn to_toml(&self) -> Result<String, TrustListError> {
        let file = File { list: self.origin.clone(), anchor: self.entries.iter().map(Entry::of).collect() };
        toml::to_string(&file).map_err(|error| TrustListError::NotWritable(error.to_string()))
    }
}

impl Entry {
    fn read(self, fresh_until: Option<Instant>) -> Result<TrustEntry, TrustListError> {
        let Term { before: after_last_day, .. } = Term::days(None, self.until);
        let from = self.from.and_then(|from| match from {
            From::Instant(instant) => Some(instant),
            From::Day(day) => japanese_midnight(day),
        });
        let before = match (after_last_day, self.before) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let term = Term { from, before };
        if let (Some(from), Some(before)) = (from, before)
            && before <= from
        {
            return Err(TrustListError::BackwardTerm(self.file.display().to_string()));
        }
        let anchor_use = match self.anchor_use {
            None => AnchorUse::Any,
            Some(Use::Signing) => AnchorUse::Signing,
            Some(Use::Timestamping) => AnchorUse::Timestamping,
        };
        let name = DisplayName::new(self.name_ja.as_deref(), self.name.as_deref());
        Ok(TrustEntry { file: self.file, belief: Belief { term, anchor_use, fresh_until }, name })
    }

    fn of(entry: &TrustEntry) -> Self {
        let name = entry.name.as_ref();
        Self {
            file: entry.file.clone(),
            from: entry.belief.term.from.map(From::Instant),
            until: None,
            before: entry.belief.term.before,
            anchor_use: match entry.belief.anchor_use {
                AnchorUse::Any => None,
                AnchorUse::Signing => Some(Use::Signing),
                AnchorUse::Timestamping => Some(Use::Timestamping),
            },
            name: name.map(|name| name.en.clone()),
            name_ja: name.map(|name| name.ja.clone()),
        }
    }
}
