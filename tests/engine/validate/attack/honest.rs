//! Honest files: signed, and then extended, signed by others, filled in and annotated as is allowed. None may be called
//! changed, every reader must read them as this one does, and what is no change must look like none.

use super::super::bench::{Case, SIGNED, first, sample, signed_by, updated};
use super::bases::bases;
use super::certified::seal;
use super::changes::numbers;
use super::oracle::{assert_read_alike, pictures};
use super::raw::{Edit, Shape, appended, indirect, written};
use super::{codes, is_thorough};
use crate::engine::pades::city::{stamping, timestamps};
use crate::engine::pades::interop::{python, run, said};
use crate::engine::pades::levels::{LISTS, extended, extension, judged_with, later, rests_on};
use crate::engine::pki::{instant, pki};
use fumikura::asn1::pem_encode;
use fumikura::pades::Level;
use fumikura::pdf::{Object, ObjectId, Pdf};
use fumikura::policy::AllowedChanges;
use fumikura::validate::{Changes, Indication};
use lopdf::{Stream, dictionary};

const KINDS: &[&str] = &[
    "table-1.4.pdf",
    "object-streams.pdf",
    "hybrid.pdf",
    "linearized.pdf",
    "acroform.pdf",
    "typst.pdf",
    "libreoffice.pdf",
    "scan.pdf",
];

#[test]
fn a_seal_is_made_to_last_and_renewed() {
    for (index, kind) in KINDS.iter().enumerate() {
        for certify in [None, Some(1), Some(2), Some(3)] {
            if !is_thorough() && certify.is_some_and(|level| usize::from(level) != index % 3 + 1) {
                continue;
            }
            let signed =
                signed_by(&sample(kind), "signer-rsa2048", Some(("tsa", SIGNED)), |options| options.certify = certify);
            let source = timestamps();
            let mut file = signed.clone();
            for level in [Level::BLt, Level::BLta] {
                file = extended(&file, level, &extension(&source, rests_on(&LISTS, later()))).unwrap();
                let report = judged_with(&file, later(), &[]);
                assert_eq!(report.indication, Indication::TotalPassed, "{kind} {certify:?}: {:?}", codes(&report));
                assert_eq!(report.signatures[0].changes, Changes::Lta, "{kind} {certify:?}");
            }
            let at = instant("2027-06-01T00:00:00Z");
            let renewed =
                extended(&file, Level::BLta, &extension(&stamping(pki().chain("tsa"), at), rests_on(&LISTS, at)))
                    .unwrap();
            let report = judged_with(&renewed, at, &LISTS);
            assert_eq!(report.indication, Indication::TotalPassed, "{kind} {certify:?} renewed: {:?}", codes(&report));
            if index % 4 == 0 || is_thorough() {
                assert_read_alike(kind, &renewed);
                assert!(pictures(&signed) == pictures(&renewed), "{kind}: what makes a seal last shows nothing");
            }
        }
    }
}

#[test]
fn others_sign_too() {
    let signers = ["signer-p256", "signer-rsa3072", "signer-p384", "signer-rsa2048"];
    for (index, kind) in KINDS.iter().enumerate() {
        let mut file =
            signed_by(&sample(kind), "signer-rsa2048", None, |options| options.certify = (index % 2 == 0).then_some(2));
        for (turn, signer) in signers.iter().enumerate() {
            // A certification by 2 lets others sign without showing; without one they may show, each in its own place.
            let visible = index % 2 == 1 && turn < 2;
            file = signed_by(&file, signer, None, |options| {
                if visible {
                    let mut seal = seal(80.0, 30.0);
                    seal.at[0] = 20.0 + 100.0 * turn as f32;
                    options.appearance = Some(seal);
                }
            });
        }
        let report = Case::default().report(&file);
        assert_eq!(report.indication, Indication::TotalPassed, "{kind}: {:?}", codes(&report));
        assert_eq!(report.signatures.len(), 5);
        if index % 3 == 0 {
            assert_read_alike(kind, &file);
        }
    }
}

/// A form with a field of every kind, as it is drawn by most programs.
pub fn form() -> (Vec<u8>, [ObjectId; 5]) {
    let base = sample("table-1.4.pdf");
    let pdf = Pdf::read(&base[..], &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let page = edit.page();
    let mut ids = Vec::new();
    let picture = |edit: &mut Edit<'_>, paint: &str| {
        let form = dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers([0, 0, 20, 20]), "Resources" => dictionary! {} };
        edit.add(Stream::new(form, paint.as_bytes().to_vec()))
    };
    for (index, kind) in ["Tx", "Tx", "Btn", "Btn", "Ch"].into_iter().enumerate() {
        let left = 20 + 60 * index as i64;
        let mut field = dictionary! {
            "FT" => kind, "T" => Object::string_literal(format!("field{index}")), "Type" => "Annot", "Subtype" => "Widget", "F" => 4,
            "P" => page, "Rect" => numbers([left, 20, left + 50, 40]), "DA" => Object::string_literal("/Helv 9 Tf 0 g"),
        };
        match kind {
            "Btn" => {
                let states =
                    dictionary! { "On" => picture(&mut edit, "0 g 0 0 9 9 re f"), "Off" => picture(&mut edit, "") };
                field.set("AP", dictionary! { "N" => states });
                field.set("AS", "Off");
                field.set("V", "Off");
                field.set("Ff", if index == 3 { 32768 } else { 0 });
            }
            "Ch" => field.set("Opt", vec![Object::string_literal("a"), Object::string_literal("b")]),
            _ => field.set("AP", dictionary! { "N" => picture(&mut edit, "") }),
        }
        let id = edit.add(field);
        edit.annotate(id);
        ids.push(id);
    }
    let fields: Vec<Object> = ids.iter().map(|id| Object::Reference(*id)).collect();
    let root = edit.root();
    edit.change(root, |root| {
        root.set("AcroForm", dictionary! { "Fields" => fields, "DA" => Object::string_literal("/Helv 9 Tf 0 g") })
    });
    (edit.finish(&base, &Shape::default()), ids.try_into().unwrap())
}

/// Fills in a field; text with a new picture of the value, in a stream of its own or in place.
pub fn fill(file: &[u8], id: ObjectId, in_place: bool, shape: &Shape) -> Vec<u8> {
    let pdf = Pdf::read(file, &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let field = edit.get(id);
    let field = field.as_dict().unwrap();
    let kind = field.get(b"FT").and_then(Object::as_name).unwrap().to_vec();
    let paint = Stream::new(
        dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => numbers([0, 0, 20, 20]), "Resources" => dictionary! {} },
        b"0 g 1 1 9 9 re f".to_vec(),
    );
    let old =
        field.get(b"AP").and_then(Object::as_dict).ok().and_then(|ap| ap.get(b"N").and_then(Object::as_reference).ok());
    match (&kind[..], old) {
        (b"Btn", _) => edit.change(id, |field| {
            field.set("V", "On");
            field.set("AS", "On");
        }),
        (_, Some(old)) if in_place => {
            edit.set(old, paint);
            edit.change(id, |field| field.set("V", Object::string_literal("b")));
        }
        _ => {
            let paint = edit.add(paint);
            edit.change(id, |field| {
                field.set("V", Object::string_literal("b"));
                field.set("AP", dictionary! { "N" => paint });
                if kind == b"Ch" {
                    field.set("I", vec![1.into()]);
                }
            });
        }
    }
    edit.finish(file, shape)
}

#[test]
fn forms_are_filled_in_as_the_certifier_allows() {
    let (base, ids) = form();
    for certify in [Some(2), Some(3), None] {
        let signed = signed_by(&base, "signer-p256", None, |options| options.certify = certify);
        let mut case = Case::default();
        if certify.is_none() {
            // Nobody has said what may be done: it is the policy's to say, and the built-in one is the stricter.
            case.policy.allowed_changes = AllowedChanges::FormFill;
        }
        for in_place in [true, false] {
            let mut file = signed.clone();
            for (turn, id) in ids.iter().enumerate() {
                let shape =
                    Shape { stream: turn % 2 == 1, packed: turn == 3, scattered: turn == 2, ..Shape::default() };
                file = fill(&file, *id, in_place, &shape);
                let report = case.report(&file);
                assert_eq!(first(&report), "TOTAL-PASSED", "{certify:?} {in_place} {turn}: {:?}", codes(&report));
                assert_eq!(report.signatures[0].changes, Changes::FormFill);
            }
            assert_read_alike("filled", &file);
            // And then somebody signs what was filled in.
            let file = signed_by(&file, "signer-rsa2048", None, |_| {});
            let report = case.report(&file);
            assert_eq!(report.indication, Indication::TotalPassed, "{certify:?}: {:?}", codes(&report));
        }
    }
}

#[test]
fn locks_hold_what_they_name_and_nothing_else() {
    let (base, ids) = form();
    for (action, names, free) in [
        ("All", vec![], [false, false]),
        ("Include", vec!["field0"], [false, true]),
        ("Exclude", vec!["field0"], [true, false]),
        ("Include", vec!["field0", "field1"], [false, false]),
        ("Exclude", vec![], [false, false]),
        ("Nonsense", vec![], [false, false]),
    ] {
        let names: Vec<Object> = names.into_iter().map(Object::string_literal).collect();
        let locked = updated(&base, |update, pdf| {
            let lock = dictionary! { "Type" => "SigFieldLock", "Action" => action, "Fields" => names.clone() };
            let field = update.add(dictionary! {
                "FT" => "Sig", "Type" => "Annot", "Subtype" => "Widget", "T" => Object::string_literal("kouin"), "F" => 4,
                "Rect" => numbers([0, 0, 0, 0]), "Lock" => lock,
            });
            let (root, catalogue) = pdf.catalog().unwrap();
            let mut catalogue = catalogue.clone();
            catalogue
                .get_mut(b"AcroForm")
                .unwrap()
                .as_dict_mut()
                .unwrap()
                .get_mut(b"Fields")
                .unwrap()
                .as_array_mut()
                .unwrap()
                .push(field.into());
            update.set(root, catalogue);
        });
        if action == "Nonsense" {
            continue;
        }
        let signed = signed_by(&locked, "signer-p256", None, |options| options.field = Some("kouin".to_owned()));
        let mut case = Case::default();
        case.policy.allowed_changes = AllowedChanges::FormFill;
        for (id, free) in ids.iter().zip(free) {
            let report = case.report(&fill(&signed, *id, false, &Shape::default()));
            let expected = if free { "TOTAL-PASSED" } else { "TOTAL-FAILED/FORMAT_FAILURE" };
            assert_eq!(first(&report), expected, "{action} {id:?}: {:?}", codes(&report));
        }
    }
}

#[test]
fn annotations_come_and_change_and_go_where_both_allow_them() {
    let signed = signed_by(&sample("table-1.4.pdf"), "signer-p256", None, |options| options.certify = Some(3));
    let mut case = Case::default();
    case.policy.allowed_changes = AllowedChanges::Annotate;
    let pdf = Pdf::read(&signed[..], &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let note = edit.add(dictionary! { "Type" => "Annot", "Subtype" => "Text", "F" => 4, "Rect" => numbers([9, 9, 29, 29]), "Contents" => Object::string_literal("x") });
    edit.annotate(note);
    let added = edit.finish(&signed, &Shape::default());
    let pdf = Pdf::read(&added[..], &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    edit.change(note, |note| note.set("Contents", Object::string_literal("y")));
    let changed = edit.finish(&added, &Shape::default());
    let pdf = Pdf::read(&changed[..], &Default::default()).unwrap();
    let mut edit = Edit::new(&pdf);
    let page = edit.page();
    edit.change(page, |page| drop(page.remove(b"Annots")));
    let annotations = pdf.dictionary(page).unwrap().get(b"Annots").unwrap().as_array().unwrap();
    let left: Vec<Object> = annotations.iter().filter(|one| one.as_reference().ok() != Some(note)).cloned().collect();
    edit.change(page, |page| page.set("Annots", left));
    let removed = edit.finish(&changed, &Shape::default());
    for (name, file) in [("added", added), ("changed", changed), ("removed", removed)] {
        let report = case.report(&file);
        assert_eq!(first(&report), "TOTAL-PASSED", "{name}: {:?}", codes(&report));
        assert_ne!(first(&Case::default().report(&file)), "TOTAL-PASSED", "{name}: the built-in policy allows none");
    }
}

/// The same bytes again, a comment of a program's name, white space: nothing that anyone could see.
#[test]
fn harmless_updates_are_harmless() {
    for base in bases().iter().filter(|base| base.certified != Some(1)) {
        let pdf = Pdf::read(&base.bytes[..], &Default::default()).unwrap();
        let (root, _) = pdf.catalog().unwrap();
        let objects = [(root, indirect(root, &written(&pdf.object(root).cloned().unwrap())))];
        for (name, shape) in [
            ("a program's comment", Shape { between: b"%iText-7.2.5\n".to_vec(), ..Shape::default() }),
            ("lines", Shape { before: b"\n\r\n ".to_vec(), after: b"\r\n".to_vec(), ..Shape::default() }),
            ("rows by carriage return", Shape { row_end: Some("\r\n"), ..Shape::default() }),
        ] {
            let file = appended(&base.bytes, &objects, &shape);
            let report = Case::default().report(&file);
            assert_eq!(first(&report), "TOTAL-PASSED", "{} {name}: {:?}", base.name, codes(&report));
        }
    }
}

/// Signs, fills in and stamps by pyHanko, whose updates are written quite differently.
const PYHANKO: &str = r#"
import sys, logging
logging.disable(logging.CRITICAL)
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils import generic
from pyhanko.sign import signers, fields
from pyhanko_certvalidator.registry import SimpleCertificateStore
folder, base = sys.argv[1:3]
signer = signers.SimpleSigner.load(f'{folder}/key.pem', f'{folder}/cert.pem', ca_chain_files=[f'{folder}/chain.pem'])
def put(name, data):
    with open(f'{folder}/{name}.pdf', 'wb') as file: file.write(data.getbuffer())
def sign(source, name, **meta):
    with open(f'{folder}/{source}', 'rb') as file:
        writer = IncrementalPdfFileWriter(file)
        spec = fields.SigFieldSpec(name, box=(300, 200, 400, 240) if name == 'Seen' else None)
        put(name, signers.PdfSigner(signers.PdfSignatureMetadata(field_name=name, subfilter=fields.SigSeedSubFilter.PADES, **meta), signer, new_field_spec=spec).sign_pdf(writer))
def fill(source, name, value):
    with open(f'{folder}/{source}', 'rb') as file:
        writer = IncrementalPdfFileWriter(file)
        for reference in writer.root['/AcroForm']['/Fields']:
            field = reference.get_object()
            if field['/T'] == value[0]:
                field['/V'] = generic.pdf_string(value[1]) if value[1][0] != '/' else generic.pdf_name(value[1])
                if value[1][0] == '/': field['/AS'] = generic.pdf_name(value[1])
                writer.update_container(field)
        with open(f'{folder}/{name}.pdf', 'wb') as out: writer.write(out)
sign(base, 'Certified', certify=True, docmdp_permissions=fields.MDPPerm.FILL_FORMS)
fill('Certified.pdf', 'Text', ('field1', 'pyHanko'))
fill('Text.pdf', 'Box', ('field2', '/On'))
sign('Box.pdf', 'Second')
sign(base, 'First')
sign('First.pdf', 'Seen')
sign('Seen.pdf', 'Third')
"#;

#[test]
fn what_others_write_is_no_false_alarm() {
    let installed = run(python().args(["-c", "import pyhanko"])).is_some_and(|output| output.status.success());
    if !installed && !is_demanded() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("base.pdf"), form().0).unwrap();
    std::fs::write(path("key.pem"), pem_encode("PRIVATE KEY", pki().pkcs8("signer-rsa2048")).as_bytes()).unwrap();
    std::fs::write(path("cert.pem"), pem_encode("CERTIFICATE", pki().certificate("signer-rsa2048").der()).as_bytes())
        .unwrap();
    let chain: Vec<u8> = pki()
        .chain("signer-rsa2048")
        .iter()
        .flat_map(|one| pem_encode("CERTIFICATE", one.der()).as_bytes().to_vec())
        .collect();
    std::fs::write(path("chain.pem"), chain).unwrap();
    let Some(output) = run(python().args(["-c", PYHANKO]).arg(folder.path()).arg("base.pdf")) else { return };
    assert!(output.status.success(), "{}", said(&output));
    for name in ["Certified", "Text", "Box", "Second", "First", "Seen", "Third"] {
        let file = std::fs::read(path(&format!("{name}.pdf"))).unwrap();
        // pyHanko signs at the time that is now; revocation lists of the test PKI are of another.
        let report = Case::default().report(&file);
        let forbidden = report.signatures.iter().any(|one| one.changes > Changes::FormFill);
        let told = codes(&report).iter().any(|code| {
            ["change-not-permitted", "change-beyond-certification", "later-signature-broken"].contains(code)
        });
        assert!(!forbidden && !told && !report.signatures.is_empty(), "{name}: {:?}", codes(&report));
        assert_read_alike(name, &file);
    }
}

/// Tells whether a missing tool is a failure.
#[expect(clippy::disallowed_methods, reason = "the test command says what must be installed")]
fn is_demanded() -> bool {
    std::env::var("FUMIKURA_INTEROP").as_deref() == Ok("1")
}
