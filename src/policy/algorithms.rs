//! Until when an algorithm or key size is believed, by date (N13; dates after ETSI TS 119 312 and CRYPTREC).

use super::ValidationPolicy;
use crate::crypto::{KeyFacts, KeyKind, SignatureScheme};
use crate::digest::DigestAlgorithm;
use crate::time::Instant;

/// What an algorithm is used for: one that no longer resists collisions may still serve for a while where only
/// second preimages matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlgorithmUse {
    /// A digest that is signed, or stamped.
    Digest(DigestAlgorithm),
    /// A signature by a key.
    Signature(SignatureScheme, KeyFacts),
}

/// What the policy says of an algorithm at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// Strong enough at that time.
    Strong,
    /// Strong enough before the instant, not at that time.
    OutdatedSince(Instant),
    /// Never accepted.
    NeverAccepted,
}

impl ValidationPolicy {
    /// Judges an algorithm at a time; the time is the one at which the object is proven to have existed.
    pub fn judge(&self, used: AlgorithmUse, at: Instant) -> Judged {
        match used {
            AlgorithmUse::Digest(digest) => self.judge_digest(digest, at),
            AlgorithmUse::Signature(scheme, key) => {
                let digest = match scheme {
                    SignatureScheme::RsaPkcs1(digest)
                    | SignatureScheme::RsaPss(digest)
                    | SignatureScheme::Ecdsa(digest)
                    | SignatureScheme::Dsa(digest) => self.judge_digest(digest, at),
                    SignatureScheme::RsaPssWith(parameters) => {
                        worse(self.judge_digest(parameters.digest, at), self.judge_digest(parameters.mask, at))
                    }
                    SignatureScheme::Ed25519 | SignatureScheme::Ed448 => Judged::Strong,
                };
                worse(digest, self.judge_key(key, at))
            }
        }
    }

    fn judge_digest(&self, digest: DigestAlgorithm, at: Instant) -> Judged {
        until(self.digest_until(digest), at)
    }

    fn judge_key(&self, key: KeyFacts, at: Instant) -> Judged {
        if key.kind == KeyKind::Other {
            return Judged::NeverAccepted;
        }
        let steps = match key.kind {
            KeyKind::Rsa => self.rsa_steps(),
            KeyKind::Dsa => self.dsa_steps(),
            _ => self.ec_steps(),
        };
        // Steps ascend by size; the largest that the key reaches decides.
        match steps.iter().rev().find(|(bits, _)| key.bits >= *bits) {
            Some((_, limit)) => until(*limit, at),
            None => Judged::NeverAccepted,
        }
    }
}

fn until(limit: Option<Instant>, at: Instant) -> Judged {
    match limit {
        Some(limit) if at >= limit => Judged::OutdatedSince(limit),
        _ => Judged::Strong,
    }
}

fn worse(one: Judged, other: Judged) -> Judged {
    match (one, other) {
        (Judged::NeverAccepted, _) | (_, Judged::NeverAccepted) => Judged::NeverAccepted,
        (Judged::OutdatedSince(a), Judged::OutdatedSince(b)) => Judged::OutdatedSince(a.min(b)),
        (Judged::OutdatedSince(a), _) | (_, Judged::OutdatedSince(a)) => Judged::OutdatedSince(a),
        _ => Judged::Strong,
    }
}
