//! The house itself: floors, heads, habits.

mod floors;
mod migrations;
mod pitfalls;
