//! Key files: every format OpenSSL writes, wrong passphrases, wrong keys, and the demonstration PKI.

use super::openssl::Bench;
use super::pki::{TestEntropy, instant, pki};
use fumikura::asn1::pem_encode;
use fumikura::crypto::{SignatureScheme, Signer, verify};
use fumikura::digest::DigestAlgorithm;
use fumikura::fault::Fault;
use fumikura::keystore::{
    DemoPkiFiles, KeyError, KeyReference, OpenedKey, Passphrase, encrypt_pkcs8, make_demo_pki, open, open_bytes,
    write_demo_pki,
};

fn with(passphrase: &'static str) -> impl FnOnce() -> Option<Passphrase> {
    move || Some(Passphrase::new(passphrase.to_owned()))
}

fn not_asked() -> Option<Passphrase> {
    panic!("a plain key needs no passphrase")
}

fn assert_signs(opened: &OpenedKey, name: &str) {
    let signer = &opened.signer;
    assert_eq!(signer.public_key_info(), pki().certificate(name).spki_der(), "{name}");
    let scheme = signer.default_scheme(DigestAlgorithm::Sha256);
    let signature = signer.sign(scheme, b"message").expect("signs");
    verify(signer.public_key_info(), scheme, b"message", &signature).expect("verifies");
    assert!(verify(signer.public_key_info(), scheme, b"other", &signature).is_err());
}

#[test]
fn plain_formats_open() {
    let bench = Bench::new();
    for name in ["signer-rsa2048", "signer-rsa4096", "signer-p256", "signer-p384", "signer-p521", "signer-ed25519"] {
        let pem = pem_encode("PRIVATE KEY", pki().pkcs8(name));
        bench.file("key.pem", pem.as_bytes());
        assert_signs(&open_bytes(pem.as_bytes(), not_asked).expect("PKCS#8 PEM"), name);
        assert_signs(&open_bytes(pki().pkcs8(name), not_asked).expect("PKCS#8 DER"), name);
        if name == "signer-ed25519" {
            continue;
        }
        for form in ["PEM", "DER"] {
            bench.ok(&format!("pkey -in key.pem -traditional -outform {form} -out traditional"));
            let opened = open_bytes(&bench.read("traditional"), not_asked);
            assert_signs(&opened.unwrap_or_else(|error| panic!("{name} {form}: {error}")), name);
        }
    }
}

#[test]
fn encrypted_pkcs8_opens() {
    let bench = Bench::new();
    for name in ["signer-rsa2048", "signer-p256"] {
        bench.file("key.pem", pem_encode("PRIVATE KEY", pki().pkcs8(name)).as_bytes());
        for options in
            ["-v2 aes-256-cbc", "-v2 aes-128-cbc -v2prf hmacWithSHA512", "-scrypt", "-v2 aes256 -v2prf hmacWithSHA1"]
        {
            for form in ["PEM", "DER"] {
                bench.ok(&format!(
                    "pkcs8 -topk8 -in key.pem -passout pass:himitsu -outform {form} -out key.p8 {options}"
                ));
                let bytes = bench.read("key.p8");
                let opened = open_bytes(&bytes, with("himitsu")).unwrap_or_else(|e| panic!("{options} {form}: {e}"));
                assert!(opened.was_encrypted);
                assert_signs(&opened, name);
                let wrong = open_bytes(&bytes, with("wrong")).map(drop);
                assert!(matches!(wrong, Err(KeyError::WrongPassphrase)), "{options} {form}: {wrong:?}");
                let none = open_bytes(&bytes, || None).map(drop);
                assert!(matches!(none, Err(KeyError::PassphraseNeeded)), "{none:?}");
            }
        }
    }
}

#[test]
fn pkcs12_opens_with_its_certificates() {
    let bench = Bench::new();
    bench.file("key.pem", pem_encode("PRIVATE KEY", pki().pkcs8("signer-rsa2048")).as_bytes());
    bench.file("cert.pem", pem_encode("CERTIFICATE", pki().certificate("signer-rsa2048").der()).as_bytes());
    bench.file("ca.pem", pem_encode("CERTIFICATE", pki().certificate("ca").der()).as_bytes());
    for options in
        ["", "-legacy", "-certpbe NONE", "-macalg sha512", "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1"]
    {
        bench.ok(&format!(
            "pkcs12 -export -inkey key.pem -in cert.pem -certfile ca.pem -passout pass:ひみつ -out key.p12 {options}"
        ));
        let bytes = bench.read("key.p12");
        let opened = open_bytes(&bytes, with("ひみつ")).unwrap_or_else(|error| panic!("{options}: {error}"));
        assert_signs(&opened, "signer-rsa2048");
        assert_eq!(opened.certificate(), Some(pki().certificate("signer-rsa2048")));
        assert_eq!(opened.certificates[0], *pki().certificate("signer-rsa2048"), "its own comes first");
        assert!(opened.certificates.contains(pki().certificate("ca")));
        let wrong = open_bytes(&bytes, with("himitsu")).map(drop);
        assert!(matches!(wrong, Err(KeyError::WrongPassphrase)), "{options}: {wrong:?}");
    }
    bench.ok("pkcs12 -export -inkey key.pem -in cert.pem -passout pass:x -nomac -out key.p12");
    let unchecked = open_bytes(&bench.read("key.p12"), with("x")).map(drop);
    assert!(matches!(unchecked, Err(KeyError::UnsupportedEncryption)), "{unchecked:?}");
    bench.ok("pkcs12 -export -nokeys -in cert.pem -passout pass:x -out certs.p12");
    let keyless = open_bytes(&bench.read("certs.p12"), with("x")).map(drop);
    assert!(matches!(keyless, Err(KeyError::UnknownFormat)), "{keyless:?}");
}

#[test]
fn what_is_no_key_has_its_own_code() {
    let bench = Bench::new();
    let code = |bytes: &[u8]| open_bytes(bytes, || None).map(drop).map_err(|error| error.code()).expect_err("no key");
    assert_eq!(code(b""), "key-unknown-format");
    assert_eq!(code(b"<html>"), "key-unknown-format");
    assert_eq!(code(pki().certificate("root").der()), "key-unknown-format");
    let certificate = pem_encode("CERTIFICATE", pki().certificate("root").der());
    assert_eq!(code(certificate.as_bytes()), "key-unknown-format");
    let one = pem_encode("PRIVATE KEY", pki().pkcs8("signer-p256")).to_string();
    assert_eq!(code((one.clone() + &one).as_bytes()), "key-several");
    assert_eq!(code(&one.as_bytes()[..one.len() / 2]), "key-unknown-format");
    bench.ok("genrsa -traditional -out small.pem 1024");
    assert_eq!(code(&bench.read("small.pem")), "key-unsupported");
    bench.ok("ecparam -genkey -noout -name secp256k1 -out k1.pem");
    assert_eq!(code(&bench.read("k1.pem")), "key-unsupported");
    bench.ok("genrsa -traditional -aes128 -passout pass:x -out old.pem 2048");
    assert_eq!(code(&bench.read("old.pem")), "key-unsupported-encryption");
    bench.file("key.pem", one);
    bench
        .ok("pkcs8 -topk8 -in key.pem -passout pass:x -v1 PBE-MD5-DES -provider legacy -provider default -out weak.p8");
    assert_eq!(
        open_bytes(&bench.read("weak.p8"), with("x")).map(drop).map_err(|error| error.code()),
        Err("key-unsupported-encryption")
    );
}

#[test]
fn keys_cut_short_or_flipped_never_panic() {
    let encrypted = encrypt_pkcs8(pki().pkcs8("signer-p256"), "x", &TestEntropy).expect("encrypts");
    for bytes in [pki().pkcs8("signer-p256"), encrypted.as_slice()] {
        for length in 0..bytes.len() {
            assert!(open_bytes(&bytes[..length], || None).is_err());
        }
    }
    let plain = pki().pkcs8("signer-p256");
    for at in 0..plain.len() {
        let mut broken = plain.to_vec();
        broken[at] ^= 0xff;
        drop(open_bytes(&broken, || None));
    }
}

#[test]
fn openssl_opens_what_is_encrypted_here() {
    let bench = Bench::new();
    bench.file("key.p8", encrypt_pkcs8(pki().pkcs8("signer-rsa2048"), "himitsu", &TestEntropy).expect("encrypts"));
    bench.ok("pkey -inform DER -in key.p8 -passin pass:himitsu -noout -check");
}

#[test]
fn references_are_read() {
    assert!(
        matches!("file:/a/b.pem".parse(), Ok(KeyReference::File(path)) if path == std::path::Path::new("/a/b.pem"))
    );
    assert!(matches!("pkcs11:token=x".parse::<KeyReference>(), Ok(KeyReference::Token(_))));
    for bad in ["", "file:", "/a/b.pem", "http://x"] {
        assert!(matches!(bad.parse::<KeyReference>(), Err(KeyError::BadReference)), "{bad}");
    }
}

#[test]
fn pss_and_sha1() {
    let signer = pki().signer("signer-rsa2048");
    for digest in [DigestAlgorithm::Sha256, DigestAlgorithm::Sha384, DigestAlgorithm::Sha512] {
        let scheme = SignatureScheme::RsaPss(digest);
        let signature = signer.sign(scheme, b"m").expect("signs");
        verify(signer.public_key_info(), scheme, b"m", &signature).expect("verifies");
    }
    assert!(signer.sign(SignatureScheme::RsaPkcs1(DigestAlgorithm::Sha1), b"m").is_err());
    assert!(signer.sign(SignatureScheme::Ecdsa(DigestAlgorithm::Sha256), b"m").is_err());
}

#[test]
fn the_demonstration_pki_stands_and_is_not_overwritten() {
    let bench = Bench::new();
    let now = instant(super::pki::NOW);
    let pki = make_demo_pki(now, &TestEntropy).expect("is made");
    let folder = bench.path("keys");
    let files = write_demo_pki(&folder, &pki, Some("himitsu"), &TestEntropy).expect("is written");
    let again = write_demo_pki(&folder, &pki, None, &TestEntropy).map(drop);
    assert!(matches!(again, Err(KeyError::Exists)), "{again:?}");
    assert!(files.seal_key.exists(), "a refused second run leaves the first's files");
    let opened = open(&KeyReference::File(files.seal_key.clone()), with("himitsu")).expect("opens");
    assert_eq!(opened.signer.public_key_info(), pki.seal.certificate.spki_der());
    assert!(pki.seal.certificate.subject().contains("CN=見本市長"));
    assert!(pki.seal.certificate.subject().contains("DEMONSTRATION"));
    for key in [&files.root_key, &files.issuing_ca_key, &files.seal_key, &files.tsa_key, &files.service_key] {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(key).expect("exists").permissions());
        assert_eq!(mode & 0o777, 0o600);
        assert!(std::fs::read_to_string(key).expect("PEM").contains("BEGIN ENCRYPTED PRIVATE KEY"));
    }
    let at = now.as_second();
    for (certificate, purpose) in [(&files.seal_certificate, "any"), (&files.tsa_certificate, "timestampsign")] {
        bench.ok(&format!(
            "verify -x509_strict -purpose {purpose} -attime {at} -CAfile {} -untrusted {} {}",
            files.root_certificate.display(),
            files.issuing_ca_certificate.display(),
            certificate.display()
        ));
    }
    bench.ok(&format!(
        "crl -inform DER -in {} -CAfile {} -noout",
        files.root_crl.display(),
        files.root_certificate.display()
    ));
    assert_eq!(DemoPkiFiles::below(&folder).tsa_key, files.tsa_key);
}
