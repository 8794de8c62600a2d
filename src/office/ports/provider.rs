//! The port to an identity provider of the city's, by which staff may sign in.

use crate::digest::Sha256Hex;
use crate::fault::{Fault, Kind};
use crate::office::Role;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use zeroize::Zeroizing;

/// Where staff may sign in instead of here.
pub trait IdentityProvider: Send + Sync {
    /// Returns where a browser is sent with a question.
    fn address(&self, question: &ProviderQuestion, now: Instant) -> Result<String, ProviderError>;

    /// Returns who came back: for a code, and for who says that it gave it, where that is said.
    fn identity(
        &self,
        answer: (&str, Option<&str>),
        question: &ProviderQuestion,
        now: Instant,
    ) -> Result<ProvidedIdentity, ProviderError>;
}

/// What a provider is asked with; each of its secrets is random, and counts once.
#[derive(Clone, Serialize, Deserialize)]
pub struct ProviderQuestion {
    /// What the browser brings back.
    pub state: String,
    /// What the token holds.
    pub nonce: String,
    /// What only we know until the code is exchanged.
    pub verifier: Zeroizing<String>,
    /// Whether the provider is to ask the person, also where it knows them already.
    pub anew: bool,
    /// When it was asked.
    pub asked_at: Instant,
}

/// Who somebody is, as the provider says.
#[derive(Clone, Debug)]
pub struct ProvidedIdentity {
    /// The digest of what the provider calls the person, for ever.
    pub subject: Sha256Hex,
    /// The login here.
    pub login: String,
    /// The name.
    pub name: Option<String>,
    /// The section.
    pub section: Option<String>,
    /// The roles, where they come from the provider.
    pub roles: Option<BTreeSet<Role>>,
    /// Whether it counts as a second factor, too.
    pub is_strong: bool,
    /// Whether an account is made where there is none.
    pub makes_account: bool,
}

/// Why a provider lets nobody in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The options do not hold together.
    #[error("the identity provider's settings cannot be used: {0}")]
    Options(&'static str),
    /// It does not answer.
    #[error("the identity provider does not answer")]
    Unreachable,
    /// It refuses, in its word.
    #[error("the identity provider refused: {0}")]
    Refused(String),
    /// What it says is not believed.
    #[error("what the identity provider says is not believed: {0}")]
    Mistrusted(&'static str),
    /// A token is signed by a key that is not among the provider's.
    #[error("what the identity provider says is signed by a key that is not its own")]
    UnknownKey,
    /// The person did not prove who they are as strongly as is demanded.
    #[error("the identity provider did not ask for as much as is demanded here")]
    TooWeak,
}

impl ProviderError {
    /// Takes the provider's word for a refusal, where it is one (RFC 6749, 5.2).
    pub fn refused(word: &str) -> Self {
        let plain = (1..=64).contains(&word.len()) && word.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
        Self::Refused(if plain { word.to_owned() } else { "error".to_owned() })
    }
}

impl Fault for ProviderError {
    fn code(&self) -> &'static str {
        match self {
            Self::Options(_) => "provider-options",
            Self::Unreachable => "provider-unreachable",
            Self::Refused(_) => "provider-refused",
            Self::Mistrusted(_) | Self::UnknownKey => "provider-mistrusted",
            Self::TooWeak => "provider-too-weak",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Options(_) => Kind::Usage,
            Self::Unreachable => Kind::Unavailable,
            Self::Refused(_) | Self::Mistrusted(_) | Self::UnknownKey | Self::TooWeak => Kind::Forbidden,
        }
    }
}
