//! Every way of the description is asked with no token, with every scope but its own, and by the system of another section.

use super::city;
use super::client::{Answer, Client, administrator, base64, notice, system, token};
use super::once::{filing, opening};
use fumikura::office::tokens::Scope;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A way: method, path, its one scope.
fn ways(description: &Value) -> Vec<(String, String, Scope)> {
    let mut ways = Vec::new();
    for (path, of_path) in description["paths"].as_object().unwrap() {
        for (method, way) in of_path.as_object().unwrap() {
            let scopes: Vec<Scope> = serde_json::from_value(way["security"][0]["token"].clone()).unwrap();
            assert_eq!(scopes.len(), 1, "{method} {path}");
            ways.push((method.to_uppercase(), path.clone(), scopes[0]));
        }
    }
    ways
}

/// Asks as is described, with a body that would be taken.
async fn ask(client: &Client, method: &str, path: &str, ids: &Value) -> Answer {
    let collection = path.trim_start_matches("/api/v1/").split('/').next().unwrap();
    let id = ids[collection].as_str().unwrap_or("00000000000000000000000000000000");
    let filled = path.replace("{id}", id).replace("{sha256}", &"0".repeat(64));
    let file = ids["record-files"].as_str().unwrap();
    let body = match path.rsplit('/').next().unwrap() {
        "notices" | "{id}" => notice("別"),
        "notice-batches" => json!({ "items": [{ "key": "1", "notice": notice("別") }] }),
        "record-files" => opening(),
        "records" => filing(file, "別"),
        "tray" => {
            json!({ "created": "2026-05-01", "original_name": "別.pdf", "content": base64(city::PDF), "file": file })
        }
        "consent" => json!({ "method": "application", "evidence": "別" }),
        "discard" => json!({ "reason": "別" }),
        "contact" => json!({ "email": "a@example.jp" }),
        _ => json!({}),
    };
    match method {
        "GET" => client.get(&filled).await,
        _ if path.ends_with("verifications") => {
            client.ask(method, &filled, "content-type: application/pdf\r\n", city::PDF).await
        }
        _ => {
            let head = format!("content-type: application/json\r\nidempotency-key: {filled}\r\n");
            client.ask(method, &filled, &head, body.to_string().as_bytes()).await
        }
    }
}

#[tokio::test]
async fn every_way_takes_its_own_scope_and_shows_no_other_section_what_is_not_its_own() {
    let city = city::with_people().await;
    let admin = administrator(&city).await;
    let owner = Client::of(&city, system(&city, &admin, "zei", "総務文書課", &Scope::ALL).await).await;
    let made = async |path: &str, body: &Value| {
        owner.post(&format!("/api/v1/{path}"), path, body).await.good(201)["id"].as_str().unwrap().to_owned()
    };
    let mut secret = opening();
    (secret["access"], secret["title"]) = (json!("restricted"), json!("秘密の綴"));
    let (draft, file) = (made("notices", &notice("秘密の件")).await, made("record-files", &secret).await);
    let record = made("records", &filing(&file, "申請")).await;
    let scan =
        json!({ "created": "2026-05-01", "original_name": "申請.pdf", "content": base64(city::PDF), "file": file });
    let document = made("tray", &scan).await;
    let ids = json!({ "notices": draft, "record-files": file, "records": record, "tray": document });

    let other = owner.with(system(&city, &admin, "kanko", "観光課", &Scope::ALL).await);
    let mut without = BTreeMap::new();
    for scope in Scope::ALL {
        let rest: Vec<Scope> = Scope::ALL.into_iter().filter(|one| *one != scope).collect();
        without.insert(scope, owner.with(token(&city, &admin, "zei", &rest).await));
    }
    let ways = ways(&owner.get("/api/openapi.json").await.good(200));
    for (number, (method, path, scope)) in ways.iter().enumerate() {
        if number % 10 == 0 {
            // Whoever has no token is soon asked to wait.
            city.clock.set(&format!("2026-06-01T{:02}:30:00Z", 2 + number / 10));
        }
        ask(&owner.with(String::new()), method, path, &ids).await.is_problem(401, "token-not-taken");
        ask(&without[scope], method, path, &ids).await.is_problem(403, "token-out-of-scope");
        let theirs = ask(&other, method, path, &ids).await;
        let names_it = path.contains("{id}") || ["records", "tray"].iter().any(|end| path.ends_with(end));
        let is_named = names_it && method != "GET" || path.contains("{id}");
        if is_named {
            assert!([403, 404].contains(&theirs.status), "{method} {path}: {}", String::from_utf8_lossy(&theirs.body));
        }
        let said = String::from_utf8_lossy(&theirs.body).into_owned();
        let is_told = said.contains("秘密") || (!path.contains("{id}") && said.contains(&draft));
        assert!(!is_told, "{method} {path}: {said}");
    }
    // Nothing of it was changed: the owner still finds one notice, as it was.
    let found = owner.get("/api/v1/notices").await.good(200);
    assert_eq!(found["notices"].as_array().unwrap().len(), 1);
    assert_eq!(
        owner.get(&format!("/api/v1/record-files/{file}")).await.good(200)["records"].as_array().unwrap().len(),
        1
    );
}
