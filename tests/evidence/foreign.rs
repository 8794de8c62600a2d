//! Records that others made, where they are on the machine: below `evidence` of the folder that `FUMIKURA_FOREIGN` names.
//!
//! Each record stands beside the data that it is over: `NAME.ers` with `NAME.data`, or with a folder of that name. One more is in the tests
//! of a library, pyasn1-alt-modules: a record of 2017 with a timestamp by a German authority, whose data only its digest tells.

use fumikura::digest::{Digest, DigestAlgorithm};
use fumikura::evidence::{DataObject, EvidenceRecord, examine};
use fumikura::policy::SubIndication;
use fumikura::validate::{Indication, Judge};
use std::path::{Path, PathBuf};

fn objects(beside: &Path, record: &EvidenceRecord) -> Vec<DataObject> {
    let digested = |path: PathBuf| {
        DataObject::digested(&std::fs::read(path).expect("data can be read"), &record.data_algorithms())
    };
    if beside.is_dir() {
        let entries = std::fs::read_dir(beside).expect("a folder").flatten();
        return entries.map(|entry| digested(entry.path())).collect();
    }
    if beside.is_file() { vec![digested(beside.to_owned())] } else { Vec::new() }
}

#[test]
fn records_of_others_hold() {
    let folder = std::env::var_os("FUMIKURA_FOREIGN").map(|all| PathBuf::from(all).join("evidence"));
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        eprintln!("no records of others: passed over");
        return;
    };
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "ers") {
            continue;
        }
        let record = EvidenceRecord::parse(&std::fs::read(&path).expect("a record")).expect("readable");
        let data = objects(&path.with_extension("data"), &record);
        let examination = examine(&record, &data);
        assert!(examination.is_sound(), "{}: {:#?}", path.display(), examination.stamps);
        seen += 1;
    }
    assert!(seen > 0, "{} holds no records", folder.display());
}

/// Returns the record from the library's test, where that is on the machine.
fn of_a_library() -> Option<Vec<u8>> {
    use base64::Engine;
    let folder = PathBuf::from(std::env::var_os("FUMIKURA_FOREIGN")?).join("pyasn1_alt_modules-0.4.10");
    let text = std::fs::read_to_string(folder.join("tests/test_rfc4998.py")).ok()?;
    let text = text.split("pem_text = \"\"\"\\\n").nth(1)?.split("\"\"\"").next()?;
    let text: String = text.split_whitespace().collect();
    Some(base64::engine::general_purpose::STANDARD.decode(text).expect("base64"))
}

#[test]
fn a_record_that_a_german_archive_made_is_read_held_together_and_written_as_it_was() {
    let Some(der) = of_a_library() else {
        eprintln!("no record of a library: passed over");
        return;
    };
    let record = EvidenceRecord::parse(&der).expect("readable");
    assert_eq!((record.to_der() == der, record.timestamps()), (true, 1));
    // The data's digest is the first of its list of two.
    let known = "a1d4e7b50d9693f9a31b2e9484ea6adfa585837730fe2ba94d13a5d4c81c32df";
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
    };
    let object = |bytes: Vec<u8>| DataObject::of(vec![Digest { algorithm: DigestAlgorithm::Sha256, bytes }]);
    let examination = examine(&record, &[object(bytes(known))]);
    assert!(examination.is_sound() && examination.covers_data(), "{:#?}", examination.stamps);
    let at = "2017-06-01T00:00:00Z".parse().expect("an instant");
    let judged = |bytes| Judge::of_nobody().validate_evidence(&record, &[object(bytes)], at);
    // Whose authority nobody here believes; its signature is good, or that would be said first.
    let report = judged(bytes(known));
    assert_eq!(report.sub_indication, Some(SubIndication::NoCertificateChainFound), "{report:#?}");
    let stamp = &report.timestamps[0];
    assert_eq!((stamp.lists, report.others), (2, 1));
    assert!(
        stamp.token.gen_time.is_some_and(|time| time.to_string().starts_with("2017-02-10T14:07")),
        "{:?}",
        stamp.token.gen_time
    );
    let mut other = bytes(known);
    other[0] ^= 1;
    assert_eq!(judged(other).indication, Indication::TotalFailed);
    // A changed bit of the token's signature is found.
    let mut broken = der.clone();
    let last = broken.len() - 8;
    broken[last] ^= 1;
    let broken = EvidenceRecord::parse(&broken).expect("readable");
    let report = Judge::of_nobody().validate_evidence(&broken, &[object(bytes(known))], at);
    assert_eq!(report.sub_indication, Some(SubIndication::SigCryptoFailure), "{report:#?}");
}
