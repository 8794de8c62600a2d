//! Notices set by templates through the verbs: the number that stands on them, many at once, and what is forgotten.

use super::city::{City, approver, auditor, clerk, seal_keeper};
use crate::typeset::{font, template, typst};
use fumikura::cms::SigningIdentity;
use fumikura::crypto::CryptoError;
use fumikura::digest::Sha256Hex;
use fumikura::fault::Fault;
use fumikura::id::NoticeId;
use fumikura::office::notices::{MergeRow, NewTypeset, NoticeState, PaperMark, SealItem};
use fumikura::office::ports::{Seals, Setting, Typeset, Typesetter};
use fumikura::office::templates::{Filled, NoticeText, Template, TemplateError, Templates};
use fumikura::office::{Actor, SealPlace};
use fumikura::pades::Appearance;
use fumikura::pdf::{Limits, Pdf};
use fumikura::time::Date;
use fumikura::validate::Indication;
use std::collections::BTreeMap;
use std::sync::Arc;

const SOURCE: &str = r#"
#import "/fumikura.typ": *
#show: notice-sheet
#number-and-date()
#notice.recipient 様
#sealing-office(width: 70mm, height: 25mm)
#facts(([場所], field("place")), ([手数料], field("fee")))
"#;

/// A seal whose impression has a font, as PDF/A asks.
struct Inked(Arc<dyn Seals>);

impl Seals for Inked {
    fn identity(&self) -> Result<SigningIdentity, CryptoError> {
        self.0.identity()
    }

    fn impression(&self, place: SealPlace, day: Date, mark: Option<&PaperMark>) -> Option<Appearance> {
        Some(Appearance { font: font(), ..self.0.impression(place, day, mark)? })
    }
}

/// The typesetter of the tests, by reference.
struct Shared;

impl Typesetter for Shared {
    fn set(&self, template: &Template, text: &NoticeText, asked: &Setting) -> Result<Typeset, TemplateError> {
        typst().expect("a font").set(template, text, asked)
    }

    fn look(&self, template: &Template, text: &NoticeText) -> Result<(), TemplateError> {
        typst().expect("a font").look(template, text)
    }
}

/// Tells whether notices can be set on this machine.
pub fn typeset_here() -> bool {
    typst().is_some()
}

/// Gives an office the typesetter, the template `sample`, and eyes.
pub fn setting(parts: &mut fumikura::office::Parts) {
    parts.templates = Templates::new(vec![template(SOURCE)]);
    parts.digitiser = Some(Arc::new(super::pages::Lines));
    if typeset_here() {
        parts.typesetter = Some(Arc::new(Shared));
    }
}

/// A city whose permits are set by a template; none where there is no font.
async fn city() -> Option<City> {
    typst()?;
    let city = City::with(|parts| {
        setting(parts);
        parts.seals = Arc::new(Inked(super::city::seals("signer-rsa2048")));
        let permit = parts.settings.notice_types.iter_mut().find(|kind| kind.id == "permit");
        permit.expect("the type").template = Some("sample".to_owned());
    });
    Some(city.await)
}

fn new(recipient: &str, place: &str) -> NewTypeset {
    let filled: BTreeMap<_, _> = [("place", place), ("fee", "300")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
    NewTypeset {
        kind: "permit".to_owned(),
        subject: "道路占用許可書".to_owned(),
        recipient: recipient.to_owned(),
        reasons: "基準に適合するため".to_owned(),
        appeal_instructions: "3か月以内に審査請求ができます".to_owned(),
        flags: Default::default(),
        dated: Some(jiff::civil::date(2026, 6, 1)),
        filled: Filled(filled),
    }
}

async fn seal(city: &City, id: NoticeId, sha256: &Sha256Hex) {
    let items = vec![SealItem { id, sha256: sha256.clone() }];
    for outcome in city.office.seal(&seal_keeper(), items).await.expect("released") {
        outcome.result.expect("sealed");
    }
}

fn pages(pdf: &[u8]) -> usize {
    Pdf::read(pdf, &Limits::default()).expect("a PDF").pages().expect("pages").len()
}

#[tokio::test]
async fn a_number_stands_on_the_notice_and_is_the_one_it_is_issued_under() {
    let Some(city) = city().await else { return };
    let office = &city.office;
    let id = office.draft_typeset(&clerk(), new("見本 太郎", "中央1丁目")).await.unwrap();
    let draft = office.notice(&clerk(), id).await.unwrap().notice;
    assert_eq!((draft.reserved_number, draft.number), (None, None), "a draft has no number yet");
    let submitted = office.submit(&clerk(), id).await.unwrap();
    assert_eq!(submitted.reserved_number.as_deref(), Some("8見総第1号"));
    assert_ne!(submitted.draft_sha256, draft.draft_sha256, "with its number it is another page");
    let pdf = office.notice_pdf(&clerk(), id).await.unwrap();
    assert_eq!((Sha256Hex::of(&pdf), pages(&pdf)), (submitted.draft_sha256.clone(), 1));

    // Whatever is returned keeps its number; whoever comes in between gets the next.
    office.return_draft(&approver(), id, "場所が違います").await.unwrap();
    let other = office.draft_typeset(&clerk(), new("試験 花子", "中央2丁目")).await.unwrap();
    assert_eq!(office.submit(&clerk(), other).await.unwrap().reserved_number.as_deref(), Some("8見総第2号"));
    office.redraft_typeset(&clerk(), id, new("見本 太郎", "中央3丁目")).await.unwrap();
    let again = office.submit(&clerk(), id).await.unwrap();
    assert_eq!(again.reserved_number.as_deref(), Some("8見総第1号"));

    office.approve(&approver(), id, &again.draft_sha256).await.unwrap();
    seal(&city, id, &again.draft_sha256).await;
    let sealed = office.notice(&clerk(), id).await.unwrap().notice;
    let typeset = sealed.typeset.unwrap();
    assert!(typeset.filled.is_empty(), "what was filled in stands on the notice alone");
    assert!(typeset.seal.is_some());
    office
        .record_consent(&clerk(), id, fumikura::office::notices::NewConsent::today("online", "申請 12"))
        .await
        .unwrap();
    assert_eq!(office.issue(&clerk(), id).await.unwrap().number, "8見総第1号");
    let issued = office.notice(&clerk(), id).await.unwrap().notice;
    assert_eq!((issued.number.as_deref(), issued.reserved_number), (Some("8見総第1号"), None));
    let verdict = office.public_validate(office.notice_pdf(&clerk(), id).await.unwrap()).await.unwrap();
    assert_eq!(verdict.report.indication, Indication::TotalPassed);

    let entries = office.newest_entries(&auditor(), 100).await.unwrap();
    let told = format!("{entries:?}");
    assert!(told.contains("notice.numbered"));
    for secret in ["見本", "太郎", "中央"] {
        assert!(!told.contains(secret), "the ledger holds {secret}");
    }
}

#[tokio::test]
async fn a_number_can_be_taken_for_a_notice_that_is_made_elsewhere() {
    let city = City::found().await;
    let office = &city.office;
    let id = office.draft(&clerk(), super::city::notice("permit", super::city::PDF)).await.unwrap();
    let taken = office.reserve_number(&clerk(), id).await.unwrap().reserved_number;
    assert_eq!(taken.as_deref(), Some("8見総第1号"));
    assert_eq!(office.reserve_number(&clerk(), id).await.unwrap().reserved_number, taken, "once");
    let stranger = City::person(9, &[fumikura::office::Role::Clerk]);
    assert_eq!(office.reserve_number(&stranger, id).await.unwrap_err().code(), "notice-not-drafter");
    let submitted = office.submit(&clerk(), id).await.unwrap();
    assert_eq!(submitted.state, NoticeState::Submitted);
    assert_eq!(office.reserve_number(&clerk(), id).await.unwrap_err().code(), "notice-state");
}

#[tokio::test]
async fn what_is_looked_at_is_not_stored() {
    let Some(city) = city().await else { return };
    let seen = city.office.preview(&clerk(), &new("見本 太郎", "中央1丁目"), 7).await.unwrap();
    assert_eq!((seen.page, seen.pages), (1, 1));
    assert!(city.office.notices(&clerk()).await.unwrap().is_empty());
    for nobody in [approver(), seal_keeper(), auditor()] {
        let refused = city.office.preview(&nobody, &new("見本 太郎", "x"), 1).await.unwrap_err();
        assert_eq!(refused.code(), "office-not-in-role");
        assert_eq!(
            city.office.draft_typeset(&nobody, new("見本 太郎", "x")).await.unwrap_err().code(),
            "office-not-in-role"
        );
        assert_eq!(city.office.merge(&nobody, rows(1)).await.unwrap_err().code(), "office-not-in-role");
        assert_eq!(city.office.look_at_merge(&nobody, rows(1)).await.unwrap_err().code(), "office-not-in-role");
    }
}

#[tokio::test]
async fn what_is_not_filled_in_as_the_template_asks_is_refused() {
    let Some(city) = city().await else { return };
    let office = &city.office;
    let refused = async |new: NewTypeset| office.draft_typeset(&clerk(), new).await.unwrap_err().code();
    assert_eq!(refused(NewTypeset { dated: None, ..new("見本 太郎", "x") }).await, "template-empty");
    assert_eq!(refused(new("", "x")).await, "template-empty");
    assert_eq!(refused(new("見本 太郎", "")).await, "template-empty");
    assert_eq!(refused(new("見本 😀", "x")).await, "template-missing-glyph");
    assert_eq!(refused(NewTypeset { kind: "information".to_owned(), ..new("見本", "x") }).await, "template-not-used");
    assert_eq!(refused(NewTypeset { kind: "nothing".to_owned(), ..new("見本", "x") }).await, "notice-no-such-kind");
    assert!(office.notices(&clerk()).await.unwrap().is_empty());
    // A disposition is drafted without its reasons, and not submitted; nor is a number taken for it.
    let id = office.draft_typeset(&clerk(), NewTypeset { reasons: String::new(), ..new("見本", "x") }).await.unwrap();
    assert_eq!(office.submit(&clerk(), id).await.unwrap_err().code(), "notice-no-reasons");
    assert_eq!(office.notice(&clerk(), id).await.unwrap().notice.reserved_number, None);
}

fn rows(many: u64) -> Vec<MergeRow> {
    (1..=many).map(|line| MergeRow { line: line + 1, new: new(&format!("見本 {line}郎"), "中央") }).collect()
}

#[tokio::test]
async fn many_are_drafted_all_or_none() {
    let Some(city) = city().await else { return };
    let office = &city.office;
    let mut wrong = rows(12);
    wrong[3].new.recipient = "見本 😀".to_owned();
    wrong[9].new.filled.0.insert("fee".to_owned(), "高い".to_owned());
    let codes = |faults: Vec<fumikura::office::notices::MergeFault>| {
        faults.iter().map(|fault| (fault.line, fault.error.code())).collect::<Vec<_>>()
    };
    let wanted = vec![(5, "template-missing-glyph"), (11, "template-value")];
    assert_eq!(codes(office.look_at_merge(&clerk(), wrong.clone()).await.unwrap()), wanted);
    assert_eq!(codes(office.merge(&clerk(), wrong).await.unwrap().unwrap_err()), wanted);
    assert!(office.notices(&clerk()).await.unwrap().is_empty(), "none is drafted");

    let too_many = office.look_at_merge(&clerk(), rows(501)).await.unwrap_err();
    assert_eq!(too_many.code(), "template-too-many-rows");
    assert_eq!(office.merge(&clerk(), rows(501)).await.unwrap_err().code(), "template-too-many-rows");
    assert!(office.look_at_merge(&clerk(), rows(12)).await.unwrap().is_empty());
    let ids = office.merge(&clerk(), rows(12)).await.unwrap().unwrap();
    assert_eq!(ids.len(), 12);
    for (place, id) in ids.iter().enumerate() {
        let submitted = office.submit(&clerk(), *id).await.unwrap();
        assert_eq!(submitted.reserved_number, Some(format!("8見総第{}号", place + 1)));
        assert_eq!(submitted.recipient, format!("見本 {}郎", place + 1));
    }
    assert_eq!(office.verify_ledger(vec![]).await.unwrap().seq, 12 + 1 + 24);
}

#[tokio::test]
async fn what_one_field_asks_of_another_is_held_by_every_way_in() {
    if !typeset_here() {
        return;
    }
    let city = City::with(|parts| {
        setting(parts);
        let mut asking = template(SOURCE);
        let rule = "[[field]]\nid='place'\nlabel='場所'\noptional=true\n[[field]]\nid='fee'\nlabel='手数料'\noptional=true\n\
            [[rule]]\nkind='required-if'\nfield='place'\nwhen='fee'\nis=['300']\n";
        asking = Template::read("sample", &format!("title='様式'\n{rule}"), &asking.source).unwrap();
        parts.templates = Templates::new(vec![asking]);
        parts.settings.notice_types.iter_mut().find(|kind| kind.id == "permit").unwrap().template =
            Some("sample".to_owned());
    })
    .await;
    let office = &city.office;
    let told = "template-asked-for";
    assert_eq!(office.preview(&clerk(), &new("見本", ""), 1).await.unwrap_err().code(), told);
    assert_eq!(office.draft_typeset(&clerk(), new("見本", "")).await.unwrap_err().code(), told);
    let id = office.draft_typeset(&clerk(), new("見本", "中央")).await.unwrap();
    assert_eq!(office.redraft_typeset(&clerk(), id, new("見本", " ")).await.unwrap_err().code(), told);
    let mut table = rows(3);
    table[1].new = new("見本", "");
    let faults = office.look_at_merge(&clerk(), table.clone()).await.unwrap();
    assert_eq!(faults.iter().map(|fault| (fault.line, fault.error.code())).collect::<Vec<_>>(), [(3, told)]);
    assert_eq!(office.merge(&clerk(), table).await.unwrap().unwrap_err().len(), 1);
}

#[tokio::test]
async fn a_page_of_a_notice_is_shown_to_those_who_may_see_it() {
    let Some(city) = city().await else { return };
    let id = city.office.draft_typeset(&clerk(), new("見本 太郎", "中央1丁目")).await.unwrap();
    let picture = city.office.notice_picture(&clerk(), id, 1).await.unwrap();
    assert!(!picture.bytes.is_empty());
    let administrator: Actor = City::person(8, &[fumikura::office::Role::Administrator]);
    let refused = city.office.notice_picture(&administrator, id, 1).await.unwrap_err();
    assert_eq!(refused.code(), "office-not-in-role");
}
