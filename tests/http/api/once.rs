//! A request with a key is done once: repeated, by two at once, after a restart, and after a refusal.

use super::city::{self, City};
use super::client::{Client, administrator, base64, notice, system, token};
use fumikura::office::tokens::Scope;
use serde_json::{Value, json};

const SCOPES: &[Scope] = &[Scope::NoticesDraft, Scope::NoticesRead, Scope::RecordsFile, Scope::RecordsRead];

async fn client(city: &City) -> Client {
    let admin = administrator(city).await;
    let token = system(city, &admin, "zei", "総務文書課", SCOPES).await;
    Client::of(city, token).await
}

pub(super) fn opening() -> Value {
    json!({
        "title": "道路占用許可", "class": "B-02", "opened": "2026-04-10", "creator": "総務文書課",
        "custodian": "総務文書課長", "medium": "electronic",
    })
}

pub(super) fn filing(file: &str, title: &str) -> Value {
    json!({
        "file": file, "title": title, "created": "2026-05-01", "original_name": "申請.txt",
        "content": base64(format!("申請書の本文 {title}").as_bytes()),
    })
}

async fn counted(client: &Client) -> usize {
    client.get("/api/v1/notices").await.good(200)["notices"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_also_after_a_restart() {
    let city = city::with_people().await;
    let client = client(&city).await;
    let first = client.post("/api/v1/notices", "key-1", &notice("一")).await;
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = client.post("/api/v1/notices", "\"key-1\"", &notice("一")).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(again.body, first.body, "word for word");
    let other = client.post("/api/v1/notices", "key-1", &notice("二")).await;
    other.is_problem(422, "request-key-reused");
    // The same key for another deed is another request.
    let id = first.json()["id"].as_str().unwrap().to_owned();
    let submit = format!("/api/v1/notices/{id}/submit");
    client.post(&submit, "key-1", &json!({})).await.is_problem(422, "request-key-reused");
    client.post(&submit, "key-2", &json!({})).await.good(200);

    let city = city.restarted().await;
    let client = Client::of(&city, client.token).await;
    let later = client.post("/api/v1/notices", "key-1", &notice("一")).await;
    assert_eq!(later.body, first.body, "though the notice has changed since");
    assert_eq!(client.post(&submit, "key-2", &json!({})).await.good(200)["id"], json!(id));
    assert_eq!(counted(&client).await, 1);
}

#[tokio::test]
async fn two_at_once_make_one() {
    let city = city::with_people().await;
    let client = client(&city).await;
    let asked = notice("同時");
    let all = (0..8).map(|_| client.post("/api/v1/notices", "same", &asked));
    let answers = futures(all).await;
    assert!(answers.iter().all(|answer| answer.status == 201 && answer.body == answers[0].body), "{answers:?}");
    assert_eq!(counted(&client).await, 1);

    let file = client.post("/api/v1/record-files", "file", &opening()).await.good(201);
    let file = file["id"].as_str().unwrap().to_owned();
    let asked = filing(&file, "申請");
    let answers = futures((0..4).map(|_| client.post("/api/v1/records", "record", &asked))).await;
    for answer in &answers {
        match answer.status {
            201 => assert_eq!(answer.json()["id"], answers.iter().find(|one| one.status == 201).unwrap().json()["id"]),
            _ => answer.is_problem(409, "request-under-way"),
        }
    }
    let found = client.get(&format!("/api/v1/record-files/{file}")).await.good(200);
    assert_eq!(found["records"].as_array().unwrap().len(), 1, "{found}");
    let again = client.post("/api/v1/records", "record", &asked).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.good(201)["id"], found["records"][0]["id"]);
}

#[tokio::test]
async fn a_refusal_uses_no_key_up() {
    let city = city::with_people().await;
    let client = client(&city).await;
    let mut wrong = notice("一");
    wrong["type"] = json!("no-such-type");
    client.post("/api/v1/notices", "key", &wrong).await.is_problem(404, "notice-no-such-kind");
    client.post("/api/v1/notices", "key", &notice("一")).await.good(201);
    let nowhere = filing("00000000000000000000000000000000", "申請");
    client.post("/api/v1/records", "record", &nowhere).await.is_problem(404, "filing-no-such-file");
    let file = client.post("/api/v1/record-files", "file", &opening()).await.good(201);
    client.post("/api/v1/records", "record", &filing(file["id"].as_str().unwrap(), "申請")).await.good(201);
}

#[tokio::test]
async fn a_key_is_forgotten_after_its_days() {
    let city = city::with_people().await;
    let client = client(&city).await;
    let first = client.post("/api/v1/notices", "key", &notice("一")).await.good(201);
    city.clock.set("2026-06-14T01:00:00Z");
    let kept = client.post("/api/v1/notices", "key", &notice("一")).await.good(201);
    assert_eq!(kept, first);
    city.clock.set("2026-06-20T01:00:00Z");
    // Whoever asks next has those that are too old forgotten.
    client.post("/api/v1/notices", "other", &notice("二")).await.good(201);
    let anew = client.post("/api/v1/notices", "key", &notice("三")).await.good(201);
    assert_ne!(anew["id"], first["id"]);
}

#[tokio::test]
async fn keys_are_the_accounts_and_not_the_tokens() {
    let city = city::with_people().await;
    let client = client(&city).await;
    let first = client.post("/api/v1/notices", "key", &notice("一")).await.good(201);
    let admin = super::client::person(&city, "kanri").await;
    let renewed = client.with(token(&city, &admin, "zei", SCOPES).await);
    assert_eq!(renewed.post("/api/v1/notices", "key", &notice("一")).await.good(201), first);
}

async fn futures<T>(all: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut running: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<T>> = running.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (one, place) in running.iter_mut().zip(&mut done) {
            if place.is_none()
                && let std::task::Poll::Ready(answer) = one.as_mut().poll(context)
            {
                *place = Some(answer);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}
