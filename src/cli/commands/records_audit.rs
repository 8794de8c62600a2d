//! `records audit` and `records new-copy`: reads packages again, puts right what is damaged, tells what is not settled; and
//! makes new places copies.

use crate::cli::Failure;
use crate::cli::city::{CityFile, FILE_NAME};
use crate::cli::desk::{Desk, Session};
use crate::office::records::{AuditBounds, FixityView};
use crate::vault::DiskVault;
use crate::wording;
use clap::Args;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::process::ExitCode;

/// The arguments of `records audit`. Without a bound every package is read once.
#[derive(Args)]
pub struct Audit {
    /// 読み直さず、状況だけを示す / Reads nothing, and only tells how the audit stands
    #[arg(long, conflicts_with_all = ["records", "megabytes", "minutes"])]
    status: bool,
    /// 件数の上限 / The most packages
    #[arg(long, value_name = "N")]
    records: Option<u32>,
    /// 量の上限（MB、写しごとに数える）/ The most megabytes, every copy counted
    #[arg(long, value_name = "N")]
    megabytes: Option<u64>,
    /// 時間の上限（分）/ The longest time in minutes
    #[arg(long, value_name = "N")]
    minutes: Option<u32>,
    #[command(flatten)]
    desk: Desk,
}

impl Audit {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        let bounds = self.bounds();
        let Self { status, desk, .. } = self;
        desk.run(async |at: Session| {
            let office = &at.city.office;
            let run = if status { None } else { Some(office.audit_fixity(&at.actor, bounds).await?) };
            let view = office.fixity(&at.actor).await?;
            let stopped = run.as_ref().and_then(|run| run.stopped);
            at.answer(&json!({ "run": run, "state": state(&view) }))?;
            let settled = view.unsound == 0 && view.overdue == 0 && stopped.is_none();
            Ok(if settled { ExitCode::SUCCESS } else { ExitCode::from(65) })
        })
    }

    fn bounds(&self) -> AuditBounds {
        let all = AuditBounds::default();
        AuditBounds {
            records: self.records.unwrap_or(all.records),
            bytes: self.megabytes.map_or(all.bytes, |count| count.saturating_mul(1_000_000)),
            time: self.minutes.map_or(all.time, |minutes| SignedDuration::from_mins(minutes.into())),
        }
    }
}

/// Marks what is new of the archive; opening the city then puts there what is missing.
pub fn new_copy(desk: Desk) -> Result<ExitCode, Failure> {
    let (file, _) = CityFile::read(&desk.folder().join(FILE_NAME))?;
    let (folders, buckets) = file.vault(desk.folder())?;
    let marked = DiskVault::mark_new(&folders, buckets)?;
    desk.run(async |at: Session| {
        let report = at.city.office.fsck(&at.actor).await?;
        at.answer(&json!({ "marked": marked, "packages": report.packages, "findings": report.findings }))?;
        Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(65) })
    })
}

fn state(view: &FixityView) -> Value {
    let mut value = json!(view);
    value["alarms"] = view
        .alarms
        .iter()
        .map(|alarm| {
            let mut shown = json!(alarm);
            let said = wording::sentence(alarm.code, &[]);
            shown["ja"] = json!(said.ja);
            shown["en"] = json!(said.en);
            shown
        })
        .collect();
    value
}
