//! Signatures of the older forms (ISO 32000-1, 12.8.3), made by OpenSSL: PKCS #7 over a SHA-1 digest, detached without
//! signed attributes, and bare PKCS #1 values beside their certificate.

use super::bench::{Case, codes, contents, first, replaced, sample, signed_by};
use crate::engine::openssl::Bench;
use crate::engine::pki::{instant, pki};
use fumikura::asn1::{Tlv, oid, pem_encode, writer};
use fumikura::cms::SignedData;
use fumikura::digest::{DigestAlgorithm, hex};
use fumikura::pdf::Limits;
use fumikura::policy::ValidationPolicy;
use fumikura::validate::{Integrity, Report, ValidateError, ValidationContext, validate};

/// SHA-1 was believed then.
const OLD_DAYS: &str = "2013-06-02T00:00:00Z";

/// A file with room for a signature, and the folder where OpenSSL makes it.
struct Prepared {
    bench: Bench,
    file: Vec<u8>,
}

impl Prepared {
    /// Signs with ours, and writes another form over it in as many bytes; the reason leaves room for the certificate.
    fn new(sub_filter: &str) -> Self {
        let bench = Bench::new();
        let signer = pki().certificate("signer-rsa2048").der();
        bench.file("key.pem", pem_encode("PRIVATE KEY", pki().pkcs8("signer-rsa2048")).as_bytes());
        bench.file("signer.pem", pem_encode("CERTIFICATE", signer).as_bytes());
        let reason = "r".repeat(2 * signer.len());
        let file = signed_by(&sample("table-1.4.pdf"), "signer-rsa2048", None, |options| {
            options.reason = Some(reason.clone());
        });
        let (old, new) = (format!("/Reason({reason})"), format!("/Cert<{}>  ", hex(signer)));
        let file = replaced(&file, old.as_bytes(), new.as_bytes());
        let named = "ETSI.CAdES.detached";
        let file = replaced(&file, named.as_bytes(), format!("{sub_filter:<19}").as_bytes());
        Self { bench, file }
    }

    /// Returns the bytes that are signed.
    fn covered(&self) -> Vec<u8> {
        let gap = contents(&self.file);
        [&self.file[..gap.start], &self.file[gap.end..]].concat()
    }

    /// Puts a signature into its place.
    fn with(&self, value: &[u8]) -> Vec<u8> {
        let gap = contents(&self.file);
        let digits = format!("<{:0<1$}>", hex(value), gap.len() - 2);
        assert_eq!(digits.len(), gap.len(), "the room suffices");
        [&self.file[..gap.start], digits.as_bytes(), &self.file[gap.end..]].concat()
    }

    /// Signs by `openssl cms` over given bytes.
    fn cms(&self, content: &[u8], options: &str) -> Vec<u8> {
        self.bench.file("content", content);
        self.bench.ok(&format!(
            "cms -sign -binary -in content -signer signer.pem -inkey key.pem -outform DER -out value {options}"
        ));
        self.bench.read("value")
    }
}

/// Judges with the authorities' certificates at hand, which these forms do not carry.
fn judged(file: &[u8]) -> Result<Report, ValidateError> {
    judged_in(&Case::default(), file)
}

fn judged_in(case: &Case, file: &[u8]) -> Result<Report, ValidateError> {
    let intermediates = pki().intermediates();
    let context = ValidationContext {
        trust: &case.trust,
        tsa_trust: &case.tsa_trust,
        crls: &case.crls,
        ocsps: &[],
        intermediates: &intermediates,
        at: case.at,
        policy: &case.policy,
        password: None,
        limits: Limits::default(),
    };
    validate(file, &context)
}

fn assert_passes(what: &str, file: &[u8]) {
    assert_passes_in(&Case::default(), what, file);
}

fn assert_passes_in(case: &Case, what: &str, file: &[u8]) {
    let report = judged_in(case, file).unwrap();
    assert_eq!(first(&report), "TOTAL-PASSED", "{what}: {:?}", codes(&report));
    assert_eq!(report.signatures[0].integrity, Integrity::Intact, "{what}");
}

/// Whatever bit is turned in what is signed or in the value, nothing passes any more.
fn assert_flips_are_seen(what: &str, file: &[u8]) {
    let gap = contents(file);
    for at in [20, gap.start - 200, gap.start + 300, gap.end + 20] {
        let mut broken = file.to_vec();
        broken[at] ^= 1;
        let Ok(report) = judged(&broken) else { continue };
        assert_ne!(first(&report), "TOTAL-PASSED", "{what}: bit at {at}");
        assert!(report.signatures.iter().all(|one| one.integrity != Integrity::Intact), "{what}: bit at {at}");
    }
}

#[test]
fn detached_without_attributes() {
    let prepared = Prepared::new("adbe.pkcs7.detached");
    for digest in ["sha256", "sha384", "sha512"] {
        let file = prepared.with(&prepared.cms(&prepared.covered(), &format!("-noattr -md {digest}")));
        assert_passes(digest, &file);
        assert_flips_are_seen(digest, &file);
    }
    let pss =
        prepared.cms(&prepared.covered(), "-noattr -md sha256 -keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:20");
    assert_passes("PSS", &prepared.with(&pss));
    let other = prepared.with(&prepared.cms(b"another content", "-noattr -md sha256"));
    assert_eq!(first(&judged(&other).unwrap()), "TOTAL-FAILED/SIG_CRYPTO_FAILURE");
    // A baseline signature names what it is about in attributes (EN 319 142-1, 6.3).
    let baseline = Prepared::new("ETSI.CAdES.detached");
    let bare = baseline.with(&baseline.cms(&baseline.covered(), "-noattr -md sha256"));
    assert_eq!(first(&judged(&bare).unwrap()), "TOTAL-FAILED/FORMAT_FAILURE");
}

#[test]
fn attributes_signed_elsewhere_are_no_document() {
    // Whoever has a signature with attributes can show their bytes as a content that was signed without any.
    let prepared = Prepared::new("adbe.pkcs7.detached");
    let mut covered = prepared.covered();
    covered[0] = 0x31;
    let file = prepared.with(&prepared.cms(&covered, "-noattr -md sha256"));
    let file = [&[0x31], &file[1..]].concat();
    if let Ok(report) = judged(&file) {
        assert_ne!(first(&report), "TOTAL-PASSED");
    }
}

#[test]
fn over_a_sha_1_digest() {
    let prepared = Prepared::new("adbe.pkcs7.sha1");
    let digest = DigestAlgorithm::Sha1.digest(&prepared.covered()).bytes;
    let text = include_str!("../../../src/policy/default.toml").replace("SHA-1 = \"2014-01-01\"", "SHA-1 = \"open\"");
    let believing = Case { policy: ValidationPolicy::from_toml(&text).unwrap(), ..Case::default() };
    for options in ["-nodetach -md sha256", "-nodetach -noattr -md sha256"] {
        let file = prepared.with(&prepared.cms(&digest, options));
        assert_passes_in(&believing, options, &file);
        assert_flips_are_seen(options, &file);
        // Whatever the signature's own digest is, what binds the document is SHA-1, which the policy has given up.
        let report = judged(&file).unwrap();
        assert_eq!(first(&report), "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE", "{options}");
        let weak = report.signatures[0].findings.iter().find(|finding| finding.code == "algorithm-too-weak").unwrap();
        assert!(weak.parameters.contains(&("algorithm", "SHA-1".to_owned())), "{options}: {weak:?}");
        let other = prepared.with(&prepared.cms(&DigestAlgorithm::Sha1.digest(b"other").bytes, options));
        assert_eq!(first(&judged(&other).unwrap()), "TOTAL-FAILED/HASH_FAILURE", "{options}");
    }
}

#[test]
fn a_bare_value_beside_its_certificate() {
    let prepared = Prepared::new("adbe.x509.rsa_sha1");
    let value = |digest: &str, content: &[u8]| {
        prepared.bench.file("content", content);
        prepared.bench.ok(&format!("dgst -{digest} -sign key.pem -out value content"));
        writer::octets(&prepared.bench.read("value"))
    };
    for digest in ["sha256", "sha512"] {
        let file = prepared.with(&value(digest, &prepared.covered()));
        assert_passes(digest, &file);
        assert_flips_are_seen(digest, &file);
    }
    // SHA-1 is recognised and judged by the policy's dates.
    let file = prepared.with(&value("sha1", &prepared.covered()));
    let report = judged(&file).unwrap();
    assert_eq!(first(&report), "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE", "{:?}", codes(&report));
    assert_eq!(report.signatures[0].integrity, Integrity::Intact);
    assert_eq!(report.signatures[0].signature_algorithm.as_deref(), Some("RSA-PKCS1-SHA-1"));
    let back_then = Case { at: instant(OLD_DAYS), ..Case::default() }.report(&file);
    assert!(!codes(&back_then).contains(&"algorithm-too-weak"), "{:?}", codes(&back_then));
    let other = prepared.with(&value("sha256", b"another content"));
    assert_eq!(first(&judged(&other).unwrap()), "TOTAL-FAILED/SIG_CRYPTO_FAILURE");
    for nothing in [&b""[..], b"\x04\x00", b"\x04\x04abcd", b"\x30\x02\x05\x00"] {
        assert_ne!(first(&judged(&prepared.with(nothing)).unwrap()), "TOTAL-PASSED");
    }
}

#[test]
fn a_baseline_signature_is_over_plain_data() {
    // EN 319 142-1, 6.3: the content type of what is signed is id-data, whatever the signer calls it.
    let baseline = Prepared::new("ETSI.CAdES.detached");
    let made =
        |options: &str| baseline.with(&baseline.cms(&baseline.covered(), &format!("-cades -md sha256 {options}")));
    assert_passes("data", &made(""));
    let report = judged(&made("-econtent_type 1.3.6.1.4.1.55555.7")).unwrap();
    assert_eq!(first(&report), "TOTAL-FAILED/FORMAT_FAILURE");
    assert!(codes(&report).contains(&"cms-content-type"), "{:?}", codes(&report));
}

#[test]
fn what_is_beside_a_signature_and_cannot_be_read_is_told() {
    let baseline = Prepared::new("ETSI.CAdES.detached");
    let value = baseline.cms(&baseline.covered(), "-cades -md sha256");
    let own = SignedData::parse(&value).unwrap();
    // Beside the signer's own, an attribute certificate of a kind that nobody reads.
    let others = writer::tlv(0xa0, &[own.certificates[0].der(), &writer::tlv(0xa2, &writer::null())].concat());
    let members = |der: &[u8]| {
        let mut contents = Tlv::read(der).unwrap().0.contents();
        let mut all = Vec::new();
        while !contents.is_empty() {
            all.push(contents.next_tlv().unwrap().raw.to_vec());
        }
        all
    };
    let explicit = members(&value).remove(1);
    let mut fields = members(&members(&explicit)[0]);
    *fields.iter_mut().find(|field| field.starts_with(&[0xa0])).unwrap() = others;
    let signed = writer::context(0, &[writer::sequence(&fields)]);
    let report = judged(&baseline.with(&writer::sequence(&[writer::oid(&oid::SIGNED_DATA), signed]))).unwrap();
    assert_eq!(first(&report), "TOTAL-PASSED", "{:?}", codes(&report));
    assert!(codes(&report).contains(&"cms-members-unreadable"), "{:?}", codes(&report));
}
