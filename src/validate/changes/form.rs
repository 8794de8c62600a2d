//! The rule for the interactive form (ISO 32000-2, 12.7.3): what signing must touch there, and nothing else.

use super::ChangeKind;
use super::awaited::Awaited;
use super::comparison::{Comparison, step};
use super::view::{as_dictionary, keys, same};
use super::{annotations, fields};
use crate::pdf::{Dictionary, Object, ObjectId};
use std::sync::LazyLock;

static EMPTY: LazyLock<Dictionary> = LazyLock::new(Dictionary::new);

/// Compares the forms of both revisions with all their fields.
pub(super) fn compare(comparison: &mut Comparison<'_>) {
    let (Some((catalogue, older)), Some((_, newer))) = (comparison.older.catalogue(), comparison.newer.catalogue())
    else {
        return;
    };
    let path = "Root/AcroForm";
    let (before, after) = (older.get(b"AcroForm").ok(), newer.get(b"AcroForm").ok());
    let old = match before.map(|value| comparison.older.resolve(value)) {
        None | Some(Object::Null) => Some(&*EMPTY),
        Some(value) => as_dictionary(value),
    };
    let new = after.and_then(|value| as_dictionary(comparison.newer.resolve(value)));
    let (Some(old), Some(new)) = (old, new) else {
        return comparison.require_same(before, after, Some(catalogue), path);
    };
    comparison.settle(before, after);
    let id = after.and_then(|value| value.as_reference().ok()).or(Some(catalogue));
    // Defaults of a form without fields change nothing that anyone could have seen.
    let had_fields = comparison.older.array(old, b"Fields").is_some_and(|fields| !fields.is_empty())
        || annotations::has_widgets(comparison.older);
    for key in keys(old, new) {
        let place = step(path, key);
        let (one, other) = (old.get(key).ok(), new.get(key).ok());
        match key {
            b"Fields" => fields::compare(comparison, one, other, &place),
            b"SigFlags" => flags(comparison, one, other, id),
            b"NeedAppearances" => appearances(comparison, one, other, id),
            b"DR" if had_fields => resources(comparison, one, other, id, &place),
            b"DR" | b"DA" | b"Q" if !had_fields => {
                if !same(one.unwrap_or(&Object::Null), other.unwrap_or(&Object::Null)) {
                    comparison.report(ChangeKind::Housekeeping, id, &place);
                }
                comparison.settle(one, other);
                follow(comparison, other, &place);
            }
            _ => comparison.require_same(one, other, id, &place),
        }
    }
}

/// Walks strictly what an accepted value leads to and what existed before.
pub(super) fn follow(comparison: &mut Comparison<'_>, value: Option<&Object>, path: &str) {
    let mut found = Vec::new();
    if let Some(value) = value {
        crate::pdf::references(value, &mut found);
    }
    found.retain(|id| !comparison.is_new(*id));
    found.into_iter().for_each(|id| comparison.require_same_from(id, path));
}

/// The signature flags may only be raised (table 225).
fn flags(comparison: &mut Comparison<'_>, before: Option<&Object>, after: Option<&Object>, id: Option<ObjectId>) {
    let bits = |value: Option<&Object>| match value {
        None => Some(0),
        Some(Object::Integer(bits)) => Some(*bits),
        Some(_) => None,
    };
    match (bits(before), bits(after)) {
        (Some(old), Some(new)) if old == new => {}
        (Some(old), Some(new)) if old & !new == 0 && new & !3 == 0 => {
            comparison.report(ChangeKind::Housekeeping, id, "Root/AcroForm/SigFlags");
        }
        _ => comparison.require_same(before, after, id, "Root/AcroForm/SigFlags"),
    }
}

/// The request to draw appearances anew may be withdrawn where there are none but signatures, never made.
fn appearances(comparison: &mut Comparison<'_>, before: Option<&Object>, after: Option<&Object>, id: Option<ObjectId>) {
    let asks = |value: Option<&Object>| match value {
        None | Some(Object::Null) => Some(false),
        Some(Object::Boolean(asks)) => Some(*asks),
        Some(_) => None,
    };
    let path = "Root/AcroForm/NeedAppearances";
    match (asks(before), asks(after)) {
        (Some(old), Some(new)) if old == new => {}
        // Values that were drawn for whoever looked would be shown by pictures that nobody was shown.
        (Some(true), Some(false)) if !annotations::has_values(comparison.older) => {
            comparison.report(ChangeKind::FormSettings, id, path);
        }
        _ => comparison.require_same(before, after, id, path),
    }
}

/// Default resources may grow by further names that no value waits for; each old name keeps its meaning.
fn resources(
    comparison: &mut Comparison<'_>,
    before: Option<&Object>,
    after: Option<&Object>,
    id: Option<ObjectId>,
    path: &str,
) {
    let old = before.map_or(Some(&*EMPTY), |value| as_dictionary(comparison.older.resolve(value)));
    let new = after.and_then(|value| as_dictionary(comparison.newer.resolve(value)));
    let (Some(old), Some(new)) = (old, new) else {
        return comparison.require_same(before, after, id, path);
    };
    comparison.settle(before, after);
    let awaited = Awaited::by(comparison.older);
    for key in keys(old, new) {
        let place = step(path, key);
        let (one, other) = (old.get(key).ok(), new.get(key).ok());
        let names = one.map_or(Some(&*EMPTY), |value| as_dictionary(comparison.older.resolve(value)));
        let more = other.and_then(|value| as_dictionary(comparison.newer.resolve(value)));
        let (Some(names), Some(more)) = (names, more) else {
            comparison.require_same(one, other, id, &place);
            continue;
        };
        comparison.settle(one, other);
        for name in keys(names, more) {
            let (kept, now) = (names.get(name).ok(), more.get(name).ok());
            // A font that values name and that there was not would show them in another way than they were shown.
            if kept.is_none() && !(key == b"Font" && awaited.has(name)) {
                comparison.report(ChangeKind::FormSettings, id, &step(&place, name));
                follow(comparison, now, &place);
            } else {
                comparison.require_same(kept, now, id, &step(&place, name));
            }
        }
    }
}
