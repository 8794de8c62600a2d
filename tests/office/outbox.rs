//! Mails to recipients: queued with the act that causes them, handed over once, tried again with patience, and silent on
//! everything that others need not read.

use super::city::{City, approver, auditor, clerk, seal_keeper};
use async_trait::async_trait;
use fumikura::fault::Fault;
use fumikura::id::NoticeId;
use fumikura::office::notices::{
    Issued, MailAddress, MailKind, MailState, NewConsent, NoticeMail, Post, PostalAddress,
};
use fumikura::office::ports::{MailError, MailTrouble, Mailer, OutgoingMail};
use fumikura::office::{OfficeError, Role};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

const ADDRESS: &str = "taro.mihon@phone.example";

/// A mail server that does what a test says, and takes everything else.
#[derive(Default)]
struct Postman {
    taken: Mutex<Vec<OutgoingMail>>,
    plans: Mutex<VecDeque<Plan>>,
}

#[derive(Clone, Copy)]
enum Plan {
    Fail(MailTrouble, Option<u16>, bool),
    /// Takes it, and never answers.
    Hang,
}

#[async_trait]
impl Mailer for Postman {
    async fn hand_over(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        let plan = self.plans.lock().unwrap().pop_front();
        if let Some(Plan::Fail(trouble, reply, of_server)) = plan {
            return Err(MailError { trouble, reply, of_server });
        }
        self.taken.lock().unwrap().push(mail.clone());
        if plan.is_some() {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

impl Postman {
    fn plans(&self, plans: impl IntoIterator<Item = Plan>) {
        self.plans.lock().unwrap().extend(plans);
    }

    fn taken(&self) -> Vec<OutgoingMail> {
        std::mem::take(&mut *self.taken.lock().unwrap())
    }
}

async fn city(code_by_mail: bool) -> (City, Arc<Postman>) {
    let postman = Arc::new(Postman::default());
    let mailer: Arc<dyn Mailer> = postman.clone();
    let city = City::with(|parts| {
        let (public_url, domain) = ("https://notices.city.example".to_owned(), "city.example".to_owned());
        parts.post = Some(Post { mailer, public_url, domain, code_by_mail });
        parts.settings.inquiries.insert("総務文書課".to_owned(), "総務文書課 0123-45-6789".to_owned());
    });
    (city.await, postman)
}

fn address() -> Option<MailAddress> {
    Some(ADDRESS.parse().unwrap())
}

fn postal() -> Option<PostalAddress> {
    Some(PostalAddress::new("１２３4567", &["見本県見本市緑町一丁目2番3号", "", "見本荘４０５"]).unwrap())
}

/// Issues a notice whose recipient has a mail address.
async fn issued(city: &City) -> (NoticeId, Issued) {
    let id = city.sealed("permit").await;
    city.office.record_consent(&clerk(), id, NewConsent::today("online", "申請 12")).await.unwrap();
    city.office.set_contact(&clerk(), id, address(), postal()).await.unwrap();
    (id, city.office.issue(&clerk(), id).await.unwrap())
}

async fn mails(city: &City, id: NoticeId) -> Vec<NoticeMail> {
    city.office.notice(&clerk(), id).await.unwrap().notice.mails
}

fn code<T: std::fmt::Debug>(result: Result<T, OfficeError>) -> &'static str {
    result.unwrap_err().code()
}

#[tokio::test]
async fn a_mail_says_who_writes_and_the_link_and_nothing_that_others_need_not_read() {
    let (city, postman) = city(false).await;
    let (id, issued) = issued(&city).await;
    assert!(issued.mailed && !issued.code_mailed);
    assert_eq!(mails(&city, id).await[0].state, MailState::Queued);
    assert_eq!(city.office.send_mail_due().await.unwrap().accepted, 1);
    let taken = postman.taken();
    let [mail] = taken.as_slice() else { panic!("one mail, not {}", taken.len()) };
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), (ADDRESS, "【見本市】通知書のお知らせ"));
    let link = format!("https://notices.city.example/r/{}\n", *issued.link);
    assert!(mail.text.contains(&link) && mail.text.contains("総務文書課 0123-45-6789"), "{}", mail.text);
    assert!(mail.text.contains("2026年6月15日まで") && mail.text.contains("until 2026-06-15"), "{}", mail.text);
    for silent in [issued.code.as_str(), "見本 太郎", "道路占用", &issued.number] {
        assert!(!mail.text.contains(silent) && !mail.subject.contains(silent), "{silent}");
    }
    let told = mails(&city, id).await;
    assert_eq!((told[0].state, told[0].tries, &told[0].message_id), (MailState::Accepted, 1, &mail.message_id));
    assert!(mail.message_id.ends_with("@city.example"));
    assert_eq!(city.office.send_mail_due().await.unwrap(), Default::default(), "nothing goes twice");
    assert!(city.office.outbox(&auditor()).await.unwrap().is_empty());
    // A server that took a mail says nothing of arrival.
    let delivery = city.office.notice(&clerk(), id).await.unwrap().notice.delivery.unwrap();
    assert_eq!((delivery.first_viewed_at, delivery.arrived_at), (None, None));
}

#[tokio::test]
async fn where_the_city_says_so_the_code_goes_in_a_mail_of_its_own() {
    let (city, postman) = city(true).await;
    let (_, issued) = issued(&city).await;
    assert!(issued.code_mailed);
    assert_eq!(city.office.send_mail_due().await.unwrap().accepted, 2);
    let (with_code, with_link): (Vec<_>, Vec<_>) =
        postman.taken().into_iter().partition(|mail| mail.text.contains(issued.code.as_str()));
    assert_eq!((with_code.len(), with_link.len()), (1, 1));
    assert!(!with_code[0].text.contains(issued.link.as_str()) && with_link[0].text.contains(issued.link.as_str()));
}

#[tokio::test]
async fn a_link_made_anew_is_mailed_in_the_place_of_the_one_before() {
    let (city, postman) = city(true).await;
    let (id, first) = issued(&city).await;
    let second = city.office.reissue(&clerk(), id, "紛失").await.unwrap();
    assert!(second.mailed && second.code_mailed);
    assert_eq!(city.office.send_mail_due().await.unwrap().accepted, 2);
    let texts: String = postman.taken().into_iter().map(|mail| mail.text).collect();
    assert!(texts.contains(second.link.as_str()) && texts.contains(second.code.as_str()), "{texts}");
    assert!(!texts.contains(first.link.as_str()) && !texts.contains(first.code.as_str()), "{texts}");
}

#[tokio::test]
async fn each_act_has_its_mail_and_none_goes_that_does_not_hold_any_more() {
    let (city, postman) = city(false).await;
    let (id, issued) = issued(&city).await;
    let session = city.office.open_link(&issued.link, &issued.code).await.unwrap();
    city.office.confirm_delivery(&session).await.unwrap();
    city.office.downloaded(&session).await.unwrap();
    let kinds = |all: &[NoticeMail]| all.iter().map(|mail| (mail.kind, mail.state)).collect::<Vec<_>>();
    let expected = [(MailKind::Issued, MailState::Dropped), (MailKind::Confirmed, MailState::Queued)];
    assert_eq!(kinds(&mails(&city, id).await), expected, "what is collected needs no mail that it is there");
    city.office.send_mail_due().await.unwrap();
    city.office.revoke(&clerk(), id, "誤り").await.unwrap();
    city.office.send_mail_due().await.unwrap();
    let subjects: Vec<_> = postman.taken().into_iter().map(|mail| mail.subject).collect();
    assert_eq!(subjects, ["【見本市】電子での受け取りの確認", "【見本市】通知の取消しのお知らせ"]);
    let (other, _) = self::issued(&city).await;
    city.office.to_paper(&clerk(), other, "本人の希望").await.unwrap();
    assert_eq!(city.office.send_mail_due().await.unwrap(), Default::default());
    let view = city.office.notice(&clerk(), other).await.unwrap();
    assert_eq!(view.notice.mails[0].state, MailState::Dropped);
    let contact = view.contact.unwrap();
    assert_eq!((contact.email, contact.postal), (None, postal()), "mail is needed no more, the post is");
}

#[tokio::test]
async fn what_may_help_is_tried_again_with_patience_and_then_told_of() {
    let (city, postman) = city(false).await;
    let (id, _) = issued(&city).await;
    postman.plans([Plan::Fail(MailTrouble::Later, Some(451), false); 12]);
    let mut rounds = 0;
    let mut now = city.office.now();
    while city.office.outbox(&clerk()).await.unwrap()[0].next.is_some() {
        let run = city.office.send_mail_due().await.unwrap();
        assert_eq!(run.accepted + run.dropped, 0);
        assert_eq!(city.office.send_mail_due().await.unwrap(), Default::default(), "not before its time");
        if let Some(next) = city.office.outbox(&clerk()).await.unwrap()[0].next {
            assert!(next > now);
            now = next;
            city.clock.set(&now.to_string());
        }
        rounds += 1;
    }
    assert_eq!(rounds, 12);
    let told = mails(&city, id).await.remove(0);
    assert_eq!((told.state, told.tries, told.reply), (MailState::GivenUp, 12, Some(451)));
    assert_eq!(told.trouble.as_deref(), Some("mail-later"));
    city.office.set_contact(&clerk(), id, Some("jiro@phone.example".parse().unwrap()), None).await.unwrap();
    city.office.retry_mail(&clerk(), told.id).await.unwrap();
    assert_eq!(code(city.office.retry_mail(&clerk(), told.id).await), "notice-no-such-mail", "it is queued already");
    assert_eq!(city.office.send_mail_due().await.unwrap().accepted, 1);
    let taken = postman.taken();
    assert_eq!((taken[0].to.as_str(), &taken[0].message_id), ("jiro@phone.example", &told.message_id));
    assert!(taken[0].text.contains("/r/"), "the link is still known");
}

#[tokio::test]
async fn a_refusal_is_of_one_mail_and_a_server_out_of_reach_is_of_all() {
    let (city, postman) = city(false).await;
    let (one, _) = issued(&city).await;
    let (other, _) = issued(&city).await;
    postman.plans([Plan::Fail(MailTrouble::Unreachable, None, true)]);
    let run = city.office.send_mail_due().await.unwrap();
    assert_eq!((run.put_off, run.accepted, run.halted), (1, 0, Some("mail-unreachable")));
    postman.plans([Plan::Fail(MailTrouble::Refused, Some(550), false)]);
    city.clock.set("2026-06-01T01:02:00Z");
    let run = city.office.send_mail_due().await.unwrap();
    assert_eq!((run.failed, run.accepted, run.halted), (1, 1, None));
    let states = [mails(&city, one).await[0].state, mails(&city, other).await[0].state];
    assert!(states.contains(&MailState::Refused) && states.contains(&MailState::Accepted), "{states:?}");
    let seen = city.office.outbox(&clerk()).await.unwrap();
    assert_eq!((seen.len(), seen[0].mail.reply, seen[0].next), (1, Some(550), None));
    let stranger = City::person_of("道路管理課", 9, &[Role::Clerk]);
    assert!(city.office.outbox(&stranger).await.unwrap().is_empty());
    assert_eq!(code(city.office.retry_mail(&stranger, seen[0].mail.id).await), "notice-not-found");
    assert_eq!(code(city.office.retry_mail(&approver(), seen[0].mail.id).await), "office-not-in-role");
}

#[tokio::test]
async fn what_was_cut_short_goes_again_under_the_same_name_and_says_so() {
    let (city, postman) = city(false).await;
    let (id, _) = issued(&city).await;
    postman.plans([Plan::Hang]);
    let office = city.office.clone();
    let cut = tokio::spawn(async move { office.send_mail_due().await });
    while postman.taken.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    cut.abort();
    assert!(cut.await.unwrap_err().is_cancelled());
    assert_eq!(mails(&city, id).await[0].state, MailState::Sending);
    assert_eq!(city.office.send_mail_due().await.unwrap().accepted, 1);
    let taken = postman.taken();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0].message_id, taken[1].message_id);
    assert_eq!((&taken[0].text, taken[0].written_at), (&taken[1].text, taken[1].written_at));
    let told = mails(&city, id).await.remove(0);
    assert_eq!((told.state, told.tries, told.maybe_twice), (MailState::Accepted, 2, true));
}

#[tokio::test]
async fn a_server_that_never_answers_gets_a_mail_three_times_and_no_more() {
    let (city, postman) = city(false).await;
    let (id, _) = issued(&city).await;
    postman.plans([Plan::Fail(MailTrouble::Unanswered, None, false); 3]);
    for minute in ["00", "02", "10"] {
        city.clock.set(&format!("2026-06-01T01:{minute}:00Z"));
        city.office.send_mail_due().await.unwrap();
    }
    let told = mails(&city, id).await.remove(0);
    assert_eq!((told.state, told.tries, told.maybe_twice), (MailState::GivenUp, 3, true));
}

#[tokio::test]
async fn addresses_are_nowhere_in_the_open_and_only_the_sections_clerks_see_them() {
    let (city, _) = city(true).await;
    let (id, issued) = issued(&city).await;
    for (actor, sees) in [(clerk(), true), (auditor(), false), (seal_keeper(), false), (approver(), false)] {
        let view = city.office.notice(&actor, id).await.unwrap();
        assert_eq!(view.contact.is_some(), sees);
        assert!(!format!("{view:?}").contains("mihon@"), "not even for debugging");
    }
    let stranger = City::person_of("道路管理課", 9, &[Role::Clerk]);
    assert_eq!(code(city.office.set_contact(&stranger, id, None, None).await), "notice-not-found");
    assert_eq!(code(city.office.set_contact(&auditor(), id, None, None).await), "office-not-in-role");
    let ledger = format!("{:?}", city.office.newest_entries(&auditor(), 100).await.unwrap());
    let written = super::database::bytes(&city.folder.path().join("city.sqlite")).await;
    for secret in [ADDRESS, "taro.mihon", "緑町一丁目", "見本荘", issued.link.as_str(), issued.code.as_str()] {
        assert!(!ledger.contains(secret) && !written.contains(secret), "{secret}");
    }
    assert!(ledger.contains("notice.mail-queued"), "{ledger}");
    city.office.set_contact(&clerk(), id, None, None).await.unwrap();
    assert_eq!(city.office.notice(&clerk(), id).await.unwrap().contact, None);
    assert_eq!(city.office.send_mail_due().await.unwrap().dropped, 2, "nobody knows where to");
}

#[test]
fn an_address_is_one_address_and_nothing_else() {
    for good in ["a@b.example", "Taro+notice@Example.JP", "..taro@phone.example", "\"ta..ro\"@phone.example"] {
        good.parse::<MailAddress>().unwrap();
    }
    assert_eq!("taro.@Phone.example".parse::<MailAddress>().unwrap().as_str(), "\"taro.\"@phone.example");
    let long = format!("{}@b.example", "a".repeat(65));
    for bad in [
        "",
        "a",
        "@b.example",
        "a@",
        "a@b",
        "a b@c.example",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example, c@d.example",
        "<a@b.example>",
        "a@b..example",
        "a@-b.example",
        "見本@b.example",
        "a@見本.example",
        "a\"b@c.example",
        "a@b.example>",
        &long,
    ] {
        assert_eq!(bad.parse::<MailAddress>().unwrap_err().code(), "notice-bad-mail-address", "{bad}");
    }
    assert_eq!(postal().unwrap().postcode, "123-4567");
    for (postcode, lines) in [("123456", &["a"][..]), ("123-4567x", &["a"]), ("123-4567", &[]), ("123-4567", &["a\nb"])]
    {
        assert_eq!(PostalAddress::new(postcode, lines).unwrap_err().code(), "notice-bad-postal-address");
    }
}
