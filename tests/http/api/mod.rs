//! The API, asked over a real listener by a client of the simplest kind.

pub mod client;
mod description;
mod notices;
mod once;
mod page;
mod records;
mod refusals;
mod scopes;
mod siege;

use super::city;
