//! Certification paths and revocation (RFC 5280), and the issuing of certificates and CRLs.

mod anchors;
mod constraints;
mod directory;
mod foreseen;
mod freshness;
pub mod issue;
mod lists;
mod material;
mod names;
mod needs;
mod ocsp;
mod past;
mod path;
mod policies;
mod revocation;
mod search;
mod trust_list;
mod verified;
mod work;

pub use anchors::{AnchorUse, Belief, Term, TrustAnchors};
pub use directory::{Directory, DirectoryError, DisplayName, PathNames};
pub use foreseen::{ForeseenList, PublishedList};
pub use material::{ProofSource, RevocationNeed, RevocationProof, revocation_needs};
pub use needs::{Lack, Need, NeedSource, Objection, Supply};
pub use ocsp::cert_id;
pub use past::{Past, PastUnclear};
pub use path::{PathFinding, PathOutcome, PathRequest, Purpose, View, validate_path, validate_path_and_needs};
pub use revocation::{Revocation, RevocationStatus, revocation_status};
pub use trust_list::{ListOrigin, TrustEntry, TrustList, TrustListError};
pub use verified::{GoodSignatures, Verified};
pub use work::Budget;
