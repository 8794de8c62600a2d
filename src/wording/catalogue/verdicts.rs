//! The verdict as residents read it, and the labels of the report as text.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    ("NO-SIGNATURE", "電子署名がありません。", "There is no electronic signature."),
    ("TOTAL-PASSED", "すべての確認に合格しました。", "Every check passed."),
    ("INDETERMINATE", "正しいとも正しくないとも判定できません。", "What is known does not suffice for a verdict."),
    ("TOTAL-FAILED", "電子署名は正しいものではありません。", "The signature is not a good one."),
    ("verdict-valid", "有効", "Valid"),
    ("verdict-altered", "無効（改変あり）", "Invalid (altered)"),
    ("verdict-invalid", "無効", "Invalid"),
    ("verdict-undetermined", "判定不能", "Undetermined"),
    ("verdict-unsigned", "署名なし", "Not signed"),
    (
        "reason-valid",
        "この文書は、表示された署名者が電子署名をしたもので、署名の後に内容は変わっていません。",
        "This document was signed by the signer shown, and its content has not changed since.",
    ),
    (
        "reason-valid-changed",
        "この文書は、表示された署名者が電子署名をしたものです。署名の後に、許されている記入などがあります（技術的な詳細に示します）。それ以外の内容は変わっていません。",
        "This document was signed by the signer shown. What may be added was added since (see the details); nothing else has changed.",
    ),
    (
        "reason-altered",
        "この文書は、電子署名がされた後に内容が書き換えられています。",
        "This document was altered after it had been signed.",
    ),
    (
        "reason-invalid",
        "この文書の電子署名は正しいものではありません。",
        "The electronic signature on this document is not a good one.",
    ),
    (
        "reason-undetermined",
        "この文書の電子署名が正しいかどうかを判断するための情報が足りません。",
        "There is not enough information to tell whether the signature on this document is good.",
    ),
    (
        "reason-unsigned",
        "この文書には電子署名がないため、この方法では確かめられません。",
        "This document carries no electronic signature, so it cannot be checked this way.",
    ),
    (
        "reason-unsigned-damaged",
        "このファイルは壊れているか、途中で切れていて、電子署名を見つけられませんでした。",
        "This file is damaged or cut short, and no electronic signature was found in it.",
    ),
    (
        "reason-altered-stamped",
        "この文書は、タイムスタンプが付いた後に内容が書き換えられています。",
        "This document was altered after it had been timestamped.",
    ),
    (
        "reason-timestamp-only",
        "この文書には、ある時刻に存在したことを示すタイムスタンプだけがあり、署名者の電子署名はありません。",
        "This document carries only a timestamp, which tells when it existed, and no signature by anyone.",
    ),
    (
        "advice-valid",
        "許可などが現在も有効かどうかは、これとは別に、検証ページの「通知の現在の効力」か、発行元の窓口でご確認ください。",
        "Whether the notice still has effect today is a separate question: see its present effect on the verification page, or ask the office.",
    ),
    (
        "advice-altered",
        "この文書を使わず、発行元の窓口にお問い合わせください。連絡先は、この文書に書かれたものではなく、公式サイトなどで調べたものを使ってください。",
        "Do not rely on this document. Please ask the office that issued it, by contacts from elsewhere than this document.",
    ),
    (
        "advice-invalid",
        "この文書を使わず、発行元の窓口にお問い合わせください。連絡先は、この文書に書かれたものではなく、公式サイトなどで調べたものを使ってください。",
        "Do not rely on this document. Please ask the office that issued it, by contacts from elsewhere than this document.",
    ),
    (
        "advice-undetermined",
        "正しくないと決まったわけではありませんが、ここでは確かめられません。発行元の窓口にお問い合わせください。",
        "This does not mean that the document is false, but it cannot be confirmed here. Please ask the office that issued it.",
    ),
    (
        "advice-try-later",
        "正しくないと決まったわけではありません。時間をおいて確かめ直すか、発行元の窓口にお問い合わせください。",
        "This does not mean that the document is false. Please try again later, or ask the office that issued it.",
    ),
    (
        "advice-unknown-signer",
        "このような署名は、だれにでも作れます。名乗っている発行元の窓口（連絡先は、公式サイトなどで調べたもの）で確かめられるまで、この文書を信用しないでください。",
        "Anyone can make such a signature. Do not rely on this document until the office that it names has confirmed it.",
    ),
    (
        "advice-unsigned-damaged",
        "もう一度ダウンロードするか、発行元から受け取り直して、確かめ直してください。",
        "Please download it again, or get it anew from the office that issued it, and check that.",
    ),
    (
        "advice-unsigned",
        "署名を省略した通知の場合もあります。真正かどうかは、発行元の窓口にお問い合わせください。",
        "Some notices are issued without a signature. Please ask the office named in it whether it is genuine.",
    ),
];
