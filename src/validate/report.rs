//! The report of a validation: typed verdicts, facts and findings, without any wording (EN 319 102-1 v1.4.1, 5.1.4).

use super::lasting::Lasting;
use super::objects::{PathFacts, SignatureFacts, ValidationObject};
use crate::digest::Sha256Hex;
use crate::pki::{DisplayName, PathNames};
use crate::time::Instant;

pub use super::rules::Rule;
pub use crate::policy::SubIndication;
use crate::policy::ValidationPolicy;

/// The main indication (EN 319 102-1 v1.4.1, 5.1.3, table 5), and the contract's word for a file without signatures.
///
/// Ordered from good to bad, so that the worst of several is their maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Indication {
    /// The file holds no signature.
    NoSignature,
    /// Every check of the policy passed.
    TotalPassed,
    /// What is known does not suffice to say passed or failed.
    Indeterminate,
    /// The signature is technically broken or was provably made when it may not be.
    TotalFailed,
}

impl Indication {
    /// Returns the indication of a file: that of its worst signature. A timestamp says when, not who, and makes no file a
    /// signed one: one that passes counts for nothing, and one that is undetermined counts beside a signature only.
    pub fn of_file(signatures: &[SignatureReport]) -> Self {
        let is_signed = is_signed(signatures);
        signatures.iter().map(|one| one.counts_as(is_signed)).max().unwrap_or(Self::NoSignature)
    }

    /// Returns the word of the standard, for example `TOTAL-PASSED`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoSignature => "NO-SIGNATURE",
            Self::TotalPassed => "TOTAL-PASSED",
            Self::Indeterminate => "INDETERMINATE",
            Self::TotalFailed => "TOTAL-FAILED",
        }
    }
}

/// What a signature dictionary holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureKind {
    /// A signature over the document (`/Type /Sig`).
    Signature,
    /// A document timestamp (`/Type /DocTimeStamp`, EN 319 142-1, 5.4.3).
    DocumentTimestamp,
}

impl SignatureKind {
    /// Returns the word of the report's JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::DocumentTimestamp => "document-timestamp",
        }
    }
}

/// Digest and signature value alone, whoever signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Integrity {
    /// Both agree with the bytes and the signer's certificate.
    Intact,
    /// One of them disagrees.
    Broken,
    /// They could not be computed.
    Unknown,
}

impl Integrity {
    /// Returns the word of the report's JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
        }
    }
}

/// How much of the file the signature's byte range covers (ISO 32000-2, 12.8.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coverage {
    /// Everything except the signature value, to the end of the file.
    WholeFile,
    /// Everything except the signature value, to the end of an earlier revision.
    WholeRevision,
    /// Less than the revision the signature stands in.
    Partial,
    /// Nothing that can be told, or a range that is no range.
    Nothing,
}

impl Coverage {
    /// Returns the word of the report's JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::WholeFile => "whole-file",
            Self::WholeRevision => "whole-revision",
            Self::Partial => "partial",
            Self::Nothing => "none",
        }
    }
}

/// The worst kind of change made to the document after the revision that a signature covers.
///
/// Ordered from harmless to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Changes {
    /// Nothing was added.
    None,
    /// Validation data and document timestamps only (EN 319 142-1, 5.4).
    Lta,
    /// Form fields filled, or further signatures (DocMDP 2, ISO 32000-2, table 257).
    FormFill,
    /// Annotations made, changed or removed (DocMDP 3).
    Annotate,
    /// Anything else.
    Forbidden,
    /// The revisions could not be compared.
    Unclear,
}

impl Changes {
    /// Returns the word of the report's JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Lta => "lta",
            Self::FormFill => "form-fill",
            Self::Annotate => "annotate",
            Self::Forbidden => "forbidden",
            Self::Unclear => "unclear",
        }
    }
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth a look; does not by itself change the verdict.
    Warning,
    /// A reason for the verdict.
    Error,
}

impl Severity {
    /// Returns the word of the report's JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A rectangle on a page as it is shown, cropped and rotated: from the lower left corner of what is shown, in hundredths
/// of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownRectangle {
    /// The left edge.
    pub left: i32,
    /// The bottom edge.
    pub bottom: i32,
    /// The right edge.
    pub right: i32,
    /// The top edge.
    pub top: i32,
}

impl ShownRectangle {
    /// Returns left, bottom, right and top in points.
    pub fn points(self) -> [f64; 4] {
        [self.left, self.bottom, self.right, self.top].map(|hundredths| f64::from(hundredths) / 100.0)
    }
}

/// One thing found, by its stable code; `wording` turns it into sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stable kebab-case code.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// The clause of the standard that it rests on.
    pub clause: Option<&'static str>,
    /// The PDF object it is about, for example `12 0 R`, or a path from the trailer.
    pub object: Option<String>,
    /// The page it is about, counted from 1.
    pub page: Option<u32>,
    /// Where on that page.
    pub rectangle: Option<ShownRectangle>,
    /// The rule that allowed or forbade what was found.
    pub rule: Option<Rule>,
    /// Values for the sentence, by name. May hold text from the file, so they are shown, never interpreted.
    pub parameters: Vec<(&'static str, String)>,
}

impl Finding {
    /// Makes a finding that knows only its code and weight.
    pub fn new(code: &'static str, severity: Severity) -> Self {
        let (clause, object, page, rectangle, rule) = (None, None, None, None, None);
        Self { code, severity, clause, object, page, rectangle, rule, parameters: Vec::new() }
    }

    /// Makes a finding worth knowing.
    pub fn info(code: &'static str) -> Self {
        Self::new(code, Severity::Info)
    }

    /// Makes a finding worth a look.
    pub fn warning(code: &'static str) -> Self {
        Self::new(code, Severity::Warning)
    }

    /// Makes a finding that is a reason for the verdict.
    pub fn error(code: &'static str) -> Self {
        Self::new(code, Severity::Error)
    }

    /// Names the clause of the standard.
    pub fn clause(mut self, clause: &'static str) -> Self {
        self.clause = Some(clause);
        self
    }

    /// Names the object or path.
    pub fn object(mut self, object: impl Into<String>) -> Self {
        self.object = Some(object.into());
        self
    }

    /// Names the page, counted from 1.
    pub fn page(mut self, page: Option<u32>) -> Self {
        self.page = page;
        self
    }

    /// Adds a value for the sentence.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }
}

/// The certificate of whoever signed, as a report shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerFacts {
    /// The subject's distinguished name (RFC 4514).
    pub subject: String,
    /// The issuer's distinguished name (RFC 4514).
    pub issuer: String,
    /// The serial number in hexadecimal digits.
    pub serial: String,
    /// The start of the certificate's validity.
    pub not_before: Instant,
    /// The end of the certificate's validity.
    pub not_after: Instant,
    /// What the user's own directory calls signer and authority; empty unless the value is the signer's and the path passed.
    pub names: PathNames,
}

/// Where a timestamp stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TimestampKind {
    /// In the signature's unsigned attributes (EN 319 122-1, 5.3).
    Signature,
    /// A document timestamp over the file with the signature in it (EN 319 142-1, 5.4.3).
    Document,
    /// In an evidence record (RFC 4998, 4.1).
    Archive,
}

impl TimestampKind {
    /// Returns the word of the report's JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signature => "signature-timestamp",
            Self::Document => "document-timestamp",
            Self::Archive => "archive-timestamp",
        }
    }
}

/// What was found about one timestamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampReport {
    /// Where it stands.
    pub kind: TimestampKind,
    /// The time it tells; `None` when the token cannot be read.
    pub gen_time: Option<Instant>,
    /// The verdict on the token.
    pub indication: Indication,
    /// Why, where it did not pass.
    pub sub_indication: Option<SubIndication>,
    /// The authority's distinguished name.
    pub tsa: Option<String>,
    /// What the user's own directory calls it; `None` unless the path passed.
    pub tsa_name: Option<DisplayName>,
    /// Whether the authority's path passed, and ends in a trust anchor that was given for timestamps.
    pub accredited: bool,
    /// The token among the report's objects; `None` when it cannot be read.
    pub token: Option<Sha256Hex>,
    /// What the judgement on the authority rested on, as far as it came to that.
    pub path: Option<PathFacts>,
    /// What was found on the way; belongs to the signature's findings in the JSON.
    pub findings: Vec<Finding>,
}

/// Everything found about one signature, and the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureReport {
    /// The fully qualified name of the form field.
    pub field: String,
    /// Signature or document timestamp.
    pub kind: SignatureKind,
    /// The `/SubFilter`, for example `ETSI.CAdES.detached`; empty when missing.
    pub sub_filter: String,
    /// The verdict.
    pub indication: Indication,
    /// Why, where it did not pass.
    pub sub_indication: Option<SubIndication>,
    /// The PAdES level the signature reaches by form, for example `B-T`.
    pub level: Option<&'static str>,
    /// Who signed.
    pub signer: Option<SignerFacts>,
    /// The distinguished names from the signer's certificate to the trust anchor, as far as a chain was found.
    pub chain: Vec<String>,
    /// What the judgement on the signer rested on, as far as it came to that.
    pub path: Option<PathFacts>,
    /// The signature as its bytes tell it.
    pub facts: SignatureFacts,
    /// The digest algorithm, for example `SHA-256`.
    pub digest: Option<String>,
    /// The signature algorithm, for example `RSA-PKCS1-SHA-256`.
    pub signature_algorithm: Option<String>,
    /// The time the signer claims.
    pub claimed_time: Option<Instant>,
    /// The earliest time at which a valid timestamp proves that the signature existed.
    pub proven_time: Option<Instant>,
    /// Until when it holds unless a further timestamp is put over it; `None` where it did not pass.
    pub lasts: Option<Lasting>,
    /// Digest and signature value alone.
    pub integrity: Integrity,
    /// How much of the file is signed.
    pub coverage: Coverage,
    /// The worst change made afterwards.
    pub changes: Changes,
    /// Whether a change was made afterwards that the signature, the document or the standard does not allow.
    pub is_altered: bool,
    /// The certification level (DocMDP `/P`), where the signature certifies the document.
    pub certification: Option<u8>,
    /// The reason the signer gives.
    pub reason: Option<String>,
    /// The place the signer gives.
    pub location: Option<String>,
    /// The revision the signature was made in, counted from 1; `None` when it cannot be told.
    pub revision: Option<u32>,
    /// Its timestamps.
    pub timestamps: Vec<TimestampReport>,
    /// What was found on the way.
    pub findings: Vec<Finding>,
}

impl SignatureReport {
    /// Returns what this counts for in the indication of its file, which has a signature or has none.
    fn counts_as(&self, is_signed: bool) -> Indication {
        match (self.kind, self.indication) {
            (SignatureKind::DocumentTimestamp, Indication::TotalPassed) => Indication::NoSignature,
            (SignatureKind::DocumentTimestamp, Indication::Indeterminate) if !is_signed => Indication::NoSignature,
            (_, indication) => indication,
        }
    }
}

/// Tells whether there is more than timestamps.
fn is_signed(signatures: &[SignatureReport]) -> bool {
    signatures.iter().any(|one| one.kind == SignatureKind::Signature)
}

/// The report on one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The SHA-256 of the file.
    pub sha256: Sha256Hex,
    /// The file's length in bytes.
    pub size_bytes: u64,
    /// The worst verdict of the signatures, or that there are none; timestamps that pass are none.
    pub indication: Indication,
    /// The number of revisions.
    pub revisions: u32,
    /// The time the validation was asked for.
    pub at: Instant,
    /// The policy that was judged by.
    pub policy: PolicyFacts,
    /// The signatures in the order in which they were made.
    pub signatures: Vec<SignatureReport>,
    /// What was found about the file as a whole.
    pub findings: Vec<Finding>,
    /// What the judgements rested on, in the order of its first use.
    pub objects: Vec<ValidationObject>,
}

/// Which policy a report was made by: the same file, policy, material and time give the same report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// The SHA-256 of its file.
    pub sha256: Sha256Hex,
}

impl PolicyFacts {
    /// Takes them from a policy.
    pub fn of(policy: &ValidationPolicy) -> Self {
        Self { name: policy.name.clone(), version: policy.version, sha256: policy.sha256.clone() }
    }
}

impl Report {
    /// Returns the first end among its signatures and timestamps: from then on the file does not pass unless it is renewed.
    /// `None` where it does not pass now.
    pub fn lasts(&self) -> Option<&Lasting> {
        let passed = self.indication == Indication::TotalPassed;
        let all = self.signatures.iter().filter_map(|one| one.lasts.as_ref());
        all.filter(|_| passed).min_by_key(|lasting| lasting.until)
    }

    /// Returns the first signature that has the file's verdict, or the first timestamp where no signature has it: the one
    /// to explain.
    pub fn decisive(&self) -> Option<&SignatureReport> {
        let is_signed = is_signed(&self.signatures);
        let deciding = self.signatures.iter().filter(|signature| signature.counts_as(is_signed) == self.indication);
        deciding.min_by_key(|signature| signature.kind == SignatureKind::DocumentTimestamp)
    }
}
