//! The fixity audit: every package is read within its term, damage is put right from a good copy, and what cannot be put
//! right, or read, or was not read in time, stays in sight until it is settled.

use super::database;
use super::doubles::MoodyVault;
use super::hall::{AFTER_GRACE, DUE, Hall, ROADS, code, record};
use fumikura::id::RecordId;
use fumikura::office::Office;
use fumikura::office::records::{AuditBounds, AuditRun};
use jiff::SignedDuration;
use std::fs;
use std::path::PathBuf;

async fn audit(hall: &Hall) -> AuditRun {
    hall.office.audit_fixity(&hall.managers[0], AuditBounds::default()).await.unwrap()
}

/// Reads so many packages at most.
async fn audit_some(hall: &Hall, office: &Office, records: u32) -> u64 {
    let bounds = AuditBounds { records, ..AuditBounds::default() };
    office.audit_fixity(&hall.managers[0], bounds).await.unwrap().read
}

/// Returns the codes of what is wrong, with the records.
async fn alarms(hall: &Hall) -> Vec<(&'static str, RecordId)> {
    let view = hall.office.fixity(&hall.auditor).await.unwrap();
    assert_eq!(view.alarms.len() as u64, view.alarms.iter().filter(|alarm| alarm.since.is_some()).count() as u64);
    view.alarms.iter().map(|alarm| (alarm.code, alarm.record)).collect()
}

/// Returns the deeds of the audit that the ledger tells of, oldest first, the summaries left out.
async fn told(hall: &Hall) -> Vec<String> {
    let mut entries = hall.office.newest_entries(&hall.auditor, 200).await.unwrap();
    entries.reverse();
    let verbs = entries.iter().map(|entry| entry.verb.as_str()).filter(|verb| verb.starts_with("fixity."));
    verbs.filter(|verb| *verb != "fixity.audited").map(str::to_owned).collect()
}

async fn filed(hall: &Hall, count: u8) -> Vec<RecordId> {
    let file = hall.open_file(ROADS).await;
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(hall.office.file_record(&hall.clerk, record(file, number)).await.unwrap().record);
    }
    ids
}

fn package(hall: &Hall, copy: &str, id: RecordId) -> PathBuf {
    let digits = id.to_string();
    hall.folder.join(copy).join("v1").join(&digits[..2]).join(&digits[2..4]).join(format!("{digits}.1.pkg"))
}

fn damage(path: &PathBuf) {
    let mut bytes = fs::read(path).unwrap();
    bytes[300] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn damage_is_found_put_right_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let ids = filed(&hall, 3).await;
    damage(&package(&hall, "second", ids[1]));
    fs::remove_file(package(&hall, "archive", ids[2])).unwrap();
    let run = audit(&hall).await;
    let mut repaired = run.repaired.clone();
    repaired.sort_unstable();
    let mut wanted = vec![ids[1], ids[2]];
    wanted.sort_unstable();
    assert_eq!((run.read, repaired, run.stopped), (3, wanted, None));
    assert!(run.bytes > 6 * 1000, "both copies are counted: {}", run.bytes);
    assert_eq!(alarms(&hall).await, []);
    let view = hall.office.fixity(&hall.auditor).await.unwrap();
    assert_eq!((view.records, view.repaired, view.unsound, view.overdue), (3, 2, 0, 0));
    assert_eq!(fs::read_dir(hall.folder.join("second/quarantine")).unwrap().count(), 1, "damaged bytes are kept");
    let mut told = told(&hall).await;
    told.sort();
    assert_eq!(told, ["fixity.damaged", "fixity.damaged", "fixity.repaired", "fixity.repaired"]);
    assert_eq!(code(hall.office.audit_fixity(&hall.auditor, AuditBounds::default()).await), "office-not-in-role");
    hall.clean().await;
}

#[tokio::test]
async fn what_is_lost_stays_an_alarm_until_it_is_back_and_is_not_destroyed_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.closed_file(ROADS, 1).await;
    let id = hall.office.file_view(&hall.auditor, file).await.unwrap().records[0].record.id;
    let places = [package(&hall, "archive", id), package(&hall, "second", id)];
    let good = fs::read(&places[0]).unwrap();
    places.iter().for_each(damage);
    hall.at("2032-03-01T00:00:00Z");
    assert_eq!(audit(&hall).await.lost, [id]);
    hall.at(DUE);
    assert_eq!(audit(&hall).await.lost, [id]);
    assert_eq!((alarms(&hall).await, told(&hall).await), (vec![("fixity-lost", id)], vec!["fixity.lost".to_owned()]));
    let since = hall.office.fixity(&hall.auditor).await.unwrap().alarms[0].since;
    assert_eq!(since, Some("2032-03-01T00:00:00Z".parse().unwrap()), "since it was first found");
    let list = hall.approved(&[file]).await.plan.id;
    hall.at(AFTER_GRACE);
    let report = hall.office.run_disposal(&hall.managers[0], list, 9).await.unwrap();
    assert_eq!((report.withdrawn.len(), report.destroyed.len()), (1, 0));
    fs::write(&places[1], good).unwrap();
    assert_eq!(audit(&hall).await.repaired, [id]);
    assert_eq!(alarms(&hall).await, []);
    hall.clean().await;
}

#[tokio::test]
async fn a_run_goes_on_where_the_last_one_ended() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let ids = filed(&hall, 5).await;
    hall.at("2026-07-12T00:00:00Z");
    let overdue = |view: fumikura::office::records::FixityView| (view.overdue, view.alarms.len());
    assert_eq!(overdue(hall.office.fixity(&hall.auditor).await.unwrap()), (5, 5), "93 days have passed");
    assert!(hall.office.fsck(&hall.auditor).await.unwrap().findings.iter().all(|one| one.code == "fixity-overdue"));
    assert_eq!(audit_some(&hall, &hall.office, 2).await, 2);
    let again = hall.over("office.sqlite").await;
    assert_eq!(overdue(again.fixity(&hall.auditor).await.unwrap()), (3, 3));
    // A row that is not there is no excuse: such a record comes first.
    hall.at("2026-07-12T00:00:01Z");
    hall.execute(format!("DELETE FROM fixity WHERE record_id = '{}'", ids[4])).await;
    assert_eq!(audit_some(&hall, &again, 1).await, 1);
    let row = again.fixity(&hall.auditor).await.unwrap();
    assert!(row.alarms.iter().all(|alarm| alarm.record != ids[4]));
    let bounds = AuditBounds { bytes: 1, ..AuditBounds::default() };
    assert_eq!(again.audit_fixity(&hall.managers[0], bounds).await.unwrap().read, 1, "the bound is passed once");
    let bounds = AuditBounds { time: SignedDuration::ZERO, ..AuditBounds::default() };
    assert_eq!(again.audit_fixity(&hall.managers[0], bounds).await.unwrap().read, 0);
    assert_eq!(audit_some(&hall, &again, 9).await, 5);
    assert_eq!(alarms(&hall).await, []);
}

#[tokio::test]
async fn what_cannot_be_read_now_is_not_damaged_and_takes_nobodys_turn() {
    let folder = tempfile::tempdir().unwrap();
    let mut vault = None;
    let hall = Hall::with(folder.path(), |parts, disk, _| {
        let moody = MoodyVault::new(disk);
        parts.vault = moody.clone();
        vault = Some(moody);
    })
    .await;
    let ids = filed(&hall, 2).await;
    let moods = |all: &[bool]| vault.as_ref().unwrap().looks.lock().unwrap().extend(all);
    moods(&[true, true]);
    let run = audit(&hall).await;
    assert_eq!((run.read, run.unread.len(), run.lost, run.damaged), (0, 2, vec![], vec![]));
    assert_eq!(alarms(&hall).await.iter().map(|one| one.0).collect::<Vec<_>>(), ["fixity-unread"; 2]);
    assert_eq!(told(&hall).await, Vec::<String>::new());
    let step = async || hall.office.audit_in_step(SignedDuration::from_mins(10)).await.unwrap();
    assert_eq!(step().await.unread.len(), 0, "not before a day has passed");
    hall.at("2026-04-11T00:00:00Z");
    let third = hall.office.file_record(&hall.clerk, record(hall.open_file(ROADS).await, 3)).await.unwrap().record;
    moods(&[true]);
    assert_eq!(step().await.unread.len(), 1);
    let run = step().await;
    assert_eq!((run.read, run.unread.len()), (1, 0), "the other one has its second look");
    moods(&[false]);
    assert_eq!(audit(&hall).await.read, 3);
    assert_eq!(alarms(&hall).await, []);
    assert!(!ids.contains(&third));
    hall.clean().await;
}

#[tokio::test]
async fn the_service_reads_everything_in_time_a_little_every_day() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    filed(&hall, 8).await;
    let start: jiff::Timestamp = "2026-04-10T00:00:00Z".parse().unwrap();
    let (mut most, mut all) = (0, 0);
    // Steps are ten minutes apart; to look at four a day says the same.
    for day in 0..12i64 {
        let mut read = 0;
        for hour in [0, 6, 12, 18] {
            hall.at(&start.checked_add(SignedDuration::from_hours(24 * day + hour)).unwrap().to_string());
            read += hall.office.audit_in_step(SignedDuration::from_mins(10)).await.unwrap().read;
        }
        (most, all) = (most.max(read), all + read);
    }
    assert!(most <= 1 && all >= 8, "{most} a day, {all} in all");
    // After a long time without a service what is behind is caught up with.
    hall.at("2026-07-08T00:00:00Z");
    assert_eq!(hall.office.audit_in_step(SignedDuration::from_mins(10)).await.unwrap().read, 8);
    assert_eq!(hall.office.audit_in_step(SignedDuration::from_mins(10)).await.unwrap().read, 0);
}

#[tokio::test]
async fn records_of_an_older_database_count_as_read_when_they_were_filed() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let ids = filed(&hall, 2).await;
    hall.execute("DELETE FROM fixity").await;
    assert_eq!(hall.office.fixity(&hall.auditor).await.unwrap().overdue, 2);
    let migration = database::FIXITY;
    hall.execute(&migration[migration.find("INSERT INTO").unwrap()..]).await;
    let view = hall.office.fixity(&hall.auditor).await.unwrap();
    assert_eq!((view.records, view.overdue), (ids.len() as u64, 0));
    assert_eq!(view.oldest_read_at, Some("2026-04-10T00:00:00Z".parse().unwrap()));
    assert_eq!(audit(&hall).await.read, 2);
}
