//! A signed-in member of staff, as handlers ask for one.

use crate::http::app::App;
use crate::http::page::{Page, Person};
use crate::http::problem::{Problem, WebFault};
use crate::http::query::sign_in_and_back;
use crate::http::visitor::Visitor;
use crate::office::{AccountError, Actor, OfficeError, OwnAccount, Role};
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use std::convert::Infallible;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Who is signed in, read anew from the office at each request.
pub struct Staff {
    /// What the verbs ask for.
    pub actor: Actor,
    visitor: Visitor,
}

/// Who files records, and opens record files.
pub const FILERS: &[Role] = &[Role::Clerk, Role::RecordsClerk, Role::RecordsManager];

/// Whoever is signed in, also where something has to be done before anything else.
pub struct Oneself {
    /// The account.
    pub own: OwnAccount,
    /// The secret of the session.
    pub secret: Zeroizing<String>,
    visitor: Visitor,
}

/// Why there is no [`Staff`]: the way to the sign-in page, or a problem.
pub enum Stranger {
    /// Sign in and come back.
    SignIn(String),
    /// Something has to be done first, on the page of that path.
    First(&'static str),
    /// A form from someone whose session has ended, or a failure.
    Problem(Problem),
}

impl Staff {
    /// Makes the frame of a page under a menu entry.
    pub fn page(&self, app: &App, title: &'static str, english: &'static str, here: &'static str) -> Page {
        let mut page = self.visitor.page(app, title, english);
        page.here = here.into();
        page.person = Some(person(&self.actor));
        page
    }

    /// Returns the cookie of the browser, under which something is left for its next page.
    pub fn cookie(&self) -> &str {
        &self.visitor.cookie
    }

    /// Refuses whoever has none of the roles that a form is for, before it is filled in; the verbs decide.
    pub fn require_any(&self, roles: &[Role]) -> Result<(), Problem> {
        Ok(self.actor.require_any(roles)?)
    }

    /// Tells whether the person has one of the roles, for what a page offers; the verbs decide.
    pub fn is_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.actor.has(*role))
    }

    /// Tells whether to offer filing.
    pub fn files_records(&self) -> bool {
        self.is_any(FILERS)
    }

    /// Tells whether to offer holds.
    pub fn places_holds(&self) -> bool {
        self.is_any(&[Role::RecordsClerk, Role::RecordsManager])
    }

    /// Tells whether to offer appraisal and disposal.
    pub fn disposes(&self) -> bool {
        self.is_any(&[Role::RecordsManager])
    }
}

impl Oneself {
    /// Returns the browser.
    pub fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    /// Makes the frame of a page.
    pub fn page(&self, app: &App, title: &'static str, english: &'static str) -> Page {
        let mut page = self.visitor.page(app, title, english);
        page.person = Some(Person { is_held: self.own.first.is_some(), ..person(&self.own.actor) });
        page
    }
}

impl FromRequestParts<App> for Oneself {
    type Rejection = Stranger;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Stranger> {
        let visitor = Visitor::from_request_parts(parts, app).await.map_err(Stranger::Problem)?;
        let Some(secret) = visitor.session.staff.clone() else { return Err(stranger(parts)) };
        match app.office.own_account(&secret).await {
            Ok(own) => Ok(Self { own, secret, visitor }),
            Err(OfficeError::NoSession) => Err(stranger(parts)),
            Err(fault) => Err(Stranger::Problem(fault.into())),
        }
    }
}

impl FromRequestParts<App> for Staff {
    type Rejection = Stranger;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Stranger> {
        let visitor = Visitor::from_request_parts(parts, app).await.map_err(Stranger::Problem)?;
        let Some(secret) = visitor.session.staff.as_ref() else { return Err(stranger(parts)) };
        match app.office.session(secret).await {
            Ok(actor) => Ok(Self { actor, visitor }),
            Err(OfficeError::NoSession) => Err(stranger(parts)),
            Err(OfficeError::Account(AccountError::PasswordToChange)) => Err(Stranger::First("/account/password")),
            Err(OfficeError::Account(AccountError::FactorToEnrol)) => Err(Stranger::First("/account")),
            Err(fault) => Err(Stranger::Problem(fault.into())),
        }
    }
}

impl OptionalFromRequestParts<App> for Staff {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Infallible> {
        Ok(<Self as FromRequestParts<App>>::from_request_parts(parts, app).await.ok())
    }
}

impl IntoResponse for Stranger {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(place) => Redirect::to(&sign_in_and_back(&place)).into_response(),
            Self::First(path) => Redirect::to(path).into_response(),
            Self::Problem(problem) => problem.into_response(),
        }
    }
}

/// Reads an identifier from an address; one that cannot be one leads nowhere.
pub fn id<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| WebFault::NoPage.into())
}

/// Names a role.
pub fn role(role: Role) -> &'static str {
    match role {
        Role::Clerk => "起案者",
        Role::Approver => "決裁者",
        Role::SealKeeper => "公印管守者",
        Role::RecordsClerk => "文書主任",
        Role::RecordsManager => "文書管理者",
        Role::Auditor => "監査",
        Role::Administrator => "システム管理者",
    }
}

fn stranger(parts: &Parts) -> Stranger {
    if parts.method == Method::GET {
        Stranger::SignIn(parts.uri.to_string())
    } else {
        Stranger::Problem(WebFault::SignInNeeded.into())
    }
}

/// Shows the signed-in person in the header.
pub fn person(actor: &Actor) -> Person {
    let records = [Role::Clerk, Role::Approver, Role::RecordsClerk, Role::RecordsManager, Role::Auditor];
    Person {
        name: actor.name().to_owned(),
        roles: actor.roles().iter().map(|one| role(*one)).collect::<Vec<_>>().join("・"),
        sees_records: records.iter().any(|role| actor.has(*role)),
        is_held: false,
        keeps_accounts: actor.has(Role::Administrator),
        reorganises: [Role::Administrator, Role::RecordsManager, Role::Auditor].iter().any(|role| actor.has(*role)),
        sees_proofs: [Role::Auditor, Role::RecordsManager, Role::Administrator].iter().any(|role| actor.has(*role)),
        sees_audit: [Role::Auditor, Role::Administrator].iter().any(|role| actor.has(*role)),
    }
}
