//! The paper of scanned records: where it lies, what keeps it, and that it is not to be shredded (R8).

use super::error::TrayError;
use super::{FILERS, READERS, allow};
use crate::id::RecordId;
use crate::office::ports::Transaction;
use crate::office::records::paper_facts::{PaperJudge, PaperRecord};
use crate::office::{Actor, Office, OfficeError};
use crate::scans::{Exclusion, ExclusionGround, PaperGate, PaperOriginal, PaperState};

/// Rows that are read at once.
const PAGE: u32 = 200;

/// The paper of a record as a reader may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperView {
    /// The paper.
    pub paper: PaperOriginal,
    /// The record's title, where the reader may see it.
    pub title: String,
    /// The record file's title, where the reader may see it.
    pub file_title: String,
    /// Whether the reader may not see the record.
    pub withheld: bool,
    /// Whether the record was destroyed as its period had ended: then its paper is due, too.
    pub destroyed: bool,
    /// What keeps it from being shredded today.
    pub gates: Vec<PaperGate>,
}

impl Office {
    /// Returns the paper in a state, by record, that after one, at most so much.
    pub async fn papers(
        &self,
        actor: &Actor,
        state: PaperState,
        after: Option<RecordId>,
        most: usize,
    ) -> Result<Vec<PaperView>, OfficeError> {
        allow(actor, READERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let mut judge = PaperJudge::read(&mut *tx, &reader, &self.settings.scans.classes_on_paper).await?;
        let (mut place, mut views) = (after, Vec::new());
        while views.len() < most {
            let papers = tx.papers_in(state, place, PAGE).await?;
            let Some(last) = papers.last() else { break };
            place = Some(last.record);
            for paper in papers {
                if views.len() < most {
                    let record = judge.record_of(&mut *tx, &reader, &paper).await?;
                    views.push(view(paper, record, reader.today, false));
                }
            }
        }
        Ok(views)
    }

    /// Returns the paper of a record; none where it never was on paper, or nobody said so.
    pub async fn paper_of(&self, actor: &Actor, record: RecordId) -> Result<Option<PaperView>, OfficeError> {
        allow(actor, READERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let Some(paper) = tx.paper_original(record).await? else { return Ok(None) };
        let mut judge = PaperJudge::read(&mut *tx, &reader, &self.settings.scans.classes_on_paper).await?;
        let seen = judge.record_of(&mut *tx, &reader, &paper).await?;
        let listed = paper.state == PaperState::Listed;
        Ok((!seen.withheld).then(|| view(paper, seen, reader.today, listed)))
    }

    /// Says that the paper of a record is not to be shredded, and why. It is effective at once, also on a list that was
    /// approved.
    pub async fn exclude_paper(
        &self,
        actor: &Actor,
        record: RecordId,
        ground: ExclusionGround,
        note: &str,
    ) -> Result<PaperOriginal, OfficeError> {
        allow(actor, FILERS)?;
        let mut tx = self.begin().await?;
        let mut paper = self.paper_in_hand(&mut *tx, actor, record).await?;
        if paper.state == PaperState::Shredded {
            return Err(TrayError::ListNotNow.into());
        }
        let note = note.trim().to_owned();
        paper.exclusion = Some(Exclusion { ground, note, by: actor.user(), on: self.today() });
        tx.put_paper_original(&paper).await?;
        tx.append(self.entry(actor, "paper.excluded", record)?.with("ground", ground.word())?).await?;
        tx.commit().await?;
        Ok(paper)
    }

    /// Takes back that the paper of a record is not to be shredded; another person than who said so.
    pub async fn include_paper(&self, actor: &Actor, record: RecordId) -> Result<PaperOriginal, OfficeError> {
        allow(actor, super::KEEPERS)?;
        let mut tx = self.begin().await?;
        let mut paper = self.paper_in_hand(&mut *tx, actor, record).await?;
        match paper.exclusion.take() {
            None => return Err(TrayError::ListNotNow.into()),
            Some(exclusion) if exclusion.by == actor.user() => return Err(TrayError::SamePerson.into()),
            Some(_) => {}
        }
        tx.put_paper_original(&paper).await?;
        tx.append(self.entry(actor, "paper.included", record)?).await?;
        tx.commit().await?;
        Ok(paper)
    }

    /// Writes down where the paper of a record lies.
    pub async fn place_paper(
        &self,
        actor: &Actor,
        record: RecordId,
        place: &str,
    ) -> Result<PaperOriginal, OfficeError> {
        allow(actor, FILERS)?;
        let mut tx = self.begin().await?;
        let mut paper = self.paper_in_hand(&mut *tx, actor, record).await?;
        paper.place = place.trim().to_owned();
        tx.put_paper_original(&paper).await?;
        tx.append(self.entry(actor, "paper.placed", record)?).await?;
        tx.commit().await?;
        Ok(paper)
    }

    /// Returns the paper of a record that the actor may see, its version counted on.
    async fn paper_in_hand(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        record: RecordId,
    ) -> Result<PaperOriginal, OfficeError> {
        let reader = self.reader(actor);
        let mut paper = tx.paper_original(record).await?.ok_or(TrayError::NoPaper(record))?;
        let mut judge = PaperJudge::read(tx, &reader, &[]).await?;
        if judge.record_of(tx, &reader, &paper).await?.withheld {
            return Err(TrayError::NoPaper(record).into());
        }
        paper.row_version = paper.row_version.saturating_add(1);
        Ok(paper)
    }
}

/// Shows a paper; `listed` says that it is looked at as a part of the list that it is on.
pub(super) fn view(paper: PaperOriginal, record: PaperRecord, today: crate::time::Date, listed: bool) -> PaperView {
    let PaperRecord { facts, title, file_title, withheld } = record;
    let gates = paper.gates(today, facts, listed);
    PaperView { paper, title, file_title, withheld, destroyed: facts.destroyed, gates }
}
