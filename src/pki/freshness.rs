//! What time and the policy's algorithms have to say of a revocation list.

use super::path::{PathRequest, View};
use crate::asn1::reader::Tlv;
use crate::asn1::{Certificate, CertificateList, Extension, oid, parse_time};
use crate::crypto::{key_facts, scheme_of};
use crate::policy::{AlgorithmUse, Judged};

/// A list made after a certificate expired may have dropped it, unless the list says that it keeps those that expired
/// since a date before (X.509, 9.5.2.8: expiredCertsOnCRL).
pub(super) fn covers_time(list: &CertificateList, of: &Certificate) -> bool {
    let keeps_since = |extension: &Extension| {
        let time = Tlv::only(&extension.value, "expiredCertsOnCRL").and_then(parse_time);
        time.is_ok_and(|since| since <= of.not_after())
    };
    let kept = list.extensions().iter().filter(|extension| extension.oid == oid::EXPIRED_CERTS_ON_CRL).any(keeps_since);
    kept || list.this_update() <= of.not_after()
}

/// A list is fresh until its next update, or for the policy's time where it names none. Where a past time is judged, a
/// list made after that time is fresh as it is: it knows what happened until then.
pub(super) fn is_fresh(list: &CertificateList, request: &PathRequest<'_>) -> bool {
    if request.view != View::Unproven && list.this_update() >= request.at {
        return true;
    }
    match list.next_update() {
        Some(next) => request.at <= next,
        None => request.at.duration_since(list.this_update()).as_secs() <= request.policy.revocation_max_age_seconds,
    }
}

/// Tells whether the algorithm and key of a list's signature are believed at the time of judgement.
pub(super) fn is_strong(list: &CertificateList, signer: &Certificate, request: &PathRequest<'_>) -> bool {
    let Ok(scheme) = scheme_of(list.signature_algorithm(), None) else { return false };
    let Ok(key) = key_facts(signer.spki_der()) else { return false };
    let at = request.at.max(list.this_update()).min(request.now);
    request.policy.judge(AlgorithmUse::Signature(scheme, key), at) == Judged::Strong
}
