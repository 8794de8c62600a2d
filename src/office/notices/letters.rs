//! What mails say: who writes, that a notice is there, the link. Never the subject of a notice or a name, which others may read
//! on the way; the code only in a mail of its own.

use super::Notice;
use super::mail::MailKind;
use crate::office::Settings;
use crate::wording::show::date;
use std::fmt::Write as _;

/// What a mail speaks of.
pub(super) struct Words<'a> {
    pub(super) settings: &'a Settings,
    pub(super) notice: &'a Notice,
    /// The address of the recipient's page, where the link is known.
    pub(super) link: Option<String>,
    /// The collection code.
    pub(super) code: Option<String>,
}

/// Writes subject and text of a mail.
pub(super) fn write(kind: MailKind, words: &Words<'_>) -> (String, String) {
    let (subject, ja, en) = sentences(kind, words);
    let city = one_line(&words.settings.city);
    let mut text = format!("{city} {}からのお知らせです。\n\n{ja}\n", one_line(&words.notice.section));
    if let Some(link) = words.link.as_ref().filter(|_| kind != MailKind::Code) {
        let _ = write!(text, "\n受け取りのページ\n{link}\n\n{BY_CODE}\n");
    }
    let _ = write!(text, "\n{NOT_YOURS}\n");
    if let Some(inquiry) = words.settings.inquiries.get(&words.notice.section) {
        let _ = write!(text, "\n問合せ先　{}\n", inquiry.trim());
    }
    let _ = write!(text, "\n---- English ----\n{en}\n");
    if words.link.is_some() && kind != MailKind::Code {
        text.push_str(
            "The page is at the address above. You need the collection code that you were told separately.\n",
        );
    }
    text.push_str("This mail was sent automatically and is not read when answered.\n");
    (format!("【{city}】{subject}"), text)
}

const BY_CODE: &str = "開くには、別にお知らせする受取コードが必要です。コードはこのメールには書いてありません。";
const NOT_YOURS: &str = "お心当たりがないときは、お手数ですが破棄してください。\nこのメールは自動でお送りしています。ご返信いただいても、お答えできません。";

fn sentences(kind: MailKind, words: &Words<'_>) -> (&'static str, String, String) {
    let last = words.notice.delivery.as_ref().map(|delivery| date(delivery.collect_by)).unwrap_or_default();
    let last_en = words.notice.delivery.as_ref().map(|delivery| delivery.collect_by.to_string()).unwrap_or_default();
    match kind {
        MailKind::Issued => (
            "通知書のお知らせ",
            format!("あなた宛ての通知書を、電子ファイル（PDF）でお渡しできます。\n{last}までに、次のページからお受け取りください。期限を過ぎると、紙でお渡しします。"),
            format!("A notice for you can be collected as a PDF until {last_en}. After that it is delivered on paper."),
        ),
        MailKind::Reissued => (
            "通知書のお知らせ（再交付）",
            "通知書をもう一度お受け取りいただけるように、新しいページを用意しました。前にお知らせしたページは、もう使えません。".to_owned(),
            "A new page was made from which you can collect your notice again. The page before it is closed.".to_owned(),
        ),
        MailKind::Code => (
            "受取コードのお知らせ",
            format!(
                "通知書を受け取るための受取コードをお知らせします。受け取りのページのアドレスは、別のメールでお送りしています。\n\n受取コード　{}\n\nこのコードは、ほかの人に教えないでください。職員がお尋ねすることもありません。",
                words.code.as_deref().unwrap_or_default()
            ),
            "This is the collection code for the page whose address came in another mail. Tell it to nobody.".to_owned(),
        ),
        MailKind::Confirmed => (
            "電子での受け取りの確認",
            format!("通知書を電子ファイルで受け取ることの確認を、{}に受け付けました。ご自身で操作した覚えがないときは、担当課へご連絡ください。", day(words)),
            "It was confirmed that you receive your notice electronically. If that was not you, tell the section in charge.".to_owned(),
        ),
        MailKind::Reminder => (
            "通知書の受け取りの期限が近づいています",
            format!("まだお受け取りいただいていない通知書があります。{last}までに、次のページからお受け取りください。期限を過ぎると、紙でお渡しします。"),
            format!("A notice for you still waits. Please collect it until {last_en}. After that it is delivered on paper."),
        ),
        MailKind::Revoked => (
            "通知の取消しのお知らせ",
            "先にお渡しした通知を取り消しました。くわしくは、担当課から別にお知らせします。".to_owned(),
            "A notice that was delivered to you before was revoked. You are told more separately.".to_owned(),
        ),
        MailKind::Replaced => (
            "通知の差替えのお知らせ",
            "先にお渡しした通知を、別の通知に差し替えました。差替え後の通知は、別にお知らせします。".to_owned(),
            "A notice that was delivered to you before was replaced by another, of which you are told separately.".to_owned(),
        ),
    }
}

/// The day on which delivery was confirmed.
fn day(words: &Words<'_>) -> String {
    let at = words.notice.delivery.as_ref().and_then(|delivery| delivery.available_at);
    at.map(|at| date(crate::time::japanese_date(at))).unwrap_or_default()
}

/// A setting as one line: nothing of it can begin another header.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
