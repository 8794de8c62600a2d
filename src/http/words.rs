//! States and kinds of the records tower as the pages show them.

use crate::http::show::{Tag, date, date_or};
use crate::records::{
    AccessClass, DisposalState, Disposition, HoldKind, HoldPredicate, ItemState, KeepUntil, Medium, RecordState,
    RetentionPeriod,
};
use crate::time::Date;

/// Shows a record's state.
pub fn record_state(state: RecordState) -> Tag {
    match state {
        RecordState::Staged => Tag::new("", "…", "受入中", "Staged"),
        RecordState::Filed => Tag::new("key", "●", "保存中", "Filed"),
        RecordState::Closed => Tag::new("key", "■", "完結", "Closed"),
        RecordState::Retained => Tag::new("key", "■", "保存期間中", "Retained"),
        RecordState::Due => Tag::new("warn", "！", "満了", "Due"),
        RecordState::Permanent => Tag::new("good", "∞", "永年", "Permanent"),
        RecordState::InTransfer => Tag::new("warn", "→", "移管中", "In transfer"),
        RecordState::Listed => Tag::new("warn", "！", "廃棄案に記載", "Listed"),
        RecordState::SealedOff => Tag::new("warn", "！", "廃棄承認済", "Sealed off"),
        RecordState::Claimed => Tag::new("bad", "✕", "廃棄中", "Claimed"),
        RecordState::PrimaryGone => Tag::new("bad", "✕", "廃棄済（控えの消滅待ち）", "Destroyed, backups ageing"),
        RecordState::Confirmed => Tag::new("bad", "✕", "廃棄済", "Destroyed"),
    }
}

/// Shows a disposal's state.
pub fn disposal_state(state: DisposalState) -> Tag {
    match state {
        DisposalState::Draft => Tag::new("", "…", "作成中", "Draft"),
        DisposalState::Frozen => Tag::new("key", "●", "一覧確定（承認待ち）", "Frozen"),
        DisposalState::Approved1 => Tag::new("key", "●", "第一承認済", "Approved once"),
        DisposalState::Approved2 => Tag::new("warn", "！", "第二承認済", "Approved twice"),
        DisposalState::Grace => Tag::new("warn", "！", "猶予期間", "Grace period"),
        DisposalState::Running => Tag::new("bad", "→", "実行中", "Running"),
        DisposalState::Paused => Tag::new("warn", "！", "中断", "Paused"),
        DisposalState::Drained => Tag::new("good", "✓", "実行済", "Drained"),
        DisposalState::WaitBackups => Tag::new("good", "✓", "控えの消滅待ち", "Waiting for backups"),
        DisposalState::Certified => Tag::new("good", "✓", "証明書発行済", "Certified"),
        DisposalState::Rejected => Tag::new("", "✕", "却下", "Rejected"),
    }
}

/// Shows the state of one item of a disposal.
pub fn item_state(state: ItemState) -> Tag {
    match state {
        ItemState::Listed => Tag::new("key", "●", "記載", "Listed"),
        ItemState::SealedOff => Tag::new("warn", "！", "承認済", "Sealed off"),
        ItemState::Claimed => Tag::new("bad", "→", "廃棄中", "Claimed"),
        ItemState::PrimaryGone => Tag::new("bad", "✕", "廃棄済（控えの消滅待ち）", "Destroyed, backups ageing"),
        ItemState::Confirmed => Tag::new("bad", "✕", "廃棄済", "Destroyed"),
        ItemState::Withdrawn => Tag::new("", "←", "対象外に戻した", "Withdrawn"),
    }
}

/// Shows who may see a record file or a record.
pub fn access(class: AccessClass) -> Tag {
    match class {
        AccessClass::Public => Tag::new("good", "○", access_word(class), "Public"),
        AccessClass::Internal => Tag::new("key", "●", access_word(class), "Internal"),
        AccessClass::Restricted => Tag::new("warn", "■", access_word(class), "Restricted"),
    }
}

/// Names who may see something.
pub fn access_word(class: AccessClass) -> &'static str {
    match class {
        AccessClass::Public => "公開可",
        AccessClass::Internal => "庁内",
        AccessClass::Restricted => "限定",
    }
}

/// Names a kind of hold.
pub fn hold_kind(kind: HoldKind) -> &'static str {
    match kind {
        HoldKind::Audit => "監査・検査",
        HoldKind::Litigation => "訴訟",
        HoldKind::Appeal => "不服申立て",
        HoldKind::Disclosure => "開示請求",
    }
}

/// Shows what a hold does: one that was released keeps what it lies on through its last day all the same (R6).
pub fn hold_force(released: bool, in_force: bool) -> Tag {
    match (released, in_force) {
        (false, _) => Tag::new("warn", "！", "保留中", "In force"),
        (true, true) => Tag::new("", "…", "解除済（最終日まで）", "Released"),
        (true, false) => Tag::new("", "－", "終了", "Ended"),
    }
}

/// Shows that holds keep a record file: one that is open, which leaves no last day, or only such as were released.
pub fn held(keep_until: Option<KeepUntil>) -> Tag {
    match keep_until {
        Some(KeepUntil::Open) => Tag::new("warn", "！", "保留中", "On hold"),
        Some(KeepUntil::Date(_)) | None => {
            Tag::new("warn", "…", "保留解除済（最終日まで保存）", "Hold released, still kept")
        }
    }
}

/// Says what a description of records asks for.
pub fn predicate(what: &HoldPredicate) -> String {
    let words = |ja: &str, text: &Option<String>| text.as_ref().map(|text| format!("{ja}に「{text}」を含む"));
    let parts = [
        words("題名", &what.title_contains),
        what.class.as_ref().map(|class| format!("分類 {class} とその下")),
        what.created_from.map(|day| format!("作成・取得日が{}以後", date(day))),
        what.created_until.map(|day| format!("作成・取得日が{}以前", date(day))),
        words("作成者", &what.creator_contains),
        words("管理者", &what.custodian_contains),
    ];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    if said.is_empty() { "すべての文書".to_owned() } else { said.join("、") }
}

/// Names what happens at expiry.
pub fn disposition(value: Disposition) -> &'static str {
    match value {
        Disposition::Destroy => "廃棄",
        Disposition::Transfer => "移管",
        Disposition::Review => "延長判断",
    }
}

/// Names a medium.
pub fn medium(value: Medium) -> &'static str {
    match value {
        Medium::Electronic => "電子",
        Medium::Paper => "紙",
        Medium::Mixed => "電子・紙",
    }
}

/// Names a retention period.
pub fn period(value: RetentionPeriod) -> String {
    match value {
        RetentionPeriod::Years(years) => format!("{years}年"),
        RetentionPeriod::Permanent => "永年".to_owned(),
        RetentionPeriod::InUse => "常用".to_owned(),
    }
}

/// Writes the last day of retention, or why there is none.
pub fn expiry(day: Option<Date>, period: RetentionPeriod) -> String {
    date_or(day, if matches!(period, RetentionPeriod::Years(_)) { "計算できません" } else { "期限なし" })
}

/// Writes the last day of keeping of what has a period: only what is kept for ever has none.
pub fn kept_until(value: Option<KeepUntil>, period: RetentionPeriod) -> String {
    match (value, period) {
        (None, RetentionPeriod::Permanent | RetentionPeriod::InUse) => "期限なし".to_owned(),
        _ => keep_until(value),
    }
}

/// Writes the last day of keeping.
pub fn keep_until(value: Option<KeepUntil>) -> String {
    match value {
        Some(KeepUntil::Date(day)) => date(day),
        Some(KeepUntil::Open) => "保留が解けるまで".to_owned(),
        None => "定まっていません（保存を続けます）".to_owned(),
    }
}
