//! Notices by the API: handed in by a system, decided by people, and what became of them asked for again and again.

use super::city::{self, City, PDF};
use super::client::{Client, administrator, base64, notice, person, system, token};
use fumikura::digest::Sha256Hex;
use fumikura::id::NoticeId;
use fumikura::office::notices::SealItem;
use fumikura::office::tokens::Scope;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const BOTH: &[Scope] = &[Scope::NoticesDraft, Scope::NoticesRead];

async fn clerks_system(city: &City) -> Client {
    let admin = administrator(city).await;
    let token = system(city, &admin, "zei", "総務文書課", BOTH).await;
    Client::of(city, token).await
}

async fn drafted(client: &Client, key: &str) -> String {
    let made = client.post("/api/v1/notices", key, &notice(key)).await.good(201);
    made["id"].as_str().unwrap().to_owned()
}

async fn approved_and_sealed(city: &City, id: &str) {
    let (approver, keeper) = (person(city, "suzuki").await, person(city, "takahashi").await);
    let id: NoticeId = id.parse().unwrap();
    let sha256 = Sha256Hex::of(PDF);
    city.office.approve(&approver, id, &sha256).await.unwrap();
    let outcome = city.office.seal(&keeper, vec![SealItem { id, sha256 }]).await.unwrap();
    assert!(outcome[0].result.is_ok(), "{:?}", outcome[0].result);
}

#[tokio::test]
async fn a_system_hands_a_notice_in_and_people_decide_on_it() {
    let city = city::with_people().await;
    let client = clerks_system(&city).await;
    let kinds = client.get("/api/v1/notice-types").await.good(200);
    assert_eq!(kinds["types"][0]["id"], "disclosure");
    let made = client.post("/api/v1/notices", "k-1", &notice("開示決定")).await;
    assert_eq!(made.header("location"), made.json()["href"].as_str().unwrap());
    let id = made.good(201)["id"].as_str().unwrap().to_owned();
    let shown = client.get(&format!("/api/v1/notices/{id}")).await.good(200);
    assert_eq!((shown["state"].as_str(), shown["subject"].as_str()), (Some("DRAFT"), Some("開示決定")));
    assert_eq!(shown["draft_sha256"], json!(Sha256Hex::of(PDF)));

    // In other words, and with the file as a part of its own.
    let mut data = notice("開示決定（訂正）");
    data.as_object_mut().unwrap().remove("content");
    let mut body = format!("--edge\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{data}\r\n").into_bytes();
    body.extend(b"--edge\r\nContent-Disposition: form-data; name=\"content\"; filename=\"a.pdf\"\r\n\r\n");
    body.extend(PDF);
    body.extend(b"\r\n--edge--\r\n");
    let head = "content-type: multipart/form-data; boundary=edge\r\n";
    let again = client.ask("PUT", &format!("/api/v1/notices/{id}"), head, &body).await.good(200);
    assert_eq!(again["subject"], "開示決定（訂正）");

    let consent = json!({ "method": "application", "evidence": "申請 R8-77" });
    client.post(&format!("/api/v1/notices/{id}/consent"), "k-2", &consent).await.good(200);
    let postal = json!({ "postcode": "1234567", "lines": ["見本県見本市緑町1"] });
    let contact = |email: &str| json!({ "email": email, "postal": postal });
    let path = format!("/api/v1/notices/{id}/contact");
    client.post(&path, "k-5", &contact("見本@example.jp")).await.is_problem(422, "notice-bad-mail-address");
    client.post(&path, "k-6", &contact("taro@phone.example")).await.good(200);
    let shown = client.get(&format!("/api/v1/notices/{id}")).await.good(200).to_string();
    assert!(!shown.contains("phone.example") && !shown.contains("緑町1"), "addresses are not handed out: {shown}");
    client.post(&format!("/api/v1/notices/{id}/submit"), "k-3", &json!({})).await.good(200);
    client.post(&format!("/api/v1/notices/{id}/submit"), "k-4", &json!({})).await.is_problem(409, "notice-state");
    approved_and_sealed(&city, &id).await;
    let clerk = person(&city, "sato").await;
    city.office.issue(&clerk, id.parse().unwrap()).await.unwrap();

    let outcome = client.get(&format!("/api/v1/notices/{id}/outcome")).await.good(200);
    assert_eq!(outcome["state"], "ISSUED");
    assert!(outcome["number"].as_str().unwrap().starts_with("8見総第1号"), "{outcome}");
    assert_eq!(
        (outcome["effect"]["effect"].as_str(), outcome["issued_on"].as_str()),
        (Some("in-force"), Some("2026-06-01"))
    );
    assert!(outcome["delivery"]["arrived_at"].is_null() && outcome["delivery"]["sent_at"].is_string(), "{outcome}");
    assert!(!outcome.to_string().contains("太郎"), "no names where only the outcome is asked for: {outcome}");
    let pdf = client.get(&format!("/api/v1/notices/{id}/pdf")).await;
    assert_eq!(json!(Sha256Hex::of(&pdf.body)), outcome["sha256"]);
    assert_eq!((&outcome["mails"], &outcome["paper"], &outcome["flags"]), (&json!([]), &json!(null), &json!([])));

    // Who has the file's hash is told the effect; the report says what the page would.
    let admin = person(&city, "kanri").await;
    let verifier = client.with(token(&city, &admin, "zei", &[Scope::Verify]).await);
    let sha256 = outcome["sha256"].as_str().unwrap();
    let effect = verifier.get(&format!("/api/v1/effects/{sha256}")).await.good(200);
    assert_eq!(effect["effect"]["effect"], "in-force");
    tells_whoever_has_the_paper(&verifier, &client, &outcome).await;
    let head = "content-type: application/pdf\r\n";
    let verdict = verifier.ask("POST", "/api/v1/verifications", head, &pdf.body).await.good(200);
    assert_eq!(verdict["report"]["indication"], "TOTAL-PASSED");
    assert_eq!((&verdict["effect"]["effect"], &verdict["on_paper"]), (&json!("in-force"), &json!(false)));
    city.office.to_paper(&clerk, id.parse().unwrap(), "本人の希望").await.unwrap();
    let outcome = client.get(&format!("/api/v1/notices/{id}/outcome")).await.good(200);
    assert!(outcome["state"] == "TO_PAPER" && outcome["paper"]["decided_at"].is_string(), "{outcome}");
    assert_eq!((&outcome["paper"]["in_print"], &outcome["paper"]["posted_on"]), (&json!(false), &json!(null)));
    assert_eq!(verifier.get(&format!("/api/v1/effects/{sha256}")).await.good(200)["on_paper"], true);
}

async fn tells_whoever_has_the_paper(verifier: &Client, stranger: &Client, outcome: &Value) {
    let confirmation = &outcome["draft_sha256"].as_str().unwrap()[..16];
    let on_paper = |confirmation: &str| {
        let number = super::super::browser::percent(outcome["number"].as_str().unwrap());
        format!("/api/v1/paper-effects?number={number}&confirmation={confirmation}")
    };
    let known = verifier.get(&on_paper(confirmation)).await.good(200);
    assert_eq!(known, json!({ "effect": "in-force", "since": "2026-06-01", "on_paper": false }));
    let unknown = verifier.get(&on_paper("0000-0000-0000-0000")).await.good(200);
    assert_eq!(unknown, json!({ "effect": null, "since": null, "on_paper": false }));
    assert_eq!(verifier.get(&on_paper("1")).await.good(200), unknown);
    verifier.get(&on_paper("")).await.is_problem(400, "http-bad-field");
    verifier.get("/api/v1/paper-effects").await.is_problem(400, "http-bad-field");
    stranger.get(&on_paper(confirmation)).await.is_problem(403, "token-out-of-scope");
}

#[tokio::test]
async fn the_ledger_says_by_which_token() {
    let city = city::with_people().await;
    let client = clerks_system(&city).await;
    let id = drafted(&client, "one").await;
    client.post(&format!("/api/v1/notices/{id}/submit"), "two", &json!({})).await.good(200);
    let (auditor, admin) = (person(&city, "kobayashi").await, person(&city, "kanri").await);
    let tokens = city.office.tokens(&admin).await.unwrap();
    assert_eq!((tokens.len(), tokens[0].last_used), (1, Some("2026-06-01".parse().unwrap())));
    let entries = city.office.newest_entries(&auditor, 100).await.unwrap();
    let about: Vec<_> = entries.iter().filter(|entry| entry.subject.as_str() == id).collect();
    assert_eq!(about.len(), 2);
    for entry in about {
        let details = entry.details_json();
        assert!(details.contains(&format!("\"token\":\"{}\"", tokens[0].id)), "{details}");
    }
    assert_eq!(entries.iter().filter(|entry| entry.verb.as_str() == "token.used").count(), 1, "once a day");
    let all = format!("{entries:?}");
    assert!(!all.contains(client.token.as_str()) && !all.contains("試験"), "neither the secret nor the name");
    city.office.verify_ledger(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn many_are_handed_in_at_once_and_none_twice() {
    let city = city::with_people().await;
    let client = clerks_system(&city).await;
    let item = |key: &str| json!({ "key": key, "submit": true, "notice": notice(key) });
    let mut broken = item("b-3");
    broken["notice"]["content"] = json!(base64(b"no pdf"));
    let mut silent = item("b-4");
    silent["notice"]["reasons"] = json!("");
    // As if an earlier request had stopped after its first item.
    let first = client.post("/api/v1/notice-batches", "batch-0", &json!({ "items": [item("b-1")] })).await.good(200);
    let batch = json!({ "items": [item("b-1"), item("b-2"), broken, silent] });
    let answer = client.post("/api/v1/notice-batches", "batch-1", &batch).await.good(200);
    let items = answer["items"].as_array().unwrap();
    assert_eq!(items[0]["id"], first["items"][0]["id"], "an item is drafted once, in whatever request");
    assert!(items[0]["submitted"].as_bool().unwrap() && items[1]["submitted"].as_bool().unwrap(), "{answer}");
    assert!(items[2]["id"].is_null() && items[2]["problem"]["code"].as_str().unwrap().starts_with("pdf-"), "{answer}");
    assert!(items[3]["id"].is_string() && items[3]["problem"]["code"] == "notice-no-reasons", "{answer}");
    let again = client.post("/api/v1/notice-batches", "batch-1", &batch).await.good(200);
    assert_eq!(again, answer, "the same request again, the same answer");
    let listed = client.get("/api/v1/notices").await.good(200);
    assert_eq!(listed["notices"].as_array().unwrap().len(), 3, "{listed}");
    let other = json!({ "items": [item("b-9")] });
    client.post("/api/v1/notice-batches", "batch-1", &other).await.is_problem(422, "request-key-reused");
    let mut changed = item("b-1");
    changed["notice"]["subject"] = json!("別の件名");
    let answer = client.post("/api/v1/notice-batches", "batch-2", &json!({ "items": [changed] })).await.good(200);
    assert_eq!(answer["items"][0]["problem"]["code"], "request-key-reused", "{answer}");
    for wrong in [json!({ "items": [] }), json!({ "items": [item("x"), item("x")] })] {
        client.post("/api/v1/notice-batches", "batch-3", &wrong).await.is_problem(400, "http-bad-field");
    }
}

#[tokio::test]
async fn pages_hold_together_while_notices_change() {
    let city = city::with_people().await;
    let client = clerks_system(&city).await;
    let mut all = Vec::new();
    for number in 0..7 {
        all.push(drafted(&client, &format!("n-{number}")).await);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for round in 0.. {
        let page = client.get(&format!("/api/v1/notices?limit=3&cursor={cursor}")).await.good(200);
        seen.extend(ids(&page));
        // Between two pages the newest changes, and one comes in.
        client.post(&format!("/api/v1/notices/{}/submit", all[6 - round]), &format!("s-{round}"), &json!({})).await;
        drafted(&client, &format!("late-{round}")).await;
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    let once: BTreeSet<_> = seen.iter().collect();
    assert_eq!(once.len(), seen.len(), "nothing twice");
    assert!(all.iter().all(|id| seen.contains(id)), "whatever was there is found");
    let submitted = client.get("/api/v1/notices?state=SUBMITTED").await.good(200);
    assert_eq!(ids(&submitted).len(), 3, "{submitted}");

    // What changed: from the beginning, then only what is new, in the order of the changes.
    let (mut changed, mut cursor, mut more) = (Vec::new(), String::new(), true);
    while more {
        let page = client.get(&format!("/api/v1/notice-changes?limit=4&cursor={cursor}")).await.good(200);
        changed.extend(ids(&page));
        cursor = page["next"].as_str().unwrap().to_owned();
        more = page["has_more"].as_bool().unwrap();
    }
    assert_eq!(changed.len(), 10, "each once: {changed:?}");
    let quiet = client.get(&format!("/api/v1/notice-changes?cursor={cursor}")).await.good(200);
    assert_eq!((ids(&quiet).len(), quiet["next"].as_str()), (0, Some(cursor.as_str())));
    client.post(&format!("/api/v1/notices/{}/submit", all[0]), "s-last", &json!({})).await.good(200);
    let new = client.get(&format!("/api/v1/notice-changes?cursor={cursor}")).await.good(200);
    assert_eq!(ids(&new), [all[0].clone()]);
    assert_eq!(new["notices"][0]["state"], "SUBMITTED");
    client.get("/api/v1/notice-changes?cursor=999999").await.is_problem(409, "notice-unknown-place");
    client.get("/api/v1/notice-changes?cursor=x").await.is_problem(400, "http-bad-field");
    client.get("/api/v1/notices?limit=0").await.is_problem(400, "http-bad-field");
}

#[tokio::test]
async fn another_sections_notices_are_not_there() {
    let city = city::with_people().await;
    let client = clerks_system(&city).await;
    let id = drafted(&client, "ours").await;
    let admin = person(&city, "kanri").await;
    let other = client.with(system(&city, &admin, "kanko", "観光課", BOTH).await);
    other.get(&format!("/api/v1/notices/{id}")).await.is_problem(404, "notice-not-found");
    other.get(&format!("/api/v1/notices/{id}/pdf")).await.is_problem(404, "notice-not-found");
    other.post(&format!("/api/v1/notices/{id}/submit"), "k", &json!({})).await.is_problem(403, "notice-not-drafter");
    for path in ["/api/v1/notices", "/api/v1/notice-changes"] {
        assert_eq!(ids(&other.get(path).await.good(200)), [""; 0]);
    }
    // A key belongs to an account.
    let theirs = other.post("/api/v1/notices", "ours", &notice("観光")).await.good(201);
    assert_ne!(theirs["id"].as_str().unwrap(), id);
}

fn ids(page: &Value) -> Vec<String> {
    page["notices"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[cfg(feature = "templates")]
#[tokio::test]
async fn a_template_is_filled_in_by_a_system() {
    if !crate::office::typeset::typeset_here() {
        return;
    }
    let city = city::with_people().await;
    let client = clerks_system(&city).await;
    let kinds = client.get("/api/v1/notice-types").await.good(200);
    let kind = kinds["types"].as_array().unwrap().iter().find(|kind| kind["id"] == "typeset").unwrap();
    let ids: Vec<_> = kind["fields"].as_array().unwrap().iter().map(|field| field["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["place", "fee", "on", "result", "remarks"]);
    let filled = |place: &str| {
        json!({
            "type": "typeset", "subject": "道路占用許可書", "recipient": "見本 太郎", "reasons": "基準に適合するため",
            "appeal_instructions": "審査請求ができます", "fields": { "place": place, "fee": "300" },
        })
    };
    let made = client.post("/api/v1/notices", "t-1", &filled("中央1丁目")).await.good(201);
    let id = made["id"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        client.post(&format!("/api/v1/notices/{id}/submit"), "t-2", &json!({})).await.good(200);
    }
    let pdf = client.get(&format!("/api/v1/notices/{id}/pdf")).await;
    assert!(pdf.body.starts_with(b"%PDF-"));
    let shown = client.get(&format!("/api/v1/notices/{id}")).await.good(200);
    assert_eq!(
        (shown["state"].as_str(), &shown["draft_sha256"]),
        (Some("SUBMITTED"), &json!(Sha256Hex::of(&pdf.body)))
    );

    // A PDF and fields at once, neither of them, and what does not fit the template.
    let mut both = filled("中央");
    both["content"] = json!(base64(PDF));
    let mut neither = filled("中央");
    neither.as_object_mut().unwrap().remove("fields");
    for (key, body, status) in
        [("t-3", both, 400), ("t-4", neither, 400), ("t-5", filled("😀"), 422), ("t-6", filled(""), 422)]
    {
        let refused = client.post("/api/v1/notices", key, &body).await;
        assert_eq!(refused.status, status, "{key}: {}", refused.json());
    }
    let items = json!({ "items": [
        { "key": "a", "submit": true, "notice": filled("中央2丁目") },
        { "key": "b", "submit": true, "notice": filled("😀") },
        { "key": "c", "submit": true, "notice": filled("中央3丁目") },
    ] });
    let handed = client.post("/api/v1/notice-batches", "t-7", &items).await.good(200);
    let submitted: Vec<_> = handed["items"].as_array().unwrap().iter().map(|item| item["submitted"].clone()).collect();
    assert_eq!(submitted, [true, false, true]);
    assert_eq!(handed["items"][1]["problem"]["code"], "template-missing-glyph");
}
