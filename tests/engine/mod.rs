//! The engine: PDF, signatures, validation, records rules.

pub mod agreement;
mod algorithms;
mod asn1;
mod browser;
mod budgets;
mod cms;
mod codes;
pub mod demands;
pub mod hostile;
mod keystore;
mod needs;
pub mod ocsp;
pub mod openssl;
pub mod pades;
mod parsers;
mod path_cases;
mod paths;
pub mod pki;
mod pkits;
mod policy_oracle;
mod tsl;
pub mod tsl_bench;
mod tsl_interop;
pub mod tsp;
pub mod validate;
pub mod vectors;
mod wycheproof;
