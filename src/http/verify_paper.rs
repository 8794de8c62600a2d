//! `/verify/paper`: whoever has a notice on paper asks by its number and confirmation number whether it was issued here and has
//! effect; by hand, or by the QR code on it.
//!
//! What a QR code carries stands in an address. It opens nothing but this answer, no log of ours has what stands behind a question
//! mark (`watch`), and no other site is told where a browser comes from (`guard`). What is typed is posted. Without script.

use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::limiter::Deed;
use crate::http::page::{Page, show};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::show::Tag;
use crate::http::visitor::Visitor;
use crate::office::notices::{ConfirmationNumber, PaperEffect, PaperStanding};
use crate::wording::show::date;
use crate::wording::{Sentence, sentence};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

/// What is entered of a paper.
#[derive(Clone, Default)]
pub struct PaperForm {
    /// The document number.
    pub number: String,
    /// The confirmation number.
    pub confirmation: String,
}

#[derive(Template)]
#[template(path = "verify_paper.html")]
struct PaperPage {
    page: Page,
    faults: Faults,
    paper: PaperForm,
    answer: Option<PaperAnswer>,
}

/// What is said of a paper.
struct PaperAnswer {
    /// The number of a notice that is there, as it was given: the paper must have the same.
    number: String,
    tag: Tag,
    words: Sentence,
    form: Option<(&'static str, &'static str)>,
}

/// `GET /verify/paper`: the form, or where a QR code leads.
pub async fn by_code(State(app): State<App>, visitor: Visitor, asked: Asked) -> Result<Response, Problem> {
    let paper = PaperForm { number: asked.text("n").to_owned(), confirmation: asked.text("c").to_owned() };
    // A notice that had no number when it was sealed is asked for it here.
    if paper.number.is_empty() || paper.confirmation.is_empty() {
        return page(&app, &visitor, paper, Faults::default(), None);
    }
    answered(&app, &visitor, paper).await
}

/// `POST /verify/paper`
pub async fn by_hand(State(app): State<App>, visitor: Visitor, posted: Posted) -> Result<Response, Problem> {
    let paper =
        PaperForm { number: posted.text("number").to_owned(), confirmation: posted.text("confirmation").to_owned() };
    answered(&app, &visitor, paper).await
}

async fn answered(app: &App, visitor: &Visitor, paper: PaperForm) -> Result<Response, Problem> {
    app.limit(Deed::Paper, visitor.address)?;
    let mut faults = Faults::default();
    faults.require(&paper.number, "number", "文書番号", "document number");
    faults.require(&paper.confirmation, "confirmation", "確認番号", "confirmation number");
    let confirmation = ConfirmationNumber::read(&paper.confirmation);
    let (true, Some(confirmation)) = (faults.is_empty(), confirmation) else {
        if faults.is_empty() {
            faults.add(
                "confirmation",
                "確認番号は、数字とAからFまでの英字、16文字です。",
                "A confirmation number is 16 digits or letters from A to F.",
            );
        }
        return page(app, visitor, paper, faults, None);
    };
    let known = app.office.standing_on_paper(&paper.number, &confirmation).await?;
    page(app, visitor, PaperForm::default(), Faults::default(), Some(said(known)))
}

/// Says what is known. Of what is not there the answer is the same whatever was asked.
fn said(known: Option<PaperStanding>) -> PaperAnswer {
    let Some(standing) = known else {
        let tag = Tag::new("warn", "？", "見当たりません", "Not found");
        return PaperAnswer { number: String::new(), tag, words: sentence("paper-unknown", &[]), form: None };
    };
    let (tag, code) = match standing.effect {
        PaperEffect::InForce => (Tag::new("good", "✓", "有効", "In force"), "paper-in-force"),
        PaperEffect::Revoked => (Tag::new("bad", "✕", "取消", "Revoked"), "paper-revoked"),
        PaperEffect::Replaced => (Tag::new("warn", "！", "差替", "Replaced"), "paper-replaced"),
    };
    let form = if standing.on_paper { ON_PAPER } else { AS_A_FILE };
    let words = sentence(code, &[("at", date(standing.since)), ("day", standing.since.to_string())]);
    PaperAnswer { number: standing.number, tag, words, form: Some(form) }
}

const ON_PAPER: (&str, &str) =
    ("紙で交付した通知です。紙の通知書が正式なものです。", "It was delivered on paper, and the paper is official.");
const AS_A_FILE: (&str, &str) = (
    "電子ファイル（PDF）で交付する通知です。印刷した紙は、その写しです。",
    "It is delivered as a PDF, of which a print is a copy.",
);

fn page(
    app: &App,
    visitor: &Visitor,
    paper: PaperForm,
    faults: Faults,
    answer: Option<PaperAnswer>,
) -> Result<Response, Problem> {
    show(&PaperPage {
        page: visitor.page(app, "紙の通知の確認", "Check a notice on paper"), faults, paper, answer
    })
}
