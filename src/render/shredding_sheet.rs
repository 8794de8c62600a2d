//! The table for the shredding contractor: where paper lies and how much it is. No titles: whoever carries it reads it.

use super::spreadsheet::Spreadsheet;
use crate::office::tray::ShreddingLine;

/// Writes a list for the contractor. What is kept since the list was approved is named as such, and stays.
pub fn shredding_sheet(lines: &[ShreddingLine]) -> Spreadsheet {
    let mut sheet = Spreadsheet::new(["番号", "文書番号", "置き場所", "頁数", "スキャン日", "扱い"]);
    for (line, number) in lines.iter().zip(1_u32..) {
        let paper = &line.paper;
        let what = if line.gates.is_empty() { "廃棄" } else { "残す" };
        let (record, pages, scanned) =
            (paper.record.to_string(), paper.pages.to_string(), paper.scanned_on.to_string());
        sheet.row([number.to_string().as_str(), &record, &paper.place, &pages, &scanned, what]);
    }
    sheet
}
