//! `/desk/upgrades`: seals whose lasting level is still to be reached, with reason, next attempt and deadline.

use crate::http::app::App;
use crate::http::notice_words::state;
use crate::http::page::show;
use crate::http::parts::{Cell, Table};
use crate::http::problem::Problem;
use crate::http::records::TablePage;
use crate::http::show::time;
use crate::http::staff::Staff;
use crate::office::notices::{PendingUpgrade, UpgradeView};
use crate::time::Instant;
use crate::wording;
use axum::extract::State;
use axum::response::Response;

const HEAD: &[(&str, &str)] = &[
    ("文書番号", "Number"),
    ("件名", "Subject"),
    ("状態", "State"),
    ("延長", "To reach"),
    ("期限", "Deadline"),
    ("いまの状況", "Why it waits"),
];

/// `GET /desk/upgrades`
pub async fn list(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let (now, pending) = (app.clock.now(), app.office.pending_upgrades(&staff.actor).await?);
    show(&TablePage {
        page: staff.page(&app, "長期署名への延長待ち", "Seals to extend", "/desk"),
        crumb: ("/desk", "担当業務"),
        intro: (
            "電子公印は付いています。新しい失効情報が届くと、長期に検証できる形へ自動で延長します。施行や受取は、延長を待たずにできます。",
            "These are sealed. Each is extended as soon as newer revocation data are there; issue and collection do not wait.",
        ),
        links: Vec::new(),
        table: Table::new(
            HEAD,
            pending.iter().map(|one| row(one, now)).collect(),
            "延長を待っている通知はありません。",
        ),
    })
}

/// Says what is to be reached, and by when.
pub fn wanted(upgrade: &PendingUpgrade) -> String {
    format!("{} を {} までに", upgrade.level.to_uppercase(), time(upgrade.due))
}

/// Says what the last attempt met, and when the next one is; also where that is after the deadline.
pub fn latest(upgrade: &PendingUpgrade, now: Instant) -> String {
    let Some(waiting) = &upgrade.waiting else { return "まだ試していません。".to_owned() };
    let why = wording::ja(&waiting.code).map_or_else(|| waiting.code.clone(), str::to_owned);
    let next = time(waiting.next);
    match (upgrade.is_overdue(now), waiting.next > upgrade.due) {
        (true, _) => {
            format!("{why}（期限を過ぎています。新しい失効リストを置くと、すぐに試します。そのほかの次回：{next}）")
        }
        (false, true) => {
            format!("{why}（次回：{next}。期限より後になります。それまでに新しい失効リストを置くと、すぐに試します）")
        }
        (false, false) => format!("{why}（次回：{next}）"),
    }
}

fn row(one: &UpgradeView, now: Instant) -> Vec<Cell> {
    let deadline = match one.overdue {
        true => Cell::Lines(vec![time(one.upgrade.due), "！ 期限を過ぎています".to_owned()]),
        false => Cell::unbroken(time(one.upgrade.due)),
    };
    vec![
        Cell::unbroken(one.number.clone().unwrap_or_else(|| "－".into())),
        Cell::link(format!("/notices/{}", one.id), one.subject.clone()),
        Cell::Tag(state(one.state)),
        Cell::unbroken(one.upgrade.level.to_uppercase()),
        deadline,
        Cell::text(latest(&one.upgrade, now)),
    ]
}
