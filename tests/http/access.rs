//! Restricted records on the pages: nobody else finds them on any, and the register for everybody has no title too many.

use super::browser::{Browser, percent};
use super::city::{self, City, PASSWORD};
use super::walk::{open_old_file, sign_in};
use crate::office::pages::scan;
use axum::http::StatusCode;
use fumikura::office::{NewAccount, Role};
use std::collections::BTreeSet;

/// What the titles of the restricted file and of its record have in common.
const SECRET: &str = "減免";

/// A city with a closed, due file, restricted by its manager; returns the file's and its record's path.
pub async fn with_a_secret(city: &City) -> (String, String) {
    let new = NewAccount {
        login: "yamada".into(),
        name: "山田　八重".into(),
        section: "観光課".into(),
        roles: [Role::Clerk, Role::RecordsClerk].into(),
        password: PASSWORD.to_owned().into(),
        own_password: true,
    };
    city.office.add_user(None, new).await.expect("an account is made");
    let mut manager = sign_in(city, "tanaka").await;
    let file = open_old_file(&mut manager).await;
    let page = manager.get(&file).await;
    let text = page.text();
    let mut links = text.split("href=\"/records/").filter_map(|rest| rest.split('"').next());
    let record = links.find(|link| link.len() == 32).expect("a link to the record").to_owned();
    let raised = manager.post(&format!("{file}/access"), &[("class", "restricted")]).await;
    assert!(manager.follow(&raised).await.says("閲覧の範囲を変えました"));
    (file, format!("/records/{record}"))
}

/// Returns the pages that staff can open, with what stands for an identifier in them filled in.
fn pages(file: &str, record: &str, disposal: &str, waiting: &str) -> Vec<String> {
    let source = include_str!("../../src/http/mod.rs");
    let routes = source.split(".route(\"").skip(1).filter_map(|rest| rest.split_once("\", get("));
    let staff = [
        "/records",
        "/searches",
        "/transfers",
        "/rules",
        "/holds",
        "/disposal",
        "/desk",
        "/notices/new",
        "/audit",
        "/shelves",
        "/tray",
        "/papers",
        "/covers",
        "/tokens",
        "/account",
    ];
    let paths: BTreeSet<String> = routes
        .map(|(path, _)| path)
        .filter(|path| staff.iter().any(|start| path.starts_with(start)))
        .map(|path| path.replace("/records/files/{id}", file).replace("/records/{id}", record))
        .map(|path| path.replace("/shelves/files/{file}", &file.replace("/records/files", "/shelves/files")))
        .map(|path| path.replace("/disposals/{id}", disposal).replace("{id}", "00000000000000000000000000000000"))
        .map(|path| path.replace("/tray/00000000000000000000000000000000", waiting).replace("{page}", "1"))
        .map(|path| path.replace("{record}", record.trim_start_matches("/records/")))
        .collect();
    assert!(paths.len() > 18, "{paths:?}");
    let searches = ["/records/search?q=", "/records?q="].map(|path| format!("{path}{}", percent(SECRET)));
    let filters = ["/records/search?access=restricted", "/records/search?class=A&year=2017"].map(str::to_owned);
    paths.into_iter().chain(searches).chain(filters).collect()
}

#[tokio::test]
async fn no_page_tells_an_outsider_of_what_is_restricted() {
    let city = city::with_people().await;
    let (file, record) = with_a_secret(&city).await;
    let mut manager = sign_in(&city, "tanaka").await;
    manager.get(&file).await;
    manager.post(&format!("{file}/appraise"), &[("outcome", "destroy")]).await.place();
    manager.get("/holds").await;
    let target = file.trim_start_matches("/records/files/").to_owned();
    let planned = manager.post("/disposals", &[]).await.place();
    let disposal = planned.split('?').next().expect("a path").to_owned();

    let paper = file.replace("/records/files/", "/shelves/files/");
    manager.get(&paper).await;
    manager.post(&paper, &[("label", "紙-1"), ("thickness", "80")]).await.place();
    let volume = manager.get("/shelves/find?label=%E7%B4%99-1").await.place();
    manager.get(&volume).await;
    manager.post(&format!("{volume}/lend"), &[("borrower", "減免の担当"), ("due", "2026-12-31")]).await.place();

    // Something that waits to be filed there.
    manager.get("/tray/new").await;
    let (name, bytes) = (format!("{SECRET}.pdf"), scan(&[&format!("text {SECRET}")]));
    let came = manager.upload("/tray/new", &[("record_file", &target)], ("content", &name, &bytes)).await;
    assert!(manager.follow(&came).await.says(SECRET));
    city.office.work_through_tray().await.expect("the tray is worked through");
    let list = manager.get("/tray").await.text();
    let link = list.split("href=\"/tray/").filter_map(|rest| rest.split('"').next()).find(|link| link.len() == 32);
    let waiting = format!("/tray/{}", link.expect("a link to what waits"));

    let mut outsider = sign_in(&city, "yamada").await;
    let mut auditor = sign_in(&city, "kobayashi").await;
    let mut shown = BTreeSet::new();
    for path in pages(&file, &record, &disposal, &waiting).into_iter().chain([volume]) {
        let answer = outsider.get(&path).await;
        // The page repeats what was asked, in its form.
        let text = answer.text().replace(&format!("name=\"q\" value=\"{SECRET}\""), "");
        assert!(!text.contains(SECRET) && !text.contains(&percent(SECRET)), "{path}: {text}");
        let theirs = auditor.get(&path).await.text().replace(&format!("name=\"q\" value=\"{SECRET}\""), "");
        if theirs.contains(SECRET) {
            shown.insert(path);
        }
    }
    assert!(shown.len() >= 8, "the story shows little that could be withheld: {shown:?}");
    for refused in [&file, &record, &format!("{record}/content")] {
        assert_eq!(outsider.get(refused).await.status, StatusCode::FORBIDDEN, "{refused}");
    }
    assert!(outsider.get("/records").await.says("（限定）"));
    let hold = manager.post("/holds", &[("target", &target), ("kind", "audit"), ("reason", "減免の監査")]).await;
    manager.follow(&hold).await;
    assert!(auditor.get("/holds").await.says("減免の監査") && !outsider.get("/holds").await.says(SECRET));
}

#[tokio::test]
async fn two_managers_open_a_file_on_its_page_and_whoever_is_named_is_let_in() {
    let city = city::with_people().await;
    let (file, record) = with_a_secret(&city).await;
    let mut outsider = sign_in(&city, "yamada").await;
    assert_eq!(outsider.get(&record).await.status, StatusCode::FORBIDDEN);
    let mut manager = sign_in(&city, "tanaka").await;
    manager.get(&file).await;
    let grant = [("to", "yamada"), ("until", "2026-06-30"), ("reason", "事務の応援")];
    let granted = manager.post(&format!("{file}/grant"), &grant).await;
    assert!(manager.follow(&granted).await.says("事務の応援"));
    assert!(outsider.get(&record).await.says("減免決定通知書 その1"));
    assert!(!outsider.get(&file).await.says("事務の応援"), "why somebody is let in is not for everybody");
    let page = manager.get(&record).await;
    assert!(page.says("閲覧の記録") && page.says("山田　八重") && page.says("文書の画面を見た"), "{}", page.text());
    assert!(!outsider.get(&record).await.says("閲覧の記録"));
    manager.get(&file).await;
    manager.post(&format!("{file}/revoke"), &[("from", "yamada")]).await.place();
    assert_eq!(outsider.get(&record).await.status, StatusCode::FORBIDDEN);

    let open = [("class", "internal"), ("reason", "見直しによる")];
    manager.get(&file).await;
    let wished = manager.post(&format!("{file}/access"), &open).await;
    let page = manager.follow(&wished).await;
    assert!(page.says("別の文書管理者が同じ変更をすると") && page.says("見直しによる"), "{}", page.text());
    manager.get(&file).await;
    assert!(manager.post(&format!("{file}/access"), &open).await.says("access-second-person"));
    let mut second = sign_in(&city, "ito").await;
    second.get(&file).await;
    second.post(&format!("{file}/access"), &open).await.place();
    assert!(outsider.get(&record).await.says("減免決定通知書 その1"));
    outsider.get(&record).await;
    assert_eq!(
        outsider.post(&format!("{record}/access"), &[("class", "restricted")]).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn the_register_is_published_where_the_city_says_so_and_not_too_often() {
    let hidden = city::with_people().await;
    let mut anyone = Browser::new(&hidden.router);
    for path in ["/register", "/register.csv"] {
        assert_eq!(anyone.get(path).await.status, StatusCode::NOT_FOUND, "it is off unless the city says so");
    }
    let city = city::publishing().await;
    with_a_secret(&city).await;
    let mut manager = sign_in(&city, "tanaka").await;
    manager.get("/records/files/new").await;
    let fields = [
        ("class", "A-01-03"),
        ("title", "条例公布の記録"),
        ("creator", "総務文書課"),
        ("opened", "2026-04-01"),
        ("access", "public"),
    ];
    manager.post("/records/files/new", &fields).await.place();
    let mut anyone = Browser::new(&city.router);
    let page = anyone.get("/register").await;
    assert!(page.says("条例公布の記録") && page.says("（非公開）") && page.says("2021年3月31日"), "{}", page.text());
    assert!(!page.says(SECRET));
    let csv = anyone.get("/register.csv").await;
    assert!(csv.body.starts_with(&[0xef, 0xbb, 0xbf]) && csv.says("条例公布の記録") && !csv.says(SECRET));
    assert!(csv.header("content-disposition").starts_with("attachment"));
    assert_eq!(csv.text().lines().count(), 3);
    assert!(csv.says("（非公開）,5年") || csv.says("（非公開）,3年"), "{}", csv.text());
    let (mut anyone, mut status) = (Browser::new(&city.alone), StatusCode::OK);
    for _ in 0..130 {
        status = anyone.get("/register").await.status;
    }
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn the_search_page_answers_whatever_is_asked() {
    let city = city::with_people().await;
    with_a_secret(&city).await;
    let mut auditor = sign_in(&city, "kobayashi").await;
    let long = "庁舎".repeat(1_000);
    for odd in ["%", "_", "\"><script>", "'; --", "\\", "🏢", "か\u{3099}ゝ", "%00", &long] {
        let page = auditor.get(&format!("/records/search?q={}", percent(odd))).await;
        assert_eq!(page.status, StatusCode::OK, "{odd}");
        assert!(page.says("当てはまる文書はありません。") && !page.text().contains("\"><script>"), "{odd}");
    }
    for nothing in ["%20", "%E3%80%80", "%00"] {
        let page = auditor.get(&format!("/records/search?q={nothing}")).await;
        assert!(page.status == StatusCode::OK && page.says("id=\"q\""), "{nothing}");
        assert!(!page.text().contains("<table") && !page.says("当てはまる文書はありません。"), "{nothing}");
    }
}

#[tokio::test]
async fn the_search_page_shows_what_stands_around_words_to_those_who_may_see_it() {
    let city = city::with_people().await;
    with_a_secret(&city).await;
    let (mut auditor, mut outsider) = (sign_in(&city, "kobayashi").await, sign_in(&city, "yamada").await);
    let address = format!("/records/search?q={}", percent("児童公園　渡辺"));
    let page = auditor.get(&address).await;
    assert!(page.text().contains("<mark>児童公園</mark>改修工事"), "{}", page.text());
    assert!(page.says("□ 本文") && page.says("1件"));
    let page = outsider.get(&address).await;
    assert!(page.says("当てはまる文書はありません。") && !page.text().contains("<mark>"));
    let title = auditor.get(&format!("/records/search?q={}", percent(SECRET))).await;
    assert!(title.says("■ 件名・番号") && !title.text().contains("<mark>"));
    // Where an answer ends is no more than a record that was shown.
    for (from, status) in [("c", StatusCode::OK), ("x", StatusCode::BAD_REQUEST), ("t%00", StatusCode::BAD_REQUEST)] {
        assert_eq!(auditor.get(&format!("{address}&from={from}")).await.status, status, "{from}");
    }
    let gone = auditor.get(&format!("{address}&from=t00000000000000000000000000000000")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}
