//! Every system call on a file of the city made to fail in turn, or to be the last before the process is killed, with the
//! real binary under strace: what was acknowledged is there, what was refused can be done again, nothing unclaimed is
//! destroyed, and the next start is clean.
//!
//! A share of the calls is tried; `FUMIKURA_FAULTS` says how many of each command, or `all`.

#![expect(clippy::disallowed_methods, reason = "whoever runs the tests says how many faults are played")]

use super::backup::{made, restored, with_store};
use super::records_killed::City;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

/// The end of the process, in place of an error.
const KILLED: &str = "KILL";
/// Calls that touch files, with what befalls them.
const CALLS: [(&str, &[&str]); 16] = [
    ("openat", &["EIO", "EMFILE"]),
    ("read", &["EIO"]),
    ("pread64", &["EIO"]),
    ("write", &["ENOSPC", "EIO", KILLED]),
    ("pwrite64", &["ENOSPC", "EIO", KILLED]),
    ("fsync", &["EIO", KILLED]),
    ("fdatasync", &["EIO", KILLED]),
    ("syncfs", &["EIO", KILLED]),
    ("rename", &["EIO", KILLED]),
    ("renameat2", &["EIO", KILLED]),
    ("link", &["EIO", KILLED]),
    ("unlink", &["EIO", KILLED]),
    ("mkdir", &["ENOSPC", KILLED]),
    ("ftruncate", &["EIO", KILLED]),
    ("getdents64", &["EIO"]),
    ("statx", &["EIO"]),
];
/// How many faults of each command are played where nobody says otherwise.
const FEW: usize = 7;

/// One call that is to fail: the so-manieth of its kind in a thread.
type Fault = (&'static str, usize, &'static str);

/// What became of a command of which a call failed.
struct Tried {
    success: bool,
    printed: String,
    told: String,
    /// The line of the call that failed; none where it was no call on a file of the city.
    failed: Option<String>,
}

/// Runs a command under strace, with a fault where one is given; returns the calls that it traced, too.
fn trace(city: &City, login: &str, words: &[String], fault: Option<Fault>) -> (Tried, Vec<String>) {
    let log = city.path("trace.txt");
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let command = match words.as_slice() {
        // It knows of no city yet.
        ["backup", "restore", ..] => {
            let mut command = Command::new(city.command("", &[]).get_program());
            command.args(&words);
            command
        }
        words => city.command(login, words),
    };
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-qq", "-o", &log, "-e"]);
    match fault {
        None => strace.arg(format!("trace={}", CALLS.map(|(call, _)| call).join(","))),
        Some((call, at, what)) => {
            let how = if what == KILLED { "signal" } else { "error" };
            strace.arg(format!("trace={call}")).arg("-e").arg(format!("inject={call}:{how}={what}:when={at}"))
        }
    };
    let output = strace.arg(command.get_program()).args(command.get_args()).output().unwrap();
    let log = fs::read(&log).unwrap();
    let calls: Vec<String> = String::from_utf8_lossy(&log).lines().map(str::to_owned).collect();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = output.status.code();
    let is_ours = |line: &&String| line.contains(&city.path(""));
    let failed = if fault.is_some_and(|(_, _, what)| what == KILLED) {
        calls.iter().rfind(is_ours).filter(|_| code.is_none()).cloned()
    } else {
        let injected: Vec<&String> = calls.iter().filter(|line| line.contains("(INJECTED)")).collect();
        // Each thread counts for itself: what befell a pipe or a library as well says nothing of us.
        let failed = injected.first().filter(|_| injected.iter().all(is_ours)).map(|line| (*line).clone());
        // A refusal is fine; a defect of ours, a panic or a signal is not.
        let refused = matches!(code, Some(0 | 65 | 69 | 74));
        assert!(failed.is_none() || refused, "{words:?}: {} after {failed:?}: {told}", output.status);
        failed
    };
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    (Tried { success: code == Some(0), printed, told, failed }, calls)
}

/// Returns the faults that can be played in a command: each call on a file of the city, by its place in its thread.
fn faults(city: &City, calls: &[String]) -> Vec<Fault> {
    let (place, mut counts, mut faults) = (city.path(""), BTreeMap::new(), BTreeSet::new());
    for line in calls {
        let mut words = line.splitn(2, ' ');
        let (thread, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default().trim_start());
        let Some((call, errors)) = CALLS.iter().find(|(call, _)| rest.starts_with(&format!("{call}("))) else {
            continue;
        };
        let count = counts.entry((thread, *call)).or_insert(0);
        *count += 1;
        if rest.contains(&place) {
            faults.extend(errors.iter().map(|error| (*call, *count, *error)));
        }
    }
    faults.into_iter().collect()
}

/// Returns the faults that are played: so many, spread over all of them.
fn share(faults: Vec<Fault>) -> Vec<Fault> {
    let most = match std::env::var("FUMIKURA_FAULTS") {
        Ok(all) if all == "all" => faults.len(),
        Ok(number) => number.parse().unwrap(),
        Err(_) => FEW,
    };
    let step = faults.len().div_ceil(most.max(1)).max(1);
    faults.into_iter().skip(step / 2).step_by(step).collect()
}

/// Plays faults in one command, each on a twin of the city, and has what came of each looked at.
fn play(city: &City, login: &str, words: impl Fn(&City) -> Vec<String>, look: impl Fn(&City, &Tried, &str)) {
    let twin = city.twin();
    let (whole, calls) = trace(&twin, login, &words(&twin), None);
    assert!(whole.success, "{:?}: {}", words(&twin), whole.told);
    let (mut met, mut refused) = (0, 0);
    for fault in share(faults(&twin, &calls)) {
        let twin = city.twin();
        let (tried, _) = trace(&twin, login, &words(&twin), Some(fault));
        let Some(failed) = &tried.failed else { continue };
        met += 1;
        refused += usize::from(!tried.success);
        look(&twin, &tried, failed);
    }
    println!("{:?}: {met} faults met, {refused} refusals", words(city));
    assert!(met > 0 && refused > 0, "{:?}: {met} faults met, {refused} refusals", words(city));
}

fn has_strace() -> bool {
    let there = Command::new("strace").args(["-qq", "true"]).output().is_ok_and(|output| output.status.success());
    assert!(there || std::env::var("FUMIKURA_INTEROP").as_deref() != Ok("1"), "strace must be installed, and allowed");
    there
}

fn city() -> Option<City> {
    has_strace().then(|| City::new(7))
}

#[test]
fn no_call_that_fails_loses_or_resurrects_anything() {
    let Some(city) = city() else { return };
    let (id, files) = city.approved_disposal();
    let shelf = city.open_file("道路占用 令和8年度");
    let before = city.assert_clean()["records"].as_u64().unwrap();
    filing(&city, &shelf);
    disposal(&city, &id, before);
    holds(&city, &id, &files[0]);
}

#[test]
fn no_call_that_fails_breaks_a_copy_or_a_transfer() {
    let Some(city) = city() else { return };
    backups(&city);
    restores(&city);
    transfers(&city);
}

#[test]
fn no_call_that_fails_makes_half_a_backup_of_the_city_or_half_a_city() {
    let Some(city) = city() else { return };
    with_store(&city, 0);
    city_backups(&city);
    made(&city);
    city_restores(&city);
}

fn texts<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

fn filing(city: &City, shelf: &str) {
    for number in 0..3 {
        fs::write(city.path(&format!("document-{number}.txt")), format!("見本文書 {number}\n").repeat(200)).unwrap();
    }
    let words = |city: &City| {
        let mut words = texts(["records", "ingest", "--file", shelf, "--created", "2018-05-01"]);
        words.extend((0..3).map(|number| city.path(&format!("document-{number}.txt"))));
        words
    };
    play(city, "records", words, |city, tried, failed| {
        city.assert_clean();
        let acknowledged = tried.printed.lines().filter_map(|line| line.split_once('\t').map(|(id, _)| id));
        let found = city.json("auditor", &["records", "search", "document", "--limit", "100"]);
        let found = found["records"].as_array().unwrap();
        for record in acknowledged {
            assert!(found.iter().any(|row| row["record"] == record), "{failed}: {record} is not there");
        }
        assert!(!tried.success || found.len() == 3, "{failed}: {} of 3 documents: {}", found.len(), tried.told);
        // What failed once goes well the next time.
        let words = words(city);
        let again = city.output("records", &words.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(again.status.success(), "{failed}: {}", String::from_utf8_lossy(&again.stderr));
        city.assert_clean();
    });
}

fn disposal(city: &City, id: &str, before: u64) {
    play(
        city,
        "manager1",
        |_| texts(["disposal", "run", id]),
        |city, tried, failed| {
            let living = city.assert_clean()["records"].as_u64().unwrap();
            let view = city.json("auditor", &["disposal", "show", id]);
            let items = view["items"].as_array().unwrap();
            let gone = items.iter().filter(|item| item["state"] == "primary-gone").count();
            assert_eq!(living, before - 3 * gone as u64, "{failed}: {}", tried.told);
            assert!(
                items.iter().all(|item| item["state"] != "withdrawn"),
                "{failed}: trouble takes nothing off the list"
            );
            // The brake stops the run once, after the first file.
            let run = || city.json("manager1", &["disposal", "run", id])["drained"] == true;
            assert!(run() || run(), "{failed}");
            assert_eq!(city.assert_clean()["records"].as_u64().unwrap(), before - 3 * 8, "{failed}");
        },
    );
}

fn holds(city: &City, id: &str, file: &str) {
    let count = |city: &City| city.json("auditor", &["hold", "list"])["holds"].as_array().unwrap().len();
    let before = count(city);
    let words = texts(["hold", "place", "--kind", "audit", "--reason", "監査", "--file", file]);
    play(
        city,
        "manager2",
        |_| words.clone(),
        |city, tried, failed| {
            city.assert_clean();
            let held = count(city) > before;
            assert!(!tried.success || held, "{failed}: a hold that was placed is there");
            let run = || city.json("manager1", &["disposal", "run", id])["destroyed"].as_array().unwrap().clone();
            let destroyed = [run(), run()].concat();
            assert_eq!(destroyed.iter().any(|one| one == file), !held, "{failed}");
            city.assert_clean();
        },
    );
}

fn backups(city: &City) {
    let copy = |city: &City| city.path("backup.sqlite");
    play(
        city,
        "",
        |city| texts(["db", "backup", &copy(city)]),
        |city, tried, failed| {
            let there = fs::metadata(copy(city)).is_ok();
            assert!(!tried.success || there, "{failed}: a backup that was made is there");
            if there {
                let mut verify = Command::new(city.command("", &[]).get_program());
                let verified = verify.args(["ledger", "verify", "--db", &copy(city)]).output().unwrap();
                assert!(verified.status.success(), "{failed}: a backup appears whole or not at all");
            }
            city.assert_clean();
        },
    );
}

/// Returns the database's files in a city.
fn database(city: &City) -> [String; 3] {
    ["", "-wal", "-shm"].map(|end| city.path(&format!("city/fumikura.db{end}")))
}

fn restores(city: &City) {
    let city = city.twin();
    let copy = |city: &City| city.path("backup.sqlite");
    assert!(city.output("", &["db", "backup", &copy(&city)]).status.success());
    database(&city).iter().for_each(|file| drop(fs::remove_file(file)));
    let words = |city: &City| texts(["db", "restore", &copy(city)]);
    play(&city, "", words, |city, tried, failed| {
        let there = fs::metadata(&database(city)[0]).is_ok();
        assert!(!tried.success || there, "{failed}: a database that was restored is there");
        if !there {
            let again = city.output("", &["db", "restore", &copy(city)]);
            assert!(again.status.success(), "{failed}: {}", String::from_utf8_lossy(&again.stderr));
        }
        let shown = city.json("manager1", &["db", "confirm"]);
        assert!(shown["sha256"].is_string(), "{failed}: a restored database waits to be confirmed: {shown}");
    });
}

/// Tells whether nothing that passes lies about.
fn is_tidy(city: &City) -> bool {
    let empty = |folder: &str| fs::read_dir(city.path(folder)).is_ok_and(|mut names| names.next().is_none());
    empty("store/tmp") && fs::metadata(city.path("city/.backup")).is_err()
}

fn city_backups(city: &City) {
    play(
        city,
        "",
        |_| texts(["backup", "make"]),
        |city, tried, failed| {
            let listed = city.json("", &["backup", "list"]);
            let sets = listed["sets"].as_array().unwrap().len();
            assert!(!tried.success || sets == 1, "{failed}: a backup that was made is there");
            if sets == 1 {
                let output = restored(city, "new", &[]);
                let told = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.success(), "{failed}: a backup appears whole or not at all: {told}");
            }
            city.assert_clean();
            made(city);
            assert!(is_tidy(city), "{failed}: what was left goes the next time");
        },
    );
}

fn city_restores(city: &City) {
    let state = |dir: &str| {
        let mut state = Command::new(city.command("", &[]).get_program());
        let output = state.args(["db", "state", "--dir", dir]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    // The backup was made of the city before the ledger told of it.
    assert!(restored(city, "as-it-was", &[]).status.success());
    let before = state(&city.path("as-it-was"));
    let words = |city: &City| {
        let [store, identity, to] = ["store", "identity.txt", "new"].map(|name| city.path(name));
        texts(["backup", "restore", "--from", &store, "--identity", &identity, "--to", &to])
    };
    play(city, "", words, |city, tried, failed| {
        let there = fs::metadata(city.path("new")).is_ok();
        assert!(!tried.success || there, "{failed}: a city that was restored is there");
        if !there {
            let again = restored(city, "new", &[]);
            assert!(again.status.success(), "{failed}: {}", String::from_utf8_lossy(&again.stderr));
        }
        assert_eq!(state(&city.path("new")), before, "{failed}: it is whole, and as it was");
        assert!(fs::metadata(city.path("new.restoring")).is_err(), "{failed}");
    });
}

fn transfers(city: &City) {
    let file = city.open_file("市史編さん資料");
    let source = city.path("history.txt");
    fs::write(&source, "市史の原稿\n".repeat(500)).unwrap();
    assert!(
        city.output("records", &["records", "ingest", "--file", &file, "--created", "2018-05-01", &source])
            .status
            .success()
    );
    city.json("records", &["records", "close", &file, "--completed", "2019-03-29"]);
    city.json("manager1", &["disposal", "appraise", &file, "--outcome", "historical"]);
    let out = |city: &City| city.path("outgoing");
    let send = |city: &City| texts(["transfer", "send", &file, "-o", &out(city)]);
    let sent = |city: &City| !city.json("auditor", &["transfer", "list"])["sent"].as_array().unwrap().is_empty();
    play(city, "manager1", send, |city, tried, failed| {
        city.assert_clean();
        let (sent, whole) = (sent(city), fs::metadata(format!("{}/manifest.csv", out(city))).is_ok());
        assert!(!tried.success || sent, "{failed}: what was said to be sent is sent");
        assert!(!sent || whole, "{failed}: what is sent was written out");
        if sent {
            city.json("manager1", &["transfer", "cancel", &file]);
        }
        let again = city.path("again");
        assert!(city.output("manager1", &["transfer", "send", &file, "-o", &again]).status.success(), "{failed}");
    });

    assert!(city.output("manager1", &["transfer", "send", &file, "-o", &out(city)]).status.success());
    let mut manifest = csv::Reader::from_path(format!("{}/manifest.csv", out(city))).unwrap();
    let row = manifest.records().next().unwrap().unwrap();
    let receipt = format!("record,sha256\r\n{},{}\r\n", &row[0], &row[2]);
    fs::write(city.path("receipt.csv"), receipt).unwrap();
    let receive = |city: &City| texts(["transfer", "receive", &file, &city.path("receipt.csv")]);
    play(city, "manager1", receive, |city, tried, failed| {
        city.assert_clean();
        let got = !city.json("auditor", &["transfer", "list"])["sent"][0]["receipt"].is_null();
        assert!(!tried.success || got, "{failed}: a receipt that was taken in is there");
        let again = city.output("manager1", &["transfer", "receive", &file, &city.path("receipt.csv")]);
        assert_eq!(again.status.success(), !got, "{failed}: once, and not twice");
    });
}
