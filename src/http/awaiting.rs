//! What waits for the signed-in person's decision, as the desk lists it: each with the page where it is decided.

use crate::http::app::App;
use crate::http::parts::{Cell, Table};
use crate::http::problem::Problem;
use crate::http::show::{date, time};
use crate::http::staff::Staff;
use crate::http::words::access_word;
use crate::id::UserId;
use crate::office::notices::{NoticeState, NoticeSummary};
use crate::office::{Awaiting, Counted, Decision, DisposalStep};
use std::collections::BTreeMap;

const HEAD: &[(&str, &str)] =
    &[("案件", "What"), ("すること", "To do"), ("出した人", "By"), ("待ち始めた日時", "Since")];

/// Lists what waits, beside it what comes back to the drafter of a notice; no rows where nothing does.
pub async fn table(app: &App, staff: &Staff, notices: &[NoticeSummary]) -> Result<Table, Problem> {
    let waiting = app.office.awaiting(&staff.actor).await?;
    let mut rows: Vec<_> = notices.iter().filter_map(own).collect();
    if waiting.is_empty() && rows.is_empty() {
        return Ok(Table::default());
    }
    let names: BTreeMap<UserId, String> =
        app.office.users().await?.into_iter().map(|user| (user.id, user.name)).collect();
    rows.extend(waiting.iter().map(|one| row(one, &names)));
    Ok(Table::new(HEAD, rows, ""))
}

/// Shows a notice that its drafter goes on with: one that came back, or that is sealed.
fn own(notice: &NoticeSummary) -> Option<Vec<Cell>> {
    let (deed, by) = match notice.state {
        NoticeState::Returned if notice.own => ("差戻しの理由を見て、直して決裁に回す", "－"),
        NoticeState::Sealed if notice.own && notice.may_issue => ("施行する", "－"),
        _ => return None,
    };
    let link = Cell::link(format!("/notices/{}", notice.id), format!("通知「{}」", notice.subject));
    let since = Cell::unbroken(notice.changed_at.map_or_else(|| "－".to_owned(), time));
    Some(vec![link, Cell::text(deed), Cell::text(by), since])
}

fn row(one: &Awaiting, names: &BTreeMap<UserId, String>) -> Vec<Cell> {
    let (path, what, deed) = said(&one.what);
    let by = one.by.map_or_else(|| "－".to_owned(), |by| names.get(&by).cloned().unwrap_or_default());
    vec![
        Cell::link(path, what),
        Cell::text(deed),
        Cell::text(by),
        Cell::unbroken(one.since.map_or_else(|| "－".to_owned(), time)),
    ]
}

/// Returns where something is decided, what it is, and what is to be done.
fn said(what: &Decision) -> (String, String, &'static str) {
    match what {
        Decision::Disposal { id, step, files } => {
            let deed = match step {
                DisposalStep::Approve => "一覧を確かめて、承認するか却下する",
                DisposalStep::Run => "猶予が終わったので、実行するか却下する",
                DisposalStep::GoOn => "中断までの結果を確かめて、再開する",
                DisposalStep::Certify => "控えが消えたので、廃棄証明書を発行する",
            };
            (format!("/disposals/{id}"), format!("廃棄案（文書ファイル{files}件）"), deed)
        }
        Decision::Rules { set, version, approvals } => (
            "/rules".to_owned(),
            format!("保存の規則　{set}　第{version}版（承認 {approvals}人／2人）"),
            "短くなるものを確かめて、承認する",
        ),
        Decision::FileAccess { id, title, class } => (
            format!("/records/files/{id}"),
            format!("文書ファイル「{title}」の閲覧の範囲を「{}」へ", access_word(*class)),
            "二人目として、同じ変更を承認するか取り消す",
        ),
        Decision::RecordAccess { id, title, class } => (
            format!("/records/{id}"),
            format!("文書「{title}」の閲覧の範囲を「{}」へ", access_word(*class)),
            "二人目として、同じ変更を承認するか取り消す",
        ),
        Decision::Appraisals(counted) => (
            "/records/due".to_owned(),
            format!("満了した文書ファイル　{}", many(*counted)),
            "評価選別（廃棄・移管・延長）を記録する",
        ),
        Decision::Reorganisation { id, title, effective_on } => (
            format!("/reorganisations/{id}"),
            format!("機構改革「{title}」（施行日 {}）", date(*effective_on)),
            "引継ぎを確かめて、承認するか取り下げる",
        ),
        Decision::Shredding { id, papers } => {
            (format!("/papers/lists/{id}"), format!("紙の廃棄リスト（{papers}件）"), "リストを確かめて、承認する")
        }
        Decision::Scans(counted) => (
            "/tray?state=to-check".to_owned(),
            format!("受け付けた文書　{}", many(*counted)),
            "頁を見比べて、保存するか差し戻す（点検）",
        ),
    }
}

fn many(counted: Counted) -> String {
    if counted.more { format!("{}件以上", counted.found) } else { format!("{}件", counted.found) }
}
