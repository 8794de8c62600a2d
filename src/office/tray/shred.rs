//! The approval to destroy paper originals: a step of its own, by a second person, that leaves a list for the contractor (R8).

use super::error::TrayError;
use super::paper::{PaperView, view};
use super::{KEEPERS, READERS, SHREDDERS, allow};
use crate::digest::Sha256Hex;
use crate::id::{RecordId, ShreddingListId};
use crate::office::ports::Transaction;
use crate::office::records::paper_facts::PaperJudge;
use crate::office::{Actor, Office, OfficeError};
use crate::scans::{PaperOriginal, PaperState, ScanRefusal, ShreddingEnd, ShreddingList};
use crate::time::Date;
use std::collections::BTreeSet;

/// A list with what is on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShreddingView {
    /// The list.
    pub list: ShreddingList,
    /// What is on it, in its order.
    pub lines: Vec<ShreddingLine>,
}

/// A line of a list: paper, and what speaks against shredding it now.
pub type ShreddingLine = PaperView;

impl Office {
    /// Proposes that the paper of some records is shredded. Nothing that anything keeps gets on a list.
    pub async fn propose_shredding(&self, actor: &Actor, records: &[RecordId]) -> Result<ShreddingList, OfficeError> {
        allow(actor, SHREDDERS)?;
        let id = ShreddingListId::from_bytes(self.random()?);
        let records: Vec<RecordId> = records.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        if records.is_empty() {
            return Err(TrayError::EmptyList.into());
        }
        let mut tx = self.begin().await?;
        for mut paper in self.open_papers(&mut *tx, actor, &records, false).await? {
            (paper.state, paper.list) = (PaperState::Listed, Some(id));
            paper.row_version = paper.row_version.saturating_add(1);
            tx.put_paper_original(&paper).await?;
        }
        let list = ShreddingList {
            id,
            hash: ShreddingList::hash_of(&records),
            records,
            proposed_by: actor.user(),
            proposed_at: self.now(),
            approved: None,
            end: None,
            row_version: 1,
        };
        tx.put_shredding_list(&list).await?;
        let entry = self.entry(actor, "paper.shredding-proposed", id)?.with("list", &list.hash)?;
        tx.append(entry.with_number("records", list.records.len() as u64)?).await?;
        tx.commit().await?;
        Ok(list)
    }

    /// Approves a list by the hash that was shown; whoever proposed it, or scanned anything on it, does not. Everything that
    /// could keep paper is asked again.
    pub async fn approve_shredding(
        &self,
        actor: &Actor,
        id: ShreddingListId,
        shown: &Sha256Hex,
    ) -> Result<ShreddingList, OfficeError> {
        allow(actor, KEEPERS)?;
        let mut tx = self.begin().await?;
        let mut list = tx.shredding_list(id).await?.ok_or(TrayError::NoSuchList(id))?;
        if list.approved.is_some() || list.end.is_some() {
            return Err(TrayError::ListNotNow.into());
        }
        if list.hash != *shown || list.hash != ShreddingList::hash_of(&list.records) {
            return Err(TrayError::ListChanged.into());
        }
        let papers = self.open_papers(&mut *tx, actor, &list.records, true).await?;
        if list.proposed_by == actor.user() || papers.iter().any(|paper| paper.scanned_by == actor.user()) {
            return Err(TrayError::SamePerson.into());
        }
        list.approved = Some((actor.user(), self.now()));
        list.row_version = list.row_version.saturating_add(1);
        tx.put_shredding_list(&list).await?;
        tx.append(self.entry(actor, "paper.shredding-approved", id)?.with("list", &list.hash)?).await?;
        tx.commit().await?;
        Ok(list)
    }

    /// Takes a list back before its paper is shredded: the paper is kept.
    pub async fn withdraw_shredding(&self, actor: &Actor, id: ShreddingListId) -> Result<ShreddingList, OfficeError> {
        allow(actor, SHREDDERS)?;
        let mut tx = self.begin().await?;
        let mut list = tx.shredding_list(id).await?.ok_or(TrayError::NoSuchList(id))?;
        if list.end.is_some() {
            return Err(TrayError::ListNotNow.into());
        }
        for record in &list.records {
            let paper = tx.paper_original(*record).await?.ok_or(TrayError::NoPaper(*record))?;
            put_back(&mut *tx, paper).await?;
        }
        list.end = Some(ShreddingEnd::Withdrawn { by: actor.user(), at: self.now() });
        list.row_version = list.row_version.saturating_add(1);
        tx.put_shredding_list(&list).await?;
        tx.append(self.entry(actor, "paper.shredding-withdrawn", id)?).await?;
        tx.commit().await?;
        Ok(list)
    }

    /// Writes down that the paper of an approved list was shredded, but that of some records, which was taken off or not found:
    /// that is kept. What a hold or an exclusion keeps since the approval has to be among those.
    pub async fn confirm_shredding(
        &self,
        actor: &Actor,
        id: ShreddingListId,
        (on, contractor): (Date, &str),
        kept: &BTreeSet<RecordId>,
    ) -> Result<ShreddingList, OfficeError> {
        allow(actor, SHREDDERS)?;
        let mut tx = self.begin().await?;
        let mut list = tx.shredding_list(id).await?.ok_or(TrayError::NoSuchList(id))?;
        let Some((_, approved_at)) = list.approved.filter(|_| list.end.is_none()) else {
            return Err(TrayError::ListNotNow.into());
        };
        if on > self.today() || on < crate::time::japanese_date(approved_at) {
            return Err(TrayError::ListNotNow.into());
        }
        let contractor = contractor.trim().to_owned();
        if contractor.is_empty() {
            return Err(TrayError::NoReason.into());
        }
        let (shredded, rest): (Vec<RecordId>, Vec<RecordId>) = list.records.iter().partition(|one| !kept.contains(one));
        for mut paper in self.open_papers(&mut *tx, actor, &shredded, true).await? {
            (paper.state, paper.shredded_on) = (PaperState::Shredded, Some(on));
            // Where it lay says nothing any more.
            paper.place = String::new();
            paper.row_version = paper.row_version.saturating_add(1);
            tx.append(self.entry(actor, "paper.shredded", paper.record)?.with("list", id)?).await?;
            tx.put_paper_original(&paper).await?;
        }
        for record in rest {
            let paper = tx.paper_original(record).await?.ok_or(TrayError::NoPaper(record))?;
            put_back(&mut *tx, paper).await?;
        }
        list.end = Some(ShreddingEnd::Shredded { on, contractor, by: actor.user(), at: self.now() });
        list.row_version = list.row_version.saturating_add(1);
        tx.put_shredding_list(&list).await?;
        let entry = self.entry(actor, "paper.shredding-confirmed", id)?;
        tx.append(entry.with_number("records", shredded.len() as u64)?).await?;
        tx.commit().await?;
        Ok(list)
    }

    /// Shows a list with what is on it, and what speaks against it now.
    pub async fn shredding_list(&self, actor: &Actor, id: ShreddingListId) -> Result<ShreddingView, OfficeError> {
        allow(actor, READERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let list = tx.shredding_list(id).await?.ok_or(TrayError::NoSuchList(id))?;
        let mut judge = PaperJudge::read(&mut *tx, &reader, &self.settings.scans.classes_on_paper).await?;
        let mut lines = Vec::new();
        for record in &list.records {
            let paper = tx.paper_original(*record).await?.ok_or(TrayError::NoPaper(*record))?;
            let seen = judge.record_of(&mut *tx, &reader, &paper).await?;
            let listed = paper.list == Some(id);
            lines.push(view(paper, seen, reader.today, listed));
        }
        Ok(ShreddingView { list, lines })
    }

    /// Returns every list, the newest first.
    pub async fn shredding_lists(&self, actor: &Actor) -> Result<Vec<ShreddingList>, OfficeError> {
        allow(actor, READERS)?;
        Ok(self.read().await?.shredding_lists().await?)
    }

    /// Returns the paper of some records, once nothing keeps any of it.
    async fn open_papers(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        records: &[RecordId],
        listed: bool,
    ) -> Result<Vec<PaperOriginal>, OfficeError> {
        let (reader, mut papers) = (self.reader(actor), Vec::new());
        let mut judge = PaperJudge::read(tx, &reader, &self.settings.scans.classes_on_paper).await?;
        for record in records {
            let paper = tx.paper_original(*record).await?.ok_or(TrayError::NoPaper(*record))?;
            let seen = judge.record_of(tx, &reader, &paper).await?;
            if seen.withheld {
                return Err(TrayError::NoPaper(*record).into());
            }
            let gates = paper.gates(reader.today, seen.facts, listed);
            if !gates.is_empty() {
                return Err(TrayError::from(ScanRefusal::PaperKept { record: *record, gates }).into());
            }
            papers.push(paper);
        }
        Ok(papers)
    }
}

/// Puts paper back among what is kept.
async fn put_back(tx: &mut dyn Transaction, mut paper: PaperOriginal) -> Result<(), OfficeError> {
    (paper.state, paper.list) = (PaperState::Kept, None);
    paper.row_version = paper.row_version.saturating_add(1);
    Ok(tx.put_paper_original(&paper).await?)
}
