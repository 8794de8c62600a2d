//! The levels above B-T: what they need, what they refuse, and renewal.

use super::city::{now, seal, stamping, timestamps, usual_seal};
use super::interop::{run, said, sample, signed};
use crate::engine::ocsp::Answer;
use crate::engine::pki::{TestEntropy, instant, pki};
use fumikura::asn1::CertificateList;
use fumikura::digest::DigestAlgorithm;
use fumikura::fault::Fault;
use fumikura::pades::{
    Extension, Level, LongTerm, PadesError, SecurityStore, SignOptions, extend, sign_extended, signatures, timestamp,
};
use fumikura::pdf::{Limits, Pdf};
use fumikura::pki::TrustAnchors;
use fumikura::policy::ValidationPolicy;
use fumikura::time::Instant;
use fumikura::tsp::TimestampSource;
use fumikura::validate::{Changes, Indication, Report, ValidationContext, validate};
use std::process::Command;
use std::sync::LazyLock;

static ANCHORS: LazyLock<TrustAnchors> = LazyLock::new(|| pki().anchors());
pub static LISTS: LazyLock<Vec<CertificateList>> = LazyLock::new(|| pki().crls());
static POLICY: LazyLock<ValidationPolicy> = LazyLock::new(ValidationPolicy::built_in);

/// After the next issue of the signer's revocation list.
pub fn later() -> Instant {
    instant("2026-06-03T00:00:00Z")
}

pub fn rests_on(crls: &[CertificateList], at: Instant) -> LongTerm<'_> {
    LongTerm {
        trust: &ANCHORS,
        tsa_trust: &ANCHORS,
        intermediates: &[],
        crls,
        ocsps: &[],
        policy: &POLICY,
        at,
        accept_older_revocation: false,
        vri: false,
    }
}

pub fn extension<'a>(source: &'a dyn TimestampSource, long_term: LongTerm<'a>) -> Extension<'a> {
    Extension {
        timestamps: Some(source),
        at: long_term.at,
        long_term: Some(long_term),
        digest: DigestAlgorithm::Sha256,
    }
}

pub fn extended(bytes: &[u8], level: Level, extension: &Extension<'_>) -> Result<Vec<u8>, PadesError> {
    let pdf = Pdf::read(bytes, &Limits::default())?;
    Ok(extend(&pdf, level, extension, &TestEntropy)?.to_vec()?)
}

/// Judges with nothing but what the file brings.
fn judged(bytes: &[u8], at: Instant) -> Report {
    judged_with(bytes, at, &[])
}

pub fn judged_with(bytes: &[u8], at: Instant, crls: &[CertificateList]) -> Report {
    let context = ValidationContext {
        trust: &ANCHORS,
        tsa_trust: &ANCHORS,
        crls,
        ocsps: &[],
        intermediates: &[],
        at,
        policy: &POLICY,
        password: None,
        limits: Limits::default(),
    };
    validate(bytes, &context).unwrap()
}

fn assert_level(bytes: &[u8], level: &str, at: Instant) {
    let report = judged(bytes, at);
    let findings: Vec<_> = report.signatures.iter().flat_map(|one| &one.findings).map(|found| found.code).collect();
    assert_eq!(report.indication, Indication::TotalPassed, "{level}: {findings:?}");
    assert_eq!(report.signatures[0].level, Some(level));
}

#[test]
fn every_level_is_reached_at_signing_on_every_kind_of_file() {
    let source = timestamps();
    let extension = extension(&source, rests_on(&LISTS, later()));
    for (name, signers) in super::interop::KINDS.iter().filter(|(_, signers)| *signers == 0) {
        for (level, words) in [(Level::BLt, "B-LT"), (Level::BLta, "B-LTA")] {
            let base = sample(name);
            let pdf = Pdf::read(base.as_slice(), &Limits::default()).unwrap();
            let options = SignOptions::new(level, now());
            let made = sign_extended(&pdf, &usual_seal(), &options, &extension, &TestEntropy).unwrap();
            let made = made.to_vec().unwrap();
            assert!(made.starts_with(&base), "{name}");
            assert_level(&made, words, later());
            assert_eq!(
                signatures(&Pdf::read(made, &Limits::default()).unwrap()).len(),
                signers + usize::from(level == Level::BLta) + 1
            );
        }
    }
}

#[test]
fn revocation_data_must_know_of_the_signature() {
    let source = timestamps();
    let base = signed(&sample("typst.pdf"), &usual_seal(), &SignOptions::new(Level::BT, now()));
    // At the moment of signing only the list of before is there.
    let error = extended(&base, Level::BLt, &extension(&source, rests_on(&LISTS, now()))).unwrap_err();
    assert_eq!((error.code(), error.kind().exit_status()), ("pades-revocation-older", 65));
    assert!(error.to_string().contains("2026-06-01T00:00:00Z"), "{error}");
    let older = LongTerm { accept_older_revocation: true, ..rests_on(&LISTS, now()) };
    assert_level(&extended(&base, Level::BLt, &extension(&source, older)).unwrap(), "B-LT", now());
    // Without a list of its issuer nothing is known.
    let without: Vec<_> = LISTS
        .iter()
        .filter(|list| list.issuer_name().same_as(ANCHORS.certificates()[0].subject_name()))
        .cloned()
        .collect();
    let error = extended(&base, Level::BLta, &extension(&source, rests_on(&without, later()))).unwrap_err();
    assert_eq!(error.code(), "pades-revocation-missing");
    // Whom nobody trusts has no long-term level.
    let stranger = signed(&sample("typst.pdf"), &seal("signer-unknown-root"), &SignOptions::new(Level::BT, now()));
    let error = extended(&stranger, Level::BLta, &extension(&source, rests_on(&LISTS, later()))).unwrap_err();
    assert_eq!(error.code(), "pades-path-not-valid");
    // And who was revoked before signing has none either.
    let revoked = signed(&sample("typst.pdf"), &seal("signer-revoked-late"), &SignOptions::new(Level::BT, now()));
    let error = extended(&revoked, Level::BLta, &extension(&source, rests_on(&LISTS, later()))).unwrap_err();
    assert_eq!(error.code(), "pades-path-not-valid");
}

#[test]
fn what_is_there_is_not_written_again_and_archive_timestamps_are_renewed() {
    let source = timestamps();
    let extension_then = extension(&source, rests_on(&LISTS, later()));
    let base = signed(&sample("object-streams.pdf"), &usual_seal(), &SignOptions::new(Level::BT, now()));
    let kept = extended(&base, Level::BLt, &extension_then).unwrap();
    let error = extended(&kept, Level::BLt, &extension_then).unwrap_err();
    assert_eq!(error.code(), "pades-at-level");
    let error = extended(&base, Level::BT, &extension_then).unwrap_err();
    assert_eq!(error.code(), "pades-at-level");
    let mut file = extended(&kept, Level::BLta, &extension_then).unwrap();
    for (turn, year) in ["2027", "2028", "2029"].into_iter().enumerate() {
        let at = instant(&format!("{year}-06-01T00:00:00Z"));
        let source = stamping(pki().chain("tsa"), at);
        let renewed = extended(&file, Level::BLta, &extension(&source, rests_on(&LISTS, at))).unwrap();
        assert!(renewed.starts_with(&file), "renewal appends");
        file = renewed;
        assert_level(&file, "B-LTA", at);
        let report = judged(&file, at);
        assert_eq!(report.signatures.len(), 3 + turn);
        assert_eq!(report.signatures[0].changes, Changes::Lta);
    }
    let store = SecurityStore::read(&Pdf::read(file, &Limits::default()).unwrap()).unwrap();
    assert!(store.certificates.len() >= 4 && store.crls.len() >= 2 && store.ocsps.is_empty());
}

#[test]
fn a_timestamp_goes_into_the_room_that_was_kept() {
    let source = timestamps();
    let extension = extension(&source, rests_on(&LISTS, later()));
    let options = SignOptions { keep_room: true, ..SignOptions::new(Level::BB, now()) };
    let roomy = signed(&sample("typst.pdf"), &usual_seal(), &options);
    let stamped = extended(&roomy, Level::BT, &extension).unwrap();
    assert_eq!(stamped.len(), roomy.len());
    let gap = signatures(&Pdf::read(roomy.as_slice(), &Limits::default()).unwrap())[0].coverage.clone().unwrap().gap;
    let gap = gap.start as usize..gap.end as usize;
    assert_eq!((&stamped[..gap.start], &stamped[gap.end..]), (&roomy[..gap.start], &roomy[gap.end..]));
    let found = judged_with(&stamped, later(), &LISTS);
    assert_eq!((found.signatures.len(), found.signatures[0].level), (1, Some("B-T")));
    // Where none was kept, a document timestamp proves the same.
    let tight = signed(&sample("typst.pdf"), &usual_seal(), &SignOptions::new(Level::BB, now()));
    let stamped = extended(&tight, Level::BT, &extension).unwrap();
    assert!(stamped.starts_with(&tight));
    assert_eq!(judged(&stamped, later()).signatures.len(), 2);
    // On to the archive level in one go, from either.
    for base in [roomy, tight] {
        assert_level(&extended(&base, Level::BLta, &extension).unwrap(), "B-LTA", later());
    }
}

#[test]
fn an_unsigned_file_can_be_timestamped_but_not_extended() {
    let source = timestamps();
    let base = sample("scan.pdf");
    let error = extended(&base, Level::BLta, &extension(&source, rests_on(&LISTS, later()))).unwrap_err();
    assert_eq!(error.code(), "pades-not-signed");
    let pdf = Pdf::read(base.as_slice(), &Limits::default()).unwrap();
    let made = timestamp(&pdf, DigestAlgorithm::Sha512, &source, now(), &TestEntropy).unwrap().to_vec().unwrap();
    assert!(made.starts_with(&base));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.pdf");
    std::fs::write(&path, &made).unwrap();
    if let Some(output) = run(Command::new("qpdf").arg("--check").arg(&path)) {
        assert!(output.status.success(), "{}", said(&output));
    }
    let found = signatures(&Pdf::read(made, &Limits::default()).unwrap());
    assert!(found.len() == 1 && found[0].is_document_timestamp);
}

#[test]
fn material_can_be_told_apart_by_signature() {
    let source = timestamps();
    let long_term = LongTerm { vri: true, ..rests_on(&LISTS, later()) };
    let base = signed(&sample("typst.pdf"), &usual_seal(), &SignOptions::new(Level::BT, now()));
    let made = extended(&base, Level::BLta, &extension(&source, long_term)).unwrap();
    assert_level(&made, "B-LTA", later());
    let pdf = Pdf::read(made, &Limits::default()).unwrap();
    let (_, catalog) = pdf.catalog().unwrap();
    let store = pdf.entry(catalog, b"DSS").and_then(|store| store.as_dict().ok()).unwrap();
    let entries = pdf.entry(store, b"VRI").and_then(|entries| entries.as_dict().ok()).unwrap();
    let contents = &signatures(&pdf)[0].contents;
    let name = fumikura::digest::hex(&DigestAlgorithm::Sha1.digest(contents).bytes).to_uppercase();
    let entry = pdf.entry(entries, name.as_bytes()).and_then(|entry| entry.as_dict().ok()).unwrap();
    assert!(entry.has(b"Cert") && entry.has(b"CRL") && !entry.has(b"OCSP"));
}

#[test]
fn an_ocsp_response_is_as_good_as_a_list() {
    let source = timestamps();
    let base = signed(&sample("typst.pdf"), &seal("signer-without-list"), &SignOptions::new(Level::BT, now()));
    let error = extended(&base, Level::BLta, &extension(&source, rests_on(&LISTS, later()))).unwrap_err();
    assert_eq!(error.code(), "pades-revocation-missing");
    let answer = |this_update| Answer {
        issuer: "ca-without-list",
        with: &[],
        this_update,
        ..Answer::good("signer-without-list", "ca-without-list")
    };
    let before = [answer("2026-05-31T00:00:00Z").response()];
    let error =
        extended(&base, Level::BLt, &extension(&source, LongTerm { ocsps: &before, ..rests_on(&LISTS, later()) }));
    assert_eq!(error.unwrap_err().code(), "pades-revocation-older");
    let after = [answer("2026-06-02T00:00:00Z").response()];
    let long_term = LongTerm { ocsps: &after, vri: true, ..rests_on(&LISTS, later()) };
    let made = extended(&base, Level::BLta, &extension(&source, long_term)).unwrap();
    assert_level(&made, "B-LTA", later());
    let store = SecurityStore::read(&Pdf::read(made, &Limits::default()).unwrap()).unwrap();
    assert_eq!(store.ocsps.len(), 1);
}
