//! Notices that are set by a template: looked at, drafted, and set for good with their number when they are submitted.

use super::draft::own;
use super::{NewNotice, Notice, NoticeError, NoticeState};
use crate::digest::Sha256Hex;
use crate::id::NoticeId;
use crate::office::ports::{PagePicture, ScannedDocument, Setting, Typeset};
use crate::office::settings::{NoticeFlag, SealPlace};
use crate::office::templates::{Filled, NoticeText, Template, TemplateError};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::time::{Date, era_date};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The longest side of a page's picture, in pixels.
const LONGEST_PX: u32 = 2_000;

/// A notice to be set by the template of its type.
#[derive(Clone, Debug)]
pub struct NewTypeset {
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
    /// The date on the notice.
    pub dated: Option<Date>,
    /// What was filled in of the template's fields.
    pub filled: Filled,
}

/// What a notice was set by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typesetting {
    /// The template.
    pub template: String,
    /// Which version of it.
    pub template_sha256: Sha256Hex,
    /// What was filled in, as it was typed.
    pub filled: BTreeMap<String, String>,
    /// The date on the notice.
    pub dated: Option<Date>,
    /// Where the template wants the seal.
    pub seal: Option<SealAt>,
}

/// A place for the seal in whole points of 1/72 inch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealAt {
    /// The page, from 1.
    pub page: usize,
    /// Left, bottom, width and height from the lower left corner of the page.
    pub at: [i16; 4],
}

/// A page of a notice that is looked at before it is drafted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticePreview {
    /// The page.
    pub picture: PagePicture,
    /// Which of them, from 1.
    pub page: usize,
    /// How many there are.
    pub pages: usize,
}

impl Office {
    /// Sets a notice and returns one of its pages as a picture. Nothing is stored.
    pub async fn preview(&self, actor: &Actor, new: &NewTypeset, page: usize) -> Result<NoticePreview, OfficeError> {
        actor.require_any(&[Role::Clerk])?;
        let (template, text) = self.text_of(new, actor.section(), None)?;
        let set = self.set(template.clone(), text, true).await?;
        let (page, pages) = (page.clamp(1, set.pages.max(1)), set.pages);
        Ok(NoticePreview { picture: self.pdf_page(set.pdf, page).await?, page, pages })
    }

    /// Returns a page of a notice's PDF as a picture, to those who may see the notice.
    pub async fn notice_picture(&self, actor: &Actor, id: NoticeId, page: usize) -> Result<PagePicture, OfficeError> {
        let pdf = self.notice_pdf(actor, id).await?;
        self.pdf_page(pdf, page).await
    }

    /// Drafts a notice that is set by the template of its type.
    pub async fn draft_typeset(&self, actor: &Actor, new: NewTypeset) -> Result<NoticeId, OfficeError> {
        actor.require_any(&[Role::Clerk])?;
        let (notice, typesetting) = self.typeset(actor.section(), new, None).await?;
        self.insert_draft(actor, notice, Some(typesetting)).await
    }

    /// Sets a draft, or what was returned, anew.
    pub async fn redraft_typeset(&self, actor: &Actor, id: NoticeId, new: NewTypeset) -> Result<Notice, OfficeError> {
        let number = {
            let notice = self.read().await?.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
            own(actor, &notice)?;
            notice.reserved_number
        };
        let (notice, typesetting) = self.typeset(actor.section(), new, number).await?;
        self.replace_draft(actor, id, notice, Some(typesetting)).await
    }

    /// Gives a draft the next number of its section before it is issued, so that it can stand on the notice (N19). A notice
    /// keeps the number that it has.
    ///
    /// # Errors
    /// [`NoticeError::NoSymbol`] where the section has none.
    pub async fn reserve_number(&self, actor: &Actor, id: NoticeId) -> Result<Notice, OfficeError> {
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        own(actor, &notice)?;
        notice.require(&[NoticeState::Draft, NoticeState::Returned])?;
        if notice.reserved_number.is_some() {
            return Ok(notice);
        }
        let number = self.next_number(&mut *tx, &notice).await?;
        notice.reserved_number = Some(number.clone());
        self.change_notice(tx, actor, notice, "notice.numbered", &number).await
    }

    /// Sets a notice for good, with its number where the template shows it, before it is submitted; none where its PDF came
    /// from elsewhere. With it comes the version of the row that it was set from.
    pub(super) async fn set_for_good(
        &self,
        actor: &Actor,
        id: NoticeId,
    ) -> Result<Option<(u64, Sha256Hex, Typeset)>, OfficeError> {
        let mut notice = self.read().await?.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        let Some(typesetting) = notice.typeset.clone() else { return Ok(None) };
        own(actor, &notice)?;
        notice.require(&[NoticeState::Draft, NoticeState::Returned])?;
        if self.template(&typesetting.template)?.numbered && notice.reserved_number.is_none() {
            // The key of a request belongs to what submits it; to take a number again takes the same.
            let beforehand = Self { once: None, ..self.clone() };
            notice = beforehand.reserve_number(actor, id).await?;
        }
        let new = NewTypeset {
            kind: notice.kind,
            subject: notice.subject,
            recipient: notice.recipient,
            reasons: notice.reasons,
            appeal_instructions: notice.appeal_instructions,
            flags: notice.flags,
            dated: typesetting.dated,
            filled: Filled(typesetting.filled),
        };
        let (template, text) = self.text_of(&new, &notice.section, notice.reserved_number)?;
        let (template, sha256) = (template.clone(), template.sha256());
        Ok(Some((notice.row_version, sha256, self.set(template, text, false).await?)))
    }

    /// Sets a notice as a draft, to be looked at as long as its number is not given.
    async fn typeset(
        &self,
        section: &str,
        new: NewTypeset,
        number: Option<String>,
    ) -> Result<(NewNotice, Typesetting), OfficeError> {
        let (template, text) = self.text_of(&new, section, number)?;
        let preview = template.numbered && text.number.is_none();
        let set = self.set(template.clone(), text, preview).await?;
        Ok(drafted(new, template, set))
    }

    /// Words what a notice says, held to the template of its type.
    pub(super) fn text_of(
        &self,
        new: &NewTypeset,
        section: &str,
        number: Option<String>,
    ) -> Result<(&Template, NoticeText), OfficeError> {
        let kind = self.settings.notice_type(&new.kind);
        let kind = kind.ok_or_else(|| NoticeError::NoSuchKind(new.kind.clone()))?;
        let template = self.template(kind.template.as_deref().ok_or(TemplateError::NotTypeset)?)?;
        for (text, label) in [(&new.subject, "件名"), (&new.recipient, "受取人")] {
            if text.trim().is_empty() {
                return Err(TemplateError::Empty(label.to_owned()).into());
            }
        }
        if template.numbered && new.dated.is_none() {
            return Err(TemplateError::Empty("日付".to_owned()).into());
        }
        let text = NoticeText {
            number,
            date: new.dated.map(era_date),
            city: self.settings.city.clone(),
            office: self.settings.office.clone(),
            section: section.to_owned(),
            subject: new.subject.trim().to_owned(),
            recipient: new.recipient.trim().to_owned(),
            reasons: new.reasons.trim().replace("\r\n", "\n"),
            instructions: new.appeal_instructions.trim().replace("\r\n", "\n"),
            fields: new.filled.shown(template)?,
        };
        text.within_limits(template)?;
        Ok((template, text))
    }

    fn template(&self, id: &str) -> Result<&Template, OfficeError> {
        Ok(self.templates.get(id).ok_or_else(|| TemplateError::NoSuchTemplate(id.to_owned()))?)
    }

    async fn set(&self, template: Template, text: NoticeText, preview: bool) -> Result<Typeset, OfficeError> {
        let typesetter = self.typesetter()?;
        let setting = Setting { written_at: self.now(), preview };
        Ok(self.busy(move || typesetter.set(&template, &text, &setting)).await??)
    }

    async fn pdf_page(&self, pdf: Vec<u8>, page: usize) -> Result<PagePicture, OfficeError> {
        let digitiser = self.digitiser.clone().ok_or(TemplateError::NoTypesetter("no digitiser"))?;
        let page = u32::try_from(page).unwrap_or(u32::MAX);
        let picture = self.busy(move || {
            let document = ScannedDocument { bytes: &pdf, media_type: "application/pdf" };
            digitiser.page_picture(&document, page, LONGEST_PX)
        });
        Ok(picture.await?.map_err(crate::office::tray::TrayError::from)?)
    }
}

/// Makes a draft of a notice that was set.
pub(super) fn drafted(new: NewTypeset, template: &Template, set: Typeset) -> (NewNotice, Typesetting) {
    let typesetting = Typesetting {
        template: template.id.clone(),
        template_sha256: template.sha256(),
        filled: new.filled.0,
        dated: new.dated,
        seal: set.seal.map(SealAt::of),
    };
    let notice = NewNotice {
        kind: new.kind,
        subject: new.subject,
        recipient: new.recipient,
        reasons: new.reasons,
        appeal_instructions: new.appeal_instructions,
        flags: new.flags,
        pdf: set.pdf,
    };
    (notice, typesetting)
}

impl SealAt {
    pub(super) fn of(place: SealPlace) -> Self {
        // A page is at most 200 inches, 14,400 points, a side (ISO 32000-1, annex C.2).
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole points of a page fit, and others end at the largest"
        )]
        Self { page: place.page, at: place.at.map(|points| points.round() as i16) }
    }

    /// Returns it as a place for the seal.
    pub fn place(self) -> SealPlace {
        SealPlace { page: self.page, at: self.at.map(f32::from) }
    }
}
