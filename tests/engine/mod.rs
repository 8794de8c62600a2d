//! The engine: PDF, signatures, validation, records rules.

mod algorithms;
mod asn1;
mod cms;
mod codes;
pub mod demands;
pub mod hostile;
mod keystore;
pub mod ocsp;
pub mod openssl;
mod pades;
mod parsers;
mod path_cases;
mod paths;
pub mod pki;
mod pkits;
mod policy_oracle;
pub mod tsp;
mod validate;
pub mod vectors;
mod wycheproof;
