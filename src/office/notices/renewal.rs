//! Proofs are renewed long before they end (N6): each is judged by our own validation, put on the queue of levels still to be
//! reached when its end comes near, and named as lost where that did not help.
//!
//! A step does a bounded part, so that a new policy over many thousand notices holds nobody up; the next one goes on. Whatever
//! cannot be told keeps a proof renewed.

use super::proof::{NoticeAlarm, NoticeProof, NoticeProofRun, NoticeProofState, beliefs};
use super::{Notice, NoticeError, PendingUpgrade};
use crate::digest::Sha256Hex;
use crate::fault::Fault;
use crate::office::ports::{NoticeFile, StoreError, Transaction};
use crate::office::records::kept::Keeping;
use crate::office::{Office, OfficeError};
use crate::time::{Instant, japanese_date};
use crate::validate::{Lasting, ValidateError};
use jiff::ToSpan;

/// Proofs judged in one step.
const JUDGED: usize = 200;
/// Notices put on the queue in one step.
const QUEUED: usize = 200;
/// Rows read at a time.
const PAGE: u32 = 100;

impl Office {
    /// Judges the proofs that were not judged by the present policy and anchors, or not in this quarter, and puts the notices on the queue whose proofs
    /// end within the city's time for renewal and that it still has to keep. Done again it does nothing more.
    ///
    /// # Errors
    /// Of the database alone: what is wrong with a notice stays with the notice.
    pub async fn renew_notices_due(&self) -> Result<NoticeProofRun, OfficeError> {
        let (by, mut run) = (beliefs(&self.judge(), self.now()), NoticeProofRun::default());
        self.judge_proofs(&by, &mut run).await?;
        self.settle_proofs(&by, &mut run).await?;
        self.queue_renewals(&by, &mut run).await?;
        Ok(run)
    }

    async fn judge_proofs(&self, by: &Sha256Hex, run: &mut NoticeProofRun) -> Result<(), OfficeError> {
        let mut after = 0;
        loop {
            let page = self.read().await?.notices_to_judge(by, after, PAGE).await?;
            let is_last = page.len() < PAGE as usize;
            for (place, notice) in page {
                if run.judged.len() >= JUDGED {
                    run.has_more = true;
                    return Ok(());
                }
                after = place;
                self.judge_proof(&notice, by, run).await?;
            }
            if is_last {
                return Ok(());
            }
        }
    }

    async fn queue_renewals(&self, by: &Sha256Hex, run: &mut NoticeProofRun) -> Result<(), OfficeError> {
        let now = self.now();
        // Instants know no days of their own.
        let hours = i64::from(self.settings.proofs.renew_days).saturating_mul(24);
        let before = now.checked_add(hours.hours()).unwrap_or(Instant::MAX);
        let keeping = Keeping::read(&mut *self.read().await?, self.today()).await?;
        let mut after = None;
        loop {
            let page = self.read().await?.notices_ending(before, after, PAGE).await?;
            let is_last = page.len() < PAGE as usize;
            for (place, notice) in page {
                if run.queued.len() >= QUEUED || run.judged.len() >= 2 * JUDGED {
                    run.has_more = true;
                    return Ok(());
                }
                after = Some(place);
                let Some(proof) = &notice.proof else { continue };
                let ends = proof.lasts.as_ref().filter(|_| proof.state() == NoticeProofState::Holds);
                match ends {
                    Some(lasting) if lasting.until >= now => self.queue(&notice, lasting, &keeping, by, run).await?,
                    // It has ended, or could not be told; what is lost stays so until something is believed anew.
                    _ if proof.state() != NoticeProofState::Lost => self.judge_proof(&notice, by, run).await?,
                    _ => {}
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// Judges a proof, and writes down what came of it.
    async fn judge_proof(&self, notice: &Notice, by: &Sha256Hex, run: &mut NoticeProofRun) -> Result<(), OfficeError> {
        let proof = self.proof_of(notice, by).await?;
        if notice.proof.as_ref().is_some_and(|was| was.says_the_same(&proof)) {
            run.judged.push(notice.id);
            return Ok(());
        }
        let (was, is) = (notice.proof.as_ref().map(NoticeProof::state), proof.state());
        let verb = match (was, is) {
            _ if proof.is_over => None,
            (Some(NoticeProofState::Lost), NoticeProofState::Holds) => Some("notice.proof-found"),
            (Some(NoticeProofState::Lost), NoticeProofState::Lost) => None,
            (_, NoticeProofState::Lost) => Some("notice.proof-lost"),
            _ => None,
        };
        let is_lost = is == NoticeProofState::Lost && !proof.is_over;
        let written = self.write_proof(notice, verb, |now| {
            now.proof = Some(proof);
            // What no longer passes cannot be renewed; why it was not is kept with the proof.
            if is_lost {
                now.upgrade = None;
            }
        });
        match written.await {
            Ok(()) => {
                run.judged.push(notice.id);
                run.lost.extend(verb.filter(|_| is_lost).map(|_| notice.id));
                Ok(())
            }
            // It was upgraded or judged meanwhile.
            Err(OfficeError::ChangedMeanwhile | OfficeError::Store(StoreError::Conflict)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn proof_of(&self, notice: &Notice, by: &Sha256Hex) -> Result<NoticeProof, OfficeError> {
        let (judge, now, by) = (self.judge(), self.now(), by.clone());
        let Some(bytes) = self.read().await?.notice_file(notice.id, NoticeFile::Sealed).await? else {
            return Ok(NoticeProof::over(now, by));
        };
        if notice.current_sha256() != Some(&Sha256Hex::of(&bytes)) {
            return Ok(NoticeProof::broken(now, by, NoticeError::HashDiffers.code(), notice));
        }
        Ok(match self.busy(move || judge.validate(bytes, now)).await? {
            Ok(report) => NoticeProof::of(&report, by, Some(notice)),
            Err(ValidateError::Pdf(error)) => NoticeProof::broken(now, by, error.code(), notice),
        })
    }

    /// Puts a notice on the queue, where it does not stand there already and has to be kept beyond the end of its proof.
    async fn queue(
        &self,
        notice: &Notice,
        lasting: &Lasting,
        keeping: &Keeping,
        by: &Sha256Hex,
        run: &mut NoticeProofRun,
    ) -> Result<(), OfficeError> {
        if notice.upgrade.is_some() {
            return self.alarm(notice, lasting, run).await;
        }
        let (mut tx, end) = (self.read().await?, japanese_date(lasting.until));
        if !tx.has_notice_file(notice.id, NoticeFile::Sealed).await? {
            drop(tx);
            return self.judge_proof(notice, by, run).await;
        }
        if !keeping.is_kept_from(&mut *tx, notice.id, end).await? {
            return Ok(());
        }
        drop(tx);
        let pending = PendingUpgrade { level: "b-lta".to_owned(), due: lasting.until, waiting: None };
        match self.write_proof(notice, Some("notice.renewal-due"), |now| now.upgrade = Some(pending)).await {
            Ok(()) => run.queued.push(notice.id),
            Err(OfficeError::ChangedMeanwhile | OfficeError::Store(StoreError::Conflict)) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Tells of a notice that waits to be renewed once at each of the city's distances from the end of its proof.
    async fn alarm(&self, notice: &Notice, lasting: &Lasting, run: &mut NoticeProofRun) -> Result<(), OfficeError> {
        let left = lasting.until.duration_since(self.now());
        let Some(days) = self.settings.proofs.nearest_alarm(left) else { return Ok(()) };
        if notice.proof.as_ref().is_none_or(|proof| proof.alarmed.contains(&days)) {
            return Ok(());
        }
        let alarmed = |now: &mut Notice| {
            if let Some(proof) = now.proof.as_mut() {
                proof.alarmed.push(days);
            }
        };
        let waiting = notice.upgrade.as_ref().and_then(|upgrade| upgrade.waiting.as_ref());
        let waiting = waiting.map(|waiting| waiting.code.clone());
        match self.write_proof(notice, Some("notice.proof-alarm"), alarmed).await {
            Ok(()) => run.alarms.push(NoticeAlarm { id: notice.id, days, lasts: lasting.clone(), waiting }),
            // It was renewed or judged meanwhile.
            Err(OfficeError::ChangedMeanwhile | OfficeError::Store(StoreError::Conflict)) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Writes a change of a proof over the notice as it stands now, with its entry where something is told.
    pub(super) async fn write_proof(
        &self,
        seen: &Notice,
        verb: Option<&str>,
        change: impl FnOnce(&mut Notice),
    ) -> Result<(), OfficeError> {
        let tx = self.begin().await?;
        self.write_proof_in(tx, seen, verb, change).await
    }

    /// The same at the end of a unit of work.
    pub(super) async fn write_proof_in(
        &self,
        mut tx: Box<dyn Transaction>,
        seen: &Notice,
        verb: Option<&str>,
        change: impl FnOnce(&mut Notice),
    ) -> Result<(), OfficeError> {
        let mut notice = tx.notice(seen.id).await?.ok_or(NoticeError::NoSuchNotice(seen.id))?;
        if notice.upgrade != seen.upgrade || notice.upgrades != seen.upgrades || notice.proof != seen.proof {
            return Err(OfficeError::ChangedMeanwhile);
        }
        change(&mut notice);
        match verb {
            None => notice.row_version += 1,
            Some(verb) => {
                notice.record(self.now(), verb, None, "");
                let mut entry = self.entry_by("system", verb, notice.id)?;
                if let Some(sha256) = notice.current_sha256() {
                    entry = entry.with("sha256", sha256)?;
                }
                if let Some(until) = notice.proof_mark().and_then(|mark| mark.until) {
                    entry = entry.with("until", until)?;
                }
                tx.append(entry).await?;
            }
        }
        tx.update_notice(&notice).await?;
        Ok(tx.commit().await?)
    }
}
