//! What is drawn on a page of a PDF: its pictures with their places, and whether there is anything beside them.

use crate::imaging::limits;
use crate::scans::{Colour, Turn};
use hayro::hayro_interpret::font::GlyphRun;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageData, ImageDrawProps, InterpreterCache,
    InterpreterSettings, InterpreterWarning, SoftMask, TransformExt as _, interpret_page,
};
use hayro::hayro_syntax::object::dict::Dict;
use hayro::hayro_syntax::object::{Name, Object};
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Rect, Shape};
use image::DynamicImage;
use std::sync::{Arc, OnceLock};

/// A picture on a page.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Its colours.
    pub colour: Colour,
    /// From its pixels to the page as it is shown, in points, y downwards.
    transform: Affine,
    /// Whether it is shown as it is: no stencil, nothing blended, nothing cut off.
    plain: bool,
    /// Its compressed bytes and the names of its filters where they have to be measured.
    pub compressed: Option<(Vec<u8>, Vec<u8>)>,
}

/// What is drawn on a page.
#[derive(Debug, Default)]
pub(super) struct Scene {
    /// Its pictures, in their order.
    pub pictures: Vec<Placed>,
    /// Whether there is anything visible beside them.
    pub marks: bool,
    /// The size of a picture that is larger than is taken.
    pub oversized: Option<(u64, u64)>,
    /// Whether more is drawn than is taken.
    pub endless: bool,
    /// What could not be drawn.
    pub lost: Option<&'static str>,
}

/// A picture that was decoded.
#[derive(Default)]
pub(super) struct Taken {
    /// Its pixels.
    pub pixels: Option<DynamicImage>,
    /// The JPEG that holds them, and whether it has colours.
    pub jpeg: Option<(Vec<u8>, bool)>,
    /// What could not be decoded.
    pub lost: Option<&'static str>,
}

/// Remembers what an interpreter could not draw. A page with a part missing must not pass for a page.
#[derive(Clone, Default)]
pub(super) struct Losses(Arc<OnceLock<&'static str>>);

impl Losses {
    /// Makes settings that report here.
    pub(super) fn settings(&self) -> InterpreterSettings {
        let losses = Arc::clone(&self.0);
        let warning_sink = Arc::new(move |warning| {
            let lost = match warning {
                InterpreterWarning::ImageDecodeFailure => "a picture on it cannot be decoded",
                InterpreterWarning::UnsupportedFont => "a font that it needs cannot be used",
                // An annotation without an appearance shows nothing in other readers either.
                _ => return,
            };
            // The first is told.
            let _ = losses.set(lost);
        });
        InterpreterSettings { warning_sink, ..InterpreterSettings::default() }
    }

    /// Returns the first loss.
    pub(super) fn told(&self) -> Option<&'static str> {
        self.0.get().copied()
    }
}

/// Looks at what a page draws, without drawing it.
pub(super) fn look<'a>(page: &'a Page<'a>) -> Scene {
    let mut looker =
        Looker { page: page_rect(page), scene: Scene::default(), drawn: 0, open: Vec::new(), wanted: None };
    looker.scene.lost = run(page, &mut looker);
    looker.scene
}

/// Decodes the picture of a number in [`Scene::pictures`].
pub(super) fn take<'a>(page: &'a Page<'a>, number: usize) -> Taken {
    let wanted = Some((number, Taken::default()));
    let mut looker = Looker { page: page_rect(page), scene: Scene::default(), drawn: 0, open: Vec::new(), wanted };
    let lost = run(page, &mut looker);
    let taken = looker.wanted.map(|(_, taken)| taken).unwrap_or_default();
    Taken { lost, ..taken }
}

impl Placed {
    /// Returns its resolution in dots per inch, along its own rows and columns.
    pub(super) fn dpi(&self) -> (f64, f64) {
        let [a, b, c, d, _, _] = self.transform.as_coeffs();
        (72.0 / a.hypot(b).max(1e-6), 72.0 / c.hypot(d).max(1e-6))
    }

    /// Returns the part of the page it lies on, in square points.
    pub(super) fn area(&self) -> f64 {
        self.bounds().area().abs()
    }

    fn bounds(&self) -> Rect {
        self.transform.transform_rect_bbox(Rect::new(0.0, 0.0, f64::from(self.width), f64::from(self.height)))
    }

    /// Returns the turn by which it is shown where it is all that the page is; none where it is not.
    pub(super) fn is_the_page(&self, page: Rect) -> Option<Turn> {
        let bounds = self.bounds();
        let near = |one: f64, other: f64| (one - other).abs() <= 1.0 + page.width().max(page.height()) * 0.004;
        let covers = near(bounds.x0, page.x0)
            && near(bounds.y0, page.y0)
            && near(bounds.x1, page.x1)
            && near(bounds.y1, page.y1);
        let [a, b, c, d, _, _] = self.transform.as_coeffs();
        let straight = |along: f64, across: f64| across.abs() <= along.abs() * 1e-4;
        let turn = if straight(a, b) && straight(d, c) {
            match (a > 0.0, d > 0.0) {
                (true, true) => Some(Turn::None),
                (false, false) => Some(Turn::Half),
                _ => None,
            }
        } else if straight(b, a) && straight(c, d) {
            match (b > 0.0, c > 0.0) {
                (true, false) => Some(Turn::Quarter),
                (false, true) => Some(Turn::ThreeQuarters),
                _ => None,
            }
        } else {
            None
        };
        turn.filter(|_| covers && self.plain)
    }
}

/// Returns the page as it is shown, in points.
pub(super) fn page_rect(page: &Page<'_>) -> Rect {
    let (width, height) = page.render_dimensions();
    Rect::new(0.0, 0.0, f64::from(width), f64::from(height))
}

/// Interprets a page; returns what could not be drawn.
fn run<'a>(page: &'a Page<'a>, looker: &mut Looker) -> Option<&'static str> {
    let losses = Losses::default();
    let cache = InterpreterCache::new();
    let transform = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(transform, looker.page, &cache, page.xref(), losses.settings());
    interpret_page(page, &mut context, looker);
    losses.told()
}

/// Why the interpreter was left.
struct Enough;

/// Notes what is drawn.
struct Looker {
    page: Rect,
    scene: Scene,
    drawn: u64,
    /// Of each open clip and group whether it changes what is drawn in it.
    open: Vec<bool>,
    wanted: Option<(usize, Taken)>,
}

impl Looker {
    /// Counts one thing drawn. The interpreter has no way to be stopped but to unwind, which the border of this module catches:
    /// forms that draw each other many times over would never come to an end.
    fn count(&mut self) {
        self.drawn += 1;
        if self.drawn > limits::MOST_DRAWN || self.scene.pictures.len() > limits::MOST_PICTURES {
            self.scene.endless = true;
            std::panic::resume_unwind(Box::new(Enough));
        }
    }

    fn mark(&mut self, bounds: Rect) {
        self.count();
        if bounds.overlaps(self.page) {
            self.scene.marks = true;
        }
    }
}

impl<'a> Device<'a> for Looker {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.count();
        if !matches!(mode, DrawMode::Invisible) && !path.is_empty() {
            let bounds = props.transform.transform_rect_bbox(path.bounding_box());
            self.mark(bounds.inflate(1.0, 1.0));
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.count();
        let bounds = clip.path.bounding_box().inflate(1.5, 1.5);
        // A rectangle around the page cuts nothing off.
        let whole = bounds.contains_rect(self.page) && clip.path.elements().len() <= 6;
        self.open.push(!whole);
    }

    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, blend: BlendMode) {
        self.count();
        let changes = opacity < 1.0 || mask.is_some() || !matches!(blend, BlendMode::Normal);
        self.open.push(changes);
    }

    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, _: DrawProps<'a>, mode: &DrawMode) {
        self.count();
        if !matches!(mode, DrawMode::Invisible) {
            self.scene.marks = true;
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.count();
        let (width, height) = (image.width(), image.height());
        if !limits::allows(width.into(), height.into()) {
            self.scene.oversized = Some((width.into(), height.into()));
            return;
        }
        let (stencil, stream) = match &image {
            Image::Stencil(stencil) => (true, stencil.stream()),
            Image::Raster(raster) => (false, raster.stream()),
        };
        let dict = stream.dict();
        let (filters, data) = (filters_of(dict), stream.raw_data());
        if let Some(size) = inner_size(&filters, &data).filter(|(width, height)| !limits::allows(*width, *height)) {
            self.scene.oversized = Some(size);
            return;
        }
        let blended = self.open.contains(&true)
            || !matches!(props.blend_mode, BlendMode::Normal)
            || props.soft_mask.is_some()
            || dict.contains_key("SMask")
            || dict.contains_key("Mask");
        let number = self.scene.pictures.len();
        if let (Some((wanted, taken)), Image::Raster(raster)) = (&mut self.wanted, &image)
            && *wanted == number
        {
            raster.with_rgba(|data, alpha| taken.pixels = alpha.is_none().then(|| pixels(data)).flatten(), None);
            if let ([Filter::Jpeg], Some(colour)) = (filters.as_slice(), device_colour(dict)) {
                taken.jpeg = Some((data.to_vec(), colour));
            }
        }
        let growing = filters.iter().any(|filter| matches!(filter, Filter::Flate | Filter::Lzw | Filter::RunLength));
        let compressed = growing.then(|| (filter_names(&filters), data.to_vec()));
        self.scene.pictures.push(Placed {
            width,
            height,
            colour: if stencil { Colour::Bilevel } else { colour_of(dict, &filters) },
            transform: props.transform,
            plain: !stencil && !blended,
            compressed: compressed.filter(|_| self.wanted.is_none()),
        });
    }

    fn pop_clip(&mut self) {
        self.open.pop();
    }

    fn pop_transparency_group(&mut self) {
        self.open.pop();
    }
}

fn pixels(data: ImageData) -> Option<DynamicImage> {
    match data {
        ImageData::Rgb(rgb) => image::RgbImage::from_raw(rgb.width, rgb.height, rgb.data).map(DynamicImage::ImageRgb8),
        ImageData::Luma(luma) => {
            image::GrayImage::from_raw(luma.width, luma.height, luma.data).map(DynamicImage::ImageLuma8)
        }
    }
}

/// Tells the colours of a picture by its dictionary.
fn colour_of(dict: &Dict<'_>, filters: &[Filter]) -> Colour {
    let bits = dict.get::<u32>("BitsPerComponent").or_else(|| dict.get::<u32>("BPC")).unwrap_or(8);
    let fax = filters.iter().any(|filter| matches!(filter, Filter::Fax | Filter::Jbig2));
    let grey = match colour_space(dict) {
        Some((name, _)) if matches!(name.as_slice(), b"DeviceGray" | b"G" | b"CalGray") => true,
        Some((name, parts)) if name == b"ICCBased" => parts == 1,
        _ => false,
    };
    match (grey || fax, bits) {
        (true, 1) => Colour::Bilevel,
        (true, _) if fax => Colour::Bilevel,
        (true, _) => Colour::Grey,
        _ => Colour::Colour,
    }
}

/// Returns whether a JPEG has colours where its colour space is that of the device: nothing has to be converted.
fn device_colour(dict: &Dict<'_>) -> Option<bool> {
    if dict.contains_key("Decode") || dict.contains_key("DecodeParms") {
        return None;
    }
    match colour_space(dict)? {
        (name, _) if name == b"DeviceRGB" => Some(true),
        (name, _) if name == b"DeviceGray" => Some(false),
        _ => None,
    }
}

/// Returns the name of a picture's colour space, and how many components it has where it says.
fn colour_space(dict: &Dict<'_>) -> Option<(Vec<u8>, u32)> {
    let space = dict.get::<Object<'_>>("ColorSpace").or_else(|| dict.get::<Object<'_>>("CS"))?;
    match space {
        Object::Name(name) => Some((name.as_ref().to_vec(), 0)),
        Object::Array(array) => {
            let mut parts = array.iter::<Object<'_>>();
            let name: Name<'_> = parts.next()?.into_name()?;
            let components = match parts.next() {
                Some(Object::Stream(profile)) => profile.dict().get::<u32>("N").unwrap_or(0),
                _ => 0,
            };
            Some((name.as_ref().to_vec(), components))
        }
        _ => None,
    }
}

/// What a stream is encoded by (ISO 32000-2, table 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    Hex,
    Base85,
    Lzw,
    Flate,
    RunLength,
    Fax,
    Jbig2,
    Jpeg,
    Jpeg2000,
    Other,
}

fn filters_of(dict: &Dict<'_>) -> Vec<Filter> {
    let names: Vec<Name<'_>> = match dict.get::<Object<'_>>("Filter").or_else(|| dict.get::<Object<'_>>("F")) {
        Some(Object::Name(name)) => vec![name],
        Some(Object::Array(array)) => array.iter::<Name<'_>>().collect(),
        _ => Vec::new(),
    };
    let filter = |name: &Name<'_>| match name.as_ref() {
        b"ASCIIHexDecode" | b"AHx" => Filter::Hex,
        b"ASCII85Decode" | b"A85" => Filter::Base85,
        b"LZWDecode" | b"LZW" => Filter::Lzw,
        b"FlateDecode" | b"Fl" => Filter::Flate,
        b"RunLengthDecode" | b"RL" => Filter::RunLength,
        b"CCITTFaxDecode" | b"CCF" => Filter::Fax,
        b"JBIG2Decode" => Filter::Jbig2,
        b"DCTDecode" | b"DCT" => Filter::Jpeg,
        b"JPXDecode" => Filter::Jpeg2000,
        _ => Filter::Other,
    };
    names.iter().map(filter).collect()
}

/// Writes the names by which the guard knows the filters.
fn filter_names(filters: &[Filter]) -> Vec<u8> {
    let name = |filter: &Filter| match filter {
        Filter::Flate => "/Fl",
        Filter::Lzw => "/LZW",
        Filter::RunLength => "/RunLength",
        Filter::Hex => "/ASCIIHex",
        Filter::Base85 => "/ASCII85",
        _ => "",
    };
    filters.iter().map(name).collect::<String>().into_bytes()
}

/// Returns the size that the data of a picture tell of themselves: JPEG 2000 (ISO/IEC 15444-1, A.5.1) and JBIG2 (ITU-T T.88,
/// 7.4.8) are decoded at that size, whatever the dictionary says.
fn inner_size(filters: &[Filter], data: &[u8]) -> Option<(u64, u64)> {
    let long = |at: usize| {
        let four = data.get(at..at.checked_add(4)?)?;
        Some(four.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    if filters.contains(&Filter::Jpeg2000) {
        let marker = memchr::memmem::find(data, &[0xff, 0x4f, 0xff, 0x51])? + 4;
        return long(marker + 4).zip(long(marker + 8));
    }
    if filters.contains(&Filter::Jbig2) {
        // The page information segment: number, flags (type 48), referred-to count, page, length.
        let (kind, length) = (*data.get(4)? & 0x3f, long(7)?);
        return if kind == 48 && length >= 19 {
            long(11).zip(long(15).map(|height| height & 0x7fff_ffff))
        } else {
            None
        };
    }
    None
}
