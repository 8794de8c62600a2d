//! A store of backups: what leaves it when, and that nothing half written counts.

use super::vault::{bag, clock, create, folders, package};
use fumikura::digest::Sha256Hex;
use fumikura::fault::Fault;
use fumikura::office::ports::{BackupError, BackupTrial, PackageReceipt, TrialKind, Vault};
use fumikura::package::{Identities, PackageIdentity, Recipients};
use fumikura::time::Instant;
use fumikura::vault::{BackupLine, BackupStore, DiskVault, Found, LineKind, LineReader, LineWriter};
use std::fs;
use std::io::{Read, Write};
use std::path::Path;

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

struct Kit {
    folder: tempfile::TempDir,
    vault: DiskVault,
    store: BackupStore,
    identity: PackageIdentity,
}

impl Kit {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let vault = create(folder.path());
        let store = BackupStore::create(&folder.path().join("store"), vault.backup_prover()).unwrap();
        Self { folder, vault, store, identity: PackageIdentity::generate() }
    }

    fn written(&self, number: u8) -> PackageReceipt {
        self.vault.write(package(number, 1), &bag(number)).unwrap()
    }

    /// Makes a backup of some packages, as of an instant, with a term of some days.
    fn backup(&self, receipts: &[PackageReceipt], made_at: &str, random: u8, days: i64) -> String {
        self.store.copy(&self.vault, receipts).unwrap();
        let recipients = Recipients::parse(&[self.identity.recipient()]).unwrap();
        let mut draft = self.store.draft(at(made_at), [random; 4]).unwrap();
        let mut part = draft.part("keys.age", &recipients).unwrap();
        part.write_all(b"secret\n").unwrap();
        draft.add(part.finish().unwrap());
        let list: Vec<_> = receipts.iter().map(|one| (one.sealed_sha256.clone(), one.sealed_size_bytes)).collect();
        draft.list(&list).unwrap();
        let expires = at(made_at).checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
        let place = draft.place(at(made_at), expires, vec![self.identity.recipient()]).unwrap();
        let id = draft.id().to_owned();
        draft.settle(&place).unwrap();
        id
    }

    fn objects(&self) -> usize {
        let folders = fs::read_dir(self.folder.path().join("store/packages")).unwrap();
        folders.map(|folder| fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    }
}

#[test]
fn what_is_over_goes_with_the_packages_that_no_other_names() {
    let kit = Kit::new();
    let (one, two, three) = (kit.written(1), kit.written(3), kit.written(4));
    let first = kit.backup(&[one.clone(), two.clone()], "2026-06-01T00:00:00Z", 1, 35);
    let second = kit.backup(&[two.clone(), three.clone()], "2026-06-20T00:00:00Z", 2, 35);
    assert_eq!((kit.objects(), kit.store.ids().unwrap()), (3, vec![first.clone(), second.clone()]));
    kit.store
        .note_trial(&BackupTrial {
            set: first.clone(),
            kind: TrialKind::Bytes,
            at: at("2026-06-02T00:00:00Z"),
            trouble: None,
        })
        .unwrap();
    let none = kit.store.prune(at("2026-07-05T00:00:00Z"), 35, None).unwrap();
    assert_eq!((none.sets.len(), none.packages), (0, 0), "nothing goes before its time");
    let pruned = kit.store.prune(at("2026-07-06T00:00:00Z"), 35, None).unwrap();
    assert_eq!((pruned.sets, pruned.packages), (vec![first], 1));
    assert_eq!(kit.objects(), 2);
    assert_eq!(fs::read_dir(kit.folder.path().join("store/trials")).unwrap().count(), 0);
    // The last one stays beyond its term as long as nothing was destroyed since; then it goes, whatever comes of it.
    let kept = kit.store.prune(at("2027-01-01T00:00:00Z"), 35, Some(at("2026-06-19T00:00:00Z"))).unwrap();
    assert_eq!((kept.kept.as_deref(), kept.sets.len(), kit.objects()), (Some(second.as_str()), 0, 2));
    let gone = kit.store.prune(at("2027-01-01T00:00:00Z"), 35, Some(at("2026-06-21T00:00:00Z"))).unwrap();
    assert_eq!((gone.sets, kit.objects()), (vec![second], 0));
}

#[test]
fn while_a_backup_cannot_be_read_no_package_goes_and_its_term_is_told_by_its_name() {
    let kit = Kit::new();
    let (one, two) = (kit.written(1), kit.written(3));
    let broken = kit.backup(&[one], "2026-06-01T00:00:00Z", 1, 35);
    kit.backup(&[two], "2026-06-20T00:00:00Z", 2, 35);
    fs::write(kit.folder.path().join("store/sets").join(&broken).join("manifest.json"), "{}").unwrap();
    let pruned = kit.store.prune(at("2026-06-21T00:00:00Z"), 35, None).unwrap();
    assert_eq!((pruned.unreadable, pruned.packages, kit.objects()), (vec![broken.clone()], 0, 2));
    let pruned = kit.store.prune(at("2026-07-07T00:00:00Z"), 35, None).unwrap();
    assert_eq!((pruned.sets, pruned.packages, kit.objects()), (vec![broken], 1, 1));
}

#[test]
fn what_was_destroyed_is_gone_from_older_backups_and_known_to_be_so() {
    let kit = Kit::new();
    let (one, two) = (kit.written(1), kit.written(3));
    let id = kit.backup(&[one.clone(), two.clone()], "2026-06-01T00:00:00Z", 1, 35);
    let never = Sha256Hex::of(b"never here");
    assert_eq!(kit.store.forget(&[one.sealed_sha256.clone(), never.clone()]).unwrap(), 1);
    assert_eq!(kit.store.forget(std::slice::from_ref(&one.sealed_sha256)).unwrap(), 0);
    assert_eq!(kit.store.find(&one.sealed_sha256).unwrap(), Found::Destroyed);
    assert_eq!(kit.store.find(&never).unwrap(), Found::Lacking);
    assert!(!kit.store.check(&one.sealed_sha256).unwrap() && kit.store.check(&two.sealed_sha256).unwrap());
    kit.store.copy(&kit.vault, std::slice::from_ref(&one)).unwrap();
    assert_eq!(
        (kit.store.find(&one.sealed_sha256).unwrap(), kit.objects()),
        (Found::Destroyed, 1),
        "nor does it come back"
    );
    // Who does not have the master key can neither read such a note nor write one.
    let stranger = BackupStore::open(&kit.folder.path().join("store"), None).unwrap();
    assert_eq!(stranger.find(&one.sealed_sha256).unwrap_err().code(), "backup-forged");
    assert_eq!(stranger.forget(std::slice::from_ref(&two.sealed_sha256)).unwrap_err().code(), "backup-forged");
    kit.store.prune(at("2027-01-01T00:00:00Z"), 35, Some(at("2026-06-02T00:00:00Z"))).unwrap();
    assert_eq!(kit.store.set(&id).unwrap_err().code(), "backup-no-such-set");
    assert_eq!(kit.store.find(&one.sealed_sha256).unwrap(), Found::Lacking, "the note goes with the last who needs it");
}

#[test]
fn a_part_that_was_cut_short_or_changed_is_no_part() {
    let kit = Kit::new();
    let id = kit.backup(&[kit.written(1)], "2026-06-01T00:00:00Z", 1, 35);
    let identities = Identities::from(kit.identity.clone());
    let place = kit.store.set(&id).unwrap();
    let mut text = String::new();
    place.open("keys.age", &identities).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "secret\n");
    let others = Identities::from(PackageIdentity::generate());
    let code = |result: Result<_, BackupError>| result.map(drop).unwrap_err().code();
    assert_eq!(code(place.open("keys.age", &others)), "backup-wrong-identity");
    assert_eq!(code(place.open("none.age", &identities)), "backup-missing");
    let path = place.folder.join("keys.age");
    let bytes = fs::read(&path).unwrap();
    for place_of_change in [0, bytes.len() / 2, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[place_of_change] ^= 1;
        fs::write(&path, changed).unwrap();
        assert_eq!(code(place.open("keys.age", &identities)), "backup-altered", "{place_of_change}");
    }
    fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(code(place.open("keys.age", &identities)), "backup-altered");
    assert_eq!(place.look().unwrap_err().code(), "backup-altered");
}

#[test]
fn a_draft_that_is_not_settled_leaves_nothing_and_a_store_is_one_process_at_a_time() {
    let kit = Kit::new();
    let draft = kit.store.draft(at("2026-06-01T00:00:00Z"), [7; 4]).unwrap();
    let folder = kit.folder.path().join("store/tmp").join(draft.id());
    assert!(folder.is_dir() && kit.store.ids().unwrap().is_empty());
    drop(draft);
    assert!(!folder.exists());
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("half.age"), "half").unwrap();
    let lock = kit.store.lock().unwrap();
    assert!(!folder.exists(), "what a kill left goes with the next lock");
    let other = BackupStore::open(&kit.folder.path().join("store"), None).unwrap();
    assert_eq!(other.lock().map(drop).unwrap_err().code(), "backup-busy");
    drop(lock);
    other.lock().unwrap();
}

#[test]
fn another_vault_has_nothing_to_say_here() {
    let kit = Kit::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let other = DiskVault::create_or_open(folders(elsewhere.path()), clock()).unwrap();
    let open = |folder: &Path| BackupStore::open(folder, Some(other.backup_prover())).map(drop).unwrap_err().code();
    assert_eq!(open(&kit.folder.path().join("store")), "backup-other-city");
    assert_eq!(open(elsewhere.path()), "backup-no-store");
    let taken = BackupStore::create(elsewhere.path(), other.backup_prover());
    assert_eq!(taken.map(drop).unwrap_err().code(), "backup-in-the-way");
}

#[test]
fn lines_come_back_as_they_were_and_half_a_line_is_none() {
    let mut lines = LineWriter(Vec::new());
    lines.write(&BackupLine::new(LineKind::File, "keys/a.pem", &[0, 255, 10]).with_mode(0o600)).unwrap();
    lines.write(&BackupLine::new(LineKind::Proof, "7", b"tree")).unwrap();
    let bytes = lines.0;
    let mut read = LineReader::new(bytes.as_slice(), "files.age");
    let first = read.next_line().unwrap().unwrap();
    assert_eq!(
        (first.name.as_str(), first.mode, first.bytes().unwrap().as_slice()),
        ("keys/a.pem", Some(0o600), &[0, 255, 10][..])
    );
    assert_eq!(read.next_line().unwrap().unwrap().what, LineKind::Proof);
    assert!(read.next_line().unwrap().is_none());
    let mut cut = LineReader::new(&bytes[..bytes.len() - 1], "files.age");
    cut.next_line().unwrap();
    assert_eq!(cut.next_line().map(drop).unwrap_err().code(), "backup-altered");
}
