//! A signing identity from the options that every command with a key has.

use super::{Failure, files, secret};
use crate::asn1::Certificate;
use crate::cms::SigningIdentity;
use crate::fault::Kind;
use crate::keystore::{self, KeyError, KeyReference, OpenedKey, Passphrase, TokenEntry};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which key, and what belongs to it.
#[derive(Args, Debug)]
pub struct IdentityOptions {
    /// 鍵 file:PATH (PEM, DER, PKCS#12) または pkcs11: の URI / The key, in a file or on a token
    #[arg(long, value_name = "REF")]
    pub key: String,
    /// 鍵の証明書 / The key's certificate, where the key's file does not hold it
    #[arg(long, value_name = "FILE")]
    pub cert: Option<PathBuf>,
    /// 上位証明書 / Further certificates towards the root
    #[arg(long, value_name = "FILE")]
    pub chain: Vec<PathBuf>,
    /// パスフレーズまたは PIN のファイル / A file whose first line is the key's passphrase or PIN
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

impl IdentityOptions {
    /// Opens the key and joins it with its certificate.
    pub fn open(&self) -> Result<SigningIdentity, Failure> {
        let opened = open_key(&self.key, self.passphrase_file.as_deref())?;
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
pub fn open_key(reference: &str, passphrase_file: Option<&Path>) -> Result<OpenedKey, Failure> {
    let (parsed, what) = parsed(reference)?;
    asking(reference, passphrase_file, what, |ask| keystore::open(&parsed, ask))
}

/// Lists the keys of the token that a `pkcs11:` URI names.
pub fn list_token(reference: &str, passphrase_file: Option<&Path>) -> Result<Vec<TokenEntry>, Failure> {
    match parsed(reference)? {
        (KeyReference::Token(uri), what) => asking(reference, passphrase_file, what, |ask| keystore::list(&uri, ask)),
        (KeyReference::File(_), _) => Err(Failure::usage("a token is named by a pkcs11: URI")),
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
