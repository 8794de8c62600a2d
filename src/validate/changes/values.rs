//! What filling in a field may set (ISO 32000-2, 12.7.4 and 12.7.5): the value and what shows it, and no more.

use super::comparison::Comparison;
use super::fields::DEPTH;
use super::view::{View, same};
use crate::pdf::{Dictionary, Object, ObjectId};

/// What a value may bring with it in a field and its widgets.
const VALUE_KEYS: &[&[u8]] = &[b"V", b"AP", b"AS", b"I", b"RV", b"M", b"Kids"];
/// The same in a check box or radio button: which of its pictures shows.
const BUTTON_KEYS: &[&[u8]] = &[b"V", b"AS", b"M", b"Kids"];
/// What may be set where there is no other value.
const NO_VALUE_KEYS: &[&[u8]] = &[b"M", b"Kids"];
/// The field flag of what users may not change (table 227).
const READ_ONLY: i64 = 1;
/// The field flag of a button without value (table 229).
const PUSH_BUTTON: i64 = 1 << 16;

/// Tells what filling in may set. A button keeps its pictures and only shows another of them; what shows a value may
/// change with the value alone; a field that nobody may fill in changes only where the form computes it.
pub(super) fn settable(
    comparison: &Comparison<'_>,
    (old, new): (&Dictionary, &Dictionary),
    kind: Option<&[u8]>,
    id: ObjectId,
) -> &'static [&'static [u8]] {
    let flags = flags(comparison.older, old);
    let (before, after) = (value(comparison.older, old), value(comparison.newer, new));
    let is_other = !same(&before.unwrap_or(Object::Null), &after.unwrap_or(Object::Null));
    match kind {
        _ if flags & READ_ONLY != 0 && !is_computed(comparison.older, id) => NO_VALUE_KEYS,
        Some(b"Btn") if flags & PUSH_BUTTON != 0 => NO_VALUE_KEYS,
        Some(b"Btn") => BUTTON_KEYS,
        _ if is_other => VALUE_KEYS,
        _ => NO_VALUE_KEYS,
    }
}

fn value(view: View<'_>, field: &Dictionary) -> Option<Object> {
    match field.get(b"V").ok()? {
        Object::Reference(id) => view.get(*id).cloned(),
        value => Some(value.clone()),
    }
}

/// Tells whether a field is in the form's calculation order (table 224).
fn is_computed(view: View<'_>, id: ObjectId) -> bool {
    let form = view.catalogue().and_then(|(_, catalogue)| view.dictionary(catalogue, b"AcroForm"));
    let order = form.and_then(|form| view.array(form, b"CO")).unwrap_or_default();
    order.iter().any(|one| one.as_reference().ok() == Some(id))
}

/// Returns a field's flags, its parents' where it has none (table 226).
fn flags(view: View<'_>, field: &Dictionary) -> i64 {
    let mut node = field;
    for _ in 0..DEPTH {
        let own = match node.get(b"Ff") {
            Ok(Object::Reference(id)) => view.get(*id),
            Ok(value) => Some(value),
            Err(_) => None,
        };
        match own {
            Some(Object::Integer(flags)) => return *flags,
            // What is no number may be any.
            Some(value) if !value.is_null() => return READ_ONLY,
            _ => {}
        }
        let Some(parent) =
            node.get(b"Parent").and_then(Object::as_reference).ok().and_then(|id| view.object_dictionary(id))
        else {
            break;
        };
        node = parent;
    }
    0
}
