//! Notices as JSON: what is handed in, and what is answered.

use super::body::{Carries, object, objects};
use super::delivery_views::{DeliveryView, MailView, PaperView};
use super::problem::ProblemDocument;
use crate::http::problem::{Problem, WebFault};
use crate::id::NoticeId;
use crate::office::notices::{Consent, Effect, NewConsent, NewNotice, NewTypeset, Notice, NoticeState};
use crate::office::templates::Filled;
use crate::office::{Actor, NoticeFlag, Office, OfficeError};
use crate::time::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A notice to draft.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeDraft {
    /// The notice type's identifier (see `/notice-types`).
    #[serde(rename = "type")]
    pub kind: String,
    /// The subject (件名).
    #[schema(min_length = 1, max_length = 1000)]
    pub subject: String,
    /// The recipient's name.
    #[schema(min_length = 1, max_length = 1000)]
    pub recipient: String,
    /// The reasons; a disposition cannot do without.
    #[serde(default)]
    pub reasons: String,
    /// The appeal instructions (教示); a disposition cannot do without.
    #[serde(default)]
    pub appeal_instructions: String,
    /// What it asks of whoever has it, beside what its type says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<Flag>,
    /// The PDF in base64; not where it comes as the part `content` of a multipart body, nor where a template sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        content_encoding = "base64",
        content_media_type = "application/pdf",
        pattern = "^\\s*(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?\\s*$"
    )]
    pub content: Option<String>,
    /// What is filled in of the fields of the notice type's template, by their identifiers, in place of a PDF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<BTreeMap<String, String>>,
    /// The date on a notice that a template sets; today where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub dated: Option<String>,
}

/// A notice to draft, by its PDF or by what its template is filled in with.
#[derive(Clone)]
pub enum Draft {
    /// With its PDF.
    Pdf(NewNotice),
    /// By its template.
    Typeset(NewTypeset),
}

impl Draft {
    /// Drafts it.
    pub async fn drafted(self, office: &Office, actor: &Actor) -> Result<NoticeId, OfficeError> {
        match self {
            Self::Pdf(new) => office.draft(actor, new).await,
            Self::Typeset(new) => office.draft_typeset(actor, new).await,
        }
    }

    /// Drafts it anew.
    pub async fn redrafted(self, office: &Office, actor: &Actor, id: NoticeId) -> Result<Notice, OfficeError> {
        match self {
            Self::Pdf(new) => office.redraft(actor, id, new).await,
            Self::Typeset(new) => office.redraft_typeset(actor, id, new).await,
        }
    }
}

/// A recipient's agreement to electronic delivery.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentGiven {
    /// One of the city's permitted ways.
    pub method: String,
    /// What shows it, for example the number of the application.
    pub evidence: String,
    /// What it is for: one of the city's scopes; the first of them where it is not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The day on which it was given; today where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    pub given_on: Option<String>,
}

/// What a notice asks of whoever has it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// To be carried.
    MustCarry,
    /// To be given back once its effect has ended.
    MustReturn,
    /// The recipient has to come in person.
    InPerson,
}

/// The state of a notice.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Being drafted.
    Draft,
    /// Waits for approval.
    Submitted,
    /// Came back to its drafter with a comment.
    Returned,
    /// Approved.
    Approved,
    /// Sealed.
    Sealed,
    /// Issued; the recipient has the link.
    Issued,
    /// The recipient has confirmed electronic delivery and can collect.
    Available,
    /// Recorded in a file on the recipient's computer.
    Arrived,
    /// Delivered on paper.
    ToPaper,
    /// Given up as a draft; a number that it had is voided.
    Discarded,
}

/// The present effect of a notice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EffectView {
    /// `in-force`, `revoked` or `replaced`.
    pub effect: &'static str,
    /// When it ended.
    #[schema(format = DateTime)]
    pub at: Option<String>,
    /// The number of the notice in its place.
    pub replaced_by: Option<String>,
}

/// What became of a notice; no names.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Outcome {
    /// The notice.
    pub id: String,
    /// The state.
    pub state: State,
    /// SHA-256 of the draft.
    pub draft_sha256: String,
    /// SHA-256 of the file as it is handed out now, once sealed.
    pub sha256: Option<String>,
    /// The document number, once issued.
    pub number: Option<String>,
    /// The number that is voided (欠番), as it was taken for a draft that was given up.
    pub voided_number: Option<String>,
    /// The day of issue.
    #[schema(format = Date)]
    pub issued_on: Option<String>,
    /// The present effect.
    pub effect: EffectView,
    /// What it asks of whoever has it.
    pub flags: Vec<Flag>,
    /// The delivery, once issued electronically.
    pub delivery: Option<DeliveryView>,
    /// The delivery on paper, where it goes on paper.
    pub paper: Option<PaperView>,
    /// The mails about it, oldest first.
    pub mails: Vec<MailView>,
    /// A longer-lived level of the seal that is still to be reached, for example `b-lta`.
    pub pending_level: Option<String>,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub changed_at: Option<String>,
}

/// A notice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeDocument {
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The notice type's identifier.
    #[serde(rename = "type")]
    pub kind: String,
    /// The subject.
    pub subject: String,
    /// The recipient's name.
    pub recipient: String,
    /// The drafter's section.
    pub section: String,
    /// The reasons.
    pub reasons: String,
    /// The appeal instructions.
    pub appeal_instructions: String,
    /// How the recipient agreed to electronic delivery, where that stands.
    pub consent_method: Option<String>,
    /// What the approver said, where it was returned.
    pub returned_because: Option<String>,
}

/// A notice in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeLine {
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The notice type's identifier.
    #[serde(rename = "type")]
    pub kind: String,
    /// The subject.
    pub subject: String,
}

/// A page of notices.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoticeLines {
    /// The notices, the newest first.
    pub notices: Vec<NoticeLine>,
    /// The cursor of the next page; none on the last.
    pub next: Option<String>,
}

/// What changed since a cursor.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Changes {
    /// The notices as they are now, in the order of their last changes.
    pub notices: Vec<Outcome>,
    /// The cursor to ask with the next time.
    pub next: String,
    /// Whether there is more already.
    pub has_more: bool,
}

/// Many notices in one request.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandIn {
    /// The notices.
    #[serde(deserialize_with = "objects")]
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<HandInItem>,
}

/// One notice of many.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandInItem {
    /// A key that the system gives this notice alone: however often it is handed in, it is drafted once.
    #[schema(pattern = "^[!-~]{1,200}$")]
    pub key: String,
    /// Whether it is submitted for approval at once.
    #[serde(default)]
    pub submit: bool,
    /// The notice.
    #[serde(deserialize_with = "object")]
    pub notice: NoticeDraft,
}

/// What became of many notices.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HandInAnswer {
    /// Each, in the order of the request.
    pub items: Vec<HandInResult>,
}

/// What became of one notice of many.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HandInResult {
    /// Its key.
    pub key: String,
    /// The notice, where it is drafted now or was before.
    pub id: Option<String>,
    /// Whether it is submitted now or was before.
    pub submitted: bool,
    /// Why it is not drafted, or not submitted.
    pub problem: Option<ProblemDocument>,
}

impl NoticeDraft {
    /// Makes the notice with its PDF.
    pub fn with(self, pdf: Vec<u8>, today: Date) -> Result<Draft, Problem> {
        let Self { kind, subject, recipient, reasons, appeal_instructions, flags, content: _, fields, dated } = self;
        let flags = flags.into_iter().map(NoticeFlag::from).collect();
        let Some(fields) = fields else {
            return Ok(Draft::Pdf(NewNotice { kind, subject, recipient, reasons, appeal_instructions, flags, pdf }));
        };
        let dated = dated.map_or(Ok(today), |day| day.parse().map_err(|_| WebFault::BadField("dated")))?;
        let (dated, filled) = (Some(dated), Filled(fields));
        Ok(Draft::Typeset(NewTypeset { kind, subject, recipient, reasons, appeal_instructions, flags, dated, filled }))
    }
}

impl TryFrom<ConsentGiven> for NewConsent {
    type Error = Problem;

    fn try_from(given: ConsentGiven) -> Result<Self, Problem> {
        let given_on = given.given_on.map(|day| day.parse().map_err(|_| WebFault::BadField("given_on"))).transpose()?;
        Ok(Self { method: given.method, scope: given.scope, evidence: given.evidence, given_on })
    }
}

impl Carries for NoticeDraft {
    fn take_base64(&mut self) -> Option<String> {
        self.content.take()
    }

    fn makes_document(&self) -> bool {
        self.fields.is_some()
    }
}

impl HandInResult {
    /// Says that an item was not taken.
    pub fn refused(key: String, problem: &Problem) -> Self {
        Self { key, id: None, submitted: false, problem: Some(ProblemDocument::of(problem)) }
    }
}

impl From<&Notice> for Outcome {
    fn from(notice: &Notice) -> Self {
        Self {
            id: notice.id.to_string(),
            state: notice.state.into(),
            draft_sha256: notice.draft_sha256.to_string(),
            sha256: notice.current_sha256().map(ToString::to_string),
            number: notice.number.clone(),
            voided_number: notice.voided_number().map(str::to_owned),
            issued_on: notice.issued_on.map(|day| day.to_string()),
            effect: (&notice.effect).into(),
            flags: notice.flags.iter().map(|flag| Flag::from(*flag)).collect(),
            delivery: notice.delivery.as_ref().map(DeliveryView::from),
            paper: notice.paper.as_ref().map(PaperView::from),
            mails: notice.mails.iter().map(MailView::from).collect(),
            pending_level: notice.upgrade.as_ref().map(|upgrade| upgrade.level.clone()),
            changed_at: notice.history.last().map(|event| event.at.to_string()),
        }
    }
}

impl From<Notice> for NoticeLine {
    fn from(notice: Notice) -> Self {
        Self { outcome: (&notice).into(), kind: notice.kind, subject: notice.subject }
    }
}

impl From<Notice> for NoticeDocument {
    fn from(notice: Notice) -> Self {
        let returned = notice.history.last().filter(|_| notice.state == NoticeState::Returned);
        Self {
            outcome: (&notice).into(),
            returned_because: returned.map(|event| event.comment.clone()),
            consent_method: notice.consent.filter(Consent::is_valid).map(|consent| consent.method),
            kind: notice.kind,
            subject: notice.subject,
            recipient: notice.recipient,
            section: notice.section,
            reasons: notice.reasons,
            appeal_instructions: notice.appeal_instructions,
        }
    }
}

impl From<&Effect> for EffectView {
    fn from(effect: &Effect) -> Self {
        match effect {
            Effect::InForce => Self { effect: "in-force", at: None, replaced_by: None },
            Effect::Revoked { at } => Self { effect: "revoked", at: Some(at.to_string()), replaced_by: None },
            Effect::Replaced { at, by } => {
                Self { effect: "replaced", at: Some(at.to_string()), replaced_by: Some(by.clone()) }
            }
        }
    }
}

impl From<Flag> for NoticeFlag {
    fn from(flag: Flag) -> Self {
        match flag {
            Flag::MustCarry => Self::MustCarry,
            Flag::MustReturn => Self::MustReturn,
            Flag::InPerson => Self::InPerson,
        }
    }
}

impl From<NoticeFlag> for Flag {
    fn from(flag: NoticeFlag) -> Self {
        match flag {
            NoticeFlag::MustCarry => Self::MustCarry,
            NoticeFlag::MustReturn => Self::MustReturn,
            NoticeFlag::InPerson => Self::InPerson,
        }
    }
}

impl From<NoticeState> for State {
    fn from(state: NoticeState) -> Self {
        match state {
            NoticeState::Draft => Self::Draft,
            NoticeState::Submitted => Self::Submitted,
            NoticeState::Returned => Self::Returned,
            NoticeState::Approved => Self::Approved,
            NoticeState::Sealed => Self::Sealed,
            NoticeState::Issued => Self::Issued,
            NoticeState::Available => Self::Available,
            NoticeState::Arrived => Self::Arrived,
            NoticeState::ToPaper => Self::ToPaper,
            NoticeState::Discarded => Self::Discarded,
        }
    }
}

impl From<State> for NoticeState {
    fn from(state: State) -> Self {
        match state {
            State::Draft => Self::Draft,
            State::Submitted => Self::Submitted,
            State::Returned => Self::Returned,
            State::Approved => Self::Approved,
            State::Sealed => Self::Sealed,
            State::Issued => Self::Issued,
            State::Available => Self::Available,
            State::Arrived => Self::Arrived,
            State::ToPaper => Self::ToPaper,
            State::Discarded => Self::Discarded,
        }
    }
}
