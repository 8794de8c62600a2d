//! The tray on the pages: uploaded, looked at page by page by somebody else, filed; and what becomes of the paper.

use super::browser::Browser;
use super::city::{self, City};
use super::walk::sign_in;
use crate::office::pages::scan;
use axum::http::StatusCode;

/// Takes a scan in on the page, and has the program look at it; returns its path.
async fn scanned(city: &City, staff: &mut Browser, file: &str, name: &str, pages: &[&str]) -> String {
    staff.get("/tray/new").await;
    let fields = [("record_file", file), ("on_paper", "1"), ("place", "箱12"), ("device", "複合機1")];
    let came = staff.upload("/tray/new", &fields, ("content", name, &scan(pages))).await;
    let page = staff.follow(&came).await;
    assert!(page.says("文書を受け付けました"), "{}", page.text());
    city.office.work_through_tray().await.unwrap();
    for state in ["to-check", "doubtful"] {
        let list = staff.get(&format!("/tray?state={state}")).await.text();
        let stem = name.split('.').next().unwrap();
        if let Some((before, _)) = list.split_once(&format!("\">{stem}<")) {
            return before.rsplit("href=\"").next().unwrap().to_owned();
        }
    }
    panic!("{name} is nowhere");
}

async fn open_file(manager: &mut Browser) -> String {
    manager.get("/records/files/new").await;
    let fields = [("class", "A-01-01"), ("title", "占用許可綴"), ("creator", "総務文書課"), ("opened", "2026-04-01")];
    let opened = manager.post("/records/files/new", &fields).await;
    opened.place().trim_start_matches("/records/files/").split('?').next().unwrap().to_owned()
}

#[tokio::test]
async fn of_several_documents_those_that_were_taken_in_are_told_apart_and_not_sent_again() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    clerk.get("/tray/new").await;
    let good = scan(&["text 申請"]);
    let files = [("content", "申請.pdf", &good[..]), ("content", "空.pdf", &b""[..])];
    let sent = clerk.upload_all("/tray/new", &[("on_paper", "1")], &files).await;
    let told = clerk.follow(&sent).await;
    assert!(told.says("2件のうち1件を受け付けました") && told.says("空.pdf"), "{}", told.text());
    assert!(told.says("受付トレイへ戻る") && told.says("できません"), "{}", told.text());
    city.office.work_through_tray().await.unwrap();
    assert_eq!(clerk.get("/tray?state=to-check").await.text().matches(">申請<").count(), 1);
    clerk.get("/tray/new").await;
    let refused = clerk.upload("/tray/new", &[], ("content", "空.pdf", b"")).await;
    assert!(
        refused.says("入力内容をご確認ください"),
        "where nothing was taken in the form says why: {}",
        refused.text()
    );
}

#[tokio::test]
async fn a_scan_is_looked_at_page_beside_page_and_filed() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    let mut manager = sign_in(&city, "tanaka").await;
    let id = open_file(&mut manager).await;
    let path = scanned(&city, &mut clerk, &id, "申請書.pdf", &["text 申請", "grey 図面", "blank"]).await;
    let page = clerk.get(&path).await;
    for said in [
        "点検待ち",
        "読み取った人とは別の人が点検します",
        "カラーで読み取られていない",
        "白紙の頁です",
        "複合機1",
        "箱12",
    ] {
        assert!(page.says(said), "{said}: {}", page.text());
    }
    assert!(!page.says("点検を終えて保存する"), "who scanned it is not offered to check it");
    let picture = clerk.get(&format!("{path}/pages/2?made=1")).await;
    assert_eq!((picture.status, picture.header("content-type")), (StatusCode::OK, "image/png"));
    assert_eq!(picture.header("cache-control"), "no-store");
    assert_eq!(clerk.get(&format!("{path}/pages/9")).await.status, StatusCode::NOT_FOUND);
    let original = clerk.get(&format!("{path}/content")).await;
    assert!(original.header("content-disposition").starts_with("attachment"));

    let page = manager.get(&path).await;
    assert!(page.says("印の必要な頁は、あと3頁です"), "{}", page.text());
    let version =
        page.text().split("name=\"row_version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let said = [
        ("row_version", version.as_str()),
        ("record_file", id.as_str()),
        ("title", "申請書 その1"),
        ("created", "2026-05-20"),
        ("on_paper", "1"),
        ("place", "箱12"),
    ];
    let looked = |pages: &[&'static str]| pages.iter().map(|page| ("looked", *page)).chain(said).collect::<Vec<_>>();
    let refused = manager.post(&format!("{path}/accept"), &looked(&["1", "3"])).await;
    assert!(refused.says("まだ見ていない頁があります") && refused.says("value=\"申請書 その1\""), "{}", refused.text());
    assert!(refused.says("value=\"1\" checked"), "what was ticked stays ticked: {}", refused.text());
    let filed = manager.post(&format!("{path}/accept"), &looked(&["1", "2", "3"])).await;
    let record = filed.place().split('?').next().unwrap().to_owned();
    assert!(manager.follow(&filed).await.says("申請書 その1"));
    city.office.work_through_tray().await.unwrap();
    assert_eq!(manager.get(&path).await.status, StatusCode::NOT_FOUND);

    paper_goes(&city, &mut manager, &record).await;
}

/// Its paper waits, then goes on the word of two.
async fn paper_goes(city: &City, manager: &mut Browser, record: &str) {
    let paper = record.replace("/records/", "/papers/");
    assert!(manager.get(&paper).await.says("紙を残す期間が終わっていません"));
    assert!(!manager.get("/papers").await.says("を廃棄リストに入れる"));
    city.clock.set("2026-10-01T01:00:00Z");
    *manager = sign_in(city, "tanaka").await;
    assert!(manager.get("/papers").await.says("を廃棄リストに入れる"));
    let proposed = manager.post("/papers", &[("record", record.trim_start_matches("/records/"))]).await;
    let list = proposed.place().split('?').next().unwrap().to_owned();
    assert!(manager.follow(&proposed).await.says("承認待ち"));
    assert!(!manager.get(&list).await.says("廃棄を承認する"), "who proposed it is not offered to approve it");
    let mut second = sign_in(city, "ito").await;
    let shown = second.get(&list).await.text();
    let hash = shown.split("name=\"hash\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let approved = second.post(&format!("{list}/approve"), &[("hash", &hash)]).await;
    assert!(second.follow(&approved).await.says("承認済"));
    let csv = second.get(&format!("{list}/list.csv")).await.text();
    assert!(csv.contains("箱12,3,2026-06-01,廃棄") && !csv.contains("申請書"), "{csv}");
    let record_id = record.trim_start_matches("/records/");
    let done = [("on", "2026-10-01"), ("contractor", "溶解業者 第9号"), ("gone", record_id)];
    let ended = second.post(&format!("{list}/confirm"), &done).await;
    assert!(second.follow(&ended).await.says("廃棄済"));
    assert!(manager.get(&paper).await.says("廃棄済"));
}

#[tokio::test]
async fn a_doubtful_stack_is_taken_apart_on_its_page() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    let path = scanned(&city, &mut clerk, "", "束.pdf", &["text 甲", "unread", "text 乙", "text 丙"]).await;
    let page = clerk.get(&path).await;
    assert!(page.says("要確認") && page.says("2頁目：") && page.says("束を分ける"), "{}", page.text());
    let wrong = clerk.post(&format!("{path}/divide"), &[("parts", "1-2\n2-3")]).await;
    assert!(wrong.says("頁の分け方が正しくありません") && wrong.says("1-2"), "{}", wrong.text());
    clerk.get(&path).await;
    let done = clerk.post(&format!("{path}/divide"), &[("parts", "１\r\n３－４\r\n")]).await;
    assert!(clerk.follow(&done).await.says("束を分けました"));
    city.office.work_through_tray().await.unwrap();
    let list = clerk.get("/tray?state=to-check").await;
    assert!(list.says("束（1頁）") && list.says("束（3～4頁）"), "{}", list.text());
    let page = clerk.get(&path).await;
    assert!(page.says("取りやめ") && page.says("取り戻す") && page.says("2026年7月1日"), "{}", page.text());
    let back = clerk.post(&format!("{path}/take-back"), &[]).await;
    assert!(clerk.follow(&back).await.says("取り戻しました"));
    let mut auditor = sign_in(&city, "kobayashi").await;
    auditor.get("/tray/new").await;
    let upload = auditor.upload("/tray/new", &[], ("content", "a.pdf", &scan(&["text"]))).await;
    assert_eq!(upload.status, StatusCode::FORBIDDEN);
}
