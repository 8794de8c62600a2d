//! After the issue: revoke (取消), replace (差替), deliver on paper (N4, N9).

use super::{Effect, Notice, NoticeError, NoticeState};
use crate::id::NoticeId;
use crate::office::{Actor, Office, OfficeError, Role};

impl Office {
    /// Revokes an issued notice. Its signature stays what it is; its effect ends (N14).
    pub async fn revoke(&self, actor: &Actor, id: NoticeId, reason: &str) -> Result<Notice, OfficeError> {
        actor.require_any(&[Role::Clerk])?;
        if reason.trim().is_empty() {
            return Err(NoticeError::Empty("reason").into());
        }
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        in_force(&notice)?;
        notice.effect = Effect::Revoked { at: self.now() };
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
        actor.require_any(&[Role::Clerk])?;
        if reason.trim().is_empty() {
            return Err(NoticeError::Empty("reason").into());
        }
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        let other = tx.notice(by).await?.ok_or(NoticeError::NoSuchNotice(by))?;
        in_force(&notice)?;
        in_force(&other)?;
        if id == by || other.recipient != notice.recipient {
            return Err(NoticeError::NotInForce.into());
        }
        notice.effect = Effect::Replaced { at: self.now(), by: other.number.unwrap_or_default() };
        self.change_notice(tx, actor, notice, "notice.replaced", reason).await
    }

    /// Delivers on paper what was not collected; from now on paper is the one official channel (N4).
    pub async fn to_paper(&self, actor: &Actor, id: NoticeId, reason: &str) -> Result<Notice, OfficeError> {
        actor.require_any(&[Role::Clerk])?;
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        notice.require(&[NoticeState::Issued, NoticeState::Available])?;
        notice.state = NoticeState::ToPaper;
        self.change_notice(tx, actor, notice, "notice.to-paper", reason).await
    }
}

fn in_force(notice: &Notice) -> Result<(), NoticeError> {
    if notice.number.is_some() && notice.effect == Effect::InForce { Ok(()) } else { Err(NoticeError::NotInForce) }
}
