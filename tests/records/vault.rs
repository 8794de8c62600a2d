//! The vault on a real disk: written once in every copy, read past damage, repaired, destroyed with proof.

use super::package::{contents, tool};
use fumikura::digest::Sha256Hex;
use fumikura::fault::{Fault, Kind};
use fumikura::id::RecordId;
use fumikura::office::ports::{CopyHealth, DestructionClaim, NewPackage, PackageName, Vault, VaultError};
use fumikura::package::write_bag;
use fumikura::time::FixedClock;
use fumikura::vault::{DiskVault, VaultCheckpoint, VaultFolders, VaultStep};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(super) fn folders(root: &Path) -> VaultFolders {
    VaultFolders {
        copies: vec![root.join("archive"), root.join("second")],
        keys: vec![root.join("keys/packages"), root.join("escrow")],
        master_key: root.join("keys/master.txt"),
    }
}

pub(super) fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock("2031-04-01T00:00:00Z".parse().unwrap()))
}

pub(super) fn create(root: &Path) -> DiskVault {
    DiskVault::create_or_open(folders(root), clock()).unwrap()
}

pub(super) fn record(number: u8) -> RecordId {
    RecordId::from_bytes([number; 16])
}

pub(super) fn package(number: u8, version: u32) -> PackageName {
    PackageName { record: record(number), version }
}

pub(super) fn bag(number: u8) -> Vec<u8> {
    write_bag(&contents(number, &[number; 3000])).unwrap()
}

pub(super) fn new(number: u8) -> NewPackage {
    let bag = bag(number);
    NewPackage { package: package(number, 1), bag_sha256: Sha256Hex::of(&bag), bag }
}

pub(super) fn claim(number: u8) -> DestructionClaim {
    DestructionClaim {
        record: record(number),
        list_hash: Some(Sha256Hex::of(b"list")),
        ledger_hash: Sha256Hex::of(b"entry"),
        claimed_at: "2031-04-01T00:00:00Z".parse().unwrap(),
    }
}

/// Lists every file below a folder, by its path below it.
pub(super) fn tree(folder: &Path) -> Vec<String> {
    fn walk(base: &Path, folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(base, &path, found);
            } else {
                found.push(path.strip_prefix(base).unwrap().display().to_string());
            }
        }
    }
    let mut found = Vec::new();
    walk(folder, folder, &mut found);
    found.sort();
    found
}

#[test]
fn a_package_lies_in_every_copy_with_its_key_and_is_read_back() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let receipt = vault.write(package(0xab, 1), &bag(0xab)).unwrap();
    assert_eq!(receipt.path, format!("v1/ab/ab/{}.1.pkg", record(0xab)));
    assert_eq!((receipt.copies, &receipt.bag_sha256), (2, &Sha256Hex::of(&bag(0xab))));
    for folder in ["archive", "second"] {
        let sealed = fs::read(root.path().join(folder).join(&receipt.path)).unwrap();
        assert_eq!(Sha256Hex::of(&sealed), receipt.sealed_sha256);
        assert!(!sealed.windows(4).any(|four| four == b"%PDF" || four == [0xab; 4]), "encrypted");
    }
    assert_eq!(vault.read(package(0xab, 1), &receipt.sealed_sha256).unwrap(), bag(0xab));
    assert!(vault.check(package(0xab, 1), &receipt.sealed_sha256).unwrap().is_sound());
    let listing = vault.scan().unwrap();
    assert_eq!(listing.packages.len(), 1);
    assert!(listing.lone_keys.is_empty() && listing.leftovers.is_empty() && listing.strangers.is_empty());
    drop(vault);
    let again = DiskVault::open(folders(root.path()), clock()).unwrap();
    assert_eq!(again.read(package(0xab, 1), &receipt.sealed_sha256).unwrap(), bag(0xab));
}

#[test]
fn a_write_may_be_repeated_but_never_replaces() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let first = vault.write(package(1, 1), &bag(1)).unwrap();
    assert_eq!(vault.write(package(1, 1), &bag(1)).unwrap(), first);
    let error = vault.write(package(1, 1), &bag(2)).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("vault-package-exists", Kind::Conflict));
    assert_eq!(vault.read(package(1, 1), &first.sealed_sha256).unwrap(), bag(1));
    fs::remove_file(root.path().join("second").join(&first.path)).unwrap();
    assert_eq!(vault.write(package(1, 1), &bag(1)).unwrap(), first, "the missing copy is completed");
    assert!(vault.check(package(1, 1), &first.sealed_sha256).unwrap().is_sound());
    assert_eq!(vault.write(package(1, 2), b"no bag").unwrap_err().code(), "package-not-a-zip");
    assert_eq!(vault.scan().unwrap().packages.len(), 1);
}

#[test]
fn damage_is_passed_over_repaired_and_kept_in_quarantine() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let receipt = vault.write(package(1, 1), &bag(1)).unwrap();
    let sum = &receipt.sealed_sha256;
    let primary = root.path().join("archive").join(&receipt.path);
    let mut bytes = fs::read(&primary).unwrap();
    bytes[500] ^= 1;
    fs::write(&primary, &bytes).unwrap();
    fs::remove_file(root.path().join("escrow").join(receipt.path.replace(".pkg", ".key"))).unwrap();
    let health = vault.check(package(1, 1), sum).unwrap();
    assert_eq!(health.copies, [CopyHealth::Damaged, CopyHealth::Sound]);
    assert_eq!(health.keys, [CopyHealth::Sound, CopyHealth::Missing]);
    assert!(health.is_readable() && !health.is_sound());
    assert_eq!(vault.read(package(1, 1), sum).unwrap(), bag(1));
    assert!(vault.repair(package(1, 1), sum).unwrap().is_sound());
    assert_eq!(tree(&root.path().join("archive/quarantine")).len(), 1, "damaged bytes are kept");
    assert!(vault.repair(package(1, 1), sum).unwrap().is_sound());
    for folder in ["archive", "second"] {
        fs::remove_file(root.path().join(folder).join(&receipt.path)).unwrap();
    }
    assert_eq!(vault.repair(package(1, 1), sum).unwrap_err().code(), "vault-no-such-package");
    assert_eq!(vault.read(package(1, 1), sum).unwrap_err().kind(), Kind::NotFound);
    assert_eq!(vault.scan().unwrap().lone_keys, [package(1, 1)]);
}

#[test]
fn without_its_key_a_package_is_unreadable() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let receipt = vault.write(package(1, 1), &bag(1)).unwrap();
    for folder in ["keys/packages", "escrow"] {
        fs::remove_file(root.path().join(folder).join(receipt.path.replace(".pkg", ".key"))).unwrap();
    }
    assert_eq!(vault.read(package(1, 1), &receipt.sealed_sha256).unwrap_err().code(), "vault-no-key");
    assert_eq!(vault.repair(package(1, 1), &receipt.sealed_sha256).unwrap_err().code(), "vault-no-key");
    assert_eq!(vault.write(package(1, 1), &bag(1)).unwrap_err().code(), "vault-no-key");
}

#[test]
fn destruction_leaves_nothing_of_the_record_and_touches_no_other() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let other = vault.write(package(0x12, 1), &bag(0x12)).unwrap();
    for version in 1..=3 {
        vault.write(package(1, version), &bag(1)).unwrap();
    }
    vault.quarantine(package(1, 3)).unwrap();
    fs::write(root.path().join("second/tmp").join(format!("{}.4.pkg", record(1))), b"half").unwrap();
    let evidence = vault.destroy(&claim(1)).unwrap();
    assert_eq!(evidence.removed.len(), 13, "{:?}", evidence.removed);
    assert!(evidence.removed[0].place.starts_with("keys-1:"), "keys go first");
    assert!(evidence.checks.len() > 30);
    let left = tree(root.path());
    assert!(!left.iter().any(|path| path.contains(&record(1).to_string())), "{left:?}");
    let again = vault.destroy(&claim(1)).unwrap();
    assert!(again.removed.is_empty() && !again.checks.is_empty());
    assert!(vault.prove_absence(record(1)).is_ok());
    assert_eq!(vault.prove_absence(record(0x12)).unwrap_err().code(), "vault-still-there");
    assert_eq!(vault.read(package(0x12, 1), &other.sealed_sha256).unwrap(), bag(0x12));
    assert!(vault.check(package(0x12, 1), &other.sealed_sha256).unwrap().is_sound());
}

#[test]
fn a_package_nobody_knows_goes_to_quarantine_with_its_key() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    vault.write(package(1, 1), &bag(1)).unwrap();
    let before = tree(root.path()).len();
    let places = vault.quarantine(package(1, 1)).unwrap();
    assert_eq!(places.len(), 4);
    assert_eq!(tree(root.path()).len(), before, "nothing is deleted");
    assert!(vault.scan().unwrap().packages.is_empty());
    assert_eq!(vault.scan().unwrap().quarantined.len(), 4);
    assert_eq!(vault.quarantine(package(1, 1)).unwrap_err().kind(), Kind::NotFound);
    vault.write(package(1, 1), &bag(1)).unwrap();
    vault.quarantine(package(1, 1)).unwrap();
    assert_eq!(vault.scan().unwrap().quarantined.len(), 8, "names in quarantine never collide");
}

#[test]
fn keys_are_taken_back_only_where_no_byte_of_the_package_is_left() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let receipt = vault.write(package(1, 1), &bag(1)).unwrap();
    let sum = Sha256Hex::of(&bag(1));
    for folder in ["archive", "second"] {
        let path = root.path().join(folder).join(&receipt.path);
        let aside = root.path().join(folder).join("quarantine").join(format!("{}.1.pkg", record(1)));
        fs::rename(path, aside).unwrap();
    }
    assert_eq!(vault.adopt(package(1, 1), &sum).unwrap_err().code(), "vault-no-such-package");
    assert_eq!(vault.scan().unwrap().lone_keys, [package(1, 1)], "quarantine may still need them");
    fs::rename(root.path().join("second"), root.path().join("away")).unwrap();
    assert!(vault.adopt(package(1, 1), &sum).is_err());
    fs::rename(root.path().join("away"), root.path().join("second")).unwrap();
    for folder in ["archive", "second"] {
        fs::remove_file(root.path().join(folder).join("quarantine").join(format!("{}.1.pkg", record(1)))).unwrap();
    }
    assert_eq!(vault.adopt(package(1, 1), &sum).unwrap_err().code(), "vault-no-such-package");
    assert!(vault.scan().unwrap().lone_keys.is_empty());
}

#[test]
fn strangers_and_leftovers_are_named_and_only_leftovers_swept() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let receipt = vault.write(package(1, 1), &bag(1)).unwrap();
    let archive = root.path().join("archive");
    fs::write(archive.join("v1/note.txt"), b"x").unwrap();
    fs::create_dir_all(archive.join("v1/ff/ff")).unwrap();
    fs::copy(archive.join(&receipt.path), archive.join("v1/ff/ff").join(format!("{}.1.pkg", record(1)))).unwrap();
    fs::write(archive.join("tmp/mine.doc"), b"x").unwrap();
    fs::write(archive.join("tmp").join(format!("{}.1.pkg", record(2))), b"half").unwrap();
    let listing = vault.scan().unwrap();
    assert_eq!(listing.strangers.len(), 3, "{:?}", listing.strangers);
    assert_eq!(listing.leftovers.len(), 1);
    assert_eq!(vault.sweep().unwrap().len(), 1);
    assert_eq!(vault.scan().unwrap().leftovers.len(), 0);
    assert!(archive.join("tmp/mine.doc").exists());
}

#[test]
fn a_vault_is_not_taken_for_another_nor_an_empty_disk_for_an_empty_archive() {
    let root = tempfile::tempdir().unwrap();
    drop(create(root.path()));
    let open = |folders: VaultFolders| DiskVault::create_or_open(folders, clock()).err().map(|error| error.code());
    assert_eq!(open(folders(root.path())), None);
    let mut unmounted = folders(root.path());
    unmounted.copies[1] = root.path().join("empty");
    assert_eq!(open(unmounted), Some("vault-layout"));
    let mut nested = folders(root.path());
    nested.keys = vec![root.path().join("archive/keys")];
    assert_eq!(open(nested), Some("vault-layout"));
    let stranger = tempfile::tempdir().unwrap();
    drop(create(stranger.path()));
    let mut foreign = folders(root.path());
    foreign.copies[1] = stranger.path().join("archive");
    assert_eq!(open(foreign), Some("vault-layout"));
    let none = VaultFolders { copies: Vec::new(), ..folders(root.path()) };
    assert_eq!(open(none), Some("vault-layout"));
    fs::rename(root.path().join("keys/master.txt"), root.path().join("keys/away")).unwrap();
    assert_eq!(open(folders(root.path())), Some("vault-master-key"), "never made anew");
    assert!(!root.path().join("keys/master.txt").exists());
    fs::write(root.path().join("keys/master.txt"), b"not a key").unwrap();
    assert_eq!(open(folders(root.path())), Some("vault-master-key"));
}

#[cfg(unix)]
#[test]
fn a_master_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    drop(create(root.path()));
    let master = root.path().join("keys/master.txt");
    assert_eq!(fs::metadata(&master).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&master, fs::Permissions::from_mode(0o640)).unwrap();
    let error = DiskVault::open(folders(root.path()), clock()).err().unwrap();
    assert_eq!((error.code(), error.kind()), ("vault-master-key", Kind::Unavailable));
}

/// A disk that is full after so many steps.
pub(super) struct Full(pub(super) AtomicUsize);

impl VaultCheckpoint for Full {
    fn reached(&self, _step: VaultStep) -> io::Result<()> {
        match self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => Ok(()),
            Err(_) => Err(io::Error::from(io::ErrorKind::StorageFull)),
        }
    }
}

#[test]
fn a_disk_full_at_any_step_leaves_nothing_half_written() {
    let mut steps = 0;
    loop {
        let root = tempfile::tempdir().unwrap();
        drop(create(root.path()));
        let before = tree(root.path());
        let vault = DiskVault::open(folders(root.path()), clock()).unwrap();
        let vault = vault.with_checkpoint(Box::new(Full(AtomicUsize::new(steps))));
        match vault.write(package(1, 1), &bag(1)) {
            Ok(_) => break,
            Err(error) => assert_eq!((error.code(), error.kind()), ("vault-disk", Kind::Disk)),
        }
        let left: Vec<String> = tree(root.path()).into_iter().filter(|path| path != "archive/.lock").collect();
        assert_eq!(left, before, "after step {steps}");
        drop(vault);
        let healthy = create(root.path());
        let receipt = healthy.write(package(1, 1), &bag(1)).unwrap();
        assert_eq!(healthy.read(package(1, 1), &receipt.sealed_sha256).unwrap(), bag(1));
        steps += 1;
    }
    assert_eq!(steps, 20, "two keys and two copies, five steps each");
}

#[test]
fn the_age_tool_unwraps_the_key_and_opens_the_package() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let receipt = vault.write(package(1, 1), &bag(1)).unwrap();
    let at = |path: &str| -> PathBuf { root.path().join(path) };
    let key = at("keys/packages").join(receipt.path.replace(".pkg", ".key"));
    let sealed = at("archive").join(&receipt.path);
    for (identity, input, output) in
        [(at("keys/master.txt"), key, at("package.key")), (at("package.key"), sealed, at("bag.zip"))]
    {
        let mut age = Command::new("age");
        age.args(["-d", "-i"]).arg(identity).arg("-o").arg(output).arg(input);
        let Some(output) = tool(&mut age) else { return };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(fs::read(at("bag.zip")).unwrap(), bag(1));
}

#[test]
fn a_disk_that_went_away_is_not_taken_for_absence() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let receipt = vault.write(package(1, 1), &bag(1)).unwrap();
    let (second, away) = (root.path().join("second"), root.path().join("away"));
    fs::rename(&second, &away).unwrap();
    fs::create_dir(&second).unwrap();
    let refusals = [
        vault.destroy(&claim(1)).err(),
        vault.prove_absence(record(7)).err(),
        vault.scan().err(),
        vault.write(package(2, 1), &bag(2)).err(),
        vault.repair(package(1, 1), &receipt.sealed_sha256).err(),
        vault.sweep().err(),
        vault.check(package(1, 1), &receipt.sealed_sha256).err(),
    ];
    assert!(refusals.iter().all(|error| error.as_ref().is_some_and(|error| error.code() == "vault-layout")));
    assert!(tree(&second).is_empty());
    assert_eq!(vault.read(package(1, 1), &receipt.sealed_sha256).unwrap(), bag(1), "reading goes on");
    fs::remove_dir(&second).unwrap();
    fs::rename(&away, &second).unwrap();
    assert!(vault.check(package(1, 1), &receipt.sealed_sha256).unwrap().is_sound(), "nothing was touched");
}

#[test]
fn a_key_of_another_package_in_one_store_is_passed_over() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let (one, two) = (vault.write(package(1, 1), &bag(1)).unwrap(), vault.write(package(2, 1), &bag(2)).unwrap());
    let key = |receipt: &str| root.path().join("keys/packages").join(receipt.replace(".pkg", ".key"));
    fs::copy(key(&two.path), key(&one.path)).unwrap();
    assert_eq!(vault.read(package(1, 1), &one.sealed_sha256).unwrap(), bag(1));
    let health = vault.check(package(1, 1), &one.sealed_sha256).unwrap();
    assert_eq!(health.keys, [CopyHealth::Damaged, CopyHealth::Sound]);
    assert!(vault.repair(package(1, 1), &one.sealed_sha256).unwrap().is_sound());
}

#[test]
fn many_writers_at_once_write_each_package_once() {
    let root = tempfile::tempdir().unwrap();
    drop(create(root.path()));
    let receipts: Vec<_> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..12u8)
            .map(|number| {
                let folder = root.path();
                scope.spawn(move || create(folder).write(package(number % 3, 1), &bag(number % 3)).unwrap())
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    for (number, receipt) in receipts.iter().enumerate() {
        assert_eq!(receipt, &receipts[number % 3]);
    }
    let vault = create(root.path());
    let listing = vault.scan().unwrap();
    assert_eq!((listing.packages.len(), listing.leftovers.len()), (3, 0));
}

#[test]
fn errors_of_the_disk_name_the_place_and_the_kind() {
    let root = tempfile::tempdir().unwrap();
    let vault = create(root.path());
    let receipt = vault.write(package(1, 1), &bag(1)).unwrap();
    let path = root.path().join("archive").join(&receipt.path);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = vault.destroy(&claim(1)).unwrap_err();
    assert!(matches!(&error, VaultError::Disk { place, .. } if place.contains(&receipt.path)), "{error}");
    assert_eq!(vault.scan().unwrap().strangers.len(), 1);
}
