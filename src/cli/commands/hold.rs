//! `hold place|release|list`: holds on disposal (廃棄保留, R6).

use super::records_searches::no_such_search;
use crate::cli::Failure;
use crate::cli::database_desk::{self, DatabaseSession};
use crate::cli::desk::Desk;
use crate::id::{HoldId, RecordFileId, RecordId};
use crate::office::records::{HoldView, NewHold};
use crate::records::{ClassCode, HoldKind, HoldPredicate, HoldScope};
use crate::time::Date;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::process::ExitCode;

/// 廃棄保留 / Holds on disposal: placing one is never refused.
#[derive(Subcommand)]
pub enum Holds {
    /// 保留を置く / Places a hold; says which listed files came back, and which were too late
    Place(Box<Place>),
    /// 保留を解く / Releases a hold: what it waited for ended, was ruled on or decided
    Release {
        /// The hold.
        hold: HoldId,
        /// 終了・裁決・決定の日 / The day it ended, was ruled on or decided
        #[arg(long)]
        decided: Date,
        #[command(flatten)]
        desk: Desk,
    },
    /// 保留の一覧 / Lists every hold, open ones first
    List {
        #[command(flatten)]
        desk: Desk,
    },
}

/// The arguments of `hold place`.
#[derive(Args)]
pub struct Place {
    /// 理由の種別 / Why
    #[arg(long, value_enum)]
    kind: Kind,
    /// 事件番号など / Case number or description
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    desk: Desk,
}

/// On what the hold lies: exactly one.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Scope {
    /// 文書 / One record
    #[arg(long)]
    record: Option<RecordId>,
    /// 簿冊 / One record file
    #[arg(long)]
    file: Option<RecordFileId>,
    /// 分類 / A class and every class below it
    #[arg(long, value_parser = class_code)]
    class: Option<ClassCode>,
    /// 題名に含む語 / Everything whose title holds these words
    #[arg(long)]
    title: Option<String>,
    /// 保存した検索 / What a saved search describes now: it stays held when the search is changed
    #[arg(long, value_name = "NAME")]
    search: Option<String>,
}

/// Why records are held.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// 監査・検査
    Audit,
    /// 訴訟
    Litigation,
    /// 不服申立て
    Appeal,
    /// 開示請求
    Disclosure,
}

impl Holds {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Place(place) => place.run(),
            Self::Release { hold, decided, desk } => database_desk::run(desk, async |at: DatabaseSession| {
                let view = at.office.release_hold(&at.actor, hold, decided).await?;
                at.answer(&show(&view))
            }),
            Self::List { desk } => database_desk::run(desk, async |at: DatabaseSession| {
                let holds = at.office.holds(&at.actor).await?;
                at.answer(&json!({ "holds": holds.iter().map(show).collect::<Vec<_>>() }))
            }),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Place {
    fn run(self) -> Result<(), Failure> {
        let Self { kind, reason, scope, desk } = self;
        database_desk::run(desk, async |at: DatabaseSession| {
            let effect = match &scope.search {
                Some(name) => {
                    let all = at.office.searches(&at.actor).await?;
                    let found = all.into_iter().find(|view| view.search.name == name.trim());
                    let id = found.ok_or_else(no_such_search)?.search.id;
                    at.office.place_hold_on_search(&at.actor, id, kind.into(), &reason).await?
                }
                None => {
                    let new = NewHold { kind: kind.into(), scope: scope.scope()?, reason };
                    at.office.place_hold(&at.actor, new).await?
                }
            };
            at.answer(&json!({
                "hold": effect.hold,
                "files": effect.files,
                "taken_back": effect.taken_back,
                "too_late": effect.too_late,
                "reached": effect.reached,
            }))
        })
    }
}

impl Scope {
    fn scope(self) -> Result<HoldScope, Failure> {
        match self {
            Self { record: Some(record), .. } => Ok(HoldScope::Record(record)),
            Self { file: Some(file), .. } => Ok(HoldScope::File(file)),
            Self { class: Some(class), .. } => Ok(HoldScope::Class(class)),
            Self { title: Some(title), .. } => {
                Ok(HoldScope::Predicate(HoldPredicate { title_contains: Some(title), ..HoldPredicate::default() }))
            }
            _ => Err(Failure::usage("say what is held: --record, --file, --class, --title or --search")),
        }
    }
}

impl From<Kind> for HoldKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Audit => Self::Audit,
            Kind::Litigation => Self::Litigation,
            Kind::Appeal => Self::Appeal,
            Kind::Disclosure => Self::Disclosure,
        }
    }
}

fn show(view: &HoldView) -> Value {
    json!({
        "hold": view.hold.id,
        "kind": view.hold.kind,
        "scope": view.hold.scope,
        "search": view.hold.search,
        "reason": view.hold.reason,
        "placed_at": view.hold.placed_at,
        "decided": view.hold.decided,
        "keeps_until": view.keeps_until,
        "in_force": view.in_force,
    })
}

/// Reads a class code from the command line.
pub(super) fn class_code(text: &str) -> Result<ClassCode, String> {
    ClassCode::parse(text).ok_or_else(|| "a class code is 1 to 40 letters, digits, '-', '.' or '_'".to_owned())
}
