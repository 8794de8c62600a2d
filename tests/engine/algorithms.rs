//! Every key by every scheme by every digest: our signatures before OpenSSL and before our own verification, and
//! OpenSSL's before ours.

use super::openssl::Bench;
use super::pki::pki;
use fumikura::asn1::pem_encode;
use fumikura::crypto::{CryptoError, PssParameters, SignatureScheme, Signer, scheme_of, signature_identifier, verify};
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
        DigestAlgorithm::Shake256 => "shake256",
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
fn pss_with_any_parameters_is_read() {
    use DigestAlgorithm::{Sha1, Sha256, Sha384, Sha512};
    let bench = Bench::new();
    bench.file("message", "起案文書");
    let (message, other) = ("起案文書".as_bytes(), "別の文書".as_bytes());
    // A modulus one bit longer than whole bytes has one byte less to encode.
    bench.ok("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2049 -out odd.pem");
    bench.file("even.pem", pem_encode("PRIVATE KEY", pki().pkcs8("signer-rsa2048")).as_bytes());
    for key in ["odd", "even"] {
        bench.ok(&format!("pkey -in {key}.pem -pubout -outform DER -out {key}.der"));
        let info = bench.read(&format!("{key}.der"));
        for (digest, mask, salt) in
            [(Sha256, Sha256, 0), (Sha256, Sha256, 20), (Sha256, Sha1, 20), (Sha512, Sha256, 64), (Sha384, Sha512, 100)]
        {
            let word = |digest: DigestAlgorithm| digest.name().to_lowercase().replace('-', "");
            let words = format!(
                "dgst -{} -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:{salt} -sigopt rsa_mgf1_md:{}",
                word(digest),
                word(mask)
            );
            bench.ok(&format!("{words} -sign {key}.pem -out value message"));
            let value = bench.read("value");
            let of = |mask, salt_bytes| SignatureScheme::RsaPssWith(PssParameters { digest, mask, salt_bytes });
            assert_eq!(verify(&info, of(mask, salt), message, &value), Ok(()), "{words}");
            let bad = Err(CryptoError::BadSignature);
            assert_eq!(verify(&info, of(mask, salt), other, &value), bad, "{words}");
            assert_eq!(verify(&info, of(mask, salt + 1), message, &value), bad, "{words}");
            assert_eq!(verify(&info, of(DigestAlgorithm::Sha3_256, salt), message, &value), bad, "{words}");
            for at in 0..value.len() {
                let mut broken = value.clone();
                broken[at] ^= 0x40;
                assert!(verify(&info, of(mask, salt), message, &broken).is_err(), "{words} {at}");
            }
        }
    }
}

#[test]
fn keys_that_are_only_read() {
    use DigestAlgorithm::{Sha1, Sha3_256, Sha256, Sha384, Sha512};
    let bench = Bench::new();
    bench.file("message", "起案文書");
    let (message, other) = ("起案文書".as_bytes(), "別の文書".as_bytes());
    let assert_verifies = |what: &str, scheme| {
        bench.ok("pkey -in key.pem -pubout -outform DER -out key.der");
        let (info, value) = (bench.read("key.der"), bench.read("value"));
        assert_eq!(verify(&info, scheme, message, &value), Ok(()), "{what}");
        assert_eq!(verify(&info, scheme, other, &value), Err(CryptoError::BadSignature), "{what}");
        for at in 0..value.len() {
            let mut broken = value.clone();
            broken[at] ^= 0x04;
            assert!(verify(&info, scheme, message, &broken).is_err(), "{what}: octet {at}");
        }
        assert_eq!(scheme_of(&signature_identifier(scheme), None), Ok(scheme));
    };
    for curve in ["P256r1", "P256t1", "P384r1", "P384t1", "P512r1", "P512t1"] {
        bench.ok(&format!("ecparam -name brainpool{curve} -genkey -noout -out key.pem"));
        for digest in [Sha1, Sha256, Sha384, Sha512, Sha3_256] {
            let word = digest.name().to_lowercase().replace("sha-", "sha");
            bench.ok(&format!("dgst -{word} -sign key.pem -out value message"));
            assert_verifies(&format!("{curve} {word}"), SignatureScheme::Ecdsa(digest));
        }
    }
    bench.ok("genpkey -algorithm ed448 -out key.pem");
    bench.ok("pkeyutl -sign -rawin -inkey key.pem -in message -out value");
    assert_verifies("Ed448", SignatureScheme::Ed448);
}

#[test]
fn shake256_gives_the_512_bits_of_openssl() {
    let bench = Bench::new();
    bench.file("message", "起案文書");
    bench.ok("dgst -shake256 -xoflen 64 -binary -out digest message");
    assert_eq!(DigestAlgorithm::Shake256.digest("起案文書".as_bytes()).bytes, bench.read("digest"));
}

#[test]
fn a_key_made_for_pss_is_used_for_nothing_else() {
    use DigestAlgorithm::{Sha256, Sha512};
    let bench = Bench::new();
    bench.file("message", "起案文書");
    bench.ok("genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha256 \
         -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32 -out key.pem");
    bench.ok("pkey -in key.pem -pubout -outform DER -out key.der");
    bench.ok("dgst -sha256 -sigopt rsa_pss_saltlen:32 -sign key.pem -out value message");
    let (info, value) = (bench.read("key.der"), bench.read("value"));
    let ask = |scheme| verify(&info, scheme, "起案文書".as_bytes(), &value);
    assert_eq!(ask(SignatureScheme::RsaPss(Sha256)), Ok(()));
    let short = PssParameters { digest: Sha256, mask: Sha256, salt_bytes: 20 };
    for scheme in
        [SignatureScheme::RsaPkcs1(Sha256), SignatureScheme::RsaPss(Sha512), SignatureScheme::RsaPssWith(short)]
    {
        assert_eq!(ask(scheme), Err(CryptoError::SchemeNotOfKey(scheme)));
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
