//! Who signs: a key, its certificate, and the certificates that lead towards an anchor.

use super::CmsError;
use crate::asn1::Certificate;
use crate::crypto::Signer;
use std::sync::Arc;

/// A private key with its certificate; made only where the two belong together.
#[derive(Clone)]
pub struct SigningIdentity {
    signer: Arc<dyn Signer>,
    certificate: Certificate,
    chain: Vec<Certificate>,
}

impl SigningIdentity {
    /// Joins a key and its certificate. `chain` holds further certificates to put into signatures; order is free, the
    /// certificate itself and repetitions are dropped.
    ///
    /// Errors: [`CmsError::KeyNotOfCertificate`] where the public keys differ.
    pub fn new(signer: Arc<dyn Signer>, certificate: Certificate, chain: Vec<Certificate>) -> Result<Self, CmsError> {
        use crate::crypto::{key_facts, public_key_bits};
        let (of_key, of_certificate) = (signer.public_key_info(), certificate.spki_der());
        let same_kind = key_facts(of_key)?.kind == key_facts(of_certificate)?.kind;
        if !same_kind || public_key_bits(of_key)? != public_key_bits(of_certificate)? {
            return Err(CmsError::KeyNotOfCertificate);
        }
        let mut others: Vec<Certificate> = Vec::with_capacity(chain.len());
        for other in chain {
            if other != certificate && !others.contains(&other) {
                others.push(other);
            }
        }
        Ok(Self { signer, certificate, chain: others })
    }

    /// Returns the key.
    pub fn signer(&self) -> &Arc<dyn Signer> {
        &self.signer
    }

    /// Returns the key's certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Returns the further certificates.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }
}

impl std::fmt::Debug for SigningIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningIdentity").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}
