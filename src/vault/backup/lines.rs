//! The city's files and keys in a part: a line of JSON each, so that `age -d` and any reader of JSON open it.

use crate::digest::Sha256Hex;
use crate::office::ports::BackupError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, BufReader, Read, Write};
use zeroize::{Zeroize, Zeroizing};

/// The longest line, in bytes: the longest proof tree in base64.
const LONGEST_BYTES: u64 = (1 << 29) / 3 * 4 + (1 << 20);

/// A file or a key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupLine {
    /// What it is.
    pub what: LineKind,
    /// Its name: a path below the city's folder, a file's name, a package.
    pub name: String,
    /// The permissions of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// Of a key: the SHA-256 of the package that it opens, under which that lies in the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Sha256Hex>,
    /// Its bytes, in base64.
    bytes: String,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineKind {
    /// A file below the city's folder.
    File,
    /// A proof tree.
    Proof,
    /// A sealed checkpoint.
    Checkpoint,
    /// The vault's master identity.
    Master,
    /// The wrapped key of a package.
    Key,
}

impl BackupLine {
    /// Makes a line.
    pub fn new(what: LineKind, name: impl Into<String>, bytes: &[u8]) -> Self {
        Self { what, name: name.into(), mode: None, package: None, bytes: STANDARD.encode(bytes) }
    }

    /// Sets the permissions.
    #[must_use]
    pub fn with_mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Sets the package that a key opens.
    #[must_use]
    pub fn with_package(mut self, sha256: Sha256Hex) -> Self {
        self.package = Some(sha256);
        self
    }

    /// Returns the bytes; none where they are no base64.
    pub fn bytes(&self) -> Option<Zeroizing<Vec<u8>>> {
        STANDARD.decode(&self.bytes).ok().map(Zeroizing::new)
    }
}

impl Drop for BackupLine {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

/// Writes lines.
pub struct LineWriter<W>(pub W);

impl<W: Write> LineWriter<W> {
    /// Writes a line.
    ///
    /// # Errors
    /// Those of the output.
    pub fn write(&mut self, line: &BackupLine) -> io::Result<()> {
        let mut text = Zeroizing::new(serde_json::to_vec(line)?);
        text.push(b'\n');
        self.0.write_all(&text)
    }
}

/// Reads lines.
pub struct LineReader<R> {
    input: BufReader<R>,
    place: String,
}

impl<R: Read> LineReader<R> {
    /// Reads from an input; the place is named where something is wrong.
    pub fn new(input: R, place: impl Into<String>) -> Self {
        Self { input: BufReader::with_capacity(1 << 16, input), place: place.into() }
    }

    /// Returns the next line; none at the end.
    ///
    /// # Errors
    /// [`BackupError::Altered`]: what is encrypted was changed, or cut short.
    pub fn next_line(&mut self) -> Result<Option<BackupLine>, BackupError> {
        let altered = |what: String| BackupError::Altered { place: self.place.clone(), what };
        let mut text = Zeroizing::new(Vec::new());
        let read = self.input.by_ref().take(LONGEST_BYTES).read_until(b'\n', &mut text);
        match read.map_err(|error| altered(error.to_string()))? {
            0 => Ok(None),
            _ if text.last() != Some(&b'\n') => Err(altered("a line is cut short".to_owned())),
            _ => serde_json::from_slice(&text).map(Some).map_err(|error| altered(error.to_string())),
        }
    }
}
