//! What a person reads when something did not work: a page in Japanese with English beside it and a stable code.

use crate::fault::{Fault, Kind};
use crate::http::limiter::WINDOW;
use crate::http::page::Page;
use crate::http::query::sign_in_and_back;
use crate::wording;
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A request that could not be answered as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    english: String,
}

impl Problem {
    /// Turns a fault of any module into a problem with the HTTP status of its kind.
    pub fn of(fault: &dyn Fault) -> Self {
        let status = status_for(fault);
        if status.is_server_error() {
            tracing::error!(code = fault.code(), error = %fault, "a request failed");
        }
        let english = match fault.kind() {
            Kind::Defect | Kind::Disk => {
                "The service could not do this. The operator finds the cause in the log.".into()
            }
            _ => fault.to_string(),
        };
        Self { status, code: fault.code(), english }
    }

    /// Returns the stable code.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the Japanese sentence.
    pub fn japanese(&self) -> &'static str {
        wording::ja(self.code).unwrap_or("処理できませんでした。")
    }

    /// Returns the English sentence.
    pub fn english(&self) -> &str {
        &self.english
    }

    /// Tells whether the person can mend it by changing what they entered.
    pub fn is_mendable(&self) -> bool {
        matches!(self.status, StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST | StatusCode::CONFLICT)
    }

    /// Tells whether somebody was not let in: wrong name, password or code, or a lock.
    pub fn is_refused_entry(&self) -> bool {
        self.status == StatusCode::FORBIDDEN || self.status == StatusCode::UNPROCESSABLE_ENTITY
    }

    /// Returns the page that says it, for somebody, with the ways on; none where it cannot be written.
    pub fn body(&self, page: Page, ways: Ways) -> Option<String> {
        let page = Page { title: "処理できませんでした".into(), english: "It did not work".into(), ..page };
        let advice = self.advice(page.person.is_some());
        ProblemPage { page, problem: self, advice, ways }.render().ok()
    }

    /// Says what to do next; staff are told of roles and of each other.
    fn advice(&self, is_staff: bool) -> (&'static str, &'static str) {
        if let Some((_, ja, en)) = ADVICE.iter().find(|(code, ..)| *code == self.code) {
            return (ja, en);
        }
        match self.status {
            StatusCode::FORBIDDEN if is_staff => (
                "この操作は、必要な役割のある人か、これまで関わっていない別の人が行います。担当の人に頼んでください。",
                "Somebody with the role for it, or who had no part in it so far, does this: ask them.",
            ),
            StatusCode::FORBIDDEN => ("この操作に必要な権限をご確認ください。", "Check the role this needs."),
            StatusCode::NOT_FOUND if is_staff => (
                "アドレスが違うか、あなたの役割や課では見られないものです。担当業務か一覧から開き直してください。",
                "The address is wrong, or this is not for your role or section: open it from the desk or a list.",
            ),
            StatusCode::NOT_FOUND => ("アドレスをご確認ください。", "Check the address."),
            StatusCode::CONFLICT => (
                "ほかの人が先に進めたか、すでに済んでいます。元の画面を開き直して、いまの状態を確かめてください。",
                "Somebody was quicker, or it is done already: open the page again and look at the present state.",
            ),
            StatusCode::TOO_MANY_REQUESTS => {
                ("10分ほど待ってから、もう一度お試しください。", "Wait about ten minutes and try again.")
            }
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::PAYLOAD_TOO_LARGE => {
                ("前の画面に戻り、内容を直してください。", "Go back and mend what was entered.")
            }
            _ => (
                "時間をおいて、もう一度お試しください。続くときは、コードを添えて担当課へお知らせください。",
                "Try again later; if it goes on, tell the office the code.",
            ),
        }
    }
}

/// What to do next where that follows from the very code.
const ADVICE: &[(&str, &str, &str)] = &[
    (
        "office-not-in-role",
        "あなたの役割は、画面の上の氏名の横に示されています。必要なときは、役割を加えるようシステム管理者に頼んでください。",
        "Your roles stand beside your name above; ask an administrator for the one you need.",
    ),
    (
        "http-sign-in-needed",
        "一定の時間が過ぎたため、サインインが終わっています。もう一度サインインしてください。送った内容は保存されていません。",
        "Your session has ended: sign in again. What was sent is not saved.",
    ),
    (
        "http-forged-form",
        "サインインし直す前に開いた画面から送ったようです。元の画面を開き直して、もう一度行ってください。",
        "The form is of a page that was opened before you signed in anew: open it again and repeat.",
    ),
    (
        "http-bad-method",
        "このアドレスは、ボタンを押したときにだけ使うものです。元の画面から、もう一度行ってください。",
        "This address is for a button alone: do it from its page.",
    ),
    ("http-nothing-chosen", "元の画面に戻り、行うものを選んでください。", "Go back and choose what to do it with."),
];

/// Where somebody goes on from a problem: an address, in Japanese and English; the likeliest first.
pub struct Ways(Vec<(String, &'static str, &'static str)>);

impl Ways {
    /// The ways of everybody.
    pub fn everybody() -> Self {
        Self(vec![("/".to_owned(), "トップページへ", "Home")])
    }

    /// The ways of somebody who collects a notice.
    pub fn recipient(back: String) -> Self {
        Self(vec![(back, "通知の画面へ戻る", "Back to the notice"), ("/".to_owned(), "トップページへ", "Home")])
    }

    /// The ways of somebody whose session has ended: signing in again leads to where they were.
    pub fn sign_in(back: &str) -> Self {
        Self(vec![(sign_in_and_back(back), "サインインする", "Sign in")])
    }

    /// The ways of somebody who has signed in: where they were, where that is known, and their desk.
    pub fn staff(back: Option<String>) -> Self {
        let back = back.filter(|back| back != "/desk").map(|back| (back, "元の画面へ戻る", "Back"));
        Self(back.into_iter().chain([("/desk".to_owned(), "担当業務へ", "Desk")]).collect())
    }
}

impl<F: Fault> From<F> for Problem {
    fn from(fault: F) -> Self {
        Self::of(&fault)
    }
}

/// What the web itself refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebFault {
    /// A form without the token of this browser.
    #[error("the form does not belong to this browser's session; open the page again")]
    ForgedForm,
    /// What was to go on after a question who somebody is was not asked of this browser for this deed.
    #[error("this confirmation is not of this browser and this deed; begin again")]
    AgainUnbound,
    /// An answer of the identity provider that this browser did not ask for, or too long ago.
    #[error("this answer of the identity provider was not asked for in this browser; begin again")]
    ProviderUnasked,
    /// The sign-in is missing or has ended.
    #[error("sign in first")]
    SignInNeeded,
    /// The link's code has not been entered in this browser, or its session has ended.
    #[error("enter the collection code first")]
    CodeNeeded,
    /// One address did this too often.
    #[error("too many attempts from this address")]
    TooOften,
    /// The body is larger than this service takes.
    #[error("the upload is too large")]
    TooLarge,
    /// The package is larger than a page hands out.
    #[error("the package is too large for this page; use `fumikura transfer send`")]
    TooLargeToHandOut,
    /// The form cannot be read.
    #[error("the form cannot be read")]
    BadForm,
    /// A field is missing or not of its kind.
    #[error("the field \"{0}\" is missing or cannot be read")]
    BadField(&'static str),
    /// Nothing was ticked.
    #[error("nothing was chosen")]
    NothingChosen,
    /// No page stands at this address.
    #[error("there is no such page")]
    NoPage,
    /// A POST that makes something has no key by which a repeated one is known.
    #[error("the header Idempotency-Key is missing, or is not 1 to 200 visible ASCII characters")]
    KeyNeeded,
    /// A value of a request cannot be read; where, in words of ours.
    #[error("{0}")]
    BadValue(String),
    /// The body is of a type that is not taken.
    #[error("the body is not of a media type that is taken here")]
    BadMediaType,
    /// The page does not take this method.
    #[error("this page does not take that method")]
    BadMethod,
    /// The request took too long.
    #[error("the request took too long")]
    TooSlow,
    /// Too many uploads are being read at this moment.
    #[error("too many uploads at this moment; try again shortly")]
    Busy,
    /// A page could not be written.
    #[error("the page could not be written")]
    Template,
    /// A worker of this process ended unexpectedly.
    #[error("a worker ended unexpectedly")]
    Worker,
}

impl Fault for WebFault {
    fn code(&self) -> &'static str {
        match self {
            Self::ForgedForm => "http-forged-form",
            Self::AgainUnbound => "http-again-unbound",
            Self::ProviderUnasked => "http-provider-unasked",
            Self::SignInNeeded => "http-sign-in-needed",
            Self::CodeNeeded => "http-code-needed",
            Self::TooOften => "http-too-often",
            Self::TooLarge => "http-too-large",
            Self::TooLargeToHandOut => "http-too-large-to-hand-out",
            Self::BadForm => "http-bad-form",
            Self::BadField(_) => "http-bad-field",
            Self::NothingChosen => "http-nothing-chosen",
            Self::NoPage => "http-no-page",
            Self::KeyNeeded => "http-key-needed",
            Self::BadValue(_) => "http-bad-value",
            Self::BadMediaType => "http-bad-media-type",
            Self::BadMethod => "http-bad-method",
            Self::TooSlow => "http-too-slow",
            Self::Busy => "http-busy",
            Self::Template => "http-template",
            Self::Worker => "http-worker",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::ForgedForm | Self::AgainUnbound | Self::ProviderUnasked | Self::SignInNeeded | Self::CodeNeeded => {
                Kind::Forbidden
            }
            Self::TooOften | Self::TooSlow | Self::Busy => Kind::Unavailable,
            Self::TooLarge | Self::TooLargeToHandOut => Kind::Refused,
            Self::BadForm | Self::BadField(_) | Self::NothingChosen | Self::BadMethod => Kind::Usage,
            Self::KeyNeeded | Self::BadValue(_) | Self::BadMediaType => Kind::Usage,
            Self::NoPage => Kind::NotFound,
            Self::Template | Self::Worker => Kind::Defect,
        }
    }
}

/// Returns the HTTP status: by code where HTTP has a better word than the kind gives.
fn status_for(fault: &dyn Fault) -> StatusCode {
    match fault.code() {
        "http-too-often" => StatusCode::TOO_MANY_REQUESTS,
        "http-too-large" => StatusCode::PAYLOAD_TOO_LARGE,
        "http-too-slow" => StatusCode::REQUEST_TIMEOUT,
        "http-bad-method" => StatusCode::METHOD_NOT_ALLOWED,
        "token-not-taken" => StatusCode::UNAUTHORIZED,
        "http-bad-media-type" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => status_of(fault.kind()),
    }
}

fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Usage => StatusCode::BAD_REQUEST,
        Kind::Refused => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Defect | Kind::Disk => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    page: Page,
    problem: &'a Problem,
    advice: (&'static str, &'static str),
    ways: Ways,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = match self.body(Page::default(), Ways::everybody()) {
            Some(html) => (self.status, html).into_response(),
            None => (StatusCode::INTERNAL_SERVER_ERROR, self.code).into_response(),
        };
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(WINDOW.as_secs()));
        }
        // Whoever speaks JSON says the same otherwise, and whoever has signed in reads it among their own pages.
        response.extensions_mut().insert(self);
        response
    }
}
