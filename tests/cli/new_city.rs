//! A new city: its folder is made, every setting is explained, and its first administrator comes in by the code on the screen.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn new(folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
    command.arg("new").arg(folder).args(["--city", "例\"示市", "--office", "例示市長"]);
    command.args(["--section", "市民課", "--symbol", "例市"]).output().expect("the program runs")
}

/// Returns the names of the fields of structs in a source.
fn fields(source: &str, structs: &[&str]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for name in structs {
        let (_, body) = source.split_once(&format!("pub struct {name} {{")).unwrap_or_else(|| panic!("no {name}"));
        let body = body.split("\n}").next().expect("a body");
        let fields = body.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split(':').next());
        names.extend(fields.map(str::to_owned));
    }
    assert!(names.len() >= structs.len());
    names
}

#[test]
fn every_setting_is_explained_in_the_file_of_a_new_city() {
    let sample = include_str!("../../src/cli/new_city/city.toml");
    let mut wanted =
        fields(include_str!("../../src/cli/city.rs"), &["CityFile", "HttpsFiles", "Programs", "KeyFile", "TrustFiles"]);
    wanted.extend(fields(include_str!("../../src/office/settings.rs"), &["Settings", "NoticeType"]));
    wanted.extend(fields(include_str!("../../src/office/tray/mod.rs"), &["ScanPolicy"]));
    wanted.extend(fields(include_str!("../../src/scans/quality.rs"), &["ScanStandard"]));
    wanted.extend(fields(include_str!("../../src/office/records/views.rs"), &["DisposalPolicy"]));
    wanted.extend(fields(include_str!("../../src/office/records/fixity.rs"), &["FixityPolicy"]));
    wanted.extend(fields(include_str!("../../src/office/proofs/mod.rs"), &["ProofPolicy"]));
    wanted.extend(fields(include_str!("../../src/cli/hot_folder.rs"), &["IntakeFolder"]));
    wanted.extend(fields(include_str!("../../src/cli/buckets.rs"), &["BucketFile"]));
    wanted.extend(fields(include_str!("../../src/cli/mail.rs"), &["MailFile"]));
    wanted.extend(fields(include_str!("../../src/cli/backup/mod.rs"), &["BackupFile"]));
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let said: BTreeSet<&str> = sample.split(|c| !is_word(c)).collect();
    let missing: Vec<_> = wanted.iter().filter(|name| !said.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "not explained: {missing:?}");
    // What is not in force is still what the program would read: each commented entry, put in force, is TOML.
    for line in sample.lines().filter_map(|line| line.strip_prefix("# ")) {
        let entry = line.split_once(" = ").is_some_and(|(name, _)| !name.is_empty() && name.chars().all(is_word));
        assert!(!entry || line.parse::<toml::Table>().is_ok(), "{line}");
    }
}

#[test]
fn a_city_is_made_and_its_first_administrator_comes_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let city = folder.path().join("city");
    let made = new(&city);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for name in ["city.toml", "rules.toml", "fumikura.service", "Containerfile", "templates/road-occupancy.typ"] {
        assert!(city.join(name).is_file(), "{name}");
    }
    let unit = fs::read_to_string(city.join("fumikura.service")).expect("a unit");
    assert!(unit.contains(&format!("--config {}/city.toml", city.display())) && !unit.contains("CITY"));
    let again = new(&city);
    assert_eq!(again.status.code(), Some(65), "a city that is there stays");

    let config = city.join("city.toml");
    let text = fs::read_to_string(&config).expect("settings");
    let text = text.replace("listen = \"127.0.0.1:8480\"", "listen = \"127.0.0.1:0\"");
    fs::write(&config, text).expect("written");
    let serve = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
        command.args(["serve", "--config"]).arg(&config).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut served = command.stderr(Stdio::null()).spawn().expect("the service starts");
        let mut lines =
            BufReader::new(served.stdout.take().expect("its output")).lines().map(|line| line.expect("text"));
        let first = lines.next().expect("an address");
        (served, first.trim_start_matches("http://").split('/').next().expect("a host").to_owned(), lines)
    };
    let (mut served, host, mut lines) = serve();
    let code = lines.next().expect("a code").split("code: ").nth(1).expect("a code")[..24].to_owned();
    let mut browser = super::watch::Client::new(&host);
    let page = browser.get("/setup");
    assert!(page.contains("初期設定番号") && page.contains("市民課") && page.contains("例&#34;示市"), "{page}");
    let form = |code: &str, password: &str| {
        [
            ("code", code),
            ("login", "kanri"),
            ("name", "管理 者"),
            ("section", "市民課"),
            ("password", password),
            ("again", "correct horse battery"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    assert!(
        browser
            .post("/setup", &form("0000-0000-0000-0000-0000", "correct horse battery"))
            .contains("初期設定番号が違います")
    );
    assert!(browser.post("/setup", &form(&code, "another horse")).contains("一致しません"));
    let entered = browser.post("/setup", &form(&code, "correct horse battery"));
    assert!(entered.starts_with("HTTP/1.1 303") && entered.contains("/sign-in"), "{entered}");
    assert!(browser.get("/setup").starts_with("HTTP/1.1 404"), "once");
    let signed = [("login", "kanri"), ("password", "correct horse battery"), ("next", "/desk")];
    let signed = browser.post("/sign-in", &signed.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert!(signed.starts_with("HTTP/1.1 303"), "{signed}");
    assert!(browser.get("/desk").contains("管理 者"));
    served.kill().expect("ended");
    served.wait().expect("ended");

    // With an administrator there is no code any more.
    let (mut served, host, _) = serve();
    assert!(super::watch::Client::new(&host).get("/setup").starts_with("HTTP/1.1 404"));
    served.kill().expect("ended");
    served.wait().expect("ended");
}
