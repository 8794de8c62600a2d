//! What proves, for years to come, that the certificates of a path were not revoked (EN 319 142-1, 5.4): which list says
//! so, when it was issued, and where one can be had that is missing.

use super::path::PathRequest;
use super::revocation::{RevocationStatus, deciding_list};
use crate::asn1::{Certificate, CertificateList};
use crate::time::Instant;

/// One certificate of a path, and what is known of its revocation.
#[derive(Clone, Debug)]
pub struct RevocationNeed {
    /// The certificate.
    pub certificate: Certificate,
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
    /// When it was issued.
    pub issued: Instant,
    /// When a newer one will be there, where that is said.
    pub next_update: Option<Instant>,
}

/// The kind of statement.
#[derive(Clone, Debug)]
pub enum ProofSource {
    /// A revocation list.
    Crl(CertificateList),
}

impl ProofSource {
    /// Returns the statement in DER.
    pub fn der(&self) -> &[u8] {
        match self {
            Self::Crl(list) => list.der(),
        }
    }
}

/// Lists what is known of the revocation of each certificate of a path but its anchor, leaf first.
pub fn revocation_needs(chain: &[Certificate], request: &PathRequest<'_>) -> Vec<RevocationNeed> {
    let need = |pair: &[Certificate]| {
        let (status, list) = deciding_list(&pair[0], &pair[1], request);
        let proof = list.map(|list| RevocationProof {
            issued: list.this_update(),
            next_update: list.next_update(),
            source: ProofSource::Crl(list.clone()),
        });
        RevocationNeed { certificate: pair[0].clone(), status, proof }
    };
    chain.windows(2).map(need).collect()
}
