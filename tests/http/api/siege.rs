//! The API under siege: schemathesis makes requests of its description, right ones and wrong ones, alone and one after
//! another, and holds every answer to it. `FUMIKURA_SCHEMATHESIS` says how many examples of each way it makes.

use super::super::access::with_a_secret;
use super::super::walk::sign_in;
use super::city::{self, City};
use super::client::{Client, administrator, base64, notice, system, token};
use super::once::{filing, opening};
use fumikura::office::tokens::Scope;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Examples of each way, where nobody says how many: what fits into the time of the whole suite.
const EXAMPLES: &str = "6";

/// The program of the environment that the test command made, or nothing where it may be lacking.
#[expect(clippy::disallowed_methods, reason = "the test command says where its tools are")]
fn program() -> Option<PathBuf> {
    let python = std::env::var("FUMIKURA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let program = Path::new(&python).with_file_name("schemathesis");
    if program.is_file() {
        return Some(program);
    }
    assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "schemathesis must be installed");
    eprintln!("not run: schemathesis is not installed");
    None
}

/// How many examples.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests may ask for more")]
fn examples() -> String {
    std::env::var("FUMIKURA_SCHEMATHESIS").unwrap_or_else(|_| EXAMPLES.to_owned())
}

/// Has a disposal planned, and a hold placed after that.
async fn planned(city: &City) {
    let (file, _) = with_a_secret(city).await;
    let mut manager = sign_in(city, "tanaka").await;
    manager.get(&file).await;
    manager.post(&format!("{file}/appraise"), &[("outcome", "destroy")]).await.place();
    manager.get("/holds").await;
    manager.post("/disposals", &[]).await.place();
    let target = file.trim_start_matches("/records/files/");
    manager.get("/holds").await;
    manager.post("/holds", &[("target", target), ("kind", "audit"), ("reason", "監査")]).await.place();
}

/// Gives the city something of everything, and says what it is called.
async fn known(city: &City, client: &Client) -> Value {
    planned(city).await;
    let first = async |of: &str| {
        let list = client.get(&format!("/api/v1/{of}")).await.good(200);
        list[of][0]["id"].as_str().unwrap().to_owned()
    };
    let (hold, disposal) = (first("holds").await, first("disposals").await);
    let made = async |path: &str, body: &Value| {
        let made = client.post(&format!("/api/v1/{path}"), path, body).await.good(201);
        made["id"].as_str().unwrap().to_owned()
    };
    let draft = made("notices", &notice("開示")).await;
    let file = made("record-files", &opening()).await;
    let record = made("records", &filing(&file, "申請")).await;
    let scan =
        json!({ "created": "2026-05-01", "original_name": "申請.pdf", "content": base64(city::PDF), "file": file });
    let document = made("tray", &scan).await;
    let without = |mut data: Value| {
        data.as_object_mut().unwrap().remove("content");
        data
    };
    let data = json!({
        "notices": without(notice("開示")), "records": without(filing(&file, "申請")), "tray": without(scan),
    });
    json!({
        "data": data, "holds": [hold], "disposals": [disposal], "notices": [draft], "record-files": [file], "records": [record], "tray": [document],
        "type": ["disclosure", "info"], "file": [file], "class": ["B-02", "A-01-01"],
        "method": ["application"], "scope": [""], "content": [base64(city::PDF)],
    })
}

/// The description without what it says of answers that nobody thought of: each must be named.
async fn description(client: &Client, folder: &Path) -> (PathBuf, usize) {
    let mut ways = 0;
    let mut description = client.get("/api/openapi.json").await.good(200);
    for way in description["paths"].as_object_mut().unwrap().values_mut() {
        for way in way.as_object_mut().unwrap().values_mut() {
            ways += 1;
            way["responses"].as_object_mut().unwrap().remove("default").expect("a default");
        }
    }
    let path = folder.join("openapi.json");
    std::fs::write(&path, description.to_string()).unwrap();
    (path, ways)
}

/// Puts the clock forward all the time, so that limits on how often do not end the siege.
async fn hours_pass(city: &City) {
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let now = fumikura::time::Clock::now(city.clock.as_ref());
        city.clock.set(&(now + SignedDuration::from_mins(10)).to_string());
    }
}

#[tokio::test]
async fn no_request_brings_the_api_down_or_an_answer_that_is_not_described() {
    let Some(program) = program() else { return };
    let city = city::with_people().await;
    let admin = administrator(&city).await;
    let all = Client::of(&city, system(&city, &admin, "zei", "総務文書課", &Scope::ALL).await).await;
    let few = token(&city, &admin, "zei", &[Scope::Verify, Scope::NoticesRead]).await;
    let folder = tempfile::tempdir().unwrap();
    let known = known(&city, &all).await;
    let (description, ways) = description(&all, folder.path()).await;
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/api");
    for (token, examples) in [(all.token.clone(), examples()), (few, "1".to_owned())] {
        let mut siege = Command::new(&program);
        siege.arg("--config-file").arg(here.join("siege.toml")).arg("run").arg(&description);
        siege.args(["--url", &format!("http://{}", all.address)]).env("FUMIKURA_TOKEN", token);
        siege.args(["--max-examples", &examples, "--seed", "1", "--no-color", "--generation-database", "none"]);
        siege.current_dir(folder.path()).env("SCHEMATHESIS_HOOKS", here.join("siege.py"));
        siege.env("FUMIKURA_SIEGE", known.to_string()).env("PYTHONDONTWRITEBYTECODE", "1");
        let ended = tokio::task::spawn_blocking(move || siege.output().unwrap());
        let output = tokio::select! {
            output = ended => output.unwrap(),
            () = hours_pass(&city) => unreachable!(),
        };
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains(&format!("Tested: {ways}")), "{said}");
    }
}
