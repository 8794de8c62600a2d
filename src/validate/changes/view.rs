//! One revision as a conforming reader sees it: an object exists only where the cross-reference says so.

use crate::pdf::{Dictionary, Entry, Object, ObjectId, Pdf};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// One revision of a document.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pdf: &'a Pdf,
}

impl<'a> View<'a> {
    /// Looks at a file as it was when a revision was its last.
    pub(super) fn new(pdf: &'a Pdf) -> Self {
        Self { pdf }
    }

    /// Returns the file.
    pub(super) fn pdf(self) -> &'a Pdf {
        self.pdf
    }

    /// Returns the trailer.
    pub(super) fn trailer(self) -> &'a Dictionary {
        self.pdf.trailer()
    }

    /// Returns the cross-reference entry of an object number.
    pub(super) fn entry(self, number: u32) -> Option<Entry> {
        self.pdf.place(number)
    }

    /// Tells whether the cross-reference places an object of a number anywhere, readable or not.
    pub(super) fn is_in_use(self, number: u32) -> bool {
        self.entry(number).is_some_and(|entry| entry != Entry::Free)
    }

    /// Lists the cross-reference entries by object number.
    pub(super) fn entries(self) -> impl Iterator<Item = (u32, Entry)> + 'a {
        self.pdf.entries().iter().copied()
    }

    /// Returns an object that the cross-reference names with this generation.
    pub(super) fn get(self, id: ObjectId) -> Option<&'a Object> {
        self.pdf.object(id)
    }

    /// Lists every object that the cross-reference names, readable or not.
    pub(super) fn ids(self) -> impl Iterator<Item = ObjectId> + 'a {
        self.entries().filter_map(|(number, entry)| match entry {
            Entry::Free => None,
            Entry::At { generation, .. } => Some((number, generation)),
            Entry::InStream { .. } => Some((number, 0)),
        })
    }

    /// Tells whether an object is the very same bytes in an earlier revision of the same file.
    pub(super) fn inherits(self, older: Self, id: ObjectId) -> bool {
        let entry = self.entry(id.0).filter(|entry| older.entry(id.0) == Some(*entry));
        let carrier = match entry {
            Some(Entry::At { .. }) => id,
            Some(Entry::InStream { container, .. }) if older.entry(container) == self.entry(container) => {
                (container, 0)
            }
            _ => return false,
        };
        // What ends elsewhere now, because it reaches into the later bytes or its length is another object's value that was
        // changed, was another object before, or none.
        let end = self.pdf.object_end(carrier);
        end.is_some_and(|end| end <= older.pdf.source().size_bytes()) && end == older.pdf.object_end(carrier)
    }

    /// Follows references to a value; a dangling reference is null (ISO 32000-2, 7.3.10).
    pub(super) fn resolve(self, object: &'a Object) -> &'a Object {
        self.pdf.resolve(object)
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

/// Tells whether an object only carries the file's structure: a cross-reference or object stream (ISO 32000-2, 7.5.7).
pub(super) fn is_structural(object: &Object) -> bool {
    matches!(object, Object::Stream(stream) if stream.dict.has_type(b"XRef") || stream.dict.has_type(b"ObjStm"))
}

/// The members of an array, to be asked for in any number.
#[derive(Default)]
pub(super) struct Members<'a> {
    references: HashSet<ObjectId>,
    others: HashMap<u64, Vec<&'a Object>>,
}

impl<'a> Members<'a> {
    /// Gathers the members of an array.
    pub(super) fn of(items: &'a [Object]) -> Self {
        let mut all = Self::default();
        for item in items {
            match item {
                Object::Reference(id) => drop(all.references.insert(*id)),
                other => all.others.entry(shape(other)).or_default().push(other),
            }
        }
        all
    }

    /// Tells whether one is the [`same`].
    pub(super) fn has(&self, item: &Object) -> bool {
        match item {
            Object::Reference(id) => self.references.contains(id),
            other => self.others.get(&shape(other)).is_some_and(|alike| alike.iter().any(|one| same(one, other))),
        }
    }
}

/// Returns a number that is equal for values that are the [`same`].
fn shape(object: &Object) -> u64 {
    let mut hasher = DefaultHasher::new();
    match object {
        Object::Null => 0_u8.hash(&mut hasher),
        Object::Boolean(truth) => (1_u8, truth).hash(&mut hasher),
        Object::Integer(number) => (2_u8, number).hash(&mut hasher),
        Object::Real(number) => (3_u8, number.to_bits()).hash(&mut hasher),
        Object::Name(name) => (4_u8, name).hash(&mut hasher),
        Object::String(text, _) => (5_u8, text).hash(&mut hasher),
        Object::Array(items) => items.iter().for_each(|item| shape(item).hash(&mut hasher)),
        Object::Dictionary(dictionary) => shapes(dictionary).hash(&mut hasher),
        Object::Stream(stream) => stream.content.hash(&mut hasher),
        Object::Reference(id) => (6_u8, id).hash(&mut hasher),
    }
    hasher.finish()
}

/// The order of entries does not matter, and null is no entry.
fn shapes(dictionary: &Dictionary) -> u64 {
    let entries = dictionary.iter().filter(|(_, value)| !value.is_null());
    let one = |(key, value): (&Vec<u8>, &Object)| {
        let mut hasher = DefaultHasher::new();
        (key, shape(value)).hash(&mut hasher);
        hasher.finish()
    };
    entries.map(one).fold(0, u64::wrapping_add)
}
