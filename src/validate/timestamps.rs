//! Judgement on timestamp tokens (EN 319 102-1 v1.4.1, 5.4).

use super::material::{Known, Material, path_findings};
use super::report::{Finding, Indication, TimestampKind, TimestampReport};
use crate::asn1::Certificate;
use crate::cms::CmsError;
use crate::digest::{Digest, DigestAlgorithm};
use crate::pki::{PathOutcome, Purpose, TrustAnchors};
use crate::policy::{AlgorithmUse, Judged, Outcome, SubIndication};
use crate::time::Instant;
use crate::tsp::{TimestampError, TimestampToken};

/// How far a token may be ahead of the time of validation before it is not believed, in seconds.
const AHEAD_SECONDS: i64 = 300;

/// A judged token.
pub(super) struct JudgedToken {
    /// For the report.
    pub(super) report: TimestampReport,
    /// The outcome.
    pub(super) outcome: Outcome,
    /// The token, where it could be read.
    pub(super) token: Option<TimestampToken>,
    /// The authority's path, where its certificate was found.
    pub(super) path: Option<PathOutcome>,
}

/// Judges a token: is it over what it should be over, is its signature good, is its authority to be trusted?
///
/// `imprint` digests the bytes that it should be over.
pub(super) fn judge(
    material: &Material<'_>,
    kind: TimestampKind,
    bytes: &[u8],
    imprint: &dyn Fn(DigestAlgorithm) -> Digest,
    known: Known<'_>,
) -> JudgedToken {
    let mut report = blank(kind);
    let token = match TimestampToken::parse(bytes) {
        Ok(token) => token,
        Err(error) => {
            report.findings.push(Finding::error("timestamp-unreadable").with("problem", error.to_string()));
            let outcome = match error {
                TimestampError::Crypto(_) => Outcome::Indeterminate(SubIndication::CryptoConstraintsFailure),
                _ => Outcome::Failed(SubIndication::FormatFailure),
            };
            return finish(report, outcome, None, None);
        }
    };
    report.gen_time = Some(token.gen_time);
    report.token = Some(material.objects.token(&token));
    if imprint(token.imprint.algorithm) != token.imprint {
        report.findings.push(Finding::error("timestamp-imprint-mismatch").clause("EN 319 102-1 5.4.4"));
        return finish(report, Outcome::Failed(SubIndication::HashFailure), Some(token), None);
    }
    let Some(signer) = token.signer_certificate(material.certificates()).cloned() else {
        report.findings.push(Finding::error("timestamp-signer-missing").clause("EN 319 102-1 5.2.3"));
        let outcome = Outcome::Indeterminate(SubIndication::NoSigningCertificateFound);
        return finish(report, outcome, Some(token), None);
    };
    report.tsa = Some(signer.subject());
    if let Err(error) = token.verify(&signer) {
        let outcome = unverified(&error);
        report.findings.push(Finding::error("timestamp-signature-broken").with("problem", error.to_string()));
        return finish(report, outcome, Some(token), None);
    }
    let (path, accredited) = authority(material, &signer, token.gen_time, known);
    report.accredited = accredited;
    let names = material.names(&path);
    report.tsa_name = names.own.or(names.authority);
    report.path = Some(material.objects.path(&path));
    report.findings.extend(path_findings(&path));
    let mut outcome = path.outcome;
    if outcome.is_passed() && !accredited {
        report.findings.push(Finding::info("timestamp-not-accredited").with("tsa", signer.subject()));
    }
    if outcome.is_passed() && token.gen_time.as_second() > material.context.at.as_second() + AHEAD_SECONDS {
        report.findings.push(Finding::error("timestamp-in-future"));
        outcome = Outcome::Indeterminate(SubIndication::TimestampOrderFailure);
    }
    if outcome.is_passed()
        && let Some(weak) = weak_algorithm(material, &token, &signer, known)
    {
        report.findings.push(weak);
        outcome = Outcome::Indeterminate(SubIndication::CryptoConstraintsFailureNoPoe);
    }
    finish(report, outcome, Some(token), Some(path))
}

fn blank(kind: TimestampKind) -> TimestampReport {
    TimestampReport {
        kind,
        gen_time: None,
        indication: Indication::Indeterminate,
        sub_indication: None,
        tsa: None,
        tsa_name: None,
        accredited: false,
        token: None,
        path: None,
        findings: Vec::new(),
    }
}

/// Looks for the authority under the anchors given for timestamps first, then under the others.
fn authority(material: &Material<'_>, signer: &Certificate, stamped: Instant, known: Known<'_>) -> (PathOutcome, bool) {
    let context = material.context;
    let under = |anchors: &TrustAnchors| material.path(signer, anchors, Purpose::Timestamping, known);
    // Accredited is who was so when it stamped.
    let then = |anchors: &TrustAnchors| anchors.believed(Purpose::Timestamping, stamped, context.at);
    let (accredited, others) = (then(context.tsa_trust), then(context.trust));
    let lacked_before = material.needs();
    let first = under(&accredited);
    let known =
        !accredited.is_empty() && first.outcome.sub_indication() != Some(SubIndication::NoCertificateChainFound);
    if known {
        return (first, true);
    }
    let lacked_first = material.needs();
    let second = under(&others);
    if second.outcome.is_passed() {
        // That the accredited do not know it is no lack.
        material.forget_needs(lacked_before, lacked_first);
    }
    (second, false)
}

fn unverified(error: &TimestampError) -> Outcome {
    match error {
        TimestampError::Cms(CmsError::BadSignature) => Outcome::Failed(SubIndication::SigCryptoFailure),
        TimestampError::Cms(CmsError::DigestMismatch) => Outcome::Failed(SubIndication::HashFailure),
        TimestampError::NoSignerCertificate => Outcome::Indeterminate(SubIndication::NoSigningCertificateFound),
        TimestampError::Cms(CmsError::Crypto(_)) | TimestampError::Crypto(_) => {
            Outcome::Indeterminate(SubIndication::CryptoConstraintsFailure)
        }
        _ => Outcome::Failed(SubIndication::FormatFailure),
    }
}

fn weak_algorithm(
    material: &Material<'_>,
    token: &TimestampToken,
    signer: &Certificate,
    known: Known<'_>,
) -> Option<Finding> {
    let at = known.existence.at(material.context.at);
    let policy = material.context.policy;
    let imprint = policy.judge(AlgorithmUse::Digest(token.imprint.algorithm), at);
    let info = &token.signed_data.signer;
    let signature = match (&info.scheme, crate::crypto::key_facts(signer.spki_der())) {
        (Ok(scheme), Ok(key)) => policy.judge(AlgorithmUse::Signature(*scheme, key), at),
        _ => Judged::NeverAccepted,
    };
    if imprint == Judged::Strong && signature == Judged::Strong {
        return None;
    }
    Some(Finding::error("algorithm-too-weak").with("algorithm", token.imprint.algorithm.name()))
}

fn finish(
    mut report: TimestampReport,
    outcome: Outcome,
    token: Option<TimestampToken>,
    path: Option<PathOutcome>,
) -> JudgedToken {
    report.indication = super::process::indication(outcome);
    report.sub_indication = outcome.sub_indication();
    JudgedToken { report, outcome, token, path }
}
