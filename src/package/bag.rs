//! Writes the bag (RFC 8493): payload under `data/`, what is said about it under `metadata/`, two manifests.

use super::contents::{PayloadEntry, PayloadRole, RecordDocument};
use super::premis::premis_xml;
use super::{Derivative, Original, PackageContents, PackageError};
use crate::digest::Sha256Hex;
use crate::ledger::canonical_json;
use crate::time::japanese_date;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write as _;

pub(super) const DECLARATION: &str = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
pub(super) const RECORD_JSON: &str = "metadata/record.json";
pub(super) const VALIDATION_JSON: &str = "metadata/validation.json";
pub(super) const FORMAT: &str = "fumikura-package-1";
const PREMIS_XML: &str = "metadata/premis.xml";

/// One file of the bag: its path below the bag's base folder, and its bytes.
pub(super) type BagFile<'a> = (String, Cow<'a, [u8]>);

/// Writes the contents as a BagIt 1.0 bag in a stored ZIP. The same contents always give the same bytes.
///
/// The ZIP has one folder, named `<record-id>.<version>`, which is the bag's base folder (RFC 8493, 4).
pub fn write_bag(contents: &PackageContents) -> Result<Vec<u8>, PackageError> {
    if contents.originals.is_empty() {
        return Err(PackageError::NoOriginal);
    }
    let (entries, payload) = payload(&contents.originals, &contents.derivatives);
    let size_bytes: u64 = entries.iter().map(|entry| entry.size_bytes).sum();
    let oxum = format!("{size_bytes}.{}", entries.len());
    let mut tags: Vec<BagFile> = vec![
        ("bagit.txt".to_owned(), DECLARATION.as_bytes().into()),
        ("bag-info.txt".to_owned(), bag_info(contents, &oxum).into_bytes().into()),
        ("manifest-sha256.txt".to_owned(), payload_manifest(&entries).into_bytes().into()),
        (PREMIS_XML.to_owned(), premis_xml(contents, &entries).into_bytes().into()),
    ];
    let document = record_document(contents, entries);
    tags.push((RECORD_JSON.to_owned(), json(&document)?.into_bytes().into()));
    if let Some(report) = &contents.validation_report {
        tags.push((VALIDATION_JSON.to_owned(), json(report)?.into_bytes().into()));
    }
    tags.sort_by(|a, b| a.0.cmp(&b.0));
    let tag_manifest = manifest(tags.iter().map(|(path, bytes)| (path.as_str(), Sha256Hex::of(bytes))));
    tags.push(("tagmanifest-sha256.txt".to_owned(), tag_manifest.into_bytes().into()));
    let base = format!("{}.{}", contents.metadata.record, contents.metadata.version);
    // What is said about the files takes a few kilobytes.
    write_zip(&base, tags.into_iter().chain(payload), size_bytes + (1 << 14))
}

/// Writes files below a base folder into a stored ZIP of about so many bytes. The same files always give the same bytes.
pub fn write_zip<'a>(
    base: &str,
    files: impl Iterator<Item = BagFile<'a>>,
    size_bytes: u64,
) -> Result<Vec<u8>, PackageError> {
    zip(base, files, size_bytes).map_err(|error| PackageError::NotMade(error.to_string()))
}

/// Makes the document that says what the record is.
pub(super) fn record_document(contents: &PackageContents, payload: Vec<PayloadEntry>) -> RecordDocument {
    RecordDocument {
        format: FORMAT.to_owned(),
        metadata: contents.metadata.clone(),
        payload,
        events: contents.events.clone(),
    }
}

/// Returns the files of a payload, and what a package says of each.
pub(super) fn payload<'a>(
    originals: &'a [Original],
    derivatives: &'a [Derivative],
) -> (Vec<PayloadEntry>, Vec<BagFile<'a>>) {
    let originals = originals.iter().enumerate().map(|(index, original)| {
        let path = format!("data/original/{:04}.{}", index + 1, extension(&original.name));
        let sha256 = original.sha256.clone();
        (PayloadRole::Original, path, &original.name, &original.media_type, original.bytes.as_slice(), sha256)
    });
    let derivatives = derivatives.iter().enumerate().map(|(index, derivative)| {
        let path = format!("data/derivative/{:04}.{}", index + 1, extension_of_media(&derivative.media_type));
        let bytes = derivative.bytes.as_slice();
        (PayloadRole::Derivative, path, &derivative.kind, &derivative.media_type, bytes, Sha256Hex::of(bytes))
    });
    let (mut entries, mut files) = (Vec::new(), Vec::new());
    for (role, path, name, media_type, bytes, sha256) in originals.chain(derivatives) {
        entries.push(PayloadEntry {
            role,
            path: path.clone(),
            name: name.clone(),
            media_type: media_type.clone(),
            size_bytes: bytes.len() as u64,
            sha256,
        });
        files.push((path, Cow::Borrowed(bytes)));
    }
    (entries, files)
}

/// Returns the end of a name where it is short and plain, else `bin`. Nothing else of a name reaches a disk.
pub(super) fn extension(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((_, end)) if (1..=8).contains(&end.len()) && end.bytes().all(|c| c.is_ascii_alphanumeric()) => {
            end.to_ascii_lowercase()
        }
        _ => "bin".to_owned(),
    }
}

pub(super) fn extension_of_media(media_type: &str) -> &'static str {
    match media_type.split(';').next().map(str::trim) {
        Some("application/pdf") => "pdf",
        Some("text/plain") => "txt",
        Some("application/json") => "json",
        Some("application/xml" | "text/xml") => "xml",
        Some("image/png") => "png",
        Some("image/jpeg") => "jpg",
        Some("image/tiff") => "tif",
        _ => "bin",
    }
}

fn bag_info(contents: &PackageContents, oxum: &str) -> String {
    let metadata = &contents.metadata;
    let creator = one_line(&metadata.creator);
    let mut text = String::new();
    if !creator.is_empty() {
        let _ = writeln!(text, "Source-Organization: {creator}");
    }
    let _ = writeln!(text, "Bagging-Date: {}", japanese_date(metadata.packaged_at));
    let _ = writeln!(text, "External-Identifier: {}.{}", metadata.record, metadata.version);
    let _ = writeln!(text, "Bag-Software-Agent: fumikura {}", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(text, "Payload-Oxum: {oxum}");
    text
}

/// Joins everything between line breaks and other control characters by single blanks.
fn one_line(text: &str) -> String {
    let blanked: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    blanked.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn payload_manifest(entries: &[PayloadEntry]) -> String {
    manifest(entries.iter().map(|entry| (entry.path.as_str(), entry.sha256.clone())))
}

pub(super) fn manifest<'a>(files: impl Iterator<Item = (&'a str, Sha256Hex)>) -> String {
    let mut lines: Vec<String> = files.map(|(path, sha256)| format!("{sha256}  {path}\n")).collect();
    lines.sort_by(|a, b| a.get(66..).cmp(&b.get(66..)));
    lines.concat()
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<String, PackageError> {
    canonical_json(value).ok_or_else(|| PackageError::NotMade("its metadata have no JSON form".to_owned()))
}

fn zip<'a>(base: &str, files: impl Iterator<Item = BagFile<'a>>, bytes: u64) -> zip::result::ZipResult<Vec<u8>> {
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::DEFAULT)
        .unix_permissions(0o644);
    let room = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(room));
    for (path, bytes) in files {
        let large = bytes.len() as u64 >= u64::from(u32::MAX);
        writer.start_file(format!("{base}/{path}"), options.large_file(large))?;
        writer.write_all(&bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}
