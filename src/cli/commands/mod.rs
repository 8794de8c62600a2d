//! One file per command.

pub mod certs;
pub mod hold;
pub mod keys;
mod keys_list;
pub mod ledger;
pub mod rules;
mod rules_date;
pub mod serve;
pub mod sign;
pub mod tsa;
pub mod validate;
