//! Pages of a PDF as a file of their own.
//!
//! A page takes along what it refers to, directly or not, and what it inherits (ISO 32000-2, 7.7.3.4); streams stay byte for
//! byte. Other pages, bookmarks, forms and names stay behind.

use crate::digest::sha256;
use crate::office::ports::DigitiserError;
use lopdf::{Dictionary, Document, Object, ObjectId, StringFormat};
use std::collections::{BTreeMap, BTreeSet};

/// How deep a page tree goes at most.
const DEEPEST_TREE: usize = 64;
/// How deep arrays and dictionaries lie in each other at most.
const DEEPEST_VALUE: usize = 128;
/// What a page inherits.
const INHERITED: [&[u8]; 4] = [b"Resources", b"MediaBox", b"CropBox", b"Rotate"];
/// Entries of the catalogue that say how pages look.
const OF_CATALOGUE: [&[u8]; 3] = [b"Lang", b"OCProperties", b"OutputIntents"];
/// Entries of a page that speak of the document it was part of: threads, structure, and what PDF editors keep for themselves.
const OF_DOCUMENT: [&[u8]; 5] = [b"B", b"StructParents", b"PieceInfo", b"Parent", b"Tabs"];

/// Writes pages, in their order; `count` is how many the reader of pictures found.
pub(super) fn write(bytes: &[u8], count: u32, wanted: &[u32]) -> Result<Vec<u8>, DigitiserError> {
    let damaged = |page: u32, reason: &str| DigitiserError::Damaged { page, reason: reason.to_owned() };
    let from = Document::load_mem(bytes).map_err(|_| damaged(0, "its objects cannot be read"))?;
    let pages = from.get_pages();
    if pages.len() != count as usize {
        return Err(damaged(0, "its pages can be counted in two ways"));
    }
    let mut cut = Cut { from: &from, tree: tree_nodes(&from), taken: BTreeMap::new(), waiting: Vec::new() };
    let mut kids = Vec::with_capacity(wanted.len());
    let root = (from.max_id.checked_add(1).ok_or_else(|| damaged(0, "its object numbers are exhausted"))?, 0);
    for number in wanted {
        let id = *pages.get(number).ok_or(DigitiserError::NoSuchPage(*number))?;
        let page = page_of(&from, id).ok_or_else(|| damaged(*number, "its page object cannot be read"))?;
        // A page that stands in the tree twice is two objects from now on.
        let id = if cut.taken.contains_key(&id) { (root.0 + 2 + kids.len() as u32, 0) } else { id };
        let mut page = cut.dictionary(&page, 0);
        page.set("Parent", Object::Reference(root));
        cut.taken.insert(id, Object::Dictionary(page));
        kids.push(Object::Reference(id));
    }
    let catalogue = (root.0 + 1, 0);
    let mut entries = Dictionary::new();
    entries.set("Type", "Catalog");
    entries.set("Pages", Object::Reference(root));
    if let Ok(old) = from.catalog() {
        for key in OF_CATALOGUE {
            if let Ok(value) = old.get(key) {
                entries.set(key, cut.value(value, 0));
            }
        }
    }
    cut.follow();
    let mut to = Document::with_version(from.version.clone());
    to.objects = std::mem::take(&mut cut.taken);
    to.max_id = catalogue.0 + wanted.len() as u32 + 1;
    let mut tree = Dictionary::new();
    tree.set("Type", "Pages");
    tree.set("Count", i64::try_from(kids.len()).unwrap_or(i64::MAX));
    tree.set("Kids", kids);
    to.objects.insert(root, Object::Dictionary(tree));
    to.objects.insert(catalogue, Object::Dictionary(entries));
    to.trailer.set("Root", Object::Reference(catalogue));
    let identifier = Object::String(identifier(bytes, wanted), StringFormat::Hexadecimal);
    to.trailer.set("ID", vec![identifier.clone(), identifier]);
    let mut out = Vec::new();
    to.save_to(&mut out).map_err(|error| DigitiserError::Writing(error.to_string()))?;
    Ok(out)
}

/// Makes the file's identifier of what it was made of.
fn identifier(bytes: &[u8], wanted: &[u32]) -> Vec<u8> {
    let mut made_of = sha256(bytes).to_vec();
    wanted.iter().for_each(|page| made_of.extend(page.to_be_bytes()));
    sha256(&made_of).get(..16).unwrap_or_default().to_vec()
}

/// Returns a page with what it inherits, without what ties it to its document.
fn page_of(from: &Document, id: ObjectId) -> Option<Dictionary> {
    let mut page = from.get_dictionary(id).ok()?.clone();
    let mut above = page.get(b"Parent").and_then(Object::as_reference).ok();
    for _ in 0..DEEPEST_TREE {
        let Some(node) = above.and_then(|id| from.get_dictionary(id).ok()) else { break };
        for key in INHERITED {
            if let (false, Ok(value)) = (page.has(key), node.get(key)) {
                page.set(key, value.clone());
            }
        }
        above = node.get(b"Parent").and_then(Object::as_reference).ok();
    }
    for key in OF_DOCUMENT {
        page.remove(key);
    }
    Some(page)
}

/// Returns every node and page of the page tree, and all else that says it is one.
fn tree_nodes(from: &Document) -> BTreeSet<ObjectId> {
    let is_node = |object: &Object| {
        let kind = object.as_dict().and_then(|dictionary| dictionary.get(b"Type")).and_then(Object::as_name);
        matches!(kind, Ok(b"Page" | b"Pages" | b"Catalog"))
    };
    let said = from.objects.iter().filter(|(_, object)| is_node(object)).map(|(id, _)| *id);
    said.chain(from.page_iter()).collect()
}

/// What is taken along.
struct Cut<'a> {
    from: &'a Document,
    tree: BTreeSet<ObjectId>,
    taken: BTreeMap<ObjectId, Object>,
    waiting: Vec<ObjectId>,
}

impl Cut<'_> {
    /// Copies what is referred to until nothing is.
    fn follow(&mut self) {
        while let Some(id) = self.waiting.pop() {
            if self.taken.contains_key(&id) {
                continue;
            }
            let copied = match self.from.objects.get(&id) {
                Some(object) => self.value(object, 0),
                None => Object::Null,
            };
            self.taken.insert(id, copied);
        }
    }

    /// Copies a value. A reference to any page stays behind: it would bring its document along.
    fn value(&mut self, value: &Object, depth: usize) -> Object {
        match value {
            _ if depth > DEEPEST_VALUE => Object::Null,
            Object::Reference(id) if self.tree.contains(id) => Object::Null,
            Object::Reference(id) => {
                self.waiting.push(*id);
                Object::Reference(*id)
            }
            Object::Array(items) => Object::Array(items.iter().map(|item| self.value(item, depth + 1)).collect()),
            Object::Dictionary(dictionary) => Object::Dictionary(self.dictionary(dictionary, depth + 1)),
            Object::Stream(stream) => {
                let mut copy = stream.clone();
                copy.dict = self.dictionary(&stream.dict, depth + 1);
                Object::Stream(copy)
            }
            other => other.clone(),
        }
    }

    fn dictionary(&mut self, from: &Dictionary, depth: usize) -> Dictionary {
        let mut copy = Dictionary::new();
        for (key, value) in from {
            copy.set(key.clone(), self.value(value, depth));
        }
        copy
    }
}
