//! The engine: PDF, signatures, validation, records rules.

mod algorithms;
mod asn1;
mod cms;
mod codes;
mod keystore;
pub mod ocsp;
pub mod openssl;
mod pades;
mod parsers;
mod paths;
pub mod pki;
pub mod tsp;
mod validate;
