//! Statements on issued notices: what the city holds to be issued and in force, under its seal, for somebody elsewhere to keep. Two
//! of them show whether anything was taken back unseen.
//!
//! A statement discloses nothing of a notice to whoever does not have it: a file stands there by its hash, and its number by a digest
//! over number and hash.

use super::{Effect, Notice};
use crate::digest::Sha256Hex;
use crate::ledger::Checkpoint;
use crate::office::{Actor, CheckpointError, Office, OfficeError, Role, Sealed};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who may make one.
const STATERS: &[Role] = &[Role::Auditor, Role::RecordsManager, Role::Administrator];
/// Notices read at a time.
const PAGE: u32 = 500;

/// What the city holds to be issued, at the end of its ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeStatement {
    /// The end of the ledger.
    pub ledger: Checkpoint,
    /// The notices, by the digests of their numbers.
    pub notices: Vec<StatedNotice>,
}

/// A notice in a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedNotice {
    /// SHA-256 of the file as it was issued, and of each that it has grown to since, in order.
    pub files: Vec<Sha256Hex>,
    /// SHA-256 over the number, a line feed, and the hexadecimal digits of the first file's hash.
    pub number: Sha256Hex,
    /// The effect: `in-force`, `revoked` or `replaced`.
    pub effect: String,
    /// Since when it was revoked or replaced.
    pub at: Option<Instant>,
}

/// Something that a later statement says otherwise than it may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    /// What: `gone`, `file-changed`, `effect-returned`, `ledger-shorter`, `ledger-rewritten`.
    pub what: &'static str,
    /// The notice, as [`StatedNotice::number`]; none of the ledger.
    pub notice: Option<Sha256Hex>,
}

/// A statement in its seal.
#[derive(Clone, Debug)]
pub struct SealedStatement {
    /// What it says.
    pub statement: NoticeStatement,
    /// Its seal.
    pub sealed: Sealed,
}

impl SealedStatement {
    /// Reads a sealed statement, and verifies signature and timestamp; says nothing on whom to believe.
    ///
    /// # Errors
    /// [`CheckpointError::Unreadable`], [`CheckpointError::Forged`].
    pub fn open(name: &str, der: &[u8]) -> Result<Self, CheckpointError> {
        let (sealed, statement) = Sealed::open(name, der)?;
        Ok(Self { statement, sealed })
    }
}

impl NoticeStatement {
    /// Lists what a later statement contradicts. Notices may be added, files grow, and effects end; nothing else.
    pub fn contradictions(&self, later: &Self) -> Vec<Contradiction> {
        let mut found = Vec::new();
        if later.ledger.seq < self.ledger.seq {
            found.push(Contradiction { what: "ledger-shorter", notice: None });
        } else if later.ledger.seq == self.ledger.seq && later.ledger.hash != self.ledger.hash {
            found.push(Contradiction { what: "ledger-rewritten", notice: None });
        }
        let by_number: BTreeMap<&Sha256Hex, &StatedNotice> =
            later.notices.iter().map(|one| (&one.number, one)).collect();
        for before in &self.notices {
            let what = match by_number.get(&before.number) {
                None => Some("gone"),
                Some(now) => before.contradicted_by(now),
            };
            found.extend(what.map(|what| Contradiction { what, notice: Some(before.number.clone()) }));
        }
        found
    }
}

impl StatedNotice {
    /// Says what is stated of an issued notice; nothing of one that is not issued.
    fn of(notice: &Notice) -> Option<Self> {
        let number = notice.number.as_deref()?;
        let first = notice.sealed_sha256.as_ref().or(notice.approved_sha256.as_ref())?;
        let grown = notice.upgrades.iter().map(|upgraded| &upgraded.sha256);
        let (effect, at) = match &notice.effect {
            Effect::InForce => ("in-force", None),
            Effect::Revoked { at } => ("revoked", Some(*at)),
            Effect::Replaced { at, .. } => ("replaced", Some(*at)),
        };
        Some(Self {
            files: std::iter::once(first).chain(grown).cloned().collect(),
            number: Sha256Hex::of(format!("{number}\n{first}").as_bytes()),
            effect: effect.to_owned(),
            at,
        })
    }

    fn contradicted_by(&self, later: &Self) -> Option<&'static str> {
        if !later.files.starts_with(&self.files) {
            return Some("file-changed");
        }
        let has_ended = self.effect != "in-force";
        (has_ended && (&later.effect, later.at) != (&self.effect, self.at)).then_some("effect-returned")
    }
}

impl Office {
    /// States what is issued and in force, seals that with the service's own key, and writes down that it did.
    ///
    /// # Errors
    /// [`OfficeError::NotInRole`]; [`CheckpointError::NoKey`]; [`OfficeError::Ledger`] where the ledger does not hold;
    /// [`OfficeError::Pades`] where no timestamp can be had now, though the city has an authority.
    pub async fn state_notices(&self, actor: &Actor) -> Result<Vec<u8>, OfficeError> {
        actor.require_any(STATERS)?;
        let identity = self.seals.report_identity().ok_or(CheckpointError::NoKey)?;
        drop(self.begin().await?);
        let mut notices = Vec::new();
        // What is issued meanwhile is in the next one; the ledger's end is taken first.
        let ledger = self.verify_ledger(Vec::new()).await?;
        let (mut tx, mut before) = (self.read().await?, None);
        loop {
            let page = tx.notices_in(None, before, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            before = Some(*last);
            notices.extend(page.iter().filter_map(|(_, notice)| StatedNotice::of(notice)));
        }
        drop(tx);
        notices.sort_by(|one, other| one.number.cmp(&other.number));
        let (office, count, statement) = (self.clone(), notices.len() as u64, NoticeStatement { ledger, notices });
        let der = self.busy(move || office.seal_content(&statement, &identity)).await??;
        let sealed = SealedStatement::open("the new statement", &der)?;
        let mut tx = self.begin().await?;
        let entry = self.entry(actor, "notices.stated", format!("ledger/{}", sealed.statement.ledger.seq))?;
        tx.append(entry.with("sealed", &sealed.sealed.sha256)?.with_number("notices", count)?).await?;
        tx.commit().await?;
        Ok(der)
    }
}
