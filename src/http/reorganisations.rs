//! `/reorganisations`: sections move (機構改革): a table of who takes over what is looked at, proposed, and approved by another.

use crate::http::app::App;
use crate::http::download;
use crate::http::faults::Faults;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::posted::{Posted, TABLE};
use crate::http::problem::Problem;
use crate::http::show::{Tag, date, time};
use crate::http::staff::{Staff, id};
use crate::id::{ReorganisationId, UserId};
use crate::office::reorganisation::{
    Deed, Move, MoveOutlook, MovedPart, NewReorganisation, Outlook, OutlookNote, Reorganisation, ReorganisationState,
};
use crate::office::{OfficeError, Role};
use crate::render::{MOVE_COLUMNS, MoveLineFault, ReadTable, read_moves};
use crate::wording;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "reorganisations.html")]
struct ListPage {
    page: Page,
    table: Table,
    may_propose: bool,
    faults: Faults,
    title: String,
    on: String,
    text: String,
}

#[derive(Template)]
#[template(path = "reorganisation.html")]
struct OnePage {
    page: Page,
    facts: Vec<Fact>,
    moves: Table,
    notes: Vec<(String, String)>,
    /// Where the forms of a stored one go; empty while it is only looked at.
    base: String,
    hash: String,
    /// What is proposed by the form of one that is looked at.
    looked: Option<(String, String, String)>,
    may_approve: bool,
    /// Why somebody who could else approve may not, in Japanese and English.
    barred: Option<(&'static str, String)>,
    may_withdraw: bool,
    is_open: bool,
}

/// Who proposes and decides.
const PLANNERS: &[Role] = &[Role::Administrator, Role::RecordsManager];
/// Lines of which faults are told at once.
const MOST_FAULTS: usize = 50;

/// `GET /reorganisations`
pub async fn list(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    list_page(&app, &staff, (String::new(), String::new(), String::new()), Faults::default()).await
}

/// `GET /reorganisations/table.csv`: a table to begin with, in which every section takes itself over.
pub async fn table(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let mut table = download::csv_line(MOVE_COLUMNS);
    for section in app.office.sections_to_move(&staff.actor).await? {
        table.push_str(&download::csv_line([section.as_str(), section.as_str(), "", "", "", ""]));
    }
    Ok(download::csv("機構改革.csv", &table))
}

/// `POST /reorganisations/look`: what a table would move; changes nothing.
pub async fn look(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let text = given(&posted);
    let new = match read(&posted, &text) {
        Ok(new) => new,
        Err(faults) => return list_page(&app, &staff, entered(&posted, text), faults).await,
    };
    let outlook = app.office.look_at_reorganisation(&staff.actor, &new).await?;
    let faults = faults_of(&outlook);
    if !faults.is_empty() {
        return list_page(&app, &staff, entered(&posted, text), faults).await;
    }
    let facts = vec![
        ("名前", "Title", Cell::text(new.title.clone())),
        ("施行日", "From", Cell::unbroken(date(new.effective_on))),
    ];
    show(&OnePage {
        page: staff.page(&app, "機構改革の案の確認", "Look at a reorganisation", "/reorganisations"),
        facts,
        moves: moves(&outlook.moves),
        notes: notes(&outlook),
        base: String::new(),
        hash: new.sha256().to_string(),
        looked: Some((new.title, new.effective_on.to_string(), text)),
        may_approve: false,
        barred: None,
        may_withdraw: false,
        is_open: true,
    })
}

/// `POST /reorganisations`: proposes what was looked at.
pub async fn propose(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let text = given(&posted);
    let new = match read(&posted, &text) {
        Ok(new) => new,
        Err(faults) => return list_page(&app, &staff, entered(&posted, text), faults).await,
    };
    match app.office.propose_reorganisation(&staff.actor, new).await {
        Ok(row) => Ok(go_done(&format!("/reorganisations/{}", row.id), "reorganisation-proposed")),
        Err(error @ OfficeError::Reorganisation(_)) => {
            let problem = Problem::from(error);
            list_page(&app, &staff, entered(&posted, text), Faults::of(TABLE, &problem)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /reorganisations/{id}`
pub async fn one(State(app): State<App>, staff: Staff, Path(path): Path<String>) -> Result<Response, Problem> {
    let (row, outlook) = app.office.reorganisation(&staff.actor, id(&path)?).await?;
    let names = app.office.users().await?.into_iter().map(|user| (user.id, user.name)).collect();
    let is_open = matches!(row.state(), ReorganisationState::Proposed | ReorganisationState::Approved);
    let mut notes = notes(&outlook);
    notes.extend(faults(&outlook).map(|(ja, en)| (format!("このままでは行えません。{ja}"), en)));
    let decides = row.state() == ReorganisationState::Proposed && staff.is_any(PLANNERS);
    let refusal = row.decided_by(&staff.actor).err().map(|error| Problem::of(&error));
    show(&OnePage {
        page: staff.page(&app, "機構改革", "Reorganisation", "/reorganisations"),
        facts: facts(&row, &names),
        moves: if is_open { moves(&outlook.moves) } else { moved(&row.moves) },
        notes,
        base: format!("/reorganisations/{}", row.id),
        hash: row.sha256.to_string(),
        looked: None,
        may_approve: decides && refusal.is_none(),
        barred: refusal.filter(|_| decides).map(|problem| (problem.japanese(), problem.english().to_owned())),
        may_withdraw: is_open && staff.is_any(PLANNERS),
        is_open,
    })
}

/// `POST /reorganisations/{id}/approve`
pub async fn approve(
    State(app): State<App>,
    staff: Staff,
    Path(path): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let id: ReorganisationId = id(&path)?;
    let row = app.office.approve_reorganisation(&staff.actor, id, &posted.hash()?).await?;
    let done = if row.applied_at.is_some() { "reorganisation-applied" } else { "reorganisation-approved" };
    Ok(go_done(&format!("/reorganisations/{id}"), done))
}

/// `POST /reorganisations/{id}/withdraw`
pub async fn withdraw(
    State(app): State<App>,
    staff: Staff,
    Path(path): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    let id: ReorganisationId = id(&path)?;
    app.office.withdraw_reorganisation(&staff.actor, id).await?;
    Ok(go_done(&format!("/reorganisations/{id}"), "reorganisation-withdrawn"))
}

/// Returns the table that was sent: the file, else what was pasted.
fn given(posted: &Posted) -> String {
    let bytes = posted.file("csv").map_or(posted.raw(TABLE).as_bytes(), |file| &file.bytes);
    ReadTable::text(bytes).unwrap_or_default().replace("\r\n", "\n")
}

fn entered(posted: &Posted, text: String) -> (String, String, String) {
    (posted.text("title").to_owned(), posted.text("effective_on").to_owned(), text)
}

/// Reads the form, or tells everything that is wrong with it.
fn read(posted: &Posted, text: &str) -> Result<NewReorganisation, Faults> {
    let mut faults = Faults::default();
    faults.require(posted.text("title"), "title", "名前", "title");
    let effective_on = posted.date("effective_on").ok().flatten();
    if effective_on.is_none() {
        faults.add("effective_on", "施行日を入力してください。", "Enter the day.");
    }
    let moves = read_moves(text.as_bytes()).unwrap_or_else(|wrong| {
        wrong.iter().take(MOST_FAULTS).for_each(|fault| add_line(&mut faults, fault));
        Vec::new()
    });
    match effective_on {
        Some(effective_on) if faults.is_empty() => {
            Ok(NewReorganisation { title: posted.text("title").to_owned(), effective_on, moves })
        }
        _ => Err(faults),
    }
}

fn add_line(faults: &mut Faults, fault: &MoveLineFault) {
    let said = wording::sentence(fault.code, &[("about", fault.about.clone())]);
    let place = if fault.line == 0 { String::new() } else { format!("{}行目：", fault.line) };
    faults.add(TABLE, format!("{place}{}", said.ja), said.en);
}

fn faults_of(outlook: &Outlook) -> Faults {
    let mut all = Faults::default();
    faults(outlook).take(MOST_FAULTS).for_each(|(ja, en)| all.add(TABLE, ja, en));
    all
}

fn faults(outlook: &Outlook) -> impl Iterator<Item = (String, String)> {
    outlook.faults.iter().map(|fault| {
        let (code, about) = fault.trouble.said();
        let said = wording::sentence(code, &[("about", about)]);
        let place = if fault.line == 0 { String::new() } else { format!("引継ぎの{}件目：", fault.line) };
        (format!("{place}{}", said.ja), said.en)
    })
}

async fn list_page(
    app: &App,
    staff: &Staff,
    (title, on, text): (String, String, String),
    faults: Faults,
) -> Result<Response, Problem> {
    const HEAD: &[(&str, &str)] = &[("名前", "Title"), ("施行日", "From"), ("状態", "State"), ("引継ぎ", "Moves")];
    let rows = app.office.reorganisations(&staff.actor).await?;
    let row = |row: &Reorganisation| {
        vec![
            Cell::link(format!("/reorganisations/{}", row.id), row.title.clone()),
            Cell::unbroken(date(row.effective_on)),
            Cell::Tag(state_tag(row.state())),
            Cell::number(row.moves.len()),
        ]
    };
    show(&ListPage {
        page: staff.page(app, "機構改革", "Reorganisations", "/reorganisations"),
        table: Table::new(HEAD, rows.iter().map(row).collect(), "機構改革の案はありません。"),
        may_propose: staff.is_any(PLANNERS),
        faults,
        title,
        on,
        text,
    })
}

fn state_tag(state: ReorganisationState) -> Tag {
    match state {
        ReorganisationState::Proposed => Tag::new("warn", "…", "承認待ち", "Waits for approval"),
        ReorganisationState::Approved => Tag::new("", "→", "施行日待ち", "Waits for its day"),
        ReorganisationState::Applied => Tag::new("good", "✓", "実施済み", "Done"),
        ReorganisationState::Withdrawn => Tag::new("", "－", "取下げ", "Withdrawn"),
    }
}

fn facts(row: &Reorganisation, names: &BTreeMap<UserId, String>) -> Vec<Fact> {
    let deed = |deed: Deed| {
        let name = names.get(&deed.by).cloned().unwrap_or_default();
        Cell::text(format!("{name}　{}", time(deed.at)))
    };
    let mut facts = vec![
        ("名前", "Title", Cell::text(row.title.clone())),
        ("施行日", "From", Cell::unbroken(date(row.effective_on))),
        ("状態", "State", Cell::Tag(state_tag(row.state()))),
        ("案を作った人", "Proposed by", deed(row.proposed)),
    ];
    facts.extend(row.approved.map(|one| ("承認した人", "Approved by", deed(one))));
    facts.extend(row.withdrawn.map(|one| ("取り下げた人", "Withdrawn by", deed(one))));
    if let Some(at) = row.applied_at {
        let moved = row.moved;
        facts.push(("実施", "Done", Cell::unbroken(time(at))));
        let counts = [
            ("職員", moved.people, "人"),
            ("文書ファイル", moved.files, "件"),
            ("閲覧を認めた課", moved.grants, "件"),
            ("通知", moved.notices, "件"),
            ("印刷のまとまり", moved.packages, "件"),
            ("什器", moved.furniture, "台"),
            ("受付中の文書", moved.waiting, "件"),
        ];
        let said = counts.into_iter().filter(|(_, many, _)| *many > 0);
        let said: Vec<String> = said.map(|(what, many, unit)| format!("{what} {many}{unit}")).collect();
        facts.push(("引き継いだもの", "Taken over", Cell::Lines(said)));
    }
    facts
}

fn part(one: &MovedPart) -> Cell {
    match one {
        MovedPart::Whole => Cell::text("全部（ほかの行にあるものを除く）"),
        MovedPart::Class(class) => Cell::text(format!("分類 {class} の簿冊")),
        MovedPart::File(file) => Cell::Lines(vec!["簿冊".to_owned(), file.to_string()]),
        MovedPart::Notices(kind) => Cell::text(format!("通知種別 {kind}")),
        MovedPart::Person(login) => Cell::text(format!("職員 {login}")),
    }
}

fn moves(all: &[MoveOutlook]) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("旧課", "From"),
        ("引き継ぐもの", "What"),
        ("新課", "To"),
        ("職員", "People"),
        ("文書ファイル", "Files"),
        ("通知", "Notices"),
        ("什器", "Furniture"),
        ("受付中", "In the tray"),
    ];
    let row = |one: &MoveOutlook| {
        vec![
            Cell::text(one.moved.from.clone()),
            part(&one.moved.part),
            Cell::text(one.moved.to.clone()),
            Cell::number(one.people),
            Cell::number(one.files),
            Cell::number(one.notices),
            Cell::number(one.furniture),
            Cell::number(one.waiting),
        ]
    };
    Table::new(HEAD, all.iter().map(row).collect(), "行えるものがありません。")
}

fn moved(all: &[Move]) -> Table {
    const HEAD: &[(&str, &str)] = &[("旧課", "From"), ("引き継ぐもの", "What"), ("新課", "To")];
    let row = |one: &Move| vec![Cell::text(one.from.clone()), part(&one.part), Cell::text(one.to.clone())];
    Table::new(HEAD, all.iter().map(row).collect(), "")
}

fn notes(outlook: &Outlook) -> Vec<(String, String)> {
    let said = |note: &OutlookNote| match note {
        OutlookNote::NoSymbol(section) => (
            format!("「{section}」に文書番号の記号がありません。施行日までに city.toml の symbols に書いてください。"),
            format!("{section} has no symbol for document numbers."),
        ),
        OutlookNote::NoInquiry(section) => (
            format!("「{section}」の問い合わせ先がありません。city.toml の inquiries に書いてください。"),
            format!("Where recipients ask is not said for {section}."),
        ),
        OutlookNote::Stays { section, people, files, notices } => (
            format!("「{section}」には、職員{people}人、文書ファイル{files}件、通知{notices}件が残ります。"),
            format!("{people} people, {files} files and {notices} notices stay with {section}."),
        ),
    };
    outlook.notes.iter().map(said).collect()
}
