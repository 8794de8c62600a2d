//! How the timestamps stand that proofs rest on: judged every day, with the day on which each ends unless it is renewed.

use super::lineage::Lineage;
use super::tree::{Covered, ProofTree};
use super::{ProofAlarm, ProofError, ProofRun};
use crate::asn1::CertificateList;
use crate::digest::Sha256Hex;
use crate::evidence::{EvidenceRecord, HashTreeBuilder, Leaf, StampedTree};
use crate::fault::Fault;
use crate::office::ports::{EarlierTrouble, ProofKind, ProofStanding, ProofTreeRow};
use crate::office::{Judge, Office, OfficeError};
use crate::time::{Instant, japanese_date};
use crate::tsp::TimestampToken;
use crate::validate::{EvidenceReport, have_spoken_since};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;

/// The share of a list's term before whose end the next one is missed, and the shortest time: it is looked at once a day.
const LIST_SHARE: i32 = 10;
const LIST_LEAST: SignedDuration = SignedDuration::from_hours(26);

/// A timestamp that a proof rests on: with the record of its root alone, which no leaf is needed for, or with one of those below it.
pub(super) struct Judged {
    pub lineage: Lineage,
    pub report: EvidenceReport,
}

impl Judged {
    /// Judges the timestamp of a tree alone at an instant.
    pub fn of(token: &[u8], judge: &Judge, at: Instant) -> Result<Self, ProofError> {
        Ok(Lineage::of_root(token)?.judged(judge, at))
    }

    /// Tells whether it passes.
    pub fn passes(&self) -> bool {
        self.report.sub_indication.is_none()
    }

    /// Tells whether what ends first, before the newest timestamp does, has lists from after an instant: a further timestamp over these
    /// takes it on. Nothing ends before: nothing is waited for.
    pub fn is_ripe(&self, judge: &Judge, made_at: Instant) -> bool {
        let weakest = self.report.weakest();
        let beside = self.lineage.record.last().and_then(|last| TimestampToken::parse(&last.timestamp).ok());
        let beside = beside.map(|token| token.signed_data.crls.clone()).unwrap_or_default();
        let paths = weakest.iter().filter_map(|one| one.token.path.as_ref());
        let lists = [judge.crls.as_slice(), &beside].concat();
        weakest.is_empty() || have_spoken_since(paths, &self.report.objects, &lists, (made_at, self.report.at))
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
            outlives: before.is_some_and(|before| before.outlives),
            earlier: before.map(|before| before.earlier.clone()).unwrap_or_default(),
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

    /// Tells whether the proof of a night does not pass though the newest timestamp does.
    pub(super) fn has_lost(&self, night: u64) -> bool {
        self.earlier.iter().any(|trouble| trouble.nights.contains(&night))
    }

    /// Takes up how what stands below it stands: whichever of these ends first ends it, and those that do not pass are named.
    pub(super) fn below(&mut self, below: &[Judged]) {
        if self.failing.is_some() {
            return;
        }
        let ends = below.iter().filter(|one| one.passes()).filter_map(|one| one.report.lasts.clone());
        self.lasts = ends.chain(self.lasts.take()).min_by_key(|lasts| lasts.until);
        let (before, at) = (std::mem::take(&mut self.earlier), self.judged_at);
        let trouble = |one: &Judged| {
            let why = one.report.sub_indication?.name().to_owned();
            let nights = one.lineage.nights.clone();
            let known = before.iter().find(|known| known.nights.iter().any(|night| nights.contains(night)));
            Some(EarlierTrouble { since: known.map_or(at, |known| known.since), nights, why })
        };
        self.earlier = below.iter().filter_map(trouble).collect();
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
    /// Judges anew what was not judged today, and what does not pass; says what has come to be an alarm. A tree whose file cannot be
    /// read is told, and judged by its row alone.
    pub(super) async fn judge_standing(&self, anew: bool, run: &mut ProofRun) -> Result<(), OfficeError> {
        let today = self.today();
        for row in self.read().await?.standing_proof_trees().await? {
            let Some(before) = &row.standing else { continue };
            if !anew && before.failing.is_none() && japanese_date(before.judged_at) == today {
                continue;
            }
            let below = match self.below(&row, &before.token(row.number)?).await {
                Ok(below) => below,
                Err(error @ (OfficeError::Vault(_) | OfficeError::Proof(_))) => {
                    run.damaged.push((row.number, error.code()));
                    Vec::new()
                }
                Err(error) => return Err(error),
            };
            let mut standing = self.standing_of(&row, before, below).await?;
            let alarm = self.alarm_of(&row, before, &mut standing);
            let mut tx = self.begin().await?;
            if let Some(alarm) = &alarm {
                let entry = self.entry_by("system", "proof.alarm", format!("proof/{}", row.number))?;
                tx.append(match alarm.days {
                    Some(days) => entry.with_number("days", days.into())?,
                    None => entry.with("failing", alarm.failing.as_deref().unwrap_or("unknown"))?,
                })
                .await?;
            }
            let fails_for_long = standing.failing_since.is_some_and(|since| japanese_date(since) < today);
            let row = ProofTreeRow { standing: Some(standing), ..row };
            tx.put_proof_tree(&row).await?;
            tx.commit().await?;
            run.alarms.extend(alarm);
            if fails_for_long && row.kind != ProofKind::Night {
                self.fall_back(row).await?;
            }
        }
        Ok(())
    }

    /// Returns the lineages below the timestamp of a tree that renewed others; of a night there is nothing below it.
    pub(super) async fn below(&self, row: &ProofTreeRow, token: &[u8]) -> Result<Vec<Lineage>, OfficeError> {
        match row.kind {
            ProofKind::Night => Ok(Vec::new()),
            ProofKind::Timestamps | ProofKind::Data => self.lineages(row, token).await,
        }
    }

    /// Judges a tree by its timestamp and by what stands below it, and puts beside the timestamp what has come for that.
    async fn standing_of(
        &self,
        row: &ProofTreeRow,
        before: &ProofStanding,
        below: Vec<Lineage>,
    ) -> Result<ProofStanding, OfficeError> {
        let (judge, now, token) = (self.judge(), self.now(), before.token(row.number)?);
        let (before, made_at) = (before.clone(), row.made_at);
        self.busy(move || {
            let mut standing = Judged::of(&token, &judge, now)?.standing(&token, &judge, Some(&before));
            let below: Vec<Judged> = below.into_iter().map(|one| one.judged(&judge, now)).collect();
            if !below.is_empty() {
                standing.below(&below);
                standing.settle(&below, &judge, (made_at, now))?;
            }
            Ok(standing)
        })
        .await?
    }

    /// Finds whether a tree has come nearer to its end than a distance at which that is an alarm, or has begun not to pass.
    fn alarm_of(&self, row: &ProofTreeRow, before: &ProofStanding, now: &mut ProofStanding) -> Option<ProofAlarm> {
        let is_new = |one: &&EarlierTrouble| !one.nights.iter().any(|night| before.has_lost(*night));
        let earlier = now.earlier.iter().find(is_new).map(|trouble| trouble.why.clone());
        let failing = now.failing.clone().or_else(|| earlier.clone());
        let alarm =
            |days| Some(ProofAlarm { tree: row.number, days, lasts: now.lasts.clone(), failing: failing.clone() });
        if now.failing.is_some() {
            return if before.failing.is_none() { alarm(None) } else { None };
        }
        if earlier.is_some() {
            return alarm(None);
        }
        let left = now.lasts.as_ref()?.until.duration_since(now.judged_at);
        let nearest = self.settings.proofs.nearest_alarm(left)?;
        if now.alarmed.contains(&nearest) {
            return None;
        }
        let alarm = alarm(Some(nearest));
        now.alarmed.push(nearest);
        alarm
    }
}
