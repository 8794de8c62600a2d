//! The objects of a file, read when they are asked for and kept (ISO 32000-2, 7.3.10, 7.5.7).

use super::effort::Left;
use super::encryption::Encryption;
use super::lexer::Lexer;
use super::shared::{Containers, Place, Shared};
use super::window::{stream_data, window};
use super::xref::Entry;
use super::{Limits, PdfError, Source};
use lopdf::{Dictionary, Object, ObjectId, Stream};
use std::sync::{Arc, OnceLock};

/// The most bytes an object may have without its stream's data.
const OBJECT_BYTES: usize = 64 << 20;
/// How much of the file is searched at a time for the end of a stream whose length is wrong.
const STEP_BYTES: u64 = 1 << 20;

/// The longest `N G obj`, white space and short comments included.
const HEAD_BYTES: u64 = 64;

/// The longest way from the end of a stream's data to behind `endstream`.
const MARK_BYTES: u64 = 64;

/// What looking for an object counts for beside the bytes that are looked at.
pub(super) const LEAST_WORK: u64 = 64;

type Cell = OnceLock<Option<Arc<Object>>>;

/// The objects of one file as its cross-reference data place them.
pub(super) struct Objects {
    pub(super) source: Source,
    pub(super) limits: Limits,
    entries: Vec<(u32, Entry)>,
    cells: Vec<Cell>,
    /// Object streams that may be others in another revision.
    pub(super) containers: Containers,
    pub(super) encryption: Option<Encryption>,
    trouble: Arc<OnceLock<Trouble>>,
    pub(super) shared: Arc<Shared>,
    pub(super) work: Arc<Left>,
    pub(super) room: Left,
}

/// Why an object may seem to be missing that the file has.
#[derive(Clone, Copy)]
enum Trouble {
    /// The medium failed.
    Medium(std::io::ErrorKind),
    /// The file asks for more work or memory than a file of its size may.
    Costly,
}

/// An object at an offset as it is written there, where it ends, and where its stream's data begin if it has any.
#[derive(Clone)]
pub(super) struct Placed {
    object: Arc<Object>,
    end: u64,
    data: Option<u64>,
    /// Behind the last byte that was looked at.
    seen: u64,
    /// The memory that the object takes, without its stream's data.
    weight: u64,
    /// Whether it is kept for all revisions, and its memory counted.
    is_kept: bool,
}

/// An object with its stream's data.
pub(super) struct Whole {
    pub(super) object: Arc<Object>,
    /// Behind the last byte that was looked at; the largest number where something else than these bytes decided.
    pub(super) seen: u64,
    /// The memory that it takes.
    pub(super) weight: u64,
    /// Whether it is kept for all revisions, and its memory counted.
    pub(super) is_kept: bool,
}

impl Objects {
    pub(super) fn new(source: Source, limits: Limits, entries: Vec<(u32, Entry)>) -> Self {
        let cells = entries.iter().map(|_| Cell::new()).collect();
        let (containers, size) = (Containers::default(), source.size_bytes());
        let (work, room, trouble) = (Arc::new(Left::work(size)), Left::room(size), Arc::default());
        let shared = Arc::new(Shared::new(size));
        Self { source, limits, entries, cells, containers, encryption: None, trouble, shared, work, room }
    }

    /// Shares what is known of the bytes, and what reading may cost, with another revision of the same file.
    pub(super) fn share_with(&mut self, other: &Self) {
        self.shared = Arc::clone(&other.shared);
        self.work = Arc::clone(&other.work);
        self.trouble = Arc::clone(&other.trouble);
    }

    /// Returns the cross-reference entries by object number.
    pub(super) fn entries(&self) -> &[(u32, Entry)] {
        &self.entries
    }

    /// Returns the entry of a number.
    pub(super) fn entry(&self, number: u32) -> Option<Entry> {
        self.place(number).map(|index| self.entries[index].1)
    }

    /// Fails where an object in use does not stand where it should: which bytes were meant would be a guess.
    pub(super) fn check_heads(&self) -> Result<(), PdfError> {
        for (number, entry) in &self.entries {
            let Entry::At { offset, generation } = entry else { continue };
            let end = offset.saturating_add(HEAD_BYTES).min(self.source.size_bytes());
            let bytes = if *offset < end { self.source.read(*offset..end)? } else { Default::default() };
            let mut lexer = Lexer::new(&bytes);
            lexer.white();
            if lexer.object_head() != Some((*number, *generation)) {
                let what =
                    format!("object {number} {generation} does not stand where the cross-reference data place it");
                return Err(PdfError::Damaged { at: *offset, what });
            }
        }
        Ok(())
    }

    /// Returns the first trouble: since then, objects may be missing that the file has.
    pub(super) fn trouble(&self) -> Result<(), PdfError> {
        match self.trouble.get() {
            None => Ok(()),
            Some(Trouble::Medium(kind)) => Err(PdfError::Read((*kind).into())),
            Some(Trouble::Costly) => {
                let allowed = Left::work(self.source.size_bytes()).bytes() as u64;
                Err(PdfError::TooLarge { what: "the work that reading its objects takes", found: allowed + 1, allowed })
            }
        }
    }

    /// Takes work out of what is allowed; where there is no more of it, that is trouble.
    pub(super) fn spend(&self, bytes: u64) -> Option<()> {
        self.allowed(self.work.take(bytes))
    }

    pub(super) fn allowed(&self, allowed: bool) -> Option<()> {
        if !allowed {
            self.trouble.get_or_init(|| Trouble::Costly);
        }
        allowed.then_some(())
    }

    /// Returns the dictionary of an object or stream, without keeping it.
    pub(super) fn dictionary(&self, id: ObjectId) -> Option<Dictionary> {
        self.dictionary_at(id, self.offset(id)?)
    }

    fn dictionary_at(&self, id: ObjectId, offset: u64) -> Option<Dictionary> {
        self.placed(id, offset)?.object.as_dict().ok().cloned()
    }

    /// Returns the `/Type` of an object or stream, without keeping it.
    pub(super) fn kind(&self, id: ObjectId) -> Option<Vec<u8>> {
        self.kind_at(id, self.offset(id)?)
    }

    /// Returns the same of one that stands at an offset, whatever the cross-reference data place there.
    pub(super) fn kind_at(&self, id: ObjectId, offset: u64) -> Option<Vec<u8>> {
        self.dictionary_at(id, offset)?.get(b"Type").and_then(Object::as_name).ok().map(<[u8]>::to_vec)
    }

    /// Returns the offset of an object in the open.
    fn offset(&self, id: ObjectId) -> Option<u64> {
        match self.entry(id.0).filter(|entry| entry.is_of(id.1))? {
            Entry::At { offset, .. } => Some(offset),
            _ => None,
        }
    }

    fn place(&self, number: u32) -> Option<usize> {
        self.entries.binary_search_by_key(&number, |(number, _)| *number).ok()
    }

    /// Returns an object. None for one that is free, unknown, of another generation, or not readable where it should be.
    pub(super) fn get(&self, id: ObjectId) -> Option<&Object> {
        let index = self.place(id.0)?;
        let entry = self.entries[index].1;
        if !entry.is_of(id.1) {
            return None;
        }
        self.cells[index].get_or_init(|| self.load(id, entry)).as_deref()
    }

    /// Returns where an object is written.
    fn written_at(&self, entry: Entry) -> Option<Place> {
        match entry {
            Entry::Free => None,
            Entry::At { offset, .. } => Some(Place::Open(offset)),
            Entry::InStream { container, index } => match self.entry(container) {
                Some(Entry::At { offset, .. }) => Some(Place::Inside(offset, index)),
                _ => None,
            },
        }
    }

    /// Returns the references in values of an object that was read, whose keys stood again in their dictionary.
    pub(super) fn overruled(&self, id: ObjectId) -> Arc<[ObjectId]> {
        let place = self.entry(id.0).and_then(|entry| self.written_at(entry));
        place.and_then(|place| self.shared.overruled.get(place, id, u64::MAX)).unwrap_or_default()
    }

    pub(super) fn note_overruled(&self, place: Place, id: ObjectId, found: Vec<ObjectId>) {
        if !found.is_empty() {
            self.shared.overruled.keep(place, id, u64::MAX, found.into());
        }
    }

    /// Returns the references written in an object, those included that only some readers see, without keeping it or
    /// reading its stream's data. None where it should stand somewhere and cannot be read there.
    pub(super) fn references(&self, id: ObjectId) -> Option<Arc<[ObjectId]>> {
        let Some(index) = self.place(id.0) else { return Some(Arc::default()) };
        let entry = self.entries[index].1;
        if !entry.is_of(id.1) {
            return Some(Arc::default());
        }
        let written_in = |object: &Object| {
            let mut found = Vec::new();
            references(object, &mut found);
            found.extend_from_slice(&self.overruled(id));
            Arc::<[ObjectId]>::from(found)
        };
        match (self.cells[index].get(), entry) {
            (Some(kept), _) => kept.as_deref().map(written_in),
            (None, Entry::At { offset, .. }) => {
                let place = Place::Open(offset);
                self.shared.references.get(place, id, self.source.size_bytes()).or_else(|| {
                    let placed = self.placed(id, offset)?;
                    let found = written_in(&placed.object);
                    if self.may_share(placed.seen, size_of_val(&*found) as u64) {
                        self.shared.references.keep(place, id, placed.seen, Arc::clone(&found));
                    }
                    Some(found)
                })
            }
            (None, Entry::InStream { container, index }) => {
                self.inside(id, container, index).map(|whole| written_in(&whole.object))
            }
            (None, Entry::Free) => Some(Arc::default()),
        }
    }

    /// Tells whether what was read is the same in every revision that has these bytes, and there is room to keep it for all.
    pub(super) fn may_share(&self, seen: u64, weight: u64) -> bool {
        self.encryption.is_none() && seen <= self.source.size_bytes() && self.shared.has_room_for(weight)
    }

    /// Returns where the data of a stream stand in the file.
    pub(super) fn stream_range(&self, id: ObjectId) -> Option<std::ops::Range<u64>> {
        let placed = self.placed(id, self.offset(id)?)?;
        let start = placed.data?;
        Some(start..self.data_end(placed.object.as_dict().ok()?, start)?.0)
    }

    /// Returns the offset behind an object in the open, its stream's data included, without keeping it.
    pub(super) fn end(&self, id: ObjectId) -> Option<u64> {
        self.end_at(id, self.offset(id)?)
    }

    /// Returns the same of one that stands at an offset, whatever the cross-reference data place there.
    pub(super) fn end_at(&self, id: ObjectId, offset: u64) -> Option<u64> {
        let place = Place::Open(offset);
        if let Some(end) = self.shared.ends.get(place, id, self.source.size_bytes()) {
            return Some(end);
        }
        let placed = self.placed(id, offset)?;
        let (end, seen) = match (&*placed.object, placed.data) {
            (Object::Dictionary(dictionary), Some(start)) => self.data_end(dictionary, start)?,
            _ => (placed.end, placed.seen),
        };
        if seen <= self.source.size_bytes() && self.shared.has_room_for(0) {
            self.shared.ends.keep(place, id, seen, end);
        }
        Some(end)
    }

    fn load(&self, id: ObjectId, entry: Entry) -> Option<Arc<Object>> {
        let place = self.written_at(entry)?;
        if self.encryption.is_none()
            && let Some(object) = self.shared.objects.get(place, id, self.source.size_bytes())
        {
            return Some(object);
        }
        let whole = match entry {
            Entry::Free => None,
            Entry::At { offset, .. } => self.whole(id, offset),
            Entry::InStream { container, index } => self.inside(id, container, index),
        }?;
        if whole.is_kept {
            return Some(whole.object);
        }
        if self.may_share(whole.seen, whole.weight) {
            self.shared.objects.keep(place, id, whole.seen, Arc::clone(&whole.object));
        } else {
            self.allowed(self.room.take(whole.weight))?;
        }
        Some(whole.object)
    }

    /// Reads an object with its stream's data.
    pub(super) fn whole(&self, id: ObjectId, offset: u64) -> Option<Whole> {
        let placed = self.placed(id, offset)?;
        let whole = match (&*placed.object, placed.data) {
            (Object::Dictionary(dictionary), Some(start)) => {
                let (end, seen) = self.data_end(dictionary, start)?;
                if end - start > self.limits.inflated_bytes as u64 {
                    return None;
                }
                let weight = placed.weight + (end - start);
                self.allowed(weight <= self.room.bytes() as u64)?;
                let data = self.noted(self.source.read(start..end).map_err(PdfError::from))?;
                let mut stream = Stream::new(dictionary.clone(), data.into_owned());
                if let Ok(length) = dictionary.get(b"Length") {
                    stream.dict.set("Length", length.clone());
                }
                Whole { object: Arc::new(Object::Stream(stream)), seen, weight, is_kept: false }
            }
            _ => Whole { object: placed.object, seen: placed.seen, weight: placed.weight, is_kept: placed.is_kept },
        };
        let Some(encryption) = &self.encryption else { return Some(whole) };
        let object = encryption.decrypt(id, Arc::unwrap_or_clone(whole.object))?;
        Some(Whole { object: Arc::new(object), is_kept: false, ..whole })
    }

    /// Reads `N G obj` and the object behind it.
    fn placed(&self, id: ObjectId, offset: u64) -> Option<Placed> {
        let place = Place::Open(offset);
        if let Some(placed) = self.shared.placed.get(place, id, self.source.size_bytes()) {
            return Some(placed);
        }
        // Before and behind: what is spent is not looked at any more.
        self.spend(LEAST_WORK)?;
        let (mut looked, mut is_full, mut overruled) = (0, false, Vec::new());
        let read = window(&self.source, offset, OBJECT_BYTES, |lexer| {
            lexer.allow(self.room.bytes());
            let found = placed(lexer, id, offset);
            (looked, is_full, overruled) = (lexer.position(), lexer.is_full(), lexer.overruled());
            found
        });
        self.note_overruled(place, id, overruled);
        self.spend(looked as u64)?;
        self.allowed(!is_full)?;
        let mut placed = self.noted(read)??;
        if placed.seen <= self.source.size_bytes() && self.shared.has_place_for(placed.weight) {
            placed.is_kept = true;
            self.shared.placed.keep(place, id, placed.seen, placed.clone());
        }
        Some(placed)
    }

    /// Returns where a stream's data end: after its length, where `endstream` follows there, else at the next one; and
    /// behind the last byte that was looked at. A length that is another object's value, or wrong, is another matter in
    /// every revision: then that is the largest number.
    fn data_end(&self, dictionary: &Dictionary, start: u64) -> Option<(u64, u64)> {
        let mut is_own = false;
        let stated = match dictionary.get(b"Length") {
            Ok(Object::Integer(length)) => {
                is_own = true;
                Some(*length)
            }
            // Read afresh: a length may be asked for while its own cell is being filled.
            Ok(Object::Reference(id)) => match self.entry(id.0).filter(|entry| entry.is_of(id.1)) {
                Some(Entry::At { offset, .. }) => {
                    self.placed(*id, offset).and_then(|placed| placed.object.as_i64().ok())
                }
                Some(Entry::InStream { container, index }) => {
                    self.inside(*id, container, index).and_then(|whole| whole.object.as_i64().ok())
                }
                _ => None,
            },
            _ => None,
        };
        let stated = stated.and_then(|length| start.checked_add(u64::try_from(length).ok()?));
        let fits = |end: u64| {
            let ends = window(&self.source, end, MARK_BYTES as usize, |lexer| {
                lexer.white();
                Some(lexer.literally(b"endstream"))
            });
            self.noted(ends).flatten() == Some(true)
        };
        match stated.filter(|end| fits(*end)) {
            Some(end) => Some((end, if is_own { end.saturating_add(MARK_BYTES) } else { u64::MAX })),
            None => Some((self.search_end(start)?, u64::MAX)),
        }
    }

    fn search_end(&self, start: u64) -> Option<u64> {
        const WORD: &[u8] = b"endstream";
        self.spend(LEAST_WORK)?;
        let mut from = start;
        while from < self.source.size_bytes() {
            let to = (from + STEP_BYTES).min(self.source.size_bytes());
            let bytes = self.noted(self.source.read(from..to).map_err(PdfError::from))?;
            if let Some(at) = memchr::memmem::find(&bytes, WORD) {
                // One end of line before the word is not data (7.3.8.1).
                let end = from + at as u64;
                let before =
                    self.noted(self.source.read(start.max(end.saturating_sub(2))..end).map_err(PdfError::from))?;
                let line = match *before {
                    [b'\r', b'\n'] => 2,
                    [.., b'\r' | b'\n'] => 1,
                    _ => 0,
                };
                self.spend(end - start)?;
                return Some(end - line);
            }
            from = if to == self.source.size_bytes() { to } else { to - WORD.len() as u64 };
        }
        self.spend(self.source.size_bytes().saturating_sub(start))?;
        None
    }

    /// Notes a failure of the medium, so that a missing object is not taken for an object that is not there.
    fn noted<T>(&self, result: Result<T, PdfError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(PdfError::Read(error)) => {
                self.trouble.get_or_init(|| Trouble::Medium(error.kind()));
                None
            }
            Err(_) => None,
        }
    }
}

/// Reads `N G obj`, the object, and where its stream's data begin.
fn placed(lexer: &mut Lexer<'_>, id: ObjectId, offset: u64) -> Option<Placed> {
    lexer.white();
    if lexer.object_head()? != id {
        return None;
    }
    lexer.white();
    let object = lexer.object()?;
    let end = offset + lexer.position() as u64;
    let data = if matches!(object, Object::Dictionary(_)) { stream_data(lexer) } else { None };
    let seen = offset + (lexer.position() + b"stream\r\n".len()) as u64;
    let (data, weight) = (data.map(|data| offset + data as u64), lexer.used() as u64);
    Some(Placed { object: Arc::new(object), end, data, seen, weight, is_kept: false })
}

impl Entry {
    /// Returns whether an object of this generation is meant.
    pub fn is_of(self, generation: u16) -> bool {
        match self {
            Self::Free => false,
            Self::At { generation: own, .. } => own == generation,
            Self::InStream { .. } => generation == 0,
        }
    }
}

/// Collects the references written in a value.
pub fn references(object: &Object, found: &mut Vec<ObjectId>) {
    match object {
        Object::Reference(id) => found.push(*id),
        Object::Array(items) => items.iter().for_each(|item| references(item, found)),
        Object::Dictionary(dictionary) => dictionary.iter().for_each(|(_, value)| references(value, found)),
        Object::Stream(stream) => stream.dict.iter().for_each(|(_, value)| references(value, found)),
        _ => {}
    }
}
