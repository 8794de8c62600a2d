//! Wiring a signature field into a document: form, page and catalogue (ISO 32000-2, 12.7.3, 12.7.5.5).

use super::embedded::{EmbeddedSignature, SignatureField, signature_fields};
use super::{PadesError, SignOptions};
use crate::pdf::{Dictionary, Object, ObjectId, Pdf, PdfError, StringFormat, Update};

/// The field a signature goes into.
pub(super) enum Target {
    /// An unsigned signature field that the document has.
    Existing(ObjectId),
    /// A field to be made, with its name.
    New(String),
}

/// Chooses the field, and refuses where an earlier signature or the field itself forbids.
pub(super) fn choose(pdf: &Pdf, options: &SignOptions, signatures: &[EmbeddedSignature]) -> Result<Target, PadesError> {
    let fields = signature_fields(pdf);
    let target = match &options.field {
        Some(name) => named(pdf, &fields, name)?,
        None => Target::New(fresh_name(pdf, "Signature")),
    };
    let name = match (&target, &options.field) {
        (Target::New(name), _) | (Target::Existing(_), Some(name)) => name.as_str(),
        (Target::Existing(_), None) => "",
    };
    for earlier in signatures {
        let allows_nothing = earlier.certification == Some(1) || earlier.lock_permission == Some(1);
        if allows_nothing || earlier.locks.iter().any(|lock| lock.holds(name)) {
            return Err(PadesError::LockedBySignature(earlier.field.clone()));
        }
    }
    Ok(target)
}

fn named(pdf: &Pdf, fields: &[SignatureField], name: &str) -> Result<Target, PadesError> {
    if let Some(field) = fields.iter().find(|field| field.name == name) {
        if field.value.is_some() {
            return Err(PadesError::FieldSigned(name.to_owned()));
        }
        return Ok(Target::Existing(field.id));
    }
    if name.is_empty() || name.contains('.') {
        return Err(PadesError::FieldName(name.to_owned()));
    }
    if field_names(pdf).iter().any(|taken| taken == name) {
        return Err(PadesError::FieldNotSignature(name.to_owned()));
    }
    Ok(Target::New(name.to_owned()))
}

/// Returns a field's own `/Lock` (ISO 32000-2, table 236) as the parameters of the FieldMDP transform that it asks for.
pub(super) fn lock_of(pdf: &Pdf, field: ObjectId) -> Option<Dictionary> {
    let field = pdf.dictionary(field)?;
    let lock = pdf.entry(field, b"Lock")?.as_dict().ok()?;
    let mut parameters = Dictionary::new();
    parameters.set("Type", "TransformParams");
    parameters.set("V", Object::Name(b"1.2".to_vec()));
    parameters.set("Action", pdf.entry(lock, b"Action")?.clone());
    if let Some(names) = pdf.entry(lock, b"Fields").and_then(|names| names.as_array().ok()) {
        parameters.set("Fields", names.iter().map(|name| pdf.resolve(name).clone()).collect::<Vec<_>>());
    }
    Some(parameters)
}

/// Returns a field name that is not taken: a word and a number.
pub(super) fn fresh_name(pdf: &Pdf, word: &str) -> String {
    let taken = field_names(pdf);
    (1..).map(|number| format!("{word}{number}")).find(|name| !taken.contains(name)).unwrap_or_default()
}

/// Returns the partial names at the top of the form.
fn field_names(pdf: &Pdf) -> Vec<String> {
    let form = pdf.catalog().ok().and_then(|(_, catalog)| pdf.entry(catalog, b"AcroForm")?.as_dict().ok());
    let fields = form.and_then(|form| pdf.entry(form, b"Fields")?.as_array().ok());
    let names = fields.into_iter().flatten().filter_map(|field| {
        let field = pdf.resolve(field).as_dict().ok()?;
        lopdf::decode_text_string(pdf.entry(field, b"T")?).ok()
    });
    names.collect()
}

/// What a new signature asks of the form and the catalogue.
pub(super) struct Wiring {
    /// The field, where it is new.
    pub(super) new_field: Option<ObjectId>,
    /// The signature dictionary.
    pub(super) signature: ObjectId,
    /// Whether it certifies the document.
    pub(super) certify: bool,
    /// Whether no other signature is there.
    pub(super) is_first: bool,
    /// The ISO extension that its algorithms need.
    pub(super) iso_extension: Option<i64>,
}

/// Puts a new field into `/AcroForm` `/Fields`, sets `/SigFlags` 3, and adds what certification asks of the catalogue.
pub(super) fn wire_form(pdf: &Pdf, update: &mut Update<'_>, wiring: &Wiring) -> Result<(), PadesError> {
    let Wiring { new_field, signature, certify, is_first, iso_extension } = *wiring;
    let (root, catalog) = pdf.catalog()?;
    let mut catalog = catalog.clone();
    let mut catalog_changed = add_extension(pdf, &mut catalog);
    if let Some(level) = iso_extension {
        catalog_changed |= add_iso_extension(pdf, &mut catalog, level);
    }
    if certify {
        let mut permissions = pdf.entry(&catalog, b"Perms").and_then(|p| p.as_dict().ok()).cloned().unwrap_or_default();
        permissions.set("DocMDP", Object::Reference(signature));
        catalog.set("Perms", permissions);
        catalog_changed = true;
    }
    let place = catalog.get(b"AcroForm").ok().cloned();
    let form_id = place.as_ref().and_then(|place| place.as_reference().ok());
    let existing = place.as_ref().and_then(|place| pdf.resolve(place).as_dict().ok());
    let mut form = existing.cloned().unwrap_or_default();
    let form_changed = change_form(pdf, update, &mut form, new_field, is_first)?;
    match form_id {
        Some(id) if existing.is_some() => {
            if form_changed {
                update.set(id, form);
            }
        }
        _ if existing.is_some() => {
            if form_changed {
                catalog.set("AcroForm", form);
                catalog_changed = true;
            }
        }
        _ => {
            let id = update.add(form);
            catalog.set("AcroForm", Object::Reference(id));
            catalog_changed = true;
        }
    }
    if catalog_changed {
        update.set(root, catalog);
    }
    Ok(())
}

/// Changes the form dictionary, and returns whether anything changed in it.
fn change_form(
    pdf: &Pdf,
    update: &mut Update<'_>,
    form: &mut Dictionary,
    new_field: Option<ObjectId>,
    is_first: bool,
) -> Result<bool, PdfError> {
    let mut changed = false;
    if let Some(field) = new_field {
        changed |= append_reference(pdf, update, form, b"Fields", field)?;
    }
    // Signatures exist, and the file is only to be appended to (table 225).
    if pdf.entry(form, b"SigFlags").and_then(|flags| flags.as_i64().ok()) != Some(3) {
        form.set("SigFlags", 3);
        changed = true;
    }
    // A reader that regenerates appearances would change the document; earlier signatures forbid touching the entry.
    if form.has(b"NeedAppearances") && is_first {
        form.remove(b"NeedAppearances");
        changed = true;
    }
    Ok(changed)
}

/// Names an ISO extension to PDF 2.0 by its number: 32001 for SHA-3, 32002 for Ed25519 (ISO/TS 32001, 32002). One that is
/// named already stays, because earlier signatures cover it.
fn add_iso_extension(pdf: &Pdf, catalog: &mut Dictionary, level: i64) -> bool {
    let mut extensions = pdf.entry(catalog, b"Extensions").and_then(|e| e.as_dict().ok()).cloned().unwrap_or_default();
    if !version(pdf, catalog).starts_with('2') || extensions.has(b"ISO_") {
        return false;
    }
    let mut entry = Dictionary::new();
    entry.set("Type", "DeveloperExtensions");
    entry.set("BaseVersion", Object::Name(b"2.0".to_vec()));
    entry.set("ExtensionLevel", level);
    entry.set("ExtensionRevision", text_string(":2022"));
    extensions.set("ISO_", vec![entry.into()]);
    catalog.set("Extensions", extensions);
    true
}

fn version(pdf: &Pdf, catalog: &Dictionary) -> String {
    let stated = pdf.entry(catalog, b"Version").and_then(|version| version.as_name().ok());
    stated.map_or_else(|| pdf.version().to_owned(), |name| String::from_utf8_lossy(name).into_owned())
}

/// Names the ETSI extension in PDF 1.x, where the sub-filter is not part of the standard itself (ISO 32000-1, 7.12).
pub(super) fn add_extension(pdf: &Pdf, catalog: &mut Dictionary) -> bool {
    let mut extensions = pdf.entry(catalog, b"Extensions").and_then(|e| e.as_dict().ok()).cloned().unwrap_or_default();
    if version(pdf, catalog).starts_with('2') || extensions.has(b"ESIC") {
        return false;
    }
    let mut esic = Dictionary::new();
    esic.set("BaseVersion", Object::Name(b"1.7".to_vec()));
    esic.set("ExtensionLevel", 1);
    extensions.set("ESIC", esic);
    catalog.set("Extensions", extensions);
    true
}

/// Puts a widget into its page's `/Annots`.
pub(super) fn wire_page(pdf: &Pdf, update: &mut Update<'_>, page: ObjectId, widget: ObjectId) -> Result<(), PdfError> {
    let mut dictionary = update.dictionary(page)?;
    if append_reference(pdf, update, &mut dictionary, b"Annots", widget)? {
        update.set(page, dictionary);
    }
    Ok(())
}

/// Appends a reference to the array under a key, in the array's own object where it has one. Returns whether the
/// dictionary itself changed.
fn append_reference(
    pdf: &Pdf,
    update: &mut Update<'_>,
    dictionary: &mut Dictionary,
    key: &[u8],
    reference: ObjectId,
) -> Result<bool, PdfError> {
    let place = dictionary.get(key).ok().cloned();
    let array_id = place.as_ref().and_then(|place| place.as_reference().ok());
    let array = place.as_ref().map(|place| match array_id {
        Some(id) => update.object(id).cloned().unwrap_or(Object::Null),
        None => pdf.resolve(place).clone(),
    });
    let mut array = match array {
        None | Some(Object::Null) => Vec::new(),
        Some(Object::Array(array)) => array,
        Some(_) => {
            let what = format!("/{} is not an array", String::from_utf8_lossy(key));
            return Err(PdfError::BadObject { id: array_id.unwrap_or_default(), what });
        }
    };
    array.push(Object::Reference(reference));
    match array_id {
        Some(id) => {
            update.set(id, array);
            Ok(false)
        }
        None => {
            dictionary.set(key, array);
            Ok(true)
        }
    }
}

/// Encodes text as PDF text string: ASCII where it suffices, else UTF-16BE with a byte order mark (7.9.2.2).
pub(super) fn text_string(text: &str) -> Object {
    if text.is_ascii() {
        return Object::String(text.as_bytes().to_vec(), StringFormat::Literal);
    }
    let mut bytes = vec![0xfe, 0xff];
    bytes.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    Object::String(bytes, StringFormat::Hexadecimal)
}
