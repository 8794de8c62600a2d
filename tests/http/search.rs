//! The search page with filters: its form says what was asked, pages go on with it, and it shows nobody what is not theirs.

use super::browser::percent;
use super::city;
use super::walk::sign_in;
use axum::http::StatusCode;
use fumikura::office::records::{NewRecord, NewRecordFile};
use fumikura::records::{AccessClass, ClassCode, Medium};
use zeroize::Zeroizing;

/// Files so many documents in a file of a class and a section, one a day from 1 March 2024 on.
async fn shelve(city: &city::City, class: &str, section: &str, documents: i8, access: Option<AccessClass>) {
    let manager = city.office.sign_in("tanaka", Zeroizing::new(city::PASSWORD.into())).await.unwrap().actor;
    let new = NewRecordFile {
        title: format!("簿冊 {section}"),
        class: ClassCode::parse(class).unwrap(),
        opened: "2024-03-01".parse().unwrap(),
        year: None,
        creator: section.to_owned(),
        custodian: format!("{section}長"),
        place: "書庫".into(),
        medium: Medium::Electronic,
        access,
    };
    let file = city.office.open_file(&manager, new).await.unwrap();
    let day = |number: i8| fumikura::time::Date::new(2024, 3 + number / 28, 1 + number % 28).unwrap();
    let document = |number: i8| NewRecord {
        file,
        title: format!("{section}の起案 第{number}号"),
        number: None,
        created: day(number),
        original_name: "a.bin".into(),
        media_type: "application/octet-stream".into(),
        bytes: format!("{section} {number}").into_bytes(),
        derivatives: Vec::new(),
        validation_report: None,
        notice: None,
        access: None,
        digitisation: None,
    };
    for filed in city.office.file_records(&manager, (0..documents).map(document).collect()).await.unwrap() {
        filed.unwrap();
    }
}

#[tokio::test]
async fn the_form_keeps_its_filters_and_the_next_page_has_them() {
    let city = city::with_people().await;
    shelve(&city, "B-02", "道路課", 60, None).await;
    shelve(&city, "C-02", "公園課", 3, None).await;
    let mut auditor = sign_in(&city, "kobayashi").await;
    let page = auditor.get("/records/search").await;
    assert!(
        !page.text().contains("<table") && page.says("<option value=\"B\">") && page.says("<option value=\"B-02\">")
    );
    let sections = page.between("name=\"section\"", "</select>");
    assert!(sections.contains("道路課</option>") && !sections.contains("道路課長"), "{sections}");

    let asked = format!(
        "q={}&class=B&section={}&year={}&until=2024-04-30&access=internal&since=",
        percent("起案"),
        percent("道路課"),
        percent("令和5")
    );
    let first = auditor.get(&format!("/records/search?{asked}")).await;
    assert!(first.says("28件") && first.says("道路課の起案 第27号") && !first.says("第28号"), "{}", first.text());
    for kept in [
        "name=\"q\" value=\"起案\"",
        "<option value=\"B\" selected>",
        "<option value=\"道路課\" selected>",
        "name=\"year\" value=\"令和5\"",
        "name=\"until\" value=\"2024-04-30\"",
        "<option value=\"internal\" selected>",
    ] {
        assert!(first.says(kept), "{kept}: {}", first.text());
    }
    assert!(first.says("href=\"/records/search\""), "what was asked can be cleared");

    // Without words all that fits is listed, page by page, and the next page asks for the same.
    let first = auditor.get("/records/search?class=B-02&since=2024%2F3%2F2").await;
    assert!(first.says("この画面に50件") && first.says("第59号") && first.says("第10号") && !first.says("第9号"));
    assert!(first.says("name=\"since\" value=\"2024-03-02\"") && !first.says("■ 件名・番号"));
    let next = first.text();
    let next = next.split("href=\"").filter_map(|rest| rest.split('"').next()).find(|link| link.contains("from=t"));
    let next = next.expect("there is a next page").replace("&#38;", "&").replace("&amp;", "&");
    let second = auditor.get(&next).await;
    assert!(second.says("この画面に9件") && second.says("第1号") && !second.says("第0号"), "{}", second.text());
    assert!(second.says("<option value=\"B-02\" selected>") && !second.says("公園課の起案"));
}

#[tokio::test]
async fn what_cannot_be_read_is_marked_at_its_field_and_finds_nothing() {
    let city = city::with_people().await;
    shelve(&city, "B-02", "道路課", 1, None).await;
    let mut auditor = sign_in(&city, "kobayashi").await;
    for (asked, field) in [
        ("class=%E9%81%93%E8%B7%AF", "class"),
        ("year=25", "year"),
        ("year=%E6%98%AD%E5%92%8C64", "year"),
        ("since=tomorrow", "since"),
        ("until=2024-02-30", "until"),
        ("since=2024-04-02&until=2024-04-01", "until"),
        ("access=secret", "access"),
    ] {
        let page = auditor.get(&format!("/records/search?q=%E9%81%93&{asked}")).await;
        let told = format!("id=\"{field}-wrong\"");
        assert!(page.status == StatusCode::OK && page.says(&told), "{asked}: {}", page.text());
        assert!(page.says(&format!("href=\"#{field}\"")) && !page.says("<table"), "{asked}");
    }
    let page = auditor.get("/records/search?section=%22%3E%3Cscript%3E").await;
    assert!(page.says("当てはまる文書はありません。") && !page.says("\"><script>"));
}

#[tokio::test]
async fn no_filter_tells_an_outsider_of_what_is_restricted() {
    let city = city::with_people().await;
    shelve(&city, "B-02", "道路課", 2, None).await;
    shelve(&city, "B-02", "福祉課", 2, Some(AccessClass::Restricted)).await;
    let (mut auditor, mut clerk) = (sign_in(&city, "kobayashi").await, sign_in(&city, "suzuki").await);
    for asked in ["access=restricted", "section=%E7%A6%8F%E7%A5%89%E8%AA%B2", "class=B", "year=2023"] {
        let address = format!("/records/search?{asked}");
        assert!(auditor.get(&address).await.says("福祉課の起案 第1号"), "{asked}");
        let page = clerk.get(&address).await;
        assert!(!page.says("福祉課の起案"), "{asked}: {}", page.text());
        assert!(
            page.says(if asked.len() < 10 { "2件" } else { "当てはまる文書はありません。" }),
            "{asked}: {}",
            page.text()
        );
    }
}
