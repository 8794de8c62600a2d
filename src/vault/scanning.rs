//! What lies in the vault, compared with nothing: the office compares it with its rows.

use super::disk;
use super::opening::DiskVault;
use super::root::Root;
use crate::office::ports::{ListedPackage, PackageName, VaultError, VaultListing};
use std::collections::{BTreeMap, BTreeSet};

impl DiskVault {
    pub(super) fn scan_roots(&self) -> Result<VaultListing, VaultError> {
        self.all_present()?;
        let mut listing = VaultListing::default();
        let mut packages: BTreeMap<PackageName, (BTreeSet<usize>, BTreeSet<usize>)> = BTreeMap::new();
        for (index, root) in self.copies.iter().enumerate() {
            for package in names_in(root, &mut listing)? {
                packages.entry(package).or_default().0.insert(index);
            }
        }
        for (index, root) in self.keys.iter().enumerate() {
            for package in names_in(root, &mut listing)? {
                packages.entry(package).or_default().1.insert(index);
            }
        }
        for (package, (copies, keys)) in packages {
            if copies.is_empty() {
                listing.lone_keys.push(package);
                continue;
            }
            let copies = (0..self.copies.len()).map(|index| copies.contains(&index)).collect();
            let keys = (0..self.keys.len()).map(|index| keys.contains(&index)).collect();
            listing.packages.push(ListedPackage { package, copies, keys });
        }
        Ok(listing)
    }

    pub(super) fn sweep_temporary(&self) -> Result<Vec<String>, VaultError> {
        let _lock = self.lock()?;
        let mut removed = Vec::new();
        for root in self.copies.iter().chain(&self.keys) {
            for path in disk::list(&root.temporary())? {
                // Only what a write of ours could have left; anything else is a stranger and stays.
                if package_of(root, disk::name_of(&path)).is_some() {
                    disk::remove(&path)?;
                    removed.push(root.place(&path));
                }
            }
        }
        Ok(removed)
    }

    pub(super) fn quarantine_package(&self, package: PackageName) -> Result<Vec<String>, VaultError> {
        let _lock = self.lock()?;
        let mut places = Vec::new();
        for root in self.copies.iter().chain(&self.keys) {
            let path = root.path(package);
            if disk::exists(&path)? {
                places.push(root.set_aside(&path)?);
            }
        }
        if places.is_empty() { Err(VaultError::NoSuchPackage(package)) } else { Ok(places) }
    }
}

/// Returns the packages that have a file in a root; notes leftovers, quarantine and strangers on the way.
fn names_in(root: &Root, listing: &mut VaultListing) -> Result<Vec<PackageName>, VaultError> {
    let mut packages = Vec::new();
    for first in disk::list(&root.folder.join("v1"))? {
        for second in folder_or_stranger(root, &first, listing)? {
            for path in folder_or_stranger(root, &second, listing)? {
                match package_of(root, disk::name_of(&path)) {
                    Some(package) if root.path(package) == path && is_plain_file(&path)? => packages.push(package),
                    _ => listing.strangers.push(root.place(&path)),
                }
            }
        }
    }
    for path in disk::list(&root.temporary())? {
        let known = package_of(root, disk::name_of(&path)).is_some();
        let kind = if known { &mut listing.leftovers } else { &mut listing.strangers };
        kind.push(root.place(&path));
    }
    listing.quarantined.extend(disk::list(&root.quarantine())?.iter().map(|path| root.place(path)));
    Ok(packages)
}

fn folder_or_stranger(
    root: &Root,
    path: &std::path::Path,
    listing: &mut VaultListing,
) -> Result<Vec<std::path::PathBuf>, VaultError> {
    let metadata = std::fs::symlink_metadata(path).map_err(|error| disk::trouble(path, error))?;
    if metadata.is_dir() {
        return disk::list(path);
    }
    listing.strangers.push(root.place(path));
    Ok(Vec::new())
}

fn is_plain_file(path: &std::path::Path) -> Result<bool, VaultError> {
    let metadata = std::fs::symlink_metadata(path).map_err(|error| disk::trouble(path, error))?;
    Ok(metadata.is_file())
}

/// Reads `<record-id>.<version>.<ending>`.
fn package_of(root: &Root, name: &str) -> Option<PackageName> {
    name.strip_suffix(root.ending)?.strip_suffix('.')?.parse().ok()
}
