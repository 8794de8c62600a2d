//! The one place that destroys: keys, then every copy, then proof that nothing is left.

use super::checkpoint::VaultStep;
use super::opening::DiskVault;
use super::root::{QUARANTINE, Root, TEMPORARY, shard, sync_all};
use crate::id::RecordId;
use crate::office::ports::{AbsenceCheck, AbsenceEvidence, DestructionClaim, RemovedItem, VaultError};
use crate::office::side_by_side;

/// One record on its way out.
struct Doomed<'a> {
    record: RecordId,
    keys: Vec<Found<'a>>,
    packages: Vec<Found<'a>>,
    /// The checks that found nothing any more.
    checks: Vec<AbsenceCheck>,
}

/// A file, with what will be said of it once it is removed.
struct Found<'a> {
    root: &'a Root,
    name: String,
    item: RemovedItem,
}

/// A root with what lies in its `tmp/` and `quarantine/`, listed once for many records.
struct Listed<'a> {
    root: &'a Root,
    aside: Vec<String>,
}

impl DiskVault {
    /// Destroys records side by side, so that one sync serves them all: none goes on to its next stage before the stage
    /// before is durable. A record that meets trouble stays where it is; the others go on.
    pub(super) fn destroy_records(
        &self,
        claims: &[DestructionClaim],
    ) -> Result<Vec<Result<AbsenceEvidence, VaultError>>, VaultError> {
        let _lock = self.lock()?;
        // Where what is deleted is kept, destruction could not be proven, so it does not begin.
        self.copies.iter().try_for_each(Root::forgets)?;
        let records: Vec<RecordId> = claims.iter().map(|claim| claim.record).collect();
        let (keys, copies) = (listed(&self.keys)?, listed(&self.copies)?);
        let mut all = side_by_side(&mut records.clone(), |record| self.doom(*record, &keys, &copies))?;
        // Keys in every key store first: from here on every copy that still exists, known or not, is unreadable.
        each(&mut all, |doomed| overwrite(&mut doomed.keys))?;
        sync_all(self.keys.iter().map(|root| {
            let found = all.iter().flatten().flat_map(|doomed| &doomed.keys);
            let found = found.filter(|found| std::ptr::eq(found.root, root));
            (root, found.map(|found| found.name.clone()).collect())
        }))?;
        each(&mut all, |doomed| doomed.keys.iter().try_for_each(|_| self.reached(VaultStep::KeyOverwritten)))?;
        each(&mut all, |doomed| self.remove(&doomed.keys, VaultStep::KeyRemoved))?;
        sync_folders(&self.keys, &records)?;
        each(&mut all, |doomed| {
            measure(&mut doomed.packages)?;
            self.remove(&doomed.packages, VaultStep::PackageRemoved)
        })?;
        sync_folders(&self.copies, &records)?;
        self.all_present()?;
        let now_there: Vec<_> = listed(&self.keys)?.into_iter().chain(listed(&self.copies)?).collect();
        each(&mut all, |doomed| {
            doomed.checks = look_again(&now_there, doomed.record, &doomed.keys, &doomed.packages)?;
            self.reached(VaultStep::AbsenceProven)
        })?;
        let proven_at = self.clock.now();
        let proofs = all.into_iter().map(|doomed| {
            let Doomed { record, keys, packages, checks } = doomed?;
            let removed = keys.into_iter().chain(packages).map(|found| found.item).collect();
            Ok(AbsenceEvidence { record, removed, checks, proven_at })
        });
        let proofs = proofs.collect();
        // A disk that went away while it was looked at would have looked empty; so would what a store has put aside.
        self.all_present()?;
        self.copies.iter().try_for_each(Root::forgets)?;
        Ok(proofs)
    }

    /// Proves that nothing of a record is left, destroying nothing.
    pub(super) fn prove_record_absent(&self, record: RecordId) -> Result<AbsenceEvidence, VaultError> {
        self.all_present()?;
        for roots in [&self.keys, &self.copies] {
            sync_folders(roots, &[record])?;
        }
        let there: Vec<_> = listed(&self.keys)?.into_iter().chain(listed(&self.copies)?).collect();
        let checks = look_again(&there, record, &[], &[])?;
        self.all_present()?;
        self.copies.iter().try_for_each(Root::forgets)?;
        Ok(AbsenceEvidence { record, removed: Vec::new(), checks, proven_at: self.clock.now() })
    }

    fn doom<'a>(&self, record: RecordId, keys: &[Listed<'a>], copies: &[Listed<'a>]) -> Result<Doomed<'a>, VaultError> {
        self.reached(VaultStep::DestroyBegun)?;
        Ok(Doomed { record, keys: files(keys, record)?, packages: files(copies, record)?, checks: Vec::new() })
    }

    /// Takes the names away; they are durably gone once their folders are synced.
    fn remove(&self, files: &[Found<'_>], step: VaultStep) -> Result<(), VaultError> {
        for found in files {
            found.root.unname(&found.name)?;
            self.reached(step)?;
        }
        Ok(())
    }
}

/// Does a stage for every record that met no trouble yet, and returns when it is done for all.
fn each<'a>(
    all: &mut [Result<Doomed<'a>, VaultError>],
    stage: impl Fn(&mut Doomed<'a>) -> Result<(), VaultError> + Sync,
) -> Result<(), VaultError> {
    side_by_side(all, |slot| {
        let done = slot.as_mut().map_or(Ok(()), &stage);
        if let Err(trouble) = done {
            *slot = Err(trouble);
        }
    })?;
    Ok(())
}

fn listed(roots: &[Root]) -> Result<Vec<Listed<'_>>, VaultError> {
    roots.iter().map(|root| Ok(Listed { root, aside: root.aside()? })).collect()
}

/// Finds every file of a record in some roots.
fn files<'a>(roots: &[Listed<'a>], record: RecordId) -> Result<Vec<Found<'a>>, VaultError> {
    let mut files = Vec::new();
    for Listed { root, aside } in roots {
        files.extend(root.files_among(record, aside)?.into_iter().map(|name| {
            let item = RemovedItem { place: root.place(&name), size_bytes: 0, sha256: None };
            Found { root, name, item }
        }));
    }
    Ok(files)
}

fn overwrite(keys: &mut [Found<'_>]) -> Result<(), VaultError> {
    for found in keys {
        found.item.size_bytes = found.root.overwrite(&found.name)?;
    }
    Ok(())
}

fn measure(packages: &mut [Found<'_>]) -> Result<(), VaultError> {
    for found in packages {
        let (sha256, size_bytes) = found.root.measure(&found.name)?;
        (found.item.sha256, found.item.size_bytes) = (Some(sha256), size_bytes);
    }
    Ok(())
}

/// Makes durable what has a name and what has none any more, in every folder where a file of these records may lie; also
/// where an earlier call was stopped before its sync.
fn sync_folders(roots: &[Root], records: &[RecordId]) -> Result<(), VaultError> {
    let shards = records.iter().map(|record| shard(*record));
    let folders: Vec<String> = shards.chain([TEMPORARY, QUARANTINE].map(str::to_owned)).collect();
    sync_all(roots.iter().map(|root| (root, folders.clone())))
}

/// Looks again everywhere a record may lie: by listing each folder, and by name and by reading where a file was.
fn look_again(
    roots: &[Listed<'_>],
    record: RecordId,
    keys: &[Found<'_>],
    packages: &[Found<'_>],
) -> Result<Vec<AbsenceCheck>, VaultError> {
    let mut checks = Vec::new();
    let check =
        |root: &Root, name: &str, method: &str| AbsenceCheck { place: root.place(name), method: method.to_owned() };
    for Listed { root, aside } in roots {
        if let Some(left) = root.files_among(record, aside)?.first() {
            return Err(VaultError::StillThere { place: root.place(left) });
        }
        for folder in [&shard(record), TEMPORARY, QUARANTINE] {
            checks.push(check(root, folder, "list"));
        }
        for Found { name, .. } in keys.iter().chain(packages).filter(|found| std::ptr::eq(found.root, *root)) {
            if root.exists(name)? || root.read(name, u64::MAX)?.is_some() {
                return Err(VaultError::StillThere { place: root.place(name) });
            }
            checks.extend([check(root, name, "stat"), check(root, name, "read")]);
        }
    }
    Ok(checks)
}
