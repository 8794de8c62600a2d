//! The database of a city of the demonstration: one of its own on the suite's server.

use crate::office::postgres::database;
use fumikura::office::ports::Store;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file that names the database, beside the city's folder.
fn name(folder: &Path) -> PathBuf {
    folder.with_extension("sqlite")
}

/// Returns what `demo` is told of the database of a city in a folder: its URL, where there is a server.
pub fn options(folder: &Path) -> Vec<String> {
    let name = name(folder);
    // The caller may have a runtime going already.
    let url = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(database::url(&name))
    });
    url.join().unwrap().into_iter().flat_map(|url| ["--database".to_owned(), url]).collect()
}

/// Opens the database of a city in a folder.
pub async fn store(folder: &Path) -> Arc<dyn Store> {
    match database::url(&name(folder)).await {
        Some(_) => database::open(&name(folder)).await,
        None => crate::cli::place::store(folder).await,
    }
}
