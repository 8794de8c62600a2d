//! Rehearsal: whether what stands today would still pass in 10, 20 and 30 years, if everything ended that is known to end, and the city's own
//! schedule went on (`course`) in a world that follows from today's (`world`).
//!
//! It finds what is wrong today and would be lost later: an authority whose lists are not there, a CA that ends before what it vouches for
//! is proven again, a policy that believes in nothing any more, too short a time to renew. It cannot know what nobody has announced:
//! an algorithm that is broken, an authority that is revoked or gone, a city that does not get itself the next authority.

use super::course::walk;
use super::lineage::{Lineage, authority_of};
use super::world::World;
use super::{KEEPERS, ProofError, ProofRun};
use crate::asn1::Certificate;
use crate::crypto::Signer;
use crate::digest::Sha256Hex;
use crate::office::notices::beliefs;
use crate::office::ports::ProofTreeRow;
use crate::office::{Actor, Judge, Office, OfficeError};
use crate::time::Instant;
use crate::validate::Lasting;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;

/// The years that are rehearsed unless others are asked for.
pub const REHEARSED_YEARS: [u16; 3] = [10, 20, 30];
/// The farthest that is rehearsed, in years.
const MOST_YEARS: u16 = 100;
/// The most lineages of one rehearsal; how many were left out is said.
const MOST_COURSES: usize = 32;
/// A rehearsal is made anew after so long.
const EVERY: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What a rehearsal found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// When it was made.
    pub at: Instant,
    /// The digest of the policy and the anchors that it was made by, and of the quarter of the year.
    pub judged_by: Sha256Hex,
    /// How many days before an end proofs were renewed.
    pub renew_days: u16,
    /// The years after which it was looked, in ascending order.
    pub years: Vec<u16>,
    /// What becomes of the proofs, one for each lineage of authorities.
    pub courses: Vec<Course>,
    /// How many lineages were not rehearsed, as there are too many.
    pub left_out: u64,
}

/// What becomes of the proofs that the same authorities stamped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// The tree whose timestamp they rest on today.
    pub tree: u64,
    /// How many nights there are.
    pub nights: u64,
    /// What is done, in order.
    pub deeds: Vec<Deed>,
    /// What would be lost; none where it passes to the end.
    pub loss: Option<Foreseen>,
}

/// Something that is done with a proof in the rehearsal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When.
    pub at: Instant,
    /// What.
    pub what: WhatIsDone,
    /// When it ends from then on, and by what.
    pub lasts: Option<Lasting>,
}

/// What is done with a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhatIsDone {
    /// Its timestamp is renewed.
    Renewed,
    /// Its data are digested by another algorithm.
    DigestedAnew,
    /// Younger lists are put beside its timestamp.
    ListsAdded,
    /// It is due, and cannot be renewed; why, by its code.
    Hindered(String),
}

/// A proof that would be lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreseen {
    /// Since when it would not pass.
    pub at: Instant,
    /// Why, as the sub-indication's name.
    pub why: String,
    /// What ends then; none where it does not pass today.
    pub ended: Option<Lasting>,
    /// The code of what kept it from being renewed.
    pub hindered: Option<String>,
}

impl Rehearsal {
    /// Counts the lineages that still pass after so many years.
    pub fn passing_after(&self, years: u16) -> usize {
        let day = in_years(self.at, years);
        let is_lost = |course: &&Course| course.loss.as_ref().is_some_and(|loss| loss.at <= day);
        self.courses.len() - self.courses.iter().filter(is_lost).count()
    }

    /// Lists what would be lost, the first day first.
    pub fn losses(&self) -> Vec<(u64, &Foreseen)> {
        let mut losses: Vec<_> =
            self.courses.iter().filter_map(|course| course.loss.as_ref().map(|loss| (course.tree, loss))).collect();
        losses.sort_by_key(|(tree, loss)| (loss.at, *tree));
        losses
    }
}

impl Office {
    /// Rehearses coming decades now; what it finds is kept where the usual years were asked for. It is told to whoever asks, and changes
    /// no proof.
    ///
    /// # Errors
    /// [`OfficeError::NotInRole`], [`ProofError::NoShelf`], [`ProofError::NoRehearsal`] where there are no keys for one, or other years
    /// than 1 to 100 are asked for; of the database and the disk.
    pub async fn rehearse(&self, actor: &Actor, years: &[u16]) -> Result<Rehearsal, OfficeError> {
        actor.require_any(KEEPERS)?;
        let rehearsal = self.rehearsed(years).await?;
        if years == REHEARSED_YEARS {
            self.keep_rehearsal(&rehearsal).await?;
        }
        Ok(rehearsal)
    }

    /// Returns what the newest rehearsal found; none before the first.
    ///
    /// # Errors
    /// [`OfficeError::NotInRole`].
    pub async fn newest_rehearsal(&self, actor: &Actor) -> Result<Option<Rehearsal>, OfficeError> {
        actor.require_any(KEEPERS)?;
        self.rehearsal_standing().await
    }

    /// Returns the same for whoever watches over the service.
    pub async fn rehearsal_standing(&self) -> Result<Option<Rehearsal>, OfficeError> {
        Ok(self.read().await?.rehearsal().await?)
    }

    /// Rehearses after a renewal, where what is believed has changed, and once a month; says what would be lost where that is something
    /// else than before.
    pub(super) async fn rehearse_due(&self, run: &mut ProofRun) -> Result<(), OfficeError> {
        if self.rehearsal_keys.is_none() {
            return Ok(());
        }
        let (before, now) = (self.rehearsal_standing().await?, self.now());
        let is_due = |before: &Rehearsal| {
            now.duration_since(before.at) >= EVERY
                || before.renew_days != self.settings.proofs.renew_days
                || before.judged_by != beliefs(&self.judge(), now)
        };
        if run.renewed.is_empty() && before.as_ref().is_some_and(|before| !is_due(before)) {
            return Ok(());
        }
        let rehearsal = self.rehearsed(&REHEARSED_YEARS).await?;
        if self.keep_rehearsal(&rehearsal).await? {
            run.foreseen = rehearsal.losses().into_iter().map(|(tree, loss)| (tree, loss.clone())).collect();
        }
        Ok(())
    }

    /// Keeps a rehearsal, and tells the ledger where it foresees other losses than the one before; returns whether it does.
    async fn keep_rehearsal(&self, rehearsal: &Rehearsal) -> Result<bool, OfficeError> {
        let mut tx = self.begin().await?;
        let before = tx.rehearsal().await?;
        let told = |one: &Rehearsal| {
            one.losses().into_iter().map(|(tree, loss)| (tree, loss.at, loss.why.clone())).collect::<Vec<_>>()
        };
        let is_other = before.as_ref().map(told).unwrap_or_default() != told(rehearsal);
        tx.put_rehearsal(rehearsal).await?;
        if is_other {
            let losses = rehearsal.losses();
            let entry = self.entry_by("system", REHEARSED, "proofs")?.with_number("losses", losses.len() as u64)?;
            tx.append(match losses.first() {
                Some((tree, first)) => entry.with("until", first.at)?.with_number("tree", *tree)?,
                None => entry,
            })
            .await?;
        }
        tx.commit().await?;
        Ok(is_other)
    }

    async fn rehearsed(&self, years: &[u16]) -> Result<Rehearsal, OfficeError> {
        let mut years = years.to_vec();
        years.sort_unstable();
        years.dedup();
        if years.first().is_none_or(|first| *first == 0) || years.last().is_some_and(|last| *last > MOST_YEARS) {
            return Err(ProofError::NoRehearsal("the years are 1 to 100").into());
        }
        let keys = self.rehearsal_keys.clone().ok_or(ProofError::NoRehearsal("it was opened without keys for one"))?;
        let (lineages, left_out) = self.lineages_standing().await?;
        let (judge, now, schedule, entropy) = (self.judge(), self.now(), self.schedule(), self.entropy.clone());
        let (judged_by, renew_days) = (beliefs(&judge, now), self.settings.proofs.renew_days);
        let days: Vec<Instant> = years.iter().map(|years| in_years(now, *years)).collect();
        let courses = self.busy(move || {
            let keys = keys.make()?;
            let mut courses = Vec::new();
            for (tree, nights, lineage) in lineages {
                let loss = match world(&judge, &lineage, &keys, &entropy, now) {
                    Some(mut world) => {
                        let walked = walk(&mut world, schedule, lineage, now, &days)?;
                        courses.push(Course { tree, nights, deeds: walked.deeds, loss: walked.loss });
                        continue;
                    }
                    None => Foreseen { at: now, why: failing(&judge, lineage, now), ended: None, hindered: None },
                };
                courses.push(Course { tree, nights, deeds: Vec::new(), loss: Some(loss) });
            }
            Ok::<_, OfficeError>(courses)
        });
        Ok(Rehearsal { at: now, judged_by, renew_days, years, courses: courses.await??, left_out })
    }

    /// Lists the lineages that stand, with their trees and how many nights each has: those of renewals by who stamped them, nights that
    /// nothing renewed yet by their authority and their end, the oldest for all. Those that are lost are none of the future's.
    async fn lineages_standing(&self) -> Result<(Vec<(u64, u64, Lineage)>, u64), OfficeError> {
        let now = self.now();
        let (mut lineages, mut seen, mut left_out) = (Vec::new(), HashSet::new(), 0);
        let rows: Vec<ProofTreeRow> = self.read().await?.standing_proof_trees().await?;
        let mut nights = std::collections::HashMap::new();
        let mut kinds = Vec::new();
        for row in rows {
            let Some(standing) = row.standing.clone() else { continue };
            let is_lost = standing.failing.is_some() && standing.lasts.as_ref().is_some_and(|lasts| lasts.until <= now);
            if is_lost {
                continue;
            }
            let token = standing.token(row.number)?;
            if row.is_night() {
                let end = standing.lasts.as_ref().map(|lasts| lasts.until);
                let kind = (authority_of(&token)?, end, row.algorithm, standing.failing.clone());
                *nights.entry(kind.clone()).or_insert(0) += 1;
                if !seen.insert(kind.clone()) {
                    continue;
                }
                kinds.push((row, token, standing, Some(kind)));
            } else {
                kinds.push((row, token, standing, None));
            }
        }
        for (row, token, standing, kind) in kinds {
            for lineage in self.lineages(&row, &token).await? {
                if lineage.nights.iter().any(|night| standing.has_lost(*night)) {
                    continue;
                }
                if lineages.len() == MOST_COURSES {
                    left_out += 1;
                    continue;
                }
                let count = kind.as_ref().and_then(|kind| nights.get(kind)).copied();
                lineages.push((row.number, count.unwrap_or(lineage.nights.len() as u64), lineage));
            }
        }
        Ok((lineages, left_out))
    }
}

/// The verb by which the ledger is told of a rehearsal that found something else.
pub(super) const REHEARSED: &str = "proof.rehearsed";

/// Makes the world that follows from the authority of a proof's newest timestamp; none where that does not pass today, or the policy
/// believes in no signature.
fn world(
    judge: &Judge,
    lineage: &Lineage,
    keys: &[Arc<dyn Signer>],
    entropy: &Arc<dyn crate::crypto::Entropy>,
    now: Instant,
) -> Option<World> {
    let report = judge.validate_evidence(&lineage.record, &lineage.data, now);
    let path = report.timestamps.last()?.token.path.clone().filter(|_| report.sub_indication.is_none())?;
    let found = |name: &Sha256Hex| report.objects.iter().find(|object| object.sha256 == *name)?.der.clone();
    let path: Option<Vec<Certificate>> =
        path.chain.iter().map(|name| Certificate::from_der(&found(name)?).ok()).collect();
    World::new(judge, &path?, keys, entropy)
}

fn failing(judge: &Judge, lineage: Lineage, now: Instant) -> String {
    let sub = lineage.judged(judge, now).report.sub_indication;
    sub.map_or("proof-no-algorithm", |sub| sub.name()).to_owned()
}

fn in_years(at: Instant, years: u16) -> Instant {
    let days = SignedDuration::from_hours(24 * 1461 * i64::from(years) / 4);
    at.checked_add(days).unwrap_or(Instant::MAX)
}
