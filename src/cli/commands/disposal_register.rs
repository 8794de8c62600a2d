//! `disposal register`: the 移管・廃棄簿 as CSV.

use super::records_register::Encoding;
use crate::cli::desk::{Desk, Session};
use crate::cli::{Failure, files};
use crate::render::DisposalRegisterSheet;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// The arguments of `disposal register`.
#[derive(Args)]
pub struct Register {
    /// 書き出す先 / The CSV file
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// 文字コード / How its characters are written
    #[arg(long, value_enum, default_value_t)]
    encoding: Encoding,
    #[command(flatten)]
    desk: Desk,
}

impl Register {
    /// Runs the command. Where a character does not fit the encoding, all of them are named and no file is written.
    pub fn run(self) -> Result<(), Failure> {
        let Self { output, encoding, desk } = self;
        desk.run(async |at: Session| {
            let mut register = DisposalRegisterSheet::begin();
            let rows = at.city.office.walk_disposal_register(&at.actor, |row| register.add(row)).await?;
            files::write_whole(&output, &register.sheet().encode(encoding.into())?)?;
            at.answer(&json!({ "file": output.display().to_string(), "rows": rows }))
        })
    }
}
