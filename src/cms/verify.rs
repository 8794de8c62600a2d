//! Verifies a signature value and the digests that lead to it (RFC 5652, 5.4 and 5.6). Judges no certificate.

use super::{CmsError, SignedData};
use crate::asn1::reader::tag;
use crate::asn1::{Certificate, oid, writer};
use crate::crypto::{self, CryptoError};
use crate::digest::Digest;

/// In which order the signed attributes were digested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeOrder {
    /// As they stand in the file.
    AsEncoded,
    /// Sorted as DER asks, though they stand otherwise.
    Sorted,
    /// There are no signed attributes: the content itself was signed.
    NoAttributes,
}

/// A signature whose value fits; what was needed to see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How the attributes were digested.
    pub order: AttributeOrder,
}

impl SignedData {
    /// Verifies the signature value with a certificate's key. The message digest is a matter of
    /// [`Self::verify_digest`]; call both. A signature without signed attributes is refused here, for neither CAdES nor
    /// RFC 3161 has such; [`Self::verify_bare_signature`] is for the older forms.
    ///
    /// Errors: [`CmsError::BadSignature`], [`CmsError::BadAttributes`] where the algorithm protection attribute tells
    /// of other algorithms (RFC 6211, 3) or the content type differs, [`CmsError::Crypto`] for unsupported algorithms.
    pub fn verify_signature(&self, certificate: &Certificate) -> Result<Verified, CmsError> {
        let signer = &self.signer;
        let raw = signer.signed_attributes_raw.as_deref();
        let raw = raw.ok_or(CmsError::BadAttributes("there are no signed attributes"))?;
        if signer.content_type.as_ref() != Some(&self.content_type) {
            return Err(CmsError::BadAttributes("the content type differs from what was signed"));
        }
        self.check_protection()?;
        let scheme = signer.scheme.clone()?;
        // The IMPLICIT [0] gives way to SET OF for the digest (RFC 5652, 5.4).
        let mut message = raw.to_vec();
        if let Some(first) = message.first_mut() {
            *first = tag::SET;
        }
        let key = certificate.spki_der();
        match crypto::verify(key, scheme, &message, &signer.signature) {
            Ok(()) => return Ok(Verified { order: AttributeOrder::AsEncoded }),
            Err(CryptoError::BadSignature) => {}
            Err(error) => return Err(error.into()),
        }
        let resorted = self.sorted_attributes();
        if resorted == message {
            return Err(CmsError::BadSignature);
        }
        match crypto::verify(key, scheme, &resorted, &signer.signature) {
            Ok(()) => Ok(Verified { order: AttributeOrder::Sorted }),
            Err(CryptoError::BadSignature) => Err(CmsError::BadSignature),
            Err(error) => Err(error.into()),
        }
    }

    /// Verifies the value of a signature without signed attributes: it is over the content itself, which only plain
    /// data may be (RFC 5652, 5.3 and 5.4). `digest` must be made with the signer's digest algorithm.
    ///
    /// Errors: [`CmsError::BadSignature`], [`CmsError::BadAttributes`] where there are attributes, or where the type of
    /// the content asks for them, [`CmsError::Crypto`] for unsupported algorithms.
    pub fn verify_bare_signature(&self, certificate: &Certificate, digest: &Digest) -> Result<Verified, CmsError> {
        let signer = &self.signer;
        if signer.signed_attributes_raw.is_some() || self.content_type != oid::DATA {
            return Err(CmsError::BadAttributes("the signature is not over the content itself"));
        }
        match crypto::verify_digest(certificate.spki_der(), signer.scheme.clone()?, digest, &signer.signature) {
            Ok(()) => Ok(Verified { order: AttributeOrder::NoAttributes }),
            Err(CryptoError::BadSignature) => Err(CmsError::BadSignature),
            Err(error) => Err(error.into()),
        }
    }

    /// Checks that the message-digest attribute is the digest of the content (RFC 5652, 5.6). `digest` must be made
    /// with the signer's digest algorithm.
    pub fn verify_digest(&self, digest: &Digest) -> Result<(), CmsError> {
        let signed = self.signer.message_digest.as_ref();
        let signed = signed.ok_or(CmsError::BadAttributes("there is no message digest"))?;
        let algorithm = self.signer.digest_algorithm.ok_or(CryptoError::UnsupportedDigest)?;
        if digest.algorithm == algorithm && *signed == digest.bytes { Ok(()) } else { Err(CmsError::DigestMismatch) }
    }

    /// Checks the message digest against the encapsulated content.
    pub fn verify_content(&self) -> Result<(), CmsError> {
        let content = self.e_content.as_ref().ok_or(CmsError::BadAttributes("there is no content"))?;
        let algorithm = self.signer.digest_algorithm.ok_or(CryptoError::UnsupportedDigest)?;
        self.verify_digest(&algorithm.digest(content))
    }

    fn check_protection(&self) -> Result<(), CmsError> {
        let Some(protection) = &self.signer.algorithm_protection else { return Ok(()) };
        let signature_fits =
            protection.signature.as_ref().is_some_and(|told| told.same_as(&self.signer.signature_identifier));
        if signature_fits && protection.digest.same_as(&self.signer.digest_identifier) {
            Ok(())
        } else {
            Err(CmsError::BadAttributes("the algorithms differ from those that were signed"))
        }
    }

    /// Writes the signed attributes anew: each SET OF sorted, values too.
    fn sorted_attributes(&self) -> Vec<u8> {
        let rewritten = |attribute: &super::Attribute| {
            writer::sequence(&[writer::oid(&attribute.oid), writer::set_of(&attribute.values)])
        };
        writer::set_of(&self.signer.signed_attributes.iter().map(rewritten).collect::<Vec<_>>())
    }
}

impl SignedData {
    /// Tells whether the content is of the kind that a timestamp token has (RFC 3161, 2.4.2).
    pub fn is_timestamp(&self) -> bool {
        self.content_type == oid::TST_INFO
    }
}
