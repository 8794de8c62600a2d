//! Proofs of existence (EN 319 102-1 v1.4.1, 5.6.2.3): what each document timestamp shows to be older than itself.

use super::evidence::Evidence;
use crate::asn1::{Certificate, CertificateList};
use crate::cms::SignedData;
use crate::digest::DigestAlgorithm;
use crate::time::Instant;
use crate::tsp::TimestampToken;
use std::collections::HashMap;

/// Since when certificates and revocation data are proven to exist, by the SHA-256 of their DER.
#[derive(Debug, Default)]
pub(super) struct Proofs(HashMap<Vec<u8>, Instant>);

impl Proofs {
    /// Returns since when something is proven to exist.
    pub(super) fn of(&self, der: &[u8]) -> Option<Instant> {
        self.0.get(&key(der)).copied()
    }

    /// Notes everything that a document timestamp of this time covers: the store of its revision, and what stands in the
    /// signatures and timestamps before its own.
    pub(super) fn extract(&mut self, evidence: &Evidence, timestamp: usize, at: Instant) {
        let Some(stamp) = evidence.signatures.get(timestamp) else { return };
        let held = stamp.revision.and_then(|revision| evidence.store.held.get(&revision));
        held.into_iter().flatten().for_each(|key| self.note(key.clone(), at));
        let end = |index: usize| {
            let embedded = evidence.signatures.get(index)?.embedded.as_ref()?;
            embedded.coverage.as_ref().ok().map(|coverage| coverage.after.end)
        };
        let Some(covered) = end(timestamp) else { return };
        for (index, signature) in evidence.signatures.iter().enumerate() {
            if let (Ok(cms), Some(its)) = (&signature.cms, end(index))
                && its < covered
            {
                self.note_contents(cms, at);
                let tokens = cms.signer.signature_timestamps.iter().filter_map(|der| TimestampToken::parse(der).ok());
                tokens.for_each(|token| self.note_contents(&token.signed_data, at));
            }
        }
    }

    fn note_contents(&mut self, cms: &SignedData, at: Instant) {
        let certificates = cms.certificates.iter().map(Certificate::der);
        certificates.chain(cms.crls.iter().map(CertificateList::der)).for_each(|der| self.note(key(der), at));
    }

    fn note(&mut self, key: Vec<u8>, at: Instant) {
        self.0.entry(key).and_modify(|known| *known = (*known).min(at)).or_insert(at);
    }
}

/// Returns what something is known by.
pub(super) fn key(der: &[u8]) -> Vec<u8> {
    DigestAlgorithm::Sha256.digest(der).bytes
}
