//! What falls due when: record files by fiscal year and custodian, as their last days stand.

use super::{READERS, allow};
use crate::office::{Actor, Office, OfficeError};
use crate::time::FiscalYear;
use std::collections::BTreeMap;

/// How many record files fall due in which fiscal year; under none those without a last day.
pub type DueByYear = BTreeMap<Option<FiscalYear>, u64>;

impl Office {
    /// Returns how many record files fall due in which fiscal year, by the custodian's name. Holds, and lists that they are on, do
    /// not count: what is held falls due and stays.
    pub async fn falling_due(&self, actor: &Actor) -> Result<BTreeMap<String, DueByYear>, OfficeError> {
        allow(actor, READERS)?;
        let mut all: BTreeMap<String, DueByYear> = BTreeMap::new();
        for (custodian, year, files) in self.read().await?.files_falling_due().await? {
            *all.entry(custodian).or_default().entry(year).or_default() += files;
        }
        Ok(all)
    }
}
