//! The others: pdfsig, a run a file; pyHanko, one process for all files.

use crate::engine::pades::interop::{python, run, said};
use serde::Deserialize;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// What pdfsig says of one signature.
pub struct Seen {
    pub field: String,
    pub integrity: String,
    pub coverage: &'static str,
}

/// Asks pdfsig; none where it is not installed.
pub fn pdfsig(path: &Path) -> Option<Vec<Seen>> {
    let words = said(&run(std::process::Command::new("pdfsig").arg("-nocert").arg(path))?);
    let mut seen = Vec::new();
    for part in words.split("Signature #").skip(1) {
        let line = |start: &str| part.lines().find_map(|line| line.trim().strip_prefix(start)).map(str::trim);
        let Some(validation) = line("- Signature Validation:") else { continue };
        let integrity = match validation.trim_end_matches('.') {
            "Signature is Valid" => "intact",
            "Digest Mismatch" | "Signature is Invalid" => "broken",
            other => other,
        };
        let total = line("- Total document signed").is_some();
        seen.push(Seen {
            field: line("- Signature Field Name:").unwrap_or_default().to_owned(),
            integrity: integrity.to_owned(),
            coverage: if total { "total" } else { "not total" },
        });
    }
    Some(seen)
}

/// What pyHanko says of one signature.
#[derive(Debug, Deserialize)]
pub struct Status {
    #[serde(default)]
    pub file: String,
    pub field: String,
    /// None where it refused to judge.
    pub facts: Option<Facts>,
}

/// Its facts, in our words.
#[derive(Debug, Deserialize)]
pub struct Facts {
    pub intact: bool,
    pub coverage: String,
    /// None where it did not compare revisions.
    pub changes: Option<String>,
    pub passed: bool,
}

impl Facts {
    /// Translates pyHanko's names.
    pub fn new(intact: bool, coverage: &str, changes: Option<&str>, passed: bool) -> Self {
        let coverage = match coverage {
            "ENTIRE_FILE" => "whole-file",
            "ENTIRE_REVISION" => "whole-revision",
            "CONTIGUOUS_BLOCK_FROM_START" => "partial",
            _ => "none",
        };
        let changes = changes.map(|changes| match changes {
            "NONE" => "none",
            "LTA_UPDATES" => "lta",
            "FORM_FILLING" => "form-fill",
            "ANNOTATIONS" => "annotate",
            _ => "forbidden",
        });
        Self { intact, coverage: coverage.to_owned(), changes: changes.map(str::to_owned), passed }
    }
}

const PYHANKO: &str = r#"
import sys, json, asyncio, logging, warnings
from datetime import datetime
logging.disable(logging.CRITICAL); warnings.simplefilter('ignore')
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko_certvalidator import ValidationContext
def reader(file, strict):
    reader = PdfFileReader(file, strict=strict)
    return reader, list(reader.embedded_regular_signatures), list(reader.embedded_timestamp_signatures)
async def judge(path, roots, at):
    context = lambda: ValidationContext(trust_roots=roots, allow_fetching=False, moment=at)
    with open(path, 'rb') as file:
        try:
            _, regular, stamps = reader(file, True)
        except Exception:
            try:
                _, regular, stamps = reader(file, False)
            except Exception:
                return
        for sig in regular + stamps:
            answer = {'file': path, 'field': sig.field_name}
            try:
                if sig in stamps:
                    status = await async_validate_pdf_timestamp(sig, context())
                    passed = status.intact and status.valid and status.trusted and status.docmdp_ok is not False
                else:
                    status = await async_validate_pdf_signature(sig, context(), ts_validation_context=context())
                    passed = status.bottom_line
                level = status.modification_level
                answer['raw'] = [status.intact and status.valid, status.coverage.name, level and level.name, bool(passed)]
            except Exception as error:
                answer['refused'] = f'{type(error).__name__}: {error}'
            print(json.dumps(answer))
asked = json.load(sys.stdin)
roots = [load_cert_from_pemder(path) for path in asked['roots']]
for path in asked['files']:
    asyncio.run(judge(path, roots, datetime.fromisoformat(asked['at'])))
"#;

#[derive(Deserialize)]
struct Raw {
    file: String,
    field: String,
    raw: Option<(bool, String, Option<String>, bool)>,
}

/// Asks pyHanko about files, under roots, at a time; none where it is not installed.
pub fn pyhanko(files: &[PathBuf], roots: &[PathBuf], at: &str) -> Option<Vec<Status>> {
    if !run(python().args(["-c", "import pyhanko"]))?.status.success() {
        assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "pyHanko must be installed");
        return None;
    }
    let asked = serde_json::json!({ "files": files, "roots": roots, "at": at }).to_string();
    let mut command = python();
    command.args(["-c", PYHANKO]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the interpreter starts");
    child.stdin.take().expect("a pipe").write_all(asked.as_bytes()).expect("the question can be written");
    let output = child.wait_with_output().expect("an answer");
    assert!(output.status.success(), "{}", said(&output));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let read = |line: &str| {
        let raw: Raw = serde_json::from_str(line).expect("a line is an answer");
        let facts = raw
            .raw
            .map(|(intact, coverage, changes, passed)| Facts::new(intact, &coverage, changes.as_deref(), passed));
        Status { file: raw.file, field: raw.field, facts }
    };
    Some(lines.lines().map(read).collect())
}
