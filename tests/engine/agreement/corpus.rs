//! The files that pyHanko's own tests make, with the roots, the time and the answers that its tests had: in
//! `FUMIKURA_CORPORA`, else beside the checkout. They are not ours to keep; without them the set is passed over.

use super::peers::{Facts, Status};
use super::table::Compared;
use super::{beside_pdfsig, beside_pyhanko, judge};
use crate::engine::pki::instant;
use fumikura::asn1::Certificate;
use fumikura::validate::Report;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Record {
    pdf: String,
    field: String,
    test: String,
    now: String,
    #[serde(default)]
    roots: Vec<String>,
    #[serde(default)]
    skip_diff: bool,
    status: Option<Answer>,
}

#[derive(Deserialize)]
struct Answer {
    intact: bool,
    valid: bool,
    trusted: bool,
    docmdp_ok: Option<bool>,
    bottom_line: serde_json::Value,
    coverage: String,
    modification_level: Option<String>,
}

impl Record {
    fn status(&self) -> Status {
        let facts = self.status.as_ref().map(|answer| {
            let intact = answer.intact && answer.valid;
            let whole = || intact && answer.trusted && answer.docmdp_ok != Some(false);
            let passed = answer.bottom_line.as_bool().unwrap_or_else(whole);
            let changes = if self.skip_diff { None } else { answer.modification_level.as_deref() };
            Facts::new(intact, &answer.coverage, changes, passed)
        });
        Status { file: self.pdf.clone(), field: self.field.clone(), facts }
    }
}

fn archive() -> Option<PathBuf> {
    let folder = std::env::var_os("FUMIKURA_CORPORA").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora"));
    Some(folder.join("pyhanko-dump.tar.xz")).filter(|archive| archive.is_file())
}

fn records(folder: &Path) -> Vec<Record> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut logs: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
    logs.sort();
    let text: String = logs.iter().map(|log| std::fs::read_to_string(log).unwrap()).collect();
    text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).expect("a record")).collect()
}

/// Compares every record of the logs; each file goes before pdfsig once.
pub fn compare() -> Option<Vec<Compared>> {
    let archive = archive()?;
    let folder = tempfile::tempdir().unwrap();
    let unpacked = std::process::Command::new("tar").arg("xf").arg(archive).arg("-C").arg(folder.path()).status();
    assert!(unpacked.unwrap().success(), "the corpus can be unpacked");
    let folder = folder.path().join("pyhanko-dump");
    let mut compared = Vec::new();
    let mut judged: BTreeMap<(String, Vec<String>, String), Option<Report>> = BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    for record in records(&folder) {
        let path = folder.join(format!("pdf/{}.pdf", record.pdf));
        let key = (record.pdf.clone(), record.roots.clone(), record.now.clone());
        let report = judged.entry(key).or_insert_with(|| {
            // A root that the log could not write down is none.
            let read = |name: &String| std::fs::read(folder.join(format!("roots/{name}.crt"))).ok();
            let roots: Vec<Certificate> =
                record.roots.iter().filter_map(read).map(|der| Certificate::from_der(&der).unwrap()).collect();
            judge(&std::fs::read(&path).unwrap(), &roots, instant(&record.now)).ok()
        });
        let test = record.test.rsplit('/').next().unwrap_or_default();
        let case = format!("{} {test}", &record.pdf[..8]);
        compared.extend(beside_pyhanko(&case, report.as_ref(), &record.status()));
        if seen.insert(record.pdf.clone()) {
            compared.extend(beside_pdfsig(&case, report.as_ref(), &path)?);
        }
    }
    Some(compared)
}
