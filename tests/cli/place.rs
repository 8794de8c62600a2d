//! The database of a city of the demonstration: a file in its folder. `postgres/place.rs` is its other form.

use fumikura::office::ports::Store;
use std::path::Path;
use std::sync::Arc;

/// Returns what `demo` is told of the database of a city in a folder.
pub fn options(_: &Path) -> Vec<String> {
    Vec::new()
}

/// Opens the database of a city in a folder.
pub async fn store(folder: &Path) -> Arc<dyn Store> {
    crate::office::database::open(&folder.join("fumikura.db")).await
}
