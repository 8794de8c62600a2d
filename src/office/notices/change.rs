//! After the issue: revoke (取消), replace (差替), deliver on paper (N4, N9). Of a notice that is filed as a restricted record
//! only by a clerk who may see that.

use super::view::visible;
use super::{Effect, MailKind, Notice, NoticeError, NoticeState, clerk_of};
use crate::id::NoticeId;
use crate::office::ports::Transaction;
use crate::office::records::sight::restricted_record;
use crate::office::{Actor, Office, OfficeError};

impl Office {
    /// Revokes an issued notice. Its signature stays what it is; its effect ends (N14).
    pub async fn revoke(&self, actor: &Actor, id: NoticeId, reason: &str) -> Result<Notice, OfficeError> {
        if reason.trim().is_empty() {
            return Err(NoticeError::Empty("reason").into());
        }
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        self.clerk_who_sees(&mut *tx, actor, &notice).await?;
        in_force(&notice)?;
        notice.effect = Effect::Revoked { at: self.now() };
        self.drop_mails(&mut *tx, &mut notice).await?;
        self.queue_mail(&mut *tx, &mut notice, MailKind::Revoked, None).await?;
        self.change_notice(tx, actor, notice, "notice.revoked", reason).await
    }

    /// Says that an issued notice is replaced by another issued one to the same recipient.
    pub async fn replace(
        &self,
        actor: &Actor,
        id: NoticeId,
        by: NoticeId,
        reason: &str,
    ) -> Result<Notice, OfficeError> {
        if reason.trim().is_empty() {
            return Err(NoticeError::Empty("reason").into());
        }
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        let seen = tx.notice(by).await?.filter(|other| visible(actor, other));
        let other = seen.ok_or(NoticeError::NoSuchNotice(by))?;
        self.clerk_who_sees(&mut *tx, actor, &notice).await?;
        restricted_record(&mut *tx, &self.reader(actor), by).await?;
        in_force(&notice)?;
        in_force(&other)?;
        if id == by || other.recipient != notice.recipient {
            return Err(NoticeError::NotInForce.into());
        }
        notice.effect = Effect::Replaced { at: self.now(), by: other.number.unwrap_or_default() };
        self.drop_mails(&mut *tx, &mut notice).await?;
        self.queue_mail(&mut *tx, &mut notice, MailKind::Replaced, None).await?;
        self.change_notice(tx, actor, notice, "notice.replaced", reason).await
    }

    /// Delivers on paper: what was not collected, or what cannot go electronically at all. From now on paper is the one
    /// official channel (N4). A notice that was never issued electronically takes its number here, so that every one
    /// that leaves the house stands in the same row (N19).
    pub async fn to_paper(&self, actor: &Actor, id: NoticeId, reason: &str) -> Result<Notice, OfficeError> {
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        self.clerk_who_sees(&mut *tx, actor, &notice).await?;
        notice.require(&[NoticeState::Sealed, NoticeState::Issued, NoticeState::Available])?;
        if notice.number.is_none() {
            self.number(&mut *tx, &mut notice).await?;
        }
        self.turn_to_paper(&mut *tx, &mut notice).await?;
        self.change_notice(tx, actor, notice, "notice.to-paper", reason).await
    }

    /// Makes paper the one official channel: no mail goes out any more, and the address for it is forgotten.
    pub(super) async fn turn_to_paper(&self, tx: &mut dyn Transaction, notice: &mut Notice) -> Result<(), OfficeError> {
        notice.state = NoticeState::ToPaper;
        notice.paper.get_or_insert_default().decided_at = Some(self.now());
        self.drop_mails(tx, notice).await?;
        self.forget_mail_address(tx, notice.id).await
    }

    /// Refuses whoever is no clerk of the section whose notice it is, or may not see what it is filed as.
    async fn clerk_who_sees(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        notice: &Notice,
    ) -> Result<(), OfficeError> {
        clerk_of(actor, notice)?;
        restricted_record(tx, &self.reader(actor), notice.id).await?;
        Ok(())
    }
}

fn in_force(notice: &Notice) -> Result<(), NoticeError> {
    if notice.number.is_some() && notice.effect == Effect::InForce { Ok(()) } else { Err(NoticeError::NotInForce) }
}
