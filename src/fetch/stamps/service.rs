//! One timestamping authority over HTTP. The operator names its address: nothing is taken from documents.

use crate::fetch::reason;
use crate::tsp::{TimestampError, TimestampSource};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::Read;
use std::time::Duration;
use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};
use zeroize::Zeroizing;

/// The largest answer taken. A token with a chain of certificates stays below 20 kB.
const LIMIT_BYTES: u64 = 256 << 10;
/// The longest that an authority may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3_600);

/// How an authority is reached, and who we are there.
#[derive(Default)]
pub struct TsaLine {
    /// A name and a password (RFC 7617).
    pub login: Option<(String, Zeroizing<String>)>,
    /// The DER certificates of the only authorities believed for its TLS; without any, those that browsers believe.
    pub authorities: Vec<Vec<u8>>,
    /// Our own certificate with its chain, and its key, for TLS; both PEM.
    pub identity: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
}

/// A timestamping authority over HTTP.
#[derive(Clone)]
pub struct HttpTimestampSource {
    agent: ureq::Agent,
    url: String,
    login: Option<Zeroizing<String>>,
}

/// Why an authority gave no answer.
pub(super) struct NoAnswer {
    /// In English, without its address.
    pub(super) why: String,
    /// When it wants to be asked again.
    pub(super) again_after: Option<Duration>,
}

impl HttpTimestampSource {
    /// Makes a source. Only `http` and `https` addresses are taken; redirects are not followed.
    pub fn new(url: &str, timeout: Duration) -> Result<Self, TimestampError> {
        Self::over(url, timeout, &TsaLine::default())
    }

    /// Makes a source that says who we are.
    ///
    /// # Errors
    /// [`TimestampError::Unavailable`] where the address is none, or certificate or key for TLS cannot be read.
    pub fn over(url: &str, timeout: Duration, line: &TsaLine) -> Result<Self, TimestampError> {
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
            .user_agent(concat!("fumikura/", env!("CARGO_PKG_VERSION")))
            .tls_config(line.tls()?);
        let login = line.login.as_ref().map(|(name, password)| {
            let pair = Zeroizing::new(format!("{name}:{}", password.as_str()));
            Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
        });
        Ok(Self { agent: config.build().new_agent(), url: url.to_owned(), login })
    }

    /// Sends a request and returns the answer, unchecked.
    pub(super) fn ask(&self, request_der: &[u8]) -> Result<Vec<u8>, NoAnswer> {
        let mut request = self.agent.post(&self.url).header(CONTENT_TYPE, "application/timestamp-query");
        if let Some(login) = &self.login {
            request = request.header(AUTHORIZATION, login.as_str());
        }
        let response = request.send(request_der).map_err(|error| no_answer(reason(&error)))?;
        let status = response.status().as_u16();
        if status != 200 {
            let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let again_after = wait.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
            let again_after = again_after.map(|wait| wait.min(LONGEST_WAIT));
            let hint = again_after.map(|wait| format!(", to be asked again after {} s", wait.as_secs()));
            let why = format!("it answered with HTTP status {status}{}", hint.unwrap_or_default());
            return Err(NoAnswer { why, again_after });
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/timestamp-reply")) {
            return Err(no_answer("its answer is not of the type application/timestamp-reply"));
        }
        let mut bytes = Vec::new();
        let reader = response.into_body().into_reader();
        reader.take(LIMIT_BYTES + 1).read_to_end(&mut bytes).map_err(|_| no_answer("its answer broke off"))?;
        if bytes.len() as u64 > LIMIT_BYTES {
            return Err(no_answer("its answer is too large"));
        }
        Ok(bytes)
    }
}

impl TsaLine {
    fn tls(&self) -> Result<TlsConfig, TimestampError> {
        let mut config = TlsConfig::builder();
        if !self.authorities.is_empty() {
            let ders: Vec<_> = self.authorities.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
            config = config.root_certs(RootCerts::new_with_certs(&ders));
        }
        if let Some((certificates, key)) = &self.identity {
            let unreadable = |what: &str| TimestampError::Unavailable(format!("{what} for its TLS cannot be read"));
            let chain: Vec<_> = parse_pem(certificates)
                .filter_map(|item| match item {
                    Ok(PemItem::Certificate(certificate)) => Some(certificate),
                    _ => None,
                })
                .collect();
            if chain.is_empty() {
                return Err(unreadable("our certificate"));
            }
            let key = PrivateKey::from_pem(key).map_err(|_| unreadable("our key"))?;
            config = config.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
        }
        Ok(config.build())
    }
}

impl TimestampSource for HttpTimestampSource {
    fn timestamp(&self, request_der: &[u8]) -> Result<Vec<u8>, TimestampError> {
        self.ask(request_der).map_err(|NoAnswer { why, .. }| TimestampError::Unavailable(why))
    }
}

impl std::fmt::Debug for HttpTimestampSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpTimestampSource(…)")
    }
}

fn no_answer(why: &str) -> NoAnswer {
    NoAnswer { why: why.to_owned(), again_after: None }
}
