//! Whether the clock can be believed: nothing is claimed by one that went back, or that a timestamp contradicts (R5).

use super::error::FilingError;
use crate::digest::{DigestAlgorithm, Sha256Hex};
use crate::id::DisposalId;
use crate::ledger::Entry;
use crate::office::ports::Transaction;
use crate::office::{Office, OfficeError};
use crate::pades::PadesError;
use crate::time::Instant;
use crate::tsp;
use jiff::SignedDuration;

/// How many of the newest ledger entries a clock is held against.
const WITNESSES: u32 = 1000;
/// How far the clock may be from the last timestamp.
const FARTHEST: SignedDuration = SignedDuration::from_hours(24);
/// After this long a run asks for another timestamp.
const FRESH: SignedDuration = SignedDuration::from_hours(12);
/// The verb of a comparison in the ledger, and the name of the time that the timestamp states.
const COMPARED: (&str, &str) = ("clock.compared", "stated");

impl Office {
    /// Holds the clock against a timestamping authority before a run, where the city has one, and writes the answer down.
    pub(super) async fn compare_clock(&self, actor: &str, id: DisposalId, list: &Sha256Hex) -> Result<(), OfficeError> {
        let Some(source) = self.timestamps.clone() else { return Ok(()) };
        let last = self.read().await?.entries_about(&id.to_string()).await?.iter().rev().find_map(stated);
        if last.is_some_and(|last| self.now().duration_since(last).abs() <= FRESH) {
            return Ok(());
        }
        let (entropy, digest) = (self.entropy.clone(), DigestAlgorithm::Sha256.digest(list.as_str().as_bytes()));
        let token = self.busy(move || tsp::obtain(&*source, &digest, &*entropy)).await?;
        let stated = token.map_err(PadesError::from)?.gen_time;
        let mut tx = self.begin().await?;
        let entry = self.entry_by(actor, COMPARED.0, id)?.with(COMPARED.1, stated)?;
        tx.append(entry).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Refuses a clock that shows a time before an entry of the ledger, or is a day or more from the last timestamp.
    pub(super) async fn trust_clock(
        &self,
        tx: &mut dyn Transaction,
        id: DisposalId,
        now: Instant,
    ) -> Result<(), OfficeError> {
        if tx.newest_entries(WITNESSES).await?.iter().any(|entry| entry.at > now) {
            return Err(FilingError::ClockWentBack.into());
        }
        if self.timestamps.is_none() {
            return Ok(());
        }
        let last = tx.entries_about(&id.to_string()).await?.iter().rev().find_map(stated);
        match last {
            Some(last) if now.duration_since(last).abs() <= FARTHEST => Ok(()),
            _ => Err(FilingError::ClockDisagrees.into()),
        }
    }
}

/// Returns the time that a comparison's timestamp stated.
fn stated(entry: &Entry) -> Option<Instant> {
    (entry.verb.as_str() == COMPARED.0).then(|| entry.word(COMPARED.1))??.parse().ok()
}
