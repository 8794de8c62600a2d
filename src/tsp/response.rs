//! TimeStampResp (RFC 3161, 2.4.2) and the client's checks on it.

use super::request::same_number;
use super::{TimestampError, TimestampRequest, TimestampToken};
use crate::asn1::reader::{Tlv, tag};
use crate::asn1::{Asn1Error, writer};

/// PKIFailureInfo (RFC 3161, 2.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureInfo {
    /// The digest algorithm is not known or not allowed.
    BadAlgorithm,
    /// The request is not allowed or not supported.
    BadRequest,
    /// The data has the wrong form.
    BadDataFormat,
    /// The authority's time source is not available.
    TimeNotAvailable,
    /// The policy asked for is not supported.
    UnacceptedPolicy,
    /// An extension asked for is not supported.
    UnacceptedExtension,
    /// Additional information asked for is not there.
    AddInfoNotAvailable,
    /// The request cannot be handled because of a failure of the authority.
    SystemFailure,
    /// No reason given, or one that is not known.
    Unstated,
}

impl FailureInfo {
    const BITS: [(Self, usize); 8] = [
        (Self::BadAlgorithm, 0),
        (Self::BadRequest, 2),
        (Self::BadDataFormat, 5),
        (Self::TimeNotAvailable, 14),
        (Self::UnacceptedPolicy, 15),
        (Self::UnacceptedExtension, 16),
        (Self::AddInfoNotAvailable, 17),
        (Self::SystemFailure, 25),
    ];

    /// Writes a response that refuses a request for this reason.
    pub fn to_response_der(self) -> Vec<u8> {
        const REJECTION: u64 = 2;
        let mut parts = vec![writer::integer(REJECTION)];
        if let Some((_, bit)) = Self::BITS.iter().find(|(info, _)| *info == self) {
            let mut octets = vec![0; bit / 8 + 1];
            if let Some(last) = octets.last_mut() {
                *last = 0x80 >> (bit % 8);
            }
            octets.insert(0, 7 - (bit % 8) as u8);
            parts.push(writer::tlv(tag::BIT_STRING, &octets));
        }
        writer::sequence(&[writer::sequence(&parts)])
    }

    fn read(bits: &[u8]) -> Self {
        let octets = bits.get(1..).unwrap_or_default();
        let is_set = |bit: usize| octets.get(bit / 8).is_some_and(|octet| octet & (0x80 >> (bit % 8)) != 0);
        Self::BITS.iter().find(|(_, bit)| is_set(*bit)).map_or(Self::Unstated, |(info, _)| *info)
    }
}

/// An authority's answer.
#[derive(Clone, Debug)]
pub enum TimestampResponse {
    /// Granted, perhaps with changes; the token is not checked yet.
    Granted(Box<TimestampToken>),
    /// Refused, for this reason.
    Refused(FailureInfo),
}

impl TimestampResponse {
    /// Reads a response.
    pub fn parse(bytes: &[u8]) -> Result<Self, TimestampError> {
        const WHAT: &str = "a timestamp response";
        let normalised = crate::asn1::normalise(bytes)?;
        let mut fields = Tlv::only(&normalised.der, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        let mut status = fields.expect(tag::SEQUENCE, WHAT)?.contents();
        let code = status.next_tlv()?.unsigned(WHAT)?;
        // granted and grantedWithMods
        if code > 1 {
            let _text = status.optional(tag::SEQUENCE)?;
            let info = status.optional(tag::BIT_STRING)?;
            return Ok(Self::Refused(info.map_or(FailureInfo::Unstated, |bits| FailureInfo::read(bits.value))));
        }
        if fields.is_empty() {
            return Err(Asn1Error::Unexpected("a granted response with a token").into());
        }
        let token = TimestampToken::parse(fields.next_tlv()?.raw)?;
        fields.finish(WHAT)?;
        Ok(Self::Granted(Box::new(token)))
    }

    /// Checks the answer to a request (RFC 3161, 2.2) and returns its token: imprint, nonce and policy are those of the
    /// request, and the signature is of the certificate in the token.
    pub fn accept(self, request: &TimestampRequest) -> Result<TimestampToken, TimestampError> {
        let token = match self {
            Self::Granted(token) => *token,
            Self::Refused(info) => return Err(TimestampError::Refused(info)),
        };
        if token.imprint != request.imprint {
            return Err(TimestampError::ImprintMismatch);
        }
        if let Some(sent) = &request.nonce
            && !token.nonce.as_ref().is_some_and(|echoed| same_number(sent, echoed))
        {
            return Err(TimestampError::NonceMismatch);
        }
        if request.policy.as_ref().is_some_and(|asked| *asked != token.policy) {
            return Err(TimestampError::PolicyMismatch);
        }
        if request.wants_certificate {
            let certificate = token.signed_data.signer_certificate().ok_or(TimestampError::NoSignerCertificate)?;
            token.verify(certificate)?;
        }
        Ok(token)
    }
}
