//! What lies in the vault, compared with nothing: the office compares it with its rows.

use super::disk;
use super::opening::DiskVault;
use super::remembering::seq_of;
use super::root::{PACKAGES, Place, QUARANTINE, Root, TEMPORARY, last};
use crate::office::ports::{ListedPackage, PackageName, VaultError, VaultListing};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

impl DiskVault {
    pub(super) fn scan_roots(&self) -> Result<VaultListing, VaultError> {
        self.all_present()?;
        self.list_roots(|_| Ok(true))
    }

    pub(super) fn scan_seen_roots(&self) -> Result<VaultListing, VaultError> {
        self.list_roots(|root| self.seen(root))
    }

    fn list_roots(&self, seen: impl Fn(&Root) -> Result<bool, VaultError>) -> Result<VaultListing, VaultError> {
        let mut listing = VaultListing::default();
        let mut packages: BTreeMap<PackageName, (BTreeSet<usize>, BTreeSet<usize>)> = BTreeMap::new();
        for (index, root) in self.copies.iter().enumerate() {
            if !seen(root)? {
                listing.unseen.push(root.label.clone());
                continue;
            }
            for package in names_in(root, &mut listing)? {
                packages.entry(package).or_default().0.insert(index);
            }
        }
        for (index, root) in self.keys.iter().enumerate() {
            seen(root)?;
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
            for name in root.list(TEMPORARY)? {
                // Only what a write of ours could have left; anything else is a stranger and stays.
                if is_ours(root, &name) {
                    root.remove(&name)?;
                    removed.push(root.place(&name));
                }
            }
        }
        Ok(removed)
    }

    pub(super) fn quarantine_package(&self, package: PackageName) -> Result<Vec<String>, VaultError> {
        let _lock = self.lock()?;
        let mut places = Vec::new();
        for root in self.copies.iter().chain(&self.keys) {
            let name = root.name(package);
            if root.exists(&name)? {
                places.push(root.set_aside(&name)?);
            }
        }
        if places.is_empty() { Err(VaultError::NoSuchPackage(package)) } else { Ok(places) }
    }
}

/// Returns the packages that have a file in a root; notes leftovers, quarantine and strangers on the way.
fn names_in(root: &Root, listing: &mut VaultListing) -> Result<Vec<PackageName>, VaultError> {
    let mut packages = Vec::new();
    let found = match &root.place {
        Place::Folder(folder) => in_folders(root, folder, listing)?,
        Place::Bucket(bucket) => bucket.list(PACKAGES)?,
    };
    for name in found {
        match package_of(root, &name) {
            Some(package) if root.name(package) == name => packages.push(package),
            _ => listing.strangers.push(root.place(&name)),
        }
    }
    for name in root.list(TEMPORARY)? {
        let kind = if is_ours(root, &name) { &mut listing.leftovers } else { &mut listing.strangers };
        kind.push(root.place(&name));
    }
    listing.quarantined.extend(root.list(QUARANTINE)?.iter().map(|name| root.place(name)));
    Ok(packages)
}

/// Lists the plain files two folders below the one of the packages; anything else there is a stranger.
fn in_folders(root: &Root, folder: &Path, listing: &mut VaultListing) -> Result<Vec<String>, VaultError> {
    let mut files = Vec::new();
    let mut stack: Vec<(String, usize)> = root.list(PACKAGES)?.into_iter().map(|name| (name, 1)).collect();
    stack.reverse();
    while let Some((name, depth)) = stack.pop() {
        // A name that is no text is not found by its text: nothing of ours.
        let kind = disk::kind(&folder.join(&name))?;
        match depth {
            1 | 2 if kind.is_some_and(|kind| kind.is_dir()) => {
                stack.extend(root.list(&name)?.into_iter().rev().map(|name| (name, depth + 1)));
            }
            3 if kind.is_some_and(|kind| kind.is_file()) => files.push(name),
            _ => listing.strangers.push(root.place(&name)),
        }
    }
    Ok(files)
}

/// Tells whether a write of ours could have left this in the folder of what is being written.
fn is_ours(root: &Root, name: &str) -> bool {
    package_of(root, name).is_some() || seq_of(name).is_some()
}

/// Reads the last part of a name, `<record-id>.<version>.<ending>`.
fn package_of(root: &Root, name: &str) -> Option<PackageName> {
    last(name).strip_suffix(root.ending)?.strip_suffix('.')?.parse().ok()
}
