//! `/notices/new`: a draft from an uploaded PDF; `/notices/{id}/edit`: the same again, for what was returned.

use crate::digest::Sha256Hex;
use crate::http::app::App;
use crate::http::drafted;
use crate::http::faults::Faults;
use crate::http::notice_words::flag_name;
use crate::http::page::{Page, go_done, show};
use crate::http::posted::{File, Posted};
use crate::http::problem::Problem;
use crate::http::staff::{Staff, id};
use crate::id::NoticeId;
use crate::office::notices::NewNotice;
use crate::office::{NoticeFlag, Role};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::BTreeSet;

#[derive(Template)]
#[template(path = "notice_new.html")]
struct NewNoticePage {
    page: Page,
    faults: Faults,
    action: String,
    kinds: Vec<(String, String)>,
    /// Notice types with a template: identifier, name.
    templates: Vec<(String, String)>,
    /// Words, Japanese and English names of flags, and whether each is ticked.
    flags: Vec<(&'static str, &'static str, &'static str, bool)>,
    form: Draft,
}

#[derive(Debug, Default)]
struct Draft {
    kind: String,
    subject: String,
    recipient: String,
    reasons: String,
    instructions: String,
    flags: BTreeSet<NoticeFlag>,
}

/// `GET /notices/new`
pub async fn form(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    staff.require_any(&[Role::Clerk])?;
    page(&app, &staff, None, Draft::default(), Faults::default())
}

/// `GET /notices/{id}/edit`
pub async fn again(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    staff.require_any(&[Role::Clerk])?;
    let notice = app.office.notice(&staff.actor, id(&text)?).await?.notice;
    let form = Draft {
        kind: notice.kind,
        subject: notice.subject,
        recipient: notice.recipient,
        reasons: notice.reasons,
        instructions: notice.appeal_instructions,
        flags: notice.flags,
    };
    page(&app, &staff, Some(notice.id), form, Faults::default())
}

/// `POST /notices/new`
pub async fn draft(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    answered(&app, &staff, &posted, None).await
}

/// `POST /notices/{id}/edit`
pub async fn redraft(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    answered(&app, &staff, &posted, Some(id(&text)?)).await
}

async fn answered(app: &App, staff: &Staff, posted: &Posted, notice: Option<NoticeId>) -> Result<Response, Problem> {
    let form = read(posted);
    let faults = faults(app, &form, posted);
    let Some(file) = posted.file("pdf").filter(|_| faults.is_empty()) else {
        return page(app, staff, notice, form, faults);
    };
    let new = new_notice(&form, file);
    let done = match notice {
        None => {
            let what = Sha256Hex::of(format!("{form:?} {}", Sha256Hex::of(&file.bytes)).as_bytes());
            match drafted::before(app, staff, &what).await {
                Some(id) => Ok((id, "drafted-before")),
                None => match app.office.draft(&staff.actor, new).await {
                    Ok(id) => {
                        drafted::remember(app, staff, &what, id).await;
                        Ok((id, "drafted"))
                    }
                    Err(error) => Err(error),
                },
            }
        }
        Some(id) => app.office.redraft(&staff.actor, id, new).await.map(|_| (id, "redrafted")),
    };
    match done.map_err(Problem::from) {
        Ok((id, done)) => Ok(go_done(&format!("/notices/{id}"), done)),
        Err(problem) if problem.is_mendable() => page(app, staff, notice, form, Faults::of("pdf", &problem)),
        Err(problem) => Err(problem),
    }
}

/// Reads the flags that were ticked.
pub fn posted_flags(posted: &Posted) -> BTreeSet<NoticeFlag> {
    posted.all("flag").filter_map(NoticeFlag::of_word).collect()
}

/// Shows every flag: its word, Japanese and English name, and whether it is ticked.
pub fn flag_boxes(ticked: &BTreeSet<NoticeFlag>) -> Vec<(&'static str, &'static str, &'static str, bool)> {
    let boxes = NoticeFlag::ALL.map(|flag| {
        let (ja, en) = flag_name(flag);
        (flag.word(), ja, en, ticked.contains(&flag))
    });
    boxes.to_vec()
}

fn read(posted: &Posted) -> Draft {
    let [kind, subject, recipient, reasons, instructions] =
        ["kind", "subject", "recipient", "reasons", "instructions"].map(|name| posted.text(name).to_owned());
    let flags = posted_flags(posted);
    Draft { kind, subject, recipient, reasons, instructions, flags }
}

fn new_notice(form: &Draft, file: &File) -> NewNotice {
    NewNotice {
        kind: form.kind.clone(),
        subject: form.subject.clone(),
        recipient: form.recipient.clone(),
        reasons: form.reasons.clone(),
        appeal_instructions: form.instructions.clone(),
        flags: form.flags.clone(),
        pdf: file.bytes.clone(),
    }
}

fn faults(app: &App, form: &Draft, posted: &Posted) -> Faults {
    let mut faults = Faults::default();
    let kind = app.office.settings().notice_type(&form.kind);
    if kind.is_none() {
        faults.add("kind", "通知種別を選んでください。", "Choose the notice type.");
    }
    faults.require(&form.subject, "subject", "件名", "subject");
    faults.require(&form.recipient, "recipient", "受取人", "recipient");
    if posted.file("pdf").is_none() {
        faults.add("pdf", "通知書のPDFを選んでください。", "Choose the PDF.");
    }
    if kind.is_some_and(|kind| kind.disposition) {
        faults.require(&form.reasons, "reasons", "処分の理由", "reasons");
        faults.require(&form.instructions, "instructions", "教示", "appeal instructions");
    }
    faults
}

fn page(app: &App, staff: &Staff, notice: Option<NoticeId>, form: Draft, faults: Faults) -> Result<Response, Problem> {
    let all = &app.office.settings().notice_types;
    let templates = all.iter().filter(|kind| notice.is_none() && kind.template.is_some());
    let templates = templates.map(|kind| (kind.id.clone(), kind.name.clone())).collect();
    let action = notice.map_or("/notices/new".to_owned(), |id| format!("/notices/{id}/edit"));
    let kinds = app.office.settings().notice_types.iter().map(|kind| {
        let mark = if kind.disposition { "（処分：理由と教示が必要）" } else { "" };
        (kind.id.clone(), format!("{}{mark}", kind.name))
    });
    let flags = flag_boxes(&form.flags);
    let (ja, en) =
        if notice.is_some() { ("起案を直す", "Change a draft") } else { ("通知の起案", "New notice") };
    let page = staff.page(app, ja, en, "/desk");
    show(&NewNoticePage { page, faults, action, kinds: kinds.collect(), templates, flags, form })
}
