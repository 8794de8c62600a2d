//! What goes from one step between revisions to the next: the memory that changes may still take, and how much of each
//! page later signatures have painted over.

use super::Change;
use crate::pdf::ObjectId;
use std::collections::HashMap;

/// The memory that changes may take in a file of no size, in bytes.
const ROOM_BYTES: u64 = 8 << 20;
/// The memory that they may take beside that, in bytes for each byte of the file: a field of a long name is changed by
/// few bytes.
const ROOM_PER_BYTE: u64 = 4;

/// The running account of the steps between the revisions of one file.
#[derive(Debug, Default)]
pub struct Tally {
    room: u64,
    painted: HashMap<ObjectId, Painted>,
}

impl Tally {
    /// Starts for a file of so many bytes.
    pub fn of_size(size_bytes: u64) -> Self {
        Self { room: ROOM_BYTES.saturating_add(size_bytes.saturating_mul(ROOM_PER_BYTE)), painted: HashMap::new() }
    }

    /// Takes the memory of a change; false where there is no more.
    pub(super) fn take(&mut self, change: &Change) -> bool {
        let text = change.path.len() + change.field.as_ref().map_or(0, String::len);
        let left = self.room.checked_sub((size_of::<Change>() + text) as u64);
        self.room = left.unwrap_or(0);
        left.is_some()
    }

    /// Notes the area of a signature field's widget, in square points, and returns what later fields have of its page
    /// together; one that was noted before counts by its larger area.
    pub(super) fn paint(&mut self, page: ObjectId, widget: ObjectId, area: f64) -> f64 {
        let painted = self.painted.entry(page).or_default();
        let known = painted.by_widget.entry(widget).or_insert(0.0);
        // Nothing is added to what is without end.
        if area > *known {
            painted.sum += area - *known;
            *known = area;
        }
        painted.sum
    }
}

/// What later fields have of one page.
#[derive(Debug, Default)]
struct Painted {
    sum: f64,
    by_widget: HashMap<ObjectId, f64>,
}
