//! `/notices/new`: a draft from an uploaded PDF.

use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::notice_words::flag_name;
use crate::http::page::{Page, go_done, show};
use crate::http::posted::{File, Posted};
use crate::http::problem::Problem;
use crate::http::staff::Staff;
use crate::office::NoticeFlag;
use crate::office::notices::NewNotice;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use std::collections::BTreeSet;

#[derive(Template)]
#[template(path = "notice_new.html")]
struct NewNoticePage {
    page: Page,
    faults: Faults,
    kinds: Vec<(String, String)>,
    /// Words, Japanese and English names of flags, and whether each is ticked.
    flags: Vec<(&'static str, &'static str, &'static str, bool)>,
    form: Draft,
}

#[derive(Default)]
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
    page(&app, &staff, Draft::default(), Faults::default())
}

/// `POST /notices/new`
pub async fn draft(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let form = read(&posted);
    let faults = faults(&app, &form, &posted);
    let Some(file) = posted.file("pdf").filter(|_| faults.is_empty()) else {
        return page(&app, &staff, form, faults);
    };
    match app.office.draft(&staff.actor, new_notice(&form, file)).await.map_err(Problem::from) {
        Ok(id) => Ok(go_done(&format!("/notices/{id}"), "drafted")),
        Err(problem) if problem.is_mendable() => page(&app, &staff, form, Faults::of("pdf", &problem)),
        Err(problem) => Err(problem),
    }
}

fn read(posted: &Posted) -> Draft {
    let [kind, subject, recipient, reasons, instructions] =
        ["kind", "subject", "recipient", "reasons", "instructions"].map(|name| posted.text(name).to_owned());
    let flags = posted.all("flag").filter_map(NoticeFlag::of_word).collect();
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

fn page(app: &App, staff: &Staff, form: Draft, faults: Faults) -> Result<Response, Problem> {
    let kinds = app.office.settings().notice_types.iter().map(|kind| {
        let mark = if kind.disposition { "（処分：理由と教示が必要）" } else { "" };
        (kind.id.clone(), format!("{}{mark}", kind.name))
    });
    let flags = NoticeFlag::ALL.map(|flag| {
        let (ja, en) = flag_name(flag);
        (flag.word(), ja, en, form.flags.contains(&flag))
    });
    let page = staff.page(app, "通知の起案", "New notice", "/desk");
    show(&NewNoticePage { page, faults, kinds: kinds.collect(), flags: flags.to_vec(), form })
}
