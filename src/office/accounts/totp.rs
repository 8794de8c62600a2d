//! Codes by the time: TOTP (RFC 6238) over HOTP (RFC 4226), SHA-1, six digits, steps of thirty seconds, as every authenticator
//! knows them; and the secret as people and their devices read it.

use crate::time::Instant;
use ring::hmac;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Seconds of a time step.
const STEP_SECONDS: i64 = 30;
/// Steps before and after the present one whose codes are taken, as clocks differ.
const SKEW: u64 = 1;
/// The characters of Base32 (RFC 4648, 6).
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A secret that is shared with an authenticator: as long as the digest (RFC 4226, 4).
pub type TotpSecret = Zeroizing<[u8; 20]>;

/// Returns the code of a time step.
pub fn code(secret: &[u8], step: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    // RFC 4226, 5.3: the low half of the last byte says where four bytes are taken.
    let from = usize::from(tag.last().copied().unwrap_or(0) & 0x0f);
    let mut four = [0; 4];
    if let Some(bytes) = tag.get(from..from + 4) {
        four.copy_from_slice(bytes);
    }
    format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

/// Returns the time step of an instant.
pub fn step(at: Instant) -> u64 {
    u64::try_from(at.as_second() / STEP_SECONDS).unwrap_or(0)
}

/// Returns the step whose code was given, where it is later than the last one that was taken.
pub fn accepted(secret: &[u8], given: &str, at: Instant, last_step: u64) -> Option<u64> {
    let now = step(at);
    let steps = now.saturating_sub(SKEW)..=now.saturating_add(SKEW);
    // Each is computed, so that the time it takes does not tell which one it was.
    let fitting = steps.filter(|step| bool::from(code(secret, *step).as_bytes().ct_eq(given.as_bytes())));
    fitting.fold(None, |found, step| found.or(Some(step).filter(|step| *step > last_step)))
}

/// Writes a secret in Base32 without padding.
pub fn base32(secret: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in secret {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(digit(held >> bits));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(digit(held << (5 - bits)));
    }
    text
}

fn digit(value: u32) -> char {
    BASE32.get((value & 31) as usize).map_or('A', |digit| char::from(*digit))
}

#[cfg(test)]
mod tests {
    use super::{accepted, base32, code, step};
    use crate::time::Instant;

    /// RFC 6238, appendix B, for SHA-1: the last six of the eight digits there.
    #[test]
    fn the_vectors_of_the_standard() {
        let secret = b"12345678901234567890";
        let vectors = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (seconds, expected) in vectors {
            let at = Instant::from_second(seconds).unwrap();
            assert_eq!(code(secret, step(at)), expected, "{seconds}");
        }
        // RFC 4226, appendix D.
        for (count, expected) in ["755224", "287082", "359152", "969429", "338314"].into_iter().enumerate() {
            assert_eq!(code(secret, count as u64), expected);
        }
    }

    #[test]
    fn a_step_is_taken_once_and_clocks_may_differ_by_one() {
        let (secret, at) = (b"12345678901234567890", Instant::from_second(1_234_567_890).unwrap());
        let now = step(at);
        for (given, taken) in [(now - 2, false), (now - 1, true), (now, true), (now + 1, true), (now + 2, false)] {
            assert_eq!(accepted(secret, &code(secret, given), at, 0), taken.then_some(given), "{given}");
            assert_eq!(accepted(secret, &code(secret, given), at, given), None);
        }
        assert_eq!(accepted(secret, "", at, 0), None);
    }

    /// RFC 4648, 10.
    #[test]
    fn base32_is_that_of_the_standard() {
        for (plain, text) in [("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB")]
        {
            assert_eq!(base32(plain.as_bytes()).as_str(), text);
        }
    }
}
