//! What certificates are judged with: the caller's anchors, lists and time, and the material in the file itself, which
//! is trusted for nothing but may complete a path.

use super::ValidationContext;
use super::evidence::Evidence;
use super::proofs::Proofs;
use super::report::Finding;
use crate::asn1::{Certificate, CertificateList, OcspResponse};
use crate::cms::SignedData;
use crate::pki::{Budget, Past, PathFinding, PathOutcome, PathRequest, Purpose, TrustAnchors, View, validate_path};
use crate::policy::{Outcome, SubIndication};
use crate::time::Instant;

/// What is known of the time at which something existed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existence {
    /// Nothing before the time of validation.
    Unproven,
    /// It existed at this time at the latest.
    Proven(Instant),
}

impl Existence {
    /// Returns the time of judgement.
    pub(super) fn at(self, now: Instant) -> Instant {
        match self {
            Self::Unproven => now,
            Self::Proven(at) => at.min(now),
        }
    }

    /// Returns the earlier of two proofs.
    pub(super) fn or_earlier(self, at: Instant) -> Self {
        match self {
            Self::Unproven => Self::Proven(at),
            Self::Proven(known) => Self::Proven(known.min(at)),
        }
    }
}

/// What is known of the times at which a signature and the material around it existed.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// Of the signature.
    pub(super) existence: Existence,
    /// Of certificates and revocation data.
    pub(super) proofs: &'a Proofs,
}

/// The material of one validation.
pub(super) struct Material<'a> {
    /// The caller's wishes.
    pub(super) context: &'a ValidationContext<'a>,
    certificates: Vec<Certificate>,
    crls: Vec<CertificateList>,
    ocsps: Vec<OcspResponse>,
}

impl<'a> Material<'a> {
    /// Gathers the material of the caller and of the file.
    pub(super) fn new(context: &'a ValidationContext<'a>, evidence: &Evidence) -> Self {
        let mut certificates = context.intermediates.to_vec();
        let mut crls = context.crls.to_vec();
        certificates.extend(evidence.store.certificates.iter().cloned());
        crls.extend(evidence.store.crls.iter().cloned());
        let mut ocsps = context.ocsps.to_vec();
        ocsps.extend(evidence.store.ocsps.iter().cloned());
        for cms in evidence.signatures.iter().filter_map(|signature| signature.cms.as_ref().ok()) {
            certificates.extend(cms.certificates.iter().cloned());
            crls.extend(cms.crls.iter().cloned());
        }
        Self { context, certificates, crls, ocsps }
    }

    /// Returns every certificate at hand.
    pub(super) fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Finds the signer's certificate: in the CMS, else among the others at hand (EN 319 102-1, 5.2.3).
    pub(super) fn signer(&self, cms: &SignedData) -> Option<Certificate> {
        let others = self.certificates.iter().chain(self.context.trust.certificates());
        cms.signer_certificate().cloned().or_else(|| others.into_iter().find(|one| cms.signer.names(one)).cloned())
    }

    /// Validates a certificate's path for a purpose at the time that existence is known for; where an authority on the
    /// path has since left its time, by what is proven to be older (5.6.2.1).
    pub(super) fn path(
        &self,
        leaf: &Certificate,
        more: &SignedData,
        anchors: &TrustAnchors,
        purpose: Purpose,
        known: Known<'_>,
    ) -> PathOutcome {
        let existence = known.existence;
        let intermediates: Vec<Certificate> = more.certificates.iter().chain(&self.certificates).cloned().collect();
        let crls: Vec<CertificateList> = more.crls.iter().chain(&self.crls).cloned().collect();
        let view = match existence {
            Existence::Unproven => View::Unproven,
            Existence::Proven(_) => View::Proven,
        };
        let request = PathRequest {
            intermediates: &intermediates,
            anchors,
            crls: &crls,
            ocsps: &self.ocsps,
            at: existence.at(self.context.at),
            now: self.context.at,
            view,
            purpose,
            policy: self.context.policy,
            budget: Budget::default(),
        };
        let mut judged = validate_path(leaf, &request);
        if let (true, Existence::Proven(at)) = (judged.outcome.is_passed(), existence) {
            // The signature names its certificate, so that both are as old (5.6.2.3).
            let existed_by = |der: &[u8]| {
                let used = (der == leaf.der()).then_some(at);
                used.into_iter().chain(known.proofs.of(der)).min().unwrap_or(self.context.at)
            };
            judge_past(&mut judged, &Past { request, existed_by: &existed_by }, at);
        }
        judged
    }
}

/// Holds a path that was good once to what is known of the time since (5.6.2.1, 5.6.2.2).
fn judge_past(judged: &mut PathOutcome, past: &Past<'_>, at: Instant) {
    if !past.is_over(&judged.chain) {
        return;
    }
    let about = match past.control_time(&judged.chain) {
        Ok(control) if at <= control => {
            let subject = judged.chain.first().map(Certificate::subject).unwrap_or_default();
            judged.findings.push(PathFinding {
                code: "path-good-in-the-past",
                subject,
                clause: "EN 319 102-1 5.6.2.1",
            });
            return;
        }
        Ok(_) => judged.chain.first().map(Certificate::subject).unwrap_or_default(),
        Err(unproven) => unproven.subject,
    };
    judged.outcome = Outcome::Indeterminate(SubIndication::NoPoe);
    judged.findings.push(PathFinding { code: "path-no-proof", subject: about, clause: "EN 319 102-1 5.6.2.2" });
}

/// Turns a path's findings into the report's: those of a path that did not pass are reasons.
pub(super) fn path_findings(path: &PathOutcome) -> Vec<Finding> {
    let finding = |found: &PathFinding| {
        let base = match path.outcome {
            Outcome::Passed => Finding::info(found.code),
            Outcome::Indeterminate(_) | Outcome::Failed(_) => Finding::error(found.code),
        };
        base.clause(found.clause).with("subject", found.subject.clone())
    };
    path.findings.iter().map(finding).collect()
}
