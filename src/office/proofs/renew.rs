//! Renewal: of timestamps, by one tree over those that end soon; of data, where the digest algorithm of trees does.

use super::grove::Grove;
use super::standing::record_of_root;
use super::tree::{Covered, ProofTree, Renewed};
use super::{ProofError, ProofRun};
use crate::digest::{DigestAlgorithm, Sha256Hex};
use crate::evidence::TimestampRenewal;
use crate::fault::Fault;
use crate::office::ports::{ProofStanding, ProofTreeRow};
use crate::office::{Office, OfficeError};
use crate::time::{Instant, japanese_date};
use crate::tsp::TimestampToken;
use std::collections::BTreeMap;

/// A tree whose timestamp is to be renewed, as it stands, with what its validation rests on put beside it.
pub(super) struct Candidate {
    pub row: ProofTreeRow,
    pub renewed: Renewed,
    pub until: Instant,
}

impl Office {
    /// Renews what ends before the horizon: the timestamps of trees whose algorithm outlasts it, the data of the others.
    pub(super) async fn renew_proofs(&self, at_once: bool, run: &mut ProofRun) -> Result<(), OfficeError> {
        let mut batches: BTreeMap<DigestAlgorithm, Vec<Candidate>> = BTreeMap::new();
        let rows = self.read().await?.standing_proof_trees().await?;
        // What the authority of today rests on: a renewal by it leaves other lists behind, and not these.
        let newest = rows.iter().rev().find_map(|row| row.standing.as_ref().filter(|one| one.failing.is_none()));
        let lists = newest.map(|standing| standing.lists.clone()).unwrap_or_default();
        for row in rows {
            if let Some(candidate) = self.candidate(row, &lists, at_once).await? {
                batches.entry(candidate.row.algorithm).or_default().push(candidate);
            }
        }
        for (algorithm, candidates) in batches {
            let rows: Vec<ProofTreeRow> = candidates.iter().map(|candidate| candidate.row.clone()).collect();
            let done = match self.outlasts_horizon(algorithm) {
                true => self.renew_timestamps(candidates, algorithm, run).await,
                false => self.renew_data(candidates, run).await,
            };
            if let Err(error) = done {
                let code = error.code();
                run.wait(error)?;
                self.note_waiting(rows, code).await?;
            }
        }
        Ok(())
    }

    /// Makes a candidate of a tree that passes and ends before the horizon, or rests on lists that no other follows, and was not tried in
    /// vain today.
    async fn candidate(
        &self,
        row: ProofTreeRow,
        lists: &[Sha256Hex],
        at_once: bool,
    ) -> Result<Option<Candidate>, OfficeError> {
        let (horizon, now) = (self.renewal_horizon(), self.now());
        let is_left = |standing: &ProofStanding| standing.lists != lists && standing.is_left_by_its_lists(now);
        let is_due = |standing: &&ProofStanding| standing.ends_before(horizon) || is_left(standing);
        let Some(standing) = row.standing.as_ref().filter(is_due) else { return Ok(None) };
        let tried_today = |(_, at): &(String, Instant)| japanese_date(*at) >= self.today();
        if !at_once && standing.waiting.as_ref().is_some_and(tried_today) {
            return Ok(None);
        }
        let lasts = standing.lasts.as_ref().map_or(Instant::MAX, |lasts| lasts.until);
        let until =
            if is_left(standing) { standing.lists_term.map_or(lasts, |(_, next)| next.min(lasts)) } else { lasts };
        let (token, judge) = (standing.token(row.number)?, self.judge());
        let judged = self.judge_token(&token).await?;
        let Some(token) = judged.completed(&judge)? else { return Ok(None) };
        let renewed = Renewed { tree: row.number, token };
        Ok(Some(Candidate { row, renewed, until }))
    }

    /// Renews timestamps of one algorithm by one tree. Those that its own timestamp does not outlast stay as they are.
    async fn renew_timestamps(
        &self,
        mut candidates: Vec<Candidate>,
        algorithm: DigestAlgorithm,
        run: &mut ProofRun,
    ) -> Result<(), OfficeError> {
        loop {
            let mut renewal = TimestampRenewal::new(algorithm);
            for candidate in &candidates {
                let record =
                    record_of_root(&TimestampToken::parse(&candidate.renewed.token).map_err(ProofError::from)?)?;
                renewal.add(&record).map_err(ProofError::from)?;
            }
            let hashes = renewal.finish().map_err(ProofError::from)?;
            let token = self.stamp(hashes.root()).await?;
            let until = self.end_of(&token).await?;
            let before = candidates.len();
            candidates.retain(|candidate| candidate.until < until);
            if candidates.is_empty() {
                return Err(ProofError::GainsNothing(authority(&token)).into());
            }
            if candidates.len() == before {
                let covered = Covered::Timestamps(candidates.into_iter().map(|candidate| candidate.renewed).collect());
                let nodes = hashes.nodes().to_vec();
                run.renewed.push(self.keep_renewal(covered, nodes, algorithm, &token).await?);
                return Ok(());
            }
        }
    }

    /// Keeps a tree that renews others, under the next number.
    pub(super) async fn keep_renewal(
        &self,
        covered: Covered,
        nodes: Vec<u8>,
        algorithm: DigestAlgorithm,
        token: &TimestampToken,
    ) -> Result<u64, OfficeError> {
        let number = self.read().await?.proof_trees().await?.last().map_or(1, |row| row.number + 1);
        self.keep_tree(ProofTree { number, covered, algorithm, nodes, token: token.der().to_vec() }).await?;
        Ok(number)
    }

    /// Returns when a timestamp that was just made ends; one that does not pass renews nothing.
    pub(super) async fn end_of(&self, token: &TimestampToken) -> Result<Instant, OfficeError> {
        let report = self.judge_token(token.der()).await?.report;
        match report.sub_indication {
            None => Ok(report.lasts.map_or(Instant::MAX, |lasts| lasts.until)),
            Some(_) => Err(ProofError::GainsNothing(authority(token)).into()),
        }
    }

    /// Writes down what kept trees from being renewed.
    async fn note_waiting(&self, rows: Vec<ProofTreeRow>, code: &str) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let standing = tx.standing_proof_trees().await?;
        for row in rows.into_iter().filter(|row| standing.iter().any(|one| one.number == row.number)) {
            let waiting = Some((code.to_owned(), self.now()));
            let standing = row.standing.clone().map(|standing| ProofStanding { waiting, ..standing });
            tx.put_proof_tree(&ProofTreeRow { standing, ..row }).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Makes a grove of all trees.
    pub(super) async fn grove(&self) -> Result<Grove, OfficeError> {
        Ok(Grove::new(self.proof_shelf()?, self.read().await?.proof_trees().await?))
    }
}

pub(super) fn authority(token: &TimestampToken) -> String {
    token.signer_certificate(&[]).map(|signer| signer.subject()).unwrap_or_default()
}
