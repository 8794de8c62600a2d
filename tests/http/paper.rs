//! A notice on paper by the pages: asked by number and confirmation number, and by the QR code that its seal shows.

use super::browser::{Answer, Browser};
use super::city::{self, City, PDF};
use super::walk::{issue_and_collect, sign_in};
use axum::http::StatusCode;
use fumikura::digest::Sha256Hex;
use fumikura::office::notices::ConfirmationNumber;

const NUMBER: &str = "8見総第1号";

fn code() -> String {
    ConfirmationNumber::of(&Sha256Hex::of(PDF)).to_string()
}

async fn ask(browser: &mut Browser, number: &str, confirmation: &str) -> Answer {
    browser.post("/verify/paper", &[("number", number), ("confirmation", confirmation)]).await
}

async fn anyone(city: &City) -> Browser {
    let mut browser = Browser::new(&city.router);
    assert!(browser.get("/verify").await.says("紙の通知を確認する"));
    browser
}

#[tokio::test]
async fn whoever_has_the_paper_learns_its_effect_and_nothing_else() {
    let city = city::with_people().await;
    let mut holder = anyone(&city).await;
    let before = ask(&mut holder, NUMBER, &code()).await;
    assert!(before.says("見当たりません"), "{}", before.text());
    let (notice, _) = issue_and_collect(&city).await;
    let known = ask(&mut holder, NUMBER, &code()).await;
    assert!(known.says("✓ 有効") && known.says("2026年6月1日に発行") && known.says(NUMBER), "{}", known.text());
    for secret in ["見本　太郎", "公文書の開示", "公文書開示決定通知書", "総務文書課"] {
        assert!(!known.says(secret), "{secret} is told");
    }
    // As a telephone opens what a code shows, without a page before.
    let digits = code().replace('-', "");
    let address = format!("/verify/paper?n={}&c={digits}", super::browser::percent(NUMBER));
    let scanned = Browser::new(&city.router).get(&address).await;
    assert!(scanned.says("✓ 有効") && scanned.header("referrer-policy") == "no-referrer", "{}", scanned.text());
    assert_eq!(scanned.header("cache-control"), "no-store");
    let half = Browser::new(&city.router).get(&format!("/verify/paper?c={digits}")).await;
    assert!(half.says(&digits) && !half.says("有効</h2>") && !half.says("role=\"alert\""), "the number is asked for");

    let mut clerk = sign_in(&city, "sato").await;
    clerk.get(&notice).await;
    clerk.post(&format!("{notice}/revoke"), &[("reason", "誤り")]).await.place();
    let revoked = ask(&mut holder, "８見総第１号", &code().to_lowercase()).await;
    assert!(revoked.says("✕ 取消") && revoked.says("2026年6月1日に取り消されました"), "{}", revoked.text());
    assert!(!revoked.says("誤り"));
}

#[tokio::test]
async fn an_unknown_number_and_a_wrong_code_are_answered_alike() {
    let city = city::with_people().await;
    issue_and_collect(&city).await;
    let mut holder = anyone(&city).await;
    let wrong = ["0000-0000-0000-0000", "FFFF-FFFF-FFFF-FFFF"];
    let answers = [(NUMBER, wrong[0]), ("8見総第2号", wrong[0]), ("なし", wrong[1]), ("8見総第2号", &code())];
    let mut seen = Vec::new();
    for (number, confirmation) in answers {
        let answer = ask(&mut holder, number, confirmation).await;
        assert_eq!(answer.status, StatusCode::OK);
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        seen.push((answer.body, headers));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "the same bytes");
    for (number, confirmation, words) in [
        ("", wrong[0], "文書番号を入力してください"),
        (NUMBER, "", "確認番号を入力してください"),
        (NUMBER, "12345", "16文字です"),
    ] {
        let answer = ask(&mut holder, number, confirmation).await;
        assert!(answer.says(words) && answer.says("aria-invalid"), "{}", answer.text());
    }
    let odd = ask(&mut holder, "<script>1</script>", "x").await;
    assert!(!odd.says("<script>1"), "{}", odd.text());
    holder.forget_token();
    assert!(ask(&mut holder, NUMBER, &code()).await.status.is_client_error(), "a form from elsewhere");
}

#[tokio::test]
async fn who_tries_too_often_is_stopped_by_either_way() {
    let city = city::empty().await;
    let mut holder = Browser::new(&city.alone);
    holder.get("/verify/paper").await;
    for place in 0..60 {
        let digits = format!("{place:016x}");
        let answer = match place % 2 {
            0 => ask(&mut holder, NUMBER, &digits).await,
            _ => holder.get(&format!("/verify/paper?n=1&c={digits}")).await,
        };
        assert_eq!(answer.status, StatusCode::OK, "{place}");
    }
    let address = format!("/verify/paper?n=1&c={:016x}", 61);
    assert_eq!(holder.get(&address).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&mut holder, NUMBER, &code()).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(holder.get("/verify/paper").await.status, StatusCode::OK, "the form itself asks nothing");
}

#[cfg(feature = "templates")]
mod by_camera {
    use super::*;
    use crate::http::typeset::{ASKED, issued};
    use std::process::Command;

    /// Reads the codes on a PDF's first page as a camera does; none where the programs are not there.
    fn read(pdf: &[u8]) -> Option<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.pdf"), pdf).unwrap();
        let page = folder.path().join("page");
        let drawn = Command::new("pdftoppm")
            .args(["-r", "200", "-gray", "-singlefile", "-png"])
            .arg(folder.path().join("a.pdf"))
            .arg(&page)
            .status()
            .ok()?;
        assert!(drawn.success());
        let seen = Command::new("zbarimg").args(["-q", "--raw"]).arg(page.with_extension("png")).output().ok()?;
        Some(String::from_utf8(seen.stdout).unwrap().lines().map(str::to_owned).collect())
    }

    #[tokio::test]
    async fn the_code_on_a_printed_notice_leads_to_its_effect() {
        let Some((city, pdf)) = issued().await else { return };
        let Some(codes) = read(&pdf) else { return };
        let [address] = codes.as_slice() else { panic!("{codes:?}") };
        let path = address.strip_prefix("https://tsuchi.mihon.example.jp").unwrap();
        let seen = Browser::new(&city.router).get(path).await;
        assert!(seen.says("✓ 有効") && seen.says(NUMBER), "{address}: {}", seen.text());
        assert!(!seen.says(ASKED), "and nothing of what it says");
    }
}
