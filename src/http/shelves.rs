//! `/shelves`: metres of shelf and paper by section and per head, as a table, a chart and files (R10).

use crate::http::app::App;
use crate::http::download::attachment;
use crate::http::faults::Faults;
use crate::http::page::{Page, go, go_done, show};
use crate::http::parts::{Cell, Table};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::query::Asked;
use crate::http::records::Links;
use crate::http::show::date;
use crate::http::staff::Staff;
use crate::office::OfficeError;
use crate::office::shelves::PaperError;
use crate::render::{Encoding, survey_chart, survey_sheet};
use crate::shelves::{HeadCount, Millimetres, SectionSpace, Survey};
use crate::time::Date;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "shelves.html")]
struct ShelvesPage {
    page: Page,
    faults: Faults,
    links: Links,
    on: String,
    before: String,
    /// The question again, for the addresses of the files.
    query: String,
    table: Table,
    chart: String,
    may_write: bool,
    form: Form,
}

/// The fields of a head count, as they were entered.
#[derive(Default)]
struct Form {
    section: String,
    heads: String,
    counted: String,
}

/// What a survey is asked for.
struct Question {
    on: Date,
    before: Option<Date>,
}

/// The columns; the last two beside an earlier day.
const COMPARED: &[(&str, &str)] = &[
    ("課", "Section"),
    ("什器", "Furniture"),
    ("収容量（fm）", "Room"),
    ("文書量（fm）", "Paper"),
    ("埋まり", "Full"),
    ("うち共用", "Shared"),
    ("うち個人", "Personal"),
    ("人数", "Heads"),
    ("一人当たり（fm）", "Per head"),
    ("比べる日の文書量（fm）", "Paper then"),
    ("増減（fm）", "Change"),
];

/// `GET /shelves`
pub async fn survey(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let counted = app.clock.today().to_string();
    page(&app, &staff, &asked, Form { counted, ..Form::default() }, Faults::default()).await
}

/// `POST /shelves/heads`
pub async fn heads(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let [section, heads, counted] = ["section", "heads", "counted"].map(|name| posted.text(name).to_owned());
    let form = Form { section, heads, counted };
    let mut faults = Faults::default();
    faults.require(&form.section, "section", "課", "section");
    let count = (form.heads.parse(), form.counted.parse());
    if count.0.is_err() {
        faults.add("heads", "人数を整数で入力してください。", "Enter a whole number.");
    }
    if count.1.is_err() {
        faults.add("counted", "日付を入力してください。", "Enter the day.");
    }
    let (Ok(heads), Ok(on), true) = (count.0, count.1, faults.is_empty()) else {
        return page(&app, &staff, &Asked::default(), form, faults).await;
    };
    match app.office.count_heads(&staff.actor, &form.section, HeadCount { on, heads }).await.map_err(Problem::from) {
        Ok(_) => Ok(go_done("/shelves", "heads-counted")),
        Err(problem) if problem.is_mendable() => {
            page(&app, &staff, &Asked::default(), form, Faults::of("counted", &problem)).await
        }
        Err(problem) => Err(problem),
    }
}

/// `GET /shelves/find`: what has a label, a piece of furniture or a volume.
pub async fn find(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let label = asked.text("label");
    let furniture = app.office.all_furniture(&staff.actor).await?;
    if let Some(piece) = furniture.iter().find(|piece| piece.label == label) {
        return Ok(go(&format!("/shelves/furniture/{}", piece.id)));
    }
    match app.office.volume_labelled(&staff.actor, label).await {
        Ok(view) => Ok(go(&format!("/shelves/volumes/{}", view.volume.id))),
        Err(fault @ OfficeError::Paper(_)) => {
            let faults = Faults::of("label", &fault.into());
            page(&app, &staff, &Asked::default(), Form::default(), faults).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// `GET /shelves.csv`
pub async fn csv(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let question = Question::read(&app, &asked)?;
    let sheet = survey_sheet(&app.office.survey(&staff.actor, question.on).await?);
    Ok(attachment(crate::http::download::CSV, "執務環境現況調査.csv", sheet.encode(Encoding::Utf8)?))
}

/// `GET /shelves.svg`
pub async fn svg(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let (now, before) = Question::read(&app, &asked)?.answered(&app, &staff).await?;
    Ok(attachment(SVG, "執務環境現況調査.svg", survey_chart(&now, before.as_ref()).into_bytes()))
}

/// The media type of a chart.
pub const SVG: &str = "image/svg+xml";

async fn page(app: &App, staff: &Staff, asked: &Asked, form: Form, faults: Faults) -> Result<Response, Problem> {
    let question = Question::read(app, asked)?;
    let (now, before) = question.answered(app, staff).await?;
    let before_text = question.before.map(|day| day.to_string()).unwrap_or_default();
    let query = match question.before {
        Some(before) => format!("?on={}&before={before}", question.on),
        None => format!("?on={}", question.on),
    };
    let mut links = vec![
        ("/shelves/furniture", "什器の一覧", "Furniture"),
        ("/shelves/lent", "貸出中の分冊", "Lent volumes"),
        ("/shelves/forecast", "空く書架の見込み", "What comes free"),
    ];
    if staff.files_records() {
        links.push(("/shelves/import", "調査表の取り込み", "Take over a survey"));
    }
    show(&ShelvesPage {
        page: staff.page(app, "書架と紙文書", "Shelves and paper", "/shelves"),
        faults,
        links,
        on: question.on.to_string(),
        before: before_text,
        query,
        table: table(&now, before.as_ref()),
        chart: if now.sections.is_empty() { String::new() } else { survey_chart(&now, before.as_ref()) },
        may_write: staff.files_records(),
        form,
    })
}

fn table(now: &Survey, before: Option<&Survey>) -> Table {
    let all = SectionSpace { section: "全体".to_owned(), ..now.all.clone() };
    let earlier = |section: &str| {
        let before = before?;
        let found = before.sections.iter().find(|space| space.section == section);
        Some(found.map_or(Millimetres::default(), SectionSpace::paper))
    };
    let mut rows: Vec<Vec<Cell>> = now.sections.iter().map(|space| row(space, earlier(&space.section))).collect();
    if !rows.is_empty() {
        rows.push(row(&all, before.map(|survey| survey.all.paper())));
    }
    let head = if before.is_some() { COMPARED } else { &COMPARED[..COMPARED.len() - 2] };
    let empty = "この日までに調査した什器はありません。";
    Table::new(head, rows, empty).captioned(format!("{}までの調査による", date(now.on)))
}

fn row(space: &SectionSpace, earlier: Option<Millimetres>) -> Vec<Cell> {
    let full = space.paper().share_of(space.room).map_or_else(String::new, |share| format!("{share}％"));
    let mut cells = vec![
        Cell::text(space.section.clone()),
        Cell::number(space.furniture),
        Cell::number(space.room),
        Cell::number(space.paper()),
        Cell::number(full),
        Cell::number(space.shared),
        Cell::number(space.personal),
        Cell::number(space.heads.map_or_else(|| "未記録".to_owned(), |heads| heads.to_string())),
        Cell::number(space.paper_per_head().map_or_else(String::new, |length| length.to_string())),
    ];
    if let Some(earlier) = earlier {
        let (now, sign) = (space.paper(), if space.paper() < earlier { "−" } else { "＋" });
        let change = now.without(earlier) + earlier.without(now);
        cells.extend([Cell::number(earlier), Cell::number(format!("{sign}{change}"))]);
    }
    cells
}

impl Question {
    fn read(app: &App, asked: &Asked) -> Result<Self, Problem> {
        let day = |name: &'static str| match asked.text(name) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| Problem::from(WebFault::BadField(name))),
        };
        Ok(Self { on: day("on")?.unwrap_or_else(|| app.clock.today()), before: day("before")? })
    }

    async fn answered(&self, app: &App, staff: &Staff) -> Result<(Survey, Option<Survey>), Problem> {
        let now = app.office.survey(&staff.actor, self.on).await?;
        let before = match self.before {
            Some(day) => Some(app.office.survey(&staff.actor, day).await?),
            None => None,
        };
        Ok((now, before))
    }
}

/// Tells which field of a form a refusal is about.
pub fn field_of(fault: &PaperError) -> &'static str {
    use crate::shelves::ShelfError as S;
    match fault {
        PaperError::Shelf(S::Width(_)) => "width",
        PaperError::Shelf(S::Shelves(_)) => "shelves",
        PaperError::Shelf(S::Fill) => "fill",
        PaperError::Shelf(S::Thickness(_)) => "thickness",
        PaperError::Future(_) => "on",
        PaperError::NoSuchShelf(_) => "shelf",
        PaperError::NoSuchLabel(_) | PaperError::FurnitureGone => "furniture",
        _ => "label",
    }
}
