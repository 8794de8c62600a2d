//! Later signatures that cannot be checked, or are broken, and what is then said of the earlier one.

use super::super::bench::{Case, first, sample, signed_by};
use super::codes;
use super::forged::{empty_field, sealed, sealed_as, value, without_certificates};
use super::raw::{Edit, Shape};
use fumikura::pdf::Pdf;
use fumikura::validate::{Changes, Integrity, Report};
use fumikura::wording::{VerdictKind, resident_verdict};
use lopdf::{Dictionary, dictionary};

fn followed(change: impl Fn(Vec<u8>) -> Vec<u8>) -> Report {
    let file = signed_by(&sample("table-1.4.pdf"), "signer-rsa2048", None, |_| {});
    let pdf = Pdf::read(&file[..], &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let value = value(&mut edit, Dictionary::new());
    let mut field = empty_field("later");
    field.set("V", value);
    let field = edit.add(field);
    edit.enter(field);
    Case::default().report(&sealed_as(edit, &file, &Shape::default(), change))
}

#[test]
fn one_that_cannot_be_checked_leaves_the_earlier_one_undecided() {
    let sound = followed(|cms| cms);
    assert_eq!(first(&sound), "TOTAL-PASSED", "{:?}", codes(&sound));
    let report = followed(without_certificates);
    assert_eq!(report.signatures[1].integrity, Integrity::Unknown, "{:?}", codes(&report));
    assert_eq!(first(&report), "INDETERMINATE/SIG_CONSTRAINTS_FAILURE", "{:?}", codes(&report));
    assert_eq!(report.signatures[0].changes, Changes::FormFill);
    assert!(codes(&report).contains(&"later-signature-unchecked"));
    assert_eq!(resident_verdict(&report).kind, VerdictKind::Undetermined);
}

#[test]
fn one_that_is_broken_fails_the_earlier_one() {
    for (what, change) in [
        (
            "value",
            Box::new(|mut cms: Vec<u8>| {
                let last = cms.len() - 1;
                cms[last] ^= 1;
                cms
            }) as Box<dyn Fn(Vec<u8>) -> Vec<u8>>,
        ),
        ("no CMS", Box::new(|cms| vec![0x30; cms.len()])),
    ] {
        let report = followed(change);
        assert_eq!(first(&report), "TOTAL-FAILED/FORMAT_FAILURE", "{what}: {:?}", codes(&report));
        assert!(codes(&report).contains(&"later-signature-broken"), "{what}");
    }
}

/// A form that nobody knows is no alteration, whatever honest signature follows.
#[test]
fn another_fault_of_form_is_not_called_an_alteration() {
    let base = sample("table-1.4.pdf");
    let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let root = edit.root();
    edit.change(root, |root| root.set("AcroForm", dictionary! { "Fields" => vec![] }));
    let value = value(&mut edit, dictionary! { "SubFilter" => "nobody.knows.this" });
    let mut field = empty_field("first");
    field.set("V", value);
    let field = edit.add(field);
    edit.enter(field);
    let file = signed_by(&sealed(edit, &base, &Shape::default()), "signer-rsa2048", None, |_| {});
    let report = Case::default().report(&file);
    assert_eq!(first(&report), "TOTAL-FAILED/FORMAT_FAILURE", "{:?}", codes(&report));
    assert_eq!(report.signatures[0].changes, Changes::FormFill);
    assert_eq!(resident_verdict(&report).kind, VerdictKind::Invalid);
}
