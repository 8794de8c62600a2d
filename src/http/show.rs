//! How values look on a page: dates, times in Japan, sizes, states as word + sign + tone.

use crate::time::{Date, Instant};

/// A state as the pages show it: a word in both languages, a sign and a tone, so never colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The Japanese word.
    pub ja: &'static str,
    /// The English word.
    pub en: &'static str,
    /// The sign in front.
    pub sign: &'static str,
    /// The class of the style sheet: empty, `good`, `bad`, `warn` or `key`.
    pub tone: &'static str,
}

impl Tag {
    /// Makes a tag.
    pub const fn new(tone: &'static str, sign: &'static str, ja: &'static str, en: &'static str) -> Self {
        Self { ja, en, sign, tone }
    }
}

/// Writes a civil date the Japanese way, for example `2026年4月1日`.
pub fn date(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// Writes a date that may be unknown.
pub fn date_or(value: Option<Date>, otherwise: &str) -> String {
    value.map_or_else(|| otherwise.to_owned(), date)
}

/// Writes an instant in Japanese time, for example `2026年4月1日 9:05`.
pub fn time(instant: Instant) -> String {
    let there = instant.to_zoned(jiff::tz::offset(9).to_time_zone());
    format!("{} {}:{:02}", date(there.date()), there.hour(), there.minute())
}

/// Writes an instant to the second with its zone, for technical details.
pub fn exact(instant: Instant) -> String {
    let there = instant.to_zoned(jiff::tz::offset(9).to_time_zone());
    format!("{} {:02}:{:02}:{:02} JST (UTC+9)", date(there.date()), there.hour(), there.minute(), there.second())
}

/// Writes a size in the unit that fits.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} バイト"),
        1024..1_048_576 => format!("{} KB", bytes.div_ceil(1024)),
        _ if bytes.is_multiple_of(1_048_576) => format!("{} MB", bytes / 1_048_576),
        _ => format!("{}.{} MB", bytes / 1_048_576, bytes % 1_048_576 * 10 / 1_048_576),
    }
}

/// Returns the common name of an RFC 4514 subject, or all of it.
pub fn common_name(subject: &str) -> String {
    let part = subject.split(',').map(str::trim).find_map(|part| part.strip_prefix("CN="));
    part.unwrap_or(subject).replace('\\', "")
}
