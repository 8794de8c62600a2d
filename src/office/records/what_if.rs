//! What other rules would mean for the record files there are (R1). Changes nothing.

use super::preview::rebind;
use super::standing::rule_book;
use super::views::MovedFile;
use super::{READERS, allow};
use crate::id::RecordFileId;
use crate::office::{Actor, Office, OfficeError};
use crate::records::{RuleChange, RuleDifference, RuleSet};
use std::cmp::Ordering;

/// Files in one page of the walk through all of them.
const PAGE: u32 = 1000;

/// Which files are asked for: those that a rule set treats in one way, after a file, at most so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectQuestion {
    /// What it means for them.
    pub change: RuleChange,
    /// The file after which they begin; none for all.
    pub after: Option<RecordFileId>,
    /// How many at most.
    pub most: usize,
}

/// What a rule set would mean for the classes and files there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulesEffect {
    /// What it changes class by class, what it shortens first.
    pub differences: Vec<RuleDifference>,
    /// How many files still have their records.
    pub files: u64,
    /// How many it would keep shorter, or let go more easily.
    pub shorter: u64,
    /// How many it would keep longer.
    pub longer: u64,
    /// For how many neither can be said.
    pub unclear: u64,
    /// How many of all of them have a last day that is over then, and is not now.
    pub newly_over: u64,
    /// The files that were asked for, by identifier.
    pub moved: Vec<MovedFile>,
    /// The file after which the next page of them begins; none on the last.
    pub next: Option<RecordFileId>,
}

impl Office {
    /// Tells what a rule set would mean if it were loaded and acted, as of today.
    ///
    /// Every file is looked at, a page at a time, and only what was asked for is kept.
    pub async fn effect_of_rules(
        &self,
        actor: &Actor,
        set: &RuleSet,
        question: EffectQuestion,
    ) -> Result<RulesEffect, OfficeError> {
        allow(actor, READERS)?;
        let (mut tx, today, reader) = (self.read().await?, self.today(), self.reader(actor));
        let mut effect = RulesEffect { differences: rule_book(&mut *tx).await?.differences(set), ..Default::default() };
        effect.differences.sort_by(|a, b| gravest_first(a.change, b.change));
        let mut after = None;
        loop {
            let page = tx.living_files(after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(effect) };
            after = Some(last.id);
            effect.files += page.len() as u64;
            for moved in page.into_iter().filter_map(|(file, _)| rebind(file, set, &reader).1) {
                let is_over = moved.after.is_some_and(|day| day < today);
                effect.newly_over += u64::from(is_over && moved.before.is_none_or(|day| day >= today));
                effect.take(moved, question);
            }
        }
    }
}

impl RulesEffect {
    fn take(&mut self, moved: MovedFile, question: EffectQuestion) {
        match moved.change {
            RuleChange::Shorter => self.shorter += 1,
            RuleChange::Longer => self.longer += 1,
            RuleChange::Unclear => self.unclear += 1,
            RuleChange::Same => {}
        }
        if moved.change != question.change || question.after.is_some_and(|after| moved.file <= after) {
            return;
        }
        match self.moved.len().cmp(&question.most) {
            Ordering::Less => self.moved.push(moved),
            // One more than is shown: there is a next page.
            _ => self.next = self.moved.last().map(|last| last.file),
        }
    }
}

/// Orders what is shortened before what is unclear, and that before what is lengthened.
fn gravest_first(a: RuleChange, b: RuleChange) -> Ordering {
    let place = |change| match change {
        RuleChange::Shorter => 0,
        RuleChange::Unclear => 1,
        RuleChange::Longer => 2,
        RuleChange::Same => 3,
    };
    place(a).cmp(&place(b))
}
