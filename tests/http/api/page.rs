//! The page of tokens: made, shown once, revoked; of others nobody sees any.

use super::city;
use super::client::{Client, administrator, person, system};
use fumikura::office::tokens::Scope;

#[tokio::test]
async fn a_token_is_shown_once_and_revoked_on_its_page() {
    let city = city::with_people().await;
    let mut browser = crate::http::browser::Browser::new(&city.router);
    browser.get("/sign-in?next=/tokens").await;
    let entered =
        browser.post("/sign-in", &[("login", "sato"), ("password", city::PASSWORD), ("next", "/tokens")]).await;
    assert!(browser.follow(&entered).await.says("トークンはまだありません"));
    let wrong = browser.post("/tokens", &[("name", ""), ("ends_on", "2026-12-31")]).await;
    assert!(wrong.says("名前を入力してください") && wrong.says("利用範囲を一つ以上"), "{}", wrong.text());
    let beyond =
        [("name", "点検"), ("scopes", "disposals:read"), ("scopes", "notices:read"), ("ends_on", "2030-01-01")];
    assert!(browser.post("/tokens", &beyond).await.says("400 日以内"));
    let fields = [("name", "点検"), ("scopes", "notices:read"), ("ends_on", "2026-12-31")];
    let made = browser.post_and_follow("/tokens", &fields).await;
    let secret = made.between("id=\"secret\">", "<");
    assert_eq!(made.header("cache-control"), "no-store");
    let again = browser.get("/tokens").await;
    assert!(again.says("点検") && !again.says(&secret), "once, and never again");
    let client = Client::of(&city, secret).await;
    client.get("/api/v1/notices").await.good(200);

    // An administrator sees all of them, and a stranger's page none.
    let admin = administrator(&city).await;
    system(&city, &admin, "zei", "総務文書課", &[Scope::NoticesRead]).await;
    assert_eq!(city.office.tokens(&admin).await.unwrap().len(), 2);
    assert!(!browser.get("/tokens").await.says("zei"));
    let id = city.office.tokens(&person(&city, "sato").await).await.unwrap()[0].id.to_string();
    browser.get("/tokens").await;
    let revoked = browser.post("/tokens/revoke", &[("id", &id)]).await;
    assert!(browser.follow(&revoked).await.says("トークンを失効させました"));
    client.get("/api/v1/notices").await.is_problem(401, "token-not-taken");
}
