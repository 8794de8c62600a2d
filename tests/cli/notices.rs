//! `notices`: the queue of seals to extend, by command and by the service, over the demonstration's city.

use super::records_killed::City;
use crate::office::city::{PDF, TestClock, approver, clerk, notice, parts};
use fumikura::asn1::Certificate;
use fumikura::crypto::Signer;
use fumikura::digest::{DigestAlgorithm, Sha256Hex};
use fumikura::keystore::{DemoPkiFiles, KeyReference, open};
use fumikura::office::Office;
use fumikura::pki::issue::{CrlTemplate, Issuer, issue_crl};
use fumikura::time::Clock;
use jiff::ToSpan;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Issues the demonstration's revocation lists anew, as its authorities would the next day.
fn renew_lists(city: &City) {
    let files = DemoPkiFiles::below(Path::new(&city.path("city/keys/pki")));
    let now = fumikura::cli::SystemClock.now();
    for (certificate, key, list) in [
        (&files.root_certificate, &files.root_key, &files.root_crl),
        (&files.issuing_ca_certificate, &files.issuing_ca_key, &files.issuing_ca_crl),
    ] {
        let certificate = Certificate::from_file_bytes(&fs::read(certificate).unwrap()).unwrap().remove(0);
        let opened = open(&KeyReference::File(key.clone()), || None).unwrap();
        let (this_update, next_update) = (now, now + 24.hours());
        let template = CrlTemplate { this_update, next_update, number: 9, revoked: Vec::new(), more: Vec::new() };
        let signer: &dyn Signer = opened.signer.as_ref();
        let issuer = Issuer { name: certificate.subject_name(), signer, digest: DigestAlgorithm::Sha256 };
        fs::write(list, issue_crl(&template, issuer).unwrap().der()).unwrap();
    }
}

#[test]
fn what_waits_is_listed_tried_and_extended_when_the_lists_are_there() {
    let city = City::new(3);
    let pending = city.json("auditor", &["notices", "pending"]);
    let number = pending["pending"].as_array().unwrap().len();
    assert!(number > 0 && pending["pending"][0]["code"].is_null(), "{pending}");
    let refused = city.output("clerk", &["notices", "upgrade"]);
    assert_eq!(refused.status.code(), Some(65), "{}", String::from_utf8_lossy(&refused.stderr));
    let run = city.json("keeper", &["notices", "upgrade"]);
    assert_eq!((run["waiting"].as_array().unwrap().len(), run["upgraded"].as_array().unwrap().len()), (number, 0));
    let waits = city.json("auditor", &["notices", "pending"])["pending"][0].clone();
    assert_eq!((waits["code"].as_str(), waits["overdue"].as_bool()), (Some("pades-revocation-older"), Some(false)));
    assert!(waits["ja"].is_string() && waits["en"].is_string() && waits["next"].is_string(), "{waits}");
    // The lists' own clock counts in seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    renew_lists(&city);
    let run = city.json("keeper", &["notices", "upgrade"]);
    assert_eq!(run["upgraded"].as_array().unwrap().len(), number, "{run}");
    assert_eq!(city.json("auditor", &["notices", "pending"])["pending"], serde_json::json!([]));
}

#[test]
fn the_service_extends_by_itself() {
    let city = City::new(4);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    renew_lists(&city);
    let config = city.path("city/city.toml");
    let text = fs::read_to_string(&config).unwrap();
    let text: Vec<String> = text
        .lines()
        .map(|line| if line.starts_with("listen") { "listen = \"127.0.0.1:0\"".to_owned() } else { line.to_owned() })
        .collect();
    fs::write(&config, text.join("\n")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_fumikura"));
    command.args(["serve", "--config", &config]).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut serving = command.spawn().unwrap();
    let mut lines = BufReader::new(serving.stdout.take().unwrap()).lines();
    let told = lines.find_map(|line| line.ok().filter(|line| line.contains("extended: ")));
    serving.kill().unwrap();
    serving.wait().unwrap();
    assert!(told.is_some());
    assert_eq!(city.json("auditor", &["notices", "pending"])["pending"], serde_json::json!([]));
}

/// Puts so many approved notices on the keeper's desk.
async fn approve(city: &City, number: usize) {
    let elsewhere = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock::at(&fumikura::cli::SystemClock.now().to_string()));
    let mut parts = parts(elsewhere.path(), &clock).await;
    parts.store = super::place::store(Path::new(&city.path("city"))).await;
    let office = Office::new(parts);
    for _ in 0..number {
        let id = office.draft(&clerk(), notice("permit", PDF)).await.unwrap();
        office.submit(&clerk(), id).await.unwrap();
        office.approve(&approver(), id, &Sha256Hex::of(PDF)).await.unwrap();
    }
}

#[tokio::test]
async fn a_batch_is_frozen_released_killed_and_resumed() {
    let city = City::new(5);
    let nothing = city.output("keeper", &["notices", "freeze"]);
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("notice-bad-batch"));
    let refused = city.output("clerk", &["notices", "freeze"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("office-not-in-role"));
    approve(&city, 60).await;
    let list = city.json("keeper", &["notices", "freeze"]);
    let (batch, hash) = (list["batch"].as_str().unwrap(), list["list"].as_str().unwrap());
    assert_eq!((list["items"].as_array().unwrap().len(), list["open"].as_u64()), (60, Some(60)));
    let early = city.output("keeper", &["notices", "resume", batch]);
    assert!(String::from_utf8_lossy(&early.stderr).contains("notice-batch-state"));
    let wrong = city.output("keeper", &["notices", "release", batch, "--list", &"0".repeat(64)]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("notice-batch-list-differs"));

    let mut command = city.command("keeper", &["notices", "release", batch, "--list", hash]);
    let mut releasing = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // Killed as soon as some of it is sealed.
    let sealed = || city.json("auditor", &["notices", "batch", batch])["sealed"].as_u64().unwrap();
    while sealed() == 0 && releasing.try_wait().unwrap().is_none() {}
    releasing.kill().unwrap();
    releasing.wait().unwrap();
    let told = std::io::read_to_string(releasing.stderr.take().unwrap()).unwrap();
    let before = sealed();
    assert!(before > 0, "{told}");
    let again = city.output("keeper", &["notices", "release", batch, "--list", hash]);
    let told = String::from_utf8_lossy(&again.stderr);
    assert!(told.contains("notice-batch-state"), "the seal is released once: {told}");
    let done = city.json("keeper", &["notices", "resume", batch]);
    assert!(done["finished_at"].is_string());
    assert_eq!(
        (done["sealed"].as_u64(), done["refused"].as_u64(), done["open"].as_u64()),
        (Some(60), Some(0), Some(0))
    );
    let list = city.json("auditor", &["notices", "batch", batch]);
    let hashes: std::collections::BTreeSet<_> =
        list["items"].as_array().unwrap().iter().map(|item| item["sealed_sha256"].as_str().unwrap()).collect();
    assert_eq!(hashes.len(), 60, "each has its own seal");
    assert_eq!(city.json("auditor", &["notices", "batches"])["batches"].as_array().unwrap().len(), 1);
}
