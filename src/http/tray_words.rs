//! What the page of a document in the tray says of it, and how it reads what people type into its form.

use crate::http::action::Action;
use crate::http::parts::{Cell, Fact};
use crate::http::show::{date, size, time};
use crate::http::tray::kind;
use crate::office::ports::{FilingWish, TrayItem, TraySource, TrayState};
use crate::office::tray::TrayView;
use crate::scans::page_numbers;

/// Reads parts, a line each: pages, and after an equals sign the record file.
pub fn parts(said: &str, before: &FilingWish) -> Option<Vec<(Vec<u32>, FilingWish)>> {
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let parts = lines.map(|line| {
        let (pages, file) = line.split_once(['=', '＝']).unwrap_or((line, ""));
        let file = match file.trim() {
            "" => before.file,
            text => Some(text.parse().ok()?),
        };
        Some((page_numbers(pages)?, FilingWish { file, ..before.clone() }))
    });
    parts.collect()
}

/// Lists what is known of a document.
pub fn facts(view: &TrayView) -> Vec<Fact> {
    let item = &view.item;
    let mut facts = vec![
        ("元の名前", "Name", Cell::text(item.original_name.clone())),
        ("種類", "Kind", Cell::text(format!("{}（{}）", kind(&item.media_type), size(item.size_bytes)))),
        ("受付", "Came", Cell::unbroken(time(item.arrived_at))),
        ("受け付けた課", "Section", Cell::text(item.section.clone())),
        ("経路", "From", Cell::text(source(&item.source))),
        ("SHA-256", "SHA-256", Cell::mono(&item.sha256)),
    ];
    if !item.device.is_empty() {
        facts.push(("機器", "Device", Cell::text(item.device.clone())));
    }
    if !item.pages.is_empty() {
        let expected = item.expected_pages.map(|pages| format!("（表紙では{pages}頁）")).unwrap_or_default();
        facts.push(("頁数", "Pages", Cell::text(format!("{}頁{expected}", item.pages.len()))));
    }
    if item.signed {
        let signed = "署名があるため、書き換えません。検証の結果を添えて保存します。";
        facts.push(("電子署名", "Signature", Cell::text(signed)));
    }
    if let Some(record) = view.duplicate_of {
        facts.push((
            "同じ内容の文書",
            "Same bytes",
            Cell::link(format!("/records/{record}"), "すでに保存されています"),
        ));
    }
    if view.doubles > 0 {
        facts.push(("同じ内容の受付", "Doubles", Cell::text(format!("ほかに{}件あります", view.doubles))));
    }
    if let Some(check) = item.check.as_ref().filter(|check| !check.reason.is_empty()) {
        facts.push(("差戻しの理由", "Sent back because", Cell::text(check.reason.clone())));
    }
    if let Some(day) = item.kept_until {
        facts.push(("取り戻せる期限", "Can be taken back until", Cell::unbroken(date(day))));
    }
    facts
}

/// Names what was made of a document, by kind and word.
pub fn derivatives(item: &TrayItem, has_more: bool) -> Vec<(&'static str, &'static str, &'static str)> {
    match (has_more, item.pages.is_empty(), item.reader.is_some()) {
        (false, _, _) => Vec::new(),
        (true, true, _) => vec![("pdf", "閲覧用の PDF", "PDF")],
        (true, false, false) => vec![("pdfa", "整えた PDF/A", "PDF/A")],
        (true, false, true) => vec![("pdfa", "整えた PDF/A", "PDF/A"), ("text", "読み取った文字", "Text")],
    }
}

fn source(source: &TraySource) -> String {
    match source {
        TraySource::Upload => "画面・コマンドからの受付".to_owned(),
        TraySource::Folder => "取り込みフォルダ".to_owned(),
        TraySource::System => "他のシステムからの受付".to_owned(),
        TraySource::Part { pages, .. } if pages.is_empty() => "電子メールの添付".to_owned(),
        TraySource::Part { pages, .. } => {
            let (first, last) = (pages.first().copied().unwrap_or(0), pages.last().copied().unwrap_or(0));
            format!("束の{first}～{last}頁")
        }
    }
}

/// Lists what can be done beside filing it.
pub fn actions(item: &TrayItem) -> Vec<Action> {
    let reject = Action::plain("reject", "差し戻す", "Send back", "読み取り直すよう、理由を付けて差し戻します。")
        .asking("reason", "理由", "Why")
        .aside();
    let keep =
        Action::plain("keep", "このまま一つの文書として扱う", "Keep whole", "分けずに、来たままの形で点検に回します。")
            .aside();
    let again = Action::plain("again", "処理し直す", "Look again", "頁の読み取りと変換を、もう一度行います。").aside();
    let give_up = Action::plain(
        "give-up",
        "保存を取りやめる",
        "Give up",
        "保存しないことにします。期限までは取り戻せ、その後は消去されます。",
    )
    .grave();
    let take_back = Action::plain("take-back", "取り戻す", "Take back", "取りやめを取り消して、もう一度処理します。");
    match item.state {
        TrayState::ToCheck => vec![reject, again, give_up],
        TrayState::Doubtful => vec![keep, again, reject, give_up],
        TrayState::Rejected => vec![again, give_up],
        TrayState::Waiting => vec![give_up],
        TrayState::GivenUp => vec![take_back],
        TrayState::Arriving | TrayState::Accepted | TrayState::Leaving => Vec::new(),
    }
}
