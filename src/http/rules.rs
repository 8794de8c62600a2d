//! `/rules`: the retention rules in force, what others would mean for the files there are, and the way to load them (R1).

use crate::digest::Sha256Hex;
use crate::http::app::App;
use crate::http::faults::Faults;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::posted::{Posted, RULES};
use crate::http::problem::{Problem, WebFault};
use crate::http::show::{Tag, date, date_or};
use crate::http::staff::{Staff, id};
use crate::office::records::{EffectQuestion, MovedFile, RulesEffect, WaitingRules};
use crate::records::{RecordsError, RuleChange, RuleDifference, RuleFile, RuleSet};
use crate::wording;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "rules.html")]
struct RulesPage {
    page: Page,
    facts: Vec<Fact>,
    waiting: Vec<WaitingRules>,
    may_load: bool,
    faults: Faults,
    text: String,
}

#[derive(Template)]
#[template(path = "what_if.html")]
struct WhatIfPage {
    page: Page,
    facts: Vec<Fact>,
    classes: Table,
    files: Table,
    kinds: Vec<Kind>,
    /// What the button for the next page sends; empty on the last.
    next: String,
    may_load: bool,
    shortens: bool,
    hash: String,
    text: String,
}

/// A button that shows the files of one kind.
struct Kind {
    word: &'static str,
    ja: &'static str,
    en: &'static str,
    count: u64,
    is_shown: bool,
}

/// Files on one page.
const ROWS: usize = 100;
/// Faults of a rule file that are told at once.
const MOST_FAULTS: usize = 50;

/// The ways in which a rule set can treat a file otherwise: word, Japanese, English.
const KINDS: [(RuleChange, &str, &str, &str); 3] = [
    (RuleChange::Shorter, "shorter", "短くなる", "Shorter"),
    (RuleChange::Unclear, "unclear", "どちらとも言えない", "Unclear"),
    (RuleChange::Longer, "longer", "長くなる", "Longer"),
];

/// `GET /rules`
pub async fn rules(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    rules_page(&app, &staff, String::new(), Faults::default()).await
}

/// `POST /rules/what-if`: what a rule set would mean; changes nothing.
pub async fn what_if(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let Some(text) = given(&posted)? else {
        let mut faults = Faults::default();
        faults.add(RULES, "規則集のファイルを選ぶか、内容を貼り付けてください。", "Choose or paste a rule set.");
        return rules_page(&app, &staff, String::new(), faults).await;
    };
    let set = match sound(&text) {
        Ok(set) => set,
        Err(faults) => return rules_page(&app, &staff, text, faults).await,
    };
    let (word, after) = posted.text("go").split_once(':').unwrap_or(("shorter", ""));
    let known = KINDS.into_iter().find(|kind| kind.1 == word);
    let (change, ..) = known.ok_or(WebFault::BadField("go"))?;
    let after = if after.is_empty() { None } else { Some(id(after)?) };
    let question = EffectQuestion { change, after, most: ROWS };
    let effect = app.office.effect_of_rules(&staff.actor, &set, question).await?;
    show(&WhatIfPage {
        page: staff.page(&app, "規則を変えた場合", "What if the rules were others", "/records"),
        facts: facts(&set, &effect),
        classes: classes(&set, &effect.differences),
        files: files(&set, &effect.moved),
        kinds: kinds(&effect, change),
        next: effect.next.map_or_else(String::new, |next| format!("{word}:{next}")),
        may_load: staff.disposes(),
        shortens: effect.differences.iter().any(|one| one.change != RuleChange::Longer),
        hash: Sha256Hex::of(text.as_bytes()).to_string(),
        text,
    })
}

/// `POST /rules/load`: loads the rule set of the hash that was shown as a new version.
pub async fn load(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let text = given(&posted)?.ok_or(WebFault::BadField(RULES))?;
    if Sha256Hex::of(text.as_bytes()) != posted.hash()? {
        return Err(WebFault::BadField("hash").into());
    }
    let loaded = app.office.load_rules(&staff.actor, &text).await?;
    Ok(go_done("/rules", if loaded.acts { "rules-loaded" } else { "rules-wait" }))
}

/// `POST /rules/approve`: approves the waiting version of the hash that was shown.
pub async fn approve(State(app): State<App>, staff: Staff, posted: Posted) -> Result<Response, Problem> {
    let (set, version, hash) = (posted.text("set"), posted.text("version"), posted.hash()?);
    let acts = app.office.approve_rules(&staff.actor, set, version, &hash).await?;
    Ok(go_done("/rules", if acts { "rules-act" } else { "rules-approved" }))
}

/// Returns the rule set that was sent: the file, else what was pasted. A form sends every line's end as CR LF, so ends
/// are written one way; else a file and what the next page sends of it would have two hashes.
fn given(posted: &Posted) -> Result<Option<String>, Problem> {
    let text = match posted.file("file") {
        Some(file) => std::str::from_utf8(&file.bytes).map_err(|_| WebFault::BadField("file"))?,
        None => posted.raw(RULES),
    };
    let text = text.replace("\r\n", "\n");
    Ok(Some(text).filter(|text| !text.trim().is_empty()))
}

/// Reads a rule set, or tells everything that is wrong with it.
fn sound(text: &str) -> Result<RuleSet, Faults> {
    let mut faults = Faults::default();
    let unreadable = |error: &RecordsError| Faults::of(RULES, &Problem::of(error));
    let file = RuleFile::read(text).map_err(|error| unreadable(&error))?;
    for finding in file.findings.iter().take(MOST_FAULTS) {
        let said = wording::rule_finding(finding);
        faults.add(RULES, format!("{}行目：{}", finding.line, said.ja), finding.message.clone());
    }
    if faults.is_empty() { Ok(file.set) } else { Err(faults) }
}

async fn rules_page(app: &App, staff: &Staff, text: String, faults: Faults) -> Result<Response, Problem> {
    let facts = match app.office.rules(&staff.actor).await? {
        None => vec![("規則集", "Rule set", Cell::text("まだ読み込まれていません"))],
        Some(set) => vec![
            ("規則集", "Rule set", Cell::text(format!("{}（{}）", set.title, set.id))),
            ("版", "Version", Cell::text(set.version.clone())),
            ("適用", "For", Cell::unbroken(term(&set))),
            (
                "分類・規則",
                "Classes, rules",
                Cell::text(format!("{}・{}", set.plan.classes().count(), set.rules.len())),
            ),
        ],
    };
    show(&RulesPage {
        page: staff.page(app, "保存の規則", "Retention rules", "/records"),
        facts,
        waiting: app.office.rules_waiting(&staff.actor).await?,
        may_load: staff.disposes(),
        faults,
        text,
    })
}

fn term(set: &RuleSet) -> String {
    format!("{}から{}", date(set.effective_from), date_or(set.effective_until, ""))
}

fn facts(set: &RuleSet, effect: &RulesEffect) -> Vec<Fact> {
    let count = |number: u64| Cell::text(format!("{number}件"));
    vec![
        ("規則集", "Rule set", Cell::text(format!("{}（{}）　第{}版", set.title, set.id, set.version))),
        ("適用", "For", Cell::unbroken(term(set))),
        ("調べた文書ファイル", "Files looked at", count(effect.files)),
        ("保存が短くなるもの", "Shorter", count(effect.shorter)),
        ("長短が言えないもの", "Unclear", count(effect.unclear)),
        ("保存が長くなるもの", "Longer", count(effect.longer)),
        ("満了日が今日より前になるもの", "Over at once", count(effect.newly_over)),
    ]
}

fn change_tag(change: RuleChange) -> Tag {
    match change {
        RuleChange::Shorter => Tag::new("bad", "↓", "短くなる", "Shorter"),
        RuleChange::Unclear => Tag::new("warn", "？", "どちらとも言えない", "Unclear"),
        RuleChange::Longer => Tag::new("good", "↑", "長くなる", "Longer"),
        RuleChange::Same => Tag::new("", "＝", "同じ", "Same"),
    }
}

fn classes(set: &RuleSet, differences: &[RuleDifference]) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("分類", "Class"),
        ("作成日がこの日以後のもの", "Opened from"),
        ("いまの規則", "Rule now"),
        ("新しい規則", "New rule"),
        ("保存", "Kept"),
    ];
    let row = |one: &RuleDifference| {
        let name = set.plan.path_name(&one.class).unwrap_or_default();
        vec![
            Cell::Lines(vec![one.class.to_string(), name]),
            Cell::unbroken(date(one.from)),
            Cell::mono(&one.before),
            Cell::mono(&one.after),
            Cell::Tag(change_tag(one.change)),
        ]
    };
    let rows = differences.iter().map(row).collect();
    Table::new(HEAD, rows, "いまの規則と異なる扱いになる分類はありません。")
        .captioned(format!("{}件", differences.len()))
}

fn files(set: &RuleSet, moved: &[MovedFile]) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("分類", "Class"),
        ("文書ファイル名", "Title"),
        ("いまの満了日", "Expires on now"),
        ("新しい満了日", "Would expire on"),
    ];
    let row = |one: &MovedFile| {
        vec![
            Cell::text(set.plan.path_name(&one.class).unwrap_or_else(|| one.class.to_string())),
            Cell::link(format!("/records/files/{}", one.file), one.title.clone()),
            Cell::unbroken(date_or(one.before, "なし")),
            Cell::unbroken(date_or(one.after, "なし")),
        ]
    };
    Table::new(HEAD, moved.iter().map(row).collect(), "当てはまる文書ファイルはありません。")
}

fn kinds(effect: &RulesEffect, shown: RuleChange) -> Vec<Kind> {
    let kind = |(change, word, ja, en)| {
        let count = match change {
            RuleChange::Shorter => effect.shorter,
            RuleChange::Unclear => effect.unclear,
            _ => effect.longer,
        };
        Kind { word, ja, en, count, is_shown: change == shown }
    };
    KINDS.map(kind).into()
}
