//! What is seen of pages: skew, blankness, ink, sharpness, edges, turns, resolutions and colours.

use super::paper::{Dice, Sheet};
use super::{reader, seen, surveyed};
use fumikura::imaging::Imaging;
use fumikura::office::ports::{Digitiser, ScannedDocument};
use fumikura::scans::{Colour, Edge, Turn};

/// The resolution of most pages here, in dots per inch.
const DPI: f64 = 150.0;

fn askew(page: &Sheet, degrees: f64) -> f64 {
    let found = seen(&page.turned(degrees).noisy(&mut Dice::new(7), 3.0).png());
    // Turned clockwise by the degrees, it has to go back by as many.
    f64::from(found.skew_centidegrees) / 100.0 + degrees
}

#[test]
fn skew_is_found_to_a_twentieth_of_a_degree() {
    let mut level = Sheet::a4(DPI);
    level.notice(24, 4.5, 0);
    let mut upright = Sheet::a4(DPI);
    upright.upright_notice(18, 4.5);
    let mut table = Sheet::a4(DPI);
    table.table(25.0, 40.0, 6, 20);
    table.level("占用料の一覧", 25.0, 28.0, 5.0);
    for (name, page) in [("level", level), ("upright", upright), ("table", table)] {
        for degrees in [-9.0, -3.0, -0.4, 0.0, 0.15, 1.5, 6.3] {
            let off = askew(&page, degrees);
            assert!(off.abs() <= 0.06, "{name} at {degrees}: off by {off}");
        }
    }
}

#[test]
fn a_line_or_a_few_words_are_not_turned_on_a_guess() {
    let mut few = Sheet::a4(DPI);
    few.level("以上", 150.0, 200.0, 4.0);
    few.stamp(60.0, 80.0, 12.0, 120);
    let found = seen(&few.png());
    assert!(found.skew_centidegrees.abs() <= 10, "{found:?}");
}

#[test]
fn blank_pages_are_blank_with_specks_shadows_and_the_back_shining_through() {
    let mut dice = Dice::new(3);
    assert!(seen(&Sheet::a4(DPI).png()).blank);
    assert!(seen(&Sheet::a4(DPI).noisy(&mut dice, 6.0).png()).blank);
    let mut specks = Sheet::a4(DPI);
    for _ in 0..60 {
        let (x, y) = (dice.between(5.0, 200.0), dice.between(5.0, 290.0));
        specks.fill(x, y, 0.3, 0.3, 90);
    }
    assert!(seen(&specks.clone().noisy(&mut dice, 4.0).png()).blank, "specks");
    let mut shadow = Sheet::a4(DPI);
    shadow.fill(0.0, 0.0, 5.0, 297.0, 60);
    shadow.fill(0.0, 292.0, 210.0, 5.0, 110);
    assert!(seen(&shadow.noisy(&mut dice, 4.0).png()).blank, "shadows");
    let mut back = Sheet::a4(DPI);
    back.notice(24, 4.5, 0);
    back.grey.chunks_mut(back.width).for_each(<[u8]>::reverse);
    back.grey.iter_mut().for_each(|pixel| *pixel = 255 - (255 - *pixel) / 14);
    assert!(seen(&back.blurred(4).noisy(&mut dice, 3.0).png()).blank, "the back");
}

#[test]
fn whatever_was_written_is_not_blank() {
    let mut dice = Dice::new(4);
    let mut stamp = Sheet::a4(DPI);
    stamp.stamp(150.0, 60.0, 8.0, 205);
    let mut line = Sheet::a4(DPI);
    line.level("裏面白紙", 100.0, 280.0, 2.2);
    let mut pencil = Sheet::a4(DPI);
    for step in 0..60 {
        pencil.fill(40.0 + f64::from(step) * 0.5, 150.0 - f64::from(step % 20) * 0.3, 0.6, 0.35, 190);
    }
    let mut number = Sheet::a4(DPI);
    number.level("12", 100.0, 285.0, 3.0);
    for (name, page) in [("stamp", stamp), ("line", line), ("pencil", pencil), ("page number", number)] {
        let found = seen(&page.clone().png());
        assert!(!found.blank && found.ink_ppm > 0, "{name}: {found:?}");
        assert!(!seen(&page.noisy(&mut dice, 3.0).png()).blank, "{name} with noise");
    }
}

#[test]
fn ink_sharpness_and_edges_are_told() {
    let mut page = Sheet::a4(DPI);
    page.notice(20, 4.5, 0);
    let sharp = seen(&page.png());
    let blurred = seen(&page.clone().blurred(8).png());
    assert!(sharp.sharpness.unwrap() > blurred.sharpness.unwrap() + 200, "{sharp:?} {blurred:?}");
    assert!((10_000..200_000).contains(&sharp.ink_ppm), "{}", sharp.ink_ppm);
    assert_eq!(sharp.cut_edges, []);
    assert_eq!(seen(&Sheet::a4(DPI).png()).sharpness, None);
    let mut cut = page.clone();
    cut.level("右端で切れている行", 188.0, 100.0, 4.5);
    assert_eq!(seen(&cut.png()).cut_edges, [Edge::Right]);
    cut.level("下端", 50.0, 294.0, 6.0);
    assert_eq!(seen(&cut.png()).cut_edges, [Edge::Right, Edge::Bottom]);
}

#[test]
fn resolutions_and_colours_are_as_the_file_says() {
    let mut page = Sheet::a4(200.0);
    page.level("見本", 50.0, 50.0, 10.0);
    let grey = seen(&page.png());
    assert_eq!((grey.dpi, grey.colour, grey.size_px), (Some(200), Colour::Grey, (1654, 2339)));
    assert_eq!(seen(&page.bilevel_png()).colour, Colour::Bilevel);
    let jpeg = surveyed(&page.jpeg(80), "image/jpeg").unwrap();
    assert_eq!((jpeg[0].dpi, jpeg[0].colour), (Some(200), Colour::Grey));
    let mut silent = Vec::new();
    let rgb = page.into_image().to_rgb8();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut silent, 80).encode_image(&rgb).unwrap();
    let silent = surveyed(&silent, "image/jpeg").unwrap();
    assert_eq!((silent[0].colour, silent.len()), (Colour::Colour, 1));
}

#[test]
fn a_photograph_is_shown_as_its_camera_was_held() {
    let mut page = Sheet::a4(100.0);
    page.notice(10, 6.0, 0);
    let plain = page.jpeg(85);
    let exif = |orientation: u8| {
        let mut tagged = plain[..2].to_vec();
        let body = [
            b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(),
            &[orientation, 0, 0, 0, 0, 0, 0],
        ]
        .concat();
        tagged.extend([0xff, 0xe1]);
        tagged.extend((body.len() as u16 + 2).to_be_bytes());
        tagged.extend(body);
        tagged.extend(&plain[2..]);
        tagged
    };
    for (orientation, size) in
        [(1, (827, 1169)), (3, (827, 1169)), (6, (1169, 827)), (8, (1169, 827)), (5, (1169, 827))]
    {
        let pages = surveyed(&exif(orientation), "image/jpeg").unwrap();
        assert_eq!(pages[0].size_px, size, "orientation {orientation}");
    }
}

#[test]
fn pages_are_turned_on_clear_evidence_alone() {
    let Some(reader) = reader() else { return };
    let imaging = Imaging::new(Some(reader));
    let turn = |page: Sheet| {
        let png = page.png();
        let document = ScannedDocument { bytes: &png, media_type: "image/png" };
        imaging.survey(&document, &|_, _| {}).unwrap()[0].turn
    };
    let mut level = Sheet::a4(DPI);
    level.notice(20, 4.5, 0);
    let mut upright = Sheet::a4(DPI);
    upright.upright_notice(16, 4.5);
    for (name, page) in [("level", level), ("upright", upright)] {
        for quarters in 0..4 {
            // What was turned by so many quarters has to be turned by the others.
            let wanted = Turn::of_quarters(4 - quarters);
            assert_eq!(turn(page.clone().quarters(quarters)), wanted, "{name} turned by {quarters} quarters");
        }
    }
    let mut few = Sheet::a4(DPI);
    few.level("以上", 150.0, 200.0, 4.0);
    assert_eq!(turn(few.quarters(2)), Turn::None);
    assert_eq!(turn(Sheet::a4(DPI)), Turn::None);
}
