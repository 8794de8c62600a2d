//! Several processes on one database: each is a worker while it lives, has leases on what only one may be at, and is fenced
//! off once it falls silent.
//!
//! A worker that is taken for dead loses its row for good. Every unit of work that writes asks for that row first
//! (`Office::begin`), so that nothing is committed which a paused process still does after it wakes; what it had in hand
//! goes to others. No clock is asked: silent is whose beat stood still while the watcher looked, and looked again.

use super::ports::{Transaction, WorkerRow};
use super::{Office, OfficeError};
use crate::id::WorkerId;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The lease of whoever puts right what a crash left.
const RECOVERY: &str = "recovery";
/// After how many looks at the same beat a worker is taken for dead.
pub const SILENT_LOOKS: u32 = 4;

/// This process among the workers, and what it is at.
#[derive(Debug, Default)]
pub(super) struct Workplace {
    worker: OnceLock<WorkerId>,
    at: Mutex<BTreeSet<String>>,
}

/// The lease on something that only one may be at, in this process and among all workers. Dropped, it is free at once in
/// this process, and for others with the next beat; [`Office::release`] frees it for all.
#[derive(Debug)]
pub struct Lease {
    workplace: Arc<Workplace>,
    what: String,
}

/// How a process came in.
#[derive(Debug)]
pub enum Entrance {
    /// Nobody else works on the database: what a crash left is to be put right, under this lease.
    First(Lease),
    /// Others work on it.
    Beside,
}

/// What a worker saw of the others' beats.
#[derive(Debug, Default)]
pub struct Watch(BTreeMap<WorkerId, (u64, u32)>);

/// A worker, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkerView {
    /// The worker.
    pub id: WorkerId,
    /// The folder of its city.
    pub place: String,
    /// What it has leases on.
    pub leases: Vec<String>,
}

impl Workplace {
    /// Returns this process's identifier, once it has come in.
    pub(super) fn worker(&self) -> Option<WorkerId> {
        self.worker.get().copied()
    }

    fn at(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes something in this process; none where it is at it already.
    fn take(self: &Arc<Self>, what: &str) -> Option<Lease> {
        let taken = self.at().insert(what.to_owned());
        taken.then(|| Lease { workplace: Arc::clone(self), what: what.to_owned() })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.workplace.at().remove(&self.what);
    }
}

impl Watch {
    /// Looks at the beats of the others; returns whose has stood still for long.
    fn look(&mut self, workers: &[WorkerRow], me: WorkerId) -> Vec<WorkerId> {
        let others = workers.iter().filter(|worker| worker.id != me);
        self.0 = others
            .map(|worker| {
                let looks = match self.0.get(&worker.id) {
                    Some((beat, looks)) if *beat == worker.beat => looks.saturating_add(1),
                    _ => 0,
                };
                (worker.id, (worker.beat, looks))
            })
            .collect();
        self.0.iter().filter(|(_, (_, looks))| *looks >= SILENT_LOOKS).map(|(id, _)| *id).collect()
    }
}

impl Office {
    /// Becomes a worker of the database, in a place: a folder that no other machine has by this name. `alone` says that no
    /// other process works in that place, so that whoever stands there as a worker is dead.
    ///
    /// # Errors
    /// [`OfficeError::Leased`] for an office that has come in before.
    pub async fn enter(&self, place: &str, alone: bool) -> Result<Entrance, OfficeError> {
        let me = WorkerId::from_bytes(self.random()?);
        let mut tx = self.begin_on_any_copy().await?;
        let mut others = 0;
        for worker in tx.workers().await? {
            if alone && worker.place == place {
                tx.remove_worker(worker.id).await?;
            } else {
                others += 1;
            }
        }
        tx.add_worker(me, place).await?;
        let lease = match self.workplace.take(RECOVERY) {
            Some(lease) if alone && others == 0 => tx.take_lease(RECOVERY, me).await?.then_some(lease),
            _ => None,
        };
        self.workplace.worker.set(me).map_err(|_| OfficeError::Leased)?;
        tx.commit().await?;
        Ok(lease.map_or(Entrance::Beside, Entrance::First))
    }

    /// Tells whether somebody puts right now what a crash left.
    pub async fn is_recovering(&self) -> Result<bool, OfficeError> {
        Ok(self.read().await?.leases().await?.iter().any(|(what, _)| what == RECOVERY))
    }

    /// Says that this process lives, and looks who else does; to be called again and again, after an interval that is the
    /// same for all. Whoever stood still for [`SILENT_LOOKS`] looks is fenced off. Returns who was.
    ///
    /// # Errors
    /// [`OfficeError::Fenced`] where this process was taken for dead.
    pub async fn beat(&self, watch: &mut Watch) -> Result<Vec<WorkerId>, OfficeError> {
        let Some(me) = self.workplace.worker() else { return Ok(Vec::new()) };
        let mut tx = self.begin_on_any_copy().await?;
        if !tx.beat(me).await? {
            return Err(OfficeError::Fenced);
        }
        // Asked in the transaction: what is taken later finds no row in its way that is not its own.
        for (what, worker) in tx.leases().await? {
            if worker == me && !self.workplace.at().contains(&what) {
                tx.release_lease(&what, me).await?;
            }
        }
        let silent = watch.look(&tx.workers().await?, me);
        for worker in &silent {
            self.fence(&mut *tx, *worker).await?;
        }
        tx.commit().await?;
        Ok(silent)
    }

    /// Ends being a worker: a process that goes in good order leaves nothing in hand.
    pub async fn leave(&self) -> Result<(), OfficeError> {
        let Some(me) = self.workplace.worker() else { return Ok(()) };
        let mut tx = self.begin_on_any_copy().await?;
        tx.remove_worker(me).await?;
        Ok(tx.commit().await?)
    }

    /// Returns the workers and what they have leases on; of an administrator's concern, and no personal data.
    pub async fn workers(&self) -> Result<Vec<WorkerView>, OfficeError> {
        let mut tx = self.read().await?;
        let (workers, leases) = (tx.workers().await?, tx.leases().await?);
        let of = |id| leases.iter().filter(|(_, worker)| *worker == id).map(|(what, _)| what.clone()).collect();
        let view = |WorkerRow { id, place, .. }| WorkerView { id, place, leases: of(id) };
        Ok(workers.into_iter().map(view).collect())
    }

    /// Takes a worker for dead, on the word of whoever runs the machines: nothing it does is committed any more. What it had in
    /// hand is finished by the next worker that comes in.
    ///
    /// # Errors
    /// [`OfficeError::NoSuchWorker`].
    pub async fn fence_off(&self, worker: WorkerId) -> Result<(), OfficeError> {
        let mut tx = self.begin_on_any_copy().await?;
        if !self.fence(&mut *tx, worker).await? {
            return Err(OfficeError::NoSuchWorker(worker));
        }
        Ok(tx.commit().await?)
    }

    /// Takes the lease on something; none where another task or worker has it.
    pub async fn lease(&self, what: &str) -> Result<Option<Lease>, OfficeError> {
        let Some(lease) = self.workplace.take(what) else { return Ok(None) };
        if let Some(me) = self.workplace.worker() {
            let mut tx = self.begin().await?;
            if !tx.take_lease(what, me).await? {
                return Ok(None);
            }
            tx.commit().await?;
        }
        Ok(Some(lease))
    }

    /// Gives a lease back. Where the database does not take it now, the next beat does.
    pub async fn release(&self, lease: Lease) {
        if let Some(me) = self.workplace.worker()
            && let Ok(mut tx) = self.begin_on_any_copy().await
            && tx.release_lease(&lease.what, me).await.is_ok()
        {
            tx.commit().await.ok();
        }
    }

    /// Takes the lease of whoever puts right what a crash left.
    pub(super) async fn lease_on_recovery(&self) -> Result<Option<Lease>, OfficeError> {
        self.lease(RECOVERY).await
    }

    /// Fences a worker off, and says so in the ledger; tells whether it was there.
    async fn fence(&self, tx: &mut dyn Transaction, worker: WorkerId) -> Result<bool, OfficeError> {
        let removed = tx.remove_worker(worker).await?;
        if removed {
            tx.append(self.entry_by("system", "worker.fenced", worker)?).await?;
        }
        Ok(removed)
    }
}
