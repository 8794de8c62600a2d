//! A file on its way: written beside its place, and there whole or not at all.

use super::Failure;
use crate::digest::{DigestAlgorithm, Hasher};
use crate::fault::Kind;
use crate::pdf::{Appended, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

/// From this size on, reading and digesting go on while another thread writes.
const LARGE_BYTES: u64 = 1 << 20;
/// How many pieces may wait to be written.
const WAITING: usize = 8;

/// A file that is being written. Dropped unfinished, nothing of it stays.
pub struct Draft {
    file: File,
    beside: PathBuf,
    path: PathBuf,
}

impl Draft {
    /// Begins a file of a mode beside its place.
    pub fn new(path: &Path, mode: u32) -> Result<Self, Failure> {
        if fs::symlink_metadata(path).is_ok_and(|facts| !facts.is_file()) {
            let english = format!("{}: the output must be a regular file, or a name that is not taken", path.display());
            return Err(Failure::new("output-not-a-file", Kind::Refused, english));
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let beside = folder_of(path).join(format!(".{name}.{}.partial", std::process::id()));
        let opened = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside);
        let file = opened.map_err(|error| Failure::io(path, &error, true))?;
        Ok(Self { file, beside, path: path.to_owned() })
    }

    /// Writes bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| Failure::io(&self.path, &error, true))
    }

    /// Copies a source, and returns it with the digests of what was written: what is signed is what stands there.
    pub fn copy(&mut self, source: &Source, algorithms: &[DigestAlgorithm]) -> Result<Source, Failure> {
        let algorithms: BTreeSet<DigestAlgorithm> = algorithms.iter().copied().collect();
        let mut states: Vec<Hasher> = algorithms.into_iter().map(Hasher::new).collect();
        let mut digest = |bytes: &[u8]| states.iter_mut().for_each(|state| state.update(bytes));
        let (file, size) = (&mut self.file, source.size_bytes());
        let copied = match size >= LARGE_BYTES {
            true => copy_beside(file, source, &mut digest),
            false => source.to_vec().and_then(|bytes| {
                digest(&bytes);
                file.write_all(&bytes)
            }),
        };
        copied.map_err(|error| Failure::io(&self.path, &error, true))?;
        Ok(source.clone().knowing(states))
    }

    /// Writes what an update made of a source that was copied here.
    pub fn append(&mut self, copied: &Source, made: &Appended) -> Result<(), Failure> {
        if made.base().is(copied) {
            return self.write(made.tail());
        }
        // Something in the middle is another: all of it is written anew.
        let rewind = self.file.set_len(0).and_then(|()| io::Seek::rewind(&mut self.file));
        rewind.map_err(|error| Failure::io(&self.path, &error, true))?;
        self.copy(&made.source(), &[]).map(|_| ())
    }

    /// Syncs the file, puts it in its place, and syncs the folder.
    pub fn finish(self) -> Result<(), Failure> {
        let synced = self.file.sync_all().and_then(|()| fs::rename(&self.beside, &self.path));
        let synced = synced.and_then(|()| File::open(folder_of(&self.path))?.sync_all());
        synced.map_err(|error| Failure::io(&self.path, &error, true))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already where it was finished; that it cannot be removed is no trouble of its own.
        let _ = fs::remove_file(&self.beside);
    }
}

/// Removes what processes that were killed left beside these places. What cannot be removed is no trouble of its own.
pub fn sweep<'a>(places: impl Iterator<Item = &'a Path>) {
    // Where the system does not tell which processes live, nothing is touched.
    let processes = Path::new("/proc");
    if !processes.join("self").exists() {
        return;
    }
    let mut folders: BTreeMap<&Path, BTreeSet<&OsStr>> = BTreeMap::new();
    for place in places {
        folders.entry(folder_of(place)).or_default().extend(place.file_name());
    }
    for (folder, names) in folders {
        for left in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = left.file_name();
            let whose =
                name.to_str().and_then(|name| name.strip_prefix('.')?.strip_suffix(".partial")?.rsplit_once('.'));
            let Some((of, process)) = whose else { continue };
            let is_ours = process.parse::<u32>().is_ok() && names.contains(OsStr::new(of));
            if is_ours && !processes.join(process).exists() {
                let _ = fs::remove_file(left.path());
            }
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Copies while another thread writes.
fn copy_beside(file: &mut File, source: &Source, digest: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel::<Vec<u8>>(WAITING);
        let writer = scope.spawn(move || receiver.iter().try_for_each(|piece| file.write_all(&piece)));
        let mut is_open = true;
        let read = source.pass(0..source.size_bytes(), &mut |bytes| {
            is_open = is_open && sender.send(bytes.to_vec()).is_ok();
            digest(bytes);
        });
        drop(sender);
        let written = writer.join().unwrap_or_else(|_| Err(io::Error::other("the writing thread broke off")));
        read.and(written)
    })
}
