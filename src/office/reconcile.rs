//! Compares what lies in the vault with what the rows say (contracts: recover). Pure: finds, and says what is to be done.

use super::ports::{ListedPackage, PackageName, VaultListing};
use crate::id::RecordId;
use crate::records::RecordState;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the rows say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownRecords {
    /// Every package that a record's row names, with the record's state.
    pub packages: BTreeMap<PackageName, RecordState>,
    /// The packages that intents to file name.
    pub intents: BTreeSet<PackageName>,
    /// The records that tombstones stand for.
    pub tombstones: BTreeSet<RecordId>,
}

/// One thing in which vault and rows do not agree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Mismatch {
    /// A record is gone by its row, yet bytes or keys of it are there.
    StillThere {
        /// The package.
        package: PackageName,
    },
    /// A record is claimed: its destruction goes on, and only forward.
    DestructionUnfinished {
        /// The record.
        record: RecordId,
    },
    /// A row names a package that is in no copy.
    PackageMissing {
        /// The package.
        package: PackageName,
    },
    /// A row names a package without a key in any key store.
    KeyMissing {
        /// The package.
        package: PackageName,
    },
    /// A package lacks a copy or a further key.
    CopyMissing {
        /// The package.
        package: PackageName,
    },
    /// A package that no row and no intent knows.
    PackageAlone {
        /// The package.
        package: PackageName,
    },
    /// An intent whose package is written: its row is to be written.
    IntentWithPackage {
        /// The package.
        package: PackageName,
    },
    /// An intent without package: filing is to be tried again.
    IntentAlone {
        /// The package.
        package: PackageName,
    },
    /// A key without package that nobody is about to use.
    KeyAlone {
        /// The package.
        package: PackageName,
    },
    /// A temporary file.
    Leftover {
        /// Where.
        place: String,
    },
    /// A file that has no business in the vault.
    Stranger {
        /// Where.
        place: String,
    },
}

/// What is to be done about a mismatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// Destroy forward, under the claim or the tombstone that exists.
    DestroyForward,
    /// Repair from another copy; disposal of the record is blocked until then.
    Repair,
    /// Move to quarantine and raise the alarm. Never delete.
    Quarantine,
    /// Write the row that the intent promised.
    FinishFiling,
    /// File again from the source.
    RetryFiling,
    /// Sweep at start-up.
    Sweep,
    /// A person must look.
    Alarm,
}

impl Mismatch {
    /// Returns what is to be done.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::StillThere { .. } | Self::DestructionUnfinished { .. } => Remedy::DestroyForward,
            Self::PackageMissing { .. } | Self::KeyMissing { .. } | Self::Stranger { .. } | Self::KeyAlone { .. } => {
                Remedy::Alarm
            }
            Self::CopyMissing { .. } => Remedy::Repair,
            Self::PackageAlone { .. } => Remedy::Quarantine,
            Self::IntentWithPackage { .. } => Remedy::FinishFiling,
            Self::IntentAlone { .. } => Remedy::RetryFiling,
            Self::Leftover { .. } => Remedy::Sweep,
        }
    }

    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::StillThere { .. } => "fsck-still-there",
            Self::DestructionUnfinished { .. } => "fsck-destruction-unfinished",
            Self::PackageMissing { .. } => "fsck-package-missing",
            Self::KeyMissing { .. } => "fsck-key-missing",
            Self::CopyMissing { .. } => "fsck-copy-missing",
            Self::PackageAlone { .. } => "fsck-package-alone",
            Self::IntentWithPackage { .. } => "fsck-intent-with-package",
            Self::IntentAlone { .. } => "fsck-intent-alone",
            Self::KeyAlone { .. } => "fsck-key-alone",
            Self::Leftover { .. } => "fsck-leftover",
            Self::Stranger { .. } => "fsck-stranger",
        }
    }
}

/// Returns every mismatch, those that cannot wait first.
pub fn reconcile(known: &KnownRecords, listing: &VaultListing) -> Vec<Mismatch> {
    let listed: BTreeMap<PackageName, &ListedPackage> =
        listing.packages.iter().map(|listed| (listed.package, listed)).collect();
    let keys: BTreeSet<PackageName> = listing.lone_keys.iter().copied().collect();
    let mut found = BTreeSet::new();
    for (package, state) in &known.packages {
        match (state, listed.get(package)) {
            (RecordState::Claimed, _) => {
                found.insert(Mismatch::DestructionUnfinished { record: package.record });
            }
            (RecordState::PrimaryGone | RecordState::Confirmed, present) => {
                if present.is_some() || keys.contains(package) {
                    found.insert(Mismatch::StillThere { package: *package });
                }
            }
            (_, None) => {
                found.insert(Mismatch::PackageMissing { package: *package });
            }
            (_, Some(present)) => found.extend(incomplete(present)),
        }
    }
    let unknown = listed.keys().chain(&keys).filter(|package| !known.packages.contains_key(package));
    found.extend(unknown.filter_map(|package| judge_unknown(known, *package, keys.contains(package))));
    let waiting = known.intents.iter().filter(|package| !known.packages.contains_key(package));
    found.extend(
        waiting
            .filter(|package| !listed.contains_key(package))
            .map(|package| Mismatch::IntentAlone { package: *package }),
    );
    found.extend(listing.leftovers.iter().cloned().map(|place| Mismatch::Leftover { place }));
    found.extend(listing.strangers.iter().cloned().map(|place| Mismatch::Stranger { place }));
    found.into_iter().collect()
}

fn incomplete(present: &ListedPackage) -> Option<Mismatch> {
    let package = present.package;
    if !present.keys.contains(&true) {
        return Some(Mismatch::KeyMissing { package });
    }
    let whole = present.copies.iter().chain(&present.keys).all(|there| *there);
    (!whole).then_some(Mismatch::CopyMissing { package })
}

fn judge_unknown(known: &KnownRecords, package: PackageName, key_only: bool) -> Option<Mismatch> {
    if known.tombstones.contains(&package.record) {
        return Some(Mismatch::StillThere { package });
    }
    match (known.intents.contains(&package), key_only) {
        (true, true) => None,
        (true, false) => Some(Mismatch::IntentWithPackage { package }),
        (false, true) => Some(Mismatch::KeyAlone { package }),
        (false, false) => Some(Mismatch::PackageAlone { package }),
    }
}
