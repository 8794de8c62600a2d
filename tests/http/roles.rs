//! Who may open which page and send which form: every route of the router is asked by nobody, by each role, and by the clerk
//! of another section, and a route that the table does not know fails the story.

use super::access::with_a_secret;
use super::accounts::administrators;
use super::again::deeds;
use super::api::client::person;
use super::browser::{Answer, Browser};
use super::city::{self, City, PDF, RULES};
use super::walk::{draft, sign_in};
use crate::office::pages::scan;
use axum::http::StatusCode;
use fumikura::digest::Sha256Hex;
use fumikura::office::tokens::{NewToken, Scope};
use fumikura::office::{NewAccount, Role};
use fumikura::wording;
use std::collections::{BTreeMap, BTreeSet};

/// Who asks, in the order of the table's letters: clerk, approver, seal keeper, records clerk, records manager, auditor,
/// administrator, and a clerk and records clerk of another section.
const PEOPLE: [(char, &str); 8] = [
    ('c', "sato"),
    ('a', "suzuki"),
    ('k', "takahashi"),
    ('r', "mori"),
    ('m', "tanaka"),
    ('u', "kobayashi"),
    ('d', "kanri"),
    ('o', "yamada"),
];

const TABLE: &str = include_str!("roles.txt");
const SURVEY: &str =
    "管理番号,課,種類,棚の内寸幅（mm）,段数,充填率（％）,調査日\n福-02,福祉課,書庫,900,5,80,2026-04-10\n";

/// What every form carries: a value for each field that is read before anybody asks who may.
fn fields(things: &Things) -> Vec<(&'static str, String)> {
    let day = || "2026-05-29".to_owned();
    let zeros = "0".repeat(64);
    vec![
        ("hash", zeros.clone()),
        ("version", "1".into()),
        ("row_version", "1".into()),
        ("reason", "理由".into()),
        ("target", things.of("{file}").to_owned()),
        ("record_file", things.of("{file}").to_owned()),
        ("record", things.of("{record}").to_owned()),
        ("hold", things.of("{hold}").to_owned()),
        ("id", things.of("{token}").to_owned()),
        ("mail", NOTHING.to_owned()),
        ("notice", format!("{}:{zeros}", things.of("/notices/{id}"))),
        ("kind", "audit".into()),
        ("due", day()),
        ("decided", day()),
        ("removed", day()),
        ("completed", day()),
        ("consented", day()),
        ("on", day()),
        ("thickness", "80".into()),
        ("borrower", "だれか".into()),
        ("outcome", "destroy".into()),
        ("ground", "litigation".into()),
        ("place", "書庫".into()),
        ("class", "restricted".into()),
        ("to", "yamada".into()),
        ("from", "yamada".into()),
        ("name", "名前".into()),
        ("title", "題".into()),
        ("label", "紙-9".into()),
        ("created", day()),
        ("go", "do".into()),
        ("recipient", "見本　太郎".into()),
        ("scopes", "notices:read".into()),
        ("roles", "clerk".into()),
        ("login", "neu".into()),
        ("section", "総務文書課".into()),
        ("ends_on", "2026-12-31".into()),
        ("q", "減免".into()),
        ("form", "ocfl".into()),
        ("stored", "1".into()),
        ("contractor", "業者".into()),
        ("heads", "9".into()),
        ("counted", day()),
        ("page", "1".into()),
    ]
}

/// No thing has this identifier.
pub const NOTHING: &str = "00000000000000000000000000000000";

/// The things of the city, by what stands for them in routes.
struct Things(BTreeMap<&'static str, String>);

impl Things {
    fn of(&self, name: &str) -> &str {
        self.0.get(name).map_or(NOTHING, String::as_str)
    }

    /// Fills a route in: with the things of the city, or with such as are not there.
    fn filled(&self, route: &str, real: bool) -> String {
        let mut path = route.to_owned();
        while let Some((before, rest)) = path.split_once('{') {
            let (name, after) = rest.split_once('}').unwrap();
            let (own, named) = (format!("{before}{{{name}}}"), format!("{{{name}}}"));
            let thing = match name {
                "page" => "1",
                "guide" => "clerk",
                "name" | "link" => "0",
                "login" if real => "sato",
                _ if !real => NOTHING,
                _ if self.0.contains_key(own.as_str()) => self.of(&own),
                _ => self.of(&named),
            };
            path = format!("{before}{thing}{after}");
        }
        path
    }
}

/// Every route and method, deeds by their names, as the router is written.
pub fn routes() -> BTreeSet<String> {
    let router = include_str!("../../src/http/mod.rs");
    let mut routes = BTreeSet::new();
    for line in router.split(".route(\"").skip(1) {
        let (path, rest) = line.split_once('"').unwrap();
        let handlers = rest.split("\n        .").next().unwrap();
        for (method, word) in [("GET", "get("), ("POST", "post(")] {
            let Some((_, handler)) = handlers.split_once(word) else { continue };
            let handler = handler.split(')').next().unwrap();
            match path.strip_suffix("{deed}") {
                None => drop(routes.insert(format!("{method} {path}"))),
                Some(before) => {
                    routes.extend(deeds(handler).into_iter().map(|deed| format!("{method} {before}{deed}")));
                }
            }
        }
    }
    routes
}

/// A line of the table: the letters of those who may, and what a form is sent with.
struct Line {
    who: &'static str,
    with: &'static str,
}

fn table() -> BTreeMap<&'static str, Line> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| {
            let (who, rest) = line.split_once(' ').expect("letters, then a route");
            let (route, with) = rest.trim_start().split_once("  ").unwrap_or((rest.trim_start(), ""));
            (route, Line { who, with })
        })
        .collect()
}

async fn city_with_everything() -> (City, Things) {
    let city = city::with_people().await;
    city.office.add_user(None, administrators("kanri", "管理")).await.unwrap();
    let clerk =
        NewAccount {
            roles: [Role::RecordsClerk].into(), section: "総務文書課".into(), ..administrators("mori", "森")
        };
    city.office.add_user(None, clerk).await.unwrap();
    let (file, record) = with_a_secret(&city).await;
    let last = |path: &str| path.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    let mut manager = sign_in(&city, "tanaka").await;
    manager.get(&file).await;
    manager.post(&format!("{file}/appraise"), &[("outcome", "destroy")]).await.place();
    let disposal = manager.post("/disposals", &[]).await.place();
    let paper = file.replace("/records/files/", "/shelves/files/");
    manager.get(&paper).await;
    manager.post(&paper, &[("label", "紙-1"), ("thickness", "80")]).await.place();
    let volume = manager.get("/shelves/find?label=%E7%B4%99-1").await.place();
    manager.get("/tray/new").await;
    let scan = ("content", "減免.pdf", &scan(&["text 減免"])[..]);
    manager.upload("/tray/new", &[("record_file", &last(&file))], scan).await.place();
    city.office.work_through_tray().await.unwrap();
    let waiting = manager.get("/tray").await.text();
    let waiting = waiting.split("href=\"/tray/").filter_map(|rest| rest.split('"').next()).find(|id| id.len() == 32);
    let notice = draft(&mut sign_in(&city, "sato").await).await;
    let new = NewToken {
        name: "試験".into(),
        scopes: [Scope::NoticesRead].into(),
        ends_on: "2026-12-31".parse().unwrap(),
        system: None,
    };
    let approver = person(&city, "suzuki").await;
    let token = city.office.make_token(&approver, new).await.unwrap().id.to_string();
    let things = BTreeMap::from([
        ("{file}", last(&file)),
        ("/records/files/{id}", last(&file)),
        ("{record}", last(&record)),
        ("/records/{id}", last(&record)),
        ("/disposals/{id}", last(&disposal)),
        ("/shelves/volumes/{id}", last(&volume)),
        ("/tray/{id}", waiting.unwrap().to_owned()),
        ("/notices/{id}", last(&notice)),
        ("{token}", token),
    ]);
    (city, Things(things))
}

/// Opens a page, or sends a form whole.
async fn ask(person: &mut Browser, route: &str, with: &str, (things, real): (&Things, bool)) -> Answer {
    let (method, path) = route.split_once(' ').unwrap();
    let path = things.filled(path, real);
    if method == "GET" {
        return person.get(&path).await;
    }
    // Problems are pages without a token; these have it.
    if person.get("/account").await.status != StatusCode::OK {
        person.get("/sign-in").await;
    }
    let (pairs, file) = with.split_once('@').unwrap_or((with, ""));
    let own = pairs.trim().split('&').filter_map(|pair| pair.split_once('='));
    let own = own.map(|(name, value)| (name, value.replace("{notice}", things.of("/notices/{id}"))));
    let own = own.map(|(name, value)| (name, value.replace("{nothing}", NOTHING)));
    let rules =
        (file == "rules").then(|| [("rules", RULES.to_owned()), ("hash", Sha256Hex::of(RULES.as_bytes()).to_string())]);
    // Of fields of one name the first counts.
    let all: Vec<(&str, String)> = own.chain(rules.into_iter().flatten()).chain(fields(things)).collect();
    let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = match file {
        "" | "rules" => person.post(&path, &all).await,
        "survey" => person.upload(&path, &all, (file, "a.csv", SURVEY.as_bytes())).await,
        "receipt" => person.upload(&path, &all, (file, "a.xml", b"<a/>")).await,
        _ => person.upload(&path, &all, (file, "a.pdf", PDF)).await,
    };
    // What came of each of several things is on a page of its own.
    if answer.header("location") == "/desk/outcome" { person.get("/desk/outcome").await } else { answer }
}

/// Tells whether somebody was refused for who they are, or told that there is nothing; also item by item on a page.
fn is_refused(answer: &Answer) -> bool {
    let refusals = ["office-not-in-role", "notice-not-found", "notice-not-drafter", "filing-file-listed"];
    let said = refusals.map(|code| wording::ja(code).unwrap());
    [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&answer.status) || said.iter().any(|said| answer.says(said))
}

/// Tells whether somebody was let in, whatever came of it.
fn is_let_in(answer: &Answer) -> bool {
    let refusals = ["office-not-in-role", "http-sign-in-needed", "http-forged-form"];
    !answer.status.is_server_error() && !refusals.iter().any(|code| answer.says(code))
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_says_and_nobody_else() {
    let (routes, table) = (routes(), table());
    let known: BTreeSet<String> = table.keys().map(|route| (*route).to_owned()).collect();
    assert_eq!(routes, known, "each route stands in the table");
    let (city, things) = city_with_everything().await;
    let mut people = Vec::new();
    for (letter, login) in PEOPLE {
        people.push((letter, sign_in(&city, login).await));
    }
    let mut nobody = Browser::new(&city.router);
    let auditor = person(&city, "kobayashi").await;
    let before = city.office.newest_entries(&auditor, 1).await.unwrap()[0].seq;
    let mut wrong = String::new();
    for (route, line) in &table {
        if line.who == "*" {
            let answer = ask(&mut nobody, route, line.with, (&things, true)).await;
            let asks_for_sign_in = answer.header("location").starts_with("/sign-in?next=");
            assert!(!answer.status.is_server_error() && !asks_for_sign_in, "{route}");
            continue;
        }
        let answer = ask(&mut nobody, route, line.with, (&things, true)).await;
        let is_stopped = match route.starts_with("GET") {
            true => answer.place().starts_with("/sign-in?next=/"),
            false => answer.says("http-sign-in-needed"),
        };
        assert!(is_stopped, "{route} without a session: {}", answer.text());
        for (letter, person) in people.iter_mut().filter(|(letter, _)| !line.who.contains(*letter)) {
            let answer = ask(person, route, line.with, (&things, true)).await;
            if !is_refused(&answer) {
                wrong.push_str(&format!("{route} does not refuse {letter}: {} {}\n", answer.status, main_of(&answer)));
            }
        }
    }
    // Whoever may see something was shown it again with the form.
    let done =
        city.office.newest_entries(&auditor, 1_000).await.unwrap().into_iter().filter(|entry| entry.seq > before);
    let done: Vec<String> =
        done.map(|entry| entry.verb.to_string()).filter(|verb| !verb.ends_with(".viewed")).collect();
    assert_eq!(done, Vec::<String>::new(), "{wrong}");
    for (route, line) in table.iter().filter(|(_, line)| line.who != "*") {
        for (letter, person) in people.iter_mut().filter(|(letter, _)| line.who.contains(*letter)) {
            let answer = ask(person, route, line.with, (&things, route.starts_with("GET"))).await;
            if !is_let_in(&answer) {
                wrong.push_str(&format!("{route} does not let in {letter}: {} {}\n", answer.status, main_of(&answer)));
            }
        }
    }
    assert_eq!(wrong, "");
}

/// The first words of a page.
fn main_of(answer: &Answer) -> String {
    let text = answer.text();
    text.split("<main").nth(1).unwrap_or(&text).chars().take(400).collect()
}
