//! What is taken at most. A hostile document meets these before anything is allocated for it.

/// Pages of a document: a carton of paper, scanned on both sides.
pub(super) const MOST_PAGES: u32 = 5_000;

/// Pixels of a picture: A0 at 300 dpi has 139 million.
pub(super) const MOST_PIXELS: u64 = 200_000_000;

/// Pixels of a picture's longer side: what JPEG can hold, and what the renderer counts to.
pub(super) const LONGEST_SIDE: u64 = 65_500;

/// Bytes that one compressed stream of a PDF may grow to where it is no picture: page contents, fonts, object streams.
pub(super) const MOST_STREAM_BYTES: u64 = 256 << 20;

/// Bytes that one compressed picture of a PDF may grow to: every pixel in four components of a byte.
pub(super) const MOST_PICTURE_BYTES: u64 = MOST_PIXELS * 4;

/// Things that are drawn on one page of a PDF: paths, glyphs, pictures, clips, groups. The densest maps have a few hundred
/// thousand.
pub(super) const MOST_DRAWN: u64 = 3_000_000;

/// Pictures drawn on one page of a PDF: scanners that cut a page into strips draw some hundred.
pub(super) const MOST_PICTURES: usize = 10_000;

/// Entries of a TIFF directory: about 90 tags are known.
pub(super) const MOST_ENTRIES: u64 = 1_024;

/// The lowest and highest resolution at which pages are rendered that are no pictures, in dots per inch.
pub(super) const RENDERED_DPI: (f64, f64) = (200.0, 600.0);

/// Characters of text that are taken from a page's reading.
pub(super) const MOST_CHARACTERS: usize = 200_000;

/// Tells whether a picture of this size is taken.
pub(super) fn allows(width: u64, height: u64) -> bool {
    let longest = width.max(height);
    longest <= LONGEST_SIDE && width.checked_mul(height).is_some_and(|pixels| pixels <= MOST_PIXELS)
}
