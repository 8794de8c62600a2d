//! `/backups`: how old the last backup and its last good trial restore are, and what is wrong.

use crate::fault::Fault;
use crate::http::app::App;
use crate::http::page::{Page, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::problem::Problem;
use crate::http::show::{Tag, time};
use crate::http::staff::Staff;
use crate::office::OfficeError;
use crate::office::ports::{BackupSet, BackupStanding, BackupTrial, TrialKind};
use crate::time::Instant;
use crate::wording;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "backups.html")]
struct BackupsPage {
    page: Page,
    state: Tag,
    words: String,
    facts: Vec<Fact>,
    table: Table,
}

/// `GET /backups`
pub async fn page(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let now = app.clock.now();
    let (standing, (state, words)) = match app.office.backups(&staff.actor).await {
        Ok(None) => (BackupStanding::default(), not_set_up()),
        Ok(Some(standing)) => {
            let told = verdict(&standing, now);
            (standing, told)
        }
        // A store that is away is what this page is for.
        Err(OfficeError::Backup(trouble)) => (BackupStanding::default(), away(trouble.code())),
        Err(error) => return Err(error.into()),
    };
    show(&BackupsPage {
        page: staff.page(&app, "控え", "Backups", "/backups"),
        state,
        words,
        facts: facts(&standing, now),
        table: table(&standing),
    })
}

fn not_set_up() -> (Tag, String) {
    let words =
        "設定（city.toml の [backup]）に、控えの置き場所と、控えを開ける者の公開鍵を書いてください。".to_owned();
    (Tag::new("warn", "！", "控えを取る設定がありません", "No backups are set up"), words)
}

fn away(code: &str) -> (Tag, String) {
    let words = wording::ja(code).unwrap_or("控えの置き場所を確かめてください。").to_owned();
    (Tag::new("bad", "✕", "控えの置き場所を読めません", "The store of backups cannot be read"), words)
}

fn verdict(standing: &BackupStanding, now: Instant) -> (Tag, String) {
    let bad = standing.sets.iter().filter(|set| trouble(set).is_some()).count();
    if standing.sets.is_empty() {
        let words =
            "サービスが設定の間隔で取ります。すぐに取るには、fumikura backup make を使ってください。".to_owned();
        return (Tag::new("bad", "✕", "控えがありません", "There is no backup"), words);
    }
    if bad > 0 {
        let words = format!("{bad}件に不具合があります。下の表の理由を見てください。");
        return (Tag::new("bad", "✕", "不具合のある控えがあります", "Something is wrong with a backup"), words);
    }
    if standing.is_old(now) {
        let words = "最後に戻せることを確かめてから、日がたっています。サービスの記録を見てください。".to_owned();
        return (Tag::new("warn", "！", "控えが古くなっています", "The last good trial restore is old"), words);
    }
    if standing.is_unopened(now) {
        let words = "金庫の鍵で控えを開けることを、100日以上確かめていません。鍵のある機械で fumikura backup check --identity を行ってください。";
        return (Tag::new("warn", "！", "控えの鍵を確かめてください", "Have the identity tried"), words.to_owned());
    }
    let words = "最新の控えは、別の場所に戻してみて、台帳と文書がそろうことを確かめてあります。".to_owned();
    (Tag::new("good", "✓", "控えから戻せます", "The city can be restored"), words)
}

fn facts(standing: &BackupStanding, now: Instant) -> Vec<Fact> {
    let hours = |at: Option<Instant>| match at {
        None => Cell::text("－"),
        Some(at) => Cell::text(format!("{}時間前（{}）", now.duration_since(at).as_hours(), time(at))),
    };
    let newest = standing.newest_good();
    vec![
        ("最新の控え", "Newest backup", hours(newest.map(|set| set.made_at))),
        ("戻せることの確認", "Last good trial restore", hours(standing.last_good_trial().map(|trial| trial.at))),
        ("控えの鍵による確認", "By an identity", hours(standing.by_identity.as_ref().map(|trial| trial.at))),
        ("控えの数", "Backups", Cell::text(format!("{}件", standing.sets.len()))),
    ]
}

/// Returns the code of what is wrong with a backup.
fn trouble(set: &BackupSet) -> Option<&str> {
    set.trouble.or_else(|| set.trials.iter().find_map(|trial| trial.trouble.as_deref()))
}

fn table(standing: &BackupStanding) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("名前", "Name"),
        ("時点", "As of"),
        ("期限", "Kept until"),
        ("文書", "Packages"),
        ("大きさ", "Size"),
        ("確認", "Trials"),
        ("状態", "State"),
    ];
    let rows = standing.sets.iter().map(|set| {
        let state = match trouble(set) {
            None => "✓".to_owned(),
            Some(code) => format!("✕ {}", wording::ja(code).unwrap_or(code)),
        };
        vec![
            Cell::text(set.id.clone()),
            Cell::unbroken(time(set.made_at)),
            Cell::unbroken(time(set.expires_at)),
            Cell::text(format!("{}件", set.packages)),
            Cell::text(format!("{} MB", (set.own_bytes + set.package_bytes).div_ceil(1_000_000))),
            Cell::text(set.trials.iter().map(tried).collect::<Vec<_>>().join("、")),
            Cell::text(state),
        ]
    });
    let shown = rows.collect::<Vec<_>>();
    Table::new(HEAD, shown, "まだ控えはありません。")
}

fn tried(trial: &BackupTrial) -> String {
    let kind = match trial.kind {
        TrialKind::Making => "作成時に復元",
        TrialKind::Bytes => "全バイト",
        TrialKind::Identity => "鍵で復元",
    };
    format!("{kind} {}", time(trial.at))
}
