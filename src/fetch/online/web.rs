//! Exchanges over HTTP, each hop checked, within bounds.

use super::{FetchError, Reach};
use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};
use ureq::config::Config;
use ureq::http::header::{CONTENT_TYPE, LOCATION};
use ureq::http::{Request, Response, StatusCode, Uri};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body};

/// How many redirects are followed. Repositories that moved to another host use one.
const REDIRECTS: usize = 3;

/// How much may be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// For a connection.
    pub connect: Duration,
    /// For one exchange, the resolving of names and the last byte included.
    pub exchange: Duration,
    /// For all exchanges of a run together.
    pub run: Duration,
    /// Requests of a run, redirects included.
    pub requests: u32,
    /// Bytes of a run.
    pub run_bytes: u64,
    /// One revocation list. The largest of national PKIs have some tens of megabytes.
    pub list_bytes: u64,
    /// One answer of another kind.
    pub answer_bytes: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            exchange: Duration::from_secs(20),
            run: Duration::from_secs(60),
            requests: 256,
            run_bytes: 256 << 20,
            list_bytes: 64 << 20,
            answer_bytes: 1 << 20,
        }
    }
}

/// A client for a run. Proxies of the environment are not used: they would connect to what is refused here.
pub struct Web {
    agent: Agent,
    reach: Reach,
    bounds: Bounds,
    requests: u32,
    bytes: u64,
    time: Duration,
}

impl Web {
    /// Makes a client.
    pub fn new(reach: Reach, bounds: Bounds) -> Self {
        let config = Agent::config_builder()
            .proxy(None)
            .timeout_connect(Some(bounds.connect))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .user_agent(concat!("fumikura/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver = Guarded { reach: reach.clone(), resolver: DefaultResolver::default() };
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
        Self { agent, reach, bounds, requests: 0, bytes: 0, time: Duration::ZERO }
    }

    /// Returns the bounds.
    pub fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Fetches what stands at a URL.
    ///
    /// # Errors
    /// [`FetchError`]; whatever may not be fetched is refused before anything is connected to.
    pub fn get(&mut self, url: &str, limit_bytes: u64) -> Result<Vec<u8>, FetchError> {
        self.follow(url, None, limit_bytes)
    }

    /// Sends a question and returns the answer.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn post(&mut self, url: &str, kind: &str, question: &[u8], limit_bytes: u64) -> Result<Vec<u8>, FetchError> {
        self.follow(url, Some((kind, question)), limit_bytes)
    }

    fn follow(&mut self, url: &str, question: Option<(&str, &[u8])>, limit_bytes: u64) -> Result<Vec<u8>, FetchError> {
        let mut uri = self.reach.check(url)?;
        for _ in 0..=REDIRECTS {
            let begun = Instant::now();
            let answered = self.exchange(&uri, question, limit_bytes);
            self.time += begun.elapsed();
            match answered? {
                Hop::Answer(bytes) => return Ok(bytes),
                Hop::Elsewhere(location) => uri = self.reach.check(&location)?,
            }
        }
        Err(FetchError::Redirects)
    }

    fn exchange(&mut self, uri: &Uri, question: Option<(&str, &[u8])>, limit_bytes: u64) -> Result<Hop, FetchError> {
        let left = self.bounds.run.saturating_sub(self.time);
        let left_bytes = self.bounds.run_bytes.saturating_sub(self.bytes);
        if left.is_zero() || left_bytes == 0 || self.requests >= self.bounds.requests {
            return Err(FetchError::Spent);
        }
        self.requests += 1;
        let timeout = Some(self.bounds.exchange.min(left));
        let response = match question {
            None => self.run(Request::get(uri).body(()), timeout),
            Some((kind, question)) => self.run(Request::post(uri).header(CONTENT_TYPE, kind).body(question), timeout),
        }?;
        let status = response.status();
        if status.is_redirection() {
            return redirect(uri, &response, question.is_some()).map(Hop::Elsewhere);
        }
        if status != StatusCode::OK {
            return Err(FetchError::Status(status.as_u16()));
        }
        let limit = limit_bytes.min(left_bytes);
        let mut bytes = Vec::new();
        let read = response.into_body().into_reader().take(limit + 1).read_to_end(&mut bytes);
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        read.map_err(|error| of_error(&ureq::Error::from(error)))?;
        match bytes.len() as u64 > limit {
            true if limit < limit_bytes => Err(FetchError::Spent),
            true => Err(FetchError::TooLarge),
            false => Ok(Hop::Answer(bytes)),
        }
    }

    fn run(
        &self,
        request: Result<Request<impl ureq::AsSendBody>, ureq::http::Error>,
        timeout: Option<Duration>,
    ) -> Result<Response<Body>, FetchError> {
        let request = request.map_err(|_| FetchError::BadUrl)?;
        let request = self.agent.configure_request(request).timeout_global(timeout).build();
        self.agent.run(request).map_err(|error| of_error(&error))
    }
}

impl std::fmt::Debug for Web {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Web({} requests, {} bytes)", self.requests, self.bytes)
    }
}

enum Hop {
    Answer(Vec<u8>),
    Elsewhere(String),
}

/// Finds where a redirect leads. A question is sent on only where the answer asks for just that (RFC 9110, 15.4).
fn redirect(from: &Uri, response: &Response<Body>, has_question: bool) -> Result<String, FetchError> {
    let keeps_question = matches!(response.status().as_u16(), 307 | 308);
    let moved = matches!(response.status().as_u16(), 301..=303) && !has_question;
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.filter(|_| keeps_question || moved).ok_or(FetchError::Redirects)?;
    let (scheme, authority) = (from.scheme_str().unwrap_or_default(), from.authority().map_or("", |one| one.as_str()));
    let is_whole = location.split(['/', '?', '#']).next().is_some_and(|start| start.contains(':'));
    Ok(if is_whole {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else {
        let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{location}")
    })
}

fn of_error(error: &ureq::Error) -> FetchError {
    match error {
        ureq::Error::Timeout(_) => FetchError::TooSlow,
        ureq::Error::Other(other) if other.is::<Forbidden>() => FetchError::NotPublic,
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => FetchError::Unreachable,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::TlsRequired => FetchError::Tls,
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => FetchError::BadUrl,
        ureq::Error::Io(error) => match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => FetchError::TooSlow,
            ErrorKind::UnexpectedEof | ErrorKind::InvalidData => FetchError::BrokenOff,
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => FetchError::BrokenOff,
            // The resolver tells of unknown hosts in words alone.
            _ => FetchError::Unreachable,
        },
        _ => FetchError::BrokenOff,
    }
}

/// The host's addresses may not be connected to.
#[derive(Debug, thiserror::Error)]
#[error("the host's address is not one that may be connected to")]
struct Forbidden;

/// Resolves names, and yields only addresses that may be connected to: the connection goes to what was checked here.
#[derive(Debug)]
struct Guarded {
    reach: Reach,
    resolver: DefaultResolver,
}

impl Resolver for Guarded {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.resolver.resolve(uri, config, timeout)?;
        match self.reach.allows(uri, found.iter().map(|address| address.ip())) {
            true => Ok(found),
            false => Err(ureq::Error::Other(Box::new(Forbidden))),
        }
    }
}
