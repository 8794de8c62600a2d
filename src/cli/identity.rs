//! A signing identity from the options that every command with a key has.

use super::{Failure, files, secret};
use crate::asn1::Certificate;
use crate::cms::SigningIdentity;
use crate::fault::Kind;
use crate::keystore::{self, KeyReference, OpenedKey};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which key, and what belongs to it.
#[derive(Args, Debug)]
pub struct IdentityOptions {
    /// 鍵 file:PATH (PEM, DER, PKCS#12) / The key
    #[arg(long, value_name = "REF")]
    pub key: String,
    /// 鍵の証明書 / The key's certificate, where the key's file does not hold it
    #[arg(long, value_name = "FILE")]
    pub cert: Option<PathBuf>,
    /// 上位証明書 / Further certificates towards the root
    #[arg(long, value_name = "FILE")]
    pub chain: Vec<PathBuf>,
    /// パスフレーズのファイル / A file whose first line is the key's passphrase
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

/// Opens a key; the passphrase is asked for only where the file is encrypted.
pub fn open_key(reference: &str, passphrase_file: Option<&Path>) -> Result<OpenedKey, Failure> {
    let parsed: KeyReference = reference.parse().map_err(|error| Failure::at(reference, &error))?;
    let mut trouble = None;
    let opened = keystore::open(&parsed, || {
        let given = secret::passphrase(passphrase_file, "鍵のパスフレーズ / passphrase of the key");
        given.map_err(|failure| trouble = Some(failure)).ok()
    });
    match (opened, trouble) {
        (Ok(opened), _) => Ok(opened),
        (Err(_), Some(failure)) => Err(failure),
        (Err(error), None) => Err(Failure::at(reference, &error)),
    }
}

/// Returns the certificate that belongs to the key.
pub fn own_certificate(certificates: &[Certificate], key: &OpenedKey) -> Option<Certificate> {
    certificates.iter().find(|certificate| certificate.spki_der() == key.signer.public_key_info()).cloned()
}
