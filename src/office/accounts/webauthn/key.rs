//! Public keys as COSE writes them (RFC 9052, RFC 9053), of the algorithms that are asked for, and their signatures.

use super::Mistrust;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::Decoder;
use minicbor::data::Type;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};

/// The algorithms that are asked for, in the order of preference: EdDSA, ES256, RS256.
pub const ALGORITHMS: [i64; 3] = [EDDSA, ES256, RS256];

const EDDSA: i64 = -8;
const ES256: i64 = -7;
const RS256: i64 = -257;
/// Key types and curves of the registry of COSE.
const OKP: i64 = 1;
const EC2: i64 = 2;
const RSA: i64 = 3;
const P256: i64 = 1;
const CURVE25519: i64 = 6;
/// Members that a key may have.
const MOST_MEMBERS: u64 = 8;

/// The public key of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PublicKey {
    /// Ed25519: the point, in Base64 for URLs.
    Ed25519(String),
    /// ECDSA over P-256 with SHA-256: the uncompressed point.
    P256(String),
    /// RSASSA-PKCS1-v1_5 with SHA-256: modulus and exponent.
    Rsa(String, String),
}

impl PublicKey {
    /// Reads a key to its end, and holds it to be one that can verify.
    pub fn read(bytes: &[u8]) -> Result<Self, Mistrust> {
        let members = Members::read(bytes)?;
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match (members.number(1), members.number(3)) {
            (Some(OKP), Some(EDDSA)) if members.number(-1) == Some(CURVE25519) => {
                let point = members.bytes(-2).filter(|point| point.len() == 32);
                Ok(Self::Ed25519(text(point.ok_or(Mistrust::Algorithm)?)))
            }
            (Some(EC2), Some(ES256)) if members.number(-1) == Some(P256) => {
                let (Some(x), Some(y)) = (members.bytes(-2), members.bytes(-3)) else {
                    return Err(Mistrust::Algorithm);
                };
                if x.len() != 32 || y.len() != 32 {
                    return Err(Mistrust::Algorithm);
                }
                Ok(Self::P256(text(&[&[4], x, y].concat())))
            }
            (Some(RSA), Some(RS256)) => {
                let (Some(n), Some(e)) = (members.bytes(-1), members.bytes(-2)) else {
                    return Err(Mistrust::Algorithm);
                };
                // 2048 to 8192 bits, which is what is verified.
                let is_long = (256..=1024).contains(&n.len()) && n.first().is_some_and(|first| *first >= 0x80);
                let is_odd = !e.is_empty() && e.len() <= 4 && e.last().is_some_and(|last| last & 1 == 1);
                if is_long && is_odd { Ok(Self::Rsa(text(n), text(e))) } else { Err(Mistrust::Algorithm) }
            }
            _ => Err(Mistrust::Algorithm),
        }
    }

    /// Verifies a signature.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Mistrust> {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| Mistrust::Unreadable);
        let done = match self {
            Self::Ed25519(point) => UnparsedPublicKey::new(&ED25519, bytes(point)?).verify(message, signature),
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, bytes(point)?).verify(message, signature)
            }
            Self::Rsa(n, e) => RsaPublicKeyComponents { n: bytes(n)?, e: bytes(e)? }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
        };
        done.map_err(|_| Mistrust::Signature)
    }
}

/// The members of a key that are numbers or bytes.
struct Members<'a> {
    numbers: Vec<(i64, i64)>,
    bytes: Vec<(i64, &'a [u8])>,
}

impl<'a> Members<'a> {
    fn read(input: &'a [u8]) -> Result<Self, Mistrust> {
        let mut decoder = Decoder::new(input);
        let members = decoder.map().ok().flatten().filter(|members| *members <= MOST_MEMBERS);
        let (mut numbers, mut bytes) = (Vec::new(), Vec::new());
        for _ in 0..members.ok_or(Mistrust::Unreadable)? {
            let label = decoder.i64().map_err(|_| Mistrust::Unreadable)?;
            match decoder.datatype().map_err(|_| Mistrust::Unreadable)? {
                Type::Bytes => bytes.push((label, decoder.bytes().map_err(|_| Mistrust::Unreadable)?)),
                _ => numbers.push((label, decoder.i64().map_err(|_| Mistrust::Unreadable)?)),
            }
        }
        let mut labels: Vec<i64> =
            numbers.iter().map(|(label, _)| *label).chain(bytes.iter().map(|(label, _)| *label)).collect();
        labels.sort_unstable();
        // A label twice could be read one way here and another elsewhere.
        let is_twice = labels.windows(2).any(|two| two.first() == two.last());
        if is_twice || decoder.position() != input.len() {
            Err(Mistrust::Unreadable)
        } else {
            Ok(Self { numbers, bytes })
        }
    }

    fn number(&self, label: i64) -> Option<i64> {
        self.numbers.iter().find(|(known, _)| *known == label).map(|(_, value)| *value)
    }

    fn bytes(&self, label: i64) -> Option<&'a [u8]> {
        self.bytes.iter().find(|(known, _)| *known == label).map(|(_, value)| *value)
    }
}
