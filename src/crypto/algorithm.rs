//! Between algorithm identifiers in files and the schemes this program can verify (RFC 4055, RFC 5754, RFC 5758).

use super::{CryptoError, PssParameters, SignatureScheme};
use crate::asn1::{AlgorithmIdentifier, oid};
use crate::digest::DigestAlgorithm;

/// The parameter of id-shake256-len: INTEGER 512.
const SHAKE256_BITS: [u8; 4] = [0x02, 0x02, 0x02, 0x00];

/// Returns the digest algorithm that an identifier names.
pub fn digest_algorithm(identifier: &AlgorithmIdentifier) -> Result<DigestAlgorithm, CryptoError> {
    if identifier.oid == oid::SHAKE256_LEN && identifier.parameters.as_deref() == Some(&SHAKE256_BITS) {
        return Ok(DigestAlgorithm::Shake256);
    }
    if !identifier.has_no_parameters() {
        return Err(CryptoError::UnsupportedDigest);
    }
    match identifier.oid {
        oid::SHA1 => Ok(DigestAlgorithm::Sha1),
        oid::SHA256 => Ok(DigestAlgorithm::Sha256),
        oid::SHA384 => Ok(DigestAlgorithm::Sha384),
        oid::SHA512 => Ok(DigestAlgorithm::Sha512),
        oid::SHA3_256 => Ok(DigestAlgorithm::Sha3_256),
        oid::SHA3_384 => Ok(DigestAlgorithm::Sha3_384),
        oid::SHA3_512 => Ok(DigestAlgorithm::Sha3_512),
        oid::SHAKE256 => Ok(DigestAlgorithm::Shake256),
        _ => Err(CryptoError::UnsupportedDigest),
    }
}

/// Returns the identifier of a digest algorithm, parameters absent (RFC 5754, 2).
pub fn digest_identifier(digest: DigestAlgorithm) -> AlgorithmIdentifier {
    AlgorithmIdentifier::bare(match digest {
        DigestAlgorithm::Sha1 => oid::SHA1,
        DigestAlgorithm::Sha256 => oid::SHA256,
        DigestAlgorithm::Sha384 => oid::SHA384,
        DigestAlgorithm::Sha512 => oid::SHA512,
        DigestAlgorithm::Sha3_256 => oid::SHA3_256,
        DigestAlgorithm::Sha3_384 => oid::SHA3_384,
        DigestAlgorithm::Sha3_512 => oid::SHA3_512,
        DigestAlgorithm::Shake256 => oid::SHAKE256,
    })
}

/// Returns the scheme that a signature identifier names. `digest` decides where the identifier names none, as
/// `rsaEncryption` in CMS does (RFC 3370, 3.2).
pub fn scheme_of(
    identifier: &AlgorithmIdentifier,
    digest: Option<DigestAlgorithm>,
) -> Result<SignatureScheme, CryptoError> {
    use DigestAlgorithm::{Sha1, Sha3_256, Sha3_384, Sha3_512, Sha256, Sha384, Sha512, Shake256};
    let plain =
        |scheme| if identifier.has_no_parameters() { Ok(scheme) } else { Err(CryptoError::UnsupportedAlgorithm) };
    match identifier.oid {
        oid::RSA_ENCRYPTION => plain(SignatureScheme::RsaPkcs1(digest.ok_or(CryptoError::UnsupportedAlgorithm)?)),
        oid::SHA1_WITH_RSA => plain(SignatureScheme::RsaPkcs1(Sha1)),
        oid::SHA256_WITH_RSA => plain(SignatureScheme::RsaPkcs1(Sha256)),
        oid::SHA384_WITH_RSA => plain(SignatureScheme::RsaPkcs1(Sha384)),
        oid::SHA512_WITH_RSA => plain(SignatureScheme::RsaPkcs1(Sha512)),
        oid::SHA3_256_WITH_RSA => plain(SignatureScheme::RsaPkcs1(Sha3_256)),
        oid::SHA3_384_WITH_RSA => plain(SignatureScheme::RsaPkcs1(Sha3_384)),
        oid::SHA3_512_WITH_RSA => plain(SignatureScheme::RsaPkcs1(Sha3_512)),
        oid::RSASSA_PSS => super::pss::scheme(identifier),
        oid::ECDSA_WITH_SHA1 => plain(SignatureScheme::Ecdsa(Sha1)),
        oid::ECDSA_WITH_SHA256 => plain(SignatureScheme::Ecdsa(Sha256)),
        oid::ECDSA_WITH_SHA384 => plain(SignatureScheme::Ecdsa(Sha384)),
        oid::ECDSA_WITH_SHA512 => plain(SignatureScheme::Ecdsa(Sha512)),
        oid::ECDSA_WITH_SHA3_256 => plain(SignatureScheme::Ecdsa(Sha3_256)),
        oid::ECDSA_WITH_SHA3_384 => plain(SignatureScheme::Ecdsa(Sha3_384)),
        oid::ECDSA_WITH_SHA3_512 => plain(SignatureScheme::Ecdsa(Sha3_512)),
        oid::ECDSA_WITH_SHAKE256 => plain(SignatureScheme::Ecdsa(Shake256)),
        // Some signers write the key's algorithm where the signature's belongs.
        oid::EC_PUBLIC_KEY => Ok(SignatureScheme::Ecdsa(digest.ok_or(CryptoError::UnsupportedAlgorithm)?)),
        oid::ED25519 => plain(SignatureScheme::Ed25519),
        oid::ED448 => plain(SignatureScheme::Ed448),
        oid::DSA_WITH_SHA1 => plain(SignatureScheme::Dsa(Sha1)),
        oid::DSA_WITH_SHA256 => plain(SignatureScheme::Dsa(Sha256)),
        _ => Err(CryptoError::UnsupportedAlgorithm),
    }
}

/// Returns the identifier of a scheme: NULL parameters for RSA PKCS #1 (RFC 4055, 5), none for ECDSA (RFC 5758, 3.2).
pub fn signature_identifier(scheme: SignatureScheme) -> AlgorithmIdentifier {
    use DigestAlgorithm::{Sha1, Sha3_256, Sha3_384, Sha3_512, Sha256, Sha384, Sha512, Shake256};
    match scheme {
        SignatureScheme::RsaPkcs1(digest) => AlgorithmIdentifier::with_null(match digest {
            Sha1 => oid::SHA1_WITH_RSA,
            Sha256 => oid::SHA256_WITH_RSA,
            Sha384 => oid::SHA384_WITH_RSA,
            Sha512 => oid::SHA512_WITH_RSA,
            Sha3_256 => oid::SHA3_256_WITH_RSA,
            Sha3_384 => oid::SHA3_384_WITH_RSA,
            Sha3_512 => oid::SHA3_512_WITH_RSA,
            // There is no identifier for both together; the digest stands elsewhere.
            Shake256 => oid::RSA_ENCRYPTION,
        }),
        SignatureScheme::Ecdsa(digest) => AlgorithmIdentifier::bare(match digest {
            Sha1 => oid::ECDSA_WITH_SHA1,
            Sha256 => oid::ECDSA_WITH_SHA256,
            Sha384 => oid::ECDSA_WITH_SHA384,
            Sha512 => oid::ECDSA_WITH_SHA512,
            Sha3_256 => oid::ECDSA_WITH_SHA3_256,
            Sha3_384 => oid::ECDSA_WITH_SHA3_384,
            Sha3_512 => oid::ECDSA_WITH_SHA3_512,
            Shake256 => oid::ECDSA_WITH_SHAKE256,
        }),
        SignatureScheme::Ed25519 => AlgorithmIdentifier::bare(oid::ED25519),
        SignatureScheme::Ed448 => AlgorithmIdentifier::bare(oid::ED448),
        // Nothing here signs with DSA.
        SignatureScheme::Dsa(Sha1) => AlgorithmIdentifier::bare(oid::DSA_WITH_SHA1),
        SignatureScheme::Dsa(_) => AlgorithmIdentifier::bare(oid::DSA_WITH_SHA256),
        SignatureScheme::RsaPss(digest) => super::pss::identifier(PssParameters::usual(digest)),
        SignatureScheme::RsaPssWith(parameters) => super::pss::identifier(parameters),
    }
}

/// Returns the identifier of a scheme in a CMS SignerInfo. RSA PKCS #1 with SHA-3 is written as `rsaEncryption`, which CMS
/// allows (RFC 3370, 3.2) and readers know who have not heard of the identifiers for SHA-3.
pub fn signer_identifier(scheme: SignatureScheme) -> AlgorithmIdentifier {
    use DigestAlgorithm::{Sha3_256, Sha3_384, Sha3_512};
    match scheme {
        SignatureScheme::RsaPkcs1(Sha3_256 | Sha3_384 | Sha3_512) => {
            AlgorithmIdentifier::with_null(oid::RSA_ENCRYPTION)
        }
        other => signature_identifier(other),
    }
}
