//! The font of text that is not seen: one empty glyph for every character (ISO 32000-1, 9.7.4), embedded as PDF/A asks.
//!
//! Every character has a code of its own, which the map to Unicode tells (ISO 19005-2, 6.2.11.7); none means the glyph
//! `.notdef` (6.2.11.8).

use super::deflated;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str};
use std::collections::BTreeMap;

/// How many objects the fonts take.
pub(super) const OBJECTS: i32 = 7;
/// The width of every glyph in thousandths of the size.
pub(super) const WIDTH: u16 = 500;
/// How far the lower edge lies below the baseline, and the upper one above it, in thousandths of the size.
pub(super) const DESCENT: i16 = 200;
pub(super) const ASCENT: i16 = 800;

const FONT_NAME: &[u8] = b"Unseen";
const SYSTEM: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The codes of the characters that were shown.
#[derive(Default)]
pub(super) struct Characters {
    codes: BTreeMap<char, u16>,
}

impl Characters {
    /// Returns the code of a character; none when there are more characters than codes.
    pub(super) fn code(&mut self, character: char) -> Option<u16> {
        // Code 0 is the glyph that stands for none.
        let next = u16::try_from(self.codes.len() + 1).ok()?;
        Some(*self.codes.entry(character).or_insert(next))
    }
}

/// The font for lines from left to right.
pub(super) fn level(first: i32) -> Ref {
    Ref::new(first)
}

/// The font for lines from top to bottom.
pub(super) fn upright(first: i32) -> Ref {
    Ref::new(first + 1)
}

/// Writes both fonts.
pub(super) fn write(pdf: &mut Pdf, first: i32, characters: &Characters) {
    let [descendant, descriptor, file, unicode, glyphs] = [2, 3, 4, 5, 6].map(|index| Ref::new(first + index));
    for (id, encoding) in [(level(first), b"Identity-H"), (upright(first), b"Identity-V")] {
        let mut font = pdf.type0_font(id);
        font.base_font(Name(FONT_NAME));
        font.encoding_predefined(Name(encoding));
        font.descendant_font(descendant);
        font.to_unicode(unicode);
    }
    let mut font = pdf.cid_font(descendant);
    font.subtype(CidFontType::Type2);
    font.base_font(Name(FONT_NAME));
    font.system_info(SYSTEM);
    font.font_descriptor(descriptor);
    font.default_width(f32::from(WIDTH));
    font.cid_to_gid_map_stream(glyphs);
    font.finish();
    let mut about = pdf.font_descriptor(descriptor);
    about.name(Name(FONT_NAME));
    about.flags(FontFlags::SYMBOLIC | FontFlags::FIXED_PITCH);
    about.bbox(Rect::new(0.0, f32::from(-DESCENT), f32::from(WIDTH), f32::from(ASCENT)));
    about.italic_angle(0.0).ascent(f32::from(ASCENT)).descent(f32::from(-DESCENT));
    about.cap_height(f32::from(ASCENT)).stem_v(80.0);
    about.font_file2(file);
    about.finish();
    let program = true_type();
    let compressed = deflated(&program);
    let mut stream = pdf.stream(file, &compressed);
    stream.filter(Filter::FlateDecode);
    stream.pair(Name(b"Length1"), program.len() as i32);
    stream.finish();
    let mut map = UnicodeCmap::<u16>::new(Name(b"Unseen-Unicode"), SYSTEM);
    let mut by_code: Vec<(u16, char)> = characters.codes.iter().map(|(character, code)| (*code, *character)).collect();
    by_code.sort_unstable();
    by_code.iter().for_each(|(code, character)| map.pair(*code, *character));
    let compressed = deflated(&map.finish());
    pdf.stream(unicode, &compressed).filter(Filter::FlateDecode);
    // Every code but the first is glyph 1.
    let mut to_glyphs = vec![0, 0];
    by_code.iter().for_each(|_| to_glyphs.extend([0, 1]));
    let compressed = deflated(&to_glyphs);
    pdf.stream(glyphs, &compressed).filter(Filter::FlateDecode);
}

/// Makes a TrueType font of two glyphs without contours (ISO/IEC 14496-22), with the tables that PDF asks for.
fn true_type() -> Vec<u8> {
    let word = |value: i16| value.to_be_bytes();
    let mut head = Vec::new();
    // Version, revision, the checksum that is set at the end, and the magic number.
    head.extend([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x5f, 0x0f, 0x3c, 0xf5]);
    // Flags, units an em, created and modified in seconds since 1904.
    head.extend([0, 0b11]);
    head.extend(word(1000));
    head.extend([0; 16]);
    // Bounds, style, smallest size, direction, short offsets, format of the outlines.
    [0, -DESCENT, WIDTH as i16, ASCENT, 0, 8, 2, 0, 0].iter().for_each(|value| head.extend(word(*value)));
    let mut hhea = vec![0, 1, 0, 0];
    [ASCENT, -DESCENT, 0, WIDTH as i16, 0, 0, WIDTH as i16, 1, 0, 0, 0, 0, 0, 0, 0, 1]
        .iter()
        .for_each(|value| hhea.extend(word(*value)));
    let mut maxp = vec![0, 1, 0, 0];
    [2_i16, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0].iter().for_each(|value| maxp.extend(word(*value)));
    // One width for both glyphs, and the left side of the second.
    let hmtx = [word(WIDTH as i16), word(0), word(0)].concat();
    let tables: [(&[u8; 4], Vec<u8>); 7] = [
        // Readers that look a symbolic font up want a map; it has no characters.
        (b"cmap", vec![0, 0, 0, 1, 0, 3, 0, 0, 0, 0, 0, 12, 0, 6, 0, 12, 0, 0, 0, 0, 0, 1, 0, 1]),
        (b"glyf", vec![0; 4]),
        (b"head", head),
        (b"hhea", hhea),
        (b"hmtx", hmtx),
        (b"loca", vec![0; 6]),
        (b"maxp", maxp),
    ];
    assembled(&tables)
}

/// Puts tables together, each with its checksum.
fn assembled(tables: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let count = tables.len() as u16;
    let power = count.ilog2();
    let range = 16 << power;
    let mut font = vec![0, 1, 0, 0];
    for value in [count, range, power as u16, count * 16 - range] {
        font.extend(value.to_be_bytes());
    }
    let mut place = 12 + 16 * tables.len();
    let mut body: Vec<u8> = Vec::new();
    let mut adjustment = None;
    for (name, table) in tables {
        font.extend(name.iter());
        font.extend(checksum(table).to_be_bytes());
        font.extend((place as u32).to_be_bytes());
        font.extend((table.len() as u32).to_be_bytes());
        if name.as_slice() == b"head" {
            adjustment = Some(place + 8);
        }
        body.extend(table);
        body.resize(body.len().next_multiple_of(4), 0);
        place = 12 + 16 * tables.len() + body.len();
    }
    font.extend(body);
    let whole = 0xb1b0_afba_u32.wrapping_sub(checksum(&font)).to_be_bytes();
    if let Some(field) = adjustment.and_then(|at| font.get_mut(at..at + 4)) {
        field.copy_from_slice(&whole);
    }
    font
}

fn checksum(table: &[u8]) -> u32 {
    table.chunks(4).fold(0_u32, |sum, chunk| {
        let mut four = [0; 4];
        four.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        sum.wrapping_add(u32::from_be_bytes(four))
    })
}
