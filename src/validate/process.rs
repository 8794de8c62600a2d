//! Judgement (EN 319 102-1 v1.4.1, 5.3 and 5.5): each signature by itself, at the time that timestamps prove.

use super::ValidationContext;
use super::algorithms::{self, scheme_name};
use super::checks::{
    BASELINE, Docket, Integral, check_format, check_integrity, check_reference, check_stamps, soundness,
};
use super::evidence::{Evidence, SignatureEvidence};
use super::lasting::{self, Passed};
use super::material::{Existence, Known, Material, path_findings};
use super::objects::SignatureFacts;
use super::permission::{self, Added};
use super::proofs::Proofs;
use super::report::{Changes, Finding, Indication, Integrity, PolicyFacts, Report, SignatureKind, SignatureReport};
use super::report::{SignerFacts, TimestampKind, TimestampReport};
use super::timestamps::{self, JudgedToken};
use crate::asn1::Certificate;
use crate::cms::SignedData;
use crate::digest::{Digest, DigestAlgorithm, Sha256Hex};
use crate::pades::Coverage;
use crate::pdf::{PdfError, Source};
use crate::pki::{PathNames, PathOutcome, Purpose};
use crate::policy::{Judged, Outcome, SubIndication};
use crate::tsp::{TimestampError, TimestampToken};

/// Judges everything and writes the report.
pub(super) fn judge(source: &Source, evidence: &Evidence, material: &Material<'_>) -> Result<Report, PdfError> {
    let context = material.context;
    let integrity: Vec<Integral> =
        evidence.signatures.iter().map(|signature| Integral::of(signature, material)).collect();
    let soundness = evidence.signatures.iter().zip(&integrity).map(|(one, integral)| soundness(one, integral));
    let added = Added::of(evidence, soundness);
    let stamps = document_timestamps(source, evidence, material)?;
    let judge = Judge { evidence, material, added: &added, stamps: &stamps };
    let signatures: Vec<SignatureReport> = evidence
        .signatures
        .iter()
        .zip(&integrity)
        .enumerate()
        .map(|(index, (signature, integral))| judge.signature(index, signature, integral))
        .collect();
    let indication = Indication::of_file(&signatures);
    let mut findings = evidence.findings.clone();
    if indication == Indication::NoSignature {
        findings.push(Finding::info("no-signature"));
    }
    findings.extend(stale_lists(context));
    let hasher = source.digest(0..source.size_bytes(), DigestAlgorithm::Sha256).map_err(PdfError::from)?;
    Ok(Report {
        sha256: Sha256Hex::from_digest(&hasher.finish()),
        size_bytes: source.size_bytes(),
        indication,
        revisions: revisions(evidence),
        at: context.at,
        policy: PolicyFacts::of(context.policy),
        signatures,
        findings,
        objects: material.objects.all(&stamps.proofs),
    })
}

/// Tells of lists of trusted certificates whose time is over.
fn stale_lists(context: &ValidationContext<'_>) -> Option<Finding> {
    let sets = [context.trust, context.tsa_trust].into_iter();
    let (until, accepted) = sets.filter_map(|set| Some((set.stale_since(context.at)?, set.accepts_stale()))).max()?;
    let code = if accepted { "trust-list-stale-accepted" } else { "trust-list-stale" };
    Some(Finding::warning(code).with("until", until.to_string()))
}

/// Returns the main indication that an outcome leads to.
pub(super) fn indication(outcome: Outcome) -> Indication {
    match outcome {
        Outcome::Passed => Indication::TotalPassed,
        Outcome::Indeterminate(_) => Indication::Indeterminate,
        Outcome::Failed(_) => Indication::TotalFailed,
    }
}

fn revisions(evidence: &Evidence) -> u32 {
    evidence.pdf.as_ref().map_or(0, |pdf| u32::try_from(pdf.revisions().len()).unwrap_or(u32::MAX))
}

/// The document timestamps with the place of their signature and the end of what they cover, and what they prove.
struct Stamps {
    judged: Vec<(usize, u64, JudgedToken)>,
    proofs: Proofs,
}

/// Judges the document timestamps, those that cover most first, so that each proves the existence of what it covers, older
/// ones among it (5.6.3.4). None proves anything of one that covers as much or more, wherever it was found.
fn document_timestamps(source: &Source, evidence: &Evidence, material: &Material<'_>) -> Result<Stamps, PdfError> {
    let mut stamps = Stamps { judged: Vec::new(), proofs: Proofs::new(evidence) };
    let mut all: Vec<(usize, Result<TimestampToken, TimestampError>, &Coverage)> = Vec::new();
    for (index, signature) in evidence.signatures.iter().enumerate() {
        if let Some(embedded) = signature.embedded.as_ref().filter(|embedded| embedded.is_document_timestamp)
            && let Ok(covered) = &embedded.coverage
        {
            all.push((index, signature.as_token(embedded), covered));
        }
    }
    all.sort_by_key(|(_, _, covered)| std::cmp::Reverse(covered.after.end));
    for (index, read, covered) in all {
        let end = covered.after.end;
        let trouble = std::cell::Cell::new(None);
        let imprint = |algorithm: DigestAlgorithm| {
            covered.digest(source, algorithm).unwrap_or_else(|error| {
                trouble.set(Some(error));
                Digest { algorithm, bytes: Vec::new() }
            })
        };
        let existence = proven_by(stamps.covering(index, end));
        let known = Known { existence, proofs: &stamps.proofs, names_signer: true };
        let mut token = timestamps::judge(material, TimestampKind::Document, &read, &imprint, known);
        trouble.take().map_or(Ok(()), Err)?;
        token.lasts = lasting::of_stamp(material, &token, known, stamps.covering(index, end));
        if let (true, Some(read)) = (token.outcome.is_passed(), &token.token) {
            stamps.proofs.extract(end, read);
        }
        stamps.judged.push((index, end, token));
    }
    Ok(stamps)
}

impl Stamps {
    /// Returns those that cover a signature, which ends there.
    fn covering(&self, index: usize, end: u64) -> impl Iterator<Item = &JudgedToken> {
        let farther = self.judged.iter().filter(move |(of, covered, _)| *of != index && *covered > end);
        farther.map(|(_, _, token)| token)
    }
}

/// Returns since when something existed that timestamps cover.
fn proven_by<'t>(stamps: impl IntoIterator<Item = &'t JudgedToken>) -> Existence {
    let passed = stamps.into_iter().filter(|stamp| stamp.outcome.is_passed()).filter_map(|stamp| stamp.report.gen_time);
    passed.fold(Existence::Unproven, Existence::or_earlier)
}

/// Everything that the judgement on one signature looks at.
struct Judge<'a> {
    evidence: &'a Evidence,
    material: &'a Material<'a>,
    added: &'a Added,
    stamps: &'a Stamps,
}

impl Judge<'_> {
    fn signature(&self, index: usize, signature: &SignatureEvidence, integral: &Integral) -> SignatureReport {
        let lacked_before = self.material.needs();
        let mut docket = Docket::default();
        let mut report = blank(signature, integral);
        // 5.2.2, 5.2.7: format and integrity, whoever signed.
        check_integrity(signature, integral, &mut docket);
        let repaired = self.evidence.pdf.as_ref().is_none_or(crate::pdf::Pdf::is_repaired);
        check_format(signature, repaired, &mut docket);
        if self.evidence.pdf.as_ref().is_some_and(|pdf| pdf.head() > 0) {
            let finding = Finding::error("header-displaced").clause("ISO 32000-2 7.5.2");
            docket.indeterminate(SubIndication::Custom, finding);
        }
        let path = if signature.is_timestamp() {
            self.as_timestamp(index, signature, &mut report, &mut docket)
        } else {
            self.as_signature(index, signature, integral, &mut report, &mut docket)
        };
        if let Some(path) = path {
            report.chain = path.chain.iter().map(Certificate::subject).collect();
            if let (Some(signer), Integrity::Intact) = (&mut report.signer, report.integrity) {
                signer.names = self.material.names(&path);
            }
            report.path = Some(self.material.facts(&path));
        }
        let allowed = self.material.context.policy.allowed_changes;
        let permission = permission::judge(self.evidence, signature, self.added, allowed);
        report.changes = permission.changes;
        report.is_altered = permission.is_denied;
        docket.against.extend(permission.against);
        docket.findings.extend(permission.findings);
        let outcome = docket.outcome();
        if matches!(outcome, Outcome::Failed(_)) {
            // Nothing that could be brought saves it.
            self.material.forget_needs(lacked_before, self.material.needs());
        }
        report.indication = indication(outcome);
        report.sub_indication = outcome.sub_indication();
        report.lasts = report.lasts.filter(|_| outcome.is_passed());
        report.findings = docket.findings;
        report.level = self.level(signature, &report);
        report
    }

    /// Judges a document timestamp that is asked about for itself.
    fn as_timestamp(
        &self,
        index: usize,
        signature: &SignatureEvidence,
        report: &mut SignatureReport,
        docket: &mut Docket,
    ) -> Option<PathOutcome> {
        let Some((_, _, token)) = self.stamps.judged.iter().find(|(of, _, _)| *of == index) else {
            if signature.digest_fits != Some(false) {
                docket.indeterminate(SubIndication::Custom, Finding::error("timestamp-not-judged"));
            }
            return None;
        };
        if !token.outcome.is_passed() {
            docket.against.push(token.outcome);
        }
        docket.findings.extend(token.report.findings.iter().cloned());
        report.claimed_time = report.claimed_time.or(token.report.gen_time);
        if token.outcome.is_passed() {
            report.proven_time = token.report.gen_time;
            report.lasts = token.lasts.clone();
        }
        report.timestamps = vec![TimestampReport { findings: Vec::new(), ..token.report.clone() }];
        token.path.clone()
    }

    /// Judges a signature: proven time first, then the signer's path at that time (5.5.4).
    fn as_signature(
        &self,
        index: usize,
        signature: &SignatureEvidence,
        integral: &Integral,
        report: &mut SignatureReport,
        docket: &mut Docket,
    ) -> Option<PathOutcome> {
        let cms = signature.cms.as_ref().ok()?;
        let later = self.later_stamps(index, signature);
        let tokens = self.signature_stamps(signature, cms, &later);
        let mut existence = proven_by(later.iter().copied());
        for token in tokens.iter().filter(|token| token.outcome.is_passed()) {
            existence = token.report.gen_time.map_or(existence, |at| existence.or_earlier(at));
        }
        check_stamps(&tokens, &later, docket);
        report.proven_time = match existence {
            Existence::Proven(at) => Some(at),
            Existence::Unproven => None,
        };
        let stamped = lasting::longest(tokens.iter().chain(later.iter().copied()));
        report.timestamps = tokens.into_iter().map(|token| token.report).collect();
        report.timestamps.extend(later.iter().map(|stamp| stamp.report.clone()));
        if let (Some(claimed), Some(proven)) = (report.claimed_time, report.proven_time)
            && claimed > proven
        {
            docket.findings.push(Finding::warning("claimed-time-after-proven"));
        }
        let Some(signer) = &integral.signer else {
            let finding = Finding::error("signer-certificate-missing").clause("EN 319 102-1 5.2.3");
            docket.indeterminate(SubIndication::NoSigningCertificateFound, finding);
            return None;
        };
        check_reference(signature, cms, docket);
        // Whoever was believed when the signature is proven to have existed.
        let context = self.material.context;
        let trust = context.trust.believed(Purpose::Signing, existence.at(context.at), context.at);
        let known = self.known(existence, cms.signer.signing_certificate.is_some());
        let path = self.material.path(signer, &trust, Purpose::Signing, known);
        if !path.outcome.is_passed() {
            docket.against.push(path.outcome);
        }
        docket.findings.extend(path_findings(&path));
        let document = signature.covered.as_ref().map(|covered| covered.algorithm);
        let passed = Passed { info: &cms.signer, path: &path, document, known };
        report.lasts = lasting::of_signature(self.material, &passed, stamped);
        self.check_algorithms(signature, cms, signer, existence, docket);
        Some(path)
    }

    fn known(&self, existence: Existence, names_signer: bool) -> Known<'_> {
        Known { existence, proofs: &self.stamps.proofs, names_signer }
    }

    /// Returns the document timestamps that cover a signature.
    fn later_stamps(&self, index: usize, signature: &SignatureEvidence) -> Vec<&JudgedToken> {
        let end = signature.embedded.as_ref().and_then(|embedded| embedded.coverage.as_ref().ok()).map(|c| c.after.end);
        let Some(end) = end else { return Vec::new() };
        self.stamps.covering(index, end).collect()
    }

    fn signature_stamps(
        &self,
        signature: &SignatureEvidence,
        cms: &SignedData,
        later: &[&JudgedToken],
    ) -> Vec<JudgedToken> {
        let known = self.known(proven_by(later.iter().copied()), true);
        let imprint = |algorithm: DigestAlgorithm| algorithm.digest(&cms.signer.signature);
        let judge = |read| {
            let mut token = timestamps::judge(self.material, TimestampKind::Signature, read, &imprint, known);
            token.lasts = lasting::of_stamp(self.material, &token, known, later.iter().copied());
            token
        };
        signature.tokens.iter().map(judge).collect()
    }

    /// 5.2.8: what the signature rests on at the time of judgement, the digest that binds the document included.
    fn check_algorithms(
        &self,
        signature: &SignatureEvidence,
        cms: &SignedData,
        signer: &Certificate,
        existence: Existence,
        docket: &mut Docket,
    ) {
        let context = self.material.context;
        let document = signature.covered.as_ref().map(|covered| covered.algorithm);
        let weak = algorithms::weak(context.policy, existence.at(context.at), &cms.signer, signer, document);
        let Some(first) = weak.first() else { return };
        // The material is known to be younger than the algorithm's last day where its certificate is (table 6).
        let provably_late = weak.iter().any(|one| match one.judged {
            Judged::NeverAccepted => true,
            Judged::OutdatedSince(since) => signer.not_before() >= since,
            Judged::Strong => false,
        });
        let sub = if provably_late {
            SubIndication::CryptoConstraintsFailure
        } else {
            SubIndication::CryptoConstraintsFailureNoPoe
        };
        let finding = Finding::error("algorithm-too-weak").clause("EN 319 102-1 5.2.8");
        docket.indeterminate(sub, finding.with("algorithm", first.name.clone()));
    }

    /// Returns the baseline level that the signature reaches (EN 319 142-1, 6).
    fn level(&self, signature: &SignatureEvidence, report: &SignatureReport) -> Option<&'static str> {
        let cms = signature.cms.as_ref().ok()?;
        let baseline = report.kind == SignatureKind::Signature
            && report.sub_filter == BASELINE
            && cms.signer.signing_certificate.is_some()
            && report.integrity == Integrity::Intact;
        if !baseline {
            return None;
        }
        let stamped = report.timestamps.iter().any(|stamp| stamp.indication == Indication::TotalPassed);
        let store = &self.evidence.store;
        let stored = store.has_revocation && !store.certificates.is_empty();
        let archived = self.stamps.judged.iter().any(|(index, _, token)| {
            let revision = self.evidence.signatures.get(*index).and_then(|stamp| stamp.revision);
            token.outcome.is_passed()
                && revision > signature.revision
                && revision >= store.since
                && store.since.is_some()
        });
        Some(match (stamped, stored, archived) {
            (true, true, true) => "B-LTA",
            (true, true, false) => "B-LT",
            (true, false, _) => "B-T",
            (false, _, _) => "B-B",
        })
    }
}

fn blank(signature: &SignatureEvidence, integral: &Integral) -> SignatureReport {
    let cms = signature.cms.as_ref().ok();
    let embedded = signature.embedded.as_ref();
    let kind = if signature.is_timestamp() { SignatureKind::DocumentTimestamp } else { SignatureKind::Signature };
    let digest = cms.and_then(super::salvage::digest_algorithm).map(|digest| digest.name().to_owned());
    SignatureReport {
        field: embedded.map(|embedded| embedded.field.clone()).unwrap_or_default(),
        kind,
        sub_filter: embedded.and_then(|embedded| embedded.sub_filter.clone()).unwrap_or_default(),
        indication: Indication::Indeterminate,
        sub_indication: None,
        level: None,
        signer: integral.signer.as_ref().map(signer_facts),
        chain: Vec::new(),
        path: None,
        facts: SignatureFacts::of(signature),
        digest,
        signature_algorithm: cms.and_then(|cms| cms.signer.scheme.clone().ok()).map(scheme_name),
        claimed_time: signature.claimed_time,
        proven_time: None,
        lasts: None,
        integrity: integral.integrity,
        coverage: signature.coverage,
        changes: Changes::None,
        is_altered: false,
        certification: embedded.and_then(|embedded| embedded.certification),
        reason: embedded.and_then(|embedded| embedded.reason.clone()),
        location: embedded.and_then(|embedded| embedded.location.clone()),
        revision: signature.revision.and_then(|revision| u32::try_from(revision + 1).ok()),
        timestamps: Vec::new(),
        findings: Vec::new(),
    }
}

fn signer_facts(certificate: &Certificate) -> SignerFacts {
    SignerFacts {
        subject: certificate.subject(),
        issuer: certificate.issuer(),
        serial: certificate.serial_hex(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
        names: PathNames::default(),
    }
}
