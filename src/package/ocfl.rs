//! A record as an object of the Oxford Common File Layout (OCFL 1.1), in a storage root of its own that further objects may
//! join.

use super::PackageError;
use crate::digest::{DigestAlgorithm, hex};
use crate::id::RecordId;
use crate::time::Instant;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The names of the folders of a root are the identifiers of its objects.
const LAYOUT: &str = "0002-flat-direct-storage-layout";
const INVENTORY: &str = "inventory.json";

/// Returns the files of a storage root by their paths: one object, whose one version holds the whole bag.
///
/// # Errors
/// [`PackageError::NotMade`] where the inventory has no JSON form.
pub fn ocfl_root(
    record: RecordId,
    bag: BTreeMap<String, Vec<u8>>,
    packaged_at: Instant,
) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    let (mut stored, mut state) = (BTreeMap::new(), Map::new());
    for (path, bytes) in bag {
        let sha512 = hex(&DigestAlgorithm::Sha512.digest(&bytes).bytes);
        if let Value::Array(paths) = state.entry(sha512.clone()).or_insert_with(|| json!([])) {
            paths.push(Value::String(path.clone()));
        }
        // What has the same bytes is stored once, and stands in the state under each of its names (3.5.2, 3.5.3).
        stored.entry(sha512).or_insert_with(|| (format!("v1/content/{path}"), bytes));
    }
    let manifest: Map<_, _> = stored.iter().map(|(digest, (path, _))| (digest.clone(), json!([path]))).collect();
    let of_content =
        |(path, bytes): &(String, Vec<u8>)| (hex(&DigestAlgorithm::Sha256.digest(bytes).bytes), json!([path]));
    let fixity: Map<_, _> = stored.values().map(of_content).collect();
    let inventory = json!({
        "id": record.to_string(),
        "type": "https://ocfl.io/1.1/spec/#inventory",
        "digestAlgorithm": "sha512",
        "head": "v1",
        "manifest": manifest,
        "fixity": { "sha256": fixity },
        "versions": { "v1": {
            "created": packaged_at.to_string(),
            "message": "exported",
            "user": { "name": "fumikura", "address": format!("urn:fumikura:{}", env!("CARGO_PKG_VERSION")) },
            "state": state,
        } },
    });
    let inventory = serde_json::to_vec_pretty(&inventory).map_err(|error| PackageError::NotMade(error.to_string()))?;
    let sidecar = format!("{} {INVENTORY}\n", hex(&DigestAlgorithm::Sha512.digest(&inventory).bytes)).into_bytes();
    let mut root = BTreeMap::from([
        ("0=ocfl_1.1".to_owned(), b"ocfl_1.1\n".to_vec()),
        ("ocfl_layout.json".to_owned(), layout()?),
        (format!("{record}/0=ocfl_object_1.1"), b"ocfl_object_1.1\n".to_vec()),
    ]);
    for folder in [record.to_string(), format!("{record}/v1")] {
        root.insert(format!("{folder}/{INVENTORY}"), inventory.clone());
        root.insert(format!("{folder}/{INVENTORY}.sha512"), sidecar.clone());
    }
    root.extend(stored.into_values().map(|(path, bytes)| (format!("{record}/{path}"), bytes)));
    Ok(root)
}

fn layout() -> Result<Vec<u8>, PackageError> {
    let layout = json!({ "extension": LAYOUT, "description": "one folder an object, named by its identifier" });
    serde_json::to_vec_pretty(&layout).map_err(|error| PackageError::NotMade(error.to_string()))
}
