//! Loads and approves retention rules, and shows those in force (R1).

use super::error::FilingError;
use super::standing::rule_book;
use super::views::{LoadedRules, WaitingRules};
use super::{KEEPERS, READERS, allow};
use crate::digest::Sha256Hex;
use crate::office::ports::{RuleApproval, StoredRuleSet};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::records::{RuleChange, RuleFile, RuleSet};

impl Office {
    /// Loads a rule set from its TOML file (R1). Returns the set, and what it changes.
    ///
    /// For the days it is for it acts at once where it shortens nothing and gives no class a more open access class, and
    /// after two approvals where it does. A set
    /// with findings is refused. Loading the very same file again changes nothing; other words under a version that is
    /// loaded already are refused, because dates that rest on it must stay explainable.
    pub async fn load_rules(&self, actor: &Actor, toml: &str) -> Result<LoadedRules, OfficeError> {
        allow(actor, KEEPERS)?;
        let set = RuleFile::read(toml)?.sound()?;
        let sha256 = Sha256Hex::of(toml.as_bytes());
        let mut tx = self.begin().await?;
        if let Some(stored) = tx.rule_set(&set.id, &set.version).await? {
            if stored.sha256 == sha256 {
                return Ok(LoadedRules { acts: stored.acts(), set, sha256, differences: Vec::new() });
            }
            return Err(FilingError::RuleVersionTaken { set: set.id, version: set.version }.into());
        }
        let rules = rule_book(&mut *tx).await?;
        let differences = rules.differences(&set);
        let shortens = differences.iter().any(|one| matches!(one.change, RuleChange::Shorter | RuleChange::Unclear))
            || rules.opens(&set, self.today());
        let row = StoredRuleSet {
            set: set.id.clone(),
            version: set.version.clone(),
            sha256: sha256.clone(),
            toml: toml.to_owned(),
            loaded_at: self.now(),
            loaded_by: actor.user(),
            shortens,
            approvals: Vec::new(),
        };
        tx.insert_rule_set(&row).await?;
        let entry =
            self.entry(actor, "rules.loaded", &set.id)?.with("version", &set.version)?.with("sha256", &sha256)?;
        tx.append(entry.with_flag("waits-for-approval", shortens)?).await?;
        tx.commit().await?;
        Ok(LoadedRules { set, sha256, acts: !shortens, differences })
    }

    /// Approves a rule set that shortens something, by the hash that was shown (R1): one of two who did not load it.
    /// Returns whether it acts now.
    pub async fn approve_rules(
        &self,
        actor: &Actor,
        set: &str,
        version: &str,
        shown: &Sha256Hex,
    ) -> Result<bool, OfficeError> {
        allow(actor, KEEPERS)?;
        let mut tx = self.begin().await?;
        let waiting = tx.rule_set(set, version).await?.filter(|row| !row.acts());
        let mut row =
            waiting.ok_or_else(|| FilingError::RulesNotWaiting { set: set.into(), version: version.into() })?;
        if row.sha256 != *shown {
            return Err(FilingError::RulesNotAsShown.into());
        }
        if row.has_part(actor.user()) {
            return Err(FilingError::SamePerson.into());
        }
        row.approvals.push(RuleApproval { by: actor.user(), at: self.now() });
        tx.approve_rule_set(&row).await?;
        let entry = self.entry(actor, "rules.approved", set)?.with("version", version)?.with("sha256", shown)?;
        tx.append(entry.with_flag("acts", row.acts())?).await?;
        tx.commit().await?;
        Ok(row.acts())
    }

    /// Returns the rule set in force today (R1); none before one is loaded.
    pub async fn rules(&self, actor: &Actor) -> Result<Option<RuleSet>, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        Ok(rule_book(&mut *tx).await?.on(self.today()).cloned())
    }

    /// Returns the rule sets that wait for approval, oldest first, with how many have approved, and whether the actor may (R1).
    pub async fn rules_waiting(&self, actor: &Actor) -> Result<Vec<WaitingRules>, OfficeError> {
        allow(actor, READERS)?;
        let rows = self.read().await?.rule_sets().await?;
        let waiting = rows.into_iter().filter(|row| !row.acts());
        Ok(waiting
            .map(|row| WaitingRules {
                may_approve: actor.has(Role::RecordsManager) && !row.has_part(actor.user()),
                set: row.set,
                version: row.version,
                sha256: row.sha256,
                approvals: row.approvals.len(),
            })
            .collect())
    }
}
