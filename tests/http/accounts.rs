//! Accounts by their page: an administrator makes, changes and stops them; nobody else does, and nobody their own.

use super::browser::Browser;
use super::city::{self, City, PASSWORD};
use super::walk::sign_in;
use axum::http::StatusCode;
use fumikura::office::{NewAccount, Role};
use zeroize::Zeroizing;

/// A city with two administrators; returns the browser of the first.
async fn administrator() -> (City, Browser) {
    let city = city::with_people().await;
    for (login, name) in [("kanri", "管理　太郎"), ("kanri2", "管理　花子")] {
        city.office.add_user(None, administrators(login, name)).await.unwrap();
    }
    let browser = sign_in(&city, "kanri").await;
    (city, browser)
}

/// An administrator's account.
pub fn administrators(login: &str, name: &str) -> NewAccount {
    NewAccount {
        login: login.into(),
        name: name.into(),
        section: "情報政策課".into(),
        roles: [Role::Administrator].into(),
        password: Zeroizing::new(PASSWORD.into()),
        own_password: true,
    }
}

const NEW: &[(&str, &str)] =
    &[("login", "yamada"), ("name", "山田　次郎"), ("section", "総務文書課"), ("roles", "clerk")];

async fn sign_in_with(city: &City, login: &str, password: &str) -> (Browser, super::browser::Answer) {
    let mut browser = Browser::new(&city.router);
    browser.get("/sign-in").await;
    let answer = browser.post("/sign-in", &[("login", login), ("password", password), ("next", "/desk")]).await;
    (browser, answer)
}

#[tokio::test]
async fn an_account_is_made_with_a_password_that_its_person_changes() {
    let (city, mut kanri) = administrator().await;
    assert!(kanri.get("/desk").await.says("href=\"/accounts\""));
    let page = kanri.get("/accounts").await;
    assert!(page.says("佐藤　花子") && page.says("公印管守者"), "{}", page.text());
    let made = kanri.post_and_follow("/accounts", NEW).await;
    let password = made.between("id=\"first-password\">", "<");
    assert_eq!(password.len(), 19, "{}", made.text());
    for page in ["/accounts/yamada", "/accounts"] {
        assert!(!kanri.get(page).await.says(&password), "shown once");
    }
    let again = kanri.post("/accounts", NEW).await;
    assert!(again.says("入力内容をご確認ください") && !again.says("first-password"));
    let (mut yamada, entered) = sign_in_with(&city, "yamada", &password).await;
    yamada.follow(&entered).await;
    let held = yamada.get("/desk").await;
    assert!(held.place().starts_with("/account"), "the password is changed first: {}", held.text());
    for wrong in [&[("login", ""), ("roles", "clerk")][..], &[("login", "x2"), ("name", "x"), ("section", "課")]] {
        assert!(kanri.post("/accounts", wrong).await.says("入力内容をご確認ください"));
    }
}

#[tokio::test]
async fn roles_count_from_the_next_request_and_ones_own_are_anothers_to_change() {
    let (city, mut kanri) = administrator().await;
    let mut sato = sign_in(&city, "sato").await;
    assert!(sato.get("/desk").await.says("通知を起案する"));
    kanri.get("/accounts/sato").await;
    let changed =
        kanri.post("/accounts/sato/change", &[("section", "市民課"), ("roles", "auditor"), ("enabled", "yes")]).await;
    assert!(kanri.follow(&changed).await.says("アカウントを変えました"));
    let desk = sato.get("/desk").await;
    assert!(!desk.says("通知を起案する"), "{}", desk.text());
    assert_eq!(sato.get("/audit").await.status, StatusCode::OK);
    let stopped = kanri.post("/accounts/sato/change", &[("section", "市民課"), ("roles", "auditor")]).await;
    assert!(kanri.follow(&stopped).await.says("アカウントを変えました"));
    assert!(sato.get("/desk").await.place().starts_with("/sign-in"), "the session has ended");

    let own = kanri.post("/accounts/kanri/change", &[("section", "市民課"), ("roles", "approver"), ("enabled", "yes")]);
    assert_eq!(own.await.status, StatusCode::FORBIDDEN);
    assert!(!kanri.get("/accounts/kanri").await.says("/accounts/kanri/change"));
    assert_eq!(kanri.get("/accounts/nobody").await.status, StatusCode::NOT_FOUND);
    let told = format!("{:?}", city.office.newest_entries(&auditor(&city).await, 50).await.unwrap());
    for word in ["user.changed", "given-auditor", "taken-clerk", "user.disabled"] {
        assert!(told.contains(word), "{word} is not in {told}");
    }
    assert!(!told.contains("佐藤") && !told.contains("sato"));
}

async fn auditor(city: &City) -> fumikura::office::Actor {
    city.office.sign_in("kobayashi", Zeroizing::new(PASSWORD.into())).await.unwrap().actor
}

#[tokio::test]
async fn somebody_who_is_locked_out_gets_a_new_first_password() {
    let (city, mut kanri) = administrator().await;
    kanri.get("/accounts/suzuki").await;
    let made = kanri.post_and_follow("/accounts/suzuki/password", &[]).await;
    let password = made.between("id=\"first-password\">", "<");
    assert!(sign_in_with(&city, "suzuki", PASSWORD).await.1.says("パスワードが違います"));
    let (_, entered) = sign_in_with(&city, "suzuki", &password).await;
    assert!(entered.status.is_redirection(), "{}", entered.text());
    kanri.get("/accounts/suzuki").await;
    let reset = kanri.post("/accounts/suzuki/factors", &[]).await;
    assert!(reset.status.is_redirection() || reset.status.is_client_error(), "{}", reset.text());
}

#[tokio::test]
async fn nobody_else_comes_near_the_accounts() {
    let (city, _) = administrator().await;
    for login in ["sato", "suzuki", "takahashi", "tanaka", "kobayashi"] {
        let mut other = sign_in(&city, login).await;
        assert!(!other.get("/desk").await.says("href=\"/accounts\""));
        for path in ["/accounts", "/accounts/sato"] {
            assert_eq!(other.get(path).await.status, StatusCode::FORBIDDEN, "{login} {path}");
        }
        other.get("/desk").await;
        let fields = [("section", "x"), ("roles", "administrator"), ("enabled", "yes")];
        for path in ["/accounts/sato/change", "/accounts/sato/password", "/accounts/sato/factors"] {
            assert_eq!(other.post(path, &fields).await.status, StatusCode::FORBIDDEN, "{login} {path}");
        }
        assert_eq!(other.post("/accounts", NEW).await.status, StatusCode::FORBIDDEN);
    }
}
