//! The same keys in every place that a key can come from, and what each place cannot do.

use crate::cli::csc_server::{PIN, Plan, Service, TOKEN};
use crate::cli::token::Hall;
use crate::engine::openssl::Bench;
use crate::engine::pki::pki;
use fumikura::asn1::pem_encode;
use fumikura::cli::SystemClock;
use fumikura::cms::SigningIdentity;
use fumikura::crypto::{SignatureScheme, Signer};
use fumikura::digest::DigestAlgorithm;
use fumikura::fetch::csc::{CscAccess, CscAddress, open as open_remote};
use fumikura::keystore::{self, KeyReference};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

const PASSPHRASE: &str = "himitsu";
/// Tells the second run of a test where the first one made its token.
const SECOND_RUN: &str = "FUMIKURA_TEST_TOKEN_MODULE";

/// Where a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    Pem,
    EncryptedPem,
    Der,
    /// PKCS#12 as older programs write it: 3DES and RC2 under SHA-1.
    OldPkcs12,
    /// PKCS#12 as OpenSSL 3 writes it: AES-256, PBKDF2, SHA-256.
    Pkcs12,
    Token,
    Remote,
}

/// What is signed with.
pub struct Algorithm {
    pub name: &'static str,
    signer: &'static str,
    pub digest: DigestAlgorithm,
    pub scheme: Option<SignatureScheme>,
}

impl Algorithm {
    pub const ALL: [Self; 13] = {
        use DigestAlgorithm::{Sha3_256, Sha3_512, Sha256, Sha384, Sha512};
        use SignatureScheme::RsaPss;
        const fn of(
            name: &'static str,
            signer: &'static str,
            digest: DigestAlgorithm,
            scheme: Option<SignatureScheme>,
        ) -> Algorithm {
            Algorithm { name, signer, digest, scheme }
        }
        [
            of("rsa2048-pkcs1", "signer-rsa2048", Sha256, None),
            of("rsa2048-pss", "signer-rsa2048", Sha256, Some(RsaPss(Sha256))),
            of("rsa3072-pkcs1", "signer-rsa3072", Sha384, None),
            of("rsa4096-pkcs1", "signer-rsa4096", Sha512, None),
            of("rsa4096-pss", "signer-rsa4096", Sha512, Some(RsaPss(Sha512))),
            of("p256", "signer-p256", Sha256, None),
            of("p384", "signer-p384", Sha384, None),
            of("p521", "signer-p521", Sha512, None),
            of("ed25519", "signer-ed25519", Sha512, None),
            of("p384-sha256", "signer-p384", Sha256, None),
            of("rsa2048-sha3-pkcs1", "signer-rsa2048", Sha3_256, None),
            of("rsa2048-sha3-pss", "signer-rsa2048", Sha3_512, Some(RsaPss(Sha3_512))),
            of("p256-sha3", "signer-p256", Sha3_256, None),
        ]
    };
}

/// What a place cannot do. Whatever is not here must work.
const CANNOT: [(KeyKind, &str); 5] = [
    // SoftHSM has no mask generation with SHA-3.
    (KeyKind::Token, "rsa2048-sha3-pss"),
    // A service is sent digests, and Ed25519 signs messages (RFC 8419, 3.1); that of the tests knows SHA-2 only.
    (KeyKind::Remote, "ed25519"),
    (KeyKind::Remote, "rsa2048-sha3-pkcs1"),
    (KeyKind::Remote, "rsa2048-sha3-pss"),
    (KeyKind::Remote, "p256-sha3"),
];

/// Every key in every place.
pub struct Keys {
    signers: BTreeMap<(KeyKind, &'static str), Arc<dyn Signer>>,
    _services: Vec<Service>,
}

impl Keys {
    /// Opens all of them. SoftHSM reads its settings from the environment of the process: where they are not there yet, a
    /// token is made, the test of this name runs again beside it, and none is returned. Without SoftHSM tokens are left out.
    pub fn all(test: &str) -> Option<Self> {
        let names: BTreeSet<&'static str> = Algorithm::ALL.iter().map(|one| one.signer).collect();
        let module = std::env::var_os(SECOND_RUN);
        if module.is_none()
            && let Some(hall) = Hall::with(&names.iter().copied().collect::<Vec<_>>())
        {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args([test, "--exact", "--nocapture"]).env(SECOND_RUN, &hall.module);
            let status = hall.env(&mut command).current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap();
            assert!(status.success(), "{test} beside its token");
            return None;
        }
        let mut keys = Self { signers: BTreeMap::new(), _services: Vec::new() };
        for name in names {
            keys.open_files(name);
            if name != "signer-ed25519" {
                keys.open_remote(name);
            }
            if let Some(module) = &module {
                let uri = format!("pkcs11:object={name}?module-path={}", module.display());
                keys.open(KeyKind::Token, name, &uri, crate::cli::token::PIN);
            }
        }
        keys.hold_to_the_list();
        Some(keys)
    }

    pub fn kinds(&self) -> Vec<KeyKind> {
        self.signers.keys().map(|(kind, _)| *kind).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Returns a seal; none where its place cannot do the algorithm.
    pub fn seal(&self, kind: KeyKind, algorithm: &Algorithm) -> Option<SigningIdentity> {
        let signer = Arc::clone(self.signers.get(&(kind, algorithm.signer))?);
        let (own, chain) = (pki().certificate(algorithm.signer).clone(), pki().chain(algorithm.signer));
        let can = !CANNOT.contains(&(kind, algorithm.name));
        can.then(|| SigningIdentity::new(signer, own, chain).unwrap())
    }

    fn open(&mut self, kind: KeyKind, name: &'static str, reference: &str, secret: &str) {
        let reference: KeyReference = reference.parse().unwrap();
        let opened = keystore::open(&reference, || Some(Zeroizing::new(secret.to_owned())));
        let opened = opened.unwrap_or_else(|error| panic!("{kind:?} {name}: {error}"));
        self.signers.insert((kind, name), opened.signer);
    }

    fn open_files(&mut self, name: &'static str) {
        let bench = Bench::new();
        bench.file("key.pem", pem_encode("PRIVATE KEY", pki().pkcs8(name)).as_bytes());
        bench.file("key.der", pki().pkcs8(name));
        bench.file("own.crt", pem_encode("CERTIFICATE", pki().certificate(name).der()).as_bytes());
        bench.ok(&format!("pkcs8 -topk8 -in key.pem -out locked.pem -passout pass:{PASSPHRASE}"));
        let export = format!("pkcs12 -export -inkey key.pem -in own.crt -passout pass:{PASSPHRASE}");
        bench.ok(&format!("{export} -out new.p12"));
        bench.ok(&format!("{export} -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-RC2-40 -macalg sha1 -legacy -out old.p12"));
        for (kind, file) in [
            (KeyKind::Pem, "key.pem"),
            (KeyKind::EncryptedPem, "locked.pem"),
            (KeyKind::Der, "key.der"),
            (KeyKind::Pkcs12, "new.p12"),
            (KeyKind::OldPkcs12, "old.p12"),
        ] {
            self.open(kind, name, &format!("file:{}", bench.path(file).display()), PASSPHRASE);
        }
    }

    fn open_remote(&mut self, name: &'static str) {
        let algorithms: &[&str] = match name.contains("rsa") {
            true => &["1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"],
            false => &["1.2.840.10045.2.1"],
        };
        let service = Service::start(Plan { name, algorithms, ..Plan::default() });
        let address: CscAddress = format!("{}?credential=%E5%8D%B0%201", service.base).parse().unwrap();
        let access = CscAccess {
            token: Zeroizing::new(TOKEN.to_owned()),
            credential_token: None,
            allows_plain_loopback: true,
            timeout: Duration::from_secs(10),
            patience: Duration::from_secs(2),
        };
        let opened =
            open_remote(&address, access, Arc::new(SystemClock), &mut |_| Some(Zeroizing::new(PIN.to_owned())));
        self.signers.insert((KeyKind::Remote, name), Arc::new(opened.unwrap()));
        self._services.push(service);
    }

    /// Asks every key for every algorithm of its own: what fails stands in the list, and nothing else does.
    fn hold_to_the_list(&self) {
        for kind in self.kinds() {
            for algorithm in &Algorithm::ALL {
                let signed = self.signers.get(&(kind, algorithm.signer)).map(|signer| {
                    let usual = signer.default_scheme(algorithm.digest);
                    signer.sign(algorithm.scheme.unwrap_or(usual), b"message")
                });
                let can = signed.as_ref().is_some_and(Result::is_ok);
                let is_listed = CANNOT.contains(&(kind, algorithm.name));
                assert_ne!(can, is_listed, "{kind:?} {} {:?}", algorithm.name, signed.and_then(Result::err));
            }
        }
    }
}
