//! Why the office, the database or the records could not do what was asked.

use super::Entry;

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    // Accounts.
    ("office-not-in-role", "この操作をする役割がありません。", "Your roles do not allow this."),
    ("office-unknown-role", "そのような役割はありません。", "There is no such role."),
    ("office-sign-in-failed", "名前またはパスワードが違います。", "The name or the password is wrong."),
    ("office-account-locked", "パスワードの誤りが続いたため、しばらく使えません。", "Too many wrong passwords; the account is locked for a while."),
    ("office-no-session", "時間が経ったため、もう一度サインインしてください。", "The session has ended; sign in again."),
    ("office-bad-account-name", "その利用者名は使えません。", "The account name cannot be used."),
    ("office-weak-password", "パスワードは 12 文字以上にしてください。", "A password has at least 12 characters."),
    ("office-no-such-user", "そのような利用者はいません。", "There is no such account."),
    ("office-changed-meanwhile", "ほかの人が先に変更しました。もう一度ご覧ください。", "Somebody else changed this meanwhile; look again."),
    ("office-ledger-word", "台帳に記録できませんでした。", "The ledger entry could not be written."),
    ("office-task", "処理が途中で終わりました。", "A task ended unexpectedly."),
    ("office-settings", "設定を使えません。", "The settings cannot be used."),
    // The database.
    ("store-unavailable", "データベースを使えません。", "The database is not available."),
    ("store-disk", "データベースのディスクが故障しているか、いっぱいです。", "The database's disk failed or is full."),
    ("store-damaged", "データベースに、読めない内容があります。", "The database holds something that cannot be read."),
    ("store-conflict", "すでに存在するか、ほかの人が先に変更しました。", "It is there already, or was changed meanwhile."),
    // Filing.
    ("filing-no-such-file", "そのような簿冊はありません。", "There is no such record file."),
    ("filing-no-such-record", "そのような文書はありません。", "There is no such record."),
    ("filing-not-a-leaf", "その分類には、簿冊を作れません（小分類を選んでください）。", "Record files are kept in the smallest classes only."),
    ("filing-no-rule", "その分類に当てはまる保存の規則がありません。", "No retention rule applies to this class."),
    ("filing-no-rule-set", "有効な保存の規則集がありません。", "There is no rule set in effect."),
    ("filing-rule-version-taken", "規則集のその版は、すでに登録されています。", "That version of the rule set is registered already."),
    ("filing-file-closed", "その簿冊は、すでに完結しています。", "The record file is closed."),
    ("filing-file-state", "その簿冊は、今の状態ではこの操作ができません。", "The record file's state does not allow this."),
    ("filing-file-listed", "その簿冊は、廃棄の一覧に載っています。", "The record file is on a list for disposal."),
    ("filing-sealed-off", "その文書は、廃棄のため閲覧できません。", "The record is sealed off for disposal."),
    ("filing-destroyed", "その文書は廃棄されました。", "The record has been destroyed."),
    ("filing-notice-filed", "その通知は、すでに保存されています。", "The notice is filed already."),
    ("filing-day-in-future", "日付が未来です。", "The date is in the future."),
    ("filing-days-reversed", "日付の順序が逆です。", "The dates are in the wrong order."),
    // Holds and disposal.
    ("hold-not-found", "そのような廃棄保留はありません。", "There is no such hold."),
    ("hold-released", "その廃棄保留は、すでに解除されています。", "The hold has been released already."),
    ("disposal-not-found", "そのような廃棄の手続はありません。", "There is no such disposal."),
    ("disposal-state", "廃棄の手続は、今の状態ではこの操作ができません。", "The disposal's state does not allow this."),
    ("disposal-same-person", "提案した人や先に承認した人は、承認できません。", "Whoever proposed or already approved may not approve."),
    ("disposal-list-changed", "承認された一覧と内容が異なります。", "The list is not the one that was approved."),
    ("disposal-not-on-list", "その簿冊は、この一覧にありません。", "That record file is not on the list."),
    ("disposal-not-appraised", "評価選別が終わっていません。", "The appraisal is not done."),
    ("disposal-no-board-consent", "審査会の同意がありません。", "The review board has not consented."),
    ("disposal-grace-running", "猶予期間が終わっていません。", "The grace period is not over."),
    ("disposal-backups-not-aged", "バックアップの保存期限がまだ過ぎていません。", "The backups have not aged out yet."),
];
