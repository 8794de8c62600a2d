//! Checks that rows and bytes agree: every record readable, nothing destroyed still there, nothing left lying about.

use super::dating::stale;
use super::items::Items;
use super::known::{Known, waiting_receipts};
use super::views::{FsckFinding, FsckReport};
use super::{READERS, allow};
use crate::id::RecordId;
use crate::office::ports::{ItemRow, PackageReceipt, RecordRow, Tombstone, VaultListing};
use crate::office::{Actor, Office, OfficeError};
use crate::records::ItemState;
use std::collections::BTreeSet;

impl Office {
    /// Checks every record's package in every copy, every tombstone's absence, every intent and every item (R5); and that
    /// the fixity audit keeps its term.
    ///
    /// Changes nothing. Damage is a finding, not an error.
    pub async fn fsck(&self, actor: &Actor) -> Result<FsckReport, OfficeError> {
        allow(actor, READERS)?;
        self.examine().await
    }

    /// Checks the same for nobody in particular.
    pub(in crate::office) async fn examine(&self) -> Result<FsckReport, OfficeError> {
        let mut tx = self.read().await?;
        let rows = tx.records().await?;
        let (intents, known) = (tx.intents().await?, Known::read(&mut *tx, &rows).await?);
        let waiting = waiting_receipts(&mut *tx).await?;
        let (mut items, mut stones) = (Vec::new(), Vec::new());
        for row in tx.disposals().await? {
            let mut walk = Items::all(row.plan.id);
            while let Some(page) = walk.next(&mut *tx).await? {
                items.extend(page);
            }
            stones.extend(tx.tombstones(row.plan.id).await?);
        }
        let mut findings: Vec<FsckFinding> = Vec::new();
        for row in &rows {
            if tx.file(row.record.file).await?.is_none() {
                findings.push(finding("fsck-record-without-file", row.record.id));
            }
        }
        let alarms = self.fixity_alarms(&mut *tx, u32::MAX).await?;
        findings.extend(stale(&mut *tx).await?.iter().map(|file| finding("fsck-dates-stale", file)));
        drop(tx);
        let overdue = alarms.iter().filter(|alarm| alarm.code == "fixity-overdue");
        findings.extend(overdue.map(|alarm| finding(alarm.code, alarm.record)));
        findings.extend(intents.iter().map(|intent| finding("fsck-open-intent", intent.draft.record.id)));
        item_findings(&items, &rows, &stones, &mut findings);
        let listing = self.with_vault(|vault| vault.scan()).await?;
        listing_findings(&listing, &known, &mut findings);
        let kept = rows.iter().filter(|row| row.record.state.keeps_bytes()).map(|row| &row.receipt);
        self.package_findings(kept.chain(&waiting), &mut findings).await?;
        self.absence_findings(&stones, &mut findings).await?;
        findings.sort();
        findings.dedup();
        let (records, packages, tombstones) = (rows.len(), listing.packages.len(), stones.len());
        Ok(FsckReport { records, packages, tombstones, findings })
    }

    async fn package_findings(
        &self,
        receipts: impl Iterator<Item = &PackageReceipt>,
        findings: &mut Vec<FsckFinding>,
    ) -> Result<(), OfficeError> {
        for receipt in receipts {
            let (package, sha256) = (receipt.package, receipt.sealed_sha256.clone());
            let health = self.with_vault(move |vault| Ok(vault.check(package, &sha256))).await?;
            let code = match health {
                Ok(health) if health.is_sound() => continue,
                Ok(health) if health.unread().is_some() => "fsck-package-unchecked",
                Ok(health) if health.is_readable() => "fsck-copy-damaged",
                Ok(_) => "fsck-package-lost",
                Err(_) => "fsck-package-unchecked",
            };
            findings.push(finding(code, package.record));
        }
        Ok(())
    }

    async fn absence_findings(&self, stones: &[Tombstone], findings: &mut Vec<FsckFinding>) -> Result<(), OfficeError> {
        for stone in stones {
            let record = stone.record;
            let proof = self.with_vault(move |vault| Ok(vault.prove_absence(record))).await?;
            if proof.is_err() {
                findings.push(finding("fsck-destroyed-still-there", record));
            }
        }
        Ok(())
    }
}

fn item_findings(items: &[ItemRow], rows: &[RecordRow], stones: &[Tombstone], findings: &mut Vec<FsckFinding>) {
    let living: BTreeSet<RecordId> = rows.iter().map(|row| row.record.id).collect();
    let buried: BTreeSet<RecordId> = stones.iter().map(|stone| stone.record).collect();
    for item in items {
        let gone = matches!(item.state, ItemState::PrimaryGone | ItemState::Confirmed);
        if item.state == ItemState::Claimed {
            findings.push(finding("fsck-claim-not-carried-through", item.item.file));
        }
        for member in &item.item.members {
            if gone && (living.contains(&member.record) || !buried.contains(&member.record)) {
                findings.push(finding("fsck-destroyed-without-tombstone", member.record));
            }
            if !gone && !living.contains(&member.record) && !buried.contains(&member.record) {
                findings.push(finding("fsck-record-missing", member.record));
            }
        }
    }
    findings.extend(living.intersection(&buried).map(|id| finding("fsck-tombstone-of-living-record", id)));
}

fn listing_findings(listing: &VaultListing, known: &Known, findings: &mut Vec<FsckFinding>) {
    let unknown = listing.packages.iter().map(|listed| listed.package).filter(|package| !known.has(package));
    findings.extend(unknown.map(|package| finding("fsck-package-without-record", package)));
    let lone = listing.lone_keys.iter().filter(|package| !known.has(package));
    findings.extend(lone.map(|package| finding("fsck-key-without-package", package)));
    findings.extend(listing.leftovers.iter().map(|place| finding("fsck-leftover", place)));
    findings.extend(listing.strangers.iter().map(|place| finding("fsck-stranger", place)));
}

fn finding(code: &'static str, subject: impl std::fmt::Display) -> FsckFinding {
    FsckFinding { code, subject: subject.to_string() }
}
