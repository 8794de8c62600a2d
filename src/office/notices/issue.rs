//! Issue (施行): consent, number, and a link with a code for the recipient (N1, N2, N4, N19).

use super::contact::{Contact, Secret};
use super::{Consent, Delivery, MailKind, Notice, NoticeError, NoticeState, clerk_of};
use crate::digest::{Sha256Hex, hex};
use crate::id::NoticeId;
use crate::office::ports::Transaction;
use crate::office::records::sight::restricted_record;
use crate::office::{Actor, Office, OfficeError};
use crate::time::{Date, FiscalYear};
use jiff::ToSpan;
use zeroize::Zeroizing;

/// What the clerk hands over: the link and the code are nowhere else, and go to the recipient by separate ways.
#[derive(Debug)]
pub struct Issued {
    /// The document number.
    pub number: String,
    /// The secret of the link, 64 hexadecimal digits: the page is `/r/SECRET`.
    pub link: Zeroizing<String>,
    /// The code.
    pub code: Zeroizing<String>,
    /// The last day to collect (取得期限).
    pub collect_by: Date,
    /// Whether a mail with the link is queued.
    pub mailed: bool,
    /// Whether a mail with the code is queued.
    pub code_mailed: bool,
}

/// Letters and digits that are not mistaken for each other; 32 of them, so that a byte's five low bits choose one evenly.
const CODE_LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// 12 of them carry 60 bits.
const CODE_LENGTH: usize = 12;

impl Office {
    /// Issues a sealed notice electronically: takes its number and makes the recipient's link.
    ///
    /// # Errors
    /// [`NoticeError::ElectronicExcluded`] (N1), [`NoticeError::NoConsent`] (N2), [`NoticeError::NoSymbol`] (N19).
    pub async fn issue(&self, actor: &Actor, id: NoticeId) -> Result<Issued, OfficeError> {
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        clerk_of(actor, &notice)?;
        notice.require(&[NoticeState::Sealed])?;
        let kind = self.settings.notice_type(&notice.kind);
        let kind = kind.ok_or_else(|| NoticeError::NoSuchKind(notice.kind.clone()))?;
        if kind.electronic_excluded {
            return Err(NoticeError::ElectronicExcluded.into());
        }
        if !notice.consent.as_ref().is_some_and(Consent::is_valid) {
            return Err(NoticeError::NoConsent.into());
        }
        let number = self.number(&mut *tx, &mut notice).await?;
        let link = Zeroizing::new(hex(&self.random::<32>()?));
        let code = self.code()?;
        let collect_by = self.last_day()?;
        notice.state = NoticeState::Issued;
        notice.delivery = Some(Delivery {
            link: link_digest(&link),
            code: code_digest(&link, &code),
            failures: 0,
            locked_until: None,
            session: None,
            collect_by,
            reminded_days_before: None,
            sent_at: self.now(),
            sent_again_at: Vec::new(),
            available_at: None,
            first_viewed_at: None,
            downloaded_at: None,
            receipt_confirmed_at: None,
            arrived_at: None,
        });
        let (mailed, code_mailed) = self.mail_link(&mut *tx, &mut notice, MailKind::Issued, &link, &code).await?;
        self.change_notice(tx, actor, notice, "notice.issued", "").await?;
        Ok(Issued { number, link, code, collect_by, mailed, code_mailed })
    }

    /// Issues a notice anew (再交付): a new link and a new code for the same file. The link before and its session end; what
    /// arrived stays arrived, and for what did not the time to collect it begins again.
    ///
    /// # Errors
    /// [`NoticeError::State`] for what is not delivered electronically, [`NoticeError::NotInForce`], [`NoticeError::NoConsent`].
    pub async fn reissue(&self, actor: &Actor, id: NoticeId, reason: &str) -> Result<Issued, OfficeError> {
        if reason.trim().is_empty() {
            return Err(NoticeError::Empty("reason").into());
        }
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        clerk_of(actor, &notice)?;
        restricted_record(&mut *tx, &self.reader(actor), id).await?;
        notice.require(&[NoticeState::Issued, NoticeState::Available, NoticeState::Arrived])?;
        if !notice.is_in_force() {
            return Err(NoticeError::NotInForce.into());
        }
        if !notice.consent.as_ref().is_some_and(Consent::is_valid) {
            return Err(NoticeError::NoConsent.into());
        }
        let link = Zeroizing::new(hex(&self.random::<32>()?));
        let (code, last_day, state) = (self.code()?, self.last_day()?, notice.state);
        let delivery = notice.delivery.as_mut().ok_or(NoticeError::State(state))?;
        (delivery.link, delivery.code) = (link_digest(&link), code_digest(&link, &code));
        (delivery.failures, delivery.locked_until, delivery.session) = (0, None, None);
        if state != NoticeState::Arrived {
            (delivery.collect_by, delivery.reminded_days_before) = (last_day, None);
        }
        delivery.sent_again_at.push(self.now());
        let collect_by = delivery.collect_by;
        let number = notice.number.clone().unwrap_or_default();
        // What waits speaks of the link or the code before.
        let is_stale = |kind| matches!(kind, MailKind::Issued | MailKind::Code | MailKind::Reissued);
        self.drop_mails_of(&mut *tx, &mut notice, |_, kind| is_stale(kind)).await?;
        let (mailed, code_mailed) = self.mail_link(&mut *tx, &mut notice, MailKind::Reissued, &link, &code).await?;
        self.change_notice(tx, actor, notice, "notice.reissued", reason).await?;
        Ok(Issued { number, link, code, collect_by, mailed, code_mailed })
    }

    /// Returns the last day to collect what is handed over today.
    fn last_day(&self) -> Result<Date, OfficeError> {
        let days = i64::from(self.settings.collection_days).days();
        self.today().checked_add(days).map_err(|_| OfficeError::Task)
    }

    /// Queues what tells the recipient of a link, where a mail address is known, and keeps the link for the mails to come.
    /// Returns whether link and code are mailed.
    pub(super) async fn mail_link(
        &self,
        tx: &mut dyn Transaction,
        notice: &mut Notice,
        kind: MailKind,
        link: &str,
        code: &str,
    ) -> Result<(bool, bool), OfficeError> {
        let contact = self.contact(tx, notice.id).await?.unwrap_or_default();
        if contact.email.is_some() {
            self.put_contact(tx, notice.id, &Contact { link: Some(Secret(link.to_owned())), ..contact }).await?;
        }
        if !self.queue_mail(tx, notice, kind, None).await? {
            return Ok((false, false));
        }
        let by_mail = self.post.as_ref().is_some_and(|post| post.code_by_mail);
        Ok((true, by_mail && self.queue_mail(tx, notice, MailKind::Code, Some(code)).await?))
    }

    /// Gives a notice the number that it had before, or the next of its section and of today's fiscal year; and today as its day
    /// of issue.
    pub(super) async fn number(&self, tx: &mut dyn Transaction, notice: &mut Notice) -> Result<String, OfficeError> {
        let number = match notice.reserved_number.take() {
            Some(number) => number,
            None => self.next_number(tx, notice).await?,
        };
        notice.number = Some(number.clone());
        notice.issued_on = Some(self.today());
        Ok(number)
    }

    /// Takes the next number of a notice's section in today's fiscal year.
    pub(super) async fn next_number(&self, tx: &mut dyn Transaction, notice: &Notice) -> Result<String, OfficeError> {
        let symbol = self.settings.symbols.get(&notice.section).ok_or(NoticeError::NoSymbol)?;
        let year = FiscalYear::of(self.today());
        Ok(document_number(year, symbol, tx.next_number(year, symbol).await?))
    }

    fn code(&self) -> Result<Zeroizing<String>, OfficeError> {
        let bytes = Zeroizing::new(self.random::<CODE_LENGTH>()?);
        let mut code = Zeroizing::new(String::with_capacity(CODE_LENGTH + 2));
        for (index, byte) in bytes.iter().enumerate() {
            if index > 0 && index.is_multiple_of(4) {
                code.push('-');
            }
            code.push(char::from(CODE_LETTERS[usize::from(byte & 31)]));
        }
        Ok(code)
    }
}

/// Writes a number as cities do, in the era's year: 8見総第12号. 令和1年 is fiscal 2019.
fn document_number(year: FiscalYear, symbol: &str, place: u32) -> String {
    format!("{}{symbol}第{place}号", year.0 - 2018)
}

pub(super) fn link_digest(link: &str) -> Sha256Hex {
    Sha256Hex::of(format!("fumikura link {link}").as_bytes())
}

/// The digest of a code with its link; blanks, hyphens and small letters make no difference.
pub(super) fn code_digest(link: &str, code: &str) -> Sha256Hex {
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    Sha256Hex::of(format!("fumikura code {link} {code}").as_bytes())
}
