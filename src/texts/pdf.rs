//! The text of a PDF: what its pages show, and the invisible layer of scans, in the order in which it is drawn.
//!
//! The interpreter of `hayro` draws a page on a device of ours that keeps of each glyph what it means: by ToUnicode, by the
//! predefined CMaps of Adobe-Japan1 and their like, by the names of glyphs. White space is put where glyphs are apart.

use super::DocumentText;
use super::gather::Gather;
use super::streams::{self, StreamLimits};
use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::{BfString, WritingMode};
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, TransformExt, interpret_page,
};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, Point, Rect};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// Pages that are looked at.
const MOST_PAGES: usize = 10_000;
/// How long one file is read; what was read until then is its text.
const LONGEST: Duration = Duration::from_secs(10);
/// How long somebody waits for that: a page that draws nothing and does not end cannot be stopped from outside.
const PATIENCE: Duration = Duration::from_secs(15);
/// Readings that nobody waits for any more. Where there are so many no PDF is read until one has ended.
const MOST_LOST: usize = 2;
/// The stack of a reading: objects lie within each other.
const STACK_BYTES: usize = 32 << 20;

/// What streams may grow to: a page's contents have some megabytes. A picture is not looked at, but its stream may be a page's
/// contents, too.
const LIMITS: StreamLimits =
    StreamLimits { stream_bytes: 64 << 20, picture_bytes: Some(256 << 20), allows: |_, _| true };
/// Files whose streams grow to no more than this, in bytes, are read beside each other.
const SMALL_BYTES: u64 = 32 << 20;

static ALONE: Mutex<()> = Mutex::new(());
static LOST: AtomicUsize = AtomicUsize::new(0);

/// How far a reading is: somebody waits for it, nobody does any more, or it has ended.
const AWAITED: u8 = 0;
const GIVEN_UP: u8 = 1;
const ENDED: u8 = 2;

/// Returns the text of a PDF.
pub(super) fn text(bytes: &[u8]) -> Option<DocumentText> {
    if LOST.load(Ordering::SeqCst) >= MOST_LOST {
        return None;
    }
    let (bytes, (sender, receiver)) = (bytes.to_vec(), mpsc::sync_channel(1));
    let stage = Arc::new(AtomicU8::new(AWAITED));
    let ours = Arc::clone(&stage);
    let reading = move || {
        let read = catch_unwind(AssertUnwindSafe(|| read(bytes))).ok().flatten();
        // Where nobody waits any more there is nobody to tell.
        let _ = sender.send(read);
        if stage.swap(ENDED, Ordering::SeqCst) == GIVEN_UP {
            LOST.fetch_sub(1, Ordering::SeqCst);
        }
    };
    std::thread::Builder::new().name("text of a PDF".to_owned()).stack_size(STACK_BYTES).spawn(reading).ok()?;
    if let Ok(read) = receiver.recv_timeout(PATIENCE) {
        return read;
    }
    LOST.fetch_add(1, Ordering::SeqCst);
    if ours.compare_exchange(AWAITED, GIVEN_UP, Ordering::SeqCst, Ordering::SeqCst).is_err() {
        LOST.fetch_sub(1, Ordering::SeqCst);
    }
    None
}

fn read(bytes: Vec<u8>) -> Option<DocumentText> {
    // What an encrypted file grows to cannot be told before.
    let guarded = streams::look(&bytes, &LIMITS).ok()?;
    // What is held in memory for its text does not grow with how many file at the same time.
    let _alone = (guarded.grown_bytes > SMALL_BYTES).then(|| ALONE.lock().unwrap_or_else(PoisonError::into_inner));
    let pdf = Pdf::new(bytes).ok()?;
    let (cache, settings) = (InterpreterCache::new(), InterpreterSettings::default());
    let (mut gather, end) = (Gather::default(), Instant::now() + LONGEST);
    for (number, page) in pdf.pages().iter().enumerate() {
        if gather.is_full() {
            break;
        }
        if number == MOST_PAGES || Instant::now() >= end {
            gather.cut();
            break;
        }
        let mut writer = Writer { gather, last: None, run: None, steps: 0, end };
        // One page that cannot be drawn to its end keeps what it has, and the others.
        let drawn = catch_unwind(AssertUnwindSafe(|| draw(page, &pdf, &cache, &settings, &mut writer)));
        gather = writer.gather;
        if drawn.is_err() && Instant::now() >= end {
            gather.cut();
        }
        gather.line();
    }
    Some(gather.finish())
}

fn draw<'a>(
    page: &Page<'a>,
    pdf: &'a Pdf,
    cache: &InterpreterCache<'a>,
    settings: &InterpreterSettings,
    writer: &mut Writer,
) {
    let (width, height) = page.render_dimensions();
    let whole = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let transform = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(transform, whole, cache, pdf.xref(), settings.clone());
    interpret_page(page, &mut context, writer);
}

/// A device that writes down what glyphs mean.
struct Writer {
    gather: Gather,
    /// The last glyph.
    last: Option<Seen>,
    /// Where the last run began, with its glyphs: one that is filled and then stroked is one.
    run: Option<(Point, usize)>,
    /// What was drawn, of any kind.
    steps: u64,
    end: Instant,
}

/// A glyph as it was seen.
struct Seen {
    meaning: BfString,
    /// Where it is, on the page as it is seen, in points.
    at: Point,
    /// How large it is, in points.
    size: f64,
    /// How far on the next one is expected, in points.
    advance: f64,
    /// The way in which its line goes.
    mode: WritingMode,
}

impl Writer {
    /// Ends the drawing of a page where there is enough, or no time. Unwinding is the one way out of the interpreter; no
    /// handler of panics hears of it.
    fn step(&mut self) {
        self.steps += 1;
        if self.gather.is_full() || (self.steps.is_multiple_of(256) && Instant::now() >= self.end) {
            resume_unwind(Box::new("enough"));
        }
    }

    fn glyph(&mut self, seen: Seen) {
        if let Some(last) = &self.last {
            let (dx, dy) = (seen.at.x - last.at.x, seen.at.y - last.at.y);
            let (along, across) = match seen.mode {
                WritingMode::Horizontal => (dx, dy),
                WritingMode::Vertical => (dy, dx),
            };
            let size = last.size.max(seen.size).max(0.1);
            // Drawn again a little beside itself, a glyph is bold, and not two.
            if seen.meaning == last.meaning && along.abs() < 0.15 * size && across.abs() < 0.15 * size {
                return;
            }
            if across.abs() > 0.5 * size || along < -0.5 * size {
                self.gather.line();
            } else if along - last.advance > 0.2 * size {
                self.gather.blank();
            }
        }
        match &seen.meaning {
            BfString::Char(c) => self.gather.text(c.encode_utf8(&mut [0; 4])),
            BfString::String(text) => self.gather.text(text),
        }
        self.last = Some(seen);
    }
}

impl<'a> Device<'a> for Writer {
    fn draw_path(&mut self, _path: &BezPath, _props: DrawProps<'a>, _mode: &DrawMode) {
        self.step();
    }

    fn push_clip_path(&mut self, _clip_path: &ClipPath) {
        self.step();
    }

    fn push_clip_rect(&mut self, _rect: &Rect) {
        self.step();
    }

    fn push_transparency_group(&mut self, _opacity: f32, _mask: Option<SoftMask<'a>>, _blend_mode: BlendMode) {
        self.step();
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _mode: &DrawMode) {
        self.step();
        let place = |transform: Affine| (props.transform * transform) * Point::ORIGIN;
        let begin = run.glyphs().first().map(|glyph| (place(glyph.transform()), run.glyphs().len()));
        if begin.is_some() && begin == self.run {
            return;
        }
        self.run = begin;
        for glyph in run.glyphs() {
            let Some(meaning) = glyph.as_unicode() else { continue };
            let transform = props.transform * glyph.transform();
            // Glyphs are drawn in thousandths of their size.
            let size = 1000.0 * transform.determinant().abs().sqrt();
            let width = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width().map_or(1000.0, f64::from),
                Glyph::Type3(_) => 1000.0,
            };
            let mode = run.writing_mode();
            let advance = if mode == WritingMode::Horizontal { size * width / 1000.0 } else { size };
            self.glyph(Seen { meaning, at: transform * Point::ORIGIN, size, advance, mode });
        }
    }

    fn draw_image(&mut self, _image: Image<'a, '_>, _props: ImageDrawProps<'a>) {
        self.step();
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}

    fn draw_rect(&mut self, _rect: &Rect, _props: DrawProps<'a>, _mode: &DrawMode) {
        self.step();
    }
}
