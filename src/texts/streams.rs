//! Looks through a PDF's streams before anything opens it: what they would grow to, and how large the pictures say they are.
//!
//! The readers of PDF that texts and pictures come from decompress a stream to its end, however long it is. So every stream is found in
//! the raw bytes, by its keyword alone, and inflated without keeping anything. Pictures are measured when they are drawn.

use flate2::{Decompress, FlushDecompress, Status};
use memchr::memmem;

/// How many bytes before the keyword `stream` are looked at as its dictionary.
const LONGEST_DICTIONARY: usize = 8 << 10;
/// Bytes of data that are inflated in vain at most, as a multiple of the file: streams within streams would make it a square.
const MOST_EFFORT: u64 = 16;

/// Bytes that one compressed stream may grow to, for whoever looks through a file.
#[derive(Clone, Copy, Debug)]
pub struct StreamLimits {
    /// One that is no picture: page contents, fonts, object streams.
    pub stream_bytes: u64,
    /// A picture, where those are measured, too: as a page's contents it would grow just so.
    pub picture_bytes: Option<u64>,
    /// Pixels that a picture may say it has, by width and height.
    pub allows: fn(u64, u64) -> bool,
}

/// What a stream, or a file, is not read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamTrouble {
    /// The file is encrypted.
    #[error("it is encrypted")]
    Encrypted,
    /// A stream is compressed twice.
    #[error("a stream that is compressed twice")]
    Twice,
    /// A stream grows beyond what is taken, or all of them ask for too much work.
    #[error("a compressed stream grows beyond what is taken")]
    TooLong,
}

/// What was found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guarded {
    /// The size of a picture that is larger than is taken, in pixels.
    pub oversized: Option<(u64, u64)>,
    /// What the streams that were measured grow to, all together, in bytes.
    pub grown_bytes: u64,
}

/// Looks through all streams of a file.
pub fn look(bytes: &[u8], limits: &StreamLimits) -> Result<Guarded, StreamTrouble> {
    if is_encrypted(bytes) {
        return Err(StreamTrouble::Encrypted);
    }
    let (mut guarded, mut effort) = (Guarded::default(), 0_u64);
    let most_effort = (bytes.len() as u64).saturating_mul(MOST_EFFORT);
    for keyword in memmem::find_iter(bytes, b"stream") {
        let (before, after) = bytes.split_at(keyword);
        let Some(data) = after.strip_prefix(b"stream\r\n").or_else(|| after.strip_prefix(b"stream\n")) else {
            continue;
        };
        if before.ends_with(b"end") {
            continue;
        }
        let dictionary = dictionary_before(before);
        if let Some((width, height)) = number(dictionary, b"/Width").zip(number(dictionary, b"/Height"))
            && width > 0
            && height > 0
            && !(limits.allows)(width, height)
        {
            guarded.oversized = Some((width, height));
        }
        let most = if is_picture(dictionary) { limits.picture_bytes } else { Some(limits.stream_bytes) };
        let Some(most) = most else { continue };
        let (read, grown) = measure(dictionary, data, most)?;
        guarded.grown_bytes = guarded.grown_bytes.saturating_add(grown);
        effort = effort.saturating_add(read);
        if effort > most_effort {
            return Err(StreamTrouble::TooLong);
        }
    }
    Ok(guarded)
}

/// Measures what the data of a picture grow to; `most` is what its size in pixels allows.
pub fn measure_picture(filters: &[u8], data: &[u8], most: u64) -> Result<(), StreamTrouble> {
    measure(filters, data, most).map(|_| ())
}

/// Follows the filters of a dictionary, without keeping what they give. Returns the bytes read, and those that they grow to.
fn measure(dictionary: &[u8], data: &[u8], most: u64) -> Result<(u64, u64), StreamTrouble> {
    let has = |name: &[u8]| memmem::find(dictionary, name).is_some();
    let growing = [b"/Fl".as_slice(), b"/LZW", b"/RunLength", b"/RL"];
    if growing.iter().map(|name| memmem::find_iter(dictionary, name).count()).sum::<usize>() > 1 {
        return Err(StreamTrouble::Twice);
    }
    // Text forms of at most as many bytes; only what they wrap can grow.
    let unwrapped;
    let data = if has(b"/ASCIIHex") || has(b"/AHx") {
        unwrapped = from_hex(data);
        unwrapped.as_slice()
    } else if has(b"/ASCII85") || has(b"/A85") {
        unwrapped = from_base85(data);
        unwrapped.as_slice()
    } else {
        data
    };
    if has(b"/LZW") {
        return lzw(data, most);
    }
    if has(b"/RunLength") || has(b"/RL") {
        let end = memmem::find(data, b"endstream").unwrap_or(data.len()) as u64;
        let grown = end.saturating_mul(64);
        return if grown > most { Err(StreamTrouble::TooLong) } else { Ok((end, grown)) };
    }
    // Whatever the dictionary says: what looks like zlib is inflated.
    match data {
        [head, flags, ..] if head & 0x0f == 8 && (u16::from(*head) << 8 | u16::from(*flags)) % 31 == 0 => {
            inflate(data, true, most)
        }
        _ if has(b"/Fl") => inflate(data, false, most),
        _ => Ok((0, 0)),
    }
}

/// Inflates to the end or the limit.
fn inflate(data: &[u8], zlib: bool, most: u64) -> Result<(u64, u64), StreamTrouble> {
    let mut inflater = Decompress::new(zlib);
    let mut sink = vec![0_u8; 64 << 10];
    loop {
        let rest = data.get(inflater.total_in() as usize..).unwrap_or_default();
        let (read, written) = (inflater.total_in(), inflater.total_out());
        let status = inflater.decompress(rest, &mut sink, FlushDecompress::None);
        if inflater.total_out() > most {
            return Err(StreamTrouble::TooLong);
        }
        let stuck = inflater.total_in() == read && inflater.total_out() == written;
        if stuck || !matches!(status, Ok(Status::Ok)) {
            return Ok((inflater.total_in(), inflater.total_out()));
        }
    }
}

/// Counts what LZW grows to (ISO 32000-2, 7.4.4): of each code only how long its string is.
fn lzw(data: &[u8], most: u64) -> Result<(u64, u64), StreamTrouble> {
    let mut lengths = vec![1_u32; 258];
    let (mut bits, mut held, mut total, mut last) = (0_u64, 0_u32, 0_u64, None::<u32>);
    let mut read = 0;
    for byte in data {
        read += 1;
        bits = bits << 8 | u64::from(*byte);
        held += 8;
        let width = match lengths.len() + 1 {
            ..=511 => 9,
            512..=1023 => 10,
            1024..=2047 => 11,
            _ => 12,
        };
        if held < width {
            continue;
        }
        held -= width;
        let code = (bits >> held) as usize & ((1 << width) - 1);
        bits &= (1 << held) - 1;
        match code {
            256 => {
                lengths.truncate(258);
                last = None;
            }
            257 => break,
            _ => {
                let Some(length) = lengths.get(code).copied().or_else(|| last.map(|last| last + 1)) else { break };
                total += u64::from(length);
                if total > most {
                    return Err(StreamTrouble::TooLong);
                }
                if let Some(last) = last
                    && lengths.len() < 4096
                {
                    lengths.push(last + 1);
                }
                last = Some(length);
            }
        }
    }
    Ok((read, total))
}

/// Returns what stands between the last `obj` and the keyword.
fn dictionary_before(before: &[u8]) -> &[u8] {
    let near = before.get(before.len().saturating_sub(LONGEST_DICTIONARY)..).unwrap_or_default();
    let start = memmem::rfind(near, b"obj").map_or(0, |at| at + 3);
    near.get(start..).unwrap_or_default()
}

/// Tells whether a dictionary is a picture's and nothing else's.
fn is_picture(dictionary: &[u8]) -> bool {
    let named = memmem::find(dictionary, b"/Subtype").is_some_and(|at| {
        let value = dictionary.get(at + 8..).unwrap_or_default().trim_ascii_start();
        value.starts_with(b"/Image")
    });
    named && [b"/Form".as_slice(), b"/ObjStm", b"/XRef"].iter().all(|other| memmem::find(dictionary, other).is_none())
}

/// Returns the whole number behind a name.
fn number(dictionary: &[u8], name: &[u8]) -> Option<u64> {
    let at = memmem::find(dictionary, name)?;
    let value = dictionary.get(at + name.len()..)?.trim_ascii_start();
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(value.get(..digits)?).ok()?.parse().ok()
}

/// Tells whether a trailer or cross-reference stream names an encryption.
fn is_encrypted(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, b"/Encrypt").any(|at| {
        let value = bytes.get(at + 8..).unwrap_or_default().trim_ascii_start();
        value.first().is_some_and(|byte| byte.is_ascii_digit()) || value.starts_with(b"<<")
    })
}

fn from_hex(data: &[u8]) -> Vec<u8> {
    let digits = data.iter().take_while(|byte| **byte != b'>').filter_map(|byte| (*byte as char).to_digit(16));
    let digits: Vec<u8> = digits.map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)).collect()
}

fn from_base85(data: &[u8]) -> Vec<u8> {
    let (mut out, mut group) = (Vec::with_capacity(data.len() / 5 * 4), Vec::with_capacity(5));
    for byte in data.iter().take_while(|byte| **byte != b'~') {
        match byte {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(u32::from(byte - b'!')),
            _ => continue,
        }
        if group.len() == 5 {
            let value = group.iter().fold(0_u32, |sum, digit| sum.wrapping_mul(85).wrapping_add(*digit));
            out.extend(value.to_be_bytes());
            group.clear();
        }
    }
    out
}
