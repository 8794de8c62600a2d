//! The object identifiers this program knows, each with the standard that assigns it.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

/// The longest encoding taken, in bytes. The longest in common use, a UUID below 2.25, takes 20.
const LIMIT_BYTES: usize = 63;

/// An object identifier (X.660), kept as its contents octets (X.690, 8.19). Arcs may have up to 128 bits, as those
/// below 2.25 do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Oid {
    length: u8,
    octets: [u8; LIMIT_BYTES],
}

/// A text or encoding that is no object identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an object identifier such as 1.2.840.113549")]
pub struct BadOid;

impl Oid {
    /// Reads contents octets: complete arcs of minimal form, none beyond 128 bits.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadOid> {
        let ends = bytes.last().is_some_and(|last| last & 0x80 == 0);
        if !ends || bytes.len() > LIMIT_BYTES || arcs(bytes).any(|arc| arc.is_none()) {
            return Err(BadOid);
        }
        let mut octets = [0; LIMIT_BYTES];
        octets[..bytes.len()].copy_from_slice(bytes);
        Ok(Self { length: bytes.len() as u8, octets })
    }

    /// Reads dotted text.
    pub const fn new(text: &str) -> Result<Self, BadOid> {
        let text = text.as_bytes();
        let mut oid = Self { length: 0, octets: [0; LIMIT_BYTES] };
        let (mut at, mut index, mut root) = (0, 0, 0);
        while at < text.len() {
            let (arc, next) = match digits(text, at) {
                Some(found) => found,
                None => return Err(BadOid),
            };
            if index == 0 {
                root = arc;
            } else {
                let shown = if index > 1 {
                    Some(arc)
                } else if root < 2 && arc < 40 || root == 2 {
                    arc.checked_add(root * 40)
                } else {
                    None
                };
                oid = match shown {
                    Some(value) => match oid.with(value) {
                        Some(longer) => longer,
                        None => return Err(BadOid),
                    },
                    None => return Err(BadOid),
                };
            }
            index += 1;
            at = next;
        }
        let complete = index >= 2 && !text.is_empty() && text[text.len() - 1] != b'.';
        if complete { Ok(oid) } else { Err(BadOid) }
    }

    /// Reads dotted text that stands in the program itself.
    ///
    /// # Panics
    /// Where the text is no object identifier: for constants only, where that is an error of compilation.
    #[expect(clippy::panic, reason = "evaluated when compiling")]
    pub const fn new_unwrap(text: &str) -> Self {
        match Self::new(text) {
            Ok(oid) => oid,
            Err(_) => panic!("not an object identifier"),
        }
    }

    /// Returns the contents octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets[..usize::from(self.length)]
    }

    const fn with(mut self, arc: u128) -> Option<Self> {
        let mut groups = 1;
        while groups < 19 && arc >> (7 * groups) != 0 {
            groups += 1;
        }
        while groups > 0 {
            groups -= 1;
            if self.length as usize >= LIMIT_BYTES {
                return None;
            }
            let more = if groups > 0 { 0x80 } else { 0 };
            self.octets[self.length as usize] = (arc >> (7 * groups)) as u8 & 0x7f | more;
            self.length += 1;
        }
        Some(self)
    }
}

/// The octets behind the last arc are the same in all.
impl Hash for Oid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl FromStr for Oid {
    type Err = BadOid;

    fn from_str(text: &str) -> Result<Self, BadOid> {
        Self::new(text)
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, arc) in arcs(self.as_bytes()).flatten().enumerate() {
            match index {
                0 => {
                    let root = (arc / 40).min(2);
                    write!(f, "{root}.{}", arc - root * 40)?;
                }
                _ => write!(f, ".{arc}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

/// Reads a decimal number at a position; returns it and where the next begins.
const fn digits(text: &[u8], mut at: usize) -> Option<(u128, usize)> {
    let start = at;
    let mut number: u128 = 0;
    while at < text.len() && text[at] != b'.' {
        if !text[at].is_ascii_digit() || (at > start && text[start] == b'0') {
            return None;
        }
        number = match number.checked_mul(10) {
            Some(tens) => match tens.checked_add((text[at] - b'0') as u128) {
                Some(sum) => sum,
                None => return None,
            },
            None => return None,
        };
        at += 1;
    }
    if at == start { None } else { Some((number, at + 1)) }
}

/// Reads arcs, the first two joined in one; `None` for one that is not of minimal form or too large.
fn arcs(octets: &[u8]) -> impl Iterator<Item = Option<u128>> {
    octets.split_inclusive(|octet| octet & 0x80 == 0).map(|group| {
        let minimal = group.first() != Some(&0x80);
        let fits = group.len() < 19 || group.len() == 19 && group[0] & 0x7c == 0;
        let number = group.iter().fold(0u128, |sum, octet| sum << 7 | u128::from(octet & 0x7f));
        (minimal && fits).then_some(number)
    })
}

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        pub const $name: Oid = Oid::new_unwrap($text);
    )*};
}

oids! {
    /// rsaEncryption (RFC 8017).
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
    /// sha1WithRSAEncryption (RFC 8017).
    SHA1_WITH_RSA = "1.2.840.113549.1.1.5";
    /// id-dsa (RFC 3279, 2.3.2).
    DSA = "1.2.840.10040.4.1";
    /// id-dsa-with-sha1 (RFC 3279, 2.2.2).
    DSA_WITH_SHA1 = "1.2.840.10040.4.3";
    /// id-dsa-with-sha256 (RFC 5758, 3.1).
    DSA_WITH_SHA256 = "2.16.840.1.101.3.4.3.2";
    /// id-mgf1 (RFC 8017).
    MGF1 = "1.2.840.113549.1.1.8";
    /// id-RSASSA-PSS (RFC 8017).
    RSASSA_PSS = "1.2.840.113549.1.1.10";
    /// sha256WithRSAEncryption (RFC 8017).
    SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
    /// sha384WithRSAEncryption (RFC 8017).
    SHA384_WITH_RSA = "1.2.840.113549.1.1.12";
    /// sha512WithRSAEncryption (RFC 8017).
    SHA512_WITH_RSA = "1.2.840.113549.1.1.13";
    /// id-ecPublicKey (RFC 5480).
    EC_PUBLIC_KEY = "1.2.840.10045.2.1";
    /// ecdsa-with-SHA1 (RFC 3279).
    ECDSA_WITH_SHA1 = "1.2.840.10045.4.1";
    /// ecdsa-with-SHA256 (RFC 5758).
    ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    /// ecdsa-with-SHA384 (RFC 5758).
    ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3";
    /// ecdsa-with-SHA512 (RFC 5758).
    ECDSA_WITH_SHA512 = "1.2.840.10045.4.3.4";
    /// secp256r1 (RFC 5480).
    P256 = "1.2.840.10045.3.1.7";
    /// secp384r1 (RFC 5480).
    P384 = "1.3.132.0.34";
    /// secp521r1 (RFC 5480).
    P521 = "1.3.132.0.35";
    /// brainpoolP256r1 (RFC 5639).
    BRAINPOOL_P256R1 = "1.3.36.3.3.2.8.1.1.7";
    /// brainpoolP256t1 (RFC 5639).
    BRAINPOOL_P256T1 = "1.3.36.3.3.2.8.1.1.8";
    /// brainpoolP384r1 (RFC 5639).
    BRAINPOOL_P384R1 = "1.3.36.3.3.2.8.1.1.11";
    /// brainpoolP384t1 (RFC 5639).
    BRAINPOOL_P384T1 = "1.3.36.3.3.2.8.1.1.12";
    /// brainpoolP512r1 (RFC 5639).
    BRAINPOOL_P512R1 = "1.3.36.3.3.2.8.1.1.13";
    /// brainpoolP512t1 (RFC 5639).
    BRAINPOOL_P512T1 = "1.3.36.3.3.2.8.1.1.14";
    /// id-Ed25519 (RFC 8410).
    ED25519 = "1.3.101.112";
    /// id-Ed448 (RFC 8410).
    ED448 = "1.3.101.113";
    /// id-sha1 (RFC 8017).
    SHA1 = "1.3.14.3.2.26";
    /// id-sha256 (RFC 5754).
    SHA256 = "2.16.840.1.101.3.4.2.1";
    /// id-sha384 (RFC 5754).
    SHA384 = "2.16.840.1.101.3.4.2.2";
    /// id-sha512 (RFC 5754).
    SHA512 = "2.16.840.1.101.3.4.2.3";

    /// id-sha3-256 (FIPS 202; RFC 8702 names its family).
    SHA3_256 = "2.16.840.1.101.3.4.2.8";
    /// id-sha3-384.
    SHA3_384 = "2.16.840.1.101.3.4.2.9";
    /// id-sha3-512.
    SHA3_512 = "2.16.840.1.101.3.4.2.10";
    /// id-shake256, with 512 bits of output (RFC 8702).
    SHAKE256 = "2.16.840.1.101.3.4.2.12";
    /// id-shake256-len, its length as a parameter (RFC 8419, 2.3).
    SHAKE256_LEN = "2.16.840.1.101.3.4.2.18";
    /// id-ecdsa-with-sha3-256 (NIST CSOR).
    ECDSA_WITH_SHA3_256 = "2.16.840.1.101.3.4.3.10";
    /// id-ecdsa-with-sha3-384.
    ECDSA_WITH_SHA3_384 = "2.16.840.1.101.3.4.3.11";
    /// id-ecdsa-with-sha3-512.
    ECDSA_WITH_SHA3_512 = "2.16.840.1.101.3.4.3.12";
    /// id-ecdsa-with-shake256 (RFC 8692).
    ECDSA_WITH_SHAKE256 = "1.3.6.1.5.5.7.6.33";
    /// id-rsassa-pkcs1-v1-5-with-sha3-256 (NIST CSOR).
    SHA3_256_WITH_RSA = "2.16.840.1.101.3.4.3.14";
    /// id-rsassa-pkcs1-v1-5-with-sha3-384.
    SHA3_384_WITH_RSA = "2.16.840.1.101.3.4.3.15";
    /// id-rsassa-pkcs1-v1-5-with-sha3-512.
    SHA3_512_WITH_RSA = "2.16.840.1.101.3.4.3.16";

    /// id-data (RFC 5652, 4).
    DATA = "1.2.840.113549.1.7.1";
    /// id-signedData (RFC 5652, 5.1).
    SIGNED_DATA = "1.2.840.113549.1.7.2";
    /// id-encryptedData (RFC 5652, 8).
    ENCRYPTED_DATA = "1.2.840.113549.1.7.6";
    /// id-contentType (RFC 5652, 11.1).
    CONTENT_TYPE = "1.2.840.113549.1.9.3";
    /// id-messageDigest (RFC 5652, 11.2).
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
    /// id-signingTime (RFC 5652, 11.3).
    SIGNING_TIME = "1.2.840.113549.1.9.5";
    /// id-aa-CMSAlgorithmProtection (RFC 6211).
    ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52";
    /// extensionRequest (RFC 2985, 5.4.2).
    EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
    /// id-aa-signingCertificate (RFC 2634, 5.4).
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
    /// id-aa-timeStampToken (RFC 3161, appendix A).
    TIME_STAMP_TOKEN = "1.2.840.113549.1.9.16.2.14";
    /// id-aa-signingCertificateV2 (RFC 5035, 3).
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
    /// signature-policy-identifier (EN 319 122-1, 5.2.9).
    SIGNATURE_POLICY_IDENTIFIER = "1.2.840.113549.1.9.16.2.15";
    /// signer-attributes-v2 (EN 319 122-1, 5.2.6).
    SIGNER_ATTRIBUTES_V2 = "0.4.0.19122.1.1";
    /// id-ct-TSTInfo (RFC 3161, 2.4.2).
    TST_INFO = "1.2.840.113549.1.9.16.1.4";

    /// id-ce-subjectKeyIdentifier (RFC 5280, 4.2.1.2).
    SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
    /// id-ce-keyUsage (RFC 5280, 4.2.1.3).
    KEY_USAGE = "2.5.29.15";
    /// id-ce-subjectAltName (RFC 5280, 4.2.1.6).
    SUBJECT_ALT_NAME = "2.5.29.17";
    /// id-ce-basicConstraints (RFC 5280, 4.2.1.9).
    BASIC_CONSTRAINTS = "2.5.29.19";
    /// id-ce-cRLNumber (RFC 5280, 5.2.3).
    CRL_NUMBER = "2.5.29.20";
    /// id-ce-cRLReasons (RFC 5280, 5.3.1).
    CRL_REASON = "2.5.29.21";
    /// id-ce-invalidityDate (RFC 5280, 5.3.2).
    INVALIDITY_DATE = "2.5.29.24";
    /// id-ce-deltaCRLIndicator (RFC 5280, 5.2.4).
    DELTA_CRL_INDICATOR = "2.5.29.27";
    /// id-ce-issuingDistributionPoint (RFC 5280, 5.2.5).
    ISSUING_DISTRIBUTION_POINT = "2.5.29.28";
    /// id-ce-certificateIssuer (RFC 5280, 5.3.3).
    CERTIFICATE_ISSUER = "2.5.29.29";
    /// id-ce-nameConstraints (RFC 5280, 4.2.1.10).
    NAME_CONSTRAINTS = "2.5.29.30";
    /// id-ce-cRLDistributionPoints (RFC 5280, 4.2.1.13).
    CRL_DISTRIBUTION_POINTS = "2.5.29.31";
    /// id-ce-certificatePolicies (RFC 5280, 4.2.1.4).
    CERTIFICATE_POLICIES = "2.5.29.32";
    /// id-ce-policyMappings (RFC 5280, 4.2.1.5).
    POLICY_MAPPINGS = "2.5.29.33";
    /// id-ce-authorityKeyIdentifier (RFC 5280, 4.2.1.1).
    AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
    /// id-ce-policyConstraints (RFC 5280, 4.2.1.11).
    POLICY_CONSTRAINTS = "2.5.29.36";
    /// id-ce-extKeyUsage (RFC 5280, 4.2.1.12).
    EXTENDED_KEY_USAGE = "2.5.29.37";
    /// id-ce-inhibitAnyPolicy (RFC 5280, 4.2.1.14).
    INHIBIT_ANY_POLICY = "2.5.29.54";
    /// anyPolicy (RFC 5280, 4.2.1.4).
    ANY_POLICY = "2.5.29.32.0";
    /// id-qt-cps (RFC 5280, 4.2.1.4).
    QT_CPS = "1.3.6.1.5.5.7.2.1";
    /// id-qt-unotice (RFC 5280, 4.2.1.4).
    QT_USER_NOTICE = "1.3.6.1.5.5.7.2.2";
    /// id-on-SmtpUTF8Mailbox (RFC 9598, 3).
    ON_SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9";
    /// id-ce-freshestCRL (RFC 5280, 4.2.1.15 and 5.2.6).
    FRESHEST_CRL = "2.5.29.46";
    /// id-ce-expiredCertsOnCRL (X.509, 9.5.2.8).
    EXPIRED_CERTS_ON_CRL = "2.5.29.60";
    /// id-pe-authorityInfoAccess (RFC 5280, 4.2.2.1).
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";
    /// id-pe-qcStatements (RFC 3739, 3.2.6).
    QC_STATEMENTS = "1.3.6.1.5.5.7.1.3";
    /// id-ad-ocsp (RFC 5280, 4.2.2.1).
    AD_OCSP = "1.3.6.1.5.5.7.48.1";
    /// id-ad-caIssuers (RFC 5280, 4.2.2.1).
    AD_CA_ISSUERS = "1.3.6.1.5.5.7.48.2";
    /// id-pkix-ocsp-basic (RFC 6960, 4.2.1).
    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1";
    /// id-pkix-ocsp-nonce (RFC 6960, 4.4.1).
    OCSP_NONCE = "1.3.6.1.5.5.7.48.1.2";
    /// id-pkix-ocsp-archive-cutoff (RFC 6960, 4.4.4).
    OCSP_ARCHIVE_CUTOFF = "1.3.6.1.5.5.7.48.1.6";
    /// id-pkix-ocsp-nocheck (RFC 6960, 4.2.2.2.1).
    OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5";
    /// id-aa-ets-revocationValues (RFC 5126, 6.3.4).
    REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24";
    /// id-ri-ocsp-response (RFC 5940, 2).
    RI_OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2";
    /// anyExtendedKeyUsage (RFC 5280, 4.2.1.12).
    ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";
    /// id-kp-emailProtection (RFC 5280, 4.2.1.12).
    KP_EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    /// id-kp-timeStamping (RFC 5280, 4.2.1.12).
    KP_TIME_STAMPING = "1.3.6.1.5.5.7.3.8";
    /// id-kp-OCSPSigning (RFC 5280, 4.2.1.12).
    KP_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
    /// id-kp-documentSigning (RFC 9336).
    KP_DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36";
    /// Document signing by Microsoft's arc, common in certificates for PDF signatures.
    MS_DOCUMENT_SIGNING = "1.3.6.1.4.1.311.10.3.12";
    /// Authentic documents by Adobe's arc.
    ADOBE_AUTHENTIC_DOCUMENTS = "1.2.840.113583.1.1.5";

    /// id-at-commonName (X.520).
    COMMON_NAME = "2.5.4.3";
    /// id-at-serialNumber (X.520).
    SERIAL_NUMBER = "2.5.4.5";
    /// id-at-countryName (X.520).
    COUNTRY = "2.5.4.6";
    /// id-at-localityName (X.520).
    LOCALITY = "2.5.4.7";
    /// id-at-stateOrProvinceName (X.520).
    STATE = "2.5.4.8";
    /// id-at-streetAddress (X.520).
    STREET = "2.5.4.9";
    /// id-at-organizationName (X.520).
    ORGANIZATION = "2.5.4.10";
    /// id-at-organizationalUnitName (X.520).
    ORGANIZATIONAL_UNIT = "2.5.4.11";
    /// id-at-title (X.520).
    TITLE = "2.5.4.12";
    /// id-emailAddress (PKCS #9).
    EMAIL_ADDRESS = "1.2.840.113549.1.9.1";
    /// domainComponent (RFC 4519).
    DOMAIN_COMPONENT = "0.9.2342.19200300.100.1.25";
    /// userId (RFC 4519).
    USER_ID = "0.9.2342.19200300.100.1.1";
}
