//! Puts certificates and revocation lists beside a signature that exists (RFC 5652, 5.1): nothing of it is signed.

use super::{CmsError, SignedData};
use crate::asn1::reader::{Tlv, tag};
use crate::asn1::{Certificate, CertificateList, writer};

/// Adds certificates and revocation lists to a CMS where it lacks them, and returns the ContentInfo in DER; where it lacks
/// none, as it is. What was signed, and the signature, stay byte for byte.
///
/// # Errors
/// Those of [`SignedData::parse`].
pub fn add_validation_data(
    cms: &[u8],
    certificates: &[Certificate],
    crls: &[CertificateList],
) -> Result<Vec<u8>, CmsError> {
    const WHAT: &str = "SignedData";
    let existing = SignedData::parse(cms)?;
    let mut certificates: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
    let mut crls: Vec<&[u8]> = crls.iter().map(CertificateList::der).collect();
    certificates.retain(|der| !existing.certificates.iter().any(|known| known.der() == *der));
    crls.retain(|der| !existing.crls.iter().any(|known| known.der() == *der));
    if certificates.is_empty() && crls.is_empty() {
        return Ok(cms.to_vec());
    }
    let mut info = Tlv::only(&existing.der, WHAT)?.contents();
    let (kind, explicit) = (info.next_tlv()?, info.next_tlv()?);
    let mut fields = Tlv::only(explicit.value, WHAT)?.contents();
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for _ in ["version", "digestAlgorithms", "encapContentInfo"] {
        parts.push(fields.next_tlv()?.raw.to_vec());
    }
    for (number, more) in [(0, certificates), (1, crls)] {
        parts.extend(joined(fields.optional(tag::context(number))?, number, more)?);
    }
    parts.push(fields.expect(tag::SET, WHAT)?.raw.to_vec());
    Ok(writer::sequence(&[kind.raw.to_vec(), writer::context(0, &[writer::sequence(&parts)])]))
}

/// Writes an implicit set with more members, in the order of DER and each once; none where it is empty.
fn joined(set: Option<Tlv<'_>>, number: u8, more: Vec<&[u8]>) -> Result<Option<Vec<u8>>, CmsError> {
    let mut members = more;
    if let Some(set) = set {
        let mut there = set.contents();
        while !there.is_empty() {
            members.push(there.next_tlv()?.raw);
        }
    }
    members.sort_unstable();
    members.dedup();
    Ok(if members.is_empty() { None } else { Some(writer::tlv(tag::context(number), &writer::joined(&members))) })
}
