//! PDFs that the program writes: breaking, pages, fonts, and the missing glyph.

#![allow(clippy::disallowed_methods, reason = "the test command says what must be installed")]

use fumikura::office::notices::{ConfirmationNumber, PaperMark};
use fumikura::office::ports::{self, CoverLetter, Renderer};
use fumikura::pdf::{Limits, Pdf};
use fumikura::render::PdfWriter;
use fumikura::render::{
    Block, DecidedBy, DestroyedItem, DisposalCertificate, Fact, FontFile, Notice, RenderError, Sheet,
    disposal_certificate, notice, sheet,
};
use fumikura::time::Instant;
use std::process::Command;

const FONTS: &[&str] =
    &["/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf", "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"];

/// Returns a Japanese font of this machine; must be there where interoperability is demanded.
fn font() -> Option<Vec<u8>> {
    let found = FONTS.iter().find_map(|path| std::fs::read(path).ok());
    assert!(found.is_some() || std::env::var("FUMIKURA_INTEROP").as_deref() != Ok("1"), "no Japanese font installed");
    found
}

fn at() -> Instant {
    "2026-11-23T03:00:00Z".parse().unwrap()
}

fn sample_notice() -> Notice {
    let line = "あなたが令和8年11月2日付けで申請された道路の占用について、道路法(昭和27年法律第180号)第32条第1項の規定により、\
                次のとおり許可します。";
    Notice {
        number: "8見建道第123号".to_owned(),
        dated: "令和8年11月23日".to_owned(),
        addressee: "見本 太郎 様".to_owned(),
        office: "見本市長 試験 花子".to_owned(),
        title: "道路占用許可書".to_owned(),
        paragraphs: vec![line.to_owned()],
        facts: vec![Fact::new("占用の場所", "見本市中央一丁目1番1号地先"), Fact::new("占用の期間", "令和8年12月1日から令和13年3月31日まで")],
        reasons: Some("占用の物件、期間及び場所が、道路法第33条第1項の基準に適合するため。".to_owned()),
        appeal: Some(
            "この処分に不服があるときは、この処分があったことを知った日の翌日から起算して3か月以内に、見本市長に対して審査請求をすることができます。"
                .to_owned(),
        ),
        contact: Some("建設部道路課 電話 000-000-0000".to_owned()),
        written_at: at(),
    }
}

fn sample_certificate(items: usize) -> DisposalCertificate {
    let item = |number: usize| DestroyedItem {
        file: format!("{number:032x}"),
        class: "総務-文書-01".to_owned(),
        records: number % 7 + 1,
        expired_on: "2026-03-31".to_owned(),
        destroyed_at: "2026-11-23 12:00:00".to_owned(),
    };
    let decided = ["発議", "承認(第1)", "承認(第2)"].map(|part| DecidedBy {
        part: part.to_owned(),
        who: "文書管理者".to_owned(),
        when: "2026-11-01".to_owned(),
    });
    DisposalCertificate {
        number: "8見総廃第1号".to_owned(),
        dated: "令和8年11月23日".to_owned(),
        office: "見本市長".to_owned(),
        disposal: "0123456789abcdef0123456789abcdef".to_owned(),
        list_hash: "ab".repeat(32),
        rules: "見本市文書規則 第3版".to_owned(),
        decided: decided.to_vec(),
        method: "暗号鍵の破棄及び全ての複製の消去".to_owned(),
        carried_out: "2026-11-23 12:00 から 12:04 まで".to_owned(),
        ledger_hash: "cd".repeat(32),
        items: (0..items).map(item).collect(),
        written_at: at(),
    }
}

fn text_of(pdf: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.pdf");
    std::fs::write(&path, pdf).unwrap();
    if let Ok(keep) = std::env::var("FUMIKURA_KEEP") {
        std::fs::write(format!("{keep}/{}.pdf", fumikura::digest::Sha256Hex::of(pdf)), pdf).unwrap();
    }
    let check = Command::new("qpdf").arg("--check").arg(&path).output();
    if let Ok(check) = check {
        assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    }
    let output = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_notice_can_be_read_back() {
    let font = font();
    for font in [font.as_deref().map(|bytes| FontFile { bytes, face: 0 }), None] {
        let made = notice(&sample_notice(), font).unwrap();
        let pdf = Pdf::read(made.pdf.as_slice(), &Limits::default()).unwrap();
        assert_eq!((pdf.pages().unwrap().len(), made.pages, pdf.is_repaired()), (1, 1, false));
        assert_eq!(made.seal.map(|seal| seal.page), Some(1));
        let Some(text) = text_of(&made.pdf) else { continue };
        for words in ["8見建道第123号", "道路占用許可書", "見本市中央一丁目1番1号地先", "審査請求"]
        {
            assert!(text.replace([' ', '\n'], "").contains(words), "{words}: {text}");
        }
    }
}

#[test]
fn a_certificate_goes_over_pages_and_names_every_item() {
    let font = font();
    for font in [font.as_deref().map(|bytes| FontFile { bytes, face: 0 }), None] {
        let made = disposal_certificate(&sample_certificate(120), font).unwrap();
        assert!(made.pages > 2);
        let Some(text) = text_of(&made.pdf) else { continue };
        let text: String = text.split_whitespace().collect();
        assert!(text.contains("公文書廃棄証明書") && text.contains("120件"));
        assert_eq!(text.matches("2026-03-31").count(), 120);
    }
}

#[test]
fn what_has_a_font_is_pdf_a() {
    let Some(font) = font() else { return };
    let made = notice(&sample_notice(), Some(FontFile { bytes: &font, face: 0 })).unwrap();
    let pdf = Pdf::read(made.pdf.as_slice(), &Limits::default()).unwrap();
    let (_, catalog) = pdf.catalog().unwrap();
    let metadata = pdf.entry(catalog, b"Metadata").unwrap().as_stream().unwrap();
    let xmp = metadata.decompressed_content().unwrap_or_else(|_| metadata.content.clone());
    let xmp = String::from_utf8_lossy(&xmp).into_owned();
    assert!(xmp.contains("pdfaid") && xmp.contains('2') && xmp.contains('U'), "{xmp}");
}

#[test]
fn a_missing_glyph_is_named_with_its_place() {
    let text = "申請者 \u{1f3ef}".to_owned();
    let one =
        Sheet { title: "試験".into(), author: "見本市".into(), written_at: at(), blocks: vec![Block::Line(text)] };
    let font = font();
    for font in [font.as_deref().map(|bytes| FontFile { bytes, face: 0 }), None] {
        let error = sheet(&one, font).unwrap_err();
        let place = "block 1".to_owned();
        assert_eq!(error, RenderError::MissingGlyph { character: '\u{1f3ef}', place, position: 5 });
    }
}

#[test]
fn lines_do_not_begin_with_a_full_stop() {
    let text = "文".repeat(42) + "。" + &"書".repeat(41) + "「" + "あ」";
    for cut in 0..6 {
        let text = text.chars().skip(cut).collect::<String>();
        let blocks = vec![Block::Line(text)];
        let one = Sheet { title: "試験".into(), author: "見本市".into(), written_at: at(), blocks };
        let Some(text) = text_of(&sheet(&one, None).unwrap().pdf) else { return };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            assert!(!line.starts_with(['。', '」']) && !line.ends_with('「'), "{line}");
        }
    }
}

#[test]
fn odd_input_neither_hangs_nor_panics() {
    for text in ["", "\n\n", "。。。。。。。。", "「「「「「", &"。".repeat(5000), &"a".repeat(5000), &" ".repeat(500)]
    {
        let blocks = vec![Block::Paragraph(text.to_owned()), Block::Facts(vec![Fact::new(text, text)])];
        let one = Sheet { title: text.to_owned(), author: String::new(), written_at: at(), blocks };
        let _ = sheet(&one, None);
    }
    let blocks = vec![Block::Table { columns: vec![("一".into(), 1.0)], rows: vec![vec![]] }];
    let one = Sheet { title: "試験".into(), author: String::new(), written_at: at(), blocks };
    assert_eq!(sheet(&one, None).unwrap_err(), RenderError::Table { columns: 1, found: 0 });
}

#[test]
fn a_report_on_a_revoked_notice_says_so() {
    use fumikura::office::notices::Effect;
    use fumikura::office::ports::{Renderer, ReportPaper};
    use fumikura::render::PdfWriter;
    let writer = PdfWriter::new(font().map(Into::into));
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pdf/table-1.4.pdf")).unwrap();
    let report = crate::engine::validate::bench::report(&file);
    for (effect, words) in [
        (Some(Effect::Revoked { at: at() }), "2026年11月23日に取り消されました"),
        (Some(Effect::Replaced { at: at(), by: "8見総第2号".to_owned() }), "8見総第2号に差し替えられました"),
        (Some(Effect::InForce), "取り消されておらず"),
        (None, "台帳には見当たりません"),
    ] {
        let paper = ReportPaper { name: "通知.pdf".to_owned(), report: report.clone(), effect, sealed_by: None };
        let made = writer.validation_report(&paper).unwrap();
        let Some(text) = text_of(&made.pdf) else { continue };
        assert!(text.replace([' ', '\n'], "").contains(words), "{words}: {text}");
    }
}

fn letter(recipient: &str, lines: &[&str]) -> CoverLetter {
    CoverLetter {
        postcode: "123-4567".to_owned(),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        recipient: recipient.to_owned(),
        number: "8見総第12号".to_owned(),
        city: "見本市".to_owned(),
        section: "総務文書課".to_owned(),
        inquiry: Some("総務文書課 電話 000-000-0000".to_owned()),
        mark: None,
        was_electronic: true,
        dated: "2026-11-23".parse().unwrap(),
        written_at: at(),
    }
}

#[test]
fn a_letter_shows_by_what_the_effect_is_asked() {
    let Some(font) = font() else { return };
    let pen = PdfWriter::new(Some(font.into()));
    let confirmation = ConfirmationNumber::read("3f9a01bc77d2e410").unwrap();
    let address = "https://tsuchi.mihon.example.jp/verify/paper?n=8%E8%A6%8B%E7%AC%AC12%E5%8F%B7&c=3f9a01bc77d2e410";
    let mark = PaperMark { confirmation, address: Some(address.to_owned()) };
    let with = |mark| CoverLetter { mark, ..letter("見本 太郎", &["見本県見本市緑町1"]) };
    let pdf = pen.cover_letter(&with(Some(mark.clone()))).unwrap().pdf;
    let Some(said) = text_of(&pdf) else { return };
    assert!(said.contains("3F9A-01BC-77D2-E410") && said.contains("tsuchi.mihon.example.jp/verify/paper"), "{said}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("letter.pdf"), &pdf).unwrap();
    let page = folder.path().join("page");
    let words = ["-r", "150", "-gray", "-singlefile", "-png"];
    let drawn = Command::new("pdftoppm").args(words).arg(folder.path().join("letter.pdf")).arg(&page).status();
    assert!(drawn.unwrap().success());
    let Ok(seen) = Command::new("zbarimg").args(["-q", "--raw"]).arg(page.with_extension("png")).output() else {
        return;
    };
    assert_eq!(String::from_utf8(seen.stdout).unwrap().trim(), address);
    let plain = pen.cover_letter(&with(Some(PaperMark { address: None, ..mark }))).unwrap().pdf;
    let said = text_of(&plain).unwrap();
    assert!(said.contains("3F9A-01BC-77D2-E410") && !said.contains("verify/paper"), "{said}");
    assert!(!text_of(&pen.cover_letter(&with(None)).unwrap().pdf).unwrap().contains("確認番号"));
}

#[test]
fn a_letter_shows_its_address_in_the_window_and_nothing_else_there() {
    let Some(font) = font() else { return };
    let pen = PdfWriter::new(Some(font.into()));
    let long = ["見本県見本市緑町一丁目二十三番地四十五号", "見本第二ハイツ東館", "一二〇三号室"];
    let pdf = pen.cover_letter(&letter("株式会社見本建設", &long)).unwrap().pdf;
    assert_eq!(pen.cover_letter(&letter("株式会社見本建設", &long)).unwrap().pdf, pdf, "the same bytes again");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.pdf");
    std::fs::write(&path, &pdf).unwrap();
    // The window: 20 to 110 mm from the left, 12 to 57 mm from the top.
    let millimetres = |value: f64| format!("{:.0}", value * 72.0 / 25.4);
    let window: Vec<String> = [20.0, 12.0, 90.0, 45.0].map(millimetres).to_vec();
    let text = |part: &[String]| {
        let mut command = Command::new("pdftotext");
        command.args(["-layout", "-enc", "UTF-8"]);
        for (option, value) in ["-x", "-y", "-W", "-H"].iter().zip(part) {
            command.args([option, &value.as_str()]);
        }
        String::from_utf8(command.arg(&path).arg("-").output().unwrap().stdout).unwrap()
    };
    let seen: Vec<String> = text(&window)
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(seen, ["〒123-4567", long[0], long[1], long[2], "株式会社見本建設 御中"]);
    let whole = text(&[]);
    for said in ["通知書の送付について", "8見総第12号", "令和8年11月23日", "総務文書課 電話 000-000-0000"]
    {
        assert!(whole.contains(said), "{said}: {whole}");
    }
    let fonts = Command::new("pdffonts").arg(&path).output().unwrap().stdout;
    let fonts = String::from_utf8_lossy(&fonts).into_owned();
    let embedded: Vec<&str> = fonts.lines().skip(2).filter(|line| line.contains(" yes yes yes ")).collect();
    assert_eq!((embedded.len(), fonts.lines().count()), (1, 3), "{fonts}");

    let rare = pen.cover_letter(&letter("見本\u{2a6d6}\u{e0000}", &["見本県"])).unwrap_err();
    assert!(matches!(rare, ports::RenderError::MissingGlyph { ref place, .. } if place == "name"), "{rare:?}");
    let wide = "見本県見本市".repeat(6);
    let full = pen.cover_letter(&letter("見本 太郎", &[wide.as_str(), wide.as_str(), wide.as_str()])).unwrap_err();
    assert_eq!(full, ports::RenderError::DoesNotFit("the address".to_owned()));
    assert!(
        PdfWriter::default().cover_letter(&letter("見本 太郎", &["見本県"])).is_err(),
        "nothing without a font of its own"
    );
}
