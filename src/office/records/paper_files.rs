//! Record files as whoever looks at their paper may see them, and when they let it go.

use super::glance::{Glance, Glances};
use super::standing::Measure;
use crate::id::RecordFileId;
use crate::office::OfficeError;
use crate::office::ports::Transaction;
use crate::records::{Disposition, Reader, RetentionPeriod, WITHHELD, may_see};
use crate::shelves::Stay;
use crate::time::Date;
use std::collections::BTreeMap;

/// A record file, for those who look at its paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperFile {
    /// The title, or what stands in its place.
    pub title: String,
    /// Whether the reader may not see the file.
    pub withheld: bool,
    /// The custodian (管理者).
    pub custodian: String,
    /// The last day of retention, or why there is none that lets the paper go. Of a file whose records are destroyed, the
    /// day they were.
    pub until: Result<Date, Stay>,
    /// Whether its class keeps its paper whatever is scanned of it.
    pub keeps_paper: bool,
}

/// Reads record files for those who look at their paper.
pub(in crate::office) struct PaperFiles {
    glances: Glances,
    measure: Measure,
    classes_on_paper: Vec<String>,
    reader: Reader,
}

impl PaperFiles {
    /// Reads rules and holds.
    pub(in crate::office) async fn read(
        tx: &mut dyn Transaction,
        reader: Reader,
        classes_on_paper: &[String],
    ) -> Result<Self, OfficeError> {
        let measure = Measure::read(tx, reader.today).await?;
        let glances = Glances::read(tx, measure.clone()).await?;
        Ok(Self { glances, measure, classes_on_paper: classes_on_paper.to_vec(), reader })
    }

    /// Returns those of some files that are there.
    pub(in crate::office) async fn among(
        &mut self,
        tx: &mut dyn Transaction,
        files: &[RecordFileId],
    ) -> Result<BTreeMap<RecordFileId, PaperFile>, OfficeError> {
        let mut found = BTreeMap::new();
        for surveyed in tx.surveyed_among(files).await? {
            let glance = self.glances.glance(tx, surveyed).await?;
            let file = &glance.surveyed.file;
            let withheld = !may_see(file, None, &self.reader);
            let title = if withheld { WITHHELD.to_owned() } else { file.title.clone() };
            let keeps_paper = self.measure.keeps_paper(&file.class, &self.classes_on_paper);
            let custodian = file.custodian.clone();
            let paper = PaperFile { title, withheld, custodian, until: until(&glance), keeps_paper };
            found.insert(file.id, paper);
        }
        Ok(found)
    }
}

/// Tells how long the paper of a file stays. What speaks for keeping it is asked first.
fn until(glance: &Glance) -> Result<Date, Stay> {
    let file = &glance.surveyed.file;
    if let Some(day) = glance.surveyed.destroyed_on {
        return Ok(day);
    }
    if glance.held {
        return Err(Stay::Held);
    }
    match file.terms.years {
        RetentionPeriod::Permanent | RetentionPeriod::InUse => Err(Stay::ForEver),
        RetentionPeriod::Years(_) if file.disposition == Disposition::Review => Err(Stay::Review),
        RetentionPeriod::Years(_) => glance.due.expires_on.ok_or(Stay::Undated),
    }
}
