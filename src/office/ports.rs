//! The ports behind which disks, keys and clocks stand.

mod vault;

pub use vault::{
    AbsenceCheck, AbsenceEvidence, CopyHealth, DestructionClaim, ListedLeftover, ListedPackage, PackageHealth,
    PackageName, PackageReceipt, RemovedItem, Vault, VaultError, VaultListing,
};
