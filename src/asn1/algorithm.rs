//! AlgorithmIdentifier (RFC 5280, 4.1.1.2) as it stands in a file.

use super::reader::{Reader, Tlv, tag};
use super::{Asn1Error, Oid, writer};

/// An algorithm with its parameters, kept as raw bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmIdentifier {
    /// The algorithm.
    pub oid: Oid,
    /// The whole encoding of the parameters, where there are any.
    pub parameters: Option<Vec<u8>>,
}

impl AlgorithmIdentifier {
    /// Makes an identifier without parameters.
    pub fn bare(oid: Oid) -> Self {
        Self { oid, parameters: None }
    }

    /// Makes an identifier with NULL parameters, as the RSA algorithms ask (RFC 4055).
    pub fn with_null(oid: Oid) -> Self {
        Self { oid, parameters: Some(writer::null()) }
    }

    /// Reads the SEQUENCE.
    pub fn from_tlv(tlv: Tlv<'_>) -> Result<Self, Asn1Error> {
        Self::from_contents(tlv.expect(tag::SEQUENCE, "an AlgorithmIdentifier")?.value)
    }

    /// Reads the contents of the SEQUENCE, for example below an implicit tag.
    pub fn from_contents(contents: &[u8]) -> Result<Self, Asn1Error> {
        let mut fields = Reader::new(contents);
        let oid = fields.next_tlv()?.oid("an algorithm identifier")?;
        let parameters = if fields.is_empty() { None } else { Some(fields.next_tlv()?.raw.to_vec()) };
        fields.finish("an AlgorithmIdentifier")?;
        Ok(Self { oid, parameters })
    }

    /// Writes the SEQUENCE.
    pub fn to_der(&self) -> Vec<u8> {
        writer::sequence(&[writer::oid(&self.oid), self.parameters.clone().unwrap_or_default()])
    }

    /// Tells whether parameters are absent or NULL; both spellings occur for the same algorithm (RFC 5754, 2).
    pub fn has_no_parameters(&self) -> bool {
        self.parameters.as_deref().is_none_or(|parameters| parameters == [tag::NULL, 0])
    }

    /// Tells whether two identifiers name the same algorithm, NULL and absent parameters being one.
    pub fn same_as(&self, other: &Self) -> bool {
        self.oid == other.oid
            && (self.parameters == other.parameters || self.has_no_parameters() && other.has_no_parameters())
    }
}
