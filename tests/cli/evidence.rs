//! `evidence`, run as a person runs it: made, shown, verified, renewed in both ways, and refused.

use super::keys::{run, with_files};
use super::tsa::{Serving, tsa};
use crate::engine::openssl::Bench;
use fumikura::evidence::EvidenceRecord;
use serde_json::Value;

const TRUST: &str = "--tsa-trust root.crt --crl ca.crl --crl root.crl";

/// A folder with files, keys and an authority that answers.
fn hall() -> (Bench, Serving, String) {
    let bench = with_files(&["root", "ca", "tsa", "unknown-root"]);
    for name in ["a", "b", "c", "d", "e"] {
        bench.file(&format!("{name}.txt"), format!("文書 {name}"));
    }
    let (serving, address) = tsa(&bench, "");
    (bench, serving, address)
}

fn json(bench: &Bench, arguments: &str) -> (i32, Value) {
    let (status, out, said) = run(bench, &format!("evidence {arguments} --format json"));
    let document = serde_json::from_str(&out);
    (status, document.unwrap_or_else(|_| panic!("{arguments}: {out}{said}")))
}

fn good(bench: &Bench, arguments: &str) -> String {
    let (status, out, said) = run(bench, &format!("evidence {arguments}"));
    assert_eq!(status, 0, "{arguments}: {out}{said}");
    out
}

#[test]
fn the_schema_of_the_report_is_published() {
    let bench = with_files(&[]);
    let (status, out, _) = run(&bench, "evidence verify --schema");
    let schema: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((status, schema["$defs"]["archive_timestamp"]["type"].as_str()), (0, Some("object")));
    assert_eq!(run(&bench, "evidence verify").0, 64, "a record is needed without");
}

#[test]
fn records_are_made_verified_and_renewed_in_both_ways() {
    let (bench, _serving, address) = hall();
    let made = good(&bench, &format!("make a.txt b.txt c.txt d.txt e.txt --tsa {address} -o made"));
    assert_eq!(made.lines().count(), 5);
    let verify = |record: &str, data: &str| json(&bench, &format!("verify {record} --data {data} {TRUST}"));
    let (status, report) = verify("made/c.txt.ers", "c.txt");
    assert_eq!((status, report["indication"].as_str()), (0, Some("TOTAL-PASSED")), "{report:#}");
    assert_eq!(report["timestamps"][0]["lists"], 3);
    assert_eq!(report["lasts"]["until"], "2031-01-01T00:00:00Z");
    let (status, report) = verify("made/c.txt.ers", "e.txt");
    assert_eq!((status, report["sub_indication"].as_str()), (1, Some("HASH_FAILURE")));
    assert_eq!((&report["decided_by"]["chain"], &report["decided_by"]["object"]), (&Value::from(1), &Value::from(1)));
    let (status, report) = json(&bench, "verify made/c.txt.ers --data c.txt");
    assert_eq!((status, report["indication"].as_str()), (2, Some("INDETERMINATE")), "nobody is believed");

    good(&bench, &format!("renew made/a.txt.ers made/b.txt.ers made/c.txt.ers --tsa {address} -o again {TRUST}"));
    let (status, report) = verify("again/b.txt.ers", "b.txt");
    assert_eq!((status, report["timestamps"].as_array().map(Vec::len)), (0, Some(2)), "{report:#}");
    let completed = EvidenceRecord::parse(&bench.read("again/b.txt.ers")).unwrap();
    let first = fumikura::tsp::TimestampToken::parse(&completed.chains[0][0].timestamp).unwrap();
    assert_eq!(first.signed_data.crls.len(), 2, "the lists that the first timestamp rests on stand beside it");

    let renewed = format!("renew again/a.txt.ers again/b.txt.ers --tsa {address} -o sha512 --digest sha512");
    good(&bench, &format!("{renewed} --data a.txt b.txt c.txt"));
    let (status, report) = verify("sha512/a.txt.ers", "a.txt");
    assert_eq!((status, report["timestamps"][2]["digest"].as_str()), (0, Some("SHA-512")), "{report:#}");
    assert_eq!(verify("sha512/a.txt.ers", "e.txt").0, 1);
    let shown = good(&bench, "show sha512/a.txt.ers");
    assert!(shown.contains("chain 1, timestamp 2") && shown.contains("chain 2, timestamp 1"), "{shown}");
    let (status, facts) = json(&bench, "show sha512/a.txt.ers");
    assert_eq!((status, facts["timestamps"].as_array().map(Vec::len)), (0, Some(3)));
}

#[test]
fn a_group_has_one_record() {
    let (bench, _serving, address) = hall();
    assert_eq!(good(&bench, &format!("make a.txt b.txt --group --tsa {address} -o made")), "made/a.txt.ers\n");
    let text = good(&bench, &format!("verify made/a.txt.ers --data a.txt b.txt {TRUST}"));
    assert!(text.contains("TOTAL-PASSED") && text.contains("存在が証明された時刻"), "{text}");
    assert_eq!(run(&bench, &format!("evidence verify made/a.txt.ers --data a.txt c.txt {TRUST}")).0, 1);
}

#[test]
fn what_cannot_be_done_is_refused_with_its_code_and_nothing_is_written() {
    let (bench, _serving, address) = hall();
    good(&bench, &format!("make a.txt b.txt --tsa {address} -o made"));
    let mut broken = bench.read("made/a.txt.ers");
    // A hash of the first list.
    let place = broken.windows(2).position(|pair| pair == [0x04, 0x20]).expect("a hash") + 5;
    broken[place] ^= 1;
    bench.file("broken.ers", broken);
    bench.file("none.ers", "nothing of the kind");
    std::fs::create_dir(bench.path("more")).unwrap();
    bench.file("more/a.txt", "another");
    for (arguments, status, code) in [
        ("verify none.ers --data a.txt".to_owned(), 65, "evidence-not-readable"),
        ("show missing.ers".to_owned(), 65, "file-read"),
        (format!("make a.txt more/a.txt --tsa {address} -o out"), 64, "evidence-same-name"),
        ("make a.txt --tsa http://127.0.0.1:1/ -o out".to_owned(), 69, "tsp-unavailable"),
        (format!("make a.txt missing.txt --tsa {address} -o out"), 65, "file-read"),
        (format!("renew broken.ers --tsa {address} -o out"), 65, "evidence-unsound"),
        (format!("renew made/a.txt.ers --tsa {address} -o made"), 65, "output-is-input"),
        (format!("renew made/a.txt.ers --tsa {address} -o out --tsa-trust unknown-root.crt"), 65, "evidence-unsound"),
        (
            format!("renew made/a.txt.ers --tsa {address} -o out --digest sha512 --data c.txt"),
            65,
            "evidence-other-data",
        ),
    ] {
        let (found, _, said) = run(&bench, &format!("evidence {arguments}"));
        assert_eq!(found, status, "{arguments}: {said}");
        assert!(said.contains(code), "{arguments}: {said}");
        let written = std::fs::read_dir(bench.path("out")).map_or(0, Iterator::count);
        assert_eq!(written, 0, "{arguments}");
    }
    assert_eq!(run(&bench, &format!("evidence renew made/a.txt.ers --tsa {address} -o out --digest sha512")).0, 64);
    let (status, _, said) = run(&bench, &format!("evidence verify broken.ers --data a.txt {TRUST}"));
    assert_eq!(status, 1, "{said}");
}
