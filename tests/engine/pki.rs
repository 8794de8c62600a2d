//! Makes the test PKI that `tests/data/pki.toml` declares. Other tests take identities, anchors and lists from here.

use fumikura::asn1::{
    BasicConstraints, Certificate, CertificateList, Extension, KeyUsage, Name, Oid, RevocationReason, RevokedEntry,
    oid, writer,
};
use fumikura::cms::SigningIdentity;
use fumikura::crypto::{CryptoError, Entropy, Signer};
use fumikura::digest::DigestAlgorithm;
use fumikura::keystore::{KeyAlgorithm, SoftwareSigner, generate};
use fumikura::pki::issue::{CertificateTemplate, CrlTemplate, Issuer, issue_certificate, issue_crl};
use fumikura::pki::{Budget, PathRequest, Purpose, TrustAnchors, View};
use fumikura::policy::ValidationPolicy;
use fumikura::time::Instant;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// A time at which everything that is not broken is valid.
pub const NOW: &str = "2026-06-01T00:00:00Z";

/// Reads an instant.
pub fn instant(text: &str) -> Instant {
    text.parse().expect("an instant in RFC 3339")
}

/// Makes the question whether certificates are good for anything at [`NOW`].
pub fn question<'a>(
    intermediates: &'a [Certificate],
    anchors: &'a TrustAnchors,
    crls: &'a [CertificateList],
    policy: &'a ValidationPolicy,
) -> PathRequest<'a> {
    PathRequest {
        intermediates,
        anchors,
        crls,
        ocsps: &[],
        at: instant(NOW),
        now: instant(NOW),
        view: View::Certificate,
        purpose: Purpose::Any,
        policy,
        budget: Budget::default(),
        verified: None,
    }
}

/// Randomness from the operating system, for tests.
#[derive(Clone, Copy, Debug)]
pub struct TestEntropy;

impl Entropy for TestEntropy {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), CryptoError> {
        fumikura::cli::SystemEntropy::default().fill(buffer)
    }
}

/// The test PKI.
pub struct TestPki {
    certificates: BTreeMap<String, Certificate>,
    issuers: BTreeMap<String, String>,
    keys: BTreeMap<String, Vec<u8>>,
    crls: BTreeMap<String, CertificateList>,
}

/// Returns the test PKI, made once per process.
pub fn pki() -> &'static TestPki {
    static PKI: OnceLock<TestPki> = OnceLock::new();
    PKI.get_or_init(TestPki::make)
}

impl TestPki {
    /// Returns a certificate by its name in the file.
    pub fn certificate(&self, name: &str) -> &Certificate {
        self.certificates.get(name).unwrap_or_else(|| panic!("no certificate {name}"))
    }

    /// Returns a private key in PKCS#8 DER.
    pub fn pkcs8(&self, name: &str) -> &[u8] {
        self.keys.get(name).unwrap_or_else(|| panic!("no key {name}"))
    }

    /// Returns a signer.
    pub fn signer(&self, name: &str) -> SoftwareSigner {
        SoftwareSigner::from_pkcs8(self.pkcs8(name)).expect("a test key is readable")
    }

    /// Returns key, certificate and the issuing CAs below the root.
    pub fn identity(&self, name: &str) -> SigningIdentity {
        SigningIdentity::new(Arc::new(self.signer(name)), self.certificate(name).clone(), self.chain(name))
            .expect("a test key belongs to its certificate")
    }

    /// Returns the issuing CAs of a certificate, without the certificate and without the root.
    pub fn chain(&self, name: &str) -> Vec<Certificate> {
        let mut chain = Vec::new();
        let mut at = &self.issuers[name];
        while self.issuers[at] != *at {
            chain.push(self.certificate(at).clone());
            at = &self.issuers[at];
        }
        chain
    }

    /// Returns every CA below the roots.
    pub fn intermediates(&self) -> Vec<Certificate> {
        let others = self.certificates.iter().filter(|(name, _)| self.issuers[*name] != **name);
        others.map(|(_, certificate)| certificate.clone()).filter(Certificate::is_ca).collect()
    }

    /// Returns the one trusted root.
    pub fn anchors(&self) -> TrustAnchors {
        TrustAnchors::new([self.certificate("root").clone()])
    }

    /// Returns every list.
    pub fn crls(&self) -> Vec<CertificateList> {
        self.crls.values().cloned().collect()
    }

    /// Returns one list.
    pub fn crl(&self, name: &str) -> &CertificateList {
        self.crls.get(name).unwrap_or_else(|| panic!("no list {name}"))
    }

    fn make() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pki.toml");
        let text = std::fs::read_to_string(path).expect("tests/data/pki.toml is readable");
        let file: File = toml::from_str(&text).expect("tests/data/pki.toml is as declared");
        let mut pki = Self {
            certificates: BTreeMap::new(),
            issuers: BTreeMap::new(),
            keys: BTreeMap::new(),
            crls: BTreeMap::new(),
        };
        for (name, entry) in &file.certificates {
            let key = entry.key.as_ref().unwrap_or(&file.defaults.key);
            pki.keys.insert(name.clone(), cached_key(name, key));
            pki.issuers.insert(name.clone(), entry.issuer.clone());
        }
        for (name, entry) in &file.certificates {
            pki.certificates.insert(name.clone(), pki.issue(name, entry, &file.defaults));
        }
        for (name, entry) in &file.crls {
            pki.crls.insert(name.clone(), pki.issue_list(entry, &file.defaults));
        }
        pki
    }

    fn issue(&self, name: &str, entry: &CertificateEntry, defaults: &Defaults) -> Certificate {
        let (subject, issuer_name) = (self.name(name, defaults), self.name(&entry.issuer, defaults));
        let (own, issuer) = (self.signer(name), self.signer(&entry.issuer));
        let from = instant(entry.from.as_ref().unwrap_or(&defaults.from));
        let to = instant(entry.to.as_ref().unwrap_or(&defaults.to));
        let serial = serial(name);
        let mut template = CertificateTemplate::new(&subject, own.public_key_info(), &serial, from, to);
        entry.apply(&mut template);
        let issuer = Issuer { name: &issuer_name, signer: &issuer, digest: DigestAlgorithm::Sha256 };
        issue_certificate(&template, issuer).expect("a test certificate can be issued")
    }

    fn issue_list(&self, entry: &CrlEntry, defaults: &Defaults) -> CertificateList {
        let revoked = entry.revoked.iter().map(|revoked| {
            let reason = revoked.reason.and_then(RevocationReason::of_number);
            let facts = RevokedEntry { revoked_at: instant(&revoked.at), reason };
            (self.certificate(&revoked.certificate).serial().to_vec(), facts)
        });
        let template = CrlTemplate {
            this_update: instant(entry.this_update.as_deref().unwrap_or("2026-05-01T00:00:00Z")),
            next_update: instant(entry.next_update.as_deref().unwrap_or("2044-01-01T00:00:00Z")),
            number: 1,
            revoked: revoked.collect(),
            more: entry.scope.iter().map(|scope| scope_extension(scope)).collect(),
        };
        let (name, signer) = (self.name(&entry.issuer, defaults), self.signer(&entry.issuer));
        let issuer = Issuer { name: &name, signer: &signer, digest: DigestAlgorithm::Sha256 };
        issue_crl(&template, issuer).expect("a test list can be issued")
    }

    fn name(&self, name: &str, defaults: &Defaults) -> Name {
        Name::from_attributes(&[
            (oid::COUNTRY, "JP"),
            (oid::ORGANIZATION, &defaults.organization),
            (oid::COMMON_NAME, name),
        ])
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    defaults: Defaults,
    certificates: BTreeMap<String, CertificateEntry>,
    crls: BTreeMap<String, CrlEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    organization: String,
    from: String,
    to: String,
    key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateEntry {
    issuer: String,
    profile: Option<String>,
    key: Option<String>,
    from: Option<String>,
    to: Option<String>,
    path_length: Option<u64>,
    key_usage: Option<Vec<String>>,
    extended: Option<Vec<String>>,
    extended_critical: Option<bool>,
    #[serde(default)]
    unknown_critical: bool,
    #[serde(default)]
    name_constraints: bool,
    #[serde(default)]
    ocsp_no_check: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CrlEntry {
    issuer: String,
    this_update: Option<String>,
    next_update: Option<String>,
    #[serde(default)]
    revoked: Vec<Revoked>,
    scope: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoked {
    certificate: String,
    at: String,
    reason: Option<u8>,
}

impl CertificateEntry {
    fn apply(&self, template: &mut CertificateTemplate<'_>) {
        let signs = KeyUsage::DIGITAL_SIGNATURE.and(KeyUsage::NON_REPUDIATION);
        let (usage, extended): (_, &[&str]) = match self.profile.as_deref() {
            Some("ca") => {
                template.basic_constraints = Some(BasicConstraints { ca: true, path_length: self.path_length });
                (KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN), &[])
            }
            Some("tsa") => (KeyUsage::DIGITAL_SIGNATURE, &["time-stamping"]),
            Some("responder") => (KeyUsage::DIGITAL_SIGNATURE, &["ocsp-signing"]),
            Some("signer") | None => (signs, &[]),
            Some(other) => panic!("no profile {other}"),
        };
        template.key_usage = Some(self.key_usage.as_ref().map_or(usage, |names| key_usage(names)));
        let own = self.extended.as_ref().map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
        let usages: Vec<Oid> = own.as_deref().unwrap_or(extended).iter().map(|name| extended_usage(name)).collect();
        let critical = self.extended_critical.unwrap_or(self.profile.as_deref() == Some("tsa"));
        template.extended_key_usage = (!usages.is_empty()).then_some((usages, critical));
        if self.unknown_critical {
            let unknown = Oid::new_unwrap("1.3.6.1.4.1.55555.1");
            template.more.push(Extension { oid: unknown, critical: true, value: writer::null() });
        }
        if self.ocsp_no_check {
            template.more.push(Extension { oid: oid::OCSP_NO_CHECK, critical: false, value: writer::null() });
        }
        if self.name_constraints {
            let everything = writer::context(4, &[writer::sequence::<Vec<u8>>(&[])]);
            let permitted = writer::context(0, &[writer::sequence(&[everything])]);
            let value = writer::sequence(&[permitted]);
            template.more.push(Extension { oid: oid::NAME_CONSTRAINTS, critical: true, value });
        }
    }
}

fn key_usage(names: &[String]) -> KeyUsage {
    names.iter().fold(KeyUsage(0), |set, name| {
        set.and(match name.as_str() {
            "key-encipherment" => KeyUsage::KEY_ENCIPHERMENT,
            "crl-sign" => KeyUsage::CRL_SIGN,
            "cert-sign" => KeyUsage::KEY_CERT_SIGN,
            other => panic!("no key usage {other}"),
        })
    })
}

fn extended_usage(name: &str) -> Oid {
    match name {
        "time-stamping" => oid::KP_TIME_STAMPING,
        "document-signing" => oid::KP_DOCUMENT_SIGNING,
        "email" => oid::KP_EMAIL_PROTECTION,
        "ocsp-signing" => oid::KP_OCSP_SIGNING,
        other => panic!("no extended usage {other}"),
    }
}

fn scope_extension(scope: &str) -> Extension {
    assert_eq!(scope, "attribute-certificates", "the one scope that is declared");
    let value = writer::sequence(&[writer::tlv(0x85, &[0xff])]);
    Extension { oid: oid::ISSUING_DISTRIBUTION_POINT, critical: true, value }
}

pub fn serial(name: &str) -> Vec<u8> {
    let mut serial = DigestAlgorithm::Sha256.digest(name.as_bytes()).bytes;
    serial.truncate(16);
    serial[0] = serial[0] & 0x7f | 0x40;
    serial
}

/// Returns a key from the cache below the target folder, or makes it and puts it there.
pub(super) fn cached_key(name: &str, algorithm: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("test-keys");
    let path = folder.join(format!("{name}.{algorithm}.pk8"));
    if let Ok(bytes) = std::fs::read(&path)
        && SoftwareSigner::from_pkcs8(&bytes).is_ok()
    {
        return bytes;
    }
    let key = generate(match algorithm {
        "rsa2048" => KeyAlgorithm::Rsa2048,
        "rsa3072" => KeyAlgorithm::Rsa3072,
        "rsa4096" => KeyAlgorithm::Rsa4096,
        "p256" => KeyAlgorithm::P256,
        "p384" => KeyAlgorithm::P384,
        "p521" => KeyAlgorithm::P521,
        "ed25519" => KeyAlgorithm::Ed25519,
        other => panic!("no key algorithm {other}"),
    });
    let key = key.expect("a test key can be generated").to_vec();
    std::fs::create_dir_all(&folder).expect("the cache folder can be made");
    // Tests run in several processes and threads: the key that is whole first is everybody's.
    let beside = folder.join(format!(".{name}.{}.{:?}", std::process::id(), std::thread::current().id()));
    std::fs::write(&beside, &key).expect("a key can be cached");
    let first = std::fs::hard_link(&beside, &path).is_ok();
    std::fs::remove_file(&beside).expect("the draft of a key can be removed");
    if first { key } else { std::fs::read(&path).expect("the cached key is readable") }
}
