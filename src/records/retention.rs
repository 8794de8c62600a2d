//! The terms of a retention rule, and the facts about one record file that they are applied to.

use super::HoldKind;
use crate::id::HoldId;
use crate::time::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What starts the clock (起算基準).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// The day the record was made or received (作成・取得の日).
    Creation,
    /// The day the record file was opened (簿冊を作成した日).
    Opening,
    /// The day the matter was completed (完結の日).
    Completion,
    /// The day of a named event, for example a permit lapsing (失効・満了などの事由の日).
    Event,
}

/// Which year the base date is read in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum YearBasis {
    /// Fiscal year, 1 April to 31 March (年度; R7).
    Fiscal,
    /// Calendar year (暦年).
    Calendar,
}

/// How long a record file is kept (保存期間).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "PeriodText", try_from = "PeriodText")]
pub enum RetentionPeriod {
    /// Whole years, 1 to [`RetentionPeriod::MOST_YEARS`].
    Years(u16),
    /// For ever (永年): no expiry.
    Permanent,
    /// While in use (常用): no expiry until another rule is bound.
    InUse,
}

impl RetentionPeriod {
    /// The longest period in years that a rule may name; longer ones are meant to be permanent.
    pub const MOST_YEARS: u16 = 100;
}

/// What happens when the period has run out (満了時の措置).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disposition {
    /// Destroyed (廃棄).
    Destroy,
    /// Handed to the archives (移管).
    Transfer,
    /// Decided file by file: extend, transfer or destroy (延長判断). Never destroyed without that decision.
    Review,
}

/// The terms of one retention rule, as bound to a record file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RetentionTerms {
    /// What starts the clock.
    pub trigger: Trigger,
    /// Fiscal or calendar year.
    pub year: YearBasis,
    /// How long.
    pub years: RetentionPeriod,
}

/// A year set by hand (所属年度), for example for the settlement months of April and May.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AssignedYear {
    /// The year, fiscal or calendar as the rule says.
    pub year: i16,
    /// Why it was set; never empty.
    pub reason: String,
}

/// A first day of retention set by hand, on somebody's authority.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StartOverride {
    /// The first day of retention (起算日).
    pub starts_on: Date,
    /// Who or what provision allows it; never empty.
    pub authority: String,
    /// Why; never empty.
    pub reason: String,
}

/// One approved extension of a period (保存期間の延長), counted from the day after the expiry it extends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Extension {
    /// Whole years, at least 1.
    pub years: u16,
    /// The day it was approved, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_on: Option<Date>,
    /// Who or what provision allowed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<String>,
}

/// What a hold means for dates: its kind, and the day it was decided, if it was.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct HoldFact {
    /// The hold, where it has an identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<HoldId>,
    /// Audit, litigation, appeal or disclosure.
    pub kind: HoldKind,
    /// The day it ended (audit, litigation) or was ruled on or decided (appeal, disclosure); none while it is open.
    pub decided: Option<Date>,
}

/// What is known about one record file, for its dates. Whatever is unknown is `None` and means: keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct RetentionFacts {
    /// The day the record was made or received; for a file with several records the latest of them.
    pub created: Option<Date>,
    /// The day the record file was opened.
    pub opened: Option<Date>,
    /// The day the matter was completed.
    pub completed: Option<Date>,
    /// The day the rule's event happened.
    pub event: Option<Date>,
    /// A year set by hand.
    pub year: Option<AssignedYear>,
    /// A first day of retention set by hand.
    pub start_override: Option<StartOverride>,
    /// Approved extensions in the order they were approved.
    pub extensions: Vec<Extension>,
}

impl RetentionFacts {
    /// Returns the base date that a trigger asks for, where it is known.
    pub fn base(&self, trigger: Trigger) -> Option<Date> {
        match trigger {
            Trigger::Creation => self.created,
            Trigger::Opening => self.opened,
            Trigger::Completion => self.completed,
            Trigger::Event => self.event,
        }
    }
}

impl Trigger {
    /// Returns the word used in rule files, JSON and ledgers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Creation => "creation",
            Self::Opening => "opening",
            Self::Completion => "completion",
            Self::Event => "event",
        }
    }
}

impl YearBasis {
    /// Returns the word used in rule files, JSON and ledgers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fiscal => "fiscal",
            Self::Calendar => "calendar",
        }
    }
}

impl Disposition {
    /// Returns the word used in rule files, JSON and ledgers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Destroy => "destroy",
            Self::Transfer => "transfer",
            Self::Review => "review",
        }
    }
}

impl fmt::Display for RetentionPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Years(years) => write!(f, "{years}"),
            Self::Permanent => f.write_str("permanent"),
            Self::InUse => f.write_str("in-use"),
        }
    }
}

/// A period as text: a number, `permanent` or `in-use`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum PeriodText {
    Number(i64),
    Word(String),
}

impl From<RetentionPeriod> for PeriodText {
    fn from(period: RetentionPeriod) -> Self {
        match period {
            RetentionPeriod::Years(years) => Self::Number(i64::from(years)),
            other => Self::Word(other.to_string()),
        }
    }
}

impl TryFrom<PeriodText> for RetentionPeriod {
    type Error = &'static str;
    fn try_from(text: PeriodText) -> Result<Self, Self::Error> {
        match text {
            PeriodText::Number(years) => match u16::try_from(years) {
                Ok(years) if (1..=Self::MOST_YEARS).contains(&years) => Ok(Self::Years(years)),
                _ => Err("a period is 1 to 100 years, \"permanent\" or \"in-use\""),
            },
            PeriodText::Word(word) if word == "permanent" => Ok(Self::Permanent),
            PeriodText::Word(word) if word == "in-use" => Ok(Self::InUse),
            PeriodText::Word(_) => Err("a period is 1 to 100 years, \"permanent\" or \"in-use\""),
        }
    }
}
