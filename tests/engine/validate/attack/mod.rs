//! Attacks by class, in many variations each: none may pass.
//!
//! Every class makes its files from the same bases and in the same forms of update (`bases`, `raw`), and hands them to
//! `trial`, which judges them and lets viewers tell what they see (`oracle`). `FUMIKURA_ATTACKS=all` tries every
//! combination of change, base and form, and shows all of them to the viewers; otherwise each change meets each base in
//! one form, and the viewers see a sample.

mod bases;
mod certified;
mod changes;
mod crowd;
mod differentials;
mod forged;
mod honest;
mod later;
mod locks;
mod oracle;
mod places;
mod raw;
mod reuse;
mod seals;
mod sections;
mod shadow;
mod slips;
mod structure;
mod universal;
mod wild;

use super::bench::{Case, codes};
use fumikura::validate::Indication;
use std::path::PathBuf;

/// Tells whether everything is to be tried.
#[expect(clippy::disallowed_methods, reason = "a person asks for more")]
pub fn is_thorough() -> bool {
    std::env::var("FUMIKURA_ATTACKS").is_ok_and(|asked| asked == "all")
}

/// The files of one class of attack.
#[derive(Default)]
pub struct Trial {
    files: Vec<(String, Vec<u8>, Vec<u8>)>,
}

impl Trial {
    /// Adds an attack on a signed file.
    pub fn add(&mut self, name: impl Into<String>, signed: &[u8], attacked: Vec<u8>) {
        self.files.push((name.into(), signed.to_vec(), attacked));
    }

    /// Demands that no signature of the attacked file passes, and that there are at least so many files; shows a sample
    /// of them to viewers, which must find what is said of a pass to be true.
    pub fn none_passes(self, class: &str, least: usize) {
        let case = Case::default();
        let mut wrong = Vec::new();
        for (name, _, attacked) in &self.files {
            let Ok(report) = case.try_validate(attacked) else { continue };
            let first = report.signatures.first().map(|one| one.indication);
            if report.indication == Indication::NoSignature || first == Some(Indication::TotalPassed) {
                wrong.push(format!("{name}: {} {:?}", report.indication.name(), codes(&report)));
                keep(class, name, attacked);
            }
        }
        assert!(wrong.is_empty(), "{class}: {} of {} pass: {wrong:#?}", wrong.len(), self.files.len());
        assert!(self.files.len() >= least, "{class}: only {} files", self.files.len());
        oracle::watch(class, &self.files);
    }
}

/// Keeps a file that passed wrongly, to be looked at.
#[expect(clippy::disallowed_methods, reason = "a person says where the files go")]
fn keep(class: &str, name: &str, file: &[u8]) {
    if let Some(folder) = std::env::var_os("FUMIKURA_KEEP_ATTACKS") {
        let name = format!("{class}-{name}.pdf").replace(['/', ' '], "-");
        let _ = std::fs::write(PathBuf::from(folder).join(name), file);
    }
}
