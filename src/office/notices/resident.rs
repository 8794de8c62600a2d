//! The recipient: opens the link with the code, confirms electronic delivery, collects, and sees the present effect.

use super::issue::{code_digest, link_digest};
use super::{Consent, Delivery, MailKind, Notice, NoticeError, NoticeState};
use crate::digest::{Sha256Hex, hex};
use crate::office::ports::{NoticeFile, Transaction};
use crate::office::settings::ArrivalRule;
use crate::office::{Office, OfficeError, PublicStanding};
use crate::time::Date;
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The recipient's session: the link's secret and the session's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecipientSession {
    /// The link's secret.
    pub link: Zeroizing<String>,
    /// The session's secret, 64 hexadecimal digits.
    pub secret: Zeroizing<String>,
}

/// What the recipient sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResidentView {
    /// The subject.
    pub subject: String,
    /// The document number.
    pub number: String,
    /// The day of issue.
    pub issued_on: Option<Date>,
    /// The last day to collect.
    pub collect_by: Date,
    /// The state.
    pub state: NoticeState,
    /// Whether the last day to collect it has passed, and it was not collected.
    pub is_overdue: bool,
    /// Whether the recipient has still to say that the file is there, for the notice to arrive.
    pub confirms_receipt: bool,
    /// Whether the recipient's agreement stands and was confirmed here.
    pub confirmed: bool,
    /// The present effect (N14), and what the notice asks of whoever has it.
    pub standing: PublicStanding,
    /// The hash of the file to collect.
    pub sha256: Option<Sha256Hex>,
}

impl Office {
    /// Opens a link with its code, and begins a session.
    ///
    /// # Errors
    /// [`NoticeError::WrongCode`] for a wrong link and a wrong code alike, [`NoticeError::LinkLocked`] after too many.
    pub async fn open_link(&self, link: &str, code: &str) -> Result<RecipientSession, OfficeError> {
        let mut tx = self.begin().await?;
        let mut notice = tx.notice_of_link(&link_digest(link)).await?.ok_or(NoticeError::WrongCode)?;
        let now = self.now();
        let secret = Zeroizing::new(hex(&self.random::<32>()?));
        let ends_at = now + i64::from(self.settings.recipient_session_minutes).minutes();
        let delivery = delivery(&mut notice)?;
        if delivery.locked_until.is_some_and(|until| now < until) {
            return Err(NoticeError::LinkLocked.into());
        }
        if !same(&delivery.code, &code_digest(link, code)) {
            delivery.failures += 1;
            if delivery.failures >= self.settings.code_attempts {
                delivery.failures = 0;
                delivery.locked_until = Some(now + i64::from(self.settings.lock_minutes).minutes());
            }
            self.change_by_recipient(tx, notice, "notice.code-wrong").await?;
            return Err(NoticeError::WrongCode.into());
        }
        (delivery.failures, delivery.locked_until) = (0, None);
        delivery.session = Some((Sha256Hex::of(secret.as_bytes()), ends_at));
        delivery.first_viewed_at.get_or_insert(now);
        self.change_by_recipient(tx, notice, "notice.opened").await?;
        Ok(RecipientSession { link: Zeroizing::new(link.to_owned()), secret })
    }

    /// Returns what the recipient of a session sees.
    pub async fn resident_view(&self, session: &RecipientSession) -> Result<ResidentView, OfficeError> {
        let mut tx = self.read().await?;
        let mut notice = self.of_session(&mut *tx, session).await?;
        let (collect_by, downloaded_at) = {
            let delivery = delivery(&mut notice)?;
            (delivery.collect_by, delivery.downloaded_at)
        };
        let asks = self.settings.arrival == ArrivalRule::ReceiptConfirmed;
        let confirmed = matches!(notice.state, NoticeState::Available | NoticeState::Arrived);
        let sha256 = notice.current_sha256().cloned();
        let standing = PublicStanding::from(&notice);
        Ok(ResidentView {
            confirmed: confirmed && notice.consent.as_ref().is_some_and(Consent::is_valid),
            is_overdue: matches!(notice.state, NoticeState::Issued | NoticeState::Available)
                && self.today() > collect_by,
            confirms_receipt: asks && notice.state == NoticeState::Available && downloaded_at.is_some(),
            subject: notice.subject,
            number: notice.number.unwrap_or_default(),
            issued_on: notice.issued_on,
            collect_by,
            state: notice.state,
            standing,
            sha256,
        })
    }

    /// Confirms that the notice is to be received electronically: it can be collected from now on.
    pub async fn confirm_delivery(&self, session: &RecipientSession) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let mut notice = self.of_session(&mut *tx, session).await?;
        notice.require(&[NoticeState::Issued])?;
        if !notice.consent.as_ref().is_some_and(Consent::is_valid) {
            return Err(NoticeError::NoConsent.into());
        }
        let (now, today) = (self.now(), self.today());
        let delivery = delivery(&mut notice)?;
        if today > delivery.collect_by {
            return Err(NoticeError::TooLate.into());
        }
        delivery.available_at = Some(now);
        notice.state = NoticeState::Available;
        self.queue_mail(&mut *tx, &mut notice, MailKind::Confirmed, None).await?;
        self.change_by_recipient(tx, notice, "notice.available").await
    }

    /// Returns the sealed file for download. The web service calls [`Office::downloaded`] when all of it was taken.
    pub async fn collect(&self, session: &RecipientSession) -> Result<Vec<u8>, OfficeError> {
        let mut tx = self.read().await?;
        let mut notice = self.of_session(&mut *tx, session).await?;
        notice.require(&[NoticeState::Available, NoticeState::Arrived])?;
        if notice.state == NoticeState::Available && self.today() > delivery(&mut notice)?.collect_by {
            return Err(NoticeError::TooLate.into());
        }
        let file = tx.notice_file(notice.id, NoticeFile::Sealed).await?;
        Ok(file.ok_or(NoticeError::State(notice.state))?)
    }

    /// Records that the download was completed (N3). By the city's rule the notice has arrived with it, or not yet.
    pub async fn downloaded(&self, session: &RecipientSession) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let mut notice = self.of_session(&mut *tx, session).await?;
        if notice.state == NoticeState::Arrived {
            return Ok(());
        }
        notice.require(&[NoticeState::Available])?;
        let now = self.now();
        let delivery = delivery(&mut notice)?;
        delivery.downloaded_at.get_or_insert(now);
        self.arrive(tx, notice, "notice.downloaded").await
    }

    /// Records that the recipient says to have the file that was downloaded.
    pub async fn confirm_receipt(&self, session: &RecipientSession) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let mut notice = self.of_session(&mut *tx, session).await?;
        if notice.state == NoticeState::Arrived {
            return Ok(());
        }
        notice.require(&[NoticeState::Available])?;
        let (now, state) = (self.now(), notice.state);
        let delivery = delivery(&mut notice)?;
        if delivery.downloaded_at.is_none() {
            return Err(NoticeError::State(state).into());
        }
        delivery.receipt_confirmed_at.get_or_insert(now);
        self.arrive(tx, notice, "notice.receipt-confirmed").await
    }

    /// Writes down a step of the delivery; the notice has arrived where the city's rule says so.
    async fn arrive(&self, mut tx: Box<dyn Transaction>, mut notice: Notice, step: &str) -> Result<(), OfficeError> {
        let rule = self.settings.arrival;
        let delivery = delivery(&mut notice)?;
        delivery.arrived_at = delivery.arrival_by(rule);
        if delivery.arrived_at.is_none() {
            return self.change_by_recipient(tx, notice, step).await;
        }
        notice.state = NoticeState::Arrived;
        self.drop_mails(&mut *tx, &mut notice).await?;
        self.change_by_recipient(tx, notice, "notice.arrived").await
    }

    /// Withdraws the agreement to electronic delivery (N2): what has not arrived goes to paper (N4).
    pub async fn withdraw_consent(&self, session: &RecipientSession) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let mut notice = self.of_session(&mut *tx, session).await?;
        notice.require(&[NoticeState::Issued, NoticeState::Available])?;
        if let Some(consent) = &mut notice.consent {
            consent.withdrawn_at = Some(self.now());
        }
        self.turn_to_paper(&mut *tx, &mut notice).await?;
        self.change_by_recipient(tx, notice, "notice.consent-withdrawn").await
    }

    /// Returns the notice of a session that has not ended.
    async fn of_session(&self, tx: &mut dyn Transaction, session: &RecipientSession) -> Result<Notice, OfficeError> {
        let notice = tx.notice_of_link(&link_digest(&session.link)).await?.ok_or(NoticeError::SessionEnded)?;
        let stored = notice.delivery.as_ref().and_then(|delivery| delivery.session.as_ref());
        let (secret, ends_at) = stored.ok_or(NoticeError::SessionEnded)?;
        let fits = same(secret, &Sha256Hex::of(session.secret.as_bytes())) && self.now() < *ends_at;
        if fits { Ok(notice) } else { Err(NoticeError::SessionEnded.into()) }
    }

    async fn change_by_recipient(
        &self,
        mut tx: Box<dyn Transaction>,
        mut notice: Notice,
        verb: &str,
    ) -> Result<(), OfficeError> {
        notice.record(self.now(), verb, None, "");
        tx.update_notice(&notice).await?;
        tx.append(self.entry_by("recipient", verb, notice.id)?).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn delivery(notice: &mut Notice) -> Result<&mut Delivery, NoticeError> {
    notice.delivery.as_mut().ok_or(NoticeError::State(notice.state))
}

fn same(one: &Sha256Hex, other: &Sha256Hex) -> bool {
    one.as_str().as_bytes().ct_eq(other.as_str().as_bytes()).into()
}
