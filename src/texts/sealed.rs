//! How text and what is made of it lie in a database: packed, and encrypted under a key that lies elsewhere.
//!
//! AES-256-GCM (NIST SP 800-38D) with a nonce that is made of the key, the place and the bytes themselves, as in RFC 8452:
//! the same bytes at the same place are the same again, and nothing else is told. So no randomness is needed, and a row that
//! is written anew keeps no nonce of another.

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use std::io::{Read, Write};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret of 32 bytes. Never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SealingKey([u8; 32]);

impl SealingKey {
    /// Takes a secret.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// Makes the key for a purpose: who has it learns nothing of this one (HMAC-SHA-256 as a function that looks random).
    #[must_use]
    pub fn derive(&self, purpose: &[u8]) -> Self {
        let mut derived = [0; 32];
        derived.copy_from_slice(self.tag(purpose).as_ref());
        Self(derived)
    }

    /// Returns the bytes, for what else is made of them.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns what shows, without telling the key, that it is the same as before.
    pub fn check(&self) -> [u8; 16] {
        let (tag, mut check) = (self.tag(b"check"), [0; 16]);
        check.copy_from_slice(tag.as_ref().get(..16).unwrap_or(&[0; 16]));
        check
    }

    fn tag(&self, purpose: &[u8]) -> hmac::Tag {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), purpose)
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(secret)")
    }
}

/// What cannot be sealed, or was not sealed under this key for this place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("what was sealed cannot be opened")]
pub struct SealError;

/// A key made ready, for many rows.
pub struct Sealer {
    key: LessSafeKey,
    nonces: hmac::Key,
}

impl Sealer {
    /// Makes a key ready.
    pub fn new(key: &SealingKey) -> Result<Self, SealError> {
        let (bytes, nonces) = (key.derive(b"encrypt"), key.derive(b"nonce"));
        let unbound = UnboundKey::new(&AES_256_GCM, &bytes.0).map_err(|_| SealError)?;
        Ok(Self { key: LessSafeKey::new(unbound), nonces: hmac::Key::new(hmac::HMAC_SHA256, &nonces.0) })
    }

    /// Encrypts bytes for a place: nonce, then ciphertext with its tag, 28 bytes more than there were.
    pub fn seal(&self, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut tagged = hmac::Context::with_key(&self.nonces);
        tagged.update(&(place.len() as u64).to_le_bytes());
        tagged.update(place);
        tagged.update(plain);
        let (tag, mut nonce) = (tagged.sign(), [0; NONCE_LEN]);
        nonce.copy_from_slice(tag.as_ref().get(..NONCE_LEN).ok_or(SealError)?);
        let mut sealed = plain.to_vec();
        let nonce_used = Nonce::assume_unique_for_key(nonce);
        self.key.seal_in_place_append_tag(nonce_used, Aad::from(place), &mut sealed).map_err(|_| SealError)?;
        sealed.splice(..0, nonce);
        Ok(sealed)
    }

    /// Decrypts what [`Self::seal`] made for the same place.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(SealError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError)?;
        let mut bytes = rest.to_vec();
        let length = self.key.open_in_place(nonce, Aad::from(place), &mut bytes).map_err(|_| SealError)?.len();
        bytes.truncate(length);
        Ok(bytes)
    }
}

/// Packs a text (DEFLATE, RFC 1951).
pub fn pack(text: &str) -> Result<Vec<u8>, SealError> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()).map_err(|_| SealError)
}

/// Unpacks a text of so many bytes at most.
pub fn unpack(packed: &[u8], limit_bytes: usize) -> Result<String, SealError> {
    let mut text = String::new();
    let limit = u64::try_from(limit_bytes).unwrap_or(u64::MAX);
    DeflateDecoder::new(packed).take(limit.saturating_add(1)).read_to_string(&mut text).map_err(|_| SealError)?;
    if text.len() > limit_bytes { Err(SealError) } else { Ok(text) }
}
