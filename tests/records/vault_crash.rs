//! Kill -9 between any two steps of a write and of a destruction: nothing is lost, nothing goes that was not claimed.

use super::vault::{bag, claim, clock, create, folders, new, package, record, tree};
use fumikura::digest::Sha256Hex;
use fumikura::fault::{Fault, Kind};
use fumikura::office::ports::{NewPackage, Vault};
use fumikura::vault::{DiskVault, VaultCheckpoint, VaultStep};
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

const FOLDER: &str = "FUMIKURA_TEST_VAULT";
const WORK: &str = "FUMIKURA_TEST_WORK";
const STEPS: &str = "FUMIKURA_TEST_STEPS";

/// Kills its own process, with the signal that nobody can catch, after so many steps.
struct Killer(AtomicUsize);

impl VaultCheckpoint for Killer {
    fn reached(&self, _step: VaultStep) -> io::Result<()> {
        if self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Ok(());
        }
        let _ = Command::new("kill").args(["-KILL", &std::process::id().to_string()]).status();
        std::process::abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "how the parent test speaks to its child")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Not a test of its own: what the child process does. Without its parent's variables it does nothing.
#[test]
fn child() {
    let (Some(folder), Some(work), Some(steps)) = (variable(FOLDER), variable(WORK), variable(STEPS)) else { return };
    let vault = DiskVault::open(folders(Path::new(&folder)), clock()).unwrap();
    let vault = vault.with_checkpoint(Box::new(Killer(AtomicUsize::new(steps.parse().unwrap()))));
    match work.as_str() {
        "small-disk" => {
            let error = vault.write(package(1, 1), &bag(1)).unwrap_err();
            assert_eq!((error.code(), error.kind()), ("vault-disk", Kind::Disk));
        }
        "write" => drop(vault.write(package(1, 1), &bag(1)).unwrap()),
        "write-many" => assert!(vault.write_all(&three()).unwrap().iter().all(Result::is_ok)),
        "destroy-many" => assert!(vault.destroy_all(&[claim(1), claim(3)]).unwrap().iter().all(Result::is_ok)),
        _ => drop(vault.destroy(&claim(1)).unwrap()),
    }
}

/// Three packages to be written side by side.
fn three() -> Vec<NewPackage> {
    [1, 3, 4].map(new).into()
}

/// Runs the child; tells whether it lived to the end.
fn run_child(folder: &Path, work: &str, steps: usize) -> bool {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "records::vault_crash::child", "--nocapture"])
        .env(FOLDER, folder)
        .env(WORK, work)
        .env(STEPS, steps.to_string())
        .output()
        .unwrap();
    let finished = output.status.success();
    assert!(finished || output.status.code().is_none(), "{}", String::from_utf8_lossy(&output.stderr));
    finished
}

/// The system itself refuses to write past two kilobytes: the keys fit, the package is cut off in the middle.
#[cfg(unix)]
#[test]
fn a_write_that_the_system_cuts_off_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    drop(create(root.path()));
    let before = tree(root.path());
    let output = Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 2; exec \"$0\" --exact records::vault_crash::child"])
        .arg(std::env::current_exe().unwrap())
        .env(FOLDER, root.path())
        .env(WORK, "small-disk")
        .env(STEPS, "1000")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let left: Vec<String> = tree(root.path()).into_iter().filter(|path| path != "archive/.lock").collect();
    assert_eq!(left, before);
    let vault = create(root.path());
    assert!(vault.write(package(1, 1), &bag(1)).is_ok());
}

#[test]
fn a_write_killed_at_any_step_is_finished_by_repeating_it() {
    let mut steps = 0;
    loop {
        let root = tempfile::tempdir().unwrap();
        let vault = create(root.path());
        let other = vault.write(package(2, 1), &bag(2)).unwrap();
        drop(vault);
        let finished = run_child(root.path(), "write", steps);
        let vault = create(root.path());
        vault.sweep().unwrap();
        let listing = vault.scan().unwrap();
        assert!(listing.leftovers.is_empty() && listing.strangers.is_empty(), "step {steps}: {listing:?}");
        for listed in &listing.packages {
            assert_eq!(listed.keys, [true, true], "step {steps}: a package never stands without its keys");
        }
        // Start-up has the intent, which knows the bag's digest and not the bag: there is a whole package, or none.
        let adopted = match vault.adopt(package(1, 1), &Sha256Hex::of(&bag(1))) {
            Ok(receipt) => Some(receipt),
            Err(error) => {
                assert_eq!(error.code(), "vault-no-such-package", "step {steps}");
                assert!(vault.scan().unwrap().lone_keys.is_empty(), "step {steps}: its keys are taken back");
                None
            }
        };
        assert!(vault.adopt(package(2, 1), &Sha256Hex::of(&bag(1))).is_err(), "another bag is never adopted");
        let receipt = vault.write(package(1, 1), &bag(1)).unwrap();
        assert!(adopted.is_none_or(|adopted| adopted == receipt), "step {steps}");
        assert_eq!(vault.read(package(1, 1), &receipt.sealed_sha256).unwrap(), bag(1), "step {steps}");
        assert!(vault.check(package(1, 1), &receipt.sealed_sha256).unwrap().is_sound());
        assert!(vault.check(package(2, 1), &other.sealed_sha256).unwrap().is_sound());
        if finished {
            break;
        }
        steps += 1;
    }
    assert_eq!(steps, 20);
}

#[test]
fn a_destruction_killed_at_any_step_only_goes_forward() {
    let mut steps = 0;
    loop {
        let root = tempfile::tempdir().unwrap();
        let vault = create(root.path());
        let other = vault.write(package(2, 1), &bag(2)).unwrap();
        for version in [1, 2] {
            vault.write(package(1, version), &bag(1)).unwrap();
        }
        drop(vault);
        let finished = run_child(root.path(), "destroy", steps);
        let vault = create(root.path());
        assert!(vault.check(package(2, 1), &other.sealed_sha256).unwrap().is_sound(), "step {steps}");
        assert_eq!(vault.read(package(2, 1), &other.sealed_sha256).unwrap(), bag(2));
        let evidence = vault.destroy(&claim(1)).unwrap();
        assert!(!evidence.checks.is_empty());
        let left = tree(root.path());
        assert!(!left.iter().any(|path| path.contains(&record(1).to_string())), "step {steps}: {left:?}");
        if finished {
            assert!(evidence.removed.is_empty());
            break;
        }
        steps += 1;
    }
    assert_eq!(steps, 14, "begin, four keys in two steps each, four copies, proof");
}

#[test]
fn many_writes_killed_at_any_step_are_finished_by_repeating_them() {
    let mut steps = 0;
    loop {
        let root = tempfile::tempdir().unwrap();
        drop(create(root.path()));
        let finished = run_child(root.path(), "write-many", steps);
        let vault = create(root.path());
        vault.sweep().unwrap();
        let listing = vault.scan().unwrap();
        assert!(listing.leftovers.is_empty() && listing.strangers.is_empty(), "step {steps}: {listing:?}");
        for listed in &listing.packages {
            assert_eq!(listed.keys, [true, true], "step {steps}: a package never stands without its keys");
        }
        for NewPackage { package, bag, .. } in three() {
            match vault.adopt(package, &Sha256Hex::of(&bag)) {
                Ok(receipt) => assert_eq!(vault.read(package, &receipt.sealed_sha256).unwrap(), bag, "step {steps}"),
                Err(error) => assert_eq!(error.code(), "vault-no-such-package", "step {steps}"),
            }
        }
        assert!(vault.scan().unwrap().lone_keys.is_empty(), "step {steps}: keys of nothing are taken back");
        let receipts = vault.write_all(&three()).unwrap();
        for (NewPackage { package, bag, .. }, receipt) in three().into_iter().zip(receipts) {
            let receipt = receipt.unwrap();
            assert_eq!(vault.read(package, &receipt.sealed_sha256).unwrap(), bag, "step {steps}");
            assert!(vault.check(package, &receipt.sealed_sha256).unwrap().is_sound(), "step {steps}");
        }
        if finished {
            break;
        }
        steps += 1;
    }
    assert_eq!(steps, 3 * 20, "as many steps as three single writes have");
}

#[test]
fn many_destructions_killed_at_any_step_only_go_forward() {
    let mut steps = 0;
    loop {
        let root = tempfile::tempdir().unwrap();
        let vault = create(root.path());
        let other = vault.write(package(2, 1), &bag(2)).unwrap();
        vault.write_all(&three()).unwrap();
        drop(vault);
        let finished = run_child(root.path(), "destroy-many", steps);
        let vault = create(root.path());
        assert!(vault.check(package(2, 1), &other.sealed_sha256).unwrap().is_sound(), "step {steps}");
        let listing = vault.scan().unwrap();
        for listed in &listing.packages {
            let gone = [record(1), record(3)].contains(&listed.package.record);
            assert!(gone || listed.keys == [true, true], "step {steps}: {listed:?}");
        }
        let proofs = vault.destroy_all(&[claim(1), claim(3)]).unwrap();
        assert!(proofs.iter().all(|proof| !proof.as_ref().unwrap().checks.is_empty()), "step {steps}");
        let left = tree(root.path());
        for gone in [record(1), record(3)] {
            assert!(!left.iter().any(|path| path.contains(&gone.to_string())), "step {steps}: {left:?}");
        }
        assert_eq!(vault.scan().unwrap().packages.len(), 2);
        if finished {
            assert!(proofs.iter().all(|proof| proof.as_ref().unwrap().removed.is_empty()));
            break;
        }
        steps += 1;
    }
    assert_eq!(steps, 2 * 8, "begin, two keys in two steps each, two copies, proof; for each of two");
}
