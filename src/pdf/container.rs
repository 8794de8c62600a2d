//! Object streams (ISO 32000-2, 7.5.7), and the inflating of any stream within what a file may cost.

use super::lexer::Lexer;
use super::objects::{LEAST_WORK, Objects};
use super::xref::Entry;
use lopdf::{Dictionary, Object, ObjectId, Stream};
use std::sync::{Arc, PoisonError};

/// How many bytes of object streams are kept inflated; the last one is in any case.
const CONTAINER_BYTES: usize = 4 << 20;
/// How many bytes are inflated in the time in which one is parsed, at the least.
const PER_WORK: usize = 2;
/// The most that a byte inflates to, nearly (RFC 1951).
const INFLATION: usize = 1_100;

/// An object stream, inflated.
pub(super) struct Container {
    /// Number and offset of each object.
    heads: Vec<(u32, usize)>,
    data: Vec<u8>,
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

    /// Reads an object in an object stream, and tells the memory that it takes.
    pub(super) fn inside(&self, id: ObjectId, container: u32, index: u32) -> Option<(Object, usize)> {
        self.spend(LEAST_WORK)?;
        let container = self.container(container)?;
        let (number, at) = *container.heads.get(index as usize)?;
        let mut lexer = Lexer::new(container.data.get(at..)?);
        lexer.allow(self.room.bytes());
        lexer.white();
        let object = if number == id.0 { lexer.object() } else { None };
        self.note_overruled(id, lexer.overruled());
        self.spend(lexer.position() as u64)?;
        self.allowed(!lexer.is_full())?;
        Some((object?, lexer.used()))
    }

    /// Reads an object in an object stream that will be kept.
    pub(super) fn load_inside(&self, id: ObjectId, container: u32, index: u32) -> Option<Object> {
        let (object, weight) = self.inside(id, container, index)?;
        self.allowed(self.room.take(weight as u64))?;
        Some(object)
    }

    fn container(&self, number: u32) -> Option<Arc<Container>> {
        let kept = || self.containers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, found)) = kept().iter().find(|(known, _)| *known == number) {
            return Some(Arc::clone(found));
        }
        // An object stream stands in the open, never in another (7.5.7).
        let Some(Entry::At { offset, generation: 0 }) = self.entry(number) else { return None };
        let stream = match self.whole((number, 0), offset)?.0 {
            Object::Stream(stream) if stream.dict.has_type(b"ObjStm") => stream,
            _ => return None,
        };
        let data = self.inflated(&stream, self.limits.inflated_bytes)?;
        let container = Arc::new(Container::read(&stream.dict, data)?);
        let mut kept = kept();
        let mut bytes = container.data.len() + kept.iter().map(|(_, other)| other.data.len()).sum::<usize>();
        while bytes > CONTAINER_BYTES && !kept.is_empty() {
            bytes -= kept.remove(0).1.data.len();
        }
        kept.push((number, Arc::clone(&container)));
        Some(container)
    }
}

impl Container {
    fn read(dictionary: &Dictionary, data: Vec<u8>) -> Option<Self> {
        let number = |key: &[u8]| usize::try_from(dictionary.get(key).ok()?.as_i64().ok()?).ok();
        let (count, first) = (number(b"N")?.min(data.len()), number(b"First")?);
        let mut lexer = Lexer::new(&data);
        let mut heads = Vec::new();
        for _ in 0..count {
            lexer.white();
            let (Some(number), Some(at)) = (lexer.number(), lexer.number()) else { break };
            heads.push((u32::try_from(number).ok()?, first.checked_add(usize::try_from(at).ok()?)?));
        }
        Some(Self { heads, data })
    }
}
