//! Record files and records by the API: filed, found, read, and withheld; holds and disposals shown.

use super::city;
use super::client::{Client, administrator, base64, person, system};
use super::once::{filing, opening};
use crate::office::pages::scan;
use fumikura::office::ports::FilingWish;
use fumikura::office::records::NewHold;
use fumikura::office::tokens::Scope;
use fumikura::office::tray::Acceptance;
use fumikura::records::{HoldKind, HoldScope};
use fumikura::scans::CoverSheet;
use serde_json::json;

const SCOPES: &[Scope] = &[Scope::RecordsFile, Scope::RecordsRead, Scope::HoldsRead, Scope::DisposalsRead];

#[tokio::test]
async fn a_document_is_filed_found_and_read() {
    let city = city::with_people().await;
    let admin = administrator(&city).await;
    let client = Client::of(&city, system(&city, &admin, "zei", "総務文書課", SCOPES).await).await;
    let file = client.post("/api/v1/record-files", "f", &opening()).await.good(201);
    let file = file["id"].as_str().unwrap().to_owned();
    let made = client.post("/api/v1/records", "r", &filing(&file, "占用許可の申請")).await;
    assert_eq!(made.header("location"), made.json()["href"].as_str().unwrap());
    let record = made.good(201)["id"].as_str().unwrap().to_owned();

    let shown = client.get(&format!("/api/v1/record-files/{file}")).await.good(200);
    assert_eq!((shown["closed"].as_bool(), shown["records"][0]["id"].as_str()), (Some(false), Some(record.as_str())));
    assert!(!shown["dates"]["because"].as_array().unwrap().is_empty(), "{shown}");
    let lines = client.get("/api/v1/record-files?q=%E9%81%93%E8%B7%AF").await.good(200);
    assert_eq!((lines["files"].as_array().unwrap().len(), lines["next"].is_null()), (1, true), "{lines}");
    for words in ["%E5%8D%A0%E7%94%A8", "%E6%9C%AC%E6%96%87"] {
        let found = client.get(&format!("/api/v1/records?q={words}")).await.good(200);
        assert_eq!(found["records"][0]["id"], json!(record), "by title or by contents: {found}");
    }
    for (filter, found) in [
        ("section=%E7%B7%8F%E5%8B%99%E6%96%87%E6%9B%B8%E8%AA%B2", 1),
        ("section=%E8%A6%B3%E5%85%89%E8%AA%B2", 0),
        ("q=%E5%8D%A0%E7%94%A8&access=internal&since=2000-01-01", 1),
        ("until=2000-01-01", 0),
    ] {
        let hits = client.get(&format!("/api/v1/records?{filter}")).await.good(200);
        assert_eq!(hits["records"].as_array().unwrap().len(), found, "{filter}: {hits}");
    }
    client.get("/api/v1/records?year=soon").await.is_problem(400, "http-bad-field");
    let shown = client.get(&format!("/api/v1/records/{record}")).await.good(200);
    assert_eq!((shown["state"].as_str(), shown["media_type"].as_str()), (Some("filed"), Some("text/plain")), "{shown}");
    let content = client.get(&format!("/api/v1/records/{record}/content")).await;
    assert_eq!(content.body, "申請書の本文 占用許可の申請".as_bytes());
    assert!(content.header("content-disposition").starts_with("attachment"));

    let auditor = person(&city, "kobayashi").await;
    let entries = city.office.newest_entries(&auditor, 100).await.unwrap();
    let token = city.office.tokens(&admin).await.unwrap()[0].id.to_string();
    for verb in ["file.opened", "record.filed", "record.read"] {
        let entry = entries.iter().find(|entry| entry.verb.as_str() == verb).unwrap();
        assert!(entry.details_json().contains(&token), "{verb} says by which token");
    }
}

#[tokio::test]
async fn a_scan_is_handed_in_once_and_its_outcome_told_to_whoever_brought_it() {
    let city = city::with_people().await;
    let admin = administrator(&city).await;
    let client = Client::of(&city, system(&city, &admin, "zei", "総務文書課", SCOPES).await).await;
    let document = json!({
        "created": "2026-05-01", "original_name": "申請書.pdf", "device": "複合機1", "paper": "箱3",
        "content": base64(&scan(&["text 占用許可の申請", "text 別紙"])),
    });
    let made = client.post("/api/v1/tray", "scan-1", &document).await;
    let path = made.header("location").to_owned();
    let id = made.good(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(path, format!("/api/v1/tray/{id}"));
    assert_eq!(client.get(&path).await.good(200)["state"], "waiting");
    let again = client.post("/api/v1/tray", "scan-1", &document).await;
    assert_eq!((again.header("idempotency-replayed"), again.json()["id"].as_str()), ("true", Some(id.as_str())));
    client
        .post("/api/v1/tray", "scan-1", &json!({ "created": "2026-05-02", "original_name": "b.pdf", "content": "" }))
        .await
        .is_problem(422, "request-key-reused");

    let clerk = person(&city, "sato").await;
    city.office.work_through_tray().await.unwrap();
    let view = city.office.tray_item(&clerk, id.parse().unwrap()).await.unwrap();
    assert_eq!((view.item.wish.title.as_str(), view.item.section.as_str()), ("申請書", "総務文書課"));
    assert_eq!(client.get(&path).await.good(200)["pages"], 2);
    // Nobody else is told anything of it, and an empty document uses no key up.
    let other = client.with(system(&city, &admin, "kanko", "観光課", SCOPES).await);
    other.get(&path).await.is_problem(404, "tray-not-found");
    let empty = json!({ "created": "2026-05-01", "original_name": "a.pdf", "content": "" });
    other.post("/api/v1/tray", "scan-1", &empty).await.is_problem(422, "intake-empty");
    other.post("/api/v1/tray", "scan-1", &document).await.good(201);

    let file = client.post("/api/v1/record-files", "f", &opening()).await.good(201);
    let wish = FilingWish { file: Some(file["id"].as_str().unwrap().parse().unwrap()), ..view.item.wish.clone() };
    let accepted = Acceptance { row_version: view.item.row_version, wish, looked_at: [1, 2].into() };
    let record = city.office.accept_scan(&clerk, view.item.id, accepted).await.unwrap();
    city.office.work_through_tray().await.unwrap();
    // A stack with a cover sheet tells what it came apart into.
    let sheet = CoverSheet { file: file["id"].as_str().unwrap().parse().unwrap(), pages: Some(1), sheet: [3; 8] };
    let bytes = base64(&scan(&[&format!("code {}", sheet.to_code()), "text 申請"]));
    let stack = json!({ "created": "2026-05-01", "original_name": "束.pdf", "content": bytes });
    let stack = client.post("/api/v1/tray", "stack", &stack).await.header("location").to_owned();
    city.office.work_through_tray().await.unwrap();
    let divided = client.get(&stack).await.good(200);
    let part = divided["parts"][0].as_str().unwrap();
    assert_eq!(client.get(&format!("/api/v1/tray/{part}")).await.good(200)["pages"], 1, "{divided}");

    let gone = client.get(&path).await.good(200);
    assert_eq!((gone["state"].is_null(), gone["record"].as_str()), (true, Some(record.to_string().as_str())), "{gone}");
}

#[tokio::test]
async fn what_is_restricted_is_not_there_for_a_system_of_another_section() {
    let city = city::with_people().await;
    let admin = administrator(&city).await;
    let client = Client::of(&city, system(&city, &admin, "zei", "総務文書課", SCOPES).await).await;
    let mut secret = opening();
    (secret["title"], secret["access"]) = (json!("減免の審査"), json!("restricted"));
    let file = client.post("/api/v1/record-files", "f", &secret).await.good(201);
    let file = file["id"].as_str().unwrap().to_owned();
    let record = client.post("/api/v1/records", "r", &filing(&file, "減免の申請")).await.good(201);
    let record = record["id"].as_str().unwrap().to_owned();
    let hold =
        NewHold {
            kind: HoldKind::Audit, scope: HoldScope::File(file.parse().unwrap()), reason: "減免の監査".into()
        };
    city.office.place_hold(&person(&city, "tanaka").await, hold).await.unwrap();

    let other = client.with(system(&city, &admin, "kanko", "観光課", SCOPES).await);
    other.get(&format!("/api/v1/record-files/{file}")).await.is_problem(403, "access-restricted-file");
    for path in [format!("/records/{record}"), format!("/records/{record}/content")] {
        other.get(&format!("/api/v1{path}")).await.is_problem(403, "access-restricted-record");
    }
    for path in ["/record-files", "/records?q=%E6%B8%9B%E5%85%8D", "/records", "/holds", "/disposals"] {
        let answer = other.get(&format!("/api/v1{path}")).await;
        let text = String::from_utf8(answer.body).unwrap();
        assert!(answer.status == 200 && !text.contains("減免"), "{path}: {text}");
    }
    let holds = client.get("/api/v1/holds").await.good(200);
    let id = holds["holds"][0]["id"].as_str().unwrap();
    assert_eq!(client.get(&format!("/api/v1/holds/{id}")).await.good(200)["keeps_until"], "open");
    assert!(client.get("/api/v1/disposals").await.good(200)["disposals"].as_array().unwrap().is_empty());
    client.get("/api/v1/disposals/00000000000000000000000000000000").await.is_problem(404, "disposal-not-found");
}
