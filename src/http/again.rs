//! Asks again who somebody is before what is hard to take back: one guard before every handler, for whoever has not proven it a
//! short time ago.
//!
//! What was posted waits in the page that asks, whole and marked as this browser's for this address, and goes on from there as
//! it was: the same bytes to the same handler, which checks it as ever. Nothing of it is kept here or stands in an address.

use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::page::{Page, Person, show};
use crate::http::passkeys::{Question, Reply, with_script};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::provider::{Waiting, leave_again};
use crate::http::staff::person;
use crate::http::told::way_back;
use crate::http::visitor::Visitor;
use crate::office::{OfficeError, Standing};
use askama::Template;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequest, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::percent_decode_str;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What asks again: the route, a deed by its name, and the Japanese and English word for it.
pub const SENSITIVE: &[(&str, &str, &str)] = &[
    ("/notices/{id}/approve", "決裁する", "Approve the notice"),
    ("/desk/approve", "まとめて決裁する", "Approve the chosen"),
    ("/notices/{id}/issue", "施行する", "Issue the notice"),
    ("/notices/{id}/revoke", "通知を取り消す", "Revoke the notice"),
    ("/notices/{id}/replace", "通知を差し替える", "Replace the notice"),
    ("/notices/{id}/reissue", "通知を再交付する", "Reissue the notice"),
    ("/desk/seal", "電子公印を付す", "Seal"),
    ("/desk/batches/{id}/release", "一括付与の一覧を承認する", "Release the batch"),
    ("/desk/batches/{id}/resume", "一括付与を再開する", "Go on with the batch"),
    ("/rules/approve", "規則集を承認する", "Approve the rule set"),
    ("/disposals/{id}/approve", "廃棄を承認する", "Approve the disposal"),
    ("/disposals/{id}/run", "廃棄を実行する", "Run the disposal"),
    ("/disposals/{id}/certify", "廃棄証明書を発行する", "Certify the disposal"),
    ("/papers/lists/{id}/approve", "紙の廃棄を承認する", "Approve the shredding"),
    ("/papers/lists/{id}/confirm", "紙の廃棄を記録する", "Confirm the shredding"),
    ("/accounts", "アカウントを作る", "Make an account"),
    ("/accounts/{login}/change", "アカウントを変える", "Change an account"),
    ("/accounts/{login}/password", "初期パスワードを作る", "Make a first password"),
    ("/accounts/{login}/factors", "二つ目の要素を外す", "Take the second factors off"),
    ("/reorganisations/{id}/approve", "機構改革を承認する", "Approve the reorganisation"),
    ("/tokens", "APIトークンを作る", "Make a token"),
    ("/account/totp", "認証アプリを登録する", "Enrol an authenticator"),
    ("/account/totp/confirm", "認証アプリの登録を終える", "Confirm the authenticator"),
    ("/account/totp/remove", "認証アプリの登録を外す", "Remove the authenticator"),
    ("/account/passkeys", "パスキーを登録する", "Register a passkey"),
    ("/account/passkeys/remove", "パスキーの登録を外す", "Remove the passkey"),
    ("/account/recovery-codes", "回復コードを作り直す", "Make recovery codes"),
];

/// The largest form that may wait, in bytes, and the largest answer that carries one.
const LARGEST_FORM_BYTES: usize = super::FORM_LIMIT_BYTES;
const LARGEST_ANSWER_BYTES: usize = 2 * LARGEST_FORM_BYTES;
/// The fields of the page that asks.
const MARK: &str = "again-mark";
const KIND: &str = "again-kind";
const FORM: &str = "again-form";

#[derive(Template)]
#[template(path = "again.html")]
struct AgainPage {
    page: Page,
    faults: Faults,
    deed: (&'static str, &'static str),
    standing: Standing,
    question: Option<Question>,
    /// What the button to the identity provider says.
    provider: Option<String>,
    path: String,
    /// Where to go back to without doing it.
    back: String,
    held: Held,
}

/// A form that waits: its media type, its bytes and its mark, as the page carries them.
#[derive(Clone, Serialize, Deserialize)]
pub struct Held {
    /// The media type.
    pub kind: String,
    /// The bytes, in Base64 for URLs.
    pub form: String,
    /// The mark.
    pub mark: String,
}

/// Middleware: lets pass what asks nothing and whoever proved who they are a short time ago, asks all others.
pub async fn ask(State(app): State<App>, request: Request, next: Next) -> Result<Response, Problem> {
    let Some(deed) = deed_of(&request) else { return Ok(next.run(request).await) };
    let visitor = request.extensions().get::<Visitor>().cloned().ok_or(WebFault::Worker)?;
    let Some(secret) = visitor.session.staff.clone() else { return Ok(next.run(request).await) };
    let standing = match app.office.standing(&secret).await {
        // The handler says so in its own way.
        Err(OfficeError::NoSession) => return Ok(next.run(request).await),
        standing => standing?,
    };
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, LARGEST_ANSWER_BYTES).await.map_err(|_| WebFault::TooLarge)?;
    let posted = Posted::from_request(whole(&parts, None, bytes.clone()), &app).await?;
    let sought = |held, faults| page(&app, &visitor, deed, (standing.clone(), held), faults, &parts);
    if posted.text(MARK).is_empty() {
        if standing.is_fresh {
            return Ok(next.run(whole(&parts, None, bytes)).await);
        }
        return sought(Held::of(&app, &visitor, &parts, &bytes)?, Faults::default()).await;
    }
    let held = Held::read(&posted);
    let (kind, form) = held.open(&app, &visitor, &parts)?;
    if let Some(proven) = visitor.session.proven_for.as_ref().filter(|proven| proven.mark == held.mark) {
        let waiting = Waiting { path: parts.uri.to_string(), deed: owned(deed), held };
        return match proven.wholly(&app, &visitor, (&secret, posted.raw("again-code")), waiting).await? {
            Some(question) => Ok(question),
            None => Ok(next.run(whole(&parts, Some(kind), form)).await),
        };
    }
    if !posted.text("again-provider").is_empty() {
        return leave_again(&app, &visitor, Waiting { path: parts.uri.to_string(), deed: owned(deed), held }).await;
    }
    match proven(&app, &visitor, &secret, &posted).await {
        Ok(()) => Ok(next.run(whole(&parts, Some(kind), form)).await),
        Err(problem) if problem.is_refused_entry() => sought(held, Faults::of("again-password", &problem)).await,
        Err(problem) => Err(problem),
    }
}

fn owned((ja, en): (&str, &str)) -> (String, String) {
    (ja.to_owned(), en.to_owned())
}

/// Takes what the person proves it with: a passkey, else the password and perhaps a code.
async fn proven(app: &App, visitor: &Visitor, secret: &str, posted: &Posted) -> Result<(), Problem> {
    let (answer, challenge) = (posted.text("again-answer"), posted.text("again-challenge"));
    if !answer.is_empty() {
        let reply = Reply::read(app, visitor, (answer, challenge)).await?;
        return Ok(app.office.prove_again_by_passkey(secret, reply.answered()).await?);
    }
    let password = Zeroizing::new(posted.raw("again-password").to_owned());
    Ok(app.office.prove_again(secret, password, posted.raw("again-code")).await?)
}

impl Held {
    fn of(app: &App, visitor: &Visitor, parts: &Parts, bytes: &Bytes) -> Result<Self, Problem> {
        if bytes.len() > LARGEST_FORM_BYTES {
            return Err(WebFault::TooLarge.into());
        }
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("").to_owned();
        let mark = app.marks.bind(&visitor.cookie, &bound_to(parts, &kind, bytes));
        Ok(Self { kind, form: URL_SAFE_NO_PAD.encode(bytes), mark })
    }

    fn read(posted: &Posted) -> Self {
        let text = |name: &str| posted.text(name).to_owned();
        Self { kind: text(KIND), form: text(FORM), mark: text(MARK) }
    }

    /// Returns media type and bytes of a form that waited for this browser at this address.
    fn open(&self, app: &App, visitor: &Visitor, parts: &Parts) -> Result<(HeaderValue, Bytes), Problem> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.form).map_err(|_| WebFault::AgainUnbound)?;
        if !app.marks.is_bound(&visitor.cookie, &bound_to(parts, &self.kind, &bytes), &self.mark) {
            return Err(WebFault::AgainUnbound.into());
        }
        let kind = HeaderValue::from_str(&self.kind).map_err(|_| WebFault::AgainUnbound)?;
        Ok((kind, bytes.into()))
    }
}

/// What a waiting form's mark is over, beside the browser.
fn bound_to(parts: &Parts, kind: &str, bytes: &[u8]) -> [Vec<u8>; 4] {
    let hash = digest(&SHA256, bytes);
    [b"again".to_vec(), parts.uri.to_string().into_bytes(), kind.as_bytes().to_vec(), hash.as_ref().to_vec()]
}

/// Returns the words for what a request is to do, where that asks again.
fn deed_of(request: &Request) -> Option<(&'static str, &'static str)> {
    if request.method() != Method::POST {
        return None;
    }
    let route = request.extensions().get::<MatchedPath>()?.as_str();
    // As the router reads it: `%61pprove` is the same deed.
    let last = request.uri().path().rsplit('/').next().map(|last| percent_decode_str(last).decode_utf8_lossy());
    let route = match (route.strip_suffix("{deed}"), last) {
        (Some(before), Some(deed)) => format!("{before}{deed}"),
        _ => route.to_owned(),
    };
    SENSITIVE.iter().find(|(known, ..)| *known == route).map(|(_, ja, en)| (*ja, *en))
}

/// Puts a request together again: with the media type it has, or another.
fn whole(parts: &Parts, kind: Option<HeaderValue>, bytes: Bytes) -> Request {
    let mut parts = parts.clone();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    if let Some(kind) = kind {
        parts.headers.insert(header::CONTENT_TYPE, kind);
    }
    Request::from_parts(parts, Body::from(bytes))
}

/// Makes the frame of a page that asks: that of whoever has signed in.
pub async fn asking_page(app: &App, visitor: &Visitor) -> Result<Page, Problem> {
    let mut page = visitor.page(app, "本人の確認", "Confirm that it is you");
    if let Some(secret) = &visitor.session.staff {
        let own = app.office.own_account(secret).await?;
        page.person = Some(Person { is_held: own.first.is_some(), ..person(&own.actor) });
    }
    Ok(page)
}

/// Returns the page whose form waits, for whoever calls it off.
pub fn back_from(path: &str) -> String {
    way_back(path, true).unwrap_or_else(|| "/desk".to_owned())
}

async fn page(
    app: &App,
    visitor: &Visitor,
    deed: (&'static str, &'static str),
    (standing, held): (Standing, Held),
    faults: Faults,
    parts: &Parts,
) -> Result<Response, Problem> {
    let page = asking_page(app, visitor).await?;
    let question = match standing.passkeys.is_empty() {
        true => None,
        false => Question::get(app, visitor, &standing.passkeys, true)?,
    };
    let asks = question.is_some();
    let provider = app.settings.provider.as_ref().filter(|_| standing.by_provider);
    let provider = provider.map(|provider| provider.name.clone());
    let (path, back) = (parts.uri.to_string(), back_from(parts.uri.path()));
    let page = show(&AgainPage { page, faults, deed, standing, question, provider, path, back, held })?;
    Ok(if asks { with_script(page) } else { page })
}
