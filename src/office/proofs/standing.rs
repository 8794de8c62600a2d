//! How the timestamps stand that proofs rest on: judged every day, with the day on which each ends unless it is renewed.

use super::tree::{Covered, ProofTree};
use super::{ProofAlarm, ProofError};
use crate::asn1::CertificateList;
use crate::digest::Sha256Hex;
use crate::evidence::{DataObject, EvidenceRecord, HashTreeBuilder, Leaf, StampedTree};
use crate::office::ports::{ProofKind, ProofStanding, ProofTreeRow};
use crate::office::{Judge, Office, OfficeError};
use crate::time::{Instant, japanese_date};
use crate::tsp::TimestampToken;
use crate::validate::EvidenceReport;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;

/// The share of a list's term before whose end the next one is missed, and the shortest time: it is looked at once a day.
const LIST_SHARE: i32 = 10;
const LIST_LEAST: SignedDuration = SignedDuration::from_hours(26);

/// A timestamp that a proof rests on, with the record of its root alone, which no leaf is needed for.
pub(super) struct Judged {
    pub record: EvidenceRecord,
    pub report: EvidenceReport,
}

impl Judged {
    /// Judges the timestamp of a tree at an instant.
    pub fn of(token: &[u8], judge: &Judge, at: Instant) -> Result<Self, ProofError> {
        let token = TimestampToken::parse(token)?;
        let record = record_of_root(&token)?;
        let report = judge.validate_evidence(&record, &[DataObject::of(vec![token.imprint.clone()])], at);
        Ok(Self { record, report })
    }

    /// Returns the timestamp with what its validation rests on beside it; none where it does not pass.
    pub fn completed(&self, judge: &Judge) -> Result<Option<Vec<u8>>, ProofError> {
        let Some(data) = self.report.validation_data(&judge.crls) else { return Ok(None) };
        let completed = self.record.with_validation_data(&data)?;
        Ok(completed.last().map(|last| last.timestamp.clone()))
    }

    /// Lists the revocation lists that it rests on.
    fn lists(&self, judge: &Judge) -> Vec<CertificateList> {
        self.report.validation_data(&judge.crls).map_or_else(Vec::new, |data| data.crls)
    }

    /// Says how it stands.
    pub fn standing(&self, token: &[u8], judge: &Judge, before: Option<&ProofStanding>) -> ProofStanding {
        let at = self.report.at;
        let failing = self.report.sub_indication.map(|sub| sub.name().to_owned());
        let since = before.and_then(|before| before.failing_since).or(Some(at)).filter(|_| failing.is_some());
        let (lasts, lists) = (self.report.lasts.clone(), self.lists(judge));
        let term = |list: &CertificateList| Some((list.this_update(), list.next_update()?));
        ProofStanding {
            token: STANDARD.encode(token),
            judged_at: at,
            failing_since: since,
            // What fails keeps the end that was known of it.
            lasts: if failing.is_some() { before.and_then(|before| before.lasts.clone()) } else { lasts },
            failing,
            lists: lists.iter().map(|list| Sha256Hex::from_bytes(list.sha256())).collect(),
            lists_term: lists.iter().filter_map(term).min_by_key(|(_, next)| *next),
            waiting: before.and_then(|before| before.waiting.clone()),
            alarmed: before.map(|before| before.alarmed.clone()).unwrap_or_default(),
        }
    }
}

/// Makes the record of the root of a tree alone: all that the word of its timestamp is judged by, and renewed.
pub(super) fn record_of_root(token: &TimestampToken) -> Result<EvidenceRecord, ProofError> {
    let leaf = Leaf::of(&token.imprint);
    let mut builder = HashTreeBuilder::new(token.imprint.algorithm);
    builder.push(&leaf)?;
    Ok(StampedTree::new(builder.finish()?, token)?.record(0, &leaf)?)
}

impl ProofStanding {
    /// Returns the timestamp.
    pub(super) fn token(&self, number: u64) -> Result<Vec<u8>, ProofError> {
        STANDARD.decode(&self.token).map_err(|_| ProofError::damaged(number, "its row has no timestamp"))
    }

    /// Tells whether a list that it rests on comes to its end and was not followed by another: its CA may be gone.
    pub(super) fn is_left_by_its_lists(&self, now: Instant) -> bool {
        self.failing.is_none()
            && self.lists_term.is_some_and(|(this, next)| {
                let short = next.duration_since(this) / LIST_SHARE;
                next.duration_since(now) <= short.max(LIST_LEAST)
            })
    }

    /// Tells whether it passes, and ends before an instant.
    pub(super) fn ends_before(&self, instant: Instant) -> bool {
        self.failing.is_none() && self.lasts.as_ref().is_some_and(|lasts| lasts.until <= instant)
    }
}

impl ProofTreeRow {
    /// Makes the row of a tree that was just stamped, or found again.
    pub(super) fn of(tree: &ProofTree, file: &[u8], judge: &Judge, now: Instant) -> Result<Self, ProofError> {
        let token = TimestampToken::parse(&tree.token)?;
        let subject = token.signer_certificate(&judge.intermediates).map(|signer| signer.subject());
        let (entries, packages) = match &tree.covered {
            Covered::Night { first, last, records } => (Some((*first, *last)), records.len() as u64),
            _ => (None, 0),
        };
        let standing = Judged::of(&tree.token, judge, now)?.standing(&tree.token, judge, None);
        Ok(Self {
            number: tree.number,
            kind: tree.covered.kind(),
            algorithm: tree.algorithm,
            made_at: token.gen_time,
            authority: subject.unwrap_or_default(),
            leaves: tree.covered.leaves(),
            entries,
            packages,
            renews: tree.covered.renews(),
            sha256: Sha256Hex::of(file),
            given_up: false,
            standing: Some(standing),
        })
    }

    /// Tells whether it is a night of the ledger as it is.
    pub(super) fn is_night(&self) -> bool {
        self.kind == ProofKind::Night && self.entries.is_some()
    }
}

impl Office {
    /// Judges anew what was not judged today, and what does not pass; returns what has come to be an alarm.
    pub(super) async fn judge_standing(&self, anew: bool) -> Result<Vec<ProofAlarm>, OfficeError> {
        let (now, today) = (self.now(), self.today());
        let mut alarms = Vec::new();
        for row in self.read().await?.standing_proof_trees().await? {
            let Some(before) = &row.standing else { continue };
            if !anew && before.failing.is_none() && japanese_date(before.judged_at) == today {
                continue;
            }
            let (judge, token) = (self.judge(), before.token(row.number)?);
            let again = before.clone();
            let judged = self.busy(move || {
                let judged = Judged::of(&token, &judge, now)?;
                Ok::<_, ProofError>(judged.standing(&token, &judge, Some(&again)))
            });
            let mut standing = judged.await??;
            let alarm = self.alarm_of(&row, before, &mut standing);
            let mut tx = self.begin().await?;
            if let Some(alarm) = &alarm {
                let entry = self.entry_by("system", "proof.alarm", format!("proof/{}", row.number))?;
                tx.append(match alarm.days {
                    Some(days) => entry.with_number("days", days.into())?,
                    None => entry.with("failing", standing.failing.as_deref().unwrap_or("unknown"))?,
                })
                .await?;
            }
            let fails_for_long = standing.failing_since.is_some_and(|since| japanese_date(since) < today);
            let row = ProofTreeRow { standing: Some(standing), ..row };
            tx.put_proof_tree(&row).await?;
            tx.commit().await?;
            alarms.extend(alarm);
            if fails_for_long && row.kind != ProofKind::Night {
                self.fall_back(row).await?;
            }
        }
        Ok(alarms)
    }

    /// Finds whether a tree has come nearer to its end than a distance at which that is an alarm, or has begun not to pass.
    fn alarm_of(&self, row: &ProofTreeRow, before: &ProofStanding, now: &mut ProofStanding) -> Option<ProofAlarm> {
        let alarm =
            |days| Some(ProofAlarm { tree: row.number, days, lasts: now.lasts.clone(), failing: now.failing.clone() });
        if now.failing.is_some() {
            return if before.failing.is_none() { alarm(None) } else { None };
        }
        let left = now.lasts.as_ref()?.until.duration_since(now.judged_at);
        let reached = |days: &&u16| left <= SignedDuration::from_hours(24 * i64::from(**days));
        let nearest = self.settings.proofs.alarm_days.iter().filter(reached).min().copied()?;
        if now.alarmed.contains(&nearest) {
            return None;
        }
        let alarm = alarm(Some(nearest));
        now.alarmed.push(nearest);
        alarm
    }
}
