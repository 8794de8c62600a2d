//! The desk and what is around it: what is taken back, what waits for a decision, where problems lead, what the menu holds.

use super::accounts::administrators;
use super::again::deeds;
use super::browser::Browser;
use super::city::{self, PDF};
use super::roles::routes;
use super::walk::{draft, sign_in};
use axum::http::StatusCode;
use fumikura::digest::Sha256Hex;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_clerk_takes_a_notice_back_and_gives_it_up_and_the_desk_tells_what_became_of_it() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    let notice = draft(&mut clerk).await;
    let page = clerk.get(&notice).await;
    assert!(page.says("決裁から取り下げる") && !page.says("廃案にする"), "{}", page.text());
    let mut approver = sign_in(&city, "suzuki").await;
    assert!(!approver.get(&notice).await.says("決裁から取り下げる"));
    let back = clerk.post_and_follow(&format!("{notice}/take-back"), &[("reason", "宛名の誤り")]).await;
    assert!(
        back.says("決裁から取り下げました") && back.says("宛名の誤り") && back.says("起案を直す"),
        "{}",
        back.text()
    );
    approver.get(&notice).await;
    let late = approver.post(&format!("{notice}/approve"), &[("hash", Sha256Hex::of(PDF).as_str())]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);

    clerk.get(&notice).await;
    clerk.post_and_follow(&format!("{notice}/number"), &[]).await;
    let page = clerk.get(&notice).await;
    assert!(page.says("廃案にする") && page.says("欠番として残り"), "{}", page.text());
    let unsaid = clerk.post(&format!("{notice}/discard"), &[("reason", " ")]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    clerk.get(&notice).await;
    let gone = clerk.post_and_follow(&format!("{notice}/discard"), &[("reason", "申請の取下げ")]).await;
    assert!(gone.says("廃案にしました") && gone.says("8見総第1号（欠番）"), "{}", gone.text());
    for offered in ["できること", "次の手順", "class=\"steps\"", "起案を直す"] {
        assert!(!gone.says(offered), "{offered}: {}", gone.text());
    }
    let desk = clerk.get("/desk").await;
    assert!(desk.says("廃案・欠番") && desk.says("8見総第1号（欠番）"), "{}", desk.text());
}

#[tokio::test]
async fn what_somebody_left_who_signs_in_no_more_is_a_colleagues_to_see_to() {
    let city = city::with_people().await;
    city.office.add_user(None, administrators("kanri", "管理")).await.unwrap();
    let mut yamada = administrators("yamada", "山田");
    (yamada.roles, yamada.section) = ([fumikura::office::Role::Clerk].into(), "総務文書課".into());
    city.office.add_user(None, yamada).await.unwrap();
    let notice = draft(&mut sign_in(&city, "sato").await).await;
    let mut colleague = sign_in(&city, "yamada").await;
    assert!(!colleague.get(&notice).await.says("決裁から取り下げる"), "whoever is there does it themselves");
    assert!(!colleague.get("/desk").await.says("起案者がいなくなった通知"));
    let mut kanri = sign_in(&city, "kanri").await;
    kanri.get("/accounts/sato").await;
    kanri.post("/accounts/sato/change", &[("section", "総務文書課"), ("roles", "clerk")]).await.place();
    assert!(colleague.get("/desk").await.says("起案者がいなくなった通知"));
    colleague.get(&notice).await;
    colleague.post(&format!("{notice}/take-back"), &[]).await.place();
    colleague.get(&notice).await;
    let refused = colleague.post(&format!("{notice}/submit"), &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "it is still nobody else's draft");
    colleague.get(&notice).await;
    let gone = colleague.post_and_follow(&format!("{notice}/discard"), &[("reason", "退職のため")]).await;
    assert!(gone.says("廃案にしました"), "{}", gone.text());
}

#[tokio::test]
async fn a_reorganisation_is_on_the_desk_of_who_may_decide_it_and_begins_with_the_sections_there_are() {
    let city = city::with_people().await;
    city.office.add_user(None, administrators("kanri", "管理")).await.unwrap();
    let mut kanri = sign_in(&city, "kanri").await;
    let table = kanri.get("/reorganisations/table.csv").await;
    let table = table.text().trim_start_matches('\u{feff}').to_owned();
    assert!(table.contains("総務文書課,総務文書課,,,,\r\n"), "{table}");
    kanri.get("/reorganisations").await;
    let fields = [("title", "改正"), ("effective_on", "2027-04-01"), ("table", table.as_str())];
    let nothing = kanri.post("/reorganisations/look", &fields).await;
    assert!(nothing.says("引継ぎの行がありません"), "what names itself stays: {}", nothing.text());
    let changed = table.replace("総務文書課,総務文書課", "総務文書課,行政管理課");
    let fields = [("title", "改正"), ("effective_on", "2027-04-01"), ("table", changed.as_str())];
    let looked = kanri.post("/reorganisations/look", &fields).await;
    assert!(looked.says("まだ何も変わっていません") && looked.says("行政管理課"), "{}", looked.text());
    let proposed = kanri.post_and_follow("/reorganisations", &fields).await;
    assert!(proposed.says("案を作った人とは別の人が承認します") && !proposed.says("この案を承認する"));
    assert!(!kanri.get("/desk").await.says("機構改革「改正」"));
    let desk = sign_in(&city, "tanaka").await.get("/desk").await;
    assert!(desk.says("あなたの判断を待つもの") && desk.says("機構改革「改正」"), "{}", desk.text());
}

#[tokio::test]
async fn problems_lead_whoever_has_signed_in_back_to_where_they_were() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    let lost = clerk.get("/notices/00000000000000000000000000000000").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
    assert!(lost.says("class=\"menu\"") && lost.says("佐藤　花子") && lost.says("href=\"/desk\">担当業務へ"));
    assert!(!lost.says("トップページへ"), "{}", lost.text());
    let notice = draft(&mut clerk).await;
    let early = clerk.post(&format!("{notice}/issue"), &[]).await;
    assert!(early.says(&format!("href=\"{notice}\">元の画面へ戻る")), "{}", early.text());
    let typed = clerk.get(&format!("{notice}/issue")).await;
    assert_eq!(typed.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(typed.says(&format!("href=\"{notice}\">元の画面へ戻る")), "{}", typed.text());
    let forbidden = clerk.get("/audit").await;
    assert!(forbidden.says("あなたの役割は") && forbidden.says("（起案者）"), "{}", forbidden.text());
    // The button to sign out is there, and works.
    clerk.post("/sign-out", &[]).await.place();

    let mut clerk = sign_in(&city, "sato").await;
    city.clock.set("2026-06-01T12:00:00Z");
    let ended = clerk.post(&format!("{notice}/submit"), &[]).await;
    assert!(ended.says("http-sign-in-needed") && !ended.says("class=\"menu\""), "{}", ended.text());
    assert!(ended.says(&format!("href=\"/sign-in?next={notice}\">サインインする")), "{}", ended.text());
    let stranger = Browser::new(&city.router).get("/nowhere").await;
    assert!(stranger.says("トップページへ") && !stranger.says("class=\"menu\""));
}

#[tokio::test]
async fn what_is_shown_once_is_for_the_browser_that_made_it_and_for_some_minutes() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    let mut other = sign_in(&city, "sato").await;
    let make = async |clerk: &mut Browser, name: &str| {
        clerk.get("/tokens").await;
        let fields = [("name", name), ("scopes", "notices:read"), ("ends_on", "2026-12-31")];
        let place = clerk.post("/tokens", &fields).await.place();
        assert_eq!(place, "/tokens", "nothing of it stands in an address");
    };
    let shows = |page: &super::browser::Answer| page.says("id=\"secret\"");
    make(&mut clerk, "一").await;
    assert!(!shows(&other.get("/tokens").await), "another browser of the same person");
    assert!(!shows(&clerk.get("/desk").await), "another page");
    assert!(shows(&clerk.get("/tokens").await) && !shows(&clerk.get("/tokens").await));
    make(&mut clerk, "二").await;
    clerk.get("/desk").await;
    clerk.post("/sign-out", &[]).await.place();
    let cookie = clerk.cookie().map(str::to_owned);
    let mut clerk = sign_in(&city, "sato").await;
    assert_ne!(clerk.cookie().map(str::to_owned), cookie);
    assert!(!shows(&clerk.get("/tokens").await), "the session had ended");
    make(&mut clerk, "三").await;
    city.clock.set("2026-06-01T01:09:00Z");
    clerk.get("/desk").await;
    city.clock.set("2026-06-01T01:11:00Z");
    assert!(!shows(&clerk.get("/tokens").await), "its minutes are over");
}

/// Where a problem of each form leads must be a page: what the program says by its paths alone is held to its routes here.
#[test]
fn the_way_back_from_every_form_is_a_page() {
    let pages: BTreeSet<String> =
        routes().iter().filter_map(|route| route.strip_prefix("GET ")).map(str::to_owned).collect();
    let (own, rest) = include_str!("../../src/http/told.rs").split_once("const OWN_FORMS: &[&str] =").unwrap();
    assert!(own.contains("fn way_back"));
    let own: Vec<&str> = rest.split(';').next().unwrap().split('"').skip(1).step_by(2).collect();
    let mut nowhere = Vec::new();
    for form in routes().iter().filter_map(|route| route.strip_prefix("POST ")) {
        let (parent, last) = form.rsplit_once('/').unwrap();
        let back = match parent {
            _ if form.starts_with("/account/") => "/account",
            _ if form.starts_with("/r/") || form == "/sign-out" => continue,
            "" | "/shelves/files" => form,
            "/sign-in" => "/sign-in",
            _ if own.contains(&last) => form,
            _ => parent,
        };
        if !pages.contains(back) {
            nowhere.push(form.to_owned());
        }
    }
    assert_eq!(nowhere, Vec::<String>::new());
    assert!(!deeds("tray_item::deed").is_empty());
}

#[tokio::test]
async fn the_menu_is_one_short_line_and_holds_every_page_that_there_was() {
    let city = city::with_people().await;
    let mut manager = sign_in(&city, "tanaka").await;
    let page = manager.get("/disposals").await;
    let menu = page.between("<nav class=\"menu\"", "</nav>");
    assert_eq!(menu.matches("<summary").count(), 3, "{menu}");
    for path in ["/desk", "/tray", "/records", "/records/search", "/records/due", "/searches", "/holds", "/disposals"] {
        assert!(menu.contains(&format!("href=\"{path}\"")), "{path} is not in {menu}");
    }
    for path in ["/transfers", "/shelves", "/reorganisations", "/tokens"] {
        assert!(menu.contains(&format!("href=\"{path}\"")), "{path} is not in {menu}");
    }
    assert!(menu.contains("<a href=\"/disposals\" aria-current=\"page\">") && menu.contains("いまの画面を含む"));
    // One entry alone needs no fold.
    let keeper = sign_in(&city, "takahashi").await.get("/desk").await;
    let menu = keeper.between("<nav class=\"menu\"", "</nav>");
    assert!(!menu.contains("<details") && menu.contains("href=\"/tokens\""), "{menu}");
}
