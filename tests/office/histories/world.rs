//! A history as it happens: each act is done by the real office, written into the model, and what burnt is judged.

use super::cellar::{Cellar, Door, Fuse};
use super::model::{CLASSES, Facts, Paper, Place, Stop, Wrong, Years, day_of};
use super::mutants::spoil;
use super::template::{MANAGERS, Template, facts, folder, office, rules};
use crate::office::hall::Hands;
use fumikura::digest::Sha256Hex;
use fumikura::id::{DisposalId, HoldId, RecordId};
use fumikura::office::records::{FileChange, NewHold};
use fumikura::office::{Actor, Office};
use fumikura::records::{AppraisalOutcome, ClassCode, Extension, Gate, HoldKind, HoldPredicate, HoldScope};
use fumikura::store::{SqliteStore, Staged, backup};
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// One thing that happens. Lists and holds are counted from the newest; numbers wrap around.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Hours(u16),
    Days(u16),
    /// Half an hour before the next fiscal year.
    Eve,
    /// Half an hour into a fiscal year, unless that is past.
    Until(i16),
    Hold(Place, bool),
    /// Of a hold, decided so many days ago.
    Release(usize, u8),
    Extend(usize, u16),
    Close(usize),
    Appraise(usize, bool),
    Board(usize),
    Propose(usize, Option<usize>),
    Approve(usize, usize),
    Undo(usize, usize),
    Reject(usize),
    Run(usize, usize),
    Pause(usize),
    /// A run whose process is killed after so many steps.
    KilledRun(usize, u32),
    /// A start of the program, which may be killed as well.
    Start(Option<u32>),
    BackUp,
    Restore,
    Confirm,
    /// A class, its years, and how many approve.
    Rules(usize, u16, usize),
    Dismiss(usize),
    Damage(Paper),
}

/// What the office did and the model does not allow, or did not do and should have.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) wrongs: Vec<Wrong>,
    pub(super) told: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.told, self.wrongs)
    }
}

/// What the databases of a history call things, and the facts beside it; both go back with a backup.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) facts: Facts,
    pub(super) lists: Vec<(DisposalId, Sha256Hex)>,
    pub(super) holds: Vec<HoldId>,
}

/// A history under way.
pub(super) struct World<'a> {
    pub(super) template: &'a Template,
    pub(super) folder: TempDir,
    pub(super) path: PathBuf,
    pub(super) store: SqliteStore,
    pub(super) cellar: Arc<Cellar>,
    pub(super) gone: BTreeSet<Paper>,
    /// How far the office's clock is ahead of the time.
    pub(super) ahead: SignedDuration,
    /// The gate that this office does without.
    pub(super) without: Option<Gate>,
    pub(super) office: Office,
    pub(super) line: Line,
    pub(super) fuse: Arc<Fuse>,
    clock: Arc<Hands>,
    /// The facts as they were, instant by instant.
    pages: Vec<Facts>,
    saved: Option<(PathBuf, Line)>,
    made: u32,
}

impl<'a> World<'a> {
    /// Begins a history.
    pub(super) async fn begin(template: &'a Template) -> Self {
        let (folder, fuse) = (folder(), Arc::new(Fuse::default()));
        let path = folder.path().join("office.sqlite");
        std::fs::write(&path, &template.database).unwrap();
        let store = SqliteStore::open(&path).await.unwrap();
        let facts = facts();
        let clock = Arc::new(Hands::at(&facts.now.to_string()));
        let cellar = Cellar::new(template.shelf.clone(), &fuse);
        let door = Arc::new(Door { inner: store.clone(), fuse: fuse.clone() });
        let office = office(door, &cellar, &clock, 2);
        let line = Line { facts, lists: Vec::new(), holds: Vec::new() };
        let (gone, pages, ahead) = (BTreeSet::new(), Vec::new(), SignedDuration::ZERO);
        let (without, saved, made) = (None, None, 0);
        Self {
            template,
            folder,
            path,
            store,
            cellar,
            gone,
            ahead,
            without,
            office,
            line,
            fuse,
            clock,
            pages,
            saved,
            made,
        }
    }

    /// Ends a history's connections.
    pub(super) async fn end(self) {
        self.store.close().await;
    }

    /// Has one thing happen, and judges what burnt in it.
    pub(super) async fn play(&mut self, act: &Act) -> Result<(), Fault> {
        self.pass(SignedDuration::from_secs(1));
        self.pages.push(self.line.facts.clone());
        self.happen(act).await;
        *self.fuse.0.lock().unwrap() = None;
        self.judge(act)
    }

    /// Holds what burnt against the facts as they were when it was claimed.
    fn judge(&mut self, act: &Act) -> Result<(), Fault> {
        let burnt: Vec<_> = self.cellar.burnt.lock().unwrap().drain(..).collect();
        for claim in burnt {
            let paper = self.template.papers[&claim.record];
            let page = self.pages.iter().rfind(|page| page.now <= claim.claimed_at).expect("a page before every claim");
            let mut wrongs = page.wrongs(paper, claim.list_hash.as_ref().map_or("", |hash| hash.as_str()));
            wrongs.extend(self.line.facts.copy.then_some(Wrong::Copy));
            if !wrongs.is_empty() {
                let told = format!("{paper:?} burnt in {act:?}, claimed at {}", claim.claimed_at);
                return Err(Fault { wrongs, told });
            }
            self.gone.insert(paper);
        }
        let back = self.shelved().intersection(&self.gone).copied().next();
        match back {
            Some(paper) => Err(Fault { wrongs: Vec::new(), told: format!("{paper:?} came back in {act:?}") }),
            None => Ok(()),
        }
    }

    /// Every record of which a package is there.
    pub(super) fn shelved(&self) -> BTreeSet<Paper> {
        self.cellar.shelf.lock().unwrap().keys().map(|package| self.template.papers[&package.record]).collect()
    }

    fn pass(&mut self, time: SignedDuration) {
        self.line.facts.now += time;
        self.clock.show(self.line.facts.now + self.ahead);
    }

    fn until(&mut self, then: Timestamp) {
        self.pass(then.duration_since(self.line.facts.now).max(SignedDuration::ZERO));
    }

    /// The manager of a number, unless dismissed.
    pub(super) fn manager(&self, number: usize) -> Option<&Actor> {
        let number = number % MANAGERS;
        (!self.line.facts.dismissed.contains(&number)).then(|| &self.template.managers[number])
    }

    /// Some manager who is at work.
    pub(super) fn boss(&self) -> usize {
        (0..MANAGERS).find(|number| !self.line.facts.dismissed.contains(number)).expect("three always stay")
    }

    /// The place of something counted from the newest.
    pub(super) fn nth(len: usize, from_newest: usize) -> Option<usize> {
        len.checked_sub(1).map(|last| last - from_newest % len)
    }

    async fn happen(&mut self, act: &Act) {
        match act {
            Act::Hours(hours) => self.pass(SignedDuration::from_hours(i64::from(*hours))),
            Act::Days(days) => self.pass(SignedDuration::from_hours(i64::from(*days) * 24)),
            Act::Eve => {
                let today = day_of(self.line.facts.now);
                let year = if today.month() < 4 { today.year() } else { today.year() + 1 };
                self.until(format!("{year}-03-31T14:30:00Z").parse().unwrap());
            }
            Act::Until(year) => self.until(format!("{year}-03-31T15:30:00Z").parse().unwrap()),
            Act::Hold(place, year_after) => self.hold(*place, *year_after).await,
            Act::Release(hold, ago) => self.release(*hold, *ago).await,
            Act::Extend(..) | Act::Close(_) | Act::Appraise(..) | Act::Board(_) => self.file_act(act).await,
            Act::Propose(who, only) => {
                spoil(self).await;
                self.propose(*who, *only).await;
            }
            Act::Approve(list, who) => self.approve(*list, *who).await,
            Act::Undo(..) | Act::Reject(_) | Act::Pause(_) => self.list_act(act).await,
            Act::Run(..) | Act::KilledRun(..) => {
                spoil(self).await;
                self.list_act(act).await;
            }
            Act::Start(killed) => {
                *self.fuse.0.lock().unwrap() = *killed;
                if let Ok(report) = self.office.recover().await {
                    assert_eq!(report.unconfirmed, self.line.facts.copy, "whether the database is a copy");
                }
                self.look();
            }
            Act::BackUp => self.back_up().await,
            Act::Restore => self.restore().await,
            Act::Confirm => self.confirm().await,
            Act::Rules(class, years, approvals) => self.load(*class, *years, *approvals).await,
            Act::Dismiss(who) => {
                if self.line.facts.dismissed.len() < MANAGERS - 3 {
                    self.office.disable_user(None, &format!("manager{}", who % MANAGERS)).await.unwrap();
                    self.line.facts.dismissed.insert(who % MANAGERS);
                }
            }
            Act::Damage(paper) => {
                for (package, (_, damaged)) in self.cellar.shelf.lock().unwrap().iter_mut() {
                    *damaged |= self.template.papers[&package.record] == *paper;
                }
                self.look();
            }
        }
    }

    /// Looks at which packages want a copy.
    fn look(&mut self) {
        let shelf = self.cellar.shelf.lock().unwrap();
        let damaged = shelf.iter().filter(|(_, (_, damaged))| *damaged);
        self.line.facts.damaged = damaged.map(|(package, _)| self.template.papers[&package.record]).collect();
    }

    fn record_of(&self, paper: Paper) -> RecordId {
        *self.template.papers.iter().find(|(_, other)| **other == paper).expect("a record of the template").0
    }

    async fn hold(&mut self, place: Place, year_after: bool) {
        let scope = match place {
            Place::Paper(paper) => HoldScope::Record(self.record_of(paper)),
            Place::Folder(folder) => HoldScope::File(self.template.files[folder]),
            Place::Class(code) => HoldScope::Class(ClassCode::parse(code).unwrap()),
            Place::Words(words) => HoldScope::Predicate(HoldPredicate {
                title_contains: Some(words.to_owned()),
                ..HoldPredicate::default()
            }),
            Place::Everything => HoldScope::Predicate(HoldPredicate::default()),
        };
        let kind = if year_after { HoldKind::Disclosure } else { HoldKind::Litigation };
        let new = NewHold { kind, scope, reason: "事件".to_owned() };
        let effect = self.office.place_hold(&self.template.clerk, new).await.expect("a hold is never refused");
        self.line.holds.push(effect.hold);
        self.line.facts.stops.push(Stop { place, year_after, decided: None });
        for folder in 0..self.line.facts.folders.len() {
            if self.line.facts.lies_on(place, folder) {
                self.line.facts.take_off(folder);
            }
        }
    }

    async fn release(&mut self, hold: usize, ago: u8) {
        let Some(place) = Self::nth(self.line.holds.len(), hold) else { return };
        let decided = day_of(self.line.facts.now).saturating_sub(i64::from(ago).days());
        if self.office.release_hold(&self.template.clerk, self.line.holds[place], decided).await.is_ok() {
            self.line.facts.stops[place].decided = Some(decided);
        }
    }

    async fn file_act(&mut self, act: &Act) {
        let (boss, clerk) = (&self.template.managers[self.boss()], &self.template.clerk);
        let (office, files, today) = (&self.office, &self.template.files, day_of(self.line.facts.now));
        let folders = &mut self.line.facts.folders;
        match *act {
            Act::Extend(folder, years) => {
                let authority = Some("決裁".to_owned());
                let change = FileChange::Extend(Extension { years, approved_on: None, authority });
                if office.change_file(boss, files[folder], change).await.is_ok() {
                    folders[folder].extended += years;
                    self.line.facts.take_off(folder);
                }
            }
            Act::Close(folder) => {
                let closed = office.close_file(clerk, files[folder], today).await;
                if closed.is_ok() {
                    folders[folder].closed = Some(today);
                }
            }
            Act::Appraise(folder, worthless) => {
                let outcome = if worthless { AppraisalOutcome::Destroy } else { AppraisalOutcome::Historical };
                if office.appraise(boss, files[folder], outcome).await.is_ok() {
                    folders[folder].worthless = worthless;
                }
            }
            Act::Board(folder) => {
                let consented = office.record_board_consent(boss, files[folder], today).await;
                if consented.is_ok() {
                    folders[folder].consented = true;
                }
            }
            _ => {}
        }
    }

    async fn back_up(&mut self) {
        self.made += 1;
        let copy = self.folder.path().join(format!("backup-{}.sqlite", self.made));
        backup(&self.path, &copy).await.unwrap();
        self.saved = Some((copy, self.line.clone()));
    }

    /// Puts the last backup in the place of the database, and places again the holds that it lacks.
    async fn restore(&mut self) {
        let Some((copy, mut line)) = self.saved.clone() else { return };
        self.made += 1;
        self.path = self.folder.path().join(format!("restored-{}.sqlite", self.made));
        Staged::restore(&copy, &self.path).await.unwrap().settle().unwrap();
        let store = SqliteStore::open(&self.path).await.unwrap();
        std::mem::replace(&mut self.store, store).close().await;
        let door = Arc::new(Door { inner: self.store.clone(), fuse: self.fuse.clone() });
        self.office = office(door, &self.cellar, &self.clock, 1000 + u64::from(self.made));
        line.facts.now = self.line.facts.now;
        line.facts.damaged = std::mem::take(&mut self.line.facts.damaged);
        line.facts.copy = true;
        let lost = self.line.facts.stops.split_off(line.facts.stops.len());
        self.line = line;
        for stop in lost.into_iter().filter(|stop| stop.decided.is_none()) {
            self.hold(stop.place, stop.year_after).await;
        }
    }

    async fn confirm(&mut self) {
        let boss = &self.template.managers[self.boss()];
        let Ok(Some(view)) = self.office.restored(boss).await else { return };
        self.office.confirm_restored(boss, &view.hash()).await.expect("what was just shown can be confirmed");
        self.line.facts.copy = false;
        for folder in 0..self.line.facts.folders.len() {
            self.line.facts.take_off(folder);
        }
    }

    async fn load(&mut self, class: usize, years: u16, approvals: usize) {
        let mut table: Years = self.line.facts.years;
        table[class % CLASSES.len()] = years;
        self.made += 1;
        let (version, boss) = (self.made.to_string(), self.boss());
        let managers = &self.template.managers;
        let Ok(loaded) = self.office.load_rules(&managers[boss], &rules(&version, &table)).await else { return };
        let others = (0..MANAGERS).filter(|who| *who != boss && !self.line.facts.dismissed.contains(who));
        for who in others.take(approvals) {
            self.office.approve_rules(&managers[who], "city", &version, &loaded.sha256).await.ok();
        }
        let shortens = table.iter().zip(&self.line.facts.years).any(|(after, before)| after < before);
        if shortens && approvals < 2 {
            self.line.facts.waiting.push(table);
        } else {
            self.line.facts.years = table;
            self.line.facts.waiting.clear();
        }
    }
}
