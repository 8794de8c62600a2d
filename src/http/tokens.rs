//! `/tokens`: by what other systems use the API in somebody's name; made, listed, revoked. A secret is shown once.

use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::left::Left;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Table};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::show::{Tag, date, date_or, time};
use crate::http::staff::Staff;
use crate::office::Role;
use crate::office::tokens::{NewToken, Scope, TokenView};
use crate::time::Date;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    page: Page,
    secret: Option<Zeroizing<String>>,
    faults: Faults,
    table: Table,
    /// Tokens that are taken, by identifier and name.
    live: Vec<(String, String)>,
    none: String,
    scopes: Vec<(String, &'static str)>,
    administers: bool,
    form: Form,
}

/// The fields of a token, as they were entered.
#[derive(Default)]
struct Form {
    name: String,
    scopes: Vec<String>,
    ends_on: String,
    system: String,
}

/// `GET /tokens`: all of them; with the secret of one that was just made in this browser, once.
pub async fn list(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let secret = match app.take(staff.cookie(), "/tokens").await? {
        Some(Left::Token(secret)) => Some(secret),
        _ => None,
    };
    page(&app, &staff, Form::default(), Faults::default(), secret).await
}

/// `POST /tokens`: the list shows the secret, once.
pub async fn make(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let form = Form::read(&posted);
    let new = match form.new_token() {
        Ok(new) => new,
        Err(faults) => return page(&app, &staff, form, faults, None).await,
    };
    match app.office.make_token(&staff.actor, new).await.map_err(Problem::from) {
        Ok(issued) => {
            app.leave(staff.cookie(), "/tokens", Left::Token(issued.secret)).await?;
            Ok(go_done("/tokens", "token-made"))
        }
        Err(problem) if problem.is_mendable() => {
            let faults = Faults::of(field_of(problem.code()), &problem);
            page(&app, &staff, form, faults, None).await
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /tokens/revoke`
pub async fn revoke(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    app.office.revoke_token(&staff.actor, posted.parse("id")?).await?;
    Ok(go_done("/tokens", "token-revoked"))
}

impl Form {
    fn read(posted: &Posted) -> Self {
        let [name, ends_on, system] = ["name", "ends_on", "system"].map(|field| posted.text(field).to_owned());
        Self { name, scopes: posted.all("scopes").map(str::to_owned).collect(), ends_on, system }
    }

    fn new_token(&self) -> Result<NewToken, Faults> {
        let mut faults = Faults::default();
        faults.require(&self.name, "name", "名前", "name");
        let scopes = self.scopes.iter().map(|scope| scope.parse::<Scope>()).collect::<Result<_, _>>().ok();
        if self.scopes.is_empty() || scopes.is_none() {
            faults.add("scopes", "利用範囲を一つ以上選んでください。", "Choose at least one scope.");
        }
        let ends_on: Option<Date> = self.ends_on.parse().ok();
        let (Some(ends_on), Some(scopes), true) = (ends_on, scopes, faults.is_empty()) else {
            if ends_on.is_none() {
                faults.add("ends_on", "期限の日を入力してください。", "Enter the date.");
            }
            return Err(faults);
        };
        let system = (!self.system.is_empty()).then(|| self.system.clone());
        Ok(NewToken { name: self.name.clone(), scopes, ends_on, system })
    }
}

/// Returns the field that a refusal is about.
fn field_of(code: &str) -> &'static str {
    match code {
        "token-bad-end" => "ends_on",
        "token-no-scopes" | "token-scope-beyond-roles" => "scopes",
        "token-not-a-system" | "office-no-such-user" => "system",
        _ => "name",
    }
}

fn scope_word(scope: Scope) -> &'static str {
    match scope {
        Scope::NoticesDraft => "通知を起案し、決裁に回す",
        Scope::NoticesRead => "通知とその結果を読む",
        Scope::RecordsFile => "文書ファイルを作り、文書を保存する",
        Scope::RecordsRead => "管理簿と文書を読む・探す",
        Scope::HoldsRead => "廃棄保留を読む",
        Scope::DisposalsRead => "廃棄の記録を読む",
        Scope::Verify => "PDFを検証する",
    }
}

async fn page(
    app: &App,
    staff: &Staff,
    mut form: Form,
    faults: Faults,
    secret: Option<Zeroizing<String>>,
) -> Result<Response, Problem> {
    let tokens = app.office.tokens(&staff.actor).await?;
    let live = tokens.iter().filter(|token| token.is_live);
    if form.ends_on.is_empty() {
        form.ends_on = crate::time::days_after(app.clock.today(), 180).to_string();
    }
    show(&TokensPage {
        page: staff.page(app, "APIトークン", "API tokens", "/tokens"),
        secret,
        faults,
        live: live.map(|token| (token.id.to_string(), format!("{}（{}）", token.name, token.login))).collect(),
        none: String::new(),
        table: table(&tokens),
        scopes: Scope::ALL.iter().map(|scope| (scope.name().to_owned(), scope_word(*scope))).collect(),
        administers: staff.is_any(&[Role::Administrator]),
        form,
    })
}

fn table(tokens: &[TokenView]) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("名前", "Name"),
        ("アカウント", "Account"),
        ("利用範囲", "Scopes"),
        ("作った日時", "Made"),
        ("期限", "Ends on"),
        ("最後に使った日", "Last used"),
        ("状態", "State"),
    ];
    let row = |token: &TokenView| {
        vec![
            Cell::text(&token.name),
            Cell::mono(&token.login),
            Cell::Lines(token.scopes.iter().map(|scope| scope_word(*scope).to_owned()).collect()),
            Cell::unbroken(time(token.made_at)),
            Cell::unbroken(date(token.ends_on)),
            Cell::unbroken(date_or(token.last_used, "まだ使われていません")),
            Cell::Tag(state(token)),
        ]
    };
    Table::new(HEAD, tokens.iter().map(row).collect(), "トークンはまだありません。")
}

fn state(token: &TokenView) -> Tag {
    match (token.is_live, token.revoked_at) {
        (true, _) => Tag::new("good", "✓", "有効", "Taken"),
        (false, Some(_)) => Tag::new("", "✕", "失効", "Revoked"),
        (false, None) => Tag::new("", "■", "期限切れ・停止", "Ended"),
    }
}
