//! Whatever the ledger says has words for those who read it.

use super::floors::{root, rust_files};
use fumikura::wording;
use std::collections::BTreeSet;

/// Endings of files' names, which look like verbs.
const FILES: [&str; 6] = ["csv", "json", "pdf", "toml", "txt", "zip"];

#[test]
fn every_verb_of_the_ledger_has_words_and_no_other_has() {
    let list = std::fs::read_to_string(root().join("src/wording/catalogue/ledger.rs")).unwrap();
    let listed: BTreeSet<&str> = list.split("(\"ledger-").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let subjects: BTreeSet<&str> = listed.iter().filter_map(|verb| Some(verb.split_once('.')?.0)).collect();
    let mut written = BTreeSet::new();
    for path in rust_files(&root().join("src/office")) {
        let text = std::fs::read_to_string(path).unwrap();
        for word in text.split('"') {
            let Some((subject, deed)) = word.split_once('.') else { continue };
            let is_word = |text: &str| {
                !text.is_empty() && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
            };
            if is_word(subject) && is_word(deed) && subjects.contains(subject) && !FILES.contains(&deed) {
                written.insert(word.to_owned());
            }
        }
    }
    let written: BTreeSet<&str> = written.iter().map(String::as_str).collect();
    assert_eq!(listed, written);
    assert!(wording::ja("ledger-notice.sealed").is_some_and(|said| said.contains("公印")));
}
