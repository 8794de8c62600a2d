//! `fumikura evidence make`: one timestamp for many files, and a record for each.

use super::evidence::digested;
use super::signature::DigestName;
use crate::cli::stamps::TsaOptions;
use crate::cli::{Failure, SystemEntropy, files, output};
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::{DataObject, EvidenceRecord, HashTree, HashTreeBuilder, Leaf, StampedTree, examine};
use crate::fault::Kind;
use crate::tsp::{TimestampSource, obtain};
use clap::Args;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// 証拠記録を作る / Make evidence records: one tree and one timestamp for all files, one record for each
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura evidence make scans/*.pdf --tsa http://127.0.0.1:3161/ -o proofs/
  fumikura evidence make letter.pdf letter.p7s --group --tsa http://127.0.0.1:3161/ -o proofs/")]
pub struct Make {
    /// 証明の対象 / What is to be proven
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    tsa: TsaOptions,
    /// 出力先 / The folder for the records, each named after its file with .ers
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// ハッシュ方式 / The digest algorithm of tree and timestamp
    #[arg(long, value_enum, default_value = "sha256")]
    digest: DigestName,
    /// 一まとまりとする / The files belong together: one record proves them as a group, and is named after the first
    #[arg(long)]
    group: bool,
}

impl Make {
    /// Runs the command.
    pub fn run(&self) -> Result<(), Failure> {
        let algorithm = DigestAlgorithm::from(self.digest);
        let data = digested(&self.files, &[algorithm])?;
        let groups: Vec<(&Path, &[DataObject])> = match self.group {
            true => self.files.first().map(|first| (first.as_path(), data.as_slice())).into_iter().collect(),
            false => self.files.iter().map(PathBuf::as_path).zip(data.chunks(1)).collect(),
        };
        let inputs = || self.files.iter().map(PathBuf::as_path);
        let outputs = outputs(&self.output, groups.iter().map(|(path, _)| *path), Some("ers"), inputs)?;
        let mut builder = HashTreeBuilder::new(algorithm);
        let mut leaves = Vec::new();
        for (_, objects) in &groups {
            let digests: Vec<Digest> = objects.iter().filter_map(|object| object.digest(algorithm)).cloned().collect();
            let leaf = Leaf::group(&digests)?;
            leaves.push((builder.push(&leaf)?, leaf));
        }
        let source =
            self.tsa.open_or_relay()?.ok_or_else(|| Failure::usage("name the timestamping authority by --tsa"))?;
        let tree = stamp(builder.finish()?, source.as_ref())?;
        for (((place, leaf), (_, objects)), output) in leaves.iter().zip(&groups).zip(&outputs) {
            release(&tree.record(*place, leaf)?, objects, output)?;
        }
        Ok(())
    }
}

/// Has the root of a tree timestamped.
pub(super) fn stamp(tree: HashTree, source: &dyn TimestampSource) -> Result<StampedTree, Failure> {
    let token = obtain(source, &tree.root(), &SystemEntropy::default())?;
    Ok(StampedTree::new(tree, &token)?)
}

/// Names the records in a folder, which is made where it is not there, after files; none may be one of those that are read.
pub(super) fn outputs<'p, I: Iterator<Item = &'p Path>>(
    folder: &Path,
    after: impl Iterator<Item = &'p Path>,
    ending: Option<&str>,
    inputs: impl Fn() -> I,
) -> Result<Vec<PathBuf>, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::io(folder, &error, true))?;
    let (mut taken, mut outputs) = (BTreeSet::new(), Vec::new());
    for path in after {
        let mut name = OsString::from(path.file_name().unwrap_or_default());
        if let Some(ending) = ending {
            name.push(".");
            name.push(ending);
        }
        if !taken.insert(name.clone()) {
            let english = format!("{} would be the record of two files", Path::new(&name).display());
            return Err(Failure::new("evidence-same-name", Kind::Usage, english));
        }
        let output = folder.join(name);
        files::apart(&output, inputs())?;
        outputs.push(output);
    }
    Ok(outputs)
}

/// Writes a record once it was read back and holds: with its data, or where that is not asked for, by itself.
pub(super) fn release(record: &EvidenceRecord, data: &[DataObject], output: &Path) -> Result<(), Failure> {
    let der = record.to_der();
    let examination = examine(&EvidenceRecord::parse(&der)?, data);
    if !examination.is_sound() {
        let english = "what was made does not hold; nothing was written";
        return Err(Failure::new("evidence-unsound", Kind::Defect, english));
    }
    files::write_whole(output, &der)?;
    output::print(&format!("{}\n", output.display()))
}
