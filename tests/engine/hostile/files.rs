//! Files that are built to cost the square of their size, or a multiple of it in memory, where they are merely read.

use super::paper::Paper;
use super::shared::subjects;
use fumikura::fault::Fault;
use fumikura::pdf::{Limits, Pdf};

fn read(paper: &Paper) -> Result<Pdf, fumikura::pdf::PdfError> {
    Pdf::read(paper.bytes(), &Limits::default())
}

fn held(paper: &Paper) {
    super::hold(paper.bytes(), subjects::pdf);
}

/// Deflates with the best ratio.
fn deflated(plain: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

#[test]
fn pages_that_share_a_box_without_end() {
    let mut paper = Paper::new();
    let kids: String = (10..12_000).map(|number| format!("{number} 0 R ")).collect();
    paper.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, &format!("<</Type/Pages/Kids[{kids}]>>"));
    paper.object(3, &format!("[{}]", "0 ".repeat(200_000)));
    for number in 10..12_000 {
        paper.object(number, "<</MediaBox 3 0 R>>");
    }
    paper.end("");
    held(&paper);
    assert_eq!(read(&paper).unwrap().pages().unwrap().len(), 11_990);
}

#[test]
fn objects_within_objects() {
    // Each object's string holds all later objects.
    const COUNT: u32 = 6_000;
    let mut paper = Paper::new();
    let kids: String = (10..10 + COUNT).map(|number| format!("{number} 0 R ")).collect();
    paper.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, &format!("<</Type/Pages/Kids[{kids}]>>"));
    for number in 10..10 + COUNT {
        paper.place(number).raw(format!("{number} 0 obj <</A (                                    ").as_bytes());
    }
    paper.raw(")>> ".repeat(COUNT as usize).as_bytes()).end("");
    held(&paper);
    let pdf = read(&paper).unwrap();
    assert!(pdf.pages().is_err() || pdf.trouble().is_err());
    assert_eq!(pdf.trouble().unwrap_err().code(), "pdf-too-large");
}

#[test]
fn streams_within_streams() {
    const COUNT: u32 = 6_000;
    for stated in [true, false] {
        let mut paper = Paper::new();
        paper.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[]>>");
        let head = |index: u32, length: u32| format!("{} 0 obj <</Length {length:>9}>>stream\n", index + 10);
        for index in 0..COUNT {
            let data = (COUNT - index) * 60 - head(index, 0).len() as u32;
            let text = head(index, if stated { data } else { 0 });
            paper.place(index + 10).raw(format!("{text:<60}").as_bytes());
        }
        paper.raw(b"\nendstream endobj\n").end("");
        held(&paper);
    }
}

#[test]
fn values_that_take_more_memory_than_text() {
    for body in [
        format!("[{}]", "[0]".repeat(400_000)),
        format!("[{}]", "0 ".repeat(600_000)),
        format!("[{}]", "[[[[[]]]]]".repeat(100_000)),
        format!("<<{}>>", (0..100_000).map(|number| format!("/{number} 0")).collect::<String>()),
    ] {
        let mut paper = Paper::new();
        paper.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[]>>").object(3, &body).end("");
        held(&paper);
        // The same where it has to be searched for.
        paper.raw(b"\nstartxref\n7\n%%EOF\n");
        held(&paper);
    }
}

#[test]
fn object_streams_that_inflate_without_end() {
    let mut paper = Paper::new();
    paper.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[]>>");
    for number in 50..80 {
        let inside = format!("{number} 0 [{}]", "[0] ".repeat(1_500_000));
        let entries = "/Type/ObjStm/N 1/First 5/Filter/FlateDecode";
        paper.stream(number - 40, entries, &deflated(inside.as_bytes()));
    }
    let rows: Vec<u8> = (0..30_u8).flat_map(|index| [2, index + 10, 0]).collect();
    let at = paper.position();
    let entries = "/Type/XRef/W[1 1 1]/Index[50 30]/Size 100";
    paper.stream(9, entries, &rows).end(&format!("/XRefStm {at}"));
    held(&paper);
}

#[test]
fn sections_that_share_a_stream_without_end() {
    let mut paper = Paper::new();
    let packed = deflated(&vec![0; 6 << 20]);
    paper.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[]>>");
    let at = paper.position();
    paper.stream(9, "/Type/XRef/W[1 1 1]/Index[0 0]/Size 100/Filter/FlateDecode", &packed);
    for _ in 0..900 {
        paper.end(&format!("/XRefStm {at}"));
    }
    held(&paper);
    assert!(read(&paper).unwrap().is_repaired(), "so many sections are not believed");
}

#[test]
fn a_table_of_more_objects_than_bytes() {
    let mut paper = Paper::new();
    paper.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[]>>");
    let at = paper.position();
    let packed = deflated(&vec![1; 3 << 20]);
    paper.stream(9, "/Type/XRef/W[0 1 0]/Index[10 3000000]/Size 3000010/Filter/FlateDecode", &packed);
    paper.end(&format!("/XRefStm {at}"));
    held(&paper);
    assert_eq!(read(&paper).unwrap_err().code(), "pdf-too-large");
}

#[test]
fn circles() {
    let mut paper = Paper::new();
    paper.object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R/DSS 1 0 R>>");
    paper.object(2, "<</Type/Pages/Kids[2 0 R 3 0 R]/Parent 3 0 R>>").object(3, "<</Type/Page/Parent 3 0 R>>");
    paper.object(4, "<</Fields[5 0 R 5 0 R]>>").object(5, "<</T(a)/Kids[5 0 R 6 0 R]/Parent 5 0 R>>");
    paper.object(6, "<</T(b)/Kids[5 0 R]/Parent 5 0 R/V 7 0 R/FT/Sig>>").object(7, "7 0 R");
    paper.place(8).raw(b"8 0 obj <</Length 8 0 R>>stream\nabc\nendstream endobj\n");
    paper.place(9).raw(b"9 0 obj <</Length 10 0 R>>stream\nabc\nendstream endobj\n");
    paper.place(10).raw(b"10 0 obj <</Length 9 0 R>>stream\nabc\nendstream endobj\n");
    let at = paper.position();
    paper.end("");
    held(&paper);
    paper.end(&format!("/XRefStm {at}"));
    held(&paper);
}
