//! `records ingest`: files documents, a few at a time, and says of each when it is safe.

use super::records_access::access_class;
use crate::cli::desk::{Desk, Format, Session};
use crate::cli::{Failure, files, output};
use crate::id::RecordFileId;
use crate::office::records::{Filed, NewRecord};
use crate::records::AccessClass;
use crate::time::Date;
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The arguments of `records ingest`.
#[derive(Args)]
pub struct Ingest {
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
    #[command(flatten)]
    desk: Desk,
}

/// Documents that are read, and made safe, together.
const AT_ONCE: usize = 16;

impl Ingest {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let Self { paths, file, title, number, created, access, done, desk } = self;
        desk.run(async |at: Session| {
            let mut all = Vec::new();
            for some in paths.chunks(AT_ONCE) {
                let mut news = Vec::new();
                for path in some {
                    let looked = at.city.office.look_at(&name(path), files::read(path)?).await?;
                    news.push(NewRecord {
                        file,
                        title: title.clone().unwrap_or_else(|| stem(path)),
                        number: number.clone(),
                        created: created.unwrap_or_else(|| at.city.office.today()),
                        original_name: name(path),
                        media_type: looked.media_type,
                        derivatives: Vec::new(),
                        validation_report: looked.validation_report,
                        bytes: looked.bytes,
                        notice: None,
                        digitisation: None,
                        access,
                    });
                }
                let mut refused = None;
                for (path, filed) in some.iter().zip(at.city.office.file_records(&at.actor, news).await?) {
                    let filed = match filed {
                        Ok(filed) => filed,
                        Err(error) => {
                            refused = refused.or(Some(error));
                            continue;
                        }
                    };
                    if let Some(done) = &done {
                        files::move_aside(path, done)?;
                    }
                    match at.format {
                        // A line as soon as it is safe, so that whoever reads along knows what need not be done again.
                        Format::Text => output::print(&acknowledgment(path, &filed))?,
                        Format::Json => all.push(show(path, &filed)),
                    }
                }
                refused.map_or(Ok(()), Err)?;
            }
            if at.format == Format::Json { at.answer(&json!({ "records": all })) } else { Ok(()) }
        })
    }
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
