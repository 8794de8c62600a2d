//! `/sign-in/provider`: the way to the city's identity provider and back, at the door and before what is hard to take back.
//!
//! What was asked stays in the browser's row here: an answer counts in the browser that asked, once, and where it leads to is
//! never in an address.

use crate::crypto::Entropy;
use crate::digest::hex;
use crate::http::again::Held;
use crate::http::again::asking_page;
use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::limiter::Deed;
use crate::http::page::{Page, go, show};
use crate::http::problem::{Problem, WebFault};
use crate::http::query::Asked;
use crate::http::session::Session;
use crate::http::sign_in::{half_signed_in_to, local, sign_in_page, signed_in_to};
use crate::http::visitor::Visitor;
use crate::office::Entered;
use crate::office::ports::{IdentityProvider, ProvidedIdentity, ProviderError, ProviderQuestion};
use crate::time::Instant;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Minutes within which somebody must come back.
const BACK_MINUTES: i64 = 10;

/// The provider, and what its button says.
#[derive(Clone)]
pub struct Provider {
    /// The way there.
    pub way: Arc<dyn IdentityProvider>,
    /// Its name for people.
    pub name: String,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a browser was sent to the provider with, and what for.
#[derive(Clone, Serialize, Deserialize)]
pub struct Sent {
    question: ProviderQuestion,
    purpose: Purpose,
}

/// What is done once somebody came back.
#[derive(Clone, Serialize, Deserialize)]
enum Purpose {
    /// They sign in, and go there.
    SignIn(String),
    /// A form goes on that has been waiting.
    Again(Box<Waiting>),
}

/// A form that waits, where to, and what it does.
#[derive(Clone, Serialize, Deserialize)]
pub struct Waiting {
    /// The address.
    pub path: String,
    /// The Japanese and English word for it.
    pub deed: (String, String),
    /// The form.
    pub held: Held,
}

/// A form that may go on: the provider has asked its person.
#[derive(Clone, Serialize, Deserialize)]
pub struct Proven {
    /// The form's mark.
    pub mark: String,
    /// Whether a code of the account's own is still asked for.
    asks_code: bool,
}

#[derive(Template)]
#[template(path = "again_done.html")]
struct DonePage {
    page: Page,
    faults: Faults,
    waiting: Waiting,
    asks_code: bool,
}

#[derive(Template)]
#[template(path = "again_away.html")]
struct AwayPage {
    page: Page,
    name: String,
    address: String,
}

/// `GET /sign-in/provider`
pub async fn leave(State(app): State<App>, visitor: Visitor, asked: Asked) -> Result<Response, Problem> {
    let provider = app.settings.provider.clone().ok_or(WebFault::NoPage)?;
    app.limit(Deed::Provider, visitor.address)?;
    let question = question(app.entropy.as_ref(), false, app.clock.now())?;
    let address = address(&app, &provider, &question).await?;
    let sent = Sent { question, purpose: Purpose::SignIn(local(asked.text("next"))) };
    let session = Session { sent: Some(sent), ..visitor.session.clone() };
    visitor.become_session(&app, session, go(&address)).await
}

/// Shows the way to the provider to somebody whose form waits.
pub async fn leave_again(app: &App, visitor: &Visitor, waiting: Waiting) -> Result<Response, Problem> {
    let provider = app.settings.provider.clone().ok_or(WebFault::NoPage)?;
    let question = question(app.entropy.as_ref(), true, app.clock.now())?;
    let address = address(app, &provider, &question).await?;
    let sent = Sent { question, purpose: Purpose::Again(Box::new(waiting)) };
    app.change_session(&visitor.cookie, |session| session.sent = Some(sent)).await?;
    let page = asking_page(app, visitor).await?;
    show(&AwayPage { page, name: provider.name, address })
}

/// `GET /sign-in/provider/back`
pub async fn back(State(app): State<App>, visitor: Visitor, asked: Asked) -> Result<Response, Problem> {
    let sent = visitor.session.sent.clone().ok_or(WebFault::ProviderUnasked)?;
    let is_ours = bool::from(sent.question.state.as_bytes().ct_eq(asked.text("state").as_bytes()));
    let is_late = app.clock.now().duration_since(sent.question.asked_at) > SignedDuration::from_mins(BACK_MINUTES);
    if !is_ours || is_late {
        return Err(WebFault::ProviderUnasked.into());
    }
    // Whatever comes of it, it counts once.
    app.change_session(&visitor.cookie, |session| session.sent = None).await?;
    let identity = identity(&app, &sent.question, &asked).await;
    match sent.purpose {
        Purpose::SignIn(next) => signed_in(&app, &visitor, identity, next).await,
        Purpose::Again(waiting) => proven(&app, &visitor, identity?, *waiting).await,
    }
}

async fn signed_in(
    app: &App,
    visitor: &Visitor,
    identity: Result<ProvidedIdentity, Problem>,
    next: String,
) -> Result<Response, Problem> {
    let entered = match identity {
        Ok(identity) => app.office.sign_in_by_provider(&identity).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match entered {
        Ok(Entered::SignedIn(signed_in)) => signed_in_to(app, visitor, signed_in, &next).await,
        Ok(Entered::Half(half)) => half_signed_in_to(app, visitor, half, next).await,
        Err(problem) if problem.is_refused_entry() => {
            sign_in_page(app, visitor, String::new(), next, Faults::of("provider", &problem))
        }
        Err(problem) => Err(problem),
    }
}

/// Marks the waiting form as one that may go on, and shows the button that sends it.
async fn proven(
    app: &App,
    visitor: &Visitor,
    identity: ProvidedIdentity,
    waiting: Waiting,
) -> Result<Response, Problem> {
    let secret = visitor.session.staff.as_ref().ok_or(WebFault::SignInNeeded)?;
    let asks_code = !app.office.prove_again_by_provider(secret, &identity).await?;
    let proven = Proven { mark: waiting.held.mark.clone(), asks_code };
    app.change_session(&visitor.cookie, |session| session.proven_for = Some(proven)).await?;
    done_page(app, visitor, waiting, asks_code, Faults::default()).await
}

impl Proven {
    /// Lets the form go on, once; or asks for the code that is lacking, or was wrong.
    pub async fn wholly(
        &self,
        app: &App,
        visitor: &Visitor,
        (secret, code): (&str, &str),
        waiting: Waiting,
    ) -> Result<Option<Response>, Problem> {
        if self.asks_code {
            match app.office.prove_code(secret, code).await.map_err(Problem::from) {
                Ok(()) => {}
                Err(problem) if problem.is_refused_entry() => {
                    let faults = Faults::of("again-code", &problem);
                    return done_page(app, visitor, waiting, true, faults).await.map(Some);
                }
                Err(problem) => return Err(problem),
            }
        }
        app.change_session(&visitor.cookie, |session| session.proven_for = None).await?;
        Ok(None)
    }
}

async fn done_page(
    app: &App,
    visitor: &Visitor,
    waiting: Waiting,
    asks_code: bool,
    faults: Faults,
) -> Result<Response, Problem> {
    let page = asking_page(app, visitor).await?;
    show(&DonePage { page, faults, waiting, asks_code })
}

async fn address(app: &App, provider: &Provider, question: &ProviderQuestion) -> Result<String, Problem> {
    let (way, question, now) = (Arc::clone(&provider.way), question.clone(), app.clock.now());
    let address = tokio::task::spawn_blocking(move || way.address(&question, now)).await;
    Ok(address.map_err(|_| WebFault::Worker)??)
}

async fn identity(app: &App, question: &ProviderQuestion, asked: &Asked) -> Result<ProvidedIdentity, Problem> {
    let provider = app.settings.provider.clone().ok_or(WebFault::NoPage)?;
    if !asked.text("error").is_empty() {
        return Err(ProviderError::refused(asked.text("error")).into());
    }
    let (code, issuer) = (asked.text("code").to_owned(), asked.text("iss").to_owned());
    let (question, now) = (question.clone(), app.clock.now());
    let identity = tokio::task::spawn_blocking(move || {
        let issuer = Some(issuer.as_str()).filter(|issuer| !issuer.is_empty());
        provider.way.identity((&code, issuer), &question, now)
    });
    Ok(identity.await.map_err(|_| WebFault::Worker)??)
}

fn question(entropy: &dyn Entropy, anew: bool, now: Instant) -> Result<ProviderQuestion, Problem> {
    let mut bytes = Zeroizing::new([0; 96]);
    entropy.fill(&mut *bytes).map_err(|fault| Problem::of(&fault))?;
    let (state, rest) = bytes.split_at(32);
    let (nonce, verifier) = rest.split_at(32);
    let verifier = Zeroizing::new(hex(verifier));
    Ok(ProviderQuestion { state: hex(state), nonce: hex(nonce), verifier, anew, asked_at: now })
}
