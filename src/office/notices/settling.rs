//! What signatures and timestamps need once the authorities over them have ended, or their algorithms are given up: statements on
//! revocation from after the timestamp that proves them, and what stands below them (EN 319 102-1, 5.6.2.2). No such statement is
//! there when that timestamp is made; so it is added when lists have come that are younger, and proven by the next renewal.

use super::proof::{NoticeProof, NoticeProofRun, Settling};
use super::upgrade::{long_term, reached};
use super::{Notice, NoticeError, Upgraded};
use crate::digest::{DigestAlgorithm, Sha256Hex};
use crate::fault::Fault;
use crate::office::ports::{NoticeFile, StoreError};
use crate::office::{Office, OfficeError};
use crate::pades::{Extension, Level, PadesError, extend};
use crate::pdf::{Limits, Pdf};
use crate::time::Instant;
use crate::validate::{Report, ValidateError};
use jiff::SignedDuration;

/// Notices looked at in one step.
const LOOKED_AT: u32 = 100;

/// The code of what is waited for.
const NOT_YET: &str = "pades-revocation-older";

/// What an attempt came to.
struct Attempt {
    /// The longer file, with what validation says of it; none where it would not help.
    made: Option<(Vec<u8>, Report)>,
    /// Whether everything is there.
    is_complete: bool,
}

impl Office {
    /// Adds to files what their earlier timestamps lack and what is there by now.
    pub(super) async fn settle_proofs(&self, by: &Sha256Hex, run: &mut NoticeProofRun) -> Result<(), OfficeError> {
        let waiting = self.read().await?.notices_to_settle(self.now(), LOOKED_AT).await?;
        run.has_more |= waiting.len() == LOOKED_AT as usize;
        for notice in waiting {
            let outcome = match self.attempt(&notice).await {
                Ok(attempt) => self.settled(&notice, attempt, by, run).await,
                Err(OfficeError::Store(error)) => return Err(error.into()),
                Err(error) => self.settle_later(&notice, error.code()).await,
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
            return Ok(Attempt { made: None, is_complete: true });
        };
        if notice.current_sha256() != Some(&Sha256Hex::of(&before)) {
            return Err(NoticeError::HashDiffers.into());
        }
        let office = self.clone();
        self.busy(move || office.younger(&before)).await?
    }

    /// Makes the file with the newest statements of all paths, where more of these then outlive their authorities.
    fn younger(&self, before: &[u8]) -> Result<Attempt, OfficeError> {
        let (judge, at) = (self.judge(), self.now());
        let count = |bytes: &[u8]| judge.outliving(bytes, at).map_err(|ValidateError::Pdf(error)| error);
        let known = count(before)?;
        if known.outliving == known.paths {
            return Ok(Attempt { made: None, is_complete: true });
        }
        let nothing = Attempt { made: None, is_complete: false };
        let pdf = Pdf::read(before, &Limits::default())?;
        let long_term = Some(long_term(&judge, at));
        let extension = Extension { timestamps: None, long_term, digest: DigestAlgorithm::Sha256, at };
        let after = match extend(&pdf, Level::BLt, &extension, &*self.entropy) {
            Ok(made) => made.to_vec()?,
            Err(PadesError::AtLevel(_)) => return Ok(nothing),
            Err(error) => return Err(error.into()),
        };
        let found = count(&after)?;
        if found.outliving <= known.outliving {
            return Ok(nothing);
        }
        if !after.starts_with(before) {
            return Err(NoticeError::SealNotValid("FORMAT_FAILURE".to_owned()).into());
        }
        let report = judge.validate(after.as_slice(), at).map_err(|ValidateError::Pdf(error)| error)?;
        reached(&report, Level::BLta)?;
        Ok(Attempt { made: Some((after, report)), is_complete: found.outliving == found.paths })
    }

    async fn settled(
        &self,
        seen: &Notice,
        attempt: Attempt,
        by: &Sha256Hex,
        run: &mut NoticeProofRun,
    ) -> Result<(), OfficeError> {
        let Some((after, report)) = attempt.made else {
            return match attempt.is_complete {
                true => self.write_proof(seen, None, |now| settle_to(now, None)).await,
                false => self.settle_later(seen, NOT_YET).await,
            };
        };
        let next = (!attempt.is_complete).then(|| self.next_look(seen, NOT_YET));
        let upgraded = Upgraded { at: self.now(), level: "b-lta".to_owned(), sha256: Sha256Hex::of(&after) };
        let proof = NoticeProof { settling: next, ..NoticeProof::of(&report, by.clone(), Some(seen)) };
        let is_due = proof.lasts.as_ref().is_some_and(|lasts| lasts.until <= self.renewal_horizon());
        let change = |now: &mut Notice| {
            // What it waited for is there: nothing ends soon any more.
            now.upgrade = now.upgrade.take().filter(|_| is_due);
            now.upgrades.push(upgraded);
            now.proof = Some(proof);
        };
        let mut tx = self.begin().await?;
        tx.grow_sealed_file(seen.id, &after).await?;
        self.write_proof_in(tx, seen, Some("notice.proof-completed"), change).await?;
        run.settled.push(seen.id);
        Ok(())
    }

    async fn settle_later(&self, seen: &Notice, code: &str) -> Result<(), OfficeError> {
        let next = self.next_look(seen, code);
        self.write_proof(seen, None, |now| settle_to(now, Some(next))).await
    }

    /// Says when to look again: the more seldom the longer it takes.
    fn next_look(&self, seen: &Notice, code: &str) -> Settling {
        let now = self.now();
        let since = seen.upgrades.last().map_or(now, |upgraded| upgraded.at);
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        let pause = (now.duration_since(since) / 2).clamp(days(1), days(90));
        Settling { next: now.checked_add(pause).unwrap_or(Instant::MAX), code: Some(code.to_owned()) }
    }
}

fn settle_to(notice: &mut Notice, settling: Option<Settling>) {
    if let Some(proof) = notice.proof.as_mut() {
        proof.settling = settling;
    }
}
