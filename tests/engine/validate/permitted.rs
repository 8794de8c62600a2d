//! What may follow a signature: further signatures, validation data, and what a certification allows.

use super::bench::{catalogue, codes, first, report, sample, signed, signed_by, signed_form, updated, verdict};
use crate::engine::pki::{NOW, TestEntropy, instant, pki};
use fumikura::pades::{Level, PadesError, SignOptions, sign};
use fumikura::pdf::{Limits, Object, Pdf};
use fumikura::validate::{Changes, Coverage, Indication};
use lopdf::{Stream, dictionary};

#[test]
fn a_further_signature_leaves_the_first_valid() {
    let mut file = signed().to_vec();
    for (count, signer) in ["signer-p256", "signer-rsa3072"].into_iter().enumerate() {
        file = signed_by(&file, signer, None, |_| {});
        let report = report(&file);
        assert_eq!(report.indication, Indication::TotalPassed, "{:?}", codes(&report));
        assert_eq!(report.signatures.len(), count + 2);
        assert_eq!(report.signatures[0].changes, Changes::FormFill);
        assert_eq!(report.signatures[0].coverage, Coverage::WholeRevision);
        assert_eq!(report.signatures[count + 1].coverage, Coverage::WholeFile);
        assert_eq!(report.signatures[count + 1].changes, Changes::None);
    }
}

#[test]
fn a_further_signature_by_a_stranger_is_judged_for_itself() {
    let file = signed_by(signed(), "signer-unknown-root", None, |_| {});
    let report = report(&file);
    let verdicts: Vec<String> = report.signatures.iter().map(verdict).collect();
    assert_eq!(verdicts, ["TOTAL-PASSED", "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND"]);
    assert_eq!(report.indication, Indication::Indeterminate, "the file is as good as its worst signature");
}

#[test]
fn a_document_that_allows_nothing_allows_no_further_signature() {
    // Our signer refuses to sign such a file, so the second signature goes under a certification that allows forms.
    let certified = signed_by(&sample("table-1.4.pdf"), "signer-rsa2048", None, |options| options.certify = Some(2));
    let file = signed_by(&certified, "signer-p256", None, |_| {});
    assert_eq!(report(&file).indication, Indication::TotalPassed, "{:?}", codes(&report(&file)));
}

#[test]
fn validation_data_may_be_added() {
    let file = updated(signed(), |update, pdf| {
        let certificate = update.add(Stream::new(dictionary! {}, pki().certificate("ca").der().to_vec()));
        let list = update.add(Stream::new(dictionary! {}, pki().crl("ca").der().to_vec()));
        let store = update.add(dictionary! {
            "Type" => "DSS", "Certs" => vec![certificate.into()], "CRLs" => vec![list.into()],
        });
        let (id, mut catalogue) = catalogue(pdf);
        catalogue.set("DSS", store);
        update.set(id, catalogue);
    });
    let judged = report(&file);
    assert_eq!(first(&judged), "TOTAL-PASSED", "{:?}", codes(&judged));
    assert_eq!(judged.signatures[0].changes, Changes::Lta);
    // Taking it away again is a change like any other.
    let without = updated(&file, |update, pdf| {
        let (id, mut catalogue) = catalogue(pdf);
        catalogue.remove(b"DSS");
        update.set(id, catalogue);
    });
    assert_eq!(first(&report(&without)), "TOTAL-FAILED/FORMAT_FAILURE");
}

#[test]
fn material_in_the_file_completes_the_path() {
    let file = updated(signed(), |update, pdf| {
        let list = update.add(Stream::new(dictionary! {}, pki().crl("ca").der().to_vec()));
        let root = update.add(Stream::new(dictionary! {}, pki().crl("root").der().to_vec()));
        let (id, mut catalogue) = catalogue(pdf);
        catalogue.set("DSS", dictionary! { "CRLs" => vec![list.into(), root.into()] });
        update.set(id, catalogue);
    });
    let case = super::bench::Case { crls: Vec::new(), ..Default::default() };
    assert_eq!(first(&case.report(signed())), "INDETERMINATE/TRY_LATER");
    assert_eq!(first(&case.report(&file)), "TOTAL-PASSED");
}

/// Gives the first text field of the form another value.
pub fn filled(bytes: &[u8]) -> Vec<u8> {
    updated(bytes, |update, pdf| {
        let is_text = |object: &Object| {
            object.as_dict().is_ok_and(|field| matches!(field.get(b"FT"), Ok(Object::Name(kind)) if kind == b"Tx"))
        };
        let field = pdf
            .entries()
            .iter()
            .filter_map(|(n, _)| Some(((*n, 0), pdf.object((*n, 0))?)))
            .find(|(_, object)| is_text(object))
            .map(|(id, _)| id);
        let field = field.expect("the sample has a text field");
        let mut dictionary = update.dictionary(field).expect("a dictionary");
        dictionary.set("V", Object::string_literal("another"));
        update.set(field, dictionary);
    })
}

#[test]
fn values_of_fields_are_refused_by_default_and_allowed_by_the_certifier() {
    let report_plain = report(&filled(signed_form()));
    assert_eq!(report_plain.signatures[0].changes, Changes::FormFill);
    assert_eq!(first(&report_plain), "INDETERMINATE/SIG_CONSTRAINTS_FAILURE", "{:?}", codes(&report_plain));
    for (permission, expected) in [(1, "TOTAL-FAILED/FORMAT_FAILURE"), (2, "TOTAL-PASSED"), (3, "TOTAL-PASSED")] {
        let certified = signed_by(&sample("acroform.pdf"), "signer-rsa2048", None, |o| o.certify = Some(permission));
        let report = report(&filled(&certified));
        assert_eq!(first(&report), expected, "certified {permission}: {:?}", codes(&report));
    }
    let mut case = super::bench::Case::default();
    case.policy.allowed_changes = fumikura::policy::AllowedChanges::FormFill;
    assert_eq!(first(&case.report(&filled(signed_form()))), "TOTAL-PASSED");
}

/// The form with a signature field whose lock leaves a permission, signed.
fn locked_with(permission: i64) -> Vec<u8> {
    let with_field = updated(&sample("acroform.pdf"), |update, pdf| {
        let lock = dictionary! {
            "Type" => "SigFieldLock", "Action" => "Include", "Fields" => vec![Object::string_literal("nobody")],
            "P" => permission,
        };
        let field = dictionary! {
            "FT" => "Sig", "Type" => "Annot", "Subtype" => "Widget", "T" => Object::string_literal("kouin"),
            "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()], "Lock" => lock,
        };
        let field = update.add(field);
        let (root, catalog) = pdf.catalog().unwrap();
        let form = catalog.get(b"AcroForm").unwrap().as_reference().ok();
        let mut holder = update.dictionary(form.unwrap_or(root)).unwrap();
        let inner =
            if form.is_some() { &mut holder } else { holder.get_mut(b"AcroForm").unwrap().as_dict_mut().unwrap() };
        inner.get_mut(b"Fields").unwrap().as_array_mut().unwrap().push(Object::Reference(field));
        update.set(form.unwrap_or(root), holder);
    });
    signed_by(&with_field, "signer-rsa2048", None, |options| options.field = Some("kouin".to_owned()))
}

#[test]
fn what_the_lock_of_a_signed_field_leaves_is_all_that_is_allowed() {
    let mut case = super::bench::Case::default();
    case.policy.allowed_changes = fumikura::policy::AllowedChanges::FormFill;
    for (permission, expected) in
        [(1, "TOTAL-FAILED/FORMAT_FAILURE"), (2, "TOTAL-PASSED"), (9, "TOTAL-FAILED/FORMAT_FAILURE")]
    {
        let file = locked_with(permission);
        assert_eq!(first(&case.report(&file)), "TOTAL-PASSED", "{permission} before");
        assert_eq!(first(&case.report(&filled(&file))), expected, "{permission}");
    }
    // It takes and never gives: the policy is what it was.
    assert_eq!(first(&report(&filled(&locked_with(2)))), "INDETERMINATE/SIG_CONSTRAINTS_FAILURE");
    let closed = Pdf::read(locked_with(1), &Limits::default()).unwrap();
    let options = SignOptions::new(Level::BB, instant(NOW));
    let again = sign(&closed, &pki().identity("signer-p256"), &options, None, &TestEntropy);
    assert!(matches!(again, Err(PadesError::LockedBySignature(name)) if name == "kouin"));
}

#[test]
fn the_document_information_may_be_brought_up_to_date_but_not_rewritten() {
    let with = |key: &str| {
        updated(signed(), |update, pdf| {
            let information = pdf.trailer().get(b"Info").and_then(Object::as_reference).expect("information");
            let mut dictionary = update.dictionary(information).expect("a dictionary");
            dictionary.set(key, Object::string_literal("D:20260602000000Z"));
            update.set(information, dictionary);
        })
    };
    assert_eq!(first(&report(&with("ModDate"))), "TOTAL-PASSED");
    assert_eq!(first(&report(&with("Title"))), "TOTAL-FAILED/FORMAT_FAILURE");
}

#[test]
fn an_object_nobody_uses_is_told() {
    let file = updated(signed(), |update, _: &Pdf| {
        update.add(dictionary! { "Nobody" => "Home" });
    });
    let report = report(&file);
    assert_eq!(first(&report), "TOTAL-PASSED");
    assert!(codes(&report).contains(&"change-unused-object"));
}
