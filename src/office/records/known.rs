//! The packages that the database knows of: of records, of what is on its way, and of what waits in the tray.

use super::ingest::package_of;
use crate::id::RecordId;
use crate::office::OfficeError;
use crate::office::ports::{PackageName, PackageReceipt, RecordRow, Transaction, TrayState, VaultListing};
use std::collections::BTreeSet;

/// What the database knows of the vault.
pub(super) struct Known {
    packages: BTreeSet<PackageName>,
    /// Documents in the tray, whose packages may have several versions.
    tray: BTreeSet<RecordId>,
}

impl Known {
    /// Reads what is on its way and what waits, beside records that were read before.
    pub(super) async fn read(tx: &mut dyn Transaction, rows: &[RecordRow]) -> Result<Self, OfficeError> {
        let mut packages: BTreeSet<PackageName> = rows.iter().map(|row| row.receipt.package).collect();
        packages.extend(tx.intents().await?.iter().map(package_of));
        Ok(Self { packages, tray: tx.tray_ids().await?.into_iter().collect() })
    }

    /// Returns the packages and lone keys that it does not know of, each once, in order.
    pub(super) fn unknown(&self, listing: &VaultListing) -> BTreeSet<PackageName> {
        let found = listing.packages.iter().map(|listed| listed.package).chain(listing.lone_keys.iter().copied());
        found.filter(|package| !self.has(package)).collect()
    }

    /// Tells whether it knows of a package.
    pub(super) fn has(&self, package: &PackageName) -> bool {
        self.packages.contains(package) || self.tray.contains(&package.record)
    }
}

/// Returns the receipts of the packages of what waits in the tray, the newest version of each.
pub(super) async fn waiting_receipts(tx: &mut dyn Transaction) -> Result<Vec<PackageReceipt>, OfficeError> {
    let mut receipts = Vec::new();
    for id in tx.tray_ids().await? {
        let item = tx.tray_item(id).await?.filter(|item| item.state != TrayState::Leaving);
        receipts.extend(item.and_then(|item| item.receipt));
    }
    Ok(receipts)
}

/// Returns the receipts of everything that is to be in a backup: of the records that have their bytes, and of what waits.
pub(in crate::office) async fn backed_up_packages(
    tx: &mut dyn Transaction,
) -> Result<Vec<PackageReceipt>, OfficeError> {
    let rows = tx.records().await?;
    let mut receipts: Vec<PackageReceipt> =
        rows.into_iter().filter(|row| row.record.state.keeps_bytes()).map(|row| row.receipt).collect();
    receipts.extend(waiting_receipts(tx).await?);
    receipts.sort_by_key(|receipt| receipt.package);
    Ok(receipts)
}
