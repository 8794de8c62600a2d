//! The exchange with a service: one JSON question, one JSON answer, bounded in time and size (CSC API 2.0.0.2, 7 and 10).

use super::CscError;
use super::error::Said;
use super::wire::Refusal;
use crate::fetch::reason;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::Read;
use std::time::Duration;
use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use ureq::http::{HeaderValue, Response};
use zeroize::Zeroizing;

/// The largest answer taken: a thousand signatures of RSA 8192 stay below.
const LIMIT_BYTES: u64 = 4 << 20;
/// Room for a question, so that the secrets in it are not left behind where it grows.
const QUESTION_BYTES: usize = 1 << 20;

/// A service, and the token that opens it.
pub(super) struct Client {
    agent: ureq::Agent,
    base: String,
    token: Zeroizing<String>,
}

impl Client {
    /// Makes a client. The token must be one that can stand in a header (RFC 6750, 2.1).
    pub(super) fn new(base: &str, token: Zeroizing<String>, timeout: Duration) -> Result<Self, CscError> {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(CscError::TokenNeeded("what was given cannot be one"));
        }
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("fumikura/", env!("CARGO_PKG_VERSION")));
        Ok(Self { agent: config.build().new_agent(), base: base.to_owned(), token })
    }

    /// Asks what everybody may ask: the token is not shown.
    pub(super) fn ask_openly<A: DeserializeOwned>(
        &self,
        method: &str,
        question: &impl Serialize,
    ) -> Result<A, CscError> {
        self.exchange(method, question, false, &[])
    }

    /// Asks with the token. `secrets` are what the question holds and no error may repeat.
    pub(super) fn ask<A: DeserializeOwned>(
        &self,
        method: &str,
        question: &impl Serialize,
        secrets: &[&str],
    ) -> Result<A, CscError> {
        self.exchange(method, question, true, secrets)
    }

    fn exchange<A: DeserializeOwned>(
        &self,
        method: &str,
        question: &impl Serialize,
        with_token: bool,
        secrets: &[&str],
    ) -> Result<A, CscError> {
        let mut body = Zeroizing::new(Vec::with_capacity(QUESTION_BYTES));
        serde_json::to_writer(&mut *body, question).map_err(|_| CscError::BadAnswer("the question cannot be asked"))?;
        let mut request = self.agent.post(format!("{}/{method}", self.base)).header(CONTENT_TYPE, "application/json");
        if with_token {
            request = request.header(AUTHORIZATION, self.authorization()?);
        }
        let response =
            request.send(body.as_slice()).map_err(|error| CscError::Unavailable(reason(&error).to_owned()))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = bounded(response)?;
        match status {
            200 | 202 if is_json(&headers) => serde_json::from_slice(&answer)
                .map_err(|_| CscError::BadAnswer("what must stand in it is missing, or of another type")),
            200 | 202 => Err(CscError::BadAnswer("it is not JSON")),
            429 | 500..=599 => Err(busy(status, &headers)),
            400..=499 => {
                let secrets: Vec<&str> = secrets.iter().copied().chain([self.token.as_str()]).collect();
                Err(refusal(status, &serde_json::from_slice(&answer).unwrap_or_default(), &secrets))
            }
            _ => Err(CscError::Unavailable(format!("it answered with HTTP status {status}"))),
        }
    }

    /// Makes the header with the token, which nothing prints.
    fn authorization(&self) -> Result<HeaderValue, CscError> {
        let text = Zeroizing::new(format!("Bearer {}", self.token.as_str()));
        let mut value =
            HeaderValue::from_str(&text).map_err(|_| CscError::TokenNeeded("what was given cannot be one"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Reads an answer whole. It may hold an authorisation, and is wiped.
fn bounded(response: Response<ureq::Body>) -> Result<Zeroizing<Vec<u8>>, CscError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 << 10));
    let reader = response.into_body().into_reader();
    let read = reader.take(LIMIT_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|_| CscError::Unavailable("its answer broke off".to_owned()))?;
    if bytes.len() as u64 > LIMIT_BYTES {
        return Err(CscError::Unavailable("its answer is too large".to_owned()));
    }
    Ok(bytes)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn busy(status: u16, headers: &HeaderMap) -> CscError {
    let wait = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let wait = wait.filter(|text| text.len() < 40 && text.is_ascii());
    let hint = wait.map(|wait| format!(", to be asked again after {wait}")).unwrap_or_default();
    CscError::Unavailable(format!("it answered with HTTP status {status}{hint}"))
}

/// Sorts a refusal by its name; what it is called in prose is for people.
fn refusal(status: u16, refusal: &Refusal, secrets: &[&str]) -> CscError {
    let words = match refusal.error_description.as_str() {
        "" => &refusal.error,
        words => words,
    };
    let said = Said::new(words, secrets);
    match refusal.error.as_str() {
        "invalid_token" | "insufficient_scope" => CscError::TokenRefused(said),
        "invalid_pin" => CscError::PinWrong(said),
        "invalid_otp" => CscError::OneTimeWrong(said),
        "invalid_authentication_data" => CscError::SecretWrong(said),
        // The standard has no name for it, and only this sentence (11.10).
        _ if words.eq_ignore_ascii_case("SAD expired") => CscError::AuthorizationExpired,
        _ if status == 401 => CscError::TokenRefused(said),
        _ => CscError::Refused(said),
    }
}
