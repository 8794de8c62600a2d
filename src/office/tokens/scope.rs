//! What a token may be used for, and which of its account's roles count then.

use super::TokenError;
use crate::office::Role;
use serde::{Deserialize, Serialize};

/// What a token may be used for. What needs a person (to approve, to seal, to issue, to dispose) is no scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Notices are drafted, submitted, and the recipient's agreement recorded.
    #[serde(rename = "notices:draft")]
    NoticesDraft,
    /// Notices are read, with what became of them.
    #[serde(rename = "notices:read")]
    NoticesRead,
    /// Record files are opened and documents filed.
    #[serde(rename = "records:file")]
    RecordsFile,
    /// The register and records are read and searched.
    #[serde(rename = "records:read")]
    RecordsRead,
    /// Holds are read.
    #[serde(rename = "holds:read")]
    HoldsRead,
    /// Disposals are read.
    #[serde(rename = "disposals:read")]
    DisposalsRead,
    /// PDFs are judged.
    #[serde(rename = "verify")]
    Verify,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 7] = [
        Self::NoticesDraft,
        Self::NoticesRead,
        Self::RecordsFile,
        Self::RecordsRead,
        Self::HoldsRead,
        Self::DisposalsRead,
        Self::Verify,
    ];

    /// Returns the name as tokens, commands and the description of the API write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoticesDraft => "notices:draft",
            Self::NoticesRead => "notices:read",
            Self::RecordsFile => "records:file",
            Self::RecordsRead => "records:read",
            Self::HoldsRead => "holds:read",
            Self::DisposalsRead => "disposals:read",
            Self::Verify => "verify",
        }
    }

    /// Returns the roles that count when it is used, where the account has them.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::NoticesDraft => &[Role::Clerk],
            Self::NoticesRead => &[Role::Clerk, Role::Approver, Role::SealKeeper, Role::Auditor, Role::RecordsManager],
            Self::RecordsFile => &[Role::Clerk, Role::RecordsClerk, Role::RecordsManager],
            Self::RecordsRead | Self::HoldsRead | Self::DisposalsRead => {
                &[Role::Clerk, Role::Approver, Role::RecordsClerk, Role::RecordsManager, Role::Auditor]
            }
            Self::Verify => &[],
        }
    }
}

impl std::str::FromStr for Scope {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        Self::ALL.into_iter().find(|scope| scope.name() == text).ok_or(TokenError::UnknownScope)
    }
}
