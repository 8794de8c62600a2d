//! The tray through the verbs: what came is safe, looked at, checked by a second person, filed once, and gone from the tray.

use super::database;
use super::hall::{Hall, ROADS, code, day, parts, person};
use super::pages::{Lines, scan};
use async_trait::async_trait;
use fumikura::digest::Sha256Hex;
use fumikura::id::{RecordFileId, RecordId};
use fumikura::office::ports::{
    ConvertError, Converter, FilingWish, ScannedDocument, Store, StoreError, Transaction, TraySource, TrayState, Vault,
};
use fumikura::office::records::{AccessChange, AccessTarget};
use fumikura::office::tray::{Acceptance, NewArrival, TrayLane, TrayView};
use fumikura::office::{Actor, Office, OfficeError, Role};
use fumikura::records::AccessClass;
use fumikura::scans::CoverSheet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

async fn hall(folder: &std::path::Path) -> Hall {
    Hall::with(folder, |parts, _, _| parts.digitiser = Some(Arc::new(Lines))).await
}

fn wish(file: Option<RecordFileId>) -> FilingWish {
    FilingWish {
        file,
        title: "道路占用許可申請書".to_owned(),
        number: None,
        created: day("2026-04-09"),
        restricted: false,
        paper: Some("箱12".to_owned()),
    }
}

fn arrival(pages: &[&str], file: Option<RecordFileId>) -> NewArrival {
    NewArrival {
        name: "SCAN0001.pdf".to_owned(),
        bytes: scan(pages),
        source: TraySource::Upload,
        device: "複合機1".to_owned(),
        wish: wish(file),
        expected_pages: None,
    }
}

/// Takes a document in and has the program look at it.
async fn looked_at(hall: &Hall, pages: &[&str], file: Option<RecordFileId>) -> TrayView {
    let item = hall.office.take_in(&hall.clerk, arrival(pages, file)).await.unwrap();
    hall.office.work_through_tray().await.unwrap();
    hall.office.tray_item(&hall.clerk, item.id).await.unwrap()
}

/// Accepts a document as it stands, all of its pages looked at.
async fn accept(office: &Office, actor: &Actor, view: &TrayView, file: RecordFileId) -> Result<RecordId, OfficeError> {
    let looked_at = view.item.pages.iter().map(|page| page.number).collect();
    let wish = FilingWish { file: Some(file), ..view.item.wish.clone() };
    office.accept_scan(actor, view.item.id, Acceptance { row_version: view.item.row_version, wish, looked_at }).await
}

async fn states(office: &Office, actor: &Actor) -> Vec<(TrayState, usize)> {
    office.tray_counts(actor).await.unwrap().into_iter().collect()
}

#[tokio::test]
async fn a_scan_is_filed_once_a_second_person_has_looked_at_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path()).await;
    let file = hall.open_file(ROADS).await;
    let view = looked_at(&hall, &["text 申請書", "grey 図面", "blank"], None).await;
    assert_eq!((view.item.state, view.item.pages.len()), (TrayState::ToCheck, 3));
    assert_eq!(view.item.pages[0].characters, Some(3));
    let flags: Vec<_> =
        view.flags.iter().flat_map(|page| page.flags.iter().map(|flag| (page.page, flag.code()))).collect();
    assert_eq!(flags, [(2, "scan-not-in-colour"), (3, "scan-blank")]);
    assert_eq!(hall.packages(), 2, "as it came, and with what was made of it");
    hall.clean().await;
    // A copy that lost it gets it again, as it would a record.
    let path = view.item.receipt.clone().unwrap().path;
    std::fs::remove_file(folder.path().join("second").join(&path)).unwrap();
    assert_eq!(hall.office.recover().await.unwrap().repaired, [view.item.id]);
    hall.clean().await;

    // Who scanned it is not the second person; what was not looked at is not accepted; it has to go somewhere.
    assert!(!view.may_check);
    assert_eq!(code(accept(&hall.office, &hall.clerk, &view, file).await), "tray-same-person");
    let manager = &hall.managers[0];
    let (id, row_version) = (view.item.id, view.item.row_version);
    let some = |looked_at: Vec<u32>, file| Acceptance { row_version, wish: wish(file), looked_at };
    let refused = hall.office.accept_scan(manager, id, some(vec![1, 3], Some(file))).await;
    assert_eq!(refused.unwrap_err().to_string(), "these pages have to be looked at first: 2");
    assert_eq!(code(hall.office.accept_scan(manager, id, some(vec![1, 2, 3], None)).await), "tray-no-file");
    let stale = Acceptance { row_version: row_version - 1, ..some(vec![1, 2, 3], Some(file)) };
    assert_eq!(code(hall.office.accept_scan(manager, id, stale).await), "office-changed-meanwhile");
    let record = accept(&hall.office, manager, &view, file).await.unwrap();

    let contents = hall.office.read_record(&hall.auditor, record).await.unwrap();
    assert_eq!(contents.originals[0].bytes, scan(&["text 申請書", "grey 図面", "blank"]));
    let kinds: Vec<&str> = contents.derivatives.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds, ["pdfa", "text", "thumbnail"]);
    let scan = &contents.metadata.more["digitisation"];
    assert_eq!((&scan["device"], &scan["looked_at"]), (&"複合機1".into(), &serde_json::json!([1, 2, 3])));
    assert_eq!(scan["checked_by"], manager.user().to_string());
    let events: Vec<&str> = contents.events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(events[..2], ["digitization", "quality review"]);

    // The tray has nothing of it any more, neither rows nor bytes.
    assert_eq!(hall.office.work_through_tray().await.unwrap().left, 1);
    assert_eq!(states(&hall.office, &hall.auditor).await, []);
    assert_eq!(hall.packages(), 1);
    assert_eq!(code(hall.office.tray_item(manager, id).await), "tray-not-found");
    hall.clean().await;
}

#[tokio::test]
async fn no_short_document_waits_for_a_long_one() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path()).await;
    let long = format!("text {}", "通".repeat(6 << 20));
    let long = hall.office.take_in(&hall.clerk, arrival(&[&long], None)).await.unwrap();
    let short = hall.office.take_in(&hall.clerk, arrival(&["text 通知"], None)).await.unwrap();
    let state = async |id| hall.office.tray_item(&hall.clerk, id).await.unwrap().item.state;
    assert_eq!(hall.office.work_through_lane(TrayLane::Short).await.unwrap().to_check, 1);
    assert_eq!((state(long.id).await, state(short.id).await), (TrayState::Waiting, TrayState::ToCheck));
    assert_eq!(hall.office.work_through_lane(TrayLane::Long).await.unwrap().to_check, 1);
    assert_eq!(state(long.id).await, TrayState::ToCheck);
}

#[tokio::test]
async fn a_stack_comes_apart_at_its_cover_sheets() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path()).await;
    let (one, two) = (hall.open_file(ROADS).await, hall.open_file(ROADS).await);
    let sheet = |file, pages, number| format!("code {}", CoverSheet { file, pages, sheet: [number; 8] }.to_code());
    let (first, second) = (sheet(one, Some(2), 1), sheet(two, None, 2));
    let stack = [first.as_str(), "text 甲の1", "text 甲の2", &second, "text 乙"];
    let item = hall.office.take_in(&hall.clerk, arrival(&stack, None)).await.unwrap();
    let run = hall.office.work_through_tray().await.unwrap();
    assert_eq!((run.divided, run.to_check, run.left), (1, 2, 1));
    let parts = hall.office.tray(&hall.clerk, TrayState::ToCheck, None, 9).await.unwrap();
    let mut seen: Vec<_> = parts.iter().map(|part| (part.item.wish.file, part.item.pages.len())).collect();
    seen.sort_by_key(|(_, pages)| *pages);
    assert_eq!(seen, [(Some(two), 1), (Some(one), 2)]);
    for part in &parts {
        let TraySource::Part { of, sha256, .. } = &part.item.source else { panic!("a part") };
        assert_eq!((of, sha256), (&item.id, &item.sha256));
        let file = part.item.wish.file.unwrap();
        let record = accept(&hall.office, &hall.managers[0], part, file).await.unwrap();
        let contents = hall.office.read_record(&hall.auditor, record).await.unwrap();
        let came = contents.originals[0].bytes.clone();
        assert!([scan(&["text 甲の1", "text 甲の2"]), scan(&["text 乙"])].contains(&came));
        assert_eq!(contents.metadata.more["digitisation"]["stack"][0], item.sha256.to_string());
    }
    hall.office.work_through_tray().await.unwrap();
    assert_eq!((states(&hall.office, &hall.auditor).await, hall.packages()), (vec![], 2));
    hall.clean().await;
}

#[tokio::test]
async fn what_is_doubtful_goes_to_a_person_and_nothing_of_it_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path()).await;
    let file = hall.open_file(ROADS).await;
    let view = looked_at(&hall, &["text 甲", "unread", "text 乙", "text 丙"], None).await;
    assert_eq!((view.item.state, view.item.troubles[0].page), (TrayState::Doubtful, 2));
    assert_eq!(view.item.troubles[0].code, "scan-stack-unread");
    let (id, version) = (view.item.id, view.item.row_version);
    let divide = async |parts: &[&[u32]]| {
        let parts = parts.iter().map(|pages| (pages.to_vec(), wish(Some(file)))).collect();
        hall.office.divide_scan(&hall.clerk, id, version, parts).await
    };
    for bad in [&[&[1_u32][..], &[1]][..], &[&[5]], &[&[]], &[]] {
        assert_eq!(code(divide(bad).await), "tray-bad-parts", "{bad:?}");
    }
    let parts = divide(&[&[1], &[4, 3]]).await.unwrap();
    hall.office.work_through_tray().await.unwrap();
    let second = hall.office.tray_item(&hall.clerk, parts[1]).await.unwrap();
    let (_, _, bytes) = hall.office.scan_bytes(&hall.clerk, parts[1], None).await.unwrap();
    assert_eq!((second.item.state, bytes), (TrayState::ToCheck, scan(&["text 丙", "text 乙"])));

    // The page that no part names: the stack is kept for some days, and can be taken back.
    let whole = hall.office.tray_item(&hall.clerk, id).await.unwrap().item;
    assert_eq!((whole.state, whole.kept_until), (TrayState::GivenUp, Some(day("2026-05-10"))));
    hall.at("2026-05-10T00:00:00Z");
    hall.office.work_through_tray().await.unwrap();
    let back = hall.office.take_back_scan(&hall.clerk, id, whole.row_version).await.unwrap();
    assert_eq!(back.state, TrayState::Waiting);
    hall.office.work_through_tray().await.unwrap();
    let again = hall.office.tray_item(&hall.clerk, id).await.unwrap().item;
    let kept = hall.office.keep_whole(&hall.clerk, id, again.row_version).await.unwrap();
    let sent = hall.office.reject_scan(&hall.managers[0], id, kept.row_version, " ").await;
    assert_eq!(code(sent), "tray-no-reason");
    let sent = hall.office.reject_scan(&hall.managers[0], id, kept.row_version, "2頁目が読めない").await.unwrap();
    let given_up = hall.office.give_up_scan(&hall.clerk, id, sent.row_version).await.unwrap();
    assert_eq!(given_up.kept_until, Some(day("2026-06-09")));
    hall.at("2026-06-10T00:00:00Z");
    assert_eq!(hall.office.work_through_tray().await.unwrap().left, 1);
    assert_eq!(states(&hall.office, &hall.auditor).await, [(TrayState::ToCheck, 2)]);
    hall.clean().await;
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_set_aside_and_the_queue_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path()).await;
    let broken = hall.office.take_in(&hall.clerk, arrival(&["text", "broken"], None)).await.unwrap();
    let bomb = hall.office.take_in(&hall.clerk, arrival(&["bomb"], None)).await.unwrap();
    let good = hall.office.take_in(&hall.clerk, arrival(&["text 良"], None)).await.unwrap();
    let born = hall.office.take_in(&hall.clerk, arrival(&["born 電子"], None)).await.unwrap();
    let other = NewArrival { bytes: b"PK\x05\x06".repeat(6), name: "表.xlsx".to_owned(), ..arrival(&[], None) };
    let other = hall.office.take_in(&hall.clerk, other).await.unwrap();
    assert_eq!(
        code(hall.office.take_in(&hall.clerk, NewArrival { bytes: vec![], ..arrival(&[], None) }).await),
        "intake-empty"
    );
    let run = hall.office.work_through_tray().await.unwrap();
    assert_eq!((run.doubtful, run.to_check), (2, 3));
    let item = async |id| hall.office.tray_item(&hall.clerk, id).await.unwrap().item;
    assert_eq!(item(broken.id).await.troubles[0].code, "scan-damaged");
    assert_eq!(item(broken.id).await.troubles[0].page, 2);
    assert_eq!(item(bomb.id).await.troubles[0].code, "office-task");
    assert_eq!(item(good.id).await.pages.len(), 1);
    // What was never scanned is not made a picture of; what has no pages waits to be filed as it is.
    assert_eq!(code(hall.office.scan_bytes(&hall.clerk, born.id, Some("pdfa")).await), "tray-no-pages");
    let born = hall.office.tray_item(&hall.clerk, born.id).await.unwrap();
    assert!(born.may_check && born.flags.is_empty() && born.item.pages.is_empty(), "{born:?}");
    let (other, file) = (hall.office.tray_item(&hall.clerk, other.id).await.unwrap(), hall.open_file(ROADS).await);
    assert!(other.may_check, "what was not scanned needs no second person");
    accept(&hall.office, &hall.clerk, &other, file).await.unwrap();

    // What ended the program five times is not begun once more.
    let mut row = item(good.id).await;
    row.state = TrayState::Waiting;
    row.attempts = 5;
    let store = database::open(&folder.path().join("office.sqlite")).await;
    let mut tx = store.begin().await.unwrap();
    tx.put_tray_item(&row).await.unwrap();
    tx.commit().await.unwrap();
    hall.office.work_through_tray().await.unwrap();
    assert_eq!(item(good.id).await.troubles[0].code, "tray-gave-up");
    let again = hall.office.look_again(&hall.clerk, good.id, item(good.id).await.row_version).await.unwrap();
    assert_eq!((again.state, again.attempts), (TrayState::Waiting, 0));
    hall.office.work_through_tray().await.unwrap();
    assert_eq!(item(good.id).await.state, TrayState::ToCheck);
}

#[tokio::test]
async fn what_its_file_does_not_take_waits_on_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path()).await;
    let closed = hall.closed_file(ROADS, 1).await;
    let view = looked_at(&hall, &["text 遅れて来た"], Some(closed)).await;
    assert_eq!(code(accept(&hall.office, &hall.managers[0], &view, closed).await), "filing-file-closed");
    let view = hall.office.tray_item(&hall.clerk, view.item.id).await.unwrap();
    assert_eq!((view.item.state, view.item.becomes), (TrayState::ToCheck, None));
    assert_eq!(view.item.troubles[0].code, "filing-file-closed");
    let open = hall.open_file(ROADS).await;
    accept(&hall.office, &hall.managers[0], &view, open).await.unwrap();
}

#[tokio::test]
async fn the_tray_is_seen_by_those_whom_it_concerns() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path()).await;
    let mut tourist = person(&hall.office, "tourist", Role::RecordsClerk).await;
    tourist = Actor::new(tourist.user(), "よそ".to_owned(), "観光課".to_owned(), [Role::RecordsClerk].into());
    let file = hall.open_file(ROADS).await;
    let unsorted = looked_at(&hall, &["text 1"], None).await.item;
    let sorted = looked_at(&hall, &["text 2"], Some(file)).await.item;
    let mut secret = arrival(&["text 3"], Some(file));
    secret.wish.restricted = true;
    let secret = hall.office.take_in(&hall.clerk, secret).await.unwrap();
    let seen = hall.office.tray(&tourist, TrayState::ToCheck, None, 9).await.unwrap();
    assert_eq!(seen.iter().map(|view| view.item.id).collect::<Vec<_>>(), [sorted.id]);
    for hidden in [unsorted.id, secret.id] {
        assert_eq!(code(hall.office.tray_item(&tourist, hidden).await), "tray-not-found");
        assert_eq!(code(hall.office.scan_page(&tourist, hidden, (1, 100, false)).await), "tray-not-found");
        assert_eq!(code(hall.office.scan_bytes(&tourist, hidden, None).await), "tray-not-found");
        assert_eq!(code(hall.office.give_up_scan(&tourist, hidden, 1).await), "tray-not-found");
        assert_eq!(code(hall.office.keep_whole(&tourist, hidden, 1).await), "tray-not-found");
        assert_eq!(code(hall.office.look_again(&tourist, hidden, 1).await), "tray-not-found");
        assert_eq!(code(hall.office.take_back_scan(&tourist, hidden, 1).await), "tray-not-found");
        assert_eq!(code(hall.office.reject_scan(&tourist, hidden, 1, "x").await), "tray-not-found");
        assert_eq!(code(hall.office.wish_for_scan(&tourist, hidden, 1, wish(None)).await), "tray-not-found");
        assert_eq!(code(hall.office.divide_scan(&tourist, hidden, 1, vec![]).await), "tray-not-found");
        let acceptance = Acceptance { row_version: 1, wish: wish(Some(file)), looked_at: vec![] };
        assert_eq!(code(hall.office.accept_scan(&tourist, hidden, acceptance).await), "tray-not-found");
    }
    assert_eq!(states(&hall.office, &tourist).await, [(TrayState::ToCheck, 1)]);
    // An auditor changes nothing; that the restricted one was looked at is in the ledger.
    assert_eq!(code(hall.office.take_in(&hall.auditor, arrival(&["text"], None)).await), "office-not-in-role");
    hall.office.tray_item(&hall.auditor, secret.id).await.unwrap();
    hall.office.scan_bytes(&hall.auditor, secret.id, None).await.unwrap();
    let store = database::open(&folder.path().join("office.sqlite")).await;
    let entries = store.read().await.unwrap().entries_about(&secret.id.to_string()).await.unwrap();
    assert_eq!(entries.iter().filter(|entry| entry.verb.as_str() == "tray.viewed").count(), 2);
    // A file that becomes restricted takes what waits for it along.
    let raise = AccessChange::Class { class: AccessClass::Restricted, reason: String::new() };
    hall.office.change_access(&hall.managers[0], AccessTarget::File(file), raise).await.unwrap();
    assert_eq!(states(&hall.office, &tourist).await, []);
}

#[tokio::test]
async fn a_message_brings_its_attachments() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path()).await;
    let message = "From: a@example.jp\r\nTo: b@example.jp\r\nSubject: =?UTF-8?B?55Sz6KuL5pu4?=\r\nDate: Thu, 9 Apr 2026 \
                   10:00:00 +0900\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"x\"\r\n\r\n--x\r\n\
                   Content-Type: text/plain; charset=utf-8\r\n\r\nお送りします。\r\n--x\r\nContent-Type: application/pdf; \
                   name=\"../shinsei.pdf\"\r\nContent-Disposition: attachment; filename=\"../shinsei.pdf\"\r\n\r\n";
    let mut bytes = message.as_bytes().to_vec();
    bytes.extend(scan(&["text 添付"]));
    bytes.extend(b"\r\n--x--\r\n");
    let mail = NewArrival { name: "申請.eml".to_owned(), bytes, ..arrival(&[], None) };
    let mail = hall.office.take_in(&hall.clerk, mail).await.unwrap();
    assert_eq!(mail.media_type, "message/rfc822");
    let run = hall.office.work_through_tray().await.unwrap();
    assert_eq!(run.to_check, 2, "the message, and what was attached");
    let views = hall.office.tray(&hall.clerk, TrayState::ToCheck, None, 9).await.unwrap();
    let part = views.iter().find(|view| view.item.id != mail.id).unwrap();
    assert_eq!((part.item.original_name.as_str(), part.item.pages.len()), ("shinsei.pdf", 1));
    assert!(matches!(&part.item.source, TraySource::Part { of, .. } if *of == mail.id));
    // Once more: nothing comes twice.
    let whole = hall.office.tray_item(&hall.clerk, mail.id).await.unwrap().item;
    hall.office.look_again(&hall.clerk, mail.id, whole.row_version).await.unwrap();
    hall.office.work_through_tray().await.unwrap();
    assert_eq!(states(&hall.office, &hall.auditor).await, [(TrayState::ToCheck, 2)]);
}

/// Makes a PDF of whatever is plain text, but of one.
struct Press;

impl Converter for Press {
    fn takes(&self, media_type: &str) -> bool {
        media_type.starts_with("text/plain")
    }

    fn to_pdf(&self, document: &ScannedDocument<'_>) -> Result<Vec<u8>, ConvertError> {
        match std::str::from_utf8(document.bytes) {
            Ok(text) if !text.contains("固い") => Ok(format!("%PDF-1.4\n{text}").into_bytes()),
            _ => Err(ConvertError("it cannot be opened".to_owned())),
        }
    }
}

#[tokio::test]
async fn an_office_document_is_filed_with_its_pdf_and_without_one_where_none_can_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::with(folder.path(), |parts, _, _| parts.converter = Some(Arc::new(Press))).await;
    let file = hall.open_file(ROADS).await;
    let mut made = Vec::new();
    for text in ["柔らかい文書\n", "固い文書\n"] {
        let new = NewArrival { name: "文書.txt".to_owned(), bytes: text.into(), ..arrival(&[], Some(file)) };
        let item = hall.office.take_in(&hall.clerk, new).await.unwrap();
        hall.office.work_through_tray().await.unwrap();
        let view = hall.office.tray_item(&hall.clerk, item.id).await.unwrap();
        let troubles: Vec<String> = view.item.troubles.iter().map(|trouble| trouble.code.clone()).collect();
        let record = accept(&hall.office, &hall.clerk, &view, file).await.unwrap();
        let row = hall.office.record_view(&hall.auditor, record).await.unwrap().row;
        made.push((troubles, row.record.made));
    }
    let expected = [(vec![], vec!["pdf", "text"]), (vec!["tray-not-converted"], vec!["text"])];
    let expected = expected.map(|(troubles, made)| (words(&troubles), words(&made)));
    assert_eq!(made, expected);
    hall.clean().await;
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test]
async fn the_tray_is_remembered_and_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path()).await;
    let file = hall.open_file(ROADS).await;
    let filed = looked_at(&hall, &["text 済み"], Some(file)).await;
    let record = accept(&hall.office, &hall.managers[0], &filed, file).await.unwrap();
    hall.office.work_through_tray().await.unwrap();
    let view = looked_at(&hall, &["text 待つ"], Some(file)).await;
    let before = hall.office.records_state().await.unwrap();
    hall.office.remember().await.unwrap();
    assert_eq!(hall.made_anew("anew.sqlite").await.unwrap(), before);
    let anew = hall.over("anew.sqlite").await;
    let shown = anew.restored(&hall.auditor).await.unwrap().unwrap();
    assert_eq!(shown.unknown, Vec::<String>::new(), "what waits is known");
    anew.confirm_restored(&hall.managers[0], &shown.hash()).await.unwrap();
    assert_eq!(anew.recover().await.unwrap().quarantined, Vec::<String>::new());
    assert_eq!(anew.tray_item(&hall.clerk, view.item.id).await.unwrap().item, view.item);
    assert_eq!(anew.paper_of(&hall.clerk, record).await.unwrap().unwrap().paper.place, "箱12");
}

/// A database that takes so many more units of work that write, and then is gone with its process.
struct MortalStore {
    inner: Arc<dyn Store>,
    left: AtomicUsize,
}

#[async_trait]
impl Store for MortalStore {
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map_err(|_| StoreError::Unavailable("the process is dead".to_owned()))?;
        self.inner.begin().await
    }

    async fn read(&self) -> Result<Box<dyn Transaction>, StoreError> {
        self.inner.read().await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        self.inner.settle().await
    }
}

#[tokio::test]
async fn killed_between_any_two_steps_nothing_is_lost_and_nothing_comes_twice() {
    let folder = tempfile::tempdir().unwrap();
    let hall = hall(folder.path()).await;
    let store = database::open(&folder.path().join("office.sqlite")).await;
    let office_over = |store: Arc<dyn Store>| {
        let vault: Arc<dyn Vault> = hall.vault.clone();
        let mut parts = parts(store, vault, &hall.clock);
        parts.digitiser = Some(Arc::new(Lines));
        Office::new(parts)
    };
    for steps in 0.. {
        let (one, two) = (hall.open_file(ROADS).await, hall.open_file(ROADS).await);
        let number = u8::try_from(steps).unwrap();
        let sheet = |file, part| CoverSheet { file, pages: Some(1), sheet: [number, part, 0, 0, 0, 0, 0, 0] }.to_code();
        let (first, second) = (format!("code {}", sheet(one, 1)), format!("code {}", sheet(two, 2)));
        let texts = [1, 2].map(|part| format!("text {steps} の {part}"));
        let mut new = arrival(&[&first, &texts[0], &second, &texts[1]], None);
        new.source = TraySource::Folder;
        let mortal = MortalStore { inner: Arc::clone(&store), left: AtomicUsize::new(steps) };
        let is_whole = drive(&hall, &office_over(Arc::new(mortal)), &new).await.is_ok();
        let after = office_over(Arc::clone(&store));
        after.recover().await.unwrap();
        drive(&hall, &after, &new).await.unwrap();
        for (file, text) in [one, two].into_iter().zip(&texts) {
            let records = after.file_view(&hall.auditor, file).await.unwrap().records;
            assert_eq!(records.len(), 1, "after {steps} steps");
            let contents = after.read_record(&hall.auditor, records[0].record.id).await.unwrap();
            assert_eq!(contents.originals[0].bytes, scan(&[text]));
        }
        assert_eq!(states(&after, &hall.auditor).await, [], "after {steps} steps");
        assert_eq!(hall.packages(), 2 * (steps + 1));
        hall.clean().await;
        if is_whole {
            assert!(steps > 12, "there are more steps than {steps}");
            return;
        }
    }
}

/// Does what a hot folder, the service and a second person do, from wherever it was left.
async fn drive(hall: &Hall, office: &Office, new: &NewArrival) -> Result<(), OfficeError> {
    if !office.taken_before(&hall.clerk, &new.name, &Sha256Hex::of(&new.bytes)).await? {
        office.take_in(&hall.clerk, new.clone()).await?;
    }
    office.work_through_tray().await?;
    for view in office.tray(&hall.managers[0], TrayState::ToCheck, None, 9).await? {
        let file = view.item.wish.file.unwrap();
        accept(office, &hall.managers[0], &view, file).await?;
    }
    office.work_through_tray().await.map(drop)
}
