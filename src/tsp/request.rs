//! TimeStampReq (RFC 3161, 2.4.1).

use super::TimestampError;
use crate::asn1::reader::{Tlv, tag, without_leading_zeros};
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Oid, writer};
use crate::crypto::{CryptoError, digest_algorithm, digest_identifier};
use crate::digest::Digest;

/// A request for a timestamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampRequest {
    /// The digest to be stamped.
    pub imprint: Digest,
    /// The policy asked for, where any.
    pub policy: Option<Oid>,
    /// The nonce's contents octets, where there is one.
    pub nonce: Option<Vec<u8>>,
    /// Whether the authority's certificate is to be put into the token.
    pub wants_certificate: bool,
    /// Whether there are extensions; none is known here.
    pub has_extensions: bool,
}

impl TimestampRequest {
    /// Makes a request with a random nonce, for a token with the authority's certificate.
    pub fn new<const N: usize>(digest: &Digest, nonce: [u8; N]) -> Self {
        let nonce = Tlv::read(&writer::unsigned(&nonce)).map(|(integer, _)| integer.value.to_vec()).ok();
        Self { imprint: digest.clone(), policy: None, nonce, wants_certificate: true, has_extensions: false }
    }

    /// Writes the request.
    pub fn to_der(&self) -> Vec<u8> {
        let mut parts = vec![writer::integer(1), imprint_der(&self.imprint)];
        parts.extend(self.policy.as_ref().map(writer::oid));
        parts.extend(self.nonce.as_ref().map(|nonce| writer::tlv(tag::INTEGER, nonce)));
        if self.wants_certificate {
            parts.push(writer::boolean(true));
        }
        writer::sequence(&parts)
    }

    /// Reads a request.
    ///
    /// Errors: [`TimestampError::NotReadable`]; [`TimestampError::Crypto`] where the digest algorithm is not supported.
    pub fn parse(bytes: &[u8]) -> Result<Self, TimestampError> {
        const WHAT: &str = "a timestamp request";
        let mut fields = Tlv::only(bytes, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        if fields.next_tlv()?.unsigned(WHAT)? != 1 {
            return Err(Asn1Error::Unexpected(WHAT).into());
        }
        let imprint = read_imprint(fields.next_tlv()?)?;
        let policy = fields.optional(tag::OID)?.map(|value| value.oid(WHAT)).transpose()?;
        let nonce = fields.optional(tag::INTEGER)?.map(|value| value.value.to_vec());
        let wants = fields.optional(tag::BOOLEAN)?.map(|value| value.boolean(WHAT)).transpose()?;
        let has_extensions = fields.optional(tag::context(0))?.is_some();
        fields.finish(WHAT)?;
        Ok(Self { imprint, policy, nonce, wants_certificate: wants.unwrap_or(false), has_extensions })
    }
}

/// Writes a MessageImprint.
pub(super) fn imprint_der(digest: &Digest) -> Vec<u8> {
    // NULL parameters: some authorities and readers want them here, and none objects.
    let identifier = AlgorithmIdentifier::with_null(digest_identifier(digest.algorithm).oid);
    writer::sequence(&[identifier.to_der(), writer::octets(&digest.bytes)])
}

/// Reads a MessageImprint; the digest must be as long as its algorithm makes it.
pub(super) fn read_imprint(tlv: Tlv<'_>) -> Result<Digest, TimestampError> {
    const WHAT: &str = "a message imprint";
    let mut fields = tlv.expect(tag::SEQUENCE, WHAT)?.contents();
    let algorithm = digest_algorithm(&AlgorithmIdentifier::from_tlv(fields.next_tlv()?)?)?;
    let bytes = fields.expect(tag::OCTET_STRING, WHAT)?.value.to_vec();
    fields.finish(WHAT)?;
    if bytes.len() != algorithm.length_bytes() {
        return Err(CryptoError::UnsupportedDigest.into());
    }
    Ok(Digest { algorithm, bytes })
}

/// Tells whether two INTEGERs' contents octets are the same number, for authorities that pad a nonce.
pub(super) fn same_number(one: &[u8], other: &[u8]) -> bool {
    let negative = |octets: &[u8]| octets.first().is_some_and(|first| first & 0x80 != 0);
    one == other || !negative(one) && !negative(other) && without_leading_zeros(one) == without_leading_zeros(other)
}
