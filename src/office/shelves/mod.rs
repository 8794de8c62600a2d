//! The verbs of shelves and paper: surveys of the office, volumes and who has them, and what comes free (R10).

mod error;
mod furniture;
mod import;
mod outlook;
mod volumes;

pub use error::PaperError;
pub use furniture::{FurnitureView, NewFurniture, NewReading};
pub use import::{SurveyFault, SurveyImport, SurveyLine};
pub use outlook::SectionForecast;
pub use volumes::{NewVolume, VolumePlace, VolumeView};

use crate::office::{Actor, OfficeError, Role};

/// Who may write down what stands where.
const WRITERS: &[Role] = &[Role::Clerk, Role::RecordsClerk, Role::RecordsManager];
/// Who may look.
const READERS: &[Role] = &[Role::Clerk, Role::Approver, Role::RecordsClerk, Role::RecordsManager, Role::Auditor];

/// Refuses an actor who has none of the roles.
fn allow(actor: &Actor, roles: &[Role]) -> Result<(), OfficeError> {
    actor.require_any(roles)
}
