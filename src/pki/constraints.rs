//! What the certificates of a path say of each other and of their use (RFC 5280, 6.1.3 to 6.1.5).

use super::Purpose;
use super::names::{NameFault, NameLimits};
use super::path::Verdict;
use super::policies::{PolicyFault, PolicyState};
use super::work::{Inquiry, Work};
use crate::asn1::{Certificate, Extension, KeyUsage, Oid, oid};
use crate::policy::{Outcome, PathPolicies, SubIndication};

const CHAIN: Outcome = Outcome::Indeterminate(SubIndication::ChainConstraintsFailure);
const GENERAL: Outcome = Outcome::Indeterminate(SubIndication::CertificateChainGeneralFailure);

/// Checks a path, leaf first, anchor last, and returns the policies that are valid for it. The anchor's own extensions
/// bind nobody (RFC 5280, 6.2), except those that `check_anchor` names, and that a leaf which is itself an anchor is
/// checked for its use.
pub(super) fn check_constraints(chain: &[Certificate], inquiry: &Inquiry<'_>, verdict: &mut Verdict) -> Vec<Oid> {
    let Some((leaf, issuers)) = chain.split_first() else { return Vec::new() };
    let below_anchor = &chain[..chain.len() - usize::from(chain.len() > 1)];
    check_extensions(below_anchor, verdict);
    check_use(leaf, inquiry.purpose, verdict);
    check_issuers(issuers, inquiry.purpose, verdict);
    if issuers.is_empty() {
        return Vec::new();
    }
    check_names(below_anchor, issuers.last(), inquiry.work, verdict);
    check_policies(below_anchor, inquiry, verdict)
}

/// 6.1.4 (o), 6.1.5 (f): every critical extension is understood; and none that is understood is broken.
fn check_extensions(certificates: &[Certificate], verdict: &mut Verdict) {
    for certificate in certificates {
        if !certificate.extensions().broken.is_empty() {
            verdict.against(GENERAL, "path-extension-broken", certificate, "RFC 5280 4.2");
        }
        if !certificate.extensions().all.iter().all(|extension| is_processed(extension, certificate)) {
            verdict.against(GENERAL, "path-unknown-critical-extension", certificate, "RFC 5280 6.1.4 (o)");
        }
    }
}

fn check_issuers(issuers: &[Certificate], purpose: Purpose, verdict: &mut Verdict) {
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
        if !may_issue_for(issuer, purpose) {
            verdict.against(CHAIN, "path-issuer-extended-key-usage", issuer, "RFC 5280 4.2.1.12");
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

/// A CA whose extKeyUsage names purposes may issue for these only, critical or not: RFC 5280, 4.2.1.12 binds the use of
/// the key either way, and those who run root programs read it as a constraint on what is below.
fn may_issue_for(issuer: &Certificate, purpose: Purpose) -> bool {
    let Some((usages, _)) = &issuer.extensions().extended_key_usage else { return true };
    let wanted: &[Oid] = match purpose {
        Purpose::Any | Purpose::CrlSigning => return true,
        Purpose::Signing => &DOCUMENT_USAGES,
        Purpose::Timestamping => &[oid::ANY_EXTENDED_KEY_USAGE, oid::KP_TIME_STAMPING],
        Purpose::Ocsp => &[oid::ANY_EXTENDED_KEY_USAGE, oid::KP_OCSP_SIGNING],
    };
    usages.iter().any(|usage| wanted.contains(usage))
}

/// 6.1.3 (b), (c) and 6.1.4 (g), from the anchor down. An anchor's own constraints count too, as RFC 5937 allows.
fn check_names(certificates: &[Certificate], anchor: Option<&Certificate>, work: &Work, verdict: &mut Verdict) {
    let mut limits = NameLimits::default();
    if let Some(anchor) = anchor {
        if anchor.extensions().broken.contains(&oid::NAME_CONSTRAINTS) {
            verdict.against(GENERAL, "path-extension-broken", anchor, "RFC 5937 3.2");
        }
        anchor.extensions().name_constraints.iter().for_each(|constraints| limits.add(constraints));
    }
    for (index, certificate) in certificates.iter().enumerate().rev() {
        // Self-issued ones on the way are what a CA says of itself.
        if index == 0 || !certificate.is_self_issued() {
            let (outcome, code, clause) = match limits.check(certificate, work) {
                Ok(()) => (None, "", ""),
                Err(NameFault::NotPermitted) => (Some(CHAIN), "path-name-not-permitted", "RFC 5280 6.1.3 (b)"),
                Err(NameFault::Excluded) => (Some(CHAIN), "path-name-excluded", "RFC 5280 6.1.3 (c)"),
                Err(NameFault::Unclear) => (Some(CHAIN), "path-name-unclear", "RFC 5280 4.2.1.10"),
                Err(NameFault::TooMany) => {
                    verdict.budget_spent(certificate);
                    (None, "", "")
                }
            };
            if let Some(outcome) = outcome {
                verdict.against(outcome, code, certificate, clause);
            }
        }
        certificate.extensions().name_constraints.iter().for_each(|constraints| limits.add(constraints));
    }
}

/// 6.1.3 (d) to (f), 6.1.4 (a), (b), (h) to (j), 6.1.5 (a), (b), (g), from the anchor down.
fn check_policies(certificates: &[Certificate], inquiry: &Inquiry<'_>, verdict: &mut Verdict) -> Vec<Oid> {
    let anything = PathPolicies::default();
    let settings = match inquiry.purpose {
        Purpose::Timestamping => &inquiry.policy.timestamp_paths,
        // Who tells of revocations must lead to the same anchor; no policy is asked.
        Purpose::Ocsp | Purpose::CrlSigning => &anything,
        Purpose::Any | Purpose::Signing => &inquiry.policy.signer_paths,
    };
    let mut state = PolicyState::new(settings, certificates.len());
    let mut fault = |fault: PolicyFault, certificate: &Certificate, clause| {
        let code = match fault {
            PolicyFault::NoneValid => "path-policy-missing",
            PolicyFault::AnyMapped => "path-policy-any-mapped",
        };
        verdict.against(CHAIN, code, certificate, clause);
        Vec::new()
    };
    for (index, certificate) in certificates.iter().enumerate().rev() {
        if let Err(met) = state.step(certificate, index == 0) {
            return fault(met, certificate, "RFC 5280 6.1.3 (f)");
        }
        if index > 0
            && let Err(met) = state.prepare(certificate)
        {
            return fault(met, certificate, "RFC 5280 6.1.4 (a)");
        }
    }
    let Some(leaf) = certificates.first() else { return Vec::new() };
    state.finish(leaf).unwrap_or_else(|met| fault(met, leaf, "RFC 5280 6.1.5 (g)"))
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
    if purpose == Purpose::CrlSigning {
        if leaf.key_usage().is_some_and(|usage| !usage.allows_any(KeyUsage::CRL_SIGN)) {
            verdict.against(CHAIN, "path-key-usage", leaf, "RFC 5280 6.3.3 (f)");
        }
    } else if purpose != Purpose::Any && leaf.key_usage().is_some_and(|usage| !usage.allows_any(signs)) {
        verdict.against(CHAIN, "path-key-usage", leaf, "RFC 5280 4.2.1.3");
    }
    let usages = leaf.extensions().extended_key_usage.as_ref();
    let fits = match purpose {
        Purpose::Any | Purpose::CrlSigning => true,
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
fn is_processed(extension: &Extension, of: &Certificate) -> bool {
    match extension.oid {
        // Critical, its qualifiers must be understood too (4.2.1.4).
        oid::CERTIFICATE_POLICIES => {
            !extension.critical || of.extensions().policies.as_ref().is_none_or(|policies| !policies.unknown_qualifiers)
        }
        oid::BASIC_CONSTRAINTS
        | oid::KEY_USAGE
        | oid::EXTENDED_KEY_USAGE
        | oid::NAME_CONSTRAINTS
        | oid::POLICY_CONSTRAINTS
        | oid::POLICY_MAPPINGS
        | oid::INHIBIT_ANY_POLICY
        | oid::SUBJECT_ALT_NAME
        | oid::SUBJECT_KEY_IDENTIFIER
        | oid::AUTHORITY_KEY_IDENTIFIER
        | oid::CRL_DISTRIBUTION_POINTS => true,
        _ => !extension.critical,
    }
}
