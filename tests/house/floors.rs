//! Holds `src/` to the floor table of `src/ARCHITECTURE.md`: imports go strictly downwards, heads are there, files stay short.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file above which it no longer reads from top to bottom.
const LONGEST_FILE_LINES: usize = 600;

#[test]
fn every_module_stands_in_the_table_and_every_row_is_a_module() {
    let table = floor_table();
    let mut modules: Vec<String> = fs::read_dir(source())
        .expect("src is readable")
        .map(|entry| entry.expect("src is readable").path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().expect("a folder has a name").to_string_lossy().into_owned())
        .collect();
    modules.sort();
    let mut rows: Vec<String> = table.keys().cloned().collect();
    rows.sort();
    assert_eq!(modules, rows, "src/ and the floor table of src/ARCHITECTURE.md name the same modules");
}

#[test]
fn imports_go_strictly_downwards() {
    let table = floor_table();
    let mut wrong = Vec::new();
    for path in rust_files(&source()) {
        let Some(module) = module_of(&path) else { continue };
        let floor = table[&module];
        for (line, target) in crate_paths(&fs::read_to_string(&path).expect("a source file is readable")) {
            match table.get(&target) {
                _ if target == module => {}
                Some(other) if *other < floor => {}
                Some(other) => {
                    wrong.push(format!("{}:{line}: {module} ({floor}) imports {target} ({other})", path.display()))
                }
                None => wrong.push(format!("{}:{line}: {target} is not a module of the floor table", path.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "imports that are not strictly downwards:\n{}", wrong.join("\n"));
}

#[test]
fn the_import_scanner_sees_what_it_must() {
    let text = "use crate::pdf::Pdf;\n// crate::nowhere\nlet x = crate::time::japanese_date(y);\nuse crate::{cms,\n    pki::{Path, other}, tsp};\n";
    let found: Vec<String> = crate_paths(text).into_iter().map(|(_, target)| target).collect();
    assert_eq!(found, ["pdf", "time", "cms", "pki", "tsp"]);
}

#[test]
fn every_source_file_has_a_head() {
    let headless: Vec<PathBuf> = rust_files(&source())
        .into_iter()
        .chain(rust_files(&root().join("tests")))
        .filter(|path| !fs::read_to_string(path).expect("a source file is readable").starts_with("//! "))
        .collect();
    assert!(headless.is_empty(), "files that do not begin with a //! line: {headless:?}");
}

#[test]
fn every_test_file_is_run() {
    let tests = root().join("tests");
    let orphans: Vec<PathBuf> = rust_files(&tests)
        .into_iter()
        .filter(|path| {
            let stem = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            let folder = path.parent().expect("a file is in a folder");
            let (name, parent) = match stem.as_str() {
                "main" => return false,
                "mod" => {
                    (folder.file_name().expect("a folder has a name").to_string_lossy().into_owned(), folder.parent())
                }
                _ => (stem, Some(folder)),
            };
            let parent = parent.expect("a folder is in another");
            let heads = ["mod.rs", "main.rs"].map(|head| fs::read_to_string(parent.join(head)).unwrap_or_default());
            let declared = format!("mod {name};");
            !heads.iter().any(|head| head.lines().any(|line| line.trim_start_matches("pub ").trim() == declared))
        })
        .collect();
    assert!(orphans.is_empty(), "test files that no module declares: {orphans:?}");
}

#[test]
fn source_files_read_from_top_to_bottom() {
    let long: Vec<String> = rust_files(&source())
        .into_iter()
        .map(|path| (fs::read_to_string(&path).expect("a source file is readable").lines().count(), path))
        .filter(|(lines, _)| *lines > LONGEST_FILE_LINES)
        .map(|(lines, path)| format!("{lines} {}", path.display()))
        .collect();
    assert!(long.is_empty(), "files over {LONGEST_FILE_LINES} lines:\n{}", long.join("\n"));
}

#[test]
fn the_disk_is_touched_only_where_it_may_be() {
    let may = ["cli", "keystore", "store", "vault"];
    let wrong: Vec<String> = rust_files(&source())
        .into_iter()
        .filter(|path| module_of(path).is_some_and(|module| !may.contains(&module.as_str())))
        .filter(|path| {
            let text = fs::read_to_string(path).expect("a source file is readable");
            text.lines().any(|line| !is_comment(line) && (line.contains("std::fs") || line.contains("tokio::fs")))
        })
        .map(|path| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "std::fs outside {may:?}: {wrong:?}");
}

pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn source() -> PathBuf {
    root().join("src")
}

/// Reads the rows `| floor | module | … |` of the table.
fn floor_table() -> BTreeMap<String, u32> {
    let text = fs::read_to_string(source().join("ARCHITECTURE.md")).expect("src/ARCHITECTURE.md is readable");
    let table: BTreeMap<String, u32> = text
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
            Some((cells.next()?.parse().ok()?, cells.next()?.to_owned()))
        })
        .map(|(floor, module)| (module, floor))
        .collect();
    assert!(table.len() > 10, "the floor table was not found in src/ARCHITECTURE.md");
    table
}

pub(super) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder is readable") {
        let path = entry.expect("a folder is readable").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the top-level module a file under `src/` belongs to; `lib.rs` and `main.rs` belong to none.
fn module_of(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(source()).expect("the file is under src");
    let mut parts = inside.components();
    let first = parts.next()?.as_os_str().to_string_lossy().into_owned();
    parts.next().map(|_| first)
}

/// Returns (line number, top-level module) of each `crate::module` and each entry of `crate::{…}`.
fn crate_paths(text: &str) -> Vec<(usize, String)> {
    let code: String =
        text.lines().map(|line| if is_comment(line) { "\n".to_owned() } else { format!("{line}\n") }).collect();
    let mut found = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        if code[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let number = code[..start].matches('\n').count() + 1;
        let rest = &code[start + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(group_heads(group).into_iter().map(|name| (number, name))),
            None => found.push((number, name_at(rest))),
        }
    }
    found.retain(|(_, name)| name.starts_with(|c: char| c.is_ascii_lowercase()));
    found
}

/// Returns the first name of each entry of a brace group at its own depth.
fn group_heads(group: &str) -> Vec<String> {
    let (mut depth, mut heads, mut fresh) = (0, Vec::new(), true);
    for (index, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && c.is_alphabetic() => {
                heads.push(name_at(&group[index..]));
                fresh = false;
            }
            _ => {}
        }
    }
    heads
}

fn name_at(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}
