//! Until when a proof holds by itself: until the first of what its newest timestamp rests on ends.
//!
//! An end is where the same material stops passing: through the last second of a certificate, before the first of a policy's
//! or an anchor's cut-off. What comes anew by itself is taken as coming: revocation lists, and dated lists of trusted certificates, which
//! say nothing of the end; but none is made any more that speaks of a certificate which has ended: of that, what stands in the file counts. A revocation that nobody has spoken of yet is not foreseen.

use super::ValidationContext;
use super::algorithms::{Weak, scheme_name, weak};
use super::material::{Existence, Known, Material};
use super::timestamps::JudgedToken;
use crate::asn1::{AlgorithmIdentifier, Certificate};
use crate::cms::SignerInfo;
use crate::crypto::{key_facts, scheme_of};
use crate::digest::DigestAlgorithm;
use crate::pki::{PathOutcome, Purpose, RevocationProof, TrustAnchors};
use crate::policy::{AlgorithmUse, Judged, ValidationPolicy};
use crate::time::Instant;
use crate::tsp::TimestampToken;
use serde::{Deserialize, Serialize};

/// The end of a proof that nobody renews.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lasting {
    /// The instant at which it comes.
    pub until: Instant,
    /// What ends then.
    pub ending: Ending,
}

/// What ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what", content = "name")]
pub enum Ending {
    /// A certificate on the authority's path, by its subject.
    Certificate(String),
    /// The policy's belief in an algorithm or key size, by its name.
    Algorithm(String),
    /// The term for which the anchor is believed, by its subject.
    Trust(String),
}

/// A signature whose path passed: what it is proven by, and what binds the document to it.
pub(super) struct Passed<'a> {
    /// Its own part of the CMS.
    pub(super) info: &'a SignerInfo,
    /// The signer's path.
    pub(super) path: &'a PathOutcome,
    /// The digest of the document.
    pub(super) document: Option<DigestAlgorithm>,
    /// What is known of the time of its making.
    pub(super) known: Known<'a>,
}

/// Finds the first end among what a timestamp that passed rests on: the certificates and algorithms of its path, its own
/// algorithms and that of the tree below it, and the term of the anchor. `None` where nothing of it ends.
pub(super) fn of(
    context: &ValidationContext<'_>,
    token: &TimestampToken,
    path: &PathOutcome,
    tree: Option<DigestAlgorithm>,
    accredited: bool,
) -> Option<Lasting> {
    let mut all = of_chain(context.policy, &path.chain);
    let own = path.chain.first().map(|signer| {
        let info = &token.signed_data.signer;
        weak(context.policy, Instant::MAX, info, signer, Some(token.imprint.algorithm))
    });
    all.extend(own.into_iter().flatten().filter_map(of_weak));
    let judged = tree.map(|tree| (tree, context.policy.judge(AlgorithmUse::Digest(tree), Instant::MAX)));
    all.extend(judged.and_then(|(tree, judged)| ended(tree.name().to_owned(), judged)));
    // Those who answer for accredited authorities are asked first, the others after them.
    let others = [context.tsa_trust, context.trust];
    let sets = if accredited { &others[..] } else { &others[1..] };
    all.extend(term(sets, Purpose::Timestamping, token.gen_time, path));
    first(all)
}

/// Finds until when a timestamp of a file holds that passed: by itself, or as what timestamps over it prove.
pub(super) fn of_stamp<'t>(
    material: &Material<'_>,
    judged: &JudgedToken,
    known: Known<'_>,
    over: impl Iterator<Item = &'t JudgedToken>,
) -> Option<Lasting> {
    let (token, path) = judged.token.as_ref().zip(judged.path.as_ref()).filter(|_| judged.outcome.is_passed())?;
    let alone = stands_alone(path).then(|| of(material.context, token, path, None, judged.report.accredited)).flatten();
    while_proven(material, path, Purpose::Timestamping, known, (longest(over), alone))
}

/// Finds until when a signature holds: by its signer's own path, or for as long as a timestamp proves when it was made and
/// what is known of that time stays good. Timestamps before the newest, and the signer's certificate, may end meanwhile where
/// the security store proves that they were good (EN 319 102-1, 5.6.2).
pub(super) fn of_signature(material: &Material<'_>, passed: &Passed<'_>, stamps: Option<Lasting>) -> Option<Lasting> {
    let (context, path) = (material.context, passed.path);
    let mut all = of_chain(context.policy, &path.chain);
    let own = path.chain.first().map(|signer| weak(context.policy, Instant::MAX, passed.info, signer, passed.document));
    all.extend(own.into_iter().flatten().filter_map(of_weak));
    all.extend(term(&[context.trust], Purpose::Signing, context.at, path));
    let is_believed = |anchor| context.trust.believed(Purpose::Signing, context.at, Instant::MIN).contains(anchor);
    let alone = first(all).filter(|_| stands_alone(path) && path.chain.last().is_some_and(is_believed));
    while_proven(material, path, Purpose::Signing, passed.known, (stamps, alone))
}

/// Returns the end of whichever of the timestamps that passed holds longest.
pub(super) fn longest<'t>(stamps: impl Iterator<Item = &'t JudgedToken>) -> Option<Lasting> {
    last(stamps.filter(|stamp| stamp.outcome.is_passed()).filter_map(|stamp| stamp.lasts.clone()))
}

/// Returns the end of something that is proven to have existed: before that of the proof, that of a path which without further
/// proof says nothing any more of the time before; else that of the proof, or its own beyond it.
fn while_proven(
    material: &Material<'_>,
    path: &PathOutcome,
    purpose: Purpose,
    known: Known<'_>,
    (proof, alone): (Option<Lasting>, Option<Lasting>),
) -> Option<Lasting> {
    let (Existence::Proven(at), Some(proof)) = (known.existence, proof) else { return alone };
    material.look_ahead(path, purpose, known, at);
    let policy = material.context.policy;
    let mut ends: Vec<Lasting> = path.chain.iter().skip(1).map(of_certificate).collect();
    ends.extend(of_algorithms(policy, &path.chain));
    for (need, issuer) in path.statements.iter().zip(path.chain.iter().skip(1)) {
        ends.extend(need.proof.iter().flat_map(|proof| of_statement(policy, proof, issuer)));
    }
    ends.retain(|end| material.context.at <= end.until && end.until < proof.until);
    ends.sort_by_key(|end| end.until);
    let second = jiff::SignedDuration::from_secs(1);
    let undoes = |end: &Lasting| {
        let after = end.until.checked_add(second).unwrap_or(Instant::MAX);
        // A list that is not due to be followed yet hides for some days that none follows.
        let is_authority = matches!(end.ending, Ending::Certificate(_));
        let stale = is_authority.then(|| material.last_list_ends(path, end.until)).flatten();
        let stale = stale.and_then(|stale| stale.checked_add(second).ok()).filter(|stale| *stale > after);
        [Some(after), stale].into_iter().flatten().any(|then| !material.is_good_later(path, purpose, known, (at, then)))
    };
    ends.into_iter().find(undoes).or_else(|| last(alone.into_iter().chain([proof])))
}

/// Tells whether a path would pass without proof of the time: whatever was revoked since would count.
fn stands_alone(path: &PathOutcome) -> bool {
    path.outcome.is_passed() && !path.findings.iter().any(|finding| finding.code == "path-revoked-later")
}

fn first(all: Vec<Lasting>) -> Option<Lasting> {
    all.into_iter().min_by_key(|lasting| lasting.until)
}

fn last(all: impl Iterator<Item = Lasting>) -> Option<Lasting> {
    all.max_by_key(|lasting| lasting.until)
}

fn of_chain(policy: &ValidationPolicy, chain: &[Certificate]) -> Vec<Lasting> {
    chain.iter().map(of_certificate).chain(of_algorithms(policy, chain)).collect()
}

fn of_certificate(one: &Certificate) -> Lasting {
    Lasting { until: one.not_after(), ending: Ending::Certificate(one.subject()) }
}

/// Returns the ends of the algorithms and keys by which the certificates of a path are signed.
fn of_algorithms(policy: &ValidationPolicy, chain: &[Certificate]) -> Vec<Lasting> {
    let signed = chain.windows(2).map(|pair| (pair[0].signature_algorithm(), &pair[1]));
    signed.filter_map(|(algorithm, signer)| of_signed(policy, algorithm, signer)).collect()
}

/// Returns the ends of the algorithms and keys by which a statement on revocation is signed.
fn of_statement(policy: &ValidationPolicy, proof: &RevocationProof, issuer: &Certificate) -> Vec<Lasting> {
    let signer = proof.signers.first().unwrap_or(issuer);
    proof.signed().into_iter().filter_map(|(algorithm, _)| of_signed(policy, algorithm, signer)).collect()
}

fn of_signed(policy: &ValidationPolicy, algorithm: &AlgorithmIdentifier, signer: &Certificate) -> Option<Lasting> {
    let (scheme, key) = (scheme_of(algorithm, None).ok()?, key_facts(signer.spki_der()).ok()?);
    ended(scheme_name(scheme), policy.judge(AlgorithmUse::Signature(scheme, key), Instant::MAX))
}

fn of_weak(one: Weak) -> Option<Lasting> {
    ended(one.name, one.judged)
}

fn ended(name: String, judged: Judged) -> Option<Lasting> {
    let ending = Ending::Algorithm(name);
    match judged {
        Judged::Strong => None,
        Judged::OutdatedSince(until) => Some(Lasting { until, ending }),
        Judged::NeverAccepted => Some(Lasting { until: Instant::MIN, ending }),
    }
}

/// Returns the end of the longest term for which the anchor is believed about a time; `None` where one is open, or a statement
/// from after it says already that the certificate was not revoked (EN 319 102-1, 5.2.6).
fn term(sets: &[&TrustAnchors], purpose: Purpose, at: Instant, path: &PathOutcome) -> Option<Lasting> {
    let anchor = path.chain.last()?;
    let believed = sets.iter().map(|set| set.believed(purpose, at, Instant::MIN));
    let ends: Vec<Option<Instant>> = believed
        .flat_map(|set| {
            set.iter().filter(|(one, _)| *one == anchor).map(|(_, its)| its.term.before).collect::<Vec<_>>()
        })
        .collect();
    let end = ends.into_iter().collect::<Option<Vec<Instant>>>()?.into_iter().max()?;
    let stated = path.statements.first().and_then(|need| need.proof.as_ref()).map(|proof| proof.issued);
    let is_backed = purpose == Purpose::Timestamping && stated.is_some_and(|stated| stated >= end);
    (!is_backed).then(|| Lasting { until: end, ending: Ending::Trust(anchor.subject()) })
}
