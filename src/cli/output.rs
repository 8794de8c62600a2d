//! Standard output without surprises: a reader that goes away early is no trouble, a full disk is.

use super::Failure;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Writes to standard output. A closed pipe, as `| head` leaves it, is taken for a reader who has seen enough.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    settle(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Takes a closed pipe for success.
pub fn settle(written: std::io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::io(Path::new("standard output"), &error, true))
        }
        _ => Ok(()),
    }
}
