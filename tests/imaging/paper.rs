//! Paper to test with: pages drawn with a font's outlines, and what scanners, stamps and time do to them. Everything follows
//! from a seed.

use fumikura::render::cover_sheet_raster;
use fumikura::scans::CoverSheet;
use image::DynamicImage;
use lopdf::dictionary;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use ttf_parser::{Face, OutlineBuilder};

const FONTS: &[&str] =
    &["/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf", "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"];

/// A notice as cities write it; without personal names.
pub const NOTICE: &str = "あなたが令和8年11月2日付けで申請された道路の占用について、道路法第32条第1項の規定により、次のとおり許可します。\
占用の場所は見本市中央一丁目1番1号地先とし、占用の期間は令和8年12月1日から令和13年3月31日までとします。占用料は年額\
12,500円とし、指定する期日までに納付してください。この処分に不服があるときは、この処分があったことを知った日の翌日から\
起算して3か月以内に、見本市長に対して審査請求をすることができます。工事の施行に当たっては、あらかじめ関係者と協議し、\
交通の安全を確保するとともに、周辺の環境に十分配慮してください。";

/// Returns a Japanese font of this machine; must be there where interoperability is demanded.
#[allow(clippy::disallowed_methods, reason = "the test command says what must be installed")]
pub fn font() -> Option<&'static [u8]> {
    static FONT: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    let found = FONT.get_or_init(|| FONTS.iter().find_map(|path| std::fs::read(path).ok()));
    assert!(found.is_some() || std::env::var("FUMIKURA_INTEROP").as_deref() != Ok("1"), "no Japanese font installed");
    found.as_deref()
}

/// Numbers that follow from a seed (xorshift).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number from 0 to below 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + self.share() * (high - low)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A page in shades of grey.
#[derive(Clone)]
pub struct Sheet {
    pub width: usize,
    pub height: usize,
    pub dpi: f64,
    pub grey: Vec<u8>,
}

impl Sheet {
    /// White A4.
    pub fn a4(dpi: f64) -> Self {
        let side = |millimetres: f64| (millimetres * dpi / 25.4).round() as usize;
        let (width, height) = (side(210.0), side(297.0));
        Self { width, height, dpi, grey: vec![255; width * height] }
    }

    pub fn cover(sheet: &CoverSheet, dpi: f64) -> Self {
        let (width, height, grey) = cover_sheet_raster(sheet, dpi as u32).unwrap();
        Self { width: width as usize, height: height as usize, dpi, grey }
    }

    /// Millimetres as pixels.
    pub fn mm(&self, millimetres: f64) -> f64 {
        millimetres * self.dpi / 25.4
    }

    /// Darkens a rectangle given in millimetres.
    pub fn fill(&mut self, left: f64, top: f64, width: f64, height: f64, level: u8) {
        let pixel = |millimetres: f64, most: usize| (self.mm(millimetres).round().max(0.0) as usize).min(most);
        let (x1, x2) = (pixel(left, self.width), pixel(left + width, self.width));
        let (y1, y2) = (pixel(top, self.height), pixel(top + height, self.height).max(pixel(top, self.height) + 1));
        for y in y1..y2.min(self.height) {
            for pixel in &mut self.grey[y * self.width + x1..y * self.width + x2.max(x1 + 1).min(self.width)] {
                *pixel = (*pixel).min(level);
            }
        }
    }

    /// Draws a character into a square; its upper left corner and side in millimetres.
    pub fn character(&mut self, c: char, left: f64, top: f64, side: f64, level: u8) {
        let size = self.mm(side);
        let (left, top) = (self.mm(left).round() as usize, self.mm(top).round() as usize);
        let Some(glyph) = glyph(c, size) else { return };
        for (y, row) in glyph.chunks(glyph_side(size)).enumerate().take(self.height.saturating_sub(top)) {
            let start = (top + y) * self.width;
            let line = &mut self.grey[start + left.min(self.width)..start + self.width];
            for (pixel, covered) in line.iter_mut().zip(row) {
                let ink = (255 - u32::from(level)) * u32::from(*covered) / 16;
                *pixel = (*pixel).min(255 - ink as u8);
            }
        }
    }

    /// Writes a text from left to right; the place of its first character and the size in millimetres.
    pub fn level(&mut self, text: &str, left: f64, top: f64, size: f64) {
        self.level_in(text, left, top, size, 0);
    }

    pub fn level_in(&mut self, text: &str, left: f64, top: f64, size: f64, level: u8) {
        let mut x = left;
        for c in text.chars() {
            self.character(c, x, top, size, level);
            x += if c.is_ascii() { size / 2.0 } else { size };
        }
    }

    /// Writes a text from top to bottom.
    pub fn upright(&mut self, text: &str, left: f64, top: f64, size: f64) {
        for (index, c) in text.chars().enumerate() {
            self.character(c, left, top + index as f64 * size * 1.05, size, 0);
        }
    }

    /// Writes a whole page of level lines; returns what stands on it.
    pub fn notice(&mut self, lines: usize, size: f64, begin: usize) -> String {
        let characters: Vec<char> = NOTICE.chars().filter(|c| !c.is_ascii() || c.is_ascii_digit()).collect();
        let a_line = (165.0 / size) as usize;
        let mut text = String::new();
        for line in 0..lines {
            let words: String =
                (0..a_line).map(|index| characters[(begin + line * a_line + index) % characters.len()]).collect();
            self.level(&words, 22.0, 25.0 + line as f64 * size * 1.8, size);
            text.push_str(&words);
            text.push('\n');
        }
        text
    }

    /// Writes a whole page of upright lines, from the right; returns what stands on it.
    pub fn upright_notice(&mut self, lines: usize, size: f64) -> String {
        let characters: Vec<char> = NOTICE.chars().filter(|c| !c.is_ascii() && !"、。".contains(*c)).collect();
        let mut text = String::new();
        for line in 0..lines {
            let words: String = (0..38).map(|index| characters[(line * 38 + index) % characters.len()]).collect();
            self.upright(&words, 185.0 - size - line as f64 * size * 1.8, 25.0, size);
            text.push_str(&words);
            text.push('\n');
        }
        text
    }

    /// Draws a table's lines.
    pub fn table(&mut self, left: f64, top: f64, columns: usize, rows: usize) {
        let (wide, high) = (160.0 / columns as f64, 8.0);
        for row in 0..=rows {
            self.fill(left, top + row as f64 * high, 160.0, 0.25, 20);
        }
        for column in 0..=columns {
            self.fill(left + column as f64 * wide, top, 0.25, rows as f64 * high, 20);
        }
    }

    /// Presses a round stamp of some brightness.
    pub fn stamp(&mut self, x: f64, y: f64, radius: f64, level: u8) {
        let (x, y, radius, thick) = (self.mm(x), self.mm(y), self.mm(radius), self.mm(0.8));
        for row in (y - radius).max(0.0) as usize..((y + radius) as usize).min(self.height) {
            for column in (x - radius).max(0.0) as usize..((x + radius) as usize).min(self.width) {
                let away = (column as f64 - x).hypot(row as f64 - y);
                if (radius - thick..radius).contains(&away) || (away < radius * 0.7 && (column / 5 + row / 7) % 3 == 0)
                {
                    let pixel = &mut self.grey[row * self.width + column];
                    *pixel = (*pixel).min(level);
                }
            }
        }
    }

    /// Spills something dark; the place and radius in millimetres.
    pub fn stain(&mut self, x: f64, y: f64, radius: f64, level: u8) {
        let (x, y, radius) = (self.mm(x), self.mm(y), self.mm(radius));
        for row in (y - radius).max(0.0) as usize..((y + radius) as usize).min(self.height) {
            for column in (x - radius).max(0.0) as usize..((x + radius) as usize).min(self.width) {
                if (column as f64 - x).hypot(row as f64 - y) < radius {
                    let pixel = &mut self.grey[row * self.width + column];
                    *pixel = (*pixel).min(level);
                }
            }
        }
    }

    /// Turns it clockwise about its middle; what comes in is white.
    pub fn turned(&self, degrees: f64) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (middle_x, middle_y) = ((self.width as f64 - 1.0) / 2.0, (self.height as f64 - 1.0) / 2.0);
        let mut turned = self.clone();
        for y in 0..self.height {
            let down = y as f64 - middle_y;
            for x in 0..self.width {
                let across = x as f64 - middle_x;
                let (from_x, from_y) = (middle_x + across * cos + down * sin, middle_y - across * sin + down * cos);
                turned.grey[y * self.width + x] = self.between_pixels(from_x, from_y);
            }
        }
        turned
    }

    fn between_pixels(&self, x: f64, y: f64) -> u8 {
        if x < 0.0 || y < 0.0 || x + 1.0 >= self.width as f64 || y + 1.0 >= self.height as f64 {
            return 255;
        }
        let (left, top) = (x as usize, y as usize);
        let (across, down) = (x - left as f64, y - top as f64);
        let at = |x: usize, y: usize| f64::from(self.grey[y * self.width + x]);
        let upper = at(left, top) * (1.0 - across) + at(left + 1, top) * across;
        let lower = at(left, top + 1) * (1.0 - across) + at(left + 1, top + 1) * across;
        (upper * (1.0 - down) + lower * down).round() as u8
    }

    /// Turns it by quarters, clockwise.
    pub fn quarters(self, quarters: u8) -> Self {
        let dpi = self.dpi;
        let image = self.into_image();
        let image = match quarters % 4 {
            1 => image.rotate90(),
            2 => image.rotate180(),
            3 => image.rotate270(),
            _ => image,
        };
        Self { width: image.width() as usize, height: image.height() as usize, dpi, grey: image.to_luma8().into_raw() }
    }

    /// Adds a scanner's noise and shade, paper that is not quite white.
    pub fn noisy(mut self, dice: &mut Dice, deviation: f64) -> Self {
        let paper = dice.between(0.9, 1.0);
        let shade = dice.between(0.0, 0.1);
        for y in 0..self.height {
            let light = paper - shade * (y as f64 / self.height as f64);
            for pixel in &mut self.grey[y * self.width..(y + 1) * self.width] {
                let bits = dice.next();
                let sum = (bits & 0xff) + (bits >> 8 & 0xff) + (bits >> 16 & 0xff) + (bits >> 24 & 0xff);
                let noise = (sum as f64 - 510.0) / 147.8 * deviation;
                *pixel = (f64::from(*pixel) * light + noise).clamp(0.0, 255.0) as u8;
            }
        }
        self
    }

    /// Blurs it, by means over three pixels, so many times.
    pub fn blurred(mut self, times: usize) -> Self {
        for _ in 0..times {
            let from = self.grey.clone();
            for y in 1..self.height - 1 {
                for x in 1..self.width - 1 {
                    let at = |x: usize, y: usize| u32::from(from[y * self.width + x]);
                    let sum = at(x, y) * 4 + at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1);
                    self.grey[y * self.width + x] = (sum / 8) as u8;
                }
            }
        }
        self
    }

    pub fn into_image(self) -> DynamicImage {
        let buffer = image::GrayImage::from_raw(self.width as u32, self.height as u32, self.grey).unwrap();
        DynamicImage::ImageLuma8(buffer)
    }

    /// As a PNG that tells its resolution.
    pub fn png(&self) -> Vec<u8> {
        png(self.width, self.height, self.dpi, png::ColorType::Grayscale, png::BitDepth::Eight, &self.grey)
    }

    /// As a PNG in black and white.
    pub fn bilevel_png(&self) -> Vec<u8> {
        let mut bits = Vec::new();
        for row in self.grey.chunks(self.width) {
            for eight in row.chunks(8) {
                let mut byte = 0_u8;
                eight.iter().enumerate().for_each(|(index, pixel)| byte |= u8::from(*pixel >= 128) << (7 - index));
                bits.push(byte);
            }
        }
        png(self.width, self.height, self.dpi, png::ColorType::Grayscale, png::BitDepth::One, &bits)
    }

    /// As a JPEG of some quality that tells its resolution.
    pub fn jpeg(&self, quality: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
        encoder.set_pixel_density(image::codecs::jpeg::PixelDensity::dpi(self.dpi.round() as u16));
        encoder.encode(&self.grey, self.width as u32, self.height as u32, image::ExtendedColorType::L8).unwrap();
        bytes
    }
}

fn glyph_side(size: f64) -> usize {
    (size * 1.2).ceil() as usize + 2
}

/// Drawn characters by their size in hundredths of a pixel.
type Glyphs = BTreeMap<(char, u64), Arc<Vec<u8>>>;

/// Draws a character's outline, four rows and four columns a pixel: of each pixel how many sixteenths are covered.
fn glyph(c: char, size: f64) -> Option<Arc<Vec<u8>>> {
    static KNOWN: Mutex<Glyphs> = Mutex::new(BTreeMap::new());
    let key = (c, (size * 100.0) as u64);
    if let Some(known) = KNOWN.lock().unwrap().get(&key) {
        return Some(Arc::clone(known));
    }
    let face = Face::parse(font()?, 0).unwrap();
    let scale = size / f64::from(face.units_per_em());
    let origin = (0.0, size * 0.88);
    let mut outline = Outline { segments: Vec::new(), at: (0.0, 0.0), start: (0.0, 0.0), scale, origin };
    face.outline_glyph(face.glyph_index(c)?, &mut outline);
    let side = glyph_side(size);
    let mut covered = vec![0_u8; side * side];
    for quarter_row in 0..side * 4 {
        let at = (quarter_row as f64 + 0.5) / 4.0;
        let mut crossings: Vec<(f64, i32)> = outline
            .segments
            .iter()
            .filter(|s| (s[1] <= at) != (s[3] <= at))
            .map(|s| (s[0] + (at - s[1]) / (s[3] - s[1]) * (s[2] - s[0]), if s[3] > s[1] { 1 } else { -1 }))
            .collect();
        crossings.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut winding = 0;
        for pair in crossings.windows(2) {
            winding += pair[0].1;
            if winding != 0 {
                let quarter = |x: f64| ((x * 4.0).round().max(0.0) as usize).min(side * 4);
                for quarter in quarter(pair[0].0)..quarter(pair[1].0) {
                    let pixel = &mut covered[quarter_row / 4 * side + quarter / 4];
                    *pixel = (*pixel + 1).min(16);
                }
            }
        }
    }
    let covered = Arc::new(covered);
    KNOWN.lock().unwrap().insert(key, Arc::clone(&covered));
    Some(covered)
}

/// Makes a PDF of JPEGs, whose pages inherit their box and resources.
pub fn pdf(pages: &[Sheet]) -> Vec<u8> {
    let mut document = lopdf::Document::with_version("1.4");
    let tree = document.new_object_id();
    let mut pictures = lopdf::Dictionary::new();
    let mut kids = Vec::new();
    for (index, page) in pages.iter().enumerate() {
        let picture = lopdf::Stream::new(
            dictionary! {
                "Type" => "XObject", "Subtype" => "Image", "Width" => page.width as i64, "Height" => page.height as i64,
                "ColorSpace" => "DeviceGray", "BitsPerComponent" => 8, "Filter" => "DCTDecode",
            },
            page.jpeg(80),
        );
        pictures.set(format!("P{index}"), lopdf::Object::Reference(document.add_object(picture)));
        let content = format!("q 595 0 0 842 0 0 cm /P{index} Do Q");
        let content = document.add_object(lopdf::Stream::new(lopdf::Dictionary::new(), content.into_bytes()));
        let next = (document.max_id + 2, 0);
        let link = document.add_object(dictionary! {
            "Type" => "Annot", "Subtype" => "Link", "Rect" => vec![0.into(), 0.into(), 9.into(), 9.into()],
            "Dest" => vec![lopdf::Object::Reference(next), "Fit".into()],
        });
        kids.push(lopdf::Object::Reference(document.add_object(dictionary! {
            "Type" => "Page", "Parent" => tree, "Contents" => content, "Annots" => vec![lopdf::Object::Reference(link)],
        })));
    }
    document.set_object(tree, dictionary! {
        "Type" => "Pages", "Count" => kids.len() as i64, "Kids" => kids, "Resources" => dictionary! { "XObject" => pictures },
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    let root = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", root);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// Leaves out spaces and line ends.
fn bare(text: &str) -> Vec<char> {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Returns the share of characters that were read wrongly (Levenshtein).
pub fn error_rate(found: &str, truth: &str) -> f64 {
    let (found, truth) = (bare(found), bare(truth));
    let mut row: Vec<usize> = (0..=truth.len()).collect();
    for (i, one) in found.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, other) in truth.iter().enumerate() {
            let change = before + usize::from(one != other);
            before = row[j + 1];
            row[j + 1] = change.min(before + 1).min(row[j] + 1);
        }
    }
    row[truth.len()] as f64 / truth.len().max(1) as f64
}

fn png(width: usize, height: usize, dpi: f64, colour: png::ColorType, depth: png::BitDepth, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    encoder.set_compression(png::Compression::Fast);
    let metre = (dpi / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: metre, yppu: metre, unit: png::Unit::Meter }));
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(data).unwrap();
    writer.finish().unwrap();
    bytes
}

/// Straight pieces of a glyph's outline.
struct Outline {
    segments: Vec<[f64; 4]>,
    at: (f64, f64),
    start: (f64, f64),
    scale: f64,
    origin: (f64, f64),
}

impl Outline {
    fn place(&self, x: f64, y: f64) -> (f64, f64) {
        (self.origin.0 + x * self.scale, self.origin.1 - y * self.scale)
    }

    fn line(&mut self, to: (f64, f64)) {
        let (from, end) = (self.place(self.at.0, self.at.1), self.place(to.0, to.1));
        self.segments.push([from.0, from.1, end.0, end.1]);
        self.at = to;
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.at = (x.into(), y.into());
        self.start = self.at;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.line((x.into(), y.into()));
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (from, by, to) = (self.at, (f64::from(x1), f64::from(y1)), (f64::from(x), f64::from(y)));
        for step in 1..=4 {
            let t = f64::from(step) / 4.0;
            let mix = |a: f64, b: f64, c: f64| a * (1.0 - t).powi(2) + 2.0 * b * t * (1.0 - t) + c * t * t;
            self.line((mix(from.0, by.0, to.0), mix(from.1, by.1, to.1)));
        }
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (from, to) = (self.at, (f64::from(x), f64::from(y)));
        let (one, two) = ((f64::from(x1), f64::from(y1)), (f64::from(x2), f64::from(y2)));
        for step in 1..=6 {
            let t = f64::from(step) / 6.0;
            let mix = |a: f64, b: f64, c: f64, d: f64| {
                let u = 1.0 - t;
                a * u * u * u + 3.0 * b * u * u * t + 3.0 * c * u * t * t + d * t * t * t
            };
            self.line((mix(from.0, one.0, two.0, to.0), mix(from.1, one.1, two.1, to.1)));
        }
    }

    fn close(&mut self) {
        self.line(self.start);
    }
}
