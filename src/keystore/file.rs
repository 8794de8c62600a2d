//! Opens key files: finds out the format, asks for the passphrase only where one is needed.

use super::{KeyError, KeyReference, Passphrase, SoftwareSigner, pbe, pkcs12, token};
use crate::asn1::reader::{Tlv, tag};
use crate::asn1::{Asn1Error, Certificate, PemBlock, pem_blocks};
use crate::crypto::Signer;
use std::io::Read;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Key files are small; a PKCS#12 with a long chain stays below.
const LIMIT_BYTES: u64 = 1 << 20;

/// A key that is open, and the certificates that were in its file.
pub struct OpenedKey {
    /// The key.
    pub signer: Arc<dyn Signer>,
    /// The certificates in the file; the key's own first, where it is there.
    pub certificates: Vec<Certificate>,
    /// Whether the file was encrypted.
    pub was_encrypted: bool,
    /// The same key where it is in memory, for writing it elsewhere.
    software: Option<Arc<SoftwareSigner>>,
}

impl OpenedKey {
    /// Returns the key's own certificate among those of the file.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.certificates.iter().find(|certificate| certificate.spki_der() == self.signer.public_key_info())
    }

    /// Returns the key in PKCS#8 DER, to be written elsewhere.
    ///
    /// # Errors
    /// [`KeyError::NeverLeaves`] for a key on a token or at a service.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.software.as_ref().ok_or(KeyError::NeverLeaves)?.to_pkcs8()
    }

    /// Joins a key that stays where it is, on a token or at a service, with its certificates.
    pub fn elsewhere(signer: Arc<dyn Signer>, certificates: Vec<Certificate>) -> Self {
        Self { signer, certificates, was_encrypted: true, software: None }
    }

    pub(super) fn new(signer: SoftwareSigner, certificates: Vec<Certificate>, was_encrypted: bool) -> Self {
        let software = Arc::new(signer);
        Self { signer: Arc::<SoftwareSigner>::clone(&software), certificates, was_encrypted, software: Some(software) }
    }
}

impl std::fmt::Debug for OpenedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenedKey").field("certificates", &self.certificates).finish_non_exhaustive()
    }
}

/// Opens a key. `passphrase` is called at most once, and only where the key is encrypted or on a token that asks; `None` means that there is
/// none to be had.
pub fn open(reference: &KeyReference, passphrase: impl FnOnce() -> Option<Passphrase>) -> Result<OpenedKey, KeyError> {
    let path = match reference {
        KeyReference::File(path) => path,
        KeyReference::Token(uri) => return token::open(uri, passphrase),
        KeyReference::Remote(_) => return Err(KeyError::NeverLeaves),
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(8192));
    std::fs::File::open(path)?.take(LIMIT_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LIMIT_BYTES {
        return Err(KeyError::TooLarge);
    }
    open_bytes(&bytes, passphrase)
}

/// Opens the bytes of a key file.
pub fn open_bytes(bytes: &[u8], passphrase: impl FnOnce() -> Option<Passphrase>) -> Result<OpenedKey, KeyError> {
    let ask = || passphrase().ok_or(KeyError::PassphraseNeeded);
    let mut opened = match bytes.first() {
        Some(&tag::SEQUENCE) => open_der(bytes, ask)?,
        Some(_) => open_pem(bytes, ask)?,
        None => return Err(KeyError::UnknownFormat),
    };
    let own = opened.signer.public_key_info().to_vec();
    opened.certificates.sort_by_key(|certificate| certificate.spki_der() != own);
    Ok(opened)
}

fn open_der(der: &[u8], ask: impl FnOnce() -> Result<Passphrase, KeyError>) -> Result<OpenedKey, KeyError> {
    if pkcs12::is_pkcs12(der) {
        return pkcs12::open(der, &ask()?);
    }
    if let Some(signer) = plain_key(der)? {
        return Ok(OpenedKey::new(signer, Vec::new(), false));
    }
    match encrypted_parts(der) {
        Ok((algorithm, ciphertext)) => {
            Ok(OpenedKey::new(decrypted_key(algorithm, ciphertext, &ask()?)?, Vec::new(), true))
        }
        Err(_) => Err(KeyError::UnknownFormat),
    }
}

fn open_pem(text: &[u8], ask: impl FnOnce() -> Result<Passphrase, KeyError>) -> Result<OpenedKey, KeyError> {
    let blocks = pem_blocks(text).map_err(|_| KeyError::UnknownFormat)?;
    let (mut keys, mut certificates): (Vec<&PemBlock>, Vec<Certificate>) = (Vec::new(), Vec::new());
    for block in &blocks {
        if block.label == "CERTIFICATE" {
            certificates.push(Certificate::from_der(&block.der)?);
        } else if block.label.ends_with("PRIVATE KEY") {
            keys.push(block);
        }
    }
    let &[key] = keys.as_slice() else {
        return Err(if keys.is_empty() { KeyError::UnknownFormat } else { KeyError::SeveralKeys });
    };
    // OpenSSL's own encryption of old: its key derivation is a single MD5 (RFC 1421 headers).
    if key.headers.iter().any(|header| header.contains("ENCRYPTED")) {
        return Err(KeyError::UnsupportedEncryption);
    }
    let (signer, was_encrypted) = match key.label.as_str() {
        "ENCRYPTED PRIVATE KEY" => {
            let (algorithm, ciphertext) = encrypted_parts(&key.der).map_err(|_| KeyError::UnknownFormat)?;
            (decrypted_key(algorithm, ciphertext, &ask()?)?, true)
        }
        "PRIVATE KEY" => (SoftwareSigner::from_pkcs8(&key.der)?, false),
        "RSA PRIVATE KEY" => (SoftwareSigner::from_pkcs1(&key.der)?, false),
        "EC PRIVATE KEY" => (SoftwareSigner::from_sec1(&key.der)?, false),
        _ => return Err(KeyError::UnknownFormat),
    };
    Ok(OpenedKey::new(signer, certificates, was_encrypted))
}

/// Tries the plain DER formats, told apart by their first fields.
fn plain_key(der: &[u8]) -> Result<Option<SoftwareSigner>, KeyError> {
    let kinds = || {
        let mut fields = Tlv::only(der, "a private key")?.contents();
        Ok::<_, Asn1Error>((fields.next_tlv()?.tag, fields.next_tlv()?.tag))
    };
    match kinds() {
        Ok((tag::INTEGER, tag::SEQUENCE)) => SoftwareSigner::from_pkcs8(der).map(Some),
        Ok((tag::INTEGER, tag::INTEGER)) => SoftwareSigner::from_pkcs1(der).map(Some),
        Ok((tag::INTEGER, tag::OCTET_STRING)) => SoftwareSigner::from_sec1(der).map(Some),
        _ => Ok(None),
    }
}

/// Splits EncryptedPrivateKeyInfo (RFC 5958, 3) into algorithm and ciphertext.
pub(super) fn encrypted_parts(der: &[u8]) -> Result<(&[u8], &[u8]), Asn1Error> {
    const WHAT: &str = "an encrypted private key";
    let mut fields = Tlv::only(der, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
    let algorithm = fields.expect(tag::SEQUENCE, WHAT)?.raw;
    let ciphertext = fields.expect(tag::OCTET_STRING, WHAT)?.value;
    fields.finish(WHAT)?;
    Ok((algorithm, ciphertext))
}

/// Decrypts a PKCS#8 key. Bytes that are no key after decryption mean a wrong passphrase whose padding fitted by chance.
pub(super) fn decrypted_key(
    algorithm: &[u8],
    ciphertext: &[u8],
    passphrase: &Passphrase,
) -> Result<SoftwareSigner, KeyError> {
    let pkcs8 = pbe::decrypt(algorithm, ciphertext, passphrase)?;
    match SoftwareSigner::from_pkcs8(&pkcs8) {
        Err(KeyError::UnknownFormat) => Err(KeyError::WrongPassphrase),
        other => other,
    }
}
