//! What a report rests on: the signature as its bytes tell it, and the certificates, lists, responses and tokens that were
//! used, each by its digest, with the proof of how long it has existed (TS 119 102-2 v1.4.1, 4.3.3 and 4.4).

use super::evidence::SignatureEvidence;
use super::keys::Keys;
use super::proofs::Proofs;
use crate::asn1::{Certificate, CertificateList, RevocationReason};
use crate::cms::CertificateReference;
use crate::digest::{Digest, DigestAlgorithm, Sha256Hex, unhex};
use crate::pki::{PathOutcome, ProofSource, RevocationNeed, RevocationStatus};
use crate::time::Instant;
use crate::tsp::TimestampToken;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// What a validation object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// An X.509 certificate.
    Certificate,
    /// A revocation list.
    RevocationList,
    /// An OCSP response.
    OcspResponse,
    /// A timestamp token.
    Timestamp,
}

/// Something that a judgement rested on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidationObject {
    /// What it is.
    pub kind: ObjectKind,
    /// The SHA-256 of its DER: its name in the report.
    pub sha256: Sha256Hex,
    /// The DER itself; none of a revocation list, which may be large.
    pub der: Option<Vec<u8>>,
    /// Since when it is proven to exist, where a document timestamp covers it.
    pub proof: Option<ObjectProof>,
}

/// A proof of existence (EN 319 102-1 v1.4.1, 5.6.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectProof {
    /// Since when.
    pub at: Instant,
    /// The token that proves it, among the report's objects.
    pub by: Sha256Hex,
}

/// What a judgement on a certificate rested on, by the names of the report's objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathFacts {
    /// The certificates, leaf first.
    pub chain: Vec<Sha256Hex>,
    /// Whether the last of them is a trust anchor.
    pub is_anchored: bool,
    /// The lists and responses that spoke of them, and who signed those.
    pub revocation_data: Vec<Sha256Hex>,
    /// The first certificate of the path that is revoked, leaf first, whether that counts or not.
    pub revoked: Option<RevokedFacts>,
}

/// A revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedFacts {
    /// The certificate.
    pub certificate: Sha256Hex,
    /// Since when.
    pub at: Instant,
    /// Why, where that is said.
    pub reason: Option<RevocationReason>,
    /// The list or response that says so.
    pub by: Option<Sha256Hex>,
}

/// The signature as its bytes tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignatureFacts {
    /// The SHA-256 of the CMS in definite form; `None` where it cannot be read.
    pub sha256: Option<Sha256Hex>,
    /// The signature value.
    pub value: Option<Vec<u8>>,
    /// The digest of what the value was made over: the signed attributes, as they stand.
    pub to_be_signed: Option<Digest>,
    /// The digest of the bytes of the file that are covered.
    pub document: Option<Digest>,
    /// The digest that the signature states of them.
    pub message_digest: Option<Vec<u8>>,
    /// The certificate that the signature names as its own.
    pub certificate: Option<CertificateReference>,
    /// `/ByteRange` as it stands.
    pub byte_range: Vec<i64>,
    /// `/Name`: whom the signer says to be.
    pub name: Option<String>,
}

impl SignatureFacts {
    /// Takes them from the evidence.
    pub(super) fn of(signature: &SignatureEvidence) -> Self {
        /// The tag that SignedAttributes are digested under (RFC 5652, 5.4).
        const SET: u8 = 0x31;
        let embedded = signature.embedded.as_ref();
        let cms = signature.cms.as_ref().ok();
        let to_be_signed = cms.and_then(|cms| {
            let mut attributes = cms.signer.signed_attributes_raw.clone()?;
            *attributes.first_mut()? = SET;
            Some(cms.signer.digest_algorithm?.digest(&attributes))
        });
        Self {
            sha256: cms.map(|cms| Sha256Hex::of(&cms.der)),
            value: cms.map(|cms| cms.signer.signature.clone()),
            to_be_signed,
            document: signature.covered.clone(),
            message_digest: cms.and_then(|cms| cms.signer.message_digest.clone()),
            certificate: cms.and_then(|cms| cms.signer.signing_certificate.clone()),
            byte_range: embedded.map(|embedded| embedded.byte_range.clone()).unwrap_or_default(),
            name: embedded.and_then(|embedded| embedded.name.clone()),
        }
    }
}

/// The objects of one validation, gathered while it goes on.
#[derive(Default)]
pub(super) struct Objects(RefCell<Gathered>);

#[derive(Default)]
struct Gathered {
    found: Vec<ValidationObject>,
    known: BTreeSet<Sha256Hex>,
}

impl Objects {
    /// Notes a token, and returns its name.
    pub(super) fn token(&self, token: &TimestampToken) -> Sha256Hex {
        self.0.borrow_mut().put(ObjectKind::Timestamp, Sha256Hex::of(&token.der), Some(&token.der))
    }

    /// Notes everything that a judgement on a path rested on, and returns the names.
    pub(super) fn path(&self, path: &PathOutcome, keys: &Keys) -> PathFacts {
        let mut gathered = self.0.borrow_mut();
        let chain: Vec<Sha256Hex> = path.chain.iter().map(|one| gathered.certificate(one, keys)).collect();
        let mut revocation_data = Vec::new();
        let mut revoked = None;
        for (need, certificate) in path.statements.iter().zip(&chain) {
            let data = gathered.statement(need, keys);
            if let RevocationStatus::Revoked(revocation) = need.status {
                revoked.get_or_insert_with(|| RevokedFacts {
                    certificate: certificate.clone(),
                    at: revocation.at,
                    reason: revocation.reason,
                    by: data.first().cloned(),
                });
            }
            data.into_iter().for_each(|one| {
                if !revocation_data.contains(&one) {
                    revocation_data.push(one);
                }
            });
        }
        PathFacts { chain, is_anchored: path.is_anchored, revocation_data, revoked }
    }

    /// Returns all of them with what is proven of each.
    pub(super) fn all(&self, proofs: &Proofs) -> Vec<ValidationObject> {
        let mut all = self.0.borrow().found.clone();
        for object in &mut all {
            let proof = unhex(object.sha256.as_str()).and_then(|key| proofs.of(&key).cloned());
            object.proof = proof.map(|proof| ObjectProof { at: proof.at, by: proof.by });
        }
        all
    }
}

impl Gathered {
    fn put(&mut self, kind: ObjectKind, sha256: Sha256Hex, der: Option<&[u8]>) -> Sha256Hex {
        if self.known.insert(sha256.clone()) {
            let der = der.map(<[u8]>::to_vec);
            self.found.push(ValidationObject { kind, sha256: sha256.clone(), der, proof: None });
        }
        sha256
    }

    fn certificate(&mut self, certificate: &Certificate, keys: &Keys) -> Sha256Hex {
        self.put(ObjectKind::Certificate, named(keys, certificate.der()), Some(certificate.der()))
    }

    fn list(&mut self, list: &CertificateList, keys: &Keys) -> Sha256Hex {
        self.put(ObjectKind::RevocationList, named(keys, list.der()), None)
    }

    /// Notes what a statement rests on; the list or response that decides comes first.
    fn statement(&mut self, need: &RevocationNeed, keys: &Keys) -> Vec<Sha256Hex> {
        let Some(proof) = &need.proof else { return Vec::new() };
        let mut names = vec![match &proof.source {
            ProofSource::Crl(list) => self.list(list, keys),
            ProofSource::Ocsp(response) => {
                self.put(ObjectKind::OcspResponse, named(keys, response.der()), Some(response.der()))
            }
        }];
        names.extend(proof.more_lists.iter().map(|list| self.list(list, keys)));
        names.extend(proof.signers.iter().map(|signer| self.certificate(signer, keys)));
        names
    }
}

fn named(keys: &Keys, der: &[u8]) -> Sha256Hex {
    Sha256Hex::from_digest(&Digest { algorithm: DigestAlgorithm::Sha256, bytes: keys.of(der).into_owned() })
}
