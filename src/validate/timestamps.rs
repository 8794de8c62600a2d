//! Judgement on timestamp tokens (EN 319 102-1 v1.4.1, 5.4).

use super::algorithms;
use super::lasting::Lasting;
use super::material::{Known, Material, path_findings};
use super::report::{Finding, Indication, TimestampKind, TimestampReport};
use crate::asn1::Certificate;
use crate::cms::CmsError;
use crate::digest::{Digest, DigestAlgorithm};
use crate::pki::{PathFinding, PathOutcome, Purpose, TrustAnchors};
use crate::policy::{Outcome, SubIndication};
use crate::time::Instant;
use crate::tsp::{Accuracy, TimestampError, TimestampToken};

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
    /// Until when it holds, where that was asked and it passed.
    pub(super) lasts: Option<Lasting>,
}

impl JudgedToken {
    /// Tells whether this one was surely made after another (RFC 3161, 2.4.2): their times are farther apart than both may
    /// be from the true one, or one authority made both and vouches for their order.
    pub(super) fn is_surely_after(&self, other: &Self) -> bool {
        let (Some(own), Some(others)) = (&self.token, &other.token) else { return false };
        let signer = |judged: &Self| judged.path.as_ref().and_then(|path| path.chain.first().cloned());
        let is_ordered = own.ordering && others.ordering && signer(self).is_some_and(|one| Some(one) == signer(other));
        let leeway = |token: &TimestampToken| token.accuracy.map_or(0, Accuracy::as_microseconds);
        let leeway = if is_ordered { 0 } else { leeway(own).saturating_add(leeway(others)) };
        own.gen_time.as_microsecond().saturating_sub(others.gen_time.as_microsecond()) > leeway
    }
}

/// Judges a token: is it over what it should be over, is its signature good, is its authority to be trusted?
///
/// `imprint` digests the bytes that it should be over.
pub(super) fn judge(
    material: &Material<'_>,
    kind: TimestampKind,
    read: &Result<TimestampToken, TimestampError>,
    imprint: &dyn Fn(DigestAlgorithm) -> Digest,
    known: Known<'_>,
) -> JudgedToken {
    let mut report = blank(kind);
    let token = match read.clone() {
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
    if let Err(error) = token.verify_with(&signer, || material.value(&token.signed_data, &signer)) {
        let outcome = unverified(&error);
        report.findings.push(Finding::error("timestamp-signature-broken").with("problem", error.to_string()));
        return finish(report, outcome, Some(token), None);
    }
    let (path, accredited) = authority(material, &signer, token.gen_time, known);
    report.accredited = accredited;
    let names = material.names(&path);
    report.tsa_name = names.own.or(names.authority);
    report.path = Some(material.facts(&path));
    report.findings.extend(path_findings(&path));
    let mut outcome = path.outcome;
    if outcome.is_passed() && !accredited {
        report.findings.push(Finding::info("timestamp-not-accredited").with("tsa", signer.subject()));
    }
    if outcome.is_passed() && token.gen_time.as_second() > material.context.at.as_second() + AHEAD_SECONDS {
        report.findings.push(Finding::error("timestamp-in-future"));
        outcome = Outcome::Indeterminate(SubIndication::TimestampOrderFailure);
    }
    // 5.2.8: the imprint, the digest of the token's own content, the scheme.
    let (at, info) = (known.existence.at(material.context.at), &token.signed_data.signer);
    let weak = algorithms::weak(material.context.policy, at, info, &signer, Some(token.imprint.algorithm));
    if outcome.is_passed()
        && let Some(weak) = weak.first()
    {
        report.findings.push(Finding::error("algorithm-too-weak").with("algorithm", weak.name.clone()));
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

/// Looks for the authority under the anchors given for timestamps, and under the others; a path that passed is preferred,
/// and only on such a one the authority is accredited.
///
/// Which authority is accredited is asked for the time at which it stamped: that is what the law counts (N11), and what a
/// dated list says. But an authority tells that time itself. While it is believed at the time at which the token is proven
/// to have existed, nobody asks more; an anchor that is believed no longer is a sunset anchor (EN 319 102-1, 5.2.6), and is
/// believed only as far as `is_backed` says.
fn authority(material: &Material<'_>, signer: &Certificate, stamped: Instant, known: Known<'_>) -> (PathOutcome, bool) {
    let context = material.context;
    let existed = known.existence.at(context.at);
    let then = |anchors: &TrustAnchors| anchors.believed(Purpose::Timestamping, stamped, context.at);
    let (accredited, others) = (then(context.tsa_trust), then(context.trust));
    let mut sets: Vec<(TrustAnchors, bool)> = Vec::new();
    for (all, is_accredited) in [(accredited, true), (others, false)] {
        let running = all.at(existed);
        if running.certificates().len() < all.certificates().len() {
            sets.push((running, is_accredited));
        }
        sets.push((all, is_accredited));
    }
    let is_unknown = |path: &PathOutcome| path.outcome.sub_indication() == Some(SubIndication::NoCertificateChainFound);
    let lacked_before = material.needs();
    let mut best: Option<PathOutcome> = None;
    for (anchors, is_accredited) in sets.iter().filter(|(anchors, _)| !anchors.is_empty()) {
        let lacked = material.needs();
        let mut path = material.path(signer, anchors, Purpose::Timestamping, known);
        if path.outcome.is_passed() && !is_backed(anchors, &path, existed) {
            path.outcome = Outcome::Indeterminate(SubIndication::NoPoe);
            let clause = "EN 319 102-1 5.2.6";
            path.findings.push(PathFinding { code: "path-term-over", subject: signer.subject(), clause });
        }
        if path.outcome.is_passed() {
            // What others did not know is no lack.
            material.forget_needs(lacked_before, lacked);
            return (path, *is_accredited);
        }
        match &best {
            // Whoever knows it first decides; what the next lacks would not help.
            Some(known) if !is_unknown(known) => material.forget_needs(lacked, material.needs()),
            Some(_) if is_unknown(&path) => {}
            _ => best = Some(path),
        }
    }
    let nobody = || material.path(signer, &TrustAnchors::default(), Purpose::Timestamping, known);
    (best.unwrap_or_else(nobody), false)
}

/// Tells whether a path is to be believed though the term of its anchor may be over: the token is proven to have existed
/// within the term; or somebody else still answers for the authority's certificate, and a statement from after the end
/// says that it was not revoked. An authority that lost its accreditation for cause, and dates back, is caught by either;
/// an archive is safe that was stamped again, or holds the lists of the day on which it was.
fn is_backed(anchors: &TrustAnchors, path: &PathOutcome, existed: Instant) -> bool {
    let stated = path.statements.first().and_then(|need| need.proof.as_ref()).map(|proof| proof.issued);
    let beliefs = anchors.iter().filter(|(anchor, _)| path.chain.last() == Some(*anchor));
    beliefs.map(|(_, belief)| belief.term.before).any(|end| match end {
        None => true,
        Some(end) => existed < end || stated.is_some_and(|stated| stated >= end),
    })
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

fn finish(
    mut report: TimestampReport,
    outcome: Outcome,
    token: Option<TimestampToken>,
    path: Option<PathOutcome>,
) -> JudgedToken {
    report.indication = super::process::indication(outcome);
    report.sub_indication = outcome.sub_indication();
    JudgedToken { report, outcome, token, path, lasts: None }
}
