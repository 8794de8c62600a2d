//! What somebody meets who sees the service for the first time: what was done is said once, an ended session loses no way, forms are
//! for those who may send them, and pages say what they mean.

use super::accounts::administrators;
use super::browser::{Browser, percent};
use super::city::{self, PDF};
use super::walk::{decide, draft, open_old_file, sign_in};
use axum::http::StatusCode;
use fumikura::digest::Sha256Hex;
use fumikura::wording;

#[tokio::test]
async fn what_was_done_is_said_once_and_only_to_who_did_it() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    for page in ["/desk?done=issued", "/?done=revoked", "/help?done=issued"] {
        assert!(!clerk.get(page).await.says("role=\"status\""), "{page}");
    }
    let notice = draft(&mut clerk).await;
    let back = clerk.post(&format!("{notice}/take-back"), &[]).await;
    assert_eq!(back.place(), notice);
    let mut other = sign_in(&city, "sato").await;
    assert!(!other.get(&notice).await.says("決裁から取り下げました"));
    assert!(!clerk.get("/desk").await.says("決裁から取り下げました"), "it is for that page");
    assert!(clerk.get(&notice).await.says("✓ 決裁から取り下げました"));
    assert!(!clerk.get(&notice).await.says("決裁から取り下げました"), "once");
    // Staff have a menu, and the script that closes it; nobody else's page runs one.
    let (own, public) = (clerk.get("/desk").await, Browser::new(&city.router).get("/help").await);
    let runs = |page: &super::browser::Answer| page.header("content-security-policy").contains("script-src 'self'");
    assert!(own.says("src=\"/assets/page.js\"") && runs(&own) && !public.says("<script") && !runs(&public));
    assert!(public.says("職員サインイン") && !own.says("職員サインイン"));
    // Also where the browser has a new cookie by then.
    let gone = clerk.post_and_follow("/sign-out", &[]).await;
    assert!(gone.says("サインアウトしました"), "{}", gone.text());
}

#[cfg(feature = "templates")]
#[tokio::test]
async fn whoever_signs_in_anew_comes_back_to_the_very_form() {
    let city = city::with_people().await;
    let mut stranger = Browser::new(&city.router);
    let way = stranger.get("/notices/typeset?kind=typeset").await.place();
    assert_eq!(way, "/sign-in?next=/notices/typeset%3Fkind%3Dtypeset");
    let next = stranger.get(&way).await.between("name=\"next\" value=\"", "\"");
    let fields = [("login", "sato"), ("password", city::PASSWORD), ("next", next.as_str())];
    assert_eq!(stranger.post("/sign-in", &fields).await.place(), "/notices/typeset?kind=typeset");
    let form = stranger.get("/notices/typeset?kind=typeset").await;
    assert!(form.says("action=\"/notices/typeset?kind=typeset\""), "{}", form.text());
    assert!(form.says("金額を円単位の数字で書きます"), "{}", form.text());
    stranger.set_cookie(None);
    let ended = stranger.post("/notices/typeset?kind=typeset", &[("kind", "typeset")]).await;
    assert!(ended.says("http-sign-in-needed"), "{}", ended.text());
    assert!(ended.says(&format!("href=\"{way}\">サインインする")), "{}", ended.text());
    let lost = Browser::new(&city.router).get("/nowhere").await;
    assert!(lost.says("見本市　電子公印と文書の保存"), "whose page it is stands there: {}", lost.text());
}

#[tokio::test]
async fn the_same_pdf_for_two_people_is_told_before_it_is_sealed_and_the_same_draft_is_made_once() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    let first = draft(&mut clerk).await;
    assert!(!clerk.get(&first).await.says("同じPDFの通知"));
    let fields = [("kind", "info"), ("subject", "お知らせ"), ("recipient", "別人　次子")];
    clerk.get("/notices/new").await;
    let second = clerk.upload("/notices/new", &fields, ("pdf", "a.pdf", PDF)).await.place();
    let page = clerk.get(&second).await;
    assert!(page.says("同じPDFの通知が、ほかにあります") && page.says("（見本　太郎）"), "{}", page.text());
    let again = clerk.upload("/notices/new", &fields, ("pdf", "a.pdf", PDF)).await;
    assert_eq!(again.place(), second);
    assert!(clerk.follow(&again).await.says("もう一つは作っていません"));
    clerk.post(&format!("{second}/submit"), &[]).await.place();
    let mut approver = sign_in(&city, "suzuki").await;
    assert_eq!(approver.get("/desk").await.text().matches("同じPDFの通知があります").count(), 2);
    let hash = Sha256Hex::of(PDF).to_string();
    let item = format!("{}:{hash}", first.trim_start_matches("/notices/"));
    let done = approver.post_and_follow("/desk/approve", &[("notice", &item)]).await;
    assert!(done.says("公文書の開示について（決定）") && !done.says("通知を開く"), "{}", done.text());
    let mut keeper = sign_in(&city, "takahashi").await;
    assert!(keeper.get("/desk").await.says("同じPDFの通知があります"));
    assert!(keeper.get(&first).await.says("href=\"/desk#seal\""), "where the seal is made");
    assert!(!approver.get(&first).await.says("href=\"/desk#seal\""));
}

#[tokio::test]
async fn the_desk_tells_a_drafter_what_comes_back_and_a_number_before_it_is_issued() {
    let city = city::with_people().await;
    let keepers = sign_in(&city, "takahashi").await.get("/desk").await;
    assert!(keepers.says("電子公印の審査・付与") && keepers.says("0件"), "{}", keepers.text());
    let mut clerk = sign_in(&city, "sato").await;
    assert!(clerk.get("/desk").await.says("一覧と記録") && !clerk.get("/desk/deadlines").await.says("できること"));
    let notice = draft(&mut clerk).await;
    let contact = clerk.get(&notice).await;
    assert!(contact.says("メールの設定がないため") && contact.says("type=\"email\""), "{}", contact.text());
    let mut approver = sign_in(&city, "suzuki").await;
    approver.get(&notice).await;
    approver.post(&format!("{notice}/return"), &[("reason", "宛名の誤り")]).await.place();
    let desk = clerk.get("/desk").await;
    assert!(desk.says("あなたの判断を待つもの") && desk.says("差戻しの理由を見て"), "{}", desk.text());
    assert!(clerk.get(&notice).await.says("差戻しの理由：</strong>宛名の誤り"));
    clerk.post(&format!("{notice}/number"), &[]).await.place();
    clerk.get(&notice).await;
    clerk.post(&format!("{notice}/submit"), &[]).await.place();
    assert!(approver.get("/desk").await.says("公文書の開示について"));
    assert!(clerk.get("/desk").await.says("8見総第1号（施行前）"));
    let (link, code) = decide(&city, &mut clerk, &notice).await;
    assert!(code.len() == 14 && link.starts_with("/r/"), "{code}");
    let mut recipient = Browser::new(&city.router);
    assert!(recipient.get(&link).await.says("市の代表の窓口"));
    recipient.post(&format!("{link}/code"), &[("code", &code)]).await.place();
    recipient.get(&link).await;
    let agreed = recipient.post_and_follow(&format!("{link}/consent"), &[]).await;
    assert!(agreed.says("この画面を読み込み直す") && !agreed.says("受け取り済みです"), "{}", agreed.text());
    recipient.post(&format!("{link}/download"), &[]).await;
    while !clerk.get(&notice).await.says("到達：") {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let late = recipient.post(&format!("{link}/withdraw"), &[]).await;
    assert!(late.says(&format!("href=\"{link}\">通知の画面へ戻る")), "{}", late.text());
    let page = recipient.get(&link).await;
    assert!(page.says("受け取り済みです") && !page.says("同意を撤回する"), "{}", page.text());
}

#[tokio::test]
async fn the_ledger_is_read_page_by_page_up_to_a_day_and_by_subject() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    let notice = draft(&mut clerk).await;
    city.clock.set("2026-06-02T01:00:00Z");
    let mut clerk = sign_in(&city, "sato").await;
    clerk.get(&notice).await;
    for _ in 0..30 {
        clerk.post(&format!("{notice}/take-back"), &[]).await.place();
        clerk.post(&format!("{notice}/submit"), &[]).await.place();
    }
    let mut auditor = sign_in(&city, "kobayashi").await;
    let newest = auditor.get("/audit").await;
    let older = newest.between("<a class=\"button\" href=\"/audit?before=", "#");
    assert!(newest.says("新しい順に50件") && !newest.says("新しい方へ"), "{}", newest.text());
    let page = auditor.get(&format!("/audit?before={older}")).await;
    let first: u64 = older.parse().unwrap();
    assert!(page.says(&format!("{}号から", first - 1)) && page.says("新しい方へ"), "{}", page.text());
    let day = auditor.get("/audit?until=2026-06-01").await;
    let table = day.between("id=\"entries\"", "</table>");
    assert!(table.contains("notice.drafted") && !table.contains("notice.taken-back"), "{table}");
    let about = auditor.get(&format!("/audit?about={}", notice.trim_start_matches("/notices/"))).await;
    assert!(about.says("新しい順に62件") && !about.says("rules.loaded"), "{}", about.text());
}

#[tokio::test]
async fn forms_of_records_and_accounts_say_what_they_ask() {
    let city = city::with_people().await;
    city.office.add_user(None, administrators("kanri", "管理")).await.unwrap();
    let mut manager = sign_in(&city, "tanaka").await;
    let file = open_old_file(&mut manager).await;
    let page = manager.get(&file).await;
    assert!(page.says("2021年3月31日 に満了します") && page.says("ends on 2021-03-31"), "{}", page.text());
    assert!(manager.get("/disposals").await.says("だれも承認できません"));
    let id = file.trim_start_matches("/records/files/");
    manager.get("/records/files/new").await;
    let fields = [("class", "A-01-01"), ("title", "新しい簿冊"), ("creator", "福祉課"), ("opened", "2026-04-03")];
    let open = manager.post("/records/files/new", &fields).await.place();
    let kept = manager.get(&open).await;
    assert!(kept.says("定まっていません（保存を続けます）") && !kept.says("期限なし"), "{}", kept.text());
    let fields =
        [("record_file", open.trim_start_matches("/records/files/")), ("title", "題"), ("created", "2031-01-01")];
    let late = manager.upload("/records/ingest", &fields, ("content", "a.pdf", PDF)).await;
    assert!(late.says("id=\"created-wrong\"") && !late.says("id=\"record_file-wrong\""), "{}", late.text());
    manager.get("/holds").await;
    manager.post("/holds", &[("target", id), ("kind", "audit"), ("reason", "定期監査")]).await.place();
    let release = manager.get("/holds").await.between("name=\"hold\"", "</select>");
    assert!(release.contains("減免決定通知書綴　定期監査"), "{release}");
    assert!(manager.get(&format!("/records/search?q={}", percent("減免"))).await.says("文書ファイルを開く"));

    let mut kanri = sign_in(&city, "kanri").await;
    assert!(kanri.get("/accounts").await.says("<option value=\"福祉課\""), "a section that keeps files");
    let taken = [("login", "sato"), ("name", "別人"), ("section", "総務文書課"), ("roles", "clerk")];
    assert!(kanri.post("/accounts", &taken).await.says("すでに使われています"));
    let mut clerk = sign_in(&city, "sato").await;
    assert!(clerk.get("/notices/new").await.says("処分では必須"));
    assert_eq!(manager.get("/notices/new").await.status, StatusCode::FORBIDDEN, "a form is for who may send it");
    let guide = clerk.get("/help/resident").await;
    assert!(!guide.says("受取期限"), "pages say 取得期限");
    assert!(wording::ja("advice-altered").unwrap().contains("公式サイト"));
    assert!(wording::ja("ledger-disposal.approved-2").is_some());
}
