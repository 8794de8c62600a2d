//! The API, asked over a real listener by a client of the simplest kind.

mod client;
mod description;
mod notices;
mod once;
mod page;
mod records;
mod refusals;

use super::city;
