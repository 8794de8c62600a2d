//! Why an account does not let somebody in, or is not changed.

use super::Entry;

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    ("account-factor-needed", "このアカウントでは、パスワードのほかに確認コードが必要です。", "The account asks for a second factor."),
    ("account-password-to-change", "ほかの人が決めたパスワードです。先に、ご自身のパスワードに変えてください。", "Somebody else chose this password; change it first."),
    ("account-factor-to-enrol", "この役割には二要素認証が必要です。先に、認証アプリなどを登録してください。", "A role of this account asks for a second factor; enrol one first."),
    ("account-common-password", "推測されやすいパスワードです（よく使われる語、同じ文字の繰り返し、連番、利用者名を含むもの）。", "This password is easily guessed."),
    ("account-long-password", "パスワードは 200 文字以内にしてください。", "A password has 200 characters at most."),
    ("account-same-password", "今のパスワードと同じです。", "The new password is the present one."),
    ("account-unrepeated", "新しいパスワードが、二つの欄で違います。", "The two new passwords differ."),
    ("account-wrong-code", "確認コードが違うか、すでに使われています。", "The code is wrong, or was used before."),
    ("account-wrong-passkey", "パスキーで確かめられませんでした。", "The passkey did not work."),
    ("account-passkey-unverified", "パスキーが、使う人を（暗証番号や指紋などで）確かめていません。パスワードをお使いください。", "The passkey did not verify who uses it; use the password."),
    ("account-passkey-copied", "このパスキーは、写しがほかにあるおそれがあります（回数が進んでいません）。登録を外し、システム管理者に連絡してください。", "This passkey seems to exist twice; remove it, and tell an administrator."),
    ("account-passkey-algorithm", "このパスキーの鍵の種類には対応していません。", "The passkey's key is of no algorithm that is taken here."),
    ("account-known-passkey", "このパスキーは、すでに登録されています。", "This passkey is registered already."),
    ("account-bad-passkey-name", "パスキーの名前は 1 文字から 40 文字で入力してください。", "A passkey's name has 1 to 40 characters."),
    ("account-too-many-passkeys", "パスキーが多すぎます。使わないものを外してください。", "The account has too many passkeys; remove some."),
    ("account-bad-public-url", "public_url は https://名前 の形にしてください（localhost だけは http:// でもかまいません）。", "public_url is https://NAME, without a path."),
    ("account-not-known-here", "認証基盤で確かめた方のアカウントが、ここにはありません。システム管理者にお尋ねください。", "No account here is for whom the identity provider names."),
    ("provider-options", "認証基盤（[oidc]）の設定を使えません。", "The identity provider's settings cannot be used."),
    ("provider-unreachable", "認証基盤が応答しません。パスワードをお使いになるか、時間をおいてお試しください。", "The identity provider does not answer."),
    ("provider-refused", "認証基盤で確かめられませんでした。", "The identity provider refused."),
    ("provider-mistrusted", "認証基盤からの答えを信用できません。", "What the identity provider says is not believed."),
    ("provider-too-weak", "認証基盤での確かめ方が、ここで求める強さに足りません。", "The identity provider did not ask for as much as is demanded here."),
    ("http-provider-unasked", "認証基盤からの答えが、この画面からの問合せに対するものではありません。もう一度サインインしてください。", "This answer was not asked for in this browser; begin again."),
    ("account-not-enrolling", "登録の途中ではありません。初めからやり直してください。", "No authenticator is being enrolled; begin again."),
    ("account-no-such-factor", "二要素認証は登録されていません。", "The account has no such second factor."),
    ("account-last-factor", "この役割には二要素認証が必要なため、最後の一つは外せません。", "A role asks for a second factor, and this is the only one."),
    ("account-factor-sealed", "認証アプリの登録を、ここでは確かめられません。回復コードをお使いください。", "The second factor cannot be checked here; use a recovery code."),
    ("account-no-such-session", "そのサインインは、すでに終わっています。", "That session has ended."),
    ("code-missing", "確認コードがありません。", "There is no code."),
    ("http-again-unbound", "もう一度確かめる画面が、この操作のものではありません。元の画面からやり直してください。", "This confirmation is not of this browser and this deed; begin again."),
];
