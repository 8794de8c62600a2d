//! Whether the office can work, and what it has in hand.

use super::hall::{Hall, ROADS};

#[tokio::test]
async fn what_cannot_be_reached_is_named_by_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let readiness = hall.office.readiness().await;
    // This hall's seal is out of reach; everything else is there.
    assert_eq!((readiness.database, readiness.vault, readiness.keys), (None, None, Some("crypto-no-entropy")));
    assert!(!readiness.is_ready());
}

#[tokio::test]
async fn what_is_in_hand_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    hall.closed_file(ROADS, 3).await;
    let counts = hall.office.work_in_hand().await.unwrap();
    let number = |what: &str, state: &str| {
        counts.iter().find(|count| count.what == what && count.state == state).map(|count| count.number)
    };
    assert_eq!((number("packages", "sound"), number("upgrades", "overdue")), (Some(3), Some(0)));
    assert_eq!(number("seals", ""), Some(0));
    let entries = hall.office.verify_ledger(Vec::new()).await.unwrap().seq;
    assert_eq!(number("ledger", ""), Some(entries));
}
