//! `/searches`: saved searches, what each finds, and holds on them.

use crate::http::app::App;
use crate::http::disposal_register::PagedTable;
use crate::http::faults::Faults;
use crate::http::holds::{KINDS, effect_word};
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::records;
use crate::http::show::time;
use crate::http::staff::{Staff, id};
use crate::http::words;
use crate::id::{RecordFileId, SearchId};
use crate::office::records::{NewSearch, SearchView};
use crate::records::{ClassCode, HoldPredicate};
use crate::time::Date;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "searches.html")]
struct SearchesPage {
    page: Page,
    table: Table,
    may_save: bool,
    faults: Faults,
    form: Form,
}

#[derive(Template)]
#[template(path = "saved_search.html")]
struct SearchPage {
    page: Page,
    base: String,
    name: String,
    facts: Vec<Fact>,
    may_save: bool,
    is_held: bool,
    faults: Faults,
    kinds: Vec<(String, String)>,
    form: Form,
}

/// The fields of a search, as they were entered.
#[derive(Default)]
struct Form {
    name: String,
    title: String,
    class: String,
    from: String,
    until: String,
    creator: String,
    custodian: String,
    /// The version that was seen.
    version: String,
    kind: String,
    reason: String,
}

/// Files on one page of what a search finds.
const ROWS: usize = 100;

/// `GET /searches`
pub async fn list(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    list_page(&app, &staff, Form::default(), Faults::default()).await
}

/// `POST /searches`
pub async fn save(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let form = Form::read(&posted);
    let new = match form.new_search() {
        Ok(new) => new,
        Err(faults) => return list_page(&app, &staff, form, faults).await,
    };
    match app.office.save_search(&staff.actor, new).await.map_err(Problem::from) {
        Ok(search) => Ok(go_done(&format!("/searches/{}", search.id), "search-saved")),
        Err(problem) if problem.is_mendable() => list_page(&app, &staff, form, wrong(&problem)).await,
        Err(problem) => Err(problem),
    }
}

/// `GET /searches/{id}`
pub async fn search(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    let view = app.office.search(&staff.actor, id(&text)?).await?;
    search_page(&app, &staff, &view, Form::of(&view), Faults::default())
}

/// `POST /searches/{id}/change`
pub async fn change(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (search, form) = (id::<SearchId>(&text)?, Form::read(&posted));
    let problem = match form.new_search() {
        Ok(new) => match app.office.change_search(&staff.actor, search, new, posted.parse("version")?).await {
            Ok(_) => return Ok(go_done(&format!("/searches/{search}"), "search-saved")),
            Err(fault) => Problem::from(fault),
        },
        Err(faults) => {
            let view = app.office.search(&staff.actor, search).await?;
            return search_page(&app, &staff, &view, form, faults);
        }
    };
    if !problem.is_mendable() {
        return Err(problem);
    }
    let view = app.office.search(&staff.actor, search).await?;
    search_page(&app, &staff, &view, form, wrong(&problem))
}

/// `POST /searches/{id}/delete`
pub async fn delete(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    app.office.delete_search(&staff.actor, id(&text)?).await?;
    Ok(go_done("/searches", "search-deleted"))
}

/// `POST /searches/{id}/hold`
pub async fn hold(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (search, asked) = (id::<SearchId>(&text)?, Form::read(&posted));
    let kind = KINDS.into_iter().find(|kind| kind.word() == asked.kind);
    let (Some(kind), false) = (kind, asked.reason.is_empty()) else {
        let mut faults = Faults::default();
        faults.require(&asked.kind, "kind", "種類", "kind");
        faults.require(&asked.reason, "reason", "理由", "reason");
        let view = app.office.search(&staff.actor, search).await?;
        let form = Form { kind: asked.kind, reason: asked.reason, ..Form::of(&view) };
        return search_page(&app, &staff, &view, form, faults);
    };
    let effect = app.office.place_hold_on_search(&staff.actor, search, kind, &asked.reason).await?;
    Ok(go_done("/holds", effect_word(&effect)))
}

/// `GET /searches/{id}/files`: what the search finds now.
pub async fn files(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let view = app.office.search(&staff.actor, id(&text)?).await?;
    let after: Option<RecordFileId> = match asked.text("after") {
        "" => None,
        text => Some(id(text)?),
    };
    let found = app.office.find_files(&staff.actor, &view.search.what, after, ROWS).await?;
    let base = format!("/searches/{}/files", view.search.id);
    let rows = found.rows.iter().map(records::row).collect();
    let caption = format!("{}：{}", view.search.name, words::predicate(&view.search.what));
    show(&PagedTable {
        page: staff.page(&app, "検索に当てはまる文書ファイル", "What the search finds", "/searches"),
        crumb: ("/searches", "保存した検索"),
        intro: (
            "いま条件に当てはまる文書ファイルです。この検索に付けた廃棄保留は、これから当てはまる文書にも及びます。",
            "What the search finds now; a hold on it also takes what will match later.",
        ),
        links: Vec::new(),
        table: Table::new(records::head(), rows, "このページの範囲に、当てはまる文書ファイルはありません。")
            .captioned(caption),
        first: after.map_or_else(String::new, |_| base.clone()),
        next: found.next.map_or_else(String::new, |next| format!("{base}?after={next}")),
    })
}

impl Form {
    fn read(posted: &Posted) -> Self {
        let text = |name| posted.text(name).to_owned();
        Self {
            name: text("name"),
            title: text("title"),
            class: text("class"),
            from: text("from"),
            until: text("until"),
            creator: text("creator"),
            custodian: text("custodian"),
            version: text("version"),
            kind: text("kind"),
            reason: text("reason"),
        }
    }

    fn of(view: &SearchView) -> Self {
        let (search, what) = (&view.search, view.search.what.clone());
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        Self {
            name: search.name.clone(),
            title: what.title_contains.unwrap_or_default(),
            class: what.class.map(|class| class.to_string()).unwrap_or_default(),
            from: day(what.created_from),
            until: day(what.created_until),
            creator: what.creator_contains.unwrap_or_default(),
            custodian: what.custodian_contains.unwrap_or_default(),
            version: search.row_version.to_string(),
            ..Self::default()
        }
    }

    fn new_search(&self) -> Result<NewSearch, Faults> {
        let mut faults = Faults::default();
        faults.require(&self.name, "name", "名前", "name");
        let class = ClassCode::parse(&self.class);
        if class.is_none() && !self.class.is_empty() {
            faults.add("class", "分類はコードで書いてください（例：B-02）。", "Write the class by its code.");
        }
        let mut day = |text: &str, field, ja: &str| match text.parse::<Date>() {
            Ok(day) => Some(day),
            Err(_) if text.is_empty() => None,
            Err(_) => {
                faults.add(field, format!("{ja}を日付で入力してください。"), "Enter a date.");
                None
            }
        };
        let (from, until) =
            (day(&self.from, "from", "作成・取得日（から）"), day(&self.until, "until", "作成・取得日（まで）"));
        if !faults.is_empty() {
            return Err(faults);
        }
        let words = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let what = HoldPredicate {
            title_contains: words(&self.title),
            class,
            created_from: from,
            created_until: until,
            creator_contains: words(&self.creator),
            custodian_contains: words(&self.custodian),
        };
        Ok(NewSearch { name: self.name.clone(), what })
    }
}

/// Marks the field that a refusal is about.
fn wrong(problem: &Problem) -> Faults {
    let field = match problem.code() {
        "search-empty" => "title",
        "filing-days-reversed" => "until",
        _ => "name",
    };
    Faults::of(field, problem)
}

async fn list_page(app: &App, staff: &Staff, form: Form, faults: Faults) -> Result<Response, Problem> {
    const HEAD: &[(&str, &str)] =
        &[("名前", "Name"), ("条件", "What it looks for"), ("保存", "Saved"), ("効いている保留", "Holds in force")];
    let row = |view: &SearchView| {
        vec![
            Cell::link(format!("/searches/{}", view.search.id), view.search.name.clone()),
            Cell::text(words::predicate(&view.search.what)),
            Cell::unbroken(time(view.search.saved_at)),
            Cell::number(view.holds),
        ]
    };
    let all = app.office.searches(&staff.actor).await?;
    show(&SearchesPage {
        page: staff.page(app, "保存した検索", "Saved searches", "/searches"),
        table: Table::new(HEAD, all.iter().map(row).collect(), "保存した検索はありません。"),
        may_save: staff.places_holds(),
        faults,
        form,
    })
}

fn search_page(app: &App, staff: &Staff, view: &SearchView, form: Form, faults: Faults) -> Result<Response, Problem> {
    let search = &view.search;
    show(&SearchPage {
        page: staff.page(app, "保存した検索", "Saved search", "/searches"),
        base: format!("/searches/{}", search.id),
        name: search.name.clone(),
        facts: vec![
            ("条件", "What it looks for", Cell::text(words::predicate(&search.what))),
            ("版", "Version", Cell::text(format!("第{}版（{}）", search.row_version, time(search.saved_at)))),
            ("効いている保留", "Holds in force", Cell::text(format!("{}件", view.holds))),
        ],
        may_save: staff.places_holds(),
        is_held: view.holds > 0,
        faults,
        kinds: KINDS.map(|kind| (kind.word().to_owned(), words::hold_kind(kind).to_owned())).into(),
        form,
    })
}
