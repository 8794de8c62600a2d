//! A copy of the packages in an object store: written once, read past trouble, repaired, destroyed with proof; and what a
//! store says that is busy, away or half there is never taken for absence.

use super::objects::{Front, KEY_ID, Mood, SECRET, objects, options, strict};
use super::vault::{bag, claim, clock, folders, package, record};
use fumikura::digest::Sha256Hex;
use fumikura::fault::{Fault, Kind};
use fumikura::office::ports::{
    CopyHealth, MEMORY_VERSION, Memory, MemoryUnit, PackageReceipt, Remembered, Vault, VaultError,
};
use fumikura::vault::{Bucket, BucketOptions, DiskVault, VaultFolders};
use std::fs;
use std::path::Path;

/// A vault with one folder, one bucket and one key store.
fn vault(root: &Path, bucket: Bucket) -> Result<DiskVault, VaultError> {
    let all = folders(root);
    let folders = VaultFolders { copies: all.copies[..1].to_vec(), keys: all.keys[..1].to_vec(), ..all };
    DiskVault::create_or_open_with(folders, vec![bucket], clock())
}

fn name(bucket: &str, receipt: &PackageReceipt) -> String {
    format!("{bucket}/fumikura/records/{}", receipt.path)
}

fn code<T>(result: Result<T, VaultError>) -> &'static str {
    match result {
        Ok(_) => "was not refused",
        Err(error) => {
            let said = format!("{error} {error:?}");
            assert!(!said.contains(KEY_ID) && !said.contains(SECRET), "{said}");
            error.code()
        }
    }
}

#[test]
fn a_package_lies_in_folder_and_bucket_and_is_read_from_either() {
    let Some(server) = objects() else { return };
    let (root, bucket) = (tempfile::tempdir().unwrap(), server.bucket());
    let vault = vault(root.path(), server.open(&bucket)).unwrap();
    let receipt = vault.write(package(0xab, 1), &bag(0xab)).unwrap();
    assert_eq!(receipt.copies, 2);
    let sealed = server.get(&name(&bucket, &receipt)).unwrap();
    assert_eq!(Sha256Hex::of(&sealed), receipt.sealed_sha256);
    assert_eq!(vault.write(package(0xab, 1), &bag(0xab)).unwrap(), receipt, "a write may be repeated");
    assert_eq!(code(vault.write(package(0xab, 1), &bag(1))), "vault-package-exists");
    let local = root.path().join("archive").join(&receipt.path);
    fs::remove_file(&local).unwrap();
    assert_eq!(vault.read(package(0xab, 1), &receipt.sealed_sha256).unwrap(), bag(0xab));
    let health = vault.check(package(0xab, 1), &receipt.sealed_sha256).unwrap();
    assert_eq!(health.copies, [CopyHealth::Missing, CopyHealth::Sound]);
    assert!(vault.repair(package(0xab, 1), &receipt.sealed_sha256).unwrap().is_sound());
    server.put(&name(&bucket, &receipt), "damaged");
    let health = vault.check(package(0xab, 1), &receipt.sealed_sha256).unwrap();
    assert_eq!(health.copies, [CopyHealth::Sound, CopyHealth::Damaged]);
    assert!(vault.repair(package(0xab, 1), &receipt.sealed_sha256).unwrap().is_sound());
    let aside = format!("{bucket}/fumikura/records/quarantine/{}.1.pkg", record(0xab));
    assert_eq!(server.get(&aside).unwrap(), b"damaged", "damaged bytes are kept");
    server.delete(&name(&bucket, &receipt));
    let health = vault.check(package(0xab, 1), &receipt.sealed_sha256).unwrap();
    assert_eq!(health.copies, [CopyHealth::Sound, CopyHealth::Missing]);
}

#[test]
fn a_scan_names_what_lies_in_the_bucket() {
    let Some(server) = objects() else { return };
    let (root, bucket) = (tempfile::tempdir().unwrap(), server.bucket());
    let vault = vault(root.path(), server.open(&bucket)).unwrap();
    vault.write(package(1, 1), &bag(1)).unwrap();
    vault.write(package(2, 1), &bag(2)).unwrap();
    vault.quarantine(package(2, 1)).unwrap();
    server.put(&format!("{bucket}/fumikura/records/v1/note.txt"), "x");
    server.put(&format!("{bucket}/elsewhere.txt"), "not the vault's");
    let listing = vault.scan().unwrap();
    assert_eq!((listing.packages.len(), &listing.packages[0].copies[..]), (1, &[true, true][..]));
    assert_eq!(listing.quarantined.len(), 3, "{:?}", listing.quarantined);
    assert_eq!(listing.strangers, ["copy-2:v1/note.txt"]);
}

#[test]
fn destruction_leaves_nothing_in_the_bucket_and_proves_it() {
    let Some(server) = objects() else { return };
    let (root, bucket) = (tempfile::tempdir().unwrap(), server.bucket());
    let vault = vault(root.path(), server.open(&bucket)).unwrap();
    let other = vault.write(package(2, 1), &bag(2)).unwrap();
    let receipts = [1, 2].map(|version| vault.write(package(1, version), &bag(1)).unwrap());
    server.put(&name(&bucket, &receipts[1]), "damaged");
    vault.repair(package(1, 2), &receipts[1].sealed_sha256).unwrap();
    let evidence = vault.destroy(&claim(1)).unwrap();
    let in_bucket = evidence.removed.iter().filter(|item| item.place.starts_with("copy-2:")).count();
    assert_eq!(in_bucket, 3, "two versions and the damaged bytes: {:?}", evidence.removed);
    for method in ["list", "stat", "read"] {
        assert!(evidence.checks.iter().any(|check| check.place.starts_with("copy-2:") && check.method == method));
    }
    assert!(receipts.iter().all(|receipt| server.get(&name(&bucket, receipt)).is_none()));
    assert!(vault.destroy(&claim(1)).unwrap().removed.is_empty());
    assert_eq!(code(vault.prove_absence(record(2))), "vault-still-there");
    assert!(vault.check(package(2, 1), &other.sealed_sha256).unwrap().is_sound());
}

#[test]
fn a_store_that_is_busy_away_or_half_there_says_nothing_of_its_objects() {
    let Some(server) = objects() else { return };
    let (root, bucket) = (tempfile::tempdir().unwrap(), server.bucket());
    let front = Front::before(server);
    let vault = vault(root.path(), front.open(&bucket)).unwrap();
    let receipt = vault.write(package(1, 1), &bag(1)).unwrap();
    let (one, sum) = (package(1, 1), &receipt.sealed_sha256);
    for mood in [Mood::Says(500), Mood::Says(503), Mood::Says(403), Mood::Silent, Mood::Half] {
        front.rule("GET .pkg", mood, 99);
        let health = vault.check(one, sum).unwrap();
        assert_eq!(health.copies, [CopyHealth::Sound, CopyHealth::Unread], "{mood:?}");
        assert_eq!(vault.read(one, sum).unwrap(), bag(1));
        let repaired = vault.repair(one, sum).unwrap();
        assert_eq!(repaired.copies, [CopyHealth::Sound, CopyHealth::Unread], "{mood:?}: nothing is put aside");
        front.calm();
    }
    front.rule("GET .pkg", Mood::Changed, 1);
    assert_eq!(vault.check(one, sum).unwrap().copies, [CopyHealth::Sound, CopyHealth::Damaged]);
    for mood in [Mood::Says(503), Mood::Silent, Mood::Says(404)] {
        front.rule("GET ", mood, 99);
        front.rule("HEAD ", mood, 99);
        assert!(["vault-unavailable", "vault-layout"].contains(&code(vault.destroy(&claim(1)))), "{mood:?}");
        assert!(["vault-unavailable", "vault-layout"].contains(&code(vault.prove_absence(record(7)))), "{mood:?}");
        assert!(vault.scan().is_err() && vault.write(package(2, 1), &bag(2)).is_err());
        front.calm();
    }
    assert!(vault.check(one, sum).unwrap().is_sound(), "nothing was touched");
    assert!(vault.scan().unwrap().packages.len() == 1 && vault.scan().unwrap().lone_keys.is_empty());
    // Once the bucket is gone as a whole, a 404 says nothing of one object.
    front.rule("GET VAULT", Mood::Says(404), 99);
    front.rule("HEAD VAULT", Mood::Says(404), 99);
    assert_eq!(code(vault.check(one, sum)), "vault-layout");
}

#[test]
fn trouble_that_passes_is_waited_out_and_a_lost_answer_is_no_conflict() {
    let Some(server) = objects() else { return };
    let (root, bucket) = (tempfile::tempdir().unwrap(), server.bucket());
    let front = Front::before(server);
    let vault = vault(root.path(), front.open(&bucket)).unwrap();
    front.rule("PUT .pkg", Mood::Says(503), 1);
    front.rule("PUT .pkg", Mood::Swallows, 1);
    let receipt = vault.write(package(1, 1), &bag(1)).unwrap();
    assert!(vault.check(package(1, 1), &receipt.sealed_sha256).unwrap().is_sound());
    front.rule("PUT .pkg", Mood::Says(500), 99);
    let error = vault.write(package(2, 1), &bag(2)).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("vault-unavailable", Kind::Unavailable));
    assert_eq!(vault.scan().unwrap().packages.len(), 1, "what was made for it is taken back");
    front.calm();
    vault.write(package(2, 1), &bag(2)).unwrap();
    // Two looks find nothing there; the third is what is read back.
    front.rule("GET .pkg", Mood::Changed, 3);
    assert_eq!(code(vault.write(package(3, 1), &bag(3))), "vault-read-back");
    assert!(server.get(&format!("{bucket}/fumikura/records/v1/03/03/{}.1.pkg", record(3))).is_none());
    vault.write(package(3, 1), &bag(3)).unwrap();
    front.rule("DELETE .pkg", Mood::Says(500), 99);
    assert_eq!(code(vault.destroy(&claim(3))), "vault-unavailable");
    front.calm();
    // A delete that was answered and did nothing.
    front.rule("DELETE .pkg", Mood::Says(204), 1);
    assert_eq!(code(vault.destroy(&claim(3))), "vault-still-there");
    assert!(vault.destroy(&claim(3)).is_ok());
}

#[test]
fn a_bucket_that_keeps_what_is_deleted_is_refused_at_opening_and_before_a_destruction() {
    let Some(server) = objects() else { return };
    let versions = |bucket: &str, status: &str| {
        let body = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
        server.put(&format!("{bucket}?versioning"), &body);
    };
    for status in ["Enabled", "Suspended"] {
        let (root, bucket) = (tempfile::tempdir().unwrap(), server.bucket());
        versions(&bucket, status);
        assert_eq!(code(vault(root.path(), server.open(&bucket))), "vault-keeps-deleted");
        assert!(server.get(&format!("{bucket}/fumikura/records/VAULT")).is_none(), "nothing is written there");
    }
    let (root, bucket) = (tempfile::tempdir().unwrap(), server.bucket());
    let open = vault(root.path(), server.open(&bucket)).unwrap();
    let receipt = open.write(package(1, 1), &bag(1)).unwrap();
    versions(&bucket, "Enabled");
    assert_eq!(code(open.destroy(&claim(1))), "vault-keeps-deleted");
    assert_eq!(code(open.prove_absence(record(9))), "vault-keeps-deleted");
    assert_eq!(open.read(package(1, 1), &receipt.sealed_sha256).unwrap(), bag(1), "its key is not destroyed either");
    assert_eq!(code(vault(root.path(), server.open(&bucket))), "vault-keeps-deleted");
}

#[test]
fn a_store_that_does_not_say_whether_it_keeps_versions_or_writes_over_objects_is_refused() {
    let Some(server) = objects() else { return };
    let (root, bucket) = (tempfile::tempdir().unwrap(), server.bucket());
    let front = Front::before(server);
    front.rule("GET ?versioning", Mood::Says(501), 99);
    assert_eq!(code(vault(root.path(), front.open(&bucket))), "vault-unavailable");
    front.calm();
    front.rule("PUT VAULT", Mood::Says(200), 99);
    let refused = code(vault(root.path(), front.open(&bucket)));
    assert!(["vault-layout", "vault-unavailable"].contains(&refused), "{refused}");
}

#[test]
fn a_city_opens_while_its_bucket_is_away_and_reads() {
    let Some(server) = objects() else { return };
    let (root, bucket) = (tempfile::tempdir().unwrap(), server.bucket());
    let front = Front::before(server);
    let receipt = vault(root.path(), front.open(&bucket)).unwrap().write(package(1, 1), &bag(1)).unwrap();
    for method in ["GET ", "HEAD ", "PUT "] {
        front.rule(method, Mood::Says(503), 999);
    }
    let away = vault(root.path(), front.open(&bucket)).unwrap();
    assert_eq!(away.read(package(1, 1), &receipt.sealed_sha256).unwrap(), bag(1));
    assert_eq!(code(away.write(package(2, 1), &bag(2))), "vault-unavailable");
    assert_eq!(code(away.destroy(&claim(1))), "vault-unavailable");
    front.calm();
    assert!(away.write(package(2, 1), &bag(2)).is_ok());
}

#[test]
fn a_bucket_of_another_vault_or_without_its_mark_is_refused() {
    let Some(server) = objects() else { return };
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let bucket = server.bucket();
    drop(vault(one.path(), server.open(&bucket)).unwrap());
    assert_eq!(code(vault(two.path(), server.open(&bucket))), "vault-master-key", "a new one would read nothing of it");
    let (mine, theirs) = (folders(two.path()), server.bucket());
    drop(vault(two.path(), server.open(&theirs)).unwrap());
    assert_eq!(code(DiskVault::mark_new(&mine, vec![server.open(&bucket)])), "vault-layout");
    assert_eq!(code(vault(two.path(), server.open(&bucket))), "vault-layout");
    assert_eq!(code(vault(one.path(), server.open(&server.bucket()))), "vault-layout", "another bucket is empty");
    assert_eq!(code(vault(one.path(), server.open("no-such-bucket"))), "vault-layout");
    let whole = Bucket::new(&BucketOptions { prefix: String::new(), ..options(1, &bucket) }).unwrap();
    let part = Bucket::new(&options(1, &bucket)).unwrap();
    let three = tempfile::tempdir().unwrap();
    assert!(DiskVault::create_or_open_with(folders(three.path()), vec![whole, part], clock()).is_err());
}

#[test]
fn the_rows_are_remembered_in_the_bucket_too_and_nothing_older() {
    let Some(server) = objects() else { return };
    let (root, bucket) = (tempfile::tempdir().unwrap(), server.bucket());
    let vault = vault(root.path(), server.open(&bucket)).unwrap();
    let at = |seq: u64| server.get(&format!("{bucket}/fumikura/records/memory/{seq:020}.rows"));
    let memory = |seq: u64, said: &str| {
        let parts = vault.put_memory(vec![(MemoryUnit::Head, said.as_bytes().to_vec())]).unwrap();
        Memory { version: MEMORY_VERSION, seq, ledger_hash: None, parts }
    };
    let said = |memory: &Memory| vault.memory_part(&memory.parts[0]).unwrap();
    let part = |memory: &Memory| {
        server.get(&format!("{bucket}/fumikura/records/memory-parts/{}.part", memory.parts[0].sha256))
    };
    assert_eq!(vault.memory().unwrap(), None);
    let seven = memory(7, "seven");
    assert_eq!(vault.remember(&seven, false).unwrap(), Remembered::Done);
    assert!(at(7).is_some() && part(&seven).is_some_and(|sealed| !sealed.windows(5).any(|five| five == b"seven")));
    assert_eq!(vault.remember(&memory(6, "six"), false).unwrap(), Remembered::Newer(7), "somebody was quicker");
    let eight = memory(8, "eight");
    assert_eq!(vault.remember(&eight, false).unwrap(), Remembered::Done);
    assert!(vault.remembers(8).unwrap() && at(7).is_none() && at(8).is_some() && part(&seven).is_none());
    assert_eq!(vault.remember(&Memory { seq: 9, ..seven.clone() }, false).unwrap(), Remembered::Incomplete);
    for folder in ["memory", "memory-parts"] {
        fs::remove_dir_all(root.path().join("archive").join(folder)).unwrap();
    }
    let found = vault.memory().unwrap().unwrap();
    assert_eq!((said(&found), &found), (b"eight".to_vec(), &eight), "the bucket alone is enough");
    assert!(!vault.remembers(8).unwrap());
    assert_eq!(vault.remember(&found, false).unwrap(), Remembered::Incomplete);
    assert_eq!(vault.remember(&memory(8, "eight"), false).unwrap(), Remembered::Done);
    assert!(vault.remembers(8).unwrap());
    assert!(vault.scan().unwrap().strangers.is_empty());
}

#[test]
fn a_new_copy_is_marked_where_it_is_empty_and_filled_by_repair() {
    let Some(server) = objects() else { return };
    let root = tempfile::tempdir().unwrap();
    let receipt = super::vault::create(root.path()).write(package(1, 1), &bag(1)).unwrap();
    let (bucket, used) = (server.bucket(), server.bucket());
    server.put(&format!("{used}/fumikura/records/other.txt"), "x");
    let open = |bucket: &str| DiskVault::create_or_open_with(folders(root.path()), vec![server.open(bucket)], clock());
    assert_eq!(code(open(&bucket)), "vault-layout");
    assert_eq!(code(DiskVault::mark_new(&folders(root.path()), vec![server.open(&used)])), "vault-layout");
    let marked = DiskVault::mark_new(&folders(root.path()), vec![server.open(&bucket)]).unwrap();
    assert_eq!(marked.len(), 1, "{marked:?}");
    assert!(DiskVault::mark_new(&folders(root.path()), vec![server.open(&bucket)]).unwrap().is_empty());
    let vault = open(&bucket).unwrap();
    let health = vault.check(package(1, 1), &receipt.sealed_sha256).unwrap();
    assert_eq!(health.copies, [CopyHealth::Sound, CopyHealth::Sound, CopyHealth::Missing]);
    assert!(vault.repair(package(1, 1), &receipt.sealed_sha256).unwrap().is_sound());
}

#[test]
fn requests_are_signed_with_the_access_key() {
    let root = tempfile::tempdir().unwrap();
    drop(super::vault::create(root.path()));
    let mark = fs::read_to_string(root.path().join("archive/VAULT")).unwrap();
    // The server's own proof fails on lists of a part of a bucket, whoever signs them; so nothing is listed here.
    let Some((server, key_id, secret)) = strict("fumikura/records/VAULT", &mark) else { return };
    let with = |secret: &str| {
        let (key_id, secret) = (key_id.clone().into(), secret.to_owned().into());
        let bucket = Bucket::new(&BucketOptions { key_id, secret, ..options(server.port(), "city") }).unwrap();
        DiskVault::create_or_open_with(folders(root.path()), vec![bucket], clock()).unwrap()
    };
    let refused = with("another secret access key").write(package(1, 1), &bag(1)).unwrap_err();
    let said = format!("{refused} {refused:?}");
    assert!(said.contains("403") && !said.contains(&key_id) && !said.contains("another secret"), "{said}");
    let vault = with(&secret);
    let receipt = vault.write(package(1, 1), &bag(1)).unwrap();
    assert!(vault.check(package(1, 1), &receipt.sealed_sha256).unwrap().is_sound());
}

#[test]
fn a_way_to_a_bucket_that_others_could_change_is_refused() {
    let refused = |endpoint: &str, bucket: &str| {
        let options = BucketOptions { endpoint: endpoint.to_owned(), ..options(1, bucket) };
        code(Bucket::new(&options))
    };
    for endpoint in
        ["http://s3.example.jp", "http://127.0.0.1.example.jp", "ftp://s3.example.jp", "https://a:b@c.example.jp", "s3"]
    {
        assert_eq!(refused(endpoint, "city"), "vault-layout", "{endpoint}");
    }
    for bucket in ["", "a/b", "a?b", "a b"] {
        assert_eq!(refused("https://s3.example.jp", bucket), "vault-layout", "{bucket}");
    }
    assert_eq!(refused("https://s3.example.jp", "city"), "was not refused");
    let said = format!("{:?}", Bucket::new(&options(1, "city")).unwrap());
    assert!(!said.contains(KEY_ID) && !said.contains(SECRET), "{said}");
}
