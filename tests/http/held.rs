//! What the page that verifies by itself is made of, as it is handed out.

use super::browser::{Answer, Browser};
use super::city;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use fumikura::browser::{IDENTITY, trust_from_json};
use fumikura::digest::Sha256Hex;
use fumikura::http::{Engine, EngineFault};
use std::io::Read;
use std::sync::Arc;
use tower::ServiceExt;

/// A module that is empty but for what an engine says of itself.
fn module(identity: &str) -> Vec<u8> {
    [b"\0asm\x01\0\0\0".as_slice(), identity.as_bytes()].concat()
}

async fn ask(router: &Router, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    Answer { status: parts.status, headers: parts.headers, body: to_bytes(body, usize::MAX).await.unwrap().to_vec() }
}

#[test]
fn an_engine_of_other_sources_is_refused() {
    let other = IDENTITY.replace(|c: char| c.is_ascii_hexdigit(), "0");
    assert_eq!(Engine::new(module(&other)).unwrap_err(), EngineFault::Foreign);
    assert_eq!(Engine::new(IDENTITY.as_bytes().to_vec()).unwrap_err(), EngineFault::NotWasm);
    assert!(Engine::new(module(IDENTITY)).is_ok());
}

#[tokio::test]
async fn the_page_names_its_engine_by_hash_and_may_run_it_alone() {
    let wasm = module(IDENTITY);
    let city = city::with_engine(Arc::new(Engine::new(wasm.clone()).unwrap())).await;
    let page = ask(&city.router, "/verify", &[]).await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self';") && policy.contains("worker-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let path = page.between("data-wasm=\"", "\"");
    assert_eq!(path, format!("/assets/engine/{}.wasm", Sha256Hex::of(&wasm)));
    let engine = ask(&city.router, &path, &[]).await;
    assert_eq!(engine.body, wasm);
    assert_eq!(engine.header("content-type"), "application/wasm");
    assert!(engine.header("cache-control").contains("immutable"));
    assert_eq!(engine.header("x-content-type-options"), "nosniff");
    let again = ask(&city.router, &path, &[("if-none-match", engine.header("etag"))]).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    let other = path.replace(".wasm", "").replace('a', "b");
    assert_eq!(ask(&city.router, &format!("{other}.wasm"), &[]).await.status, StatusCode::NOT_FOUND);
    for script in [page.between("<script src=\"", "\""), page.between("data-worker=\"", "\"")] {
        let script = ask(&city.router, &script, &[("accept-encoding", "br, gzip")]).await;
        assert_eq!(script.status, StatusCode::OK);
        assert!(script.header("content-type").starts_with("text/javascript"));
        assert_eq!(script.header("content-encoding"), "gzip");
        let mut text = String::new();
        flate2::read::GzDecoder::new(&script.body[..]).read_to_string(&mut text).unwrap();
        assert!(text.contains("\"use strict\""));
    }
    let worker = ask(&city.router, &page.between("data-worker=\"", "\""), &[]).await;
    assert_eq!(
        worker.header("content-security-policy"),
        "default-src 'none'; script-src 'wasm-unsafe-eval'",
        "whoever reads the file may not connect to anything"
    );
}

#[tokio::test]
async fn without_an_engine_the_page_has_no_script_and_takes_the_file() {
    let city = city::empty().await;
    let page = ask(&city.router, "/verify", &[]).await;
    assert!(!page.says("<script") && !page.says("data-wasm") && page.says("enctype=\"multipart/form-data\""));
    assert!(!page.header("content-security-policy").contains("script-src"));
}

#[tokio::test]
async fn trust_is_public_dated_and_asked_for_anew() {
    let city = city::empty().await;
    let trust = ask(&city.router, "/verify/trust", &[]).await;
    assert_eq!(trust.header("content-type"), "application/json");
    assert_eq!(trust.header("cache-control"), "no-cache");
    assert_eq!(trust.header("date"), "Mon, 01 Jun 2026 01:00:00 GMT", "the service's clock, not this machine's");
    assert_eq!(trust.header("set-cookie"), "", "nobody is recognised");
    let judge = trust_from_json(&trust.body).unwrap();
    assert_eq!(judge.crls.len(), city.office.judge().crls.len());
    let tag = trust.header("etag").to_owned();
    let known = ask(&city.router, "/verify/trust", &[("if-none-match", &tag)]).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    city.office.renew_lists(Vec::new());
    let renewed = ask(&city.router, "/verify/trust", &[("if-none-match", &tag)]).await;
    assert_eq!(renewed.status, StatusCode::OK);
    assert!(trust_from_json(&renewed.body).unwrap().crls.is_empty());
}

#[tokio::test]
async fn the_effect_of_a_notice_is_told_for_its_whole_hash_only() {
    let city = city::with_people().await;
    let (_, sealed) = super::walk::issue_and_collect(&city).await;
    let hash = Sha256Hex::of(&sealed).to_string();
    let mut anyone = Browser::new(&city.router);
    anyone.get("/verify").await;
    let told = anyone.post("/verify/effect", &[("hash", &hash)]).await;
    assert!(told.says("取り消されておらず") && !told.says("<html"), "{}", told.text());
    for part in [&hash[..63], &hash[..8], "", "%"] {
        assert_eq!(anyone.post("/verify/effect", &[("hash", part)]).await.status, StatusCode::BAD_REQUEST, "{part}");
    }
    let other = Sha256Hex::of(b"another file").to_string();
    assert!(anyone.post("/verify/effect", &[("hash", &other)]).await.says("台帳には見当たりません"));
    anyone.forget_token();
    assert_eq!(anyone.post("/verify/effect", &[("hash", &hash)]).await.status, StatusCode::FORBIDDEN);
}
