//! Signing one page with RSA-2048 at level B-B: in process and as a whole process, beside others in the same run.
//!
//! `cargo bench --bench sign` prints milliseconds (medians) and ratios. Others are measured where they are installed:
//! pyHanko (`FUMIKURA_PYTHON`, or `python3`), `mutool sign`, and two signers in Rust, built once with
//! `cargo build --release --manifest-path benches/peers/Cargo.toml` (`FUMIKURA_PEERS` names the program elsewhere).
//! `FUMIKURA_ROUNDS` sets how often (default 15 rounds; in process 20 times as often).
//!
//! Rounds go in turn (A B C A B C), so that ratios hold on a machine with other work. Our whole process syncs file and
//! folder before it is content; the others do not.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench stops where anything is wrong")]

mod hall;

use fumikura::cli::SystemEntropy;
use fumikura::cms::SigningIdentity;
use fumikura::pades::{Level, SignOptions, sign};
use fumikura::pdf::{Limits, Pdf};
use hall::{Hall, PAGE, in_turn, median, python, rounds, timed};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

fn main() {
    // `cargo test --benches` only wants to know that it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let (rounds, bench) = (rounds(15), Bench::new());
    println!("one page, RSA-2048, SHA-256, B-B; {} bytes; {rounds} rounds", std::fs::metadata(PAGE).unwrap().len());
    let turns = rounds * 20;
    let inside = [
        ("fumikura, bytes to bytes", bench.in_memory(turns)),
        ("fumikura, key alone", bench.key_alone(turns)),
        ("fumikura, on two cores", Some(bench.on_two_cores(turns))),
        ("fumikura, file to file", bench.in_process(turns)),
        ("pdf_signer", bench.peer("pdf_signer", turns)),
        ("underskrift", bench.peer("underskrift", turns)),
        ("pyHanko", bench.pyhanko_in_process(rounds)),
    ];
    table("in process", &inside);
    table("whole process", &in_turn(bench.hall.everyone(Path::new(PAGE)), rounds));
}

/// Prints times and how many times as long each takes as the first.
fn table(title: &str, rows: &[(&str, Option<f64>)]) {
    println!("\n{title}");
    let Some((_, Some(first))) = rows.first() else { return };
    for (name, time) in rows {
        let Some(time) = time else { continue };
        println!("  {name:<26} {time:>10.3} ms {:>9.2} x", time / first);
    }
}

struct Bench {
    hall: Hall,
    identity: SigningIdentity,
}

impl Bench {
    fn new() -> Self {
        let hall = Hall::new();
        let identity = hall.identity();
        Self { hall, identity }
    }

    /// Parses and signs what is in memory.
    fn in_memory(&self, turns: usize) -> Option<f64> {
        let (base, entropy) = (Arc::<[u8]>::from(std::fs::read(PAGE).unwrap()), SystemEntropy::default());
        let mut turn = || self.sign(&base, &entropy);
        (0..20).for_each(|_| turn());
        median((0..turns).map(|_| timed(&mut turn)).collect())
    }

    /// Does the same on two threads, and returns the time that each file takes of both.
    fn on_two_cores(&self, turns: usize) -> f64 {
        let (base, entropy) = (Arc::<[u8]>::from(std::fs::read(PAGE).unwrap()), SystemEntropy::default());
        let all = timed(|| {
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| (0..turns).for_each(|_| self.sign(&base, &entropy)));
                }
            });
        });
        all / (2 * turns) as f64
    }

    fn sign(&self, base: &Arc<[u8]>, entropy: &SystemEntropy) {
        let pdf = Pdf::read(Arc::clone(base), &Limits::default()).unwrap();
        let options = SignOptions::new(Level::BB, jiff::Timestamp::now());
        std::hint::black_box(sign(&pdf, &self.identity, &options, None, entropy).unwrap());
    }

    /// Reads, parses, signs and writes, as the peers' loops do.
    fn in_process(&self, turns: usize) -> Option<f64> {
        let out = self.hall.path("in-process.pdf");
        let entropy = SystemEntropy::default();
        let mut turn = || {
            let pdf = Pdf::read(std::fs::read(PAGE).unwrap(), &Limits::default()).unwrap();
            let options = SignOptions::new(Level::BB, jiff::Timestamp::now());
            let made = sign(&pdf, &self.identity, &options, None, &entropy).unwrap();
            std::fs::write(&out, made.to_vec().unwrap()).unwrap();
        };
        (0..3).for_each(|_| turn());
        median((0..turns).map(|_| timed(&mut turn)).collect())
    }

    /// The one RSA operation that nobody can save.
    fn key_alone(&self, turns: usize) -> Option<f64> {
        let signer = self.identity.signer();
        let scheme = signer.default_scheme(fumikura::digest::DigestAlgorithm::Sha256);
        median((0..turns).map(|_| timed(|| drop(signer.sign(scheme, b"message").unwrap()))).collect())
    }

    /// What a signer in Rust says of itself.
    fn peer(&self, name: &str, turns: usize) -> Option<f64> {
        let output = self.hall.peer(name, Path::new(PAGE), turns)?.output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().parse().ok();
        if said.is_none() {
            println!("  ({name} failed: {})", String::from_utf8_lossy(&output.stderr).trim());
        }
        said
    }

    fn pyhanko_in_process(&self, turns: usize) -> Option<f64> {
        const SCRIPT: &str = r"
import sys, time, logging
logging.disable(logging.CRITICAL)
from pyhanko.sign import signers, fields
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
key, cert, ca, source, target, turns = sys.argv[1:]
signer = signers.SimpleSigner.load(key, cert, ca_chain_files=(ca,))
meta = signers.PdfSignatureMetadata(field_name='Signature1', md_algorithm='sha256', subfilter=fields.SigSeedSubFilter.PADES)
times = []
for _ in range(int(turns)):
    begun = time.perf_counter()
    with open(source, 'rb') as read, open(target, 'wb') as write:
        signers.sign_pdf(IncrementalPdfFileWriter(read), meta, signer=signer, output=write)
    times.append((time.perf_counter() - begun) * 1e3)
print(sorted(times)[len(times) // 2])
";
        let mut command = Command::new(python());
        command.args(["-c", SCRIPT]).arg(&self.hall.files.seal_key).arg(&self.hall.files.seal_certificate);
        command.arg(self.hall.path("ca.pem")).arg(PAGE).arg(self.hall.path("pyhanko.pdf")).arg(turns.to_string());
        String::from_utf8_lossy(&command.output().ok()?.stdout).trim().parse().ok()
    }
}
