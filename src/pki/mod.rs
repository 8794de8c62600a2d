//! Certification paths and revocation (RFC 5280), and the issuing of certificates and CRLs.

mod anchors;
mod constraints;
pub mod issue;
mod material;
mod ocsp;
mod path;
mod revocation;
mod search;

pub use anchors::TrustAnchors;
pub use material::{ProofSource, RevocationNeed, RevocationProof, revocation_needs};
pub use ocsp::cert_id;
pub use path::{Budget, PathFinding, PathOutcome, PathRequest, Purpose, View, validate_path};
pub use revocation::{Revocation, RevocationStatus, revocation_status};
