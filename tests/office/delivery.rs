//! From the agreement to arrival or paper: the register of agreements, what counts as arrival, deadlines, the print room, what
//! a notice asks, and a link made anew.

use super::city::{City, PDF, approver, auditor, clerk, notice};
use crate::http::other_reader::finds_sound;
use async_trait::async_trait;
use fumikura::digest::Sha256Hex;
use fumikura::fault::Fault;
use fumikura::id::NoticeId;
use fumikura::office::notices::{Issued, MailKind, NewConsent, NewNotice, NoticeState, Post, PostalAddress};
use fumikura::office::ports::{MailError, Mailer, OutgoingMail};
use fumikura::office::{Actor, AfterDeadline, ArrivalRule, NoticeFlag, OfficeError, Parts, Role};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Takes every mail.
struct Letterbox;

#[async_trait]
impl Mailer for Letterbox {
    async fn hand_over(&self, _mail: &OutgoingMail) -> Result<(), MailError> {
        Ok(())
    }
}

fn with_mail(parts: &mut Parts) {
    let (public_url, domain) = ("https://notices.city.example".to_owned(), "city.example".to_owned());
    parts.post = Some(Post { mailer: Arc::new(Letterbox), public_url, domain, code_by_mail: false });
}

fn code<T: std::fmt::Debug>(result: Result<T, OfficeError>) -> &'static str {
    result.unwrap_err().code()
}

fn home() -> Option<PostalAddress> {
    Some(PostalAddress::new("123-4567", &["見本県見本市緑町一丁目2番3号"]).unwrap())
}

async fn issued_by_mail(city: &City) -> (NoticeId, Issued) {
    let id = city.sealed("permit").await;
    city.office.record_consent(&clerk(), id, NewConsent::today("online", "申請 12")).await.unwrap();
    city.office.set_contact(&clerk(), id, Some("taro@phone.example".parse().unwrap()), home()).await.unwrap();
    (id, city.office.issue(&clerk(), id).await.unwrap())
}

async fn on_paper(city: &City) -> NoticeId {
    let (id, _) = city.issued("permit").await;
    city.office.set_contact(&clerk(), id, None, home()).await.unwrap();
    city.office.to_paper(&clerk(), id, "本人の希望").await.unwrap();
    id
}

fn elsewhere() -> Actor {
    City::person_of("道路管理課", 9, &[Role::Clerk])
}

#[tokio::test]
async fn what_was_agreed_stays_in_the_register_also_when_it_is_taken_back_or_recorded_anew() {
    let city = City::found().await;
    let office = &city.office;
    let id = city.sealed("permit").await;
    let new = |scope: &str, day: Option<&str>| NewConsent {
        scope: scope.to_owned(),
        given_on: day.map(|day| day.parse().unwrap()),
        ..NewConsent::today("counter", "窓口 3番")
    };
    assert_eq!(code(office.record_consent(&clerk(), id, new("everything", None)).await), "notice-consent-scope");
    let tomorrow = new("procedure", Some("2026-06-02"));
    assert_eq!(code(office.record_consent(&clerk(), id, tomorrow).await), "notice-consent-day");
    office.record_consent(&clerk(), id, new("procedure", Some("2026-05-20"))).await.unwrap();
    office.record_withdrawal(&clerk(), id, "電話").await.unwrap();
    assert_eq!(code(office.issue(&clerk(), id).await), "notice-no-consent", "without an agreement it is not issued");
    city.clock.set("2026-06-02T01:00:00Z");
    office.record_consent(&clerk(), id, new("", None)).await.unwrap();
    let lines = office.consents(&auditor(), "見本太郎").await.unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            let consent = &line.consent;
            (consent.scope.as_str(), consent.given_on.unwrap().to_string(), consent.is_valid(), consent.recorded_by)
        })
        .collect();
    let by = Some(clerk().user());
    let expected = [("notice", "2026-06-02".to_owned(), true, by), ("procedure", "2026-05-20".to_owned(), false, by)];
    assert_eq!(told, expected);
    assert!(office.consents(&clerk(), "見本 次郎").await.unwrap().is_empty());
    assert!(office.consents(&elsewhere(), "").await.unwrap().is_empty(), "each section sees its own");
    let administrator = City::person(8, &[Role::Administrator]);
    assert_eq!(code(office.consents(&administrator, "").await), "office-not-in-role");
    let issued = office.issue(&clerk(), id).await.unwrap();
    let session = office.open_link(&issued.link, &issued.code).await.unwrap();
    office.confirm_delivery(&session).await.unwrap();
    assert!(office.consents(&auditor(), "").await.unwrap()[0].confirmed_at.is_some());
    let again = office.record_consent(&clerk(), id, new("", None)).await;
    assert_eq!(code(again), "notice-state", "what was agreed before the issue is not written over after it");
}

#[tokio::test]
async fn a_notice_has_arrived_by_the_citys_rule_alone() {
    for rule in [ArrivalRule::DownloadCompleted, ArrivalRule::ReceiptConfirmed] {
        let city = City::with(|parts| parts.settings.arrival = rule).await;
        let (id, issued) = city.issued("permit").await;
        let state = async || city.office.notice(&clerk(), id).await.unwrap().notice;
        let session = city.office.open_link(&issued.link, &issued.code).await.unwrap();
        city.office.confirm_delivery(&session).await.unwrap();
        city.office.collect(&session).await.unwrap();
        let now = state().await;
        let delivery = now.delivery.unwrap();
        assert_eq!(
            (now.state, delivery.arrived_at),
            (NoticeState::Available, None),
            "what can be collected has not arrived"
        );
        assert!(delivery.available_at.is_some() && delivery.first_viewed_at.is_some());
        assert_eq!(code(city.office.confirm_receipt(&session).await), "notice-state", "nobody has what was never sent");
        city.office.downloaded(&session).await.unwrap();
        let confirms = rule == ArrivalRule::ReceiptConfirmed;
        assert_eq!(city.office.resident_view(&session).await.unwrap().confirms_receipt, confirms);
        let now = state().await;
        assert_eq!(
            (now.state == NoticeState::Arrived, now.delivery.unwrap().arrived_at.is_none()),
            (!confirms, confirms)
        );
        city.clock.set("2026-06-01T01:10:00Z");
        city.office.confirm_receipt(&session).await.unwrap();
        let now = state().await;
        assert_eq!(now.state, NoticeState::Arrived);
        let minutes = now.delivery.unwrap().arrived_at.unwrap().to_string();
        assert_eq!(minutes, if confirms { "2026-06-01T01:10:00Z" } else { "2026-06-01T01:00:00Z" });
    }
}

#[tokio::test]
async fn reminders_go_at_their_distances_each_once_and_to_nobody_who_has_it() {
    let city = City::with(with_mail).await;
    let office = &city.office;
    let (id, _) = issued_by_mail(&city).await;
    let (collected, link) = issued_by_mail(&city).await;
    let (without_address, _) = city.issued("permit").await;
    let session = office.open_link(&link.link, &link.code).await.unwrap();
    office.confirm_delivery(&session).await.unwrap();
    office.downloaded(&session).await.unwrap();
    // To be collected until 15 June.
    for (day, expected) in [("07", 0), ("08", 1), ("08", 0), ("10", 0), ("13", 1), ("14", 0), ("15", 0), ("16", 0)] {
        city.clock.set(&format!("2026-06-{day}T01:00:00Z"));
        let reminded = office.remind_due(None).await.unwrap();
        assert_eq!(reminded, vec![id; expected], "{day} June");
    }
    assert_eq!(code(office.remind_due(Some(&approver())).await), "office-not-in-role");
    let list = office.uncollected(&auditor()).await.unwrap();
    let told: BTreeSet<_> = list.iter().map(|one| (one.id, one.is_overdue, one.reminders)).collect();
    assert_eq!(told, [(id, true, 2), (without_address, true, 0)].into());
    assert!(
        office
            .notice(&clerk(), collected)
            .await
            .unwrap()
            .notice
            .mails
            .iter()
            .all(|mail| mail.kind != MailKind::Reminder)
    );

    // A service that stood still for a week reminds once, of what is nearest.
    city.clock.set("2026-07-01T01:00:00Z");
    let (id, _) = issued_by_mail(&city).await;
    city.clock.set("2026-07-13T01:00:00Z");
    assert_eq!(office.remind_due(None).await.unwrap(), [id]);
    assert_eq!(office.remind_due(None).await.unwrap(), []);

    let city = City::with(|parts| {
        with_mail(parts);
        parts.settings.collection_days = 5;
    });
    let city = city.await;
    issued_by_mail(&city).await;
    assert_eq!(city.office.remind_due(None).await.unwrap(), [], "a distance that it never was away is none");
}

#[tokio::test]
async fn what_is_not_collected_turns_to_paper_once_by_a_person_or_by_itself() {
    for by_itself in [false, true] {
        let city = City::with(|parts| {
            let how = if by_itself { AfterDeadline::ByItself } else { AfterDeadline::ByPerson };
            parts.settings.after_deadline = how;
        });
        let city = city.await;
        let (id, issued) = city.issued("permit").await;
        let (revoked, _) = city.issued("permit").await;
        city.office.revoke(&clerk(), revoked, "誤り").await.unwrap();
        city.clock.set("2026-06-15T14:59:59Z");
        assert_eq!(city.office.to_paper_due(None, "").await.unwrap(), [], "the last day is not over in Japan");
        city.clock.set("2026-06-15T15:00:00Z");
        assert_eq!(city.office.to_paper_due(Some(&elsewhere()), "期限").await.unwrap(), []);
        assert_eq!(city.office.to_paper_due(None, "期限").await.unwrap(), if by_itself { vec![id] } else { vec![] });
        let by_person = city.office.to_paper_due(Some(&clerk()), "期限").await.unwrap();
        assert_eq!(by_person, if by_itself { vec![] } else { vec![id] });
        assert_eq!(city.office.to_paper_due(Some(&clerk()), "期限").await.unwrap(), [], "once");
        let now = city.office.notice(&clerk(), id).await.unwrap().notice;
        assert!(now.state == NoticeState::ToPaper && now.paper.unwrap().decided_at.is_some());
        let session = city.office.open_link(&issued.link, &issued.code).await.unwrap();
        assert_eq!(
            code(city.office.confirm_delivery(&session).await),
            "notice-state",
            "one channel is the official one"
        );
        let known = city.office.public_standing(&now.sealed_sha256.unwrap()).await.unwrap().unwrap();
        assert!(known.on_paper, "and whoever verifies the file is told so");
    }
}

/// Reads a package as others do.
const READ: &str = "
import csv, hashlib, io, sys, zipfile
package = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
assert package.testzip() is None
files = {name.split('/', 1)[1]: package.read(name) for name in package.namelist()}
rows = list(csv.DictReader(io.StringIO(files.pop('list.csv').decode('utf-8-sig'))))
assert [row['文書番号'] for row in rows] == ['8見総第1号', '8見総第2号'], rows
for row in rows:
    for what in ('送付状', '通知書'):
        assert hashlib.sha256(files.pop(row[what])).hexdigest() == row[what + 'のSHA-256'], row
assert not files, files
print('sound')
";

#[tokio::test]
async fn what_goes_on_paper_goes_to_the_print_room_once_and_its_address_is_forgotten() {
    let city = City::found().await;
    let office = &city.office;
    let (one, other) = (on_paper(&city).await, on_paper(&city).await);
    let homeless = city.sealed("on-paper-only").await;
    office.to_paper(&clerk(), homeless, "").await.unwrap();
    let nothing = BTreeSet::new();
    assert_eq!(code(office.make_print_package(&elsewhere(), &nothing).await), "notice-nothing-to-print");
    assert_eq!(code(office.make_print_package(&auditor(), &nothing).await), "office-not-in-role");
    assert_eq!(code(office.make_print_package(&clerk(), &[homeless].into()).await), "notice-no-postal-address");
    let waiting: Vec<_> = office.to_print(&clerk()).await.unwrap().into_iter().map(|one| one.has_address).collect();
    assert_eq!(waiting, [true, true, false]);
    let package = office.make_print_package(&clerk(), &nothing).await.unwrap();
    assert_eq!(package.items.iter().map(|item| item.notice).collect::<Vec<_>>(), [one, other]);
    assert_eq!(code(office.make_print_package(&clerk(), &[one].into()).await), "notice-not-to-print", "each once");
    assert_eq!(code(office.make_print_package(&clerk(), &nothing).await), "notice-nothing-to-print");

    let zip = office.print_package_zip(&clerk(), package.id).await.unwrap();
    finds_sound(READ, &zip);
    city.clock.set("2026-06-02T01:00:00Z");
    assert_eq!(office.print_package_zip(&clerk(), package.id).await.unwrap(), zip, "the same another day");
    assert_eq!(code(office.print_package_zip(&elsewhere(), package.id).await), "notice-no-such-print-package");
    let day = |text: &str| text.parse().unwrap();
    assert_eq!(code(office.record_posted(&clerk(), package.id, day("2026-06-02")).await), "notice-print-package-state");
    for odd in ["2026-05-31", "2026-06-03"] {
        assert_eq!(code(office.record_printed(&clerk(), package.id, day(odd)).await), "notice-paper-day");
    }
    office.record_printed(&clerk(), package.id, day("2026-06-02")).await.unwrap();
    assert_eq!(
        code(office.record_printed(&clerk(), package.id, day("2026-06-02")).await),
        "notice-print-package-state"
    );
    assert_eq!(code(office.record_posted(&clerk(), package.id, day("2026-06-01")).await), "notice-print-package-state");
    assert!(office.notice(&clerk(), one).await.unwrap().contact.is_some());
    office.record_posted(&clerk(), package.id, day("2026-06-02")).await.unwrap();
    let view = office.notice(&clerk(), one).await.unwrap();
    let paper = view.notice.paper.unwrap();
    assert_eq!(
        (view.contact, paper.printed_on, paper.posted_on),
        (None, Some(day("2026-06-02")), Some(day("2026-06-02")))
    );
    assert_eq!(code(office.print_package_zip(&clerk(), package.id).await), "notice-print-package-state");
    assert_eq!(
        code(office.set_contact(&clerk(), one, None, home()).await),
        "notice-state",
        "nothing is needed any more"
    );
    assert!(view.notice.history.iter().any(|event| event.what == "notice.posted" && event.by == Some(clerk().user())));
    let ledger = format!("{:?}", office.newest_entries(&auditor(), 200).await.unwrap());
    assert!(ledger.contains("print-package.taken") && !ledger.contains("緑町"));
    assert_eq!(office.print_packages(&auditor()).await.unwrap().len(), 1);
    assert!(office.print_packages(&elsewhere()).await.unwrap().is_empty());
    office.verify_ledger(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn what_a_notice_asks_is_told_to_its_recipient_and_to_whoever_verifies_it() {
    let city = City::with(|parts| {
        parts.settings.notice_types[0].flags.insert(NoticeFlag::MustCarry);
    });
    let city = city.await;
    let flags: BTreeSet<_> = [NoticeFlag::MustReturn].into();
    let new = NewNotice { flags, ..notice("permit", PDF) };
    let id = city.office.draft(&clerk(), new).await.unwrap();
    city.office.submit(&clerk(), id).await.unwrap();
    city.office.approve(&approver(), id, &Sha256Hex::of(PDF)).await.unwrap();
    let sealed = city.seal(id).await.unwrap();
    city.office.record_consent(&clerk(), id, NewConsent::today("online", "申請 12")).await.unwrap();
    assert_eq!(city.office.public_standing(&sealed).await.unwrap(), None, "nothing is told before it is issued");
    let issued = city.office.issue(&clerk(), id).await.unwrap();
    let session = city.office.open_link(&issued.link, &issued.code).await.unwrap();
    let expected: BTreeSet<_> = [NoticeFlag::MustCarry, NoticeFlag::MustReturn].into();
    assert_eq!(city.office.resident_view(&session).await.unwrap().standing.flags, expected);
    let known = city.office.public_standing(&sealed).await.unwrap().unwrap();
    assert_eq!((known.flags, known.on_paper), (expected, false));
}

#[tokio::test]
async fn a_link_made_anew_closes_the_one_before_and_takes_nothing_back() {
    let city = City::found().await;
    let office = &city.office;
    let (id, first) = city.issued("permit").await;
    let session = office.open_link(&first.link, &first.code).await.unwrap();
    city.clock.set("2026-06-10T01:00:00Z");
    assert_eq!(code(office.reissue(&clerk(), id, " ").await), "notice-empty");
    assert_eq!(code(office.reissue(&elsewhere(), id, "紛失").await), "notice-not-found");
    let second = office.reissue(&clerk(), id, "リンクの紛失").await.unwrap();
    assert_eq!((second.number, second.collect_by.to_string()), (first.number, "2026-06-24".to_owned()));
    assert_eq!(code(office.resident_view(&session).await), "notice-session-ended");
    assert_eq!(code(office.open_link(&first.link, &first.code).await), "notice-wrong-code");
    let session = office.open_link(&second.link, &second.code).await.unwrap();
    office.confirm_delivery(&session).await.unwrap();
    office.downloaded(&session).await.unwrap();
    let arrived = office.notice(&clerk(), id).await.unwrap().notice.delivery.unwrap().arrived_at;
    city.clock.set("2026-08-01T01:00:00Z");
    let third = office.reissue(&clerk(), id, "ファイルの紛失").await.unwrap();
    let now = office.notice(&clerk(), id).await.unwrap().notice;
    let delivery = now.delivery.unwrap();
    assert_eq!((now.state, delivery.arrived_at), (NoticeState::Arrived, arrived), "what arrived has arrived");
    assert_eq!(delivery.sent_again_at.len(), 2);
    let session = office.open_link(&third.link, &third.code).await.unwrap();
    office.collect(&session).await.unwrap();
    office.revoke(&clerk(), id, "誤り").await.unwrap();
    assert_eq!(code(office.reissue(&clerk(), id, "紛失").await), "notice-not-in-force");
    let paper = on_paper(&city).await;
    assert_eq!(code(office.reissue(&clerk(), paper, "紛失").await), "notice-state");
}
