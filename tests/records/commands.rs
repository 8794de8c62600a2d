//! The commands of records, run as a person runs them.

use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Output, Stdio};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/archive/rules.sample.toml");

fn fumikura(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fumikura"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // Written beside the reading, so that neither side waits for the other; a child that ends early is no trouble.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    output
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ask(questions: &[Value]) -> (Vec<Value>, i32) {
    let input: String = questions.iter().map(|question| format!("{question}\n")).collect();
    let output = fumikura(&["rules", "date", "--rules", SAMPLE], input.as_bytes());
    (lines(&output), output.status.code().unwrap())
}

fn five(trigger: &str, year: &str) -> Value {
    json!({ "trigger": trigger, "year": year, "years": 5 })
}

#[test]
fn the_worked_examples_as_json_lines() {
    let fiscal = |as_of: &str| {
        json!({"id": 1, "class": five("completion", "fiscal"), "created": "2025-04-10", "completed": "2025-10-03",
            "event": null, "year": null, "extensions": [], "holds": [], "as_of": as_of})
    };
    let disclosure = |as_of: &str| {
        json!({"id": "x", "class": five("event", "fiscal"), "created": "2020-01-01", "completed": null,
            "event": "2028-06-09", "year": null, "extensions": [],
            "holds": [{"kind": "disclosure", "decided": "2034-02-20"}], "as_of": as_of})
    };
    let calendar =
        json!({"id": null, "class": five("creation", "calendar"), "created": "2009-02-10", "as_of": "2014-12-31"});
    let event_unknown =
        json!({"id": [1], "class": five("event", "fiscal"), "created": "1980-01-01", "as_of": "2099-01-01"});
    let open = json!({"class": five("completion", "fiscal"), "completed": "2000-01-01",
        "holds": [{"kind": "litigation", "decided": null}], "as_of": "2099-01-01"});
    let (answers, status) = ask(&[
        fiscal("2031-03-31"),
        fiscal("2031-04-01"),
        disclosure("2035-02-20"),
        disclosure("2035-02-21"),
        calendar,
        event_unknown,
        open,
    ]);
    assert_eq!(status, 0);
    let told: Vec<Value> = answers
        .iter()
        .map(|answer| {
            json!([answer["id"], answer["starts_on"], answer["expires_on"], answer["keep_until"], answer["due"]])
        })
        .collect();
    assert_eq!(
        told,
        [
            json!([1, "2026-04-01", "2031-03-31", "2031-03-31", false]),
            json!([1, "2026-04-01", "2031-03-31", "2031-03-31", true]),
            json!(["x", "2029-04-01", "2034-03-31", "2035-02-20", false]),
            json!(["x", "2029-04-01", "2034-03-31", "2035-02-20", true]),
            json!([null, "2010-01-01", "2014-12-31", "2014-12-31", false]),
            json!([[1], null, null, null, false]),
            json!([null, "2000-04-01", "2005-03-31", "open", false]),
        ]
    );
    for answer in &answers {
        for said in answer["because"].as_array().unwrap() {
            let (ja, en) = (said["ja"].as_str().unwrap(), said["en"].as_str().unwrap());
            assert!(ja != en && !format!("{ja}{en}").contains(['{', '}', '?']), "{said}");
        }
    }
}

#[test]
fn classes_of_the_rule_file_years_and_extensions() {
    let (answers, status) = ask(&[
        json!({"id": 1, "class": "C-01-01", "created": "2015-05-01", "completed": "2015-05-01", "as_of": "2026-01-01"}),
        json!({"id": 2, "class": "C-01-01", "created": "2016-05-01", "completed": "2016-05-01", "as_of": "2026-01-01"}),
        json!({"id": 3, "class": "A-01-01", "created": "2025-05-20", "completed": "2025-05-20", "year": 2024,
            "extensions": [{"years": 2}], "as_of": "2026-01-01"}),
        json!({"id": 4, "class": "Q-9", "created": "2015-05-01", "as_of": "2099-01-01"}),
        json!({"id": 5, "class": "A-02-01", "created": "1995-05-01", "as_of": "2099-01-01"}),
    ]);
    assert_eq!(status, 0);
    let expiries: Vec<&Value> = answers.iter().map(|answer| &answer["expires_on"]).collect();
    assert_eq!(
        expiries,
        [&json!("2022-12-31"), &json!("2024-03-31"), &json!("2030-03-31"), &Value::Null, &Value::Null]
    );
    assert_eq!(answers[3]["because"][0]["code"], "retention-no-rule");
    assert_eq!(answers[4]["because"].as_array().unwrap().last().unwrap()["code"], "retention-kept-undetermined");
    assert_eq!(answers[0]["because"][0]["ja"], "規則 tax-7-calendar（2026.1 版）によります。");
}

#[test]
fn bad_lines_are_answered_each_and_stop_nothing() {
    let good =
        json!({"id": "good", "class": five("completion", "fiscal"), "completed": "2025-10-03", "as_of": "2026-01-01"});
    let mut bad: Vec<Vec<u8>> = vec![
        b"not json".to_vec(),
        b"{}".to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        b"\xff\xfe".to_vec(),
        b"{\"id\":\"cut".to_vec(),
        [b"{\"id\":\"", "x".repeat(1 << 21).as_bytes(), b"\"}"].concat(),
    ];
    let variants = [
        ("class", json!({"trigger": "completion", "year": "fiscal", "years": 0})),
        ("class", json!({"trigger": "completion", "year": "fiscal", "years": "ever"})),
        ("class", json!({"trigger": "completion", "years": 5})),
        ("class", json!("総務")),
        ("class", json!(5)),
        ("completed", json!("2025-02-29")),
        ("completed", json!("2025-10-03T23:00:00")),
        ("completed", json!("20251003")),
        ("completed", json!("")),
        ("as_of", json!(null)),
        ("year", json!("2025")),
        ("year", json!(99999)),
        ("extensions", json!([{"years": -1}])),
        ("holds", json!([{"kind": "strike"}])),
        ("holds", json!([{"kind": "audit", "until": "2030-01-01"}])),
        ("hold", json!([{"kind": "audit"}])),
    ];
    for (name, value) in &variants {
        let mut line = good.clone();
        line["id"] = json!("bad");
        line[*name] = value.clone();
        bad.push(line.to_string().into_bytes());
    }
    let mut input = Vec::new();
    for line in &bad {
        input.extend_from_slice(line);
        input.extend_from_slice(format!("\n{good}\n\n").as_bytes());
    }
    let output = fumikura(&["rules", "date"], input.as_slice());
    assert_eq!(output.status.code(), Some(65));
    let answers = lines(&output);
    assert_eq!(answers.len(), 2 * bad.len());
    for (index, pair) in answers.chunks(2).enumerate() {
        let line = String::from_utf8_lossy(&bad[index][..bad[index].len().min(200)]).into_owned();
        assert_eq!(pair[0]["error"]["code"], "date-request-unreadable", "{line}");
        assert_eq!(pair[0]["line"], json!(3 * index + 1), "{line}");
        assert_eq!(pair[1]["expires_on"], "2031-03-31", "{line}");
    }
    assert_eq!(answers[14]["id"], "bad", "an identifier that can be read comes back");
}

#[test]
fn a_named_class_without_rule_file_and_a_last_line_without_end() {
    let line = json!({"id": 7, "class": "A-01-01", "created": "2025-01-01", "as_of": "2026-01-01"}).to_string();
    let output = fumikura(&["rules", "date"], line.as_bytes());
    assert_eq!((output.status.code(), &lines(&output)[0]["id"]), (Some(65), &json!(7)));
    let output = fumikura(&["rules", "date", "--rules", SAMPLE], line.as_bytes());
    assert_eq!((output.status.code(), lines(&output).len()), (Some(0), 1));
    let output = fumikura(&["rules", "date"], b"");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
}

#[test]
fn check_says_where_and_explain_says_why() {
    let output = fumikura(&["rules", "check", SAMPLE], b"");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("誤りなし") && text.contains("見本"), "{text}");
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("rules.toml");
    let sample = std::fs::read_to_string(SAMPLE).unwrap();
    let line = sample.lines().position(|line| line == "class = \"B-02\"").unwrap() + 1;
    std::fs::write(&broken, sample.replace("class = \"B-02\"", "class = \"B-99\"")).unwrap();
    let broken = broken.to_str().unwrap();
    let output = fumikura(&["rules", "check", broken], b"");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(65));
    assert!(text.contains(&format!("rules.toml:{line}:9: ")) && text.contains("[rules-gap]"), "{text}");
    let output = fumikura(&["rules", "check", "--format", "json", broken], b"");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["findings"].as_array().unwrap().len(), 2);
    let output = fumikura(&["rules", "date", "--rules", broken], b"");
    assert_eq!(output.status.code(), Some(65), "dates are never computed by a broken set");
    let explain =
        ["rules", "explain", SAMPLE, "--class", "A-01-02", "--completed", "2025-10-03", "--as-of", "2031-04-01"];
    let output = fumikura(&explain, b"");
    let text = String::from_utf8(output.stdout).unwrap();
    for words in ["総務／文書／公文書の開示", "2026-04-01", "2031-03-31", "はい / yes", "翌年度の初日", "disclosure-5"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    let held = fumikura(&[&explain[..], &["--hold", "litigation"]].concat(), b"");
    assert!(String::from_utf8(held.stdout).unwrap().contains("open"));
    assert_eq!(fumikura(&[&explain[..], &["--hold", "strike"]].concat(), b"").status.code(), Some(64));
    assert_eq!(fumikura(&["rules", "explain", SAMPLE, "--class", "Q"], b"").status.code(), Some(64));
    assert_eq!(fumikura(&["rules", "check", "/nowhere/rules.toml"], b"").status.code(), Some(65));
}

#[test]
fn an_exported_ledger_is_verified_and_pinned() {
    use fumikura::ledger::{Entry, NewEntry};
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut entries: Vec<Entry> = Vec::new();
    for number in 0..20 {
        let entry = NewEntry::new("2026-04-01T00:00:00Z".parse().unwrap(), "system", "record.filed", "a").unwrap();
        entries.push(entry.with_number("number", number).unwrap().chain(entries.last()));
    }
    let write = |name: &str, entries: &[Entry]| {
        let lines: String = entries.iter().map(|entry| format!("{}\n", json!(entry))).collect();
        std::fs::write(at(name), lines).unwrap();
    };
    write("whole.jsonl", &entries);
    let output = fumikura(&["ledger", "checkpoint", "--file", &at("whole.jsonl")], b"");
    let checkpoint: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((checkpoint["seq"].as_u64(), checkpoint["hash"].as_str()), (Some(20), Some(entries[19].hash.as_str())));
    std::fs::write(at("pin.json"), &output.stdout).unwrap();
    let verify =
        |name: &str| fumikura(&["ledger", "verify", "--file", &at(name), "--checkpoint", &at("pin.json")], b"");
    assert_eq!(verify("whole.jsonl").status.code(), Some(0));
    write("cut.jsonl", &entries[..19]);
    entries[6].seq = 8;
    write("bad.jsonl", &entries);
    std::fs::write(at("text.jsonl"), "{}\n").unwrap();
    for (name, code) in [
        ("cut.jsonl", "ledger-cut-short"),
        ("bad.jsonl", "ledger-out-of-order"),
        ("text.jsonl", "ledger-unreadable"),
        ("none.jsonl", "file-read"),
    ] {
        let output = verify(name);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(65), "{said}");
        assert!(said.contains(code) && output.stdout.is_empty(), "{said}");
    }
}

#[test]
fn the_ledger_of_a_database_is_verified_exported_and_its_forgery_named() {
    use fumikura::ledger::NewEntry;
    use fumikura::office::ports::Store;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let db = at("city.db");
    let missing = fumikura(&["ledger", "verify", "--db", &db], b"");
    assert_eq!(missing.status.code(), Some(65));
    assert!(!folder.path().join("city.db").exists(), "asking makes no database");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = fumikura::store::SqliteStore::open(&folder.path().join("city.db")).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        for number in 0..2500 {
            let entry = NewEntry::new("2026-04-01T00:00:00.123Z".parse().unwrap(), "system", "x.y", "a").unwrap();
            tx.append(entry.with_number("number", number).unwrap()).await.unwrap();
        }
        tx.commit().await.unwrap();
    });
    let verified = fumikura(&["ledger", "verify", "--db", &db], b"");
    assert!(String::from_utf8(verified.stdout).unwrap().contains("2500"));
    let pin = fumikura(&["ledger", "checkpoint", "--db", &db], b"").stdout;
    std::fs::write(at("pin.json"), &pin).unwrap();
    let export = fumikura(&["ledger", "export", "--db", &db], b"").stdout;
    std::fs::write(at("ledger.jsonl"), &export).unwrap();
    let file = fumikura(&["ledger", "verify", "--file", &at("ledger.jsonl"), "--checkpoint", &at("pin.json")], b"");
    assert_eq!(file.status.code(), Some(0), "{}", String::from_utf8_lossy(&file.stderr));
    assert_eq!(fumikura(&["ledger", "verify"], b"").status.code(), Some(64));
    for (forgery, said) in [
        (
            "UPDATE ledger SET body = replace(body, '\"number\":1776', '\"number\":1') WHERE seq = 1777",
            "entry 1777 was changed",
        ),
        ("DELETE FROM ledger WHERE seq = 1200", "entry 1200 should follow"),
        ("DELETE FROM ledger WHERE seq > 1100", "ends at entry 1100"),
    ] {
        let forged = at("forged.db");
        let _ = std::fs::remove_file(&forged);
        let drop = "DROP TRIGGER IF EXISTS ledger_no_update; DROP TRIGGER IF EXISTS ledger_no_delete;";
        let script = format!(".clone {forged}\n.open {forged}\n{drop}\n{forgery};\n");
        let mut sqlite = Command::new("sqlite3");
        let Some(output) = super::package::tool(
            sqlite.arg(&db).arg("-cmd").arg(format!(".read {}", script_file(&at("s.sql"), &script))).arg("SELECT 1"),
        ) else {
            return;
        };
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let output = fumikura(&["ledger", "verify", "--db", &forged, "--checkpoint", &at("pin.json")], b"");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(65) && stderr.contains(said), "{forgery}: {stderr}");
    }
}

fn script_file(path: &str, script: &str) -> String {
    std::fs::write(path, script).unwrap();
    path.to_owned()
}

/// Every code that records can give has words in both languages.
#[test]
fn the_catalogue_has_every_code() {
    use fumikura::records::{ReasonCode, RuleFindingCode};
    let reasons = ReasonCode::ALL.iter().map(|code| code.code());
    for code in reasons.chain(RuleFindingCode::ALL.iter().map(|code| code.code())) {
        assert!(fumikura::wording::ja(code).is_some() && fumikura::wording::en(code).is_some(), "{code}");
    }
}
