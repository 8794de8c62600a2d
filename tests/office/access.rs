//! Access classes through the verbs: what somebody may not see is nowhere, and what is restricted is read only on record.

use super::city::{self, City};
use super::database;
use super::hall::{Hall, ROADS, RULES, code, day, record};
use fumikura::digest::Sha256Hex;
use fumikura::fault::Fault;
use fumikura::id::{DisposalId, RecordFileId, RecordId};
use fumikura::ledger::Entry;
use fumikura::office::ports::SearchedPart;
use fumikura::office::records::{
    AccessChange, AccessTarget, EffectQuestion, FileChange, NewHold, NewRecord, NewRecordFile, NewSearch, RegisterLine,
};
use fumikura::office::tokens::Request;
use fumikura::office::{Actor, NewAccount, Office, Role};
use fumikura::records::{
    AccessClass, AppraisalOutcome, ClassCode, HoldKind, HoldPredicate, HoldScope, Medium, RecordFilter, RuleChange,
    RuleFile, SearchWords, WITHHELD,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What stands in every title, reason and byte that is restricted in these stories.
const SECRET: &str = "内密";

fn raise() -> AccessChange {
    AccessChange::Class { class: AccessClass::Restricted, reason: String::new() }
}

fn open_to(class: AccessClass) -> AccessChange {
    AccessChange::Class { class, reason: format!("{SECRET}のわけ") }
}

/// Somebody of another section.
async fn outsider(office: &Office) -> Actor {
    let roles: BTreeSet<Role> = [Role::RecordsClerk, Role::Clerk].into();
    let new = NewAccount {
        login: "outsider".to_owned(),
        name: "見本 よその人".to_owned(),
        section: "観光課".to_owned(),
        roles: roles.clone(),
        password: "correct horse battery".to_owned().into(),
        own_password: true,
    };
    let id = office.add_user(None, new).await.unwrap();
    Actor::new(id, "見本 よその人".to_owned(), "観光課".to_owned(), roles)
}

fn new_file(title: &str, opened: &str) -> NewRecordFile {
    NewRecordFile {
        title: title.to_owned(),
        class: ClassCode::parse(ROADS).unwrap(),
        opened: day(opened),
        year: None,
        creator: "総務課".to_owned(),
        custodian: "総務課長".to_owned(),
        place: "書庫".to_owned(),
        medium: Medium::Electronic,
        access: None,
    }
}

fn secret_record(file: RecordFileId, number: u8, created: &str) -> NewRecord {
    NewRecord {
        title: format!("{SECRET}の文書 {number}"),
        number: Some(format!("{SECRET}第{number}号")),
        created: day(created),
        original_name: format!("{SECRET}.txt"),
        media_type: "text/plain".to_owned(),
        bytes: format!("{SECRET}の中身 {file} {number}").into_bytes(),
        ..record(file, number)
    }
}

/// A restricted file with a record, closed on the day that it was opened.
async fn secret_file(hall: &Hall, opened: &str) -> (RecordFileId, RecordId) {
    let new =
        NewRecordFile { access: Some(AccessClass::Restricted), ..new_file(&format!("{SECRET}の簿冊"), opened) };
    let file = hall.office.open_file(&hall.clerk, new).await.unwrap();
    let record = hall.office.file_record(&hall.clerk, secret_record(file, 1, opened)).await.unwrap().record;
    hall.office.close_file(&hall.clerk, file, day(opened)).await.unwrap();
    (file, record)
}

/// An open file with a plain record and a restricted one.
async fn mixed_file(hall: &Hall) -> (RecordFileId, RecordId, RecordId) {
    let file = hall.office.open_file(&hall.clerk, new_file("ふつうの簿冊", "2026-04-10")).await.unwrap();
    let plain = hall.office.file_record(&hall.clerk, record(file, 1)).await.unwrap().record;
    let new = NewRecord { access: Some(AccessClass::Restricted), ..secret_record(file, 2, "2026-04-10") };
    (file, plain, hall.office.file_record(&hall.clerk, new).await.unwrap().record)
}

/// A hall in which something restricted is in every list there is.
struct Scene {
    hall: Hall,
    outsider: Actor,
    /// Restricted: destroyed, listed for disposal, due, and open in a file that is not.
    gone: (RecordFileId, RecordId),
    listed: (RecordFileId, RecordId),
    due: (RecordFileId, RecordId),
    mixed: (RecordFileId, RecordId, RecordId),
    disposal: DisposalId,
}

async fn scene(folder: &Path) -> Scene {
    let hall = Hall::open(folder).await;
    let outsider = outsider(&hall.office).await;
    let gone = secret_file(&hall, "2020-04-10").await;
    let id = hall.approved(&[gone.0]).await.plan.id;
    hall.at("2026-04-11T01:00:00Z");
    assert_eq!(hall.office.run_disposal(&hall.managers[0], id, 9).await.unwrap().destroyed, [gone.0]);
    let (listed, due) = (secret_file(&hall, "2020-04-11").await, secret_file(&hall, "2020-04-12").await);
    let mixed = mixed_file(&hall).await;
    hall.office.appraise(&hall.managers[0], listed.0, AppraisalOutcome::Destroy).await.unwrap();
    let disposal = hall.office.plan_disposal(&hall.managers[0], Some(vec![listed.0])).await.unwrap().plan.id;
    for scope in [HoldScope::File(gone.0), HoldScope::Record(mixed.2)] {
        let new = NewHold { kind: HoldKind::Audit, scope, reason: format!("{SECRET}の事件") };
        hall.office.place_hold(&hall.clerk, new).await.unwrap();
    }
    let grant = AccessChange::Grant { to: "auditor".to_owned(), until: None, reason: format!("{SECRET}の担当") };
    hall.office.change_access(&hall.managers[0], AccessTarget::File(due.0), grant).await.unwrap();
    Scene { hall, outsider, gone, listed, due, mixed, disposal }
}

/// Asks every verb that any reader, filer or holder may use for what is restricted; returns what each of them said.
#[expect(clippy::too_many_lines, reason = "a list")]
async fn everything_said(scene: &Scene, actor: &Actor) -> BTreeMap<&'static str, String> {
    let (office, today) = (&scene.hall.office, scene.hall.office.today());
    let (file, record) = scene.due;
    let secret = scene.mixed.2;
    // Words of the titles, and not the one that is listened for.
    let title = HoldPredicate { title_contains: Some("密の".to_owned()), ..Default::default() };
    let line = RegisterLine {
        line: 2,
        class: ROADS.to_owned(),
        title: format!("{SECRET}の簿冊"),
        made_on: day("2020-04-12"),
        creator: "総務課".to_owned(),
        custodian: "総務課長".to_owned(),
        place: String::new(),
        medium: Medium::Paper,
        access: None,
        completed: None,
        event: None,
        starts_on: None,
        expires_on: None,
    };
    let source = Sha256Hex::of(b"csv");
    let twice = office.import_register(actor, vec![line], &source, true).await;
    let double = NewRecord {
        title: "写し".to_owned(),
        number: None,
        original_name: "a.txt".to_owned(),
        // Not read: what is their own they would find.
        media_type: "application/octet-stream".to_owned(),
        ..secret_record(file, 1, "2020-04-12")
    };
    let here = office
        .open_file(actor, NewRecordFile { title: "控え".to_owned(), ..new_file("", "2020-04-12") })
        .await
        .unwrap();
    let double = NewRecord { file: here, ..double };
    let mut said = BTreeMap::new();
    let mut hear = |verb, answer: String| said.insert(verb, answer);
    macro_rules! hear {
        ($verb:ident ( $($with:expr),* )) => { hear(stringify!($verb), format!("{:?}", office.$verb(actor $(, $with)*).await)) };
    }
    hear("import_register", format!("{:?}", twice.unwrap().problems));
    hear("open_file", String::new());
    hear("file_record", format!("{:?}", office.file_record(actor, double.clone()).await.unwrap().duplicate_of));
    let request = Request::new(actor.user(), "key", &[b"asked"]);
    let once = office.file_record_once(actor, &request, double.clone()).await.unwrap();
    hear("file_record_once", format!("{:?}", once.package_sha256));
    let many = office.file_records(actor, vec![NewRecord { title: "写し2".to_owned(), ..double }]).await.unwrap();
    hear("file_records", format!("{:?}", many.len()));
    hear!(record_view(record));
    hear("record_view of a restricted one in an open file", format!("{:?}", office.record_view(actor, secret).await));
    hear("record_view of a destroyed one", format!("{:?}", office.record_view(actor, scene.gone.1).await));
    hear!(record_of_notice(fumikura::id::NoticeId::from_bytes([1; 16])));
    hear!(filed_before(file, "a.txt", &Sha256Hex::of(b"a")));
    hear!(read_record(record));
    hear!(read_bag(secret));
    hear!(search_records(SECRET, 100));
    hear("search_records in contents", format!("{:?}", office.search_records(actor, "の中身", 100).await));
    let (filter, from) = (RecordFilter::default(), Some("c".parse().unwrap()));
    hear("search_on", format!("{:?}", office.search_on(actor, "の中身", &filter, from, 100).await));
    let filter = RecordFilter { access: Some(AccessClass::Restricted), ..RecordFilter::default() };
    hear("search_on with a filter", format!("{:?}", office.search_on(actor, "", &filter, None, 100).await));
    hear!(search_choices());
    hear!(register());
    hear!(register_page("", None, 100));
    hear!(open_files("", 100));
    hear("open_files with words", format!("{:?}", office.open_files(actor, SECRET, 100).await));
    hear!(due_list());
    hear!(falling_due());
    hear!(undetermined_files());
    hear!(due_otherwise());
    hear!(disposal_register());
    hear!(disposal_register_page(None, 100));
    hear!(find_files(&title, None, 100));
    let new = NewSearch { name: "見本の検索".to_owned(), what: title.clone() };
    let saved = office.save_search(actor, new.clone()).await.unwrap();
    hear("save_search", format!("{saved:?}"));
    hear!(search(saved.id));
    hear("change_search", format!("{:?}", office.change_search(actor, saved.id, new, saved.row_version).await));
    hear!(searches());
    let mut walked = String::new();
    office.walk_disposal_register(actor, |row| walked.push_str(&row.title)).await.unwrap();
    hear("walk_disposal_register", walked);
    hear!(tombstone(scene.gone.1));
    hear!(file_view(scene.mixed.0));
    hear("file_view of a restricted one", format!("{:?}", office.file_view(actor, file).await));
    hear!(close_file(file, today));
    hear!(change_file(file, FileChange::Place("棚".to_owned())));
    hear!(preview_disposal(today, None));
    hear("preview_disposal of a day", format!("{:?}", office.preview_disposal(actor, day("2020-05-01"), None).await));
    let what_if = RuleFile::read(&RULES.replace("years = 5", "years = 6")).unwrap().sound().unwrap();
    hear("preview_disposal with rules", format!("{:?}", office.preview_disposal(actor, today, Some(what_if)).await));
    let question = EffectQuestion { change: RuleChange::Longer, after: None, most: 100 };
    let longer = RuleFile::read(&RULES.replace("years = 5", "years = 6")).unwrap().sound().unwrap();
    hear!(effect_of_rules(&longer, question));
    hear!(disposals());
    hear!(disposal(scene.disposal));
    hear!(holds());
    hear!(fixity());
    hear!(fsck());
    hear!(restored());
    hear!(rules());
    hear!(rules_waiting());
    hear!(awaiting());
    hear!(transfers());
    hear!(send_by_manifest(file, b"record,original_sha256\n"));
    hear!(take_receipt(file, b"record,sha256\n"));
    hear!(reads_of(record));
    // At the end, as it takes back what is listed and keeps what is due.
    let hold = NewHold { kind: HoldKind::Audit, scope: HoldScope::Predicate(title), reason: "監査".to_owned() };
    let held = office.place_hold(actor, hold).await.unwrap();
    hear("place_hold", format!("{:?} {:?} {:?}", held.files, held.taken_back, held.too_late));
    hear!(release_hold(held.hold, today));
    let held = office.place_hold_on_search(actor, saved.id, HoldKind::Audit, "監査").await.unwrap();
    hear("place_hold_on_search", format!("{:?} {:?} {:?}", held.files, held.taken_back, held.too_late));
    hear!(delete_search(saved.id));
    said
}

#[tokio::test]
async fn no_verb_tells_an_outsider_of_what_is_restricted() {
    let folder = tempfile::tempdir().unwrap();
    let scene = scene(folder.path()).await;
    let said = everything_said(&scene, &scene.outsider).await;
    for (verb, answer) in &said {
        assert!(!answer.contains(SECRET), "{verb} told: {answer}");
    }
    for refused in
        ["record_view", "read_record", "read_bag", "close_file", "change_file", "file_view of a restricted one"]
    {
        assert!(said[refused].contains("Restricted"), "{refused}: {}", said[refused]);
    }
    assert!(said["register"].contains(WITHHELD), "the register has a line for the file all the same");
    assert_eq!(said["import_register"], "[]", "that a file of this title is there is no answer");
    for hold in ["place_hold", "place_hold_on_search"] {
        assert_eq!(said[hold], "[] [] []", "which titles have the words of a hold is no answer");
    }
    assert_eq!(said["file_record"], "None", "that these bytes are there is no answer");
    // What is not restricted is as ever.
    let view = scene.hall.office.file_view(&scene.outsider, scene.mixed.0).await.unwrap();
    assert_eq!(view.records.iter().map(|row| row.record.id).collect::<Vec<_>>(), [scene.mixed.1]);
    assert_eq!((view.hidden, view.unlogged), (0, 0), "what is left out is not counted");
    let register = scene.hall.office.register(&scene.outsider).await.unwrap();
    let counted: BTreeMap<_, _> = register.iter().map(|row| (row.file, (row.records, row.withheld))).collect();
    assert_eq!((counted[&scene.mixed.0], counted[&scene.due.0]), ((1, false), (0, true)));
    assert!(scene.hall.office.register_page(&scene.outsider, SECRET, None, 9).await.unwrap().rows.is_empty());
    scene.hall.office.verify_ledger(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn whoever_sees_everything_sees_it_in_each_of_these_places() {
    let folder = tempfile::tempdir().unwrap();
    let scene = scene(folder.path()).await;
    let manager = scene.hall.managers[0].clone();
    let said = everything_said(&scene, &manager).await;
    for verb in [
        "record_view",
        "read_record",
        "search_records",
        "search_on with a filter",
        "register",
        "register_page",
        "due_list",
        "disposal_register",
        "disposal_register_page",
        "walk_disposal_register",
        "find_files",
        "effect_of_rules",
        "file_view",
        "preview_disposal",
        "preview_disposal with rules",
        "disposal",
        "holds",
    ] {
        assert!(
            said[verb].contains(SECRET),
            "the story of {verb} shows nothing that could be withheld: {}",
            said[verb]
        );
    }
    assert!(said["import_register"].contains("Twice") && said["file_record"].contains("Some"));
    assert!(said["place_hold"].contains(&format!("{:?}", scene.due.0)));
    assert!(said["place_hold"].contains(&format!("{:?}", scene.listed.0)));
}

#[test]
fn every_verb_of_the_records_that_is_not_the_managers_alone_is_asked() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/office/records");
    let mut verbs = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for part in text.split("    pub async fn ").skip(1) {
            let (name, rest) = part.split_once('(').unwrap();
            let by_an_actor = rest.split_once(')').unwrap().0.contains("actor: &Actor");
            let managers_alone = rest.contains("allow(actor, KEEPERS)") && !rest.contains("allow(actor, FILERS)");
            if by_an_actor && !managers_alone {
                verbs.insert(name.to_owned());
            }
        }
    }
    let asked = include_str!("access.rs");
    let not_asked: Vec<_> = verbs
        .iter()
        .filter(|verb| !asked.contains(&format!("hear!({verb}(")) && !asked.contains(&format!("hear(\"{verb}\"")))
        .collect();
    assert!(verbs.len() > 25, "{verbs:?}");
    assert!(not_asked.is_empty(), "verbs that hand something out and that no story asks: {not_asked:?}");
}

/// Returns what the ledger says of a subject since it was opened or filed.
pub(super) async fn ledger(hall: &Hall, subject: impl ToString) -> Vec<Entry> {
    let subject = subject.to_string();
    let newest = hall.office.newest_entries(&hall.auditor, 10_000).await.unwrap();
    newest.into_iter().rev().filter(|entry| entry.subject.as_str() == subject).collect()
}

async fn verbs(hall: &Hall, subject: impl ToString) -> Vec<String> {
    ledger(hall, subject).await.into_iter().map(|entry| entry.verb.as_str().to_owned()).collect()
}

#[tokio::test]
async fn every_reading_of_what_is_restricted_is_in_the_ledger_and_nothing_is_shown_without() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (file, plain, secret) = mixed_file(&hall).await;
    let office = &hall.office;
    // The section's own clerk sees it.
    office.record_view(&hall.clerk, secret).await.unwrap();
    office.read_record(&hall.clerk, secret).await.unwrap();
    office.read_bag(&hall.auditor, secret).await.unwrap();
    assert_eq!(office.file_view(&hall.auditor, file).await.unwrap().records.len(), 2);
    assert_eq!(office.search_records(&hall.clerk, SECRET, 9).await.unwrap().hits.len(), 1);
    // What is not restricted is looked at as ever.
    office.record_view(&hall.clerk, plain).await.unwrap();
    office.search_records(&hall.clerk, "通知", 9).await.unwrap();
    assert_eq!(verbs(&hall, secret).await, ["record.filed", "record.viewed", "record.read", "record.read"]);
    assert_eq!(verbs(&hall, plain).await, ["record.filed"]);
    assert_eq!(verbs(&hall, file).await, ["file.opened", "file.viewed", "file.searched"]);

    let reads = office.reads_of(&hall.auditor, secret).await.unwrap();
    let told: Vec<_> = reads.iter().map(|one| (one.name.as_deref().unwrap(), one.what.as_str())).collect();
    let (clerk, auditor) = ("見本 clerk", "見本 auditor");
    let expected = [
        (clerk, "record.viewed"),
        (clerk, "record.read"),
        (auditor, "record.read"),
        (auditor, "file.viewed"),
        (clerk, "file.searched"),
    ];
    assert_eq!(told, expected);
    assert_eq!(code(office.reads_of(&hall.clerk, secret).await), "office-not-in-role");
    assert_eq!(code(office.reads_of(&hall.auditor, RecordId::from_bytes([9; 16])).await), "filing-no-such-record");

    hall.execute("ALTER TABLE ledger RENAME TO away").await;
    for refused in [
        code(office.record_view(&hall.managers[0], secret).await),
        code(office.read_bag(&hall.managers[0], secret).await),
        code(office.file_view(&hall.managers[0], file).await),
        code(office.search_records(&hall.managers[0], SECRET, 9).await),
    ] {
        assert!(refused.starts_with("store-"), "{refused}");
    }
    office.record_view(&hall.clerk, plain).await.expect("what is not restricted needs no entry");
    hall.execute("ALTER TABLE away RENAME TO ledger").await;
    assert_eq!(verbs(&hall, secret).await.len(), 4);
    office.verify_ledger(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn a_copy_that_nobody_has_confirmed_shows_nothing_restricted_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (file, plain, secret) = mixed_file(&hall).await;
    let (closed, _) = secret_file(&hall, "2026-04-10").await;
    hall.execute("INSERT INTO copies (ledger_seq) VALUES (1)").await;
    let (office, manager) = (&hall.office, &hall.managers[0]);
    assert_eq!(code(office.record_view(manager, secret).await), "access-not-logged");
    assert_eq!(code(office.file_view(manager, closed).await), "access-not-logged");
    assert_eq!(code(office.published_register("", None, 9).await), "office-copy-unconfirmed");
    let view = office.file_view(manager, file).await.unwrap();
    assert_eq!((view.records.len(), view.records[0].record.id, view.unlogged), (1, plain, 1));
    let found = office.search_records(manager, "", 9).await.unwrap();
    assert_eq!((found.hits.len(), found.unlogged), (1, 2));
    office.record_view(manager, plain).await.unwrap();
    office.register(manager).await.unwrap();
    hall.execute("UPDATE copies SET confirmed = 1").await;
    office.record_view(manager, secret).await.unwrap();
}

#[tokio::test]
async fn a_search_goes_on_past_what_somebody_may_not_see() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let outsider = outsider(&hall.office).await;
    let file = hall.open_file(ROADS).await;
    for number in 0..12 {
        // The newest ones are restricted, and every third of the others.
        let access = (number >= 6 || number % 3 == 0).then_some(AccessClass::Restricted);
        let created = day(&format!("2026-04-{:02}", 1 + number / 3));
        hall.office.file_record(&hall.clerk, NewRecord { access, created, ..record(file, number) }).await.unwrap();
    }
    for most in 1..=6 {
        let found = hall.office.search_records(&outsider, "通知", most).await.unwrap();
        assert_eq!(found.hits.len(), usize::try_from(most.min(4)).unwrap());
        assert!(found.hits.iter().all(|hit| hit.row.record.access.is_none()));
    }
    assert_eq!(hall.office.search_records(&hall.clerk, "通知", 99).await.unwrap().hits.len(), 12);
    assert_eq!(hall.office.search_records(&hall.clerk, "通知", 7).await.unwrap().hits.len(), 7);

    // A page of the database goes on where the one before ended, also among records of one day.
    let store = database::open(&hall.folder.join("office.sqlite")).await;
    let mut tx = store.read().await.unwrap();
    let words = SearchWords::of("通知");
    let whole = tx.find_records(&words, &SearchedPart::default(), None, 99).await.unwrap();
    let (mut walked, mut after) = (Vec::new(), None);
    loop {
        let page = tx.find_records(&words, &SearchedPart::default(), after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.place);
        walked.extend(page);
    }
    assert_eq!((walked.len(), walked), (12, whole));
}

#[tokio::test]
async fn only_records_managers_change_who_sees_it_and_two_of_them_open_it() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let outsider = outsider(&hall.office).await;
    let file = hall.open_file(ROADS).await;
    let filed = hall.office.file_record(&hall.clerk, secret_record(file, 1, "2026-04-10")).await.unwrap().record;
    let (office, target) = (&hall.office, AccessTarget::File(file));
    for actor in [&hall.clerk, &hall.auditor, &outsider] {
        assert_eq!(code(office.change_access(actor, target, raise()).await), "office-not-in-role");
    }
    let [first, second] = [&hall.managers[0], &hall.managers[1]];
    office.record_view(&outsider, filed).await.unwrap();
    office.change_access(first, target, raise()).await.unwrap();
    assert_eq!(code(office.record_view(&outsider, filed).await), "access-restricted-record");
    assert_eq!(code(office.read_record(&outsider, filed).await), "access-restricted-record");
    assert_eq!(code(office.file_view(&outsider, file).await), "access-restricted-file");

    let none = AccessChange::Class { class: AccessClass::Internal, reason: " ".to_owned() };
    assert_eq!(code(office.change_access(first, target, none).await), "records-unsaid");
    let waits = office.change_access(first, target, open_to(AccessClass::Internal)).await.unwrap();
    assert_eq!((waits.class, waits.waits), (AccessClass::Restricted, Some(AccessClass::Internal)));
    let again = office.change_access(first, target, open_to(AccessClass::Internal)).await;
    assert_eq!(code(again), "access-second-person");
    assert_eq!(code(office.record_view(&outsider, filed).await), "access-restricted-record");
    let done = office.change_access(second, target, open_to(AccessClass::Internal)).await.unwrap();
    assert_eq!((done.class, done.waits), (AccessClass::Internal, None));
    office.record_view(&outsider, filed).await.unwrap();

    // A record that is stricter than its file, by itself.
    let target = AccessTarget::Record(filed);
    office.change_access(second, target, raise()).await.unwrap();
    assert_eq!(code(office.read_record(&outsider, filed).await), "access-restricted-record");
    assert!(office.file_view(&outsider, file).await.unwrap().records.is_empty());
    let grant = AccessChange::Grant { to: "outsider".to_owned(), until: None, reason: "兼務".to_owned() };
    assert_eq!(code(office.change_access(second, target, grant).await), "access-grant-on-record");
    office.change_access(second, target, open_to(AccessClass::Public)).await.unwrap();
    office.change_access(first, target, open_to(AccessClass::Public)).await.unwrap();
    office.read_record(&outsider, filed).await.unwrap();

    assert_eq!(verbs(&hall, file).await[1..4], ["access.raised", "access.lowering-wished", "access.lowered"]);
    let ledger = office.newest_entries(&hall.auditor, 10_000).await.unwrap();
    assert!(!serde_json::to_string(&ledger).unwrap().contains(SECRET), "no reason is in the ledger");
    hall.clean().await;
}

#[tokio::test]
async fn a_file_lets_in_whom_it_names_until_the_day_or_until_it_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let outsider = outsider(&hall.office).await;
    let (file, filed) = secret_file(&hall, "2026-04-10").await;
    let (office, manager, target) = (&hall.office, &hall.managers[0], AccessTarget::File(file));
    let grant = |to: &str, until: Option<&str>| AccessChange::Grant {
        to: to.to_owned(),
        until: until.map(day),
        reason: format!("{SECRET}の兼務"),
    };
    for nobody in ["nobody", "", "観光"] {
        assert_eq!(code(office.change_access(manager, target, grant(nobody, None)).await), "access-no-such-grantee");
    }
    let past = office.change_access(manager, target, grant("outsider", Some("2026-04-09"))).await;
    assert_eq!(code(past), "filing-days-reversed");
    office.change_access(manager, target, grant("outsider", Some("2026-04-12"))).await.unwrap();
    hall.at("2026-04-12T00:00:00Z");
    office.read_record(&outsider, filed).await.unwrap();
    let view = office.file_view(&outsider, file).await.unwrap();
    assert!(view.file.access.grants.is_empty(), "who else is let in, and why, is for those who see everything");
    assert_eq!(office.file_view(manager, file).await.unwrap().file.access.grants.len(), 1);
    hall.at("2026-04-13T00:00:00Z");
    assert_eq!(code(office.read_record(&outsider, filed).await), "access-restricted-record");

    office.change_access(manager, target, grant("観光課", None)).await.unwrap();
    office.read_record(&outsider, filed).await.unwrap();
    let revoke = |from: &str| AccessChange::Revoke { from: from.to_owned() };
    assert_eq!(code(office.change_access(manager, target, revoke("税務課")).await), "access-not-granted");
    office.change_access(manager, target, revoke("観光課")).await.unwrap();
    assert_eq!(code(office.read_record(&outsider, filed).await), "access-restricted-record");
    let entries = ledger(&hall, file).await;
    let granted: Vec<_> = entries.iter().filter(|entry| entry.verb.as_str() == "access.granted").collect();
    let words = serde_json::to_string(&granted).unwrap();
    assert!(words.contains(&format!("user:{}", outsider.user())) && words.contains("2026-04-12"), "{words}");
    assert!(words.contains(&format!("section:{}", Sha256Hex::of("観光課".as_bytes()))), "{words}");
    assert_eq!(entries.last().unwrap().verb.as_str(), "access.revoked");
}

#[tokio::test]
async fn a_new_file_is_as_the_plan_says_and_never_more_open() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let (office, manager) = (&hall.office, &hall.managers[0]);
    let plain = hall.open_file(ROADS).await;
    let published = NewRecordFile { access: Some(AccessClass::Public), ..new_file("公表", "2026-04-10") };
    assert_eq!(code(office.open_file(&hall.clerk, published.clone()).await), "office-not-in-role");
    let open = office.open_file(manager, published.clone()).await.unwrap();
    let stricter =
        RULES.replace("2026.1", "2026.2").replace("code = \"B\"\nname", "code = \"B\"\naccess = \"restricted\"\nname");
    assert!(office.load_rules(manager, &stricter).await.unwrap().acts);
    let closed = hall.open_file(ROADS).await;
    assert_eq!(code(office.open_file(manager, published).await), "access-below-plan");
    let mut classes = Vec::new();
    for file in [plain, open, closed] {
        classes.push(office.file_view(manager, file).await.unwrap().file.access.class);
    }
    assert_eq!(classes, [AccessClass::Internal, AccessClass::Public, AccessClass::Restricted]);
    let looser = office.load_rules(manager, &RULES.replace("2026.1", "2026.3")).await.unwrap();
    assert!(!looser.acts, "a plan that opens a class waits for two more persons");
}

#[tokio::test]
async fn the_published_register_has_titles_only_of_what_may_be_published() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let new = NewRecordFile { access: Some(AccessClass::Public), ..new_file("道路台帳", "2026-04-10") };
    let open = hall.office.open_file(&hall.managers[0], new).await.unwrap();
    hall.office.file_record(&hall.clerk, secret_record(open, 1, "2026-04-10")).await.unwrap();
    let (_, _, _) = mixed_file(&hall).await;
    secret_file(&hall, "2026-04-10").await;
    let page = hall.office.published_register("", None, 9).await.unwrap();
    let titles: Vec<_> = page.rows.iter().map(|row| row.open.as_ref().map(|open| open.title.as_str())).collect();
    assert_eq!((titles.len(), titles.iter().flatten().collect::<Vec<_>>()), (3, vec![&"道路台帳"]));
    assert!(page.rows.iter().all(|row| row.class_path == "許認可／道路占用" && row.period == "5"));
    assert!(page.rows.iter().any(|row| row.expires_on == Some(day("2032-03-31")) && row.open.is_none()));
    for nowhere in [SECRET, "ふつうの簿冊", "総務課長 観光"] {
        assert_eq!(hall.office.published_register(nowhere, None, 9).await.unwrap().rows, [], "{nowhere}");
    }
    assert_eq!(hall.office.published_register("道路台帳 総務課", None, 9).await.unwrap().rows.len(), 1);
    let (mut walked, mut after) = (Vec::new(), None);
    loop {
        let page = hall.office.published_register("", after, 1).await.unwrap();
        walked.extend(page.rows);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(walked, page.rows);
    hall.office.change_access(&hall.managers[0], AccessTarget::File(open), raise()).await.unwrap();
    let page = hall.office.published_register("", None, 9).await.unwrap();
    assert!(page.rows.iter().all(|row| row.open.is_none()), "what is made stricter is published no more");
}

#[tokio::test]
async fn a_register_that_is_taken_over_says_who_sees_what() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let line = |line, title: &str, access| RegisterLine {
        line,
        class: ROADS.to_owned(),
        title: title.to_owned(),
        made_on: day("2026-04-10"),
        creator: "総務課".to_owned(),
        custodian: "総務課".to_owned(),
        place: String::new(),
        medium: Medium::Paper,
        access,
        completed: None,
        event: None,
        starts_on: None,
        expires_on: None,
    };
    let source = Sha256Hex::of(b"csv");
    let lines = vec![
        line(2, "公表できる簿冊", Some(AccessClass::Public)),
        line(3, "何も書いていない簿冊", None),
        line(4, "閉じた簿冊", Some(AccessClass::Restricted)),
    ];
    let refused = hall.office.import_register(&hall.clerk, lines.clone(), &source, false).await;
    assert_eq!(code(refused), "office-not-in-role", "a title is published by a records manager");
    let done = hall.office.import_register(&hall.managers[0], lines, &source, false).await.unwrap();
    assert!(done.is_done);
    let classes: Vec<_> = done.files.iter().map(|(_, row)| row.file.access.class).collect();
    assert_eq!(classes, [AccessClass::Public, AccessClass::Internal, AccessClass::Restricted]);
}

#[tokio::test]
async fn a_database_made_anew_keeps_closed_what_was() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let outsider = outsider(&hall.office).await;
    let (file, _) = secret_file(&hall, "2026-04-10").await;
    let (mixed, _, secret) = mixed_file(&hall).await;
    let grant = AccessChange::Grant { to: "観光課".to_owned(), until: None, reason: "兼務".to_owned() };
    hall.office.change_access(&hall.managers[0], AccessTarget::File(mixed), grant).await.unwrap();
    let before = hall.office.records_state().await.unwrap();
    hall.office.remember().await.unwrap();
    assert_eq!(hall.made_anew("anew.sqlite").await.unwrap(), before);
    let anew = hall.over("anew.sqlite").await;
    assert_eq!(code(anew.file_view(&outsider, file).await), "access-restricted-file");
    assert_eq!(code(anew.record_view(&outsider, secret).await), "access-not-logged", "it is let in, but on no record");
    assert!(anew.register(&outsider).await.unwrap().iter().any(|row| row.withheld));
}

#[tokio::test]
async fn a_notice_that_is_filed_as_a_restricted_record_is_as_closed_as_that() {
    let city = City::found().await;
    let manager = City::person(5, &[Role::RecordsManager]);
    city.office.load_rules(&manager, RULES).await.unwrap();
    let (id, issued) = city.issued("permit").await;
    let new = NewRecordFile { custodian: "道路管理課".to_owned(), ..new_file("許可", "2026-06-01") };
    let file = city.office.open_file(&manager, new).await.unwrap();
    let filed = city.office.file_notice(&city::clerk(), id, file).await.unwrap().record;
    city.office.notice(&city::clerk(), id).await.expect("it is internal so far");
    city.office.change_access(&manager, AccessTarget::File(file), raise()).await.unwrap();

    let keeper = city::seal_keeper();
    for outsider in [city::clerk(), city::approver(), keeper.clone()] {
        assert_eq!(city.office.notice(&outsider, id).await.unwrap_err().code(), "access-restricted-record");
        assert_eq!(city.office.notice_pdf(&outsider, id).await.unwrap_err().code(), "access-restricted-record");
        assert_eq!(city.office.notices(&outsider).await.unwrap(), []);
    }
    let (clerk, office) = (city::clerk(), &city.office);
    let (other, _) = city.issued("permit").await;
    let refused = [
        code(office.revoke(&clerk, id, "誤り").await),
        code(office.replace(&clerk, id, other, "誤り").await),
        code(office.replace(&clerk, other, id, "誤り").await),
        code(office.to_paper(&clerk, id, "未取得").await),
        code(office.record_withdrawal(&clerk, id, "電話").await),
        code(office.set_contact(&clerk, id, None, None).await),
        code(office.reissue(&clerk, id, "紛失").await),
    ];
    assert_eq!(refused, ["access-restricted-record"; 7]);
    let told = (office.consents(&clerk, "").await.unwrap(), office.uncollected(&clerk).await.unwrap());
    assert!(told.0.iter().all(|line| line.notice != id) && told.1.iter().all(|one| one.id != id), "{told:?}");
    office.revoke(&clerk, other, "誤り").await.unwrap();
    let waiting = city.office.pending_upgrades(&keeper).await.unwrap();
    let waiting: Vec<_> = waiting.into_iter().filter(|one| one.id == id).collect();
    let told: Vec<_> = waiting.iter().map(|one| (one.subject.as_str(), one.number.as_deref())).collect();
    assert_eq!(told, [(WITHHELD, None)], "what waits is still in sight");
    assert_eq!(city.office.record_of_notice(&city::clerk(), id).await.unwrap(), Some(filed));

    let auditor = city::auditor();
    let list = city.office.notices(&auditor).await.unwrap();
    let list: Vec<_> = list.into_iter().filter(|one| one.id == id).collect();
    assert_eq!((list[0].subject.as_str(), list[0].number.as_deref()), (WITHHELD, Some(issued.number.as_str())));
    assert_eq!(city.office.notice(&auditor, id).await.unwrap().notice.subject, "道路占用許可について");
    assert!(city.office.notice_pdf(&auditor, id).await.unwrap().len() > city::PDF.len());
    let reads = city.office.reads_of(&auditor, filed).await.unwrap();
    assert_eq!(reads.iter().map(|one| one.what.as_str()).collect::<Vec<_>>(), ["record.viewed", "record.read"]);
}

#[tokio::test]
async fn a_hold_is_no_answer_to_what_is_in_a_file_that_somebody_may_not_see() {
    let folder = tempfile::tempdir().unwrap();
    let scene = scene(folder.path()).await;
    let (office, outsider, manager) = (&scene.hall.office, &scene.outsider, &scene.hall.managers[0]);
    let seen = async |actor: &Actor| {
        let rows = office.register_page(actor, "", None, 100).await.unwrap().rows;
        let due = office.due_list(actor).await.unwrap();
        let file = office.file_view(actor, scene.mixed.0).await.unwrap();
        (format!("{rows:?} {due:?} {:?} {:?}", file.dates, file.holds), rows)
    };
    let before = seen(outsider).await.0;
    let asks = [
        HoldPredicate { title_contains: Some("密の文書".to_owned()), ..Default::default() },
        HoldPredicate {
            created_from: Some(day("2020-04-12")),
            created_until: Some(day("2020-04-12")),
            ..Default::default()
        },
    ];
    for what in asks {
        let found = office.find_files(outsider, &what, None, 100).await.unwrap().rows;
        assert!(found.iter().all(|row| !row.withheld), "{found:?}");
        let new = NewHold { kind: HoldKind::Audit, scope: HoldScope::Predicate(what), reason: "照会".to_owned() };
        let placed = office.place_hold(&scene.hall.clerk, new).await.unwrap();
        let rows = seen(manager).await.1;
        assert!(rows.iter().any(|row| row.file == scene.due.0 && row.held), "it holds, and is told to who sees all");
        assert_eq!(seen(outsider).await.0, before);
        let yesterday = office.today().yesterday().unwrap();
        office.release_hold(&scene.hall.clerk, placed.hold, yesterday).await.unwrap();
        assert_eq!(seen(outsider).await.0, before);
    }
}
