//! RSASSA-PSS with any parameters (RFC 8017, 8.1; RFC 4055, 3.1), and keys that are made for it alone.

use super::{CryptoError, SignatureScheme, digest_algorithm, digest_identifier};
use crate::asn1::reader::{Tlv, tag};
use crate::asn1::{AlgorithmIdentifier, Asn1Error, oid, writer};
use crate::digest::{Digest, DigestAlgorithm};
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPublicKey};

/// The parameters of RSASSA-PSS; the trailer is always that of RFC 8017.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PssParameters {
    /// The digest of the message.
    pub digest: DigestAlgorithm,
    /// The digest of the mask generation function MGF1.
    pub mask: DigestAlgorithm,
    /// The length of the salt, in bytes.
    pub salt_bytes: u16,
}

impl PssParameters {
    /// Returns the usual ones: MGF1 over the same digest and a salt as long as it.
    pub fn usual(digest: DigestAlgorithm) -> Self {
        Self { digest, mask: digest, salt_bytes: u16::try_from(digest.length_bytes()).unwrap_or(u16::MAX) }
    }

    /// Reads them; what is left out has its default, SHA-1 and 20 bytes.
    fn read(parameters: Option<&[u8]>) -> Result<Self, Asn1Error> {
        const WHAT: &str = "RSASSA-PSS parameters";
        let mut all = Self { digest: DigestAlgorithm::Sha1, mask: DigestAlgorithm::Sha1, salt_bytes: 20 };
        let Some(parameters) = parameters else { return Ok(all) };
        let digest = |tlv: Tlv<'_>| {
            let identifier = AlgorithmIdentifier::from_tlv(tlv)?;
            digest_algorithm(&identifier).map_err(|_| Asn1Error::Unexpected("a known digest"))
        };
        let mut fields = Tlv::only(parameters, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        if let Some(explicit) = fields.optional(tag::context(0))? {
            all.digest = digest(Tlv::only(explicit.value, WHAT)?)?;
        }
        if let Some(explicit) = fields.optional(tag::context(1))? {
            let mask = AlgorithmIdentifier::from_tlv(Tlv::only(explicit.value, WHAT)?)?;
            let inner = mask.parameters.as_deref().filter(|_| mask.oid == oid::MGF1);
            all.mask = digest(Tlv::only(inner.ok_or(Asn1Error::Unexpected(WHAT))?, WHAT)?)?;
        }
        if let Some(explicit) = fields.optional(tag::context(2))? {
            let salt = Tlv::only(explicit.value, WHAT)?.unsigned(WHAT)?;
            all.salt_bytes = u16::try_from(salt).map_err(|_| Asn1Error::TooLarge)?;
        }
        if let Some(explicit) = fields.optional(tag::context(3))?
            && Tlv::only(explicit.value, WHAT)?.unsigned(WHAT)? != 1
        {
            return Err(Asn1Error::Unexpected(WHAT));
        }
        fields.finish(WHAT)?;
        Ok(all)
    }
}

/// Returns the scheme that an identifier names. Parameters must be there (RFC 4055, 3.1).
pub(super) fn scheme(identifier: &AlgorithmIdentifier) -> Result<SignatureScheme, CryptoError> {
    let parameters = identifier.parameters.as_deref().ok_or(CryptoError::UnsupportedAlgorithm)?;
    let read = PssParameters::read(Some(parameters)).map_err(|_| CryptoError::UnsupportedAlgorithm)?;
    let is_usual = read == PssParameters::usual(read.digest);
    Ok(if is_usual { SignatureScheme::RsaPss(read.digest) } else { SignatureScheme::RsaPssWith(read) })
}

/// Returns the identifier of parameters.
pub(super) fn identifier(parameters: PssParameters) -> AlgorithmIdentifier {
    let hash = |digest| AlgorithmIdentifier::with_null(digest_identifier(digest).oid).to_der();
    let mask = writer::sequence(&[writer::oid(&oid::MGF1), hash(parameters.mask)]);
    let salt = writer::integer(u64::from(parameters.salt_bytes));
    let fields =
        [writer::context(0, &[hash(parameters.digest)]), writer::context(1, &[mask]), writer::context(2, &[salt])];
    AlgorithmIdentifier { oid: oid::RSASSA_PSS, parameters: Some(writer::sequence(&fields)) }
}

/// Tells whether a key may be used with a scheme: one that is made for RSASSA-PSS is used for nothing else, and where it
/// names parameters, with these digests and a salt no shorter (RFC 4055, 1.2 and 3.3).
pub(super) fn permits(key: &AlgorithmIdentifier, scheme: SignatureScheme) -> bool {
    if key.oid != oid::RSASSA_PSS {
        return true;
    }
    let used = match scheme {
        SignatureScheme::RsaPss(digest) => PssParameters::usual(digest),
        SignatureScheme::RsaPssWith(parameters) => parameters,
        _ => return false,
    };
    let Some(parameters) = key.parameters.as_deref() else { return true };
    PssParameters::read(Some(parameters)).is_ok_and(|allowed| {
        used.digest == allowed.digest && used.mask == allowed.mask && used.salt_bytes >= allowed.salt_bytes
    })
}

/// Verifies a signature: RSAVP1, then EMSA-PSS-VERIFY with its numbered steps (RFC 8017, 8.1.2 and 9.1.2).
///
/// # Errors
/// [`CryptoError::BadSignature`].
pub(super) fn verify(
    key: &RsaPublicKey,
    parameters: PssParameters,
    message_digest: &Digest,
    signature: &[u8],
) -> Result<(), CryptoError> {
    let bad = || CryptoError::BadSignature;
    let value = BigUint::from_bytes_be(signature);
    if signature.len() != key.size() || value >= *key.n() {
        return Err(bad());
    }
    let opened = rsa::hazmat::rsa_encrypt(key, &value).map_err(|_| bad())?.to_bytes_be();
    let bits = key.n().bits() - 1;
    let (length, digest_length, salt_length) =
        (bits.div_ceil(8), parameters.digest.length_bytes(), usize::from(parameters.salt_bytes));
    // Step 3, and the leading zeros that a number does not have.
    let padding = length.checked_sub(digest_length + salt_length + 2).ok_or_else(bad)?;
    let mut encoded = vec![0; length.checked_sub(opened.len()).ok_or_else(bad)?];
    encoded.extend_from_slice(&opened);
    // Steps 4 to 6.
    if encoded.pop() != Some(0xbc) {
        return Err(bad());
    }
    let (masked, digest) = encoded.split_at(length - digest_length - 1);
    let unused = 8 * length - bits;
    let first = masked.first().copied().unwrap_or_default();
    if unused > 0 && first >> (8 - unused) != 0 {
        return Err(bad());
    }
    // Steps 7 to 9.
    let mask = mask(parameters.mask, digest, masked.len());
    let mut data: Vec<u8> = masked.iter().zip(mask).map(|(one, other)| one ^ other).collect();
    if let Some(first) = data.first_mut() {
        *first &= 0xff >> unused;
    }
    // Step 10.
    let (zeros, rest) = data.split_at(padding);
    let Some((1, salt)) = rest.split_first() else { return Err(bad()) };
    if zeros.iter().any(|byte| *byte != 0) {
        return Err(bad());
    }
    // Steps 12 to 14.
    let whole = [&[0; 8], message_digest.bytes.as_slice(), salt].concat();
    if parameters.digest.digest(&whole).bytes == digest { Ok(()) } else { Err(bad()) }
}

/// MGF1 (RFC 8017, B.2.1).
fn mask(digest: DigestAlgorithm, seed: &[u8], length: usize) -> Vec<u8> {
    let block = |counter: u32| digest.digest(&[seed, &counter.to_be_bytes()].concat()).bytes;
    (0..).flat_map(block).take(length).collect()
}
