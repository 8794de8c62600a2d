//! `papers …`: the paper of scanned records, and the list for the shredding contractor (R8).

use crate::cli::desk::{Desk, Session};
use crate::cli::{Failure, files};
use crate::digest::Sha256Hex;
use crate::id::{RecordId, ShreddingListId};
use crate::office::tray::{PaperView, ShreddingView};
use crate::render::{self, Encoding};
use crate::scans::{ExclusionGround, PaperOriginal, PaperState, ShreddingList};
use crate::time::Date;
use crate::wording;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// 紙の原本 / The paper of scanned records: what is kept, what may be shredded, and who decided it
#[derive(Subcommand)]
pub enum Papers {
    /// 一覧 / Lists the paper that is kept, with what keeps it
    List {
        /// 廃棄できるものだけ / Only what nothing keeps any more
        #[arg(long)]
        free: bool,
        #[command(flatten)]
        desk: Desk,
    },
    /// 置き場所 / Writes down where the paper of a record lies
    Place {
        /// 文書 / The record.
        record: RecordId,
        /// 置き場所 / A box or binder.
        place: String,
        #[command(flatten)]
        desk: Desk,
    },
    /// 紙を残す / Says that the paper of a record is not to be shredded
    Exclude {
        /// 文書 / The record.
        record: RecordId,
        /// 理由の区分 / The ground: law, rights, dispute, heritage, other
        #[arg(long, value_parser = ground)]
        ground: ExclusionGround,
        /// 理由 / In words
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        desk: Desk,
    },
    /// 残す扱いをやめる / Takes that back; another person than who said it
    Include {
        /// 文書 / The record.
        record: RecordId,
        #[command(flatten)]
        desk: Desk,
    },
    /// 廃棄を起案 / Proposes that the paper of records is shredded
    Propose {
        /// 文書 / The records; without any, all whose paper nothing keeps
        records: Vec<RecordId>,
        #[command(flatten)]
        desk: Desk,
    },
    /// 廃棄の一覧 / Lists the lists for the contractor
    Lists {
        #[command(flatten)]
        desk: Desk,
    },
    /// 廃棄リスト / Shows a list, and writes it for the contractor
    Show(Show),
    /// 廃棄を承認 / Approves a list by its hash; neither who proposed it, nor who scanned what is on it
    Approve {
        /// リスト / The list.
        list: ShreddingListId,
        /// 示されたハッシュ / The hash that was shown
        #[arg(long)]
        hash: String,
        #[command(flatten)]
        desk: Desk,
    },
    /// 取り下げる / Takes a list back: the paper is kept
    Withdraw {
        /// リスト / The list.
        list: ShreddingListId,
        #[command(flatten)]
        desk: Desk,
    },
    /// 廃棄の完了 / Writes down that the paper of a list was shredded
    Confirm(Confirm),
}

/// The arguments of `papers show`.
#[derive(Args)]
pub struct Show {
    /// リスト / The list.
    list: ShreddingListId,
    /// 業者に渡す表 / Writes the table for the contractor: places and numbers, and no titles
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    desk: Desk,
}

/// The arguments of `papers confirm`.
#[derive(Args)]
pub struct Confirm {
    /// リスト / The list.
    list: ShreddingListId,
    /// 廃棄した日 / The day it was shredded
    #[arg(long, value_name = "DATE")]
    on: Date,
    /// 業者と証明書の番号 / The firm, and the number of its certificate
    #[arg(long)]
    contractor: String,
    /// 残した文書 / Records whose paper was not shredded after all
    #[arg(long = "kept", value_name = "RECORD")]
    kept: Vec<RecordId>,
    #[command(flatten)]
    desk: Desk,
}

impl Papers {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { free, desk } => desk.run(async |at: Session| {
                let kept = at.city.office.papers(&at.actor, PaperState::Kept, None, usize::MAX).await?;
                let shown = kept.iter().filter(|view| !free || view.gates.is_empty());
                at.answer(&json!({ "papers": shown.map(paper).collect::<Vec<_>>() }))
            }),
            Self::Place { record, place, desk } => desk
                .run(async |at: Session| changed(&at, &at.city.office.place_paper(&at.actor, record, &place).await?)),
            Self::Exclude { record, ground, note, desk } => desk.run(async |at: Session| {
                changed(&at, &at.city.office.exclude_paper(&at.actor, record, ground, &note).await?)
            }),
            Self::Include { record, desk } => {
                desk.run(async |at: Session| changed(&at, &at.city.office.include_paper(&at.actor, record).await?))
            }
            Self::Propose { mut records, desk } => desk.run(async |at: Session| {
                if records.is_empty() {
                    let kept = at.city.office.papers(&at.actor, PaperState::Kept, None, usize::MAX).await?;
                    let free = kept.iter().filter(|view| view.gates.is_empty() && !view.withheld);
                    records = free.map(|view| view.paper.record).collect();
                }
                at.answer(&list(&at.city.office.propose_shredding(&at.actor, &records).await?))
            }),
            Self::Lists { desk } => desk.run(async |at: Session| {
                let lists = at.city.office.shredding_lists(&at.actor).await?;
                at.answer(&json!({ "lists": lists.iter().map(list).collect::<Vec<_>>() }))
            }),
            Self::Show(show) => show.run(),
            Self::Approve { list: id, hash, desk } => desk.run(async |at: Session| {
                let hash = Sha256Hex::parse(&hash).ok_or_else(|| Failure::usage("a hash has 64 digits".to_owned()))?;
                at.answer(&list(&at.city.office.approve_shredding(&at.actor, id, &hash).await?))
            }),
            Self::Withdraw { list: id, desk } => {
                desk.run(async |at: Session| at.answer(&list(&at.city.office.withdraw_shredding(&at.actor, id).await?)))
            }
            Self::Confirm(confirm) => confirm.run(),
        }
    }
}

impl Show {
    fn run(self) -> Result<(), Failure> {
        let Self { list: id, csv, desk } = self;
        desk.run(async |at: Session| {
            let ShreddingView { list: found, lines } = at.city.office.shredding_list(&at.actor, id).await?;
            if let Some(path) = csv {
                files::write_whole(&path, &render::shredding_sheet(&lines).encode(Encoding::Utf8)?)?;
            }
            let mut value = list(&found);
            value["papers"] = json!(lines.iter().map(paper).collect::<Vec<_>>());
            at.answer(&value)
        })
    }
}

impl Confirm {
    fn run(self) -> Result<(), Failure> {
        let Self { list: id, on, contractor, kept, desk } = self;
        let kept: BTreeSet<RecordId> = kept.into_iter().collect();
        desk.run(async |at: Session| {
            let ended = at.city.office.confirm_shredding(&at.actor, id, (on, &contractor), &kept).await?;
            at.answer(&list(&ended))
        })
    }
}

fn ground(word: &str) -> Result<ExclusionGround, String> {
    ExclusionGround::parse(word).ok_or_else(|| {
        let words: Vec<&str> = ExclusionGround::ALL.iter().map(|ground| ground.word()).collect();
        format!("one of {}", words.join(", "))
    })
}

fn changed(at: &Session, paper: &PaperOriginal) -> Result<(), Failure> {
    at.answer(&json!({
        "record": paper.record, "place": paper.place, "exclusion": paper.exclusion, "state": paper.state,
    }))
}

fn paper(view: &PaperView) -> Value {
    let gates: Vec<Value> =
        view.gates.iter().map(|gate| json!({ "code": gate.code(), "ja": wording::ja(gate.code()) })).collect();
    json!({
        "record": view.paper.record,
        "title": view.title,
        "file": view.paper.file,
        "place": view.paper.place,
        "pages": view.paper.pages,
        "scanned_on": view.paper.scanned_on,
        "waits_until": view.paper.waits_until,
        "record_destroyed": view.destroyed,
        "state": view.paper.state,
        "kept_by": gates,
    })
}

fn list(list: &ShreddingList) -> Value {
    json!({
        "list": list.id,
        "hash": list.hash,
        "records": list.records,
        "proposed_at": list.proposed_at,
        "approved_at": list.approved.map(|(_, at)| at),
        "end": list.end,
    })
}
