//! How records, items and tombstones are written, many in one statement: the statement before and after its values, and these.

use super::bodies::Bind;
use crate::office::ports::{ItemRow, RecordRow, StoreError, Tombstone};

/// Writes records.
pub(super) const PUT_RECORD: (&str, &str) = (
    "INSERT INTO records
        (id, file_id, title, number, created, sha256, state, row_version, notice_id, package_sha256, access,
        body) VALUES",
    " ON CONFLICT (id) DO UPDATE SET file_id = excluded.file_id, title = excluded.title, number = excluded.number,
        created = excluded.created, sha256 = excluded.sha256, state = excluded.state, row_version = excluded.row_version,
        notice_id = excluded.notice_id, package_sha256 = excluded.package_sha256, access = excluded.access,
        body = excluded.body",
);
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
