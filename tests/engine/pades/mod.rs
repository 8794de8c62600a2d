//! Signatures in PDF: what is made, what others say of it, and what is refused.

#![allow(clippy::disallowed_methods, reason = "the test command says what must be installed")]

mod city;
mod huge;
pub mod interop;
mod key_kinds;
mod levels;
mod locked;
mod matrix;
mod pitfalls;
mod refusals;
mod rules;
mod seal;
mod seal_kinds;
mod seeds;
