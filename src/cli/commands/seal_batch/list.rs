//! The list of a batch: what goes in, where it goes, and the hash that was approved; as CSV or JSON lines.

use crate::cli::{Failure, files};
use crate::digest::Sha256Hex;
use crate::fault::Kind;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// More than a list of 100,000 with long paths has.
const LIMIT_BYTES: usize = 64 << 20;

/// One line of the list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The PDF to seal.
    #[serde(rename = "in")]
    pub input: PathBuf,
    /// Where the sealed PDF goes.
    #[serde(rename = "out")]
    pub output: PathBuf,
    /// SHA-256 of the PDF, as it was approved.
    pub sha256: Sha256Hex,
}

/// A list as it was read.
pub struct List {
    /// The items in their order, with paths as they are to be opened.
    pub items: Vec<Item>,
    /// The hash of the file.
    pub sha256: Sha256Hex,
}

/// Reads a list. Paths in it are relative to its folder; every output stands there once and is no input.
pub fn read(path: &Path) -> Result<List, Failure> {
    let wrong = |what: String| Failure::new("seal-list", Kind::Refused, format!("{}: {what}", path.display()));
    let bytes = files::read(path)?;
    if bytes.len() > LIMIT_BYTES {
        return Err(wrong(format!("it is longer than {LIMIT_BYTES} bytes")));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
    let mut items = if first == Some(&b'{') { json_lines(text) } else { table(text) }.map_err(&wrong)?;
    if items.is_empty() {
        return Err(wrong("it is empty".to_owned()));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    for item in &mut items {
        (item.input, item.output) = (folder.join(&item.input), folder.join(&item.output));
    }
    let inputs: BTreeSet<&Path> = items.iter().map(|item| item.input.as_path()).collect();
    let mut outputs = BTreeSet::new();
    for item in &items {
        if !outputs.insert(item.output.as_path()) {
            return Err(wrong(format!("{} is written twice", item.output.display())));
        }
        if inputs.contains(item.output.as_path()) {
            return Err(wrong(format!("{} is both read and written", item.output.display())));
        }
    }
    Ok(List { sha256: Sha256Hex::of(&bytes), items })
}

fn json_lines(text: &[u8]) -> Result<Vec<Item>, String> {
    let lines = text.split(|byte| *byte == b'\n').enumerate();
    let lines = lines.filter(|(_, line)| line.iter().any(|byte| !byte.is_ascii_whitespace()));
    lines.map(|(at, line)| serde_json::from_slice(line).map_err(|error| format!("line {}: {error}", at + 1))).collect()
}

/// The first line names the columns: in, out, sha256.
fn table(text: &[u8]) -> Result<Vec<Item>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
    reader.deserialize().map(|row| row.map_err(|error| error.to_string())).collect()
}
