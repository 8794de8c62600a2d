//! Every key by every scheme by every digest: our signatures before OpenSSL and before our own verification, and
//! OpenSSL's before ours.

use super::openssl::Bench;
use super::pki::pki;
use fumikura::asn1::pem_encode;
use fumikura::crypto::{CryptoError, SignatureScheme, Signer, verify};
use fumikura::digest::DigestAlgorithm;

const DIGESTS: [DigestAlgorithm; 6] = [
    DigestAlgorithm::Sha256,
    DigestAlgorithm::Sha384,
    DigestAlgorithm::Sha512,
    DigestAlgorithm::Sha3_256,
    DigestAlgorithm::Sha3_384,
    DigestAlgorithm::Sha3_512,
];

/// Returns the schemes of a key of the test PKI, each with OpenSSL's words for it.
fn schemes(name: &str) -> Vec<(SignatureScheme, String)> {
    let word = |digest: DigestAlgorithm| match digest {
        DigestAlgorithm::Sha256 => "sha256",
        DigestAlgorithm::Sha384 => "sha384",
        DigestAlgorithm::Sha512 => "sha512",
        DigestAlgorithm::Sha3_256 => "sha3-256",
        DigestAlgorithm::Sha3_384 => "sha3-384",
        DigestAlgorithm::Sha3_512 => "sha3-512",
        DigestAlgorithm::Sha1 => "sha1",
    };
    let of = |digest| match name.contains("rsa") {
        true => vec![
            (SignatureScheme::RsaPkcs1(digest), format!("-{}", word(digest))),
            (
                SignatureScheme::RsaPss(digest),
                format!("-{} -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest", word(digest)),
            ),
        ],
        false => vec![(SignatureScheme::Ecdsa(digest), format!("-{}", word(digest)))],
    };
    DIGESTS.into_iter().flat_map(of).collect()
}

#[test]
fn openssl_agrees_on_every_scheme() {
    let bench = Bench::new();
    bench.file("message", "起案文書");
    for name in ["signer-rsa2048", "signer-rsa4096", "signer-p256", "signer-p384", "signer-p521"] {
        let (signer, info) = (pki().signer(name), pki().certificate(name).spki_der());
        bench.file("key.pem", pem_encode("PRIVATE KEY", pki().pkcs8(name)).as_bytes());
        bench.file("public.pem", pem_encode("PUBLIC KEY", info).as_bytes());
        for (scheme, words) in schemes(name) {
            let ours =
                signer.sign(scheme, "起案文書".as_bytes()).unwrap_or_else(|error| panic!("{name} {scheme:?}: {error}"));
            verify(info, scheme, "起案文書".as_bytes(), &ours)
                .unwrap_or_else(|error| panic!("{name} {scheme:?}: {error}"));
            assert_eq!(verify(info, scheme, "別の文書".as_bytes(), &ours), Err(CryptoError::BadSignature));
            bench.file("ours", &ours);
            bench.ok(&format!("dgst {words} -verify public.pem -signature ours message"));
            bench.ok(&format!("dgst {words} -sign key.pem -out theirs message"));
            let theirs = bench.read("theirs");
            verify(info, scheme, "起案文書".as_bytes(), &theirs)
                .unwrap_or_else(|error| panic!("{name} {scheme:?}: {error}"));
            for at in [0, theirs.len() / 2, theirs.len() - 1] {
                let mut broken = theirs.clone();
                broken[at] ^= 1;
                assert!(verify(info, scheme, "起案文書".as_bytes(), &broken).is_err());
            }
        }
    }
}

#[test]
fn sha_1_signs_nothing() {
    for (name, scheme) in [
        ("signer-rsa2048", SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha1)),
        ("signer-rsa2048", SignatureScheme::RsaPss(DigestAlgorithm::Sha1)),
        ("signer-p256", SignatureScheme::Ecdsa(DigestAlgorithm::Sha1)),
        ("signer-p256", SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha256)),
        ("signer-ed25519", SignatureScheme::Ecdsa(DigestAlgorithm::Sha256)),
    ] {
        let refused = pki().signer(name).sign(scheme, b"message");
        assert_eq!(refused, Err(CryptoError::SchemeNotOfKey(scheme)), "{name}");
    }
}

#[test]
fn openssl_agrees_on_the_digests() {
    let bench = Bench::new();
    bench.file("message", vec![0x5a; 300_000]);
    for digest in DIGESTS {
        let word = digest.name().to_lowercase().replace("sha-", "sha");
        let said = bench.ok(&format!("dgst -{word} -r message"));
        let ours = digest.digest(&vec![0x5a; 300_000]).bytes;
        assert!(said.starts_with(&fumikura::digest::hex(&ours)), "{said}");
        assert_eq!(ours.len(), digest.length_bytes());
    }
}
