//! Saved searches: descriptions of record files under a name, to look again and to place holds on.

use super::HoldPredicate;
use crate::id::{SearchId, UserId};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// A description under a name. What it finds is not stored: it is looked for anew each time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSearch {
    /// The identifier.
    pub id: SearchId,
    /// The name; no two searches have the same. It may hold personal data and never enters the ledger.
    pub name: String,
    /// What it looks for.
    pub what: HoldPredicate,
    /// Who saved it as it is.
    pub saved_by: UserId,
    /// When.
    pub saved_at: Instant,
    /// Counts changes of the row, from 1.
    pub row_version: u64,
}
