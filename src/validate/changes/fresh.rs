//! What a new signature field and its widgets may say (ISO 32000-2, 12.7.5.5 and 12.5.6.19): nothing that runs, and nothing
//! by which they show as something else.

use super::view::View;
use crate::pdf::{Dictionary, Object, ObjectId};

/// What a field may say of itself, and a widget that is no field may not.
const FIELD_KEYS: &[&[u8]] = &[b"T", b"TU", b"TM", b"Ff", b"V", b"Kids", b"Lock", b"SV"];
/// What both may say. No actions: nothing here may run.
const WIDGET_KEYS: &[&[u8]] = &[
    b"Type",
    b"Subtype",
    b"FT",
    b"Rect",
    b"P",
    b"F",
    b"AP",
    b"AS",
    b"MK",
    b"BS",
    b"Border",
    b"Parent",
    b"NM",
    b"M",
    b"DA",
    b"Q",
    b"DR",
    b"H",
    b"Contents",
    b"StructParent",
];

/// Tells whether a new node of the field tree says nothing else than it may, and stands below the one it names as its
/// parent.
pub(super) fn is_field(view: View<'_>, field: &Dictionary, parent: Option<ObjectId>) -> bool {
    let is_known = |key: &[u8]| FIELD_KEYS.contains(&key) || WIDGET_KEYS.contains(&key);
    let named = field.get(b"Parent").ok().filter(|parent| !parent.is_null());
    let is_below = named.cloned() == parent.map(Object::Reference);
    // As another kind of annotation it would show as one.
    let shows_as_widget = !field.has(b"Subtype") || view.name(field, b"Subtype") == Some(b"Widget");
    is_below && shows_as_widget && field.iter().all(|(key, _)| is_known(key))
}

/// Tells whether the new widget of a new signature field is its widget and nothing else.
pub(super) fn is_widget(view: View<'_>, widget: &Dictionary, field: ObjectId) -> bool {
    // Some writers leave out whose it is; one that names another field shows as that one's.
    let is_of_field = widget.get(b"Parent").map_or(true, |parent| *parent == Object::Reference(field));
    let is_of_signature = !widget.has(b"FT") || view.name(widget, b"FT") == Some(b"Sig");
    let is_plain = widget.iter().all(|(key, _)| WIDGET_KEYS.contains(&key.as_slice()));
    let is_widget = widget.has_type(b"Annot") && view.name(widget, b"Subtype") == Some(b"Widget");
    is_of_field && is_of_signature && is_plain && is_widget
}
