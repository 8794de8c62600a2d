//! A file that is sent to be verified leaves nothing behind: no byte of it on the disk, no name of it in the log.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};

/// What stands in the file and in its name, and nowhere else.
const MARK: &str = "Kokuhatsu-7f3a91c2-himitsu";

#[test]
fn an_upload_is_neither_stored_nor_logged() {
    let folder = tempfile::tempdir().unwrap();
    let (city, log) = (folder.path().join("city"), folder.path().join("log"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
    command.args(["demo", "--port", "0", "--dir"]).arg(&city).env("RUST_LOG", "trace").env_remove("FUMIKURA_ENGINE");
    command.env("TMPDIR", folder.path()).stdout(Stdio::piped()).stderr(std::fs::File::create(&log).unwrap());
    let mut program = command.spawn().unwrap();
    let mut account = BufReader::new(program.stdout.take().unwrap());
    let (mut told, mut line) = (String::new(), String::new());
    while !line.starts_with("http://") {
        line.clear();
        assert!(account.read_line(&mut line).unwrap() > 0, "the service starts");
        told.push_str(&line);
    }
    let host = line.trim_start_matches("http://").split('/').next().unwrap().to_owned();

    let page = ask(&host, "GET /verify HTTP/1.1\r\n", b"");
    let cookie = between(&page, "set-cookie: ", ";");
    let token = between(&page, "name=\"token\" value=\"", "\"");
    let pdf = format!("%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n% {MARK}\n");
    let notice = include_bytes!("../data/pdf/libreoffice.pdf");
    let marked = [notice.as_slice(), format!("\n% {MARK}\n").as_bytes()].concat();
    for file in [pdf.as_bytes(), &marked, MARK.as_bytes()] {
        let mut body =
            format!("--edge\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n{token}\r\n").into_bytes();
        let head = "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=";
        body.extend(format!("{head}\"{MARK}.pdf\"\r\nContent-Type: application/pdf\r\n\r\n").bytes());
        body.extend(file);
        body.extend(b"\r\n--edge--\r\n");
        let head = format!(
            "POST /verify HTTP/1.1\r\ncookie: {cookie}\r\ncontent-type: multipart/form-data; boundary=edge\r\n"
        );
        let answer = ask(&host, &format!("{head}content-length: {}\r\n", body.len()), &body);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    // What is asked about a paper is in no log either, by either way.
    let asked = ask(&host, &format!("GET /verify/paper?n={MARK}&c=00aa11bb22cc33dd HTTP/1.1\r\n"), b"");
    assert!(asked.starts_with("HTTP/1.1 200"), "{asked}");
    let body = format!("token={token}&number={MARK}&confirmation=00aa11bb22cc33dd");
    let head = "content-type: application/x-www-form-urlencoded\r\n";
    let head = format!("POST /verify/paper HTTP/1.1\r\ncookie: {cookie}\r\n{head}content-length: {}\r\n", body.len());
    assert!(ask(&host, &head, body.as_bytes()).starts_with("HTTP/1.1 200"));
    let hash = fumikura::digest::Sha256Hex::of(&marked).to_string();
    holds_nothing(folder.path(), &[MARK, &hash, "00aa11bb22cc33dd"]);
    program.kill().unwrap();
    program.wait().unwrap();
    account.read_to_string(&mut told).unwrap();
    assert!(!told.contains(MARK) && !told.contains(&hash), "{told}");
    holds_nothing(folder.path(), &[MARK, &hash]);
}

fn holds_nothing(folder: &Path, marks: &[&str]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holds_nothing(&path, marks);
            continue;
        }
        let content = std::fs::read(&path).unwrap();
        for mark in marks {
            assert!(!path.to_string_lossy().contains(mark), "{}", path.display());
            assert!(memchr::memmem::find(&content, mark.as_bytes()).is_none(), "{} holds it", path.display());
        }
    }
}

fn ask(host: &str, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.write_all(format!("{head}host: {host}\r\nconnection: close\r\n\r\n").as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before:?} is missing in:\n{text}"));
    rest.split(after).next().unwrap_or_default().to_owned()
}
