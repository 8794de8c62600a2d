//! The 移管・廃棄簿 as cities keep it: a line a record file that was handed over or destroyed.

use super::spreadsheet::Spreadsheet;
use crate::office::ports::DisposalRegisterRow;

/// The 移管・廃棄簿 as a table for spreadsheets.
#[derive(Debug)]
pub struct DisposalRegisterSheet(Spreadsheet);

const COLUMNS: [&str; 12] = [
    "分類",
    "名称",
    "保存期間",
    "起算日",
    "満了日",
    "措置",
    "措置日",
    "移管先の受領番号",
    "受領書のSHA-256",
    "作成者",
    "文書の件数",
    "廃棄番号",
];

impl DisposalRegisterSheet {
    /// Begins the table with its head.
    pub fn begin() -> Self {
        Self(Spreadsheet::new(COLUMNS))
    }

    /// Adds the line of a record file.
    pub fn add(&mut self, row: &DisposalRegisterRow) {
        let (action, references, receipt) = match &row.receipt {
            Some(receipt) => ("移管", receipt.references.join("、"), receipt.sha256.to_string()),
            None => ("廃棄", String::new(), String::new()),
        };
        self.0.row([
            &row.class,
            &row.title,
            &period_word(&row.period),
            &row.starts_on.map(|day| day.to_string()).unwrap_or_default(),
            &row.expires_on.to_string(),
            action,
            &row.disposed_on.to_string(),
            &references,
            &receipt,
            &row.creator,
            &row.records.to_string(),
            &row.disposal.map(|disposal| disposal.to_string()).unwrap_or_default(),
        ]);
    }

    /// Returns the table.
    pub fn sheet(&self) -> &Spreadsheet {
        &self.0
    }
}

/// Says a retention period as registers do.
pub fn period_word(period: &str) -> String {
    match period {
        "permanent" => "永年".to_owned(),
        "in-use" => "常用".to_owned(),
        years => format!("{years}年"),
    }
}
