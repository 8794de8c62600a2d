//! The page tree (ISO 32000-2, 7.7.3).

use super::{Pdf, PdfError};
use lopdf::{Dictionary, Object, ObjectId};
use std::collections::BTreeSet;

/// The deepest page tree that is followed; balanced trees of real writers stay under 10.
const DEEPEST: usize = 64;

/// A rectangle in default user space units of 1/72 inch (ISO 32000-2, 7.9.5), left < right and bottom < top.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rectangle {
    /// The left edge.
    pub left: f32,
    /// The bottom edge.
    pub bottom: f32,
    /// The right edge.
    pub right: f32,
    /// The top edge.
    pub top: f32,
}

impl Rectangle {
    /// Returns the width.
    pub fn width(&self) -> f32 {
        self.right - self.left
    }

    /// Returns the height.
    pub fn height(&self) -> f32 {
        self.top - self.bottom
    }

    /// Reads `[x y x y]`, corners in any order.
    pub fn read(pdf: &Pdf, object: &Object) -> Option<Self> {
        let corners = pdf.resolve(object).as_array().ok().filter(|corners| corners.len() == 4)?;
        let numbers: Vec<f32> = corners.iter().filter_map(|corner| pdf.resolve(corner).as_float().ok()).collect();
        let [a, b, c, d] = *numbers.as_slice() else { return None };
        let sound = numbers.iter().all(|number| number.is_finite());
        sound.then_some(Self { left: a.min(c), bottom: b.min(d), right: a.max(c), top: b.max(d) })
    }

    fn intersect(self, other: Self) -> Option<Self> {
        let cut = Self {
            left: self.left.max(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.min(other.right),
            top: self.top.min(other.top),
        };
        (cut.left < cut.right && cut.bottom < cut.top).then_some(cut)
    }
}

/// A page with its inherited attributes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Page {
    /// The page object.
    pub id: ObjectId,
    /// What is shown: the crop box within the media box.
    pub visible: Rectangle,
    /// Clockwise rotation when shown: 0, 90, 180 or 270 degrees.
    pub rotate_degrees: u16,
}

#[derive(Clone, Copy, Default)]
struct Inherited {
    media: Option<Rectangle>,
    crop: Option<Rectangle>,
    rotate: i64,
}

/// Collects the pages in order.
pub(super) fn pages(pdf: &Pdf, most: usize) -> Result<Vec<Page>, PdfError> {
    walk(pdf, most, usize::MAX)
}

/// Returns one page by its number from 1.
pub(super) fn page(pdf: &Pdf, number: usize, most: usize) -> Result<Page, PdfError> {
    let pages = walk(pdf, most, number)?;
    let page = number.checked_sub(1).and_then(|index| pages.get(index));
    page.copied().ok_or(PdfError::NoPage(number, pages.len()))
}

/// Collects the first pages.
fn walk(pdf: &Pdf, most: usize, wanted: usize) -> Result<Vec<Page>, PdfError> {
    let (root, catalog) = pdf.catalog()?;
    let top = catalog.get(b"Pages").and_then(Object::as_reference);
    let top = top.map_err(|_| PdfError::BadObject { id: root, what: "the catalogue has no /Pages".to_owned() })?;
    let mut walk = Walk { pdf, most, wanted, seen: BTreeSet::new(), pages: Vec::new() };
    walk.node(top, Inherited::default(), 0)?;
    Ok(walk.pages)
}

struct Walk<'a> {
    pdf: &'a Pdf,
    most: usize,
    wanted: usize,
    seen: BTreeSet<ObjectId>,
    pages: Vec<Page>,
}

impl Walk<'_> {
    fn node(&mut self, id: ObjectId, inherited: Inherited, depth: usize) -> Result<(), PdfError> {
        let bad = |what: &str| PdfError::BadObject { id, what: what.to_owned() };
        if depth > DEEPEST || !self.seen.insert(id) {
            return Err(bad("the page tree loops or is too deep"));
        }
        let node = self.pdf.dictionary(id).ok_or_else(|| bad("not a node of the page tree"))?;
        let attributes = self.inherit(node, inherited);
        let Some(kids) = self.pdf.entry(node, b"Kids") else {
            return self.page(id, attributes);
        };
        for kid in kids.as_array().map_err(|_| bad("/Kids is not an array"))? {
            if self.pages.len() >= self.wanted {
                return Ok(());
            }
            let kid = kid.as_reference().map_err(|_| bad("a kid is not a reference"))?;
            self.node(kid, attributes, depth + 1)?;
        }
        Ok(())
    }

    fn inherit(&self, node: &Dictionary, above: Inherited) -> Inherited {
        let rectangle = |key: &[u8]| node.get(key).ok().and_then(|object| Rectangle::read(self.pdf, object));
        Inherited {
            media: rectangle(b"MediaBox").or(above.media),
            crop: rectangle(b"CropBox").or(above.crop),
            rotate: self.pdf.entry(node, b"Rotate").and_then(|object| object.as_i64().ok()).unwrap_or(above.rotate),
        }
    }

    fn page(&mut self, id: ObjectId, attributes: Inherited) -> Result<(), PdfError> {
        if self.pages.len() >= self.most {
            let (found, allowed) = (self.most as u64 + 1, self.most as u64);
            return Err(PdfError::TooLarge { what: "the number of pages", found, allowed });
        }
        // US Letter is what readers fall back to where /MediaBox is missing.
        let media = attributes.media.unwrap_or(Rectangle { left: 0.0, bottom: 0.0, right: 612.0, top: 792.0 });
        let visible = attributes.crop.and_then(|crop| crop.intersect(media)).unwrap_or(media);
        let rotate_degrees = u16::try_from(attributes.rotate.rem_euclid(360) / 90 * 90).unwrap_or(0);
        self.pages.push(Page { id, visible, rotate_degrees });
        Ok(())
    }
}
