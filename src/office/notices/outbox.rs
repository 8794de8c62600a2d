//! The outbox: mails are handed over one by one, tried again where that may help, and told of where it does not.
//!
//! A mail is marked before it is handed over, and what became of it is written down right after. What was marked when the
//! program ended is handed over again with the same Message-ID, by which a receiver knows it for the same; what the server is
//! known to have taken never is.

use super::letters::{Words, write};
use super::mail::{MailKind, MailState, NoticeMail, Post};
use super::view::visible;
use super::{Notice, NoticeError, VIEWERS, clerk_of};
use crate::fault::Fault;
use crate::id::{MailId, NoticeId};
use crate::office::ports::{MailError, MailTrouble, OutboxRow, OutgoingMail, Transaction};
use crate::office::records::sight::{restricted_notices, restricted_record};
use crate::office::{Actor, Office, OfficeError};
use crate::records::WITHHELD;
use crate::time::Instant;
use jiff::ToSpan;

/// What a round of the outbox did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MailRun {
    /// Mails that the server took.
    pub accepted: usize,
    /// Mails that it refused for good, or that were given up.
    pub failed: usize,
    /// Mails that are tried again later.
    pub put_off: usize,
    /// Mails that were not needed any more.
    pub dropped: usize,
    /// Why the round ended early, where it did: the code of what would meet every mail.
    pub halted: Option<&'static str>,
}

/// A mail that waits, or that somebody has to see to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxItem {
    /// The notice.
    pub notice: NoticeId,
    /// Its number; none where the actor may not see it.
    pub number: Option<String>,
    /// Its subject, or that it is withheld.
    pub subject: String,
    /// The mail.
    pub mail: NoticeMail,
    /// When it is tried next; none where somebody has to see to it.
    pub next: Option<Instant>,
}

/// Minutes from one try to the next; after the last one a mail is given up, some two days after it was queued.
const BACK_OFF_MINUTES: [i64; 11] = [1, 5, 15, 30, 60, 120, 240, 480, 480, 720, 720];

/// After so many tries a mail is given up of which the server last left open whether it took it.
const MOST_UNANSWERED: u32 = 3;
/// How often more it is tried to write down what became of a mail.
const SETTLING_TRIES: usize = 3;

impl Office {
    /// Tells whether mails go out at all.
    pub fn sends_mail(&self) -> bool {
        self.post.is_some()
    }

    /// Hands over every mail that is due. One process at a time does (`Office::lease`).
    ///
    /// # Errors
    /// Of the database alone: what keeps a mail back stays with its notice.
    pub async fn send_mail_due(&self) -> Result<MailRun, OfficeError> {
        let mut run = MailRun::default();
        let Some(post) = &self.post else { return Ok(run) };
        while run.halted.is_none() {
            let Some((row, mail)) = self.take_mail(post, &mut run).await? else { break };
            let Some(mail) = mail else { continue };
            let handed = post.mailer.hand_over(&mail).await;
            let mut settled = self.settle_mail(&row, handed, &mut run).await;
            // What the server has taken is known here and nowhere else.
            for _ in 0..SETTLING_TRIES {
                if matches!(settled, Err(OfficeError::Store(_))) {
                    settled = self.settle_mail(&row, handed, &mut run).await;
                }
            }
            settled?;
        }
        Ok(run)
    }

    /// Lists what is in the outbox, for those who see notices.
    pub async fn outbox(&self, actor: &Actor) -> Result<Vec<OutboxItem>, OfficeError> {
        actor.require_any(VIEWERS)?;
        let mut tx = self.read().await?;
        let restricted = restricted_notices(&mut *tx, &self.reader(actor)).await?;
        let mut items = Vec::new();
        for row in tx.outbox().await? {
            let Some(notice) = tx.notice(row.notice).await?.filter(|notice| visible(actor, notice)) else { continue };
            let Some(mail) = notice.mails.iter().find(|mail| mail.id == row.id).cloned() else { continue };
            let (number, subject) = match restricted.get(&notice.id) {
                None => (notice.number, notice.subject),
                Some(_) => (None, WITHHELD.to_owned()),
            };
            items.push(OutboxItem { notice: row.notice, number, subject, mail, next: row.due });
        }
        Ok(items)
    }

    /// Queues a mail anew that was refused or given up, for example after its address was put right.
    pub async fn retry_mail(&self, actor: &Actor, id: MailId) -> Result<Notice, OfficeError> {
        let mut tx = self.begin().await?;
        let row = tx.outbox_row(id).await?.ok_or(NoticeError::NoSuchMail(id))?;
        let mut notice = tx.notice(row.notice).await?.ok_or(NoticeError::NoSuchMail(id))?;
        clerk_of(actor, &notice)?;
        restricted_record(&mut *tx, &self.reader(actor), notice.id).await?;
        let now = self.now();
        let mail = mail_of(&mut notice, id)?;
        if !mail.has_failed() {
            return Err(NoticeError::NoSuchMail(id).into());
        }
        (mail.state, mail.tries, mail.changed_at) = (MailState::Queued, 0, now);
        tx.put_outbox(&OutboxRow { due: Some(now), ..row }).await?;
        self.change_notice(tx, actor, notice, "notice.mail-retried", "").await
    }

    /// Takes out of the outbox what is not needed any more, in the transaction of the act that made it so.
    pub(super) async fn drop_mails(&self, tx: &mut dyn Transaction, notice: &mut Notice) -> Result<(), OfficeError> {
        self.drop_mails_of(tx, notice, |notice, kind| !kind.is_wanted(notice)).await
    }

    /// Takes mails of some kinds out of the outbox.
    pub(super) async fn drop_mails_of(
        &self,
        tx: &mut dyn Transaction,
        notice: &mut Notice,
        is_stale: impl Fn(&Notice, MailKind) -> bool + Send,
    ) -> Result<(), OfficeError> {
        let now = self.now();
        let kinds: Vec<(MailId, MailKind)> = notice.mails.iter().map(|mail| (mail.id, mail.kind)).collect();
        for (id, kind) in kinds {
            if !is_stale(notice, kind) || tx.outbox_row(id).await?.is_none() {
                continue;
            }
            let mail = mail_of(notice, id)?;
            // What is being handed over at this moment is settled by whoever does it.
            if mail.state != MailState::Sending {
                (mail.state, mail.changed_at) = (MailState::Dropped, now);
                tx.remove_outbox(id).await?;
            }
        }
        Ok(())
    }

    /// Takes the next mail in hand: marks it, and says what is to be handed over; nothing of one that is dropped or given up.
    async fn take_mail(
        &self,
        post: &Post,
        run: &mut MailRun,
    ) -> Result<Option<(OutboxRow, Option<OutgoingMail>)>, OfficeError> {
        let mut tx = self.begin().await?;
        let now = self.now();
        let Some(row) = tx.next_in_outbox(now).await? else { return Ok(None) };
        let Some(mut notice) = tx.notice(row.notice).await? else {
            tx.remove_outbox(row.id).await?;
            tx.commit().await?;
            return Ok(Some((row, None)));
        };
        let contact = self.contact(&mut *tx, row.notice).await?.unwrap_or_default();
        let code = self.code_in(&row)?;
        let wanted = mail_of(&mut notice, row.id)?.kind.is_wanted(&notice);
        let Some(to) = contact.email.filter(|_| wanted) else {
            self.finish_mail(tx, notice, &row, MailState::Dropped, None).await?;
            run.dropped += 1;
            return Ok(Some((row, None)));
        };
        let link = contact.link.map(|link| format!("{}/r/{}", post.public_url, link.0));
        let words = Words { settings: &self.settings, notice: &notice, link, code: code.map(|code| code.0) };
        let kind = mail_of(&mut notice.clone(), row.id)?.kind;
        let (subject, text) = write(kind, &words);
        let mail = mail_of(&mut notice, row.id)?;
        // Marked, and never told of: it was being handed over when the program ended.
        mail.maybe_twice |= mail.state == MailState::Sending;
        (mail.state, mail.changed_at, mail.tries) = (MailState::Sending, now, mail.tries + 1);
        let (message_id, written_at) = (mail.message_id.clone(), mail.queued_at);
        notice.row_version += 1;
        tx.update_notice(&notice).await?;
        tx.commit().await?;
        Ok(Some((row, Some(OutgoingMail { message_id, written_at, to, subject, text }))))
    }

    /// Writes down what became of a mail that was handed over, or was to be.
    async fn settle_mail(
        &self,
        row: &OutboxRow,
        handed: Result<(), MailError>,
        run: &mut MailRun,
    ) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(row.notice).await?.ok_or(NoticeError::NoSuchNotice(row.notice))?;
        let Err(error) = handed else {
            self.finish_mail(tx, notice, row, MailState::Accepted, None).await?;
            run.accepted += 1;
            return Ok(());
        };
        run.halted = error.of_server.then(|| error.code());
        let mail = mail_of(&mut notice, row.id)?;
        mail.maybe_twice |= error.trouble == MailTrouble::Unanswered;
        // Each of these may come to the recipient once more.
        let is_hopeless = error.trouble == MailTrouble::Unanswered && mail.tries >= MOST_UNANSWERED;
        let wait = BACK_OFF_MINUTES.get(mail.tries.saturating_sub(1) as usize).filter(|_| !is_hopeless);
        let for_good = matches!(error.trouble, MailTrouble::Refused | MailTrouble::Unwritable) && !error.of_server;
        match wait {
            Some(minutes) if !for_good => {
                mail.state = MailState::Queued;
                (mail.trouble, mail.reply) = (Some(error.code().to_owned()), error.reply);
                tx.put_outbox(&OutboxRow { due: Some(self.now() + minutes.minutes()), ..row.clone() }).await?;
                notice.row_version += 1;
                tx.update_notice(&notice).await?;
                tx.commit().await?;
                run.put_off += 1;
            }
            _ => {
                let state = if for_good { MailState::Refused } else { MailState::GivenUp };
                self.finish_mail(tx, notice, row, state, Some(error)).await?;
                run.failed += 1;
            }
        }
        Ok(())
    }

    /// Writes down how it ended with a mail: with its notice, in its history, in the ledger, in the outbox.
    async fn finish_mail(
        &self,
        mut tx: Box<dyn Transaction>,
        mut notice: Notice,
        row: &OutboxRow,
        state: MailState,
        error: Option<MailError>,
    ) -> Result<(), OfficeError> {
        let now = self.now();
        let mail = mail_of(&mut notice, row.id)?;
        (mail.state, mail.changed_at) = (state, now);
        mail.trouble = error.map(|error| error.code().to_owned());
        mail.reply = error.and_then(|error| error.reply);
        let about = mail.kind;
        match error {
            // Somebody has to see to it, and may have it tried again.
            Some(_) => tx.put_outbox(&OutboxRow { due: None, ..row.clone() }).await?,
            None => tx.remove_outbox(row.id).await?,
        }
        let verb = match state {
            MailState::Accepted => "notice.mail-accepted",
            MailState::Refused => "notice.mail-refused",
            MailState::GivenUp => "notice.mail-given-up",
            _ => "notice.mail-dropped",
        };
        notice.record(now, verb, None, "");
        tx.update_notice(&notice).await?;
        let mut entry = self.entry_by("system", verb, notice.id)?.with("mail", row.id)?.with("about", about.word())?;
        if let Some(reply) = error.and_then(|error| error.reply) {
            entry = entry.with_number("reply", reply.into())?;
        }
        tx.append(entry).await?;
        Ok(tx.commit().await?)
    }
}

fn mail_of(notice: &mut Notice, id: MailId) -> Result<&mut NoticeMail, NoticeError> {
    notice.mails.iter_mut().find(|mail| mail.id == id).ok_or(NoticeError::NoSuchMail(id))
}
