//! Other readers: a check written from the RFC over `asn1crypto` follows the trees, and OpenSSL verifies each token over the
//! root that this check came to.

use super::bench::{Root, Sha256, Sha512, bytes, leaf, object, records, renew, renew_trees, stamped};
use crate::engine::openssl::Bench;
use fumikura::asn1::pem_encode;
use fumikura::evidence::{EvidenceRecord, Leaf, renewed_leaf};
use std::process::Command;

const CHECK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/evidence/check.py");

/// Runs the check; `None` where there is no Python with `asn1crypto`, which is told.
fn check(bench: &Bench, record: &EvidenceRecord, data: &[usize]) -> Option<Result<Vec<String>, String>> {
    let python = std::env::var("FUMIKURA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has =
        Command::new(&python).args(["-c", "import asn1crypto.tsp"]).output().is_ok_and(|ran| ran.status.success());
    if !has {
        assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "asn1crypto must be there");
        eprintln!("no asn1crypto: passed over");
        return None;
    }
    bench.file("record.ers", record.to_der());
    let files = data.iter().map(|number| bench.file(&format!("{number}.txt"), bytes(*number)));
    let mut command = Command::new(python);
    command.arg(CHECK).arg("record.ers").args(files).current_dir(bench.folder());
    let ran = command.output().expect("Python runs");
    if !ran.status.success() {
        return Some(Err(String::from_utf8_lossy(&ran.stderr).into_owned()));
    }
    Some(Ok(String::from_utf8_lossy(&ran.stdout).lines().map(str::to_owned).collect()))
}

#[test]
fn others_follow_the_trees_and_verify_the_tokens() {
    let (bench, root) = (Bench::new(), Root::usual());
    let first = root.authority("tsa-p256", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
    let second = root.authority("tsa", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
    bench.file("root.pem", pem_encode("CERTIFICATE", root.certificate.der()).as_bytes());
    for count in [1, 2, 3, 11] {
        let made = records(count, &first, "2026-06-01T00:00:00Z");
        let renewed = renew(&made, &root, &second, "2027-06-01T00:00:00Z");
        let again = renew_trees(&renewed, Sha512, &root, &first, "2028-06-01T00:00:00Z");
        let last = renew(&again, &root, &second, "2029-06-01T00:00:00Z");
        for (number, record) in [0, count / 2, count - 1].map(|number| (number, &last[number])) {
            let Some(said) = check(&bench, record, &[number]) else { return };
            let lines = said.unwrap_or_else(|said| panic!("{number} of {count}: {said}"));
            assert_eq!(lines.len(), 4);
            for line in lines {
                let [file, algorithm, root, time] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
                let asked = format!("ts -verify -digest {root} -in {file} -token_in -CAfile root.pem -attime {time}");
                assert!(bench.ok(&asked).contains("Verification: OK"), "{algorithm}: {line}");
            }
            let other = check(&bench, record, &[number + 1]).expect("Python is there");
            assert!(other.is_err_and(|said| said.contains("first list") || said.contains("something else")));
        }
    }
}

#[test]
fn others_find_a_group_in_its_record() {
    let (bench, root) = (Bench::new(), Root::usual());
    let by = root.authority("tsa-p256", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
    let digests: Vec<_> = [1, 2, 3].map(|number| Sha256.digest(&bytes(number))).to_vec();
    let leaves = [leaf(8, Sha256), Leaf::group(&digests).expect("a group"), leaf(9, Sha256)];
    let record = stamped(&leaves, &by, "2026-06-01T00:00:00Z").record(1, &leaves[1]).expect("a record");
    let renewed = [renewed_leaf(&record, &[object(1), object(2), object(3)], Sha512).expect("a leaf"), leaf(4, Sha512)];
    let tree = stamped(&renewed, &by, "2027-06-01T00:00:00Z");
    let record = tree.renew_tree(&record, 0, &renewed[0]).expect("a record");
    let Some(said) = check(&bench, &record, &[1, 2, 3]) else { return };
    assert_eq!(said.map(|lines| lines.len()), Ok(2));
    assert!(check(&bench, &record, &[1, 2, 9]).expect("Python is there").is_err());
}
