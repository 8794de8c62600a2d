//! What a validation policy asks of the certificate policies along a path (RFC 5280, 6.1.1 (c), (e) to (g)).

use super::PolicyError;
use crate::asn1::Oid;
use serde::Deserialize;

/// The initial settings of policy processing.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PathPolicies {
    /// user-initial-policy-set; `None` is any-policy.
    pub acceptable: Option<Vec<Oid>>,
    /// initial-explicit-policy: one of the acceptable policies must be valid for the whole path.
    pub require_explicit: bool,
    /// initial-policy-mapping-inhibit: policies are not mapped.
    pub inhibit_mapping: bool,
    /// initial-any-policy-inhibit: anyPolicy counts only as itself.
    pub inhibit_any: bool,
}

impl PathPolicies {
    /// Returns settings that no path meets.
    pub(super) fn none() -> Self {
        Self { acceptable: Some(Vec::new()), require_explicit: true, inhibit_mapping: true, inhibit_any: true }
    }
}

/// The form in the policy file.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PathTable {
    acceptable: Option<Vec<String>>,
    require_explicit: Option<bool>,
    inhibit_mapping: bool,
    inhibit_any: bool,
}

impl PathTable {
    pub(super) fn check(self) -> Result<PathPolicies, PolicyError> {
        let read = |text: &String| Oid::new(text).map_err(|_| PolicyError::BadValue("certificate policy"));
        let acceptable = self.acceptable.map(|all| all.iter().map(read).collect::<Result<Vec<_>, _>>()).transpose()?;
        // An empty list with nothing demanded would read as a demand and be none.
        if acceptable.as_ref().is_some_and(Vec::is_empty) {
            return Err(PolicyError::BadValue("empty list of certificate policies"));
        }
        Ok(PathPolicies {
            // Who names acceptable policies means that one of them must be there.
            require_explicit: self.require_explicit.unwrap_or(acceptable.is_some()),
            acceptable,
            inhibit_mapping: self.inhibit_mapping,
            inhibit_any: self.inhibit_any,
        })
    }
}
