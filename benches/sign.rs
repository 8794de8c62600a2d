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

use fumikura::asn1::pem_encode;
use fumikura::cli::SystemEntropy;
use fumikura::cms::SigningIdentity;
use fumikura::keystore::{DemoPkiFiles, SoftwareSigner, make_demo_pki, write_demo_pki};
use fumikura::pades::{Level, SignOptions, sign};
use fumikura::pdf::{Dictionary, Limits, Object, Pdf, Update};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pdf/typst.pdf");
const PASSWORD: &str = "himitsu";

fn main() {
    // `cargo test --benches` only wants to know that it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let rounds: usize = std::env::var("FUMIKURA_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(15);
    let bench = Bench::new();
    println!("one page, RSA-2048, SHA-256, B-B; {} bytes; {rounds} rounds", std::fs::metadata(SAMPLE).unwrap().len());
    let turns = rounds * 20;
    let mut inside = vec![Some(("fumikura, bytes to bytes", bench.in_memory(turns)))];
    inside.push(Some(("fumikura, key alone", bench.key_alone(turns))));
    inside.push(Some(("fumikura, on two cores", bench.on_two_cores(turns))));
    inside.push(Some(("fumikura, file to file", bench.in_process(turns))));
    for name in ["pdf_signer", "underskrift"] {
        inside.push(bench.peer(name, turns).map(|time| (name, time)));
    }
    inside.push(bench.pyhanko_in_process(rounds).map(|time| ("pyHanko", time)));
    table("in process", &inside);
    table("whole process", &bench.whole_processes(rounds));
}

/// Prints times and how many times as long each takes as the first.
fn table(title: &str, rows: &[Option<(&str, f64)>]) {
    println!("\n{title}");
    let Some(Some((_, first))) = rows.first() else { return };
    for (name, time) in rows.iter().flatten() {
        println!("  {name:<26} {time:>10.3} ms {:>9.2} x", time / first);
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn timed(mut work: impl FnMut()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64() * 1e3
}

struct Bench {
    folder: tempfile::TempDir,
    identity: SigningIdentity,
    files: DemoPkiFiles,
    /// The key as PKCS#12, where OpenSSL could make it.
    key: Option<PathBuf>,
    /// The sample with an unsigned field, and the field's object number.
    with_field: (PathBuf, u32),
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let entropy = SystemEntropy::default();
        let pki = make_demo_pki(jiff::Timestamp::now(), &entropy).unwrap();
        let files = write_demo_pki(&folder.path().join("pki"), &pki, None, &entropy).unwrap();
        let signer = Arc::new(SoftwareSigner::from_pkcs8(&pki.seal.pkcs8).unwrap());
        let chain = vec![pki.issuing_ca.certificate.clone()];
        let identity = SigningIdentity::new(signer, pki.seal.certificate.clone(), chain).unwrap();
        std::fs::write(
            folder.path().join("ca.pem"),
            pem_encode("CERTIFICATE", pki.issuing_ca.certificate.der()).as_bytes(),
        )
        .unwrap();
        let key = pkcs12(folder.path(), &files);
        let with_field = field_to_sign(folder.path());
        Self { folder, identity, files, key, with_field }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Parses and signs what is in memory.
    fn in_memory(&self, turns: usize) -> f64 {
        let (base, entropy) = (Arc::<[u8]>::from(std::fs::read(SAMPLE).unwrap()), SystemEntropy::default());
        let mut turn = || self.sign(&base, &entropy);
        (0..20).for_each(|_| turn());
        median((0..turns).map(|_| timed(&mut turn)).collect())
    }

    /// Does the same on two threads, and returns the time that each file takes of both.
    fn on_two_cores(&self, turns: usize) -> f64 {
        let (base, entropy) = (Arc::<[u8]>::from(std::fs::read(SAMPLE).unwrap()), SystemEntropy::default());
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
    fn in_process(&self, turns: usize) -> f64 {
        let out = self.path("in-process.pdf");
        let entropy = SystemEntropy::default();
        let mut turn = || {
            let pdf = Pdf::read(std::fs::read(SAMPLE).unwrap(), &Limits::default()).unwrap();
            let options = SignOptions::new(Level::BB, jiff::Timestamp::now());
            let made = sign(&pdf, &self.identity, &options, None, &entropy).unwrap();
            std::fs::write(&out, made.to_vec().unwrap()).unwrap();
        };
        (0..3).for_each(|_| turn());
        median((0..turns).map(|_| timed(&mut turn)).collect())
    }

    /// The one RSA operation that nobody can save.
    fn key_alone(&self, turns: usize) -> f64 {
        let signer = self.identity.signer();
        let scheme = signer.default_scheme(fumikura::digest::DigestAlgorithm::Sha256);
        median((0..turns).map(|_| timed(|| drop(signer.sign(scheme, b"message").unwrap()))).collect())
    }

    fn peer(&self, name: &str, turns: usize) -> Option<f64> {
        let output = self.peer_command(name, turns)?.output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().parse().ok();
        if said.is_none() {
            println!("  ({name} failed: {})", String::from_utf8_lossy(&output.stderr).trim());
        }
        said
    }

    fn peer_command(&self, name: &str, turns: usize) -> Option<Command> {
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/target/release/peers");
        let program = std::env::var_os("FUMIKURA_PEERS").map_or(built, PathBuf::from);
        if !program.exists() {
            return None;
        }
        let mut command = Command::new(program);
        command.arg(name).arg(SAMPLE).arg(self.path("peer.pdf")).arg(self.key.as_ref()?);
        command.arg(PASSWORD).arg(turns.to_string());
        Some(command)
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
        command.args(["-c", SCRIPT]).arg(&self.files.seal_key).arg(&self.files.seal_certificate);
        command.arg(self.path("ca.pem")).arg(SAMPLE).arg(self.path("pyhanko.pdf")).arg(turns.to_string());
        String::from_utf8_lossy(&command.output().ok()?.stdout).trim().parse().ok()
    }

    fn whole_processes(&self, rounds: usize) -> Vec<Option<(&'static str, f64)>> {
        let mut contestants: Vec<(&str, Option<Command>)> = vec![
            ("fumikura sign", Some(self.ours())),
            ("mutool sign", self.mutool()),
            ("pdf_signer", self.peer_command("pdf_signer", 1)),
            ("underskrift", self.peer_command("underskrift", 1)),
            ("pyhanko sign", self.pyhanko()),
        ];
        let mut times: Vec<Vec<f64>> = vec![Vec::new(); contestants.len()];
        for _ in 0..rounds {
            for (index, (name, command)) in contestants.iter_mut().enumerate() {
                let Some(mut running) = command.take() else { continue };
                running.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                let mut good = false;
                let time = timed(|| good = running.status().is_ok_and(|status| status.success()));
                assert!(good || index > 0, "{name} failed");
                if good {
                    times[index].push(time);
                    *command = Some(running);
                } else {
                    println!("  ({name} is not installed, or failed)");
                }
            }
        }
        let rows = contestants.iter().zip(times);
        rows.map(|((name, _), times)| (!times.is_empty()).then(|| (*name, median(times)))).collect()
    }

    fn ours(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
        command.arg("sign").arg(SAMPLE).arg("-o").arg(self.path("ours.pdf"));
        command.arg("--key").arg(format!("file:{}", self.files.seal_key.display()));
        command.arg("--cert").arg(&self.files.seal_certificate).arg("--chain").arg(self.path("ca.pem"));
        command
    }

    fn mutool(&self) -> Option<Command> {
        let mut command = Command::new("mutool");
        command.arg("sign").arg("-s").arg(self.key.as_ref()?).args(["-P", PASSWORD, "-o"]).arg(self.path("mutool.pdf"));
        command.arg(&self.with_field.0).arg(self.with_field.1.to_string());
        Some(command)
    }

    fn pyhanko(&self) -> Option<Command> {
        let beside = PathBuf::from(python()).with_file_name("pyhanko");
        let program = if beside.exists() { beside } else { PathBuf::from("pyhanko") };
        let mut command = Command::new(program);
        command.args(["sign", "addsig", "--field", "Signature1", "--use-pades", "pemder", "--no-pass"]);
        command.arg("--key").arg(&self.files.seal_key).arg("--cert").arg(&self.files.seal_certificate);
        command.arg("--chain").arg(self.path("ca.pem")).arg(SAMPLE).arg(self.path("pyhanko-cli.pdf"));
        Some(command)
    }
}

fn python() -> String {
    std::env::var("FUMIKURA_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// Makes the PKCS#12 file that the others read; none without OpenSSL.
fn pkcs12(folder: &Path, files: &DemoPkiFiles) -> Option<PathBuf> {
    let out = folder.join("seal.p12");
    let mut command = Command::new("openssl");
    command.args(["pkcs12", "-export", "-passout", &format!("pass:{PASSWORD}"), "-inkey"]).arg(&files.seal_key);
    // What all of them understand, the older PKCS#12 libraries among them.
    command.args(["-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1", "-in"]);
    command.arg(&files.seal_certificate).arg("-certfile").arg(folder.join("ca.pem")).arg("-out").arg(&out);
    command.stderr(Stdio::null()).status().ok().filter(|status| status.success()).map(|_| out)
}

/// Adds an unsigned field, which `mutool sign` needs, and returns the file and the field's number.
fn field_to_sign(folder: &Path) -> (PathBuf, u32) {
    let base = Pdf::read(std::fs::read(SAMPLE).unwrap(), &Limits::default()).unwrap();
    let page = base.pages().unwrap()[0].id;
    let mut update = Update::new(&base).unwrap();
    let mut field = Dictionary::new();
    field.set("Type", "Annot");
    field.set("Subtype", "Widget");
    field.set("FT", "Sig");
    field.set("T", Object::string_literal("Signature1"));
    field.set("F", 4);
    field.set("Rect", vec![20.into(), 20.into(), 170.into(), 60.into()]);
    field.set("P", Object::Reference(page));
    let field = update.add(field);
    let mut shown = update.dictionary(page).unwrap();
    shown.set("Annots", vec![Object::Reference(field)]);
    update.set(page, shown);
    let (root, catalog) = base.catalog().unwrap();
    let mut form = Dictionary::new();
    form.set("Fields", vec![Object::Reference(field)]);
    let mut catalog = catalog.clone();
    catalog.set("AcroForm", form);
    update.set(root, catalog);
    let path = folder.join("with-field.pdf");
    std::fs::write(&path, update.finish().unwrap().to_vec().unwrap()).unwrap();
    (path, field.0)
}
