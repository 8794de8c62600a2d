//! What others see: viewers' pictures of the signed revision and of the whole file, and how qpdf and MuPDF read the
//! objects that this parser read.

use super::is_thorough;
use crate::engine::pades::interop::{run, said};
use fumikura::pdf::{Entry, Object, Pdf, XrefKind};
use lopdf::Dictionary;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// How many files of a class viewers are shown, unless all are.
const SHOWN: usize = 3;

/// Shows viewers some attacks of a class. None of them may pass (that is asserted before); what is counted here is that
/// the class is no paper tiger: what viewers show differs now and then.
pub fn watch(class: &str, files: &[(String, Vec<u8>, Vec<u8>)]) {
    let every = if is_thorough() { 1 } else { (files.len() / SHOWN).max(1) };
    let (mut shown, mut differing) = (0, 0);
    for (_, signed, attacked) in files.iter().step_by(every).take(if is_thorough() { usize::MAX } else { SHOWN }) {
        if let (Some(before), Some(after)) = (pictures(signed), pictures(attacked)) {
            shown += 1;
            differing += usize::from(before != after);
        }
    }
    println!("{class}: {} files, {shown} shown to viewers, {differing} look different", files.len());
}

/// Returns what MuPDF and poppler show of every page; none where they are not installed.
pub fn pictures(file: &[u8]) -> Option<[Vec<u8>; 2]> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file.pdf");
    std::fs::write(&path, file).expect("a file");
    let mupdf = run(Command::new("mutool").args(["draw", "-q", "-r", "20", "-F", "ppm", "-o", "-"]).arg(&path))?;
    let poppler = run(Command::new("pdftoppm").args(["-q", "-r", "20"]).arg(&path))?;
    Some([mupdf.stdout, poppler.stdout])
}

/// Demands of a file that passes that qpdf and MuPDF find nothing wrong with it, that every object stands for them where
/// it stands here, and that each dictionary has for them the values that it has here.
pub fn assert_read_alike(name: &str, file: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file.pdf");
    std::fs::write(&path, file).expect("a file");
    let pdf = Pdf::read(file, &Default::default()).expect("a file that passes is readable");
    assert_same_places(name, &path, &pdf);
    assert_same_values(name, &path, &pdf);
    if pdf.revisions().iter().any(|revision| revision.kind == XrefKind::Hybrid) {
        // MuPDF lists of a hybrid file what old readers see; its pictures show what is in the streams, too.
        return;
    }
    if let Some(output) = run(Command::new("mutool").arg("show").arg(&path).arg("xref")) {
        assert!(output.status.success() && output.stderr.is_empty(), "{name}: {}", said(&output));
        let theirs = mupdf_places(&String::from_utf8_lossy(&output.stdout));
        for (number, entry) in pdf.entries() {
            let ours = match entry {
                Entry::At { offset, generation } => Some((*offset, u32::from(*generation), 'n')),
                Entry::InStream { container, index } => Some((u64::from(*container), *index, 'o')),
                Entry::Free => None,
            };
            let there = theirs.get(number).copied().filter(|(_, _, kind)| *kind != 'f');
            assert_eq!(ours, there, "{name}: object {number} for MuPDF");
        }
    }
}

/// Reads lines of `number: offset generation kind`.
fn mupdf_places(text: &str) -> BTreeMap<u32, (u64, u32, char)> {
    let line = |line: &str| {
        let (number, rest) = line.split_once(':')?;
        let mut words = rest.split_whitespace();
        let place = (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.chars().next()?);
        Some((number.trim().parse().ok()?, place))
    };
    text.lines().filter_map(line).collect()
}

fn assert_same_places(name: &str, path: &Path, pdf: &Pdf) {
    let Some(output) = run(Command::new("qpdf").arg("--show-xref").arg(path)) else { return };
    let words = said(&output);
    // pyHanko counts the numbers that it has given away; a size that is too large hides nothing.
    let mut warnings = words.lines().filter(|line| line.contains("WARNING"));
    assert!(warnings.all(|line| line.contains("reported number of objects")), "{name}: {words}");
    let mut theirs = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        // `1/0: uncompressed; offset = 15` or `3/0: compressed; stream = 5, index = 0`.
        let Some((head, rest)) = line.split_once(": ") else { continue };
        let Some(number) = head.split('/').next().and_then(|number| number.parse::<u32>().ok()) else { continue };
        let numbers: Vec<u64> =
            rest.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
        theirs.insert(number, numbers);
    }
    for (number, entry) in pdf.entries().iter().filter(|(number, _)| *number > 0) {
        let ours = match entry {
            Entry::At { offset, .. } => Some(vec![*offset]),
            Entry::InStream { container, index } => Some(vec![u64::from(*container), u64::from(*index)]),
            Entry::Free => None,
        };
        assert_eq!(ours.as_ref(), theirs.get(number), "{name}: object {number} for qpdf");
    }
}

fn assert_same_values(name: &str, path: &Path, pdf: &Pdf) {
    let Some(output) = run(Command::new("qpdf").args(["--json=2", "--json-key=qpdf"]).arg(path)) else { return };
    let document: Value = serde_json::from_slice(&output.stdout).expect("qpdf writes JSON");
    let objects = document["qpdf"][1].as_object().expect("objects");
    for (number, entry) in pdf.entries() {
        let generation = match entry {
            Entry::At { generation, .. } => *generation,
            Entry::InStream { .. } => 0,
            Entry::Free => continue,
        };
        let (Some(ours), false) = (pdf.object((*number, generation)), pdf.is_encrypted()) else { continue };
        let Some(theirs) = objects.get(&format!("obj:{number} {generation} R")) else { continue };
        let theirs = if theirs["stream"].is_object() { &theirs["stream"]["dict"] } else { &theirs["value"] };
        assert!(is_same(ours, theirs), "{name}: object {number}: {ours:?} is for qpdf {theirs}");
    }
}

/// Compares a value with qpdf's; of strings only that they are some, because it writes them in several ways.
fn is_same(ours: &Object, theirs: &Value) -> bool {
    match ours {
        Object::Null => theirs.is_null(),
        Object::Boolean(value) => theirs.as_bool() == Some(*value),
        Object::Integer(value) => theirs.as_i64() == Some(*value),
        Object::Real(value) => {
            theirs.as_f64().is_some_and(|other| (other - f64::from(*value)).abs() <= other.abs() * 1e-5 + 1e-6)
        }
        Object::Name(name) => theirs.as_str().is_some_and(|other| other.starts_with('/') && same_name(name, other)),
        Object::String(..) => theirs.as_str().is_some_and(|text| text.starts_with("u:") || text.starts_with("b:")),
        Object::Reference((number, generation)) => theirs.as_str() == Some(&format!("{number} {generation} R")),
        Object::Array(items) => theirs.as_array().is_some_and(|others| {
            items.len() == others.len() && items.iter().zip(others).all(|(one, other)| is_same(one, other))
        }),
        Object::Dictionary(dictionary) => is_same_dictionary(dictionary, theirs),
        Object::Stream(stream) => is_same_dictionary(&stream.dict, theirs),
    }
}

fn same_name(name: &[u8], other: &str) -> bool {
    &other.as_bytes()[1..] == name || String::from_utf8(name.to_vec()).is_err()
}

fn is_same_dictionary(dictionary: &Dictionary, theirs: &Value) -> bool {
    // Null is the same as missing (7.3.9), and qpdf leaves out a stream's length.
    let present = |(key, value): &(&Vec<u8>, &Object)| !value.is_null() && key.as_slice() != b"Length";
    theirs.as_object().is_some_and(|others| {
        let there = |key: &str| others.get(key).filter(|value| !value.is_null());
        let ours = dictionary.iter().filter(present).count();
        let count = others.iter().filter(|(key, value)| !value.is_null() && key.as_str() != "/Length").count();
        let fits = |(key, value): (&Vec<u8>, &Object)| {
            there(&format!("/{}", String::from_utf8_lossy(key))).is_some_and(|other| is_same(value, other))
        };
        ours == count && dictionary.iter().filter(present).all(fits)
    })
}
