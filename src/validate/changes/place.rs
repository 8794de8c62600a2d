//! Where on a page a change shows: the rectangle of its annotation, in points of the page as it is shown.

use super::Change;
use super::view::View;
use crate::pdf::{Dictionary, Object, ObjectId, Page, Rectangle};
use crate::validate::ShownRectangle;
use std::collections::HashMap;

/// Adds page and rectangle to what is about an annotation, or a field whose first widget is one.
pub(super) fn locate(changes: &mut [Change], older: View<'_>, newer: View<'_>) {
    let placed: Vec<(usize, ObjectId, Rectangle)> = changes
        .iter()
        .enumerate()
        .filter_map(|(index, change)| {
            let id = change.object?;
            let (widget, rectangle) = widget(newer, id).or_else(|| widget(older, id))?;
            Some((index, widget, rectangle))
        })
        .collect();
    if placed.is_empty() {
        return;
    }
    let pages = newer.pdf().pages().unwrap_or_default();
    let homes = homes(&pages, [older, newer]);
    for (index, widget, rectangle) in placed {
        let Some(change) = changes.get_mut(index) else { continue };
        let known = change.page.and_then(|page| usize::try_from(page).ok()?.checked_sub(1));
        let Some(page) = known.or_else(|| homes.get(&widget).copied()) else { continue };
        change.page = u32::try_from(page + 1).ok();
        change.rectangle = pages.get(page).map(|page| shown(page, rectangle));
    }
}

/// Returns the annotation that shows an object, and its rectangle.
fn widget(view: View<'_>, id: ObjectId) -> Option<(ObjectId, Rectangle)> {
    let rectangle = |dictionary: &Dictionary| Rectangle::read(view.pdf(), dictionary.get(b"Rect").ok()?);
    let dictionary = view.object_dictionary(id)?;
    rectangle(dictionary).map(|own| (id, own)).or_else(|| {
        let mut kids = view.array(dictionary, b"Kids")?.iter().filter_map(|kid| kid.as_reference().ok());
        kids.find_map(|kid| Some((kid, rectangle(view.object_dictionary(kid)?)?)))
    })
}

/// Lists on which page, counted from 0, each annotation is.
fn homes(pages: &[Page], views: [View<'_>; 2]) -> HashMap<ObjectId, usize> {
    let mut homes = HashMap::new();
    for view in views {
        for (number, page) in pages.iter().enumerate() {
            let annotations = view.object_dictionary(page.id).and_then(|page| view.array(page, b"Annots"));
            for item in annotations.unwrap_or_default() {
                if let Object::Reference(id) = item {
                    homes.insert(*id, number);
                }
            }
        }
    }
    homes
}

/// Turns a rectangle of the page's user space into one of the page as it is shown (ISO 32000-2, 7.7.3.3 and 14.11.2).
fn shown(page: &Page, rectangle: Rectangle) -> ShownRectangle {
    let seen = page.visible;
    let (left, right) = (rectangle.left - seen.left, rectangle.right - seen.left);
    let (bottom, top) = (rectangle.bottom - seen.bottom, rectangle.top - seen.bottom);
    let [left, bottom, right, top] = match page.rotate_degrees {
        90 => [bottom, seen.width() - right, top, seen.width() - left],
        180 => [seen.width() - right, seen.height() - top, seen.width() - left, seen.height() - bottom],
        270 => [seen.height() - top, left, seen.height() - bottom, right],
        _ => [left, bottom, right, top],
    }
    // What is beyond the range of the type is beyond any page.
    .map(|points| (points * 100.0).round() as i32);
    ShownRectangle { left, bottom, right, top }
}
