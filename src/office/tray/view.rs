//! What is in the tray, for whoever may see it.

use super::wish::{is_restricted, may_see_item, seen_item};
use super::{READERS, allow};
use crate::id::RecordId;
use crate::office::ports::{Transaction, TrayItem, TrayState};
use crate::office::records::sight::first_of_bytes;
use crate::office::{Actor, Office, OfficeError};
use crate::scans::PageFlags;
use crate::time::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// Rows that are read at once.
const PAGE: u32 = 200;

/// A document in the tray as a reader may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrayView {
    /// The document.
    pub item: TrayItem,
    /// The title of the record file that it is to go to; none where that is not known.
    pub file_title: Option<String>,
    /// What does not meet the city's standard, page by page.
    pub flags: Vec<PageFlags>,
    /// The pages that the second person has to look at.
    pub to_look_at: BTreeSet<u32>,
    /// A record with the same bytes.
    pub duplicate_of: Option<RecordId>,
    /// How many others in the tray have the same bytes.
    pub doubles: usize,
    /// How many pages the program has done, and of how many, while it is at it.
    pub progress: Option<(u32, u32)>,
    /// Whether the reader may be the second person.
    pub may_check: bool,
}

/// How many documents are in each state, of those that a reader may see.
pub type TrayCounts = BTreeMap<TrayState, usize>;

impl Office {
    /// Returns the documents in some states that the actor may see, those that came first first, those after a place, at most
    /// so many.
    pub async fn tray(
        &self,
        actor: &Actor,
        state: TrayState,
        after: Option<(Instant, RecordId)>,
        most: usize,
    ) -> Result<Vec<TrayView>, OfficeError> {
        allow(actor, READERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let (mut place, mut views) = (after, Vec::new());
        while views.len() < most && state != TrayState::Arriving {
            let items = tx.tray_in(state, place, PAGE).await?;
            let Some(last) = items.last() else { break };
            place = Some((last.arrived_at, last.id));
            for item in items {
                if views.len() < most && may_see_item(&mut *tx, &reader, &item).await? {
                    views.push(self.tray_view_of(&mut *tx, actor, item).await?);
                }
            }
        }
        Ok(views)
    }

    /// Counts the documents in each state that the actor may see.
    pub async fn tray_counts(&self, actor: &Actor) -> Result<TrayCounts, OfficeError> {
        allow(actor, READERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let mut counts = TrayCounts::new();
        for state in TrayState::ALL.into_iter().filter(|state| *state != TrayState::Arriving) {
            let mut place = None;
            loop {
                let items = tx.tray_in(state, place, PAGE).await?;
                let Some(last) = items.last() else { break };
                place = Some((last.arrived_at, last.id));
                for item in &items {
                    if may_see_item(&mut *tx, &reader, item).await? {
                        *counts.entry(state).or_default() += 1;
                    }
                }
            }
        }
        Ok(counts)
    }

    /// Shows a document in the tray. That a restricted one was shown is in the ledger before it is.
    pub async fn tray_item(&self, actor: &Actor, id: RecordId) -> Result<TrayView, OfficeError> {
        allow(actor, READERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let item = seen_item(&mut *tx, &reader, id).await?;
        if is_restricted(&mut *tx, &item).await? {
            drop(tx);
            let mut tx = self.begin_reading().await?;
            let item = seen_item(&mut *tx, &reader, id).await?;
            let view = self.tray_view_of(&mut *tx, actor, item).await?;
            tx.append(self.entry(actor, "tray.viewed", id)?).await?;
            tx.commit().await?;
            return Ok(view);
        }
        self.tray_view_of(&mut *tx, actor, item).await
    }

    async fn tray_view_of(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        item: TrayItem,
    ) -> Result<TrayView, OfficeError> {
        let reader = self.reader(actor);
        let file = match item.wish.file {
            Some(file) => tx.file(file).await?.filter(|row| row.file.opens(row.file.access.class, &reader)),
            None => None,
        };
        let standard = &self.settings.scans.standard;
        let mut doubles = 0;
        for other in tx.tray_of_bytes(&item.sha256).await? {
            doubles += usize::from(other.id != item.id && may_see_item(tx, &reader, &other).await?);
        }
        Ok(TrayView {
            file_title: file.map(|row| row.file.title),
            flags: standard.flags(&item.pages, item.expected_pages),
            to_look_at: standard.to_look_at(&item.pages, item.expected_pages),
            duplicate_of: first_of_bytes(tx, &reader, &item.sha256).await?,
            doubles,
            progress: self.progress.of(item.id),
            may_check: item.pages.is_empty() || item.arrived_by != actor.user(),
            item,
        })
    }
}
