//! Signed files and what is appended to them, built to cost the square of their size.

use super::paper::Paper;
use super::shared::{bundle, seeds, subjects};
use fumikura::pades::Level;
use fumikura::pdf::Limits;
use fumikura::pki::TrustAnchors;
use fumikura::policy::ValidationPolicy;
use fumikura::validate::{Changes, Report, ValidateError, ValidationContext, validate};

/// A signed file: objects 1 (catalogue), 2 (pages), 3 (page), 4 and 5 are the writer's; the signature follows.
fn signed(objects: impl Fn(&mut Paper)) -> Vec<u8> {
    let mut paper = Paper::new();
    objects(&mut paper);
    paper.end("/ID[<00><00>]");
    seeds::signed(paper.bytes(), Level::BB, None)
}

fn report(file: &[u8]) -> Result<Report, ValidateError> {
    let (trust, policy) = (TrustAnchors::default(), ValidationPolicy::built_in());
    let context = ValidationContext {
        trust: &trust,
        tsa_trust: &trust,
        crls: &[],
        ocsps: &[],
        intermediates: &[],
        at: seeds::now(),
        policy: &policy,
        password: None,
        limits: Limits::default(),
    };
    validate(file, &context)
}

fn held(file: &[u8]) {
    let input = bundle::bundle(&[(bundle::TIME, vec![0x6a, 0x1c, 0xd8, 0x80]), (bundle::FILE, file.to_vec())]);
    super::hold(&input, subjects::validate);
}

fn references(from: u32, count: u32) -> String {
    (from..from + count).map(|number| format!("{number} 0 R ")).collect()
}

#[test]
fn a_page_of_a_hundred_thousand_annotations() {
    let page = |direct: &str, count| {
        let all = references(100, count);
        format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots[{direct}{all}]>>")
    };
    let file = signed(|paper| {
        paper.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        paper.object(3, &page("", 100_000));
    });
    let mut paper = Paper::after(&file);
    paper.object(3, &page(&"<</Subtype/Text/A 1>>".repeat(20_000), 99_999)).end("");
    held(paper.bytes());
}

#[test]
fn pages_that_share_annotations() {
    let pages = 3_000;
    let file = signed(|paper| {
        paper.object(1, "<</Type/Catalog/Pages 2 0 R>>");
        paper.object(2, &format!("<</Type/Pages/Kids[{}]/Count {pages}>>", references(10, pages)));
        paper.object(3, &format!("[{}]", references(100_000, 30_000)));
        (10..10 + pages).for_each(|number| {
            paper.object(number, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots 3 0 R>>");
        });
    });
    let mut paper = Paper::after(&file);
    paper.object(99_999, "<<>>").end("");
    held(paper.bytes());
    assert_eq!(report(paper.bytes()).unwrap().signatures[0].changes, Changes::Unclear);
}

#[test]
fn fields_that_share_kids() {
    let fields = 4_000;
    let file = signed(|paper| {
        paper
            .object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>")
            .object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        paper.object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>");
        paper.object(4, &format!("<</Fields[{}]>>", references(10, fields)));
        paper.object(5, &format!("[{}]", references(100_000, 30_000)));
        (10..10 + fields).for_each(|number| {
            paper.object(number, "<</T(a)/FT/Tx/Kids 5 0 R>>");
        });
    });
    held(&file);
    let mut paper = Paper::after(&file);
    paper.object(99_999, "<<>>").end("");
    held(paper.bytes());
}

#[test]
fn fields_of_a_long_name_are_filled_in() {
    let fields = 20_000;
    let file = signed(|paper| {
        paper
            .object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>")
            .object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        paper.object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>").object(4, "<</Fields[5 0 R]>>");
        paper.object(5, &format!("<</T({})/FT/Tx/Kids[{}]>>", "n".repeat(4_000), references(10, fields)));
        (10..10 + fields).for_each(|number| {
            paper.object(number, "<</T(a)/Parent 5 0 R>>");
        });
    });
    let mut paper = Paper::after(&file);
    (10..10 + fields).for_each(|number| {
        paper.object(number, "<</T(a)/Parent 5 0 R/V(x)>>");
    });
    paper.end("");
    held(paper.bytes());
    // What there is no room for is not passed over.
    assert_eq!(report(paper.bytes()).unwrap().signatures[0].changes, Changes::Unclear);
}

#[test]
fn a_dictionary_of_a_hundred_thousand_keys() {
    let mut paper = Paper::after(&seeds::signed(&seeds::plain(), Level::BB, None));
    let entries: String = (0..100_000).map(|number| format!("/{number} 0")).collect();
    paper.object(500, &format!("<<{entries}>>")).end("");
    held(paper.bytes());
}

#[test]
fn a_long_key_over_many_references() {
    let file = signed(|paper| {
        paper.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        let (key, many) = ("K".repeat(200_000), references(10, 20_000));
        paper.object(3, &format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/{key}[{many}]/Annots[4 0 R]>>"));
    });
    let mut paper = Paper::after(&file);
    paper.object(500, "<<>>").end("");
    held(paper.bytes());
}

#[test]
fn ten_thousand_signatures() {
    let mut paper = Paper::new();
    paper.object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>").object(2, "<</Type/Pages/Kids[]/Count 0>>");
    paper.object(4, &format!("<</Fields[{}]>>", references(10, 10_000)));
    (10..10_010).for_each(|number| {
        let value = "<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 1 2 3]/Contents<3003020101>>>";
        paper.object(number, &format!("<</T(a)/FT/Sig/V{value}>>"));
    });
    paper.end("");
    held(paper.bytes());
    assert!(report(paper.bytes()).is_err());
}

#[test]
fn signatures_that_share_a_long_value() {
    let mut paper = Paper::new();
    paper.object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>").object(2, "<</Type/Pages/Kids[]/Count 0>>");
    paper.object(4, &format!("<</Fields[{}8 0 R]>>", references(10, 250)));
    paper.object(8, &format!("<</T 6 0 R/Kids[{}]>>", references(1_000, 20_000)));
    let text = "x".repeat(400_000);
    paper.object(5, &format!("<</Contents<{}>/Reason({text})/Name 6 0 R/ByteRange 7 0 R>>", "30".repeat(200_000)));
    paper.object(6, &format!("({text})")).object(7, &format!("[{}]", "1 ".repeat(100_000)));
    (10..260).for_each(|number| {
        paper.object(number, "<</T(a)/FT/Sig/V 5 0 R>>");
    });
    paper.end("");
    held(paper.bytes());
}

#[test]
fn a_signed_string_repeated_beside_broken_ranges() {
    // Each broken range may make its reader search the whole file for the string.
    let once = seeds::signed(&seeds::plain(), Level::BB, None);
    let text = String::from_utf8_lossy(&once);
    let start = text.find("/Contents<").map(|at| at + 9).or_else(|| text.find("/Contents <").map(|at| at + 10));
    let start = start.expect("a signature");
    let string = &text[start..start + text[start..].find('>').expect("its end") + 1];
    let mut paper = Paper::new();
    paper.object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>").object(2, "<</Type/Pages/Kids[]/Count 0>>");
    paper.object(4, &format!("<</Fields[{}]>>", references(10, 60)));
    (10..70).for_each(|number| {
        let value = format!("<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 1 2 3]/Contents{string}>>");
        paper.object(number, &format!("<</T(a)/FT/Sig/V{value}>>"));
    });
    paper.end("");
    held(paper.bytes());
    // The same in many revisions, the last of which leads to none of them.
    for _ in 0..60 {
        paper.object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>").end("");
    }
    paper.object(1, "<</Type/Catalog/Pages 2 0 R>>").end("");
    held(paper.bytes());
}

#[test]
fn two_hundred_revisions_of_many_objects() {
    let file = signed(|paper| {
        paper.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        paper.object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>");
        for number in 10..20_000 {
            paper.object(number, "[]");
        }
    });
    let mut paper = Paper::after(&file);
    for turn in 0..200 {
        paper.object(30_000 + turn, "<<>>").end("");
    }
    held(paper.bytes());
    assert_eq!(report(paper.bytes()).unwrap().signatures[0].changes, Changes::Unclear);
}

#[test]
fn widgets_that_share_a_long_appearance() {
    let widgets = 10_000;
    let form = |fonts: &str| format!("<</Fields[{}]/DR<</Font<<{fonts}>>>>>>", references(10, widgets));
    let file = signed(|paper| {
        paper.object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>");
        paper.object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>").object(4, &form(""));
        let annotations = references(10, widgets);
        paper.object(3, &format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Annots[{annotations}]>>"));
        paper.object(5, &format!("({})", "/F 1 Tf ".repeat(50_000)));
        (10..10 + widgets).for_each(|number| {
            paper.object(number, "<</Subtype/Widget/T(a)/FT/Tx/Rect[0 0 1 1]/DA 5 0 R>>");
        });
    });
    let mut paper = Paper::after(&file);
    paper.object(4, &form("/G<<>>")).end("");
    held(paper.bytes());
}

#[test]
fn fields_over_many_others() {
    let many = 8_000;
    let annotations = |count| format!("[{}]", references(10, count));
    let page = |count| format!("<</Type/Page/Parent 2 0 R/MediaBox[0 0 900 900]/Annots{}>>", annotations(count));
    let file = signed(|paper| {
        paper.object(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>");
        paper.object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>").object(3, &page(many));
        paper.object(4, &format!("<</Fields{}>>", annotations(many)));
        (10..10 + many).for_each(|number| {
            paper.object(number, &format!("<</Subtype/Widget/T({number})/FT/Tx/Rect[0 0 1 1]>>"));
        });
    });
    let mut paper = Paper::after(&file);
    paper.object(3, &page(2 * many)).object(4, &format!("<</Fields{}>>", annotations(2 * many)));
    (10 + many..10 + 2 * many).for_each(|number| {
        let field = format!("<</Type/Annot/Subtype/Widget/T({number})/FT/Sig/Rect[5 5 6 6]>>");
        paper.object(number, &field);
    });
    paper.end("");
    held(paper.bytes());
}

#[test]
fn much_that_no_section_places() {
    let heads = "8 0 obj\n".repeat(40_000);
    let words = "obj ".repeat(100_000);
    let trailers = "trailer<</A(".repeat(40_000);
    let names = format!("<</Type/ObjStm{}", "/A/ObjStm".repeat(40_000));
    let objects: String = (0..30_000).map(|number| format!("{} 0 ", 1_000 + number)).collect();
    let container = format!(
        "<</Type/ObjStm/N 30000/First {}/Length {}>>stream\n{objects}null\nendstream",
        objects.len(),
        objects.len() + 4
    );
    for (what, bytes) in [("heads", heads), ("words", words), ("trailers", trailers), ("names", names)] {
        let mut paper = Paper::new();
        paper.object(1, "<</Type/Catalog/Pages 2 0 R>>").object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        paper.object(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>").object(4, &container);
        paper.raw(bytes.as_bytes()).end("/ID[<00><00>]");
        let file = seeds::signed(paper.bytes(), Level::BB, None);
        let mut paper = Paper::after(&file);
        paper.object(500, "<<>>").end("");
        println!("{what}");
        held(paper.bytes());
    }
}
