//! Draft and submit (起案): the PDF, what is said about it, and what the law asks of it before anyone is asked to approve.

use super::typeset::{SealAt, Typesetting};
use super::{Effect, Notice, NoticeError, NoticeState};
use crate::digest::Sha256Hex;
use crate::id::NoticeId;
use crate::office::error::{LONGEST_TITLE, fits};
use crate::office::ports::{NoticeFile, Transaction};
use crate::office::settings::{NoticeFlag, NoticeType};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::pdf::{Limits, Pdf};
use std::collections::BTreeSet;

/// A notice to draft.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// The notice type's identifier.
    pub kind: String,
    /// The subject (件名).
    pub subject: String,
    /// The recipient's name.
    pub recipient: String,
    /// The reasons; a disposition cannot do without (N8).
    pub reasons: String,
    /// The appeal instructions (教示); a disposition cannot do without (N8).
    pub appeal_instructions: String,
    /// What it asks of whoever has it, beside what its type says (N9).
    pub flags: BTreeSet<NoticeFlag>,
    /// The PDF.
    pub pdf: Vec<u8>,
}

impl Office {
    /// Drafts a notice.
    ///
    /// # Errors
    /// [`OfficeError::Pdf`] for a file that could not be signed later.
    pub async fn draft(&self, actor: &Actor, new: NewNotice) -> Result<NoticeId, OfficeError> {
        actor.require_any(&[Role::Clerk])?;
        self.insert_draft(actor, new, None).await
    }

    pub(super) async fn insert_draft(
        &self,
        actor: &Actor,
        new: NewNotice,
        typeset: Option<Typesetting>,
    ) -> Result<NoticeId, OfficeError> {
        let (notice, pdf) = self.new_draft(actor, new, typeset).await?;
        let mut tx = self.begin().await?;
        self.put_draft(&mut *tx, actor, &notice, &pdf).await?;
        tx.commit().await?;
        Ok(notice.id)
    }

    /// Makes the row of a draft.
    pub(super) async fn new_draft(
        &self,
        actor: &Actor,
        new: NewNotice,
        typeset: Option<Typesetting>,
    ) -> Result<(Notice, Vec<u8>), OfficeError> {
        let kind = self.kind(&new)?;
        let (new, draft_sha256) = self.readable(new).await?;
        let id = NoticeId::from_bytes(self.random()?);
        let mut notice = Notice {
            id,
            row_version: 0,
            kind: kind.id.clone(),
            class: kind.class,
            subject: new.subject,
            recipient: new.recipient,
            section: actor.section().to_owned(),
            reasons: new.reasons,
            appeal_instructions: new.appeal_instructions,
            flags: &kind.flags | &new.flags,
            state: NoticeState::Draft,
            drafter: actor.user(),
            approver: None,
            approvals: Vec::new(),
            seal_keeper: None,
            draft_sha256,
            approved_sha256: None,
            sealed_sha256: None,
            number: None,
            reserved_number: None,
            typeset,
            issued_on: None,
            upgrade: None,
            upgrades: Vec::new(),
            proof: None,
            consent: None,
            earlier_consents: Vec::new(),
            delivery: None,
            paper: None,
            mails: Vec::new(),
            effect: Effect::InForce,
            history: Vec::new(),
        };
        notice.record(self.now(), "notice.drafted", Some(actor.user()), "");
        Ok((notice, new.pdf))
    }

    /// Writes the row and the PDF of a draft, and that it was drafted.
    pub(super) async fn put_draft(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        notice: &Notice,
        pdf: &[u8],
    ) -> Result<(), OfficeError> {
        tx.insert_notice(notice).await?;
        tx.put_notice_file(notice.id, NoticeFile::Draft, pdf).await?;
        let entry = self.entry(actor, "notice.drafted", notice.id)?;
        tx.append(entry.with("draft-sha256", &notice.draft_sha256)?).await?;
        Ok(())
    }

    /// Writes down that a system hands in so many notices in one request. Each is drafted on its own.
    pub async fn hand_in(&self, actor: &Actor, notices: usize) -> Result<(), OfficeError> {
        actor.require_any(&[Role::Clerk])?;
        let mut tx = self.begin().await?;
        let entry = self.entry(actor, "notices.handed-in", actor.user())?;
        tx.append(entry.with_number("notices", notices as u64)?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Puts a draft, or what was returned, in other words or another PDF.
    pub async fn redraft(&self, actor: &Actor, id: NoticeId, new: NewNotice) -> Result<Notice, OfficeError> {
        self.replace_draft(actor, id, new, None).await
    }

    pub(super) async fn replace_draft(
        &self,
        actor: &Actor,
        id: NoticeId,
        new: NewNotice,
        typeset: Option<Typesetting>,
    ) -> Result<Notice, OfficeError> {
        let kind = self.kind(&new)?.clone();
        let (new, draft_sha256) = self.readable(new).await?;
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        own(actor, &notice)?;
        notice.require(&[NoticeState::Draft, NoticeState::Returned])?;
        tx.put_notice_file(id, NoticeFile::Draft, &new.pdf).await?;
        (notice.kind, notice.class, notice.draft_sha256) = (kind.id, kind.class, draft_sha256);
        (notice.subject, notice.recipient) = (new.subject, new.recipient);
        (notice.reasons, notice.appeal_instructions) = (new.reasons, new.appeal_instructions);
        (notice.state, notice.typeset) = (NoticeState::Draft, typeset);
        notice.approvals.clear();
        notice.flags = &kind.flags | &new.flags;
        self.change_notice(tx, actor, notice, "notice.redrafted", "").await
    }

    /// Submits a draft for approval (回議). One that a template sets is set for good, with its number where that is shown.
    ///
    /// # Errors
    /// [`NoticeError::NoReasons`] and [`NoticeError::NoAppealInstructions`] for a disposition without (N8).
    pub async fn submit(&self, actor: &Actor, id: NoticeId) -> Result<Notice, OfficeError> {
        self.may_submit(actor, &self.read().await?.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?)?;
        let set = self.set_for_good(actor, id).await?;
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        self.may_submit(actor, &notice)?;
        match (set, &mut notice.typeset) {
            (Some((row_version, template_sha256, set)), Some(typeset)) if notice.row_version == row_version => {
                typeset.template_sha256 = template_sha256;
                typeset.seal = set.seal.map(SealAt::of);
                notice.draft_sha256 = Sha256Hex::of(&set.pdf);
                tx.put_notice_file(id, NoticeFile::Draft, &set.pdf).await?;
            }
            (None, None) => {}
            // Setting took a while: whoever changed the notice meanwhile was quicker.
            _ => return Err(OfficeError::ChangedMeanwhile),
        }
        notice.state = NoticeState::Submitted;
        self.change_notice(tx, actor, notice, "notice.submitted", "").await
    }

    fn may_submit(&self, actor: &Actor, notice: &Notice) -> Result<(), OfficeError> {
        own(actor, notice)?;
        notice.require(&[NoticeState::Draft, NoticeState::Returned])?;
        let kind = self.settings.notice_type(&notice.kind);
        let kind = kind.ok_or_else(|| NoticeError::NoSuchKind(notice.kind.clone()))?;
        if kind.disposition && notice.reasons.trim().is_empty() {
            return Err(NoticeError::NoReasons.into());
        }
        if kind.disposition && notice.appeal_instructions.trim().is_empty() {
            return Err(NoticeError::NoAppealInstructions.into());
        }
        Ok(())
    }

    fn kind(&self, new: &NewNotice) -> Result<&NoticeType, OfficeError> {
        for (text, name) in [(&new.subject, "subject"), (&new.recipient, "recipient")] {
            if text.trim().is_empty() {
                return Err(NoticeError::Empty(name).into());
            }
            fits(text, name, LONGEST_TITLE)?;
        }
        Ok(self.settings.notice_type(&new.kind).ok_or_else(|| NoticeError::NoSuchKind(new.kind.clone()))?)
    }

    /// Holds the PDF to what sealing will ask of it.
    async fn readable(&self, new: NewNotice) -> Result<(NewNotice, Sha256Hex), OfficeError> {
        self.busy(move || {
            let pdf = Pdf::read(new.pdf.as_slice(), &Limits::default())?;
            crate::pdf::Update::new(&pdf)?;
            pdf.pages()?;
            let sha256 = Sha256Hex::of(&new.pdf);
            Ok((new, sha256))
        })
        .await?
    }
}

pub(super) fn own(actor: &Actor, notice: &Notice) -> Result<(), OfficeError> {
    actor.require_any(&[Role::Clerk])?;
    if notice.drafter == actor.user() { Ok(()) } else { Err(NoticeError::NotDrafter.into()) }
}
