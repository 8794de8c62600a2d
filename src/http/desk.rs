//! `/desk`: what waits for the signed-in person, and the batch release of the seal.

use crate::http::app::App;
use crate::http::batches;
use crate::http::notice_words::state;
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Table};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::show::{Tag, time};
use crate::http::staff::Staff;
use crate::office::Role;
use crate::office::notices::{NoticeState, NoticeSummary, SealOutcome};
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    page: Page,
    can_draft: bool,
    sections: Vec<Section>,
    to_seal: Vec<ToSeal>,
    upgrades: usize,
    /// Mails that wait; none for those who see no notices.
    outbox: Option<usize>,
    batches: Table,
    sees_batches: bool,
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
    people: String,
}

#[derive(Template)]
#[template(path = "sealed.html")]
struct SealedPage {
    page: Page,
    table: Table,
}

/// `GET /desk`
pub async fn desk(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let page = staff.page(&app, "担当業務", "Desk", "/desk");
    if !staff.is_any(SEERS) {
        let (sections, to_seal) = (Vec::new(), Vec::new());
        let batches = Table::default();
        let sees_batches = batches::are_seen_by(&staff);
        return show(&DeskPage {
            page,
            can_draft: false,
            sections,
            to_seal,
            upgrades: 0,
            outbox: None,
            batches,
            sees_batches,
        });
    }
    let notices = app.office.notices(&staff.actor).await?;
    show(&DeskPage {
        page,
        can_draft: staff.is_any(&[Role::Clerk]),
        sections: sections(&staff, &notices),
        to_seal: notices.iter().filter(|notice| notice.may_seal).map(to_seal).collect(),
        upgrades: app.office.pending_upgrades(&staff.actor).await?.len(),
        outbox: Some(app.office.outbox(&staff.actor).await?.len()),
        batches: batches::unfinished(&app, &staff).await?,
        sees_batches: batches::are_seen_by(&staff),
    })
}

/// `POST /desk/seal`: releases the seal for what was ticked, each with the hash that was shown.
pub async fn seal(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let items = batches::chosen(&posted)?;
    if items.is_empty() {
        return Err(WebFault::NothingChosen.into());
    }
    let outcomes = app.office.seal(&staff.actor, items).await?;
    let page = staff.page(&app, "電子公印の付与の結果", "Result of sealing", "/desk");
    show(&SealedPage { page, table: outcome_table(&outcomes) })
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
    if staff.is_any(&[Role::Approver]) {
        add("approve", "決裁待ち", "To approve", "決裁を待っている通知はありません。", &|n| {
            n.may_approve
        });
    }
    if staff.is_any(&[Role::Clerk]) {
        add("drafts", "起案中・差戻し", "Drafts", "起案中の通知はありません。", &|n| {
            matches!(n.state, S::Draft | S::Returned) && n.own
        });
        add("issue", "施行待ち", "To issue", "施行を待っている通知はありません。", &|n| {
            n.may_issue
        });
    }
    add("way", "回付中", "On their way", "回付中の通知はありません。", &|n| {
        matches!(n.state, S::Submitted | S::Approved) && !n.may_approve && !n.may_seal
    });
    add("arrivals", "交付・到達の状況", "Deliveries", "交付した通知はありません。", &|n| {
        matches!(n.state, S::Issued | S::Available | S::Arrived | S::ToPaper)
    });
    sections
}

fn row(notice: &NoticeSummary) -> Vec<Cell> {
    let latest = notice.changed_at.map_or_else(String::new, time);
    vec![
        Cell::text(notice.number.clone().unwrap_or_else(|| "－".into())),
        Cell::link(format!("/notices/{}", notice.id), notice.subject.clone()),
        Cell::Tag(state(notice.state)),
        Cell::text(latest),
    ]
}

fn to_seal(notice: &NoticeSummary) -> ToSeal {
    ToSeal {
        id: notice.id.to_string(),
        hash: notice.sha256.to_string(),
        subject: notice.subject.clone(),
        people: format!("{} → {}", notice.drafter, notice.approver.as_deref().unwrap_or("－")),
    }
}

fn outcome_table(outcomes: &[SealOutcome]) -> Table {
    const HEAD: &[(&str, &str)] =
        &[("通知", "Notice"), ("結果", "Result"), ("公印付きPDFのSHA-256・理由", "Hash, or why not")];
    let row = |outcome: &SealOutcome| {
        let link = Cell::link(format!("/notices/{}", outcome.id), "通知を開く");
        match &outcome.result {
            Ok(hash) => vec![link, Cell::Tag(Tag::new("good", "✓", "付与しました", "Sealed")), Cell::mono(hash)],
            Err(fault) => {
                let why = Problem::of(fault);
                vec![link, Cell::Tag(Tag::new("bad", "✕", "付与できません", "Not sealed")), Cell::text(why.japanese())]
            }
        }
    };
    Table::new(HEAD, outcomes.iter().map(row).collect(), "何も選ばれていません。")
}
