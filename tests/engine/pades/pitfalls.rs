//! What broke implementers before: the cases that no other test of this folder shows. `tests/data/pitfalls.toml` says for
//! each known pitfall which tests stand against it.

use super::city::{now, timestamps, usual_seal};
use super::interop::{KINDS, sample, signed};
use super::levels::{LISTS, extension, judged_with, later, rests_on};
use crate::engine::pki::{TestEntropy, pki};
use fumikura::cms::{SignedData, sign_detached};
use fumikura::crypto::SignatureScheme;
use fumikura::digest::DigestAlgorithm;
use fumikura::pades::{Extension, Level, SignOptions, sign_extended, signatures};
use fumikura::pdf::{Dictionary, Entry, Limits, Object, Pdf};
use fumikura::validate::Indication;

fn read(bytes: &[u8]) -> Pdf {
    Pdf::read(bytes, &Limits::default()).unwrap()
}

/// Returns a signature's dictionary.
fn dictionary(pdf: &Pdf, index: usize) -> Dictionary {
    let object = signatures(pdf)[index].object.expect("an object of its own");
    pdf.dictionary(object).unwrap().clone()
}

#[test]
fn a_value_that_ends_in_zeros_is_not_cut() {
    let seal = pki().identity("signer-p256");
    let scheme = SignatureScheme::Ecdsa(DigestAlgorithm::Sha256);
    let ends_in_zero = |number: u32| {
        let digest = DigestAlgorithm::Sha256.digest(&number.to_be_bytes());
        let cms = sign_detached(&digest, &seal, scheme).unwrap();
        cms.ends_with(&[0]).then_some((cms, digest))
    };
    let (cms, digest) = (0..10_000).find_map(ends_in_zero).expect("one in 256 ends so");
    let length = cms.len();
    let padded = [cms.as_slice(), &[0; 100]].concat();
    let read = SignedData::parse(&padded).unwrap();
    assert_eq!((read.consumed, read.has_trailing_bytes), (length, false));
    read.verify_digest(&digest).unwrap();
    read.verify_signature(seal.certificate()).unwrap();
    assert!(SignedData::parse(&cms[..length - 1]).is_err(), "one byte less is no CMS");
    let tail = [padded.as_slice(), b"!"].concat();
    assert!(SignedData::parse(&tail).unwrap().has_trailing_bytes, "what follows is told");
}

#[test]
fn an_empty_set_of_unsigned_attributes_is_not_written() {
    let made = read(&signed(&sample("typst.pdf"), &usual_seal(), &SignOptions::new(Level::BB, now())));
    let cms = SignedData::parse(&signatures(&made)[0].contents).unwrap();
    assert!(cms.signer.unsigned_attributes.is_empty());
    assert!(cms.der.ends_with(&cms.signer.signature), "the value is the last field");
}

#[test]
fn content_that_the_value_brings_itself_is_refused() {
    let options = SignOptions { keep_room: true, ..SignOptions::new(Level::BB, now()) };
    let mut made = signed(&sample("typst.pdf"), &usual_seal(), &options);
    assert_eq!(judged_with(&made, later(), &LISTS).indication, Indication::TotalPassed);
    let found = signatures(&read(&made)).remove(0);
    let mut cms = SignedData::parse(&found.contents).unwrap().der;
    // encapContentInfo gets content, which no attribute covers; the lengths around it grow by as much.
    let (id_data, content) = (b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", b"\xa0\x04\x04\x02no");
    let at = cms.windows(id_data.len()).position(|window| window == id_data).unwrap();
    cms[at + 1] += 6;
    cms.splice(at + id_data.len()..at + id_data.len(), *content);
    for length in [2, 17, 21] {
        let value = u16::from_be_bytes([cms[length], cms[length + 1]]) + 6;
        cms[length..length + 2].copy_from_slice(&value.to_be_bytes());
    }
    assert_eq!(SignedData::parse(&cms).unwrap().e_content.as_deref(), Some(b"no".as_slice()));
    let gap = found.coverage.unwrap().gap;
    let digits: String = cms.iter().map(|byte| format!("{byte:02x}")).collect();
    let start = usize::try_from(gap.start).unwrap() + 1;
    made[start..start + digits.len()].copy_from_slice(digits.as_bytes());
    let report = judged_with(&made, later(), &LISTS);
    assert_eq!(report.indication, Indication::TotalFailed);
    assert!(report.signatures[0].findings.iter().any(|finding| finding.code == "cms-content-present"));
}

#[test]
fn a_signature_dictionary_stands_by_itself() {
    for (name, _) in KINDS {
        let made = read(&signed(&sample(name), &usual_seal(), &SignOptions::new(Level::BB, now())));
        let found = signatures(&made).pop().unwrap();
        for object in [found.object.unwrap(), found.field_object] {
            let entry = made.entries().iter().find(|(number, _)| *number == object.0).map(|(_, entry)| entry);
            assert!(matches!(entry, Some(Entry::At { .. })), "{name}: {entry:?}");
        }
    }
}

#[test]
fn certification_is_written_as_readers_take_it() {
    let certify = |permission| SignOptions { certify: Some(permission), ..SignOptions::new(Level::BB, now()) };
    for permission in 1..=3 {
        let made = read(&signed(&sample("typst.pdf"), &usual_seal(), &certify(permission)));
        let references = dictionary(&made, 0).get(b"Reference").unwrap().clone();
        // Direct objects, no digest method, and the catalogue points at this signature.
        let Object::Array(references) = references else { panic!("{references:?}") };
        let [Object::Dictionary(reference)] = references.as_slice() else { panic!("{references:?}") };
        assert!(!reference.has(b"DigestMethod") && !reference.has(b"DigestValue"));
        let parameters = reference.get(b"TransformParams").unwrap().as_dict().unwrap();
        assert_eq!(parameters.get(b"P").unwrap().as_i64().unwrap(), i64::from(permission));
        let (_, catalog) = made.catalog().unwrap();
        let permissions = made.entry(catalog, b"Perms").unwrap().as_dict().unwrap();
        assert_eq!(permissions.get(b"DocMDP").unwrap().as_reference().ok(), signatures(&made)[0].object);
    }
    // A later signature certifies nothing.
    let first = signed(&sample("typst.pdf"), &usual_seal(), &certify(2));
    let second = read(&signed(&first, &usual_seal(), &SignOptions::new(Level::BB, now())));
    assert!(!dictionary(&second, 1).has(b"Reference"));
}

#[test]
fn an_extension_is_named_where_the_version_asks_for_it() {
    for (name, _) in KINDS {
        let base = read(&sample(name));
        let made = read(&signed(&sample(name), &usual_seal(), &SignOptions::new(Level::BB, now())));
        let (_, catalog) = made.catalog().unwrap();
        let extensions = made.entry(catalog, b"Extensions").and_then(|one| one.as_dict().ok());
        let is_named = extensions.is_some_and(|extensions| extensions.has(b"ESIC"));
        assert_eq!(is_named, base.version().starts_with("1."), "{name} {}", base.version());
    }
}

#[test]
fn both_timestamps_take_the_digest_that_was_asked_for() {
    let source = timestamps();
    for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512] {
        let options = SignOptions { digest, ..SignOptions::new(Level::BLta, now()) };
        let extension = Extension { digest, ..extension(&source, rests_on(&LISTS, later())) };
        let made = sign_extended(&read(&sample("typst.pdf")), &usual_seal(), &options, &extension, &TestEntropy);
        let made = made.unwrap().to_vec().unwrap();
        assert_eq!(judged_with(&made, later(), &[]).indication, Indication::TotalPassed);
        let found = signatures(&read(&made));
        let imprint = |der: &[u8]| fumikura::tsp::TimestampToken::parse(der).unwrap().imprint.algorithm;
        let first = SignedData::parse(&found[0].contents).unwrap().signer.signature_timestamps.remove(0);
        assert_eq!((imprint(&first), imprint(&found[1].contents)), (digest, digest));
    }
}
