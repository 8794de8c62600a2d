//! The collection deadline (取得期限, N4): reminders before it, and paper after it, by a person's decision or by itself.

use super::view::visible;
use super::{MailKind, Notice, NoticeState, VIEWERS, clerk_of};
use crate::id::NoticeId;
use crate::office::ports::Transaction;
use crate::office::records::sight::restricted_notices;
use crate::office::settings::AfterDeadline;
use crate::office::{Actor, Office, OfficeError, Role};
use crate::records::WITHHELD;
use crate::time::Date;

/// A notice that is not collected yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncollected {
    /// The notice.
    pub id: NoticeId,
    /// Its number; none where it is withheld.
    pub number: Option<String>,
    /// Its subject, or that it is withheld.
    pub subject: String,
    /// The state.
    pub state: NoticeState,
    /// The last day to collect it.
    pub collect_by: Date,
    /// Whether that day has passed.
    pub is_overdue: bool,
    /// How often the recipient was reminded by mail.
    pub reminders: usize,
}

/// Notices that are read at once.
const AT_ONCE: u32 = 500;

impl Office {
    /// Queues a reminder for every notice whose deadline is as near as the city says; for each distance once, however often
    /// this is asked. The service passes nobody. Returns the notices.
    ///
    /// A distance at which the notice already was when it was issued is none to be reminded of.
    pub async fn remind_due(&self, by: Option<&Actor>) -> Result<Vec<NoticeId>, OfficeError> {
        if let Some(actor) = by {
            actor.require_any(&[Role::Clerk])?;
        }
        let mut reminded = Vec::new();
        for notice in self.uncollected_notices(by).await? {
            if self.distance_due(&notice).is_some() && self.remind(notice.id).await? {
                reminded.push(notice.id);
            }
        }
        Ok(reminded)
    }

    /// Turns every notice to paper that was not collected in time: those of the clerk's section; the service, which passes
    /// nobody, where the city has it done by itself. Each once. Returns the notices.
    pub async fn to_paper_due(&self, by: Option<&Actor>, reason: &str) -> Result<Vec<NoticeId>, OfficeError> {
        match by {
            Some(actor) => actor.require_any(&[Role::Clerk])?,
            None if self.settings.after_deadline == AfterDeadline::ByPerson => return Ok(Vec::new()),
            None => {}
        }
        let mut turned = Vec::new();
        for notice in self.uncollected_notices(by).await? {
            if self.is_overdue(&notice) && self.turn_overdue(by, notice.id, reason).await? {
                turned.push(notice.id);
            }
        }
        Ok(turned)
    }

    /// Lists what is not collected yet, the nearest deadline first.
    pub async fn uncollected(&self, actor: &Actor) -> Result<Vec<Uncollected>, OfficeError> {
        actor.require_any(VIEWERS)?;
        let mut tx = self.read().await?;
        let restricted = restricted_notices(&mut *tx, &self.reader(actor)).await?;
        let mut list = Vec::new();
        for notice in waiting(&mut *tx).await? {
            let sight = restricted.get(&notice.id);
            let Some(delivery) = notice.delivery.as_ref().filter(|_| visible(actor, &notice) && sight != Some(&false))
            else {
                continue;
            };
            list.push(Uncollected {
                id: notice.id,
                collect_by: delivery.collect_by,
                is_overdue: self.is_overdue(&notice),
                reminders: notice.mails.iter().filter(|mail| mail.kind == MailKind::Reminder).count(),
                state: notice.state,
                number: notice.number.filter(|_| sight.is_none()),
                subject: if sight.is_none() { notice.subject } else { WITHHELD.to_owned() },
            });
        }
        list.sort_by(|one, other| (one.collect_by, &one.number).cmp(&(other.collect_by, &other.number)));
        Ok(list)
    }

    /// Returns what waits to be collected and is in force; of a clerk only what is their section's and open to them.
    async fn uncollected_notices(&self, by: Option<&Actor>) -> Result<Vec<Notice>, OfficeError> {
        let mut tx = self.read().await?;
        let mut found = waiting(&mut *tx).await?;
        if let Some(actor) = by {
            let restricted = restricted_notices(&mut *tx, &self.reader(actor)).await?;
            found.retain(|notice| clerk_of(actor, notice).is_ok() && restricted.get(&notice.id) != Some(&false));
        }
        found.retain(Notice::is_in_force);
        Ok(found)
    }

    async fn remind(&self, id: NoticeId) -> Result<bool, OfficeError> {
        let mut tx = self.begin().await?;
        let Some(mut notice) = tx.notice(id).await? else { return Ok(false) };
        let Some(distance) = self.distance_due(&notice) else { return Ok(false) };
        if !self.queue_mail(&mut *tx, &mut notice, MailKind::Reminder, None).await? {
            return Ok(false);
        }
        if let Some(delivery) = &mut notice.delivery {
            delivery.reminded_days_before = Some(distance);
        }
        notice.record(self.now(), "notice.reminded", None, "");
        tx.update_notice(&notice).await?;
        tx.append(self.entry_by("system", "notice.reminded", id)?.with_number("days-before", distance.into())?).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Returns the nearest distance to the deadline that a notice has come to and of which nobody was reminded.
    fn distance_due(&self, notice: &Notice) -> Option<u16> {
        let delivery = notice.delivery.as_ref()?;
        let left = days_until(self.today(), delivery.collect_by);
        let whole = days_until(crate::time::japanese_date(delivery.sent_at), delivery.collect_by);
        let come_to = self.settings.reminder_days.iter().copied().filter(|days| {
            let days = i64::from(*days);
            left >= 0 && left <= days && days < whole
        });
        let nearest = come_to.min()?;
        let is_new = delivery.reminded_days_before.is_none_or(|reminded| nearest < reminded);
        let waits = matches!(notice.state, NoticeState::Issued | NoticeState::Available) && notice.is_in_force();
        (is_new && waits).then_some(nearest)
    }

    fn is_overdue(&self, notice: &Notice) -> bool {
        let waits = matches!(notice.state, NoticeState::Issued | NoticeState::Available);
        waits && notice.delivery.as_ref().is_some_and(|delivery| delivery.collect_by < self.today())
    }

    async fn turn_overdue(&self, by: Option<&Actor>, id: NoticeId, reason: &str) -> Result<bool, OfficeError> {
        let mut tx = self.begin().await?;
        let Some(mut notice) = tx.notice(id).await? else { return Ok(false) };
        if !self.is_overdue(&notice) || !notice.is_in_force() {
            return Ok(false);
        }
        self.turn_to_paper(&mut *tx, &mut notice).await?;
        notice.record(self.now(), "notice.to-paper", by.map(Actor::user), reason);
        tx.update_notice(&notice).await?;
        let entry = match by {
            Some(actor) => self.entry(actor, "notice.to-paper", id)?,
            None => self.entry_by("system", "notice.to-paper", id)?,
        };
        tx.append(entry).await?;
        tx.commit().await?;
        Ok(true)
    }
}

async fn waiting(tx: &mut dyn Transaction) -> Result<Vec<Notice>, OfficeError> {
    let mut found = Vec::new();
    for state in [NoticeState::Issued, NoticeState::Available] {
        let mut before = None;
        loop {
            let some = tx.notices_in(Some(state), before, AT_ONCE).await?;
            let Some((place, _)) = some.last() else { break };
            before = Some(*place);
            found.extend(some.into_iter().map(|(_, notice)| notice));
        }
    }
    Ok(found)
}

fn days_until(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| span.get_days().into())
}
