//! A desk that needs nothing but the database: for holds, which no missing disk, key or list may hold up (R6).

use super::city::{CityFile, FILE_NAME};
use super::commands::serve::runtime;
use super::database::DatabasePlace;
use super::desk::{Desk, Format, answer};
use super::seals::SealOutOfHand;
use super::{Failure, SystemClock, SystemEntropy};
use crate::digest::Sha256Hex;
use crate::id::RecordId;
use crate::office::ports::{
    AbsenceEvidence, CheckpointShelf, DestructionClaim, Memory, MemoryPart, MemoryUnit, PackageHealth, PackageName,
    PackageReceipt, ProofShelf, Remembered, Store, Vault, VaultError, VaultListing,
};
use crate::office::templates::Templates;
use crate::office::{Actor, Judge, Office, Parts, Settings};
use crate::render::PdfWriter;
use crate::texts::SealingKey;
use crate::vault::{CheckpointFolder, factor_secret_of};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// An office over the database alone, and who acts in it.
pub struct DatabaseSession {
    /// The office.
    pub office: Office,
    /// Who acts.
    pub actor: Actor,
    format: Format,
}

impl DatabaseSession {
    /// Answers with a value: as one JSON document, or line by line for people.
    pub fn answer(&self, value: &Value) -> Result<(), Failure> {
        answer(self.format, value)
    }
}

/// Opens the database alone, checks the password, and does the work.
///
/// What a crash left is not put right first: that is for the next who opens the city, and no hold waits for it.
pub fn run<T>(desk: Desk, work: impl AsyncFnOnce(DatabaseSession) -> Result<T, Failure>) -> Result<T, Failure> {
    runtime()?.block_on(async move {
        let office = office(desk.folder(), Judge::of_nobody()).await?;
        let actor = desk.authenticate(&office).await?;
        work(DatabaseSession { office, actor, format: desk.format() }).await
    })
}

/// Opens the office of a city's folder with database and checkpoints alone.
pub(super) async fn office(folder: &Path, judge: Judge) -> Result<Office, Failure> {
    let (file, settings) = CityFile::read(&folder.join(FILE_NAME))?;
    let parts = Parts {
        judge,
        ..bare_parts(
            DatabasePlace::of(&file, folder)?.open().await?,
            Arc::new(VaultOutOfReach(factor_secret_of(&folder.join(&file.master_key)).ok())),
            settings,
        )
    };
    let checkpoints = Arc::new(CheckpointFolder::new(folder.join(&file.checkpoints)));
    Ok(Office::new(Parts { checkpoints: Some(checkpoints), ..parts }))
}

/// Makes the office of a city of which there is no more than database, vault, checkpoints and proof trees.
pub(super) fn bare(
    store: Arc<dyn Store>,
    vault: Arc<dyn Vault>,
    (checkpoints, proofs): (Arc<dyn CheckpointShelf>, Arc<dyn ProofShelf>),
    settings: Settings,
) -> Office {
    let parts = bare_parts(store, vault, settings);
    Office::new(Parts { checkpoints: Some(checkpoints), proofs: Some(proofs), ..parts })
}

fn bare_parts(store: Arc<dyn Store>, vault: Arc<dyn Vault>, settings: Settings) -> Parts {
    Parts {
        store,
        vault,
        proofs: None,
        rehearsal_keys: None,
        checkpoints: None,
        seals: Arc::new(SealOutOfHand),
        timestamps: None,
        renderer: Arc::new(PdfWriter::new(None)),
        typesetter: None,
        templates: Templates::default(),
        scanner: None,
        digitiser: None,
        converter: None,
        post: None,
        public_url: None,
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::default()),
        judge: Judge::of_nobody(),
        settings,
    }
}

/// A vault that nobody opened. Where its master identity can be read, codes of authenticators are taken; else recovery codes.
struct VaultOutOfReach(Option<SealingKey>);

fn unopened<T>() -> Result<T, VaultError> {
    Err(VaultError::Layout("they were not opened for this".to_owned()))
}

impl Vault for VaultOutOfReach {
    fn write(&self, _package: PackageName, _bag: &[u8]) -> Result<PackageReceipt, VaultError> {
        unopened()
    }

    fn text_keys(&self, _packages: &[PackageName]) -> Result<Vec<Result<SealingKey, VaultError>>, VaultError> {
        unopened()
    }

    fn index_secret(&self) -> Result<SealingKey, VaultError> {
        unopened()
    }

    fn factor_secret(&self) -> Result<SealingKey, VaultError> {
        self.0.clone().map_or_else(unopened, Ok)
    }

    fn adopt(&self, _package: PackageName, _bag_sha256: &Sha256Hex) -> Result<PackageReceipt, VaultError> {
        unopened()
    }

    fn read(&self, _package: PackageName, _sealed_sha256: &Sha256Hex) -> Result<Vec<u8>, VaultError> {
        unopened()
    }

    fn check(&self, _package: PackageName, _sealed_sha256: &Sha256Hex) -> Result<PackageHealth, VaultError> {
        unopened()
    }

    fn repair(&self, _package: PackageName, _sealed_sha256: &Sha256Hex) -> Result<PackageHealth, VaultError> {
        unopened()
    }

    fn destroy(&self, _claim: &DestructionClaim) -> Result<AbsenceEvidence, VaultError> {
        unopened()
    }

    fn prove_absence(&self, _record: RecordId) -> Result<AbsenceEvidence, VaultError> {
        unopened()
    }

    fn scan(&self) -> Result<VaultListing, VaultError> {
        unopened()
    }

    fn sweep(&self) -> Result<Vec<String>, VaultError> {
        unopened()
    }

    fn memory(&self) -> Result<Option<Memory>, VaultError> {
        unopened()
    }

    fn put_memory(&self, _units: Vec<(MemoryUnit, Vec<u8>)>) -> Result<Vec<MemoryPart>, VaultError> {
        unopened()
    }

    fn memory_part(&self, _part: &MemoryPart) -> Result<Vec<u8>, VaultError> {
        unopened()
    }

    fn remember(&self, _memory: &Memory, _also_newer: bool) -> Result<Remembered, VaultError> {
        unopened()
    }

    fn remembers(&self, _seq: u64) -> Result<bool, VaultError> {
        unopened()
    }

    fn quarantine(&self, _package: PackageName) -> Result<Vec<String>, VaultError> {
        unopened()
    }
}
