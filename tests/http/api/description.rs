//! The description of the API, held to the standard by a program that we did not write.

use super::city;
use super::client::Client;
use std::io::Write;
use std::process::{Command, Stdio};

#[tokio::test]
async fn the_description_is_openapi_3_1_and_names_every_way() {
    let city = city::empty().await;
    let client = Client::of(&city, String::new()).await;
    let answer = client.get("/api/openapi.json").await;
    let description = serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap();
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"), "{}", description["openapi"]);
    let paths = description["paths"].as_object().unwrap();
    assert!(paths.len() >= 18, "{:?}", paths.keys());
    for (path, ways) in paths {
        for (method, way) in ways.as_object().unwrap() {
            let asks = way["security"][0]["token"].as_array().is_some_and(|scopes| !scopes.is_empty());
            assert!(asks, "{method} {path} says which scope it takes");
            assert!(way["responses"]["default"].is_object(), "{method} {path} says how it refuses");
        }
    }
    let Some(python) = std::env::var_os("FUMIKURA_PYTHON") else { return };
    let check = "import json, sys; from openapi_spec_validator import OpenAPIV31SpecValidator as V; \
        V(json.load(sys.stdin)).validate(); print('sound')";
    let mut command = Command::new(python);
    command.args(["-c", check]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut program = command.spawn().unwrap();
    program.stdin.take().unwrap().write_all(&answer.body).unwrap();
    let output = program.wait_with_output().unwrap();
    let trouble = String::from_utf8_lossy(&output.stderr);
    if trouble.contains("No module named") && std::env::var_os("FUMIKURA_INTEROP").is_none() {
        return;
    }
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "sound", "{trouble}");
}
