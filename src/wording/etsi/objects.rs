//! `SignatureValidationObjects` (TS 119 102-2 v1.4.1, 4.4), and references to them.

use super::status;
use super::xml::Element;
use crate::digest::{Digest, DigestAlgorithm, Sha256Hex, unhex};
use crate::validate::{ObjectKind, ObjectProof, Report, TimestampReport, ValidationObject};
use std::collections::{BTreeMap, BTreeSet};

/// The objects of a run, each once; files beside them.
#[derive(Default)]
pub(super) struct ObjectList {
    order: Vec<Sha256Hex>,
    objects: BTreeMap<Sha256Hex, ValidationObject>,
    stamps: BTreeMap<Sha256Hex, TimestampReport>,
    files: Vec<(Sha256Hex, String)>,
    known_files: BTreeSet<Sha256Hex>,
}

impl ObjectList {
    /// Takes the objects of a report, and the file itself. Where two files prove the age of one object, the elder counts.
    pub(super) fn add(&mut self, report: &Report, path: &str) {
        if self.known_files.insert(report.sha256.clone()) {
            self.files.push((report.sha256.clone(), path.to_owned()));
        }
        for object in &report.objects {
            let known = self.objects.entry(object.sha256.clone()).or_insert_with(|| {
                self.order.push(object.sha256.clone());
                object.clone()
            });
            let elder = |proof: &ObjectProof| known.proof.as_ref().is_none_or(|known| proof.at < known.at);
            if object.proof.as_ref().is_some_and(elder) {
                known.proof.clone_from(&object.proof);
            }
        }
        for stamp in report.signatures.iter().flat_map(|signature| &signature.timestamps) {
            if let Some(token) = &stamp.token {
                self.stamps.entry(token.clone()).or_insert_with(|| stamp.clone());
            }
        }
    }

    /// Returns the list.
    pub(super) fn into_element(self) -> Element {
        let files = self.files.iter().map(|(sha256, path)| file(sha256, path));
        let objects = self.order.iter().filter_map(|sha256| self.objects.get(sha256));
        let objects = objects.map(|object| self.object(object));
        Element::new("SignatureValidationObjects").with(files).with(objects)
    }

    fn object(&self, object: &ValidationObject) -> Element {
        let representation = match &object.der {
            Some(der) => Element::base64("base64", der),
            None => digest_of(&object.sha256),
        };
        let stamp = self.stamps.get(&object.sha256);
        let report = stamp.map(|stamp| Element::new("ValidationReport").with(status::of_timestamp(stamp)));
        Element::new("ValidationObject")
            .attribute("id", id(object.kind, &object.sha256))
            .with([Element::text("ObjectType", kind_uri(object.kind))])
            .with([Element::new("ValidationObjectRepresentation").with([representation])])
            .with(object.proof.as_ref().map(|proof| poe("POE", &proof.at.to_string(), Some(&proof.by))))
            .with(report)
    }
}

/// Returns the identifier of an object.
pub(super) fn id(kind: ObjectKind, sha256: &Sha256Hex) -> String {
    let letter = match kind {
        ObjectKind::Certificate => 'C',
        ObjectKind::RevocationList => 'R',
        ObjectKind::OcspResponse => 'O',
        ObjectKind::Timestamp => 'T',
    };
    format!("{letter}-{sha256}")
}

/// Returns the identifier of a judged file.
pub(super) fn file_id(sha256: &Sha256Hex) -> String {
    format!("F-{sha256}")
}

/// Returns a reference to objects of these identifiers.
pub(super) fn reference(name: &'static str, identifier: impl AsRef<str>) -> Element {
    Element::new(name).attribute("VOReference", identifier)
}

/// Returns a reference to an object of a report, by its digest.
pub(super) fn to_object(name: &'static str, sha256: &Sha256Hex, report: &Report) -> Option<Element> {
    let object = report.objects.iter().find(|object| object.sha256 == *sha256)?;
    Some(reference(name, id(object.kind, sha256)))
}

/// Returns a proof of existence (4.4.6): a time, and the token that proves it.
pub(super) fn poe(name: &'static str, at: &str, token: Option<&Sha256Hex>) -> Element {
    Element::new(name)
        .with([Element::text("POETime", at)])
        .with([Element::text("TypeOfProof", "urn:etsi:019102:poetype:validation")])
        .with(token.map(|token| reference("POEObject", id(ObjectKind::Timestamp, token))))
}

/// Returns a digest with its algorithm under a name.
pub(super) fn digest(name: &'static str, digest: &Digest) -> Element {
    Element::new(name).with(method_and_value(digest))
}

/// Returns the two elements that tell a digest.
pub(super) fn method_and_value(digest: &Digest) -> [Element; 2] {
    let method = Element::new("ds:DigestMethod").attribute("Algorithm", algorithm_uri(digest.algorithm));
    [method, Element::base64("ds:DigestValue", &digest.bytes)]
}

/// Returns a SHA-256 as the standard writes digests.
pub(super) fn digest_of(sha256: &Sha256Hex) -> Element {
    digest("DigestAlgAndValue", &as_digest(sha256))
}

/// Returns the digest that the digits tell.
pub(super) fn as_digest(sha256: &Sha256Hex) -> Digest {
    Digest { algorithm: DigestAlgorithm::Sha256, bytes: unhex(sha256.as_str()).unwrap_or_default() }
}

fn file(sha256: &Sha256Hex, path: &str) -> Element {
    let representation = Element::new("ValidationObjectRepresentation");
    Element::new("ValidationObject")
        .attribute("id", file_id(sha256))
        .with([Element::text("ObjectType", "urn:etsi:019102:validationObject:signedData")])
        .with([representation.with([digest_of(sha256), Element::text("URI", uri(path))])])
}

/// Writes a file's name as a relative reference (RFC 3986, 4.2).
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// 4.4.4.
fn kind_uri(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Certificate => "urn:etsi:019102:validationObject:certificate",
        ObjectKind::RevocationList => "urn:etsi:019102:validationObject:CRL",
        ObjectKind::OcspResponse => "urn:etsi:019102:validationObject:OCSPResponse",
        ObjectKind::Timestamp => "urn:etsi:019102:validationObject:timestamp",
    }
}

/// RFC 9231, 2.1, and XML Encryption, 5.8.
fn algorithm_uri(algorithm: DigestAlgorithm) -> &'static str {
    match algorithm {
        DigestAlgorithm::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
        DigestAlgorithm::Sha256 => "http://www.w3.org/2001/04/xmlenc#sha256",
        DigestAlgorithm::Sha384 => "http://www.w3.org/2001/04/xmldsig-more#sha384",
        DigestAlgorithm::Sha512 => "http://www.w3.org/2001/04/xmlenc#sha512",
        DigestAlgorithm::Sha3_256 => "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
        DigestAlgorithm::Sha3_384 => "http://www.w3.org/2007/05/xmldsig-more#sha3-384",
        DigestAlgorithm::Sha3_512 => "http://www.w3.org/2007/05/xmldsig-more#sha3-512",
        // ETSI and W3C name no SHAKE; RFC 9231, 2.1 gives the form.
        DigestAlgorithm::Shake256 => "urn:oid:2.16.840.1.101.3.4.2.12",
    }
}
