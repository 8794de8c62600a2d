//! The recipient's agreement to electronic delivery (電子交付への同意, デジタル手続法 7(1), N2): how and when it was given, for what,
//! what shows it, and its withdrawal.

use super::{Notice, NoticeError, NoticeState, clerk_of};
use crate::id::NoticeId;
use crate::office::{Actor, Office, OfficeError};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// A recipient's agreement to electronic delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// How it was given: one of the city's permitted methods.
    pub method: String,
    /// What shows it, for example the number of the application.
    pub evidence: String,
    /// When it was recorded.
    pub given_at: Instant,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Instant>,
}

impl Consent {
    /// Returns whether it stands.
    pub fn is_valid(&self) -> bool {
        self.withdrawn_at.is_none()
    }
}

impl Office {
    /// Records the recipient's agreement to electronic delivery (N2).
    pub async fn record_consent(
        &self,
        actor: &Actor,
        id: NoticeId,
        method: &str,
        evidence: &str,
    ) -> Result<Notice, OfficeError> {
        if !self.settings.consent_methods.iter().any(|permitted| permitted == method) {
            return Err(NoticeError::ConsentMethod(method.to_owned()).into());
        }
        if evidence.trim().is_empty() {
            return Err(NoticeError::Empty("evidence").into());
        }
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        clerk_of(actor, &notice)?;
        if notice.delivery.is_some() || notice.state == NoticeState::ToPaper {
            return Err(NoticeError::State(notice.state).into());
        }
        notice.consent = Some(Consent {
            method: method.to_owned(),
            evidence: evidence.to_owned(),
            given_at: self.now(),
            withdrawn_at: None,
        });
        self.change_notice(tx, actor, notice, "notice.consent-recorded", "").await
    }
}
