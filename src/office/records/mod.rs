//! Records: filing, retention, holds and disposal (R1–R6).
//!
//! One function destroys, in `run`; everything else plans. Each change and its ledger entry share a transaction.

mod access;
mod arrival;
mod awaiting;
mod brake;
mod bury;
mod certificate;
mod claim;
mod clock;
mod contents;
mod dating;
mod decide;
mod disposal_register;
mod error;
mod falling_due;
mod file_once;
mod files;
mod filing;
mod fixity;
mod fsck;
mod glance;
mod handover;
mod holds;
mod import;
pub(in crate::office) mod ingest;
mod items;
pub(in crate::office) mod kept;
mod known;
pub(in crate::office) mod lineages;
mod memory;
mod narrowing;
pub(in crate::office) mod paper_facts;
pub(in crate::office) mod paper_files;
mod plan;
mod preview;
mod published;
mod read;
mod rebuild;
mod recover;
mod restored;
mod rules;
mod run;
mod search;
mod searches;
pub(in crate::office) mod sight;
mod standing;
mod transfer;
mod views;
mod walk;
mod what_if;

pub use access::{AccessChange, AccessTarget, AccessView, RecordReading};
pub use arrival::Arrival;
pub use disposal_register::DisposalRegisterPage;
pub use error::FilingError;
pub use falling_due::DueByYear;
pub use files::FileChange;
pub use filing::Filing;
pub use fixity::{AuditBounds, AuditRun, FixityAlarm, FixityPolicy, FixityView};
pub use handover::{Handover, HandoverForm, MANIFEST, MANIFEST_COLUMNS, ReceiptOutcome, ReceiptProblem};
pub use import::{LineFault, RegisterImport, RegisterLine};
pub(in crate::office) use known::backed_up_packages;
pub use memory::RecordsState;
pub(in crate::office) use memory::state as records_state_of;
pub use narrowing::SearchChoices;
pub use paper_files::PaperFile;
pub use published::{PublishedPage, PublishedPart, PublishedRow};
pub use rebuild::rebuild;
pub use restored::RestoredView;
pub use searches::{FoundFiles, NewSearch, SearchView};
pub use views::{
    Digitisation, DisposalItemView, DisposalPolicy, DisposalPreview, DisposalView, FileView, Filed, FoundIn,
    FsckFinding, FsckReport, HoldEffect, HoldView, KeptFile, LoadedRules, MovedFile, NewHold, NewRecord, NewRecordFile,
    RecordHit, RecordView, RecordsFound, RecoveryReport, RegisterPage, RegisterRow, RunReport, SearchCursor, TextsRead,
    TransferDraft, TransferList, TransferReceived, WaitingRules,
};
pub use what_if::{EffectQuestion, RulesEffect};

use crate::office::{Actor, OfficeError, Role};
use crate::records::RecordsError;

/// Who may file.
const FILERS: &[Role] = &[Role::Clerk, Role::RecordsClerk, Role::RecordsManager];
/// Who may place and release holds.
const HOLDERS: &[Role] = &[Role::RecordsClerk, Role::RecordsManager];
/// Who may appraise, propose, approve and run disposals.
const KEEPERS: &[Role] = &[Role::RecordsManager];
/// Who may read records and registers.
const READERS: &[Role] = &[Role::Clerk, Role::Approver, Role::RecordsClerk, Role::RecordsManager, Role::Auditor];

/// The name under which the program itself acts in the ledger.
const SYSTEM: &str = "system";

/// Refuses an actor who has none of the roles.
fn allow(actor: &Actor, roles: &[Role]) -> Result<(), OfficeError> {
    actor.require_any(roles)
}

/// Refuses an empty text where something must be said.
fn said(text: &str, name: &'static str) -> Result<(), OfficeError> {
    if text.trim().is_empty() { Err(RecordsError::Unsaid(name).into()) } else { Ok(()) }
}
