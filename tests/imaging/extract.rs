//! Documents of some pages: what came stays bit by bit.

use super::paper::{Sheet, pdf};
use super::surveyed;
use fumikura::imaging::Imaging;
use fumikura::office::ports::{Digitiser, DigitiserError, ScannedDocument};
use fumikura::scans::{Colour, ScannedPage};
use lopdf::{Document, Object};

fn extract(bytes: &[u8], media_type: &str, pages: &[u32]) -> Result<Vec<u8>, DigitiserError> {
    Imaging::new(None).extract(&ScannedDocument { bytes, media_type }, pages)
}

/// A page with so many lines, by which it is known again.
fn page(lines: usize) -> Sheet {
    let mut page = Sheet::a4(72.0);
    for line in 0..lines {
        page.fill(30.0, 40.0 + line as f64 * 12.0, 120.0, 4.0, 0);
    }
    page
}

/// Returns the pages' amounts of ink in the first page's.
fn ink(pages: &[ScannedPage]) -> Vec<u32> {
    let first = pages[0].ink_ppm;
    pages.iter().map(|page| (page.ink_ppm + first / 2) / first).collect()
}

/// Writes a TIFF: little- or big-endian, classic or BigTIFF, each page in strips.
pub fn tiff(pages: &[Sheet], compression: tiff::encoder::Compression) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut bytes).unwrap().with_compression(compression);
    for page in pages {
        let (width, height) = (page.width as u32, page.height as u32);
        let mut image = encoder.new_image::<tiff::encoder::colortype::Gray8>(width, height).unwrap();
        image.rows_per_strip(100).unwrap();
        let dpi = tiff::encoder::Rational { n: page.dpi as u32, d: 1 };
        image.resolution(tiff::tags::ResolutionUnit::Inch, dpi);
        image.write_data(&page.grey).unwrap();
    }
    bytes.into_inner()
}

#[test]
fn pages_of_a_tiff_keep_their_strips() {
    let pages: Vec<Sheet> = (1..=4).map(page).collect();
    for compression in [
        tiff::encoder::Compression::Uncompressed,
        tiff::encoder::Compression::Lzw,
        tiff::encoder::Compression::Packbits,
    ] {
        let whole = tiff(&pages, compression);
        let seen = surveyed(&whole, "image/tiff").unwrap();
        assert_eq!(seen.len(), 4);
        assert!(seen.iter().all(|page| page.dpi == Some(72) && page.colour == Colour::Grey), "{seen:?}");
        assert_eq!(ink(&seen), [1, 2, 3, 4]);
        let part = extract(&whole, "image/tiff", &[4, 2]).unwrap();
        let seen = surveyed(&part, "image/tiff").unwrap();
        assert_eq!(seen.len(), 2);
        assert!(seen[0].ink_ppm > seen[1].ink_ppm, "the order is the one asked for");
        for (index, of) in [(0, 3), (1, 1)] {
            let mut decoder = tiff::decoder::Decoder::new(std::io::Cursor::new(&part)).unwrap();
            decoder.seek_to_image(index).unwrap();
            let tiff::decoder::DecodingResult::U8(pixels) = decoder.read_image().unwrap() else { panic!("8 bits") };
            assert_eq!(pixels, pages[of].grey);
        }
    }
}

#[test]
fn of_one_picture_there_is_nothing_to_take_apart() {
    let jpeg = page(3).jpeg(80);
    assert_eq!(extract(&jpeg, "image/jpeg", &[1]).unwrap(), jpeg);
    assert_eq!(extract(&jpeg, "image/jpeg", &[2]), Err(DigitiserError::NoSuchPage(2)));
    assert_eq!(extract(&jpeg, "image/jpeg", &[0]), Err(DigitiserError::NoSuchPage(0)));
    assert!(matches!(extract(&jpeg, "image/jpeg", &[]), Err(DigitiserError::Writing(_))));
    assert!(matches!(extract(&jpeg, "image/jpeg", &[1, 1]), Err(DigitiserError::Writing(_))));
}

#[test]
fn pages_of_a_pdf_take_along_what_they_inherit_and_nothing_else() {
    let pages: Vec<Sheet> = (1..=5).map(page).collect();
    let whole = pdf(&pages);
    let seen = surveyed(&whole, "application/pdf").unwrap();
    assert_eq!((seen.len(), seen[0].dpi, seen[0].colour), (5, Some(72), Colour::Grey));
    assert_eq!(ink(&seen), [1, 2, 3, 4, 5]);
    let part = extract(&whole, "application/pdf", &[5, 3]).unwrap();
    let seen = surveyed(&part, "application/pdf").unwrap();
    assert_eq!(seen.len(), 2);
    assert!(seen[0].ink_ppm > seen[1].ink_ppm, "the order is the one asked for");
    let cut = Document::load_mem(&part).unwrap();
    assert_eq!(cut.get_pages().len(), 2);
    let is_page = |object: &Object| object.as_dict().is_ok_and(|dict| dict.has_type(b"Page"));
    assert_eq!(cut.objects.values().filter(|object| is_page(object)).count(), 2, "no link brings its page along");
    for wanted in [4, 2] {
        let jpeg = pages[wanted].jpeg(80);
        assert!(cut.objects.values().any(|object| object.as_stream().is_ok_and(|stream| stream.content == jpeg)));
    }
    assert_eq!(part, extract(&whole, "application/pdf", &[5, 3]).unwrap());
}
