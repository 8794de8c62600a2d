//! Signing in by an identity provider: one that is written here and lies, and a real one.

use super::account::enrol;
use super::again::{answer_to, is_question};
use super::browser::{Answer, Browser, percent};
use super::city::{self, City, PASSWORD};
use super::walk::sign_in;
use crate::engine::pki::pki;
use crate::office::factors::authenticator;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fumikura::fetch::oidc::{Oidc, OidcOptions};
use fumikura::http::Provider;
use fumikura::office::Role;
use fumikura::time::Clock;
use ring::digest::{SHA256, digest};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use serde_json::{Value, json};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

const CLIENT: &str = "fumikura";
const SECRET: &str = "a secret: & not %";
const ACCESS: &str = "access-token-1";
const BACK: &str = "https://bunko.mihon.example/sign-in/provider/back";

/// How the next token is signed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sign {
    Rs256,
    Ps256,
    Es256,
    /// By nobody.
    Nothing,
    /// By the public key as if it were a shared secret.
    Hs256,
    /// By a key that is not the provider's.
    Stranger,
    /// As one of the provider's, but says to be signed by another algorithm.
    Swapped,
}

/// What the provider does next.
#[derive(Clone)]
struct Next {
    claims: Value,
    head: Value,
    sign: Sign,
    status: StatusCode,
    more: Value,
}

struct Its {
    address: String,
    next: Next,
    /// What the token endpoint was sent: its head and form.
    sent: Vec<(String, String)>,
    issuer: String,
}

type Shared = Arc<Mutex<Its>>;

#[expect(clippy::disallowed_methods, reason = "a provider has its own randomness")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

fn rsa(name: &str) -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(pki().pkcs8(name)).unwrap()
}

fn ec() -> EcdsaKeyPair {
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pki().pkcs8("signer-p256"), &random()).unwrap()
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn keys() -> Value {
    let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(rsa("signer-rsa2048").public());
    let key = ec();
    let point = key.public_key().as_ref();
    json!({ "keys": [
        { "kty": "oct", "kid": "shared", "k": "AAAA" },
        { "kty": "RSA", "kid": "rsa", "use": "sig", "n": text(&n), "e": text(&e) },
        { "kty": "EC", "kid": "ec", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..]) },
        { "kty": "RSA", "kid": "for-secrets", "use": "enc", "n": text(&n), "e": text(&e) },
    ] })
}

fn token(next: &Next) -> String {
    let (alg, kid) = match next.sign {
        Sign::Rs256 | Sign::Stranger => ("RS256", "rsa"),
        Sign::Ps256 | Sign::Swapped => ("PS256", "rsa"),
        Sign::Es256 => ("ES256", "ec"),
        Sign::Nothing => ("none", "rsa"),
        Sign::Hs256 => ("HS256", "rsa"),
    };
    let mut head = json!({ "alg": alg, "kid": kid, "typ": "JWT" });
    for (name, value) in next.head.as_object().unwrap() {
        head[name] = value.clone();
    }
    let signed = format!("{}.{}", text(head.to_string().as_bytes()), text(next.claims.to_string().as_bytes()));
    let by_rsa = |key: &RsaKeyPair, pss: bool| {
        let mut signature = vec![0; key.public().modulus_len()];
        let padding: &dyn ring::signature::RsaEncoding = if pss { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
        key.sign(padding, &random(), signed.as_bytes(), &mut signature).unwrap();
        signature
    };
    let signature = match next.sign {
        Sign::Rs256 | Sign::Swapped => by_rsa(&rsa("signer-rsa2048"), false),
        Sign::Ps256 => by_rsa(&rsa("signer-rsa2048"), true),
        Sign::Stranger => by_rsa(&rsa("tsa"), false),
        Sign::Es256 => ec().sign(&random(), signed.as_bytes()).unwrap().as_ref().to_vec(),
        Sign::Nothing => Vec::new(),
        Sign::Hs256 => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, keys()["keys"][1].to_string().as_bytes());
            hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
        }
    };
    format!("{signed}.{}", text(&signature))
}

async fn configuration(State(its): State<Shared>) -> Json<Value> {
    let its = its.lock().unwrap();
    let end = |name: &str| format!("{}/{name}", its.address);
    Json(json!({ "issuer": its.issuer, "authorization_endpoint": end("authorize"), "token_endpoint": end("token"),
        "jwks_uri": end("keys"), "userinfo_endpoint": end("userinfo"), "response_types_supported": ["code"] }))
}

async fn tokens(State(its): State<Shared>, headers: HeaderMap, form: Bytes) -> (StatusCode, Json<Value>) {
    let mut its = its.lock().unwrap();
    let login = headers.get("authorization").map_or("", |value| value.to_str().unwrap()).to_owned();
    its.sent.push((login, String::from_utf8(form.to_vec()).unwrap()));
    let answer = json!({ "token_type": "Bearer", "access_token": ACCESS, "id_token": token(&its.next) });
    (its.next.status, Json(answer))
}

async fn userinfo(State(its): State<Shared>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    let is_known = headers.get("authorization").is_some_and(|value| value == &format!("Bearer {ACCESS}"));
    let status = if is_known { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
    (status, Json(its.lock().unwrap().next.more.clone()))
}

/// A city whose staff may sign in at a provider.
struct Scene {
    city: City,
    its: Shared,
}

async fn scene(change: impl FnOnce(&mut OidcOptions)) -> Scene {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let next = Next { claims: json!({}), head: json!({}), sign: Sign::Rs256, status: StatusCode::OK, more: json!({}) };
    let its = Its { address: address.clone(), next, sent: Vec::new(), issuer: address.clone() };
    let its = Arc::new(Mutex::new(its));
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(configuration))
        .route("/keys", get(async || Json(keys())))
        .route("/token", post(tokens))
        .route("/userinfo", get(userinfo))
        .with_state(Arc::clone(&its));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut options = options(&address);
    change(&mut options);
    let city = city::with_provider(provider(options)).await;
    Scene { city, its }
}

fn options(issuer: &str) -> OidcOptions {
    OidcOptions {
        issuer: issuer.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: SECRET.to_owned().into(),
        authorities: Vec::new(),
        back: BACK.to_owned(),
        login_claim: "preferred_username".to_owned(),
        section_claim: None,
        acr: Vec::new(),
        amr: Vec::new(),
        is_second_factor: false,
        make_accounts: false,
        roles: None,
        patience: Duration::from_secs(20),
    }
}

fn provider(options: OidcOptions) -> Provider {
    Provider { way: Arc::new(Oidc::new(options).unwrap()), name: "庁内の認証基盤".to_owned() }
}

/// What an address asks for, by name.
fn asked(address: &str, name: &str) -> String {
    let (_, query) = address.split_once('?').unwrap();
    let found = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    found.map_or_else(String::new, |(_, value)| {
        percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned()
    })
}

impl Scene {
    /// Sends a browser to the provider; returns where it was sent.
    async fn leave(&self, browser: &mut Browser, next: &str) -> String {
        browser.get("/sign-in").await;
        browser.get(&format!("/sign-in/provider?next={}", percent(next))).await.place()
    }

    /// What an honest provider says of somebody to a browser that was sent to an address.
    fn honest(&self, sent: &str, login: &str) -> Value {
        let now = self.city.clock.now().as_second();
        json!({ "iss": self.its.lock().unwrap().address, "aud": CLIENT, "sub": format!("subject of {login}"),
            "preferred_username": login, "exp": now + 300, "iat": now, "auth_time": now, "nonce": asked(sent, "nonce"),
            "at_hash": text(&digest(&SHA256, ACCESS.as_bytes()).as_ref()[..16]) })
    }

    fn says(&self, claims: Value) {
        self.its.lock().unwrap().next.claims = claims;
    }

    fn signs(&self, sign: Sign, head: Value) {
        let mut its = self.its.lock().unwrap();
        (its.next.sign, its.next.head) = (sign, head);
    }

    /// Brings the browser back as the provider would send it.
    async fn back(&self, browser: &mut Browser, sent: &str) -> Answer {
        browser.get(&format!("/sign-in/provider/back?code=c-1&state={}", asked(sent, "state"))).await
    }

    async fn enter(&self, login: &str, next: &str) -> (Browser, Answer) {
        let mut browser = Browser::new(&self.city.router);
        let sent = self.leave(&mut browser, next).await;
        self.says(self.honest(&sent, login));
        let answer = self.back(&mut browser, &sent).await;
        (browser, answer)
    }
}

#[tokio::test]
async fn staff_sign_in_at_the_provider_with_a_code_that_only_we_can_exchange() {
    let scene = scene(|_| {}).await;
    for sign in [Sign::Rs256, Sign::Ps256, Sign::Es256] {
        scene.its.lock().unwrap().next.sign = sign;
        let mut browser = Browser::new(&scene.city.router);
        let page = browser.get("/sign-in?next=/records").await;
        assert!(page.says("庁内の認証基盤でサインイン"), "{}", page.text());
        let sent = scene.leave(&mut browser, "/records").await;
        assert!(sent.starts_with(&format!("{}/authorize?response_type=code&", scene.its.lock().unwrap().address)));
        assert_eq!((asked(&sent, "redirect_uri").as_str(), asked(&sent, "scope").as_str()), (BACK, "openid profile"));
        scene.says(scene.honest(&sent, "sato"));
        let before = browser.cookie().map(str::to_owned);
        let answer = scene.back(&mut browser, &sent).await;
        assert_eq!(answer.place(), "/records", "{sign:?}");
        assert_ne!(browser.cookie().map(str::to_owned), before, "no earlier cookie gains by it");
        assert!(browser.get("/account").await.says("認証基盤"));
        let (login, form) = scene.its.lock().unwrap().sent.pop().unwrap();
        let pair =
            format!("{CLIENT}:{}", percent_encoding::utf8_percent_encode(SECRET, percent_encoding::NON_ALPHANUMERIC));
        assert_eq!(login, format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)));
        let verifier = asked(&format!("?{form}"), "code_verifier");
        assert_eq!(
            asked(&sent, "code_challenge"),
            text(digest(&SHA256, verifier.as_bytes()).as_ref()),
            "RFC 7636, 4.6"
        );
        assert!(verifier.len() >= 43 && !sent.contains(&verifier) && !sent.contains(SECRET));
        let again = scene.back(&mut browser, &sent).await;
        assert!(again.says("http-provider-unasked"), "an answer counts once");
    }
}

/// Claims that no honest provider makes of somebody here now.
fn lies(address: &str, now: i64) -> Vec<(&'static str, Value)> {
    vec![
        ("iss", json!("https://evil.example")),
        ("iss", json!(format!("{address}/"))),
        ("iss", Value::Null),
        ("aud", json!("another")),
        ("aud", json!(["another"])),
        ("aud", json!([CLIENT, "another"])),
        ("aud", json!([])),
        ("azp", json!("another")),
        ("exp", json!(now - 61)),
        ("exp", Value::Null),
        ("exp", json!("never")),
        ("iat", json!(now + 120)),
        ("iat", json!(now - 3600)),
        ("iat", Value::Null),
        ("nbf", json!(now + 120)),
        ("nonce", json!("of another question")),
        ("nonce", Value::Null),
        ("sub", json!("")),
        ("sub", Value::Null),
        ("at_hash", json!("AAAA")),
        ("preferred_username", Value::Null),
        ("preferred_username", json!(7)),
    ]
}

#[tokio::test]
async fn a_token_that_is_not_for_this_question_lets_nobody_in() {
    let scene = scene(|_| {}).await;
    let address = scene.its.lock().unwrap().address.clone();
    let now = scene.city.clock.now().as_second();
    for (name, lie) in lies(&address, now) {
        let mut browser = Browser::new(&scene.city.router);
        let sent = scene.leave(&mut browser, "/records").await;
        let mut claims = scene.honest(&sent, "sato");
        claims[name] = lie.clone();
        scene.says(claims);
        let answer = scene.back(&mut browser, &sent).await;
        assert!(answer.says("認証基盤からの答えを信用できません"), "{name} {lie}: {}", answer.text());
        assert_eq!(browser.get("/desk").await.place(), "/sign-in?next=/desk");
    }
    let ways = [
        (Sign::Nothing, json!({})),
        (Sign::Nothing, json!({ "alg": "None" })),
        (Sign::Hs256, json!({})),
        (Sign::Stranger, json!({})),
        (Sign::Swapped, json!({})),
        (Sign::Rs256, json!({ "kid": "of-nobody" })),
        (Sign::Rs256, json!({ "kid": "for-secrets" })),
        (Sign::Rs256, json!({ "kid": "ec" })),
        (Sign::Es256, json!({ "alg": "RS256" })),
        (Sign::Rs256, json!({ "crit": ["x"], "x": 1 })),
        (Sign::Rs256, json!({ "alg": "RS512" })),
    ];
    for (sign, head) in ways {
        let mut browser = Browser::new(&scene.city.router);
        let sent = scene.leave(&mut browser, "/records").await;
        scene.says(scene.honest(&sent, "sato"));
        scene.signs(sign, head.clone());
        let answer = scene.back(&mut browser, &sent).await;
        assert!(answer.says("認証基盤からの答えを信用できません"), "{sign:?} {head}: {}", answer.text());
        scene.signs(Sign::Rs256, json!({}));
    }
    // What clocks may differ by is not held against anybody.
    let mut browser = Browser::new(&scene.city.router);
    let sent = scene.leave(&mut browser, "/records").await;
    let mut claims = scene.honest(&sent, "sato");
    (claims["exp"], claims["iat"], claims["aud"]) = (json!(now - 30), json!(now + 30), json!([CLIENT, "another"]));
    claims["azp"] = json!(CLIENT);
    scene.says(claims);
    assert_eq!(scene.back(&mut browser, &sent).await.place(), "/records");
}

#[tokio::test]
async fn an_answer_counts_in_the_browser_that_asked_and_leads_nowhere_else() {
    let scene = scene(|_| {}).await;
    let (mut one, mut other) = (Browser::new(&scene.city.router), Browser::new(&scene.city.router));
    let sent = scene.leave(&mut one, "/records").await;
    scene.says(scene.honest(&sent, "sato"));
    // Somebody is made to come back with another's answer.
    assert!(scene.back(&mut other, &sent).await.says("http-provider-unasked"));
    scene.leave(&mut other, "/records").await;
    assert!(scene.back(&mut other, &sent).await.says("http-provider-unasked"));
    assert_eq!(other.get("/desk").await.place(), "/sign-in?next=/desk");
    let iss = format!(
        "/sign-in/provider/back?code=c&state={}&iss={}",
        asked(&sent, "state"),
        percent("https://evil.example")
    );
    assert!(one.get(&iss).await.says("認証基盤からの答えを信用できません"), "RFC 9207");
    assert!(scene.back(&mut one, &sent).await.says("http-provider-unasked"), "whatever came of it, it counts once");
    let sent = scene.leave(&mut one, "/records").await;
    let denied = format!("/sign-in/provider/back?error=access_denied&state={}", asked(&sent, "state"));
    assert!(one.get(&denied).await.says("認証基盤で確かめられませんでした"));
    let sent = scene.leave(&mut one, "/records").await;
    scene.city.clock.set("2026-06-01T01:11:00Z");
    assert!(scene.back(&mut one, &sent).await.says("http-provider-unasked"), "too late");
    for elsewhere in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        let (_, answer) = scene.enter("sato", elsewhere).await;
        assert_eq!(answer.place(), "/desk", "{elsewhere}");
    }
    scene.its.lock().unwrap().next.status = StatusCode::BAD_REQUEST;
    let (_, answer) = scene.enter("sato", "/records").await;
    assert!(answer.says("認証基盤で確かめられませんでした"), "{}", answer.text());
}

#[tokio::test]
async fn accounts_and_roles_come_from_the_provider_only_where_the_city_says_so() {
    let stern = scene(|_| {}).await;
    let (_, answer) = stern.enter("nakamura", "/desk").await;
    assert!(answer.says("アカウントが、ここにはありません"), "{}", answer.text());
    let (_, answer) = stern.enter("sato", "/desk").await;
    assert_eq!(answer.place(), "/desk");
    // The login has come to another person there.
    let mut browser = Browser::new(&stern.city.router);
    let sent = stern.leave(&mut browser, "/desk").await;
    let mut claims = stern.honest(&sent, "sato");
    (claims["sub"], claims["groups"]) = (json!("somebody else"), json!(["admins"]));
    stern.says(claims);
    assert!(stern.back(&mut browser, &sent).await.says("アカウントが、ここにはありません"));
    stern.city.office.disable_user(None, "sato").await.unwrap();
    assert!(stern.enter("sato", "/desk").await.1.says("アカウントが、ここにはありません"));

    let open = scene(|options| {
        options.make_accounts = true;
        options.section_claim = Some("section".to_owned());
        let map = [("bunko-clerk".to_owned(), Role::Clerk), ("bunko-audit".to_owned(), Role::Auditor)];
        options.roles = Some(("groups".to_owned(), map.into()));
    })
    .await;
    for (groups, roles) in
        [(json!(["bunko-clerk", "admins"]), "起案者"), (json!("bunko-audit"), "監査"), (json!([]), "")]
    {
        let mut browser = Browser::new(&open.city.router);
        let sent = open.leave(&mut browser, "/account").await;
        open.says(open.honest(&sent, "nakamura"));
        // What the token does not say is asked for.
        open.its.lock().unwrap().next.more = json!({ "sub": "subject of nakamura", "groups": groups, "section": "税務課",
            "preferred_username": "sato" });
        assert_eq!(open.back(&mut browser, &sent).await.place(), "/account");
        let page = browser.get("/account").await;
        assert!(page.says("税務課") && page.says("nakamura") && page.says(&format!("（{roles}）")), "{}", page.text());
    }
    let mut browser = Browser::new(&open.city.router);
    let sent = open.leave(&mut browser, "/account").await;
    open.says(open.honest(&sent, "nakamura"));
    open.its.lock().unwrap().next.more = json!({ "sub": "another", "groups": ["bunko-clerk"] });
    assert!(open.back(&mut browser, &sent).await.says("認証基盤からの答えを信用できません"));
}

#[tokio::test]
async fn what_is_demanded_of_the_provider_counts_as_a_second_factor_only_where_the_city_says_so() {
    for is_second_factor in [false, true] {
        let scene = scene(|options| {
            options.acr = vec!["urn:strong".to_owned(), "urn:stronger".to_owned()];
            options.amr = vec!["mfa".to_owned()];
            options.is_second_factor = is_second_factor;
        })
        .await;
        let mut with_code = sign_in(&scene.city, "sato").await;
        with_code.get("/account").await;
        let page = with_code.post_and_follow("/account/totp", &[]).await;
        let secret = page.between("id=\"secret\">", "<");
        let code = authenticator(&secret, scene.city.clock.now());
        with_code.post("/account/totp/confirm", &[("code", &code)]).await;
        for (acr, amr, enough) in [
            ("urn:stronger", json!(["pwd", "mfa"]), true),
            ("urn:weak", json!(["mfa"]), false),
            ("urn:strong", json!(["pwd"]), false),
            ("urn:strong", Value::Null, false),
        ] {
            let mut browser = Browser::new(&scene.city.router);
            let sent = scene.leave(&mut browser, "/records").await;
            assert_eq!(asked(&sent, "acr_values"), "urn:strong urn:stronger");
            let mut claims = scene.honest(&sent, "sato");
            (claims["acr"], claims["amr"]) = (json!(acr), amr);
            scene.says(claims);
            let answer = scene.back(&mut browser, &sent).await;
            match (enough, is_second_factor) {
                (false, _) => assert!(answer.says("求める強さに足りません"), "{}", answer.text()),
                (true, true) => assert_eq!(answer.place(), "/records"),
                (true, false) => assert_eq!(answer.place(), "/sign-in/code"),
            }
        }
    }
}

#[tokio::test]
async fn who_came_from_the_provider_is_asked_again_there_and_the_form_goes_on() {
    let scene = scene(|_| {}).await;
    let (mut browser, _) = scene.enter("sato", "/tokens").await;
    scene.city.clock.set("2026-06-01T01:06:00Z");
    browser.get("/tokens").await;
    let fields = [("name", "点検"), ("scopes", "notices:read"), ("ends_on", "2026-12-31")];
    let question = browser.post("/tokens", &fields).await;
    assert!(is_question(&question) && question.says("name=\"again-provider\""), "{}", question.text());
    let held = ["again-mark", "again-kind", "again-form"]
        .map(|name| (name, question.between(&format!("name=\"{name}\" value=\""), "\"")));
    let mut waiting: Vec<(&str, &str)> = held.iter().map(|(name, value)| (*name, value.as_str())).collect();
    waiting.push(("again-provider", "1"));
    for (login, auth_time, goes_on) in [("sato", -400, false), ("suzuki", 0, false), ("sato", 0, true)] {
        let away = browser.post("/tokens", &waiting).await;
        let sent = away.between("<a class=\"button main\" href=\"", "\"").replace("&#38;", "&").replace("&amp;", "&");
        assert_eq!((asked(&sent, "prompt").as_str(), asked(&sent, "max_age").as_str()), ("login", "0"));
        let mut claims = scene.honest(&sent, login);
        claims["auth_time"] = json!(scene.city.clock.now().as_second() + auth_time);
        scene.says(claims);
        let done = scene.back(&mut browser, &sent).await;
        assert_eq!(done.says("ご本人であることを確かめました"), goes_on, "{login} {auth_time}: {}", done.text());
        if goes_on {
            let mut fields = waiting.clone();
            fields.pop();
            let made = browser.post_and_follow("/tokens", &fields).await;
            assert!(made.says("id=\"secret\"") && made.says("点検"), "{}", made.text());
        } else {
            browser.get("/account").await;
        }
    }
    // Whose account has a factor of its own gives its code as well, where the provider asked for none.
    let secret = enrol(&scene.city, &mut browser).await.0;
    scene.city.clock.set("2026-06-01T01:12:00Z");
    browser.get("/tokens").await;
    let mut fields = fields.to_vec();
    fields[0] = ("name", "点検 2");
    let question = browser.post("/tokens", &fields).await;
    let held = ["again-mark", "again-kind", "again-form"]
        .map(|name| (name, question.between(&format!("name=\"{name}\" value=\""), "\"")));
    let mut waiting: Vec<(&str, &str)> = held.iter().map(|(name, value)| (*name, value.as_str())).collect();
    waiting.push(("again-provider", "1"));
    let away = browser.post("/tokens", &waiting).await;
    let sent = away.between("<a class=\"button main\" href=\"", "\"").replace("&#38;", "&").replace("&amp;", "&");
    scene.says(scene.honest(&sent, "sato"));
    assert!(scene.back(&mut browser, &sent).await.says("name=\"again-code\""));
    waiting.pop();
    assert!(browser.post("/tokens", &waiting).await.says("確認コードが違うか"));
    let code = authenticator(&secret, scene.city.clock.now());
    waiting.push(("again-code", &code));
    assert!(browser.post_and_follow("/tokens", &waiting).await.says("id=\"secret\""));
    // The password of the account does as well.
    scene.city.clock.set("2026-06-01T01:18:00Z");
    browser.get("/tokens").await;
    fields[0] = ("name", "点検 3");
    let question = browser.post("/tokens", &fields).await;
    let code = authenticator(&secret, scene.city.clock.now());
    let made = answer_to(&mut browser, "/tokens", &question, PASSWORD, &code).await;
    assert!(browser.follow(&made).await.says("id=\"secret\""));
}

#[test]
fn a_provider_is_reached_over_tls_and_a_second_factor_is_demanded() {
    for issuer in ["http://login.example", "ftp://login.example", "http://localhost.evil.example", ""] {
        assert!(Oidc::new(options(issuer)).is_err(), "{issuer}");
    }
    let unfounded = OidcOptions { is_second_factor: true, ..options("https://login.example") };
    assert!(Oidc::new(unfounded).is_err());
}

#[tokio::test]
async fn a_configuration_of_another_issuer_is_not_believed() {
    let scene = scene(|_| {}).await;
    scene.its.lock().unwrap().issuer = "https://evil.example".to_owned();
    let mut browser = Browser::new(&scene.city.router);
    browser.get("/sign-in").await;
    assert!(browser.get("/sign-in/provider?next=/desk").await.says("provider-mistrusted"));
}

#[tokio::test]
async fn the_way_to_the_provider_is_not_taken_without_end() {
    let scene = scene(|_| {}).await;
    let mut browser = Browser::new(&scene.city.alone);
    let mut status = StatusCode::OK;
    for _ in 0..121 {
        status = browser.get("/sign-in/provider?next=/desk").await.status;
    }
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
}

/// A provider that others wrote (Authlib); it ends with the test.
struct Real(Child);

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "tests learn from the environment which tools must be there")]
fn real(port: u16) -> Option<Real> {
    let python = std::env::var("FUMIKURA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let there = Command::new(&python).args(["-W", "ignore", "-c", "import oidc_provider_mock"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "oidc-provider-mock must be installed");
        return None;
    }
    let user = json!({ "sub": "s-1", "preferred_username": "sato", "name": "佐藤　花子" }).to_string();
    let mut command = Command::new(python);
    command.args(["-W", "ignore", "-m", "oidc_provider_mock", "--require-nonce", "true", "--user-claims", &user]);
    command.args(["--port", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    Some(Real(command.spawn().unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "that provider has the system's clock")]
async fn a_provider_that_we_did_not_write_lets_staff_in() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let Some(_real) = real(port) else { return };
    let issuer = format!("http://127.0.0.1:{port}");
    let city = city::with_provider(provider(options(&issuer))).await;
    city.clock.set(&jiff::Timestamp::now().to_string());
    let mut browser = Browser::new(&city.router);
    browser.get("/sign-in").await;
    let mut sent = None;
    for _ in 0..200 {
        let answer = browser.get("/sign-in/provider?next=/records").await;
        if answer.status == StatusCode::SEE_OTHER {
            sent = Some(answer.place());
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let sent = sent.expect("the provider comes up");
    // As its page would, by a form.
    let back = tokio::task::spawn_blocking(move || {
        let config = ureq::Agent::config_builder().max_redirects(0).max_redirects_will_error(false).build();
        let agent = ureq::Agent::new_with_config(config);
        let form = agent.post(&sent).header("content-type", "application/x-www-form-urlencoded");
        let answer = form.send("sub=s-1").unwrap();
        answer.headers()["location"].to_str().unwrap().to_owned()
    });
    let back = back.await.unwrap();
    let path = back.strip_prefix("https://bunko.mihon.example").expect("to us").to_owned();
    let answer = browser.get(&path).await;
    assert_eq!(answer.place(), "/records", "{}", answer.text());
    assert!(browser.get("/records").await.says("佐藤　花子"));
}
