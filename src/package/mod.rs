//! One record version as a file: a BagIt bag (RFC 8493) in a stored ZIP, encrypted under a key of its own, and its
//! fixity.
//!
//! Bytes in, bytes out; where they lie is the vault's affair. The outer form is the age format
//! (age-encryption.org/v1) with one X25519 recipient, so that the `age` tool opens it; the inner form is a ZIP that
//! any tool unpacks, and a bag that any BagIt validator checks.

mod bag;
mod contents;
mod csip;
mod error;
mod ocfl;
mod premis;
mod reading;
mod recipients;
mod sealing;
mod waiting;

pub use bag::{write_bag, write_zip};
pub use contents::{Derivative, Original, PackageContents, PackageEvent, PackageMetadata};
pub use csip::csip_package;
pub use error::PackageError;
pub use ocfl::ocfl_root;
pub use reading::{PackageLimits, read_bag, unpack};
pub use recipients::{Identities, OpeningReader, Recipients, SealingWriter};
pub use sealing::{
    PackageIdentity, derived_secret, open, open_proven, seal, seal_proven, unwrap_identity, wrap_identity,
};
pub use waiting::{WaitingContents, read_waiting_bag, write_waiting_bag};
