//! What the service says under a seal of its own: canonical JSON in a CMS that holds it (RFC 5652), signed with the service's key,
//! and timestamped where the city has an authority (RFC 5126, 6.1.1). `openssl cms -verify` reads it.

use super::{CheckpointError, Judge, Office, OfficeError};
use crate::asn1::{Certificate, oid};
use crate::cms::{CmsError, SignedData, SigningIdentity, add_signature_timestamp, sign_content};
use crate::digest::{DigestAlgorithm, Sha256Hex};
use crate::ledger::canonical_json;
use crate::pki::{Budget, PathRequest, Purpose, View, validate_path};
use crate::policy::Outcome;
use crate::time::Instant;
use crate::tsp::{self, TimestampError, TimestampToken};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The seal of something that the service said: signature and timestamp, which hold; on whom to believe it says nothing.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The signer's certificate.
    pub signer: Certificate,
    /// The timestamp over the signature.
    pub timestamp: Option<TimestampToken>,
    /// SHA-256 of the whole.
    pub sha256: Sha256Hex,
    certificates: Vec<Certificate>,
}

/// Whose word it is, and since when it is known to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The signer's subject.
    pub signer: String,
    /// The time of a timestamp that is believed.
    pub proven_at: Option<Instant>,
    /// Whether the signer is believed: as of that time, or now.
    pub outcome: Outcome,
}

impl Sealed {
    /// Reads what was sealed, and verifies signature and timestamp.
    ///
    /// # Errors
    /// [`CheckpointError::Unreadable`], [`CheckpointError::Forged`].
    pub fn open<T: DeserializeOwned>(name: &str, der: &[u8]) -> Result<(Self, T), CheckpointError> {
        let unreadable = |what: String| CheckpointError::Unreadable { name: name.to_owned(), what };
        let forged = |what: String| CheckpointError::Forged { name: name.to_owned(), what };
        let cms = SignedData::parse(der).map_err(|error| unreadable(error.to_string()))?;
        let content = cms.e_content.as_deref().ok_or_else(|| unreadable("it has no content".to_owned()))?;
        let content: T = serde_json::from_slice(content).map_err(|error| unreadable(error.to_string()))?;
        let signer = cms.certificates.iter().find(|one| cms.signer.names(one)).cloned();
        let signer = signer.ok_or_else(|| forged("it does not hold its signer's certificate".to_owned()))?;
        cms.verify_content().map_err(|error| forged(error.to_string()))?;
        cms.verify_signature(&signer).map_err(|error| forged(error.to_string()))?;
        let timestamp = match cms.signer.signature_timestamps.first() {
            None => None,
            Some(token) => Some(read_timestamp(token, &cms).map_err(|error| forged(error.to_string()))?),
        };
        let certificates = cms.certificates.clone();
        Ok((Self { signer, timestamp, sha256: Sha256Hex::of(der), certificates }, content))
    }

    /// Judges whose word it is: the timestamp first, then the signer as of the time that it proves.
    pub fn witness(&self, judge: &Judge, now: Instant) -> Witness {
        let stamp = self.timestamp.as_ref();
        let proven_at = stamp.filter(|stamp| self.is_believed(judge, stamp, now)).map(|stamp| stamp.gen_time);
        let (at, view) = proven_at.map_or((now, View::Unproven), |at| (at, View::Proven));
        let outcome = self.path(judge, &self.signer, Purpose::Any, view, (at, now));
        Witness { signer: self.signer.subject(), proven_at, outcome }
    }

    fn is_believed(&self, judge: &Judge, stamp: &TimestampToken, now: Instant) -> bool {
        let Some(authority) = stamp.signer_certificate(&[]) else { return false };
        self.path(judge, authority, Purpose::Timestamping, View::Unproven, (now, now)) == Outcome::Passed
    }

    /// Judges a certificate as of a time, at the present.
    fn path(
        &self,
        judge: &Judge,
        leaf: &Certificate,
        purpose: Purpose,
        view: View,
        (at, now): (Instant, Instant),
    ) -> Outcome {
        let within = self.timestamp.iter().flat_map(|stamp| &stamp.signed_data.certificates);
        let intermediates: Vec<Certificate> =
            judge.intermediates.iter().chain(&self.certificates).chain(within).cloned().collect();
        let anchors = match purpose {
            Purpose::Timestamping => &judge.tsa_trust,
            _ => &judge.trust,
        };
        let request = PathRequest {
            intermediates: &intermediates,
            anchors: &anchors.believed(purpose, at, now),
            crls: &judge.crls,
            ocsps: &[],
            at,
            now,
            view,
            purpose,
            policy: &judge.policy,
            budget: Budget::default(),
            verified: None,
        };
        validate_path(leaf, &request).outcome
    }
}

impl Office {
    /// Seals something with the service's own key, with a timestamp where the city has an authority. Blocks.
    ///
    /// # Errors
    /// [`OfficeError::Pades`] where key or authority is out of reach.
    pub(super) fn seal_content(
        &self,
        said: &impl Serialize,
        identity: &SigningIdentity,
    ) -> Result<Vec<u8>, OfficeError> {
        let content = canonical_json(said).unwrap_or_default();
        let scheme = identity.signer().default_scheme(DigestAlgorithm::Sha256);
        let cms = |error: CmsError| OfficeError::Pades(error.into());
        let der = sign_content(&oid::DATA, content.as_bytes(), identity, scheme, true).map_err(cms)?;
        let Some(source) = &self.timestamps else { return Ok(der) };
        let signature = SignedData::parse(&der).map_err(cms)?.signer.signature;
        let digest = DigestAlgorithm::Sha256.digest(&signature);
        let token = tsp::obtain(&**source, &digest, &*self.entropy);
        let token = token.map_err(|error: TimestampError| OfficeError::Pades(error.into()))?;
        add_signature_timestamp(&der, token.der()).map_err(cms)
    }
}

fn read_timestamp(token: &[u8], cms: &SignedData) -> Result<TimestampToken, TimestampError> {
    let token = TimestampToken::parse(token)?;
    let authority = token.signer_certificate(&[]).ok_or(TimestampError::NoSignerCertificate)?;
    token.verify(authority)?;
    if token.covers(&cms.signer.signature) { Ok(token) } else { Err(CmsError::DigestMismatch.into()) }
}
