//! Puts what a signature's validation rests on beside it (RFC 5652, 5.1; RFC 5126, 6.3.4): nothing of it is signed.

use super::attributes::attribute;
use super::{Attribute, CmsError, SignedData};
use crate::asn1::reader::{Tlv, tag};
use crate::asn1::{Asn1Error, Certificate, CertificateList, OcspResponse, limits, oid, writer};

/// What the validation of a signature rests on.
#[derive(Clone, Debug, Default)]
pub struct ValidationData {
    /// Certificates.
    pub certificates: Vec<Certificate>,
    /// Revocation lists.
    pub crls: Vec<CertificateList>,
    /// OCSP responses.
    pub ocsps: Vec<OcspResponse>,
}

impl ValidationData {
    /// Takes out what stands beside a signature already.
    fn lacking_in(&self, cms: &SignedData) -> Self {
        let mut lacking = self.clone();
        lacking.certificates.retain(|one| !cms.certificates.contains(one));
        lacking.crls.retain(|one| !cms.crls.iter().any(|known| known.der() == one.der()));
        lacking.ocsps.retain(|one| !cms.ocsps.iter().any(|known| known.der() == one.der()));
        lacking
    }

    fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.crls.is_empty() && self.ocsps.is_empty()
    }
}

/// Adds to a CMS what it lacks of these, and returns the ContentInfo in DER; where it lacks nothing, as it is. What was
/// signed, and the signature, stay byte for byte. Responses become an unsigned attribute (RFC 4998, 4.2.1): members of another
/// kind among the lists would keep many readers from the whole.
///
/// # Errors
/// Those of [`SignedData::parse`].
pub fn add_validation_data(cms: &[u8], data: &ValidationData) -> Result<Vec<u8>, CmsError> {
    const WHAT: &str = "SignedData";
    let existing = SignedData::parse(cms)?;
    let lacking = data.lacking_in(&existing);
    if lacking.is_empty() {
        return Ok(cms.to_vec());
    }
    let mut info = Tlv::only(&existing.der, WHAT)?.contents();
    let (kind, explicit) = (info.next_tlv()?, info.next_tlv()?);
    let mut fields = Tlv::only(explicit.value, WHAT)?.contents();
    let mut parts: Vec<Vec<u8>> = Vec::new();
    for _ in ["version", "digestAlgorithms", "encapContentInfo"] {
        parts.push(fields.next_tlv()?.raw.to_vec());
    }
    let certificates = lacking.certificates.iter().map(|one| one.der().to_vec()).collect();
    let lists = lacking.crls.iter().map(|one| one.der().to_vec()).collect();
    for (number, more) in [(0, certificates), (1, lists)] {
        parts.extend(joined(fields.optional(tag::context(number))?, number, more)?);
    }
    let signers = fields.expect(tag::SET, WHAT)?;
    parts.push(match lacking.ocsps.as_slice() {
        [] => signers.raw.to_vec(),
        responses => writer::set_of(&[with_attribute(signers.contents().next_tlv()?, &revocation_values(responses)?)?]),
    });
    Ok(writer::sequence(&[kind.raw.to_vec(), writer::context(0, &[writer::sequence(&parts)])]))
}

/// Adds an unsigned attribute to a signer.
fn with_attribute(signer: Tlv<'_>, attribute: &[u8]) -> Result<Vec<u8>, CmsError> {
    let (mut parts, mut fields) = (Vec::new(), signer.contents());
    let mut unsigned = vec![attribute.to_vec()];
    while !fields.is_empty() {
        let field = fields.next_tlv()?;
        let mut there = field.contents();
        match field.tag == tag::context(1) {
            true => {
                while !there.is_empty() {
                    unsigned.push(there.next_tlv()?.raw.to_vec());
                }
            }
            false => parts.push(field.raw.to_vec()),
        }
    }
    parts.push(writer::tlv(tag::context(1), &writer::sorted(&unsigned)));
    Ok(writer::sequence(&parts))
}

/// Writes RevocationValues (RFC 5126, 6.3.4) with responses: the BasicOCSPResponse of each.
fn revocation_values(responses: &[OcspResponse]) -> Result<Vec<u8>, CmsError> {
    let basic = |response: &OcspResponse| -> Result<Vec<u8>, CmsError> {
        const WHAT: &str = "an OCSP response";
        let mut fields = Tlv::only(response.der(), WHAT)?.contents();
        fields.next_tlv()?;
        let mut bytes = Tlv::only(fields.next_tlv()?.value, WHAT)?.contents();
        bytes.next_tlv()?;
        Ok(bytes.expect(tag::OCTET_STRING, WHAT)?.value.to_vec())
    };
    let all = responses.iter().map(basic).collect::<Result<Vec<_>, _>>()?;
    let values = writer::sequence(&[writer::context(1, &[writer::sequence(&all)])]);
    Ok(attribute(&oid::REVOCATION_VALUES, &values))
}

/// Reads the responses in RevocationValues among unsigned attributes; what cannot be read is passed over.
pub(super) fn stored_responses(attributes: &[Attribute]) -> Vec<OcspResponse> {
    let values = attributes.iter().filter(|attribute| attribute.oid == oid::REVOCATION_VALUES);
    let read = |value: &Vec<u8>| -> Result<Vec<OcspResponse>, Asn1Error> {
        const WHAT: &str = "RevocationValues";
        let mut fields = Tlv::only(value, WHAT)?.contents();
        fields.optional(tag::context(0))?;
        let Some(responses) = fields.optional(tag::context(1))? else { return Ok(Vec::new()) };
        let mut members = Tlv::only(responses.value, WHAT)?.contents();
        let mut all = Vec::new();
        while !members.is_empty() && all.len() < limits::CERTIFICATES {
            all.push(OcspResponse::from_der(&whole_response(members.next_tlv()?.raw))?);
        }
        Ok(all)
    };
    values.flat_map(|attribute| &attribute.values).filter_map(|value| read(value).ok()).flatten().collect()
}

/// Writes a BasicOCSPResponse as the OCSPResponse that it came in (RFC 6960, 4.2.1).
fn whole_response(basic: &[u8]) -> Vec<u8> {
    let bytes = writer::sequence(&[writer::oid(&oid::OCSP_BASIC), writer::octets(basic)]);
    writer::sequence(&[writer::tlv(tag::ENUMERATED, &[0]), writer::context(0, &[bytes])])
}

/// Writes an implicit set with more members, in the order of DER and each once; none where it is empty.
fn joined(set: Option<Tlv<'_>>, number: u8, more: Vec<Vec<u8>>) -> Result<Option<Vec<u8>>, CmsError> {
    let mut members = more;
    if let Some(set) = set {
        let mut there = set.contents();
        while !there.is_empty() {
            members.push(there.next_tlv()?.raw.to_vec());
        }
    }
    members.sort_unstable();
    members.dedup();
    Ok(if members.is_empty() { None } else { Some(writer::tlv(tag::context(number), &writer::joined(&members))) })
}
