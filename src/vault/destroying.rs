//! The one place that destroys: keys, then every copy, then proof that nothing is left.

use super::checkpoint::VaultStep;
use super::disk;
use super::opening::DiskVault;
use super::root::Root;
use crate::id::RecordId;
use crate::office::ports::{AbsenceCheck, AbsenceEvidence, DestructionClaim, RemovedItem, VaultError};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// One record on its way out: its files, each with what will be said of it once it is removed.
struct Doomed {
    record: RecordId,
    keys: Vec<(PathBuf, RemovedItem)>,
    packages: Vec<(PathBuf, RemovedItem)>,
}

/// A root with what lies in its `tmp/` and `quarantine/`, listed once for many records.
struct Listed<'a> {
    root: &'a Root,
    aside: Vec<PathBuf>,
}

impl DiskVault {
    /// Destroys records side by side, so that one sync serves them all: none goes on to its next stage before the stage
    /// before is durable. A record that meets trouble stays where it is; the others go on.
    pub(super) fn destroy_records(
        &self,
        claims: &[DestructionClaim],
    ) -> Result<Vec<Result<AbsenceEvidence, VaultError>>, VaultError> {
        let _lock = self.lock()?;
        let records: Vec<RecordId> = claims.iter().map(|claim| claim.record).collect();
        let (keys, copies) = (listed(&self.keys)?, listed(&self.copies)?);
        let mut all: Vec<_> = records.iter().map(|record| self.doom(*record, &keys, &copies)).collect();
        // Keys in every key store first: from here on every copy that still exists, known or not, is unreadable.
        each(&mut all, |doomed| overwrite(&mut doomed.keys));
        for root in &self.keys {
            let paths = all.iter().flatten().flat_map(|doomed| &doomed.keys).map(|(path, _)| path.as_path());
            disk::sync_all(&root.folder, paths.filter(|path| path.starts_with(&root.folder)))?;
        }
        each(&mut all, |doomed| doomed.keys.iter().try_for_each(|_| self.reached(VaultStep::KeyOverwritten)));
        each(&mut all, |doomed| self.remove(&doomed.keys, VaultStep::KeyRemoved));
        sync_folders(&self.keys, &records)?;
        each(&mut all, |doomed| {
            digest(&mut doomed.packages)?;
            self.remove(&doomed.packages, VaultStep::PackageRemoved)
        });
        sync_folders(&self.copies, &records)?;
        self.all_present()?;
        let now_there: Vec<_> = listed(&self.keys)?.into_iter().chain(listed(&self.copies)?).collect();
        let proofs = all.into_iter().map(|doomed| {
            let Doomed { record, keys, packages } = doomed?;
            let (paths, removed): (Vec<_>, Vec<_>) = keys.into_iter().chain(packages).unzip();
            let checks = look_again(&now_there, record, &paths)?;
            self.reached(VaultStep::AbsenceProven)?;
            Ok(AbsenceEvidence { record, removed, checks, proven_at: self.clock.now() })
        });
        let proofs = proofs.collect();
        // A disk that went away while it was looked at would have looked empty.
        self.all_present()?;
        Ok(proofs)
    }

    /// Proves that nothing of a record is left, destroying nothing.
    pub(super) fn prove_record_absent(&self, record: RecordId) -> Result<AbsenceEvidence, VaultError> {
        self.all_present()?;
        for roots in [&self.keys, &self.copies] {
            sync_folders(roots, &[record])?;
        }
        let there: Vec<_> = listed(&self.keys)?.into_iter().chain(listed(&self.copies)?).collect();
        let checks = look_again(&there, record, &[])?;
        self.all_present()?;
        Ok(AbsenceEvidence { record, removed: Vec::new(), checks, proven_at: self.clock.now() })
    }

    fn doom(&self, record: RecordId, keys: &[Listed<'_>], copies: &[Listed<'_>]) -> Result<Doomed, VaultError> {
        self.reached(VaultStep::DestroyBegun)?;
        Ok(Doomed { record, keys: files(keys, record)?, packages: files(copies, record)? })
    }

    /// Takes the names away; they are durably gone once their folders are synced.
    fn remove(&self, files: &[(PathBuf, RemovedItem)], step: VaultStep) -> Result<(), VaultError> {
        for (path, _) in files {
            disk::unname(path)?;
            self.reached(step)?;
        }
        Ok(())
    }
}

/// Does a stage for every record that met no trouble yet.
fn each(all: &mut [Result<Doomed, VaultError>], mut stage: impl FnMut(&mut Doomed) -> Result<(), VaultError>) {
    for slot in all {
        let done = slot.as_mut().map_or(Ok(()), &mut stage);
        if let Err(trouble) = done {
            *slot = Err(trouble);
        }
    }
}

fn listed(roots: &[Root]) -> Result<Vec<Listed<'_>>, VaultError> {
    roots.iter().map(|root| Ok(Listed { root, aside: root.aside()? })).collect()
}

/// Finds every file of a record in some roots.
fn files(roots: &[Listed<'_>], record: RecordId) -> Result<Vec<(PathBuf, RemovedItem)>, VaultError> {
    let mut files = Vec::new();
    for Listed { root, aside } in roots {
        let found = root.files_among(record, aside)?.into_iter();
        files.extend(found.map(|path| {
            let place = root.place(&path);
            (path, RemovedItem { place, size_bytes: 0, sha256: None })
        }));
    }
    Ok(files)
}

fn overwrite(keys: &mut [(PathBuf, RemovedItem)]) -> Result<(), VaultError> {
    for (path, item) in keys {
        item.size_bytes = disk::overwrite(path)?;
    }
    Ok(())
}

fn digest(packages: &mut [(PathBuf, RemovedItem)]) -> Result<(), VaultError> {
    for (path, item) in packages {
        let (sha256, size_bytes) = disk::digest(path)?;
        (item.sha256, item.size_bytes) = (Some(sha256), size_bytes);
    }
    Ok(())
}

/// Makes durable what has a name and what has none any more, in every folder where a file of these records may lie; also
/// where an earlier call was stopped before its sync.
fn sync_folders(roots: &[Root], records: &[RecordId]) -> Result<(), VaultError> {
    for root in roots {
        let shards = records.iter().map(|record| root.shard(*record));
        let folders: Vec<PathBuf> = shards.chain([root.temporary(), root.quarantine()]).collect();
        disk::sync_all(&root.folder, folders.iter().map(PathBuf::as_path))?;
    }
    Ok(())
}

/// Looks again everywhere a record may lie: by listing each folder, and by name and by reading where a file was.
fn look_again(roots: &[Listed<'_>], record: RecordId, paths: &[PathBuf]) -> Result<Vec<AbsenceCheck>, VaultError> {
    let mut checks = Vec::new();
    let check =
        |root: &Root, path: &Path, method: &str| AbsenceCheck { place: root.place(path), method: method.to_owned() };
    for Listed { root, aside } in roots {
        if let Some(left) = root.files_among(record, aside)?.first() {
            return Err(VaultError::StillThere { place: root.place(left) });
        }
        for folder in [root.shard(record), root.temporary(), root.quarantine()] {
            checks.push(check(root, &folder, "list"));
        }
        for path in paths.iter().filter(|path| path.starts_with(&root.folder)) {
            if disk::exists(path)? {
                return Err(VaultError::StillThere { place: root.place(path) });
            }
            match File::open(path) {
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(disk::trouble(path, error)),
                Ok(_) => return Err(VaultError::StillThere { place: root.place(path) }),
            }
            checks.extend([check(root, path, "stat"), check(root, path, "read")]);
        }
    }
    Ok(checks)
}
