//! What a drafter takes back: what was submitted and is not approved yet (取り下げ), or the draft itself, for good (廃案, N19).

use super::{Notice, NoticeError, NoticeState};
use crate::digest::Sha256Hex;
use crate::id::{NoticeId, UserId};
use crate::office::ports::{AccountRow, Transaction};
use crate::office::{Actor, Office, OfficeError, Role};
use std::collections::BTreeSet;

impl Office {
    /// Takes a submitted notice back to its drafter (取り下げ): it is a draft again, with the number that it has. What was approved
    /// at earlier steps counts no more.
    ///
    /// # Errors
    /// [`NoticeError::State`] once it is approved, and before it is submitted.
    pub async fn take_back_notice(&self, actor: &Actor, id: NoticeId, reason: &str) -> Result<Notice, OfficeError> {
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        drafter_or_heir(&mut *tx, actor, &notice).await?;
        notice.require(&[NoticeState::Submitted])?;
        notice.state = NoticeState::Draft;
        (notice.approver, notice.approvals) = (None, Vec::new());
        self.change_notice(tx, actor, notice, "notice.taken-back", reason.trim()).await
    }

    /// Gives a draft up for good (廃案). Nothing is deleted but where the recipient is reached. A number that it has stays with it
    /// as voided (欠番) and is never given again (N19); the ledger has its hash.
    ///
    /// # Errors
    /// [`NoticeError::Empty`] without a reason; [`NoticeError::State`] while others have it: it is taken back before.
    pub async fn discard_notice(&self, actor: &Actor, id: NoticeId, reason: &str) -> Result<Notice, OfficeError> {
        if reason.trim().is_empty() {
            return Err(NoticeError::Empty("reason").into());
        }
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        drafter_or_heir(&mut *tx, actor, &notice).await?;
        notice.require(&[NoticeState::Draft, NoticeState::Returned])?;
        notice.state = NoticeState::Discarded;
        tx.remove_contact(id).await?;
        let mut entry = self.entry(actor, "notice.discarded", id)?;
        if let Some(number) = &notice.reserved_number {
            entry = entry.with("voided-number", Sha256Hex::of(number.as_bytes()))?;
        }
        self.write_change(tx, actor.user(), notice, entry, reason.trim()).await
    }
}

/// Refuses whoever neither drafted a notice nor is a clerk of its section, where the drafter signs in no more.
async fn drafter_or_heir(tx: &mut dyn Transaction, actor: &Actor, notice: &Notice) -> Result<(), OfficeError> {
    actor.require_any(&[Role::Clerk])?;
    let gone = gone(&tx.accounts().await?);
    if notice.is_for(actor, &gone) { Ok(()) } else { Err(NoticeError::NotDrafter.into()) }
}

impl Notice {
    /// Tells whether somebody may take a notice back or give it up: who drafted it, and for somebody who signs in no more a clerk
    /// of its section, so that nothing stays with nobody.
    pub(super) fn is_for(&self, actor: &Actor, gone: &BTreeSet<UserId>) -> bool {
        let is_own = self.drafter == actor.user();
        let is_heir = self.section == actor.section() && gone.contains(&self.drafter);
        actor.has(Role::Clerk) && (is_own || is_heir)
    }
}

/// Returns the accounts with which nobody signs in any more.
pub(super) fn gone(accounts: &[AccountRow]) -> BTreeSet<UserId> {
    accounts.iter().filter(|account| !account.enabled).map(|account| account.id).collect()
}
