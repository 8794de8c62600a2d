//! A record as an information package of the E-ARK common specification (CSIP 2.1), which archives take in: METS over
//! descriptive and preservation metadata, documentation, schemas and representations.

use super::bag::{extension, extension_of_media, json, record_document};
use super::contents::{PayloadEntry, PayloadRole};
use super::premis::{escape, premis_xml};
use super::{PackageContents, PackageError};
use crate::digest::Sha256Hex;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const PROFILE: &str = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml";
/// What the content is called where the specification has no word for it.
const CONTENT: &str = "fumikura-package-1";
const DOCUMENTATION: &str = include_str!("csip/package.txt");
const SCHEMA: &str = include_str!("csip/dc.xsd");

/// A file of the package.
struct File {
    path: String,
    media_type: String,
    bytes: Vec<u8>,
}

/// Returns the name of the package's folder and its files by their paths below it.
///
/// # Errors
/// [`PackageError::NotMade`] where the metadata have no JSON form.
pub fn csip_package(contents: &PackageContents) -> Result<(String, BTreeMap<String, Vec<u8>>), PackageError> {
    let name = format!("{}.{}", contents.metadata.record, contents.metadata.version);
    let (originals, derivatives) = representations(contents);
    let entries: Vec<PayloadEntry> = originals.iter().chain(&derivatives).map(|(entry, _)| entry.clone()).collect();
    let file = |path: &str, media_type: &str, bytes: Vec<u8>| File {
        path: path.to_owned(),
        media_type: media_type.to_owned(),
        bytes,
    };
    let record = json(&record_document(contents, entries.clone()))?.into_bytes();
    let descriptive = [
        file("metadata/descriptive/dc.xml", "application/xml", dublin_core(contents).into_bytes()),
        file("metadata/descriptive/record.json", "application/json", record),
    ];
    let premis = premis_xml(contents, &entries).into_bytes();
    let mut preservation = vec![file("metadata/preservation/premis.xml", "application/xml", premis)];
    if let Some(report) = &contents.validation_report {
        let report = json(report)?.into_bytes();
        preservation.push(file("metadata/preservation/validation.json", "application/json", report));
    }
    let files = |all: Vec<(PayloadEntry, Vec<u8>)>| {
        all.into_iter().map(|(entry, bytes)| File { path: entry.path, media_type: entry.media_type, bytes }).collect()
    };
    let groups = [
        ("Documentation", vec![file("documentation/package.txt", "text/plain", DOCUMENTATION.into())]),
        ("Schemas", vec![file("schemas/dc.xsd", "application/xml", SCHEMA.into())]),
        ("Representations/original", files(originals)),
        ("Representations/derivative", files(derivatives)),
    ];
    let groups: Vec<(&str, Vec<File>)> = groups.into_iter().filter(|(_, files)| !files.is_empty()).collect();
    let mets = mets(&name, contents, (&descriptive, &preservation), &groups);
    let files = groups.into_iter().flat_map(|(_, files)| files).chain(descriptive).chain(preservation);
    let mut all: BTreeMap<String, Vec<u8>> = files.map(|file| (file.path, file.bytes)).collect();
    all.insert("METS.xml".to_owned(), mets.into_bytes());
    Ok((name, all))
}

type Payload = Vec<(PayloadEntry, Vec<u8>)>;

fn representations(contents: &PackageContents) -> (Payload, Payload) {
    let entry = |role, path: String, name: &str, media_type: &str, bytes: &[u8]| PayloadEntry {
        role,
        path,
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        size_bytes: bytes.len() as u64,
        sha256: Sha256Hex::of(bytes),
    };
    let originals = contents.originals.iter().enumerate().map(|(index, original)| {
        let path = format!("representations/original/data/{:04}.{}", index + 1, extension(&original.name));
        let entry = entry(PayloadRole::Original, path, &original.name, &original.media_type, &original.bytes);
        (entry, original.bytes.clone())
    });
    let derivatives = contents.derivatives.iter().enumerate().map(|(index, made)| {
        let end = extension_of_media(&made.media_type);
        let path = format!("representations/derivative/data/{:04}.{end}", index + 1);
        (entry(PayloadRole::Derivative, path, &made.kind, &made.media_type, &made.bytes), made.bytes.clone())
    });
    (originals.collect(), derivatives.collect())
}

/// Writes what the record is in the words of Dublin Core.
fn dublin_core(contents: &PackageContents) -> String {
    let metadata = &contents.metadata;
    let mut xml = String::from(concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<record xmlns=\"urn:fumikura:dc\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n",
    ));
    let number = metadata.number.as_ref().map(ToString::to_string);
    let entries = [
        ("identifier", Some(format!("urn:fumikura:record:{}", metadata.record))),
        ("identifier", number),
        ("title", Some(metadata.title.clone())),
        ("creator", Some(metadata.creator.clone())),
        ("date", Some(metadata.created.to_string())),
        ("isPartOf", Some(metadata.file_title.clone())),
        ("subject", Some(metadata.class.to_string())),
        ("language", Some("ja".to_owned())),
    ];
    for (name, value) in entries.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        // Simple Dublin Core knows a whole only as a relation.
        let name = if name == "isPartOf" { "relation" } else { name };
        let _ = writeln!(xml, "  <dc:{name}>{}</dc:{name}>", escape(&value));
    }
    xml.push_str("</record>\n");
    xml
}

/// Writes the METS document: header, metadata sections, files, structure.
fn mets(
    name: &str,
    contents: &PackageContents,
    (descriptive, preservation): (&[File], &[File]),
    groups: &[(&str, Vec<File>)],
) -> String {
    let created = contents.metadata.packaged_at.to_string();
    let mut xml = String::new();
    let _ = write!(
        xml,
        concat!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
            "<mets xmlns=\"http://www.loc.gov/METS/\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"",
            " xmlns:csip=\"https://DILCIS.eu/XML/METS/CSIPExtensionMETS\" OBJID=\"{name}\" LABEL=\"{label}\"",
            " TYPE=\"Textual works – Digital\" csip:CONTENTINFORMATIONTYPE=\"MIXED\" PROFILE=\"{profile}\">\n",
            "  <metsHdr CREATEDATE=\"{created}\" LASTMODDATE=\"{created}\" csip:OAISPACKAGETYPE=\"AIP\">\n",
            "    <agent ROLE=\"CREATOR\" TYPE=\"OTHER\" OTHERTYPE=\"SOFTWARE\"><name>fumikura</name>",
            "<note csip:NOTETYPE=\"SOFTWARE VERSION\">{version}</note></agent>\n",
            "  </metsHdr>\n",
        ),
        name = escape(name),
        label = escape(&contents.metadata.title),
        profile = PROFILE,
        created = created,
        version = env!("CARGO_PKG_VERSION"),
    );
    for (index, file) in descriptive.iter().enumerate() {
        let _ = writeln!(
            xml,
            "  <dmdSec ID=\"dmd-{index}\" CREATED=\"{created}\" STATUS=\"CURRENT\">{}</dmdSec>",
            reference(file, &created)
        );
    }
    xml.push_str("  <amdSec>\n");
    for (index, file) in preservation.iter().enumerate() {
        let reference = reference(file, &created);
        let _ = writeln!(xml, "    <digiprovMD ID=\"amd-{index}\" STATUS=\"CURRENT\">{reference}</digiprovMD>");
    }
    xml.push_str("  </amdSec>\n");
    file_section(&mut xml, groups, &created);
    structure(&mut xml, name, (descriptive.len(), preservation.len()), groups);
    xml.push_str("</mets>\n");
    xml
}

/// Points to a metadata file.
fn reference(file: &File, created: &str) -> String {
    let kind = match file.path.rsplit('/').next() {
        Some("dc.xml") => "MDTYPE=\"DC\"".to_owned(),
        Some("premis.xml") => "MDTYPE=\"PREMIS\"".to_owned(),
        other => format!("MDTYPE=\"OTHER\" OTHERMDTYPE=\"{}\"", escape(other.unwrap_or_default())),
    };
    format!(
        "<mdRef LOCTYPE=\"URL\" xlink:type=\"simple\" xlink:href=\"{}\" {kind} {}/>",
        escape(&file.path),
        facts(file, created)
    )
}

fn facts(file: &File, created: &str) -> String {
    format!(
        "MIMETYPE=\"{}\" SIZE=\"{}\" CREATED=\"{created}\" CHECKSUM=\"{}\" CHECKSUMTYPE=\"SHA-256\"",
        escape(&file.media_type),
        file.bytes.len(),
        Sha256Hex::of(&file.bytes)
    )
}

fn file_section(xml: &mut String, groups: &[(&str, Vec<File>)], created: &str) {
    xml.push_str("  <fileSec ID=\"files\">\n");
    for (group, (usage, files)) in groups.iter().enumerate() {
        let _ = writeln!(
            xml,
            "    <fileGrp ID=\"group-{group}\" USE=\"{usage}\" csip:CONTENTINFORMATIONTYPE=\"OTHER\" csip:OTHERCONTENTINFORMATIONTYPE=\"{CONTENT}\">"
        );
        for (index, file) in files.iter().enumerate() {
            let _ = writeln!(
                xml,
                "      <file ID=\"file-{group}-{index}\" {}><FLocat LOCTYPE=\"URL\" xlink:type=\"simple\" xlink:href=\"{}\"/></file>",
                facts(file, created),
                escape(&file.path)
            );
        }
        xml.push_str("    </fileGrp>\n");
    }
    xml.push_str("  </fileSec>\n");
}

fn structure(xml: &mut String, name: &str, (descriptive, preservation): (usize, usize), groups: &[(&str, Vec<File>)]) {
    let ids =
        |prefix: &str, count: usize| (0..count).map(|index| format!("{prefix}-{index}")).collect::<Vec<_>>().join(" ");
    let _ = write!(
        xml,
        concat!(
            "  <structMap ID=\"structure\" TYPE=\"PHYSICAL\" LABEL=\"CSIP\">\n",
            "    <div ID=\"package\" LABEL=\"{}\">\n",
            "      <div ID=\"metadata\" LABEL=\"Metadata\" DMDID=\"{}\" ADMID=\"{}\"/>\n",
        ),
        escape(name),
        ids("dmd", descriptive),
        ids("amd", preservation),
    );
    for label in ["Documentation", "Schemas", "Representations"] {
        let within = groups.iter().enumerate().filter(|(_, (usage, _))| usage.starts_with(label));
        let pointers: String = within.map(|(group, _)| format!("<fptr FILEID=\"group-{group}\"/>")).collect();
        let id = label.to_lowercase();
        let _ = writeln!(xml, "      <div ID=\"{id}\" LABEL=\"{label}\">{pointers}</div>");
    }
    xml.push_str("    </div>\n  </structMap>\n");
}
