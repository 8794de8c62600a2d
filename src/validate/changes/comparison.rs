//! The two revisions beside each other: the differing objects, the rules' answers, and the strict walk.

use super::view::{View, is_structural, keys, same};
use super::{Change, ChangeKind, Step, Tally, place};
use crate::pdf::{Dictionary, Entry, Object, ObjectId, Pdf, references};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

/// How many differences are listed whatever they are; beyond, those that no judgement tells from a listed one are counted.
const LISTED: usize = 200;

/// Two revisions and what is known of their differences so far.
pub(super) struct Comparison<'a> {
    /// The earlier revision.
    pub(super) older: View<'a>,
    /// The later revision.
    pub(super) newer: View<'a>,
    /// Widgets of signature fields that were added or signed between the two, each with its field.
    pub(super) signature_widgets: HashMap<ObjectId, ObjectId>,
    /// Objects present in both and different, or in one only.
    differing: BTreeSet<ObjectId>,
    /// Objects whose every difference a rule has judged.
    handled: HashSet<ObjectId>,
    /// Objects that a rule led to: new ones, and values that it judged. On any other path they are denied all the same.
    explained: HashSet<ObjectId>,
    /// Objects that the strict walk has denied.
    denied: HashSet<ObjectId>,
    /// Where the strict walk starts, with the path there, and whether the way in may name what a rule has judged.
    strict: Vec<(ObjectId, Rc<str>, bool)>,
    changes: Vec<Change>,
    /// The kinds of the listed changes.
    kinds: HashSet<ChangeKind>,
    more: usize,
    /// Whether there was no room for a change that has to be judged.
    is_full: bool,
    /// What goes from step to step.
    pub(super) tally: Tally,
}

impl<'a> Comparison<'a> {
    /// Sets two revisions side by side.
    pub(super) fn new(older: &'a Pdf, newer: &'a Pdf, tally: Tally) -> Self {
        let (older, newer) = (View::new(older), View::new(newer));
        Self {
            older,
            newer,
            signature_widgets: HashMap::new(),
            differing: differing(older, newer),
            handled: HashSet::new(),
            explained: HashSet::new(),
            denied: HashSet::new(),
            strict: Vec::new(),
            changes: Vec::new(),
            kinds: HashSet::new(),
            more: 0,
            is_full: false,
            tally,
        }
    }

    /// Tells whether an object is new, gone or different.
    pub(super) fn differs(&self, id: ObjectId) -> bool {
        self.differing.contains(&id)
    }

    /// Tells whether an object exists in the later revision only.
    ///
    /// One that stood in the earlier revision and could not be read there is none that came: other readers may have shown it.
    pub(super) fn is_new(&self, id: ObjectId) -> bool {
        !self.older.is_in_use(id.0) && self.newer.get(id).is_some()
    }

    /// Tells whether both revisions name one and the same catalogue object.
    pub(super) fn same_catalogue(&self) -> bool {
        match (self.older.catalogue(), self.newer.catalogue()) {
            (Some((one, _)), Some((other, _))) => one == other,
            _ => false,
        }
    }

    /// Reports a difference.
    pub(super) fn report(&mut self, kind: ChangeKind, object: Option<ObjectId>, path: &str) {
        self.push(Change::new(kind, object, path));
    }

    /// Reports a difference with everything known of it. What a judgement may tell from the others is kept, however many
    /// there are: a harmless crowd hides nothing.
    pub(super) fn push(&mut self, change: Change) {
        let is_listed = self.changes.len() < LISTED || !self.kinds.contains(&change.kind);
        if !is_listed && !change.is_judged_for_itself() {
            self.more += 1;
        } else if self.tally.take(&change) {
            self.kinds.insert(change.kind);
            self.changes.push(change);
        } else {
            self.more += 1;
            self.is_full = true;
        }
    }

    /// Says that a rule has judged every difference of an object that exists in both revisions, key by key, so that
    /// the strict walk need not look into it on whatever path it comes by.
    pub(super) fn handle(&mut self, id: ObjectId) {
        self.handled.insert(id);
    }

    /// Tells whether a rule has answered for an object.
    pub(super) fn is_handled(&self, id: ObjectId) -> bool {
        self.handled.contains(&id)
    }

    /// Says that new objects reachable from a value have their reason in it.
    pub(super) fn explain(&mut self, value: &Object) {
        let mut open = Vec::new();
        references(value, &mut open);
        while let Some(id) = open.pop() {
            if self.is_new(id)
                && self.explained.insert(id)
                && let Some(object) = self.newer.get(id)
            {
                references(object, &mut open);
            }
        }
    }

    /// Says that a rule has judged a value against its earlier one: what is new in it has its reason, and an object
    /// that held the value before and holds it now has, too. An object that had another part before has not, and on
    /// another path, outside the rule, the object is denied all the same.
    pub(super) fn settle(&mut self, before: Option<&Object>, after: Option<&Object>) {
        let Some(value) = after else { return };
        self.explain(value);
        if let (Some(Object::Reference(one)), Object::Reference(other)) = (before, value)
            && one == other
        {
            self.explained.insert(*other);
        }
    }

    /// Says that a rule has accepted the differences of an object where it stands now.
    pub(super) fn accept(&mut self, id: ObjectId) {
        self.explained.insert(id);
    }

    /// Demands that a value is the same in both revisions, and everything it leads to as well.
    pub(super) fn require_same(
        &mut self,
        older: Option<&Object>,
        newer: Option<&Object>,
        object: Option<ObjectId>,
        path: &str,
    ) {
        let (older, newer) = (older.unwrap_or(&Object::Null), newer.unwrap_or(&Object::Null));
        if !same(older, newer) {
            self.report(ChangeKind::ObjectChanged, object, path);
        }
        let key = path.rsplit('/').next().unwrap_or_default();
        let key = key.split('[').next().unwrap_or_default();
        let mut found = Vec::new();
        edges(newer, key.as_bytes(), &mut found);
        let path: Rc<str> = path.into();
        self.strict.extend(found.into_iter().map(|(id, names)| (id, Rc::clone(&path), names)));
    }

    /// Demands that an object, and everything it leads to, is the same in both revisions.
    pub(super) fn require_same_from(&mut self, id: ObjectId, path: &str) {
        self.strict.push((id, path.into(), true));
    }

    /// Demands the same of every key of two dictionaries but the ones that the caller judges by a rule.
    pub(super) fn require_rest(
        &mut self,
        (older, newer): (&Dictionary, &Dictionary),
        judged: &[&[u8]],
        object: Option<ObjectId>,
        path: &str,
    ) {
        for key in keys(older, newer) {
            if !judged.contains(&key) {
                let place = step(path, key);
                self.require_same(older.get(key).ok(), newer.get(key).ok(), object, &place);
            }
        }
    }

    /// Runs the strict walk, tells what is left, gives back the tally, and returns the differences.
    pub(super) fn finish(mut self, tally: &mut Tally) -> Step {
        self.walk();
        self.tell_unused();
        place::locate(&mut self.changes, self.older, self.newer);
        if self.is_full {
            self.changes.push(Change::new(ChangeKind::Unreadable, None, ""));
        }
        *tally = self.tally;
        Step { changes: self.changes, more: self.more }
    }

    /// Goes through everything reachable outside the rules; no object there may differ.
    fn walk(&mut self) {
        let mut seen: HashSet<ObjectId> = HashSet::new();
        let mut parents: HashMap<ObjectId, ObjectId> = HashMap::new();
        let mut starts: HashMap<ObjectId, Rc<str>> = HashMap::new();
        let mut open: Vec<ObjectId> = Vec::new();
        // What a rule has judged, it has judged by the values that count here; to some readers others do.
        for id in self.handled.iter().copied().collect::<BTreeSet<_>>() {
            let others = self.newer.pdf().overruled_references(id);
            self.strict.extend(others.iter().map(|other| (*other, format!("{} {} R", id.0, id.1).into(), true)));
        }
        for (id, path, names) in std::mem::take(&mut self.strict) {
            if !names && self.handled.contains(&id) && self.differing.contains(&id) && !self.denied.contains(&id) {
                self.deny(id, &path);
            }
            for id in self.meant(id) {
                if seen.insert(id) {
                    starts.insert(id, Rc::clone(&path));
                    open.push(id);
                }
            }
        }
        while let Some(id) = open.pop() {
            if self.handled.contains(&id) {
                continue;
            }
            if self.differing.contains(&id) {
                self.deny(id, &trail(id, &parents, &starts));
                continue;
            }
            let Some(references) = self.newer.pdf().references(id) else {
                // What it leads to for a reader that can read it is not known.
                self.report(ChangeKind::Unreadable, Some(id), &trail(id, &parents, &starts));
                continue;
            };
            for &named in references.iter() {
                if self.is_put_to_another_use(named, id) {
                    self.deny(named, &trail(id, &parents, &starts));
                }
                for child in self.meant(named) {
                    if seen.insert(child) {
                        parents.insert(child, id);
                        open.push(child);
                    }
                }
            }
        }
    }

    /// Lists what a reference may mean: readers differ in whether they look at its generation (7.3.10).
    fn meant(&self, id: ObjectId) -> impl Iterator<Item = ObjectId> + use<> {
        let of = |view: View<'_>| match view.entry(id.0) {
            Some(Entry::At { generation, .. }) => Some((id.0, generation)),
            Some(Entry::InStream { .. }) => Some((id.0, 0)),
            _ => None,
        };
        let others = [of(self.newer), of(self.older)];
        std::iter::once(id).chain(others.into_iter().flatten().filter(move |other| *other != id))
    }

    /// Tells whether an object that a rule has judged as field, annotation, page or catalogue is at the same time used
    /// as something else, for example as a dictionary of resources, where the difference means something else.
    fn is_put_to_another_use(&self, id: ObjectId, by: ObjectId) -> bool {
        if !self.handled.contains(&id) || !self.differing.contains(&id) || self.denied.contains(&id) {
            return false;
        }
        let mut found = Vec::new();
        self.newer.get(by).iter().for_each(|object| edges(object, b"", &mut found));
        found.iter().any(|(to, names)| *to == id && !names)
    }

    fn deny(&mut self, id: ObjectId, path: &str) {
        let kind = match (self.older.get(id).is_some(), self.newer.get(id).is_some()) {
            (true, true) => ChangeKind::ObjectChanged,
            (true, false) => ChangeKind::ObjectRemoved,
            _ => ChangeKind::ObjectAdded,
        };
        self.report(kind, Some(id), path);
        self.denied.insert(id);
    }

    /// Tells of what is new or different although no path leads to it: nobody sees it in this revision, and a later
    /// revision that makes use of it is compared in its turn.
    fn tell_unused(&mut self) {
        let left: Vec<ObjectId> = self
            .differing
            .iter()
            .copied()
            .filter(|id| !self.handled.contains(id) && !self.explained.contains(id) && !self.denied.contains(id))
            .collect();
        for id in left {
            let (older, newer) = (self.older.get(id), self.newer.get(id));
            let is_unread = |view: View<'_>, found: Option<&Object>| found.is_none() && view.is_in_use(id.0);
            if is_unread(self.newer, newer) || is_unread(self.older, older) {
                self.report(ChangeKind::Unreadable, Some(id), "");
                continue;
            }
            let structural = newer.is_some_and(is_structural) && older.is_none_or(is_structural);
            if older.is_some() && newer.is_some() && !structural {
                // What a reader may reach that this one does not: an old object has no reason to become another one.
                self.report(ChangeKind::ObjectChanged, Some(id), "");
            } else if !structural {
                self.report(ChangeKind::UnusedObject, Some(id), "");
            }
        }
    }
}

/// Keys whose value names a field, an annotation, a page or the catalogue without making use of what is in it.
const NAMING: &[&[u8]] = &[
    b"", b"P", b"Pg", b"Pages", b"Page", b"Parent", b"Kids", b"Obj", b"Annots", b"Fields", b"CO", b"T", b"Popup",
    b"IRT", b"AN", b"Data", b"Root",
];

/// Collects the references in a value, and of each whether its place only names what it leads to: by its key, or as
/// the page of a destination (12.3.2.2).
fn edges(value: &Object, key: &[u8], found: &mut Vec<(ObjectId, bool)>) {
    match value {
        Object::Reference(id) => found.push((*id, NAMING.contains(&key))),
        Object::Array(items) => {
            let is_destination = matches!(items.as_slice(), [Object::Reference(_), Object::Name(_), ..]);
            for (index, item) in items.iter().enumerate() {
                edges(item, if is_destination && index == 0 { b"Page" } else { key }, found);
            }
        }
        Object::Dictionary(dictionary) => dictionary.iter().for_each(|(key, value)| edges(value, key, found)),
        Object::Stream(stream) => stream.dict.iter().for_each(|(key, value)| edges(value, key, found)),
        _ => {}
    }
}

/// How much of a key is written in a path, in bytes.
const LONGEST_KEY: usize = 128;

/// Writes one step of a path.
pub(super) fn step(path: &str, key: &[u8]) -> String {
    let key = String::from_utf8_lossy(key.get(..LONGEST_KEY).unwrap_or(key));
    if path.is_empty() { key.into_owned() } else { format!("{path}/{key}") }
}

/// Writes the way from a start to an object as object numbers.
fn trail(id: ObjectId, parents: &HashMap<ObjectId, ObjectId>, starts: &HashMap<ObjectId, Rc<str>>) -> String {
    let mut way = vec![format!("{} {} R", id.0, id.1)];
    let mut at = id;
    while let Some(parent) = parents.get(&at) {
        at = *parent;
        way.push(format!("{} {} R", at.0, at.1));
        if way.len() > 12 {
            way.push("…".to_owned());
            break;
        }
    }
    if let Some(start) = starts.get(&at) {
        way.push(start.to_string());
    }
    way.reverse();
    way.join("/")
}

/// Lists the objects that differ between two revisions.
fn differing(older: View<'_>, newer: View<'_>) -> BTreeSet<ObjectId> {
    let differs = |id: &ObjectId| {
        !newer.inherits(older, *id)
            && match (older.get(*id), newer.get(*id)) {
                (Some(one), Some(other)) => !same(one, other),
                (None, None) => {
                    let (was, is) = (older.entry(id.0), newer.entry(id.0));
                    was != is && (older.is_in_use(id.0) || newer.is_in_use(id.0))
                }
                _ => true,
            }
    };
    let ids: BTreeSet<ObjectId> = older.ids().chain(newer.ids()).collect();
    ids.into_iter().filter(differs).collect()
}
