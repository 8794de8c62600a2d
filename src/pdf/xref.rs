//! Cross-reference data (ISO 32000-2, 7.5.4, 7.5.5, 7.5.8): where each object stands, by following `/Prev` from the end.

use super::revision::{self, Revision};
use super::section::{Reading, Section};
use super::{Limits, PdfError, Source};
use lopdf::{Dictionary, Object};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The highest object number that all readers accept: half of what ISO 32000-1, annex C, knows. With a higher one, some
/// build the table anew.
pub(super) const HIGHEST_NUMBER: u64 = 4_194_303;

/// Where an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// Nowhere: the number is free.
    Free,
    /// At an offset in the file, with its generation number.
    At {
        /// The offset of the object's number.
        offset: u64,
        /// The generation.
        generation: u16,
    },
    /// In an object stream.
    InStream {
        /// The object stream's number.
        container: u32,
        /// The index in it.
        index: u32,
    },
}

/// All cross-reference sections of a file, merged.
#[derive(Debug)]
pub(super) struct Xref {
    /// By object number.
    pub(super) entries: Vec<(u32, Entry)>,
    /// The newest section's trailer; the dictionary of the stream where that is one.
    pub(super) trailer: Dictionary,
    /// The offset of the newest section.
    pub(super) start: u64,
    /// Whether the newest section says exactly what it holds.
    pub(super) is_exact: bool,
    /// The revisions, oldest first.
    pub(super) revisions: Vec<Revision>,
    /// What older sections say of numbers of which a newer one says something else.
    pub(super) replaced: Vec<(u32, Entry)>,
    /// The offsets of all sections, in file order, those of streams beside tables included.
    pub(super) sections: Vec<u64>,
    /// The sections themselves.
    pub(super) chain: Chain,
    /// Whether any section says what readers differ in: lists a number twice, or is a stream with a stream beside it.
    pub(super) is_ambiguous: bool,
}

impl Xref {
    /// Reads the cross-reference data of a file. Sections that are known from another revision of it are not read again.
    ///
    /// # Errors
    /// [`PdfError::Damaged`] for what is not as written, [`PdfError::TooLarge`] over a limit, [`PdfError::Read`].
    pub(super) fn read(source: &Source, limits: &Limits, known: &Chain) -> Result<Self, PdfError> {
        let last = revision::last_mark(source)?;
        let mut reading = Reading::new(source, limits);
        let (mut chain, mut sections) = (Chain::new(), Vec::new());
        let mut marks = vec![last];
        let mut next = Some(last.startxref);
        while let Some(offset) = next {
            let section = match known.get(&offset).filter(|known| is_within(known, source)) {
                Some(known) => Arc::clone(known),
                None => Arc::new(reading.section(offset)?),
            };
            reading.count(&section)?;
            if chain.insert(offset, Arc::clone(&section)).is_some() {
                return Err(damaged(offset, "the chain of cross-reference sections loops"));
            }
            bounded("the number of cross-reference sections", chain.len(), limits.revisions)?;
            let size = section.trailer.get(b"Size").and_then(Object::as_i64).unwrap_or(0);
            if u64::try_from(size).is_ok_and(|size| size > HIGHEST_NUMBER + 1) {
                return Err(damaged(offset, "a cross-reference section for more objects than a file may have"));
            }
            marks.extend(section.mark);
            next = previous(&section.trailer, offset)?;
            sections.push(section);
        }
        let mut entries = sections.iter().flat_map(|section| section.rows.iter().copied()).collect::<Vec<_>>();
        // The first row of a number is its newest.
        entries.sort_by_key(|(number, _)| *number);
        let mut replaced = Vec::new();
        entries.dedup_by(|older, kept| {
            let same = older.0 == kept.0;
            if same && older.1 != kept.1 {
                replaced.push(*older);
            }
            same
        });
        let mut offsets: Vec<u64> = sections.iter().filter_map(|section| section.beside).collect();
        offsets.extend(chain.keys());
        offsets.sort_unstable();
        let newest = sections.first();
        Ok(Self {
            sections: offsets,
            entries,
            replaced,
            trailer: newest.map(|newest| newest.trailer.clone()).unwrap_or_default(),
            start: last.startxref,
            is_exact: newest.is_some_and(|newest| newest.is_exact),
            is_ambiguous: sections.iter().any(|section| section.is_ambiguous),
            revisions: revision::revisions(marks, &chain)?,
            chain,
        })
    }
}

/// The sections of a file by their offsets.
pub(super) type Chain = BTreeMap<u64, Arc<Section>>;

/// Tells whether a section is the same wherever these bytes end: it was read whole, to the mark behind it, and within them.
fn is_within(section: &Section, source: &Source) -> bool {
    section.beside.is_none() && section.mark.is_some_and(|mark| mark.end <= source.size_bytes())
}

fn previous(trailer: &Dictionary, at: u64) -> Result<Option<u64>, PdfError> {
    trailer.get(b"Prev").ok().map(|previous| offset_of(previous, at)).transpose()
}

pub(super) fn offset_of(object: &Object, at: u64) -> Result<u64, PdfError> {
    let offset = object.as_i64().ok().and_then(|offset| u64::try_from(offset).ok());
    offset.ok_or_else(|| damaged(at, "a trailer that names no offset where it should"))
}

pub(super) fn bounded(what: &'static str, found: usize, allowed: usize) -> Result<(), PdfError> {
    let (found, allowed) = (found as u64, allowed as u64);
    if found > allowed { Err(PdfError::TooLarge { what, found, allowed }) } else { Ok(()) }
}

pub(super) fn damaged(at: u64, what: &str) -> PdfError {
    PdfError::Damaged { at, what: what.to_owned() }
}
