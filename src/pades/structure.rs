//! The seal in the structure tree of a tagged document (ISO 32000-2, 14.7; ISO 14289-1, 7.18.4), so that whoever has the
//! document read aloud meets the seal too.

use crate::pdf::{Dictionary, Object, ObjectId, Pdf, PdfError, Update};

/// Makes a `Form` element for a widget, hangs it into the tree, and returns the widget's key in the parent tree. None
/// where the document is not tagged, or not so that an element can be added without guessing.
///
/// # Errors
/// [`PdfError::BadObject`] for a tree that names what is not there.
pub(super) fn add_form(
    pdf: &Pdf,
    update: &mut Update<'_>,
    widget: ObjectId,
    page: ObjectId,
    alternative: Object,
) -> Result<Option<i64>, PdfError> {
    let (_, catalog) = pdf.catalog()?;
    let Ok(root_id) = catalog.get(b"StructTreeRoot").and_then(Object::as_reference) else { return Ok(None) };
    let mut root = update.dictionary(root_id)?;
    let Some(key) = next_key(pdf, &root) else { return Ok(None) };
    let parent = document_element(pdf, &root).unwrap_or(root_id);
    let mut target = Dictionary::new();
    target.set("Type", "OBJR");
    target.set("Obj", Object::Reference(widget));
    target.set("Pg", Object::Reference(page));
    let mut element = Dictionary::new();
    element.set("Type", "StructElem");
    element.set("S", "Form");
    element.set("P", Object::Reference(parent));
    element.set("Pg", Object::Reference(page));
    element.set("Alt", alternative);
    element.set("K", target);
    let element = update.add(element);
    if !add_to_parent_tree(pdf, update, &mut root, key, element)? {
        return Ok(None);
    }
    root.set("ParentTreeNextKey", key + 1);
    if parent == root_id {
        add_kid(pdf, &mut root, element);
    } else {
        let mut above = update.dictionary(parent)?;
        add_kid(pdf, &mut above, element);
        update.set(parent, above);
    }
    update.set(root_id, root);
    Ok(Some(key))
}

/// Returns a key above all that the parent tree has.
fn next_key(pdf: &Pdf, root: &Dictionary) -> Option<i64> {
    let stated = pdf.entry(root, b"ParentTreeNextKey").and_then(|key| key.as_i64().ok()).unwrap_or(0);
    let Some(tree) = pdf.entry(root, b"ParentTree") else { return Some(stated) };
    let tree = tree.as_dict().ok()?;
    let array = |dictionary: &Dictionary, key: &[u8]| pdf.entry(dictionary, key)?.as_array().ok().cloned();
    let highest = match (array(tree, b"Nums"), array(tree, b"Kids")) {
        (Some(numbers), None) => numbers.chunks(2).filter_map(|pair| pdf.resolve(pair.first()?).as_i64().ok()).max(),
        (None, Some(kids)) => {
            let last = pdf.resolve(kids.last()?).as_dict().ok()?;
            Some(pdf.resolve(array(last, b"Limits")?.get(1)?).as_i64().ok()?)
        }
        _ => return None,
    };
    Some(highest.map_or(stated, |highest| stated.max(highest.saturating_add(1))))
}

/// Returns the one element under the root that stands for the whole document, where there is one.
fn document_element(pdf: &Pdf, root: &Dictionary) -> Option<ObjectId> {
    let kids = root.get(b"K").ok()?;
    let only = match pdf.resolve(kids) {
        Object::Array(items) => items.first().filter(|_| items.len() == 1)?,
        Object::Dictionary(_) => kids,
        _ => return None,
    };
    let id = only.as_reference().ok()?;
    let kind = pdf.entry(pdf.dictionary(id)?, b"S")?.as_name().ok()?;
    (kind == b"Document").then_some(id)
}

/// Enters an element under its key. Returns whether the tree has a form that is known.
fn add_to_parent_tree(
    pdf: &Pdf,
    update: &mut Update<'_>,
    root: &mut Dictionary,
    key: i64,
    element: ObjectId,
) -> Result<bool, PdfError> {
    let pair = [Object::Integer(key), Object::Reference(element)];
    let place = root.get(b"ParentTree").ok().cloned();
    let mut tree = match &place {
        Some(place) => pdf.resolve(place).as_dict().ok().cloned().unwrap_or_default(),
        None => Dictionary::new(),
    };
    let numbers = pdf.entry(&tree, b"Nums").and_then(|numbers| numbers.as_array().ok()).cloned();
    let kids = pdf.entry(&tree, b"Kids").and_then(|kids| kids.as_array().ok()).cloned();
    match (numbers, kids) {
        (None, Some(mut kids)) => {
            let mut leaf = Dictionary::new();
            leaf.set("Limits", vec![Object::Integer(key), Object::Integer(key)]);
            leaf.set("Nums", pair.to_vec());
            kids.push(Object::Reference(update.add(leaf)));
            tree.set("Kids", kids);
        }
        (Some(_), Some(_)) => return Ok(false),
        (numbers, None) => {
            let mut numbers = numbers.unwrap_or_default();
            numbers.extend(pair);
            tree.set("Nums", numbers);
        }
    }
    match place.and_then(|place| place.as_reference().ok()) {
        Some(id) => update.set(id, tree),
        None => root.set("ParentTree", tree),
    }
    Ok(true)
}

fn add_kid(pdf: &Pdf, above: &mut Dictionary, element: ObjectId) {
    let mut kids = match above.get(b"K").ok().map(|kids| (kids.clone(), pdf.resolve(kids).clone())) {
        None => Vec::new(),
        Some((_, Object::Array(items))) => items,
        Some((one, _)) => vec![one],
    };
    kids.push(Object::Reference(element));
    above.set("K", kids);
}
