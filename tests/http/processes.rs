//! What one process remembers of a browser, any other does as well: what was proven, what counts once, what is shown once. (Every
//! story here is told to two of them in turn.)

use super::browser::Browser;
use super::city::{self, City, PASSWORD};
use super::walk::sign_in;
use crate::engine::pki::TestEntropy;
use fumikura::digest::{Sha256Hex, unhex};
use fumikura::http::{App, Settings};
use fumikura::time::Clock;
use std::sync::Arc;

fn service(city: &City) -> App {
    App::new(city.office.clone(), Settings::default(), city.clock.clone(), Arc::new(TestEntropy))
        .unwrap_or_else(|problem| panic!("{}", problem.code()))
}

fn cookie(text: &str) -> String {
    Sha256Hex::of(text.as_bytes()).to_string()
}

#[tokio::test]
async fn a_question_of_one_process_is_answered_at_another_once_in_its_browser_and_in_time() {
    let city = city::with_people().await;
    let (one, other, mine) = (service(&city), service(&city), cookie("mine"));
    let ask = || one.marks.challenge(&mine, &TestEntropy, city.clock.now()).unwrap();
    let taken = async |cookie: &str, challenge: &[u8]| other.take_challenge(cookie, challenge).await.unwrap();
    let challenge = ask();
    assert!(!taken(&cookie("another"), &challenge).await && !taken(&mine, &challenge[..31]).await);
    for place in 0..challenge.len() {
        let mut changed = challenge;
        changed[place] ^= 1;
        assert!(!taken(&mine, &changed).await, "{place}");
    }
    assert!(taken(&mine, &challenge).await && !taken(&mine, &challenge).await);
    // At the same time by both: one of them.
    let challenge = ask();
    let both = tokio::join!(one.take_challenge(&mine, &challenge), other.take_challenge(&mine, &challenge));
    assert_eq!([both.0.unwrap(), both.1.unwrap()].into_iter().filter(|taken| *taken).count(), 1);
    // Whoever has signed in by it has another cookie; under the old one it counts no more either.
    one.keep_session(&mine, &cookie("signed in"), Default::default()).await.unwrap();
    assert!(!taken(&mine, &challenge).await);
    let late = ask();
    city.clock.set("2026-06-01T01:10:00Z");
    assert!(!taken(&mine, &late).await);
}

#[tokio::test]
async fn a_session_ends_by_itself_and_is_nowhere_readable() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    let cookie = clerk.cookie().unwrap().split_once('=').unwrap().1.to_owned();
    let secret = service(&city).kept(&cookie).await.unwrap().session.staff.expect("a session");
    assert_eq!(city.office.session(&secret).await.unwrap().name(), "佐藤　花子");
    for needle in [secret.as_bytes(), cookie.as_bytes(), &unhex(&cookie).unwrap()] {
        for file in city.files() {
            let bytes = std::fs::read(&file).unwrap();
            assert!(memchr::memmem::find(&bytes, needle).is_none(), "{}", file.display());
        }
    }
    // Used again and again it goes on; for ten hours.
    for time in ["01:29", "01:58", "02:27"] {
        city.clock.set(&format!("2026-06-01T{time}:00Z"));
        assert!(clerk.get("/desk").await.says("佐藤"), "{time}");
    }
    city.clock.set("2026-06-01T02:58:00Z");
    assert_eq!(clerk.get("/desk").await.place(), "/sign-in?next=/desk");
    let mut again = sign_in(&city, "sato").await;
    let mut minutes = 0;
    while again.get("/desk").await.says("佐藤") {
        minutes += 25;
        let time = city.clock.now() + jiff::SignedDuration::from_mins(25);
        city.clock.set(&time.to_string());
    }
    assert!((450..=625).contains(&minutes), "a working day, however busy: {minutes}");
    assert_eq!(again.get("/desk").await.place(), "/sign-in?next=/desk");
}

#[tokio::test]
async fn whoever_signs_out_at_one_has_signed_out_at_all_and_an_old_cookie_opens_nothing() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    let mut copy = Browser::new(&city.alone);
    copy.set_cookie(clerk.cookie().map(str::to_owned));
    assert!(copy.get("/desk").await.says("佐藤"));
    clerk.get("/desk").await;
    clerk.post("/sign-out", &[]).await.place();
    assert_eq!(copy.get("/desk").await.place(), "/sign-in?next=/desk");
    // Of a stranger nothing is kept.
    let mut stranger = Browser::new(&city.router);
    stranger.get("/sign-in").await;
    let before = stranger.cookie().map(str::to_owned);
    assert_eq!(stranger.post("/sign-out", &[]).await.place(), "/sign-in");
    assert_eq!(stranger.cookie().map(str::to_owned), before);
    assert!(!stranger.get("/sign-in").await.says("サインアウトしました"));
    // Nor does the password's half, where another process has begun it.
    let mut browser = Browser::new(&city.router);
    browser.get("/sign-in").await;
    let entered = browser.post("/sign-in", &[("login", "sato"), ("password", PASSWORD), ("next", "/desk")]).await;
    assert_eq!(entered.place(), "/desk");
}
