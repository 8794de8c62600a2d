//! Hash-chained audit entries and checkpoints.
//!
//! An entry holds identifiers, digests, dates and code words only: [`Word`] has no room for a name, an address or a
//! sentence, so personal data cannot enter and never has to be taken out of the chain.

mod canonical;
mod entry;
mod verify;

pub use canonical::canonical_json;
pub use entry::{BadWord, Details, Entry, Fact, GENESIS, NewEntry, Word};
pub use verify::{Checkpoint, LedgerError, Verifier, verify};
