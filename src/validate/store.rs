//! Validation data inside the file: the certificates and revocation lists of its security store (DSS).

use super::evidence::StoreEvidence;
use crate::asn1::{Certificate, CertificateList, OcspResponse};
use crate::digest::{Sha256, sha256};
use crate::pades::SecurityStore;
use crate::pdf::{Entry, Pdf};
use std::collections::BTreeSet;

/// How many revisions are read for what their store held; yearly renewal for two centuries.
const REVISIONS: usize = 256;

/// Reads the store of the newest revision, and what it held in those that a document timestamp covers.
pub(super) fn read(pdf: &Pdf, stamped: impl Iterator<Item = usize>) -> StoreEvidence {
    let mut evidence = StoreEvidence::default();
    let Some(store) = SecurityStore::read(pdf) else { return evidence };
    evidence.certificates = store.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    evidence.crls = store.crls.iter().filter_map(|der| CertificateList::from_der(der).ok()).collect();
    evidence.ocsps = store.ocsps.iter().filter_map(|der| OcspResponse::from_der(der).ok()).collect();
    evidence.has_revocation = !evidence.crls.is_empty() || !evidence.ocsps.is_empty();
    evidence.since = since(pdf);
    // The newest first: where there are too many, the oldest prove least.
    let newest: BTreeSet<usize> = stamped.collect();
    evidence.held = newest.into_iter().rev().take(REVISIONS).map(|revision| (revision, held(pdf, revision))).collect();
    evidence
}

fn held(pdf: &Pdf, revision: usize) -> Vec<Sha256> {
    let store = pdf.at_revision(revision).ok().and_then(|pdf| SecurityStore::read(&pdf)).unwrap_or_default();
    store.certificates.iter().chain(&store.crls).chain(&store.ocsps).map(|der| sha256(der)).collect()
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

/// Finds the first revision whose catalogue names a store.
fn since(pdf: &Pdf) -> Option<usize> {
    // The store stays once it is there, so the first revision that has one is found by halving.
    let has = |index: usize| pdf.at_revision(index).is_ok_and(|revision| has_store(&revision));
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

fn has_store(pdf: &Pdf) -> bool {
    pdf.catalog().is_ok_and(|(_, catalogue)| pdf.entry(catalogue, b"DSS").is_some_and(|store| store.as_dict().is_ok()))
}
