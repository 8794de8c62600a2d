//! What comes after the first signature of a file: each revision compared with the next one, and what no revision owns.

use super::changes::{self, Change, ChangeKind, Step, Tally};
use super::syntax::Scanner;
use crate::pdf::{Entry, Object, Pdf};
use std::collections::BTreeMap;

/// How many revisions are compared; a long-term archive renewing every year stays far below.
const STEPS: usize = 256;
/// How many bytes may follow the first signed revision: what came before is only looked up.
const COMPARED_BYTES: u64 = 2 << 30;
/// How much white space may follow the last revision.
const TRAILING_BYTES: u64 = 64;
/// How many objects are compared, all revisions together, whatever the file's size, and in a file of no size, to which
/// comes one a byte.
const COMPARED_OBJECTS: u64 = 20_000_000;
const COMPARED_IN_SMALL: u64 = 1_000_000;

/// Compares each revision from the first that is signed with the one after it.
pub(super) fn between(pdf: &Pdf, first: usize) -> BTreeMap<usize, Step> {
    let last = pdf.revisions().len().saturating_sub(1);
    let mut steps = BTreeMap::new();
    let count = last.saturating_sub(first);
    let end = |index: usize| pdf.revisions().get(index).map_or(0, |revision| revision.end);
    let appended = end(last).saturating_sub(end(first));
    let objects = (pdf.entries().len() as u64).saturating_mul(count as u64);
    let most = COMPARED_OBJECTS.min(COMPARED_IN_SMALL + pdf.source().size_bytes());
    if pdf.is_repaired() {
        steps.insert(first, Step::unreadable());
        return steps;
    }
    if count > STEPS || appended > COMPARED_BYTES || objects > most {
        // The last step of all: every signature that anything follows has it behind it.
        steps.insert(last.saturating_sub(1), Step::unreadable());
    } else {
        steps = compared(pdf, first..last);
    }
    if pdf.is_ambiguous() || is_read_from_its_head(pdf) {
        steps.entry(last).or_default().changes.push(Change::new(ChangeKind::Unreadable, None, "xref"));
    }
    if last > first && shows_otherwise_built_anew(pdf, end(first)) {
        steps.entry(last - 1).or_default().changes.push(Change::new(ChangeKind::HiddenObjects, None, "xref"));
    }
    if goes_on(pdf) {
        let hidden = Change::new(ChangeKind::HiddenBytes, None, format!("@{}", end(last)));
        steps.entry(last).or_default().changes.push(hidden);
    }
    steps
}

/// Tells whether what was signed holds what only a reader sees who builds the cross-reference data anew: he may have seen
/// the same when it was signed, and an update may be what makes him do it now.
fn shows_otherwise_built_anew(pdf: &Pdf, end: u64) -> bool {
    /// What a row of a table takes at most, and a table at least, in bytes.
    const ROW_BYTES: u64 = 64;
    let most = (pdf.entries().len() as u64 + 16) * ROW_BYTES;
    let is_sound = |offset: &u64| {
        let read = pdf.source().read(*offset..offset.saturating_add(most).min(pdf.source().size_bytes()));
        let mut scanner = read.as_deref().map(Scanner::new).ok();
        scanner.as_mut().is_some_and(|table| !table.keyword(b"xref") || table.xref_table().is_some())
    };
    let in_streams = !pdf.sections().iter().all(is_sound);
    pdf.hides_objects(end, in_streams).unwrap_or(true)
}

/// Tells whether a file says to be linearized (ISO 32000-2, F.3.3) in just the length that it has, although it has grown
/// since its first revision: readers then begin with the section at its head, and see what no later one says.
fn is_read_from_its_head(pdf: &Pdf) -> bool {
    /// How far into the file the dictionary must begin.
    const HEAD_BYTES: u64 = 1024;
    let (size, first) = (pdf.source().size_bytes(), pdf.revisions().first().map_or(0, |revision| revision.end));
    let placed = pdf.entries().iter().filter_map(|(number, entry)| match entry {
        Entry::At { offset, generation } if *offset < HEAD_BYTES => Some((*number, *generation)),
        _ => None,
    });
    let length = |id| pdf.dictionary(id).filter(|one| one.has(b"Linearized"))?.get(b"L").and_then(Object::as_i64).ok();
    let says = |length: i64| u64::try_from(length).is_ok_and(|length| length == size && length != first);
    placed.filter_map(length).any(says)
}

/// Tells whether anything but a little white space follows the last revision. Readers look for the last startxref near the
/// end, and guess where they do not find it.
pub(super) fn goes_on(pdf: &Pdf) -> bool {
    let size = pdf.source().size_bytes();
    let mut goes_on = pdf.trailing_bytes() > TRAILING_BYTES;
    let passed = pdf.source().pass(size - pdf.trailing_bytes()..size, &mut |rest| {
        goes_on |= rest.iter().any(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0));
    });
    goes_on || passed.is_err()
}

/// Compares each of some revisions with the next one.
fn compared(pdf: &Pdf, revisions: std::ops::Range<usize>) -> BTreeMap<usize, Step> {
    let mut steps = BTreeMap::new();
    if revisions.is_empty() {
        return steps;
    }
    let mut tally = Tally::of_size(pdf.source().size_bytes());
    let mut older = pdf.at_revision(revisions.start).ok();
    for index in revisions {
        let newer = pdf.at_revision(index + 1).ok();
        let step = match (&older, &newer) {
            (Some(older), Some(newer)) => compare(index, older, newer, &mut tally),
            _ => Step::unreadable(),
        };
        steps.insert(index, step);
        older = newer;
    }
    steps
}

fn compare(index: usize, older: &Pdf, newer: &Pdf, tally: &mut Tally) -> Step {
    if newer.revisions().get(index + 1).is_none_or(|revision| revision.kind == crate::pdf::XrefKind::Hybrid) {
        // Old and new readers see different objects in a hybrid update; neither view may be taken for the other.
        return Step::unreadable();
    }
    let mut step = changes::compare(older, newer, tally);
    if older.trouble().is_err() || newer.trouble().is_err() {
        step.changes.extend(Step::unreadable().changes);
    }
    step
}
