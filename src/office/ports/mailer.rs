//! The port to the mail server, and what the database keeps of mails and of where recipients are reached.

use super::StoreError;
use crate::fault::{Fault, Kind};
use crate::id::{MailId, NoticeId, PrintPackageId};
use crate::office::notices::{MailAddress, PrintPackage};
use crate::time::Instant;
use async_trait::async_trait;

/// A mail on its way.
#[derive(Clone, Debug)]
pub struct OutgoingMail {
    /// The value of its Message-ID, without the angle brackets: the same at every try.
    pub message_id: String,
    /// When it was written: its Date.
    pub written_at: Instant,
    /// To whom.
    pub to: MailAddress,
    /// The subject, one line.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// Hands mails over to a server.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands one mail over; returns once the server has taken it on itself to deliver it.
    async fn hand_over(&self, mail: &OutgoingMail) -> Result<(), MailError>;
}

/// Why a mail was not taken. Of what a server says its number alone is kept: the words repeat the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the mail was not taken: {trouble}")]
pub struct MailError {
    /// What was wrong.
    pub trouble: MailTrouble,
    /// The server's reply, where there was one (RFC 5321, 4.2).
    pub reply: Option<u16>,
    /// Whether it would meet every other mail, too.
    pub of_server: bool,
}

/// What can be wrong with handing a mail over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailTrouble {
    /// The server is not reached, or falls silent.
    #[error("the server is not reached")]
    Unreachable,
    /// The connection cannot be made private, or the server's certificate is not believed.
    #[error("the connection cannot be encrypted")]
    Tls,
    /// The server does not let us in.
    #[error("the server refused user and password")]
    SignIn,
    /// The server asks to come again (4yz).
    #[error("the server asks to come again")]
    Later,
    /// The server refuses for good (5yz).
    #[error("the server refused it")]
    Refused,
    /// The connection ended when all was said: nobody knows whether the server took it.
    #[error("the connection ended before the server answered")]
    Unanswered,
    /// It cannot be written as a message.
    #[error("it cannot be written as a message")]
    Unwritable,
}

impl Fault for MailError {
    fn code(&self) -> &'static str {
        match self.trouble {
            MailTrouble::Unreachable => "mail-unreachable",
            MailTrouble::Tls => "mail-tls",
            MailTrouble::SignIn => "mail-sign-in",
            MailTrouble::Later => "mail-later",
            MailTrouble::Refused => "mail-refused",
            MailTrouble::Unanswered => "mail-unanswered",
            MailTrouble::Unwritable => "mail-unwritable",
        }
    }

    fn kind(&self) -> Kind {
        match self.trouble {
            MailTrouble::Refused => Kind::Refused,
            MailTrouble::Unwritable => Kind::Defect,
            _ => Kind::Unavailable,
        }
    }
}

/// A mail in the outbox. What it is and what became of it is with its notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// The mail.
    pub id: MailId,
    /// Its notice.
    pub notice: NoticeId,
    /// When it is to be handed over; none where somebody has to see to it.
    pub due: Option<Instant>,
    /// What it has to say that is nowhere else, sealed.
    pub sealed: Option<Vec<u8>>,
}

/// Reads and writes of the outbox and of recipients' addresses in one transaction.
#[async_trait]
pub trait DeliveryRows: Send {
    /// Writes where a notice's recipient is reached, sealed, in the place of what was there.
    async fn put_contact(&mut self, id: NoticeId, sealed: &[u8]) -> Result<(), StoreError>;
    /// Returns where a notice's recipient is reached, sealed.
    async fn contact(&mut self, id: NoticeId) -> Result<Option<Vec<u8>>, StoreError>;
    /// Forgets where a notice's recipient is reached.
    async fn remove_contact(&mut self, id: NoticeId) -> Result<(), StoreError>;
    /// Puts a mail into the outbox, or changes it there.
    async fn put_outbox(&mut self, row: &OutboxRow) -> Result<(), StoreError>;
    /// Returns a mail in the outbox.
    async fn outbox_row(&mut self, id: MailId) -> Result<Option<OutboxRow>, StoreError>;
    /// Returns the mail that is to be handed over first, where one is due by now.
    async fn next_in_outbox(&mut self, now: Instant) -> Result<Option<OutboxRow>, StoreError>;
    /// Returns all that is in the outbox, what somebody has to see to first, then by when it is due.
    async fn outbox(&mut self) -> Result<Vec<OutboxRow>, StoreError>;
    /// Writes down a package for the print room, or changes it: one whose row version is one less than the one given; else
    /// [`StoreError::Conflict`].
    async fn put_print_package(&mut self, package: &PrintPackage) -> Result<(), StoreError>;
    /// Returns a package for the print room.
    async fn print_package(&mut self, id: PrintPackageId) -> Result<Option<PrintPackage>, StoreError>;
    /// Returns every package for the print room, the newest first.
    async fn print_packages(&mut self) -> Result<Vec<PrintPackage>, StoreError>;
    /// Takes a mail out of the outbox.
    async fn remove_outbox(&mut self, id: MailId) -> Result<(), StoreError>;
}
