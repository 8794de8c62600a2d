//! Why a notice verb is refused.

use super::NoticeState;
use crate::fault::{Fault, Kind};
use crate::id::{BatchId, MailId, NoticeId, PrintPackageId};

/// A refusal by one of the notice verbs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// No such notice.
    #[error("there is no notice {0}")]
    NoSuchNotice(NoticeId),
    /// No such notice type.
    #[error("there is no notice type {0:?}")]
    NoSuchKind(String),
    /// The notice is in another state than the verb asks for.
    #[error("the notice is in state {0:?}, in which this cannot be done")]
    State(NoticeState),
    /// Something that must be said is empty.
    #[error("{0} must not be empty")]
    Empty(&'static str),
    /// A disposition without its reasons (N8).
    #[error("a disposition needs its reasons")]
    NoReasons,
    /// A disposition without its appeal instructions (N8).
    #[error("a disposition needs its appeal instructions")]
    NoAppealInstructions,
    /// Only the drafter may.
    #[error("only the drafter may do this")]
    NotDrafter,
    /// The approver is the drafter (N18).
    #[error("nobody approves their own draft")]
    OwnDraft,
    /// The approver approved an earlier step.
    #[error("whoever approved an earlier step leaves the next to somebody else")]
    ApprovedBefore,
    /// The seal keeper is the drafter or the approver (N18).
    #[error("whoever drafted or approved a notice does not release its seal")]
    OwnSeal,
    /// The hash given is not the hash of the file (N18).
    #[error("the hash given is not that of the PDF as it stands; look at it again")]
    HashDiffers,
    /// No seal is set up.
    #[error("no official seal is set up; name its key under [seal] in the city's settings")]
    NoSeal,
    /// A class B or C notice, and no timestamping authority is set up.
    #[error("no timestamping authority is set up, and the notice's class asks for a timestamp")]
    NoTimestamps,
    /// The sealed file did not pass validation; it was not stored.
    #[error("the sealed PDF did not pass validation ({0}); it was not stored")]
    SealNotValid(String),
    /// Another timestamp would not have lengthened the proof: the authority's own certificate ends too soon.
    #[error("a further timestamp would prove the notice no longer than those that it has; it was not stored")]
    ProofNotLonger,
    /// Electronic delivery is excluded for the type (N1).
    #[error("electronic delivery is excluded for this type of notice")]
    ElectronicExcluded,
    /// The recipient has not agreed (N2).
    #[error("the recipient has not agreed to electronic delivery")]
    NoConsent,
    /// The way of agreeing is not permitted (N2).
    #[error("{0:?} is not a permitted way of agreeing to electronic delivery")]
    ConsentMethod(String),
    /// What the agreement is for is nothing that the city has (N2).
    #[error("{0:?} is no scope of an agreement here")]
    ConsentScope(String),
    /// The agreement is of a day to come.
    #[error("an agreement is not given on a day to come")]
    ConsentDay,
    /// The section has no symbol for numbers (N19).
    #[error("the section has no symbol for document numbers")]
    NoSymbol,
    /// The link or the code is wrong.
    #[error("the link or the code is wrong")]
    WrongCode,
    /// Too many wrong codes.
    #[error("too many wrong codes; the link is locked for a while")]
    LinkLocked,
    /// The recipient's session has ended.
    #[error("the session has ended; enter the code again")]
    SessionEnded,
    /// The deadline has passed (N4).
    #[error("the last day to collect this notice has passed")]
    TooLate,
    /// No such batch.
    #[error("there is no batch {0}")]
    NoSuchBatch(BatchId),
    /// A batch of nothing, or with one notice twice.
    #[error("a batch has at least one notice, and each only once")]
    BadBatch,
    /// The batch is released already, or is not released yet.
    #[error("the batch is released already, or not yet")]
    BatchState,
    /// The list given is not the list that was frozen (N18).
    #[error("the list's hash is not that of the list as it was frozen")]
    BatchListDiffers,
    /// A notice of the batch waits on another released batch.
    #[error("a notice of this batch waits on another batch that is released")]
    BatchOverlaps,
    /// The batch is being sealed right now.
    #[error("the batch is being sealed right now")]
    BatchRunning,
    /// A place in the order of changes that was never come to here.
    #[error("the cursor is not of this database, or of before it was restored; begin again without one")]
    UnknownPlace,
    /// Not a mail address.
    #[error("this is no mail address")]
    BadMailAddress,
    /// Not a postal address.
    #[error("a postal address is a postcode of seven digits and one to three lines of at most 40 characters")]
    BadPostalAddress,
    /// Nothing that could go to the print room.
    #[error("nothing is to be printed whose address is known")]
    NothingToPrint,
    /// The notice is not to be printed, or was put into a package before.
    #[error("notice {0} is not on paper, not in force, or in a package for the print room already")]
    NotToPrint(NoticeId),
    /// The postal address is not known.
    #[error("the postal address for notice {0} is not known")]
    NoPostalAddress(NoticeId),
    /// No such package.
    #[error("there is no package {0} for the print room")]
    NoSuchPrintPackage(PrintPackageId),
    /// The package is not at this step.
    #[error("the package for the print room is not at this step")]
    PrintPackageState,
    /// A day before the package was made, or one to come.
    #[error("the day is before the package was made, or still to come")]
    PaperDay,
    /// No such mail waits for anybody.
    #[error("no mail {0} waits to be seen to")]
    NoSuchMail(MailId),
    /// The notice has no effect that could be changed.
    #[error("the notice is not in force")]
    NotInForce,
}

impl Fault for NoticeError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoSuchNotice(_) => "notice-not-found",
            Self::NoSuchKind(_) => "notice-no-such-kind",
            Self::State(_) => "notice-state",
            Self::Empty(_) => "notice-empty",
            Self::NoReasons => "notice-no-reasons",
            Self::NoAppealInstructions => "notice-no-appeal-instructions",
            Self::NotDrafter => "notice-not-drafter",
            Self::OwnDraft => "notice-own-draft",
            Self::ApprovedBefore => "notice-approved-before",
            Self::OwnSeal => "notice-own-seal",
            Self::HashDiffers => "notice-hash-differs",
            Self::NoSeal => "notice-no-seal",
            Self::NoTimestamps => "notice-no-timestamps",
            Self::SealNotValid(_) => "notice-seal-not-valid",
            Self::ProofNotLonger => "notice-proof-not-longer",
            Self::ElectronicExcluded => "notice-electronic-excluded",
            Self::NoConsent => "notice-no-consent",
            Self::ConsentMethod(_) => "notice-consent-method",
            Self::ConsentScope(_) => "notice-consent-scope",
            Self::ConsentDay => "notice-consent-day",
            Self::NoSymbol => "notice-no-symbol",
            Self::WrongCode => "notice-wrong-code",
            Self::LinkLocked => "notice-link-locked",
            Self::SessionEnded => "notice-session-ended",
            Self::TooLate => "notice-too-late",
            Self::NoSuchBatch(_) => "notice-no-such-batch",
            Self::BadBatch => "notice-bad-batch",
            Self::BatchState => "notice-batch-state",
            Self::BatchListDiffers => "notice-batch-list-differs",
            Self::BatchOverlaps => "notice-batch-overlaps",
            Self::BatchRunning => "notice-batch-running",
            Self::UnknownPlace => "notice-unknown-place",
            Self::BadMailAddress => "notice-bad-mail-address",
            Self::BadPostalAddress => "notice-bad-postal-address",
            Self::NothingToPrint => "notice-nothing-to-print",
            Self::NotToPrint(_) => "notice-not-to-print",
            Self::NoPostalAddress(_) => "notice-no-postal-address",
            Self::NoSuchPrintPackage(_) => "notice-no-such-print-package",
            Self::PrintPackageState => "notice-print-package-state",
            Self::PaperDay => "notice-paper-day",
            Self::NoSuchMail(_) => "notice-no-such-mail",
            Self::NotInForce => "notice-not-in-force",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoSuchNotice(_)
            | Self::NoSuchKind(_)
            | Self::NoSuchBatch(_)
            | Self::NoSuchMail(_)
            | Self::NoSuchPrintPackage(_) => Kind::NotFound,
            Self::State(_)
            | Self::NotInForce
            | Self::NotToPrint(_)
            | Self::PrintPackageState
            | Self::HashDiffers
            | Self::UnknownPlace => Kind::Conflict,
            Self::BatchState | Self::BatchListDiffers | Self::BatchOverlaps | Self::BatchRunning => Kind::Conflict,
            Self::NotDrafter | Self::OwnDraft | Self::ApprovedBefore | Self::OwnSeal => Kind::Forbidden,
            Self::WrongCode | Self::LinkLocked | Self::SessionEnded => Kind::Forbidden,
            Self::NoSeal | Self::NoTimestamps => Kind::Unavailable,
            Self::SealNotValid(_) => Kind::Defect,
            _ => Kind::Refused,
        }
    }
}
