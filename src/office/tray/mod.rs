//! The tray: documents that came and are not filed yet. They are safe from the moment they are acknowledged, looked at by the
//! program, by a second person where they were scanned, and leave when they are filed or given up (R8).
//!
//! What a document becomes is another record with packages of its own; the tray's packages are destroyed behind it, keys first.

mod accept;
mod arrive;
mod awaiting;
mod covers;
mod error;
mod hand_in;
mod leave;
mod look;
mod mail;
mod pages;
mod paper;
mod process;
mod shred;
mod view;
mod wish;

pub use accept::Acceptance;
pub use arrive::NewArrival;
pub use error::TrayError;
pub use hand_in::HandedIn;
pub use paper::PaperView;
pub use process::{Progress, TrayLane, TrayRun};
pub use shred::{ShreddingLine, ShreddingView};
pub use view::{TrayCounts, TrayView};

use crate::office::{Actor, OfficeError, Role};
use crate::scans::{PAPER_WAITS_DAYS, ScanStandard};
use serde::{Deserialize, Serialize};

/// Who may bring, file and give up documents.
const FILERS: &[Role] = &[Role::Clerk, Role::RecordsClerk, Role::RecordsManager];
/// Who may propose that paper is shredded, and write down that it was.
const SHREDDERS: &[Role] = &[Role::RecordsClerk, Role::RecordsManager];
/// Who may approve that paper is shredded.
const KEEPERS: &[Role] = &[Role::RecordsManager];
/// Who may look at lists.
const READERS: &[Role] = &[Role::Clerk, Role::Approver, Role::RecordsClerk, Role::RecordsManager, Role::Auditor];
/// The name under which the program itself acts in the ledger.
const SYSTEM: &str = "system";

/// What the city asks of scans, and how long it keeps their paper (R8).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScanPolicy {
    /// What is asked of a scan.
    pub standard: ScanStandard,
    /// Days that paper is kept after it was scanned, whatever anybody decides.
    pub paper_waits_days: u32,
    /// Classes whose paper is always kept, with those below them.
    pub classes_on_paper: Vec<String>,
    /// Days within which what was given up can be taken back.
    pub given_up_days: u32,
}

impl Default for ScanPolicy {
    fn default() -> Self {
        Self {
            standard: ScanStandard::default(),
            paper_waits_days: PAPER_WAITS_DAYS,
            classes_on_paper: Vec::new(),
            given_up_days: 30,
        }
    }
}

/// Refuses an actor who has none of the roles.
fn allow(actor: &Actor, roles: &[Role]) -> Result<(), OfficeError> {
    actor.require_any(roles)
}
