//! What a search asks for beside words: what that comes to in the rows, and what there is to choose from.

use super::error::FilingError;
use super::standing::rule_book;
use super::{READERS, allow};
use crate::office::ports::{Transaction, WantedFiles, WantedRecords};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{ClassCode, RecordFilter, RuleBook, names_section, normal_form};
use crate::time::Date;
use std::collections::{BTreeMap, BTreeSet};

/// What the filters of a search may name: what the register shows to every reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchChoices {
    /// The classes that have record files and those above them, by code, with the names from the top.
    pub classes: Vec<(ClassCode, String)>,
    /// The sections that made record files or keep them now, by name.
    pub sections: Vec<String>,
}

impl Office {
    /// Returns what the filters of a search may name.
    pub async fn search_choices(&self, actor: &Actor) -> Result<SearchChoices, OfficeError> {
        allow(actor, READERS)?;
        let (mut tx, today) = (self.read().await?, self.today());
        let rules = rule_book(&mut *tx).await?;
        let plan = rules.on(today).map(|set| &set.plan);
        let in_use = tx.classes_in_use().await?;
        let codes: BTreeSet<ClassCode> = in_use.into_iter().flat_map(|class| line(&rules, class, today)).collect();
        let named = |code: ClassCode| {
            let name = plan.and_then(|plan| plan.path_name(&code)).unwrap_or_default();
            (code, name)
        };
        let classes = codes.into_iter().map(named).collect();
        Ok(SearchChoices { classes, sections: named_once(tx.sections().await?) })
    }
}

/// Resolves what a search asks for beside words to what the rows of files and records say.
///
/// # Errors
/// [`FilingError::DaysReversed`] where the last day is before the first.
pub(super) async fn wanted(
    tx: &mut dyn Transaction,
    filter: &RecordFilter,
    today: Date,
) -> Result<WantedRecords, OfficeError> {
    if let (Some(earlier), Some(later)) = (filter.from, filter.until)
        && later < earlier
    {
        return Err(FilingError::DaysReversed { earlier, later }.into());
    }
    let mut files = WantedFiles::default();
    if let Some(class) = &filter.class {
        let (rules, mut classes) = (rule_book(tx).await?, tx.classes_in_use().await?);
        classes.retain(|one| line(&rules, one.clone(), today).contains(class));
        files.classes = Some(classes);
    }
    if let Some(section) = &filter.section {
        let mut names = tx.sections().await?;
        names.retain(|name| names_section(name, section));
        files.sections = Some(names);
    }
    let (from, until) = filter.days();
    Ok(WantedRecords { files, from, until, access: filter.access })
}

/// Returns a class and those above it, by the newest plan that knows it.
fn line(rules: &RuleBook, class: ClassCode, today: Date) -> Vec<ClassCode> {
    let known = rules.lines(&class, today).pop();
    known.map_or_else(|| vec![class], |(_, line)| line)
}

/// Takes names for one that look alike, and leaves out heads whose sections are there (総務課長 beside 総務課).
fn named_once(names: Vec<String>) -> Vec<String> {
    let mut normal: BTreeMap<String, String> = BTreeMap::new();
    for name in names {
        normal.entry(normal_form(&name)).or_insert(name);
    }
    let is_head = |name: &str| name.strip_suffix('長').is_some_and(|section| normal.contains_key(section));
    let shown = normal.iter().filter(|(normal, _)| !normal.is_empty() && !is_head(normal));
    let mut names: Vec<String> = shown.map(|(_, name)| name.trim().to_owned()).collect();
    names.sort();
    names
}
