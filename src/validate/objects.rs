//! What a report rests on: the signature as its bytes tell it, and the certificates, lists, responses and tokens that were
//! used, each by its digest, with the proof of how long it has existed (TS 119 102-2 v1.4.1, 4.3.3 and 4.4).

use super::evidence::SignatureEvidence;
use super::proofs::Proofs;
use crate::asn1::{Certificate, CertificateList, RevocationReason};
use crate::cms::CertificateReference;
use crate::digest::{Digest, Sha256, Sha256Hex, sha256};
use crate::pki::{PathOutcome, ProofSource, RevocationNeed, RevocationStatus};
use crate::time::Instant;
use crate::tsp::TimestampToken;
use std::cell::RefCell;
use std::collections::HashSet;

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
    found: Vec<(Sha256, ValidationObject)>,
    known: HashSet<Sha256>,
}

impl Objects {
    /// Notes a token, and returns its name.
    pub(super) fn token(&self, token: &TimestampToken) -> Sha256Hex {
        self.0.borrow_mut().put(ObjectKind::Timestamp, &sha256(token.der()), Some(token.der()))
    }

    /// Notes everything that a judgement on a path rested on, and returns the names.
    pub(super) fn path(&self, path: &PathOutcome) -> PathFacts {
        let mut gathered = self.0.borrow_mut();
        let chain: Vec<Sha256Hex> = path.chain.iter().map(|one| gathered.certificate(one)).collect();
        let mut revocation_data = Vec::new();
        let mut revoked = None;
        for (need, certificate) in path.statements.iter().zip(&chain) {
            let data = gathered.statement(need);
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

    /// Gives back all of them with what is proven of each.
    pub(super) fn all(&self, proofs: &Proofs) -> Vec<ValidationObject> {
        let with_proof = |(sha256, object): (Sha256, ValidationObject)| {
            let proof = proofs.of(&sha256).map(|proof| ObjectProof { at: proof.at, by: proof.by.clone() });
            ValidationObject { proof, ..object }
        };
        self.0.take().found.into_iter().map(with_proof).collect()
    }
}

impl Gathered {
    fn put(&mut self, kind: ObjectKind, sha256: &Sha256, der: Option<&[u8]>) -> Sha256Hex {
        let name = Sha256Hex::from_bytes(sha256);
        if self.known.insert(*sha256) {
            let der = der.map(<[u8]>::to_vec);
            self.found.push((*sha256, ValidationObject { kind, sha256: name.clone(), der, proof: None }));
        }
        name
    }

    fn certificate(&mut self, certificate: &Certificate) -> Sha256Hex {
        self.put(ObjectKind::Certificate, certificate.sha256(), Some(certificate.der()))
    }

    fn list(&mut self, list: &CertificateList) -> Sha256Hex {
        self.put(ObjectKind::RevocationList, list.sha256(), None)
    }

    /// Notes what a statement rests on; the list or response that decides comes first.
    fn statement(&mut self, need: &RevocationNeed) -> Vec<Sha256Hex> {
        let Some(proof) = &need.proof else { return Vec::new() };
        let mut names = vec![match &proof.source {
            ProofSource::Crl(list) => self.list(list),
            ProofSource::Ocsp(response) => self.put(ObjectKind::OcspResponse, response.sha256(), Some(response.der())),
        }];
        names.extend(proof.more_lists.iter().map(|list| self.list(list)));
        names.extend(proof.signers.iter().map(|signer| self.certificate(signer)));
        names
    }
}
