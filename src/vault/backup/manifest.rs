//! What a backup says of itself, and the proof that the holder of the master identity wrote it.

use crate::digest::{Sha256Hex, hex};
use crate::ledger::canonical_json;
use crate::office::ports::BackupError;
use crate::package::{PackageIdentity, derived_secret};
use crate::time::Instant;
use ring::hmac;
use serde::{Deserialize, Serialize};

/// The form of backups; another is not read.
pub const BACKUP_VERSION: u32 = 1;

/// What a backup says of itself without anybody's key. It tells how much there is, and not of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Its form.
    pub version: u32,
    /// What it is called.
    pub id: String,
    /// The vault that it is of.
    pub vault: String,
    /// As of when it is.
    pub made_at: Instant,
    /// When its term is over.
    pub expires_at: Instant,
    /// Who can open it: public keys of age.
    pub recipients: Vec<String>,
    /// How many packages it names.
    pub packages: u64,
    /// Their bytes.
    pub package_bytes: u64,
    /// Its parts.
    pub parts: Vec<Part>,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name in the backup's folder.
    pub name: String,
    /// SHA-256 of its bytes as they lie there.
    pub sha256: Sha256Hex,
    /// Its length in bytes.
    pub size_bytes: u64,
}

/// Something that is proven.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proven<T> {
    pub(super) said: T,
    pub(super) proof: String,
}

/// Proves what a store of backups says: only who holds the master identity can.
#[derive(Clone)]
pub struct BackupProver {
    key: hmac::Key,
    vault: String,
}

impl BackupProver {
    /// Makes the prover of a master identity.
    pub fn of(master: &PackageIdentity) -> Self {
        let secret = derived_secret(master, b"fumikura: what a store of backups says");
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref()), vault: master.recipient() }
    }

    /// Returns the name of the vault.
    pub fn vault(&self) -> &str {
        &self.vault
    }

    /// Proves what is said in some form; in another form the same bytes have another proof.
    pub(super) fn prove(&self, form: &str, said: &[u8]) -> String {
        hex(hmac::sign(&self.key, &joined(form, said)).as_ref())
    }

    /// Tells whether a proof is good.
    pub(super) fn holds(&self, form: &str, said: &[u8], proof: &str) -> bool {
        let proof = const_hex::decode(proof).unwrap_or_default();
        hmac::verify(&self.key, &joined(form, said), &proof).is_ok()
    }

    /// Writes something with its proof.
    pub(super) fn write<T: Serialize>(&self, form: &str, said: T) -> Result<Vec<u8>, BackupError> {
        let unsaid = || BackupError::Trial("what a backup says of itself has no JSON form".to_owned());
        let proof = self.prove(form, canonical_json(&said).ok_or_else(unsaid)?.as_bytes());
        serde_json::to_vec(&Proven { said, proof }).map_err(|_| unsaid())
    }
}

impl std::fmt::Debug for BackupProver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackupProver").field("vault", &self.vault).finish_non_exhaustive()
    }
}

/// Reads something with its proof; without a prover the proof is still to be looked at.
///
/// # Errors
/// [`BackupError::Altered`], [`BackupError::Forged`].
pub(super) fn read_proven<T: Serialize + for<'de> Deserialize<'de>>(
    bytes: &[u8],
    form: &str,
    prover: Option<&BackupProver>,
    place: &str,
) -> Result<T, BackupError> {
    let altered = |what: String| BackupError::Altered { place: place.to_owned(), what };
    let proven: Proven<T> = serde_json::from_slice(bytes).map_err(|error| altered(error.to_string()))?;
    let said = canonical_json(&proven.said).ok_or_else(|| altered("it has no canonical form".to_owned()))?;
    match prover {
        Some(prover) if !prover.holds(form, said.as_bytes(), &proven.proof) => {
            Err(BackupError::Forged { place: place.to_owned() })
        }
        _ => Ok(proven.said),
    }
}

fn joined(form: &str, said: &[u8]) -> Vec<u8> {
    [form.as_bytes(), b"\n", said].concat()
}
