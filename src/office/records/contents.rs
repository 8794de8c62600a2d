//! What documents say: read when they are filed, sealed under the keys of their packages, brought into the index of contents,
//! read again from the packages where the database does not have it, and forgotten with them.

use super::error::FilingError;
use super::views::{NewRecord, TextsRead};
use crate::id::RecordId;
use crate::office::ports::{IndexKeys, PackageName, RecordRow, RecordText, Vault, VaultError};
use crate::office::{Office, OfficeError, side_by_side};
use crate::package::{Derivative, PackageContents, PackageLimits, read_bag};
use crate::records::{SearchWords, normal_form, terms};
use crate::texts::{DocumentText, LONGEST_TEXT_BYTES, SealError, Sealer, SealingKey, pack, text_of, unpack};
use std::collections::BTreeMap;

/// The kind of derivative that a document's text is.
const TEXT: &str = "text";
/// Kinds of derivatives, each with the PREMIS event by which it is made.
const KINDS: [(&str, &str); 4] =
    [("pdfa", "normalization"), ("pdf", "migration"), (TEXT, "creation"), ("thumbnail", "creation")];
/// Derivatives of a document.
const MOST_DERIVATIVES: usize = 16;
/// What a text is sealed for.
const PLACE: &[u8] = b"text";
/// Packages that are read at once for their texts, and at a start.
const AT_ONCE: u32 = 64;
const AT_A_START: u64 = 64;

/// What a document says, on its way into the database.
pub(super) struct Said {
    text: Option<String>,
    terms: Vec<u32>,
}

impl Said {
    /// Takes a text with what else the record is found by.
    fn of(title: &str, number: Option<&str>, text: Option<String>) -> Self {
        let normals: Vec<String> =
            [Some(title), number, text.as_deref()].into_iter().flatten().map(normal_form).collect();
        // What has no text is found by title and number already.
        let terms = if text.is_some() { terms(normals.iter().map(String::as_str)) } else { Vec::new() };
        Self { text, terms }
    }
}

/// Refuses derivatives that nobody would know what to do with.
pub(super) fn check_derivatives(new: &NewRecord) -> Result<(), FilingError> {
    if new.derivatives.len() > MOST_DERIVATIVES {
        return Err(FilingError::Derivative("too many of them".to_owned()));
    }
    for derivative in &new.derivatives {
        if !KINDS.iter().any(|(kind, _)| *kind == derivative.kind) {
            return Err(FilingError::Derivative(format!("no kind {:?}", derivative.kind)));
        }
        if derivative.kind == TEXT && std::str::from_utf8(&derivative.bytes).is_err() {
            return Err(FilingError::Derivative("a text that is not UTF-8".to_owned()));
        }
    }
    if new.derivatives.iter().filter(|derivative| derivative.kind == TEXT).count() > 1 {
        return Err(FilingError::Derivative("two texts".to_owned()));
    }
    Ok(())
}

/// Reads what a document says: what somebody read on it already, else what stands in its bytes; the latter becomes a
/// derivative, so that an index can be made anew from the packages. Returns that, and what the package is to say of how its
/// derivatives came about: PREMIS events with their details. Long work.
pub(super) fn hear(new: &mut NewRecord) -> (Said, Vec<(&'static str, String)>) {
    let mut details: Vec<(&'static str, String)> = new
        .derivatives
        .iter()
        .filter_map(|one| Some((event_of(&one.kind)?, format!("derivative: {}, {}", one.kind, one.media_type))))
        .collect();
    let text = match new.derivatives.iter().find(|derivative| derivative.kind == TEXT) {
        Some(derivative) => derivative_text(derivative),
        None => {
            let found = text_of(&new.bytes, &new.media_type);
            if let Some(found) = &found {
                let cut = if found.is_cut { ", cut: the document has more" } else { "" };
                details.push(("creation", format!("derivative: text that stands in the original{cut}")));
                new.derivatives.push(Derivative {
                    kind: TEXT.to_owned(),
                    media_type: "text/plain; charset=utf-8".to_owned(),
                    bytes: found.text.clone().into_bytes(),
                });
            }
            found.map(|found| found.text)
        }
    };
    (Said::of(&new.title, new.number.as_deref(), text), details)
}

fn event_of(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|(known, _)| *known == kind).map(|(_, event)| *event)
}

fn derivative_text(derivative: &Derivative) -> Option<String> {
    let text = DocumentText::of(std::str::from_utf8(&derivative.bytes).ok()?);
    (!text.is_empty()).then_some(text.text)
}

/// Returns what a package says: its text, else what stands in its first original.
fn text_in(contents: &PackageContents) -> Option<String> {
    match contents.derivatives.iter().find(|derivative| derivative.kind == TEXT) {
        Some(derivative) => derivative_text(derivative),
        None => {
            let original = contents.originals.first()?;
            text_of(&original.bytes, &original.media_type).map(|found| found.text)
        }
    }
}

/// Seals what documents say, each under the key of its package; what has no key now is left out, and read later.
pub(super) fn sealed(vault: &dyn Vault, said: Vec<(PackageName, Said)>) -> Vec<RecordText> {
    let with_text: Vec<PackageName> =
        said.iter().filter(|(_, said)| said.text.is_some()).map(|(package, _)| *package).collect();
    let keys = vault.text_keys(&with_text).unwrap_or_default();
    let keys: BTreeMap<PackageName, SealingKey> =
        with_text.into_iter().zip(keys).filter_map(|(package, key)| Some((package, key.ok()?))).collect();
    let mut said = said;
    let sealed = side_by_side(&mut said, |(package, said)| {
        let sealed = match &said.text {
            Some(text) => Some(seal(keys.get(package)?, text).ok()?),
            None => None,
        };
        Some(RecordText { record: package.record, sealed, terms: std::mem::take(&mut said.terms) })
    });
    sealed.unwrap_or_default().into_iter().flatten().collect()
}

fn seal(key: &SealingKey, text: &str) -> Result<Vec<u8>, SealError> {
    Sealer::new(key)?.seal(PLACE, &pack(text)?)
}

/// Opens a text as it lies in the database.
pub(super) fn open(key: &SealingKey, sealed: &[u8]) -> Result<String, SealError> {
    unpack(&Sealer::new(key)?.open(PLACE, sealed)?, LONGEST_TEXT_BYTES)
}

impl Office {
    /// Returns what the index of contents is sealed under in a unit of work.
    pub(super) fn index_keys(&self) -> Result<IndexKeys, OfficeError> {
        Ok(IndexKeys { secret: self.vault.index_secret()?, seed: self.random()? })
    }

    /// Reads packages for their texts that are not in the database yet, those after a record, some dozen of them; also in a
    /// copy that nobody has confirmed, as the index says nothing of its own. What cannot be read now is passed over.
    ///
    /// It is done when the answer says that there is none after it; what was passed over then waits for the next time.
    pub async fn read_texts(&self, after: Option<RecordId>) -> Result<TextsRead, OfficeError> {
        let keys = self.index_keys()?;
        let mut tx = self.read().await?;
        let waiting = tx.texts_to_read(after, AT_ONCE).await?;
        let after = waiting.last().map(|(record, _)| *record);
        let rows = tx.records_with(&SearchWords::default(), &ids(&waiting)).await?;
        drop(tx);
        let mut rows: BTreeMap<RecordId, RecordRow> = rows.into_iter().map(|row| (row.record.id, row)).collect();
        let mut there: Vec<(RecordRow, Option<Vec<u8>>)> =
            waiting.into_iter().filter_map(|(id, sealed)| Some((rows.remove(&id)?, sealed))).collect();
        there.retain(|(row, _)| row.record.state.keeps_bytes());
        let heard = there.iter().map(|(row, _)| row.clone()).collect::<Vec<_>>();
        let texts = self.with_vault(move |vault| heard_again(vault, there)).await?;
        let read = texts.len() as u64;
        let mut tx = self.begin_on_any_copy().await?;
        // What is called otherwise by now is read again.
        let those: Vec<RecordId> = heard.iter().map(|row| row.record.id).collect();
        let now = tx.records_with(&SearchWords::default(), &those).await?;
        let now: BTreeMap<RecordId, RecordRow> = now.into_iter().map(|row| (row.record.id, row)).collect();
        let is_same = |text: &RecordText| {
            let (then, now) = (heard.iter().find(|row| row.record.id == text.record), now.get(&text.record));
            then.zip(now).is_some_and(|(then, now)| {
                then.record.title == now.record.title
                    && then.record.number == now.record.number
                    && then.receipt == now.receipt
            })
        };
        let texts: Vec<RecordText> = texts.into_iter().filter(is_same).collect();
        tx.put_texts(&keys, &texts).await?;
        tx.commit().await?;
        Ok(TextsRead { read, passed_over: heard.len() as u64 - read, after })
    }

    /// Reads some dozen texts that a crash left unread; what is much more the service does while it runs.
    pub(super) async fn read_some_texts(&self) -> Result<u64, OfficeError> {
        let (mut read, mut after) = (0, None);
        while read < AT_A_START {
            let some = self.read_texts(after).await?;
            read += some.read;
            after = some.after;
            if after.is_none() {
                break;
            }
        }
        Ok(read)
    }

    /// Sees to it that what was destroyed can be read neither in the index of contents nor in a log of the database.
    pub(in crate::office) async fn settle_database(&self) -> Result<(), OfficeError> {
        while self.read().await?.has_texts_left().await? {
            let keys = self.index_keys()?;
            let mut tx = self.begin().await?;
            tx.forget_texts(&keys).await?;
            tx.commit().await?;
        }
        Ok(self.store.settle().await?)
    }
}

fn ids<T>(waiting: &[(RecordId, T)]) -> Vec<RecordId> {
    waiting.iter().map(|(id, _)| *id).collect()
}

/// Reads what records say: from the text that lies in the database of an earlier time, else from the package.
fn heard_again(vault: &dyn Vault, there: Vec<(RecordRow, Option<Vec<u8>>)>) -> Result<Vec<RecordText>, VaultError> {
    let mut there = there;
    let said = side_by_side(&mut there, |(row, sealed)| {
        let package = row.receipt.package;
        let known = sealed.as_ref().and_then(|sealed| {
            let key = vault.text_keys(&[package]).ok()?.into_iter().next()?.ok()?;
            open(&key, sealed).ok()
        });
        let text = match known {
            Some(text) => Some(text),
            None => {
                let bag = vault.read(package, &row.receipt.sealed_sha256).ok()?;
                text_in(&read_bag(&bag, &PackageLimits::default()).ok()?)
            }
        };
        Some((package, Said::of(&row.record.title, row.record.number.as_deref(), text)))
    })?;
    Ok(sealed(vault, said.into_iter().flatten().collect()))
}
