//! The bag of a document that waits to be filed: its bytes, what was made of them, and nothing that is said about it.

use super::bag::{BagFile, DECLARATION, json, manifest, payload, payload_manifest, write_zip};
use super::contents::{PayloadEntry, PayloadRole};
use super::reading::{PackageLimits, take_payload, unpack};
use super::{Derivative, Original, PackageError};
use crate::digest::Sha256Hex;
use serde::{Deserialize, Serialize};

const WAITING_JSON: &str = "metadata/waiting.json";
const FORMAT: &str = "fumikura-waiting-1";

/// A document that waits, with what was made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingContents {
    /// The document as it came.
    pub original: Original,
    /// What was made of it.
    pub derivatives: Vec<Derivative>,
    /// The validation report of a signed document, as JSON.
    pub validation_report: Option<serde_json::Value>,
}

/// The document `metadata/waiting.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WaitingDocument {
    format: String,
    payload: Vec<PayloadEntry>,
    validation_report: Option<serde_json::Value>,
}

/// Writes a BagIt 1.0 bag in a stored ZIP below a base folder. The same contents always give the same bytes.
pub fn write_waiting_bag(base: &str, contents: &WaitingContents) -> Result<Vec<u8>, PackageError> {
    let (entries, payload) = payload(std::slice::from_ref(&contents.original), &contents.derivatives);
    let size_bytes: u64 = entries.iter().map(|entry| entry.size_bytes).sum();
    let mut tags: Vec<BagFile> = vec![
        ("bagit.txt".to_owned(), DECLARATION.as_bytes().into()),
        ("manifest-sha256.txt".to_owned(), payload_manifest(&entries).into_bytes().into()),
    ];
    let validation_report = contents.validation_report.clone();
    let document = WaitingDocument { format: FORMAT.to_owned(), payload: entries, validation_report };
    tags.push((WAITING_JSON.to_owned(), json(&document)?.into_bytes().into()));
    let tag_manifest = manifest(tags.iter().map(|(path, bytes)| (path.as_str(), Sha256Hex::of(bytes))));
    tags.push(("tagmanifest-sha256.txt".to_owned(), tag_manifest.into_bytes().into()));
    write_zip(base, tags.into_iter().chain(payload), size_bytes + (1 << 14))
}

/// Reads such a bag back; every digest, every name and the whole inventory must hold.
pub fn read_waiting_bag(bag: &[u8], limits: &PackageLimits) -> Result<WaitingContents, PackageError> {
    let mut files = unpack(bag, limits)?;
    let broken = |what: &str| PackageError::NotABag(format!("{WAITING_JSON} {what}"));
    let json = files.remove(WAITING_JSON).ok_or_else(|| PackageError::Missing { path: WAITING_JSON.to_owned() })?;
    let document: WaitingDocument =
        serde_json::from_slice(&json).map_err(|error| broken(&format!("cannot be read: {error}")))?;
    if document.format != FORMAT {
        return Err(broken("is of another format"));
    }
    let (mut originals, mut derivatives) = (Vec::new(), Vec::new());
    for entry in document.payload {
        let bytes = take_payload(&mut files, &entry)?;
        let PayloadEntry { role, name, media_type, sha256, .. } = entry;
        match role {
            PayloadRole::Original => originals.push(Original { name, media_type, bytes, sha256 }),
            PayloadRole::Derivative => derivatives.push(Derivative { kind: name, media_type, bytes }),
        }
    }
    let (Some(original), true) = (originals.pop(), originals.is_empty()) else {
        return Err(broken("does not name the one document"));
    };
    Ok(WaitingContents { original, derivatives, validation_report: document.validation_report })
}
