//! Standard output without surprises: a reader that goes away early is no trouble, a full disk is. What is only told along
//! the way is never a reason to end.

use super::Failure;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Answers with a line on standard output, as [`print()`] does.
macro_rules! answer_line {
    ($($words:tt)*) => { $crate::cli::output::print(&(format!($($words)*) + "\n")) };
}

/// Tells a line on standard output along the way; where nobody can hear it any more, the work goes on.
macro_rules! tell {
    ($($words:tt)*) => {{ std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{}\n", format_args!($($words)*))).ok(); }};
}

/// Tells a line on standard error along the way; where nobody can hear it any more, the work goes on.
macro_rules! complain {
    ($($words:tt)*) => {{ std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{}\n", format_args!($($words)*))).ok(); }};
}

pub(in crate::cli) use {answer_line, complain, tell};

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
