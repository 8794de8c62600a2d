//! Many notices of one template at once (差し込み): every row is looked at first, and all are drafted or none.

use super::NewTypeset;
use crate::id::NoticeId;
use crate::office::ports::Setting;
use crate::office::templates::{NoticeText, Template, TemplateError};
use crate::office::{Actor, Office, OfficeError, Role, side_by_side};

/// A row of a table, as a notice.
#[derive(Clone, Debug)]
pub struct MergeRow {
    /// Its line in the table, from 1, the head included.
    pub line: u64,
    /// The notice.
    pub new: NewTypeset,
}

/// What is wrong with a row.
#[derive(Debug)]
pub struct MergeFault {
    /// Its line.
    pub line: u64,
    /// Why its notice cannot be set.
    pub error: OfficeError,
}

/// A row on its way: its template and text, and what came of setting it.
struct Coming {
    line: u64,
    new: NewTypeset,
    template: Template,
    text: NoticeText,
}

impl Office {
    /// Notices that are drafted at once at most.
    pub const MOST_MERGED: usize = 500;

    /// Looks at every row without setting a page: whether its fields are filled in as the template asks, and whether fonts have
    /// every character (N16). Returns what is wrong, in the order of the rows.
    ///
    /// # Errors
    /// [`TemplateError::TooManyRows`] beyond [`Office::MOST_MERGED`].
    pub async fn look_at_merge(&self, actor: &Actor, rows: Vec<MergeRow>) -> Result<Vec<MergeFault>, OfficeError> {
        actor.require_any(&[Role::Clerk])?;
        let (mut coming, mut faults) = self.coming(actor, rows)?;
        let typesetter = self.typesetter()?;
        let looked =
            self.busy(move || side_by_side(&mut coming, |one| (one.line, typesetter.look(&one.template, &one.text))));
        let looked = looked.await??.into_iter();
        faults.extend(looked.filter_map(|(line, seen)| Some(MergeFault { line, error: seen.err()?.into() })));
        faults.sort_by_key(|fault| fault.line);
        Ok(faults)
    }

    /// Drafts the notices of all rows in one transaction; where anything is wrong with one, none, and what is wrong is told.
    ///
    /// # Errors
    /// [`TemplateError::TooManyRows`] beyond [`Office::MOST_MERGED`].
    pub async fn merge(
        &self,
        actor: &Actor,
        rows: Vec<MergeRow>,
    ) -> Result<Result<Vec<NoticeId>, Vec<MergeFault>>, OfficeError> {
        actor.require_any(&[Role::Clerk])?;
        let (mut coming, mut faults) = self.coming(actor, rows)?;
        let (typesetter, written_at) = (self.typesetter()?, self.now());
        let set = self.busy(move || {
            let set = side_by_side(&mut coming, |one| {
                let setting = Setting { written_at, preview: one.template.numbered };
                typesetter.set(&one.template, &one.text, &setting)
            })?;
            Ok::<_, crate::office::Unfinished>(coming.into_iter().zip(set).collect::<Vec<_>>())
        });
        let mut drafts = Vec::new();
        for (one, set) in set.await?? {
            match set {
                Ok(set) => {
                    let (notice, typesetting) = super::typeset::drafted(one.new, &one.template, set);
                    drafts.push(self.new_draft(actor, notice, Some(typesetting)).await?);
                }
                Err(error) => faults.push(MergeFault { line: one.line, error: error.into() }),
            }
        }
        if !faults.is_empty() {
            faults.sort_by_key(|fault| fault.line);
            return Ok(Err(faults));
        }
        let mut tx = self.begin().await?;
        for (notice, pdf) in &drafts {
            self.put_draft(&mut *tx, actor, notice, pdf).await?;
        }
        let entry = self.entry(actor, "notices.merged", actor.user())?;
        tx.append(entry.with_number("notices", drafts.len() as u64)?).await?;
        tx.commit().await?;
        Ok(Ok(drafts.into_iter().map(|(notice, _)| notice.id).collect()))
    }

    /// Holds rows to their template, and tells which do not fit it.
    fn coming(&self, actor: &Actor, rows: Vec<MergeRow>) -> Result<(Vec<Coming>, Vec<MergeFault>), TemplateError> {
        if rows.len() > Self::MOST_MERGED {
            return Err(TemplateError::TooManyRows { rows: rows.len(), most: Self::MOST_MERGED });
        }
        let (mut coming, mut faults) = (Vec::new(), Vec::new());
        for MergeRow { line, new } in rows {
            match self.text_of(&new, actor.section(), None).map(|(template, text)| (template.clone(), text)) {
                Ok((template, text)) => coming.push(Coming { line, new, template, text }),
                Err(error) => faults.push(MergeFault { line, error }),
            }
        }
        Ok((coming, faults))
    }
}
