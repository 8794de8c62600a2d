//! Exchanges with an object store over HTTP: the client that is there already, each exchange bounded, and of an answer that
//! is an error no more than its code, as some stores repeat in it who asked.

use async_trait::async_trait;
use http_body::Body;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpService,
};
use std::io::{self, ErrorKind, Read};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use ureq::Agent;
use ureq::config::AutoHeaderValue;
use ureq::http::header::CONTENT_LENGTH;
use ureq::http::{Method, Request, Response, response::Parts};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The longest answer: the largest package, encrypted, and a little.
const LONGEST_BYTES: u64 = (2 << 30) + (2 << 20);
/// The longest answer that is an error.
const LONGEST_ERROR_BYTES: u64 = 1 << 16;
/// How many times longer than an answer's beginning a body may take.
const BODY: u32 = 10;

/// A line to an object store. It blocks, as everything in the vault does.
#[derive(Clone)]
pub(super) struct Line(Agent);

impl Line {
    /// Makes a line that waits so long for a connection and for the beginning of an answer. Without authorities of its own
    /// it believes those that browsers do.
    pub(super) fn new(patience: Duration, authorities: &[Vec<u8>]) -> Self {
        let roots = match authorities {
            [] => RootCerts::WebPki,
            ders => RootCerts::new_with_certs(
                &ders.iter().map(|der| Certificate::from_der(der).to_owned()).collect::<Vec<_>>(),
            ),
        };
        let config = Agent::config_builder()
            .proxy(None)
            .timeout_connect(Some(patience))
            .timeout_send_request(Some(patience))
            .timeout_recv_response(Some(patience))
            .timeout_send_body(Some(patience * BODY))
            .timeout_recv_body(Some(patience * BODY))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .accept_encoding(AutoHeaderValue::None)
            .user_agent(concat!("fumikura/", env!("CARGO_PKG_VERSION")))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .build();
        Self(Agent::new_with_config(config))
    }

    /// Makes an exchange.
    pub(super) fn exchange(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let head = parts.method == Method::HEAD;
        let answer = match whole(body)? {
            body if body.is_empty() => self.0.run(Request::from_parts(parts, ())),
            body => self.0.run(Request::from_parts(parts, body.as_slice())),
        };
        let answer = answer.map_err(|error| HttpError::new(kind(&error), error))?;
        let (parts, mut body) = answer.into_parts();
        let wanted = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let limit_bytes = if parts.status.is_success() { LONGEST_BYTES } else { LONGEST_ERROR_BYTES };
        let mut bytes = Vec::new();
        let read = body.as_reader().take(limit_bytes + 1).read_to_end(&mut bytes);
        read.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error))?;
        if bytes.len() as u64 > limit_bytes {
            return Err(HttpError::new(HttpErrorKind::Decode, io::Error::from(ErrorKind::FileTooLarge)));
        }
        // A body that ends early is no answer.
        if !head && wanted.is_some_and(|wanted| wanted != bytes.len() as u64) {
            return Err(HttpError::new(HttpErrorKind::Interrupted, io::Error::from(ErrorKind::UnexpectedEof)));
        }
        Ok(answered(parts, bytes))
    }
}

#[async_trait]
impl HttpService for Line {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.exchange(request)
    }
}

impl HttpConnector for Line {
    fn connect(&self, _options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Line")
    }
}

fn answered(parts: Parts, bytes: Vec<u8>) -> HttpResponse {
    let kept = match parts.status.is_success() {
        true => bytes,
        false => format!("<Error><Code>{}</Code></Error>", code(&bytes)).into_bytes(),
    };
    Response::from_parts(parts, kept.into())
}

/// Returns the code in an error's XML, where there is one and it is a plain word.
fn code(bytes: &[u8]) -> &str {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map_or("", |(code, _)| code);
    let plain = code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain { code } else { "" }
}

/// Returns the bytes of a request's body, which are all there.
fn whole(mut body: HttpRequestBody) -> Result<Vec<u8>, HttpError> {
    let mut context = Context::from_waker(Waker::noop());
    let mut bytes = Vec::with_capacity(body.content_length());
    loop {
        match Pin::new(&mut body).poll_frame(&mut context) {
            Poll::Ready(None) => return Ok(bytes),
            Poll::Ready(Some(frame)) => bytes.extend(frame?.into_data().iter().flatten()),
            Poll::Pending => {
                return Err(HttpError::new(HttpErrorKind::Unknown, io::Error::from(ErrorKind::WouldBlock)));
            }
        }
    }
}

fn kind(error: &ureq::Error) -> HttpErrorKind {
    match error {
        ureq::Error::Timeout(_) => HttpErrorKind::Timeout,
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => HttpErrorKind::Connect,
        ureq::Error::Io(_) => HttpErrorKind::Interrupted,
        _ => HttpErrorKind::Unknown,
    }
}
