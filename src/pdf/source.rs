//! Where a file's bytes come from: memory, or anything that can be read at an offset, so that no file need be held whole.

use crate::digest::{DigestAlgorithm, Hasher};
use std::borrow::Cow;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much is read at a time when bytes only pass by.
const CHUNK_BYTES: usize = 256 << 10;

/// Bytes that can be read at any offset, by several readers at once.
pub trait ReadAt: Send + Sync {
    /// Returns how many bytes there are.
    fn size_bytes(&self) -> u64;

    /// Fills the buffer with the bytes from an offset on.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] where there are fewer, and whatever the medium says.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Returns all bytes where they are in memory.
    fn in_memory(&self) -> Option<&[u8]> {
        None
    }
}

impl ReadAt for Arc<[u8]> {
    fn size_bytes(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        buffer.copy_from_slice(slice(self, offset..offset.saturating_add(buffer.len() as u64))?);
        Ok(())
    }

    fn in_memory(&self) -> Option<&[u8]> {
        Some(self)
    }
}

/// A file's bytes, or the first of them. Cheap to clone.
#[derive(Clone)]
pub struct Source {
    bytes: Arc<dyn ReadAt>,
    end: u64,
    trail: Arc<Mutex<Vec<Waypoint>>>,
}

/// A digest of the bytes up to an offset, not yet finished. Signatures cover one beginning after another of a file, so
/// that one pass serves all of them.
#[derive(Clone)]
struct Waypoint {
    end: u64,
    state: Hasher,
}

/// How many waypoints are kept; without them a digest starts further back.
const WAYPOINTS: usize = 1024;

impl Source {
    /// Makes a source of everything that can be read.
    pub fn new(bytes: impl ReadAt + 'static) -> Self {
        Self { end: bytes.size_bytes(), bytes: Arc::new(bytes), trail: Arc::default() }
    }

    /// Keeps digests of all bytes that whoever passed them by has made on the way, so that nobody need read them again.
    pub fn knowing(self, states: Vec<Hasher>) -> Self {
        self.waypoints().extend(states.into_iter().map(|state| Waypoint { end: self.end, state }));
        self
    }

    fn waypoints(&self) -> MutexGuard<'_, Vec<Waypoint>> {
        self.trail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many bytes there are.
    pub fn size_bytes(&self) -> u64 {
        self.end
    }

    /// Returns whether reading costs nothing.
    pub(super) fn is_in_memory(&self) -> bool {
        self.bytes.in_memory().is_some()
    }

    /// Returns the source of the bytes up to an offset.
    pub fn prefix(&self, end: u64) -> Self {
        Self { bytes: Arc::clone(&self.bytes), end: end.min(self.end), trail: Arc::clone(&self.trail) }
    }

    /// Returns the source of these bytes with others after them.
    pub fn followed_by(&self, tail: Arc<[u8]>) -> Self {
        // A trail of its own: beyond these bytes it leads elsewhere.
        let trail = self.waypoints().iter().filter(|waypoint| waypoint.end <= self.end).cloned().collect();
        Self { trail: Arc::new(Mutex::new(trail)), ..Self::new(Followed { head: self.clone(), tail }) }
    }

    /// Returns the source of these bytes with others in place of some of them.
    pub fn patched(&self, at: u64, bytes: Arc<[u8]>) -> Self {
        Self::new(Patched { under: self.clone(), at, bytes })
    }

    /// Reads a range.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] for a range that ends behind the last byte, and whatever the medium says.
    pub fn read(&self, range: Range<u64>) -> io::Result<Cow<'_, [u8]>> {
        if range.start > range.end || range.end > self.end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(all) = self.bytes.in_memory() {
            return slice(all, range).map(Cow::Borrowed);
        }
        let length = usize::try_from(range.end - range.start).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let mut buffer = vec![0; length];
        self.bytes.read_at(range.start, &mut buffer)?;
        Ok(Cow::Owned(buffer))
    }

    /// Passes a range by in pieces, in order, in bounded memory.
    ///
    /// # Errors
    /// Those of [`Source::read`].
    pub fn pass(&self, range: Range<u64>, take: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        if range.start > range.end || range.end > self.end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(all) = self.bytes.in_memory() {
            take(slice(all, range)?);
            return Ok(());
        }
        let mut buffer = vec![0; CHUNK_BYTES.min(usize::try_from(range.end - range.start).unwrap_or(CHUNK_BYTES))];
        let mut at = range.start;
        while at < range.end {
            let length = buffer.len().min(usize::try_from(range.end - at).unwrap_or(CHUNK_BYTES));
            self.bytes.read_at(at, &mut buffer[..length])?;
            take(&buffer[..length]);
            at += length as u64;
        }
        Ok(())
    }

    /// Digests a range, and returns the digest to be gone on with or finished. A range from the start goes on from the
    /// nearest offset that was digested before.
    ///
    /// # Errors
    /// Those of [`Source::read`].
    pub fn digest(&self, range: Range<u64>, algorithm: DigestAlgorithm) -> io::Result<Hasher> {
        let mut hasher = Hasher::new(algorithm);
        let mut from = range.start;
        if range.start == 0
            && let waypoints = self.waypoints()
            && let fitting = waypoints.iter().filter(|one| one.end <= range.end && one.state.algorithm() == algorithm)
            && let Some(nearest) = fitting.max_by_key(|one| one.end)
        {
            (hasher, from) = (nearest.state.clone(), nearest.end);
        }
        self.pass(from..range.end, &mut |bytes| hasher.update(bytes))?;
        let mut waypoints = self.waypoints();
        if range.start == 0 && from < range.end && waypoints.len() < WAYPOINTS {
            waypoints.push(Waypoint { end: range.end, state: hasher.clone() });
        }
        drop(waypoints);
        Ok(hasher)
    }

    /// Tells whether this is one source with another, and no copy of it.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.bytes, &other.bytes) && self.end == other.end
    }

    /// Reads everything into memory.
    ///
    /// # Errors
    /// Those of [`Source::read`].
    pub fn to_vec(&self) -> io::Result<Vec<u8>> {
        self.read(0..self.end).map(Cow::into_owned)
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Source({} bytes)", self.end)
    }
}

impl From<Arc<[u8]>> for Source {
    fn from(bytes: Arc<[u8]>) -> Self {
        Self::new(bytes)
    }
}

impl From<Vec<u8>> for Source {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(Arc::<[u8]>::from(bytes))
    }
}

impl From<&[u8]> for Source {
    fn from(bytes: &[u8]) -> Self {
        Self::new(Arc::<[u8]>::from(bytes))
    }
}

impl From<&Vec<u8>> for Source {
    fn from(bytes: &Vec<u8>) -> Self {
        Self::from(bytes.as_slice())
    }
}

/// One source after another.
struct Followed {
    head: Source,
    tail: Arc<[u8]>,
}

impl ReadAt for Followed {
    fn size_bytes(&self) -> u64 {
        self.head.end + self.tail.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let in_head = usize::try_from(self.head.end.saturating_sub(offset)).unwrap_or(usize::MAX).min(buffer.len());
        let (first, second) = buffer.split_at_mut(in_head);
        if !first.is_empty() {
            self.head.bytes.read_at(offset, first)?;
        }
        let from = offset.saturating_sub(self.head.end);
        second.copy_from_slice(slice(&self.tail, from..from.saturating_add(second.len() as u64))?);
        Ok(())
    }
}

/// A source with other bytes at one place.
struct Patched {
    under: Source,
    at: u64,
    bytes: Arc<[u8]>,
}

impl ReadAt for Patched {
    fn size_bytes(&self) -> u64 {
        self.under.end
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.under.bytes.read_at(offset, buffer)?;
        let (from, to) = (offset.max(self.at), (offset + buffer.len() as u64).min(self.at + self.bytes.len() as u64));
        if from < to {
            let part = slice(&self.bytes, from - self.at..to - self.at)?;
            let start = usize::try_from(from - offset).unwrap_or(usize::MAX);
            if let Some(place) = buffer.get_mut(start..start.saturating_add(part.len())) {
                place.copy_from_slice(part);
            }
        }
        Ok(())
    }
}

fn slice(bytes: &[u8], range: Range<u64>) -> io::Result<&[u8]> {
    let bounds = usize::try_from(range.start).ok().zip(usize::try_from(range.end).ok());
    bounds.and_then(|(start, end)| bytes.get(start..end)).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
