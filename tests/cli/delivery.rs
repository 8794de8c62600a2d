//! `notices outbox`, `remind`, `uncollected`, `to-paper`, `print`, over the demonstration's city.

use super::records_killed::City;
use serde_json::json;
use std::fs;
use std::process::Command;

#[test]
fn a_notice_that_nobody_collected_goes_to_the_print_room_by_command() {
    let city = City::new(7);
    assert_eq!(city.json("auditor", &["notices", "outbox"]), json!({ "configured": false, "mails": [] }));
    assert_eq!(city.json("clerk", &["notices", "remind"]), json!({ "reminded": [] }));
    let waiting = city.json("clerk", &["notices", "uncollected"])["uncollected"][0].clone();
    assert_eq!((&waiting["state"], &waiting["overdue"]), (&json!("ISSUED"), &json!(false)), "{waiting}");
    let notice = waiting["notice"].as_str().unwrap();
    assert_eq!(city.json("clerk", &["notices", "to-paper", "--overdue"]), json!({ "to_paper": [] }));
    assert_eq!(city.output("clerk", &["notices", "to-paper"]).status.code(), Some(64));
    city.json("clerk", &["notices", "to-paper", notice, "--reason", "本人の希望"]);
    let refused = city.output("auditor", &["notices", "print", "-o", &city.path("no.zip")]);
    assert!(!refused.status.success() && !std::path::Path::new(&city.path("no.zip")).exists());
    let path = city.path("print.zip");
    let package = city.json("clerk", &["notices", "print", "-o", &path]);
    assert_eq!(package["items"][0]["notice"], notice);
    let id = package["package"].as_str().unwrap();
    let unzipped = Command::new("python3").args(["-m", "zipfile", "-t", &path]).output().unwrap();
    assert!(String::from_utf8_lossy(&unzipped.stdout).contains("Done testing"), "{unzipped:?}");
    let again = city.path("again.zip");
    city.json("clerk", &["notices", "print", "--again", id, "-o", &again]);
    assert_eq!(fs::read(&path).unwrap(), fs::read(&again).unwrap());
    let today = package["made_at"].as_str().unwrap().parse().map(fumikura::time::japanese_date).unwrap().to_string();
    city.json("clerk", &["notices", "printed", id, "--on", &today]);
    let posted = city.json("clerk", &["notices", "posted", id, "--on", &today]);
    assert_eq!(posted["posted_on"], today.as_str());
    let late = city.output("clerk", &["notices", "print", "--again", id, "-o", &city.path("late.zip")]);
    assert!(String::from_utf8_lossy(&late.stderr).contains("[notice-print-package-state]"));
}
