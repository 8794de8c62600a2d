//! Many packages at once: each has its own answer, and more than a few share one sync of the file system.

use super::vault::{bag, claim, create, new, package, record, tree};
use fumikura::digest::Sha256Hex;
use fumikura::fault::Fault;
use fumikura::office::ports::{DestructionClaim, NewPackage, Vault};
use std::fs;

fn many() -> Vec<NewPackage> {
    (1..=40).map(new).collect()
}

#[test]
fn many_are_written_read_back_and_destroyed_and_no_other_is_touched() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let other = vault.write(package(0x77, 1), &bag(0x77)).unwrap();
    let before = tree(root.path());
    let receipts = vault.write_all(&many()).unwrap();
    for (NewPackage { package, bag, .. }, receipt) in many().into_iter().zip(receipts) {
        let receipt = receipt.unwrap();
        assert_eq!((receipt.package, &receipt.bag_sha256), (package, &Sha256Hex::of(&bag)));
        assert_eq!(vault.read(package, &receipt.sealed_sha256).unwrap(), bag);
        assert!(vault.check(package, &receipt.sealed_sha256).unwrap().is_sound());
    }
    let claims: Vec<DestructionClaim> = (1..=40).map(claim).collect();
    let proofs = vault.destroy_all(&claims).unwrap();
    for (number, proof) in (1..=40).zip(proofs) {
        let proof = proof.unwrap();
        assert_eq!((proof.record, proof.removed.len()), (record(number), 4));
        assert_eq!(
            proof.checks.len(),
            4 * 3 + 4 * 2,
            "three folders in each root, and each file by name and by reading"
        );
    }
    assert_eq!(tree(root.path()), before);
    assert!(vault.check(package(0x77, 1), &other.sealed_sha256).unwrap().is_sound());
    assert_eq!(vault.destroy_all(&claims).unwrap().into_iter().filter_map(Result::ok).count(), 40, "again");
}

#[test]
fn one_that_is_there_already_is_completed_or_refused_and_the_others_are_written() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let same = vault.write(package(3, 1), &bag(3)).unwrap();
    fs::remove_file(root.path().join("second").join(&same.path)).unwrap();
    vault.write(package(5, 1), &bag(6)).unwrap();
    let answers = vault.write_all(&many()).unwrap();
    for (number, answer) in (1..=40).zip(&answers) {
        match number {
            5 => assert_eq!(answer.as_ref().unwrap_err().code(), "vault-package-exists"),
            3 => assert_eq!(answer.as_ref().unwrap(), &same),
            _ => assert!(answer.is_ok(), "{number}: {answer:?}"),
        }
    }
    let listing = vault.scan().unwrap();
    assert_eq!((listing.packages.len(), listing.leftovers.len(), listing.lone_keys.len()), (40, 0, 0));
    assert!(listing.packages.iter().all(|listed| listed.copies == [true, true]), "what was missing is there again");
}

#[test]
fn one_that_cannot_be_destroyed_keeps_no_other_from_it() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let receipts = vault.write_all(&many()[..4]).unwrap();
    let place = root.path().join("archive").join(&receipts[1].as_ref().unwrap().path);
    fs::remove_file(&place).unwrap();
    fs::create_dir(&place).unwrap();
    let claims: Vec<DestructionClaim> = (1..=4).map(claim).collect();
    let codes: Vec<_> =
        vault.destroy_all(&claims).unwrap().into_iter().map(|proof| proof.err().map(|error| error.code())).collect();
    assert_eq!(codes, [None, Some("vault-disk"), None, None]);
    fs::remove_dir(&place).unwrap();
    assert!(vault.destroy_all(&claims).unwrap().iter().all(Result::is_ok));
    assert_eq!(vault.scan().unwrap().packages, []);
}
