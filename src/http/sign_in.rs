//! `/sign-in`, in one step or two, and `/sign-out`.

use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::page::{Page, go, go_done, show};
use crate::http::passkeys::{Question, with_script};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::session::Session;
use crate::http::visitor::Visitor;
use crate::office::{Entered, HalfSignedIn, OfficeError, SecondSteps, SignedIn};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    faults: Faults,
    login: String,
    next: String,
    question: Option<Question>,
    /// What the button to the identity provider says.
    provider: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage {
    page: Page,
    faults: Faults,
    steps: SecondSteps,
    question: Option<Question>,
}

/// `GET /sign-in`
pub async fn form(State(app): State<App>, visitor: Visitor, asked: Asked) -> Result<Response, Problem> {
    sign_in_page(&app, &visitor, String::new(), local(asked.text("next")), Faults::default())
}

/// `POST /sign-in`
pub async fn enter(State(app): State<App>, visitor: Visitor, posted: Posted) -> Result<Response, Problem> {
    let (login, next) = (posted.text("login").to_owned(), local(posted.text("next")));
    let password = Zeroizing::new(posted.raw("password").to_owned());
    match app.office.sign_in_by_password(&login, password).await.map_err(Problem::from) {
        Ok(Entered::SignedIn(signed_in)) => signed_in_to(&app, &visitor, signed_in, &next).await,
        Ok(Entered::Half(half)) => half_signed_in_to(&app, &visitor, half, next).await,
        Err(problem) if problem.is_refused_entry() => {
            sign_in_page(&app, &visitor, login, next, Faults::of("login", &problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `GET /sign-in/code`: the second step of those whose account asks for it.
pub async fn code_form(State(app): State<App>, visitor: Visitor) -> Result<Response, Problem> {
    match visitor.session.half {
        Some(_) => code_page(&app, &visitor, Faults::default()).await,
        None => Ok(go("/sign-in")),
    }
}

/// `POST /sign-in/code`
pub async fn enter_code(State(app): State<App>, visitor: Visitor, posted: Posted) -> Result<Response, Problem> {
    let Some((half, next)) = &visitor.session.half else { return Ok(go("/sign-in")) };
    match app.office.sign_in_by_code(half, posted.raw("code")).await {
        Ok(signed_in) => signed_in_to(&app, &visitor, signed_in, next).await,
        Err(OfficeError::NoSession) => {
            let session = Session { half: None, ..visitor.session.clone() };
            visitor.become_session(&app, session, go("/sign-in")).await
        }
        Err(error) => {
            let problem = Problem::from(error);
            if problem.is_refused_entry() {
                return code_page(&app, &visitor, Faults::of("code", &problem)).await;
            }
            Err(problem)
        }
    }
}

/// `POST /sign-out`
pub async fn leave(State(app): State<App>, visitor: Visitor, _posted: Posted) -> Result<Response, Problem> {
    match &visitor.session.staff {
        Some(secret) => app.office.sign_out(secret).await?,
        // Of whoever only knocks nothing is kept.
        None => return Ok(go("/sign-in")),
    }
    visitor.become_session(&app, without_staff(&visitor), go_done("/sign-in", "signed-out")).await
}

/// Gives the browser its session; whoever has news is shown them first.
pub async fn signed_in_to(app: &App, visitor: &Visitor, signed_in: SignedIn, next: &str) -> Result<Response, Problem> {
    let place = if signed_in.has_news { "/account" } else { next };
    let session = Session { staff: Some(signed_in.secret), ..without_staff(visitor) };
    visitor.become_session(app, session, go(place)).await
}

/// Sends the browser to the question for the second factor.
pub async fn half_signed_in_to(
    app: &App,
    visitor: &Visitor,
    half: HalfSignedIn,
    next: String,
) -> Result<Response, Problem> {
    let session = Session { half: Some((half, next)), ..without_staff(visitor) };
    visitor.become_session(app, session, go("/sign-in/code")).await
}

/// What stays of a browser's session whoever signs in or out.
fn without_staff(visitor: &Visitor) -> Session {
    Session { resident: visitor.session.resident.clone(), ..Session::default() }
}

/// Asks for the second factor.
pub async fn code_page(app: &App, visitor: &Visitor, faults: Faults) -> Result<Response, Problem> {
    let steps = match &visitor.session.half {
        Some((half, _)) => app.office.second_steps(half).await?,
        None => SecondSteps::default(),
    };
    let question = match steps.passkeys.is_empty() {
        true => None,
        false => Question::get(app, visitor, &steps.passkeys, false)?,
    };
    let asks = question.is_some();
    let page =
        show(&CodePage { page: visitor.page(app, "二要素認証", "Second factor"), faults, steps, question })?;
    Ok(if asks { with_script(page) } else { page })
}

/// Asks for name and password, or a passkey.
pub fn sign_in_page(
    app: &App,
    visitor: &Visitor,
    login: String,
    next: String,
    faults: Faults,
) -> Result<Response, Problem> {
    let question = Question::get(app, visitor, &[], true)?;
    let asks = question.is_some();
    let page = visitor.page(app, "職員サインイン", "Staff sign-in");
    let provider = app.settings.provider.as_ref().map(|provider| provider.name.clone());
    let page = show(&SignInPage { page, faults, login, next, question, provider })?;
    Ok(if asks { with_script(page) } else { page })
}

/// Returns a path of this service as it is, and the desk for anything else.
pub fn local(path: &str) -> String {
    let fine =
        path.starts_with('/') && !path.starts_with("//") && !path.contains(|c: char| c == '\\' || c.is_control());
    if fine { path.to_owned() } else { "/desk".to_owned() }
}
