//! One revision as a conforming reader sees it: an object exists only where the cross-reference says so.
//!
//! The parser is lenient and keeps objects that no cross-reference names; counting those would let a later
//! revision hide content that this program still sees.

use lopdf::xref::XrefEntry;
use lopdf::{Dictionary, Document, Object, ObjectId};

/// How many references in a row are followed before a value counts as missing.
const REFERENCE_CHAIN: usize = 16;

/// One revision of a document.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    document: &'a Document,
}

impl<'a> View<'a> {
    /// Looks at a parsed revision.
    pub(super) fn new(document: &'a Document) -> Self {
        Self { document }
    }

    /// Returns the trailer.
    pub(super) fn trailer(self) -> &'a Dictionary {
        &self.document.trailer
    }

    /// Returns the cross-reference entry of an object number.
    pub(super) fn entry(self, number: u32) -> Option<&'a XrefEntry> {
        self.document.reference_table.get(number)
    }

    /// Lists the cross-reference entries by object number.
    pub(super) fn entries(self) -> impl Iterator<Item = (u32, &'a XrefEntry)> {
        self.document.reference_table.entries.iter().map(|(number, entry)| (*number, entry))
    }

    /// Returns the offset of the newest cross-reference section.
    pub(super) fn xref_start(self) -> usize {
        self.document.xref_start
    }

    /// Returns an object that the cross-reference names with this generation.
    pub(super) fn get(self, id: ObjectId) -> Option<&'a Object> {
        let named = match self.entry(id.0)? {
            XrefEntry::Normal { generation, .. } => *generation == id.1,
            XrefEntry::Compressed { .. } => id.1 == 0,
            XrefEntry::Free | XrefEntry::UnusableFree => false,
        };
        if named { self.document.objects.get(&id) } else { None }
    }

    /// Lists every object that the cross-reference names.
    pub(super) fn ids(self) -> impl Iterator<Item = ObjectId> + 'a {
        self.document.objects.keys().copied().filter(move |id| self.get(*id).is_some())
    }

    /// Follows references to a value; a dangling reference is null (ISO 32000-2, 7.3.10).
    pub(super) fn resolve(self, object: &'a Object) -> &'a Object {
        let mut object = object;
        for _ in 0..REFERENCE_CHAIN {
            match object {
                Object::Reference(id) => object = self.get(*id).unwrap_or(&Object::Null),
                other => return other,
            }
        }
        &Object::Null
    }

    /// Returns a dictionary's value with references followed; null counts as missing (ISO 32000-2, 7.3.9).
    pub(super) fn value(self, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
        match self.resolve(dictionary.get(key).ok()?) {
            Object::Null => None,
            value => Some(value),
        }
    }

    /// Returns a dictionary's value as a dictionary, references followed.
    pub(super) fn dictionary(self, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a Dictionary> {
        as_dictionary(self.value(dictionary, key)?)
    }

    /// Returns a dictionary's value as an array, references followed.
    pub(super) fn array(self, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a [Object]> {
        match self.value(dictionary, key)? {
            Object::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Returns a dictionary's value as a name, references followed.
    pub(super) fn name(self, dictionary: &'a Dictionary, key: &[u8]) -> Option<&'a [u8]> {
        match self.value(dictionary, key)? {
            Object::Name(name) => Some(name),
            _ => None,
        }
    }

    /// Returns an object as a dictionary.
    pub(super) fn object_dictionary(self, id: ObjectId) -> Option<&'a Dictionary> {
        as_dictionary(self.get(id)?)
    }

    /// Returns the catalogue and its identifier.
    pub(super) fn catalogue(self) -> Option<(ObjectId, &'a Dictionary)> {
        let Ok(Object::Reference(id)) = self.trailer().get(b"Root") else { return None };
        Some((*id, self.object_dictionary(*id)?))
    }
}

/// Returns a direct dictionary; a stream is none.
pub(super) fn as_dictionary(object: &Object) -> Option<&Dictionary> {
    match object {
        Object::Dictionary(dictionary) => Some(dictionary),
        _ => None,
    }
}

/// Tells whether two values are written the same, references compared by number and not followed.
pub(super) fn same(one: &Object, other: &Object) -> bool {
    match (one, other) {
        (Object::Array(a), Object::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(x, y)| same(x, y)),
        (Object::Dictionary(a), Object::Dictionary(b)) => same_dictionary(a, b, &[]),
        (Object::Stream(a), Object::Stream(b)) => {
            a.content == b.content && same_dictionary(&a.dict, &b.dict, &[b"Length"])
        }
        (Object::String(a, _), Object::String(b, _)) => a == b,
        (Object::Real(a), Object::Real(b)) => a.to_bits() == b.to_bits(),
        (a, b) => a == b,
    }
}

/// Tells whether two dictionaries hold the same under every key but the ones left out.
pub(super) fn same_dictionary(one: &Dictionary, other: &Dictionary, left_out: &[&[u8]]) -> bool {
    keys(one, other).all(|key| {
        left_out.contains(&key) || same(one.get(key).unwrap_or(&Object::Null), other.get(key).unwrap_or(&Object::Null))
    })
}

/// Lists the keys of two dictionaries, each once.
pub(super) fn keys<'a>(one: &'a Dictionary, other: &'a Dictionary) -> impl Iterator<Item = &'a [u8]> {
    let first = one.iter().map(|(key, _)| key.as_slice());
    let second = other.iter().map(|(key, _)| key.as_slice()).filter(|key| !one.has(key));
    first.chain(second)
}

/// Collects the references written in a value.
pub(super) fn references(object: &Object, found: &mut Vec<ObjectId>) {
    match object {
        Object::Reference(id) => found.push(*id),
        Object::Array(items) => items.iter().for_each(|item| references(item, found)),
        Object::Dictionary(dictionary) => dictionary.iter().for_each(|(_, value)| references(value, found)),
        Object::Stream(stream) => stream.dict.iter().for_each(|(_, value)| references(value, found)),
        _ => {}
    }
}

/// Tells whether an object only carries the file's structure: a cross-reference or object stream (ISO 32000-2, 7.5.7).
pub(super) fn is_structural(object: &Object) -> bool {
    matches!(object, Object::Stream(stream) if stream.dict.has_type(b"XRef") || stream.dict.has_type(b"ObjStm"))
}
