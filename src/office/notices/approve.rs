//! Approve or return (決裁): the approval binds the very bytes (N18).

use super::{Notice, NoticeError, NoticeState};
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
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        decides(actor, &notice)?;
        let draft = tx.notice_file(id, NoticeFile::Draft).await?.unwrap_or_default();
        if notice.draft_sha256 != *sha256 || Sha256Hex::of(&draft) != *sha256 {
            return Err(NoticeError::HashDiffers.into());
        }
        notice.state = NoticeState::Approved;
        notice.approver = Some(actor.user());
        notice.approved_sha256 = Some(sha256.clone());
        self.change_notice(tx, actor, notice, "notice.approved", "").await
    }

    /// Returns a submitted notice to its drafter with a comment (差戻し).
    pub async fn return_draft(&self, actor: &Actor, id: NoticeId, comment: &str) -> Result<Notice, OfficeError> {
        if comment.trim().is_empty() {
            return Err(NoticeError::Empty("comment").into());
        }
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        decides(actor, &notice)?;
        notice.state = NoticeState::Returned;
        self.change_notice(tx, actor, notice, "notice.returned", comment).await
    }
}

fn decides(actor: &Actor, notice: &Notice) -> Result<(), OfficeError> {
    actor.require_any(&[Role::Approver])?;
    notice.require(&[NoticeState::Submitted])?;
    if notice.drafter == actor.user() { Err(NoticeError::OwnDraft.into()) } else { Ok(()) }
}
