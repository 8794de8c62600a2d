//! The matrix: levels, algorithms, kinds of keys and kinds of PDF, every pair of them in at least one file, each file before
//! poppler, pyHanko (its long-term and AdES validation) and our own validator. Who does not agree stands in
//! `tests/data/pdf/exceptions.toml` with the reason. `FUMIKURA_WHOLE_MATRIX=1` makes every file there can be (minutes).

use super::city::{now, timestamps};
use super::interop::{KINDS, python, run, said, sample};
use super::key_kinds::{Algorithm, KeyKind, Keys};
use super::levels::{LISTS, extension, judged_with, later, rests_on};
use crate::engine::pki::{TestEntropy, pki};
use fumikura::asn1::pem_encode;
use fumikura::cms::SigningIdentity;
use fumikura::pades::{Level, SignOptions, sign_extended};
use fumikura::pdf::{Limits, Pdf};
use fumikura::validate::Indication;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

const LEVELS: [Level; 4] = [Level::BB, Level::BT, Level::BLt, Level::BLta];

/// What pyHanko is asked: with the levels' own checks, at the time and under the root given.
const PYHANKO: &str = r#"
import sys, asyncio, logging, warnings
from datetime import datetime
logging.disable(logging.CRITICAL); warnings.simplefilter('ignore')
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import ades, async_validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.policy_decl import (PdfSignatureValidationSpec, SignatureValidationSpec, LocalKnowledge,
    RevocationInfoGatheringSpec, RevinfoOnlineFetchingRule, CRLContainer)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, REQUIRE_REVINFO
from pyhanko_certvalidator.registry import SimpleTrustManager
from asn1crypto.crl import CertificateList
root = load_cert_from_pemder(sys.argv[1]); at = datetime.fromisoformat(sys.argv[2])
def spec(known=LocalKnowledge()):
    cert = CertValidationPolicySpec(trust_manager=SimpleTrustManager.build(trust_roots=[root]),
        revinfo_policy=CertRevTrustPolicy(revocation_checking_policy=REQUIRE_REVINFO))
    gather = RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY)
    return PdfSignatureValidationSpec(SignatureValidationSpec(cert_validation_policy=cert,
        revinfo_gathering_policy=gather, local_knowledge=known))
async def ask(path, sig):
    timing = ValidationTimingInfo(validation_time=at, best_signature_time=at, point_in_time_validation=False)
    if 'b-lta' in path:
        result = await ades.ades_lta_validation(sig, spec(), timing_info=timing)
        return result.ades_subindic.name
    if 'b-lt' in path:
        dss = DocumentSecurityStore.read_dss(sig.reader)
        crls = [CRLContainer(CertificateList.load(item.get_object().data)) for item in dss.crls]
        known = LocalKnowledge(known_certs=list(dss.load_certs()), known_crls=crls)
        sig.compute_integrity_info()
        result = await ades.ades_with_time_validation(sig.signed_data, spec(known).signature_validation_spec,
            timing_info=timing, raw_digest=sig.compute_digest())
        return result.ades_subindic.name
    context = lambda: ValidationContext(trust_roots=[root], allow_fetching=False, moment=at)
    status = await async_validate_pdf_signature(sig, context(), ts_validation_context=context())
    return 'OK' if status.bottom_line else 'bad: ' + status.summary()
async def main():
    for path in sys.argv[3:]:
        name = path.split('/')[-1].removesuffix('.pdf')
        with open(path, 'rb') as file:
            try:
                answer = await ask(name, PdfFileReader(file, strict='hybrid' not in name).embedded_regular_signatures[0])
            except Exception as error:
                answer = f'{type(error).__name__}: {error}'
        print(name, answer)
asyncio.run(main())
"#;

/// One file of the matrix.
struct Made {
    name: String,
    bytes: Vec<u8>,
    level: Level,
}

/// One of each: what a file of the matrix is made of, by number.
type Cell = [usize; 4];

fn possible(sizes: Cell, is_possible: impl Fn(Cell) -> bool) -> Vec<Cell> {
    let cell = |mut rest: usize| {
        sizes.map(|size| {
            let digit = rest % size;
            rest /= size;
            digit
        })
    };
    (0..sizes.iter().product()).map(cell).filter(|cell| is_possible(*cell)).collect()
}

/// Returns cells such that every pair of values stands in one of them, always the cell with the most new pairs.
fn covering(cells: &[Cell]) -> Vec<Cell> {
    let pairs =
        |cell: Cell| (0..4).flat_map(move |one| (one + 1..4).map(move |other| (one, cell[one], other, cell[other])));
    let mut open: BTreeSet<_> = cells.iter().flat_map(|cell| pairs(*cell)).collect();
    let mut chosen = Vec::new();
    while !open.is_empty() {
        let best = cells.iter().max_by_key(|cell| pairs(**cell).filter(|pair| open.contains(pair)).count()).unwrap();
        open = &open - &pairs(*best).collect();
        chosen.push(*best);
    }
    chosen
}

fn made(base: &str, level: Level, algorithm: &Algorithm, kind: KeyKind, seal: &SigningIdentity) -> Made {
    let source = timestamps();
    let extension = extension(&source, rests_on(&LISTS, later()));
    let pdf = Pdf::read(sample(base), &Limits::default()).unwrap();
    let options = SignOptions { digest: algorithm.digest, scheme: algorithm.scheme, ..SignOptions::new(level, now()) };
    let kind = format!("{kind:?}").to_lowercase();
    let name = format!("{}-{}-{kind}-{}", base.trim_end_matches(".pdf"), algorithm.name, level.name());
    let signed = sign_extended(&pdf, seal, &options, &extension, &TestEntropy);
    let bytes = signed.unwrap_or_else(|error| panic!("{name}: {error}")).to_vec().unwrap();
    Made { name, bytes, level }
}

/// Exceptions by tool; which of them were needed is noted.
struct Exceptions {
    known: Vec<(String, String)>,
    needed: BTreeSet<(String, String)>,
}

impl Exceptions {
    fn read() -> Self {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pdf/exceptions.toml"));
        let table: toml::Table = text.unwrap().parse().unwrap();
        let field = |one: &toml::Value, key: &str| one[key].as_str().unwrap().to_owned();
        let all = table["exception"].as_array().unwrap();
        assert!(all.iter().all(|one| field(one, "why").len() > 20), "an exception says why");
        let known = all.iter().map(|one| (field(one, "tool"), field(one, "file"))).collect();
        Self { known, needed: BTreeSet::new() }
    }

    fn excuses(&mut self, tool: &str, file: &str) -> bool {
        let fits = |(of, part): &&(String, String)| of == tool && file.contains(part.as_str());
        let found = self.known.iter().find(fits).cloned();
        found.is_some_and(|found| {
            self.needed.insert(found);
            true
        })
    }
}

fn judge(files: &[Made], exceptions: &mut Exceptions) -> Option<()> {
    let folder = tempfile::tempdir().unwrap();
    let mut paths: Vec<PathBuf> = Vec::new();
    for one in files {
        let report = judged_with(&one.bytes, later(), if one.level >= Level::BLt { &[] } else { &LISTS });
        let findings: Vec<_> = report.signatures.iter().flat_map(|one| &one.findings).map(|found| found.code).collect();
        assert_eq!(report.indication, Indication::TotalPassed, "{}: {findings:?}", one.name);
        assert_eq!(
            report.signatures[0].level.map(str::to_lowercase).as_deref(),
            Some(one.level.name()),
            "{}",
            one.name
        );
        let path = folder.path().join(format!("{}.pdf", one.name));
        std::fs::write(&path, &one.bytes).unwrap();
        let words = said(&run(Command::new("pdfsig").arg("-nocert").arg(&path))?);
        if !words.contains("Signature is Valid") {
            assert!(exceptions.excuses("pdfsig", &one.name), "{}: {words}", one.name);
        }
        if let Some(output) = run(Command::new("qpdf").arg("--check").arg(&path)) {
            assert!(output.status.success(), "{}: {}", one.name, said(&output));
        }
        paths.push(path);
    }
    ask_pyhanko(folder.path(), &paths, exceptions)
}

fn ask_pyhanko(folder: &Path, paths: &[PathBuf], exceptions: &mut Exceptions) -> Option<()> {
    let root = folder.join("root.pem");
    std::fs::write(&root, pem_encode("CERTIFICATE", pki().certificate("root").der()).as_bytes()).unwrap();
    if !run(python().args(["-c", "import pyhanko"]))?.status.success() {
        assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "pyHanko must be installed");
        return None;
    }
    let output = run(python().args(["-c", PYHANKO]).arg(root).arg("2026-06-03T00:00:00+00:00").args(paths))?;
    let words = said(&output);
    assert_eq!(words.lines().count(), paths.len(), "{words}");
    for line in words.lines() {
        let (name, answer) = line.split_once(' ').unwrap();
        // The lenient reader that is used for a file is an exception too.
        let agrees = answer == "OK" && !name.contains("hybrid");
        assert!(agrees || exceptions.excuses("pyhanko", name), "{line}");
    }
    Some(())
}

#[test]
fn levels_algorithms_keys_and_kinds_of_pdf() {
    let Some(keys) = Keys::all("engine::pades::matrix::levels_algorithms_keys_and_kinds_of_pdf") else { return };
    let bases: Vec<&str> = KINDS.iter().filter(|(_, earlier)| *earlier == 0).map(|(base, _)| *base).collect();
    let kinds = keys.kinds();
    let sizes = [LEVELS.len(), Algorithm::ALL.len(), kinds.len(), bases.len()];
    let is_possible = |[_, algorithm, kind, _]: Cell| keys.seal(kinds[kind], &Algorithm::ALL[algorithm]).is_some();
    let cells = match std::env::var_os("FUMIKURA_WHOLE_MATRIX") {
        Some(_) => possible(sizes, is_possible),
        None => covering(&possible(sizes, is_possible)),
    };
    let make = |[level, algorithm, kind, base]: &Cell| {
        let algorithm = &Algorithm::ALL[*algorithm];
        let seal = keys.seal(kinds[*kind], algorithm).unwrap();
        made(bases[*base], LEVELS[*level], algorithm, kinds[*kind], &seal)
    };
    let files: Vec<Made> = cells.iter().map(make).collect();
    println!("{} files", files.len());
    let mut exceptions = Exceptions::read();
    if judge(&files, &mut exceptions).is_some() {
        let known: BTreeSet<_> = exceptions.known.iter().cloned().collect();
        assert_eq!(known, exceptions.needed, "exceptions that are no longer needed are taken out");
    }
}
