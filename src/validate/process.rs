//! Judgement (EN 319 102-1 v1.4.1, 5.3 and 5.5): each signature by itself, at the time that timestamps prove.

use super::ValidationContext;
use super::checks::{
    BASELINE, Docket, Integral, check_format, check_integrity, check_reference, check_stamps, soundness,
};
use super::evidence::{Evidence, SignatureEvidence};
use super::material::{Existence, Known, Material, TOKENS, path_findings};
use super::objects::SignatureFacts;
use super::permission::{self, Added};
use super::proofs::Proofs;
use super::report::{Changes, Finding, Indication, Integrity, PolicyFacts, Report, SignatureKind, SignatureReport};
use super::report::{SignerFacts, TimestampKind, TimestampReport};
use super::timestamps::{self, JudgedToken};
use crate::asn1::Certificate;
use crate::cms::SignedData;
use crate::crypto::{PssParameters, SignatureScheme, key_facts};
use crate::digest::{Digest, DigestAlgorithm, Sha256Hex};
use crate::pdf::{PdfError, Source};
use crate::pki::{PathNames, PathOutcome, Purpose};
use crate::policy::{AlgorithmUse, Judged, Outcome, SubIndication};

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

/// Judges the document timestamps, the newest first, so that each proves the existence of what it covers, older ones
/// among it (5.6.3.4).
fn document_timestamps(source: &Source, evidence: &Evidence, material: &Material<'_>) -> Result<Stamps, PdfError> {
    let mut stamps = Stamps { judged: Vec::new(), proofs: Proofs::default() };
    let mut existence = Existence::Unproven;
    for (index, signature) in evidence.signatures.iter().enumerate().rev() {
        let Some(embedded) = signature.embedded.as_ref().filter(|embedded| embedded.is_document_timestamp) else {
            continue;
        };
        let Ok(covered) = &embedded.coverage else { continue };
        let trouble = std::cell::Cell::new(None);
        let imprint = |algorithm: DigestAlgorithm| {
            covered.digest(source, algorithm).unwrap_or_else(|error| {
                trouble.set(Some(error));
                Digest { algorithm, bytes: Vec::new() }
            })
        };
        let known = Known { existence, proofs: &stamps.proofs };
        let token = timestamps::judge(material, TimestampKind::Document, &embedded.contents, &imprint, known);
        trouble.take().map_or(Ok(()), Err)?;
        if let (true, Some(read)) = (token.outcome.is_passed(), &token.token) {
            existence = existence.or_earlier(read.gen_time);
            stamps.proofs.extract(evidence, index, read);
        }
        stamps.judged.push((index, covered.after.end, token));
    }
    Ok(stamps)
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
            report.path = Some(self.material.objects.path(&path));
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
        let by_later = later.iter().fold(Existence::Unproven, |existence, stamp| match stamp.report.gen_time {
            Some(at) if stamp.outcome.is_passed() => existence.or_earlier(at),
            _ => existence,
        });
        let tokens = self.signature_stamps(cms, by_later);
        let mut existence = by_later;
        for token in tokens.iter().filter(|token| token.outcome.is_passed()) {
            existence = token.report.gen_time.map_or(existence, |at| existence.or_earlier(at));
        }
        check_stamps(&tokens, &later, docket);
        report.proven_time = match existence {
            Existence::Proven(at) => Some(at),
            Existence::Unproven => None,
        };
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
        let path = self.material.path(signer, &trust, Purpose::Signing, self.known(existence));
        if !path.outcome.is_passed() {
            docket.against.push(path.outcome);
        }
        docket.findings.extend(path_findings(&path));
        self.check_algorithms(cms, signer, existence, docket);
        Some(path)
    }

    fn known(&self, existence: Existence) -> Known<'_> {
        Known { existence, proofs: &self.stamps.proofs }
    }

    /// Returns the document timestamps that cover a signature.
    fn later_stamps(&self, index: usize, signature: &SignatureEvidence) -> Vec<&JudgedToken> {
        let end = signature.embedded.as_ref().and_then(|embedded| embedded.coverage.as_ref().ok()).map(|c| c.after.end);
        let Some(end) = end else { return Vec::new() };
        self.stamps
            .judged
            .iter()
            .filter(|(of, covered, _)| *of != index && *covered > end)
            .map(|(_, _, token)| token)
            .collect()
    }

    fn signature_stamps(&self, cms: &SignedData, existence: Existence) -> Vec<JudgedToken> {
        let known = self.known(existence);
        let imprint = |algorithm: DigestAlgorithm| algorithm.digest(&cms.signer.signature);
        let judge =
            |bytes: &Vec<u8>| timestamps::judge(self.material, TimestampKind::Signature, bytes, &imprint, known);
        cms.signer.signature_timestamps.iter().take(TOKENS).map(judge).collect()
    }

    /// 5.2.8: the digest, the scheme and the signer's key at the time of judgement.
    fn check_algorithms(&self, cms: &SignedData, signer: &Certificate, existence: Existence, docket: &mut Docket) {
        let context = self.material.context;
        let at = existence.at(context.at);
        let digest = cms.signer.digest_algorithm.map(|digest| context.policy.judge(AlgorithmUse::Digest(digest), at));
        let signature = match (&cms.signer.scheme, key_facts(signer.spki_der())) {
            (Ok(scheme), Ok(key)) => context.policy.judge(AlgorithmUse::Signature(*scheme, key), at),
            _ => Judged::NeverAccepted,
        };
        let worst = [digest.unwrap_or(Judged::NeverAccepted), signature];
        if worst.iter().all(|judged| *judged == Judged::Strong) {
            return;
        }
        // The material is known to be younger than the algorithm's last day where its certificate is (table 6).
        let provably_late = worst.iter().any(|judged| match judged {
            Judged::NeverAccepted => true,
            Judged::OutdatedSince(since) => signer.not_before() >= *since,
            Judged::Strong => false,
        });
        let sub = if provably_late {
            SubIndication::CryptoConstraintsFailure
        } else {
            SubIndication::CryptoConstraintsFailureNoPoe
        };
        let name = cms.signer.scheme.clone().map_or_else(|_| "?".to_owned(), scheme_name);
        let finding = Finding::error("algorithm-too-weak").clause("EN 319 102-1 5.2.8").with("algorithm", name);
        docket.indeterminate(sub, finding);
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

fn scheme_name(scheme: SignatureScheme) -> String {
    match scheme {
        SignatureScheme::RsaPkcs1(digest) => format!("RSA-PKCS1-{}", digest.name()),
        SignatureScheme::RsaPss(digest) => format!("RSA-PSS-{}", digest.name()),
        SignatureScheme::RsaPssWith(PssParameters { digest, mask, salt_bytes }) => {
            format!("RSA-PSS-{} (MGF1-{}, salt {salt_bytes})", digest.name(), mask.name())
        }
        SignatureScheme::Ecdsa(digest) => format!("ECDSA-{}", digest.name()),
        SignatureScheme::Ed25519 => "Ed25519".to_owned(),
        SignatureScheme::Ed448 => "Ed448".to_owned(),
        SignatureScheme::Dsa(digest) => format!("DSA-{}", digest.name()),
    }
}
