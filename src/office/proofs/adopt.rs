//! Trees whose files no row knows of: a crash came between file and row, or the database was made anew. The ledger says
//! whether they are of it.

use super::data::entry_object;
use super::night::PAGE;
use super::tree::{Covered, ProofTree};
use super::{ProofError, ProofRun};
use crate::digest::{DigestAlgorithm, Sha256Hex};
use crate::evidence::HashTree;
use crate::fault::Fault;
use crate::ledger::Entry;
use crate::office::ports::{ProofTreeRow, Transaction};
use crate::office::{Office, OfficeError};

/// The verb by which a file that cannot be taken in is told.
pub(super) const DAMAGED: &str = "proof.damaged";

impl Office {
    /// Takes in what no row knows of, in the order of the numbers.
    ///
    /// A night of a ledger that this one is not, as that was restored from an older copy, stays on the shelf and is nobody's proof. A
    /// file that cannot be read, or is not the tree that the ledger tells of, is told, and holds none of the others up: it is tried again
    /// at every run.
    ///
    /// # Errors
    /// Of the database; of the disk where it cannot be told what is on the shelf.
    pub(super) async fn adopt_trees(&self, run: &mut ProofRun) -> Result<(), OfficeError> {
        for number in self.strays().await? {
            match self.adopt(number).await {
                Ok(()) => run.adopted.push(number),
                Err(error @ (OfficeError::Vault(_) | OfficeError::Proof(_))) => {
                    run.damaged.push((number, error.code()));
                    self.tell_damaged(number, error.code()).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Lists the numbers of files that no row knows of.
    pub(super) async fn strays(&self) -> Result<Vec<u64>, OfficeError> {
        let known: Vec<u64> = self.read().await?.proof_trees().await?.iter().map(|row| row.number).collect();
        let there = self.numbers_on_shelf().await?;
        Ok(there.into_iter().filter(|number| known.binary_search(number).is_err()).collect())
    }

    /// Returns the number of the next tree: no row and no file has it, whatever that file is.
    pub(super) async fn next_tree_number(&self) -> Result<u64, OfficeError> {
        let known = self.read().await?.proof_trees().await?.last().map_or(0, |row| row.number);
        Ok(self.numbers_on_shelf().await?.last().map_or(known, |last| known.max(*last)) + 1)
    }

    async fn numbers_on_shelf(&self) -> Result<Vec<u64>, OfficeError> {
        let shelf = self.proof_shelf()?;
        Ok(self.busy(move || shelf.numbers()).await??)
    }

    /// Tells the ledger of a file that could not be taken in, once.
    async fn tell_damaged(&self, number: u64, code: &str) -> Result<(), OfficeError> {
        let subject = format!("proof/{number}");
        let mut tx = self.begin().await?;
        let entries = tx.entries_about(&subject).await?;
        if entries.last().is_some_and(|entry| entry.verb.as_str() == DAMAGED) {
            return Ok(());
        }
        tx.append(self.entry_by("system", DAMAGED, subject)?.with("failing", code)?).await?;
        Ok(tx.commit().await?)
    }

    /// Takes in one file.
    async fn adopt(&self, number: u64) -> Result<(), OfficeError> {
        let shelf = self.proof_shelf()?;
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
        self.adopt_tree(row, told.is_some()).await
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
