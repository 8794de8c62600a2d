//! Files that readers read differently: built so that what is appended shows to some of them, while others, and this
//! validator, see what was signed.

use crate::engine::validate::bench::{codes, report, signed_by, updated};
use fumikura::pdf::{Limits, Pdf};
use fumikura::validate::{Indication, Report};

/// Writes a file of one page from its further objects, numbered from 4 on, with more subsections of its table.
fn document(first: &str, further: &[&str], subsections: impl Fn(&[usize]) -> String) -> Vec<u8> {
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources 4 0 R>>";
    let pages = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
    let mut objects = vec![first, pages, page];
    objects.extend_from_slice(further);
    let (mut file, mut places) = ("%PDF-1.7\n".to_owned(), Vec::new());
    for (number, object) in (1..).zip(&objects) {
        places.push(file.len());
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let root = objects.iter().position(|object| object.contains("/Catalog")).unwrap() + 1;
    let rows: String = places.iter().map(|place| format!("{place:010} 00000 n \n")).collect();
    let (start, size) = (file.len(), objects.len() + 1);
    file.push_str(&format!("xref\n0 {size}\n0000000000 65535 f \n{rows}{}", subsections(&places)));
    file.push_str(&format!("trailer\n<</Size {size}/Root {root} 0 R>>\nstartxref\n{start}\n%%EOF\n"));
    file.into_bytes()
}

const CATALOGUE: &str = "<</Type/Catalog/Pages 2 0 R>>";

fn sealed(file: &[u8]) -> Vec<u8> {
    signed_by(file, "signer-rsa2048", None, |_| {})
}

fn assert_refused(what: &str, report: &Report) {
    assert_ne!(report.indication, Indication::TotalPassed, "{what}: {:?}", codes(report));
}

#[test]
fn a_file_of_the_length_that_its_head_foretells() {
    let with = |length: usize| {
        let head = format!("<</Linearized 1/L {length:010}/N 1>>");
        sealed(&document(&head, &["<<>>", CATALOGUE], |_| String::new()))
    };
    let size = with(0).len();
    let file = with(size + 16);
    assert_eq!(file.len(), size, "the number has its width");
    assert_eq!(report(&file).indication, Indication::TotalPassed);
    assert_refused("grown to the length", &report(&[file.as_slice(), &[b'\n'; 16]].concat()));
    let other = [with(size + 17).as_slice(), &[b'\n'; 16]].concat();
    assert_eq!(
        report(&other).indication,
        Indication::TotalPassed,
        "a length that is wrong makes no reader begin there"
    );
}

#[test]
fn what_hangs_below_an_object_that_cannot_be_read() {
    const ABSENT: u32 = 40;
    for unreadable in ["+40 0 R", "[40 0 R <zz>]", "[40 0 R 1e5]", "[40 0 R what]", "[40 0 R 5-3]"] {
        let resources = format!("<</XObject<</F {unreadable}>>>>");
        let file = sealed(&document(CATALOGUE, &[&resources], |_| String::new()));
        let more = updated(&file, |update, _| while update.add(lopdf::Object::Null).0 < ABSENT {});
        assert_refused(unreadable, &report(&more));
    }
}

#[test]
fn a_number_that_one_table_lists_twice() {
    let twice = |places: &[usize]| format!("4 1\n{:010} 00000 n \n", places[4]);
    let plain = document(CATALOGUE, &["<<>>", "<</Font<<>>>>"], |_| String::new());
    assert_eq!(report(&sealed(&plain)).indication, Indication::TotalPassed);
    let file = sealed(&document(CATALOGUE, &["<<>>", "<</Font<<>>>>"], twice));
    assert_refused("two rows for one object", &report(&file));
}

#[test]
fn an_update_that_makes_readers_build_the_table_anew() {
    let file = sealed(&document(CATALOGUE, &["<<>>"], |_| String::new()));
    let pdf = Pdf::read(&file[..], &Limits::default()).unwrap();
    let (previous, size) = (pdf.xref_start(), pdf.trailer().get(b"Size").unwrap().as_i64().unwrap());
    let tail = String::from_utf8_lossy(&file[previous as usize..]).into_owned();
    let tail = tail.split("trailer").nth(1).and_then(|rest| rest.split("startxref").next()).unwrap().trim().to_owned();
    let number = |key: &str| format!("{key} {}", pdf.trailer().get(&key.as_bytes()[1..]).unwrap().as_i64().unwrap());
    let with = |table: &str, size: i64, end: &str| {
        let start = file.len();
        let tail = tail.replacen(&number("/Size"), &format!("/Size {size}"), 1);
        let tail = tail.replacen(&number("/Prev"), &format!("/Prev {previous}"), 1);
        let trailer = format!("trailer\n{tail}\n");
        let update = format!("xref\n{table}{trailer}startxref\n{start}{end}");
        report(&[file.as_slice(), update.as_bytes()].concat())
    };
    let free = "0 1\n0000000000 65535 f \n";
    assert_eq!(with(free, size, "\n%%EOF\n").indication, Indication::TotalPassed, "an update of nothing");
    for (what, table, size, end) in [
        ("a subsection far away", "0 1\n0000000000 65535 f \n4000000000 0\n", size, "\n%%EOF\n"),
        ("a free row far away", "4000000000 1\n0000000000 00000 f \n", size, "\n%%EOF\n"),
        ("a size beyond all readers", free, 2_147_483_647, "\n%%EOF\n"),
        ("a row of nineteen bytes", "0 1\n0000000000 65535 f\n", size, "\n%%EOF\n"),
        ("an empty line", "\n0 1\n0000000000 65535 f \n", size, "\n%%EOF\n"),
        ("a comment in the head", "0 %\n1\n0000000000 65535 f \n", size, "\n%%EOF\n"),
        ("a head over two lines", "0\n1\n0000000000 65535 f \n", size, "\n%%EOF\n"),
        ("the mark far behind its offset", free, size, &format!("{}%%EOF\n", " ".repeat(900))),
    ] {
        assert_refused(what, &with(table, size, end));
    }
}

/// Puts bytes before the table of a file that has one section.
fn planted(file: &[u8], bytes: &str) -> Vec<u8> {
    let at = file.windows(5).rposition(|window| window == b"xref\n").unwrap();
    let start = file[..at].windows(5).rposition(|window| window == b"xref\n").unwrap();
    let tail = String::from_utf8_lossy(&file[start..]).into_owned();
    let moved = tail.replace(&format!("startxref\n{start}\n"), &format!("startxref\n{}\n", start + bytes.len()));
    [&file[..start], bytes.as_bytes(), moved.as_bytes()].concat()
}

/// Seals a file, has it sealed again by another, and tells whether both stand.
fn stands(file: &[u8]) -> bool {
    let once = sealed(file);
    assert_eq!(report(&once).indication, Indication::TotalPassed, "what was signed is what was signed");
    report(&signed_by(&once, "signer-p256", None, |_| {})).indication == Indication::TotalPassed
}

#[test]
fn what_only_a_reader_sees_who_builds_the_table_anew() {
    let plain = document(CATALOGUE, &["<<>>", "<</Gone 8 0 R>>"], |_| String::new());
    let with = |bytes: &str| stands(&planted(&plain, bytes));
    for (what, bytes) in [
        ("nothing", ""),
        ("an object of no use", "90 0 obj\n<</Gone true>>\nendobj\n"),
        ("a word", "% an objective\n"),
        ("a further trailer that says the same", "trailer\n<</Root 1 0 R/Size 6>>\n"),
    ] {
        assert!(with(bytes), "{what}");
    }
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>";
    let held = format!("3 0 {page}");
    let container = format!("<</Type/ObjStm/N 1/First 4/Length {}>>stream\n{held}\nendstream", held.len());
    let hidden = [
        ("another page", format!("3 0 obj\n{page}\nendobj\n")),
        ("one of another generation", format!("3 1 obj\n{page}\nendobj\n")),
        ("one whose head has a comment", format!("3 0 %\n obj\n{page}\nendobj\n")),
        ("one whose head is wide", format!("3{}0 obj\n{page}\nendobj\n", " ".repeat(100))),
        ("one on the line of another", format!("90 0 obj\nnull\nendobj 3 0 obj{page}\nendobj\n")),
        ("one that is referred to", "8 0 obj\n<<>>\nendobj\n".to_owned()),
        ("a catalogue", "90 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n".to_owned()),
        (
            "a section",
            "90 0 obj\n<</Type/X#52ef/Size 1/W[1 1 1]/Root 90 0 R/Length 3>>stream\n000\nendstream\nendobj\n"
                .to_owned(),
        ),
        ("a trailer", "trailer\n<</Root 90 0 R/Size 6>>\n".to_owned()),
        ("an object stream", format!("90 0 obj\n{container}\nendobj\n")),
    ];
    for (what, bytes) in hidden {
        assert!(!with(&bytes), "{what}");
    }
    let escaped = container.replace("ObjStm", "Obj#53tm");
    for container in [container, escaped] {
        let listed = document(CATALOGUE, &["<<>>", &container], |_| String::new());
        assert!(!stands(&listed), "an object stream that holds what is placed elsewhere: {container}");
    }
}

#[test]
fn what_stands_in_a_stream_s_data_counts_where_readers_may_look_there() {
    let inside = "\n3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>\nendobj\n";
    let stream = |data: &str| format!("<</Length {}>>stream\n{data}\nendstream", data.len());
    let of = |data: &str| document(CATALOGUE, &["<<>>", &stream(data)], |_| String::new());
    // Rows of nineteen bytes: some readers give up on such a table.
    let loose = |file: &[u8]| String::from_utf8_lossy(file).replace(" n \n", " n\n").into_bytes();
    assert!(stands(&of(inside)), "a file within a file");
    assert!(stands(&loose(&of("nothing"))), "rows that are short");
    assert!(!stands(&loose(&of(inside))), "both");
}

#[test]
fn a_section_in_a_stream_that_names_another_beside_it() {
    let of = |more: &str| {
        let file = document(CATALOGUE, &["<<>>"], |_| String::new());
        let start = file.windows(5).position(|window| window == b"xref\n").unwrap();
        let mut file = file[..start].to_vec();
        let places = (1..=4).map(|number| {
            let head = format!("{number} 0 obj");
            file.windows(head.len()).position(|window| window == head.as_bytes()).unwrap()
        });
        let rows: String = places.chain([start]).map(|place| format!("01{place:04x}00")).collect();
        let rows = format!("00000000{rows}>");
        file.extend(
            format!("5 0 obj\n<</Type/XRef/Size 6/W[1 2 1]/Root 1 0 R/Filter/ASCIIHexDecode{more}/Length {}>>stream\n{rows}\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n", rows.len()).bytes(),
        );
        file
    };
    assert!(stands(&of("")), "a stream alone");
    assert_ne!(report(&sealed(&of("/XRefStm 9"))).indication, Indication::TotalPassed);
}
