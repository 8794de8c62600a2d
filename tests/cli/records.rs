//! The records commands at the office's desk, over the demonstration's city.

use super::records_killed::City;
use crate::records::exports::{E_ARK, judged};
use crate::records::objects::{Front, KEY_ID, Mood, SECRET, objects};
use crate::records::package::python;
use std::fs;

#[test]
fn records_are_opened_filed_found_held_and_exported() {
    let city = City::new(1);
    let file = city.open_file("道路占用 平成30年度");
    let source = city.path("申請書.txt");
    fs::write(&source, "見本の申請書\n").unwrap();
    let done = city.path("done");
    let words = ["records", "ingest", &source, "--file", &file, "--number", "30見道第7号", "--done", &done];
    let filed = city.json("records", &words);
    let record = filed["records"][0]["record"].as_str().unwrap().to_owned();
    assert!(!fs::exists(&source).unwrap() && fs::exists(city.path("done/申請書.txt")).unwrap());

    let found = city.json("auditor", &["records", "search", "見道第7号"]);
    assert_eq!(found["records"][0]["record"], record.as_str());
    let undetermined = city.json("auditor", &["records", "files", "--undetermined"]);
    assert!(undetermined["files"].as_array().unwrap().iter().any(|row| row["file"] == file.as_str()));
    let held =
        city.json("records", &["hold", "place", "--kind", "disclosure", "--reason", "請求", "--record", &record]);
    let shown = city.json("auditor", &["records", "show", &record]);
    assert_eq!((&shown["holds"][0], &shown["keep_until"]), (&held["hold"], &serde_json::json!("open")));
    let hold = held["hold"].as_str().unwrap();
    let released = city.json("manager1", &["hold", "release", hold, "--decided", "2026-01-05"]);
    assert_eq!(released["keeps_until"], "2027-01-05");

    let bag = city.path("bag");
    let exported = city.output("auditor", &["records", "export", &record, "--format", "bagit", "-o", &bag]);
    assert!(exported.status.success());
    assert_eq!(fs::read_to_string(city.path("bag/data/original/0001.txt")).unwrap(), "見本の申請書\n");
    let again = city.output("auditor", &["records", "export", &record, "-o", &bag]);
    assert_eq!(again.status.code(), Some(65));
    let csv = city.path("register.csv");
    assert!(city.output("auditor", &["records", "export", "--format", "csv", "-o", &csv]).status.success());
    assert!(fs::read_to_string(&csv).unwrap().starts_with("\u{feff}分類,名称,保存期間"));
}

#[test]
fn packages_are_read_again_and_what_is_wrong_stays_until_it_is_settled() {
    let city = City::new(5);
    let audited = city.json("manager1", &["records", "audit"]);
    assert!(audited["run"]["read"].as_u64().unwrap() > 0);
    let shown = city.json("auditor", &["records", "audit", "--status"]);
    assert_eq!((&shown["run"], &shown["state"]["alarms"]), (&serde_json::Value::Null, &serde_json::json!([])));
    let record = city.json("auditor", &["records", "search", ""])["records"][0].clone();
    let places = ["archive", "archive-copy"]
        .map(|copy| city.path(&format!("city/{copy}/{}", record["package"].as_str().unwrap())));
    let good = fs::read(&places[0]).unwrap();
    for place in &places {
        fs::write(place, "damaged").unwrap();
    }
    let refused =
        city.output("manager1", &["records", "audit", "--records", "99", "--minutes", "5", "--megabytes", "9"]);
    assert_eq!(refused.status.code(), Some(65));
    let refused = city.output("auditor", &["records", "audit", "--status", "--format", "json"]);
    assert_eq!(refused.status.code(), Some(65));
    let shown: serde_json::Value = serde_json::from_slice(&refused.stdout).unwrap();
    let alarm = &shown["state"]["alarms"][0];
    assert_eq!((&alarm["code"], &alarm["record"]), (&serde_json::json!("fixity-lost"), &record["record"]));
    fs::write(&places[1], good).unwrap();
    let audited = city.json("manager1", &["records", "audit"]);
    assert_eq!(
        (&audited["run"]["repaired"][0], &audited["state"]["unsound"]),
        (&record["record"], &serde_json::json!(0))
    );
}

#[test]
fn a_city_gets_a_copy_in_a_bucket_and_goes_on_reading_while_that_is_away() {
    let Some(server) = objects() else { return };
    let (city, bucket, front) = (City::new(6), server.bucket(), Front::before(server));
    let settings = city.path("city/city.toml");
    let key = city.path("city/keys/bucket.txt");
    fs::write(&key, format!("[default]\naws_access_key_id = {KEY_ID}\naws_secret_access_key={SECRET}\n")).unwrap();
    let more = format!(
        "\n[[archive_buckets]]\nendpoint = \"http://127.0.0.1:{}\"\nbucket = \"{bucket}\"\nprefix = \"city\"\n\
         credentials_file = \"keys/bucket.txt\"\ntimeout_seconds = 1\n",
        front.port()
    );
    fs::write(&settings, fs::read_to_string(&settings).unwrap() + &more).unwrap();
    let search = ["records", "search", ""];
    let refused = city.output("auditor", &search);
    assert_eq!(refused.status.code(), Some(69), "a bucket without a mark may be the wrong one");
    let filled = city.json("manager1", &["records", "new-copy"]);
    assert_eq!(filled["findings"], serde_json::json!([]));
    let record = city.json("auditor", &search)["records"][0].clone();
    assert!(server.get(&format!("{bucket}/city/{}", record["package"].as_str().unwrap())).is_some());
    assert_eq!(city.json("manager1", &["records", "audit"])["state"]["unsound"], 0);

    for method in ["GET ", "HEAD ", "PUT ", "DELETE "] {
        front.rule(method, Mood::Says(503), 9999);
    }
    let found = city.output("auditor", &search);
    let said = String::from_utf8_lossy(&found.stderr).into_owned();
    assert!(found.status.success() && said.contains("copies that cannot be reached now: 1"), "{said}");
    let audited = city.output("manager1", &["records", "audit", "--records", "1"]);
    assert_eq!(audited.status.code(), Some(65));
    front.calm();
    let shown = String::from_utf8_lossy(&city.output("auditor", &["records", "audit", "--status"]).stdout).into_owned();
    assert!(shown.contains("fixity-unread"), "{shown}");
    assert!([said, shown].iter().all(|text| !text.contains(KEY_ID) && !text.contains(SECRET)));
    assert_eq!(city.json("manager1", &["records", "audit"])["state"]["unsound"], 0);
}

#[test]
fn a_lost_database_is_made_anew_from_the_archive() {
    let city = City::new(7);
    let file = city.open_file("道路占用 平成30年度");
    city.json("records", &["hold", "place", "--kind", "audit", "--reason", "監査", "--file", &file]);
    let database = |words: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fumikura"));
        let output = command.args(["db"]).args(words).arg("--dir").arg(city.path("city")).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(database(&["remember"]).0, Some(0));
    let (_, before) = database(&["state"]);
    assert!(before.contains("sha256: ") && before.contains("holds: 2"), "{before}");
    assert_eq!(database(&["rebuild"]).0, Some(65), "a database that is there is not written over");
    for entry in fs::read_dir(city.path("city")).unwrap().flatten() {
        if entry.file_name().to_string_lossy().contains("fumikura.db") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    let (status, said) = database(&["rebuild"]);
    assert!(status == Some(0) && said.starts_with(&before), "{said}");
    assert_eq!(database(&["state"]).1, before);
    assert_eq!(database(&["remember"]).0, Some(65), "a copy that nobody has confirmed is not remembered");
    let shown = city.json("auditor", &["db", "confirm"]);
    city.json("manager1", &["db", "confirm", "--shown", shown["sha256"].as_str().unwrap()]);
    assert!(city.output("records", &["records", "close", &file, "--completed", "2019-03-29"]).status.success());
    fs::remove_dir_all(city.path("city/archive/memory")).unwrap();
    fs::remove_dir_all(city.path("city/archive-copy/memory")).unwrap();
    assert_eq!(database(&["rebuild"]).0, Some(65), "nothing is remembered");
}

#[test]
fn refusals_have_the_documented_exit_statuses() {
    let city = City::new(2);
    let file = city.open_file("道路占用 平成30年度");
    let status = |login: &str, words: &[&str]| city.output(login, words).status.code();
    assert_eq!(status("auditor", &["records", "close", &file, "--completed", "2019-03-29"]), Some(65));
    assert_eq!(status("records", &["records", "show", &"0".repeat(32)]), Some(65));
    assert_eq!(status("records", &["records", "show", "nonsense"]), Some(64));
    assert_eq!(status("records", &["hold", "place", "--kind", "audit", "--reason", "理由"]), Some(64));
    fs::write(city.path("city/records"), "not the password").unwrap();
    let refused = city.output("records", &["records", "files"]);
    assert_eq!(refused.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("office-sign-in-failed"));
    assert_eq!(status("manager1", &["rules", "load", "/nowhere/rules.toml"]), Some(65));
}

#[test]
fn a_register_is_taken_over_whole_or_not_at_all() {
    let city = City::new(2);
    let path = city.path("register.csv");
    let import = |words: &[&str]| {
        let all: Vec<&str> = ["records", "import", &path, "--format", "json"].iter().chain(words).copied().collect();
        let output = city.output("records", &all);
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), answer)
    };
    let count = || city.json("auditor", &["records", "files"])["files"].as_array().unwrap().len();
    let before = count();
    let head = "名称,分類,作成日,作成部署,管理者,保存場所,媒体,完結日,起算日,満了日\r\n";
    let good = "道路占用 平成29年度,B-02,平成29年4月3日,道路課,,書庫3-2,紙,2018/3/30,2018-04-01,R5.3.31\r\n";
    let bad = "道路占用 その二,B-99,2017-04-03,道路課,,,紙,,,\r\n日付なし,B-02,いつか,道路課,,,,,,\r\n\
        違う満了日,B-02,2017-04-03,道路課,,,電子,2018-03-30,,2099-03-31\r\n,B-02,2017-04-03,道路課,,,,,,\r\n";
    fs::write(&path, format!("\u{feff}{head}{good}{good}{bad}")).unwrap();
    let (status, answer) = import(&[]);
    assert_eq!((status, answer["imported"].as_bool(), count()), (Some(65), Some(false), before));
    let problems: Vec<(u64, &str)> = answer["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| (problem["line"].as_u64().unwrap(), problem["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        problems,
        [
            (3, "register-line-twice"),
            (4, "register-class-unknown"),
            (5, "register-no-date"),
            (6, "register-dates-differ"),
            (7, "register-field-lacking"),
        ]
    );
    let text = format!("{head}{good}");
    let (shift_jis, _, misfits) = encoding_rs::SHIFT_JIS.encode(&text);
    assert!(!misfits);
    fs::write(&path, &shift_jis).unwrap();
    let (status, answer) = import(&["--dry-run"]);
    assert_eq!((status, answer["files"][0]["expires_on"].as_str(), count()), (Some(0), Some("2023-03-31"), before));
    let (status, answer) = import(&[]);
    assert_eq!((status, answer["imported"].as_bool(), count()), (Some(0), Some(true), before + 1));
    let (status, answer) = import(&[]);
    assert_eq!((status, answer["problems"][0]["code"].as_str()), (Some(65), Some("register-line-twice")));
    // What is written is read again; what a spreadsheet of Windows cannot hold is named.
    let out = city.path("out.csv");
    let export = |words: &[&str]| {
        let all: Vec<&str> =
            ["records", "export", "--format", "csv", "-o", &out].iter().chain(words).copied().collect();
        city.output("auditor", &all)
    };
    assert!(export(&["--encoding", "shift-jis"]).status.success());
    let text = encoding_rs::SHIFT_JIS.decode(&fs::read(&out).unwrap()).0.into_owned();
    assert!(text.contains("道路占用 平成29年度,5年,2018-04-01,2023-03-31,"), "{text}");
    city.open_file("𠮷野家 令和7年度");
    let refused = export(&["--encoding", "shift-jis"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(65) && said.contains("𠮷 (U+20BB7; line "), "{said}");
}

#[test]
fn a_hold_is_placed_while_a_disk_of_the_vault_and_the_keys_are_away() {
    let city = City::new(3);
    let file = city.open_file("道路占用 平成30年度");
    for folder in ["archive", "keys"] {
        fs::rename(city.path(&format!("city/{folder}")), city.path(folder)).unwrap();
    }
    assert!(!city.output("auditor", &["records", "files"]).status.success(), "nothing else goes on");
    let held = city.json("records", &["hold", "place", "--kind", "audit", "--reason", "監査", "--file", &file]);
    assert_eq!((&held["files"][0], &held["reached"]), (&serde_json::json!(file), &serde_json::json!(true)));
}

#[test]
fn a_restored_city_only_reads_and_takes_holds_until_it_is_confirmed() {
    let city = City::new(4);
    let file = city.open_file("道路占用 平成30年度");
    let copy = city.path("copy.sqlite");
    let database = |words: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fumikura"));
        assert!(command.args(words).arg("--dir").arg(city.path("city")).status().unwrap().success());
    };
    database(&["db", "backup", &copy]);
    for entry in fs::read_dir(city.path("city")).unwrap().flatten() {
        if entry.file_name().to_string_lossy().contains("fumikura.db") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    database(&["db", "restore", &copy]);
    let close = ["records", "close", &file, "--completed", "2019-03-29"];
    let refused = city.output("records", &close);
    assert_eq!(refused.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("office-copy-unconfirmed"));
    city.json("records", &["hold", "place", "--kind", "audit", "--reason", "監査", "--file", &file]);
    let shown = city.json("auditor", &["db", "confirm"]);
    assert_eq!((&shown["gone"], &shown["confirmed"]), (&serde_json::json!([]), &serde_json::json!(false)));
    city.json("manager1", &["db", "confirm", "--shown", shown["sha256"].as_str().unwrap()]);
    assert!(city.output("records", &close).status.success());
}

/// Has the bagit tool validate a folder, where it is installed.
fn is_a_bag(folder: &str) {
    let Some(python) = python() else { return };
    let script = "import bagit, sys; bagit.Bag(sys.argv[1]).validate()";
    let output = std::process::Command::new(python).args(["-c", script, folder]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_file_is_handed_to_the_archives_and_taken_off_by_their_receipt() {
    let city = City::new(8);
    let file = city.open_file("道路占用 平成30年度");
    let source = city.path("申請書.txt");
    fs::write(&source, "見本の申請書\n").unwrap();
    let words = ["records", "ingest", &source, "--file", &file, "--created", "2018-05-01"];
    let record = city.json("records", &words)["records"][0]["record"].as_str().unwrap().to_owned();
    city.json("records", &["records", "close", &file, "--completed", "2019-03-29"]);
    let out = city.path("outgoing");
    let send = |login: &str, form: &str| {
        let output = city.output(login, &["transfer", "send", &file, "-o", &out, "--format", form]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (status, said) = send("manager1", "bagit");
    assert!(status == Some(65) && said.contains("transfer-not-asked") && !fs::exists(&out).unwrap(), "{said}");
    city.json("manager1", &["disposal", "appraise", &file, "--outcome", "historical"]);
    assert_eq!(city.json("auditor", &["transfer", "list"])["to_send"][0]["file"], file.as_str());
    assert_eq!(send("manager1", "bagit"), (Some(0), String::new()));
    is_a_bag(&city.path(&format!("outgoing/{record}")));
    city.json("manager1", &["transfer", "cancel", &file]);
    assert_eq!(city.json("auditor", &["records", "show", &record])["state"], "due");
    fs::rename(&out, city.path("called-off")).unwrap();
    assert_eq!(send("manager1", "csip"), (Some(0), String::new()));
    assert_eq!(city.json("auditor", &["records", "show", &record])["state"], "in-transfer");
    assert!(send("manager1", "csip").1.contains("folder-exists"));

    // One hash covers everything: the manifest names each package's own list, and that names its files.
    let manifest = fs::read(city.path("outgoing/manifest.csv")).unwrap();
    let sent = city.json("auditor", &["transfer", "list"])["sent"][0].clone();
    let sha256 = |bytes: &[u8]| fumikura::digest::Sha256Hex::of(bytes).to_string();
    assert_eq!(sent["manifest_sha256"], sha256(&manifest).as_str());
    let mut lines = csv::Reader::from_reader(manifest.as_slice());
    let line = lines.records().next().unwrap().unwrap();
    let original = sha256("見本の申請書\n".as_bytes());
    assert_eq!([&line[0], &line[2], &line[3]], [&record, &original, "19"]);
    let package = city.path(&format!("outgoing/{}", &line[5]));
    assert_eq!(sha256(&fs::read(format!("{package}/{}", &line[6])).unwrap()), line[7]);
    if let Some((accepted, said)) = judged(E_ARK, std::path::Path::new(&package)) {
        assert!(accepted, "{said}");
    }

    let receipt = city.path("receipt.csv");
    let receive = |text: &str| {
        fs::write(&receipt, text).unwrap();
        let output = city.output("manager1", &["transfer", "receive", &file, &receipt, "--format", "json"]);
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let codes = answer["problems"].as_array().cloned().unwrap_or_default();
        let codes: Vec<String> = codes.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect();
        (output.status.code(), answer["received"].as_bool(), codes)
    };
    let other = sha256(b"other bytes");
    let wrong = receive(&format!("record,sha256\r\n{record},{other}\r\nnonsense,{original}\r\n"));
    let codes = ["receipt-other-bytes", "receipt-line-unreadable"].map(str::to_owned).to_vec();
    assert_eq!(wrong, (Some(65), Some(false), codes));
    assert_eq!(receive("id,hash\n").0, Some(65));
    let upper = original.to_ascii_uppercase();
    let right = receive(&format!("\u{feff}reference,record,sha256\r\n公文書館 7,{record},{upper}\r\n"));
    assert_eq!(right, (Some(0), Some(true), vec![]));
    let sent = city.json("auditor", &["transfer", "list"])["sent"][0].clone();
    assert_eq!(sent["receipt"]["references"][0], "公文書館 7");
    let listed = city.json("manager1", &["disposal", "preview"])["listed"].clone();
    assert!(listed.as_array().unwrap().iter().any(|one| one["file"] == file.as_str()), "{listed}");
    is_in_the_disposal_register(&city, "道路占用 平成30年度,5年,2019-04-01,2024-03-31,移管,", ",公文書館 7,");
}

/// Expects a line of the 移管・廃棄簿 with a beginning and a reference, in both encodings.
fn is_in_the_disposal_register(city: &City, beginning: &str, reference: &str) {
    let register = city.path("register.csv");
    for encoding in ["utf8", "shift-jis"] {
        let words = ["disposal", "register", "-o", &register, "--encoding", encoding];
        let rows = city.json("auditor", &words)["rows"].as_u64().unwrap();
        let bytes = fs::read(&register).unwrap();
        let text = match encoding {
            "utf8" => String::from_utf8(bytes).unwrap(),
            _ => encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned(),
        };
        assert_eq!(text.starts_with('\u{feff}'), encoding == "utf8");
        assert_eq!(text.matches("\r\n").count() as u64, rows + 1);
        assert!(text.contains(beginning) && text.contains(reference), "{text}");
    }
}

#[test]
fn a_search_is_saved_held_and_outlives_its_change() {
    let city = City::new(9);
    let file = city.open_file("道路占用 平成30年度");
    let save = |words: &[&str]| {
        city.json("records", &[&["records", "searches", "save", "道路の件"], words].concat())["row_version"].clone()
    };
    assert_eq!(save(&["--title", "道路占用 平成30"]), 1);
    let shown = city.json("auditor", &["records", "searches", "show", "道路の件"]);
    assert_eq!((&shown["files"][0]["file"], shown["files"].as_array().unwrap().len()), (&file.as_str().into(), 1));
    let place = ["hold", "place", "--kind", "litigation", "--reason", "事件", "--search", "道路の件"];
    assert_eq!(city.json("records", &place)["files"], serde_json::json!([file]));
    assert_eq!(save(&["--class", "A-02", "--creator", "総務"]), 2);
    let hold = city.json("auditor", &["hold", "list"])["holds"][0].clone();
    assert_eq!(hold["scope"]["predicate"]["title_contains"], "道路占用 平成30");
    assert_eq!((&hold["search"]["name"], &hold["search"]["row_version"]), (&"道路の件".into(), &1.into()));
    city.json("records", &["records", "searches", "rename", "道路の件", "例規の件"]);
    let all = city.json("auditor", &["records", "searches", "list"])["searches"].clone();
    assert_eq!(
        (&all[0]["name"], &all[0]["holds"], &all[0]["what"]["class"]),
        (&"例規の件".into(), &1.into(), &"A-02".into())
    );
    let refused = |words: &[&str], code: &str| {
        let output = city.output("records", words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(65) && said.contains(code), "{said}");
    };
    refused(&["records", "searches", "delete", "例規の件"], "search-held");
    refused(&["records", "searches", "show", "道路の件"], "search-not-found");
    refused(&["records", "searches", "save", "何も"], "search-empty");
    refused(&[&place[..7], &["何も"]].concat(), "search-not-found");
}

#[test]
fn a_search_is_narrowed_by_class_section_days_and_access() {
    let city = City::new(10);
    let file = city.open_file("道路占用 平成30年度");
    for (name, created, access) in
        [("春", "2018-03-31", "internal"), ("夏", "2018-08-01", "restricted"), ("冬", "2019-03-31", "internal")]
    {
        let source = city.path(&format!("{name}の申請.txt"));
        fs::write(&source, format!("{name}の占用について\n")).unwrap();
        let words = ["records", "ingest", &source, "--file", &file, "--created", created, "--access", access];
        city.json("records", &words);
    }
    let found = |login: &str, words: &[&str]| {
        let found = city.json(login, &[&["records", "search"], words].concat());
        let titles = found["records"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap().to_owned());
        (titles.collect::<Vec<_>>(), found["next"].as_str().map(str::to_owned))
    };
    for (words, expected) in [
        (&["--section", "見本課"][..], &["冬の申請", "夏の申請", "春の申請"][..]),
        (&["--class", "B", "--section", "見本課", "--year", "平成30"], &["冬の申請", "夏の申請"]),
        (&["--section", "見本課", "--since", "2018-04-01", "--until", "2019-03-30"], &["夏の申請"]),
        (&["占用について", "--year", "2017", "--section", "見本課"], &["春の申請"]),
        (&["申請", "--access", "restricted", "--section", "見本課"], &["夏の申請"]),
        (&["申請", "--class", "C", "--section", "見本課"], &[]),
    ] {
        assert_eq!(found("auditor", words).0, expected, "{words:?}");
    }
    let first = ["--section", "見本課", "--limit", "2"];
    let (titles, next) = found("auditor", &first);
    assert_eq!(titles, ["冬の申請", "夏の申請"]);
    let rest = found("auditor", &[&first[..], &["--from", &next.unwrap()]].concat());
    assert_eq!(rest, (vec!["春の申請".to_owned()], None));
    for (words, status, told) in [
        (&["records", "search"][..], 64, "<WORDS"),
        (&["records", "search", "--year", "25"], 64, "2024"),
        (&["records", "search", "--since", "2020-02-02", "--until", "2020-02-01"], 65, "filing-days-reversed"),
    ] {
        let output = city.output("auditor", words);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(status) && said.contains(told), "{words:?}: {said}");
    }
}

#[test]
fn proofs_are_made_listed_and_handed_out_for_others_to_judge() {
    let city = City::new(2);
    let before = city.json("auditor", &["proofs", "list"]);
    assert_eq!((&before["trees"], &before["standing"]), (&serde_json::json!(0), &serde_json::json!([])));
    let run = city.json("manager1", &["proofs", "run"]);
    assert_eq!((&run["made"], &run["waiting"]), (&serde_json::json!([1]), &serde_json::json!([])));
    let listed = city.json("auditor", &["proofs", "list"]);
    assert_eq!((&listed["standing"][0]["state"], &listed["standing"][0]["tree"]), (&"holds".into(), &1.into()));
    assert!(listed["packages"].as_u64().unwrap() > 0);
    let rehearsed = city.json("auditor", &["proofs", "rehearse", "--years", "5"]);
    assert_eq!((&rehearsed["years"][0]["passing"], &rehearsed["left_out"]), (&1.into(), &0.into()), "{rehearsed:#}");
    assert_eq!(city.output("auditor", &["proofs", "rehearse", "--years", "0"]).status.code(), Some(65));
    assert_eq!(city.output("clerk", &["proofs", "list"]).status.code(), Some(65));

    let record = city.json("auditor", &["records", "search", ""])["records"][0]["record"].clone();
    let record = record.as_str().unwrap();
    let (proofs, bag) = (city.path("proofs-out"), city.path("bag"));
    let exported = city.output("auditor", &["proofs", "export", "--record", record, "-o", &proofs]);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stdout));
    assert!(city.output("auditor", &["records", "export", record, "--format", "bagit", "-o", &bag]).status.success());
    let original = fs::read_dir(city.path("bag/data/original")).unwrap().next().unwrap().unwrap().path();
    let proof = format!("{proofs}/record-{record}.ers");
    let trust = [city.path("city/keys/pki/trust"), city.path("city/keys/pki/crl")];
    let verify = |proof: &str, data: &str| {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_fumikura"));
        program.args(["evidence", "verify", proof, "--data", data, "--tsa-trust", &trust[0], "--crl", &trust[1]]);
        program.output().unwrap().status.code()
    };
    assert_eq!(verify(&proof, original.to_str().unwrap()), Some(0), "the document alone");
    assert_eq!(verify(&proof, &city.path("city/city.toml")), Some(1), "something else");
    let exported = city.output("auditor", &["proofs", "export", "--entry", "1", "-o", &proofs]);
    assert!(exported.status.success());
    assert_eq!(verify(&format!("{proofs}/entry-1.ers"), &format!("{proofs}/entry-1.json")), Some(0));
    assert_eq!(
        city.output("auditor", &["proofs", "export", "--entry", "99999", "-o", &proofs]).status.code(),
        Some(65)
    );
}
