//! A vault in memory and a door to the database, both of which a killed process reaches no more.

use async_trait::async_trait;
use fumikura::crypto::{CryptoError, Entropy};
use fumikura::digest::Sha256Hex;
use fumikura::id::RecordId;
use fumikura::office::ports::{
    AbsenceCheck, AbsenceEvidence, CopyHealth, DestructionClaim, ListedPackage, Memory, MemoryPart, MemoryUnit,
    PackageHealth, PackageName, PackageReceipt, Remembered, Store, StoreError, Transaction, Vault, VaultError,
    VaultListing,
};
use fumikura::store::SqliteStore;
use fumikura::texts::SealingKey;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// How many more steps the process takes before it is killed; none where nobody kills it.
#[derive(Default)]
pub(super) struct Fuse(pub(super) Mutex<Option<u32>>);

impl Fuse {
    /// Takes a step, and tells whether the process is still alive.
    fn lives(&self) -> bool {
        match &mut *self.0.lock().unwrap() {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }
}

/// Packages by name: the bag, and whether one of its two copies is gone.
pub(super) type Shelf = BTreeMap<PackageName, (Vec<u8>, bool)>;

/// The vault.
pub(super) struct Cellar {
    pub(super) shelf: Mutex<Shelf>,
    /// What was destroyed since somebody looked, and by which claim.
    pub(super) burnt: Mutex<Vec<DestructionClaim>>,
    /// Whether it calls everything sound.
    pub(super) lies: AtomicBool,
    pub(super) fuse: Arc<Fuse>,
}

impl Cellar {
    pub(super) fn new(shelf: Shelf, fuse: &Arc<Fuse>) -> Arc<Self> {
        let (shelf, burnt) = (Mutex::new(shelf), Mutex::default());
        Arc::new(Self { shelf, burnt, lies: AtomicBool::new(false), fuse: fuse.clone() })
    }

    fn step(&self) -> Result<(), VaultError> {
        let killed = || VaultError::Disk { place: "cellar".to_owned(), source: Error::from(ErrorKind::BrokenPipe) };
        self.fuse.lives().then_some(()).ok_or_else(killed)
    }

    fn health(&self, package: PackageName) -> PackageHealth {
        let first = match self.shelf.lock().unwrap().get(&package) {
            Some((_, true)) if !self.lies.load(Ordering::SeqCst) => CopyHealth::Missing,
            Some(_) => CopyHealth::Sound,
            None => {
                return PackageHealth {
                    package,
                    copies: vec![CopyHealth::Missing; 2],
                    keys: vec![CopyHealth::Missing],
                };
            }
        };
        PackageHealth { package, copies: vec![first, CopyHealth::Sound], keys: vec![CopyHealth::Sound] }
    }
}

fn receipt(package: PackageName, bag: &[u8]) -> PackageReceipt {
    PackageReceipt {
        package,
        sealed_sha256: Sha256Hex::of(bag),
        sealed_size_bytes: bag.len() as u64,
        bag_sha256: Sha256Hex::of(bag),
        path: package.to_string(),
        copies: 2,
    }
}

impl Vault for Cellar {
    fn write(&self, package: PackageName, bag: &[u8]) -> Result<PackageReceipt, VaultError> {
        self.step()?;
        self.shelf.lock().unwrap().insert(package, (bag.to_vec(), false));
        Ok(receipt(package, bag))
    }

    fn text_keys(&self, packages: &[PackageName]) -> Result<Vec<Result<SealingKey, VaultError>>, VaultError> {
        let shelf = self.shelf.lock().unwrap();
        let key = |package: &PackageName| match shelf.contains_key(package) {
            true => Ok(SealingKey::new([1; 32]).derive(package.to_string().as_bytes())),
            false => Err(VaultError::NoKey(*package)),
        };
        Ok(packages.iter().map(key).collect())
    }

    fn index_secret(&self) -> Result<SealingKey, VaultError> {
        Ok(SealingKey::new([2; 32]))
    }

    fn factor_secret(&self) -> Result<SealingKey, VaultError> {
        Ok(SealingKey::new([3; 32]))
    }

    fn adopt(&self, package: PackageName, _: &Sha256Hex) -> Result<PackageReceipt, VaultError> {
        let bag = self.read(package, &Sha256Hex::of(b""))?;
        Ok(receipt(package, &bag))
    }

    fn read(&self, package: PackageName, _: &Sha256Hex) -> Result<Vec<u8>, VaultError> {
        self.step()?;
        let shelf = self.shelf.lock().unwrap();
        shelf.get(&package).map(|(bag, _)| bag.clone()).ok_or(VaultError::NoSuchPackage(package))
    }

    fn check(&self, package: PackageName, _: &Sha256Hex) -> Result<PackageHealth, VaultError> {
        self.step()?;
        Ok(self.health(package))
    }

    fn repair(&self, package: PackageName, _: &Sha256Hex) -> Result<PackageHealth, VaultError> {
        self.step()?;
        if let Some((_, damaged)) = self.shelf.lock().unwrap().get_mut(&package) {
            *damaged = false;
        }
        Ok(self.health(package))
    }

    fn destroy(&self, claim: &DestructionClaim) -> Result<AbsenceEvidence, VaultError> {
        self.step()?;
        self.shelf.lock().unwrap().retain(|package, _| package.record != claim.record);
        self.burnt.lock().unwrap().push(claim.clone());
        // The process may also end between the deed and its proof.
        self.step()?;
        let check = AbsenceCheck { place: "cellar".to_owned(), method: "list".to_owned() };
        Ok(AbsenceEvidence {
            record: claim.record,
            removed: Vec::new(),
            checks: vec![check],
            proven_at: claim.claimed_at,
        })
    }

    fn prove_absence(&self, record: RecordId) -> Result<AbsenceEvidence, VaultError> {
        Err(VaultError::Layout(format!("nobody proves the absence of {record} here")))
    }

    fn scan(&self) -> Result<VaultListing, VaultError> {
        self.step()?;
        let listed = |(package, (_, damaged)): (&PackageName, &(Vec<u8>, bool))| ListedPackage {
            package: *package,
            copies: vec![!damaged, true],
            keys: vec![true],
        };
        let packages = self.shelf.lock().unwrap().iter().map(listed).collect();
        Ok(VaultListing { packages, ..VaultListing::default() })
    }

    fn sweep(&self) -> Result<Vec<String>, VaultError> {
        self.step().map(|()| Vec::new())
    }

    fn memory(&self) -> Result<Option<Memory>, VaultError> {
        self.step().map(|()| None)
    }

    fn put_memory(&self, _: Vec<(MemoryUnit, Vec<u8>)>) -> Result<Vec<MemoryPart>, VaultError> {
        self.step().map(|()| Vec::new())
    }

    fn memory_part(&self, part: &MemoryPart) -> Result<Vec<u8>, VaultError> {
        Err(VaultError::ReadBack { place: part.sha256.to_string() })
    }

    fn remember(&self, _: &Memory, _: bool) -> Result<Remembered, VaultError> {
        self.step().map(|()| Remembered::Done)
    }

    fn remembers(&self, _: u64) -> Result<bool, VaultError> {
        self.step().map(|()| true)
    }

    fn quarantine(&self, package: PackageName) -> Result<Vec<String>, VaultError> {
        Err(VaultError::Layout(format!("{package} is set aside, and no history files anything new")))
    }
}

/// The database as the process reaches it.
pub(super) struct Door {
    pub(super) inner: SqliteStore,
    pub(super) fuse: Arc<Fuse>,
}

impl Door {
    fn step(&self) -> Result<(), StoreError> {
        self.fuse.lives().then_some(()).ok_or_else(|| StoreError::Unavailable("the process was killed".to_owned()))
    }
}

#[async_trait]
impl Store for Door {
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        self.step()?;
        self.inner.begin().await
    }

    async fn read(&self) -> Result<Box<dyn Transaction>, StoreError> {
        self.step()?;
        self.inner.read().await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        self.step()?;
        self.inner.settle().await
    }
}

/// Numbers that look like chance and are the same every time.
pub(super) struct Loaded(pub(super) Mutex<u64>);

impl Entropy for Loaded {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), CryptoError> {
        let mut state = self.0.lock().unwrap();
        for byte in buffer {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (*state >> 56) as u8;
        }
        Ok(())
    }
}
