//! Both databases have the same history.

use super::floors::root;
use std::collections::BTreeSet;
use std::fs;

#[test]
fn every_migration_is_there_for_both_databases() {
    let names = |database: &str| -> BTreeSet<String> {
        let folder = root().join("src/store").join(database).join("migrations");
        let entries = fs::read_dir(folder).expect("the migrations are there");
        entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"), "a change of the tables belongs to both");
    let list = fs::read_to_string(root().join("src/store/migrations.rs")).expect("the list is there");
    let listed: BTreeSet<String> =
        list.split('"').filter(|word| word.starts_with("00")).map(|name| format!("{name}.sql")).collect();
    assert_eq!(listed, names("sqlite"), "what is not listed is not in the program");
}
