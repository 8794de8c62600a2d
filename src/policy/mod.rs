//! The validation policy as data: algorithms with cut-off dates, key sizes, freshness, allowed changes.
//!
//! Also the vocabulary of judgement that `pki`, `tsp` and `validate` share: [`Outcome`] and [`SubIndication`].

mod algorithms;
mod indication;
mod paths;
mod rules;

pub use algorithms::{AlgorithmUse, Judged};
pub use indication::{Outcome, SubIndication};
pub use paths::PathPolicies;
pub use rules::{AllowedChanges, PolicyError, ValidationPolicy};
