//! Web Authentication, level 2: what a browser and an authenticator answer, verified; nothing is kept here.
//!
//! Attestation is not asked for (`none`): who made an authenticator is nobody's business here, and what it says of itself is not
//! looked at.

mod data;
mod key;

pub use key::{ALGORITHMS, PublicKey};

use crate::fault::{Fault, Kind};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use data::{AuthenticatorData, attested};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use subtle::ConstantTimeEq;

/// The longest credential identifier, in bytes (7.1, step 18 of the errata).
const LONGEST_ID_BYTES: usize = 1023;

/// The service as authenticators know it: its origin, and the name that its credentials are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    origin: String,
    id: String,
}

/// An address that credentials cannot be for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "public_url is https://NAME or https://NAME:PORT, without a path (http:// for localhost alone); \"{0}\" is not"
)]
pub struct BadPublicUrl(String);

impl Fault for BadPublicUrl {
    fn code(&self) -> &'static str {
        "account-bad-public-url"
    }

    fn kind(&self) -> Kind {
        Kind::Usage
    }
}

impl RelyingParty {
    /// Takes the address under which browsers reach the service. Credentials are for the whole name and no other.
    pub fn new(public_url: &str) -> Result<Self, BadPublicUrl> {
        let bad = || BadPublicUrl(public_url.to_owned());
        let origin = public_url.strip_suffix('/').unwrap_or(public_url);
        let (scheme, host) = origin.split_once("://").ok_or_else(bad)?;
        let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
        let is_name = !name.is_empty()
            && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'.' | b'-'))
            && name
                .rsplit('.')
                .next()
                .is_some_and(|last| !last.is_empty() && !last.bytes().all(|c| c.is_ascii_digit()));
        let is_secure = scheme == "https" || (scheme == "http" && name == "localhost");
        // Browsers leave out the port that a scheme has anyway, and so must the origin that is compared.
        let is_port = match (scheme, port) {
            (_, None) => true,
            ("https", Some("443")) | ("http", Some("80")) => false,
            (_, Some(port)) => !port.starts_with('0') && port.parse::<u16>().is_ok(),
        };
        if is_name && is_secure && is_port {
            Ok(Self { origin: origin.to_owned(), id: name.to_owned() })
        } else {
            Err(bad())
        }
    }

    /// Returns the name that credentials are for.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

/// What an answer has to fit.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The service.
    pub party: &'a RelyingParty,
    /// The bytes that were asked over, once.
    pub challenge: &'a [u8],
    /// Whether the authenticator must have verified the person, by a PIN or a finger.
    pub verified: bool,
}

/// A browser's answer to the wish for a new credential, its members in Base64 for URLs.
#[derive(Debug, Deserialize)]
pub struct NewCredential {
    #[serde(rename = "clientData")]
    client_data: String,
    attestation: String,
}

/// A browser's answer to the wish for a proof.
#[derive(Debug, Deserialize)]
pub struct Assertion {
    id: String,
    #[serde(rename = "clientData")]
    client_data: String,
    authenticator: String,
    signature: String,
    #[serde(default)]
    user: String,
}

/// A credential that was made.
#[derive(Debug)]
pub struct Registered {
    /// Its identifier, in Base64 for URLs.
    pub id: String,
    /// Its public key.
    pub key: PublicKey,
    /// The signature counter; zero where the authenticator keeps none.
    pub count: u32,
}

/// Why an answer is not believed. For the log; people are told that it did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistrust {
    /// It cannot be read.
    #[error("the answer cannot be read")]
    Unreadable,
    /// It is of the other kind: made where a proof was asked for, or the reverse.
    #[error("the answer is of another ceremony")]
    Ceremony,
    /// It is an answer to something else.
    #[error("the answer is over another challenge")]
    Challenge,
    /// It was given to a page of another service.
    #[error("the answer was given to another origin")]
    Origin,
    /// It is for another service's credentials.
    #[error("the answer is for another relying party")]
    Party,
    /// Nobody was there.
    #[error("the authenticator says that nobody was present")]
    Absent,
    /// The person was not verified, and had to be.
    #[error("the authenticator did not verify the person")]
    Unverified,
    /// The key is of an algorithm that was not asked for, or too weak.
    #[error("the key is of no algorithm that was asked for")]
    Algorithm,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
}

/// Verifies the making of a credential (7.1).
pub fn register(answer: &NewCredential, expected: Expected<'_>) -> Result<Registered, Mistrust> {
    check_client(&decoded(&answer.client_data)?, "webauthn.create", expected)?;
    let object = decoded(&answer.attestation)?;
    let data = AuthenticatorData::read(attested(&object)?)?;
    check_flags(&data, expected)?;
    let credential = data.credential.ok_or(Mistrust::Unreadable)?;
    if credential.id.is_empty() || credential.id.len() > LONGEST_ID_BYTES {
        return Err(Mistrust::Unreadable);
    }
    let key = PublicKey::read(credential.key)?;
    Ok(Registered { id: URL_SAFE_NO_PAD.encode(credential.id), key, count: data.count })
}

impl Assertion {
    /// Returns the identifier of the credential that is said to have signed.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns whose credential the authenticator says it is; empty where it does not say.
    pub fn user(&self) -> Vec<u8> {
        decoded(&self.user).unwrap_or_default()
    }

    /// Verifies a proof with a credential's key (7.2). Returns the counter as it stands now.
    pub fn verify(&self, key: &PublicKey, expected: Expected<'_>) -> Result<u32, Mistrust> {
        let client = decoded(&self.client_data)?;
        check_client(&client, "webauthn.get", expected)?;
        let bytes = decoded(&self.authenticator)?;
        let data = AuthenticatorData::read(&bytes)?;
        check_flags(&data, expected)?;
        let mut signed = bytes.clone();
        signed.extend(digest(&SHA256, &client).as_ref());
        key.verify(&signed, &decoded(&self.signature)?)?;
        Ok(data.count)
    }
}

/// What the browser says that it did.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    ceremony: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

fn check_client(bytes: &[u8], ceremony: &str, expected: Expected<'_>) -> Result<(), Mistrust> {
    let client: ClientData = serde_json::from_slice(bytes).map_err(|_| Mistrust::Unreadable)?;
    if client.ceremony != ceremony {
        return Err(Mistrust::Ceremony);
    }
    let challenge = decoded(&client.challenge)?;
    if challenge.is_empty() || !bool::from(challenge.ct_eq(expected.challenge)) {
        return Err(Mistrust::Challenge);
    }
    // Nobody frames our pages; who says that they are framed is not ours.
    if client.origin != expected.party.origin || client.cross_origin {
        return Err(Mistrust::Origin);
    }
    Ok(())
}

fn check_flags(data: &AuthenticatorData<'_>, expected: Expected<'_>) -> Result<(), Mistrust> {
    if data.party != digest(&SHA256, expected.party.id.as_bytes()).as_ref() {
        return Err(Mistrust::Party);
    }
    if !data.is_present {
        return Err(Mistrust::Absent);
    }
    if expected.verified && !data.is_verified { Err(Mistrust::Unverified) } else { Ok(()) }
}

fn decoded(text: &str) -> Result<Vec<u8>, Mistrust> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Mistrust::Unreadable)
}
