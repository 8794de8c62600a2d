//! What every page shares: title, the signed-in person, the form token, the notice after a deed; and rendering.

use crate::http::problem::{Problem, WebFault};
use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use std::borrow::Cow;

/// The frame around one page.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The Japanese title.
    pub title: Cow<'static, str>,
    /// The English title.
    pub english: Cow<'static, str>,
    /// The menu entry this page stands under.
    pub here: Cow<'static, str>,
    /// The signed-in member of staff.
    pub person: Option<Person>,
    /// The token each form carries.
    pub token: String,
    /// What was just done, in Japanese and English.
    pub done: Option<(&'static str, &'static str)>,
    /// The name of the city, empty where unset.
    pub city: String,
    /// Whether this is a demonstration.
    pub demo: bool,
    /// Whether everybody may read the register of record files.
    pub publishes: bool,
}

/// The signed-in person as the header shows them.
#[derive(Clone, Debug)]
pub struct Person {
    /// The display name.
    pub name: String,
    /// The roles in Japanese.
    pub roles: String,
    /// Whether the person may see records.
    pub sees_records: bool,
    /// Whether the person may read the ledger.
    pub sees_audit: bool,
    /// Whether the person sees how proofs and backups stand.
    pub sees_proofs: bool,
    /// Whether the person keeps the accounts.
    pub keeps_accounts: bool,
    /// Whether the person sees how sections move.
    pub reorganises: bool,
    /// Whether something has to be done first, so that no page but that of the account opens.
    pub is_held: bool,
}

/// One entry of the menu.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Where it leads.
    pub path: &'static str,
    /// The Japanese word.
    pub ja: &'static str,
    /// The English word.
    pub en: &'static str,
}

/// What stands in the bar of the menu: an entry, or several that unfold below one word.
#[derive(Clone, Debug)]
pub struct Group {
    /// The Japanese word.
    pub ja: &'static str,
    /// The English word.
    pub en: &'static str,
    /// The entries; one alone is a link, which has its words.
    pub entries: Vec<Entry>,
}

impl Group {
    /// Makes one of the entries that are there for somebody; none where there are none.
    fn of(ja: &'static str, en: &'static str, entries: &[(bool, Entry)]) -> Option<Self> {
        let entries: Vec<Entry> = entries.iter().filter(|(is_there, _)| *is_there).map(|(_, entry)| *entry).collect();
        (!entries.is_empty()).then_some(Self { ja, en, entries })
    }

    /// Returns the entry of a group that has no other.
    pub fn alone(&self) -> Option<&Entry> {
        self.entries.first().filter(|_| self.entries.len() == 1)
    }

    /// Tells whether a page stands under one of the entries.
    pub fn holds(&self, here: &str) -> bool {
        self.entries.iter().any(|entry| entry.path == here)
    }
}

const fn entry(path: &'static str, ja: &'static str, en: &'static str) -> Entry {
    Entry { path, ja, en }
}

impl Person {
    /// Returns the menu of this person: few words in one line, each with what belongs together below it.
    pub fn menu(&self) -> Vec<Group> {
        let (sees, is_free) = (self.sees_records, !self.is_held);
        let account = [(self.is_held, entry("/account", "アカウント", "Account"))];
        let desk = [(is_free, entry("/desk", "担当業務", "Desk"))];
        let tray = [(is_free && sees, entry("/tray", "受付トレイ", "Tray"))];
        let records = [
            (is_free && sees, entry("/records", "文書ファイル管理簿", "Register")),
            (is_free && sees, entry("/records/search", "文書の検索", "Search")),
            (is_free && sees, entry("/searches", "保存した検索", "Saved searches")),
            (is_free && sees, entry("/shelves", "書架", "Shelves")),
        ];
        let fates = [
            (is_free && sees, entry("/records/due", "満了・未計算", "Due")),
            (is_free && sees, entry("/holds", "廃棄保留", "Holds")),
            (is_free && sees, entry("/disposals", "廃棄", "Disposal")),
            (is_free && sees, entry("/transfers", "移管", "Transfer")),
        ];
        let keeping = [
            (is_free && self.keeps_accounts, entry("/accounts", "アカウント", "Accounts")),
            (is_free && self.reorganises, entry("/reorganisations", "機構改革", "Reorganisation")),
            (is_free && self.sees_audit, entry("/audit", "台帳・監査", "Audit")),
            (is_free && self.sees_proofs, entry("/proofs", "証明の期限", "Proofs")),
            (is_free && self.sees_proofs, entry("/backups", "控え", "Backups")),
            (is_free, entry("/tokens", "APIトークン", "API tokens")),
        ];
        let groups = [
            Group::of("アカウント", "Account", &account),
            Group::of("担当業務", "Desk", &desk),
            Group::of("受付トレイ", "Tray", &tray),
            Group::of("文書", "Records", &records),
            Group::of("満了・廃棄・移管", "Retention", &fates),
            Group::of("管理", "Administration", &keeping),
        ];
        groups.into_iter().flatten().collect()
    }
}

/// Renders a view, or a part of one.
pub fn rendered(view: &impl Template) -> Result<String, Problem> {
    view.render().map_err(|error| {
        tracing::error!(%error, "a page could not be written");
        WebFault::Template.into()
    })
}

/// Renders a view as a page that no cache keeps.
pub fn show(view: &impl Template) -> Result<Response, Problem> {
    let html = rendered(view)?;
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Html(html)).into_response())
}

/// Sends the browser on after a deed, so that reloading repeats nothing.
pub fn go(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// What was done, on its way to the page that says so: none of it stands in the address.
#[derive(Clone, Debug)]
pub struct Done {
    /// The path of that page.
    pub path: String,
    /// The key of the sentence.
    pub done: &'static str,
}

/// Sends the browser on and lets the next page say what was done, once, to this browser alone.
pub fn go_done(place: &str, done: &str) -> Response {
    let mut response = go(place);
    if let Some((done, ..)) = DONE.iter().find(|row| row.0 == done) {
        let path = place.split(['?', '#']).next().unwrap_or(place).to_owned();
        response.extensions_mut().insert(Done { path, done });
    }
    response
}

/// Returns the sentence of a key, in Japanese and English.
pub fn done_words(done: &str) -> Option<(&'static str, &'static str)> {
    DONE.iter().find(|row| row.0 == done).map(|(_, ja, en)| (*ja, *en))
}

/// Keys, Japanese and English sentences shown after a deed.
const DONE: &[(&str, &str, &str)] = &[
    ("drafted", "起案を保存しました。", "The draft is saved."),
    (
        "drafted-before",
        "同じ内容の起案は、すでに保存してあります。もう一つは作っていません。",
        "The same draft was saved already; no second one is made.",
    ),
    ("redrafted", "起案を直しました。", "The draft is changed."),
    ("numbered", "文書番号を取りました。", "The number is taken."),
    ("submitted", "決裁に回しました。", "Submitted for approval."),
    ("approved", "決裁しました。承認したPDFのハッシュ値を記録しました。", "Approved; the PDF's hash is recorded."),
    ("returned", "差し戻しました。", "Returned to the drafter."),
    ("sealed", "電子公印を付しました。", "Sealed."),
    ("taken-back", "決裁から取り下げました。起案中に戻っています。", "Taken back; it is a draft again."),
    ("discarded", "廃案にしました。", "The draft is given up."),
    ("issued", "施行しました。", "Issued."),
    ("reissued", "再交付しました。前のリンクは使えません。", "Issued anew; the earlier link has ended."),
    ("account-made", "アカウントを作りました。", "The account is made."),
    ("password-made", "初期パスワードを作りました。", "A first password is made."),
    ("token-made", "トークンを作りました。", "The token is made."),
    ("revoked", "取消しを記録しました。", "The revocation is recorded."),
    ("replaced", "差替えを記録しました。", "The replacement is recorded."),
    ("to-paper", "紙の交付に切り替えました。", "Switched to paper."),
    ("consented", "受け取りの準備ができました。", "You can now collect the notice."),
    ("consent-recorded", "電子交付への同意を記録しました。", "The consent is recorded."),
    ("withdrawal-recorded", "同意の撤回を記録しました。", "The withdrawal is recorded."),
    ("receipt-confirmed", "お受け取りを記録しました。", "Noted that you have it."),
    ("reminded", "期限のお知らせを送信待ちに入れました。", "Reminders are queued."),
    ("no-reminders", "いまお知らせする期限はありません。", "Nobody is to be reminded now."),
    ("proofs-rehearsed", "将来の証明を試しました。", "Coming decades were rehearsed."),
    ("proofs-run", "証明を確かめ、作り、更新しました。", "Proofs were judged, made and renewed."),
    (
        "proofs-wait",
        "更新できなかった証明があります。表の理由を見てください。",
        "Some proofs could not be renewed; the table says why.",
    ),
    ("print-made", "印刷用のまとまりを作りました。", "The package is made."),
    ("print-printed", "印刷を記録しました。", "Printing is recorded."),
    ("print-posted", "発送を記録し、宛先の住所を消しました。", "Posting is recorded, and the addresses are gone."),
    ("contact-recorded", "連絡先を記録しました。", "Where the recipient is reached is recorded."),
    ("mail-retried", "メールを送り直します。", "The mail is queued again."),
    ("withdrawn", "電子交付への同意の撤回を記録しました。", "The withdrawal of your consent is recorded."),
    ("account-changed", "アカウントを変えました。", "The account is changed."),
    ("factors-reset", "二つ目の要素を外しました。", "The second factors are taken off."),
    ("set-up", "管理者を登録しました。サインインしてください。", "The administrator is registered; sign in."),
    (
        "password-changed",
        "パスワードを変えました。ほかの端末でのサインインは終わりました。",
        "The password is changed; your other sessions have ended.",
    ),
    ("factor-removed", "認証アプリの登録を外しました。", "The authenticator is removed."),
    ("passkey-removed", "パスキーの登録を外しました。", "The passkey is removed."),
    ("session-ended", "サインインを終わらせました。", "The session has ended."),
    ("news-read", "確認しました。", "Noted."),
    ("signed-out", "サインアウトしました。", "You have signed out."),
    ("taken-in", "文書を受け付けました。順に処理します。", "The documents are taken in."),
    ("pages-noted", "見た頁を記録しました。", "The pages you looked at are noted."),
    ("described", "件名と保存先を記録しました。", "The description is noted."),
    ("divided", "束を分けました。", "The stack is taken apart."),
    ("scan-rejected", "差し戻しました。", "Sent back."),
    (
        "scan-given-up",
        "保存を取りやめました。期限までは取り戻せます。",
        "Given up; it can be taken back for some days.",
    ),
    ("scan-taken-back", "取り戻しました。もう一度処理します。", "Taken back."),
    ("scan-goes-on", "手続きを進めました。", "It goes on."),
    ("paper-noted", "紙の扱いを記録しました。", "Noted."),
    ("shredding-proposed", "廃棄リストを作りました。承認を待っています。", "The list waits for approval."),
    ("shredding-noted", "廃棄リストに記録しました。", "Noted on the list."),
    ("filed", "文書を保存しました。", "The record is filed."),
    ("closed", "文書ファイルを完結しました。", "The record file is closed."),
    ("opened", "文書ファイルを作成しました。", "The record file is opened."),
    ("held", "廃棄保留を登録しました。", "The hold is placed."),
    (
        "held-too-late",
        "廃棄保留を登録しましたが、すでに廃棄が始まっていた文書があります。",
        "The hold is placed, but some records were already being destroyed.",
    ),
    (
        "held-unreached",
        "廃棄保留を登録しました。対象の一部を今は読めませんが、廃棄の前に必ず確かめます。",
        "The hold is placed. Some of what it lies on cannot be read now; every destruction still finds the hold.",
    ),
    ("search-saved", "検索を保存しました。", "The search is saved."),
    ("search-deleted", "検索を削除しました。", "The search is deleted."),
    (
        "rules-loaded",
        "規則集を読み込みました。適用の日から効きます。",
        "The rule set is loaded, and acts for the days it is for.",
    ),
    (
        "rules-wait",
        "規則集を読み込みました。ほかの二人が承認すると効きます。",
        "The rule set is loaded. It acts once two others have approved it.",
    ),
    ("rules-approved", "規則集を承認しました。もう一人の承認で効きます。", "Approved; one more approval is needed."),
    ("rules-act", "規則集を承認しました。この版が効きます。", "Approved; this version acts."),
    (
        "released",
        "廃棄保留の解除を記録しました。一覧の「保存の最終日」までは、引き続き廃棄されません。",
        "The release is recorded. What it lies on is kept through the last day in the list.",
    ),
    (
        "batch-frozen",
        "一覧を確定しました。まだ電子公印は付いていません。",
        "The list is frozen; nothing is sealed yet.",
    ),
    ("batch-released", "一覧を承認しました。順に電子公印を付しています。", "Released; the seals are being made."),
    ("frozen", "廃棄案を確定しました。", "The disposal list is frozen."),
    ("disposal-approved", "廃棄を承認しました。", "The disposal is approved."),
    ("rejected", "廃棄案を却下しました。", "The disposal list is rejected."),
    ("ran", "廃棄を実行しました。", "The disposal has run."),
    (
        "ran-braked",
        "一覧の最初の部分を廃棄し、いったん止まりました。結果を確かめてから再開してください。",
        "The first part of the list is destroyed, and the run has paused. Look at the outcome, then go on.",
    ),
    (
        "ran-waiting",
        "今は廃棄できない簿冊があります。一覧に残っていますので、もう一度実行してください。",
        "Some files could not be destroyed now. They stay on the list; run it again.",
    ),
    ("board", "審査会の同意を記録しました。", "The board's consent is recorded."),
    ("certified", "廃棄証明書を発行しました。", "The certificate is issued."),
    ("access-changed", "閲覧の範囲を変えました。", "Who may see it is changed."),
    (
        "access-waits",
        "閲覧の範囲を広げる変更を記録しました。別の文書管理者が同じ変更をすると、効力を持ちます。",
        "The wish for a more open class is recorded. It counts once a second records manager wishes the same.",
    ),
    (
        "transfer-sent",
        "引き渡しを記録しました。移管先の受領書が届いたら取り込んでください。",
        "Recorded as sent; take in the archives' receipt when it comes.",
    ),
    (
        "transfer-received",
        "受領を記録し、移管・廃棄簿に載せました。当方の写しは、通常の廃棄の手順で廃棄できます。",
        "The receipt is recorded. Our copy can be destroyed in the usual way.",
    ),
    ("transfer-cancelled", "移管を取りやめました。", "The transfer is called off."),
    (
        "reorganisation-proposed",
        "案を出しました。別の人が承認すると、施行日に行われます。",
        "Proposed; another person approves it.",
    ),
    ("reorganisation-approved", "案を承認しました。施行日に行われます。", "Approved; it is done on its day."),
    ("reorganisation-applied", "案を承認し、引継ぎを行いました。", "Approved and done."),
    ("reorganisation-withdrawn", "案を取り下げました。", "Withdrawn."),
    ("heads-counted", "課の人数を記録しました。", "The head count is saved."),
    ("furniture-added", "什器を登録しました。", "The furniture is added."),
    ("furniture-read", "今回の調査を記録しました。", "The reading is saved."),
    ("furniture-removed", "什器の撤去を記録しました。", "The furniture is marked as taken away."),
    ("volume-added", "分冊を登録しました。", "The volume is added."),
    ("volume-lent", "貸出しを記録しました。", "The loan is saved."),
    ("volume-returned", "返却を記録しました。", "The return is saved."),
    ("volume-scanning", "電子化の予定を記録しました。", "The plan to scan it is noted."),
    ("volume-moved", "場所を記録しました。", "The place is saved."),
    ("volume-measured", "厚さを記録しました。", "The thickness is saved."),
    ("volume-removed", "分冊の登録を取り消しました。", "The volume is taken off the list."),
    (
        "token-revoked",
        "トークンを失効させました。この瞬間から使えません。",
        "The token is revoked, from this moment on.",
    ),
    ("appraised", "評価選別を記録しました。", "The appraisal is recorded."),
];
