//! The database behind the office's port.
