//! Sealing files of any size as a whole process: beside what the disk and the digest cost alone, beside others in the same
//! run, and with peak memory.
//!
//! `cargo bench --bench large` prints milliseconds (medians), ratios to hashing plus copying the same file, and the peak
//! memory where GNU time is installed. `FUMIKURA_LARGE_MB` names the sizes (default `2,50`); `FUMIKURA_ROUNDS` how often.
//! The last row is one page at B-T with our own timestamping authority. Who else is measured, `sign` tells.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench stops where anything is wrong")]

mod hall;

use hall::{Hall, PAGE, in_turn, rounds};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let (rounds, bench) = (rounds(9), Bench(Hall::new()));
    let sizes = std::env::var("FUMIKURA_LARGE_MB").unwrap_or_else(|_| "2,50".to_owned());
    for megabytes in sizes.split(',').filter_map(|size| size.trim().parse::<usize>().ok()) {
        let file = bench.0.scan(megabytes);
        println!("\n{megabytes} MB, RSA-2048, B-B, whole process; {rounds} rounds");
        let mut hash = Command::new("openssl");
        hash.args(["dgst", "-sha256"]).arg(&file);
        let mut copy = Command::new("cp");
        copy.arg(&file).arg(bench.0.path("copy.pdf"));
        let mut rows = vec![("openssl dgst", Some(hash)), ("cp", Some(copy))];
        rows.extend(bench.0.everyone(&file));
        let times = in_turn(rows, rounds);
        let floor = times.iter().take(2).filter_map(|(_, time)| *time).sum::<f64>();
        for (name, time) in &times {
            let Some(time) = time else { continue };
            println!("  {name:<26} {time:>10.2} ms {:>8.2} x of hashing and copying", time / floor);
        }
        if let Some(kilobytes) = bench.peak(&bench.0.ours(&file, &[])) {
            println!("  {:<26} {:>10.1} MB", "fumikura sign, peak memory", kilobytes as f64 / 1024.0);
        }
    }
    let (mut authority, address) = bench.authority();
    let words = ["--level", "b-t", "--tsa", address.as_str()];
    let times = in_turn(vec![("fumikura sign, B-T", Some(bench.0.ours(Path::new(PAGE), &words)))], rounds);
    println!("\none page, B-T with our own authority over HTTP");
    times.iter().for_each(|(name, time)| println!("  {name:<26} {:>10.2} ms", time.unwrap_or_default()));
    authority.kill().unwrap();
    authority.wait().unwrap();
}

struct Bench(Hall);

impl Bench {
    /// Returns the peak memory of a command in kilobytes.
    fn peak(&self, command: &Command) -> Option<u64> {
        let said = self.0.path("peak");
        let mut timed = Command::new("/usr/bin/time");
        timed.args(["-f", "%M", "-o"]).arg(&said).arg(command.get_program()).args(command.get_args());
        timed.stdout(Stdio::null()).status().ok()?;
        std::fs::read_to_string(said).ok()?.trim().parse().ok()
    }

    fn authority(&self) -> (Child, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
        command.args(["tsa", "serve", "--listen", "127.0.0.1:0", "--key"]);
        command
            .arg(format!("file:{}", self.0.files.tsa_key.display()))
            .arg("--cert")
            .arg(&self.0.files.tsa_certificate);
        command.arg("--chain").arg(self.0.path("ca.pem")).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find(|line| line.starts_with("http://")).unwrap();
        (child, address)
    }
}
