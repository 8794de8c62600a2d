//! What is refused, and that nothing panics on what is broken.

use super::city::{now, timestamps, usual_seal};
use super::interop::{KINDS, sample, signed};
use crate::engine::pki::TestEntropy;
use fumikura::fault::Fault;
use fumikura::pades::{Level, PadesError, SignOptions, sign, signatures};
use fumikura::pdf::{Limits, Pdf, PdfError, Update};
use fumikura::tsp::{TimestampError, TimestampSource};
use proptest::prelude::*;

fn code(bytes: &[u8]) -> &'static str {
    Pdf::read(bytes, &Limits::default()).map(|_| "read").unwrap_or_else(|error| error.code())
}

fn attempt(bytes: &[u8], options: &SignOptions) -> Result<Vec<u8>, PadesError> {
    let pdf = Pdf::read(bytes, &Limits::default())?;
    Ok(sign(&pdf, &usual_seal(), options, Some(&timestamps()), &TestEntropy)?.to_vec()?)
}

fn plain() -> SignOptions {
    SignOptions::new(Level::BB, now())
}

#[test]
fn what_is_no_pdf_is_named() {
    assert_eq!(code(b""), "pdf-empty");
    assert_eq!(code(b"<!DOCTYPE html><title>notice</title>"), "pdf-not-pdf");
    assert_eq!(code(b"%PDF-1.7\nnothing more"), "pdf-damaged");
    let tight = Limits { size_bytes: 100, ..Limits::default() };
    assert_eq!(Pdf::read(sample("typst.pdf"), &tight).unwrap_err().code(), "pdf-too-large");
    let few = Limits { objects: 3, ..Limits::default() };
    assert_eq!(Pdf::read(sample("typst.pdf"), &few).unwrap_err().code(), "pdf-too-large");
}

#[test]
fn damaged_cross_references_are_not_updated() {
    for (name, _) in KINDS {
        let base = sample(name);
        let at = base.windows(9).rposition(|window| window == b"startxref").unwrap() + 10;
        let mut broken = base.clone();
        broken[at] = if broken[at] == b'9' { b'1' } else { broken[at] + 1 };
        match attempt(&broken, &plain()) {
            Err(PadesError::Pdf(PdfError::Repaired | PdfError::Damaged { .. })) => {}
            other => panic!("{name}: {:?}", other.map(|made| made.len())),
        }
        for cut in [base.len() / 2, base.len() - 40] {
            assert!(attempt(&base[..cut], &plain()).is_err(), "{name} cut at {cut}");
        }
    }
}

#[test]
fn levels_are_never_lowered() {
    let base = sample("typst.pdf");
    for level in [Level::BLt, Level::BLta] {
        let error = attempt(&base, &SignOptions::new(level, now())).unwrap_err();
        assert_eq!(error.code(), "pades-no-trust");
    }
    let pdf = Pdf::read(base, &Limits::default()).unwrap();
    let error = sign(&pdf, &usual_seal(), &SignOptions::new(Level::BT, now()), None, &TestEntropy).unwrap_err();
    assert_eq!(error.code(), "pades-no-timestamp-source");
    struct Down;
    impl TimestampSource for Down {
        fn timestamp(&self, _: &[u8]) -> Result<Vec<u8>, TimestampError> {
            Err(TimestampError::Unavailable("refused".to_owned()))
        }
    }
    let error = sign(&pdf, &usual_seal(), &SignOptions::new(Level::BT, now()), Some(&Down), &TestEntropy).unwrap_err();
    assert_eq!((error.code(), error.kind().exit_status()), ("tsp-unavailable", 69));
}

#[test]
fn fields_and_certifications_are_held_to_their_rules() {
    let base = sample("acroform.pdf");
    let named = |name: &str| SignOptions { field: Some(name.to_owned()), ..plain() };
    let certify = |permission| SignOptions { certify: Some(permission), ..plain() };
    for (options, expected) in [
        (named(""), "pades-field-name"),
        (named("a.b"), "pades-field-name"),
        (certify(0), "pades-certify-permission"),
        (certify(4), "pades-certify-permission"),
    ] {
        assert_eq!(attempt(&base, &options).unwrap_err().code(), expected);
    }
    let once = signed(&base, &usual_seal(), &named("印"));
    assert_eq!(attempt(&once, &named("印")).unwrap_err().code(), "pades-field-signed");
    assert_eq!(attempt(&once, &certify(2)).unwrap_err().code(), "pades-certify-not-first");
    let closed = signed(&base, &usual_seal(), &certify(1));
    assert_eq!(attempt(&closed, &plain()).unwrap_err().code(), "pades-locked-by-signature");
    let open = signed(&base, &usual_seal(), &certify(2));
    assert_eq!(signatures(&Pdf::read(open.clone(), &Limits::default()).unwrap())[0].certification, Some(2));
    attempt(&open, &plain()).unwrap();
    let other = Pdf::read(base, &Limits::default()).unwrap();
    let text =
        other.entries().iter().filter_map(|(n, _)| Some(((*n, 0), other.object((*n, 0))?))).find_map(|(_, object)| {
            let field = object.as_dict().ok()?;
            let is_text = field.get(b"FT").and_then(|kind| kind.as_name()).is_ok_and(|kind| kind == b"Tx");
            if !is_text {
                return None;
            }
            lopdf::decode_text_string(field.get(b"T").ok()?).ok()
        });
    let error = attempt(&other.source().to_vec().unwrap(), &named(&text.unwrap())).unwrap_err();
    assert_eq!(error.code(), "pades-field-not-signature");
}

#[test]
fn a_loop_in_the_page_tree_is_refused() {
    let base = Pdf::read(sample("typst.pdf"), &Limits::default()).unwrap();
    let (_, catalog) = base.catalog().unwrap();
    let tree = catalog.get(b"Pages").unwrap().as_reference().unwrap();
    let mut update = Update::new(&base).unwrap();
    let mut pages = update.dictionary(tree).unwrap();
    pages.set("Kids", vec![fumikura::pdf::Object::Reference(tree)]);
    update.set(tree, pages);
    let error = attempt(&update.finish().unwrap().to_vec().unwrap(), &plain()).unwrap_err();
    assert_eq!(error.code(), "pdf-bad-object");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn broken_files_never_panic(
        kind in 0..KINDS.len(),
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = sample(KINDS[kind].0);
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(pdf) = Pdf::read(bytes.as_slice(), &Limits::default()) {
            let _ = signatures(&pdf);
            let _ = pdf.pages();
            if let Ok(made) = attempt(&bytes, &plain()) {
                prop_assert!(made.starts_with(&bytes));
            }
        }
    }
}
