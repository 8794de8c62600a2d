//! The policy's TOML file and its checked form.

use super::PathPolicies;
use super::paths::PathTable;
use crate::digest::{DigestAlgorithm, Sha256Hex};
use crate::fault::{Fault, Kind};
use crate::time::{Date, Instant};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Which changes after a signature leave it valid; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AllowedChanges {
    /// None at all.
    None,
    /// The security store and document timestamps (EN 319 142-1, 5.4 and 5.5).
    Lta,
    /// Further signatures too, each in a field of its own; what they show must leave the page's content free.
    Signatures,
    /// Values in form fields too (as DocMDP 2, ISO 32000-2, table 257).
    FormFill,
    /// Annotations too (as DocMDP 3).
    Annotate,
}

/// A validation policy: data, read once, checked on reading.
#[derive(Clone, Debug)]
pub struct ValidationPolicy {
    /// The policy's name.
    pub name: String,
    /// The policy's version.
    pub version: u32,
    /// The SHA-256 of the file it was read from.
    pub sha256: Sha256Hex,
    /// Which changes after a signature leave it valid.
    pub allowed_changes: AllowedChanges,
    /// Whether a certificate without usable revocation data stays undecided.
    pub revocation_required: bool,
    /// How old revocation data without a next update may be, in seconds.
    pub revocation_max_age_seconds: i64,
    /// Which certificate policies the paths of signers must have.
    pub signer_paths: PathPolicies,
    /// Which certificate policies the paths of timestamping authorities must have.
    pub timestamp_paths: PathPolicies,
    text: String,
    digests: BTreeMap<DigestAlgorithm, Option<Instant>>,
    rsa: Vec<(u32, Option<Instant>)>,
    ec: Vec<(u32, Option<Instant>)>,
    dsa: Vec<(u32, Option<Instant>)>,
}

/// What can be wrong with a policy file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The file is not TOML of the expected form.
    #[error("the policy is not readable: {0}")]
    NotReadable(String),
    /// A value makes no sense.
    #[error("the policy's {0} makes no sense")]
    BadValue(&'static str),
}

impl Fault for PolicyError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotReadable(_) => "policy-not-readable",
            Self::BadValue(_) => "policy-bad-value",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}

impl ValidationPolicy {
    /// Reads a policy file.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let file: File = toml::from_str(text).map_err(|error| PolicyError::NotReadable(error.message().to_owned()))?;
        file.check(text)
    }

    /// Returns the policy that is built in.
    pub fn built_in() -> Self {
        match Self::from_toml(include_str!("default.toml")) {
            Ok(policy) => policy,
            // A test reads the embedded file. Should it be broken all the same, nothing is believed.
            Err(_) => Self {
                name: "nothing-believed".to_owned(),
                version: 0,
                sha256: Sha256Hex::of(b""),
                allowed_changes: AllowedChanges::None,
                revocation_required: true,
                revocation_max_age_seconds: 0,
                signer_paths: PathPolicies::none(),
                timestamp_paths: PathPolicies::none(),
                text: String::new(),
                digests: BTreeMap::new(),
                rsa: Vec::new(),
                ec: Vec::new(),
                dsa: Vec::new(),
            },
        }
    }

    /// Returns the file it was read from.
    pub fn as_toml(&self) -> &str {
        &self.text
    }

    /// Returns until when a digest is believed: `None` is open, an instant in the far past is never.
    pub(super) fn digest_until(&self, digest: DigestAlgorithm) -> Option<Instant> {
        self.digests.get(&digest).copied().unwrap_or(Some(Instant::MIN))
    }

    pub(super) fn rsa_steps(&self) -> &[(u32, Option<Instant>)] {
        &self.rsa
    }

    pub(super) fn ec_steps(&self) -> &[(u32, Option<Instant>)] {
        &self.ec
    }

    pub(super) fn dsa_steps(&self) -> &[(u32, Option<Instant>)] {
        &self.dsa
    }
}

impl Default for ValidationPolicy {
    fn default() -> Self {
        Self::built_in()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    version: u32,
    allowed_changes: AllowedChanges,
    revocation: Revocation,
    #[serde(default)]
    signer_paths: PathTable,
    #[serde(default)]
    timestamp_paths: PathTable,
    digests: BTreeMap<String, String>,
    rsa: Vec<Step>,
    ec: Vec<Step>,
    #[serde(default)]
    dsa: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revocation {
    required: bool,
    max_age_hours: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    bits: u32,
    until: String,
}

impl File {
    fn check(self, text: &str) -> Result<ValidationPolicy, PolicyError> {
        let mut digests = BTreeMap::new();
        for (name, limit) in &self.digests {
            let known = DigestAlgorithm::ALL.into_iter().find(|digest| digest.name() == name);
            digests.insert(known.ok_or(PolicyError::BadValue("digest name"))?, until(limit)?);
        }
        Ok(ValidationPolicy {
            name: self.name,
            version: self.version,
            sha256: Sha256Hex::of(text.as_bytes()),
            allowed_changes: self.allowed_changes,
            revocation_required: self.revocation.required,
            revocation_max_age_seconds: i64::from(self.revocation.max_age_hours) * 3600,
            signer_paths: self.signer_paths.check()?,
            timestamp_paths: self.timestamp_paths.check()?,
            text: text.to_owned(),
            digests,
            rsa: steps(&self.rsa)?,
            ec: steps(&self.ec)?,
            dsa: steps(&self.dsa)?,
        })
    }
}

fn steps(steps: &[Step]) -> Result<Vec<(u32, Option<Instant>)>, PolicyError> {
    let read = steps.iter().map(|step| Ok((step.bits, until(&step.until)?))).collect::<Result<Vec<_>, _>>()?;
    let ascending = read.windows(2).all(|pair| pair[0].0 < pair[1].0);
    if ascending { Ok(read) } else { Err(PolicyError::BadValue("order of key sizes")) }
}

fn until(text: &str) -> Result<Option<Instant>, PolicyError> {
    match text {
        "open" => Ok(None),
        "never" => Ok(Some(Instant::MIN)),
        _ => {
            let date: Date = text.parse().map_err(|_| PolicyError::BadValue("date"))?;
            let start = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| PolicyError::BadValue("date"))?;
            Ok(Some(start.timestamp()))
        }
    }
}
