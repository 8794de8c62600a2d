//! What OCSP responses say of a certificate (RFC 6960, 3.2), once it is clear that they may.

use super::path::{PathRequest, View};
use super::revocation::{Revocation, RevocationStatus, deciding_list};
use crate::asn1::reader::Tlv;
use crate::asn1::{
    AlgorithmIdentifier, CertId, Certificate, Extension, OcspResponse, OcspStatus, ResponderId, SingleResponse, oid,
    parse_time,
};
use crate::crypto::{self, CryptoError, digest_algorithm, digest_identifier, key_facts, public_key_bits, scheme_of};
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

/// Tells what the newest usable response says of a certificate, and which one that is.
pub(super) fn deciding_response<'a>(
    of: &Certificate,
    issuer: &Certificate,
    request: &PathRequest<'a>,
) -> (RevocationStatus, Option<(&'a OcspResponse, &'a SingleResponse)>) {
    let mut about: Vec<(&OcspResponse, &SingleResponse)> = request
        .ocsps
        .iter()
        .flat_map(|response| response.singles().iter().map(move |single| (response, single)))
        .filter(|(response, single)| names(&single.of, of, issuer) && is_usable(response, single, issuer, request))
        .collect();
    about.sort_by_key(|(_, single)| std::cmp::Reverse(single.this_update));
    for (response, single) in about {
        match single.status {
            OcspStatus::Revoked(at, reason) => {
                return (RevocationStatus::Revoked(Revocation { at, reason }), Some((response, single)));
            }
            OcspStatus::Good if covers_time(single, of) => {
                let fresh = is_fresh(single, request);
                let status = if fresh { RevocationStatus::Good } else { RevocationStatus::Unknown };
                return (status, Some((response, single)));
            }
            OcspStatus::Good | OcspStatus::Unknown => {}
        }
    }
    (RevocationStatus::Unknown, None)
}

/// Tells whether an identifier is that of a certificate of this issuer.
fn names(id: &CertId, of: &Certificate, issuer: &Certificate) -> bool {
    let Ok(algorithm) = digest_algorithm(&id.algorithm) else { return false };
    let Ok(key) = public_key_bits(issuer.spki_der()) else { return false };
    id.serial == of.serial()
        && id.name_hash == algorithm.digest(issuer.subject_der()).bytes
        && id.key_hash == algorithm.digest(key).bytes
}

/// RFC 6960, 3.2: signed by whom it says, who may sign it; nothing critical that is not understood; not from the future.
fn is_usable(
    response: &OcspResponse,
    single: &SingleResponse,
    issuer: &Certificate,
    request: &PathRequest<'_>,
) -> bool {
    let understood = |extension: &Extension| !extension.critical || extension.oid == oid::OCSP_NONCE;
    response.produced_at() <= request.now
        && single.this_update <= request.now
        && response.extensions().iter().all(understood)
        && single.extensions.iter().all(understood)
        && signer_of(response, issuer, request).is_some()
}

/// Finds the certificate that signed a response: the issuer's own, or one that the issuer made for this purpose
/// (4.2.2.2).
fn signer_of<'a>(
    response: &'a OcspResponse,
    issuer: &'a Certificate,
    request: &'a PathRequest<'_>,
) -> Option<&'a Certificate> {
    if is_named(response.responder(), issuer) && is_signed_by(response, issuer, request) {
        return Some(issuer);
    }
    let others = response.certificates().iter().chain(request.intermediates);
    others.into_iter().find(|one| {
        is_named(response.responder(), one)
            && is_delegate(one, issuer, response, request)
            && is_signed_by(response, one, request)
    })
}

fn is_named(responder: &ResponderId, certificate: &Certificate) -> bool {
    match responder {
        ResponderId::Name(name) => name.same_as(certificate.subject_name()),
        ResponderId::KeyHash(hash) => {
            public_key_bits(certificate.spki_der()).is_ok_and(|key| DigestAlgorithm::Sha1.digest(key).bytes == *hash)
        }
    }
}

/// 4.2.2.2: made by the issuer itself, for OCSP signing, in force when it signed, and not revoked: which the certificate
/// says need not be asked (4.2.2.2.1), or a list must say.
fn is_delegate(one: &Certificate, issuer: &Certificate, response: &OcspResponse, request: &PathRequest<'_>) -> bool {
    let may =
        one.extensions().extended_key_usage.as_ref().is_some_and(|(uses, _)| uses.contains(&oid::KP_OCSP_SIGNING));
    let made = one.issuer_name().same_as(issuer.subject_name()) && {
        let scheme = scheme_of(one.signature_algorithm(), None);
        scheme.is_ok_and(|scheme| crypto::verify(issuer.spki_der(), scheme, one.tbs_der(), one.signature()).is_ok())
    };
    may && made
        && one.is_valid_at(response.produced_at())
        && (one.extensions().by_oid(&oid::OCSP_NO_CHECK).is_some()
            || deciding_list(one, issuer, request).0 == RevocationStatus::Good)
}

fn is_signed_by(response: &OcspResponse, signer: &Certificate, request: &PathRequest<'_>) -> bool {
    let Ok(scheme) = scheme_of(response.signature_algorithm(), None) else { return false };
    let Ok(key) = key_facts(signer.spki_der()) else { return false };
    let at = request.at.max(response.produced_at()).min(request.now);
    request.policy.judge(AlgorithmUse::Signature(scheme, key), at) == Judged::Strong
        && crypto::verify(signer.spki_der(), scheme, response.tbs_der(), response.signature()).is_ok()
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
