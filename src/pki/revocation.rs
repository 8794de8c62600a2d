//! Revocation by CRL (RFC 5280, 6.3): which lists count, and what they say; and both kinds of statement together.

use super::material::{ProofSource, RevocationProof};
use super::ocsp::deciding_response;
use super::path::{PathRequest, View};
use crate::asn1::reader::Tlv;
use crate::asn1::{
    Certificate, CertificateList, Extension, IssuingDistributionPoint, KeyUsage, RevocationReason, oid, parse_time,
};
use crate::crypto::{self, key_facts, scheme_of};
use crate::policy::{AlgorithmUse, Judged};
use crate::time::Instant;

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

/// Tells what the lists and OCSP responses at hand say of a certificate. Whoever says that it is revoked is heeded; else
/// the newest fresh statement counts. One past its next update, or made after the certificate expired, can still say
/// "revoked", but not "good".
pub fn revocation_status(of: &Certificate, issuer: &Certificate, request: &PathRequest<'_>) -> RevocationStatus {
    statement(of, issuer, request).0
}

/// Tells what is known of a certificate's revocation, and who says so.
pub(super) fn statement(
    of: &Certificate,
    issuer: &Certificate,
    request: &PathRequest<'_>,
) -> (RevocationStatus, Option<RevocationProof>) {
    let (by_list, list) = deciding_list(of, issuer, request);
    let (by_response, response) = deciding_response(of, issuer, request);
    let list = list.map(|list| RevocationProof {
        issued: list.this_update(),
        next_update: list.next_update(),
        source: ProofSource::Crl(list.clone()),
    });
    let response = response.map(|(response, single)| RevocationProof {
        issued: single.this_update,
        next_update: single.next_update,
        source: ProofSource::Ocsp(response.clone()),
    });
    let weight = |(status, proof): &(RevocationStatus, Option<RevocationProof>)| {
        let rank = match status {
            RevocationStatus::Revoked(_) => 2,
            RevocationStatus::Good => 1,
            RevocationStatus::Unknown => 0,
        };
        (rank, proof.as_ref().map(|proof| proof.issued))
    };
    let (one, other) = ((by_list, list), (by_response, response));
    if weight(&one) >= weight(&other) { one } else { other }
}

/// Tells what the lists at hand say of a certificate, and which of them does.
pub(super) fn deciding_list<'a>(
    of: &Certificate,
    issuer: &Certificate,
    request: &PathRequest<'a>,
) -> (RevocationStatus, Option<&'a CertificateList>) {
    let mut usable: Vec<&CertificateList> =
        request.crls.iter().filter(|list| is_usable(list, of, issuer, request)).collect();
    usable.sort_by_key(|list| std::cmp::Reverse(list.this_update()));
    for list in usable {
        if is_delta(list) {
            // A delta list that revokes is heeded; that it takes an entry back is not, nor that it is silent.
            match list.entry(of.serial()) {
                Some(entry) if entry.reason != Some(RevocationReason::RemoveFromCrl) => {
                    let revocation = Revocation { at: entry.revoked_at, reason: entry.reason };
                    return (RevocationStatus::Revoked(revocation), Some(list));
                }
                _ => continue,
            }
        }
        if let Some(entry) = list.entry(of.serial()) {
            let revocation = Revocation { at: entry.revoked_at, reason: entry.reason };
            return (RevocationStatus::Revoked(revocation), Some(list));
        }
        if covers_time(list, of) {
            let fresh = is_fresh(list, request);
            return (if fresh { RevocationStatus::Good } else { RevocationStatus::Unknown }, Some(list));
        }
    }
    (RevocationStatus::Unknown, None)
}

/// RFC 5280, 6.3.3: issuer, scope, extensions, signature.
fn is_usable(list: &CertificateList, of: &Certificate, issuer: &Certificate, request: &PathRequest<'_>) -> bool {
    list.issuer_name().same_as(of.issuer_name())
        && list.this_update() <= request.now
        && !list.has_unusable_entries()
        && list.scope().is_none_or(|scope| is_in_scope(scope, of))
        && list.extensions().iter().all(is_processed)
        && issuer.key_usage().is_none_or(|usage| usage.allows_any(KeyUsage::CRL_SIGN))
        && is_signed_by(list, issuer, request)
}

/// A critical extension that is not known forbids using the list (RFC 5280, 5.2).
fn is_processed(extension: &Extension) -> bool {
    let known =
        [oid::ISSUING_DISTRIBUTION_POINT, oid::AUTHORITY_KEY_IDENTIFIER, oid::CRL_NUMBER, oid::DELTA_CRL_INDICATOR];
    known.contains(&extension.oid) || !extension.critical
}

/// Tells whether a list only adds to another (RFC 5280, 5.2.4).
fn is_delta(list: &CertificateList) -> bool {
    list.extensions().iter().any(|extension| extension.oid == oid::DELTA_CRL_INDICATOR)
}

/// A list made after a certificate expired may have dropped it, unless the list says that it keeps those that expired
/// since a date before (X.509, 9.5.2.8: expiredCertsOnCRL).
fn covers_time(list: &CertificateList, of: &Certificate) -> bool {
    let keeps_since = |extension: &Extension| {
        let time = Tlv::only(&extension.value, "expiredCertsOnCRL").and_then(parse_time);
        time.is_ok_and(|since| since <= of.not_after())
    };
    let kept = list.extensions().iter().filter(|extension| extension.oid == oid::EXPIRED_CERTS_ON_CRL).any(keeps_since);
    kept || list.this_update() <= of.not_after()
}

/// A list is fresh until its next update, or for the policy's time where it names none. Where a past time is judged, a
/// list made after that time is fresh as it is: it knows what happened until then.
fn is_fresh(list: &CertificateList, request: &PathRequest<'_>) -> bool {
    if request.view != View::Unproven && list.this_update() >= request.at {
        return true;
    }
    match list.next_update() {
        Some(next) => request.at <= next,
        None => request.at.duration_since(list.this_update()).as_secs() <= request.policy.revocation_max_age_seconds,
    }
}

/// RFC 5280, 6.3.3 (b)(2): the list is about this kind of certificate, for all reasons, from a point it names.
fn is_in_scope(scope: &IssuingDistributionPoint, of: &Certificate) -> bool {
    let kind_fits = !scope.only_attribute_certificates
        && !scope.only_some_reasons
        && !scope.indirect
        && (!scope.only_user_certificates || !of.is_ca())
        && (!scope.only_ca_certificates || of.is_ca());
    let point_fits = match &scope.point {
        None => true,
        Some(point) => point.names().iter().any(|name| of.extensions().crl_point_names.contains(name)),
    };
    kind_fits && point_fits
}

fn is_signed_by(list: &CertificateList, issuer: &Certificate, request: &PathRequest<'_>) -> bool {
    let Ok(scheme) = scheme_of(list.signature_algorithm(), None) else { return false };
    let Ok(key) = key_facts(issuer.spki_der()) else { return false };
    let at = request.at.max(list.this_update()).min(request.now);
    request.policy.judge(AlgorithmUse::Signature(scheme, key), at) == Judged::Strong
        && crypto::verify(issuer.spki_der(), scheme, list.tbs_der(), list.signature()).is_ok()
}
