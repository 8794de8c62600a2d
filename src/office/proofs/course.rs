//! The course of a proof through coming decades: what the city's own schedule would do with it and when, judged by the engine at each step
//! as the day would judge it.

use super::lineage::Lineage;
use super::schedule::{Due, Schedule};
use super::settle::younger;
use super::standing::Judged;
use super::world::World;
use super::{Deed, Foreseen, ProofError, WhatIsDone};
use crate::digest::DigestAlgorithm;
use crate::evidence::{EvidenceRecord, HashTreeBuilder, StampedTree, TimestampRenewal, renewed_leaf};
use crate::fault::Fault;
use crate::office::Judge;
use crate::policy::SubIndication;
use crate::time::Instant;
use crate::tsp::TimestampToken;
use crate::validate::Lasting;
use jiff::SignedDuration;

/// The most steps of one course: a new list a week for decades is fewer.
const MOST_STEPS: usize = 4_000;
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// When in a day it is that nights come: at no time at which a list is published, or one of the same second would count as younger by luck.
const NIGHT: SignedDuration = SignedDuration::from_secs(7 * 3600 + 13 * 60 + 20);
/// How long it is looked whether younger lists have come, after a renewal and while one is due.
const WATCHED: SignedDuration = SignedDuration::from_hours(24 * 120);

/// What becomes of a proof.
pub(super) struct Walked {
    /// What is done, in order.
    pub deeds: Vec<Deed>,
    /// What would be lost; none where it passes to the end.
    pub loss: Option<Foreseen>,
}

/// A proof on its way.
struct Walk<'w> {
    world: &'w mut World,
    schedule: Schedule,
    record: EvidenceRecord,
    lineage: Lineage,
    made_at: Instant,
    at: Instant,
    deeds: Vec<Deed>,
    known: Option<Lasting>,
    /// An end that has come since the last renewal, and did not undo the proof at once: a list that is still fresh hides it for a time.
    passed: Option<Lasting>,
    hindered: Option<&'static str>,
}

/// Walks a proof from an instant to the last of some days, each of which it stops at.
pub(super) fn walk(
    world: &mut World,
    schedule: Schedule,
    lineage: Lineage,
    from: Instant,
    days: &[Instant],
) -> Result<Walked, ProofError> {
    let record = lineage.record.clone();
    let made_at = token_of(&record)?.gen_time;
    let (deeds, known, passed, hindered) = (Vec::new(), None, None, None);
    let mut walk = Walk { world, schedule, record, lineage, made_at, at: from, deeds, known, passed, hindered };
    let end = days.iter().copied().max().unwrap_or(from);
    for _ in 0..MOST_STEPS {
        match walk.step(days, end)? {
            Stepped::On => {}
            Stepped::Through => return Ok(Walked { deeds: walk.deeds, loss: None }),
            Stepped::Lost(loss) => return Ok(Walked { deeds: walk.deeds, loss: Some(loss) }),
        }
    }
    let why = "proof-rehearsal-endless".to_owned();
    let loss = Foreseen { at: walk.at, why, ended: walk.known, hindered: None };
    Ok(Walked { deeds: walk.deeds, loss: Some(loss) })
}

enum Stepped {
    On,
    Through,
    Lost(Foreseen),
}

impl Walk<'_> {
    /// Does what is due at an instant, and goes on to the next at which anything may have changed.
    fn step(&mut self, days: &[Instant], end: Instant) -> Result<Stepped, ProofError> {
        let judge = self.world.judge_at(self.at)?;
        let mut now = self.judged(&judge);
        if let Some(sub) = now.report.sub_indication {
            return Ok(Stepped::Lost(self.lost(sub)));
        }
        self.passed = self.known.take().filter(|lasts| lasts.until < self.at).or(self.passed.take());
        self.known = now.report.lasts.clone();
        let below = std::slice::from_ref(&now);
        let younger =
            if self.record.timestamps() > 1 { Some(younger(below, &judge, self.made_at, self.at)?) } else { None };
        let is_complete = younger.as_ref().is_none_or(|younger| younger.is_complete);
        if let Some(data) = younger.and_then(|younger| younger.data) {
            self.record = self.record.with_validation_data(&data)?;
            now = self.judged(&judge);
            self.known = now.report.lasts.clone();
            self.note(WhatIsDone::ListsAdded);
        }
        let itself = Judged::of(token_of(&self.record)?.der(), &judge, self.at)?;
        let due = self.schedule.due(&itself, std::slice::from_ref(&now), &judge, (self.made_at, self.at));
        if let Due::Until(until) = due {
            match self.renew(&now, &judge, until) {
                Ok(what) => {
                    (self.made_at, self.passed, self.hindered) = (self.at, None, None);
                    let judge = self.world.judge_at(self.at)?;
                    let now = self.judged(&judge);
                    self.known = now.report.lasts.clone();
                    self.note(what);
                }
                Err(error @ (ProofError::NoAlgorithm | ProofError::GainsNothing(_))) => self.hinder(error.code()),
                Err(error) => return Err(error),
            }
        } else if due == Due::Unripe {
            self.hinder(ProofError::ListsAwaited.code());
        } else if self.passed.is_none() {
            // What was waited for has come.
            self.hindered = None;
        }
        if self.at >= end {
            return Ok(Stepped::Through);
        }
        self.at = self.next(days, due != Due::Not || !is_complete).min(end);
        Ok(Stepped::On)
    }

    fn judged(&self, judge: &Judge) -> Judged {
        Lineage { record: self.record.clone(), ..self.lineage.clone() }.judged(judge, self.at)
    }

    /// Finds the next instant at which anything may have changed: an end, a day to renew, a new list that is waited for, a day to stop at.
    fn next(&self, days: &[Instant], is_waiting: bool) -> Instant {
        let later = |at: Instant, by: SignedDuration| at.checked_add(by).unwrap_or(Instant::MAX);
        let until = self.known.as_ref().map_or(Instant::MAX, |lasts| lasts.until);
        let renewed = SignedDuration::from_hours(24 * i64::from(self.schedule.renew_days));
        let mut all = vec![
            later(until, SignedDuration::from_secs(1)),
            later(until.checked_sub(renewed).unwrap_or(Instant::MIN), NIGHT),
            later(self.at, DAY * 365),
        ];
        if is_waiting && (self.hindered.is_some() || self.at.duration_since(self.made_at) < WATCHED) {
            // The night after a list has come; of those that come every day, one a week is enough.
            all.extend(self.world.next_list(self.at).map(|list| later(list, DAY / 2).max(later(self.at, DAY * 7))));
        }
        if self.deeds.last().is_some_and(|deed| deed.at == self.at) {
            all.push(later(self.at, DAY));
        }
        all.extend(days);
        all.into_iter().filter(|next| *next > self.at).min().unwrap_or(Instant::MAX)
    }

    /// Renews a proof as a night would.
    fn renew(&mut self, now: &Judged, judge: &Judge, until: Instant) -> Result<WhatIsDone, ProofError> {
        let data = now.report.vouching_data(&judge.crls).unwrap_or_default();
        let record = self.record.with_validation_data(&data)?;
        let algorithm = record.chain_algorithm()?;
        let is_lasting = self.schedule.is_outlasted_by(algorithm, &judge.policy, self.at);
        let (record, token) = match is_lasting {
            true => {
                let mut renewal = TimestampRenewal::new(algorithm);
                let place = renewal.add(&record)?;
                let tree = renewal.finish()?;
                let token = self.world.stamp(&tree.root(), self.at)?;
                (StampedTree::new(tree, &token)?.renew_timestamp(&record, place)?, token)
            }
            false => {
                let algorithm: DigestAlgorithm = self.schedule.algorithm(&judge.policy, self.at)?;
                let leaf = renewed_leaf(&record, &self.lineage.data, algorithm)?;
                let mut builder = HashTreeBuilder::new(algorithm);
                let place = builder.push(&leaf)?;
                let tree = builder.finish()?;
                let token = self.world.stamp(&tree.root(), self.at)?;
                (StampedTree::new(tree, &token)?.renew_tree(&record, place, &leaf)?, token)
            }
        };
        let made = Judged::of(token.der(), &self.world.judge_at(self.at)?, self.at)?;
        let end = made.report.lasts.as_ref().map_or(Instant::MAX, |lasts| lasts.until);
        if !made.passes() || end <= until {
            return Err(ProofError::GainsNothing(super::renew::authority(&token)));
        }
        self.record = record;
        Ok(if is_lasting { WhatIsDone::Renewed } else { WhatIsDone::DigestedAnew })
    }

    fn note(&mut self, what: WhatIsDone) {
        self.deeds.push(Deed { at: self.at, what, lasts: self.known.clone() });
    }

    fn hinder(&mut self, code: &'static str) {
        if self.hindered != Some(code) {
            self.hindered = Some(code);
            self.note(WhatIsDone::Hindered(code.to_owned()));
        }
    }

    /// Says what is lost, since when and by what.
    fn lost(&mut self, sub: SubIndication) -> Foreseen {
        let ended = self.passed.take().or(self.known.take()).filter(|lasts| lasts.until < self.at);
        let at = ended.as_ref().map_or(self.at, |lasts| lasts.until);
        Foreseen { at, why: sub.name().to_owned(), ended, hindered: self.hindered.map(str::to_owned) }
    }
}

fn token_of(record: &EvidenceRecord) -> Result<TimestampToken, ProofError> {
    let last = record.last().ok_or(crate::evidence::EvidenceError::Nothing)?;
    Ok(TimestampToken::parse(&last.timestamp)?)
}
