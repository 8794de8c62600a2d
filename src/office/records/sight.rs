//! What an actor may see of the archive. Whatever of it is restricted is handed out only once the ledger says so.

use super::error::FilingError;
use crate::digest::Sha256Hex;
use crate::id::{NoticeId, RecordFileId, RecordId};
use crate::office::ports::{FileRow, RecordRow, SurveyedFile, Transaction};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::records::{AccessClass, Hold, HoldScope, Reader, RecordFile, WITHHELD, may_see};
use std::collections::BTreeMap;

/// The ledger's verb for a record whose bytes were handed out.
pub(in crate::office) const READ: &str = "record.read";
/// The ledger's verb for a restricted record of which it was shown what it is.
pub(in crate::office) const VIEWED: &str = "record.viewed";
/// The ledger's verb for a file whose page showed titles of restricted records, or is restricted itself.
pub(super) const LISTED: &str = "file.viewed";
/// The ledger's verb for a file of whose restricted records a search showed titles.
pub(super) const SEARCHED: &str = "file.searched";

impl Office {
    /// Returns an actor as a reader, today.
    pub(in crate::office) fn reader(&self, actor: &Actor) -> Reader {
        Reader {
            user: actor.user(),
            section: actor.section().to_owned(),
            sees_all: actor.has(Role::RecordsManager) || actor.has(Role::Auditor),
            today: self.today(),
        }
    }

    /// Begins a unit of work that writes down that something restricted is read.
    ///
    /// # Errors
    /// [`FilingError::Unlogged`] in a copy that nobody has confirmed: it cannot be written down there.
    pub(in crate::office) async fn begin_reading(&self) -> Result<Box<dyn Transaction>, OfficeError> {
        self.begin().await.map_err(|error| match error {
            OfficeError::CopyUnconfirmed(entry) => FilingError::Unlogged(entry).into(),
            other => other,
        })
    }
}

/// Refuses a file to a reader who may not see it.
pub(super) fn see_file(file: &RecordFile, reader: &Reader) -> Result<(), FilingError> {
    if may_see(file, None, reader) { Ok(()) } else { Err(FilingError::RestrictedFile(file.id)) }
}

/// Returns a file that a reader may see.
pub(in crate::office) async fn seen_file(
    tx: &mut dyn Transaction,
    reader: &Reader,
    id: RecordFileId,
) -> Result<FileRow, OfficeError> {
    let row = tx.file(id).await?.ok_or(FilingError::NoSuchFile(id))?;
    see_file(&row.file, reader)?;
    Ok(row)
}

/// Tells whether a record is restricted, and refuses it to a reader who may not see it.
pub(in crate::office) async fn see_record(
    tx: &mut dyn Transaction,
    reader: &Reader,
    row: &RecordRow,
) -> Result<bool, OfficeError> {
    let file = tx.file(row.record.file).await?.ok_or(FilingError::NoSuchFile(row.record.file))?.file;
    if !may_see(&file, Some(&row.record), reader) {
        return Err(FilingError::RestrictedRecord(row.record.id).into());
    }
    Ok(file.access_of(Some(&row.record)) == AccessClass::Restricted)
}

/// Returns the restricted record that a notice is filed as, where it is one, and refuses it to a reader who may not see it.
pub(in crate::office) async fn restricted_record(
    tx: &mut dyn Transaction,
    reader: &Reader,
    notice: NoticeId,
) -> Result<Option<RecordId>, OfficeError> {
    let Some(row) = tx.record_of_notice(notice).await? else { return Ok(None) };
    Ok(see_record(tx, reader, &row).await?.then_some(row.record.id))
}

/// Returns the notices that are filed as restricted records, each with whether a reader may see it.
pub(in crate::office) async fn restricted_notices(
    tx: &mut dyn Transaction,
    reader: &Reader,
) -> Result<BTreeMap<NoticeId, bool>, OfficeError> {
    let mut notices = BTreeMap::new();
    for (notice, row, file) in tx.restricted_notices().await? {
        notices.insert(notice, may_see(&file.file, Some(&row.record), reader));
    }
    Ok(notices)
}

/// Tells whether what a hold lies on is open to a reader. What cannot be read is not, and neither is what is gone.
pub(super) async fn sees_scope(tx: &mut dyn Transaction, reader: &Reader, scope: &HoldScope) -> bool {
    match scope {
        _ if reader.sees_all => true,
        HoldScope::File(id) => seen_file(tx, reader, *id).await.is_ok(),
        HoldScope::Record(id) => match tx.record(*id).await {
            Ok(Some(row)) => see_record(tx, reader, &row).await.is_ok(),
            _ => false,
        },
        HoldScope::Class(_) | HoldScope::Predicate(_) => true,
    }
}

/// Returns the files among these in which a reader may see everything: of another one it is no answer that a title of it was
/// met.
pub(super) async fn seen_of(
    tx: &mut dyn Transaction,
    reader: &Reader,
    files: Vec<RecordFileId>,
) -> Result<Vec<RecordFileId>, OfficeError> {
    if reader.sees_all {
        return Ok(files);
    }
    let mut seen = Vec::new();
    for id in files {
        seen.extend(tx.surveyed(id).await?.filter(|one| is_wholly_open(one, reader)).map(|_| id));
    }
    Ok(seen)
}

/// Tells whether a reader may see everything in a file.
pub(super) fn is_wholly_open(surveyed: &SurveyedFile, reader: &Reader) -> bool {
    let (file, class) = (&surveyed.file, surveyed.file.access.class);
    file.opens(if surveyed.restricted > 0 { AccessClass::Restricted } else { class }, reader)
}

/// Returns the first record of these bytes that a reader may see: that there is another one is no answer to them.
pub(in crate::office) async fn first_of_bytes(
    tx: &mut dyn Transaction,
    reader: &Reader,
    sha256: &Sha256Hex,
) -> Result<Option<RecordId>, OfficeError> {
    for row in tx.records_of_bytes(sha256).await? {
        let file = tx.file(row.record.file).await?;
        if file.is_some_and(|file| may_see(&file.file, Some(&row.record), reader)) {
            return Ok(Some(row.record.id));
        }
    }
    Ok(None)
}

/// Takes the reason out of a hold on a record that a reader may not see: what it lies on is in it.
pub(super) fn veil(hold: &mut Hold, file: &RecordFile, records: &[RecordRow], reader: &Reader) {
    if let HoldScope::Record(id) = hold.scope
        && let Some(row) = records.iter().find(|row| row.record.id == id)
        && !may_see(file, Some(&row.record), reader)
    {
        hold.reason = WITHHELD.to_owned();
    }
}
