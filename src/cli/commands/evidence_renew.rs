//! `fumikura evidence renew`: the newest timestamps of many records renewed by one, or their trees by a new digest.

use super::evidence::{digested, read};
use super::evidence_make::{outputs, release, stamp};
use super::signature::DigestName;
use crate::cli::stamps::TsaOptions;
use crate::cli::trust::{Trust, TrustOptions};
use crate::cli::{Failure, SystemClock};
use crate::digest::DigestAlgorithm;
use crate::evidence::{
    DataObject, EvidenceError, EvidenceRecord, HashTreeBuilder, TimestampRenewal, examine, renewed_leaf,
};
use crate::fault::Kind;
use crate::fetch::online::Stock;
use crate::time::Clock;
use crate::tsp::TimestampSource;
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// 証拠記録を更新する / Renew evidence records before their newest timestamp ends: one timestamp for all of them
///
/// Without --digest the newest timestamps are renewed, and the data is not needed. With --digest the trees are: the data is digested
/// anew, before an algorithm grows weak. With --tsa-trust or --trust what the newest timestamp rests on is put beside it first, so
/// that the renewal proves that this existed too; a record whose newest timestamp does not pass is then refused.
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura evidence renew proofs/*.ers --tsa http://127.0.0.1:3161/ -o renewed/ --tsa-trust accredited/ --crl crls/
  fumikura evidence renew proofs/*.ers --tsa http://127.0.0.1:3161/ -o renewed/ --digest sha512 --data scans/*.pdf")]
pub struct Renew {
    /// 証拠記録 / The evidence records
    #[arg(required = true, value_name = "RECORD.ers")]
    records: Vec<PathBuf>,
    #[command(flatten)]
    tsa: TsaOptions,
    /// 出力先 / The folder for the renewed records, each named as it was
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// 新しいハッシュ方式 / The digest algorithm of a new tree
    #[arg(long, value_enum, requires = "data")]
    digest: Option<DigestName>,
    /// 証明の対象 / The data; which record is over which, their digests tell
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "digest")]
    data: Vec<PathBuf>,
    #[command(flatten)]
    trust: TrustOptions,
}

impl Renew {
    /// Runs the command.
    pub fn run(&self) -> Result<(), Failure> {
        let inputs = || self.records.iter().chain(&self.data).map(PathBuf::as_path).chain(self.trust.files());
        let outputs = outputs(&self.output, self.records.iter().map(PathBuf::as_path), None, inputs)?;
        let trust = self.trust.read(SystemClock.now())?;
        let mut records = Vec::new();
        for path in &self.records {
            records.push(self.complete(read(path)?, path, &trust)?);
        }
        let source =
            self.tsa.open_or_relay()?.ok_or_else(|| Failure::usage("name the timestamping authority by --tsa"))?;
        match self.digest {
            Some(digest) => self.trees(&records, digest.into(), source.as_ref(), &outputs),
            None => timestamps(&records, source.as_ref(), &outputs),
        }
    }

    /// Refuses what is broken, and puts beside the newest timestamp what it rests on.
    fn complete(&self, record: EvidenceRecord, path: &Path, trust: &Trust) -> Result<EvidenceRecord, Failure> {
        let refused =
            |english: &str| Failure::new("evidence-unsound", Kind::Refused, format!("{}: {english}", path.display()));
        if !examine(&record, &[]).is_sound() {
            return Err(refused("what stands in the record does not fit together"));
        }
        if trust.signers.is_empty() && trust.timestamps.is_empty() {
            return Ok(record);
        }
        let (report, _) = trust.judge_evidence(&record, &[], &Stock::default(), SystemClock.now());
        let rests_on = report.validation_data(&trust.crls);
        Ok(record.with_validation_data(&rests_on.ok_or_else(|| refused("the newest timestamp does not pass"))?)?)
    }

    fn trees(
        &self,
        records: &[EvidenceRecord],
        algorithm: DigestAlgorithm,
        source: &dyn TimestampSource,
        outputs: &[PathBuf],
    ) -> Result<(), Failure> {
        let mut algorithms = vec![algorithm];
        for one in records.iter().flat_map(EvidenceRecord::data_algorithms) {
            if !algorithms.contains(&one) {
                algorithms.push(one);
            }
        }
        let data = digested(&self.data, &algorithms)?;
        let (mut builder, mut leaves) = (HashTreeBuilder::new(algorithm), Vec::new());
        for (record, path) in records.iter().zip(&self.records) {
            let own: Vec<DataObject> = data.iter().filter(|object| record.has(object)).cloned().collect();
            let missing = || Failure::at(path.display().to_string(), &EvidenceError::OtherData);
            let leaf = renewed_leaf(record, &own, algorithm).map_err(|_| missing())?;
            leaves.push((builder.push(&leaf)?, leaf, own));
        }
        let tree = stamp(builder.finish()?, source)?;
        for ((record, (place, leaf, own)), output) in records.iter().zip(&leaves).zip(outputs) {
            release(&tree.renew_tree(record, *place, leaf)?, own, output)?;
        }
        Ok(())
    }
}

/// Renews the newest timestamps: one tree and one timestamp for the records of each algorithm.
fn timestamps(records: &[EvidenceRecord], source: &dyn TimestampSource, outputs: &[PathBuf]) -> Result<(), Failure> {
    let mut batches: BTreeMap<DigestAlgorithm, Vec<usize>> = BTreeMap::new();
    for (number, record) in records.iter().enumerate() {
        batches.entry(record.chain_algorithm()?).or_default().push(number);
    }
    for (algorithm, members) in batches {
        let mut renewal = TimestampRenewal::new(algorithm);
        let mut places = Vec::new();
        for number in members {
            places.push((number, renewal.add(&records[number])?));
        }
        let tree = stamp(renewal.finish()?, source)?;
        for (number, place) in places {
            release(&tree.renew_timestamp(&records[number], place)?, &[], &outputs[number])?;
        }
    }
    Ok(())
}
