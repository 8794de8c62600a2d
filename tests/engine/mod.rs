//! The engine: PDF, signatures, validation, records rules.

mod pades;
