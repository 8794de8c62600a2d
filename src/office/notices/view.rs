//! What staff see of notices.

use super::take_back::gone;
use super::{Contact, Effect, Notice, NoticeError, NoticeState, VIEWERS};
use crate::digest::Sha256Hex;
use crate::id::{NoticeId, UserId};
use crate::office::ports::{NoticeFile, Transaction};
use crate::office::records::sight::{READ, VIEWED, restricted_notices, restricted_record};
use crate::office::settings::NoticeType;
use crate::office::{Actor, Office, OfficeError, Role};
use crate::records::WITHHELD;
use crate::time::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// A notice in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeSummary {
    /// The notice.
    pub id: NoticeId,
    /// The subject.
    pub subject: String,
    /// The recipient.
    pub recipient: String,
    /// The document number, once issued.
    pub number: Option<String>,
    /// The number that it has before it is issued.
    pub reserved_number: Option<String>,
    /// The number that is voided with a draft that was given up (欠番).
    pub voided_number: Option<String>,
    /// The state.
    pub state: NoticeState,
    /// The present effect.
    pub effect: Effect,
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
    /// Whether this actor may take it back from its approvers, or give it up, as far as its state lets anybody.
    pub may_give_up: bool,
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
    /// Where the recipient is reached; for clerks of the section alone.
    pub contact: Option<Contact>,
    /// What may be done with it, as in lists.
    pub summary: NoticeSummary,
    /// The names of the people in it.
    pub names: BTreeMap<UserId, String>,
}

impl NoticeView {
    /// Tells whether it is of use to know where the recipient is reached.
    pub fn may_have_contact(&self) -> bool {
        let is_posted = self.notice.paper.as_ref().is_some_and(|paper| paper.posted_on.is_some());
        self.notice.is_in_force() && !is_posted
    }
}

impl Office {
    /// Returns the notices that an actor may see, newest first. One that is filed as a restricted record is there without its
    /// subject, for those who may see that record: the subject is on its own page.
    pub async fn notices(&self, actor: &Actor) -> Result<Vec<NoticeSummary>, OfficeError> {
        actor.require_any(VIEWERS)?;
        let mut tx = self.read().await?;
        let people = People::read(&mut *tx).await?;
        let restricted = restricted_notices(&mut *tx, &self.reader(actor)).await?;
        let notices = tx.notices().await?;
        let seen = notices.iter().filter(|notice| visible(actor, notice) && restricted.get(&notice.id) != Some(&false));
        let summary = |notice: &Notice| {
            let summary = summary(actor, notice, &people);
            let is_restricted = restricted.contains_key(&notice.id);
            match is_restricted {
                true => NoticeSummary { subject: WITHHELD.to_owned(), recipient: WITHHELD.to_owned(), ..summary },
                false => summary,
            }
        };
        Ok(seen.map(summary).collect())
    }

    /// Returns one notice. Filed as a restricted record it is shown to those who may see that, and once the ledger says so.
    pub async fn notice(&self, actor: &Actor, id: NoticeId) -> Result<NoticeView, OfficeError> {
        self.notice_for(actor, id, VIEWED).await
    }

    async fn notice_for(&self, actor: &Actor, id: NoticeId, verb: &str) -> Result<NoticeView, OfficeError> {
        actor.require_any(VIEWERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        if restricted_record(&mut *tx, &reader, id).await?.is_none() {
            return self.view_notice(&mut *tx, actor, id).await;
        }
        drop(tx);
        let mut tx = self.begin_reading().await?;
        let record = restricted_record(&mut *tx, &reader, id).await?;
        let view = self.view_notice(&mut *tx, actor, id).await?;
        if let Some(record) = record {
            tx.append(self.entry(actor, verb, record)?).await?;
        }
        tx.commit().await?;
        Ok(view)
    }

    async fn view_notice(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        id: NoticeId,
    ) -> Result<NoticeView, OfficeError> {
        let notice =
            tx.notice(id).await?.filter(|notice| visible(actor, notice)).ok_or(NoticeError::NoSuchNotice(id))?;
        let people = People::read(tx).await?;
        let summary = summary(actor, &notice, &people);
        let contact = match actor.has(Role::Clerk) && actor.section() == notice.section {
            true => self.contact(tx, id).await?,
            false => None,
        };
        Ok(NoticeView {
            kind: self.settings.notice_type(&notice.kind).cloned(),
            notice,
            contact,
            summary,
            names: people.names,
        })
    }

    /// Returns a notice's file: the sealed one where there is one, else the draft.
    pub async fn notice_pdf(&self, actor: &Actor, id: NoticeId) -> Result<Vec<u8>, OfficeError> {
        let view = self.notice_for(actor, id, READ).await?;
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

fn summary(actor: &Actor, notice: &Notice, people: &People) -> NoticeSummary {
    let name = |user: UserId| people.names.get(&user).cloned().unwrap_or_default();
    let own = notice.drafter == actor.user();
    let state = notice.state;
    let took_part = notice.took_part(actor.user());
    NoticeSummary {
        id: notice.id,
        subject: notice.subject.clone(),
        recipient: notice.recipient.clone(),
        number: notice.number.clone(),
        reserved_number: notice.reserved_number.clone(),
        voided_number: notice.voided_number().map(str::to_owned),
        state,
        effect: notice.effect.clone(),
        changed_at: notice.history.last().map(|event| event.at),
        drafter: name(notice.drafter),
        approver: notice.approver.map(name),
        sha256: notice.approved_sha256.clone().unwrap_or_else(|| notice.draft_sha256.clone()),
        may_approve: actor.has(Role::Approver) && state == NoticeState::Submitted && !took_part,
        may_seal: actor.has(Role::SealKeeper) && state == NoticeState::Approved && !took_part,
        may_issue: actor.has(Role::Clerk) && state == NoticeState::Sealed,
        may_give_up: notice.is_for(actor, &people.gone),
        own,
    }
}

/// What members of staff are called, and who of them signs in no more.
struct People {
    names: BTreeMap<UserId, String>,
    gone: BTreeSet<UserId>,
}

impl People {
    async fn read(tx: &mut dyn Transaction) -> Result<Self, OfficeError> {
        let accounts = tx.accounts().await?;
        let gone = gone(&accounts);
        Ok(Self { names: accounts.into_iter().map(|account| (account.id, account.name)).collect(), gone })
    }
}
