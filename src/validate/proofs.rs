//! Proofs of existence (EN 319 102-1 v1.4.1, 5.6.2.3): what each document timestamp shows to be older than itself.

use super::evidence::Evidence;
use crate::asn1::{Certificate, CertificateList};
use crate::cms::SignedData;
use crate::digest::{DigestAlgorithm, Sha256Hex};
use crate::time::Instant;
use crate::tsp::TimestampToken;
use std::collections::HashMap;

/// Since when certificates, revocation data and tokens are proven to exist, and by which token, by the SHA-256 of their DER.
#[derive(Debug, Default)]
pub(super) struct Proofs(HashMap<Vec<u8>, Proof>);

/// What a document timestamp proves of all that it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    /// Since when.
    pub(super) at: Instant,
    /// The SHA-256 of the token.
    pub(super) by: Sha256Hex,
}

impl Proofs {
    /// Returns since when something is proven to exist.
    pub(super) fn of(&self, der: &[u8]) -> Option<Instant> {
        self.of_digest(&key(der)).map(|proof| proof.at)
    }

    /// Returns the earliest proof for something that has this SHA-256.
    pub(super) fn of_digest(&self, sha256: &[u8]) -> Option<&Proof> {
        self.0.get(sha256)
    }

    /// Notes everything that a document timestamp of this time covers: the store of its revision, and what stands in the
    /// signatures and timestamps before its own.
    pub(super) fn extract(&mut self, evidence: &Evidence, timestamp: usize, token: &TimestampToken) {
        let proof = &Proof { at: token.gen_time, by: Sha256Hex::of(&token.der) };
        let Some(stamp) = evidence.signatures.get(timestamp) else { return };
        let held = stamp.revision.and_then(|revision| evidence.store.held.get(&revision));
        held.into_iter().flatten().for_each(|key| self.note(key.clone(), proof));
        let end = |index: usize| {
            let embedded = evidence.signatures.get(index)?.embedded.as_ref()?;
            embedded.coverage.as_ref().ok().map(|coverage| coverage.after.end)
        };
        let Some(covered) = end(timestamp) else { return };
        for (index, signature) in evidence.signatures.iter().enumerate() {
            if let (Ok(cms), Some(its)) = (&signature.cms, end(index))
                && its < covered
            {
                self.note_contents(cms, proof);
                let tokens = cms.signer.signature_timestamps.iter().filter_map(|der| TimestampToken::parse(der).ok());
                tokens.for_each(|token| self.note_contents(&token.signed_data, proof));
            }
        }
    }

    fn note_contents(&mut self, cms: &SignedData, proof: &Proof) {
        self.note(key(&cms.der), proof);
        let certificates = cms.certificates.iter().map(Certificate::der);
        certificates.chain(cms.crls.iter().map(CertificateList::der)).for_each(|der| self.note(key(der), proof));
    }

    fn note(&mut self, key: Vec<u8>, proof: &Proof) {
        let known = self.0.entry(key).or_insert_with(|| proof.clone());
        if proof.at < known.at {
            *known = proof.clone();
        }
    }
}

/// Returns what something is known by.
pub(super) fn key(der: &[u8]) -> Vec<u8> {
    DigestAlgorithm::Sha256.digest(der).bytes
}
