//! Why a records verb is refused.

use crate::fault::{Fault, Kind};
use crate::id::{DisposalId, HoldId, RecordFileId, RecordId, SearchId};
use crate::records::{AccessClass, ClassCode};
use crate::time::{Date, Instant};

/// A refusal by one of the records verbs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilingError {
    /// No rule set has been loaded.
    #[error("no retention rule set is loaded")]
    NoRuleSet,
    /// A version of a rule set is loaded once and never changed (R1).
    #[error(
        "version {version} of rule set {set} is loaded already with other words; give the changed set a new version"
    )]
    RuleVersionTaken {
        /// The set.
        set: String,
        /// The version.
        version: String,
    },
    /// The database is no copy that waits to be confirmed.
    #[error("the database is no restored copy, or was confirmed already")]
    NothingRestored,
    /// What a restored database lacks is not what was shown.
    #[error("what the restored database lacks is not what was shown; look at it again")]
    RestoredChanged,
    /// No such version waits for approval: it is not there, or acts already (R1).
    #[error("no version {version} of rule set {set} waits for approval")]
    RulesNotWaiting {
        /// The set.
        set: String,
        /// The version.
        version: String,
    },
    /// The rule set is not the one that was shown (R1).
    #[error("the rule set is not the one that was shown; look at it again")]
    RulesNotAsShown,
    /// Only the lowest classes take record files.
    #[error("class {0} is not one that takes record files")]
    NotALeaf(ClassCode),
    /// No single rule applies, and nobody may guess (R1).
    #[error("no single retention rule applies to class {class} on {day}")]
    NoRule {
        /// The class.
        class: ClassCode,
        /// The day.
        day: Date,
    },
    /// The virus check found something.
    #[error("the virus check found {0}")]
    Infected(String),
    /// No such record file.
    #[error("there is no record file {0}")]
    NoSuchFile(RecordFileId),
    /// No such record.
    #[error("there is no record {0}")]
    NoSuchRecord(RecordId),
    /// No such hold.
    #[error("there is no hold {0}")]
    NoSuchHold(HoldId),
    /// No such disposal.
    #[error("there is no disposal {0}")]
    NoSuchDisposal(DisposalId),
    /// The record file takes no more records.
    #[error("record file {0} is closed")]
    FileClosed(RecordFileId),
    /// The record file is not closed, or is closed already.
    #[error("record file {0} is in another state than this asks for")]
    FileState(RecordFileId),
    /// A record is being filed in the file at this moment, or was when the program was stopped.
    #[error("a record is being filed in record file {0}")]
    FileBusy(RecordFileId),
    /// The record file is on a list for disposal.
    #[error("record file {0} is listed for disposal")]
    FileListed(RecordFileId),
    /// The record file is on its way to the archives.
    #[error("record file {0} is on its way to the archives; take in their receipt, or cancel the transfer")]
    InTransfer(RecordFileId),
    /// The record file is not on its way to the archives.
    #[error("record file {0} is not on its way to the archives")]
    NotInTransfer(RecordFileId),
    /// The archives have the record file already.
    #[error("the archives have record file {0} already")]
    Transferred(RecordFileId),
    /// Neither appraisal nor rule say that the archives are to have the record file.
    #[error("neither its appraisal nor its rule says that record file {0} is to be transferred")]
    NotForTransfer(RecordFileId),
    /// A hold keeps the record file here.
    #[error("a hold is in force on record file {0}; it is transferred when that is over")]
    TransferHeld(RecordFileId),
    /// The record file is not due, is empty or open, its rule changed, or one of its records is on another way.
    #[error("record file {0} is not due and settled: not over, empty, open, under a rule that changed, or listed")]
    TransferNotReady(RecordFileId),
    /// What was written for the archives is not what stands in the database.
    #[error("record file {0} changed while it was written out; nothing was sent, write it out again")]
    TransferChanged(RecordFileId),
    /// The manifest is not of the file as it stands.
    #[error("the manifest does not name every record of file {0} as it stands, and no other; take the package anew")]
    ManifestDiffers(RecordFileId),
    /// A receipt or a manifest is no table of the kind that is asked for.
    #[error("the table cannot be read: {0}")]
    ReceiptUnreadable(String),
    /// The package holds another original than was filed.
    #[error("record {0}: the original in its package is not the one that was filed")]
    PackageChanged(RecordId),
    /// No such saved search.
    #[error("there is no saved search {0}")]
    NoSuchSearch(SearchId),
    /// Two saved searches of one name would be taken for each other.
    #[error("a saved search of that name is there already")]
    SearchNameTaken,
    /// A search that asks for nothing would find everything.
    #[error("the search asks for nothing; say at least one of words, class, days, creator and custodian")]
    SearchEmpty,
    /// A hold lies on what the search describes, and names it.
    #[error("a hold lies on saved search {0}; it can be deleted when that is over")]
    SearchHeld(SearchId),
    /// The record is hidden, because its disposal is decided.
    #[error("record {0} is sealed off for disposal")]
    SealedOff(RecordId),
    /// The record is destroyed; a tombstone is left.
    #[error("record {0} was destroyed")]
    Destroyed(RecordId),
    /// The record file is restricted, and the actor is nobody whom it lets in.
    #[error("record file {0} is restricted to its custodian's section and to whom it names")]
    RestrictedFile(RecordFileId),
    /// The record is restricted, and the actor is nobody whom its file lets in.
    #[error("record {0} is restricted to the custodian's section and to whom its file names")]
    RestrictedRecord(RecordId),
    /// What is restricted is read only where the ledger can say so.
    #[error(
        "the database was restored from a copy that ends at ledger entry {0}; until that is confirmed nothing restricted is shown, as its reading could not be written down"
    )]
    Unlogged(u64),
    /// Neither an account nor the section of one.
    #[error("nobody has that login or is of that section")]
    NoSuchGrantee,
    /// The record file does not let them in by name.
    #[error("record file {0} does not name them")]
    NotGranted(RecordFileId),
    /// Persons and sections are named on the file.
    #[error("persons and sections are named on the file of record {0}, and count for its restricted records")]
    GrantOnRecord(RecordId),
    /// A file is opened more open than its class says.
    #[error("the file plan says that files of this class are {}; a stricter access class may be given, and no other", .0.word())]
    BelowPlan(AccessClass),
    /// The notice is in a record already.
    #[error("the notice is filed already as record {0}")]
    NoticeFiled(RecordId),
    /// The hold was released before.
    #[error("hold {0} was released before")]
    HoldReleased(HoldId),
    /// What came with a document is no derivative that is known.
    #[error("what was made of the document cannot be filed with it: {0}")]
    Derivative(String),
    /// A day lies in the future, where only the past makes sense.
    #[error("{0} lies in the future")]
    Future(Date),
    /// A day lies before the one it must follow.
    #[error("{later} must not lie before {earlier}")]
    DaysReversed {
        /// The day that must come first.
        earlier: Date,
        /// The day that must follow.
        later: Date,
    },
    /// The disposal is in another state.
    #[error("disposal {id} is {state}, and this asks for {wanted}")]
    DisposalState {
        /// The disposal.
        id: DisposalId,
        /// Its state.
        state: &'static str,
        /// The state it would have to be in.
        wanted: &'static str,
    },
    /// One person may decide once (R5).
    #[error("proposer, first and second approver must be three different persons")]
    SamePerson,
    /// The list is not the one that was shown, or not the one that was frozen (R5).
    #[error("the list is not the one that was shown; look at it again")]
    ListChanged,
    /// Files on the list are not appraised (R5).
    #[error("{0} files on the list are not appraised for destruction")]
    NotAppraised(usize),
    /// The review board has not consented to files on the list (R5).
    #[error("the review board has not consented to {0} files on the list")]
    NoBoardConsent(usize),
    /// The time for objections is running.
    #[error("objections may be raised until {0}")]
    GraceRunning(Instant),
    /// The clock shows a time before something that is in the ledger already: nothing is claimed by it.
    #[error("the clock shows a time before an entry of the ledger; nothing is destroyed by such a clock")]
    ClockWentBack,
    /// The clock is a day or more from the last timestamp: nothing is claimed by it.
    #[error("the clock is more than 24 hours from the last timestamp; nothing is destroyed by such a clock")]
    ClockDisagrees,
    /// Backups may still hold what was destroyed.
    #[error("backups may hold the records until {0}")]
    BackupsNotAged(Instant),
    /// A backup from before the destruction is still there.
    #[error(
        "a backup as of {0} is still in the store, from before the records were destroyed; `backup prune` takes it away"
    )]
    BackupsRemain(Instant),
    /// The file is not on the list, or can no longer be taken off it.
    #[error("record file {0} is not on the list, or is claimed already")]
    NotOnList(RecordFileId),
}

impl Fault for FilingError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoRuleSet => "filing-no-rule-set",
            Self::RuleVersionTaken { .. } => "filing-rule-version-taken",
            Self::NothingRestored => "copy-nothing-restored",
            Self::RestoredChanged => "copy-changed",
            Self::RulesNotWaiting { .. } => "filing-rules-not-waiting",
            Self::RulesNotAsShown => "filing-rules-not-as-shown",
            Self::NotALeaf(_) => "filing-not-a-leaf",
            Self::NoRule { .. } => "filing-no-rule",
            Self::Infected(_) => "filing-infected",
            Self::NoSuchFile(_) => "filing-no-such-file",
            Self::NoSuchRecord(_) => "filing-no-such-record",
            Self::NoSuchHold(_) => "hold-not-found",
            Self::NoSuchDisposal(_) => "disposal-not-found",
            Self::FileClosed(_) => "filing-file-closed",
            Self::FileState(_) => "filing-file-state",
            Self::FileBusy(_) => "filing-file-busy",
            Self::FileListed(_) => "filing-file-listed",
            Self::InTransfer(_) => "transfer-under-way",
            Self::NotInTransfer(_) => "transfer-not-sent",
            Self::Transferred(_) => "transfer-done",
            Self::NotForTransfer(_) => "transfer-not-asked",
            Self::TransferHeld(_) => "transfer-held",
            Self::TransferNotReady(_) => "transfer-not-ready",
            Self::TransferChanged(_) => "transfer-changed",
            Self::ManifestDiffers(_) => "transfer-manifest-differs",
            Self::ReceiptUnreadable(_) => "receipt-unreadable",
            Self::PackageChanged(_) => "package-changed",
            Self::NoSuchSearch(_) => "search-not-found",
            Self::SearchNameTaken => "search-name-taken",
            Self::SearchEmpty => "search-empty",
            Self::SearchHeld(_) => "search-held",
            Self::SealedOff(_) => "filing-sealed-off",
            Self::Destroyed(_) => "filing-destroyed",
            Self::RestrictedFile(_) => "access-restricted-file",
            Self::RestrictedRecord(_) => "access-restricted-record",
            Self::Unlogged(_) => "access-not-logged",
            Self::NoSuchGrantee => "access-no-such-grantee",
            Self::NotGranted(_) => "access-not-granted",
            Self::GrantOnRecord(_) => "access-grant-on-record",
            Self::BelowPlan(_) => "access-below-plan",
            Self::NoticeFiled(_) => "filing-notice-filed",
            Self::HoldReleased(_) => "hold-released",
            Self::Derivative(_) => "filing-derivative",
            Self::Future(_) => "filing-day-in-future",
            Self::DaysReversed { .. } => "filing-days-reversed",
            Self::DisposalState { .. } => "disposal-state",
            Self::SamePerson => "disposal-same-person",
            Self::ListChanged => "disposal-list-changed",
            Self::NotAppraised(_) => "disposal-not-appraised",
            Self::NoBoardConsent(_) => "disposal-no-board-consent",
            Self::GraceRunning(_) => "disposal-grace-running",
            Self::ClockWentBack => "disposal-clock-went-back",
            Self::ClockDisagrees => "disposal-clock-disagrees",
            Self::BackupsNotAged(_) => "disposal-backups-not-aged",
            Self::BackupsRemain(_) => "disposal-backups-remain",
            Self::NotOnList(_) => "disposal-not-on-list",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoSuchFile(_)
            | Self::NoSuchRecord(_)
            | Self::NoSuchHold(_)
            | Self::NoSuchDisposal(_)
            | Self::NoSuchSearch(_) => Kind::NotFound,
            Self::ClockWentBack | Self::ClockDisagrees => Kind::Unavailable,
            Self::SamePerson | Self::RestrictedFile(_) | Self::RestrictedRecord(_) => Kind::Forbidden,
            Self::NoRuleSet
            | Self::Infected(_)
            | Self::NotALeaf(_)
            | Self::NoRule { .. }
            | Self::Derivative(_)
            | Self::Future(_)
            | Self::DaysReversed { .. }
            | Self::ManifestDiffers(_)
            | Self::ReceiptUnreadable(_)
            | Self::PackageChanged(_)
            | Self::SearchEmpty
            | Self::NoSuchGrantee
            | Self::GrantOnRecord(_)
            | Self::BelowPlan(_) => Kind::Refused,
            _ => Kind::Conflict,
        }
    }
}
