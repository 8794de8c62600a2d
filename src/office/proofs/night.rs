//! Once a day: a tree over what is new in the ledger and over the packages that it files; and over what a lost proof was over, so
//! that it is proven from then on.

use super::ProofError;
use super::data::{entry_object, filed_by, leaf_of, living};
use super::grove::Grove;
use super::standing::Judged;
use super::tree::{Covered, ProofTree};
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::{HashTree, HashTreeBuilder, limits};
use crate::id::RecordId;
use crate::office::ports::ProofTreeRow;
use crate::office::{Office, OfficeError};
use crate::time::japanese_date;
use crate::tsp::{self, TimestampToken};
use std::collections::HashSet;

/// Entries read at a time.
pub(super) const PAGE: u32 = 1000;
/// The most leaves of a tree; what is beyond is the next one's.
pub(super) const MOST_LEAVES: usize = limits::LEAVES / 4;
/// What the ledger says day after day of itself: no tree is made for nothing else.
const OWN: [&str; 8] = [
    "proof.made",
    "proof.renewed",
    "proof.alarm",
    "proof.damaged",
    "proof.given-up",
    "proof.rehearsed",
    "proof.set-aside",
    "ledger.checkpointed",
];

/// Leaves that are gathered for a night.
struct Gathered {
    covered: Covered,
    tree: HashTree,
}

impl Office {
    /// Makes a tree of what is new, where none was made today, and one of whatever is proven by nothing that passes any more. Returns
    /// their numbers.
    pub(super) async fn prove_night(&self, at_once: bool) -> Result<Vec<u64>, OfficeError> {
        let rows = self.read().await?.proof_trees().await?;
        let last = rows.iter().rev().find(|row| row.is_night());
        if !at_once && last.is_some_and(|last| japanese_date(last.made_at) >= self.today()) {
            return Ok(Vec::new());
        }
        let proven = self.proven_ranges(rows.clone()).await?;
        let newest = rows.iter().filter_map(|row| row.entries).map(|(_, last)| last).max().unwrap_or(0);
        let end = self.read().await?.newest_entries(1).await?.first().map_or(0, |entry| entry.seq);
        let mut made = Vec::new();
        for (first, last) in gaps(proven, newest).into_iter().chain(gaps(vec![(1, newest)], end)) {
            let number = self.next_tree_number().await?;
            let algorithm = self.algorithm_of_new_trees()?;
            let Some(gathered) = self.gather((first, last), last > newest, algorithm).await? else { continue };
            let token = self.stamp(gathered.tree.root()).await?;
            // What is proven anew is so by what passes, or every day would prove all of it in vain.
            if last <= newest {
                match self.end_of(&token).await {
                    Ok(_) => {}
                    Err(OfficeError::Proof(ProofError::GainsNothing(_))) => continue,
                    Err(error) => return Err(error),
                }
            }
            let (nodes, token) = (gathered.tree.nodes().to_vec(), token.der().to_vec());
            self.keep_tree(ProofTree { number, covered: gathered.covered, algorithm, nodes, token }).await?;
            made.push(number);
        }
        Ok(made)
    }

    /// Lists the entries that are proven by something that passes, or that may pass again within the day.
    async fn proven_ranges(&self, rows: Vec<ProofTreeRow>) -> Result<Vec<(u64, u64)>, OfficeError> {
        let today = self.today();
        let fails = |row: &&ProofTreeRow| {
            let standing = row.standing.as_ref();
            standing.and_then(|one| one.failing_since).is_some_and(|since| japanese_date(since) < today)
        };
        let failing: Vec<u64> = rows.iter().filter(fails).map(|row| row.number).collect();
        let below = rows.iter().filter_map(|row| row.standing.as_ref()).flat_map(|standing| &standing.earlier);
        let lost =
            below.filter(|trouble| japanese_date(trouble.since) < today).flat_map(|trouble| trouble.nights.clone());
        let lost: HashSet<u64> = lost.collect();
        let nights: Vec<(u64, (u64, u64))> =
            rows.iter().filter_map(|row| row.entries.map(|entries| (row.number, entries))).collect();
        if failing.is_empty() && lost.is_empty() {
            return Ok(nights.into_iter().map(|(_, entries)| entries).collect());
        }
        let mut grove = Grove::new(self.proof_shelf()?, rows);
        self.busy(move || {
            let mut proven = Vec::new();
            for (night, entries) in nights {
                let rests_on = grove.way(night, 0)?.last().map(|step| step.tree);
                if rests_on.is_none_or(|tree| !failing.contains(&tree)) && !lost.contains(&night) {
                    proven.push(entries);
                }
            }
            Ok(proven)
        })
        .await?
    }

    /// Has a root timestamped.
    pub(super) async fn stamp(&self, root: Digest) -> Result<TimestampToken, OfficeError> {
        let source = self.timestamps.clone().ok_or(ProofError::NoAuthority)?;
        let entropy = self.entropy.clone();
        Ok(self.busy(move || tsp::obtain(&*source, &root, &*entropy)).await?.map_err(ProofError::from)?)
    }

    /// Keeps a tree: its file, and then its row with the ledger entry, in one transaction with the rows of what it renews.
    pub(super) async fn keep_tree(&self, tree: ProofTree) -> Result<(), OfficeError> {
        let (shelf, judge, now, number) = (self.proof_shelf()?, self.judge(), self.now(), tree.number);
        let row = self.busy(move || {
            let file = tree.to_der();
            // What was made is read back, and held together, before anybody relies on it.
            let row = ProofTreeRow::of(&ProofTree::parse(&file)?, &file, &judge, now)?;
            shelf.put(number, &file)?;
            Ok::<_, OfficeError>(row)
        });
        self.write_tree(row.await??).await
    }

    /// Writes the row of a tree, takes the standing of those that it renews, and tells the ledger.
    pub(super) async fn write_tree(&self, row: ProofTreeRow) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        for mut renewed in tx.standing_proof_trees().await? {
            if row.renews.contains(&renewed.number) {
                renewed.standing = None;
                tx.put_proof_tree(&renewed).await?;
            }
        }
        let verb = if row.is_night() { "proof.made" } else { "proof.renewed" };
        let entry = self.entry_by("system", verb, format!("proof/{}", row.number))?.with("sha256", &row.sha256)?;
        let entry = entry.with_number("leaves", row.leaves)?;
        tx.append(match row.entries {
            Some((first, last)) => entry.with_number("first", first)?.with_number("last", last)?,
            None => entry,
        })
        .await?;
        tx.put_proof_tree(&row).await?;
        Ok(tx.commit().await?)
    }

    /// Gathers the leaves of some entries and of what they file, in one view of the database, as many as one tree has; none where
    /// they are new and nothing but what the ledger says of proofs.
    async fn gather(
        &self,
        (first, until): (u64, u64),
        is_new: bool,
        algorithm: DigestAlgorithm,
    ) -> Result<Option<Gathered>, OfficeError> {
        let mut builder = HashTreeBuilder::new(algorithm);
        let (mut last, mut filed, mut is_wanted) = (first - 1, Vec::new(), !is_new);
        let mut tx = self.read().await?;
        while last < until && (last + 1 - first) as usize + filed.len() + 2 * PAGE as usize <= MOST_LEAVES {
            let page = tx.entries_after(last, PAGE).await?;
            if page.is_empty() {
                break;
            }
            for entry in page.iter().take_while(|entry| entry.seq <= until) {
                let leaf = leaf_of(&[entry_object(entry, &[algorithm])], algorithm).map_err(ProofError::from)?;
                builder.push(&leaf).map_err(ProofError::from)?;
                is_wanted |= !OWN.contains(&entry.verb.as_str());
                filed.extend(filed_by(entry));
                last = entry.seq;
            }
        }
        if !is_wanted || last < first {
            return Ok(None);
        }
        let mut records: Vec<RecordId> = Vec::new();
        for id in filed {
            if let Some(row) = living(&mut *tx, id).await? {
                let objects = self.package_objects(&row, &[algorithm]).await?;
                let leaf = leaf_of(&objects, algorithm).map_err(ProofError::from)?;
                builder.push(&leaf).map_err(ProofError::from)?;
                records.push(id);
            }
        }
        let tree = builder.finish().map_err(ProofError::from)?;
        Ok(Some(Gathered { covered: Covered::Night { first, last, records }, tree }))
    }

    /// Judges a timestamp that was just made.
    pub(super) async fn judge_token(&self, token: &[u8]) -> Result<Judged, OfficeError> {
        let (judge, token, now) = (self.judge(), token.to_vec(), self.now());
        Ok(self.busy(move || Judged::of(&token, &judge, now)).await??)
    }
}

/// Lists the ranges of entries up to the end that are in none of the others.
fn gaps(mut proven: Vec<(u64, u64)>, end: u64) -> Vec<(u64, u64)> {
    proven.sort_unstable();
    let (mut gaps, mut next) = (Vec::new(), 1);
    for (first, last) in proven.into_iter().filter(|(first, last)| first <= last) {
        if first > next {
            gaps.push((next, first - 1));
        }
        next = next.max(last + 1);
    }
    if next <= end {
        gaps.push((next, end));
    }
    gaps
}
