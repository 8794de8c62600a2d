//! What proves, for years to come, that the certificates of a path were not revoked (EN 319 142-1, 5.4): which list
//! or OCSP response says so, and when it was issued.

use super::TrustAnchors;
use super::path::PathRequest;
use super::revocation::{RevocationStatus, statement};
use super::work::{Inquiry, Work};
use crate::asn1::{AlgorithmIdentifier, Certificate, CertificateList, OcspResponse};
use crate::digest::Sha256;
use crate::time::Instant;

/// One certificate of a path, and what is known of its revocation.
#[derive(Clone, Debug)]
pub struct RevocationNeed {
    /// The certificate.
    pub certificate: Certificate,
    /// Who issued it.
    pub issuer: Certificate,
    /// What is known.
    pub status: RevocationStatus,
    /// What says so.
    pub proof: Option<RevocationProof>,
}

/// A statement on a certificate's revocation.
#[derive(Clone, Debug)]
pub struct RevocationProof {
    /// Who says so.
    pub source: ProofSource,
    /// Further lists that it rests on: deltas, and lists for other reasons (RFC 5280, 6.3.3).
    pub more_lists: Vec<CertificateList>,
    /// Who signed the lists and is not on the path, with the paths to the anchor.
    pub signers: Vec<Certificate>,
    /// When it was issued; the oldest, where it is several lists.
    pub issued: Instant,
    /// When a newer one will be there, where that is said.
    pub next_update: Option<Instant>,
}

impl RevocationProof {
    /// Lists what is signed in it: the algorithm, and the SHA-256 of the DER.
    pub fn signed(&self) -> Vec<(&AlgorithmIdentifier, &Sha256)> {
        let first = match &self.source {
            ProofSource::Crl(one) => (one.signature_algorithm(), one.sha256()),
            ProofSource::Ocsp(one) => (one.signature_algorithm(), one.sha256()),
        };
        let more = self.more_lists.iter().map(|one| (one.signature_algorithm(), one.sha256()));
        std::iter::once(first).chain(more).collect()
    }
}

/// The kind of statement.
#[derive(Clone, Debug)]
pub enum ProofSource {
    /// A revocation list.
    Crl(CertificateList),
    /// An OCSP response.
    Ocsp(OcspResponse),
}

impl ProofSource {
    /// Returns the statement in DER.
    pub fn der(&self) -> &[u8] {
        match self {
            Self::Crl(list) => list.der(),
            Self::Ocsp(response) => response.der(),
        }
    }
}

/// Lists what is known of the revocation of each certificate of a path but its anchor, leaf first.
pub fn revocation_needs(chain: &[Certificate], request: &PathRequest<'_>) -> Vec<RevocationNeed> {
    let work = Work::new(request.budget);
    // The lists' signers must lead to the same anchor (RFC 5280, 6.3.3 (f)).
    let anchors = TrustAnchors::new(chain.last().cloned());
    needs(chain, &Inquiry::new(PathRequest { anchors: &anchors, ..*request }, &work))
}

/// Asks about each certificate but the last with what is left of the budget.
pub(super) fn needs(chain: &[Certificate], inquiry: &Inquiry<'_>) -> Vec<RevocationNeed> {
    let need = |pair: &[Certificate]| {
        let (status, proof) = statement(&pair[0], &pair[1], inquiry);
        RevocationNeed { certificate: pair[0].clone(), issuer: pair[1].clone(), status, proof }
    };
    chain.windows(2).map(need).collect()
}
