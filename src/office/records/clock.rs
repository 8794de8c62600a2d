//! Whether the clock can be believed: nothing is claimed by one that went back (R5).

use super::error::FilingError;
use crate::office::OfficeError;
use crate::office::ports::Transaction;
use crate::time::Instant;

/// How many of the newest ledger entries a clock is held against.
const WITNESSES: u32 = 1000;

/// Refuses a clock that shows a time before one of the newest entries of the ledger.
pub(super) async fn trust_clock(tx: &mut dyn Transaction, now: Instant) -> Result<(), OfficeError> {
    match tx.newest_entries(WITNESSES).await?.iter().any(|entry| entry.at > now) {
        true => Err(FilingError::ClockWentBack.into()),
        false => Ok(()),
    }
}
