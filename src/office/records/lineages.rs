//! The classes of today's file plan with those above them.

use super::standing::rule_book;
use crate::office::OfficeError;
use crate::office::ports::Transaction;
use crate::records::{ClassCode, FilePlan};
use crate::time::Date;

/// The file plan of a day, to be asked what lies above a class; none where no rules act.
pub(in crate::office) struct Lineages(Option<FilePlan>);

impl Lineages {
    /// Tells whether the plan has a class.
    pub(in crate::office) fn knows(&self, class: &ClassCode) -> bool {
        self.0.as_ref().is_some_and(|plan| plan.lineage(class).is_some())
    }

    /// Returns a class and those above it, the narrowest first; of one that the plan does not have, the class alone.
    pub(in crate::office) fn of(&self, class: &ClassCode) -> Vec<ClassCode> {
        let line = self.0.as_ref().and_then(|plan| plan.lineage(class));
        line.map_or_else(|| vec![class.clone()], |line| line.into_iter().map(|one| one.code.clone()).collect())
    }
}

/// Reads the file plan of a day.
pub(in crate::office) async fn lineages(tx: &mut dyn Transaction, day: Date) -> Result<Lineages, OfficeError> {
    Ok(Lineages(rule_book(tx).await?.on(day).map(|set| set.plan.clone())))
}
