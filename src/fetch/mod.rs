//! Timestamps, remote signatures, validation data and an identity provider over HTTP, bounded in time and size; mail to a server;
//! what time servers say; the virus check beside us.

pub mod clamd;
pub mod csc;
pub mod ntp;
pub mod oidc;
pub mod online;
pub mod smtp;
mod stamps;

pub use stamps::{HttpTimestampSource, InTurn, Quota, Service, TsaLine};

/// Says what went wrong without the address, which may hold credentials.
fn reason(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => "it did not answer in time",
        ureq::Error::HostNotFound => "its host name is not known",
        ureq::Error::ConnectionFailed => "no connection",
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => "the connection was refused",
        ureq::Error::Io(_) => "the connection broke",
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "no trustworthy TLS connection",
        _ => "the exchange failed",
    }
}
