//! Kill -9 at any moment of filing and of a disposal, with the real binary: nothing acknowledged is lost, nothing that
//! was not claimed is destroyed, and `records fsck` is clean after the next start.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// A city made by the demonstration, with its people's passwords.
pub(super) struct City {
    folder: tempfile::TempDir,
    /// Where the next moment of killing comes from: a plain linear congruence, so that a failure can be repeated.
    seed: u64,
}

impl City {
    pub(super) fn new(seed: u64) -> Self {
        let city = Self { folder: tempfile::tempdir().unwrap(), seed };
        let dir = city.dir().display().to_string();
        let made = Command::new(program())
            .args(["demo", "--no-serve", "--dir", &dir])
            .args(super::place::options(&city.dir()))
            .output();
        let made = made.unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let accounts = fs::read_to_string(city.dir().join("accounts.txt")).unwrap();
        for line in accounts.lines() {
            let mut fields = line.split('\t');
            let (login, password) = (fields.next().unwrap(), fields.next().unwrap());
            fs::write(city.dir().join(login), password).unwrap();
        }
        city
    }

    /// Copies the city as it lies on the disk, with the test's own files.
    pub(super) fn twin(&self) -> Self {
        let twin = Self { folder: tempfile::tempdir().unwrap(), seed: self.seed };
        let from = self.folder.path().join(".");
        let copied = Command::new("cp").arg("-a").args([from.as_path(), twin.folder.path()]).status();
        assert!(copied.unwrap().success());
        twin
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("city")
    }

    /// A path in the test's own folder.
    pub(super) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// A command of somebody's.
    pub(super) fn command(&self, login: &str, words: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(words).arg("--dir").arg(self.dir());
        // Some commands are the operator's, and nobody's else.
        if !login.is_empty() {
            command.args(["--as", login, "--password-file"]).arg(self.dir().join(login));
        }
        command
    }

    /// Runs a command to its end.
    pub(super) fn output(&self, login: &str, words: &[&str]) -> Output {
        self.command(login, words).output().unwrap()
    }

    /// Runs a command that must succeed, and returns its JSON answer.
    pub(super) fn json(&self, login: &str, words: &[&str]) -> Value {
        let output = self.command(login, words).args(["--format", "json"]).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs a command and kills it after a random while; returns what it had printed, and whether it lived to the end.
    pub(super) fn killed(&mut self, login: &str, words: &[&str], longest_ms: u64) -> (String, bool) {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let pause = Duration::from_millis((self.seed >> 33) % longest_ms);
        let mut child = self.command(login, words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(pause);
        child.kill().unwrap();
        let mut text = String::new();
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        (text, child.wait().unwrap().success())
    }

    /// Opens a record file of a class with five years by completion.
    pub(super) fn open_file(&self, title: &str) -> String {
        let words = ["records", "open", title, "--class", "B-02", "--opened", "2018-04-02", "--creator", "見本課"];
        self.json("records", &words)["file"].as_str().unwrap().to_owned()
    }

    /// Eight files of three records each, due, on a list that is approved twice; returns the list and the files.
    pub(super) fn approved_disposal(&self) -> (String, Vec<String>) {
        let sources: Vec<String> = (0..3)
            .map(|number| {
                let path = self.folder.path().join(format!("old-{number}.txt"));
                fs::write(&path, format!("満了した文書 {number}\n").repeat(2000)).unwrap();
                path.display().to_string()
            })
            .collect();
        let mut plan = vec!["disposal".to_owned(), "plan".to_owned()];
        let mut files = Vec::new();
        for number in 0..8 {
            let file = self.open_file(&format!("道路占用 平成30年度 {number}"));
            let mut words = vec!["records", "ingest", "--file", &file, "--created", "2018-05-01"];
            words.extend(sources.iter().map(String::as_str));
            assert!(self.output("records", &words).status.success());
            self.json("records", &["records", "close", &file, "--completed", "2019-03-29"]);
            self.json("manager1", &["disposal", "appraise", &file, "--outcome", "destroy"]);
            plan.extend(["--file".to_owned(), file.clone()]);
            files.push(file);
        }
        let frozen = self.json("manager1", &plan.iter().map(String::as_str).collect::<Vec<_>>());
        let (id, list) = (frozen["disposal"].as_str().unwrap(), frozen["list"].as_str().unwrap());
        for login in ["manager2", "manager3"] {
            self.json(login, &["disposal", "approve", id, "--list", list]);
        }
        (id.to_owned(), files)
    }

    /// Certifies a drained disposal, twice with one result, and has the certificate judged.
    fn certify(&self, id: &str) {
        let shelf = self.open_file("廃棄の証明");
        let out = self.folder.path().join("certificate.pdf").display().to_string();
        let words = ["disposal", "certificate", id, "--file", &shelf, "--output", &out];
        let first = self.json("manager1", &words);
        assert_eq!(self.json("manager1", &words)["record"], first["record"]);
        assert_eq!(self.json("auditor", &["disposal", "show", id])["state"], "certified");
        let pki = self.dir().join("keys/pki");
        let judged = Command::new(program())
            .args(["validate", &out, "--trust"])
            .arg(pki.join("trust"))
            .args(["--crl".as_ref(), pki.join("crl").as_os_str()])
            .output()
            .unwrap();
        assert_eq!(judged.status.code(), Some(0), "{}", String::from_utf8_lossy(&judged.stdout));
    }

    pub(super) fn assert_clean(&self) -> Value {
        let output = self.command("auditor", &["records", "fsck", "--format", "json"]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text} {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&text).unwrap()
    }
}

fn program() -> &'static str {
    env!("CARGO_BIN_EXE_fumikura")
}

fn texts(value: &Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn filing_killed_at_any_moment_loses_nothing_that_was_acknowledged() {
    let mut city = City::new(20_260_401);
    let file = city.open_file("道路占用 平成30年度");
    let sources: Vec<String> = (0..200)
        .map(|number| {
            let path = city.folder.path().join(format!("document-{number}.txt"));
            fs::write(&path, format!("見本文書 {number}\n").repeat(200)).unwrap();
            path.display().to_string()
        })
        .collect();
    let mut words = vec!["records", "ingest", "--file", &file, "--created", "2018-05-01"];
    words.extend(sources.iter().map(String::as_str));
    let (mut acknowledged, mut killed) = (BTreeSet::new(), 0);
    // Once unharmed, to know how long there is something to kill.
    let begun = std::time::Instant::now();
    assert!(city.command("records", &words).stdout(Stdio::null()).status().unwrap().success());
    let longest = u64::try_from(begun.elapsed().as_millis()).unwrap().max(1);
    for _ in 0..12 {
        let (printed, finished) = city.killed("records", &words, longest);
        killed += usize::from(!finished);
        // A line without its end was cut off by the kill: it acknowledges nothing.
        let whole = printed.rfind('\n').map_or("", |end| &printed[..end]);
        acknowledged.extend(whole.lines().map(|line| line.split('\t').next().unwrap().to_owned()));
        city.assert_clean();
    }
    assert!(killed > 0 && !acknowledged.is_empty(), "killed {killed}, acknowledged {}", acknowledged.len());
    let found = city.json("auditor", &["records", "search", "document", "--limit", "10000"]);
    let found: BTreeSet<String> =
        found["records"].as_array().unwrap().iter().map(|row| row["record"].as_str().unwrap().to_owned()).collect();
    assert_eq!(acknowledged.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn a_disposal_killed_at_any_moment_destroys_nothing_that_was_not_claimed() {
    let mut city = City::new(20_310_401);
    let (id, files) = city.approved_disposal();
    let id = id.as_str();
    let before = city.assert_clean()["records"].as_u64().unwrap();
    let mut held = None;
    for round in 0..60 {
        // Until the hold is placed a run may not finish the list, however quick the machine.
        let whole = ["disposal", "run", id, "--most", "2"];
        city.killed("manager1", if held.is_none() { &whole } else { &whole[..3] }, 900);
        city.assert_clean();
        let view = city.json("auditor", &["disposal", "show", id]);
        let states: BTreeMap<&str, &str> = view["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| (item["file"].as_str().unwrap(), item["state"].as_str().unwrap()))
            .collect();
        let gone = states.values().filter(|state| **state == "primary-gone").count();
        let living = city.assert_clean()["records"].as_u64().unwrap();
        assert_eq!(living, before - 3 * gone as u64, "round {round}: {states:?}");
        if held.is_none()
            && let Some((file, _)) = states.iter().find(|(_, state)| **state == "sealed-off")
        {
            let words = ["hold", "place", "--kind", "audit", "--reason", "監査", "--file", file];
            let effect = city.json("manager2", &words);
            assert_eq!(texts(&effect["taken_back"]), BTreeSet::from([(*file).to_owned()]));
            held = Some((*file).to_owned());
        }
        if view["state"] == "drained" {
            break;
        }
    }
    let report = city.json("manager1", &["disposal", "run", id]);
    assert_eq!(report["drained"], true);
    let view = city.json("auditor", &["disposal", "show", id]);
    for item in view["items"].as_array().unwrap() {
        let kept = held.as_deref() == item["file"].as_str();
        assert_eq!(item["state"], if kept { "withdrawn" } else { "primary-gone" });
    }
    assert_eq!(city.assert_clean()["records"].as_u64().unwrap(), before - 3 * 7);
    assert!(files.contains(&held.unwrap()));
    city.certify(id);
    city.assert_clean();
}
