//! Takes a document into the tray: row, bytes, row, so that a crash leaves either all of it or nothing that was acknowledged.

use super::error::TrayError;
use super::{FILERS, SYSTEM, allow};
use crate::digest::Sha256Hex;
use crate::id::{RecordId, TokenId, UserId};
use crate::office::error::{LONGEST_FILE_NAME, LONGEST_TITLE, fits};
use crate::office::ports::{
    FilingWish, PackageName, PackageReceipt, StoreError, TrayItem, TraySource, TrayState, VaultError,
};
use crate::office::records::Arrival;
use crate::office::records::sight::seen_file;
use crate::office::{Actor, Office, OfficeError};
use crate::package::{Original, WaitingContents, write_waiting_bag};

/// The largest document that is taken: it is held in memory while it is worked on.
pub(super) const LARGEST_BYTES: u64 = 512 << 20;

/// The longest name of what a document was scanned with, in characters.
const LONGEST_DEVICE: usize = 200;
/// For how many days it is known what hot folders gave.
const KNOWN_DAYS: i64 = 90;

/// A document that comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewArrival {
    /// The true name of the file.
    pub name: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Where it comes from.
    pub source: TraySource,
    /// What it was scanned with; empty where that is not known.
    pub device: String,
    /// As what it is to be filed, as far as that is known.
    pub wish: FilingWish,
    /// How many pages its cover sheet says.
    pub expected_pages: Option<u32>,
}

/// Who brought a document, for the parts that come of it.
#[derive(Clone, Debug)]
pub(super) struct Bringer {
    pub(super) user: UserId,
    pub(super) section: String,
    pub(super) token: Option<TokenId>,
}

impl Office {
    /// Takes a document into the tray, and returns only when it is safe there.
    ///
    /// # Errors
    /// [`TrayError::Empty`], [`TrayError::TooLarge`]; what [`Office::look_at`] refuses; a record file that is not there or that
    /// the actor may not see.
    pub async fn take_in(&self, actor: &Actor, new: NewArrival) -> Result<TrayItem, OfficeError> {
        self.take_in_as(actor, RecordId::from_bytes(self.random()?), new).await
    }

    /// Takes a document in under an identifier that was chosen before.
    pub(super) async fn take_in_as(
        &self,
        actor: &Actor,
        id: RecordId,
        new: NewArrival,
    ) -> Result<TrayItem, OfficeError> {
        allow(actor, FILERS)?;
        if let Some(file) = new.wish.file {
            let (reader, mut tx) = (self.reader(actor), self.read().await?);
            seen_file(&mut *tx, &reader, file).await?;
        }
        let bringer = Bringer { user: actor.user(), section: actor.section().to_owned(), token: actor.token() };
        self.bring(&bringer, id, new).await
    }

    /// Tells whether a hot folder gave a document of these bytes and this name before, within some months.
    pub async fn taken_before(&self, actor: &Actor, name: &str, sha256: &Sha256Hex) -> Result<bool, OfficeError> {
        allow(actor, FILERS)?;
        Ok(self.read().await?.is_taken(&given(name, sha256)).await?)
    }

    /// Takes a document in under an identifier that was chosen before; what is there already under it stays as it is.
    pub(super) async fn bring(
        &self,
        bringer: &Bringer,
        id: RecordId,
        new: NewArrival,
    ) -> Result<TrayItem, OfficeError> {
        if new.bytes.is_empty() {
            return Err(TrayError::Empty.into());
        }
        if new.bytes.len() as u64 > LARGEST_BYTES {
            return Err(TrayError::TooLarge(LARGEST_BYTES).into());
        }
        let NewArrival { name, bytes, source, device, wish, expected_pages } = new;
        fits(&wish.title, "title", LONGEST_TITLE)?;
        fits(&name, "original name", LONGEST_FILE_NAME)?;
        fits(&device, "device", LONGEST_DEVICE)?;
        let looked = self.look_at(&name, bytes).await?;
        let package = PackageName { record: id, version: 1 };
        let (original_name, signed) = (name.clone(), looked.validation_report.is_some());
        let packed = self.busy(move || packed(package, name, looked)).await??;
        let item = TrayItem {
            id,
            state: TrayState::Arriving,
            source,
            section: bringer.section.clone(),
            arrived_at: self.now(),
            arrived_by: bringer.user,
            token: bringer.token,
            device,
            worker: self.workplace.worker(),
            original_name,
            media_type: packed.media_type,
            size_bytes: packed.size_bytes,
            sha256: packed.sha256,
            signed,
            bag_sha256: Sha256Hex::of(&packed.bag),
            receipt: None,
            wish,
            expected_pages,
            pages: Vec::new(),
            reader: None,
            troubles: Vec::new(),
            attempts: 0,
            check: None,
            becomes: None,
            kept_until: None,
            row_version: 1,
        };
        let mut tx = self.begin().await?;
        if let Some(there) = tx.tray_item(id).await?.filter(|there| there.state != TrayState::Arriving) {
            return Ok(there);
        }
        tx.put_tray_item(&item).await?;
        tx.commit().await?;
        let bag = packed.bag;
        match self.with_vault(move |vault| vault.write(package, &bag)).await {
            Ok(receipt) => self.arrived(item, receipt).await,
            Err(error) => {
                self.never_arrived(id).await?;
                Err(error)
            }
        }
    }

    /// Writes down that a document is safe.
    async fn arrived(&self, mut item: TrayItem, receipt: PackageReceipt) -> Result<TrayItem, OfficeError> {
        (item.state, item.receipt, item.worker) = (TrayState::Waiting, Some(receipt), None);
        let mut tx = self.begin().await?;
        let entry = self.entry_by(&item.arrived_by.to_string(), "tray.arrived", item.id)?;
        let entry = entry.with("sha256", &item.sha256)?.with_number("size-bytes", item.size_bytes)?;
        let entry = match item.token {
            Some(token) => entry.with("token", token)?,
            None => entry,
        };
        tx.put_tray_item(&item).await?;
        if item.source == TraySource::Folder {
            let today = self.today();
            let forget_before = today.saturating_sub(jiff::SignedDuration::from_hours(24 * KNOWN_DAYS));
            tx.put_taken(&given(&item.original_name, &item.sha256), today, forget_before).await?;
        }
        tx.append(entry).await?;
        tx.commit().await?;
        Ok(item)
    }

    async fn never_arrived(&self, id: RecordId) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        tx.remove_tray_item(id).await?;
        tx.append(self.entry_by(SYSTEM, "tray.not-taken", id)?).await?;
        Ok(tx.commit().await?)
    }

    /// Settles what nobody who lives is bringing: safe, or never acknowledged. What does not say who brings it is left by a
    /// crash where nobody else works. Returns what could not be told.
    pub(in crate::office) async fn settle_arrivals(&self, alone: bool) -> Result<Vec<RecordId>, OfficeError> {
        let mut tx = self.read().await?;
        let living: Vec<_> = tx.workers().await?.into_iter().map(|worker| worker.id).collect();
        let mut arriving = tx.tray_in(TrayState::Arriving, None, u32::MAX).await?;
        drop(tx);
        arriving.retain(|item| item.worker.map_or(alone, |worker| !living.contains(&worker)));
        let mut untold = Vec::new();
        for item in arriving {
            let (package, bag_sha256) = (PackageName { record: item.id, version: 1 }, item.bag_sha256.clone());
            match self.with_vault(move |vault| Ok(vault.adopt(package, &bag_sha256))).await? {
                Ok(receipt) => drop(self.arrived(item, receipt).await?),
                Err(VaultError::NoSuchPackage(_)) => self.never_arrived(item.id).await?,
                Err(_) => untold.push(item.id),
            }
        }
        Ok(untold)
    }
}

/// A document with its bag.
struct Packed {
    media_type: String,
    size_bytes: u64,
    sha256: Sha256Hex,
    bag: Vec<u8>,
}

fn packed(package: PackageName, name: String, looked: Arrival) -> Result<Packed, OfficeError> {
    let Arrival { bytes, media_type, validation_report } = looked;
    let (size_bytes, sha256) = (bytes.len() as u64, Sha256Hex::of(&bytes));
    let original = Original { name, media_type: media_type.clone(), bytes, sha256: sha256.clone() };
    let contents = WaitingContents { original, derivatives: Vec::new(), validation_report };
    let bag = write_waiting_bag(&package.to_string(), &contents).map_err(VaultError::from)?;
    Ok(Packed { media_type, size_bytes, sha256, bag })
}

/// Returns the digest by which it is known what a hot folder gave.
fn given(name: &str, sha256: &Sha256Hex) -> Sha256Hex {
    Sha256Hex::of(format!("{sha256}/{name}").as_bytes())
}

impl TrayItem {
    /// Returns the receipt of its newest package.
    pub(super) fn safe(&self) -> Result<PackageReceipt, StoreError> {
        self.receipt.clone().ok_or_else(|| StoreError::Damaged(format!("document {} has no package", self.id)))
    }

    /// Returns who brought it.
    pub(super) fn bringer(&self) -> Bringer {
        Bringer { user: self.arrived_by, section: self.section.clone(), token: self.token }
    }

    /// Returns its next version.
    pub(super) fn changed(mut self) -> Self {
        self.row_version = self.row_version.saturating_add(1);
        self
    }
}
