//! What the web service itself refuses.

use super::Entry;

/// Codes of the web service.
pub(super) const ENTRIES: &[Entry] = &[
    (
        "http-forged-form",
        "この画面の有効期限が切れています。画面を開き直して、もう一度お試しください。",
        "This form has expired. Open the page again and retry.",
    ),
    ("http-sign-in-needed", "サインインが必要です。", "Sign in first."),
    ("http-code-needed", "先に受取コードを入力してください。", "Enter the collection code first."),
    ("http-too-often", "短い時間に何度も試されたため、受付を止めています。", "Too many attempts in a short time."),
    ("http-too-large", "送られたファイルが大きすぎます。", "The upload is too large."),
    (
        "http-too-large-to-hand-out",
        "パッケージが大きすぎるため、画面からは書き出せません。サーバーで fumikura transfer send を実行してください。",
        "The package is too large for this page; use fumikura transfer send.",
    ),
    ("http-bad-form", "送られた内容を読み取れませんでした。", "The form could not be read."),
    ("http-bad-field", "入力欄に、空欄か読み取れない値があります。", "A field is missing or cannot be read."),
    ("http-nothing-chosen", "一つ以上選んでください。", "Choose at least one."),
    ("http-no-page", "お探しのページはありません。", "There is no such page."),
    ("http-bad-method", "このページではその操作を受け付けていません。", "This page does not take that method."),
    ("http-too-slow", "時間内に処理が終わりませんでした。", "The request took too long."),
    ("http-busy", "いま多くのファイルを受け付けています。", "Too many uploads at this moment; try again shortly."),
    ("http-template", "ページを表示できませんでした。", "The page could not be written."),
    ("http-worker", "処理が途中で止まりました。", "A worker ended unexpectedly."),
    (
        "http-engine-not-wasm",
        "検証プログラムのファイルは、WebAssemblyではありません。",
        "The engine's file is no WebAssembly module.",
    ),
    (
        "http-engine-foreign",
        "検証プログラムが、このプログラムと同じソースから作られていません。作り直してください。",
        "The engine was made from other sources than this program. Build it anew.",
    ),
    (
        "browser-trust-not-readable",
        "信頼の起点と失効の情報を読み取れません。ページを開き直してください。",
        "The trust anchors and revocation lists cannot be read. Reload the page.",
    ),
    (
        "effect-in-force",
        "この通知は取り消されておらず、差し替えられてもいません。",
        "This notice has been neither revoked nor replaced.",
    ),
    (
        "effect-revoked",
        "この通知は{at}に取り消されました。電子公印が有効でも、通知の効力はありません。",
        "This notice was revoked on {day}. It has no effect, even if its seal is valid.",
    ),
    ("effect-replaced", "この通知は{at}に、{by}に差し替えられました。", "This notice was replaced by {by} on {day}."),
    (
        "effect-unknown",
        "この文書は、本システムの台帳には見当たりません。効力については、発行した課へお問い合わせください。",
        "This notice is not in our ledger; ask the issuing office about its present effect.",
    ),
    (
        "paper-in-force",
        "この文書番号と確認番号の通知は、{at}に発行されています。取り消されておらず、差し替えられてもいません。",
        "The notice of these numbers was issued on {day}. It has been neither revoked nor replaced.",
    ),
    (
        "paper-revoked",
        "この文書番号と確認番号の通知は、{at}に取り消されました。通知の効力はありません。",
        "The notice of these numbers was revoked on {day}. It has no effect.",
    ),
    (
        "paper-replaced",
        "この文書番号と確認番号の通知は、{at}に別の通知に差し替えられました。この通知の効力はありません。",
        "The notice of these numbers was replaced by another on {day}. It has no effect.",
    ),
    (
        "paper-unknown",
        "この文書番号と確認番号の通知は、見当たりません。二つの番号をもう一度確かめてください。それでも見当たらないときは、紙に書かれた問合せ先ではなく、市の代表の窓口へお問い合わせください。",
        "No notice of these numbers was issued here. Check both numbers; if they are right, ask the city, not whom the paper names.",
    ),
    ("browser-bad-time", "検証の時刻が正しくありません。", "The time to check at makes no sense."),
];
