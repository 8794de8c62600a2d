//! Validation data from where certificates say that they are: issuers, revocation lists, OCSP answers.
//!
//! The addresses come from files that nobody vouches for. So nothing is fetched but over http and https, from hosts that
//! the user listed or else from public addresses alone; the address is checked that is really connected to, on every hop;
//! and size, time and number are bounded, for one exchange and for a run. What comes is believed no more than what lies
//! in the file: the validation verifies it.

mod address;
mod error;
mod gather;
mod web;

pub use address::{Host, HostError, Reach, is_public};
pub use error::FetchError;
pub use gather::{Gatherer, Shelf, Stock};
pub use web::{Bounds, Web};
