//! How many metres the retention schedule frees, year by year (R10).

use super::{READERS, allow};
use crate::id::{FurnitureId, RecordFileId};
use crate::office::records::paper_files::PaperFiles;
use crate::office::{Actor, Office, OfficeError};
use crate::shelves::{Forecast, Millimetres, Outlook, forecast};
use crate::time::days_after;
use std::collections::BTreeMap;

/// Volumes that are read at once.
const PAGE: u32 = 500;

/// What comes free when, in all and by section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionForecast {
    /// All of it.
    pub all: Forecast,
    /// By the section whose furniture the volume stands in, else by the custodian of its file.
    pub sections: BTreeMap<String, Forecast>,
}

impl Office {
    /// Tells how many metres of the volumes that are written down come free in each of so many fiscal years, as their
    /// record files stand today. A file with a hold, without a last day, or whose fate is decided at its end stays.
    pub async fn forecast_paper(&self, actor: &Actor, years: u16) -> Result<SectionForecast, OfficeError> {
        allow(actor, READERS)?;
        let (mut tx, today) = (self.read().await?, self.today());
        let mut files = PaperFiles::read(&mut *tx, self.reader(actor), &self.settings.scans.classes_on_paper).await?;
        let furniture = tx.all_furniture().await?.into_iter().map(|piece| (piece.id, piece.section));
        let sections: BTreeMap<FurnitureId, String> = furniture.collect();
        let (mut all, mut by_section, mut after) = (Vec::new(), BTreeMap::<String, Vec<Outlook>>::new(), None);
        loop {
            let page = tx.volumes_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some((last.file, last.id));
            let mut ids: Vec<RecordFileId> = page.iter().map(|volume| volume.file).collect();
            ids.dedup();
            let found = files.among(&mut *tx, &ids).await?;
            for volume in page {
                let Some(file) = found.get(&volume.file) else { continue };
                let waits = self.settings.scans.paper_waits_days;
                let scanned = volume.scanned_by.filter(|_| !file.keeps_paper).map(|day| days_after(day, waits));
                let thickness = Millimetres(volume.thickness_mm.into());
                let outlook = Outlook { thickness, until: file.until, scanned };
                let section = volume.stands_in.and_then(|id| sections.get(&id)).unwrap_or(&file.custodian);
                by_section.entry(section.clone()).or_default().push(outlook);
                all.push(outlook);
            }
        }
        let sections = by_section.into_iter().map(|(name, volumes)| (name, forecast(&volumes, today, years)));
        Ok(SectionForecast { all: forecast(&all, today, years), sections: sections.collect() })
    }
}
