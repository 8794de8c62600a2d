//! Building paths (RFC 4158): depth first from the leaf to an anchor, every signature verified on the way.

use super::path::PathRequest;
use crate::asn1::Certificate;
use crate::crypto::{self, CryptoError, scheme_of};

/// Why no path was found: the most telling of what was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dead {
    /// Nobody of the issuer's name, or only others of the same name.
    NoIssuer,
    /// An issuer's algorithm is not supported.
    Unsupported,
    /// The issuer by name and key identifier is there, but its key does not fit the signature.
    BadSignature,
    /// The search became too expensive.
    BudgetSpent,
}

/// A search that yields paths one by one.
pub(super) struct Search<'a> {
    request: &'a PathRequest<'a>,
    /// Paths begun, last first: each with the certificates so far.
    open: Vec<Vec<Certificate>>,
    signatures_left: u32,
    dead: Dead,
}

impl<'a> Search<'a> {
    pub(super) fn new(leaf: &Certificate, request: &'a PathRequest<'a>) -> Self {
        let signatures_left = request.budget.signatures;
        Self { request, open: vec![vec![leaf.clone()]], signatures_left, dead: Dead::NoIssuer }
    }

    /// Returns the next path that ends in an anchor.
    pub(super) fn next_chain(&mut self) -> Option<Vec<Certificate>> {
        while let Some(begun) = self.open.pop() {
            let last = begun.last()?.clone();
            if self.request.anchors.contains(&last) {
                return Some(begun);
            }
            if begun.len() >= self.request.budget.depth {
                self.met(Dead::BudgetSpent);
                continue;
            }
            for issuer in self.issuers(&last, &begun) {
                let mut longer = begun.clone();
                longer.push(issuer);
                self.open.push(longer);
            }
        }
        None
    }

    /// Returns why nothing was found.
    pub(super) fn why_none(&self) -> Dead {
        self.dead
    }

    /// Returns who signed a certificate, the most promising last: anchors, and those whose key identifier fits.
    fn issuers(&mut self, of: &Certificate, begun: &[Certificate]) -> Vec<Certificate> {
        let request = self.request;
        let known = request.intermediates.iter().chain(request.anchors.certificates());
        let mut named: Vec<&Certificate> = Vec::new();
        for candidate in known {
            let again = begun.iter().any(|used| {
                used.spki_der() == candidate.spki_der() && used.subject_name().same_as(candidate.subject_name())
            });
            if !again && !named.contains(&candidate) && candidate.subject_name().same_as(of.issuer_name()) {
                named.push(candidate);
            }
        }
        named.sort_by_key(|candidate| (request.anchors.contains(candidate), key_identifiers_fit(of, candidate)));
        named.into_iter().filter(|candidate| self.signed(of, candidate)).cloned().collect()
    }

    fn signed(&mut self, of: &Certificate, issuer: &Certificate) -> bool {
        if self.signatures_left == 0 {
            self.met(Dead::BudgetSpent);
            return false;
        }
        self.signatures_left -= 1;
        let verified = scheme_of(of.signature_algorithm(), None)
            .and_then(|scheme| crypto::verify(issuer.spki_der(), scheme, of.tbs_der(), of.signature()));
        match verified {
            Ok(()) => return true,
            Err(CryptoError::UnsupportedAlgorithm) => self.met(Dead::Unsupported),
            Err(_) if key_identifiers_fit(of, issuer) => self.met(Dead::BadSignature),
            Err(_) => {}
        }
        false
    }

    fn met(&mut self, dead: Dead) {
        self.dead = self.dead.max(dead);
    }
}

/// Tells whether the certificate names exactly this issuer's key (RFC 5280, 4.2.1.1).
fn key_identifiers_fit(of: &Certificate, issuer: &Certificate) -> bool {
    match (&of.extensions().authority_key_identifier, &issuer.extensions().subject_key_identifier) {
        (Some(named), Some(own)) => named == own,
        _ => false,
    }
}
