//! Settling: what says of a renewed timestamp that its authority was not revoked must be younger than the timestamp that renewed it,
//! or nobody can rely on it once that authority's CA has ended (EN 319 102-1, 5.6.2.2). So younger lists are put beside the newer
//! timestamp as soon as they are there, and proven by whatever renews that.

use super::ProofError;
use super::standing::Judged;
use super::tree::{Covered, ProofTree, Renewed};
use crate::asn1::CertificateList;
use crate::cms::{ValidationData, add_validation_data};
use crate::office::ports::{ProofStanding, ProofTreeRow};
use crate::office::{Judge, Office, OfficeError};
use crate::time::Instant;
use crate::tsp::TimestampToken;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashSet;

impl Office {
    /// Puts beside the timestamp of a tree what vouches for those that it renewed, once lists from after it say so.
    pub(super) async fn settle_proof(&self, row: ProofTreeRow) -> Result<(), OfficeError> {
        let Some(standing) = row.standing.clone().filter(|one| !one.settled && one.failing.is_none()) else {
            return Ok(());
        };
        let (shelf, judge, now, of) = (self.proof_shelf()?, self.judge(), self.now(), row.clone());
        let token = standing.token(row.number)?;
        let work = self.busy(move || {
            let tree = ProofTree::parse(&shelf.get(of.number, Some(&of.sha256))?)?;
            let Some(data) = vouching(&tree, &judge, of.made_at, now)? else { return Ok(None) };
            Ok::<_, OfficeError>(Some(
                add_validation_data(&token, &data).map_err(|error| ProofError::Evidence(error.into()))?,
            ))
        });
        let Some(token) = work.await?? else { return Ok(()) };
        let standing = ProofStanding { token: STANDARD.encode(&token), settled: true, ..standing };
        let mut tx = self.begin().await?;
        tx.put_proof_tree(&ProofTreeRow { standing: Some(standing), ..row }).await?;
        Ok(tx.commit().await?)
    }
}

/// Gathers what vouches for the timestamps that a tree renewed, an authority once; none before all of it is younger than the tree. An
/// authority that does not pass any more has what stood beside its timestamp.
fn vouching(
    tree: &ProofTree,
    judge: &Judge,
    made_at: Instant,
    now: Instant,
) -> Result<Option<ValidationData>, ProofError> {
    let renewed: Vec<&Renewed> = match &tree.covered {
        Covered::Night { .. } => Vec::new(),
        Covered::Timestamps(trees) => trees.iter().collect(),
        Covered::Data(all) => all.iter().map(|one| &one.renewed).collect(),
    };
    let (mut all, mut seen) = (ValidationData::default(), HashSet::new());
    for one in renewed {
        let token = TimestampToken::parse(&one.token)?;
        let signer = token.signer_certificate(&judge.intermediates).map(|signer| *signer.sha256());
        if !seen.insert(signer) {
            continue;
        }
        let Some(data) = Judged::of(&one.token, judge, now)?.report.validation_data(&judge.crls) else { continue };
        if data.crls.iter().any(|list: &CertificateList| list.this_update() <= made_at) {
            return Ok(None);
        }
        all.certificates.extend(data.certificates);
        all.crls.extend(data.crls);
        all.ocsps.extend(data.ocsps);
    }
    Ok(Some(all))
}
