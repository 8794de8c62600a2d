//! `/records/files/{id}`: one record file with its dates, the reasons for them, its holds and its records.

use crate::http::access::{self, Users};
use crate::http::action::Action;
use crate::http::app::App;
use crate::http::choices::{Choices, Narrowed};
use crate::http::faults::Faults;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::query::Asked;
use crate::http::show::{Tag, date, date_or, size, time};
use crate::http::staff::{FILERS, Staff, id};
use crate::http::words;
use crate::office::ports::RecordRow;
use crate::office::records::{FileView, NewRecordFile};
use crate::records::{AccessClass, AppraisalOutcome, ClassCode, Hold, Medium, RecordFile};
use crate::wording::{self, Sentence};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "file.html")]
struct FilePage {
    page: Page,
    id: String,
    base: String,
    title: String,
    state: Tag,
    facts: Vec<Fact>,
    because: Vec<Sentence>,
    holds: Table,
    records: Table,
    unlogged: usize,
    grants: Table,
    actions: Vec<Action>,
    can_hold: bool,
    can_file: bool,
}

#[derive(Template)]
#[template(path = "file_new.html")]
struct NewFilePage {
    page: Page,
    faults: Faults,
    classes: Narrowed,
    accesses: Vec<(String, String)>,
    form: Form,
}

#[derive(Default)]
struct Form {
    class: String,
    title: String,
    creator: String,
    opened: String,
    access: String,
    /// The words by which the choice was narrowed.
    query: String,
}

/// `GET /records/files/{id}`
pub async fn file(State(app): State<App>, staff: Staff, Path(file): Path<String>) -> Result<Response, Problem> {
    let view = app.office.file_view(&staff.actor, id(&file)?).await?;
    let users = access::users(&app, &staff).await?;
    show(&FilePage {
        page: staff.page(&app, "文書ファイル", "Record file", "/records"),
        id: view.file.id.to_string(),
        base: format!("/records/files/{}", view.file.id),
        title: view.file.title.clone(),
        state: state(&view),
        facts: facts(&view, &users),
        because: view.dates.because.iter().map(wording::reason).collect(),
        holds: holds(&view.holds),
        records: records(&view),
        unlogged: view.unlogged,
        grants: access::grants(&view.file.access, &users),
        actions: actions(&view, &staff, &users),
        can_hold: staff.places_holds() && view.destroyed_on.is_none(),
        can_file: staff.files_records() && view.destroyed_on.is_none() && !view.file.closed,
    })
}

/// `GET /records/files/new`
pub async fn form(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    staff.require_any(FILERS)?;
    let (opened, query) = (app.clock.today().to_string(), asked.text("q").to_owned());
    let form = Form { opened, query, ..Form::default() };
    new_page(&app, &staff, form, Faults::default()).await
}

/// `POST /records/files/new`
pub async fn open(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let [class, title, creator, opened, access, query] =
        ["class", "title", "creator", "opened", "access", "q"].map(|name| posted.text(name).to_owned());
    let form = Form { class, title, creator, opened, access, query };
    let new = match new_file(&form) {
        Ok(new) => new,
        Err(faults) => return new_page(&app, &staff, form, faults).await,
    };
    match app.office.open_file(&staff.actor, new).await.map_err(Problem::from) {
        Ok(file) => Ok(go_done(&format!("/records/files/{file}"), "opened")),
        Err(problem) if problem.is_mendable() => new_page(&app, &staff, form, Faults::of("class", &problem)).await,
        Err(problem) => Err(problem),
    }
}

fn new_file(form: &Form) -> Result<NewRecordFile, Faults> {
    let mut faults = Faults::default();
    let class = ClassCode::parse(&form.class);
    if class.is_none() {
        faults.add("class", "分類を選んでください。", "Choose the class.");
    }
    faults.require(&form.title, "title", "文書ファイル名", "title");
    faults.require(&form.creator, "creator", "作成者（課名）", "section");
    let opened = form.opened.parse();
    if opened.is_err() {
        faults.add("opened", "作成した日を入力してください。", "Enter the day it was opened.");
    }
    let (Some(class), Ok(opened), true) = (class, opened, faults.is_empty()) else { return Err(faults) };
    Ok(NewRecordFile {
        title: form.title.clone(),
        class,
        opened,
        year: None,
        creator: form.creator.clone(),
        custodian: form.creator.clone(),
        place: "文書庫（電子）".to_owned(),
        medium: Medium::Electronic,
        access: AccessClass::parse(&form.access),
    })
}

/// `POST /records/files/{id}/close`
pub async fn close(
    State(app): State<App>,
    staff: Staff,
    Path(file): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    app.office.close_file(&staff.actor, id(&file)?, posted.parse("completed")?).await?;
    Ok(go_done(&format!("/records/files/{file}"), "closed"))
}

/// `POST /records/files/{id}/appraise`
pub async fn appraise(
    State(app): State<App>,
    staff: Staff,
    Path(file): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let outcome = match posted.text("outcome") {
        "destroy" => AppraisalOutcome::Destroy,
        "historical" => AppraisalOutcome::Historical,
        "extend" => AppraisalOutcome::Extend,
        _ => return Err(WebFault::BadField("outcome").into()),
    };
    app.office.appraise(&staff.actor, id(&file)?, outcome).await?;
    Ok(go_done(&format!("/records/files/{file}"), "appraised"))
}

/// `POST /records/files/{id}/board`
pub async fn board(
    State(app): State<App>,
    staff: Staff,
    Path(file): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    app.office.record_board_consent(&staff.actor, id(&file)?, posted.parse("consented")?).await?;
    Ok(go_done(&format!("/records/files/{file}"), "board"))
}

fn actions(view: &FileView, staff: &Staff, users: &Users) -> Vec<Action> {
    let access = if staff.disposes() { access::offered(&view.file.access, users, staff) } else { Vec::new() };
    if view.destroyed_on.is_some() {
        return access;
    }
    let mut actions = Vec::new();
    if staff.files_records() && !view.file.closed {
        let close =
            Action::plain("close", "完結する", "Close", "事案が完結した日を記録し、以後の文書の受入れを止めます。");
        actions.push(close.aside().asking_day("completed", "完結した日", "Completed on"));
    }
    if staff.disposes() && view.file.closed && view.destroyed_on.is_none() && view.hidden == 0 {
        let words =
            [("destroy", "廃棄してよい"), ("historical", "歴史公文書として移管する"), ("extend", "保存期間を延長する")];
        let options = words.map(|(value, word)| (value.to_owned(), word.to_owned())).into();
        let appraise = Action::plain(
            "appraise",
            "評価選別を記録する",
            "Appraise",
            "満了後の措置を評価します。日付は変わりません。",
        );
        actions.push(appraise.aside().asking_choice("outcome", "評価", "Outcome", options));
        if view.file.board_required {
            let board = Action::plain(
                "board",
                "審査会の同意を記録する",
                "Board consent",
                "廃棄について審査会が同意した日を記録します。",
            );
            actions.push(board.aside().asking_day("consented", "同意の日", "Consented on"));
        }
    }
    actions.extend(access);
    actions
}

async fn classes(app: &App, staff: &Staff) -> Result<Choices, Problem> {
    let Some(rules) = app.office.rules(&staff.actor).await? else { return Ok(Vec::new()) };
    let today = app.clock.today();
    let leaves = rules.plan.classes().filter(|class| rules.plan.is_leaf(&class.code));
    let choice = |code: &ClassCode| {
        let name = rules.plan.path_name(code).unwrap_or_else(|| code.to_string());
        let period = rules.rule_for(code, today).map(|rule| words::period(rule.years));
        (code.to_string(), format!("{name}（{}）", period.unwrap_or_else(|| "規則なし".into())))
    };
    Ok(leaves.map(|class| choice(&class.code)).collect())
}

async fn new_page(app: &App, staff: &Staff, form: Form, faults: Faults) -> Result<Response, Problem> {
    let classes = Narrowed::by_words(classes(app, staff).await?, &form.query);
    let page = staff.page(app, "文書ファイルの作成", "Open a record file", "/records");
    show(&NewFilePage { page, faults, classes, accesses: access::choices(), form })
}

fn state(view: &FileView) -> Tag {
    if view.destroyed_on.is_some() {
        Tag::new("bad", "✕", "廃棄済", "Destroyed")
    } else if !view.holds.is_empty() {
        words::held(view.dates.keep_until)
    } else if view.dates.due {
        Tag::new("warn", "！", "満了", "Due")
    } else if view.file.closed {
        Tag::new("key", "■", "完結", "Closed")
    } else {
        Tag::new("key", "●", "使用中", "Open")
    }
}

fn facts(view: &FileView, users: &Users) -> Vec<Fact> {
    let file = &view.file;
    let mut facts = vec![
        ("分類", "Class", Cell::text(format!("{}（{}）", view.class_path, file.class.as_str()))),
        ("保存期間", "Period", Cell::text(words::period(file.terms.years))),
        ("起算日", "Starts on", Cell::unbroken(date_or(view.dates.starts_on, "未定"))),
        ("満了日", "Expires on", Cell::unbroken(words::expiry(view.dates.expires_on, file.terms.years))),
        (
            "保存の最終日（保留を含む）",
            "Kept until",
            Cell::text(words::kept_until(view.dates.keep_until, file.terms.years)),
        ),
        ("満了時の措置", "At expiry", Cell::text(words::disposition(file.disposition))),
        (
            "適用した規則",
            "Rule",
            Cell::text(format!("{}／{}　第{}版", file.rule.set, file.rule.rule, file.rule.version)),
        ),
        ("作成者", "Creator", Cell::text(file.creator.clone())),
        ("管理者", "Custodian", custodian(file)),
        ("媒体・保存場所", "Medium, place", Cell::text(format!("{}・{}", words::medium(file.medium), file.place))),
        ("閲覧の範囲", "Access", Cell::Tag(words::access(file.access.class))),
    ];
    facts.extend(file.access.wish.as_ref().map(|wish| access::waiting(wish, users)));
    if file.transfer.is_some() || file.asks_for_transfer() {
        facts.push(("移管", "Transfer", Cell::link(format!("/transfers/{}", file.id), "移管の手続き")));
    }
    if let Some(disposal) = view.disposal {
        facts.push((
            "廃棄案",
            "Disposal",
            Cell::link(format!("/disposals/{disposal}"), "この文書ファイルを載せた廃棄案"),
        ));
    }
    if view.hidden > 0 {
        facts.push(("廃棄が承認され非表示の文書", "Sealed off", Cell::text(format!("{}件", view.hidden))));
    }
    if let Some(day) = view.destroyed_on {
        facts.push(("廃棄した日", "Destroyed on", Cell::unbroken(date(day))));
    }
    facts
}

pub fn holds(holds: &[Hold]) -> Table {
    const HEAD: &[(&str, &str)] =
        &[("種類", "Kind"), ("理由", "Reason"), ("登録", "Placed"), ("裁決・決定・終了の日", "Decided")];
    let row = |hold: &Hold| {
        vec![
            Cell::text(words::hold_kind(hold.kind)),
            Cell::text(hold.reason.clone()),
            Cell::unbroken(time(hold.placed_at)),
            Cell::unbroken(date_or(hold.decided, "未了")),
        ]
    };
    Table::new(HEAD, holds.iter().map(row).collect(), "この文書ファイルに、いま効いている廃棄保留はありません。")
}

fn records(view: &FileView) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("件名", "Title"),
        ("文書番号", "Number"),
        ("作成・取得日", "Created"),
        ("大きさ", "Size"),
        ("閲覧の範囲", "Access"),
        ("状態", "State"),
    ];
    let row = |row: &RecordRow| {
        vec![
            Cell::link(format!("/records/{}", row.record.id), row.record.title.clone()),
            Cell::text(row.record.number.clone().unwrap_or_default()),
            Cell::unbroken(date(row.record.created)),
            Cell::text(size(row.record.size_bytes)),
            Cell::Tag(words::access(view.file.access_of(Some(&row.record)))),
            Cell::Tag(words::record_state(row.record.state)),
        ]
    };
    let empty = if view.destroyed_on.is_some() {
        "廃棄されたため、文書は残っていません。"
    } else {
        "文書はまだありません。"
    };
    Table::new(HEAD, view.records.iter().map(row).collect(), empty)
}

/// The custodian, and those before.
fn custodian(file: &RecordFile) -> Cell {
    let former = file.former_custodians.iter().rev();
    let former = former.map(|one| format!("{}まで {}", date(one.until.yesterday().unwrap_or(one.until)), one.name));
    Cell::Lines(std::iter::once(file.custodian.clone()).chain(former).collect())
}
