//! Why something could not be fetched.

use crate::fault::{Fault, Kind};

/// Why something could not be fetched. Says nothing of the address: whoever tells it names the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FetchError {
    /// The URL cannot be one, or holds credentials.
    #[error("the URL is none that is followed")]
    BadUrl,
    /// Neither http nor https, for example LDAP.
    #[error("only http and https are fetched from")]
    Scheme,
    /// The host is not on the list, or without one the port is another service's.
    #[error("the host is not one that may be fetched from")]
    NotListed,
    /// The host's address is not one of the public internet.
    #[error("the host's address is not public")]
    NotPublic,
    /// The host is not known, or does not take connections.
    #[error("the host cannot be reached")]
    Unreachable,
    /// TLS could not be set up.
    #[error("no trustworthy TLS connection")]
    Tls,
    /// Too slow.
    #[error("the answer did not come in time")]
    TooSlow,
    /// The answer is over the limit.
    #[error("the answer is too large")]
    TooLarge,
    /// Another HTTP status than 200.
    #[error("the answer is HTTP status {0}")]
    Status(u16),
    /// One redirect too many, or one that leads nowhere.
    #[error("the redirects lead nowhere")]
    Redirects,
    /// The exchange broke off or was not HTTP.
    #[error("the exchange broke off")]
    BrokenOff,
    /// The run has used up its requests, bytes or time.
    #[error("this run has fetched as much as it may")]
    Spent,
    /// What came cannot be read as what it should be.
    #[error("what came cannot be read")]
    Unreadable,
    /// The responder answers with an error (RFC 6960, 4.2.1).
    #[error("the responder refuses to answer")]
    Refused,
    /// The answer is to another question: its nonce is another (RFC 9654, 2.1).
    #[error("the answer repeats another nonce")]
    OtherNonce,
    /// No randomness for the question.
    #[error("there is no randomness for the question")]
    NoEntropy,
}

impl Fault for FetchError {
    fn code(&self) -> &'static str {
        match self {
            Self::BadUrl => "online-bad-url",
            Self::Scheme => "online-scheme",
            Self::NotListed => "online-not-listed",
            Self::NotPublic => "online-not-public",
            Self::Unreachable => "online-unreachable",
            Self::Tls => "online-tls",
            Self::TooSlow => "online-too-slow",
            Self::TooLarge => "online-too-large",
            Self::Status(_) => "online-status",
            Self::Redirects => "online-redirects",
            Self::BrokenOff => "online-broken-off",
            Self::Spent => "online-spent",
            Self::Unreadable => "online-unreadable",
            Self::Refused => "online-responder-refused",
            Self::OtherNonce => "online-other-nonce",
            Self::NoEntropy => "online-no-entropy",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Unavailable
    }
}
