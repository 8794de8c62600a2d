//! What is the same in every revision of a file that reaches so far: read once, however many revisions are looked at.

use super::container::Container;
use super::effort::Left;
use super::objects::Placed;
use lopdf::{Object, ObjectId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many bytes of object streams are kept inflated; the last one is in any case.
const CONTAINER_BYTES: usize = 4 << 20;
/// How many bytes objects as they are written may take together.
const PLACED_BYTES: u64 = 8 << 20;
/// What an entry takes beside what it holds, in bytes.
const ENTRY_BYTES: u64 = 96;

/// Where an object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// In the open, at an offset.
    Open(u64),
    /// In the object stream at an offset, by its index.
    Inside(u64, u32),
}

/// What revisions of one file share.
pub(super) struct Shared {
    /// Objects in the open as they are written, without their streams' data: asked for their end, their references and their
    /// value, they are parsed once.
    pub(super) placed: Known<Placed>,
    /// Objects.
    pub(super) objects: Known<Arc<Object>>,
    /// The references written in objects, for those that are not kept.
    pub(super) references: Known<Arc<[ObjectId]>>,
    /// Of these, the ones that only some readers see; they hold whatever the revision.
    pub(super) overruled: Known<Arc<[ObjectId]>>,
    /// Where objects in the open end, their streams' data included.
    pub(super) ends: Known<u64>,
    /// Object streams, inflated.
    pub(super) containers: Containers,
    room: Left,
    room_for_placed: Left,
}

impl Shared {
    /// Starts with nothing, and the room for a file of a size.
    pub(super) fn new(size_bytes: u64) -> Self {
        let (placed, objects, references, overruled, ends) = Default::default();
        let (containers, room, room_for_placed) =
            (Containers::default(), Left::room(size_bytes), Left::of(PLACED_BYTES));
        Self { placed, objects, references, overruled, ends, containers, room, room_for_placed }
    }

    /// Takes room for an object as it is written. Where there is none, it is parsed again when it is asked for again.
    pub(super) fn has_place_for(&self, weight: u64) -> bool {
        self.room_for_placed.has(weight.saturating_add(ENTRY_BYTES))
    }

    /// Takes room for an entry of this weight. Where there is none, revisions read for themselves.
    pub(super) fn has_room_for(&self, weight: u64) -> bool {
        self.room.take(weight.saturating_add(ENTRY_BYTES))
    }
}

/// Facts of one kind about what is written somewhere. Each holds wherever the bytes that were looked at are in the file.
pub(super) struct Known<T>(Mutex<HashMap<Place, Fact<T>>>);

struct Fact<T> {
    id: ObjectId,
    /// Behind the last byte that was looked at.
    seen: u64,
    value: T,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Known<T> {
    /// Returns what is known of the object written there, in a revision of a size.
    pub(super) fn get(&self, place: Place, id: ObjectId, size_bytes: u64) -> Option<T> {
        let known = locked(&self.0);
        known.get(&place).filter(|fact| fact.id == id && fact.seen <= size_bytes).map(|fact| fact.value.clone())
    }

    /// Keeps what is now known.
    pub(super) fn keep(&self, place: Place, id: ObjectId, seen: u64, value: T) {
        locked(&self.0).insert(place, Fact { id, seen, value });
    }
}

/// The object streams that were inflated last.
#[derive(Default)]
pub(super) struct Containers(Mutex<Vec<(Whereabouts, Arc<Container>)>>);

/// An object stream's number, and where it is written.
type Whereabouts = (u32, u64);

impl Containers {
    /// Returns an object stream as a revision of a size has it.
    pub(super) fn get(&self, place: Whereabouts, size_bytes: u64) -> Option<Arc<Container>> {
        let kept = locked(&self.0);
        let found = kept.iter().find(|(known, container)| *known == place && container.seen <= size_bytes);
        found.map(|(_, container)| Arc::clone(container))
    }

    /// Keeps an object stream, and forgets the oldest ones where they take too much.
    pub(super) fn keep(&self, place: Whereabouts, container: &Arc<Container>) {
        let mut kept = locked(&self.0);
        let mut bytes = container.bytes() + kept.iter().map(|(_, other)| other.bytes()).sum::<usize>();
        while bytes > CONTAINER_BYTES && !kept.is_empty() {
            bytes -= kept.remove(0).1.bytes();
        }
        kept.push((place, Arc::clone(container)));
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
