//! Every known pitfall has its tests.

use super::floors::rust_files;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_pitfall_has_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let names: BTreeSet<String> = rust_files(&root.join("tests"))
        .iter()
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let of = |line: &str| Some(line.trim().strip_prefix("fn ")?.split('(').next()?.to_owned());
            let lines: Vec<&str> = text.lines().collect();
            let tests = lines.windows(2).filter(|pair| pair[0].trim() == "#[test]");
            tests.filter_map(|pair| of(pair[1])).collect::<Vec<_>>()
        })
        .collect();
    let text = std::fs::read_to_string(root.join("tests/data/pitfalls.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let pitfalls = table["pitfall"].as_array().unwrap();
    for pitfall in pitfalls {
        let tests = pitfall["tests"].as_array().unwrap();
        assert!(!tests.is_empty(), "{pitfall}");
        for test in tests {
            assert!(names.contains(test.as_str().unwrap()), "no test is named {test}");
        }
    }
}
