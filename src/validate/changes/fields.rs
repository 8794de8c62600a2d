//! The rule for form fields (ISO 32000-2, 12.7.4 and 12.7.5.5): signature fields may be added and, once, signed;
//! other fields may get values; all else is denied.

use super::comparison::{Comparison, step};
use super::form::follow;
use super::view::{Members, View, same, same_dictionary};
use super::{Change, ChangeKind, fresh};
use super::{shown, values};
use crate::pdf::{Dictionary, Object, ObjectId};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How deep fields may nest.
pub(super) const DEPTH: usize = 32;
/// The longest fully qualified name of a field, in bytes.
const LONGEST_NAME: usize = 4096;
/// What signing may set in an empty signature field and its widgets.
const SIGNED_KEYS: &[&[u8]] = &[b"V", b"AP", b"AS", b"F", b"Ff", b"MK", b"M", b"Kids", b"Type"];
/// Annotation flags that signing may raise: print, locked, locked contents (table 167).
const SIGNING_FLAGS: i64 = 4 | 128 | 512;

/// Compares the lists of fields.
pub(super) fn compare(comparison: &mut Comparison<'_>, before: Option<&Object>, after: Option<&Object>, path: &str) {
    let left = 8 * (comparison.newer.pdf().entries().len() + comparison.older.pdf().entries().len()) + 10_000;
    let mut walk = Walk { comparison, seen: HashSet::new(), names: HashSet::new(), fresh: Vec::new(), left };
    walk.list(before, after, &Inherited::default(), path, 0);
    walk.tell_twins();
}

/// What a field takes from its parents.
#[derive(Clone, Default)]
struct Inherited {
    kind: Option<Vec<u8>>,
    name: String,
    parent: Option<ObjectId>,
}

struct Walk<'c, 'a> {
    comparison: &'c mut Comparison<'a>,
    seen: HashSet<ObjectId>,
    /// The names that fields have, as numbers: where two names agree by chance, the new field is refused for nothing.
    names: HashSet<u64>,
    /// The new fields and their names.
    fresh: Vec<(ObjectId, u64)>,
    /// How many kids may still be looked at: fields that share one long list would be a list's work each.
    left: usize,
}

impl Walk<'_, '_> {
    /// Compares two lists of fields: the old ones stay in their order; new ones must be signature fields.
    fn list(&mut self, before: Option<&Object>, after: Option<&Object>, from: &Inherited, path: &str, depth: usize) {
        let old = before.map(|value| self.comparison.older.resolve(value));
        let new = after.map(|value| self.comparison.newer.resolve(value));
        let (None | Some(Object::Null | Object::Array(_)), Some(Object::Array(new)), true) = (old, new, depth < DEPTH)
        else {
            return self.comparison.require_same(before, after, from.parent, path);
        };
        let old = old.and_then(|value| value.as_array().ok()).map_or(&[][..], Vec::as_slice);
        self.comparison.settle(before, after);
        let (old, new) = (old.to_vec(), new.clone());
        let all_old = Members::of(&old);
        let kept: Vec<&Object> = new.iter().filter(|item| all_old.has(item)).collect();
        if kept.len() != old.len() || !kept.iter().zip(&old).all(|(one, other)| same(one, other)) {
            self.comparison.report(ChangeKind::ObjectRemoved, from.parent, path);
        }
        for (index, item) in new.iter().enumerate() {
            let place = format!("{path}[{index}]");
            let known = all_old.has(item);
            match item {
                Object::Reference(id) if known => self.field(*id, from, &place, depth),
                Object::Reference(id) => self.added(*id, from, &place, depth),
                _ if known => follow(self.comparison, Some(item), &place),
                _ => self.comparison.report(ChangeKind::ObjectAdded, from.parent, &place),
            }
        }
    }

    /// Compares one field that both revisions have.
    fn field(&mut self, id: ObjectId, from: &Inherited, path: &str, depth: usize) {
        let reference = Object::Reference(id);
        let pair = (self.comparison.older.object_dictionary(id), self.comparison.newer.object_dictionary(id));
        let ((Some(old), Some(new)), true) = (pair, self.seen.insert(id)) else {
            return self.comparison.require_same(Some(&reference), Some(&reference), Some(id), path);
        };
        let own = self.inherited(old, from, id);
        if !self.may_look_at(old, new) || own.name.len() > LONGEST_NAME {
            return self.comparison.report(ChangeKind::Unreadable, Some(id), path);
        }
        self.names.insert(number(&own.name));
        if has_named_kids(self.comparison.newer, new) {
            let is_bare = !old.has(b"FT") && !old.has(b"Subtype") && !old.has(b"Kids");
            if !is_bare && !has_named_kids(self.comparison.older, old) {
                // What had a value or a widget of its own would only be a group of others now.
                self.comparison.report(ChangeKind::ObjectChanged, Some(id), &step(path, b"Kids"));
            }
            self.comparison.require_rest((old, new), &[b"Kids"], Some(id), path);
            self.list(old.get(b"Kids").ok(), new.get(b"Kids").ok(), &own, &step(path, b"Kids"), depth + 1);
            return self.comparison.handle(id);
        }
        let filled =
            self.comparison.older.value(old, b"V").is_none() && self.comparison.newer.value(new, b"V").is_some();
        match own.kind.as_deref() {
            Some(b"Sig") if filled => self.signed(id, (old, new), &own, path),
            Some(b"Tx" | b"Btn" | b"Ch") if self.value_differs(old, new) => self.valued(id, (old, new), &own, path),
            _ => self.comparison.require_same(Some(&reference), Some(&reference), Some(id), path),
        }
    }

    /// Judges an empty signature field that is signed now.
    fn signed(&mut self, id: ObjectId, (old, new): (&Dictionary, &Dictionary), own: &Inherited, path: &str) {
        let fits = self.signature_value(new);
        if !fits {
            self.comparison.report(ChangeKind::ObjectChanged, Some(id), &step(path, b"V"));
        }
        self.widget(id, (old, new), SIGNED_KEYS, path);
        for kid in self.kids(old, new, id, path) {
            let pair = (self.comparison.older.object_dictionary(kid), self.comparison.newer.object_dictionary(kid));
            if let (Some(old), Some(new)) = pair {
                self.widget(kid, (old, new), SIGNED_KEYS, path);
                self.comparison.signature_widgets.insert(kid, id);
            }
        }
        self.comparison.signature_widgets.insert(id, id);
        let seen = self.is_visible(new) || self.new_kids(new).iter().any(|kid| self.is_visible_object(*kid));
        // What shows on a page is a signature, whoever made it: a timestamp has nothing to say to readers.
        let kind = match self.is_timestamp(new) && !seen {
            true => ChangeKind::DocumentTimestamp,
            false => ChangeKind::Signature,
        };
        self.push(kind, id, own, path);
    }

    /// Judges a field of another kind that has another value now.
    fn valued(&mut self, id: ObjectId, (old, new): (&Dictionary, &Dictionary), own: &Inherited, path: &str) {
        let judged = values::settable(self.comparison, (old, new), own.kind.as_deref(), id);
        self.widget(id, (old, new), judged, path);
        for kid in self.kids(old, new, id, path) {
            let pair = (self.comparison.older.object_dictionary(kid), self.comparison.newer.object_dictionary(kid));
            if let (Some(old), Some(new)) = pair {
                self.widget(kid, (old, new), judged, path);
            }
        }
        self.push(ChangeKind::FieldValue, id, own, path);
    }

    /// Compares a field's or widget's dictionary but for the keys that the act may set.
    fn widget(&mut self, id: ObjectId, (old, new): (&Dictionary, &Dictionary), judged: &[&[u8]], path: &str) {
        self.comparison.require_rest((old, new), judged, Some(id), path);
        for key in judged.iter().filter(|key| **key != b"Kids") {
            let (before, after) = (old.get(key).ok(), new.get(key).ok());
            let place = step(path, key);
            match (*key, before, after) {
                (b"AP", Some(_), None) => self.comparison.report(ChangeKind::ObjectRemoved, Some(id), &place),
                (b"F", _, _) if !raised(before, after, SIGNING_FLAGS) => {
                    self.comparison.report(ChangeKind::ObjectChanged, Some(id), &place);
                }
                (b"Ff", _, _) if !raised(before, after, 1) => {
                    self.comparison.report(ChangeKind::ObjectChanged, Some(id), &place);
                }
                // The type may be left out and may be filled in (table 166).
                (b"Type", None, Some(Object::Name(name))) if name == b"Annot" => {}
                (b"Type", _, _) => self.comparison.require_same(before, after, Some(id), &place),
                (b"AP", _, _) => self.appearance(before, after, &place),
                _ => {
                    self.comparison.settle(None, after);
                    follow(self.comparison, after, &place);
                }
            }
        }
        self.comparison.handle(id);
    }

    /// Accepts another appearance, also where its streams were overwritten in place.
    fn appearance(&mut self, before: Option<&Object>, after: Option<&Object>, path: &str) {
        self.comparison.settle(None, after);
        let (mut old, mut new) = (Vec::new(), Vec::new());
        before.iter().for_each(|value| crate::pdf::references(value, &mut old));
        after.iter().for_each(|value| crate::pdf::references(value, &mut new));
        for id in new {
            let stream = self.comparison.newer.get(id).filter(|object| matches!(object, Object::Stream(_)));
            if let (true, Some(stream), true) = (old.contains(&id), stream, self.comparison.differs(id)) {
                let inside = stream.clone();
                self.comparison.explain(&inside);
                follow(self.comparison, Some(&inside), path);
                self.comparison.accept(id);
            } else {
                follow(self.comparison, Some(&Object::Reference(id)), path);
            }
        }
    }

    /// Judges a field that is new in the list.
    fn added(&mut self, id: ObjectId, from: &Inherited, path: &str, depth: usize) {
        let new = self.comparison.newer.object_dictionary(id);
        // An object that was there before had another meaning, and may not be made a field now.
        let (Some(new), true, true, true) = (new, self.comparison.is_new(id), self.seen.insert(id), depth < DEPTH)
        else {
            return self.comparison.report(ChangeKind::ObjectAdded, Some(id), path);
        };
        let own = self.inherited(new, from, id);
        if !self.may_look_at(new, new) || own.name.len() > LONGEST_NAME {
            return self.comparison.report(ChangeKind::Unreadable, Some(id), path);
        }
        if !fresh::is_field(self.comparison.newer, new, from.parent) {
            return self.comparison.report(ChangeKind::ObjectAdded, Some(id), path);
        }
        self.comparison.explain(&Object::Reference(id));
        follow(self.comparison, Some(&Object::Dictionary(new.clone())), path);
        self.fresh.push((id, number(&own.name)));
        if has_named_kids(self.comparison.newer, new) {
            return self.list(None, new.get(b"Kids").ok(), &own, &step(path, b"Kids"), depth + 1);
        }
        let signed = self.comparison.newer.value(new, b"V").is_some();
        if own.kind.as_deref() != Some(b"Sig") || (signed && !self.signature_value(new)) || !self.new_widgets(new, id) {
            return self.comparison.report(ChangeKind::ObjectAdded, Some(id), path);
        }
        self.comparison.signature_widgets.insert(id, id);
        let seen = self.is_visible(new) || self.new_kids(new).iter().any(|kid| self.is_visible_object(*kid));
        let kind = match (signed, seen) {
            (true, true) => ChangeKind::VisibleSignature,
            (true, false) if self.is_timestamp(new) => ChangeKind::DocumentTimestamp,
            (true, false) => ChangeKind::Signature,
            // Nobody answers for what an empty field shows: it is an annotation like any other.
            (false, true) if self.has_appearance(new) => ChangeKind::Annotation,
            (false, _) => ChangeKind::SignatureField,
        };
        self.push(kind, id, &own, path);
    }

    /// Denies new fields that have the name of another: some readers take fields of one name for one field (12.7.4.2).
    fn tell_twins(&mut self) {
        for (id, name) in std::mem::take(&mut self.fresh) {
            if !self.names.insert(name) {
                self.comparison.report(ChangeKind::ObjectAdded, Some(id), "Root/AcroForm/Fields");
            }
        }
    }

    /// Tells whether the widgets of a new signature field are new and plain.
    fn new_widgets(&mut self, new: &Dictionary, field: ObjectId) -> bool {
        for kid in self.new_kids(new) {
            let view = self.comparison.newer;
            match view.object_dictionary(kid) {
                Some(widget) if self.comparison.is_new(kid) && fresh::is_widget(view, widget, field) => {
                    self.comparison.signature_widgets.insert(kid, field);
                }
                _ => return false,
            }
        }
        true
    }

    /// Takes the kids of a field in both revisions out of what may be looked at.
    fn may_look_at(&mut self, old: &Dictionary, new: &Dictionary) -> bool {
        let before = self.comparison.older.array(old, b"Kids").map_or(0, <[Object]>::len);
        let now = self.comparison.newer.array(new, b"Kids").map_or(0, <[Object]>::len);
        let enough = before + now <= self.left;
        self.left = self.left.saturating_sub(before + now);
        enough
    }

    fn new_kids(&self, new: &Dictionary) -> Vec<ObjectId> {
        let kids = self.comparison.newer.array(new, b"Kids").unwrap_or_default();
        kids.iter().filter_map(|kid| kid.as_reference().ok()).collect()
    }

    /// Returns the widgets of a field where the list stayed the same; demands that it did.
    fn kids(&mut self, old: &Dictionary, new: &Dictionary, id: ObjectId, path: &str) -> Vec<ObjectId> {
        let (before, after) = (old.get(b"Kids").ok(), new.get(b"Kids").ok());
        let (Some(before), Some(after)) = (before, after) else {
            if before.is_some() || after.is_some() {
                self.comparison.report(ChangeKind::ObjectChanged, Some(id), &step(path, b"Kids"));
            }
            return Vec::new();
        };
        let one = self.comparison.older.resolve(before);
        let other = self.comparison.newer.resolve(after);
        if !same(before, after) || !same(one, other) {
            self.comparison.report(ChangeKind::ObjectChanged, Some(id), &step(path, b"Kids"));
        }
        self.new_kids(new)
    }

    /// Tells whether a signature field's value is a signature dictionary that did not exist before.
    fn signature_value(&mut self, new: &Dictionary) -> bool {
        let fresh = match new.get(b"V") {
            Ok(Object::Reference(id)) => self.comparison.is_new(*id),
            Ok(Object::Dictionary(_)) => true,
            _ => false,
        };
        let Some(value) = self.comparison.newer.dictionary(new, b"V") else { return false };
        let whole = value.has(b"ByteRange") && value.has(b"Contents") && value.has(b"Filter");
        follow(self.comparison, Some(&Object::Dictionary(value.clone())), "V");
        fresh && whole
    }

    fn is_timestamp(&self, new: &Dictionary) -> bool {
        let view = self.comparison.newer;
        view.dictionary(new, b"V").is_some_and(|value| {
            view.name(value, b"SubFilter") == Some(b"ETSI.RFC3161")
                && view.name(value, b"Type") == Some(b"DocTimeStamp")
        })
    }

    fn is_visible_object(&self, id: ObjectId) -> bool {
        self.comparison.newer.object_dictionary(id).is_some_and(|widget| self.is_visible(widget))
    }

    /// Tells whether a widget may show something on its page.
    fn is_visible(&self, widget: &Dictionary) -> bool {
        let view = self.comparison.newer;
        shown::area(view, widget) > 0.0 && !shown::is_hidden(view, widget)
    }

    fn has_appearance(&self, field: &Dictionary) -> bool {
        let paints = |widget: &Dictionary| widget.has(b"AP") || widget.has(b"MK");
        let kids = self.new_kids(field);
        paints(field) || kids.iter().any(|kid| self.comparison.newer.object_dictionary(*kid).is_some_and(paints))
    }

    fn value_differs(&self, old: &Dictionary, new: &Dictionary) -> bool {
        let unchanged = same_dictionary(old, new, &[]) && {
            let (one, other) = (self.comparison.older.value(old, b"V"), self.comparison.newer.value(new, b"V"));
            same(one.unwrap_or(&Object::Null), other.unwrap_or(&Object::Null))
        };
        !unchanged
    }

    fn inherited(&self, field: &Dictionary, from: &Inherited, id: ObjectId) -> Inherited {
        let view = self.comparison.newer;
        let own = match view.value(field, b"T") {
            Some(name) => crate::pades::text_string(name).unwrap_or_default(),
            None => String::new(),
        };
        let name = match (from.name.is_empty(), own.is_empty()) {
            (true, _) => own,
            (false, true) => from.name.clone(),
            (false, false) => format!("{}.{own}", from.name),
        };
        let kind = view.name(field, b"FT").map(<[u8]>::to_vec).or_else(|| from.kind.clone());
        Inherited { kind, name, parent: Some(id) }
    }

    fn push(&mut self, kind: ChangeKind, id: ObjectId, own: &Inherited, path: &str) {
        let field = Some(own.name.clone());
        self.comparison.push(Change { field, ..Change::new(kind, Some(id), path) });
    }
}

/// Tells whether a field's kids are fields themselves, not widgets: they carry partial names (12.7.4.2).
fn has_named_kids(view: View<'_>, field: &Dictionary) -> bool {
    let mut kids = view.array(field, b"Kids").unwrap_or_default().iter().filter_map(|kid| kid.as_reference().ok());
    kids.any(|kid| view.object_dictionary(kid).is_some_and(|kid| kid.has(b"T")))
}

/// Returns a number for a name.
fn number(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Tells whether flags differ only by allowed bits that were raised.
fn raised(before: Option<&Object>, after: Option<&Object>, allowed: i64) -> bool {
    let bits = |value: Option<&Object>| match value {
        None => Some(0),
        Some(Object::Integer(bits)) => Some(*bits),
        Some(_) => None,
    };
    match (bits(before), bits(after)) {
        (Some(old), Some(new)) => old & !new == 0 && (new & !old) & !allowed == 0,
        _ => false,
    }
}
