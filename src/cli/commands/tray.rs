//! `tray …`: documents that came and are not filed yet (R8).

use crate::cli::desk::{Desk, Session};
use crate::cli::{Failure, files};
use crate::id::{RecordFileId, RecordId};
use crate::office::ports::{FilingWish, TrayItem, TraySource, TrayState};
use crate::office::tray::{Acceptance, NewArrival, TrayView};
use crate::scans::page_numbers;
use crate::time::Date;
use crate::wording;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// 受付トレイ / Documents that came and are not filed yet: looked at, checked by a second person, filed
#[derive(Subcommand)]
pub enum Tray {
    /// 受け付ける / Takes documents in: PDF, TIFF, JPEG, PNG, office documents, messages
    Add(Add),
    /// 一覧 / Lists what is in the tray
    List {
        /// 状態 / Only what is in this state
        #[arg(long, value_parser = state)]
        state: Option<TrayState>,
        #[command(flatten)]
        desk: Desk,
    },
    /// 内容 / Shows a document, what was seen of its pages, and what has to be looked at
    Show {
        #[command(flatten)]
        at: At,
    },
    /// 処理する / Works through the tray once, as the service does by itself
    Work {
        #[command(flatten)]
        desk: Desk,
    },
    /// 取り出す / Writes a document as it came, or what was made of it
    Get {
        #[command(flatten)]
        at: At,
        /// 作られたもの / What was made of it: pdfa, text, thumbnail
        #[arg(long)]
        made: Option<String>,
        /// 書き出し先 / The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// 件名・保存先を書く / Says as what a document is to be filed
    Describe {
        #[command(flatten)]
        at: At,
        #[command(flatten)]
        wish: Wish,
    },
    /// 点検して保存 / Files a document with which the second person is content
    Accept {
        #[command(flatten)]
        at: At,
        /// 見た頁 / The pages that were looked at, for example 1-3,7; or all
        #[arg(long, default_value = "")]
        looked_at: String,
        #[command(flatten)]
        wish: Wish,
    },
    /// 差し戻す / Sends a scan back, to be made anew
    Reject {
        #[command(flatten)]
        at: At,
        /// 理由 / Why
        #[arg(long)]
        reason: String,
    },
    /// 分ける / Takes a stack apart
    Divide {
        #[command(flatten)]
        at: At,
        /// 部分 / Pages of a part, and its record file where that is known: 1-3 or 1-3=FILE
        #[arg(long = "part", required = true, value_name = "PAGES[=FILE]")]
        parts: Vec<String>,
    },
    /// そのまま扱う / Has a doubtful document go on as it came
    Keep {
        #[command(flatten)]
        at: At,
    },
    /// 処理し直す / Has the program look at a document again
    Again {
        #[command(flatten)]
        at: At,
    },
    /// 取りやめる / Gives a document up that is not to be filed
    GiveUp {
        #[command(flatten)]
        at: At,
    },
    /// 取り戻す / Takes back what was given up
    TakeBack {
        #[command(flatten)]
        at: At,
    },
}

/// A document in the tray, and who acts.
#[derive(Args)]
pub struct At {
    /// 受付番号 / The document.
    id: RecordId,
    #[command(flatten)]
    desk: Desk,
}

/// The arguments of `tray add`.
#[derive(Args)]
pub struct Add {
    /// 文書のファイル / The documents
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// 読み取った機器 / What they were scanned with
    #[arg(long, default_value = "")]
    device: String,
    #[command(flatten)]
    wish: Wish,
    #[command(flatten)]
    desk: Desk,
}

/// As what a document is to be filed, as far as that is said.
#[derive(Args, Clone)]
pub struct Wish {
    /// 文書ファイル / The record file it goes into
    #[arg(long)]
    file: Option<RecordFileId>,
    /// 題名 / The title
    #[arg(long)]
    title: Option<String>,
    /// 文書番号 / The document number
    #[arg(long)]
    number: Option<String>,
    /// 作成・取得の日 / The day it was made or received
    #[arg(long)]
    created: Option<Date>,
    /// 限定 / Whether it is restricted by itself
    #[arg(long)]
    restricted: bool,
    /// 紙の置き場所 / Where its paper lies; says that it was scanned from paper
    #[arg(long, value_name = "PLACE")]
    paper: Option<String>,
}

impl Wish {
    /// Returns a wish with what is said here.
    fn over(self, before: FilingWish) -> FilingWish {
        let Self { file, title, number, created, restricted, paper } = self;
        FilingWish {
            file: file.or(before.file),
            title: title.unwrap_or(before.title),
            number: number.or(before.number),
            created: created.unwrap_or(before.created),
            restricted: restricted || before.restricted,
            paper: paper.or(before.paper),
        }
    }
}

impl Tray {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Add(add) => add.run(),
            Self::List { state, desk } => list(state, desk),
            Self::Work { desk } => desk.run(async |at: Session| {
                let run = at.city.office.work_through_tray().await?;
                at.answer(&json!({
                    "to_check": run.to_check, "divided": run.divided, "doubtful": run.doubtful, "filed": run.filed,
                    "left": run.left,
                }))
            }),
            Self::Show { at } => at.run(async |at, view| at.answer(&whole(&view))),
            Self::Get { at, made, out } => at.run(async |at, view| {
                let (_, media_type, bytes) =
                    at.city.office.scan_bytes(&at.actor, view.item.id, made.as_deref()).await?;
                files::write_whole(&out, &bytes)?;
                at.answer(&json!({ "written": out.display().to_string(), "media_type": media_type }))
            }),
            Self::Describe { at, wish } => at.run(async |at, view| {
                let item = view.item;
                let wish = wish.over(item.wish);
                let item = at.city.office.wish_for_scan(&at.actor, item.id, item.row_version, wish).await?;
                changed(at, &item)
            }),
            Self::Accept { at, looked_at, wish } => accept(at, looked_at, wish),
            Self::Reject { at, reason } => at.run(async |at, view| {
                let item = view.item;
                changed(at, &at.city.office.reject_scan(&at.actor, item.id, item.row_version, &reason).await?)
            }),
            Self::Divide { at, parts } => at.run(async |at, view| {
                let item = view.item;
                let parts = parts.iter().map(|said| part(said, &item.wish)).collect::<Result<_, _>>()?;
                let ids = at.city.office.divide_scan(&at.actor, item.id, item.row_version, parts).await?;
                at.answer(&json!({ "id": item.id, "parts": ids }))
            }),
            Self::Keep { at } => at.run(async |at, view| {
                changed(at, &at.city.office.keep_whole(&at.actor, view.item.id, view.item.row_version).await?)
            }),
            Self::Again { at } => at.run(async |at, view| {
                changed(at, &at.city.office.look_again(&at.actor, view.item.id, view.item.row_version).await?)
            }),
            Self::GiveUp { at } => at.run(async |at, view| {
                changed(at, &at.city.office.give_up_scan(&at.actor, view.item.id, view.item.row_version).await?)
            }),
            Self::TakeBack { at } => at.run(async |at, view| {
                changed(at, &at.city.office.take_back_scan(&at.actor, view.item.id, view.item.row_version).await?)
            }),
        }
    }
}

fn list(state: Option<TrayState>, desk: Desk) -> Result<(), Failure> {
    desk.run(async |at: Session| {
        let states = state.map_or_else(|| TrayState::ALL.to_vec(), |state| vec![state]);
        let mut all = Vec::new();
        for state in states {
            all.extend(at.city.office.tray(&at.actor, state, None, usize::MAX).await?);
        }
        at.answer(&json!({ "tray": all.iter().map(brief).collect::<Vec<_>>() }))
    })
}

fn accept(at: At, looked_at: String, wish: Wish) -> Result<(), Failure> {
    at.run(async |at, view| {
        let item = view.item;
        let looked_at = match looked_at.as_str() {
            "all" => item.pages.iter().map(|page| page.number).collect(),
            "" => Vec::new(),
            said => numbers(said)?,
        };
        let wish = wish.over(item.wish);
        let acceptance = Acceptance { row_version: item.row_version, wish, looked_at };
        let record = at.city.office.accept_scan(&at.actor, item.id, acceptance).await?;
        at.answer(&json!({ "id": item.id, "record": record }))
    })
}

impl At {
    /// Does something with the document as it is shown now.
    fn run(self, work: impl AsyncFnOnce(&Session, TrayView) -> Result<(), Failure>) -> Result<(), Failure> {
        let Self { id, desk } = self;
        desk.run(async |at: Session| {
            let view = at.city.office.tray_item(&at.actor, id).await?;
            work(&at, view).await
        })
    }
}

impl Add {
    fn run(self) -> Result<(), Failure> {
        let Self { paths, device, wish, desk } = self;
        desk.run(async |at: Session| {
            let mut all = Vec::new();
            for path in &paths {
                let unsaid = FilingWish {
                    file: None,
                    title: text(path.file_stem()),
                    number: None,
                    created: at.city.office.today(),
                    restricted: false,
                    paper: None,
                };
                let new = NewArrival {
                    name: text(path.file_name()),
                    bytes: files::read(path)?,
                    source: TraySource::Upload,
                    device: device.clone(),
                    wish: wish.clone().over(unsaid),
                    expected_pages: None,
                };
                let item = at.city.office.take_in(&at.actor, new).await?;
                all.push(json!({ "path": path.display().to_string(), "id": item.id, "media_type": item.media_type }));
            }
            at.answer(&json!({ "taken": all }))
        })
    }
}

fn text(name: Option<&std::ffi::OsStr>) -> String {
    name.unwrap_or(Path::new("").as_os_str()).to_string_lossy().into_owned()
}

fn state(word: &str) -> Result<TrayState, String> {
    let found = TrayState::ALL.into_iter().find(|state| state.word() == word && *state != TrayState::Arriving);
    found.ok_or_else(|| {
        let words: Vec<&str> = TrayState::ALL.iter().skip(1).map(|state| state.word()).collect();
        format!("one of {}", words.join(", "))
    })
}

fn part(said: &str, wish: &FilingWish) -> Result<(Vec<u32>, FilingWish), Failure> {
    let (pages, file) = match said.split_once('=') {
        Some((pages, file)) => {
            let file = file.parse().map_err(|_| Failure::usage(format!("{file} is no record file")))?;
            (pages, Some(file))
        }
        None => (said, None),
    };
    Ok((numbers(pages)?, FilingWish { file: file.or(wish.file), ..wish.clone() }))
}

fn numbers(said: &str) -> Result<Vec<u32>, Failure> {
    page_numbers(said).ok_or_else(|| Failure::usage(format!("{said} does not name pages; write them as 1-3,7")))
}

fn changed(at: &Session, item: &TrayItem) -> Result<(), Failure> {
    at.answer(&json!({ "id": item.id, "state": item.state.word() }))
}

fn brief(view: &TrayView) -> Value {
    let item = &view.item;
    json!({
        "id": item.id,
        "state": item.state.word(),
        "title": item.wish.title,
        "file": item.wish.file,
        "media_type": item.media_type,
        "size_bytes": item.size_bytes,
        "pages": item.pages.len(),
        "flags": view.flags.iter().map(|page| page.flags.len()).sum::<usize>(),
        "troubles": item.troubles.len(),
        "duplicate_of": view.duplicate_of,
        "arrived_at": item.arrived_at,
    })
}

fn whole(view: &TrayView) -> Value {
    let item = &view.item;
    let mut value = brief(view);
    let troubles: Vec<Value> = item
        .troubles
        .iter()
        .map(|one| json!({ "page": one.page, "code": one.code, "ja": wording::ja(&one.code), "en": one.english }))
        .collect();
    let flags: Vec<Value> = view
        .flags
        .iter()
        .flat_map(|page| {
            page.flags
                .iter()
                .map(|flag| json!({ "page": page.page, "code": flag.code(), "ja": wording::ja(flag.code()) }))
        })
        .collect();
    value["flags"] = json!(flags);
    value["troubles"] = json!(troubles);
    value["seen"] = json!(item.pages);
    value["to_look_at"] = json!(view.to_look_at);
    value["expected_pages"] = json!(item.expected_pages);
    value["number"] = json!(item.wish.number);
    value["created"] = json!(item.wish.created);
    value["restricted"] = json!(item.wish.restricted);
    value["paper"] = json!(item.wish.paper);
    value["source"] = json!(item.source);
    value["device"] = json!(item.device);
    value["signed"] = json!(item.signed);
    value["reader"] = json!(item.reader);
    value["sha256"] = json!(item.sha256);
    value["becomes"] = json!(item.becomes);
    value["kept_until"] = json!(item.kept_until);
    value["sent_back_because"] =
        json!(item.check.as_ref().map(|check| &check.reason).filter(|reason| !reason.is_empty()));
    value
}
