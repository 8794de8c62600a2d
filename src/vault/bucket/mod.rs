//! A bucket of an S3-compatible object store, as one copy of the packages.
//!
//! An object is there, or is missing, only where the store says so for certain: anything else is trouble, and says nothing of
//! the object. A store that keeps what is deleted, or writes over what is there, is refused.

mod line;

use self::line::Line;
use crate::office::ports::VaultError;
use futures_executor::{block_on, block_on_stream};
use object_store::aws::{AmazonS3, AmazonS3Builder, AwsAuthorizer, AwsCredential, Checksum};
use object_store::client::{HttpRequest, HttpRequestBody};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload, RetryConfig};
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;
use ureq::http::{Request, StatusCode};
use zeroize::Zeroizing;

/// The waits before an exchange is tried again that found the store busy or away, as parts of the patience there is. What a
/// store did answer is never asked for again.
const PAUSES: [u32; 2] = [50, 10];

/// Where a bucket is, and who may use it.
#[derive(Clone)]
pub struct BucketOptions {
    /// The URL of the store, for example `https://s3.ap-northeast-1.amazonaws.com`. Without TLS only on this machine: whoever
    /// is on the way could say that something is not there.
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// What the names of the vault's objects begin with; may be empty.
    pub prefix: String,
    /// The identifier of the access key.
    pub key_id: Zeroizing<String>,
    /// The access key.
    pub secret: Zeroizing<String>,
    /// The token that goes with a key lent for a while.
    pub token: Option<Zeroizing<String>>,
    /// The authorities (DER) that the store's certificate must come from; without any, those that browsers believe.
    pub authorities: Vec<Vec<u8>>,
    /// How long a connection, and the beginning of an answer, may take.
    pub patience: Duration,
}

/// A bucket, or a part of one.
#[derive(Clone)]
pub struct Bucket {
    store: Arc<AmazonS3>,
    line: Line,
    credential: Arc<AwsCredential>,
    region: String,
    /// The URL of the bucket.
    url: String,
    prefix: String,
    patience: Duration,
}

impl Bucket {
    /// Makes the way to a bucket; connects to nothing yet.
    ///
    /// # Errors
    /// [`VaultError::Layout`] where the options cannot be used.
    pub fn new(options: &BucketOptions) -> Result<Self, VaultError> {
        let endpoint = options.endpoint.trim_end_matches('/');
        let unusable = |what: &str| VaultError::Layout(format!("the object store {endpoint}: {what}"));
        if !is_safe(endpoint) {
            return Err(unusable("its URL begins with https://, or with http:// on this machine alone"));
        }
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte));
        let (bucket, prefix) = (options.bucket.as_str(), options.prefix.trim_matches('/'));
        if bucket.is_empty() || bucket.contains('/') || !plain(bucket) || !plain(prefix) {
            return Err(unusable(
                "names of a bucket and a prefix have letters, digits, '-', '.', '_', and '/' between",
            ));
        }
        let line = Line::new(options.patience, &options.authorities);
        let (key_id, secret) = (options.key_id.as_str(), options.secret.as_str());
        let builder = AmazonS3Builder::new()
            .with_endpoint(endpoint)
            .with_region(&options.region)
            .with_bucket_name(bucket)
            .with_access_key_id(key_id)
            .with_secret_access_key(secret)
            .with_allow_http(true)
            .with_checksum_algorithm(Checksum::SHA256)
            .with_disable_bulk_delete(true)
            .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
            .with_http_connector(line.clone());
        let token = options.token.as_ref().map(|token| token.to_string());
        let builder = token.iter().fold(builder, |builder, token| builder.with_token(token));
        let store = Arc::new(builder.build().map_err(|error| unusable(&error.to_string()))?);
        let credential = AwsCredential { key_id: key_id.to_owned(), secret_key: secret.to_owned(), token };
        let url = format!("{endpoint}/{bucket}");
        let (credential, region) = (Arc::new(credential), options.region.clone());
        let (prefix, patience) = (prefix.to_owned(), options.patience);
        Ok(Self { store, line, credential, region, url, prefix, patience })
    }

    /// Returns the URL that all the bucket's objects begin with.
    pub(super) fn address(&self) -> String {
        format!("{}/{}", self.url, self.prefix).trim_end_matches('/').to_owned() + "/"
    }

    /// Returns an object; none where the store says for certain that there is none of this name.
    pub(super) fn get(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        let path = self.path(name)?;
        let got = self.patiently(|| {
            block_on(async {
                let got = self.store.get(&path).await?;
                got.bytes().await
            })
        });
        match got {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.trouble(name, &error)),
        }
    }

    /// Tells whether there is an object of this name.
    pub(super) fn has(&self, name: &str) -> Result<bool, VaultError> {
        let path = self.path(name)?;
        match self.patiently(|| block_on(self.store.head(&path))) {
            Ok(_) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(self.trouble(name, &error)),
        }
    }

    /// Puts an object where there is none of this name, with its digest for the store to check.
    ///
    /// # Errors
    /// [`VaultError::Disk`] where there is one with other bytes. One with the same bytes is what an exchange of ours left
    /// whose answer was lost.
    pub(super) fn put_new(&self, name: &str, bytes: &[u8]) -> Result<(), VaultError> {
        match self.put(name, bytes) {
            Ok(()) => Ok(()),
            Err(Error::AlreadyExists { .. }) if self.get(name)?.as_deref() == Some(bytes) => Ok(()),
            Err(Error::AlreadyExists { .. }) => {
                let place = self.address() + name;
                Err(VaultError::Disk { place, source: io::Error::from(ErrorKind::AlreadyExists) })
            }
            Err(error) => Err(self.trouble(name, &error)),
        }
    }

    /// Removes an object. One that is gone already is no trouble.
    pub(super) fn remove(&self, name: &str) -> Result<(), VaultError> {
        let path = self.path(name)?;
        match self.patiently(|| block_on(self.store.delete(&path))) {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.trouble(name, &error)),
        }
    }

    /// Lists the names that begin with a folder's, in order; with an empty one, all.
    pub(super) fn list(&self, folder: &str) -> Result<Vec<String>, VaultError> {
        let path = self.path(folder)?;
        let from = Some(&path).filter(|path| !path.as_ref().is_empty());
        let found = self.patiently(|| block_on_stream(self.store.list(from)).collect::<Result<Vec<_>, Error>>());
        let found = found.map_err(|error| self.trouble(folder, &error))?;
        let below = |name: &str| match self.prefix.as_str() {
            "" => Some(name.to_owned()),
            prefix => name.strip_prefix(prefix)?.strip_prefix('/').map(str::to_owned),
        };
        let mut names: Vec<String> = found.iter().filter_map(|object| below(object.location.as_ref())).collect();
        names.sort();
        Ok(names)
    }

    /// Tells whether anything lies in the bucket, or in this part of it.
    pub(super) fn is_used(&self) -> Result<bool, VaultError> {
        let path = self.path("")?;
        let from = Some(&path).filter(|path| !path.as_ref().is_empty());
        let found = self.patiently(|| block_on(self.store.list_with_delimiter(from)));
        let found = found.map_err(|error| self.trouble("", &error))?;
        Ok(!found.objects.is_empty() || !found.common_prefixes.is_empty())
    }

    /// Makes sure that what is deleted from the bucket is gone: it keeps no versions and locks nothing.
    ///
    /// # Errors
    /// [`VaultError::KeepsDeleted`]; [`VaultError::Unavailable`] where the store does not say.
    pub(super) fn forgets(&self) -> Result<(), VaultError> {
        let keeps = || Err(VaultError::KeepsDeleted { place: self.address() });
        let (status, answer) = self.ask("versioning")?;
        match roxmltree::Document::parse(&answer) {
            Ok(said) if status == StatusCode::OK && said.root_element().tag_name().name().contains("Versioning") => {
                // Suspended is no better: what was put before is kept. A bucket that never had versions says neither.
                if said.descendants().any(|node| node.tag_name().name() == "Status") {
                    return keeps();
                }
            }
            _ => {
                let reason = format!("it does not say whether it keeps versions ({status})");
                return Err(VaultError::Unavailable { place: self.address(), reason });
            }
        }
        // A lock needs versions; a store where it does not is found out by its saying so.
        match self.ask("object-lock")? {
            (StatusCode::OK, answer) if answer.contains("Enabled") => keeps(),
            _ => Ok(()),
        }
    }

    /// Makes sure that an object that is there is not written over: puts one of ours once more.
    pub(super) fn refuses_to_replace(&self, name: &str, bytes: &[u8]) -> Result<(), VaultError> {
        match self.put(name, bytes) {
            Err(Error::AlreadyExists { .. }) => Ok(()),
            Ok(()) => {
                let address = self.address();
                Err(VaultError::Layout(format!("{address} writes over what is there; it knows no conditional writes")))
            }
            Err(error) => Err(self.trouble(name, &error)),
        }
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = Path::parse(self.full(name))?;
        let payload = PutPayload::from(bytes.to_vec());
        let done = self.patiently(|| {
            let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
            block_on(self.store.put_opts(&path, payload.clone(), options))
        })?;
        match done.version {
            None => Ok(()),
            Some(_) => Err(Error::Generic { store: "S3", source: "it keeps versions of objects".into() }),
        }
    }

    /// Asks the bucket for one of its settings.
    fn ask(&self, setting: &str) -> Result<(StatusCode, String), VaultError> {
        let place = || format!("{}?{setting}", self.url);
        let unavailable = |reason: String| VaultError::Unavailable { place: place(), reason };
        let answer = self.patiently(|| {
            let trouble = |source: Box<dyn std::error::Error + Send + Sync>| Error::Generic { store: "S3", source };
            let request = Request::get(format!("{}?{setting}=", self.url)).body(HttpRequestBody::empty());
            let mut request: HttpRequest = request.map_err(|error| trouble(error.into()))?;
            AwsAuthorizer::new(&self.credential, "s3", &self.region).try_authorize(&mut request, None)?;
            let (parts, body) = self.line.exchange(request).map_err(|error| trouble(error.into()))?.into_parts();
            if parts.status.is_server_error() {
                return Err(trouble(parts.status.to_string().into()));
            }
            Ok((parts.status, block_on(body.bytes()).map_err(|error| trouble(error.into()))?))
        });
        let (status, bytes) = answer.map_err(|error| unavailable(error.to_string()))?;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Tries again where the store was busy or away, and only there.
    fn patiently<T>(&self, work: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
        for pause in PAUSES {
            match work() {
                Err(Error::Generic { .. }) => std::thread::sleep(self.patience / pause),
                done => return done,
            }
        }
        work()
    }

    fn full(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }

    fn path(&self, name: &str) -> Result<Path, VaultError> {
        Path::parse(self.full(name)).map_err(|error| self.trouble(name, &error.into()))
    }

    fn trouble(&self, name: &str, error: &Error) -> VaultError {
        VaultError::Unavailable { place: self.address() + name, reason: error.to_string() }
    }
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Bucket").field(&self.address()).finish()
    }
}

/// Tells whether nobody on the way can change what is answered: TLS, or no way at all.
fn is_safe(endpoint: &str) -> bool {
    let local = |host: &str| {
        ["127.0.0.1", "[::1]", "localhost"]
            .iter()
            .any(|own| host.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')))
    };
    // A name and a password in a URL would be shown wherever the URL is.
    !endpoint.contains('@') && (endpoint.starts_with("https://") || endpoint.strip_prefix("http://").is_some_and(local))
}
