//! Evidence records over a million leaves: the tree, its timestamp, every record, and their renewal, beside digesting the same
//! bytes in the same run.
//!
//! `cargo bench --bench evidence` prints seconds, once each, and the sizes of one record. `FUMIKURA_LEAVES` sets how many leaves
//! (default 1,000,000) of how many bytes `FUMIKURA_BYTES` (default 1,024): what is proven is made as it is digested, and kept nowhere.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a bench stops where anything is wrong")]

mod hall;

use fumikura::cli::{SystemClock, SystemEntropy};
use fumikura::digest::{Digest, DigestAlgorithm};
use fumikura::evidence::{EvidenceRecord, HashTreeBuilder, Leaf, StampedTree, TimestampRenewal};
use fumikura::tsp::{Authority, AuthorityOptions, LocalSource, TimestampRequest, TimestampSource, TimestampToken};
use hall::{Hall, timed};
use std::sync::Arc;

const SHA256: DigestAlgorithm = DigestAlgorithm::Sha256;

fn main() {
    // `cargo test --benches` only wants to know that it builds.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let leaves = number("FUMIKURA_LEAVES", 1_000_000);
    let source = source(&Hall::new());
    println!("{leaves} leaves, SHA-256, one core; a timestamp by RSA-2048 in the same process");
    let digests = digests(leaves, number("FUMIKURA_BYTES", 1_024));
    let tree = tree(&digests, &source);
    reduce(&tree, &digests);
    renew(&tree, &digests, &source);
    sizes(&digests, &source);
}

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn say(what: &str, milliseconds: f64) {
    println!("  {what:<56} {:>8.2} s   {:>7} MB held at most", milliseconds / 1e3, peak_megabytes());
}

fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn source(hall: &Hall) -> LocalSource {
    let options = AuthorityOptions::with_policy(fumikura::asn1::Oid::new("1.3.6.1.4.1.55555.2.1").unwrap());
    let authority = Arc::new(Authority::new(hall.tsa(), options).unwrap());
    LocalSource::new(authority, Arc::new(SystemClock), Arc::new(SystemEntropy::default()))
}

/// Digests what is to be proven.
fn digests(leaves: usize, bytes: usize) -> Vec<[u8; 32]> {
    let (mut object, mut digests) = (vec![7_u8; bytes], Vec::with_capacity(leaves));
    let time = timed(|| {
        for number in 0..leaves as u64 {
            object[..8].copy_from_slice(&number.to_le_bytes());
            digests.push(fumikura::digest::sha256(&object));
        }
    });
    say(&format!("digesting the data, {bytes} bytes each"), time);
    digests
}

fn leaf(digest: &[u8; 32]) -> Leaf {
    Leaf::of(&Digest { algorithm: SHA256, bytes: digest.to_vec() })
}

fn tree(digests: &[[u8; 32]], source: &LocalSource) -> StampedTree {
    let mut stamped = None;
    let time = timed(|| {
        let mut builder = HashTreeBuilder::new(SHA256);
        for digest in digests {
            builder.push(&leaf(digest)).unwrap();
        }
        let tree = builder.finish().unwrap();
        let token = token(source, &tree.root(), true);
        stamped = Some(StampedTree::new(tree, &token).unwrap());
    });
    say("tree and timestamp", time);
    stamped.unwrap()
}

fn token(source: &LocalSource, digest: &Digest, wants_certificate: bool) -> TimestampToken {
    let request = TimestampRequest { wants_certificate, ..TimestampRequest::new(digest, [7; 16]) };
    let answer = source.timestamp(&request.to_der()).unwrap();
    fumikura::tsp::TimestampResponse::parse(&answer).unwrap().accept(&request).unwrap()
}

/// Makes every record, one after another.
fn reduce(tree: &StampedTree, digests: &[[u8; 32]]) {
    let mut bytes = 0;
    let time = timed(|| {
        bytes =
            (0..).zip(digests).map(|(place, digest)| tree.record(place, &leaf(digest)).unwrap().to_der().len()).sum();
    });
    say(&format!("every record written, {} MB in all", bytes >> 20), time);
}

/// Renews the timestamp of every record; they share one, and so one leaf. Then as if each had its own.
fn renew(tree: &StampedTree, digests: &[[u8; 32]], source: &LocalSource) {
    let record = |place: usize| tree.record(place, &leaf(&digests[place])).unwrap().to_der();
    let mut bytes = 0;
    let time = timed(|| {
        let mut renewal = TimestampRenewal::new(SHA256);
        renewal.add(&EvidenceRecord::parse(&record(0)).unwrap()).unwrap();
        let root = renewal.finish().unwrap();
        let token = token(source, &root.root(), true);
        let renewed = StampedTree::new(root, &token).unwrap();
        bytes = (0..digests.len())
            .map(|place| {
                let read = EvidenceRecord::parse(&record(place)).unwrap();
                renewed.renew_timestamp(&read, 0).unwrap().to_der().len()
            })
            .sum();
    });
    say(&format!("every record made, read and renewed, {} MB in all", bytes >> 20), time);
    let time = timed(|| {
        let mut builder = HashTreeBuilder::new(SHA256);
        for digest in digests {
            builder.push(&Leaf::of(&SHA256.digest(digest))).unwrap();
        }
        token(source, &builder.finish().unwrap().root(), true);
    });
    say("renewal of as many timestamps, each of its own", time);
}

/// Prints the sizes of the record of one leaf.
fn sizes(digests: &[[u8; 32]], source: &LocalSource) {
    println!("\none record, in bytes");
    let mut builder = HashTreeBuilder::new(SHA256);
    for digest in digests {
        builder.push(&leaf(digest)).unwrap();
    }
    let tree = builder.finish().unwrap();
    for (name, wants) in [("RSA-2048, certificates not asked for", false), ("RSA-2048, with certificates", true)] {
        let token = token(source, &tree.root(), wants);
        let own = token.der().len();
        let stamped = StampedTree::new(tree.clone(), &token).unwrap();
        let whole = stamped.record(0, &leaf(&digests[0])).unwrap().to_der().len();
        println!("  {name:<40} {whole:>6} in all, {own:>6} the token, {:>6} the rest", whole - own);
    }
}
