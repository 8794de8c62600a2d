//! The rule for annotations: each page keeps its own, the widgets of added signatures may join, and any other
//! annotation that comes, goes or differs is told as such (DocMDP 3, ISO 32000-2, table 257).

use super::Change;
use super::ChangeKind;
use super::comparison::Comparison;
use super::form::follow;
use super::shown;
use super::view::{Members, View, same};
use crate::pdf::{Dictionary, Object, ObjectId};
use std::collections::HashSet;

/// How many nodes of the page tree are looked at; a larger tree is walked strictly as a whole.
const NODES: usize = 200_000;
/// The share of a page that the appearances of added signatures may cover together before they could stand for content.
const LARGE: f64 = 0.25;
/// How far rectangles may overlap in width or height and only touch, in points: seals are laid edge to edge.
const TOUCH: f64 = 1.0;
/// How many places on one page are compared with those of later fields.
const PLACES: usize = 100_000_000;
/// The kinds of annotation that people make on a document (table 171): they say something about it, and do nothing.
const MARKUP: &[&[u8]] = &[
    b"Text",
    b"FreeText",
    b"Line",
    b"Square",
    b"Circle",
    b"Polygon",
    b"PolyLine",
    b"Highlight",
    b"Underline",
    b"Squiggly",
    b"StrikeOut",
    b"Stamp",
    b"Caret",
    b"Ink",
    b"Popup",
    b"FileAttachment",
    b"Link",
];

/// Compares the annotations of every page.
pub(super) fn compare(comparison: &mut Comparison<'_>) {
    let mut left = most_annotations(comparison.newer);
    for (number, id) in pages(comparison.newer).into_iter().enumerate() {
        let page = u32::try_from(number + 1).ok();
        let count = |view: View<'_>| Some(view.array(view.object_dictionary(id)?, b"Annots")?.len());
        let looked_at = count(comparison.older).unwrap_or(0) + count(comparison.newer).unwrap_or(0);
        if looked_at > left {
            return comparison.report(ChangeKind::Unreadable, Some(id), "Page/Annots");
        }
        left -= looked_at;
        let pair = (comparison.older.object_dictionary(id), comparison.newer.object_dictionary(id));
        if let (Some(old), Some(new)) = pair {
            one_page(comparison, id, (old, new), page);
        }
    }
}

/// Tells whether any page shows a form field.
pub(super) fn has_widgets(view: View<'_>) -> bool {
    pages(view).into_iter().filter_map(|id| view.object_dictionary(id)).any(|page| {
        let annotations = view.array(page, b"Annots").unwrap_or_default();
        annotations.iter().any(|item| is_widget(view, item))
    })
}

/// Tells whether any page shows a form field that is no signature; more than is looked at is taken for one.
pub(super) fn has_values(view: View<'_>) -> bool {
    values(view).is_none_or(|values| !values.is_empty())
}

/// Lists the widgets of fields that are no signatures on all pages; none where there is more than is looked at.
pub(super) fn values(view: View<'_>) -> Option<Vec<&Dictionary>> {
    let (mut left, mut found) = (most_annotations(view), Vec::new());
    for page in pages(view).into_iter().filter_map(|id| view.object_dictionary(id)) {
        let annotations = view.array(page, b"Annots").unwrap_or_default();
        left = left.checked_sub(annotations.len())?;
        for item in annotations.iter().filter(|item| is_widget(view, item)) {
            if let Object::Dictionary(widget) = view.resolve(item)
                && shown::inherited(view, widget, |node| view.name(node, b"FT")).is_none_or(|kind| kind != b"Sig")
            {
                found.push(widget);
            }
        }
    }
    Some(found)
}

/// Returns how many annotations are looked at, of both revisions: an honest one stands on one page, and is an object or
/// has a length. Pages that share one long list would be a page's work each.
fn most_annotations(view: View<'_>) -> usize {
    let written = usize::try_from(view.pdf().source().size_bytes() / 8).unwrap_or(usize::MAX);
    (4 * view.pdf().entries().len() + 10_000).saturating_add(written)
}

fn one_page<'a>(
    comparison: &mut Comparison<'a>,
    id: ObjectId,
    (old, new): (&'a Dictionary, &'a Dictionary),
    page: Option<u32>,
) {
    let (before, after) = (old.get(b"Annots").ok(), new.get(b"Annots").ok());
    let items = |view: View<'a>, value: Option<&'a Object>| match value.map(|value| view.resolve(value)) {
        None | Some(Object::Null) => Some(&[][..]),
        Some(Object::Array(items)) => Some(items.as_slice()),
        Some(_) => None,
    };
    let (Some(earlier), Some(later)) = (items(comparison.older, before), items(comparison.newer, after)) else {
        return;
    };
    if earlier.is_empty() && later.is_empty() {
        return;
    }
    let path = format!("Page[{}]/Annots", page.unwrap_or(0));
    comparison.require_rest((old, new), &[b"Annots"], Some(id), &format!("Page[{}]", page.unwrap_or(0)));
    comparison.settle(before, after);
    comparison.handle(id);
    let (known, now) = (Members::of(earlier), Members::of(later));
    let kept: Vec<&Object> = later.iter().filter(|item| known.has(item)).collect();
    let still: Vec<&Object> = earlier.iter().filter(|item| now.has(item)).collect();
    if !kept.iter().zip(&still).all(|(one, other)| same(one, other)) || kept.len() != still.len() {
        comparison.report(ChangeKind::ObjectChanged, Some(id), &path);
    }
    for gone in earlier.iter().filter(|item| !now.has(item)) {
        let widget = is_widget(comparison.older, gone);
        let kind = if widget { ChangeKind::ObjectRemoved } else { ChangeKind::Annotation };
        tell(comparison, kind, gone.as_reference().ok().or(Some(id)), &path, page);
    }
    let mut on = OnPage::new(id, earlier);
    for item in later {
        match (item, known.has(item)) {
            (Object::Reference(annotation), true) => retained(comparison, *annotation, &mut on, &path, page),
            (_, true) => follow(comparison, Some(item), &path),
            (_, false) => added(comparison, item, &mut on, &path, page),
        }
    }
}

/// An annotation that stays: strict, unless it is one that changed and is no form field.
fn retained(comparison: &mut Comparison<'_>, id: ObjectId, on: &mut OnPage<'_>, path: &str, page: Option<u32>) {
    let reference = Object::Reference(id);
    if comparison.signature_widgets.contains_key(&id)
        && let Some(new) = comparison.newer.object_dictionary(id)
        && is_painted_anew(comparison, id, new)
    {
        weigh(comparison, id, new, on, path, page);
    }
    if comparison.is_handled(id) {
        return;
    }
    let (old, new) = (comparison.older.object_dictionary(id), comparison.newer.object_dictionary(id));
    match (old, new) {
        (Some(old), Some(new)) if comparison.differs(id) && is_markup(old) && is_markup(new) => {
            comparison.settle(None, Some(&Object::Dictionary(new.clone())));
            follow(comparison, Some(&Object::Dictionary(new.clone())), path);
            comparison.handle(id);
            tell(comparison, ChangeKind::Annotation, Some(id), path, page);
        }
        _ => comparison.require_same(Some(&reference), Some(&reference), Some(id), path),
    }
}

/// Tells whether a widget shows something else than before: by other entries, or by the same ones to streams that were
/// overwritten.
fn is_painted_anew(comparison: &Comparison<'_>, id: ObjectId, new: &Dictionary) -> bool {
    const PAINTS: &[&[u8]] = &[b"AP", b"AS", b"MK"];
    let old = comparison.older.object_dictionary(id);
    PAINTS.iter().any(|key| {
        let (before, after) = (old.and_then(|old| old.get(key).ok()), new.get(key).ok());
        let mut parts = Vec::new();
        after.iter().for_each(|value| crate::pdf::references(value, &mut parts));
        !same(before.unwrap_or(&Object::Null), after.unwrap_or(&Object::Null))
            || parts.into_iter().any(|part| comparison.differs(part))
    })
}

/// An annotation that is new on its page.
fn added(comparison: &mut Comparison<'_>, item: &Object, on: &mut OnPage<'_>, path: &str, page: Option<u32>) {
    let id = item.as_reference().ok();
    let Object::Dictionary(annotation) = comparison.newer.resolve(item) else {
        return tell(comparison, ChangeKind::ObjectAdded, id.or(Some(on.id)), path, page);
    };
    if let Some(widget) = id.filter(|id| comparison.signature_widgets.contains_key(id)) {
        return weigh(comparison, widget, annotation, on, path, page);
    }
    let fresh = id.is_none_or(|id| comparison.is_new(id));
    if !fresh || !is_markup(annotation) {
        return tell(comparison, ChangeKind::ObjectAdded, id.or(Some(on.id)), path, page);
    }
    comparison.explain(item);
    follow(comparison, Some(&Object::Dictionary(annotation.clone())), path);
    tell(comparison, ChangeKind::Annotation, id.or(Some(on.id)), path, page);
}

/// Tells of a signature field that could stand for content: one that, with other later ones, covers a large part of its
/// page, or that lies over a field or seal. An empty one counts, too: some readers paint a sign where it waits.
fn weigh(
    comparison: &mut Comparison<'_>,
    widget: ObjectId,
    annotation: &Dictionary,
    on: &mut OnPage<'_>,
    path: &str,
    number: Option<u32>,
) {
    let (view, none) = (comparison.newer, Dictionary::new());
    let page = view.object_dictionary(on.id).unwrap_or(&none);
    let own = shown::corners(view, annotation, b"Rect").flatten();
    let covers = own.is_some_and(|own| on.is_under(comparison, widget, own));
    let painted = comparison.tally.paint(on.id, widget, shown::area(view, annotation));
    let is_large = painted > LARGE * shown::page_area(view, page);
    if is_large || covers || shown::leaves_rectangle(view, annotation, page) {
        tell(comparison, ChangeKind::LargeAppearance, Some(widget), path, number);
    }
}

/// A page, its annotations before, and which places they take.
struct OnPage<'a> {
    id: ObjectId,
    earlier: &'a [Object],
    taken: Option<Vec<(Option<ObjectId>, [f64; 4])>>,
    /// How many places are still looked at.
    left: usize,
}

impl<'a> OnPage<'a> {
    fn new(id: ObjectId, earlier: &'a [Object]) -> Self {
        Self { id, earlier, taken: None, left: PLACES }
    }

    /// Tells whether a widget lies over another field that shows, and more than touches it.
    fn is_under(&mut self, comparison: &Comparison<'_>, widget: ObjectId, own: [f64; 4]) -> bool {
        let view = comparison.older;
        let shows = |item: &Object| {
            let Object::Dictionary(other) = view.resolve(item) else { return None };
            let is_seen = is_widget(view, item) && !shown::is_hidden(view, other);
            let place = shown::corners(view, other, b"Rect").flatten().filter(|_| is_seen)?;
            Some((item.as_reference().ok(), place))
        };
        let taken = self.taken.get_or_insert_with(|| self.earlier.iter().filter_map(shows).collect());
        let Some(left) = self.left.checked_sub(taken.len()) else { return true };
        self.left = left;
        taken.iter().any(|(id, other)| {
            let width = own[2].min(other[2]) - own[0].max(other[0]);
            let height = own[3].min(other[3]) - own[1].max(other[1]);
            *id != Some(widget) && width > TOUCH && height > TOUCH
        })
    }
}

/// Tells whether an annotation is one that people make, and does nothing by itself.
fn is_markup(annotation: &Dictionary) -> bool {
    let made = matches!(annotation.get(b"Subtype"), Ok(Object::Name(name)) if MARKUP.contains(&name.as_slice()));
    made && ![b"A".as_slice(), b"AA", b"PA"].iter().any(|action| annotation.has(action))
}

fn is_widget(view: View<'_>, item: &Object) -> bool {
    match view.resolve(item) {
        Object::Dictionary(annotation) => {
            !matches!(annotation.get(b"Subtype"), Ok(Object::Name(name)) if name != b"Widget")
        }
        _ => true,
    }
}

fn tell(comparison: &mut Comparison<'_>, kind: ChangeKind, object: Option<ObjectId>, path: &str, page: Option<u32>) {
    comparison.push(Change { page, ..Change::new(kind, object, path) });
}

/// Lists the page objects in order; an unreasonable tree gives none, and the strict walk denies its changes.
fn pages(view: View<'_>) -> Vec<ObjectId> {
    let Some(Ok(Object::Reference(root))) = view.catalogue().map(|(_, catalogue)| catalogue.get(b"Pages")) else {
        return Vec::new();
    };
    let (mut found, mut open, mut seen) = (Vec::new(), vec![*root], HashSet::new());
    while let Some(id) = open.pop() {
        if !seen.insert(id) || seen.len() > NODES {
            return Vec::new();
        }
        let Some(node) = view.object_dictionary(id) else { continue };
        match view.array(node, b"Kids") {
            Some(kids) => open.extend(kids.iter().rev().filter_map(|kid| kid.as_reference().ok())),
            None => found.push(id),
        }
    }
    found
}
