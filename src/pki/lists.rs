//! Revocation lists (RFC 5280, 6.3): which of them count for a certificate, for which reasons, and what they say together.

use super::freshness::{covers_time, is_fresh, is_strong};
use super::revocation::{Revocation, RevocationStatus};
use super::work::Inquiry;
use crate::asn1::reader::{Tlv, tag};
use crate::asn1::{
    Certificate, CertificateList, DistributionPoint, Extension, GeneralName, IssuingDistributionPoint, KeyUsage,
    PointName, ReasonSet, RevocationReason, oid,
};
use crate::time::Instant;

/// What lists say of a certificate, and on what grounds.
#[derive(Clone, Debug)]
pub(super) struct Grounds {
    /// What they say.
    pub(super) status: RevocationStatus,
    /// The list that decides; the first of several.
    pub(super) list: Option<CertificateList>,
    /// The others that are needed with it: deltas, and lists for other reasons.
    pub(super) others: Vec<CertificateList>,
    /// Who signed them and is not on the path itself, with the paths to the anchor.
    pub(super) signers: Vec<Certificate>,
    /// When the oldest of them was issued, a delta standing for its base.
    pub(super) issued: Option<Instant>,
    /// When the first of them will be replaced.
    pub(super) next_update: Option<Instant>,
}

/// A list that may be believed about the certificate.
struct Usable<'a> {
    list: &'a CertificateList,
    reasons: ReasonSet,
    path: Vec<Certificate>,
}

/// What one list, or a list with its delta, says.
struct Word<'a> {
    status: RevocationStatus,
    reasons: ReasonSet,
    base: &'a Usable<'a>,
    delta: Option<&'a Usable<'a>>,
}

/// Asks the lists about a certificate (6.3.3): the newest word of each scope counts. Any that says "revoked" is heeded, the
/// earliest date before the others; else they are heard, newest first, until all reasons are spoken for.
pub(super) fn ask_lists(of: &Certificate, issuer: &Certificate, inquiry: &Inquiry<'_>) -> Grounds {
    let points = points(of);
    let crls = inquiry.crls;
    let usable: Vec<Usable<'_>> =
        crls.iter().enumerate().filter_map(|(index, list)| usable(index, list, &points, of, issuer, inquiry)).collect();
    let mut words: Vec<Word<'_>> = Vec::new();
    for (index, one) in usable.iter().enumerate() {
        let seen = usable[..index].iter().any(|other| same_scope(one.list, other.list));
        if !seen {
            let mut group: Vec<&Usable<'_>> = usable.iter().filter(|other| same_scope(one.list, other.list)).collect();
            group.sort_by_key(|one| std::cmp::Reverse(one.list.this_update()));
            words.extend(word(&group, of, inquiry));
        }
    }
    words.sort_by_key(|word| std::cmp::Reverse(word.base.list.this_update()));
    let revoking = words.iter().filter_map(|word| match word.status {
        RevocationStatus::Revoked(revocation) => Some((revocation.at, word)),
        RevocationStatus::Good | RevocationStatus::Unknown => None,
    });
    if let Some((_, word)) = revoking.min_by_key(|(at, _)| *at) {
        return grounds(word.status, &[word]);
    }
    let mut good: Vec<&Word<'_>> = Vec::new();
    let mut reasons = ReasonSet::NONE;
    for word in &words {
        if word.status == RevocationStatus::Good && reasons.lacks_any(word.reasons) {
            reasons = reasons.and(word.reasons);
            good.push(word);
        }
        if reasons.is_all() {
            return grounds(RevocationStatus::Good, &good);
        }
    }
    grounds(RevocationStatus::Unknown, &words.iter().take(1).collect::<Vec<_>>())
}

fn grounds(status: RevocationStatus, words: &[&Word<'_>]) -> Grounds {
    let used: Vec<&Usable<'_>> = words.iter().flat_map(|word| std::iter::once(word.base).chain(word.delta)).collect();
    let mut signers: Vec<Certificate> = Vec::new();
    for certificate in used.iter().flat_map(|one| &one.path) {
        if !signers.contains(certificate) {
            signers.push(certificate.clone());
        }
    }
    let newest = |word: &&Word<'_>| word.delta.unwrap_or(word.base).list.this_update();
    Grounds {
        status,
        list: used.first().map(|one| one.list.clone()),
        others: used.iter().skip(1).map(|one| one.list.clone()).collect(),
        signers,
        issued: words.iter().map(newest).min(),
        next_update: used.iter().filter_map(|one| one.list.next_update()).min(),
    }
}

/// The points that the certificate names, and last the one that everybody may be asked at: its issuer's own list.
pub(super) fn points(of: &Certificate) -> Vec<DistributionPoint> {
    let own = GeneralName::Directory(of.issuer_name().clone());
    let general = DistributionPoint { name: Some(PointName::Full(vec![own])), reasons: None, crl_issuer: Vec::new() };
    of.extensions().crl_points.iter().cloned().chain([general]).collect()
}

/// Tells whether a list counts for the certificate at any of the points, and for which reasons.
fn usable<'a>(
    index: usize,
    list: &'a CertificateList,
    points: &[DistributionPoint],
    of: &Certificate,
    issuer: &Certificate,
    inquiry: &Inquiry<'_>,
) -> Option<Usable<'a>> {
    let understood = |extension: &Extension| KNOWN.contains(&extension.oid) || !extension.critical;
    let reasons = points
        .iter()
        .filter_map(|point| reasons_at(list, point, of))
        .fold(ReasonSet::NONE, |all, reasons| all.and(reasons));
    let counts = reasons != ReasonSet::NONE
        && list.this_update() <= inquiry.now
        && !list.has_unusable_entries()
        && list.extensions().iter().all(understood);
    if !counts {
        return None;
    }
    let path = if vouches_for_itself(list, of, inquiry) { Vec::new() } else { signer(index, list, issuer, inquiry)? };
    Some(Usable { list, reasons, path })
}

/// The extensions of lists that are understood; another one, if critical, forbids using the list (5.2).
const KNOWN: [crate::asn1::Oid; 4] =
    [oid::ISSUING_DISTRIBUTION_POINT, oid::AUTHORITY_KEY_IDENTIFIER, oid::CRL_NUMBER, oid::DELTA_CRL_INDICATOR];

/// Tells for which reasons a list speaks of the certificate at a point (6.3.3 (b), (d)); `None` where it does not.
pub(super) fn reasons_at(list: &CertificateList, point: &DistributionPoint, of: &Certificate) -> Option<ReasonSet> {
    let everything = IssuingDistributionPoint::default();
    let scope = list.scope().unwrap_or(&everything);
    // (b)(1)
    let issuer_fits = if point.crl_issuer.is_empty() {
        list.issuer_name().same_as(of.issuer_name())
    } else {
        let named =
            |name: &GeneralName| matches!(name, GeneralName::Directory(name) if name.same_as(list.issuer_name()));
        scope.indirect && point.crl_issuer.iter().any(named)
    };
    // (b)(2)(i)
    let point_fits = scope.point.as_ref().is_none_or(|of_list| {
        let wanted = point.name.as_ref().map_or(point.crl_issuer.clone(), |name| name.names(list.issuer_name()));
        let known = of_list.names(list.issuer_name());
        known.iter().any(|name| wanted.iter().any(|other| other.same_as(name)))
    });
    // (b)(2)(ii) to (iv)
    let kind_fits = !scope.only_attribute_certificates
        && (!scope.only_user_certificates || !of.is_ca())
        && (!scope.only_ca_certificates || of.is_ca());
    // (d)
    let reasons = point.reasons.unwrap_or(ReasonSet::ALL).shared(scope.only_some_reasons.unwrap_or(ReasonSet::ALL));
    (issuer_fits && point_fits && kind_fits).then_some(reasons)
}

/// Tells whether the list is signed by the very certificate that is asked about, whose issuer wanted it so: the
/// certificate's own distribution point names itself as the issuer of the list. Its path is being judged anyway.
fn vouches_for_itself(list: &CertificateList, of: &Certificate, inquiry: &Inquiry<'_>) -> bool {
    let itself = |name: &GeneralName| matches!(name, GeneralName::Directory(name) if name.same_as(of.subject_name()));
    of.extensions().crl_points.iter().any(|point| point.crl_issuer.iter().any(itself))
        && list.issuer_name().same_as(of.subject_name())
        && is_for_lists(of)
        && is_strong(list, of, inquiry)
        && inquiry.verify_list(list, of)
}

/// Finds who signed a list (6.3.3 (f), (g)). Returns the signer's path, empty where it is the issuer of the certificate
/// itself, whose path is being judged anyway.
fn signer(
    index: usize,
    list: &CertificateList,
    issuer: &Certificate,
    inquiry: &Inquiry<'_>,
) -> Option<Vec<Certificate>> {
    let named = |one: &Certificate| one.subject_name().same_as(list.issuer_name());
    let may_sign = |one: &Certificate| named(one) && (one.key_usage().is_none() || is_for_lists(one));
    let signed = |one: &Certificate| is_strong(list, one, inquiry) && inquiry.verify_list(list, one);
    if may_sign(issuer) && signed(issuer) {
        return Some(Vec::new());
    }
    // Somebody else must be made for it: a certificate without usages is everybody's.
    let by_name = list.issuer_name();
    let made_for_it =
        inquiry.intermediates_named(by_name).into_iter().filter(|one| is_for_lists(one) && *one != issuer);
    // Anchors first, then those whose key the list names: what others bring in their name costs them nothing.
    let key = key_identifier(list);
    let has_key = |one: &&Certificate| key.is_some() && one.extensions().subject_key_identifier == key;
    let (promising, rest): (Vec<_>, Vec<_>) = made_for_it.partition(has_key);
    let anchors = inquiry.anchors_named(by_name).into_iter().filter(|one| may_sign(one));
    let mut others = anchors.chain(promising).chain(rest);
    others.find_map(|one| if signed(one) { inquiry.signer_path(index, list, one) } else { None })
}

/// Returns which key of its issuer a list names (5.2.1).
fn key_identifier(list: &CertificateList) -> Option<Vec<u8>> {
    let found = list.extensions().iter().find(|extension| extension.oid == oid::AUTHORITY_KEY_IDENTIFIER)?;
    let mut fields = Tlv::only(&found.value, "an authority key identifier").ok()?.contents();
    Some(fields.optional(tag::context_primitive(0)).ok()??.value.to_vec())
}

/// Tells whether keyUsage names the signing of lists.
fn is_for_lists(one: &Certificate) -> bool {
    one.key_usage().is_some_and(|usage| usage.allows_any(KeyUsage::CRL_SIGN))
}

/// Tells whether two lists have one issuer and one scope (6.3.3 (c)(1), (2)).
fn same_scope(one: &CertificateList, other: &CertificateList) -> bool {
    one.issuer_name().same_as(other.issuer_name()) && one.scope() == other.scope()
}

/// Tells whether a delta list adds to a complete one (5.2.4; 6.3.3 (c)(3)).
fn adds_to(delta: &CertificateList, base: &CertificateList) -> bool {
    let key = |list: &CertificateList| {
        let found = list.extensions().iter().find(|extension| extension.oid == oid::AUTHORITY_KEY_IDENTIFIER);
        found.map(|extension| extension.value.clone())
    };
    let (Some(from), Some(own), Some(known)) = (delta.base_number(), delta.number(), base.number()) else {
        return false;
    };
    // Numbers without leading zeros: the longer is the larger.
    let order = |number: &[u8]| (number.len(), number.to_vec());
    order(from) <= order(known) && order(known) < order(own) && key(delta) == key(base)
}

/// Hears the lists of one scope, newest first (6.3.3 (h) to (k)).
fn word<'a>(group: &[&'a Usable<'a>], of: &Certificate, inquiry: &Inquiry<'_>) -> Option<Word<'a>> {
    let entry = |one: &Usable<'_>| one.list.entry_of(of.issuer_name(), of.serial()).copied();
    let mut newest_delta = None;
    for one in group.iter().copied() {
        let said = |status| Some(Word { status, reasons: one.reasons, base: one, delta: None });
        if one.list.base_number().is_some() {
            // A delta list that revokes is heeded even without its base.
            match entry(one) {
                Some(entry) if entry.reason != Some(RevocationReason::RemoveFromCrl) => {
                    return said(revoked(entry.revoked_at, entry.reason));
                }
                _ => newest_delta = newest_delta.or(Some(one)),
            }
            continue;
        }
        let delta = newest_delta.filter(|delta| adds_to(delta.list, one.list) && is_fresh(delta.list, inquiry));
        // Only what was on hold can be taken back, and only by a list of the day.
        let taken_back = delta.is_some_and(|delta| entry(delta).is_some());
        match entry(one) {
            Some(found) if !(taken_back && found.reason == Some(RevocationReason::CertificateHold)) => {
                return said(revoked(found.revoked_at, found.reason));
            }
            _ if covers_time(one.list, of) => {
                let fresh = is_fresh(one.list, inquiry);
                let status = if fresh { RevocationStatus::Good } else { RevocationStatus::Unknown };
                return Some(Word { status, reasons: one.reasons, base: one, delta });
            }
            _ => {}
        }
    }
    None
}

fn revoked(at: Instant, reason: Option<RevocationReason>) -> RevocationStatus {
    RevocationStatus::Revoked(Revocation { at, reason })
}
