//! How proofs stand: what must be renewed by when, for people and for whoever watches over the service.

use super::KEEPERS;
use crate::digest::DigestAlgorithm;
use crate::office::ports::{ProofKind, ProofTreeRow};
use crate::office::{Actor, Office, OfficeError};
use crate::time::Instant;
use crate::validate::Lasting;
use serde::Serialize;

/// How proofs stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProofsView {
    /// The last entry of the ledger that a tree is over.
    pub proven_until: u64,
    /// The last entry that there is.
    pub ledger_end: u64,
    /// How many packages trees are over.
    pub packages: u64,
    /// How many trees there are.
    pub trees: u64,
    /// How many days before its end a proof is renewed.
    pub renew_days: u16,
    /// Files of trees that no row knows of: they come in at the next run, or cannot be read.
    pub strays: Vec<u64>,
    /// The timestamps that all of it rests on, those that need somebody first, then by their ends.
    pub standing: Vec<ProofView>,
}

/// A timestamp that proofs rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProofView {
    /// The tree's number.
    pub tree: u64,
    /// What the tree is over.
    pub kind: ProofKind,
    /// The digest algorithm of the tree.
    pub algorithm: DigestAlgorithm,
    /// When it was stamped.
    pub made_at: Instant,
    /// By whom.
    pub authority: String,
    /// How many leaves it has.
    pub leaves: u64,
    /// How it stands.
    pub state: ProofState,
    /// When it ends unless it is renewed, and by what; as last known where it does not pass.
    pub lasts: Option<Lasting>,
    /// Since when it does not pass, and why, as the sub-indication's name.
    pub failing: Option<(Instant, String)>,
    /// What kept its last renewal from being made, by its code, and when that was.
    pub waiting: Option<(String, Instant)>,
}

/// How a timestamp stands. Ordered by who needs somebody first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofState {
    /// It ended before it was renewed: what rests on it alone is not proven any more.
    Lost,
    /// It does not pass now; whether it will again depends on lists and trust.
    Failing,
    /// It ends soon, and could not be renewed when that was last tried.
    Waiting,
    /// It ends soon, and is renewed at the next run.
    Due,
    /// It holds.
    Holds,
}

impl ProofState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Lost, Self::Failing, Self::Waiting, Self::Due, Self::Holds];

    /// Returns the word of JSON and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Failing => "failing",
            Self::Waiting => "waiting",
            Self::Due => "due",
            Self::Holds => "holds",
        }
    }
}

impl Office {
    /// Returns how proofs stand.
    ///
    /// # Errors
    /// [`OfficeError::NotInRole`].
    pub async fn proofs(&self, actor: &Actor) -> Result<ProofsView, OfficeError> {
        actor.require_any(KEEPERS)?;
        self.proofs_standing().await
    }

    /// Returns the same for whoever watches over the service.
    pub async fn proofs_standing(&self) -> Result<ProofsView, OfficeError> {
        let (horizon, now) = (self.renewal_horizon(), self.now());
        let strays = if self.proofs.is_some() { self.strays().await? } else { Vec::new() };
        let mut tx = self.read().await?;
        let rows = tx.proof_trees().await?;
        let ledger_end = tx.newest_entries(1).await?.first().map_or(0, |entry| entry.seq);
        let proven_until = rows.iter().filter_map(|row| row.entries).map(|(_, last)| last).max().unwrap_or(0);
        let packages = rows.iter().map(|row| row.packages).sum();
        let trees = rows.len() as u64;
        let mut standing: Vec<ProofView> = rows.into_iter().filter_map(|row| view(row, horizon, now)).collect();
        let end = |view: &ProofView| view.lasts.as_ref().map_or(Instant::MAX, |lasts| lasts.until);
        standing.sort_by_key(|view| (view.state, end(view), view.tree));
        let renew_days = self.settings.proofs.renew_days;
        Ok(ProofsView { proven_until, ledger_end, packages, trees, renew_days, strays, standing })
    }
}

fn view(row: ProofTreeRow, horizon: Instant, now: Instant) -> Option<ProofView> {
    let standing = row.standing?;
    let ends_by = |instant| standing.lasts.as_ref().is_some_and(|lasts| lasts.until <= instant);
    let state = match &standing.failing {
        Some(_) if ends_by(now) => ProofState::Lost,
        Some(_) => ProofState::Failing,
        None if !standing.earlier.is_empty() => ProofState::Failing,
        None if !ends_by(horizon) => ProofState::Holds,
        None if standing.waiting.is_some() => ProofState::Waiting,
        None => ProofState::Due,
    };
    let earlier = standing.earlier.first().map(|trouble| (trouble.since, trouble.why.clone()));
    Some(ProofView {
        tree: row.number,
        kind: row.kind,
        algorithm: row.algorithm,
        made_at: row.made_at,
        authority: row.authority,
        leaves: row.leaves,
        state,
        lasts: standing.lasts,
        failing: standing.failing_since.zip(standing.failing).or(earlier),
        waiting: standing.waiting,
    })
}
