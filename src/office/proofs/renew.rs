//! Renewal: of timestamps, by one tree over those that end soon; of data, where the digest algorithm of trees does.

use super::grove::Grove;
use super::schedule::Due;
use super::standing::{Judged, record_of_root};
use super::tree::{Covered, ProofTree, Renewed};
use super::{ProofError, ProofRun};
use crate::cms::add_validation_data;
use crate::digest::{DigestAlgorithm, Sha256Hex};
use crate::evidence::TimestampRenewal;
use crate::fault::Fault;
use crate::office::ports::{ProofStanding, ProofTreeRow};
use crate::office::{Judge, Office, OfficeError};
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
            let (judge, now) = (self.judge(), self.now());
            let done = match self.schedule().is_outlasted_by(algorithm, &judge.policy, now) {
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
        let left = is_left(standing).then(|| standing.lists_term.map_or(lasts, |(_, next)| next.min(lasts)));
        let (token, judge, schedule, made_at) =
            (standing.token(row.number)?, self.judge(), self.schedule(), row.made_at);
        let below = self.below(&row, &token).await?;
        let work = self.busy(move || {
            let itself = Judged::of(&token, &judge, now)?;
            let below: Vec<Judged> = below.into_iter().map(|one| one.judged(&judge, now)).collect();
            let due = schedule.due(&itself, &below, &judge, (made_at, now));
            Ok::<_, ProofError>((due, completed(&itself, &below, &token, &judge)?))
        });
        let (due, Some(token)) = work.await?? else { return Ok(None) };
        let renewed = Renewed { tree: row.number, token };
        match (left, due) {
            (Some(until), _) | (None, Due::Until(until)) => Ok(Some(Candidate { row, renewed, until })),
            (None, Due::Not) => Ok(None),
            (None, Due::Unripe) => {
                self.note_waiting(vec![row], ProofError::ListsAwaited.code()).await?;
                Ok(None)
            }
        }
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
        let number = self.next_tree_number().await?;
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

/// Returns a timestamp with what its validation, and that of what stands below it, rests on beside it; none where it does not pass.
fn completed(itself: &Judged, below: &[Judged], token: &[u8], judge: &Judge) -> Result<Option<Vec<u8>>, ProofError> {
    let Some(mut data) = itself.report.validation_data(&judge.crls) else { return Ok(None) };
    for more in below.iter().filter_map(|one| one.report.vouching_data(&judge.crls)) {
        data.certificates.extend(more.certificates);
        data.crls.extend(more.crls);
        data.ocsps.extend(more.ocsps);
    }
    data.certificates.sort_by(|one, other| one.der().cmp(other.der()));
    data.certificates.dedup_by(|one, other| one.der() == other.der());
    data.crls.sort_by(|one, other| one.der().cmp(other.der()));
    data.crls.dedup_by(|one, other| one.der() == other.der());
    Ok(Some(add_validation_data(token, &data).map_err(|error| ProofError::Evidence(error.into()))?))
}

pub(super) fn authority(token: &TimestampToken) -> String {
    token.signer_certificate(&[]).map(|signer| signer.subject()).unwrap_or_default()
}
