//! Readers that we did not write, in Python, of what the service hands out.

use std::io::Write;
use std::process::{Command, Stdio};

/// Has a program of Python read something, and insists that it says `sound`. Where its library is not installed, and need not
/// be, nothing is asked.
#[expect(clippy::disallowed_methods, reason = "the test command says where its tools are")]
pub fn finds_sound(program: &str, input: &[u8]) {
    let python = std::env::var("FUMIKURA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(python);
    command.args(["-c", program]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    // One that lacks its library has ended before it reads.
    let _ = running.stdin.take().unwrap().write_all(input);
    let output = running.wait_with_output().unwrap();
    let trouble = String::from_utf8_lossy(&output.stderr);
    if trouble.contains("No module named") && std::env::var_os("FUMIKURA_INTEROP").is_none() {
        eprintln!("not run: {trouble}");
        return;
    }
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "sound", "{trouble}");
}
