//! Until when a proof holds by itself: until the first of what its newest timestamp rests on ends.

use super::ValidationContext;
use super::algorithms::{scheme_name, weak};
use crate::asn1::Certificate;
use crate::crypto::{key_facts, scheme_of};
use crate::digest::DigestAlgorithm;
use crate::pki::{PathOutcome, Purpose};
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

/// Finds the first end among what a timestamp that passed rests on: the certificates and algorithms of its path, its own
/// algorithms and that of the tree below it, and the term of the anchor. `None` where nothing of it ends.
pub(super) fn of(
    context: &ValidationContext<'_>,
    token: &TimestampToken,
    path: &PathOutcome,
    tree: Option<DigestAlgorithm>,
    accredited: bool,
) -> Option<Lasting> {
    let mut all: Vec<Lasting> = Vec::new();
    let certificate =
        |one: &Certificate| Lasting { until: one.not_after(), ending: Ending::Certificate(one.subject()) };
    all.extend(path.chain.iter().map(certificate));
    all.extend(algorithms(context.policy, token, &path.chain, tree));
    all.extend(path.chain.last().and_then(|anchor| term(context, token, anchor, accredited)));
    all.into_iter().min_by_key(|lasting| lasting.until)
}

fn algorithms(
    policy: &ValidationPolicy,
    token: &TimestampToken,
    chain: &[Certificate],
    tree: Option<DigestAlgorithm>,
) -> Vec<Lasting> {
    let own = chain.first().map(|signer| {
        let info = &token.signed_data.signer;
        weak(policy, Instant::MAX, info, signer, Some(token.imprint.algorithm))
    });
    let mut all: Vec<Lasting> = own.into_iter().flatten().filter_map(|one| ended(one.name, one.judged)).collect();
    all.extend(
        tree.and_then(|tree| ended(tree.name().to_owned(), policy.judge(AlgorithmUse::Digest(tree), Instant::MAX))),
    );
    for pair in chain.windows(2) {
        let scheme = scheme_of(pair[0].signature_algorithm(), None);
        if let (Ok(scheme), Ok(key)) = (scheme, key_facts(pair[1].spki_der())) {
            let judged = policy.judge(AlgorithmUse::Signature(scheme, key), Instant::MAX);
            all.extend(ended(scheme_name(scheme), judged));
        }
    }
    all
}

fn ended(name: String, judged: Judged) -> Option<Lasting> {
    let ending = Ending::Algorithm(name);
    match judged {
        Judged::Strong => None,
        Judged::OutdatedSince(until) => Some(Lasting { until, ending }),
        Judged::NeverAccepted => Some(Lasting { until: Instant::MIN, ending }),
    }
}

/// Returns the end of the longest term for which the anchor is believed about the timestamp; `None` where one is open.
fn term(
    context: &ValidationContext<'_>,
    token: &TimestampToken,
    anchor: &Certificate,
    accredited: bool,
) -> Option<Lasting> {
    let anchors = if accredited { context.tsa_trust } else { context.trust };
    let believed = anchors.believed(Purpose::Timestamping, token.gen_time, context.at);
    let ends: Vec<Option<Instant>> =
        believed.iter().filter(|(one, _)| *one == anchor).map(|(_, belief)| belief.term.before).collect();
    let last = ends.iter().copied().collect::<Option<Vec<Instant>>>()?.into_iter().max()?;
    Some(Lasting { until: last, ending: Ending::Trust(anchor.subject()) })
}
