//! Signatures in PDF (ISO 32000-2, 12.8; EN 319 142-1): finding them, and making them by incremental update.
