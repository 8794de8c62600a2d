//! Seed values: what a field requires is done, or refused with its reason.

use super::city::{now, timestamps, usual_seal};
use super::interop::sample;
use crate::engine::pki::{TestEntropy, pki};
use fumikura::digest::DigestAlgorithm;
use fumikura::fault::Fault;
use fumikura::pades::{Level, PadesError, SignOptions, sign, signatures};
use fumikura::pdf::{Dictionary, Limits, Object, Pdf, StringFormat, Update};

/// Returns a file whose field 印 has these seed values.
fn seeded(change: impl FnOnce(&mut Dictionary)) -> Vec<u8> {
    let base = sample("typst.pdf");
    let pdf = Pdf::read(base.as_slice(), &Limits::default()).unwrap();
    let mut seeds = Dictionary::new();
    seeds.set("Type", "SV");
    change(&mut seeds);
    let mut update = Update::new(&pdf).unwrap();
    let page = pdf.page(1).unwrap().id;
    let mut field = Dictionary::new();
    field.set("Type", "Annot");
    field.set("Subtype", "Widget");
    field.set("FT", "Sig");
    field.set("T", text("Mark"));
    field.set("F", 132);
    field.set("P", page);
    field.set("Rect", vec![0.into(), 0.into(), 0.into(), 0.into()]);
    field.set("SV", seeds);
    let field = update.add(field);
    let mut form = Dictionary::new();
    form.set("Fields", vec![Object::Reference(field)]);
    let (root, catalog) = pdf.catalog().unwrap();
    let mut catalog = catalog.clone();
    catalog.set("AcroForm", form);
    update.set(root, catalog);
    let mut dictionary = pdf.dictionary(page).unwrap().clone();
    dictionary.set("Annots", vec![Object::Reference(field)]);
    update.set(page, dictionary);
    update.finish().unwrap().to_vec().unwrap()
}

fn text(text: &str) -> Object {
    Object::String(text.as_bytes().to_vec(), StringFormat::Literal)
}

fn attempt(base: &[u8], change: impl FnOnce(&mut SignOptions)) -> Result<Pdf, PadesError> {
    let pdf = Pdf::read(base, &Limits::default()).unwrap();
    let mut options = SignOptions { field: Some("Mark".into()), ..SignOptions::new(Level::BB, now()) };
    change(&mut options);
    let made = sign(&pdf, &usual_seal(), &options, Some(&timestamps()), &TestEntropy)?;
    Ok(Pdf::read(made.to_vec()?, &Limits::default())?)
}

fn refused(base: &[u8], change: impl FnOnce(&mut SignOptions)) {
    let error = attempt(base, change).err().unwrap();
    assert_eq!(error.code(), "pades-seed-value", "{error}");
}

#[test]
fn reasons_digests_and_forms_are_obeyed() {
    let base = seeded(|seeds| {
        seeds.set("Ff", 1 << 1 | 1 << 3 | 1 << 6);
        seeds.set("SubFilter", vec![Object::Name(b"ETSI.CAdES.detached".to_vec())]);
        seeds.set("Reasons", vec![text("Approved"), text("Issued")]);
        seeds.set("DigestMethod", vec![text("SHA384"), text("SHA512")]);
    });
    refused(&base, |_| {});
    refused(&base, |options| options.reason = Some("Approved".into()));
    refused(&base, |options| options.digest = DigestAlgorithm::Sha512);
    let made = attempt(&base, |options| {
        options.reason = Some("Issued".into());
        options.digest = DigestAlgorithm::Sha384;
    });
    assert_eq!(signatures(&made.unwrap())[0].reason.as_deref(), Some("Issued"));
    let other = seeded(|seeds| {
        seeds.set("Ff", 1 << 1);
        seeds.set("SubFilter", vec![Object::Name(b"adbe.pkcs7.detached".to_vec())]);
    });
    refused(&other, |_| {});
    // What is only wished for forbids nothing.
    let wish = seeded(|seeds| seeds.set("SubFilter", vec![Object::Name(b"adbe.pkcs7.detached".to_vec())]));
    attempt(&wish, |_| {}).unwrap();
    for bit in [4, 7, 8] {
        refused(&seeded(|seeds| seeds.set("Ff", 1_i64 << bit)), |_| {});
    }
}

#[test]
fn certification_and_timestamps_are_obeyed() {
    let mdp = |permission: i64| {
        seeded(|seeds| {
            let mut mdp = Dictionary::new();
            mdp.set("P", permission);
            seeds.set("MDP", mdp);
        })
    };
    assert_eq!(signatures(&attempt(&mdp(2), |_| {}).unwrap())[0].certification, Some(2));
    refused(&mdp(2), |options| options.certify = Some(1));
    refused(&mdp(0), |options| options.certify = Some(2));
    assert_eq!(signatures(&attempt(&mdp(0), |_| {}).unwrap())[0].certification, None);
    let stamp = seeded(|seeds| {
        let mut stamp = Dictionary::new();
        stamp.set("Ff", 1);
        seeds.set("TimeStamp", stamp);
    });
    refused(&stamp, |_| {});
    attempt(&stamp, |options| options.level = Level::BT).unwrap();
}

#[test]
fn the_certificate_is_held_to_what_is_asked() {
    let der = |name: &str| Object::String(pki().certificate(name).der().to_vec(), StringFormat::Hexadecimal);
    let with = |flags: i64, key: &str, items: Vec<Object>| {
        seeded(|seeds| {
            let mut certificate = Dictionary::new();
            certificate.set("Ff", flags);
            certificate.set(key, items);
            seeds.set("Cert", certificate);
        })
    };
    attempt(&with(1, "Subject", vec![der("signer-p256"), der("signer-rsa2048")]), |_| {}).unwrap();
    refused(&with(1, "Subject", vec![der("signer-p256")]), |_| {});
    attempt(&with(2, "Issuer", vec![der("ca")]), |_| {}).unwrap();
    refused(&with(2, "Issuer", vec![der("unknown-root")]), |_| {});
    attempt(&with(32, "KeyUsage", vec![text("11XXX0XXX")]), |_| {}).unwrap();
    refused(&with(32, "KeyUsage", vec![text("XX1XXXXXX")]), |_| {});
    refused(&with(4, "OID", vec![text("1.2.3")]), |_| {});
}
