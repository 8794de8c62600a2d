//! Who may see a record file or a record: the forms that change it, and whom a file lets in by name.

use crate::http::action::Action;
use crate::http::app::App;
use crate::http::page::go_done;
use crate::http::parts::{Cell, Fact, Table};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::show::{date, time};
use crate::http::staff::{Staff, id};
use crate::http::words;
use crate::id::UserId;
use crate::office::Role;
use crate::office::records::{AccessChange, AccessTarget};
use crate::records::{AccessClass, AccessGrant, ClassWish, FileAccess, Grantee};
use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::BTreeMap;

/// Logins and names by account.
pub type Users = BTreeMap<UserId, (String, String)>;

/// `POST /records/files/{id}/access`
pub async fn class_of_file(
    State(app): State<App>,
    staff: Staff,
    Path(file): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    change_class(&app, &staff, AccessTarget::File(id(&file)?), &posted, &format!("/records/files/{file}")).await
}

/// `POST /records/{id}/access`
pub async fn class_of_record(
    State(app): State<App>,
    staff: Staff,
    Path(record): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    change_class(&app, &staff, AccessTarget::Record(id(&record)?), &posted, &format!("/records/{record}")).await
}

/// `POST /records/files/{id}/grant`
pub async fn grant(
    State(app): State<App>,
    staff: Staff,
    Path(file): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let [to, reason] = ["to", "reason"].map(|name| posted.text(name).to_owned());
    let change = AccessChange::Grant { to, until: posted.date("until")?, reason };
    app.office.change_access(&staff.actor, AccessTarget::File(id(&file)?), change).await?;
    Ok(go_done(&format!("/records/files/{file}"), "access-changed"))
}

/// `POST /records/files/{id}/revoke`
pub async fn revoke(
    State(app): State<App>,
    staff: Staff,
    Path(file): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let change = AccessChange::Revoke { from: posted.text("from").to_owned() };
    app.office.change_access(&staff.actor, AccessTarget::File(id(&file)?), change).await?;
    Ok(go_done(&format!("/records/files/{file}"), "access-changed"))
}

async fn change_class(
    app: &App,
    staff: &Staff,
    target: AccessTarget,
    posted: &Posted,
    back: &str,
) -> Result<Response, Problem> {
    let class = AccessClass::parse(posted.text("class")).ok_or(WebFault::BadField("class"))?;
    let change = AccessChange::Class { class, reason: posted.text("reason").to_owned() };
    let view = app.office.change_access(&staff.actor, target, change).await?;
    Ok(go_done(back, if view.waits.is_some() { "access-waits" } else { "access-changed" }))
}

/// Returns whom the accounts belong to, for those who see who is let in.
pub async fn users(app: &App, staff: &Staff) -> Result<Users, Problem> {
    if !staff.is_any(&[Role::RecordsManager, Role::Auditor]) {
        return Ok(Users::new());
    }
    let users = app.office.users().await?.into_iter();
    Ok(users.map(|user| (user.id, (user.login, user.name))).collect())
}

/// Returns the classes to choose from, the strictest first: a form that is sent by mistake opens nothing.
pub fn choices() -> Vec<(String, String)> {
    let classes = AccessClass::ALL.into_iter().rev();
    classes.map(|class| (class.word().to_owned(), words::access_word(class).to_owned())).collect()
}

/// Offers a class, for a file or a record; the present one is chosen, or what somebody else wishes and this person may say yes to.
pub fn offered_class(present: AccessClass, wish: Option<&ClassWish>, staff: &Staff) -> Action {
    if let Some(wish) = wish.filter(|wish| wish.by != staff.actor.user()) {
        let second = Action::plain(
            "access",
            "閲覧の範囲を広げる変更を承認する",
            "Approve the wider access",
            "別の文書管理者の変更が、二人目の確認を待っています。よければ、確かめたことを理由に書いて、そのまま送ってください。今と同じ範囲を選ぶと、待っている変更を取り消します。",
        );
        let second = second.asking_choice("class", "閲覧の範囲", "Access", choices());
        return second.filled("class", wish.class.word()).inviting("reason", "理由（承認するときは必須）", "Reason");
    }
    let change = Action::plain(
        "access",
        "閲覧の範囲を変える",
        "Change access",
        "狭める変更は、すぐに効力を持ちます。広げる変更には理由が要り、別の文書管理者が同じ変更をしたときに効力を持ちます。今と同じ範囲を選ぶと、待っている変更を取り消します。理由は台帳に残りません。",
    );
    let change = change.aside().asking_choice("class", "閲覧の範囲", "Access", choices());
    let change = change.filled("class", present.word());
    change.inviting("reason", "理由（広げるときは必須）", "Reason")
}

/// Offers what a records manager may change of who sees a file.
pub fn offered(access: &FileAccess, users: &Users, staff: &Staff) -> Vec<Action> {
    let grant = Action::plain(
        "grant",
        "閲覧を認める",
        "Let somebody in",
        "この文書ファイルとその限定の文書を、職員または課に見せます。課名は、アカウントに登録された名称のとおりに入力してください。",
    );
    let grant = grant.aside().asking("to", "職員のサインイン名、または課名", "Login or section");
    let grant = grant.inviting_day("until", "最後の日", "Last day").asking("reason", "理由", "Reason");
    let mut offered = vec![offered_class(access.class, access.wish.as_ref(), staff), grant];
    if !access.grants.is_empty() {
        let options = access.grants.iter().map(|grant| (key(&grant.to, users), shown(&grant.to, users))).collect();
        let revoke = Action::plain("revoke", "閲覧を認めるのをやめる", "Let in no more", "以後の閲覧を断ります。");
        offered.push(revoke.aside().asking_choice("from", "職員・課", "Whom", options));
    }
    offered
}

/// Lists whom a file lets in by name.
pub fn grants(access: &FileAccess, users: &Users) -> Table {
    const HEAD: &[(&str, &str)] =
        &[("職員・課", "Whom"), ("最後の日", "Until"), ("理由", "Reason"), ("認めた人・日時", "By, at")];
    let row = |grant: &AccessGrant| {
        vec![
            Cell::text(shown(&grant.to, users)),
            Cell::unbroken(grant.until.map_or_else(|| "取り消すまで".to_owned(), date)),
            Cell::text(grant.reason.clone()),
            Cell::Lines(vec![name(grant.by, users), time(grant.at)]),
        ]
    };
    Table::new(HEAD, access.grants.iter().map(row).collect(), "")
}

/// Says what waits for a second records manager.
pub fn waiting(wish: &ClassWish, users: &Users) -> Fact {
    let what = format!("「{}」への変更。理由：{}", words::access_word(wish.class), wish.reason);
    let who = format!("{}　{}", name(wish.by, users), time(wish.at));
    ("二人目の確認待ち", "Waits for a second person", Cell::Lines(vec![what, who]))
}

fn name(user: UserId, users: &Users) -> String {
    users.get(&user).map_or_else(|| user.to_string(), |(_, name)| name.clone())
}

fn key(to: &Grantee, users: &Users) -> String {
    match to {
        Grantee::User(user) => users.get(user).map_or_else(|| user.to_string(), |(login, _)| login.clone()),
        Grantee::Section(section) => section.clone(),
    }
}

fn shown(to: &Grantee, users: &Users) -> String {
    match to {
        Grantee::User(user) => name(*user, users),
        Grantee::Section(section) => format!("{section}（課）"),
    }
}
