//! The whole way by hand: every role through its pages, from the draft to the certificate of destruction.

use super::browser::{Answer, Browser};
use super::city::{self, City, PASSWORD, PDF};
use crate::engine::pki::pki;
use crate::engine::validate::bench::Case;
use axum::http::StatusCode;
use fumikura::digest::Sha256Hex;
use fumikura::validate::{Coverage, Integrity};

#[tokio::test]
async fn a_notice_travels_from_draft_to_arrival_and_is_revoked() {
    let city = city::with_people().await;
    let (notice, sealed) = issue_and_collect(&city).await;
    let verdict = verify(&city, &sealed).await;
    assert!(verdict.says("有効") && verdict.says("取り消されておらず"), "{}", verdict.text());
    assert!(verdict.says("verdict good"), "{}", verdict.text());

    let mut clerk = sign_in(&city, "sato").await;
    let page = clerk.get(&notice).await;
    assert!(page.says("到達") && page.says("取り消す"));
    let revoked = clerk.post(&format!("{notice}/revoke"), &[("reason", "職権による取消し")]).await;
    let page = clerk.follow(&revoked).await;
    assert!(page.says("取消しを記録しました") && !page.says("tag good\">✓ 到達"), "{}", page.text());
    let verdict = verify(&city, &sealed).await;
    assert!(verdict.says("verdict good"), "the seal stays what it was");
    let text = verdict.text();
    assert!(text.find("verdict bad effect") < text.find("verdict good"), "that it has no effect comes first: {text}");
    assert!(verdict.says("この通知は2026年6月1日に取り消されました"), "{}", verdict.text());
}

#[tokio::test]
async fn an_altered_notice_is_told_apart() {
    let city = city::with_people().await;
    let (_, mut sealed) = issue_and_collect(&city).await;
    let middle = PDF.len() / 2;
    sealed[middle] ^= 1;
    let verdict = verify(&city, &sealed).await;
    assert!(verdict.says("無効（改変あり）") && verdict.says("verdict bad"), "{}", verdict.text());
    assert!(verdict.says("本システムの台帳には見当たりません"));
}

#[tokio::test]
async fn a_verification_is_handed_out_as_a_sealed_paper() {
    let city = city::with_people().await;
    let paper = verify_as_paper(&city, PDF).await;
    assert_eq!((paper.status, paper.header("content-type")), (StatusCode::OK, "application/pdf"), "{}", paper.text());
    assert!(
        paper.header("content-disposition").starts_with("attachment") && paper.header("cache-control") == "no-store"
    );
    let judged = Case::default().report(&paper.body);
    assert_eq!(judged.signatures.len(), 1);
    let seal = &judged.signatures[0];
    assert_eq!((seal.integrity, seal.coverage), (Integrity::Intact, Coverage::WholeFile));
    // By the service's own key, and not the official seal.
    assert_eq!(seal.signer.as_ref().map(|signer| &signer.subject), Some(&pki().certificate("signer-p256").subject()));
    for nothing in [&b""[..], b"<!doctype html>"] {
        let page = verify_as_paper(&city, nothing).await;
        assert!(page.header("content-type").starts_with("text/html") && page.says("入力エラー"), "{}", page.text());
    }
}

#[tokio::test]
async fn records_go_from_filing_to_the_certificate_of_destruction() {
    let city = city::with_people().await;
    let mut tanaka = sign_in(&city, "tanaka").await;
    let file = open_old_file(&mut tanaka).await;
    let page = tanaka.get(&file).await;
    assert!(page.says("2021年3月31日") && page.says("減免決定通知書"), "{}", page.text());
    let appraised = tanaka.post(&format!("{file}/appraise"), &[("outcome", "destroy")]).await;
    tanaka.follow(&appraised).await;
    assert!(tanaka.get("/records/due").await.says("減免決定通知書綴"));

    hold_and_release(&mut tanaka, &file).await;
    let planned = tanaka.post("/disposals", &[]).await;
    let disposal = planned.place().split('?').next().expect("a path").to_owned();
    let page = tanaka.follow(&planned).await;
    assert!(page.says("立案者は承認できません") && !page.says(&format!("{disposal}/approve")), "{}", page.text());
    let hash = page.between("name=\"hash\" value=\"", "\"");
    let own = tanaka.post(&format!("{disposal}/approve"), &[("hash", &hash)]).await;
    assert!(own.status.is_client_error(), "nobody approves their own list");
    for login in ["ito", "watanabe"] {
        let mut other = sign_in(&city, login).await;
        let desk = other.get("/desk").await;
        assert!(desk.says("あなたの判断を待つもの") && desk.says(&format!("href=\"{disposal}\"")), "{}", desk.text());
        other.get(&disposal).await;
        other.post(&format!("{disposal}/approve"), &[("hash", &hash)]).await.place();
        assert!(!other.get("/desk").await.says(&format!("href=\"{disposal}\"")), "it waits for others now");
    }
    let early = tanaka.post(&format!("{disposal}/run"), &[]).await;
    assert!(early.status.is_client_error(), "the time for objections is running");
    city.clock.set("2026-06-03T02:00:00Z");
    let mut tanaka = sign_in(&city, "tanaka").await;
    tanaka.get(&disposal).await;
    let ran = tanaka.post(&format!("{disposal}/run"), &[]).await;
    assert!(tanaka.follow(&ran).await.says("廃棄を実行しました"));
    certify(&city, &disposal).await;
}

#[tokio::test]
async fn each_role_sees_its_own_pages_only() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    assert_eq!(clerk.get("/audit").await.status, StatusCode::FORBIDDEN);
    let mut auditor = sign_in(&city, "kobayashi").await;
    let audit = auditor.get("/audit").await;
    assert!(audit.says("台帳に欠落・改変はありません"), "{}", audit.text());
    assert_eq!(auditor.post("/disposals", &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(auditor.get("/notices/00000000000000000000000000000000").await.status, StatusCode::NOT_FOUND);
    let register = auditor.get("/records.csv").await;
    assert!(register.body.starts_with(&[0xef, 0xbb, 0xbf]), "spreadsheet programs look for the mark");
    assert!(register.header("content-disposition").contains("filename*=UTF-8''%E6%96%87"));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_the_old_cookie_opens_nothing() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    let before = clerk.cookie().map(str::to_owned);
    clerk.get("/desk").await;
    clerk.post("/sign-out", &[]).await.place();
    assert_ne!(clerk.cookie().map(str::to_owned), before);
    clerk.set_cookie(before);
    assert_eq!(clerk.get("/desk").await.place(), "/sign-in?next=/desk");
}

#[tokio::test]
async fn a_disposition_without_reasons_is_not_saved_and_nothing_typed_is_lost() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    clerk.get("/notices/new").await;
    let fields = [("kind", "disclosure"), ("subject", "公文書の開示について"), ("recipient", "見本　太郎")];
    let answer = clerk.upload("/notices/new", &fields, ("pdf", "決定.pdf", PDF)).await;
    assert!(answer.says("処分の理由を入力してください") && answer.says("教示を入力してください"));
    assert!(answer.says("value=\"公文書の開示について\"") && answer.says("aria-invalid=\"true\""));
    let html = clerk
        .upload(
            "/notices/new",
            &[("kind", "info"), ("subject", "件"), ("recipient", "人")],
            ("pdf", "x.pdf", b"<html>"),
        )
        .await;
    assert!(html.says("role=\"alert\""), "{}", html.text());
}

/// Signs a person in.
pub async fn sign_in(city: &City, login: &str) -> Browser {
    let mut browser = Browser::new(&city.router);
    browser.get("/sign-in").await;
    let answer = browser.post("/sign-in", &[("login", login), ("password", PASSWORD), ("next", "/desk")]).await;
    assert_eq!(answer.place(), "/desk");
    browser.follow(&answer).await;
    browser
}

/// Brings one notice the whole way; returns its page's path and the sealed file.
pub async fn issue_and_collect(city: &City) -> (String, Vec<u8>) {
    let mut clerk = sign_in(city, "sato").await;
    let notice = draft(&mut clerk).await;
    let (link, code) = decide(city, &mut clerk, &notice).await;
    let mut resident = Browser::new(&city.router);
    assert!(resident.get(&link).await.says("受取コード"));
    let wrong = resident.post(&format!("{link}/code"), &[("code", "2222-2222-2222")]).await;
    assert!(wrong.says("notice") || wrong.says("role=\"alert\""));
    let entered = resident.post(&format!("{link}/code"), &[("code", &code)]).await;
    assert!(resident.follow(&entered).await.says("同意して受け取る"));
    let agreed = resident.post(&format!("{link}/consent"), &[]).await;
    assert!(resident.follow(&agreed).await.says("ダウンロード"));
    let file = resident.post(&format!("{link}/download"), &[]).await;
    assert_eq!(file.header("content-type"), "application/pdf");
    assert!(file.header("content-disposition").starts_with("attachment; filename="));
    assert!(file.body.starts_with(PDF), "sealing appends");
    arrived(&mut clerk, &notice).await;
    (notice, file.body)
}

pub async fn draft(clerk: &mut Browser) -> String {
    clerk.get("/notices/new").await;
    let fields = [
        ("kind", "disclosure"),
        ("subject", "公文書の開示について（決定）"),
        ("recipient", "見本　太郎"),
        ("reasons", "条例7条2号に当たる部分を除いて開示する。"),
        ("instructions", "この決定に不服があるときは、3か月以内に審査請求ができます。"),
    ];
    let drafted = clerk.upload("/notices/new", &fields, ("pdf", "../決定 通知.pdf", PDF)).await;
    let notice = drafted.place().split('?').next().expect("a path").to_owned();
    assert!(clerk.follow(&drafted).await.says("起案を保存しました"));
    let submitted = clerk.post(&format!("{notice}/submit"), &[]).await;
    clerk.follow(&submitted).await;
    notice
}

#[tokio::test]
async fn whoever_has_not_agreed_gets_paper_and_a_keeper_returns_what_cannot_be_sealed() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    let notice = draft(&mut clerk).await;
    approve_and_seal(&city, &notice).await;
    let page = clerk.get(&notice).await;
    assert!(page.says("紙で施行する") && !page.says("/issue\""), "{}", page.text());
    let turned = clerk.post(&format!("{notice}/to-paper"), &[("reason", "同意がないため")]).await;
    let page = clerk.follow(&turned).await;
    assert!(page.says("紙の交付に切替") && page.says("8見総第1号"), "{}", page.text());

    let other = draft(&mut clerk).await;
    let mut approver = sign_in(&city, "suzuki").await;
    approver.get(&other).await;
    let hash = Sha256Hex::of(PDF).to_string();
    approver.post(&format!("{other}/approve"), &[("hash", hash.as_str())]).await;
    let mut keeper = sign_in(&city, "takahashi").await;
    assert!(keeper.get(&other).await.says("差し戻す"));
    let returned = keeper.post(&format!("{other}/return"), &[("reason", "すでに署名のあるPDFです")]).await;
    assert!(keeper.follow(&returned).await.says("差し戻しました"));
    assert!(clerk.get(&other).await.says("すでに署名のあるPDFです"));
}

/// Has a submitted notice approved and sealed.
async fn approve_and_seal(city: &City, notice: &str) {
    let id = notice.trim_start_matches("/notices/");
    let hash = Sha256Hex::of(PDF).to_string();
    let mut approver = sign_in(city, "suzuki").await;
    assert!(approver.get("/desk").await.says("公文書の開示について"));
    assert!(approver.get(notice).await.says(&hash));
    approver.post(&format!("{notice}/approve"), &[("hash", &hash)]).await.place();
    let mut keeper = sign_in(city, "takahashi").await;
    assert!(keeper.get("/desk").await.says(&format!("{id}:{hash}")), "each item stands there with its hash");
    let sealed = keeper.post_and_follow("/desk/seal", &[("notice", &format!("{id}:{hash}"))]).await;
    assert!(sealed.says("付与しました"), "{}", sealed.text());
}

pub async fn decide(city: &City, clerk: &mut Browser, notice: &str) -> (String, String) {
    approve_and_seal(city, notice).await;
    clerk.get(notice).await;
    let refused = clerk.post(&format!("{notice}/issue"), &[]).await;
    assert!(refused.says("notice-no-consent"), "no consent, no electronic delivery");
    clerk.get(notice).await;
    let consent = [("method", "application"), ("evidence", "開示請求書 第45号")];
    clerk.post(&format!("{notice}/consent"), &consent).await.place();
    let issued = clerk.post_and_follow(&format!("{notice}/issue"), &[]).await;
    assert!(issued.says("8見総第"), "{}", issued.text());
    assert!(!clerk.get(notice).await.says("<dd class=\"mono code\">"), "link and code are shown once");
    (issued.between("<a href=\"/r/", "\"").prefixed("/r/"), issued.between("<dd class=\"mono code\">", "<"))
}

async fn arrived(clerk: &mut Browser, notice: &str) {
    for _ in 0..50 {
        if clerk.get(notice).await.says("到達：") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the completed download was not recorded");
}

#[tokio::test]
async fn what_an_audit_of_packages_lacks_or_finds_stays_on_the_register() {
    let city = city::with_people().await;
    let mut manager = sign_in(&city, "tanaka").await;
    let file = open_old_file(&mut manager).await;
    assert!(!manager.get("/records").await.says("保存物の点検で見つかった問題"));
    city.clock.set("2026-09-10T02:00:00Z");
    let page = sign_in(&city, "kobayashi").await.get("/records").await;
    assert!(
        page.says("保存物の点検で見つかった問題") && page.says("90日のうちに読み直していない1件"),
        "{}",
        page.text()
    );
    assert_eq!(page.text().matches(&format!("href=\"{file}\"")).count(), 2, "on the register, and above it");
    city.office.audit_in_step(jiff::SignedDuration::from_mins(10)).await.expect("audited");
    // It is counted over all records, and shown for minutes as it was counted.
    city.clock.set("2026-09-10T02:10:00Z");
    assert!(!sign_in(&city, "tanaka").await.get("/records").await.says("保存物の点検で見つかった問題"));
}

async fn verify_as_paper(city: &City, bytes: &[u8]) -> Answer {
    let mut anyone = Browser::new(&city.router);
    anyone.get("/verify").await;
    anyone.upload("/verify/report", &[], ("file", "通知.pdf", bytes)).await
}

pub async fn verify(city: &City, bytes: &[u8]) -> Answer {
    let mut anyone = Browser::new(&city.router);
    anyone.get("/verify").await;
    anyone.upload("/verify", &[], ("file", "通知.pdf", bytes)).await
}

pub async fn open_old_file(manager: &mut Browser) -> String {
    manager.get("/records/files/new").await;
    let fields =
        [("class", "A-01-01"), ("title", "減免決定通知書綴"), ("creator", "総務文書課"), ("opened", "2017-04-03")];
    let opened = manager.post("/records/files/new", &fields).await;
    let file = opened.place().split('?').next().expect("a path").to_owned();
    let id = file.trim_start_matches("/records/files/").to_owned();
    manager.get("/records/ingest").await;
    let fields = [("record_file", id.as_str()), ("title", "減免決定通知書 その1"), ("created", "2017-05-10")];
    let filed = manager.upload("/records/ingest", &fields, ("content", "通知.pdf", PDF)).await;
    assert!(manager.follow(&filed).await.says("文書を保存しました"));
    let closed = manager.post(&format!("{file}/close"), &[("completed", "2018-03-20")]).await;
    assert!(manager.follow(&closed).await.says("文書ファイルを完結しました"));
    file
}

async fn hold_and_release(manager: &mut Browser, file: &str) {
    let id = file.trim_start_matches("/records/files/");
    manager.get("/holds").await;
    let held = manager.post("/holds", &[("target", id), ("kind", "audit"), ("reason", "令和8年度定期監査")]).await;
    let page = manager.follow(&held).await;
    assert!(page.says("廃棄保留を登録しました") && page.says("保留中"));
    let nothing = manager.post("/disposals", &[]).await;
    assert!(nothing.status.is_client_error(), "what is held is on no list");
    let page = manager.get("/holds").await;
    let hold = page.between("name=\"hold\"", "</select>");
    let hold =
        hold.rsplit("<option value=\"").next().and_then(|rest| rest.split('"').next()).expect("one hold").to_owned();
    let released = manager.post("/holds/release", &[("hold", &hold), ("decided", "2026-05-29")]).await;
    let page = manager.follow(&released).await;
    assert!(page.says("廃棄保留の解除を記録しました") && page.says("－ 終了"), "{}", page.text());
}

async fn certify(city: &City, disposal: &str) {
    city.clock.set("2026-06-07T02:00:00Z");
    let mut manager = sign_in(city, "tanaka").await;
    manager.get("/records/files/new").await;
    let fields =
        [("class", "A-01-03"), ("title", "移管・廃棄簿綴"), ("creator", "総務文書課"), ("opened", "2026-04-01")];
    let ledger = manager.post("/records/files/new", &fields).await.place();
    let id = ledger.trim_start_matches("/records/files/").split('?').next().expect("a path").to_owned();
    let certified = manager.post(&format!("{disposal}/certify"), &[("record_file", &id)]).await;
    assert!(manager.follow(&certified).await.says("廃棄証明書を発行しました"));
    let certificate = manager.get(&format!("{disposal}/certificate")).await;
    assert!(certificate.body.starts_with(b"%PDF-"));
    assert!(verify(city, &certificate.body).await.says("verdict good"));
    assert!(manager.get("/disposal-register").await.says("減免決定通知書綴"));
}

/// Puts something in front of a text.
trait Prefixed {
    fn prefixed(self, front: &str) -> String;
}

impl Prefixed for String {
    fn prefixed(self, front: &str) -> String {
        format!("{front}{self}")
    }
}
