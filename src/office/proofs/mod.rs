//! Proofs that outlast their keys: once a day a tree over all new entries of the ledger and the packages that they file, with one
//! timestamp over it; until when each holds; and its renewal long before.
//!
//! The trees' files are the truth. A row can be made anew from its file, and a file that no row knows of is taken in at the
//! next run, as far as the ledger agrees with it: so bytes come before rows here, too.

mod adopt;
mod course;
mod data;
mod error;
mod export;
mod fall_back;
mod grove;
mod lineage;
mod night;
mod rehearsal;
mod renew;
mod renew_data;
mod schedule;
mod settle;
mod standing;
mod tree;
mod view;
mod world;

pub use error::ProofError;
pub use export::{ExportedProof, Proven};
pub use rehearsal::{Course, Deed, Foreseen, REHEARSED_YEARS, Rehearsal, WhatIsDone};
pub use tree::{Covered, ProofTree, Renewed, RenewedData};
pub use view::{ProofState, ProofView, ProofsView};

use super::ports::ProofShelf;
use super::{Actor, Office, OfficeError, Role};
use crate::digest::DigestAlgorithm;
use crate::time::Instant;
use crate::validate::Lasting;
use jiff::SignedDuration;
use schedule::Schedule;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who may see how proofs stand, and have them made and renewed between two days.
const KEEPERS: &[Role] = &[Role::Auditor, Role::RecordsManager, Role::Administrator];
/// The digest algorithms of new trees, the first that is believed for long enough.
const ALGORITHMS: [DigestAlgorithm; 4] =
    [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512, DigestAlgorithm::Sha3_256, DigestAlgorithm::Sha3_512];

/// When proofs are renewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProofPolicy {
    /// Days before the end of a proof at which it is renewed.
    pub renew_days: u16,
    /// Days before the end at which a proof that is still not renewed is an alarm; each once.
    pub alarm_days: Vec<u16>,
}

impl Default for ProofPolicy {
    fn default() -> Self {
        Self { renew_days: 365, alarm_days: vec![180, 90, 30] }
    }
}

impl ProofPolicy {
    /// Days before the end at the least at which a proof is renewed: an authority's next list, which the renewal rests on later,
    /// comes within a month at the latest.
    const LEAST_RENEW_DAYS: u16 = 60;

    /// Holds the numbers together; the error says what is wrong, and what to write instead.
    pub(super) fn check(&self) -> Result<(), String> {
        let Self { renew_days, alarm_days } = self;
        if *renew_days < Self::LEAST_RENEW_DAYS {
            let least = Self::LEAST_RENEW_DAYS;
            return Err(format!(
                "proofs.renew_days is {renew_days}, and a proof that is renewed so late may be lost before the lists are there that \
                 its renewal rests on: write {least} or more; 365 leaves a year for an authority that has to be replaced"
            ));
        }
        match alarm_days.iter().copied().max() {
            None => Err("proofs.alarm_days is empty, and a proof that cannot be renewed would be lost untold: write [180, 90, 30]".into()),
            Some(_) if alarm_days.contains(&0) => {
                Err("proofs.alarm_days has a 0, and on the day on which a proof ends nobody can help it: write 1 or more".into())
            }
            Some(longest) if longest >= *renew_days => Err(format!(
                "proofs.alarm_days has {longest}, and renew_days is {renew_days}: an alarm says that a renewal was tried and did not \
                 come about, so renew_days must be more than every one of alarm_days"
            )),
            Some(_) => Ok(()),
        }
    }

    /// Returns the shortest distance of an alarm that the time left has come within; none where the end is farther.
    pub(super) fn nearest_alarm(&self, left: SignedDuration) -> Option<u16> {
        let reached = |days: &&u16| left <= SignedDuration::from_hours(24 * i64::from(**days));
        self.alarm_days.iter().filter(reached).min().copied()
    }
}

/// What a run over the proofs did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProofRun {
    /// Trees whose files no row knew of, taken in.
    pub adopted: Vec<u64>,
    /// The trees that were made over entries of the ledger: of what is new, and of what nothing proves any more.
    pub made: Vec<u64>,
    /// The trees that renew earlier ones.
    pub renewed: Vec<u64>,
    /// Files of trees that no row knows of and that could not be taken in, each with the code of why; they stay where they are, and are tried
    /// again.
    pub damaged: Vec<(u64, &'static str)>,
    /// What has come to be an alarm.
    pub alarms: Vec<ProofAlarm>,
    /// What a rehearsal of coming decades found that would be lost, with the trees; nothing where that is what it found before.
    pub foreseen: Vec<(u64, Foreseen)>,
    /// The codes of what kept trees from being made or renewed; it is tried again.
    pub waiting: Vec<&'static str>,
}

/// A proof that comes to its end, or does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofAlarm {
    /// The tree whose timestamp it rests on.
    pub tree: u64,
    /// The distance from its end that was reached, in days; none where it does not pass.
    pub days: Option<u16>,
    /// When it ends, and by what; as last known.
    pub lasts: Option<Lasting>,
    /// Why it does not pass.
    pub failing: Option<String>,
}

impl Office {
    /// Does what is due: takes in what a crash left, judges what was not judged today, renews what ends soon, once a day
    /// proves what is new, and rehearses coming decades where that is due. Without an authority, or a place for trees, there is nothing to do.
    ///
    /// # Errors
    /// Of the database and the disk. What keeps a tree from being made is told, and tried again.
    pub async fn prove_due(&self) -> Result<ProofRun, OfficeError> {
        self.prove(false).await
    }

    /// Does the same at once, also a second time on one day.
    ///
    /// # Errors
    /// [`OfficeError::NotInRole`], [`ProofError::NoShelf`], [`ProofError::NoAuthority`], and as [`Office::prove_due`].
    pub async fn prove_now(&self, actor: &Actor) -> Result<ProofRun, OfficeError> {
        actor.require_any(KEEPERS)?;
        self.proof_shelf()?;
        self.timestamps.as_ref().ok_or(ProofError::NoAuthority)?;
        self.prove(true).await
    }

    async fn prove(&self, at_once: bool) -> Result<ProofRun, OfficeError> {
        let mut run = ProofRun::default();
        if self.proofs.is_none() || self.timestamps.is_none() {
            return Ok(run);
        }
        // In a copy that nobody has confirmed nothing is proven.
        drop(self.begin().await?);
        self.adopt_trees(&mut run).await?;
        self.judge_standing(at_once, &mut run).await?;
        self.renew_proofs(at_once, &mut run).await?;
        match self.prove_night(at_once).await {
            Ok(made) => run.made = made,
            Err(error) => run.wait(error)?,
        }
        if let Err(error) = self.rehearse_due(&mut run).await {
            run.wait(error)?;
        }
        Ok(run)
    }

    fn proof_shelf(&self) -> Result<Arc<dyn ProofShelf>, ProofError> {
        self.proofs.clone().ok_or(ProofError::NoShelf)
    }

    fn schedule(&self) -> Schedule {
        Schedule { renew_days: self.settings.proofs.renew_days }
    }

    /// Returns the instant up to which what ends is renewed now.
    pub(in crate::office) fn renewal_horizon(&self) -> Instant {
        self.schedule().horizon(self.now())
    }

    fn algorithm_of_new_trees(&self) -> Result<DigestAlgorithm, ProofError> {
        self.schedule().algorithm(&self.judge().policy, self.now())
    }
}

impl ProofRun {
    /// Keeps the code of what is tried again; whatever concerns the database or our own disk is an error of the run.
    fn wait(&mut self, error: OfficeError) -> Result<(), OfficeError> {
        use crate::fault::Fault;
        match error {
            OfficeError::Store(_) | OfficeError::Vault(_) | OfficeError::Ledger(_) => Err(error),
            error => {
                self.waiting.push(error.code());
                Ok(())
            }
        }
    }
}
