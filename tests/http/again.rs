//! Asking again who somebody is: which forms do, and that what was posted goes on as it was.

use super::browser::{Answer, Browser};
use super::city::{self, City, PASSWORD, PDF};
use super::walk::{draft, sign_in};
use axum::http::StatusCode;
use fumikura::digest::Sha256Hex;
use std::collections::BTreeSet;

/// Forms of staff that do not ask again: what they do can be mended, needs a second person, only protects, or asks itself.
const PLAIN: &[&str] = &[
    "/desk/deadlines/remind",
    "/desk/deadlines/to-paper",
    "/proofs/rehearse",
    "/proofs/run",
    "/desk/print",
    "/desk/print/{id}/posted",
    "/desk/print/{id}/printed",
    "/desk/print/{id}/take",
    "/notices/{id}/withdrawal",
    "/notices/{id}/retry-mail",
    "/notices/{id}/contact",
    "/desk/consents",
    "/account/news",
    "/account/password", // Asks for the present password itself.
    "/account/sessions/end",
    "/account/sessions/end-others",
    "/desk/batches",
    "/desk/submit",
    "/disposals",
    "/disposals/{id}/reject",
    "/holds",
    "/holds/release",
    "/notices/merge",
    "/notices/new",
    "/notices/typeset",
    "/notices/{id}/consent",
    "/notices/{id}/edit",
    "/notices/{id}/file",
    "/notices/{id}/number",
    "/notices/{id}/return",
    "/notices/{id}/submit",
    "/notices/{id}/take-back", // Nothing is lost: it is submitted again.
    "/notices/{id}/discard",   // Nothing has effect yet: it is drafted again, under another number.
    "/notices/{id}/to-paper",
    "/notices/{id}/typeset",
    "/papers",
    "/papers/lists/{id}/withdraw",
    "/papers/{record}/exclude",
    "/papers/{record}/include",
    "/papers/{record}/place",
    "/records/files/new",
    "/records/files/{id}/access",
    "/records/files/{id}/appraise",
    "/records/files/{id}/board",
    "/records/files/{id}/close",
    "/records/files/{id}/grant",
    "/records/files/{id}/revoke",
    "/records/ingest",
    "/records/{id}/access",
    "/reorganisations",
    "/reorganisations/look",
    "/reorganisations/{id}/withdraw",
    "/rules/load",
    "/rules/what-if",
    "/searches",
    "/searches/{id}/change",
    "/searches/{id}/delete",
    "/searches/{id}/hold",
    "/shelves/files/{file}",
    "/shelves/furniture/new",
    "/shelves/furniture/{id}/read",
    "/shelves/furniture/{id}/remove",
    "/shelves/heads",
    "/shelves/import",
    "/shelves/volumes/{id}/lend",
    "/shelves/volumes/{id}/measure",
    "/shelves/volumes/{id}/move",
    "/shelves/volumes/{id}/remove",
    "/shelves/volumes/{id}/return",
    "/shelves/volumes/{id}/scan",
    "/tokens/revoke",
    "/transfers/{file}/cancel",
    "/transfers/{file}/package",
    "/transfers/{file}/receive",
    "/transfers/{file}/send",
    "/tray/new",
    "/tray/{id}/accept",
    "/tray/{id}/again",
    "/tray/{id}/describe",
    "/tray/{id}/divide",
    "/tray/{id}/give-up",
    "/tray/{id}/keep",
    "/tray/{id}/looked",
    "/tray/{id}/reject",
    "/tray/{id}/take-back",
];

/// Forms that are not for those who have signed in.
const PUBLIC: &[&str] = &[
    "/setup",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/passkey",
    "/sign-in/code/passkey",
    "/sign-out",
    "/verify",
    "/verify/report",
    "/verify/effect",
    "/verify/paper",
];

/// Every route that takes a form, deeds by their names, as the router and its handlers are written.
fn forms() -> BTreeSet<String> {
    let router = include_str!("../../src/http/mod.rs");
    let mut forms = BTreeSet::new();
    for line in router.split(".route(\"").skip(1) {
        let (path, rest) = line.split_once('"').unwrap();
        let handlers = rest.split("\n        .").next().unwrap();
        let Some((_, handler)) = handlers.split_once("post(") else { continue };
        let handler = handler.split(')').next().unwrap();
        match path.strip_suffix("{deed}") {
            None => drop(forms.insert(path.to_owned())),
            Some(before) => forms.extend(deeds(handler).into_iter().map(|deed| format!("{before}{deed}"))),
        }
    }
    forms.retain(|path| !path.starts_with("/r/") && !PUBLIC.contains(&path.as_str()));
    forms
}

/// The deeds that a handler tells apart.
pub fn deeds(handler: &str) -> Vec<String> {
    let (module, function) = handler.split_once("::").unwrap();
    let path = format!("{}/src/http/{module}.rs", env!("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(path).unwrap();
    let (_, body) = source.split_once(&format!("pub async fn {function}(")).unwrap();
    let (body, _) = body.split_once("\n}\n").unwrap();
    let arms = body.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>"));
    let deeds: Vec<String> = arms.map(|(deed, _)| deed.to_owned()).collect();
    assert!(deeds.len() > 2, "{handler}: {deeds:?}");
    deeds
}

/// What asks again, as the guard is written.
fn sensitive() -> BTreeSet<String> {
    let source = include_str!("../../src/http/again.rs");
    let (_, list) = source.split_once("pub const SENSITIVE").unwrap();
    let (list, _) = list.split_once("];").unwrap();
    list.lines().filter_map(|line| line.trim().strip_prefix("(\"")?.split('"').next()).map(str::to_owned).collect()
}

pub fn is_question(answer: &Answer) -> bool {
    answer.status == StatusCode::OK && answer.says("name=\"again-mark\"")
}

/// Fills the page that asks with what it holds, a password and a code.
pub async fn answer_to(browser: &mut Browser, path: &str, question: &Answer, password: &str, code: &str) -> Answer {
    let held = ["again-mark", "again-kind", "again-form"]
        .map(|name| question.between(&format!("name=\"{name}\" value=\""), "\""));
    let fields = [
        ("again-mark", held[0].as_str()),
        ("again-kind", &held[1]),
        ("again-form", &held[2]),
        ("again-password", password),
        ("again-code", code),
    ];
    browser.post(path, &fields).await
}

/// A notice that waits for its approval, and the approver before it, some time after signing in.
async fn before_an_approval(city: &City) -> (Browser, String, String) {
    let mut clerk = sign_in(city, "sato").await;
    let notice = draft(&mut clerk).await;
    let mut approver = sign_in(city, "suzuki").await;
    approver.get(&notice).await;
    (approver, notice, Sha256Hex::of(PDF).to_string())
}

#[tokio::test]
async fn every_form_of_staff_is_known_as_one_that_asks_again_or_as_one_that_does_not() {
    let (forms, sensitive) = (forms(), sensitive());
    let plain: BTreeSet<String> = PLAIN.iter().map(|path| (*path).to_owned()).collect();
    assert_eq!(plain.intersection(&sensitive).count(), 0);
    let known: BTreeSet<String> = plain.union(&sensitive).cloned().collect();
    assert_eq!(forms, known, "each form is in one of the two lists");
    let city = city::with_people().await;
    let mut manager = sign_in(&city, "tanaka").await;
    city.clock.set("2026-06-01T01:06:00Z");
    for form in &forms {
        let path = ["{id}", "{file}", "{record}"]
            .iter()
            .fold(form.clone(), |path, name| path.replace(name, "00000000000000000000000000000000"));
        // Pages of problems have no token; this one does.
        manager.get("/account").await;
        let answer = manager.post(&path, &[]).await;
        assert_eq!(is_question(&answer), sensitive.contains(form), "{path}: {}", answer.text());
        // However its letters are written, it is the same deed, or none.
        let (parent, last) = path.rsplit_once('/').unwrap();
        let written = format!("{parent}/%{:02x}{}", last.as_bytes()[0], &last[1..]);
        manager.get("/account").await;
        let answer = manager.post(&written, &[]).await;
        let is_there = answer.status != StatusCode::NOT_FOUND;
        assert_eq!(is_question(&answer), is_there && sensitive.contains(form), "{written}: {}", answer.text());
    }
}

#[tokio::test]
async fn what_was_posted_goes_on_as_it_was_once_the_person_has_proven_who_they_are() {
    let city = city::with_people().await;
    let (mut approver, notice, hash) = before_an_approval(&city).await;
    let path = format!("{notice}/approve");
    city.clock.set("2026-06-01T01:06:00Z");
    let question = approver.post(&path, &[("hash", &hash)]).await;
    assert!(
        is_question(&question) && question.says("決裁する") && question.says("value=\"suzuki\""),
        "{}",
        question.text()
    );
    let frame = question.says("class=\"menu\"") && question.says("鈴木") && !question.says("職員サインイン");
    let way_out = question.says(&format!("href=\"{notice}\">やめる"));
    assert!(frame && way_out, "{}", question.text());
    assert!(!approver.get(&notice).await.says("決裁済"), "nothing was done yet");
    let wrong = answer_to(&mut approver, &path, &question, "wrong wrong wrong", "").await;
    assert!(is_question(&wrong) && wrong.says("利用者名またはパスワードが違います"));
    let done = answer_to(&mut approver, &path, &wrong, PASSWORD, "").await;
    assert_eq!(done.place(), notice);
    assert!(approver.follow(&done).await.says("決裁しました"));
    // Whoever has just proven it is not asked again.
    let mut keeper = sign_in(&city, "takahashi").await;
    keeper.get("/desk").await;
    let item = format!("{}:{hash}", notice.trim_start_matches("/notices/"));
    assert!(keeper.post_and_follow("/desk/seal", &[("notice", &item)]).await.says("付与しました"));
}

#[tokio::test]
async fn a_waiting_form_is_of_one_browser_one_address_and_its_bytes() {
    let city = city::with_people().await;
    let (mut approver, notice, hash) = before_an_approval(&city).await;
    let path = format!("{notice}/approve");
    city.clock.set("2026-06-01T01:06:00Z");
    let question = approver.post(&path, &[("hash", &hash)]).await;
    let refused = |answer: Answer| assert!(answer.says("http-again-unbound"), "{}", answer.text());
    refused(answer_to(&mut approver, &format!("{notice}/revoke"), &question, PASSWORD, "").await);
    let mut other = sign_in(&city, "tanaka").await;
    other.get("/account").await;
    refused(answer_to(&mut other, &path, &question, PASSWORD, "").await);
    approver.get(&notice).await;
    let mark = question.between("name=\"again-mark\" value=\"", "\"");
    let kind = question.between("name=\"again-kind\" value=\"", "\"");
    let changed = [
        ("again-mark", mark.as_str()),
        ("again-kind", &kind),
        ("again-form", "aGFzaD0w"),
        ("again-password", PASSWORD),
    ];
    refused(approver.post(&path, &changed).await);
    // A form from elsewhere is not even asked about.
    approver.forget_token();
    assert!(approver.post(&path, &[("hash", &hash)]).await.says("http-forged-form"));
    assert!(!approver.get(&notice).await.says("決裁済"));
}

#[tokio::test]
async fn wrong_answers_count_for_the_lock() {
    let city = city::with_people().await;
    let (mut approver, notice, hash) = before_an_approval(&city).await;
    let path = format!("{notice}/approve");
    city.clock.set("2026-06-01T01:06:00Z");
    let mut question = approver.post(&path, &[("hash", &hash)]).await;
    for _ in 0..10 {
        question = answer_to(&mut approver, &path, &question, "wrong wrong wrong", "").await;
    }
    let locked = answer_to(&mut approver, &path, &question, PASSWORD, "").await;
    assert!(is_question(&locked) && locked.says("しばらく使えません"), "{}", locked.text());
    city.clock.set("2026-06-01T01:22:00Z");
    let done = answer_to(&mut approver, &path, &locked, PASSWORD, "").await;
    assert_eq!(done.place(), notice);
    assert!(approver.follow(&done).await.says("決裁しました"), "what was posted is still there");
}

#[tokio::test]
async fn with_no_time_at_all_each_deed_asks() {
    let city = city::with_people_under("[accounts]\nask_again_minutes = 0\n").await;
    let (mut approver, notice, hash) = before_an_approval(&city).await;
    let path = format!("{notice}/approve");
    for _ in 0..2 {
        let question = approver.post(&path, &[("hash", &hash)]).await;
        assert!(is_question(&question), "{}", question.text());
        answer_to(&mut approver, &path, &question, PASSWORD, "").await;
        approver.get(&notice).await;
    }
}
