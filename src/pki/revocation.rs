//! Revocation: what lists (RFC 5280, 6.3) and OCSP responses (RFC 6960) say of a certificate, put together.

use super::lists::ask_lists;
use super::material::{ProofSource, RevocationProof};
use super::ocsp::ask_responses;
use super::path::PathRequest;
use super::work::{Inquiry, Work};
use crate::asn1::{Certificate, RevocationReason};
use crate::time::Instant;
use std::cmp::Reverse;

/// A revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When the issuer revoked the certificate.
    pub at: Instant,
    /// Why, where the list says so.
    pub reason: Option<RevocationReason>,
}

/// What is known of a certificate's revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationStatus {
    /// A usable and fresh list does not name it.
    Good,
    /// A usable list names it.
    Revoked(Revocation),
    /// No usable, fresh list is at hand.
    Unknown,
}

/// Tells what the lists and OCSP responses at hand say of a certificate. Whoever says that it is revoked is heeded, and of
/// several the one with the earliest date, which no later statement can put off; else the newest fresh statement counts. One
/// past its next update, or made after the certificate expired, can still say "revoked", but not "good". Only a hold is
/// taken back, by whoever set it (RFC 5280, 5.3.1).
pub fn revocation_status(of: &Certificate, issuer: &Certificate, request: &PathRequest<'_>) -> RevocationStatus {
    let work = Work::new(request.budget);
    statement(of, issuer, &Inquiry::new(*request, &work)).0
}

/// Tells what is known of a certificate's revocation, and who says so.
pub(super) fn statement(
    of: &Certificate,
    issuer: &Certificate,
    inquiry: &Inquiry<'_>,
) -> (RevocationStatus, Option<RevocationProof>) {
    let grounds = ask_lists(of, issuer, inquiry);
    let (by_response, response) = ask_responses(of, issuer, inquiry);
    let list = grounds.list.map(|list| RevocationProof {
        issued: grounds.issued.unwrap_or(list.this_update()),
        next_update: grounds.next_update,
        source: ProofSource::Crl(list),
        more_lists: grounds.others,
        signers: grounds.signers,
    });
    let weight = |(status, proof): &(RevocationStatus, Option<RevocationProof>)| {
        let (rank, revoked) = match status {
            RevocationStatus::Revoked(revocation) => (2, Some(Reverse(revocation.at))),
            RevocationStatus::Good => (1, None),
            RevocationStatus::Unknown => (0, None),
        };
        (rank, revoked, proof.as_ref().map(|proof| proof.issued))
    };
    let (one, other) = ((grounds.status, list), (by_response, response));
    if weight(&one) >= weight(&other) { one } else { other }
}
