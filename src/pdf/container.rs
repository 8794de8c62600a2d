//! Object streams (ISO 32000-2, 7.5.7), and the inflating of any stream within what a file may cost.

use super::lexer::Lexer;
use super::objects::{LEAST_WORK, Objects, Whole};
use super::shared::Place;
use super::xref::Entry;
use lopdf::{Dictionary, Object, ObjectId, Stream};
use std::sync::Arc;

/// How many bytes are inflated in the time in which one is parsed, at the least.
const PER_WORK: usize = 2;
/// The most that a byte inflates to, nearly (RFC 1951).
const INFLATION: usize = 1_100;

/// An object stream, inflated.
pub(super) struct Container {
    /// Number and offset of each object.
    heads: Vec<(u32, usize)>,
    data: Vec<u8>,
    /// The offset of its object.
    offset: u64,
    /// Behind the last byte of the file that was looked at; the largest number where something else decided.
    pub(super) seen: u64,
}

impl Objects {
    /// Returns the data of a stream, inflated.
    pub(super) fn inflated(&self, stream: &Stream, most_bytes: usize) -> Option<Vec<u8>> {
        self.spend(LEAST_WORK)?;
        let most = most_bytes.min(self.work.bytes());
        let found = match stream.dict.has(b"Filter") {
            true => stream.decompressed_content_with_limit(most).ok(),
            false => Some(&stream.content).filter(|content| content.len() <= most).cloned(),
        };
        // What cannot be had for want of work is not what the file does not have.
        self.allowed(found.is_some() || most == most_bytes)?;
        if stream.dict.has(b"Filter") {
            // What was given up over the limit has cost as much as the limit.
            let filters = stream.filters().map_or(1, |filters| filters.len().max(1));
            let made = found.as_ref().map_or(most.min(stream.content.len().saturating_mul(INFLATION)), Vec::len);
            self.spend(((made.saturating_mul(filters) + stream.content.len()) / PER_WORK) as u64)?;
        }
        found
    }

    /// Returns the numbers of the objects in an object stream.
    pub(super) fn contained(&self, number: u32) -> Vec<u32> {
        let container = self.container(number);
        container.map_or(Vec::new(), |container| container.heads.iter().map(|(number, _)| *number).collect())
    }

    /// Reads an object in an object stream.
    pub(super) fn inside(&self, id: ObjectId, container: u32, index: u32) -> Option<Whole> {
        self.spend(LEAST_WORK)?;
        let container = self.container(container)?;
        let (number, at) = *container.heads.get(index as usize)?;
        let mut lexer = Lexer::new(container.data.get(at..)?);
        lexer.allow(self.room.bytes());
        lexer.white();
        let object = if number == id.0 { lexer.object() } else { None };
        self.note_overruled(Place::Inside(container.offset, index), id, lexer.overruled());
        self.spend(lexer.position() as u64)?;
        self.allowed(!lexer.is_full())?;
        let (object, weight) = (Arc::new(object?), lexer.used() as u64);
        Some(Whole { object, seen: container.seen, weight, is_kept: false })
    }

    fn container(&self, number: u32) -> Option<Arc<Container>> {
        // An object stream stands in the open, never in another (7.5.7).
        let Some(Entry::At { offset, generation: 0 }) = self.entry(number) else { return None };
        let (place, size) = ((number, offset), self.source.size_bytes());
        let shared = self.encryption.is_none().then_some(&self.shared.containers);
        let known = shared.and_then(|shared| shared.get(place, size)).or_else(|| self.containers.get(place, u64::MAX));
        if known.is_some() {
            return known;
        }
        let whole = self.whole((number, 0), offset)?;
        let stream = match &*whole.object {
            Object::Stream(stream) if stream.dict.has_type(b"ObjStm") => stream,
            _ => return None,
        };
        let data = self.inflated(stream, self.limits.inflated_bytes)?;
        let container = Arc::new(Container::read(&stream.dict, data, offset, whole.seen)?);
        let kept = shared.filter(|_| whole.seen <= size).unwrap_or(&self.containers);
        kept.keep(place, &container);
        Some(container)
    }
}

impl Container {
    /// Returns the memory that it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.data.len()
    }

    fn read(dictionary: &Dictionary, data: Vec<u8>, offset: u64, seen: u64) -> Option<Self> {
        let number = |key: &[u8]| usize::try_from(dictionary.get(key).ok()?.as_i64().ok()?).ok();
        let (count, first) = (number(b"N")?.min(data.len()), number(b"First")?);
        let mut lexer = Lexer::new(&data);
        let mut heads = Vec::new();
        for _ in 0..count {
            lexer.white();
            let (Some(number), Some(at)) = (lexer.number(), lexer.number()) else { break };
            heads.push((u32::try_from(number).ok()?, first.checked_add(usize::try_from(at).ok()?)?));
        }
        Some(Self { heads, data, offset, seen })
    }
}
