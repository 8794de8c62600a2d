//! What the certificates of a path say of each other and of their use (RFC 5280, 6.1.3 to 6.1.5).

use super::Purpose;
use super::path::Verdict;
use crate::asn1::reader::{Tlv, tag};
use crate::asn1::{Certificate, Extension, KeyUsage, Oid, oid};
use crate::policy::{Outcome, SubIndication};

const CHAIN: Outcome = Outcome::Indeterminate(SubIndication::ChainConstraintsFailure);
const GENERAL: Outcome = Outcome::Indeterminate(SubIndication::CertificateChainGeneralFailure);

/// Checks a path, leaf first, anchor last. The anchor's own extensions bind nobody (RFC 5280, 6.2), except that a
/// leaf which is itself an anchor is checked for its use.
pub(super) fn check_constraints(chain: &[Certificate], purpose: Purpose, verdict: &mut Verdict) {
    let Some((leaf, issuers)) = chain.split_first() else { return };
    for certificate in &chain[..chain.len() - usize::from(chain.len() > 1)] {
        for extension in certificate.extensions().all.iter().filter(|extension| !is_processed(extension)) {
            let code = match extension.oid {
                oid::NAME_CONSTRAINTS => "path-name-constraints-unsupported",
                oid::POLICY_CONSTRAINTS => "path-policy-constraints-unsupported",
                _ => "path-unknown-critical-extension",
            };
            verdict.against(GENERAL, code, certificate, "RFC 5280 6.1.4 (o)");
        }
    }
    check_use(leaf, purpose, verdict);
    let intermediates = &issuers[..issuers.len().saturating_sub(1)];
    // How many certificates below each count towards its path length: those that are not self-issued (RFC 5280, 6.1.4 (l)).
    let mut below = 0u64;
    for issuer in intermediates {
        if !issuer.is_ca() {
            verdict.against(CHAIN, "path-issuer-not-ca", issuer, "RFC 5280 6.1.4 (k)");
        }
        if issuer.key_usage().is_some_and(|usage| !usage.allows_any(KeyUsage::KEY_CERT_SIGN)) {
            verdict.against(CHAIN, "path-issuer-key-usage", issuer, "RFC 5280 6.1.4 (n)");
        }
        let limit = issuer.extensions().basic_constraints.and_then(|constraints| constraints.path_length);
        if limit.is_some_and(|limit| below > limit) {
            verdict.against(CHAIN, "path-too-long", issuer, "RFC 5280 6.1.4 (m)");
        }
        below += u64::from(!issuer.is_self_issued());
    }
    if let Some(anchor) = issuers.last() {
        check_anchor(anchor, below, verdict);
    }
}

/// An anchor that says of itself it is no CA, or how long paths may be, is taken at its word: stricter than RFC 5280,
/// 6.2 asks, as RFC 5937 allows.
fn check_anchor(anchor: &Certificate, below: u64, verdict: &mut Verdict) {
    let Some(constraints) = anchor.extensions().basic_constraints else { return };
    if !constraints.ca {
        verdict.against(CHAIN, "path-issuer-not-ca", anchor, "RFC 5937 3.2");
    }
    if constraints.path_length.is_some_and(|limit| below > limit) {
        verdict.against(CHAIN, "path-too-long", anchor, "RFC 5937 3.2");
    }
}

fn check_use(leaf: &Certificate, purpose: Purpose, verdict: &mut Verdict) {
    let signs = KeyUsage::DIGITAL_SIGNATURE.and(KeyUsage::NON_REPUDIATION);
    if purpose != Purpose::Any && leaf.key_usage().is_some_and(|usage| !usage.allows_any(signs)) {
        verdict.against(CHAIN, "path-key-usage", leaf, "RFC 5280 4.2.1.3");
    }
    let usages = leaf.extensions().extended_key_usage.as_ref();
    let fits = match purpose {
        Purpose::Any => true,
        Purpose::Signing => usages.is_none_or(|(usages, _)| usages.iter().any(|usage| DOCUMENT_USAGES.contains(usage))),
        Purpose::Timestamping => {
            usages.is_some_and(|(usages, critical)| *critical && usages.as_slice() == [oid::KP_TIME_STAMPING])
        }
        Purpose::Ocsp => usages.is_some_and(|(usages, _)| usages.contains(&oid::KP_OCSP_SIGNING)),
    };
    if !fits {
        verdict.against(CHAIN, "path-extended-key-usage", leaf, "RFC 5280 4.2.1.12");
    }
}

/// Extended usages with which a certificate may sign documents.
const DOCUMENT_USAGES: [Oid; 5] = [
    oid::ANY_EXTENDED_KEY_USAGE,
    oid::KP_EMAIL_PROTECTION,
    oid::KP_DOCUMENT_SIGNING,
    oid::MS_DOCUMENT_SIGNING,
    oid::ADOBE_AUTHENTIC_DOCUMENTS,
];

/// Tells whether an extension is understood, or may be passed over.
///
/// Policies are accepted whatever they are (user-initial-policy-set is any-policy, RFC 5280, 6.1.1 (c)), so mappings and
/// inhibitAnyPolicy change nothing; a demand for an explicit policy cannot be met and is refused. Name constraints are
/// refused wherever they stand, critical or not, for ignoring them would widen an authority's reach.
fn is_processed(extension: &Extension) -> bool {
    match extension.oid {
        oid::NAME_CONSTRAINTS => false,
        oid::POLICY_CONSTRAINTS => !demands_explicit_policy(&extension.value),
        oid::BASIC_CONSTRAINTS
        | oid::KEY_USAGE
        | oid::EXTENDED_KEY_USAGE
        | oid::CERTIFICATE_POLICIES
        | oid::POLICY_MAPPINGS
        | oid::INHIBIT_ANY_POLICY
        | oid::SUBJECT_ALT_NAME
        | oid::SUBJECT_KEY_IDENTIFIER
        | oid::AUTHORITY_KEY_IDENTIFIER
        | oid::CRL_DISTRIBUTION_POINTS => true,
        _ => !extension.critical,
    }
}

fn demands_explicit_policy(value: &[u8]) -> bool {
    let read = || Tlv::only(value, "policyConstraints")?.contents().optional(tag::context_primitive(0));
    !matches!(read(), Ok(None))
}
