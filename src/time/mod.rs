//! Instants, civil dates in Japan, the clock as an argument, and the fiscal year (年度).

mod written;

use serde::{Deserialize, Serialize};
use std::fmt;
pub use written::{era_date, written_date, written_year};

/// A point on the UTC time line, nanosecond resolution.
pub type Instant = jiff::Timestamp;
/// A civil date; in this program always a date in Japan (R7).
pub type Date = jiff::civil::Date;

/// Where the present comes from. Only `cli` makes a real one; tests make their own.
pub trait Clock: Send + Sync {
    /// Returns the present instant.
    fn now(&self) -> Instant;
    /// Returns today's civil date in Japan.
    fn today(&self) -> Date {
        japanese_date(self.now())
    }
}

/// A clock that stands still.
#[derive(Clone, Copy, Debug)]
pub struct FixedClock(pub Instant);

impl Clock for FixedClock {
    fn now(&self) -> Instant {
        self.0
    }
}

/// Returns the civil date in Japan (UTC+9 all year, no daylight saving) at an instant.
pub fn japanese_date(instant: Instant) -> Date {
    instant.to_zoned(jiff::tz::offset(9).to_time_zone()).date()
}

/// Returns the instant at which a day begins in Japan; `None` at the ends of the time line.
pub fn japanese_midnight(date: Date) -> Option<Instant> {
    date.to_zoned(jiff::tz::offset(9).to_time_zone()).map(|zoned| zoned.timestamp()).ok()
}

/// Returns the date so many days later; the last one that there is where that lies beyond it.
pub fn days_after(date: Date, days: u32) -> Date {
    date.saturating_add(jiff::SignedDuration::from_hours(24 * i64::from(days)))
}

/// A fiscal year (年度): 1 April of the year to 31 March of the next (R7, 地方自治法 208).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FiscalYear(pub i16);

impl FiscalYear {
    /// Returns the fiscal year that holds a date: January to March belong to the previous year.
    pub fn of(date: Date) -> Self {
        Self(if date.month() >= 4 { date.year() } else { date.year() - 1 })
    }

    /// Returns 1 April of the year; the nearest date that there is where that is none.
    pub fn first_day(self) -> Date {
        Date::new(self.0, 4, 1).unwrap_or(if self.0 < 0 { Date::MIN } else { Date::MAX })
    }

    /// Returns 31 March of the next year; the nearest date that there is where that is none.
    pub fn last_day(self) -> Date {
        Date::new(self.0.saturating_add(1), 3, 31).unwrap_or(if self.0 < 0 { Date::MIN } else { Date::MAX })
    }
}

impl fmt::Display for FiscalYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
