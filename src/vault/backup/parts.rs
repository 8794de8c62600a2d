//! The encrypted parts of a backup as streams: hashed as they are written, held to their hash before anything of them is used.

use super::manifest::Part;
use crate::digest::{DigestAlgorithm, Hasher, Sha256Hex, hex};
use crate::office::ports::BackupError;
use crate::package::{Identities, OpeningReader, PackageError, Recipients, SealingWriter};
use crate::vault::disk;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// A part on its way in; one that is not finished is none.
pub struct PartWriter {
    stream: SealingWriter<Hashed>,
    path: PathBuf,
}

/// A file whose bytes are digested as they are written.
struct Hashed {
    file: BufWriter<File>,
    hasher: Hasher,
    size_bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or_default());
        self.size_bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl PartWriter {
    pub(super) fn create(path: PathBuf, recipients: &Recipients) -> Result<Self, BackupError> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| disk::trouble(&path, error))?;
        let hashed = Hashed {
            file: BufWriter::with_capacity(1 << 18, file),
            hasher: Hasher::new(DigestAlgorithm::Sha256),
            size_bytes: 0,
        };
        Ok(Self { stream: recipients.seal_into(hashed)?, path })
    }

    /// Writes the end, and makes it durable.
    ///
    /// # Errors
    /// Of the disk.
    pub fn finish(self) -> Result<Part, BackupError> {
        let path = self.path;
        let done = self.stream.finish().and_then(|mut hashed| {
            hashed.file.flush()?;
            hashed.file.get_ref().sync_all()?;
            Ok(hashed)
        });
        let hashed = done.map_err(|error| disk::trouble(&path, error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let sha256 = Sha256Hex::parse(&hex(&hashed.hasher.finish().bytes));
        let sha256 = sha256.ok_or_else(|| disk::trouble(&path, io::Error::other("no digest")))?;
        Ok(Part { name, sha256, size_bytes: hashed.size_bytes })
    }
}

impl Write for PartWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A part on its way out.
pub struct PartReader(OpeningReader<BufReader<File>>);

impl PartReader {
    /// Opens a part that has its hash.
    ///
    /// # Errors
    /// [`BackupError::Missing`], [`BackupError::Altered`], [`BackupError::WrongIdentity`].
    pub(super) fn open(folder: &Path, part: &Part, identities: &Identities) -> Result<Self, BackupError> {
        check(folder, part)?;
        let (path, place) = (folder.join(&part.name), part.name.clone());
        let file = File::open(&path).map_err(|error| disk::trouble(&path, error))?;
        let opened = identities.open_from(BufReader::with_capacity(1 << 18, file));
        opened.map(Self).map_err(|error| match error {
            PackageError::WrongKey => BackupError::WrongIdentity { place },
            other => BackupError::Altered { place, what: other.to_string() },
        })
    }
}

impl Read for PartReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

/// Holds a part to its hash.
pub(super) fn check(folder: &Path, part: &Part) -> Result<(), BackupError> {
    let (path, place) = (folder.join(&part.name), part.name.clone());
    if !disk::exists(&path)? {
        return Err(BackupError::Missing { place });
    }
    let (sha256, size_bytes) = disk::digest(&path)?;
    match sha256 == part.sha256 {
        true => Ok(()),
        false if size_bytes < part.size_bytes => {
            let what = format!("it has {size_bytes} bytes of {}", part.size_bytes);
            Err(BackupError::Altered { place, what })
        }
        false => Err(BackupError::Altered { place, what: "it has another hash".to_owned() }),
    }
}
