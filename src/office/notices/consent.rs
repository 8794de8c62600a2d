//! The recipient's agreement to electronic delivery (電子交付への同意, デジタル手続法 7(1), N2): how and when it was given, for what,
//! what shows it, and its withdrawal; and the register of all of them.

use super::view::visible;
use super::{Notice, NoticeError, NoticeState, VIEWERS, clerk_of};
use crate::id::{NoticeId, UserId};
use crate::office::records::sight::{restricted_notices, restricted_record};
use crate::office::{Actor, Office, OfficeError};
use crate::records::WITHHELD;
use crate::time::{Date, Instant};
use serde::{Deserialize, Serialize};

/// A recipient's agreement to electronic delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// How it was given: one of the city's permitted methods.
    pub method: String,
    /// For what it was given: one of the city's scopes. Whatever it is, each notice has its own entry.
    #[serde(default)]
    pub scope: String,
    /// What shows it, for example the number of the application.
    pub evidence: String,
    /// The day on which it was given; none where it was recorded before days were.
    #[serde(default)]
    pub given_on: Option<Date>,
    /// When it was recorded.
    pub given_at: Instant,
    /// Who recorded it.
    #[serde(default)]
    pub recorded_by: Option<UserId>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Instant>,
}

/// An agreement to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewConsent {
    /// How it was given: one of the city's permitted methods.
    pub method: String,
    /// For what it was given; empty for the first of the city's scopes.
    pub scope: String,
    /// What shows it.
    pub evidence: String,
    /// The day on which it was given; today where nobody says.
    pub given_on: Option<Date>,
}

/// A line of the register of agreements (同意の記録).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentLine {
    /// The notice.
    pub notice: NoticeId,
    /// Its number, once it has one; none where it is withheld.
    pub number: Option<String>,
    /// Its subject, or that it is withheld.
    pub subject: String,
    /// The recipient, or that it is withheld.
    pub recipient: String,
    /// The agreement.
    pub consent: Consent,
    /// When the recipient confirmed it behind the link.
    pub confirmed_at: Option<Instant>,
}

impl Consent {
    /// Returns whether it stands.
    pub fn is_valid(&self) -> bool {
        self.withdrawn_at.is_none()
    }
}

impl NewConsent {
    /// Makes an agreement that was given today, for what the city's first scope says.
    pub fn today(method: &str, evidence: &str) -> Self {
        let (method, evidence) = (method.to_owned(), evidence.to_owned());
        Self { method, scope: String::new(), evidence, given_on: None }
    }
}

impl Office {
    /// Records the recipient's agreement to electronic delivery (N2). One that was recorded before stays in the register.
    ///
    /// # Errors
    /// [`NoticeError::ConsentMethod`] and [`NoticeError::ConsentScope`] for what the city does not have;
    /// [`NoticeError::ConsentDay`] for a day to come.
    pub async fn record_consent(&self, actor: &Actor, id: NoticeId, new: NewConsent) -> Result<Notice, OfficeError> {
        let consent = self.consent(actor, new)?;
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        clerk_of(actor, &notice)?;
        if notice.delivery.is_some() || matches!(notice.state, NoticeState::ToPaper | NoticeState::Discarded) {
            return Err(NoticeError::State(notice.state).into());
        }
        let earlier = notice.consent.replace(consent);
        notice.earlier_consents.extend(earlier);
        self.change_notice(tx, actor, notice, "notice.consent-recorded", "").await
    }

    /// Records that the recipient has taken back the agreement to electronic delivery (N2), as told to the clerk.
    /// What was issued but has not arrived goes to paper.
    pub async fn record_withdrawal(&self, actor: &Actor, id: NoticeId, evidence: &str) -> Result<Notice, OfficeError> {
        if evidence.trim().is_empty() {
            return Err(NoticeError::Empty("evidence").into());
        }
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        clerk_of(actor, &notice)?;
        restricted_record(&mut *tx, &self.reader(actor), id).await?;
        let now = self.now();
        let consent = notice.consent.as_mut().filter(|consent| consent.is_valid()).ok_or(NoticeError::NoConsent)?;
        consent.withdrawn_at = Some(now);
        if matches!(notice.state, NoticeState::Issued | NoticeState::Available) {
            self.turn_to_paper(&mut *tx, &mut notice).await?;
        }
        self.change_notice(tx, actor, notice, "notice.consent-withdrawn", evidence).await
    }

    /// Returns the register of agreements that an actor may see, the newest first; perhaps only those of recipients whose name
    /// has some words. Of what is filed as a restricted record nothing is told here but the agreement.
    pub async fn consents(&self, actor: &Actor, recipient: &str) -> Result<Vec<ConsentLine>, OfficeError> {
        actor.require_any(VIEWERS)?;
        let mut tx = self.read().await?;
        let restricted = restricted_notices(&mut *tx, &self.reader(actor)).await?;
        let mut lines = Vec::new();
        for notice in tx.notices().await? {
            let sight = restricted.get(&notice.id);
            if visible(actor, &notice) && sight != Some(&false) && (recipient.is_empty() || sight.is_none()) {
                lines.extend(lines_of(notice, sight.is_some()));
            }
        }
        let wanted: String = recipient.split_whitespace().collect();
        let has_name = |line: &ConsentLine| line.recipient.split_whitespace().collect::<String>().contains(&wanted);
        lines.retain(has_name);
        lines.sort_by_key(|line| std::cmp::Reverse(line.consent.given_at));
        Ok(lines)
    }

    fn consent(&self, actor: &Actor, new: NewConsent) -> Result<Consent, OfficeError> {
        if !self.settings.consent_methods.contains(&new.method) {
            return Err(NoticeError::ConsentMethod(new.method).into());
        }
        let scope = match (new.scope.is_empty(), self.settings.consent_scopes.first()) {
            (true, Some(first)) => first.clone(),
            _ => new.scope,
        };
        if !self.settings.consent_scopes.contains(&scope) {
            return Err(NoticeError::ConsentScope(scope).into());
        }
        if new.evidence.trim().is_empty() {
            return Err(NoticeError::Empty("evidence").into());
        }
        let given_on = new.given_on.unwrap_or_else(|| self.today());
        if given_on > self.today() {
            return Err(NoticeError::ConsentDay.into());
        }
        Ok(Consent {
            method: new.method,
            scope,
            evidence: new.evidence,
            given_on: Some(given_on),
            given_at: self.now(),
            recorded_by: Some(actor.user()),
            withdrawn_at: None,
        })
    }
}

/// Returns the agreements that were ever recorded for a notice.
fn lines_of(notice: Notice, is_restricted: bool) -> Vec<ConsentLine> {
    let confirmed_at = notice.delivery.as_ref().and_then(|delivery| delivery.available_at);
    let (number, subject, recipient) = match is_restricted {
        true => (None, WITHHELD.to_owned(), WITHHELD.to_owned()),
        false => (notice.number, notice.subject, notice.recipient),
    };
    let line = |consent: Consent, confirmed_at| ConsentLine {
        notice: notice.id,
        number: number.clone(),
        subject: subject.clone(),
        recipient: recipient.clone(),
        consent,
        confirmed_at,
    };
    let earlier = notice.earlier_consents.into_iter().map(|consent| line(consent, None));
    notice.consent.into_iter().map(|consent| line(consent, confirmed_at)).chain(earlier).collect()
}
