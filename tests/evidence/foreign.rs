//! Records that others made, where they are on the machine: below `evidence` of the folder that `FUMIKURA_FOREIGN` names.
//!
//! Each record stands beside the data that it is over: `NAME.ers` with `NAME.data`, or with a folder of that name.

use fumikura::evidence::{DataObject, EvidenceRecord, examine};
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
