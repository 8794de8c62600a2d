//! Dates as people write them: ISO 8601, with strokes or points, or by the Japanese era (元号).

use super::Date;

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
    let text: String = text.trim().chars().map(narrow).collect();
    let era = ERAS.iter().enumerate().find_map(|(index, (name, letter, first, before))| {
        let rest = text.strip_prefix(name).or_else(|| text.strip_prefix(*letter))?;
        let last = index.checked_sub(1).map(|next| ERAS[next].2);
        Some((rest.trim_start(), *first, *before, last))
    });
    let Some((rest, first, before, next)) = era else { return civil(&text, 0) };
    let rest = rest.strip_prefix('元').map_or(rest.to_owned(), |rest| format!("1{rest}"));
    civil(&rest, before).filter(|day| *day >= first && next.is_none_or(|next| *day < next))
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
    use super::written_date;

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
}
