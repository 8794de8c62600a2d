//! Proofs of existence (EN 319 102-1 v1.4.1, 5.6.2.3): what each document timestamp shows to be older than itself.

use super::evidence::{Evidence, SignatureEvidence};
use super::material::TOKENS;
use crate::asn1::{Certificate, CertificateList, OcspResponse};
use crate::cms::SignedData;
use crate::digest::{Sha256, Sha256Hex, sha256};
use crate::time::Instant;
use crate::tsp::TimestampToken;
use std::collections::HashMap;

/// Since when certificates, revocation data and tokens are proven to exist, and by which token, by the SHA-256 of their DER.
#[derive(Debug)]
pub(super) struct Proofs {
    /// From which offset on a timestamp that covers the file so far covers a thing.
    covered_from: HashMap<Sha256, u64>,
    /// How far each timestamp that passed covers the file, the farthest first, with the earliest proof so far.
    stamps: Vec<(u64, Proof)>,
}

/// What a document timestamp proves of all that it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proof {
    /// Since when.
    pub(super) at: Instant,
    /// The SHA-256 of the token.
    pub(super) by: Sha256Hex,
}

impl Proofs {
    /// Notes where everything stands that a timestamp might cover: what the stores held in each revision, and what stands in
    /// the signatures and their timestamps. Nothing is proven yet, nor ever where there is no such timestamp.
    pub(super) fn new(evidence: &Evidence) -> Self {
        let mut proofs = Self { covered_from: HashMap::new(), stamps: Vec::new() };
        let is_ever_covered = evidence.signatures.iter().any(SignatureEvidence::is_timestamp);
        for signature in evidence.signatures.iter().filter(|_| is_ever_covered) {
            let coverage = signature.embedded.as_ref().and_then(|embedded| embedded.coverage.as_ref().ok());
            let Some(end) = coverage.map(|coverage| coverage.after.end) else { continue };
            // The store of the revision that a timestamp covers is covered by that timestamp itself.
            let held = signature.revision.and_then(|revision| evidence.store.held.get(&revision));
            held.into_iter().flatten().for_each(|key| proofs.note(*key, end));
            // What stands in a signature is covered by the next one.
            let Ok(cms) = &signature.cms else { continue };
            proofs.note_contents(cms, end.saturating_add(1));
            let unread = cms.signer.signature_timestamps.iter().skip(TOKENS).map(|der| TimestampToken::parse(der));
            let tokens = signature.tokens.iter().flatten().cloned().chain(unread.flatten());
            tokens.for_each(|token| proofs.note_contents(&token.signed_data, end.saturating_add(1)));
        }
        proofs
    }

    /// Notes what stands in timestamps of which each covers all before it, the oldest first: what stands in one is covered from
    /// the next on. Those that cannot be read count, and hold nothing.
    pub(super) fn of_tokens<'t>(tokens: impl Iterator<Item = Option<&'t SignedData>>) -> Self {
        let mut proofs = Self { covered_from: HashMap::new(), stamps: Vec::new() };
        for (next, token) in (1..).zip(tokens) {
            token.into_iter().for_each(|token| proofs.note_contents(token, next));
        }
        proofs
    }

    /// Returns the earliest proof for something that has this SHA-256.
    pub(super) fn of(&self, sha256: &Sha256) -> Option<&Proof> {
        let from = self.covered_from.get(sha256)?;
        let covering = self.stamps.partition_point(|(end, _)| end >= from);
        self.stamps.get(covering.checked_sub(1)?).map(|(_, earliest)| earliest)
    }

    /// Notes a timestamp that passed, and up to where it covers the file; those that cover most come first.
    pub(super) fn extract(&mut self, end: u64, token: &TimestampToken) {
        let proof = Proof { at: token.gen_time, by: Sha256Hex::of(token.der()) };
        let earliest = match self.stamps.last() {
            Some((_, earlier)) if earlier.at <= proof.at => earlier.clone(),
            _ => proof,
        };
        self.stamps.push((end, earliest));
    }

    fn note_contents(&mut self, cms: &SignedData, from: u64) {
        self.note(sha256(&cms.der), from);
        let certificates = cms.certificates.iter().map(Certificate::sha256);
        let statements = cms.crls.iter().map(CertificateList::sha256).chain(cms.ocsps.iter().map(OcspResponse::sha256));
        certificates.chain(statements).for_each(|sha256| self.note(*sha256, from));
    }

    fn note(&mut self, sha256: Sha256, from: u64) {
        let known = self.covered_from.entry(sha256).or_insert(from);
        *known = from.min(*known);
    }
}
