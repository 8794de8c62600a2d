//! `/notices/merge`: a table of recipients becomes as many drafts; looked at first, all or none.

use crate::http::app::App;
use crate::http::download;
use crate::http::faults::Faults;
use crate::http::left::{Outcome, go_to_outcome};
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Table};
use crate::http::posted::{Posted, TABLE};
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::staff::Staff;
use crate::http::template_words::{about, rules};
use crate::http::typeset::chosen;
use crate::office::notices::{MergeFault, MergeRow, NewTypeset};
use crate::office::templates::{Filled, Template as Form};
use crate::office::{NoticeType, Office, OfficeError, Role};
use crate::render::{NamedRow, ReadTable};
use crate::time::{Date, written_date};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

/// The most faults that are shown.
const MOST_FAULTS: usize = 100;
/// Rows that are shown of a table.
const SHOWN_ROWS: usize = 5;

#[derive(Template)]
#[template(path = "merge.html")]
struct MergePage {
    page: Page,
    faults: Faults,
    kind: (String, String),
    title: String,
    columns: Vec<(String, String)>,
    /// What the template asks from field to field.
    rules: Vec<String>,
    most: usize,
    looked: Option<Looked>,
}

/// What was seen of a table.
struct Looked {
    rows: usize,
    wrong: usize,
    faults: Table,
    first: Table,
    table: String,
}

/// `GET /notices/merge?kind=…`
pub async fn form(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    staff.require_any(&[Role::Clerk])?;
    page(&app, &staff, chosen(&app, asked.text("kind"))?, Faults::default(), None)
}

/// `GET /notices/merge.csv?kind=…`: the head of a table to fill in.
pub async fn head(State(app): State<App>, _staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let (kind, template) = chosen(&app, asked.text("kind"))?;
    let columns: Vec<String> = columns(kind, template).into_iter().map(|(name, _)| name).collect();
    let line = download::csv_line(columns.iter().map(String::as_str));
    Ok(download::csv(&format!("{}.csv", template.title), &line))
}

/// `POST /notices/merge`: looks at a table, or drafts what was looked at.
pub async fn merge(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let chosen = chosen(&app, posted.text("kind"))?;
    let bytes = match posted.file("csv") {
        Some(file) => file.bytes.clone(),
        None => posted.raw(TABLE).as_bytes().to_vec(),
    };
    let rows = match read(chosen, &bytes, app.office.today()) {
        Ok(rows) => rows,
        Err((ja, en)) => {
            let mut faults = Faults::default();
            faults.add("csv", ja, en);
            return page(&app, &staff, chosen, faults, None);
        }
    };
    let faults = if posted.text("save").is_empty() {
        app.office.look_at_merge(&staff.actor, rows.clone()).await?
    } else {
        match app.office.merge(&staff.actor, rows.clone()).await? {
            Ok(drafts) => return merged(&app, &staff, &rows, &drafts).await,
            Err(faults) => faults,
        }
    };
    let looked = Looked {
        rows: rows.len(),
        wrong: faults.len(),
        faults: wrong_rows(faults),
        first: first_rows(&rows, chosen.1),
        table: ReadTable::text(&bytes).unwrap_or_default(),
    };
    page(&app, &staff, chosen, Faults::default(), Some(looked))
}

/// A column's name, and what may stand in it.
fn columns(kind: &NoticeType, template: &Form) -> Vec<(String, String)> {
    let own = |name: &str, hint: &str| (name.to_owned(), hint.to_owned());
    let mut columns = vec![own("受取人", "必須"), own("件名", "空なら通知種別の名前")];
    if template.numbered {
        columns.push(own("日付", "空なら今日。2026-04-01や令和8年4月1日"));
    }
    for field in &template.fields {
        let need = if field.optional { "任意" } else { "必須" };
        columns.push((field.label.clone(), format!("{need}　{}", field.hint).trim().to_owned()));
    }
    let need = if kind.disposition { "必須" } else { "任意" };
    columns.extend([own("処分の理由", need), own("教示", need)]);
    columns
}

type Words = (String, String);

fn read((kind, template): (&NoticeType, &Form), bytes: &[u8], today: Date) -> Result<Vec<MergeRow>, Words> {
    let table = ReadTable::read(bytes)
        .map_err(|error| ("CSVとして読めません。UTF-8かShift_JISで保存してください。".to_owned(), error))?;
    let known: Vec<String> = columns(kind, template).into_iter().map(|(name, _)| name).collect();
    if let Some(stranger) = table.columns().iter().find(|name| !known.contains(name)) {
        return Err((format!("「{stranger}」という列はこの様式にありません。"), format!("No column {stranger:?}.")));
    }
    let needed = template.fields.iter().filter(|field| !field.optional).map(|field| field.label.as_str());
    let needed: Vec<&str> = std::iter::once("受取人").chain(needed).collect();
    if let Some(missing) = table.lacks(&needed) {
        return Err((format!("「{missing}」の列がありません。"), format!("The column {missing:?} is missing.")));
    }
    let rows = table.rows().map(|row| row_of(kind, template, row, today)).collect::<Result<Vec<_>, _>>()?;
    match rows.len() {
        0 => Err(("表に行がありません。".to_owned(), "The table has no rows.".to_owned())),
        many if many > Office::MOST_MERGED => Err((
            format!("一度に作れるのは{}件までです（{many}件あります）。分けてください。", Office::MOST_MERGED),
            format!("At most {} at once; these are {many}.", Office::MOST_MERGED),
        )),
        _ => Ok(rows),
    }
}

fn row_of(kind: &NoticeType, template: &Form, row: NamedRow<'_>, today: Date) -> Result<MergeRow, Words> {
    let no_date =
        || (format!("{}行目の日付が読めません。", row.line), format!("Line {}: the date cannot be read.", row.line));
    let dated = row.field("日付").map_or(Some(today), written_date).ok_or_else(no_date)?;
    let text = |name: &str| row.field(name).unwrap_or_default().to_owned();
    let filled = template.fields.iter().map(|field| (field.id.clone(), text(&field.label)));
    let new = NewTypeset {
        kind: kind.id.clone(),
        subject: row.field("件名").unwrap_or(&kind.name).to_owned(),
        recipient: text("受取人"),
        reasons: text("処分の理由"),
        appeal_instructions: text("教示"),
        flags: Default::default(),
        dated: Some(dated),
        filled: Filled(filled.collect()),
    };
    Ok(MergeRow { line: row.line, new })
}

fn wrong_rows(faults: Vec<MergeFault>) -> Table {
    let rows = faults.into_iter().take(MOST_FAULTS).map(|MergeFault { line, error }| {
        let told = if let OfficeError::Template(error) = &error { about(error) } else { None };
        let words = told.map_or_else(|| Problem::from(error).japanese().to_owned(), |(_, (ja, _))| ja);
        vec![Cell::Number(line.to_string()), Cell::text(words)]
    });
    let head = &[("行", "Line"), ("内容", "What is wrong")];
    Table {
        caption: "直すところ".to_owned(), ..Table::new(head, rows.collect(), "直すところはありません。")
    }
}

fn first_rows(rows: &[MergeRow], template: &Form) -> Table {
    let shown = rows.iter().take(SHOWN_ROWS).map(|row| {
        let value = |id: &String| row.new.filled.0.get(id).map_or("", String::as_str);
        let fields = template.fields.iter().map(|field| format!("{}：{}", field.label, value(&field.id)));
        vec![
            Cell::Number(row.line.to_string()),
            Cell::text(row.new.recipient.clone()),
            Cell::text(row.new.subject.clone()),
            Cell::Lines(fields.collect()),
        ]
    });
    let head = &[("行", "Line"), ("受取人", "Recipient"), ("件名", "Subject"), ("項目", "Fields")];
    Table { caption: "初めの行".to_owned(), ..Table::new(head, shown.collect(), "") }
}

async fn merged(
    app: &App,
    staff: &Staff,
    rows: &[MergeRow],
    drafts: &[crate::id::NoticeId],
) -> Result<Response, Problem> {
    let lines = rows.iter().zip(drafts).map(|(row, id)| {
        vec![
            Cell::Number(row.line.to_string()),
            Cell::text(row.new.recipient.clone()),
            Cell::link(format!("/notices/{id}"), row.new.subject.clone()),
        ]
    });
    go_to_outcome(
        app,
        staff,
        Outcome {
            title: ("差し込みで作った下書き", "Merged drafts"),
            words: (
                format!("{}件の下書きを作りました。担当業務の画面から、まとめて決裁に回せます。", drafts.len()),
                format!("{} drafts were made; submit them from the desk.", drafts.len()),
            ),
            table: Table::new(&[("行", "Line"), ("受取人", "Recipient"), ("通知", "Notice")], lines.collect(), ""),
            back: ("/desk", "担当業務", "Desk"),
        },
    )
    .await
}

fn page(
    app: &App,
    staff: &Staff,
    (kind, template): (&NoticeType, &Form),
    faults: Faults,
    looked: Option<Looked>,
) -> Result<Response, Problem> {
    show(&MergePage {
        page: staff.page(app, "差し込みで通知を作る", "Merge notices", "/desk"),
        faults,
        kind: (kind.id.clone(), kind.name.clone()),
        title: template.title.clone(),
        columns: columns(kind, template),
        rules: rules(template),
        most: Office::MOST_MERGED,
        looked,
    })
}
