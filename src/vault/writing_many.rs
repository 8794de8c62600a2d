//! Writing many packages side by side: the steps of one, each made durable once for all of them.

use super::checkpoint::VaultStep;
use super::disk;
use super::opening::DiskVault;
use super::root::{Root, shard};
use super::writing::take_back;
use crate::office::ports::{NewPackage, PackageName, PackageReceipt, VaultError};
use crate::office::side_by_side;
use crate::package::{self, PackageIdentity};
use std::path::{Path, PathBuf};

/// A package on its way in.
struct Coming<'a> {
    package: PackageName,
    new: &'a NewPackage,
    /// The wrapped key, the sealed bytes and what will be said of them; none where they could not be made.
    made: Option<Made>,
    /// Where it has its name already: nobody was told of it yet.
    named: Vec<&'a Root>,
    trouble: Option<VaultError>,
}

/// What is written of a package.
struct Made {
    key: Vec<u8>,
    sealed: Vec<u8>,
    receipt: PackageReceipt,
}

impl DiskVault {
    /// Writes packages whose names are free: keys first, then every copy; each whole or not at all, and all durable when
    /// this returns. One whose name is taken is written by itself, which completes or refuses it.
    ///
    /// They are encrypted before the lock is taken, so that others write meanwhile.
    pub(super) fn write_packages(
        &self,
        packages: &[NewPackage],
    ) -> Result<Vec<Result<PackageReceipt, VaultError>>, VaultError> {
        let mut all: Vec<_> = packages.iter().map(Coming::of).collect();
        each(&mut all, |coming| self.make(coming))?;
        let _lock = self.lock()?;
        let done = self.publish_all(&mut all);
        for coming in all.iter().filter(|coming| done.is_err() || coming.trouble.is_some()) {
            self.take_back(coming);
        }
        done?;
        let answers = all.into_iter().map(|coming| match (coming.trouble, coming.made) {
            (None, Some(made)) => Ok(made.receipt),
            (Some(VaultError::Exists(package)), _) => self.write_locked(package, &coming.new.bag),
            (Some(trouble), _) => Err(trouble),
            (None, None) => Err(VaultError::NoSuchPackage(coming.package)),
        });
        Ok(answers.collect())
    }

    /// Seals and writes temporary files, one sync, reads back; then names without replacing and one sync in each root: of
    /// the keys before those of the packages.
    fn publish_all<'a>(&'a self, all: &mut [Coming<'a>]) -> Result<(), VaultError> {
        each(all, |coming| self.write_temporaries(coming))?;
        let temporaries = self.folders().map(|(root, folder)| {
            let paths = going_on(all).map(|coming| folder.join(root.temporary_of(coming.package)));
            (folder, paths.collect())
        });
        disk::sync_all(&temporaries.collect::<Vec<_>>())?;
        each(all, |coming| self.read_back(coming))?;
        self.name_in(&self.keys, all, VaultStep::KeyEscrowed)?;
        self.name_in(&self.copies, all, VaultStep::CopyDone)
    }

    /// Makes key and sealed bytes of a package.
    fn make(&self, coming: &mut Coming<'_>) -> Result<(), VaultError> {
        let (package, bag) = (coming.package, &coming.new.bag);
        package::unpack(bag, &self.limits)?;
        let key = package::wrap_identity(&PackageIdentity::generate(), &self.master)?;
        let sealed = self.seal(package, bag, &key)?;
        let receipt = self.receipt(package, coming.new.bag_sha256.clone(), &sealed);
        coming.made = Some(Made { key, sealed, receipt });
        Ok(())
    }

    /// Writes a package of which nothing has its name yet where it will be named.
    fn write_temporaries(&self, coming: &mut Coming<'_>) -> Result<(), VaultError> {
        let package = coming.package;
        for root in self.keys.iter().chain(&self.copies) {
            if root.exists(&root.name(package))? {
                return Err(VaultError::Exists(package));
            }
        }
        let Some(made) = &coming.made else { return Ok(()) };
        for (root, folder) in self.folders() {
            let temporary = folder.join(root.temporary_of(package));
            disk::unname(&temporary)?;
            disk::write_unsynced(&temporary, made.bytes(root))?;
        }
        Ok(())
    }

    fn read_back(&self, coming: &mut Coming<'_>) -> Result<(), VaultError> {
        let Some(made) = &coming.made else { return Ok(()) };
        for (root, folder) in self.folders() {
            self.reached(VaultStep::TemporaryWritten)?;
            let temporary = root.temporary_of(coming.package);
            let read = disk::read(&folder.join(&temporary), self.sealed_limit())?;
            if read.as_deref() != Some(made.bytes(root)) {
                return Err(VaultError::ReadBack { place: root.place(&temporary) });
            }
            self.reached(VaultStep::TemporaryVerified)?;
        }
        Ok(())
    }

    /// Gives every package its name in some roots, for good: in the folders, then in the buckets.
    fn name_in<'a>(&'a self, roots: &'a [Root], all: &mut [Coming<'a>], step: VaultStep) -> Result<(), VaultError> {
        let folders = || roots.iter().filter_map(|root| Some((root, root.folder()?)));
        let mut to_sync = Vec::new();
        for (root, folder) in folders() {
            let shard_of = |coming: &Coming<'_>| folder.join(shard(coming.package.record));
            each(all, |coming| {
                disk::make_unsynced_folders(&shard_of(coming))?;
                let temporary = folder.join(root.temporary_of(coming.package));
                disk::rename_new(&temporary, &folder.join(root.name(coming.package)))?;
                coming.named.push(root);
                self.reached(VaultStep::Renamed)
            })?;
            let shards: Vec<PathBuf> = going_on(all).map(shard_of).collect();
            let above = shards.iter().flat_map(|shard| shard.ancestors().take_while(|path| *path != folder));
            let mut names: Vec<PathBuf> = above.map(Path::to_owned).collect();
            names.sort_unstable();
            names.dedup();
            to_sync.push((folder, names));
        }
        disk::sync_all(&to_sync)?;
        for _ in folders() {
            each(all, |_| self.reached(VaultStep::FolderSynced).and_then(|()| self.reached(step)))?;
        }
        for root in roots.iter().filter(|root| root.folder().is_none()) {
            // A bucket has no syncs to share: its answer says that a package is there for good.
            each(all, |coming| {
                let Some(made) = &coming.made else { return Ok(()) };
                root.publish(coming.package, made.bytes(root), self.checkpoint())?;
                coming.named.push(root);
                self.reached(step)
            })?;
        }
        Ok(())
    }

    /// Takes back what has its name, newest first, and nothing else; nothing of what has none yet is kept either.
    fn take_back(&self, coming: &Coming<'_>) {
        let Some(made) = &coming.made else { return };
        let named: Vec<_> = coming.named.iter().map(|root| (*root, made.bytes(root))).collect();
        take_back(coming.package, &named);
        for (root, _) in self.folders() {
            // What stays goes at the next sweep.
            let _ = root.unname(&root.temporary_of(coming.package));
        }
    }

    /// Returns the roots that are folders: of keys, then of packages.
    fn folders(&self) -> impl Iterator<Item = (&Root, &Path)> {
        self.keys.iter().chain(&self.copies).filter_map(|root| Some((root, root.folder()?)))
    }
}

impl<'a> Coming<'a> {
    fn of(new: &'a NewPackage) -> Self {
        Self { package: new.package, new, made: None, named: Vec::new(), trouble: None }
    }
}

impl Made {
    /// Returns what is written of the package in a root.
    fn bytes(&self, root: &Root) -> &[u8] {
        if root.ending == "key" { &self.key } else { &self.sealed }
    }
}

/// Does a step for every package that met no trouble yet, and returns when it is done for all.
fn each<'a>(
    all: &mut [Coming<'a>],
    step: impl Fn(&mut Coming<'a>) -> Result<(), VaultError> + Sync,
) -> Result<(), VaultError> {
    side_by_side(all, |coming| {
        if coming.trouble.is_none() {
            coming.trouble = step(coming).err();
        }
    })?;
    Ok(())
}

fn going_on<'a, 'b>(all: &'b [Coming<'a>]) -> impl Iterator<Item = &'b Coming<'a>> {
    all.iter().filter(|coming| coming.trouble.is_none())
}
