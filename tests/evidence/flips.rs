//! Every bit of a small record that was renewed, flipped: each is found, but for bits that no signature covers and that say
//! nothing, which are named here.

use super::bench::{Root, object, records, renew};
use crate::engine::pki::instant;
use fumikura::asn1::Tlv;
use fumikura::evidence::{EvidenceRecord, examine};
use fumikura::pdf::Limits;
use fumikura::pki::TrustAnchors;
use fumikura::policy::ValidationPolicy;
use fumikura::validate::{EvidenceReport, Indication, ValidationContext, validate_evidence};
use std::ops::Range;
use std::sync::Arc;

/// Finds what stands in the newest token outside of everything that is signed, digested or compared.
///
/// The versions of SignedData and of its signer, which follow from what else stands there (RFC 5652, 5.1 and 5.3); the digest
/// algorithms that SignedData announces for whoever reads in one pass, which nothing here rests on; the tag of the content,
/// which is any in PKCS #7, and whose octets alone are digested; and the issuer's name beside the signer, which is compared as names
/// are, so that capitals are the same: whose signature it is, a signed attribute says by a digest. Of older tokens nothing is left
/// out: renewals cover them whole.
fn without_meaning(der: &[u8], token: &[u8]) -> Vec<Range<usize>> {
    let place = |part: &[u8]| {
        let start = part.as_ptr() as usize - token.as_ptr() as usize;
        let from = der.len() - token.len() + start;
        from..from + part.len()
    };
    let read = |bytes| Tlv::read(bytes).expect("a value").0;
    let mut info = read(token).contents();
    info.next_tlv().expect("the type");
    let mut fields = read(info.next_tlv().expect("the content").value).contents();
    let version = fields.next_tlv().expect("the version");
    let algorithms = fields.next_tlv().expect("the algorithms");
    let mut encapsulated = fields.next_tlv().expect("the encapsulated content").contents();
    encapsulated.next_tlv().expect("the type");
    let content = read(encapsulated.next_tlv().expect("the content").value);
    let mut last = fields.next_tlv().expect("a field");
    while let Ok(next) = fields.next_tlv() {
        last = next;
    }
    let mut signer = read(last.value).contents();
    let signer_version = signer.next_tlv().expect("the signer's version");
    let issuer = signer.next_tlv().expect("issuer and serial number").contents().next_tlv().expect("the issuer");
    let parts = [version.value, algorithms.value, &content.raw[..1], signer_version.value, issuer.value];
    parts.map(place).to_vec()
}

#[test]
fn every_bit_that_says_anything_is_missed_when_it_is_flipped() {
    let root = Root::usual();
    let by = root.authority("tsa-p256", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
    // Another authority, whose certificate stands in the newest timestamp alone.
    let other = root.authority("tsa-p256", "2025-01-02T00:00:00Z", "2036-01-01T00:00:00Z");
    let made = renew(&records(3, &by, "2026-06-01T00:00:00Z"), &root, &other, "2028-06-01T00:00:00Z");
    let (der, data, at) = (made[1].to_der(), [object(1)], instant("2030-06-01T00:00:00Z"));
    let token = made[1].last().expect("a timestamp").timestamp.clone();
    let silent = without_meaning(&der, &token);
    let (trust, lists) = (TrustAnchors::new([root.certificate.clone()]), [root.list("2030-06-01T00:00:00Z")]);
    let (policy, good) = (ValidationPolicy::built_in(), Arc::default());
    let context = ValidationContext {
        trust: &TrustAnchors::default(),
        tsa_trust: &trust,
        crls: &lists,
        ocsps: &[],
        intermediates: &[],
        at,
        policy: &policy,
        password: None,
        limits: Limits::default(),
    };
    let judge = |bytes: &[u8]| -> Option<EvidenceReport> {
        let record = EvidenceRecord::parse(bytes).ok()?;
        Some(validate_evidence(&record, &data, &context, &good).0)
    };
    let untouched = judge(&der).expect("readable");
    assert_eq!(untouched.indication, Indication::TotalPassed, "{untouched:#?}");
    assert!(untouched.findings.is_empty());
    let mut missed = Vec::new();
    let mut changed = der.clone();
    for place in 0..der.len() {
        for bit in 0..8 {
            changed[place] ^= 1 << bit;
            // What does not even hold together is judged now and then: that it never passes is shown elsewhere.
            let holds = EvidenceRecord::parse(&changed).is_ok_and(|record| examine(&record, &data).covers_data());
            let noticed = !holds && (place * 8 + bit) % 61 != 0
                || judge(&changed)
                    .is_none_or(|report| report.indication != Indication::TotalPassed || !report.findings.is_empty());
            if !noticed && !silent.iter().any(|range| range.contains(&place)) {
                missed.push((place, bit));
            }
            changed[place] ^= 1 << bit;
        }
    }
    assert_eq!(missed, [], "of {} bytes", der.len());
}
