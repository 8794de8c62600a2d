//! After the seal: from B-T to the level that lasts, as soon as revocation data newer than the timestamp are there (N12).
//!
//! The queue holds nobody up: a notice is issued and collected meanwhile. What could not be reached stays on the list
//! with its reason, its next attempt and its deadline; no level is ever claimed that our own validation does not see. The renewal
//! of a proof (`renewal`) goes the same way: a further document timestamp, kept where it proves the notice for longer.

use super::proof::{PATIENCE_DAYS, beliefs, digest_to_last};
use super::view::visible;
use super::{Notice, NoticeError, NoticeProof, NoticeState, PendingUpgrade, Upgraded, VIEWERS};
use crate::digest::{DigestAlgorithm, Hasher, Sha256Hex};
use crate::fault::{Fault, Kind};
use crate::id::NoticeId;
use crate::office::ports::{NoticeFile, StoreError, Transaction};
use crate::office::records::sight::restricted_notices;
use crate::office::{Actor, Judge, Office, OfficeError, Role};
use crate::pades::{Extension, Level, LongTerm, PadesError, extend};
use crate::pdf::{Limits, Pdf};
use crate::records::WITHHELD;
use crate::time::Instant;
use crate::validate::{Indication, Report, SignatureKind, SignatureReport, SubIndication, ValidateError};
use jiff::{SignedDuration, Span, ToSpan};
use serde::{Deserialize, Serialize};

/// Why a level was not reached at the last attempt, and when the next one is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The code of the reason; the catalogue of wording has its sentence.
    pub code: String,
    /// When it was tried.
    pub tried_at: Instant,
    /// When it is tried again, at the latest, and before the deadline where there is time for it; new revocation lists are tried
    /// at once.
    pub next: Instant,
    /// The digest of the revocation lists that it was tried with.
    lists: Sha256Hex,
}

/// What one round over the queue did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpgradeRun {
    /// Notices that reached their level.
    pub upgraded: Vec<NoticeId>,
    /// Notices that were tried and still wait.
    pub waiting: Vec<NoticeId>,
    /// Notices that were not tried: nothing is new since the last attempt, or the round was broken off.
    pub untried: Vec<NoticeId>,
    /// Why the round was broken off: what it would meet again at the next notice.
    pub halted: Option<&'static str>,
}

/// A notice on the list of levels still to be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpgradeView {
    /// The notice.
    pub id: NoticeId,
    /// The subject.
    pub subject: String,
    /// The document number, once issued.
    pub number: Option<String>,
    /// The state.
    pub state: NoticeState,
    /// What is still to be reached, by when, and why it is not.
    pub upgrade: PendingUpgrade,
    /// Whether the deadline has passed.
    pub overdue: bool,
}

/// Who may start a round; the service does it by itself.
const RUNNERS: &[Role] = &[Role::SealKeeper, Role::RecordsManager, Role::Administrator];

impl PendingUpgrade {
    /// Returns whether an attempt could end otherwise than the last one.
    fn is_worth_trying(&self, now: Instant, lists: &Sha256Hex) -> bool {
        let is_new = |waiting: &Waiting| waiting.lists != *lists && waiting.code != NoticeError::ProofNotLonger.code();
        self.waiting.as_ref().is_none_or(|waiting| waiting.next <= now || is_new(waiting))
    }

    /// Returns when to try again after an attempt: when the next list is announced, but once more before the deadline.
    fn next_attempt(&self, now: Instant, every: Span, next_update: Option<Instant>) -> Instant {
        let round = now + every;
        let announced = next_update.unwrap_or(round);
        let last_chance = self.due - every;
        let wanted = if now < self.due { announced.min(last_chance) } else { announced };
        wanted.max(round)
    }

    /// Returns when to ask an authority again whose timestamps do not last longer: seldom, and more often near the end.
    fn patience(&self, now: Instant) -> Instant {
        let left = self.due.duration_since(now) / 10;
        let day = SignedDuration::from_hours(24);
        now + left.clamp(day, day * i32::try_from(PATIENCE_DAYS).unwrap_or(1))
    }

    /// Returns whether the deadline has passed on an instant.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.due < now
    }
}

impl Office {
    /// Returns the levels still to be reached that an actor may see, the nearest deadline first.
    pub async fn pending_upgrades(&self, actor: &Actor) -> Result<Vec<UpgradeView>, OfficeError> {
        actor.require_any(VIEWERS)?;
        let (now, mut tx) = (self.now(), self.read().await?);
        let restricted = restricted_notices(&mut *tx, &self.reader(actor)).await?;
        let mut notices = tx.notices_to_upgrade().await?;
        notices.retain(|notice| visible(actor, notice));
        for notice in &mut notices {
            // What waits stays in sight for those who see to it; what it is about is on its own page.
            match restricted.get(&notice.id) {
                None => {}
                Some(true) => notice.subject = WITHHELD.to_owned(),
                Some(false) => (notice.subject, notice.number) = (WITHHELD.to_owned(), None),
            }
        }
        Ok(notices.into_iter().filter_map(|notice| view(notice, now)).collect())
    }

    /// Goes once over the queue. The service passes nobody and passes over what cannot have changed; a member of staff
    /// has everything tried.
    ///
    /// # Errors
    /// Of the database alone: what keeps a notice from its level stays with the notice.
    pub async fn upgrade_due(&self, by: Option<&Actor>) -> Result<UpgradeRun, OfficeError> {
        if let Some(actor) = by {
            actor.require_any(RUNNERS)?;
        }
        let lists = digest_of_lists(&self.judge());
        let pending = self.read().await?.notices_to_upgrade().await?;
        let mut run = UpgradeRun::default();
        for notice in pending {
            let Some(upgrade) = &notice.upgrade else { continue };
            if run.halted.is_some() || (by.is_none() && !upgrade.is_worth_trying(self.now(), &lists)) {
                run.untried.push(notice.id);
                continue;
            }
            match self.upgrade_one(by, &notice, upgrade).await {
                Ok(true) => run.upgraded.push(notice.id),
                Ok(false) => {}
                // Another round was quicker.
                Err(OfficeError::ChangedMeanwhile | OfficeError::Store(StoreError::Conflict)) => {
                    run.untried.push(notice.id);
                }
                Err(OfficeError::Store(error)) => return Err(error.into()),
                Err(error) => {
                    run.halted = (error.kind() == Kind::Unavailable).then(|| error.code());
                    self.put_off(notice.id, upgrade, &error, &lists).await?;
                    run.waiting.push(notice.id);
                }
            }
        }
        Ok(run)
    }

    /// Tries one notice. Returns whether it reached its level; not where its file is gone and nothing is left to extend.
    async fn upgrade_one(
        &self,
        by: Option<&Actor>,
        notice: &Notice,
        upgrade: &PendingUpgrade,
    ) -> Result<bool, OfficeError> {
        let Some(before) = self.read().await?.notice_file(notice.id, NoticeFile::Sealed).await? else {
            let tx = self.begin().await?;
            self.upgrade_changed(tx, by, notice, "notice.upgrade-dropped", |now| now.upgrade = None).await?;
            return Ok(false);
        };
        if notice.current_sha256() != Some(&Sha256Hex::of(&before)) {
            return Err(NoticeError::HashDiffers.into());
        }
        let level = [Level::BLt, Level::BLta].into_iter().find(|level| level.name() == upgrade.level);
        let level = level.ok_or(PadesError::NoTrust)?;
        let (office, is_renewal) = (self.clone(), notice.is_renewable());
        let (after, report) = self.busy(move || office.lasting(&before, level, is_renewal)).await??;
        let upgraded = Upgraded { at: self.now(), level: level.name().to_owned(), sha256: Sha256Hex::of(&after) };
        let proof = (level == Level::BLta).then(|| NoticeProof::of(&report, beliefs(&self.judge(), self.now()), None));
        let verb = if is_renewal { "notice.renewed" } else { "notice.upgraded" };
        let mut tx = self.begin().await?;
        tx.grow_sealed_file(notice.id, &after).await?;
        self.upgrade_changed(tx, by, notice, verb, |now| {
            now.upgrade = None;
            now.upgrades.push(upgraded);
            now.proof = proof.or(now.proof.take());
        })
        .await?;
        Ok(true)
    }

    /// Writes what came of an upgrade over the notice as it stands now: it may have been issued or collected meanwhile.
    async fn upgrade_changed(
        &self,
        mut tx: Box<dyn Transaction>,
        by: Option<&Actor>,
        seen: &Notice,
        verb: &str,
        change: impl FnOnce(&mut Notice),
    ) -> Result<(), OfficeError> {
        let mut notice = tx.notice(seen.id).await?.ok_or(NoticeError::NoSuchNotice(seen.id))?;
        if notice.upgrade != seen.upgrade || notice.upgrades != seen.upgrades {
            return Err(OfficeError::ChangedMeanwhile);
        }
        change(&mut notice);
        let level = seen.upgrade.as_ref().map(|upgrade| upgrade.level.to_uppercase()).unwrap_or_default();
        notice.record(self.now(), verb, by.map(Actor::user), &level);
        tx.update_notice(&notice).await?;
        let who = by.map_or_else(|| "system".to_owned(), |actor| actor.user().to_string());
        let mut entry = self.entry_by(&who, verb, notice.id)?.with("level", level.to_lowercase())?;
        for (name, hash) in [("sealed-sha256", notice.sealed_sha256.as_ref()), ("sha256", notice.current_sha256())] {
            if let Some(hash) = hash {
                entry = entry.with(name, hash)?;
            }
        }
        tx.append(entry).await?;
        Ok(tx.commit().await?)
    }

    /// Leaves a notice on the list, with the reason and the next attempt.
    async fn put_off(
        &self,
        id: NoticeId,
        tried: &PendingUpgrade,
        error: &OfficeError,
        lists: &Sha256Hex,
    ) -> Result<(), OfficeError> {
        let now = self.now();
        let every = i64::from(self.settings.upgrade_every_minutes.max(1)).minutes();
        let next_update = match error {
            OfficeError::Pades(PadesError::RevocationOlder { next_update, .. }) => *next_update,
            OfficeError::Notice(NoticeError::ProofNotLonger) => Some(tried.patience(now)),
            _ => None,
        };
        let next = tried.next_attempt(now, every, next_update);
        let mut tx = self.begin().await?;
        let mut notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        let Some(upgrade) = notice.upgrade.as_mut().filter(|upgrade| *upgrade == tried) else { return Ok(()) };
        upgrade.waiting = Some(Waiting { code: error.code().to_owned(), tried_at: now, next, lists: lists.clone() });
        notice.row_version += 1;
        tx.update_notice(&notice).await?;
        Ok(tx.commit().await?)
    }

    /// Makes the file of a level, and lets it out only where our own validation sees that level in it; a renewal only where
    /// what it proves lasts longer than before. Returns what validation says of it.
    fn lasting(&self, before: &[u8], level: Level, is_renewal: bool) -> Result<(Vec<u8>, Report), OfficeError> {
        let (judge, at) = (self.judge(), self.now());
        let pdf = Pdf::read(before, &Limits::default())?;
        let extension = Extension {
            timestamps: self.timestamps.as_deref(),
            long_term: Some(long_term(&judge, at)),
            digest: digest_to_last(&judge.policy),
            at,
        };
        let after = match extend(&pdf, level, &extension, &*self.entropy) {
            Ok(made) => made.to_vec()?,
            // Somebody extended it before it came here.
            Err(PadesError::AtLevel(_)) => before.to_vec(),
            Err(error) => return Err(error.into()),
        };
        if !after.starts_with(before) {
            return Err(NoticeError::SealNotValid("FORMAT_FAILURE".to_owned()).into());
        }
        let validate = |bytes| judge.validate(bytes, self.now()).map_err(|ValidateError::Pdf(error)| error);
        let report = validate(after.clone())?;
        reached(&report, level)?;
        let end = |report: &Report| report.lasts().map(|lasting| lasting.until);
        if is_renewal {
            let known = validate(before.to_vec())?;
            if end(&report) <= end(&known) && !is_a_step(&known, &report) {
                return Err(NoticeError::ProofNotLonger.into());
            }
        }
        Ok((after, report))
    }
}

/// Tells whether a further timestamp helps a file that does not last longer by it at once, as something below it ends first: it is longer
/// itself, and takes the place of one that ends no later. What stands below it is lengthened by lists from after it (`settling`).
fn is_a_step(known: &Report, made: &Report) -> bool {
    let first = known.lasts().map(|lasting| lasting.until);
    let (Some(before), Some(after)) = (newest_stamp(known), newest_stamp(made)) else { return false };
    first.is_some() && until(before) <= first && until(after) > first
}

fn newest_stamp(report: &Report) -> Option<&SignatureReport> {
    let stamps = report.signatures.iter().filter(|one| one.kind == SignatureKind::DocumentTimestamp);
    stamps.max_by_key(|one| one.revision)
}

fn until(one: &SignatureReport) -> Option<Instant> {
    one.lasts.as_ref().map(|lasting| lasting.until)
}

/// Returns what long-term levels rest on here.
pub(super) fn long_term(judge: &Judge, at: Instant) -> LongTerm<'_> {
    LongTerm {
        trust: &judge.trust,
        tsa_trust: &judge.tsa_trust,
        intermediates: &judge.intermediates,
        crls: &judge.crls,
        ocsps: &[],
        policy: &judge.policy,
        at,
        accept_older_revocation: false,
        vri: false,
    }
}

/// Holds a file to its level: everything in it passes, and every seal in it has come so far.
pub(super) fn reached(report: &Report, level: Level) -> Result<(), NoticeError> {
    if report.indication != Indication::TotalPassed {
        let why = report.decisive().and_then(|signature| signature.sub_indication);
        let why = why.map_or(report.indication.name(), SubIndication::name);
        return Err(NoticeError::SealNotValid(why.to_owned()));
    }
    let name = level.name().to_uppercase();
    let mut seals = report.signatures.iter().filter_map(|signature| signature.level).peekable();
    if seals.peek().is_some() && seals.all(|found| found == name) {
        return Ok(());
    }
    Err(NoticeError::SealNotValid(name))
}

fn view(notice: Notice, now: Instant) -> Option<UpgradeView> {
    let upgrade = notice.upgrade?;
    let overdue = upgrade.is_overdue(now);
    let (id, subject, number, state) = (notice.id, notice.subject, notice.number, notice.state);
    Some(UpgradeView { id, subject, number, state, upgrade, overdue })
}

fn digest_of_lists(judge: &Judge) -> Sha256Hex {
    let mut lists: Vec<&[u8]> = judge.crls.iter().map(|list| list.der()).collect();
    lists.sort_unstable();
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    lists.into_iter().for_each(|list| hasher.update(list));
    Sha256Hex::from_digest(&hasher.finish())
}
