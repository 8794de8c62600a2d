//! The delivery of a notice: each step with its time (N3), and what guards the recipient's link.

use crate::digest::Sha256Hex;
use crate::office::settings::ArrivalRule;
use crate::time::{Date, Instant};
use serde::{Deserialize, Serialize};

/// The delivery to the recipient: each step of its own (N3), and what guards the link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// SHA-256 of the link's secret.
    pub link: Sha256Hex,
    /// SHA-256 of link secret and code together.
    pub code: Sha256Hex,
    /// Wrong codes since the last right one.
    pub failures: u32,
    /// Until when no code is looked at.
    pub locked_until: Option<Instant>,
    /// SHA-256 of the recipient's session secret, and when the session ends.
    pub session: Option<(Sha256Hex, Instant)>,
    /// The last day to collect it (取得期限, N4).
    pub collect_by: Date,
    /// The nearest distance to that day, in days, of which the recipient was reminded.
    #[serde(default)]
    pub reminded_days_before: Option<u16>,
    /// When the link was handed over.
    pub sent_at: Instant,
    /// When the link was made anew and handed over again (再交付).
    #[serde(default)]
    pub sent_again_at: Vec<Instant>,
    /// When it could be collected.
    pub available_at: Option<Instant>,
    /// When it was first looked at.
    pub first_viewed_at: Option<Instant>,
    /// When a download was completed.
    pub downloaded_at: Option<Instant>,
    /// When the recipient said to have it.
    #[serde(default)]
    pub receipt_confirmed_at: Option<Instant>,
    /// When it arrived, by the city's rule.
    pub arrived_at: Option<Instant>,
}

impl Delivery {
    /// Returns when the notice arrived by a rule; by it alone, whatever else was seen.
    pub(super) fn arrival_by(&self, rule: ArrivalRule) -> Option<Instant> {
        match rule {
            ArrivalRule::DownloadCompleted => self.downloaded_at,
            ArrivalRule::ReceiptConfirmed => self.receipt_confirmed_at.filter(|_| self.downloaded_at.is_some()),
        }
    }
}
