//! The page of one's own account, and signing in with a second factor.

use super::again::{answer_to, is_question};
use super::browser::{Answer, Browser};
use super::city::{self, City, PASSWORD};
use super::walk::sign_in;
use crate::office::factors::authenticator;
use axum::http::StatusCode;
use fumikura::office::{NewAccount, Role};
use fumikura::time::Clock;

async fn newcomer(city: &City) -> Browser {
    let new = NewAccount {
        login: "yamada".into(),
        name: "山田　八重".into(),
        section: "総務文書課".into(),
        roles: [Role::Clerk].into(),
        password: PASSWORD.to_owned().into(),
        own_password: false,
    };
    city.office.add_user(None, new).await.expect("an account is made");
    let mut browser = Browser::new(&city.router);
    browser.get("/sign-in?next=/notices/new").await;
    browser.post("/sign-in", &[("login", "yamada"), ("password", PASSWORD), ("next", "/notices/new")]).await.place();
    browser
}

/// Enrols an authenticator on the page; returns its secret and the page with the recovery codes.
pub async fn enrol(city: &City, browser: &mut Browser) -> (String, Answer) {
    browser.get("/account").await;
    let page = browser.post_and_follow("/account/totp", &[]).await;
    assert!(page.says("<svg") && page.header("cache-control") == "no-store", "{}", page.text());
    let secret = page.between("id=\"secret\">", "<");
    assert_eq!(browser.get("/account/totp").await.place(), "/account", "the secret is shown once");
    browser.get("/account").await;
    let wrong = browser.post("/account/totp/confirm", &[("code", "000000")]).await;
    assert!(wrong.says("確認コードが違うか") && wrong.says(&secret), "{}", wrong.text());
    let code = authenticator(&secret, city.clock.now());
    let done = browser.post_and_follow("/account/totp/confirm", &[("code", &code)]).await;
    assert!(done.says("二要素認証を登録しました"), "{}", done.text());
    assert_eq!(browser.get("/account/recovery-codes").await.place(), "/account", "the codes are shown once");
    (secret, done)
}

async fn password_step(city: &City, login: &str, next: &str) -> (Browser, Answer) {
    let mut browser = Browser::new(&city.router);
    browser.get("/sign-in").await;
    let answer = browser.post("/sign-in", &[("login", login), ("password", PASSWORD), ("next", next)]).await;
    (browser, answer)
}

#[tokio::test]
async fn whoever_has_a_password_of_somebody_else_changes_it_and_can_do_nothing_before() {
    let city = city::with_people().await;
    let mut browser = newcomer(&city).await;
    for path in ["/desk", "/notices/new", "/tokens", "/records"] {
        assert_eq!(browser.get(path).await.place(), "/account/password", "{path}");
    }
    let page = browser.get("/account/password").await;
    assert!(page.says("ほかの人が決めたパスワードです") && !page.says("href=\"/desk\""), "{}", page.text());
    assert_eq!(browser.post("/tokens/revoke", &[("id", "0")]).await.place(), "/account/password");
    browser.get("/account/password").await;
    let fields = |new, again| [("present", PASSWORD), ("new", new), ("new_again", again)];
    let unlike = browser.post("/account/password", &fields("another horse of mine", "another horse of yours")).await;
    assert!(unlike.says("二つの欄で違います"));
    assert!(browser.post("/account/password", &fields("password1234", "password1234")).await.says("推測されやすい"));
    assert!(browser.post("/account/password", &fields("short", "short")).await.says("12 文字以上"));
    let wrong =
        [("present", "wrong wrong wrong"), ("new", "another horse of mine"), ("new_again", "another horse of mine")];
    assert!(browser.post("/account/password", &wrong).await.says("利用者名またはパスワードが違います"));
    let changed = browser.post("/account/password", &fields("another horse of mine", "another horse of mine")).await;
    let page = browser.follow(&changed).await;
    assert!(page.says("パスワードを変えました") && page.says("href=\"/desk\""), "{}", page.text());
    assert_eq!(browser.get("/desk").await.status, StatusCode::OK);
}

#[tokio::test]
async fn sessions_are_seen_and_ended_on_the_page() {
    let city = city::with_people().await;
    let (mut one, mut two) = (sign_in(&city, "sato").await, sign_in(&city, "sato").await);
    let page = one.get("/account").await;
    assert_eq!(page.text().matches("name=\"session\"").count(), 1, "{}", page.text());
    let other = page.between("name=\"session\" value=\"", "\"");
    let ended = one.post("/account/sessions/end", &[("session", &other)]).await;
    assert!(one.follow(&ended).await.says("サインインを終わらせました"));
    assert_eq!(two.get("/desk").await.place(), "/sign-in?next=/desk");
    assert_eq!(one.get("/desk").await.status, StatusCode::OK);
    let mut three = sign_in(&city, "sato").await;
    one.get("/account").await;
    one.post("/account/sessions/end-others", &[]).await.place();
    assert_eq!(three.get("/desk").await.place(), "/sign-in?next=/desk");
}

#[tokio::test]
async fn an_authenticator_is_enrolled_and_asked_for_at_the_door_and_before_what_is_hard_to_take_back() {
    let city = city::with_people().await;
    let mut browser = sign_in(&city, "sato").await;
    let (secret, done) = enrol(&city, &mut browser).await;
    let codes: Vec<String> = done
        .text()
        .split("<li>")
        .skip(1)
        .filter_map(|rest| rest.split("</li>").next())
        .map(str::to_owned)
        .filter(|code| code.len() == 19)
        .collect();
    assert_eq!(codes.len(), 10, "{}", done.text());
    let page = browser.get("/account").await;
    assert!(page.says("✓ 登録済み") && !page.says(&secret) && !page.says(&codes[0]), "{}", page.text());

    city.clock.set("2026-06-01T01:06:00Z");
    let (mut half, answer) = password_step(&city, "sato", "/records").await;
    assert_eq!(answer.place(), "/sign-in/code");
    assert_eq!(half.get("/desk").await.place(), "/sign-in?next=/desk", "a password alone opens nothing");
    half.get("/sign-in/code").await;
    assert!(half.post("/sign-in/code", &[("code", "000000")]).await.says("確認コードが違うか"));
    let before = half.cookie().map(str::to_owned);
    let code = authenticator(&secret, city.clock.now());
    let entered = half.post("/sign-in/code", &[("code", &code)]).await;
    assert_eq!(entered.place(), "/records");
    assert_ne!(half.cookie().map(str::to_owned), before, "no earlier cookie gains by it");
    let (mut again, _) = password_step(&city, "sato", "/records").await;
    again.get("/sign-in/code").await;
    assert!(again.post("/sign-in/code", &[("code", &code)]).await.says("確認コードが違うか"), "a code is taken once");

    city.clock.set("2026-06-01T01:12:00Z");
    half.get("/account").await;
    let question = half.post("/account/recovery-codes", &[]).await;
    assert!(is_question(&question) && question.says("name=\"again-code\""), "{}", question.text());
    let without = answer_to(&mut half, "/account/recovery-codes", &question, PASSWORD, "").await;
    assert!(is_question(&without) && without.says("確認コードが違うか"));
    let anew = answer_to(&mut half, "/account/recovery-codes", &without, PASSWORD, &codes[0]).await;
    let anew = half.follow(&anew).await;
    assert!(anew.says("<ul class=\"codes mono\">") && !anew.says(&codes[1]), "{}", anew.text());
    let page = half.get("/account").await;
    assert!(page.says("回復コードが一つ使われました"), "{}", page.text());
    let removed = half.post("/account/totp/remove", &[]).await;
    assert!(half.follow(&removed).await.says("認証アプリの登録を外しました"));
    assert_eq!(password_step(&city, "sato", "/desk").await.1.place(), "/account", "with what there is to tell");
}

#[tokio::test]
async fn a_role_that_must_have_a_second_factor_is_led_to_enrolment() {
    let city = city::with_people_under("[accounts]\nsecond_factor = [\"seal-keeper\"]\n").await;
    let (mut keeper, answer) = password_step(&city, "takahashi", "/desk").await;
    assert_eq!(answer.place(), "/desk");
    assert_eq!(keeper.get("/desk").await.place(), "/account");
    let page = keeper.get("/account").await;
    assert!(page.says("この役割には二要素認証が必要です") && !page.says("href=\"/desk\""), "{}", page.text());
    assert_eq!(keeper.post("/desk/seal", &[]).await.place(), "/account");
    enrol(&city, &mut keeper).await;
    assert_eq!(keeper.get("/desk").await.status, StatusCode::OK);
    let page = keeper.get("/account").await;
    assert!(!page.says("登録を外す"), "the last one stays");
    assert!(keeper.post("/account/totp/remove", &[]).await.says("最後の一つは外せません"));
    let (mut clerk, answer) = password_step(&city, "sato", "/desk").await;
    assert_eq!((answer.place().as_str(), clerk.get("/desk").await.status), ("/desk", StatusCode::OK));
    city.office.reset_factors(None, "takahashi").await.unwrap();
    let (mut keeper, answer) = password_step(&city, "takahashi", "/desk").await;
    assert_eq!(answer.place(), "/account");
    let page = keeper.get("/account").await;
    assert!(page.says("二要素認証を外しました"), "{}", page.text());
    let read = keeper.post("/account/news", &[]).await;
    assert!(!keeper.follow(&read).await.says("二要素認証を外しました"));
}
