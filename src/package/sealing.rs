//! Encryption of a bag under a key of its own, and the wrapping of that key (age-encryption.org/v1, X25519).

use super::PackageError;
use age::secrecy::ExposeSecret;
use ring::hmac;
use std::io::Read;
use std::str::FromStr;
use zeroize::Zeroizing;

/// The private key of one package or of the vault: an age X25519 identity. Never printed by `Debug`.
#[derive(Clone)]
pub struct PackageIdentity(age::x25519::Identity);

impl PackageIdentity {
    /// Makes a new identity. The age library takes its randomness from the operating system itself.
    pub fn generate() -> Self {
        Self(age::x25519::Identity::generate())
    }

    /// Reads `AGE-SECRET-KEY-1…`; blank lines and lines that begin with `#` are passed over, as `age-keygen` writes them.
    pub fn parse(text: &str) -> Result<Self, PackageError> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        match (lines.next(), lines.next()) {
            (Some(line), None) => age::x25519::Identity::from_str(line).map(Self).map_err(|_| PackageError::BadKey),
            _ => Err(PackageError::BadKey),
        }
    }

    /// Returns the text form that [`PackageIdentity::parse`] and the `age` tool read, with a line end. Secret.
    pub fn to_text(&self) -> Zeroizing<String> {
        let secret = self.0.to_string();
        Zeroizing::new(format!("{}\n", secret.expose_secret()))
    }

    /// Returns the public recipient, `age1…`.
    pub fn recipient(&self) -> String {
        self.0.to_public().to_string()
    }

    /// Returns the public half.
    pub(super) fn public(&self) -> age::x25519::Recipient {
        self.0.to_public()
    }

    /// Returns what opens a stream.
    pub(super) fn as_identity(&self) -> &dyn age::Identity {
        &self.0
    }
}

impl std::fmt::Debug for PackageIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PackageIdentity(secret)")
    }
}

/// Makes a secret for a purpose of an identity: whoever has it learns nothing of the identity, nor of other purposes.
pub fn derived_secret(identity: &PackageIdentity, purpose: &[u8]) -> Zeroizing<[u8; TAG_BYTES]> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, identity.to_text().as_bytes());
    let (tag, mut secret) = (hmac::sign(&key, purpose), Zeroizing::new([0; TAG_BYTES]));
    secret.copy_from_slice(tag.as_ref());
    secret
}

/// Encrypts bytes to an identity's recipient; every call gives other bytes.
pub fn seal(plain: &[u8], identity: &PackageIdentity) -> Result<Vec<u8>, PackageError> {
    age::encrypt(&identity.0.to_public(), plain).map_err(|error| PackageError::NotMade(error.to_string()))
}

/// Decrypts what [`seal`] made; at most `limit_bytes` of plain bytes.
pub fn open(sealed: &[u8], identity: &PackageIdentity, limit_bytes: u64) -> Result<Vec<u8>, PackageError> {
    let undecryptable = |error: &dyn std::fmt::Display| PackageError::NotDecryptable(error.to_string());
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(|error| undecryptable(&error))?;
    let reader =
        decryptor.decrypt(std::iter::once(&identity.0 as &dyn age::Identity)).map_err(|error| match error {
            age::DecryptError::NoMatchingKeys => PackageError::WrongKey,
            other => undecryptable(&other),
        })?;
    let mut plain = Vec::with_capacity(sealed.len());
    reader.take(limit_bytes.saturating_add(1)).read_to_end(&mut plain).map_err(|error| undecryptable(&error))?;
    if u64::try_from(plain.len()).unwrap_or(u64::MAX) > limit_bytes {
        return Err(PackageError::TooLarge { limit: limit_bytes, unit: "bytes" });
    }
    Ok(plain)
}

/// Encrypts bytes to an identity's recipient with a proof that only who holds the master identity can make: to encrypt alone
/// the recipient is enough, which is no secret.
pub fn seal_proven(
    plain: &[u8],
    identity: &PackageIdentity,
    master: &PackageIdentity,
) -> Result<Vec<u8>, PackageError> {
    let tag = hmac::sign(&proving_key(master), plain);
    seal(&[tag.as_ref(), plain].concat(), identity)
}

/// Decrypts what [`seal_proven`] made; without the proof it is refused.
pub fn open_proven(
    sealed: &[u8],
    identity: &PackageIdentity,
    master: &PackageIdentity,
    limit_bytes: u64,
) -> Result<Vec<u8>, PackageError> {
    let mut tagged = open(sealed, identity, limit_bytes)?;
    let forged = || PackageError::NotDecryptable("the holder of the master key did not write it".to_owned());
    let (tag, plain) = tagged.split_at_checked(TAG_BYTES).ok_or_else(forged)?;
    hmac::verify(&proving_key(master), plain, tag).map_err(|_| forged())?;
    tagged.drain(..TAG_BYTES);
    Ok(tagged)
}

/// The length of an HMAC with SHA-256.
const TAG_BYTES: usize = 32;

fn proving_key(master: &PackageIdentity) -> hmac::Key {
    let secret = hmac::Key::new(hmac::HMAC_SHA256, master.to_text().as_bytes());
    hmac::Key::new(
        hmac::HMAC_SHA256,
        hmac::sign(&secret, b"fumikura: written by the holder of the master key").as_ref(),
    )
}

/// Wraps a package's identity for the vault's master identity.
pub fn wrap_identity(identity: &PackageIdentity, master: &PackageIdentity) -> Result<Vec<u8>, PackageError> {
    seal(identity.to_text().as_bytes(), master)
}

/// Unwraps a package's identity with the vault's master identity.
pub fn unwrap_identity(wrapped: &[u8], master: &PackageIdentity) -> Result<PackageIdentity, PackageError> {
    const LONGEST_BYTES: u64 = 1024;
    let text = Zeroizing::new(open(wrapped, master, LONGEST_BYTES)?);
    PackageIdentity::parse(std::str::from_utf8(&text).map_err(|_| PackageError::BadKey)?)
}
