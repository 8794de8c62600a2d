//! `/audit`: whether the ledger holds together, what the seal was used for, and its entries, page by page.

use crate::http::app::App;
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::show::{Tag, exact, time};
use crate::http::staff::Staff;
use crate::ledger::Entry;
use crate::office::OfficeError;
use crate::office::notices::SealUse;
use crate::time::Date;
use crate::wording;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use std::collections::BTreeMap;

/// Entries and uses of the seal shown at once.
const SHOWN: u32 = 50;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    page: Page,
    state: Tag,
    words: String,
    facts: Vec<Fact>,
    seals: Table,
    entries: Table,
    /// What was asked for: a subject, or a day.
    about: String,
    until: String,
    /// Where newer and older entries are; empty where there are none.
    newer: String,
    older: String,
}

/// `GET /audit`: the newest entries; those before a place, or up to a day; or all about a subject.
pub async fn audit(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let (about, until) = (asked.text("about").to_owned(), asked.text("until").to_owned());
    let before = match (asked.text("before"), until.parse::<Date>()) {
        ("", Ok(day)) => Some(app.office.place_after_day(&staff.actor, day).await?),
        (text, _) => text.parse::<u32>().ok().map(u64::from),
    };
    let entries = match about.as_str() {
        "" => app.office.entries_before(&staff.actor, before, SHOWN).await?,
        subject => app.office.entries_about(&staff.actor, subject).await?,
    };
    let uses = app.office.seal_uses(&staff.actor, SHOWN).await?;
    let users = app.office.users().await?.into_iter();
    let names = users.map(|user| (user.id.to_string(), user.name)).collect();
    let page = staff.page(&app, "台帳・監査", "Ledger and audit", "/audit");
    let (state, words, facts) = match app.office.verify_ledger(Vec::new()).await {
        Ok(end) => {
            let words = format!("全{}件のつながり（ハッシュ連鎖）を、先頭から確かめました。", end.seq);
            let facts = vec![
                ("確かめた日時", "Checked at", Cell::text(exact(end.at))),
                ("末尾のハッシュ値", "Hash of the end", Cell::mono(end.hash)),
                ("最後に封じたチェックポイント", "Last sealed checkpoint", last_checkpoint(&app).await),
            ];
            (Tag::new("good", "✓", "台帳に欠落・改変はありません", "The ledger holds together"), words, facts)
        }
        Err(OfficeError::Ledger(fault)) => {
            let words = format!("{}　{fault}", Problem::of(&fault).japanese());
            (Tag::new("bad", "✕", "台帳のつながりが切れています", "The ledger is broken"), words, Vec::new())
        }
        Err(fault) => return Err(fault.into()),
    };
    let (newer, older) = if about.is_empty() { ways(&entries, before) } else { Default::default() };
    let entries = table(&entries, &names);
    show(&AuditPage { page, state, words, facts, seals: seals(&uses), entries, about, until, newer, older })
}

/// Returns the addresses of newer and older entries.
fn ways(entries: &[Entry], before: Option<u64>) -> (String, String) {
    let newer = before.map_or_else(String::new, |place| format!("/audit?before={}#entries", place + u64::from(SHOWN)));
    let first = entries.last().map_or(1, |entry| entry.seq);
    let older = if first > 1 { format!("/audit?before={first}#entries") } else { String::new() };
    (newer, older)
}

/// Says up to where the service has signed the ledger, and since when that is proven.
async fn last_checkpoint(app: &App) -> Cell {
    let sealed = match app.office.newest_checkpoint().await {
        Ok(Some(sealed)) => sealed,
        Ok(None) => return Cell::text("まだありません。"),
        Err(fault) => return Cell::text(Problem::of(&fault).japanese()),
    };
    let witness = sealed.sealed.witness(&app.office.judge(), app.office.now());
    let proven = witness.proven_at.map_or("時刻の証明なし".to_owned(), |at| format!("{} の証明あり", exact(at)));
    Cell::text(format!("{}号まで（{proven}、署名者 {}）", sealed.checkpoint.seq, witness.signer))
}

fn table(entries: &[Entry], names: &BTreeMap<String, String>) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("号", "No."),
        ("日時", "When"),
        ("行為", "Deed"),
        ("行為者", "By"),
        ("対象", "Subject"),
        ("ハッシュ値", "Hash"),
    ];
    let row = |entry: &Entry| {
        let hash: String = entry.hash.to_string().chars().take(16).collect();
        vec![
            Cell::number(entry.seq),
            Cell::unbroken(time(entry.at)),
            deed(entry.verb.as_str()),
            who(entry.actor.as_str(), names),
            subject(entry, names),
            Cell::mono(format!("{hash}…")),
        ]
    };
    let caption = match (entries.first(), entries.last()) {
        (Some(newest), Some(oldest)) => {
            format!("{}号から{}号まで、新しい順に{}件", newest.seq, oldest.seq, entries.len())
        }
        _ => String::new(),
    };
    Table::new(HEAD, entries.iter().map(row).collect(), "記載はありません。").captioned(caption)
}

/// Says what was done, with the ledger's own word below.
fn deed(verb: &str) -> Cell {
    let said = wording::ja(&format!("ledger-{verb}")).unwrap_or_default();
    Cell::Lines(vec![said.to_owned(), verb.to_owned()])
}

/// Names who did it: a member of staff by the name of today.
fn who(actor: &str, names: &BTreeMap<String, String>) -> Cell {
    match actor {
        "system" => Cell::text("本システム"),
        "recipient" => Cell::text("受取人"),
        _ => names.get(actor).map_or_else(|| Cell::mono(short(actor)), Cell::text),
    }
}

/// Leads to what it was done to, where that has a page for auditors.
fn subject(entry: &Entry, names: &BTreeMap<String, String>) -> Cell {
    let text = entry.subject.as_str();
    let (kind, deed) = entry.verb.as_str().split_once('.').unwrap_or_default();
    let is_identifier = text.len() == 32 && text.bytes().all(|c| c.is_ascii_hexdigit());
    let place = match (kind, deed) {
        ("notice", _) => "/notices",
        // What becomes of one file on a list is told of the file.
        ("file", _) | ("disposal", "withdrawn" | "claimed" | "destroyed") => "/records/files",
        ("record", _) => "/records",
        ("disposal", _) => "/disposals",
        ("user", _) => return names.get(text).map_or_else(|| Cell::mono(short(text)), Cell::text),
        _ => return Cell::mono(short(text)),
    };
    if is_identifier { Cell::link(format!("{place}/{text}"), short(text)) } else { Cell::mono(short(text)) }
}

/// Shortens an identifier to what tells it from others on one page.
fn short(text: &str) -> String {
    if text.len() > 16 && text.is_ascii() { format!("{}…", &text[..12]) } else { text.to_owned() }
}

fn seals(uses: &[SealUse]) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("日時", "When"),
        ("通知・文書", "For"),
        ("水準", "Level"),
        ("証明書の番号", "Certificate"),
        ("公印付きPDFのSHA-256", "Hash"),
    ];
    let row = |one: &SealUse| {
        vec![
            Cell::unbroken(time(one.at)),
            Cell::mono(short(&one.subject)),
            Cell::text(one.level.to_uppercase()),
            Cell::mono(short(&one.certificate)),
            Cell::mono(&one.after),
        ]
    };
    Table::new(HEAD, uses.iter().map(row).collect(), "電子公印はまだ使われていません。")
}
