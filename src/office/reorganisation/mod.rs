//! Reorganisations (機構改革): sections move, with their people, record files, notices, furniture and what waits to be filed,
//! in one step that somebody proposes and somebody else approves.
//!
//! What is proposed says who takes over what from whom, not which rows those are: it is done on its day, to whatever is there
//! then. Who kept a record file before stays written on it, so that no hold and no search loses it by a new name.

mod apply;
mod error;
mod mapping;
mod outlook;

pub use error::{MoveFault, MoveTrouble, ReorganisationError};
pub use outlook::{MoveOutlook, Outlook, OutlookNote};

use crate::digest::Sha256Hex;
use crate::id::{RecordFileId, ReorganisationId, UserId};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::records::ClassCode;
use crate::time::{Date, Instant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Who may propose and decide: accounts are the administrator's, record files the records manager's.
const PLANNERS: &[Role] = &[Role::Administrator, Role::RecordsManager];
/// Who may see what is planned and was done.
const WITNESSES: &[Role] = &[Role::Administrator, Role::RecordsManager, Role::Auditor];
/// Days from today within which the day of a reorganisation lies: another is mistyped.
const FURTHEST_DAYS: i32 = 400;

/// What of a section moves.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MovedPart {
    /// Everything that no narrower move names.
    Whole,
    /// The record files of a class and of those below it.
    Class(ClassCode),
    /// One record file.
    File(RecordFileId),
    /// The notices of a type.
    Notices(String),
    /// One person, by login.
    Person(String),
}

/// One line of a reorganisation: who takes over what from whom. All of them happen at once, so that two sections can
/// change names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The section as it is called until then.
    pub from: String,
    /// What of it.
    pub part: MovedPart,
    /// The section from then on; of a part, the same one where the part stays.
    pub to: String,
}

/// A reorganisation to propose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewReorganisation {
    /// What it is called, for example 令和9年度組織改正.
    pub title: String,
    /// The day from which it is so (施行日).
    pub effective_on: Date,
    /// Who takes over what.
    pub moves: Vec<Move>,
}

/// Who did something, when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Instant,
}

/// What was moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Accounts.
    pub people: u64,
    /// Record files.
    pub files: u64,
    /// Sections that files let in by name.
    pub grants: u64,
    /// Notices.
    pub notices: u64,
    /// Packages for the print room.
    pub packages: u64,
    /// Pieces of furniture.
    pub furniture: u64,
    /// Documents that wait to be filed.
    pub waiting: u64,
}

/// How far a reorganisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReorganisationState {
    /// It waits for a second person.
    Proposed,
    /// It waits for its day.
    Approved,
    /// It was done.
    Applied,
    /// It was taken back.
    Withdrawn,
}

impl ReorganisationState {
    /// Returns the word used in JSON and the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Applied => "applied",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A reorganisation as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reorganisation {
    /// The identifier.
    pub id: ReorganisationId,
    /// Counts changes of the row, from 1.
    pub row_version: u64,
    /// What it is called.
    pub title: String,
    /// The day from which it is so.
    pub effective_on: Date,
    /// Who takes over what.
    pub moves: Vec<Move>,
    /// SHA-256 over title, day and moves: what is approved.
    pub sha256: Sha256Hex,
    /// Who proposed it.
    pub proposed: Deed,
    /// Which of the roles that decide they had then.
    pub proposed_as: BTreeSet<Role>,
    /// Who approved it.
    pub approved: Option<Deed>,
    /// Who took it back.
    pub withdrawn: Option<Deed>,
    /// When it was done.
    pub applied_at: Option<Instant>,
    /// What it moved.
    pub moved: Moved,
}

impl Reorganisation {
    /// Returns how far it is.
    pub fn state(&self) -> ReorganisationState {
        match (self.withdrawn, self.applied_at, self.approved) {
            (Some(_), ..) => ReorganisationState::Withdrawn,
            (None, Some(_), _) => ReorganisationState::Applied,
            (None, None, Some(_)) => ReorganisationState::Approved,
            (None, None, None) => ReorganisationState::Proposed,
        }
    }

    /// Refuses whoever may not be its second person.
    ///
    /// # Errors
    /// [`ReorganisationError::SamePerson`] for who proposed it, [`ReorganisationError::OneSide`] for the other role of the two
    /// that is not there with this one.
    pub fn decided_by(&self, actor: &Actor) -> Result<(), ReorganisationError> {
        if self.proposed.by == actor.user() {
            return Err(ReorganisationError::SamePerson);
        }
        match self.proposed_as.union(&deciding(actor)).count() {
            both if both >= PLANNERS.len() => Ok(()),
            _ => Err(ReorganisationError::OneSide),
        }
    }
}

impl NewReorganisation {
    /// Returns the hash that a second person approves.
    pub fn sha256(&self) -> Sha256Hex {
        // Texts, days and identifiers always have a form in JSON.
        Sha256Hex::of(&serde_json::to_vec(self).unwrap_or_default())
    }
}

impl Office {
    /// Says what a reorganisation would move, and what is wrong with it. Nothing is changed.
    pub async fn look_at_reorganisation(&self, actor: &Actor, new: &NewReorganisation) -> Result<Outlook, OfficeError> {
        actor.require_any(WITNESSES)?;
        self.outlook(&mut *self.read().await?, &new.moves).await
    }

    /// Proposes a reorganisation, for another person to approve.
    ///
    /// # Errors
    /// [`ReorganisationError::Unsound`] with everything that is wrong with its lines.
    pub async fn propose_reorganisation(
        &self,
        actor: &Actor,
        new: NewReorganisation,
    ) -> Result<Reorganisation, OfficeError> {
        actor.require_any(PLANNERS)?;
        if new.title.trim().is_empty() {
            return Err(ReorganisationError::Untitled.into());
        }
        let away = self.today().until(new.effective_on).map_or(i32::MAX, |span| span.get_days());
        if !(-FURTHEST_DAYS..=FURTHEST_DAYS).contains(&away) {
            return Err(ReorganisationError::Day(new.effective_on).into());
        }
        let id = ReorganisationId::from_bytes(self.random()?);
        let mut tx = self.begin().await?;
        let outlook = self.outlook(&mut *tx, &new.moves).await?;
        if !outlook.faults.is_empty() {
            return Err(ReorganisationError::Unsound(outlook.faults).into());
        }
        let sha256 = new.sha256();
        let NewReorganisation { title, effective_on, moves } = new;
        let row = Reorganisation {
            id,
            row_version: 1,
            title: title.trim().to_owned(),
            effective_on,
            moves,
            sha256,
            proposed: self.deed(actor),
            proposed_as: deciding(actor),
            approved: None,
            withdrawn: None,
            applied_at: None,
            moved: Moved::default(),
        };
        tx.put_reorganisation(&row).await?;
        let entry = self.entry(actor, "reorganisation.proposed", id)?.with("sha256", &row.sha256)?;
        tx.append(entry.with("effective-on", effective_on)?).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Approves a reorganisation of the hash that was shown. Where its day has come it is done in the same transaction.
    ///
    /// The two persons are an administrator and a records manager, as it touches what either answers for; whoever has both
    /// roles counts as either, and still needs another person.
    pub async fn approve_reorganisation(
        &self,
        actor: &Actor,
        id: ReorganisationId,
        shown: &Sha256Hex,
    ) -> Result<Reorganisation, OfficeError> {
        actor.require_any(PLANNERS)?;
        let mut tx = self.begin().await?;
        let mut row = tx.reorganisation(id).await?.ok_or(ReorganisationError::NotThere(id))?;
        if row.state() != ReorganisationState::Proposed {
            return Err(ReorganisationError::State(row.state()).into());
        }
        if row.sha256 != *shown {
            return Err(ReorganisationError::NotAsShown.into());
        }
        row.decided_by(actor)?;
        let outlook = self.outlook(&mut *tx, &row.moves).await?;
        if !outlook.faults.is_empty() {
            return Err(ReorganisationError::Unsound(outlook.faults).into());
        }
        if let Some(section) = self.loses_its_symbol(&outlook).filter(|_| row.effective_on <= self.today()) {
            return Err(ReorganisationError::NoSymbol(section).into());
        }
        row.approved = Some(self.deed(actor));
        tx.append(self.entry(actor, "reorganisation.approved", id)?.with("sha256", shown)?).await?;
        if row.effective_on <= self.today() {
            self.apply(&mut *tx, &mut row).await?;
        }
        row.row_version += 1;
        tx.put_reorganisation(&row).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Takes a reorganisation back that was not done yet: by whoever may propose one.
    pub async fn withdraw_reorganisation(
        &self,
        actor: &Actor,
        id: ReorganisationId,
    ) -> Result<Reorganisation, OfficeError> {
        actor.require_any(PLANNERS)?;
        let mut tx = self.begin().await?;
        let mut row = tx.reorganisation(id).await?.ok_or(ReorganisationError::NotThere(id))?;
        if !matches!(row.state(), ReorganisationState::Proposed | ReorganisationState::Approved) {
            return Err(ReorganisationError::State(row.state()).into());
        }
        row.withdrawn = Some(self.deed(actor));
        row.row_version += 1;
        tx.put_reorganisation(&row).await?;
        tx.append(self.entry(actor, "reorganisation.withdrawn", id)?).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Does what was approved and whose day has come, each in a transaction of its own, the earliest day first. Returns them.
    pub async fn apply_due_reorganisations(&self) -> Result<Vec<Reorganisation>, OfficeError> {
        let today = self.today();
        let is_due = |row: &Reorganisation| row.state() == ReorganisationState::Approved && row.effective_on <= today;
        let mut due = self.read().await?.reorganisations().await?;
        due.retain(is_due);
        due.sort_by_key(|row| (row.effective_on, row.approved.map(|deed| deed.at)));
        let mut done = Vec::new();
        for row in due {
            let mut tx = self.begin().await?;
            // Another process may have done it, or somebody taken it back.
            let Some(mut row) = tx.reorganisation(row.id).await?.filter(is_due) else { continue };
            self.apply(&mut *tx, &mut row).await?;
            row.row_version += 1;
            tx.put_reorganisation(&row).await?;
            tx.commit().await?;
            done.push(row);
        }
        Ok(done)
    }

    /// Returns every reorganisation, the newest day first.
    pub async fn reorganisations(&self, actor: &Actor) -> Result<Vec<Reorganisation>, OfficeError> {
        actor.require_any(WITNESSES)?;
        let mut rows = self.read().await?.reorganisations().await?;
        rows.sort_by_key(|row| std::cmp::Reverse((row.effective_on, row.proposed.at)));
        Ok(rows)
    }

    /// Returns a reorganisation, and what it would move today where it was not done.
    pub async fn reorganisation(
        &self,
        actor: &Actor,
        id: ReorganisationId,
    ) -> Result<(Reorganisation, Outlook), OfficeError> {
        actor.require_any(WITNESSES)?;
        let mut tx = self.read().await?;
        let row = tx.reorganisation(id).await?.ok_or(ReorganisationError::NotThere(id))?;
        let is_open = matches!(row.state(), ReorganisationState::Proposed | ReorganisationState::Approved);
        let outlook = if is_open { self.outlook(&mut *tx, &row.moves).await? } else { Outlook::default() };
        Ok((row, outlook))
    }

    fn deed(&self, actor: &Actor) -> Deed {
        Deed { by: actor.user(), at: self.now() }
    }
}

/// Returns which of the two roles somebody has that decide of it.
fn deciding(actor: &Actor) -> BTreeSet<Role> {
    PLANNERS.iter().copied().filter(|role| actor.has(*role)).collect()
}
