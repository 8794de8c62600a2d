//! One file per command.

pub mod ledger;
pub mod rules;
mod rules_date;
pub mod sign;
pub mod validate;
