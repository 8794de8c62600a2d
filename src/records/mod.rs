//! Nouns and rules of records: file plan, record file, record, retention, hold, disposal. Plans; never deletes.
//!
//! Everything here is a pure function of what it is given: no disk, no clock. What is not known is never guessed;
//! it is kept, and the reason says so.

mod access;
mod calendar;
mod days;
mod disposal;
mod due;
mod error;
mod excerpt;
mod file;
mod filter;
mod forms;
mod gates;
mod hold;
mod plan;
mod reason;
mod retention;
mod rule_book;
mod rules;
mod rules_check;
mod rules_file;
mod search;
mod terms;
mod transfer;
mod words;

pub use access::{
    AccessClass, AccessGrant, ClassStep, ClassWish, FileAccess, Grantee, Reader, RecordAccess, WITHHELD, may_see,
};
pub use calendar::period_end;
pub use disposal::{
    Candidate, DisposalItem, DisposalMember, DisposalPlan, DisposalState, ItemState, KeptBack, ListHash,
};
pub use due::{DueDate, KeepUntil, due_date, expiry_date};
pub use error::RecordsError;
pub use excerpt::{Excerpt, excerpt, found_in};
pub use file::{Appraisal, AppraisalOutcome, FormerCustodian, Medium, Record, RecordFile, RecordState};
pub use filter::{RecordFilter, names_section};
pub use gates::{DisposalFacts, Gate, GraceFacts, MemberFacts, OfficerFacts, gates};
pub use hold::{HeldSearch, Hold, HoldKind, HoldPredicate, HoldScope, HoldTarget};
pub use plan::{ClassCode, FileClass, FilePlan};
pub use reason::{Reason, ReasonCode};
pub use retention::{
    AssignedYear, Disposition, Extension, HoldFact, RetentionFacts, RetentionPeriod, RetentionTerms, StartOverride,
    Trigger, YearBasis,
};
pub use rule_book::{RuleBook, RuleChange, RuleDifference, RuleVersion};
pub use rules::{RetentionRule, RuleReference, RuleSet};
pub use rules_check::{RuleFinding, RuleFindingCode};
pub use rules_file::RuleFile;
pub use search::SavedSearch;
pub use terms::{Sought, terms};
pub use transfer::{ReceiptFault, ReceiptLine, Transfer, TransferReceipt, receipt_faults};
pub use words::{SearchWords, WORD_FORM, grams, normal_form};
