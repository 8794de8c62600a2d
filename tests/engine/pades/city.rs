//! The test PKI as a city hall: its seals, its timestamping authority, its clock.

use crate::engine::pki::{NOW, TestEntropy, instant, pki};
use fumikura::asn1::{Certificate, Oid};
use fumikura::cms::SigningIdentity;
use fumikura::time::{FixedClock, Instant};
use fumikura::tsp::{Authority, AuthorityOptions, LocalSource};
use std::sync::Arc;

/// Returns the moment at which all these tests happen.
pub fn now() -> Instant {
    instant(NOW)
}

/// Returns a seal by its name in the test PKI.
pub fn seal(name: &str) -> SigningIdentity {
    pki().identity(name)
}

/// Returns the seal with an RSA-2048 key.
pub fn usual_seal() -> SigningIdentity {
    seal("signer-rsa2048")
}

/// Returns a timestamping authority in this process.
pub fn timestamps() -> LocalSource {
    stamping_with(pki().chain("tsa"))
}

/// Returns a timestamping authority whose tokens hold these certificates beside its own.
pub fn stamping_with(chain: Vec<Certificate>) -> LocalSource {
    stamping(chain, now())
}

/// Returns a timestamping authority at a moment of its own.
pub fn stamping(chain: Vec<Certificate>, at: Instant) -> LocalSource {
    let options = AuthorityOptions::with_policy(Oid::new_unwrap("1.3.6.1.4.1.99999.1"));
    let identity = SigningIdentity::new(Arc::new(pki().signer("tsa")), pki().certificate("tsa").clone(), chain);
    let authority = Authority::new(identity.unwrap(), options).unwrap();
    LocalSource::new(Arc::new(authority), Arc::new(FixedClock(at)), Arc::new(TestEntropy))
}
