//! `/account`: one's own account, its password, its sessions, what there is to tell.

use crate::digest::Sha256Hex;
use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::page::{Page, go, go_done, show};
use crate::http::parts::{Cell, Fact};
use crate::http::passkeys::{Question, with_script};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::show::time;
use crate::http::staff::{Oneself, role};
use crate::office::ports::{AccountNews, ProvenBy};
use crate::office::{AccountError, OwnAccount, OwnPasskey, OwnSession};
use crate::wording;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    faults: Faults,
    /// What has to be done first, in Japanese and English.
    first: Option<(&'static str, &'static str)>,
    news: Vec<News>,
    facts: Vec<Fact>,
    totp: Option<String>,
    recovery_codes: usize,
    passkeys: Vec<PasskeyRow>,
    question: Option<Question>,
    may_remove: bool,
    sessions: Vec<SessionRow>,
}

/// Something that the person has not been told yet.
struct News {
    at: String,
    ja: &'static str,
    en: &'static str,
}

/// One of the passkeys.
struct PasskeyRow {
    id: String,
    name: String,
    since: String,
    used: String,
    may_remove: bool,
}

/// One of the sessions.
struct SessionRow {
    id: Sha256Hex,
    begun: String,
    ends: String,
    by: (&'static str, &'static str),
    is_this: bool,
}

#[derive(Template)]
#[template(path = "account_password.html")]
struct PasswordPage {
    page: Page,
    faults: Faults,
    login: String,
    must: bool,
}

/// `GET /account`
pub async fn account(State(app): State<App>, oneself: Oneself) -> Result<Response, Problem> {
    account_page(&app, &oneself, Faults::default())
}

/// Shows the account, perhaps with what was wrong with a form on it.
pub fn account_page(app: &App, oneself: &Oneself, faults: Faults) -> Result<Response, Problem> {
    let own = &oneself.own;
    let question = Question::create(app, oneself)?;
    let asks = question.is_some();
    let factors = own.passkeys.len() + usize::from(own.totp.is_some());
    let may_remove = !own.asks_for_factor || factors > 1;
    let page = show(&AccountPage {
        page: oneself.page(app, "アカウント", "Your account"),
        faults,
        first: own.first.as_ref().map(first_words),
        news: own.news.iter().map(|note| news(note.what, time(note.at))).collect(),
        facts: facts(own),
        totp: own.totp.map(time),
        recovery_codes: own.recovery_codes,
        passkeys: own.passkeys.iter().map(|one| passkey(one, may_remove)).collect(),
        question,
        may_remove,
        sessions: own.sessions.iter().map(session).collect(),
    })?;
    Ok(if asks { with_script(page) } else { page })
}

/// `GET /account/password`
pub async fn password_form(State(app): State<App>, oneself: Oneself) -> Result<Response, Problem> {
    password_page(&app, &oneself, Faults::default())
}

/// `POST /account/password`: asks for the present password itself.
pub async fn change_password(State(app): State<App>, oneself: Oneself, posted: Posted) -> Result<Response, Problem> {
    let [present, new, again] = ["present", "new", "new_again"].map(|name| Zeroizing::new(posted.raw(name).to_owned()));
    if new != again {
        let problem = Problem::of(&AccountError::Unrepeated);
        return password_page(&app, &oneself, Faults::of("new_again", &problem));
    }
    match app.office.change_password(&oneself.secret, present, new).await.map_err(Problem::from) {
        Ok(()) => Ok(go_done("/account", "password-changed")),
        Err(problem) if problem.is_refused_entry() => {
            let field = if problem.code().starts_with("office-sign-in") { "present" } else { "new" };
            password_page(&app, &oneself, Faults::of(field, &problem))
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /account/news`
pub async fn read_news(State(app): State<App>, oneself: Oneself, _posted: Posted) -> Result<Response, Problem> {
    app.office.read_news(&oneself.secret).await?;
    Ok(go_done("/account", "news-read"))
}

/// `POST /account/sessions/end`
pub async fn end_session(State(app): State<App>, oneself: Oneself, posted: Posted) -> Result<Response, Problem> {
    let which = Sha256Hex::parse(posted.text("session")).ok_or(WebFault::BadField("session"))?;
    app.office.end_session(&oneself.secret, &which).await?;
    let this = oneself.own.sessions.iter().any(|one| one.is_this && one.id == which);
    Ok(if this { go("/sign-in") } else { go_done("/account", "session-ended") })
}

/// `POST /account/sessions/end-others`
pub async fn end_other_sessions(
    State(app): State<App>,
    oneself: Oneself,
    _posted: Posted,
) -> Result<Response, Problem> {
    app.office.end_other_sessions(&oneself.secret).await?;
    Ok(go_done("/account", "session-ended"))
}

fn password_page(app: &App, oneself: &Oneself, faults: Faults) -> Result<Response, Problem> {
    let must = oneself.own.first == Some(AccountError::PasswordToChange);
    let page = oneself.page(app, "パスワードの変更", "Change the password");
    show(&PasswordPage { page, faults, login: oneself.own.login.clone(), must })
}

fn first_words(error: &AccountError) -> (&'static str, &'static str) {
    let code = crate::fault::Fault::code(error);
    (wording::ja(code).unwrap_or(code), wording::en(code).unwrap_or(code))
}

fn facts(own: &OwnAccount) -> Vec<Fact> {
    let roles = own.actor.roles().iter().map(|one| role(*one)).collect::<Vec<_>>().join("・");
    vec![
        ("利用者名", "User name", Cell::mono(&own.login)),
        ("氏名", "Name", Cell::text(own.actor.name())),
        ("課", "Section", Cell::text(own.actor.section())),
        ("役割", "Roles", Cell::text(roles)),
    ]
}

fn session(one: &OwnSession) -> SessionRow {
    SessionRow {
        id: one.id.clone(),
        begun: one.begun_at.map_or_else(|| "不明".to_owned(), time),
        ends: time(one.ends_at),
        by: match one.by {
            ProvenBy::Password => ("パスワード", "Password"),
            ProvenBy::Code => ("パスワードと認証アプリ", "Password and authenticator"),
            ProvenBy::RecoveryCode => ("パスワードと回復コード", "Password and recovery code"),
            ProvenBy::Passkey => ("パスキー", "Passkey"),
            ProvenBy::Provider | ProvenBy::StrongProvider => ("認証基盤", "Identity provider"),
            ProvenBy::PasswordAndPasskey => ("パスワードとパスキー", "Password and passkey"),
        },
        is_this: one.is_this,
    }
}

fn passkey(one: &OwnPasskey, may_remove: bool) -> PasskeyRow {
    PasskeyRow {
        id: one.id.clone(),
        name: one.name.clone(),
        since: time(one.since),
        used: one.last_used.map_or_else(|| "まだ使われていません".to_owned(), time),
        may_remove,
    }
}

fn news(what: AccountNews, at: String) -> News {
    let (ja, en) = match what {
        AccountNews::PasswordSet => (
            "ほかの人が、このアカウントのパスワードを設定しました。",
            "Somebody else set the password of this account.",
        ),
        AccountNews::FactorsReset => (
            "システム管理者が、このアカウントの二要素認証を外しました。心当たりがないときは、すぐに連絡してください。",
            "An administrator took the second factors off this account. If you did not ask for it, say so at once.",
        ),
        AccountNews::RecoveryCodeUsed => (
            "回復コードが一つ使われました。心当たりがないときは、パスワードを変え、回復コードを作り直してください。",
            "A recovery code was used. If that was not you, change the password and make new codes.",
        ),
        AccountNews::RecoveryCodesEnded => (
            "データベースを控えから戻したため、回復コードは使えなくなりました。作り直してください。",
            "The database was restored, and your recovery codes have ended; make new ones.",
        ),
        AccountNews::PasskeyCopied => (
            "パスキーの一つに、写しがほかにあるおそれがあります（使った回数が進んでいません）。そのパスキーを外し、システム管理者に連絡してください。",
            "One of your passkeys seems to exist twice: its counter did not go on. Remove it, and tell an administrator.",
        ),
        AccountNews::Locked => (
            "パスワードか確認コードの誤りが続いたため、一時、使えなくなりました。",
            "The account was locked for a while, after too many wrong passwords or codes.",
        ),
    };
    News { at, ja, en }
}
