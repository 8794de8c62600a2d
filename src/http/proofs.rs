//! `/proofs`: until when the proofs of ledger and archive hold, and what must be renewed by when.

use crate::http::app::App;
use crate::http::download;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::show::{Tag, time};
use crate::http::staff::{Staff, id};
use crate::http::upgrades::latest;
use crate::office::Role;
use crate::office::notices::{NoticeProofState, NoticeProofView, NoticeProofs, ProofCounts};
use crate::office::ports::ProofKind;
use crate::office::proofs::{ProofState, ProofView, ProofsView, Proven, REHEARSED_YEARS, Rehearsal};
use crate::wording;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

/// Timestamps shown at once; all are counted.
const SHOWN: usize = 200;
/// Notices shown at once, those whose proofs end soonest.
const SHOWN_NOTICES: u32 = 100;

#[derive(Template)]
#[template(path = "proofs.html")]
struct ProofsPage {
    page: Page,
    state: Tag,
    words: String,
    facts: Vec<Fact>,
    table: Table,
    /// What the newest rehearsal found, and what would be lost; none before the first.
    rehearsal: Option<(Tag, String, Table)>,
    /// The proofs of notices, with how many of them need somebody; none for those who see no notices.
    notices: Option<(String, Table)>,
}

/// `GET /proofs`
pub async fn page(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let view = app.office.proofs(&staff.actor).await?;
    let (state, words) = verdict(&view);
    let notices = match staff.is_any(&[Role::Auditor, Role::RecordsManager]) {
        true => Some(of_notices(&app.office.notice_proofs(&staff.actor, None, SHOWN_NOTICES).await?)),
        false => None,
    };
    show(&ProofsPage {
        page: staff.page(&app, "証明の期限", "Proofs", "/proofs"),
        state,
        words,
        facts: facts(&view),
        table: table(&view),
        rehearsal: app.office.newest_rehearsal(&staff.actor).await?.as_ref().map(of_rehearsal),
        notices,
    })
}

/// `POST /proofs/run`
pub async fn run(State(app): State<App>, staff: Staff, _posted: Posted) -> Result<Response, Problem> {
    let run = app.office.prove_now(&staff.actor).await?;
    Ok(go_done("/proofs", if run.waiting.is_empty() && run.damaged.is_empty() { "proofs-run" } else { "proofs-wait" }))
}

/// `POST /proofs/rehearse`
pub async fn rehearse(State(app): State<App>, staff: Staff, _posted: Posted) -> Result<Response, Problem> {
    app.office.rehearse(&staff.actor, &REHEARSED_YEARS).await?;
    Ok(go_done("/proofs", "proofs-rehearsed"))
}

/// `GET /records/{id}/proof`: the evidence record of a record.
pub async fn of_record(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    let proof = app.office.proof(&staff.actor, Proven::Record(id(&text)?)).await?;
    Ok(download::attachment("application/octet-stream", &format!("record-{text}.ers"), proof.record))
}

fn verdict(view: &ProofsView) -> (Tag, String) {
    let count = |state| view.standing.iter().filter(|one| one.state == state).count();
    let (lost, failing) = (count(ProofState::Lost), count(ProofState::Failing));
    let (waiting, due) = (count(ProofState::Waiting), count(ProofState::Due));
    if lost + failing > 0 {
        let words = format!(
            "失われた証明が{lost}件、いま確かめられない証明が{failing}件あります。下の表の理由を見て、失効リストや信頼の一覧を置き直してください。"
        );
        return (Tag::new("bad", "✕", "確かめられない証明があります", "Some proofs do not pass"), words);
    }
    if !view.strays.is_empty() {
        let words = format!(
            "台帳に載っていない証拠の木のファイルが{}件あります（番号 {}）。次の処理で取り込みます。取り込めないときは、別の保管場所の同じファイルと置き換えてください。",
            view.strays.len(),
            view.strays.iter().take(10).map(u64::to_string).collect::<Vec<_>>().join("、")
        );
        return (Tag::new("warn", "！", "読み取れていないファイルがあります", "Some files are not read"), words);
    }
    if waiting > 0 {
        let words =
            format!("期限が近い{waiting}件を更新できていません。下の表の理由を見てください。毎日、試し直します。");
        return (Tag::new("warn", "！", "更新できていない証明があります", "Some proofs could not be renewed"), words);
    }
    if view.trees == 0 {
        let words =
            "台帳と保存した文書の証拠は、毎日1回、自動で作ります。タイムスタンプ局の設定が必要です。".to_owned();
        return (Tag::new("warn", "－", "まだ証拠はありません", "Nothing is proven yet"), words);
    }
    let words = match due {
        0 => format!("期限の{}日前になると、自動で更新します。", view.renew_days),
        due => format!("{due}件を、次の処理で更新します。"),
    };
    (Tag::new("good", "✓", "すべての証明が有効です", "All proofs hold"), words)
}

fn facts(view: &ProofsView) -> Vec<Fact> {
    let next = view.standing.iter().filter_map(|one| one.lasts.as_ref()).map(|lasts| lasts.until).min();
    vec![
        (
            "証明した台帳の記載",
            "Entries proven",
            Cell::text(format!("{}号まで（台帳は{}号まで）", view.proven_until, view.ledger_end)),
        ),
        ("証明した文書", "Records proven", Cell::text(format!("{}件", view.packages))),
        ("タイムスタンプを押した木", "Trees", Cell::text(format!("{}本", view.trees))),
        ("最初に来る期限", "First end", next.map_or_else(|| Cell::text("－"), |at| Cell::unbroken(time(at)))),
    ]
}

fn table(view: &ProofsView) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("番号", "No."),
        ("状態", "State"),
        ("対象", "Over"),
        ("押した日時", "Stamped at"),
        ("タイムスタンプ局", "Authority"),
        ("期限とその理由", "Ends"),
    ];
    let rows = view.standing.iter().take(SHOWN).map(row).collect();
    let (shown, all) = (view.standing.len().min(SHOWN), view.standing.len());
    Table::new(HEAD, rows, "まだ証拠はありません。")
        .captioned(format!("いま証明を支えるタイムスタンプ（全{all}件のうち{shown}件）"))
}

fn row(one: &ProofView) -> Vec<Cell> {
    let over = match one.kind {
        ProofKind::Night => format!("台帳と文書 {}件", one.leaves),
        ProofKind::Timestamps => format!("以前のタイムスタンプ {}件の更新", one.leaves),
        ProofKind::Data => format!("新しいハッシュ方式での更新 {}件", one.leaves),
    };
    let mut ends = match &one.lasts {
        Some(lasting) => vec![time(lasting.until), wording::ending(lasting).ja],
        None => vec!["期限はありません".to_owned()],
    };
    if let Some((since, why)) = &one.failing {
        ends.push(format!("！ {} から確かめられません（{why}）", time(*since)));
    }
    if let Some((code, at)) = &one.waiting {
        let why = wording::ja(code).map_or_else(|| code.clone(), str::to_owned);
        ends.push(format!("！ {} に更新できませんでした：{why}", time(*at)));
    }
    vec![
        Cell::number(one.tree),
        Cell::Tag(tag(one.state)),
        Cell::Lines(vec![over, one.algorithm.name().to_owned()]),
        Cell::unbroken(time(one.made_at)),
        Cell::text(one.authority.clone()),
        Cell::Lines(ends),
    ]
}

/// Says what the newest rehearsal found, and lists what would be lost, the first day first.
fn of_rehearsal(rehearsal: &Rehearsal) -> (Tag, String, Table) {
    const HEAD: &[(&str, &str)] =
        &[("番号", "No."), ("失われる日", "Lost on"), ("理由", "Why"), ("更新できない理由", "What hinders a renewal")];
    let losses = rehearsal.losses();
    let after = |years: &u16| format!("{years}年後 {}件", rehearsal.passing_after(*years));
    let passing: Vec<String> = rehearsal.years.iter().map(after).collect();
    let left_out = match rehearsal.left_out {
        0 => String::new(),
        left => format!("種類が多いため、{left}種類は試していません。"),
    };
    let words = format!(
        "{}に、証明{}種類を試しました。有効なもの：{}。{left_out}",
        time(rehearsal.at),
        rehearsal.courses.len(),
        passing.join("、")
    );
    let tag = match losses.is_empty() {
        true => Tag::new("good", "✓", "将来も有効な見込みです", "All proofs would last"),
        false => Tag::new("bad", "✕", "将来失われる証明があります", "Some proofs would be lost"),
    };
    let rows = losses.iter().map(|(tree, loss)| {
        let mut why = vec![loss.why.clone()];
        why.extend(loss.ended.as_ref().map(|lasting| wording::ending(lasting).ja));
        let hindered = loss.hindered.as_ref().map(|code| wording::ja(code).map_or_else(|| code.clone(), str::to_owned));
        vec![
            Cell::number(tree),
            Cell::unbroken(time(loss.at)),
            Cell::Lines(why),
            Cell::text(hindered.unwrap_or_else(|| "－".to_owned())),
        ]
    });
    (tag, words, Table::new(HEAD, rows.collect(), "失われる見込みの証明はありません。"))
}

/// Says how the proofs of long-lived notices stand, and lists those that end soonest.
fn of_notices(proofs: &NoticeProofs) -> (String, Table) {
    const HEAD: &[(&str, &str)] =
        &[("文書番号", "Number"), ("件名", "Subject"), ("証明", "Proof"), ("期限とその理由", "Ends")];
    let ProofCounts { holding, queued, alarms, unclear, unjudged, lost } = proofs.counts;
    let words = format!(
        "有効{holding}件（うち更新待ち{queued}件、期限が近いもの{alarms}件）、確かめられないもの{unclear}件、未判定{unjudged}件、失われたもの{lost}件。"
    );
    let row = |one: &NoticeProofView| {
        let mut ends = match &one.proof.lasts {
            Some(lasting) => vec![time(lasting.until), wording::ending(lasting).ja],
            None => vec!["期限はありません".to_owned()],
        };
        ends.extend(one.upgrade.as_ref().map(|upgrade| latest(upgrade, proofs.at)));
        vec![
            Cell::unbroken(one.number.clone().unwrap_or_else(|| "－".into())),
            Cell::link(format!("/notices/{}", one.id), one.subject.clone()),
            Cell::Tag(match (one.proof.state(), one.alarm) {
                (NoticeProofState::Lost, _) => Tag::new("bad", "✕", "失われました", "Lost"),
                (NoticeProofState::Unclear, _) => Tag::new("bad", "✕", "確かめられません", "Unclear"),
                (NoticeProofState::Unjudged, _) => Tag::new("warn", "…", "未判定", "Not judged yet"),
                (NoticeProofState::Holds, Some(_)) => Tag::new("warn", "！", "期限が近い", "Ends soon"),
                (NoticeProofState::Holds, None) => Tag::new("good", "✓", "有効", "Holds"),
            }),
            Cell::Lines(ends),
        ]
    };
    let rows: Vec<_> = proofs.proofs.iter().map(row).collect();
    let caption = format!("期限の近い順に{}件まで", SHOWN_NOTICES);
    (words, Table::new(HEAD, rows, "長期に示す通知はありません。").captioned(caption))
}

fn tag(state: ProofState) -> Tag {
    match state {
        ProofState::Lost => Tag::new("bad", "✕", "失われました", "Lost"),
        ProofState::Failing => Tag::new("bad", "✕", "確かめられません", "Does not pass"),
        ProofState::Waiting => Tag::new("warn", "！", "更新できていません", "Not renewed"),
        ProofState::Due => Tag::new("warn", "…", "まもなく更新", "To be renewed"),
        ProofState::Holds => Tag::new("good", "✓", "有効", "Holds"),
    }
}
