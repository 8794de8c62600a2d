//! One byte changed anywhere in the signed range is found, whether or not the file can still be read.

use super::bench::{Case, SIGNED, contents, report, sample, signed, signed_by};
use fumikura::asn1::CertificateList;
use fumikura::pki::GoodSignatures;
use fumikura::validate::{Indication, Integrity};
use std::sync::Arc;

/// Changes one byte and returns what must never be a pass.
fn flipped(file: &[u8], at: usize, mask: u8) -> Vec<u8> {
    let mut copy = file.to_vec();
    copy[at] ^= mask;
    copy
}

fn assert_found(file: &[u8], at: usize, mask: u8) {
    let report = Case::default().try_validate(&flipped(file, at, mask));
    let report = report.unwrap_or_else(|error| panic!("byte {at} mask {mask:#x}: {error}"));
    assert_eq!(report.indication, Indication::TotalFailed, "byte {at} mask {mask:#x}");
    let broken = report.signatures.iter().any(|signature| {
        signature.integrity == Integrity::Broken
            && signature.sub_indication.map(|sub| sub.name()) == Some("HASH_FAILURE")
    });
    assert!(broken, "byte {at} mask {mask:#x}: {:?}", report.signatures);
}

#[test]
fn a_changed_byte_in_the_signed_range_is_a_hash_failure() {
    let file = signed();
    let gap = contents(file);
    // Every byte behind the signature value and around the start; a sample of the large middle.
    let middle = (64..gap.start.saturating_sub(400)).step_by(97);
    let places = (0..64).chain(middle).chain(gap.start.saturating_sub(400)..gap.start).chain(gap.end..file.len());
    for at in places {
        assert_found(file, at, 0x01);
    }
}

#[test]
fn every_kind_of_change_to_the_structure_is_found() {
    let file = signed_by(&sample("object-streams.pdf"), "signer-p256", None, |_| {});
    let gap = contents(&file);
    for at in (0..gap.start).step_by(211).chain((gap.end..file.len()).step_by(3)) {
        for mask in [0x20, 0x80, 0xff] {
            assert_found(&file, at, mask);
        }
    }
}

#[test]
fn a_changed_byte_in_the_signature_value_never_panics_and_breaks_what_is_signed() {
    let file = signed();
    let gap = contents(file);
    let mut broken = 0;
    for at in (gap.start..gap.end).step_by(13) {
        let Ok(report) = Case::default().try_validate(&flipped(file, at, 0x01)) else { continue };
        broken += usize::from(report.indication != Indication::TotalPassed);
    }
    assert!(broken > 100, "the signature's value and certificates are not padding: {broken}");
}

#[test]
fn a_file_cut_short_never_passes() {
    let file = signed();
    for end in (0..file.len()).step_by(401).chain(file.len() - 40..file.len()) {
        match Case::default().try_validate(&file[..end]) {
            Ok(report) => assert_ne!(report.indication, Indication::TotalPassed, "cut at {end}"),
            Err(error) => assert_eq!(fumikura::fault::Fault::kind(&error), fumikura::fault::Kind::Refused),
        }
    }
    assert_eq!(report(file).indication, Indication::TotalPassed);
}

#[test]
fn good_signatures_that_were_met_before_make_no_report_another() {
    let file = signed_by(&sample("typst.pdf"), "signer-rsa2048", Some(("tsa", SIGNED)), |_| {});
    let (case, good, gap) = (Case::default(), Arc::default(), contents(&file));
    assert_eq!(case.try_validate_knowing(&file, &good).unwrap().indication, Indication::TotalPassed);
    let told =
        |case: &Case, file: &[u8], good: &Arc<GoodSignatures>| format!("{:?}", case.try_validate_knowing(file, good));
    // A file whose certificates, token or value are altered, one digit at a time, in the end also those of the padding.
    for at in (gap.start + 1..gap.end).step_by(41) {
        let altered = flipped(&file, at, 0x01);
        assert_eq!(told(&case, &altered, &good), told(&case, &altered, &Arc::default()), "byte {at}");
    }
    // Lists that nobody signed.
    let forged = |list: &CertificateList| {
        let mut der = list.der().to_vec();
        *der.last_mut().unwrap() ^= 1;
        CertificateList::from_der(&der).unwrap()
    };
    let case = Case { crls: case.crls.iter().map(forged).collect(), ..case };
    assert_eq!(told(&case, &file, &good), told(&case, &file, &Arc::default()));
    assert_eq!(case.report(&file).indication, Indication::Indeterminate);
}
