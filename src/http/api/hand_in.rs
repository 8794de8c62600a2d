//! `/api/v1/notice-batches`: many notices in one request, an answer for each. Whatever stops, the same request again leaves none out
//! and drafts none twice: each item has a key of its own, which is claimed in the transaction that drafts it.

use super::body::{Json, document};
use super::caller::Caller;
use super::notice_views::{HandIn, HandInAnswer, HandInItem, HandInResult};
use super::once::{Key, KeyHeader, once};
use super::problem::Refused;
use crate::http::app::App;
use crate::http::problem::{Problem, WebFault};
use crate::id::NoticeId;
use crate::office::Actor;
use crate::office::tokens::Scope;
use axum::extract::State;
use std::collections::BTreeSet;

/// Items of one request at most.
const MOST_ITEMS: usize = 500;

/// Hands in many notices
///
/// The answer tells of each item, in the order of the request. What was refused is not drafted; mend it and hand it in again
/// under the same item key and a new `Idempotency-Key`. The same request again gives the same notices.
#[utoipa::path(post, path = "/notice-batches", tag = "notices", security(("token" = ["notices:draft"])),
    params(KeyHeader), request_body = HandIn,
    responses((status = 200, description = "What was asked for", body = HandInAnswer), Refused))]
pub async fn hand_in(
    State(app): State<App>,
    caller: Caller,
    key: Key,
    Json(batch): Json<HandIn>,
) -> Result<axum::Json<HandInAnswer>, Problem> {
    let actor = caller.acting(Scope::NoticesDraft)?;
    let keys: BTreeSet<&str> = batch.items.iter().map(|item| item.key.as_str()).collect();
    if batch.items.is_empty() || batch.items.len() > MOST_ITEMS || keys.len() != batch.items.len() {
        return Err(WebFault::BadField("items").into());
    }
    let request = key.request(&caller, "POST /notice-batches", &batch, &[]);
    once(&app, request, async |office| office.hand_in(&actor, batch.items.len()).await).await?;
    let mut items = Vec::new();
    for item in batch.items {
        items.push(one(&app, &caller, &actor, item).await);
    }
    Ok(axum::Json(HandInAnswer { items }))
}

/// Drafts one item, and submits it where that is asked; a trouble of the service itself is told of the item, too.
async fn one(app: &App, caller: &Caller, actor: &Actor, item: HandInItem) -> HandInResult {
    let (key, submit) = (item.key.clone(), item.submit);
    let drafted = match drafted(app, caller, actor, item).await {
        Ok(notice) => notice,
        Err(problem) => return HandInResult::refused(key, &problem),
    };
    let id = Some(drafted.to_string());
    if !submit {
        return HandInResult { key, id, submitted: false, problem: None };
    }
    match submitted(app, caller, actor, &key, drafted).await {
        Ok(()) => HandInResult { key, id, submitted: true, problem: None },
        Err(problem) => HandInResult { id, ..HandInResult::refused(key, &problem) },
    }
}

async fn drafted(app: &App, caller: &Caller, actor: &Actor, item: HandInItem) -> Result<NoticeId, Problem> {
    let HandInItem { key, notice: mut draft, .. } = item;
    let pdf = document(draft.content.take(), draft.fields.is_some())?;
    let request = Key::of_item(&key)?.request(caller, "POST /notice-batches item", &draft, &pdf);
    let new = draft.with(pdf, app.office.today())?;
    let done = once(app, request, async |office| new.drafted(office, actor).await).await?;
    done.made.subject.parse().map_err(|_| WebFault::Worker.into())
}

async fn submitted(app: &App, caller: &Caller, actor: &Actor, key: &str, notice: NoticeId) -> Result<(), Problem> {
    let request = Key::of_item(key)?.step("submit").request(caller, "POST /notice-batches submit", &notice, &[]);
    once(app, request, async |office| office.submit(actor, notice).await).await?;
    Ok(())
}
