//! Trees whose files no row knows of: a crash came between file and row, or the database was made anew. The ledger says
//! whether they are of it.

use super::ProofError;
use super::data::entry_object;
use super::night::PAGE;
use super::tree::{Covered, ProofTree};
use crate::digest::{DigestAlgorithm, Sha256Hex};
use crate::evidence::HashTree;
use crate::ledger::Entry;
use crate::office::ports::{ProofTreeRow, Transaction};
use crate::office::{Office, OfficeError};

impl Office {
    /// Takes in what no row knows of, in the order of the numbers.
    ///
    /// A night of a ledger that this one is not, as that was restored from an older copy, stays on the shelf and is nobody's proof.
    ///
    /// # Errors
    /// [`ProofError::Damaged`] where the ledger tells of another tree of the same number.
    pub(super) async fn adopt_trees(&self) -> Result<Vec<u64>, OfficeError> {
        let shelf = self.proof_shelf()?;
        let known: Vec<u64> = self.read().await?.proof_trees().await?.iter().map(|row| row.number).collect();
        let numbers = shelf.clone();
        let there = self.busy(move || numbers.numbers()).await??;
        let mut adopted = Vec::new();
        for number in there.into_iter().filter(|number| known.binary_search(number).is_err()) {
            let entries = self.read().await?.entries_about(&format!("proof/{number}")).await?;
            let told = entries.iter().find(|entry| matches!(entry.verb.as_str(), "proof.made" | "proof.renewed"));
            let given_up = entries.iter().any(|entry| entry.verb.as_str() == super::fall_back::GIVEN_UP);
            let (shelf, judge, now) = (shelf.clone(), self.judge(), self.now());
            let sha256 = told.and_then(|entry| entry.word("sha256")).and_then(Sha256Hex::parse);
            let read = self.busy(move || {
                let file = shelf.get(number, sha256.as_ref())?;
                let tree = ProofTree::parse(&file)?;
                let row = ProofTreeRow::of(&tree, &file, &judge, now)?;
                Ok::<_, OfficeError>((tree.hash_tree().map_err(ProofError::from)?, tree, row))
            });
            let (hashes, tree, mut row) = read.await??;
            let mut tx = self.read().await?;
            if tree.number != number {
                return Err(ProofError::damaged(number, "its file has another number").into());
            }
            if !is_of_this_ledger(&mut *tx, &tree, &hashes).await? {
                (row.entries, row.packages, row.standing) = (None, 0, None);
            }
            drop(tx);
            if given_up {
                (row.given_up, row.standing) = (true, None);
            }
            self.adopt_tree(row, told.is_some()).await?;
            adopted.push(number);
        }
        Ok(adopted)
    }

    async fn adopt_tree(&self, row: ProofTreeRow, is_told: bool) -> Result<(), OfficeError> {
        if !is_told && row.standing.is_some() {
            return self.write_tree(row).await;
        }
        let mut tx = self.begin().await?;
        for mut renewed in tx.standing_proof_trees().await? {
            if !row.given_up && row.renews.contains(&renewed.number) {
                renewed.standing = None;
                tx.put_proof_tree(&renewed).await?;
            }
        }
        if row.standing.is_none() && !row.given_up {
            let entry = self.entry_by("system", "proof.set-aside", format!("proof/{}", row.number))?;
            tx.append(entry.with("sha256", &row.sha256)?).await?;
        }
        tx.put_proof_tree(&row).await?;
        Ok(tx.commit().await?)
    }
}

/// Tells whether a night is over entries of this ledger.
async fn is_of_this_ledger(tx: &mut dyn Transaction, tree: &ProofTree, hashes: &HashTree) -> Result<bool, OfficeError> {
    let Covered::Night { first, last, .. } = &tree.covered else { return Ok(true) };
    let length = tree.algorithm.length_bytes();
    let (mut seq, mut nodes) = (first - 1, hashes.nodes().chunks(length));
    while seq < *last {
        let page = tx.entries_after(seq, PAGE).await?;
        if page.is_empty() {
            return Ok(false);
        }
        for entry in page.iter().take_while(|entry| entry.seq <= *last) {
            if nodes.next() != Some(node(entry, tree.algorithm).as_slice()) {
                return Ok(false);
            }
            seq = entry.seq;
        }
    }
    Ok(true)
}

fn node(entry: &Entry, algorithm: DigestAlgorithm) -> Vec<u8> {
    entry_object(entry, &[algorithm]).digest(algorithm).map(|digest| digest.bytes.clone()).unwrap_or_default()
}
