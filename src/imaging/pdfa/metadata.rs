//! What a PDF/A says of itself: the catalogue, the output intent, and its metadata twice over, which have to agree
//! (ISO 19005-2, 6.2.3, 6.6.2 and 6.6.3).

use super::deflated;
use crate::digest::sha256;
use crate::office::ports::DocumentInfo;
use moxcms::ColorProfile;
use pdf_writer::types::OutputIntentSubtype;
use pdf_writer::{Date, Filter, Finish, Name, Pdf, Ref, TextStr};
use xmp_writer::{DateTime, LangId, Timezone, XmpWriter};

const PRODUCER: &str = "Fumikura";
/// The time zone of the day that is given, in hours before UTC.
const JAPAN_HOURS: i8 = 9;

/// Writes it; objects from `first` are free.
pub(super) fn write(
    pdf: &mut Pdf,
    catalogue: Ref,
    tree: Ref,
    first: i32,
    about: &DocumentInfo,
    origin: &[u8; 32],
) -> Result<(), String> {
    let [metadata, profile, information] = [Ref::new(first), Ref::new(first + 1), Ref::new(first + 2)];
    let title = written(&about.title);
    let mut object = pdf.catalog(catalogue);
    object.pages(tree);
    object.lang(TextStr("ja"));
    object.metadata(metadata);
    object.viewer_preferences().display_doc_title(true);
    let mut intents = object.output_intents();
    let mut intent = intents.push();
    intent.subtype(OutputIntentSubtype::PDFA);
    intent.output_condition_identifier(TextStr("sRGB IEC61966-2.1"));
    intent.info(TextStr("sRGB IEC61966-2.1"));
    intent.dest_output_profile(profile);
    intent.finish();
    intents.finish();
    object.finish();

    let colours = deflated(&srgb()?);
    pdf.icc_profile(profile, &colours).n(3).filter(Filter::FlateDecode);

    let (year, month, day) = (about.created.year().max(0) as u16, about.created.month(), about.created.day());
    let date = Date::new(year).month(month as u8).day(day as u8).hour(0).minute(0).second(0);
    let date = date.utc_offset_hour(JAPAN_HOURS).utc_offset_minute(0);
    let mut info = pdf.document_info(information);
    info.title(TextStr(&title)).producer(TextStr(PRODUCER)).creation_date(date).modified_date(date);
    info.finish();

    let timezone = Some(Timezone::Local { hour: JAPAN_HOURS, minute: 0 });
    let (hour, minute, second) = (Some(0), Some(0), Some(0));
    let date = DateTime { year, month: Some(month as u8), day: Some(day as u8), hour, minute, second, timezone };
    let mut xmp = XmpWriter::new();
    xmp.pdfa_part(2).pdfa_conformance("U");
    xmp.title([(None::<LangId<'_>>, title.as_str())]);
    xmp.language([LangId("ja")]);
    xmp.format("application/pdf");
    xmp.create_date(date).modify_date(date).metadata_date(date);
    xmp.producer(PRODUCER);
    let packet = xmp.finish(None);
    let mut stream = pdf.stream(metadata, packet.as_bytes());
    stream.pair(Name(b"Type"), Name(b"Metadata")).pair(Name(b"Subtype"), Name(b"XML"));
    stream.finish();

    let mut made_of = origin.to_vec();
    made_of.extend(packet.as_bytes());
    let identifier = sha256(&made_of).get(..16).unwrap_or_default().to_vec();
    pdf.set_file_id((identifier.clone(), identifier));
    Ok(())
}

/// Leaves out of a title what XML cannot hold.
fn written(title: &str) -> String {
    title.chars().filter(|c| !c.is_control() && u32::from(*c) & 0xfffe != 0xfffe).collect()
}

/// Makes the profile of sRGB in the version of ICC that PDF 1.7 knows, 4.2, with a date that does not change.
fn srgb() -> Result<Vec<u8>, String> {
    let mut profile = ColorProfile::new_srgb();
    // The tag for coded colours is younger, and a display's white is that of the connection space (ICC.1:2004-10, 9.2.25).
    profile.cicp = None;
    profile.media_white_point = Some(profile.white_point);
    let mut bytes = profile.encode().map_err(|error| error.to_string())?;
    // The header's version and its date, 1 January 2000 (7.2.5, 7.2.9).
    let fields: [(usize, &[u8]); 2] = [(8, &[4, 0x20, 0, 0]), (24, &[0x07, 0xd0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])];
    for (at, value) in fields {
        let field = bytes.get_mut(at..at + value.len()).ok_or_else(|| "a profile without a header".to_owned())?;
        field.copy_from_slice(value);
    }
    Ok(bytes)
}
