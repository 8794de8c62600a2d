//! The bytes that something was read from, with their SHA-256: what it is known by, computed once and only where it is asked for.

use crate::digest::{Sha256, sha256};
use std::ops::Deref;
use std::sync::OnceLock;

/// An encoding.
pub(super) struct Encoded {
    der: Vec<u8>,
    sha256: OnceLock<Sha256>,
}

impl Encoded {
    /// Copies it.
    pub(super) fn of(der: &[u8]) -> Self {
        Self { der: der.to_vec(), sha256: OnceLock::new() }
    }

    /// Returns the digest of all of it.
    pub(super) fn sha256(&self) -> &Sha256 {
        self.sha256.get_or_init(|| sha256(&self.der))
    }
}

impl Deref for Encoded {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.der
    }
}
