//! Files that the tests make themselves: honest ones of every kind, permitted changes, attacks, and damage.

use super::table::Compared;
use super::{beside_pdfsig, beside_pyhanko, judge, peers};
use crate::engine::pades::interop::KINDS;
use crate::engine::pki::{instant, pki};
use crate::engine::validate::bench::{
    SIGNED, catalogue, contents, form, page, replaced, sample, signed, signed_by, signed_form, updated,
};
use crate::engine::validate::permitted::filled;
use fumikura::asn1::pem_encode;
use fumikura::digest::DigestAlgorithm;
use fumikura::pdf::Object;
use lopdf::{Stream, dictionary};

/// The time of judgement.
const AT: &str = "2026-06-03T00:00:00+00:00";

type Made = Vec<(String, Vec<u8>)>;

fn honest(into: &mut Made) {
    let mut add = |name: String, bytes| into.push((name, bytes));
    for (base, _) in KINDS {
        add(format!("b-b of {base}"), signed_by(&sample(base), "signer-rsa2048", None, |_| {}));
    }
    for signer in ["signer-p256", "signer-p384", "signer-p521", "signer-rsa4096", "signer-ed25519"] {
        let long = |options: &mut fumikura::pades::SignOptions| options.digest = DigestAlgorithm::Sha512;
        add(format!("b-b by {signer}"), signed_by(&sample("typst.pdf"), signer, None, long));
    }
    let stamped = signed_by(&sample("typst.pdf"), "signer-rsa2048", Some(("tsa", SIGNED)), |_| {});
    add("b-t twice".into(), signed_by(&stamped, "signer-p256", Some(("tsa", SIGNED)), |_| {}));
    for permission in 1..=3 {
        let certify = |options: &mut fumikura::pades::SignOptions| options.certify = Some(permission);
        let certified = signed_by(&sample("acroform.pdf"), "signer-rsa2048", None, certify);
        add(format!("certified {permission}, filled"), filled(&certified));
        if permission > 1 {
            add(format!("certified {permission}, signed"), signed_by(&certified, "signer-p256", None, |_| {}));
        }
        add(format!("certified {permission}"), certified);
    }
    add("filled".into(), filled(signed_form()));
    for signer in ["signer-expired", "signer-unknown-root", "signer-wrong-usage", "signer-too-deep"] {
        add(format!("by {signer}"), signed_by(&sample("table-1.4.pdf"), signer, None, |_| {}));
    }
}

fn permitted(into: &mut Made) {
    let mut add = |name: &str, bytes| into.push((name.to_owned(), bytes));
    let information = |key: &'static str| {
        updated(signed(), move |update, pdf| {
            let id = pdf.trailer().get(b"Info").and_then(Object::as_reference).expect("information");
            let mut dictionary = update.dictionary(id).expect("a dictionary");
            dictionary.set(key, Object::string_literal("D:20260602000000Z"));
            update.set(id, dictionary);
        })
    };
    add("another date", information("ModDate"));
    add("another title", information("Title"));
    let with_store = updated(signed(), |update, pdf| {
        let list = update.add(Stream::new(dictionary! {}, pki().crl("ca").der().to_vec()));
        let store = update.add(dictionary! { "Type" => "DSS", "CRLs" => vec![list.into()] });
        let (id, mut catalogue) = catalogue(pdf);
        catalogue.set("DSS", store);
        update.set(id, catalogue);
    });
    let without = updated(&with_store, |update, pdf| {
        let (id, mut catalogue) = catalogue(pdf);
        catalogue.remove(b"DSS");
        update.set(id, catalogue);
    });
    add("store added", with_store);
    add("store removed", without);
    let unused = updated(signed(), |update, _| {
        update.add(dictionary! { "Nobody" => "Home" });
    });
    add("unused object", unused);
}

fn attacks(into: &mut Made) {
    let mut add = |name: &str, bytes| into.push((name.to_owned(), bytes));
    let text = || Stream::new(dictionary! {}, b"BT /F1 24 Tf 72 720 Td (another) Tj ET".to_vec());
    let on_page = |key: &'static str, value: fn() -> Object| {
        updated(signed(), move |update, pdf| {
            let (id, mut page) = page(pdf);
            page.set(key, value());
            update.set(id, page);
        })
    };
    add(
        "content replaced",
        updated(signed(), |update, pdf| {
            let content = update.add(text());
            let (id, mut page) = page(pdf);
            page.set("Contents", content);
            update.set(id, page);
        }),
    );
    add("page rotated", on_page("Rotate", || 180.into()));
    add("page cropped", on_page("CropBox", || vec![0.into(), 0.into(), 9.into(), 9.into()].into()));
    add(
        "annotation added",
        updated(signed(), |update, pdf| {
            let note = update.add(dictionary! {
                "Type" => "Annot", "Subtype" => "FreeText", "Contents" => Object::string_literal("another"),
                "Rect" => vec![0.into(), 0.into(), 600.into(), 800.into()],
            });
            let (id, mut page) = page(pdf);
            let mut all = page.get(b"Annots").and_then(Object::as_array).cloned().unwrap_or_default();
            all.push(note.into());
            page.set("Annots", all);
            update.set(id, page);
        }),
    );
    for (name, key) in [("action on opening", "OpenAction"), ("further actions", "AA"), ("names", "Names")] {
        let file = updated(signed(), |update, pdf| {
            let (id, mut catalogue) = catalogue(pdf);
            catalogue.set(key, dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") });
            update.set(id, catalogue);
        });
        add(name, file);
    }
    add(
        "form emptied",
        updated(signed_form(), |update, pdf| {
            let (id, mut form) = form(pdf);
            form.set("Fields", Vec::<Object>::new());
            update.set(id, form);
        }),
    );
}

fn damage(into: &mut Made) {
    let mut add = |name: &str, bytes| into.push((name.to_owned(), bytes));
    let file = signed();
    let flipped = |at: usize| {
        let mut copy = file.to_vec();
        copy[at] ^= 1;
        copy
    };
    let gap = contents(file);
    add("signed byte flipped", flipped(20));
    add("byte behind the value flipped", flipped(file.len() - 8));
    add("value flipped", replaced(file, &file[gap.start + 1200..gap.start + 1232], &[b'0'; 32]));
    add("comment appended", [file, b"% nothing\n"].concat());
    add("bytes appended", [file, b"1 0 obj <</Type/Catalog>> endobj\n"].concat());
    add("cut short", file[..file.len() - 20].to_vec());
}

/// Compares every file under the root of the test PKI.
pub fn compare() -> Option<Vec<Compared>> {
    let mut made = Made::new();
    honest(&mut made);
    permitted(&mut made);
    attacks(&mut made);
    damage(&mut made);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root.pem");
    std::fs::write(&root, pem_encode("CERTIFICATE", pki().certificate("root").der()).as_bytes()).unwrap();
    let mut compared = Vec::new();
    let (mut paths, mut reports) = (Vec::new(), Vec::new());
    for (index, (name, bytes)) in made.iter().enumerate() {
        let path = folder.path().join(format!("{index}.pdf"));
        std::fs::write(&path, bytes).unwrap();
        let report = judge(bytes, &[pki().certificate("root").clone()], instant(AT)).ok();
        compared.extend(beside_pdfsig(name, report.as_ref(), &path)?);
        paths.push(path);
        reports.push(report);
    }
    for status in peers::pyhanko(&paths, &[root], AT)? {
        let index = paths.iter().position(|path| status.file == path.to_string_lossy()).expect("a file that was asked");
        compared.extend(beside_pyhanko(&made[index].0, reports[index].as_ref(), &status));
    }
    Some(compared)
}
