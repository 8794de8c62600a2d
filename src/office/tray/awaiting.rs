//! What in the tray, and of its paper, waits for somebody's decision.

use super::wish::may_see_item;
use super::{FILERS, KEEPERS};
use crate::office::awaiting::{Awaiting, Counted, Decision};
use crate::office::ports::{Transaction, TrayState};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::scans::ShreddingList;

/// Scans that are counted, and looked at in one page.
const MOST_SCANS: usize = 100;
const PAGE: u32 = 200;

impl Office {
    /// Returns the lists of paper that the actor may approve, and how many scans they may look at as the second person.
    pub(in crate::office) async fn tray_awaiting(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
    ) -> Result<Vec<Awaiting>, OfficeError> {
        let has = |roles: &[Role]| roles.iter().any(|role| actor.has(*role));
        let mut all = Vec::new();
        if has(KEEPERS) {
            for list in tx.shredding_lists().await? {
                if list.approved.is_none() && list.end.is_none() && is_other(tx, &list, actor).await? {
                    all.push(Awaiting {
                        what: Decision::Shredding { id: list.id, papers: list.records.len() },
                        by: Some(list.proposed_by),
                        since: Some(list.proposed_at),
                    });
                }
            }
        }
        if has(FILERS) {
            let scans = self.count_to_check(tx, actor).await?;
            if scans.found > 0 {
                all.push(Awaiting { what: Decision::Scans(scans), by: None, since: None });
            }
        }
        Ok(all)
    }

    async fn count_to_check(&self, tx: &mut dyn Transaction, actor: &Actor) -> Result<Counted, OfficeError> {
        let (reader, mut place, mut counted) = (self.reader(actor), None, Counted::default());
        loop {
            let items = tx.tray_in(TrayState::ToCheck, place, PAGE).await?;
            let Some(last) = items.last() else { return Ok(counted) };
            place = Some((last.arrived_at, last.id));
            for item in &items {
                let is_other = item.pages.is_empty() || item.arrived_by != actor.user();
                if is_other && may_see_item(tx, &reader, item).await? {
                    counted.found += 1;
                }
                if counted.found == MOST_SCANS {
                    return Ok(Counted { more: true, ..counted });
                }
            }
        }
    }
}

/// Tells whether somebody neither proposed a list nor scanned what is on it.
pub(super) async fn is_other(
    tx: &mut dyn Transaction,
    list: &ShreddingList,
    actor: &Actor,
) -> Result<bool, OfficeError> {
    if list.proposed_by == actor.user() {
        return Ok(false);
    }
    for record in &list.records {
        let paper = tx.paper_original(*record).await?;
        if paper.is_some_and(|paper| paper.scanned_by == actor.user()) {
            return Ok(false);
        }
    }
    Ok(true)
}
