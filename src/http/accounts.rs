//! `/accounts`: the accounts of staff, for administrators. A first password is made by the program, shown once, and changed by its
//! person at the first sign-in.

use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::left::Left;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Table};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::show::Tag;
use crate::http::staff::{Staff, role};
use crate::office::{Account, AccountChange, NewAccount, Role};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::BTreeSet;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    page: Page,
    faults: Faults,
    table: Table,
    sections: Vec<(String, String)>,
    /// Names, words, and which are chosen.
    roles: Vec<(&'static str, &'static str, bool)>,
    form: Form,
    made: Option<Made>,
}

#[derive(Template)]
#[template(path = "account_of.html")]
struct AccountPage {
    page: Page,
    faults: Faults,
    account: Account,
    own: bool,
    sections: Vec<(String, String)>,
    /// Names, words, and which are chosen.
    roles: Vec<(&'static str, &'static str, bool)>,
    form: Form,
    made: Option<Made>,
}

/// A password that was made, to be told to its person.
struct Made {
    login: String,
    password: Zeroizing<String>,
}

impl Made {
    /// Leaves it for a page, and sends the browser there.
    async fn leave(self, app: &App, staff: &Staff, page: &str, done: &str) -> Result<Response, Problem> {
        app.leave(staff.cookie(), page, Left::Password(self.login, self.password)).await?;
        Ok(go_done(page, done))
    }

    /// Takes what was left for a page.
    async fn left(app: &App, staff: &Staff, page: &str) -> Result<Option<Self>, Problem> {
        Ok(match app.take(staff.cookie(), page).await? {
            Some(Left::Password(login, password)) => Some(Self { login, password }),
            _ => None,
        })
    }
}

/// What was entered of an account.
#[derive(Default)]
struct Form {
    login: String,
    name: String,
    section: String,
    roles: Vec<String>,
    enabled: bool,
}

/// `GET /accounts`: all of them; with the password of one that was just made in this browser, once.
pub async fn list(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let made = Made::left(&app, &staff, "/accounts").await?;
    page(&app, &staff, Form::default(), Faults::default(), made).await
}

/// `POST /accounts`: the list shows the password, once.
pub async fn add(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let form = Form::read(&posted);
    let faults = form.faults(true);
    if !faults.is_empty() {
        return page(&app, &staff, form, faults, None).await;
    }
    let password = fresh_password(&app)?;
    let new = NewAccount {
        login: form.login.clone(),
        name: form.name.clone(),
        section: form.section.clone(),
        roles: form.chosen(),
        password: password.clone(),
        own_password: false,
    };
    match app.office.add_user(Some(&staff.actor), new).await.map_err(Problem::from) {
        Ok(_) => Made { login: form.login, password }.leave(&app, &staff, "/accounts", "account-made").await,
        Err(problem) if problem.is_mendable() => page(&app, &staff, form, Faults::of("login", &problem), None).await,
        Err(problem) => Err(problem),
    }
}

/// `GET /accounts/{login}`: one of them; with a password that was just made in this browser, once.
pub async fn account(State(app): State<App>, staff: Staff, Path(login): Path<String>) -> Result<Response, Problem> {
    let made = Made::left(&app, &staff, &format!("/accounts/{login}")).await?;
    of(&app, &staff, &login, None, Faults::default(), made).await
}

/// `POST /accounts/{login}/change`: section, roles, and whether it may sign in.
pub async fn change(
    State(app): State<App>,
    staff: Staff,
    Path(login): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let form = Form::read(&posted);
    let faults = form.faults(false);
    if !faults.is_empty() {
        return of(&app, &staff, &login, Some(form), faults, None).await;
    }
    let change = AccountChange { section: form.section.clone(), roles: form.chosen(), enabled: form.enabled };
    app.office.change_account(&staff.actor, &login, change).await?;
    Ok(go_done(&format!("/accounts/{login}"), "account-changed"))
}

/// `POST /accounts/{login}/password`: a new first password, shown once.
pub async fn password(
    State(app): State<App>,
    staff: Staff,
    Path(login): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    let password = fresh_password(&app)?;
    app.office.set_password(Some(&staff.actor), &login, password.clone()).await?;
    let page = format!("/accounts/{login}");
    Made { login, password }.leave(&app, &staff, &page, "password-made").await
}

/// `POST /accounts/{login}/factors`: takes the second factors off.
pub async fn factors(
    State(app): State<App>,
    staff: Staff,
    Path(login): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    app.office.reset_factors(Some(&staff.actor), &login).await?;
    Ok(go_done(&format!("/accounts/{login}"), "factors-reset"))
}

impl Form {
    fn read(posted: &Posted) -> Self {
        let [login, name, section] = ["login", "name", "section"].map(|field| posted.text(field).to_owned());
        let enabled = !posted.text("enabled").is_empty();
        Self { login, name, section, roles: posted.all("roles").map(str::to_owned).collect(), enabled }
    }

    fn of(account: &Account) -> Self {
        Self {
            login: account.login.clone(),
            name: account.name.clone(),
            section: account.section.clone(),
            roles: account.roles.iter().map(|role| role.name().to_owned()).collect(),
            enabled: account.enabled,
        }
    }

    fn chosen(&self) -> BTreeSet<Role> {
        self.roles.iter().filter_map(|name| name.parse().ok()).collect()
    }

    fn faults(&self, is_new: bool) -> Faults {
        let mut faults = Faults::default();
        if is_new {
            faults.require(&self.login, "login", "利用者名", "user name");
            faults.require(&self.name, "name", "氏名", "name");
        }
        faults.require(&self.section, "section", "課", "section");
        if self.roles.is_empty() || self.chosen().len() != self.roles.len() {
            faults.add("roles", "役割を一つ以上選んでください。", "Choose at least one role.");
        }
        faults
    }
}

async fn page(app: &App, staff: &Staff, form: Form, faults: Faults, made: Option<Made>) -> Result<Response, Problem> {
    let accounts = app.office.accounts(&staff.actor).await?;
    show(&AccountsPage {
        page: staff.page(app, "アカウント", "Accounts", "/accounts"),
        faults,
        table: table(&accounts),
        sections: sections(app, staff, &accounts).await?,
        roles: roles(&form),
        form,
        made,
    })
}

async fn of(
    app: &App,
    staff: &Staff,
    login: &str,
    form: Option<Form>,
    faults: Faults,
    made: Option<Made>,
) -> Result<Response, Problem> {
    let accounts = app.office.accounts(&staff.actor).await?;
    let sections = sections(app, staff, &accounts).await?;
    let found = accounts.into_iter().find(|account| account.login == login && !account.system);
    let account = found.ok_or(WebFault::NoPage)?;
    let form = form.unwrap_or_else(|| Form::of(&account));
    show(&AccountPage {
        page: staff.page(app, "アカウント", "Account", "/accounts"),
        faults,
        own: account.id == staff.actor.user(),
        roles: roles(&form),
        form,
        account,
        sections,
        made,
    })
}

fn table(accounts: &[Account]) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("利用者名", "User name"),
        ("氏名", "Name"),
        ("課", "Section"),
        ("役割", "Roles"),
        ("二つ目の要素", "Second factor"),
        ("状態", "State"),
    ];
    let row = |account: &Account| {
        let login = match account.system {
            true => Cell::text(account.login.clone()),
            false => Cell::link(format!("/accounts/{}", account.login), account.login.clone()),
        };
        let factor = match (account.system, account.has_factor) {
            (true, _) => "－",
            (false, true) => "あり",
            (false, false) => "なし",
        };
        let state = match (account.enabled, account.system) {
            (false, _) => Tag::new("warn", "！", "停止中", "Disabled"),
            (true, true) => Tag::new("", "…", "システム", "A system's"),
            (true, false) => Tag::new("good", "✓", "利用中", "Enabled"),
        };
        let roles: Vec<_> = account.roles.iter().map(|one| role(*one)).collect();
        let words = [account.name.clone(), account.section.clone(), roles.join("・"), factor.to_owned()];
        std::iter::once(login).chain(words.map(Cell::text)).chain([Cell::Tag(state)]).collect()
    };
    Table::new(HEAD, accounts.iter().map(row).collect(), "アカウントはありません。")
}

/// Sections that have a symbol for numbers, and those that somebody is in or something is of.
async fn sections(app: &App, staff: &Staff, accounts: &[Account]) -> Result<Vec<(String, String)>, Problem> {
    let there = app.office.sections_to_move(&staff.actor).await?;
    let with_symbol = app.office.settings().symbols.keys();
    let all = with_symbol.chain(accounts.iter().map(|account| &account.section)).chain(&there);
    let all: BTreeSet<&String> = all.collect();
    Ok(all.into_iter().map(|section| (section.clone(), section.clone())).collect())
}

fn roles(form: &Form) -> Vec<(&'static str, &'static str, bool)> {
    let is_chosen = |one: &Role| form.roles.iter().any(|name| name == one.name());
    Role::ALL.iter().map(|one| (one.name(), role(*one), is_chosen(one))).collect()
}

/// Letters and digits that are not mistaken for each other; 32 of them.
const LETTERS: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyzA";

/// Makes a password of 80 random bits, in groups that can be read out.
fn fresh_password(app: &App) -> Result<Zeroizing<String>, Problem> {
    let mut bytes = Zeroizing::new([0_u8; 16]);
    app.entropy.fill(&mut *bytes)?;
    let mut password = Zeroizing::new(String::with_capacity(19));
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 && place.is_multiple_of(4) {
            password.push('-');
        }
        password.push(char::from(LETTERS[usize::from(byte & 31)]));
    }
    Ok(password)
}
