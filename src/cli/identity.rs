//! A signing identity from the options that every command with a key has.

use super::{Failure, SystemClock, files, secret};
use crate::asn1::Certificate;
use crate::cms::SigningIdentity;
use crate::fault::Kind;
use crate::fetch::csc::{self, CscAccess, CscAddress, SecretWanted};
use crate::keystore::{self, KeyError, KeyReference, OpenedKey, Passphrase, TokenEntry};
use crate::time::Clock;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long one exchange with a remote signing service may take.
const CSC_TIMEOUT: Duration = Duration::from_secs(30);
/// How long is waited for a holder who authorises a remote signature elsewhere.
const CSC_PATIENCE: Duration = Duration::from_secs(120);

/// Which key, and what belongs to it.
#[derive(Args, Debug)]
pub struct IdentityOptions {
    /// 鍵 file:PATH (PEM, DER, PKCS#12)、pkcs11: の URI、csc:URL / The key, in a file, on a token or at a service
    #[arg(long, value_name = "REF")]
    pub key: String,
    /// 鍵の証明書 / The key's certificate, where the key's file, token or service does not give it
    #[arg(long, value_name = "FILE")]
    pub cert: Option<PathBuf>,
    /// 上位証明書 / Further certificates towards the root
    #[arg(long, value_name = "FILE")]
    pub chain: Vec<PathBuf>,
    /// パスフレーズまたは PIN のファイル / A file whose first line is the key's passphrase or PIN
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    pub remote: RemoteOptions,
}

/// What a key at a remote signing service needs besides its PIN.
#[derive(Args, Debug, Default)]
pub struct RemoteOptions {
    /// リモート署名のトークン / A file whose first line is the access token of a csc: service (or FUMIKURA_CSC_TOKEN)
    #[arg(long, value_name = "FILE")]
    pub csc_token_file: Option<PathBuf>,
    /// 鍵の利用を許すトークン / The same for the credential's own token, got on a web page (or FUMIKURA_CSC_CREDENTIAL_TOKEN)
    #[arg(long, value_name = "FILE")]
    pub csc_credential_token_file: Option<PathBuf>,
    /// この機械の上の試験用 / Let a csc: service on this machine do without TLS, for tests
    #[arg(long)]
    pub csc_plain_loopback: bool,
}

impl RemoteOptions {
    fn access(&self) -> Result<CscAccess, Failure> {
        let missing = || {
            let english = "give --csc-token-file or FUMIKURA_CSC_TOKEN";
            Failure::new("csc-token-needed", Kind::Usage, english)
        };
        let credential_file = self.csc_credential_token_file.as_deref();
        Ok(CscAccess {
            token: secret::token(self.csc_token_file.as_deref(), "FUMIKURA_CSC_TOKEN")?.ok_or_else(missing)?,
            credential_token: secret::token(credential_file, "FUMIKURA_CSC_CREDENTIAL_TOKEN")?,
            allows_plain_loopback: self.csc_plain_loopback,
            timeout: CSC_TIMEOUT,
            patience: CSC_PATIENCE,
        })
    }
}

impl IdentityOptions {
    /// Lists the files that are named.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let key = self.key.strip_prefix("file:").map(Path::new);
        let others = self.cert.iter().chain(&self.chain).chain(&self.passphrase_file).map(PathBuf::as_path);
        key.into_iter().chain(others)
    }

    /// Opens the key; a certificate that is not in force seals nothing.
    pub fn open_in_force(&self) -> Result<SigningIdentity, Failure> {
        let identity = self.open()?;
        let certificate = identity.certificate();
        if !certificate.is_valid_at(SystemClock.now()) {
            let (subject, from, to) = (certificate.subject(), certificate.not_before(), certificate.not_after());
            let words = format!("{subject} is in force from {from} to {to}, and that is not now");
            return Err(Failure::new("certificate-not-in-force", Kind::Refused, words));
        }
        Ok(identity)
    }

    /// Opens the key and joins it with its certificate.
    pub fn open(&self) -> Result<SigningIdentity, Failure> {
        let opened = open_key(&self.key, self.passphrase_file.as_deref(), &self.remote)?;
        let mut chain: Vec<Certificate> = opened.certificates.clone();
        chain.extend(files::certificates(&self.chain)?);
        let certificate = match &self.cert {
            Some(path) => {
                let mut found = files::certificates(std::slice::from_ref(path))?;
                let own = own_certificate(&found, &opened).or_else(|| found.first().cloned());
                chain.append(&mut found);
                own
            }
            None => opened.certificate().cloned(),
        };
        let missing = || {
            let english = "the key's file holds no certificate of it; give --cert";
            Failure::new("certificate-missing", Kind::Refused, english)
        };
        SigningIdentity::new(Arc::clone(&opened.signer), certificate.ok_or_else(missing)?, chain)
            .map_err(|error| Failure::at(&self.key, &error))
    }
}

/// Opens a key; the passphrase or PIN is asked for only where the key needs one, and once.
pub fn open_key(reference: &str, passphrase_file: Option<&Path>, remote: &RemoteOptions) -> Result<OpenedKey, Failure> {
    let (parsed, what) = parsed(reference)?;
    if let KeyReference::Remote(url) = &parsed {
        return open_remote(reference, url, passphrase_file, remote);
    }
    asking(reference, passphrase_file, what, |ask| keystore::open(&parsed, ask))
}

/// Opens a key at a remote signing service; what authorises is asked for in the order that the service names it.
fn open_remote(
    reference: &str,
    url: &str,
    passphrase_file: Option<&Path>,
    remote: &RemoteOptions,
) -> Result<OpenedKey, Failure> {
    let address: CscAddress = url.parse().map_err(|error| Failure::at(reference, &error))?;
    let mut trouble = None;
    let mut ask = |wanted: &SecretWanted<'_>| {
        let what = format!("リモート署名の {} / {0} of the signing service", wanted.label);
        let given = secret::one_of_several(passphrase_file, wanted.number, &what);
        given.map_err(|failure| trouble = Some(failure)).ok()
    };
    let opened = csc::open(&address, remote.access()?, Arc::new(SystemClock), &mut ask);
    match (opened, trouble) {
        (Ok(signer), _) => {
            let certificates = signer.certificates().to_vec();
            Ok(OpenedKey::elsewhere(Arc::new(signer), certificates))
        }
        (Err(_), Some(failure)) => Err(failure),
        (Err(error), None) => Err(Failure::at(reference, &error)),
    }
}

/// Lists the keys of the token that a `pkcs11:` URI names.
pub fn list_token(reference: &str, passphrase_file: Option<&Path>) -> Result<Vec<TokenEntry>, Failure> {
    match parsed(reference)? {
        (KeyReference::Token(uri), what) => asking(reference, passphrase_file, what, |ask| keystore::list(&uri, ask)),
        (KeyReference::File(_) | KeyReference::Remote(_), _) => {
            Err(Failure::usage("a token is named by a pkcs11: URI"))
        }
    }
}

/// Reads a reference, and returns what its secret is called. A URI without a module takes that of the environment.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the PKCS#11 module from the environment")]
fn parsed(reference: &str) -> Result<(KeyReference, &'static str), Failure> {
    match reference.parse().map_err(|error| Failure::at(reference, &error))? {
        KeyReference::Token(mut uri) => {
            uri.module_path = uri.module_path.or_else(|| std::env::var_os("FUMIKURA_PKCS11_MODULE").map(PathBuf::from));
            Ok((KeyReference::Token(uri), "トークンの PIN / PIN of the token"))
        }
        file => Ok((file, "鍵のパスフレーズ / passphrase of the key")),
    }
}

/// Has something done that may ask for a secret. Why there is none to be had is told before what follows from it.
fn asking<T>(
    reference: &str,
    passphrase_file: Option<&Path>,
    what: &str,
    work: impl FnOnce(&mut dyn FnMut() -> Option<Passphrase>) -> Result<T, KeyError>,
) -> Result<T, Failure> {
    let mut trouble = None;
    let done = work(&mut || {
        let given = secret::passphrase(passphrase_file, what);
        given.map_err(|failure| trouble = Some(failure)).ok()
    });
    match (done, trouble) {
        (Ok(done), _) => Ok(done),
        (Err(_), Some(failure)) => Err(failure),
        (Err(error), None) => Err(Failure::at(reference, &error)),
    }
}

/// Returns the certificate that belongs to the key.
pub fn own_certificate(certificates: &[Certificate], key: &OpenedKey) -> Option<Certificate> {
    certificates.iter().find(|certificate| certificate.spki_der() == key.signer.public_key_info()).cloned()
}
