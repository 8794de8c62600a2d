//! Reads a bag back, checking everything it says of itself.

use super::bag::{DECLARATION, FORMAT, RECORD_JSON, VALIDATION_JSON};
use super::contents::{PayloadEntry, PayloadRole, RecordDocument};
use super::{Derivative, Original, PackageContents, PackageError};
use crate::digest::Sha256Hex;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};

/// How much a reader takes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackageLimits {
    /// Bytes of the whole bag, and of its unpacked files together.
    pub bag_bytes: u64,
    /// Files in it.
    pub files: usize,
}

impl Default for PackageLimits {
    /// Two gibibytes, as it is all held in memory; ten thousand files, far more than a record has.
    fn default() -> Self {
        Self { bag_bytes: 2 << 30, files: 10_000 }
    }
}

/// Reads a bag back into its contents; every digest, every name and the whole inventory must hold.
pub fn read_bag(bag: &[u8], limits: &PackageLimits) -> Result<PackageContents, PackageError> {
    let mut files = unpack(bag, limits)?;
    let document: RecordDocument = json(&files, RECORD_JSON)?;
    if document.format != FORMAT {
        return Err(PackageError::NotABag(format!("its format is not {FORMAT}")));
    }
    let validation_report =
        if files.contains_key(VALIDATION_JSON) { Some(json(&files, VALIDATION_JSON)?) } else { None };
    let RecordDocument { metadata, payload, events, .. } = document;
    let (mut originals, mut derivatives) = (Vec::new(), Vec::new());
    for entry in payload {
        let bytes = take_payload(&mut files, &entry)?;
        let PayloadEntry { role, name, media_type, sha256, .. } = entry;
        match role {
            PayloadRole::Original => originals.push(Original { name, media_type, bytes, sha256 }),
            PayloadRole::Derivative => derivatives.push(Derivative { kind: name, media_type, bytes }),
        }
    }
    if let Some(path) = files.keys().find(|path| path.starts_with("data/")) {
        return Err(PackageError::Unlisted { path: path.clone() });
    }
    Ok(PackageContents { metadata, originals, derivatives, events, validation_report })
}

/// Takes a file out of an unpacked bag, and holds it to what the bag says of it.
pub(super) fn take_payload(
    files: &mut BTreeMap<String, Vec<u8>>,
    entry: &PayloadEntry,
) -> Result<Vec<u8>, PackageError> {
    let path = entry.path.clone();
    let bytes = files.remove(&path).ok_or_else(|| PackageError::Missing { path: path.clone() })?;
    if entry.size_bytes != bytes.len() as u64 || entry.sha256 != Sha256Hex::of(&bytes) {
        return Err(PackageError::Changed { path });
    }
    Ok(bytes)
}

/// Returns every file in the bag by its path below the base folder, digests checked, for an export to a folder.
pub fn unpack(bag: &[u8], limits: &PackageLimits) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    let files = unzip(bag, limits)?;
    let declaration = files.get("bagit.txt").map(Vec::as_slice);
    if declaration != Some(DECLARATION.as_bytes()) {
        return Err(PackageError::NotABag("bagit.txt is missing or of another version".to_owned()));
    }
    let payload = manifest(&files, "manifest-sha256.txt")?;
    let tags = manifest(&files, "tagmanifest-sha256.txt")?;
    for (path, digest) in payload.iter().chain(&tags) {
        let bytes = files.get(path).ok_or_else(|| PackageError::Missing { path: path.clone() })?;
        if Sha256Hex::of(bytes) != *digest {
            return Err(PackageError::Changed { path: path.clone() });
        }
    }
    for path in files.keys().filter(|path| path.as_str() != "tagmanifest-sha256.txt") {
        let named = if path.starts_with("data/") { payload.contains_key(path) } else { tags.contains_key(path) };
        if !named {
            return Err(PackageError::Unlisted { path: path.clone() });
        }
    }
    Ok(files)
}

fn unzip(bag: &[u8], limits: &PackageLimits) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    let not_a_zip = |message: &dyn std::fmt::Display| PackageError::NotAZip(message.to_string());
    let too_large = PackageError::TooLarge { limit: limits.bag_bytes, unit: "bytes" };
    if bag.len() as u64 > limits.bag_bytes {
        return Err(too_large);
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bag)).map_err(|error| not_a_zip(&error))?;
    if archive.len() > limits.files {
        return Err(PackageError::TooLarge { limit: limits.files as u64, unit: "files" });
    }
    let (mut files, mut base, mut left_bytes) = (BTreeMap::new(), None, limits.bag_bytes);
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).map_err(|error| not_a_zip(&error))?;
        if file.compression() != zip::CompressionMethod::Stored || file.encrypted() || !file.is_file() {
            return Err(not_a_zip(&"an entry is not a plain stored file"));
        }
        let name = file.name().map_err(|error| not_a_zip(&error))?.into_owned();
        let (folder, path) = safe_path(&name).ok_or_else(|| not_a_zip(&"an entry has an unsafe name"))?;
        if base.get_or_insert_with(|| folder.to_owned()) != folder {
            return Err(PackageError::NotABag("it has more than one base folder".to_owned()));
        }
        let path = path.to_owned();
        let mut bytes = Vec::with_capacity(usize::try_from(file.size().min(bag.len() as u64)).unwrap_or_default());
        let read = file.by_ref().take(left_bytes.saturating_add(1)).read_to_end(&mut bytes);
        let read = read.map_err(|error| not_a_zip(&error))? as u64;
        left_bytes =
            left_bytes.checked_sub(read).ok_or(PackageError::TooLarge { limit: limits.bag_bytes, unit: "bytes" })?;
        if files.insert(path, bytes).is_some() {
            return Err(not_a_zip(&"two entries have one name"));
        }
    }
    Ok(files)
}

/// Splits a name into base folder and path; none where any part could leave the folder or hide.
fn safe_path(name: &str) -> Option<(&str, &str)> {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_'))
    };
    let (base, path) = name.split_once('/')?;
    (plain(base) && path.split('/').all(plain)).then_some((base, path))
}

fn manifest(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Result<BTreeMap<String, Sha256Hex>, PackageError> {
    let bytes = files.get(name).ok_or_else(|| PackageError::Missing { path: name.to_owned() })?;
    let unreadable = || PackageError::NotABag(format!("{name} cannot be read"));
    let text = std::str::from_utf8(bytes).map_err(|_| unreadable())?;
    let mut lines = BTreeMap::new();
    for line in text.lines() {
        let (digest, path) = line.split_once("  ").ok_or_else(unreadable)?;
        let digest = Sha256Hex::parse(digest).ok_or_else(unreadable)?;
        if lines.insert(path.to_owned(), digest).is_some() {
            return Err(unreadable());
        }
    }
    Ok(lines)
}

fn json<T: serde::de::DeserializeOwned>(files: &BTreeMap<String, Vec<u8>>, path: &str) -> Result<T, PackageError> {
    let bytes = files.get(path).ok_or_else(|| PackageError::Missing { path: path.to_owned() })?;
    serde_json::from_slice(bytes).map_err(|error| PackageError::NotABag(format!("{path} cannot be read: {error}")))
}
