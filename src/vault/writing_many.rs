//! Writing many packages side by side: the steps of one, each made durable once for all of them.

use super::checkpoint::VaultStep;
use super::disk;
use super::opening::DiskVault;
use super::root::{Root, shard};
use super::writing::take_back;
use crate::digest::Sha256Hex;
use crate::office::ports::{PackageName, PackageReceipt, VaultError};
use crate::package::{self, PackageIdentity};
use std::path::{Path, PathBuf};
use std::thread;

/// How many seal side by side.
const SEALERS: usize = 4;

/// A package on its way in.
struct Coming<'a> {
    package: PackageName,
    bag: &'a [u8],
    key: Vec<u8>,
    sealed: Vec<u8>,
    /// Where it has its name already: nobody was told of it yet.
    made: Vec<&'a Root>,
    trouble: Option<VaultError>,
}

impl DiskVault {
    /// Writes packages whose names are free: keys first, then every copy; each whole or not at all, and all durable when
    /// this returns. One whose name is taken is written by itself, which completes or refuses it.
    pub(super) fn write_packages(
        &self,
        bags: &[(PackageName, Vec<u8>)],
    ) -> Result<Vec<Result<PackageReceipt, VaultError>>, VaultError> {
        let _lock = self.lock()?;
        let mut all = self.coming(bags)?;
        let done = self.publish_all(&mut all);
        for coming in all.iter().filter(|coming| done.is_err() || coming.trouble.is_some()) {
            coming.take_back();
        }
        done?;
        let answers = all.into_iter().map(|coming| match coming.trouble {
            None => Ok(self.receipt(coming.package, coming.bag, &coming.sealed)),
            Some(VaultError::Exists(package)) => self.write_locked(package, coming.bag),
            Some(trouble) => Err(trouble),
        });
        Ok(answers.collect())
    }

    /// Makes a key for each bag and seals it, side by side.
    fn coming<'a>(&'a self, bags: &'a [(PackageName, Vec<u8>)]) -> Result<Vec<Coming<'a>>, VaultError> {
        let share = bags.len().div_ceil(SEALERS).max(1);
        let sealed = thread::scope(|scope| {
            let seal = |some: &'a [(PackageName, Vec<u8>)]| {
                some.iter().map(|(package, bag)| self.fresh(*package, bag)).collect::<Vec<_>>()
            };
            let sealers: Vec<_> = bags.chunks(share).map(|some| scope.spawn(move || seal(some))).collect();
            sealers.into_iter().map(thread::ScopedJoinHandle::join).collect::<Result<Vec<_>, _>>()
        });
        let unfinished = || VaultError::Layout("the sealing of packages did not come to its end".to_owned());
        let sealed = sealed.map_err(|_| unfinished())?.into_iter().flatten();
        let coming = bags.iter().zip(sealed).map(|((package, bag), sealed)| {
            let (key, sealed, trouble) = match sealed {
                Ok((key, sealed)) => (key, sealed, None),
                Err(trouble) => (Vec::new(), Vec::new(), Some(trouble)),
            };
            Coming { package: *package, bag, key, sealed, made: Vec::new(), trouble }
        });
        Ok(coming.collect())
    }

    /// Makes key and sealed bytes for a package of which nothing has its name yet.
    fn fresh(&self, package: PackageName, bag: &[u8]) -> Result<(Vec<u8>, Vec<u8>), VaultError> {
        package::unpack(bag, &self.limits)?;
        for root in self.keys.iter().chain(&self.copies) {
            if root.exists(&root.name(package))? {
                return Err(VaultError::Exists(package));
            }
        }
        let key = package::wrap_identity(&PackageIdentity::generate(), &self.master)?;
        let sealed = self.seal(package, bag, &key)?;
        Ok((key, sealed))
    }

    fn publish_all<'a>(&'a self, all: &mut [Coming<'a>]) -> Result<(), VaultError> {
        for root in &self.keys {
            self.publish_in(root, all, |coming| &coming.key, VaultStep::KeyEscrowed)?;
        }
        for root in &self.copies {
            self.publish_in(root, all, |coming| &coming.sealed, VaultStep::CopyDone)?;
        }
        Ok(())
    }

    /// Writes a file of each package in one root: temporary files, one sync, read back, names without replacing, one sync.
    fn publish_in<'a>(
        &self,
        root: &'a Root,
        all: &mut [Coming<'a>],
        bytes: impl for<'b> Fn(&'b Coming<'a>) -> &'b Vec<u8>,
        step: VaultStep,
    ) -> Result<(), VaultError> {
        let Some(folder) = root.folder() else {
            // A bucket has no syncs to share: its answer says that a package is there for good.
            each(all, |coming| {
                root.publish(coming.package, bytes(coming), self.checkpoint())?;
                coming.made.push(root);
                self.reached(step)
            });
            return Ok(());
        };
        let temporary = |coming: &Coming<'_>| folder.join(root.temporary_of(coming.package));
        each(all, |coming| {
            disk::unname(&temporary(coming))?;
            disk::write_unsynced(&temporary(coming), bytes(coming))
        });
        let temporaries: Vec<PathBuf> = going_on(all).map(temporary).collect();
        disk::sync_all(folder, temporaries.iter().map(PathBuf::as_path))?;
        each(all, |coming| {
            self.reached(VaultStep::TemporaryWritten)?;
            if disk::digest(&temporary(coming))?.0 != Sha256Hex::of(bytes(coming)) {
                return Err(VaultError::ReadBack { place: root.place(&root.temporary_of(coming.package)) });
            }
            self.reached(VaultStep::TemporaryVerified)
        });
        let shard_of = |coming: &Coming<'_>| folder.join(shard(coming.package.record));
        each(all, |coming| {
            disk::make_unsynced_folders(&shard_of(coming))?;
            disk::rename_new(&temporary(coming), &folder.join(root.name(coming.package)))?;
            coming.made.push(root);
            self.reached(VaultStep::Renamed)
        });
        let shards: Vec<PathBuf> = going_on(all).map(shard_of).collect();
        let above = shards.iter().flat_map(|shard| shard.ancestors().take_while(|path| *path != folder));
        let mut folders: Vec<&Path> = above.collect();
        folders.sort_unstable();
        folders.dedup();
        disk::sync_all(folder, folders.into_iter())?;
        each(all, |_| self.reached(VaultStep::FolderSynced).and_then(|()| self.reached(step)));
        Ok(())
    }
}

impl Coming<'_> {
    /// Takes back what has its name, newest first, and nothing else. Temporary files go at the next sweep at the latest.
    fn take_back(&self) {
        let bytes = |root: &Root| if root.ending == "key" { self.key.as_slice() } else { self.sealed.as_slice() };
        let made: Vec<_> = self.made.iter().map(|root| (*root, bytes(root))).collect();
        take_back(self.package, &made);
    }
}

/// Does a step for every package that met no trouble yet.
fn each<'a>(all: &mut [Coming<'a>], mut step: impl FnMut(&mut Coming<'a>) -> Result<(), VaultError>) {
    for coming in all.iter_mut().filter(|coming| coming.trouble.is_none()) {
        coming.trouble = step(coming).err();
    }
}

fn going_on<'a, 'b>(all: &'b [Coming<'a>]) -> impl Iterator<Item = &'b Coming<'a>> {
    all.iter().filter(|coming| coming.trouble.is_none())
}
