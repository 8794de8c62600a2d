//! UTCTime and GeneralizedTime (RFC 5280, 4.1.2.5; RFC 3161, 2.4.2).

use super::reader::{Tlv, tag};
use super::{Asn1Error, writer};
use crate::time::Instant;

/// Reads a UTCTime or GeneralizedTime in UTC. Fractions of a second are kept; a missing `Z` or seconds are refused.
///
/// `99991231235959Z`, "no well-defined expiration" (RFC 5280, 4.1.2.5), is clamped to the latest instant there is.
pub fn parse_time(tlv: Tlv<'_>) -> Result<Instant, Asn1Error> {
    const WHAT: &str = "a time in UTC";
    let text = std::str::from_utf8(tlv.value).map_err(|_| Asn1Error::Unexpected(WHAT))?;
    let text = text.strip_suffix('Z').ok_or(Asn1Error::Unexpected(WHAT))?;
    let (digits, nanoseconds) = match (tlv.tag, text.split_once('.')) {
        (tag::GENERALIZED_TIME, Some((digits, fraction))) => (digits, parse_fraction(fraction)?),
        (tag::GENERALIZED_TIME, None) | (tag::UTC_TIME, None) => (text, 0),
        _ => return Err(Asn1Error::Unexpected(WHAT)),
    };
    let expected = if tlv.tag == tag::UTC_TIME { 12 } else { 14 };
    if digits.len() != expected || !digits.bytes().all(|c| c.is_ascii_digit()) {
        return Err(Asn1Error::Unexpected(WHAT));
    }
    let number = |from: usize, to: usize| digits[from..to].bytes().fold(0i16, |sum, c| sum * 10 + i16::from(c - b'0'));
    let (year, at) = match (tlv.tag, number(0, 2)) {
        (tag::UTC_TIME, short) => (if short < 50 { 2000 + short } else { 1900 + short }, 2),
        _ => (number(0, 4), 4),
    };
    let field = |index: usize| number(at + 2 * index, at + 2 * index + 2) as i8;
    // A leap second is read as the second before it.
    let second = if field(4) == 60 { 59 } else { field(4) };
    jiff::civil::DateTime::new(year, field(0), field(1), field(2), field(3), second, nanoseconds)
        .map_err(|_| Asn1Error::Unexpected(WHAT))
        .map(|civil| jiff::tz::Offset::UTC.to_timestamp(civil).unwrap_or(Instant::MAX))
}

/// Writes a Time as RFC 5280 asks: UTCTime through 2049, GeneralizedTime from 2050, whole seconds.
pub fn time_der(at: Instant) -> Vec<u8> {
    let civil = jiff::tz::TimeZone::UTC.to_datetime(at);
    if (1950..2050).contains(&civil.year()) {
        let text = civil.strftime("%y%m%d%H%M%SZ").to_string();
        writer::tlv(tag::UTC_TIME, text.as_bytes())
    } else {
        generalized_time_der(at)
    }
}

/// Writes a GeneralizedTime in whole seconds of UTC.
pub fn generalized_time_der(at: Instant) -> Vec<u8> {
    let text = jiff::tz::TimeZone::UTC.to_datetime(at).strftime("%Y%m%d%H%M%SZ").to_string();
    writer::tlv(tag::GENERALIZED_TIME, text.as_bytes())
}

fn parse_fraction(digits: &str) -> Result<i32, Asn1Error> {
    let plain = !digits.is_empty() && digits.len() <= 18 && digits.bytes().all(|c| c.is_ascii_digit());
    if !plain {
        return Err(Asn1Error::Unexpected("a fraction of a second"));
    }
    Ok(digits.bytes().chain(std::iter::repeat(b'0')).take(9).fold(0, |sum, c| sum * 10 + i32::from(c - b'0')))
}
