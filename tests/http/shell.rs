//! What stands around every page: headers, cookies, form tokens, limits, pages for refusals.

use super::browser::Browser;
use super::city;
use super::walk::sign_in;
use axum::http::StatusCode;

#[tokio::test]
async fn every_answer_carries_the_strict_headers() {
    let city = city::empty().await;
    let mut browser = Browser::new(&city.router);
    for path in ["/", "/verify", "/sign-in", "/healthz", "/assets/style.css", "/nothing-here"] {
        let answer = browser.get(path).await;
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'; style-src 'self'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "no TLS, no promise of it: {path}");
    }
}

#[tokio::test]
async fn pages_hold_nothing_the_policy_forbids() {
    let city = city::empty().await;
    let mut browser = Browser::new(&city.router);
    for path in ["/", "/verify", "/sign-in", "/nothing-here"] {
        let text = browser.get(path).await.text();
        for forbidden in ["<script", " style=\"", " onclick", "http://", "https://"] {
            assert!(!text.contains(forbidden), "{path} holds {forbidden}");
        }
        assert!(
            text.contains("<html lang=\"ja\">")
                && text.contains("<main id=\"main\"")
                && text.contains("class=\"skip\"")
        );
    }
}

#[tokio::test]
async fn over_tls_the_cookie_is_bound_to_the_host_and_secure() {
    let city = city::over_tls().await;
    let mut browser = Browser::new(&city.router);
    let answer = browser.get("/sign-in").await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-fumikura="), "{cookie}");
    assert!(
        cookie.contains("; Secure") && cookie.contains("; HttpOnly") && cookie.contains("; SameSite=Lax"),
        "{cookie}"
    );
    assert!(cookie.contains("Path=/") && !cookie.contains("Domain"), "{cookie}");
    assert!(!answer.header("strict-transport-security").is_empty());
}

#[tokio::test]
async fn a_form_without_its_token_is_refused_with_a_page() {
    let city = city::empty().await;
    let mut browser = Browser::new(&city.router);
    browser.get("/sign-in").await;
    browser.forget_token();
    let answer = browser.post("/sign-in", &[("login", "a"), ("password", "b")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.says("http-forged-form") && answer.says("画面を開き直して"));
}

#[tokio::test]
async fn another_browsers_token_is_refused() {
    let city = city::empty().await;
    let (mut one, mut other) = (Browser::new(&city.router), Browser::new(&city.router));
    let token = one.get("/sign-in").await.between("name=\"token\" value=\"", "\"");
    other.get("/sign-in").await;
    other.forget_token();
    let answer = other.post("/sign-in", &[("token", token.as_str()), ("login", "a"), ("password", "b")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn refusals_of_the_router_are_pages_in_japanese() {
    let city = city::empty().await;
    let mut browser = Browser::new(&city.router);
    let missing = browser.get("/no/such/page").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(missing.says("お探しのページはありません") && missing.says("http-no-page"));
    let method = browser.post("/", &[]).await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(method.says("http-bad-method") && !method.header("allow").is_empty());
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_with_a_page() {
    let city = city::empty().await;
    let mut browser = Browser::new(&city.router);
    browser.get("/verify").await;
    let large = vec![b'x'; 2 * 1024 * 1024];
    let answer = browser.upload("/verify", &[], ("file", "large.pdf", &large)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.says("http-too-large"));
}

#[tokio::test]
async fn staff_pages_send_strangers_to_the_sign_in_page_and_back() {
    let city = city::empty().await;
    let mut browser = Browser::new(&city.router);
    for path in ["/desk", "/records", "/holds", "/disposals", "/audit", "/notices/new"] {
        assert_eq!(browser.get(path).await.place(), format!("/sign-in?next={path}"));
    }
}

#[tokio::test]
async fn a_hall_of_people_behind_one_address_signs_in() {
    let city = city::with_people().await;
    for _ in 0..30 {
        sign_in(&city, "sato").await;
    }
    let mut browser = Browser::new(&city.router);
    browser.get("/sign-in").await;
    let wrong = [("login", "sato"), ("password", "wrong wrong")];
    let answer = browser.post("/sign-in", &wrong).await;
    assert_ne!(answer.status, StatusCode::TOO_MANY_REQUESTS, "only what is wrong counts");
}

#[tokio::test]
async fn signing_in_too_often_is_stopped_for_a_while() {
    let city = city::empty().await;
    let mut browser = Browser::new(&city.alone);
    browser.get("/sign-in").await;
    let mut last = StatusCode::OK;
    for _ in 0..25 {
        last = browser.post("/sign-in", &[("login", "nobody"), ("password", "wrong wrong")]).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}
