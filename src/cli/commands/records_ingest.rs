//! `records ingest`: files documents, a few at a time, and says of each when it is safe.

use super::records_access::access_class;
use crate::cli::desk::{Desk, Format, Session};
use crate::cli::{Failure, files, output};
use crate::id::RecordFileId;
use crate::office::OfficeError;
use crate::office::records::{Filed, NewRecord};
use crate::records::AccessClass;
use crate::time::Date;
use clap::Args;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::cell::Cell;
use std::path::{Path, PathBuf};

/// The arguments of `records ingest`.
#[derive(Args)]
pub struct Ingest {
    #[command(flatten)]
    documents: Documents,
    #[command(flatten)]
    desk: Desk,
}

/// The documents, and what is the same of all.
#[derive(Args)]
struct Documents {
    /// 文書のファイル / The documents
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// 簿冊 / The record file they go into
    #[arg(long)]
    file: RecordFileId,
    /// 題名 / The title; without one, each file's name without its ending
    #[arg(long)]
    title: Option<String>,
    /// 文書番号 / The document number
    #[arg(long)]
    number: Option<String>,
    /// 作成・取得の日 / The day they were made or received; without it, today
    #[arg(long)]
    created: Option<Date>,
    /// 閲覧の範囲 / Who may see them, where that is stricter than their file
    #[arg(long, value_parser = access_class)]
    access: Option<AccessClass>,
    /// 済んだものを移すフォルダ / A folder that each source is moved to once it is safe
    #[arg(long, value_name = "DIR")]
    done: Option<PathBuf>,
}

/// Documents that are read, and made safe, together, at the most.
const TOGETHER: usize = 64;
/// Bytes of documents that are made safe together, unless one alone has more.
const TOGETHER_BYTES: u64 = 64 << 20;
/// Batches of documents on their way at a time.
const BATCHES: usize = 2;

impl Ingest {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let Self { documents, desk } = self;
        desk.run(async |at: Session| {
            let filing = at.city.office.filing(&at.actor);
            // Once something is refused no more is begun; what is on its way is still told of.
            let stopped = Cell::new(false);
            let filed = |some: Vec<PathBuf>| {
                let (documents, at, filing, stopped) = (&documents, &at, &filing, &stopped);
                async move {
                    let mut news = Vec::new();
                    for path in some.iter().take_while(|_| !stopped.get()) {
                        news.push(documents.read(at, path).await?);
                    }
                    Ok::<_, Failure>(some.into_iter().zip(filing.file(news).await?))
                }
            };
            let mut under_way = stream::iter(batches(&documents.paths)).map(filed).buffered(BATCHES);
            let (mut all, mut refused) = (Vec::new(), None);
            while let Some(batch) = under_way.next().await {
                let told = batch.and_then(|batch| documents.tell(&at, batch, &mut all));
                stopped.set(stopped.get() || told.is_err());
                refused = refused.or(told.err());
            }
            refused.map_or(Ok(()), Err)?;
            if at.format == Format::Json { at.answer(&json!({ "records": all })) } else { Ok(()) }
        })
    }
}

impl Documents {
    /// Reads a document, and what is to be filed of it.
    async fn read(&self, at: &Session, path: &Path) -> Result<NewRecord, Failure> {
        let looked = at.city.office.look_at(&name(path), files::read(path)?).await?;
        Ok(NewRecord {
            file: self.file,
            title: self.title.clone().unwrap_or_else(|| stem(path)),
            number: self.number.clone(),
            created: self.created.unwrap_or_else(|| at.city.office.today()),
            original_name: name(path),
            media_type: looked.media_type,
            derivatives: Vec::new(),
            validation_report: looked.validation_report,
            bytes: looked.bytes,
            notice: None,
            digitisation: None,
            access: self.access,
        })
    }

    /// Tells what became of documents that were filed together. Returns what the first that was refused met.
    fn tell(
        &self,
        at: &Session,
        batch: impl Iterator<Item = (PathBuf, Result<Filed, OfficeError>)>,
        all: &mut Vec<Value>,
    ) -> Result<(), Failure> {
        let mut refused = None;
        for (path, filed) in batch {
            let filed = match filed {
                Ok(filed) => filed,
                Err(error) => {
                    refused = refused.or(Some(error));
                    continue;
                }
            };
            if let Some(done) = &self.done {
                // Whoever names the folder here may name it by a link.
                let done = std::fs::canonicalize(done).unwrap_or_else(|_| done.clone());
                files::move_aside(&path, &done)?;
            }
            match at.format {
                // A line as soon as it is safe, so that whoever reads along knows what need not be done again.
                Format::Text => output::print(&acknowledgment(&path, &filed))?,
                Format::Json => all.push(show(&path, &filed)),
            }
        }
        Ok(refused.map_or(Ok(()), Err)?)
    }
}

/// Returns documents in batches that are made safe together; one whose size cannot be told is told of when it is read.
fn batches(paths: &[PathBuf]) -> Vec<Vec<PathBuf>> {
    let (mut batches, mut bytes): (Vec<Vec<PathBuf>>, u64) = (Vec::new(), 0);
    for path in paths {
        let size_bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        bytes = bytes.saturating_add(size_bytes);
        match batches.last_mut().filter(|batch| batch.len() < TOGETHER && bytes <= TOGETHER_BYTES) {
            Some(batch) => batch.push(path.clone()),
            None => {
                bytes = size_bytes;
                batches.push(vec![path.clone()]);
            }
        }
    }
    batches
}

fn acknowledgment(path: &Path, filed: &Filed) -> String {
    let double = filed.duplicate_of.map(|earlier| format!("\t重複 duplicate of {earlier}")).unwrap_or_default();
    format!("{}\t{}\t{}{double}\n", filed.record, filed.sha256, path.display())
}

fn show(path: &Path, filed: &Filed) -> Value {
    json!({
        "path": path.display().to_string(),
        "record": filed.record,
        "sha256": filed.sha256,
        "package_sha256": filed.package_sha256,
        "duplicate_of": filed.duplicate_of,
        "expires_on": filed.dates.expires_on,
    })
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
