//! The widgets of signature fields: made new, or filled where the document has them (ISO 32000-2, 12.5.6.19).

use super::appearance::{self, Demands};
use super::embedded::signatures;
use super::field::{self, text_string};
use super::{Appearance, PadesError, SignOptions, colour, structure};
use crate::pdf::{Dictionary, Object, ObjectId, Page, Pdf, Rectangle, Stream, Update};

/// Print and Locked (ISO 32000-2, table 167): the seal is printed, and a reader may not move it.
const FLAGS: i64 = 132;

/// Makes a field merged with its widget, puts it on its page, and returns it.
pub(super) fn new_field(
    pdf: &Pdf,
    update: &mut Update<'_>,
    name: &str,
    signature: ObjectId,
    options: &SignOptions,
) -> Result<ObjectId, PadesError> {
    let page = pdf.page(options.appearance.as_ref().map_or(1, |look| look.page))?;
    let mut widget = Dictionary::new();
    widget.set("Type", "Annot");
    widget.set("Subtype", "Widget");
    widget.set("FT", "Sig");
    widget.set("T", text_string(name));
    widget.set("V", Object::Reference(signature));
    widget.set("F", FLAGS);
    widget.set("P", Object::Reference(page.id));
    let (rectangle, form) = match &options.appearance {
        Some(look) => appearance::place(update, look, (look.page, look.at), &page, demands(pdf))?,
        None => ([0.0; 4], empty_form(0.0, 0.0)),
    };
    widget.set("Rect", rectangle.iter().map(|corner| Object::Real(*corner)).collect::<Vec<_>>());
    let id = update.allocate();
    if let Some(look) = &options.appearance {
        // What a screen reader says (14.9.3).
        let words = text_string(&said(look, options));
        // An earlier signature covers the structure tree.
        if signatures(pdf).is_empty()
            && let Some(key) = structure::add_form(pdf, update, id, page.id, words.clone())?
        {
            widget.set("StructParent", key);
        }
        widget.set("TU", words);
    }
    set_appearance(update, &mut widget, form);
    update.set(id, widget);
    field::wire_page(pdf, update, page.id, id)?;
    Ok(id)
}

/// Puts the seal's impression on the further pages it was asked for. A signature field has one widget (12.7.5.5), so these
/// are stamps (12.5.6.12), which the signature covers like the rest of the page.
pub(super) fn impressions(pdf: &Pdf, update: &mut Update<'_>, options: &SignOptions) -> Result<(), PadesError> {
    let Some(look) = &options.appearance else { return Ok(()) };
    for (number, at) in &look.further {
        let page = pdf.page(*number)?;
        let (rectangle, form) = appearance::place(update, look, (*number, *at), &page, demands(pdf))?;
        let mut stamp = Dictionary::new();
        stamp.set("Type", "Annot");
        stamp.set("Subtype", "Stamp");
        stamp.set("F", FLAGS);
        stamp.set("P", Object::Reference(page.id));
        stamp.set("Rect", rectangle.iter().map(|corner| Object::Real(*corner)).collect::<Vec<_>>());
        stamp.set("Contents", text_string(&said(look, options)));
        set_appearance(update, &mut stamp, form);
        let id = update.add(stamp);
        field::wire_page(pdf, update, page.id, id)?;
    }
    Ok(())
}

/// Returns what a seal says in words.
fn said(look: &Appearance, options: &SignOptions) -> String {
    let lines: Vec<&str> = look.lines.iter().chain(&look.notes).map(String::as_str).collect();
    let lines = if lines.is_empty() { options.name.clone().unwrap_or_default() } else { lines.join(" ") };
    match &look.code {
        Some(code) if lines.is_empty() => code.clone(),
        Some(code) => format!("{lines} {code}"),
        None => lines,
    }
}

/// Puts the signature into a field that the document has, and the seal into its first widget.
pub(super) fn fill(
    pdf: &Pdf,
    update: &mut Update<'_>,
    id: ObjectId,
    signature: ObjectId,
    options: &SignOptions,
) -> Result<(), PadesError> {
    let mut field = update.dictionary(id)?;
    field.set("V", Object::Reference(signature));
    let kids = pdf.entry(&field, b"Kids").and_then(|kids| kids.as_array().ok()).cloned();
    update.set(id, field.clone());
    let widgets: Vec<ObjectId> = match kids {
        Some(kids) if !field.has(b"Rect") => kids.iter().filter_map(|kid| kid.as_reference().ok()).collect(),
        _ => vec![id],
    };
    let pages = pdf.pages()?;
    for (index, widget) in widgets.iter().enumerate() {
        let seal = if index == 0 { options.appearance.as_ref() } else { None };
        let name = options.field.clone().unwrap_or_default();
        dress(pdf, update, *widget, seal.map(|look| (look, name)), &pages)?;
    }
    if widgets.is_empty() && options.appearance.is_some() {
        return Err(PadesError::FieldInvisible(options.field.clone().unwrap_or_default()));
    }
    Ok(())
}

/// Gives a widget its appearance and its place in its page's `/Annots`.
fn dress(
    pdf: &Pdf,
    update: &mut Update<'_>,
    id: ObjectId,
    seal: Option<(&super::Appearance, String)>,
    pages: &[Page],
) -> Result<(), PadesError> {
    let mut widget = update.dictionary(id)?;
    let rectangle = widget.get(b"Rect").ok().and_then(|object| Rectangle::read(pdf, object));
    let (width, height) = rectangle.map_or((0.0, 0.0), |rectangle| (rectangle.width(), rectangle.height()));
    let stated = widget.get(b"P").and_then(Object::as_reference).ok();
    let listed = pages.iter().find(|page| lists(pdf, page.id, id));
    let page = listed.or_else(|| pages.iter().find(|page| Some(page.id) == stated)).or_else(|| pages.first());
    let rotate_degrees = page.map_or(0, |page| page.rotate_degrees);
    let form = match seal {
        Some((_, name)) if width <= 0.0 || height <= 0.0 => return Err(PadesError::FieldInvisible(name)),
        Some((look, _)) => {
            let shown = if rotate_degrees % 180 == 90 { (height, width) } else { (width, height) };
            Some(appearance::form(update, look, shown, rotate_degrees, demands(pdf))?)
        }
        None if widget.has(b"AP") => None,
        None => Some(empty_form(width, height)),
    };
    let form_is_new = form.is_some();
    if let Some(form) = form {
        set_appearance(update, &mut widget, form);
    }
    if let (None, Some(page)) = (listed, page) {
        widget.set("P", Object::Reference(page.id));
        field::wire_page(pdf, update, page.id, id)?;
    }
    if form_is_new || listed.is_none() {
        update.set(id, widget);
    }
    Ok(())
}

fn lists(pdf: &Pdf, page: ObjectId, widget: ObjectId) -> bool {
    let annotations = pdf.dictionary(page).and_then(|page| pdf.entry(page, b"Annots"));
    let list = annotations.and_then(|list| list.as_array().ok());
    list.is_some_and(|list| list.iter().any(|entry| entry.as_reference().is_ok_and(|entry| entry == widget)))
}

fn demands(pdf: &Pdf) -> Demands {
    Demands { archival: colour::archival_part(pdf).is_some() }
}

fn set_appearance(update: &mut Update<'_>, widget: &mut Dictionary, form: Stream) {
    let form = update.add(form);
    let mut appearances = Dictionary::new();
    appearances.set("N", Object::Reference(form));
    widget.set("AP", appearances);
}

/// An appearance that shows nothing; PDF/A wants one all the same.
fn empty_form(width: f32, height: f32) -> Stream {
    let mut dictionary = Dictionary::new();
    dictionary.set("Type", "XObject");
    dictionary.set("Subtype", "Form");
    dictionary.set("BBox", vec![0.into(), 0.into(), Object::Real(width), Object::Real(height)]);
    dictionary.set("Resources", Dictionary::new());
    Stream::new(dictionary, Vec::new())
}
