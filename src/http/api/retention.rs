//! `/api/v1/holds` and `/api/v1/disposals`: shown. To decide on them needs a person, on the pages.

use super::caller::Caller;
use super::problem::Refused;
use super::record_views::keep_until;
use crate::http::app::App;
use crate::http::problem::{Problem, WebFault};
use crate::http::staff::id;
use crate::id::HoldId;
use crate::office::ports::DisposalRow;
use crate::office::records::{DisposalView, HoldView};
use crate::office::tokens::Scope;
use crate::records::HoldScope;
use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

/// A hold as it stands today.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HoldDocument {
    /// The hold.
    pub id: String,
    /// `audit`, `litigation`, `appeal` or `disclosure`.
    pub kind: &'static str,
    /// On what it lies: `record`, `file`, `class` or `description`.
    pub lies_on: &'static str,
    /// The record, the file or the class.
    pub target: Option<String>,
    /// Case number or description; withheld where the account may not see what it lies on.
    pub reason: String,
    /// When it was placed.
    #[schema(format = DateTime)]
    pub placed_at: String,
    /// The day it ended, or was ruled on or decided.
    #[schema(format = Date)]
    pub decided: Option<String>,
    /// The last day it keeps things, or `open`.
    pub keeps_until: String,
    /// Whether it keeps things today.
    pub in_force: bool,
}

/// Every hold.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HoldList {
    /// The holds, open ones first.
    pub holds: Vec<HoldDocument>,
}

/// A disposal in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DisposalLine {
    /// The disposal.
    pub id: String,
    /// The state (see the contract of states), for example `frozen`.
    pub state: String,
    /// The day it was planned for.
    #[schema(format = Date)]
    pub as_of: String,
    /// When it was frozen.
    #[schema(format = DateTime)]
    pub planned_at: String,
    /// How many record files were frozen.
    pub files: u64,
    /// The hash of the frozen list: what the approvers approve.
    pub list_hash: String,
    /// When the time for objections ends.
    #[schema(format = DateTime)]
    pub grace_ends_at: Option<String>,
    /// When the last item was destroyed or withdrawn.
    #[schema(format = DateTime)]
    pub drained_at: Option<String>,
    /// The record of the certificate.
    pub certificate: Option<String>,
}

/// Every disposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DisposalList {
    /// The disposals, the newest first.
    pub disposals: Vec<DisposalLine>,
}

/// One record file of a disposal. Its title is withheld where the account may not see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DisposalItem {
    /// The record file.
    pub file: String,
    /// The title.
    pub title: String,
    /// The state.
    pub state: String,
    /// Why it was withdrawn: codes.
    pub withdrawn_because: Vec<String>,
}

/// A disposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DisposalDocument {
    /// What lists say of it.
    #[serde(flatten)]
    pub line: DisposalLine,
    /// Its items.
    pub items: Vec<DisposalItem>,
    /// How many records were destroyed.
    pub destroyed: usize,
}

/// Every hold, open ones first
#[utoipa::path(get, path = "/holds", tag = "retention", security(("token" = ["holds:read"])),
    responses((status = 200, description = "What was asked for", body = HoldList), Refused))]
pub async fn holds(State(app): State<App>, caller: Caller) -> Result<Json<HoldList>, Problem> {
    let actor = caller.acting(Scope::HoldsRead)?;
    let holds = app.office.holds(&actor).await?.into_iter().map(HoldDocument::from).collect();
    Ok(Json(HoldList { holds }))
}

/// A hold
#[utoipa::path(get, path = "/holds/{id}", tag = "retention", security(("token" = ["holds:read"])), params(("id" = String, Path, pattern = "^[0-9a-f]{32}$")),
    responses((status = 200, description = "What was asked for", body = HoldDocument), Refused))]
pub async fn hold(
    State(app): State<App>,
    caller: Caller,
    Path(hold): Path<String>,
) -> Result<Json<HoldDocument>, Problem> {
    let actor = caller.acting(Scope::HoldsRead)?;
    let hold: HoldId = id(&hold)?;
    let found = app.office.holds(&actor).await?.into_iter().find(|view| view.hold.id == hold);
    Ok(Json(found.ok_or(WebFault::NoPage)?.into()))
}

/// Every disposal, the newest first
#[utoipa::path(get, path = "/disposals", tag = "retention", security(("token" = ["disposals:read"])),
    responses((status = 200, description = "What was asked for", body = DisposalList), Refused))]
pub async fn disposals(State(app): State<App>, caller: Caller) -> Result<Json<DisposalList>, Problem> {
    let actor = caller.acting(Scope::DisposalsRead)?;
    let disposals = app.office.disposals(&actor).await?.iter().map(DisposalLine::from).collect();
    Ok(Json(DisposalList { disposals }))
}

/// A disposal with its items
#[utoipa::path(get, path = "/disposals/{id}", tag = "retention", security(("token" = ["disposals:read"])), params(("id" = String, Path, pattern = "^[0-9a-f]{32}$")),
    responses((status = 200, description = "What was asked for", body = DisposalDocument), Refused))]
pub async fn disposal(
    State(app): State<App>,
    caller: Caller,
    Path(disposal): Path<String>,
) -> Result<Json<DisposalDocument>, Problem> {
    let actor = caller.acting(Scope::DisposalsRead)?;
    Ok(Json(app.office.disposal(&actor, id(&disposal)?).await?.into()))
}

impl From<HoldView> for HoldDocument {
    fn from(view: HoldView) -> Self {
        let hold = view.hold;
        let (lies_on, target) = match &hold.scope {
            HoldScope::Record(record) => ("record", Some(record.to_string())),
            HoldScope::File(file) => ("file", Some(file.to_string())),
            HoldScope::Class(class) => ("class", Some(class.to_string())),
            HoldScope::Predicate(_) => ("description", None),
        };
        Self {
            id: hold.id.to_string(),
            kind: hold.kind.word(),
            lies_on,
            target,
            reason: hold.reason,
            placed_at: hold.placed_at.to_string(),
            decided: hold.decided.map(|day| day.to_string()),
            keeps_until: keep_until(view.keeps_until),
            in_force: view.in_force,
        }
    }
}

impl From<&DisposalRow> for DisposalLine {
    fn from(row: &DisposalRow) -> Self {
        Self {
            id: row.plan.id.to_string(),
            state: row.state.word().to_owned(),
            as_of: row.plan.as_of.to_string(),
            planned_at: row.planned_at.to_string(),
            files: row.files,
            list_hash: row.plan.list_hash.to_string(),
            grace_ends_at: row.grace_ends_at.map(|at| at.to_string()),
            drained_at: row.drained_at.map(|at| at.to_string()),
            certificate: row.certificate.map(|record| record.to_string()),
        }
    }
}

impl From<DisposalView> for DisposalDocument {
    fn from(view: DisposalView) -> Self {
        let items = view.items.into_iter().map(|one| DisposalItem {
            file: one.item.item.file.to_string(),
            title: one.register.title,
            state: one.item.state.word().to_owned(),
            withdrawn_because: one.item.withdrawn_because,
        });
        Self { line: (&view.row).into(), items: items.collect(), destroyed: view.tombstones.len() }
    }
}
