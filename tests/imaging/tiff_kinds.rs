//! TIFFs of the kinds that copiers and fax servers write: fax in both orders of bits, colour in JPEGs, palettes, few shades.

use super::surveyed;
use fax::{Color, VecWriter, encoder::Encoder};
use fumikura::imaging::Imaging;
use fumikura::office::ports::{Digitiser, ScannedDocument};
use fumikura::scans::Colour;
use image::{DynamicImage, ImageFormat, RgbImage};
use std::io::Cursor;

const SIDE: u32 = 64;

/// Writes a TIFF of one page, 200 dots per inch: entries of SHORTs beside the size, and its strips.
fn tiff(entries: &[(u16, Vec<u16>)], strips: &[Vec<u8>], tables: Option<&[u8]>) -> Vec<u8> {
    let mut bytes = b"II\x2a\0\0\0\0\0".to_vec();
    let put = |bytes: &mut Vec<u8>, part: &[u8]| {
        let place = bytes.len() as u32;
        bytes.extend_from_slice(part);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        place
    };
    let places: Vec<u32> = strips.iter().map(|strip| put(&mut bytes, strip)).collect();
    let (shorts, longs) = (
        |values: &[u16]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>(),
        |values: &[u32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>(),
    );
    let lengths: Vec<u32> = strips.iter().map(|strip| strip.len() as u32).collect();
    let mut all: Vec<(u16, u16, u32, Vec<u8>)> =
        entries.iter().map(|(tag, values)| (*tag, 3, values.len() as u32, shorts(values))).collect();
    all.extend([(256, 4, 1, longs(&[SIDE])), (257, 4, 1, longs(&[SIDE]))]);
    all.extend([(273, 4, places.len() as u32, longs(&places)), (279, 4, lengths.len() as u32, longs(&lengths))]);
    all.extend([282, 283].map(|tag| (tag, 5, 1, longs(&[200, 1]))));
    all.extend(tables.map(|tables| (347, 7, tables.len() as u32, tables.to_vec())));
    all.sort_unstable_by_key(|entry| entry.0);
    let mut directory = (all.len() as u16).to_le_bytes().to_vec();
    for (tag, kind, count, mut value) in all {
        directory.extend(shorts(&[tag, kind]));
        directory.extend(count.to_le_bytes());
        if value.len() <= 4 {
            value.resize(4, 0);
            directory.extend(value);
        } else {
            directory.extend(put(&mut bytes, &value).to_le_bytes());
        }
    }
    directory.extend([0; 4]);
    let place = put(&mut bytes, &directory);
    bytes[4..8].copy_from_slice(&place.to_le_bytes());
    bytes
}

/// Returns the page as it is shown.
fn shown(tiff: &[u8]) -> RgbImage {
    let document = ScannedDocument { bytes: tiff, media_type: "image/tiff" };
    let picture = Imaging::new(None).page_picture(&document, 1, 1000).expect("the page can be shown");
    image::load_from_memory(&picture.bytes).unwrap().to_rgb8()
}

fn is_near(pixel: [u8; 3], wanted: [u8; 3]) {
    let far = pixel.iter().zip(wanted).map(|(one, other)| one.abs_diff(other)).max().unwrap();
    assert!(far <= 24, "{pixel:?} should be {wanted:?}");
}

/// A black bar on white, in rows 8 to 24 from column 16 to 40, as fax of group 4.
fn bar() -> Vec<u8> {
    let mut encoder = Encoder::new(VecWriter::new());
    for row in 0..SIDE {
        let black = |column: u32| (8..24).contains(&row) && (16..40).contains(&column);
        let line = (0..SIDE).map(|column| if black(column) { Color::Black } else { Color::White });
        encoder.encode_line(line, SIDE as u16).unwrap();
    }
    encoder.finish().unwrap().finish()
}

#[test]
fn fax_is_read_in_both_orders_of_bits() {
    let straight = bar();
    let turned: Vec<u8> = straight.iter().map(|byte| byte.reverse_bits()).collect();
    for (order, data) in [(1, straight.clone()), (2, turned)] {
        let entries = [(258, vec![1]), (259, vec![4]), (262, vec![0]), (266, vec![order]), (277, vec![1])];
        let bytes = tiff(&entries, &[data], None);
        assert_eq!(surveyed(&bytes, "image/tiff").unwrap()[0].colour, Colour::Bilevel);
        let page = shown(&bytes);
        is_near(page.get_pixel(20, 12).0, [0; 3]);
        is_near(page.get_pixel(50, 12).0, [255; 3]);
        is_near(page.get_pixel(20, 40).0, [255; 3]);
    }
    // The same bits, white on black.
    let entries = [(258, vec![1]), (259, vec![4]), (262, vec![1]), (277, vec![1])];
    is_near(shown(&tiff(&entries, std::slice::from_ref(&straight), None)).get_pixel(20, 12).0, [255; 3]);
    // Half of it is no page.
    let half = tiff(&entries, &[straight[..straight.len() / 4].to_vec()], None);
    assert_eq!(fumikura::fault::Fault::code(&surveyed(&half, "image/tiff").unwrap_err()), "scan-damaged");
}

#[test]
fn colour_in_jpegs_is_read_with_tables_that_strips_share() {
    let half = |colour: [u8; 3]| {
        let image = DynamicImage::ImageRgb8(RgbImage::from_pixel(SIDE, SIDE / 2, image::Rgb(colour)));
        let mut bytes = Vec::new();
        image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Jpeg).unwrap();
        bytes
    };
    let (red, blue) = (half([200, 30, 30]), half([30, 30, 200]));
    let entries = [(258, vec![8; 3]), (259, vec![7]), (262, vec![6]), (277, vec![3]), (278, vec![SIDE as u16 / 2])];
    let (tables, red_alone) = apart(&red);
    for bytes in [
        tiff(&entries, &[red.clone(), blue.clone()], None),
        tiff(&entries, &[red_alone, apart(&blue).1], Some(&tables)),
    ] {
        let page = shown(&bytes);
        is_near(page.get_pixel(10, 10).0, [200, 30, 30]);
        is_near(page.get_pixel(10, 50).0, [30, 30, 200]);
    }
    // A strip that says that it is larger than it is.
    let large = half([1; 3]);
    let entries = [(258, vec![8; 3]), (259, vec![7]), (262, vec![6]), (277, vec![3]), (278, vec![16])];
    assert!(surveyed(&tiff(&entries, &vec![large; 4], None), "image/tiff").is_err());
}

/// Takes the tables of a JPEG out of it, as TIFFs keep them; returns both.
fn apart(jpeg: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut tables, mut rest, mut at) = (vec![0xff, 0xd8], vec![0xff, 0xd8], 2);
    while jpeg[at + 1] != 0xda {
        let end = at + 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        let into = if matches!(jpeg[at + 1], 0xdb | 0xc4) { &mut tables } else { &mut rest };
        into.extend_from_slice(&jpeg[at..end]);
        at = end;
    }
    tables.extend([0xff, 0xd9]);
    rest.extend_from_slice(&jpeg[at..]);
    (tables, rest)
}

#[test]
fn palettes_and_few_shades_are_read() {
    // Four colours, two bits a pixel: each row is of one of them.
    let rows = |row: u32| vec![[0x00, 0x55, 0xaa, 0xff][(row % 4) as usize]; SIDE as usize / 4];
    let data: Vec<u8> = (0..SIDE).flat_map(|row| rows(row / 16)).collect();
    let colours = [[255, 255, 255], [220, 20, 20], [20, 160, 20], [20, 20, 200]];
    let map: Vec<u16> = (0..3).flat_map(|channel| colours.map(|colour| colour[channel] * 257)).collect();
    let entries = [(258, vec![2]), (259, vec![1]), (262, vec![3]), (277, vec![1]), (320, map)];
    let bytes = tiff(&entries, std::slice::from_ref(&data), None);
    assert_eq!(surveyed(&bytes, "image/tiff").unwrap()[0].colour, Colour::Colour);
    let page = shown(&bytes);
    for (row, colour) in [8, 24, 40, 56].into_iter().zip(colours) {
        is_near(page.get_pixel(30, row).0, colour.map(|value| value as u8));
    }
    for (photometric, greys) in [(1, [0, 85, 170, 255]), (0, [255, 170, 85, 0])] {
        let entries = [(258, vec![2]), (259, vec![1]), (262, vec![photometric]), (277, vec![1])];
        let page = shown(&tiff(&entries, std::slice::from_ref(&data), None));
        for (row, grey) in [8, 24, 40, 56].into_iter().zip(greys) {
            is_near(page.get_pixel(30, row).0, [grey; 3]);
        }
    }
    // A palette that is too short for its picture.
    let entries = [(258, vec![2]), (259, vec![1]), (262, vec![3]), (277, vec![1]), (320, vec![7; 3])];
    assert!(surveyed(&tiff(&entries, &[data], None), "image/tiff").is_err());
}
