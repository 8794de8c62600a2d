//! What a vault remembers, in an index and parts: whole and proven at every step, and nothing older once it is done.

use super::vault::{Full, clock, create, folders, tree};
use fumikura::office::ports::{MEMORY_VERSION, Memory, MemoryUnit, Remembered, Vault};
use fumikura::vault::DiskVault;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicUsize;

/// Writes two parts, of which the first may be taken over, and names them in an index.
fn memory(vault: &DiskVault, seq: u64, base: Option<&Memory>) -> Memory {
    let said = |text: &str| format!("{text} {seq}\n").into_bytes();
    let mut parts = match base {
        Some(base) => vec![base.parts[0].clone()],
        None => vault.put_memory(vec![(MemoryUnit::Head, said("head"))]).unwrap(),
    };
    parts.extend(vault.put_memory(vec![(MemoryUnit::Files("0a3".to_owned()), said("files"))]).unwrap());
    Memory { version: MEMORY_VERSION, seq, ledger_hash: None, parts }
}

fn read(vault: &DiskVault, memory: &Memory) -> Vec<String> {
    let text = |part| String::from_utf8(vault.memory_part(part).unwrap()).unwrap();
    memory.parts.iter().map(text).collect()
}

fn remembered(root: &Path) -> Vec<String> {
    tree(root).into_iter().filter(|path| path.contains("/memory")).collect()
}

#[test]
fn a_turn_stopped_at_any_step_leaves_the_older_or_the_newer_whole() {
    let mut steps = 0;
    loop {
        let root = tempfile::tempdir().unwrap();
        let vault = create(root.path());
        let seven = memory(&vault, 7, None);
        assert_eq!(vault.remember(&seven, false).unwrap(), Remembered::Done);
        let failing = DiskVault::open(folders(root.path()), clock()).unwrap();
        let failing = failing.with_checkpoint(Box::new(Full(AtomicUsize::new(steps))));
        let eight = memory(&vault, 8, Some(&seven));
        let finished = failing.remember(&eight, false).is_ok();
        let found = vault.memory().unwrap().unwrap();
        assert!(found == seven || found == eight, "step {steps}");
        assert_eq!(read(&vault, &found), ["head 7\n".to_owned(), format!("files {}\n", found.seq)], "step {steps}");
        assert_eq!(vault.remembers(8).unwrap(), finished, "step {steps}");
        assert_eq!(vault.remember(&eight, false).unwrap(), Remembered::Done);
        assert!(vault.remembers(8).unwrap());
        assert_eq!(remembered(root.path()).len(), 2 * 3 + 2, "an index and two parts in each copy, and its keys");
        assert_eq!(read(&vault, &eight), ["head 7\n", "files 8\n"]);
        assert!(vault.memory_part(&seven.parts[1]).is_err(), "what changed is gone");
        if finished {
            break;
        }
        steps += 1;
    }
    assert_eq!(steps, 4 * 4, "four steps for each key and each index");
}

#[test]
fn parts_that_no_index_names_are_nothing_and_go() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let seven = memory(&vault, 7, None);
    assert_eq!((vault.memory().unwrap(), vault.remembers(7).unwrap()), (None, false));
    assert_eq!(vault.remember(&seven, false).unwrap(), Remembered::Done);
    memory(&vault, 8, None);
    assert!(!vault.remembers(7).unwrap(), "there is more than is named");
    assert_eq!(vault.remember(&seven, false).unwrap(), Remembered::Done);
    assert!(vault.remembers(7).unwrap());
    let listing = vault.scan().unwrap();
    assert!(listing.strangers.is_empty() && listing.leftovers.is_empty());
}

#[test]
fn an_index_that_lacks_a_part_or_has_another_name_is_not_taken() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let (seven, name) = (memory(&vault, 7, None), |seq: u64| format!("memory/{seq:020}"));
    vault.remember(&seven, false).unwrap();
    for (folder, ending) in [("archive", "rows"), ("keys/packages", "key")] {
        let path = |seq| root.path().join(folder).join(format!("{}.{ending}", name(seq)));
        fs::copy(path(7), path(9)).unwrap();
    }
    assert_eq!(vault.memory().unwrap().unwrap(), seven, "it says what it is as of");
    let eight = memory(&vault, 8, Some(&seven));
    let lost = root.path().join(format!("second/memory-parts/{}.part", seven.parts[0].sha256));
    fs::remove_file(lost).unwrap();
    assert_eq!(vault.remember(&eight, false).unwrap(), Remembered::Newer(9));
    assert_eq!(vault.remember(&eight, true).unwrap(), Remembered::Incomplete);
    assert_eq!(read(&vault, &vault.memory().unwrap().unwrap()), ["head 7\n", "files 7\n"]);
    assert_eq!(vault.remember(&memory(&vault, 8, None), true).unwrap(), Remembered::Done);
    assert!(vault.remembers(8).unwrap());
}
