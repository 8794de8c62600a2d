//! The shelves' commands over the demonstration's city: surveys taken over and written out, charts, volumes, loans.

use super::records_killed::City;
use serde_json::Value;
use std::fs;
use std::process::Command;

const HEAD: &str = "管理番号,課,種類,用途,棚の内寸幅（mm）,段数,充填率（％）,調査日\r\n";

/// Writes a survey as Windows does.
fn survey(city: &City, name: &str, lines: &str) -> String {
    let path = city.path(name);
    let text = format!("{HEAD}{lines}");
    let (bytes, _, misfits) = encoding_rs::SHIFT_JIS.encode(&text);
    assert!(!misfits);
    fs::write(&path, bytes).unwrap();
    path
}

fn total(city: &City, words: &[&str]) -> Value {
    let words: Vec<&str> = ["shelves", "survey"].iter().chain(words).copied().collect();
    city.json("auditor", &words)["now"]["all"].clone()
}

#[test]
fn a_survey_of_a_spreadsheet_is_tried_taken_over_and_written_out_again() {
    let city = City::new(3);
    let before = total(&city, &[]);
    let wrong = survey(
        &city,
        "wrong.csv",
        "福-01,福祉課,書庫,共用,900,5,８０％,令和8年11月2日\r\n福-02,福祉課,書庫,公用,900,5,80,2026-11-02\r\n\
         福-03,福祉課,書庫,,九百,5,80,2026-11-02\r\n福-04,福祉課,書庫,個人,\"1,200\",5,101,2026-11-02\r\n福-01,福祉課,書庫,,900,5,0,2026-11-02\r\n",
    );
    let output = city.output("records", &["shelves", "import", &wrong, "--format", "json"]);
    assert_eq!(output.status.code(), Some(65));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes: Vec<_> = told["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["line"].as_u64().unwrap(), one["code"].as_str().unwrap()))
        .collect();
    let expected =
        [(3, "survey-use-unknown"), (4, "survey-field-unreadable"), (5, "shelf-fill"), (6, "survey-line-twice")];
    assert_eq!((codes, &told["imported"]), (expected.to_vec(), &Value::Bool(false)));
    let right = survey(&city, "right.csv", "福-01,福祉課,書庫,共用,900,5,８０％,令和8年11月2日\r\n");
    assert_eq!(city.json("records", &["shelves", "import", &right, "--dry-run"])["imported"], false);
    assert_eq!(total(&city, &[]), before, "nothing was written down so far");
    let done = city.json("records", &["shelves", "import", &right]);
    assert_eq!((&done["imported"], &done["added"]), (&Value::Bool(true), &Value::from(1)));
    let after = total(&city, &[]);
    let fm = |value: &Value| value["paper_fm"].as_str().unwrap().parse::<f64>().unwrap();
    assert!((fm(&after) - fm(&before) - 3.6).abs() < 0.02, "{before} {after}");
    let earlier = city.json("auditor", &["shelves", "survey", "--on", "2026-11-01"]);
    assert!(!earlier["now"].to_string().contains("福祉課"), "on the day before the reading nothing is known of it");

    let out = city.path("out.csv");
    assert!(city.output("auditor", &["shelves", "export", "--out", &out]).status.success());
    let again = city.json("records", &["shelves", "import", &out]);
    assert_eq!((&again["imported"], &again["added"], total(&city, &[])), (&Value::Bool(true), &Value::from(0), after));
    let table = city.path("table.csv");
    let columns = fs::read_to_string(&out).unwrap().replace("棚の内寸幅", "幅");
    fs::write(&table, columns).unwrap();
    let refused = city.output("records", &["shelves", "import", &table]);
    assert_eq!(refused.status.code(), Some(65));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("survey-column-lacking"));
}

#[test]
fn charts_are_sound_svg_and_say_what_the_tables_say() {
    let city = City::new(3);
    let [svg, csv] = ["survey.svg", "survey.csv"].map(|name| city.path(name));
    let words = ["shelves", "survey", "--before", "2026-08-01", "--svg", &svg, "--csv", &csv];
    let told = city.json("auditor", &words);
    let paper = told["now"]["all"]["paper_fm"].as_str().unwrap();
    assert!(fs::read_to_string(&csv).unwrap().contains(&format!(",{paper},")));
    let first = told["now"]["sections"][0]["paper_fm"].as_str().unwrap();
    assert!(fs::read_to_string(&svg).unwrap().contains(&format!(">{first}</text>")));
    let forecast = city.path("forecast.svg");
    let told = city.json("auditor", &["shelves", "forecast", "--years", "30", "--svg", &forecast]);
    let freed = told["all"]["years"].as_array().unwrap().iter().filter(|one| one["volumes"] != 0).count();
    assert!(freed > 1, "{told}");
    for picture in [&svg, &forecast] {
        match Command::new("xmllint").args(["--noout", picture]).output() {
            Ok(checked) => assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr)),
            Err(_) => eprintln!("xmllint is not there"),
        }
    }
}

#[test]
fn volumes_are_added_found_lent_and_returned() {
    let city = City::new(3);
    let file = city.open_file("道路占用 平成30年度");
    let label = "道-100";
    city.json("records", &["shelves", "volume", "add", &file, label, "--thickness", "80", "--box", "箱 7"]);
    let twice = city.output("records", &["shelves", "volume", "add", &file, label, "--thickness", "80"]);
    assert_eq!(twice.status.code(), Some(65));
    city.json("records", &["shelves", "volume", "lend", label, "--to", "見本花子", "--until", "2099-01-01"]);
    let lent = city.json("auditor", &["shelves", "lent"]);
    assert!(lent["lent"].as_array().unwrap().iter().any(|one| one["label"] == label && one["overdue"] == false));
    city.json("records", &["shelves", "volume", "return", label]);
    let shown = city.json("auditor", &["shelves", "volume", "show", label]);
    assert_eq!(
        (&shown["loan"], &shown["box"], &shown["title"]),
        (&Value::Null, &"箱 7".into(), &"道路占用 平成30年度".into())
    );
    city.json("records", &["shelves", "volume", "remove", label]);
    let gone = city.output("auditor", &["shelves", "volume", "show", label]);
    assert!(String::from_utf8_lossy(&gone.stderr).contains("label-not-found"));
}
