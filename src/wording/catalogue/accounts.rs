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
    ("account-not-enrolling", "登録の途中ではありません。初めからやり直してください。", "No authenticator is being enrolled; begin again."),
    ("account-no-such-factor", "二要素認証は登録されていません。", "The account has no such second factor."),
    ("account-last-factor", "この役割には二要素認証が必要なため、最後の一つは外せません。", "A role asks for a second factor, and this is the only one."),
    ("account-factor-sealed", "認証アプリの登録を、ここでは確かめられません。回復コードをお使いください。", "The second factor cannot be checked here; use a recovery code."),
    ("account-no-such-session", "そのサインインは、すでに終わっています。", "That session has ended."),
    ("code-missing", "確認コードがありません。", "There is no code."),
    ("http-again-unbound", "もう一度確かめる画面が、この操作のものではありません。元の画面からやり直してください。", "This confirmation is not of this browser and this deed; begin again."),
];
