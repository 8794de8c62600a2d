//! States, effects and events of notices as the pages show them.

use crate::http::show::Tag;
use crate::office::notices::{Effect, NoticeState};
use crate::office::{NoticeFlag, PublicStanding};
use crate::wording::sentence;

/// The way of a notice, for the steps on its page.
pub const WAY: &[(&str, &str)] = &[
    ("起案", "Draft"),
    ("決裁", "Approve"),
    ("電子公印", "Seal"),
    ("施行", "Issue"),
    ("受取可", "Available"),
    ("到達", "Arrived"),
];

/// Returns which step comes next.
pub fn place(state: NoticeState) -> usize {
    match state {
        NoticeState::Draft | NoticeState::Returned => 0,
        NoticeState::Submitted => 1,
        NoticeState::Approved => 2,
        NoticeState::Sealed => 3,
        NoticeState::Issued | NoticeState::ToPaper => 4,
        NoticeState::Available => 5,
        NoticeState::Arrived => WAY.len(),
        // Its page shows no way any more.
        NoticeState::Discarded => 0,
    }
}

/// Shows a notice's state.
pub fn state(state: NoticeState) -> Tag {
    match state {
        NoticeState::Draft => Tag::new("", "…", "起案中", "Draft"),
        NoticeState::Submitted => Tag::new("key", "●", "決裁待ち", "Submitted"),
        NoticeState::Returned => Tag::new("warn", "！", "差戻し", "Returned"),
        NoticeState::Approved => Tag::new("key", "●", "決裁済", "Approved"),
        NoticeState::Sealed => Tag::new("key", "◆", "公印済", "Sealed"),
        NoticeState::Issued => Tag::new("key", "→", "施行済", "Issued"),
        NoticeState::Available => Tag::new("key", "→", "受取可", "Available"),
        NoticeState::Arrived => Tag::new("good", "✓", "到達", "Arrived"),
        NoticeState::ToPaper => Tag::new("warn", "！", "紙の交付に切替", "To paper"),
        NoticeState::Discarded => Tag::new("", "✕", "廃案", "Given up"),
    }
}

/// Says who acts next, and how; nothing where nobody has to. What is sealed waits for a consent where none is there.
pub fn next_step(state: NoticeState, consented: bool) -> (&'static str, &'static str) {
    match state {
        NoticeState::Draft => ("起案者が、内容を確かめて決裁に回します。", "the drafter submits it."),
        NoticeState::Submitted => ("決裁者が、承認するか差し戻します。", "an approver approves or returns it."),
        NoticeState::Returned => ("起案者が、直して決裁に回します。", "the drafter changes and submits it."),
        NoticeState::Approved => ("公印管守者が、公印を付します。", "a seal keeper seals it."),
        NoticeState::Sealed if consented => (
            "電子交付への同意は記録してあります。起案した課の起案者が施行します。",
            "the consent is there: a clerk of the section issues it.",
        ),
        NoticeState::Sealed => (
            "起案した課の起案者が、電子交付への同意を記録して施行します。同意がなければ、紙で施行します。",
            "a clerk of the section records the consent and issues it, or issues it on paper.",
        ),
        NoticeState::Issued | NoticeState::Available => {
            ("受取人が、リンクと受取コードで受け取ります。", "the recipient collects it by link and code.")
        }
        NoticeState::ToPaper => {
            ("起案した課の起案者が、印刷に回して発送します。", "a clerk has it printed and posted.")
        }
        NoticeState::Arrived | NoticeState::Discarded => ("", ""),
    }
}

/// Shows where a notice stands: that it has no effect any more before how far it came.
pub fn present_state(state_of: NoticeState, present: &Effect) -> Tag {
    match present {
        Effect::InForce => state(state_of),
        Effect::Revoked { .. } | Effect::Replaced { .. } => effect(present).tag,
    }
}

/// Names a flag.
pub fn flag_name(flag: NoticeFlag) -> (&'static str, &'static str) {
    match flag {
        NoticeFlag::MustCarry => ("携帯義務", "To be carried"),
        NoticeFlag::MustReturn => ("返納対象", "To be given back"),
        NoticeFlag::InPerson => ("対面要", "In person"),
    }
}

/// Says what a flag asks of whoever has the notice.
pub fn flag_words(flag: NoticeFlag) -> (&'static str, &'static str) {
    match flag {
        NoticeFlag::MustCarry => (
            "携帯義務：定められた場面では、この通知書を携帯してください。",
            "It has to be carried where the law says so.",
        ),
        NoticeFlag::MustReturn => (
            "返納対象：効力を失ったときは、この通知書を返納してください。",
            "It has to be given back once its effect has ended.",
        ),
        NoticeFlag::InPerson => {
            ("対面要：手続のために、窓口へお越しいただく必要があります。", "The recipient has to come in person.")
        }
    }
}

/// The present effect of a notice.
pub struct EffectView {
    /// What else holds of it, in Japanese and English.
    pub notes: Vec<(&'static str, &'static str)>,
    /// The state.
    pub tag: Tag,
    /// What it means, in a sentence.
    pub words: String,
    /// Whether the notice has effect.
    pub in_force: bool,
}

/// Shows the present effect of a notice.
pub fn effect(effect: &Effect) -> EffectView {
    let tag = match effect {
        Effect::InForce => Tag::new("good", "✓", "有効", "In force"),
        Effect::Revoked { .. } => Tag::new("bad", "✕", "取消", "Revoked"),
        Effect::Replaced { .. } => Tag::new("warn", "！", "差替", "Replaced"),
    };
    let (code, parameters) = effect.said();
    let in_force = matches!(effect, Effect::InForce);
    EffectView { notes: Vec::new(), tag, words: sentence(code, &parameters).ja, in_force }
}

/// Shows what anyone may know of a notice: its effect, on what it was delivered, what it asks of whoever has it.
pub fn standing(standing: &PublicStanding) -> EffectView {
    let paper = standing.on_paper.then_some(ON_PAPER);
    let notes = paper.into_iter().chain(standing.flags.iter().map(|flag| flag_words(*flag))).collect();
    EffectView { notes, ..effect(&standing.effect) }
}

const ON_PAPER: (&str, &str) = (
    "紙で交付する通知です。正式なものは紙の通知書で、この電子ファイルは正式な交付ではありません。",
    "Delivered on paper: the paper is official, and this file is not.",
);

/// Names an event by the ledger's verb.
pub fn event(what: &str) -> (&str, &str) {
    match what {
        "notice.drafted" => ("起案", "Drafted"),
        "notice.redrafted" => ("起案の修正", "Redrafted"),
        "notice.numbered" => ("文書番号の取得", "Numbered"),
        "notice.taken-back" => ("決裁からの取下げ", "Taken back"),
        "notice.discarded" => ("廃案", "Given up"),
        "notice.submitted" => ("決裁に回付", "Submitted"),
        "notice.approved" => ("決裁（承認）", "Approved"),
        "notice.approved-in-place" => ("代決（承認）", "Approved in somebody's place"),
        "notice.returned" => ("差戻し", "Returned"),
        "notice.sealed" => ("電子公印の付与", "Sealed"),
        "notice.released-unsealed" => ("公印省略で確定", "Released without seal"),
        "notice.upgraded" => ("長期署名への延長", "Extended"),
        "notice.renewal-due" => ("証明の更新の開始", "To be renewed"),
        "notice.renewed" => ("証明の更新", "Renewed"),
        "notice.proof-alarm" => ("証明の期限が近い", "Proof ends soon"),
        "notice.proof-completed" => ("失効情報の追加", "Revocation data added"),
        "notice.proof-lost" => ("証明の喪失", "Proof lost"),
        "notice.proof-found" => ("証明の回復", "Proof found again"),
        "notice.upgrade-dropped" => ("長期署名への延長の取りやめ", "Extension dropped"),
        "notice.issued" => ("施行", "Issued"),
        "notice.consent-recorded" => ("電子交付への同意を記録", "Consent recorded"),
        "notice.consent-withdrawn" => ("同意の撤回", "Consent withdrawn"),
        "notice.reissued" => ("再交付", "Issued anew"),
        "notice.reminded" => ("期限のお知らせ", "Reminded"),
        "notice.to-print-room" => ("印刷に回付", "To the print room"),
        "notice.printed" => ("印刷", "Printed"),
        "notice.posted" => ("発送", "Posted"),
        "notice.contact-recorded" => ("連絡先の記録", "Contact recorded"),
        "notice.mail-accepted" => ("メールをサーバーが受付", "Mail accepted by the server"),
        "notice.mail-refused" => ("メールの受付を拒否された", "Mail refused"),
        "notice.mail-given-up" => ("メールの送信を断念", "Mail given up"),
        "notice.mail-dropped" => ("メールの送信を取りやめ", "Mail dropped"),
        "notice.mail-retried" => ("メールの再送", "Mail queued again"),
        "notice.opened" => ("受取人がリンクを開いた", "Link opened"),
        "notice.code-wrong" => ("受取コードの誤り", "Wrong code"),
        "notice.downloaded" => ("ダウンロードの完了", "Downloaded"),
        "notice.receipt-confirmed" => ("受取人による受取の確認", "Receipt confirmed"),
        "notice.available" => ("受取可", "Available"),
        "notice.arrived" => ("到達", "Arrived"),
        "notice.revoked" => ("取消し", "Revoked"),
        "notice.replaced" => ("差替え", "Replaced"),
        "notice.handed-over" => ("機構改革による引継ぎ", "Taken over"),
        "notice.to-paper" => ("紙の交付に切替", "To paper"),
        other => (other, ""),
    }
}
