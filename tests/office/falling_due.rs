//! What falls due when: the counts by year and custodian are those of the register's last days, one by one.

use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, code, person};
use fumikura::office::Role;
use fumikura::office::records::{DueByYear, NewHold};
use fumikura::records::{HoldKind, HoldScope};
use fumikura::time::{FiscalYear, days_after};
use std::collections::BTreeMap;

async fn by_register(hall: &Hall) -> BTreeMap<String, DueByYear> {
    let mut all: BTreeMap<String, DueByYear> = BTreeMap::new();
    for row in hall.office.register_page(&hall.auditor, "", None, 100).await.unwrap().rows {
        if row.destroyed_on.is_none() {
            let year = row.expires_on.map(|last| FiscalYear::of(days_after(last, 1)));
            *all.entry(row.custodian).or_default().entry(year).or_default() += 1;
        }
    }
    all
}

#[tokio::test]
async fn what_falls_due_is_counted_by_the_year_that_begins_after_the_last_day() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let mut files = Vec::new();
    for on in ["2024-04-01", "2025-03-31", "2025-04-01", "2026-04-10"] {
        files.push(hall.closed_file_of(on, ROADS, 1).await);
        files.push(hall.closed_file_of(on, ROADS, 1).await);
    }
    hall.open_file(ROADS).await;
    let hold = NewHold { kind: HoldKind::Audit, scope: HoldScope::File(files[0]), reason: "監査".to_owned() };
    hall.office.place_hold(&hall.clerk, hold).await.unwrap();
    let found = hall.office.falling_due(&hall.auditor).await.unwrap();
    let expected: DueByYear =
        [(None, 1), (Some(FiscalYear(2030)), 4), (Some(FiscalYear(2031)), 2), (Some(FiscalYear(2032)), 2)].into();
    assert_eq!(found["総務課長"], expected, "what is held falls due, too");
    assert_eq!(found, by_register(&hall).await);

    hall.at(DUE);
    let disposal = hall.approved(&files[1..]).await.plan.id;
    hall.at(AFTER_GRACE);
    hall.office.run_disposal(&hall.managers[0], disposal, 99).await.unwrap();
    let left = hall.office.falling_due(&hall.auditor).await.unwrap();
    assert_eq!(left, by_register(&hall).await);
    assert!(left["総務課長"].values().sum::<u64>() < 9, "what is gone falls due no more");
    let admin = person(&hall.office, "admin", Role::Administrator).await;
    assert_eq!(code(hall.office.falling_due(&admin).await), "office-not-in-role");
}
