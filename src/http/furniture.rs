//! `/shelves/furniture`: furniture, its readings and what stands in it; made for a phone in front of the cabinet (R10).

use crate::http::action::Action;
use crate::http::app::App;
use crate::http::disposal_register::PagedTable;
use crate::http::download::{CSV, attachment};
use crate::http::faults::Faults;
use crate::http::left::{Outcome, go_to_outcome};
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::shelves::field_of;
use crate::http::show::date;
use crate::http::staff::{FILERS, Staff, id};
use crate::http::volumes;
use crate::id::FurnitureId;
use crate::office::OfficeError;
use crate::office::shelves::{FurnitureView, NewFurniture, NewReading, PaperError, SurveyImport};
use crate::render::{self, Encoding, LineProblem, furniture_sheet, read_survey, used_word};
use crate::shelves::{Furniture, FurnitureUse, Reading};
use crate::wording;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "furniture_new.html")]
struct NewPage {
    page: Page,
    faults: Faults,
    uses: Vec<(String, String)>,
    form: Form,
}

#[derive(Template)]
#[template(path = "furniture.html")]
struct FurniturePage {
    page: Page,
    faults: Faults,
    base: String,
    label: String,
    labels: String,
    version: String,
    facts: Vec<Fact>,
    volumes: Table,
    readings: Table,
    actions: Vec<Action>,
    may_write: bool,
    form: Form,
}

#[derive(Template)]
#[template(path = "survey_import.html")]
struct ImportPage {
    page: Page,
    faults: Faults,
    tried: bool,
    outcome: String,
    problems: Table,
}

/// The fields of furniture and of a reading, as they were entered.
#[derive(Default)]
struct Form {
    label: String,
    section: String,
    place: String,
    kind: String,
    used: String,
    width: String,
    shelves: String,
    fill: String,
    on: String,
}

/// `GET /shelves/furniture`
pub async fn list(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    const HEAD: &[(&str, &str)] = &[
        ("管理番号", "Label"),
        ("課", "Section"),
        ("場所", "Place"),
        ("種類", "Kind"),
        ("用途", "Use"),
        ("収容量（fm）", "Room"),
        ("文書量（fm）", "Paper"),
        ("調査日", "Read on"),
    ];
    let today = app.clock.today();
    let all = app.office.all_furniture(&staff.actor).await?;
    let section = asked.text("section");
    let shown = all.iter().filter(|piece| section.is_empty() || piece.section == section);
    let rows: Vec<Vec<Cell>> = shown.filter_map(|piece| Some(row(piece, piece.reading_on(today)?))).collect();
    let mut links = vec![
        ("/shelves/furniture.csv", "CSVで保存", "Download CSV"),
        ("/shelves/labels", "ラベルを印刷", "Print labels"),
    ];
    if staff.files_records() {
        links.insert(0, ("/shelves/furniture/new", "什器を登録する", "Add furniture"));
    }
    let caption = format!("{}件", rows.len());
    show(&PagedTable {
        page: staff.page(&app, "什器", "Furniture", "/shelves"),
        crumb: ("/shelves", "書架"),
        intro: (
            "紙文書を置く什器です。管理番号を開くと、今回の調査を記録できます。",
            "Furniture that paper stands in; open one to take a reading.",
        ),
        links,
        table: Table::new(HEAD, rows, "什器はまだ登録されていません。").captioned(caption),
        first: if section.is_empty() { String::new() } else { "/shelves/furniture".to_owned() },
        next: String::new(),
    })
}

/// `GET /shelves/furniture.csv`: a table that can be taken over again.
pub async fn csv(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let all = app.office.all_furniture(&staff.actor).await?;
    let sheet = furniture_sheet(&all, app.clock.today());
    Ok(attachment(CSV, "什器調査表.csv", sheet.encode(Encoding::Utf8)?))
}

/// `GET /shelves/furniture/new`
pub async fn new(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    staff.require_any(FILERS)?;
    let form = Form { on: app.clock.today().to_string(), ..Form::default() };
    new_page(&app, &staff, form, Faults::default())
}

/// `POST /shelves/furniture/new`
pub async fn add(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let form = Form::read(&posted);
    let used = [FurnitureUse::Shared, FurnitureUse::Personal].into_iter().find(|used| used.word() == form.used);
    let mut faults = Faults::default();
    faults.require(&form.label, "label", "管理番号", "label");
    faults.require(&form.section, "section", "課", "section");
    faults.require(&form.kind, "kind", "種類", "kind");
    if used.is_none() {
        faults.add("used", "用途を選んでください。", "Choose the use.");
    }
    let reading = form.reading(&mut faults);
    let (Some(used), Some(reading), true) = (used, reading, faults.is_empty()) else {
        return new_page(&app, &staff, form, faults);
    };
    let Form { label, section, place, kind, .. } = &form;
    let [label, section, place, kind] = [label, section, place, kind].map(Clone::clone);
    let new = NewFurniture { label, section, place, kind, used, reading };
    match app.office.add_furniture(&staff.actor, new).await {
        Ok(piece) => Ok(go_done(&format!("/shelves/furniture/{}", piece.id), "furniture-added")),
        Err(fault) => new_page(&app, &staff, form, wrong(fault)?),
    }
}

/// `GET /shelves/furniture/{id}`
pub async fn furniture(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    let view = app.office.furniture(&staff.actor, id(&text)?).await?;
    let form = Form::of(&view.furniture, app.clock.today().to_string());
    furniture_page(&app, &staff, &view, form, Faults::default())
}

/// `POST /shelves/furniture/{id}/read`
pub async fn read(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (piece, form, mut faults) = (id::<FurnitureId>(&text)?, Form::read(&posted), Faults::default());
    if let Some(reading) = form.reading(&mut faults) {
        match app.office.read_furniture(&staff.actor, piece, reading, posted.parse("version")?).await {
            Ok(_) => return Ok(go_done(&format!("/shelves/furniture/{piece}"), "furniture-read")),
            Err(fault) => faults = wrong(fault)?,
        }
    }
    let view = app.office.furniture(&staff.actor, piece).await?;
    furniture_page(&app, &staff, &view, form, faults)
}

/// `POST /shelves/furniture/{id}/remove`
pub async fn remove(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    // Deeds carry what was seen in the field that elsewhere is a hash.
    let seen = posted.parse("hash")?;
    app.office.remove_furniture(&staff.actor, id(&text)?, posted.parse("removed")?, seen).await?;
    Ok(go_done("/shelves/furniture", "furniture-removed"))
}

/// `GET /shelves/import`
pub async fn import_form(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    staff.require_any(FILERS)?;
    import_page(&app, &staff, Faults::default(), None)
}

/// `POST /shelves/import`
pub async fn import(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let Some(file) = posted.file("survey") else {
        let mut faults = Faults::default();
        faults.add("survey", "調査表を選んでください。", "Choose the file.");
        return import_page(&app, &staff, faults, None);
    };
    let read = match read_survey(&file.bytes) {
        Ok(read) => read,
        Err((code, english)) => {
            let mut faults = Faults::default();
            faults.add("survey", wording::sentence(code, &[]).ja, english);
            return import_page(&app, &staff, faults, None);
        }
    };
    let try_only = posted.text("go") != "do" || !read.problems.is_empty();
    let source = crate::digest::Sha256Hex::of(&file.bytes);
    let done = app.office.import_survey(&staff.actor, read.lines, &source, try_only).await?;
    if done.is_done {
        return imported(&app, &staff, &done).await;
    }
    let mut problems = read.problems;
    problems.extend(done.problems.iter().map(|(line, fault)| render::problem(*line, fault)));
    problems.sort();
    import_page(&app, &staff, Faults::default(), Some((done, problems)))
}

/// Tells what was taken over.
async fn imported(app: &App, staff: &Staff, done: &SurveyImport) -> Result<Response, Problem> {
    const HEAD: &[(&str, &str)] = &[("新しい什器", "New"), ("今回の調査", "Read again")];
    let rows = vec![vec![Cell::number(done.added), Cell::number(done.read)]];
    let words = ("調査表の全部の行を登録しました。".to_owned(), "Every line of the survey is taken over.".to_owned());
    let back = ("/shelves", "書架", "Shelves");
    let (title, table) = (("調査表の取り込みの結果", "Survey taken over"), Table::new(HEAD, rows, ""));
    go_to_outcome(app, staff, Outcome { title, words, table, back }).await
}

fn import_page(
    app: &App,
    staff: &Staff,
    faults: Faults,
    tried: Option<(SurveyImport, Vec<LineProblem>)>,
) -> Result<Response, Problem> {
    const HEAD: &[(&str, &str)] = &[("行", "Line"), ("誤り", "What is wrong"), ("詳しく", "Details")];
    let row = |(line, code, english): &LineProblem| {
        vec![Cell::number(line), Cell::text(wording::sentence(code, &[]).ja), Cell::text(english.clone())]
    };
    let (outcome, problems) = tried.as_ref().map_or_else(Default::default, |(done, problems)| {
        let counts = format!("新しい什器{}件、今回の調査{}件", done.added, done.read);
        let outcome = format!("誤りはありません。{counts}を登録できます。");
        (outcome, problems.iter().map(row).collect::<Vec<_>>())
    });
    show(&ImportPage {
        page: staff.page(app, "調査表の取り込み", "Take over a survey", "/shelves"),
        faults,
        tried: tried.is_some(),
        outcome,
        problems: Table::new(HEAD, problems, ""),
    })
}

fn new_page(app: &App, staff: &Staff, form: Form, faults: Faults) -> Result<Response, Problem> {
    let uses = [FurnitureUse::Shared, FurnitureUse::Personal];
    show(&NewPage {
        page: staff.page(app, "什器の登録", "Add furniture", "/shelves"),
        faults,
        uses: uses.map(|used| (used.word().to_owned(), used_word(used).to_owned())).into(),
        form,
    })
}

fn furniture_page(
    app: &App,
    staff: &Staff,
    view: &FurnitureView,
    form: Form,
    faults: Faults,
) -> Result<Response, Problem> {
    let piece = &view.furniture;
    let may_write = staff.files_records() && piece.removed_on.is_none();
    let remove = Action::plain(
        "remove",
        "撤去を記録する",
        "Taken away",
        "この什器が無くなったことを記録します。それまでの日の集計には残ります。",
    );
    show(&FurniturePage {
        page: staff.page(app, "什器", "Furniture", "/shelves"),
        faults,
        base: format!("/shelves/furniture/{}", piece.id),
        label: piece.label.clone(),
        labels: format!("/shelves/labels?furniture={}", piece.id),
        version: piece.row_version.to_string(),
        facts: facts(piece),
        volumes: volumes::table(&view.volumes, "この什器に置かれた分冊は登録されていません。"),
        readings: readings(piece),
        actions: if may_write && view.volumes.is_empty() {
            vec![remove.grave().asking_day("removed", "無くなった日", "Taken away on")]
        } else {
            Vec::new()
        },
        may_write,
        form,
    })
}

fn facts(piece: &Furniture) -> Vec<Fact> {
    let mut facts = vec![
        ("課", "Section", Cell::text(piece.section.clone())),
        ("場所", "Place", Cell::text(piece.place.clone())),
        ("種類", "Kind", Cell::text(piece.kind.clone())),
        ("用途", "Use", Cell::text(used_word(piece.used))),
    ];
    if let Some(last) = piece.readings.last() {
        facts.push(("収容量", "Room", Cell::unbroken(format!("{} fm", last.room()))));
        facts.push(("文書量", "Paper", Cell::unbroken(format!("{} fm", last.paper()))));
    }
    facts.extend(piece.removed_on.map(|day| ("無くなった日", "Taken away on", Cell::unbroken(date(day)))));
    facts
}

fn readings(piece: &Furniture) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("調査日", "Read on"),
        ("棚の内寸幅（ミリ）", "Width"),
        ("段数", "Shelves"),
        ("充填率", "Full"),
        ("文書量（fm）", "Paper"),
    ];
    let row = |reading: &Reading| {
        vec![
            Cell::unbroken(date(reading.on)),
            Cell::number(reading.width_mm),
            Cell::number(reading.shelves),
            Cell::number(format!("{}％", reading.fill_percent)),
            Cell::number(reading.paper()),
        ]
    };
    Table::new(HEAD, piece.readings.iter().rev().map(row).collect(), "")
}

fn row(piece: &Furniture, reading: &Reading) -> Vec<Cell> {
    vec![
        Cell::link(format!("/shelves/furniture/{}", piece.id), piece.label.clone()),
        Cell::text(piece.section.clone()),
        Cell::text(piece.place.clone()),
        Cell::text(piece.kind.clone()),
        Cell::text(used_word(piece.used)),
        Cell::number(reading.room()),
        Cell::number(reading.paper()),
        Cell::unbroken(date(reading.on)),
    ]
}

/// Says what is wrong with a form; what is no matter of the form goes on as a problem.
pub fn wrong(fault: OfficeError) -> Result<Faults, Problem> {
    let field = match &fault {
        OfficeError::Paper(fault) => field_of(fault),
        _ => "label",
    };
    // That a label is nowhere is a slip of the pen, and not a page that is not there.
    let is_slip = matches!(&fault, OfficeError::Paper(PaperError::NoSuchLabel(_)));
    let problem = Problem::from(fault);
    if is_slip || problem.is_mendable() { Ok(Faults::of(field, &problem)) } else { Err(problem) }
}

impl Form {
    fn read(posted: &Posted) -> Self {
        let text = |name| posted.text(name).to_owned();
        Self {
            label: text("label"),
            section: text("section"),
            place: text("place"),
            kind: text("kind"),
            used: text("used"),
            width: text("width"),
            shelves: text("shelves"),
            fill: text("fill"),
            on: text("on"),
        }
    }

    /// Begins a reading with what was read last.
    fn of(piece: &Furniture, on: String) -> Self {
        let Some(last) = piece.readings.last() else { return Self { on, ..Self::default() } };
        let (width, shelves, fill) =
            (last.width_mm.to_string(), last.shelves.to_string(), last.fill_percent.to_string());
        Self { width, shelves, fill, on, ..Self::default() }
    }

    /// Returns the reading, or says what of it cannot be read.
    fn reading(&self, faults: &mut Faults) -> Option<NewReading> {
        const NUMBER: (&str, &str) = ("整数で入力してください。", "Enter a whole number.");
        let (width, shelves, fill) = (self.width.parse().ok(), self.shelves.parse().ok(), self.fill.parse().ok());
        for (field, is_there) in [("width", width.is_some()), ("shelves", shelves.is_some()), ("fill", fill.is_some())]
        {
            if !is_there {
                faults.add(field, NUMBER.0, NUMBER.1);
            }
        }
        let on = self.on.parse().ok();
        if on.is_none() {
            faults.add("on", "調査日を入力してください。", "Enter the day.");
        }
        Some(NewReading { on: on?, width_mm: width?, shelves: shelves?, fill_percent: fill? })
    }
}
