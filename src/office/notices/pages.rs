//! Notices page by page: by state, and in the order of their changes, for systems that ask again and again.

use super::view::visible;
use super::{Notice, NoticeError, NoticeState, VIEWERS};
use crate::office::records::sight::restricted_notices;
use crate::office::{Actor, Office, OfficeError};
use crate::records::WITHHELD;

/// Notices that are looked at for one page at most; where few of them may be seen, the next page goes on.
const LONGEST_WAY: usize = 2_000;

/// A page of notices. Those that are filed as restricted records have no subject and no recipient here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticePage {
    /// The notices.
    pub notices: Vec<Notice>,
    /// The place after which the next page begins; none where there is nothing more.
    pub next: Option<u64>,
}

/// What changed since a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeChanges {
    /// The notices as they are now, in the order of their last changes.
    pub notices: Vec<Notice>,
    /// The place to ask from the next time.
    pub next: u64,
    /// Whether there is more already.
    pub has_more: bool,
}

impl Office {
    /// Returns the notices that an actor may see, perhaps only those in a state, the newest first: a page after a place.
    ///
    /// What changes between two pages is on neither twice.
    pub async fn notice_page(
        &self,
        actor: &Actor,
        state: Option<NoticeState>,
        after: Option<u64>,
        most: u32,
    ) -> Result<NoticePage, OfficeError> {
        actor.require_any(VIEWERS)?;
        let mut tx = self.read().await?;
        let restricted = restricted_notices(&mut *tx, &self.reader(actor)).await?;
        let (mut page, mut seen) = (NoticePage { notices: Vec::new(), next: after }, 0);
        while seen < LONGEST_WAY {
            let found = tx.notices_in(state, page.next, most).await?;
            let is_last = found.len() < most as usize;
            seen += found.len();
            for (place, notice) in found {
                if page.notices.len() == most as usize {
                    return Ok(page);
                }
                page.next = Some(place);
                let sight = restricted.get(&notice.id).copied();
                page.notices.extend(shown(actor, notice, sight));
            }
            if is_last {
                page.next = None;
                return Ok(page);
            }
        }
        Ok(page)
    }

    /// Returns the notices that an actor may see and that changed after a place, each once, as it is now.
    ///
    /// # Errors
    /// [`NoticeError::UnknownPlace`] for a place that this database has not come to: it was restored since.
    pub async fn notices_changed(&self, actor: &Actor, after: u64, most: u32) -> Result<NoticeChanges, OfficeError> {
        actor.require_any(VIEWERS)?;
        let mut tx = self.read().await?;
        let last = tx.last_notice_change().await?;
        if after > last {
            return Err(NoticeError::UnknownPlace.into());
        }
        let restricted = restricted_notices(&mut *tx, &self.reader(actor)).await?;
        let found = tx.notices_changed(after, most).await?;
        let next = found.last().map_or(after, |(place, _)| *place);
        let seen = found.into_iter().filter_map(|(_, notice)| {
            let sight = restricted.get(&notice.id).copied();
            shown(actor, notice, sight)
        });
        Ok(NoticeChanges { notices: seen.collect(), next, has_more: next < last })
    }
}

/// Returns a notice as an actor may see it in a list; `sight` tells of one that is filed as a restricted record whether the
/// actor may see that.
fn shown(actor: &Actor, notice: Notice, sight: Option<bool>) -> Option<Notice> {
    let seen = visible(actor, &notice) && sight != Some(false);
    seen.then(|| match sight {
        None => notice,
        Some(_) => Notice { subject: WITHHELD.to_owned(), recipient: WITHHELD.to_owned(), ..notice },
    })
}
