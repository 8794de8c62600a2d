//! The virus check: what it finds something in, and what it says nothing of, is not filed.

use super::records_killed::City;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

/// What every virus check finds, without being one; in two parts, so that none finds it here.
fn eicar() -> String {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"].concat()
}

/// Answers as a daemon does, for as long as the test runs; returns its address.
fn daemon(answer: impl Fn(&[u8]) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut command = [0; 10];
            stream.read_exact(&mut command).unwrap();
            assert_eq!(&command, b"zINSTREAM\0");
            let mut sent = Vec::new();
            loop {
                let mut length = [0; 4];
                stream.read_exact(&mut length).unwrap();
                let mut piece = vec![0; u32::from_be_bytes(length) as usize];
                if piece.is_empty() {
                    break;
                }
                stream.read_exact(&mut piece).unwrap();
                sent.extend(piece);
            }
            stream.write_all(answer(&sent).as_bytes()).unwrap();
        }
    });
    address
}

/// Names a virus check in the city's file.
fn checked_by(city: &City, address: &str) {
    let path = city.path("city/city.toml");
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("virus_check")).collect();
    fs::write(&path, format!("virus_check = \"{address}\"\n{}\n", lines.join("\n"))).unwrap();
}

#[test]
fn what_is_found_and_what_cannot_be_told_is_not_filed() {
    let city = City::new(9);
    let file = city.open_file("道路占用 平成30年度");
    let [clean, bad] = ["申請書.txt", "請求書.txt"].map(|name| city.path(name));
    fs::write(&clean, "見本の申請書\n".repeat(20_000)).unwrap();
    fs::write(&bad, eicar()).unwrap();
    let ingest = |path: &str| {
        let output = city.output("records", &["records", "ingest", path, "--file", &file]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let found = eicar();
    checked_by(
        &city,
        &daemon(move |sent| {
            let is_found = sent.windows(found.len()).any(|part| part == found.as_bytes());
            if is_found { "stream: Win.Test.EICAR_HDB-1 FOUND\0".to_owned() } else { "stream: OK\0".to_owned() }
        }),
    );
    assert_eq!(ingest(&clean).0, Some(0));
    let (status, told) = ingest(&bad);
    assert_eq!(status, Some(65));
    assert!(
        told.contains("[filing-infected]") && told.contains("EICAR_HDB-1") && told.contains("ウイルス検査"),
        "{told}"
    );
    for silent in ["INSTREAM size limit exceeded. ERROR\0", "", "stream: NOT OK\0", "stream: OK FOUND OK\0"] {
        checked_by(&city, &daemon(move |_| silent.to_owned()));
        let (status, told) = ingest(&clean);
        assert!(status == Some(69) && told.contains("[virus-check-unavailable]"), "{silent}: {status:?} {told}");
    }
    checked_by(&city, "unix:nowhere.ctl");
    assert_eq!(ingest(&clean).0, Some(69), "nobody there");
    for wrong in ["clamd", "127.0.0.1:clamd", "unix:"] {
        checked_by(&city, wrong);
        assert_ne!(ingest(&clean).0, Some(0), "{wrong}");
    }
    checked_by(&city, &daemon(|_| "stream: OK\0".to_owned()));
    let records = city.json("auditor", &["records", "search", "請求書"]);
    assert_eq!(records["records"], serde_json::json!([]), "nothing of it was filed");
}
