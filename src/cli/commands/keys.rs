//! `fumikura keys`: the demonstration PKI, lists, imports, requests and checks. Never prints a private key.

use super::keys_demo::DemoCrl;
use super::keys_list::List;
use crate::asn1::{KeyUsage, Name, pem_encode};
use crate::cli::identity::{IdentityOptions, RemoteOptions, open_key, own_certificate};
use crate::cli::output::answer_line;
use crate::cli::{Failure, SystemClock, SystemEntropy, files, secret};
use crate::crypto::key_facts;
use crate::digest::{DigestAlgorithm, hex};
use crate::fault::Kind;
use crate::keystore::{KeyError, key_pem, make_demo_pki, write_demo_pki, write_new};
use crate::pki::issue::certification_request;
use crate::time::Clock;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to do with keys.
#[derive(Subcommand)]
pub enum Keys {
    /// デモ用の鍵と証明書を作る / Make a demonstration PKI: root, CA, seal 見本市長, timestamping, CRLs
    InitDemo(InitDemo),
    /// デモ用の失効リストを出し直す / Issue the demonstration's revocation lists anew
    DemoCrl(DemoCrl),
    /// 鍵と証明書の一覧 / List the keys and certificates of a folder
    List(List),
    /// 鍵を取り込む / Bring a key and its certificates into a folder, as encrypted PKCS#8
    Import(Import),
    /// 証明書発行要求を作る / Make a certification request (PKCS#10)
    Csr(Csr),
    /// 鍵と証明書を確かめる / Check that a key opens, fits its certificate and is within its dates
    Check(Check),
}

impl Keys {
    /// Runs the command.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        match self {
            Self::InitDemo(options) => options.run(),
            Self::DemoCrl(options) => options.run(),
            Self::List(options) => options.run(),
            Self::Import(options) => options.run(),
            Self::Csr(options) => options.run(),
            Self::Check(options) => options.run(),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Options of `keys init-demo`.
#[derive(Args)]
pub struct InitDemo {
    /// 置き場所 / The folder; made where missing, no file in it is overwritten
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// パスフレーズのファイル / Encrypt the keys with this file's first line (or FUMIKURA_KEY_PASSPHRASE)
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl InitDemo {
    fn run(&self) -> Result<(), Failure> {
        let passphrase = secret::passphrase_if_given(self.passphrase_file.as_deref())?;
        let entropy = SystemEntropy::default();
        let pki = make_demo_pki(SystemClock.now(), &entropy)?;
        let passphrase = passphrase.as_ref().map(|text| text.as_str());
        let files = write_demo_pki(&self.folder, &pki, passphrase, &entropy)
            .map_err(|error| Failure::at(self.folder.display().to_string(), &error))?;
        answer_line!("デモ専用です。本物の公印には使えません。 For demonstration only: never for real seals.")?;
        for (what, path) in [
            ("信頼 trust ", &files.root_certificate),
            ("CA         ", &files.issuing_ca_certificate),
            ("公印 seal  ", &files.seal_certificate),
            ("鍵 key     ", &files.seal_key),
            ("TSA        ", &files.tsa_certificate),
            ("鍵 key     ", &files.tsa_key),
            ("業務 service", &files.service_certificate),
            ("鍵 key     ", &files.service_key),
            ("CRL        ", &files.root_crl),
            ("CRL        ", &files.issuing_ca_crl),
        ] {
            answer_line!("  {what} {}", path.display())?;
        }
        Ok(())
    }
}

/// Options of `keys import`.
#[derive(Args)]
pub struct Import {
    #[command(flatten)]
    identity: IdentityOptions,
    /// 置き場所 / The folder to put the files into
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// 名前 / The files' name: NAME.key.pem and NAME.crt.pem
    #[arg(long)]
    name: String,
    /// 新しいパスフレーズのファイル / The new file's passphrase; without it, that of --passphrase-file or the environment
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// 暗号化しない / Leave the new key unencrypted, readable by its owner alone
    #[arg(long, conflicts_with = "new_passphrase_file")]
    plain: bool,
}

impl Import {
    fn run(&self) -> Result<(), Failure> {
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if self.name.is_empty() || self.name.starts_with('.') || !self.name.chars().all(fits) {
            return Err(Failure::usage("a name is made of letters, digits, - and _"));
        }
        if ["pkcs11:", "csc:"].iter().any(|elsewhere| self.identity.key.starts_with(elsewhere)) {
            return Err(Failure::at(&self.identity.key, &KeyError::NeverLeaves));
        }
        let identity = self.identity.open()?;
        let opened = open_key(&self.identity.key, self.identity.passphrase_file.as_deref(), &self.identity.remote)?;
        let passphrase = self.passphrase()?;
        let key =
            key_pem(&opened.to_pkcs8()?, passphrase.as_ref().map(|text| text.as_str()), &SystemEntropy::default())?;
        let mut certificates = String::new();
        for certificate in std::iter::once(identity.certificate()).chain(identity.chain()) {
            certificates.push_str(&pem_encode("CERTIFICATE", certificate.der()));
        }
        let key_path = self.to.join(format!("{}.key.pem", self.name));
        let certificate_path = self.to.join(format!("{}.crt.pem", self.name));
        let at = |path: &Path, error: KeyError| Failure::at(path.display().to_string(), &error);
        write_new(&key_path, &key, true).map_err(|error| at(&key_path, error))?;
        if let Err(error) = write_new(&certificate_path, certificates.as_bytes(), false) {
            let _ = std::fs::remove_file(&key_path);
            return Err(at(&certificate_path, error));
        }
        answer_line!(
            "{}\n  {}\n  {}",
            identity.certificate().subject(),
            key_path.display(),
            certificate_path.display()
        )?;
        Ok(())
    }

    fn passphrase(&self) -> Result<Option<zeroize::Zeroizing<String>>, Failure> {
        if self.plain {
            return Ok(None);
        }
        let file = self.new_passphrase_file.as_deref().or(self.identity.passphrase_file.as_deref());
        secret::passphrase(file, "新しいパスフレーズ / passphrase of the new file").map(Some)
    }
}

/// Options of `keys csr`.
#[derive(Args)]
pub struct Csr {
    /// 鍵 file:PATH、pkcs11: の URI、csc:URL / The key, in a file, on a token or at a service
    #[arg(long, value_name = "REF")]
    key: String,
    /// パスフレーズまたは PIN のファイル / A file whose first line is the key's passphrase or PIN
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    remote: RemoteOptions,
    /// 主体者名 / The subject, for example CN=見本市長,O=見本市,C=JP
    #[arg(long, value_name = "NAME")]
    subject: String,
    /// 出力先 / Where the request goes, as PEM
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Csr {
    fn run(&self) -> Result<(), Failure> {
        let subject = Name::from_text(&self.subject).map_err(|error| Failure::usage(error.to_string()))?;
        let opened = open_key(&self.key, self.passphrase_file.as_deref(), &self.remote)?;
        let usage = KeyUsage::DIGITAL_SIGNATURE.and(KeyUsage::NON_REPUDIATION);
        let request = certification_request(&subject, opened.signer.as_ref(), DigestAlgorithm::Sha256, Some(usage))?;
        files::write_whole(&self.output, pem_encode("CERTIFICATE REQUEST", &request).as_bytes())?;
        answer_line!("{}: {subject}", self.output.display())?;
        Ok(())
    }
}

/// Options of `keys check`.
#[derive(Args)]
pub struct Check {
    /// 鍵 file:PATH、pkcs11: の URI、csc:URL / The key, in a file, on a token or at a service
    #[arg(long, value_name = "REF")]
    key: String,
    /// 証明書 / The certificate that must belong to it, where the key's file does not hold it
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// パスフレーズまたは PIN のファイル / A file whose first line is the key's passphrase or PIN
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    remote: RemoteOptions,
}

impl Check {
    fn run(&self) -> Result<(), Failure> {
        let opened = open_key(&self.key, self.passphrase_file.as_deref(), &self.remote)?;
        let facts = key_facts(opened.signer.public_key_info())?;
        let print = DigestAlgorithm::Sha256.digest(opened.signer.public_key_info());
        answer_line!("鍵 key            {:?} {} bits", facts.kind, facts.bits)?;
        answer_line!("暗号化 encrypted   {}", if opened.was_encrypted { "はい yes" } else { "いいえ no" })?;
        answer_line!("公開鍵 SHA-256     {}", hex(&print.bytes))?;
        let given = self.cert.as_ref().map(|path| files::certificates(std::slice::from_ref(path))).transpose()?;
        let certificate = match &given {
            Some(certificates) => {
                let fits = own_certificate(certificates, &opened);
                Some(fits.ok_or_else(|| Failure::at(&self.key, &KeyError::KeyNotOfCertificate))?)
            }
            None => opened.certificate().cloned(),
        };
        let Some(certificate) = certificate else { return Ok(()) };
        answer_line!("証明書 certificate {}", certificate.subject())?;
        answer_line!("有効期間 validity  {} – {}", certificate.not_before(), certificate.not_after())?;
        let now = SystemClock.now();
        if !certificate.is_valid_at(now) {
            let english = "the certificate is outside its validity period";
            return Err(Failure::new("key-certificate-outside-dates", Kind::Refused, english));
        }
        let days = certificate.not_after().duration_since(now).as_hours() / 24;
        answer_line!("残り left          {days} 日 days")?;
        Ok(())
    }
}
