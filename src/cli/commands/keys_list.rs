//! `fumikura keys list`: what keys and certificates a folder holds, and when they end.

use crate::asn1::{Certificate, pem_blocks};
use crate::cli::identity::list_token;
use crate::cli::output::answer_line;
use crate::cli::{Failure, SystemClock, files};
use crate::keystore::{KeyError, open_bytes};
use crate::time::{Clock, Instant, japanese_date};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Options of `keys list`.
#[derive(Args)]
pub struct List {
    /// 置き場所 / The folder, subfolders one level down included; or a token as a pkcs11: URI
    #[arg(value_name = "DIR|URI")]
    place: String,
    /// PIN のファイル / A file whose first line is the token's PIN
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// 形式 / How to print the list
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Files larger than this are no key files, in bytes.
const LIMIT_BYTES: u64 = 1 << 20;

enum Item {
    Certificate(Certificate),
    /// A key: what is known of it without its passphrase.
    Key(&'static str),
}

impl List {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let now = SystemClock.now();
        let found =
            if self.place.starts_with("pkcs11:") { self.on_token()? } else { in_folder(Path::new(&self.place))? };
        match self.format {
            Format::Json => {
                let items: Vec<Value> = found.iter().map(|(path, item)| value(path, item, now)).collect();
                answer_line!("{:#}", json!({ "items": items }))
            }
            Format::Text if found.is_empty() => {
                answer_line!("鍵も証明書もありません。 Neither keys nor certificates.")
            }
            Format::Text => found.iter().try_for_each(|(path, item)| answer_line!("{}", line(path, item, now))),
        }
    }

    fn on_token(&self) -> Result<Vec<(String, Item)>, Failure> {
        let mut found = Vec::new();
        for entry in list_token(&self.place, self.passphrase_file.as_deref())? {
            let place = entry.uri.to_string();
            found.extend(entry.certificate.map(|certificate| (place.clone(), Item::Certificate(certificate))));
            found.push((place, Item::Key("private-key-on-token")));
        }
        Ok(found)
    }
}

fn in_folder(folder: &Path) -> Result<Vec<(String, Item)>, Failure> {
    let mut found = Vec::new();
    for path in paths(folder)? {
        let bytes = zeroize::Zeroizing::new(files::read(&path)?);
        found.extend(items(&bytes).into_iter().map(|item| (path.display().to_string(), item)));
    }
    Ok(found)
}

fn paths(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let (mut found, mut inner) = (Vec::new(), Vec::new());
    let mut look = |folder: &Path, inner: &mut Vec<PathBuf>| -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let facts = entry.metadata()?;
            if facts.is_dir() {
                inner.push(entry.path());
            } else if facts.is_file() && facts.len() <= LIMIT_BYTES {
                found.push(entry.path());
            }
        }
        Ok(())
    };
    look(folder, &mut inner).map_err(|error| Failure::io(folder, &error, false))?;
    for folder in &inner {
        look(folder, &mut Vec::new()).map_err(|error| Failure::io(folder, &error, false))?;
    }
    found.sort();
    Ok(found)
}

fn items(bytes: &[u8]) -> Vec<Item> {
    let mut items: Vec<Item> =
        Certificate::from_file_bytes(bytes).unwrap_or_default().into_iter().map(Item::Certificate).collect();
    match open_bytes(bytes, || None) {
        Ok(_) => items.push(Item::Key("private-key")),
        Err(KeyError::PassphraseNeeded) if pem_blocks(bytes).is_ok_and(|blocks| !blocks.is_empty()) => {
            items.push(Item::Key("encrypted-private-key"));
        }
        Err(KeyError::PassphraseNeeded) => items.push(Item::Key("encrypted-private-key-or-pkcs12")),
        Err(KeyError::UnsupportedKey | KeyError::UnsupportedEncryption) => {
            items.push(Item::Key("unsupported-private-key"))
        }
        Err(_) => {}
    }
    items
}

fn state(certificate: &Certificate, now: Instant) -> &'static str {
    if now < certificate.not_before() {
        "未到来 not yet valid"
    } else if now > certificate.not_after() {
        "期限切れ expired"
    } else if certificate.not_after().duration_since(now).as_hours() < 24 * 60 {
        "まもなく期限 ends within 60 days"
    } else {
        "有効期間内 within its dates"
    }
}

fn line(place: &str, item: &Item, now: Instant) -> String {
    match item {
        Item::Certificate(certificate) => format!(
            "{}\n  証明書 certificate  {}\n  {} – {}  {}",
            place,
            certificate.subject(),
            japanese_date(certificate.not_before()),
            japanese_date(certificate.not_after()),
            state(certificate, now)
        ),
        Item::Key(kind) => format!("{place}\n  鍵 {kind}"),
    }
}

fn value(place: &str, item: &Item, now: Instant) -> Value {
    match item {
        Item::Certificate(certificate) => json!({
            "path": place,
            "kind": "certificate",
            "subject": certificate.subject(),
            "issuer": certificate.issuer(),
            "serial": certificate.serial_hex(),
            "not_before": certificate.not_before().to_string(),
            "not_after": certificate.not_after().to_string(),
            "within_dates": certificate.is_valid_at(now),
        }),
        Item::Key(kind) => json!({ "path": place, "kind": kind }),
    }
}
