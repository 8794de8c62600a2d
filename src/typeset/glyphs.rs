//! Looks whether fonts have every character of a text, in the form that is asked for (N16).
//!
//! Whoever sets text takes the first font that has a character, and passes over a variation selector (IVS) that this font does not
//! know: the name would be there in another form. So the font that has the character has to have the form, too.

use crate::office::templates::TemplateError;
use typst::text::Font;

/// Refuses a text with a character, or a form of one, that would not be there on the page.
pub(super) fn look(fonts: &[Font], place: &str, text: &str) -> Result<(), TemplateError> {
    let mut characters = text.chars().enumerate().peekable();
    while let Some((position, character)) = characters.next() {
        if is_unseen(character) {
            continue;
        }
        let selector = characters.next_if(|(_, next)| is_selector(*next)).map(|(_, selector)| selector);
        let font = fonts.iter().find(|font| font.info().coverage.contains(u32::from(character)));
        let is_there = font.is_some_and(|font| selector.is_none_or(|selector| has_form(font, character, selector)));
        if !is_there {
            return Err(missing(place, position, character, selector));
        }
    }
    Ok(())
}

/// Line ends and spaces have no glyph that could be missing.
fn is_unseen(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\t' | ' ' | '\u{3000}')
}

/// Variation selectors: those of the standard, and those of the ideographic database.
fn is_selector(character: char) -> bool {
    matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

fn has_form(font: &Font, character: char, selector: char) -> bool {
    let face = ttf_parser::Face::parse(font.data(), font.index());
    face.is_ok_and(|face| face.glyph_variation_index(character, selector).is_some())
}

fn missing(place: &str, position: usize, character: char, selector: Option<char>) -> TemplateError {
    let all: String = std::iter::once(character).chain(selector).collect();
    let codes: Vec<String> = all.chars().map(|c| format!("U+{:04X}", u32::from(c))).collect();
    TemplateError::MissingGlyph {
        character: all,
        codes: codes.join(" "),
        place: place.to_owned(),
        position: position + 1,
    }
}
