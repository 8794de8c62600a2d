//! One file per command.

pub mod certs;
pub mod db;
pub mod deferred;
pub mod disposal;
pub mod extend;
pub mod hold;
pub mod keys;
mod keys_demo;
mod keys_list;
pub mod ledger;
pub mod notices;
pub mod records;
mod records_audit;
mod records_export;
mod records_ingest;
mod records_register;
pub mod rules;
mod rules_date;
pub mod seal_batch;
pub mod serve;
pub mod sign;
mod signature;
pub mod trust;
mod trust_show;
pub mod tsa;
pub mod user;
pub mod validate;
