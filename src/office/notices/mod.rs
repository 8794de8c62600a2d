//! Notices (処分通知): drafted, approved, sealed, issued, collected; in force, revoked or replaced.

mod approve;
mod batch;
mod batch_run;
mod change;
mod confirmation;
mod consent;
mod contact;
mod deadline;
mod delivery;
mod draft;
mod error;
mod file;
mod issue;
mod letters;
mod mail;
mod merge;
mod outbox;
mod pages;
mod paper;
mod proof;
mod proof_list;
mod renewal;
mod resident;
mod seal;
mod settling;
mod statement;
mod take_back;
mod typeset;
mod upgrade;
mod view;

pub use approve::Approved;
pub use batch::{BatchCount, BatchItem, BatchItemState, BatchView, SealBatch};
pub use confirmation::{ConfirmationNumber, PaperEffect, PaperMark, PaperStanding};
pub use consent::{Consent, ConsentLine, NewConsent};
pub use contact::{Contact, MailAddress, PostalAddress};
pub use deadline::Uncollected;
pub use delivery::Delivery;
pub use draft::NewNotice;
pub use error::NoticeError;
pub use issue::Issued;
pub use mail::{MailKind, MailState, NoticeMail, Post};
pub use merge::{MergeFault, MergeRow};
pub use outbox::{MailRun, OutboxItem};
pub use pages::{NoticeChanges, NoticePage};
pub use paper::{PaperDelivery, PrintItem, PrintPackage, ToPrint};
pub(super) use proof::beliefs;
pub use proof::{NoticeAlarm, NoticeProof, NoticeProofRun, NoticeProofState, ProofMark, ProofTrouble, Settling};
pub use proof_list::{NoticeProofView, NoticeProofs, ProofCounts};
pub use resident::{RecipientSession, ResidentView};
pub use seal::{SealItem, SealOutcome, SealUse};
pub use statement::{Contradiction, NoticeStatement, SealedStatement, StatedNotice};
pub use typeset::{NewTypeset, NoticePreview, SealAt, Typesetting};
pub use upgrade::{UpgradeRun, UpgradeView, Waiting};
pub use view::{NoticeSummary, NoticeView};

use super::settings::{AssuranceClass, NoticeFlag};
use super::{Actor, Office, OfficeError, Role};
use crate::digest::Sha256Hex;
use crate::id::{NoticeId, UserId};
use crate::ledger::NewEntry;
use crate::time::{Date, Instant, japanese_date};
use crate::wording::show::date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The state of a notice (contracts: NOTICE).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NoticeState {
    /// 起案: being drafted.
    Draft,
    /// 決裁待ち: submitted for approval.
    Submitted,
    /// 差戻し: returned to the drafter with a comment.
    Returned,
    /// 決裁済み: approved, and with it the hash of the PDF.
    Approved,
    /// 公印済み: sealed (class A: released without a seal).
    Sealed,
    /// 施行: issued; the recipient has the link.
    Issued,
    /// 受取可: the recipient has confirmed electronic delivery and can collect.
    Available,
    /// 到達: recorded in a file on the recipient's computer (N3).
    Arrived,
    /// 紙に切替: delivered on paper instead (N4).
    ToPaper,
    /// 廃案: given up as a draft; a number that it had is voided (N19).
    Discarded,
}

impl NoticeState {
    /// Every state, in the order of the usual way.
    pub const ALL: [Self; 10] = [
        Self::Draft,
        Self::Submitted,
        Self::Returned,
        Self::Approved,
        Self::Sealed,
        Self::Issued,
        Self::Available,
        Self::Arrived,
        Self::ToPaper,
        Self::Discarded,
    ];

    /// Returns the word of the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Submitted => "SUBMITTED",
            Self::Returned => "RETURNED",
            Self::Approved => "APPROVED",
            Self::Sealed => "SEALED",
            Self::Issued => "ISSUED",
            Self::Available => "AVAILABLE",
            Self::Arrived => "ARRIVED",
            Self::ToPaper => "TO_PAPER",
            Self::Discarded => "DISCARDED",
        }
    }

    /// Reads a word of the contract.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A notice as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The notice.
    pub id: NoticeId,
    /// Counts every change.
    pub row_version: u64,
    /// The notice type's identifier.
    pub kind: String,
    /// The assurance class when it was drafted (N6).
    pub class: AssuranceClass,
    /// The subject (件名).
    pub subject: String,
    /// The recipient's name.
    pub recipient: String,
    /// The section whose notice it is: the drafter's, or the one that took it over.
    pub section: String,
    /// The reasons of a disposition (N8).
    pub reasons: String,
    /// The appeal instructions of a disposition (教示, N8).
    pub appeal_instructions: String,
    /// What it asks of whoever has it (N9).
    #[serde(default)]
    pub flags: BTreeSet<NoticeFlag>,
    /// The state.
    pub state: NoticeState,
    /// Who drafted it.
    pub drafter: UserId,
    /// Who approved it, the last of them.
    pub approver: Option<UserId>,
    /// Every approval of its present form, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Who released the seal.
    pub seal_keeper: Option<UserId>,
    /// SHA-256 of the draft.
    pub draft_sha256: Sha256Hex,
    /// SHA-256 of what was approved (N18).
    pub approved_sha256: Option<Sha256Hex>,
    /// SHA-256 of the sealed file.
    pub sealed_sha256: Option<Sha256Hex>,
    /// The document number (N19), once issued.
    pub number: Option<String>,
    /// The number that it will have, where it was given before the issue to stand on the notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved_number: Option<String>,
    /// What it was set by; none where its PDF came from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typeset: Option<Typesetting>,
    /// The day of issue.
    pub issued_on: Option<Date>,
    /// A seal asked at a longer-lived level that is still to be reached, and by when (N12).
    pub upgrade: Option<PendingUpgrade>,
    /// The levels reached after sealing, each with its file's hash; every file is the beginning of the next.
    #[serde(default)]
    pub upgrades: Vec<Upgraded>,
    /// How the proof of a file of level B-LTA stands, as it was last judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<NoticeProof>,
    /// The recipient's agreement to electronic delivery (N2).
    pub consent: Option<Consent>,
    /// Agreements that were recorded before that one, oldest first.
    #[serde(default)]
    pub earlier_consents: Vec<Consent>,
    /// The delivery, once issued.
    pub delivery: Option<Delivery>,
    /// The delivery on paper, once that is the one official channel.
    #[serde(default)]
    pub paper: Option<PaperDelivery>,
    /// The mails about it, oldest first: what each is and what became of it, never to whom.
    #[serde(default)]
    pub mails: Vec<NoticeMail>,
    /// The present effect (N9).
    pub effect: Effect,
    /// What happened to it, oldest first.
    pub history: Vec<NoticeEvent>,
}

/// An approval (決裁) at one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The step, for example 課長; empty where there is a single one.
    #[serde(default)]
    pub step: String,
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Instant,
    /// Whose place it was done in (代決), and why; none where it was their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_place_of: Option<String>,
}

/// A longer-lived level still to be reached; visible, with its deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingUpgrade {
    /// The level asked for, for example `b-lta`.
    pub level: String,
    /// By when.
    pub due: Instant,
    /// Why the last attempt did not reach it, where there was one.
    #[serde(default)]
    pub waiting: Option<Waiting>,
}

/// A level that was reached after sealing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upgraded {
    /// When.
    pub at: Instant,
    /// The level, for example `b-lt`.
    pub level: String,
    /// SHA-256 of the file from then on.
    pub sha256: Sha256Hex,
}

/// The present effect of a notice (N9, N14).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "effect")]
pub enum Effect {
    /// 有効: in force.
    InForce,
    /// 取消: revoked.
    Revoked {
        /// When.
        at: Instant,
    },
    /// 差替: replaced by another notice.
    Replaced {
        /// When.
        at: Instant,
        /// The number of the other.
        by: String,
    },
}

impl Effect {
    /// Returns the code of the sentence that says it, with its parameters: `at`, the day in Japan, and `by`, a number.
    pub fn said(&self) -> (&'static str, Vec<(&'static str, String)>) {
        let day = |at: &Instant| {
            let on = japanese_date(*at);
            vec![("at", date(on)), ("day", on.to_string())]
        };
        match self {
            Self::InForce => ("effect-in-force", Vec::new()),
            Self::Revoked { at } => ("effect-revoked", day(at)),
            Self::Replaced { at, by } => ("effect-replaced", day(at).into_iter().chain([("by", by.clone())]).collect()),
        }
    }
}

/// Something that happened to a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeEvent {
    /// When.
    pub at: Instant,
    /// What: the ledger's verb, for example `notice.approved`.
    pub what: String,
    /// Which member of staff; none for the recipient and the system.
    pub by: Option<UserId>,
    /// What they said with it.
    pub comment: String,
}

impl Notice {
    /// Returns the hash of the file that is handed out now: as sealed, or as last upgraded.
    pub fn current_sha256(&self) -> Option<&Sha256Hex> {
        self.upgrades.last().map(|upgraded| &upgraded.sha256).or(self.sealed_sha256.as_ref())
    }

    /// Tells whether it was neither revoked nor replaced, nor given up before it had any effect.
    pub fn is_in_force(&self) -> bool {
        self.effect == Effect::InForce && self.state != NoticeState::Discarded
    }

    /// Returns the number that nothing has any more, as it was taken for a draft that was given up (欠番, N19).
    pub fn voided_number(&self) -> Option<&str> {
        self.reserved_number.as_deref().filter(|_| self.state == NoticeState::Discarded)
    }

    /// Tells whether somebody drafted it, or approved it at any step: such a one has no other part in it (N18).
    pub fn took_part(&self, user: UserId) -> bool {
        self.drafter == user || self.approver == Some(user) || self.approvals.iter().any(|approval| approval.by == user)
    }

    /// Has another section take it over (引継ぎ); number and files stay as they are.
    pub(super) fn hand_over(&mut self, to: &str, at: Instant) {
        let from = std::mem::replace(&mut self.section, to.to_owned());
        self.record(at, "notice.handed-over", None, &format!("{from} → {to}"));
    }

    /// Refuses unless the notice is in one of the states.
    fn require(&self, states: &[NoticeState]) -> Result<(), OfficeError> {
        if states.contains(&self.state) { Ok(()) } else { Err(NoticeError::State(self.state).into()) }
    }

    /// Writes an event down and counts the change.
    fn record(&mut self, at: Instant, what: &str, by: Option<UserId>, comment: &str) {
        self.row_version += 1;
        self.note(at, what, by, comment);
    }

    /// Writes down an event beside another one in the same change.
    fn note(&mut self, at: Instant, what: &str, by: Option<UserId>, comment: &str) {
        self.history.push(NoticeEvent { at, what: what.to_owned(), by, comment: comment.to_owned() });
    }
}

/// Refuses whoever is no clerk of the section whose notice it is; to others it is not there.
fn clerk_of(actor: &Actor, notice: &Notice) -> Result<(), OfficeError> {
    actor.require_any(&[Role::Clerk])?;
    if notice.section == actor.section() { Ok(()) } else { Err(NoticeError::NoSuchNotice(notice.id).into()) }
}

/// Who may see notices at all; administrators may not.
const VIEWERS: &[Role] = &[Role::Clerk, Role::Approver, Role::SealKeeper, Role::Auditor, Role::RecordsManager];

impl Office {
    /// Writes a change of a notice by an actor, with its event and ledger entry, in one transaction that `tx` is.
    async fn change_notice(
        &self,
        tx: Box<dyn super::ports::Transaction>,
        actor: &Actor,
        notice: Notice,
        verb: &str,
        comment: &str,
    ) -> Result<Notice, OfficeError> {
        let entry = self.entry(actor, verb, notice.id)?;
        self.write_change(tx, actor.user(), notice, entry, comment).await
    }

    /// The same for somebody whose right to do it was seen before.
    async fn change_notice_by(
        &self,
        tx: Box<dyn super::ports::Transaction>,
        user: UserId,
        notice: Notice,
        verb: &str,
        comment: &str,
    ) -> Result<Notice, OfficeError> {
        let entry = self.entry_by(&user.to_string(), verb, notice.id)?;
        self.write_change(tx, user, notice, entry, comment).await
    }

    async fn write_change(
        &self,
        mut tx: Box<dyn super::ports::Transaction>,
        user: UserId,
        mut notice: Notice,
        entry: NewEntry,
        comment: &str,
    ) -> Result<Notice, OfficeError> {
        notice.record(self.now(), entry.verb.as_str(), Some(user), comment);
        tx.update_notice(&notice).await?;
        let mut entry = entry.with("draft-sha256", &notice.draft_sha256)?;
        if let Some(sealed) = &notice.sealed_sha256 {
            entry = entry.with("sealed-sha256", sealed)?;
        }
        tx.append(entry).await?;
        tx.commit().await?;
        Ok(notice)
    }
}
