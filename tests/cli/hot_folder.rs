//! A folder that scanners write to: what is whole is filed once, whatever is killed when; what is not, waits.

use super::records_killed::City;
use super::workers::Service;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);

/// Tells the city of a hot folder for a new record file; returns both.
fn with_a_folder(city: &City) -> (PathBuf, String) {
    let file = city.open_file("道路占用 平成30年度");
    let folder = PathBuf::from(city.path("scans"));
    fs::create_dir(&folder).unwrap();
    let path = city.path("city/city.toml");
    let text = fs::read_to_string(&path).unwrap();
    let (before, listen) = text.split_once("listen = \"").unwrap();
    let (_, after) = listen.split_once('"').unwrap();
    let intake = format!(
        "\n[[intake]]\nfolder = \"{}\"\nfile = \"{file}\"\naccount = \"records\"\nstraight = true\nsettled_seconds = 5\n",
        folder.display()
    );
    fs::write(&path, format!("{before}listen = \"127.0.0.1:0\"{after}{intake}")).unwrap();
    (folder, file)
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.map(|entry| entry.unwrap()).filter(|entry| entry.file_type().unwrap().is_file());
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    // What is being written under another name is not there yet.
    names.retain(|name| !name.ends_with(".partial"));
    names.sort();
    names
}

pub(super) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Returns how many records of a file have each title.
fn titles(city: &City, file: &str) -> BTreeMap<String, usize> {
    let found = city.json("auditor", &["records", "search", ""]);
    let mut titles = BTreeMap::new();
    for record in found["records"].as_array().unwrap().iter().filter(|record| record["file"] == file) {
        *titles.entry(record["title"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    titles
}

#[test]
fn what_is_whole_is_filed_and_what_is_not_waits_or_is_refused_with_its_reason() {
    let city = City::new(8);
    let (folder, file) = with_a_folder(&city);
    let pdf = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pdf/table-1.4.pdf")).unwrap();
    let service = Service::start(&city);
    fs::write(folder.join("申請書.pdf"), &pdf).unwrap();
    fs::write(folder.join("写真.bin"), b"\xff\xd8\xff\xe0\x00\x10JFIF\x00").unwrap();
    fs::write(folder.join("空.pdf"), b"").unwrap();
    fs::write(folder.join("途中.pdf.part"), &pdf).unwrap();
    fs::write(folder.join(".隠し"), &pdf).unwrap();
    std::os::unix::fs::symlink(city.path("accounts.txt"), folder.join("よそ.txt")).unwrap();
    // A scanner that is slow: half of it, and no end.
    let mut slow = File::create(folder.join("遅い.pdf")).unwrap();
    slow.write_all(&pdf[..pdf.len() / 2]).unwrap();
    slow.sync_all().unwrap();
    until("what is whole is filed", || names(&folder.join("done")) == ["写真.bin", "申請書.pdf"]);
    until("what is empty is refused", || names(&folder.join("refused")) == ["空.pdf", "空.pdf.reason.txt"]);
    let reason = fs::read_to_string(folder.join("refused/空.pdf.reason.txt")).unwrap();
    assert!(reason.contains("もう一度スキャンしてください") && reason.contains("[intake-empty]"), "{reason}");
    assert_eq!(names(&folder), [".隠し", "途中.pdf.part", "遅い.pdf"], "what is not whole stays");
    slow.write_all(&pdf[pdf.len() / 2..]).unwrap();
    drop(slow);
    until("the slow one is filed once it is whole", || names(&folder.join("done")).len() == 3);
    // The same again under its name is there already; under another name it is another document.
    fs::write(folder.join("申請書.pdf"), &pdf).unwrap();
    fs::write(folder.join("申請書 控え.pdf"), &pdf).unwrap();
    until("both are taken", || names(&folder.join("done")).len() == 5);
    drop(service);
    let filed = titles(&city, &file);
    let expected = ["写真", "申請書", "申請書 控え", "遅い"].map(|title| (title.to_owned(), 1));
    assert_eq!(filed, expected.into());
    let found = city.json("auditor", &["records", "search", "写真"]);
    let record = city.json("auditor", &["records", "show", found["records"][0]["record"].as_str().unwrap()]);
    assert_eq!(record["media_type"], "image/jpeg", "by its content");

    let today = record["created"].as_str().unwrap();
    city.json("records", &["records", "close", &file, "--completed", today]);
    let service = Service::start(&city);
    fs::write(folder.join("遅すぎ.txt"), "本文").unwrap();
    let reason = "遅すぎ.txt.reason.txt".to_owned();
    until("a closed file takes no more", || names(&folder.join("refused")).contains(&reason));
    drop(service);
    assert!(fs::read_to_string(folder.join("refused/遅すぎ.txt.reason.txt")).unwrap().contains("filing-file-closed"));
    city.assert_clean();
}

#[test]
fn a_service_that_is_killed_again_and_again_files_each_document_once() {
    let city = City::new(8);
    let (folder, file) = with_a_folder(&city);
    for number in 0..40 {
        fs::write(folder.join(format!("文書{number:02}.txt")), format!("見本 {number}\n").repeat(2000)).unwrap();
    }
    // Killed when it has begun, a little later each time.
    for pause in [0, 150, 400] {
        let before = names(&folder.join("done")).len();
        let service = Service::start(&city);
        until("something is taken", || names(&folder.join("done")).len() > before);
        std::thread::sleep(Duration::from_millis(pause));
        drop(service);
    }
    let service = Service::start(&city);
    until("all is taken", || names(&folder).is_empty());
    drop(service);
    let filed = titles(&city, &file);
    assert_eq!((filed.len(), names(&folder.join("done")).len()), (40, 40));
    assert!(filed.values().all(|records| *records == 1), "{filed:?}");
    let clean: Value = city.assert_clean();
    assert_eq!(clean["findings"], serde_json::json!([]));
}

#[test]
fn what_is_done_goes_where_no_link_leads() {
    let city = City::new(23);
    let (folder, file) = with_a_folder(&city);
    let elsewhere = PathBuf::from(city.path("elsewhere"));
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, folder.join("done")).unwrap();
    fs::write(city.path("secret"), "とても秘密").unwrap();
    std::os::unix::fs::symlink(city.path("secret"), folder.join("link.txt")).unwrap();
    let service = Service::start(&city);
    fs::write(folder.join("document.txt"), "見本文書").unwrap();
    until("the document is filed", || titles(&city, &file).get("document") == Some(&1));
    std::thread::sleep(Duration::from_secs(1));
    assert!(names(&elsewhere).is_empty() && names(&folder) == ["document.txt"], "it stays where it was");
    fs::remove_file(folder.join("done")).unwrap();
    until("it is moved", || names(&folder.join("done")) == ["document.txt"]);
    assert_eq!(titles(&city, &file), [("document".to_owned(), 1)].into(), "filed once, and the link never");
    assert!(names(&elsewhere).is_empty());
    drop(service);
}
