//! Encrypted files: opened by their password, signed in their own encryption, and refused with the reason.

use super::city::{now, timestamps, usual_seal};
use super::interop::{run, said, sample};
use crate::engine::pki::TestEntropy;
use fumikura::fault::Fault;
use fumikura::pades::{Level, SignOptions, sign, signatures};
use fumikura::pdf::{Limits, Pdf, PdfError};
use std::path::Path;
use std::process::Command;

/// qpdf's words for each kind of encryption that ISO 32000 has had.
const KINDS: [(&str, &[&str]); 4] = [
    ("RC4 40", &["40"]),
    ("RC4 128", &["128", "--use-aes=n"]),
    ("AES-128", &["128", "--use-aes=y", "--force-V4"]),
    ("AES-256", &["256"]),
];

/// Locks a sample; none where qpdf is missing.
fn locked(folder: &Path, name: &str, user: &str, bits: &[&str]) -> Option<Vec<u8>> {
    let (plain, locked) = (folder.join("plain.pdf"), folder.join("locked.pdf"));
    std::fs::write(&plain, sample(name)).unwrap();
    let mut command = Command::new("qpdf");
    command.arg("--allow-weak-crypto").args(["--encrypt", user, "owner"]).args(bits);
    let output = run(command.arg("--").arg(&plain).arg(&locked))?;
    assert!(output.status.success(), "{}", said(&output));
    Some(std::fs::read(locked).unwrap())
}

fn read(bytes: &[u8], password: Option<&str>) -> Result<Pdf, PdfError> {
    Pdf::read_locked(bytes, password.map(str::as_bytes), &Limits::default())
}

#[test]
fn each_kind_of_encryption_is_signed_in_its_own() {
    let folder = tempfile::tempdir().unwrap();
    for (name, kind, bits) in
        ["typst.pdf", "object-streams.pdf"].into_iter().flat_map(|name| KINDS.map(|(kind, bits)| (name, kind, bits)))
    {
        for (user, password) in [("", None), ("himitsu", Some("himitsu")), ("himitsu", Some("owner"))] {
            let Some(base) = locked(folder.path(), name, user, bits) else { return };
            let pdf = read(&base, password).unwrap_or_else(|error| panic!("{name} {kind}: {error}"));
            let mut options = SignOptions::new(Level::BT, now());
            options.reason = Some("許可".to_owned());
            let made =
                sign(&pdf, &usual_seal(), &options, Some(&timestamps()), &TestEntropy).unwrap().to_vec().unwrap();
            assert!(made.starts_with(&base), "{name} {kind}: signing appends");
            // Strings are in the file's encryption, and come back out of it.
            let found = signatures(&read(&made, password).unwrap()).remove(0);
            assert_eq!(found.reason.as_deref(), Some("許可"), "{name} {kind}");
            assert!(found.coverage.is_ok_and(|coverage| coverage.whole_file));
            let path = folder.path().join("made.pdf");
            std::fs::write(&path, &made).unwrap();
            let password = password.unwrap_or_default();
            let checked = run(Command::new("qpdf").arg(format!("--password={password}")).arg("--check").arg(&path));
            let checked = checked.map(|output| (output.status.success(), said(&output)));
            assert!(checked.as_ref().is_none_or(|(fine, _)| *fine), "{name} {kind}: {checked:?}");
            let which = if password == "owner" { "-opw" } else { "-upw" };
            let Some(judged) = run(Command::new("pdfsig").args(["-nocert", which, password]).arg(&path)) else {
                continue;
            };
            let words = said(&judged);
            assert!(words.contains("Signature is Valid") && words.contains("Total document signed"), "{kind}: {words}");
        }
    }
}

#[test]
fn a_locked_file_says_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let Some(base) = locked(folder.path(), "typst.pdf", "himitsu", &["256"]) else { return };
    assert_eq!(read(&base, None).unwrap_err().code(), "pdf-password-needed");
    assert_eq!(read(&base, Some("other")).unwrap_err().code(), "pdf-password-wrong");
    let Some(base) = locked(folder.path(), "typst.pdf", "", &["256", "--modify=none", "--annotate=n", "--form=n"])
    else {
        return;
    };
    let attempt = |password| {
        let pdf = read(&base, password).unwrap();
        sign(&pdf, &usual_seal(), &SignOptions::new(Level::BB, now()), None, &TestEntropy).map(|_| ())
    };
    assert_eq!(attempt(None).unwrap_err().code(), "pdf-protected");
    attempt(Some("owner")).unwrap();
}
