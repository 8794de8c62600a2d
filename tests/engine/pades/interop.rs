//! Every kind of real PDF, signed here, before the eyes of poppler, pyHanko, qpdf and MuPDF.

use super::city::{now, seal, timestamps, usual_seal};
use crate::engine::pki::{TestEntropy, pki};
use fumikura::asn1::pem_encode;
use fumikura::cms::SigningIdentity;
use fumikura::crypto::SignatureScheme;
use fumikura::digest::DigestAlgorithm;
use fumikura::pades::{Level, SignOptions, sign};
use fumikura::pdf::{Limits, Pdf};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The files of `tests/data/pdf`, each with the number of signatures it already carries.
pub const KINDS: &[(&str, usize)] = &[
    ("libreoffice.pdf", 0),
    ("typst.pdf", 0),
    ("chromium.pdf", 0),
    ("abiword.pdf", 0),
    ("weasyprint.pdf", 0),
    ("pdftex.pdf", 0),
    ("xetex.pdf", 0),
    ("scan.pdf", 0),
    ("table-1.4.pdf", 0),
    ("object-streams.pdf", 0),
    ("linearized.pdf", 0),
    ("hybrid.pdf", 0),
    ("acroform.pdf", 0),
    ("rotated-cropped.pdf", 0),
    ("signed-by-pyhanko.pdf", 1),
    ("signed-by-pyhanko-streams.pdf", 1),
];

/// Returns a file of `tests/data/pdf`.
pub fn sample(name: &str) -> Vec<u8> {
    std::fs::read(data().join(name)).unwrap()
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pdf")
}

/// Runs a tool; none where it is not installed and nobody demands it.
pub fn run(command: &mut Command) -> Option<Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(error) if std::env::var("FUMIKURA_INTEROP").as_deref() != Ok("1") => {
            eprintln!("passed over: {:?}: {error}", command.get_program());
            None
        }
        Err(error) => panic!("{:?} must be installed: {error}", command.get_program()),
    }
}

/// Returns both streams of a tool as text.
pub fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Reads, signs, and holds the result to its base.
pub fn signed(base: &[u8], identity: &SigningIdentity, options: &SignOptions) -> Vec<u8> {
    let pdf = Pdf::read(base, &Limits::default()).unwrap();
    let made = sign(&pdf, identity, options, Some(&timestamps()), &TestEntropy).unwrap().to_vec().unwrap();
    assert_eq!(&made[..base.len()], base, "signing appends");
    made
}

/// Writes files and the root into a folder, and returns their paths.
fn spread(folder: &Path, files: &[(String, Vec<u8>)]) -> Vec<PathBuf> {
    std::fs::write(folder.join("root.pem"), pem_encode("CERTIFICATE", pki().certificate("root").der()).as_bytes())
        .unwrap();
    let write = |(name, bytes): &(String, Vec<u8>)| {
        let path = folder.join(format!("{name}.pdf"));
        std::fs::write(&path, bytes).unwrap();
        path
    };
    files.iter().map(write).collect()
}

/// Returns the interpreter that has pyHanko.
pub fn python() -> Command {
    Command::new(std::env::var("FUMIKURA_PYTHON").unwrap_or_else(|_| "python3".to_owned()))
}

/// What pyHanko is asked: one line a signature, its own judgement last.
const PYHANKO: &str = r#"
import sys, logging
logging.disable(logging.CRITICAL)
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
roots = [load_cert_from_pemder(path) for path in sys.argv[1].split(',')]
for path in sys.argv[2:]:
    with open(path, 'rb') as file:
        # Only its lenient reader looks at hybrid-reference files at all.
        reader = PdfFileReader(file, strict='hybrid' not in path)
        for sig in reader.embedded_signatures:
            context = lambda: ValidationContext(trust_roots=roots, allow_fetching=False)
            status = validate_pdf_signature(sig, context(), ts_validation_context=context())
            stamp = status.timestamp_validity
            stamp = 'none' if stamp is None else ('good' if stamp.valid and stamp.trusted else 'bad')
            print(path.split('/')[-1], sig.field_name, status.coverage.name, status.modification_level.name,
                  'stamp=' + stamp, 'good' if status.bottom_line else 'bad')
"#;

fn pyhanko(folder: &Path, paths: &[PathBuf]) -> Option<Vec<String>> {
    let roots =
        format!("{},{}", folder.join("root.pem").display(), data().join("signed-by-pyhanko-root.pem").display());
    let installed = run(python().args(["-c", "import pyhanko"]))?.status.success();
    if !installed {
        let demanded = std::env::var("FUMIKURA_INTEROP").as_deref() == Ok("1");
        assert!(!demanded, "pyHanko must be installed");
        return None;
    }
    let output = run(python().args(["-c", PYHANKO, &roots]).args(paths))?;
    assert!(output.status.success(), "{}", said(&output));
    Some(said(&output).lines().map(str::to_owned).collect())
}

/// Asks all four tools about files; each has `before` earlier signatures and one of ours, last.
fn judge(files: &[(String, Vec<u8>, usize)], stamped: bool) {
    let folder = tempfile::tempdir().unwrap();
    let plain: Vec<_> = files.iter().map(|(name, bytes, _)| (name.clone(), bytes.clone())).collect();
    let paths = spread(folder.path(), &plain);
    for ((name, _, before), path) in files.iter().zip(&paths) {
        if let Some(output) = run(Command::new("pdfsig").arg("-nocert").arg(path)) {
            let words = said(&output);
            let count = |phrase: &str| words.matches(phrase).count();
            assert_eq!(count("Signature Validation: Signature is Valid."), before + 1, "{name}: {words}");
            assert_eq!(count("Total document signed"), before + 1 - usize::from(*before > 0), "{name}: {words}");
        }
        if let Some(output) = run(Command::new("qpdf").arg("--check").arg(path)) {
            assert!(output.status.success(), "{name}: {}", said(&output));
        }
        if let Some(output) = run(Command::new("mutool").arg("info").arg(path)) {
            let words = said(&output);
            let content = output.status.success() && !words.contains("warning") && !words.contains("error");
            assert!(content, "{name}: {words}");
        }
    }
    let Some(lines) = pyhanko(folder.path(), &paths) else { return };
    assert_eq!(lines.len(), files.iter().map(|(_, _, before)| before + 1).sum::<usize>(), "{lines:#?}");
    for line in &lines {
        assert!(line.ends_with(" good"), "{line}");
        let ours = line.contains("ENTIRE_FILE");
        assert!(!ours || line.contains(if stamped { "stamp=good" } else { "stamp=none" }), "{line}");
    }
    assert_eq!(lines.iter().filter(|line| line.contains("ENTIRE_FILE")).count(), files.len(), "{lines:#?}");
}

#[test]
fn every_kind_is_content_with_b_b() {
    let seal = usual_seal();
    let sign_one = |(name, before): &(&str, usize)| {
        ((*name).to_owned(), signed(&sample(name), &seal, &SignOptions::new(Level::BB, now())), *before)
    };
    judge(&KINDS.iter().map(sign_one).collect::<Vec<_>>(), false);
}

#[test]
fn every_kind_is_content_with_a_visible_b_t() {
    let seal = usual_seal();
    let mut options = SignOptions::new(Level::BT, now());
    options.reason = Some("許可通知の発行".to_owned());
    options.location = Some("見本市".to_owned());
    options.appearance = Some(super::seal::latin());
    let sign_one =
        |(name, before): &(&str, usize)| ((*name).to_owned(), signed(&sample(name), &seal, &options), *before);
    judge(&KINDS.iter().map(sign_one).collect::<Vec<_>>(), true);
}

#[test]
fn every_key_is_understood() {
    let base = sample("typst.pdf");
    let mut files = Vec::new();
    let mut add = |name: &str, identity: &SigningIdentity, digest, scheme| {
        let options = SignOptions { digest, scheme, ..SignOptions::new(Level::BB, now()) };
        files.push((name.to_owned(), signed(&base, identity, &options), 0));
    };
    let (sha256, sha512) = (DigestAlgorithm::Sha256, DigestAlgorithm::Sha512);
    add("rsa-3072", &seal("signer-rsa3072"), DigestAlgorithm::Sha384, None);
    add("rsa-4096", &seal("signer-rsa4096"), sha512, None);
    add("rsa-pss", &usual_seal(), sha256, Some(SignatureScheme::RsaPss(sha256)));
    add("p-256", &seal("signer-p256"), sha256, None);
    add("p-384", &seal("signer-p384"), DigestAlgorithm::Sha384, None);
    add("p-521", &seal("signer-p521"), sha512, None);
    judge(&files, false);
    // NSS, and so pdfsig, knows no Ed25519.
    let options = SignOptions { digest: sha512, ..SignOptions::new(Level::BB, now()) };
    let folder = tempfile::tempdir().unwrap();
    let made = signed(&base, &seal("signer-ed25519"), &options);
    let paths = spread(folder.path(), &[("ed25519".to_owned(), made)]);
    let lines = pyhanko(folder.path(), &paths).unwrap_or_default();
    assert!(lines.iter().all(|line| line.ends_with(" good")), "{lines:#?}");
}

#[test]
fn a_second_and_third_signature_leave_the_first_valid() {
    let seal = usual_seal();
    let options = SignOptions::new(Level::BB, now());
    let mut certified = options.clone();
    certified.certify = Some(2);
    let mut file = signed(&sample("object-streams.pdf"), &seal, &certified);
    for _ in 0..2 {
        file = signed(&file, &seal, &options);
    }
    let folder = tempfile::tempdir().unwrap();
    let paths = spread(folder.path(), &[("three".to_owned(), file)]);
    let Some(lines) = pyhanko(folder.path(), &paths) else { return };
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line.ends_with(" good")), "{lines:#?}");
}
