//! Passkeys on the pages: what a browser is asked, what it answers, and where they are registered and used.

use crate::digest::unhex;
use crate::http::account::account_page;
use crate::http::account_factors::go_to_codes;
use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::page::go;
use crate::http::page::go_done;
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::sign_in::local;
use crate::http::sign_in::{code_page, sign_in_page, signed_in_to};
use crate::http::staff::Oneself;
use crate::http::visitor::Visitor;
use crate::office::{AccountError, Answered, Assertion, NewCredential, OfficeError, PASSKEY_ALGORITHMS, RelyingParty};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What a page with a passkey's question may do: run the one script.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";
/// Milliseconds that a browser waits for its person.
const PATIENCE_MS: u32 = 300_000;

/// A question to a browser, in a form that brings back the answer.
pub struct Question {
    /// `create` or `get`.
    pub kind: &'static str,
    /// Where the page must have been opened.
    pub origin: String,
    /// What the browser is asked, as JSON.
    pub options: String,
    /// The bytes that are asked over, in Base64 for URLs.
    pub challenge: String,
}

impl Question {
    /// Asks for a new passkey of one's own account; none where the service has no public address.
    pub fn create(app: &App, oneself: &Oneself) -> Result<Option<Self>, Problem> {
        let (own, visitor) = (&oneself.own, oneself.visitor());
        let user = unhex(&own.actor.user().to_string()).unwrap_or_default();
        Self::of(app, visitor, "create", |party| {
            let algorithms = PASSKEY_ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg }));
            json!({
                "rp": { "id": party.id(), "name": format!("{} 文庫", app.settings.city) },
                "user": {
                    "id": URL_SAFE_NO_PAD.encode(user),
                    "name": own.login,
                    "displayName": own.actor.name(),
                },
                "pubKeyCredParams": algorithms,
                "excludeCredentials": credentials(own.passkeys.iter().map(|passkey| passkey.id.as_str())),
                "authenticatorSelection": { "residentKey": "preferred", "userVerification": "preferred" },
                "attestation": "none",
            })
        })
    }

    /// Asks for a proof: by one of some passkeys, or by any where none is named; with its person verified, or not.
    pub fn get(app: &App, visitor: &Visitor, ids: &[String], verified: bool) -> Result<Option<Self>, Problem> {
        let verification = if verified { "required" } else { "discouraged" };
        Self::of(app, visitor, "get", |party| {
            json!({
                "rpId": party.id(),
                "allowCredentials": credentials(ids.iter().map(String::as_str)),
                "userVerification": verification,
            })
        })
    }

    fn of(
        app: &App,
        visitor: &Visitor,
        kind: &'static str,
        options: impl FnOnce(&RelyingParty) -> Value,
    ) -> Result<Option<Self>, Problem> {
        let Some(party) = &app.settings.party else { return Ok(None) };
        let challenge = app.marks.challenge(&visitor.cookie, app.entropy.as_ref(), app.clock.now())?;
        let challenge = URL_SAFE_NO_PAD.encode(challenge);
        let mut options = options(party);
        options["challenge"] = json!(challenge);
        options["timeout"] = json!(PATIENCE_MS);
        Ok(Some(Self { kind, origin: party.origin().to_owned(), options: options.to_string(), challenge }))
    }
}

/// A browser's answer, with what it was asked.
pub struct Reply<T> {
    /// The answer.
    pub answer: T,
    /// The service.
    pub party: RelyingParty,
    /// The bytes that were asked over; they count no more.
    pub challenge: Vec<u8>,
}

impl<T: DeserializeOwned> Reply<T> {
    /// Reads an answer to a question that this browser was asked and has not answered yet.
    pub async fn read(app: &App, visitor: &Visitor, (answer, challenge): (&str, &str)) -> Result<Self, Problem> {
        let wrong = || Problem::of(&AccountError::WrongPasskey);
        let party = app.settings.party.clone().ok_or_else(wrong)?;
        let challenge = URL_SAFE_NO_PAD.decode(challenge).map_err(|_| wrong())?;
        if !app.take_challenge(&visitor.cookie, &challenge).await? {
            return Err(wrong());
        }
        Ok(Self { answer: serde_json::from_str(answer).map_err(|_| wrong())?, party, challenge })
    }
}

impl Reply<Assertion> {
    /// Returns the answer as the verbs take it.
    pub fn answered(&self) -> Answered<'_> {
        Answered { assertion: &self.answer, party: &self.party, challenge: &self.challenge }
    }
}

/// Lets a page run the script, where it has a question.
pub fn with_script(mut page: Response) -> Response {
    page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    page
}

/// `POST /account/passkeys`: registers one; the page that follows shows recovery codes, once.
pub async fn add(State(app): State<App>, oneself: Oneself, posted: Posted) -> Result<Response, Problem> {
    match added(&app, &oneself, &posted).await {
        Ok(page) => Ok(page),
        Err(problem) if problem.is_refused_entry() || problem.is_mendable() => {
            account_page(&app, &oneself, Faults::of("factors", &problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /account/passkeys/remove`
pub async fn remove(State(app): State<App>, oneself: Oneself, posted: Posted) -> Result<Response, Problem> {
    match app.office.remove_passkey(&oneself.secret, posted.text("passkey")).await.map_err(Problem::from) {
        Ok(()) => Ok(go_done("/account", "passkey-removed")),
        Err(problem) if problem.is_mendable() => account_page(&app, &oneself, Faults::of("factors", &problem)),
        Err(problem) => Err(problem),
    }
}

/// `POST /sign-in/passkey`: in place of password and code.
pub async fn sign_in(State(app): State<App>, visitor: Visitor, posted: Posted) -> Result<Response, Problem> {
    let next = local(posted.text("next"));
    let done = match Reply::read(&app, &visitor, sent(&posted)).await {
        Ok(reply) => app.office.sign_in_by_passkey(reply.answered()).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(signed_in) => signed_in_to(&app, &visitor, signed_in, &next).await,
        Err(problem) if problem.is_refused_entry() => {
            let problem = if problem.code() == "office-sign-in-failed" { wrong_passkey() } else { problem };
            sign_in_page(&app, &visitor, String::new(), next, Faults::of("passkey", &problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /sign-in/code/passkey`: after a password.
pub async fn second_step(State(app): State<App>, visitor: Visitor, posted: Posted) -> Result<Response, Problem> {
    let Some((half, next)) = &visitor.session.half else { return Ok(go("/sign-in")) };
    let done = match Reply::read(&app, &visitor, sent(&posted)).await {
        Ok(reply) => app.office.sign_in_by_second_passkey(half, reply.answered()).await,
        Err(problem) if problem.is_refused_entry() => {
            return code_page(&app, &visitor, Faults::of("passkey", &problem)).await;
        }
        Err(problem) => return Err(problem),
    };
    match done {
        Ok(signed_in) => signed_in_to(&app, &visitor, signed_in, next).await,
        Err(OfficeError::NoSession) => Ok(go("/sign-in")),
        Err(error) => match Problem::from(error) {
            problem if problem.is_refused_entry() => code_page(&app, &visitor, Faults::of("passkey", &problem)).await,
            problem => Err(problem),
        },
    }
}

async fn added(app: &App, oneself: &Oneself, posted: &Posted) -> Result<Response, Problem> {
    let reply = Reply::<NewCredential>::read(app, oneself.visitor(), sent(posted)).await?;
    let answer = (&reply.answer, &reply.party, reply.challenge.as_slice());
    let codes = app.office.add_passkey(&oneself.secret, posted.text("name"), answer).await?;
    go_to_codes(app, oneself, true, codes).await
}

/// The fields that bring an answer.
fn sent(posted: &Posted) -> (&str, &str) {
    (posted.text("answer"), posted.text("challenge"))
}

fn wrong_passkey() -> Problem {
    Problem::of(&AccountError::WrongPasskey)
}

fn credentials<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<Value> {
    ids.map(|id| json!({ "type": "public-key", "id": id })).collect()
}
