//! Why a date is as it is: codes with parameters; the words are in the catalogue.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One step of the reasoning behind a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The stable code.
    pub code: ReasonCode,
    /// The values the sentence needs, by name.
    pub parameters: BTreeMap<String, String>,
}

impl Reason {
    /// Makes a reason from a code and its values.
    pub fn new<const N: usize>(code: ReasonCode, parameters: [(&str, String); N]) -> Self {
        let parameters = parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { code, parameters }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The code of a reason.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ReasonCode {$(
            $(#[$doc])*
            #[serde(rename = $text)]
            $name,
        )*}

        impl ReasonCode {
            /// Every code, for the completeness test of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the kebab-case code.
            pub fn code(self) -> &'static str {
                match self {$(Self::$name => $text,)*}
            }
        }
    };
}

codes! {
    /// The rule that was applied: `rule`, `version`.
    RuleApplied = "retention-rule-applied",
    /// No rule applies to the class on that day, or more than one does: `class`, `day`.
    NoRule = "retention-no-rule",
    /// The base date is the day of making or receipt: `date`.
    BaseCreation = "retention-base-creation",
    /// The base date is the day the file was opened: `date`.
    BaseOpening = "retention-base-opening",
    /// The base date is the day of completion: `date`.
    BaseCompletion = "retention-base-completion",
    /// The base date is the day of the event: `date`.
    BaseEvent = "retention-base-event",
    /// The date that starts the clock is not known: `trigger`.
    BaseUnknown = "retention-base-unknown",
    /// The base date falls in this fiscal year: `date`, `year`.
    YearFiscal = "retention-year-fiscal",
    /// The base date falls in this calendar year: `date`, `year`.
    YearCalendar = "retention-year-calendar",
    /// The year was set by hand: `year`, `reason`.
    YearAssigned = "retention-year-assigned",
    /// A year was set by hand without a reason: `year`.
    YearWithoutReason = "retention-year-without-reason",
    /// Retention starts on the first day of the next fiscal year: `date`.
    StartFiscal = "retention-start-fiscal",
    /// Retention starts on the first day of the next calendar year: `date`.
    StartCalendar = "retention-start-calendar",
    /// The start was set by hand: `date`, `authority`, `reason`.
    StartOverridden = "retention-start-overridden",
    /// A start was set by hand without authority or reason: `date`.
    StartWithoutAuthority = "retention-start-without-authority",
    /// The period ends: `years`, `date`.
    Expiry = "retention-expiry",
    /// An extension moved the expiry: `years`, `date`.
    Extended = "retention-extended",
    /// An extension of no years cannot be counted: `years`.
    ExtensionUnreadable = "retention-extension-unreadable",
    /// Kept for ever.
    Permanent = "retention-permanent",
    /// Kept while in use.
    InUse = "retention-in-use",
    /// A date lies beyond the calendar: `years`.
    BeyondCalendar = "retention-beyond-calendar",
    /// A hold is open: `kind`.
    HoldOpen = "retention-hold-open",
    /// A hold keeps until a day: `kind`, `decided`, `date`.
    HoldUntil = "retention-hold-until",
    /// The expiry decides: `date`.
    KeptUntilExpiry = "retention-kept-until-expiry",
    /// A hold outlasts the expiry: `kind`, `date`.
    KeptUntilHold = "retention-kept-until-hold",
    /// No expiry can be told, so it is kept.
    KeptUndetermined = "retention-kept-undetermined",
    /// Due, because the day asked about is later: `today`, `date`.
    Due = "retention-due",
    /// Not yet due: `today`, `date`.
    NotDue = "retention-not-due",
    /// Due, but the action at expiry is another: `action`.
    NotForDestruction = "disposal-not-for-destruction",
    /// What is in the file could not be told, or it was named twice in different ways.
    CandidateUnclear = "disposal-candidate-unclear",
}
