//! The description of the API, held to the standard by a program that we did not write.

use super::city;
use super::client::Client;

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
    let check = "import json, sys; from openapi_spec_validator import OpenAPIV31SpecValidator as V; \
        V(json.load(sys.stdin)).validate(); print('sound')";
    crate::http::other_reader::finds_sound(check, &answer.body);
}
