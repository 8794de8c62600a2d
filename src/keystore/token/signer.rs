//! Signing on a token: sessions side by side, each used by one thread at a time.

use super::is_gone;
use super::objects::KeyFound;
use crate::asn1::{AlgorithmIdentifier, writer};
use crate::crypto::{CryptoError, SignatureScheme, Signer, digest_identifier};
use crate::digest::DigestAlgorithm;
use crate::keystore::KeyError;
use cryptoki::context::Pkcs11;
use cryptoki::error::Error;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::KeyType;
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use std::sync::{Mutex, PoisonError};

/// How many idle sessions are kept.
const IDLE: usize = 8;

/// A private key on a token.
pub(super) struct TokenSigner {
    module: Pkcs11,
    slot: Slot,
    key: KeyFound,
    public_key_info: Vec<u8>,
    /// What was logged in with, kept only for keys whose token asks before each use, and wiped when dropped.
    pin: Option<AuthPin>,
    /// The session that was logged in: while it is open, every other one is (PKCS #11 v3.0, 5.6.8).
    _first: Mutex<Session>,
    idle: Mutex<Vec<Session>>,
}

impl TokenSigner {
    pub(super) fn new(
        module: Pkcs11,
        slot: Slot,
        session: Session,
        key: KeyFound,
        public_key_info: Vec<u8>,
        pin: Option<AuthPin>,
    ) -> Result<Self, KeyError> {
        let mechanisms = module.get_mechanism_list(slot)?;
        let needed = match key.kind {
            KeyType::RSA => MechanismType::RSA_PKCS,
            KeyType::EC => MechanismType::ECDSA,
            KeyType::EC_EDWARDS => MechanismType::EDDSA,
            _ => return Err(KeyError::UnsupportedKey),
        };
        if !mechanisms.contains(&needed) {
            return Err(KeyError::UnsupportedKey);
        }
        let (first, idle) = (Mutex::new(session), Mutex::new(Vec::new()));
        Ok(Self { module, slot, key, public_key_info, pin, _first: first, idle })
    }

    /// Has a session do something, and keeps it for the next where it went well.
    fn with_session(&self, work: impl FnOnce(&Session) -> Result<Vec<u8>, Error>) -> Result<Vec<u8>, CryptoError> {
        let waiting = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let session = match waiting {
            Some(session) => session,
            None => self.module.open_ro_session(self.slot).map_err(|error| failed(&error))?,
        };
        let value = work(&session).map_err(|error| failed(&error))?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(session);
        }
        Ok(value)
    }

    fn raw(&self, mechanism: &Mechanism<'_>, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.with_session(|session| match &self.pin {
            None if !self.key.always_authenticate => session.sign(mechanism, self.key.handle, data),
            pin => {
                session.sign_init(mechanism, self.key.handle)?;
                session.login(UserType::ContextSpecific, pin.as_ref())?;
                session.sign_update(data)?;
                session.sign_final()
            }
        })
    }
}

impl Signer for TokenSigner {
    fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }

    fn default_scheme(&self, digest: DigestAlgorithm) -> SignatureScheme {
        match self.key.kind {
            KeyType::EC => SignatureScheme::Ecdsa(digest),
            KeyType::EC_EDWARDS => SignatureScheme::Ed25519,
            _ => SignatureScheme::RsaPkcs1(digest),
        }
    }

    /// Only the digest goes to the token, so that a slow card does not digest whole documents.
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match (self.key.kind, scheme) {
            (KeyType::RSA, SignatureScheme::RsaPkcs1(digest)) if digest != DigestAlgorithm::Sha1 => {
                let hash = digest.digest(message).bytes;
                let identifier = AlgorithmIdentifier::with_null(digest_identifier(digest).oid);
                self.raw(&Mechanism::RsaPkcs, &writer::sequence(&[identifier.to_der(), writer::octets(&hash)]))
            }
            (KeyType::RSA, SignatureScheme::RsaPss(digest)) => {
                let parameters = pss(digest).ok_or(CryptoError::SchemeNotOfKey(scheme))?;
                self.raw(&Mechanism::RsaPkcsPss(parameters), &digest.digest(message).bytes)
            }
            (KeyType::EC, SignatureScheme::Ecdsa(digest)) if digest != DigestAlgorithm::Sha1 => {
                let value = self.raw(&Mechanism::Ecdsa, &digest.digest(message).bytes)?;
                // The two halves as they come, as the sequence that signatures hold (SEC 1, C.5).
                let (r, s) = value.split_at(value.len() / 2);
                Ok(writer::sequence(&[writer::unsigned(r), writer::unsigned(s)]))
            }
            (KeyType::EC_EDWARDS, SignatureScheme::Ed25519) => {
                self.raw(&Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure)), message)
            }
            _ => Err(CryptoError::SchemeNotOfKey(scheme)),
        }
    }
}

fn pss(digest: DigestAlgorithm) -> Option<PkcsPssParams> {
    let (hash_alg, mgf) = match digest {
        DigestAlgorithm::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256),
        DigestAlgorithm::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384),
        DigestAlgorithm::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512),
        _ => return None,
    };
    let length = u64::try_from(digest.length_bytes()).ok()?;
    Some(PkcsPssParams { hash_alg, mgf, s_len: length.into() })
}

fn failed(error: &Error) -> CryptoError {
    match error {
        Error::Pkcs11(code, _) if is_gone(*code) => CryptoError::KeyGone,
        _ => CryptoError::SigningFailed,
    }
}
