//! A certificate (RFC 5280, 4.1): the bytes it was read from, and the facts in them.

use super::encoded::Encoded;
use super::reader::{Tlv, tag};
use super::time::parse_time;
use super::{AlgorithmIdentifier, Asn1Error, Extensions, KeyUsage, Name, limits, pem_blocks};
use crate::digest::{Digest, DigestAlgorithm, Sha256, hex, sha256};
use crate::time::Instant;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A certificate. Cheap to clone; the bytes are never re-encoded.
#[derive(Clone)]
pub struct Certificate {
    inner: Arc<Inner>,
    /// The key completed with inherited parameters, where its own are left out.
    completed_key: Option<Arc<[u8]>>,
}

struct Inner {
    der: Encoded,
    tbs: Range<usize>,
    spki: Range<usize>,
    /// The SHA-256 of the key, once it is asked for.
    key_sha256: OnceLock<Sha256>,
    serial: Vec<u8>,
    issuer: Name,
    subject: Name,
    not_before: Instant,
    not_after: Instant,
    signature_algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    extensions: Extensions,
}

impl Certificate {
    /// Reads one certificate. Bytes after it, an unknown version and inner/outer algorithms that differ are errors.
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        const WHAT: &str = "a certificate";
        let mut outer = Tlv::only(der, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        let tbs = outer.expect(tag::SEQUENCE, WHAT)?;
        let signature_algorithm = AlgorithmIdentifier::from_tlv(outer.next_tlv()?)?;
        let signature = outer.next_tlv()?.signature_octets("a certificate's signature")?.to_vec();
        outer.finish(WHAT)?;

        let mut fields = tbs.contents();
        let version = match fields.optional(tag::context(0))? {
            Some(explicit) => Tlv::only(explicit.value, WHAT)?.unsigned("a certificate's version")?,
            None => 0,
        };
        if version > 2 {
            return Err(Asn1Error::Unexpected("a certificate of version 1 to 3"));
        }
        let serial = fields.expect(tag::INTEGER, "a serial number")?.value.to_vec();
        let inner_algorithm = AlgorithmIdentifier::from_tlv(fields.next_tlv()?)?;
        if inner_algorithm != signature_algorithm {
            return Err(Asn1Error::Unexpected("a certificate with one signature algorithm inside and outside"));
        }
        let issuer = Name::from_der(fields.next_tlv()?.raw)?;
        let mut validity = fields.expect(tag::SEQUENCE, "a validity period")?.contents();
        let (not_before, not_after) = (parse_time(validity.next_tlv()?)?, parse_time(validity.next_tlv()?)?);
        validity.finish("a validity period")?;
        let subject = Name::from_der(fields.next_tlv()?.raw)?;
        let spki = fields.expect(tag::SEQUENCE, "a public key")?;
        let _issuer_unique = fields.optional(tag::context_primitive(1))?;
        let _subject_unique = fields.optional(tag::context_primitive(2))?;
        let extensions = match fields.optional(tag::context(3))? {
            Some(_) if version < 2 => return Err(Asn1Error::Unexpected("a certificate whose version has extensions")),
            Some(explicit) => Extensions::from_sequence(Tlv::only(explicit.value, WHAT)?)?,
            None => Extensions::default(),
        };
        fields.finish(WHAT)?;
        let inner = Inner {
            tbs: span(der, tbs.raw),
            spki: span(der, spki.raw),
            key_sha256: OnceLock::new(),
            der: Encoded::of(der),
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            signature_algorithm,
            signature,
            extensions,
        };
        Ok(Self { inner: Arc::new(inner), completed_key: None })
    }

    /// Reads every certificate of a DER file or a PEM text; blocks of other kinds are skipped.
    /// No certificate at all is an error.
    pub fn from_file_bytes(bytes: &[u8]) -> Result<Vec<Self>, Asn1Error> {
        if bytes.first() == Some(&tag::SEQUENCE) {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        let blocks = pem_blocks(bytes)?;
        let kinds = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];
        let mut all = Vec::new();
        for block in blocks.iter().filter(|block| kinds.contains(&block.label.as_str())) {
            // OpenSSL's trusted certificates carry trust settings behind the certificate.
            all.push(Self::from_der(Tlv::read(&block.der)?.0.raw)?);
        }
        match all.len() {
            0 => Err(Asn1Error::BadPem),
            1..=limits::CERTIFICATES => Ok(all),
            _ => Err(Asn1Error::TooLarge),
        }
    }

    /// Returns the bytes it was read from.
    pub fn der(&self) -> &[u8] {
        &self.inner.der
    }

    /// Returns the signed part, `TBSCertificate`, as it stands in the bytes.
    pub fn tbs_der(&self) -> &[u8] {
        &self.inner.der[self.inner.tbs.clone()]
    }

    /// Returns the `SubjectPublicKeyInfo` as it stands in the bytes, or as [`Self::with_key`] completed it.
    pub fn spki_der(&self) -> &[u8] {
        self.completed_key.as_deref().unwrap_or(&self.inner.der[self.inner.spki.clone()])
    }

    /// Returns the certificate with its `SubjectPublicKeyInfo` completed with the parameters of its issuer's key
    /// (RFC 5280, 6.1.4 (d) to (f)). The bytes stay as they are.
    pub fn with_key(&self, spki_der: Vec<u8>) -> Self {
        Self { inner: Arc::clone(&self.inner), completed_key: Some(spki_der.into()) }
    }

    /// Returns the subject's RFC 4514 string.
    pub fn subject(&self) -> String {
        self.inner.subject.to_string()
    }

    /// Returns the issuer's RFC 4514 string.
    pub fn issuer(&self) -> String {
        self.inner.issuer.to_string()
    }

    /// Returns the subject's name.
    pub fn subject_name(&self) -> &Name {
        &self.inner.subject
    }

    /// Returns the issuer's name.
    pub fn issuer_name(&self) -> &Name {
        &self.inner.issuer
    }

    /// Returns the encoding of the subject's name.
    pub fn subject_der(&self) -> &[u8] {
        self.inner.subject.der()
    }

    /// Returns the encoding of the issuer's name.
    pub fn issuer_der(&self) -> &[u8] {
        self.inner.issuer.der()
    }

    /// Returns the serial number's contents octets, sign octet included.
    pub fn serial(&self) -> &[u8] {
        &self.inner.serial
    }

    /// Returns the serial number in lower-case hexadecimal, as it is encoded.
    pub fn serial_hex(&self) -> String {
        hex(&self.inner.serial)
    }

    /// Returns the first instant of validity.
    pub fn not_before(&self) -> Instant {
        self.inner.not_before
    }

    /// Returns the last instant of validity.
    pub fn not_after(&self) -> Instant {
        self.inner.not_after
    }

    /// Tells whether the instant is within the validity period, both ends included.
    pub fn is_valid_at(&self, at: Instant) -> bool {
        self.inner.not_before <= at && at <= self.inner.not_after
    }

    /// Returns the algorithm of the issuer's signature.
    pub fn signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.inner.signature_algorithm
    }

    /// Returns the issuer's signature value.
    pub fn signature(&self) -> &[u8] {
        &self.inner.signature
    }

    /// Returns the extensions.
    pub fn extensions(&self) -> &Extensions {
        &self.inner.extensions
    }

    /// Returns keyUsage.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.inner.extensions.key_usage
    }

    /// Tells whether basicConstraints make the subject a CA (RFC 5280, 4.2.1.9).
    pub fn is_ca(&self) -> bool {
        self.inner.extensions.basic_constraints.is_some_and(|constraints| constraints.ca)
    }

    /// Tells whether subject and issuer are the same name. Says nothing about the signature.
    pub fn is_self_issued(&self) -> bool {
        self.inner.subject.same_as(&self.inner.issuer)
    }

    /// Returns the digest of the whole certificate.
    pub fn fingerprint(&self, algorithm: DigestAlgorithm) -> Digest {
        match algorithm {
            DigestAlgorithm::Sha256 => Digest { algorithm, bytes: self.sha256().to_vec() },
            _ => algorithm.digest(&self.inner.der),
        }
    }

    /// Returns the SHA-256 of the whole certificate, which is computed once.
    pub fn sha256(&self) -> &Sha256 {
        self.inner.der.sha256()
    }

    /// Returns the SHA-256 of [`Self::spki_der`], which is computed once unless the key was completed.
    pub fn key_sha256(&self) -> Sha256 {
        match &self.completed_key {
            Some(key) => sha256(key),
            None => *self.inner.key_sha256.get_or_init(|| sha256(self.spki_der())),
        }
    }
}

/// Certificates are equal when their bytes are.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner) || self.der() == other.der()
    }
}

impl Eq for Certificate {}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Certificate({}, serial {})", self.subject(), self.serial_hex())
    }
}

/// Returns where a slice of a byte string lies in it. The slice must be one.
fn span(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = part.as_ptr() as usize - whole.as_ptr() as usize;
    start..start + part.len()
}
