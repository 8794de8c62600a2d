//! Batches: a frozen list of approved notices, whose seal the keeper releases once (N18).
//!
//! The list names every notice with the hash that was approved, and has a hash of its own. What is sealed later is what
//! stands on it, item by item; how far it has come is in the database and nowhere else.

use super::{Notice, NoticeError, NoticeState, SealItem};
use crate::digest::Sha256Hex;
use crate::id::{BatchId, NoticeId, UserId};
use crate::office::ports::{StoreError, Transaction};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealBatch {
    /// The batch.
    pub id: BatchId,
    /// The hash of the list: SHA-256 over a line `POSITION NOTICE SHA256` for each item.
    pub list_hash: Sha256Hex,
    /// When the list was frozen.
    pub frozen_at: Instant,
    /// Who froze it.
    pub frozen_by: UserId,
    /// When the seal was released for it, and by whom.
    pub released: Option<(Instant, UserId)>,
    /// When nothing was left to do.
    pub finished_at: Option<Instant>,
    /// Why the last run broke off before the end, where it did: the code of what it met.
    pub halted: Option<String>,
}

/// One notice on a batch's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchItem {
    /// The place on the list, from 1.
    pub position: u32,
    /// The notice.
    pub notice: NoticeId,
    /// The hash that was approved.
    pub sha256: Sha256Hex,
    /// How far it has come.
    pub state: BatchItemState,
}

/// How far an item has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum BatchItemState {
    /// On a list that is not released.
    Listed,
    /// To be sealed.
    Pending,
    /// Sealed, and stored.
    Sealed {
        /// When.
        at: Instant,
        /// The hash of the sealed file.
        sha256: Sha256Hex,
    },
    /// Not sealed by this batch, for a reason of its own.
    Refused {
        /// When.
        at: Instant,
        /// The code of the reason.
        code: String,
    },
}

impl BatchItemState {
    /// Returns the name as tables and commands write it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Pending => "pending",
            Self::Sealed { .. } => "sealed",
            Self::Refused { .. } => "refused",
        }
    }
}

/// How many items of a batch have come how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchCount {
    /// Sealed.
    pub sealed: u64,
    /// Refused.
    pub refused: u64,
    /// Still to be done.
    pub open: u64,
}

impl BatchCount {
    /// Returns how many there are in all.
    pub fn total(self) -> u64 {
        self.sealed + self.refused + self.open
    }
}

/// A batch in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchView {
    /// The batch.
    pub batch: SealBatch,
    /// How far it has come.
    pub count: BatchCount,
    /// Its list.
    pub items: Vec<BatchItem>,
}

/// A place on a batch's list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) batch: BatchId,
    pub(super) position: u32,
}

/// Who sees batches.
const SEERS: &[Role] = &[Role::SealKeeper, Role::Auditor];

impl Office {
    /// Freezes a list of approved notices, each with the hash that the seal keeper saw. Nothing is sealed by it.
    ///
    /// # Errors
    /// Of the first notice that could not be sealed as it stands; [`NoticeError::BadBatch`] for no notice or one twice.
    pub async fn freeze_batch(&self, actor: &Actor, list: Vec<SealItem>) -> Result<SealBatch, OfficeError> {
        actor.require_any(&[Role::SealKeeper])?;
        let unique: BTreeSet<NoticeId> = list.iter().map(|item| item.id).collect();
        if list.is_empty() || unique.len() != list.len() {
            return Err(NoticeError::BadBatch.into());
        }
        let mut tx = self.begin().await?;
        let mut items = Vec::with_capacity(list.len());
        for (place, item) in list.into_iter().enumerate() {
            let notice = tx.notice(item.id).await?.ok_or(NoticeError::NoSuchNotice(item.id))?;
            super::seal::releasable(actor.user(), &notice, &item)?;
            let position = u32::try_from(place + 1).map_err(|_| NoticeError::BadBatch)?;
            items.push(BatchItem { position, notice: item.id, sha256: item.sha256, state: BatchItemState::Listed });
        }
        let batch = SealBatch {
            id: BatchId::from_bytes(self.random()?),
            list_hash: list_hash(&items),
            frozen_at: self.now(),
            frozen_by: actor.user(),
            released: None,
            finished_at: None,
            halted: None,
        };
        tx.insert_batch(&batch, &items).await?;
        let entry = self.entry(actor, "seal-batch.frozen", batch.id)?.with("list-sha256", &batch.list_hash)?;
        tx.append(entry.with_number("notices", items.len() as u64)?).await?;
        tx.commit().await?;
        Ok(batch)
    }

    /// Freezes a list of everything that this seal keeper could seal now, oldest first.
    pub async fn freeze_all(&self, actor: &Actor) -> Result<SealBatch, OfficeError> {
        actor.require_any(&[Role::SealKeeper])?;
        let notices = self.read().await?.notices().await?;
        let may = |notice: &&Notice| notice.state == NoticeState::Approved && !notice.took_part(actor.user());
        let item = |notice: &Notice| Some(SealItem { id: notice.id, sha256: notice.approved_sha256.clone()? });
        self.freeze_batch(actor, notices.iter().rev().filter(may).filter_map(item).collect()).await
    }

    /// Releases the seal for a frozen list, once. [`Office::run_batch`] then seals what stands on it.
    ///
    /// # Errors
    /// [`NoticeError::BatchListDiffers`] unless the hash is that of the list; [`NoticeError::BatchState`] the second time;
    /// [`NoticeError::BatchOverlaps`] where a notice waits on another released list.
    pub async fn release_batch(&self, actor: &Actor, id: BatchId, list: &Sha256Hex) -> Result<SealBatch, OfficeError> {
        actor.require_any(&[Role::SealKeeper])?;
        let mut tx = self.begin().await?;
        let mut batch = tx.batch(id).await?.ok_or(NoticeError::NoSuchBatch(id))?;
        if batch.released.is_some() {
            return Err(NoticeError::BatchState.into());
        }
        if batch.list_hash != *list || list_hash(&tx.batch_items(id).await?) != *list {
            return Err(NoticeError::BatchListDiffers.into());
        }
        tx.release_batch_items(id).await.map_err(|error| match error {
            StoreError::Conflict => OfficeError::from(NoticeError::BatchOverlaps),
            other => other.into(),
        })?;
        batch.released = Some((self.now(), actor.user()));
        tx.update_batch(&batch).await?;
        tx.append(self.entry(actor, "seal-batch.released", id)?.with("list-sha256", list)?).await?;
        tx.commit().await?;
        Ok(batch)
    }

    /// Returns a batch with its list.
    pub async fn batch(&self, actor: &Actor, id: BatchId) -> Result<BatchView, OfficeError> {
        actor.require_any(SEERS)?;
        let mut tx = self.read().await?;
        let batch = tx.batch(id).await?.ok_or(NoticeError::NoSuchBatch(id))?;
        Ok(BatchView { count: tx.batch_count(id).await?, items: tx.batch_items(id).await?, batch })
    }

    /// Returns every batch with how far it has come, newest first.
    pub async fn batches(&self, actor: &Actor) -> Result<Vec<(SealBatch, BatchCount)>, OfficeError> {
        actor.require_any(SEERS)?;
        let mut tx = self.read().await?;
        let mut found = Vec::new();
        for batch in tx.batches().await? {
            let count = tx.batch_count(batch.id).await?;
            found.push((batch, count));
        }
        Ok(found)
    }

    /// Returns a released batch and what is left of it, after holding its list to its hash.
    pub(super) async fn released_batch(
        &self,
        tx: &mut dyn Transaction,
        id: BatchId,
    ) -> Result<(SealBatch, UserId, Vec<BatchItem>), OfficeError> {
        let batch = tx.batch(id).await?.ok_or(NoticeError::NoSuchBatch(id))?;
        let Some((_, keeper)) = batch.released else { return Err(NoticeError::BatchState.into()) };
        let items = tx.batch_items(id).await?;
        if list_hash(&items) != batch.list_hash {
            return Err(NoticeError::BatchListDiffers.into());
        }
        let left = items.into_iter().filter(|item| item.state == BatchItemState::Pending).collect();
        Ok((batch, keeper, left))
    }
}

/// The hash of a list: what was listed, never how far it has come.
fn list_hash(items: &[BatchItem]) -> Sha256Hex {
    let mut text = String::with_capacity(items.len() * 108);
    for item in items {
        let _ = writeln!(text, "{} {} {}", item.position, item.notice, item.sha256);
    }
    Sha256Hex::of(text.as_bytes())
}
