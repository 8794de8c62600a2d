//! Distinguished names: RFC 4514 strings for people, RFC 5280 comparison for paths, and a writer for issuing.

use super::reader::{Tlv, tag};
use super::{Asn1Error, Oid, limits, oid, writer};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// A distinguished name: the raw bytes and its attributes in the order encoded. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Name(Arc<Inner>);

#[derive(Debug)]
struct Inner {
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
        Arc::ptr_eq(&self.0, &other.0) || self.0.der == other.0.der
    }
}

impl Eq for Name {}

impl Name {
    fn new(der: Vec<u8>, rdns: Vec<Vec<Attribute>>) -> Self {
        Self(Arc::new(Inner { der, rdns, folded: OnceLock::new() }))
    }

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
        Ok(Self::new(der.to_vec(), rdns))
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
        Self::new(der, rdns)
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
        &self.0.der
    }

    /// Tells whether the name has no attribute at all.
    pub fn is_empty(&self) -> bool {
        self.0.rdns.is_empty()
    }

    /// Returns the first value of an attribute, for example the common name.
    pub fn attribute(&self, kind: &Oid) -> Option<&str> {
        self.0.rdns.iter().flatten().find(|one| one.kind == *kind).map(|one| one.text.as_str())
    }

    /// Returns every value of an attribute.
    pub fn attributes(&self, kind: &Oid) -> impl Iterator<Item = &str> {
        self.0.rdns.iter().flatten().filter(move |one| one.kind == *kind).map(|one| one.text.as_str())
    }

    /// Compares two names as RFC 5280, 7.1 asks: case, runs of spaces and the ways to write a character (RFC 4518) do not
    /// matter. Same bytes are the same name.
    pub fn same_as(&self, other: &Self) -> bool {
        self == other || self.folded() == other.folded()
    }

    /// Returns a number that names have in common where [`Self::same_as`] holds, and few others: what they are looked up by.
    pub fn number(&self) -> u64 {
        self.folded().number
    }

    /// Brings every text to the form in which it is compared.
    fn folded(&self) -> &Folded {
        self.0.folded.get_or_init(|| {
            // A key that no folded text equals: texts have no control characters.
            let key = |one: &Attribute| if one.is_text { fold(&one.text) } else { format!("\u{0}{}", one.text) };
            let keys = |rdn: &Vec<Attribute>| {
                let mut keys: Vec<_> = rdn.iter().map(|one| (one.kind, key(one))).collect();
                keys.sort();
                keys
            };
            let rdns: Vec<_> = self.0.rdns.iter().map(keys).collect();
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
        let (whole, _) = Tlv::read(&self.0.der).ok()?;
        let set = writer::tlv(tag::SET, rdn);
        Self::from_der(&writer::tlv(tag::SEQUENCE, &[whole.value, &set].concat())).ok()
    }
}

/// Writes the name as RFC 4514 has it: last relative name first, special characters escaped.
impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, rdn) in self.0.rdns.iter().rev().enumerate() {
            f.write_str(if index > 0 { "," } else { "" })?;
            for (index, one) in rdn.iter().enumerate() {
                f.write_str(if index > 0 { "+" } else { "" })?;
                match label(&one.kind) {
                    Some(label) => f.write_str(label)?,
                    None => write!(f, "{}", one.kind)?,
                }
                f.write_str("=")?;
                write_escaped(&one.text, f)?;
            }
        }
        Ok(())
    }
}

/// Brings a text to the form in which texts are compared (RFC 4518, 2; RFC 5280, 7.1). What the preparation forbids, such
/// as characters newer than it, is compared without it.
fn fold(text: &str) -> String {
    if text.chars().all(is_plain) {
        let mut folded = String::with_capacity(text.len());
        for word in text.split_ascii_whitespace() {
            folded.push_str(if folded.is_empty() { "" } else { " " });
            folded.push_str(word);
        }
        folded.make_ascii_lowercase();
        return folded;
    }
    fold_by_tables(text)
}

/// Tells whether the preparation leaves a character as it is but for its case, whatever stands beside it: ASCII, kana and
/// the ideographs that Unicode 3.2 has, of which nearly all names here consist.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{3041}'..='\u{3094}' | '\u{30a1}'..='\u{30fc}' | '\u{4e00}'..='\u{9fa5}')
}

fn fold_by_tables(text: &str) -> String {
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

fn label(kind: &Oid) -> Option<&'static str> {
    LABELS.iter().find(|(known, _)| known == kind).map(|(_, label)| *label)
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
fn write_escaped(text: &str, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    let mut done = 0;
    for (at, c) in text.char_indices() {
        let is_escaped = match c {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => true,
            ' ' => at == 0 || at + 1 == text.len(),
            '#' => at == 0,
            _ => c.is_control(),
        };
        if !is_escaped {
            continue;
        }
        f.write_str(&text[done..at])?;
        done = at + c.len_utf8();
        if c.is_control() {
            text[at..done].bytes().try_for_each(|byte| write!(f, "\\{byte:02x}"))?;
        } else {
            write!(f, "\\{c}")?;
        }
    }
    f.write_str(&text[done..])
}

#[cfg(test)]
mod tests {
    use super::{Name, fold, fold_by_tables, is_plain};
    use crate::asn1::oid;

    #[test]
    fn what_is_folded_without_tables_is_folded_as_by_them() {
        for c in ('\0'..='\u{2ffff}').filter(|c| is_plain(*c)) {
            for text in [format!("{c}"), format!("{c}{c}"), format!("  A{c}  {c}\u{4e00} {c}\u{304b}{c}\u{30ab}Z ")] {
                assert_eq!(fold(&text), fold_by_tables(&text), "{c:?}");
            }
        }
        // What changes beside others is not among them: half-width kana, marks of sound, full-width letters and spaces.
        for (text, folded) in [("ｶﾞ", "ガ"), ("か\u{3099}", "が"), ("Ａ\u{3000}見本", "a 見本"), ("㍿", "株式会社")]
        {
            assert_eq!(fold(text), folded);
        }
    }

    #[test]
    fn what_has_a_meaning_in_a_name_is_escaped() {
        let shown = |text: &str| Name::from_attributes(&[(oid::COMMON_NAME, text)]).to_string();
        for (text, escaped) in [
            ("見本市長", "見本市長"),
            (" a b ", r"\ a b\ "),
            ("#1#", r"\#1#"),
            ("a,b+\"c\"\\<>;", r#"a\,b\+\"c\"\\\<\>\;"#),
            ("a\n\u{85}b", r"a\0a\c2\85b"),
            (" ", r"\ "),
            ("", ""),
        ] {
            assert_eq!(shown(text), format!("CN={escaped}"));
        }
        let unknown = crate::asn1::Oid::new_unwrap("1.2.3.4");
        assert_eq!(Name::from_attributes(&[(unknown, "x"), (oid::COUNTRY, "JP")]).to_string(), "C=JP,1.2.3.4=x");
    }
}
