//! `reorganise check|propose|list|show|approve|withdraw|apply`: sections move, in one step that two persons decide (機構改革).

use super::disposal::hash;
use crate::cli::Failure;
use crate::cli::desk::{Desk, Session};
use crate::digest::Sha256Hex;
use crate::fault::Kind;
use crate::id::ReorganisationId;
use crate::office::reorganisation::{
    Move, MoveOutlook, MovedPart, NewReorganisation, Outlook, OutlookNote, Reorganisation,
};
use crate::render::{MoveLineFault, read_moves};
use crate::time::Date;
use crate::wording;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// 機構改革 / Sections move: their people, record files, notices, furniture and what waits to be filed.
#[derive(Subcommand)]
pub enum Reorganise {
    /// 案を確かめる / Says what a table would move, and what is wrong with it; changes nothing
    Check(Plan),
    /// 案を出す / Proposes a reorganisation, for another person to approve
    Propose(Plan),
    /// 案の一覧 / Lists every reorganisation, the newest day first
    List {
        #[command(flatten)]
        desk: Desk,
    },
    /// 案を見る / Shows a reorganisation, and what it would move today
    Show {
        /// The reorganisation.
        id: ReorganisationId,
        #[command(flatten)]
        desk: Desk,
    },
    /// 案を承認する / Approves a reorganisation; one whose day has come is done at once, the others by `serve` or `apply`
    Approve {
        /// The reorganisation.
        id: ReorganisationId,
        /// The hash that `show` names.
        #[arg(long, value_parser = hash)]
        sha256: Sha256Hex,
        #[command(flatten)]
        desk: Desk,
    },
    /// 案を取り下げる / Takes a reorganisation back that was not done yet
    Withdraw {
        /// The reorganisation.
        id: ReorganisationId,
        #[command(flatten)]
        desk: Desk,
    },
    /// 施行日が来た案を行う / Does what was approved and whose day has come; `serve` does it by itself
    Apply {
        #[command(flatten)]
        desk: Desk,
    },
}

/// A reorganisation and its table.
#[derive(Args)]
pub struct Plan {
    /// 引継ぎの表 / The table (CSV): 旧課,新課,分類,簿冊,通知種別,職員
    table: PathBuf,
    /// 名前 / What it is called, for example 令和9年度組織改正
    #[arg(long)]
    title: String,
    /// 施行日 / The day from which it is so
    #[arg(long)]
    on: Date,
    #[command(flatten)]
    desk: Desk,
}

impl Reorganise {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Check(plan) => {
                let (new, desk) = plan.read()?;
                desk.run(async |at: Session| {
                    let outlook = at.city.office.look_at_reorganisation(&at.actor, &new).await?;
                    at.answer(&outlook_json(&outlook))?;
                    Ok(if outlook.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(65) })
                })
            }
            Self::Propose(plan) => {
                let (new, desk) = plan.read()?;
                answer(desk, async |at| Ok(row_json(&at.city.office.propose_reorganisation(&at.actor, new).await?)))
            }
            Self::List { desk } => answer(desk, async |at| {
                let rows = at.city.office.reorganisations(&at.actor).await?;
                Ok(json!({ "reorganisations": rows.iter().map(row_json).collect::<Vec<_>>() }))
            }),
            Self::Show { id, desk } => answer(desk, async |at| {
                let (row, outlook) = at.city.office.reorganisation(&at.actor, id).await?;
                Ok(json!({ "reorganisation": row_json(&row), "today": outlook_json(&outlook) }))
            }),
            Self::Approve { id, sha256, desk } => answer(desk, async |at| {
                Ok(row_json(&at.city.office.approve_reorganisation(&at.actor, id, &sha256).await?))
            }),
            Self::Withdraw { id, desk } => {
                answer(desk, async |at| Ok(row_json(&at.city.office.withdraw_reorganisation(&at.actor, id).await?)))
            }
            Self::Apply { desk } => answer(desk, async |at| {
                let done = at.city.office.apply_due_reorganisations().await?;
                Ok(json!({ "done": done.iter().map(row_json).collect::<Vec<_>>() }))
            }),
        }
    }
}

impl Plan {
    fn read(self) -> Result<(NewReorganisation, Desk), Failure> {
        let Self { table, title, on, desk } = self;
        let bytes = std::fs::read(&table).map_err(|error| Failure::io(&table, &error, false))?;
        let moves = read_moves(&bytes).map_err(|faults| unreadable(&table, &faults))?;
        Ok((NewReorganisation { title, effective_on: on, moves }, desk))
    }
}

fn answer(desk: Desk, work: impl AsyncFnOnce(&Session) -> Result<Value, Failure>) -> Result<ExitCode, Failure> {
    desk.run(async |at: Session| at.answer(&work(&at).await?))?;
    Ok(ExitCode::SUCCESS)
}

fn unreadable(table: &Path, faults: &[MoveLineFault]) -> Failure {
    let said = faults.iter().map(|fault| {
        let said = wording::sentence(fault.code, &[("about", fault.about.clone())]);
        format!("{}:{}: {} / {}", table.display(), fault.line, said.ja, said.en)
    });
    Failure::new("reorganisation-unsound", Kind::Refused, said.collect::<Vec<_>>().join("\n"))
}

fn row_json(row: &Reorganisation) -> Value {
    json!({
        "id": row.id, "title": row.title, "effective_on": row.effective_on, "state": row.state().word(),
        "sha256": row.sha256, "moves": row.moves.iter().map(move_json).collect::<Vec<_>>(),
        "applied_at": row.applied_at, "moved": row.moved,
    })
}

fn move_json(one: &Move) -> Value {
    json!({ "from": one.from, "to": one.to, "part": part_json(&one.part) })
}

fn part_json(part: &MovedPart) -> Value {
    match part {
        MovedPart::Whole => Value::Null,
        MovedPart::Class(class) => json!({ "class": class }),
        MovedPart::File(file) => json!({ "file": file }),
        MovedPart::Notices(kind) => json!({ "notice_type": kind }),
        MovedPart::Person(login) => json!({ "person": login }),
    }
}

fn outlook_json(outlook: &Outlook) -> Value {
    let faults = outlook.faults.iter().map(|fault| {
        let (code, about) = fault.trouble.said();
        let said = wording::sentence(code, &[("about", about)]);
        json!({ "move": fault.line, "code": code, "ja": said.ja, "en": said.en })
    });
    let moves = outlook.moves.iter().map(|one: &MoveOutlook| {
        json!({
            "from": one.moved.from, "to": one.moved.to, "part": part_json(&one.moved.part), "people": one.people,
            "files": one.files, "notices": one.notices, "furniture": one.furniture, "waiting": one.waiting,
        })
    });
    let notes = outlook.notes.iter().map(|note| match note {
        OutlookNote::NoSymbol(section) => json!({ "note": "no-symbol", "section": section }),
        OutlookNote::NoInquiry(section) => json!({ "note": "no-inquiry", "section": section }),
        OutlookNote::Stays { section, people, files, notices } => {
            json!({ "note": "stays", "section": section, "people": people, "files": files, "notices": notices })
        }
    });
    json!({
        "faults": faults.collect::<Vec<_>>(), "moves": moves.collect::<Vec<_>>(), "notes": notes.collect::<Vec<_>>(),
    })
}
