//! The engine: PDF, signatures, validation, records rules.
