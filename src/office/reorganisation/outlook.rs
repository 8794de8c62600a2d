//! What a reorganisation would move, and what is wrong with it.

use super::mapping::{Mapping, custodian_of};
use super::{Move, MoveFault, MoveTrouble, MovedPart, WITNESSES};
use crate::id::RecordFileId;
use crate::office::ports::{AccountRow, Transaction};
use crate::office::records::lineages::{Lineages, lineages};
use crate::office::{Actor, Office, OfficeError};
use crate::records::ClassCode;
use std::collections::{BTreeMap, BTreeSet};

/// What a reorganisation would move today.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// What is wrong with it; while there is anything, it is not taken.
    pub faults: Vec<MoveFault>,
    /// What each line moves.
    pub moves: Vec<MoveOutlook>,
    /// What is to be seen to besides.
    pub notes: Vec<OutlookNote>,
}

/// What a line moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveOutlook {
    /// The line.
    pub moved: Move,
    /// Accounts.
    pub people: u64,
    /// Record files.
    pub files: u64,
    /// Notices.
    pub notices: u64,
    /// Pieces of furniture.
    pub furniture: u64,
    /// Documents that wait to be filed.
    pub waiting: u64,
}

/// Something to be seen to beside a reorganisation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutlookNote {
    /// A section would have people and no symbol for document numbers (N19): its notices cannot be given numbers.
    NoSymbol(String),
    /// Where recipients ask is not said for a section.
    NoInquiry(String),
    /// Something stays with a section of which a part moves.
    Stays {
        /// The section.
        section: String,
        /// How many accounts.
        people: u64,
        /// How many record files.
        files: u64,
        /// How many notices.
        notices: u64,
    },
}

/// Notices that are read at once.
const AT_ONCE: u32 = 500;

/// What there is of the sections, as the rows say it.
struct Present {
    accounts: Vec<AccountRow>,
    /// Custodian, class, how many record files.
    files: Vec<(String, ClassCode, u64)>,
    /// Section and type, how many notices.
    notices: BTreeMap<(String, String), u64>,
    furniture: BTreeMap<String, u64>,
    waiting: BTreeMap<String, u64>,
}

impl Office {
    /// Returns the sections that there are, of people, record files, notices, furniture or documents in the tray, by name.
    pub async fn sections_to_move(&self, actor: &Actor) -> Result<Vec<String>, OfficeError> {
        actor.require_any(WITNESSES)?;
        Ok(present(&mut *self.read().await?).await?.sections())
    }

    /// Says what lines would move, and what is wrong with them.
    pub(super) async fn outlook(&self, tx: &mut dyn Transaction, moves: &[Move]) -> Result<Outlook, OfficeError> {
        let present = present(tx).await?;
        let classes = lineages(tx, self.today()).await?;
        let mut faults = present.faults(moves);
        faults.extend(self.unknown_parts(tx, moves, &classes).await?);
        faults.sort_by_key(|fault| fault.line);
        if !faults.is_empty() {
            return Ok(Outlook { faults, ..Outlook::default() });
        }
        let mut count = Count::of(moves);
        count.all(&present, &classes);
        for one in moves {
            let MovedPart::File(id) = one.part else { continue };
            // It was counted where its class goes.
            if let Some(row) = tx.file(id).await? {
                let by_class = count.mapping.class(&one.from, &classes.of(&row.file.class));
                count.take(by_class, &one.from);
                count.add(count.mapping.file(&one.from, id, &[]), &one.from, 1, |one| &mut one.files);
            }
        }
        let notes = self.notes(&count, moves);
        Ok(Outlook { faults, moves: count.lines, notes })
    }

    /// Tells which lines name a class, a record file or a type of notice that is not there.
    async fn unknown_parts(
        &self,
        tx: &mut dyn Transaction,
        moves: &[Move],
        classes: &Lineages,
    ) -> Result<Vec<MoveFault>, OfficeError> {
        let mut faults = Vec::new();
        for (line, one) in (1..).zip(moves) {
            let trouble = match &one.part {
                MovedPart::Class(class) if !classes.knows(class) => MoveTrouble::NoSuchClass(class.to_string()),
                MovedPart::Notices(kind) if self.settings.notice_type(kind).is_none() => {
                    MoveTrouble::NoSuchKind(kind.clone())
                }
                MovedPart::File(file) if !is_kept_by(tx, *file, &one.from).await? => {
                    MoveTrouble::NoSuchFile(file.to_string())
                }
                _ => continue,
            };
            faults.push(MoveFault { line, trouble });
        }
        Ok(faults)
    }

    /// Returns a section that would have no symbol for the numbers of notices, while the one it takes over from has one.
    pub(super) fn loses_its_symbol(&self, outlook: &Outlook) -> Option<String> {
        let symbols = &self.settings.symbols;
        let works = outlook.moves.iter().filter(|line| line.people > 0 || line.notices > 0).map(|line| &line.moved);
        let mut lost = works.filter(|one| symbols.contains_key(&one.from) && !symbols.contains_key(&one.to));
        lost.next().map(|one| one.to.clone())
    }

    fn notes(&self, count: &Count<'_>, moves: &[Move]) -> Vec<OutlookNote> {
        let mut notes = BTreeSet::new();
        for (one, line) in moves.iter().zip(&count.lines) {
            let works = line.people > 0 || line.notices > 0;
            if works && !self.settings.symbols.contains_key(&one.to) {
                notes.insert(OutlookNote::NoSymbol(one.to.clone()));
            }
            if works && !self.settings.inquiries.is_empty() && !self.settings.inquiries.contains_key(&one.to) {
                notes.insert(OutlookNote::NoInquiry(one.to.clone()));
            }
        }
        for (section, left) in &count.left {
            if moves.iter().any(|one| one.from == *section) {
                let (people, files, notices) = (left.people, left.files, left.notices);
                notes.insert(OutlookNote::Stays { section: section.clone(), people, files, notices });
            }
        }
        notes.into_iter().collect()
    }
}

/// Counts what lines move, and what none does.
struct Count<'a> {
    mapping: Mapping<'a>,
    lines: Vec<MoveOutlook>,
    left: BTreeMap<String, MoveOutlook>,
}

impl<'a> Count<'a> {
    fn of(moves: &'a [Move]) -> Self {
        Self { mapping: Mapping(moves), lines: moves.iter().map(none_of).collect(), left: BTreeMap::new() }
    }

    /// Counts everything there is; record files by their classes alone.
    fn all(&mut self, present: &Present, classes: &Lineages) {
        let mapping = self.mapping;
        for account in &present.accounts {
            self.add(mapping.person(&account.section, &account.login), &account.section, 1, |one| &mut one.people);
        }
        for (custodian, class, files) in &present.files {
            let (section, _) = custodian_of(custodian, |name| mapping.0.iter().any(|one| one.from == name));
            self.add(mapping.class(section, &classes.of(class)), section, *files, |one| &mut one.files);
        }
        for ((section, kind), notices) in &present.notices {
            self.add(mapping.notices(section, kind), section, *notices, |one| &mut one.notices);
        }
        for (section, pieces) in &present.furniture {
            self.add(mapping.whole(section), section, *pieces, |one| &mut one.furniture);
        }
        for (section, documents) in &present.waiting {
            self.add(mapping.whole(section), section, *documents, |one| &mut one.waiting);
        }
    }

    fn add(&mut self, line: Option<usize>, section: &str, many: u64, field: fn(&mut MoveOutlook) -> &mut u64) {
        if let Some(one) = self.place(line, section) {
            *field(one) += many;
        }
    }

    /// Takes back one record file.
    fn take(&mut self, line: Option<usize>, section: &str) {
        if let Some(one) = self.place(line, section) {
            one.files = one.files.saturating_sub(1);
        }
    }

    fn place(&mut self, line: Option<usize>, section: &str) -> Option<&mut MoveOutlook> {
        if let Some(line) = line {
            return self.lines.get_mut(line);
        }
        let section = section.trim();
        let stays = || Move { from: section.to_owned(), part: MovedPart::Whole, to: section.to_owned() };
        Some(self.left.entry(section.to_owned()).or_insert_with(|| none_of(&stays())))
    }
}

impl Present {
    /// Tells what is wrong with lines for themselves, and beside what there is.
    fn faults(&self, moves: &[Move]) -> Vec<MoveFault> {
        if moves.is_empty() {
            return vec![MoveFault { line: 0, trouble: MoveTrouble::Nothing }];
        }
        let mut seen: BTreeMap<(&str, String), usize> = BTreeMap::new();
        let mut faults = Vec::new();
        for (line, one) in (1..).zip(moves) {
            let key = (one.from.as_str(), format!("{:?}", one.part));
            let earlier = *seen.entry(key).or_insert(line);
            let trouble = match &one.part {
                _ if one.from.trim().is_empty() || one.to.trim().is_empty() => MoveTrouble::Unnamed,
                _ if earlier != line => MoveTrouble::Twice(earlier),
                _ if !self.has(&one.from) => MoveTrouble::UnknownSection(one.from.clone()),
                MovedPart::Whole if one.from == one.to => MoveTrouble::Itself(one.from.clone()),
                MovedPart::Person(login) if !self.has_person(&one.from, login) => {
                    MoveTrouble::NoSuchPerson(login.clone())
                }
                _ => continue,
            };
            faults.push(MoveFault { line, trouble });
        }
        faults
    }

    fn sections(&self) -> Vec<String> {
        let of_people = self.accounts.iter().map(|account| account.section.trim());
        let of_things = self.furniture.keys().chain(self.waiting.keys()).map(|name| name.trim());
        let of_notices = self.notices.keys().map(|(name, _)| name.trim());
        let mut all: BTreeSet<&str> = of_people.chain(of_things).chain(of_notices).collect();
        let of_files: Vec<&str> =
            self.files.iter().map(|(name, ..)| custodian_of(name, |section| all.contains(section)).0).collect();
        all.extend(of_files);
        all.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    fn has(&self, section: &str) -> bool {
        let is_it = |name: &str| name.trim() == section;
        self.accounts.iter().any(|account| is_it(&account.section))
            || self.files.iter().any(|(name, ..)| custodian_of(name, is_it).0 == section)
            || self.notices.keys().any(|(name, _)| is_it(name))
            || self.furniture.keys().chain(self.waiting.keys()).any(|name| is_it(name))
    }

    fn has_person(&self, section: &str, login: &str) -> bool {
        self.accounts.iter().any(|account| account.login == login && account.section.trim() == section)
    }
}

fn none_of(moved: &Move) -> MoveOutlook {
    MoveOutlook { moved: moved.clone(), people: 0, files: 0, notices: 0, furniture: 0, waiting: 0 }
}

/// Tells whether a section keeps a record file that still has its records.
async fn is_kept_by(tx: &mut dyn Transaction, file: RecordFileId, section: &str) -> Result<bool, OfficeError> {
    let row = tx.file(file).await?.filter(|row| row.destroyed_on.is_none());
    Ok(row.is_some_and(|row| custodian_of(&row.file.custodian, |name| name == section).0 == section))
}

async fn present(tx: &mut dyn Transaction) -> Result<Present, OfficeError> {
    let (accounts, files) = (tx.accounts().await?, tx.files_by_custodian().await?);
    let mut present =
        Present { accounts, files, notices: BTreeMap::new(), furniture: BTreeMap::new(), waiting: BTreeMap::new() };
    let mut before = None;
    loop {
        let some = tx.notices_in(None, before, AT_ONCE).await?;
        let Some((place, _)) = some.last() else { break };
        before = Some(*place);
        for (_, notice) in some {
            *present.notices.entry((notice.section, notice.kind)).or_default() += 1;
        }
    }
    for piece in tx.all_furniture().await? {
        if piece.removed_on.is_none() {
            *present.furniture.entry(piece.section).or_default() += 1;
        }
    }
    for id in tx.tray_ids().await? {
        if let Some(item) = tx.tray_item(id).await? {
            *present.waiting.entry(item.section).or_default() += 1;
        }
    }
    Ok(present)
}
