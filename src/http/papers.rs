//! `/papers`: the paper of scanned records, and the lists for the shredding contractor (R8).

use crate::http::action::Action;
use crate::http::app::App;
use crate::http::download::{CSV, attachment};
use crate::http::faults::Faults;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::query::Asked;
use crate::http::show::{Tag, date, time};
use crate::http::staff::{Staff, id};
use crate::id::{RecordId, ShreddingListId};
use crate::office::tray::{PaperView, ShreddingView};
use crate::render::{Encoding, shredding_sheet};
use crate::scans::{ExclusionGround, PaperGate, PaperState, ShreddingEnd, ShreddingList};
use crate::wording;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::BTreeSet;

#[derive(Template)]
#[template(path = "papers.html")]
struct PapersPage {
    page: Page,
    faults: Faults,
    lists: Table,
    rows: Vec<PaperRow>,
    /// Whether there is anything that this person may propose to shred.
    may_shred: bool,
    first: String,
    next: String,
}

/// Paper that is kept.
struct PaperRow {
    record: RecordId,
    title: String,
    file_title: String,
    place: String,
    pages: u32,
    scanned: String,
    until: String,
    /// What keeps it; nothing where it may be shredded.
    gates: Vec<&'static str>,
    withheld: bool,
}

#[derive(Template)]
#[template(path = "paper.html")]
struct PaperPage {
    page: Page,
    title: String,
    base: String,
    state: Tag,
    facts: Vec<Fact>,
    actions: Vec<Action>,
}

#[derive(Template)]
#[template(path = "shredding.html")]
struct ListPage {
    page: Page,
    faults: Faults,
    base: String,
    state: Tag,
    facts: Vec<Fact>,
    rows: Vec<PaperRow>,
    hash: String,
    /// Whether somebody who could else approve may not, as they proposed it or scanned what is on it.
    is_barred: bool,
    may_confirm: bool,
    actions: Vec<Action>,
    today: String,
    contractor: String,
}

/// Rows on one page.
const ROWS: usize = 100;

/// `GET /papers`
pub async fn list(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    papers_page(&app, &staff, &asked, Faults::default()).await
}

/// `POST /papers`: proposes that what was ticked is shredded.
pub async fn propose(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let records = posted.all("record").map(id).collect::<Result<Vec<RecordId>, _>>()?;
    match app.office.propose_shredding(&staff.actor, &records).await.map_err(Problem::from) {
        Ok(list) => Ok(go_done(&format!("/papers/lists/{}", list.id), "shredding-proposed")),
        Err(problem) if problem.is_mendable() => {
            papers_page(&app, &staff, &Asked::default(), Faults::of("papers", &problem)).await
        }
        Err(problem) => Err(problem),
    }
}

/// `GET /papers/{record}`
pub async fn paper(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    let view = app.office.paper_of(&staff.actor, id(&text)?).await?.ok_or(WebFault::NoPage)?;
    show(&PaperPage {
        page: staff.page(&app, "紙の原本", "Paper", "/tray"),
        title: view.title.clone(),
        base: format!("/papers/{text}"),
        state: state(&view),
        facts: facts(&view),
        actions: if staff.files_records() { actions(&view, &staff) } else { Vec::new() },
    })
}

/// `POST /papers/{record}/{deed}`
pub async fn deed(
    State(app): State<App>,
    staff: Staff,
    Path((text, deed)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (record, office) = (id::<RecordId>(&text)?, &app.office);
    match deed.as_str() {
        "exclude" => {
            let ground = ExclusionGround::parse(posted.text("ground")).ok_or(WebFault::BadField("ground"))?;
            office.exclude_paper(&staff.actor, record, ground, posted.text("note")).await?;
        }
        "include" => drop(office.include_paper(&staff.actor, record).await?),
        "place" => drop(office.place_paper(&staff.actor, record, posted.text("place")).await?),
        _ => return Err(WebFault::NoPage.into()),
    }
    Ok(go_done(&format!("/papers/{record}"), "paper-noted"))
}

/// `GET /papers/lists/{id}`
pub async fn shredding(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    list_page(&app, &staff, id(&text)?, String::new(), Faults::default()).await
}

/// `GET /papers/lists/{id}/list.csv`: what the contractor is handed.
pub async fn csv(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    let view = app.office.shredding_list(&staff.actor, id(&text)?).await?;
    let sheet = shredding_sheet(&view.lines).encode(Encoding::Utf8)?;
    Ok(attachment(CSV, "紙の原本の廃棄リスト.csv", sheet))
}

/// `POST /papers/lists/{id}/{deed}`
pub async fn list_deed(
    State(app): State<App>,
    staff: Staff,
    Path((text, deed)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (list, office) = (id::<ShreddingListId>(&text)?, &app.office);
    let done = match deed.as_str() {
        "approve" => office.approve_shredding(&staff.actor, list, &posted.hash()?).await,
        "withdraw" => office.withdraw_shredding(&staff.actor, list).await,
        "confirm" => {
            let gone = posted.all("gone").map(id).collect::<Result<BTreeSet<RecordId>, _>>()?;
            let view = office.shredding_list(&staff.actor, list).await?;
            let kept = view.list.records.into_iter().filter(|record| !gone.contains(record)).collect();
            let (on, contractor) = (posted.parse("on")?, posted.text("contractor"));
            office.confirm_shredding(&staff.actor, list, (on, contractor), &kept).await
        }
        _ => return Err(WebFault::NoPage.into()),
    };
    match done.map_err(Problem::from) {
        Ok(_) => Ok(go_done(&format!("/papers/lists/{list}"), "shredding-noted")),
        Err(problem) if problem.is_mendable() => {
            let contractor = posted.text("contractor").to_owned();
            list_page(&app, &staff, list, contractor, Faults::of("papers", &problem)).await
        }
        Err(problem) => Err(problem),
    }
}

async fn papers_page(app: &App, staff: &Staff, asked: &Asked, faults: Faults) -> Result<Response, Problem> {
    let after = match asked.text("after") {
        "" => None,
        text => Some(id::<RecordId>(text)?),
    };
    let mut views = app.office.papers(&staff.actor, PaperState::Kept, after, ROWS + 1).await?;
    let more = views.len() > ROWS;
    views.truncate(ROWS);
    let next = views.last().filter(|_| more).map(|view| format!("/papers?after={}", view.paper.record));
    show(&PapersPage {
        page: staff.page(app, "紙の原本", "Paper of scanned records", "/tray"),
        faults,
        lists: lists(&app.office.shredding_lists(&staff.actor).await?),
        rows: views.iter().map(row).collect(),
        may_shred: staff.places_holds() && views.iter().any(|view| view.gates.is_empty() && !view.withheld),
        first: if after.is_some() { "/papers".to_owned() } else { String::new() },
        next: next.unwrap_or_default(),
    })
}

async fn list_page(
    app: &App,
    staff: &Staff,
    list: ShreddingListId,
    contractor: String,
    faults: Faults,
) -> Result<Response, Problem> {
    let ShreddingView { list, lines } = app.office.shredding_list(&staff.actor, list).await?;
    let mut actions = Vec::new();
    let me = staff.actor.user();
    let has_part = list.proposed_by == me || lines.iter().any(|line| line.paper.scanned_by == me);
    let decides = list.end.is_none() && list.approved.is_none() && staff.disposes();
    if list.end.is_none() {
        if decides && !has_part {
            let explains = "この一覧の紙を廃棄してよいと承認します。読み取った人・起案した人は承認できません。";
            actions.push(Action::plain("approve", "廃棄を承認する", "Approve", explains).grave());
        }
        if staff.places_holds() {
            actions.push(Action::plain("withdraw", "取り下げる", "Withdraw", "一覧を取り下げ、紙を残します。").aside());
        }
    }
    show(&ListPage {
        page: staff.page(app, "廃棄リスト", "Shredding list", "/tray"),
        faults,
        base: format!("/papers/lists/{}", list.id),
        is_barred: decides && has_part,
        state: list_state(&list),
        facts: list_facts(&list),
        rows: lines.iter().map(row).collect(),
        may_confirm: list.approved.is_some() && list.end.is_none() && staff.places_holds(),
        hash: list.hash.to_string(),
        actions,
        today: app.clock.today().to_string(),
        contractor,
    })
}

fn row(view: &PaperView) -> PaperRow {
    let paper = &view.paper;
    let title = if view.destroyed { "（廃棄された文書）".to_owned() } else { view.title.clone() };
    PaperRow {
        record: paper.record,
        title,
        file_title: view.file_title.clone(),
        place: paper.place.clone(),
        pages: paper.pages,
        scanned: date(paper.scanned_on),
        until: date(paper.waits_until),
        gates: view.gates.iter().map(words).collect(),
        withheld: view.withheld,
    }
}

fn words(gate: &PaperGate) -> &'static str {
    wording::ja(gate.code()).unwrap_or(gate.code())
}

fn lists(lists: &[ShreddingList]) -> Table {
    const HEAD: &[(&str, &str)] = &[("起案", "Proposed"), ("紙", "Papers"), ("状態", "State"), ("リスト", "List")];
    let row = |list: &ShreddingList| {
        vec![
            Cell::unbroken(time(list.proposed_at)),
            Cell::number(list.records.len()),
            Cell::Tag(list_state(list)),
            Cell::link(format!("/papers/lists/{}", list.id), "開く"),
        ]
    };
    Table::new(HEAD, lists.iter().map(row).collect(), "廃棄リストはまだありません。")
}

fn list_state(list: &ShreddingList) -> Tag {
    match (&list.end, list.approved) {
        (Some(ShreddingEnd::Shredded { .. }), _) => Tag::new("bad", "✕", "廃棄済", "Shredded"),
        (Some(ShreddingEnd::Withdrawn { .. }), _) => Tag::new("", "－", "取下げ", "Withdrawn"),
        (None, Some(_)) => Tag::new("warn", "！", "承認済（廃棄待ち）", "Approved"),
        (None, None) => Tag::new("key", "●", "承認待ち", "Proposed"),
    }
}

fn list_facts(list: &ShreddingList) -> Vec<Fact> {
    let mut facts = vec![
        ("起案", "Proposed", Cell::unbroken(time(list.proposed_at))),
        ("紙の件数", "Papers", Cell::number(list.records.len())),
        ("一覧のハッシュ値", "Hash", Cell::mono(&list.hash)),
    ];
    if let Some((_, at)) = list.approved {
        facts.push(("承認", "Approved", Cell::unbroken(time(at))));
    }
    if let Some(ShreddingEnd::Shredded { on, contractor, .. }) = &list.end {
        facts.push(("廃棄した日", "Shredded on", Cell::unbroken(date(*on))));
        facts.push(("業者・証明書", "Contractor", Cell::text(contractor.clone())));
    }
    facts
}

fn state(view: &PaperView) -> Tag {
    match view.paper.state {
        PaperState::Kept if view.gates.is_empty() => Tag::new("warn", "！", "廃棄できる", "May be shredded"),
        PaperState::Kept => Tag::new("key", "■", "残している", "Kept"),
        PaperState::Listed => Tag::new("warn", "！", "廃棄リストにある", "Listed"),
        PaperState::Shredded => Tag::new("bad", "✕", "廃棄済", "Shredded"),
    }
}

fn facts(view: &PaperView) -> Vec<Fact> {
    let paper = &view.paper;
    let mut facts = vec![
        ("文書", "Record", Cell::link(format!("/records/{}", paper.record), view.title.clone())),
        ("文書ファイル", "Record file", Cell::link(format!("/records/files/{}", paper.file), view.file_title.clone())),
        ("置き場所", "Place", Cell::text(if paper.place.is_empty() { "未記録" } else { &paper.place })),
        ("頁数", "Pages", Cell::number(paper.pages)),
        ("読み取った日", "Scanned on", Cell::unbroken(date(paper.scanned_on))),
        ("点検した日", "Checked on", Cell::unbroken(date(paper.checked_on))),
        ("この日までは残す", "Kept until", Cell::unbroken(date(paper.waits_until))),
    ];
    if !view.gates.is_empty() && paper.state != PaperState::Shredded {
        facts.push((
            "残す理由",
            "Kept because",
            Cell::Lines(view.gates.iter().map(|gate| words(gate).to_owned()).collect()),
        ));
    }
    if let Some(exclusion) = &paper.exclusion {
        let note = if exclusion.note.is_empty() { String::new() } else { format!("：{}", exclusion.note) };
        facts.push(("残す扱い", "Excluded", Cell::text(format!("{}{note}", ground(exclusion.ground)))));
    }
    if let Some(list) = paper.list {
        facts.push(("廃棄リスト", "List", Cell::link(format!("/papers/lists/{list}"), "開く")));
    }
    if let Some(day) = paper.shredded_on {
        facts.push(("廃棄した日", "Shredded on", Cell::unbroken(date(day))));
    }
    facts
}

fn ground(ground: ExclusionGround) -> &'static str {
    match ground {
        ExclusionGround::Law => "法令が紙を求める",
        ExclusionGround::Rights => "権利を証するもの",
        ExclusionGround::Dispute => "係争中",
        ExclusionGround::Heritage => "歴史的な価値",
        ExclusionGround::Other => "その他",
    }
}

fn actions(view: &PaperView, staff: &Staff) -> Vec<Action> {
    if view.paper.state == PaperState::Shredded {
        return Vec::new();
    }
    let grounds = ExclusionGround::ALL.into_iter().map(|one| (one.word().to_owned(), ground(one).to_owned())).collect();
    let place = Action::plain("place", "置き場所を記録する", "Note the place", "紙が今どこにあるかを記録します。")
        .inviting("place", "置き場所", "Place")
        .filled("place", &view.paper.place)
        .aside();
    let exclude =
        Action::plain("exclude", "紙を残す", "Keep the paper", "この紙を廃棄しない扱いにします。すぐに効きます。")
            .asking_choice("ground", "理由の区分", "Ground", grounds)
            .inviting("note", "説明", "Note")
            .aside();
    let include = Action::plain(
        "include",
        "残す扱いをやめる",
        "No longer exclude",
        "残すと決めた人とは別の文書管理者が行います。",
    )
    .grave();
    match view.paper.exclusion {
        Some(_) if staff.disposes() => vec![place, include],
        Some(_) => vec![place],
        None => vec![place, exclude],
    }
}
