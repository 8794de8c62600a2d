//! Digest algorithms and digests (FIPS 180-4, FIPS 202).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A digest algorithm. SHA-1 is read and judged, never made for new signatures (N13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DigestAlgorithm {
    /// SHA-1, 160 bits.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA3-256.
    #[serde(rename = "sha3-256")]
    Sha3_256,
    /// SHA3-384.
    #[serde(rename = "sha3-384")]
    Sha3_384,
    /// SHA3-512.
    #[serde(rename = "sha3-512")]
    Sha3_512,
    /// SHAKE256 with 512 bits of output (RFC 8702, 3.1), which goes with Ed448.
    Shake256,
}

impl DigestAlgorithm {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Sha1,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Sha3_256,
        Self::Sha3_384,
        Self::Sha3_512,
        Self::Shake256,
    ];

    /// Digests a byte string.
    pub fn digest(self, bytes: &[u8]) -> Digest {
        let mut hasher = Hasher::new(self);
        hasher.update(bytes);
        hasher.finish()
    }

    /// Returns the digest's length in bytes.
    pub fn length_bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 | Self::Sha3_256 => 32,
            Self::Sha384 | Self::Sha3_384 => 48,
            Self::Sha512 | Self::Sha3_512 | Self::Shake256 => 64,
        }
    }

    /// Returns the name as reports show it, for example `SHA-256`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Sha3_256 => "SHA3-256",
            Self::Sha3_384 => "SHA3-384",
            Self::Sha3_512 => "SHA3-512",
            Self::Shake256 => "SHAKE256",
        }
    }
}

/// A SHA-256 digest: what certificates, lists and the like are known by.
pub type Sha256 = [u8; 32];

/// Digests a byte string by SHA-256.
pub fn sha256(bytes: &[u8]) -> Sha256 {
    let mut digest = Sha256::default();
    digest.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    digest
}

/// Digests a byte string piece by piece.
#[derive(Clone)]
pub struct Hasher {
    algorithm: DigestAlgorithm,
    state: State,
}

/// `ring` digests by the processor's own instructions; it has no SHA-3.
#[derive(Clone)]
enum State {
    Ring(ring::digest::Context),
    Sha3_256(sha3::Sha3_256),
    Sha3_384(sha3::Sha3_384),
    Sha3_512(sha3::Sha3_512),
    Shake256(sha3::Shake256),
}

impl Hasher {
    /// Starts an empty digest.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        use ring::digest as ring;
        let of_ring = |algorithm| State::Ring(ring::Context::new(algorithm));
        let state = match algorithm {
            DigestAlgorithm::Sha1 => of_ring(&ring::SHA1_FOR_LEGACY_USE_ONLY),
            DigestAlgorithm::Sha256 => of_ring(&ring::SHA256),
            DigestAlgorithm::Sha384 => of_ring(&ring::SHA384),
            DigestAlgorithm::Sha512 => of_ring(&ring::SHA512),
            DigestAlgorithm::Sha3_256 => State::Sha3_256(sha3::Digest::new()),
            DigestAlgorithm::Sha3_384 => State::Sha3_384(sha3::Digest::new()),
            DigestAlgorithm::Sha3_512 => State::Sha3_512(sha3::Digest::new()),
            DigestAlgorithm::Shake256 => State::Shake256(sha3::Shake256::default()),
        };
        Self { algorithm, state }
    }

    /// Returns the algorithm.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        use sha3::Digest as _;
        match &mut self.state {
            State::Ring(context) => context.update(bytes),
            State::Sha3_256(state) => state.update(bytes),
            State::Sha3_384(state) => state.update(bytes),
            State::Sha3_512(state) => state.update(bytes),
            State::Shake256(state) => sha3::digest::Update::update(state, bytes),
        }
    }

    /// Returns the digest of everything added.
    pub fn finish(self) -> Digest {
        use sha3::Digest as _;
        let bytes = match self.state {
            State::Ring(context) => context.finish().as_ref().to_vec(),
            State::Sha3_256(state) => state.finalize().to_vec(),
            State::Sha3_384(state) => state.finalize().to_vec(),
            State::Sha3_512(state) => state.finalize().to_vec(),
            State::Shake256(state) => {
                let mut bytes = vec![0; self.algorithm.length_bytes()];
                sha3::digest::ExtendableOutput::finalize_xof_into(state, &mut bytes);
                bytes
            }
        };
        Digest { algorithm: self.algorithm, bytes }
    }
}

/// A digest with the algorithm that made it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    /// The algorithm.
    pub algorithm: DigestAlgorithm,
    /// The value, [`DigestAlgorithm::length_bytes`] long when made here; any length when read from a file.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm.name(), hex(&self.bytes))
    }
}

/// SHA-256 of a byte string, written as 64 lower-case hexadecimal digits: how files are named in reports and ledgers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Sha256Hex(String);

impl Sha256Hex {
    /// Digests a byte string.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_bytes(&sha256(bytes))
    }

    /// Writes a digest.
    pub fn from_bytes(digest: &Sha256) -> Self {
        Self(hex(digest))
    }

    /// Writes a SHA-256 digest made elsewhere.
    pub fn from_digest(digest: &Digest) -> Self {
        debug_assert_eq!(digest.algorithm, DigestAlgorithm::Sha256);
        Self(hex(&digest.bytes))
    }

    /// Reads 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 64 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns the digest that it writes.
    pub fn to_digest(&self) -> Digest {
        Digest { algorithm: DigestAlgorithm::Sha256, bytes: const_hex::decode(&self.0).unwrap_or_default() }
    }

    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Sha256Hex> for String {
    fn from(digits: Sha256Hex) -> String {
        digits.0
    }
}

impl TryFrom<String> for Sha256Hex {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a SHA-256 digest is 64 lower-case hexadecimal digits")
    }
}

impl fmt::Display for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Sha256Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const_hex::encode(bytes)
}

/// Reads hexadecimal digits, of either case.
pub fn unhex(digits: &str) -> Option<Vec<u8>> {
    // The crate passes over a prefix that is none here.
    if digits.starts_with("0x") { None } else { const_hex::decode(digits).ok() }
}
