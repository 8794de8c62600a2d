//! Distinguished names: RFC 4514 strings for people, RFC 5280 comparison for paths, and a writer for issuing.

use super::reader::{Tlv, tag};
use super::{Asn1Error, Oid, limits, oid, writer};
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

/// A distinguished name: the raw bytes and its attributes in the order encoded.
#[derive(Clone, Debug)]
pub struct Name {
    der: Vec<u8>,
    /// One entry per relative name; most hold one attribute.
    rdns: Vec<Vec<Attribute>>,
    /// The same in the form in which names are compared, once they are.
    folded: OnceLock<Folded>,
}

/// A name in the form in which names are compared, with a number that is the same for the same names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Folded {
    rdns: Vec<Vec<(Oid, String)>>,
    number: u64,
}

#[derive(Clone, Debug)]
struct Attribute {
    kind: Oid,
    /// As it is shown.
    text: String,
    is_text: bool,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Name {}

impl Name {
    /// Reads the SEQUENCE of relative names (RFC 5280, 4.1.2.4).
    pub fn from_der(der: &[u8]) -> Result<Self, Asn1Error> {
        const WHAT: &str = "a distinguished name";
        if der.len() > limits::NAME_BYTES {
            return Err(Asn1Error::TooLarge);
        }
        let mut fields = Tlv::only(der, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        let mut rdns = Vec::new();
        while !fields.is_empty() {
            let mut members = fields.expect(tag::SET, WHAT)?.contents();
            let mut rdn = Vec::new();
            while !members.is_empty() {
                let mut attribute = members.expect(tag::SEQUENCE, WHAT)?.contents();
                let kind = attribute.next_tlv()?.oid(WHAT)?;
                let value = attribute.next_tlv()?;
                attribute.finish(WHAT)?;
                rdn.push(match string_value(value) {
                    Some(text) => Attribute { kind, text, is_text: true },
                    None => Attribute { kind, text: hexadecimal(value), is_text: false },
                });
            }
            rdns.push(rdn);
        }
        Ok(Self { der: der.to_vec(), rdns, folded: OnceLock::new() })
    }

    /// Makes a name from attributes, one relative name each, in UTF8String (PrintableString for countries and serials).
    pub fn from_attributes(attributes: &[(Oid, &str)]) -> Self {
        let rdn = |&(kind, text): &(Oid, &str)| {
            let string_tag = if kind == oid::COUNTRY || kind == oid::SERIAL_NUMBER { 0x13 } else { tag::UTF8 };
            let value = writer::tlv(string_tag, text.as_bytes());
            writer::set_of(&[writer::sequence(&[writer::oid(&kind), value])])
        };
        let der = writer::sequence(&attributes.iter().map(rdn).collect::<Vec<_>>());
        let rdns = attributes
            .iter()
            .map(|&(kind, text)| vec![Attribute { kind, text: text.to_owned(), is_text: true }])
            .collect();
        Self { der, rdns, folded: OnceLock::new() }
    }

    /// Reads a name as people write it (RFC 4514): `CN=見本市長,O=見本市,C=JP`, the last relative name first. Types
    /// are the short names that `Display` writes, or dotted identifiers; `\\` escapes one character.
    pub fn from_text(text: &str) -> Result<Self, Asn1Error> {
        const WHAT: &str = "a name such as CN=...,O=...,C=JP";
        let mut attributes: Vec<(Oid, String)> = Vec::new();
        for part in split_unescaped(text) {
            let (kind, value) = part.split_once('=').ok_or(Asn1Error::Unexpected(WHAT))?;
            let kind = kind_of(kind.trim()).ok_or(Asn1Error::Unexpected(WHAT))?;
            let value = unescaped(value.trim());
            if value.is_empty() {
                return Err(Asn1Error::Unexpected(WHAT));
            }
            attributes.push((kind, value));
        }
        attributes.reverse();
        let borrowed: Vec<(Oid, &str)> = attributes.iter().map(|(kind, value)| (*kind, value.as_str())).collect();
        Ok(Self::from_attributes(&borrowed))
    }

    /// Returns the encoding.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Tells whether the name has no attribute at all.
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// Returns the first value of an attribute, for example the common name.
    pub fn attribute(&self, kind: &Oid) -> Option<&str> {
        self.rdns.iter().flatten().find(|one| one.kind == *kind).map(|one| one.text.as_str())
    }

    /// Returns every value of an attribute.
    pub fn attributes(&self, kind: &Oid) -> impl Iterator<Item = &str> {
        self.rdns.iter().flatten().filter(move |one| one.kind == *kind).map(|one| one.text.as_str())
    }

    /// Compares two names as RFC 5280, 7.1 asks: case, runs of spaces and the ways to write a character (RFC 4518) do not
    /// matter. Same bytes are the same name.
    pub fn same_as(&self, other: &Self) -> bool {
        self.der == other.der || self.folded() == other.folded()
    }

    /// Returns a number that names have in common where [`Self::same_as`] holds, and few others: what they are looked up by.
    pub fn number(&self) -> u64 {
        self.folded().number
    }

    /// Brings every text to the form in which it is compared.
    fn folded(&self) -> &Folded {
        self.folded.get_or_init(|| {
            // A key that no folded text equals: texts have no control characters.
            let key = |one: &Attribute| if one.is_text { fold(&one.text) } else { format!("\u{0}{}", one.text) };
            let keys = |rdn: &Vec<Attribute>| {
                let mut keys: Vec<_> = rdn.iter().map(|one| (one.kind, key(one))).collect();
                keys.sort();
                keys
            };
            let rdns: Vec<_> = self.rdns.iter().map(keys).collect();
            let mut hasher = std::hash::DefaultHasher::new();
            rdns.hash(&mut hasher);
            Folded { rdns, number: hasher.finish() }
        })
    }

    /// Tells whether the name lies in the subtree of another, that name itself included (RFC 5280, 4.2.1.10).
    pub fn is_within(&self, base: &Self) -> bool {
        self.folded().rdns.starts_with(&base.folded().rdns)
    }

    /// Returns the name with one more relative name, given as the contents of its SET; `None` where they are none.
    pub fn with_relative(&self, rdn: &[u8]) -> Option<Self> {
        let (whole, _) = Tlv::read(&self.der).ok()?;
        let set = writer::tlv(tag::SET, rdn);
        Self::from_der(&writer::tlv(tag::SEQUENCE, &[whole.value, &set].concat())).ok()
    }
}

/// Writes the name as RFC 4514 has it: last relative name first, special characters escaped.
impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rdn_text = |rdn: &Vec<Attribute>| {
            rdn.iter().map(|one| format!("{}={}", label(&one.kind), escaped(&one.text))).collect::<Vec<_>>().join("+")
        };
        f.write_str(&self.rdns.iter().rev().map(rdn_text).collect::<Vec<_>>().join(","))
    }
}

/// Brings a text to the form in which texts are compared (RFC 4518, 2; RFC 5280, 7.1). What the preparation forbids, such
/// as characters newer than it, is compared without it.
fn fold(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        // Of these the preparation only folds the case.
        return text.split_ascii_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    }
    let prepared = stringprep::x520prep(text, false).unwrap_or(std::borrow::Cow::Borrowed(text));
    let plain = prepared.to_lowercase().replace(char::is_control, " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Decodes the string types of DirectoryString and IA5String.
fn string_value(tlv: Tlv<'_>) -> Option<String> {
    match tlv.tag {
        tag::UTF8 | 0x13 | 0x16 | 0x12 | 0x1a => std::str::from_utf8(tlv.value).ok().map(str::to_owned),
        // TeletexString: read as Latin-1, as everyone does.
        0x14 => Some(tlv.value.iter().map(|&byte| char::from(byte)).collect()),
        // BMPString
        0x1e if tlv.value.len().is_multiple_of(2) => {
            let units: Vec<u16> =
                tlv.value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).ok()
        }
        // UniversalString
        0x1c if tlv.value.len().is_multiple_of(4) => {
            tlv.value.chunks_exact(4).map(|c| char::from_u32(u32::from_be_bytes([c[0], c[1], c[2], c[3]]))).collect()
        }
        _ => None,
    }
}

/// Shows what is no text (RFC 4514, 2.4).
fn hexadecimal(tlv: Tlv<'_>) -> String {
    format!("#{}", crate::digest::hex(tlv.raw))
}

/// The short names of attribute types (RFC 4519, and what OpenSSL writes).
const LABELS: [(Oid, &str); 12] = [
    (oid::COMMON_NAME, "CN"),
    (oid::SERIAL_NUMBER, "serialNumber"),
    (oid::COUNTRY, "C"),
    (oid::LOCALITY, "L"),
    (oid::STATE, "ST"),
    (oid::STREET, "STREET"),
    (oid::ORGANIZATION, "O"),
    (oid::ORGANIZATIONAL_UNIT, "OU"),
    (oid::TITLE, "title"),
    (oid::EMAIL_ADDRESS, "emailAddress"),
    (oid::DOMAIN_COMPONENT, "DC"),
    (oid::USER_ID, "UID"),
];

fn label(kind: &Oid) -> String {
    LABELS.iter().find(|(known, _)| known == kind).map_or_else(|| kind.to_string(), |(_, label)| (*label).to_owned())
}

fn kind_of(label: &str) -> Option<Oid> {
    let known = LABELS.iter().find(|(_, known)| known.eq_ignore_ascii_case(label)).map(|(kind, _)| *kind);
    known.or_else(|| Oid::new(label).ok())
}

/// Splits at commas that are not escaped.
fn split_unescaped(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        if c == ',' && !escaped {
            parts.push(&text[start..at]);
            start = at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(&text[start..]);
    parts
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut escaped = false;
    for c in text.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            out.push(c);
            escaped = false;
        }
    }
    out
}

/// Escapes by RFC 4514, 2.4; control characters become hexadecimal pairs so that a name cannot disturb a terminal.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let last = text.chars().count().saturating_sub(1);
    for (index, c) in text.chars().enumerate() {
        match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => out.extend(['\\', c]),
            ' ' if index == 0 || index == last => out.push_str("\\ "),
            '#' if index == 0 => out.push_str("\\#"),
            c if c.is_control() => {
                let mut buffer = [0; 4];
                c.encode_utf8(&mut buffer).bytes().for_each(|byte| out.push_str(&format!("\\{byte:02x}")));
            }
            c => out.push(c),
        }
    }
    out
}
