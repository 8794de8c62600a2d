//! `fumikura trust`: what lists of anchors hold, and trusted lists turned into dated ones that can be looked through.

use super::trust_show::{anchors_json, anchors_text, list_json, list_text};
use crate::asn1::pem_encode;
use crate::cli::anchors::{ListOptions, utf8};
use crate::cli::{Failure, SystemClock, files, output};
use crate::pki::{ListOrigin, TrustEntry, TrustList};
use crate::time::{Clock, Instant};
use crate::tsl::TrustedList;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The dated list of everything that a trusted list makes believed, in the folder of an import; also remembers the import.
const ALL: &str = "trust.toml";
/// The dated list of the accredited timestamping services.
const ACCREDITED: &str = "accredited.toml";

/// What to do with lists.
#[derive(Subcommand)]
pub enum Trust {
    /// 一覧の中身を表示する / Show what is believed by certificates, dated lists (.toml) and trusted lists (XML)
    List(List),
    /// 信頼リストを取り込む / Verify a trusted list (ETSI TS 119 612), show it, and write dated lists to be reviewed
    ///
    /// Writes DIR/trust.toml for --trust, DIR/accredited.toml for --tsa-trust, and the certificates. A list that is older than
    /// the one that DIR holds is refused.
    Import(Import),
}

/// Options of `trust list`.
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura trust list anchors/ accredited.toml
  fumikura trust list tsl.xml --trust-list-signer operator.crt --format json")]
pub struct List {
    /// 一覧 / Files and folders as --trust takes them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    lists: ListOptions,
    /// 形式 / How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Options of `trust import`.
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura trust import tsl.xml --signer operator.crt --out trust/
  fumikura validate notice.pdf --trust trust/trust.toml --tsa-trust trust/accredited.toml")]
pub struct Import {
    /// 信頼リスト / The trusted list
    #[arg(value_name = "LIST.xml")]
    list: PathBuf,
    /// 署名者の証明書 / The certificates of those who may have signed it: files or folders
    #[arg(long, required = true, value_name = "FILE")]
    signer: Vec<PathBuf>,
    /// 出力先 / The folder that the dated lists go to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// 時点 / The time at which its next update must not be overdue; without it, now
    #[arg(long, value_name = "RFC3339")]
    at: Option<Instant>,
    /// 更新期限を過ぎた一覧も取り込む / Import it although its next update is overdue
    #[arg(long)]
    accept_stale_list: bool,
    /// 形式 / How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Trust {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::List(list) => list.run(),
            Self::Import(import) => import.run(),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

impl List {
    /// Shows lists of any age: what is overdue is said, not refused.
    fn run(&self) -> Result<(), Failure> {
        let now = SystemClock.now();
        let reader = ListOptions { accept_stale_list: true, ..self.lists.clone() }.reader(now)?;
        let (mut text, mut items) = (String::new(), Vec::new());
        for path in &self.paths {
            let place = path.display().to_string();
            let bytes = if path.is_dir() { Vec::new() } else { files::read(path)? };
            if TrustedList::is_likely(&bytes) {
                let list = reader.trusted_list(&bytes).map_err(|error| Failure::at(&place, &error))?;
                text.push_str(&list_text(&place, &list, now));
                items.push(list_json(&place, &list, now));
            } else {
                let anchors = reader.signers(std::slice::from_ref(path))?;
                text.push_str(&anchors_text(&place, &anchors, now));
                items.push(anchors_json(&place, &anchors, now));
            }
        }
        match self.format {
            Format::Text => output::print(&text),
            Format::Json => output::print(&format!("{:#}\n", json!({ "lists": items }))),
        }
    }
}

impl Import {
    fn run(&self) -> Result<(), Failure> {
        let at = self.at.unwrap_or_else(|| SystemClock.now());
        let place = self.list.display().to_string();
        let signers = files::certificates(&self.signer)?;
        let bytes = files::read(&self.list)?;
        let list = TrustedList::read(&bytes, &signers).map_err(|error| Failure::at(&place, &error))?;
        if !self.accept_stale_list {
            list.check_fresh(at).map_err(|error| Failure::at(&place, &error))?;
        }
        if let Some(before) = remembered(&self.out.join(ALL))? {
            list.check_order(&before).map_err(|error| Failure::at(&place, &error))?;
        }
        let written = write(&list, &self.out)?;
        match self.format {
            Format::Text => {
                let written: String = written.iter().map(|path| format!("→ {}\n", path.display())).collect();
                output::print(&format!("{}{written}", list_text(&place, &list, at)))
            }
            Format::Json => {
                let mut shown = list_json(&place, &list, at);
                if let Some(shown) = shown.as_object_mut() {
                    let written = written.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
                    shown.insert("written".to_owned(), json!(written));
                }
                output::print(&format!("{shown:#}\n"))
            }
        }
    }
}

/// Returns what a folder was imported from before. What is there and does not tell is refused: it may hide a newer list.
fn remembered(path: &Path) -> Result<Option<ListOrigin>, Failure> {
    if !path.exists() {
        return Ok(None);
    }
    let list = TrustList::from_toml(&utf8(path)?).map_err(|error| Failure::at(path.display().to_string(), &error))?;
    match list.origin {
        Some(origin) => Ok(Some(origin)),
        None => Err(Failure::at(path.display().to_string(), &crate::tsl::TslError::OtherScheme)),
    }
}

/// Writes certificates, then what names them; the list that remembers the import comes last.
fn write(list: &TrustedList, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let certificates = folder.join("certificates");
    std::fs::create_dir_all(&certificates).map_err(|error| Failure::io(&certificates, &error, true))?;
    let (mut written, mut known) = (Vec::new(), BTreeSet::new());
    for (name, accredited) in [(ACCREDITED, true), (ALL, false)] {
        let mut entries: Vec<TrustEntry> = Vec::new();
        for (certificate, entry) in list.anchors(accredited) {
            let path = folder.join(&entry.file);
            if known.insert(path.clone()) {
                files::write_whole(&path, pem_encode("CERTIFICATE", certificate.der()).as_bytes())?;
            }
            entries.push(entry);
        }
        let dated = TrustList { origin: Some(list.origin()), entries };
        let path = folder.join(name);
        files::write_whole(&path, dated.to_toml()?.as_bytes())?;
        written.push(path);
    }
    Ok(written)
}
