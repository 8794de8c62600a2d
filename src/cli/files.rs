//! Files as commands read and write them: bounded in, whole or not at all out.

use super::Failure;
use crate::asn1::{Certificate, CertificateList, OcspResponse};
use crate::cli::draft::Draft;
use crate::fault::Kind;
use crate::pdf::{ReadAt, Source};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open, renameat, statat, unlinkat};
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The longest input that is read, in bytes.
const LONGEST_BYTES: u64 = 1 << 30;
/// The longest file that is read at once, in bytes.
const READ_AT_ONCE_BYTES: u64 = 4 << 20;
/// Extensions of the files that are taken from a folder of certificates or CRLs.
const EXTENSIONS: [&str; 7] = ["pem", "crt", "cer", "der", "crl", "ocsp", "ors"];

/// Reads a file whole.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let fail = |error: &std::io::Error| Failure::io(path, error, false);
    let too_large = || Failure::too_large(path, LONGEST_BYTES);
    let file = File::open(path).map_err(|error| fail(&error))?;
    // What tells that it is too large is not read to find out.
    if file.metadata().map_err(|error| fail(&error))?.len() > LONGEST_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    file.take(LONGEST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| fail(&error))?;
    if bytes.len() as u64 > LONGEST_BYTES { Err(too_large()) } else { Ok(bytes) }
}

/// Opens a regular file for reading; none for what a link leads to, for what waits for somebody else, as a pipe does, and where
/// nothing is.
pub fn open_regular(path: &Path) -> std::io::Result<Option<File>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match open(path, flags, Mode::empty()) {
        Err(Errno::LOOP | Errno::NOENT | Errno::NXIO) => return Ok(None),
        opened => File::from(opened?),
    };
    Ok(if file.metadata()?.is_file() { Some(file) } else { None })
}

/// Opens a file of any size: a small one is read at once, a larger one where it is looked at. What is no regular file is
/// read whole.
pub fn source(path: &Path) -> Result<Source, Failure> {
    let opened = || {
        let file = File::open(path)?;
        let facts = file.metadata()?;
        let is_large = facts.is_file() && facts.len() > READ_AT_ONCE_BYTES;
        Ok(is_large.then(|| OnDisk { size_bytes: facts.len(), file }))
    };
    match opened().map_err(|error: std::io::Error| Failure::io(path, &error, false))? {
        Some(file) => Ok(Source::new(file)),
        None => read(path).map(Source::from),
    }
}

/// A regular file.
struct OnDisk {
    file: File,
    size_bytes: u64,
}

impl ReadAt for OnDisk {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }
}

/// Refuses an output that is one of the files that are read: what they hold would be gone.
pub fn apart<'p>(output: &Path, inputs: impl IntoIterator<Item = &'p Path>) -> Result<(), Failure> {
    let identity = |path: &Path| fs::metadata(path).ok().map(|facts| (facts.dev(), facts.ino()));
    let Some(there) = identity(output) else { return Ok(()) };
    match inputs.into_iter().find(|input| identity(input) == Some(there)) {
        Some(input) => {
            let english = format!("{} is {}, which is read", output.display(), input.display());
            Err(Failure::new("output-is-input", Kind::Refused, english))
        }
        None => Ok(()),
    }
}

/// Writes a file so that it appears whole or not at all: beside its place, synced, renamed, the folder synced.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_with_mode(path, bytes, 0o666)
}

/// Moves a file into a folder, which is made where it is not there and must not be a link; what is there under its name is never
/// replaced. Returns where it is then.
pub fn move_aside(path: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let moved = || {
        if !folder.is_symlink() {
            fs::create_dir_all(folder)?;
        }
        // By its handle from here on: whoever may write beside it cannot lead elsewhere what is moved.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = File::from(open(folder, flags, Mode::empty())?);
        let name = free_name(path, &handle)?;
        // A second name and the first one gone: nobody who is quicker is written over. Shares often know no second names;
        // then nobody else is there who would be.
        if linkat(CWD, path, &handle, &name, AtFlags::empty()).is_err() {
            renameat(CWD, path, &handle, &name)?;
        } else if let Err(error) = fs::remove_file(path) {
            // What cannot be taken away here is not to be in two places either.
            unlinkat(&handle, &name, AtFlags::empty()).ok();
            return Err(error);
        }
        handle.sync_all()?;
        Ok(folder.join(name))
    };
    moved().map_err(|error: std::io::Error| Failure::io(path, &error, true))
}

/// Finds a name that nothing in a folder has: a file's own, or that with a number.
fn free_name(path: &Path, folder: &File) -> std::io::Result<OsString> {
    let name = path.file_name().unwrap_or_default();
    for number in 1..1_000_000_u32 {
        let mut tried = OsString::new();
        if number > 1 {
            tried.push(format!("{number}-"));
        }
        tried.push(name);
        match statat(folder, &tried, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(tried),
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

/// Makes a folder that only its owner may enter, and that was not there before.
pub fn make_own_folder(folder: &Path) -> Result<(), Failure> {
    let made = fs::DirBuilder::new().mode(0o700).create(folder);
    made.map_err(|error| Failure::io(folder, &error, true))
}

/// Gives a folder its name once every folder in it is synced, as its files are, and syncs the folder that it lies in.
pub fn place_folder(written: &Path, folder: &Path) -> Result<(), Failure> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let placed = sync_folders(written).and_then(|()| fs::rename(written, folder));
    let placed = placed.and_then(|()| File::open(parent)?.sync_all());
    placed.map_err(|error| Failure::io(folder, &error, true))
}

fn sync_folders(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    File::open(folder)?.sync_all()
}

fn write_with_mode(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let mut draft = Draft::new(path, mode)?;
    draft.write(bytes)?;
    draft.finish()
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_with_mode(path, bytes, 0o600)
}

/// Lists the files of a folder with an ending, in order; of a folder that is not there, none.
pub fn with_ending(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::io(folder, &error, false)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut paths = paths.map_err(|error| Failure::io(folder, &error, false))?;
    paths.retain(|path| path.extension().is_some_and(|found| found == ending));
    paths.sort();
    Ok(paths)
}

/// Reads certificates from files and folders of PEM or DER.
pub fn certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>, Failure> {
    collect(paths, Certificate::from_file_bytes)
}

/// Reads CRLs from files and folders of PEM or DER.
pub fn crls(paths: &[PathBuf]) -> Result<Vec<CertificateList>, Failure> {
    collect(paths, CertificateList::from_file_bytes)
}

/// Reads OCSP responses from files and folders of DER or PEM.
pub fn ocsps(paths: &[PathBuf]) -> Result<Vec<OcspResponse>, Failure> {
    collect(paths, OcspResponse::from_file_bytes)
}

fn collect<T, E: crate::fault::Fault>(
    paths: &[PathBuf],
    read_one: impl Fn(&[u8]) -> Result<Vec<T>, E>,
) -> Result<Vec<T>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        for file in expand(path)? {
            found.extend(read_one(&read(&file)?).map_err(|error| Failure::at(file.display().to_string(), &error))?);
        }
    }
    Ok(found)
}

/// Returns the file itself, or the folder's files with a known extension, sorted.
fn expand(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let fail = |error: std::io::Error| Failure::io(path, &error, false);
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(fail)? {
        let file = entry.map_err(fail)?.path();
        let known = file.extension().is_some_and(|e| EXTENSIONS.iter().any(|known| e.eq_ignore_ascii_case(known)));
        if known && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Failure::new(
            "folder-empty",
            Kind::Refused,
            format!("{}: no .pem, .crt, .cer, .der, .crl, .ocsp or .ors file", path.display()),
        ));
    }
    Ok(files)
}
