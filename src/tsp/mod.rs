//! Time-stamp protocol (RFC 3161, RFC 5816): requests, tokens, the client's checks and the authority's answers.

mod authority;
mod request;
mod response;
mod shown;
mod token;

pub use authority::{Authority, AuthorityOptions, Granted, LocalSource, NotWritten, TokenJournal};
pub use request::TimestampRequest;
pub use response::{FailureInfo, TimestampResponse};
pub use shown::ShownClock;
pub use token::{Accuracy, TimestampToken};

use crate::asn1::Asn1Error;
use crate::cms::CmsError;
use crate::crypto::{CryptoError, Entropy};
use crate::digest::Digest;
use crate::fault::{Fault, Kind};

/// Where timestamps come from: an authority in this process, or one over HTTP.
pub trait TimestampSource: Send + Sync {
    /// Takes a DER TimeStampReq and returns the DER TimeStampResp, unchecked.
    fn timestamp(&self, request_der: &[u8]) -> Result<Vec<u8>, TimestampError>;
    /// Returns the request over a digest that is under way already, whose answer is the one to be had. Where requests are answered at
    /// once there is none.
    fn under_way(&self, _digest: &Digest) -> Option<TimestampRequest> {
        None
    }
}

/// What can go wrong with timestamps.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// The authority does not answer, or answers in no usable way; the text names no address.
    #[error("the timestamping authority does not answer: {0}")]
    Unavailable(String),
    /// The request was written down for somebody to carry it to the authority, and its answer is not there yet.
    #[error(
        "the request lies at {0}; have it answered (fumikura tsa ask), and do this again once the answer lies beside it"
    )]
    Waiting(String),
    /// The authority refused, for this reason where it gave one (RFC 3161, 2.4.2).
    #[error("the timestamping authority refused the request ({0:?})")]
    Refused(FailureInfo),
    /// The bytes are not a readable request, response or token.
    #[error("the timestamp is not readable: {0}")]
    NotReadable(#[from] Asn1Error),
    /// The token's CMS is not as RFC 3161 asks.
    #[error("the timestamp token's signature is not usable: {0}")]
    Cms(#[from] CmsError),
    /// The token is over other data.
    #[error("the timestamp is over other data")]
    ImprintMismatch,
    /// The token answers another request.
    #[error("the timestamp's nonce is not the one that was sent")]
    NonceMismatch,
    /// The token was made under another policy than the one asked for.
    #[error("the timestamp was made under another policy than was asked for")]
    PolicyMismatch,
    /// The certificate that signed the token is not in it.
    #[error("the timestamp does not hold the certificate of its signer")]
    NoSignerCertificate,
    /// The certificate may not sign timestamps: the one critical usage timeStamping is asked for (RFC 3161, 2.3).
    #[error("the certificate is not one for timestamps")]
    NotTimestampCertificate,
    /// The digest algorithm is not supported.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

impl Fault for TimestampError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "tsp-unavailable",
            Self::Waiting(_) => "tsp-waiting",
            Self::Refused(_) => "tsp-refused",
            Self::NotReadable(_) => "tsp-not-readable",
            Self::Cms(_) => "tsp-cms",
            Self::ImprintMismatch => "tsp-imprint-mismatch",
            Self::NonceMismatch => "tsp-nonce-mismatch",
            Self::PolicyMismatch => "tsp-policy-mismatch",
            Self::NoSignerCertificate => "tsp-no-signer-certificate",
            Self::NotTimestampCertificate => "tsp-not-timestamp-certificate",
            Self::Crypto(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotTimestampCertificate => Kind::Refused,
            Self::Crypto(error) => error.kind(),
            // Whatever else an authority sends wrongly: it is the authority that is of no use now.
            _ => Kind::Unavailable,
        }
    }
}

/// Asks for a timestamp over a digest and checks the answer: granted, same imprint, same nonce, signed by the
/// certificate that it holds. Whether that certificate is trusted is judged later, by whoever validates.
pub fn obtain(
    source: &dyn TimestampSource,
    digest: &Digest,
    entropy: &dyn Entropy,
) -> Result<TimestampToken, TimestampError> {
    let request = match source.under_way(digest).filter(|request| request.imprint == *digest) {
        Some(request) => request,
        None => {
            let mut nonce = [0; 16];
            entropy.fill(&mut nonce)?;
            TimestampRequest::new(digest, nonce)
        }
    };
    let response = source.timestamp(&request.to_der())?;
    TimestampResponse::parse(&response)?.accept(&request)
}
