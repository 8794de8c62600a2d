//! PDF/A-2u of pictures with an invisible layer of text (ISO 19005-2:2011 on ISO 32000-1).
//!
//! Pages are written as they come; what is known only at the end, which characters there are, is written at the end. The same
//! pages give the same bytes.

mod encode;
mod font;
mod metadata;
mod text;

pub(super) use encode::{Encoded, encode, to_jpeg};

use super::reader::Line;
use crate::office::ports::DocumentInfo;
use crate::scans::{Colour, Turn};
use encode::{Coding, Stored};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use font::Characters;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref};
use std::io::Write;

/// The catalogue, the page tree and the information.
const CATALOGUE: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
/// The first of the objects that are written at the end; pages begin behind them.
const AT_THE_END: i32 = 3;
const FIRST_OF_PAGES: i32 = 20;
/// A page, its content and its picture.
const OBJECTS_OF_PAGE: i32 = 3;

/// One page to be written.
pub(super) struct Page<'a> {
    /// Its picture.
    pub picture: &'a Encoded,
    /// Its width and height on paper, in points.
    pub size: (f64, f64),
    /// The pixels that the places of words count.
    pub pixels: (u32, u32),
    /// What was read on it.
    pub lines: &'a [Line],
}

/// A PDF/A that is being written.
pub(super) struct Writer {
    pdf: Pdf,
    pages: Vec<Ref>,
    characters: Characters,
}

impl Writer {
    /// Begins one.
    pub(super) fn new() -> Self {
        Self { pdf: Pdf::new(), pages: Vec::new(), characters: Characters::default() }
    }

    /// Adds a page.
    pub(super) fn add(&mut self, page: &Page<'_>) {
        let first = FIRST_OF_PAGES + OBJECTS_OF_PAGE * self.pages.len() as i32;
        let [id, content, picture] = [Ref::new(first), Ref::new(first + 1), Ref::new(first + 2)];
        let (width, height) = within_limits(page.size);
        let mut drawn = Content::new();
        drawn.save_state();
        drawn.transform(placed(page.picture.turn, width, height));
        drawn.x_object(Name(b"P"));
        drawn.restore_state();
        let scale = (width / f64::from(page.pixels.0.max(1)), height / f64::from(page.pixels.1.max(1)));
        text::write(&mut drawn, &mut self.characters, page.lines, height, scale);
        let compressed = deflated(&drawn.finish());
        self.pdf.stream(content, &compressed).filter(Filter::FlateDecode);
        self.picture(picture, page.picture);
        let mut object = self.pdf.page(id);
        object.parent(TREE);
        object.media_box(Rect::new(0.0, 0.0, width as f32, height as f32));
        object.contents(content);
        let mut resources = object.resources();
        resources.x_objects().pair(Name(b"P"), picture);
        let mut fonts = resources.fonts();
        fonts.pair(Name(b"H"), font::level(AT_THE_END)).pair(Name(b"V"), font::upright(AT_THE_END));
        fonts.finish();
        resources.finish();
        object.finish();
        self.pages.push(id);
    }

    /// Writes what is common to all pages, and returns the file. `origin` is the digest of what the pages came from.
    ///
    /// # Errors
    /// What went wrong, in words.
    pub(super) fn finish(mut self, about: &DocumentInfo, origin: &[u8; 32]) -> Result<Vec<u8>, String> {
        font::write(&mut self.pdf, AT_THE_END, &self.characters);
        let common = Ref::new(AT_THE_END + font::OBJECTS);
        metadata::write(&mut self.pdf, CATALOGUE, TREE, common.get(), about, origin)?;
        let count = i32::try_from(self.pages.len()).map_err(|_| "more pages than a PDF has".to_owned())?;
        self.pdf.pages(TREE).kids(self.pages.iter().copied()).count(count);
        Ok(self.pdf.finish())
    }

    fn picture(&mut self, id: Ref, picture: &Encoded) {
        let Encoded { stored, coding, colour, .. } = picture;
        let Stored { width, height, bytes } = stored;
        let mut object = self.pdf.image_xobject(id, bytes);
        object.width(*width as i32).height(*height as i32);
        match colour {
            Colour::Colour => object.color_space().device_rgb(),
            Colour::Grey | Colour::Bilevel => object.color_space().device_gray(),
        }
        match coding {
            Coding::Jpeg => {
                object.bits_per_component(8);
                object.filter(Filter::DctDecode);
            }
            Coding::Fax => {
                object.bits_per_component(1);
                object.filter(Filter::CcittFaxDecode);
                object.decode_parms().k(-1).columns(*width as i32).rows(*height as i32);
            }
        }
    }
}

/// Returns the matrix that lays a picture over the page (ISO 32000-1, 8.9.5): as it is stored it stands turned back.
fn placed(turn: Turn, width: f64, height: f64) -> [f32; 6] {
    let (width, height) = (width as f32, height as f32);
    match turn {
        Turn::None => [width, 0.0, 0.0, height, 0.0, 0.0],
        Turn::Quarter => [0.0, -height, width, 0.0, 0.0, height],
        Turn::Half => [-width, 0.0, 0.0, -height, width, height],
        Turn::ThreeQuarters => [0.0, height, -width, 0.0, width, 0.0],
    }
}

/// A page is from 3 to 14,400 units wide and high (ISO 19005-2, 6.1.13).
fn within_limits((width, height): (f64, f64)) -> (f64, f64) {
    let down = (14_400.0 / width.max(height).max(1e-3)).min(1.0);
    ((width * down).max(3.0), (height * down).max(3.0))
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}
