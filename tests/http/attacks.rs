//! What is tried on every web service: forged forms, sessions that somebody else chose, headers with line ends, ways out of the
//! service, requests in requests, floods of fields; and what is another's by its identifier.

use super::accounts::administrators;
use super::api::client::{Client, person};
use super::browser::{Answer, Browser, percent};
use super::city::{self, PASSWORD};
use super::roles::{NOTHING, routes};
use super::walk::{decide, draft, sign_in};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use fumikura::office::tokens::{NewToken, Scope};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// Asks with headers of one's own.
async fn ask(router: &Router, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let response = router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer { status: parts.status, headers: parts.headers, body: to_bytes(body, usize::MAX).await.unwrap().to_vec() }
}

/// Every route of a method, with something in the place of each identifier.
fn paths(method: &str, identifier: &str) -> Vec<String> {
    let routes =
        routes().into_iter().filter_map(|route| route.strip_prefix(method)?.strip_prefix(' ').map(str::to_owned));
    let filled = |route: String| {
        let pieces = route.split('/').map(|piece| if piece.starts_with('{') { identifier } else { piece });
        pieces.collect::<Vec<_>>().join("/")
    };
    routes.map(filled).collect()
}

#[tokio::test]
async fn no_form_is_taken_from_elsewhere() {
    let city = city::with_people().await;
    let mut manager = sign_in(&city, "tanaka").await;
    let own = manager.get("/account").await.between("name=\"token\" value=\"", "\"");
    let other = sign_in(&city, "ito").await.get("/account").await.between("name=\"token\" value=\"", "\"");
    let cookie = manager.cookie().unwrap().to_owned();
    let auditor = person(&city, "kobayashi").await;
    let newest = async || city.office.newest_entries(&auditor, 1).await.unwrap();
    let before = newest().await;
    for path in paths("POST", NOTHING) {
        let forged = async |token: &str, more: &[(&str, &str)]| {
            let headers = [&[("cookie", cookie.as_str()), ("content-type", FORM)], more].concat();
            let answer = ask(&city.router, "POST", &path, &headers, format!("token={token}&reason=x")).await;
            let too_often = answer.status == StatusCode::TOO_MANY_REQUESTS;
            assert!(too_often || answer.says("http-forged-form"), "{path}: {} {}", answer.status, answer.text());
        };
        city.clock.set("2026-06-01T01:01:00Z");
        forged("", &[]).await;
        forged(&other, &[]).await;
        forged(&own[1..], &[]).await;
        forged(&own, &[("sec-fetch-site", "cross-site")]).await;
        forged(&own, &[("sec-fetch-site", "same-site")]).await;
        let json = ask(&city.router, "POST", &path, &[("cookie", &cookie), ("content-type", "text/plain")], "{}").await;
        assert!(json.status.is_client_error(), "{path}: {}", json.status);
    }
    assert_eq!(newest().await, before, "nothing was done");
}

#[tokio::test]
async fn a_session_that_somebody_else_chose_is_never_the_one_that_is_signed_in() {
    let city = city::with_people().await;
    let chosen = format!("fumikura={}", "a".repeat(64));
    let mut victim = Browser::new(&city.router);
    victim.set_cookie(Some(chosen.clone()));
    victim.get("/sign-in").await;
    assert_eq!(victim.cookie(), Some(chosen.as_str()), "before anybody is known the cookie says nothing");
    victim.post("/sign-in", &[("login", "sato"), ("password", PASSWORD), ("next", "/desk")]).await.place();
    assert_ne!(victim.cookie(), Some(chosen.as_str()));
    let mut attacker = Browser::new(&city.router);
    attacker.set_cookie(Some(chosen.clone()));
    assert_eq!(attacker.get("/desk").await.place(), "/sign-in?next=/desk");
    // A recipient's code changes it as well.
    let notice = draft(&mut victim).await;
    let (link, code) = decide(&city, &mut victim, &notice).await;
    let mut recipient = Browser::new(&city.router);
    recipient.set_cookie(Some(chosen.clone()));
    recipient.get(&link).await;
    recipient.post(&format!("{link}/code"), &[("code", &code)]).await.place();
    assert!(recipient.get(&link).await.says("同意して受け取る"));
    assert!(!attacker.get(&link).await.says("同意して受け取る"));
    // What was proven for one link opens no other.
    let other = draft(&mut victim).await;
    let (other, _) = decide(&city, &mut victim, &other).await;
    assert!(recipient.get(&other).await.says("受取コード"));
    for deed in ["consent", "download", "received", "withdraw"] {
        let refused = recipient.post(&format!("{other}/{deed}"), &[]).await;
        assert!(refused.says("http-code-needed"), "{deed}: {} {}", refused.status, refused.text());
    }
    // Cookies that were never made here are none.
    for odd in ["fumikura=", "fumikura=zz", &format!("fumikura={}", "A".repeat(64)), &format!("{chosen}0"), ";;;=;"] {
        let answer = ask(&city.router, "GET", "/sign-in", &[("cookie", odd)], "").await;
        assert!(answer.header("set-cookie").starts_with("fumikura="), "{odd}");
        assert!(answer.header("set-cookie").ends_with("; Path=/; HttpOnly; SameSite=Lax"));
    }
}

#[tokio::test]
async fn nothing_in_an_address_breaks_a_header_or_the_service() {
    let city = city::with_people().await;
    let cookie = sign_in(&city, "tanaka").await.cookie().unwrap().to_owned();
    let long = "a".repeat(4_000);
    for odd in ["%0d%0aX-Evil:%201", "%FF%FE", "%00", "..%2f..%2fetc%2fpasswd", &long, "%2e%2e;a=%22%3E"] {
        for (method, cookie) in [("GET", ""), ("GET", &cookie), ("POST", ""), ("POST", &cookie)] {
            for path in paths(method, odd).into_iter().filter(|path| path.contains(odd)) {
                let answer = ask(&city.router, method, &path, &[("cookie", cookie), ("content-type", FORM)], "").await;
                let text = answer.text();
                assert!(!answer.status.is_server_error(), "{method} {path}: {text}");
                assert!(!answer.headers.contains_key("x-evil"), "{path}");
                // The menu's own script is named by every page of staff.
                let text = text.replace("<script src=\"/assets/page.js\" defer></script>", "");
                let is_ours = text.contains("コード <span") && !text.contains("<script");
                assert!(is_ours || !answer.status.is_client_error(), "{method} {path}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn signing_in_leads_nowhere_else_and_names_no_other_host() {
    let city = city::with_people().await;
    let elsewhere = [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\r\nX-Evil: 1",
        "/\0",
        "/\u{7f}",
        "/\u{85}/",
        "",
        " //evil.example",
        "desk",
    ];
    for next in elsewhere {
        let mut browser = Browser::new(&city.router);
        let page = browser.get(&format!("/sign-in?next={}", percent(next))).await;
        assert!(!page.says("evil.example") && page.says("value=\"/desk\""), "{next:?}: {}", page.text());
        let entered = browser.post("/sign-in", &[("login", "sato"), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!(entered.place(), "/desk", "{next:?}");
    }
    let evil = [("host", "evil.example"), ("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example")];
    for path in ["/", "/sign-in", "/desk", "/verify", "/help", "/nowhere", "/api/openapi.json", "/api/v1/notices"] {
        let answer = ask(&city.router, "GET", path, &evil, "").await;
        let heads = format!("{:?}", answer.headers);
        assert!(!answer.says("evil.example") && !heads.contains("evil.example"), "{path}: {heads}");
    }
}

#[tokio::test]
async fn no_page_is_kept_on_its_way_and_none_is_framed() {
    let city = city::with_people().await;
    let mut auditor = sign_in(&city, "kobayashi").await;
    let mut anyone = Browser::new(&city.router);
    for path in paths("GET", NOTHING) {
        for browser in [&mut auditor, &mut anyone] {
            let answer = browser.get(&path).await;
            let kept = answer.header("cache-control");
            assert!(kept == "no-store" || path.starts_with("/assets/") || path == "/verify/trust", "{path}: {kept:?}");
            let policy = answer.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"), "{path}: {policy}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        }
    }
}

#[tokio::test]
async fn floods_of_fields_and_parts_are_refused_before_they_cost_anything() {
    let city = city::with_people().await;
    let mut anyone = Browser::new(&city.router);
    let token = anyone.get("/verify").await.between("name=\"token\" value=\"", "\"");
    let cookie = anyone.cookie().unwrap().to_owned();
    let post = async |path: &str, kind: &str, body: String| {
        ask(&city.router, "POST", path, &[("cookie", &cookie), ("content-type", kind)], body).await
    };
    let many = format!("token={token}{}", "&a".repeat(2_000));
    assert!(post("/verify", FORM, many.clone()).await.says("http-bad-form"));
    assert!(post("/sign-in", FORM, many).await.says("http-bad-form"));
    let large = format!("token={token}&a={}", "a".repeat(300 * 1024));
    assert_eq!(post("/sign-in", FORM, large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let part =
        |name: &str, value: &str| format!("--e\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let multipart = "multipart/form-data; boundary=e";
    let all = |body: String| format!("{}{body}--e--\r\n", part("token", &token));
    assert!(post("/verify", multipart, all(part("a", "").repeat(2_000))).await.says("http-bad-form"));
    let long = post("/verify", multipart, all(part(&"n".repeat(1 << 20), ""))).await;
    assert!(!long.status.is_server_error(), "{}", long.status);
    assert_eq!(
        post("/verify", multipart, all(part("a", &"x".repeat(65 * 1024)))).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let nested = part("a", "").replace("name=\"a\"", "name=\"a\"\r\ncontent-type: multipart/mixed; boundary=e");
    for odd in [nested, "--e\r\n".repeat(3_000), format!("--e\r\n{}\r\n", "x: y\r\n".repeat(200)), part("a", "--e")] {
        let answer = post("/verify", multipart, all(odd)).await;
        assert!(answer.status.is_client_error() || answer.status == StatusCode::OK, "{}", answer.status);
    }
    for kind in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        &format!("multipart/form-data; boundary={}", "b".repeat(5_000)),
    ] {
        let answer = post("/verify", kind, all(String::new())).await;
        assert!(answer.status.is_client_error(), "{kind}: {}", answer.status);
    }
}

#[tokio::test]
async fn who_sends_slowly_keeps_nobody_else_out() {
    let city = city::with_people().await;
    let client = Client::of_one(&city, String::new()).await;
    let page = client.get("/verify").await;
    let (cookie, token) = (page.header("set-cookie").split(';').next().unwrap().to_owned(), token_in(&page.body));
    let head = format!("cookie: {cookie}\r\ncontent-type: {FORM}\r\n");
    let mut slow = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(client.address).await.unwrap();
        let begun = format!("POST /verify HTTP/1.1\r\nhost: x\r\n{head}content-length: 100\r\n\r\ntoken=");
        stream.write_all(begun.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    let form = format!("token={token}");
    let mut busy = 0;
    for _ in 0..50 {
        busy = client.ask("POST", "/verify", &head, form.as_bytes()).await.status;
        if busy == 503 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(busy, 503, "one address has its share");
    // Staff go on.
    let mut clerk = sign_in(&city, "sato").await;
    draft(&mut clerk).await;
    drop(slow);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(client.ask("POST", "/verify", &head, form.as_bytes()).await.status, 200, "no file, but a place");
}

fn token_in(page: &[u8]) -> String {
    let text = String::from_utf8_lossy(page);
    text.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_request_in_a_request_is_never_answered() {
    let city = city::empty().await;
    let address = Client::of(&city, String::new()).await.address;
    let inner = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let post = "POST /sign-in HTTP/1.1\r\nhost: x\r\n";
    let chunked = "transfer-encoding: chunked\r\n";
    for head in [
        format!("{post}content-length: 4\r\n{chunked}\r\n0\r\n\r\n"),
        format!("{post}content-length: 0\r\ncontent-length: {}\r\n\r\n", inner.len()),
        format!("{post}content-length: +0\r\n\r\n"),
        format!("{post}content-length: 0, 4\r\n\r\n"),
        format!("{post}transfer-encoding: identity\r\n\r\n"),
        format!("{post}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        format!("{post}transfer-encoding : chunked\r\n\r\n0\r\n\r\n"),
        format!("{post} x: 1\r\ncontent-length: 0\r\n\r\n"),
        format!("{post}{chunked}\r\nzz\r\n\r\n"),
        format!("{post}{chunked}\r\nffffffffffffffff1\r\n\r\n"),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{head}{inner}").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let read = tokio::time::timeout(std::time::Duration::from_secs(2), stream.read_to_end(&mut answer)).await;
        let text = String::from_utf8_lossy(&answer);
        assert!(!text.ends_with("ok\n"), "{head}:\n{text}");
        assert!(read.is_ok(), "the connection is closed: {head}:\n{text}");
    }
}

#[tokio::test]
async fn what_is_another_persons_is_not_reached_by_its_identifier() {
    let city = city::with_people().await;
    city.office.add_user(None, administrators("kanri", "管理")).await.unwrap();
    let (mut clerk, mut approver) = (sign_in(&city, "sato").await, sign_in(&city, "suzuki").await);
    // A token of somebody else's.
    let new = NewToken {
        name: "試験".into(),
        scopes: [Scope::NoticesRead].into(),
        ends_on: "2026-12-31".parse().unwrap(),
        system: None,
    };
    let owner = person(&city, "suzuki").await;
    let id = city.office.make_token(&owner, new).await.unwrap().id.to_string();
    clerk.get("/tokens").await;
    let refused = clerk.post("/tokens/revoke", &[("id", &id)]).await;
    assert!(refused.status.is_client_error(), "{}", refused.text());
    assert!(city.office.tokens(&owner).await.unwrap().iter().all(|token| token.revoked_at.is_none()));
    // A session of somebody else's.
    let mut second = sign_in(&city, "suzuki").await;
    let session = approver.get("/account").await.between("name=\"session\" value=\"", "\"");
    clerk.get("/account").await;
    let refused = clerk.post("/account/sessions/end", &[("session", &session)]).await;
    assert!(refused.status.is_client_error(), "{}", refused.text());
    assert_eq!(second.get("/account").await.status, StatusCode::OK);
}
