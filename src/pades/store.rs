//! The document security store (DSS; ISO 32000-2, 12.8.4.3; EN 319 142-1, 5.4.2): certificates, revocation lists and
//! OCSP responses in the file itself.

use super::PadesError;
use super::slot::hexadecimal;
use crate::digest::DigestAlgorithm;
use crate::pdf::{Appended, Dictionary, Object, ObjectId, Pdf, PdfError, Stream, Update};
use std::collections::BTreeSet;

/// How many items of a kind are read.
const ITEMS: usize = 2_000;
/// The longest item that is read, inflated: the largest national revocation list has some 40 MB.
const ITEM_BYTES: usize = 64 << 20;
/// How much all items may hold, inflated, and how much more a byte of the file: revocation lists are compressed three to one.
const STORE_BYTES: usize = 4 << 20;
const STORE_FACTOR: usize = 3;

/// Validation material in DER.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityStore {
    /// X.509 certificates.
    pub certificates: BTreeSet<Vec<u8>>,
    /// Certificate revocation lists (RFC 5280).
    pub crls: BTreeSet<Vec<u8>>,
    /// OCSP responses (RFC 6960): whole `OCSPResponse` values.
    pub ocsps: BTreeSet<Vec<u8>>,
}

impl SecurityStore {
    /// Reads the store of a file; none where there is none. What cannot be read in it is left out.
    pub fn read(pdf: &Pdf) -> Option<Self> {
        let store = dictionary(pdf)?;
        let size = usize::try_from(pdf.source().size_bytes()).unwrap_or(usize::MAX);
        let mut left = size.saturating_mul(STORE_FACTOR).saturating_add(STORE_BYTES);
        let mut items = |key: &[u8]| {
            let mut all = BTreeSet::new();
            for id in references(pdf, store, key) {
                if let Some(found) = item(pdf, id, left) {
                    left -= found.len();
                    all.insert(found);
                }
            }
            all
        };
        Some(Self { certificates: items(b"Certs"), crls: items(b"CRLs"), ocsps: items(b"OCSPs") })
    }

    /// Adds everything of another store.
    pub fn extend(&mut self, other: Self) {
        self.certificates.extend(other.certificates);
        self.crls.extend(other.crls);
        self.ocsps.extend(other.ocsps);
    }

    /// Returns whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.crls.is_empty() && self.ocsps.is_empty()
    }
}

/// Material that belongs to one signature, for its own entry in the store (`/VRI`).
pub(super) struct Related<'a> {
    /// The signature's `/Contents`, padding included.
    pub(super) contents: &'a [u8],
    /// Its material.
    pub(super) material: &'a SecurityStore,
}

/// Adds material to a file's store: nothing that is there is written again, nothing is taken away. None where all of it
/// is there.
///
/// # Errors
/// [`PadesError::Pdf`].
pub(super) fn add(
    pdf: &Pdf,
    material: &SecurityStore,
    related: &[Related<'_>],
) -> Result<Option<Appended>, PadesError> {
    let mut update = Update::new(pdf)?;
    let mut store = dictionary(pdf).cloned().unwrap_or_default();
    let mut lists = Vec::new();
    let mut has_news = false;
    for (key, wanted) in
        [(&b"Certs"[..], &material.certificates), (b"CRLs", &material.crls), (b"OCSPs", &material.ocsps)]
    {
        let list = List::read(pdf, &store, key).completed(&mut update, wanted);
        has_news |= list.is_longer;
        if list.is_longer {
            store.set(key, list.ids().map(Object::Reference).collect::<Vec<_>>());
        }
        lists.push(list);
    }
    let present = pdf.entry(&store, b"VRI").and_then(|entries| entries.as_dict().ok()).cloned().unwrap_or_default();
    let mut entries = present.clone();
    for one in related {
        let name = hexadecimal(&DigestAlgorithm::Sha1.digest(one.contents).bytes).to_ascii_uppercase();
        if !entries.has(&name) {
            entries.set(name, entry(&lists, one.material));
        }
    }
    if entries != present {
        has_news = true;
        store.set("VRI", entries);
    }
    if !has_news {
        return Ok(None);
    }
    store.set("Type", "DSS");
    put(pdf, &mut update, store)?;
    Ok(Some(update.finish()?))
}

/// Puts the store where the catalogue has it, or into the catalogue.
fn put(pdf: &Pdf, update: &mut Update<'_>, store: Dictionary) -> Result<(), PdfError> {
    let (root, catalog) = pdf.catalog()?;
    match catalog.get(b"DSS") {
        Ok(Object::Reference(id)) if dictionary(pdf).is_some() => update.set(*id, store),
        _ => {
            let mut catalog = catalog.clone();
            let id = update.add(store);
            catalog.set("DSS", Object::Reference(id));
            super::field::add_extension(pdf, &mut catalog);
            update.set(root, catalog);
        }
    }
    Ok(())
}

/// One list of the store.
struct List {
    items: Vec<(ObjectId, Option<Vec<u8>>)>,
    is_longer: bool,
}

impl List {
    fn read(pdf: &Pdf, store: &Dictionary, key: &[u8]) -> Self {
        let items = references(pdf, store, key).into_iter().map(|id| (id, item(pdf, id, ITEM_BYTES))).collect();
        Self { items, is_longer: false }
    }

    /// Adds what is missing as streams of the update.
    fn completed(mut self, update: &mut Update<'_>, wanted: &BTreeSet<Vec<u8>>) -> Self {
        for der in wanted {
            if self.id_of(der).is_none() {
                let id = update.add(Stream::new(Dictionary::new(), der.clone()));
                self.items.push((id, Some(der.clone())));
                self.is_longer = true;
            }
        }
        self
    }

    fn id_of(&self, der: &[u8]) -> Option<ObjectId> {
        self.items.iter().find(|(_, item)| item.as_deref() == Some(der)).map(|(id, _)| *id)
    }

    fn ids(&self) -> impl Iterator<Item = ObjectId> {
        self.items.iter().map(|(id, _)| *id)
    }
}

/// Makes the entry of one signature (table 263).
fn entry(lists: &[List], material: &SecurityStore) -> Dictionary {
    let mut entry = Dictionary::new();
    entry.set("Type", "VRI");
    let kinds = [("Cert", &material.certificates), ("CRL", &material.crls), ("OCSP", &material.ocsps)];
    for ((key, items), list) in kinds.into_iter().zip(lists) {
        let ids: Vec<Object> = items.iter().filter_map(|der| list.id_of(der)).map(Object::Reference).collect();
        if !ids.is_empty() {
            entry.set(key, ids);
        }
    }
    entry
}

fn dictionary(pdf: &Pdf) -> Option<&Dictionary> {
    let (_, catalog) = pdf.catalog().ok()?;
    pdf.entry(catalog, b"DSS")?.as_dict().ok()
}

fn references(pdf: &Pdf, store: &Dictionary, key: &[u8]) -> Vec<ObjectId> {
    let items = pdf.entry(store, key).and_then(|items| items.as_array().ok());
    items.into_iter().flatten().take(ITEMS).filter_map(|item| item.as_reference().ok()).collect()
}

fn item(pdf: &Pdf, id: ObjectId, most_bytes: usize) -> Option<Vec<u8>> {
    match pdf.object(id)? {
        Object::Stream(stream) => pdf.inflated(stream, most_bytes.min(ITEM_BYTES)),
        _ => None,
    }
}
