//! Exchanges with the provider: JSON over HTTP, bounded in time and size, no redirect followed.

use crate::office::ports::ProviderError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io::Read;
use std::time::Duration;
use ureq::http::Response;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

/// The longest answer, in bytes.
const LONGEST_BYTES: u64 = 256 * 1024;

/// A line to the provider. It blocks.
pub(super) struct Line(Agent);

impl Line {
    /// Makes a line whose exchanges take so long at most. Without authorities of its own it believes those that browsers do.
    pub(super) fn new(patience: Duration, authorities: &[Vec<u8>]) -> Self {
        let roots = match authorities {
            [] => RootCerts::WebPki,
            ders => RootCerts::new_with_certs(
                &ders.iter().map(|der| Certificate::from_der(der).to_owned()).collect::<Vec<_>>(),
            ),
        };
        let config = Agent::config_builder()
            .proxy(None)
            .timeout_global(Some(patience))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("fumikura/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        Self(Agent::new_with_config(config))
    }

    /// Returns what stands at an address, for whoever has a token where it takes one.
    pub(super) fn get<T: DeserializeOwned>(&self, address: &str, token: Option<&str>) -> Result<T, ProviderError> {
        let mut request = self.0.get(address).header("accept", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let answer = request.call();
        read(answer.map_err(|_| ProviderError::Unreachable)?)
    }

    /// Sends a form, with who we are where that goes into the head.
    pub(super) fn post<T: DeserializeOwned>(
        &self,
        address: &str,
        form: &str,
        login: Option<&str>,
    ) -> Result<T, ProviderError> {
        let mut request = self.0.post(address).header("accept", "application/json");
        request = request.header("content-type", "application/x-www-form-urlencoded");
        if let Some(login) = login {
            request = request.header("authorization", login);
        }
        read(request.send(form).map_err(|_| ProviderError::Unreachable)?)
    }
}

/// What is read of an answer that is an error (RFC 6749, 5.2).
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

fn read<T: DeserializeOwned>(mut answer: Response<Body>) -> Result<T, ProviderError> {
    let mut bytes = Vec::new();
    let read = answer.body_mut().as_reader().take(LONGEST_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|_| ProviderError::Unreachable)?;
    if bytes.len() as u64 > LONGEST_BYTES {
        return Err(ProviderError::Mistrusted("an answer is too long"));
    }
    if answer.status().is_success() {
        return serde_json::from_slice(&bytes).map_err(|_| ProviderError::Mistrusted("an answer cannot be read"));
    }
    let said = serde_json::from_slice::<Refusal>(&bytes).ok().map(|refusal| refusal.error);
    Err(ProviderError::refused(said.as_deref().unwrap_or_default()))
}
