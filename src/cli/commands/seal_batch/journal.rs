//! The journal beside a list: what became of each item, written before the output appears, so that a run that ended
//! anywhere goes on and no finished output is ever taken for a stranger's or made again.

use crate::cli::Failure;
use crate::digest::Sha256Hex;
use crate::fault::Kind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

/// What a journal is about; another list, key or level has another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// SHA-256 of the list.
    pub list: Sha256Hex,
    /// SHA-256 of the signer's certificate.
    pub certificate: Sha256Hex,
    /// The level.
    pub level: String,
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    /// The item's place on the list, from 1.
    item: usize,
    #[serde(flatten)]
    end: End,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum End {
    /// Sealed: the output has this hash. Written just before the output appears.
    Sealed {
        /// SHA-256 of the output.
        sha256: Sha256Hex,
    },
    /// Refused for a reason of its own.
    Refused {
        /// The code of the reason.
        code: String,
    },
}

/// An open journal, held by this process alone.
pub struct Journal {
    file: File,
    path: PathBuf,
    ends: BTreeMap<usize, End>,
}

impl Journal {
    /// Opens the journal of a list, or begins it.
    ///
    /// # Errors
    /// `seal-list-changed` for a journal of something else; `seal-list-busy` while another process holds it.
    pub fn open(path: PathBuf, heading: &Heading) -> Result<Self, Failure> {
        let trouble = |error: &std::io::Error| Failure::io(&path, error, true);
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.as_mut().map_err(|error| trouble(error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::new("seal-list-busy", Kind::Conflict, path.display().to_string()));
            }
            Err(TryLockError::Error(error)) => return Err(trouble(&error)),
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(|error| trouble(&error))?;
        // A last line without its end was being written when the process ended: it says nothing.
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let ends = read(&text[..whole], heading)
            .map_err(|what| Failure::new("seal-list-changed", Kind::Conflict, format!("{}: {what}", path.display())))?;
        let kept = file.set_len(whole as u64).and_then(|()| file.seek(std::io::SeekFrom::End(0)));
        kept.map_err(|error| trouble(&error))?;
        let file = file.try_clone().map_err(|error| trouble(&error))?;
        let mut journal = Self { file, path: path.clone(), ends };
        if whole == 0 {
            journal.put(heading)?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| trouble(&error))?;
        }
        Ok(journal)
    }

    /// Returns what became of an item.
    pub fn end(&self, item: usize) -> Option<&End> {
        self.ends.get(&item)
    }

    /// Writes down what became of an item; it is on the disk when this returns.
    pub fn tell(&mut self, item: usize, end: End) -> Result<(), Failure> {
        self.put(&Line { item, end: end.clone() })?;
        self.ends.insert(item, end);
        Ok(())
    }

    fn put(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let line = serde_json::to_string(value).map(|line| line + "\n").map_err(std::io::Error::other);
        let written = line.and_then(|line| {
            self.file.write_all(line.as_bytes())?;
            self.file.sync_data()
        });
        written.map_err(|error| Failure::io(&self.path, &error, true))
    }
}

fn read(text: &[u8], heading: &Heading) -> Result<BTreeMap<usize, End>, String> {
    let mut lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let Some(first) = lines.next() else { return Ok(BTreeMap::new()) };
    if serde_json::from_slice::<Heading>(first).ok().as_ref() != Some(heading) {
        return Err("it is the journal of another list, key or level; give the list another name".to_owned());
    }
    let read = |line| serde_json::from_slice::<Line>(line).map_err(|error| format!("a line is damaged: {error}"));
    lines.map(|line| read(line).map(|line| (line.item, line.end))).collect()
}
