//! How files, records, items, tombstones and lines of the register are written, many in one statement: the statement before and after its values, and these.

use super::bodies::Bind;
use super::filters::section_name;
use crate::office::ports::{DisposalRegisterRow, FileRow, ItemRow, RecordRow, StoreError, Tombstone};
use crate::records::RecordFile;

/// Writes record files.
pub(super) const PUT_FILE: (&str, &str) = (
    "INSERT INTO record_files
        (id, title, class, closed, row_version, starts_on, expires_on, because, destroyed_on, transfer, access,
        creator, custodian, wished, body) VALUES",
    " ON CONFLICT (id) DO UPDATE SET title = excluded.title, class = excluded.class, closed = excluded.closed,
        row_version = excluded.row_version, starts_on = excluded.starts_on, expires_on = excluded.expires_on,
        because = excluded.because, destroyed_on = excluded.destroyed_on, transfer = excluded.transfer,
        access = excluded.access, creator = excluded.creator, custodian = excluded.custodian, wished = excluded.wished,
        body = excluded.body",
);
/// Writes records.
pub(super) const PUT_RECORD: (&str, &str) = (
    "INSERT INTO records
        (id, file_id, title, number, created, sha256, state, row_version, notice_id, package_sha256, access,
        wished, body) VALUES",
    " ON CONFLICT (id) DO UPDATE SET file_id = excluded.file_id, title = excluded.title, number = excluded.number,
        created = excluded.created, sha256 = excluded.sha256, state = excluded.state, row_version = excluded.row_version,
        notice_id = excluded.notice_id, package_sha256 = excluded.package_sha256, access = excluded.access,
        wished = excluded.wished, body = excluded.body",
);
/// Writes records of which only state and body changed: what is found by anything else stays where it is.
pub(super) const PUT_STATE: (&str, &str) =
    (PUT_RECORD.0, " ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body");
/// Writes items.
pub(super) const PUT_ITEM: (&str, &str) = (
    "INSERT INTO disposal_items (disposal_id, file_id, state, claim_hash, body) VALUES",
    " ON CONFLICT (disposal_id, file_id) DO UPDATE SET state = excluded.state, claim_hash = excluded.claim_hash,
        body = excluded.body",
);
/// Writes tombstones.
pub(super) const PUT_TOMBSTONE: (&str, &str) = (
    "INSERT INTO tombstones (record_id, file_id, disposal_id, destroyed_at, confirmed_at, body) VALUES",
    " ON CONFLICT (record_id) DO UPDATE SET confirmed_at = excluded.confirmed_at, body = excluded.body",
);

/// Writes lines of the register.
pub(super) const ADD_TO_REGISTER: &str =
    "INSERT INTO disposal_register (file_id, disposal_id, disposed_on, body) VALUES";

/// Returns the values of a record file.
pub(super) fn file_binds(row: &FileRow) -> Result<Vec<Bind>, StoreError> {
    Ok(vec![
        Bind::of(row.file.id),
        Bind::of(&row.file.title),
        Bind::of(&row.file.class),
        Bind::flag(row.file.closed),
        Bind::count(row.file.row_version)?,
        Bind::maybe(row.dates.starts_on),
        Bind::maybe(row.dates.expires_on),
        Bind::json(&row.dates.because)?,
        Bind::maybe(row.destroyed_on),
        Bind::maybe(transfer_word(&row.file)),
        Bind::of(row.file.access.class.word()),
        Bind::of(section_name(&row.file.creator)),
        Bind::of(section_name(&row.file.custodian)),
        Bind::flag(row.file.access.wish.is_some()),
        Bind::json(row)?,
    ])
}

/// Says how far a file is on its way to the archives.
fn transfer_word(file: &RecordFile) -> Option<&'static str> {
    file.transfer.as_ref().map(|transfer| if transfer.receipt.is_some() { "received" } else { "sent" })
}

/// Returns the values of a record.
pub(super) fn record_binds(row: &RecordRow) -> Result<Vec<Bind>, StoreError> {
    let record = &row.record;
    Ok(vec![
        Bind::of(record.id),
        Bind::of(record.file),
        Bind::of(&record.title),
        Bind::maybe(record.number.as_ref()),
        Bind::of(record.created),
        Bind::of(&record.sha256),
        Bind::of(record.state.word()),
        Bind::count(record.row_version)?,
        Bind::maybe(row.notice),
        Bind::of(&row.receipt.sealed_sha256),
        Bind::maybe(record.access.as_ref().map(|own| own.class.word())),
        Bind::flag(record.access.as_ref().is_some_and(|own| own.wish.is_some())),
        Bind::json(row)?,
    ])
}

/// Returns the values of an item.
pub(super) fn item_binds(row: &ItemRow) -> Result<Vec<Bind>, StoreError> {
    let claim = Bind::maybe(row.claim.as_ref().map(|claim| &claim.ledger_hash));
    Ok(vec![Bind::of(row.disposal), Bind::of(row.item.file), Bind::of(row.state.word()), claim, Bind::json(row)?])
}

/// Returns the values of a tombstone.
pub(super) fn tombstone_binds(row: &Tombstone) -> Result<Vec<Bind>, StoreError> {
    Ok(vec![
        Bind::of(row.record),
        Bind::of(row.file),
        Bind::of(row.disposal),
        Bind::of(row.destroyed_at),
        Bind::maybe(row.confirmed_at),
        Bind::json(row)?,
    ])
}

/// Returns the values of a line of the register.
pub(super) fn register_binds(row: &DisposalRegisterRow) -> Result<Vec<Bind>, StoreError> {
    Ok(vec![Bind::of(row.file), Bind::maybe(row.disposal), Bind::of(row.disposed_on), Bind::json(row)?])
}
