//! The keys under which the index of contents lies, block by block, and what it says of itself.
//!
//! A block's key is made of the vault's secret and of the block's salt; with the salt, nobody can make it again.

use super::bodies::{Bind, insert, rows, run};
use super::shards::block_of;
use super::text_shards::{block_of_shard, read_terms, terms_as_bytes};
use super::words::{NUMBERS_AT_ONCE, numbered};
use crate::office::ports::{IndexKeys, StoreError};
use crate::records::WORD_FORM;
use crate::store::connection::Connection;
use crate::texts::{SealError, Sealer, SealingKey};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

const PUT_SALT: (&str, &str) =
    ("INSERT INTO text_blocks (block, salt) VALUES", " ON CONFLICT (block) DO UPDATE SET salt = excluded.salt");

/// Writes the salts anew, in the order of their rows, and gives up the pages where they lay.
const WRITE_SALTS_ANEW: [&str; 4] = [
    "CREATE TABLE text_blocks_anew (block INTEGER PRIMARY KEY, salt TEXT NOT NULL)",
    "INSERT INTO text_blocks_anew SELECT block, salt FROM text_blocks ORDER BY block",
    "DROP TABLE text_blocks",
    "ALTER TABLE text_blocks_anew RENAME TO text_blocks",
];

/// Tells whether the index is of this normal form and under this key; nothing where there is none yet.
pub(super) async fn is_ours(connection: &mut Connection, keys: &IndexKeys) -> Result<Option<bool>, StoreError> {
    let state = rows(connection, "SELECT form, key_check FROM text_form", vec![]).await?;
    let Some(row) = state.first() else { return Ok(None) };
    let (form, check): (i64, Vec<u8>) = (row.get("form")?, row.get("key_check")?);
    Ok((form != 0).then(|| form == i64::from(WORD_FORM) && check == keys.secret.check()))
}

async fn form(connection: &mut Connection) -> Result<i64, StoreError> {
    rows(connection, "SELECT form FROM text_form", vec![]).await?.first().map_or(Ok(0), |row| row.get("form"))
}

/// Has every text wait to be read anew where the index is of an older normal form, or under a key that is not ours.
pub(super) async fn take_over(connection: &mut Connection, keys: &IndexKeys) -> Result<(), StoreError> {
    match is_ours(connection, keys).await? {
        Some(true) => return Ok(()),
        None => {}
        // Of a later program: it is left alone.
        Some(false) if form(connection).await? > i64::from(WORD_FORM) => return Ok(()),
        Some(false) => {
            for sql in [
                "DELETE FROM text_shards",
                "DELETE FROM text_blocks",
                "DELETE FROM texts_to_index",
                "DELETE FROM texts_left",
                "INSERT INTO texts_to_read SELECT record_id FROM record_places
                    WHERE record_id NOT IN (SELECT record_id FROM texts_to_read)",
            ] {
                run(connection, sql, vec![]).await?;
            }
            write_salts_anew(connection).await?;
        }
    }
    run(connection, "DELETE FROM text_form", vec![]).await?;
    let ours = vec![Bind::Number(WORD_FORM.into()), Bind::Bytes(keys.secret.check().to_vec())];
    run(connection, "INSERT INTO text_form VALUES ($1, $2)", ours).await?;
    Ok(())
}

/// Writes the salts anew, so that no page holds one that is gone. PostgreSQL does that when it settles.
pub(super) async fn write_salts_anew(connection: &mut Connection) -> Result<(), StoreError> {
    if matches!(connection, Connection::Sqlite(_)) {
        for sql in WRITE_SALTS_ANEW {
            run(connection, sql, vec![]).await?;
        }
    }
    Ok(())
}

/// Gives a block a new salt, and returns its new key.
pub(super) async fn with_new_salt(
    connection: &mut Connection,
    keys: &IndexKeys,
    block: i64,
) -> Result<BTreeMap<i64, Sealer>, StoreError> {
    let salt = fresh_salt(keys, block);
    let new = [(block, sealer(keys, &salt)?)].into();
    insert(connection, PUT_SALT.0, PUT_SALT.1, vec![vec![Bind::Number(block), Bind::Text(salt)]]).await?;
    Ok(new)
}

/// Makes the keys of blocks ready; a block that has no salt gets one.
pub(super) async fn sealers(
    connection: &mut Connection,
    keys: &IndexKeys,
    blocks: &BTreeSet<i64>,
) -> Result<BTreeMap<i64, Sealer>, StoreError> {
    let (all, mut found) = (blocks.iter().copied().collect::<Vec<_>>(), BTreeMap::new());
    for some in all.chunks(NUMBERS_AT_ONCE) {
        for row in numbered(connection, "SELECT block, salt FROM text_blocks WHERE block IN", some, "").await? {
            found.insert(row.get("block")?, sealer(keys, &row.get::<String>("salt")?)?);
        }
    }
    let mut fresh = Vec::new();
    for block in all {
        if let Entry::Vacant(place) = found.entry(block) {
            let salt = fresh_salt(keys, block);
            place.insert(sealer(keys, &salt)?);
            fresh.push(vec![Bind::Number(block), Bind::Text(salt)]);
        }
    }
    insert(connection, PUT_SALT.0, PUT_SALT.1, fresh).await?;
    Ok(found)
}

/// Makes a salt that nobody can make again: the seed is of this unit of work alone.
fn fresh_salt(keys: &IndexKeys, block: i64) -> String {
    let salt = SealingKey::new(keys.seed).derive(&label("salt", block));
    const_hex::encode([salt.derive(b"one").check(), salt.derive(b"two").check()].concat())
}

pub(super) fn sealer(keys: &IndexKeys, salt: &str) -> Result<Sealer, StoreError> {
    Sealer::new(&keys.secret.derive(salt.as_bytes())).map_err(unsealed)
}

/// What a row is sealed for.
const SHARD: &str = "shard";
const WAITING: &str = "waiting";

fn label(what: &str, number: i64) -> Vec<u8> {
    format!("{what} {number}").into_bytes()
}

/// Encrypts a shard.
pub(super) fn sealed(sealers: &BTreeMap<i64, Sealer>, shard: i64, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
    let sealer = sealers.get(&block_of_shard(shard)).ok_or_else(sealing)?;
    sealer.seal(&label(SHARD, shard), plain).map_err(unsealed)
}

/// Decrypts a shard.
pub(super) fn opened(sealers: &BTreeMap<i64, Sealer>, shard: i64, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let sealer = sealers.get(&block_of_shard(shard)).ok_or_else(sealing)?;
    sealer.open(&label(SHARD, shard), sealed).map_err(unsealed)
}

/// Encrypts the pieces of a text that waits.
pub(super) fn sealed_terms(sealers: &BTreeMap<i64, Sealer>, place: i64, terms: &[u32]) -> Result<Vec<u8>, StoreError> {
    let sealer = sealers.get(&block_of(place).0).ok_or_else(sealing)?;
    sealer.seal(&label(WAITING, place), &terms_as_bytes(terms)).map_err(unsealed)
}

/// Decrypts the pieces of a text that waits.
pub(super) fn waiting_terms(
    sealers: &BTreeMap<i64, Sealer>,
    place: i64,
    sealed: &[u8],
) -> Result<Vec<u32>, StoreError> {
    let sealer = sealers.get(&block_of(place).0).ok_or_else(sealing)?;
    read_terms(&sealer.open(&label(WAITING, place), sealed).map_err(unsealed)?)
}

fn unsealed(_: SealError) -> StoreError {
    sealing()
}

fn sealing() -> StoreError {
    StoreError::Damaged("a part of the index of contents cannot be opened".to_owned())
}
