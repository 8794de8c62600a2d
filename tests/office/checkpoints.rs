//! Sealed checkpoints: what the ledger once said is kept outside the database, signed and timestamped.

use super::city::{City, TestClock, auditor, clerk, parts};
use super::hall::code;
use crate::engine::pki::pki;
use fumikura::cms::SigningIdentity;
use fumikura::crypto::CryptoError;
use fumikura::digest::Sha256Hex;
use fumikura::office::notices::{NoticeStatement, PaperMark, SealedStatement};
use fumikura::office::ports::Seals;
use fumikura::office::{Office, Role, SealPlace, SealedCheckpoint};
use fumikura::pades::Appearance;
use fumikura::policy::Outcome;
use fumikura::time::{Clock, Date};
use fumikura::vault::CheckpointFolder;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

/// A service with a key of its own, beside the seal.
struct Service;

impl Seals for Service {
    fn identity(&self) -> Result<SigningIdentity, CryptoError> {
        Ok(pki().identity("signer-rsa2048"))
    }

    fn impression(&self, _place: SealPlace, _day: Date, _mark: Option<&PaperMark>) -> Option<Appearance> {
        None
    }

    fn report_identity(&self) -> Option<SigningIdentity> {
        Some(pki().identity("signer-rsa2048"))
    }
}

async fn city() -> City {
    let city = City::with(|parts| parts.seals = Arc::new(Service)).await;
    let office = over(&city, "city.sqlite", &city.clock).await;
    City { office, ..city }
}

/// Opens an office over another database of the city.
async fn over(city: &City, database: &str, clock: &Arc<TestClock>) -> Office {
    let mut parts = parts(city.folder.path(), clock).await;
    parts.store = super::database::open(&city.folder.path().join(database)).await;
    parts.seals = Arc::new(Service);
    parts.checkpoints = Some(Arc::new(CheckpointFolder::new(city.folder.path().join("checkpoints"))));
    Office::new(parts)
}

fn kept(city: &City) -> Vec<PathBuf> {
    let found = std::fs::read_dir(city.folder.path().join("checkpoints"));
    let mut paths: Vec<PathBuf> = found.into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

async fn two_days() -> City {
    let city = city().await;
    city.submitted("permit").await;
    city.office.seal_checkpoint_due().await.unwrap().unwrap();
    city.clock.set("2026-06-02T01:00:00Z");
    city.submitted("information").await;
    city.office.seal_checkpoint_due().await.unwrap().unwrap();
    city
}

#[tokio::test]
async fn the_end_of_the_ledger_is_sealed_once_a_day_and_openssl_reads_it() {
    let city = city().await;
    assert!(city.office.seal_checkpoint_due().await.unwrap().is_none(), "an empty ledger has no end");
    city.submitted("permit").await;
    let sealed = city.office.seal_checkpoint_due().await.unwrap().unwrap();
    assert_eq!(sealed.checkpoint.seq, 2);
    city.submitted("permit").await;
    assert!(city.office.seal_checkpoint_due().await.unwrap().is_none(), "one a day");
    city.clock.set("2026-06-02T01:00:00Z");
    let second = city.office.seal_checkpoint_due().await.unwrap().unwrap();
    assert_eq!(second.checkpoint.seq, 5, "what was written down of the first one is in it");
    city.clock.set("2026-06-03T01:00:00Z");
    assert!(city.office.seal_checkpoint_due().await.unwrap().is_none(), "nothing was done since");

    let witness = second.sealed.witness(&city.office.judge(), city.clock.now());
    assert_eq!((witness.outcome, witness.proven_at.is_some()), (Outcome::Passed, true));
    let paths = kept(&city);
    assert_eq!(paths.len(), 2);
    let mut openssl = Command::new("openssl");
    openssl.args(["cms", "-verify", "-noverify", "-inform", "DER", "-in"]).arg(&paths[1]);
    let read = openssl.output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let told: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
    assert_eq!((told["seq"].as_u64(), told["hash"].as_str()), (Some(5), Some(second.checkpoint.hash.as_str())));

    let witnessed = city.office.verify_against_checkpoints().await.unwrap();
    assert_eq!((witnessed.end.seq, witnessed.met.len(), witnessed.set_aside.len()), (6, 2, 0));
    assert_eq!(code(city.office.seal_checkpoint(&clerk()).await), "office-not-in-role");
    assert_eq!(city.office.seal_checkpoint(&auditor()).await.unwrap().checkpoint.seq, 6);
}

#[tokio::test]
async fn a_ledger_that_was_shortened_or_changed_contradicts_what_was_sealed() {
    let city = two_days().await;
    city.execute("DELETE FROM ledger WHERE seq > 3").await;
    assert_eq!(code(city.office.verify_against_checkpoints().await), "ledger-cut-short");
    city.clock.set("2026-06-03T01:00:00Z");
    assert_eq!(code(city.office.seal_checkpoint_due().await), "ledger-cut-short");
    assert_eq!(kept(&city).len(), 2, "no seal on what does not hold");
    // A history of the same length, whole in itself.
    for _ in 0..4 {
        city.submitted("permit").await;
    }
    city.office.verify_ledger(Vec::new()).await.unwrap();
    assert_eq!(code(city.office.verify_against_checkpoints().await), "ledger-rewritten");
    assert_eq!(code(city.office.seal_checkpoint_due().await), "ledger-rewritten");
}

#[tokio::test]
async fn a_checkpoint_that_is_missing_or_forged_is_told() {
    let city = two_days().await;
    let paths = kept(&city);
    let whole = std::fs::read(&paths[0]).unwrap();
    let place = whole.windows(5).position(|bytes| bytes == b"\"seq\"").unwrap();
    for at in [place + 6, whole.len() - 40] {
        let mut forged = whole.clone();
        forged[at] ^= 1;
        std::fs::write(&paths[0], &forged).unwrap();
        assert!(city.office.verify_against_checkpoints().await.is_err(), "byte {at}");
        assert!(SealedCheckpoint::open("it", &forged).is_err(), "byte {at}");
    }
    std::fs::remove_file(&paths[0]).unwrap();
    assert_eq!(code(city.office.verify_against_checkpoints().await), "checkpoint-missing");
    std::fs::write(&paths[0], b"{}").unwrap();
    assert_eq!(code(city.office.verify_against_checkpoints().await), "checkpoint-unreadable");
}

#[tokio::test]
async fn a_database_older_than_the_last_checkpoint_is_taken_for_the_copy_that_it_is() {
    let city = city().await;
    city.submitted("permit").await;
    city.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
    for copy in ["older.sqlite", "beside.sqlite"] {
        std::fs::copy(city.folder.path().join("city.sqlite"), city.folder.path().join(copy)).unwrap();
    }
    city.submitted("permit").await;
    let lost = city.office.seal_checkpoint_due().await.unwrap().unwrap();

    // Also where it has workers in it, so that others seem to be there.
    let beside = over(&city, "beside.sqlite", &city.clock).await;
    assert!(beside.recover_beside_others().await.unwrap().unconfirmed);
    let older = over(&city, "older.sqlite", &city.clock).await;
    assert!(older.recover().await.unwrap().unconfirmed);
    city.clock.set("2026-06-02T01:00:00Z");
    assert_eq!(code(older.seal_checkpoint_due().await), "office-copy-unconfirmed", "not before somebody has looked");
    let manager = City::person(7, &[Role::RecordsManager]);
    let view = older.restored(&manager).await.unwrap().unwrap();
    assert_eq!(view.checkpoints, std::slice::from_ref(&lost.sealed.sha256));
    older.confirm_restored(&manager, &view.hash()).await.unwrap();
    assert!(!older.recover().await.unwrap().unconfirmed);
    older.seal_checkpoint_due().await.unwrap().unwrap();
    let witnessed = older.verify_against_checkpoints().await.unwrap();
    assert_eq!((witnessed.met.len(), witnessed.set_aside.len()), (1, 1));
    assert_eq!(witnessed.set_aside[0].sealed.sha256, lost.sealed.sha256);
}

#[tokio::test]
async fn without_a_key_of_the_service_nothing_is_sealed_and_that_is_told() {
    let city = City::with(|_| {}).await;
    city.submitted("permit").await;
    assert_eq!(code(city.office.seal_checkpoint_due().await), "checkpoint-no-key");
}

#[tokio::test]
async fn a_later_statement_on_notices_contradicts_no_earlier_one_unless_something_was_taken_back_unseen() {
    let city = city().await;
    let (revoked, _) = city.issued("permit").await;
    let (kept, _) = city.issued("permit").await;
    city.submitted("permit").await;
    assert_eq!(code(city.office.state_notices(&clerk()).await), "office-not-in-role");
    let first = city.office.state_notices(&auditor()).await.unwrap();
    city.office.revoke(&clerk(), revoked, "職権による取消し").await.unwrap();
    city.issued("information").await;
    let second = city.office.state_notices(&auditor()).await.unwrap();
    let open = |der: &[u8]| SealedStatement::open("it", der).unwrap();
    let (before, after) = (open(&first), open(&second));
    let count = |one: &SealedStatement| one.statement.notices.len();
    assert_eq!((count(&before), count(&after)), (2, 3), "what is not issued is not stated");
    assert_eq!(before.statement.contradictions(&after.statement), []);
    let effects: Vec<&str> = after.statement.notices.iter().map(|one| one.effect.as_str()).collect();
    assert_eq!(effects.iter().filter(|effect| **effect == "revoked").count(), 1);
    let witness = after.sealed.witness(&city.office.judge(), city.clock.now());
    assert_eq!((witness.outcome, witness.proven_at.is_some()), (Outcome::Passed, true));
    // Nothing is disclosed to whoever does not have the notice.
    let notice = city.office.notice(&auditor(), kept).await.unwrap().notice;
    let said = String::from_utf8_lossy(&second).into_owned();
    for secret in [notice.number.as_deref().unwrap(), &notice.subject, &notice.recipient, &kept.to_string()] {
        assert!(!said.contains(secret), "{secret}");
    }
    let file = Sha256Hex::of(&city.office.notice_pdf(&clerk(), kept).await.unwrap());
    assert!(after.statement.notices.iter().any(|one| one.files.contains(&file)));

    let told = |change: fn(&mut NoticeStatement)| {
        let mut changed = after.statement.clone();
        change(&mut changed);
        let found = after.statement.contradictions(&changed);
        found.iter().map(|one| one.what).collect::<Vec<_>>()
    };
    assert_eq!(told(|all| drop(all.notices.remove(1))), ["gone"]);
    assert_eq!(told(|all| all.notices[0].files.push(Sha256Hex::of(b"grown"))), [""; 0], "a file may grow");
    assert_eq!(told(|all| all.notices[0].files = vec![Sha256Hex::of(b"another")]), ["file-changed"]);
    assert_eq!(told(|all| all.notices[0].number = Sha256Hex::of(b"another")), ["gone"]);
    assert_eq!(told(|all| all.ledger.hash = Sha256Hex::of(b"another")), ["ledger-rewritten"]);
    assert_eq!(told(|all| all.ledger.seq -= 1), ["ledger-shorter"]);
    let back = |all: &mut NoticeStatement| {
        all.notices.iter_mut().for_each(|one| (one.effect, one.at) = ("in-force".to_owned(), None));
    };
    assert_eq!(told(back), ["effect-returned"]);
    for at in (0..second.len()).step_by(97) {
        let mut forged = second.clone();
        forged[at] ^= 1;
        if let Ok(read) = SealedStatement::open("it", &forged) {
            assert_eq!(read.statement, after.statement, "byte {at} is of no part that is signed");
        }
    }
}
