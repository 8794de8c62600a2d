//! Why a verb refused, or could not do its work.

use super::accounts::AccountError;
use super::checkpoints::CheckpointError;
use super::notices::NoticeError;
use super::ports::{BackupError, RenderError, ScanError, StoreError, VaultError};
use super::proofs::ProofError;
use super::records::FilingError;
use super::reorganisation::ReorganisationError;
use super::shelves::PaperError;
use super::templates::TemplateError;
use super::tokens::TokenError;
use super::tray::TrayError;
use super::{Role, Unfinished};
use crate::crypto::CryptoError;
use crate::fault::{Fault, Kind};
use crate::id::WorkerId;
use crate::ledger::{BadWord, LedgerError};
use crate::pades::PadesError;
use crate::pdf::PdfError;
use crate::records::RecordsError;

/// Why a verb refused, or could not do its work. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// The actor has none of the roles that may do this.
    #[error("only these roles may do this: {}", names(.0))]
    NotInRole(Vec<Role>),
    /// No such role.
    #[error("there is no role {0:?}")]
    UnknownRole(String),
    /// Name or password are wrong, or the account is disabled.
    #[error("the name or the password is wrong")]
    SignInFailed,
    /// Too many wrong passwords.
    #[error("too many wrong passwords; the account is locked for a while")]
    AccountLocked,
    /// No session, or it has ended.
    #[error("the session has ended; sign in again")]
    NoSession,
    /// The account name is taken or not a name.
    #[error("the account name is taken, or not of 2 to 64 letters, digits, '.', '-' and '_'")]
    BadAccountName,
    /// Somebody has the name.
    #[error("the account name is taken")]
    AccountNameTaken,
    /// The password is too short.
    #[error("a password has at least 12 characters")]
    WeakPassword,
    /// One's own account is another administrator's to change.
    #[error("one's own account is changed by another administrator")]
    OwnAccount,
    /// No such account.
    #[error("there is no such account")]
    NoSuchUser,
    /// A text is longer than it may be, in characters.
    #[error("the {0} is longer than {1} characters")]
    TooLong(&'static str, usize),
    /// Somebody else changed the row meanwhile.
    #[error("somebody else changed this meanwhile; look again")]
    ChangedMeanwhile,
    /// The database is a copy of an earlier one, restored after what entry of the ledger; it only reads, and takes holds.
    #[error(
        "the database was restored from a copy that ends at ledger entry {0}; until that is confirmed it only reads"
    )]
    CopyUnconfirmed(u64),
    /// Another task or process is at it right now.
    #[error("another process is at this right now; try again when it is done")]
    Leased,
    /// This process was silent for so long that the others took it for dead.
    #[error("this process was silent for so long that it was taken for dead; start it again")]
    Fenced,
    /// No such worker.
    #[error("no process {0} works on the database")]
    NoSuchWorker(WorkerId),
    /// The account does not let somebody in, or is not changed.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The notice verb refuses.
    #[error(transparent)]
    Notice(#[from] NoticeError),
    /// The records verb refuses.
    #[error(transparent)]
    Filing(#[from] FilingError),
    /// The virus check does not answer, and what was not checked is not taken.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// The verb of shelves and paper refuses.
    #[error(transparent)]
    Paper(#[from] PaperError),
    /// The verb of tray and scans refuses.
    #[error(transparent)]
    Tray(#[from] TrayError),
    /// The reorganisation cannot be proposed, approved or taken back.
    #[error(transparent)]
    Reorganisation(#[from] ReorganisationError),
    /// A template cannot be used, or what was filled in does not fit it.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A token or a request's key is not taken.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The records rules refuse.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The PDF.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// The seal.
    #[error(transparent)]
    Pades(#[from] PadesError),
    /// The key or the randomness.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The ledger does not hold together.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A checkpoint cannot be made, or does not hold.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A proof cannot be made or handed out.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A backup cannot be made, checked or restored.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A PDF could not be written.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Something that is no word would have gone into the ledger.
    #[error("a ledger entry could not be written")]
    LedgerWord(#[from] BadWord),
    /// A task of ours ended unexpectedly.
    #[error("a task ended unexpectedly")]
    Task,
}

fn names(roles: &[Role]) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ")
}

impl From<Unfinished> for OfficeError {
    fn from(_: Unfinished) -> Self {
        Self::Task
    }
}

/// The longest title, subject or name, in characters.
pub(super) const LONGEST_TITLE: usize = 1_000;
/// The longest name of a file, in characters.
pub(super) const LONGEST_FILE_NAME: usize = 255;

/// Refuses a text that is longer than it may be, in characters.
pub(super) fn fits(text: &str, name: &'static str, longest: usize) -> Result<(), OfficeError> {
    if text.chars().count() > longest { Err(OfficeError::TooLong(name, longest)) } else { Ok(()) }
}

impl Fault for OfficeError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotInRole(_) => "office-not-in-role",
            Self::TooLong(..) => "office-too-long",
            Self::UnknownRole(_) => "office-unknown-role",
            Self::SignInFailed => "office-sign-in-failed",
            Self::AccountLocked => "office-account-locked",
            Self::NoSession => "office-no-session",
            Self::BadAccountName => "office-bad-account-name",
            Self::AccountNameTaken => "office-account-name-taken",
            Self::WeakPassword => "office-weak-password",
            Self::OwnAccount => "office-own-account",
            Self::NoSuchUser => "office-no-such-user",
            Self::ChangedMeanwhile => "office-changed-meanwhile",
            Self::CopyUnconfirmed(_) => "office-copy-unconfirmed",
            Self::Leased => "office-leased",
            Self::Fenced => "office-fenced",
            Self::NoSuchWorker(_) => "office-no-such-worker",
            Self::Account(error) => error.code(),
            Self::Notice(error) => error.code(),
            Self::Filing(error) => error.code(),
            Self::Scan(error) => error.code(),
            Self::Paper(error) => error.code(),
            Self::Tray(error) => error.code(),
            Self::Reorganisation(error) => error.code(),
            Self::Template(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::Records(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Vault(error) => error.code(),
            Self::Pdf(error) => error.code(),
            Self::Pades(error) => error.code(),
            Self::Crypto(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::Checkpoint(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::Backup(error) => error.code(),
            Self::Render(error) => error.code(),
            Self::LedgerWord(_) => "office-ledger-word",
            Self::Task => "office-task",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotInRole(_) | Self::OwnAccount | Self::SignInFailed | Self::AccountLocked | Self::NoSession => {
                Kind::Forbidden
            }
            Self::UnknownRole(_) => Kind::Usage,
            Self::BadAccountName | Self::AccountNameTaken | Self::WeakPassword | Self::TooLong(..) => Kind::Refused,
            Self::NoSuchUser | Self::NoSuchWorker(_) => Kind::NotFound,
            Self::ChangedMeanwhile | Self::CopyUnconfirmed(_) | Self::Leased => Kind::Conflict,
            Self::Fenced => Kind::Unavailable,
            Self::Account(error) => error.kind(),
            Self::Notice(error) => error.kind(),
            Self::Filing(error) => error.kind(),
            Self::Scan(error) => error.kind(),
            Self::Paper(error) => error.kind(),
            Self::Tray(error) => error.kind(),
            Self::Reorganisation(error) => error.kind(),
            Self::Template(error) => error.kind(),
            Self::Token(error) => error.kind(),
            Self::Records(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Vault(error) => error.kind(),
            Self::Pdf(error) => error.kind(),
            Self::Pades(error) => error.kind(),
            Self::Crypto(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Checkpoint(error) => error.kind(),
            Self::Proof(error) => error.kind(),
            Self::Backup(error) => error.kind(),
            Self::Render(error) => error.kind(),
            Self::LedgerWord(_) | Self::Task => Kind::Defect,
        }
    }
}
