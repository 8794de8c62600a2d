//! The keys under which texts lie in the database: each is made of its package's own key, which is destroyed first when a
//! record dies; and the secrets that are made of the master identity.

use super::opening::{DiskVault, read_master};
use crate::office::ports::{PackageName, VaultError};
use crate::office::side_by_side;
use crate::package::{PackageIdentity, derived_secret};
use crate::texts::SealingKey;
use std::path::Path;

/// What the secrets are for, so that they are no others.
const TEXT: &[u8] = b"fumikura: the text of a record in the database";
const INDEX: &[u8] = b"fumikura: the index of contents in the database";
const FACTORS: &[u8] = b"fumikura: the second factors of accounts in the database";

impl DiskVault {
    pub(super) fn keys_of_texts(
        &self,
        packages: &[PackageName],
    ) -> Result<Vec<Result<SealingKey, VaultError>>, VaultError> {
        let mut packages = packages.to_vec();
        Ok(side_by_side(&mut packages, |package| {
            let identity = self.identity_once(*package)?.ok_or(VaultError::NoKey(*package))?;
            Ok(key(&identity, TEXT))
        })?)
    }

    pub(super) fn secret_of_index(&self) -> SealingKey {
        key(&self.master, INDEX)
    }

    pub(super) fn secret_of_factors(&self) -> SealingKey {
        key(&self.master, FACTORS)
    }
}

/// Returns the key under which second factors lie, out of the file of a master identity alone.
pub fn factor_secret_of(master_key: &Path) -> Result<SealingKey, VaultError> {
    Ok(key(&read_master(master_key)?, FACTORS))
}

fn key(identity: &PackageIdentity, purpose: &[u8]) -> SealingKey {
    SealingKey::new(*derived_secret(identity, purpose))
}
