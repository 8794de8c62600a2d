//! What is known of the records whose paper somebody wants to shred (R8).

use super::standing::{Measure, Standing};
use crate::id::RecordFileId;
use crate::office::OfficeError;
use crate::office::ports::{FixityState, Transaction};
use crate::records::{Reader, WITHHELD, may_see};
use crate::scans::{PaperFacts, PaperOriginal};
use std::collections::BTreeMap;

/// Judges paper by the records that were made of it. Read in one transaction.
pub(in crate::office) struct PaperJudge {
    measure: Measure,
    /// Classes whose paper is always kept, with those below them.
    classes_on_paper: Vec<String>,
    files: BTreeMap<RecordFileId, Standing>,
}

/// What is known of the record of a paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::office) struct PaperRecord {
    /// What keeps the paper, or lets it go.
    pub(in crate::office) facts: PaperFacts,
    /// The title, where there is one that the reader may see.
    pub(in crate::office) title: String,
    /// The title of the file, where the reader may see it.
    pub(in crate::office) file_title: String,
    /// Whether the reader may not see the record.
    pub(in crate::office) withheld: bool,
}

impl PaperJudge {
    /// Reads rules and holds.
    pub(in crate::office) async fn read(
        tx: &mut dyn Transaction,
        reader: &Reader,
        classes_on_paper: &[String],
    ) -> Result<Self, OfficeError> {
        let measure = Measure::read(tx, reader.today).await?;
        Ok(Self { measure, classes_on_paper: classes_on_paper.to_vec(), files: BTreeMap::new() })
    }

    /// Returns what is known of the record of a paper. What cannot be told keeps it.
    pub(in crate::office) async fn record_of(
        &mut self,
        tx: &mut dyn Transaction,
        reader: &Reader,
        paper: &PaperOriginal,
    ) -> Result<PaperRecord, OfficeError> {
        if !self.files.contains_key(&paper.file) {
            let standing = self.measure.stand_by_id(tx, paper.file).await?;
            self.files.insert(paper.file, standing);
        }
        let destroyed = tx.tombstone(paper.record).await?.is_some();
        let sound = tx.fixity(paper.record).await?.is_some_and(|row| row.state == FixityState::Sound);
        let Some(standing) = self.files.get(&paper.file) else {
            return Err(super::FilingError::NoSuchFile(paper.file).into());
        };
        let row = standing.records.iter().find(|row| row.record.id == paper.record);
        let filed = row.is_some_and(|row| row.record.state.keeps_bytes());
        let file = &standing.row.file;
        let class_keeps_paper = self.measure.keeps_paper(&file.class, &self.classes_on_paper);
        let facts = PaperFacts { filed, destroyed, sound, held: standing.held, class_keeps_paper };
        let withheld = !may_see(file, row.map(|row| &row.record), reader);
        let shown = |text: String| if withheld { WITHHELD.to_owned() } else { text };
        let title = shown(row.map(|row| row.record.title.clone()).unwrap_or_default());
        Ok(PaperRecord { facts, title, file_title: shown(file.title.clone()), withheld })
    }
}
