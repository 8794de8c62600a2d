//! The demonstration PKI: a root, an issuing CA, an office certificate, a timestamping certificate and the service's own,
//! each marked as a demonstration in its name, so that nobody takes its seals for real ones.

use super::generate::{KeyAlgorithm, encrypt_pkcs8, generate};
use super::{KeyError, SoftwareSigner};
use crate::asn1::{BasicConstraints, Certificate, CertificateList, KeyUsage, Name, oid, pem_encode};
use crate::crypto::{Entropy, Signer};
use crate::digest::DigestAlgorithm;
use crate::pki::issue::{CertificateTemplate, CrlTemplate, Issuer, issue_certificate, issue_crl};
use crate::time::Instant;
use std::io::Write;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A certificate with its private key in PKCS#8 DER.
pub struct DemoHolder {
    /// The certificate.
    pub certificate: Certificate,
    /// The private key.
    pub pkcs8: Zeroizing<Vec<u8>>,
}

/// The demonstration PKI in memory.
pub struct DemoPki {
    /// The root, the trust anchor.
    pub root: DemoHolder,
    /// The issuing CA.
    pub issuing_ca: DemoHolder,
    /// The office certificate (職責証明書) of 見本市長.
    pub seal: DemoHolder,
    /// The timestamping certificate.
    pub tsa: DemoHolder,
    /// The certificate of the service itself, which seals reports of validations.
    pub service: DemoHolder,
    /// The revocation lists of root and issuing CA; empty of entries.
    pub crls: Vec<CertificateList>,
}

/// Where the demonstration PKI's files are.
#[derive(Clone, Debug)]
pub struct DemoPkiFiles {
    /// The root certificate, in a folder of its own to be given as trust.
    pub root_certificate: PathBuf,
    /// The root's key.
    pub root_key: PathBuf,
    /// The issuing CA's certificate.
    pub issuing_ca_certificate: PathBuf,
    /// The issuing CA's key.
    pub issuing_ca_key: PathBuf,
    /// The office certificate.
    pub seal_certificate: PathBuf,
    /// The office's key.
    pub seal_key: PathBuf,
    /// The timestamping certificate.
    pub tsa_certificate: PathBuf,
    /// The timestamping key.
    pub tsa_key: PathBuf,
    /// The service's own certificate.
    pub service_certificate: PathBuf,
    /// The service's own key.
    pub service_key: PathBuf,
    /// The root's revocation list.
    pub root_crl: PathBuf,
    /// The issuing CA's revocation list.
    pub issuing_ca_crl: PathBuf,
}

impl DemoPkiFiles {
    /// Returns where the files are, or will be, below a folder.
    pub fn below(folder: &Path) -> Self {
        let at = |name: &str| folder.join(name);
        Self {
            root_certificate: at("trust/demo-root.crt.pem"),
            root_key: at("demo-root.key.pem"),
            issuing_ca_certificate: at("demo-ca.crt.pem"),
            issuing_ca_key: at("demo-ca.key.pem"),
            seal_certificate: at("demo-seal.crt.pem"),
            seal_key: at("demo-seal.key.pem"),
            tsa_certificate: at("demo-tsa.crt.pem"),
            tsa_key: at("demo-tsa.key.pem"),
            service_certificate: at("demo-service.crt.pem"),
            service_key: at("demo-service.key.pem"),
            root_crl: at("crl/demo-root.crl"),
            issuing_ca_crl: at("crl/demo-ca.crl"),
        }
    }
}

const DAY: i64 = 86_400;
/// The city's name in every certificate.
const ORGANIZATION: &str = "見本市(デモ) DEMONSTRATION ONLY";
/// The unit's name in every certificate.
const UNIT: &str = "文庫デモ用 - 実在しない団体 NOT A REAL AUTHORITY";

/// Makes the PKI: RSA-3072 for root and CA, RSA-2048 for seal, timestamps and service; lists good for a year.
pub fn make_demo_pki(now: Instant, entropy: &dyn Entropy) -> Result<DemoPki, KeyError> {
    let root = Plan { common_name: "見本市デモルート認証局", years: 20, kind: Kind::Ca(None) };
    let root = root.make(KeyAlgorithm::Rsa3072, None, now, entropy)?;
    let ca = Plan { common_name: "見本市デモ認証局", years: 10, kind: Kind::Ca(Some(0)) };
    let issuing_ca = ca.make(KeyAlgorithm::Rsa3072, Some(&root), now, entropy)?;
    let seal = Plan { common_name: "見本市長", years: 3, kind: Kind::Seal };
    let seal = seal.make(KeyAlgorithm::Rsa2048, Some(&issuing_ca), now, entropy)?;
    let tsa = Plan { common_name: "見本市デモ時刻認証局", years: 9, kind: Kind::Timestamps };
    let tsa = tsa.make(KeyAlgorithm::Rsa2048, Some(&issuing_ca), now, entropy)?;
    let service = Plan { common_name: "見本市デモ検証サービス", years: 3, kind: Kind::Seal };
    let service = service.make(KeyAlgorithm::Rsa2048, Some(&issuing_ca), now, entropy)?;
    let crls = vec![empty_list(&root, now)?, empty_list(&issuing_ca, now)?];
    Ok(DemoPki { root, issuing_ca, seal, tsa, service, crls })
}

/// Writes the PKI below a folder, which is made where it is missing. Keys are files that only their owner reads, and
/// encrypted where there is a passphrase.
///
/// Errors: [`KeyError::Exists`] where any of the files exists; nothing is left behind then, or on any other error.
pub fn write_demo_pki(
    folder: &Path,
    pki: &DemoPki,
    passphrase: Option<&str>,
    entropy: &dyn Entropy,
) -> Result<DemoPkiFiles, KeyError> {
    let files = DemoPkiFiles::below(folder);
    let mut writes: Vec<(&PathBuf, Zeroizing<Vec<u8>>, bool)> = Vec::new();
    let holders = [
        (&pki.root, &files.root_certificate, &files.root_key),
        (&pki.issuing_ca, &files.issuing_ca_certificate, &files.issuing_ca_key),
        (&pki.seal, &files.seal_certificate, &files.seal_key),
        (&pki.tsa, &files.tsa_certificate, &files.tsa_key),
        (&pki.service, &files.service_certificate, &files.service_key),
    ];
    for (holder, certificate, key) in holders {
        let pem = pem_encode("CERTIFICATE", holder.certificate.der());
        writes.push((certificate, Zeroizing::new(pem.as_bytes().to_vec()), false));
        writes.push((key, key_pem(&holder.pkcs8, passphrase, entropy)?, true));
    }
    for (list, path) in pki.crls.iter().zip([&files.root_crl, &files.issuing_ca_crl]) {
        writes.push((path, Zeroizing::new(list.der().to_vec()), false));
    }
    let mut written: Vec<&PathBuf> = Vec::new();
    for (path, bytes, secret) in &writes {
        match write_new(path, bytes, *secret) {
            Ok(()) => written.push(path),
            Err(error) => {
                written.iter().for_each(|path| drop(std::fs::remove_file(path)));
                return Err(error);
            }
        }
    }
    Ok(files)
}

/// Writes a key as PEM: PKCS#8, encrypted where there is a passphrase.
pub fn key_pem(pkcs8: &[u8], passphrase: Option<&str>, entropy: &dyn Entropy) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let pem = match passphrase {
        Some(passphrase) => pem_encode("ENCRYPTED PRIVATE KEY", &encrypt_pkcs8(pkcs8, passphrase, entropy)?),
        None => pem_encode("PRIVATE KEY", pkcs8),
    };
    Ok(Zeroizing::new(pem.as_bytes().to_vec()))
}

/// Writes a file that must not exist yet, and syncs it. A secret one is readable by its owner alone from the start.
pub fn write_new(path: &Path, bytes: &[u8], secret: bool) -> Result<(), KeyError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => KeyError::Exists,
        _ => KeyError::File(error),
    })?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| {
        drop(std::fs::remove_file(path));
        KeyError::File(error)
    })
}

enum Kind {
    Ca(Option<u64>),
    Seal,
    Timestamps,
}

struct Plan {
    common_name: &'static str,
    years: i64,
    kind: Kind,
}

impl Plan {
    fn make(
        &self,
        algorithm: KeyAlgorithm,
        issuer: Option<&DemoHolder>,
        now: Instant,
        entropy: &dyn Entropy,
    ) -> Result<DemoHolder, KeyError> {
        let pkcs8 = generate(algorithm)?;
        let own = SoftwareSigner::from_pkcs8(&pkcs8)?;
        let subject = Name::from_attributes(&[
            (oid::COUNTRY, "JP"),
            (oid::ORGANIZATION, ORGANIZATION),
            (oid::ORGANIZATIONAL_UNIT, UNIT),
            (oid::COMMON_NAME, self.common_name),
        ]);
        let mut serial = [0; 16];
        entropy.fill(&mut serial)?;
        serial[0] = serial[0] & 0x7f | 0x40;
        let start = shifted(now, -DAY);
        let end = shifted(now, self.years * 365 * DAY);
        let mut template = CertificateTemplate::new(&subject, own.public_key_info(), &serial, start, end);
        match self.kind {
            Kind::Ca(path_length) => {
                template.basic_constraints = Some(BasicConstraints { ca: true, path_length });
                template.key_usage = Some(KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN));
            }
            Kind::Seal => {
                template.key_usage = Some(KeyUsage::DIGITAL_SIGNATURE.and(KeyUsage::NON_REPUDIATION));
            }
            Kind::Timestamps => {
                template.key_usage = Some(KeyUsage::DIGITAL_SIGNATURE);
                template.extended_key_usage = Some((vec![oid::KP_TIME_STAMPING], true));
            }
        }
        let certificate = match issuer {
            Some(issuer) => {
                let signer = SoftwareSigner::from_pkcs8(&issuer.pkcs8)?;
                let name = issuer.certificate.subject_name();
                issue_certificate(&template, Issuer { name, signer: &signer, digest: DigestAlgorithm::Sha256 })?
            }
            None => {
                issue_certificate(&template, Issuer { name: &subject, signer: &own, digest: DigestAlgorithm::Sha256 })?
            }
        };
        Ok(DemoHolder { certificate, pkcs8 })
    }
}

fn empty_list(of: &DemoHolder, now: Instant) -> Result<CertificateList, KeyError> {
    let signer = SoftwareSigner::from_pkcs8(&of.pkcs8)?;
    list(&of.certificate, &signer, shifted(now, -60), now)
}

/// Issues the demonstration's revocation list of an authority anew, as of now.
///
/// Errors: [`KeyError::Issue`].
pub fn renewed_list(of: &Certificate, signer: &dyn Signer, now: Instant) -> Result<CertificateList, KeyError> {
    list(of, signer, now, now)
}

fn list(
    of: &Certificate,
    signer: &dyn Signer,
    this_update: Instant,
    now: Instant,
) -> Result<CertificateList, KeyError> {
    let issuer = Issuer { name: of.subject_name(), signer, digest: DigestAlgorithm::Sha256 };
    let template = CrlTemplate {
        this_update,
        next_update: shifted(now, 365 * DAY),
        // Ascending with time (RFC 5280, 5.2.3).
        number: u64::try_from(this_update.as_second()).unwrap_or(1),
        revoked: Vec::new(),
        more: Vec::new(),
    };
    Ok(issue_crl(&template, issuer)?)
}

fn shifted(now: Instant, seconds: i64) -> Instant {
    now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now)
}
