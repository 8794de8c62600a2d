//! The mails about a notice: what each is, and what became of it. They are queued in the transaction of the act that causes them.

use super::contact::{Secret, unsealed};
use super::{Notice, NoticeState};
use crate::id::MailId;
use crate::office::ports::{Mailer, OutboxRow, Transaction};
use crate::office::{Office, OfficeError};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How mails go out.
#[derive(Clone)]
pub struct Post {
    /// The way to the mail server.
    pub mailer: Arc<dyn Mailer>,
    /// The address of the service as recipients reach it, `https://…`, without a slash at its end.
    pub public_url: String,
    /// The domain of Message-IDs.
    pub domain: String,
    /// Whether the collection code goes in a second mail; else it reaches the recipient by another way.
    pub code_by_mail: bool,
}

/// A mail about a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeMail {
    /// The mail.
    pub id: MailId,
    /// Its Message-ID, without the angle brackets; fixed as it was queued.
    pub message_id: String,
    /// What it is about.
    pub kind: MailKind,
    /// When it was queued.
    pub queued_at: Instant,
    /// What became of it.
    pub state: MailState,
    /// When that became of it.
    pub changed_at: Instant,
    /// How often it was handed over, or tried to.
    pub tries: u32,
    /// Why the last try did not do, where it did not: a code.
    pub trouble: Option<String>,
    /// The server's reply to the last try, where it did not do and there was one.
    pub reply: Option<u16>,
    /// Whether the server may have taken it twice: a try ended before it was known what became of it.
    pub maybe_twice: bool,
}

/// What a mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailKind {
    /// A notice is there.
    Issued,
    /// The collection code.
    Code,
    /// The recipient has confirmed electronic delivery.
    Confirmed,
    /// The collection deadline comes near.
    Reminder,
    /// The notice was revoked.
    Revoked,
    /// The notice was replaced.
    Replaced,
    /// The link was made anew.
    Reissued,
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailState {
    /// It waits.
    Queued,
    /// It is being handed over; or was, when the program ended.
    Sending,
    /// The server has taken it on itself to deliver it. Whether it came is not known.
    Accepted,
    /// The server refused it for good.
    Refused,
    /// Too many tries.
    GivenUp,
    /// It was not needed any more.
    Dropped,
}

impl NoticeMail {
    /// Tells whether somebody has to see to it.
    pub fn has_failed(&self) -> bool {
        matches!(self.state, MailState::Refused | MailState::GivenUp)
    }
}

impl MailKind {
    /// Returns the word of tables and commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Code => "code",
            Self::Confirmed => "confirmed",
            Self::Reminder => "reminder",
            Self::Revoked => "revoked",
            Self::Replaced => "replaced",
            Self::Reissued => "reissued",
        }
    }

    /// Tells whether a mail of this kind still says something that holds.
    pub(super) fn is_wanted(self, notice: &Notice) -> bool {
        let can_collect = matches!(notice.state, NoticeState::Issued | NoticeState::Available);
        match self {
            Self::Issued | Self::Reminder => can_collect && notice.is_in_force(),
            Self::Code | Self::Confirmed | Self::Reissued => notice.state != NoticeState::ToPaper,
            Self::Revoked | Self::Replaced => !notice.is_in_force(),
        }
    }
}

impl MailState {
    /// Returns the word of tables and commands.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::GivenUp => "given-up",
            Self::Dropped => "dropped",
        }
    }
}

impl Office {
    /// Queues a mail to a notice's recipient, in the transaction of the act that causes it; not where there is no mail, or
    /// no mail address. Returns whether it is queued. The caller writes the notice.
    pub(super) async fn queue_mail(
        &self,
        tx: &mut dyn Transaction,
        notice: &mut Notice,
        kind: MailKind,
        code: Option<&str>,
    ) -> Result<bool, OfficeError> {
        let Some(post) = &self.post else { return Ok(false) };
        if self.contact(tx, notice.id).await?.is_none_or(|contact| contact.email.is_none()) {
            return Ok(false);
        }
        let (id, now) = (MailId::from_bytes(self.random()?), self.now());
        let sealed =
            code.map(|code| self.contact_sealer()?.seal(id.to_string().as_bytes(), code.as_bytes()).map_err(unsealed));
        let row = OutboxRow { id, notice: notice.id, due: Some(now), sealed: sealed.transpose()? };
        tx.put_outbox(&row).await?;
        notice.mails.push(NoticeMail {
            id,
            message_id: format!("{id}@{}", post.domain),
            kind,
            queued_at: now,
            state: MailState::Queued,
            changed_at: now,
            tries: 0,
            trouble: None,
            reply: None,
            maybe_twice: false,
        });
        tx.append(
            self.entry_by("system", "notice.mail-queued", notice.id)?.with("mail", id)?.with("about", kind.word())?,
        )
        .await?;
        Ok(true)
    }

    /// Opens the code that a mail has to say.
    pub(super) fn code_in(&self, row: &OutboxRow) -> Result<Option<Secret>, OfficeError> {
        let Some(sealed) = &row.sealed else { return Ok(None) };
        let code = self.contact_sealer()?.open(row.id.to_string().as_bytes(), sealed).map_err(unsealed)?;
        Ok(String::from_utf8(code).ok().map(Secret))
    }
}
