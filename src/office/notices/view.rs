//! What staff see of notices.

use super::{Notice, NoticeError, NoticeState, VIEWERS};
use crate::digest::Sha256Hex;
use crate::id::{NoticeId, UserId};
use crate::office::ports::NoticeFile;
use crate::office::settings::NoticeType;
use crate::office::{Actor, Office, OfficeError, Role};
use crate::time::Instant;
use std::collections::BTreeMap;

/// A notice in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeSummary {
    /// The notice.
    pub id: NoticeId,
    /// The subject.
    pub subject: String,
    /// The document number, once issued.
    pub number: Option<String>,
    /// The state.
    pub state: NoticeState,
    /// When it last changed.
    pub changed_at: Option<Instant>,
    /// The drafter's name.
    pub drafter: String,
    /// The approver's name.
    pub approver: Option<String>,
    /// The hash of what is to be approved or sealed.
    pub sha256: Sha256Hex,
    /// Whether this actor may approve or return it now.
    pub may_approve: bool,
    /// Whether this actor may release its seal now.
    pub may_seal: bool,
    /// Whether this actor may issue it now.
    pub may_issue: bool,
    /// Whether this actor drafted it.
    pub own: bool,
}

/// A notice in full, with what its people are called.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeView {
    /// The notice.
    pub notice: Notice,
    /// Its type, while the settings know it.
    pub kind: Option<NoticeType>,
    /// What may be done with it, as in lists.
    pub summary: NoticeSummary,
    /// The names of the people in it.
    pub names: BTreeMap<UserId, String>,
}

impl Office {
    /// Returns the notices that an actor may see, newest first.
    pub async fn notices(&self, actor: &Actor) -> Result<Vec<NoticeSummary>, OfficeError> {
        actor.require_any(VIEWERS)?;
        let mut tx = self.read().await?;
        let names = names(&mut *tx).await?;
        let notices = tx.notices().await?;
        Ok(notices
            .iter()
            .filter(|notice| visible(actor, notice))
            .map(|notice| summary(actor, notice, &names))
            .collect())
    }

    /// Returns one notice.
    pub async fn notice(&self, actor: &Actor, id: NoticeId) -> Result<NoticeView, OfficeError> {
        actor.require_any(VIEWERS)?;
        let mut tx = self.read().await?;
        let notice =
            tx.notice(id).await?.filter(|notice| visible(actor, notice)).ok_or(NoticeError::NoSuchNotice(id))?;
        let names = names(&mut *tx).await?;
        let summary = summary(actor, &notice, &names);
        Ok(NoticeView { kind: self.settings.notice_type(&notice.kind).cloned(), notice, summary, names })
    }

    /// Returns a notice's file: the sealed one where there is one, else the draft.
    pub async fn notice_pdf(&self, actor: &Actor, id: NoticeId) -> Result<Vec<u8>, OfficeError> {
        let view = self.notice(actor, id).await?;
        let which = if view.notice.sealed_sha256.is_some() { NoticeFile::Sealed } else { NoticeFile::Draft };
        let file = self.read().await?.notice_file(id, which).await?;
        Ok(file.ok_or(NoticeError::NoSuchNotice(id))?)
    }
}

/// Clerks see their section's notices; the others see what they decide about.
pub(super) fn visible(actor: &Actor, notice: &Notice) -> bool {
    let everywhere = [Role::Approver, Role::SealKeeper, Role::Auditor, Role::RecordsManager];
    everywhere.iter().any(|role| actor.has(*role)) || notice.section == actor.section()
}

fn summary(actor: &Actor, notice: &Notice, names: &BTreeMap<UserId, String>) -> NoticeSummary {
    let name = |user: UserId| names.get(&user).cloned().unwrap_or_default();
    let own = notice.drafter == actor.user();
    let state = notice.state;
    let may_seal = actor.has(Role::SealKeeper) && state == NoticeState::Approved && !own;
    NoticeSummary {
        id: notice.id,
        subject: notice.subject.clone(),
        number: notice.number.clone(),
        state,
        changed_at: notice.history.last().map(|event| event.at),
        drafter: name(notice.drafter),
        approver: notice.approver.map(name),
        sha256: notice.approved_sha256.clone().unwrap_or_else(|| notice.draft_sha256.clone()),
        may_approve: actor.has(Role::Approver) && state == NoticeState::Submitted && !own,
        may_seal: may_seal && notice.approver != Some(actor.user()),
        may_issue: actor.has(Role::Clerk) && state == NoticeState::Sealed,
        own,
    }
}

async fn names(tx: &mut dyn crate::office::ports::Transaction) -> Result<BTreeMap<UserId, String>, OfficeError> {
    Ok(tx.accounts().await?.into_iter().map(|account| (account.id, account.name)).collect())
}
