//! Whom a service believes, and by which policy: what it judges by itself, and what it publishes for others to judge by.

use super::{
    EvidenceReport, Examined, Outliving, Report, ValidateError, ValidationContext, evidence_outliving,
    validate_evidence, validate_knowing,
};
use crate::asn1::{Certificate, CertificateList};
use crate::evidence::{DataObject, EvidenceRecord};
use crate::pdf::{Limits, Source};
use crate::pki::{GoodSignatures, TrustAnchors};
use crate::policy::ValidationPolicy;
use crate::time::Instant;
use std::sync::Arc;

/// Whom to believe, and by which policy.
#[derive(Clone, Debug)]
pub struct Judge {
    /// The anchors for signers.
    pub trust: TrustAnchors,
    /// The anchors for timestamps.
    pub tsa_trust: TrustAnchors,
    /// Certificates that may complete a path.
    pub intermediates: Vec<Certificate>,
    /// Revocation lists.
    pub crls: Vec<CertificateList>,
    /// The policy.
    pub policy: ValidationPolicy,
    /// The good signatures that it met: the reports are the same without them.
    pub good: Arc<GoodSignatures>,
}

impl Judge {
    /// Makes a judge who believes nobody.
    pub fn of_nobody() -> Self {
        Self {
            trust: TrustAnchors::default(),
            tsa_trust: TrustAnchors::default(),
            intermediates: Vec::new(),
            crls: Vec::new(),
            policy: ValidationPolicy::built_in(),
            good: Arc::default(),
        }
    }

    /// Judges at an instant whether an evidence record proves that data existed.
    pub fn validate_evidence(&self, record: &EvidenceRecord, data: &[DataObject], at: Instant) -> EvidenceReport {
        validate_evidence(record, data, &self.context(at), &self.good).0
    }

    /// Counts the timestamps of a record that outlive whoever answers for them ([`evidence_outliving`]).
    pub fn evidence_outliving(&self, record: &EvidenceRecord, data: &[DataObject], at: Instant) -> Outliving {
        evidence_outliving(record, data, &self.context(at), &self.good)
    }

    /// Validates a file at an instant.
    pub fn validate(&self, bytes: impl Into<Source>, at: Instant) -> Result<Report, ValidateError> {
        validate_knowing(bytes, &self.context(at), &self.good).map(|(report, _)| report)
    }

    /// Counts the paths in a file that outlive whoever answers for them ([`Examined::outliving`]).
    pub fn outliving(&self, bytes: impl Into<Source>, at: Instant) -> Result<Outliving, ValidateError> {
        let context = self.context(at);
        Ok(Examined::of(bytes, None, &context.limits)?.outliving(&context, &self.good)?)
    }

    fn context(&self, at: Instant) -> ValidationContext<'_> {
        ValidationContext {
            trust: &self.trust,
            tsa_trust: &self.tsa_trust,
            crls: &self.crls,
            ocsps: &[],
            intermediates: &self.intermediates,
            at,
            policy: &self.policy,
            password: None,
            limits: Limits::default(),
        }
    }
}
