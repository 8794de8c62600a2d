//! What OCSP responses say of a certificate (RFC 6960, 3.2), once it is clear that they may.

use super::lists::ask_lists;
use super::material::{ProofSource, RevocationProof};
use super::path::{PathRequest, View};
use super::revocation::{Revocation, RevocationStatus};
use super::work::Inquiry;
use crate::asn1::reader::Tlv;
use crate::asn1::{
    AlgorithmIdentifier, CertId, Certificate, Extension, OcspResponse, OcspStatus, ResponderId, RevocationReason,
    SingleResponse, oid, parse_time,
};
use crate::crypto::{CryptoError, digest_algorithm, digest_identifier, key_facts, public_key_bits, scheme_of};
use crate::digest::DigestAlgorithm;
use crate::policy::{AlgorithmUse, Judged};

/// Makes the identifier that requests name a certificate by: over SHA-1, which every responder knows and where nothing
/// rests on its strength.
pub fn cert_id(of: &Certificate, issuer: &Certificate) -> Result<CertId, CryptoError> {
    let digest = |bytes: &[u8]| DigestAlgorithm::Sha1.digest(bytes).bytes;
    Ok(CertId {
        algorithm: AlgorithmIdentifier::with_null(digest_identifier(DigestAlgorithm::Sha1).oid),
        name_hash: digest(issuer.subject_der()),
        key_hash: digest(public_key_bits(issuer.spki_der())?),
        serial: of.serial().to_vec(),
    })
}

/// A response that may be believed about the certificate.
struct Usable<'a> {
    response: &'a OcspResponse,
    single: &'a SingleResponse,
    /// Who signed it, where that is not the issuer itself.
    delegate: Option<Certificate>,
}

/// Tells what the usable responses say of a certificate, and which one that is: one that revokes it for good, else the
/// newest.
pub(super) fn ask_responses(
    of: &Certificate,
    issuer: &Certificate,
    inquiry: &Inquiry<'_>,
) -> (RevocationStatus, Option<RevocationProof>) {
    let mut about: Vec<Usable<'_>> = Vec::new();
    for response in inquiry.ocsps {
        let named = response.singles().iter().filter(|single| names(&single.of, of, issuer));
        let singles: Vec<&SingleResponse> = named.filter(|single| counts(single, inquiry)).collect();
        // Whether the response is believed is asked once, however much it says.
        if let Some(delegate) = singles.first().and_then(|_| believed(response, issuer, inquiry)) {
            about.extend(singles.into_iter().map(|single| Usable { response, single, delegate: delegate.clone() }));
        }
    }
    about.sort_by_key(|one| std::cmp::Reverse(one.single.this_update));
    let revoked =
        |revocation, one: &Usable<'_>| (RevocationStatus::Revoked(revocation), Some(proof(one, issuer, inquiry)));
    // What was revoked stays so, but for a hold (RFC 5280, 5.3.1), whoever says otherwise later; the earliest date counts.
    let lasting = about.iter().filter_map(|one| Some((revocation(one.single)?, one)));
    let lasting = lasting.filter(|(revocation, _)| revocation.reason != Some(RevocationReason::CertificateHold));
    if let Some((revocation, one)) = lasting.min_by_key(|(revocation, _)| revocation.at) {
        return revoked(revocation, one);
    }
    for one in about {
        match one.single.status {
            OcspStatus::Revoked(at, reason) => return revoked(Revocation { at, reason }, &one),
            OcspStatus::Good if covers_time(one.single, of) => {
                let fresh = is_fresh(one.single, inquiry);
                let status = if fresh { RevocationStatus::Good } else { RevocationStatus::Unknown };
                return (status, Some(proof(&one, issuer, inquiry)));
            }
            OcspStatus::Good | OcspStatus::Unknown => {}
        }
    }
    (RevocationStatus::Unknown, None)
}

fn revocation(single: &SingleResponse) -> Option<Revocation> {
    match single.status {
        OcspStatus::Revoked(at, reason) => Some(Revocation { at, reason }),
        OcspStatus::Good | OcspStatus::Unknown => None,
    }
}

/// Puts together what a statement rests on: the response, who signed it, and the list that its signer is not on.
fn proof(of: &Usable<'_>, issuer: &Certificate, inquiry: &Inquiry<'_>) -> RevocationProof {
    let looked_up = of.delegate.iter().filter(|one| one.extensions().by_oid(&oid::OCSP_NO_CHECK).is_none());
    let at = PathRequest { at: of.response.produced_at(), ocsps: &[], ..inquiry.request };
    let grounds = looked_up.map(|one| ask_lists(one, issuer, &inquiry.with(at)));
    RevocationProof {
        issued: of.single.this_update,
        next_update: of.single.next_update,
        source: ProofSource::Ocsp(of.response.clone()),
        more_lists: grounds.flat_map(|grounds| grounds.list.into_iter().chain(grounds.others)).collect(),
        signers: of.delegate.iter().cloned().collect(),
    }
}

/// Tells whether an identifier is that of a certificate of this issuer.
pub(super) fn names(id: &CertId, of: &Certificate, issuer: &Certificate) -> bool {
    let Ok(algorithm) = digest_algorithm(&id.algorithm) else { return false };
    let Ok(key) = public_key_bits(issuer.spki_der()) else { return false };
    id.serial == of.serial()
        && id.name_hash == algorithm.digest(issuer.subject_der()).bytes
        && id.key_hash == algorithm.digest(key).bytes
}

fn understood(extension: &Extension) -> bool {
    !extension.critical || extension.oid == oid::OCSP_NONCE
}

/// RFC 6960, 3.2: nothing critical that is not understood; not from the future.
fn counts(single: &SingleResponse, inquiry: &Inquiry<'_>) -> bool {
    single.this_update <= inquiry.now && single.extensions.iter().all(understood)
}

/// RFC 6960, 3.2: signed by whom it says, who may sign it. Returns who that is where it is not the issuer itself.
fn believed(response: &OcspResponse, issuer: &Certificate, inquiry: &Inquiry<'_>) -> Option<Option<Certificate>> {
    if response.produced_at() > inquiry.now || !response.extensions().iter().all(understood) {
        return None;
    }
    if is_named(response.responder(), issuer) && is_signed_by(response, issuer, inquiry) {
        return Some(None);
    }
    // 4.2.2.2: whom the issuer itself made for this purpose.
    let others = match response.responder() {
        ResponderId::Name(name) => inquiry.intermediates_named(name),
        ResponderId::KeyHash(_) => inquiry.intermediates.iter().collect(),
    };
    let mut candidates = response.certificates().iter().chain(others);
    let delegate = candidates.find(|one| {
        is_made_for_it(one, issuer)
            && is_named(response.responder(), one)
            && is_signed_by(response, one, inquiry)
            && inquiry.may_respond(one, issuer, response.produced_at())
    });
    delegate.map(|one| Some(one.clone()))
}

/// Tells whether a certificate says itself that the issuer made it for answering: what costs nothing to see.
fn is_made_for_it(one: &Certificate, issuer: &Certificate) -> bool {
    let usages = one.extensions().extended_key_usage.as_ref();
    usages.is_some_and(|(usages, _)| usages.contains(&oid::KP_OCSP_SIGNING))
        && one.issuer_name().same_as(issuer.subject_name())
}

fn is_named(responder: &ResponderId, certificate: &Certificate) -> bool {
    match responder {
        ResponderId::Name(name) => name.same_as(certificate.subject_name()),
        ResponderId::KeyHash(hash) => {
            public_key_bits(certificate.spki_der()).is_ok_and(|key| DigestAlgorithm::Sha1.digest(key).bytes == *hash)
        }
    }
}

fn is_signed_by(response: &OcspResponse, signer: &Certificate, request: &Inquiry<'_>) -> bool {
    let Ok(scheme) = scheme_of(response.signature_algorithm(), None) else { return false };
    let Ok(key) = key_facts(signer.spki_der()) else { return false };
    let at = request.at.max(response.produced_at()).min(request.now);
    request.policy.judge(AlgorithmUse::Signature(scheme, key), at) == Judged::Strong
        && request.verify_response(response, signer)
}

/// A responder may forget a certificate that has expired, unless it says from when on it remembers (4.4.4).
fn covers_time(single: &SingleResponse, of: &Certificate) -> bool {
    let cutoff = single.extensions.iter().find(|extension| extension.oid == oid::OCSP_ARCHIVE_CUTOFF);
    let remembers = cutoff.is_some_and(|cutoff| {
        let since = Tlv::only(&cutoff.value, "archiveCutoff").and_then(parse_time);
        since.is_ok_and(|since: crate::time::Instant| since <= of.not_after())
    });
    remembers || single.this_update <= of.not_after()
}

fn is_fresh(single: &SingleResponse, request: &PathRequest<'_>) -> bool {
    if request.view != View::Unproven && single.this_update >= request.at {
        return true;
    }
    match single.next_update {
        Some(next) => request.at <= next,
        None => request.at.duration_since(single.this_update).as_secs() <= request.policy.revocation_max_age_seconds,
    }
}
