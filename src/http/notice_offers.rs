//! What a person may do with a notice now, as its page offers it.

use crate::http::action::Action;
use crate::http::app::App;
use crate::http::choices::{Choices, Narrowed};
use crate::http::outbox;
use crate::http::staff::Staff;
use crate::office::Role;
use crate::office::notices::{Effect, Notice, NoticeMail, NoticeState, NoticeView};

/// What else a notice's page offers to choose from.
#[derive(Default)]
pub struct Offers {
    /// Record files that take records.
    pub files: Narrowed,
    /// Other notices in force for the same recipient.
    pub successors: Choices,
}

/// Lists what to offer; whether it is allowed is the verb's to say.
pub fn offered(app: &App, staff: &Staff, view: &NoticeView, offers: Offers) -> Vec<Action> {
    let mut actions = Vec::new();
    let (notice, summary) = (&view.notice, &view.summary);
    let clerk = staff.is_any(&[Role::Clerk]);
    if summary.own && matches!(notice.state, NoticeState::Draft | NoticeState::Returned) {
        actions.extend(ask_submit(notice));
    }
    if summary.may_approve {
        let approve = Action::plain(
            "approve",
            "承認する",
            "Approve",
            "上に示した起案PDFのハッシュ値を承認します。公印が付くのは、このハッシュ値のPDFだけです。",
        );
        let approve =
            approve.inviting("in_place_of", "代決するときは、だれに代わるか（例：課長不在のため）", "In whose place");
        actions.push(approve);
        actions.push(ask_return("理由を添えて起案者に戻します。"));
    }
    if summary.may_seal {
        actions.push(ask_return("公印を付けられないとき、誤りに気付いたときに、理由を添えて起案者に戻します。決裁は取り消され、直した後に改めて受けます。"));
    }
    if summary.may_give_up {
        actions.extend(ask_give_up(notice));
    }
    let consented = notice.consent.as_ref().is_some_and(|consent| consent.is_valid());
    let is_open = !matches!(notice.state, NoticeState::ToPaper | NoticeState::Discarded);
    if clerk && notice.delivery.is_none() && is_open && !consented {
        actions.push(ask_consent(app, summary.may_issue));
    }
    if clerk && view.may_have_contact() {
        actions.push(ask_contact(view, app.office.sends_mail()));
    }
    if clerk {
        actions.extend(ask_retry(notice));
    }
    if summary.may_issue && consented {
        actions.push(Action::plain("issue", "施行する", "Issue", issue_words(notice.reserved_number.is_some())));
    }
    if clerk {
        after_issue(view, offers, &mut actions);
    }
    // The usual next deed comes first, what is hard to take back last; else in the order of the way.
    actions.sort_by_key(|action| ["main", "", "grave"].iter().position(|look| *look == action.look));
    actions
}

/// Says what issuing does, for a notice that has its number and for one that has none yet.
fn issue_words(numbered: bool) -> &'static str {
    match numbered {
        true => {
            "受取人のためのリンクと受取コードを作ります。文書番号は、取ってあるものです。コードは次の画面で一度だけ表示します。"
        }
        false => "文書番号を付け、受取人のためのリンクと受取コードを作ります。コードは次の画面で一度だけ表示します。",
    }
}

/// Offers what a drafter does with a draft.
fn ask_submit(notice: &Notice) -> Vec<Action> {
    let set = notice.typeset.is_some();
    let what = if set {
        "文書番号と日付を入れた紙面にして、承認を求めます。"
    } else {
        "この内容とPDFで承認を求めます。"
    };
    let mut actions = vec![Action::plain("submit", "決裁に回す", "Submit", what)];
    if !set && notice.reserved_number.is_none() {
        let number = Action::plain(
            "number",
            "文書番号を先に取る",
            "Take the number now",
            "番号を通知書に書き入れてから決裁に回すときに使います。取った番号は、この通知のものになります。",
        );
        actions.push(number.aside());
    }
    actions
}

/// Names a way of agreeing to electronic delivery.
pub fn method(word: &str) -> &str {
    match word {
        "application" => "申請書での申出",
        "counter" => "窓口での申出",
        "online" => "オンラインでの申出",
        other => other,
    }
}

/// Names what an agreement is for.
pub fn scope(word: &str) -> &str {
    match word {
        "" | "notice" => "この通知だけ",
        "procedure" => "この手続の通知",
        "every-notice" => "市からの通知すべて",
        other => other,
    }
}

fn ask_consent(app: &App, next: bool) -> Action {
    let methods = app.office.settings().consent_methods.iter().map(|word| (word.clone(), method(word).to_owned()));
    let explains = "受取人が電子ファイルでの交付に同意したことを、方法と証拠とともに記録します。同意がなければ電子では施行できません。";
    let consent = Action::plain("consent", "電子交付への同意を記録する", "Record consent", explains);
    let consent = if next { consent } else { consent.aside() };
    let scopes = app.office.settings().consent_scopes.iter().map(|word| (word.clone(), scope(word).to_owned()));
    consent
        .asking_choice("method", "同意の方法", "Method", methods.collect())
        .asking_choice("scope", "同意の範囲", "Scope", scopes.collect())
        .inviting_day("given_on", "同意の日（空欄なら今日）", "Given on")
        .asking("evidence", "証拠（申請番号など）", "Evidence")
}

fn ask_return(explains: &'static str) -> Action {
    let back = Action::plain("return", "差し戻す", "Return", explains);
    back.aside().asking("reason", "差戻しの理由", "Reason")
}

/// Offers to take back what others have to approve, and to give up what nobody else has.
fn ask_give_up(notice: &Notice) -> Option<Action> {
    match (notice.state, notice.reserved_number.is_some()) {
        (NoticeState::Submitted, _) => {
            let explains = "承認される前であれば、起案中に戻して直せます。途中の段階で受けた承認は取り消されます。文書番号は、そのまま使います。";
            let back = Action::plain("take-back", "決裁から取り下げる", "Take back", explains);
            Some(back.aside().inviting("reason", "理由（経過に残ります）", "Reason"))
        }
        (NoticeState::Draft | NoticeState::Returned, has_number) => {
            let explains = match has_number {
                true => {
                    "この起案をやめます。元には戻せません。取った文書番号は欠番として残り、ほかの通知に付くことはありません。"
                }
                false => "この起案をやめます。元には戻せません。起案したものと経過は残ります。",
            };
            let give_up = Action::plain("discard", "廃案にする", "Give up", explains);
            Some(give_up.grave().asking("reason", "廃案の理由", "Reason"))
        }
        _ => None,
    }
}

fn ask_contact(view: &NoticeView, sends_mail: bool) -> Action {
    let contact = view.contact.clone().unwrap_or_default();
    let postal = contact.postal.unwrap_or_default();
    let explains = match sends_mail {
        true => {
            "メールアドレスがあると、施行や期限のお知らせをメールで送ります。郵便番号と住所は、紙で交付するときの宛名に使います。どちらも暗号化して保存し、必要がなくなると消します。"
        }
        false => {
            "メールの設定がないため、いまはメールアドレスを記録してもお知らせは送りません。郵便番号と住所は、紙で交付するときの宛名に使います。どちらも暗号化して保存し、必要がなくなると消します。"
        }
    };
    let line = |at: usize| postal.lines.get(at).cloned().unwrap_or_default();
    Action::plain("contact", "連絡先を記録する", "Record where to reach the recipient", explains)
        .aside()
        .inviting_mail("email", "メールアドレス", "Mail address")
        .inviting("postcode", "郵便番号", "Postcode")
        .inviting("line1", "住所（1行目）", "Address, line 1")
        .inviting("line2", "住所（2行目）", "Line 2")
        .inviting("line3", "住所（3行目）", "Line 3")
        .filled("email", contact.email.as_ref().map_or("", |email| email.as_str()))
        .filled("postcode", &postal.postcode)
        .filled("line1", line(0))
        .filled("line2", line(1))
        .filled("line3", line(2))
}

fn ask_retry(notice: &Notice) -> Option<Action> {
    let failed: Choices = notice.mails.iter().filter(|mail| mail.has_failed()).map(mail_choice).collect();
    let explains = "宛先やサーバーの設定を直してから、もう一度送ります。";
    let retry = Action::plain("retry-mail", "メールを送り直す", "Send the mail again", explains);
    (!failed.is_empty()).then(|| retry.aside().asking_choice("mail", "送り直すメール", "Mail", failed))
}

fn mail_choice(mail: &NoticeMail) -> (String, String) {
    (mail.id.to_string(), outbox::about(mail.kind).0.to_owned())
}

fn after_issue(view: &NoticeView, offers: Offers, actions: &mut Vec<Action>) {
    let notice = &view.notice;
    if notice.state != NoticeState::Arrived && notice.consent.as_ref().is_some_and(|consent| consent.is_valid()) {
        let explains =
            "受取人から同意の撤回の申出があったことを記録します。まだ到達していない通知は、紙の交付に切り替わります。";
        let withdraw = Action::plain("withdrawal", "同意の撤回を記録する", "Record a withdrawal", explains);
        actions.push(withdraw.aside().asking("evidence", "申出の方法・証拠", "Evidence"));
    }
    let delivered = matches!(notice.state, NoticeState::Issued | NoticeState::Available | NoticeState::Arrived);
    if delivered && notice.is_in_force() {
        let explains = "同じ通知書を受け取るための新しいリンクと受取コードを作ります。前のリンクは使えなくなります。";
        let reissue = Action::plain("reissue", "再交付する", "Issue anew", explains);
        actions.push(reissue.aside().asking("reason", "再交付の理由", "Reason"));
    }
    if notice.state == NoticeState::Sealed {
        let explains = "文書番号を付け、紙で施行します。電子交付の同意がないとき、電子では交付できない通知のときに使います。住所を記録すると、印刷に回せます。";
        let paper = Action::plain("to-paper", "紙で施行する", "Issue on paper", explains);
        actions.push(paper.aside().inviting("reason", "理由（例：電子交付の同意がないため）", "Reason"));
    }
    if matches!(notice.state, NoticeState::Issued | NoticeState::Available) {
        let paper = Action::plain(
            "to-paper",
            "紙の交付に切り替える",
            "Deliver on paper",
            "これより後は、紙だけを正式な交付とします。",
        );
        actions.push(paper.aside().inviting("reason", "理由", "Reason"));
    }
    if !offers.files.choices.is_empty() {
        let file = Action::plain(
            "file",
            "文書として保存する",
            "File as a record",
            "公印付きのPDFを、検証結果とともに保存パッケージに収めます。",
        );
        actions.push(file.aside().asking_choice(
            "record_file",
            "保存先の文書ファイル",
            "Record file",
            offers.files.choices,
        ));
    }
    if notice.number.is_some() && notice.effect == Effect::InForce {
        if !offers.successors.is_empty() {
            let replace = Action::plain("replace", "差し替える", "Replace", "同じ受取人への別の通知で差し替えます。");
            let replace = replace.aside().asking_choice("by", "差替え後の通知", "Replaced by", offers.successors);
            actions.push(replace.asking("reason", "差替えの理由", "Reason"));
        }
        let revoke = Action::plain(
            "revoke",
            "取り消す",
            "Revoke",
            "通知の効力を失わせます。電子公印そのものは有効のまま残ります。",
        );
        actions.push(revoke.grave().asking("reason", "取消しの理由", "Reason"));
    }
}
