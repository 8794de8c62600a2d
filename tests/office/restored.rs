//! A database that was restored destroys nothing before somebody has held it to vault and ledger (R5).

use super::factors::authenticator;
use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, code, record};
use fumikura::office::records::{AuditBounds, NewHold};
use fumikura::office::{Entered, Role};
use fumikura::records::{HoldKind, HoldScope};
use fumikura::store::{Staged, backup};

/// Copies the hall's database away, and puts the copy in its place as the only one.
async fn roll_back(hall: &Hall) {
    let (live, copy) = (hall.folder.join("office.sqlite"), hall.folder.join("backup.sqlite"));
    backup(&live, &copy).await.unwrap();
    let place = hall.folder.join("restored.sqlite");
    Staged::restore(&copy, &place).await.unwrap().settle().unwrap();
}

#[tokio::test]
async fn a_restored_database_destroys_nothing_and_takes_holds() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    hall.at(DUE);
    let id = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    roll_back(&hall).await;
    let restored = hall.over("restored.sqlite").await;
    assert!(restored.run_disposal(&hall.managers[0], id, 9).await.is_err());
    assert_eq!(hall.packages(), 1);
    let new = NewHold { kind: HoldKind::Audit, scope: HoldScope::File(file), reason: "監査".to_owned() };
    assert_eq!(restored.place_hold(&hall.clerk, new).await.unwrap().taken_back, [file]);
}

#[tokio::test]
async fn a_restored_database_goes_on_once_somebody_has_confirmed_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (listed, other) = (hall.closed_file(ROADS, 1).await, hall.open_file(ROADS).await);
    hall.at(DUE);
    let id = hall.approved(&[listed]).await.plan.id;
    hall.at(AFTER_GRACE);
    roll_back(&hall).await;
    // What was done after the copy was made: a destruction, and a filing.
    assert_eq!(hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap().destroyed, [listed]);
    let later = hall.office.file_record(&hall.clerk, record(other, 7)).await.unwrap().record;

    let restored = hall.over("restored.sqlite").await;
    assert!(restored.recover().await.unwrap().unconfirmed);
    assert_eq!(hall.packages(), 1, "what was filed since is not set aside before somebody has looked");
    assert_eq!(code(restored.file_record(&hall.clerk, record(other, 8)).await), "office-copy-unconfirmed");
    let audited = restored.audit_fixity(&hall.managers[0], AuditBounds::default()).await;
    assert_eq!(code(audited), "office-copy-unconfirmed", "what is gone was perhaps destroyed since");
    let view = restored.restored(&hall.auditor).await.unwrap().unwrap();
    assert_eq!((view.gone.len(), view.listed.as_slice()), (1, &[listed][..]));
    assert!(view.unknown[0].starts_with(&later.to_string()), "{:?}", view.unknown);
    let hash = view.hash();
    let new = NewHold { kind: HoldKind::Audit, scope: HoldScope::File(other), reason: "監査".to_owned() };
    restored.place_hold(&hall.clerk, new).await.unwrap();
    assert_eq!(code(restored.confirm_restored(&hall.managers[0], &hash).await), "copy-changed");
    let hash = restored.restored(&hall.auditor).await.unwrap().unwrap().hash();
    assert_eq!(code(restored.confirm_restored(&hall.clerk, &hash).await), "office-not-in-role");
    restored.confirm_restored(&hall.managers[0], &hash).await.unwrap();
    assert_eq!(code(restored.confirm_restored(&hall.managers[0], &hash).await), "copy-nothing-restored");

    let report = restored.run_disposal(&hall.managers[0], id, 9).await.unwrap();
    assert_eq!((report.destroyed, report.drained), (vec![], true), "the old decision counts no more");
    let recovered = restored.recover().await.unwrap();
    assert_eq!((recovered.unconfirmed, recovered.lost.len(), recovered.quarantined.is_empty()), (false, 1, false));
    restored.verify_ledger(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn an_older_database_put_in_place_by_hand_is_found_out_by_the_vault() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (gone, stays) = (hall.closed_file(ROADS, 1).await, hall.closed_file(ROADS, 1).await);
    hall.at(DUE);
    let id = hall.approved(&[gone, stays]).await.plan.id;
    hall.at(AFTER_GRACE);
    hall.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
    std::fs::copy(hall.folder.join("office.sqlite"), hall.folder.join("by-hand.sqlite")).unwrap();
    assert_eq!(hall.office.run_disposal(&hall.managers[0], id, 1).await.unwrap().destroyed.len(), 1);

    let older = hall.over("by-hand.sqlite").await;
    assert!(older.recover().await.unwrap().unconfirmed);
    assert_eq!(code(older.run_disposal(&hall.managers[0], id, 9).await), "office-copy-unconfirmed");
    assert_eq!(hall.packages(), 1);
    let hash = older.restored(&hall.auditor).await.unwrap().unwrap().hash();
    older.confirm_restored(&hall.managers[0], &hash).await.unwrap();
    assert!(!older.recover().await.unwrap().unconfirmed, "what is explained is not asked again");
}

#[tokio::test]
async fn sessions_and_recovery_codes_that_a_backup_brings_back_end_when_it_is_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    super::hall::person(&hall.office, "hanako", Role::Clerk).await;
    let password = || zeroize::Zeroizing::new("correct horse battery".to_owned());
    let session = hall.office.sign_in("hanako", password()).await.unwrap().secret;
    let begun = hall.office.begin_totp(&session).await.unwrap();
    let first = authenticator(&begun.secret, hall.office.now());
    let codes = hall.office.confirm_totp(&session, &first).await.unwrap();
    roll_back(&hall).await;
    let restored = hall.over("restored.sqlite").await;
    restored.session(&session).await.unwrap();
    let hash = restored.restored(&hall.auditor).await.unwrap().unwrap().hash();
    restored.confirm_restored(&hall.managers[0], &hash).await.unwrap();
    assert_eq!(code(restored.session(&session).await), "office-no-session");
    let Entered::Half(half) = restored.sign_in_by_password("hanako", password()).await.unwrap() else {
        panic!("a second factor is asked for")
    };
    assert_eq!(code(restored.sign_in_by_code(&half, &codes[0]).await), "account-wrong-code");
    hall.at("2026-06-01T02:00:00Z");
    let Entered::Half(half) = restored.sign_in_by_password("hanako", password()).await.unwrap() else {
        panic!("a second factor is asked for")
    };
    let later = authenticator(&begun.secret, restored.now());
    assert!(restored.sign_in_by_code(&half, &later).await.unwrap().has_news);
}
