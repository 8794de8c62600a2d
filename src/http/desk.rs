//! `/desk`: what waits for the signed-in person, and the batch release of the seal.

use crate::digest::Sha256Hex;
use crate::http::app::App;
use crate::http::awaiting;
use crate::http::batches;
use crate::http::left::{Outcome, go_to_outcome};
use crate::http::notice_words::{present_state, state};
use crate::http::notices::{called, same_as};
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Table};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::show::{Tag, time};
use crate::http::staff::Staff;
use crate::http::template_words::about;
use crate::id::NoticeId;
use crate::office::notices::{NoticeState, NoticeSummary, SealItem, SealOutcome};
use crate::office::{OfficeError, Role};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    page: Page,
    can_draft: bool,
    /// What waits for a decision of whoever is signed in, notices aside.
    awaiting: Table,
    picks: Vec<Picks>,
    sections: Vec<Section>,
    /// What waits for the seal; none for those who are no seal keepers.
    to_seal: Option<Vec<ToSeal>>,
    upgrades: usize,
    /// Mails that wait; none for those who see no notices.
    outbox: Option<usize>,
    batches: Table,
    sees_batches: bool,
}

/// Notices of which some are ticked, to be done with in one go.
struct Picks {
    id: &'static str,
    ja: &'static str,
    en: &'static str,
    words: &'static str,
    button: (&'static str, &'static str),
    items: Vec<ToSeal>,
}

struct Section {
    id: &'static str,
    ja: &'static str,
    en: &'static str,
    table: Table,
}

struct ToSeal {
    id: String,
    hash: String,
    subject: String,
    recipient: String,
    people: String,
    state: Tag,
    /// What other notices are the same PDF.
    same: Vec<String>,
}

/// `GET /desk`
pub async fn desk(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let sees_notices = staff.is_any(SEERS);
    let notices = if sees_notices { app.office.notices(&staff.actor).await? } else { Vec::new() };
    let (upgrades, outbox) = match sees_notices {
        true => {
            (app.office.pending_upgrades(&staff.actor).await?.len(), Some(app.office.outbox(&staff.actor).await?.len()))
        }
        false => (0, None),
    };
    show(&DeskPage {
        page: staff.page(&app, "担当業務", "Desk", "/desk"),
        can_draft: staff.is_any(&[Role::Clerk]),
        awaiting: awaiting::table(&app, &staff, &notices).await?,
        picks: if sees_notices { picks(&staff, &notices) } else { Vec::new() },
        sections: if sees_notices { sections(&staff, &notices) } else { Vec::new() },
        to_seal: staff
            .is_any(&[Role::SealKeeper])
            .then(|| notices.iter().filter(|notice| notice.may_seal).map(|one| to_seal(one, &notices)).collect()),
        upgrades,
        outbox,
        batches: batches::unfinished(&app, &staff).await?,
        sees_batches: batches::are_seen_by(&staff),
    })
}

/// `POST /desk/seal`: releases the seal for what was ticked, each with the hash that was shown.
pub async fn seal(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let outcomes = app.office.seal(&staff.actor, ticked(&posted)?).await?;
    let outcomes = outcomes.into_iter().map(|SealOutcome { id, result }| (id, result));
    let title = ("電子公印の付与の結果", "Result of sealing");
    told(&app, &staff, title, outcomes.collect(), ("付与しました", "Sealed")).await
}

/// `POST /desk/submit`: submits the drafts that were ticked, in their order; each that is refused says why.
pub async fn submit(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let mut outcomes = Vec::new();
    for item in ticked(&posted)? {
        let submitted = app.office.submit(&staff.actor, item.id).await;
        outcomes.push((item.id, submitted.map(|notice| notice.draft_sha256)));
    }
    let title = ("決裁に回した結果", "Result of submitting");
    told(&app, &staff, title, outcomes, ("決裁に回しました", "Submitted")).await
}

/// `POST /desk/approve`: approves what was ticked, each with the hash that was shown (N18).
pub async fn approve(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let mut outcomes = Vec::new();
    for item in ticked(&posted)? {
        let approved = app.office.approve(&staff.actor, item.id, &item.sha256).await;
        outcomes.push((item.id, approved.map(|_| item.sha256)));
    }
    let title = ("決裁の結果", "Result of approving");
    told(&app, &staff, title, outcomes, ("決裁しました", "Approved")).await
}

/// Sends the browser to the page that tells what came of each.
async fn told(
    app: &App,
    staff: &Staff,
    title: (&'static str, &'static str),
    outcomes: Vec<Became>,
    done: (&'static str, &'static str),
) -> Result<Response, Problem> {
    let words = (
        "一件ごとの結果です。できなかったものは、元の状態のまま残っています。",
        "One line for each; what failed stays as it was.",
    );
    let words = (words.0.to_owned(), words.1.to_owned());
    let all = app.office.notices(&staff.actor).await?;
    let subjects: BTreeMap<_, _> = all.into_iter().map(|one| (one.id, one.subject)).collect();
    let table = outcome_table(outcomes, &subjects, done);
    go_to_outcome(app, staff, Outcome { title, words, table, back: ("/desk", "担当業務", "Desk") }).await
}

fn ticked(posted: &Posted) -> Result<Vec<SealItem>, Problem> {
    let items = batches::chosen(posted)?;
    if items.is_empty() { Err(WebFault::NothingChosen.into()) } else { Ok(items) }
}

/// Who sees notices at all.
const SEERS: &[Role] = &[Role::Clerk, Role::Approver, Role::SealKeeper, Role::Auditor, Role::RecordsManager];
const HEAD: &[(&str, &str)] =
    &[("文書番号", "Number"), ("件名", "Subject"), ("状態", "State"), ("最後の動き", "Latest event")];

fn sections(staff: &Staff, notices: &[NoticeSummary]) -> Vec<Section> {
    use NoticeState as S;
    let mut sections = Vec::new();
    let mut add = |id, ja, en, empty, wanted: &dyn Fn(&NoticeSummary) -> bool| {
        let rows = notices.iter().filter(|notice| wanted(notice)).map(row).collect();
        sections.push(Section { id, ja, en, table: Table::new(HEAD, rows, empty) });
    };
    if staff.is_any(&[Role::Clerk]) {
        add("issue", "施行待ち", "To issue", "施行を待っている通知はありません。", &|n| {
            n.may_issue
        });
    }
    add("way", "回付中", "On their way", "回付中の通知はありません。", &|n| {
        matches!(n.state, S::Submitted | S::Approved) && !n.may_approve && !n.may_seal
    });
    if notices.iter().any(is_left) {
        add("left", "起案者がいなくなった通知", "Left by their drafters", "", &is_left);
    }
    add("arrivals", "交付・到達の状況", "Deliveries", "交付した通知はありません。", &|n| {
        matches!(n.state, S::Issued | S::Available | S::Arrived | S::ToPaper)
    });
    let is_given_up = |n: &NoticeSummary| n.state == S::Discarded;
    if notices.iter().any(is_given_up) {
        add("given-up", "廃案・欠番", "Given up", "", &is_given_up);
    }
    sections
}

/// Tells whether a draft, or what waits for approval, is of somebody who signs in no more, and this clerk's to see to.
fn is_left(notice: &NoticeSummary) -> bool {
    let is_open = matches!(notice.state, NoticeState::Draft | NoticeState::Returned | NoticeState::Submitted);
    is_open && !notice.own && notice.may_give_up
}

/// What somebody approves, and what somebody submits.
fn picks(staff: &Staff, notices: &[NoticeSummary]) -> Vec<Picks> {
    let those = |wanted: &dyn Fn(&NoticeSummary) -> bool| {
        let mut those: Vec<_> =
            notices.iter().filter(|notice| wanted(notice)).map(|one| to_seal(one, notices)).collect();
        // In the order in which they were made, which is that of their numbers.
        those.reverse();
        those
    };
    let mut picks = Vec::new();
    if staff.is_any(&[Role::Approver]) {
        picks.push(Picks {
            id: "approve",
            ja: "決裁待ち",
            en: "To approve",
            words: "承認するのは、ここに示すハッシュ値のPDFです。紙面は件名から開いて確かめてください。",
            button: ("選んだ通知を承認する", "Approve the chosen"),
            items: those(&|notice| notice.may_approve),
        });
    }
    if staff.is_any(&[Role::Clerk]) {
        picks.push(Picks {
            id: "submit",
            ja: "起案中・差戻し",
            en: "Drafts",
            words: "様式から作った通知には、決裁に回した順に文書番号が付きます。",
            button: ("選んだ通知を決裁に回す", "Submit the chosen"),
            items: those(&|notice| matches!(notice.state, NoticeState::Draft | NoticeState::Returned) && notice.own),
        });
    }
    picks
}

fn row(notice: &NoticeSummary) -> Vec<Cell> {
    let latest = notice.changed_at.map_or_else(String::new, time);
    vec![
        Cell::text(number(notice)),
        Cell::link(format!("/notices/{}", notice.id), notice.subject.clone()),
        Cell::Tag(present_state(notice.state, &notice.effect)),
        Cell::text(latest),
    ]
}

fn number(notice: &NoticeSummary) -> String {
    let voided = notice.voided_number.as_ref().map(|number| format!("{number}（欠番）"));
    let reserved = notice.reserved_number.as_ref().map(|number| format!("{number}（施行前）"));
    notice.number.clone().or(voided).or(reserved).unwrap_or_else(|| "－".to_owned())
}

fn to_seal(notice: &NoticeSummary, all: &[NoticeSummary]) -> ToSeal {
    ToSeal {
        id: notice.id.to_string(),
        hash: notice.sha256.to_string(),
        subject: notice.subject.clone(),
        recipient: notice.recipient.clone(),
        people: match &notice.approver {
            Some(approver) => format!("{} → {approver}", notice.drafter),
            None => notice.drafter.clone(),
        },
        state: state(notice.state),
        same: same_as(notice, all).map(called).collect(),
    }
}

/// What became of a notice: the hash it was done with, or why not.
type Became = (NoticeId, Result<Sha256Hex, OfficeError>);

fn outcome_table(
    outcomes: Vec<Became>,
    subjects: &BTreeMap<NoticeId, String>,
    (ja, en): (&'static str, &'static str),
) -> Table {
    const HEAD: &[(&str, &str)] =
        &[("件名", "Subject"), ("結果", "Result"), ("PDFのSHA-256・理由", "Hash, or why not")];
    let row = |(id, result): Became| {
        let subject = subjects.get(&id).map_or("通知を開く", String::as_str);
        let link = Cell::link(format!("/notices/{id}"), subject);
        match &result {
            Ok(hash) => vec![link, Cell::Tag(Tag::new("good", "✓", ja, en)), Cell::mono(hash)],
            Err(fault) => {
                let why = why(fault);
                vec![link, Cell::Tag(Tag::new("bad", "✕", "できません", "Refused")), Cell::text(why)]
            }
        }
    };
    Table::new(HEAD, outcomes.into_iter().map(row).collect(), "何も選ばれていません。")
}

/// Says why one of several was refused, with the field where it is one's fault.
fn why(fault: &OfficeError) -> String {
    let told = if let OfficeError::Template(error) = fault { about(error) } else { None };
    told.map_or_else(|| Problem::of(fault).japanese().to_owned(), |(_, (ja, _))| ja)
}
