//! What staff see of the proofs of notices: those that end soonest first, those that were lost before all.

use super::proof::NoticeProofState;
use super::view::visible;
use super::{Notice, NoticeProof, NoticeState, PendingUpgrade, VIEWERS};
use crate::id::NoticeId;
use crate::office::records::sight::restricted_notices;
use crate::office::{Actor, Office, OfficeError};
use crate::records::WITHHELD;
use crate::time::Instant;
use jiff::ToSpan;

/// Notices that are looked at for one page at most; where few of them may be seen, the next page goes on.
const LONGEST_WAY: usize = 2_000;

/// How many proofs there are, whoever may see their notices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProofCounts {
    /// Those that hold.
    pub holding: u64,
    /// Those of them that are on the queue to be renewed.
    pub queued: u64,
    /// Those of them that end within the longest distance of an alarm.
    pub alarms: u64,
    /// Those that cannot be told at present.
    pub unclear: u64,
    /// Those that were not judged yet.
    pub unjudged: u64,
    /// Those that ended and were not renewed.
    pub lost: u64,
}

/// A page of the proofs of notices, those that end soonest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeProofs {
    /// When they were looked at.
    pub at: Instant,
    /// How many there are of each kind.
    pub counts: ProofCounts,
    /// The proofs.
    pub proofs: Vec<NoticeProofView>,
    /// The place after which the next page begins; none where there is nothing more.
    pub next: Option<(Instant, u64)>,
}

/// The proof of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeProofView {
    /// The notice.
    pub id: NoticeId,
    /// The subject; withheld where the notice is filed as a restricted record.
    pub subject: String,
    /// The document number, once issued.
    pub number: Option<String>,
    /// The state of the notice.
    pub state: NoticeState,
    /// The proof: until when, by what it ends, and since when and why it is lost.
    pub proof: NoticeProof,
    /// What it waits for, where it is to be renewed.
    pub upgrade: Option<PendingUpgrade>,
    /// The shortest of the city's distances, in days, that the end has come within; none where it is farther, or lost.
    pub alarm: Option<u16>,
}

impl Office {
    /// Returns a page of the proofs of notices that an actor may see, those that ended or end soonest first, with how many
    /// there are. Those that were not judged yet are only counted.
    pub async fn notice_proofs(
        &self,
        actor: &Actor,
        after: Option<(Instant, u64)>,
        most: u32,
    ) -> Result<NoticeProofs, OfficeError> {
        actor.require_any(VIEWERS)?;
        let (now, mut tx) = (self.now(), self.read().await?);
        let restricted = restricted_notices(&mut *tx, &self.reader(actor)).await?;
        let longest = self.settings.proofs.alarm_days.iter().copied().max().unwrap_or_default();
        let counts = tx.proof_counts(in_days(now, longest)).await?;
        let (mut page, mut seen) = (NoticeProofs { at: now, counts, proofs: Vec::new(), next: after }, 0);
        while seen < LONGEST_WAY {
            let found = tx.notices_ending(Instant::MAX, page.next, most).await?;
            let is_last = found.len() < most as usize;
            seen += found.len();
            for (place, mut notice) in found {
                if page.proofs.len() == most as usize {
                    return Ok(page);
                }
                page.next = Some(place);
                // What waits stays in sight for those who see to it; what it is about is on its own page.
                match restricted.get(&notice.id) {
                    None => {}
                    Some(true) => notice.subject = WITHHELD.to_owned(),
                    Some(false) => (notice.subject, notice.number) = (WITHHELD.to_owned(), None),
                }
                if visible(actor, &notice) {
                    page.proofs.extend(self.proof_view(notice, now));
                }
            }
            if is_last {
                page.next = None;
                return Ok(page);
            }
        }
        Ok(page)
    }

    /// Counts the proofs of notices, for whoever watches over the service.
    pub async fn notice_proofs_standing(&self) -> Result<ProofCounts, OfficeError> {
        let longest = self.settings.proofs.alarm_days.iter().copied().max().unwrap_or_default();
        Ok(self.read().await?.proof_counts(in_days(self.now(), longest)).await?)
    }

    fn proof_view(&self, notice: Notice, now: Instant) -> Option<NoticeProofView> {
        let Notice { id, subject, number, state, proof, upgrade, .. } = notice;
        let proof = proof?;
        let end = proof.lasts.as_ref().filter(|_| proof.state() != NoticeProofState::Lost).map(|lasting| lasting.until);
        let within = |days: &u16| end.is_some_and(|end| end < in_days(now, *days));
        let alarm = self.settings.proofs.alarm_days.iter().copied().filter(within).min();
        Some(NoticeProofView { id, subject, number, state, proof, upgrade, alarm })
    }
}

fn in_days(now: Instant, days: u16) -> Instant {
    now.checked_add((i64::from(days) * 24).hours()).unwrap_or(Instant::MAX)
}
