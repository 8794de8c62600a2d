//! `proofs list|run|rehearse|export`: how the proofs of ledger and archive stand, have them made now, see whether they would last, hand
//! one out.

use crate::cli::desk::{Desk, Format, Session};
use crate::cli::{Failure, files, output};
use crate::id::RecordId;
use crate::office::proofs::{
    Course, Deed, Foreseen, ProofAlarm, ProofRun, ProofState, ProofView, Proven, REHEARSED_YEARS, Rehearsal, WhatIsDone,
};
use crate::validate::{Indication, Lasting};
use crate::wording;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// 台帳と文書の証拠 / Proofs of the ledger and the archive: made every night, renewed before they end
#[derive(Subcommand)]
pub enum Proofs {
    /// いつまでに何を更新するか / What must be renewed by when; status 2 where something does not pass or is lost
    List(Desk),
    /// いま作り、更新する / Judge, renew and make what is due now; the service does so by itself
    Run(Desk),
    Rehearse(Rehearse),
    Export(Export),
}

/// 将来の証明を試す / Rehearse coming decades: would what stands today still pass, if everything ends that is known to end
///
/// Today's timestamps, certificates, lists and policy are taken as they are; lists go on as they come today, until their issuers end; and
/// each renewal that the city's schedule asks for is made by an authority as today's. What is lost is named with its day and its reason.
/// What nobody has announced cannot be rehearsed: an algorithm that is broken, an authority that is revoked or vanishes.
/// Status 2 where something would be lost.
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura proofs rehearse --dir my-city --as kobayashi
  fumikura proofs rehearse --years 5,15,60 --format json --dir my-city --as kobayashi")]
pub struct Rehearse {
    /// 何年後に確かめるか / After how many years it is looked, 1 to 100 each
    #[arg(long, value_name = "YEARS", value_delimiter = ',', default_values_t = REHEARSED_YEARS)]
    years: Vec<u16>,
    #[command(flatten)]
    desk: Desk,
}

/// 証拠記録を書き出す / Write the evidence record (RFC 4998) of one record, or of one entry of the ledger with its bytes
///
/// It is judged first; its status is that of the judgement: 0 passed, 1 failed, 2 undecided. `fumikura evidence verify` judges it
/// without the city, over the document as it was received, and the bag as `records export` writes it.
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura proofs export --record 5f0c… -o out/ --dir my-city --as kiroku
  fumikura proofs export --entry 120 -o out/ --dir my-city --as kansa
  fumikura evidence verify out/entry-120.ers --data out/entry-120.json --tsa-trust my-city/keys/pki/trust --crl my-city/keys/pki/crl")]
pub struct Export {
    /// 文書 / The record
    #[arg(long, value_name = "RECORD", group = "of", required_unless_present = "entry")]
    record: Option<RecordId>,
    /// 台帳の記載の番号 / The entry of the ledger
    #[arg(long, value_name = "NUMBER", group = "of")]
    entry: Option<u64>,
    /// 出力先 / The folder
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    desk: Desk,
}

impl Proofs {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::List(desk) => desk.run(list),
            Self::Run(desk) => desk.run(async |at: Session| {
                let run = at.city.office.prove_now(&at.actor).await?;
                at.answer(&told(&run))?;
                Ok(if run.waiting.is_empty() && run.damaged.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
            }),
            Self::Rehearse(Rehearse { years, desk }) => desk.run(async move |at: Session| {
                let rehearsal = at.city.office.rehearse(&at.actor, &years).await?;
                at.answer(&rehearsed(&rehearsal))?;
                Ok(if rehearsal.losses().is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
            }),
            Self::Export(export) => export.run(),
        }
    }
}

async fn list(at: Session) -> Result<ExitCode, Failure> {
    let view = at.city.office.proofs(&at.actor).await?;
    at.answer(&json!({
        "proven_until": view.proven_until,
        "ledger_end": view.ledger_end,
        "packages": view.packages,
        "trees": view.trees,
        "renew_days": view.renew_days,
        "unread_files": view.strays,
        "standing": view.standing.iter().map(shown).collect::<Vec<_>>(),
    }))?;
    let is_bad = |one: &ProofView| matches!(one.state, ProofState::Lost | ProofState::Failing);
    Ok(if view.standing.iter().any(is_bad) || !view.strays.is_empty() { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

fn shown(one: &ProofView) -> Value {
    let lasts = ends(one.lasts.as_ref());
    json!({
        "tree": one.tree,
        "kind": one.kind,
        "algorithm": one.algorithm,
        "made_at": one.made_at,
        "authority": one.authority,
        "leaves": one.leaves,
        "state": one.state,
        "lasts": lasts,
        "failing": one.failing.as_ref().map(|(since, why)| json!({ "since": since, "why": why })),
        "waiting": one.waiting.as_ref().map(|(code, at)| json!({ "code": code, "at": at })),
    })
}

fn told(run: &ProofRun) -> Value {
    let alarm = |one: &ProofAlarm| {
        json!({
            "tree": one.tree,
            "days": one.days,
            "until": one.lasts.as_ref().map(|lasts| lasts.until),
            "failing": one.failing,
        })
    };
    let foreseen = |(tree, loss): &(u64, Foreseen)| json!({ "tree": tree, "at": loss.at, "why": loss.why });
    json!({
        "adopted": run.adopted,
        "damaged": run.damaged.iter().map(|(tree, why)| json!({ "tree": tree, "why": why })).collect::<Vec<_>>(),
        "made": run.made,
        "renewed": run.renewed,
        "alarms": run.alarms.iter().map(alarm).collect::<Vec<_>>(),
        "foreseen": run.foreseen.iter().map(foreseen).collect::<Vec<_>>(),
        "waiting": run.waiting,
    })
}

fn rehearsed(rehearsal: &Rehearsal) -> Value {
    let deed = |deed: &Deed| {
        let (what, why) = match &deed.what {
            WhatIsDone::Renewed => ("renewed", None),
            WhatIsDone::DigestedAnew => ("digested-anew", None),
            WhatIsDone::ListsAdded => ("lists-added", None),
            WhatIsDone::Hindered(code) => ("hindered", Some(code)),
        };
        json!({ "at": deed.at, "what": what, "why": why, "lasts": ends(deed.lasts.as_ref()) })
    };
    let loss = |loss: &Foreseen| json!({ "at": loss.at, "why": loss.why, "ended": ends(loss.ended.as_ref()), "hindered": loss.hindered });
    let course = |course: &Course| {
        json!({
            "tree": course.tree,
            "nights": course.nights,
            "deeds": course.deeds.iter().map(deed).collect::<Vec<_>>(),
            "loss": course.loss.as_ref().map(loss),
        })
    };
    let all = rehearsal.courses.len();
    let years = rehearsal.years.iter().map(|years| {
        let passing = rehearsal.passing_after(*years);
        json!({ "years": years, "passing": passing, "lost": all - passing })
    });
    json!({
        "at": rehearsal.at,
        "renew_days": rehearsal.renew_days,
        "years": years.collect::<Vec<_>>(),
        "courses": rehearsal.courses.iter().map(course).collect::<Vec<_>>(),
        "left_out": rehearsal.left_out,
    })
}

fn ends(lasts: Option<&Lasting>) -> Option<Value> {
    lasts.map(|lasting| {
        let ends = wording::ending(lasting);
        json!({ "until": lasting.until, "ja": ends.ja, "en": ends.en })
    })
}

impl Export {
    fn run(self) -> Result<ExitCode, Failure> {
        let Self { record, entry, output, desk } = self;
        let (of, name) = match (record, entry) {
            (Some(record), _) => (Proven::Record(record), format!("record-{record}")),
            (None, Some(entry)) => (Proven::Entry(entry), format!("entry-{entry}")),
            (None, None) => return Err(Failure::usage("one of --record and --entry says what is to be proven")),
        };
        desk.run(async move |at: Session| {
            let proof = at.city.office.proof(&at.actor, of).await?;
            std::fs::create_dir_all(&output).map_err(|error| Failure::io(&output, &error, true))?;
            let path = output.join(format!("{name}.ers"));
            files::write_whole(&path, &proof.record)?;
            if let Some(data) = &proof.data {
                files::write_whole(&output.join(format!("{name}.json")), data)?;
            }
            let shown = path.display().to_string();
            match at.format {
                Format::Text => output::print(&wording::evidence_text(&proof.report, &shown))?,
                Format::Json => output::answer_line!("{:#}", wording::evidence_json(&proof.report, &shown))?,
            }
            Ok(ExitCode::from(match proof.report.indication {
                Indication::TotalPassed => 0,
                Indication::TotalFailed => 1,
                Indication::Indeterminate | Indication::NoSignature => 2,
            }))
        })
    }
}
