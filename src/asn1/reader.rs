//! A reader of definite-length tag-length-value encodings (X.690, 8.1) over borrowed bytes.

use super::{Asn1Error, Oid};

/// The tags this program meets, as identifier octets (X.680, 8.6).
pub mod tag {
    /// BOOLEAN.
    pub const BOOLEAN: u8 = 0x01;
    /// INTEGER.
    pub const INTEGER: u8 = 0x02;
    /// BIT STRING.
    pub const BIT_STRING: u8 = 0x03;
    /// OCTET STRING.
    pub const OCTET_STRING: u8 = 0x04;
    /// NULL.
    pub const NULL: u8 = 0x05;
    /// OBJECT IDENTIFIER.
    pub const OID: u8 = 0x06;
    /// ENUMERATED.
    pub const ENUMERATED: u8 = 0x0a;
    /// UTF8String.
    pub const UTF8: u8 = 0x0c;
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: u8 = 0x30;
    /// SET and SET OF.
    pub const SET: u8 = 0x31;
    /// UTCTime.
    pub const UTC_TIME: u8 = 0x17;
    /// GeneralizedTime.
    pub const GENERALIZED_TIME: u8 = 0x18;

    /// Returns the identifier octet of a constructed context tag, for example `[0]`.
    pub const fn context(number: u8) -> u8 {
        0xa0 | number
    }

    /// Returns the identifier octet of a primitive context tag, for example `[2] IMPLICIT IA5String`.
    pub const fn context_primitive(number: u8) -> u8 {
        0x80 | number
    }
}

/// One value: its identifier octet, its contents, and the whole encoding it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The identifier octet. Multi-byte tags are refused: no structure read here has one.
    pub tag: u8,
    /// The contents octets.
    pub value: &'a [u8],
    /// Tag, length and contents as they stand in the input.
    pub raw: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// Reads the first value of a byte string and returns it with the bytes that follow.
    pub fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Asn1Error> {
        let (&tag, rest) = bytes.split_first().ok_or(Asn1Error::Truncated)?;
        if tag & 0x1f == 0x1f || tag == 0 {
            return Err(Asn1Error::Malformed);
        }
        let (&first, rest) = rest.split_first().ok_or(Asn1Error::Truncated)?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let count = usize::from(first & 0x7f);
                let digits = rest.get(..count).ok_or(Asn1Error::Truncated)?;
                let length = digits.iter().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
                (usize::try_from(length).map_err(|_| Asn1Error::TooLarge)?, &rest[count..])
            }
            _ => return Err(Asn1Error::Malformed),
        };
        let value = rest.get(..length).ok_or(Asn1Error::Truncated)?;
        let raw = &bytes[..bytes.len() - rest.len() + length];
        Ok((Self { tag, value, raw }, &rest[length..]))
    }

    /// Reads a byte string that holds exactly one value.
    pub fn only(bytes: &'a [u8], what: &'static str) -> Result<Self, Asn1Error> {
        let (tlv, rest) = Self::read(bytes)?;
        if rest.is_empty() { Ok(tlv) } else { Err(Asn1Error::Trailing(what)) }
    }

    /// Returns a reader over the contents.
    pub fn contents(&self) -> Reader<'a> {
        Reader::new(self.value)
    }

    /// Returns this value if it has the tag.
    pub fn expect(self, tag: u8, what: &'static str) -> Result<Self, Asn1Error> {
        if self.tag == tag { Ok(self) } else { Err(Asn1Error::Unexpected(what)) }
    }

    /// Reads an OBJECT IDENTIFIER.
    pub fn oid(self, what: &'static str) -> Result<Oid, Asn1Error> {
        let value = self.expect(tag::OID, what)?.value;
        Oid::from_bytes(value).map_err(|_| Asn1Error::Unexpected(what))
    }

    /// Reads an INTEGER that fits 64 bits without sign.
    pub fn unsigned(self, what: &'static str) -> Result<u64, Asn1Error> {
        let digits = self.expect(tag::INTEGER, what)?.value;
        if digits.first().is_none_or(|first| first & 0x80 != 0) {
            return Err(Asn1Error::Unexpected(what));
        }
        let digits = without_leading_zeros(digits);
        if digits.len() > 8 {
            return Err(Asn1Error::Unexpected(what));
        }
        Ok(digits.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
    }

    /// Reads a BOOLEAN; any octet but zero is true, as BER has it.
    pub fn boolean(self, what: &'static str) -> Result<bool, Asn1Error> {
        match self.expect(tag::BOOLEAN, what)?.value {
            [octet] => Ok(*octet != 0),
            _ => Err(Asn1Error::Unexpected(what)),
        }
    }

    /// Reads a BIT STRING that holds a signature. One of broken octets is none: it comes back empty, which no key verifies.
    pub fn signature_octets(self, what: &'static str) -> Result<&'a [u8], Asn1Error> {
        match self.expect(tag::BIT_STRING, what)?.value.split_first() {
            Some((0, octets)) => Ok(octets),
            Some((1..=7, _)) => Ok(&[]),
            _ => Err(Asn1Error::Unexpected(what)),
        }
    }

    /// Reads a BIT STRING of whole octets.
    pub fn bit_octets(self, what: &'static str) -> Result<&'a [u8], Asn1Error> {
        match self.expect(tag::BIT_STRING, what)?.value.split_first() {
            Some((0, octets)) => Ok(octets),
            _ => Err(Asn1Error::Unexpected(what)),
        }
    }
}

/// Reads values one after another.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Tells whether everything is read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Returns the next identifier octet without reading the value.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Reads the next value, whatever it is.
    pub fn next_tlv(&mut self) -> Result<Tlv<'a>, Asn1Error> {
        let (tlv, rest) = Tlv::read(self.rest)?;
        self.rest = rest;
        Ok(tlv)
    }

    /// Reads the next value, which must have the tag.
    pub fn expect(&mut self, tag: u8, what: &'static str) -> Result<Tlv<'a>, Asn1Error> {
        if self.peek() != Some(tag) {
            return Err(Asn1Error::Unexpected(what));
        }
        self.next_tlv()
    }

    /// Reads the next value if it has the tag.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, Asn1Error> {
        if self.peek() == Some(tag) { self.next_tlv().map(Some) } else { Ok(None) }
    }

    /// Makes sure that nothing is left.
    pub fn finish(&self, what: &'static str) -> Result<(), Asn1Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(Asn1Error::Trailing(what)) }
    }
}

/// Drops leading zero octets of an unsigned number.
pub fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let start = digits.iter().position(|&byte| byte != 0).unwrap_or(digits.len());
    &digits[start..]
}
