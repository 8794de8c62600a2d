//! Who acts: a member of staff with roles. Separation of duties starts here.

use super::OfficeError;
use crate::id::{TokenId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a member of staff may do (the people of a city hall).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// 起案者: drafts and issues notices.
    Clerk,
    /// 決裁者: approves or returns drafts, never their own.
    Approver,
    /// 公印管守者: releases the electronic official seal.
    SealKeeper,
    /// 文書主任: files, closes, corrects.
    RecordsClerk,
    /// 文書管理者: appraises, places holds, proposes and approves disposal.
    RecordsManager,
    /// 監査委員事務局: reads everything, changes nothing.
    Auditor,
    /// システム管理者: users and keys; sees no documents.
    Administrator,
}

impl Role {
    /// Every role, in order.
    pub const ALL: [Self; 7] = [
        Self::Clerk,
        Self::Approver,
        Self::SealKeeper,
        Self::RecordsClerk,
        Self::RecordsManager,
        Self::Auditor,
        Self::Administrator,
    ];

    /// Returns the name as commands and tables write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clerk => "clerk",
            Self::Approver => "approver",
            Self::SealKeeper => "seal-keeper",
            Self::RecordsClerk => "records-clerk",
            Self::RecordsManager => "records-manager",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = OfficeError;

    fn from_str(text: &str) -> Result<Self, OfficeError> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or_else(|| OfficeError::UnknownRole(text.to_owned()))
    }
}

/// A signed-in member of staff, as the verbs see them. Made by signing in, from the account as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    user: UserId,
    name: String,
    section: String,
    roles: BTreeSet<Role>,
    token: Option<TokenId>,
}

impl Actor {
    /// Makes an actor from an account.
    pub fn new(user: UserId, name: String, section: String, roles: BTreeSet<Role>) -> Self {
        Self { user, name, section, roles, token: None }
    }

    /// Returns the actor as another system acts by a token: with those of the roles that count then.
    pub(super) fn by_token(mut self, token: TokenId, roles: &[Role]) -> Self {
        self.roles.retain(|role| roles.contains(role));
        self.token = Some(token);
        self
    }

    /// Returns the token by which another system acts as this account; none for a person.
    pub fn token(&self) -> Option<TokenId> {
        self.token
    }

    /// Returns the account.
    pub fn user(&self) -> UserId {
        self.user
    }

    /// Returns the name, for pages; it never goes into the ledger.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the section (課).
    pub fn section(&self) -> &str {
        &self.section
    }

    /// Returns the roles.
    pub fn roles(&self) -> &BTreeSet<Role> {
        &self.roles
    }

    /// Returns whether the actor has a role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Refuses an actor who has none of the roles.
    pub fn require_any(&self, roles: &[Role]) -> Result<(), OfficeError> {
        if roles.iter().any(|role| self.has(*role)) { Ok(()) } else { Err(OfficeError::NotInRole(roles.to_vec())) }
    }
}
