//! `/notices/{id}`: one notice, its history, and what this person may do with it now.

use crate::http::action::{Action, Step, way};
use crate::http::app::App;
use crate::http::choices::{Choices, Narrowed, open_files};
use crate::http::left::Left;
use crate::http::notice_offers::{self, Offers};
use crate::http::notice_words::{WAY, effect, event, flag_words, next_step, place, present_state};
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Event, Fact};
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::show::{Tag, date, time};
use crate::http::staff::{Staff, id};
use crate::http::{consents, download, outbox, upgrades};
use crate::id::{NoticeId, UserId};
use crate::office::notices::{
    Contact, Delivery, Effect, Issued, Notice, NoticeState, NoticeSummary, NoticeView, PaperDelivery,
};
use crate::office::{NoticeType, Role};
use crate::time::Instant;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage {
    page: Page,
    base: String,
    subject: String,
    state: Tag,
    steps: Vec<Step>,
    /// Who acts next, and how; empty where nobody has to.
    next: (&'static str, &'static str),
    /// Why it was returned, while it waits for its drafter.
    returned: String,
    /// Whether it waits for this person's seal, which is made from the desk.
    may_seal: bool,
    /// Other notices that are the same PDF, while that can be mended: address and words.
    same: Vec<(String, String)>,
    link: Option<Link>,
    facts: Vec<Fact>,
    /// Where a draft is changed, for whoever drafted it.
    change: Option<String>,
    /// Whether its first page is shown.
    shows_page: bool,
    hash: String,
    files: Narrowed,
    actions: Vec<Action>,
    events: Vec<Event>,
}

/// What the recipient is to be told, shown once.
#[derive(Clone, Serialize, Deserialize)]
pub struct Link {
    /// The address of the recipient's page, here.
    pub path: String,
    /// The same as the recipient types it, where the service knows its public address.
    pub address: String,
    /// The collection code.
    pub code: Zeroizing<String>,
    /// Whether the link is mailed.
    pub mailed: bool,
    /// Whether the code is mailed, too.
    pub code_mailed: bool,
}

impl Link {
    /// Shows what was just issued.
    pub fn of(app: &App, issued: &Issued) -> Self {
        let path = format!("/r/{}", *issued.link);
        let public = app.office.public_url().unwrap_or_default().trim_end_matches('/');
        Self {
            address: format!("{public}{path}"),
            path,
            code: issued.code.clone(),
            mailed: issued.mailed,
            code_mailed: issued.code_mailed,
        }
    }
}

/// Names of staff by account.
pub type Names = BTreeMap<UserId, String>;

/// `GET /notices/{id}`: one notice; with the recipient's link and code, once, where it was just issued in this browser.
pub async fn notice(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let id: NoticeId = id(&text)?;
    let view = app.office.notice(&staff.actor, id).await?;
    let offers = offers(&app, &staff, &view, asked.text("q")).await?;
    let link = match app.take(staff.cookie(), &path_of(id)).await? {
        Some(Left::Link(link)) => Some(*link),
        _ => None,
    };
    let (notice, names) = (&view.notice, &view.names);
    let is_over = notice.state == NoticeState::Discarded;
    let consented = notice.consent.as_ref().is_some_and(|consent| consent.is_valid());
    show(&NoticePage {
        page: staff.page(&app, "通知", "Notice", "/desk"),
        base: path_of(id),
        subject: notice.subject.clone(),
        state: present_state(notice.state, &notice.effect),
        steps: if is_over { Vec::new() } else { way(WAY, place(notice.state)) },
        next: if notice.is_in_force() { next_step(notice.state, consented) } else { ("", "") },
        returned: returned(notice),
        may_seal: view.summary.may_seal,
        same: same_file(&app, &staff, &view).await?,
        link,
        facts: facts(&view, app.clock.now()),
        change: change(&view),
        shows_page: place(notice.state) <= place(NoticeState::Approved),
        hash: view.summary.sha256.to_string(),
        files: offers.files.clone(),
        actions: notice_offers::offered(&app, &staff, &view, offers),
        events: notice.history.iter().rev().map(|one| happened(one, names)).collect(),
    })
}

/// Returns the reason of the latest return, while the notice waits for its drafter.
fn returned(notice: &Notice) -> String {
    let is_returned = notice.state == NoticeState::Returned;
    let latest = notice.history.iter().rev().find(|one| is_returned && one.what == "notice.returned");
    latest.map_or_else(String::new, |one| one.comment.clone())
}

/// Lists the other notices of the same bytes: before the seal that is most often a wrong file.
async fn same_file(app: &App, staff: &Staff, view: &NoticeView) -> Result<Vec<(String, String)>, Problem> {
    if place(view.notice.state) > place(NoticeState::Approved) {
        return Ok(Vec::new());
    }
    let all = app.office.notices(&staff.actor).await?;
    Ok(same_as(&view.summary, &all).map(|other| (path_of(other.id), called(other))).collect())
}

/// Finds the other notices of the same bytes; not those that were given up.
pub fn same_as<'a>(one: &'a NoticeSummary, all: &'a [NoticeSummary]) -> impl Iterator<Item = &'a NoticeSummary> {
    let is_same = |other: &&NoticeSummary| other.id != one.id && other.sha256 == one.sha256;
    all.iter().filter(is_same).filter(|other| other.state != NoticeState::Discarded)
}

/// Calls a notice by its number, where it has one, and its subject.
pub fn called(notice: &NoticeSummary) -> String {
    let number = notice.number.as_ref().or(notice.reserved_number.as_ref());
    format!("{}「{}」（{}）", number.map_or("", String::as_str), notice.subject, notice.recipient)
}

/// Returns the address of a notice's page.
pub fn path_of(id: NoticeId) -> String {
    format!("/notices/{id}")
}

/// `GET /notices/{id}/pdf`: the PDF as it stands, sealed where it is sealed.
pub async fn pdf(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    let notice: NoticeId = id(&text)?;
    let view = app.office.notice(&staff.actor, notice).await?;
    let name = view.notice.number.unwrap_or_else(|| format!("起案-{notice}"));
    Ok(download::pdf(&format!("{name}.pdf"), app.office.notice_pdf(&staff.actor, notice).await?))
}

fn change(view: &NoticeView) -> Option<String> {
    let notice = &view.notice;
    let open = view.summary.own && matches!(notice.state, NoticeState::Draft | NoticeState::Returned);
    let page = if notice.typeset.is_some() { "typeset" } else { "edit" };
    open.then(|| format!("/notices/{}/{page}", notice.id))
}

fn happened(one: &crate::office::notices::NoticeEvent, names: &Names) -> Event {
    let (ja, en) = event(&one.what);
    let who = one.by.map(|user| name(names, user)).unwrap_or_default();
    let note = [who, one.comment.clone()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("　");
    Event { when: time(one.at), ja: ja.to_owned(), en: en.to_owned(), note }
}

fn name(names: &Names, user: UserId) -> String {
    names.get(&user).cloned().unwrap_or_else(|| user.to_string())
}

/// Gathers what can be chosen from: record files while the notice is not filed, and notices that could replace it.
async fn offers(app: &App, staff: &Staff, view: &NoticeView, query: &str) -> Result<Offers, Problem> {
    let notice = &view.notice;
    let mut offers = Offers::default();
    if notice.number.is_none() || !staff.is_any(&[Role::Clerk]) {
        return Ok(offers);
    }
    if app.office.record_of_notice(&staff.actor, notice.id).await?.is_none() {
        offers.files = open_files(app, staff, query, "").await?;
    }
    if notice.effect == Effect::InForce {
        offers.successors = successors(app, staff, notice).await?;
    }
    Ok(offers)
}

async fn successors(app: &App, staff: &Staff, notice: &Notice) -> Result<Choices, Problem> {
    let fits = |other: &NoticeSummary| {
        other.id != notice.id && other.recipient == notice.recipient && other.effect == Effect::InForce
    };
    let others = app.office.notices(&staff.actor).await?.into_iter().filter(fits);
    let issued = others
        .filter_map(|other| other.number.map(|number| (other.id.to_string(), format!("{number}　{}", other.subject))));
    Ok(issued.collect())
}

/// Says who approved at which step, and which steps are still to come.
fn approvals(notice: &Notice, kind: Option<&NoticeType>, names: &Names) -> String {
    let done = notice.approvals.iter().map(|one| {
        let in_place = one.in_place_of.as_ref().map_or_else(String::new, |of| format!("（代決：{of}）"));
        format!("{}{}{in_place}", one.step, name(names, one.by)).trim().to_owned()
    });
    let steps = kind.map_or(&[][..], |kind| &kind.approvals);
    let to_come = steps.iter().skip(notice.approvals.len()).map(|step| format!("{step}（未）"));
    let is_open = matches!(notice.state, NoticeState::Draft | NoticeState::Returned | NoticeState::Submitted);
    let ways: Vec<String> = done.chain(to_come.filter(|_| is_open)).collect();
    match (ways.is_empty(), notice.approver) {
        // One of before there were steps.
        (true, Some(user)) => name(names, user),
        _ => ways.join(" → "),
    }
}

fn number(notice: &Notice) -> String {
    match (&notice.number, &notice.reserved_number) {
        (Some(number), _) => number.clone(),
        (None, Some(number)) if notice.voided_number().is_some() => format!("{number}（欠番）"),
        (None, Some(number)) => format!("{number}（施行前）"),
        (None, None) if notice.state == NoticeState::Discarded => "なし".to_owned(),
        (None, None) if notice.typeset.is_some() => "決裁に回すときに付きます".to_owned(),
        (None, None) => "施行のときに付きます".to_owned(),
    }
}

fn facts(view: &NoticeView, now: Instant) -> Vec<Fact> {
    let (notice, names, kind) = (&view.notice, &view.names, view.kind.as_ref());
    let basis = kind.map_or("", |kind| kind.legal_basis.as_str());
    let mut facts = vec![
        ("文書番号", "Number", Cell::text(number(notice))),
        ("通知種別", "Type", Cell::text(kind.map_or(notice.kind.clone(), |kind| kind.name.clone()))),
        ("根拠法令", "Legal basis", Cell::text(basis)),
        ("受取人", "Recipient", Cell::text(notice.recipient.clone())),
    ];
    if !notice.flags.is_empty() {
        let words = notice.flags.iter().map(|flag| flag_words(*flag).0.to_owned());
        facts.push(("取扱い", "Handling", Cell::Lines(words.collect())));
    }
    let mut text = |ja, en, value: &str| {
        if !value.is_empty() {
            facts.push((ja, en, Cell::text(value)));
        }
    };
    text("処分の理由", "Reasons", &notice.reasons);
    text("教示", "Appeal instructions", &notice.appeal_instructions);
    text("起案", "Drafted by", &format!("{}　{}", notice.section, name(names, notice.drafter)));
    text("決裁", "Approved by", &approvals(notice, kind, names));
    text("公印", "Sealed by", &notice.seal_keeper.map_or_else(String::new, |user| name(names, user)));
    facts.push(("起案PDFのSHA-256", "Hash of the draft", Cell::mono(&notice.draft_sha256)));
    if let Some(hash) = &notice.approved_sha256 {
        facts.push(("承認されたSHA-256", "Approved hash", Cell::mono(hash)));
    }
    if let Some(confirmation) = notice.confirmation() {
        facts.push(("確認番号（紙に示すもの）", "Confirmation number", Cell::mono(confirmation)));
    }
    if let Some(hash) = &notice.sealed_sha256 {
        facts.push(("公印付きPDFのSHA-256", "Hash of the sealed file", Cell::mono(hash)));
    }
    if let Some(upgraded) = notice.upgrades.last() {
        facts.push(("延長後のPDFのSHA-256", "Hash of the extended file", Cell::mono(&upgraded.sha256)));
    }
    if let Some(upgrade) = &notice.upgrade {
        let words = vec![upgrades::wanted(upgrade), upgrades::latest(upgrade, now)];
        facts.push(("長期署名への延長", "Upgrade due", Cell::Lines(words)));
    }
    let consents = || notice.consent.iter().chain(notice.earlier_consents.iter().rev());
    if consents().next().is_some() {
        facts.push(("電子交付への同意", "Consent", Cell::Lines(consents().map(consents::told).collect())));
    }
    facts.extend(view.contact.as_ref().map(contact));
    if let Some(day) = notice.issued_on {
        facts.push(("施行日", "Issued on", Cell::unbroken(date(day))));
    }
    facts.extend(notice.delivery.iter().map(|delivery| ("交付の状況", "Delivery", Cell::Lines(delivered(delivery)))));
    facts.extend(notice.paper.iter().map(|paper| ("紙での交付", "On paper", Cell::Lines(on_paper(paper)))));
    if !notice.mails.is_empty() {
        facts.push(("メール", "Mails", Cell::Lines(notice.mails.iter().map(outbox::told).collect())));
    }
    if place(notice.state) > place(NoticeState::Sealed) {
        facts.push(("現在の効力", "Present effect", Cell::Tag(effect(&notice.effect).tag)));
    }
    facts
}

fn contact(contact: &Contact) -> Fact {
    let mut lines: Vec<String> = contact.email.iter().map(|email| email.as_str().to_owned()).collect();
    if let Some(postal) = &contact.postal {
        lines.push(format!("〒{}　{}", postal.postcode, postal.lines.join("　")));
    }
    ("連絡先", "Reached at", Cell::Lines(lines))
}

/// Lists how far the delivery on paper is.
fn on_paper(paper: &PaperDelivery) -> Vec<String> {
    let mut lines = vec!["紙の通知書が正式なものです。電子ファイルは正式な交付ではありません。".to_owned()];
    lines.extend(paper.decided_at.map(|at| format!("紙への切替：{}", time(at))));
    lines.extend(paper.package.map(|_| "印刷に回しました".to_owned()));
    lines.extend(paper.printed_on.map(|day| format!("印刷：{}", date(day))));
    lines.extend(paper.posted_on.map(|day| format!("発送：{}", date(day))));
    lines
}

/// Lists each step of the delivery by itself; an upload alone is never shown as arrival (N3).
fn delivered(delivery: &Delivery) -> Vec<String> {
    let steps = [
        ("リンクの交付", Some(delivery.sent_at)),
        ("受取可能", delivery.available_at),
        ("最初の閲覧", delivery.first_viewed_at),
        ("ダウンロードの完了", delivery.downloaded_at),
        ("受取人による受取の確認", delivery.receipt_confirmed_at),
        ("到達", delivery.arrived_at),
    ];
    let mut lines: Vec<String> =
        steps.into_iter().filter_map(|(word, at)| at.map(|at| format!("{word}：{}", time(at)))).collect();
    lines.extend(delivery.sent_again_at.iter().map(|at| format!("再交付（新しいリンク）：{}", time(*at))));
    lines.push(format!("取得期限：{}", date(delivery.collect_by)));
    lines
}
