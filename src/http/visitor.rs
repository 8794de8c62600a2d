//! Who is asking: the browser's cookie, its session, the address it comes from.

use crate::http::app::App;
use crate::http::guard::STAFF_POLICY;
use crate::http::kept::Kept;
use crate::http::left::Left;
use crate::http::page::{Done, Page, done_words};
use crate::http::problem::{Problem, WebFault};
use crate::http::session::{Session, fresh_cookie, is_cookie};
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The browser that sent a request.
#[derive(Clone)]
pub struct Visitor {
    /// The cookie's value; fresh when the browser sent none.
    pub cookie: String,
    /// What the browser has proven so far.
    pub session: Session,
    /// The address it comes from.
    pub address: IpAddr,
    done: Option<(&'static str, &'static str)>,
}

/// Middleware: gives every request its [`Visitor`] and every new browser its cookie.
pub async fn recognise(State(app): State<App>, mut request: Request, next: Next) -> Result<Response, Problem> {
    let sent = cookie_of(request.headers(), app.cookie_name());
    let known = sent.is_some();
    let (cookie, kept) = match sent {
        Some(cookie) => {
            let kept = app.kept(&cookie).await?;
            (cookie, kept)
        }
        None => (fresh_cookie(app.entropy.as_ref())?, Kept::default()),
    };
    let is_staff = kept.session.staff.is_some();
    let place = (request.method() == Method::GET).then(|| done_at(request.uri().path()));
    let visitor = Visitor {
        done: done_of(&app, &cookie, &kept, place.as_deref()).await?,
        session: kept.session,
        address: address_of(request.headers(), request.extensions(), app.settings.behind_proxy),
        cookie: cookie.clone(),
    };
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    leave_done(&app, &cookie, &mut response).await?;
    if is_staff {
        let policy = HeaderValue::from_static(STAFF_POLICY);
        response.headers_mut().entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    if !known && !response.headers().contains_key(header::SET_COOKIE) {
        set_cookie(&app, &mut response, &cookie);
    }
    Ok(response)
}

impl Visitor {
    /// Makes the frame of a page for this visitor.
    pub fn page(&self, app: &App, title: &'static str, english: &'static str) -> Page {
        Page {
            title: title.into(),
            english: english.into(),
            here: "".into(),
            person: None,
            token: app.marks.form_token(&self.cookie),
            done: self.done,
            city: app.settings.city.clone(),
            demo: app.settings.demo,
            publishes: app.settings.public_register,
        }
    }

    /// Gives the browser a new cookie that stands for a changed session, so that no earlier cookie gains by it.
    pub async fn become_session(
        &self,
        app: &App,
        session: Session,
        mut response: Response,
    ) -> Result<Response, Problem> {
        let cookie = fresh_cookie(app.entropy.as_ref())?;
        app.keep_session(&self.cookie, &cookie, session).await?;
        leave_done(app, &cookie, &mut response).await?;
        set_cookie(app, &mut response, &cookie);
        Ok(response)
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| WebFault::Worker.into())
    }
}

fn set_cookie(app: &App, response: &mut Response, value: &str) {
    let secure = if app.settings.tls { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}", app.cookie_name());
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
}

/// Returns the value of the cookie that a browser sent, where it can be one of ours.
pub fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let pairs = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = pairs.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, value)| *key == name && is_cookie(value)).map(|(_, value)| value.to_owned())
}

/// Returns the address that a request comes from; of what a proxy says only where ours stands in front.
pub fn address_of(headers: &HeaderMap, extensions: &Extensions, behind_proxy: bool) -> IpAddr {
    // The last of the last line is what our own proxy has said, whether it adds to a line or adds one.
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    let forwarded = forwarded.and_then(|list| list.rsplit(',').next()?.trim().parse().ok());
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let forwarded: Option<IpAddr> = if behind_proxy { forwarded } else { None };
    forwarded.or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}

/// Leaves what an answer says was done for the page that the browser is sent on to.
async fn leave_done(app: &App, cookie: &str, response: &mut Response) -> Result<(), Problem> {
    match response.extensions_mut().remove() {
        Some(Done { path, done }) => app.leave(cookie, &done_at(&path), Left::Done(done.to_owned())).await,
        None => Ok(()),
    }
}

/// Takes what was done from where it was left for the page that is asked for.
async fn done_of(
    app: &App,
    cookie: &str,
    kept: &Kept,
    place: Option<&str>,
) -> Result<Option<(&'static str, &'static str)>, Problem> {
    let Some(place) = place.filter(|place| kept.look(place).is_some()) else { return Ok(None) };
    Ok(match app.keep(cookie, |kept| kept.take(place)).await? {
        Some(Left::Done(done)) => done_words(&done),
        _ => None,
    })
}

/// Under what it lies, beside what else is left for that page.
fn done_at(path: &str) -> String {
    format!("done {path}")
}
