//! What the validation tests share: signed files, a context, and ways to change a file.

use crate::engine::pki::{TestEntropy, instant, pki};
use crate::engine::tsp;
use fumikura::asn1::CertificateList;
use fumikura::pades::{Level, SignOptions, sign};
use fumikura::pdf::{Limits, Object, Pdf, Update};
use fumikura::pki::{GoodSignatures, TrustAnchors};
use fumikura::policy::ValidationPolicy;
use fumikura::time::Instant;
use fumikura::validate::{Report, SignatureReport, ValidateError, ValidationContext, validate_knowing};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// The time at which files are signed.
pub const SIGNED: &str = "2026-06-01T00:00:00Z";
/// The time at which they are validated, unless a test says otherwise.
pub const JUDGED: &str = "2026-06-02T00:00:00Z";

/// Reads a sample file.
pub fn sample(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/pdf").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Signs a file.
pub fn signed_by(bytes: &[u8], signer: &str, tsa: Option<(&str, &str)>, change: impl Fn(&mut SignOptions)) -> Vec<u8> {
    let pdf = Pdf::read(bytes, &Limits::default()).expect("the sample is readable");
    let level = if tsa.is_some() { Level::BT } else { Level::BB };
    let mut options = SignOptions::new(level, instant(SIGNED));
    change(&mut options);
    let source = tsa.map(|(name, at)| tsp::source(name, instant(at)));
    let source = source.as_ref().map(|source| source as &dyn fumikura::tsp::TimestampSource);
    sign(&pdf, &pki().identity(signer), &options, source, &TestEntropy)
        .and_then(|made| Ok(made.to_vec()?))
        .expect("the sample can be signed")
}

/// Returns a small file with one B-B signature.
pub fn signed() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| signed_by(&sample("table-1.4.pdf"), "signer-rsa2048", None, |_| {}))
}

/// Returns the same file with an AcroForm.
pub fn signed_form() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| signed_by(&sample("acroform.pdf"), "signer-rsa2048", None, |_| {}))
}

/// What a validation is told; a test changes what it is about.
pub struct Case {
    /// Trusted for signers.
    pub trust: TrustAnchors,
    /// Trusted for timestamps.
    pub tsa_trust: TrustAnchors,
    /// Revocation lists.
    pub crls: Vec<CertificateList>,
    /// The time.
    pub at: Instant,
    /// The policy.
    pub policy: ValidationPolicy,
}

impl Default for Case {
    fn default() -> Self {
        let policy = ValidationPolicy::built_in();
        let (trust, tsa_trust) = (pki().anchors(), pki().anchors());
        Self { trust, tsa_trust, crls: pki().crls(), at: instant(JUDGED), policy }
    }
}

impl Case {
    /// Validates.
    pub fn try_validate(&self, bytes: &[u8]) -> Result<Report, ValidateError> {
        self.try_validate_knowing(bytes, &Arc::default())
    }

    /// Validates with good signatures that were met before.
    pub fn try_validate_knowing(&self, bytes: &[u8], good: &Arc<GoodSignatures>) -> Result<Report, ValidateError> {
        let context = ValidationContext {
            trust: &self.trust,
            tsa_trust: &self.tsa_trust,
            crls: &self.crls,
            ocsps: &[],
            intermediates: &[],
            at: self.at,
            policy: &self.policy,
            password: None,
            limits: Limits::default(),
        };
        validate_knowing(bytes, &context, good).map(|(report, _)| report)
    }

    /// Validates a file that can be judged.
    pub fn report(&self, bytes: &[u8]) -> Report {
        self.try_validate(bytes).expect("the file can be judged")
    }
}

/// Validates with everything in order.
pub fn report(bytes: &[u8]) -> Report {
    Case::default().report(bytes)
}

/// Tells the verdict of a signature in one word, for comparing.
pub fn verdict(signature: &SignatureReport) -> String {
    match signature.sub_indication {
        None => signature.indication.name().to_owned(),
        Some(sub) => format!("{}/{}", signature.indication.name(), sub.name()),
    }
}

/// Tells the verdict of the first signature.
pub fn first(report: &Report) -> String {
    report.signatures.first().map_or_else(|| report.indication.name().to_owned(), verdict)
}

/// Returns the finding codes of the first signature.
pub fn codes(report: &Report) -> Vec<&'static str> {
    let signatures = report.signatures.iter().flat_map(|signature| &signature.findings);
    report.findings.iter().chain(signatures).map(|finding| finding.code).collect()
}

/// Appends an incremental update.
pub fn updated(bytes: &[u8], change: impl FnOnce(&mut Update<'_>, &Pdf)) -> Vec<u8> {
    let pdf = Pdf::read(bytes, &Limits::default()).expect("the file is readable");
    let mut update = Update::new(&pdf).expect("the file can be updated");
    change(&mut update, &pdf);
    update.finish().and_then(|made| made.to_vec()).expect("the update can be written")
}

/// Returns the catalogue.
pub fn catalogue(pdf: &Pdf) -> (lopdf::ObjectId, lopdf::Dictionary) {
    let (id, dictionary) = pdf.catalog().expect("there is a catalogue");
    (id, dictionary.clone())
}

/// Returns the first page.
pub fn page(pdf: &Pdf) -> (lopdf::ObjectId, lopdf::Dictionary) {
    let id = pdf.pages().expect("there are pages")[0].id;
    (id, pdf.dictionary(id).expect("a page is a dictionary").clone())
}

/// Returns the form and its object; the sample keeps it as one.
pub fn form(pdf: &Pdf) -> (lopdf::ObjectId, lopdf::Dictionary) {
    let (_, catalogue) = catalogue(pdf);
    let id = catalogue.get(b"AcroForm").and_then(Object::as_reference).expect("the form is an object");
    (id, pdf.dictionary(id).expect("a form is a dictionary").clone())
}

/// Replaces the one occurrence of a byte string, of the same length.
pub fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let at = bytes.windows(old.len()).position(|window| window == old).expect("the bytes are there");
    let mut copy = bytes.to_vec();
    copy[at..at + new.len()].copy_from_slice(new);
    copy
}

/// Returns where the first signature's value stands, with its brackets.
pub fn contents(bytes: &[u8]) -> std::ops::Range<usize> {
    let pdf = Pdf::read(bytes, &Limits::default()).expect("the file is readable");
    let found = fumikura::pades::signatures(&pdf);
    let gap = found[0].coverage.as_ref().expect("the signature is sound").gap.clone();
    gap.start as usize..gap.end as usize
}
