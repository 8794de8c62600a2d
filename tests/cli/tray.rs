//! A stack on a scanner, the whole way: it comes apart, is looked at and filed, whatever is killed when; each document once.

use super::hot_folder::{names, until};
use super::records_killed::City;
use super::workers::Service;
use crate::imaging::paper::{Sheet, pdf};
use fumikura::id::RecordFileId;
use fumikura::scans::CoverSheet;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// The resolution of the pages: what is asked at the least.
const DPI: f64 = 200.0;

/// Tells the city of a hot folder; no text is read, as that takes its time.
fn with_a_folder(city: &City) -> PathBuf {
    let folder = PathBuf::from(city.path("scans"));
    fs::create_dir(&folder).unwrap();
    let path = city.path("city/city.toml");
    let text = fs::read_to_string(&path).unwrap();
    let (before, listen) = text.split_once("listen = \"").unwrap();
    let (_, after) = listen.split_once('"').unwrap();
    let intake = format!(
        "\n[[intake]]\nfolder = \"{}\"\naccount = \"records\"\ndevice = \"複合機\"\nsettled_seconds = 5\n\n[programs]\n\
         tesseract = \"\"\nsoffice = \"\"\n",
        folder.display()
    );
    fs::write(&path, format!("{before}listen = \"127.0.0.1:0\"{after}{intake}")).unwrap();
    folder
}

fn page(text: &str) -> Sheet {
    let mut page = Sheet::a4(DPI);
    page.level(text, 22.0, 20.0, 8.0);
    page.notice(12, 5.0, text.len());
    page.table(22.0, 180.0, 4, 6);
    page
}

fn cover(file: &str, number: u8) -> Sheet {
    let file: RecordFileId = file.parse().unwrap();
    Sheet::cover(&CoverSheet { file, pages: Some(1), sheet: [number; 8] }, DPI)
}

fn waiting(city: &City, state: Option<&str>) -> Vec<Value> {
    let mut words = vec!["tray", "list"];
    words.extend(state.map(|state| ["--state", state]).iter().flatten());
    let listed = city.json("manager1", &words);
    // The demonstration has something of its own there.
    let ours = |one: &&Value| one["title"].as_str().unwrap().starts_with("束");
    listed["tray"].as_array().unwrap().iter().filter(ours).cloned().collect()
}

#[test]
fn a_stack_is_filed_document_by_document_though_everything_is_killed_again_and_again() {
    let city = City::new(9);
    let folder = with_a_folder(&city);
    let files = [city.open_file("道路占用 令和8年度"), city.open_file("道路工事 令和8年度")];
    let mut stack = Vec::new();
    for number in 0..4 {
        stack.push(cover(&files[usize::from(number % 2)], number + 1));
        stack.push(page(&format!("No. {number}")));
    }
    fs::write(folder.join("束.pdf"), pdf(&stack)).unwrap();
    // Killed while it takes the stack, looks at it, takes it apart, and makes what is made of its parts.
    for pause in [11_000, 1_500, 2_500, 4_000] {
        let service = Service::start(&city);
        std::thread::sleep(Duration::from_millis(pause));
        drop(service);
    }
    let service = Service::start(&city);
    until("the stack is taken", || names(&folder.join("done")) == ["束.pdf"]);
    until("all of it waits for the second person", || waiting(&city, Some("to-check")).len() == 4);
    until("the stack is gone", || waiting(&city, None).len() == 4);
    drop(service);

    for view in waiting(&city, Some("to-check")) {
        let (id, file) = (view["id"].as_str().unwrap(), view["file"].as_str().unwrap());
        let refused = city.output("records", &["tray", "accept", id, "--looked-at", "all"]);
        assert!(String::from_utf8_lossy(&refused.stderr).contains("tray-same-person"), "{refused:?}");
        // Killed when it has begun, then done again: it is filed once.
        let mut begun = city.command("manager1", &["tray", "accept", id, "--looked-at", "all"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(700));
        let _ = begun.kill();
        let _ = begun.wait();
        city.output("manager1", &["tray", "accept", id, "--looked-at", "all"]);
        city.json("manager1", &["tray", "work"]);
        let found = city.json("auditor", &["records", "search", "束"]);
        let there = found["records"].as_array().unwrap().iter().filter(|record| record["file"] == file).count();
        assert!(there >= 1, "{found}");
    }
    let found = city.json("auditor", &["records", "search", "束"]);
    assert_eq!(found["records"].as_array().unwrap().len(), 4, "{found}");
    assert_eq!(waiting(&city, None), [] as [Value; 0]);
    assert_eq!(city.json("records", &["papers", "list"])["papers"].as_array().unwrap().len(), 4);
    let clean = city.assert_clean();
    assert_eq!(clean["findings"], serde_json::json!([]));
}
