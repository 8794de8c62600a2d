//! Writes the bag.

use super::{PackageContents, PackageError};

/// Writes the contents as a BagIt 1.0 bag in a stored ZIP. The same contents always give the same bytes.
pub fn write_bag(contents: &PackageContents) -> Result<Vec<u8>, PackageError> {
    let _ = contents;
    todo!()
}
