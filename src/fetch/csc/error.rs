//! What can go wrong with a remote signing service, and how its own words are shown.

use crate::crypto::{CryptoError, Elsewhere};
use crate::fault::{Fault, Kind};

/// The longest words of a service that are shown, in characters.
const SAID_CHARACTERS: usize = 160;

/// What a service said of a refusal: plain, printable, bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said(String);

impl Said {
    /// Takes a service's words. Words that repeat a secret are not shown at all.
    pub(super) fn new(words: &str, secrets: &[&str]) -> Self {
        if secrets.iter().any(|secret| !secret.is_empty() && words.contains(secret)) {
            return Self::default();
        }
        let plain = |c: char| {
            if c.is_alphanumeric() || c.is_ascii_graphic() || "、。「」（）・".contains(c) { c } else { ' ' }
        };
        let words: String = words.chars().take(SAID_CHARACTERS).map(plain).collect();
        Self(words.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Returns the words.
    pub(super) fn words(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.as_str() {
            "" => f.write_str("without a reason"),
            words => write!(f, "“{words}”"),
        }
    }
}

/// What can go wrong with a key at a remote signing service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CscError {
    /// The address is none.
    #[error("the address of the signing service cannot be used: {0}")]
    BadAddress(&'static str),
    /// There is no access token, or none that can be one.
    #[error("the signing service needs an access token: {0}")]
    TokenNeeded(&'static str),
    /// The service does not answer, or not now.
    #[error("the signing service does not answer: {0}")]
    Unavailable(String),
    /// The service answers something else than the standard says.
    #[error("the signing service's answer is not as the standard says: {0}")]
    BadAnswer(&'static str),
    /// The service offers something else than CSC API 2 with signHash.
    #[error("the signing service does not offer signatures over hashes by version 2 of the CSC API")]
    NotOffered,
    /// The access token is refused.
    #[error("the signing service refuses the access token: {0}")]
    TokenRefused(Said),
    /// The service knows no such credential.
    #[error("the signing service does not know the credential: {0}")]
    CredentialUnknown(Said),
    /// The credential cannot sign.
    #[error("the credential cannot be used: {0}")]
    CredentialUnusable(&'static str),
    /// The credential is opened on a web page by its holder.
    #[error(
        "the credential is authorised by its holder on a web page (OAuth 2.0); give the credential token from there"
    )]
    CodeNeeded,
    /// The credential is authorised in a way that is not known here.
    #[error("the credential is authorised in a way that is not supported: {0}")]
    AuthorizationUnsupported(&'static str),
    /// A PIN or one-time password is needed and was not given.
    #[error("the credential needs its PIN or one-time password")]
    SecretNeeded,
    /// The PIN is another. It is not tried again.
    #[error("the PIN is refused; it was tried once and is not tried again: {0}")]
    PinWrong(Said),
    /// The one-time password is another. It is not tried again.
    #[error("the one-time password is refused; it was tried once and is not tried again: {0}")]
    OneTimeWrong(Said),
    /// Something of what authorises is wrong. It is not tried again.
    #[error("PIN or one-time password are refused; they were tried once and are not tried again: {0}")]
    SecretWrong(Said),
    /// A one-time password authorises once.
    #[error("a one-time password authorises once, and more is asked than one authorisation of the credential allows")]
    OneTimeSpent,
    /// The authorisation came to its end before it was used.
    #[error("the authorisation expired before it could be used")]
    AuthorizationExpired,
    /// The holder did not authorise in time.
    #[error("the credential's holder has not authorised the signature in time")]
    NotAuthorized,
    /// The service refuses for a reason of its own.
    #[error("the signing service refuses: {0}")]
    Refused(Said),
    /// A signature does not belong to its message.
    #[error("the signing service returned a signature that does not verify")]
    SignatureWrong,
}

impl Fault for CscError {
    fn code(&self) -> &'static str {
        match self {
            Self::BadAddress(_) => "csc-bad-address",
            Self::TokenNeeded(_) => "csc-token-needed",
            Self::Unavailable(_) => "csc-unavailable",
            Self::BadAnswer(_) => "csc-bad-answer",
            Self::NotOffered => "csc-not-offered",
            Self::TokenRefused(_) => "csc-token-refused",
            Self::CredentialUnknown(_) => "csc-credential-unknown",
            Self::CredentialUnusable(_) => "csc-credential-unusable",
            Self::CodeNeeded => "csc-code-needed",
            Self::AuthorizationUnsupported(_) => "csc-authorization-unsupported",
            Self::SecretNeeded => "csc-secret-needed",
            Self::PinWrong(_) => "csc-pin-wrong",
            Self::OneTimeWrong(_) => "csc-one-time-wrong",
            Self::SecretWrong(_) => "csc-secret-wrong",
            Self::OneTimeSpent => "csc-one-time-spent",
            Self::AuthorizationExpired => "csc-authorization-expired",
            Self::NotAuthorized => "csc-not-authorized",
            Self::Refused(_) => "csc-refused",
            Self::SignatureWrong => "csc-signature-wrong",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::BadAddress(_) | Self::TokenNeeded(_) => Kind::Usage,
            Self::Unavailable(_) | Self::BadAnswer(_) | Self::NotAuthorized | Self::SignatureWrong => Kind::Unavailable,
            _ => Kind::Refused,
        }
    }
}

impl From<CscError> for CryptoError {
    fn from(error: CscError) -> Self {
        Self::Elsewhere(Elsewhere::of(&error))
    }
}
