//! PKCS#12 files (RFC 7292): the integrity check tells a wrong passphrase, the bags hold one key and certificates.

use super::file::{OpenedKey, decrypted_key, encrypted_parts};
use super::pbe::{self, Derived, MAX_ITERATIONS};
use super::{KeyError, Passphrase, SoftwareSigner};
use crate::asn1::reader::{Reader, Tlv, tag};
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Certificate, Oid, normalise, oid};
use crate::crypto::digest_algorithm;
use crate::digest::DigestAlgorithm;
use ring::hmac;
use zeroize::Zeroizing;

/// keyBag (RFC 7292, 4.2.1).
const KEY_BAG: Oid = Oid::new_unwrap("1.2.840.113549.1.12.10.1.1");
/// pkcs8ShroudedKeyBag (RFC 7292, 4.2.2).
const SHROUDED_KEY_BAG: Oid = Oid::new_unwrap("1.2.840.113549.1.12.10.1.2");
/// certBag (RFC 7292, 4.2.3).
const CERTIFICATE_BAG: Oid = Oid::new_unwrap("1.2.840.113549.1.12.10.1.3");
/// x509Certificate (RFC 7292, 4.2.3).
const X509_CERTIFICATE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.22.1");

/// Tells whether bytes look like PFX: version 3, then a ContentInfo.
pub(super) fn is_pkcs12(bytes: &[u8]) -> bool {
    let read = || {
        let der = normalise(bytes)?.der;
        let mut fields = Tlv::only(&der, "PFX")?.contents();
        let version = fields.next_tlv()?.unsigned("PFX")?;
        let content = fields.expect(tag::SEQUENCE, "PFX")?.contents().next_tlv()?.tag;
        // In PKCS#8 the second field is an AlgorithmIdentifier too, but its version is 0 or 1.
        Ok::<_, Asn1Error>(version == 3 && content == tag::OID)
    };
    read().unwrap_or(false)
}

/// Opens a file. A file without integrity check is refused: nothing would tell a wrong passphrase from a changed file.
pub(super) fn open(bytes: &[u8], passphrase: &Passphrase) -> Result<OpenedKey, KeyError> {
    let der = Zeroizing::new(normalise(bytes).map_err(unreadable)?.der);
    let (safe, mac) = split(&der).map_err(unreadable)?;
    check_mac(mac.ok_or(KeyError::UnsupportedEncryption)?, safe, passphrase)?;
    let safe = Zeroizing::new(normalise(safe).map_err(unreadable)?.der);
    let mut found = Found::default();
    let mut contents = Tlv::only(&safe, "AuthenticatedSafe").map_err(unreadable)?.contents();
    while !contents.is_empty() {
        let bags = open_safe(contents.next_tlv().map_err(unreadable)?, passphrase)?;
        let bags = Zeroizing::new(normalise(&bags).map_err(unreadable)?.der);
        found.read_bags(&bags, passphrase)?;
    }
    match found.keys.len() {
        0 => Err(KeyError::UnknownFormat),
        1 => Ok(OpenedKey::new(found.keys.remove(0), found.certificates, true)),
        _ => Err(KeyError::SeveralKeys),
    }
}

#[derive(Default)]
struct Found {
    keys: Vec<SoftwareSigner>,
    certificates: Vec<Certificate>,
}

impl Found {
    fn read_bags(&mut self, bags: &[u8], passphrase: &Passphrase) -> Result<(), KeyError> {
        let mut fields = Tlv::only(bags, "SafeContents").map_err(unreadable)?.contents();
        while !fields.is_empty() {
            let bag = fields.expect(tag::SEQUENCE, "SafeBag").map_err(unreadable)?;
            let (kind, value) = bag_parts(bag).map_err(unreadable)?;
            match kind {
                KEY_BAG => self.keys.push(SoftwareSigner::from_pkcs8(value)?),
                SHROUDED_KEY_BAG => {
                    let (algorithm, ciphertext) = encrypted_parts(value).map_err(unreadable)?;
                    self.keys.push(decrypted_key(algorithm, ciphertext, passphrase)?);
                }
                CERTIFICATE_BAG => self.certificates.extend(certificate(value)?),
                // CRLs, secrets and nested bags are of no use here.
                _ => {}
            }
        }
        Ok(())
    }
}

/// Splits PFX into the octets of its AuthenticatedSafe and its MacData.
fn split(der: &[u8]) -> Result<(&[u8], Option<Tlv<'_>>), Asn1Error> {
    const WHAT: &str = "PFX";
    let mut fields = Tlv::only(der, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
    fields.expect(tag::INTEGER, WHAT)?;
    let mut info = fields.expect(tag::SEQUENCE, WHAT)?.contents();
    if info.next_tlv()?.oid(WHAT)? != oid::DATA {
        return Err(Asn1Error::Unexpected("PFX protected by a passphrase"));
    }
    let explicit = info.expect(tag::context(0), WHAT)?;
    let safe = Tlv::only(explicit.value, WHAT)?.expect(tag::OCTET_STRING, WHAT)?.value;
    Ok((safe, fields.optional(tag::SEQUENCE)?))
}

/// Checks MacData (RFC 7292, 5.1).
fn check_mac(mac: Tlv<'_>, safe: &[u8], passphrase: &Passphrase) -> Result<(), KeyError> {
    const WHAT: &str = "MacData";
    let read = || {
        let mut fields = mac.contents();
        let mut info = fields.expect(tag::SEQUENCE, WHAT)?.contents();
        let algorithm = AlgorithmIdentifier::from_tlv(info.next_tlv()?)?;
        let expected = info.expect(tag::OCTET_STRING, WHAT)?.value;
        let salt = fields.expect(tag::OCTET_STRING, WHAT)?.value;
        let iterations = fields.optional(tag::INTEGER)?.map_or(Ok(1), |number| number.unsigned(WHAT))?;
        Ok::<_, Asn1Error>((algorithm, expected, salt, iterations))
    };
    let (algorithm, expected, salt, iterations) = read().map_err(unreadable)?;
    let digest = digest_algorithm(&algorithm).map_err(|_| KeyError::UnsupportedEncryption)?;
    if iterations > MAX_ITERATIONS {
        return Err(KeyError::UnsupportedEncryption);
    }
    let hmac_algorithm = match digest {
        DigestAlgorithm::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        DigestAlgorithm::Sha256 => hmac::HMAC_SHA256,
        DigestAlgorithm::Sha384 => hmac::HMAC_SHA384,
        DigestAlgorithm::Sha512 => hmac::HMAC_SHA512,
        _ => return Err(KeyError::UnsupportedEncryption),
    };
    let key = pbe::derive(digest, passphrase, salt, iterations, Derived::Mac, digest.length_bytes());
    hmac::verify(&hmac::Key::new(hmac_algorithm, &key), safe, expected).map_err(|_| KeyError::WrongPassphrase)
}

/// Returns the SafeContents of one ContentInfo, decrypted where encrypted.
fn open_safe(info: Tlv<'_>, passphrase: &Passphrase) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    const WHAT: &str = "a ContentInfo of PFX";
    let mut fields = info.contents();
    let kind = fields.next_tlv().and_then(|tlv| tlv.oid(WHAT)).map_err(unreadable)?;
    let explicit = fields.expect(tag::context(0), WHAT).map_err(unreadable)?.value;
    let content = Tlv::only(explicit, WHAT).map_err(unreadable)?;
    match kind {
        oid::DATA => {
            let octets = content.expect(tag::OCTET_STRING, WHAT).map_err(unreadable)?;
            Ok(Zeroizing::new(octets.value.to_vec()))
        }
        oid::ENCRYPTED_DATA => {
            let (algorithm, ciphertext) = encrypted_content(content).map_err(unreadable)?;
            pbe::decrypt(&algorithm, &ciphertext, passphrase)
        }
        _ => Err(KeyError::UnsupportedEncryption),
    }
}

/// Reads EncryptedData (RFC 5652, 8) into algorithm and ciphertext.
fn encrypted_content(content: Tlv<'_>) -> Result<(Vec<u8>, Vec<u8>), Asn1Error> {
    const WHAT: &str = "EncryptedData";
    let mut fields = content.expect(tag::SEQUENCE, WHAT)?.contents();
    fields.expect(tag::INTEGER, WHAT)?;
    let mut info = fields.expect(tag::SEQUENCE, WHAT)?.contents();
    info.expect(tag::OID, WHAT)?;
    let algorithm = info.expect(tag::SEQUENCE, WHAT)?.raw.to_vec();
    let octets = info.next_tlv()?;
    if octets.tag == tag::context_primitive(0) {
        return Ok((algorithm, octets.value.to_vec()));
    }
    // [0] IMPLICIT in pieces, as BER writers make it.
    let mut pieces = Reader::new(octets.expect(tag::context(0), WHAT)?.value);
    let mut ciphertext = Vec::new();
    while !pieces.is_empty() {
        ciphertext.extend_from_slice(pieces.expect(tag::OCTET_STRING, WHAT)?.value);
    }
    Ok((algorithm, ciphertext))
}

fn bag_parts(bag: Tlv<'_>) -> Result<(Oid, &[u8]), Asn1Error> {
    let mut fields = bag.contents();
    let kind = fields.next_tlv()?.oid("SafeBag")?;
    Ok((kind, fields.expect(tag::context(0), "SafeBag")?.value))
}

fn certificate(value: &[u8]) -> Result<Option<Certificate>, KeyError> {
    const WHAT: &str = "CertBag";
    let mut fields = Tlv::only(value, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
    if fields.next_tlv()?.oid(WHAT)? != X509_CERTIFICATE {
        return Ok(None);
    }
    let explicit = fields.expect(tag::context(0), WHAT)?;
    let octets = Tlv::only(explicit.value, WHAT)?.expect(tag::OCTET_STRING, WHAT)?;
    Ok(Some(Certificate::from_der(octets.value)?))
}

fn unreadable(_: Asn1Error) -> KeyError {
    KeyError::UnknownFormat
}
