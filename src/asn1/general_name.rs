//! GeneralName (RFC 5280, 4.2.1.6): the forms that names take in extensions.

use super::reader::{Reader, Tlv, tag};
use super::{Asn1Error, Name, Oid};

/// A name of one of the forms that extensions know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GeneralName {
    /// otherName: a form of its own, and the encoding of its value.
    Other(Oid, Vec<u8>),
    /// rfc822Name: a mailbox.
    Mail(String),
    /// dNSName: a host.
    Dns(String),
    /// directoryName.
    Directory(Name),
    /// uniformResourceIdentifier.
    Uri(String),
    /// iPAddress: an address in network order, or in a constraint an address and its mask.
    Ip(Vec<u8>),
    /// registeredID.
    Registered(Oid),
    /// x400Address and ediPartyName, by context tag and encoding.
    Rare(u8, Vec<u8>),
}

impl GeneralName {
    /// Reads one name. Octets that are no UTF-8 in the forms of IA5String become replacement characters, which no
    /// host has.
    pub fn from_tlv(tlv: Tlv<'_>) -> Result<Self, Asn1Error> {
        const WHAT: &str = "a GeneralName";
        let text = || String::from_utf8_lossy(tlv.value).into_owned();
        Ok(match tlv.tag {
            0xa0 => {
                let mut fields = tlv.contents();
                let kind = fields.next_tlv()?.oid(WHAT)?;
                let value = fields.expect(tag::context(0), WHAT)?.value.to_vec();
                fields.finish(WHAT)?;
                Self::Other(kind, value)
            }
            0x81 => Self::Mail(text()),
            0x82 => Self::Dns(text()),
            0xa4 => Self::Directory(Name::from_der(tlv.value)?),
            0x86 => Self::Uri(text()),
            0x87 => Self::Ip(tlv.value.to_vec()),
            0x88 => Self::Registered(Oid::from_bytes(tlv.value).map_err(|_| Asn1Error::Unexpected(WHAT))?),
            0xa3 | 0xa5 => Self::Rare(tlv.tag & 0x1f, tlv.raw.to_vec()),
            _ => return Err(Asn1Error::Unexpected(WHAT)),
        })
    }

    /// Compares two names: directory names as RFC 5280, 7.1 asks, everything else exactly.
    pub fn same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Directory(one), Self::Directory(other)) => one.same_as(other),
            _ => self == other,
        }
    }
}

/// Reads the contents of GeneralNames.
pub(super) fn general_names(contents: &[u8]) -> Result<Vec<GeneralName>, Asn1Error> {
    let mut found = Vec::new();
    let mut fields = Reader::new(contents);
    while !fields.is_empty() {
        found.push(GeneralName::from_tlv(fields.next_tlv()?)?);
    }
    Ok(found)
}
