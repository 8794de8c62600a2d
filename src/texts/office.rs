//! Office documents in XML: those of ECMA-376 (docx, xlsx, pptx) and of OpenDocument (odt, ods, odp). Both are ZIP files whose
//! parts are read as a stream, so that no tree is held and no entity grows.

use super::DocumentText;
use super::gather::Gather;
use flate2::read::DeflateDecoder;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Cursor, Read};
use zip::{CompressionMethod, ZipArchive};

/// A family of formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suite {
    /// ECMA-376.
    Ooxml,
    /// OpenDocument.
    Odf,
}

/// Files in a document.
const MOST_FILES: usize = 20_000;
/// Bytes of all parts together, inflated: what says more is a bomb, and is refused as a whole.
const INFLATED_BYTES: u64 = 128 << 20;
/// Elements within each other.
const DEEPEST: usize = 1000;

/// Returns what an office document says: headers and notes too, but nothing that was deleted, and no readings above
/// characters, as these would come between them.
pub(super) fn text(bytes: &[u8], suite: Suite) -> Option<DocumentText> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).ok()?;
    if archive.len() > MOST_FILES {
        return None;
    }
    let (mut gather, mut left) = (Gather::default(), INFLATED_BYTES);
    for index in parts(&mut archive, suite) {
        if gather.is_full() {
            break;
        }
        let file = archive.by_index_raw(index).ok()?;
        if file.encrypted() {
            return None;
        }
        let limited = Limited { left };
        left = match file.compression() {
            CompressionMethod::STORE => limited.part(file, suite, &mut gather)?,
            CompressionMethod::DEFLATE => limited.part(DeflateDecoder::new(file), suite, &mut gather)?,
            _ => return None,
        };
        gather.line();
    }
    Some(gather.finish())
}

/// Names the parts with text, in the order in which people read them.
fn parts<R: Read + std::io::Seek>(archive: &mut ZipArchive<R>, suite: Suite) -> Vec<usize> {
    let mut found = BTreeMap::new();
    for index in 0..archive.len() {
        let Ok(file) = archive.by_index_raw(index) else { continue };
        let Ok(name) = file.name() else { continue };
        if let Some(rank) = rank(&name, suite) {
            found.entry((rank, number_of(&name), name.into_owned())).or_insert(index);
        }
    }
    found.into_values().collect()
}

/// Returns which of the parts with text one is.
fn rank(name: &str, suite: Suite) -> Option<u8> {
    if suite == Suite::Odf {
        return match name {
            "content.xml" => Some(0),
            "styles.xml" => Some(1),
            _ => None,
        };
    }
    let (folder, file) = name.rsplit_once('/')?;
    let is = |head: &str| file.strip_prefix(head).is_some_and(|rest| rest.ends_with(".xml"));
    match folder {
        "word" if file == "document.xml" => Some(0),
        "word" if ["header", "footer", "footnotes", "endnotes", "comments"].into_iter().any(is) => Some(1),
        "xl" if file == "workbook.xml" => Some(0),
        "xl" if file == "sharedStrings.xml" => Some(1),
        "xl/worksheets" if is("sheet") => Some(2),
        "xl" | "xl/comments" if is("comments") => Some(3),
        "xl/drawings" if is("drawing") => Some(3),
        "ppt/slides" if is("slide") => Some(0),
        "ppt/notesSlides" if is("notesSlide") => Some(1),
        _ => None,
    }
}

/// Returns the number in a name, so that slide 10 comes after slide 9.
fn number_of(name: &str) -> u64 {
    name.chars().filter(char::is_ascii_digit).take(9).collect::<String>().parse().unwrap_or_default()
}

/// Reads a part with so many bytes left.
struct Limited {
    left: u64,
}

impl Limited {
    /// Gathers the text of a part and returns how many bytes are left; none where it has too many, or is no XML.
    fn part(self, bytes: impl Read, suite: Suite, gather: &mut Gather) -> Option<u64> {
        let mut bytes = BufReader::new(bytes.take(self.left));
        // What is encoded otherwise says so by its mark; in practice all of it is UTF-8.
        let is_utf16 = bytes.fill_buf().ok()?.get(..2).is_some_and(|mark| matches!(mark, [0xff, 0xfe] | [0xfe, 0xff]));
        if is_utf16 {
            let mut all = Vec::new();
            bytes.read_to_end(&mut all).ok()?;
            let text = encoding_rs::Encoding::for_bom(&all).map(|(encoding, _)| encoding.decode(&all).0)?;
            read_part(text.as_bytes(), suite, gather)?;
            return self.left.checked_sub(all.len() as u64).filter(|left| *left > 0);
        }
        read_part(&mut bytes, suite, gather)?;
        let left = bytes.into_inner().limit();
        // At the limit itself nobody knows what else there is.
        (left > 0 || gather.is_full()).then_some(left)
    }
}

fn read_part(bytes: impl BufRead, suite: Suite, gather: &mut Gather) -> Option<()> {
    let mut reader = Reader::from_reader(bytes);
    let (mut buffer, mut part) = (Vec::new(), Part { suite, depth: 0, silent: None, texts: 0, taken: false });
    while !gather.is_full() {
        buffer.clear();
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(start) => part.open(&start, gather)?,
            Event::Empty(start) => {
                part.open(&start, gather)?;
                part.close(start.local_name().as_ref(), gather);
            }
            Event::End(end) => part.close(end.local_name().as_ref(), gather),
            Event::Text(text) if part.speaks() => gather.text(&text.xml10_content()),
            Event::CData(text) if part.speaks() => gather.text(&text.xml10_content()),
            Event::GeneralRef(reference) if part.speaks() => match reference.resolve_char_ref().ok()? {
                Some(c) => gather.text(c.encode_utf8(&mut [0; 4])),
                None => gather.text(named(&reference)),
            },
            // A document type could declare entities that grow. None has one.
            Event::DocType(_) => return None,
            Event::Eof => break,
            _ => {}
        }
    }
    Some(())
}

/// Returns what one of the five entities of XML stands for.
fn named(name: &str) -> &'static str {
    match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => "",
    }
}

/// Where in a part the reader is.
struct Part {
    suite: Suite,
    depth: usize,
    /// The depth of an element of which nothing is heard.
    silent: Option<usize>,
    /// Elements around this place whose characters are text.
    texts: usize,
    /// Whether the value of the present cell stands elsewhere, as a shared string.
    taken: bool,
}

impl Part {
    fn speaks(&self) -> bool {
        self.texts > 0 && self.silent.is_none()
    }

    fn open(&mut self, start: &BytesStart, gather: &mut Gather) -> Option<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let local = start.local_name();
        let name: &str = local.as_ref();
        if self.silent.is_none() && self.is_silent(name) {
            self.silent = Some(self.depth);
        }
        if name == "c" && self.suite == Suite::Ooxml {
            // Cells say that their value is the number of a shared string by their type.
            self.taken = attribute(start, "t").as_deref() == Some("s");
        }
        if self.is_text(name) {
            self.texts += 1;
        }
        if self.silent.is_some() {
            return Some(());
        }
        match (self.suite, name) {
            (Suite::Ooxml, "tab" | "br" | "cr") => gather.blank(),
            (Suite::Ooxml, "sheet") => self.say(start, gather),
            (Suite::Odf, "table") => self.say(start, gather),
            (Suite::Odf, "s" | "tab" | "line-break") if self.texts > 0 => gather.blank(),
            _ => {}
        }
        Some(())
    }

    fn close(&mut self, name: &str, gather: &mut Gather) {
        if self.is_text(name) {
            self.texts = self.texts.saturating_sub(1);
        }
        if self.silent.is_some_and(|depth| depth >= self.depth) {
            self.silent = None;
        }
        self.depth = self.depth.saturating_sub(1);
        let ends = match self.suite {
            Suite::Ooxml => matches!(name, "p" | "si" | "c" | "row" | "comment"),
            Suite::Odf => matches!(name, "p" | "h"),
        };
        if ends && self.silent.is_none() {
            gather.line();
        }
    }

    /// Says the name of a sheet.
    fn say(&self, start: &BytesStart, gather: &mut Gather) {
        if let Some(name) = attribute(start, "name") {
            gather.line();
            gather.text(&name);
            gather.line();
        }
    }

    fn is_text(&self, name: &str) -> bool {
        match self.suite {
            Suite::Ooxml => name == "t" || (name == "v" && !self.taken),
            Suite::Odf => matches!(name, "p" | "h"),
        }
    }

    fn is_silent(&self, name: &str) -> bool {
        match self.suite {
            // Readings, deleted text, field codes, and what stands there a second time for older programs.
            Suite::Ooxml => matches!(name, "rPh" | "rt" | "delText" | "instrText" | "Fallback"),
            Suite::Odf => matches!(name, "tracked-changes" | "ruby-text"),
        }
    }
}

fn attribute(start: &BytesStart, name: &str) -> Option<String> {
    let found = start.attributes().flatten().find(|one| one.key.local_name().as_ref() == name)?;
    Some(found.normalized_value(quick_xml::XmlVersion::Implicit1_0).ok()?.into_owned())
}
