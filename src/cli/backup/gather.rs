//! Which files of a city's folder go into a backup: all but what has a part of its own, and what is being written.

use super::work::WORK;
use crate::cli::Failure;
use crate::cli::city::CityFile;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The largest file that is taken, in bytes.
const LARGEST_BYTES: u64 = 256 << 20;
/// Names of what is not the city's own for long.
const PASSING: [&str; 3] = [WORK, ".open", ".entering"];
const PASSING_ENDINGS: [&str; 4] = [".partial", ".tmp", ".part", ".lock"];

/// The files of a city.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Their paths below its folder, in order, `city.toml` first.
    pub files: Vec<PathBuf>,
    /// What is not taken: links to folders, what is too large, and what `city.toml` names outside of its folder.
    pub left_out: Vec<String>,
}

/// Lists the files of a city.
pub fn gather(city: &Path, file: &CityFile) -> Result<Gathered, Failure> {
    let folder = city.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let own = own_places(folder, file);
    let mut walk = Walk { root: folder, own: &own, gathered: Gathered::default() };
    walk.through(folder)?;
    let mut gathered = walk.gathered;
    let first = PathBuf::from(city.file_name().unwrap_or_default());
    gathered.files.retain(|path| *path != first);
    gathered.files.sort();
    gathered.files.insert(0, first);
    gathered.left_out.extend(outside(folder, file, &own));
    gathered.left_out.sort();
    gathered.left_out.dedup();
    Ok(gathered)
}

/// Returns the places that have parts of their own in a backup, or none: database, packages, keys, proofs, checkpoints, the store
/// itself, and what comes in by hot folders.
fn own_places(folder: &Path, file: &CityFile) -> BTreeSet<PathBuf> {
    let database = ["", "-wal", "-shm", "-journal"].map(|end| {
        let mut name = file.database.clone().into_os_string();
        name.push(end);
        PathBuf::from(name)
    });
    let places = file.archive.iter().chain(&file.package_keys).chain(&file.proofs).chain(&database);
    let places =
        places.chain([&file.master_key, &file.checkpoints]).chain(file.backup.iter().map(|backup| &backup.store));
    let places = places.chain(file.intake.iter().map(|intake| &intake.folder));
    places.filter_map(|path| fs::canonicalize(folder.join(path)).ok()).collect()
}

struct Walk<'a> {
    root: &'a Path,
    own: &'a BTreeSet<PathBuf>,
    gathered: Gathered,
}

impl Walk<'_> {
    fn through(&mut self, folder: &Path) -> Result<(), Failure> {
        let trouble = |error: std::io::Error| Failure::io(folder, &error, false);
        for entry in fs::read_dir(folder).map_err(trouble)? {
            let entry = entry.map_err(trouble)?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(trouble)?);
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_passing =
                PASSING.contains(&name.as_str()) || PASSING_ENDINGS.iter().any(|ending| name.ends_with(ending));
            if is_passing || fs::canonicalize(&path).is_ok_and(|real| self.own.contains(&real)) {
                continue;
            }
            if kind.is_dir() {
                self.through(&path)?;
            } else {
                self.take(&path);
            }
        }
        Ok(())
    }

    /// Takes a file, or what a link to a file leads to.
    fn take(&mut self, path: &Path) {
        let below = path.strip_prefix(self.root).unwrap_or(path).to_owned();
        let fits = fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LARGEST_BYTES);
        match fits && below.to_str().is_some() {
            true => self.gathered.files.push(below),
            false => self.gathered.left_out.push(below.display().to_string()),
        }
    }
}

/// Returns what `city.toml` names outside of its folder, whatever it is for.
fn outside(folder: &Path, file: &CityFile, own: &BTreeSet<PathBuf>) -> Vec<String> {
    let (Ok(value), Ok(root)) = (toml::Value::try_from(file), fs::canonicalize(folder)) else { return Vec::new() };
    let mut texts = Vec::new();
    texts_in(&value, &mut texts);
    let real = texts.iter().filter_map(|text| {
        let path = folder.join(text.strip_prefix("file:").unwrap_or(text));
        fs::canonicalize(path).ok().filter(|real| !real.starts_with(&root) && !own.contains(real))
    });
    real.map(|path| path.display().to_string()).collect()
}

fn texts_in(value: &toml::Value, texts: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => texts.push(text.clone()),
        toml::Value::Array(values) => values.iter().for_each(|value| texts_in(value, texts)),
        toml::Value::Table(table) => table.values().for_each(|value| texts_in(value, texts)),
        _ => {}
    }
}
