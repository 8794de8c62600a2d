//! Counting years (民法 143) on civil dates.

use crate::time::Date;

/// Returns the last day of a period of whole years whose first day is given (民法 143 (2)).
///
/// It is the day before the matching day; where the last year has no matching day (29 February), the last day of that
/// month. None for zero years and beyond the calendar.
pub fn period_end(first_day: Date, years: u16) -> Option<Date> {
    let years = i16::try_from(years).ok().filter(|years| *years > 0)?;
    let year = first_day.year().checked_add(years)?;
    match Date::new(year, first_day.month(), first_day.day()) {
        Ok(matching) => matching.yesterday().ok(),
        Err(_) => Date::new(year, first_day.month(), 1).ok().map(Date::last_of_month),
    }
}
