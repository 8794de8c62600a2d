//! What of an annotation shows on its page: where, how large, and whether at all (ISO 32000-2, 12.5.2 and 12.5.3).

use super::view::View;
use crate::pdf::{Dictionary, Object};

/// The page size assumed where a page names none: A4 in points.
const A4: f64 = 595.0 * 842.0;
/// How far up the page tree, or the field tree, an attribute may be inherited from.
const HEIGHT: usize = 32;
/// Annotation flags (table 167).
const HIDDEN: i64 = 2;
const PRINT: i64 = 4;
const NO_ZOOM: i64 = 8;
const NO_ROTATE: i64 = 16;
const NO_VIEW: i64 = 32;

/// Returns left, bottom, right and top of a rectangle; `Some(None)` for a value that is none.
pub(super) fn corners(view: View<'_>, dictionary: &Dictionary, key: &[u8]) -> Option<Option<[f64; 4]>> {
    let value = view.value(dictionary, key)?;
    let number = |number: &Object| match view.resolve(number) {
        Object::Integer(number) => Some(*number as f64),
        Object::Real(number) => Some(f64::from(*number)).filter(|number| number.is_finite()),
        _ => None,
    };
    let read = || {
        let values = value.as_array().ok().filter(|values| values.len() == 4)?;
        let numbers: Option<Vec<f64>> = values.iter().map(number).collect();
        let [a, b, c, d] = *numbers?.as_slice() else { return None };
        Some([a.min(c), b.min(d), a.max(c), b.max(d)])
    };
    Some(read())
}

/// Returns the area of an annotation's rectangle in square points; one that is no rectangle may be of any size.
pub(super) fn area(view: View<'_>, annotation: &Dictionary) -> f64 {
    corners(view, annotation, b"Rect").map_or(0.0, |corners| {
        corners.map_or(f64::INFINITY, |[left, bottom, right, top]| (right - left) * (top - bottom))
    })
}

/// Returns the area of what is shown of a page, in square points: the crop box within the media box (14.11.2).
pub(super) fn page_area(view: View<'_>, page: &Dictionary) -> f64 {
    let area = |[left, bottom, right, top]: [f64; 4]| (right - left).max(0.0) * (top - bottom).max(0.0);
    let box_of = |key: &'static [u8]| inherited(view, page, |node| corners(view, node, key).flatten());
    let Some(media) = box_of(b"MediaBox") else { return A4 };
    let cut = |crop: [f64; 4]| {
        let (left, bottom) = (crop[0].max(media[0]), crop[1].max(media[1]));
        area([left, bottom, crop[2].min(media[2]), crop[3].min(media[3])])
    };
    // A crop box that shows nothing is none.
    box_of(b"CropBox").map(cut).filter(|shown| *shown > 0.0).unwrap_or_else(|| area(media))
}

/// Tells whether an annotation shows nowhere: hidden stays hidden; "no view" may still print.
pub(super) fn is_hidden(view: View<'_>, annotation: &Dictionary) -> bool {
    let flags = flags(view, annotation);
    flags & HIDDEN != 0 || flags & (NO_VIEW | PRINT) == NO_VIEW
}

/// Tells whether a reader who shows an annotation must draw it himself.
pub(super) fn is_bare(view: View<'_>, annotation: &Dictionary) -> bool {
    view.dictionary(annotation, b"AP").is_none_or(|pictures| view.value(pictures, b"N").is_none())
}

/// Tells whether an annotation shows elsewhere than in its rectangle: in one size whatever the page's, or upright on a page
/// that is turned.
pub(super) fn leaves_rectangle(view: View<'_>, annotation: &Dictionary, page: &Dictionary) -> bool {
    let flags = flags(view, annotation);
    let turned = || inherited(view, page, |node| view.value(node, b"Rotate").cloned());
    let is_turned = || turned().is_some_and(|turn| turn.as_i64().map_or(true, |degrees| degrees % 360 != 0));
    area(view, annotation) > 0.0 && (flags & NO_ZOOM != 0 || (flags & NO_ROTATE != 0 && is_turned()))
}

/// Returns what the nearest of a node and those above it says.
pub(super) fn inherited<'a, T>(
    view: View<'a>,
    node: &'a Dictionary,
    read: impl Fn(&'a Dictionary) -> Option<T>,
) -> Option<T> {
    let mut node = node;
    for _ in 0..HEIGHT {
        match read(node) {
            Some(found) => return Some(found),
            None => node = view.dictionary(node, b"Parent")?,
        }
    }
    None
}

fn flags(view: View<'_>, annotation: &Dictionary) -> i64 {
    match view.value(annotation, b"F") {
        Some(Object::Integer(flags)) => *flags,
        _ => 0,
    }
}
