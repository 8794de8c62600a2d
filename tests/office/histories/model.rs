//! What an office may destroy, told once more in plain words and with arithmetic of its own.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// A class of the model's city.
pub(super) struct Class {
    pub(super) code: &'static str,
    /// The class and those above it.
    pub(super) line: &'static [&'static str],
    pub(super) years: u16,
    pub(super) board: bool,
    /// Whether what expires is destroyed; else somebody looks at it.
    pub(super) destroy: bool,
}

/// Every class that holds files.
pub(super) const CLASSES: [Class; 4] = [
    Class { code: "B-02", line: &["B-02", "B"], years: 5, board: false, destroy: true },
    Class { code: "A-01-02", line: &["A-01-02", "A-01", "A"], years: 5, board: true, destroy: true },
    Class { code: "A-01-01", line: &["A-01-01", "A-01", "A"], years: 3, board: false, destroy: true },
    Class { code: "C-02", line: &["C-02", "C"], years: 10, board: false, destroy: false },
];

/// How many years each class is kept.
pub(super) type Years = [u16; CLASSES.len()];

/// A record: the number of its file, and its own in it.
pub(super) type Paper = (usize, usize);

/// A record file.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    pub(super) class: usize,
    pub(super) papers: usize,
    pub(super) closed: Option<Date>,
    pub(super) extended: u16,
    pub(super) worthless: bool,
    pub(super) consented: bool,
}

/// What a hold lies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Paper(Paper),
    Folder(usize),
    Class(&'static str),
    Words(&'static str),
    Everything,
}

/// A hold.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    pub(super) place: Place,
    /// Whether it keeps on for a year after it was decided.
    pub(super) year_after: bool,
    pub(super) decided: Option<Date>,
}

/// A list that somebody proposed.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) hash: String,
    pub(super) folders: BTreeSet<usize>,
    pub(super) proposer: usize,
    pub(super) approvers: Vec<usize>,
    pub(super) approved_at: Option<Timestamp>,
    pub(super) rejected: bool,
}

/// Everything that was truly done, as of an instant.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) now: Timestamp,
    pub(super) folders: Vec<Folder>,
    pub(super) stops: Vec<Stop>,
    pub(super) lists: Vec<List>,
    pub(super) dismissed: BTreeSet<usize>,
    /// The periods that act.
    pub(super) years: Years,
    /// Those of later rules that wait for approval.
    pub(super) waiting: Vec<Years>,
    pub(super) damaged: BTreeSet<Paper>,
    /// Whether the database is a copy that nobody has confirmed.
    pub(super) copy: bool,
}

/// Why a record may not go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Copy,
    NoSuchList,
    NotOnList,
    Rejected,
    TooFewApprovals,
    SamePerson,
    Dismissed,
    TooSoon,
    StillOpen,
    NotYetDue,
    RulesChanged,
    NotForDestruction,
    Held,
    NotAppraised,
    BoardSilent,
    Damaged,
}

/// The day in Japan at an instant.
pub(super) fn day_of(now: Timestamp) -> Date {
    (now + SignedDuration::from_hours(9)).to_zoned(TimeZone::UTC).date()
}

impl Facts {
    /// Returns every reason why a record may not be claimed now under a list of a hash; none where it may.
    pub(super) fn wrongs(&self, paper: Paper, hash: &str) -> Vec<Wrong> {
        let (folder, today) = (&self.folders[paper.0], day_of(self.now));
        let mut wrongs = Vec::new();
        let mut unless = |fine: bool, wrong| wrongs.extend((!fine).then_some(wrong));
        unless(!self.copy, Wrong::Copy);
        unless(folder.closed.is_some(), Wrong::StillOpen);
        unless(folder.last_day().is_some_and(|last| today > last), Wrong::NotYetDue);
        unless(CLASSES[folder.class].destroy, Wrong::NotForDestruction);
        unless(folder.worthless, Wrong::NotAppraised);
        unless(folder.consented || !CLASSES[folder.class].board, Wrong::BoardSilent);
        unless(self.rules_stand(folder.class), Wrong::RulesChanged);
        let held = self.stops.iter().any(|stop| stop.keeps(today) && self.lies_on(stop.place, paper.0));
        unless(!held, Wrong::Held);
        unless(!self.damaged.iter().any(|damaged| damaged.0 == paper.0), Wrong::Damaged);
        match self.lists.iter().find(|list| list.hash == hash) {
            Some(list) => self.decision(list, paper.0, &mut unless),
            None => unless(false, Wrong::NoSuchList),
        }
        wrongs
    }

    fn decision(&self, list: &List, folder: usize, unless: &mut impl FnMut(bool, Wrong)) {
        let people: BTreeSet<usize> = list.approvers.iter().copied().chain([list.proposer]).collect();
        unless(list.folders.contains(&folder), Wrong::NotOnList);
        unless(!list.rejected, Wrong::Rejected);
        unless(list.approvers.len() == 2, Wrong::TooFewApprovals);
        unless(people.len() == list.approvers.len() + 1, Wrong::SamePerson);
        unless(people.is_disjoint(&self.dismissed), Wrong::Dismissed);
        let over = list.approved_at.is_some_and(|at| self.now >= at + SignedDuration::from_hours(24));
        unless(over, Wrong::TooSoon);
    }

    /// Tells whether the rules keep a class as long as when its files were opened, and none that waits would keep it longer.
    fn rules_stand(&self, class: usize) -> bool {
        let bound = CLASSES[class].years;
        self.years[class] == bound && self.waiting.iter().all(|years| years[class] <= bound)
    }

    /// Tells whether a place takes in a folder.
    pub(super) fn lies_on(&self, place: Place, number: usize) -> bool {
        let folder = &self.folders[number];
        let class = &CLASSES[folder.class];
        match place {
            Place::Paper(paper) => paper.0 == number,
            Place::Folder(other) => other == number,
            Place::Class(code) => class.line.contains(&code),
            Place::Words(words) => {
                let papers = (0..folder.papers).any(|paper| format!("通知 {paper}").contains(words));
                papers || format!("簿冊 {}", class.code).contains(words)
            }
            Place::Everything => true,
        }
    }

    /// Takes a folder off every list, which ends the board's consent.
    pub(super) fn take_off(&mut self, number: usize) {
        let mut was_on = false;
        for list in self.lists.iter_mut().filter(|list| !list.rejected) {
            was_on |= list.folders.remove(&number);
        }
        self.folders[number].consented &= !was_on;
    }
}

impl Folder {
    /// The 31st of March that ends the last year of its period.
    fn last_day(&self) -> Option<Date> {
        let closed = self.closed?;
        let fiscal = if closed.month() < 4 { closed.year() - 1 } else { closed.year() };
        let years = CLASSES[self.class].years + self.extended;
        Some(date(fiscal + 1 + i16::try_from(years).unwrap(), 3, 31))
    }
}

impl Stop {
    /// Tells whether it keeps on a day.
    fn keeps(&self, today: Date) -> bool {
        let Some(decided) = self.decided else { return true };
        if !self.year_after {
            return today <= decided;
        }
        let first = decided.tomorrow().unwrap();
        let last = match (first.month(), first.day()) {
            (2, 29) => date(first.year() + 1, 2, 28),
            (month, day) => date(first.year() + 1, month, day).yesterday().unwrap(),
        };
        today <= last
    }
}
