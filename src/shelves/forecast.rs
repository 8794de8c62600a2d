//! How many metres come free when: what the retention schedule lets go, and what is scanned, by fiscal year (R10).

use super::Millimetres;
use crate::time::{Date, FiscalYear};
use serde::Serialize;
use std::collections::BTreeMap;

/// When a volume goes, as its record file stands today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// How thick it is.
    pub thickness: Millimetres,
    /// The last day of its file's retention, or why it has none that lets it go.
    pub until: Result<Date, Stay>,
    /// The last day on which its paper is kept once it is scanned, where that is planned and its class lets paper go.
    pub scanned: Option<Date>,
}

/// Why a volume stays, as far as can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stay {
    /// Kept for ever, or in use (永年・常用).
    ForEver,
    /// A hold lies on its file (廃棄保留).
    Held,
    /// Its file's last day cannot be computed yet: not completed, or a fact is lacking.
    Undated,
    /// At its last day somebody decides first, or it goes to the archives by another way than this list (延長判断).
    Review,
}

/// What comes free in a fiscal year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ForecastYear {
    /// The fiscal year in which it may go: the one that follows the last day.
    pub year: FiscalYear,
    /// How many volumes.
    pub volumes: u64,
    /// How much comes free.
    pub freed: Millimetres,
    /// How much of that as it is scanned, before its file's last day.
    pub scanned: Millimetres,
    /// How much is left after it.
    pub left: Millimetres,
}

/// How many metres come free when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// The day it was made.
    pub on: Date,
    /// How much there is today.
    pub today: Millimetres,
    /// Year by year from this one, which has all that is overdue.
    pub years: Vec<ForecastYear>,
    /// What goes later than the last of these years.
    pub later: Millimetres,
    /// What stays, as far as can be seen, and why.
    pub stays: BTreeMap<Stay, Millimetres>,
}

/// What goes in one year.
#[derive(Default)]
struct Going {
    volumes: u64,
    freed: Millimetres,
    scanned: Millimetres,
}

impl Outlook {
    /// Returns its last day, and whether it goes as it is scanned. What a hold lies on stays, scanned or not; what is kept
    /// for ever, or without a last day, is kept as its scan.
    fn goes(&self) -> Result<(Date, bool), Stay> {
        match (self.until, self.scanned) {
            (Err(Stay::Held), _) => Err(Stay::Held),
            (Ok(last), Some(scanned)) if scanned < last => Ok((scanned, true)),
            (Ok(last), _) => Ok((last, false)),
            (Err(_), Some(scanned)) => Ok((scanned, true)),
            (Err(why), None) => Err(why),
        }
    }
}

/// Sums up when volumes go, for so many fiscal years from that of a day.
pub fn forecast(volumes: &[Outlook], on: Date, years: u16) -> Forecast {
    let this_year = FiscalYear::of(on);
    let mut forecast = Forecast {
        on,
        today: volumes.iter().map(|volume| volume.thickness).sum(),
        years: Vec::new(),
        later: Millimetres::default(),
        stays: BTreeMap::new(),
    };
    let mut going: BTreeMap<FiscalYear, Going> = BTreeMap::new();
    for volume in volumes {
        match volume.goes() {
            Ok((last_day, is_scanned)) => {
                // What ends on the last day of a year goes in the next one; the end of the calendar is later than any.
                let year = last_day.tomorrow().map_or(FiscalYear(i16::MAX), FiscalYear::of).max(this_year);
                let sum = going.entry(year).or_default();
                sum.volumes += 1;
                sum.freed += volume.thickness;
                if is_scanned {
                    sum.scanned += volume.thickness;
                }
            }
            Err(why) => *forecast.stays.entry(why).or_default() += volume.thickness,
        }
    }
    let mut left = forecast.today;
    for ahead in 0..years {
        let year = FiscalYear(this_year.0.saturating_add_unsigned(ahead));
        let Going { volumes, freed, scanned } = going.remove(&year).unwrap_or_default();
        left = left.without(freed);
        forecast.years.push(ForecastYear { year, volumes, freed, scanned, left });
    }
    forecast.later = going.into_values().map(|sum| sum.freed).sum();
    forecast
}
