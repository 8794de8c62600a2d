//! The recipient's side: link, code, lock-out, deadline, withdrawal.

use super::city::{City, OTHER_PDF, PDF, clerk, notice};
use fumikura::digest::Sha256Hex;
use fumikura::fault::Fault;
use fumikura::office::OfficeError;
use fumikura::office::notices::{Effect, NoticeState, RecipientSession};

fn code<T>(result: Result<T, OfficeError>) -> &'static str {
    match result {
        Ok(_) => "was not refused",
        Err(error) => error.code(),
    }
}

#[tokio::test]
async fn wrong_codes_lock_the_link_for_a_while_also_for_the_right_code() {
    let city = City::found().await;
    let (_, issued) = city.issued("permit").await;
    for _ in 0..3 {
        assert_eq!(code(city.office.open_link(&issued.link, "AAAA-AAAA-AAAA").await), "notice-wrong-code");
    }
    assert_eq!(code(city.office.open_link(&issued.link, &issued.code).await), "notice-link-locked");
    city.clock.set("2026-06-01T01:16:00Z");
    city.office.open_link(&issued.link, &issued.code).await.unwrap();
}

#[tokio::test]
async fn many_wrong_codes_at_once_are_counted_one_by_one() {
    let city = City::found().await;
    let (_, issued) = city.issued("permit").await;
    let tries = (0..20).map(|_| {
        let (office, link) = (city.office.clone(), issued.link.clone());
        tokio::spawn(async move { code(office.open_link(&link, "BBBB-BBBB-BBBB").await) })
    });
    let mut wrong = 0;
    for answer in tries.collect::<Vec<_>>() {
        wrong += usize::from(answer.await.unwrap() == "notice-wrong-code");
    }
    assert_eq!(wrong, 3, "no more tries than the settings allow");
}

#[tokio::test]
async fn a_code_is_read_kindly_but_only_with_its_own_link() {
    let city = City::found().await;
    let (_, one) = city.issued("permit").await;
    let (_, other) = city.issued("permit").await;
    assert_eq!(code(city.office.open_link(&one.link, &other.code).await), "notice-wrong-code");
    assert_eq!(code(city.office.open_link("0000", &one.code).await), "notice-wrong-code");
    let spoken = one.code.replace('-', " ").to_lowercase();
    city.office.open_link(&one.link, &spoken).await.unwrap();
}

#[tokio::test]
async fn a_session_ends_by_time_by_a_newer_one_and_is_bound_to_its_link() {
    let city = City::found().await;
    let (_, issued) = city.issued("permit").await;
    let (_, other) = city.issued("permit").await;
    let first = city.office.open_link(&issued.link, &issued.code).await.unwrap();
    let second = city.office.open_link(&issued.link, &issued.code).await.unwrap();
    assert_eq!(code(city.office.resident_view(&first).await), "notice-session-ended");
    let elsewhere = RecipientSession { link: other.link, secret: second.secret.clone() };
    assert_eq!(code(city.office.resident_view(&elsewhere).await), "notice-session-ended");
    city.office.resident_view(&second).await.unwrap();
    city.clock.set("2026-06-01T01:30:00Z");
    assert_eq!(code(city.office.resident_view(&second).await), "notice-session-ended");
}

#[tokio::test]
async fn after_the_deadline_nothing_is_collected_and_the_clerk_turns_to_paper() {
    let city = City::found().await;
    let (id, issued) = city.issued("permit").await;
    city.clock.set("2026-06-16T00:00:00Z");
    let session = city.office.open_link(&issued.link, &issued.code).await.unwrap();
    assert_eq!(code(city.office.confirm_delivery(&session).await), "notice-too-late");
    city.office.to_paper(&clerk(), id, "期限までに受取なし").await.unwrap();
    assert_eq!(code(city.office.collect(&session).await), "notice-state", "one channel is the official one");
    assert_eq!(city.office.resident_view(&session).await.unwrap().state, NoticeState::ToPaper);
}

#[tokio::test]
async fn a_withdrawn_agreement_turns_to_paper_but_not_after_arrival() {
    let city = City::found().await;
    let (_, issued) = city.issued("permit").await;
    let session = city.office.open_link(&issued.link, &issued.code).await.unwrap();
    city.office.confirm_delivery(&session).await.unwrap();
    city.office.withdraw_consent(&session).await.unwrap();
    assert_eq!(city.office.resident_view(&session).await.unwrap().state, NoticeState::ToPaper);
    assert_eq!(code(city.office.downloaded(&session).await), "notice-state");

    let (_, issued) = city.issued("permit").await;
    let session = city.office.open_link(&issued.link, &issued.code).await.unwrap();
    city.office.confirm_delivery(&session).await.unwrap();
    city.office.downloaded(&session).await.unwrap();
    assert_eq!(code(city.office.withdraw_consent(&session).await), "notice-state");
}

#[tokio::test]
async fn a_replaced_notice_names_its_successor_to_the_recipient() {
    let city = City::found().await;
    let (old, issued) = city.issued("permit").await;
    let draft = notice("permit", OTHER_PDF);
    let new = city.office.draft(&clerk(), draft).await.unwrap();
    assert_eq!(code(city.office.replace(&clerk(), old, new, "誤記").await), "notice-not-in-force");
    let (new, _) = city.issued("permit").await;
    city.office.replace(&clerk(), old, new, "誤記").await.unwrap();
    let session = city.office.open_link(&issued.link, &issued.code).await.unwrap();
    let view = city.office.resident_view(&session).await.unwrap();
    assert!(
        matches!(view.standing.effect, Effect::Replaced { ref by, .. } if by == "8見総第2号"),
        "{:?}",
        view.standing
    );
    assert_ne!(view.sha256, Some(Sha256Hex::of(PDF)));
}

#[tokio::test]
async fn the_database_keeps_neither_link_nor_code_nor_session() {
    let city = City::found().await;
    let (_, issued) = city.issued("permit").await;
    let session = city.office.open_link(&issued.link, &issued.code).await.unwrap();
    for file in std::fs::read_dir(city.folder.path()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        for secret in [&issued.link, &issued.code, &session.secret] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{:?}", file.path());
        }
    }
}
