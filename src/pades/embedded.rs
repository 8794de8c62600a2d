//! The signatures a file carries, as facts: where they stand, what they cover, what they claim. No judgement.

use crate::digest::{Digest, DigestAlgorithm};
use crate::pdf::{Dictionary, Object, ObjectId, Pdf, PdfError, Rectangle, Source, hexadecimal_pairs};
use std::collections::BTreeSet;
use std::ops::Range;

/// The deepest field hierarchy that is followed.
const DEEPEST_FIELD: usize = 32;
/// The most fields that are looked at; land register forms reach some thousands.
const MOST_FIELDS: usize = 100_000;
/// The longest fully qualified name of a field that is looked at, in bytes.
const LONGEST_NAME: usize = 4096;
/// How much of a text is kept that is only shown, in bytes.
const SHOWN_BYTES: usize = 4096;
/// How many numbers of a byte range are kept.
const RANGE_NUMBERS: usize = 32;
/// The most names that a lock may list, and their length together in bytes; one with more locks everything.
const LOCKED_NAMES: usize = 2_000;
const LOCKED_BYTES: usize = 64 << 10;

/// The most signatures that are read. A file with more is no file that people signed; each costs a pass over its bytes.
pub const MOST_SIGNATURES: usize = 256;

/// A signature found in a signature field (ISO 32000-2, 12.7.5.5).
#[derive(Clone, Debug)]
pub struct EmbeddedSignature {
    /// The field's fully qualified name.
    pub field: String,
    /// The field object.
    pub field_object: ObjectId,
    /// The signature dictionary's object, where `/V` is a reference.
    pub object: Option<ObjectId>,
    /// Whether this is a document timestamp (`/Type /DocTimeStamp`) rather than a signature.
    pub is_document_timestamp: bool,
    /// `/SubFilter`, for example `ETSI.CAdES.detached`.
    pub sub_filter: Option<String>,
    /// `/ByteRange` as it stands, whatever it is.
    pub byte_range: Vec<i64>,
    /// `/Contents`: the decoded bytes with their padding.
    pub contents: Vec<u8>,
    /// `/Cert`: the certificates beside a bare signature value, the signer's first (ISO 32000-1, table 252).
    pub certificates: Vec<Vec<u8>>,
    /// What of the file the byte range covers, where it is of the one sound form.
    pub coverage: Result<Coverage, CoverageProblem>,
    /// `/M` as it stands (ISO 32000-2, 7.9.4).
    pub claimed_time: Option<String>,
    /// `/Reason`.
    pub reason: Option<String>,
    /// `/Location`.
    pub location: Option<String>,
    /// `/Name`.
    pub name: Option<String>,
    /// The DocMDP permission (12.8.2.2), where this signature certifies: 1, 2 or 3.
    pub certification: Option<u8>,
    /// The field locks (FieldMDP, 12.8.2.4) in the signature's own references, and that of its field (table 236).
    pub locks: Vec<FieldLock>,
    /// What the field's own lock leaves allowed once it is signed (table 236, `/P`): 1, 2 or 3 as for DocMDP.
    pub lock_permission: Option<u8>,
    /// The page number, counted from 1, and rectangle of the first widget, where it is on a page.
    pub place: Option<(usize, Rectangle)>,
}

/// A sound byte range: all of the file up to some end but the hexadecimal string of `/Contents`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The part before `/Contents`, from byte 0.
    pub before: Range<u64>,
    /// The hexadecimal string with its angle brackets.
    pub gap: Range<u64>,
    /// The part after.
    pub after: Range<u64>,
    /// The revision (counted from 0) whose end is the end of the range; none where it ends elsewhere.
    pub revision: Option<usize>,
    /// Whether the range ends where the file ends.
    pub whole_file: bool,
}

impl Coverage {
    /// Digests the two signed parts of the file.
    ///
    /// # Errors
    /// [`PdfError::Read`].
    pub fn digest(&self, source: &Source, algorithm: DigestAlgorithm) -> Result<Digest, PdfError> {
        let mut hasher = source.digest(self.before.clone(), algorithm)?;
        source.pass(self.after.clone(), &mut |bytes| hasher.update(bytes))?;
        Ok(hasher.finish())
    }
}

/// Why a byte range covers nothing that can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoverageProblem {
    /// There is none, or not four integers.
    NotFourIntegers,
    /// It does not start at byte 0.
    NotFromStart,
    /// A number is negative, or a part lies outside the file or over the other.
    OutOfFile,
    /// The gap is not exactly one hexadecimal string.
    GapNotHexString,
    /// The gap's string is not the `/Contents` of the dictionary.
    GapNotContents,
}

/// Which fields a signature locks (ISO 32000-2, table 256).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldLock {
    /// All fields.
    All,
    /// The named fields.
    Include(Vec<String>),
    /// All but the named fields.
    Exclude(Vec<String>),
}

impl FieldLock {
    /// Returns the names that it lists.
    pub fn names(&self) -> &[String] {
        match self {
            Self::All => &[],
            Self::Include(names) | Self::Exclude(names) => names,
        }
    }

    /// Returns whether a field is locked: it, or a field above it, is named (or, to exclude, is not).
    pub fn holds(&self, field: &str) -> bool {
        let named = |names: &[String]| {
            names.iter().any(|name| {
                field.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        match self {
            Self::All => true,
            Self::Include(names) => named(names),
            Self::Exclude(names) => !named(names),
        }
    }
}

/// Finds every signed signature field, in the order of the revisions they cover, then of the field tree. Where there are
/// more than [`MOST_SIGNATURES`], one more than these is returned.
pub fn signatures(pdf: &Pdf) -> Vec<EmbeddedSignature> {
    let pages = std::cell::LazyCell::new(|| pdf.pages().unwrap_or_default());
    // Fields may share a value, and each gets its copy: no more of them than the file could hold.
    let mut left = usize::try_from(pdf.source().size_bytes()).unwrap_or(usize::MAX).saturating_add(1 << 20);
    let mut found: Vec<EmbeddedSignature> = signature_fields(pdf)
        .into_iter()
        .filter_map(|field| {
            let value = field.value?;
            let widget = pdf.dictionary(field.id);
            let place = widget.and_then(|widget| {
                let rectangle = Rectangle::read(pdf, widget.get(b"Rect").ok()?)?;
                let page = widget.get(b"P").and_then(Object::as_reference).ok()?;
                Some((pages.iter().position(|candidate| candidate.id == page)? + 1, rectangle))
            });
            let mut found = embedded(pdf, field.id, field.name, &value, place)?;
            match left.checked_sub(found.contents.len()) {
                Some(rest) => left = rest,
                None => found.contents = Vec::new(),
            }
            Some(found)
        })
        .take(MOST_SIGNATURES + 1)
        .collect();
    found.sort_by_key(|signature| signature.coverage.as_ref().map_or(u64::MAX, |coverage| coverage.after.end));
    found
}

/// A signature field, signed or not.
#[derive(Clone, Debug)]
pub struct SignatureField {
    /// The field object.
    pub id: ObjectId,
    /// The fully qualified name (ISO 32000-2, 12.7.4.2).
    pub name: String,
    /// `/V`, a reference or a dictionary, where the field is signed.
    pub value: Option<Object>,
    /// Whether `/V` leads to an object that stands in the file and cannot be read.
    pub is_unreadable: bool,
}

/// Finds every signature field of the form, in tree order.
pub fn signature_fields(pdf: &Pdf) -> Vec<SignatureField> {
    let form = pdf.catalog().ok().and_then(|(_, catalog)| pdf.entry(catalog, b"AcroForm")?.as_dict().ok());
    let roots = form.and_then(|form| pdf.entry(form, b"Fields")?.as_array().ok());
    let mut walk = FieldWalk { pdf, seen: BTreeSet::new(), found: Vec::new(), kids: 0 };
    for root in roots.into_iter().flatten().filter_map(|root| root.as_reference().ok()) {
        walk.field(root, "", None, 0);
    }
    walk.found
}

struct FieldWalk<'a> {
    pdf: &'a Pdf,
    seen: BTreeSet<ObjectId>,
    found: Vec<SignatureField>,
    /// How many kids were met: each is one field's.
    kids: usize,
}

impl FieldWalk<'_> {
    fn field(&mut self, id: ObjectId, prefix: &str, inherited: Option<&[u8]>, depth: usize) {
        if depth > DEEPEST_FIELD || self.seen.len() >= MOST_FIELDS || !self.seen.insert(id) {
            return;
        }
        let Some(field) = self.pdf.dictionary(id) else { return };
        let own = text(self.pdf, field, b"T");
        let name = match (&own, prefix.is_empty()) {
            (Some(own), true) => own.clone(),
            (Some(own), false) => format!("{prefix}.{own}"),
            (None, _) => prefix.to_owned(),
        };
        if name.len() > LONGEST_NAME {
            return;
        }
        let kind = self.pdf.entry(field, b"FT").and_then(|kind| kind.as_name().ok()).map(<[u8]>::to_vec);
        let kind = kind.as_deref().or(inherited);
        if kind == Some(b"Sig") && (own.is_some() || field.has(b"V")) {
            let placed = field
                .get(b"V")
                .and_then(Object::as_reference)
                .ok()
                .filter(|id| self.pdf.place(id.0).is_some_and(|entry| entry.is_of(id.1)));
            let is_unreadable = placed.is_some_and(|id| self.pdf.object(id).is_none());
            let value = field.get(b"V").ok().filter(|value| !self.pdf.resolve(value).is_null()).cloned();
            self.found.push(SignatureField { id, name: name.clone(), value, is_unreadable });
        }
        let kids = self.pdf.entry(field, b"Kids").and_then(|kids| kids.as_array().ok());
        for kid in kids.into_iter().flatten().filter_map(|kid| kid.as_reference().ok()) {
            self.kids += 1;
            if self.kids > 2 * MOST_FIELDS {
                return;
            }
            self.field(kid, &name, kind, depth + 1);
        }
    }
}

fn embedded(
    pdf: &Pdf,
    field_object: ObjectId,
    field: String,
    value: &Object,
    place: Option<(usize, Rectangle)>,
) -> Option<EmbeddedSignature> {
    let dictionary = pdf.resolve(value).as_dict().ok()?;
    let name_of = |key: &[u8]| {
        let name = pdf.entry(dictionary, key)?.as_name().ok()?;
        Some(String::from_utf8_lossy(name).into_owned())
    };
    let byte_range = pdf.entry(dictionary, b"ByteRange").and_then(|range| range.as_array().ok());
    // All values of the dictionary are direct (12.8.1): what another object says could be said anew.
    let numbers = byte_range.into_iter().flatten().take(RANGE_NUMBERS).map(Object::as_i64);
    let byte_range: Vec<i64> = numbers.collect::<Result<_, _>>().unwrap_or_default();
    let contents = pdf.entry(dictionary, b"Contents").and_then(|contents| contents.as_str().ok());
    let contents = contents.unwrap_or_default().to_vec();
    let sub_filter = name_of(b"SubFilter");
    let is_document_timestamp =
        name_of(b"Type").as_deref() == Some("DocTimeStamp") || sub_filter.as_deref() == Some("ETSI.RFC3161");
    Some(EmbeddedSignature {
        field,
        field_object,
        object: value.as_reference().ok(),
        is_document_timestamp,
        sub_filter,
        coverage: coverage(pdf, &byte_range, &contents)
            .and_then(|coverage| hold_to_raw(pdf, field_object, value, coverage)),
        byte_range,
        contents,
        certificates: certificates(pdf, dictionary),
        claimed_time: shown(pdf, dictionary, b"M"),
        reason: shown(pdf, dictionary, b"Reason"),
        location: shown(pdf, dictionary, b"Location"),
        name: shown(pdf, dictionary, b"Name"),
        certification: certification(pdf, dictionary),
        locks: locks(pdf, dictionary, field_object),
        lock_permission: lock_permission(pdf, field_object),
        place,
    })
}

fn certificates(pdf: &Pdf, dictionary: &Dictionary) -> Vec<Vec<u8>> {
    let one = |object: &Object| pdf.resolve(object).as_str().map(<[u8]>::to_vec);
    match pdf.entry(dictionary, b"Cert") {
        Some(Object::Array(all)) => all.iter().map(one).collect::<Result<_, _>>().unwrap_or_default(),
        Some(single) => one(single).into_iter().collect(),
        None => Vec::new(),
    }
}

/// Holds a byte range to its one sound form: from 0, one gap, and that gap the very string of `/Contents`.
fn coverage(pdf: &Pdf, range: &[i64], contents: &[u8]) -> Result<Coverage, CoverageProblem> {
    let source = pdf.source();
    let [first, before, second, after] = *range else { return Err(CoverageProblem::NotFourIntegers) };
    if first != 0 {
        return Err(CoverageProblem::NotFromStart);
    }
    let number = |number: i64| u64::try_from(number).map_err(|_| CoverageProblem::OutOfFile);
    let (gap_start, gap_end) = (number(before)?, number(second)?);
    let end = gap_end.checked_add(number(after)?).filter(|end| *end <= source.size_bytes());
    let end = end.filter(|_| gap_start < gap_end).ok_or(CoverageProblem::OutOfFile)?;
    // A gap far longer than the string that the dictionary holds is not looked into.
    if gap_end - gap_start > 2 * contents.len() as u64 + 4096 {
        return Err(CoverageProblem::GapNotContents);
    }
    let gap = source.read(gap_start..gap_end).map_err(|_| CoverageProblem::OutOfFile)?;
    let [b'<', digits @ .., b'>'] = &*gap else { return Err(CoverageProblem::GapNotHexString) };
    let decoded = hexadecimal_pairs(digits).ok_or(CoverageProblem::GapNotHexString)?;
    if decoded != contents {
        return Err(CoverageProblem::GapNotContents);
    }
    // Some writers count the end-of-line after %%EOF into the revision, some do not.
    let ends_at = |revision_end: u64| {
        end <= revision_end
            && revision_end - end <= 2
            && source.read(end..revision_end).is_ok_and(|rest| rest.iter().all(|b| matches!(b, b'\r' | b'\n')))
    };
    let revision = pdf.revisions().iter().position(|revision| ends_at(revision.end));
    Ok(Coverage {
        before: 0..gap_start,
        gap: gap_start..gap_end,
        after: gap_end..end,
        revision,
        whole_file: end == source.size_bytes(),
    })
}

/// Holds the gap to the place where the file has this very dictionary's `/Contents`: a copy of the string elsewhere, or
/// a second `/Contents` or `/ByteRange` that only some readers see, covers nothing.
fn hold_to_raw(pdf: &Pdf, field: ObjectId, value: &Object, coverage: Coverage) -> Result<Coverage, CoverageProblem> {
    let entries = match value {
        Object::Reference(id) => pdf.raw_entries(*id),
        _ => pdf.raw_entries_inside(field, b"V"),
    };
    let entries = entries.unwrap_or_default();
    let count = |key: &[u8]| entries.iter().filter(|entry| entry.key == key).count();
    let there = entries.iter().any(|entry| entry.key == b"Contents" && entry.span == coverage.gap);
    if there && count(b"Contents") == 1 && count(b"ByteRange") == 1 {
        Ok(coverage)
    } else {
        Err(CoverageProblem::GapNotContents)
    }
}

/// Lists the parameters of the references of a method (12.8.2.1), where they have any.
fn transforms<'a>(
    pdf: &'a Pdf,
    dictionary: &'a Dictionary,
    method: &'a [u8],
) -> impl Iterator<Item = Option<&'a Dictionary>> {
    let references = pdf.entry(dictionary, b"Reference").and_then(|list| list.as_array().ok());
    references.into_iter().flatten().filter_map(move |reference| {
        let reference = pdf.resolve(reference).as_dict().ok()?;
        let named = pdf.entry(reference, b"TransformMethod")?.as_name().ok()? == method;
        named.then(|| pdf.entry(reference, b"TransformParams").and_then(|parameters| parameters.as_dict().ok()))
    })
}

/// Returns the strictest DocMDP permission that the dictionary refers to.
fn certification(pdf: &Pdf, dictionary: &Dictionary) -> Option<u8> {
    let permission_of = |parameters: Option<&Dictionary>| match parameters.and_then(|one| pdf.entry(one, b"P")) {
        // Table 257: without /P the permission is 2. What is no permission allows nothing.
        None => 2,
        Some(value) => permission(value).unwrap_or(1),
    };
    transforms(pdf, dictionary, b"DocMDP").map(permission_of).min()
}

fn permission(object: &Object) -> Option<u8> {
    u8::try_from(object.as_i64().ok()?).ok().filter(|permission| (1..=3).contains(permission))
}

fn lock_permission(pdf: &Pdf, field: ObjectId) -> Option<u8> {
    let lock = pdf.entry(pdf.dictionary(field)?, b"Lock")?.as_dict().ok()?;
    // What is no permission allows nothing: what is unknown is not allowed.
    pdf.entry(lock, b"P").map(|value| permission(value).unwrap_or(1))
}

/// Returns the locks of the signature's own references and that of its field (table 236): whichever holds, locks. Where
/// they name too much together, they lock everything.
fn locks(pdf: &Pdf, dictionary: &Dictionary, field: ObjectId) -> Vec<FieldLock> {
    let of_field = pdf.dictionary(field).and_then(|field| pdf.entry(field, b"Lock")?.as_dict().ok());
    let all = transforms(pdf, dictionary, b"FieldMDP").chain(of_field.map(Some));
    let (mut locks, mut names, mut bytes) = (Vec::new(), 0, 0);
    for lock in all.map(|parameters| lock(pdf, parameters)) {
        names += 1 + lock.names().len();
        bytes += lock.names().iter().map(String::len).sum::<usize>();
        if lock == FieldLock::All || names > LOCKED_NAMES || bytes > LOCKED_BYTES {
            return vec![FieldLock::All];
        }
        locks.push(lock);
    }
    locks
}

/// Reads the parameters of a lock (table 256).
fn lock(pdf: &Pdf, parameters: Option<&Dictionary>) -> FieldLock {
    let names = || {
        let fields = pdf.entry(parameters?, b"Fields")?.as_array().ok()?;
        let names = fields.iter().take(LOCKED_NAMES + 1).map(|name| decode(pdf.resolve(name)));
        let names = names.collect::<Option<Vec<_>>>()?;
        let bearable = names.len() <= LOCKED_NAMES && names.iter().map(String::len).sum::<usize>() <= LOCKED_BYTES;
        bearable.then_some(names)
    };
    let action = parameters.and_then(|parameters| pdf.entry(parameters, b"Action")?.as_name().ok());
    match (action, names()) {
        (Some(b"Include"), Some(names)) => FieldLock::Include(names),
        (Some(b"Exclude"), names) => FieldLock::Exclude(names.unwrap_or_default()),
        // An unknown action locks everything: what is unknown is not allowed.
        _ => FieldLock::All,
    }
}

/// Returns a text that is only shown, cut where it is too long.
fn shown(pdf: &Pdf, dictionary: &Dictionary, key: &[u8]) -> Option<String> {
    let mut text = text(pdf, dictionary, key)?;
    text.truncate(text.floor_char_boundary(SHOWN_BYTES));
    text.shrink_to_fit();
    Some(text)
}

fn text(pdf: &Pdf, dictionary: &Dictionary, key: &[u8]) -> Option<String> {
    decode(pdf.entry(dictionary, key)?)
}

/// Reads a text string (ISO 32000-2, 7.9.2.2); none where the object is none.
pub fn decode(object: &Object) -> Option<String> {
    lopdf::decode_text_string(object).ok()
}
