//! Plain PDF whose text names a standard Japanese font by its character collection (ISO 32000-2, 9.7.5.2, Adobe-Japan1).

use super::layout::{LaidPage, Layout, PAGE};
use super::{RenderError, Sheet};
use crate::pdf::{Dictionary, Object, ObjectId, Stream, StringFormat};
use lopdf::Document;
use std::fmt::Write;

/// The mincho that readers have known since PDF 1.2; they put their own where they lack it.
const FONT: &str = "HeiseiMin-W3";

/// Writes the pages.
pub(super) fn write(sheet: &Sheet, layout: &Layout) -> Result<Vec<u8>, RenderError> {
    let mut document = Document::with_version("1.7");
    let font = font(&mut document);
    let tree = document.new_object_id();
    let kids: Vec<Object> =
        layout.pages.iter().map(|laid| Object::Reference(page(&mut document, laid, tree, font))).collect();
    let mut pages = Dictionary::new();
    pages.set("Type", "Pages");
    pages.set("Count", i64::try_from(kids.len()).unwrap_or(i64::MAX));
    pages.set("Kids", kids);
    document.set_object(tree, pages);
    let mut catalog = Dictionary::new();
    catalog.set("Type", "Catalog");
    catalog.set("Pages", Object::Reference(tree));
    catalog.set("Lang", Object::String(b"ja".to_vec(), StringFormat::Literal));
    let catalog = document.add_object(catalog);
    document.trailer.set("Root", Object::Reference(catalog));
    let info = document.add_object(information(sheet));
    document.trailer.set("Info", Object::Reference(info));
    let identifier =
        crate::digest::DigestAlgorithm::Sha256.digest(format!("{sheet:?}").as_bytes()).bytes[..16].to_vec();
    let identifier = Object::String(identifier, StringFormat::Hexadecimal);
    document.trailer.set("ID", vec![identifier.clone(), identifier]);
    let mut out = Vec::new();
    document.save_to(&mut out).map_err(|error| RenderError::Writer(error.to_string()))?;
    Ok(out)
}

fn font(document: &mut Document) -> ObjectId {
    let text = |text: &str| Object::String(text.as_bytes().to_vec(), StringFormat::Literal);
    let mut descriptor = Dictionary::new();
    descriptor.set("Type", "FontDescriptor");
    descriptor.set("FontName", FONT);
    descriptor.set("Flags", 6);
    descriptor.set("FontBBox", vec![(-123).into(), (-257).into(), 1001.into(), 910.into()]);
    descriptor.set("ItalicAngle", 0);
    descriptor.set("Ascent", 857);
    descriptor.set("Descent", -143);
    descriptor.set("CapHeight", 709);
    descriptor.set("StemV", 69);
    let descriptor = document.add_object(descriptor);
    let mut collection = Dictionary::new();
    collection.set("Registry", text("Adobe"));
    collection.set("Ordering", text("Japan1"));
    collection.set("Supplement", 2);
    let mut descendant = Dictionary::new();
    descendant.set("Type", "Font");
    descendant.set("Subtype", "CIDFontType0");
    descendant.set("BaseFont", FONT);
    descendant.set("CIDSystemInfo", collection);
    descendant.set("FontDescriptor", Object::Reference(descriptor));
    descendant.set("DW", 1000);
    // The half-width characters of Adobe-Japan1.
    descendant.set("W", vec![231.into(), 632.into(), 500.into()]);
    let descendant = document.add_object(descendant);
    let unicode = document.add_object(Stream::new(Dictionary::new(), to_unicode().into_bytes()));
    let mut font = Dictionary::new();
    font.set("Type", "Font");
    font.set("Subtype", "Type0");
    font.set("BaseFont", Object::Name(format!("{FONT}-UniJIS-UCS2-HW-H").into_bytes()));
    font.set("Encoding", Object::Name(b"UniJIS-UCS2-HW-H".to_vec()));
    font.set("DescendantFonts", vec![Object::Reference(descendant)]);
    font.set("ToUnicode", Object::Reference(unicode));
    document.add_object(font)
}

/// The codes of the encoding are Unicode already, and the map back says so (ISO 32000-2, 9.10.3).
fn to_unicode() -> String {
    let mut map = String::from(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n\
         /CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n\
         /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n\
         1 begincodespacerange <0000> <ffff> endcodespacerange\n",
    );
    // A range stays within one high byte, and a block has at most 100 ranges.
    let rows: Vec<u8> = (0..=255).collect();
    for block in rows.chunks(64) {
        let _ = writeln!(map, "{} beginbfrange", block.len());
        for high in block {
            let _ = writeln!(map, "<{high:02x}00> <{high:02x}ff> <{high:02x}00>");
        }
        map.push_str("endbfrange\n");
    }
    map.push_str("endcmap CMapName currentdict /CMap defineresource pop end end\n");
    map
}

fn page(document: &mut Document, laid: &LaidPage, tree: ObjectId, font: ObjectId) -> ObjectId {
    let mut stream = Stream::new(Dictionary::new(), content(laid).into_bytes());
    // Compression only saves room; without it the stream is as right.
    let _ = stream.compress();
    let content = document.add_object(stream);
    let mut fonts = Dictionary::new();
    fonts.set("F", Object::Reference(font));
    let mut resources = Dictionary::new();
    resources.set("Font", fonts);
    let mut page = Dictionary::new();
    page.set("Type", "Page");
    page.set("Parent", Object::Reference(tree));
    page.set("MediaBox", vec![0.into(), 0.into(), Object::Real(PAGE[0]), Object::Real(PAGE[1])]);
    page.set("Resources", resources);
    page.set("Contents", Object::Reference(content));
    document.add_object(page)
}

/// Writes a page's content. Writing to a string cannot fail.
fn content(laid: &LaidPage) -> String {
    let mut content = String::from("0.5 w\n");
    for rule in &laid.rules {
        let (from, to) = (rule.from, rule.to);
        let (y1, y2) = (PAGE[1] - from[1], PAGE[1] - to[1]);
        let _ = writeln!(content, "{:.2} {y1:.2} m {:.2} {y2:.2} l S", from[0], to[0]);
    }
    for [left, top, width, height] in &laid.blacks {
        let bottom = PAGE[1] - top - height;
        let _ = writeln!(content, "{left:.3} {bottom:.3} {width:.3} {height:.3} re f");
    }
    for run in &laid.runs {
        let y = PAGE[1] - run.y;
        let _ = writeln!(content, "BT /F {:.2} Tf {:.2} {y:.2} Td [{}] TJ ET", run.size, run.x, shown(&run.text));
    }
    content
}

/// Writes the operand that shows a text. Spaces are steps: substitutes for the font have been seen to lack the
/// half-width space, and to show a box in its place.
fn shown(text: &str) -> String {
    let mut operand = String::new();
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            operand.push_str(" -500 ");
        }
        if !word.is_empty() {
            operand.push('<');
            operand.extend(word.encode_utf16().map(|unit| format!("{unit:04x}")));
            operand.push('>');
        }
    }
    operand
}

fn information(sheet: &Sheet) -> Dictionary {
    let at = sheet.written_at.to_zoned(jiff::tz::offset(9).to_time_zone());
    let mut information = Dictionary::new();
    information.set("Title", lopdf::text_string(&sheet.title));
    information.set("Author", lopdf::text_string(&sheet.author));
    information.set("Producer", lopdf::text_string("Fumikura"));
    information.set("CreationDate", lopdf::text_string(&at.strftime("D:%Y%m%d%H%M%S+09'00'").to_string()));
    information
}
