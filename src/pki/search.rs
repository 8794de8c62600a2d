//! Building paths (RFC 4158): depth first from the leaf to an anchor, every signature verified on the way.

use super::work::Inquiry;
use crate::asn1::Certificate;
use crate::crypto::{CryptoError, inherits_parameters, with_parameters_of};
use std::cell::Cell;
use std::rc::Rc;

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
    inquiry: &'a Inquiry<'a>,
    /// Paths begun, the most promising last.
    open: Vec<Begun>,
    dead: Dead,
}

/// A path so far. Whether its last certificate signed the one before is asked when the path is gone on with, so that what
/// others bring in an issuer's name costs nothing while the right one leads to an anchor.
struct Begun {
    chain: Vec<Certificate>,
    /// Who else may have signed the one before; none for the leaf alone.
    rivals: Option<Rc<Rivals>>,
}

/// Certificates of the name of an issuer.
struct Rivals {
    /// How many of them were not tried yet.
    untried: Cell<usize>,
    /// Whether one of them signed it.
    is_found: Cell<bool>,
}

impl<'a> Search<'a> {
    pub(super) fn new(leaf: &Certificate, inquiry: &'a Inquiry<'a>) -> Self {
        let begun = Begun { chain: vec![leaf.clone()], rivals: None };
        Self { inquiry, open: vec![begun], dead: Dead::NoIssuer }
    }

    /// Returns the next path that ends in an anchor.
    pub(super) fn next_chain(&mut self) -> Option<Vec<Certificate>> {
        while let Some(Begun { chain, rivals }) = self.open.pop() {
            if !self.is_signed(&chain, rivals.as_deref()) {
                continue;
            }
            let last = chain.last()?.clone();
            if self.inquiry.is_anchor(&last) {
                match self.completed(chain) {
                    Some(chain) => return Some(chain),
                    None => continue,
                }
            }
            if chain.len() >= self.inquiry.budget.depth {
                self.met(Dead::BudgetSpent);
                continue;
            }
            let issuers = self.candidates(&last, &chain);
            if issuers.is_empty() {
                self.inquiry.note_without_issuer(&last);
            }
            let rivals = Rc::new(Rivals { untried: Cell::new(issuers.len()), is_found: Cell::new(false) });
            self.open.extend(issuers.into_iter().rev().map(|issuer| {
                let chain = chain.iter().cloned().chain([issuer]).collect();
                Begun { chain, rivals: Some(Rc::clone(&rivals)) }
            }));
        }
        None
    }

    /// Tells whether the last of a path signed the one before. Where none of its name did, the issuer is lacking.
    fn is_signed(&mut self, chain: &[Certificate], rivals: Option<&Rivals>) -> bool {
        let (Some(rivals), [.., of, issuer]) = (rivals, chain) else { return true };
        rivals.untried.set(rivals.untried.get().saturating_sub(1));
        let is_signed = self.signed(of, issuer);
        rivals.is_found.set(rivals.is_found.get() || is_signed);
        if rivals.untried.get() == 0 && !rivals.is_found.get() {
            self.inquiry.note_without_issuer(of);
        }
        is_signed
    }

    /// Returns why nothing was found.
    pub(super) fn why_none(&self) -> Dead {
        self.dead
    }

    /// Returns who may have signed a certificate by name, the most promising first: anchors, and those whose key identifier
    /// fits.
    fn candidates(&mut self, of: &Certificate, begun: &[Certificate]) -> Vec<Certificate> {
        let inquiry = self.inquiry;
        let name = of.issuer_name();
        let mut named: Vec<&Certificate> = Vec::new();
        for candidate in inquiry.anchors_named(name).into_iter().chain(inquiry.intermediates_named(name)) {
            if !inquiry.work.take_step() {
                self.met(Dead::BudgetSpent);
                break;
            }
            // No name with the same key twice, which ends every loop (RFC 4158, 5.2).
            let again = begun.iter().any(|used| {
                used.spki_der() == candidate.spki_der() && used.subject_name().same_as(candidate.subject_name())
            });
            if !again && !named.contains(&candidate) {
                named.push(candidate);
            }
        }
        let promise = |candidate: &&Certificate| {
            let anchor = inquiry.is_anchor(candidate);
            (anchor, key_identifiers_fit(of, candidate), candidate.is_valid_at(inquiry.at))
        };
        named.sort_by_cached_key(|candidate| std::cmp::Reverse(promise(candidate)));
        named.into_iter().cloned().collect()
    }

    fn signed(&mut self, of: &Certificate, issuer: &Certificate) -> bool {
        let Some(verified) = self.inquiry.verify_certificate(of, issuer) else {
            self.met(Dead::BudgetSpent);
            return false;
        };
        match verified {
            Ok(()) => return true,
            // To be verified when the path shows whose parameters the key has.
            Err(_) if inherits_parameters(issuer.spki_der()) => return true,
            Err(CryptoError::UnsupportedAlgorithm) => self.met(Dead::Unsupported),
            Err(_) if key_identifiers_fit(of, issuer) => self.met(Dead::BadSignature),
            Err(_) => {}
        }
        false
    }

    /// Completes, from the anchor down, the keys that leave their parameters to the issuer's (RFC 5280, 6.1.4 (d) to (f)),
    /// and verifies what could not be verified before.
    fn completed(&mut self, mut chain: Vec<Certificate>) -> Option<Vec<Certificate>> {
        for index in (0..chain.len()).rev() {
            if !inherits_parameters(chain[index].spki_der()) {
                continue;
            }
            let above = chain.get(index + 1);
            let key = above.and_then(|above| with_parameters_of(chain[index].spki_der(), above.spki_der()));
            let Some(key) = key else {
                self.met(Dead::Unsupported);
                return None;
            };
            chain[index] = chain[index].with_key(key);
            if index > 0 && !self.signed(&chain[index - 1], &chain[index]) {
                return None;
            }
        }
        Some(chain)
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
