//! Takes over a survey from a table: every line becomes a reading, or none does (R10).

use super::error::PaperError;
use super::furniture::{NewFurniture, made, reading};
use super::{WRITERS, allow};
use crate::digest::Sha256Hex;
use crate::fault::{Fault, Kind};
use crate::id::FurnitureId;
use crate::office::{Actor, Office, OfficeError};
use crate::shelves::Furniture;
use crate::time::Date;
use std::collections::{BTreeMap, BTreeSet};

/// A line of a survey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyLine {
    /// Where it stands, counted from 1, the head included.
    pub line: u64,
    /// What it says.
    pub furniture: NewFurniture,
}

/// What keeps a line from being taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SurveyFault {
    /// The label stands on another line, too.
    #[error("the label stands on another line, too")]
    Twice,
    /// It could not be written down by hand either.
    #[error(transparent)]
    Paper(#[from] PaperError),
}

impl Fault for SurveyFault {
    fn code(&self) -> &'static str {
        match self {
            Self::Twice => "survey-line-twice",
            Self::Paper(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}

/// What became of a survey that was taken over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SurveyImport {
    /// How many pieces of furniture are new.
    pub added: usize,
    /// How many that were known have a new reading.
    pub read: usize,
    /// What is wrong, by line.
    pub problems: Vec<(u64, SurveyFault)>,
    /// Whether it was written down.
    pub is_done: bool,
}

impl Office {
    /// Takes over a survey: a label that is not known is new furniture, one that is known has a new reading, and is where
    /// and whose the line says. One line that is wrong, and nothing is done.
    ///
    /// `source` is the digest of the file that the lines were read from. With `try_only`, nothing is done either way.
    pub async fn import_survey(
        &self,
        actor: &Actor,
        lines: Vec<SurveyLine>,
        source: &Sha256Hex,
        try_only: bool,
    ) -> Result<SurveyImport, OfficeError> {
        allow(actor, WRITERS)?;
        let (mut tx, today) = (self.begin().await?, self.today());
        let mut known: BTreeMap<String, Furniture> = BTreeMap::new();
        for furniture in tx.all_furniture().await? {
            known.insert(furniture.label.clone(), furniture);
        }
        let (mut import, mut seen, mut written) = (SurveyImport::default(), BTreeSet::new(), Vec::new());
        for line in lines {
            let id = FurnitureId::from_bytes(self.random()?);
            let taken = taken_over(actor, today, id, line.furniture, &known);
            match taken {
                Ok((furniture, _)) if !seen.insert(furniture.label.clone()) => {
                    import.problems.push((line.line, SurveyFault::Twice));
                }
                Ok((furniture, is_new)) => {
                    *(if is_new { &mut import.added } else { &mut import.read }) += 1;
                    written.push((furniture, is_new));
                }
                Err(fault) => import.problems.push((line.line, fault.into())),
            }
        }
        if try_only || !import.problems.is_empty() || written.is_empty() {
            return Ok(import);
        }
        for (furniture, is_new) in &written {
            let verb = if *is_new { "furniture.added" } else { "furniture.read" };
            self.write_furniture(&mut *tx, actor, furniture, verb).await?;
        }
        let entry = self.entry(actor, "survey.imported", "survey")?.with("imported-from", source)?;
        tx.append(entry.with_number("furniture", written.len() as u64)?).await?;
        tx.commit().await?;
        import.is_done = true;
        Ok(import)
    }
}

/// Makes the furniture of a line; tells whether it is new.
fn taken_over(
    actor: &Actor,
    today: Date,
    id: FurnitureId,
    new: NewFurniture,
    known: &BTreeMap<String, Furniture>,
) -> Result<(Furniture, bool), PaperError> {
    let read = new.reading;
    let fresh = made(actor, today, id, new)?;
    let Some(before) = known.get(&fresh.label) else { return Ok((fresh, true)) };
    if before.removed_on.is_some() {
        return Err(PaperError::FurnitureGone);
    }
    let mut furniture = Furniture {
        id: before.id,
        readings: before.readings.clone(),
        row_version: before.row_version.saturating_add(1),
        ..fresh
    };
    furniture.take(reading(actor, today, read)?);
    Ok((furniture, false))
}
