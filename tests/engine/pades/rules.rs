//! What a signed file must look like inside, whoever looks.

use super::city::{now, seal, stamping_with, usual_seal};
use super::interop::{KINDS, sample, signed};
use super::seal::latin;
use crate::engine::pki::{TestEntropy, pki};
use fumikura::cms::SignedData;
use fumikura::digest::DigestAlgorithm;
use fumikura::pades::{Appearance, CoverageProblem, Level, PadesError, SignOptions, sign, signatures};
use fumikura::pdf::{Limits, Object, Pdf, Update, XrefKind};
use fumikura::render::{Block, FontFile, Sheet};
use fumikura::tsp::{LocalSource, TimestampError, TimestampSource};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn read(bytes: &[u8]) -> Pdf {
    Pdf::read(bytes, &Limits::default()).unwrap()
}

#[test]
fn every_kind_keeps_the_rules() {
    for (name, before) in KINDS {
        let base = read(&sample(name));
        let options = SignOptions { appearance: Some(latin()), ..SignOptions::new(Level::BB, now()) };
        let made = read(&signed(&base.source().to_vec().unwrap(), &usual_seal(), &options));
        assert!(!made.is_repaired(), "{name}");
        assert_eq!(made.revisions().len(), base.revisions().len() + 1, "{name}");
        // A hybrid file goes on with a table; every other kind with its own.
        let kind = match base.revisions().last().unwrap().kind {
            XrefKind::Hybrid => XrefKind::Table,
            other => other,
        };
        assert_eq!(made.revisions().last().unwrap().kind, kind, "{name}");
        assert!(made.trailer().get(b"XRefStm").is_err(), "{name}");
        let found = signatures(&made);
        assert_eq!(found.len(), before + 1, "{name}");
        let last = found.last().unwrap();
        let coverage = last.coverage.as_ref().unwrap();
        assert!(coverage.whole_file && coverage.revision == Some(made.revisions().len() - 1), "{name}");
        assert_eq!(last.sub_filter.as_deref(), Some("ETSI.CAdES.detached"));
        wired(&made, last.field_object, name);
        first_identifier_stays(&base, &made, name);
    }
}

/// The field is in `/Fields`, its widget in `/Annots`, the flags are set, there is an appearance.
fn wired(made: &Pdf, field: fumikura::pdf::ObjectId, name: &str) {
    let (_, catalog) = made.catalog().unwrap();
    let form = made.entry(catalog, b"AcroForm").unwrap().as_dict().unwrap();
    let lists = |array: &Object| array.as_array().unwrap().contains(&Object::Reference(field));
    assert!(lists(made.entry(form, b"Fields").unwrap()), "{name}");
    assert_eq!(made.entry(form, b"SigFlags").unwrap().as_i64().unwrap(), 3, "{name}");
    let page = made.pages().unwrap()[0].id;
    let page = made.dictionary(page).unwrap();
    assert!(lists(made.entry(page, b"Annots").unwrap()), "{name}");
    let widget = made.dictionary(field).unwrap();
    assert!(widget.has(b"AP"), "{name}");
    assert_eq!(widget.get(b"F").unwrap().as_i64().unwrap() & 4, 4, "{name}: printed");
}

fn first_identifier_stays(base: &Pdf, made: &Pdf, name: &str) {
    let parts = |pdf: &Pdf| -> Vec<Vec<u8>> {
        let parts = pdf.trailer().get(b"ID").and_then(Object::as_array).cloned().unwrap_or_default();
        parts.iter().map(|part| part.as_str().unwrap().to_vec()).collect()
    };
    let (before, after) = (parts(base), parts(made));
    assert_eq!(after.len(), 2, "{name}");
    if let [first, second] = before.as_slice() {
        assert!(after[0] == *first && after[1] != *second, "{name}");
    }
}

#[test]
fn the_cms_is_a_baseline_signature() {
    let made = read(&signed(&sample("typst.pdf"), &usual_seal(), &SignOptions::new(Level::BT, now())));
    let found = signatures(&made).remove(0);
    let cms = SignedData::parse(&found.contents).unwrap();
    assert!(cms.e_content.is_none() && cms.signer.claimed_signing_time.is_none());
    assert!(cms.signer.signing_certificate.is_some() && cms.signer.algorithm_protection.is_some());
    assert_eq!(cms.signer.signature_timestamps.len(), 1);
    let digest = found.coverage.unwrap().digest(made.source(), DigestAlgorithm::Sha256).unwrap();
    cms.verify_digest(&digest).unwrap();
    cms.verify_signature(usual_seal().certificate()).unwrap();
    // Padding is zero digits only, and not more than the room that a timestamp may take.
    assert!(found.contents[cms.consumed..].iter().all(|byte| *byte == 0));
}

#[test]
fn room_for_b_b_is_exact_for_rsa() {
    let made = read(&signed(&sample("typst.pdf"), &usual_seal(), &SignOptions::new(Level::BB, now())));
    let found = signatures(&made).remove(0);
    assert_eq!(SignedData::parse(&found.contents).unwrap().consumed, found.contents.len());
}

/// A source that counts what it is asked.
struct Counting(LocalSource, AtomicUsize);

impl TimestampSource for Counting {
    fn timestamp(&self, request_der: &[u8]) -> Result<Vec<u8>, TimestampError> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.timestamp(request_der)
    }
}

#[test]
fn a_timestamp_is_asked_for_once_or_where_it_is_large_twice() {
    let everyone = pki().intermediates();
    let large: usize = everyone.iter().map(|certificate| certificate.der().len()).sum();
    assert!(large > 8192, "{large}");
    for (chain, asked) in [(pki().chain("tsa"), 1), (everyone, 2)] {
        let source = Counting(stamping_with(chain), AtomicUsize::new(0));
        let options = SignOptions::new(Level::BT, now());
        let base = read(&sample("typst.pdf"));
        let made = sign(&base, &seal("signer-p256"), &options, Some(&source), &TestEntropy).unwrap();
        assert_eq!(source.1.load(Ordering::SeqCst), asked);
        let cms = SignedData::parse(&signatures(&read(&made.to_vec().unwrap()))[0].contents).unwrap();
        assert_eq!(cms.signer.signature_timestamps.len(), 1);
    }
}

#[test]
fn pdf_a_stays_pdf_a() {
    let Ok(font) = std::fs::read("/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf") else { return };
    let blocks = vec![Block::Title("許可書".to_owned())];
    let sheet = Sheet { title: "許可書".to_owned(), author: "見本市".to_owned(), written_at: now(), blocks };
    let base = fumikura::render::sheet(&sheet, Some(FontFile { bytes: &font, face: 0 })).unwrap().pdf;
    let image = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/seal/rgba.png")).unwrap();
    let mut look = latin();
    look.image = Some(Arc::from(image));
    let with = |look: &Appearance| SignOptions { appearance: Some(look.clone()), ..SignOptions::new(Level::BB, now()) };
    let refused = sign(&read(&base), &usual_seal(), &with(&look), None, &TestEntropy);
    assert!(matches!(refused, Err(PadesError::FontNeeded('M'))), "Helvetica is not embedded");
    look.font = Some(Arc::from(font));
    let made = signed(&base, &usual_seal(), &with(&look));
    let update = String::from_utf8_lossy(&made[base.len()..]).into_owned();
    for word in ["/DeviceRGB", "/SMask", "/Helvetica"] {
        assert!(!update.contains(word), "{word}");
    }
    assert!(update.contains("/CalRGB") && update.contains("/FontFile2") && update.contains("/CIDSet"));
}

#[test]
fn an_existing_field_is_filled_and_its_lock_obeyed() {
    let base = read(&sample("typst.pdf"));
    let page = base.pages().unwrap()[0].id;
    let mut update = Update::new(&base).unwrap();
    let mut lock = fumikura::pdf::Dictionary::new();
    lock.set("Type", "SigFieldLock");
    lock.set("Action", "All");
    let mut field = fumikura::pdf::Dictionary::new();
    field.set("Type", "Annot");
    field.set("Subtype", "Widget");
    field.set("FT", "Sig");
    field.set("T", Object::string_literal("kouin"));
    field.set("Rect", vec![100.into(), 100.into(), 250.into(), 150.into()]);
    field.set("P", Object::Reference(page));
    field.set("Lock", lock);
    let field = update.add(field);
    // The widget is left out of /Annots on purpose: writers do that.
    let (root, catalog) = base.catalog().unwrap();
    let mut form = fumikura::pdf::Dictionary::new();
    form.set("Fields", vec![Object::Reference(field)]);
    form.set("NeedAppearances", true);
    let mut catalog = catalog.clone();
    catalog.set("AcroForm", form);
    update.set(root, catalog);
    let base = update.finish().unwrap().to_vec().unwrap();
    let options = SignOptions {
        field: Some("kouin".to_owned()),
        appearance: Some(latin()),
        ..SignOptions::new(Level::BB, now())
    };
    let bytes = signed(&base, &usual_seal(), &options);
    let made = read(&bytes);
    let found = signatures(&made);
    assert_eq!((found.len(), found[0].field.as_str(), found[0].field_object), (1, "kouin", field));
    assert_eq!(found[0].locks, [fumikura::pades::FieldLock::All]);
    wired(&made_with_flags(&made), field, "existing");
    let (_, catalog) = made.catalog().unwrap();
    let form = made.entry(catalog, b"AcroForm").unwrap().as_dict().unwrap();
    assert!(form.get(b"NeedAppearances").is_err());
    // Everything is locked now.
    let again = sign(&made, &usual_seal(), &SignOptions::new(Level::BB, now()), None, &TestEntropy);
    assert!(matches!(again, Err(fumikura::pades::PadesError::LockedBySignature(name)) if name == "kouin"));
}

/// The field of the test has no `/F`; give it one so that the common checks hold.
fn made_with_flags(made: &Pdf) -> Pdf {
    let found = signatures(made).remove(0);
    let mut update = Update::new(made).unwrap();
    let mut field = update.dictionary(found.field_object).unwrap();
    field.set("F", 4);
    update.set(found.field_object, field);
    read(&update.finish().unwrap().to_vec().unwrap())
}

#[test]
fn a_copy_of_the_contents_elsewhere_covers_nothing() {
    let first = signed(&sample("typst.pdf"), &usual_seal(), &SignOptions::new(Level::BB, now()));
    let base = read(&first);
    let found = signatures(&base).remove(0);
    // A second dictionary with the same range and the same contents, which the field now names.
    let mut update = Update::new(&base).unwrap();
    let copy = update.dictionary(found.object.unwrap()).unwrap();
    let copy = update.add(copy);
    let mut field = update.dictionary(found.field_object).unwrap();
    field.set("V", Object::Reference(copy));
    update.set(found.field_object, field);
    let forged = read(&update.finish().unwrap().to_vec().unwrap());
    assert_eq!(signatures(&forged)[0].coverage, Err(CoverageProblem::GapNotContents));
}

#[test]
fn odd_byte_ranges_are_named() {
    let good = signed(&sample("typst.pdf"), &usual_seal(), &SignOptions::new(Level::BB, now()));
    let at = good.windows(12).rposition(|window| window == b"/ByteRange [").unwrap() + 12;
    let length = good[at..].iter().position(|byte| *byte == b']').unwrap();
    let with = |text: &str| {
        let mut bytes = good.clone();
        bytes[at..at + length].copy_from_slice(format!("{text:<length$}").as_bytes());
        signatures(&read(&bytes)).remove(0).coverage
    };
    let numbers: Vec<i64> =
        std::str::from_utf8(&good[at..at + length]).unwrap().split_whitespace().map(|n| n.parse().unwrap()).collect();
    let [_, b, c, d] = numbers[..] else { panic!() };
    assert!(with(&format!("0 {b} {c} {d}")).is_ok());
    assert_eq!(with(&format!("1 {b} {c} {d}")), Err(CoverageProblem::NotFromStart));
    assert_eq!(with(&format!("0 {b} {c}")), Err(CoverageProblem::NotFourIntegers));
    assert_eq!(with(&format!("0 {b} {c} {}", d + 9)), Err(CoverageProblem::OutOfFile));
    assert_eq!(with(&format!("0 {b} {c} -1")), Err(CoverageProblem::OutOfFile));
    assert_eq!(with(&format!("0 {c} {b} {d}")), Err(CoverageProblem::OutOfFile));
    assert_eq!(with(&format!("0 {} {c} {d}", b + 1)), Err(CoverageProblem::GapNotHexString));
    assert_eq!(with(&format!("0 {} {c} {d}", b - 1)), Err(CoverageProblem::GapNotHexString));
    assert!(with(&format!("0 {b} {c} {}", d - 5)).is_ok_and(|coverage| coverage.revision.is_none()));
}
