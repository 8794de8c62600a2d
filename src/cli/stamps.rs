//! Where timestamps come from: the options of every command that asks for them, and the authorities that city.toml names.

use super::{Failure, SystemClock, files, secret};
use crate::digest::{Digest, hex};
use crate::fetch::{HttpTimestampSource, InTurn, Quota, Service, TsaLine};
use crate::tsp::{TimestampError, TimestampRequest, TimestampSource};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// How long a timestamping authority may take.
pub const TSA_TIMEOUT: Duration = Duration::from_secs(30);

/// What names a folder in place of an authority.
const RELAY: &str = "relay:";
/// How requests and answers end (RFC 3161, 3.2).
pub const QUERY: &str = "tsq";
/// How answers end.
pub const REPLY: &str = "tsr";

/// Which timestamping authority, and who we are there.
#[derive(Args, Debug, Default)]
pub struct TsaOptions {
    /// タイムスタンプ局 / The timestamping authority (RFC 3161 over HTTP); of several the first that answers well. relay:DIR, where the
    /// command can be given again: requests lie in that folder until `tsa ask` on another machine has put the answers beside them
    #[arg(long = "tsa", value_name = "URL")]
    urls: Vec<String>,
    /// 局での名前 / Our name at that authority (HTTP Basic)
    #[arg(long, value_name = "NAME", requires = "tsa_password_file")]
    tsa_user: Option<String>,
    /// そのパスワードのファイル / A file whose first line is the password
    #[arg(long, value_name = "FILE", requires = "tsa_user")]
    tsa_password_file: Option<PathBuf>,
    /// 局に示す証明書 / Our certificate for its TLS, with its chain (PEM)
    #[arg(long, value_name = "FILE", requires = "tsa_client_key")]
    tsa_client_cert: Option<PathBuf>,
    /// その鍵 / Its key (PEM, not encrypted)
    #[arg(long, value_name = "FILE", requires = "tsa_client_cert")]
    tsa_client_key: Option<PathBuf>,
    /// 局の TLS の認証局 / The only authorities that are believed for its TLS; without any, those that browsers believe
    #[arg(long, value_name = "FILE")]
    tsa_tls_authority: Vec<PathBuf>,
}

/// A timestamping authority in city.toml.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TsaPlace {
    /// Its address.
    pub url: String,
    /// Our name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A file whose first line is the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// Our certificate for its TLS, with its chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// Its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// The only authorities that are believed for its TLS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<PathBuf>,
    /// How often it may be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<AtMost>,
}

/// So many requests within so many minutes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtMost {
    /// Requests, 1 or more.
    pub requests: u32,
    /// Minutes, 1 or more.
    pub minutes: u32,
}

impl TsaOptions {
    /// Opens the authorities; none where none is named.
    ///
    /// # Errors
    /// Usage, where it is not clear to which of several a name or a certificate belongs; files that cannot be read.
    pub fn open(&self) -> Result<Option<Arc<dyn TimestampSource>>, Failure> {
        if self.urls.iter().any(|url| url.starts_with(RELAY)) {
            let words = "an answer by relay: is had for what stays the same until it comes: extend --level b-t, evidence make and renew";
            return Err(Failure::usage(words));
        }
        let says_who = self.tsa_user.is_some() || self.tsa_client_cert.is_some();
        if says_who && self.urls.len() != 1 {
            return Err(Failure::usage("a name or a certificate goes to one authority: give one --tsa"));
        }
        let place = |url: &String| TsaPlace {
            url: url.clone(),
            user: self.tsa_user.clone(),
            password_file: self.tsa_password_file.clone(),
            certificate: self.tsa_client_cert.clone(),
            key: self.tsa_client_key.clone(),
            authorities: self.tsa_tls_authority.clone(),
            at_most: None,
        };
        let places: Vec<TsaPlace> = self.urls.iter().map(place).collect();
        if places.is_empty() { Ok(None) } else { open(&places, Path::new("")).map(Some) }
    }
}

impl TsaOptions {
    /// Opens the authorities, or the folder by which somebody carries requests and answers; none where neither is named. For work that
    /// asks for the same digest when it is done again.
    ///
    /// # Errors
    /// Those of [`Self::open`].
    pub fn open_or_relay(&self) -> Result<Option<Arc<dyn TimestampSource>>, Failure> {
        match self.urls.as_slice() {
            [only] if only.starts_with(RELAY) => {
                let folder = only.trim_start_matches(RELAY);
                if folder.is_empty() || !Path::new(folder).is_dir() {
                    return Err(Failure::usage("relay:DIR names a folder that is there"));
                }
                Ok(Some(Arc::new(Relay { folder: folder.into() })))
            }
            _ => self.open(),
        }
    }
}

/// A folder by which somebody carries requests and answers between two machines. A request is called by the digest that it is over.
struct Relay {
    folder: PathBuf,
}

impl Relay {
    fn place(&self, digest: &Digest, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", hex(&digest.bytes)))
    }
}

impl TimestampSource for Relay {
    fn timestamp(&self, request_der: &[u8]) -> Result<Vec<u8>, TimestampError> {
        let request = TimestampRequest::parse(request_der)?;
        let (asks, answer) = (self.place(&request.imprint, QUERY), self.place(&request.imprint, REPLY));
        if answer.exists() {
            return files::read(&answer).map_err(|failure| TimestampError::Unavailable(failure.to_string()));
        }
        files::write_whole(&asks, request_der).map_err(|failure| TimestampError::Unavailable(failure.to_string()))?;
        Err(TimestampError::Waiting(asks.display().to_string()))
    }

    fn under_way(&self, digest: &Digest) -> Option<TimestampRequest> {
        TimestampRequest::parse(&files::read(&self.place(digest, QUERY)).ok()?).ok()
    }
}

/// Opens authorities in their order; paths are below a folder.
pub fn open(places: &[TsaPlace], folder: &Path) -> Result<Arc<dyn TimestampSource>, Failure> {
    if let [only] = places
        && only.at_most.is_none()
    {
        return Ok(Arc::new(only.source(folder)?));
    }
    let services = places.iter().map(|place| Ok(Service::new(place.source(folder)?, place.quota()?)));
    let services = services.collect::<Result<Vec<_>, Failure>>()?;
    if services.is_empty() {
        return Err(Failure::usage("no timestamping authority is named"));
    }
    Ok(Arc::new(InTurn::new(services, Arc::new(SystemClock))))
}

impl TsaPlace {
    fn source(&self, folder: &Path) -> Result<HttpTimestampSource, Failure> {
        let login = match (&self.user, &self.password_file) {
            (Some(user), Some(file)) => Some((user.clone(), secret::first_line(&folder.join(file))?)),
            (None, None) => None,
            _ => {
                return Err(Failure::usage(
                    "at a timestamping authority a name needs a password, and a password a name",
                ));
            }
        };
        let identity = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => {
                let key = Zeroizing::new(files::read(&folder.join(key))?);
                Some((files::read(&folder.join(certificate))?, key))
            }
            (None, None) => None,
            _ => return Err(Failure::usage("for TLS with a timestamping authority a certificate needs its key")),
        };
        let paths: Vec<PathBuf> = self.authorities.iter().map(|path| folder.join(path)).collect();
        let authorities = files::certificates(&paths)?.iter().map(|one| one.der().to_vec()).collect();
        Ok(HttpTimestampSource::over(&self.url, TSA_TIMEOUT, &TsaLine { login, authorities, identity })?)
    }

    fn quota(&self) -> Result<Option<Quota>, Failure> {
        let Some(AtMost { requests, minutes }) = self.at_most else { return Ok(None) };
        if requests == 0 || minutes == 0 {
            return Err(Failure::usage("at_most: requests and minutes are 1 or more"));
        }
        Ok(Some(Quota { requests: requests as usize, seconds: i64::from(minutes) * 60 }))
    }
}
