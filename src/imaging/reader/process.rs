//! A process with its input, its output and an end to its time and memory.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The most that a process may say, in bytes.
const MOST_SAID: u64 = 64 << 20;
/// How often it is asked whether it has ended.
const PAUSE: Duration = Duration::from_millis(5);
/// The address space that it may have, in KiB: a page of 36 million pixels takes some 700 MB.
#[cfg(unix)]
const MOST_MEMORY_KIB: u32 = 4 << 20;

/// Runs a program to its end; returns what it wrote to its standard output. The environment is that of this process, but for
/// the threads: pages run beside each other, not parts of pages.
pub(super) fn run(program: &Path, arguments: &[&str], input: &[u8], most: Duration) -> Result<String, String> {
    let mut command = limited(program);
    command.args(arguments).env("OMP_THREAD_LIMIT", "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("it could not be started: {}", error.kind()))?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // Who ends without having read its input breaks the pipe; its status tells.
            let _ = stdin.map(|mut stdin| stdin.write_all(input));
        });
        let reading = scope.spawn(move || {
            let mut said = Vec::new();
            stdout.map(|stdout| stdout.take(MOST_SAID).read_to_end(&mut said)).transpose().map(|_| said)
        });
        let ended = wait(&mut child, most);
        let said = reading.join().map_err(|_| "its output could not be read".to_owned())?;
        ended?;
        let said = said.map_err(|error| format!("its output could not be read: {}", error.kind()))?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    })
}

/// Waits for the end of a process, and ends it when its time is over.
fn wait(child: &mut Child, most: Duration) -> Result<(), String> {
    let mut waited = Duration::ZERO;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("it ended with {status}")),
            Ok(None) if waited < most => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            other => {
                // It is gone or going; there is nothing to be done about a process that cannot be ended.
                let _ = child.kill();
                let _ = child.wait();
                return Err(match other {
                    Ok(_) => format!("it took longer than {} seconds", most.as_secs()),
                    Err(error) => format!("it could not be waited for: {}", error.kind()),
                });
            }
        }
    }
}

/// Makes the command; the shell sets a limit to its memory, and becomes the program.
#[cfg(unix)]
fn limited(program: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    let script = format!("ulimit -v {MOST_MEMORY_KIB} 2>/dev/null; exec \"$0\" \"$@\"");
    command.arg("-c").arg(script).arg(program);
    command
}

#[cfg(not(unix))]
fn limited(program: &Path) -> Command {
    Command::new(program)
}
