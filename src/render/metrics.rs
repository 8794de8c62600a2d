//! How wide characters are, and whether there is a glyph for them at all.

use super::{FontFile, RenderError};
use ttf_parser::Face;

/// Widths in ems of what is shown as one character.
pub(super) trait Metrics {
    /// Returns the width; none where there is no glyph.
    fn width(&self, cluster: &str) -> Option<f32>;
}

/// Splits text into characters with the variation selectors and combining marks that belong to them (N16).
pub(super) fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut ends = rest.char_indices().skip(1).skip_while(|(_, next)| is_mark(*next));
        let end = ends.next().map_or(rest.len(), |(end, _)| end);
        let (cluster, after) = rest.split_at_checked(end)?;
        rest = after;
        (!cluster.is_empty()).then_some(cluster)
    })
}

fn is_mark(character: char) -> bool {
    is_selector(character) || matches!(character, '\u{0300}'..='\u{036f}' | '\u{3099}' | '\u{309a}')
}

fn is_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// The metrics of a font file.
pub(super) struct OfFile<'a> {
    face: Face<'a>,
    units: f32,
}

impl<'a> OfFile<'a> {
    /// Reads a font file; one whose licence bits forbid embedding is refused (OpenType, OS/2 fsType).
    pub(super) fn new(font: FontFile<'a>) -> Result<Self, RenderError> {
        let face = Face::parse(font.bytes, font.face).map_err(|error| RenderError::Font(error.to_string()))?;
        if face.permissions() == Some(ttf_parser::Permissions::Restricted) {
            return Err(RenderError::Font("its licence bits forbid embedding".to_owned()));
        }
        let units = f32::from(face.units_per_em().max(1));
        Ok(Self { face, units })
    }
}

impl Metrics for OfFile<'_> {
    fn width(&self, cluster: &str) -> Option<f32> {
        let mut characters = cluster.chars();
        let base = characters.next()?;
        let mut glyph = self.face.glyph_index(base).filter(|glyph| glyph.0 != 0)?;
        for mark in characters {
            if !is_selector(mark) {
                self.face.glyph_index(mark).filter(|glyph| glyph.0 != 0)?;
                continue;
            }
            glyph = self.face.glyph_variation_index(base, mark)?;
        }
        Some(f32::from(self.face.glyph_hor_advance(glyph)?) / self.units)
    }
}

/// The metrics of the standard Japanese font that readers bring along: half-width Latin, full-width everything else.
pub(super) struct OfStandardFont;

impl Metrics for OfStandardFont {
    fn width(&self, cluster: &str) -> Option<f32> {
        let mut characters = cluster.chars();
        let base = characters.next()?;
        // Adobe-Japan1 by its UCS-2 encoding: nothing outside the basic plane, and no variants.
        let plain = characters.next().is_none() && u32::from(base) <= 0xffff && !base.is_control();
        let known = matches!(base, ' '..='~' | '\u{a5}' | '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')
            || matches!(base, '\u{ff01}'..='\u{ff5e}' | '\u{ffe5}' | '\u{2460}'..='\u{2473}' | '\u{f900}'..='\u{fa2d}')
            || "—‘’“”…‥※〒→←↑↓○●◎□■△▲▽▼☆★×÷±°′″§¶".contains(base);
        (plain && known).then_some(if base.is_ascii() || base == '\u{a5}' { 0.5 } else { 1.0 })
    }
}
