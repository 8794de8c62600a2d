//! The text of documents of every form, in whatever encoding, and of hostile ones; excerpts, pieces and the seal.

use super::package::tool;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use fumikura::records::{SearchWords, excerpt, normal_form, terms};
use fumikura::texts::{DocumentText, LONGEST_TEXT_BYTES, Sealer, SealingKey, pack, text_of, unpack};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};
use proptest::prelude::*;
use std::io::Write;
use std::process::Command;

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const ODT: &str = "application/vnd.oasis.opendocument.text";

fn text(bytes: &[u8], media_type: &str) -> String {
    text_of(bytes, media_type).unwrap_or_else(|| panic!("no text in {media_type}")).text
}

/// Tells whether words are found in a document.
fn says(bytes: &[u8], media_type: &str, words: &str) -> bool {
    SearchWords::of(words).stand_in([text(bytes, media_type).as_str()])
}

/// A ZIP whose parts are deflated, as office programs write theirs.
fn deflated(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut zip, mut index) = (Vec::new(), Vec::new());
    for (name, bytes) in parts {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        let packed = encoder.finish().unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let mut head = [20_u16, 0x800, 8, 0, 0].map(u16::to_le_bytes).concat();
        head.extend([crc.sum(), packed.len() as u32, bytes.len() as u32].map(u32::to_le_bytes).concat());
        head.extend([name.len() as u16, 0].map(u16::to_le_bytes).concat());
        let offset = zip.len() as u32;
        zip.extend(b"PK\x03\x04");
        zip.extend(&head);
        zip.extend(name.as_bytes());
        zip.extend(&packed);
        index.extend(b"PK\x01\x02\x14\x00");
        index.extend(&head);
        index.extend([0_u16; 3].map(u16::to_le_bytes).concat());
        index.extend([0_u32, offset].map(u32::to_le_bytes).concat());
        index.extend(name.as_bytes());
    }
    let (start, count) = (zip.len() as u32, parts.len() as u16);
    zip.extend(&index);
    zip.extend(b"PK\x05\x06");
    zip.extend([0, 0, count, count].map(u16::to_le_bytes).concat());
    zip.extend([index.len() as u32, start].map(u32::to_le_bytes).concat());
    zip.extend(0_u16.to_le_bytes());
    zip
}

/// A PDF of one page whose contents are said to be compressed by some filters.
fn page_of(filters: &str, contents: &[u8]) -> Vec<u8> {
    let mut pdf = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    let objects: [Vec<u8>; 4] = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
            .to_vec(),
        [format!("<<{filters}/Length {}>>stream\n", contents.len()).as_bytes(), contents, b"\nendstream"].concat(),
    ];
    for (number, object) in objects.iter().enumerate() {
        places.push(pdf.len());
        pdf.extend(format!("{} 0 obj\n", number + 1).bytes());
        pdf.extend(object);
        pdf.extend(b"\nendobj\n");
    }
    let start = pdf.len();
    pdf.extend(b"xref\n0 5\n0000000000 65535 f \n");
    places.iter().for_each(|place| pdf.extend(format!("{place:010} 00000 n \n").bytes()));
    pdf.extend(format!("trailer<</Size 5/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes());
    pdf
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_page_that_grows_beyond_all_measure_has_no_text() {
    let shown = b"BT /F 12 Tf 20 100 Td (seventeen syllables) Tj ET\n".to_vec();
    assert!(says(&page_of("/Filter/FlateDecode", &zlib(&shown)), "application/pdf", "seventeen"));
    let long = [shown.clone(), vec![b' '; 300 << 20]].concat();
    let (once, twice) = (zlib(&long), zlib(&zlib(&long)));
    for (filters, contents) in [
        ("/Filter/FlateDecode", &once),
        ("/Filter[/FlateDecode/FlateDecode]", &twice),
        ("/Filter[/Fl/Fl]", &twice),
        // What is called a picture may be a page's contents as well.
        ("/Subtype/Image/Width 1/Height 1/Filter/FlateDecode", &once),
    ] {
        assert_eq!(text_of(&page_of(filters, contents), "application/pdf"), None, "{filters}");
    }
}

#[test]
fn plain_text_is_read_in_every_encoding_that_japanese_files_have() {
    let said = "公共下水道の使用料について\r\n﨑山　花子 様\r\n";
    let common = "公共下水道の使用料について\r\n見本　花子 様\r\nｶﾅ\r\n";
    let mut utf16: Vec<u8> = vec![0xff, 0xfe];
    utf16.extend(said.encode_utf16().flat_map(u16::to_le_bytes));
    for bytes in [said.as_bytes().to_vec(), [b"\xef\xbb\xbf", said.as_bytes()].concat(), utf16] {
        assert!(says(&bytes, "text/plain; charset=x", "公共下水道 崎山花子"));
    }
    for encoding in [encoding_rs::SHIFT_JIS, encoding_rs::EUC_JP, encoding_rs::ISO_2022_JP] {
        let bytes = encoding.encode(common).0;
        assert!(says(&bytes, "text/csv", "下水道の使用料 見本花子"), "{}", encoding.name());
    }
    assert_eq!(text_of(b"\x00\x01\xff\xfe\x80\x81", "text/plain"), None, "no text in any of them");
    assert_eq!(text_of(b"  \r\n", "text/plain"), None);
    assert_eq!(text_of(said.as_bytes(), "application/octet-stream"), None);
    // A long text is cut, also one whose last character is cut in two by that.
    let long = "長い文章".repeat(LONGEST_TEXT_BYTES / 6);
    for bytes in [long.clone().into_bytes(), encoding_rs::SHIFT_JIS.encode(&long).0.into_owned()] {
        let found = text_of(&bytes, "text/plain").unwrap();
        assert!(found.is_cut && found.text.len() <= LONGEST_TEXT_BYTES && found.text.len() + 3 > LONGEST_TEXT_BYTES);
    }
    let found = text_of(&"あ".repeat(30 << 20).into_bytes(), "text/plain").unwrap();
    assert!(found.is_cut && found.text.chars().all(|c| c == 'あ'));
}

#[test]
fn pages_and_mail_say_what_people_read() {
    let page = "<html><head><meta charset=\"Shift_JIS\"><style>.隠 { }</style><script>var 隠し = '秘密';</script></head>\
        <body><h1>道路&#x5360;用</h1><p>許可&amp;条件</p><!-- 覚え --></body></html>";
    let bytes = encoding_rs::SHIFT_JIS.encode(page).0;
    assert!(says(&bytes, "text/html", "道路占用 許可&条件"));
    assert!(!says(&bytes, "text/html", "秘密") && !says(&bytes, "text/html", "覚え"));
    let subject = "=?ISO-2022-JP?B?GyRCMjw/ZUY7JE43bxsoQg==?=";
    let mut mail = format!(
        "From: a@example.jp\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/plain; charset=ISO-2022-JP\r\n\r\n"
    )
    .into_bytes();
    mail.extend(encoding_rs::ISO_2022_JP.encode("漏水の調査をお願いします。").0.iter());
    mail.extend(
        "\r\n--b\r\nContent-Type: application/pdf; name=\"=?UTF-8?B?5bmz6Z2i5ZuzLnBkZg==?=\"\r\n\
        Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n"
            .as_bytes(),
    );
    for words in ["下水道の件", "漏水の調査", "平面図.pdf"] {
        assert!(says(&mail, "message/rfc822", words), "{words}: {}", text(&mail, "message/rfc822"));
    }
}

#[test]
fn office_documents_say_their_text_and_nothing_that_was_deleted() {
    let document = "<?xml version=\"1.0\"?><w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>公共下</w:t></w:r><w:r>\
        <w:t>水道&#x306E;&lt;工事&gt;</w:t></w:r></w:p><w:p><w:del><w:r><w:delText>削られた文</w:delText></w:r></w:del>\
        <w:r><w:instrText>PAGE</w:instrText><w:t>次の段落</w:t></w:r><w:ruby><w:rt><w:r><w:t>よみ</w:t></w:r></w:rt>\
        </w:ruby></w:p></w:body></w:document>";
    let docx = deflated(&[
        ("word/header1.xml", "<w:hdr xmlns:w=\"w\"><w:p><w:r><w:t>頭書き</w:t></w:r></w:p></w:hdr>".as_bytes()),
        ("word/document.xml", document.as_bytes()),
        ("word/media/image1.png", b"<w:t>not a part</w:t>"),
    ]);
    assert_eq!(text(&docx, DOCX), "公共下水道の<工事>\n次の段落\n頭書き\n");
    let strings =
        "<sst><si><t>水道局</t><rPh sb=\"0\" eb=\"3\"><t>スイドウキョク</t></rPh></si><si><t>検針</t></si></sst>";
    let sheet = "<worksheet><sheetData><row><c t=\"s\"><v>0</v></c><c><v>4242</v></c><c t=\"inlineStr\"><is><t>直書き</t>\
        </is></c></row></sheetData></worksheet>";
    let xlsx = deflated(&[
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("xl/sharedStrings.xml", strings.as_bytes()),
        ("xl/workbook.xml", "<workbook><sheets><sheet name=\"台帳\" sheetId=\"1\"/></sheets></workbook>".as_bytes()),
    ]);
    assert_eq!(text(&xlsx, XLSX), "台帳\n水道局\n検針\n4242\n直書き\n");
    let slide = |said: &str| format!("<p:sld xmlns:a=\"a\"><a:p><a:r><a:t>{said}</a:t></a:r><a:br/></a:p></p:sld>");
    let pptx = deflated(&[
        ("ppt/slides/slide10.xml", slide("十枚目").as_bytes()),
        ("ppt/slides/slide9.xml", slide("九枚目").as_bytes()),
        ("ppt/notesSlides/notesSlide9.xml", slide("話すこと").as_bytes()),
    ]);
    assert_eq!(text(&pptx, PPTX), "九枚目 \n十枚目 \n話すこと \n");
    let content = "<office:document-content xmlns:text=\"t\"><text:tracked-changes><text:p>消した</text:p>\
        </text:tracked-changes><text:h>見出し</text:h><text:p>本<text:span>文</text:span>と<text:ruby><text:ruby-base>廣\
        </text:ruby-base><text:ruby-text>ひろ</text:ruby-text></text:ruby>島<text:s/>です</text:p></office:document-content>";
    let odt = deflated(&[("content.xml", content.as_bytes()), ("meta.xml", b"<m/>")]);
    assert_eq!(text(&odt, ODT), "見出し\n本文と廣島 です\n");
    assert!(says(&odt, "application/vnd.oasis.opendocument.text-template", "広島です"));
}

#[test]
fn hostile_office_documents_have_no_text_and_cost_little() {
    // 200 MB of one character, in 200 KB.
    let body = format!("<w:t>{}</w:t>", " ".repeat(200 << 20));
    let bomb = deflated(&[("word/document.xml", body.as_bytes())]);
    assert!(bomb.len() < 1 << 20);
    let found = text_of(&bomb, DOCX);
    assert!(found.is_none_or(|found| found.is_cut), "it is refused, or cut");
    let silent = format!("<w:x>{}</w:x>", "<w:y/>".repeat(30 << 20));
    assert_eq!(text_of(&deflated(&[("word/document.xml", silent.as_bytes())]), DOCX), None);
    let deep = format!("{}<w:t>x</w:t>", "<w:a>".repeat(100_000));
    assert_eq!(text_of(&deflated(&[("word/document.xml", deep.as_bytes())]), DOCX), None);
    let entities = "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><w:t>&b;</w:t>";
    assert_eq!(text_of(&deflated(&[("word/document.xml", entities.as_bytes())]), DOCX), None);
    for bytes in [&b"PK\x03\x04"[..], b"", b"not a zip at all"] {
        assert_eq!(text_of(bytes, DOCX), None);
    }
    let good = deflated(&[("word/document.xml", "<w:t>公共下水道</w:t>".as_bytes())]);
    for cut in 0..good.len() {
        let _ = text_of(&good[..cut], DOCX);
        let mut changed = good.clone();
        changed[cut] ^= 0x55;
        let _ = text_of(&changed, DOCX);
    }
}

/// A PDF of one page whose text is shown in a font that is not embedded, by a predefined CMap.
fn with_cmap(encoding: &str, lines: &[Vec<u8>]) -> Vec<u8> {
    let mut document = Document::with_version("1.7");
    let info = dictionary! {
        "Registry" => Object::string_literal("Adobe"), "Ordering" => Object::string_literal("Japan1"), "Supplement" => 6,
    };
    let descriptor = document.add_object(dictionary! {
        "Type" => "FontDescriptor", "FontName" => "Ryumin-Light", "Flags" => 4, "ItalicAngle" => 0, "Ascent" => 880,
        "FontBBox" => vec![0.into(), (-120).into(), 1000.into(), 880.into()], "Descent" => -120, "CapHeight" => 700, "StemV" => 80,
    });
    let descendant = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "CIDFontType0", "BaseFont" => "Ryumin-Light", "CIDSystemInfo" => info,
        "FontDescriptor" => descriptor, "DW" => 1000,
    });
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type0", "BaseFont" => format!("Ryumin-Light-{encoding}"), "Encoding" => encoding,
        "DescendantFonts" => vec![descendant.into()],
    });
    let mut content = String::from("BT /F1 12 Tf 14 TL 72 720 Td\n");
    for line in lines {
        let hex: String = line.iter().map(|byte| format!("{byte:02x}")).collect();
        content.push_str(&format!("<{hex}> Tj T*\n"));
    }
    content.push_str("ET");
    page(document, dictionary! { "Font" => dictionary! { "F1" => font } }, content.into_bytes())
}

fn page(mut document: Document, resources: Dictionary, content: Vec<u8>) -> Vec<u8> {
    let pages = document.new_object_id();
    let content = document.add_object(Stream::new(Dictionary::new(), content));
    let leaf = document.add_object(dictionary! {
        "Type" => "Page", "Parent" => pages, "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
        "Contents" => content, "Resources" => resources,
    });
    document.objects.insert(pages, dictionary! { "Type" => "Pages", "Kids" => vec![leaf.into()], "Count" => 1 }.into());
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// Returns what poppler reads in a PDF.
fn poppler(pdf: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pdf");
    std::fs::write(&path, pdf).unwrap();
    let output = tool(Command::new("pdftotext").arg("-raw").arg(&path).arg("-"))?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn pdfs_with_the_predefined_maps_of_japanese_are_read() {
    let lines = ["公共下水道の使用料", "見本花子様 ｶﾅ"];
    let utf16 = |line: &str| line.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    let in_encoding = |encoding: &'static encoding_rs::Encoding, line: &str| encoding.encode(line).0.into_owned();
    let jis = |line: &str| {
        let wide: String = line.replace(' ', "　").chars().filter(|c| !matches!(c, 'ｶ' | 'ﾅ')).collect();
        encoding_rs::EUC_JP.encode(&wide).0.iter().map(|byte| byte & 0x7f).collect::<Vec<u8>>()
    };
    let mut checked = 0;
    for (encoding, bytes) in [
        ("UniJIS-UTF16-H", lines.map(utf16)),
        ("UniJIS-UTF16-V", lines.map(utf16)),
        ("UniJIS-UCS2-H", lines.map(utf16)),
        ("90ms-RKSJ-H", lines.map(|line| in_encoding(encoding_rs::SHIFT_JIS, line))),
        ("90ms-RKSJ-V", lines.map(|line| in_encoding(encoding_rs::SHIFT_JIS, line))),
        ("90msp-RKSJ-H", lines.map(|line| in_encoding(encoding_rs::SHIFT_JIS, line))),
        ("EUC-H", lines.map(|line| in_encoding(encoding_rs::EUC_JP, line))),
        ("H", lines.map(jis)),
        ("V", lines.map(jis)),
    ] {
        let pdf = with_cmap(encoding, &bytes);
        let found = text(&pdf, "application/pdf");
        for words in ["公共下水道の使用料", "見本花子様"] {
            assert!(SearchWords::of(words).stand_in([found.as_str()]), "{encoding}: {found:?}");
        }
        let Some(theirs) = poppler(&pdf) else { continue };
        // Of half-width kana poppler's tables of some of these maps know others.
        let kept = |text: &str| normal_form(text).replace("かな", "");
        if !encoding.ends_with('V') {
            assert_eq!(kept(&found), kept(&theirs), "{encoding}");
            checked += 1;
        }
    }
    eprintln!("compared with poppler: {checked}");
}

#[test]
fn pdfs_that_others_wrote_say_what_poppler_reads_in_them() {
    let mut lacking = Vec::new();
    let folder = format!("{}/tests/data/pdf", env!("CARGO_MANIFEST_DIR"));
    let (mut all, mut ours_in_theirs) = (0, 0);
    for path in std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
        if path.extension().is_none_or(|ending| ending != "pdf") {
            continue;
        }
        let pdf = std::fs::read(&path).unwrap();
        let Some(theirs) = poppler(&pdf) else { return };
        let found = text_of(&pdf, "application/pdf").map(|found| found.text).unwrap_or_default();
        let (ours, theirs) = (terms([normal_form(&found).as_str()]), terms([normal_form(&theirs).as_str()]));
        let met = theirs.iter().filter(|term| ours.binary_search(term).is_ok()).count();
        (all, ours_in_theirs) = (all + theirs.len(), ours_in_theirs + met);
        if met * 100 < theirs.len() * 90 {
            lacking.push(format!("{}: {met} of {}", path.display(), theirs.len()));
        }
    }
    eprintln!("pieces that poppler reads: {all}, of these ours: {ours_in_theirs}");
    assert!(lacking.is_empty(), "{lacking:?}");
    assert!(all > 500);
}

#[test]
fn changed_pdfs_are_read_or_not_and_soon() {
    let folder = format!("{}/tests/data/pdf", env!("CARGO_MANIFEST_DIR"));
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let seeds = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let mut seeds: Vec<_> = seeds.filter(|path| path.extension().is_some_and(|ending| ending == "pdf")).collect();
    seeds.sort();
    let (mut with_text, begun) = (0, std::time::Instant::now());
    for path in &seeds {
        let seed = std::fs::read(path).unwrap();
        if seed.len() > 60_000 {
            continue;
        }
        for round in 0..40 {
            let mut changed = seed.clone();
            for _ in 0..=round {
                let at = next(changed.len());
                changed[at] = match next(3) {
                    0 => b'0' + next(10) as u8,
                    1 => next(256) as u8,
                    _ => changed[next(changed.len())],
                };
            }
            if round % 10 == 9 {
                changed.truncate(next(seed.len()));
            }
            let each = std::time::Instant::now();
            with_text += usize::from(text_of(&changed, "application/pdf").is_some());
            assert!(each.elapsed().as_secs() < 20, "{} {round}", path.display());
        }
    }
    assert!(with_text > 100, "{with_text}");
    eprintln!("{with_text} with a text, in {:?}", begun.elapsed());
}

#[test]
fn pdfs_that_draw_without_end_are_left_soon() {
    // Forms within forms, each drawn ten times: ten to the ninth strokes.
    let mut document = Document::with_version("1.7");
    let mut inner = document.add_object(Stream::new(
        dictionary! { "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 9.into(), 9.into()] },
        b"0 0 m 9 9 l S".to_vec(),
    ));
    for _ in 0..8 {
        inner = document.add_object(Stream::new(
            dictionary! {
                "Type" => "XObject", "Subtype" => "Form", "BBox" => vec![0.into(), 0.into(), 9.into(), 9.into()],
                "Resources" => dictionary! { "XObject" => dictionary! { "X" => inner } },
            },
            b"/X Do ".repeat(10),
        ));
    }
    let pdf = page(document, dictionary! { "XObject" => dictionary! { "X" => inner } }, b"/X Do ".repeat(10));
    let begun = std::time::Instant::now();
    let _ = text_of(&pdf, "application/pdf");
    assert!(begun.elapsed().as_secs() < 25, "{:?}", begun.elapsed());
}

#[test]
fn an_excerpt_is_written_as_the_text_is() {
    let said = "第１条　この要綱は、公共下\n水道の使用料の減免について、\u{3000}必要な事項を定める。﨑山ｶﾞｲﾄﾞ";
    for (words, hit) in [
        ("下水道", "下 水道"),
        ("崎山", "﨑山"),
        ("がいど", "ｶﾞｲﾄﾞ"),
        ("第1条", "第１条"),
        ("龘 減免", "減免"),
        ("事項を定める。崎山", "事項を定める。﨑山"),
    ] {
        let found = excerpt(said, &SearchWords::of(words)).unwrap_or_else(|| panic!("{words}"));
        assert_eq!(found.hit, hit);
        assert!(found.before.chars().count() <= 24 && found.after.chars().count() <= 48);
    }
    assert_eq!(excerpt(said, &SearchWords::of("龘")), None);
    assert_eq!(excerpt("", &SearchWords::of("龘")), None);
    let long = format!("{}公共下水道{}", "前".repeat(1_000), "後".repeat(1_000));
    let found = excerpt(&long, &SearchWords::of("下水")).unwrap();
    assert_eq!((found.before, found.hit), (format!("{}公共", "前".repeat(22)), "下水".to_owned()));
}

#[test]
fn a_sealed_text_opens_under_its_key_for_its_place_alone() {
    let (key, other) = (SealingKey::new([1; 32]), SealingKey::new([2; 32]));
    let sealer = Sealer::new(&key).unwrap();
    let packed = pack(&"公共下水道".repeat(1_000)).unwrap();
    let sealed = sealer.seal(b"here", &packed).unwrap();
    assert_eq!(sealer.open(b"here", &sealed).unwrap(), packed);
    assert!(sealer.open(b"there", &sealed).is_err());
    assert!(Sealer::new(&other).unwrap().open(b"here", &sealed).is_err());
    for at in [0, 11, 12, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(sealer.open(b"here", &changed).is_err());
        assert!(sealer.open(b"here", &sealed[..at]).is_err());
    }
    assert_eq!(sealed, sealer.seal(b"here", &packed).unwrap());
    assert_ne!(sealed[..12], sealer.seal(b"here", b"another").unwrap()[..12], "a nonce is of its bytes");
    assert_eq!(unpack(&packed, 15_000).unwrap().len(), 15_000);
    assert!(unpack(&packed, 14_999).is_err() && unpack(b"\xff\xff", 9).is_err());
    assert!(!format!("{key:?}").contains('1'));
}

#[test]
fn a_mark_behind_what_vanishes_belongs_to_the_character_before_wherever_that_stands() {
    for before in 0..80 {
        let text = format!("{}ｶ\u{7f}\u{ff9e}", "下".repeat(before));
        let word: String = normal_form(&text).chars().skip(before.saturating_sub(1)).collect();
        assert!(word.ends_with('が') && excerpt(&text, &SearchWords::of(&word)).is_some(), "after {before}");
    }
}

proptest! {
    #[test]
    fn what_stands_in_a_text_has_its_pieces(text in "[下水道国國ドか1a -Ａ𠮷﨑ｶﾞ]{0,40}", at in 0_usize..40, length in 1_usize..12) {
        let normal = normal_form(&text);
        let has = terms([normal.as_str()]);
        let word: String = normal.chars().skip(at).take(length).collect();
        for sought in SearchWords::of(&word).sought() {
            let (first, last) = sought.range();
            prop_assert!(has.iter().any(|term| (first..=last).contains(term)), "{word} in {text}: {sought:?}");
        }
        if !word.is_empty() {
            prop_assert!(excerpt(&text, &SearchWords::of(&word)).is_some(), "{word} in {text}");
        }
    }

    #[test]
    fn whatever_the_bytes_nothing_breaks(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for media_type in ["text/plain", "text/html", "message/rfc822", DOCX, XLSX, PPTX, ODT] {
            if let Some(DocumentText { text, is_cut }) = text_of(&bytes, media_type) {
                prop_assert!(!text.trim().is_empty() && !is_cut);
            }
        }
    }
}
