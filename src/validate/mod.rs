//! Validation of signed PDFs (EN 319 102-1): evidence, then judgement, then a report. Does no IO.
//!
//! A change that a signature does not allow makes it TOTAL-FAILED / FORMAT_FAILURE: the file is not in the form that
//! the signature was given for (5.2.2; ISO 32000-2, 12.8.2.2 for certified documents). A change that would be allowed
//! by its kind but not by the policy makes it INDETERMINATE / SIG_CONSTRAINTS_FAILURE (5.2.8).

mod algorithms;
pub mod changes;
mod checks;
mod evidence;
mod evidence_record;
mod judge;
mod lasting;
mod material;
mod objects;
mod permission;
mod process;
mod proofs;
mod report;
mod ripe;
mod rules;
mod salvage;
mod steps;
mod store;
mod syntax;
mod timestamps;

pub use evidence_record::{ArchiveTimestampReport, Element, EvidenceReport, evidence_outliving, validate_evidence};
pub use judge::Judge;
pub use lasting::{Ending, Lasting};
pub use material::Outliving;
pub use objects::{ObjectKind, ObjectProof, PathFacts, RevokedFacts, SignatureFacts, ValidationObject};
pub use report::*;
pub use ripe::have_spoken_since;

use crate::asn1::{Certificate, CertificateList, OcspResponse};
use crate::fault::{Fault, Kind};
use crate::pdf::{Limits, PdfError, Source};
use crate::pki::{GoodSignatures, Need, TrustAnchors};
use crate::policy::ValidationPolicy;
use crate::time::Instant;
use material::Material;
use std::sync::Arc;

/// What a validation is told from outside.
#[derive(Clone, Copy, Debug)]
pub struct ValidationContext<'a> {
    /// Whom to believe about signers; also about timestamps, where `tsa_trust` does not know the authority.
    pub trust: &'a TrustAnchors,
    /// Whom to believe about timestamps: the accredited authorities (N11).
    pub tsa_trust: &'a TrustAnchors,
    /// Revocation lists at hand.
    pub crls: &'a [CertificateList],
    /// OCSP responses at hand.
    pub ocsps: &'a [OcspResponse],
    /// Certificates that may complete a path.
    pub intermediates: &'a [Certificate],
    /// The time of validation.
    pub at: Instant,
    /// The policy.
    pub policy: &'a ValidationPolicy,
    /// The password of an encrypted file that has one for reading.
    pub password: Option<&'a [u8]>,
    /// Bounds on the file.
    pub limits: Limits,
}

/// Why a file could not be judged at all.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    /// The file cannot be read, and holds nothing that looks like a signature.
    #[error(transparent)]
    Pdf(#[from] PdfError),
}

impl Fault for ValidateError {
    fn code(&self) -> &'static str {
        match self {
            Self::Pdf(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Pdf(error) => error.kind(),
        }
    }
}

/// Validates every signature of a file (EN 319 102-1 v1.4.1, 5.3 and 5.5).
///
/// # Errors
/// [`ValidateError`] where the file cannot be read and holds no signature, is encrypted, or is over a limit. A damaged
/// file that holds a signature is judged, and never passes.
pub fn validate(source: impl Into<Source>, context: &ValidationContext<'_>) -> Result<Report, ValidateError> {
    validate_knowing(source, context, &Arc::default()).map(|(report, _)| report)
}

/// Validates as [`validate`] does, and says what the paths lacked that could change the report. Signatures of certificates,
/// lists and responses that were met before and are good are not verified again; the answer is the same.
///
/// # Errors
/// As [`validate`].
pub fn validate_knowing(
    source: impl Into<Source>,
    context: &ValidationContext<'_>,
    good: &Arc<GoodSignatures>,
) -> Result<(Report, Vec<Need>), ValidateError> {
    let examined = Examined::of(source, context.password, &context.limits)?;
    Ok(examined.judge(context, good)?)
}

/// A file with everything found in it: it may be judged more than once, by what has come meanwhile.
pub struct Examined {
    source: Source,
    evidence: evidence::Evidence,
}

impl Examined {
    /// Collects the facts of a file. Nothing here asks whom to trust, or when.
    ///
    /// # Errors
    /// As [`validate`].
    pub fn of(source: impl Into<Source>, password: Option<&[u8]>, limits: &Limits) -> Result<Self, ValidateError> {
        let source = source.into();
        let evidence = evidence::collect(&source, password, limits)?;
        Ok(Self { source, evidence })
    }

    /// Judges by a context, whose password and limits no longer matter, and says what the paths lacked that could change
    /// the report. Good signatures that were met before are not verified again.
    ///
    /// # Errors
    /// [`PdfError::Read`] where the medium fails.
    pub fn judge(
        &self,
        context: &ValidationContext<'_>,
        good: &Arc<GoodSignatures>,
    ) -> Result<(Report, Vec<Need>), PdfError> {
        let material = Material::new(context, &self.evidence, good);
        let report = process::judge(&self.source, &self.evidence, &material)?;
        Ok((report, material.into_needs()))
    }

    /// Counts the paths of signers and authorities whose use is proven, and those of them that stay good when the last authority
    /// over them has ended, by what the file has and a further timestamp would prove (EN 319 102-1, 5.6.2).
    ///
    /// # Errors
    /// [`PdfError::Read`] where the medium fails.
    pub fn outliving(
        &self,
        context: &ValidationContext<'_>,
        good: &Arc<GoodSignatures>,
    ) -> Result<Outliving, PdfError> {
        let material = Material::new(context, &self.evidence, good).counting();
        process::judge(&self.source, &self.evidence, &material)?;
        Ok(material.counted())
    }
}
