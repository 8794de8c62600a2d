//! The decision on a frozen list: two approvals by two more persons, rejection, undo (R5).

use super::error::FilingError;
use super::holds::take_back;
use super::items::{Items, list_hash};
use super::standing::Measure;
use super::views::{DisposalItemView, DisposalView};
use super::{KEEPERS, READERS, allow};
use crate::digest::Sha256Hex;
use crate::id::{DisposalId, RecordFileId};
use crate::office::ports::{DisposalApproval, DisposalRow, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{DisposalState, ItemState, RecordState};

impl Office {
    /// Approves a frozen list by the hash that was shown (R5): the first time by somebody who did not propose it, the
    /// second time by a third person. Every file must be appraised, and the board must have consented where it has to.
    ///
    /// After the second approval the records are sealed off, and the time for objections begins.
    pub async fn approve_disposal(
        &self,
        actor: &Actor,
        id: DisposalId,
        shown: &Sha256Hex,
    ) -> Result<DisposalRow, OfficeError> {
        allow(actor, KEEPERS)?;
        let mut tx = self.begin().await?;
        let mut row = disposal(&mut *tx, id).await?;
        let second = match row.state {
            DisposalState::Frozen => false,
            DisposalState::Approved1 => true,
            other => return Err(wrong_state(id, other, "frozen or approved once")),
        };
        if row.has_part(actor.user()) {
            return Err(FilingError::SamePerson.into());
        }
        if *shown != row.plan.list_hash || list_hash(&mut *tx, &row).await? != row.plan.list_hash {
            return Err(FilingError::ListChanged.into());
        }
        appraised(&mut *tx, id).await?;
        let now = self.now();
        let approval = DisposalApproval { by: actor.user(), at: now, list_hash: shown.clone() };
        if second {
            row.approval_2 = Some(approval);
            let grace = jiff::SignedDuration::from_hours(i64::from(self.settings().disposal.grace_hours));
            row.grace_ends_at = now.checked_add(grace).ok();
            row.state = DisposalState::Grace;
            seal_off(&mut *tx, id).await?;
        } else {
            row.approval_1 = Some(approval);
            row.state = DisposalState::Approved1;
        }
        tx.put_disposal(&row).await?;
        let verb = if second { "disposal.approved-2" } else { "disposal.approved-1" };
        tx.append(self.entry(actor, verb, id)?.with("list", shown)?).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Rejects a list or calls it off before the run: everything on it goes back (R5).
    pub async fn reject_disposal(&self, actor: &Actor, id: DisposalId) -> Result<DisposalRow, OfficeError> {
        allow(actor, KEEPERS)?;
        let mut tx = self.begin().await?;
        let mut row = disposal(&mut *tx, id).await?;
        if !row.state.leads_to(DisposalState::Rejected) {
            return Err(wrong_state(id, row.state, "not yet running"));
        }
        row.state = DisposalState::Rejected;
        tx.put_disposal(&row).await?;
        let measure = Measure::read_at_least_holds(&mut *tx, self.today()).await?;
        for state in [ItemState::Listed, ItemState::SealedOff] {
            let mut items = Items::in_state(id, state);
            while let Some(page) = items.next(&mut *tx).await? {
                for item in page {
                    let standing = measure.stand_by_id(&mut *tx, item.item.file).await?;
                    take_back(&mut *tx, item, standing, vec!["rejected".to_owned()]).await?;
                }
            }
        }
        tx.append(self.entry(actor, "disposal.rejected", id)?).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Takes one file off a list, at any time before it is claimed, even while the run goes on (R5).
    pub async fn undo_disposal_of(&self, actor: &Actor, id: DisposalId, file: RecordFileId) -> Result<(), OfficeError> {
        allow(actor, KEEPERS)?;
        let mut tx = self.begin().await?;
        disposal(&mut *tx, id).await?;
        let item = tx.item(id, file).await?;
        let item = item.filter(|item| matches!(item.state, ItemState::Listed | ItemState::SealedOff));
        let item = item.ok_or(FilingError::NotOnList(file))?;
        let measure = Measure::read_at_least_holds(&mut *tx, self.today()).await?;
        let standing = measure.stand_by_id(&mut *tx, file).await?;
        take_back(&mut *tx, item, standing, vec!["undone".to_owned()]).await?;
        let entry = self.entry(actor, "disposal.withdrawn", file)?.with("disposal", id)?.with("because", "undone")?;
        tx.append(entry).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Returns every disposal, newest first.
    pub async fn disposals(&self, actor: &Actor) -> Result<Vec<DisposalRow>, OfficeError> {
        allow(actor, READERS)?;
        Ok(self.read().await?.disposals().await?)
    }

    /// Returns a disposal with its items and what is left of the records.
    pub async fn disposal(&self, actor: &Actor, id: DisposalId) -> Result<DisposalView, OfficeError> {
        allow(actor, READERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let row = disposal(&mut *tx, id).await?;
        let measure = Measure::read(&mut *tx, self.today()).await?;
        let mut items = Vec::new();
        let mut walk = Items::all(id);
        while let Some(page) = walk.next(&mut *tx).await? {
            for item in page {
                let standing = measure.stand_by_id(&mut *tx, item.item.file).await?;
                let file = &standing.row.file;
                let appraised = file.appraised_for_destruction() == Some(true);
                let board = (file.board_required, file.board_consent.is_some());
                items.push(DisposalItemView { item, register: standing.register_row(&reader), appraised, board });
            }
        }
        let tombstones = tx.tombstones(id).await?;
        Ok(DisposalView { row, items, tombstones })
    }
}

/// Returns a disposal's row.
pub(super) async fn disposal(tx: &mut dyn Transaction, id: DisposalId) -> Result<DisposalRow, OfficeError> {
    Ok(tx.disposal(id).await?.ok_or(FilingError::NoSuchDisposal(id))?)
}

/// Says that a disposal is in another state than a verb asks for.
pub(super) fn wrong_state(id: DisposalId, state: DisposalState, wanted: &'static str) -> OfficeError {
    FilingError::DisposalState { id, state: state.word(), wanted }.into()
}

/// Refuses a list with files that are not appraised, or that the board has not consented to.
async fn appraised(tx: &mut dyn Transaction, id: DisposalId) -> Result<(), OfficeError> {
    let (mut unappraised, mut unconsented) = (0, 0);
    let mut listed = Items::in_state(id, ItemState::Listed);
    while let Some(page) = listed.next(tx).await? {
        for item in page {
            let file = tx.file(item.item.file).await?.ok_or(FilingError::NoSuchFile(item.item.file))?.file;
            let destroy = file.appraised_for_destruction() == Some(true);
            unappraised += usize::from(!destroy);
            unconsented += usize::from(file.board_required && file.board_consent.is_none());
        }
    }
    match (unappraised, unconsented) {
        (0, 0) => Ok(()),
        (0, files) => Err(FilingError::NoBoardConsent(files).into()),
        (files, _) => Err(FilingError::NotAppraised(files).into()),
    }
}

/// Hides the listed files' records; from here on they can only come back or be claimed.
async fn seal_off(tx: &mut dyn Transaction, id: DisposalId) -> Result<(), OfficeError> {
    let mut listed = Items::in_state(id, ItemState::Listed);
    while let Some(mut page) = listed.next(tx).await? {
        let files: Vec<RecordFileId> = page.iter().map(|item| item.item.file).collect();
        let mut records = tx.records_among(&files).await?;
        for record in &mut records {
            record.record.state = record.record.state.step(RecordState::SealedOff)?;
        }
        tx.put_record_states(&records).await?;
        page.iter_mut().for_each(|item| item.state = ItemState::SealedOff);
        tx.put_items(&page).await?;
    }
    Ok(())
}
