//! Timestamps over HTTP (RFC 3161, 3.4): one authority, and several in turn.

mod in_turn;
mod service;

pub use in_turn::{InTurn, Quota, Service};
pub use service::{HttpTimestampSource, TsaLine};
