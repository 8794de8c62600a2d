//! Wycheproof's vectors for verification: RSA (PKCS #1 v1.5, PSS), ECDSA, EdDSA, DSA. What is invalid never verifies; what
//! is valid does, but for what `tests/data/wycheproof.toml` names with reasons; an entry that no longer holds fails.

use fumikura::asn1::{AlgorithmIdentifier, oid, writer};
use fumikura::crypto::{
    CryptoError, KeyKind, SignatureScheme, digest_identifier, key_facts, scheme_of, signature_identifier, verify,
};
use fumikura::digest::DigestAlgorithm;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use wycheproof::{HashFunction, TestResult};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    /// Sets whose valid vectors are not verified: by a part of their name, and why.
    unsupported: Vec<Left>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Left {
    set: String,
    reason: String,
}

/// One vector: a set's name, its number, the key, the identifier where there is one, message, signature and result.
struct Asked {
    set: String,
    test: usize,
    key: Vec<u8>,
    algorithm: Option<AlgorithmIdentifier>,
    message: Vec<u8>,
    signature: Vec<u8>,
    result: TestResult,
}

impl Asked {
    fn answer(&self) -> Result<(), CryptoError> {
        let scheme = scheme_of(self.algorithm.as_ref().ok_or(CryptoError::UnsupportedAlgorithm)?, None)?;
        verify(&self.key, scheme, &self.message, &self.signature)
    }
}

fn digest(hash: HashFunction) -> Option<DigestAlgorithm> {
    Some(match hash {
        HashFunction::Sha1 => DigestAlgorithm::Sha1,
        HashFunction::Sha2_256 => DigestAlgorithm::Sha256,
        HashFunction::Sha2_384 => DigestAlgorithm::Sha384,
        HashFunction::Sha2_512 => DigestAlgorithm::Sha512,
        HashFunction::Sha3_256 => DigestAlgorithm::Sha3_256,
        HashFunction::Sha3_384 => DigestAlgorithm::Sha3_384,
        HashFunction::Sha3_512 => DigestAlgorithm::Sha3_512,
        _ => return None,
    })
}

fn plain(scheme: fn(DigestAlgorithm) -> SignatureScheme, hash: HashFunction) -> Option<AlgorithmIdentifier> {
    digest(hash).map(|digest| signature_identifier(scheme(digest)))
}

/// Writes RSASSA-PSS-params (RFC 4055, 3.1).
fn pss(hash: HashFunction, mask: HashFunction, salt: usize) -> Option<AlgorithmIdentifier> {
    let hash = digest_identifier(digest(hash)?).to_der();
    let mask = writer::sequence(&[writer::oid(&oid::MGF1), digest_identifier(digest(mask)?).to_der()]);
    let fields =
        [writer::context(0, &[hash]), writer::context(1, &[mask]), writer::context(2, &[writer::integer(salt as u64)])];
    Some(AlgorithmIdentifier { oid: oid::RSASSA_PSS, parameters: Some(writer::sequence(&fields)) })
}

/// Gathers the vectors of one kind of signature; `$algorithm` tells the identifier of a group.
macro_rules! gather {
    ($module:ident, $into:expr, $algorithm:expr) => {
        for name in wycheproof::$module::TestName::all() {
            let set = wycheproof::$module::TestSet::load(name).expect("the vectors are readable");
            for group in set.test_groups {
                let algorithm = $algorithm(&group);
                $into.extend(group.tests.iter().map(|test| Asked {
                    set: format!("{}::{name:?}", stringify!($module)),
                    test: test.tc_id,
                    key: group.der.to_vec(),
                    algorithm: algorithm.clone(),
                    message: test.msg.to_vec(),
                    signature: test.sig.to_vec(),
                    result: test.result,
                }));
            }
        }
    };
}

fn all() -> Vec<Asked> {
    let mut all = Vec::new();
    gather!(rsa_pkcs1_verify, all, |group: &wycheproof::rsa_pkcs1_verify::TestGroup| {
        plain(SignatureScheme::RsaPkcs1, group.hash)
    });
    gather!(rsa_pss_verify, all, |group: &wycheproof::rsa_pss_verify::TestGroup| {
        pss(group.hash, group.mgf_hash?, group.salt_size)
    });
    gather!(ecdsa, all, |group: &wycheproof::ecdsa::TestGroup| plain(SignatureScheme::Ecdsa, group.hash));
    gather!(eddsa, all, |group: &wycheproof::eddsa::TestGroup| match key_facts(&group.der).ok()?.kind {
        KeyKind::Ed448 => Some(signature_identifier(SignatureScheme::Ed448)),
        _ => Some(signature_identifier(SignatureScheme::Ed25519)),
    });
    gather!(dsa, all, |group: &wycheproof::dsa::TestGroup| match group.hash {
        HashFunction::Sha1 | HashFunction::Sha2_256 => plain(SignatureScheme::Dsa, group.hash),
        _ => None,
    });
    all
}

#[test]
fn every_vector_that_applies_comes_out_right() {
    let text = include_str!("../data/wycheproof.toml");
    let exceptions: Exceptions = toml::from_str(text).expect("wycheproof.toml is as declared");
    assert!(exceptions.unsupported.iter().all(|left| left.reason.len() > 10), "every exception has its reason");
    let mut needed: BTreeSet<&str> = BTreeSet::new();
    let mut wrong: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut right = 0u32;
    for asked in all() {
        let answer = asked.answer();
        match (asked.result, &answer) {
            (TestResult::Valid, Ok(())) | (TestResult::Invalid, Err(_)) | (TestResult::Acceptable, _) => right += 1,
            (TestResult::Valid, Err(error)) => {
                let left: Vec<_> = exceptions.unsupported.iter().filter(|left| asked.set.contains(&left.set)).collect();
                needed.extend(left.iter().map(|left| left.set.as_str()));
                if left.is_empty() {
                    wrong.entry(format!("{}: valid, but {error:?}", asked.set)).or_default().push(asked.test);
                }
            }
            // For this there is no excuse.
            (TestResult::Invalid, Ok(())) => {
                wrong.entry(format!("{}: invalid, but verified", asked.set)).or_default().push(asked.test);
            }
        }
    }
    let stale = exceptions.unsupported.iter().filter(|left| !needed.contains(left.set.as_str()));
    wrong.extend(stale.map(|left| (format!("a stale exception: {}", left.set), Vec::new())));
    let wrong: Vec<String> = wrong.iter().map(|(what, tests)| format!("{what} {tests:?}")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(right > 20_000, "{right} vectors came out right");
}
