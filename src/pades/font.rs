//! The seal's font: an embedded subset as a composite font (ISO 32000-2, 9.7), or Helvetica for plain Latin text.

use super::PadesError;
use crate::pdf::{Dictionary, Object, ObjectId, PdfError, Stream, StringFormat, Update};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::collections::BTreeMap;
use std::io::Write as _;
use subsetter::GlyphRemapper;
use ttf_parser::gsub::{SingleSubstitution, SubstitutionSubtable};
use ttf_parser::{Face, GlyphId, Tag};

/// A font that has every glyph of the seal's text.
pub(super) enum SealFont {
    Subset(Subset),
    Helvetica,
}

/// The used part of a font file.
pub(super) struct Subset {
    program: Vec<u8>,
    is_cff: bool,
    name: String,
    /// Each character's glyph number in the subset and width in thousandths of the type size.
    glyphs: BTreeMap<String, (u16, f32)>,
    /// How many glyphs the subset has.
    count: u16,
    metrics: Metrics,
}

struct Metrics {
    ascent: f32,
    descent: f32,
    cap_height: f32,
    bounds: [f32; 4],
}

impl Metrics {
    fn of(face: &Face<'_>, scale: f32) -> Self {
        let bounds = face.global_bounding_box();
        Self {
            ascent: f32::from(face.ascender()) * scale,
            descent: f32::from(face.descender()) * scale,
            cap_height: f32::from(face.capital_height().unwrap_or(face.ascender())) * scale,
            bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(|edge| f32::from(edge) * scale),
        }
    }
}

/// Splits text into characters, each with the variation selector that belongs to it (N16).
pub(super) fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut ends = rest.char_indices().skip(1).skip_while(|(_, next)| is_selector(*next));
        let (cluster, after) = rest.split_at_checked(ends.next().map_or(rest.len(), |(end, _)| end))?;
        rest = after;
        (!cluster.is_empty()).then_some(cluster)
    })
}

fn is_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Returns the glyph of a character in the very form that its selector asks for.
fn glyph_of(face: &Face<'_>, cluster: &str) -> Option<GlyphId> {
    let mut characters = cluster.chars();
    let base = characters.next()?;
    let glyph = face.glyph_index(base).filter(|glyph| glyph.0 != 0)?;
    characters.try_fold(glyph, |_, selector| face.glyph_variation_index(base, selector))
}

/// Returns the form of a glyph for vertical writing, where the font has one (OpenType `vert`, single substitution).
fn upright(face: &Face<'_>, glyph: GlyphId) -> GlyphId {
    let Some(table) = face.tables().gsub else { return glyph };
    let features = table.features.into_iter().filter(|feature| feature.tag == Tag::from_bytes(b"vert"));
    let lookups = features.flat_map(|feature| feature.lookup_indices.into_iter());
    for lookup in lookups.filter_map(|index| table.lookups.get(index)) {
        for subtable in lookup.subtables.into_iter::<SubstitutionSubtable<'_>>() {
            let SubstitutionSubtable::Single(single) = subtable else { continue };
            let found = match single {
                SingleSubstitution::Format1 { coverage, delta } => {
                    coverage.contains(glyph).then(|| GlyphId(glyph.0.wrapping_add_signed(delta)))
                }
                SingleSubstitution::Format2 { coverage, substitutes } => {
                    coverage.get(glyph).and_then(|index| substitutes.get(index))
                }
            };
            if let Some(found) = found {
                return found;
            }
        }
    }
    glyph
}

impl SealFont {
    /// Makes the font for some lines; a character without glyph is an error with its place (N16). `must_embed` refuses
    /// Helvetica, which readers bring along, as PDF/A does.
    /// `vertical` takes the forms of punctuation and brackets that stand in columns (OpenType `vert`).
    pub(super) fn for_lines(
        font: Option<&[u8]>,
        lines: &[String],
        must_embed: bool,
        vertical: bool,
    ) -> Result<Self, PadesError> {
        let Some(bytes) = font else {
            let mut characters = lines.iter().flat_map(|line| line.chars());
            let foreign = characters.find(|character| must_embed || !matches!(character, ' '..='~'));
            return foreign.map_or(Ok(Self::Helvetica), |character| Err(PadesError::FontNeeded(character)));
        };
        let face = Face::parse(bytes, 0).map_err(|error| PadesError::Font(error.to_string()))?;
        if face.permissions() == Some(ttf_parser::Permissions::Restricted) {
            return Err(PadesError::Font("its licence bits forbid embedding".to_owned()));
        }
        let scale = 1000.0 / f32::from(face.units_per_em().max(1));
        let mut remapper = GlyphRemapper::new();
        let mut glyphs = BTreeMap::new();
        for (line, text) in lines.iter().enumerate() {
            for (position, cluster) in clusters(text).enumerate() {
                let character = cluster.chars().next().unwrap_or(' ');
                let missing = PadesError::MissingGlyph { character, line: line + 1, position: position + 1 };
                let glyph = glyph_of(&face, cluster).ok_or(missing)?;
                let glyph = if vertical { upright(&face, glyph) } else { glyph };
                let width = f32::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * scale;
                glyphs.insert(cluster.to_owned(), (remapper.remap(glyph.0), width));
            }
        }
        let subset = subsetter::subset(bytes, 0, &remapper).map_err(|error| PadesError::Font(error.to_string()))?;
        let cff = table(&subset, b"CFF ")?;
        let is_cff = cff.is_some();
        let metrics = Metrics::of(&face, scale);
        let (program, name, count) = (cff.unwrap_or(subset), name(&face), remapper.num_gids());
        Ok(Self::Subset(Subset { program, is_cff, name, glyphs, count, metrics }))
    }

    /// Returns a line's width as a multiple of the type size.
    pub(super) fn width(&self, line: &str) -> f32 {
        let widths = clusters(line).map(|cluster| match self {
            Self::Subset(subset) => subset.glyphs.get(cluster).map_or(0.0, |(_, width)| *width),
            // The mean of Helvetica's lower-case letters; only the centring depends on it.
            Self::Helvetica => 540.0,
        });
        widths.sum::<f32>() / 1000.0
    }

    /// Returns the operand that shows a line.
    pub(super) fn show(&self, line: &str) -> String {
        match self {
            Self::Subset(subset) => {
                let codes = clusters(line).filter_map(|cluster| subset.glyphs.get(cluster));
                let digits: String = codes.map(|(glyph, _)| format!("{glyph:04x}")).collect();
                format!("<{digits}>")
            }
            Self::Helvetica => format!("<{}>", crate::digest::hex(line.as_bytes())),
        }
    }

    /// Puts the font's objects into an update and returns the font.
    pub(super) fn embed(&self, update: &mut Update<'_>) -> Result<ObjectId, PdfError> {
        match self {
            Self::Subset(subset) => subset.embed(update),
            Self::Helvetica => {
                let mut font = Dictionary::new();
                font.set("Type", "Font");
                font.set("Subtype", "Type1");
                font.set("BaseFont", "Helvetica");
                font.set("Encoding", "WinAnsiEncoding");
                Ok(update.add(font))
            }
        }
    }
}

impl Subset {
    fn embed(&self, update: &mut Update<'_>) -> Result<ObjectId, PdfError> {
        let program = self.program_stream(update)?;
        let mut descriptor = Dictionary::new();
        descriptor.set("Type", "FontDescriptor");
        descriptor.set("FontName", self.name.as_str());
        descriptor.set("Flags", 4);
        descriptor.set("FontBBox", self.metrics.bounds.iter().map(|edge| Object::Real(*edge)).collect::<Vec<_>>());
        descriptor.set("ItalicAngle", 0);
        descriptor.set("Ascent", Object::Real(self.metrics.ascent));
        descriptor.set("Descent", Object::Real(self.metrics.descent));
        descriptor.set("CapHeight", Object::Real(self.metrics.cap_height));
        descriptor.set("StemV", 80);
        descriptor.set(if self.is_cff { "FontFile3" } else { "FontFile2" }, Object::Reference(program));
        // PDF/A-1 asks which glyphs are there (ISO 19005-1, 6.3.5); the subset has them all, numbered without gaps.
        let present = update.add(compressed(Dictionary::new(), &self.present())?);
        descriptor.set("CIDSet", Object::Reference(present));
        let descriptor = update.add(descriptor);
        let mut descendant = Dictionary::new();
        descendant.set("Type", "Font");
        descendant.set("Subtype", if self.is_cff { "CIDFontType0" } else { "CIDFontType2" });
        descendant.set("BaseFont", self.name.as_str());
        descendant.set("CIDSystemInfo", system_info());
        descendant.set("FontDescriptor", Object::Reference(descriptor));
        descendant.set("W", self.widths());
        if !self.is_cff {
            descendant.set("CIDToGIDMap", "Identity");
        }
        let descendant = update.add(descendant);
        let unicode = update.add(compressed(Dictionary::new(), self.to_unicode().as_bytes())?);
        let mut font = Dictionary::new();
        font.set("Type", "Font");
        font.set("Subtype", "Type0");
        font.set("BaseFont", self.name.as_str());
        font.set("Encoding", "Identity-H");
        font.set("DescendantFonts", vec![Object::Reference(descendant)]);
        font.set("ToUnicode", Object::Reference(unicode));
        Ok(update.add(font))
    }

    fn program_stream(&self, update: &mut Update<'_>) -> Result<ObjectId, PdfError> {
        let mut dictionary = Dictionary::new();
        if self.is_cff {
            dictionary.set("Subtype", "CIDFontType0C");
        } else {
            dictionary.set("Length1", i64::try_from(self.program.len()).unwrap_or(i64::MAX));
        }
        Ok(update.add(compressed(dictionary, &self.program)?))
    }

    fn present(&self) -> Vec<u8> {
        let mut bits = vec![0_u8; usize::from(self.count).div_ceil(8)];
        (0..usize::from(self.count)).for_each(|glyph| bits[glyph / 8] |= 0x80 >> (glyph % 8));
        bits
    }

    fn widths(&self) -> Vec<Object> {
        let by_glyph: BTreeMap<u16, f32> = self.glyphs.values().copied().collect();
        let entries = by_glyph.into_iter();
        entries.flat_map(|(glyph, width)| [i64::from(glyph).into(), vec![Object::Real(width)].into()]).collect()
    }

    /// Writes the map back from codes to text (ISO 32000-2, 9.10.3), so that the seal can be searched and read aloud.
    fn to_unicode(&self) -> String {
        let mut map = String::from(
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n\
             /CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n\
             /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n\
             1 begincodespacerange <0000> <ffff> endcodespacerange\n",
        );
        let entries: Vec<_> = self.glyphs.iter().collect();
        // A block has at most 100 entries (Adobe Technical Note 5014).
        for block in entries.chunks(100) {
            map.push_str(&format!("{} beginbfchar\n", block.len()));
            for (cluster, (glyph, _)) in block {
                let text: String = cluster.encode_utf16().map(|unit| format!("{unit:04x}")).collect();
                map.push_str(&format!("<{glyph:04x}> <{text}>\n"));
            }
            map.push_str("endbfchar\n");
        }
        map.push_str("endcmap CMapName currentdict /CMap defineresource pop end end\n");
        map
    }
}

fn system_info() -> Dictionary {
    let text = |text: &str| Object::String(text.as_bytes().to_vec(), StringFormat::Literal);
    let mut info = Dictionary::new();
    info.set("Registry", text("Adobe"));
    info.set("Ordering", text("Identity"));
    info.set("Supplement", 0);
    info
}

pub(super) fn compressed(mut dictionary: Dictionary, bytes: &[u8]) -> Result<Stream, PdfError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    let packed = packed.map_err(|error| PdfError::BadObject { id: (0, 0), what: error.to_string() })?;
    dictionary.set("Filter", "FlateDecode");
    Ok(Stream::new(dictionary, packed))
}

/// Returns a table of a font file.
fn table(font: &[u8], tag: &[u8; 4]) -> Result<Option<Vec<u8>>, PadesError> {
    let raw = ttf_parser::RawFace::parse(font, 0).map_err(|error| PadesError::Font(error.to_string()))?;
    Ok(raw.table(Tag::from_bytes(tag)).map(<[u8]>::to_vec))
}

/// Returns the PostScript name with the tag of a subset before it (ISO 32000-2, 9.9.2).
fn name(face: &Face<'_>) -> String {
    let names = face.names().into_iter();
    let own =
        names.filter(|name| name.name_id == ttf_parser::name_id::POST_SCRIPT_NAME).find_map(|name| name.to_string());
    let own: String = own.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).collect();
    format!("FMKSEA+{}", if own.is_empty() { "Seal" } else { &own })
}
