//! Certificates as repositories hand them out: one in DER, PEM, or a SignedData without signers (RFC 5280, 4.2.2.1).

use super::CmsError;
use super::signed_data::collect;
use crate::asn1::reader::{Tlv, tag};
use crate::asn1::{Certificate, normalise, oid, pem_blocks};

/// Reads the certificates of a file that may be a certificate, a PEM text of them, or a certs-only CMS (`.p7c`, RFC 8551,
/// 3.8). Members that cannot be read are left out; no certificate at all is an error.
pub fn certificates_of(bytes: &[u8]) -> Result<Vec<Certificate>, CmsError> {
    if bytes.first() == Some(&tag::SEQUENCE) {
        return match Certificate::from_der(bytes) {
            Ok(one) => Ok(vec![one]),
            Err(error) => in_bag(bytes).map_err(|of_bag| match of_bag {
                CmsError::NotSignedData => CmsError::NotReadable(error),
                other => other,
            }),
        };
    }
    match pem_blocks(bytes)?.iter().find(|block| ["PKCS7", "CMS"].contains(&block.label.as_str())) {
        Some(block) => in_bag(&block.der),
        None => Ok(Certificate::from_file_bytes(bytes)?),
    }
}

fn in_bag(bytes: &[u8]) -> Result<Vec<Certificate>, CmsError> {
    const WHAT: &str = "a bag of certificates";
    let normalised = normalise(bytes)?;
    let mut info = Tlv::only(&normalised.der, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
    if info.next_tlv()?.oid(WHAT) != Ok(oid::SIGNED_DATA) {
        return Err(CmsError::NotSignedData);
    }
    let explicit = info.expect(tag::context(0), WHAT)?;
    let mut fields = Tlv::only(explicit.value, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
    fields.expect(tag::INTEGER, WHAT)?;
    fields.expect(tag::SET, WHAT)?;
    fields.expect(tag::SEQUENCE, WHAT)?;
    let (mut certificates, mut unreadable) = (Vec::new(), 0);
    if let Some(set) = fields.optional(tag::context(0))? {
        collect(set, Certificate::from_der, &mut certificates, &mut unreadable)?;
    }
    if certificates.is_empty() { Err(crate::asn1::Asn1Error::Unexpected(WHAT).into()) } else { Ok(certificates) }
}
