//! Signed files that packages ship for their tests: the test command puts them into `FUMIKURA_FOREIGN`, one folder a
//! package. There are no roots to them: what is compared is all but trust.

use super::table::Compared;
use super::{beside_pdfsig, beside_pyhanko, judge, peers};
use crate::engine::pki::instant;
use fumikura::validate::Report;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The time of judgement.
const AT: &str = "2026-06-03T00:00:00+00:00";

/// Returns the folder of what other packages ship, or says that a test passes over.
pub fn foreign() -> Option<PathBuf> {
    let folder = std::env::var_os("FUMIKURA_FOREIGN").map(PathBuf::from).filter(|folder| folder.is_dir());
    if folder.is_none() {
        assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "FUMIKURA_FOREIGN must name the packages");
    }
    folder
}

/// Lists the files of a folder and below, in order.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Compares every signature of every file that holds one.
pub fn compare() -> Option<Vec<Compared>> {
    let is_pdf = |path: &PathBuf| path.extension().is_some_and(|end| end == "pdf");
    let all: Vec<PathBuf> = files(&foreign()?).into_iter().filter(is_pdf).collect();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut reports: BTreeMap<PathBuf, Option<Report>> = BTreeMap::new();
    let mut compared = Vec::new();
    for path in &all {
        let report = judge(&std::fs::read(path).unwrap(), &[], instant(AT)).ok();
        compared.extend(beside_pdfsig(&name(path), report.as_ref(), path)?);
        reports.insert(path.clone(), report);
    }
    for status in peers::pyhanko(&all, &[], AT)? {
        let path = PathBuf::from(&status.file);
        let report = reports.get(&path).and_then(Option::as_ref);
        compared.extend(beside_pyhanko(&name(&path), report, &status));
    }
    Some(compared)
}

/// Finds a folder by its name.
pub fn below(folder: &Path, name: &str) -> PathBuf {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(one) = folders.pop() {
        if one.file_name().is_some_and(|found| found == name) {
            return one;
        }
        let entries = std::fs::read_dir(&one).unwrap().map(|entry| entry.unwrap().path());
        folders.extend(entries.filter(|path| path.is_dir()));
    }
    panic!("no {name} below {}", folder.display());
}
