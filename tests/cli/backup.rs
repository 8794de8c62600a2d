//! Backups of the whole city, by command: made while it works, restored after a disaster, refused where anything of them is not
//! what it was.

use super::records_killed::City;
use super::workers::Service;
use fumikura::package::PackageIdentity;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// Gives a city of the demonstration a store of backups beside its folder, whose identity lies beside both.
pub(super) fn with_store(city: &City, every_hours: u32) {
    let identity = PackageIdentity::generate();
    fs::write(city.path("identity.txt"), identity.to_text().as_bytes()).unwrap();
    let path = city.path("city/city.toml");
    let text = fs::read_to_string(&path).unwrap().replace("backup_horizon_days = 0", "backup_horizon_days = 35");
    let backup = format!(
        "\n[backup]\nstore = \"../store\"\nrecipients = [\"{}\"]\nevery_hours = {every_hours}\n",
        identity.recipient()
    );
    fs::write(&path, text + &backup).unwrap();
    assert!(city.output("", &["backup", "init"]).status.success());
}

/// Makes a backup that must succeed.
pub(super) fn made(city: &City) -> Value {
    city.json("", &["backup", "make"])
}

/// Restores into a folder beside the city.
pub(super) fn restored(city: &City, to: &str, more: &[&str]) -> Output {
    let mut command = Command::new(city.command("", &[]).get_program());
    command.args(["backup", "restore", "--from", &city.path("store"), "--identity", &city.path("identity.txt")]);
    command.args(["--to", &city.path(to), "--format", "json"]).args(more).output().unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", told(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns what a command that is refused says, which must be this code.
fn refused(output: &Output, code: &str) -> String {
    let told = told(output);
    assert!(
        output.status.code() == Some(65) && told.contains(&format!("[{code}]")),
        "{code}: {}: {told}",
        output.status
    );
    told
}

fn state(city: &City) -> String {
    let output = city.output("", &["db", "state"]);
    assert!(output.status.success(), "{}", told(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn ingested(city: &City, file: &str, text: &str) {
    let path = city.path("document.txt");
    fs::write(&path, text).unwrap();
    let words = ["records", "ingest", "--file", file, "--created", "2018-05-01", &path];
    let output = city.output("records", &words);
    assert!(output.status.success(), "{}", told(&output));
}

/// Lists every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn packages(city: &City) -> Vec<PathBuf> {
    files(Path::new(&city.path("store/packages")))
}

#[test]
fn after_a_disaster_the_city_is_a_restored_one_and_what_was_destroyed_stays_destroyed() {
    let city = City::new(11);
    with_store(&city, 0);
    let (id, due) = city.approved_disposal();
    let shelf = city.open_file("道路占用 令和8年度");
    ingested(&city, &shelf, "控えの前の文書\n");
    let before = state(&city);
    let backup = made(&city);
    assert_eq!(backup["lost"].as_array().unwrap().len(), 0);
    let held_back = packages(&city).len();

    // What comes after the backup: one file is held, seven are destroyed, a document is filed.
    let words = ["hold", "place", "--kind", "audit", "--reason", "監査", "--file", &due[0]];
    city.json("manager2", &words);
    let run = || city.json("manager1", &["disposal", "run", &id])["drained"] == true;
    assert!(run() || run());
    assert_eq!(packages(&city).len(), held_back - 21, "what was destroyed leaves the store at once");
    ingested(&city, &shelf, "控えの後の文書\n");
    fs::rename(city.path("city"), city.path("lost")).unwrap();

    let restored = json(&restored(&city, "city", &[]));
    assert_eq!((restored["destroyed_since"].as_u64(), restored["lacking"].as_u64()), (Some(21), Some(0)));
    assert_eq!(state(&city), before, "the rows are those of the backup, to the hash");
    let path = city.path("document.txt");
    let words = ["records", "ingest", "--file", &shelf, "--created", "2018-05-01", &path];
    assert!(told(&city.output("records", &words)).contains("office-copy-unconfirmed"), "it only reads");
    refused(&city.output("", &["backup", "make"]), "office-copy-unconfirmed");
    let words = ["hold", "place", "--kind", "audit", "--reason", "監査", "--file", &due[0]];
    city.json("manager2", &words);

    let shown = city.json("manager1", &["db", "confirm"]);
    assert_eq!((shown["gone"].as_array().unwrap().len(), shown["unknown"].as_array().unwrap().len()), (21, 0));
    let hash = shown["sha256"].as_str().unwrap();
    city.json("manager1", &["db", "confirm", "--shown", hash]);
    let run = city.json("manager1", &["disposal", "run", &id]);
    assert_eq!(run["destroyed"].as_array().unwrap().len(), 0, "the old decision counts no more");
    let found = city.json("auditor", &["records", "search", "document", "--limit", "100"]);
    assert_eq!(
        found["records"].as_array().unwrap().len(),
        1,
        "what was filed after the backup was lost with the machine"
    );
    assert!(city.output("", &["ledger", "verify"]).status.success());
    ingested(&city, &shelf, "復元の後の文書\n");
    let again = made(&city);
    assert_eq!(again["new_packages"], 1);
    assert_eq!(again["lost"].as_array().unwrap().len(), 21, "it is told that their packages are nowhere");
}

#[test]
fn a_second_backup_copies_what_is_new_alone() {
    let city = City::new(12);
    with_store(&city, 0);
    let first = made(&city);
    let all = first["packages"].as_u64().unwrap();
    assert!(all > 0 && first["new_packages"] == all);
    let second = made(&city);
    assert_eq!((second["packages"].as_u64(), second["new_packages"].as_u64()), (Some(all), Some(0)));
    let shelf = city.open_file("道路占用 令和8年度");
    ingested(&city, &shelf, &"新しい文書\n".repeat(20_000));
    let third = made(&city);
    assert_eq!((third["packages"].as_u64(), third["new_packages"].as_u64()), (Some(all + 1), Some(1)));
    assert!(third["new_package_bytes"].as_u64() > Some(300_000));
    assert_eq!(packages(&city).len() as u64, all + 1);
    let listed = city.json("", &["backup", "list"]);
    assert_eq!(listed["sets"].as_array().unwrap().len(), 3);
    assert!(listed["last_good_trial"].is_string());
    // The store tells nothing of what is in it.
    let told: Vec<u8> = files(Path::new(&city.path("store"))).iter().flat_map(|path| fs::read(path).unwrap()).collect();
    for word in ["見本", "道路", "AGE-SECRET-KEY", "SQLite format"] {
        assert!(!told.windows(word.len()).any(|bytes| bytes == word.as_bytes()), "{word}");
    }
    assert!(fs::metadata(city.path("city/.backup")).is_err(), "nothing stays of the trials");
    assert!(files(Path::new(&city.path("store/tmp"))).is_empty());
}

#[test]
fn a_backup_is_tried_by_whoever_has_the_identity_and_by_nobody_else() {
    let city = City::new(13);
    with_store(&city, 0);
    made(&city);
    let check = |identity: &str| {
        let mut command = Command::new(city.command("", &[]).get_program());
        command.args(["backup", "check", "--from", &city.path("store"), "--identity", &city.path(identity)]);
        command.args(["--work", &city.path(""), "--format", "json"]).output().unwrap()
    };
    let tried = json(&check("identity.txt"));
    assert!(tried["trial"]["records"].as_u64() > Some(0));
    // The tool of everybody opens it, too.
    let id = tried["id"].as_str().unwrap();
    let mut age = Command::new("age");
    age.args(["-d", "-i", &city.path("identity.txt"), &city.path(&format!("store/sets/{id}/contents.age"))]);
    if let Ok(opened) = age.output() {
        assert_eq!(json(&opened)["id"], id);
    }
    let kinds = |city: &City| {
        let listed = city.json("", &["backup", "list"]);
        let trials = listed["sets"][0]["trials"].as_array().unwrap().clone();
        trials.iter().map(|trial| trial["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&city), ["making", "identity"]);
    city.json("", &["backup", "check"]);
    assert_eq!(kinds(&city), ["making", "bytes", "identity"]);

    fs::write(city.path("other.txt"), PackageIdentity::generate().to_text().as_bytes()).unwrap();
    refused(&check("other.txt"), "backup-wrong-identity");
    fs::write(city.path("none.txt"), "no key at all\n").unwrap();
    refused(&check("none.txt"), "package-bad-key");
    let name = tried["vault"].as_str().unwrap();
    refused(&restored(&city, "elsewhere", &["--vault", "age1another"]), "backup-other-city");
    json(&restored(&city, "elsewhere", &["--vault", name]));
    refused(&restored(&city, "elsewhere", &[]), "backup-in-the-way");
    assert!(!files(Path::new(&city.path(""))).iter().any(|path| path.to_string_lossy().contains("fumikura-trial")));
}

/// Changes one byte in the middle of a file.
fn alter(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_changed_byte_in_any_part_is_found_and_named() {
    let city = City::new(14);
    with_store(&city, 0);
    let earlier = made(&city)["id"].as_str().unwrap().to_owned();
    let newest = made(&city)["id"].as_str().unwrap().to_owned();
    let part = |city: &City, id: &str, name: &str| PathBuf::from(city.path(&format!("store/sets/{id}/{name}")));
    for name in ["database.age", "keys.age", "files.age", "contents.age", "packages.txt"] {
        for cut in [false, true] {
            let twin = city.twin();
            let path = part(&twin, &newest, name);
            if cut {
                let bytes = fs::read(&path).unwrap();
                fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
            } else {
                alter(&path);
            }
            assert!(refused(&restored(&twin, "new", &[]), "backup-altered").contains(name), "{name}");
            refused(&twin.output("", &["backup", "check"]), "backup-altered");
            let listed = twin.output("", &["backup", "list"]);
            assert_eq!(listed.status.code(), Some(2), "{name}: {}", String::from_utf8_lossy(&listed.stdout));
            assert!(fs::metadata(twin.path("new")).is_err() && fs::metadata(twin.path("new.restoring")).is_err());
            // The one before it is as good as ever.
            json(&restored(&twin, "new", &[&earlier]));
        }
        let twin = city.twin();
        fs::copy(part(&twin, &earlier, name), part(&twin, &newest, name)).unwrap();
        if name != "packages.txt" {
            refused(&restored(&twin, "new", &[]), "backup-altered");
        }
        fs::remove_file(part(&twin, &newest, name)).unwrap();
        refused(&restored(&twin, "new", &[]), "backup-missing");
    }
    manifests(&city, &part(&city, &earlier, "manifest.json"), &part(&city, &newest, "manifest.json"));
    a_package(&city);
}

fn manifests(city: &City, earlier: &Path, newest: &Path) {
    let within =
        |twin: &City, path: &Path| PathBuf::from(twin.path("")).join(path.strip_prefix(city.path("")).unwrap());
    let twin = city.twin();
    fs::copy(within(&twin, earlier), within(&twin, newest)).unwrap();
    refused(&restored(&twin, "new", &[]), "backup-mixed");
    // Whoever writes to the store can change what a backup says of itself, but not prove it.
    let twin = city.twin();
    let path = within(&twin, newest);
    let mut value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    value["said"]["expires_at"] = "2999-01-01T00:00:00Z".into();
    fs::write(&path, value.to_string()).unwrap();
    refused(&restored(&twin, "new", &[]), "backup-forged");
    refused(&twin.output("", &["backup", "check"]), "backup-forged");
    let twin = city.twin();
    fs::rename(within(&twin, newest.parent().unwrap()), twin.path("store/sets/20990101T000000000Z-00000000")).unwrap();
    refused(&restored(&twin, "new", &[]), "backup-mixed");
}

fn a_package(city: &City) {
    let twin = city.twin();
    alter(&packages(&twin)[0]);
    refused(&restored(&twin, "new", &[]), "backup-lacking");
    let some = json(&restored(&twin, "some", &["--although-lacking"]));
    assert_eq!(some["lacking"], 1);
    refused(&twin.output("", &["backup", "make"]), "backup-trial");
    refused(&twin.output("", &["backup", "check", "--mend"]), "backup-lacking");
    assert_eq!(made(&twin)["new_packages"], 1, "the archive has it whole");
    json(&twin.output("", &["backup", "check", "--format", "json"]));
    // One that is gone, and of which nobody proves that it was destroyed, is not taken for destroyed.
    let twin = city.twin();
    let gone = packages(&twin).remove(0);
    fs::remove_file(&gone).unwrap();
    refused(&restored(&twin, "new", &[]), "backup-lacking");
    let note = PathBuf::from(gone.to_string_lossy().replace("/packages/", "/gone/"));
    fs::create_dir_all(note.parent().unwrap()).unwrap();
    fs::write(&note, "00".repeat(32)).unwrap();
    refused(&restored(&twin, "new", &[]), "backup-forged");
}

#[test]
fn a_backup_killed_at_any_moment_is_none_or_a_whole_one() {
    let mut city = City::new(17);
    with_store(&city, 0);
    // Once unharmed, to know how long there is something to kill.
    let begun = Instant::now();
    made(&city);
    let longest = u64::try_from(begun.elapsed().as_millis()).unwrap().max(1);
    let (shelf, mut killed) = (city.open_file("道路占用 令和8年度"), 0);
    for number in 0..8 {
        ingested(&city, &shelf, &format!("新しい文書 {number}\n").repeat(5_000));
        let (_, finished) = city.killed("", &["backup", "make"], longest);
        killed += usize::from(!finished);
        let listed = city.json("", &["backup", "list"]);
        assert!(listed["sets"].as_array().unwrap().iter().all(|set| set["trouble"].is_null()), "{listed}");
        let to = format!("restored-{number}");
        json(&restored(&city, &to, &[]));
        fs::remove_dir_all(city.path(&to)).unwrap();
    }
    assert!(killed > 0);
    made(&city);
    assert!(files(Path::new(&city.path("store/tmp"))).is_empty() && fs::metadata(city.path("city/.backup")).is_err());
    city.assert_clean();
}

#[test]
fn a_restore_beside_the_living_city_touches_nothing_of_it() {
    let city = City::new(18);
    with_store(&city, 0);
    let config = city.path("city/city.toml");
    let text = fs::read_to_string(&config).unwrap();
    let lines = [
        ("archive = [", "archive"),
        ("package_keys = [", "keys/packages"),
        ("database = ", "fumikura.db"),
        ("checkpoints = ", "checkpoints"),
        ("master_key = ", "keys/vault.key"),
    ];
    for (setting, place) in lines {
        let relative = format!("\"{place}\"");
        let line = text.lines().find(|line| line.starts_with(setting)).unwrap();
        assert!(line.contains(&relative), "{line}");
        let absolute = line.replacen(&relative, &format!("\"{}\"", city.path(&format!("city/{place}"))), 1);
        fs::write(&config, text.replacen(line, &absolute, 1)).unwrap();
        made(&city);
        let before = files(Path::new(&city.path("city")));
        let said = refused(&restored(&city, "new", &[]), "backup-in-the-way");
        assert!(said.contains(&city.path(&format!("city/{place}"))), "{said}");
        assert_eq!(files(Path::new(&city.path("city"))), before);
        assert!(fs::metadata(city.path("new.restoring")).is_err());
    }
    // Elsewhere, where nothing is, an archive on another disk is filled.
    let absolute = text.replacen("[\"archive\"", &format!("[\"{}\"", city.path("disk/archive")), 1);
    fs::create_dir(city.path("disk")).unwrap();
    fs::rename(city.path("city/archive"), city.path("disk/archive")).unwrap();
    fs::write(&config, absolute).unwrap();
    made(&city);
    fs::rename(city.path("disk/archive"), city.path("disk/lost")).unwrap();
    fs::rename(city.path("city"), city.path("lost")).unwrap();
    json(&restored(&city, "city", &[]));
    assert!(files(Path::new(&city.path("disk/archive"))).len() > 3);
    city.assert_clean();
}

#[test]
fn what_is_not_set_up_is_refused_with_what_to_do() {
    let city = City::new(15);
    refused(&city.output("", &["backup", "make"]), "backup-not-set-up");
    with_store(&city, 0);
    refused(&city.output("", &["backup", "init"]), "backup-in-the-way");
    refused(&city.output("", &["backup", "check"]), "backup-no-such-set");
    let config = city.path("city/city.toml");
    let text = fs::read_to_string(&config).unwrap();
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        fs::write(&config, text.replace(from, to)).unwrap();
    };
    with("backup_horizon_days = 35", "backup_horizon_days = 0");
    refused(&city.output("", &["backup", "make"]), "backup-no-horizon");
    with("every_hours = 0", "every_hours = 0\nkeep_days = 36");
    refused(&city.output("", &["backup", "make"]), "backup-no-horizon");
    with("recipients = [\"age1", "recipients = [\"AGE-SECRET-KEY-1");
    let said = refused(&city.output("", &["backup", "make"]), "package-bad-recipient");
    assert!(!said.contains("AGE-SECRET-KEY-1"), "what may be a private key is not repeated: {said}");
    with("store = \"../store\"", "store = \"../not-mounted\"");
    fs::create_dir(city.path("not-mounted")).unwrap();
    let output = city.output("", &["backup", "make"]);
    assert!(output.status.code() == Some(69) && told(&output).contains("[backup-no-store]"), "{}", told(&output));
}

#[test]
fn the_service_backs_up_by_itself_and_says_how_old_the_last_good_trial_is() {
    let city = City::new(16);
    with_store(&city, 24);
    let config = city.path("city/city.toml");
    let text = fs::read_to_string(&config).unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = text.replacen("database = ", &format!("metrics_listen = \"{free}\"\ndatabase = "), 1);
    let listen = text.lines().find(|line| line.starts_with("listen = ")).unwrap().to_owned();
    fs::write(&config, text.replace(&listen, "listen = \"127.0.0.1:0\"")).unwrap();
    let service = Service::start(&city);
    let begun = Instant::now();
    let metrics = loop {
        let asked = ureq::get(format!("http://{free}/metrics")).call();
        let text = asked.ok().and_then(|mut answer| answer.body_mut().read_to_string().ok()).unwrap_or_default();
        if text.contains("fumikura_backup_trial_age_seconds ") {
            break text;
        }
        assert!(begun.elapsed() < Duration::from_secs(180), "no backup: {text}");
        std::thread::sleep(Duration::from_millis(300));
    };
    assert!(metrics.contains("fumikura_backup_store_up 1") && metrics.contains("fumikura_backups_bad 0"), "{metrics}");
    // Beside the service nobody has to stop for a backup.
    let shelf = city.open_file("道路占用 令和8年度");
    ingested(&city, &shelf, "控えの間の文書\n");
    made(&city);
    drop(service);
    json(&restored(&city, "new", &[]));
    // What the copy says of a process that worked on the lost machine holds nobody up for long.
    fs::rename(city.path("city"), city.path("lost")).unwrap();
    fs::rename(city.path("new"), city.path("city")).unwrap();
    let shown = city.json("manager1", &["db", "confirm"]);
    city.json("manager1", &["db", "confirm", "--shown", shown["sha256"].as_str().unwrap()]);
    ingested(&city, &shelf, "復元の後の文書\n");
}
