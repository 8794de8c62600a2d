//! How values look to people: dates and times in Japan, sizes, names, and text that comes from a file.

use crate::pki::DisplayName;
use crate::time::{Date, Instant};
use crate::validate::Finding;

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
    let mut escaped = false;
    let mut parts = subject.split(|c: char| {
        let is_end = c == ',' && !escaped;
        escaped = c == '\\' && !escaped;
        is_end
    });
    let part = parts.find_map(|part| part.trim_start().strip_prefix("CN="));
    part.unwrap_or(subject).replace('\\', "")
}

/// Writes a name in both languages, once where they agree.
pub fn name(name: &DisplayName) -> String {
    if name.ja == name.en { plain(&name.ja) } else { plain(&format!("{} / {}", name.ja, name.en)) }
}

/// Drops control characters and those that turn the direction of writing, so that text from a file can neither steer
/// a terminal nor show itself as something else.
pub fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !turns(*c)).collect()
}

/// Shows by their numbers the characters that [`plain`] drops, and those that no XML document may hold (XML 1.0, 2.2).
pub fn marked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || turns(c) || matches!(c, '\u{fffe}' | '\u{ffff}') {
            shown.push_str(&numbered(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Names a character that cannot be shown by its number, for example `[U+202E]`.
pub fn numbered(c: char) -> String {
    format!("[U+{:04X}]", u32::from(c))
}

/// Writes where a finding is: the page, the rectangle on it in points from its lower left corner, the object.
pub fn place(finding: &Finding) -> Option<String> {
    let page = finding.page.map(|page| format!("{page}ページ"));
    let rectangle = finding.rectangle.map(|rectangle| {
        let [left, bottom, right, top] = rectangle.points();
        format!("左下({left}, {bottom}) – 右上({right}, {top}) pt")
    });
    let parts: Vec<String> = page.into_iter().chain(rectangle).chain(finding.object.as_deref().map(plain)).collect();
    if parts.is_empty() { None } else { Some(parts.join("　")) }
}

fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
