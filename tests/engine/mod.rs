//! The engine: PDF, signatures, validation, records rules.

mod asn1;
mod cms;
mod keystore;
mod openssl;
mod paths;
pub mod pki;
mod tsp;
mod pades;
