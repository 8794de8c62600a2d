//! The buckets that hold further copies of a city's packages: where they are is in its file, the key is not.

use super::{Failure, files};
use crate::fault::Kind;
use crate::vault::{Bucket, BucketOptions};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// A bucket of an S3-compatible object store. The access key comes from a file of its own, else from the environment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketFile {
    /// The store's URL, `https://…`.
    pub endpoint: String,
    /// The region that requests are signed for.
    #[serde(default = "first_region")]
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// What the objects' names begin with.
    #[serde(default)]
    pub prefix: String,
    /// A file with `aws_access_key_id = …` and `aws_secret_access_key = …`, as the tools of AWS write it; else the variables
    /// of those names.
    pub credentials_file: Option<PathBuf>,
    /// Certificates (PEM or DER) of the authorities that the store's own must come from; else those that browsers believe.
    #[serde(default)]
    pub authorities: Vec<PathBuf>,
    /// How many seconds a connection, and the beginning of an answer, may take.
    #[serde(default = "a_minute")]
    pub timeout_seconds: u16,
}

/// The names that an access key goes by.
const NAMES: [&str; 3] = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"];

impl BucketFile {
    /// Makes the way to the bucket; connects to nothing yet.
    pub fn open(&self, folder: &Path) -> Result<Bucket, Failure> {
        let [key_id, secret, token] = self.credentials(folder)?;
        let (Some(key_id), Some(secret)) = (key_id, secret) else {
            let wanted = "an access key is needed: credentials_file, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
            return Err(Failure::new("bucket-no-key", Kind::Refused, format!("{}: {wanted}", self.bucket)));
        };
        let authorities: Vec<PathBuf> = self.authorities.iter().map(|path| folder.join(path)).collect();
        let authorities = files::certificates(&authorities)?;
        Ok(Bucket::new(&BucketOptions {
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            bucket: self.bucket.clone(),
            prefix: self.prefix.clone(),
            key_id,
            secret,
            token,
            authorities: authorities.iter().map(|certificate| certificate.der().to_vec()).collect(),
            patience: Duration::from_secs(self.timeout_seconds.max(1).into()),
        })?)
    }

    fn credentials(&self, folder: &Path) -> Result<[Option<Zeroizing<String>>; 3], Failure> {
        let Some(path) = &self.credentials_file else { return Ok(NAMES.map(from_environment)) };
        let path = folder.join(path);
        let bytes = Zeroizing::new(files::read(&path)?);
        let unusable = || Failure::new("bucket-no-key", Kind::Refused, format!("{}: not UTF-8 text", path.display()));
        let text = std::str::from_utf8(&bytes).map_err(|_| unusable())?;
        Ok(NAMES.map(|name| in_file(text, name)))
    }
}

/// Returns what stands after a name and `=` in a credentials file.
fn in_file(text: &str, wanted: &str) -> Option<Zeroizing<String>> {
    let lines = text.lines().filter_map(|line| line.split_once('='));
    let mut found = lines.filter(|(name, _)| name.trim() == wanted).map(|(_, value)| value.trim());
    found.next().filter(|value| !value.is_empty()).map(|value| Zeroizing::new(value.to_owned()))
}

#[expect(clippy::disallowed_methods, reason = "a secret from the environment")]
fn from_environment(name: &str) -> Option<Zeroizing<String>> {
    std::env::var(name.to_uppercase()).ok().map(Zeroizing::new)
}

fn first_region() -> String {
    "us-east-1".to_owned()
}

fn a_minute() -> u16 {
    60
}
