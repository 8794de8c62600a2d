//! OCSP responses (RFC 6960, 4.2) as facts over their raw bytes, and requests (4.1).

use super::crl::RevocationReason;
use super::encoded::Encoded;
use super::extensions::{Extension, read_all};
use super::reader::{Tlv, tag};
use super::{AlgorithmIdentifier, Asn1Error, Certificate, Name, limits, oid, parse_time, pem_blocks, writer};
use crate::digest::Sha256;
use crate::time::Instant;
use std::ops::Range;
use std::sync::Arc;

/// The most single responses in one answer: responders answer for a handful.
const SINGLES: usize = 1_000;

/// A basic OCSP response, as it came in an `OCSPResponse`.
#[derive(Clone)]
pub struct OcspResponse(Arc<Inner>);

struct Inner {
    der: Encoded,
    tbs: Range<usize>,
    responder: ResponderId,
    produced_at: Instant,
    singles: Vec<SingleResponse>,
    extensions: Vec<Extension>,
    signature_algorithm: AlgorithmIdentifier,
    signature: Vec<u8>,
    certificates: Vec<Certificate>,
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponderId {
    /// By name.
    Name(Name),
    /// By the SHA-1 digest of the key.
    KeyHash(Vec<u8>),
}

/// Which certificate a statement is about (4.1.1, CertID).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertId {
    /// The digest algorithm of both digests.
    pub algorithm: AlgorithmIdentifier,
    /// The digest of the issuer's name.
    pub name_hash: Vec<u8>,
    /// The digest of the issuer's key.
    pub key_hash: Vec<u8>,
    /// The serial number's contents octets.
    pub serial: Vec<u8>,
}

/// What is said of one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OcspStatus {
    /// Not revoked.
    Good,
    /// Revoked then, for this reason where it says so.
    Revoked(Instant, Option<RevocationReason>),
    /// The responder knows nothing of it.
    Unknown,
}

/// One statement.
#[derive(Clone, Debug)]
pub struct SingleResponse {
    /// About whom.
    pub of: CertId,
    /// What.
    pub status: OcspStatus,
    /// When this was known to be so.
    pub this_update: Instant,
    /// By when there will be newer word, where it says so.
    pub next_update: Option<Instant>,
    /// The statement's own extensions.
    pub extensions: Vec<Extension>,
}

impl OcspResponse {
    /// Returns what tells this response from every other one that lives; its clones have the same.
    pub fn identity(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    /// Reads an `OCSPResponse` in DER. One that holds no answer, but an error of the responder, is refused.
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        const WHAT: &str = "an OCSP response";
        let mut outer = Tlv::only(der, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        if outer.expect(tag::ENUMERATED, WHAT)?.value != [0] {
            return Err(Asn1Error::Unexpected("a successful OCSP response"));
        }
        let explicit = outer.expect(tag::context(0), WHAT)?;
        outer.finish(WHAT)?;
        let mut bytes = Tlv::only(explicit.value, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        if bytes.next_tlv()?.oid(WHAT)? != oid::OCSP_BASIC {
            return Err(Asn1Error::Unexpected("a basic OCSP response"));
        }
        let basic = bytes.expect(tag::OCTET_STRING, WHAT)?;
        bytes.finish(WHAT)?;
        let mut fields = Tlv::only(basic.value, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        let tbs = fields.expect(tag::SEQUENCE, WHAT)?;
        let signature_algorithm = AlgorithmIdentifier::from_tlv(fields.next_tlv()?)?;
        let signature = fields.next_tlv()?.bit_octets("an OCSP response's signature")?.to_vec();
        let certificates = match fields.optional(tag::context(0))? {
            Some(explicit) => read_certificates(explicit)?,
            None => Vec::new(),
        };
        fields.finish(WHAT)?;
        let start = tbs.raw.as_ptr() as usize - der.as_ptr() as usize;
        let (responder, produced_at, singles, extensions) = read_data(tbs)?;
        Ok(Self(Arc::new(Inner {
            der: Encoded::of(der),
            tbs: start..start + tbs.raw.len(),
            responder,
            produced_at,
            singles,
            extensions,
            signature_algorithm,
            signature,
            certificates,
        })))
    }

    /// Reads a DER file, or every `OCSP RESPONSE` of a PEM text.
    pub fn from_file_bytes(bytes: &[u8]) -> Result<Vec<Self>, Asn1Error> {
        if bytes.first() == Some(&tag::SEQUENCE) {
            return Ok(vec![Self::from_der(bytes)?]);
        }
        let blocks = pem_blocks(bytes)?;
        let found =
            blocks.iter().filter(|block| block.label == "OCSP RESPONSE").map(|block| Self::from_der(&block.der));
        let all = found.collect::<Result<Vec<_>, _>>()?;
        if all.is_empty() { Err(Asn1Error::BadPem) } else { Ok(all) }
    }

    /// Returns the bytes it was read from.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// Returns their SHA-256, which is computed once.
    pub fn sha256(&self) -> &Sha256 {
        self.0.der.sha256()
    }

    /// Returns the signed part, `ResponseData`, as it stands in the bytes.
    pub fn tbs_der(&self) -> &[u8] {
        &self.0.der[self.0.tbs.clone()]
    }

    /// Returns who says that he signed.
    pub fn responder(&self) -> &ResponderId {
        &self.0.responder
    }

    /// Returns when the response was signed.
    pub fn produced_at(&self) -> Instant {
        self.0.produced_at
    }

    /// Returns the statements.
    pub fn singles(&self) -> &[SingleResponse] {
        &self.0.singles
    }

    /// Returns the nonce that the response repeats (RFC 9654, 2.1), where it does.
    pub fn nonce(&self) -> Option<Vec<u8>> {
        let found = self.0.extensions.iter().find(|extension| extension.oid == oid::OCSP_NONCE)?;
        let octets = Tlv::only(&found.value, "a nonce").and_then(|tlv| tlv.expect(tag::OCTET_STRING, "a nonce"));
        // Some responders leave out the inner OCTET STRING.
        Some(octets.map_or_else(|_| found.value.clone(), |octets| octets.value.to_vec()))
    }

    /// Returns the response's own extensions.
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// Returns the algorithm of the signature.
    pub fn signature_algorithm(&self) -> &AlgorithmIdentifier {
        &self.0.signature_algorithm
    }

    /// Returns the signature value.
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// Returns the certificates that came with it.
    pub fn certificates(&self) -> &[Certificate] {
        &self.0.certificates
    }
}

impl PartialEq for OcspResponse {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.der() == other.der()
    }
}

impl Eq for OcspResponse {}

impl std::fmt::Debug for OcspResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OcspResponse({}, {} statements)", self.0.produced_at, self.0.singles.len())
    }
}

impl CertId {
    /// Writes the identifier.
    pub fn to_der(&self) -> Vec<u8> {
        writer::sequence(&[
            self.algorithm.to_der(),
            writer::octets(&self.name_hash),
            writer::octets(&self.key_hash),
            writer::tlv(tag::INTEGER, &self.serial),
        ])
    }
}

/// Writes an `OCSPRequest` for one certificate, unsigned and without a nonce, which responders that prepare their answers
/// ignore (RFC 5019, 2.1.1).
pub fn ocsp_request(of: &CertId) -> Vec<u8> {
    writer::sequence(&[writer::sequence(&[writer::sequence(&[writer::sequence(&[of.to_der()])])])])
}

/// Writes an `OCSPRequest` for one certificate, unsigned, with a nonce (RFC 9654, 2.1): 32 octets, or 1 to 128.
pub fn ocsp_request_with_nonce(of: &CertId, nonce: &[u8]) -> Vec<u8> {
    let list = writer::sequence(&[writer::sequence(&[of.to_der()])]);
    let value = writer::octets(&writer::octets(nonce));
    let extension = writer::sequence(&[writer::oid(&oid::OCSP_NONCE), value]);
    let extensions = writer::context(2, &[writer::sequence(&[extension])]);
    writer::sequence(&[writer::sequence(&[list, extensions])])
}

type Data = (ResponderId, Instant, Vec<SingleResponse>, Vec<Extension>);

fn read_data(tbs: Tlv<'_>) -> Result<Data, Asn1Error> {
    const WHAT: &str = "OCSP response data";
    let mut fields = tbs.contents();
    if let Some(version) = fields.optional(tag::context(0))?
        && Tlv::only(version.value, WHAT)?.unsigned(WHAT)? != 0
    {
        return Err(Asn1Error::Unexpected(WHAT));
    }
    let responder = fields.next_tlv()?;
    let responder = match responder.tag {
        0xa1 => ResponderId::Name(Name::from_der(responder.value)?),
        0xa2 => ResponderId::KeyHash(Tlv::only(responder.value, WHAT)?.expect(tag::OCTET_STRING, WHAT)?.value.to_vec()),
        _ => return Err(Asn1Error::Unexpected(WHAT)),
    };
    let produced_at = parse_time(fields.expect(tag::GENERALIZED_TIME, WHAT)?)?;
    let mut list = fields.expect(tag::SEQUENCE, WHAT)?.contents();
    let mut singles = Vec::new();
    while !list.is_empty() {
        if singles.len() >= SINGLES {
            return Err(Asn1Error::TooLarge);
        }
        singles.push(read_single(list.expect(tag::SEQUENCE, WHAT)?)?);
    }
    let extensions = match fields.optional(tag::context(1))? {
        Some(explicit) => read_all(Tlv::only(explicit.value, WHAT)?)?,
        None => Vec::new(),
    };
    fields.finish(WHAT)?;
    Ok((responder, produced_at, singles, extensions))
}

fn read_single(single: Tlv<'_>) -> Result<SingleResponse, Asn1Error> {
    const WHAT: &str = "an OCSP statement";
    let mut fields = single.contents();
    let mut id = fields.expect(tag::SEQUENCE, WHAT)?.contents();
    let of = CertId {
        algorithm: AlgorithmIdentifier::from_tlv(id.next_tlv()?)?,
        name_hash: id.expect(tag::OCTET_STRING, WHAT)?.value.to_vec(),
        key_hash: id.expect(tag::OCTET_STRING, WHAT)?.value.to_vec(),
        serial: id.expect(tag::INTEGER, WHAT)?.value.to_vec(),
    };
    id.finish(WHAT)?;
    let status = fields.next_tlv()?;
    let status = match status.tag {
        0x80 => OcspStatus::Good,
        0xa1 => {
            let mut revoked = status.contents();
            let at = parse_time(revoked.expect(tag::GENERALIZED_TIME, WHAT)?)?;
            let reason = match revoked.optional(tag::context(0))? {
                Some(explicit) => match Tlv::only(explicit.value, WHAT)?.expect(tag::ENUMERATED, WHAT)?.value {
                    [number] => RevocationReason::of_number(*number),
                    _ => return Err(Asn1Error::Unexpected(WHAT)),
                },
                None => None,
            };
            OcspStatus::Revoked(at, reason)
        }
        0x82 => OcspStatus::Unknown,
        _ => return Err(Asn1Error::Unexpected(WHAT)),
    };
    let this_update = parse_time(fields.expect(tag::GENERALIZED_TIME, WHAT)?)?;
    let next_update = match fields.optional(tag::context(0))? {
        Some(explicit) => Some(parse_time(Tlv::only(explicit.value, WHAT)?)?),
        None => None,
    };
    let extensions = match fields.optional(tag::context(1))? {
        Some(explicit) => read_all(Tlv::only(explicit.value, WHAT)?)?,
        None => Vec::new(),
    };
    fields.finish(WHAT)?;
    Ok(SingleResponse { of, status, this_update, next_update, extensions })
}

fn read_certificates(explicit: Tlv<'_>) -> Result<Vec<Certificate>, Asn1Error> {
    const WHAT: &str = "the certificates of an OCSP response";
    let mut list = Tlv::only(explicit.value, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
    let mut all = Vec::new();
    while !list.is_empty() {
        if all.len() >= limits::CERTIFICATES {
            return Err(Asn1Error::TooLarge);
        }
        all.push(Certificate::from_der(list.next_tlv()?.raw)?);
    }
    Ok(all)
}
