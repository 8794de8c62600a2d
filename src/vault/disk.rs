//! The few things done to a disk, each durable when it returns, each naming the place of its trouble.

use crate::digest::{DigestAlgorithm, Hasher, Sha256Hex, hex};
use crate::office::ports::VaultError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// So many single syncs are sooner done than one of the whole file system.
#[cfg(target_os = "linux")]
const FEW: usize = 16;

/// Wraps an error of the system with its place.
pub(super) fn trouble(path: &Path, source: io::Error) -> VaultError {
    VaultError::Disk { place: path.display().to_string(), source }
}

/// Tells whether anything has this name, without following links.
pub(super) fn exists(path: &Path) -> Result<bool, VaultError> {
    Ok(kind(path)?.is_some())
}

/// Tells what has this name, without following links; none where nothing has it.
pub(super) fn kind(path: &Path) -> Result<Option<fs::FileType>, VaultError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata.file_type())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(trouble(path, error)),
    }
}

/// Reads a regular file of at most so many bytes; none where nothing has this name.
pub(super) fn read(path: &Path, limit_bytes: u64) -> Result<Option<Vec<u8>>, VaultError> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(trouble(path, error)),
    };
    if !metadata.is_file() {
        return Err(trouble(path, io::Error::other("not a regular file")));
    }
    let expected = metadata.len().min(limit_bytes).saturating_add(1);
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
    let file = File::open(path).map_err(|error| trouble(path, error))?;
    file.take(limit_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| trouble(path, error))?;
    if bytes.len() as u64 > limit_bytes {
        return Err(trouble(path, io::Error::new(ErrorKind::FileTooLarge, "larger than any package may be")));
    }
    Ok(Some(bytes))
}

/// What came of reading a file.
pub(super) enum Outcome<T> {
    /// Nothing has this name.
    Nothing,
    /// It was read.
    All(T),
    /// What has this name is no file of ours: a folder, a link, larger than anything that is kept.
    NoFile,
    /// It is there, and the system did not let it be read.
    Refused,
}

impl<T> Outcome<T> {
    /// Tells what came of reading, of an answer or of the trouble that there was.
    pub(super) fn of(read: Result<Option<T>, VaultError>) -> Self {
        match read {
            Ok(Some(read)) => Self::All(read),
            Ok(None) => Self::Nothing,
            Err(VaultError::Disk { source, .. }) if source.kind() == ErrorKind::FileTooLarge => Self::NoFile,
            Err(VaultError::Disk { source, .. }) if source.kind() == ErrorKind::NotFound => Self::Nothing,
            Err(_) => Self::Refused,
        }
    }

    /// Makes something else of what was read.
    pub(super) fn map<U>(self, make: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Nothing => Outcome::Nothing,
            Self::All(read) => Outcome::All(make(read)),
            Self::NoFile => Outcome::NoFile,
            Self::Refused => Outcome::Refused,
        }
    }
}

/// Reads a file, telling what is no file of ours from what cannot be read now.
pub(super) fn read_at_all<T>(
    path: &Path,
    read: impl FnOnce(&Path) -> Result<Option<T>, VaultError>,
) -> Result<Outcome<T>, VaultError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Ok(Outcome::NoFile),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Outcome::Nothing),
        Err(error) => return Err(trouble(path, error)),
    }
    Ok(Outcome::of(read(path)))
}

/// Digests a file without holding it in memory; returns its length in bytes with it.
pub(super) fn digest(path: &Path) -> Result<(Sha256Hex, u64), VaultError> {
    let mut file = File::open(path).map_err(|error| trouble(path, error))?;
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    let mut buffer = vec![0; 1 << 16];
    let mut size_bytes = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                hasher.update(buffer.get(..count).unwrap_or_default());
                size_bytes += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(trouble(path, error)),
        }
    }
    let digest = Sha256Hex::parse(&hex(&hasher.finish().bytes));
    digest.map(|digest| (digest, size_bytes)).ok_or_else(|| trouble(path, io::Error::other("no digest")))
}

/// Writes a new file for its owner only and syncs it. Nothing is left of it when that fails.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    write_unsynced(path, bytes)?;
    sync(path).inspect_err(|_| {
        // The error is what matters; a leftover that cannot be removed is found by the next scan.
        let _ = fs::remove_file(path);
    })
}

/// Writes a new file for its owner only, to be synced before it gets its name. Nothing is left of it when that fails.
pub(super) fn write_unsynced(path: &Path, bytes: &[u8]) -> Result<(), VaultError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| trouble(path, error))?;
    file.write_all(bytes).map_err(|error| {
        let _ = fs::remove_file(path);
        trouble(path, error)
    })
}

/// Gives a temporary file its name, unless something has that name already, and takes the temporary name away.
pub(super) fn rename_new(temporary: &Path, path: &Path) -> Result<(), VaultError> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, temporary, CWD, path, RenameFlags::NOREPLACE) {
            // File systems over a network do not know how.
            Err(Errno::INVAL | Errno::NOSYS) => {}
            done => return done.map_err(|error| trouble(path, error.into())),
        }
    }
    // A hard link fails where the name exists, which a plain rename does not.
    fs::hard_link(temporary, path).map_err(|error| trouble(path, error))?;
    fs::remove_file(temporary).map_err(|error| trouble(temporary, error))
}

/// Makes the names in a folder durable, or what is in a file.
pub(super) fn sync(path: &Path) -> Result<(), VaultError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|error| trouble(path, error))
}

/// Makes a folder below a root, and its parents up to the root, each durable.
pub(super) fn make_folders(root: &Path, folder: &Path) -> Result<(), VaultError> {
    let Ok(below) = folder.strip_prefix(root) else {
        return Err(trouble(folder, io::Error::other("not below its root")));
    };
    let mut path = root.to_owned();
    for part in below.components() {
        let parent = path.clone();
        path.push(part);
        match fs::create_dir(&path) {
            Ok(()) => sync(&parent)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => {}
            Err(error) => return Err(trouble(&path, error)),
        }
    }
    Ok(())
}

/// Makes a folder and its parents, to be synced with the names that lead to it.
pub(super) fn make_unsynced_folders(folder: &Path) -> Result<(), VaultError> {
    fs::create_dir_all(folder).map_err(|error| trouble(folder, error))
}

/// Overwrites a file with zeros, to be synced before its name goes. On media that write elsewhere this is no more than a
/// courtesy; what makes a package unreadable is that its wrapped key has no name any more, and that the master key is kept
/// apart.
pub(super) fn overwrite(path: &Path) -> Result<u64, VaultError> {
    let work = || -> io::Result<u64> {
        let mut file = OpenOptions::new().write(true).open(path)?;
        let size_bytes = file.metadata()?.len();
        io::copy(&mut io::repeat(0).take(size_bytes), &mut file)?;
        Ok(size_bytes)
    };
    work().map_err(|error| trouble(path, error))
}

/// Makes files and folders below some roots durable; what is not there has nothing to sync.
///
/// Where they are many, Linux is asked once for each whole file system that a root lies on: it writes no less than a sync of
/// each would, waits for it in the same way, and tells errors (since 5.8) as each would.
pub(super) fn sync_all(roots: &[(&Path, Vec<PathBuf>)]) -> Result<(), VaultError> {
    #[cfg(target_os = "linux")]
    let mut synced = std::collections::BTreeSet::new();
    for (root, paths) in roots {
        #[cfg(target_os = "linux")]
        if paths.len() > FEW {
            let folder = File::open(root).map_err(|error| trouble(root, error))?;
            let metadata = folder.metadata().map_err(|error| trouble(root, error))?;
            if synced.insert(std::os::linux::fs::MetadataExt::st_dev(&metadata)) {
                rustix::fs::syncfs(&folder).map_err(|error| trouble(root, error.into()))?;
            }
            continue;
        }
        for path in paths {
            if exists(path)? {
                sync(path)?;
            }
        }
    }
    Ok(())
}

/// Takes a file's name away. One that is gone already is no trouble. Not durable until its folder is synced.
pub(super) fn unname(path: &Path) -> Result<(), VaultError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(trouble(path, error)),
        _ => Ok(()),
    }
}

/// Removes a file and makes that durable. One that is gone already is no trouble.
pub(super) fn remove(path: &Path) -> Result<(), VaultError> {
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(trouble(path, error)),
    }
    path.parent().map_or(Ok(()), sync)
}

/// Lists the names in a folder in order; a folder that does not exist is empty.
pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>, VaultError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(trouble(folder, error)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>();
    let mut paths = paths.map_err(|error| trouble(folder, error))?;
    paths.sort();
    Ok(paths)
}
