//! Updates as an attacker writes them: byte by byte, in every form of cross-reference section, with whatever between.

use fumikura::pdf::{Entry, Object, ObjectId, Pdf};
use lopdf::{Dictionary, Writer};
use std::collections::BTreeMap;

/// The form of an update's cross-reference section, and what is odd about it.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// A cross-reference stream, not a table.
    pub stream: bool,
    /// What can be is put into an object stream; makes it a cross-reference stream.
    pub packed: bool,
    /// A subsection for each object, the last first.
    pub scattered: bool,
    /// Bytes before the first object.
    pub before: Vec<u8>,
    /// Bytes between the last object and the cross-reference section.
    pub between: Vec<u8>,
    /// Bytes behind the `%%EOF`.
    pub after: Vec<u8>,
    /// More for the trailer.
    pub trailer: String,
    /// Trailer entries of the base that are left out.
    pub without: Vec<&'static str>,
    /// Another `/Size`.
    pub size: Option<i64>,
    /// Rows beside those of the objects: number, offset or 0 for free, generation.
    pub rows: Vec<(u32, u64, u16)>,
    /// What `startxref` says in place of the section's offset.
    pub startxref: Option<String>,
    /// What `/Prev` says in place of the last section's offset.
    pub previous: Option<i64>,
    /// The end of a row.
    pub row_end: Option<&'static str>,
}

/// Returns an object as it is written.
pub fn written(object: &Object) -> Vec<u8> {
    let mut out = Vec::new();
    Writer::write_object(&mut out, object).expect("an object can be written");
    out
}

/// Returns an indirect object as it is written.
pub fn indirect(id: ObjectId, body: &[u8]) -> Vec<u8> {
    [format!("{} {} obj\n", id.0, id.1).as_bytes(), body, b"\nendobj\n"].concat()
}

/// Appends objects, each as its whole bytes from `N G obj` on.
pub fn appended(base: &[u8], objects: &[(ObjectId, Vec<u8>)], shape: &Shape) -> Vec<u8> {
    let pdf = Pdf::read(base, &Default::default()).expect("the base is readable");
    let mut out = base.to_vec();
    out.extend_from_slice(&shape.before);
    let mut rows: Vec<(u32, [u64; 3])> = Vec::new();
    let mut next = pdf.entries().iter().map(|(number, _)| number + 1).max().unwrap_or(1);
    next = next.max(objects.iter().map(|(id, _)| id.0 + 1).max().unwrap_or(1));
    next = next.max(u32::try_from(pdf.trailer().get(b"Size").and_then(Object::as_i64).unwrap_or(0)).unwrap_or(0));
    let mut packed = Vec::new();
    for (id, bytes) in objects {
        let body = bytes
            .strip_suffix(b"\nendobj\n")
            .and_then(|rest| rest.strip_prefix(format!("{} 0 obj\n", id.0).as_bytes()));
        match body.filter(|body| shape.packed && id.1 == 0 && !body.windows(6).any(|part| part == b"stream")) {
            Some(body) => packed.push((id.0, body.to_vec())),
            None => {
                rows.push((id.0, [1, out.len() as u64, u64::from(id.1)]));
                out.extend_from_slice(bytes);
            }
        }
    }
    if !packed.is_empty() {
        let (mut head, mut inside) = (String::new(), Vec::new());
        for (index, (number, body)) in packed.iter().enumerate() {
            rows.push((*number, [2, u64::from(next), index as u64]));
            head.push_str(&format!("{number} {} ", inside.len()));
            inside.extend_from_slice(body);
            inside.push(b'\n');
        }
        rows.push((next, [1, out.len() as u64, 0]));
        let (first, length) = (head.len(), head.len() + inside.len());
        let dictionary = format!("<</Type/ObjStm/N {}/First {first}/Length {length}>>\nstream\n{head}", packed.len());
        out.extend_from_slice(&indirect((next, 0), &[dictionary.as_bytes(), &inside, b"\nendstream"].concat()));
        next += 1;
    }
    out.extend_from_slice(&shape.between);
    rows.extend(
        shape.rows.iter().map(|(number, at, generation)| (*number, [u64::from(*at > 0), *at, u64::from(*generation)])),
    );
    rows.sort_by_key(|(number, _)| *number);
    if shape.scattered {
        rows.reverse();
    }
    let start = out.len();
    if shape.stream || shape.packed {
        rows.push((next, [1, start as u64, 0]));
        next += 1;
    }
    let trailer = trailer(&pdf, shape, next);
    match shape.stream || shape.packed {
        true => stream(&mut out, &rows, &trailer, next - 1),
        false => table(&mut out, &rows, &trailer, shape),
    }
    let named = shape.startxref.clone().unwrap_or_else(|| start.to_string());
    out.extend_from_slice(format!("startxref\n{named}\n%%EOF\n").as_bytes());
    out.extend_from_slice(&shape.after);
    out
}

fn trailer(pdf: &Pdf, shape: &Shape, next: u32) -> String {
    let mut text = String::new();
    for key in ["Root", "Info", "ID", "Encrypt"].into_iter().filter(|key| !shape.without.contains(key)) {
        if let Ok(value) = pdf.trailer().get(key.as_bytes()) {
            text.push_str(&format!("/{key} {} ", String::from_utf8_lossy(&written(&hexadecimal(value)))));
        }
    }
    let previous = pdf.revisions().last().expect("a revision").startxref as i64;
    let (size, previous) = (shape.size.unwrap_or(i64::from(next)), shape.previous.unwrap_or(previous));
    format!("{text}/Size {size} /Prev {previous} {}", shape.trailer)
}

/// Writes strings as digits, so that a trailer is text.
fn hexadecimal(value: &Object) -> Object {
    match value {
        Object::String(bytes, _) => Object::String(bytes.clone(), lopdf::StringFormat::Hexadecimal),
        Object::Array(items) => Object::Array(items.iter().map(hexadecimal).collect()),
        other => other.clone(),
    }
}

fn table(out: &mut Vec<u8>, rows: &[(u32, [u64; 3])], trailer: &str, shape: &Shape) {
    let mut text = String::from(if rows.is_empty() { "xref\n0 0\n" } else { "xref\n" });
    for (number, [kind, at, generation]) in rows {
        let kind = if *kind == 1 { 'n' } else { 'f' };
        text.push_str(&format!("{number} 1\n{at:010} {generation:05} {kind}{}", shape.row_end.unwrap_or(" \n")));
    }
    out.extend_from_slice(format!("{text}trailer\n<<{trailer}>>\n").as_bytes());
}

fn stream(out: &mut Vec<u8>, rows: &[(u32, [u64; 3])], trailer: &str, number: u32) {
    let index: String = rows.iter().map(|(number, _)| format!("{number} 1 ")).collect();
    let row =
        |[kind, at, last]: &[u64; 3]| [&[*kind as u8][..], &at.to_be_bytes(), &(*last as u16).to_be_bytes()].concat();
    let data: Vec<u8> = rows.iter().flat_map(|(_, fields)| row(fields)).collect();
    let head = format!("<</Type/XRef/W[1 8 2]/Index[{index}]/Length {} {trailer}>>\nstream\n", data.len());
    out.extend_from_slice(&indirect((number, 0), &[head.as_bytes(), &data, b"\nendstream"].concat()));
}

/// Changes in the making, on top of a file.
pub struct Edit<'a> {
    /// The file.
    pub pdf: &'a Pdf,
    /// What is new or different.
    pub objects: BTreeMap<ObjectId, Object>,
    next: u32,
}

impl<'a> Edit<'a> {
    /// Starts with nothing changed.
    pub fn new(pdf: &'a Pdf) -> Self {
        let size = pdf.trailer().get(b"Size").and_then(Object::as_i64).unwrap_or(0) as u32;
        let next = pdf.entries().iter().map(|(number, _)| number + 1).max().unwrap_or(1).max(size);
        Self { pdf, objects: BTreeMap::new(), next }
    }

    /// Returns an object as it is by now.
    pub fn get(&self, id: ObjectId) -> Object {
        self.objects.get(&id).or_else(|| self.pdf.object(id)).cloned().unwrap_or(Object::Null)
    }

    /// Changes a dictionary.
    pub fn change(&mut self, id: ObjectId, change: impl FnOnce(&mut Dictionary)) {
        let mut object = self.get(id);
        match &mut object {
            Object::Dictionary(dictionary) => change(dictionary),
            Object::Stream(stream) => change(&mut stream.dict),
            _ => {}
        }
        self.objects.insert(id, object);
    }

    /// Sets an object.
    pub fn set(&mut self, id: ObjectId, object: impl Into<Object>) {
        self.objects.insert(id, object.into());
    }

    /// Adds an object.
    pub fn add(&mut self, object: impl Into<Object>) -> ObjectId {
        let id = (self.next, 0);
        self.next += 1;
        self.objects.insert(id, object.into());
        id
    }

    /// The catalogue's object.
    pub fn root(&self) -> ObjectId {
        self.pdf.catalog().expect("a catalogue").0
    }

    /// The first page's object.
    pub fn page(&self) -> ObjectId {
        self.pdf.pages().expect("pages")[0].id
    }

    /// The node above the first page.
    pub fn node(&self) -> ObjectId {
        let page = self.pdf.dictionary(self.page()).expect("a page");
        page.get(b"Parent").and_then(Object::as_reference).expect("a parent")
    }

    /// The field of the first signature.
    pub fn field(&self) -> ObjectId {
        fumikura::pades::signatures(self.pdf)[0].field_object
    }

    /// Changes the form, wherever it stands.
    pub fn form(&mut self, change: impl FnOnce(&mut Dictionary)) {
        let root = self.root();
        let catalogue = self.get(root);
        let form = catalogue.as_dict().expect("a dictionary").get(b"AcroForm").expect("a form").clone();
        match form.as_reference() {
            Ok(id) => self.change(id, change),
            Err(_) => self.change(root, |root| change(root.get_mut(b"AcroForm").unwrap().as_dict_mut().unwrap())),
        }
    }

    /// Puts an annotation on the first page.
    pub fn annotate(&mut self, annotation: ObjectId) {
        let page = self.page();
        let old = self.get(page).as_dict().expect("a page").get(b"Annots").cloned().unwrap_or(Object::Null);
        let mut items = self.pdf.resolve(&old).as_array().cloned().unwrap_or_default();
        items.push(annotation.into());
        self.change(page, |page| page.set("Annots", items));
    }

    /// Puts a field into the form and on the first page.
    pub fn enter(&mut self, field: ObjectId) {
        let pdf = self.pdf;
        self.form(|form| {
            let fields = pdf.entry(form, b"Fields").and_then(|list| list.as_array().ok());
            let mut fields = fields.cloned().unwrap_or_default();
            fields.push(field.into());
            form.set("Fields", fields);
        });
        self.annotate(field);
    }

    /// Writes the update.
    pub fn finish(self, base: &[u8], shape: &Shape) -> Vec<u8> {
        let objects: Vec<_> = self.objects.iter().map(|(id, object)| (*id, indirect(*id, &written(object)))).collect();
        appended(base, &objects, shape)
    }
}

/// Returns the offset at which an object stands.
pub fn offset(pdf: &Pdf, id: ObjectId) -> Option<u64> {
    match pdf.place(id.0)? {
        Entry::At { offset, .. } => Some(offset),
        _ => None,
    }
}
