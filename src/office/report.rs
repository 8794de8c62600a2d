//! The report of a validation as a PDF for whoever asks, sealed by the service. Nothing of the judged file is kept.

use super::notices::NoticeError;
use super::ports::ReportPaper;
use super::{Office, OfficeError, PublicVerdict};
use crate::cms::SigningIdentity;
use crate::crypto::{KeyKind, key_facts};
use crate::digest::DigestAlgorithm;
use crate::pades::{Level, SignOptions, sign};
use crate::pdf::{Limits, Pdf};
use crate::validate::{Coverage, Integrity, ValidateError};

impl Office {
    /// Validates a file for anyone and writes the report, sealed where the service has a key for that.
    ///
    /// The seal carries no timestamp: anyone may ask, and an authority's quota belongs to the notices. The report states
    /// the time of validation itself.
    ///
    /// # Errors
    /// [`OfficeError::Pdf`] where the file cannot be read at all; [`OfficeError::Render`] where the report cannot be written.
    pub async fn public_report(&self, name: String, bytes: Vec<u8>) -> Result<Vec<u8>, OfficeError> {
        let PublicVerdict { report, standing } = self.public_validate(bytes).await?;
        let effect = standing.map(|standing| standing.effect);
        let office = self.clone();
        self.busy(move || {
            let identity = office.seals.report_identity();
            let sealed_by = identity.as_ref().map(|identity| identity.certificate().subject());
            let paper = ReportPaper { name, report, effect, sealed_by };
            let written = office.renderer.validation_report(&paper)?;
            match identity {
                Some(identity) => office.seal_report(&written.pdf, &identity),
                None => Ok(written.pdf),
            }
        })
        .await?
    }

    /// Signs a report, and lets it out only after our own validation has looked at it.
    fn seal_report(&self, bytes: &[u8], identity: &SigningIdentity) -> Result<Vec<u8>, OfficeError> {
        let pdf = Pdf::read(bytes, &Limits::default())?;
        let mut options = SignOptions::new(Level::BB, self.now());
        // Ed25519 goes with SHA-512 (RFC 8419, 3.1).
        if key_facts(identity.certificate().spki_der()).is_ok_and(|key| key.kind == KeyKind::Ed25519) {
            options.digest = DigestAlgorithm::Sha512;
        }
        let sealed = sign(&pdf, identity, &options, None, &*self.entropy)?.to_vec()?;
        let report = self.judge().validate(sealed.as_slice(), self.now());
        let report = report.map_err(|ValidateError::Pdf(error)| error)?;
        let intact = report
            .signatures
            .last()
            .is_some_and(|ours| ours.integrity == Integrity::Intact && ours.coverage == Coverage::WholeFile);
        if intact { Ok(sealed) } else { Err(NoticeError::SealNotValid(report.indication.name().to_owned()).into()) }
    }
}
