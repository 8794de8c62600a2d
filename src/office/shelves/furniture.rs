//! Furniture and what is read of it, head counts, and the sums of both (執務環境現況調査, R10).

use super::error::PaperError;
use super::volumes::{VolumeView, views};
use super::{READERS, WRITERS, allow};
use crate::digest::Sha256Hex;
use crate::id::FurnitureId;
use crate::office::ports::Transaction;
use crate::office::{Actor, Office, OfficeError};
use crate::shelves::{Furniture, FurnitureUse, HeadCount, Reading, SectionHeads, ShelfError, Survey, label, survey};
use crate::time::Date;

/// A piece of furniture to write down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFurniture {
    /// The number on it.
    pub label: String,
    /// The section that uses it.
    pub section: String,
    /// Where it is.
    pub place: String,
    /// What it is.
    pub kind: String,
    /// Who keeps paper in it.
    pub used: FurnitureUse,
    /// What was read of it.
    pub reading: NewReading,
}

/// What was read of furniture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewReading {
    /// The day.
    pub on: Date,
    /// The width of one shelf inside, in millimetres.
    pub width_mm: u32,
    /// How many shelves it has.
    pub shelves: u32,
    /// How much of them is taken, in per cent.
    pub fill_percent: u8,
}

/// A piece of furniture and what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FurnitureView {
    /// The furniture.
    pub furniture: Furniture,
    /// The volumes that are written down as standing there.
    pub volumes: Vec<VolumeView>,
}

impl Office {
    /// Returns every piece of furniture, by section and label; what was taken away, too.
    pub async fn all_furniture(&self, actor: &Actor) -> Result<Vec<Furniture>, OfficeError> {
        allow(actor, READERS)?;
        Ok(self.read().await?.all_furniture().await?)
    }

    /// Returns a piece of furniture with what stands in it; of record files that the actor may not see no title.
    pub async fn furniture(&self, actor: &Actor, id: FurnitureId) -> Result<FurnitureView, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        let furniture = tx.furniture(id).await?.ok_or(PaperError::NoSuchFurniture(id))?;
        let volumes = tx.volumes_in(id).await?;
        Ok(FurnitureView { furniture, volumes: views(&mut *tx, self.reader(actor), volumes).await? })
    }

    /// Sums up metres of shelf and paper by section and per head, as read until a day (R10).
    pub async fn survey(&self, actor: &Actor, on: Date) -> Result<Survey, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        Ok(survey(&tx.all_furniture().await?, &tx.heads().await?, on))
    }

    /// Writes a piece of furniture down.
    pub async fn add_furniture(&self, actor: &Actor, new: NewFurniture) -> Result<Furniture, OfficeError> {
        allow(actor, WRITERS)?;
        let id = FurnitureId::from_bytes(self.random()?);
        let furniture = made(actor, self.today(), id, new)?;
        let mut tx = self.begin().await?;
        if tx.furniture_labelled(&furniture.label).await?.is_some() {
            return Err(PaperError::LabelTaken(furniture.label).into());
        }
        self.write_furniture(&mut *tx, actor, &furniture, "furniture.added").await?;
        tx.commit().await?;
        Ok(furniture)
    }

    /// Writes down what was read of furniture that is still as it was seen; the earlier readings stay.
    pub async fn read_furniture(
        &self,
        actor: &Actor,
        id: FurnitureId,
        new: NewReading,
        seen: u64,
    ) -> Result<Furniture, OfficeError> {
        allow(actor, WRITERS)?;
        let mut tx = self.begin().await?;
        let mut furniture = there(&mut *tx, id, seen).await?;
        furniture.take(reading(actor, self.today(), new)?);
        self.write_furniture(&mut *tx, actor, &furniture, "furniture.read").await?;
        tx.commit().await?;
        Ok(furniture)
    }

    /// Writes down that furniture was taken away, once no volume stands in it. Surveys of earlier days keep it.
    pub async fn remove_furniture(
        &self,
        actor: &Actor,
        id: FurnitureId,
        on: Date,
        seen: u64,
    ) -> Result<Furniture, OfficeError> {
        allow(actor, WRITERS)?;
        if on > self.today() {
            return Err(PaperError::Future(on).into());
        }
        let mut tx = self.begin().await?;
        let mut furniture = there(&mut *tx, id, seen).await?;
        let volumes = tx.volumes_in(id).await?.len() as u64;
        if volumes > 0 {
            return Err(PaperError::FurnitureTaken(volumes).into());
        }
        furniture.removed_on = Some(on);
        self.write_furniture(&mut *tx, actor, &furniture, "furniture.removed").await?;
        tx.commit().await?;
        Ok(furniture)
    }

    /// Writes down how many people a section has from a day on.
    pub async fn count_heads(
        &self,
        actor: &Actor,
        section: &str,
        count: HeadCount,
    ) -> Result<SectionHeads, OfficeError> {
        allow(actor, WRITERS)?;
        let section = named(section, "section").map_err(PaperError::from)?;
        if count.on > self.today() {
            return Err(PaperError::Future(count.on).into());
        }
        let mut tx = self.begin().await?;
        let known = tx.heads().await?.into_iter().find(|heads| heads.section == section);
        let mut heads = known.unwrap_or(SectionHeads { section, counts: Vec::new() });
        heads.take(count);
        tx.put_heads(&heads).await?;
        let entry = self.entry(actor, "heads.counted", "survey")?.with("on", count.on)?;
        let section = Sha256Hex::of(heads.section.as_bytes());
        tx.append(entry.with("section-sha256", section)?.with_number("heads", count.heads.into())?).await?;
        tx.commit().await?;
        Ok(heads)
    }

    /// Writes furniture with its entry in the ledger.
    pub(super) async fn write_furniture(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        furniture: &Furniture,
        verb: &str,
    ) -> Result<(), OfficeError> {
        tx.put_furniture(furniture).await?;
        let entry = self.entry(actor, verb, furniture.id)?;
        tx.append(entry.with_number("row-version", furniture.row_version)?).await?;
        Ok(())
    }
}

/// Makes a piece of furniture of what is said of it.
pub(super) fn made(actor: &Actor, today: Date, id: FurnitureId, new: NewFurniture) -> Result<Furniture, PaperError> {
    let NewFurniture { label: text, section, place, kind, used, reading: read } = new;
    Ok(Furniture {
        id,
        label: label(&text)?,
        section: named(&section, "section")?,
        place: place.trim().to_owned(),
        kind: named(&kind, "kind")?,
        used,
        readings: vec![reading(actor, today, read)?],
        removed_on: None,
        row_version: 1,
    })
}

/// Checks a reading.
pub(super) fn reading(actor: &Actor, today: Date, new: NewReading) -> Result<Reading, PaperError> {
    let NewReading { on, width_mm, shelves, fill_percent } = new;
    if on > today {
        return Err(PaperError::Future(on));
    }
    let reading = Reading { on, width_mm, shelves, fill_percent, by: actor.user() };
    reading.check()?;
    Ok(reading)
}

/// Returns furniture that is there and as it was seen, with its version counted on.
async fn there(tx: &mut dyn Transaction, id: FurnitureId, seen: u64) -> Result<Furniture, OfficeError> {
    let mut furniture = tx.furniture(id).await?.ok_or(PaperError::NoSuchFurniture(id))?;
    if furniture.row_version != seen {
        return Err(OfficeError::ChangedMeanwhile);
    }
    if furniture.removed_on.is_some() {
        return Err(PaperError::FurnitureGone.into());
    }
    furniture.row_version = seen.saturating_add(1);
    Ok(furniture)
}

/// Returns a text that must be said, without the space around it.
fn named(text: &str, name: &'static str) -> Result<String, ShelfError> {
    let text = text.trim();
    if text.is_empty() { Err(ShelfError::Unsaid(name)) } else { Ok(text.to_owned()) }
}
