//! The ports behind which disks, keys and clocks stand.

mod vault;

pub use vault::{
    AbsenceCheck, AbsenceEvidence, CopyHealth, DestructionClaim, ListedPackage, PackageHealth, PackageName,
    PackageReceipt, RemovedItem, Vault, VaultError, VaultListing,
};
