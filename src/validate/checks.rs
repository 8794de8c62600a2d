//! The checks on one signature that ask neither whom to trust nor what is allowed (EN 319 102-1 v1.4.1, 5.2.2, 5.2.3 and
//! 5.2.7), and the docket that gathers what speaks against it.

use super::evidence::SignatureEvidence;
use super::material::Material;
use super::report::{Coverage, Finding, Integrity};
use super::timestamps::JudgedToken;
use crate::asn1::{Certificate, oid};
use crate::cms::{AttributeOrder, CmsError, SignedData};
use crate::pades::CoverageProblem;
use crate::policy::{Outcome, SubIndication};

/// The one form of signature that PAdES baseline knows (EN 319 142-1, 6.3).
pub(super) const BASELINE: &str = "ETSI.CAdES.detached";
/// Other forms that are read: detached PKCS #7, PKCS #7 over a SHA-1 digest, a bare PKCS #1 value (ISO 32000-1, 12.8.3).
const OLDER: &[&str] = &["adbe.pkcs7.detached", "adbe.pkcs7.sha1", "adbe.x509.rsa_sha1"];

/// What speaks for and against one signature so far.
#[derive(Default)]
pub(super) struct Docket {
    /// The outcomes that are not passed.
    pub(super) against: Vec<Outcome>,
    /// What was found.
    pub(super) findings: Vec<Finding>,
}

impl Docket {
    /// Notes a failure.
    pub(super) fn failed(&mut self, sub: SubIndication, finding: Finding) {
        self.against.push(Outcome::Failed(sub));
        self.findings.push(finding);
    }

    /// Notes what leaves the signature undecided.
    pub(super) fn indeterminate(&mut self, sub: SubIndication, finding: Finding) {
        self.against.push(Outcome::Indeterminate(sub));
        self.findings.push(finding);
    }

    /// Returns the gravest: a broken digest before anything else, a failure before what is merely unknown, and among
    /// equals the one that was met first (5.3.4 ends at the first block that does not pass).
    pub(super) fn outcome(&self) -> Outcome {
        let hash = Outcome::Failed(SubIndication::HashFailure);
        if self.against.contains(&hash) {
            return hash;
        }
        let failed = self.against.iter().find(|outcome| matches!(outcome, Outcome::Failed(_)));
        failed.or(self.against.first()).copied().unwrap_or(Outcome::Passed)
    }
}

/// Digest and signature value of one signature, and who is named as its signer.
pub(super) struct Integral {
    /// Both together.
    pub(super) integrity: Integrity,
    /// The signer's certificate.
    pub(super) signer: Option<Certificate>,
    /// What the verification of the value said, where it could be tried.
    pub(super) value: Option<Result<AttributeOrder, CmsError>>,
}

impl Integral {
    /// Verifies the signature value.
    pub(super) fn of(signature: &SignatureEvidence, material: &Material<'_>) -> Self {
        let Ok(cms) = &signature.cms else {
            return Self { integrity: Integrity::Unknown, signer: None, value: None };
        };
        let signer = material.signer(cms);
        // Without the certificate that the attributes name, one that the identifier alone fits still tells of the value.
        let by_name = || cms.certificates.iter().find(|one| cms.signer.sid.fits(one));
        let verify = |certificate: &Certificate| match &signature.bare_digest {
            Some(digest) => cms.verify_bare_signature(certificate, digest),
            None => material.value(cms, certificate),
        };
        let value =
            signer.as_ref().or_else(by_name).map(|certificate| verify(certificate).map(|verified| verified.order));
        let integrity = match (signature.digest_fits, &value) {
            (Some(false), _) => Integrity::Broken,
            (_, Some(Err(CmsError::BadSignature))) => Integrity::Broken,
            (Some(true), Some(Ok(_))) | (None, Some(Ok(AttributeOrder::NoAttributes))) => Integrity::Intact,
            _ => Integrity::Unknown,
        };
        Self { integrity, signer, value }
    }
}

/// What a signature is to those before it; ordered from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Soundness {
    /// One that may follow them.
    Sound,
    /// It may be one: its algorithm is not supported, or its certificate is not at hand.
    Unchecked,
    /// None.
    Broken,
}

/// Tells whether a signature is one that an earlier signature may be followed by.
pub(super) fn soundness(signature: &SignatureEvidence, integral: &Integral) -> Soundness {
    let unusable = matches!(&integral.value, Some(Err(error)) if !matches!(error, CmsError::Crypto(_)));
    match integral.integrity {
        _ if signature.range_problem().is_some() || signature.cms.is_err() || unusable => Soundness::Broken,
        Integrity::Intact => Soundness::Sound,
        Integrity::Unknown => Soundness::Unchecked,
        Integrity::Broken => Soundness::Broken,
    }
}

/// 5.2.7: the digest and the signature value.
pub(super) fn check_integrity(signature: &SignatureEvidence, integral: &Integral, docket: &mut Docket) {
    if signature.digest_fits == Some(false) {
        let finding = Finding::error("digest-mismatch").clause("EN 319 102-1 5.2.7");
        docket.failed(SubIndication::HashFailure, finding);
    }
    match &integral.value {
        Some(Err(CmsError::Crypto(_))) => {
            let finding = Finding::error("signature-algorithm-unsupported").clause("EN 319 102-1 5.2.7");
            docket.indeterminate(SubIndication::CryptoConstraintsFailure, finding);
        }
        Some(Err(CmsError::BadSignature)) => {
            let finding = Finding::error("signature-value-mismatch").clause("EN 319 102-1 5.2.7");
            docket.failed(SubIndication::SigCryptoFailure, finding);
        }
        Some(Err(error)) => {
            let finding = Finding::error("signed-attributes-unusable").clause("EN 319 102-1 5.2.2");
            docket.failed(SubIndication::FormatFailure, finding.with("problem", error.to_string()));
        }
        Some(Ok(AttributeOrder::Sorted)) => docket.findings.push(Finding::warning("attributes-not-sorted")),
        Some(Ok(AttributeOrder::NoAttributes)) => docket.findings.push(Finding::warning("signed-attributes-absent")),
        Some(Ok(AttributeOrder::AsEncoded)) | None => {}
    }
}

/// 5.2.2: the form of the byte range, of the signature dictionary and of the CMS.
pub(super) fn check_format(signature: &SignatureEvidence, repaired: bool, docket: &mut Docket) {
    const CLAUSE: &str = "ISO 32000-2 12.8.1";
    let mut broken = |finding: Finding| docket.failed(SubIndication::FormatFailure, finding.clause(CLAUSE));
    match signature.range_problem() {
        None => {}
        Some(CoverageProblem::NotFourIntegers) => broken(Finding::error("byte-range-missing")),
        Some(CoverageProblem::NotFromStart) => broken(Finding::error("byte-range-not-from-start")),
        Some(CoverageProblem::OutOfFile) => broken(Finding::error("byte-range-out-of-file")),
        Some(CoverageProblem::GapNotHexString) => broken(Finding::error("byte-range-gap-not-a-string")),
        Some(CoverageProblem::GapNotContents) => broken(Finding::error("byte-range-gap-not-contents")),
    }
    if signature.coverage == Coverage::Partial && !repaired {
        broken(Finding::error("coverage-partial"));
    }
    if signature.is_outside_form {
        docket.indeterminate(SubIndication::Custom, Finding::error("signature-outside-form"));
    }
    let sub_filter =
        signature.embedded.as_ref().and_then(|embedded| embedded.sub_filter.as_deref()).unwrap_or_default();
    let known = sub_filter == BASELINE || OLDER.contains(&sub_filter) || sub_filter == "ETSI.RFC3161";
    if !known && signature.embedded.is_some() {
        let finding = Finding::error("sub-filter-unknown").clause(CLAUSE).with("sub_filter", sub_filter);
        docket.failed(SubIndication::FormatFailure, finding);
    }
    check_cms(signature, sub_filter, docket);
}

fn check_cms(signature: &SignatureEvidence, sub_filter: &str, docket: &mut Docket) {
    const CLAUSE: &str = "EN 319 142-1 4.1";
    let cms = match &signature.cms {
        Ok(cms) => cms,
        Err(error) => {
            let finding = Finding::error("cms-unreadable").clause(CLAUSE).with("problem", error.to_string());
            return docket.failed(SubIndication::FormatFailure, finding);
        }
    };
    let detached = sub_filter == BASELINE || sub_filter == "adbe.pkcs7.detached";
    if detached && cms.e_content.is_some() {
        docket.failed(SubIndication::FormatFailure, Finding::error("cms-content-present").clause(CLAUSE));
    }
    let kind_differs = signature.embedded.as_ref().is_some_and(|one| one.is_document_timestamp != cms.is_timestamp());
    if kind_differs {
        docket.failed(SubIndication::FormatFailure, Finding::error("cms-of-other-kind").clause(CLAUSE));
    }
    if signature.digest_fits.is_none() && signature.bare_digest.is_none() {
        let finding = Finding::error("digest-not-computed").clause("EN 319 102-1 5.2.7");
        docket.indeterminate(SubIndication::CryptoConstraintsFailure, finding);
    }
    if sub_filter == BASELINE
        && let Some(name) = repeated(cms)
    {
        let finding = Finding::error("signed-attribute-repeated").clause("EN 319 142-1 6.3").with("attribute", name);
        docket.failed(SubIndication::FormatFailure, finding);
    }
    // The type in the attribute is held to be this one where the value is verified (RFC 5652, 11.1).
    if sub_filter == BASELINE && cms.content_type != oid::DATA {
        let finding = Finding::error("cms-content-type").clause("EN 319 142-1 6.3");
        docket.failed(SubIndication::FormatFailure, finding.with("type", cms.content_type.to_string()));
    }
    if cms.unreadable > 0 {
        let finding = Finding::info("cms-members-unreadable").clause("RFC 5652 5.1");
        docket.findings.push(finding.with("count", cms.unreadable.to_string()));
    }
    if cms.has_trailing_bytes {
        docket.findings.push(Finding::warning("cms-trailing-bytes").clause(CLAUSE));
    }
    if cms.was_ber {
        docket.findings.push(Finding::info("cms-not-der").clause(CLAUSE));
    }
    if sub_filter == BASELINE && cms.signer.claimed_signing_time.is_some() {
        docket.findings.push(Finding::info("signing-time-attribute").clause("EN 319 142-1 6.3"));
    }
}

/// Returns a signed attribute that may stand once, with one value, and does not (EN 319 142-1, table 1).
fn repeated(cms: &SignedData) -> Option<&'static str> {
    const ONCE: &[(&oid::Oid, &str)] = &[
        (&oid::SIGNER_ATTRIBUTES_V2, "signer-attributes-v2"),
        (&oid::SIGNATURE_POLICY_IDENTIFIER, "signature-policy-identifier"),
    ];
    let values = |of: &oid::Oid| -> usize {
        let attributes = cms.signer.signed_attributes.iter().filter(|attribute| attribute.oid == *of);
        attributes.map(|attribute| attribute.values.len().max(1)).sum()
    };
    ONCE.iter().find(|(of, _)| values(of) > 1).map(|(_, name)| *name)
}

/// 5.2.3: a baseline signature names its certificate in an attribute that is signed.
pub(super) fn check_reference(signature: &SignatureEvidence, cms: &SignedData, docket: &mut Docket) {
    let sub_filter = signature.embedded.as_ref().and_then(|embedded| embedded.sub_filter.as_deref());
    if sub_filter == Some(BASELINE) && cms.signer.signing_certificate.is_none() {
        let finding = Finding::error("signing-certificate-not-named").clause("EN 319 142-1 6.3");
        docket.indeterminate(SubIndication::SigConstraintsFailure, finding);
    }
}

/// 5.5.4 (3): a token that failed proves nothing; and whoever put it there meant it to prove something, so that the
/// signature is not passed over it. One that is merely not trusted leaves the signature as if it had none.
pub(super) fn check_stamps(tokens: &[JudgedToken], later: &[&JudgedToken], docket: &mut Docket) {
    let proven = tokens.iter().any(|token| token.outcome.is_passed());
    if !proven && tokens.iter().any(|token| matches!(token.outcome, Outcome::Failed(_))) {
        let finding = Finding::error("signature-timestamp-failed").clause("EN 319 102-1 5.5.4");
        docket.indeterminate(SubIndication::SigConstraintsFailure, finding);
    } else if tokens.iter().any(|token| !token.outcome.is_passed()) {
        docket.findings.push(Finding::warning("signature-timestamp-not-proven").clause("EN 319 102-1 5.5.4"));
    }
    // What a later timestamp covers already existed: no signature timestamp can be younger than it.
    let has_passed = |token: &&JudgedToken| token.outcome.is_passed();
    let mut own = tokens.iter().filter(has_passed);
    if own.any(|own| later.iter().copied().filter(has_passed).any(|later| own.is_surely_after(later))) {
        let finding = Finding::error("timestamp-order").clause("EN 319 102-1 5.5.4");
        docket.indeterminate(SubIndication::TimestampOrderFailure, finding);
    }
}
