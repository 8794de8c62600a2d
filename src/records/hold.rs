//! Holds on disposal (廃棄保留; 公文書管理法施行令 9, R6). Placing one is never refused.

use super::words::hold_finds;
use super::{ClassCode, HoldFact};
use crate::id::{HoldId, RecordFileId, RecordId, SearchId, UserId};
use crate::time::{Date, Instant};
use serde::{Deserialize, Serialize};

/// Why records are held (施行令 9 (1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldKind {
    /// An audit or inspection is under way (監査・検査): until it ends.
    Audit,
    /// A lawsuit is pending (訴訟): until it ends.
    Litigation,
    /// An appeal was made (不服申立て): one year from the day after the ruling.
    Appeal,
    /// Disclosure was asked for (開示請求): one year from the day after the decision.
    Disclosure,
}

impl HoldKind {
    /// Returns the word used in JSON and ledgers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::Litigation => "litigation",
            Self::Appeal => "appeal",
            Self::Disclosure => "disclosure",
        }
    }
}

/// What a hold lies on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldScope {
    /// One record. Its whole record file is kept with it, because one file has one fate.
    Record(RecordId),
    /// One record file.
    File(RecordFileId),
    /// A class of the file plan and every class below it.
    Class(ClassCode),
    /// Everything that a description matches, present and future.
    Predicate(HoldPredicate),
}

/// A description of records; all given parts must match. With no part given it matches everything.
///
/// Words are asked for by the rule of the search page ([`super::SearchWords`]): all of them, whatever the form of their
/// characters. What has them letter by letter, spaces and all, is matched in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HoldPredicate {
    /// Words that the title of the file or of a record in it holds.
    pub title_contains: Option<String>,
    /// A class and every class below it.
    pub class: Option<ClassCode>,
    /// Made or received on this day or later.
    pub created_from: Option<Date>,
    /// Made or received on this day or earlier.
    pub created_until: Option<Date>,
    /// Words that the name of the section that made the file holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_contains: Option<String>,
    /// Words that the name of the file's custodian holds, of the present one or of one before: a reorganisation lets nothing go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custodian_contains: Option<String>,
}

/// A hold. It lies beside the state of a record and is not a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The identifier.
    pub id: HoldId,
    /// Why.
    pub kind: HoldKind,
    /// On what.
    pub scope: HoldScope,
    /// Case number or description; may hold personal data and never enters the ledger.
    pub reason: String,
    /// Who placed it.
    pub placed_by: UserId,
    /// When it was placed.
    pub placed_at: Instant,
    /// The day it ended, or was ruled on or decided; none while it is open.
    pub decided: Option<Date>,
    /// Counts changes of the row, from 1.
    pub row_version: u64,
    /// The number of the rule set that acted when it was placed, in the order of loading; none where that is not known.
    /// What lay below a class then, or at any time since, stays held when a later plan moves it elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<u32>,
    /// The saved search that it was placed on, for those who look. It lies on the description in `scope`, which that
    /// search had then: what is saved under the name later changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<HeldSearch>,
}

/// A saved search as it was when a hold was placed on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldSearch {
    /// The search.
    pub id: SearchId,
    /// Its name.
    pub name: String,
    /// The version of its row.
    pub row_version: u64,
}

/// A record file, or one record in it, as a hold sees it. What is unknown counts as matching.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HoldTarget {
    /// The record file.
    pub file: Option<RecordFileId>,
    /// Every record in the file; empty means unknown only if [`HoldTarget::records_known`] is false.
    pub records: Vec<RecordId>,
    /// Whether `records` and `titles` are complete.
    pub records_known: bool,
    /// The class and its parents, from the class itself to the top.
    pub classes: Vec<ClassCode>,
    /// The class and its parents by every plan that has acted so far, with the number of its rule set.
    pub lines: Vec<(u32, Vec<ClassCode>)>,
    /// The titles of the file and its records.
    pub titles: Vec<String>,
    /// The earliest and latest day of making or receiving among the records.
    pub created: Option<(Date, Date)>,
    /// The section that made the file.
    pub creator: Option<String>,
    /// Its present custodian and those before; empty where that is not known.
    pub custodians: Vec<String>,
}

impl Hold {
    /// Tells whether the hold lies on the target. What is not known is taken to be held.
    pub fn covers(&self, target: &HoldTarget) -> bool {
        match &self.scope {
            HoldScope::Record(id) => target.records.contains(id) || !target.records_known,
            HoldScope::File(id) => target.file.is_none_or(|file| file == *id),
            HoldScope::Class(class) => within(class, target, self.plan),
            HoldScope::Predicate(predicate) => predicate.matches(target, self.plan),
        }
    }

    /// Tells whether what it keeps depends on what records are called, or when they were made.
    pub fn asks_contents(&self) -> bool {
        matches!(&self.scope, HoldScope::Predicate(predicate) if predicate.asks_contents())
    }

    /// Returns what the hold means for dates.
    pub fn fact(&self) -> HoldFact {
        HoldFact { id: Some(self.id), kind: self.kind, decided: self.decided }
    }
}

impl HoldPredicate {
    /// Tells whether it asks what records are called, or when they were made.
    pub fn asks_contents(&self) -> bool {
        self.title_contains.is_some() || self.created_from.is_some() || self.created_until.is_some()
    }

    /// Tells whether every given part matches, the class by the plan of a number or a later one. What is not known is
    /// taken to match.
    pub fn matches(&self, target: &HoldTarget, plan: Option<u32>) -> bool {
        let title = self.title_contains.as_ref().is_none_or(|words| {
            !target.records_known
                || target.titles.is_empty()
                || target.titles.iter().any(|title| hold_finds(words, title))
        });
        let class = self.class.as_ref().is_none_or(|class| within(class, target, plan));
        let from = self.created_from.is_none_or(|from| target.created.is_none_or(|(_, last)| last >= from));
        let until = self.created_until.is_none_or(|until| target.created.is_none_or(|(first, _)| first <= until));
        let creator = named(self.creator_contains.as_deref(), target.creator.as_slice());
        let custodian = named(self.custodian_contains.as_deref(), &target.custodians);
        title && class && from && until && creator && custodian
    }

    /// Tells whether no part is given, so that everything matches.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Tells whether one of some names holds the words that are asked for.
fn named(words: Option<&str>, names: &[String]) -> bool {
    words.is_none_or(|words| names.is_empty() || names.iter().any(|name| hold_finds(words, name)))
}

/// Tells whether the target lies in a class today, or lay there by a plan that has acted since.
fn within(class: &ClassCode, target: &HoldTarget, since: Option<u32>) -> bool {
    let mut lines = target.lines.iter().filter(|(number, _)| since.is_none_or(|since| *number >= since));
    target.classes.is_empty() || target.classes.contains(class) || lines.any(|(_, line)| line.contains(class))
}
