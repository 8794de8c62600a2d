//! Approve or return (決裁): the approval binds the very bytes (N18).

use super::{Approval, Notice, NoticeError, NoticeState};
use crate::digest::Sha256Hex;
use crate::id::NoticeId;
use crate::office::ports::NoticeFile;
use crate::office::{Actor, Office, OfficeError, Role};

/// Bytes whose hash was approved. Only [`Approved::prove`] makes one, and only this can be sealed.
pub struct Approved(Vec<u8>);

impl Approved {
    /// Holds a draft's bytes to the hash that was approved.
    pub fn prove(notice: &Notice, draft: Vec<u8>) -> Result<Self, NoticeError> {
        let approved = notice.state == NoticeState::Approved && notice.approver.is_some();
        if !approved {
            return Err(NoticeError::State(notice.state));
        }
        if notice.approved_sha256.as_ref() == Some(&Sha256Hex::of(&draft)) {
            Ok(Self(draft))
        } else {
            Err(NoticeError::HashDiffers)
        }
    }

    /// Returns the bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Office {
    /// Approves a submitted notice by the hash of its PDF, as the approver saw it.
    ///
    /// # Errors
    /// [`NoticeError::OwnDraft`] for the drafter, [`NoticeError::HashDiffers`] where the PDF is another.
    pub async fn approve(&self, actor: &Actor, id: NoticeId, sha256: &Sha256Hex) -> Result<Notice, OfficeError> {
        self.approve_step(actor, id, sha256, None).await
    }

    /// Approves it at its next step (回議), in somebody else's place where that is said (代決). It is approved with the last step.
    ///
    /// # Errors
    /// [`NoticeError::ApprovedBefore`] for who approved an earlier step; else as [`Office::approve`].
    pub async fn approve_step(
        &self,
        actor: &Actor,
        id: NoticeId,
        sha256: &Sha256Hex,
        in_place_of: Option<&str>,
    ) -> Result<Notice, OfficeError> {
        let in_place_of = in_place_of.map(str::trim).filter(|reason| !reason.is_empty());
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        decides(actor, &notice)?;
        let draft = tx.notice_file(id, NoticeFile::Draft).await?.unwrap_or_default();
        if notice.draft_sha256 != *sha256 || Sha256Hex::of(&draft) != *sha256 {
            return Err(NoticeError::HashDiffers.into());
        }
        let steps = self.settings.notice_type(&notice.kind).map_or(&[][..], |kind| &kind.approvals);
        let step = steps.get(notice.approvals.len()).cloned().unwrap_or_default();
        let comment = [step.as_str(), in_place_of.unwrap_or_default()].join(" ").trim().to_owned();
        let in_place_of = in_place_of.map(str::to_owned);
        let verb = if in_place_of.is_some() { "notice.approved-in-place" } else { "notice.approved" };
        notice.approvals.push(Approval { step, by: actor.user(), at: self.now(), in_place_of });
        notice.approver = Some(actor.user());
        if notice.approvals.len() >= steps.len() {
            notice.state = NoticeState::Approved;
            notice.approved_sha256 = Some(sha256.clone());
        }
        self.change_notice(tx, actor, notice, verb, &comment).await
    }

    /// Returns a notice to its drafter with a comment (差戻し): whoever could approve it what is submitted, a seal keeper what is
    /// approved and not sealed, which ends its approvals.
    pub async fn return_draft(&self, actor: &Actor, id: NoticeId, comment: &str) -> Result<Notice, OfficeError> {
        if comment.trim().is_empty() {
            return Err(NoticeError::Empty("comment").into());
        }
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        match notice.state {
            NoticeState::Approved => keeps(actor, &notice)?,
            _ => decides(actor, &notice)?,
        }
        notice.state = NoticeState::Returned;
        (notice.approver, notice.approvals, notice.approved_sha256) = (None, Vec::new(), None);
        self.change_notice(tx, actor, notice, "notice.returned", comment).await
    }
}

/// Refuses whoever may not release the seal of an approved notice.
fn keeps(actor: &Actor, notice: &Notice) -> Result<(), OfficeError> {
    actor.require_any(&[Role::SealKeeper])?;
    if notice.took_part(actor.user()) { Err(NoticeError::OwnSeal.into()) } else { Ok(()) }
}

fn decides(actor: &Actor, notice: &Notice) -> Result<(), OfficeError> {
    actor.require_any(&[Role::Approver])?;
    notice.require(&[NoticeState::Submitted])?;
    match (notice.drafter == actor.user(), notice.took_part(actor.user())) {
        (true, _) => Err(NoticeError::OwnDraft.into()),
        (false, true) => Err(NoticeError::ApprovedBefore.into()),
        (false, false) => Ok(()),
    }
}
