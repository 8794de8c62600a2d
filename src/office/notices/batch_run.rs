//! Sealing what stands on a released list: side by side, and from where it stopped.
//!
//! An item is pending until the transaction that stores its seal; whatever ends before leaves it so, and its bytes
//! unreleased. Two runs at once cannot seal a notice twice: the second finds the place settled and stores nothing.

use super::batch::Place;
use super::{BatchCount, BatchItem, BatchItemState, NoticeError, SealItem};
use crate::fault::{Fault, Kind};
use crate::id::{BatchId, UserId};
use crate::office::{Office, OfficeError};
use tokio::task::JoinSet;

/// How often an item is tried again when its notice changed under the seal.
const ATTEMPTS: usize = 3;

impl Office {
    /// Seals what is left of a released batch, and tells `progress` after each item. An item with a fault of its own is
    /// refused and the rest goes on; what would meet every item (key, timestamps, database, disk) breaks the run off,
    /// and the items stay pending.
    ///
    /// # Errors
    /// What broke the run off; [`NoticeError::BatchRunning`] where this or another process is at it already.
    pub async fn run_batch(&self, id: BatchId, progress: impl Fn(BatchCount)) -> Result<BatchCount, OfficeError> {
        let Some(lease) = self.lease(&format!("batch/{id}")).await? else {
            return Err(NoticeError::BatchRunning.into());
        };
        let ran = self.run_batch_leased(id, progress).await;
        self.release(lease).await;
        ran
    }

    async fn run_batch_leased(&self, id: BatchId, progress: impl Fn(BatchCount)) -> Result<BatchCount, OfficeError> {
        let (found, mut count) = {
            let mut tx = self.read().await?;
            (self.released_batch(&mut *tx, id).await, tx.batch_count(id).await?)
        };
        let (keeper, left) = match found {
            Ok((_, keeper, left)) => (keeper, left),
            // A list that was tampered with shows on its page, and stays where it is.
            Err(error @ OfficeError::Notice(NoticeError::BatchListDiffers)) => {
                return self.close_run(id, Some(error)).await;
            }
            Err(error) => return Err(error),
        };
        let mut left = left.into_iter();
        let (mut tasks, mut halted) = (JoinSet::new(), None);
        loop {
            while halted.is_none() && tasks.len() < usize::from(self.settings.seal_workers.max(1)) {
                let Some(item) = left.next() else { break };
                let office = self.clone();
                tasks.spawn(async move { office.seal_listed(id, keeper, &item).await });
            }
            let Some(done) = tasks.join_next().await else { break };
            match done.unwrap_or(Err(OfficeError::Task)) {
                Ok(was_sealed) => {
                    count.open = count.open.saturating_sub(1);
                    *(if was_sealed { &mut count.sealed } else { &mut count.refused }) += 1;
                    progress(count);
                }
                Err(error) => halted = halted.or(Some(error)),
            }
        }
        self.close_run(id, halted).await
    }

    /// Seals what is left of every released batch: after a start, and again when what broke a run off may be over.
    pub async fn resume_batches(&self) -> Result<Vec<(BatchId, Result<BatchCount, OfficeError>)>, OfficeError> {
        let batches = self.read().await?.batches().await?;
        let mut runs = Vec::new();
        for batch in batches.into_iter().rev().filter(|batch| batch.released.is_some() && batch.finished_at.is_none()) {
            match self.run_batch(batch.id, |_| {}).await {
                Err(OfficeError::Notice(NoticeError::BatchRunning)) => {}
                run => runs.push((batch.id, run)),
            }
        }
        Ok(runs)
    }

    /// Seals one item. Returns whether it was sealed; else it is refused. An error leaves it pending.
    async fn seal_listed(&self, batch: BatchId, keeper: UserId, item: &BatchItem) -> Result<bool, OfficeError> {
        let place = Place { batch, position: item.position };
        let wanted = SealItem { id: item.notice, sha256: item.sha256.clone() };
        let mut outcome = Err(OfficeError::ChangedMeanwhile);
        for _ in 0..ATTEMPTS {
            outcome = self.seal_one(keeper, &wanted, Some(place)).await;
            if !matches!(outcome, Err(OfficeError::ChangedMeanwhile)) {
                break;
            }
        }
        match outcome {
            Ok(_) => Ok(true),
            Err(error) if meets_every_item(&error) => Err(error),
            Err(error) => self.refuse(place, &error).await,
        }
    }

    /// Settles an item as refused, unless another run was quicker; returns whether that one sealed it.
    async fn refuse(&self, place: Place, error: &OfficeError) -> Result<bool, OfficeError> {
        let mut tx = self.begin().await?;
        let state = BatchItemState::Refused { at: self.now(), code: error.code().to_owned() };
        if tx.settle_batch_item(place.batch, place.position, &state).await? {
            let entry = self.entry_by("system", "seal-batch.refused", place.batch)?;
            tx.append(entry.with_number("position", place.position.into())?.with("code", error.code())?).await?;
            tx.commit().await?;
            return Ok(false);
        }
        let items = tx.batch_items(place.batch).await?;
        let now = items.into_iter().find(|item| item.position == place.position);
        Ok(now.is_some_and(|item| matches!(item.state, BatchItemState::Sealed { .. })))
    }

    /// Writes down how a run ended: the batch is finished where nothing is left.
    async fn close_run(&self, id: BatchId, halted: Option<OfficeError>) -> Result<BatchCount, OfficeError> {
        let mut tx = match (self.begin().await, &halted) {
            (Ok(tx), _) => tx,
            // The first trouble says more than its second meeting.
            (Err(error), None) => return Err(error),
            (Err(_), Some(_)) => return Err(halted.unwrap_or(OfficeError::Task)),
        };
        let mut batch = tx.batch(id).await?.ok_or(NoticeError::NoSuchBatch(id))?;
        let count = tx.batch_count(id).await?;
        batch.halted = halted.as_ref().map(|error| error.code().to_owned());
        if count.open == 0 && batch.finished_at.is_none() {
            batch.finished_at = Some(self.now());
            let entry = self.entry_by("system", "seal-batch.finished", id)?.with_number("sealed", count.sealed)?;
            tx.append(entry.with_number("refused", count.refused)?).await?;
        }
        tx.update_batch(&batch).await?;
        tx.commit().await?;
        halted.map_or(Ok(count), Err)
    }
}

/// Whether the next item would meet the same trouble.
fn meets_every_item(error: &OfficeError) -> bool {
    let of_the_house = matches!(error, OfficeError::Store(_) | OfficeError::Task) && error.kind() != Kind::Conflict;
    of_the_house || matches!(error.kind(), Kind::Unavailable | Kind::Disk)
}
