//! The rows that the vault remembers, a page at a time, and what changed among them.

use super::Work;
use super::bodies::{Bind, Row, all, read, rows};
use crate::office::ports::{
    DisposalRegisterRow, FilePlace, FileTable, MEMORY_STRETCH, MemoryLine, MemoryRows, MemoryUnit, StoreError,
};
use async_trait::async_trait;
use std::collections::BTreeSet;

/// A page of rows that belong to files: between the place after which it begins and the end of the files.
macro_rules! page {
    ($table:literal, $file:literal, $id:literal) => {
        concat!(
            "SELECT ",
            $file,
            " AS file_id, ",
            $id,
            " AS id, body FROM ",
            $table,
            " WHERE ",
            $file,
            " >= $1 AND ",
            $file,
            " < $3 AND (",
            $file,
            " > $1 OR ",
            $id,
            " > $2)
            ORDER BY ",
            $file,
            ", ",
            $id,
            " LIMIT $4"
        )
    };
}

const FILES: &str = page!("record_files", "id", "id");
const RECORDS: &str = page!("records", "file_id", "id");
const ITEMS: &str = page!("disposal_items", "file_id", "disposal_id");
const TOMBSTONES: &str = page!("tombstones", "file_id", "record_id");
const VOLUMES: &str = page!("paper_volumes", "file_id", "id");
const PAPERS: &str = page!("paper_originals", "file_id", "record_id");
/// What the furniture and the head counts are called where changes are noted.
const SHELVES: &str = "shelves";
/// What the tray and the lists for the shredding contractor are called there.
const TRAY: &str = "tray";

#[async_trait]
impl MemoryRows for Work {
    async fn units_changed_since(&mut self, ledger_seq: u64) -> Result<BTreeSet<MemoryUnit>, StoreError> {
        // A change is noted with the last entry that was there when it was made, which may be the one before its own.
        let sql = "SELECT unit FROM memory_changes WHERE ledger_seq >= $1";
        let rows = rows(self.connection(), sql, vec![Bind::count(ledger_seq)?]).await?;
        rows.iter().map(|row| unit(&row.get::<String>("unit")?)).collect()
    }

    async fn units(&mut self) -> Result<BTreeSet<MemoryUnit>, StoreError> {
        let sql = "SELECT DISTINCT substr(id, 1, 3) AS digits FROM record_files";
        let files = rows(self.connection(), sql, vec![]).await?;
        let files = files.iter().map(|row| row.get("digits").map(MemoryUnit::Files));
        let mut units: BTreeSet<MemoryUnit> = files.collect::<Result<_, _>>()?;
        let sql = "SELECT coalesce(max(seq), 0) AS last FROM disposal_register";
        let last = rows(self.connection(), sql, vec![]).await?;
        let last = last.first().map_or(Ok(0), |row| row.get::<i64>("last"))?.unsigned_abs();
        let shelves = "SELECT id FROM furniture UNION ALL SELECT section FROM section_heads LIMIT 1";
        let tray = "SELECT id FROM tray UNION ALL SELECT id FROM shredding_lists LIMIT 1";
        for (unit, sql) in [(MemoryUnit::Shelves, shelves), (MemoryUnit::Tray, tray)] {
            if !rows(self.connection(), sql, vec![]).await?.is_empty() {
                units.insert(unit);
            }
        }
        units.extend((0..=last / MEMORY_STRETCH).filter(|_| last > 0).map(MemoryUnit::Register));
        Ok(units)
    }

    async fn rows_of_files(
        &mut self,
        table: FileTable,
        digits: &str,
        after: Option<&FilePlace>,
        limit: u32,
    ) -> Result<Vec<(FilePlace, MemoryLine)>, StoreError> {
        let sql = match table {
            FileTable::Files => FILES,
            FileTable::Records => RECORDS,
            FileTable::Items => ITEMS,
            FileTable::Tombstones => TOMBSTONES,
            FileTable::Volumes => VOLUMES,
            FileTable::Papers => PAPERS,
        };
        let (file, id) = after.map_or((digits, digits), |(file, id)| (file, id));
        // Past all that begins so: hexadecimal digits come before "g".
        let binds = vec![Bind::of(file), Bind::of(id), Bind::of(format!("{digits}g")), Bind::count(limit.into())?];
        let rows = rows(self.connection(), sql, binds).await?;
        rows.iter().map(|row| Ok(((row.get("file_id")?, row.get("id")?), line(table, row)?))).collect()
    }

    async fn register_stretch(&mut self, number: u64) -> Result<Vec<DisposalRegisterRow>, StoreError> {
        let sql = "SELECT body FROM disposal_register WHERE seq >= $1 AND seq < $2 ORDER BY seq";
        let first = number.saturating_mul(MEMORY_STRETCH);
        all(self.connection(), sql, vec![Bind::count(first)?, Bind::count(first.saturating_add(MEMORY_STRETCH))?]).await
    }
}

/// Reads what a unit is called where changes are noted.
fn unit(name: &str) -> Result<MemoryUnit, StoreError> {
    let unknown = || StoreError::Damaged(format!("{name} is nothing that is remembered"));
    match name {
        SHELVES => return Ok(MemoryUnit::Shelves),
        TRAY => return Ok(MemoryUnit::Tray),
        _ => {}
    }
    match name.split_once('-').ok_or_else(unknown)? {
        ("files", digits) => Ok(MemoryUnit::Files(digits.to_owned())),
        ("register", number) => number.parse().map(MemoryUnit::Register).map_err(|_| unknown()),
        _ => Err(unknown()),
    }
}

fn line(table: FileTable, row: &Row) -> Result<MemoryLine, StoreError> {
    Ok(match table {
        FileTable::Files => MemoryLine::File(read(row)?),
        FileTable::Records => MemoryLine::Record(read(row)?),
        FileTable::Items => MemoryLine::Item(read(row)?),
        FileTable::Tombstones => MemoryLine::Tombstone(read(row)?),
        FileTable::Volumes => MemoryLine::Volume(read(row)?),
        FileTable::Papers => MemoryLine::Paper(read(row)?),
    })
}
