//! Falling back: a renewal whose authority lost its trust proves nothing, but what it renewed may still stand by itself for as
//! long as that had left; renewed again, by another authority, it goes on.

use super::ProofError;
use super::standing::Judged;
use super::tree::{Covered, ProofTree, Renewed};
use crate::office::ports::ProofTreeRow;
use crate::office::{Office, OfficeError};

/// The verb by which a renewal is given up.
pub(super) const GIVEN_UP: &str = "proof.given-up";

impl Office {
    /// Gives a renewal up that does not pass any more, where something that it renewed does; that stands by itself again.
    pub(super) async fn fall_back(&self, failed: ProofTreeRow) -> Result<(), OfficeError> {
        let (shelf, judge, now, row) = (self.proof_shelf()?, self.judge(), self.now(), failed.clone());
        let read = self.busy(move || {
            let tree = ProofTree::parse(&shelf.get(row.number, Some(&row.sha256))?)?;
            let renewed: Vec<Renewed> = match tree.covered {
                Covered::Night { .. } => Vec::new(),
                Covered::Timestamps(trees) => trees,
                Covered::Data(all) => all.into_iter().map(|one| one.renewed).collect(),
            };
            let stand =
                |one: Renewed| Ok((one.tree, Judged::of(&one.token, &judge, now)?.standing(&one.token, &judge, None)));
            Ok::<_, OfficeError>(renewed.into_iter().map(stand).collect::<Result<Vec<_>, ProofError>>()?)
        });
        let earlier = read.await??;
        if earlier.iter().all(|(_, standing)| standing.failing.is_some()) {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for row in tx.proof_trees().await? {
            if let Some((_, standing)) = earlier.iter().find(|(number, _)| *number == row.number && !row.given_up) {
                tx.put_proof_tree(&ProofTreeRow { standing: Some(standing.clone()), ..row }).await?;
            }
        }
        tx.append(self.entry_by("system", GIVEN_UP, format!("proof/{}", failed.number))?).await?;
        tx.put_proof_tree(&ProofTreeRow { given_up: true, standing: None, ..failed }).await?;
        Ok(tx.commit().await?)
    }
}
