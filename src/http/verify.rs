//! `/verify`: anyone reads whether a PDF's seal holds, and apart from that whether the notice is in force. Where the engine
//! is, the page judges by itself and asks only for the effect of a hash; else the file is handed in.

use crate::http::app::App;
use crate::http::download;
use crate::http::engine::{Engine, EngineView};
use crate::http::faults::Faults;
use crate::http::page::{Page, show};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::show::size;
use crate::http::verify_paper::PaperForm;
use crate::http::visitor::Visitor;
use crate::wording::ReportView;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::http::notice_words::{EffectView, standing};

const TITLE: (&str, &str) = ("通知文書の検証", "Verify a notice");

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage {
    page: Page,
    faults: Faults,
    limit: String,
    engine: Option<EngineView>,
    own_limit: String,
    /// The empty form for what is on paper.
    paper: PaperForm,
}

#[derive(Template)]
#[template(path = "verdict_effect.html")]
struct EffectPart {
    effect: Option<EffectView>,
}

#[derive(Template)]
#[template(path = "verdict.html")]
struct VerdictPage {
    page: Page,
    name: String,
    report: ReportView,
    effect: Option<EffectView>,
    /// Whether the notice has no effect any more, which is then said first.
    overridden: bool,
}

/// `GET /verify`
pub async fn form(State(app): State<App>, visitor: Visitor) -> Result<Response, Problem> {
    form_page(&app, &visitor, Faults::default())
}

/// `POST /verify`: reads the file for the answer and keeps nothing.
pub async fn check(State(app): State<App>, visitor: Visitor, posted: Posted) -> Result<Response, Problem> {
    let Some(file) = posted.file("file") else { return no_file(&app, &visitor) };
    match app.office.public_validate(file.bytes.clone()).await.map_err(Problem::from) {
        Ok(verdict) => {
            let effect = verdict.standing.as_ref().map(standing);
            show(&VerdictPage {
                page: visitor.page(&app, "検証の結果", "Result"),
                name: file.name.clone(),
                report: ReportView::new(&verdict.report),
                overridden: effect.as_ref().is_some_and(|effect| !effect.in_force),
                effect,
            })
        }
        Err(problem) if problem.is_mendable() => form_page(&app, &visitor, Faults::of("file", &problem)),
        Err(problem) => Err(problem),
    }
}

/// `POST /verify/report`: the same, answered with the report as a PDF; the file is sent again, since nothing was kept.
pub async fn report(State(app): State<App>, visitor: Visitor, posted: Posted) -> Result<Response, Problem> {
    let Some(file) = posted.file("file") else { return no_file(&app, &visitor) };
    match app.office.public_report(file.name.clone(), file.bytes.clone()).await.map_err(Problem::from) {
        Ok(report) => Ok(download::pdf("検証結果報告書.pdf", report)),
        Err(problem) if problem.is_mendable() => form_page(&app, &visitor, Faults::of("file", &problem)),
        Err(problem) => Err(problem),
    }
}

/// `POST /verify/effect`: the part of a page that tells the present effect of the file with a hash.
pub async fn present_effect(State(app): State<App>, posted: Posted) -> Result<Response, Problem> {
    let known = app.office.public_standing(&posted.hash()?).await?;
    show(&EffectPart { effect: known.as_ref().map(standing) })
}

fn no_file(app: &App, visitor: &Visitor) -> Result<Response, Problem> {
    let mut faults = Faults::default();
    faults.add("file", "検証するPDFを選んでください。", "Choose the PDF to verify.");
    form_page(app, visitor, faults)
}

fn form_page(app: &App, visitor: &Visitor, faults: Faults) -> Result<Response, Problem> {
    let limit = size(app.settings.upload_limit_bytes as u64);
    let engine = app.settings.engine.as_ref().map(|engine| engine.view());
    let own_limit = size(engine.as_ref().map_or(0, |engine| engine.limit_bytes));
    let runs = engine.is_some();
    let page = show(&VerifyPage {
        page: visitor.page(app, TITLE.0, TITLE.1),
        faults,
        limit,
        engine,
        own_limit,
        paper: PaperForm::default(),
    })?;
    Ok(if runs { Engine::allow(page) } else { page })
}
