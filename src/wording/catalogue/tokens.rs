//! Why a token is not made or not taken, and why a request of another system is not done.

use super::Entry;

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    ("token-not-found", "そのようなトークンはありません。", "There is no such token."),
    ("token-not-taken", "トークンがないか、登録されていないか、失効または期限切れです。", "The token is missing, unknown, revoked or has ended."),
    ("token-out-of-scope", "このトークンの利用範囲に含まれていません。", "The token is not for this."),
    ("token-unknown-scope", "そのような利用範囲はありません。", "There is no such scope."),
    ("token-no-scopes", "利用範囲を一つ以上選んでください。", "Choose at least one scope."),
    ("token-scope-beyond-roles", "アカウントの役割では使えない利用範囲が含まれています。", "The account has none of the roles that a chosen scope takes."),
    ("token-bad-name", "トークンの名前は 1 文字から 80 文字で入力してください。", "A token's name has 1 to 80 characters."),
    ("token-name-taken", "同じ名前の有効なトークンがあります。別の名前にするか、先にそのトークンを失効させてください。", "The account has a token of that name; revoke it first, or choose another name."),
    ("token-bad-end", "トークンの期限は、今日から 400 日以内にしてください。", "A token ends today at the earliest and after 400 days at the latest."),
    ("token-too-many", "有効なトークンが多すぎます。使わないものを失効させてください。", "The account has too many tokens that are taken; revoke some."),
    ("token-not-a-system", "ほかのアカウントのトークンは、システム用アカウントのものだけを、システム管理者が作れます。", "A token for somebody else is made by an administrator, and only for the account of a system."),
    ("token-not-by-token", "トークンの作成と失効は、人が行います。", "Tokens are made and revoked by people."),
    ("token-persons-role", "決裁・公印・文書管理・システム管理の役割は、システム用アカウントには付けられません。", "A system does not have a role that decides."),
    ("request-key-reused", "この Idempotency-Key は、別の要求に使われています。", "This idempotency key was used for another request."),
    ("request-done-before", "この要求は、すでに行われています。", "This request was done before."),
    ("request-under-way", "同じ要求を、いま処理しています。少し待って、もう一度お尋ねください。", "The same request is being done right now; ask again."),
    ("notice-unknown-place", "このカーソルは、このデータベースのものではありません。カーソルなしで、初めから取得してください。", "The cursor is not of this database, or of before it was restored; begin again without one."),
    ("http-key-needed", "Idempotency-Key ヘッダーを付けてください（印字できる ASCII 文字、200 文字まで）。", "The header Idempotency-Key is missing or cannot be read."),
    ("http-bad-value", "送られた内容に、読み取れない値があります。", "A value of the request cannot be read."),
    ("http-bad-media-type", "この種類の内容は受け付けていません。", "The body is not of a media type that is taken here."),
];
