//! Whether what a signature or a token rests on is strong enough (EN 319 102-1 v1.4.1, 5.2.8).

use crate::asn1::Certificate;
use crate::cms::SignerInfo;
use crate::crypto::{PssParameters, SignatureScheme, key_facts};
use crate::digest::DigestAlgorithm;
use crate::policy::{AlgorithmUse, Judged, ValidationPolicy};
use crate::time::Instant;

/// An algorithm that is not strong at the time of judgement.
pub(super) struct Weak {
    /// What it is called.
    pub(super) name: String,
    /// Since when.
    pub(super) judged: Judged,
}

/// Judges everything between a signature value and what it is over: the scheme with the signer's key, the digest of the
/// content, and the digest that binds the document, which is another one where the content is itself a digest. Returns
/// what is weak.
pub(super) fn weak(
    policy: &ValidationPolicy,
    at: Instant,
    info: &SignerInfo,
    signer: &Certificate,
    document: Option<DigestAlgorithm>,
) -> Vec<Weak> {
    let by_scheme = match (&info.scheme, key_facts(signer.spki_der())) {
        (Ok(scheme), Ok(key)) => policy.judge(AlgorithmUse::Signature(*scheme, key), at),
        _ => Judged::NeverAccepted,
    };
    let by_digest = |digest: Option<DigestAlgorithm>| {
        let judged = digest.map_or(Judged::NeverAccepted, |digest| policy.judge(AlgorithmUse::Digest(digest), at));
        (judged, digest.map_or("?", DigestAlgorithm::name))
    };
    let mut all = Vec::new();
    if by_scheme != Judged::Strong {
        let name = info.scheme.clone().map_or_else(|_| "?".to_owned(), scheme_name);
        all.push(Weak { name, judged: by_scheme });
    }
    let digests = [Some(by_digest(info.digest_algorithm)), document.map(|document| by_digest(Some(document)))];
    let weak = digests.into_iter().flatten().filter(|(judged, _)| *judged != Judged::Strong);
    all.extend(weak.map(|(judged, name)| Weak { name: name.to_owned(), judged }));
    all
}

/// Returns what people call a scheme.
pub(super) fn scheme_name(scheme: SignatureScheme) -> String {
    match scheme {
        SignatureScheme::RsaPkcs1(digest) => format!("RSA-PKCS1-{}", digest.name()),
        SignatureScheme::RsaPss(digest) => format!("RSA-PSS-{}", digest.name()),
        SignatureScheme::RsaPssWith(PssParameters { digest, mask, salt_bytes }) => {
            format!("RSA-PSS-{} (MGF1-{}, salt {salt_bytes})", digest.name(), mask.name())
        }
        SignatureScheme::Ecdsa(digest) => format!("ECDSA-{}", digest.name()),
        SignatureScheme::Ed25519 => "Ed25519".to_owned(),
        SignatureScheme::Ed448 => "Ed448".to_owned(),
        SignatureScheme::Dsa(digest) => format!("DSA-{}", digest.name()),
    }
}
