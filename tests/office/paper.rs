//! Asking by paper: number and confirmation number tell whether a notice was issued and has effect, and nothing else.

use super::city::{City, OTHER_PDF, PDF, approver, clerk, notice, seal_keeper};
use fumikura::digest::Sha256Hex;
use fumikura::id::NoticeId;
use fumikura::office::notices::{ConfirmationNumber, NewConsent, PaperEffect, PaperStanding, SealItem};
use fumikura::office::{SealConfirmation, SealPlace};
use memchr::memmem::find;

const NUMBER: &str = "8見総第1号";

fn confirmation(pdf: &[u8]) -> ConfirmationNumber {
    ConfirmationNumber::of(&Sha256Hex::of(pdf))
}

async fn asked(city: &City, number: &str, pdf: &[u8]) -> Option<PaperStanding> {
    city.office.standing_on_paper(number, &confirmation(pdf)).await.unwrap()
}

/// Drafts a notice whose number is taken before.
async fn numbered(city: &City) -> NoticeId {
    let id = city.office.draft(&clerk(), notice("permit", PDF)).await.unwrap();
    city.office.reserve_number(&clerk(), id).await.unwrap();
    id
}

#[tokio::test]
async fn a_notice_is_there_from_its_issue_on_and_tells_its_effect() {
    let city = City::found().await;
    let office = &city.office;
    let id = numbered(&city).await;
    assert_eq!(asked(&city, NUMBER, PDF).await, None, "a draft");
    office.submit(&clerk(), id).await.unwrap();
    office.approve(&approver(), id, &Sha256Hex::of(PDF)).await.unwrap();
    assert_eq!(asked(&city, NUMBER, PDF).await, None, "what is approved");
    city.seal(id).await.unwrap();
    office.record_consent(&clerk(), id, NewConsent::today("online", "申請 12")).await.unwrap();
    assert_eq!(asked(&city, NUMBER, PDF).await, None, "what is sealed");
    office.issue(&clerk(), id).await.unwrap();
    let day = |text: &str| text.parse().unwrap();
    let mut known = PaperStanding {
        number: NUMBER.to_owned(),
        effect: PaperEffect::InForce,
        since: day("2026-06-01"),
        on_paper: false,
    };
    assert_eq!(asked(&city, NUMBER, PDF).await, Some(known.clone()));

    // Another number, another file: the same answer.
    assert_eq!(asked(&city, "8見総第2号", PDF).await, None);
    assert_eq!(asked(&city, NUMBER, OTHER_PDF).await, None);
    city.clock.set("2026-06-02T01:00:00Z");
    office.to_paper(&clerk(), id, "本人の希望").await.unwrap();
    known.on_paper = true;
    assert_eq!(asked(&city, NUMBER, PDF).await, Some(known.clone()));
    city.clock.set("2026-06-03T15:00:00Z");
    office.revoke(&clerk(), id, "誤り").await.unwrap();
    known = PaperStanding { effect: PaperEffect::Revoked, since: day("2026-06-04"), ..known };
    assert_eq!(asked(&city, NUMBER, PDF).await, Some(known), "the day in Japan");
}

#[tokio::test]
async fn what_was_replaced_says_so_and_the_same_file_under_two_numbers_is_two_notices() {
    let city = City::found().await;
    let (first, _) = city.issued("permit").await;
    let (other, issued) = city.issued("permit").await;
    city.office.replace(&clerk(), first, other, "誤記").await.unwrap();
    assert_eq!(asked(&city, NUMBER, PDF).await.unwrap().effect, PaperEffect::Replaced);
    assert_eq!(asked(&city, &issued.number, PDF).await.unwrap().effect, PaperEffect::InForce);
}

#[tokio::test]
async fn a_notice_without_a_seal_is_asked_for_alike() {
    let city = City::found().await;
    let (_, issued) = city.issued("information").await;
    assert!(asked(&city, &issued.number, PDF).await.is_some());
}

#[tokio::test]
async fn numbers_are_read_as_people_type_them() {
    let city = City::found().await;
    city.issued("permit").await;
    let right = confirmation(PDF);
    let (written, digits) = (right.to_string(), right.digits().to_owned());
    assert_eq!((written.len(), digits.len()), (19, 16));
    let wide: String = written.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    let spaced = written.replace('-', "　");
    for text in [&written, &digits, &digits.to_uppercase(), &wide, &spaced, &written.replace('-', "ー")] {
        let read = ConfirmationNumber::read(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(read, right, "{text}");
        for number in ["８見総第１号", " 8 見総 第1号 ", "8見総第1号"] {
            assert!(city.office.standing_on_paper(number, &read).await.unwrap().is_some(), "{number}");
        }
    }
    for wrong in [
        "",
        "3F9A",
        &digits[1..],
        &format!("{digits}0"),
        &format!("g{}", &digits[1..]),
        "十六の数字十六の数字十六の数字",
    ] {
        assert_eq!(ConfirmationNumber::read(wrong), None, "{wrong}");
    }
}

/// Seals a notice in a city with a public address and a place for seals, and returns the file.
async fn sealed(shows: SealConfirmation, number_before: bool) -> Vec<u8> {
    let city = City::with(|parts| {
        parts.public_url = Some("https://tsuchi.mihon.example.jp/".to_owned());
        parts.settings.seal_place = Some(SealPlace { page: 1, at: [60.0, 60.0, 260.0, 90.0] });
        parts.settings.seal_confirmation = shows;
    });
    let city = city.await;
    let id = if number_before {
        numbered(&city).await
    } else {
        city.office.draft(&clerk(), notice("permit", PDF)).await.unwrap()
    };
    city.office.submit(&clerk(), id).await.unwrap();
    city.office.approve(&approver(), id, &Sha256Hex::of(PDF)).await.unwrap();
    let items = vec![SealItem { id, sha256: Sha256Hex::of(PDF) }];
    for outcome in city.office.seal(&seal_keeper(), items).await.unwrap() {
        outcome.result.unwrap();
    }
    city.office.notice_pdf(&clerk(), id).await.unwrap()
}

#[tokio::test]
async fn the_seal_shows_as_much_as_the_city_says() {
    let (written, digits) = (confirmation(PDF).to_string(), confirmation(PDF).digits().to_owned());
    let number = "n=8%E8%A6%8B%E7%B7%8F%E7%AC%AC1%E5%8F%B7&";
    for (shows, number_before, has_number, address) in [
        (SealConfirmation::None, true, false, None),
        (SealConfirmation::Number, true, true, None),
        (SealConfirmation::Qr, true, true, Some(number)),
        (SealConfirmation::Qr, false, true, Some("")),
    ] {
        let pdf = sealed(shows, number_before).await;
        assert_eq!(find(&pdf, written.as_bytes()).is_some(), has_number, "{shows:?}");
        // What a screen reader is told has the address that the code shows.
        let page = "https://tsuchi.mihon.example.jp/verify/paper?";
        let told = address.map(|number| format!("{page}{number}c={digits}"));
        assert_eq!(find(&pdf, page.as_bytes()).is_some(), told.is_some(), "{shows:?}");
        assert!(told.is_none_or(|told| find(&pdf, told.as_bytes()).is_some()), "{shows:?} {number_before}");
    }
}
