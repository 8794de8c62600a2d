//! A database and a vault that play trouble when a test asks for it, and do their work otherwise.

use super::hall::Hands;
use async_trait::async_trait;
use fumikura::digest::Sha256Hex;
use fumikura::id::RecordId;
use fumikura::ledger::NewEntry;
use fumikura::office::ports::{
    AbsenceEvidence, DestructionClaim, Memory, MemoryPart, MemoryUnit, PackageHealth, PackageName, PackageReceipt,
    Remembered, Store, StoreError, Transaction, Vault, VaultError, VaultListing,
};
use fumikura::texts::SealingKey;
use fumikura::time::Clock;
use fumikura::vault::DiskVault;
use std::collections::VecDeque;
use std::io::{Error, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What happens in between, once.
pub(super) type Interlude = Mutex<Option<Box<dyn FnOnce() + Send>>>;

/// A vault whose next looks or destructions fail as a busy disk would make them, or take as long as a test wants.
pub(super) struct MoodyVault {
    pub(super) disk: Arc<DiskVault>,
    /// What each of the next looks at a package comes to: true fails.
    pub(super) looks: Mutex<VecDeque<bool>>,
    /// What each of the next destructions comes to: true fails.
    pub(super) destructions: Mutex<VecDeque<bool>>,
    /// Before the next write, after it, and before the next destruction.
    pub(super) before_write: Interlude,
    pub(super) after_write: Interlude,
    pub(super) before_destruction: Interlude,
}

impl MoodyVault {
    pub(super) fn new(disk: &Arc<DiskVault>) -> Arc<Self> {
        Arc::new(Self {
            disk: disk.clone(),
            looks: Mutex::default(),
            destructions: Mutex::default(),
            before_write: Mutex::default(),
            after_write: Mutex::default(),
            before_destruction: Mutex::default(),
        })
    }
}

fn trouble(plans: &Mutex<VecDeque<bool>>) -> Result<(), VaultError> {
    match plans.lock().unwrap().pop_front() {
        Some(true) => {
            Err(VaultError::Disk { place: "copy-1".to_owned(), source: Error::from(ErrorKind::ResourceBusy) })
        }
        _ => Ok(()),
    }
}

fn pass(interlude: &Interlude) {
    let passing = interlude.lock().unwrap().take();
    passing.into_iter().for_each(|passing| passing());
}

impl Vault for MoodyVault {
    fn write(&self, package: PackageName, bag: &[u8]) -> Result<PackageReceipt, VaultError> {
        pass(&self.before_write);
        let written = self.disk.write(package, bag);
        pass(&self.after_write);
        written
    }

    fn text_keys(&self, packages: &[PackageName]) -> Result<Vec<Result<SealingKey, VaultError>>, VaultError> {
        self.disk.text_keys(packages)
    }

    fn index_secret(&self) -> Result<SealingKey, VaultError> {
        self.disk.index_secret()
    }

    fn factor_secret(&self) -> Result<SealingKey, VaultError> {
        self.disk.factor_secret()
    }

    fn adopt(&self, package: PackageName, bag_sha256: &Sha256Hex) -> Result<PackageReceipt, VaultError> {
        self.disk.adopt(package, bag_sha256)
    }

    fn read(&self, package: PackageName, sealed_sha256: &Sha256Hex) -> Result<Vec<u8>, VaultError> {
        self.disk.read(package, sealed_sha256)
    }

    fn check(&self, package: PackageName, sealed_sha256: &Sha256Hex) -> Result<PackageHealth, VaultError> {
        trouble(&self.looks)?;
        self.disk.check(package, sealed_sha256)
    }

    fn repair(&self, package: PackageName, sealed_sha256: &Sha256Hex) -> Result<PackageHealth, VaultError> {
        self.disk.repair(package, sealed_sha256)
    }

    fn destroy(&self, claim: &DestructionClaim) -> Result<AbsenceEvidence, VaultError> {
        pass(&self.before_destruction);
        trouble(&self.destructions)?;
        self.disk.destroy(claim)
    }

    fn prove_absence(&self, record: RecordId) -> Result<AbsenceEvidence, VaultError> {
        self.disk.prove_absence(record)
    }

    fn scan(&self) -> Result<VaultListing, VaultError> {
        self.disk.scan()
    }

    fn sweep(&self) -> Result<Vec<String>, VaultError> {
        self.disk.sweep()
    }

    fn memory(&self) -> Result<Option<Memory>, VaultError> {
        self.disk.memory()
    }

    fn put_memory(&self, units: Vec<(MemoryUnit, Vec<u8>)>) -> Result<Vec<MemoryPart>, VaultError> {
        self.disk.put_memory(units)
    }

    fn memory_part(&self, part: &MemoryPart) -> Result<Vec<u8>, VaultError> {
        self.disk.memory_part(part)
    }

    fn remember(&self, memory: &Memory, also_newer: bool) -> Result<Remembered, VaultError> {
        self.disk.remember(memory, also_newer)
    }

    fn remembers(&self, seq: u64) -> Result<bool, VaultError> {
        self.disk.remembers(seq)
    }

    fn quarantine(&self, package: PackageName) -> Result<Vec<String>, VaultError> {
        self.disk.quarantine(package)
    }
}

/// A database at whose door one may wait long, and whose log may stay as it is.
pub(super) struct MoodyStore {
    pub(super) inner: Arc<dyn Store>,
    pub(super) clock: Arc<Hands>,
    /// For each of the next units of work that write: the instant until which somebody else was writing before it.
    pub(super) waits: Mutex<VecDeque<Option<&'static str>>>,
    /// Whether the process ends before the log is emptied.
    pub(super) dies_before_settling: AtomicBool,
}

impl MoodyStore {
    pub(super) fn new(inner: &Arc<dyn Store>, clock: &Arc<Hands>) -> Arc<Self> {
        Arc::new(Self {
            inner: inner.clone(),
            clock: clock.clone(),
            waits: Mutex::default(),
            dies_before_settling: AtomicBool::new(false),
        })
    }
}

#[async_trait]
impl Store for MoodyStore {
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        let wait = self.waits.lock().unwrap().pop_front().flatten();
        if let Some(until) = wait {
            self.clock.set(until);
            let mut other = self.inner.begin().await?;
            other.append(NewEntry::new(self.clock.now(), "system", "test.wrote", "meanwhile").unwrap()).await?;
            other.commit().await?;
        }
        self.inner.begin().await
    }

    async fn read(&self) -> Result<Box<dyn Transaction>, StoreError> {
        self.inner.read().await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        if self.dies_before_settling.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("the process was killed".to_owned()));
        }
        self.inner.settle().await
    }
}
