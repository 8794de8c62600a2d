//! Transfer (移管): what is known of a record file's way to the archives, and what its receipt must say.

use super::{AppraisalOutcome, Disposition, RecordFile};
use crate::digest::Sha256Hex;
use crate::id::{RecordId, UserId};
use crate::time::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A record file on its way to the archives, or there: sent, and received once a receipt with every hash has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The day it was sent.
    pub sent_on: Date,
    /// Who sent it.
    pub sent_by: UserId,
    /// SHA-256 of the manifest that went with it.
    pub manifest_sha256: Sha256Hex,
    /// The archives' receipt, once it matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<TransferReceipt>,
}

/// A receipt of the archives that names every record with the hash that we hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferReceipt {
    /// SHA-256 of the receipt's file.
    pub sha256: Sha256Hex,
    /// The archives' reference numbers, each once.
    pub references: Vec<String>,
    /// The day it was taken in here.
    pub received_on: Date,
}

/// A line of a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptLine {
    /// Where it stands, counted from 1, the head included.
    pub line: u64,
    /// The record.
    pub record: RecordId,
    /// SHA-256 of the original bytes that the archives hold.
    pub sha256: Sha256Hex,
    /// The archives' reference number.
    pub reference: Option<String>,
}

/// What is wrong with a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiptFault {
    /// The line names a record that was not sent with this file.
    NotSent(u64, RecordId),
    /// The line names a record that an earlier line names.
    Twice(u64, RecordId),
    /// The archives hold other bytes than we do.
    OtherBytes(u64, RecordId),
    /// No line names a record that was sent.
    Missing(RecordId),
}

impl ReceiptFault {
    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSent(..) => "receipt-not-sent",
            Self::Twice(..) => "receipt-twice",
            Self::OtherBytes(..) => "receipt-other-bytes",
            Self::Missing(_) => "receipt-missing",
        }
    }

    /// Returns the line it is about; none for what no line names.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::NotSent(line, _) | Self::Twice(line, _) | Self::OtherBytes(line, _) => Some(*line),
            Self::Missing(_) => None,
        }
    }

    /// Returns the record it is about.
    pub fn record(&self) -> RecordId {
        match self {
            Self::NotSent(_, record) | Self::Twice(_, record) | Self::OtherBytes(_, record) | Self::Missing(record) => {
                *record
            }
        }
    }
}

/// Holds a receipt against what we hold of each record; an empty answer, and only that, means that all of it is there.
pub fn receipt_faults(held: &BTreeMap<RecordId, Sha256Hex>, lines: &[ReceiptLine]) -> Vec<ReceiptFault> {
    let (mut faults, mut missing) = (Vec::new(), held.clone());
    for line in lines {
        match (held.get(&line.record), missing.remove(&line.record)) {
            (None, _) => faults.push(ReceiptFault::NotSent(line.line, line.record)),
            (Some(_), None) => faults.push(ReceiptFault::Twice(line.line, line.record)),
            (Some(ours), Some(_)) if *ours != line.sha256 => {
                faults.push(ReceiptFault::OtherBytes(line.line, line.record));
            }
            _ => {}
        }
    }
    faults.extend(missing.into_keys().map(ReceiptFault::Missing));
    faults
}

impl RecordFile {
    /// Tells whether the archives are to have the file: by its appraisal, and where that is not done by its rule.
    pub fn asks_for_transfer(&self) -> bool {
        match &self.appraisal {
            Some(appraisal) => appraisal.outcome == AppraisalOutcome::Historical,
            None => self.disposition == Disposition::Transfer,
        }
    }

    /// Returns the archives' receipt, once it matched.
    pub fn receipt(&self) -> Option<&TransferReceipt> {
        self.transfer.as_ref()?.receipt.as_ref()
    }

    /// Tells whether the file was sent and no receipt has come.
    pub fn is_in_transfer(&self) -> bool {
        self.transfer.as_ref().is_some_and(|transfer| transfer.receipt.is_none())
    }

    /// Returns the action at expiry as it stands: what is on its way to the archives is transferred, and our copy of what
    /// they have is destroyed.
    pub fn present_action(&self) -> Disposition {
        match &self.transfer {
            Some(transfer) if transfer.receipt.is_some() => Disposition::Destroy,
            Some(_) => Disposition::Transfer,
            None => self.disposition,
        }
    }

    /// Tells whether the file was found to be of no lasting value here: by its appraisal, or because the archives have it
    /// and nobody has found since that it is to be kept longer. `None` where neither is known.
    pub fn appraised_for_destruction(&self) -> Option<bool> {
        let outcome = self.appraisal.as_ref().map(|appraisal| appraisal.outcome);
        match (self.receipt(), outcome) {
            (Some(_), outcome) => Some(outcome != Some(AppraisalOutcome::Extend)),
            (None, outcome) => outcome.map(|outcome| outcome == AppraisalOutcome::Destroy && self.transfer.is_none()),
        }
    }
}
