//! `/notices/typeset`: a notice that is filled in, looked at as a page, and drafted; and the same again for what was returned. With
//! script the page follows what is entered, by the same form.

use crate::digest::Sha256Hex;
use crate::http::app::App;
use crate::http::drafted;
use crate::http::faults::Faults;
use crate::http::limiter::{Deed, Doer};
use crate::http::notice_new::{flag_boxes, posted_flags};
use crate::http::page::{Page, go_done, show};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::query::Asked;
use crate::http::staff::{Staff, id};
use crate::http::template_words::{about, own_field, rules};
use crate::id::NoticeId;
use crate::office::notices::{NewTypeset, NoticePreview};
use crate::office::templates::{Field, FieldKind, Filled, Template as Form, TemplateError};
use crate::office::{NoticeType, OfficeError, Role};
use crate::time::{Date, written_date};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What the page may do: run its one script, which sends the page's own form.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// How long somebody who looks waits for their turn.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Template)]
#[template(path = "typeset.html")]
struct TypesetPage {
    page: Page,
    faults: Faults,
    action: String,
    kind: (String, String),
    title: String,
    numbered: bool,
    disposition: bool,
    form: Entered,
    fields: Vec<Shown>,
    /// What the template asks from field to field.
    rules: Vec<String>,
    /// Words, Japanese and English names of flags, and whether each is ticked.
    flags: Vec<(&'static str, &'static str, &'static str, bool)>,
    look: Option<Look>,
}

/// The part of the page that follows what is entered: the page of the notice, or what keeps it from being set.
#[derive(Template)]
#[template(path = "typeset_live.html")]
struct LivePart {
    title: String,
    faults: Faults,
    look: Option<Look>,
}

/// What was entered of what every notice has.
#[derive(Default)]
struct Entered {
    subject: String,
    recipient: String,
    dated: String,
    reasons: String,
    instructions: String,
}

/// A field of the template with what was entered.
struct Shown {
    name: String,
    label: String,
    hint: String,
    need: bool,
    kind: FieldKind,
    choices: Vec<(String, String)>,
    value: String,
}

/// A page to look at.
struct Look {
    picture: String,
    page: usize,
    pages: usize,
}

/// `GET /notices/typeset?kind=…`
pub async fn form(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    staff.require_any(&[Role::Clerk])?;
    let (kind, template) = chosen(&app, asked.text("kind"))?;
    let new = NewTypeset {
        kind: kind.id.clone(),
        subject: kind.name.clone(),
        recipient: String::new(),
        reasons: String::new(),
        appeal_instructions: String::new(),
        flags: BTreeSet::new(),
        dated: Some(app.office.today()),
        filled: Filled::default(),
    };
    page(&app, &staff, (kind, template), (&way_of(&kind.id), &new), Faults::default(), None)
}

/// `POST /notices/typeset`: looks at a page, or drafts.
pub async fn draft(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    answered(&app, &staff, &posted, None).await
}

/// `GET /notices/{id}/typeset`: what a draft, or what was returned, was set by.
pub async fn again(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    staff.require_any(&[Role::Clerk])?;
    let notice = app.office.notice(&staff.actor, id(&text)?).await?.notice;
    let set = notice.typeset.ok_or(WebFault::NoPage)?;
    let new = NewTypeset {
        kind: notice.kind,
        subject: notice.subject,
        recipient: notice.recipient,
        reasons: notice.reasons,
        appeal_instructions: notice.appeal_instructions,
        flags: notice.flags,
        dated: set.dated,
        filled: Filled(set.filled),
    };
    let way = format!("/notices/{text}/typeset");
    page(&app, &staff, chosen(&app, &new.kind)?, (&way, &new), Faults::default(), None)
}

/// `POST /notices/{id}/typeset`: looks at a page, or sets the draft anew.
pub async fn redraft(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    answered(&app, &staff, &posted, Some(id(&text)?)).await
}

/// `GET /notices/{id}/pages/{page}`: a page of the PDF as a picture.
pub async fn picture(
    State(app): State<App>,
    staff: Staff,
    Path((text, page)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let picture = app.office.notice_picture(&staff.actor, id(&text)?, id(&page)?).await?;
    let kept = [
        (header::CONTENT_TYPE, HeaderValue::from_static(picture.media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((kept, picture.bytes).into_response())
}

async fn answered(app: &App, staff: &Staff, posted: &Posted, notice: Option<NoticeId>) -> Result<Response, Problem> {
    let chosen = chosen(app, posted.text("kind"))?;
    let way = notice.map_or_else(|| way_of(posted.text("kind")), |id| format!("/notices/{id}/typeset"));
    let (new, faults) = read(chosen, posted);
    if !posted.text("live").is_empty() {
        return live(app, staff, chosen.1, (&new, faults), posted.text("look")).await;
    }
    if !faults.is_empty() {
        return page(app, staff, chosen, (&way, &new), faults, None);
    }
    let done = if posted.text("look").is_empty() {
        match notice {
            None => drafted_once(app, staff, &new).await,
            Some(id) => app.office.redraft_typeset(&staff.actor, id, new.clone()).await.map(|_| (id, "redrafted")),
        }
    } else {
        match seen(app, staff, &new, posted.text("look")).await? {
            Ok(seen) => return page(app, staff, chosen, (&way, &new), Faults::default(), Some(seen)),
            Err(error) => Err(error),
        }
    };
    match done {
        Ok((id, done)) => Ok(go_done(&format!("/notices/{id}"), done)),
        Err(error) => page(app, staff, chosen, (&way, &new), wrong(chosen.1, error)?, None),
    }
}

/// Drafts a notice; what this browser has just drafted of the same is that notice.
async fn drafted_once(app: &App, staff: &Staff, new: &NewTypeset) -> Result<(NoticeId, &'static str), OfficeError> {
    let what = Sha256Hex::of(format!("{new:?}").as_bytes());
    if let Some(id) = drafted::before(app, staff, &what).await {
        return Ok((id, "drafted-before"));
    }
    let id = app.office.draft_typeset(&staff.actor, new.clone()).await?;
    drafted::remember(app, staff, &what, id).await;
    Ok((id, "drafted"))
}

/// Answers the script of the page.
async fn live(
    app: &App,
    staff: &Staff,
    template: &Form,
    (new, faults): (&NewTypeset, Faults),
    wanted: &str,
) -> Result<Response, Problem> {
    let (faults, look) = match faults.is_empty() {
        false => (faults, None),
        true => match seen(app, staff, new, wanted).await? {
            Ok(seen) => (faults, Some(Look::of(seen))),
            Err(error) => (wrong(template, error)?, None),
        },
    };
    let is_wrong = look.is_none();
    let part = show(&LivePart { title: template.title.clone(), faults, look })?;
    Ok(if is_wrong { (StatusCode::UNPROCESSABLE_ENTITY, part).into_response() } else { part })
}

/// Sets a page to look at, a few at a time. What was begun is brought to its end also where its browser has gone on, so that there
/// are never more.
async fn seen(
    app: &App,
    staff: &Staff,
    new: &NewTypeset,
    wanted: &str,
) -> Result<Result<NoticePreview, OfficeError>, Problem> {
    app.limit_doer(Deed::Look, Doer::Person(staff.actor.user()))?;
    let place = tokio::time::timeout(PATIENCE, Arc::clone(&app.looks).acquire_owned()).await;
    let place = place.map_err(|_| TemplateError::Busy)?.map_err(|_| WebFault::Worker)?;
    let (office, actor, new, page) = (Arc::clone(&app.office), staff.actor.clone(), new.clone(), wanted.parse());
    let work = tokio::spawn(async move {
        let seen = office.preview(&actor, &new, page.unwrap_or(1)).await;
        drop(place);
        seen
    });
    work.await.map_err(|_| WebFault::Worker.into())
}

/// Says what a person can mend in the form; whatever else is a problem of its own.
fn wrong(template: &Form, error: OfficeError) -> Result<Faults, Problem> {
    let mut faults = Faults::default();
    if let OfficeError::Template(error) = &error
        && let Some((label, (ja, en))) = about(error)
    {
        let field = template.fields.iter().find(|field| field.label == label);
        faults.add(field.map_or_else(|| own_field(&label).to_owned(), name_of), ja, en);
        return Ok(faults);
    }
    let problem = Problem::from(error);
    if problem.is_mendable() { Ok(Faults::of("subject", &problem)) } else { Err(problem) }
}

/// Returns the notice type and its template.
pub fn chosen<'a>(app: &'a App, kind: &str) -> Result<(&'a NoticeType, &'a Form), Problem> {
    let kind = app.office.settings().notice_type(kind).ok_or(WebFault::NoPage)?;
    let template = kind.template.as_deref().and_then(|template| app.office.templates().get(template));
    Ok((kind, template.ok_or(WebFault::NoPage)?))
}

fn read((kind, template): (&NoticeType, &Form), posted: &Posted) -> (NewTypeset, Faults) {
    let mut faults = Faults::default();
    let dated = posted.text("dated");
    let day = written_date(dated);
    if !dated.is_empty() && day.is_none() {
        faults.add("dated", "日付を2026-04-01のように入力してください。", "Enter a date, such as 2026-04-01.");
    }
    let filled: BTreeMap<_, _> =
        template.fields.iter().map(|field| (field.id.clone(), posted.text(&name_of(field)).to_owned())).collect();
    let new = NewTypeset {
        kind: kind.id.clone(),
        subject: posted.text("subject").to_owned(),
        recipient: posted.text("recipient").to_owned(),
        reasons: posted.text("reasons").to_owned(),
        appeal_instructions: posted.text("instructions").to_owned(),
        flags: posted_flags(posted),
        dated: day,
        filled: Filled(filled),
    };
    faults.require(&new.subject, "subject", "件名", "subject");
    faults.require(&new.recipient, "recipient", "受取人", "recipient");
    if kind.disposition {
        faults.require(&new.reasons, "reasons", "処分の理由", "reasons");
        faults.require(&new.appeal_instructions, "instructions", "教示", "appeal instructions");
    }
    (new, faults)
}

/// Says what to enter: in the template's words, and how a day or a sum is written.
fn hint(field: &Field) -> String {
    let form = match field.kind {
        FieldKind::Date => "2026-04-01や令和8年4月1日のように書きます。",
        FieldKind::Amount => "金額を円単位の数字で書きます。",
        _ => "",
    };
    format!("{}{form}", field.hint)
}

/// Returns the address of the form of a notice type, so that whoever has to sign in anew comes back to it.
fn way_of(kind: &str) -> String {
    format!("/notices/typeset?kind={}", utf8_percent_encode(kind, NON_ALPHANUMERIC))
}

fn name_of(field: &Field) -> String {
    format!("field-{}", field.id)
}

fn page(
    app: &App,
    staff: &Staff,
    (kind, template): (&NoticeType, &Form),
    (way, new): (&str, &NewTypeset),
    faults: Faults,
    seen: Option<NoticePreview>,
) -> Result<Response, Problem> {
    let fields = template.fields.iter().map(|field| Shown {
        name: name_of(field),
        label: field.label.clone(),
        hint: hint(field),
        need: !field.optional,
        kind: field.kind,
        choices: field.choices.iter().map(|choice| (choice.clone(), choice.clone())).collect(),
        value: new.filled.0.get(&field.id).cloned().unwrap_or_default(),
    });
    let mut page = show(&TypesetPage {
        page: staff.page(app, "様式から通知を作る", "Notice from a template", "/desk"),
        faults,
        action: way.to_owned(),
        kind: (kind.id.clone(), kind.name.clone()),
        title: template.title.clone(),
        numbered: template.numbered,
        disposition: kind.disposition,
        form: Entered {
            subject: new.subject.clone(),
            recipient: new.recipient.clone(),
            dated: new.dated.map(|day: Date| day.to_string()).unwrap_or_default(),
            reasons: new.reasons.clone(),
            instructions: new.appeal_instructions.clone(),
        },
        fields: fields.collect(),
        rules: rules(template),
        flags: flag_boxes(&new.flags),
        look: seen.map(Look::of),
    })?;
    page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    Ok(page)
}

impl Look {
    fn of(NoticePreview { picture, page, pages }: NoticePreview) -> Self {
        let picture = format!("data:{};base64,{}", picture.media_type, BASE64_STANDARD.encode(picture.bytes));
        Self { picture, page, pages }
    }
}
