//! Vault against rows: each disagreement has its name and its remedy, and nothing of unknown origin is ever destroyed.

use fumikura::id::RecordId;
use fumikura::office::ports::{ListedPackage, PackageName, VaultListing};
use fumikura::office::reconcile::{KnownRecords, Mismatch, Remedy, reconcile};
use fumikura::records::RecordState;

fn package(number: u8) -> PackageName {
    PackageName { record: RecordId::from_bytes([number; 16]), version: 1 }
}

fn listed(number: u8, copies: [bool; 2], keys: [bool; 2]) -> ListedPackage {
    ListedPackage { package: package(number), copies: copies.to_vec(), keys: keys.to_vec() }
}

fn whole(number: u8) -> ListedPackage {
    listed(number, [true, true], [true, true])
}

fn rows(rows: &[(u8, RecordState)]) -> KnownRecords {
    let packages = rows.iter().map(|(number, state)| (package(*number), *state)).collect();
    KnownRecords { packages, ..KnownRecords::default() }
}

fn vault(packages: Vec<ListedPackage>) -> VaultListing {
    VaultListing { packages, ..VaultListing::default() }
}

#[test]
fn agreement_is_silent() {
    let known = rows(&[(1, RecordState::Retained), (2, RecordState::SealedOff), (3, RecordState::Confirmed)]);
    assert_eq!(reconcile(&known, &vault(vec![whole(1), whole(2)])), []);
}

#[test]
fn rows_without_bytes_and_bytes_without_rows() {
    let known = rows(&[(1, RecordState::Retained), (2, RecordState::Due), (3, RecordState::Filed)]);
    let listing =
        vault(vec![listed(2, [true, false], [true, true]), listed(3, [true, true], [false, false]), whole(4)]);
    let found = reconcile(&known, &listing);
    assert_eq!(
        found,
        [
            Mismatch::PackageMissing { package: package(1) },
            Mismatch::KeyMissing { package: package(3) },
            Mismatch::CopyMissing { package: package(2) },
            Mismatch::PackageAlone { package: package(4) },
        ]
    );
    let remedies: Vec<Remedy> = found.iter().map(Mismatch::remedy).collect();
    assert_eq!(remedies, [Remedy::Alarm, Remedy::Alarm, Remedy::Repair, Remedy::Quarantine]);
}

#[test]
fn only_claims_and_tombstones_go_forward() {
    let mut known = rows(&[(1, RecordState::Claimed), (2, RecordState::PrimaryGone)]);
    known.tombstones.insert(package(5).record);
    let mut listing = vault(vec![whole(1), whole(2), whole(5)]);
    listing.lone_keys = vec![package(6)];
    let found = reconcile(&known, &listing);
    let forward: Vec<&Mismatch> = found.iter().filter(|found| found.remedy() == Remedy::DestroyForward).collect();
    assert_eq!(forward.len(), 3);
    assert_eq!(found[3], Mismatch::KeyAlone { package: package(6) });
    for state in RecordState::ALL.iter().filter(|state| state.keeps_bytes()) {
        let found = reconcile(&rows(&[(1, *state)]), &vault(vec![whole(1)]));
        assert_eq!(found, [], "{state:?}");
    }
}

#[test]
fn intents_are_finished_or_tried_again() {
    let mut known = KnownRecords::default();
    known.intents.extend([package(1), package(2), package(3)]);
    let mut listing = vault(vec![whole(1)]);
    listing.lone_keys = vec![package(2)];
    listing.leftovers = vec!["copy-1:tmp/x".to_owned()];
    let found = reconcile(&known, &listing);
    assert_eq!(
        found,
        [
            Mismatch::IntentWithPackage { package: package(1) },
            Mismatch::IntentAlone { package: package(2) },
            Mismatch::IntentAlone { package: package(3) },
            Mismatch::Leftover { place: "copy-1:tmp/x".to_owned() },
        ]
    );
}
