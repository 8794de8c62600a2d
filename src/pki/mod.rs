//! Certification paths and revocation (RFC 5280), and the issuing of certificates and CRLs.

mod anchors;

pub use anchors::TrustAnchors;
