//! Judging signed files: in process and as a whole process, beside poppler's pdfsig and pyHanko in the same run.
//!
//! `cargo bench --bench validate` prints milliseconds (medians) and ratios: one page at B-LTA, one page with 1, 5 and 20
//! signatures, and 50 MB with 1 and 5 (`FUMIKURA_LARGE_MB`) beside hashing the file once. `-- WORDS` measures the cases whose
//! title holds these words. Who else is measured, `sign` tells.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench stops where anything is wrong")]

mod hall;

use fumikura::asn1::Oid;
use fumikura::cli::{SystemClock, SystemEntropy};
use fumikura::cms::SigningIdentity;
use fumikura::digest::DigestAlgorithm;
use fumikura::pades::{Extension, Level, LongTerm, SignOptions, sign, sign_extended};
use fumikura::pdf::{Limits, Pdf};
use fumikura::pki::{GoodSignatures, TrustAnchors};
use fumikura::policy::ValidationPolicy;
use fumikura::tsp::{Authority, AuthorityOptions, LocalSource};
use fumikura::validate::{Indication, ValidationContext, validate_knowing};
use hall::{Hall, PAGE, certificate, in_turn, median, python, rounds, timed};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let (rounds, bench) = (rounds(9), Bench::new());
    let megabytes = std::env::var("FUMIKURA_LARGE_MB").ok().and_then(|text| text.parse().ok()).unwrap_or(50);
    let large = bench.hall.scan(megabytes);
    for (title, file) in [
        ("one page, B-LTA", bench.archived(Path::new(PAGE))),
        ("one page, 1 signature", bench.signed(Path::new(PAGE), 1)),
        ("one page, 5 signatures", bench.signed(Path::new(PAGE), 5)),
        ("one page, 20 signatures", bench.signed(Path::new(PAGE), 20)),
        ("large, 1 signature", bench.signed(&large, 1)),
        ("large, 5 signatures", bench.signed(&large, 5)),
    ] {
        if !title.contains(&wanted) {
            continue;
        }
        let size = std::fs::metadata(&file).unwrap().len();
        println!("\n{title} ({size} bytes)");
        let turns = if size > 1 << 20 { rounds } else { rounds * 20 };
        let (alone, service) = (bench.in_process(&file, turns, false), bench.in_process(&file, turns, true));
        println!("  {:<26} {alone:>10.3} ms", "fumikura, in process");
        println!("  {:<26} {service:>10.3} ms", "fumikura, in a service");
        if let Some(time) = bench.pyhanko_in_process(&file, rounds) {
            let (than_alone, than_service) = (time / alone, time / service);
            println!("  {:<26} {time:>10.3} ms {than_alone:>9.2} x {than_service:>9.2} x", "pyHanko, in process");
        }
        let mut hash = Command::new("openssl");
        hash.args(["dgst", "-sha256"]).arg(&file);
        let mut pdfsig = Command::new("pdfsig");
        pdfsig.arg("-nocert").arg(&file);
        let rows = vec![
            ("fumikura validate", Some(bench.ours(&file))),
            ("pdfsig", Some(pdfsig)),
            ("openssl dgst", Some(hash)),
        ];
        let times = in_turn(rows, rounds);
        let first = times[0].1.unwrap();
        for (name, time) in times {
            let Some(time) = time else { continue };
            println!("  {name:<26} {time:>10.3} ms {:>9.2} x", time / first);
        }
    }
}

struct Bench {
    hall: Hall,
    identity: SigningIdentity,
    timestamps: LocalSource,
    anchors: TrustAnchors,
}

impl Bench {
    fn new() -> Self {
        let hall = Hall::new();
        let identity = hall.identity();
        let tsa = hall.tsa();
        let authority =
            Authority::new(tsa, AuthorityOptions::with_policy(Oid::new_unwrap("1.3.6.1.4.1.99999.1"))).unwrap();
        let timestamps =
            LocalSource::new(Arc::new(authority), Arc::new(SystemClock), Arc::new(SystemEntropy::default()));
        let anchors = TrustAnchors::new([certificate(&hall.files.root_certificate)]);
        Self { hall, identity, timestamps, anchors }
    }

    /// Signs a file so often, and returns where the last one is.
    fn signed(&self, file: &Path, times: usize) -> PathBuf {
        let mut bytes = std::fs::read(file).unwrap();
        for _ in 0..times {
            let pdf = Pdf::read(bytes, &Limits::default()).unwrap();
            let options = SignOptions::new(Level::BT, jiff::Timestamp::now());
            let made = sign(&pdf, &self.identity, &options, Some(&self.timestamps), &SystemEntropy::default()).unwrap();
            bytes = made.to_vec().unwrap();
        }
        self.kept(&format!("{}-signed-{times}.pdf", file.file_stem().unwrap().display()), &bytes)
    }

    fn archived(&self, file: &Path) -> PathBuf {
        let (policy, crls) = (ValidationPolicy::built_in(), self.hall.lists());
        let at = jiff::Timestamp::now();
        let long_term = LongTerm {
            trust: &self.anchors,
            tsa_trust: &self.anchors,
            intermediates: &[],
            crls: &crls,
            ocsps: &[],
            policy: &policy,
            at,
            accept_older_revocation: true,
            vri: false,
        };
        let extension = Extension {
            timestamps: Some(&self.timestamps),
            long_term: Some(long_term),
            digest: DigestAlgorithm::Sha256,
            at,
        };
        let pdf = Pdf::read(std::fs::read(file).unwrap(), &Limits::default()).unwrap();
        let options = SignOptions::new(Level::BLta, at);
        let made = sign_extended(&pdf, &self.identity, &options, &extension, &SystemEntropy::default()).unwrap();
        self.kept("archived.pdf", &made.to_vec().unwrap())
    }

    fn kept(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.hall.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Judges a file so often, each time as if it were the first of all, or as a service does that met the city's
    /// authorities and lists with other files: what stands in this file alone is verified each time.
    fn in_process(&self, file: &Path, turns: usize, in_service: bool) -> f64 {
        let (bytes, policy, crls) =
            (Arc::<[u8]>::from(std::fs::read(file).unwrap()), ValidationPolicy::built_in(), self.hall.lists());
        let service = Arc::<GoodSignatures>::default();
        let mut turn = || {
            let good = if in_service { Arc::clone(&service) } else { Arc::default() };
            let context = ValidationContext {
                trust: &self.anchors,
                tsa_trust: &self.anchors,
                crls: &crls,
                ocsps: &[],
                intermediates: &[],
                at: jiff::Timestamp::now(),
                policy: &policy,
                password: None,
                limits: Limits::default(),
            };
            let (report, _) = validate_knowing(Arc::clone(&bytes), &context, &good).unwrap();
            assert_eq!(report.indication, Indication::TotalPassed);
        };
        median((0..turns).map(|_| timed(&mut turn)).collect()).unwrap()
    }

    fn ours(&self, file: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
        command.arg("validate").arg(file).arg("--trust").arg(&self.hall.files.root_certificate);
        command.arg("--crl").arg(&self.hall.files.root_crl).arg("--crl").arg(&self.hall.files.issuing_ca_crl);
        command
    }

    fn pyhanko_in_process(&self, file: &Path, turns: usize) -> Option<f64> {
        // The same questions: revocation lists are asked, and what has a security store is judged for the long term.
        const SCRIPT: &str = r"
import sys, time, logging, warnings, asyncio
logging.disable(logging.CRITICAL); warnings.simplefilter('ignore')
from asn1crypto import crl, pem
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import PdfSignatureValidationSpec, SignatureValidationSpec
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, REQUIRE_REVINFO
from pyhanko_certvalidator.registry import SimpleTrustManager
root, path, turns, *lists = sys.argv[1:]
root = load_cert_from_pemder(root)
def read(name):
    with open(name, 'rb') as file: data = file.read()
    return crl.CertificateList.load(pem.unarmor(data)[2] if pem.detect(data) else data)
lists = [read(name) for name in lists]
def long_term(sig):
    trust = CertValidationPolicySpec(SimpleTrustManager.build([root]), CertRevTrustPolicy(REQUIRE_REVINFO))
    judged = asyncio.run(ades_lta_validation(sig, PdfSignatureValidationSpec(SignatureValidationSpec(trust))))
    return judged.ades_subindic == AdESPassed.OK
def plain(sig):
    context = ValidationContext(trust_roots=[root], allow_fetching=False, crls=lists, revocation_mode='require')
    return validate_pdf_signature(sig, context, ts_validation_context=context).bottom_line
times = []
for _ in range(int(turns)):
    begun = time.perf_counter()
    with open(path, 'rb') as file:
        reader = PdfFileReader(file)
        judge = long_term if '/DSS' in reader.root else plain
        assert all(judge(sig) for sig in reader.embedded_regular_signatures)
    times.append((time.perf_counter() - begun) * 1e3)
print(sorted(times)[len(times) // 2])
";
        let mut command = Command::new(python());
        command.args(["-c", SCRIPT]).arg(&self.hall.files.root_certificate).arg(file).arg(turns.min(3).to_string());
        command.arg(&self.hall.files.root_crl).arg(&self.hall.files.issuing_ca_crl);
        String::from_utf8_lossy(&command.output().ok()?.stdout).trim().parse().ok()
    }
}
