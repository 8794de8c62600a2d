//! What leaves a store of backups: those whose term is over, then the packages and notes that none of the others needs.

use super::sets::{ending, folder, when};
use super::{BackupStore, GONE, PACKAGES, TRIALS, remove_folder};
use crate::digest::Sha256Hex;
use crate::office::ports::BackupError;
use crate::time::Instant;
use crate::vault::disk;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What was taken away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Backups whose term was over.
    pub sets: Vec<String>,
    /// The newest backup, where it stays beyond its term: nothing was destroyed since, and there is no other.
    pub kept: Option<String>,
    /// Packages that no backup names any more.
    pub packages: u64,
    /// Their bytes.
    pub package_bytes: u64,
    /// Backups of which it cannot be said what they name; until their term is over no package goes.
    pub unreadable: Vec<String>,
}

impl BackupStore {
    /// Takes away what is over. To be called under the lock. `last_destroyed` is when something was last destroyed that backups
    /// may still know of; the newest backup stays as long as that was before it, whatever its age.
    ///
    /// The term of a backup that cannot be read is that of any other: it is counted in days from the time that its name tells.
    ///
    /// # Errors
    /// Of the disk: it is to be done again.
    pub fn prune(&self, now: Instant, keep_days: u32, last_destroyed: Option<Instant>) -> Result<Pruned, BackupError> {
        let (mut pruned, mut named) = (Pruned::default(), BTreeSet::new());
        let ids = self.ids()?;
        let mut has_newer = false;
        for id in ids.iter().rev() {
            let set = self.set(id).and_then(|set| set.look().map(|()| set));
            let days = jiff::SignedDuration::from_hours(24 * i64::from(keep_days));
            let of_name = || when(id).and_then(|at| at.checked_add(days).ok());
            let (made_at, term) = match &set {
                Ok(set) => (Some(set.manifest.made_at), Some(set.manifest.expires_at)),
                Err(_) => (when(id), of_name()),
            };
            let is_over = term.is_none_or(|term| term <= now);
            let holds_nothing = made_at.is_some_and(|made| last_destroyed.is_none_or(|destroyed| destroyed < made));
            match (is_over, set) {
                (true, Ok(_)) if !has_newer && holds_nothing => pruned.kept = Some(id.clone()),
                (true, _) => {
                    self.remove_set(id)?;
                    pruned.sets.push(id.clone());
                    continue;
                }
                (false, Err(_)) => {
                    pruned.unreadable.push(id.clone());
                    continue;
                }
                (false, Ok(_)) => {}
            }
            match self.set(id)?.packages() {
                Ok(packages) => {
                    has_newer = true;
                    named.extend(packages.into_iter().map(|(sha256, _)| sha256));
                }
                Err(BackupError::Vault(trouble)) => return Err(trouble.into()),
                Err(_) => pruned.unreadable.push(id.clone()),
            }
        }
        if pruned.unreadable.is_empty() {
            self.remove_unnamed(&named, &mut pruned)?;
        }
        self.remove_trials(&ids.into_iter().filter(|id| !pruned.sets.contains(id)).collect::<Vec<_>>())?;
        Ok(pruned)
    }

    /// Takes a backup's name away first: what is left of it then goes with the next lock.
    fn remove_set(&self, id: &str) -> Result<(), BackupError> {
        let (path, aside) = (folder(&self.folder, id), self.temporary(&format!("{id}.over")));
        fs::rename(&path, &aside).map_err(|error| disk::trouble(&path, error))?;
        path.parent().map_or(Ok(()), disk::sync)?;
        remove_folder(&aside)
    }

    fn remove_unnamed(&self, named: &BTreeSet<Sha256Hex>, pruned: &mut Pruned) -> Result<(), BackupError> {
        let size_of = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
        for (_, path) in self.all_in(PACKAGES)?.into_iter().filter(|(sha256, _)| !named.contains(sha256)) {
            pruned.packages += 1;
            pruned.package_bytes += size_of(&path);
            disk::remove(&path)?;
        }
        for (_, path) in self.all_in(GONE)?.into_iter().filter(|(sha256, _)| !named.contains(sha256)) {
            disk::remove(&path)?;
        }
        Ok(())
    }

    /// Takes away what came of trials of backups that are no more, but for the last one that an identity opened.
    fn remove_trials(&self, ids: &[String]) -> Result<(), BackupError> {
        let last = self.last_by_identity()?.map(|trial| format!("{}{}", trial.set, ending(trial.kind)));
        for path in disk::list(&self.folder.join(TRIALS))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !ids.iter().any(|id| name.starts_with(&format!("{id}."))) && last.as_ref() != Some(&name) {
                disk::remove(&path)?;
            }
        }
        Ok(())
    }
}
