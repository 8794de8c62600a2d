//! Writing a package: key first, then every copy; whole or not at all.

use super::checkpoint::VaultStep;
use super::opening::DiskVault;
use super::root::{Root, last, shard};
use crate::digest::Sha256Hex;
use crate::office::ports::{PackageName, PackageReceipt, VaultError};
use crate::package::{self, PackageIdentity};

impl DiskVault {
    pub(super) fn write_package(&self, package: PackageName, bag: &[u8]) -> Result<PackageReceipt, VaultError> {
        package::unpack(bag, &self.limits)?;
        let _lock = self.lock()?;
        self.write_locked(package, bag)
    }

    /// Writes a package whose bag was read, under the lock.
    pub(super) fn write_locked(&self, package: PackageName, bag: &[u8]) -> Result<PackageReceipt, VaultError> {
        let sealed = match self.same_package(package, bag)? {
            Some(sealed) => {
                let key = self.wrapped_key(package)?.ok_or(VaultError::NoKey(package))?;
                self.complete(package, &key, &sealed, &mut Vec::new())?;
                sealed
            }
            None => self.write_fresh(package, bag)?,
        };
        Ok(self.receipt(package, Sha256Hex::of(bag), &sealed))
    }

    /// Words the receipt of a package that is in every copy.
    pub(super) fn receipt(&self, package: PackageName, bag_sha256: Sha256Hex, sealed: &[u8]) -> PackageReceipt {
        PackageReceipt {
            package,
            sealed_sha256: Sha256Hex::of(sealed),
            sealed_size_bytes: sealed.len() as u64,
            bag_sha256,
            path: self.copies.first().map(|root| root.name(package)).unwrap_or_default(),
            copies: u32::try_from(self.copies.len()).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn adopt_package(
        &self,
        package: PackageName,
        bag_sha256: &Sha256Hex,
    ) -> Result<PackageReceipt, VaultError> {
        let mut found = false;
        for root in &self.copies {
            let Some(sealed) = root.read(&root.name(package), self.sealed_limit())? else { continue };
            found = true;
            let identity = self.identity(package)?.ok_or(VaultError::NoKey(package))?;
            match package::open(&sealed, &identity, self.limits.bag_bytes) {
                Ok(bag) if Sha256Hex::of(&bag) == *bag_sha256 => return self.write_package(package, &bag),
                Ok(_) => return Err(VaultError::Exists(package)),
                Err(_) => {}
            }
        }
        if found {
            return Err(VaultError::NoSoundCopy(package));
        }
        self.take_back_keys(package)?;
        Err(VaultError::NoSuchPackage(package))
    }

    /// Takes back the keys that a write made before it was stopped, once it is sure that they never sealed anything
    /// that lasts: every place is there, and no copy has the package, neither in its place nor in quarantine.
    fn take_back_keys(&self, package: PackageName) -> Result<(), VaultError> {
        let _lock = self.lock()?;
        let name = format!("{package}.");
        for root in &self.copies {
            if root.files_of(package.record)?.iter().any(|file| last(file).starts_with(&name)) {
                return Ok(());
            }
        }
        for root in &self.keys {
            let name = root.name(package);
            if root.exists(&name)? {
                root.overwrite(&name)?;
                root.sync(&name)?;
                root.remove(&name)?;
            }
        }
        Ok(())
    }

    /// Returns the sealed bytes of a package of this name with this very bag; none where no copy has the name.
    fn same_package(&self, package: PackageName, bag: &[u8]) -> Result<Option<Vec<u8>>, VaultError> {
        let mut found = false;
        for root in &self.copies {
            let Some(sealed) = root.read(&root.name(package), self.sealed_limit())? else { continue };
            found = true;
            let identity = self.identity(package)?.ok_or(VaultError::NoKey(package))?;
            match package::open(&sealed, &identity, self.limits.bag_bytes) {
                Ok(plain) if plain == bag => return Ok(Some(sealed)),
                Ok(_) => return Err(VaultError::Exists(package)),
                Err(_) => {}
            }
        }
        if found { Err(VaultError::Exists(package)) } else { Ok(None) }
    }

    fn write_fresh(&self, package: PackageName, bag: &[u8]) -> Result<Vec<u8>, VaultError> {
        // A key without a package is what an earlier write left; it has sealed nothing that lasts, so it serves.
        let wrapped = match self.wrapped_key(package)? {
            Some(wrapped) => wrapped,
            None => package::wrap_identity(&PackageIdentity::generate(), &self.master)?,
        };
        let sealed = self.seal(package, bag, &wrapped)?;
        let mut made = Vec::new();
        match self.complete(package, &wrapped, &sealed, &mut made) {
            Ok(()) => Ok(sealed),
            Err(error) => {
                take_back(package, &made);
                Err(error)
            }
        }
    }

    /// Encrypts a bag under a wrapped key, and makes sure that it comes out again.
    pub(super) fn seal(&self, package: PackageName, bag: &[u8], wrapped: &[u8]) -> Result<Vec<u8>, VaultError> {
        let identity = package::unwrap_identity(wrapped, &self.master)?;
        let sealed = package::seal(bag, &identity)?;
        if package::open(&sealed, &identity, self.limits.bag_bytes)? != bag {
            return Err(VaultError::ReadBack { place: package.to_string() });
        }
        Ok(sealed)
    }

    /// Puts key and sealed bytes wherever they are missing, noting what was made.
    fn complete<'a>(
        &'a self,
        package: PackageName,
        wrapped: &'a [u8],
        sealed: &'a [u8],
        made: &mut Vec<(&'a Root, &'a [u8])>,
    ) -> Result<(), VaultError> {
        let keys = self.keys.iter().map(|root| (root, wrapped, VaultStep::KeyEscrowed));
        let copies = self.copies.iter().map(|root| (root, sealed, VaultStep::CopyDone));
        for (root, bytes, step) in keys.chain(copies) {
            match root.read(&root.name(package), self.sealed_limit())? {
                Some(present) if present == bytes => {
                    // An earlier write may have been stopped between the name and its sync.
                    root.sync(&shard(package.record))?;
                }
                Some(_) => return Err(VaultError::Exists(package)),
                None => {
                    made.push((root, bytes));
                    root.publish(package, bytes, self.checkpoint())?;
                }
            }
            self.reached(step)?;
        }
        Ok(())
    }

    /// Returns the wrapped key of a package from the first key store whose key unwraps.
    pub(super) fn wrapped_key(&self, package: PackageName) -> Result<Option<Vec<u8>>, VaultError> {
        let mut broken = false;
        for root in &self.keys {
            let Some(wrapped) = root.read(&root.name(package), 1 << 16)? else { continue };
            match package::unwrap_identity(&wrapped, &self.master) {
                Ok(_) => return Ok(Some(wrapped)),
                Err(_) => broken = true,
            }
        }
        if broken { Err(VaultError::NoKey(package)) } else { Ok(None) }
    }

    /// Returns the identity of a package from the first key store whose key unwraps, unwrapping it once.
    pub(super) fn identity_once(&self, package: PackageName) -> Result<Option<PackageIdentity>, VaultError> {
        let mut first_trouble = None;
        for root in &self.keys {
            match root.read(&root.name(package), 1 << 16) {
                Ok(None) => {}
                Ok(Some(wrapped)) => match package::unwrap_identity(&wrapped, &self.master) {
                    Ok(identity) => return Ok(Some(identity)),
                    Err(_) => first_trouble = first_trouble.or(Some(VaultError::NoKey(package))),
                },
                Err(trouble) => first_trouble = first_trouble.or(Some(trouble)),
            }
        }
        first_trouble.map_or(Ok(None), Err)
    }

    /// Returns the identity of a package, where its key is in a key store.
    pub(super) fn identity(&self, package: PackageName) -> Result<Option<PackageIdentity>, VaultError> {
        let Some(wrapped) = self.wrapped_key(package)? else { return Ok(None) };
        Ok(Some(package::unwrap_identity(&wrapped, &self.master)?))
    }
}

/// Takes back what a failed write had made, newest first, and nothing else: nobody was told of it.
pub(super) fn take_back(package: PackageName, made: &[(&Root, &[u8])]) {
    for (root, bytes) in made.iter().rev() {
        let name = root.name(package);
        let found = root.read(&name, bytes.len() as u64);
        if found.is_ok_and(|found| found.as_deref() == Some(*bytes)) {
            // The trouble that stopped the write is the one to report; what stays is named by the next scan.
            let _ = root.remove(&name);
        }
    }
}
