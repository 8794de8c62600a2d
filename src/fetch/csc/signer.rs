//! Signing at the service: digests in, signature values out, every one of them verified (CSC API 2.0.0.2, 11.10).

use super::CscError;
use super::algorithm::{ask_for, preferred, verified};
use super::client::Client;
use super::door::{Batch, Door};
use super::wire::{SignQuestion, Signed};
use crate::asn1::{Certificate, Oid};
use crate::crypto::{CryptoError, KeyFacts, SignatureScheme, Signer};
use crate::digest::DigestAlgorithm;
use crate::time::Clock;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// A private key at a remote signing service.
pub struct CscSigner {
    pub(super) client: Client,
    pub(super) credential: String,
    /// The key's own first; never empty.
    pub(super) certificates: Vec<Certificate>,
    pub(super) offered: Vec<Oid>,
    pub(super) facts: KeyFacts,
    /// How many signatures one authorisation allows.
    pub(super) batch: usize,
    pub(super) door: Door,
    pub(super) clock: Arc<dyn Clock>,
}

impl CscSigner {
    /// Returns the certificates that the service gave, the key's own first.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Signs what one authorisation allows.
    fn sign_batch(&self, scheme: SignatureScheme, messages: &[&[u8]]) -> Result<Vec<Vec<u8>>, CryptoError> {
        let asked = ask_for(scheme, &self.offered, self.facts)?;
        let hash = |message: &&[u8]| STANDARD.encode(asked.digest.digest(message).bytes);
        let hashes: Vec<String> = messages.iter().map(hash).collect();
        let batch = Batch { credential: &self.credential, hashes: &hashes, hash_algorithm: &asked.hash_algorithm };
        let activation = self.door.open(&self.client, self.clock.as_ref(), &batch)?;
        if activation.until.is_some_and(|until| self.clock.now() >= until) {
            return Err(CscError::AuthorizationExpired.into());
        }
        let question = SignQuestion {
            credential: &self.credential,
            activation: &activation.data,
            hashes: &hashes,
            hash_algorithm: &asked.hash_algorithm,
            sign_algo: &asked.sign_algo,
            sign_algo_params: asked.sign_algo_params.as_deref(),
        };
        let answer: Signed = self.client.ask("signatures/signHash", &question, &[&activation.data])?;
        if answer.signatures.len() != messages.len() {
            return Err(CscError::BadAnswer("it holds another number of signatures than was asked for").into());
        }
        let check = |(message, text): (&&[u8], &String)| {
            let value = STANDARD.decode(text).map_err(|_| CscError::BadAnswer("a signature in it is not base64"))?;
            verified(self.public_key_info(), scheme, message, value).map_err(|_| CscError::SignatureWrong.into())
        };
        messages.iter().zip(&answer.signatures).map(check).collect()
    }
}

impl Signer for CscSigner {
    fn public_key_info(&self) -> &[u8] {
        self.certificates.first().map(Certificate::spki_der).unwrap_or_default()
    }

    fn default_scheme(&self, digest: DigestAlgorithm) -> SignatureScheme {
        preferred(digest, &self.offered, self.facts).unwrap_or(SignatureScheme::RsaPkcs1(digest))
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.sign_batch(scheme, &[message])?.pop().ok_or(CryptoError::SigningFailed)
    }

    /// Has as many signatures authorised together as the credential allows. Where a one-time password authorises, all of
    /// them or none.
    fn sign_many(&self, scheme: SignatureScheme, messages: &[&[u8]]) -> Result<Vec<Vec<u8>>, CryptoError> {
        if messages.len() > self.batch && !self.door.opens_again() {
            return Err(CscError::OneTimeSpent.into());
        }
        let mut values = Vec::with_capacity(messages.len());
        for batch in messages.chunks(self.batch.max(1)) {
            values.extend(self.sign_batch(scheme, batch)?);
        }
        Ok(values)
    }
}

impl std::fmt::Debug for CscSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CscSigner(…)")
    }
}
