//! Volumes of paper: where each stands, who has it now, and that it is gone.

use super::error::PaperError;
use super::{READERS, WRITERS, allow};
use crate::id::{FurnitureId, RecordFileId, VolumeId};
use crate::office::ports::Transaction;
use crate::office::records::PaperFile;
use crate::office::records::paper_files::PaperFiles;
use crate::office::records::sight::seen_file;
use crate::office::{Actor, Office, OfficeError};
use crate::records::Reader;
use crate::shelves::{Loan, PaperVolume, ShelfError, label};
use crate::time::Date;

/// A volume to write down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVolume {
    /// What is on its spine or box.
    pub label: String,
    /// The record file whose paper it is.
    pub file: RecordFileId,
    /// How thick it is, in millimetres.
    pub thickness_mm: u32,
    /// Where it stands.
    pub place: VolumePlace,
}

/// Where a volume stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumePlace {
    /// The box that it lies in; empty for none.
    pub boxed: String,
    /// The label of the furniture that it stands in; empty for what is kept elsewhere.
    pub furniture: String,
    /// On which shelf, counted from the top.
    pub shelf: Option<u32>,
}

/// A volume as a reader may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeView {
    /// The volume.
    pub volume: PaperVolume,
    /// Its record file.
    pub file: PaperFile,
    /// The label of the furniture that it stands in; empty for none.
    pub furniture: String,
    /// Whether it should be back by now.
    pub overdue: bool,
}

impl Office {
    /// Returns the volumes of a record file that the actor may see.
    pub async fn volumes_of(&self, actor: &Actor, file: RecordFileId) -> Result<Vec<VolumeView>, OfficeError> {
        allow(actor, READERS)?;
        let (mut tx, reader) = (self.read().await?, self.reader(actor));
        seen_file(&mut *tx, &reader, file).await?;
        let volumes = tx.volumes_of(file).await?;
        views(&mut *tx, reader, volumes).await
    }

    /// Returns the volume with a label: what a reader of barcodes sends.
    pub async fn volume_labelled(&self, actor: &Actor, text: &str) -> Result<VolumeView, OfficeError> {
        allow(actor, READERS)?;
        let (mut tx, reader) = (self.read().await?, self.reader(actor));
        let text = label(text).map_err(PaperError::from)?;
        let found = tx.volume_labelled(&text).await?.ok_or(PaperError::NoSuchLabel(text))?;
        one(&mut *tx, reader, found).await
    }

    /// Returns a volume.
    pub async fn volume(&self, actor: &Actor, id: VolumeId) -> Result<VolumeView, OfficeError> {
        allow(actor, READERS)?;
        let (mut tx, reader) = (self.read().await?, self.reader(actor));
        let found = tx.volume(id).await?.ok_or(PaperError::NoSuchVolume(id))?;
        one(&mut *tx, reader, found).await
    }

    /// Returns the volumes that are lent, those that are to come back first first.
    pub async fn lent_volumes(&self, actor: &Actor) -> Result<Vec<VolumeView>, OfficeError> {
        allow(actor, READERS)?;
        let (mut tx, reader) = (self.read().await?, self.reader(actor));
        let volumes = tx.lent_volumes().await?;
        views(&mut *tx, reader, volumes).await
    }

    /// Writes a volume of a record file down.
    pub async fn add_volume(&self, actor: &Actor, new: NewVolume) -> Result<PaperVolume, OfficeError> {
        allow(actor, WRITERS)?;
        let mut tx = self.begin().await?;
        seen_file(&mut *tx, &self.reader(actor), new.file).await?;
        let text = label(&new.label).map_err(PaperError::from)?;
        if tx.volume_labelled(&text).await?.is_some() {
            return Err(PaperError::LabelTaken(text).into());
        }
        let mut volume = PaperVolume {
            id: VolumeId::from_bytes(self.random()?),
            label: text,
            file: new.file,
            thickness_mm: new.thickness_mm,
            boxed: String::new(),
            stands_in: None,
            shelf: None,
            scanned_by: None,
            loan: None,
            row_version: 1,
        };
        volume.check().map_err(PaperError::from)?;
        put(&mut *tx, &mut volume, new.place).await?;
        self.write_volume(tx, actor, volume, "volume.added").await
    }

    /// Writes down where a volume stands now.
    pub async fn move_volume(
        &self,
        actor: &Actor,
        id: VolumeId,
        place: VolumePlace,
    ) -> Result<PaperVolume, OfficeError> {
        allow(actor, WRITERS)?;
        let mut tx = self.begin().await?;
        let mut volume = self.mine(&mut *tx, actor, id).await?;
        put(&mut *tx, &mut volume, place).await?;
        self.write_volume(tx, actor, volume, "volume.moved").await
    }

    /// Writes down how thick a volume is now.
    pub async fn measure_volume(
        &self,
        actor: &Actor,
        id: VolumeId,
        thickness_mm: u32,
    ) -> Result<PaperVolume, OfficeError> {
        allow(actor, WRITERS)?;
        let mut tx = self.begin().await?;
        let mut volume = self.mine(&mut *tx, actor, id).await?;
        volume.thickness_mm = thickness_mm;
        volume.check().map_err(PaperError::from)?;
        self.write_volume(tx, actor, volume, "volume.measured").await
    }

    /// Writes down by which day all of a volume is scanned, or is to be; none takes that back.
    ///
    /// This is for the forecast of what comes free, and is no leave to destroy paper.
    pub async fn plan_scanning(
        &self,
        actor: &Actor,
        id: VolumeId,
        by: Option<Date>,
    ) -> Result<PaperVolume, OfficeError> {
        allow(actor, WRITERS)?;
        let mut tx = self.begin().await?;
        let mut volume = self.mine(&mut *tx, actor, id).await?;
        volume.scanned_by = by;
        self.write_volume(tx, actor, volume, "volume.scanning-planned").await
    }

    /// Lends a volume to somebody, until a day (貸出). The ledger says that it was lent, and not to whom.
    pub async fn lend_volume(
        &self,
        actor: &Actor,
        id: VolumeId,
        borrower: &str,
        due: Date,
    ) -> Result<PaperVolume, OfficeError> {
        allow(actor, WRITERS)?;
        let (borrower, today) = (borrower.trim().to_owned(), self.today());
        if borrower.is_empty() {
            return Err(PaperError::from(ShelfError::Unsaid("borrower")).into());
        }
        if due < today {
            return Err(PaperError::Past(due).into());
        }
        let mut tx = self.begin().await?;
        let mut volume = self.mine(&mut *tx, actor, id).await?;
        if let Some(loan) = &volume.loan {
            return Err(PaperError::Lent(loan.due).into());
        }
        volume.loan = Some(Loan { borrower, since: today, due });
        self.write_volume(tx, actor, volume, "volume.lent").await
    }

    /// Writes down that a lent volume came back (返却); who had it is kept no longer.
    pub async fn return_volume(&self, actor: &Actor, id: VolumeId) -> Result<PaperVolume, OfficeError> {
        allow(actor, WRITERS)?;
        let mut tx = self.begin().await?;
        let mut volume = self.mine(&mut *tx, actor, id).await?;
        volume.loan.take().ok_or(PaperError::NotLent)?;
        self.write_volume(tx, actor, volume, "volume.returned").await
    }

    /// Takes a volume off the list, as it was written down wrongly or is there no more. One that is lent stays.
    ///
    /// This destroys nothing, and is no leave to destroy paper.
    pub async fn remove_volume(&self, actor: &Actor, id: VolumeId) -> Result<(), OfficeError> {
        allow(actor, WRITERS)?;
        let mut tx = self.begin().await?;
        let volume = self.mine(&mut *tx, actor, id).await?;
        if let Some(loan) = &volume.loan {
            return Err(PaperError::Lent(loan.due).into());
        }
        tx.remove_volume(id).await?;
        tx.append(self.entry(actor, "volume.removed", id)?.with("file", volume.file)?).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Returns a volume whose file the actor may see, with its version counted on.
    async fn mine(&self, tx: &mut dyn Transaction, actor: &Actor, id: VolumeId) -> Result<PaperVolume, OfficeError> {
        let mut volume = tx.volume(id).await?.ok_or(PaperError::NoSuchVolume(id))?;
        seen_file(tx, &self.reader(actor), volume.file).await?;
        volume.row_version = volume.row_version.saturating_add(1);
        Ok(volume)
    }

    async fn write_volume(
        &self,
        mut tx: Box<dyn Transaction>,
        actor: &Actor,
        volume: PaperVolume,
        verb: &str,
    ) -> Result<PaperVolume, OfficeError> {
        tx.put_volume(&volume).await?;
        let entry = self.entry(actor, verb, volume.id)?.with("file", volume.file)?;
        tx.append(entry.with_number("row-version", volume.row_version)?).await?;
        tx.commit().await?;
        Ok(volume)
    }
}

/// Puts a volume where it stands: in furniture that is there, on a shelf that this has.
async fn put(tx: &mut dyn Transaction, volume: &mut PaperVolume, place: VolumePlace) -> Result<(), OfficeError> {
    volume.boxed = place.boxed.trim().to_owned();
    (volume.stands_in, volume.shelf) = (None, None);
    let text = place.furniture.trim();
    if text.is_empty() {
        return Ok(());
    }
    let found = tx.furniture_labelled(text).await?;
    let furniture = found.ok_or_else(|| PaperError::NoSuchLabel(text.to_owned()))?;
    if furniture.removed_on.is_some() {
        return Err(PaperError::FurnitureGone.into());
    }
    let shelves = furniture.readings.last().map_or(0, |reading| reading.shelves);
    if place.shelf.is_some_and(|shelf| shelf == 0 || shelf > shelves) {
        return Err(PaperError::NoSuchShelf(shelves).into());
    }
    (volume.stands_in, volume.shelf) = (Some(furniture.id), place.shelf);
    Ok(())
}

async fn one(tx: &mut dyn Transaction, reader: Reader, volume: PaperVolume) -> Result<VolumeView, OfficeError> {
    let id = volume.id;
    Ok(views(tx, reader, vec![volume]).await?.pop().ok_or(PaperError::NoSuchVolume(id))?)
}

/// Shows volumes as a reader may see them. Of a file that the reader may not see neither title nor borrower is told.
pub(super) async fn views(
    tx: &mut dyn Transaction,
    reader: Reader,
    volumes: Vec<PaperVolume>,
) -> Result<Vec<VolumeView>, OfficeError> {
    let (today, mut views) = (reader.today, Vec::new());
    let mut files = PaperFiles::read(tx, reader, &[]).await?;
    let mut labels = std::collections::BTreeMap::<FurnitureId, String>::new();
    let ids: Vec<RecordFileId> = volumes.iter().map(|volume| volume.file).collect();
    let found = files.among(tx, &ids).await?;
    for mut volume in volumes {
        let Some(file) = found.get(&volume.file).cloned() else { continue };
        if let Some(id) = volume.stands_in
            && !labels.contains_key(&id)
        {
            labels.extend(tx.furniture(id).await?.map(|furniture| (id, furniture.label)));
        }
        let furniture = volume.stands_in.and_then(|id| labels.get(&id).cloned()).unwrap_or_default();
        let overdue = volume.loan.as_ref().is_some_and(|loan| loan.due < today);
        if file.withheld
            && let Some(loan) = &mut volume.loan
        {
            loan.borrower = crate::records::WITHHELD.to_owned();
        }
        views.push(VolumeView { volume, file, furniture, overdue });
    }
    Ok(views)
}
