//! Locks of a signature: all of them hold, those of its own references and that of its field.

use super::super::bench::{Case, first};
use super::codes;
use super::forged::{empty_field, sealed, value};
use super::honest::{fill, form};
use super::raw::{Edit, Shape};
use fumikura::pdf::{Object, Pdf};
use fumikura::policy::AllowedChanges;
use lopdf::{Dictionary, dictionary};

fn named(name: &str) -> Dictionary {
    dictionary! { "Action" => "Include", "Fields" => vec![Object::string_literal(name)] }
}

fn reference(parameters: Dictionary) -> Object {
    dictionary! { "Type" => "SigRef", "TransformMethod" => "FieldMDP", "TransformParams" => parameters }.into()
}

#[test]
fn any_lock_that_holds_locks() {
    let (base, ids) = form();
    let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
    let mut case = Case::default();
    case.policy.allowed_changes = AllowedChanges::FormFill;
    for (references, own, locked) in [
        (vec!["field0", "field1"], Some("field4"), [true, true, false, false, true]),
        (vec!["field0", "field1"], None, [true, true, false, false, false]),
        (vec!["nobody"], Some("field2"), [false, false, true, false, false]),
        (vec![], Some("field2"), [false, false, true, false, false]),
        (vec!["field3"; 40], None, [false, false, false, true, false]),
    ] {
        let mut edit = Edit::new(&pdf);
        let list: Vec<Object> = references.iter().map(|name| reference(named(name))).collect();
        let value = value(&mut edit, dictionary! { "Reference" => list });
        let mut field = empty_field("kouin");
        field.set("V", value);
        if let Some(own) = own {
            field.set("Lock", named(own));
        }
        let field = edit.add(field);
        edit.enter(field);
        let signed = sealed(edit, &base, &Shape::default());
        assert_eq!(first(&case.report(&signed)), "TOTAL-PASSED");
        for (id, locked) in ids.iter().zip(locked) {
            let report = case.report(&fill(&signed, *id, false, &Shape::default()));
            let expected = if locked { "TOTAL-FAILED/FORMAT_FAILURE" } else { "TOTAL-PASSED" };
            assert_eq!(first(&report), expected, "{references:?} {own:?} {id:?}: {:?}", codes(&report));
        }
    }
}
