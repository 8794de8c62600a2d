//! `disposal …`: preview, plan, appraise, approve, run, certificate (R5).

use super::disposal_register::Register;
use crate::cli::desk::{Desk, Session};
use crate::cli::{Failure, files};
use crate::digest::Sha256Hex;
use crate::fault::Kind;
use crate::id::{DisposalId, RecordFileId};
use crate::office::ports::DisposalRow;
use crate::office::records::{DisposalView, MovedFile};
use crate::records::{AppraisalOutcome, RuleChange, RuleFile};
use crate::time::Date;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// 廃棄 / Disposal: nothing is destroyed before two more persons approved the frozen list and the time to object is over.
#[derive(Subcommand)]
pub enum Disposal {
    /// 候補を示す / Shows what would be listed on a day, and why what has expired stays; changes nothing
    Preview(Preview),
    /// 一覧を確定する / Freezes the list of what is due today
    Plan {
        /// 簿冊 / Only these record files
        #[arg(long)]
        file: Vec<RecordFileId>,
        #[command(flatten)]
        desk: Desk,
    },
    /// 一覧を示す / Shows a disposal, or all of them
    Show {
        /// The disposal.
        disposal: Option<DisposalId>,
        #[command(flatten)]
        desk: Desk,
    },
    /// 評価選別 / Writes down the appraisal of a record file
    Appraise {
        /// The record file.
        file: RecordFileId,
        /// What was found.
        #[arg(long, value_enum)]
        outcome: Outcome,
        #[command(flatten)]
        desk: Desk,
    },
    /// 審査会の同意 / Writes down the review board's consent to a record file's destruction
    Consent {
        /// The record file.
        file: RecordFileId,
        /// The day of the consent.
        #[arg(long)]
        on: Date,
        #[command(flatten)]
        desk: Desk,
    },
    /// 承認する / Approves a list by the hash that `show` names; the second approval seals it off
    Approve {
        /// The disposal.
        disposal: DisposalId,
        /// 一覧のハッシュ / The list's hash
        #[arg(long, value_parser = hash)]
        list: Sha256Hex,
        #[command(flatten)]
        desk: Desk,
    },
    /// 一覧から外す / Takes one record file off a list, before it is claimed
    Undo {
        /// The disposal.
        disposal: DisposalId,
        /// The record file.
        #[arg(long)]
        file: RecordFileId,
        #[command(flatten)]
        desk: Desk,
    },
    /// 取りやめる / Rejects a list, or calls it off before the run
    Reject {
        /// The disposal.
        disposal: DisposalId,
        #[command(flatten)]
        desk: Desk,
    },
    /// 実行する / Runs a disposal, or goes on with it; after the first part of its list it pauses once by itself
    Run {
        /// The disposal.
        disposal: DisposalId,
        /// 件数 / The most record files in this run
        #[arg(long, default_value_t = usize::MAX)]
        most: usize,
        #[command(flatten)]
        desk: Desk,
    },
    /// 止める / Pauses a run
    Pause {
        /// The disposal.
        disposal: DisposalId,
        #[command(flatten)]
        desk: Desk,
    },
    /// 廃棄証明書 / Writes, seals and files the certificate, and copies it out
    Certificate(Certificate),
    /// 移管・廃棄簿 / Writes the register of what was handed over or destroyed as CSV
    Register(Register),
}

/// The arguments of `disposal preview`.
#[derive(Args)]
pub struct Preview {
    /// 基準日 / The day to look at; without it, today
    #[arg(long)]
    as_of: Option<Date>,
    /// 規則 / What if this rule set were in force
    #[arg(long)]
    rules: Option<PathBuf>,
    #[command(flatten)]
    desk: Desk,
}

/// The arguments of `disposal certificate`.
#[derive(Args)]
pub struct Certificate {
    /// The disposal.
    disposal: DisposalId,
    /// 簿冊 / The record file that the certificate is filed in
    #[arg(long)]
    file: RecordFileId,
    /// 書き出す先 / Where to copy the certificate
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    desk: Desk,
}

/// What an appraisal found.
#[derive(Clone, Copy, ValueEnum)]
pub enum Outcome {
    /// 廃棄
    Destroy,
    /// 歴史公文書
    Historical,
    /// 延長
    Extend,
}

impl Disposal {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Preview(preview) => preview.run(),
            Self::Plan { file, desk } => desk.run(async |at: Session| {
                let only = if file.is_empty() { None } else { Some(file) };
                at.answer(&show(&at.city.office.plan_disposal(&at.actor, only).await?))
            }),
            Self::Show { disposal: Some(id), desk } => {
                desk.run(async |at: Session| at.answer(&show_whole(&at.city.office.disposal(&at.actor, id).await?)))
            }
            Self::Show { disposal: None, desk } => desk.run(async |at: Session| {
                let rows = at.city.office.disposals(&at.actor).await?;
                at.answer(&json!({ "disposals": rows.iter().map(show).collect::<Vec<_>>() }))
            }),
            Self::Appraise { file, outcome, desk } => desk.run(async |at: Session| {
                let row = at.city.office.appraise(&at.actor, file, outcome.into()).await?;
                at.answer(&json!({ "file": file, "appraisal": row.file.appraisal }))
            }),
            Self::Consent { file, on, desk } => desk.run(async |at: Session| {
                let row = at.city.office.record_board_consent(&at.actor, file, on).await?;
                at.answer(&json!({ "file": file, "board_consent": row.file.board_consent }))
            }),
            Self::Approve { disposal, list, desk } => desk.run(async |at: Session| {
                at.answer(&show(&at.city.office.approve_disposal(&at.actor, disposal, &list).await?))
            }),
            Self::Undo { disposal, file, desk } => desk.run(async |at: Session| {
                at.city.office.undo_disposal_of(&at.actor, disposal, file).await?;
                at.answer(&json!({ "disposal": disposal, "taken_off": file }))
            }),
            Self::Reject { disposal, desk } => desk
                .run(async |at: Session| at.answer(&show(&at.city.office.reject_disposal(&at.actor, disposal).await?))),
            Self::Run { disposal, most, desk } => desk.run(async |at: Session| run(&at, disposal, most).await),
            Self::Pause { disposal, desk } => desk
                .run(async |at: Session| at.answer(&show(&at.city.office.pause_disposal(&at.actor, disposal).await?))),
            Self::Certificate(certificate) => certificate.run(),
            Self::Register(register) => register.run(),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Preview {
    fn run(self) -> Result<(), Failure> {
        let Self { as_of, rules, desk } = self;
        let what_if = rules.map(|path| read_rules(&path)).transpose()?;
        let is_question = what_if.is_some();
        desk.run(async |at: Session| {
            let as_of = as_of.unwrap_or_else(|| at.city.office.today());
            let preview = at.city.office.preview_disposal(&at.actor, as_of, what_if).await?;
            let kept = preview.kept.iter().map(|kept| {
                json!({
                    "file": kept.file,
                    "title": kept.title,
                    "expires_on": kept.expires_on,
                    "because": super::records::because(&kept.because),
                })
            });
            let mut answer = json!({
                "as_of": preview.as_of,
                "listed": preview.listed.iter().map(super::records::show_file).collect::<Vec<_>>(),
                "kept": kept.collect::<Vec<_>>(),
                "not_yet": preview.later,
                "without_expiry": preview.undated,
            });
            if is_question {
                let of = |changes: &[RuleChange]| {
                    let moved = preview.moved.iter().filter(|one| changes.contains(&one.change));
                    moved.map(moved_file).collect::<Value>()
                };
                answer["shortened"] = of(&[RuleChange::Shorter]);
                answer["lengthened"] = of(&[RuleChange::Longer]);
                answer["otherwise"] = of(&[RuleChange::Unclear]);
            }
            at.answer(&answer)
        })
    }
}

impl Certificate {
    fn run(self) -> Result<(), Failure> {
        let Self { disposal, file, output, desk } = self;
        desk.run(async |at: Session| {
            let record = at.city.office.certify_disposal(&at.actor, disposal, file).await?;
            if let Some(path) = &output {
                let contents = at.city.office.read_record(&at.actor, record).await?;
                let original = contents.originals.first();
                let bytes = original.map(|original| original.bytes.as_slice()).unwrap_or_default();
                files::write_whole(path, bytes)?;
            }
            at.answer(&json!({ "disposal": disposal, "record": record }))
        })
    }
}

async fn run(at: &Session, disposal: DisposalId, most: usize) -> Result<(), Failure> {
    let report = at.city.office.run_disposal(&at.actor, disposal, most).await?;
    let withdrawn = report.withdrawn.iter().map(
        |(file, gates)| json!({ "file": file, "gates": gates.iter().map(|gate| gate.code()).collect::<Vec<_>>() }),
    );
    let waiting = report.waiting.iter().map(|(file, code)| json!({ "file": file, "code": code }));
    at.answer(&json!({
        "disposal": disposal,
        "destroyed": report.destroyed,
        "withdrawn": withdrawn.collect::<Vec<_>>(),
        "waiting": waiting.collect::<Vec<_>>(),
        "drained": report.drained,
        "braked": report.braked,
    }))
}

fn moved_file(moved: &MovedFile) -> Value {
    json!({ "file": moved.file, "title": moved.title, "before": moved.before, "after": moved.after })
}

fn show(row: &DisposalRow) -> Value {
    json!({
        "disposal": row.plan.id,
        "state": row.state,
        "as_of": row.plan.as_of,
        "list": row.plan.list_hash,
        "files": row.files,
        "braked": row.braked,
        "planned_at": row.planned_at,
        "grace_ends_at": row.grace_ends_at,
        "drained_at": row.drained_at,
        "certificate": row.certificate,
    })
}

fn show_whole(view: &DisposalView) -> Value {
    let items = view.items.iter().map(|item| {
        json!({
            "file": item.item.item.file,
            "title": item.register.title,
            "class": item.register.class_path,
            "expires_on": item.item.item.expires_on,
            "records": item.item.item.members.len(),
            "state": item.item.state,
            "appraised": item.appraised,
            "board_required": item.board.0,
            "board_consented": item.board.1,
            "withdrawn_because": item.item.withdrawn_because,
        })
    });
    let mut value = show(&view.row);
    value["items"] = items.collect();
    value["tombstones"] = json!(view.tombstones.len());
    value
}

/// Reads a sound rule set from a file.
pub(super) fn read_rules(path: &std::path::Path) -> Result<crate::records::RuleSet, Failure> {
    let text = String::from_utf8(files::read(path)?)
        .map_err(|_| Failure::new("rule-file-unreadable", Kind::Refused, "the rule file is not UTF-8 text"))?;
    let sound = RuleFile::read(&text).and_then(RuleFile::sound);
    sound.map_err(|error| Failure::at(path.display().to_string(), &error))
}

/// Reads a hash from the command line.
pub(super) fn hash(text: &str) -> Result<Sha256Hex, String> {
    Sha256Hex::parse(text).ok_or_else(|| "a hash is 64 lower-case hexadecimal digits".to_owned())
}

impl From<Outcome> for AppraisalOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Destroy => Self::Destroy,
            Outcome::Historical => Self::Historical,
            Outcome::Extend => Self::Extend,
        }
    }
}
