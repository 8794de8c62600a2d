//! The timestamping authority: answers requests, and checks each token before it leaves (RFC 3161, 2.1).

use super::shown::ShownClock;
use super::token::{Accuracy, CONTENT_TYPE, TimestampToken, TstInfo};
use super::{FailureInfo, TimestampError, TimestampRequest, TimestampSource};
use crate::asn1::{KeyUsage, Oid, oid, writer};
use crate::cms::{SigningIdentity, sign_content};
use crate::crypto::{CryptoError, Entropy, SignatureScheme};
use crate::digest::{Digest, DigestAlgorithm};
use crate::time::{Clock, Instant};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// How an authority works.
#[derive(Clone, Debug)]
pub struct AuthorityOptions {
    /// The policy under which tokens are made unless another accepted one is asked for.
    pub policy: Oid,
    /// Further policies that may be asked for.
    pub other_policies: Vec<Oid>,
    /// The accuracy that tokens state. Times are cut to whole seconds, so it is at least one second.
    pub accuracy: Accuracy,
    /// The digest algorithms that are stamped.
    pub digests: Vec<DigestAlgorithm>,
    /// The digest of the token's own signature.
    pub signature_digest: DigestAlgorithm,
}

impl AuthorityOptions {
    /// Returns the usual options under a policy: one second, SHA-256, SHA-384 and SHA-512.
    pub fn with_policy(policy: Oid) -> Self {
        Self {
            policy,
            other_policies: Vec::new(),
            accuracy: Accuracy { seconds: 1, ..Accuracy::default() },
            digests: DigestAlgorithm::ALL.into_iter().filter(|digest| *digest != DigestAlgorithm::Sha1).collect(),
            signature_digest: DigestAlgorithm::Sha256,
        }
    }
}

/// A token that an authority made and is about to hand out.
#[derive(Debug)]
pub struct Granted<'a> {
    /// The time it states.
    pub gen_time: Instant,
    /// The policy it was made under.
    pub policy: &'a Oid,
    /// The digest it is over.
    pub imprint: &'a Digest,
    /// The serial number, big-endian.
    pub serial: &'a [u8],
    /// The DER token.
    pub token: &'a [u8],
}

/// Where an authority writes down every token before it hands it out (EN 319 421, 7.12).
pub trait TokenJournal: Send + Sync {
    /// Writes one down. Where it cannot be written, it is not handed out.
    fn write(&self, granted: &Granted<'_>) -> Result<(), NotWritten>;
}

/// The journal takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal cannot be written")]
pub struct NotWritten;

/// A timestamping authority with its key.
pub struct Authority {
    identity: SigningIdentity,
    options: AuthorityOptions,
    scheme: SignatureScheme,
    /// The latest time stamped, in seconds: a clock that went back is not believed.
    latest: AtomicI64,
    shown: Option<Arc<ShownClock>>,
    journal: Option<Arc<dyn TokenJournal>>,
}

impl Authority {
    /// Makes an authority.
    ///
    /// Errors: [`TimestampError::NotTimestampCertificate`] where the certificate does not have the one critical
    /// extended usage timeStamping and a fitting key usage (RFC 3161, 2.3).
    pub fn new(identity: SigningIdentity, options: AuthorityOptions) -> Result<Self, TimestampError> {
        let certificate = identity.certificate();
        let one_critical_usage = certificate
            .extensions()
            .extended_key_usage
            .as_ref()
            .is_some_and(|(usages, critical)| *critical && usages.as_slice() == [oid::KP_TIME_STAMPING]);
        let signs = KeyUsage::DIGITAL_SIGNATURE.and(KeyUsage::NON_REPUDIATION);
        if !one_critical_usage || certificate.key_usage().is_some_and(|usage| !usage.allows_any(signs)) {
            return Err(TimestampError::NotTimestampCertificate);
        }
        let scheme = identity.signer().default_scheme(options.signature_digest);
        Ok(Self { identity, options, scheme, latest: AtomicI64::new(i64::MIN), shown: None, journal: None })
    }

    /// Lets the authority state times only while its clock is shown to be right.
    #[must_use]
    pub fn with_shown_clock(self, shown: Arc<ShownClock>) -> Self {
        Self { shown: Some(shown), ..self }
    }

    /// Lets the authority write down every token before it hands it out.
    #[must_use]
    pub fn with_journal(self, journal: Arc<dyn TokenJournal>) -> Self {
        Self { journal: Some(journal), ..self }
    }

    /// Tells whether the authority would state this time: the clock is shown to be right and the certificate is in force.
    pub fn is_ready(&self, now: Instant) -> bool {
        self.shown.as_ref().is_none_or(|shown| shown.holds_at(now)) && self.identity.certificate().is_valid_at(now)
    }

    /// Returns the identity whose key signs the tokens.
    pub fn identity(&self) -> &SigningIdentity {
        &self.identity
    }

    /// Answers a request with a DER TimeStampResp, be it a token or a refusal.
    pub fn respond(&self, request_der: &[u8], now: Instant, entropy: &dyn Entropy) -> Vec<u8> {
        match self.grant(request_der, now, entropy) {
            Ok(token) => {
                let granted = writer::sequence(&[writer::integer(0)]);
                writer::sequence(&[granted, token])
            }
            Err(info) => info.to_response_der(),
        }
    }

    fn grant(&self, request_der: &[u8], now: Instant, entropy: &dyn Entropy) -> Result<Vec<u8>, FailureInfo> {
        let request = TimestampRequest::parse(request_der).map_err(|error| match error {
            TimestampError::Crypto(CryptoError::UnsupportedDigest) => FailureInfo::BadAlgorithm,
            _ => FailureInfo::BadDataFormat,
        })?;
        if !self.options.digests.contains(&request.imprint.algorithm) {
            return Err(FailureInfo::BadAlgorithm);
        }
        if request.has_extensions {
            return Err(FailureInfo::UnacceptedExtension);
        }
        // A nonce beyond any sensible size would only swell the token.
        if request.nonce.as_ref().is_some_and(|nonce| nonce.is_empty() || nonce.len() > 64) {
            return Err(FailureInfo::BadRequest);
        }
        let policy = request.policy.as_ref().unwrap_or(&self.options.policy);
        if *policy != self.options.policy && !self.options.other_policies.contains(policy) {
            return Err(FailureInfo::UnacceptedPolicy);
        }
        let gen_time = self.believable_time(now)?;
        let mut serial = [0; 16];
        entropy.fill(&mut serial).map_err(|_| FailureInfo::SystemFailure)?;
        // Positive, and never shorter than 127 bits.
        serial[0] = serial[0] & 0x7f | 0x40;
        let nonce = request.nonce.as_deref();
        let accuracy = self.options.accuracy;
        let info = TstInfo { policy, imprint: &request.imprint, serial: &serial, gen_time, accuracy, nonce }.to_der();
        let token = sign_content(&CONTENT_TYPE, &info, &self.identity, self.scheme, request.wants_certificate)
            .map_err(|_| FailureInfo::SystemFailure)?;
        self.check(&token, &request, gen_time).map_err(|_| FailureInfo::SystemFailure)?;
        if let Some(journal) = &self.journal {
            let granted = Granted { gen_time, policy, imprint: &request.imprint, serial: &serial, token: &token };
            journal.write(&granted).map_err(|NotWritten| FailureInfo::SystemFailure)?;
        }
        Ok(token)
    }

    /// Cuts the time to whole seconds; refuses one that is not shown to be right, is before the latest stamped, or lies outside the
    /// certificate's dates.
    fn believable_time(&self, now: Instant) -> Result<Instant, FailureInfo> {
        if !self.is_ready(now) {
            return Err(FailureInfo::TimeNotAvailable);
        }
        let seconds = now.as_second();
        let latest = self.latest.fetch_max(seconds, Ordering::SeqCst);
        // One second of tolerance: threads may come here in another order than they read the clock.
        if seconds < latest.saturating_sub(1) {
            return Err(FailureInfo::TimeNotAvailable);
        }
        Instant::from_second(seconds).map_err(|_| FailureInfo::TimeNotAvailable)
    }

    /// Reads the finished token as a client would.
    fn check(&self, token: &[u8], request: &TimestampRequest, gen_time: Instant) -> Result<(), TimestampError> {
        let token = TimestampToken::parse(token)?;
        token.verify(self.identity.certificate())?;
        if token.imprint != request.imprint || token.gen_time != gen_time {
            return Err(TimestampError::ImprintMismatch);
        }
        if token.nonce != request.nonce { Err(TimestampError::NonceMismatch) } else { Ok(()) }
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority")
            .field("identity", &self.identity)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// An authority in this process as a source of timestamps.
#[derive(Clone)]
pub struct LocalSource {
    authority: Arc<Authority>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl LocalSource {
    /// Joins an authority with a clock and a source of randomness.
    pub fn new(authority: Arc<Authority>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { authority, clock, entropy }
    }
}

impl TimestampSource for LocalSource {
    fn timestamp(&self, request_der: &[u8]) -> Result<Vec<u8>, TimestampError> {
        Ok(self.authority.respond(request_der, self.clock.now(), self.entropy.as_ref()))
    }
}
