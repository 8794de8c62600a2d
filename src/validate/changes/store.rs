//! The rule for the document security store (DSS, EN 319 142-1, 5.4.2): material may be added, none taken away.

use super::ChangeKind;
use super::comparison::{Comparison, step};
use super::view::{Members, as_dictionary, keys, same};
use crate::pdf::{Dictionary, Object, ObjectId};

/// The store's lists of streams.
const LISTS: &[&[u8]] = &[b"Certs", b"CRLs", b"OCSPs"];
/// The lists in the entry of one signature (VRI).
const ENTRY_LISTS: &[&[u8]] = &[b"Cert", b"CRL", b"OCSP"];
/// The other keys of such an entry: its type, when it was made, and a timestamp for that.
const ENTRY_FACTS: &[&[u8]] = &[b"Type", b"TU", b"TS"];

/// Compares the security stores of both revisions.
pub(super) fn compare(comparison: &mut Comparison<'_>) {
    let (Some((catalogue, older)), Some((_, newer))) = (comparison.older.catalogue(), comparison.newer.catalogue())
    else {
        return;
    };
    let (before, after) = (older.get(b"DSS").ok(), newer.get(b"DSS").ok());
    let path = "Root/DSS";
    let Some(pair) = pair(comparison, before, after) else {
        return comparison.require_same(before, after, Some(catalogue), path);
    };
    let id = settle(comparison, before, after);
    for key in keys(pair.0, pair.1) {
        let place = step(path, key);
        let (old, new) = (pair.0.get(key).ok(), pair.1.get(key).ok());
        if LISTS.contains(&key) {
            list(comparison, old, new, id, &place);
        } else if key == b"VRI" {
            entries(comparison, old, new, id, &place);
        } else if key != b"Type" {
            comparison.require_same(old, new, id, &place);
        }
    }
}

/// Returns both values as dictionaries where the later one is one and the earlier is one or missing.
fn pair<'a>(
    comparison: &Comparison<'a>,
    before: Option<&'a Object>,
    after: Option<&'a Object>,
) -> Option<(&'a Dictionary, &'a Dictionary)> {
    static NONE: std::sync::LazyLock<Dictionary> = std::sync::LazyLock::new(Dictionary::new);
    let new = as_dictionary(comparison.newer.resolve(after?))?;
    let old = match before.map(|value| comparison.older.resolve(value)) {
        None | Some(Object::Null) => &*NONE,
        Some(value) => as_dictionary(value)?,
    };
    Some((old, new))
}

/// Says that the rule answers for a value; reports that material was added where the value differs.
fn settle(comparison: &mut Comparison<'_>, before: Option<&Object>, after: Option<&Object>) -> Option<ObjectId> {
    let id = after.and_then(|value| value.as_reference().ok());
    let moved = !same(before.unwrap_or(&Object::Null), after.unwrap_or(&Object::Null));
    if moved || id.is_some_and(|id| comparison.differs(id)) {
        comparison.report(ChangeKind::ValidationData, id, "Root/DSS");
    }
    comparison.settle(before, after);
    id
}

/// Compares a list of streams: what was there stays and stays the same; what is new is a stream.
fn list(
    comparison: &mut Comparison<'_>,
    before: Option<&Object>,
    after: Option<&Object>,
    id: Option<ObjectId>,
    path: &str,
) {
    let old = before.map(|value| comparison.older.resolve(value));
    let new = after.map(|value| comparison.newer.resolve(value));
    let (Some(Object::Array(new)), None | Some(Object::Null | Object::Array(_))) = (new, old) else {
        return comparison.require_same(before, after, id, path);
    };
    let old = old.and_then(|value| value.as_array().ok()).map_or(&[][..], Vec::as_slice);
    settle(comparison, before, after);
    let (all_old, all_new) = (Members::of(old), Members::of(new));
    for kept in old {
        if all_new.has(kept) {
            comparison.require_same(Some(kept), Some(kept), id, path);
        } else {
            comparison.report(ChangeKind::ObjectRemoved, id, path);
        }
    }
    for item in new.iter().filter(|item| !all_old.has(item)) {
        if matches!(comparison.newer.resolve(item), Object::Stream(_)) {
            comparison.explain(item);
        } else {
            comparison.report(ChangeKind::ObjectAdded, id, path);
        }
    }
}

/// Compares the entries a signature (VRI). They only say which material belongs to which signature: an entry may be
/// written anew or left out, as long as it names streams and nothing else.
fn entries(
    comparison: &mut Comparison<'_>,
    before: Option<&Object>,
    after: Option<&Object>,
    id: Option<ObjectId>,
    path: &str,
) {
    let Some(after_value) = after else {
        return comparison.report(ChangeKind::ValidationData, id, path);
    };
    let Some((_, new)) = pair(comparison, None, after) else {
        return comparison.require_same(before, after, id, path);
    };
    settle(comparison, before, Some(after_value));
    for (key, entry) in new.iter().filter(|(key, _)| key.as_slice() != b"Type") {
        let place = step(path, key);
        let old = before.and_then(|value| as_dictionary(comparison.older.resolve(value)));
        let one = old.and_then(|old| old.get(key).ok());
        if is_entry(comparison, entry) {
            settle(comparison, one, Some(entry));
            let parts = as_dictionary(comparison.newer.resolve(entry));
            for (_, part) in parts.into_iter().flat_map(|parts| parts.iter()) {
                comparison.explain(part);
            }
        } else {
            comparison.require_same(one, Some(entry), id, &place);
        }
    }
}

/// Tells whether a value is the entry of a signature: lists of streams and facts.
fn is_entry(comparison: &Comparison<'_>, entry: &Object) -> bool {
    let view = comparison.newer;
    let is_stream = |item: &Object| matches!(view.resolve(item), Object::Stream(_));
    let fits = |(key, value): (&Vec<u8>, &Object)| {
        let listed = matches!(view.resolve(value), Object::Array(items) if items.iter().all(is_stream));
        let is_null = matches!(view.resolve(value), Object::Null);
        (ENTRY_LISTS.contains(&key.as_slice()) && (listed || is_null)) || ENTRY_FACTS.contains(&key.as_slice())
    };
    as_dictionary(view.resolve(entry)).is_some_and(|entry| entry.iter().all(fits))
}
