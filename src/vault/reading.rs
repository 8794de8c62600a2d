//! Reading, checking and repairing packages.

use super::disk::Outcome;
use super::opening::DiskVault;
use super::root::Root;
use crate::digest::Sha256Hex;
use crate::office::ports::{CopyHealth, PackageHealth, PackageName, VaultError};
use crate::package;

/// The largest wrapped key, in bytes; they have some 350.
const LONGEST_KEY_BYTES: u64 = 1 << 16;

impl DiskVault {
    pub(super) fn read_package(&self, package: PackageName, expected: &Sha256Hex) -> Result<Vec<u8>, VaultError> {
        let sealed = self.sound_copy(package, expected)?;
        let mut first_trouble = None;
        for root in &self.keys {
            let opened = match root.read(&root.name(package), LONGEST_KEY_BYTES) {
                Ok(Some(wrapped)) => package::unwrap_identity(&wrapped, &self.master)
                    .and_then(|identity| package::open(&sealed, &identity, self.limits.bag_bytes))
                    .map_err(VaultError::from),
                Ok(None) => Err(VaultError::NoKey(package)),
                Err(trouble) => Err(trouble),
            };
            match opened {
                Ok(bag) => return Ok(bag),
                Err(trouble) => first_trouble = first_trouble.or(Some(trouble)),
            }
        }
        Err(first_trouble.unwrap_or(VaultError::NoKey(package)))
    }

    pub(super) fn check_package(
        &self,
        package: PackageName,
        expected: &Sha256Hex,
    ) -> Result<PackageHealth, VaultError> {
        let (mut copies, mut sealed) = (Vec::new(), None);
        for root in &self.copies {
            // What lies on a disk that has gone away is not missing, only unseen.
            if !self.seen(root)? {
                copies.push(CopyHealth::Unread);
                continue;
            }
            copies.push(self.check_copy(root, package, expected, &mut sealed)?);
        }
        let (mut keys, mut opening) = (Vec::new(), None);
        for root in &self.keys {
            self.seen(root)?;
            keys.push(match root.look(&root.name(package), LONGEST_KEY_BYTES)? {
                Outcome::Nothing => CopyHealth::Missing,
                // The same bytes as those that opened it a moment ago open it, too.
                Outcome::All(wrapped) if opening.as_ref() == Some(&wrapped) => CopyHealth::Sound,
                Outcome::All(wrapped) if self.key_opens(&wrapped, sealed.as_deref()) => {
                    opening = Some(wrapped);
                    CopyHealth::Sound
                }
                Outcome::All(_) | Outcome::NoFile => CopyHealth::Damaged,
                Outcome::Refused => CopyHealth::Unread,
            });
        }
        Ok(PackageHealth { package, copies, keys })
    }

    /// Checks one copy; the first that is sound is kept, to try the keys on.
    fn check_copy(
        &self,
        root: &Root,
        package: PackageName,
        expected: &Sha256Hex,
        sealed: &mut Option<Vec<u8>>,
    ) -> Result<CopyHealth, VaultError> {
        let (name, limit_bytes) = (root.name(package), self.sealed_limit());
        let read = match sealed {
            Some(_) => root.digest(&name, limit_bytes)?.map(|(digest, _)| (digest, None)),
            None => root.look(&name, limit_bytes)?.map(|bytes| (Sha256Hex::of(&bytes), Some(bytes))),
        };
        Ok(match read {
            Outcome::Nothing => CopyHealth::Missing,
            Outcome::All((digest, bytes)) if digest == *expected => {
                *sealed = sealed.take().or(bytes);
                CopyHealth::Sound
            }
            Outcome::All(_) | Outcome::NoFile => CopyHealth::Damaged,
            Outcome::Refused => CopyHealth::Unread,
        })
    }

    pub(super) fn repair_package(
        &self,
        package: PackageName,
        expected: &Sha256Hex,
    ) -> Result<PackageHealth, VaultError> {
        let _lock = self.lock()?;
        let health = self.check_package(package, expected)?;
        if health.is_sound() {
            return Ok(health);
        }
        if !health.keys.contains(&CopyHealth::Sound) {
            return Err(VaultError::NoKey(package));
        }
        let sealed = self.sound_copy(package, expected)?;
        let sound_key = self.keys.iter().zip(&health.keys).find(|(_, health)| **health == CopyHealth::Sound);
        let key = match sound_key {
            Some((root, _)) => root.read(&root.name(package), LONGEST_KEY_BYTES)?.ok_or(VaultError::NoKey(package))?,
            None => return Err(VaultError::NoKey(package)),
        };
        let copies = self.copies.iter().zip(&health.copies).map(|(root, health)| (root, *health, &sealed));
        let keys = self.keys.iter().zip(&health.keys).map(|(root, health)| (root, *health, &key));
        for (root, health, bytes) in copies.chain(keys) {
            if matches!(health, CopyHealth::Sound | CopyHealth::Unread) {
                continue;
            }
            if health == CopyHealth::Damaged {
                root.set_aside(&root.name(package))?;
            }
            root.publish(package, bytes, self.checkpoint())?;
        }
        self.check_package(package, expected)
    }

    /// Returns the sealed bytes of the first copy that has the expected digest.
    pub(super) fn sound_copy(&self, package: PackageName, expected: &Sha256Hex) -> Result<Vec<u8>, VaultError> {
        let (mut found, mut first_trouble) = (false, None);
        for root in &self.copies {
            match root.read(&root.name(package), self.sealed_limit()) {
                Ok(Some(sealed)) if Sha256Hex::of(&sealed) == *expected => return Ok(sealed),
                Ok(Some(_)) => found = true,
                Ok(None) => {}
                Err(trouble) => first_trouble = first_trouble.or(Some(trouble)),
            }
        }
        match (first_trouble, found) {
            (Some(trouble), _) => Err(trouble),
            (None, true) => Err(VaultError::NoSoundCopy(package)),
            (None, false) => Err(VaultError::NoSuchPackage(package)),
        }
    }

    /// Tells whether a wrapped key unwraps, and opens the sealed bytes where there are any to try it on.
    fn key_opens(&self, wrapped: &[u8], sealed: Option<&[u8]>) -> bool {
        let Ok(identity) = package::unwrap_identity(wrapped, &self.master) else { return false };
        sealed.is_none_or(|sealed| package::open(sealed, &identity, self.limits.bag_bytes).is_ok())
    }
}
