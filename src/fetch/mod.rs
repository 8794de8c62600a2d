//! Timestamps, remote signatures, validation data and an identity provider over HTTP, bounded in time and size; mail to a server;
//! the virus check beside us.

pub mod clamd;
pub mod csc;
pub mod oidc;
pub mod online;
pub mod smtp;

use crate::tsp::{TimestampError, TimestampSource};
use std::io::Read;
use std::time::Duration;
use ureq::http::header::{CONTENT_TYPE, RETRY_AFTER};

/// The largest answer taken. A token with a chain of certificates stays below 20 kB.
const LIMIT_BYTES: u64 = 256 << 10;

/// A timestamping authority over HTTP (RFC 3161, 3.4). The operator names its address: nothing is taken from documents.
#[derive(Clone)]
pub struct HttpTimestampSource {
    agent: ureq::Agent,
    url: String,
}

impl HttpTimestampSource {
    /// Makes a source. Only `http` and `https` addresses are taken; redirects are not followed.
    pub fn new(url: &str, timeout: Duration) -> Result<Self, TimestampError> {
        let fits = url.parse::<ureq::http::Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
        });
        if !fits {
            return Err(TimestampError::Unavailable("its address is not an http or https URL".to_owned()));
        }
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("fumikura/", env!("CARGO_PKG_VERSION")));
        Ok(Self { agent: config.build().new_agent(), url: url.to_owned() })
    }
}

impl TimestampSource for HttpTimestampSource {
    fn timestamp(&self, request_der: &[u8]) -> Result<Vec<u8>, TimestampError> {
        let request = self.agent.post(&self.url).header(CONTENT_TYPE, "application/timestamp-query");
        let response = request.send(request_der).map_err(|error| unavailable(&reason(&error)))?;
        let status = response.status().as_u16();
        if status != 200 {
            let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let wait = wait.filter(|text| text.len() < 40 && text.is_ascii());
            let hint = wait.map(|wait| format!(", to be asked again after {wait}")).unwrap_or_default();
            return Err(unavailable(&format!("it answered with HTTP status {status}{hint}")));
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/timestamp-reply")) {
            return Err(unavailable("its answer is not of the type application/timestamp-reply"));
        }
        let mut bytes = Vec::new();
        let reader = response.into_body().into_reader();
        reader.take(LIMIT_BYTES + 1).read_to_end(&mut bytes).map_err(|_| unavailable("its answer broke off"))?;
        if bytes.len() as u64 > LIMIT_BYTES {
            return Err(unavailable("its answer is too large"));
        }
        Ok(bytes)
    }
}

impl std::fmt::Debug for HttpTimestampSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpTimestampSource(…)")
    }
}

fn unavailable(reason: &str) -> TimestampError {
    TimestampError::Unavailable(reason.to_owned())
}

/// Says what went wrong without the address, which may hold credentials.
fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "it did not answer in time".to_owned(),
        ureq::Error::HostNotFound => "its host name is not known".to_owned(),
        ureq::Error::ConnectionFailed => "no connection".to_owned(),
        ureq::Error::Io(error) => error.kind().to_string(),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => "no trustworthy TLS connection".to_owned(),
        _ => "the exchange failed".to_owned(),
    }
}
