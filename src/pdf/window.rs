//! Reading from a place in a file through a window that is no larger than what stands there needs.

use super::lexer::Lexer;
use super::{PdfError, Source};

/// The first window over a file that is not in memory. Most objects are smaller.
const FIRST_BYTES: u64 = 4 << 10;

/// Reads something at an offset. `read` sees the bytes from there on, at most `most` of them, and is asked again over
/// more bytes where it ran out of them.
///
/// # Errors
/// [`PdfError::Read`] where the medium fails. What does not stand there is `None`.
pub(super) fn window<T>(
    source: &Source,
    at: u64,
    most: usize,
    mut read: impl FnMut(&mut Lexer<'_>) -> Option<T>,
) -> Result<Option<T>, PdfError> {
    let whole = source.size_bytes().saturating_sub(at).min(most as u64);
    if at > source.size_bytes() {
        return Ok(None);
    }
    let mut length = if source.is_in_memory() { whole } else { FIRST_BYTES.min(whole) };
    loop {
        let bytes = source.read(at..at + length)?;
        let mut lexer = Lexer::new(&bytes);
        let found = read(&mut lexer);
        if length == whole || !lexer.ran_out() {
            return Ok(found);
        }
        length = (length * 8).min(whole);
    }
}

/// Passes over `stream` and its end of line behind a dictionary (7.3.8.1), and returns where the data begin in the window.
pub(super) fn stream_data(lexer: &mut Lexer<'_>) -> Option<usize> {
    lexer.white();
    if !lexer.literally(b"stream") {
        return None;
    }
    // A carriage return alone is not allowed, because it cannot be told from data; writers do it all the same.
    let _ = lexer.literally(b"\r\n") || lexer.literally(b"\n") || lexer.literally(b"\r");
    Some(lexer.position())
}
