//! `records searches …`: descriptions of record files under a name, to look again and to place holds on.

use super::hold::class_code;
use super::records::show_file;
use crate::cli::Failure;
use crate::cli::desk::{Desk, Session};
use crate::fault::Kind;
use crate::office::records::{NewSearch, SearchView};
use crate::records::{ClassCode, HoldPredicate, SavedSearch};
use crate::time::Date;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// 保存した検索 / Saved searches. A hold that is placed on one stays on what it was placed on when the search is changed
#[derive(Subcommand)]
pub enum Searches {
    /// 一覧 / Lists the saved searches, and how many holds that were placed on each are in force
    List {
        #[command(flatten)]
        desk: Desk,
    },
    /// 当てはまる文書ファイル / Shows the record files that a saved search finds now
    Show {
        /// 名前 / The name
        name: String,
        #[command(flatten)]
        desk: Desk,
    },
    /// 保存する / Saves a search under a name, or changes what the one of that name looks for
    Save(Box<Save>),
    /// 名前を変える / Renames a saved search
    Rename {
        /// 名前 / The name
        name: String,
        /// 新しい名前 / The new name
        to: String,
        #[command(flatten)]
        desk: Desk,
    },
    /// 削除する / Deletes a saved search, once no hold that was placed on it is in force
    Delete {
        /// 名前 / The name
        name: String,
        #[command(flatten)]
        desk: Desk,
    },
}

/// The arguments of `records searches save`.
#[derive(Args)]
pub struct Save {
    /// 名前 / The name
    name: String,
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    desk: Desk,
}

/// What is looked for: everything that is said must fit.
#[derive(Args)]
struct What {
    /// 題名に含む語 / Words that the title of the file or of a record in it holds
    #[arg(long)]
    title: Option<String>,
    /// 分類 / A class and every class below it
    #[arg(long, value_parser = class_code)]
    class: Option<ClassCode>,
    /// この日以後に作成・取得 / Made or received on this day or later
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// この日以前に作成・取得 / Made or received on this day or earlier
    #[arg(long, value_name = "DATE")]
    until: Option<Date>,
    /// 作成した課に含む語 / Words in the name of the section that made the file
    #[arg(long)]
    creator: Option<String>,
    /// 管理者に含む語 / Words in the name of the file's custodian
    #[arg(long)]
    custodian: Option<String>,
}

/// Files that are read at once.
const PAGE: usize = 1000;

impl Searches {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { desk } => desk.run(async |at: Session| {
                let all = at.city.office.searches(&at.actor).await?;
                at.answer(&json!({ "searches": all.iter().map(shown).collect::<Vec<_>>() }))
            }),
            Self::Show { name, desk } => desk.run(async |at: Session| show(&at, &name).await),
            Self::Save(save) => save.run(),
            Self::Rename { name, to, desk } => desk.run(async |at: Session| {
                let SavedSearch { id, what, row_version, .. } = named(&at, &name).await?.search;
                let new = NewSearch { name: to, what };
                answer(&at, &at.city.office.change_search(&at.actor, id, new, row_version).await?)
            }),
            Self::Delete { name, desk } => desk.run(async |at: Session| {
                let id = named(&at, &name).await?.search.id;
                at.city.office.delete_search(&at.actor, id).await?;
                at.answer(&json!({ "search": id, "deleted": true }))
            }),
        }
    }
}

impl Save {
    fn run(self) -> Result<(), Failure> {
        let Self { name, what, desk } = self;
        desk.run(async |at: Session| {
            let office = &at.city.office;
            let known = office.searches(&at.actor).await?.into_iter().find(|view| view.search.name == name.trim());
            let new = NewSearch { name, what: what.into() };
            let saved = match known {
                Some(view) => office.change_search(&at.actor, view.search.id, new, view.search.row_version).await?,
                None => office.save_search(&at.actor, new).await?,
            };
            answer(&at, &saved)
        })
    }
}

async fn show(at: &Session, name: &str) -> Result<(), Failure> {
    let view = named(at, name).await?;
    let (mut files, mut after) = (Vec::new(), None);
    loop {
        let found = at.city.office.find_files(&at.actor, &view.search.what, after, PAGE).await?;
        files.extend(found.rows.iter().map(show_file));
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    let mut value = shown(&view);
    value["files"] = json!(files);
    at.answer(&value)
}

async fn named(at: &Session, name: &str) -> Result<SearchView, Failure> {
    let found = at.city.office.searches(&at.actor).await?.into_iter().find(|view| view.search.name == name.trim());
    found.ok_or_else(no_such_search)
}

/// Says that no saved search has the name that was given.
pub(super) fn no_such_search() -> Failure {
    Failure::new("search-not-found", Kind::NotFound, "there is no saved search of that name")
}

fn answer(at: &Session, search: &SavedSearch) -> Result<(), Failure> {
    at.answer(&json!({ "search": search.id, "name": search.name, "row_version": search.row_version }))
}

fn shown(view: &SearchView) -> Value {
    let search = &view.search;
    json!({
        "search": search.id,
        "name": search.name,
        "what": search.what,
        "saved_at": search.saved_at,
        "row_version": search.row_version,
        "holds": view.holds,
    })
}

impl From<What> for HoldPredicate {
    fn from(what: What) -> Self {
        Self {
            title_contains: what.title,
            class: what.class,
            created_from: what.from,
            created_until: what.until,
            creator_contains: what.creator,
            custodian_contains: what.custodian,
        }
    }
}
