//! Dates and fiscal years as people write them: ISO 8601, with strokes or points, or by the Japanese era (元号).

use super::{Date, FiscalYear};

/// The eras that registers still hold, by their names and letters, with the first day and the year before the first.
const ERAS: [(&str, char, Date, i16); 5] = [
    ("令和", 'R', jiff::civil::date(2019, 5, 1), 2018),
    ("平成", 'H', jiff::civil::date(1989, 1, 8), 1988),
    ("昭和", 'S', jiff::civil::date(1926, 12, 25), 1925),
    ("大正", 'T', jiff::civil::date(1912, 7, 30), 1911),
    ("明治", 'M', jiff::civil::date(1868, 10, 23), 1867),
];

/// Reads a date: `2025-04-01`, `2025/4/1`, `2025.4.1`, `2025年4月1日`, `令和7年4月1日`, `令和元年5月1日`, `R7.4.1`.
///
/// None where it is no date, or lies outside the era that it names: `平成31年5月1日` is nobody's day.
pub fn written_date(text: &str) -> Option<Date> {
    let (rest, era) = in_era(text);
    let Some(Era { first, before, next }) = era else { return civil(&rest, 0) };
    civil(&rest, before).filter(|day| *day >= first && next.is_none_or(|next| *day < next))
}

/// Reads a fiscal year: `2025`, `2025年度`, `令和7年度`, `令和元`, `R7`.
///
/// None where it is no year, or no day of it lies in the era that it names: 平成31年度 is 2019, 昭和64年度 is nobody's year.
pub fn written_year(text: &str) -> Option<FiscalYear> {
    let (rest, era) = in_era(text);
    let number = rest.trim_end_matches('度').trim_end_matches('年').trim_end();
    let digits = (1..=4).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit());
    let number: i16 = if digits { number.parse().ok()? } else { return None };
    let Some(Era { first, before, next }) = era else { return (number >= 1000).then_some(FiscalYear(number)) };
    let year = FiscalYear(number.checked_add(before)?);
    (year.last_day() >= first && next.is_none_or(|next| year.first_day() < next)).then_some(year)
}

/// Writes a date in the era's year, its first as 元: 令和8年11月23日. Days before the eras here are written in the common era.
pub fn era_date(date: Date) -> String {
    let Some((name, _, _, before)) = ERAS.iter().find(|(_, _, first, _)| date >= *first) else {
        return format!("{}年{}月{}日", date.year(), date.month(), date.day());
    };
    let year = match date.year() - before {
        1 => "元".to_owned(),
        year => year.to_string(),
    };
    format!("{name}{year}年{}月{}日", date.month(), date.day())
}

/// An era: its first day, the year before its first, and the first day of the next one.
struct Era {
    first: Date,
    before: i16,
    next: Option<Date>,
}

/// Takes the name of an era off what is written, with its characters narrowed and its first year (元年) as a number.
fn in_era(text: &str) -> (String, Option<Era>) {
    let text: String = text.trim().chars().map(narrow).collect();
    let era = ERAS.iter().enumerate().find_map(|(index, (name, letter, first, before))| {
        let rest = text.strip_prefix(name).or_else(|| text.strip_prefix(*letter))?;
        let next = index.checked_sub(1).map(|next| ERAS[next].2);
        Some((rest.trim_start(), Era { first: *first, before: *before, next }))
    });
    let Some((rest, era)) = era else { return (text, None) };
    (rest.strip_prefix('元').map_or(rest.to_owned(), |rest| format!("1{rest}")), Some(era))
}

/// Reads year, month and day, however they are set apart.
fn civil(text: &str, before: i16) -> Option<Date> {
    let text = text.strip_suffix('日').unwrap_or(text);
    let apart = |c: char| matches!(c, '-' | '/' | '.' | '年' | '月');
    let parts: Vec<&str> = text.split(apart).map(str::trim).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    let is_number =
        |part: &&str| !part.is_empty() && part.len() <= 4 && part.bytes().all(|digit| digit.is_ascii_digit());
    if !parts.iter().all(is_number) {
        return None;
    }
    let year: i16 = year.parse().ok()?;
    // Two digits without an era could be any century's.
    let year = if before == 0 && year < 1000 { None } else { year.checked_add(before) }?;
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

/// Takes full-width letters, digits and signs for what they mean.
fn narrow(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        '\u{3000}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{written_date, written_year};
    use crate::time::FiscalYear;

    #[test]
    fn dates_are_read_as_people_write_them() {
        for (text, date) in [
            ("2025-04-01", "2025-04-01"),
            ("2025/4/1", "2025-04-01"),
            (" ２０２５年４月１日 ", "2025-04-01"),
            ("令和7年4月1日", "2025-04-01"),
            ("令和元年5月1日", "2019-05-01"),
            ("R7.4.1", "2025-04-01"),
            ("H31.4.30", "2019-04-30"),
            ("平成 元年1月8日", "1989-01-08"),
            ("昭和64年1月7日", "1989-01-07"),
            ("S63/12/31", "1988-12-31"),
        ] {
            assert_eq!(written_date(text).map(|day| day.to_string()).as_deref(), Some(date), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_of_its_era_is_none() {
        for text in [
            "",
            "2025",
            "2025-13-01",
            "2025-02-29",
            "25/4/1",
            "平成31年5月1日",
            "令和元年4月30日",
            "R7.4",
            "4月1日",
            "2025-4-1-1",
            "-1.1.1",
        ] {
            assert_eq!(written_date(text), None, "{text}");
        }
    }

    #[test]
    fn fiscal_years_are_read_as_people_write_them() {
        for (text, year) in [
            ("2025", 2025),
            ("２０２５年度", 2025),
            ("令和7年度", 2025),
            ("令和元年度", 2019),
            ("平成31年", 2019),
            ("R7", 2025),
            ("昭和63", 1988),
            ("平成 元 年度", 1989),
        ] {
            assert_eq!(written_year(text), Some(FiscalYear(year)), "{text}");
        }
        for text in ["", "25", "令和", "令和0", "昭和64", "R-1", "20250", "2025-04-01", "来年度", "令和99999"]
        {
            assert_eq!(written_year(text), None, "{text}");
        }
        let days = [2025, i16::MAX, i16::MIN].map(|year| (FiscalYear(year).first_day(), FiscalYear(year).last_day()));
        assert_eq!(days[0], ("2025-04-01".parse().unwrap(), "2026-03-31".parse().unwrap()));
        assert!(days.iter().all(|(first, last)| first <= last));
    }
}
