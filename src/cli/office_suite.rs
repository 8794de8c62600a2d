//! LibreOffice as the converter of office documents, where it is installed.
//!
//! It is started anew for each document, with a profile of its own in a folder that nobody else can read, in memory where the
//! machine has such a place; the folder is removed afterwards, whatever happened. It does not run macros of documents that come
//! from elsewhere, and is ended when it takes too long.

use crate::office::ports::{ConvertError, Converter, ScannedDocument};
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long a document may take.
const PATIENCE: Duration = Duration::from_secs(180);
/// How often it is asked whether it is done.
const LOOK: Duration = Duration::from_millis(50);
/// The largest PDF that is taken.
const LARGEST_BYTES: u64 = 512 << 20;
/// Where files lie in memory, on Linux.
const IN_MEMORY: &str = "/dev/shm";

/// Media types with the ending by which LibreOffice knows them, and its filter for PDFs.
const KINDS: &[(&str, &str, &str)] = &[
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", "writer_pdf_Export"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", "calc_pdf_Export"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx", "impress_pdf_Export"),
    ("application/vnd.oasis.opendocument.text", "odt", "writer_pdf_Export"),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods", "calc_pdf_Export"),
    ("application/vnd.oasis.opendocument.presentation", "odp", "impress_pdf_Export"),
    ("application/msword", "doc", "writer_pdf_Export"),
    ("application/vnd.ms-excel", "xls", "calc_pdf_Export"),
    ("application/vnd.ms-powerpoint", "ppt", "impress_pdf_Export"),
    ("application/rtf", "rtf", "writer_pdf_Export"),
    ("text/rtf", "rtf", "writer_pdf_Export"),
];

/// PDF/A-2b with its fonts, as far as LibreOffice keeps what it says.
const OPTIONS: &str = r#"{"SelectPdfVersion":{"type":"long","value":"2"}}"#;

/// LibreOffice.
pub struct OfficeSuite {
    program: PathBuf,
    /// Where it works where the machine has no place in memory.
    beside: PathBuf,
    /// One document at a time: each takes a processor and some hundred megabytes. Counts them.
    turn: Mutex<u64>,
}

impl OfficeSuite {
    /// Uses a program, and a folder for what it works on.
    pub fn new(program: PathBuf, beside: PathBuf) -> Self {
        Self { program, beside, turn: Mutex::new(0) }
    }

    fn convert(&self, folder: &Path, bytes: &[u8], (ending, filter): (&str, &str)) -> Result<Vec<u8>, String> {
        let said = |error: std::io::Error| error.to_string();
        let source = folder.join(format!("document.{ending}"));
        fs::write(&source, bytes).map_err(said)?;
        let child = Command::new(&self.program)
            .args(["--headless", "--norestore", "--nolockcheck", "--nodefault"])
            .arg(format!("-env:UserInstallation=file://{}", folder.join("profile").display()))
            .args(["--convert-to", &format!("pdf:{filter}:{OPTIONS}"), "--outdir"])
            .arg(folder)
            .arg(&source)
            .env("HOME", folder)
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // The program is a script that starts another: they end together.
            .process_group(0)
            .spawn();
        wait(child.map_err(said)?)?;
        let made = folder.join("document.pdf");
        if fs::metadata(&made).map_err(|_| "LibreOffice made nothing of it".to_owned())?.len() > LARGEST_BYTES {
            return Err("the PDF is too large".to_owned());
        }
        fs::read(&made).map_err(said)
    }
}

impl Converter for OfficeSuite {
    fn takes(&self, media_type: &str) -> bool {
        KINDS.iter().any(|(kind, _, _)| *kind == media_type)
    }

    fn to_pdf(&self, document: &ScannedDocument<'_>) -> Result<Vec<u8>, ConvertError> {
        let kind = KINDS.iter().find(|(kind, _, _)| *kind == document.media_type);
        let (_, ending, filter) = kind.ok_or_else(|| ConvertError("no office document".to_owned()))?;
        let mut turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *turn = turn.wrapping_add(1);
        let below = if Path::new(IN_MEMORY).is_dir() { Path::new(IN_MEMORY) } else { &self.beside };
        let folder = below.join(format!("fumikura-convert-{}-{turn}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let made = fs::DirBuilder::new().mode(0o700).create(&folder);
        let made = made.map_err(|error| error.to_string());
        let converted = made.and_then(|()| self.convert(&folder, document.bytes, (ending, filter)));
        let _ = fs::remove_dir_all(&folder);
        let pdf = converted.map_err(ConvertError)?;
        if pdf.starts_with(b"%PDF-") { Ok(pdf) } else { Err(ConvertError("what was made is no PDF".to_owned())) }
    }
}

/// Waits until the program ends, or ends it with all that it started.
fn wait(mut child: Child) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("LibreOffice ended with {status}")),
            Ok(None) if begun.elapsed() < PATIENCE => std::thread::sleep(LOOK),
            Ok(None) | Err(_) => {
                end(&mut child);
                return Err(format!("LibreOffice did not end within {} s", PATIENCE.as_secs()));
            }
        }
    }
}

fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Finds a program by its name in the folders that the shell would look in.
#[expect(clippy::disallowed_methods, reason = "the command line reads the environment")]
pub fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}
