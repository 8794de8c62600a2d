//! Judging PDFs by the city's own trust: before a seal is let out, and for anyone who asks.

use super::notices::Effect;
use super::{Office, OfficeError};
use crate::asn1::{Certificate, CertificateList};
use crate::digest::Sha256Hex;
use crate::pdf::{Limits, Source};
use crate::pki::TrustAnchors;
use crate::policy::ValidationPolicy;
use crate::time::Instant;
use crate::validate::{Report, ValidateError, ValidationContext, validate};

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
}

impl Judge {
    /// Validates a file at an instant.
    pub fn validate(&self, bytes: impl Into<Source>, at: Instant) -> Result<Report, ValidateError> {
        validate(
            bytes,
            &ValidationContext {
                trust: &self.trust,
                tsa_trust: &self.tsa_trust,
                crls: &self.crls,
                ocsps: &[],
                intermediates: &self.intermediates,
                at,
                policy: &self.policy,
                password: None,
                limits: Limits::default(),
            },
        )
    }
}

/// What anyone may know about a file: the validation, and the effect of the notice it is (N14).
#[derive(Clone, Debug)]
pub struct PublicVerdict {
    /// The validation.
    pub report: Report,
    /// The present effect, where the file is, byte for byte, a notice that was issued here.
    pub effect: Option<Effect>,
}

impl Office {
    /// Validates a file for anyone. Nothing of it is kept.
    ///
    /// # Errors
    /// [`OfficeError::Pdf`] where the file cannot be read at all.
    pub async fn public_validate(&self, bytes: Vec<u8>) -> Result<PublicVerdict, OfficeError> {
        let effect = {
            let mut tx = self.read().await?;
            let notice = tx.notice_of_sealed(&Sha256Hex::of(&bytes)).await?;
            notice.filter(|notice| notice.number.is_some()).map(|notice| notice.effect)
        };
        let (judge, now) = (self.judge.clone(), self.now());
        let report = self.busy(move || judge.validate(bytes, now)).await?;
        let report = report.map_err(|ValidateError::Pdf(error)| error)?;
        Ok(PublicVerdict { report, effect })
    }
}
