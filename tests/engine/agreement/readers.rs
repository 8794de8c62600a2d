//! Certificates, revocation lists, OCSP responses and SignedData that other projects' packages ship: each is read here and
//! by pyca/cryptography with asn1crypto, and what both read must say the same. `tests/data/readers.toml` names who differs.

use super::shipped::foreign;
use crate::engine::pades::interop::{python, run, said};
use crate::engine::vectors::vectors;
use fumikura::asn1::{Certificate, CertificateList, OcspResponse, OcspStatus};
use fumikura::cms::SignedData;
use fumikura::digest::hex;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

type Facts = BTreeMap<String, String>;

#[derive(Deserialize)]
struct Line {
    file: String,
    kind: String,
    der: String,
    facts: Option<Facts>,
    why: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    exception: Vec<Exception>,
}

/// What is read by one side only, or read differently, and why that is right.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    /// `we-refuse`, `we-read` or `differs`.
    answer: String,
    files: Vec<String>,
    why: String,
}

fn facts<const N: usize>(all: [(&str, String); N]) -> Facts {
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn certificate(der: &[u8]) -> Result<Facts, String> {
    let read = Certificate::from_der(der).map_err(|error| error.to_string())?;
    let serial = read.serial_hex().trim_start_matches('0').to_owned();
    Ok(facts([
        ("serial", if serial.is_empty() { "0".into() } else { serial }),
        ("subject", hex(read.subject_der())),
        ("issuer", hex(read.issuer_der())),
        ("key", hex(read.spki_der())),
        ("from", read.not_before().as_second().to_string()),
        ("to", read.not_after().as_second().to_string()),
        ("ca", read.is_ca().to_string()),
    ]))
}

fn list(der: &[u8]) -> Result<Facts, String> {
    let read = CertificateList::from_der(der).map_err(|error| error.to_string())?;
    Ok(facts([
        ("from", read.this_update().as_second().to_string()),
        ("to", read.next_update().map(|at| at.as_second().to_string()).unwrap_or_default()),
        ("entries", read.entry_count().to_string()),
    ]))
}

fn response(der: &[u8]) -> Result<Facts, String> {
    let read = OcspResponse::from_der(der).map_err(|error| error.to_string())?;
    let state = |status: OcspStatus| match status {
        OcspStatus::Good => "good",
        OcspStatus::Revoked(..) => "revoked",
        OcspStatus::Unknown => "unknown",
    };
    let states: Vec<&str> = read.singles().iter().map(|single| state(single.status)).collect();
    Ok(facts([("produced", read.produced_at().as_second().to_string()), ("states", states.join(" "))]))
}

fn signed_data(der: &[u8]) -> Result<Facts, String> {
    let read = SignedData::parse(der).map_err(|error| error.to_string())?;
    Ok(facts([
        ("certificates", (read.certificates.len() + read.unreadable).to_string()),
        ("value", hex(&read.signer.signature)),
        ("digest", read.signer.digest_identifier.oid.to_string()),
    ]))
}

/// Returns the assets of the x509-parser crate, where cargo put them.
fn crate_assets() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))?;
    let registries = std::fs::read_dir(home.join("registry/src")).ok()?;
    registries.filter_map(|one| Some(one.ok()?.path().join("x509-parser-0.18.1/assets"))).find(|path| path.is_dir())
}

fn lines(folders: &[PathBuf]) -> Vec<Line> {
    let output = run(python().args(["-c", include_str!("readers.py")]).args(folders)).expect("Python was there before");
    assert!(output.status.success(), "{}", said(&output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().map(|line| serde_json::from_str(line).expect("a line is an answer")).collect()
}

/// Compares, and returns the answer that an exception must name, with what is to be said of it.
fn differing(line: &Line) -> Option<(&'static str, String)> {
    use base64::Engine;
    let der = base64::engine::general_purpose::STANDARD.decode(&line.der).expect("base64");
    let ours = match line.kind.as_str() {
        "certificate" => certificate(&der),
        "list" => list(&der),
        "ocsp" => response(&der),
        _ => signed_data(&der),
    };
    match (&ours, &line.facts) {
        (Ok(ours), Some(theirs)) if ours == theirs => None,
        (Ok(ours), Some(theirs)) => {
            let other = ours.iter().filter(|(name, value)| theirs.get(*name) != Some(*value));
            let told: Vec<String> =
                other.map(|(name, value)| format!("{name}: {value} / {:?}", theirs.get(name))).collect();
            Some(("differs", told.join("; ")))
        }
        (Ok(_), None) => Some(("we-read", line.why.clone().unwrap_or_default())),
        (Err(error), Some(_)) => Some(("we-refuse", error.clone())),
        (Err(_), None) => None,
    }
}

#[test]
fn what_other_projects_ship_is_read_as_they_read_it() {
    let (Some(vectors), Some(foreign)) = (vectors("readers"), foreign()) else { return };
    let assets = crate_assets().expect("cargo has x509-parser");
    let all = lines(&[vectors.join("x509"), vectors.join("pkcs7"), foreign, assets]);
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/readers.toml")).unwrap();
    let table: Exceptions = toml::from_str(&text).expect("readers.toml is as declared");
    assert!(table.exception.iter().all(|one| one.why.len() > 30), "every exception has its reason");
    let mut left: BTreeSet<(&str, &str)> = table
        .exception
        .iter()
        .flat_map(|one| one.files.iter().map(|file| (one.answer.as_str(), file.as_str())))
        .collect();
    let known = left.clone();
    let (mut wrong, mut counts): (Vec<String>, BTreeMap<&str, (u32, u32)>) = (Vec::new(), BTreeMap::new());
    for line in &all {
        let count = counts.entry(line.kind.as_str()).or_default();
        let Some((answer, told)) = differing(line) else {
            count.0 += 1;
            continue;
        };
        count.1 += 1;
        left.remove(&(answer, line.file.as_str()));
        if !known.contains(&(answer, line.file.as_str())) {
            wrong.push(format!("{answer} {} ({}): {told}", line.file, line.kind));
        }
    }
    for (kind, (agree, excepted)) in &counts {
        println!("{kind:<12} {agree:>5} as others, {excepted:>3} by exception");
    }
    wrong.extend(left.iter().map(|(answer, file)| format!("a stale exception: {answer} {file}")));
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(all.len() > 450, "{} were read", all.len());
}
