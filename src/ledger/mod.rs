//! Hash-chained audit entries and checkpoints.
