//! A survey of an office (執務環境現況調査, R10): metres of shelf and of paper, by section and per head.

use super::{Furniture, FurnitureUse, Millimetres};
use crate::time::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many people a section had from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadCount {
    /// The day.
    pub on: Date,
    /// How many.
    pub heads: u32,
}

/// How many people a section had, from day to day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionHeads {
    /// The section.
    pub section: String,
    /// The counts, by day.
    pub counts: Vec<HeadCount>,
}

impl SectionHeads {
    /// Returns how many there were on a day; none before the first count.
    pub fn on(&self, day: Date) -> Option<u32> {
        self.counts.iter().rev().find(|count| count.on <= day).map(|count| count.heads)
    }

    /// Writes a count down; a second one of the same day stands for the first.
    pub fn take(&mut self, count: HeadCount) {
        self.counts.retain(|other| other.on != count.on);
        let place = self.counts.partition_point(|other| other.on < count.on);
        self.counts.insert(place, count);
    }
}

/// The shelves of a section, or of all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SectionSpace {
    /// The section; empty for all of them.
    pub section: String,
    /// How many pieces of furniture it has.
    pub furniture: u64,
    /// How much would find room.
    pub room: Millimetres,
    /// How much stands in what the section shares.
    pub shared: Millimetres,
    /// How much stands in what one person has.
    pub personal: Millimetres,
    /// How many people it has, where that was counted.
    pub heads: Option<u32>,
}

impl SectionSpace {
    /// Returns how much paper there is.
    pub fn paper(&self) -> Millimetres {
        self.shared + self.personal
    }

    /// Returns how much paper there is for each person, where they were counted.
    pub fn paper_per_head(&self) -> Option<Millimetres> {
        self.paper().per(self.heads?)
    }

    fn add(&mut self, used: FurnitureUse, room: Millimetres, paper: Millimetres) {
        self.furniture += 1;
        self.room += room;
        match used {
            FurnitureUse::Shared => self.shared += paper,
            FurnitureUse::Personal => self.personal += paper,
        }
    }
}

/// The offices as they were on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Survey {
    /// The day.
    pub on: Date,
    /// Section by section, by name: each that has furniture or people.
    pub sections: Vec<SectionSpace>,
    /// All of them. The people are those of the sections where they were counted; none where a section with furniture has
    /// no count, as a mean over half of the people would be wrong.
    pub all: SectionSpace,
}

/// Sums up what was read of furniture until a day, each piece by its last reading.
pub fn survey(furniture: &[Furniture], heads: &[SectionHeads], on: Date) -> Survey {
    let (mut sections, mut all) = (BTreeMap::<&str, SectionSpace>::new(), SectionSpace::default());
    for piece in furniture {
        let Some(reading) = piece.reading_on(on) else { continue };
        let section = sections.entry(&piece.section).or_default();
        for space in [section, &mut all] {
            space.add(piece.used, reading.room(), reading.paper());
        }
    }
    for counted in heads {
        if let Some(heads) = counted.on(on) {
            sections.entry(&counted.section).or_default().heads = Some(heads);
        }
    }
    all.heads = sections.values().try_fold(0_u32, |sum, one| one.heads.map(|heads| sum.saturating_add(heads)));
    let named = sections.into_iter().map(|(name, space)| SectionSpace { section: name.to_owned(), ..space });
    let sections: Vec<SectionSpace> = named.collect();
    all.heads = all.heads.filter(|_| !sections.is_empty());
    Survey { on, sections, all }
}
