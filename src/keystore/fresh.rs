//! Keys that are made for one rehearsal, and gone with it.

use super::{KeyAlgorithm, KeyError, SoftwareSigner, generate};
use crate::crypto::{CryptoError, Elsewhere, Signer};
use crate::office::ports::RehearsalKeys;
use std::sync::Arc;

/// Makes new keys each time.
#[derive(Clone, Copy, Debug, Default)]
pub struct FreshKeys;

impl RehearsalKeys for FreshKeys {
    fn make(&self) -> Result<Vec<Arc<dyn Signer>>, CryptoError> {
        let one = |algorithm| -> Result<Arc<dyn Signer>, KeyError> {
            Ok(Arc::new(SoftwareSigner::from_pkcs8(&generate(algorithm)?)?))
        };
        let all = [KeyAlgorithm::P384, KeyAlgorithm::P521, KeyAlgorithm::Rsa3072].into_iter().map(one);
        all.collect::<Result<_, _>>().map_err(|error: KeyError| CryptoError::Elsewhere(Elsewhere::of(&error)))
    }
}
