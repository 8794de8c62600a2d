//! The parts of what is remembered: packed lines, each part under a key of its own, the same file in every copy.
//!
//! A part gets its name at once: before a proven index names it and has its key, it is nothing to anybody.

use super::disk;
use super::opening::DiskVault;
use super::root::{Place, Root};
use crate::digest::Sha256Hex;
use crate::office::ports::{MemoryPart, MemoryUnit, PartKey, VaultError};
use crate::office::side_by_side;
use crate::package::{self, PackageIdentity};
use flate2::Compression;
use flate2::read::{GzDecoder, GzEncoder};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;

/// The folder of the parts.
const PARTS: &str = "memory-parts";
/// The largest part, in bytes, as it lies there and unpacked.
const LONGEST_BYTES: u64 = 1 << 32;
/// Of the parts that stay, one of so many is read again whenever something is remembered.
const SAMPLE: u64 = 16;

impl DiskVault {
    pub(super) fn put_parts(&self, mut units: Vec<(MemoryUnit, Vec<u8>)>) -> Result<Vec<MemoryPart>, VaultError> {
        let _lock = self.lock()?;
        let sealed = side_by_side(&mut units, |(unit, lines)| seal(unit, lines))?;
        let sealed = sealed.into_iter().collect::<Result<Vec<_>, _>>()?;
        for root in &self.copies {
            let put = put_in(root, &sealed, self);
            if put.is_err() {
                // The trouble that stopped it is the one to report; what stays goes when something is remembered next.
                let _ = sealed.iter().try_for_each(|(part, _)| root.unname(&name(part)));
            }
            put?;
        }
        Ok(sealed.into_iter().map(|(part, _)| part).collect())
    }

    /// Opens a part from the first copy where it is what the index says.
    pub(super) fn open_part(&self, part: &MemoryPart) -> Result<Vec<u8>, VaultError> {
        let (mut first_trouble, name) = (None, name(part));
        for root in &self.copies {
            if !self.seen(root)? {
                continue;
            }
            match root.read(&name, LONGEST_BYTES) {
                Ok(Some(sealed)) if Sha256Hex::of(&sealed) == part.sha256 => return unpack(&sealed, part),
                Ok(_) => first_trouble = first_trouble.or(Some(VaultError::ReadBack { place: root.place(&name) })),
                Err(trouble) => first_trouble = first_trouble.or(Some(trouble)),
            }
        }
        Err(first_trouble.unwrap_or(VaultError::ReadBack { place: name }))
    }

    /// Tells whether every copy has these parts; a few of them, others each time, are read to their ends.
    pub(super) fn has_parts(&self, parts: &[MemoryPart], seq: u64) -> Result<bool, VaultError> {
        let wanted = names(parts);
        let turn = format!("{:x}", seq % SAMPLE);
        for root in &self.copies {
            let there = BTreeSet::from_iter(root.list(PARTS)?);
            if !wanted.is_subset(&there) {
                return Ok(false);
            }
            for part in parts.iter().filter(|part| part.sha256.as_str().starts_with(&turn)) {
                match root.measure(&name(part)) {
                    Ok((digest, _)) if digest == part.sha256 => {}
                    Err(trouble @ VaultError::Unavailable { .. }) => return Err(trouble),
                    _ => return Ok(false),
                }
            }
        }
        Ok(true)
    }

    /// Tells whether a copy has these parts, and no other.
    pub(super) fn has_no_other_parts(&self, root: &Root, parts: &[MemoryPart]) -> Result<bool, VaultError> {
        Ok(BTreeSet::from_iter(root.list(PARTS)?) == names(parts))
    }

    /// Removes every part but these.
    pub(super) fn remove_other_parts(&self, parts: &[MemoryPart]) -> Result<(), VaultError> {
        let wanted = names(parts);
        for root in &self.copies {
            let there = root.list(PARTS)?;
            there.iter().filter(|name| !wanted.contains(*name)).try_for_each(|name| root.unname(name))?;
            root.sync(PARTS)?;
        }
        Ok(())
    }
}

/// Names a part's file.
fn name(part: &MemoryPart) -> String {
    format!("{PARTS}/{}.part", part.sha256)
}

fn names(parts: &[MemoryPart]) -> BTreeSet<String> {
    parts.iter().map(name).collect()
}

/// Packs lines and encrypts them under a key of their own.
fn seal(unit: &MemoryUnit, lines: &[u8]) -> Result<(MemoryPart, Vec<u8>), VaultError> {
    let mut packed = Vec::new();
    let done = GzEncoder::new(lines, Compression::fast()).read_to_end(&mut packed);
    done.map_err(|error| VaultError::Disk { place: PARTS.to_owned(), source: error })?;
    let identity = PackageIdentity::generate();
    let sealed = package::seal(&packed, &identity)?;
    let (sha256, key) = (Sha256Hex::of(&sealed), PartKey::new(&identity.to_text()));
    Ok((MemoryPart { unit: unit.clone(), sha256, key }, sealed))
}

fn unpack(sealed: &[u8], part: &MemoryPart) -> Result<Vec<u8>, VaultError> {
    let identity = PackageIdentity::parse(part.key.secret())?;
    let packed = package::open(sealed, &identity, LONGEST_BYTES)?;
    let mut lines = Vec::new();
    let done = GzDecoder::new(packed.as_slice()).take(LONGEST_BYTES).read_to_end(&mut lines);
    done.map_err(|error| VaultError::Disk { place: name(part), source: error })?;
    Ok(lines)
}

/// Puts parts in one copy, made durable together and read back.
fn put_in(root: &Root, parts: &[(MemoryPart, Vec<u8>)], vault: &DiskVault) -> Result<(), VaultError> {
    let folder = match &root.place {
        Place::Bucket(_) => {
            return parts.iter().try_for_each(|(part, sealed)| root.put(&name(part), sealed, vault.checkpoint()));
        }
        Place::Folder(folder) => folder,
    };
    disk::make_folders(folder, &folder.join(PARTS))?;
    let path = |part: &MemoryPart| folder.join(name(part));
    parts.iter().try_for_each(|(part, sealed)| disk::write_unsynced(&path(part), sealed))?;
    let paths: Vec<PathBuf> = parts.iter().map(|(part, _)| path(part)).chain([folder.join(PARTS)]).collect();
    disk::sync_all(&[(folder, paths)])?;
    for (part, _) in parts {
        if disk::digest(&path(part))?.0 != part.sha256 {
            return Err(VaultError::ReadBack { place: root.place(&name(part)) });
        }
    }
    Ok(())
}
