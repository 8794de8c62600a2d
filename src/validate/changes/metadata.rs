//! Rules for the trailer, the document information, the metadata stream, the version and the developer extensions.

use super::ChangeKind;
use super::comparison::{Comparison, step};
use super::view::{View, keys, same};
use crate::pdf::{Dictionary, Entry, Object, ObjectId};

/// Trailer entries that describe the cross-reference section itself (ISO 32000-2, 7.5.5 and 7.5.8.2).
const OF_THE_SECTION: &[&[u8]] =
    &[b"Prev", b"XRefStm", b"Type", b"Index", b"W", b"Length", b"Filter", b"DecodeParms", b"DL"];
/// Document information that a program which appends may bring up to date.
const UPDATED_INFO: &[&[u8]] = &[b"ModDate", b"Producer"];
/// Keys of a developer extension's dictionary (ISO 32000-2, table 49).
const EXTENSION_KEYS: &[&[u8]] = &[b"Type", b"BaseVersion", b"ExtensionLevel", b"URL", b"ExtensionRevision"];
/// Metadata properties that a program which appends may bring up to date.
const UPDATED_PROPERTIES: &[&str] = &["xmp:ModifyDate", "xmp:MetadataDate", "pdf:Producer", "xmpMM:InstanceID"];
/// How much metadata is looked into, decompressed; more than that may not differ.
const METADATA_BYTES: usize = 4 << 20;

/// Compares the trailers and the document information.
pub(super) fn compare(comparison: &mut Comparison<'_>) {
    let (older, newer) = (comparison.older.trailer(), comparison.newer.trailer());
    for key in keys(older, newer) {
        let (before, after) = (older.get(key).ok(), newer.get(key).ok());
        match key {
            b"Size" => size(comparison, before, after),
            // Some readers look beside a cross-reference stream, too, where the standard knows nothing (7.5.8.4).
            b"XRefStm" if after.is_some() => comparison.report(ChangeKind::Trailer, None, "XRefStm"),
            key if OF_THE_SECTION.contains(&key) => {}
            b"Root" => root(comparison, before, after),
            b"Info" => information(comparison, before, after),
            b"ID" => identifier(comparison, before, after),
            b"AuthCode" if before != after && is_authentication_code(before) && is_authentication_code(after) => {
                comparison.report(ChangeKind::Housekeeping, None, "AuthCode");
                comparison.settle(before, after);
            }
            other => {
                if !same(before.unwrap_or(&Object::Null), after.unwrap_or(&Object::Null)) {
                    comparison.report(ChangeKind::Trailer, None, &step("", other));
                }
                comparison.require_same(after, after, None, &step("", other));
            }
        }
    }
}

/// Compares the catalogue's entries that no other rule judges; the rest of the file hangs on them.
pub(super) fn compare_catalogue(comparison: &mut Comparison<'_>) {
    let (Some((id, older)), Some((_, newer))) = (comparison.older.catalogue(), comparison.newer.catalogue()) else {
        return;
    };
    let judged: &[&[u8]] = &[b"AcroForm", b"DSS", b"Extensions", b"Version", b"Metadata"];
    comparison.require_rest((older, newer), judged, Some(id), "Root");
    version(comparison, id, older, newer);
    extensions(comparison, id, older, newer);
    metadata(comparison, id, older, newer);
    comparison.handle(id);
}

fn root(comparison: &mut Comparison<'_>, before: Option<&Object>, after: Option<&Object>) {
    let (before, after) = (before.unwrap_or(&Object::Null), after.unwrap_or(&Object::Null));
    if !same(before, after) || !comparison.same_catalogue() {
        comparison.report(ChangeKind::Catalogue, after.as_reference().ok(), "Root");
    }
}

/// An object whose number is not below the size is missing to some readers (table 15): the size may not hide one, nor
/// bring one to light.
fn size(comparison: &mut Comparison<'_>, before: Option<&Object>, after: Option<&Object>) {
    let number = |value: Option<&Object>| match value {
        Some(Object::Integer(size)) => u32::try_from(*size).ok(),
        _ => None,
    };
    let next = |view: View<'_>| {
        let used = view.entries().filter(|(_, entry)| *entry != Entry::Free);
        used.map(|(number, _)| number.saturating_add(1)).max().unwrap_or(0)
    };
    let fits = match (number(before), number(after)) {
        (Some(old), Some(new)) => {
            new >= next(comparison.newer) && new >= old && (old >= next(comparison.older) || new == old)
        }
        _ => false,
    };
    if !fits {
        comparison.report(ChangeKind::Trailer, None, "Size");
    }
}

fn information(comparison: &mut Comparison<'_>, before: Option<&Object>, after: Option<&Object>) {
    let older = before.map(|value| comparison.older.resolve(value));
    let newer = after.map(|value| comparison.newer.resolve(value));
    let id = after.and_then(|value| value.as_reference().ok());
    let (Some(Object::Dictionary(new)), None | Some(Object::Null | Object::Dictionary(_))) = (newer, older) else {
        if before.is_some() || after.is_some() {
            comparison.require_same(before, after, id, "Info");
        }
        return;
    };
    let none = Dictionary::new();
    let old = older.and_then(|value| value.as_dict().ok()).unwrap_or(&none);
    // A file that never said when it was made may be given a date with its first information.
    let dated = old.has(b"CreationDate");
    let judged: &[&[u8]] = if dated { UPDATED_INFO } else { &[b"ModDate", b"Producer", b"CreationDate"] };
    comparison.require_rest((old, new), judged, id, "Info");
    let updated = |key: &&&[u8]| !same(old.get(key).unwrap_or(&Object::Null), new.get(key).unwrap_or(&Object::Null));
    if let Some(key) = judged.iter().find(updated) {
        comparison.report(ChangeKind::Housekeeping, id, &step("Info", key));
    }
    comparison.settle(before, after);
}

/// Tells whether a value is the authentication code that each revision of an encrypted file has (ISO/TS 32004, table 1):
/// it says where the code is, and nothing of the document.
fn is_authentication_code(value: Option<&Object>) -> bool {
    const KEYS: &[&[u8]] = &[b"MACLocation", b"MAC", b"ByteRange", b"SigObjRef"];
    let code = value.and_then(|value| value.as_dict().ok());
    code.is_some_and(|code| code.iter().all(|(key, _)| KEYS.contains(&key.as_slice())))
}

/// The first part of the identifier stays for the file's life; the second changes with each revision (14.4).
fn identifier(comparison: &mut Comparison<'_>, before: Option<&Object>, after: Option<&Object>) {
    let first = |view: View<'_>, value: Option<&Object>| match value.map(|value| view.resolve(value).clone()) {
        Some(Object::Array(items)) => items.first().map(|item| view.resolve(item).clone()),
        _ => None,
    };
    let (old, new) = (first(comparison.older, before), first(comparison.newer, after));
    if let (Some(old), new) = (old, new)
        && !same(&old, &new.unwrap_or(Object::Null))
    {
        comparison.report(ChangeKind::Trailer, None, "ID");
    }
    comparison.settle(before, after);
}

fn version(comparison: &mut Comparison<'_>, id: ObjectId, older: &Dictionary, newer: &Dictionary) {
    let (before, after) = (older.get(b"Version").ok(), newer.get(b"Version").ok());
    let is_version = |name: &[u8]| matches!(name, [b'1'..=b'9', b'.', b'0'..=b'9']);
    match (before, after) {
        (None, None) => {}
        (Some(one), Some(other)) if same(one, other) => {}
        (Some(Object::Name(one)), Some(Object::Name(other))) if one < other && is_version(other) => {
            comparison.report(ChangeKind::Housekeeping, Some(id), "Root/Version");
        }
        (None, Some(Object::Name(other))) if is_version(other) => {
            comparison.report(ChangeKind::Housekeeping, Some(id), "Root/Version");
        }
        _ => comparison.report(ChangeKind::ObjectChanged, Some(id), "Root/Version"),
    }
}

/// Extensions only tell readers which features may occur; entries may be added, and none taken away.
fn extensions(comparison: &mut Comparison<'_>, id: ObjectId, older: &Dictionary, newer: &Dictionary) {
    let (before, after) = (older.get(b"Extensions").ok(), newer.get(b"Extensions").ok());
    let old = before.map(|value| comparison.older.resolve(value));
    let new = after.map(|value| comparison.newer.resolve(value));
    let none = Dictionary::new();
    let (old, new) = match (old, new) {
        (None | Some(Object::Null), None | Some(Object::Null)) => return,
        (None | Some(Object::Null), Some(Object::Dictionary(new))) => (&none, new),
        (Some(Object::Dictionary(old)), Some(Object::Dictionary(new))) => (old, new),
        _ => return comparison.require_same(before, after, Some(id), "Root/Extensions"),
    };
    for key in keys(old, new) {
        let place = step("Root/Extensions", key);
        let (one, other) = (old.get(key).ok(), new.get(key).ok());
        if one.is_none() && other.is_some_and(|value| is_extension(comparison.newer, value)) {
            comparison.report(ChangeKind::Housekeeping, Some(id), &place);
        } else {
            comparison.require_same(one, other, Some(id), &place);
        }
    }
    comparison.settle(before, after);
}

fn is_extension(view: View<'_>, value: &Object) -> bool {
    let is_one = |value: &Object| match view.resolve(value) {
        Object::Dictionary(entry) => entry.iter().all(|(key, _)| EXTENSION_KEYS.contains(&key.as_slice())),
        Object::Name(_) => true,
        _ => false,
    };
    match view.resolve(value) {
        Object::Array(items) => items.iter().all(is_one),
        _ => is_one(value),
    }
}

/// The metadata stream may differ in its dates, producer and instance identifier, and nowhere else; one that says no
/// more than these may be added.
fn metadata(comparison: &mut Comparison<'_>, id: ObjectId, older: &Dictionary, newer: &Dictionary) {
    let (before, after) = (older.get(b"Metadata").ok(), newer.get(b"Metadata").ok());
    let reference = after.and_then(|value| value.as_reference().ok());
    if before == after && !reference.is_some_and(|id| comparison.differs(id)) {
        return comparison.require_same(before, after, Some(id), "Root/Metadata");
    }
    let text = |view: View<'_>, value: Option<&Object>| match view.resolve(value?) {
        Object::Stream(stream) if stream.dict.has_type(b"Metadata") => properties(view, stream),
        _ => None,
    };
    let is_housekeeping = match (before, text(comparison.older, before), text(comparison.newer, after)) {
        (None | Some(Object::Null), _, Some(added)) => says_nothing(&added),
        (_, Some(one), Some(other)) => one == other,
        _ => false,
    };
    if is_housekeeping {
        comparison.report(ChangeKind::Housekeeping, reference, "Root/Metadata");
        comparison.settle(before, after);
    } else {
        comparison.require_same(before, after, Some(id), "Root/Metadata");
    }
}

/// Returns the metadata with the values of the updated properties, and the padding, left out.
fn properties(view: View<'_>, stream: &crate::pdf::Stream) -> Option<String> {
    let mut text = String::from_utf8(view.pdf().inflated(stream, METADATA_BYTES)?).ok()?;
    for property in UPDATED_PROPERTIES {
        text = without(&text, &format!("<{property}>"), &format!("</{property}>"));
        text = without(&text, &format!("{property}=\""), "\"");
    }
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Tells whether metadata without the updated properties is the frame that XMP puts around them (ISO 16684-1, 7), and
/// nothing else.
fn says_nothing(metadata: &str) -> bool {
    const FRAME: &[&str] = &["x:xmpmeta", "rdf:RDF", "rdf:Description"];
    let mut pieces = metadata.split('<');
    let is_plain = |(name, value): (&str, &str)| {
        name.starts_with("xmlns:") || name == "x:xmptk" || (name == "rdf:about" && value.is_empty())
    };
    let is_frame = |piece: &str| {
        let Some((inside, text)) = piece.split_once('>') else { return false };
        if !text.trim_matches(['\u{feff}', ' ']).is_empty() {
            return false;
        }
        if let Some(instruction) = inside.strip_prefix("?xpacket ") {
            return instruction.ends_with('?');
        }
        let element = inside.strip_prefix('/').unwrap_or(inside);
        let element = element.strip_suffix('/').unwrap_or(element).trim();
        let (name, rest) = element.split_once(' ').unwrap_or((element, ""));
        FRAME.contains(&name) && attributes(rest).is_some_and(|all| all.into_iter().all(is_plain))
    };
    let before = pieces.next().unwrap_or_default();
    before.trim_matches(['\u{feff}', ' ']).is_empty() && pieces.all(is_frame)
}

/// Reads attributes in either kind of quotes; white space is single spaces here.
fn attributes(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut all = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let quote = after.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        let (value, behind) = after.strip_prefix(quote)?.split_once(quote)?;
        all.push((name.trim(), value));
        rest = behind.trim_start();
    }
    Some(all)
}

/// Cuts what stands between two marks, the marks included, wherever they occur.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        left.push_str(before);
        // Only plain text may stand there: markup inside would be content that goes unseen. Nor is it looked for any
        // farther than that, so that marks without end cost their length.
        let value = after.find(|c| c == '<' || close.starts_with(c)).map_or("", |end| &after[..end]);
        match after[value.len()..].strip_prefix(close) {
            Some(behind) => rest = behind,
            None => {
                left.push_str(open);
                rest = after;
            }
        }
    }
    left.push_str(rest);
    left
}
