//! Whatever the API refuses, it says as a problem with a code; and who is refused learns nothing.

use super::city;
use super::client::{Client, administrator, notice, person, system};
use fumikura::office::tokens::{NewToken, Scope};
use serde_json::json;

#[tokio::test]
async fn only_a_token_that_is_taken_today_lets_in() {
    let city = city::with_people().await;
    let admin = administrator(&city).await;
    let client = Client::of(&city, system(&city, &admin, "zei", "総務文書課", &[Scope::NoticesRead]).await).await;
    client.get("/api/v1/notices").await.good(200);
    for wrong in ["", "fumikura_00", &client.token[..20]] {
        let answer = client.with(wrong.to_owned()).get("/api/v1/notices").await;
        answer.is_problem(401, "token-not-taken");
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{}", answer.head);
        assert_eq!(answer.header("set-cookie"), "", "no cookies here");
    }
    city.clock.set("2027-01-01T01:00:00Z");
    client.get("/api/v1/notices").await.is_problem(401, "token-not-taken");
    city.clock.set("2026-12-31T14:59:59Z");
    client.get("/api/v1/notices").await.good(200);
    let id = city.office.tokens(&admin).await.unwrap()[0].id;
    city.office.revoke_token(&admin, id).await.unwrap();
    client.get("/api/v1/notices").await.is_problem(401, "token-not-taken");
    // An account that was disabled has no tokens.
    let other = client.with(super::client::token(&city, &admin, "zei", &[Scope::NoticesRead]).await);
    other.get("/api/v1/notices").await.good(200);
    city.office.disable_user(Some(&admin), "zei").await.unwrap();
    other.get("/api/v1/notices").await.is_problem(401, "token-not-taken");
}

#[tokio::test]
async fn a_token_is_for_its_scopes_and_no_more_than_its_accounts_roles() {
    let city = city::with_people().await;
    let admin = administrator(&city).await;
    let reader = Client::of(&city, system(&city, &admin, "zei", "総務文書課", &[Scope::NoticesRead]).await).await;
    reader.post("/api/v1/notices", "k", &notice("一")).await.is_problem(403, "token-out-of-scope");
    for path in ["/records", "/record-files", "/holds", "/disposals", "/notice-types"] {
        reader.get(&format!("/api/v1{path}")).await.is_problem(403, "token-out-of-scope");
    }
    let head = "content-type: application/pdf\r\n";
    reader.ask("POST", "/api/v1/verifications", head, city::PDF).await.is_problem(403, "token-out-of-scope");
    // A person who approves and reads: the token of that person still cannot draft.
    let approver = person(&city, "suzuki").await;
    let new = |scope| NewToken {
        name: "自分用".into(),
        scopes: [scope].into(),
        ends_on: "2026-12-31".parse().unwrap(),
        system: None,
    };
    let refused = city.office.make_token(&approver, new(Scope::NoticesDraft)).await.unwrap_err();
    assert_eq!(fumikura::fault::Fault::code(&refused), "token-scope-beyond-roles");
    let theirs = city.office.make_token(&approver, new(Scope::NoticesRead)).await.unwrap().secret.to_string();
    reader.with(theirs).get("/api/v1/notices").await.good(200);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_without_repeating_it() {
    let city = city::with_people().await;
    let admin = administrator(&city).await;
    let scopes = [Scope::NoticesDraft, Scope::NoticesRead];
    let client = Client::of(&city, system(&city, &admin, "zei", "総務文書課", &scopes).await).await;
    let post = async |head: &str, body: &str| client.ask("POST", "/api/v1/notices", head, body.as_bytes()).await;
    let key = "idempotency-key: k\r\n";
    let json = format!("{key}content-type: application/json\r\n");
    post(key, "{}").await.is_problem(415, "http-bad-media-type");
    post("content-type: application/json\r\n", "{}").await.is_problem(400, "http-key-needed");
    for body in ["{\"himitsu\": 1", "{\"himitsu\": 1}", "{\"type\": \"himitsu\", \"subject\": 7}", "[]", ""] {
        let answer = post(&json, body).await;
        answer.is_problem(400, "http-bad-value");
        assert!(!String::from_utf8_lossy(&answer.body).contains("himitsu"), "{body}");
    }
    let mut asked = notice("一");
    asked["content"] = json!("!!");
    post(&json, &asked.to_string()).await.is_problem(400, "http-bad-field");
    asked.as_object_mut().unwrap().remove("content");
    post(&json, &asked.to_string()).await.is_problem(400, "http-bad-field");
    let mut empty = notice("一");
    empty["subject"] = json!(" ");
    post(&json, &empty.to_string()).await.is_problem(422, "notice-empty");
    let large = "x".repeat(80 << 20);
    post(&json, &large).await.is_problem(413, "http-too-large");
    client.get("/api/v1/notices/zz").await.is_problem(404, "http-no-page");
    client.get("/api/v1/nothing").await.is_problem(404, "http-no-page");
    client.get("/api/").await.is_problem(404, "http-no-page");
    client.ask("DELETE", "/api/v1/notices", "", b"").await.is_problem(405, "http-bad-method");
    let explained = client.get("/api/problems/notice-state").await.good(200);
    assert!(explained["title_ja"].is_string() && explained["title"].is_string());
    client.get("/api/problems/no-such").await.is_problem(404, "http-no-page");
}

#[tokio::test]
async fn who_guesses_tokens_is_stopped_and_nobody_else() {
    let city = city::with_people().await;
    let admin = administrator(&city).await;
    let client = Client::of_one(&city, system(&city, &admin, "zei", "総務文書課", &[Scope::NoticesRead]).await).await;
    let guesser = client.with("fumikura_guess".to_owned());
    for _ in 0..20 {
        guesser.get("/api/v1/notices").await.is_problem(401, "token-not-taken");
    }
    let stopped = guesser.get("/api/v1/notices").await;
    stopped.is_problem(429, "http-too-often");
    assert_eq!(stopped.header("retry-after"), "600");
    client.get("/api/v1/notices").await.good(200);
    city.clock.set("2026-06-01T01:10:00Z");
    guesser.get("/api/v1/notices").await.is_problem(401, "token-not-taken");
}
