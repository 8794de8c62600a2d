//! `/tray`: documents that came and are not filed yet, and how more of them come (R8).

use crate::http::app::App;
use crate::http::choices::{Narrowed, open_files};
use crate::http::faults::Faults;
use crate::http::left::{Outcome, go_to_outcome};
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Table};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::show::{Tag, size, time};
use crate::http::staff::{FILERS, Staff, id};
use crate::id::{RecordFileId, RecordId};
use crate::office::ports::{FilingWish, TraySource, TrayState};
use crate::office::tray::{NewArrival, TrayCounts, TrayView};
use crate::time::Instant;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "tray.html")]
struct TrayPage {
    page: Page,
    may_write: bool,
    /// The states with their words, how many are in each, and whether it is the one that is shown.
    states: Vec<(&'static str, Tag, usize, bool)>,
    explains: (&'static str, &'static str),
    table: Table,
    first: String,
    next: String,
}

#[derive(Template)]
#[template(path = "tray_new.html")]
struct NewPage {
    page: Page,
    faults: Faults,
    files: Narrowed,
    form: Form,
}

#[derive(Default)]
struct Form {
    record_file: String,
    device: String,
    place: String,
    on_paper: bool,
    restricted: bool,
    query: String,
}

/// Rows on one page.
const ROWS: usize = 50;

const HEAD: &[(&str, &str)] = &[
    ("題名", "Title"),
    ("受付", "Came"),
    ("種類", "Kind"),
    ("頁", "Pages"),
    ("要注意", "Flags"),
    ("保存先", "Record file"),
    ("重複", "Same bytes"),
    ("状態", "State"),
];

/// The states that a page is for, in the order of the work.
const SHOWN: [TrayState; 7] = [
    TrayState::ToCheck,
    TrayState::Doubtful,
    TrayState::Waiting,
    TrayState::Rejected,
    TrayState::Accepted,
    TrayState::GivenUp,
    TrayState::Leaving,
];

/// `GET /tray`
pub async fn list(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let counts = app.office.tray_counts(&staff.actor).await?;
    let state = SHOWN.into_iter().find(|state| state.word() == asked.text("state")).unwrap_or_else(|| first(&counts));
    let after = place(asked.text("after"))?;
    let mut views = app.office.tray(&staff.actor, state, after, ROWS + 1).await?;
    let more = views.len() > ROWS;
    views.truncate(ROWS);
    let address = format!("/tray?state={}", state.word());
    let last = views.last().filter(|_| more);
    let next = last.map(|view| format!("{address}&after={}/{}", view.item.arrived_at, view.item.id));
    let shown = |one: TrayState| {
        let count = counts.get(&one).copied().unwrap_or(0);
        (count > 0 || one == state).then(|| (one.word(), tag(one), count, one == state))
    };
    show(&TrayPage {
        page: staff.page(&app, "受付トレイ", "Tray", "/tray"),
        may_write: staff.files_records(),
        states: SHOWN.into_iter().filter_map(shown).collect(),
        explains: explains(state),
        table: Table::new(HEAD, views.iter().map(row).collect(), "ここにある文書はありません。"),
        first: if after.is_some() { address } else { String::new() },
        next: next.unwrap_or_default(),
    })
}

/// `GET /tray/new`
pub async fn form(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    staff.require_any(FILERS)?;
    let (record_file, query) = (asked.text("on").to_owned(), asked.text("q").to_owned());
    let form = Form { record_file, query, on_paper: true, ..Form::default() };
    new_page(&app, &staff, form, Faults::default()).await
}

/// `POST /tray/new`: takes in as many documents as were chosen. Those before one that is refused are safe.
pub async fn take_in(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let form = Form {
        record_file: posted.text("record_file").into(),
        device: posted.text("device").into(),
        place: posted.text("place").into(),
        on_paper: !posted.text("on_paper").is_empty(),
        restricted: !posted.text("restricted").is_empty(),
        query: posted.text("q").into(),
    };
    let file = match form.record_file.as_str() {
        "" => None,
        text => Some(id::<RecordFileId>(text)?),
    };
    let mut faults = Faults::default();
    let files: Vec<_> = posted.files("content").collect();
    if files.is_empty() {
        faults.add("content", "受け付けるファイルを選んでください。", "Choose the files.");
        return new_page(&app, &staff, form, faults).await;
    }
    let mut results = Vec::new();
    for content in files {
        let stem = content.name.rsplit_once('.').map_or(content.name.as_str(), |(stem, _)| stem);
        let wish = FilingWish {
            file,
            title: stem.to_owned(),
            number: None,
            created: app.clock.today(),
            restricted: form.restricted,
            paper: form.on_paper.then(|| form.place.clone()),
        };
        let new = NewArrival {
            name: content.name.clone(),
            bytes: content.bytes.clone(),
            source: TraySource::Upload,
            device: form.device.clone(),
            wish,
            expected_pages: None,
        };
        match app.office.take_in(&staff.actor, new).await.map_err(Problem::from) {
            Ok(_) => results.push((content.name.clone(), None)),
            Err(problem) if problem.is_mendable() => {
                faults.about("content", &content.name, &problem);
                results.push((content.name.clone(), Some(problem.japanese())));
            }
            Err(problem) => return Err(problem),
        }
    }
    let taken = results.iter().filter(|(_, refused)| refused.is_none()).count();
    match (faults.is_empty(), taken) {
        (true, _) => Ok(go_done("/tray?state=waiting", "taken-in")),
        (false, 0) => new_page(&app, &staff, form, faults).await,
        // The form again would take in once more what is safe already.
        (false, _) => partly_taken(&app, &staff, taken, &results).await,
    }
}

/// Tells which of several documents were taken in, and why others were not.
async fn partly_taken(
    app: &App,
    staff: &Staff,
    taken: usize,
    results: &[(String, Option<&'static str>)],
) -> Result<Response, Problem> {
    const HEAD: &[(&str, &str)] = &[("ファイル", "File"), ("結果", "Result"), ("理由", "Why not")];
    let row = |(name, refused): &(String, Option<&'static str>)| {
        let tag = match refused {
            None => Tag::new("good", "✓", "受け付けました", "Taken in"),
            Some(_) => Tag::new("bad", "✕", "できません", "Refused"),
        };
        vec![Cell::text(name.clone()), Cell::Tag(tag), Cell::text(refused.unwrap_or_default())]
    };
    let words = (
        format!(
            "{}件のうち{taken}件を受け付けました。受け付けなかったものだけを直して、もう一度受け付けてください。",
            results.len()
        ),
        format!("{taken} of {} were taken in; mend the others, and take in these alone.", results.len()),
    );
    let table = Table::new(HEAD, results.iter().map(row).collect(), "");
    let back = ("/tray", "受付トレイ", "Tray");
    go_to_outcome(app, staff, Outcome { title: ("受付の結果", "Result of taking in"), words, table, back }).await
}

/// Shows the state of a document in the tray.
pub fn tag(state: TrayState) -> Tag {
    match state {
        TrayState::Arriving => Tag::new("", "…", "受付中", "Arriving"),
        TrayState::Waiting => Tag::new("", "…", "処理待ち", "Waiting"),
        TrayState::Doubtful => Tag::new("warn", "？", "要確認", "Doubtful"),
        TrayState::ToCheck => Tag::new("key", "●", "点検待ち", "To check"),
        TrayState::Rejected => Tag::new("bad", "↩", "差戻し", "Sent back"),
        TrayState::Accepted => Tag::new("good", "✓", "保存中", "Being filed"),
        TrayState::GivenUp => Tag::new("warn", "－", "取りやめ", "Given up"),
        TrayState::Leaving => Tag::new("", "→", "片付け中", "Leaving"),
    }
}

fn explains(state: TrayState) -> (&'static str, &'static str) {
    match state {
        TrayState::ToCheck => (
            "読み取った人とは別の人が頁を見比べ、よければ文書ファイルに保存します。",
            "Somebody else than who scanned looks at the pages, and files what is as it should be.",
        ),
        TrayState::Doubtful => (
            "表紙が読めない、ファイルが壊れているなど、機械では決められないものです。開いて、分け方や扱いを決めてください。",
            "What the program cannot decide: open it and say how it comes apart, or what becomes of it.",
        ),
        TrayState::Rejected => (
            "点検で差し戻されたものです。紙から読み取り直し、古いものは取りやめてください。",
            "Sent back by the second person: scan the paper anew, and give these up.",
        ),
        TrayState::GivenUp => (
            "保存しないことにしたものです。期限までは取り戻せます。その後、消去されます。",
            "Not to be filed. Until their day they can be taken back; then they are erased.",
        ),
        TrayState::Waiting | TrayState::Accepted | TrayState::Leaving | TrayState::Arriving => {
            ("順に処理しています。", "The program works on these, one after the other.")
        }
    }
}

fn first(counts: &TrayCounts) -> TrayState {
    SHOWN.into_iter().find(|state| counts.get(state).is_some_and(|count| *count > 0)).unwrap_or(TrayState::ToCheck)
}

fn place(text: &str) -> Result<Option<(Instant, RecordId)>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let (arrived, record) = text.split_once('/').unwrap_or((text, ""));
    Ok(Some((id(arrived)?, id(record)?)))
}

fn row(view: &TrayView) -> Vec<Cell> {
    let item = &view.item;
    let flags: usize = view.flags.iter().map(|page| page.flags.len()).sum::<usize>() + item.troubles.len();
    let pages = match view.progress {
        Some((done, of)) => format!("{done}／{of}"),
        None if item.pages.is_empty() => String::new(),
        None => item.pages.len().to_string(),
    };
    let title = if item.wish.title.is_empty() { item.original_name.clone() } else { item.wish.title.clone() };
    vec![
        Cell::link(format!("/tray/{}", item.id), title),
        Cell::unbroken(time(item.arrived_at)),
        Cell::text(format!("{}（{}）", kind(&item.media_type), size(item.size_bytes))),
        Cell::number(pages),
        Cell::number(if flags == 0 { String::new() } else { flags.to_string() }),
        Cell::text(view.file_title.clone().unwrap_or_else(|| "未定".to_owned())),
        Cell::text(if view.duplicate_of.is_some() || view.doubles > 0 { "あり" } else { "" }),
        Cell::Tag(tag(item.state)),
    ]
}

/// Names a kind of document as people do.
pub fn kind(media_type: &str) -> &str {
    match media_type {
        "application/pdf" => "PDF",
        "image/tiff" => "TIFF",
        "image/jpeg" => "JPEG",
        "image/png" => "PNG",
        "message/rfc822" => "電子メール",
        other => other,
    }
}

async fn new_page(app: &App, staff: &Staff, form: Form, faults: Faults) -> Result<Response, Problem> {
    let files = open_files(app, staff, &form.query, &form.record_file).await?;
    let page = staff.page(app, "文書の受付", "Take documents in", "/tray");
    show(&NewPage { page, faults, files, form })
}
