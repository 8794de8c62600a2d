//! The engine: PDF, signatures, validation, records rules.

mod asn1;
mod cms;
mod codes;
mod keystore;
pub mod openssl;
mod paths;
pub mod pki;
mod tsp;
mod pades;
