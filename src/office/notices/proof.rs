//! How the proof of a notice's sealed file stands: until when it holds, by what it was judged, and since when it no longer does.

use super::Notice;
use crate::digest::{DigestAlgorithm, Hasher, Sha256Hex, hex};
use crate::id::NoticeId;
use crate::office::Judge;
use crate::pki::TrustAnchors;
use crate::policy::{AlgorithmUse, Judged, SubIndication, ValidationPolicy};
use crate::time::{Instant, japanese_date};
use crate::validate::{Indication, Lasting, Report};
use serde::{Deserialize, Serialize};

/// The proof of a file of level B-LTA, as it was last judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeProof {
    /// When it was judged.
    pub judged_at: Instant,
    /// The digest of the policy and the anchors that it was judged by, and of the quarter of the year.
    pub judged_by: Sha256Hex,
    /// Until when it holds, and what ends then; once it no longer passes, as it was known before.
    pub lasts: Option<Lasting>,
    /// Why the file does not pass, where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<ProofTrouble>,
    /// What its earlier timestamps still lack for the time when their authorities have ended; none once that is in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settling: Option<Settling>,
    /// The distances from its end, in days, at which it was an alarm.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alarmed: Vec<u16>,
    /// Whether nobody asks for it any more: the city no longer has the file.
    #[serde(default)]
    pub is_over: bool,
}

/// Why the file of a notice does not pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofTrouble {
    /// Since when: the end of the proof, or when it was first seen.
    pub since: Instant,
    /// The sub-indication of our validation, or the code of what kept it from judging.
    pub why: String,
    /// Whether the proof is lost; else it cannot be told at present (revocation lists are lacking), and is looked at again.
    pub is_lost: bool,
    /// Why it was not renewed in time, as the last attempt said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_for: Option<String>,
}

/// Statements on revocation from after the newest timestamp, which are to be added once they are there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settling {
    /// When it is tried again.
    pub next: Instant,
    /// The code of what the last attempt met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// How a proof stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeProofState {
    /// Not judged yet.
    Unjudged,
    /// It holds.
    Holds,
    /// It cannot be told at present.
    Unclear,
    /// It ended and was not renewed.
    Lost,
}

impl NoticeProofState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Unjudged, Self::Holds, Self::Unclear, Self::Lost];

    /// Returns the word of the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unjudged => "unjudged",
            Self::Holds => "holds",
            Self::Unclear => "unclear",
            Self::Lost => "lost",
        }
    }

    /// Reads the word of the database.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// Names what the database looks a proof up by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofMark {
    /// How it stands.
    pub state: NoticeProofState,
    /// When it ends, or since when it does not hold; none before it was judged.
    pub until: Option<Instant>,
    /// What it was judged by; nothing before.
    pub judged_by: String,
    /// When what its timestamps lack is looked for again; none where they lack nothing.
    pub settle: Option<Instant>,
}

impl NoticeProof {
    /// Makes the proof that a report on the notice's file shows; what was known before says since when it no longer does.
    pub(super) fn of(report: &Report, judged_by: Sha256Hex, before: Option<&Notice>) -> Self {
        let (judged_at, earlier) = (report.at, before.and_then(|notice| notice.proof.as_ref()));
        let known = earlier.and_then(|proof| proof.lasts.clone());
        let settling = earlier.map_or(Some(Settling { next: judged_at, code: None }), |proof| proof.settling.clone());
        let lasts = report.lasts().cloned();
        let alarmed = |end: &Option<Lasting>| {
            let same = earlier
                .filter(|earlier| earlier.lasts.as_ref().map(|one| one.until) == end.as_ref().map(|one| one.until));
            same.map(|earlier| earlier.alarmed.clone()).unwrap_or_default()
        };
        let alarmed = if report.indication == Indication::TotalPassed { alarmed(&lasts) } else { alarmed(&known) };
        let holds = Self { judged_at, judged_by, lasts, trouble: None, settling, alarmed, is_over: false };
        if report.indication == Indication::TotalPassed {
            return holds;
        }
        // What may pass by waiting is all that is wrong, or it is not.
        let mut subs = report.signatures.iter().filter_map(|signature| signature.sub_indication);
        let sub = subs.clone().find(|sub| *sub != SubIndication::TryLater).or(subs.next());
        let is_past = known.as_ref().is_some_and(|lasting| lasting.until < judged_at);
        let trouble = ProofTrouble {
            since: since(judged_at, known.as_ref(), earlier.and_then(|proof| proof.trouble.as_ref())),
            why: sub.map_or(report.indication.name(), SubIndication::name).to_owned(),
            is_lost: is_past || sub != Some(SubIndication::TryLater),
            waited_for: waited_for(before),
        };
        Self { lasts: known, trouble: Some(trouble), ..holds }
    }

    /// Makes the proof of a file that cannot be judged, for it is not what was sealed, or cannot be read.
    pub(super) fn broken(judged_at: Instant, judged_by: Sha256Hex, why: &str, before: &Notice) -> Self {
        let earlier = before.proof.as_ref();
        let lasts = earlier.and_then(|proof| proof.lasts.clone());
        let trouble = ProofTrouble {
            since: since(judged_at, lasts.as_ref(), earlier.and_then(|proof| proof.trouble.as_ref())),
            why: why.to_owned(),
            is_lost: true,
            waited_for: waited_for(Some(before)),
        };
        let alarmed = earlier.map(|proof| proof.alarmed.clone()).unwrap_or_default();
        Self { judged_at, judged_by, lasts, trouble: Some(trouble), settling: None, alarmed, is_over: false }
    }

    /// Makes the end of it all: the city no longer has the file.
    pub(super) fn over(judged_at: Instant, judged_by: Sha256Hex) -> Self {
        let alarmed = Vec::new();
        Self { judged_at, judged_by, lasts: None, trouble: None, settling: None, alarmed, is_over: true }
    }

    /// Tells whether another judgement came to the same: then there is nothing to write down.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        *self == Self { judged_at: self.judged_at, ..other.clone() }
    }

    /// Returns how it stands.
    pub fn state(&self) -> NoticeProofState {
        match &self.trouble {
            None => NoticeProofState::Holds,
            Some(trouble) if trouble.is_lost => NoticeProofState::Lost,
            Some(_) => NoticeProofState::Unclear,
        }
    }
}

impl Notice {
    /// Tells whether its file is one whose proof is to be renewed: it came to level B-LTA.
    pub(super) fn is_renewable(&self) -> bool {
        self.upgrades.last().is_some_and(|upgraded| upgraded.level == "b-lta")
    }

    /// Returns by what the database finds its proof; none where there is none to look after.
    pub fn proof_mark(&self) -> Option<ProofMark> {
        match &self.proof {
            Some(proof) if proof.is_over => None,
            Some(proof) => Some(ProofMark {
                state: proof.state(),
                until: proof.trouble.as_ref().map(|trouble| trouble.since).or(proof.lasts.as_ref().map(|l| l.until)),
                judged_by: proof.judged_by.to_string(),
                settle: proof
                    .settling
                    .as_ref()
                    .filter(|_| proof.state() != NoticeProofState::Lost)
                    .map(|settling| settling.next),
            }),
            None if self.is_renewable() => Some(ProofMark {
                state: NoticeProofState::Unjudged,
                until: None,
                judged_by: String::new(),
                settle: None,
            }),
            None => None,
        }
    }
}

/// Tells since when a proof does not hold: since its end where that has come, else since it was first seen.
fn since(now: Instant, known: Option<&Lasting>, before: Option<&ProofTrouble>) -> Instant {
    let end = known.map(|lasting| lasting.until).filter(|until| *until < now);
    before.map(|trouble| trouble.since).or(end).unwrap_or(now)
}

fn waited_for(before: Option<&Notice>) -> Option<String> {
    let notice = before?;
    let known = notice.proof.as_ref().and_then(|proof| proof.trouble.as_ref()?.waited_for.clone());
    let waiting = notice.upgrade.as_ref().and_then(|upgrade| upgrade.waiting.as_ref());
    waiting.map(|waiting| waiting.code.clone()).or(known)
}

/// A notice whose proof could not be lengthened is tried again after so many days at the most.
pub(super) const PATIENCE_DAYS: i64 = 30;

/// Returns the digest of what proofs are judged by: the policy, the anchors with their terms and uses, and the quarter of the
/// year, so that a revocation, or an issuer that says nothing any more, is found by and by. How fresh the lists are that anchors
/// come from is not in it, as it says nothing of a proof's end.
pub(in crate::office) fn beliefs(judge: &Judge, now: Instant) -> Sha256Hex {
    let mut hasher = Hasher::new(DigestAlgorithm::Sha256);
    let day = japanese_date(now);
    hasher.update(format!("{} {}\n", day.year(), (day.month() - 1) / 3).as_bytes());
    hasher.update(judge.policy.sha256.as_str().as_bytes());
    for (name, anchors) in [("signers", &judge.trust), ("timestamps", &judge.tsa_trust)] {
        hasher.update(format!("\n{name}").as_bytes());
        lines(anchors).iter().for_each(|line| hasher.update(line.as_bytes()));
    }
    Sha256Hex::from_digest(&hasher.finish())
}

fn lines(anchors: &TrustAnchors) -> Vec<String> {
    let line = |(one, belief): (&crate::asn1::Certificate, crate::pki::Belief)| {
        format!("\n{} {:?} {:?}", hex(one.sha256()), belief.term, belief.anchor_use)
    };
    let mut lines: Vec<String> = anchors.iter().map(line).collect();
    lines.sort_unstable();
    lines
}

/// Returns the digest that the policy believes in for longest, SHA-256 before others of the same length of time: what new
/// timestamps are over.
pub(super) fn digest_to_last(policy: &ValidationPolicy) -> DigestAlgorithm {
    use DigestAlgorithm::{Sha3_256, Sha3_384, Sha3_512, Sha256, Sha384, Sha512};
    let end = |digest: DigestAlgorithm| match policy.judge(AlgorithmUse::Digest(digest), Instant::MAX) {
        Judged::Strong => Instant::MAX,
        Judged::OutdatedSince(since) => since,
        Judged::NeverAccepted => Instant::MIN,
    };
    let mut best = Sha256;
    for digest in [Sha384, Sha512, Sha3_256, Sha3_384, Sha3_512] {
        best = if end(digest) > end(best) { digest } else { best };
    }
    best
}

/// What one step over the proofs of notices did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeProofRun {
    /// Notices whose proofs were judged.
    pub judged: Vec<NoticeId>,
    /// Notices that are to be renewed from now on.
    pub queued: Vec<NoticeId>,
    /// Notices whose files were given what their earlier timestamps lacked.
    pub settled: Vec<NoticeId>,
    /// Notices whose proofs are lost, as it was found now.
    pub lost: Vec<NoticeId>,
    /// Notices whose proofs have come nearer to their end than a distance at which that is an alarm, and could not be renewed.
    pub alarms: Vec<NoticeAlarm>,
    /// Whether there is more to do than one step does.
    pub has_more: bool,
}

/// A notice whose proof comes to its end, and could not be renewed so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeAlarm {
    /// The notice.
    pub id: NoticeId,
    /// The distance from its end that was reached, in days.
    pub days: u16,
    /// When it ends, and by what.
    pub lasts: Lasting,
    /// The code of what kept it from being renewed, where that was tried.
    pub waiting: Option<String>,
}
