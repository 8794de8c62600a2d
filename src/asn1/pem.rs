//! PEM text (RFC 7468): labels and base64, read leniently, written strictly.

use super::Asn1Error;

/// One block of a PEM text. The contents may be a private key, so they are wiped when dropped.
pub struct PemBlock {
    /// The label, for example `CERTIFICATE`.
    pub label: String,
    /// Header lines such as `Proc-Type`, which old encrypted keys carry.
    pub headers: Vec<String>,
    /// The decoded bytes.
    pub der: zeroize::Zeroizing<Vec<u8>>,
}

/// Reads every block of a text. Text between blocks is skipped; a block without its end, or that is not base64, is an
/// error.
pub fn pem_blocks(text: &[u8]) -> Result<Vec<PemBlock>, Asn1Error> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, Vec<String>, zeroize::Zeroizing<Vec<u8>>)> = None;
    for line in text.split(|&c| c == b'\n' || c == b'\r') {
        let line = line.trim_ascii();
        if let Some(label) = boundary(line, b"-----BEGIN ") {
            open = Some((label, Vec::new(), zeroize::Zeroizing::new(Vec::with_capacity(text.len()))));
        } else if let Some(label) = boundary(line, b"-----END ") {
            match open.take() {
                Some((begun, headers, digits)) if begun == label => {
                    blocks.push(PemBlock { label, headers, der: decode(&digits)? });
                }
                _ => return Err(Asn1Error::BadPem),
            }
        } else if let Some((_, headers, digits)) = &mut open {
            if line.contains(&b':') {
                headers.push(String::from_utf8_lossy(line).into_owned());
            } else {
                digits.extend_from_slice(line);
            }
        }
    }
    if open.is_some() { Err(Asn1Error::BadPem) } else { Ok(blocks) }
}

/// Writes one block, 64 characters a line.
pub fn pem_encode(label: &str, der: &[u8]) -> zeroize::Zeroizing<String> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = zeroize::Zeroizing::new(String::with_capacity(der.len() * 3 / 2 + 2 * label.len() + 64));
    text.push_str(&format!("-----BEGIN {label}-----\n"));
    for line in der.chunks(48) {
        for group in line.chunks(3) {
            let bits = (0..3).fold(0u32, |bits, i| bits << 8 | u32::from(group.get(i).copied().unwrap_or(0)));
            for digit in 0..4 {
                let shown = digit <= group.len();
                let index = (bits >> (18 - 6 * digit) & 63) as usize;
                text.push(if shown { char::from(ALPHABET[index]) } else { '=' });
            }
        }
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

fn boundary(line: &[u8], start: &[u8]) -> Option<String> {
    let label = line.strip_prefix(start)?.strip_suffix(b"-----")?;
    std::str::from_utf8(label).ok().map(str::to_owned)
}

fn decode(text: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, Asn1Error> {
    let digits: &[u8] = match text.iter().position(|&c| c == b'=') {
        Some(end) if text.len() - end <= 2 && text[end..].iter().all(|&c| c == b'=') => &text[..end],
        Some(_) => return Err(Asn1Error::BadPem),
        None => text,
    };
    let mut out = zeroize::Zeroizing::new(Vec::with_capacity(digits.len() * 3 / 4 + 3));
    for group in digits.chunks(4) {
        if group.len() == 1 {
            return Err(Asn1Error::BadPem);
        }
        let mut bits = 0u32;
        for &digit in group {
            bits = bits << 6 | u32::from(sextet(digit).ok_or(Asn1Error::BadPem)?);
        }
        bits <<= 6 * (4 - group.len());
        out.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Ok(out)
}

fn sextet(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}
