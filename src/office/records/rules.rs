//! Loads retention rules and shows those in force (R1).

use super::error::FilingError;
use super::{KEEPERS, READERS, allow, standing};
use crate::digest::Sha256Hex;
use crate::office::ports::StoredRuleSet;
use crate::office::{Actor, Office, OfficeError};
use crate::records::{RuleFile, RuleSet};

impl Office {
    /// Loads a rule set from its TOML file; it is in force from now on (R1). Returns the set.
    ///
    /// A set with findings is refused. Loading the very same file again changes nothing; other words under a version that
    /// is loaded already are refused, because dates that rest on it must stay explainable.
    pub async fn load_rules(&self, actor: &Actor, toml: &str) -> Result<RuleSet, OfficeError> {
        allow(actor, KEEPERS)?;
        let set = RuleFile::read(toml)?.sound()?;
        let sha256 = Sha256Hex::of(toml.as_bytes());
        let mut tx = self.begin().await?;
        if let Some(stored) = tx.rule_set(&set.id, &set.version).await? {
            if stored.sha256 == sha256 {
                return Ok(set);
            }
            return Err(FilingError::RuleVersionTaken { set: set.id, version: set.version }.into());
        }
        let row = StoredRuleSet {
            set: set.id.clone(),
            version: set.version.clone(),
            sha256: sha256.clone(),
            toml: toml.to_owned(),
            loaded_at: self.now(),
            loaded_by: actor.user(),
        };
        tx.insert_rule_set(&row).await?;
        let entry =
            self.entry(actor, "rules.loaded", &set.id)?.with("version", &set.version)?.with("sha256", sha256)?;
        tx.append(entry).await?;
        tx.commit().await?;
        Ok(set)
    }

    /// Returns the rule set in force (R1); none before one is loaded.
    pub async fn rules(&self, actor: &Actor) -> Result<Option<RuleSet>, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        standing::rules_in_force(&mut *tx).await
    }
}
