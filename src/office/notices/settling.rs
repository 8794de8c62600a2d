//! What earlier timestamps need once their authorities have ended, or their algorithms are given up: statements on revocation from
//! after the timestamp that proves them (EN 319 102-1, 5.6.2.2). No such statement is there when that timestamp is made; so it is
//! added when lists have come that are younger, and proven by the next renewal.

use super::proof::{NoticeProof, ProofRun, Settling};
use super::upgrade::{long_term, reached};
use super::{Notice, NoticeError, Upgraded};
use crate::digest::Sha256Hex;
use crate::fault::Fault;
use crate::office::ports::{NoticeFile, StoreError};
use crate::office::{Office, OfficeError};
use crate::pades::{Level, PadesError, settle};
use crate::pdf::{Limits, Pdf};
use crate::time::Instant;
use crate::validate::{Report, ValidateError};
use jiff::SignedDuration;

/// Notices looked at in one step.
const LOOKED_AT: u32 = 100;

/// What an attempt came to.
struct Attempt {
    /// The longer file, with what validation says of it; none where nothing was added.
    made: Option<(Vec<u8>, Report)>,
    /// What is not there yet.
    lacking: Option<PadesError>,
}

impl Office {
    /// Adds to files what their earlier timestamps lack and what is there by now.
    pub(super) async fn settle_proofs(&self, by: &Sha256Hex, run: &mut ProofRun) -> Result<(), OfficeError> {
        let waiting = self.read().await?.notices_to_settle(self.now(), LOOKED_AT).await?;
        run.has_more |= waiting.len() == LOOKED_AT as usize;
        for notice in waiting {
            let outcome = match self.attempt(&notice).await {
                Ok(attempt) => self.settled(&notice, attempt, by, run).await,
                Err(OfficeError::Store(error)) => return Err(error.into()),
                Err(error) => self.settle_later(&notice, error.code(), None).await,
            };
            match outcome {
                // It was renewed or judged meanwhile.
                Ok(()) | Err(OfficeError::ChangedMeanwhile | OfficeError::Store(StoreError::Conflict)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn attempt(&self, notice: &Notice) -> Result<Attempt, OfficeError> {
        let Some(before) = self.read().await?.notice_file(notice.id, NoticeFile::Sealed).await? else {
            return Ok(Attempt { made: None, lacking: None });
        };
        if notice.current_sha256() != Some(&Sha256Hex::of(&before)) {
            return Err(NoticeError::HashDiffers.into());
        }
        let (judge, at) = (self.judge(), self.now());
        self.busy(move || {
            let pdf = Pdf::read(before.as_slice(), &Limits::default())?;
            let settled = settle(&pdf, &long_term(&judge, at))?;
            let Some(made) = settled.made else { return Ok(Attempt { made: None, lacking: settled.lacking }) };
            let after = made.to_vec()?;
            if !after.starts_with(&before) {
                return Err(NoticeError::SealNotValid("FORMAT_FAILURE".to_owned()).into());
            }
            let report = judge.validate(after.as_slice(), at).map_err(|ValidateError::Pdf(error)| error)?;
            reached(&report, Level::BLta)?;
            Ok(Attempt { made: Some((after, report)), lacking: settled.lacking })
        })
        .await?
    }

    async fn settled(
        &self,
        seen: &Notice,
        attempt: Attempt,
        by: &Sha256Hex,
        run: &mut ProofRun,
    ) -> Result<(), OfficeError> {
        let next_update = match &attempt.lacking {
            Some(PadesError::RevocationOlder { next_update, .. }) => *next_update,
            _ => None,
        };
        let code = attempt.lacking.as_ref().map(|error| error.code());
        let Some((after, report)) = attempt.made else {
            return match code {
                Some(code) => self.settle_later(seen, code, next_update).await,
                None => self.write_proof(seen, None, |now| settle_to(now, None)).await,
            };
        };
        let next = code.map(|code| self.next_look(seen, code, next_update));
        let upgraded = Upgraded { at: self.now(), level: "b-lta".to_owned(), sha256: Sha256Hex::of(&after) };
        let proof = NoticeProof { settling: next, ..NoticeProof::of(&report, by.clone(), Some(seen)) };
        let change = |now: &mut Notice| {
            now.upgrades.push(upgraded);
            now.proof = Some(proof);
        };
        let mut tx = self.begin().await?;
        tx.grow_sealed_file(seen.id, &after).await?;
        self.write_proof_in(tx, seen, Some("notice.proof-completed"), change).await?;
        run.settled.push(seen.id);
        Ok(())
    }

    async fn settle_later(&self, seen: &Notice, code: &str, next_update: Option<Instant>) -> Result<(), OfficeError> {
        let next = self.next_look(seen, code, next_update);
        self.write_proof(seen, None, |now| settle_to(now, Some(next))).await
    }

    /// Says when to look again: when the next list is announced, and the more seldom the longer it takes.
    fn next_look(&self, seen: &Notice, code: &str, next_update: Option<Instant>) -> Settling {
        let now = self.now();
        let since = seen.upgrades.last().map_or(now, |upgraded| upgraded.at);
        let hours = |hours| SignedDuration::from_hours(hours);
        let pause = (now.duration_since(since) / 4).clamp(hours(6), hours(90 * 24));
        let earliest = now.checked_add(pause).unwrap_or(Instant::MAX);
        let next = next_update.map_or(earliest, |announced| announced.max(earliest));
        Settling { next, code: Some(code.to_owned()) }
    }
}

fn settle_to(notice: &mut Notice, settling: Option<Settling>) {
    if let Some(proof) = notice.proof.as_mut() {
        proof.settling = settling;
    }
}
