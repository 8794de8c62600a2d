//! Furniture that paper stands in (什器), and what was read of it from survey to survey (執務環境現況調査, R10).

use super::{Millimetres, ShelfError};
use crate::id::{FurnitureId, UserId};
use crate::time::Date;
use serde::{Deserialize, Serialize};

/// The widest shelf, in millimetres inside.
pub const WIDEST_MM: u32 = 20_000;
/// The most shelves: a room of mobile shelving counted as one.
pub const MOST_SHELVES: u32 = 10_000;

/// Who keeps paper in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FurnitureUse {
    /// The section together (共用).
    Shared,
    /// One person (個人用).
    Personal,
}

impl FurnitureUse {
    /// Returns the word used in files and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Personal => "personal",
        }
    }
}

/// What was read of furniture on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The day.
    pub on: Date,
    /// The width of one shelf inside, in millimetres.
    pub width_mm: u32,
    /// How many shelves of this width it has (段数).
    pub shelves: u32,
    /// How much of them is taken, in per cent (充填率).
    pub fill_percent: u8,
    /// Who read it.
    pub by: UserId,
}

impl Reading {
    /// Checks that it can be true of furniture.
    pub fn check(&self) -> Result<(), ShelfError> {
        if !(1..=WIDEST_MM).contains(&self.width_mm) {
            return Err(ShelfError::Width(WIDEST_MM));
        }
        if !(1..=MOST_SHELVES).contains(&self.shelves) {
            return Err(ShelfError::Shelves(MOST_SHELVES));
        }
        if self.fill_percent > 100 { Err(ShelfError::Fill) } else { Ok(()) }
    }

    /// Returns how much would find room.
    pub fn room(&self) -> Millimetres {
        Millimetres(u64::from(self.width_mm).saturating_mul(self.shelves.into()))
    }

    /// Returns how much stands there: width × shelves × fill rate (R10).
    pub fn paper(&self) -> Millimetres {
        self.room().percent(self.fill_percent)
    }
}

/// A piece of furniture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Furniture {
    /// The identifier.
    pub id: FurnitureId,
    /// The number on it (管理番号); no two have the same.
    pub label: String,
    /// The section that uses it.
    pub section: String,
    /// Where it is: building, floor, room.
    pub place: String,
    /// What it is: cabinet, open shelf, mobile shelving.
    pub kind: String,
    /// Who keeps paper in it.
    pub used: FurnitureUse,
    /// What was read of it, by day; never empty.
    pub readings: Vec<Reading>,
    /// The day it was taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_on: Option<Date>,
    /// Counts changes of the row, from 1.
    pub row_version: u64,
}

impl Furniture {
    /// Returns what holds on a day: the last reading until then; none before the first, and once it was taken away.
    pub fn reading_on(&self, day: Date) -> Option<&Reading> {
        if self.removed_on.is_some_and(|removed| removed <= day) {
            return None;
        }
        self.readings.iter().rev().find(|reading| reading.on <= day)
    }

    /// Writes a reading down; a second one of the same day stands for the first.
    pub fn take(&mut self, reading: Reading) {
        self.readings.retain(|other| other.on != reading.on);
        let place = self.readings.partition_point(|other| other.on < reading.on);
        self.readings.insert(place, reading);
    }
}
