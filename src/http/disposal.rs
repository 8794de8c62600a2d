//! `/disposals/{id}`: one frozen list, its two approvals, the run, and the certificate.

use crate::http::action::{Action, Step, way};
use crate::http::app::App;
use crate::http::choices::{Choices, Narrowed, open_files};
use crate::http::download;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::query::Asked;
use crate::http::records;
use crate::http::show::{Tag, date, time};
use crate::http::staff::{Staff, id};
use crate::http::words;
use crate::id::UserId;
use crate::office::ports::DisposalApproval;
use crate::office::records::{DisposalItemView, DisposalView};
use crate::records::DisposalState;
use crate::wording;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::HashMap;

#[derive(Template)]
#[template(path = "disposal.html")]
struct DisposalPage {
    page: Page,
    base: String,
    state: Tag,
    steps: Vec<Step>,
    facts: Vec<Fact>,
    hash: String,
    actions: Vec<Action>,
    /// Why somebody who could else decide may not, in Japanese and English.
    barred: Option<(&'static str, &'static str)>,
    files: Narrowed,
    has_certificate: bool,
    table: Table,
}

/// `GET /disposals/{id}`
pub async fn disposal(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let view = app.office.disposal(&staff.actor, id(&text)?).await?;
    let names = app.office.users().await?.into_iter().map(|user| (user.id, user.name)).collect();
    let files = match view.row.state {
        DisposalState::Drained | DisposalState::WaitBackups => open_files(&app, &staff, asked.text("q"), "").await?,
        _ => Narrowed::default(),
    };
    show(&DisposalPage {
        page: staff.page(&app, "廃棄案", "Disposal list", "/disposals"),
        base: format!("/disposals/{text}"),
        state: words::disposal_state(view.row.state),
        steps: way(WAY, place(view.row.state)),
        facts: facts(&view, &names),
        hash: view.row.plan.list_hash.to_string(),
        actions: actions(&view, &staff, files.choices.clone()),
        barred: barred(&view, &staff),
        files,
        has_certificate: view.row.certificate.is_some(),
        table: items(&view.items),
    })
}

/// `POST /disposals/{id}/approve`: approves the list of this hash and no other.
pub async fn approve(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let hash = posted.hash()?;
    app.office.approve_disposal(&staff.actor, id(&text)?, &hash).await?;
    Ok(go_done(&format!("/disposals/{text}"), "disposal-approved"))
}

/// `POST /disposals/{id}/reject`
pub async fn reject(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    app.office.reject_disposal(&staff.actor, id(&text)?).await?;
    Ok(go_done(&format!("/disposals/{text}"), "rejected"))
}

/// `POST /disposals/{id}/run`
pub async fn run(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    _posted: Posted,
) -> Result<Response, Problem> {
    let report = app.office.run_disposal(&staff.actor, id(&text)?, MOST_FILES).await?;
    let done = match (report.waiting.is_empty(), report.braked) {
        (false, _) => "ran-waiting",
        (true, true) => "ran-braked",
        (true, false) => "ran",
    };
    Ok(go_done(&format!("/disposals/{text}"), done))
}

/// `POST /disposals/{id}/certify`: writes the certificate, seals it and files it.
pub async fn certify(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    app.office.certify_disposal(&staff.actor, id(&text)?, posted.parse("record_file")?).await?;
    Ok(go_done(&format!("/disposals/{text}"), "certified"))
}

/// `GET /disposals/{id}/certificate`
pub async fn certificate(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    let view = app.office.disposal(&staff.actor, id(&text)?).await?;
    let record = view.row.certificate.ok_or(WebFault::NoPage)?;
    let contents = app.office.read_record(&staff.actor, record).await?;
    let original = contents.originals.into_iter().next().ok_or(WebFault::NoPage)?;
    Ok(download::pdf(&format!("廃棄証明書-{text}.pdf"), original.bytes))
}

/// Files destroyed in one request; the form is offered again until nothing is left.
const MOST_FILES: usize = 200;

const WAY: &[(&str, &str)] = &[
    ("一覧確定", "Frozen"),
    ("第一承認", "Approval 1"),
    ("第二承認", "Approval 2"),
    ("猶予", "Grace"),
    ("実行", "Run"),
    ("控えの消滅", "Backups age out"),
    ("証明書", "Certificate"),
];

fn place(state: DisposalState) -> usize {
    match state {
        DisposalState::Draft | DisposalState::Rejected => 0,
        DisposalState::Frozen => 1,
        DisposalState::Approved1 => 2,
        DisposalState::Approved2 | DisposalState::Grace => 3,
        DisposalState::Running | DisposalState::Paused => 4,
        DisposalState::Drained | DisposalState::WaitBackups => 5,
        DisposalState::Certified => WAY.len(),
    }
}

fn actions(view: &DisposalView, staff: &Staff, files: Choices) -> Vec<Action> {
    if !staff.disposes() {
        return Vec::new();
    }
    let approve = Action::plain(
        "approve",
        "廃棄を承認する",
        "Approve",
        "この一覧（上のハッシュ値）の廃棄を承認します。提案者・第一承認者・第二承認者は、三人とも別の人でなければなりません。",
    );
    let reject =
        Action::plain("reject", "却下する", "Reject", "一覧を取り下げ、すべての文書を元の状態に戻します。").aside();
    let run = Action::plain("run", "廃棄を実行する", "Run", "一件ごとに、満了・保留・評価選別・承認をもう一度確かめてから、鍵と本体を消去します。消去したものは元に戻せません。").grave();
    let go_on = Action::plain("run", "廃棄を再開する", "Go on", "これまでの廃棄の結果を確かめてから、残りの廃棄を続けます。一覧の最初の部分を終えると、実行は一度だけ自動で止まります。消去したものは元に戻せません。").grave();
    let certify = Action::plain(
        "certify",
        "廃棄証明書を発行する",
        "Issue certificate",
        "控えの消滅を見届けたうえで、電子公印を付した廃棄証明書を作ります。",
    );
    let certify = certify.asking_choice("record_file", "証明書の保存先", "File it in", files);
    match view.row.state {
        DisposalState::Frozen | DisposalState::Approved1 if view.row.has_part(staff.actor.user()) => vec![reject],
        DisposalState::Frozen | DisposalState::Approved1 => vec![approve, reject],
        DisposalState::Approved2 | DisposalState::Grace => vec![run, reject],
        DisposalState::Running => vec![run],
        DisposalState::Paused => vec![go_on],
        DisposalState::Drained | DisposalState::WaitBackups => vec![certify],
        DisposalState::Draft | DisposalState::Certified | DisposalState::Rejected => Vec::new(),
    }
}

/// Says why somebody who decides about disposals is not offered the approval of this one.
fn barred(view: &DisposalView, staff: &Staff) -> Option<(&'static str, &'static str)> {
    let is_open = matches!(view.row.state, DisposalState::Frozen | DisposalState::Approved1);
    let has_part = view.row.has_part(staff.actor.user());
    match (is_open && has_part && staff.disposes(), view.row.proposer == staff.actor.user()) {
        (false, _) => None,
        (true, true) => Some((
            "立案者は承認できません。ほかの文書管理者二人の承認を待っています。",
            "Whoever proposed it does not approve it: two other records managers do.",
        )),
        (true, false) => Some((
            "あなたは第一承認者です。第二承認は、立案者でもない別の文書管理者が行います。",
            "You approved it first: a third records manager approves it now.",
        )),
    }
}

fn facts(view: &DisposalView, names: &HashMap<UserId, String>) -> Vec<Fact> {
    let row = &view.row;
    let name = |user: UserId| names.get(&user).cloned().unwrap_or_else(|| user.to_string());
    let approval = |one: &Option<DisposalApproval>| {
        one.as_ref().map_or_else(|| "未了".to_owned(), |one| format!("{}　{}", name(one.by), time(one.at)))
    };
    let mut facts = vec![
        ("一覧のハッシュ値", "List hash", Cell::mono(&row.plan.list_hash)),
        ("基準日", "As of", Cell::unbroken(date(row.plan.as_of))),
        ("提案", "Proposed", Cell::text(format!("{}　{}", name(row.proposer), time(row.planned_at)))),
        ("第一承認", "First approval", Cell::text(approval(&row.approval_1))),
        ("第二承認", "Second approval", Cell::text(approval(&row.approval_2))),
    ];
    let mut when =
        |ja, en, value: Option<crate::time::Instant>| facts.extend(value.map(|at| (ja, en, Cell::unbroken(time(at)))));
    when("猶予の終わり", "Grace ends", row.grace_ends_at);
    when("実行を終えた日時", "Run finished", row.drained_at);
    if row.braked {
        facts.push(("自動停止", "Brake", Cell::text("一覧の最初の部分を終えて、一度止まりました")));
    }
    facts.push(("廃棄済の文書", "Records destroyed", Cell::text(format!("{}件", view.tombstones.len()))));
    facts
}

fn items(items: &[DisposalItemView]) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("文書ファイル名", "Title"),
        ("満了日", "Expired on"),
        ("文書", "Records"),
        ("評価選別・審査", "Appraisal, board"),
        ("状態", "State"),
    ];
    let row = |view: &DisposalItemView| {
        let mut state = vec![];
        state.extend(view.item.withdrawn_because.iter().map(|code| wording::ja(code).unwrap_or(code).to_owned()));
        let appraised = if view.appraised { "評価選別済（廃棄可）" } else { "評価選別 未了" };
        let board = match view.board {
            (false, _) => "審査会の同意は不要",
            (true, true) => "審査会の同意済",
            (true, false) => "審査会の同意待ち",
        };
        let state = if state.is_empty() { Cell::Tag(words::item_state(view.item.state)) } else { Cell::Lines(state) };
        vec![
            records::title(&view.register),
            Cell::unbroken(date(view.item.item.expires_on)),
            Cell::number(view.item.item.members.len()),
            Cell::Lines(vec![appraised.to_owned(), board.to_owned()]),
            state,
        ]
    };
    Table::new(HEAD, items.iter().map(row).collect(), "対象はありません。")
}
