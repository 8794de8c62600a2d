//! Saved searches: named descriptions of record files, what they find, and holds on them (R6).
//!
//! A hold that is placed on a saved search freezes its description: it takes hold of what that matches now and of what
//! will match later, and stays so when the search is changed or renamed. So every gate that asks for holds finds it.

use super::error::FilingError;
use super::glance::Glances;
use super::sight::is_wholly_open;
use super::standing::{Measure, rule_book};
use super::views::{HoldEffect, NewHold, RegisterRow};
use super::{HOLDERS, READERS, allow, said};
use crate::id::{HoldId, RecordFileId, SearchId};
use crate::office::ports::{Survey, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{HeldSearch, Hold, HoldKind, HoldPredicate, HoldScope, SavedSearch, SearchWords};

/// Files that one page of what a search finds looks through at most.
const LONGEST_WAY: usize = 20_000;

/// A search to save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSearch {
    /// The name.
    pub name: String,
    /// What it looks for: at least one thing.
    pub what: HoldPredicate,
}

/// A saved search as it stands today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchView {
    /// The search.
    pub search: SavedSearch,
    /// How many holds that were placed on it are in force.
    pub holds: usize,
}

/// A page of what a description matches, in the register's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFiles {
    /// The files' rows of the register.
    pub rows: Vec<RegisterRow>,
    /// The file after which the next page begins; none on the last page.
    pub next: Option<RecordFileId>,
}

impl Office {
    /// Returns every saved search, by name.
    pub async fn searches(&self, actor: &Actor) -> Result<Vec<SearchView>, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        let (holds, today) = (tx.holds().await?, self.today());
        let view = |search: SavedSearch| {
            let on_it = holds.iter().filter(|hold| is_on(hold, search.id) && hold.fact().in_force(today));
            SearchView { holds: on_it.count(), search }
        };
        Ok(tx.searches().await?.into_iter().map(view).collect())
    }

    /// Returns a saved search.
    pub async fn search(&self, actor: &Actor, id: SearchId) -> Result<SearchView, OfficeError> {
        let all = self.searches(actor).await?;
        let found = all.into_iter().find(|view| view.search.id == id);
        Ok(found.ok_or(FilingError::NoSuchSearch(id))?)
    }

    /// Saves a search under a name that no other has.
    pub async fn save_search(&self, actor: &Actor, new: NewSearch) -> Result<SavedSearch, OfficeError> {
        allow(actor, HOLDERS)?;
        let id = SearchId::from_bytes(self.random()?);
        self.write_search(actor, id, new, None).await
    }

    /// Changes the name or the description of a saved search that is still of the version that was seen. Holds that were
    /// placed on it keep what they were placed on.
    pub async fn change_search(
        &self,
        actor: &Actor,
        id: SearchId,
        new: NewSearch,
        seen: u64,
    ) -> Result<SavedSearch, OfficeError> {
        allow(actor, HOLDERS)?;
        self.write_search(actor, id, new, Some(seen)).await
    }

    async fn write_search(
        &self,
        actor: &Actor,
        id: SearchId,
        new: NewSearch,
        seen: Option<u64>,
    ) -> Result<SavedSearch, OfficeError> {
        let NewSearch { name, what } = new;
        let name = name.trim().to_owned();
        said(&name, "name")?;
        sound(&what)?;
        let mut tx = self.begin().await?;
        if tx.searches().await?.iter().any(|other| other.name == name && other.id != id) {
            return Err(FilingError::SearchNameTaken.into());
        }
        let row_version = match (tx.search(id).await?, seen) {
            (None, None) => 1,
            (Some(row), Some(seen)) if row.row_version == seen => seen.saturating_add(1),
            (None, Some(_)) => return Err(FilingError::NoSuchSearch(id).into()),
            (Some(_), _) => return Err(OfficeError::ChangedMeanwhile),
        };
        let search = SavedSearch { id, name, what, saved_by: actor.user(), saved_at: self.now(), row_version };
        tx.put_search(&search).await?;
        tx.append(self.entry(actor, "search.saved", id)?.with_number("row-version", row_version)?).await?;
        tx.commit().await?;
        Ok(search)
    }

    /// Deletes a saved search, once no hold that names it is in force.
    pub async fn delete_search(&self, actor: &Actor, id: SearchId) -> Result<(), OfficeError> {
        allow(actor, HOLDERS)?;
        let (mut tx, today) = (self.begin().await?, self.today());
        if tx.holds().await?.iter().any(|hold| is_on(hold, id) && hold.fact().in_force(today)) {
            return Err(FilingError::SearchHeld(id).into());
        }
        if !tx.remove_search(id).await? {
            return Err(FilingError::NoSuchSearch(id).into());
        }
        tx.append(self.entry(actor, "search.deleted", id)?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Places a hold on what a saved search describes as it is now, and will match later. It is refused for nothing but
    /// that there is no such search.
    pub async fn place_hold_on_search(
        &self,
        actor: &Actor,
        id: SearchId,
        kind: HoldKind,
        reason: &str,
    ) -> Result<HoldEffect, OfficeError> {
        allow(actor, HOLDERS)?;
        let found = self.read().await?.search(id).await?.ok_or(FilingError::NoSuchSearch(id))?;
        let SavedSearch { name, what, row_version, .. } = found;
        let new = NewHold { kind, scope: HoldScope::Predicate(what), reason: reason.to_owned() };
        self.place(actor, new, Some(HeldSearch { id, name, row_version })).await
    }

    /// Returns a page of the record files that a description matches, those after a file, at most so many: what a hold on
    /// it would keep. Where they are rare the page ends after a long way, and the next goes on.
    pub async fn find_files(
        &self,
        actor: &Actor,
        what: &HoldPredicate,
        after: Option<RecordFileId>,
        most: usize,
    ) -> Result<FoundFiles, OfficeError> {
        allow(actor, READERS)?;
        let (mut tx, reader) = (self.read().await?, self.reader(actor));
        let measure = Measure::read(&mut *tx, self.today()).await?;
        let asked = self.as_hold(&mut *tx, actor, what).await?;
        let mut alone = Glances::read(&mut *tx, Measure { holds: vec![asked], ..measure.clone() }).await?;
        let mut glances = Glances::read(&mut *tx, measure).await?;
        let mut found = FoundFiles { rows: Vec::new(), next: after };
        let mut seen = 0;
        while seen < LONGEST_WAY {
            let page = alone.page(&mut *tx, Survey::Register, found.next).await?;
            if page.is_empty() {
                found.next = None;
                break;
            }
            for glance in page {
                if found.rows.len() == most {
                    return Ok(found);
                }
                seen += 1;
                found.next = Some(glance.surveyed.file.id);
                // That a title was met, or a day, which somebody may not see is no answer to them.
                let is_shown = !what.asks_contents() || is_wholly_open(&glance.surveyed, &reader);
                if glance.held && is_shown {
                    found.rows.push(glances.glance(&mut *tx, glance.surveyed).await?.register_row(&reader));
                }
            }
        }
        Ok(found)
    }

    /// A hold that is never placed: what it would keep is what the description matches.
    async fn as_hold(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        what: &HoldPredicate,
    ) -> Result<Hold, OfficeError> {
        Ok(Hold {
            id: HoldId::from_bytes([0; 16]),
            kind: HoldKind::Audit,
            scope: HoldScope::Predicate(what.clone()),
            reason: String::new(),
            placed_by: actor.user(),
            placed_at: self.now(),
            decided: None,
            row_version: 1,
            plan: rule_book(tx).await?.number_on(self.today()),
            search: None,
        })
    }
}

/// Refuses a description that says nothing, or whose days are in the wrong order.
fn sound(what: &HoldPredicate) -> Result<(), FilingError> {
    let texts = [&what.title_contains, &what.creator_contains, &what.custodian_contains];
    if what.is_empty() || texts.into_iter().flatten().any(|text| SearchWords::of(text).is_empty()) {
        return Err(FilingError::SearchEmpty);
    }
    match (what.created_from, what.created_until) {
        (Some(earlier), Some(later)) if later < earlier => Err(FilingError::DaysReversed { earlier, later }),
        _ => Ok(()),
    }
}

fn is_on(hold: &Hold, search: SearchId) -> bool {
    hold.search.as_ref().is_some_and(|held| held.id == search)
}
