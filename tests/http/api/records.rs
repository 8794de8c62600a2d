//! Record files and records by the API: filed, found, read, and withheld; holds and disposals shown.

use super::city;
use super::client::{Client, administrator, person, system};
use super::once::{filing, opening};
use fumikura::office::records::NewHold;
use fumikura::office::tokens::Scope;
use fumikura::records::{HoldKind, HoldScope};
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
