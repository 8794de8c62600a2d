//! `seal-batch`, run as a person runs it: both forms of the list, what it refuses, and kill -9 at any moment.

use crate::engine::openssl::Bench;
use crate::engine::pki::pki;
use fumikura::asn1::pem_encode;
use fumikura::digest::Sha256Hex;
use fumikura::pades::signatures;
use fumikura::pdf::{Limits, Pdf};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A folder with a key and so many different PDFs.
fn bench(number: usize) -> Bench {
    let bench = Bench::new();
    let name = "signer-rsa2048";
    bench.file("seal.crt", pem_encode("CERTIFICATE", pki().certificate(name).der()).as_bytes());
    bench.file("seal.key", pem_encode("PRIVATE KEY", pki().pkcs8(name)).as_bytes());
    bench.file("ca.crt", pem_encode("CERTIFICATE", pki().certificate("ca").der()).as_bytes());
    std::fs::create_dir(bench.path("out")).unwrap();
    for place in 0..number {
        bench.file(&format!("{place}.pdf"), pdf(place));
    }
    bench
}

/// A one-page PDF, other for each number.
fn pdf(number: usize) -> Vec<u8> {
    let text = format!("BT /F 12 Tf 40 700 Td (notice {number}) Tj ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R\
         /Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
            .to_owned(),
        format!("<</Length {}>>stream\n{text}\nendstream", text.len()),
    ];
    let (mut file, mut places) = (b"%PDF-1.7\n".to_vec(), Vec::new());
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).into_bytes());
    }
    let start = file.len();
    let rows: String = places.iter().map(|place| format!("{place:010} 00000 n \n")).collect();
    let end =
        format!("xref\n0 5\n0000000000 65535 f \n{rows}trailer<</Size 5/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n");
    [file, end.into_bytes()].concat()
}

fn csv(number: usize) -> String {
    let rows = (0..number).map(|place| format!("{place}.pdf,out/{place}.pdf,{}\n", Sha256Hex::of(&pdf(place))));
    format!("in,out,sha256\n{}", rows.collect::<String>())
}

fn command(bench: &Bench, list: &str, more: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
    command.args(["seal-batch", list, "--key", "file:seal.key", "--cert", "seal.crt", "--chain", "ca.crt"]);
    command.args(more.split_whitespace()).current_dir(bench.folder()).stdin(Stdio::null());
    command.env_remove("FUMIKURA_KEY_PASSPHRASE");
    command
}

/// Runs the command to its end; returns its status, its report where it printed one, and what it said.
fn run(bench: &Bench, list: &str, more: &str) -> (i32, Value, String) {
    let output = command(bench, list, &format!("--format json {more}")).output().unwrap();
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), report, String::from_utf8(output.stderr).unwrap())
}

fn counts(report: &Value) -> [u64; 4] {
    ["sealed", "kept", "refused", "left"].map(|name| report[name].as_u64().unwrap())
}

fn assert_sealed(bench: &Bench, number: usize) {
    for place in 0..number {
        let bytes = bench.read(&format!("out/{place}.pdf"));
        assert!(bytes.starts_with(&pdf(place)), "{place}: what was approved is what was sealed");
        let read = Pdf::read(bytes, &Limits::default()).unwrap();
        let found = signatures(&read);
        assert_eq!(found.len(), 1, "{place}: sealed once");
        assert!(found[0].coverage.as_ref().is_ok_and(|coverage| coverage.whole_file), "{place}");
    }
    let left = std::fs::read_dir(bench.path("out")).unwrap().count();
    assert_eq!(left, number, "nothing else is in the folder, nothing half-written");
}

#[test]
fn both_forms_of_a_list_are_sealed_and_a_second_run_changes_nothing() {
    let bench = bench(5);
    bench.file("list.csv", csv(5));
    let (status, report, said) = run(&bench, "list.csv", "--workers 3");
    assert_eq!((status, counts(&report)), (0, [5, 0, 0, 0]), "{said}");
    assert_sealed(&bench, 5);
    let before: Vec<_> = (0..5).map(|place| bench.read(&format!("out/{place}.pdf"))).collect();
    let (status, report, _) = run(&bench, "list.csv", "");
    assert_eq!((status, counts(&report)), (0, [0, 5, 0, 0]));
    let items = report["items"].as_array().unwrap();
    for (place, bytes) in before.iter().enumerate() {
        assert_eq!(*bytes, bench.read(&format!("out/{place}.pdf")));
        assert_eq!(items[place]["out_sha256"], Sha256Hex::of(bytes).as_str());
    }
    let other = self::bench(2);
    let line = |place: usize| {
        format!(
            "{{\"in\":\"{place}.pdf\",\"out\":\"out/{place}.pdf\",\"sha256\":\"{}\"}}\n",
            Sha256Hex::of(&pdf(place))
        )
    };
    other.file("list.jsonl", [line(0), line(1)].concat());
    assert_eq!(counts(&run(&other, "list.jsonl", "").1), [2, 0, 0, 0]);
    assert_sealed(&other, 2);
}

#[test]
fn one_items_fault_stops_no_other_and_nothing_is_overwritten() {
    let bench = bench(6);
    bench.file("list.csv", csv(6));
    bench.file("1.pdf", pdf(7));
    bench.file("out/2.pdf", "a stranger's");
    std::fs::remove_file(bench.path("3.pdf")).unwrap();
    let (status, report, said) = run(&bench, "list.csv", "");
    assert_eq!((status, counts(&report)), (65, [3, 0, 3, 0]), "{said}");
    let codes: Vec<&str> =
        report["items"].as_array().unwrap().iter().map(|item| item["code"].as_str().unwrap_or("-")).collect();
    assert_eq!(codes, ["-", "seal-input-differs", "seal-output-exists", "file-read", "-", "-"]);
    assert!(report["items"][1]["ja"].is_string());
    assert_eq!(bench.read("out/2.pdf"), b"a stranger's");
    // What was wrong is put right; an output that was changed afterwards is told, and left.
    bench.file("1.pdf", pdf(1));
    bench.file("3.pdf", pdf(3));
    std::fs::remove_file(bench.path("out/2.pdf")).unwrap();
    bench.file("out/0.pdf", "changed");
    let (status, report, _) = run(&bench, "list.csv", "");
    assert_eq!((status, counts(&report)), (65, [3, 2, 1, 0]));
    assert_eq!(
        (report["items"][0]["code"].as_str(), bench.read("out/0.pdf")),
        (Some("seal-output-exists"), b"changed".to_vec())
    );
    std::fs::remove_file(bench.path("out/0.pdf")).unwrap();
    assert_eq!(run(&bench, "list.csv", "").0, 0);
    assert_sealed(&bench, 6);
}

#[test]
fn lists_that_make_no_sense_are_refused_whole() {
    let bench = bench(1);
    let hash = Sha256Hex::of(&pdf(0));
    for (list, what) in [
        (String::new(), "empty"),
        ("in,out,sha256\n".to_owned(), "empty"),
        ("in,out,sha256\n0.pdf,out/0.pdf,12\n".to_owned(), "64"),
        (format!("in,out\n0.pdf,{hash}\n"), "sha256"),
        (format!("in,out,sha256\n0.pdf,out/0.pdf,{hash}\n0.pdf,out/0.pdf,{hash}\n"), "twice"),
        (format!("in,out,sha256\n0.pdf,0.pdf,{hash}\n"), "both read and written"),
        ("{\"in\":\"0.pdf\"}\n".to_owned(), "line 1"),
    ] {
        bench.file("list", &list);
        let (status, _, said) = run(&bench, "list", "");
        assert!(status == 65 && said.contains("seal-list") && said.contains(what), "{list}: {said}");
    }
    assert!(!bench.path("list.journal").exists() && !bench.path("out/0.pdf").exists());
}

#[test]
fn a_journal_of_something_else_is_not_gone_on_with() {
    let bench = bench(2);
    bench.file("list.csv", csv(1));
    assert_eq!(run(&bench, "list.csv", "").0, 0);
    bench.file("list.csv", csv(2));
    let (status, _, said) = run(&bench, "list.csv", "");
    assert!(status == 65 && said.contains("seal-list-changed"), "{said}");
    bench.file("list.csv", csv(1));
    let torn = [bench.read("list.csv.journal"), b"{\"item\":1,\"sta".to_vec()].concat();
    bench.file("list.csv.journal", &torn);
    assert_eq!(counts(&run(&bench, "list.csv", "").1), [0, 1, 0, 0], "a line that was being written says nothing");
    let damaged = String::from_utf8(bench.read("list.csv.journal")).unwrap().replacen("sealed", "sealde", 1);
    bench.file("list.csv.journal", damaged);
    assert_eq!(run(&bench, "list.csv", "").0, 65, "a damaged line is no line that was not there");
}

#[test]
fn a_silent_authority_breaks_the_run_off() {
    let bench = bench(4);
    bench.file("list.csv", csv(4));
    let (status, report, said) = run(&bench, "list.csv", "--level b-t --tsa http://127.0.0.1:1/ --workers 1");
    assert_eq!((status, counts(&report)), (69, [0, 0, 0, 4]), "{said}");
    assert_eq!(std::fs::read_dir(bench.path("out")).unwrap().count(), 0);
}

#[test]
fn two_hundred_killed_again_and_again_are_each_sealed_once() {
    let bench = bench(200);
    bench.file("list.csv", csv(200));
    let (mut killed, mut made) = (0, BTreeMap::new());
    for round in 0..200u64 {
        let mut child = command(&bench, "list.csv", "--workers 2").stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(25 + round * 53 % 190));
        let was_alive = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        killed += usize::from(was_alive);
        for place in 0..200 {
            let Ok(bytes) = std::fs::read(bench.path(&format!("out/{place}.pdf"))) else { continue };
            let hash = Sha256Hex::of(&bytes);
            assert_eq!(*made.entry(place).or_insert_with(|| hash.clone()), hash, "{place}: an output never changes");
        }
        if !was_alive {
            break;
        }
    }
    assert!(killed > 2, "killed {killed} times");
    let (status, report, said) = run(&bench, "list.csv", "");
    assert_eq!(status, 0, "{said}");
    let [sealed, kept, refused, left] = counts(&report);
    assert_eq!((sealed + kept, refused, left), (200, 0, 0));
    assert!(kept >= made.len() as u64, "what was there is not made again");
    let names = std::fs::read_dir(bench.path("out")).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = names.filter(|name| name.to_string_lossy().contains("partial")).collect();
    assert!(left.is_empty(), "a run takes away what a killed one left: {left:?}");
    assert_sealed(&bench, 200);
}
