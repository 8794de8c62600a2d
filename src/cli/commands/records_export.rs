//! `records export`: a record in a form that other archives take in, or the register as CSV.

use super::records_register::{Encoding, table};
use crate::cli::desk::{Entrance, Format, Session};
use crate::cli::{Failure, files};
use crate::fault::Kind as Trouble;
use crate::id::RecordId;
use crate::office::ports::VaultError;
use crate::package::{PackageError, PackageLimits, csip_package, ocfl_root, read_bag, unpack};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The arguments of `records export`.
#[derive(Args)]
pub struct Export {
    /// 文書 / The record; the register needs none
    record: Option<RecordId>,
    /// 書き出しの形式 / What the record becomes, a folder; or the register (文書ファイル管理簿) as CSV
    #[arg(long, value_enum, default_value_t = Kind::Bagit)]
    format: Kind,
    /// 文字コード / How the characters of the CSV file are written
    #[arg(long, value_enum, default_value_t)]
    encoding: Encoding,
    /// 書き出す先 / The folder to make, or the CSV file
    #[arg(short, long, value_name = "PATH")]
    output: PathBuf,
    #[command(flatten)]
    entrance: Entrance,
}

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A bag (RFC 8493)
    Bagit,
    /// A storage root of the Oxford Common File Layout (OCFL 1.1) with one object
    Ocfl,
    /// An information package of the E-ARK common specification (CSIP 2.1), in a folder of its name
    Csip,
    /// The register as CSV
    Csv,
}

/// Files by their paths below a folder.
type Files = BTreeMap<String, Vec<u8>>;

/// Runs the command.
pub fn export(arguments: Export) -> Result<(), Failure> {
    let Export { record, format, encoding, output, entrance } = arguments;
    entrance.run(Format::Text, async |at: Session| {
        if format == Kind::Csv {
            let rows = at.city.office.register(&at.actor).await?;
            files::write_whole(&output, &table(&rows, encoding)?)?;
            return at.answer(&json!({ "file": output.display().to_string(), "rows": rows.len() }));
        }
        let record = record.ok_or_else(|| Failure::usage("say which record"))?;
        let bag = at.city.office.read_bag(&at.actor, record).await?;
        let (folder, files) = form(format, record, &bag).map_err(VaultError::from)?;
        let folder = folder.map_or(output.clone(), |name| output.join(name));
        write_folder(&folder, &files)?;
        at.answer(&json!({ "record": record, "folder": folder.display().to_string(), "files": files.len() }))
    })
}

/// Makes the files of a form from a bag, and the name of the folder that they must lie in, where the form knows one.
fn form(format: Kind, record: RecordId, bag: &[u8]) -> Result<(Option<String>, Files), PackageError> {
    let limits = PackageLimits::default();
    let contents = || read_bag(bag, &limits);
    match format {
        Kind::Bagit | Kind::Csv => Ok((None, unpack(bag, &limits)?)),
        Kind::Ocfl => Ok((None, ocfl_root(record, unpack(bag, &limits)?, contents()?.metadata.packaged_at)?)),
        Kind::Csip => csip_package(&contents()?).map(|(name, files)| (Some(name), files)),
    }
}

/// Writes files into a folder that must not be there yet; it appears whole or not at all.
pub(super) fn write_folder(folder: &Path, files: &Files) -> Result<(), Failure> {
    let trouble = |error: &std::io::Error| Failure::io(folder, error, true);
    if folder.exists() {
        return Err(Failure::new(
            "folder-exists",
            Trouble::Refused,
            format!("{}: it is there already", folder.display()),
        ));
    }
    let mut beside = folder.as_os_str().to_owned();
    beside.push(format!(".{}.partial", std::process::id()));
    let beside = PathBuf::from(beside);
    files::make_own_folder(&beside)?;
    let written = files.iter().try_for_each(|(path, bytes)| {
        let path = beside.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&beside)).map_err(|error| trouble(&error))?;
        files::write_whole(&path, bytes)
    });
    let written = written.and_then(|()| fs::rename(&beside, folder).map_err(|error| trouble(&error)));
    if written.is_err() {
        // What was begun does not stay; that nothing was begun is no trouble of its own.
        let _ = fs::remove_dir_all(&beside);
    }
    written
}
