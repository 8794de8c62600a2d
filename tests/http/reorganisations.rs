//! A reorganisation by its pages: a table is looked at, proposed by an administrator and approved by a records manager.

use super::accounts::administrators;
use super::browser::Browser;
use super::city::{self, City};
use super::walk::sign_in;
use axum::http::StatusCode;

const TABLE: &str =
    "旧課,新課,分類,簿冊,通知種別,職員\r\n総務文書課,行政管理課,,,,\r\n情報政策課,行政管理課,,,,kanri\r\n";

async fn opened() -> (City, Browser, Browser) {
    let city = city::with_people().await;
    city.office.add_user(None, administrators("kanri", "管理　太郎")).await.unwrap();
    let (kanri, manager) = (sign_in(&city, "kanri").await, sign_in(&city, "tanaka").await);
    (city, kanri, manager)
}

fn form<'a>(table: &'a str, on: &'a str) -> [(&'a str, &'a str); 3] {
    [("title", "令和9年度組織改正"), ("effective_on", on), ("table", table)]
}

#[tokio::test]
async fn a_table_is_looked_at_proposed_and_approved_by_another() {
    let (city, mut kanri, mut manager) = opened().await;
    assert!(kanri.get("/desk").await.says("href=\"/reorganisations\""));
    kanri.get("/reorganisations").await;
    let head = kanri.get("/reorganisations/table.csv").await;
    assert!(head.text().contains("旧課,新課,分類,簿冊,通知種別,職員"));
    let today = city.office.today().to_string();
    let looked = kanri.post("/reorganisations/look", &form(TABLE, &today)).await;
    assert!(looked.says("まだ何も変わっていません"), "{}", looked.text());
    assert!(looked.says("「行政管理課」に文書番号の記号がありません"), "{}", looked.text());
    let proposed = kanri.post("/reorganisations", &form(TABLE, &today)).await;
    let page = kanri.follow(&proposed).await;
    assert!(page.says("承認待ち") && !page.says("/approve\""), "nobody approves their own: {}", page.text());
    let place = proposed.place();
    let place = place.split('?').next().unwrap_or_default();
    let page = manager.get(place).await;
    let hash = page.between("name=\"hash\" value=\"", "\"");
    let other = "0".repeat(64);
    let wrong = manager.post(&format!("{place}/approve"), &[("hash", other.as_str())]).await;
    assert_eq!(wrong.status, StatusCode::CONFLICT);
    let unnumbered = manager.post(&format!("{place}/approve"), &[("hash", hash.as_str())]).await;
    assert!(unnumbered.says("reorganisation-no-symbol"), "{}", unnumbered.text());
    assert!(city.office.users().await.unwrap().iter().all(|user| user.section != "行政管理課"), "nothing moved");

    kanri.get("/reorganisations").await;
    let table = TABLE.replace("行政管理課", "文書法制課");
    let place = kanri.post("/reorganisations", &form(&table, &today)).await.place();
    let hash = manager.get(&place).await.between("name=\"hash\" value=\"", "\"");
    let done = manager.post(&format!("{place}/approve"), &[("hash", hash.as_str())]).await;
    let page = manager.follow(&done).await;
    assert!(page.says("実施済み") && page.says("管理　太郎"), "{}", page.text());
    assert!(city.office.users().await.unwrap().iter().all(|user| user.section == "文書法制課"));
    assert!(!page.says("/withdraw\""));
}

#[tokio::test]
async fn what_is_wrong_stands_at_the_form_and_nobody_else_has_the_page() {
    let (city, mut kanri, mut manager) = opened().await;
    let head = "旧課,新課,分類,簿冊,通知種別,職員";
    kanri.get("/reorganisations").await;
    for (table, said) in [
        ("旧課,新課,色\n", "「色」という列は使いません"),
        ("旧課\n", "「新課」の列がありません"),
        (&format!("{head}\n総務文書課,甲課,B-02,,,sato\n"), "一行には"),
        (&format!("{head}\n総務文書課,甲課,,９,,\n"), "簿冊の識別子ではありません"),
        (&format!("{head}\n無い課,甲課,,,,\n"), "「無い課」に、職員"),
        (head, "引継ぎの行がありません"),
    ] {
        for path in ["/reorganisations/look", "/reorganisations"] {
            let answer = kanri.post(path, &form(table, "2026-06-02")).await;
            assert!(answer.says("入力内容をご確認ください"), "{path}: {table}");
        }
        let answer = kanri.post("/reorganisations/look", &form(table, "2026-06-02")).await;
        assert!(answer.says(said), "{table}: {}", answer.text());
    }
    let without_day = kanri.post("/reorganisations/look", &form(TABLE, "")).await;
    assert!(without_day.says("施行日を入力してください"));
    let shift_jis = encoding_rs::SHIFT_JIS.encode(TABLE).0.into_owned();
    let fields = [("title", "改正"), ("effective_on", "2026-06-02"), ("table", "")];
    let looked = kanri.upload("/reorganisations/look", &fields, ("csv", "表.csv", &shift_jis)).await;
    assert!(looked.says("まだ何も変わっていません"), "{}", looked.text());
    // Another browser's deeds, as roles that have no part in it.
    let today = city.office.today().to_string();
    let proposed = manager.get("/reorganisations").await;
    assert_eq!(proposed.status, StatusCode::OK);
    let place = manager.post("/reorganisations", &form(TABLE, &today)).await.place();
    let place = place.split('?').next().unwrap_or_default().to_owned();
    let mut sato = sign_in(&city, "sato").await;
    assert!(!sato.get("/desk").await.says("href=\"/reorganisations\""));
    for path in ["/reorganisations", place.as_str()] {
        assert_eq!(sato.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in [format!("{place}/approve"), format!("{place}/withdraw")] {
        assert_eq!(sato.post(&path, &[("hash", "0".repeat(64).as_str())]).await.status, StatusCode::FORBIDDEN);
    }
    manager.get(&place).await;
    let withdrawn = manager.post(&format!("{place}/withdraw"), &[]).await;
    assert!(manager.follow(&withdrawn).await.says("取下げ"));
    assert!(city.office.users().await.unwrap().iter().any(|user| user.section == "総務文書課"), "nothing moved");
}
