//! TimeStampToken: a SignedData over TSTInfo (RFC 3161, 2.4.2).

use super::TimestampError;
use super::request::{imprint_der, read_imprint};
use crate::asn1::reader::{Tlv, tag};
use crate::asn1::{Asn1Error, Certificate, Oid, generalized_time_der, oid, parse_time, writer};
use crate::cms::{CmsError, SignedData, Verified};
use crate::digest::Digest;
use crate::time::Instant;
use std::sync::Arc;

/// How far the stated time may be from the true one (RFC 3161, 2.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Accuracy {
    /// Seconds.
    pub seconds: u64,
    /// Milliseconds, 0 to 999.
    pub milliseconds: u16,
    /// Microseconds, 0 to 999.
    pub microseconds: u16,
}

/// A timestamp token.
#[derive(Clone, Debug)]
pub struct TimestampToken {
    /// The time it states.
    pub gen_time: Instant,
    /// The digest it is over.
    pub imprint: Digest,
    /// The policy it was made under.
    pub policy: Oid,
    /// The serial number's contents octets.
    pub serial: Vec<u8>,
    /// The nonce's contents octets, where there is one.
    pub nonce: Option<Vec<u8>>,
    /// The accuracy, where stated.
    pub accuracy: Option<Accuracy>,
    /// Whether the authority vouches for the order of its tokens by their times alone.
    pub ordering: bool,
    /// The signature around it, with certificates.
    pub signed_data: Arc<SignedData>,
}

impl TimestampToken {
    /// Reads a token. The signature is not verified by reading.
    pub fn parse(bytes: &[u8]) -> Result<Self, TimestampError> {
        Self::of(Arc::new(SignedData::parse(bytes)?))
    }

    /// Reads what a SignedData states that was read before.
    ///
    /// # Errors
    /// Those of [`Self::parse`].
    pub fn of(signed_data: Arc<SignedData>) -> Result<Self, TimestampError> {
        const WHAT: &str = "TSTInfo";
        let content = match &signed_data.e_content {
            Some(content) if signed_data.is_timestamp() => content,
            _ => return Err(Asn1Error::Unexpected("a timestamp token").into()),
        };
        let mut fields = Tlv::only(content, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        if fields.next_tlv()?.unsigned(WHAT)? != 1 {
            return Err(Asn1Error::Unexpected("TSTInfo of version 1").into());
        }
        let policy = fields.next_tlv()?.oid(WHAT)?;
        let imprint = read_imprint(fields.next_tlv()?)?;
        let serial = fields.expect(tag::INTEGER, WHAT)?.value.to_vec();
        let gen_time = parse_time(fields.expect(tag::GENERALIZED_TIME, WHAT)?)?;
        let accuracy = fields.optional(tag::SEQUENCE)?.map(read_accuracy).transpose()?;
        let ordering = fields.optional(tag::BOOLEAN)?.map(|value| value.boolean(WHAT)).transpose()?;
        let nonce = fields.optional(tag::INTEGER)?.map(|value| value.value.to_vec());
        let _tsa_name = fields.optional(tag::context(0))?;
        if let Some(extensions) = fields.optional(tag::context(1))? {
            refuse_critical(extensions)?;
        }
        fields.finish(WHAT)?;
        let ordering = ordering.unwrap_or(false);
        Ok(Self { gen_time, imprint, policy, serial, nonce, accuracy, ordering, signed_data })
    }

    /// Returns the DER ContentInfo.
    pub fn der(&self) -> &[u8] {
        &self.signed_data.der
    }

    /// Tells whether the token is over these bytes.
    pub fn covers(&self, bytes: &[u8]) -> bool {
        self.imprint.algorithm.digest(bytes) == self.imprint
    }

    /// Verifies the token's signature with a certificate: content digest, signature value, and that the token names
    /// this certificate as its signer's (RFC 3161, 2.4.2; RFC 5816). Says nothing on trust in the certificate.
    pub fn verify(&self, certificate: &Certificate) -> Result<(), TimestampError> {
        self.verify_with(certificate, || self.signed_data.verify_signature(certificate))
    }

    /// Verifies as [`Self::verify`] does; what [`SignedData::verify_signature`] says of the value may be known already.
    ///
    /// # Errors
    /// Those of [`Self::verify`].
    pub fn verify_with(
        &self,
        certificate: &Certificate,
        value: impl FnOnce() -> Result<Verified, CmsError>,
    ) -> Result<(), TimestampError> {
        let signer = &self.signed_data.signer;
        if signer.signing_certificate.is_none() {
            return Err(CmsError::BadAttributes("the signer's certificate is not named").into());
        }
        if !signer.names(certificate) {
            return Err(TimestampError::NoSignerCertificate);
        }
        self.signed_data.verify_content()?;
        value()?;
        Ok(())
    }

    /// Returns the signer's certificate, from the token or else from others at hand.
    pub fn signer_certificate<'a>(&'a self, others: &'a [Certificate]) -> Option<&'a Certificate> {
        let signer = &self.signed_data.signer;
        self.signed_data.certificates.iter().chain(others).find(|certificate| signer.names(certificate))
    }
}

/// What an authority states.
pub(super) struct TstInfo<'a> {
    pub(super) policy: &'a Oid,
    pub(super) imprint: &'a Digest,
    pub(super) serial: &'a [u8],
    pub(super) gen_time: Instant,
    pub(super) accuracy: Accuracy,
    pub(super) nonce: Option<&'a [u8]>,
}

impl TstInfo<'_> {
    /// Writes TSTInfo; ordering is false, which DER leaves out.
    pub(super) fn to_der(&self) -> Vec<u8> {
        let mut parts = vec![
            writer::integer(1),
            writer::oid(self.policy),
            imprint_der(self.imprint),
            writer::unsigned(self.serial),
            generalized_time_der(self.gen_time),
            self.accuracy.to_der(),
        ];
        parts.extend(self.nonce.map(|nonce| writer::tlv(tag::INTEGER, nonce)));
        writer::sequence(&parts)
    }
}

impl Accuracy {
    /// Returns all of it in microseconds.
    pub fn as_microseconds(self) -> i64 {
        let seconds = i64::try_from(self.seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        seconds.saturating_add(i64::from(self.milliseconds) * 1_000 + i64::from(self.microseconds))
    }

    fn to_der(self) -> Vec<u8> {
        let mut parts = Vec::new();
        if self.seconds > 0 {
            parts.push(writer::integer(self.seconds));
        }
        for (number, part) in [(0, self.milliseconds), (1, self.microseconds)] {
            if part > 0 {
                let mut integer = writer::integer(u64::from(part));
                integer[0] = tag::context_primitive(number);
                parts.push(integer);
            }
        }
        writer::sequence(&parts)
    }
}

fn read_accuracy(tlv: Tlv<'_>) -> Result<Accuracy, Asn1Error> {
    const WHAT: &str = "the accuracy of a timestamp";
    let mut fields = tlv.contents();
    let mut accuracy = Accuracy::default();
    if let Some(seconds) = fields.optional(tag::INTEGER)? {
        accuracy.seconds = seconds.unsigned(WHAT)?;
    }
    let mut part = |number| {
        let field = fields.optional(tag::context_primitive(number))?;
        let value = field.map(|value| Tlv { tag: tag::INTEGER, ..value }.unsigned(WHAT)).transpose()?.unwrap_or(0);
        u16::try_from(value).map_err(|_| Asn1Error::Unexpected(WHAT))
    };
    accuracy.milliseconds = part(0)?;
    accuracy.microseconds = part(1)?;
    fields.finish(WHAT)?;
    Ok(accuracy)
}

/// Refuses a token with a critical extension: none is known here.
fn refuse_critical(implicit: Tlv<'_>) -> Result<(), Asn1Error> {
    let mut extensions = implicit.contents();
    while !extensions.is_empty() {
        let mut extension = extensions.next_tlv()?.contents();
        extension.next_tlv()?.oid("an extension")?;
        let critical = extension.optional(tag::BOOLEAN)?.map(|value| value.boolean("an extension")).transpose()?;
        if critical == Some(true) {
            return Err(Asn1Error::Unexpected("a timestamp without unknown critical extensions"));
        }
    }
    Ok(())
}

impl std::fmt::Display for TimestampToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "timestamp {} of {}", crate::digest::hex(&self.serial), self.gen_time)
    }
}

/// The content type of a token, for makers of tokens.
pub(super) const CONTENT_TYPE: Oid = oid::TST_INFO;
