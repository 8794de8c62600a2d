//! SignedData: made here and read by OpenSSL, made by OpenSSL and read here, tampered with.

use super::openssl::Bench;
use super::pki::{TestEntropy, instant, pki};
use fumikura::asn1::{Certificate, oid, pem_encode};
use fumikura::cms::{AttributeOrder, CmsError, SignedData, SigningIdentity, add_signature_timestamp, sign_detached};
use fumikura::crypto::{CryptoError, SignatureScheme, Signer};
use fumikura::digest::DigestAlgorithm::{self, Sha1, Sha256, Sha384, Sha512};
use std::sync::Arc;

const CONTENT: &[u8] = "通知書の中身".as_bytes();

fn signed(name: &str, scheme: SignatureScheme, digest: DigestAlgorithm) -> Vec<u8> {
    sign_detached(&digest.digest(CONTENT), &pki().identity(name), scheme).expect("a test identity signs")
}

fn pem(certificate: &Certificate) -> String {
    pem_encode("CERTIFICATE", certificate.der()).to_string()
}

fn schemes() -> Vec<(&'static str, SignatureScheme, DigestAlgorithm)> {
    use SignatureScheme::{Ecdsa, Ed25519, RsaPkcs1, RsaPss};
    let mut all = vec![
        ("signer-p256", Ecdsa(Sha256), Sha256),
        ("signer-p384", Ecdsa(Sha384), Sha384),
        ("signer-p521", Ecdsa(Sha512), Sha512),
        ("signer-ed25519", Ed25519, Sha512),
    ];
    for name in ["signer-rsa2048", "signer-rsa3072", "signer-rsa4096"] {
        for digest in [Sha256, Sha384, Sha512] {
            all.extend([(name, RsaPkcs1(digest), digest), (name, RsaPss(digest), digest)]);
        }
    }
    all
}

#[test]
fn openssl_verifies_every_scheme() {
    let bench = Bench::new();
    bench.file("content", CONTENT);
    bench.file("root.pem", pem(pki().certificate("root")));
    // OpenSSL 3.0 has no Ed25519 in CMS.
    for (name, scheme, digest) in schemes().into_iter().filter(|(_, scheme, _)| *scheme != SignatureScheme::Ed25519) {
        bench.file("signature.der", signed(name, scheme, digest));
        let said = bench.ok(
            "cms -verify -binary -inform DER -in signature.der -content content -CAfile root.pem -purpose any -out out",
        );
        assert!(said.contains("successful"), "{name} {scheme:?}: {said}");
        let tampered = [CONTENT, b"!"].concat();
        bench.file("other", tampered);
        let refused = bench.run(
            "cms -verify -binary -inform DER -in signature.der -content other -CAfile root.pem -purpose any -out out",
        );
        assert!(!refused.status.success(), "{name} {scheme:?}: OpenSSL takes other content");
    }
}

#[test]
fn own_signatures_read_back_and_verify() {
    for (name, scheme, digest) in schemes() {
        let der = signed(name, scheme, digest);
        let read = SignedData::parse(&der).expect("own CMS is readable");
        let certificate = pki().certificate(name);
        assert_eq!(read.signer_certificate(), Some(certificate));
        let verified = read.verify_signature(certificate).expect("own signature verifies");
        assert_eq!(verified.order, AttributeOrder::AsEncoded);
        read.verify_digest(&digest.digest(CONTENT)).expect("own digest fits");
        assert_eq!(read.verify_digest(&digest.digest(b"other")), Err(CmsError::DigestMismatch));
        assert_eq!(read.signer.scheme, Ok(scheme));
        assert_eq!(read.der, der, "DER goes through unchanged");
        assert!(!read.was_ber && !read.has_trailing_bytes && read.e_content.is_none());
        assert_eq!(read.signer.claimed_signing_time, None, "EN 319 142-1 forbids signing-time");
        assert_eq!(read.signer.signed_attributes.len(), 4);
        let reference = read.signer.signing_certificate.as_ref().expect("signing-certificate-v2 is there");
        assert!(reference.issuer_serial.is_some() && reference.fits(certificate));
        let mut attributes = read.signer.signed_attributes.iter();
        assert!(attributes.any(|attribute| attribute.oid == oid::SIGNING_CERTIFICATE_V2));
        assert!(read.signer.algorithm_protection.is_some());
        assert!(read.signer.unsigned_attributes.is_empty());
    }
}

#[test]
fn another_key_does_not_verify() {
    let read =
        SignedData::parse(&signed("signer-rsa2048", SignatureScheme::RsaPkcs1(Sha256), Sha256)).expect("readable");
    assert_eq!(read.verify_signature(pki().certificate("signer-expired")).map(|_| ()), Err(CmsError::BadSignature));
    let other_kind = read.verify_signature(pki().certificate("signer-p256"));
    assert!(matches!(other_kind, Err(CmsError::Crypto(CryptoError::SchemeNotOfKey(_)))), "{other_kind:?}");
}

#[test]
fn a_flipped_byte_never_verifies() {
    let identity = pki().identity("signer-p256");
    let der = signed("signer-p256", SignatureScheme::Ecdsa(Sha256), Sha256);
    let digest = Sha256.digest(CONTENT);
    let mut accepted = Vec::new();
    for at in 0..der.len() {
        let mut broken = der.clone();
        broken[at] ^= 0x01;
        let Ok(read) = SignedData::parse(&broken) else { continue };
        let named = read.signer.names(identity.certificate());
        let holds = read.verify_signature(identity.certificate()).is_ok() && read.verify_digest(&digest).is_ok();
        if named && holds {
            accepted.push(at);
        }
    }
    // What the signature does not cover: version numbers, digestAlgorithms, embedded certificates. All of the signed
    // attributes and the value are covered.
    let read = SignedData::parse(&der).expect("readable");
    let raw = read.signer.signed_attributes_raw.expect("signed attributes");
    for covered in [raw.as_slice(), read.signer.signature.as_slice()] {
        let start = der.windows(covered.len()).position(|window| window == covered).expect("in the CMS");
        let hit: Vec<_> = accepted.iter().filter(|at| (start..start + covered.len()).contains(at)).collect();
        assert!(hit.is_empty(), "flipped bytes within {start}+{} are accepted: {hit:?}", covered.len());
    }
}

#[test]
fn what_may_not_be_signed_is_refused() {
    let identity = pki().identity("signer-rsa2048");
    let sha1 = sign_detached(&Sha1.digest(CONTENT), &identity, SignatureScheme::RsaPkcs1(Sha1));
    assert_eq!(sha1, Err(CmsError::DigestNotForSigning("SHA-1")));
    let mixed = sign_detached(&Sha256.digest(CONTENT), &identity, SignatureScheme::RsaPkcs1(Sha512));
    assert_eq!(mixed, Err(CmsError::DigestNotOfScheme));
    let other = SigningIdentity::new(Arc::new(pki().signer("signer-p256")), pki().certificate("tsa").clone(), vec![]);
    assert!(matches!(other, Err(CmsError::KeyNotOfCertificate)));
    let same_kind = Arc::new(pki().signer("signer-expired"));
    let other = SigningIdentity::new(same_kind, pki().certificate("signer-rsa2048").clone(), vec![]);
    assert!(matches!(other, Err(CmsError::KeyNotOfCertificate)));
}

#[test]
fn signatures_by_openssl_are_read() {
    let bench = Bench::new();
    bench.file("content", CONTENT);
    bench.file("signer.pem", pem(pki().certificate("signer-rsa2048")));
    bench.file("key.pem", pem_encode("PRIVATE KEY", pki().pkcs8("signer-rsa2048")).as_bytes());
    for more in
        ["", "-cades", "-stream -indef", "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest", "-md sha512"]
    {
        bench.ok(&format!(
            "cms -sign -binary -in content -signer signer.pem -inkey key.pem -outform DER -out sig.der {more}"
        ));
        let read = SignedData::parse(&bench.read("sig.der")).unwrap_or_else(|error| panic!("{more}: {error}"));
        let certificate = read.signer_certificate().expect("embedded").clone();
        read.verify_signature(&certificate).unwrap_or_else(|error| panic!("{more}: {error}"));
        let algorithm = read.signer.digest_algorithm.expect("known");
        read.verify_digest(&algorithm.digest(CONTENT)).expect("same content");
        assert!(read.signer.claimed_signing_time.is_some(), "OpenSSL writes signing-time");
        assert_eq!(read.signer.signing_certificate.is_some(), more == "-cades", "{more}");
    }
}

#[test]
fn indefinite_length_is_read() {
    let bench = Bench::new();
    bench.file("content", CONTENT);
    bench.file("signer.pem", pem(pki().certificate("signer-p256")));
    bench.file("key.pem", pem_encode("PRIVATE KEY", pki().pkcs8("signer-p256")).as_bytes());
    // With the content inside, streaming OpenSSL writes indefinite lengths and the content in pieces.
    bench.ok(
        "cms -sign -binary -nodetach -stream -in content -signer signer.pem -inkey key.pem -outform DER -out sig.ber",
    );
    let ber = bench.read("sig.ber");
    let read = SignedData::parse(&ber).expect("BER is readable");
    assert!(read.was_ber);
    assert_eq!(read.e_content.as_deref(), Some(CONTENT));
    read.verify_content().expect("the content fits");
    read.verify_signature(pki().certificate("signer-p256")).expect("the signature verifies");
    let padded = [ber.as_slice(), &[0; 100]].concat();
    assert!(!SignedData::parse(&padded).expect("padding is taken").has_trailing_bytes);
    let followed = [ber.as_slice(), &[0, 0, 1, 0]].concat();
    assert!(SignedData::parse(&followed).expect("what follows is reported").has_trailing_bytes);
}

#[test]
fn unsorted_attributes_verify_and_are_told() {
    // A signer that digests sorted attributes but writes them in another order.
    let der = signed("signer-rsa2048", SignatureScheme::RsaPkcs1(Sha256), Sha256);
    let raw = SignedData::parse(&der).expect("readable").signer.signed_attributes_raw.expect("attributes");
    let (header, body) = raw.split_at(raw.len() - contents_length(&raw));
    let first = 2 + usize::from(body[1]);
    let swapped = [header, &body[first..], &body[..first]].concat();
    let start = der.windows(raw.len()).position(|window| window == raw).expect("in the CMS");
    let unsorted = [&der[..start], &swapped, &der[start + raw.len()..]].concat();
    let read = SignedData::parse(&unsorted).expect("readable");
    let verified = read.verify_signature(pki().certificate("signer-rsa2048")).expect("verifies sorted");
    assert_eq!(verified.order, AttributeOrder::Sorted);
}

#[test]
fn a_timestamp_is_added_and_openssl_stays_content() {
    let bench = Bench::new();
    bench.file("content", CONTENT);
    bench.file("root.pem", pem(pki().certificate("root")));
    let der = signed("signer-rsa2048", SignatureScheme::RsaPkcs1(Sha256), Sha256);
    let value = SignedData::parse(&der).expect("readable").signer.signature;
    let source = super::tsp::source("tsa", instant(super::pki::NOW));
    let token = fumikura::tsp::obtain(&source, &Sha256.digest(&value), &TestEntropy).expect("a token");
    let stamped = add_signature_timestamp(&der, token.der()).expect("the token is added");
    let read = SignedData::parse(&stamped).expect("readable");
    assert_eq!(read.signer.signature_timestamps, vec![token.der().to_vec()]);
    assert_eq!(read.signer.signature, value);
    read.verify_signature(pki().certificate("signer-rsa2048")).expect("still verifies");
    bench.file("signature.der", &stamped);
    bench.ok(
        "cms -verify -binary -inform DER -in signature.der -content content -CAfile root.pem -purpose any -out out",
    );
    let twice = add_signature_timestamp(&stamped, token.der()).expect("a second token is added");
    assert_eq!(SignedData::parse(&twice).expect("readable").signer.signature_timestamps.len(), 2);
}

#[test]
fn the_default_scheme_takes_the_digest_asked_for() {
    assert_eq!(pki().signer("signer-p384").default_scheme(Sha256), SignatureScheme::Ecdsa(Sha256));
    assert_eq!(pki().signer("signer-rsa2048").default_scheme(Sha512), SignatureScheme::RsaPkcs1(Sha512));
}

fn contents_length(tlv: &[u8]) -> usize {
    fumikura::asn1::Tlv::read(tlv).expect("a value").0.value.len()
}
