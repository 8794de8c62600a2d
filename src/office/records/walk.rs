//! A walk through the rows that are remembered, page by page.

use crate::office::OfficeError;
use crate::office::ports::{FilePlace, FileTable, MEMORY_STRETCH, MemoryLine, MemoryUnit, Transaction};

/// Rows in one page.
const PAGE: u32 = 1000;

/// A walk through one unit, in the order in which its rows refer to each other.
pub(super) struct Walk {
    unit: MemoryUnit,
    /// The table that comes next, of a unit of files; any for another unit. None at the end.
    table: Option<FileTable>,
    after: Option<FilePlace>,
}

impl Walk {
    /// Begins a walk.
    pub(super) fn through(unit: MemoryUnit) -> Self {
        Self { unit, table: Some(FileTable::Files), after: None }
    }

    /// Returns the next rows; none at the end.
    pub(super) async fn next(&mut self, tx: &mut dyn Transaction) -> Result<Option<Vec<MemoryLine>>, OfficeError> {
        let Some(table) = self.table else { return Ok(None) };
        if let MemoryUnit::Files(digits) = &self.unit {
            let page = tx.rows_of_files(table, digits, self.after.as_ref(), PAGE).await?;
            let is_full = page.len() >= PAGE as usize;
            self.after = page.last().map(|(place, _)| place.clone()).filter(|_| is_full);
            self.table = if is_full { Some(table) } else { table.next() };
            return Ok(Some(page.into_iter().map(|(_, line)| line).collect()));
        }
        self.table = None;
        whole(&self.unit, tx).await.map(Some)
    }
}

/// Reads a unit that is one page.
async fn whole(unit: &MemoryUnit, tx: &mut dyn Transaction) -> Result<Vec<MemoryLine>, OfficeError> {
    match unit {
        MemoryUnit::Ledger(number) => {
            let most = u32::try_from(MEMORY_STRETCH).unwrap_or(u32::MAX);
            let entries = tx.entries_after(number.saturating_mul(MEMORY_STRETCH), most).await?;
            Ok(lines(entries, MemoryLine::Entry).collect())
        }
        MemoryUnit::Register(number) => Ok(lines(tx.register_stretch(*number).await?, MemoryLine::Register).collect()),
        MemoryUnit::Head => head(tx).await,
        MemoryUnit::Shelves => {
            let mut all: Vec<MemoryLine> = lines(tx.all_furniture().await?, MemoryLine::Furniture).collect();
            all.extend(lines(tx.heads().await?, MemoryLine::Heads));
            Ok(all)
        }
        MemoryUnit::Tray => tray(tx).await,
        // Walked through table by table.
        MemoryUnit::Files(_) => Ok(Vec::new()),
    }
}

async fn head(tx: &mut dyn Transaction) -> Result<Vec<MemoryLine>, OfficeError> {
    let (mut disposals, mut holds) = (tx.disposals().await?, tx.holds().await?);
    // Oldest first, so that they are written anew in the order in which they were made.
    disposals.reverse();
    holds.reverse();
    let mut all: Vec<MemoryLine> = lines(tx.accounts().await?, MemoryLine::Account).collect();
    all.extend(lines(tx.given_numbers().await?, MemoryLine::Numbers));
    all.extend(lines(tx.reorganisations().await?, MemoryLine::Reorganisation));
    all.extend(lines(tx.rule_sets().await?, MemoryLine::RuleSet));
    all.extend(lines(tx.searches().await?, MemoryLine::Search));
    all.extend(lines(holds, MemoryLine::Hold));
    all.extend(lines(disposals, MemoryLine::Disposal));
    Ok(all)
}

async fn tray(tx: &mut dyn Transaction) -> Result<Vec<MemoryLine>, OfficeError> {
    let mut all = Vec::new();
    for id in tx.tray_ids().await? {
        all.extend(lines(tx.tray_item(id).await?.into_iter().collect(), MemoryLine::Waiting));
    }
    let mut lists = tx.shredding_lists().await?;
    lists.reverse();
    all.extend(lines(lists, MemoryLine::Shredding));
    Ok(all)
}

fn lines<T>(rows: Vec<T>, line: fn(Box<T>) -> MemoryLine) -> impl Iterator<Item = MemoryLine> {
    rows.into_iter().map(move |row| line(Box::new(row)))
}
