//! The house itself: floors, heads, habits.

mod floors;
mod ledger_words;
mod migrations;
mod pitfalls;
