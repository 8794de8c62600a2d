//! Validation data inside the file: the certificates and revocation lists of its security store (DSS).

use super::evidence::StoreEvidence;
use crate::asn1::{Certificate, CertificateList};
use crate::pdf::{Dictionary, Entry, Object, Pdf};

/// How many streams are read.
const STREAMS: usize = 2_000;
/// The longest stream that is read, inflated: the largest national list has some 40 MB.
const STREAM_BYTES: usize = 64 << 20;

/// Reads the store of the newest revision.
pub(super) fn read(pdf: &Pdf) -> StoreEvidence {
    let mut evidence = StoreEvidence::default();
    let Some(store) = dictionary(pdf) else { return evidence };
    for stream in streams(pdf, store, b"Certs") {
        evidence.certificates.extend(Certificate::from_der(&stream).ok());
    }
    for stream in streams(pdf, store, b"CRLs") {
        evidence.crls.extend(CertificateList::from_der(&stream).ok());
    }
    evidence.has_revocation = !evidence.crls.is_empty() || !streams(pdf, store, b"OCSPs").is_empty();
    evidence.since = since(pdf);
    evidence
}

/// Tells whether an offset lies in the data of a stream object.
pub(super) fn inside_stream(pdf: &Pdf, offset: u64) -> bool {
    let placed = pdf.entries().iter().filter_map(|(number, entry)| match entry {
        Entry::At { offset, generation } => Some((*offset, (*number, *generation))),
        _ => None,
    });
    let before = placed.filter(|(start, _)| *start <= offset).max();
    before.and_then(|(_, id)| pdf.stream_range(id)).is_some_and(|range| range.contains(&offset))
}

fn dictionary(pdf: &Pdf) -> Option<&Dictionary> {
    let (_, catalogue) = pdf.catalog().ok()?;
    pdf.entry(catalogue, b"DSS")?.as_dict().ok()
}

fn streams(pdf: &Pdf, store: &Dictionary, key: &[u8]) -> Vec<Vec<u8>> {
    let items = pdf.entry(store, key).and_then(|items| items.as_array().ok());
    let read = |item: &Object| match pdf.resolve(item) {
        Object::Stream(stream) if stream.dict.has(b"Filter") => {
            stream.decompressed_content_with_limit(STREAM_BYTES).ok()
        }
        Object::Stream(stream) => Some(stream.content.clone()),
        _ => None,
    };
    items.into_iter().flatten().take(STREAMS).filter_map(read).collect()
}

/// Finds the first revision whose catalogue names a store.
fn since(pdf: &Pdf) -> Option<usize> {
    // The store stays once it is there, so the first revision that has one is found by halving.
    let has = |index: usize| pdf.at_revision(index).is_ok_and(|revision| dictionary(&revision).is_some());
    let (mut low, mut high) = (0, pdf.revisions().len().checked_sub(1)?);
    while low < high {
        let middle = low + (high - low) / 2;
        if has(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(low)
}
