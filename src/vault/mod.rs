//! Packages on disk: written once, atomically; destroyed with proof.
