//! Reads a bag back, checking everything it says of itself.

use super::{PackageContents, PackageError};
use std::collections::BTreeMap;

/// How much a reader takes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackageLimits {
    /// Bytes of the whole bag.
    pub bag_bytes: u64,
    /// Files in it.
    pub files: usize,
}

impl Default for PackageLimits {
    fn default() -> Self {
        Self { bag_bytes: 2 << 30, files: 10_000 }
    }
}

/// Reads a bag back into its contents; every digest, every name and the whole inventory must hold.
pub fn read_bag(bag: &[u8], limits: &PackageLimits) -> Result<PackageContents, PackageError> {
    let _ = (bag, limits);
    todo!()
}

/// Returns every file in the bag by its path, digests checked, for an export to a folder.
pub fn unpack(bag: &[u8], limits: &PackageLimits) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    let _ = (bag, limits);
    todo!()
}
