//! The real clock and the real source of randomness.

use crate::crypto::{CryptoError, Entropy};
use crate::time::{Clock, Instant};
use ring::rand::SecureRandom;

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    fn now(&self) -> Instant {
        Instant::now()
    }
}

/// The operating system's random number generator.
#[derive(Debug)]
pub struct SystemEntropy(ring::rand::SystemRandom);

impl Default for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that makes a random number generator")]
    fn default() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), CryptoError> {
        self.0.fill(buffer).map_err(|_| CryptoError::NoEntropy)
    }
}
