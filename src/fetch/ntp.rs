//! What a time server says of our clock (SNTP; RFC 5905, 14).

use rsntp::{Config, SntpClient, SynchronizationError};
use std::io::ErrorKind;
use std::time::Duration;

/// How far our clock is from a server's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offset {
    /// How much ours is behind the server's, in seconds; negative where it is ahead.
    pub seconds: f64,
    /// How wrong that may be by the time that the question and its answer took, in seconds.
    pub uncertainty_seconds: f64,
}

impl Offset {
    /// Tells whether the two clocks are surely no further apart than this.
    pub fn is_surely_within(self, seconds: f64) -> bool {
        self.seconds.abs() + self.uncertainty_seconds <= seconds
    }

    /// Tells whether the two clocks are surely further apart than this.
    pub fn is_surely_beyond(self, seconds: f64) -> bool {
        self.seconds.abs() - self.uncertainty_seconds > seconds
    }
}

/// Asks a server, `HOST` or `HOST:PORT` (123).
///
/// # Errors
/// In English, where it does not answer within the time, or says that it is not synchronised itself.
pub fn offset(server: &str, timeout: Duration) -> Result<Offset, String> {
    let client = SntpClient::with_config(Config::default().timeout(timeout));
    let answer = client.synchronize(server).map_err(|error| match error {
        SynchronizationError::IOError(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            format!("{server}: it did not answer in time")
        }
        other => format!("{server}: {other}"),
    })?;
    if answer.leap_indicator() == rsntp::LeapIndicator::AlarmCondition {
        return Err(format!("{server}: it is not synchronised itself"));
    }
    let delay = answer.round_trip_delay().as_secs_f64().abs();
    Ok(Offset { seconds: answer.clock_offset().as_secs_f64(), uncertainty_seconds: delay / 2.0 })
}
