//! Proofs of ledger and archive: made every night, renewed before they end, handed out alone, and told of where they are lost.

use super::database;
use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, code, parts, record};
use crate::engine::pki::instant;
use crate::evidence::bench::Root;
use fumikura::asn1::{CertificateList, Oid};
use fumikura::cms::SigningIdentity;
use fumikura::digest::{DigestAlgorithm, Sha256Hex};
use fumikura::evidence::{DataObject, EvidenceRecord};
use fumikura::id::{RecordFileId, RecordId};
use fumikura::office::ports::{ProofShelf, VaultError};
use fumikura::office::proofs::{Covered, ProofRun, ProofState, ProofTree, ProofsView, Proven};
use fumikura::office::{Judge, Office, Parts};
use fumikura::pki::TrustAnchors;
use fumikura::policy::{SubIndication, ValidationPolicy};
use fumikura::time::{Clock, Instant};
use fumikura::tsp::{Authority, AuthorityOptions, LocalSource, TimestampError, TimestampSource};
use fumikura::validate::{EvidenceReport, Indication};
use fumikura::vault::ProofFolders;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const ALGORITHMS: [DigestAlgorithm; 3] = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512, DigestAlgorithm::Sha3_256];

/// What a city believes for some years, and who stamps for it.
pub(super) struct Era {
    pub(super) authority: SigningIdentity,
    pub(super) digest: DigestAlgorithm,
    pub(super) policy: ValidationPolicy,
    pub(super) trust: TrustAnchors,
}

impl Era {
    pub(super) fn usual(root: &Root) -> Self {
        Self {
            authority: root.authority("tsa-p256", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z"),
            digest: DigestAlgorithm::Sha256,
            policy: ValidationPolicy::built_in(),
            trust: TrustAnchors::new([root.certificate.clone()]),
        }
    }

    /// Gives an office the authority and the judge of the era, and its shelf of trees.
    pub(super) fn of(&self, folder: &Path, parts: &mut Parts) {
        let mut options = AuthorityOptions::with_policy(Oid::new_unwrap("1.3.6.1.4.1.55555.2.1"));
        options.signature_digest = self.digest;
        let authority = Arc::new(Authority::new(self.authority.clone(), options).unwrap());
        let source = LocalSource::new(authority, parts.clock.clone(), parts.entropy.clone());
        parts.timestamps = Some(Arc::new(source));
        parts.judge = Judge { tsa_trust: self.trust.clone(), policy: self.policy.clone(), ..Judge::of_nobody() };
        parts.proofs = Some(Arc::new(ProofFolders::new(folders(folder))));
    }
}

pub(super) fn folders(folder: &Path) -> Vec<PathBuf> {
    ["proofs", "proofs-copy"].map(|name| folder.join(name)).to_vec()
}

/// A policy in which something stands otherwise.
pub(super) fn policy(changes: &[(&str, &str)]) -> ValidationPolicy {
    let mut text = ValidationPolicy::built_in().as_toml().to_owned();
    for (before, after) in changes {
        assert!(text.contains(before), "{before}");
        text = text.replacen(before, after, 1);
    }
    ValidationPolicy::from_toml(&text).unwrap()
}

/// A hall in the era of one root, and the root.
async fn hall(folder: &Path) -> (Hall, Root) {
    let root = Root::usual();
    let era = Era::usual(&root);
    let hall = Hall::with(folder, |parts, _, _| era.of(folder, parts)).await;
    hall.office.renew_lists(vec![root.list("2026-04-10T00:00:00Z")]);
    (hall, root)
}

/// Opens the hall's office anew, as a restart does, in an era.
pub(super) async fn restarted(hall: &Hall, era: &Era) -> Office {
    let store = database::open(&hall.folder.join("office.sqlite")).await;
    let mut parts = parts(store, hall.vault.clone(), &hall.clock);
    era.of(&hall.folder, &mut parts);
    Office::new(parts)
}

/// Goes to a day with fresh lists, and does what the service does that night.
async fn night(hall: &Hall, office: &Office, roots: &[&Root], day: &str) -> ProofRun {
    let at = format!("{day}T15:30:00Z");
    hall.at(&at);
    office.renew_lists(roots.iter().map(|root| root.list(&at)).collect());
    office.prove_due().await.unwrap()
}

fn document(proof: &[u8]) -> EvidenceRecord {
    EvidenceRecord::parse(proof).unwrap()
}

/// Judges as others do: by the record that was handed out, and the document alone.
pub(super) fn judged(office: &Office, proof: &[u8], data: &[u8], at: Instant) -> EvidenceReport {
    office.judge().validate_evidence(&document(proof), &[DataObject::digested(data, &ALGORITHMS)], at)
}

pub(super) async fn proof(hall: &Hall, office: &Office, of: Proven) -> Vec<u8> {
    let proof = office.proof(&hall.auditor, of).await.unwrap();
    assert_eq!(proof.report.indication, Indication::TotalPassed, "{:#?}", proof.report);
    proof.record
}

#[tokio::test]
async fn each_night_proves_what_is_new_and_each_proof_is_handed_out_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, root) = hall(folder.path()).await;
    let file = hall.open_file(ROADS).await;
    let mut records = Vec::new();
    for number in 0..5 {
        records.push(hall.office.file_record(&hall.clerk, record(file, number)).await.unwrap().record);
    }
    assert_eq!(code(hall.office.proof(&hall.auditor, Proven::Record(records[0])).await), "proof-not-yet");
    let run = night(&hall, &hall.office, &[&root], "2026-04-10").await;
    assert_eq!((run.made.clone(), run.waiting.len()), (vec![1], 0), "{run:?}");
    assert_eq!(night(&hall, &hall.office, &[&root], "2026-04-10").await, ProofRun::default(), "one a day");
    assert_eq!(night(&hall, &hall.office, &[&root], "2026-04-11").await.made, [0; 0], "nothing but what proofs say");

    for (number, id) in records.iter().enumerate() {
        let made = proof(&hall, &hall.office, Proven::Record(*id)).await;
        let bytes = record(file, u8::try_from(number).unwrap()).bytes;
        let report = judged(&hall.office, &made, &bytes, hall.clock.now());
        assert_eq!((report.indication, report.others), (Indication::TotalPassed, 1), "the bag stands beside it");
        let other = judged(&hall.office, &made, b"something else", hall.clock.now());
        assert_eq!(other.indication, Indication::TotalFailed);
        // The bag, as it is exported, is proven with all that it says.
        let bag = hall.office.read_bag(&hall.auditor, *id).await.unwrap();
        assert_eq!(judged(&hall.office, &made, &bag, hall.clock.now()).indication, Indication::TotalPassed);
    }
    let entries = hall.office.newest_entries(&hall.auditor, 100).await.unwrap();
    for entry in entries.iter().filter(|entry| entry.verb.as_str() == "record.filed") {
        let made = hall.office.proof(&hall.auditor, Proven::Entry(entry.seq)).await.unwrap();
        let data = made.data.unwrap();
        assert_eq!(Sha256Hex::of(&data), entry.hash, "what is proven is what the ledger's hash is over");
        assert_eq!(judged(&hall.office, &made.record, &data, hall.clock.now()).indication, Indication::TotalPassed);
    }
    let view = hall.office.proofs(&hall.auditor).await.unwrap();
    assert_eq!((view.packages, view.trees, view.standing.len()), (5, 1, 1));
    assert_eq!(view.standing[0].state, ProofState::Holds);
    assert_eq!(view.standing[0].lasts.as_ref().unwrap().until, instant("2036-01-01T00:00:00Z"));
    assert_eq!(code(hall.office.proofs(&hall.clerk).await), "office-not-in-role");
    assert_eq!(code(hall.office.prove_now(&hall.clerk).await), "office-not-in-role");
    assert_eq!(code(hall.office.proof(&hall.clerk, Proven::Entry(1)).await), "office-not-in-role");
    hall.clean().await;
}

#[tokio::test]
async fn a_record_that_is_destroyed_takes_nothing_of_others_proofs_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, root) = hall(folder.path()).await;
    let going = hall.closed_file(ROADS, 2).await;
    let staying = hall.open_file(ROADS).await;
    let stays = hall.office.file_record(&hall.clerk, record(staying, 9)).await.unwrap().record;
    night(&hall, &hall.office, &[&root], "2026-04-10").await;
    let gone = hall.office.records_in_file(&hall, going).await;
    hall.at(DUE);
    let row = hall.approved(&[going]).await;
    hall.at(AFTER_GRACE);
    hall.office.run_disposal(&hall.managers[0], row.plan.id, 1000).await.unwrap();
    assert_eq!(hall.packages(), 1);
    let run = night(&hall, &hall.office, &[&root], "2032-04-02").await;
    assert_eq!(run.alarms, []);
    let made = proof(&hall, &hall.office, Proven::Record(stays)).await;
    let report = judged(&hall.office, &made, &record(staying, 9).bytes, hall.clock.now());
    assert_eq!(report.indication, Indication::TotalPassed);
    assert_eq!(report.proven_time.map(|at| at.to_string()[..10].to_owned()), Some("2026-04-10".to_owned()));
    for id in gone {
        assert_eq!(code(hall.office.proof(&hall.auditor, Proven::Record(id)).await), "filing-no-such-record");
    }
    hall.clean().await;
}

/// Lists the records of a file.
trait InFile {
    async fn records_in_file(&self, hall: &Hall, file: RecordFileId) -> Vec<RecordId>;
}

impl InFile for Office {
    async fn records_in_file(&self, hall: &Hall, file: RecordFileId) -> Vec<RecordId> {
        let entries = self.newest_entries(&hall.auditor, 1000).await.unwrap();
        let filed = entries.iter().filter(|entry| entry.verb.as_str() == "record.filed");
        let of_file = filed.filter(|entry| entry.word("file") == Some(file.to_string().as_str()));
        of_file.map(|entry| entry.subject.as_str().parse().unwrap()).collect()
    }
}

/// A shelf that keeps what it is given, and then says that it did not, when asked to.
struct MoodyShelf(ProofFolders, AtomicBool);

impl ProofShelf for MoodyShelf {
    fn put(&self, number: u64, tree: &[u8]) -> Result<(), VaultError> {
        self.0.put(number, tree)?;
        match self.1.swap(false, Ordering::SeqCst) {
            true => Err(VaultError::Disk { place: "shelf".to_owned(), source: std::io::Error::other("moody") }),
            false => Ok(()),
        }
    }

    fn get(&self, number: u64, sha256: Option<&Sha256Hex>) -> Result<Vec<u8>, VaultError> {
        self.0.get(number, sha256)
    }

    fn numbers(&self) -> Result<Vec<u64>, VaultError> {
        self.0.numbers()
    }
}

#[tokio::test]
async fn a_tree_whose_row_was_not_written_is_taken_in_and_rows_are_made_anew_from_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let root = Root::usual();
    let era = Era::usual(&root);
    let hall = Hall::with(folder.path(), |parts, _, _| {
        era.of(folder.path(), parts);
        let shelf = ProofFolders::new(folders(folder.path()));
        parts.proofs = Some(Arc::new(MoodyShelf(shelf, AtomicBool::new(true))));
    })
    .await;
    hall.office.renew_lists(vec![root.list("2026-04-10T00:00:00Z")]);
    let file = hall.open_file(ROADS).await;
    let id = hall.office.file_record(&hall.clerk, record(file, 1)).await.unwrap().record;
    assert_eq!(code(hall.office.prove_due().await), "vault-disk", "a crash between the file and its row");
    assert_eq!(hall.office.proofs(&hall.auditor).await.unwrap().trees, 0);
    let run = hall.office.prove_due().await.unwrap();
    assert_eq!((run.adopted.clone(), run.made.len()), (vec![1], 0), "{run:?}");
    let before = proof(&hall, &hall.office, Proven::Record(id)).await;

    hall.office.file_record(&hall.clerk, record(file, 2)).await.unwrap();
    night(&hall, &hall.office, &[&root], "2026-04-11").await;
    let view = hall.office.proofs(&hall.auditor).await.unwrap();
    hall.execute("DELETE FROM proof_trees").await;
    let run = night(&hall, &hall.office, &[&root], "2026-04-12").await;
    assert_eq!((run.adopted, run.made), (vec![1, 2], vec![]), "the files are the truth");
    let again = hall.office.proofs(&hall.auditor).await.unwrap();
    let ends = |view: &ProofsView| {
        view.standing.iter().map(|one| (one.tree, one.leaves, one.lasts.clone(), one.made_at)).collect::<Vec<_>>()
    };
    assert_eq!(ends(&again), ends(&view));
    assert_eq!(proof(&hall, &hall.office, Proven::Record(id)).await, before);
    let told = hall.office.newest_entries(&hall.auditor, 100).await.unwrap();
    assert_eq!(told.iter().filter(|entry| entry.verb.as_str() == "proof.made").count(), 2, "each is told once");
    hall.clean().await;
}

#[tokio::test]
async fn a_damaged_file_is_put_right_from_the_other_place_and_no_other_tree_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, root) = hall(folder.path()).await;
    let file = hall.open_file(ROADS).await;
    let id = hall.office.file_record(&hall.clerk, record(file, 1)).await.unwrap().record;
    night(&hall, &hall.office, &[&root], "2026-04-10").await;
    let paths: Vec<PathBuf> = folders(folder.path()).iter().map(|one| one.join("000000000001.prooftree")).collect();
    let whole = std::fs::read(&paths[0]).unwrap();
    let mut damaged = whole.clone();
    damaged[40] ^= 1;
    std::fs::write(&paths[0], &damaged).unwrap();
    proof(&hall, &hall.office, Proven::Record(id)).await;
    assert_eq!(std::fs::read(&paths[0]).unwrap(), whole, "put right");
    std::fs::remove_file(&paths[1]).unwrap();
    proof(&hall, &hall.office, Proven::Record(id)).await;
    assert_eq!(std::fs::read(&paths[1]).unwrap(), whole, "and what was missing, too");
    for path in &paths {
        std::fs::write(path, &damaged).unwrap();
    }
    assert_eq!(code(hall.office.proof(&hall.auditor, Proven::Record(id)).await), "vault-read-back");
    // Where no row says what the file was, the ledger does. It is told, and holds nothing else up: what it was over is proven anew.
    hall.execute("DELETE FROM proof_trees").await;
    for round in 0..2 {
        let run = hall.office.prove_due().await.unwrap();
        assert_eq!((run.damaged, run.adopted), (vec![(1, "vault-read-back")], vec![]), "{round}");
        assert_eq!(run.made, if round == 0 { vec![2] } else { vec![] }, "its number stays its own");
    }
    assert_eq!(hall.office.proofs(&hall.auditor).await.unwrap().strays, [1]);
    let entries = hall.office.newest_entries(&hall.auditor, 100).await.unwrap();
    let told = entries.iter().filter(|entry| entry.verb.as_str() == "proof.damaged");
    assert_eq!(told.map(|entry| entry.subject.as_str()).collect::<Vec<_>>(), ["proof/1"], "once");
    proof(&hall, &hall.office, Proven::Record(id)).await;
    for path in &paths {
        std::fs::write(path, &whole).unwrap();
    }
    let run = hall.office.prove_due().await.unwrap();
    assert_eq!((run.adopted, run.damaged), (vec![1], vec![]));
    assert_eq!(hall.office.proofs(&hall.auditor).await.unwrap().strays, [0; 0]);
    let first = judged(
        &hall.office,
        &proof(&hall, &hall.office, Proven::Record(id)).await,
        &record(file, 1).bytes,
        hall.clock.now(),
    );
    assert_eq!(first.indication, Indication::TotalPassed);
}

#[tokio::test]
async fn every_changed_bit_of_a_tree_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, root) = hall(folder.path()).await;
    hall.open_file(ROADS).await;
    night(&hall, &hall.office, &[&root], "2026-04-10").await;
    let whole = ProofFolders::new(folders(folder.path())).get(1, None).unwrap();
    let tree = ProofTree::parse(&whole).unwrap();
    assert_eq!(tree.to_der(), whole);
    let endless = Covered::Night { first: 1, last: u64::MAX, records: vec![RecordId::from_bytes([1; 16])] };
    assert!(ProofTree::parse(&ProofTree { covered: endless, ..tree.clone() }.to_der()).is_err());
    let mut taken = 0;
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        // Within the token the signature says it, at the judgement; everything else does not fit together.
        if let Ok(read) = ProofTree::parse(&changed) {
            assert!(read != tree, "byte {at} counts for nothing");
            taken += 1;
        }
        assert!(ProofTree::parse(&whole[..at]).is_err(), "cut at {at}");
    }
    assert!(taken < whole.len(), "{taken}");
}

#[tokio::test]
async fn what_ends_is_renewed_long_before_and_what_cannot_be_is_an_alarm_at_each_distance_once() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, root) = hall(folder.path()).await;
    let file = hall.open_file(ROADS).await;
    let id = hall.office.file_record(&hall.clerk, record(file, 1)).await.unwrap().record;
    night(&hall, &hall.office, &[&root], "2026-04-10").await;
    // The authority's certificate ends on 1 January 2036; nobody gets it a new one.
    assert_eq!(night(&hall, &hall.office, &[&root], "2034-12-30").await, ProofRun::default(), "not yet");
    let run = night(&hall, &hall.office, &[&root], "2035-01-02").await;
    assert_eq!((run.waiting.clone(), run.renewed.len()), (vec!["proof-gains-nothing"], 0), "{run:?}");
    let view = hall.office.proofs(&hall.auditor).await.unwrap();
    assert_eq!(view.standing[0].state, ProofState::Waiting);
    assert_eq!(view.standing[0].waiting.as_ref().unwrap().0, "proof-gains-nothing");
    assert_eq!(hall.office.prove_due().await.unwrap(), ProofRun::default(), "tried again tomorrow");
    let mut alarms = Vec::new();
    for day in ["2035-07-04", "2035-07-06", "2035-10-01", "2035-10-10", "2035-12-01", "2035-12-10", "2035-12-31"] {
        let run = night(&hall, &hall.office, &[&root], day).await;
        alarms.extend(run.alarms.iter().map(|alarm| (day, alarm.days)));
    }
    assert_eq!(
        alarms,
        [("2035-07-06", Some(180)), ("2035-10-10", Some(90)), ("2035-12-10", Some(30))],
        "each distance once"
    );
    let run = night(&hall, &hall.office, &[&root], "2036-01-02").await;
    assert_eq!(run.alarms.len(), 1, "{run:?}");
    assert_eq!(run.alarms[0].days, None);
    let view = hall.office.proofs(&hall.auditor).await.unwrap();
    let lost = view.standing.iter().find(|one| one.state == ProofState::Lost).unwrap();
    assert_eq!((lost.tree, lost.failing.as_ref().map(|(_, why)| why.as_str())), (1, Some("OUT_OF_BOUNDS_NO_POE")));
    let failing = hall.office.proof(&hall.auditor, Proven::Record(id)).await.unwrap().report;
    assert_eq!(failing.indication, Indication::Indeterminate);

    // With a new authority what was lost is proven anew, from then on.
    let second = Era {
        authority: root.authority("tsa-p256", "2035-01-01T00:00:00Z", "2046-01-01T00:00:00Z"),
        ..Era::usual(&root)
    };
    let office = restarted(&hall, &second).await;
    let run = night(&hall, &office, &[&root], "2036-01-05").await;
    assert!(!run.made.is_empty(), "{run:?}");
    let made = proof(&hall, &office, Proven::Record(id)).await;
    let report = judged(&office, &made, &record(file, 1).bytes, hall.clock.now());
    assert_eq!(report.proven_time.map(|at| at.to_string()[..10].to_owned()), Some("2036-01-05".to_owned()));
    let view = office.proofs(&hall.auditor).await.unwrap();
    assert_eq!(view.standing[0].state, ProofState::Lost, "it stays told");
}

/// An authority that is not there when asked to be away.
struct Away(Arc<dyn TimestampSource>, Arc<AtomicBool>);

impl TimestampSource for Away {
    fn timestamp(&self, request_der: &[u8]) -> Result<Vec<u8>, TimestampError> {
        match self.1.load(Ordering::SeqCst) {
            true => Err(TimestampError::Unavailable("away".to_owned())),
            false => self.0.timestamp(request_der),
        }
    }
}

#[tokio::test]
async fn while_the_authority_is_away_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let root = Root::usual();
    let (era, away) = (Era::usual(&root), Arc::new(AtomicBool::new(true)));
    let hall = Hall::with(folder.path(), |parts, _, _| {
        era.of(folder.path(), parts);
        parts.timestamps = parts.timestamps.take().map(|source| Arc::new(Away(source, away.clone())) as _);
    })
    .await;
    hall.open_file(ROADS).await;
    let run = night(&hall, &hall.office, &[&root], "2026-04-10").await;
    assert_eq!((run.waiting, run.made.len()), (vec!["tsp-unavailable"], 0));
    away.store(false, Ordering::SeqCst);
    let end = hall.office.verify_ledger(Vec::new()).await.unwrap().seq;
    assert_eq!(night(&hall, &hall.office, &[&root], "2026-04-12").await.made, [1]);
    let view = hall.office.proofs(&hall.auditor).await.unwrap();
    assert_eq!(view.proven_until, end, "what came meanwhile is in the next one");
}

/// The roots of thirty years: one that stays, one whose authority is taken over, one that disappears, and a young one.
struct Roots {
    usual: Root,
    taken_over: Root,
    vanishing: Root,
    young: Root,
}

impl Roots {
    fn new() -> Self {
        let root = |name, from, to| Root::new(name, from, to);
        let sha512 = |root: Root| root.signing_by(DigestAlgorithm::Sha512);
        Self {
            usual: Root::usual(),
            taken_over: root("Taken Over Root", "2030-01-01T00:00:00Z", "2060-01-01T00:00:00Z"),
            vanishing: sha512(root("Vanishing Root", "2036-01-01T00:00:00Z", "2060-01-01T00:00:00Z")),
            young: sha512(root("Young Root", "2036-01-01T00:00:00Z", "2080-01-01T00:00:00Z")),
        }
    }

    /// Whom the city believes: before it learned that an authority was taken over, and after.
    fn trust(&self) -> (TrustAnchors, TrustAnchors) {
        let others = [&self.usual, &self.vanishing, &self.young].map(|root| root.certificate.clone());
        let (mut before, after) = (TrustAnchors::new(others.clone()), TrustAnchors::new(others));
        before.add(self.taken_over.certificate.clone());
        (before, after)
    }

    /// The lists of a day: the CA that disappears publishes its last one on 10 January 2044.
    fn lists(&self, at: &str) -> Vec<CertificateList> {
        let mut lists = [&self.usual, &self.taken_over, &self.young].map(|root| root.list(at)).to_vec();
        let last = "2044-01-10T00:00:00Z";
        lists.push(self.vanishing.list(if at < last { at } else { last }));
        lists
    }

    /// The eras, each with its first day: SHA-256 is believed until 2038, keys of 256 bits until 2050.
    fn eras(&self) -> Vec<(&'static str, Era)> {
        let weak_sha256 = ("SHA-256 = \"open\"", "SHA-256 = \"2038-01-01\"");
        let keys = "bits = 250\nuntil = \"2050-01-01\"\n[[ec]]\nbits = 380\nuntil = \"open\"";
        let weak_keys = ("bits = 250\nuntil = \"open\"", keys);
        let (now, later, last) =
            (ValidationPolicy::built_in(), policy(&[weak_sha256]), policy(&[weak_sha256, weak_keys]));
        let (all, without) = self.trust();
        let (sha256, sha512) = (DigestAlgorithm::Sha256, DigestAlgorithm::Sha512);
        let era = |authority, digest, policy: &ValidationPolicy, trust: &TrustAnchors| {
            let (root, key, from, to): (&Root, &str, &str, &str) = authority;
            let authority = root.authority(key, &format!("{from}T00:00:00Z"), &format!("{to}T00:00:00Z"));
            Era { authority, digest, policy: policy.clone(), trust: trust.clone() }
        };
        let p256 = "tsa-p256";
        vec![
            ("2026-04-10", era((&self.usual, p256, "2025-01-01", "2036-01-01"), sha256, &now, &all)),
            ("2034-01-10", era((&self.taken_over, p256, "2033-01-01", "2046-01-01"), sha256, &now, &all)),
            ("2035-07-15", era((&self.usual, p256, "2033-01-01", "2046-01-01"), sha256, &now, &without)),
            ("2036-05-01", era((&self.vanishing, p256, "2036-01-01", "2048-01-01"), sha512, &later, &without)),
            ("2043-01-10", era((&self.young, p256, "2042-01-01", "2054-01-01"), sha512, &later, &without)),
            ("2047-02-01", era((&self.young, "signer-p384", "2046-01-01", "2064-01-01"), sha512, &last, &without)),
        ]
    }
}

/// What thirty years have left.
struct Lived {
    office: Office,
    /// The records, each with its year and its bytes.
    filed: Vec<(i32, RecordId, Vec<u8>)>,
    /// The alarms of proofs that do not pass, each with its year and the tree.
    failing: Vec<(i32, u64)>,
}

/// Lives from 2026 to 2056: a record a year, three nights a year, and the night after each.
async fn live(hall: &Hall, roots: &Roots, eras: &[(&'static str, Era)]) -> Lived {
    let file = hall.open_file(ROADS).await;
    let (mut filed, mut failing) = (Vec::new(), Vec::new());
    let (mut office, mut next) = (hall.office.clone(), 1);
    for year in 2026..=2056 {
        for (month, day) in [(5, 20), (8, 20), (12, 20)] {
            let today = format!("{year}-{month:02}-{day}");
            while let Some((_, era)) = eras.get(next).filter(|(from, _)| *from <= today.as_str()) {
                office = restarted(hall, era).await;
                next += 1;
            }
            hall.at(&format!("{today}T01:00:00Z"));
            if month == 5 {
                let new = record(file, u8::try_from(year - 2000).unwrap());
                let bytes = new.bytes.clone();
                filed.push((year, office.file_record(&hall.clerk, new).await.unwrap().record, bytes));
            }
            for night_of in [today, format!("{year}-{month:02}-{}", day + 1)] {
                let at = format!("{night_of}T15:30:00Z");
                hall.at(&at);
                office.renew_lists(roots.lists(&at));
                let run = office.prove_due().await.unwrap();
                let alarms = run.alarms.iter().filter(|alarm| alarm.failing.is_some());
                failing.extend(alarms.map(|alarm| (year, alarm.tree)));
            }
        }
    }
    Lived { office, filed, failing }
}

/// Thirty years with a fake clock: new keys every few years, SHA-256 and keys of 256 bits grow weak, an authority is found to have
/// been taken over, a CA disappears. What can be proven at the end is; what cannot from the first day on is told with the day.
#[tokio::test]
async fn thirty_years_go_by() {
    let folder = tempfile::tempdir().unwrap();
    let roots = Roots::new();
    let eras = roots.eras();
    let hall = Hall::with(folder.path(), |parts, _, _| eras[0].1.of(folder.path(), parts)).await;
    let Lived { office, filed, failing } = live(&hall, &roots, &eras).await;
    let mut moved = Vec::new();
    for (year, id, bytes) in &filed {
        let made = proof(&hall, &office, Proven::Record(*id)).await;
        let report = judged(&office, &made, bytes, hall.clock.now());
        assert_eq!(report.indication, Indication::TotalPassed, "{year}: {report:#?}");
        let since: i32 = report.proven_time.unwrap().to_string()[..4].parse().unwrap();
        moved.extend(Some((*year, since)).filter(|_| since != *year));
    }
    // What the authority stamped that was taken over is proven by another from the day on that this was known.
    assert_eq!(moved, [(2034, 2035)]);
    let oldest = document(&proof(&hall, &office, Proven::Record(filed[0].1)).await);
    let chains: Vec<usize> = oldest.chains.iter().map(Vec::len).collect();
    assert!(chains.len() == 2 && chains.iter().sum::<usize>() >= 5, "{chains:?}");
    // It is told, with day and reason, and so it stays.
    assert!(!failing.is_empty() && failing.iter().all(|(year, _)| *year == 2035), "{failing:?}");
    let view = office.proofs(&hall.auditor).await.unwrap();
    let told: Vec<_> = view.standing.iter().filter_map(|one| one.failing.clone()).collect();
    assert!(!told.is_empty() && told.iter().all(|(since, _)| since.to_string().starts_with("2035-08")), "{told:?}");
    assert!(told.iter().all(|(_, why)| why == SubIndication::NoCertificateChainFound.name()), "{told:?}");
    let needs_somebody = |state| matches!(state, ProofState::Waiting | ProofState::Due);
    assert!(!view.standing.iter().any(|one| needs_somebody(one.state)), "{:#?}", view.standing);
    office.verify_ledger(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn a_night_of_a_ledger_that_was_set_back_proves_nothing_of_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let (hall, root) = hall(folder.path()).await;
    let file = hall.open_file(ROADS).await;
    let id = hall.office.file_record(&hall.clerk, record(file, 1)).await.unwrap().record;
    night(&hall, &hall.office, &[&root], "2026-04-10").await;
    // Another city's trees on the shelf of this one.
    let other_folder = tempfile::tempdir().unwrap();
    let (other, _) = self::hall(other_folder.path()).await;
    other.open_file(ROADS).await;
    night(&other, &other.office, &[&root], "2026-04-11").await;
    other.open_file(ROADS).await;
    night(&other, &other.office, &[&root], "2026-04-12").await;
    for place in ["proofs", "proofs-copy"] {
        let name = "000000000002.prooftree";
        std::fs::copy(other_folder.path().join(place).join(name), folder.path().join(place).join(name)).unwrap();
    }
    let run = night(&hall, &hall.office, &[&root], "2026-04-13").await;
    assert_eq!(run.adopted, [2]);
    let view = hall.office.proofs(&hall.auditor).await.unwrap();
    assert_eq!((view.trees, view.standing.len()), (2, 1), "it is on the shelf, and nobody's proof");
    proof(&hall, &hall.office, Proven::Record(id)).await;
    hall.office.file_record(&hall.clerk, record(file, 2)).await.unwrap();
    assert_eq!(night(&hall, &hall.office, &[&root], "2026-04-14").await.made, [3]);
}

#[tokio::test]
async fn a_proof_outlives_the_root_of_its_first_authority() {
    let folder = tempfile::tempdir().unwrap();
    let ending = Root::new("Ending Root", "2020-01-01T00:00:00Z", "2036-06-01T00:00:00Z");
    let root = Root::usual();
    let trust = TrustAnchors::new([&ending, &root].map(|root| root.certificate.clone()));
    let first = Era { trust: trust.clone(), ..Era::usual(&ending) };
    let hall = Hall::with(folder.path(), |parts, _, _| first.of(folder.path(), parts)).await;
    let file = hall.open_file(ROADS).await;
    let id = hall.office.file_record(&hall.clerk, record(file, 1)).await.unwrap().record;
    night(&hall, &hall.office, &[&ending], "2026-04-10").await;
    let authority = root.authority("tsa-p256", "2034-01-01T00:00:00Z", "2045-01-01T00:00:00Z");
    let office = restarted(&hall, &Era { authority, trust, ..Era::usual(&root) }).await;
    assert_eq!(night(&hall, &office, &[&ending, &root], "2035-02-01").await.renewed.len(), 1);
    // The lists of the days after the renewal vouch for the first authority; later on its CA is gone.
    night(&hall, &office, &[&ending, &root], "2035-02-05").await;
    let authority = root.authority("tsa-p256", "2043-01-01T00:00:00Z", "2055-01-01T00:00:00Z");
    let trust = TrustAnchors::new([&ending, &root].map(|root| root.certificate.clone()));
    let office = restarted(&hall, &Era { authority, trust, ..Era::usual(&root) }).await;
    assert_eq!(night(&hall, &office, &[&root], "2044-02-01").await.renewed.len(), 1);
    night(&hall, &office, &[&root], "2044-02-05").await;
    let made = proof(&hall, &office, Proven::Record(id)).await;
    let report = judged(&office, &made, &record(file, 1).bytes, hall.clock.now());
    assert_eq!(report.proven_time.map(|at| at.to_string()[..10].to_owned()), Some("2026-04-10".to_owned()));
}

#[tokio::test]
async fn an_authority_that_nobody_believes_makes_no_tree_over_the_same_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = Root::usual();
    let unknown = Era { trust: TrustAnchors::default(), ..Era::usual(&root) };
    let hall = Hall::with(folder.path(), |parts, _, _| unknown.of(folder.path(), parts)).await;
    for day in 10..15 {
        hall.open_file(ROADS).await;
        night(&hall, &hall.office, &[&root], &format!("2026-04-{day}")).await;
    }
    let view = hall.office.proofs(&hall.auditor).await.unwrap();
    assert_eq!((view.trees, view.standing.iter().filter(|one| one.state == ProofState::Failing).count()), (5, 5));
    // Once somebody is believed, all of it is proven, and what stands already passes by itself.
    let office = restarted(&hall, &Era::usual(&root)).await;
    night(&hall, &office, &[&root], "2026-04-15").await;
    let view = office.proofs(&hall.auditor).await.unwrap();
    assert!(view.standing.iter().all(|one| one.state == ProofState::Holds), "{:#?}", view.standing);
}
