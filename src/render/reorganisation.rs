//! Reads the table of a reorganisation: who takes over what from whom, a line each.

use super::ReadTable;
use crate::id::RecordFileId;
use crate::office::reorganisation::{Move, MovedPart};
use crate::records::ClassCode;

/// The columns: the section as it is called until then, the section from then on, and at most one thing that is meant alone.
pub const MOVE_COLUMNS: [&str; 6] = ["旧課", "新課", "分類", "簿冊", "通知種別", "職員"];

/// What is wrong with a line: the code of the sentence that says it, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveLineFault {
    /// The line of the table, from 1 with the head; 0 for all of it.
    pub line: u64,
    /// The code.
    pub code: &'static str,
    /// What it is about.
    pub about: String,
}

/// Reads a table in UTF-8 or Shift_JIS.
///
/// # Errors
/// Everything that is wrong with its lines.
pub fn read_moves(bytes: &[u8]) -> Result<Vec<Move>, Vec<MoveLineFault>> {
    let fault = |line, code, about: &str| MoveLineFault { line, code, about: about.to_owned() };
    let table = ReadTable::read(bytes).map_err(|_| vec![fault(0, "move-unreadable", "")])?;
    if let Some(stranger) = table.columns().iter().find(|name| !MOVE_COLUMNS.contains(&name.as_str())) {
        return Err(vec![fault(0, "move-unknown-column", stranger)]);
    }
    if let Some(missing) = table.lacks(&MOVE_COLUMNS[..2]) {
        return Err(vec![fault(0, "move-no-column", missing)]);
    }
    let (mut moves, mut faults) = (Vec::new(), Vec::new());
    for row in table.rows() {
        let field = |name: &str| row.field(name).map(str::trim).filter(|text| !text.is_empty());
        let mut parts = Vec::new();
        if let Some(class) = field("分類") {
            parts.push(ClassCode::parse(class).map(MovedPart::Class).ok_or(("move-bad-class", class)));
        }
        if let Some(file) = field("簿冊") {
            let id: Result<RecordFileId, _> = file.parse();
            parts.push(id.map(MovedPart::File).map_err(|_| ("move-bad-file", file)));
        }
        parts.extend(field("通知種別").map(|kind| Ok(MovedPart::Notices(kind.to_owned()))));
        parts.extend(field("職員").map(|login| Ok(MovedPart::Person(login.to_owned()))));
        let part = match (parts.pop(), parts.is_empty()) {
            (None, _) => Ok(MovedPart::Whole),
            (Some(part), true) => part,
            (Some(_), false) => Err(("move-two-parts", "")),
        };
        let name = |column| field(column).unwrap_or_default().to_owned();
        match part {
            // The table to begin with lists every section so; those that nobody touched stay as they are.
            Ok(MovedPart::Whole) if field("旧課").is_some() && field("旧課") == field("新課") => {}
            Ok(part) => moves.push(Move { from: name("旧課"), part, to: name("新課") }),
            Err((code, about)) => faults.push(fault(row.line, code, about)),
        }
    }
    if faults.is_empty() { Ok(moves) } else { Err(faults) }
}
