//! Proofs that outlast their keys: until when each holds, and its renewal long before.

use serde::{Deserialize, Serialize};

/// When proofs are renewed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProofPolicy {
    /// Days before the end of a proof at which it is renewed.
    pub renew_days: u16,
    /// Days before the end at which a proof that is still not renewed is an alarm; each once.
    pub alarm_days: Vec<u16>,
}

impl Default for ProofPolicy {
    fn default() -> Self {
        Self { renew_days: 365, alarm_days: vec![180, 90, 30] }
    }
}
